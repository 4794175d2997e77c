"""Questions to the copy of the graph: what `queries.network.exposure` and `queries.network.ownership` ask of a reader.

An answer is true for the clock position that it names, as the answer of the graph itself would be.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from graph_model.facts import FactRow
from graph_model.ownership import Holding
from graph_model.schema import HUB_DEGREE, HoldsSharesIn
from graph_model.sentences import say
from graph_model.traversal import Gathered, SearchResult, Walker
from graph_model.walk import Walk
from queries.answers import Cut, FactRef, NodeRef, PartyRef, SanctionRef
from queries.network.exposure import ExposureSearch, HubRow, Reached
from queries.network.ownership import OWNER_POSTS, in_order
from queries.party.parties import is_shown, marks_on, party_ref, sanction_ref
from queries.party.sanction_filter import SanctionFilter
from queries.projection.format import ARC_NUMBER, packed_json, unpacked_fact
from queries.projection.state import ProjectionFiles, ProjectionState
from queries.read.provenance import fact_ref

HOLDER_ARCS, HELD_ARCS, POST_ARCS = (np.zeros(256, np.uint8) for _ in range(3))
"""Which arcs lead from a company to its holders, from a holder to what he holds, from a company to who heads it."""

HOLDER_ARCS[ARC_NUMBER[HoldsSharesIn.TYPE] | 128] = 1

HELD_ARCS[ARC_NUMBER[HoldsSharesIn.TYPE]] = 1

POST_ARCS[[ARC_NUMBER[name] | 128 for name in OWNER_POSTS]] = 1


class ProjectionReader:
    """Answers of one state: an `ExposureReader`, an `OwnershipReader`, and what a batch needs. For one thread."""

    def __init__(self, base: ProjectionFiles, state: ProjectionState) -> None:
        self.base, self.state = base, state
        self._scratch = base.scratch(state.sanctioned)
        self._explored = 0

    @property
    def position(self) -> int:
        """As `queries.network.exposure.ExposureReader`."""
        return self.state.position

    @property
    def judgements(self) -> tuple[bool, bool]:
        """As `queries.network.exposure.ExposureReader`."""
        return _is_judged(self.base, self.state, "same"), _is_judged(self.base, self.state, "unsure")

    @property
    def doubted(self) -> bool:
        """As `queries.network.exposure.ExposureReader`."""
        return bool(self.state.doubted.goal.any())

    @property
    def explored(self) -> int | None:
        """As `queries.network.exposure.ExposureReader`."""
        return self._explored

    def parties(self, keys: Iterable[str], day: date) -> dict[str, PartyRef]:
        """As `queries.network.exposure.ExposureReader`."""
        out = {}
        for key in dict.fromkeys(keys):
            node = self.base.node_of(self.state, key)
            if node is not None:
                party, labels, identifiers, _ = self.base.party(self.state, node)
                if "Party" in labels:
                    shown = [i for i in identifiers if is_shown(i["scheme"], labels)]
                    stands = bool(identifiers) or not self._moved(key)
                    rows = [f for some in self._imposed(node, key).values() for f in some]
                    out[key] = party_ref(party, labels, shown, stands, marks_on(rows, day))
        return out

    def _moved(self, key: str) -> bool:
        """Whether what this party was known by stands at another one."""
        return bool(self.base.bearers_of(self.state, [f"key\n{key}"])[0])

    def search(self, asked: ExposureSearch, known: Iterable[str]) -> Reached:
        """As `queries.network.exposure.ExposureReader`."""
        base, state, s, limit, only = self.base, self.state, self._scratch, asked.limit, asked.only
        seed = base.node_of(state, asked.key)
        if seed is None:
            return Reached([])
        found = self._walked(state.sanctioned, seed, asked, all_ways=True)
        try:
            self._explored += found.reached
            fitting = ((int(n), int(d)) for n, d in found.nodes if not only or self.fits(int(n), only))
            hits = sorted((d, base.key_of(state, n), n) for n, d in fitting)
            reached = Reached([(key, d) for d, key, _ in hits[:limit]], more=len(hits) > limit)
            known = set(known)
            new = [n for _, key, n in hits[:limit] if key not in known]
            ways = state.sanctioned.ways(s, np.array(new, np.int32)) if new else np.empty((0, 3), np.int32)
        finally:
            state.sanctioned.done(s)
        for node in set(ways[:, 0].tolist()) | set(ways[:, 2].tolist()):
            ref = base.ref(state, node)
            reached.nodes[ref.key] = ref
        ids = {}
        for edge in set(ways[:, 1].tolist()):
            fact = base.fact(state, edge)
            ids[edge] = fact.fact_id
            reached.facts[fact.fact_id] = fact
        reached.steps = [(base.key_of(state, a), ids[e], base.key_of(state, b)) for a, e, b in ways.tolist()]
        if found.cut:
            reached.cut = Cut(reason="budget", detail=say("budget_nodes", limit=f"{s.queue.size:,}"))
        return reached

    def reach(
        self,
        node: int,
        walk: Walk,
        day: date,
        *,
        now: bool,
        cross: Sequence[str],
        wanted: Callable[[list[tuple[int, int]]], list[int]],
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]], bool]:
        """As `search` of a plain walk, in numbers and without shapes, for a batch.

        Args:
            node: number of the party.
            now: by a path that holds on the day; else at any time up to it.
            cross: judgements of the same person that may be crossed.
            wanted: chooses of (node, distance) those to which paths are asked for.

        Returns:
            (node, distance) of the sanctioned parties within reach, the steps (node, relationship, node) of all shortest
            paths to those that `wanted` chooses of them, and whether the search was cut.
        """
        s, walker = self._scratch, self.state.sanctioned
        allowed = _allowed(walk, tuple(cross))
        found = walker.search(s, node, hops=walk.hops, day=day.toordinal(), now=now, allowed=allowed, all_ways=True)
        try:
            hits = [(n, d) for n, d in found.nodes.tolist()]
            ends = wanted(hits)
            ways = [(a, e, b) for a, e, b in walker.ways(s, np.array(ends, np.int32)).tolist()] if ends else []
        finally:
            walker.done(s)
        return hits, ways, found.cut

    def fits(self, node: int, only: SanctionFilter) -> bool:
        """Whether it has a sanction that is asked for."""
        return any(only.fits_statement(props) for _, props in self.base.listed(self.state, node, "sanctions"))

    def hubs_near(self, node: int, walk: Walk, day: date, *, cross: Sequence[str]) -> list[tuple[int, int]]:
        """As `hubs` of a plain walk, in numbers: (node, distance)."""
        s, walker, hops = self._scratch, self.state.hubs, walk.hops - 1
        allowed = _allowed(walk, tuple(cross))
        found = walker.search(s, node, hops=hops, day=day.toordinal(), now=False, allowed=allowed)
        walker.done(s)
        return [(n, d) for n, d in found.nodes.tolist()]

    def hubs(self, asked: ExposureSearch) -> list[HubRow]:
        """As `queries.network.exposure.ExposureReader`."""
        base, state, s, walk = self.base, self.state, self._scratch, asked.walk
        seed = base.node_of(state, asked.key)
        if seed is None:
            return []
        plain = walk.hub_degree == HUB_DEGREE
        walker = state.hubs if plain else self._hubs_of(walk.hub_degree)
        found = walker.search(
            s,
            seed,
            hops=walk.hops - 1,
            day=asked.day.toordinal(),
            now=False,
            allowed=_allowed(walk, asked.cross),
            least=walk.min_share,
            prune=plain,
        )
        walker.done(s)
        self._explored += found.reached
        hits = sorted((int(d), base.key_of(state, int(n)), int(n)) for n, d in found.nodes)[: asked.limit]
        return [HubRow(base.ref(state, n), *self._degree(n), d) for d, _, n in hits]

    def doubts_near(self, node: int, walk: Walk, day: date, *, cross: Sequence[str]) -> list[tuple[int, int]]:
        """As `doubts` of a plain walk, in numbers: (node, distance); the party itself among them."""
        s, walker = self._scratch, self.state.doubted
        own = [(node, 0)] if walker.goal[node] else []
        if walker.near[node] > walk.hops:
            return own
        allowed = _allowed(walk, tuple(cross))
        found = walker.search(s, node, hops=walk.hops, day=day.toordinal(), now=False, allowed=allowed)
        walker.done(s)
        return own + [(n, d) for n, d in found.nodes.tolist() if n != node]

    def doubts(self, asked: ExposureSearch) -> list[tuple[NodeRef, int]]:
        """As `queries.network.exposure.ExposureReader`."""
        base, state = self.base, self.state
        seed = base.node_of(state, asked.key)
        if seed is None:
            return []
        found = self._walked(state.doubted, seed, asked._replace(now=False))
        state.doubted.done(self._scratch)
        self._explored += found.reached
        hits = sorted((int(d), base.key_of(state, int(n)), int(n)) for n, d in found.nodes if n != seed)[: asked.limit]
        return [(base.ref(state, n), d) for d, _, n in hits]

    def _walked(self, walker: Walker, seed: int, asked: ExposureSearch, *, all_ways: bool = False) -> SearchResult:
        """What is within reach; `done` is the caller's."""
        walk = asked.walk
        return walker.search(
            self._scratch,
            seed,
            hops=walk.hops,
            day=asked.day.toordinal(),
            now=asked.now,
            allowed=_allowed(walk, asked.cross),
            least=walk.min_share,
            stop=None if walk.hub_degree == HUB_DEGREE else self._stops(walk.hub_degree),
            prune=walk.hub_degree <= HUB_DEGREE,
            all_ways=all_ways,
        )

    def _degree(self, node: int) -> tuple[int | None, str | None]:
        party, _, _, tag = self.base.party(self.state, node)
        return party["degree"], tag

    def _stops(self, cap: int) -> Any:
        return ((self.state.degree > cap) | (self.state.tagged > 0)).astype(np.uint8)

    def _hubs_of(self, cap: int) -> Walker:
        stop = self._stops(cap)
        walker = self.state.hubs
        return Walker(walker.topology, stop, stop, np.zeros(stop.size, np.uint8), walker.overlay)

    def sanctions(self, keys: Sequence[str], day: date) -> dict[str, list[SanctionRef]]:
        """As `queries.network.exposure.ExposureReader`."""
        out: dict[str, list[SanctionRef]] = {}
        for key in keys:
            node = self.base.node_of(self.state, key)
            groups = {} if node is None else self._imposed(node, key)
            if groups:
                refs = self.refs(f for rows in groups.values() for f in rows)
                shown = (sanction_ref(rows, day, refs) for rows in groups.values())
                out[key] = [s for s in shown if s is not None]
                for sanction in out[key]:
                    sanction.disputed = self.state.tables.disputed.get(sanction.key)
        return out

    def _imposed(self, node: int, key: str) -> dict[str, list[FactRow]]:
        """Sanction → what is stated of it, of one party."""
        groups: dict[str, list[FactRow]] = {}
        for sanction, props in self.base.listed(self.state, node, "sanctions"):
            groups.setdefault(sanction, []).append(unpacked_fact("IMPOSED_ON", sanction, key, packed_json(props)))
        return groups

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        """As `queries.network.exposure.ExposureReader`."""
        t = self.state.tables
        return {
            f.fact_id: fact_ref(
                f,
                t.at.get(f.rec_from),
                t.files.get(f.run),
                t.corrections.get(f.fact_id, []),
                t.statements.get(f.statement),
            )
            for f in facts
        }

    # --- ownership ----------------------------------------------------------------------------------------

    def above(self, company: str, day: date, most: int) -> tuple[list[FactRow], bool]:
        """As `queries.network.ownership.OwnershipReader`."""
        found = self._gathered([company], HOLDER_ARCS, day, most, onward=True)
        return in_order(self.base.fact(self.state, edge) for edge in found.edge.tolist()), found.whole

    def owners_of(self, node: int, day: date, most: int) -> tuple[list[int], bool]:
        """Who holds anything of a company, directly or through others, in numbers; False: not all were looked at."""
        found = self._gathered([self.base.key_of(self.state, node)], HOLDER_ARCS, day, most, onward=True)
        return np.unique(found.nodes[found.to]).tolist() if found.edge.size else [], found.whole

    def holders(self, companies: Sequence[str], day: date) -> list[Holding]:
        """As `queries.network.ownership.OwnershipReader`."""
        base, state = self.base, self.state
        found = self._gathered(companies, HOLDER_ARCS, day, len(companies))
        keys = [base.key_of(state, node) for node in found.nodes.tolist()]
        ends = zip(found.to.tolist(), found.at.tolist(), found.edge.tolist(), strict=True)
        return sorted(Holding(keys[a], keys[b], *base.bounds(state, edge)) for a, b, edge in ends)

    def held(self, owners: Sequence[str], day: date) -> set[str]:
        """As `queries.network.ownership.OwnershipReader`."""
        found = self._gathered(owners, HELD_ARCS, day, len(owners))
        return {self.base.key_of(self.state, node) for node in found.nodes[np.unique(found.to)].tolist()}

    def posts(self, company: str, day: date) -> list[FactRow]:
        """As `queries.network.ownership.OwnershipReader`."""
        found = self._gathered([company], POST_ARCS, day, 1)
        return in_order(self.base.fact(self.state, edge) for edge in found.edge.tolist())

    def undisclosed(self, company: str) -> list[str]:
        """As `queries.network.ownership.OwnershipReader`."""
        node = self.base.node_of(self.state, company)
        return [] if node is None else self.base.listed(self.state, node, "undisclosed")

    def nodes(self, keys: Iterable[str]) -> dict[str, NodeRef]:
        """As `queries.network.ownership.OwnershipReader`."""
        numbers = {key: self.base.node_of(self.state, key) for key in keys}
        return {key: self.base.ref(self.state, node) for key, node in numbers.items() if node is not None}

    def _gathered(self, keys: Sequence[str], arcs: Any, day: date, most: int, *, onward: bool = False) -> Gathered:
        numbers = (self.base.node_of(self.state, key) for key in keys)
        seeds = np.array([node for node in numbers if node is not None], np.int32)
        stop = np.zeros_like(self.state.person) if arcs is HELD_ARCS else self.state.person  # nobody holds a person
        return self.state.sanctioned.gather(
            self._scratch, seeds, day=day.toordinal(), allowed=arcs, stop=stop, most=most, onward=onward
        )


@lru_cache(maxsize=256)
def _allowed(walk: Walk, cross: tuple[str, ...]) -> Any:
    allowed = np.zeros(256, np.uint8)
    for name in (*walk.both, *walk.along, *cross):
        allowed[ARC_NUMBER[name]] = 1
    for name in (*walk.both, *walk.against, *cross):
        allowed[ARC_NUMBER[name] | 128] = 1
    return allowed


def _is_judged(base: ProjectionFiles, state: ProjectionState, judgement: str) -> bool:
    """Does such a judgement stand?"""
    kind = ARC_NUMBER[judgement]
    standing = base.judged.get(judgement, set())
    gone = {edge for edge in standing if edge in state.edges or _closed(state, base, edge)}
    return bool(standing - gone) or any(k == kind for e, (a, _, k, _) in state.edges.items() if _stands(state, a, e))


def _stands(state: ProjectionState, node: int, edge: int) -> bool:
    return any(arc[2] == edge for arc in state.rows.get(node, ()))


def _closed(state: ProjectionState, base: ProjectionFiles, edge: int) -> bool:
    node = base.start_of(edge)
    return node in state.rows and not _stands(state, node, edge)
