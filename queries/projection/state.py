"""The copy of the graph, held open: its files, and what is true at one clock position.

A state is never altered: what changed since the files were written stands beside them (rows of nodes with other
neighbours, new parties, sanctions that appeared or ended), and a new state takes the place of the old one.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import from_json

from graph_model.facts import FactRow
from graph_model.ownership import Share
from graph_model.schema import CROSSED
from graph_model.traversal import Scratch, Topology, Walker
from graph_model.walk import JUDGED
from queries.answers import NodeRef
from queries.network.ownership import bounds
from queries.projection.format import (
    ARC_KINDS,
    ARC_NUMBER,
    COPY_FORMAT,
    NODE_LABELS,
    TEXTS,
    BadProjection,
    TextColumn,
    file_digest,
    hash_of,
    unpacked_fact,
)
from queries.projection.gather import LookupTables

BUDGET = 1_000_000
"""Nodes that one search may reach."""


Arc = tuple[int, int, int, float]
"""From one node: to which, what the relationship is (`arc_word`, its direction in it), its number, its greatest share."""


@dataclass(frozen=True)
class ProjectionState:
    """What is true at one clock position: the files, and what changed since. Never altered: a new one takes its place."""

    position: int
    sanctioned: Walker
    hubs: Walker
    doubted: Walker
    degree: Any
    tagged: Any
    person: Any
    tables: LookupTables
    underived: int
    pack: str | None
    rows: dict[int, list[Arc]]
    keys: dict[str, int]
    names: list[str]
    nodes: dict[int, dict[str, Any]]
    edges: dict[int, tuple[int, int, int, bytes]]
    edge_of: dict[str, int]
    found: dict[str, set[int]]


class ProjectionFiles:
    """One version, held open, and what it says in a given state. Safe to be shared by threads."""

    def __init__(self, folder: Path, store: str | None, *, check: bool = True) -> None:
        """Opens a version.

        Raises:
            BadProjection: it is torn, of another format, or of another graph.
        """
        self.folder = folder
        try:
            self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            if self.manifest["format"] != COPY_FORMAT or tuple(self.manifest["kinds"]) != ARC_KINDS:
                raise BadProjection("this copy of the graph has another format")
            if self.manifest["store"] != store:
                raise BadProjection("this is the copy of another graph")
            for name, (size, digest) in self.manifest["files"].items():
                path = folder / name
                if path.stat().st_size != size or (check and file_digest(path) != digest):
                    raise BadProjection(f"the copy of the graph is torn: {name}")
            self._load(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadProjection(f"the copy of the graph is torn: {error}") from error

    def _load(self, folder: Path) -> None:
        def load(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

        self._start, self._end, self._kind = load("start"), load("end"), load("kind")
        # `searchsorted` would copy a sorter of another type whole, each time it is asked.
        self._keys, self._order, self._label = load("keys"), load("order").astype(np.intp), load("label")
        self._hash, self._hashed = load("hash"), load("hashed")
        self._texts = {name: TextColumn(folder, name) for name in TEXTS}
        self._share_min = load("share_min")
        self.base = self._keys.size
        self.judged = {name: set(np.flatnonzero(self._kind == ARC_NUMBER[name]).tolist()) for name in CROSSED}
        topology = Topology(*(load(n) for n in ("offsets", "target", "about", "edge", "share")))
        hub, listed = load("hub"), load("sanctioned")
        self._local = threading.local()
        self.first_state = ProjectionState(
            position=self.manifest["position"],
            sanctioned=Walker(topology, hub, listed, load("near_sanction")),
            hubs=Walker(topology, hub, hub, load("near_hub")),
            doubted=Walker(topology, hub, load("doubted"), load("near_doubt")),
            degree=np.array(load("degree")),
            tagged=np.array(load("tagged")),
            person=(self._label == NODE_LABELS.index("Person")).astype(np.uint8),
            tables=LookupTables.unpacked((folder / "tables.json").read_bytes()),
            underived=0,
            pack=None,
            rows={},
            keys={},
            names=[],
            nodes={},
            edges={},
            edge_of={},
            found={},
        )

    @property
    def relationships(self) -> int:
        """How many relationships its files hold."""
        return int(self._start.size)

    def scratch(self, walker: Walker) -> Scratch:
        """Room for one search at a time in this thread."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None or scratch.level.size != walker.size:
            scratch = self._local.scratch = walker.scratch(BUDGET)
        return scratch

    # --- one thing each -----------------------------------------------------------------------------------

    def node_of(self, state: ProjectionState, key: str) -> int | None:
        """The number of a node; None: there is none of this key."""
        if key in state.keys:
            return state.keys[key]
        wanted = key.encode()
        if not self.base or len(wanted) > self._keys.dtype.itemsize:
            return None
        at = int(np.searchsorted(self._keys, wanted, sorter=self._order))
        if at < self.base and self._keys[self._order[at]] == wanted:
            return int(self._order[at])
        return None

    def key_of(self, state: ProjectionState, node: int) -> str:
        """The key of a node."""
        return self._keys[node].decode() if node < self.base else state.names[node - self.base]

    def fact(self, state: ProjectionState, edge: int) -> FactRow:
        """The fact that a relationship of the topology is."""
        if edge in state.edges:
            start, end, kind, packed = state.edges[edge]
        else:
            start, end, kind = int(self._start[edge]), int(self._end[edge]), int(self._kind[edge])
            packed = self._texts["facts"][edge]
        name = JUDGED if ARC_KINDS[kind] in CROSSED else ARC_KINDS[kind]
        return unpacked_fact(name, self.key_of(state, start), self.key_of(state, end), packed)

    def edge_in_files(self, state: ProjectionState, start: int, end: int, fact_id: str) -> int | None:
        """The number of a fact in the files, if it is one of theirs."""
        t = state.sanctioned.topology
        if start >= self.base or end >= self.base:
            return None
        a, b = sorted((start, end), key=lambda n: int(t.offsets[n + 1] - t.offsets[n]))
        low, high = int(t.offsets[a]), int(t.offsets[a + 1])
        for i in low + np.flatnonzero(t.target[low:high] == b):
            edge = int(t.edge[i])
            if self._start[edge] == start and from_json(self._texts["facts"][edge])["fact_id"] == fact_id:
                return edge
        return None

    def start_of(self, edge: int) -> int:
        """The node at which a relationship of the files begins."""
        return int(self._start[edge])

    def bounds(self, state: ProjectionState, edge: int) -> Share:
        """The share that a holding is."""
        if edge in state.edges:
            return bounds(json.loads(state.edges[edge][3]))
        least, most = float(self._share_min[edge]), float(state.sanctioned.topology.share[edge])
        return Share(least, 1.0 if isnan(most) else most)

    def ref(self, state: ProjectionState, node: int) -> NodeRef:
        """A node on a path."""
        if node in state.nodes:
            told = state.nodes[node]
            return NodeRef.of(told["key"], told["label"], told["party"]["name"])
        name = self._texts["names"][node].decode()
        return NodeRef.of(self._keys[node].decode(), NODE_LABELS[self._label[node]], name or None)

    def party(self, state: ProjectionState, node: int) -> list[Any]:
        """What is kept of a party: [its values, labels, identifiers, tag]."""
        if node in state.nodes:
            told = state.nodes[node]
            return [told["party"], told["labels"], told["identifiers"], told["tag"]]
        return from_json(self._texts["parties"][node])

    def listed(self, state: ProjectionState, node: int, what: str) -> list[Any]:
        """One of `LISTED` of a party."""
        if node in state.nodes:
            return from_json(state.nodes[node][what])
        packed = self._texts[what][node]
        return from_json(packed) if packed else []

    def bearers(self, state: ProjectionState, text: str) -> list[int]:
        """The nodes that are found by this text (`found_by`)."""
        return self.bearers_of(state, [text])[0]

    def bearers_of(self, state: ProjectionState, texts: Sequence[str]) -> list[list[int]]:
        """`bearers` of many texts at once."""
        wanted = np.fromiter(map(hash_of, texts), np.uint64, len(texts))
        lows, highs = (np.searchsorted(self._hash, wanted, side).tolist() for side in ("left", "right"))
        out: list[list[int]] = []
        for text, low, high in zip(texts, lows, highs, strict=True):
            nodes = state.found.get(text, ())
            if low < high:
                some = set(self._hashed[low:high].tolist())
                nodes = [*nodes, *(n for n in some if n not in state.nodes and text in self._found(n))]
            out.append(sorted(nodes))
        return out

    def _found(self, node: int) -> list[str]:
        return from_json(self._texts["found"][node])

    def name_of(self, state: ProjectionState, node: int) -> str:
        """The name of a node; empty when it has none."""
        if node in state.nodes:
            return state.nodes[node]["party"]["name"] or ""
        return self._texts["names"][node].decode()
