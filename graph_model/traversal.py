"""Walking a graph in memory: compressed sparse rows (CSR), searches by level, distance to the nearest goal. Pure.

Nodes are 0 … n-1. Every relationship gives two arcs, one from each end, so that a row holds all neighbours of a node.
What decides whether an arc may be walked on a day stands beside its target in one number, the arc's word:

    bits 0–6 type · bit 7 walked against its direction · bits 8–29 first day · bits 30–51 first day after

Days are proleptic ordinals; 0 is an unknown first day (begun), 2²²-1 an unknown last one (not over).

A change of the graph does not touch these arrays: the rows of nodes with other neighbours stand in an overlay, and
`patch` says at which row. The kernels are compiled by numba, which checks no bounds: every number that comes from
outside is checked in `Topology`, before a kernel sees it.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import numba
import numpy as np

from graph_model.walk import MAX_HOPS

Array = Any
"""A NumPy array; shapes and types stand where it is made."""

FAR = 255
"""Farther than any search goes."""

OPEN = (1 << 22) - 1
REVERSED = 128
MAX_NODES = 2**31 - 1

THREADS = os.cpu_count() or 1
MANY = 1_000_000
"""With fewer relationships than this one thread does it all."""


def word(kind: int, since: date | None, until: date | None) -> int:
    """What an arc's word says of its relationship; `until` is the first day on which it no longer holds."""
    first = since.toordinal() if since else 0
    last = until.toordinal() if until else OPEN
    return kind | first << 8 | last << 30


def words(kinds: Array, since: Array, until: Array) -> Array:
    """The same for columns of types and ordinals (0 and `OPEN` where unknown)."""
    return kinds.astype(np.int64) | since.astype(np.int64) << 8 | until.astype(np.int64) << 30


# --- kernels ----------------------------------------------------------------------------------------------


# Those that build or measure a whole graph do so for the nodes from `first` up to, not including, `last`, so that several
# threads share the work.


@numba.njit(cache=True, nogil=True)
def _degrees(start: Array, end: Array, offsets: Array, first: int, last: int) -> None:
    for e in range(start.size):
        a, b = start[e], end[e]
        if a != b:
            if first <= a < last:
                offsets[a + 1] += 1
            if first <= b < last:
                offsets[b + 1] += 1


@numba.njit(cache=True, nogil=True)
def _fill(
    start: Array,
    end: Array,
    said: Array,
    at: Array,
    target: Array,
    about: Array,
    edge: Array,
    first: int,
    last: int,
) -> None:
    """`at[n]` is where the next arc of a node goes."""
    for e in range(start.size):
        a, b = start[e], end[e]
        if a != b:
            if first <= a < last:
                i = at[a]
                at[a] = i + 1
                target[i], about[i], edge[i] = b, said[e], e
            if first <= b < last:
                j = at[b]
                at[b] = j + 1
                target[j], about[j], edge[j] = a, said[e] | REVERSED, e


@numba.njit(cache=True, nogil=True)
def _measure(
    offsets: Array,
    target: Array,
    patch: Array,
    o_offsets: Array,
    o_target: Array,
    hub: Array,
    near: Array,
    d: int,
    first: int,
    last: int,
) -> int:
    """Who has a neighbour at distance `d` and is not as near is at `d + 1`; how many that are."""
    made = 0
    for x in range(first, last):
        if near[x] <= d:
            continue
        row = patch[x]
        if row >= 0:
            low, high, to = o_offsets[row], o_offsets[row + 1], o_target
        else:
            low, high, to = offsets[x], offsets[x + 1], target
        for i in range(low, high):
            y = to[i]
            if near[y] == d and (d == 0 or not hub[y]):
                near[x] = d + 1
                made += 1
                break
    return made


@numba.njit(cache=True)
def _spread(
    offsets: Array,
    target: Array,
    patch: Array,
    o_offsets: Array,
    o_target: Array,
    hub: Array,
    near: Array,
    queue: Array,
) -> None:
    """From the nodes in `queue`, whose `near` is set and ascending: lower whoever is nearer than it says."""
    head, tail = 0, queue.size
    later = np.empty(max(16, tail), np.int32)
    current = queue
    while tail > head:
        made = 0
        for q in range(head, tail):
            x = current[q]
            d = near[x] + 1
            if d > MAX_HOPS or (d > 1 and hub[x]):
                continue
            row = patch[x]
            if row >= 0:
                low, high, to = o_offsets[row], o_offsets[row + 1], o_target
            else:
                low, high, to = offsets[x], offsets[x + 1], target
            for i in range(low, high):
                y = to[i]
                if near[y] > d:
                    near[y] = d
                    if made == later.size:
                        grown = np.empty(2 * later.size, np.int32)
                        grown[:made] = later[:made]
                        later = grown
                    later[made] = y
                    made += 1
        current, later = later, np.empty(max(16, made), np.int32)
        head, tail = 0, made


@numba.njit(cache=True)
def _withdraw(
    offsets: Array,
    target: Array,
    patch: Array,
    o_offsets: Array,
    o_target: Array,
    hub: Array,
    goal: Array,
    near: Array,
    x: int,
) -> None:
    """`x` is no goal any longer: whoever's distance may rest on it is measured again."""
    lost = [np.int32(x)]
    was = [near[x]]
    near[x] = FAR
    q = 0
    while q < len(lost):
        a, d = lost[q], was[q]
        q += 1
        if d >= MAX_HOPS or (d > 0 and hub[a]):
            continue
        row = patch[a]
        if row >= 0:
            low, high, to = o_offsets[row], o_offsets[row + 1], o_target
        else:
            low, high, to = offsets[a], offsets[a + 1], target
        for i in range(low, high):
            y = to[i]
            if near[y] == d + 1 and not goal[y]:
                lost.append(y)
                was.append(near[y])
                near[y] = FAR
    # What stands around the lost ones is right: begin there.
    for d in range(MAX_HOPS):
        for q in range(len(lost)):
            a = lost[q]
            if near[a] <= d + 1:
                continue
            row = patch[a]
            if row >= 0:
                low, high, to = o_offsets[row], o_offsets[row + 1], o_target
            else:
                low, high, to = offsets[a], offsets[a + 1], target
            for i in range(low, high):
                z = to[i]
                if near[z] == d and (d == 0 or not hub[z]):
                    near[a] = d + 1
                    break


@numba.njit(cache=True)
def _search(
    offsets: Array,
    target: Array,
    about: Array,
    edge: Array,
    share: Array,
    patch: Array,
    o_offsets: Array,
    o_target: Array,
    o_about: Array,
    o_edge: Array,
    o_share: Array,
    stop: Array,
    goal: Array,
    near: Array,
    level: Array,
    head: Array,
    queue: Array,
    before: Array,
    through: Array,
    following: Array,
    seed: int,
    hops: int,
    day: int,
    now: bool,
    allowed: Array,
    least: float,
    prune: bool,
    all_ways: bool,
) -> tuple[int, int, int]:
    """Level by level from `seed`: (nodes reached, ways noted, arcs looked at). The budget is the size of `queue`.

    `head[n]` is the last noted way into n, `following` the one noted before it: `before` the node it comes from,
    `through` its relationship. Returns nodes = -1 when there was no room for a way, -2 when none for a node.
    """
    level[seed] = 0
    queue[0] = seed
    first, made, ways, looked = 0, 1, 0, 0
    for d in range(hops):
        last = made
        for q in range(first, last):
            x = queue[q]
            if d > 0 and stop[x]:
                continue
            row = patch[x]
            if row >= 0:
                low, high, to, said, by = o_offsets[row], o_offsets[row + 1], o_target, o_about, o_edge
            else:
                low, high, to, said, by = offsets[x], offsets[x + 1], target, about, edge
            looked += high - low
            for i in range(low, high):
                y = to[i]
                if level[y] <= d or (prune and d + 1 + near[y] > hops):
                    continue
                if not all_ways and level[y] == d + 1:
                    continue
                w = said[i]
                if not allowed[w & 255] or ((w >> 8) & OPEN) > day or (now and (w >> 30) <= day):
                    continue
                if least > 0.0:
                    held = o_share[i] if row >= 0 else share[by[i]]
                    if held < least:  # never true of what is no share (NaN)
                        continue
                if level[y] == FAR:
                    if made == queue.size:
                        return -2, ways, looked
                    level[y] = d + 1
                    queue[made] = y
                    made += 1
                if ways == before.size:
                    return -1, made, looked
                before[ways], through[ways], following[ways] = x, by[i], head[y]
                head[y] = ways
                ways += 1
        first = last
        if first == made:
            break
    return made, ways, looked


@numba.njit(cache=True)
def _clear(level: Array, head: Array, queue: Array, made: int) -> None:
    for q in range(made):
        level[queue[q]] = FAR
        head[queue[q]] = -1


@numba.njit(cache=True)
def _hits(goal: Array, level: Array, queue: Array, made: int, out: Array) -> int:
    found = 0
    for q in range(1, made):
        if goal[queue[q]]:
            if found < out.shape[0]:
                out[found, 0] = queue[q]
                out[found, 1] = level[queue[q]]
            found += 1
    return found


@numba.njit(cache=True)
def _trace(head: Array, before: Array, through: Array, level: Array, hits: Array, found: int, path: Array) -> None:
    """One shortest way to each hit: `path[h]` = relationship and node of each step, from the seed on."""
    for h in range(found):
        x = hits[h, 0]
        for d in range(hits[h, 1] - 1, -1, -1):
            way = head[x]
            path[h, d, 0] = through[way]
            path[h, d, 1] = x
            x = before[way]


@numba.njit(cache=True)
def _ways_back(
    head: Array, before: Array, through: Array, following: Array, ends: Array, mark: Array, out: Array
) -> int:
    """All ways on shortest paths to `ends`: rows (from, relationship, to). -1 when `out` is too small."""
    todo = [np.int32(0)]
    todo.pop()
    for i in range(ends.size):
        if not mark[ends[i]]:
            mark[ends[i]] = True
            todo.append(ends[i])
    q, made = 0, 0
    while q < len(todo):
        y = todo[q]
        q += 1
        way = head[y]
        while way >= 0:
            if made < out.shape[0]:
                out[made, 0], out[made, 1], out[made, 2] = before[way], through[way], y
            made += 1
            x = before[way]
            if not mark[x]:
                mark[x] = True
                todo.append(x)
            way = following[way]
    for i in range(len(todo)):
        mark[todo[i]] = False
    return made if made <= out.shape[0] else -1


@numba.njit(cache=True)
def _gather(
    offsets: Array,
    target: Array,
    about: Array,
    edge: Array,
    patch: Array,
    o_offsets: Array,
    o_target: Array,
    o_about: Array,
    o_edge: Array,
    stop: Array,
    number: Array,
    queue: Array,
    seeds: Array,
    day: int,
    allowed: Array,
    most: int,
    onward: bool,
) -> tuple[int, bool, Array, Array, Array]:
    """Level by level from `seeds`, the arcs that are allowed and hold on the day: (nodes reached, was all of it read;
    of each arc the number of the node at which it was read, that of its target, its relationship).

    `number` is -1 everywhere, and then the place of each node in `queue`.
    """
    made, arcs, asked, first, whole = 0, 0, 0, 0, True
    at, to, by = np.empty(64, np.int32), np.empty(64, np.int32), np.empty(64, np.int32)
    for x in seeds:
        if number[x] < 0:
            number[x] = made
            queue[made] = x
            made += 1
    while first < made:
        last = made
        for q in range(first, last):
            asked += not stop[queue[q]]
        if asked > most:
            whole = False
            break
        for q in range(first, last):
            x = queue[q]
            if stop[x]:
                continue
            row = patch[x]
            if row >= 0:
                low, high, others, said, which = o_offsets[row], o_offsets[row + 1], o_target, o_about, o_edge
            else:
                low, high, others, said, which = offsets[x], offsets[x + 1], target, about, edge
            for i in range(low, high):
                w = said[i]
                if not allowed[w & 255] or ((w >> 8) & OPEN) > day or (w >> 30) <= day:
                    continue
                y = others[i]
                if number[y] < 0:
                    if made == queue.size:
                        return made, False, at[:arcs], to[:arcs], by[:arcs]
                    number[y] = made
                    queue[made] = y
                    made += 1
                if arcs == at.size:
                    at, to, by = _doubled(at), _doubled(to), _doubled(by)
                at[arcs], to[arcs], by[arcs] = q, number[y], which[i]
                arcs += 1
        first = last
        if not onward:
            break
    return made, whole, at[:arcs], to[:arcs], by[:arcs]


@numba.njit(cache=True)
def _doubled(column: Array) -> Array:
    wider = np.empty(2 * column.size, column.dtype)
    wider[: column.size] = column
    return wider


# --- the graph --------------------------------------------------------------------------------------------


class Gathered(NamedTuple):
    """Relationships around some nodes: int32 columns."""

    nodes: Array
    """Everybody reached: first those from whom it was asked, then level by level."""
    at: Array
    """Of each relationship the place in `nodes` of him at whom it was read."""
    to: Array
    """The place of the other."""
    edge: Array
    """Its number."""
    whole: bool
    """Nothing was left out."""


@dataclass
class SearchResult:
    """What a search reached. Valid until the next search of the same `Scratch`."""

    nodes: Array  # int32 (n, 2): node and distance of each goal, nearest first
    reached: int
    looked: int
    cut: bool
    """It reached as many nodes as it may, and went no further."""


class Scratch:
    """Room for one search at a time: one for each thread."""

    def __init__(self, nodes: int, budget: int) -> None:
        self.level = np.full(nodes, FAR, np.uint8)
        self.head = np.full(nodes, -1, np.int32)
        self.mark = np.zeros(nodes, np.bool_)
        self.queue = np.empty(max(1, min(nodes, budget)), np.int32)
        self.made = 0
        self.room_for(1 << 12)

    def room_for(self, room: int) -> None:
        """Room for this many ways."""
        self.before, self.through, self.following = (np.empty(room, np.int32) for _ in range(3))


def _frozen(array: Array) -> Array:
    array.setflags(write=False)
    return array


def _parts(offsets: Array, threads: int) -> Array:
    """Where to part the nodes so that each part has as many arcs."""
    nodes = offsets.size - 1
    inner = np.searchsorted(offsets, np.linspace(0, offsets[-1], threads + 1)[1:-1])
    return np.array([0, *np.minimum(inner, nodes), nodes])


def _together(threads: int, work: Callable[[int, int], Any], parts: Array) -> list[Any]:
    """`work(first, last)` for each part of the nodes, in as many threads."""
    cuts = [int(cut) for cut in parts]
    if threads == 1:
        return [work(a, b) for a, b in pairwise(cuts)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, cuts[:-1], cuts[1:]))


@dataclass
class Topology:
    """A graph that does not change: `offsets` int64 (n + 1), for each arc `target`, `edge` int32 and `about` int64, for
    each relationship optionally `share` float64 (greatest share; NaN where it is none).
    """

    offsets: Array
    target: Array
    about: Array
    edge: Array
    share: Array = field(default_factory=lambda: np.empty(0))

    @property
    def nodes(self) -> int:
        """How many nodes it has."""
        return self.offsets.size - 1

    @staticmethod
    def build(nodes: int, start: Array, end: Array, said: Array, share: Array | None = None) -> "Topology":
        """From columns of relationships: ends int32, words int64. Rows of nodes keep the order of the columns.

        Args:
            nodes: how many there are.
            start, end: numbers of the nodes of each relationship, int32.
            said: type and days of each, packed in int64 words.
            share: the most that a holding may be, 0..1; None: no relationship is a holding.

        Raises:
            ValueError: columns of unequal length, or a node that does not exist.
        """
        if not start.size == end.size == said.size or (share is not None and share.size != start.size):
            raise ValueError("the columns of relationships have unequal lengths")
        if not 0 <= nodes <= MAX_NODES or start.size > MAX_NODES:
            raise ValueError(f"at most {MAX_NODES:,} nodes and relationships")
        for ends in (start, end):
            if ends.size and (int(ends.min()) < 0 or int(ends.max()) >= nodes):
                raise ValueError(f"a relationship names a node outside 0 … {nodes - 1}")
        offsets = np.zeros(nodes + 1, np.int64)
        start, end = (np.ascontiguousarray(a, np.int32) for a in (start, end))
        threads = THREADS if start.size >= MANY else 1
        _together(threads, lambda a, b: _degrees(start, end, offsets, a, b), np.linspace(0, nodes, threads + 1))
        np.cumsum(offsets, out=offsets)
        arcs = int(offsets[-1])
        target, edge, about = np.empty(arcs, np.int32), np.empty(arcs, np.int32), np.empty(arcs, np.int64)
        said, at = np.ascontiguousarray(said, np.int64), offsets[:-1].copy()
        parts = _parts(offsets, threads)
        _together(threads, lambda a, b: _fill(start, end, said, at, target, about, edge, a, b), parts)
        held = np.empty(0) if share is None else np.ascontiguousarray(share, np.float64)
        return Topology(*(_frozen(a) for a in (offsets, target, about, edge, held)))


@dataclass
class Overlay:
    """Rows that stand instead of those of the topology, for the nodes whose `patch` is not -1."""

    patch: Array
    offsets: Array
    target: Array
    about: Array
    edge: Array
    share: Array

    @staticmethod
    def of(base: int, nodes: int, rows: Mapping[int, Sequence[tuple[int, int, int, float]]]) -> "Overlay":
        """`rows`: node → its arcs as (target, word, relationship, share), in their order. Nodes from `base` on are new."""
        patch = np.full(nodes, -1, np.int32)
        rows = {**dict.fromkeys(range(base, nodes), ()), **rows}
        offsets = np.zeros(len(rows) + 1, np.int64)
        for n, (node, arcs) in enumerate(rows.items()):
            patch[node] = n
            offsets[n + 1] = offsets[n] + len(arcs)
        flat = [arc for arcs in rows.values() for arc in arcs]
        columns = list(zip(*flat, strict=True)) or [(), (), (), ()]
        if flat and not 0 <= min(columns[0]) <= max(columns[0]) < nodes:
            raise ValueError(f"a relationship names a node outside 0 … {nodes - 1}")
        return Overlay(
            _frozen(patch),
            _frozen(offsets),
            _frozen(np.array(columns[0], np.int32)),
            _frozen(np.array(columns[1], np.int64)),
            _frozen(np.array(columns[2], np.int32)),
            _frozen(np.array(columns[3], np.float64)),
        )


class Walker:
    """Searches over a topology and its overlay. `hub`, `goal`: uint8 by node; may be changed through its methods only.

    `near[n]` is the distance to the nearest goal over all types and all dates, not through hubs: a lower bound for every
    filter, so that a search looks only where a goal can be.

    Args:
        near: None: it is measured.
        overlay: relationships that came since; None: none did.

    Raises:
        ValueError: flags and nodes differ in number.
    """

    def __init__(
        self, topology: Topology, hub: Array, goal: Array, near: Array | None = None, overlay: Overlay | None = None
    ) -> None:
        self.topology = topology
        self.overlay = overlay or Overlay.of(topology.nodes, topology.nodes, {})
        self.size = self.overlay.patch.size
        if hub.size != self.size or goal.size != self.size:
            raise ValueError("flags and nodes differ in number")
        self.hub, self.goal = (np.array(a, np.uint8) for a in (hub, goal))
        if near is None:
            self.near = np.full(self.size, FAR, np.uint8)
            self.near[self.goal.astype(bool)] = 0
            self._measure()
        else:
            self.near = np.array(near, np.uint8)

    @property
    def _rows(self) -> tuple[Array, ...]:
        t, o = self.topology, self.overlay
        return t.offsets, t.target, o.patch, o.offsets, o.target

    def _measure(self) -> None:
        threads = THREADS if self.topology.target.size >= MANY else 1
        parts = _parts(self.topology.offsets, threads)
        parts[-1] = self.size
        for d in range(MAX_HOPS):
            made = _together(threads, lambda a, b, d=d: _measure(*self._rows, self.hub, self.near, d, a, b), parts)
            if not any(made):
                break

    def _spread(self, queue: Array) -> None:
        if queue.size:
            _spread(*self._rows, self.hub, self.near, queue)

    def _check(self, node: int) -> int:
        if not 0 <= node < self.size:
            raise IndexError(f"no node {node}: there are {self.size}")
        return int(node)

    def add_goal(self, node: int) -> None:
        """This node is a goal from now on."""
        self.goal[self._check(node)] = 1
        if self.near[node]:
            self.near[node] = 0
            self._spread(np.array([node], np.int32))

    def remove_goal(self, node: int) -> None:
        """This node is a goal no longer."""
        if self.goal[self._check(node)]:
            self.goal[node] = 0
            _withdraw(*self._rows, self.hub, self.goal, self.near, node)

    def relax(self, nodes: Iterable[int]) -> None:
        """These nodes have new neighbours, or are hubs no longer: distances may have become shorter."""
        around = set()
        for node in nodes:
            around.add(self._check(node))
        # Ascending: a distance that is lowered once is right.
        for d in range(MAX_HOPS):
            at = [n for n in around if self.near[n] == d]
            if at:
                self._spread(np.array(at, np.int32))

    def scratch(self, budget: int = 50_000) -> Scratch:
        """Room for searches that reach `budget` nodes at the most."""
        return Scratch(self.size, budget)

    def search(
        self,
        scratch: Scratch,
        seed: int,
        *,
        hops: int,
        day: int,
        now: bool,
        allowed: Array,
        least: float = 0.0,
        stop: Array | None = None,
        prune: bool = True,
        all_ways: bool = False,
    ) -> SearchResult:
        """Which goals are within `hops` of `seed`, over arcs that are `allowed` (uint8 by type and direction, 256) and
        have begun by `day` (an ordinal), and are not over if `now`?

        Args:
            least: shares whose greatest value is less are not walked.
            stop: uint8 by node: reached, not walked through; None: the hubs.
            prune: do not go where no goal can be. Only right when every hub is in `stop`.
            all_ways: note all shortest ways, not one of each node.

        Raises:
            ValueError: depth, types or scratch do not fit this graph, or it has no shares.
        """
        self._check(seed)
        if not 1 <= hops <= MAX_HOPS or allowed.size != 256 or scratch.level.size != self.size:
            raise ValueError("hops, types or scratch do not fit")
        if least > 0.0 and self.topology.share.size == 0 and self.topology.edge.size:
            raise ValueError("this copy holds no shares")
        t, o, s = self.topology, self.overlay, scratch
        while True:
            made, ways, looked = _search(
                t.offsets, t.target, t.about, t.edge, t.share,
                o.patch, o.offsets, o.target, o.about, o.edge, o.share,
                self.hub if stop is None else stop, self.goal, self.near,
                s.level, s.head, s.queue, s.before, s.through, s.following,
                seed, hops, day, now, allowed, least, prune, all_ways,
            )  # fmt: skip
            if made == -1:
                _clear(s.level, s.head, s.queue, ways)
                s.room_for(4 * s.before.size)
                continue
            break
        s.made = s.queue.size if made == -2 else made
        out = np.empty((min(s.made, 256), 2), np.int32)
        found = _hits(self.goal, s.level, s.queue, s.made, out)
        if found > out.shape[0]:
            out = np.empty((found, 2), np.int32)
            _hits(self.goal, s.level, s.queue, s.made, out)
        return SearchResult(out[:found], s.made, looked, made == -2)

    def trace(self, scratch: Scratch, found: SearchResult) -> Array:
        """One shortest path to each goal found: int32 (n, MAX_HOPS, 2), of each step the relationship and the node."""
        path = np.empty((found.nodes.shape[0], MAX_HOPS, 2), np.int32)
        s = scratch
        _trace(s.head, s.before, s.through, s.level, found.nodes, path.shape[0], path)
        return path

    def ways(self, scratch: Scratch, ends: Array) -> Array:
        """Every step of every shortest path to `ends`, after a search for `all_ways`: int32 rows (from, relationship, to)."""
        s, room = scratch, 1 << 10
        while True:
            out = np.empty((room, 3), np.int32)
            made = _ways_back(s.head, s.before, s.through, s.following, np.asarray(ends, np.int32), s.mark, out)
            if made >= 0:
                return out[:made]
            room *= 8

    def gather(
        self, scratch: Scratch, seeds: Array, *, day: int, allowed: Array, stop: Array, most: int, onward: bool = True
    ) -> Gathered:
        """The relationships of `seeds` that are `allowed` (as for `search`) and hold on a day, of those at their other
        ends, and so on.

        Args:
            stop: uint8 by node: reached, and not asked for more.
            most: no level is read with which more nodes would have been asked.
            onward: go on from the other ends; False: of the seeds only.

        Raises:
            ValueError: types, nodes or scratch do not fit this graph.
        """
        for node in seeds:
            self._check(node)
        s = scratch
        if stop.size != self.size or s.level.size != self.size or allowed.size != 256 or len(seeds) > s.queue.size:
            raise ValueError("types, nodes or scratch do not fit")
        t, o = self.topology, self.overlay
        made, whole, at, to, edge = _gather(
            t.offsets, t.target, t.about, t.edge, o.patch, o.offsets, o.target, o.about, o.edge,
            stop, s.head, s.queue, np.asarray(seeds, np.int32), day, allowed, most, onward,
        )  # fmt: skip
        nodes = s.queue[:made].copy()
        _clear(s.level, s.head, s.queue, made)
        return Gathered(nodes, at, to, edge, whole)

    def done(self, scratch: Scratch) -> None:
        """The scratch is free for the next search."""
        _clear(scratch.level, scratch.head, scratch.queue, scratch.made)
