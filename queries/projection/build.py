"""A copy of the graph in memory-mapped files, for many questions: topology, dates, parties, sanctions, consequences.

One version of it is a folder that is written once, at one clock position, and never changed. Its manifest comes last and
names the graph, the position, the counts, and size and hash of every file: what is torn or belongs to another graph is
refused. Whoever holds it open takes what changed since from Neo4j and keeps it beside (`Projection.follow`): rows of
nodes with other neighbours, new parties, sanctions that appeared or ended. So an answer is true for the clock position
that it names, as the answer of the graph itself would be: `queries.network.exposure` and `queries.network.ownership` ask both the same way.

It holds the present view only: what was known on an earlier day is asked of Neo4j. Repaired and withdrawn items are not
in it. Names and numbers stand in it as they stand in the graph's own files; its folder is readable by its owner only.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from math import isnan
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
from filelock import FileLock
from pydantic_core import from_json

from graph_model.errors import CreditGraphError
from graph_model.facts import FactRow
from graph_model.ownership import Holding, Share
from graph_model.schema import CROSSED, FOREVER, HUB_DEGREE, RELATIONSHIPS, WALKABLE, HoldsSharesIn, SamePersonAs
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings
from graph_model.traversal import Gathered, Overlay, Scratch, Topology, Walker, word, words
from graph_model.walk import Walk
from queries.answers import CorrectionRef, Cut, FactRef, NodeRef, PartyRef, SanctionRef
from queries.network.exposure import HubRow, Reached
from queries.network.ownership import POSTS, bounds, in_order
from queries.party.parties import SANCTIONS_ON, SHOWN_SCHEMES, disputes, party_ref, sanction_ref
from queries.read.corrections import Behind
from queries.read.facts import fact_row, label_of
from queries.read.provenance import PROVENANCE, fact_ref
from queries.read.values import native

FORMAT = 2
PAGE = 5_000
BUDGET = 1_000_000
"""Nodes that one search may reach."""
AGAIN = 5.0
"""Seconds between two attempts to open or build."""
FRESH = 0.25
"""Seconds for which the clock is not asked again."""
MOST_CHANGED = 50_000
"""With more changed nodes than this a new version is built instead."""

_log = logging.getLogger(__name__)

LISTED = ("sanctions", "consequences", "undisclosed")
"""What is kept of each party as a list: sanctions, consequences, reasons why its owners are not told."""
TEXTS = ("names", "parties", "found", "facts", *LISTED)

JUDGED = SamePersonAs.TYPE
KINDS: tuple[str, ...] = (*WALKABLE, *CROSSED)
"""What a relationship is, by the number that stands for it in an arc: its type, or which judgement it is."""
KIND = {name: number for number, name in enumerate(KINDS)}
DATES = frozenset(
    name
    for kind in RELATIONSHIPS
    for name, field in kind.model_fields.items()
    if "datetime.date" in str(field.annotation)
)

NODES: LiteralString = """
MATCH (p:Party)
USING INDEX SEEK p:Party(key)
WHERE p.key > $after
WITH p ORDER BY p.key LIMIT $limit
OPTIONAL MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
WITH p, i, l ORDER BY p.key, i.scheme, i.value
WITH p, collect(i {.scheme, .value, .valid}) AS identifiers, collect(DISTINCT l.stated) AS stated
RETURN p.key AS key, labels(p) AS labels, p.name_key AS name_key, p.hub_tag AS tag, identifiers, stated,
  p {.key, .name, .former_names, .kind, .region, .degree, .hub, .sanctioned, .id_masked} AS party
ORDER BY key
"""

ADDRESSES: LiteralString = """
MATCH (a:Address)
USING INDEX SEEK a:Address(key)
WHERE a.key > $after
RETURN a.key AS key, labels(a) AS labels, a.hub_tag AS tag, a {.key, .name, .degree, .hub} AS party
ORDER BY key LIMIT $limit
"""

CHANGED_PARTIES: LiteralString = """
MATCH (p:Party)
USING INDEX SEEK p:Party(changed)
WHERE p.changed > $after
OPTIONAL MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
WITH p, i, l ORDER BY p.key, i.scheme, i.value
WITH p, collect(i {.scheme, .value, .valid}) AS identifiers, collect(DISTINCT l.stated) AS stated
RETURN p.key AS key, labels(p) AS labels, p.name_key AS name_key, p.hub_tag AS tag, identifiers, stated,
  p {.key, .name, .former_names, .kind, .region, .degree, .hub, .sanctioned, .id_masked} AS party
ORDER BY key LIMIT $limit
"""

CHANGED_ADDRESSES: LiteralString = """
MATCH (a:Address)
USING INDEX SEEK a:Address(changed)
WHERE a.changed > $after
RETURN a.key AS key, labels(a) AS labels, a.hub_tag AS tag, a {.key, .name, .degree, .hub} AS party
ORDER BY key LIMIT $limit
"""

EDGES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
MATCH (p)-[r:SAME_PERSON_AS|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
  |ACTUAL_CONTROLLER_OF|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT
  |SUPPLIES_TO]->(o)
WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.judgement IS NULL OR r.judgement IN $judgements)
RETURN type(r) AS type, key AS start, o.key AS end, properties(r) AS props
"""

# Versions that came, or went, or were told again since; of the nodes at which anything changed.
CHANGED_EDGES: LiteralString = """
UNWIND $keys AS key
OPTIONAL MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
OPTIONAL MATCH (a:Address {key: key})
USING INDEX SEEK a:Address(key)
WITH coalesce(p, a) AS n
MATCH (n)-[r:SAME_PERSON_AS|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
  |ACTUAL_CONTROLLER_OF|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT
  |SUPPLIES_TO]-()
WHERE r.rec_from > $after OR (r.rec_to > $after AND r.rec_to < $forever) OR coalesce(r.seen_at[-1], 0) > $after
WITH DISTINCT r
RETURN type(r) AS type, startNode(r).key AS start, endNode(r).key AS end, properties(r) AS props
"""

CONSEQUENCES: LiteralString = """
UNWIND $keys AS key
MATCH (c:Consequence {subject: key})
USING INDEX SEEK c:Consequence(subject)
WHERE c.retired IS NULL
RETURN key, c {.key, .sanction, .rule, .measure, .automaticity, .timeline, .basis, .missing} AS c
ORDER BY key, c.measure, c.rule, c.key
"""

UNDISCLOSED: LiteralString = """
UNWIND $keys AS key
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE s.rec_from <= $k AND $k < s.rec_to AND s.owners_undisclosed IS NOT NULL
RETURN DISTINCT key, s.owners_undisclosed AS reason ORDER BY key, reason
"""

COUNTS: LiteralString = """
CALL () { MATCH (p:Party) RETURN count(p) AS parties }
CALL () { MATCH (a:Address) RETURN count(a) AS addresses }
RETURN parties, addresses
"""

WHERE_IT_STANDS: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
CALL () { OPTIONAL MATCH (p:Party) USING INDEX SEEK p:Party(caches_dirty) WHERE p.caches_dirty = true
  RETURN count(p) AS parties }
CALL () { OPTIONAL MATCH (a:Address) USING INDEX SEEK a:Address(caches_dirty) WHERE a.caches_dirty = true
  RETURN count(a) AS addresses }
CALL () { OPTIONAL MATCH (s:Sanction) USING INDEX SEEK s:Sanction(dirty) WHERE s.dirty = true
  RETURN count(s) AS underived }
RETURN coalesce(c.seq, 0) AS position, c.store AS store, c.pack AS pack, parties + addresses AS waiting, underived
"""

CLOCK: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'}) RETURN coalesce(c.seq, 0) AS position
"""

MADE_BY_CORRECTION: LiteralString = """
MATCH (c:Correction) RETURN collect(DISTINCT c.made) AS runs, count(c) AS n
"""


class BadProjection(CreditGraphError):
    """A version that is torn, of another format, or of another graph: it is not used, and built again."""


# --- files ------------------------------------------------------------------------------------------------


class Texts:
    """A column of texts: byte offsets, and the bytes."""

    def __init__(self, folder: Path, name: str) -> None:
        # As plain arrays over the same pages: slices of a memmap are slow to make.
        self._offsets = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
        path = folder / f"{name}.bin"
        self._bytes = np.asarray(np.memmap(path, np.uint8, "r")) if path.stat().st_size else np.empty(0, np.uint8)

    def __getitem__(self, n: int) -> bytes:
        return self._bytes[self._offsets[n] : self._offsets[n + 1]].tobytes()

    def __len__(self) -> int:
        return self._offsets.size - 1


class _TextsOut:
    def __init__(self, folder: Path, name: str) -> None:
        self._npy, self._offsets, self._at = folder / f"{name}.npy", array("q", [0]), 0
        self._file = (folder / f"{name}.bin").open("wb")

    def add(self, value: bytes) -> None:
        self._file.write(value)
        self._at += len(value)
        self._offsets.append(self._at)

    def close(self) -> None:
        self._file.close()
        np.save(self._npy, np.frombuffer(self._offsets, np.int64))


def _packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    value = native(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot be kept: {type(value).__name__}")


def _fact(type_name: str, start: str, end: str, packed: bytes) -> FactRow:
    props = from_json(packed)
    for name in DATES & props.keys():
        value = props[name]
        props[name] = [date.fromisoformat(d) for d in value] if isinstance(value, list) else date.fromisoformat(value)
    return fact_row(type_name, start, end, props)


def hash_of(text: str) -> int:
    """What stands for a text that finds a party, in the sorted column `hash`."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _digest(path: Path) -> str:
    hashed = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            hashed.update(block)
    return hashed.hexdigest()


def _word(kind: int, fact: FactRow) -> int:
    ends = [end for end in (fact.until, fact.absent_since) if end is not None]
    return word(kind, fact.since, min(ends, default=None))


def _kind(type_name: str, props: dict[str, Any]) -> int:
    return KIND[props["judgement"] if type_name == JUDGED else type_name]


def _share(props: dict[str, Any]) -> float:
    return props.get("share_max", float("nan"))


HOLDERS, HELD, POSTS_AT = (np.zeros(256, np.uint8) for _ in range(3))
"""Which arcs lead from a company to its holders, from a holder to what he holds, from a company to who heads it."""
HOLDERS[KIND[HoldsSharesIn.TYPE] | 128] = 1
HELD[KIND[HoldsSharesIn.TYPE]] = 1
POSTS_AT[[KIND[name] | 128 for name in POSTS]] = 1


def found_by(name_key: str | None, identifiers: Iterable[dict[str, Any]], stated: Iterable[str]) -> list[str]:
    """By which texts a party is found: its numbers, its name when it has any identifier at all, and the keys of those
    that stand at it by a name policy or a merge.
    """
    texts = [f"{i['scheme']}\n{i['value']}" for i in identifiers]
    texts += [f"name\n{name_key}"] if texts and name_key else []
    return [*texts, *(f"key\n{key}" for key in stated)]


# --- building ---------------------------------------------------------------------------------------------

Report = Callable[[int, int], None]


def build(graph: Graph, root: Path, progress: Report | None = None) -> Path:
    """Writes a new version of the projection below `root`, and makes it the current one.

    What is written while it is built may or may not be in it: whoever opens it follows from the position at which the
    build began, and so has all of it.

    Returns: the folder of the version.
    """
    stands = graph.read(WHERE_IT_STANDS)[0]
    position = stands["position"]
    counts = graph.read(COUNTS)[0]
    total = counts["parties"] + counts["addresses"]
    return new_version(root, stands["store"], position, lambda f: _build(graph, f, position, total, progress))


def new_version(root: Path, store: str | None, position: int, write: Callable[[Path], None]) -> Path:
    """A version of the graph `store` as of a clock position, with the files that `write` puts into its folder; it is
    the current one from then on.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = root / f"v{FORMAT}-{position:012d}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        write(folder)
        files = {p.name: [p.stat().st_size, _digest(p)] for p in sorted(folder.iterdir())}
        manifest = {"format": FORMAT, "kinds": KINDS, "store": store, "position": position, "files": files}
        whole = folder / "manifest.tmp"
        whole.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        os.replace(whole, folder / "manifest.json")
        pointer = root / f"current-{secrets.token_hex(4)}.tmp"
        pointer.write_text(folder.name, encoding="utf-8")
        os.replace(pointer, root / "current")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for old in root.iterdir():  # whoever still reads one keeps its files open
        if old.is_dir() and old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _pages(graph: Graph, text: LiteralString) -> Iterator[list[Any]]:
    after = ""
    while rows := graph.read(text, after=after, limit=PAGE):
        yield rows
        after = rows[-1]["key"]


def _build(graph: Graph, folder: Path, position: int, total: int, progress: Report | None) -> None:
    out = {name: _TextsOut(folder, name) for name in TEXTS}
    keys: list[str] = []
    flags: dict[str, array] = {"label": array("B"), "hub": array("B"), "sanctioned": array("B"), "tagged": array("B")}
    degrees = array("i")
    found: list[tuple[int, int]] = []
    tables = Tables.empty()

    def add(r: Any, rest: dict[str, Any]) -> None:
        party = r["party"]
        label = label_of(r["labels"])
        texts = found_by(r.get("name_key"), rest.get("identifiers", ()), rest.get("stated", ()))
        found.extend((hash_of(text), len(keys)) for text in texts)
        keys.append(r["key"])
        flags["label"].append(LABELS.index(label))
        flags["hub"].append(bool(party["hub"]))
        flags["tagged"].append(r["tag"] is not None)
        flags["sanctioned"].append(bool(party.get("sanctioned")))
        degrees.append(party["degree"] or 0)
        out["names"].add((party["name"] or "").encode())
        out["parties"].add(_packed([party, r["labels"], rest.get("identifiers", []), r["tag"]]))
        out["found"].add(_packed(texts))
        for name in LISTED:
            out[name].add(_packed(rest[name]) if rest.get(name) else b"")

    made = graph.read(MADE_BY_CORRECTION)[0]
    for rows in _pages(graph, ADDRESSES):
        for r in rows:
            add(r, {})
        _tell(progress, len(keys), 2 * total)
    for rows in _pages(graph, NODES):
        more = _records(graph, rows, position, tables)
        for r in rows:
            add(r, {**more[r["key"]], "identifiers": r["identifiers"], "stated": r["stated"]})
        _tell(progress, len(keys), 2 * total)
    number = {key: n for n, key in enumerate(keys)}
    columns: dict[str, array] = {"start": array("i"), "end": array("i"), "kind": array("B"), "since": array("i")}
    columns |= {"until": array("i"), "share": array("d"), "share_min": array("d")}
    parties = [key for key, label in zip(keys, flags["label"], strict=True) if LABELS[label] != "Address"]
    for at in range(0, len(parties), PAGE):
        facts: list[FactRow] = []
        for r in graph.read(EDGES, keys=parties[at : at + PAGE], k=position, judgements=list(CROSSED)):
            if r["end"] not in number or r["start"] == r["end"]:
                continue  # a node that came while this was read: whoever follows gets it
            facts.append(_append(r, number, columns, out["facts"]))
        tables.note(graph, facts, made)
        _tell(progress, len(keys) + at, 2 * total)
    tables.instants(graph)
    for column in out.values():
        column.close()
    save(folder, keys, flags, degrees, found, columns, tables)
    _tell(progress, 2 * total, 2 * total)


def save(
    folder: Path,
    keys: Sequence[str],
    flags: Mapping[str, Any],
    degrees: Any,
    found: list[tuple[int, int]],
    columns: Mapping[str, Any],
    tables: "Tables",
) -> None:
    """The arrays of a version: topology, distances, order of the keys, hashes of what parties are found by.

    Args:
        keys, flags, degrees: of all nodes, by number. Flags: label (a place in `LABELS`), hub, tagged, sanctioned.
        found: hash of a text, and the number of a node that it finds.
        columns: of all relationships: start and end (numbers of nodes), kind, since and until as `word` has them, share (its
            greatest value) and share_min.
    """
    start, end = (np.array(columns[name], np.int32) for name in ("start", "end"))
    said = words(*(np.array(columns[n]) for n in ("kind", "since", "until")))
    topology = Topology.build(len(keys), start, end, said, np.array(columns["share"], np.float64))
    hub, sanctioned, tagged, label = (np.array(flags[n], np.uint8) for n in ("hub", "sanctioned", "tagged", "label"))
    found.sort()
    every = np.array(keys, "S") if keys else np.empty(0, "S1")
    saved = {
        "offsets": topology.offsets,
        "target": topology.target,
        "about": topology.about,
        "edge": topology.edge,
        "share": topology.share,
        "start": start,
        "end": end,
        "kind": np.array(columns["kind"], np.uint8),
        "share_min": np.array(columns["share_min"], np.float64),
        "keys": every,
        "order": np.argsort(every, kind="stable").astype(np.int32),
        "label": label,
        "hub": hub,
        "tagged": tagged,
        "sanctioned": sanctioned,
        "degree": np.array(degrees, np.int32),
        "near_sanction": Walker(topology, hub, sanctioned).near,
        "near_hub": Walker(topology, hub, hub).near,
        "hash": np.array([h for h, _ in found], np.uint64),
        "hashed": np.array([n for _, n in found], np.int32),
    }
    for name, column in saved.items():
        np.save(folder / f"{name}.npy", column)
    (folder / "tables.json").write_bytes(tables.packed())


LABELS = ("Entity", "Person", "Organ", "Address")


def _tell(progress: Report | None, done: int, total: int) -> None:
    if progress:
        progress(done, total)


def _append(r: Any, number: dict[str, int], columns: dict[str, array], facts: _TextsOut) -> FactRow:
    fact = fact_row(r["type"], r["start"], r["end"], r["props"])
    kind = _kind(r["type"], fact.props)
    said = _word(kind, fact)
    columns["start"].append(number[r["start"]])
    columns["end"].append(number[r["end"]])
    columns["kind"].append(kind)
    columns["since"].append(said >> 8 & (1 << 22) - 1)
    columns["until"].append(said >> 30)
    columns["share"].append(_share(r["props"]))
    columns["share_min"].append(bounds(fact.props).low)
    facts.add(_packed(dict(r["props"])))
    return fact


def _records(graph: Graph, rows: Sequence[Any], position: int, tables: "Tables") -> dict[str, dict[str, list[Any]]]:
    """What is kept of a page of parties beside themselves (`LISTED`)."""
    out: dict[str, dict[str, list[Any]]] = {r["key"]: {name: [] for name in LISTED} for r in rows}
    listed = [r["key"] for r in rows if r["party"].get("sanctioned")]
    facts = []
    if listed:
        for r in graph.read(SANCTIONS_ON, keys=listed, k=position, retired=False):
            out[r["key"]]["sanctions"].append([r["sanction"], dict(r["props"])])
            facts.append(fact_row("IMPOSED_ON", r["sanction"], r["key"], r["props"]))
        tables.note(graph, facts, graph.read(MADE_BY_CORRECTION)[0])
        told = disputes(graph, {f.start for f in facts}, position)
        for fact in facts:
            tables.disputed.pop(fact.start, None)
        tables.disputed.update(told)
    for r in graph.read(CONSEQUENCES, keys=[r["key"] for r in rows]):
        out[r["key"]]["consequences"].append(dict(r["c"]))
    for r in graph.read(UNDISCLOSED, keys=[r["key"] for r in rows], k=position):
        out[r["key"]]["undisclosed"].append(r["reason"])
    return out


@dataclass
class Tables:
    """What facts point to: instants by clock position, files by run, decisions behind facts, objections."""

    at: dict[int, int]
    files: dict[str, str]
    corrections: dict[str, list[CorrectionRef]]
    disputed: dict[str, str]
    _wanted: set[int] = field(default_factory=set)
    _runs: set[str] = field(default_factory=set)

    @staticmethod
    def empty() -> "Tables":
        return Tables({}, {}, {}, {})

    def copy(self) -> "Tables":
        return Tables(dict(self.at), dict(self.files), dict(self.corrections), dict(self.disputed))

    def note(self, graph: Graph, facts: Sequence[FactRow], made: Any) -> None:
        """These facts are kept: what they point to will be asked for."""
        self.point_to((f.rec_from for f in facts), (f.run for f in facts if f.run))
        if made["n"]:
            runs = set(made["runs"])
            some = [f for f in facts if f.start_stated or f.end_stated or f.run in runs]
            if some:
                behind = Behind(graph, some, {f.run for f in some} & runs)
                self.corrections.update((f.fact_id, refs) for f in some if (refs := behind.of(f)))

    def point_to(self, positions: Iterable[int], runs: Iterable[str]) -> None:
        """These will be asked for."""
        self._wanted.update(positions)
        self._runs.update(runs)

    def instants(self, graph: Graph) -> None:
        """Ask for it."""
        seqs, runs = sorted(self._wanted - self.at.keys()), sorted(self._runs - self.files.keys())
        told: dict[str, dict[Any, Any]] = {"at": self.at, "file": self.files, "made": {}}
        for at in range(0, max(len(seqs), len(runs)), PAGE):
            for r in graph.read(PROVENANCE, seqs=seqs[at : at + PAGE], runs=runs[at : at + PAGE]):
                key, value = (int(r["key"]), int(r["value"])) if r["what"] == "at" else (r["key"], r["value"])
                told[r["what"]][key] = value
        self._wanted, self._runs = set(), set()

    def packed(self) -> bytes:
        return _packed(
            {
                "at": list(self.at.items()),
                "files": self.files,
                "corrections": {k: [c.model_dump(mode="json") for c in v] for k, v in self.corrections.items()},
                "disputed": self.disputed,
            }
        )

    @staticmethod
    def unpacked(text: bytes) -> "Tables":
        t = json.loads(text)
        corrections = {k: [CorrectionRef.model_validate(c) for c in v] for k, v in t["corrections"].items()}
        return Tables(dict(map(tuple, t["at"])), t["files"], corrections, t["disputed"])


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _State:
    """What is true at one clock position: the files, and what changed since. Never altered: a new one takes its place."""

    position: int
    sanctioned: Walker
    hubs: Walker
    degree: Any
    tagged: Any
    person: Any
    tables: Tables
    underived: int
    pack: str | None
    rows: dict[int, list[tuple[int, int, int, float]]]
    keys: dict[str, int]
    names: list[str]
    nodes: dict[int, dict[str, Any]]
    edges: dict[int, tuple[int, int, int, bytes]]
    edge_of: dict[str, int]
    found: dict[str, set[int]]


class Projection:
    """One version, held open, and what changed since. Safe to be shared by threads.

    `reader()` answers questions; `follow()` takes up what changed.
    """

    def __init__(self, folder: Path, store: str | None, *, check: bool = True) -> None:
        """Opens a version.

        Raises:
            BadProjection: it is torn, of another format, or of another graph.
        """
        self.folder = folder
        try:
            self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            if self.manifest["format"] != FORMAT or tuple(self.manifest["kinds"]) != KINDS:
                raise BadProjection("this copy of the graph has another format")
            if self.manifest["store"] != store:
                raise BadProjection("this is the copy of another graph")
            for name, (size, digest) in self.manifest["files"].items():
                path = folder / name
                if path.stat().st_size != size or (check and _digest(path) != digest):
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
        self._texts = {name: Texts(folder, name) for name in TEXTS}
        self._share_min = load("share_min")
        self.base = self._keys.size
        self.judged = {name: set(np.flatnonzero(self._kind == KIND[name]).tolist()) for name in CROSSED}
        topology = Topology(*(load(n) for n in ("offsets", "target", "about", "edge", "share")))
        hub, listed = load("hub"), load("sanctioned")
        self._lock, self._local = threading.Lock(), threading.local()
        self._asked = 0.0
        self._state = _State(
            position=self.manifest["position"],
            sanctioned=Walker(topology, hub, listed, load("near_sanction")),
            hubs=Walker(topology, hub, hub, load("near_hub")),
            degree=np.array(load("degree")),
            tagged=np.array(load("tagged")),
            person=(self._label == LABELS.index("Person")).astype(np.uint8),
            tables=Tables.unpacked((folder / "tables.json").read_bytes()),
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

    @property
    def position(self) -> int:
        """The clock position that it has reached."""
        return self._state.position

    def reader(self) -> "ProjectionReader":
        """For one question (or many in one thread), all answered as at the present position."""
        return ProjectionReader(self, self._state)

    def scratch(self, walker: Walker) -> Scratch:
        """Room for one search at a time in this thread."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None or scratch.level.size != walker.size:
            scratch = self._local.scratch = walker.scratch(BUDGET)
        return scratch

    def current(self, graph: Graph, seconds: float = FRESH) -> "ProjectionReader | None":
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
            stands = graph.read(WHERE_IT_STANDS)[0]
            if stands["store"] != self.manifest["store"] or stands["waiting"]:
                return False
            if stands["position"] == self._state.position:
                if (stands["underived"], stands["pack"]) != (self._state.underived, self._state.pack):
                    self._state = replace(self._state, underived=stands["underived"], pack=stands["pack"])
                return True
            change = _Change.read(graph, self._state.position, stands)
            if change is None:
                return False
            if graph.read(CLOCK)[0]["position"] == change.position:  # nobody wrote while it was read
                self._state = _apply(self, self._state, change)
                return True
        return False

    # --- one thing each -----------------------------------------------------------------------------------

    def node_of(self, state: _State, key: str) -> int | None:
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

    def key_of(self, state: _State, node: int) -> str:
        """The key of a node."""
        return self._keys[node].decode() if node < self.base else state.names[node - self.base]

    def fact(self, state: _State, edge: int) -> FactRow:
        """The fact that a relationship of the topology is."""
        if edge in state.edges:
            start, end, kind, packed = state.edges[edge]
        else:
            start, end, kind = int(self._start[edge]), int(self._end[edge]), int(self._kind[edge])
            packed = self._texts["facts"][edge]
        name = JUDGED if KINDS[kind] in CROSSED else KINDS[kind]
        return _fact(name, self.key_of(state, start), self.key_of(state, end), packed)

    def bounds(self, state: _State, edge: int) -> Share:
        """The share that a holding is."""
        if edge in state.edges:
            return bounds(json.loads(state.edges[edge][3]))
        least, most = float(self._share_min[edge]), float(state.sanctioned.topology.share[edge])
        return Share(least, 1.0 if isnan(most) else most)

    def ref(self, state: _State, node: int) -> NodeRef:
        """A node on a path."""
        if node in state.nodes:
            told = state.nodes[node]
            return NodeRef.of(told["key"], told["label"], told["party"]["name"])
        name = self._texts["names"][node].decode()
        return NodeRef.of(self._keys[node].decode(), LABELS[self._label[node]], name or None)

    def party(self, state: _State, node: int) -> list[Any]:
        """What is kept of a party: [its values, labels, identifiers, tag]."""
        if node in state.nodes:
            told = state.nodes[node]
            return [told["party"], told["labels"], told["identifiers"], told["tag"]]
        return from_json(self._texts["parties"][node])

    def listed(self, state: _State, node: int, what: str) -> list[Any]:
        """One of `LISTED` of a party."""
        if node in state.nodes:
            return from_json(state.nodes[node][what])
        packed = self._texts[what][node]
        return from_json(packed) if packed else []

    def bearers(self, state: _State, text: str) -> list[int]:
        """The nodes that are found by this text (`found_by`)."""
        return self.bearers_of(state, [text])[0]

    def bearers_of(self, state: _State, texts: Sequence[str]) -> list[list[int]]:
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

    def name_of(self, state: _State, node: int) -> str:
        """The name of a node; empty when it has none."""
        if node in state.nodes:
            return state.nodes[node]["party"]["name"] or ""
        return self._texts["names"][node].decode()


@dataclass
class _Change:
    """What changed in the graph after a position."""

    position: int
    nodes: list[dict[str, Any]]
    edges: list[Any]
    tables: Tables
    underived: int
    pack: str | None

    @staticmethod
    def read(graph: Graph, after: int, stands: Any) -> "_Change | None":
        """None when it is more than one takes up."""
        position = stands["position"]
        tables = Tables.empty()
        most = MOST_CHANGED + 1
        parties = graph.read(CHANGED_PARTIES, after=after, limit=most)
        addresses = graph.read(CHANGED_ADDRESSES, after=after, limit=most)
        if len(parties) + len(addresses) > MOST_CHANGED:
            return None
        nodes: list[dict[str, Any]] = []
        made = graph.read(MADE_BY_CORRECTION)[0]
        for at in range(0, len(parties), PAGE):
            page = parties[at : at + PAGE]
            more = _records(graph, page, position, tables)
            nodes += [
                _node(r, r["identifiers"], found_by(r["name_key"], r["identifiers"], r["stated"]), more[r["key"]])
                for r in page
            ]
        nodes += [_node(r, [], [], {name: [] for name in LISTED}) for r in addresses]
        edges: list[Any] = []
        keys = [n["key"] for n in nodes]
        for at in range(0, len(keys), PAGE):
            edges += graph.read(CHANGED_EDGES, keys=keys[at : at + PAGE], after=after, forever=FOREVER)
        facts = [fact_row(r["type"], r["start"], r["end"], r["props"]) for r in edges]
        tables.note(graph, [f for f, r in zip(facts, edges, strict=True) if r["props"]["rec_to"] == FOREVER], made)
        tables.instants(graph)
        return _Change(position, nodes, edges, tables, stands["underived"], stands["pack"])


def _node(r: Any, identifiers: list[Any], found: list[str], more: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "key": r["key"],
        "label": label_of(r["labels"]),
        "labels": r["labels"],
        "tag": r["tag"],
        "party": json.loads(_packed(r["party"])),
        "identifiers": identifiers,
        "found": found,
        **{name: _packed(more[name]) for name in LISTED},
    }


def _apply(base: Projection, old: _State, change: _Change) -> _State:
    """The state after a change. Whoever still reads the old one is not disturbed."""
    keys, names = dict(old.keys), list(old.names)
    numbers: dict[str, int] = {}
    for told in change.nodes:
        number = base.node_of(old, told["key"])
        if number is None:
            number = base.base + len(names)
            keys[told["key"]] = number
            names.append(told["key"])
        numbers[told["key"]] = number
    size = base.base + len(names)
    grown = size - old.degree.size
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

    state = replace(old, keys=keys, names=names)
    rows, edges, edge_of = dict(old.rows), dict(old.edges), dict(old.edge_of)
    current = old.sanctioned
    met: set[int] = set()

    def row(node: int) -> list[tuple[int, int, int, float]]:
        if node not in met:
            met.add(node)
            rows[node] = list(rows[node]) if node in rows else _row(current, node) if node < base.base else []
        return rows[node]

    for r in sorted(change.edges, key=lambda r: r["props"]["rec_from"]):
        first, last = base.node_of(state, r["start"]), base.node_of(state, r["end"])
        if first is None or last is None or first == last:
            continue
        ends = (first, last)
        fact_id = r["props"]["fact_id"]
        judgement = r["props"].get("judgement")
        stays = r["props"]["rec_to"] == FOREVER and (judgement is None or judgement in CROSSED)
        edge = edge_of.get(fact_id)
        if edge is None:
            edge = _edge_in(base, old, ends[0], ends[1], fact_id)
        if edge is not None:
            for node in ends:
                rows[node] = [arc for arc in row(node) if arc[2] != edge]
        if stays:
            if edge is None:
                edge = base._start.size + len(edge_of)
                edge_of[fact_id] = edge
            fact = fact_row(r["type"], r["start"], r["end"], r["props"])
            kind = _kind(r["type"], fact.props)
            said, share = _word(kind, fact), _share(r["props"])
            row(ends[0]).append((ends[1], said, edge, share))
            row(ends[1]).append((ends[0], said | 128, edge, share))
            edges[edge] = (ends[0], ends[1], kind, _packed(dict(r["props"])))
    tables = old.tables.copy()
    tables.at.update(change.tables.at)
    tables.files.update(change.tables.files)
    for told in change.nodes:
        for sanction, _ in json.loads(told["sanctions"]):
            tables.disputed.pop(sanction, None)
    tables.disputed.update(change.tables.disputed)
    for r in change.edges:
        tables.corrections.pop(r["props"]["fact_id"], None)
    tables.corrections.update(change.tables.corrections)

    overlay = Overlay.of(base.base, size, rows)
    hub = np.pad(old.sanctioned.hub, (0, grown))
    listed: list[tuple[int, bool]] = []
    hubs: list[tuple[int, bool]] = []
    for told in change.nodes:
        number = numbers[told["key"]]
        listed.append((number, bool(told["party"].get("sanctioned"))))
        hubs.append((number, bool(told["party"]["hub"])))
        hub[number] = hubs[-1][1]
    topology = current.topology
    walkers = []
    for was, goals in ((old.sanctioned, listed), (old.hubs, hubs)):
        goal, near = np.pad(was.goal, (0, grown)), np.pad(was.near, (0, grown), constant_values=255)
        walker = Walker(topology, hub, goal, near, overlay)
        for number, yes in goals:
            walker.add_goal(number) if yes else walker.remove_goal(number)
        walker.relax({*met, *numbers.values()} | {arc[0] for node in met for arc in rows[node]})
        walkers.append(walker)
    return _State(
        position=change.position,
        sanctioned=walkers[0],
        hubs=walkers[1],
        degree=degree,
        tagged=tagged,
        person=person,
        tables=tables,
        underived=change.underived,
        pack=change.pack,
        rows=rows,
        keys=keys,
        names=names,
        nodes=nodes,
        edges=edges,
        edge_of=edge_of,
        found=found,
    )


def _row(walker: Walker, node: int) -> list[tuple[int, int, int, float]]:
    t = walker.topology
    low, high = int(t.offsets[node]), int(t.offsets[node + 1])
    arcs = slice(low, high)
    edges = t.edge[arcs]
    return list(
        zip(t.target[arcs].tolist(), t.about[arcs].tolist(), edges.tolist(), t.share[edges].tolist(), strict=True)
    )


def _edge_in(base: Projection, state: _State, start: int, end: int, fact_id: str) -> int | None:
    """The number of a fact in the files, if it is one of theirs."""
    t = state.sanctioned.topology
    if start >= base.base or end >= base.base:
        return None
    a, b = sorted((start, end), key=lambda n: int(t.offsets[n + 1] - t.offsets[n]))
    low, high = int(t.offsets[a]), int(t.offsets[a + 1])
    for i in low + np.flatnonzero(t.target[low:high] == b):
        edge = int(t.edge[i])
        if base._start[edge] == start and from_json(base._texts["facts"][edge])["fact_id"] == fact_id:
            return edge
    return None


class ProjectionReader:
    """Answers of one state: the `Reader` of `queries.network.exposure` and that of `queries.network.ownership`, and what a batch needs. For
    one thread.
    """

    def __init__(self, base: Projection, state: _State) -> None:
        self.base, self.state = base, state
        self._scratch = base.scratch(state.sanctioned)
        self._explored = 0

    @property
    def position(self) -> int:
        """As `queries.network.exposure.Reader`."""
        return self.state.position

    @property
    def judgements(self) -> tuple[bool, bool]:
        """As `queries.network.exposure.Reader`."""
        return _judged(self.base, self.state, "same"), _judged(self.base, self.state, "unsure")

    @property
    def explored(self) -> int | None:
        """As `queries.network.exposure.Reader`."""
        return self._explored

    def parties(self, keys: Iterable[str]) -> dict[str, PartyRef]:
        """As `queries.network.exposure.Reader`."""
        out = {}
        for key in dict.fromkeys(keys):
            node = self.base.node_of(self.state, key)
            if node is not None:
                party, labels, identifiers, _ = self.base.party(self.state, node)
                if "Party" in labels:
                    shown = [i for i in identifiers if i["scheme"] in SHOWN_SCHEMES]
                    out[key] = party_ref(party, labels, shown)
        return out

    def search(
        self, key: str, walk: Walk, day: date, *, now: bool, cross: Sequence[str], limit: int, known: Iterable[str]
    ) -> Reached:
        """As `queries.network.exposure.Reader`."""
        base, state, s = self.base, self.state, self._scratch
        seed = base.node_of(state, key)
        if seed is None:
            return Reached([])
        plain = walk.hub_degree == HUB_DEGREE
        stop = None if plain else self._stops(walk.hub_degree)
        found = state.sanctioned.search(
            s,
            seed,
            hops=walk.hops,
            day=day.toordinal(),
            now=now,
            allowed=_allowed(walk, tuple(cross)),
            least=walk.min_share,
            stop=stop,
            prune=walk.hub_degree <= HUB_DEGREE,
            all_ways=True,
        )
        try:
            self._explored += found.reached
            hits = sorted((int(d), base.key_of(state, int(n)), int(n)) for n, d in found.nodes)
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
            reached.cut = Cut(reason="budget", detail=f"more than {s.queue.size:,} nodes were reached")
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

        Returns: (node, distance) of the sanctioned parties within reach, the steps (node, relationship, node) of all
        shortest paths to those that `wanted` chooses of them, and whether the search was cut.
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

    def hubs_near(self, node: int, walk: Walk, day: date, *, cross: Sequence[str]) -> list[tuple[int, int]]:
        """As `hubs` of a plain walk, in numbers: (node, distance)."""
        s, walker, hops = self._scratch, self.state.hubs, walk.hops - 1
        allowed = _allowed(walk, tuple(cross))
        found = walker.search(s, node, hops=hops, day=day.toordinal(), now=False, allowed=allowed)
        walker.done(s)
        return [(n, d) for n, d in found.nodes.tolist()]

    def hubs(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> list[HubRow]:
        """As `queries.network.exposure.Reader`."""
        base, state, s = self.base, self.state, self._scratch
        seed = base.node_of(state, key)
        if seed is None:
            return []
        plain = walk.hub_degree == HUB_DEGREE
        walker = state.hubs if plain else self._hubs_of(walk.hub_degree)
        found = walker.search(
            s,
            seed,
            hops=walk.hops - 1,
            day=day.toordinal(),
            now=False,
            allowed=_allowed(walk, tuple(cross)),
            least=walk.min_share,
            prune=plain,
        )
        walker.done(s)
        self._explored += found.reached
        hits = sorted((int(d), base.key_of(state, int(n)), int(n)) for n, d in found.nodes)[:limit]
        return [HubRow(base.ref(state, n), *self._degree(n), d) for d, _, n in hits]

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
        """As `queries.network.exposure.Reader`."""
        out: dict[str, list[SanctionRef]] = {}
        for key in keys:
            node = self.base.node_of(self.state, key)
            groups: dict[str, list[FactRow]] = {}
            for sanction, props in self.base.listed(self.state, node, "sanctions") if node is not None else ():
                groups.setdefault(sanction, []).append(_fact("IMPOSED_ON", sanction, key, _packed(props)))
            if groups:
                refs = self.refs(f for rows in groups.values() for f in rows)
                shown = (sanction_ref(rows, day, refs) for rows in groups.values())
                out[key] = [s for s in shown if s is not None]
                for sanction in out[key]:
                    sanction.disputed = self.state.tables.disputed.get(sanction.key)
        return out

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        """As `queries.network.exposure.Reader`."""
        t = self.state.tables
        return {
            f.fact_id: fact_ref(f, t.at.get(f.rec_from), t.files.get(f.run), t.corrections.get(f.fact_id, []))
            for f in facts
        }

    # --- ownership ----------------------------------------------------------------------------------------

    def above(self, company: str, day: date, most: int) -> tuple[list[FactRow], bool]:
        """As `queries.network.ownership.Reader`."""
        found = self._gathered([company], HOLDERS, day, most, onward=True)
        return in_order(self.base.fact(self.state, edge) for edge in found.edge.tolist()), found.whole

    def holders(self, companies: Sequence[str], day: date) -> list[Holding]:
        """As `queries.network.ownership.Reader`."""
        base, state = self.base, self.state
        found = self._gathered(companies, HOLDERS, day, len(companies))
        keys = [base.key_of(state, node) for node in found.nodes.tolist()]
        ends = zip(found.to.tolist(), found.at.tolist(), found.edge.tolist(), strict=True)
        return sorted(Holding(keys[a], keys[b], *base.bounds(state, edge)) for a, b, edge in ends)

    def held(self, owners: Sequence[str], day: date) -> set[str]:
        """As `queries.network.ownership.Reader`."""
        found = self._gathered(owners, HELD, day, len(owners))
        return {self.base.key_of(self.state, node) for node in found.nodes[np.unique(found.to)].tolist()}

    def posts(self, company: str, day: date) -> list[FactRow]:
        """As `queries.network.ownership.Reader`."""
        found = self._gathered([company], POSTS_AT, day, 1)
        return in_order(self.base.fact(self.state, edge) for edge in found.edge.tolist())

    def undisclosed(self, company: str) -> list[str]:
        """As `queries.network.ownership.Reader`."""
        node = self.base.node_of(self.state, company)
        return [] if node is None else self.base.listed(self.state, node, "undisclosed")

    def nodes(self, keys: Iterable[str]) -> dict[str, NodeRef]:
        """As `queries.network.ownership.Reader`."""
        numbers = {key: self.base.node_of(self.state, key) for key in keys}
        return {key: self.base.ref(self.state, node) for key, node in numbers.items() if node is not None}

    def _gathered(self, keys: Sequence[str], arcs: Any, day: date, most: int, *, onward: bool = False) -> Gathered:
        numbers = (self.base.node_of(self.state, key) for key in keys)
        seeds = np.array([node for node in numbers if node is not None], np.int32)
        stop = np.zeros_like(self.state.person) if arcs is HELD else self.state.person  # nobody holds a person
        return self.state.sanctioned.gather(
            self._scratch, seeds, day=day.toordinal(), allowed=arcs, stop=stop, most=most, onward=onward
        )


@lru_cache(maxsize=256)
def _allowed(walk: Walk, cross: tuple[str, ...]) -> Any:
    allowed = np.zeros(256, np.uint8)
    for name in (*walk.both, *walk.along, *cross):
        allowed[KIND[name]] = 1
    for name in (*walk.both, *walk.against, *cross):
        allowed[KIND[name] | 128] = 1
    return allowed


def _judged(base: Projection, state: _State, judgement: str) -> bool:
    """Does such a judgement stand?"""
    kind = KIND[judgement]
    standing = base.judged.get(judgement, set())
    gone = {edge for edge in standing if edge in state.edges or _closed(state, base, edge)}
    return bool(standing - gone) or any(k == kind for e, (a, _, k, _) in state.edges.items() if _stands(state, a, e))


def _stands(state: _State, node: int, edge: int) -> bool:
    return any(arc[2] == edge for arc in state.rows.get(node, ()))


def _closed(state: _State, base: Projection, edge: int) -> bool:
    node = int(base._start[edge])
    return node in state.rows and not _stands(state, node, edge)


# --- the current one --------------------------------------------------------------------------------------


def root_of(settings: Settings, graph: Graph) -> Path:
    """Where the versions of this graph's projection lie: with a local store, else by the id of the graph."""
    if not settings.neo4j_uri:
        return settings.data_dir.resolve() / "stores" / graph.name / "projection"
    graph.prepare()
    return settings.data_dir.resolve() / "projections" / graph.read(WHERE_IT_STANDS)[0]["store"]


def opened(graph: Graph, root: Path, progress: Report | None = None, *, anew: bool = False) -> Projection:
    """The projection of this graph, opened, built where there is none that fits, and up to date.

    Args:
        anew: build a new version in any case.

    Raises:
        BadProjection: a load is under way: try again when it has ended.
    """
    graph.prepare()
    stands = graph.read(WHERE_IT_STANDS)[0]
    busy = BadProjection(
        f"{stands['waiting']:,} parties wait for a load to end: try again then. A load that was killed ends when it is "
        "run again."
    )
    if stands["waiting"]:
        raise busy
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(str(root / "lock")):
        for build_it in (True,) if anew else (False, True):
            try:
                if build_it:
                    build(graph, root, progress)
                projection = Projection(root / (root / "current").read_text(encoding="utf-8").strip(), stands["store"])
            except (BadProjection, OSError):
                if build_it:
                    raise
                continue
            if projection.follow(graph):
                return projection
    raise busy


def status(projection: Projection) -> dict[str, Any]:
    """What this version holds: clock position, counts and bytes on disk. Whoever could open it has checked its hashes."""
    return {
        "version": projection.folder.name,
        "store": projection.manifest["store"],
        "position": projection.manifest["position"],
        "nodes": projection.base,
        "relationships": projection.relationships,
        "bytes": sum(size for size, _ in projection.manifest["files"].values()),
    }


class Copy:
    """The projection for a process that serves: opened, followed and built again in the background.

    Whenever there is none that is up to date, `reader()` is None, and the graph itself is to be asked.
    """

    def __init__(self, graph: Graph, root: Path) -> None:
        self._graph, self._root = graph, root
        self._projection: Projection | None = None
        self._thread: threading.Thread | None = None
        self._tried = float("-inf")
        self._lock = threading.Lock()
        self._open()

    def reader(self) -> ProjectionReader | None:
        """To be asked for one question."""
        projection = self._projection
        reader = projection.current(self._graph) if projection else None
        if reader is None:
            self._open()
        return reader

    def close(self) -> None:
        """Wait for what is under way."""
        if self._thread:
            self._thread.join()

    def _open(self) -> None:
        with self._lock:
            if (self._thread and self._thread.is_alive()) or time.monotonic() - self._tried < AGAIN:
                return
            self._tried = time.monotonic()
            self._thread = threading.Thread(target=self._work, name="projection", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self._projection = opened(self._graph, self._root)
        except (CreditGraphError, OSError) as error:  # the graph itself answers meanwhile
            _log.warning("no projection for now: %s", error)
