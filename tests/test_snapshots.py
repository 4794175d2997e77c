"""Newer snapshots: what they no longer have is absent since then, whatever the order of loading, and never by accident."""

import itertools
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_model.errors import BadRequest
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.load import engine, snapshots
from loaders.load.engine import load
from loaders.load.snapshots import sweep_run
from loaders.sources import SOURCES
from queries.party.parties import party_file
from queries.supply.ledger import runs
from tests.support.graphs import balanced, dated, facts, present_view, the_key, wipe
from tests.support.invented import citizen, company
from tests.support.rows import officer
from tests.support.types import LoadFile, Put

BELIEVED = """
MATCH (a)-[r:DIRECTOR_OF]->(b) WHERE r.rec_to = $forever
RETURN a.name AS name, coalesce(last(r.seen_on), r.data_date) AS day, r.absent_since AS absent ORDER BY name
"""
NAMES = """
MATCH (s:Statement)-[:ABOUT]->(p:Entity) WHERE s.rec_to = $forever
RETURN p.key AS key, s.name AS name, coalesce(last(s.seen_on), s.data_date) AS day, s.absent_since AS absent
ORDER BY key
"""
UNIT = "长沙快照一号有限公司"


def directors(*numbers: int) -> list[dict[str, Any]]:
    return [officer(UNIT, 1, f"董事{n:02d}", citizen(n), 数据日期="") for n in numbers]


def believed(graph: Graph) -> dict[str, tuple[str, str | None]]:
    rows = graph.read(BELIEVED, forever=FOREVER)
    return {r["name"]: (str(r["day"]), r["absent"] and str(r["absent"])) for r in rows}


def test_what_a_newer_snapshot_lacks_is_absent_and_its_end_unknown(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    load_file("sample", put("officers.csv", directors(*range(1, 11)), "2026-01-31"))
    before = graph.position()
    (second,) = load_file("sample", put("officers.csv", directors(*range(2, 11)), "2026-06-30"))
    assert (second.accepted, second.duplicate, second.absent, second.held) == (0, 9, 1, None)
    dated(graph, graph.position(), date(2026, 7, 1))
    dated(graph, before, date(2026, 2, 1))

    key = the_key(graph, UNIT, keys)
    now = facts(party_file(graph, key, as_of=date(2026, 7, 1)), "DIRECTOR_OF")
    then = facts(party_file(graph, key, as_of=date(2026, 7, 1), known_at=date(2026, 6, 1)), "DIRECTOR_OF")
    assert len(now) == len(then) == 10
    # What was known before the second snapshot stays as it was, the day for which it spoke included.
    assert {str(f.data_date) for f in then} == {"2026-01-31"}
    assert sorted(str(f.data_date) for f in now) == ["2026-01-31"] + ["2026-06-30"] * 9
    assert {f.until for f in now} == {None}
    gone = [f for f in now if str(f.data_date) == "2026-01-31"]
    assert [str(f.absent_since) for f in gone] == ["2026-06-30"]
    assert believed(graph)["董事01"] == ("2026-01-31", "2026-06-30")
    balanced(graph)


def test_what_a_newer_register_lacks_is_marked_in_what_is_said_of_the_entity(
    graph: Graph, put: Put, load_file: LoadFile
) -> None:
    rows = [company(f"长沙快照{n:02d}号有限公司", n, "", "") for n in range(1, 11)]
    load_file("sample", put("register.csv", rows, "2026-01-31"))
    (second,) = load_file("sample", put("register.csv", rows[1:], "2026-06-30"))
    assert (second.accepted, second.duplicate, second.absent, second.held) == (0, 9, 1, None)
    told = {r["name"]: (str(r["day"]), r["absent"] and str(r["absent"])) for r in graph.read(NAMES, forever=FOREVER)}
    assert told.pop("长沙快照01号有限公司") == ("2026-01-31", "2026-06-30")
    assert list(told.values()) == [("2026-06-30", None)] * 9
    balanced(graph)
    (back,) = load_file("sample", put("register.csv", rows, "2026-07-31"))
    assert (back.accepted, back.duplicate) == (1, 9)
    assert {r["absent"] for r in graph.read(NAMES, forever=FOREVER)} == {None}


def test_what_is_back_in_a_later_snapshot_is_absent_no_longer(graph: Graph, put: Put, load_file: LoadFile) -> None:
    everybody, fewer = directors(*range(1, 11)), directors(*range(2, 11))
    load_file("sample", put("officers.csv", everybody, "2026-01-31"))
    load_file("sample", put("officers.csv", fewer, "2026-02-28"))
    (third,) = load_file("sample", put("officers.csv", everybody[:9] + directors(10, 11), "2026-03-31"))
    assert (third.accepted, third.duplicate) == (2, 9)  # the one who is back, and a new one
    assert set(believed(graph).values()) == {("2026-03-31", None)}


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (directors(1, 2, 3, 4, 5), "whole"),  # half of it
        (directors(1), "whole"),
        ([*directors(*range(1, 10)), officer(UNIT, 1, "董事10", citizen(10), "不存在的职务", 数据日期="")], "rejected"),
    ],
    ids=["half", "one row", "a row rejected"],
)
def test_a_doubtful_snapshot_makes_nothing_absent_until_a_person_says_so(
    graph: Graph, put: Put, load_file: LoadFile, second: list[dict[str, Any]], why: str
) -> None:
    load_file("sample", put("officers.csv", directors(*range(1, 11)), "2026-01-31"))
    (run,) = load_file("sample", put("officers.csv", second, "2026-06-30"))
    assert run.held is not None
    assert why in run.held
    assert run.absent == 0
    assert all(absent is None for _, absent in believed(graph).values())
    assert [r.held for r in runs(graph)] == [None, run.held]
    sweep_run(graph, run.run)
    absent = {name for name, (_, day) in believed(graph).items() if day == "2026-06-30"}
    assert absent == {f"董事{n:02d}" for n in range(1, 11)} - {r["姓名"] for r in second if r["职务"] == "董事"}
    assert runs(graph)[1].held is None
    assert runs(graph)[1].absent == len(absent)
    before = graph.read("MATCH ()-[r:DIRECTOR_OF]->() RETURN count(r) AS n")[0]["n"]
    sweep_run(graph, run.run)  # once more: nothing is left to mark
    assert graph.read("MATCH ()-[r:DIRECTOR_OF]->() RETURN count(r) AS n")[0]["n"] == before


def test_half_a_snapshot_makes_nothing_absent_when_the_older_one_comes_late_either(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    whole = put("officers.csv", directors(*range(1, 11)), "2026-01-31")
    half = put("officers.csv", directors(1, 2, 3, 4, 5), "2026-06-30")
    views = []
    for order in ((whole, half), (half, whole)):
        wipe(graph, keys)
        for file in order:
            load_file("sample", file)
        (doubted,) = [r for r in runs(graph) if str(r.data_date) == "2026-06-30"]
        assert "is it whole?" in (doubted.held or "")
        assert all(absent is None for _, absent in believed(graph).values())
        views.append(present_view(graph, origin=False))
        sweep_run(graph, doubted.run)
        assert sum(absent == "2026-06-30" for _, absent in believed(graph).values()) == 5
        views.append(present_view(graph, origin=False))
    assert views[:2] == views[2:]
    # What a person said of it holds for what comes still later.
    load_file("sample", put("officers.csv", directors(*range(1, 13)), "2025-12-31"))
    since = [absent for _, absent in believed(graph).values()]
    assert (since.count("2026-01-31"), since.count("2026-06-30"), since.count(None)) == (2, 5, 5)
    assert [r.held for r in runs(graph)] == [None] * 3


def test_an_empty_snapshot_is_refused_and_an_undated_one_marks_nothing(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    load_file("sample", put("officers.csv", directors(1, 2, 3), "2026-01-31"))
    undated = put("officers.csv", directors(1, 2, 4))
    (undated.parent / "manifest.json").unlink()
    (run,) = load(graph, keys, SOURCES["sample"], undated)
    assert run.held is not None
    assert "--data-date" in run.held
    assert believed(graph)["董事03"][1] is None
    with pytest.raises(BadRequest, match="data date"):
        sweep_run(graph, run.run)


def test_other_parts_of_a_source_are_left_alone(graph: Graph, put: Put, load_file: LoadFile) -> None:
    """A register says nothing of officers, and a decision list (delta) nothing of decisions that it leaves out."""
    load_file("sample", put("officers.csv", directors(1, 2), "2026-01-31"))
    load_file("sample", put("register.csv", [company(UNIT, 1, "", "")], "2026-06-30"))
    assert all(absent is None for _, absent in believed(graph).values())


def expected(history: list[tuple[date, set[int]]]) -> dict[str, tuple[str, str | None]]:
    """By hand: last seen in the newest snapshot that has it, absent since the first one after that."""
    out = {}
    for n in set().union(*(s for _, s in history)):
        last = max(day for day, there in history if n in there)
        out[f"董事{n:02d}"] = (str(last), next((str(day) for day, _ in history if day > last), None))
    return out


@pytest.mark.once
def test_the_order_of_snapshots_makes_no_difference(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ABSENT", 1.0)
    chance = random.Random(5)
    orders = 0
    for _ in range(5):
        days = [date(2026, month, 28) for month in (1, 2, 3, 4)]
        history = [(day, {n for n in range(1, 7) if chance.random() < 0.6} or {1}) for day in days]
        registers = [chance.choice(("甲", "乙")) for _ in days]  # a name that changes, and changes back
        files = [
            (
                put("officers.csv", directors(*sorted(there)), str(day)),
                put("register.csv", [company(f"长沙{word}号有限公司", 1, "", ""), company(UNIT, 2, "", "")], str(day)),
            )
            for (day, there), word in zip(history, registers, strict=True)
        ]
        views = []
        for order in [range(4), *chance.sample(list(itertools.permutations(range(4))), 3)]:
            wipe(graph, keys)
            for place in order:
                for file in files[place]:
                    load_file("sample", file)
            assert believed(graph) == expected(history), (order, history)
            names = {r["name"]: (str(r["day"]), r["absent"]) for r in graph.read(NAMES, forever=FOREVER)}
            assert names[f"长沙{registers[-1]}号有限公司"] == ("2026-04-28", None)
            views.append(present_view(graph, origin=False))
            balanced(graph)
            orders += 1
        assert all(view == views[0] for view in views[1:])
    assert orders == 20


def test_it_makes_no_difference_where_a_batch_ends(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same said for several days, in one file: the newest day counts."""
    rows = [{**directors(1)[0], "数据日期": day} for day in ("2026-02-01", "2026-05-01", "2026-03-01")]
    for size in (1, 2, 3):
        wipe(graph, keys)
        monkeypatch.setattr(engine, "ROWS_AT_ONCE", size)
        (run,) = load_file("sample", put("officers.csv", rows))
        assert (run.accepted, run.duplicate) == (1, 2)
        assert believed(graph) == {"董事01": ("2026-05-01", None)}


def test_a_sweep_that_was_killed_is_taken_up_again(
    graph: Graph, put: Put, load_file: LoadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ABSENT", 1.0)
    monkeypatch.setattr(snapshots, "FACTS_AT_ONCE", 2)
    load_file("sample", put("officers.csv", directors(*range(1, 8)), "2026-01-31"))
    newer = put("officers.csv", directors(7), "2026-06-30")
    touch, calls = snapshots.touch, 0

    def breaks(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        touch(*args)

    monkeypatch.setattr(snapshots, "touch", breaks)
    with pytest.raises(KeyboardInterrupt):
        load_file("sample", newer)
    gone = [name for name, (_, absent) in believed(graph).items() if absent]
    assert len(gone) == 2  # one batch, whole
    (run,) = load_file("sample", newer)
    assert believed(graph) == expected([(date(2026, 1, 31), set(range(1, 8))), (date(2026, 6, 30), {7})])
    assert run.changed
    balanced(graph)
