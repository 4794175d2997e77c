"""Checks with a clause: the tables of `check_cases` through the graph, properties, the command and the routes."""

import csv
import itertools
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api.http.app import create_app
from graph_model.facts import FactRow
from graph_model.rules import RulePack, load_pack
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.decisions.confirmations import Wanted, decide
from loaders.decisions.same_person import decide as judge
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.sample.forms import SAMPLE_FILES
from loaders.sources import SOURCES
from queries.answers import FactRef, NodeRef, PartyRef
from queries.checks import bidders as bidders_question
from queries.checks.bidders import check_bidders, check_tender
from queries.checks.common import AskedParties, Check, Ties
from queries.checks.offices import check_appointment, check_offices
from queries.checks.repeats import again, check_repeats, decisions
from queries.checks.suppliers import check_bribery, check_suppliers, check_suppliers_of
from queries.law.consequences import consequences_of
from queries.read.moment import Moment
from tests.support.graphs import wipe
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

CASES = Path(__file__).parent / "check_cases"
COURT = "长沙市中级人民法院"
DAY = date(2026, 6, 30)
TODAY = date(2026, 11, 22)


def cases(name: str) -> list[dict[str, Any]]:
    return yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))


BIDDERS, SUPPLIERS, REPEATS = cases("bidders"), cases("suppliers"), cases("repeats")


def person_id(case: int, number: int) -> str:
    """A citizen id number that no other case has."""
    return citizen(number, f"{1930 + case}0101")


# --- the graph of all cases -------------------------------------------------------------------------------


class Written:
    """Rows of all cases, by source and file; every case has names and numbers of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def add(self, source: str, file: str, **row: Any) -> None:
        plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items() if v is not None}
        self.rows.setdefault((source, file), []).append(plain)

    def load(self, graph: Graph, keys: Keys) -> None:
        for number, ((source, file), rows) in enumerate(self.rows.items()):
            folder = self.folder / str(number)
            folder.mkdir()
            (folder / "manifest.json").write_text(json.dumps({"data_date": DAY.isoformat()}))
            columns = (
                SAMPLE_FILES[file].columns if file in SAMPLE_FILES else list(dict.fromkeys(k for r in rows for k in r))
            )
            with (folder / file).open("w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
            for run in load(graph, keys, SOURCES[source], folder / file):
                assert run.rejected == 0, (file, run)


def unit_name(kind: str, case: int, unit: str) -> str:
    return f"{kind}{case:02d}{unit}有限公司"


def unit_code(kind: str, case: int, unit: str) -> str:
    return code({"投标": 1000, "供应": 5000}[kind] + 20 * case + "甲乙中母".index(unit))


def write_bidders(written: Written) -> None:
    for n, case in enumerate(BIDDERS):
        for unit, about in case["units"].items():
            number = person_id(n, about["id"]) if "id" in about else None
            written.add(
                "sample",
                "register.csv",
                企业名称=unit_name("投标", n, unit),
                统一社会信用代码=unit_code("投标", n, unit),
                企业类型="有限责任公司分公司" if "branch_of" in about else "有限责任公司",
                登记状态="存续",
                法人代表=about.get("head"),
                法人代表证件号码=number,
                任职日期="2018-01-01" if "head" in about else None,
                注册日期="2018-01-01",
                隶属单位代码=unit_code("投标", n, about["branch_of"]) if "branch_of" in about else None,
            )
        for post in case.get("posts", ()):
            written.add(
                "sample",
                "officers.csv",
                企业名称=unit_name("投标", n, post["at"]),
                统一社会信用代码=unit_code("投标", n, post["at"]),
                姓名=post["who"],
                证件号码=person_id(n, post["id"]),
                职务=post["post"],
                任职日期=post["from"],
                离任日期=post.get("until"),
                数据日期=DAY,
            )
        for h in case.get("holders", ()):
            whole = h["by"] in case["units"]
            written.add(
                "sample",
                "shareholders.csv",
                企业名称=unit_name("投标", n, h["of"]),
                统一社会信用代码=unit_code("投标", n, h["of"]),
                股东名称=unit_name("投标", n, h["by"]) if whole else h["by"],
                股东类型="企业" if whole else "自然人",
                股东证件号码=unit_code("投标", n, h["by"]) if whole else person_id(n, h["id"]),
                持股比例=None if h["percent"] is None else str(h["percent"]),
                出资日期="2019-01-01",
                退出日期=h.get("until"),
            )


def write_suppliers(written: Written) -> None:
    for n, case in enumerate(SUPPLIERS):
        name, number, head = unit_name("供应", n, "甲"), unit_code("供应", n, "甲"), f"首长{n}"
        head_id = person_id(40 + n, 1)
        written.add("sample", "register.csv", **company(name, 0, head, head_id) | {"统一社会信用代码": number})
        unit = {"主体名称": name, "主体类别": "法人及非法人组织", "统一社会信用代码": number}
        person = {"主体名称": head, "主体类别": "自然人", "身份证号码": head_id}
        for whom, about in ((unit, case), (person, case.get("head", {}))):
            for k, entry in enumerate(about.get("listed", ())):
                written.add(
                    "lists",
                    "black.csv",
                    **whom,
                    名单类别="黑名单",
                    名单名称=next(row.title.zh for row in load_pack().lists if row.id == entry["code"]),
                    名单代码=entry["code"],
                    认定机关=COURT,
                    文号=f"列〔2024〕{n}{k}号",
                    列入日期=entry["from"],
                    移出日期=entry.get("until"),
                )
            for k, p in enumerate(about.get("penalties", ())):
                written.add(
                    "shuanggongshi",
                    "penalties.csv",
                    CF_XDR_MC=name,
                    CF_XDR_LB="法人及非法人组织",
                    CF_XDR_SHXYM=number,
                    CF_WSH=f"长市监罚〔2025〕{n}{k}号",
                    CF_WFXW=p.get("title", "违法行为"),
                    CF_SY="违法",
                    CF_YJ="某法",
                    CF_CFLB=p["words"],
                    CF_NR=p["words"],
                    CF_JDRQ=p["decided"],
                    CF_CFJG="长沙市市场监督管理局",
                )
            for g in about.get("grades", ()):
                written.add(
                    "credentials",
                    "grades.csv",
                    **whom,
                    类别="信用等级",
                    名称=g["scheme"],
                    等级=g["grade"],
                    评价体系=g["scheme"],
                    授予机关="长沙市市场监督管理局",
                    授予日期=g["from"],
                    状态="有效",
                )
            for j in about.get("judgments", ()):
                written.add(
                    "judgments",
                    "judgments.csv",
                    **whom,
                    案号=j["number"],
                    案由=j["cause"],
                    审理法院=COURT,
                    裁判结果="承担责任",
                    裁判日期=j["decided"],
                    生效日期=j["in_force"],
                    诉讼地位=j.get("role"),
                    代码=j.get("code"),
                )


@pytest.fixture(scope="module")
def written_cases(_connected: Graph, keys: Keys, pack: RulePack, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """Every case of the tables in one graph, derived; only to be read."""
    graph = _connected
    wipe(graph, keys)
    written = Written(tmp_path_factory.mktemp("checks"))
    write_bidders(written)
    write_suppliers(written)
    written.load(graph, keys)
    for n, case in enumerate(BIDDERS):
        if "judged" in case:
            one, other = (head_of(graph, unit_name("投标", n, u)) for u in case["judged"]["of"])
            judge(graph, one, other, judgement=case["judged"]["as"], day=DAY, reason="核对档案", today=TODAY)
    derive_into(graph, pack)
    return graph


def head_of(graph: Graph, name: str) -> str:
    (row,) = graph.read(
        "MATCH (p:Person)-[:LEGAL_REPRESENTATIVE_OF]->(e:Entity {name: $name}) RETURN p.key AS key", name=name
    )
    return row["key"]


# --- tables -----------------------------------------------------------------------------------------------


def asked_bidders(n: int, case: dict[str, Any]) -> list[str]:
    return [unit_code("投标", n, u) for u in case.get("bidders", case["units"])]


def told(found: Check) -> dict[tuple[str, tuple[str, ...], str], str]:
    return {(f.check, tuple(p.name or "" for p in f.parties), f.provision or "none"): f.status for f in found.findings}


@pytest.mark.parametrize("n", range(len(BIDDERS)), ids=[c["name"] for c in BIDDERS])
def test_bidders(written_cases: Graph, keys: Keys, pack: RulePack, n: int) -> None:
    case = BIDDERS[n]
    expected = {
        (e["check"], tuple(unit_name("投标", n, u) for u in e["of"]), row): e[row]
        for e in case["expect"]
        for row in ("RB-01", "RB-02", "none")
        if row in e
    }
    found = check_bidders(written_cases, pack, asked_bidders(n, case), as_of=case["as_of"], hash=keys.hash)
    assert told(found) == expected
    assert (found.status == "hit") == bool(expected)
    assert case.get("gap", "") in "; ".join(found.gaps)
    for f in found.findings:
        assert (f.status == "bar") == (not f.missing and bool(f.legal_basis))
        assert bool(f.legal_basis) == (f.provision is not None)
        assert f.path or f.evidence
        words = next((e["missing"] for e in case["expect"] if e["check"] == f.check and "missing" in e), "")
        assert words in "; ".join(f.missing)
        if f.path:
            # A walk from one bidder to the other: node, fact, node, …
            nodes = [x for x in f.path if isinstance(x, NodeRef)]
            facts = [x for x in f.path if isinstance(x, FactRef)]
            assert [nodes[0].key, nodes[-1].key] == [p.key for p in f.parties]
            assert len(nodes) == len(facts) + 1
            for (a, b), fact in zip(itertools.pairwise(nodes), facts, strict=True):
                assert {a.key, b.key} == {fact.from_, fact.to}


@pytest.mark.parametrize("n", range(len(BIDDERS)), ids=[c["name"] for c in BIDDERS])
def test_the_order_of_bidders_and_the_kind_of_procedure(
    written_cases: Graph, keys: Keys, pack: RulePack, n: int
) -> None:
    """The same pairs whoever stands first; a kind of procedure leaves the findings of its own row; RB-01 ⊇ RB-02."""
    case = BIDDERS[n]
    texts = asked_bidders(n, case)

    def ask(texts: list[str], procedure: Any = None) -> Check:
        return check_bidders(written_cases, pack, texts, as_of=case["as_of"], procedure=procedure, hash=keys.hash)

    def sides(found: Check) -> set[tuple[str, frozenset[str], str, str]]:
        return {(f.check, frozenset(p.key for p in f.parties), f.provision or "none", f.status) for f in found.findings}

    both = sides(ask(texts))
    assert sides(ask(texts[::-1])) == both
    tender, procurement = sides(ask(texts, "tender")), sides(ask(texts, "procurement"))
    assert tender | procurement == both
    assert {row for *_, row, _ in tender} <= {"RB-01", "none"}
    assert {row for *_, row, _ in procurement} <= {"RB-02", "none"}
    assert {(c, p, s) for c, p, row, s in procurement if row == "RB-02"} <= {
        (c, p, s) for c, p, row, s in tender if row == "RB-01"
    }


@pytest.mark.parametrize("question", ["suppliers", "bribery"])
@pytest.mark.parametrize("n", range(len(SUPPLIERS)), ids=[c["name"] for c in SUPPLIERS])
def test_suppliers_and_bribery(written_cases: Graph, keys: Keys, pack: RulePack, n: int, question: str) -> None:
    ask = {"suppliers": check_suppliers, "bribery": check_bribery}[question]
    for day, expected in SUPPLIERS[n].get(question, {}).items():
        found = ask(written_cases, pack, [unit_code("供应", n, "甲")], as_of=day, hash=keys.hash)
        assert [(f.check, f.provision or "none", f.status) for f in found.findings] == [
            (e["check"], e["row"], e["status"]) for e in expected
        ], day
        assert found.status == ("hit" if expected else "clear"), day
        for f, e in zip(found.findings, expected, strict=True):
            assert f.sanctions
            assert f.sanctions[0].facts
            assert e.get("missing", "") in "; ".join(f.missing)
            assert f.status != "bar" or (f.legal_basis and not f.missing)
            assert f.provision != "BR-01" or f.status != "bar"
            if "basis" in e:
                assert e["basis"] in f.legal_basis[0].document
            if e["row"] == "BR-01" and "basis" not in e:
                assert f.legal_basis == []


OTHER_BIDDER = unit_code("供应", next(n for n, c in enumerate(SUPPLIERS) if c["name"].startswith("a good grade")), "甲")
"""One against whom nothing stands by itself."""


@pytest.mark.parametrize("procedure", ["tender", "procurement"])
@pytest.mark.parametrize("n", range(len(SUPPLIERS)), ids=[c["name"] for c in SUPPLIERS])
def test_bidders_are_asked_about_for_themselves(
    written_cases: Graph, keys: Keys, pack: RulePack, n: int, procedure: Any
) -> None:
    for day, expected in SUPPLIERS[n].get(procedure, {}).items():
        texts = list(dict.fromkeys([unit_code("供应", n, "甲"), OTHER_BIDDER]))
        found = check_bidders(written_cases, pack, texts, as_of=day, procedure=procedure, hash=keys.hash)
        name = unit_name("供应", n, "甲")
        assert sorted((f.check, f.provision or "none", f.status) for f in found.findings) == sorted(
            (e["check"], e["row"], e["status"]) for e in expected
        ), day
        if len(texts) > 1:
            assert found.status == ("hit" if expected else "incomplete"), day  # nobody's shareholders are known
        for f in found.findings:
            e = next(e for e in expected if (e["check"], e["row"]) == (f.check, f.provision or "none"))
            assert e.get("missing", "") in "; ".join(f.missing)
            assert f.sanctions or f.consequences or f.evidence
            whose = [name, f"首长{n}"] if e.get("of") == "head" else [name]
            assert {p.name for p in f.parties} == set(whose)
            if e.get("of") == "head":  # the path leads from the unit to who represents it
                assert [x.name for x in f.path if isinstance(x, NodeRef)] == whose
        assert {f.properties["grade"] for f in found.grades if f.from_ == found.parties[0].key} == {
            g["grade"] for g in SUPPLIERS[n].get("grades", ()) if g["from"] <= day
        }


@pytest.mark.parametrize("n", range(len(SUPPLIERS)), ids=[c["name"] for c in SUPPLIERS])
def test_a_check_of_bidders_has_all_that_the_checks_of_suppliers_and_bribery_find(
    written_cases: Graph, keys: Keys, pack: RulePack, n: int
) -> None:
    number = unit_code("供应", n, "甲")
    days = {day for q in ("suppliers", "bribery", "tender", "procurement") for day in SUPPLIERS[n].get(q, {})}

    def said(found: Check) -> set[tuple[Any, ...]]:
        return {
            (f.check, f.provision, f.status, tuple(p.key for p in f.parties), tuple(s.key for s in f.sanctions))
            for f in found.findings
        }

    for day in sorted(days):
        bidders = check_bidders(
            written_cases, pack, [number, OTHER_BIDDER], as_of=day, procedure="procurement", hash=keys.hash
        )
        for ask in (check_suppliers, check_bribery):
            assert said(ask(written_cases, pack, [number], as_of=day, hash=keys.hash)) <= said(bidders), day


def penalty_fact(number: int, row: dict[str, Any]) -> FactRow:
    props = {"decided_on": row["decided"], "act_on": row.get("acted"), "act": row.get("act")}
    props |= {"codes": [row["code"]] if "code" in row else [], "document_number": row.get("number")}
    return FactRow(f"f{number}", "IMPOSED_ON", f"s{number}", "e", since=row["decided"], props=props)


@pytest.mark.parametrize("case", REPEATS, ids=[c["name"] for c in REPEATS])
def test_repeats(pack: RulePack, case: dict[str, Any]) -> None:
    stated = [penalty_fact(n, row) for n, row in enumerate(case["decisions"])]
    found = again(decisions(pack, stated, case.get("as_of", DAY)), case["years"])
    groups: dict[str, set[date]] = {}
    for pair in found:
        groups.setdefault(pair.shared, set()).update((pair.earlier.decided, pair.later.decided))
        assert pair.dated is not case.get("missing", False)
    assert sorted(map(sorted, groups.values())) == case["expect"]


@examples(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.sampled_from(["传销", "偷税", "商业贿赂"])), max_size=8
    ),
    st.integers(1, 8),
)
def test_repeats_grow_with_the_window_and_do_not_mind_order(rows: list[tuple[int, int, str]], years: int) -> None:
    pack, first = load_pack(), date(2016, 1, 1).toordinal()
    stated = []
    for n, (decided, before, act) in enumerate(rows):
        day = date.fromordinal(first + decided)
        acted = date.fromordinal(first + max(decided - before, 0))
        stated.append(penalty_fact(n, {"decided": day, "acted": acted, "act": act}))

    def pairs(facts: list[FactRow], years: int) -> set[tuple[str, str]]:
        return {(p.earlier.sanction, p.later.sanction) for p in again(decisions(pack, facts, DAY), years)}

    here = pairs(stated, years)
    assert pairs(stated[::-1], years) == here
    assert here <= pairs(stated, years + 1)
    by_key = {f.start: f for f in stated}
    for a, b in here:
        assert by_key[a].props["decided_on"] < by_key[b].props["act_on"] <= by_key[b].props["decided_on"]
        assert by_key[a].props["act"] == by_key[b].props["act"]


def test_every_repeat_is_told_with_its_decisions(written_cases: Graph, keys: Keys, pack: RulePack) -> None:
    """Nobody in these cases was penalised twice for one act; asked alone or for all, the answer is the same."""
    everybody = check_repeats(written_cases, pack, as_of=DAY)
    assert (everybody.status, everybody.findings) == ("clear", [])
    alone = check_repeats(written_cases, pack, [unit_code("供应", 3, "甲")], as_of=DAY, hash=keys.hash)
    assert (alone.status, alone.complete) == ("clear", True)


# --- holdings: any structure, against a plain reading of the two articles -----------------------------------

UNITS = "abcde"


def in_memory(rows: dict[tuple[str, str], int]) -> type[Ties]:
    """Holdings that no database holds: (owner, owned) → percent."""
    facts = [
        FactRow(
            f"f-{owner}{owned}",
            "HOLDS_SHARES_IN",
            owner,
            owned,
            since=date(2019, 1, 1),
            data_date=DAY,
            props={"share_min": percent / 100, "share_max": percent / 100},
        )
        for (owner, owned), percent in rows.items()
    ]

    class InMemory(Ties):
        def into(self, keys: Iterable[str], types: Sequence[str], *, over: bool = False) -> list[FactRow]:
            found = [f for f in facts if f.end in set(keys) and f.type in types]
            self.nodes |= {k: NodeRef(key=k, label="Entity", name=k) for f in found for k in (f.start, f.end)}
            return found

    return InMemory


def in_one_hand(rows: dict[tuple[str, str], int], owner: str) -> set[str]:
    """Whatever somebody has more than half of, with what he has so already: the plain reading, by integers."""
    hand = {owner}
    while True:
        more = {u for u in UNITS if u not in hand and sum(rows.get((h, u), 0) for h in hand) > 50}
        if not more:
            return hand - {owner}
        hand |= more


@st.composite
def structures(draw: st.DrawFn) -> dict[tuple[str, str], int]:
    """Holdings in whole percents, circles included, of no company more than the whole."""
    rows: dict[tuple[str, str], int] = {}
    for owned in UNITS:
        left = 100
        for owner in draw(st.permutations(UNITS)):
            percent = draw(st.sampled_from([0, 0, 10, 30, 49, 50, 51, 60, 100]))
            if owner != owned and 0 < percent <= left:
                rows[owner, owned] = percent
                left -= percent
    return rows


@examples(max_examples=200, deadline=None)
@given(structures(), st.permutations(UNITS), st.integers(2, 5))
def test_holdings_are_as_deep_as_the_article_says(
    rows: dict[tuple[str, str], int], names: list[str], many: int
) -> None:
    bidders = names[:many]
    asked = AskedParties(
        [PartyRef(key=k, label="Entity", name=k, kind="company") for k in bidders], [], [], frozenset()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bidders_question, "Ties", in_memory(rows))
        nowhere: Any = None
        looked = bidders_question._Bidders(nowhere, load_pack(), asked, Moment.on(DAY, 0), None)
        drafts = list(looked._holdings())
    found = {
        row: {d.parties for d in drafts if d.check == "holding" and d.provision and d.provision.id == row}
        for row in ("RB-01", "RB-02")
    }
    others = [(a, b) for a in bidders for b in bidders if a != b]
    assert found["RB-01"] == {(a, b) for a, b in others if b in in_one_hand(rows, a)}
    assert found["RB-02"] == {(a, b) for a, b in others if rows.get((a, b), 0) > 50}
    assert found["RB-02"] <= found["RB-01"]
    assert all(d.missing == () for d in drafts if d.check == "holding")  # every share is known
    third = {(frozenset(d.parties)) for d in drafts if d.check == "common_control"}
    assert third == {
        frozenset((a, b))
        for who in set(UNITS) - set(bidders)
        for a, b in others
        if {a, b} <= in_one_hand({k: v for k, v in rows.items() if _above(rows, bidders, k[1])}, who)
    }
    for d in drafts:
        here = d.parties[0]
        for fact in d.path:
            assert here in (fact.start, fact.end)
            here = fact.end if fact.start == here else fact.start
        assert here == d.parties[1]


def _above(rows: dict[tuple[str, str], int], bidders: list[str], unit: str) -> bool:
    """Whether a unit is a bidder or holds something of one, directly or through others."""
    reached, size = set(bidders), 0
    while len(reached) > size:
        size = len(reached)
        reached |= {owner for owner, owned in rows if owned in reached}
    return unit in reached


# --- a lot with everybody around it -----------------------------------------------------------------------

OPENED = date(2026, 3, 2)
SCHOOL, AGENCY = "长沙市湘江中学", "长沙乙招标代理有限公司"
ONE, TWO, THREE = "长沙甲建设有限公司", "长沙丁建设有限公司", "长沙戊建设有限公司"


def bid(name: str, number: int | None, **more: Any) -> dict[str, Any]:
    row = {"标段编号": "A-01", "标段名称": "食堂工程", "招标人": SCHOOL, "招标人代码": code(90, "12")}
    row |= {"代理机构": AGENCY, "代理机构代码": code(91), "投标人": name, "开标日期": OPENED.isoformat()}
    return row | {"投标人代码": code(number) if number else "", "是否中标": "否", "数据日期": DAY.isoformat()} | more


def as_csv(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    """A file of a source whose columns are not those of the sample."""
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"data_date": DAY.isoformat()}))
    with (folder / name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(k for r in rows for k in r)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def holding(of: str, number: int, by: str, by_code: str, percent: str) -> dict[str, Any]:
    row = {"统一社会信用代码": code(number), "企业名称": of, "股东名称": by, "股东类型": "企业"}
    return row | {"股东证件号码": by_code, "持股比例": percent, "出资日期": "2019-01-01"}


@pytest.fixture
def lot(graph: Graph, put: Put, load_file: LoadFile, tmp_path: Path) -> Graph:
    """ONE and TWO have one representative; the school holds 30 % of THREE, whose director is the expert."""
    rows = [
        company(ONE, 1, "张三", citizen(1)),
        company(TWO, 2, "张三", citizen(1)),
        company(THREE, 3, "李四", citizen(2)),
        company(AGENCY, 91, "王五", citizen(3)),
    ]
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("shareholders.csv", [holding(THREE, 3, SCHOOL, code(90, "12"), "30")]))
    officer = {"统一社会信用代码": code(3), "企业名称": THREE, "姓名": "周五", "证件号码": citizen(5), "职务": "董事"}
    also = {"统一社会信用代码": code(1), "企业名称": ONE, "姓名": "王五", "证件号码": citizen(3), "职务": "监事"}
    load_file(
        "sample",
        put("officers.csv", [r | {"任职日期": "2019-01-01", "数据日期": "2026-06-30"} for r in (officer, also)]),
    )
    load_file("tenders", as_csv(tmp_path / "bids", "bids.csv", [bid(ONE, 1), bid(TWO, 2), bid(THREE, 3)]))
    expert = {"标段编号": "A-01", "招标人": SCHOOL, "招标人代码": code(90, "12"), "专家姓名": "周五"}
    expert |= {"身份证号码": citizen(5), "评审日期": "2026-03-05"}
    load_file("tenders", as_csv(tmp_path / "experts", "experts.csv", [expert]))
    return graph


def test_a_lot_and_everybody_around_it(lot: Graph, pack: RulePack, tmp_path: Path, load_file: LoadFile) -> None:
    found = check_tender(lot, pack, "A-01", otherwise=TODAY)
    assert found.as_of == OPENED  # the day on which the bids were opened
    assert (found.status, found.about and found.about.name) == ("hit", "食堂工程")
    assert {p.name for p in found.parties} == {ONE, TWO, THREE}
    pair = tuple(p.name or "" for p in found.findings[0].parties)  # of two bidders neither comes first
    assert set(pair) == {ONE, TWO}
    assert told(found) == {
        ("same_person_in_charge", pair, "RB-01"): "bar",
        ("same_person_in_charge", pair, "RB-02"): "bar",
        ("interest_in_tenderer", (THREE, SCHOOL), "RB-01"): "candidate",
        ("agency", (ONE, AGENCY), "none"): "information",
        ("expert", (THREE,), "none"): "information",
    }
    assert found.reason
    assert "RB-01" in found.reason
    (interest,) = [f for f in found.findings if f.check == "interest_in_tenderer"]
    assert "可能影响招标公正性" in interest.missing[0]
    assert all(f.legal_basis == [] for f in found.findings if f.status == "information")
    # Where the data do not name whoever has more than half of the shares, the answer says so.
    assert sorted(gap.split(" on ")[0] for gap in found.gaps) == sorted(
        [
            f"{ONE}: no shareholder is known",
            f"{TWO}: no shareholder is known",
            f"{THREE}: only 30.00% of its shares are stated",
        ]
    )
    assert not found.complete
    # In procurement the article knows no interest in the tenderer: it stays as information.
    bought = check_tender(lot, pack, found.about.key if found.about else "", otherwise=TODAY, procedure="procurement")
    assert told(bought)["interest_in_tenderer", (THREE, SCHOOL), "none"] == "information"
    assert ("same_person_in_charge", pair, "RB-01") not in told(bought)
    # The day after the register speaks, the same is no more than a candidate.
    later = check_tender(lot, pack, "A-01", as_of=date(2026, 7, 1), otherwise=TODAY)
    assert told(later)["same_person_in_charge", pair, "RB-01"] == "candidate"
    # Of what was not loaded yet nothing is known.
    assert check_tender(lot, pack, "A-01", otherwise=TODAY, known_at=date(2020, 1, 1)).status == "unknown"


def test_a_bidder_found_by_name_and_a_joint_bid_are_not_established(
    lot: Graph, pack: RulePack, tmp_path: Path, load_file: LoadFile
) -> None:
    rows = [bid(ONE, None, 标段编号="B-02"), bid(TWO, 2, 标段编号="B-02")]
    joint = [bid(ONE, 1, 标段编号="C-03", 联合体="是"), bid(TWO, 2, 标段编号="C-03", 联合体="是")]
    load_file("tenders", as_csv(tmp_path / "more", "more.csv", [*rows, *joint]))
    for number, word in (("B-02", "by its name"), ("C-03", "联合体")):
        found = check_tender(lot, pack, number, otherwise=TODAY, procedure="tender")
        (same,) = [f for f in found.findings if f.check == "same_person_in_charge"]
        assert same.status == "candidate"
        assert word in "; ".join(same.missing)


def test_a_repeat_through_the_graph(graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile) -> None:
    """Asked alone or for everybody the same is told, with both decisions and their facts."""
    load_file("sample", put("register.csv", [company(ONE, 1, "张三", citizen(1)), company(TWO, 2, "李四", citizen(2))]))
    later = {"决定文号": "郴市监罚〔2025〕9号", "决定日期": "2025-05-01", "行为日期": "2025-04-01"}
    load_file("sample", put("decisions.csv", [decision(ONE, 1), decision(ONE, 1, **later), decision(TWO, 2)]))
    everybody = check_repeats(graph, pack, as_of=DAY)
    alone = check_repeats(graph, pack, [code(1)], as_of=DAY, hash=keys.hash)
    assert everybody.findings == alone.findings
    (finding,) = alone.findings
    assert (finding.status, finding.provision, finding.legal_basis) == ("information", None, [])
    assert [p.name for p in finding.parties] == [ONE]
    assert [str(x.decided_on) for x in finding.sanctions] == ["2024-03-12", "2025-05-01"]
    assert all(x.facts[0].record for x in finding.sanctions)
    assert check_repeats(graph, pack, [code(1)], as_of=date(2025, 4, 30), hash=keys.hash).status == "clear"
    assert check_repeats(graph, pack, [code(1)], as_of=DAY, years=1, hash=keys.hash).status == "clear"
    assert check_repeats(graph, pack, [code(2)], as_of=DAY, hash=keys.hash).status == "clear"
    assert check_repeats(graph, pack, as_of=DAY, known_at=date(2020, 1, 1)).status == "clear"


def test_suppliers_of_a_buyer_on_a_day_and_before(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    """A listed supplier is told with its dates, and never as a bar: whether it is procurement is not known."""
    load_file("sample", put("register.csv", [company(ONE, 1, "张三", citizen(1)), company(TWO, 2, "李四", citizen(2))]))
    entry = {"名单代码": "LIST-01", "名单名称": "失信被执行人名单", "主体名称": ONE, "主体类别": "企业"}
    entry |= {"主体证件号码": code(1), "列入机关": COURT, "列入决定文号": "（2024）湘01执1号", "列入日期": "2024-05-01"}
    load_file("sample", put("lists.csv", [entry]))
    keyed = {n: check_suppliers(graph, pack, [code(n)], as_of=DAY, hash=keys.hash).parties[0].key for n in (1, 2)}
    with graph.driver.session(database=graph.database) as session:
        session.run(
            "MATCH (a:Party {key: $a}), (b:Party {key: $b}) CREATE (a)-[:SUPPLIES_TO {fact_id: 'f.1', statement_id: 'f',"
            " claim_id: 'c', digest: 'd', rec_from: 1, rec_to: $forever, source: 'x', run: '', trust: 'official',"
            " since: date('2025-01-01'), until: date('2026-01-01')}]->(b)",
            a=keyed[1],
            b=keyed[2],
            forever=FOREVER,
        ).consume()
    for day, words in ((date(2025, 12, 31), "政府采购"), (date(2026, 1, 1), "up to 2026-01-01 only")):
        (finding,) = check_suppliers_of(graph, pack, keyed[2], as_of=day).findings
        assert (finding.check, finding.provision, finding.status) == ("listed", "RB-03", "candidate")
        assert [p.name for p in finding.parties] == [ONE, TWO]
        assert words in "; ".join(finding.missing)
    before = check_suppliers_of(graph, pack, keyed[2], as_of=date(2024, 12, 31))
    assert (before.status, before.gaps) == ("incomplete", ["no supplier of this party is known up to the day"])


def test_what_cannot_be_asked_is_never_clear(lot: Graph, keys: Keys, pack: RulePack) -> None:
    unknown = check_tender(lot, pack, "Z-99", otherwise=TODAY)
    assert (unknown.status, unknown.complete) == ("unknown", False)
    alone = check_bidders(lot, pack, [code(1), "没有这样的公司"], as_of=DAY, hash=keys.hash)
    assert (alone.status, alone.findings, alone.complete) == ("unknown", [], False)
    assert "no. 2" in alone.gaps[0]
    assert "没有这样的公司" not in alone.model_dump_json()  # what was typed may be somebody's number
    # Asked by name, a party is not established; asked twice, it is one.
    by_name = check_bidders(lot, pack, [ONE, TWO, ONE], as_of=DAY, hash=keys.hash, procedure="tender")
    assert [f.status for f in by_name.findings] == ["candidate"]
    assert len(by_name.parties) == 2


def test_more_holders_than_are_read_are_told(
    lot: Graph, keys: Keys, pack: RulePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bidders_question, "MAX_HOLDERS", 1)
    found = check_bidders(lot, pack, [code(2), code(3)], as_of=DAY, hash=keys.hash)
    assert (found.status, [c.reason for c in found.cut], found.complete) == ("incomplete", ["limit"], False)


# --- offices ----------------------------------------------------------------------------------------------

FOOD, NEW = "长沙甲食品有限公司", "长沙乙贸易有限公司"
BANNED = date(2024, 4, 1)


@pytest.fixture
def banned(graph: Graph, put: Put, load_file: LoadFile, pack: RulePack) -> str:
    """Key of 张三, representative of a company whose food licence was revoked, and of another one; not confirmed."""
    rows = [company(FOOD, 1, "张三", citizen(1)), company(NEW, 2, "张三", citizen(1))]
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("decisions.csv", [decision(FOOD, 1)]))
    derive_into(graph, pack)
    return head_of(graph, NEW)


def confirm_ban(graph: Graph, pack: RulePack, person: str, day: date = BANNED) -> None:
    """A human confirms the ban of PR-021."""
    (ban,) = [
        c
        for c in consequences_of(graph, pack, person, as_of=TODAY).consequences
        if (c.rule, c.measure) == ("PR-021", "MARKET_BAN")
    ]
    decide(
        graph,
        pack,
        [Wanted(ban.key, ban.digest)],
        decision="confirmed",
        day=day,
        role="credit_authority",
        reason="核对原件",
        today=TODAY,
    )
    derive_into(graph, pack)


def offices(found: Check) -> dict[tuple[str, ...], str]:
    return {
        tuple(p.name or "" for p in f.parties): f.status
        for f in found.findings
        if f.consequences and f.consequences[0].rule == "PR-021"
    }


def test_only_what_is_active_is_an_alert(banned: str, graph: Graph, keys: Keys, pack: RulePack) -> None:
    posts = {("张三", FOOD), ("张三", NEW)}
    assert offices(check_offices(graph, pack, as_of=DAY)) == dict.fromkeys(posts, "candidate")
    confirm_ban(graph, pack, banned)
    assert offices(check_offices(graph, pack, as_of=BANNED)) == dict.fromkeys(posts, "alert")
    assert offices(check_offices(graph, pack, as_of=date(2024, 3, 31))) == dict.fromkeys(posts, "candidate")
    assert offices(check_offices(graph, pack, as_of=date(2029, 3, 13))) == {}  # five years after 2024-03-12 it is over
    assert set(offices(check_offices(graph, pack, as_of=date(2029, 3, 12)))) == posts
    found = check_offices(graph, pack, as_of=DAY)
    for f in found.findings:
        assert f.status != "bar"
        assert any("lies within what is barred" in m for m in f.missing)
        assert f.path
    (alert, *_) = found.findings
    assert alert.provision == "EP-007"
    # What the food law says of hiring belongs to a ban by the food law, and not the law on salt or pesticides.
    assert {b.document.split("(")[0] for b in alert.legal_basis} == {"食品安全法"}
    assert {b.article for b in alert.legal_basis} >= {"第135条第3款"}
    # Asked as was known before anything was loaded.
    assert check_offices(graph, pack, as_of=DAY, known_at=date(2020, 1, 1)).findings == []


def test_offices_do_not_wait_for_a_derivation(
    banned: str, graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    """What was loaded since consequences were derived, and a pack that is not the one derived with, count all the same."""
    before = offices(check_offices(graph, pack, as_of=DAY))
    other = pack.model_copy(update={"digest": "another"})
    assert offices(check_offices(graph, other, as_of=DAY)) == before
    load_file("sample", put("register.csv", [company("长沙丙食品有限公司", 3, "李四", citizen(2))]))
    load_file("sample", put("decisions.csv", [decision("长沙丙食品有限公司", 3)]))
    assert ("李四", "长沙丙食品有限公司") in offices(check_offices(graph, pack, as_of=DAY))


def test_a_ban_of_who_represents_a_bidder(banned: str, graph: Graph, keys: Keys, pack: RulePack) -> None:
    """An alert of EP-007 in the answer about bidders, along the post; by a post that is only presumed no more is said."""
    confirm_ban(graph, pack, banned)

    def ask(day: date) -> dict[tuple[str, ...], str]:
        found = check_bidders(graph, pack, [code(1), code(2)], as_of=day, procedure="tender", hash=keys.hash)
        for f in found.findings:
            if f.consequences and f.check == "office":
                assert {x.key for x in f.path if isinstance(x, NodeRef)} == {p.key for p in f.parties}
        return offices(found)

    posts = {("张三", FOOD), ("张三", NEW)}
    assert {k: v for k, v in ask(BANNED).items() if k in posts} == dict.fromkeys(posts, "alert")
    assert not posts & set(ask(date(2029, 3, 13)))


def test_a_record_that_was_not_linked_leaves_a_lot_open(
    lot: Graph, pack: RulePack, keys: Keys, tmp_path: Path, load_file: LoadFile
) -> None:
    before = check_tender(lot, pack, "A-01", otherwise=TODAY)
    assert not any("not linked" in gap for gap in before.gaps)
    penalty = {"CF_XDR_MC": TWO + "（某）", "CF_XDR_LB": "法人及非法人组织", "CF_XDR_ZZJG": code(2)[8:17]}
    penalty |= {
        "CF_WSH": "长市监罚〔2025〕77号",
        "CF_CFLB": "警告",
        "CF_NR": "警告",
        "CF_JDRQ": "2025-01-10",
        "CF_CFJG": "长沙市市场监督管理局",
    }
    load_file("shuanggongshi", as_csv(tmp_path / "unlinked", "penalties.csv", [penalty]))
    after = check_tender(lot, pack, "A-01", otherwise=TODAY)
    assert any(TWO in gap and "linked" in gap for gap in after.gaps)
    assert not after.complete


def test_an_appointment(banned: str, graph: Graph, keys: Keys, pack: RulePack) -> None:
    confirm_ban(graph, pack, banned)

    def ask(text: str, as_of: date = DAY, at: str | None = None, office: str | None = None) -> Check:
        return check_appointment(graph, pack, text, as_of=as_of, at=at, office=office, hash=keys.hash)

    found = ask(citizen(1), at=code(2), office="LR")
    (food,) = [f for f in found.findings if f.consequences[0].measure == "MARKET_BAN"]
    assert (food.status, [p.name for p in food.parties]) == ("alert", ["张三", NEW])
    assert any("法定代表人 lies within" in m for m in food.missing)
    assert citizen(1) not in found.model_dump_json()
    # By a name it is not established that it is this person.
    assert {f.status for f in ask("张三").findings} == {"candidate"}
    assert ask(citizen(1), as_of=date(2029, 3, 13)).status == "clear"
    assert ask(citizen(7)).status == "unknown"
    assert ask(code(2)).status == "incomplete"  # no natural person


# --- command and routes -----------------------------------------------------------------------------------


def test_the_command(lot: Graph, server: Server, cli: Cli) -> None:
    def run(*words: str) -> tuple[int, str]:
        status, out, _ = cli("check", *words, "--store", server.store)
        return status, out

    status, out = run("tender", "A-01", "--fail-on-hit", "--json")
    assert (status, Check.model_validate_json(out).question) == (3, "check-tender")
    status, out = run("tender", "A-01")
    assert status == 0
    for word in ("bar  ", "information  ", "招标投标法实施条例 第34条", "Missing", "Gap", "Not covered"):
        assert word in out
    assert run("bidders", code(1), code(2), "--procedure", "procurement", "--fail-on-hit")[0] == 3
    assert run("bidders", code(1), code(3), "--procedure", "procurement", "--fail-on-hit")[0] == 4  # shares not known
    assert run("bidders", code(1), "--fail-on-hit")[0] == 4
    assert run("suppliers", code(1), "--fail-on-hit") == (0, run("suppliers", code(1))[1])
    assert run("bribery", code(1), "--fail-on-hit")[0] == 0
    assert run("repeats", "--fail-on-hit")[0] == 0
    assert run("offices", "--fail-on-hit")[0] == 0
    assert run("appointment", citizen(1), "--at", code(1), "--fail-on-hit")[0] == 0
    assert run("suppliers-of", code(1), "--fail-on-hit")[0] == 4  # no supplier is known
    assert run("suppliers-of", "没有这样的公司")[0] == 2
    assert run("appointment", citizen(1), "--office", "KING")[0] == 2
    # Alone it still says whether everything is in order.
    status, out = run("--json")
    assert status == 0, [row for row in json.loads(out) if not row["ok"]]
    assert {"rules", "neo4j"} <= {row["what"] for row in json.loads(out)}


def test_the_routes(lot: Graph, settings: Settings, pack: RulePack, keys: Keys) -> None:
    with TestClient(create_app(lot, settings)) as client:

        def ask(route: str, **body: Any) -> Check:
            response = client.post(f"/v1/checks/{route}", json={"purpose": "tender", "as_of": "2026-06-30", **body})
            assert response.status_code == 200, response.text
            return Check.model_validate(response.json())

        by_route = ask("bidders", parties=[code(1), code(2)], procedure="tender")
        assert told(by_route) == {("same_person_in_charge", (ONE, TWO), "RB-01"): "bar"}
        assert ask("tender", tender="A-01").status == "hit"
        assert ask("suppliers", parties=[code(1)]).status == "clear"
        assert ask("bribery", parties=[code(1)]).status == "clear"
        assert ask("repeats", parties=[code(1)], years=3).status == "clear"
        assert ask("appointment", person=citizen(1)).status == "clear"
        assert client.get("/v1/checks/offices", params={"purpose": "supervision"}).json()["status"] == "clear"
        key = check_bidders(lot, pack, [code(1), code(2)], as_of=DAY, hash=keys.hash).parties[0].key
        of = client.get(f"/v1/parties/{key}/suppliers", params={"purpose": "tender"})
        assert of.json()["status"] == "incomplete"
        for wrong in (
            {"parties": []},
            {"parties": [code(1)], "procedure": "gift"},
            {"parties": ["x"], "purpose": None},
        ):
            assert client.post("/v1/checks/bidders", json={"purpose": "tender", **wrong}).status_code == 422
