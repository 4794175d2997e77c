"""Writes a new version of the copy of the graph: every node and relationship, page by page, at one clock position."""

import json
import os
import secrets
import shutil
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graph_model.facts import FactRow
from graph_model.schema import CROSSED
from graph_model.store.connect import Graph
from graph_model.traversal import Topology, Walker, words
from queries.network.ownership import bounds
from queries.projection.format import (
    ARC_KINDS,
    COPY_FORMAT,
    LISTS_OF_PARTY,
    NODE_LABELS,
    TEXTS,
    TextColumnWriter,
    arc_kind,
    arc_word,
    file_digest,
    found_by,
    greatest_share,
    hash_of,
    packed_json,
)
from queries.projection.gather import (
    COPIED_ADDRESSES,
    COPIED_COUNTS,
    COPIED_EDGES,
    COPIED_PARTIES,
    COPY_PAGE,
    GRAPH_STATE,
    MADE_BY_CORRECTION,
    LookupTables,
    listed_of,
    pages_of,
)
from queries.read.events import disputed_statements
from queries.read.facts import fact_row, label_of

Report = Callable[[int, int], None]


def build(graph: Graph, root: Path, progress: Report | None = None) -> Path:
    """Writes a new version of the projection below `root`, and makes it the current one.

    What is written while it is built may or may not be in it: whoever opens it follows from the position at which the
    build began, and so has all of it.

    Returns: the folder of the version.
    """
    stands = graph.read(GRAPH_STATE)[0]
    position = stands["position"]
    counts = graph.read(COPIED_COUNTS)[0]
    total = counts["parties"] + counts["addresses"]
    return new_version(root, stands["store"], position, lambda f: _build(graph, f, position, total, progress))


def new_version(root: Path, store: str | None, position: int, write: Callable[[Path], None]) -> Path:
    """A version of the graph `store` as of a clock position, with the files that `write` puts into its folder; it is
    the current one from then on.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = root / f"v{COPY_FORMAT}-{position:012d}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        write(folder)
        files = {p.name: [p.stat().st_size, file_digest(p)] for p in sorted(folder.iterdir())}
        manifest = {"format": COPY_FORMAT, "kinds": ARC_KINDS, "store": store, "position": position, "files": files}
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


def _build(graph: Graph, folder: Path, position: int, total: int, progress: Report | None) -> None:
    out = {name: TextColumnWriter(folder, name) for name in TEXTS}
    keys: list[str] = []
    flags = {name: array("B") for name in ("label", "hub", "sanctioned", "tagged", "doubted")}
    degrees = array("i")
    found: list[tuple[int, int]] = []
    tables = LookupTables.empty()

    def add(r: Any, rest: dict[str, Any]) -> None:
        party = r["party"]
        label = label_of(r["labels"])
        texts = found_by(r.get("name_key"), rest.get("identifiers", ()), rest.get("stated", ()))
        found.extend((hash_of(text), len(keys)) for text in texts)
        keys.append(r["key"])
        flags["label"].append(NODE_LABELS.index(label))
        flags["hub"].append(bool(party["hub"]))
        flags["tagged"].append(r["tag"] is not None)
        flags["sanctioned"].append(bool(party.get("sanctioned")))
        flags["doubted"].append(bool(party.get("doubts")))
        degrees.append(party["degree"] or 0)
        out["names"].add((party["name"] or "").encode())
        out["parties"].add(packed_json([party, r["labels"], rest.get("identifiers", []), r["tag"]]))
        out["found"].add(packed_json(texts))
        for name in LISTS_OF_PARTY:
            out[name].add(packed_json(rest[name]) if rest.get(name) else b"")

    made = graph.read(MADE_BY_CORRECTION)[0]
    for rows in pages_of(graph, COPIED_ADDRESSES):
        for r in rows:
            add(r, {})
        _tell(progress, len(keys), 2 * total)
    for rows in pages_of(graph, COPIED_PARTIES):
        more = listed_of(graph, rows, position, tables)
        for r in rows:
            add(r, {**more[r["key"]], "identifiers": r["identifiers"], "stated": r["stated"]})
        _tell(progress, len(keys), 2 * total)
    number = {key: n for n, key in enumerate(keys)}
    columns: dict[str, array] = {"start": array("i"), "end": array("i"), "kind": array("B"), "since": array("i")}
    columns |= {"until": array("i"), "share": array("d"), "share_min": array("d")}
    parties = [key for key, label in zip(keys, flags["label"], strict=True) if NODE_LABELS[label] != "Address"]
    for at in range(0, len(parties), COPY_PAGE):
        facts: list[FactRow] = []
        for r in graph.read(COPIED_EDGES, keys=parties[at : at + COPY_PAGE], k=position, judgements=list(CROSSED)):
            if r["end"] not in number or r["start"] == r["end"]:
                continue  # a node that came while this was read: whoever follows gets it
            facts.append(_append(r, number, columns, out["facts"]))
        tables.note(graph, facts, made)
        _tell(progress, len(keys) + at, 2 * total)
    tables.instants(graph)
    tables.statements = disputed_statements(graph, position)
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
    tables: "LookupTables",
) -> None:
    """The arrays of a version: topology, distances, order of the keys, hashes of what parties are found by.

    Args:
        keys, flags, degrees: of all nodes, by number. Flags: label (a place in `NODE_LABELS`), hub, tagged, sanctioned,
            doubted.
        found: hash of a text, and the number of a node that it finds.
        columns: of all relationships: start and end (numbers of nodes), kind, since and until as `word` has them, share (its
            greatest value) and share_min.
    """
    start, end = (np.array(columns[name], np.int32) for name in ("start", "end"))
    said = words(*(np.array(columns[n]) for n in ("kind", "since", "until")))
    topology = Topology.build(len(keys), start, end, said, np.array(columns["share"], np.float64))
    wanted = ("hub", "sanctioned", "doubted", "tagged", "label")
    hub, sanctioned, doubted, tagged, label = (np.array(flags[name], np.uint8) for name in wanted)
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
        "doubted": doubted,
        "near_doubt": Walker(topology, hub, doubted).near,
        "hash": np.array([h for h, _ in found], np.uint64),
        "hashed": np.array([n for _, n in found], np.int32),
    }
    for name, column in saved.items():
        np.save(folder / f"{name}.npy", column)
    (folder / "tables.json").write_bytes(tables.packed())


def _tell(progress: Report | None, done: int, total: int) -> None:
    if progress:
        progress(done, total)


def _append(r: Any, number: dict[str, int], columns: dict[str, array], facts: TextColumnWriter) -> FactRow:
    fact = fact_row(r["type"], r["start"], r["end"], r["props"])
    kind = arc_kind(r["type"], fact.props)
    said = arc_word(kind, fact)
    columns["start"].append(number[r["start"]])
    columns["end"].append(number[r["end"]])
    columns["kind"].append(kind)
    columns["since"].append(said >> 8 & (1 << 22) - 1)
    columns["until"].append(said >> 30)
    columns["share"].append(greatest_share(r["props"]))
    columns["share_min"].append(bounds(fact.props).low)
    facts.add(packed_json(dict(r["props"])))
    return fact
