"""Names said in passing: none is lost, whoever says it and in whatever order the files come."""

import csv
import json
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph_model.identifiers import name_key
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.decisions.corrections import correct_row, undo
from loaders.identity.caches import refresh
from loaders.identity.merge import merge, split
from loaders.identity.names_in_passing import NameOrigin, PassingName, add_to_view, joined, read, written
from loaders.load.engine import load
from loaders.sample.forms import SAMPLE_FILES
from loaders.sources import SOURCES
from queries.answers import PartyRef
from queries.party.parties import party_file, party_refs, resolve
from queries.party.search import find
from tests.support.deep import so_many
from tests.support.graphs import present_view, the_key, wipe
from tests.support.invented import citizen, code
from tests.support.rows import company, officer, order, penalty
from tests.support.types import LoadFile, Put

A, B, C = "长沙甲有限公司", "长沙乙有限公司", "长沙丙有限公司"
BRACKETS = ("长沙丁（集团）有限公司", "长沙丁(集团)有限公司")
"""One name in two spellings."""
DAYS = ("2024-01-31", "2024-06-30", "2025-03-31")
DAY = date(2026, 7, 1)


def fine(name: str, number: int, wsh: int) -> dict[str, Any]:
    """A penalty that names a company with its code."""
    return penalty(name, f"长市监罚〔2024〕{wsh}号", CF_XDR_SHXYM=code(number), CF_CFLB="罚款")


def fined(name: str, number: int, wsh: int) -> dict[str, Any]:
    """A penalty that names a person with the id number."""
    more = {"CF_XDR_LB": "自然人", "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": citizen(number)}
    return penalty(name, f"长市监罚〔2024〕{wsh}号", **more)


def party(graph: Graph, text: str) -> PartyRef:
    (found,) = find(graph, text, as_of=DAY).candidates
    return found


def names_of(graph: Graph, text: str) -> tuple[str | None, list[str]]:
    found = party(graph, text)
    return found.name, found.former_names


# --- what is kept, without a graph ----------------------------------------------------------------------------

SAID = st.builds(
    NameOrigin,
    st.sampled_from(("", *DAYS)),
    st.booleans(),
    st.sampled_from(("one", "two")),
    st.sampled_from(("run", "other")),
)
ENTRIES = st.tuples(
    st.tuples(st.sampled_from((None, A, B, *BRACKETS, '"\\,\x1f')), st.sampled_from((None, "company", "other"))), SAID
)


def plain(entries: list[str]) -> list[tuple[Any, ...]]:
    """Without the run: of two that say the same, the one that came first is shown."""
    return [(*name, *said[:3]) for name, said in map(read, entries)]


@given(entries=st.lists(ENTRIES), data=st.data())
def test_neither_order_nor_batches_make_a_difference(
    entries: list[tuple[PassingName, NameOrigin]], data: st.DataObject
) -> None:
    at_once = joined((), entries)
    turned = data.draw(st.permutations(entries))
    cut = data.draw(st.integers(0, len(entries)))
    assert plain(joined(joined((), turned[:cut]), turned[cut:])) == plain(at_once)
    assert joined(at_once, entries) == at_once
    assert {name for name, _ in map(read, at_once)} == {name for name, _ in entries}
    for name, said in map(read, at_once):
        assert said[:3] == max(s[:3] for n, s in entries if n == name)


@given(entry=ENTRIES)
def test_an_entry_comes_back_as_it_was_written(entry: tuple[PassingName, NameOrigin]) -> None:
    assert read(written(*entry)) == entry
    # Whether anything has to be looked at is asked of the text, in Cypher.
    name, kind = entry[0]
    if name and kind and name.startswith("长沙"):
        assert written(*entry).startswith(f'["{name}","{kind}",')


@given(entries=st.lists(ENTRIES), stated=st.sampled_from((None, A, BRACKETS[0])))
def test_what_is_stated_stands_above_and_no_name_is_lost(
    entries: list[tuple[PassingName, NameOrigin]], stated: str | None
) -> None:
    view: dict[str, Any] = {"name": stated} if stated else {}
    former: set[str] = set()
    add_to_view(view, former, [(None, text) for text in joined((), entries)])
    said = [(said, name) for (name, _), said in entries if name]
    if stated:
        assert view["name"] == stated
    elif said:
        newest = max(s[:2] for s, _ in said)
        assert view["name"] in {name for s, name in said if s[:2] == newest}
    else:
        assert "name" not in view
    assert {name_key(n) for n in (*former, *filter(None, [view.get("name")]))} == {
        name_key(n) for n in (*(name for _, name in said), *filter(None, [stated]))
    }
    assert len({name_key(n) for n in former}) == len(former)


# --- in a graph -----------------------------------------------------------------------------------------------


def test_a_company_that_is_only_named_has_the_newest_name_and_is_found_by_all(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    old, new = put("penalties.csv", [fine(A, 1, 1)]), put("penalties.csv", [fine(B, 1, 2)])
    undated = put("penalties.csv", [fine(C, 1, 3)])
    for turn in ((old, new, undated), (undated, new, old), (new, undated, old)):
        wipe(graph, keys)
        for path in turn:
            day = {old: date(2024, 1, 31), new: date(2025, 1, 31)}.get(path)
            (done,) = load_file("shuanggongshi", path, data_date=day)
            assert (done.accepted, done.duplicate) == (1, 0)
        assert names_of(graph, code(1)) == (B, sorted([A, C]))
        for name in (A, B, C):
            assert party(graph, name).key == the_key(graph, code(1), keys)
        assert resolve(graph, B)[0] is not None
        # Who says so, and since when.
        file = party_file(graph, the_key(graph, code(1), keys), as_of=DAY)
        assert [(c.name, c.kind, c.day, c.source) for c in file.called] == [
            (C, "company", None, "shuanggongshi"),
            (B, "company", date(2025, 1, 31), "shuanggongshi"),
            (A, "company", date(2024, 1, 31), "shuanggongshi"),
        ]
        assert len({c.run for c in file.called}) == 3


def test_what_a_register_says_stands_above_a_newer_name_in_passing(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    register = put("register.csv", [company(A, 1)], "2024-01-31")
    named = put("penalties.csv", [fine(B, 1, 1)])
    for turn in ((register, named), (named, register)):
        wipe(graph, keys)
        for path in turn:
            if path is register:
                load_file("sample", path)
            else:
                load_file("shuanggongshi", path, data_date=date(2025, 1, 31))
        assert names_of(graph, code(1)) == (A, [B])
        assert party(graph, B).key == the_key(graph, code(1), keys)


def test_a_person_too(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    load_file("shuanggongshi", put("penalties.csv", [fined("张三丰", 1, 1)]), data_date=date(2025, 1, 31))
    load_file("sample", put("officers.csv", [officer(A, 1, "张三", citizen(1), 数据日期="2024-01-31")], "2024-01-31"))
    (found,) = party_refs(graph, [graph.read("MATCH (p:Person) RETURN p.key AS key")[0]["key"]]).values()
    assert (found.name, found.former_names) == ("张三丰", ["张三"])
    # Nobody else is him: his names lead to him, and other people's names do not.
    assert resolve(graph, "张三丰")[0] == found


def test_a_later_row_that_says_the_same_changes_nothing_but_the_day(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    first, again = put("penalties.csv", [fine(A, 1, 1)]), put("penalties.csv", [fine(A, 1, 1), fine(A, 1, 2)])
    load_file("shuanggongshi", first, data_date=date(2024, 1, 31))
    (done,) = load_file("shuanggongshi", again, data_date=date(2024, 6, 30))
    assert (done.accepted, done.duplicate) == (1, 1)
    ((entry,),) = (r["c"] for r in graph.read("MATCH (i:Identifier) WHERE i.called IS NOT NULL RETURN i.called AS c"))
    name, said = read(entry)
    assert name == (A, "company")
    assert said[:3] == ("2024-06-30", True, "shuanggongshi")
    assert said.run == done.run


def test_a_name_alone_a_masked_one_and_an_authority_are_not_names_in_passing(
    graph: Graph, put: Put, load_file: LoadFile
) -> None:
    load_file("court-limits", put("court_limits.json", [order(A, 1, "张三")]))  # by name only
    load_file("shuanggongshi", put("penalties.csv", [fined("张*", 1, 1), fined("张某某", 1, 2)]))
    load_file("sample", put("register.csv", [company(B, 2, 隶属单位代码=code(3))]))  # a parent known by its code
    # What kind of body it is, the number of the parent tells; its name nobody.
    called = [read(c)[0] for r in graph.read("MATCH (i:Identifier) RETURN i.called AS c") for c in r["c"] or ()]
    assert called == [(None, "company")]
    load_file("shuanggongshi", put("penalties.csv", [fined("张三", 1, 3), fine(C, 3, 4)]))
    assert names_of(graph, code(3)) == (C, [])
    (person,) = graph.read("MATCH (i:Identifier {scheme: 'cn-id'})-[:IDENTIFIES]->(p) RETURN p.name AS name")
    assert person["name"] == "张三"


def test_the_names_of_a_merged_company_go_with_it_and_come_back(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    for number, (name, day) in enumerate(((A, 2), (B, 1), (C, 4))):
        path = put("penalties.csv", [fine(name, 1 if name == A else 2, number)])
        load_file("shuanggongshi", path, data_date=date(2024, day, 1))
    before = present_view(graph)
    keep, other = the_key(graph, code(1), keys), the_key(graph, code(2), keys)
    done = merge(graph, keep, other, author="王芳", reason="同一主体")
    assert names_of(graph, code(1)) == (A, sorted([B, C]))  # its own, though the other's are newer
    assert party(graph, C).key == keep
    # What is said of the other code now is a name of the other, whether it is merged or not.
    late = put("penalties.csv", [fine("长沙新有限公司", 2, 9)])
    load_file("shuanggongshi", late, data_date=date(2024, 5, 1))
    assert names_of(graph, code(1)) == (A, sorted([B, C, "长沙新有限公司"]))
    split(graph, done.id, author="王芳", reason="函复有误")
    assert names_of(graph, code(1)) == (A, [])
    assert names_of(graph, code(2)) == ("长沙新有限公司", sorted([B, C]))
    straight = present_view(graph)
    wipe(graph, keys)
    for number, (name, day) in enumerate(((A, 2), (B, 1), (C, 4))):
        path = put("penalties.csv", [fine(name, 1 if name == A else 2, number)])
        load_file("shuanggongshi", path, data_date=date(2024, day, 1))
    assert present_view(graph, origin=False) != {}
    assert present_view(graph)["parties"] == before["parties"]
    load_file("shuanggongshi", late, data_date=date(2024, 5, 1))
    assert present_view(graph)["parties"] == straight["parties"]


def test_a_name_that_only_a_corrected_row_said_goes_with_the_correction(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    wrong = {**fine(B, 1, 2), "CF_XDR_SHXYM": code(1)[:-1] + ("0" if code(1)[-1] != "0" else "1")}
    (done,) = load_file("shuanggongshi", put("penalties.csv", [fine(A, 1, 1), wrong]), data_date=date(2024, 1, 31))
    assert done.rejected == 1
    assert names_of(graph, code(1)) == (A, [])
    corrected = correct_row(graph, keys, done.run, 3, code(1), author="王芳", reason="与登记机关核对")
    assert names_of(graph, code(1)) == (B, [A])  # of two for one day, always the same one
    undo(graph, corrected.id, author="李明", reason="核对有误")
    assert names_of(graph, code(1)) == (A, [])


# --- any files, in any order ----------------------------------------------------------------------------------


class File(NamedTuple):
    source: str
    name: str
    rows: list[dict[str, Any]]
    day: str | None


COMPANIES = st.tuples(st.sampled_from((A, B, *BRACKETS)), st.integers(1, 3))
PERSONS = st.tuples(st.sampled_from(("张三", "张三丰", "李四")), st.integers(1, 2))


@st.composite
def files(draw: st.DrawFn) -> list[File]:
    """A register, officers, penalties and defaulters that call three codes and two id numbers by several names."""
    numbers = iter(range(1, 100))
    found = []
    if registered := draw(st.lists(COMPANIES, max_size=2, unique_by=lambda c: c[1])):
        heads = [draw(st.sampled_from((("张三", ""), ("张三", citizen(1)), ("", "")))) for _ in registered]
        rows = [company(*one, *head) for one, head in zip(registered, heads, strict=True)]
        found.append(File("sample", "register.csv", rows, draw(st.sampled_from(DAYS))))
    if boards := draw(st.lists(st.tuples(COMPANIES, PERSONS), max_size=2)):
        day = draw(st.sampled_from(DAYS))
        rows = [officer(*where, who, citizen(n), 数据日期="") for where, (who, n) in boards]
        found.append(File("sample", "officers.csv", rows, day))
    for _ in range(draw(st.integers(1, 3))):
        rows = [fine(*one, next(numbers)) for one in draw(st.lists(COMPANIES, max_size=2))]
        rows += [fined(*one, next(numbers)) for one in draw(st.lists(PERSONS, min_size=not rows, max_size=1))]
        found.append(File("shuanggongshi", "penalties.csv", rows, draw(st.sampled_from((None, *DAYS)))))
    if entries := draw(st.lists(st.tuples(COMPANIES, st.sampled_from(DAYS)), max_size=2)):
        rows = [
            {"iname": name, "partyTypeName": "581", "cardNum": code(n), "caseCode": f"(2024)湘0102执{next(numbers)}号"}
            | {"courtName": "长沙市芙蓉区人民法院", "publishDate": day, "gistId": "", "disruptTypeName": ""}
            for (name, n), day in entries
        ]
        found.append(File("shixin", "shixin.json", rows, None))
    return found


def expected(every: list[File]) -> dict[str, tuple[str, set[str]]]:
    """Code → its name, and all names by which it is called, normalised."""
    stated: dict[str, str] = {}
    passing: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for file in every:
        for row in file.rows:
            number = row.get("统一社会信用代码") or row.get("CF_XDR_SHXYM") or row.get("cardNum")
            name = row.get("企业名称") or row.get("CF_XDR_MC") or row.get("iname")
            if not number or not name:
                continue
            if file.name == "register.csv":
                stated[number] = name
            else:
                passing[number].add((row.get("publishDate") or file.day or "", name))
    out = {}
    for number in {*stated, *passing}:
        newest = max((day for day, _ in passing[number]), default="")
        own = stated.get(number) or min(name for day, name in passing[number] if day == newest)
        names = {name for _, name in passing[number]} | {own}
        out[number] = own, {name_key(name) for name in names}
    return out


def put_all(graph: Graph, keys: Keys, every: list[File]) -> None:
    wipe(graph, keys)
    with tempfile.TemporaryDirectory() as folder:
        for file in every:
            path = Path(folder) / file.name
            if file.name.endswith(".json"):
                path.write_text(json.dumps(file.rows, ensure_ascii=False), encoding="utf-8")
            else:
                with path.open("w", encoding="utf-8", newline="") as out:
                    writer = csv.DictWriter(out, SAMPLE_FILES[file.name].columns, restval="")
                    writer.writeheader()
                    writer.writerows(file.rows)
            day = date.fromisoformat(file.day) if file.day else None
            load(graph, keys, SOURCES[file.source], path, data_date=day)


@settings(
    max_examples=so_many(6, 50),
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(every=files(), data=st.data())
@pytest.mark.deep
def test_any_files_in_any_order_give_one_present_view(
    every: list[File], data: st.DataObject, graph: Graph, keys: Keys
) -> None:
    put_all(graph, keys, every)
    straight = present_view(graph, origin=False)
    for number, (name, names) in expected(every).items():
        found = party(graph, number)
        assert found.name == name
        assert {name_key(n) for n in (name, *found.former_names)} == names
        for one in (found.name, *found.former_names):
            assert found.key in {c.key for c in find(graph, one, as_of=DAY).candidates}
    # Caches computed anew are the same.
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (n:Party) SET n.caches_dirty = true").consume()
    refresh(graph)
    assert present_view(graph, origin=False) == straight
    put_all(graph, keys, data.draw(st.permutations(every)))
    assert present_view(graph, origin=False) == straight


def test_a_name_beside_a_wrong_code_brings_nobody_s_records(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    """A penalty of B with the code of A: B is found by that name, and what courts said of B stays B's."""
    load_file("sample", put("register.csv", [company(A, 1, "", "")]))
    load_file("court-limits", put("orders.json", [order(B, 7)]))
    load_file("shuanggongshi", put("penalties.csv", [fine(B, 1, 1)]))
    assert names_of(graph, code(1)) == (A, [B])
    (link,) = graph.read(
        "MATCH (i:Identifier {scheme: 'name@court-limits'})-[l:IDENTIFIES]->(p) RETURN p.name AS name, l.policy AS policy"
    )
    assert (link["name"], link["policy"]) == (B, None)
