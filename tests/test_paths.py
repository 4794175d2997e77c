"""Paths between parties, common neighbours, circles: against a plain search over small random graphs, and the story."""

import itertools
import json
from datetime import date
from typing import Any, LiteralString

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.errors import BadRequest
from graph_model.schema import FOREVER, WALKABLE
from graph_model.store.connect import Graph
from graph_model.store.neo4j_process import Server
from loaders.sample.story import STORY
from queries.answers import FactRef, NodeRef
from queries.network.exposure_queries import WALKED
from queries.network.neighbours import Circle, Common, circle, common
from queries.network.path_search import MAX_COMPARED
from queries.network.paths import Paths, paths
from tests.support.small_graphs import ADDRESSES, DAY, ONCE_EACH, PARTIES, Reference, facts, written
from tests.support.types import Cli

LONG_AGO = date(2020, 1, 1)
"""The first write of the random graphs is put before this day, the second is later."""

# --- random graphs ----------------------------------------------------------------------------------------


ASKED = st.fixed_dictionaries(
    {
        "day": st.sampled_from([DAY, date(2023, 6, 1)]),
        "position": st.sampled_from([2, 2, 1]),
        "past": st.booleans(),
        "types": st.sampled_from([WALKABLE, WALKABLE, ("DIRECTOR_OF", "REGISTERED_AT")]),
        "cross": st.sampled_from([("same",), ("same", "unsure")]),
    }
)
GRAPHS = st.tuples(facts(), st.frozensets(st.sampled_from([*PARTIES, *ADDRESSES]), max_size=3))


def as_asked(asked: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a question."""
    known_at = LONG_AGO if asked["position"] == 1 else None
    return {"as_of": asked["day"], "known_at": known_at, "types": asked["types"], "historical": asked["past"]}


def ids(steps: list[Any]) -> list[str]:
    return [s.fact_id for s in steps if isinstance(s, FactRef)]


def nodes(steps: list[Any]) -> tuple[str, ...]:
    return tuple(s.key for s in steps if isinstance(s, NodeRef))


# --- paths ------------------------------------------------------------------------------------------------


@given(drawn=GRAPHS, asked=st.lists(ASKED, min_size=1, max_size=2), data=st.data())
@pytest.mark.deep
@ONCE_EACH
def test_paths_are_what_trying_everything_finds(graph: Graph, drawn: Any, asked: Any, data: st.DataObject) -> None:
    rows, hubs = drawn
    written(graph, rows, hubs)
    for question in asked:
        reference = Reference(rows, hubs, **question)
        sides = data.draw(st.tuples(*[st.sets(st.sampled_from(PARTIES), min_size=1, max_size=2)] * 2))
        hops, limit = data.draw(st.integers(1, 6)), data.draw(st.sampled_from([1, 3, 100]))
        unsure = "unsure" in question["cross"]

        def ask(hops: int, sides: Any, question: Any = question, limit: int = limit, unsure: bool = unsure) -> Paths:
            start, end = (sorted(side) for side in sides)
            return paths(graph, start, end, hops=hops, limit=limit, include_unconfirmed=unsure, **as_asked(question))

        both = sides[0] & sides[1]
        if sides[0] == sides[1] and len(both) == 1:
            with pytest.raises(BadRequest, match="same party"):
                ask(hops, sides)
            continue
        answer = ask(hops, sides)
        first, last = sides[0] - both, sides[1] - both
        # A party in both groups is asked about: nobody walks through it.
        blocked = Reference([r for r in rows if not {r["start"], r["end"]} & both], hubs, **question)
        expected = blocked.simple(first, last, hops)
        assert {p.key for p in answer.both} == both
        assert [nodes(p.path) for p in answer.paths] == expected[:limit]
        for path in answer.paths:
            keys = nodes(path.path)
            walk = reference.walk(keys)
            assert ids(path.path) == [r["props"]["fact_id"] for r in walk]
            assert path.length == len(walk)
            assert path.historical == (not all(reference.holds(r) for r in walk))
            others = [
                t["props"]["fact_id"] for pair in itertools.pairwise(keys) for t in reference.ties[frozenset(pair)]
            ]
            assert sorted(ids(path.beside)) == sorted(set(others) - set(ids(path.path)))
            judged = [r["props"]["judgement"] for r in walk if r["type"] == "SAME_PERSON_AS"]
            assert len(path.crosses) == len(judged)
            assert path.confirmed == ("unsure" not in judged)
            for pair, step in zip(itertools.pairwise(keys), path.path[1::2], strict=True):
                assert isinstance(step, FactRef)
                assert {step.from_, step.to} == set(pair)
        reasons = {c.reason for c in answer.cut}
        assert ("limit" in reasons) == (len(expected) > limit)
        # What is called complete lacks nothing, not even what goes through hubs; and hubs are named only when reached.
        through = set(blocked.simple(first, last, hops, stop_at_hubs=False)) - set(expected)
        passed = {k for keys in through for k in keys[1:-1] if k in hubs}
        named = {c.party.key for c in answer.cut if c.party}
        if through:
            assert passed & named
        single = {k for keys in through for k in keys[1:-1] if k in hubs and len(set(keys[1:-1]) & hubs) == 1}
        assert single <= named <= hubs
        assert answer.complete == (not answer.cut)
        assert answer.status == ("hit" if expected or both else "incomplete" if answer.cut else "clear")
        if asked.index(question) == 0:
            deeper = ask(min(hops + 1, 6), sides)  # k is monotone: what was found stays, in its place
            assert [p.path for p in deeper.paths[: len(answer.paths)]] == [p.path for p in answer.paths]
            turned = ask(hops, sides[::-1])
            assert {nodes(p.path)[::-1] for p in turned.paths} == set(blocked.simple(first, last, hops)[:limit]) or (
                len(expected) > limit
            )


@given(drawn=GRAPHS, question=ASKED, data=st.data())
@pytest.mark.deep
@ONCE_EACH
def test_neighbours_and_circles_are_what_trying_everything_finds(
    graph: Graph, drawn: Any, question: Any, data: st.DataObject
) -> None:
    rows, hubs = drawn
    written(graph, rows, hubs)
    who = data.draw(st.lists(st.sampled_from(PARTIES), min_size=2, max_size=4, unique=True))
    without = Reference(rows, hubs, **{**question, "cross": ()})
    answer = common(graph, who, **as_asked(question))
    expected = sorted(set.intersection(*(without.next[k] for k in who)) - set(who))
    assert [c.party.key for c in answer.common] == expected
    for found in answer.common:
        mine = [r for k in who for r in without.ties[frozenset((k, found.party.key))]]
        assert sorted(ids(found.facts)) == sorted(r["props"]["fact_id"] for r in mine)
        held = {k for r in mine if without.holds(r) for k in (r["start"], r["end"])}
        assert found.historical == (not set(who) <= held)
        assert found.party.hub == (found.party.key in hubs)
    direct = [r["props"]["fact_id"] for a, b in itertools.combinations(who, 2) for r in without.ties[frozenset((a, b))]]
    assert sorted(ids(answer.direct)) == sorted(direct)
    assert (answer.complete, answer.status) == (True, "hit" if expected or direct else "clear")

    hops = data.draw(st.integers(1, 3))
    reference = Reference(rows, hubs, **question)
    round_ = circle(graph, who, hops=hops, include_unconfirmed="unsure" in question["cross"], **as_asked(question))
    near = {k: reference.near(k, hops) for k in who}
    reached = set().union(*near.values()) - set(who)
    by = {k: {a: near[a][k] for a in who if k in near[a]} for k in reached}
    members = [*round_.connecting, *round_.around]
    assert {m.party.key: (m.distance, m.near) for m in members} == {
        k: (min(v.values()), list(v)) for k, v in by.items()
    }
    assert {m.party.key for m in round_.connecting} == {k for k, v in by.items() if len(v) > 1}
    everyone = reached | set(who)
    inside = [r["props"]["fact_id"] for pair, ties in reference.ties.items() if pair <= everyone for r in ties]
    assert sorted(ids(round_.facts)) == sorted(inside)
    stopped = {k for d in near.values() for k, n in d.items() if k in hubs and n < hops}
    assert {c.party.key for c in round_.cut if c.party} == stopped
    assert round_.complete == (not stopped)


# --- bounds -----------------------------------------------------------------------------------------------


def test_types_are_those_of_the_schema() -> None:
    assert set(WALKED.split("|")) == set(WALKABLE)


def test_many_parallels_are_one_path_and_too_many_are_told(graph: Graph) -> None:
    def parallel(n: int) -> list[dict[str, Any]]:
        ends = ((PARTIES[1], PARTIES[0]), (PARTIES[1], PARTIES[2]))
        return [
            {
                "type": "DIRECTOR_OF",
                "start": a,
                "end": b,
                "props": {"fact_id": f"{a[-1]}{b[-1]}-{i:03d}", "rec_from": 1, "rec_to": FOREVER},
            }
            for a, b in ends
            for i in range(n)
        ]

    written(graph, parallel(30), frozenset())  # 900 combinations
    answer = paths(graph, [PARTIES[0]], [PARTIES[2]], as_of=DAY)
    (path,) = answer.paths
    assert (path.length, len(path.beside), answer.complete) == (2, 58, True)
    assert ids(path.path) == ["ba-000", "bc-000"]
    written(graph, parallel(40), frozenset())  # 1,600
    answer = paths(graph, [PARTIES[0]], [PARTIES[2]], as_of=DAY)
    (path,) = answer.paths
    assert (len(path.beside), answer.complete, answer.status) == (78, False, "hit")
    assert [c.reason for c in answer.cut] == ["limit"]
    assert str(MAX_COMPARED) in answer.cut[0].detail


def test_the_time_is_told(graph: Graph) -> None:
    rows = [
        {
            "type": "DIRECTOR_OF",
            "start": PARTIES[1],
            "end": PARTIES[0],
            "props": {"fact_id": "f", "rec_from": 1, "rec_to": FOREVER},
        }
    ]
    written(graph, rows, frozenset())

    class Slow(Graph):
        def read(self, query: LiteralString, *, timeout: float | None = None, **parameters: Any) -> Any:
            if timeout is not None:
                raise TimeoutError
            return super().read(query, timeout=timeout, **parameters)

    slow = Slow(graph.driver, graph.database, graph.author, graph.name)
    for answer in (
        paths(slow, [PARTIES[0]], [PARTIES[1]], as_of=DAY),
        common(slow, PARTIES[:2], as_of=DAY),
        circle(slow, PARTIES[:2], as_of=DAY),
    ):
        assert (answer.status, answer.complete, [c.reason for c in answer.cut]) == ("incomplete", False, ["time"])
    assert paths(graph, [PARTIES[0]], [PARTIES[1]], as_of=DAY, seconds=0).status == "incomplete"


def test_nobody_and_several_are_never_clear(graph: Graph, sample_graph: Graph) -> None:
    food, namesakes, nobody = STORY.food.number, STORY.namesake_clean.name, "没有这样的公司"
    for other, expected in ((nobody, "unknown"), (namesakes, "ambiguous")):
        for answer in (
            paths(sample_graph, [food], [other], as_of=DAY),
            paths(sample_graph, [other, food], [food], as_of=DAY),
            common(sample_graph, [food, other], as_of=DAY),
            circle(sample_graph, [food, other], as_of=DAY),
        ):
            assert (answer.status, answer.complete) == (expected, False)
            assert answer.reason
            asked = [*answer.start, *answer.end] if isinstance(answer, Paths) else answer.asked
            (lost,) = (a for a in asked if a.party is None)
            assert bool(lost.candidates) == (expected == "ambiguous")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"hops": 0}, "hops"),
        ({"hops": 7}, "hops"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"types": ["MEMBER_OF"]}, "MEMBER_OF"),
        ({"types": []}, "no type"),
        ({"start": []}, "1 to 50"),
        ({"start": ["x"] * 51}, "1 to 50"),
    ],
)
def test_bounds_are_told(sample_graph: Graph, wrong: dict[str, Any], told: str) -> None:
    asked: dict[str, Any] = {"start": [STORY.food.number], "end": [STORY.far.number], "as_of": DAY}
    with pytest.raises(BadRequest, match=told):
        paths(sample_graph, **(asked | wrong))


# --- the story --------------------------------------------------------------------------------------------


def test_the_story_by_paths(sample_graph: Graph) -> None:
    day = date(2026, 6, 30)
    answer = paths(sample_graph, [STORY.far.number], [STORY.food.name], as_of=day)
    path = answer.paths[0]
    assert [s.type for s in path.path if isinstance(s, FactRef)] == ["HOLDS_SHARES_IN", "DIRECTOR_OF", "DIRECTOR_OF"]
    assert path.strength == pytest.approx(0.8 * 0.7 * 0.7, abs=1e-4)
    assert all(f.recorded_at and f.source for f in path.path if isinstance(f, FactRef))
    near, food = path.path[2], path.path[-1]
    assert isinstance(near, NodeRef)
    assert isinstance(food, NodeRef)
    (link,) = common(sample_graph, [near.key, food.key], as_of=day).common
    assert link.party.label == "Person"
    members = circle(sample_graph, [near.key, food.key], as_of=day).connecting
    assert [m.party.key for m in members] == [link.party.key]
    # The group of `near` holds what stands under the same control: `far` or not, it is at most as far.
    grouped = paths(sample_graph, [STORY.far.number], [STORY.food.name], as_of=day, groups=True)
    assert min((p.length for p in grouped.paths), default=0) <= path.length
    assert not paths(sample_graph, [STORY.far.number], [STORY.food.name], as_of=day, known_at=LONG_AGO).paths


def test_the_commands(sample_graph: Graph, sample_server: Server, cli: Cli) -> None:
    day = ("--as-of", "2026-06-30", "--store", sample_server.store)
    for command, shape in (("paths", Paths), ("common", Common), ("circle", Circle)):
        code, out, err = cli(command, STORY.far.number, STORY.food.name, *day, "--json")
        assert (code, err) == (0, "")
        assert shape.model_validate_json(out).question == command
        code, text, _ = cli(command, STORY.far.number, STORY.food.name, *day)
        assert code == 0
        assert STORY.food.name in text
        code, out, _ = cli(command, STORY.far.number, "没有这样的公司", *day, "--json")
        assert (code, json.loads(out)["status"]) == (0, "unknown")
        code, _, err = cli(command, STORY.food.name, STORY.food.number, *day)
        if command != "circle":
            assert code == 2
            assert "Traceback" not in err
    code, out, _ = cli(
        "paths", STORY.far.number, f"{STORY.food.name};{STORY.near_lr.number}", *day, "--groups", "--json"
    )
    assert code == 0
    assert len(Paths.model_validate_json(out).end) == 2
    assert STORY.near_lr.number not in out
