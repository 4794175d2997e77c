"""Objections to what is no sanction: promises, grades, inspections, red lists, posts, register facts; and what can be repaired."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_model.errors import BadRequest
from graph_model.events import Event
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from loaders.decisions.events import exported, import_events, record
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.answers import FactRef
from queries.casework.due import due
from queries.law.consequences import consequences_of
from queries.law.incentives import incentives_of
from queries.lookup import lookup
from queries.party.parties import party_file, resolve
from queries.projection.current import opened
from queries.read.events import all_events
from queries.screen import Screener
from tests.support.copies import same
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

pytestmark = pytest.mark.graph

NAME = "郴州甲食品有限公司"
DAY = date(2026, 11, 20)
WHO = f"{NAME},法人及非法人组织,{code(1)}"
FORMS = {
    "commitments": (
        "主体名称,主体类别,统一社会信用代码,承诺编号,承诺类型,承诺内容,受理机关,承诺日期,履行状态,状态日期",
        f"{WHO},郴承〔2025〕1号,审批替代型,补齐材料,郴州市行政审批局,2025-02-01,未履行,2025-05-01",
    ),
    "credentials": (
        "主体名称,主体类别,统一社会信用代码,类别,名称,等级,评价体系,授予机关,授予日期,状态",
        f"{WHO},信用等级,风险等级,D,企业信用风险分类,郴州市市场监督管理局,2025-04-01,有效",
        f"{WHO},许可,经营许可证,,,郴州市行政审批局,2024-01-01,有效",
    ),
    "inspections": (
        "主体名称,主体类别,统一社会信用代码,检查编号,检查类型,检查机关,检查日期,检查事项,检查结果",
        f"{WHO},双随机2025001,双随机抽查,郴州市市场监督管理局,2025-05-06,登记事项检查,发现问题已责令改正",
    ),
    "lists": (
        "主体名称,主体类别,统一社会信用代码,名单类别,名单名称,列入日期,认定机关",
        f"{WHO},红名单,诚信红名单,2025-03-01,郴州市发展和改革委员会",
    ),
}


@pytest.fixture
def party(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path, put: Put, load_file: LoadFile) -> str:
    """Key of a company with one of each kind of record, whose licence was revoked in 2024 under its representative."""
    load_file("sample", put("register.csv", [company(NAME, 1, "张三", citizen(1))]))
    load_file("sample", put("decisions.csv", [decision(NAME, 1)]))
    for source, lines in FORMS.items():
        path = tmp_path / f"{source}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        (run,) = load(graph, keys, SOURCES[source], path)
        assert run.rejected == 0, source
    derive_into(graph, pack)
    found, _ = resolve(graph, code(1))
    assert found is not None
    return found.key


def fact(graph: Graph, party: str, kind: str) -> FactRef:
    """The one fact of a kind in the file of the party."""
    wanted = {"promise": "commitment", "grade": "grade", "red": "red_list"}
    for f in party_file(graph, party, as_of=DAY).facts:
        if f.properties.get("kind") == wanted.get(kind) if kind in wanted else f.type == kind:
            return f
    raise AssertionError(kind)


def statement(f: FactRef) -> str:
    return f.fact_id.rpartition(".")[0]


def steps(
    kind: str, about: str, item: str, case: str, said: Sequence[tuple[str, str, date]], **details: Any
) -> list[Event]:
    return [
        Event(
            id="",
            kind=kind,
            stage=stage,
            sanction=about,
            item=item,
            day=day,
            case=case,
            role=role,
            author="王敏",
            reason="核对",
            details=details if number == 0 else {},
        )
        for number, (stage, role, day) in enumerate(said)
    ]


OPEN = (("received", "subject", date(2026, 10, 1)), ("marked", "credit_authority", date(2026, 10, 2)))
VERIFIED = (
    ("notified", "credit_authority", date(2026, 10, 3)),
    ("verified", "source_organ", date(2026, 10, 8)),
)
KINDS = ["promise", "grade", "red", "INSPECTED_IN", "ABOUT", "LEGAL_REPRESENTATIVE_OF"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_objection_is_marked_where_the_fact_stands_and_ends_with_the_outcome(
    party: str, graph: Graph, pack: RulePack, tmp_path: Path, kind: str
) -> None:
    f = fact(graph, party, kind)
    item = statement(f)

    def marks() -> set[str | None]:
        facts = [*party_file(graph, party, as_of=DAY).facts, *lookup(graph, pack, party, as_of=DAY).facts]
        return {one.disputed for one in facts if statement(one) == item}

    record(graph, steps("objection", party, item, "异议-1", OPEN[:1]), today=DAY, pack=pack)
    assert marks() == {None}  # received, and not marked yet
    record(graph, steps("objection", party, item, "异议-1", OPEN[1:]), today=DAY, pack=pack)
    assert marks() == {"objection 异议-1 marked since 2026-10-02 (异议标注)"}
    assert not any(
        one.disputed for one in party_file(graph, party, as_of=DAY).facts if statement(one) != item
    )  # nothing else is marked
    with pytest.raises(BadRequest, match="second one has to wait"):
        record(graph, steps("objection", party, item, "异议-2", OPEN[:1]), today=DAY, pack=pack)
    record(graph, steps("objection", party, item, "异议-1", VERIFIED), today=DAY, pack=pack)
    outcome = [("upheld", "source_organ", date(2026, 10, 9))]
    record(graph, steps("objection", party, item, "异议-1", outcome), today=DAY, pack=pack)
    assert marks() == {None}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outcome", ["corrected", "withdrawn"])
def test_what_its_owner_takes_back_is_no_longer_believed(
    party: str, graph: Graph, pack: RulePack, kind: str, outcome: str
) -> None:
    item = statement(fact(graph, party, kind))
    said = [*OPEN, *VERIFIED, (outcome, "source_organ", date(2026, 10, 9))]
    record(graph, steps("objection", party, item, "异议-1", said), today=DAY, pack=pack)
    facts = [*party_file(graph, party, as_of=DAY).facts, *lookup(graph, pack, party, as_of=DAY).facts]
    assert item not in {statement(one) for one in facts}


def test_a_disputed_promise_is_not_known_to_stand_against_an_incentive(
    party: str, graph: Graph, pack: RulePack
) -> None:
    """INC-02 of Chenzhou, three clean years: broken, disputed, broken again, and taken back. The revoked licence is of 2024."""
    after = date(2027, 3, 20)  # three years after the revocation
    since = date(2020, 1, 1)

    def statuses() -> set[str]:
        found = incentives_of(graph, pack, party, as_of=after, complete_since=since)
        return {c.status for c in found.consequences if c.rule == "INC-02"}

    graph.write("load", lambda tx: tx.run("MATCH (s:Sanction) SET s.retired = true"))  # of the promise alone
    item = statement(fact(graph, party, "promise"))
    assert statuses() == set()
    record(graph, steps("objection", party, item, "异议-1", OPEN), today=DAY, pack=pack)
    assert statuses() == {"unknown"}
    said = [*VERIFIED, ("withdrawn", "source_organ", date(2026, 10, 9))]
    record(graph, steps("objection", party, item, "异议-1", said), today=DAY, pack=pack)
    assert statuses() == {"candidate"}


def test_a_disputed_post_suspends_what_rests_on_it_and_the_copy_tells_the_mark(
    party: str, graph: Graph, pack: RulePack, tmp_path: Path
) -> None:
    post = fact(graph, party, "LEGAL_REPRESENTATIVE_OF")
    projection = opened(graph, tmp_path)

    def windows() -> list[str]:
        found = consequences_of(graph, pack, post.from_, as_of=DAY).consequences
        return [i.why for c in found for i in c.timeline if i.status == "suspended"]

    assert windows() == []
    same(graph, projection, [post.from_, party], as_of=DAY)
    record(graph, steps("objection", party, statement(post), "异议-1", OPEN), today=DAY, pack=pack)
    derive_into(graph, pack)
    assert windows()
    assert all("异议-1" in why for why in windows())
    assert projection.follow(graph)
    answers = same(graph, projection, [post.from_, party], as_of=DAY)
    marks = {f.disputed for a in answers for h in a.hits for f in h.path if isinstance(f, FactRef)}
    assert marks == {"objection 异议-1 marked since 2026-10-02 (异议标注)"}
    # Built anew it tells the same.
    same(graph, opened(graph, tmp_path, anew=True), [post.from_, party], as_of=DAY)
    said = [*VERIFIED, ("upheld", "source_organ", date(2026, 10, 9))]
    record(graph, steps("objection", party, statement(post), "异议-1", said), today=DAY, pack=pack)
    assert projection.follow(graph)
    (near, _) = same(graph, projection, [post.from_, party], as_of=DAY)
    assert {f.disputed for h in near.hits for f in h.path if isinstance(f, FactRef)} == {None}


GRANT = (
    ("applied", "subject", date(2026, 10, 1)),
    ("accepted", "source_organ", date(2026, 10, 2)),
    ("granted", "source_organ", date(2026, 10, 3)),
)


@pytest.mark.parametrize(
    ("details", "missing"),
    [
        ({"fulfilled": True, "commitment": True}, "class of seriousness"),
        ({"severity": "general", "commitment": True}, "every duty done"),
        ({"severity": "general", "fulfilled": True}, "public promise"),
        ({"severity": "serious", "fulfilled": True, "commitment": True}, None),
        ({"severity": "general", "fulfilled": True, "commitment": True}, None),
    ],
)
def test_a_broken_promise_is_repaired_when_its_conditions_are_met(
    party: str,
    graph: Graph,
    keys: Keys,
    pack: RulePack,
    tmp_path: Path,
    details: dict[str, Any],
    missing: str | None,
) -> None:
    """Found to be broken on 2025-05-01: a serious one is published for a year at the least."""
    item = statement(fact(graph, party, "promise"))
    ask = steps("repair", party, item, "修复-1", GRANT, **details)
    if missing is not None:
        with pytest.raises(BadRequest, match=missing):
            record(graph, ask, today=DAY, pack=pack)
        return
    record(graph, ask, today=DAY, pack=pack)
    again = tmp_path / "again.csv"  # a file that tells it once more brings it back to nobody
    head, *rows = FORMS["commitments"]
    again.write_text(
        "\n".join(
            [
                head,
                *rows,
                *(
                    row.replace("2025〕1号", "2025〕2号").replace("未履行,2025-05-01", "已履行,2025-03-01")
                    for row in rows
                ),
            ]
        )
        + "\n",
        encoding="utf-8",
    )
    load(graph, keys, SOURCES["commitments"], again)
    facts = [*party_file(graph, party, as_of=DAY).facts, *lookup(graph, pack, party, as_of=DAY).facts]
    assert {f.properties.get("state") for f in facts if f.properties.get("kind") == "commitment"} == {"kept"}
    screener = Screener(graph, opened(graph, tmp_path / "copy").reader(), pack, as_of=DAY)
    assert [told["promises"] for told in screener.screen([[("number", party)]])] == ["clear"]
    found = incentives_of(graph, pack, party, as_of=DAY)
    assert not any(f.properties.get("state") == "broken" for f in found.facts)
    assert "违背承诺" not in (found.reason or "")
    with pytest.raises(BadRequest, match="nothing left to object to"):
        record(graph, steps("objection", party, item, "异议-9", OPEN[:1]), today=DAY, pack=pack)


def test_an_organ_owes_to_verify_what_is_no_sanction_too(party: str, graph: Graph, pack: RulePack) -> None:
    """郴政发〔2017〕11号 二(四)21: within 20 working days of the notice, for organs of Chenzhou."""
    item = statement(fact(graph, party, "grade"))
    record(graph, steps("objection", party, item, "异议-1", [*OPEN, VERIFIED[0]]), today=DAY, pack=pack)
    (owed,) = [row for row in due(graph, pack, as_of=DAY, within="60d").rows if row.case == "异议-1"]
    assert (owed.started, owed.deadline) == (date(2026, 10, 3), "DL-05")
    assert (owed.sanction, owed.party and owed.party.key) == (None, party)
    assert "郴州市市场监督管理局" in owed.owes


def test_too_early_a_repair_is_refused(party: str, graph: Graph, pack: RulePack) -> None:
    item = statement(fact(graph, party, "promise"))
    day = date(2026, 5, 1)  # the last day of the year
    said = [(stage, role, day) for stage, role, _ in GRANT]
    full = {"severity": "serious", "fulfilled": True, "commitment": True}
    with pytest.raises(BadRequest, match="最短公示期"):
        record(graph, steps("repair", party, item, "修复-1", said, **full), today=DAY, pack=pack)
    said = [(stage, role, date(2026, 5, 2)) for stage, role, _ in GRANT]
    record(graph, steps("repair", party, item, "修复-1", said, **full), today=DAY, pack=pack)


def test_what_cannot_be_is_refused(party: str, graph: Graph, pack: RulePack) -> None:
    grade = statement(fact(graph, party, "grade"))
    imposed = statement(fact(graph, party, "IMPOSED_ON"))
    for events, words in (
        (steps("repair", party, grade, "修复-1", GRANT[:1]), "organ that gave it"),
        (steps("objection", party, imposed, "异议-1", OPEN[:1]), "name the sanction itself"),
        (steps("objection", party, "no-such-statement", "异议-1", OPEN[:1]), "no statement"),
        (steps("objection", party, "", "异议-1", OPEN[:1]), "Which fact"),
        (
            [
                Event(
                    id="",
                    kind="lifting",
                    stage="lifted",
                    sanction=party,
                    day=DAY,
                    role="source_organ",
                    author="王敏",
                    reason="x",
                )
            ],
            "about a sanction",
        ),
    ):
        with pytest.raises(BadRequest, match=words):
            record(graph, events, today=DAY, pack=pack)
    assert all_events(graph) == []


def test_the_command_and_a_rebuild(
    party: str, graph: Graph, keys: Keys, pack: RulePack, cli: Cli, server: Server, tmp_path: Path
) -> None:
    f = fact(graph, party, "grade")
    begin = (
        "--party",
        code(1),
        "--item",
        f.fact_id,
        "--as",
        "subject",
        "--reason",
        "等级有误",
        "--store",
        server.store,
    )
    assert cli("objection", "received", "O-7", *begin, "--day", "2026-10-01")[0] == 0
    mark = ("--as", "credit_authority", "--reason", "标注", "--store", server.store, "--day", "2026-10-02")
    assert cli("objection", "marked", "O-7", *mark)[0] == 0
    _, out, _ = cli("lookup", code(1), "--store", server.store)
    assert "O-7" in out
    both = cli("objection", "received", "O-8", "--sanction", "s-aaaaaaaaaaaaaaaaaaaa", *begin)
    assert both[0] == 2
    assert cli("repair", "applied", "R-7", *begin)[0] == 2  # a grade is not repaired
    kept = tmp_path / "events.jsonl"
    kept.write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in exported(graph, all_events(graph))), encoding="utf-8"
    )
    graph.write("load", lambda tx: tx.run("MATCH (v:Event) DETACH DELETE v"))
    assert fact(graph, party, "grade").disputed is None
    assert import_events(graph, keys, kept, today=DAY).recorded == 2
    assert fact(graph, party, "grade").disputed == "objection O-7 marked since 2026-10-02 (异议标注)"
