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
from queries.party.parties import resolve

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
    for code, expected in (("91430100MA4T00019U", {"unknown"}), ("93431000MA4T00035J", set())):
        party, _ = resolve(graph, code)
        assert party is not None
        answer = incentives_of(graph, pack, party.key, as_of=DAY)
        assert {c.status for c in answer.consequences if c.rule == "INC-02"} == expected
        assert answer.party
        assert answer.party.key == party.key
        vouched = incentives_of(graph, pack, party.key, as_of=DAY, complete_since=SINCE).consequences
        assert {c.status for c in vouched if c.rule == "INC-02"} == ({"candidate"} if expected else set())
        assert all(c.path for c in vouched)
