"""A row that was not taken is a doubt about the body that it is against, until it is loaded put right, or settled by a human."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from graph_model.errors import BadRequest
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.decisions.corrections import exported_corrections, import_corrections, settle, undo
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.mapping.parse import parse_mapping
from loaders.mapping.source import describe
from loaders.sources import SOURCES
from loaders.upgrade import upgrade
from queries.checks.suppliers import check_suppliers
from queries.lookup import lookup
from queries.network.exposure import exposure
from queries.party.parties import party_file, resolve
from queries.projection.current import opened
from queries.screen import Screener
from queries.supply.ledger import rejected_rows
from tests.support.graphs import wipe
from tests.support.invented import citizen, code
from tests.support.quality import penalty
from tests.support.rows import company, reg
from tests.support.types import LoadFile, Put

NAME = "林邑七号食品厂"
GOOD = penalty(7, CF_XDR_MC=NAME)
BAD = GOOD | {"CF_JDRQ": "二月"}


def marks(graph: Graph) -> dict[str, list[str]]:
    """Who bears a mark of a rejected row."""
    rows = graph.read("MATCH (p:Party) WHERE p.doubts IS NOT NULL RETURN p.name AS name, p.doubts AS doubts")
    return {r["name"]: found for r in rows if (found := [m for m in r["doubts"] if m.startswith("rejected ")])}


def told(graph: Graph, pack: RulePack, text: str) -> str:
    return lookup(graph, pack, text, as_of=today()).status


@pytest.fixture
def registered(load_file: LoadFile, put: Put, graph: Graph, pack: RulePack) -> Graph:
    """The food factory, with nothing against it."""
    load_file("sample", put("register.csv", [company(NAME, 7)]))
    derive_into(graph, pack)
    return graph


def test_no_answer_about_it_is_clear(
    registered: Graph, load_file: LoadFile, put: Put, pack: RulePack, settings: Settings, tmp_path: Path
) -> None:
    graph = registered
    assert told(graph, pack, code(7)) == "clear"
    (run,) = load_file("shuanggongshi", put("p.json", [penalty(1), BAD]))
    assert (run.accepted, run.rejected) == (1, 1)
    derive_into(graph, pack)
    party, _ = resolve(graph, code(7))
    assert party is not None
    for answer in (
        lookup(graph, pack, code(7), as_of=today()),
        lookup(graph, pack, NAME, as_of=today()),
        exposure(graph, party.key, as_of=today()),
        party_file(graph, party.key, as_of=today()),
    ):
        assert (answer.status, answer.complete) == ("incomplete", False)
        (cut,) = [cut for cut in answer.cut if cut.reason == "rejected"]
        for word in ("p.json", "CF_JDRQ", f"{run.run}:"):
            assert word in cut.detail
    checked = check_suppliers(graph, pack, [NAME], as_of=today())
    assert checked.status == "incomplete"
    assert any("CF_JDRQ" in gap for gap in checked.gaps)
    copy = opened(graph, tmp_path / "copy").reader()
    (row,) = Screener(graph, copy, pack, as_of=today()).screen([[("code", code(7))]])
    assert (row["result"], row["complete"]) == ("incomplete", False)
    with TestClient(create_app(graph, settings)) as client:
        for asked in (NAME, code(7)):
            answered = client.post("/v1/checks", json={"parties": [asked], "purpose": "tender"})
            assert answered.json()["answers"][0]["status"] == "incomplete", answered.text


def test_whom_nobody_else_names_is_no_plain_unknown(
    load_file: LoadFile, put: Put, graph: Graph, pack: RulePack, tmp_path: Path
) -> None:
    load_file("shuanggongshi", put("p.json", [penalty(1), BAD]))
    for asked in (code(7), NAME, "林邑七号 食品厂", code(7)[8:16] + "-" + code(7)[16]):
        found = lookup(graph, pack, asked, as_of=today())
        assert (found.status, found.party) == ("incomplete", None), asked
        assert "CF_JDRQ" in found.cut[0].detail
    assert told(graph, pack, code(8)) == "unknown"
    copy = opened(graph, tmp_path / "copy").reader()
    rows = [[("name", NAME)], [("code", code(7))], [("name", "云渡无有限公司")]]
    screened = Screener(graph, copy, pack, as_of=today()).screen(rows)
    assert [row["result"] for row in screened] == ["incomplete", "incomplete", "unknown"]


@pytest.mark.parametrize(
    ("mended", "over"),
    [
        (GOOD, True),
        (penalty(7, CF_XDR_MC=NAME, CF_WSH="罚[2026] 7号"), True),
        (penalty(7, CF_XDR_MC=NAME, CF_WSH="罚〔2026〕8号"), False),
        (penalty(8, CF_WSH="罚〔2026〕7号"), False),
    ],
)
def test_it_is_over_when_its_source_says_that_decision(
    registered: Graph, load_file: LoadFile, put: Put, mended: dict[str, Any], over: bool
) -> None:
    load_file("shuanggongshi", put("p.json", [BAD]))
    load_file("shuanggongshi", put("p.json", [mended]))
    assert (NAME not in marks(registered)) == over
    load_file("shuanggongshi", put("again.json", [BAD, penalty(9)]))
    assert (NAME not in marks(registered)) == over


def test_a_sanction_of_a_file_of_entities_is_over_when_the_file_is_mended(
    load_file: LoadFile, put: Put, graph: Graph
) -> None:
    firm = {"id": "c", "schema": "Company", "properties": {"name": [NAME]}}
    for since, over in (("soon", False), ("2020-01-01", True)):
        told = {"id": "s1", "schema": "Sanction", "properties": {"entity": ["c"], "startDate": [since]}}
        load_file("ftm", put("f.json", [firm, told]))
        assert (not marks(graph)) == over


def test_the_order_of_files_does_not_matter(load_file: LoadFile, put: Put, graph: Graph) -> None:
    load_file("shuanggongshi", put("p.json", [BAD]))
    load_file("sample", put("register.csv", [company(NAME, 7)]))
    assert list(marks(graph)) == [NAME]


def test_a_mended_row_says_which_one_it_was(registered: Graph, keys: Keys, tmp_path: Path, put: Put) -> None:
    graph, source = registered, SOURCES["shuanggongshi"]
    (run,) = load(graph, keys, source, put("p.json", [penalty(7, CF_XDR_MC=NAME, CF_WSH="")]))
    assert list(marks(graph)) == [NAME]
    rows = rejected_rows(graph, keys.cipher, run.run)
    path = tmp_path / "mend.csv"
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerow(rows[0] | {"CF_WSH": "罚〔2026〕70号"})
    path.write_text(text.getvalue(), encoding="utf-8")
    (mended,) = load(graph, keys, source, path)
    assert (mended.accepted, marks(graph)) == (1, {})


def test_a_human_settles_it_and_takes_that_back(
    registered: Graph, load_file: LoadFile, put: Put, pack: RulePack, keys: Keys
) -> None:
    graph = registered
    path = put("p.json", [BAD, penalty(2, CF_XDR_LB="自然人", CF_XDR_MC="罗小云", CF_XDR_SHXYM="")])
    (run,) = load_file("shuanggongshi", path)
    assert run.rejected == 2
    lines = {r["line"] for r in graph.read("MATCH (x:RejectedRow)-[:AGAINST]->() RETURN DISTINCT x.line AS line")}
    (line,) = lines
    for where, why in ((f"{run.run}x", "There is no"), (run.run, "names no body")):
        other = next(r["line"] for r in graph.read("MATCH (x:RejectedRow) RETURN x.line AS line") if r["line"] != line)
        with pytest.raises(BadRequest, match=why):
            settle(graph, where, other, author="王芳", reason="误报")
    with pytest.raises(BadRequest, match="reason"):
        settle(graph, run.run, line, author="王芳", reason=" ")
    done = settle(graph, run.run, line, author="王芳", reason="处罚机关函复系误报")
    assert told(graph, pack, NAME) == "clear"
    with pytest.raises(BadRequest, match="already"):
        settle(graph, run.run, line, author="王芳", reason="再")
    undo(graph, done.id, author="王芳", reason="函复有误")
    assert told(graph, pack, NAME) == "incomplete"
    again = settle(graph, run.run, line, author="王芳", reason="再次函复")
    exported = list(exported_corrections(graph))
    kinds = [row["kind"] for row in exported]
    assert kinds == ["rejection-settled", "correction-undone", "rejection-settled"]
    wipe(graph, keys)
    load_file("sample", put("register.csv", [company(NAME, 7)]))
    load_file("shuanggongshi", path)
    derive_into(graph, pack)
    assert told(graph, pack, NAME) == "incomplete"
    assert import_corrections(graph, keys, list(enumerate(exported, 1)), "events.jsonl") == 3
    assert told(graph, pack, NAME) == "clear"
    undo(graph, again.id, author="王芳", reason="函复有误")
    assert told(graph, pack, NAME) == "incomplete"


LISTED = {"名单名称": "某名单", "主体类别": "法人及非法人组织", "列入日期": "二月", "认定机关": "某局", "文号": "1号"}
AGAINST_IT: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "list": ("lists", [LISTED | {"名单类别": "黑名单", "主体名称": NAME}]),
    "court": ("court-limits", [{"限制高消费企业名称": NAME, "案号": "（2024）某执1号", "限高发布日期": "二月"}]),
    "defaulter": (
        "shixin",
        [{"iname": NAME, "cardNum": code(7), "publishDate": "二月", "disruptTypeName": "x", "gistId": "1"}],
    ),
    "registration number": (
        "shuanggongshi",
        [penalty(7, CF_XDR_MC="林邑食品店", CF_XDR_SHXYM="", CF_XDR_GSZC=reg(1), CF_JDRQ="?")],
    ),
    "sanction of a file of entities": (
        "ftm",
        [
            {"id": "c", "schema": "Company", "properties": {"name": [NAME]}},
            {"id": "s", "schema": "Sanction", "properties": {"entity": ["c"], "startDate": ["soon"]}},
        ],
    ),
    "wrong code": ("shuanggongshi", [penalty(7, CF_XDR_MC=NAME, CF_XDR_SHXYM=code(7)[:-1] + "?")]),
}
NOT_AGAINST_IT: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "sanction that is over": (
        "ftm",
        [
            {"id": "c", "schema": "Company", "properties": {"name": [NAME]}},
            {"id": "s", "schema": "Sanction", "properties": {"entity": ["c"], "status": ["lifted"]}},
        ],
    ),
    "praise": ("lists", [LISTED | {"名单类别": "红名单", "主体名称": NAME}]),
    "licence": (
        "shuanggongshi",
        [{"XK_XDR_MC": NAME, "XK_WSH": "1号", "XK_JDRQ": "?", "XK_XKJG": "某局", "XK_XDR_SHXYM": code(7)}],
    ),
    "its organ only": ("shuanggongshi", [penalty(8, CF_JDRQ="?", CF_CFJG=NAME, CF_CFJGDM=code(7))]),
    "a person": (
        "shuanggongshi",
        [penalty(8, CF_XDR_LB="自然人", CF_XDR_MC="罗小云", CF_XDR_SHXYM="", CF_XDR_ZJHM=citizen(3), CF_JDRQ="?")],
    ),
}


@pytest.mark.parametrize("case", [*AGAINST_IT, *NOT_AGAINST_IT])
def test_what_a_rejected_row_is_against(load_file: LoadFile, put: Put, graph: Graph, case: str) -> None:
    rows = [company(NAME, 7), company("林邑小店", 6, kind="92", 注册号=reg(1))]
    load_file("sample", put("register.csv", [{k: v for k, v in row.items() if k != "注册号"} for row in rows]))
    if case == "registration number":
        known = penalty(5, CF_XDR_MC="林邑食品店", CF_XDR_SHXYM="", CF_XDR_GSZC=reg(1))
        load_file("shuanggongshi", put("q.json", [known]))
    source, told_rows = (AGAINST_IT | NOT_AGAINST_IT)[case]
    (run,) = load_file(source, put("p.json", told_rows))
    assert run.rejected == 1
    assert bool(marks(graph)) == (case in AGAINST_IT)
    kept = json.dumps(graph.read("MATCH (m:RejectedSubject) RETURN collect(m.mark) AS marks")[0]["marks"])
    assert citizen(3) not in kept
    assert json.dumps("罗小云") not in kept


MAPPING = """\
id: mine
title: {zh: 处罚, en: Penalties}
owner: 林邑县应急管理局
mode: delta
files:
  - parties:
      company: {is: entity, name: 单位名称, uscc: 代码}
      organ: {is: organ, name: {constant: 林邑县应急管理局}}
    facts:
      - {fact: profile, of: company}
      - {fact: sanction, when: {column: 结果, is: [处罚]}, on: company, by: organ, kind: penalty, document_number: 文号, decided_on: 日期}
"""


def test_a_row_under_a_mapping_and_its_condition(registered: Graph, keys: Keys, put: Put) -> None:
    source = describe(parse_mapping(MAPPING, "m.yaml"))
    for result, doubted in (("不罚", False), ("处罚", True)):
        row = {"单位名称": NAME, "代码": code(7)[:-1] + "?", "结果": result, "文号": "9号", "日期": "2026-02-10"}
        (run,) = load(registered, keys, source, put("m.json", [row]))
        assert run.rejected == 1
        assert bool(marks(registered)) == doubted
    load(registered, keys, source, put("m.json", [row | {"代码": code(7)}]))
    assert not marks(registered)


def test_a_first_load_keeps_them_too(bulk_graph: Any, put: Put) -> None:
    register = put("register.csv", [company(NAME, 7)])
    graph = bulk_graph([("shuanggongshi", put("p.json", [BAD])), ("sample", register)])
    assert list(marks(graph)) == [NAME]


def test_a_store_of_before_learns_them(registered: Graph, load_file: LoadFile, put: Put, keys: Keys) -> None:
    load_file("shuanggongshi", put("p.json", [BAD]))
    with registered.driver.session(database=registered.database) as session:
        session.run("MATCH (m:RejectedSubject) DETACH DELETE m").consume()
        session.run("MATCH (p:Party) SET p.doubts = null").consume()
        session.run("MATCH (x:RejectedRow) SET x.record = null").consume()
        session.run("MATCH (c:Clock) SET c.schema = 'of before'").consume()
    assert upgrade(registered, keys=keys)
    assert list(marks(registered)) == [NAME]
    load_file("shuanggongshi", put("p.json", [GOOD]))
    assert not marks(registered)
