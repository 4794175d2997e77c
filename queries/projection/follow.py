"""Takes up what changed in the graph since a version of its copy was written, and keeps it beside the files."""

import json
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from graph_model.schema import CROSSED, FOREVER
from graph_model.store.connect import Graph
from graph_model.traversal import Overlay, Walker
from queries.projection.format import LISTS_OF_PARTY, arc_kind, arc_word, found_by, greatest_share, packed_json
from queries.projection.gather import (
    CHANGED_ADDRESSES,
    CHANGED_EDGES,
    CHANGED_PARTIES,
    COPY_PAGE,
    GRAPH_STATE,
    MADE_BY_CORRECTION,
    LookupTables,
    listed_of,
)
from queries.projection.reader import ProjectionReader
from queries.projection.state import Arc, ProjectionFiles, ProjectionState
from queries.read.events import disputed_statements
from queries.read.facts import fact_row, label_of

FRESH = 0.25
"""Seconds for which the clock is not asked again."""

MOST_CHANGED = 50_000
"""With more changed nodes than this a new version is built instead."""


@dataclass
class GraphChange:
    """What changed in the graph after a position."""

    position: int
    nodes: list[dict[str, Any]]
    edges: list[Any]
    tables: LookupTables
    underived: int
    pack: str | None

    @staticmethod
    def read(graph: Graph, after: int, stands: Any) -> "GraphChange | None":
        """None when it is more than one takes up."""
        position = stands["position"]
        tables = LookupTables.empty()
        most = MOST_CHANGED + 1
        parties = graph.read(CHANGED_PARTIES, after=after, limit=most)
        addresses = graph.read(CHANGED_ADDRESSES, after=after, limit=most)
        if len(parties) + len(addresses) > MOST_CHANGED:
            return None
        nodes: list[dict[str, Any]] = []
        made = graph.read(MADE_BY_CORRECTION)[0]
        for at in range(0, len(parties), COPY_PAGE):
            page = parties[at : at + COPY_PAGE]
            more = listed_of(graph, page, position, tables)
            nodes += [
                _node(r, r["identifiers"], found_by(r["name_key"], r["identifiers"], r["stated"]), more[r["key"]])
                for r in page
            ]
        nodes += [_node(r, [], [], {name: [] for name in LISTS_OF_PARTY}) for r in addresses]
        edges: list[Any] = []
        keys = [n["key"] for n in nodes]
        for at in range(0, len(keys), COPY_PAGE):
            edges += graph.read(CHANGED_EDGES, keys=keys[at : at + COPY_PAGE], after=after, forever=FOREVER)
        facts = [fact_row(r["type"], r["start"], r["end"], r["props"]) for r in edges]
        tables.note(graph, [f for f, r in zip(facts, edges, strict=True) if r["props"]["rec_to"] == FOREVER], made)
        tables.instants(graph)
        tables.statements = disputed_statements(graph, position)
        return GraphChange(position, nodes, edges, tables, stands["underived"], stands["pack"])


def _node(r: Any, identifiers: list[Any], found: list[str], more: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "key": r["key"],
        "label": label_of(r["labels"]),
        "labels": r["labels"],
        "tag": r["tag"],
        "party": json.loads(packed_json(r["party"])),
        "identifiers": identifiers,
        "found": found,
        **{name: packed_json(more[name]) for name in LISTS_OF_PARTY},
    }


def apply_change(base: ProjectionFiles, old: ProjectionState, change: GraphChange) -> ProjectionState:
    """The state after a change. Whoever still reads the old one is not disturbed."""
    state, numbers = _with_nodes(base, old, change)
    state, met = _with_arcs(base, state, change)
    sanctioned, hubs, doubted = _walkers(base, state, change, numbers, met)
    return replace(
        state,
        position=change.position,
        sanctioned=sanctioned,
        hubs=hubs,
        doubted=doubted,
        tables=_with_tables(old.tables, change),
        underived=change.underived,
        pack=change.pack,
    )


def _with_nodes(
    base: ProjectionFiles, old: ProjectionState, change: GraphChange
) -> tuple[ProjectionState, dict[str, int]]:
    """The nodes as they are told now, and their numbers."""
    keys, names = dict(old.keys), list(old.names)
    numbers: dict[str, int] = {}
    for told in change.nodes:
        number = base.node_of(old, told["key"])
        if number is None:
            number = base.base + len(names)
            keys[told["key"]] = number
            names.append(told["key"])
        numbers[told["key"]] = number
    grown = base.base + len(names) - old.degree.size
    nodes, found = dict(old.nodes), {text: set(some) for text, some in old.found.items()}
    degree, tagged, person = (np.pad(column, (0, grown)) for column in (old.degree, old.tagged, old.person))
    for told in change.nodes:
        number = numbers[told["key"]]
        for text in nodes.get(number, {}).get("found", ()):
            found[text].discard(number)
        for text in told["found"]:
            found.setdefault(text, set()).add(number)
        nodes[number] = told
        degree[number], tagged[number] = told["party"]["degree"] or 0, told["tag"] is not None
        person[number] = told["label"] == "Person"
    told_now = {"keys": keys, "names": names, "nodes": nodes, "found": found}
    return replace(old, **told_now, degree=degree, tagged=tagged, person=person), numbers


def _with_arcs(base: ProjectionFiles, old: ProjectionState, change: GraphChange) -> tuple[ProjectionState, set[int]]:
    """The relationships as they are told now, and the nodes whose rows of arcs are others."""
    rows, edges, edge_of = dict(old.rows), dict(old.edges), dict(old.edge_of)
    met: set[int] = set()

    def row(node: int) -> list[Arc]:
        if node not in met:
            met.add(node)
            rows[node] = list(rows[node]) if node in rows else arcs_of(old.sanctioned, node) if node < base.base else []
        return rows[node]

    for r in sorted(change.edges, key=lambda r: r["props"]["rec_from"]):
        first, last = base.node_of(old, r["start"]), base.node_of(old, r["end"])
        if first is None or last is None or first == last:
            continue
        ends = (first, last)
        fact_id = r["props"]["fact_id"]
        judgement = r["props"].get("judgement")
        stays = r["props"]["rec_to"] == FOREVER and (judgement is None or judgement in CROSSED)
        edge = edge_of.get(fact_id)
        if edge is None:
            edge = base.edge_in_files(old, *ends, fact_id)
        if edge is not None:
            for node in ends:
                rows[node] = [arc for arc in row(node) if arc[2] != edge]
        if stays:
            if edge is None:
                edge = base.relationships + len(edge_of)
                edge_of[fact_id] = edge
            fact = fact_row(r["type"], r["start"], r["end"], r["props"])
            kind = arc_kind(r["type"], fact.props)
            said, share = arc_word(kind, fact), greatest_share(r["props"])
            row(ends[0]).append((ends[1], said, edge, share))
            row(ends[1]).append((ends[0], said | 128, edge, share))
            edges[edge] = (ends[0], ends[1], kind, packed_json(dict(r["props"])))
    return replace(old, rows=rows, edges=edges, edge_of=edge_of), met


def _with_tables(old: LookupTables, change: GraphChange) -> LookupTables:
    tables = old.copy()
    tables.at.update(change.tables.at)
    tables.files.update(change.tables.files)
    for told in change.nodes:
        for sanction, _ in json.loads(told["sanctions"]):
            tables.disputed.pop(sanction, None)
    tables.disputed.update(change.tables.disputed)
    tables.statements = change.tables.statements
    for r in change.edges:
        tables.corrections.pop(r["props"]["fact_id"], None)
    tables.corrections.update(change.tables.corrections)
    return tables


def _walkers(
    base: ProjectionFiles, state: ProjectionState, change: GraphChange, numbers: dict[str, int], met: set[int]
) -> tuple[Walker, Walker, Walker]:
    """Who searches for sanctions, who for hubs, and who for doubts. `state` has the new nodes and rows, and still the old walkers."""
    size = state.degree.size
    grown = size - state.sanctioned.hub.size
    overlay = Overlay.of(base.base, size, state.rows)
    hub = np.pad(state.sanctioned.hub, (0, grown))
    listed: list[tuple[int, bool]] = []
    hubs: list[tuple[int, bool]] = []
    doubted: list[tuple[int, bool]] = []
    for told in change.nodes:
        number = numbers[told["key"]]
        listed.append((number, bool(told["party"].get("sanctioned"))))
        hubs.append((number, bool(told["party"]["hub"])))
        doubted.append((number, bool(told["party"].get("doubts"))))
        hub[number] = hubs[-1][1]
    walkers = []
    for was, goals in ((state.sanctioned, listed), (state.hubs, hubs), (state.doubted, doubted)):
        goal, near = np.pad(was.goal, (0, grown)), np.pad(was.near, (0, grown), constant_values=255)
        walker = Walker(state.sanctioned.topology, hub, goal, near, overlay)
        for number, yes in goals:
            walker.add_goal(number) if yes else walker.remove_goal(number)
        walker.relax({*met, *numbers.values()} | {arc[0] for node in met for arc in state.rows[node]})
        walkers.append(walker)
    return walkers[0], walkers[1], walkers[2]


def arcs_of(walker: Walker, node: int) -> list[Arc]:
    """The arcs at a node as the files have them."""
    t = walker.topology
    low, high = int(t.offsets[node]), int(t.offsets[node + 1])
    arcs = slice(low, high)
    edges = t.edge[arcs]
    return list(
        zip(t.target[arcs].tolist(), t.about[arcs].tolist(), edges.tolist(), t.share[edges].tolist(), strict=True)
    )


class Projection(ProjectionFiles):
    """One version, held open, and what changed since. Safe to be shared by threads.

    `reader()` answers questions; `follow()` takes up what changed.
    """

    def __init__(self, folder: Path, store: str | None, *, check: bool = True) -> None:
        super().__init__(folder, store, check=check)
        self._lock = threading.Lock()
        self._asked = 0.0
        self._state = self.first_state

    @property
    def position(self) -> int:
        """The clock position that it has reached."""
        return self._state.position

    def reader(self) -> ProjectionReader:
        """For one question (or many in one thread), all answered as at the present position."""
        return ProjectionReader(self, self._state)

    def current(self, graph: Graph, seconds: float = FRESH) -> ProjectionReader | None:
        """A reader no more than `seconds` behind the graph; None when the graph itself should be asked for now."""
        if time.monotonic() - self._asked < seconds:
            return self.reader()
        if not self._lock.acquire(timeout=seconds):
            return None
        try:
            if time.monotonic() - self._asked < seconds:
                return self.reader()
            began = time.monotonic()
            if not self._follow(graph):
                return None
            self._asked = began
            return self.reader()
        finally:
            self._lock.release()

    def follow(self, graph: Graph) -> bool:
        """Take up what changed. False: a load is under way, or too much changed: build again."""
        with self._lock:
            return self._follow(graph)

    def _follow(self, graph: Graph) -> bool:
        for _ in range(20):
            stands = graph.read(GRAPH_STATE)[0]
            if stands["store"] != self.manifest["store"] or stands["waiting"]:
                return False
            if stands["position"] == self._state.position:
                if (stands["underived"], stands["pack"]) != (self._state.underived, self._state.pack):
                    self._state = replace(self._state, underived=stands["underived"], pack=stands["pack"])
                return True
            change = GraphChange.read(graph, self._state.position, stands)
            if change is None:
                return False
            if graph.position() == change.position:  # nobody wrote while it was read
                self._state = apply_change(self, self._state, change)
                return True
        return False
