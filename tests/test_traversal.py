"""Walking in memory: the kernels against plain searches written differently; what they refuse; hard graphs."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_model.errors import BadRequest
from graph_model.schema import WALKABLE
from graph_model.traversal import FAR, Overlay, SearchResult, Topology, Walker, word
from graph_model.walk import MAX_HOPS, Steps, Walk

DAY = date(2024, 6, 30)
EVERYTHING = np.ones(256, np.uint8)


@dataclass(frozen=True)
class Edge:
    """A relationship of an invented graph."""

    start: int
    end: int
    kind: int = 0
    since: date | None = None
    until: date | None = None
    share: float = float("nan")


def topology(nodes: int, edges: Sequence[Edge]) -> Topology:
    column = lambda values, kind: np.array(list(values), kind)  # noqa: E731
    return Topology.build(
        nodes,
        column((e.start for e in edges), np.int32),
        column((e.end for e in edges), np.int32),
        column((word(e.kind, e.since, e.until) for e in edges), np.int64),
        column((e.share for e in edges), np.float64),
    )


def walker(nodes: int, edges: Sequence[Edge], hubs: set[int], goals: set[int]) -> Walker:
    hub, goal = (np.array([n in some for n in range(nodes)], np.uint8) for some in (hubs, goals))
    return Walker(topology(nodes, edges), hub, goal)


def ask(
    w: Walker, seed: int, *, hops: int = 3, now: bool = True, day: date = DAY, **more: Any
) -> tuple[dict[int, int], SearchResult]:
    scratch = more.pop("scratch", None) or w.scratch(more.pop("budget", 50_000))
    allowed = more.pop("allowed", EVERYTHING)
    found = w.search(scratch, seed, hops=hops, day=day.toordinal(), now=now, allowed=allowed, **more)
    hits = {int(n): int(d) for n, d in found.nodes}
    w.done(scratch)
    return hits, found


def plain_search(
    edges: Sequence[Edge],
    seed: int,
    *,
    hops: int,
    day: date,
    now: bool,
    hubs: set[int],
    kinds: set[tuple[int, bool]] | None = None,
    least: float = 0.0,
) -> dict[int, int]:
    """Distances by sets, hop by hop: nothing in common with the kernels."""
    distance, frontier = {seed: 0}, {seed}
    for d in range(1, hops + 1):
        reached = set()
        for e in edges:
            if (e.since and e.since > day) or (now and e.until and e.until <= day) or e.share < least:
                continue
            for a, b, against in ((e.start, e.end, False), (e.end, e.start, True)):
                if a in frontier and (a == seed or a not in hubs) and (kinds is None or (e.kind, against) in kinds):
                    reached.add(b)
        frontier = reached - distance.keys()
        distance |= dict.fromkeys(frontier, d)
    return distance


days = st.sampled_from([None, DAY - timedelta(1), DAY, DAY + timedelta(1), DAY + timedelta(900)])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[Edge], set[int], set[int]]:
    nodes = draw(st.integers(1, 14))
    node = st.integers(0, nodes - 1)
    edge = st.builds(
        Edge, node, node, st.integers(0, 3), days, days, st.sampled_from([float("nan"), 0.0, 0.049, 0.05, 0.3, 1.0])
    )
    some = st.sets(node, max_size=4)
    return nodes, draw(st.lists(edge, max_size=40)), draw(some), draw(some)


@settings(max_examples=300, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 13), hops=st.integers(1, MAX_HOPS), now=st.booleans(), data=st.data())
def test_a_search_finds_what_a_plain_one_finds(graph, seed: int, hops: int, now: bool, data: st.DataObject) -> None:
    nodes, edges, hubs, goals = graph
    seed %= nodes
    w = walker(nodes, edges, hubs, goals)
    kinds = data.draw(st.sets(st.tuples(st.integers(0, 3), st.booleans())))
    least = data.draw(st.sampled_from([0.0, 0.05, 0.5]))
    allowed = np.zeros(256, np.uint8)
    for kind, against in kinds:
        allowed[kind | (128 if against else 0)] = 1
    for chosen, given_kinds in ((EVERYTHING, None), (allowed, kinds)):
        wanted = plain_search(edges, seed, hops=hops, day=DAY, now=now, hubs=hubs, kinds=given_kinds, least=least)
        expected = {n: d for n, d in wanted.items() if n in goals and n != seed}
        for prune in (False, True):
            hits, found = ask(w, seed, hops=hops, now=now, allowed=chosen, least=least, prune=prune)
            assert hits == expected
            assert not found.cut
            if not prune:
                assert found.reached == len(wanted)


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 13), hops=st.integers(1, 4))
def test_all_shortest_paths_are_there_in_order_and_counted(graph, seed: int, hops: int) -> None:
    nodes, edges, hubs, goals = graph
    seed %= nodes
    w = walker(nodes, edges, hubs, goals)
    scratch = w.scratch()
    found = w.search(scratch, seed, hops=hops, day=DAY.toordinal(), now=True, allowed=EVERYTHING, all_ways=True)
    ways = w.ways(scratch, found.nodes[:, 0])
    w.done(scratch)
    name = {n: f"f{n:02d}" for n in range(len(edges))}
    steps = Steps(str(seed), [(str(a), name[e], str(b)) for a, e, b in ways.tolist()])
    for goal, distance in found.nodes.tolist():
        # Every walk of that length, one relationship after the other.
        expected = []
        held = [i for i, e in enumerate(edges) if not (e.since and e.since > DAY) and not (e.until and e.until <= DAY)]
        stack = [(seed, [])]
        while stack:
            at, path = stack.pop()
            if len(path) == distance:
                expected += [path] if at == goal else []
            elif at == seed or at not in hubs:
                for i in held:
                    e = edges[i]
                    if e.start != e.end and at in (e.start, e.end):
                        stack.append((e.end if at == e.start else e.start, [*path, name[i]]))
        expected.sort()
        assert expected, "a hit has a path"
        assert steps.paths(str(goal), 10_000) == (expected, len(expected))
        assert steps.paths(str(goal), 2) == (expected[:2], len(expected))
        weights = {f: 0.3 + 0.1 * (n % 7) for n, f in name.items()}
        products = [np.prod([weights[f] for f in path]) for path in expected]
        assert steps.strongest(str(goal), weights.__getitem__) == pytest.approx(max(products))


def lower_bound(w: Walker) -> None:
    """`near` is the true distance over everything."""
    fresh = Walker(w.topology, w.hub, w.goal, overlay=w.overlay)
    assert (fresh.near == w.near).all()


@settings(max_examples=200, deadline=None)
@given(graph=graphs(), changes=st.lists(st.integers(0, 13), max_size=25))
def test_distances_kept_up_to_date_are_those_measured_anew(graph, changes: list[int]) -> None:
    nodes, edges, hubs, goals = graph
    w = walker(nodes, edges, hubs, goals)
    for node in goals:
        assert w.near[node] == 0
    for change in changes:
        node = change % nodes
        w.remove_goal(node) if w.goal[node] else w.add_goal(node)
        lower_bound(w)


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), more=graphs(), seed=st.integers(0, 13), gone=st.sets(st.integers(0, 39)))
def test_rows_beside_the_files_read_like_a_graph_built_anew(graph, more, seed: int, gone: set[int]) -> None:
    nodes, edges, hubs, goals = graph
    added = [e for e in more[1] if e.start != e.end]
    size = max(nodes, more[0])
    seed %= size
    stay = {n: e for n, e in enumerate(edges) if n not in gone} | {len(edges) + n: e for n, e in enumerate(added)}
    rows: dict[int, list[tuple[int, int, int, float]]] = defaultdict(list)
    touched = {n for e in (*added, *(edges[n] for n in gone if n < len(edges))) for n in (e.start, e.end)}
    for n, e in stay.items():
        for a, b, against in ((e.start, e.end, 0), (e.end, e.start, 128)):
            if a in touched and a != b:
                rows[a].append((b, word(e.kind, e.since, e.until) | against, n, e.share))
    overlay = Overlay.of(nodes, size, {n: rows[n] for n in touched})
    flags = [np.array([n in some for n in range(size)], np.uint8) for some in (hubs, goals)]
    was = Walker(topology(nodes, edges), flags[0][:nodes], flags[1][:nodes])
    near = np.pad(was.near, (0, size - nodes), constant_values=FAR)
    near[nodes:][flags[1][nodes:] > 0] = 0
    w = Walker(was.topology, *flags, near, overlay)
    w.relax(touched | set(range(nodes, size)) | {arc[0] for arcs in rows.values() for arc in arcs})
    for hops, now, least in itertools.product((1, 3), (True, False), (0.0, 0.05)):
        wanted = plain_search(list(stay.values()), seed, hops=hops, day=DAY, now=now, hubs=hubs, least=least)
        expected = {n: d for n, d in wanted.items() if n in goals and n != seed}
        assert ask(w, seed, hops=hops, now=now, least=least)[0] == expected
    fresh = Walker(w.topology, w.hub, w.goal, overlay=overlay)
    assert (w.near <= fresh.near).all(), "a lower bound, so that nothing is missed"


def plain_gather(
    edges: dict[int, Edge], seeds: set[int], kinds: set[tuple[int, bool]], stop: set[int], most: int
) -> tuple[set[tuple[int, int, int]], bool]:
    """(where it was read, other end, relationship), and whether all of it was read; by sets, level by level."""
    found, asked, frontier = set(), set(), seeds - stop
    while frontier:
        if len(asked | frontier) > most:
            return found, False
        asked |= frontier
        level = set()
        for n, e in edges.items():
            held = not (e.since and e.since > DAY) and not (e.until and e.until <= DAY)
            for a, b, against in ((e.start, e.end, False), (e.end, e.start, True)):
                if held and a != b and a in frontier and (e.kind, against) in kinds:
                    level.add((a, b, n))
        found |= level
        frontier = {b for _, b, _ in level} - asked - stop
    return found, True


@settings(max_examples=200, deadline=None)
@given(graph=graphs(), more=graphs(), data=st.data())
def test_what_is_gathered_is_what_a_plain_search_gathers(graph, more, data: st.DataObject) -> None:
    nodes, edges, _, _ = graph
    size = max(nodes, more[0])
    kinds = data.draw(st.sets(st.tuples(st.integers(0, 3), st.booleans())))
    allowed = np.zeros(256, np.uint8)
    for kind, against in kinds:
        allowed[kind | (128 if against else 0)] = 1
    # Some rows of the files, some beside them.
    touched = {n for e in more[1] for n in (e.start, e.end)}
    stay = {n: e for n, e in enumerate(edges) if e.start not in touched and e.end not in touched}
    stay |= {len(edges) + n: e for n, e in enumerate(more[1])}
    patched = touched | {n for e in edges for n in (e.start, e.end) if {e.start, e.end} & touched}
    rows: dict[int, list[tuple[int, int, int, float]]] = {n: [] for n in patched}
    for n, e in stay.items():
        for a, b, against in ((e.start, e.end, 0), (e.end, e.start, 128)):
            if a in patched and a != b:
                rows[a].append((b, word(e.kind, e.since, e.until) | against, n, e.share))
    none = np.zeros(size, np.uint8)
    w = Walker(topology(nodes, edges), none, none, none + FAR, Overlay.of(nodes, size, rows))
    seeds, stop = (data.draw(st.sets(st.integers(0, size - 1), max_size=3)) for _ in range(2))
    scratch = w.scratch()
    halt = np.array([n in stop for n in range(size)], np.uint8)
    for most, onward in itertools.product((0, 1, 3, 99), (True, False)):
        got = w.gather(
            scratch, np.array(sorted(seeds), np.int32), day=DAY.toordinal(), allowed=allowed, stop=halt, most=most, onward=onward
        )  # fmt: skip
        names = got.nodes.tolist()
        found = {(names[a], names[b], e) for a, b, e in zip(got.at, got.to, got.edge.tolist(), strict=True)}
        if onward:
            assert (found, got.whole) == plain_gather(stay, seeds, kinds, stop, most)
            assert len(names) == len(set(names)) == len(seeds | {b for _, b, _ in found})
        elif most == 99:
            wanted, _ = plain_gather(stay, seeds, kinds, stop, 99)
            assert found == {row for row in wanted if row[0] in seeds}
        assert (scratch.head == -1).all(), "free for the next search"


# --- metamorphic relations --------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 13), data=st.data())
def test_relations_between_answers(graph, seed: int, data: st.DataObject) -> None:
    nodes, edges, hubs, goals = graph
    seed %= nodes
    w = walker(nodes, edges, hubs, goals)
    by_hops = [ask(w, seed, hops=k)[0] for k in range(1, MAX_HOPS + 1)]
    for nearer, farther in itertools.pairwise(by_hops):
        assert nearer.items() <= farther.items(), "more hops never lose a hit, nor change its distance"
    here = by_hops[2]
    # Another numbering of the nodes.
    order = data.draw(st.permutations(range(nodes)))
    moved = [Edge(order[e.start], order[e.end], e.kind, e.since, e.until, e.share) for e in edges]
    other = walker(nodes, moved, {order[n] for n in hubs}, {order[n] for n in goals})
    assert ask(other, order[seed])[0] == {order[n]: d for n, d in here.items()}
    # A part of the graph that hangs together with nothing here.
    apart = walker(nodes + 2, [*edges, Edge(nodes, nodes + 1)], hubs, goals | {nodes + 1})
    assert ask(apart, seed)[0] == here
    # Fewer hubs never lose a hit and never make one farther; all stop at more.
    fewer = ask(walker(nodes, edges, set(list(hubs)[1:]), goals), seed)[0]
    assert all(fewer[n] <= d for n, d in here.items())
    # A search from several is the least of the searches from each: from whoever stands next to a new node.
    seeds = data.draw(st.sets(st.integers(0, nodes - 1), min_size=1, max_size=3))
    joined = walker(nodes + 1, [*edges, *(Edge(nodes, s) for s in seeds)], hubs - seeds, goals)
    apart_from_it = [ask(walker(nodes, edges, hubs - seeds, goals), s, hops=3)[0] for s in seeds]
    least: dict[int, int] = dict.fromkeys(goals & seeds, 1)
    for hits in apart_from_it:
        for n, d in hits.items():
            least[n] = min(least.get(n, FAR), d + 1)
    assert ask(joined, nodes, hops=4)[0] == least
    # All dates moved by as much as the day.
    shift = timedelta(days=data.draw(st.integers(-3000, 3000)))
    later = [
        Edge(e.start, e.end, e.kind, e.since and e.since + shift, e.until and e.until + shift, e.share) for e in edges
    ]
    assert ask(walker(nodes, later, hubs, goals), seed, day=DAY + shift)[0] == here


# --- hard graphs ------------------------------------------------------------------------------------------


def test_everybody_tied_to_everybody() -> None:
    edges = [Edge(a, b) for a, b in itertools.combinations(range(200), 2)]
    w = walker(200, edges, set(), {7, 199})
    assert ask(w, 0, hops=6)[0] == {7: 1, 199: 1}
    scratch = w.scratch()
    w.search(scratch, 0, hops=6, day=DAY.toordinal(), now=True, allowed=EVERYTHING, all_ways=True)
    assert len(w.ways(scratch, np.array([7, 199], np.int32))) == 2
    w.done(scratch)


def test_a_hub_of_half_a_million_is_reached_and_not_walked_through() -> None:
    n = 500_000
    start = np.concatenate([np.zeros(n, np.int32), [1]]).astype(np.int32)
    end = np.concatenate([np.arange(1, n + 1), [n + 1]]).astype(np.int32)
    said = np.full(n + 1, word(0, None, None))
    graph = Topology.build(n + 2, start, end, said)
    hub, goal = np.zeros(n + 2, np.uint8), np.zeros(n + 2, np.uint8)
    hub[0], goal[n], goal[n + 1] = 1, 1, 1
    w = Walker(graph, hub, goal)
    scratch = w.scratch(2_000_000)
    assert ask(w, 1, hops=6, scratch=scratch)[0] == {n + 1: 1}
    assert ask(w, 0, hops=2, scratch=scratch)[0] == {n: 1, n + 1: 2}, "asked about itself, it is walked from"
    assert ask(w, 1, hops=6, scratch=scratch)[1].looked <= 3, "its half million neighbours are not looked at"
    _, found = ask(w, 0, hops=2, prune=False, budget=1_000)
    assert found.cut, "over budget it says so"
    assert found.reached == 1_000


def test_a_chain_of_ten_thousand() -> None:
    n = 10_000
    w = walker(n, [Edge(a, a + 1) for a in range(n - 1)], set(), {0, n - 1})
    assert ask(w, 6, hops=6)[0] == {0: 6}
    assert ask(w, 7, hops=6)[0] == {}
    assert ask(w, n - 7, hops=6)[0] == {n - 1: 6}
    how: dict[str, Any] = {"day": 1, "allowed": EVERYTHING, "stop": np.zeros(n, np.uint8), "most": n}
    assert w.gather(w.scratch(), np.array([0]), **how).edge.size == 2 * (n - 1)
    few = w.gather(w.scratch(100), np.array([0]), **how)
    assert (few.nodes.size, few.whole) == (100, False), "over budget it says so"
    assert sorted(w.near)[-1] == FAR


def test_loops_parallels_and_nothing_at_all() -> None:
    w = walker(3, [Edge(0, 0), Edge(0, 1), Edge(1, 0, 1), Edge(0, 1, until=DAY), Edge(1, 2)], set(), {2})
    scratch = w.scratch()
    w.search(scratch, 0, hops=2, day=DAY.toordinal(), now=True, allowed=EVERYTHING, all_ways=True)
    assert sorted(w.ways(scratch, np.array([2])).tolist()) == [[0, 1, 1], [0, 2, 1], [1, 4, 2]]
    w.done(scratch)
    alone = walker(1, [], set(), {0})
    assert ask(alone, 0)[0] == {}
    empty = walker(0, [], set(), set())
    with pytest.raises(IndexError):
        ask(empty, 0)


def test_a_day_flips_the_answer() -> None:
    w = walker(3, [Edge(0, 1, since=DAY, until=DAY + timedelta(10)), Edge(1, 2)], set(), {2})
    for day, now, ever in ((-1, False, False), (0, True, True), (9, True, True), (10, False, True)):
        asked = DAY + timedelta(day)
        assert (ask(w, 0, day=asked)[0] == {2: 2}) is now
        assert (ask(w, 0, day=asked, now=False)[0] == {2: 2}) is ever


def test_a_share_at_the_threshold_counts() -> None:
    w = walker(3, [Edge(0, 1, share=0.25), Edge(1, 2, share=0.2499)], set(), {1, 2})
    assert ask(w, 0, least=0.25)[0] == {1: 1}  # 以上 is ≥
    assert ask(w, 0, least=0.2)[0] == {1: 1, 2: 2}


@pytest.mark.parametrize("node", [-1, 3, 2**31, -(2**31)])
def test_no_number_from_outside_reaches_a_kernel(node: int) -> None:
    w = walker(3, [Edge(0, 1)], set(), {1})
    how: dict[str, Any] = {"day": 1, "allowed": EVERYTHING, "stop": np.zeros(3, np.uint8), "most": 9}
    for use in (
        lambda: ask(w, node),
        lambda: w.add_goal(node),
        lambda: w.remove_goal(node),
        lambda: w.relax([node]),
        lambda: w.gather(w.scratch(), np.array([0, node]), **how),
    ):
        with pytest.raises(IndexError):
            use()


def test_columns_that_cannot_be_a_graph_are_refused() -> None:
    one, said = np.array([0], np.int32), np.array([0])
    with pytest.raises(ValueError, match="outside"):
        Topology.build(1, one, np.array([1], np.int32), said)
    with pytest.raises(ValueError, match="outside"):
        Topology.build(1, np.array([-1], np.int32), one, said)
    with pytest.raises(ValueError, match="unequal"):
        Topology.build(1, one, one, np.array([0, 0]))
    with pytest.raises(ValueError, match="outside"):
        Overlay.of(1, 1, {0: [(5, 0, 0, 0.0)]})
    w = walker(2, [Edge(0, 1)], set(), {1})
    wrongs: tuple[dict[str, Any], ...] = ({"hops": 0}, {"hops": 7}, {"allowed": np.ones(3, np.uint8)})
    for wrong in wrongs:
        with pytest.raises(ValueError, match="fit"):
            ask(w, 0, **wrong)


# --- what a caller may choose -----------------------------------------------------------------------------


def test_types_are_chosen_with_their_direction() -> None:
    walk = Walk.of(2, ["holds_shares_in>", "<BRANCH_OF", "DIRECTOR_OF", "SUPPLIES_TO>", "<SUPPLIES_TO"])
    assert (walk.along, walk.against) == (("HOLDS_SHARES_IN",), ("BRANCH_OF",))
    assert set(walk.both) == {"DIRECTOR_OF", "SUPPLIES_TO"}
    assert Walk.of(3).plain
    assert Walk.of(3, list(WALKABLE)).plain
    assert not Walk.of(3, min_share=0.1).plain


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"hops": 0}, "hops"),
        ({"hops": 7}, "hops"),
        ({"hops": 1, "types": ["IMPOSED_ON"]}, "IMPOSED_ON"),
        ({"hops": 1, "types": ["SAME_PERSON_AS"]}, "SAME_PERSON_AS"),
        ({"hops": 1, "min_share": 1.5}, "share"),
        ({"hops": 1, "min_share": 25}, "share"),
        ({"hops": 1, "hub_degree": 0}, "neighbours"),
    ],
)
def test_what_cannot_be_walked_is_refused(asked: dict, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        Walk.of(**asked)
