"""Whose branch is a body, by its name: what a name says, and what becomes of it in a graph."""

import itertools
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.branches import BRANCH_WORDS, heads_of, is_branch_name, may_be_head
from graph_model.errors import BadRequest
from graph_model.rules import RulePack
from graph_model.schema import BRANCH_NAME, FOREVER, BranchOf, DirectorOf, ImposedBy, ImposedOn, Profile
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys
from loaders.decisions.branches import accept_branch
from loaders.decisions.corrections import exported_corrections, import_corrections, undo
from loaders.derive import derive_into
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SanctionMention, SourceDescription, SourceFile
from loaders.identity.branches import link_branches
from loaders.identity.merge import merge, split
from loaders.load.engine import load
from queries.answers import FactRef
from queries.law.consequences import consequences_of
from queries.network.exposure import exposure
from queries.network.whole_graph import branches, read_whole
from queries.projection.current import opened
from tests.support.copies import told
from tests.support.graphs import fingerprint, wipe
from tests.support.invented import code

BANK = "湘楚银行股份有限公司"
BRANCH = f"{BANK}长沙分行"
OFFICE = f"{BRANCH}开福支行"
DAY = date(2026, 6, 30)

NAMES = {
    BRANCH: [BANK],
    OFFICE: [BRANCH, BANK],
    f"{BANK}(长沙分行)": [BANK],
    f"{BANK}长沙分行营业部": [BRANCH, BANK],
    "湘楚银行长沙分行": ["湘楚银行"],
    "湘楚财产保险股份有限公司长沙中心支公司": ["湘楚财产保险股份有限公司"],
    "湘楚(集团)有限公司长沙分公司": ["湘楚(集团)有限公司"],
    "湘楚律师事务所长沙分所": ["湘楚律师事务所"],
    "湘楚县农村信用合作联社城关信用社": ["湘楚县农村信用合作联社"],
    # A subsidiary has branches of its own: they are nobody else's.
    "湘楚集团有限公司华南建设有限公司第一分公司": ["湘楚集团有限公司华南建设有限公司"],
    BANK: [],
    "长沙分行": [],
    "城关信用社": [],
    "分公司": [],
    "湘楚分公司管理有限公司": [],
    "": [],
}


@pytest.mark.parametrize("name", NAMES)
def test_which_bodies_a_name_may_mean(name: str) -> None:
    assert heads_of(name) == NAMES[name]


@given(
    st.lists(st.sampled_from(["湘楚", "长沙", "公司", "有限公司", "银行", "集团", "(", ")", *BRANCH_WORDS]), max_size=7)
)
def test_a_company_is_a_true_beginning_of_the_name_and_may_be_one(parts: list[str]) -> None:
    name = "".join(parts)
    found = heads_of(name)
    assert found == sorted(found, key=len, reverse=True)
    assert all(name.startswith(head) and head != name and may_be_head(head) for head in found)
    assert is_branch_name(name) == bool(found)


# --- in a graph -------------------------------------------------------------------------------------------


def drafts(row: Row, context: Any) -> Iterator[Draft]:
    """A register row, a penalty, a judgment, a post, or a branch that its register states."""
    number, of = row.get("uscc"), row.get("of")
    unit = EntityMention(row.need("name"), (("uscc", number),) if number else ())
    decided = date(2026, 3, 1)
    match row.need("what"):
        case "register":
            former = row.get("former")
            yield Draft(Profile(name=unit.name, former_names=[former] if former else None), unit)
        case "penalty":
            decision = SanctionMention("长沙市某局", f"长罚〔2026〕{row.line}号", unit)
            yield Draft(ImposedOn(kind="penalty", since=decided, decided_on=decided), decision, unit)
        case "judgment":
            court = EntityMention("长沙市某法院", organ=True)
            decision = SanctionMention(court.name, "(2026)湘01民初1号", unit)
            fact = ImposedOn(kind="judgment", codes=["CIVIL_JUDGMENT"], since=decided, decided_on=decided)
            yield Draft(fact, decision, unit)
            yield Draft(ImposedBy(since=decided), decision, court)
        case "post":
            yield Draft(DirectorOf(), PersonMention("张三", scope=unit), unit)
        case "branch":
            assert of is not None
            yield Draft(BranchOf(since=date(2020, 1, 1)), unit, EntityMention(of, (("uscc", row.need("of-code")),)))


COLUMNS = ("what", "name", "former", "uscc", "of", "of-code")


def source(name: str) -> SourceDescription:
    return SourceDescription(
        id=name,
        title=name,
        title_zh=name,
        owner="某局",
        mode="delta",
        coverage="nobody",
        licence="none",
        files=(SourceFile("*", COLUMNS, drafts),),
    )


def brought(graph: Graph, keys: Keys, folder: Path, *files: list[dict[str, str]]) -> None:
    """Each file from a source of its own, whatever its place."""
    for rows in files:
        rows = [dict.fromkeys(COLUMNS, "") | row for row in rows]
        path = folder / f"{len(list(folder.iterdir()))}.json"
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        load(graph, keys, source(f"branches-{rows[0]['what']}-{rows[0]['name'][-4:]}"), path, data_date=DAY)


def register(name: str, number: int, **more: str) -> dict[str, str]:
    return {"what": "register", "name": name, "uscc": code(number)} | more


def penalty(name: str, **more: str) -> dict[str, str]:
    return {"what": "penalty", "name": name} | more


LINKS = """
MATCH (b:Party)-[r:BRANCH_OF]->(h:Party) WHERE r.rec_to = $forever
RETURN b.name AS branch, h.name AS head, coalesce(r.start_match, 'stated') AS how
"""
DOUBTFUL = """
MATCH (p:Party) WHERE any(mark IN coalesce(p.doubts, []) WHERE mark STARTS WITH 'branch ') RETURN DISTINCT p.name AS name
"""


def links(graph: Graph) -> set[tuple[str, str, str]]:
    return {(r["branch"], r["head"], r["how"]) for r in graph.read(LINKS, forever=FOREVER)}


def doubtful(graph: Graph) -> set[str]:
    return {r["name"] for r in graph.read(DOUBTFUL)}


def key_of(graph: Graph, name: str, **having: Any) -> str:
    rows = graph.read("MATCH (p:Party {name: $name})<-[:IDENTIFIES]-() RETURN DISTINCT p.key AS key", name=name)
    return rows[0]["key"]


def test_a_branch_stands_at_the_nearest_body_that_is_known(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    brought(graph, keys, tmp_path, [register(BANK, 1)], [penalty(OFFICE)])
    assert links(graph) == {(OFFICE, BANK, BRANCH_NAME)}
    brought(graph, keys, tmp_path, [register(BRANCH, 2)])
    assert links(graph) == {(OFFICE, BRANCH, BRANCH_NAME), (BRANCH, BANK, BRANCH_NAME)}


def test_the_order_of_files_decides_nothing(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    files = [
        [register(BANK, 1), register("湘楚旧食品有限公司", 5)],
        [register(BRANCH, 2)],
        [penalty(OFFICE), penalty("湘楚旧食品有限公司长沙分公司")],
        [register("湘楚新食品有限公司", 6, former="湘楚老食品有限公司"), penalty("湘楚老食品有限公司长沙分公司")],
        [{"what": "branch", "name": BRANCH, "uscc": code(2), "of": BANK, "of-code": code(1)}],
    ]
    views = []
    for order in random.Random(3).sample(list(itertools.permutations(files)), 6):
        wipe(graph, keys)
        brought(graph, keys, tmp_path, *order)
        views.append((links(graph), doubtful(graph)))
    assert views == [views[0]] * 6
    assert views[0][0] == {
        (BRANCH, BANK, "stated"),
        (OFFICE, BRANCH, BRANCH_NAME),
        ("湘楚旧食品有限公司长沙分公司", "湘楚旧食品有限公司", BRANCH_NAME),
        ("湘楚老食品有限公司长沙分公司", "湘楚新食品有限公司", BRANCH_NAME),
    }


def test_a_source_that_states_whose_branch_it_is_ends_the_link_by_name(
    graph: Graph, keys: Keys, tmp_path: Path
) -> None:
    brought(graph, keys, tmp_path, [register(BANK, 1), register("湘南银行股份有限公司", 3)], [register(BRANCH, 2)])
    other = {"what": "branch", "name": BRANCH, "uscc": code(2), "of": "湘南银行股份有限公司", "of-code": code(3)}
    brought(graph, keys, tmp_path, [other])
    assert links(graph) == {(BRANCH, "湘南银行股份有限公司", "stated")}
    closed = graph.read("MATCH ()-[r:BRANCH_OF]->() WHERE r.rec_to <> $f RETURN r.start_match AS how", f=FOREVER)
    assert [r["how"] for r in closed] == [BRANCH_NAME]  # what was believed before stays known


def test_two_bodies_of_that_name_make_no_link_and_it_is_told(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    brought(graph, keys, tmp_path, [register(BANK, 1)], [penalty(BRANCH)])
    first = key_of(graph, BANK)
    assert exposure(graph, first, as_of=DAY).status == "hit"
    brought(graph, keys, tmp_path, [register(BANK, 7)])
    assert links(graph) == set()
    assert doubtful(graph) == {BANK}  # of neither bank anything is believed that the branch could lack
    brought(graph, keys, tmp_path, [{"what": "post", "name": BANK, "uscc": code(7)}])
    assert doubtful(graph) == {BRANCH, BANK}
    answer = exposure(graph, first, as_of=DAY)
    assert answer.status == "incomplete"
    assert any(BRANCH in cut.detail for cut in answer.cut)
    (second,) = [
        r["key"]
        for r in graph.read(
            "MATCH (p:Party {name: $name})<-[:IDENTIFIES]-() WHERE p.key <> $first RETURN DISTINCT p.key AS key",
            name=BANK,
            first=first,
        )
    ]
    merge(graph, first, second, author="某人", reason="同一主体")
    assert links(graph) == {(BRANCH, BANK, BRANCH_NAME)}
    assert doubtful(graph) == set()
    (made,) = graph.read("MATCH (c:Correction {kind: 'merge'}) RETURN c.id AS id")
    split(graph, made["id"], author="某人", reason="函复有误")
    assert links(graph) == set()
    assert doubtful(graph) == {BRANCH, BANK}


def test_a_mark_alone_has_the_branch_looked_at_again(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    """A body that lost the name by which it was doubted is no beginning of the branch's name any more."""
    brought(graph, keys, tmp_path, [register(BANK, 1)], [register(BANK, 7)], [register(BRANCH, 2)])
    branch = key_of(graph, BRANCH)
    found = graph.write("test", lambda tx: link_branches(tx, [], [], {f"branch {branch}"}))
    assert {branch} | {r["key"] for r in graph.read("MATCH (p:Party {name: $n}) RETURN p.key AS key", n=BANK)} in [
        set(group) for group in found.values()
    ]
    assert graph.write("test", lambda tx: link_branches(tx, [], [], {"name 湘楚"})) == {}


def test_a_branch_that_a_number_finds_takes_the_records_of_its_name(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    brought(graph, keys, tmp_path, [register(BANK, 1)], [penalty(BRANCH)], [register(BRANCH, 2)])
    rows = graph.read(
        "MATCH (b)-[r:BRANCH_OF]->() WHERE r.rec_to = $f RETURN b.key AS key, b.sanctioned AS listed", f=FOREVER
    )
    assert [(r["key"], r["listed"]) for r in rows] == [(key_of(graph, BRANCH), True)]


def test_exposure_walks_it_and_says_by_what_the_copy_too(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    brought(graph, keys, tmp_path, [register(BANK, 1)], [penalty(OFFICE)], [{"what": "post", "name": BRANCH}])
    derive_into(graph, pack)
    copy = opened(graph, tmp_path / "copy")
    for key in (key_of(graph, BANK), key_of(graph, BRANCH)):
        live = exposure(graph, key, as_of=DAY)
        assert told(exposure(graph, key, as_of=DAY, reader=copy.reader())) == told(live)
        (hit,) = live.hits
        assert (hit.party.name, hit.ring) == (OFFICE, "surrounding")
        assert all("by its name only" in note for note in hit.uncertain)
        facts = [step for step in hit.path if isinstance(step, FactRef)]
        assert len(facts) == hit.distance
        assert {(f.source, tuple(f.match)) for f in facts} == {(BRANCH_NAME, ("from: branch-name",))}


def test_the_sanctions_of_its_branches_are_those_of_the_body(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    fined = [penalty(OFFICE), penalty(OFFICE), penalty(f"{BANK}营业部"), penalty(BANK), penalty("湘南食品有限公司")]
    brought(graph, keys, tmp_path, [register(BANK, 1), register(BRANCH, 2)], fined)
    rows = branches(read_whole(graph, as_of=DAY)).rows(named=True)
    counts = ("name", "own", "branches", "listed", "sanctions", "total")
    assert [tuple(r[c] for c in counts) for r in rows] == [(BANK, 1, 3, 2, 3, 4), (BRANCH, 0, 1, 1, 2, 2)]
    assert rows[1]["names"] == OFFICE


def test_no_consequence_stands_on_it(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    judged = {"what": "judgment", "name": BRANCH, "uscc": code(2)}
    brought(graph, keys, tmp_path, [register(BANK, 1)], [judged])
    derive_into(graph, pack)

    def statuses() -> set[str]:
        return {c.status for c in consequences_of(graph, pack, key_of(graph, BANK), as_of=DAY).consequences}

    assert statuses() <= {"candidate"}
    brought(
        graph,
        keys,
        tmp_path,
        [{"what": "branch", "name": BRANCH, "uscc": code(2), "of": BANK, "of-code": code(1)}],
    )
    derive_into(graph, pack)
    assert statuses() == {"active"}


def test_a_human_accepts_it_and_takes_that_back(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    judged = {"what": "judgment", "name": BRANCH, "uscc": code(2)}
    files = ([register(BANK, 1), register("湘南食品有限公司", 3)], [judged])
    brought(graph, keys, tmp_path, *files)

    def told_of_it() -> tuple[bool, set[str]]:
        """Whether only the name is known to say so, and which sources say it."""
        derive_into(graph, pack)
        found = consequences_of(graph, pack, key_of(graph, BANK), as_of=today()).consequences
        assert {c.status for c in found} == {"candidate"}  # from which day it is one nobody told
        sources = graph.read("MATCH ()-[r:BRANCH_OF]->() WHERE r.rec_to = $f RETURN r.source AS s", f=FOREVER)
        return any(BRANCH_NAME in m for c in found for m in c.missing), {r["s"] for r in sources}

    bank, branch = key_of(graph, BANK), key_of(graph, BRANCH)
    for ends, why in (
        ((branch, key_of(graph, "湘南食品有限公司")), "By its name"),
        ((bank, branch), "By its name"),
        ((branch, "e-aaaaaaaaaaaaaaaaaaaa"), "There is no party"),
    ):
        with pytest.raises(BadRequest, match=why):
            accept_branch(graph, *ends, author="王芳", reason="金融许可证")
    done = accept_branch(graph, branch, bank, author="王芳", reason="金融许可证")
    assert told_of_it() == (False, {"branch-accepted"})
    with pytest.raises(BadRequest, match="stated already"):
        accept_branch(graph, branch, bank, author="王芳", reason="再")
    assert undo(graph, done.id, author="王芳", reason="另一家").closed == 1
    assert told_of_it() == (True, {BRANCH_NAME})
    accept_branch(graph, branch, bank, author="王芳", reason="金融许可证")
    exported = list(exported_corrections(graph))
    wipe(graph, keys)
    brought(graph, keys, tmp_path, *files)
    assert import_corrections(graph, keys, list(enumerate(exported, 1)), "events.jsonl") == 3
    assert told_of_it() == (False, {"branch-accepted"})


def test_a_load_of_millions_links_them_too(bulk_graph: Any, keys: Keys, graph: Graph, put: Any, load_file: Any) -> None:
    from tests.support.invented import citizen, company, decision

    rows = [company(BANK, 1, "罗甲", citizen(1)), company(BRANCH, 2, "罗乙", citizen(2))]
    parts = [("sample", put("register.csv", rows)), ("sample", put("decisions.csv", [decision(OFFICE, 3)]))]
    other = bulk_graph(parts)
    for name, path in parts:
        load_file(name, path)
    assert links(other) == links(graph)
    assert len(links(graph)) == 2
    assert fingerprint(other, keys) != []
