"""Incentives (守信激励): whoever holds the credential, where the text holds; a clean record is known or it is unknown."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from graph_model.derivation import Case, Clean, Consequence, derive
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import Rule, RulePack, load_pack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.law.incentives import incentives_of
from queries.lookup import lookup
from queries.party.parties import resolve
from tests.support.invented import code

PACK = load_pack()
RULES = [r for r in PACK.enabled if r.effect == "incentive"]
DAY = date(2026, 6, 30)
SINCE = date(2020, 1, 1)
PARTIES = {"e-1": PartyRow("e-1", "Entity", "甲"), "p-1": PartyRow("p-1", "Person", "乙")}


def held(rule: Rule, who: str = "e-1", place: str | None = None) -> FactRow:
    """A credential that sets the rule off, given where the rule holds."""
    (code, *_) = sorted(PACK.triggered_by(rule))
    here = rule.jurisdiction.code if rule.jurisdiction else "43"
    given = max(b.since for b in rule.legal_basis if b.since)  # on the first day of the text
    props = {"codes": [code], "kind": "red_list", "jurisdiction": here if place is None else place, "decided_on": given}
    return FactRow("h-1.1", "HOLDS", who, "c-1", since=given, data_date=DAY, digest="h", props=props)


def penalty(day: date, until: date | None = None) -> FactRow:
    return FactRow("i-1.1", "IMPOSED_ON", "s-1", "e-1", since=day, until=until, digest="i", props={"decided_on": day})


def of(rule: Rule, fact: FactRow, clean: Clean) -> list[Consequence]:
    case = Case("c-1", (fact,), parties=PARTIES, clean=clean)
    return [c for c in derive([case], PACK) if c.rule == rule.id]


KNOWN = Clean(DAY, (), SINCE)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_it_follows_from_the_credential_where_the_text_holds(rule: Rule) -> None:
    found = of(rule, held(rule), KNOWN)
    assert {c.measure for c in found} == set(rule.measures)
    assert {c.subject for c in found} == {"e-1"}
    for c in found:
        assert PACK.codes.measures[c.measure].group == "incentive"
        # Left to an organ, it is no more than possible; nothing on a party's own credit needs a human's confirmation.
        assert c.status_on(DAY) == ("candidate" if rule.automaticity in ("discretionary", "advisory") else "active")
        assert not any("个人信息保护法" in m for m in c.missing)
    if rule.jurisdiction:
        assert of(rule, held(rule, place="110000"), KNOWN) == []
    assert of(rule, replace(held(rule), trust="reference"), KNOWN) == []
    none = replace(held(rule), props={**held(rule).props, "codes": ["NOTHING"]})
    assert of(rule, none, KNOWN) == []
    # A sanction with such a code (which no source should have) grants nothing.
    imposed = replace(held(rule), type="IMPOSED_ON", start="s-1", end="e-1")
    assert of(rule, imposed, KNOWN) == []


@pytest.mark.parametrize("rule", [r for r in RULES if r.clean_years], ids=lambda r: r.id)
def test_three_clean_years_are_known_or_unknown(rule: Rule) -> None:
    assert rule.clean_years == 3
    first = date(2023, 6, 30)
    for adverse, reached in (
        ((), True),
        ((penalty(first),), False),
        ((penalty(DAY),), False),
        ((penalty(DAY + timedelta(days=1)),), True),  # later than the day asked about
        ((penalty(first - timedelta(days=1), until=first),), True),  # made and over before the three years
        (
            (penalty(first - timedelta(days=400), until=first + timedelta(days=1)),),
            False,
        ),  # still held on their first day
        ((penalty(first - timedelta(days=400)),), False),  # its end is not known
    ):
        assert bool(of(rule, held(rule), Clean(DAY, adverse, SINCE))) is reached, adverse
    for complete, status in ((None, "unknown"), (first + timedelta(days=1), "unknown"), (first, "candidate")):
        found = of(rule, held(rule), Clean(DAY, (), complete))
        assert {c.status_on(DAY) for c in found} == {status}
        assert any("归集是否完整" in m for c in found for m in c.missing) is (status == "unknown")


def test_a_licence_holder_with_a_penalty_gets_no_clean_years(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    licence = "XK_XDR_MC,XK_XDR_LB,XK_XDR_SHXYM,XK_WSH,XK_XKZS,XK_JDRQ,XK_YXQZ,XK_XKJG\n"
    licence += "".join(
        f"郴州{name}有限公司,法人及非法人组织,{code},郴许〔2024〕{n}号,经营许可证,2024-01-01,2024-01-01,郴州市行政审批局\n"
        for n, (name, code) in enumerate((("甲", "91430100MA4T00019U"), ("乙", "53431000MA4T0003X5")), 1)
    ).replace("53431000MA4T0003X5", "93431000MA4T00035J")
    fine = "CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR,CF_JDRQ,CF_CFJG\n"
    fine += "郴州乙有限公司,法人及非法人组织,93431000MA4T00035J,郴罚〔2025〕1号,罚款,罚款,2025-01-10,郴州市应急管理局\n"
    for name, text in (("licences.csv", licence), ("penalties.csv", fine)):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        (run,) = load(graph, keys, SOURCES["shuanggongshi"], path)
        assert run.rejected == 0
    for number, expected in (("91430100MA4T00019U", {"unknown"}), ("93431000MA4T00035J", set())):
        party, _ = resolve(graph, number)
        assert party is not None
        answer = incentives_of(graph, pack, party.key, as_of=DAY)
        assert {c.status for c in answer.consequences if c.rule == "INC-02"} == expected
        assert answer.party
        assert answer.party.key == party.key
        vouched = incentives_of(graph, pack, party.key, as_of=DAY, complete_since=SINCE).consequences
        assert {c.status for c in vouched if c.rule == "INC-02"} == ({"candidate"} if expected else set())
        assert all(c.path for c in vouched)


PROMISED = date(2024, 1, 10)


def promise(found_on: date | None) -> FactRow:
    props = {"kind": "commitment", "state": "broken", "state_on": found_on}
    return FactRow("h-9.1", "HOLDS", "e-1", "c-9", since=PROMISED, digest="p", props=props)


def entry(day: date, until: date | None = None, code: str = "LIST-08") -> FactRow:
    props = {"kind": "list_entry", "codes": [code], "decided_on": day}
    return FactRow("i-2.1", "IMPOSED_ON", "s-2", "e-1", since=day, until=until, digest="l", props=props)


@pytest.mark.parametrize("rule", [r for r in RULES if r.clean_years], ids=lambda r: r.id)
def test_a_broken_promise_and_an_entry_are_adverse_or_not_known(rule: Rule) -> None:
    """INC-02: 连续三年无不良信用记录, on 2026-06-30, so from 2023-06-30 on."""
    first = date(2023, 6, 30)
    for adverse, status in (
        (promise(first), None),
        (promise(DAY), None),
        (promise(None), None),  # when it was found is not known
        (promise(first - timedelta(days=1)), "candidate"),  # it was made later than that, and found to be broken before
        (promise(DAY + timedelta(days=1)), "candidate"),
        (entry(first), None),
        (entry(date(2022, 6, 30)), None),  # 2023-06-30, on which the three years begin, is the last day of its year
        (entry(date(2022, 6, 29)), "unknown"),  # over on the day on which they begin, and no removal known
        (entry(date(2010, 6, 30)), "unknown"),
        (entry(date(2010, 6, 30), until=date(2011, 7, 1)), "candidate"),
        (entry(date(2010, 6, 30), code="LIST-16"), None),  # no term: it still holds
    ):
        found = of(rule, held(rule), Clean(DAY, (adverse,), SINCE))
        assert {c.status_on(DAY) for c in found} == ({status} if status else set()), adverse
        assert any("期满" in m for c in found for m in c.missing) == (status == "unknown")


def lists_file(folder: Path, *rows: dict[str, str]) -> Path:
    base = {"主体名称": "郴州甲有限公司", "主体类别": "法人及非法人组织", "统一社会信用代码": code(1)}
    base |= {"认定机关": "郴州市市场监督管理局"}
    every = [base | row for row in rows]
    names = list(dict.fromkeys(name for row in every for name in row))
    path = folder / "lists.csv"
    lines = [names, *([row.get(name, "") for name in names] for row in every)]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    return path


RED_ENTRY = {"名单类别": "红名单", "名单名称": "诚信红名单", "列入日期": "2024-03-01"}
SERIOUS_ENTRY = {
    "名单类别": "黑名单",
    "名单名称": "市场监督管理严重违法失信名单",
    "文号": "郴市监列〔2025〕1号",
    "列入日期": "2025-03-01",
}


@pytest.mark.parametrize(
    ("serious", "day", "status", "said"),
    [
        (SERIOUS_ENTRY, date(2025, 2, 28), "candidate", None),
        (SERIOUS_ENTRY, date(2025, 3, 1), "suspended", "1798"),
        (SERIOUS_ENTRY, date(2028, 3, 1), "suspended", "LIST-04"),  # the last day of its three years
        (SERIOUS_ENTRY, date(2028, 3, 2), "unknown", None),  # its term is over, and no removal is known
        (SERIOUS_ENTRY | {"移出日期": "2026-03-01"}, date(2026, 2, 28), "suspended", "1798"),
        (SERIOUS_ENTRY | {"移出日期": "2026-03-01"}, date(2026, 3, 1), "candidate", None),
        ({**SERIOUS_ENTRY, "名单名称": "经营异常名录"}, date(2026, 3, 1), "candidate", None),  # no serious list
        ({**SERIOUS_ENTRY, "名单名称": "长沙市某名单"}, date(2026, 3, 1), "candidate", None),
    ],
)
def test_on_a_red_and_a_serious_list_at_once(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path, serious: dict[str, str], day: date, status: str, said: str
) -> None:
    (run,) = load(graph, keys, SOURCES["lists"], lists_file(tmp_path, RED_ENTRY, serious))
    assert run.rejected == 0
    party, _ = resolve(graph, code(1))
    assert party is not None
    answer = incentives_of(graph, pack, party.key, as_of=day)
    of_red = [c for c in answer.consequences if c.rule in ("INC-01", "INC-03")]
    assert {c.status for c in of_red} == {status}
    assert answer.status == ("clear" if status == "suspended" else "hit")
    assert [f.properties["title"] for f in answer.facts] == ["诚信红名单"]
    assert len(answer.sanctions) == (day >= date(2025, 3, 1))
    assert (said is None and answer.reason is None) or (said is not None and said in (answer.reason or ""))
    for c in of_red:
        if status == "suspended":
            assert (c.since, c.timeline[-1].status) == (date(2025, 3, 1), "suspended")
            assert any("（十九）" in (b.article or "") for b in c.legal_basis)
    # Elsewhere both are shown as well.
    found = lookup(graph, pack, party.key, as_of=day)
    assert any(f.properties.get("kind") == "red_list" for f in found.facts)
    assert len(found.sanctions) == (day >= date(2025, 3, 1))


def test_a_broken_promise_is_told_as_what_stands_against_the_clean_years(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    held_licence = (
        "主体名称,主体类别,统一社会信用代码,类别,名称,授予机关,授予日期,状态\n"
        f"郴州甲有限公司,法人及非法人组织,{code(1)},许可,经营许可证,郴州市行政审批局,2024-01-01,有效\n"
    )
    promised = (
        "主体名称,主体类别,统一社会信用代码,承诺编号,承诺类型,承诺内容,受理机关,承诺日期,履行状态,状态日期\n"
        f"郴州甲有限公司,法人及非法人组织,{code(1)},郴承〔2024〕1号,审批替代型,容缺材料,郴州市行政审批局,2024-02-01,未履行,2024-05-01\n"
    )
    for source, text in (("credentials", held_licence), ("commitments", promised)):
        path = tmp_path / f"{source}.csv"
        path.write_text(text, encoding="utf-8")
        (run,) = load(graph, keys, SOURCES[source], path)
        assert run.rejected == 0
    party, _ = resolve(graph, code(1))
    assert party is not None
    before = incentives_of(graph, pack, party.key, as_of=date(2024, 4, 30), complete_since=SINCE)
    assert {c.status for c in before.consequences if c.rule == "INC-02"} == {"candidate"}
    after = incentives_of(graph, pack, party.key, as_of=date(2024, 5, 1), complete_since=SINCE)
    assert [c for c in after.consequences if c.rule == "INC-02"] == []
    assert after.status == "clear"
    assert after.reason is not None
    assert "INC-02" in after.reason
    assert "违背承诺" in after.reason
    assert "broken" in {f.properties.get("state") for f in after.facts}
