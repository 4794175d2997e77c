"""Loading: rows a second against the barest UNWIND … MERGE that writes the same graph on the same kind of server.

    python -m benchmarks.loading [--size 25600] [--rounds 1] [--json]

Ours: the whole way from the files of a sample (about 200,000 rows), with reading, checks, identity, ledger, versions,
caches and name policy. The peer: what came out of it (all parties, identifiers, addresses, sanctions, credentials and
statements, all facts, all properties), read back beforehand and written to another server with the same constraints
and indexes by `MERGE (n:Label {key}) SET n += row` and `MATCH … MERGE (a)-[r:TYPE {fact_id}]->(b) SET r = props`, in
batches of 10,000. Only its writes are timed. Both servers are warmed up with a small sample first.

Ratio = time of the peer / our time; wanted: at least 0.5. Memory: the peak of the process that loads; wanted: at most
600 MB.
"""

import gc
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString, cast

from benchmarks.common import SIZE, arguments, load_sample, machine, report, say, stores
from graph_model.schema import RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph, connect
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.sample.province import generate
from queries.read.facts import native

PEER_BATCH = 10_000
WARM_UP_SIZE = 1_000
KEYS = {"Identifier": ("scheme", "value"), "Statement": ("fact_id",)}
"""Unique properties of labels that have no `key`."""

READ_NODES: LiteralString = """
MATCH (n:Party|Identifier|Address|Sanction|Credential|Statement)
RETURN labels(n) AS labels, properties(n) AS props
"""
READ_EDGES: LiteralString = """
MATCH (a)-[r]->(b) WHERE type(r) IN $types
RETURN type(r) AS type, properties(r) AS props, labels(a) AS start_labels, labels(b) AS end_labels,
  coalesce(a.key, a.fact_id, [a.scheme, a.value]) AS start, coalesce(b.key, b.fact_id) AS end
"""

Batch = tuple[str, LiteralString, list[dict[str, Any]]]
"""("nodes" or "edges", statement, rows)"""


def main() -> None:
    parser = arguments(__doc__, size=SIZE)
    parser.add_argument("--rounds", type=int, default=1, help="how often both are run; medians are told")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        full, small = Path(folder, "full"), Path(folder, "small")
        say(f"generating {asked.size:,} companies")
        generate(asked.size, asked.seed, full)
        generate(min(WARM_UP_SIZE, asked.size), asked.seed + 1, small)
        rounds = []
        for number in range(1, asked.rounds + 1):
            rounds.append(_round(full, small))
            say(f"round {number}: {rounds[-1]}")
    figures: dict[str, Any] = {"benchmark": "loading", **machine(), "size": asked.size, "rounds": asked.rounds}
    figures |= {name: round(statistics.median(r[name] for r in rounds), 3) for name in rounds[0]}
    report(figures, as_json=asked.json)


def _round(full: Path, small: Path) -> dict[str, float]:
    """Both once, on fresh servers."""
    with stores(2) as (ours, theirs):
        say("warming up")
        load_sample(ours.graph, load_keys(ours.settings), small)
        _write(theirs.graph, _export(ours.graph))
        ours.empty()
        theirs.empty()
        say("ours")
        before = ours.processor_seconds()
        # In a process of its own, so that nothing else is in its memory.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows, our_time, our_cpu, memory = pool.apply(_load, (ours.settings, ours.server.store, full))
        our_cpu += ours.processor_seconds() - before
        say(f"{rows:,} rows in {our_time:.1f} s; reading back what was written")
        batches = _export(ours.graph)
        nodes = sum(len(rows) for kind, _, rows in batches if kind == "nodes")
        edges = sum(len(rows) for kind, _, rows in batches if kind == "edges")
        say(f"peer: {nodes:,} nodes, {edges:,} relationships")
        gc.collect()
        gc.freeze()  # a million rows in memory are not the peer's burden
        before, began, began_cpu = theirs.processor_seconds(), time.perf_counter(), time.process_time()
        _write(theirs.graph, batches)
        their_time = time.perf_counter() - began
        their_cpu = time.process_time() - began_cpu + theirs.processor_seconds() - before
        gc.unfreeze()
    return {
        "rows": rows,
        "nodes": nodes,
        "relationships": edges,
        "our_seconds": round(our_time, 2),
        "peer_seconds": round(their_time, 2),
        "our_rows_per_second": round(rows / our_time),
        "peer_rows_per_second": round(rows / their_time),
        "ratio": round(their_time / our_time, 3),
        "our_processor_seconds": round(our_cpu, 2),
        "peer_processor_seconds": round(their_cpu, 2),
        "ratio_of_processor_seconds": round(their_cpu / our_cpu, 3),
        "our_peak_memory_mb": round(memory),
    }


def _load(settings: Settings, store: str, folder: Path) -> tuple[int, float, float, float]:
    """Runs in a process of its own: rows, seconds, processor seconds, peak MB."""
    keys = load_keys(settings)
    with connect(settings, store) as graph:
        began, began_cpu = time.perf_counter(), time.process_time()
        runs = load_sample(graph, keys, folder)
        took, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return sum(r.rows_in for r in runs), took, cpu, peak


# --- the peer ---------------------------------------------------------------------------------------------


def _export(graph: Graph) -> list[Batch]:
    """What is in the graph, as batches of the barest statements that write it."""
    nodes: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    edges: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    with graph.driver.session(database=graph.database) as session:
        for r in session.run(READ_NODES):
            nodes[tuple(sorted(r["labels"], key=lambda label: label != "Party"))].append(_native(r["props"]))
        for r in session.run(READ_EDGES, types=[*RELATIONSHIP_BY_TYPE, "IDENTIFIES", "ABOUT"]):
            kind = (r["type"], _label(r["start_labels"]), _label(r["end_labels"]))
            edges[kind].append({"start": r["start"], "end": r["end"], "props": _native(r["props"])})
    batches = [("nodes", _node_text(labels), part) for labels, rows in nodes.items() for part in _parts(rows)]
    batches += [("edges", _edge_text(*kind), part) for kind, rows in edges.items() for part in _parts(rows)]
    return batches


def _write(graph: Graph, batches: list[Batch]) -> None:
    with graph.driver.session(database=graph.database) as session:
        for _, text, rows in batches:
            session.execute_write(lambda tx, text=text, rows=rows: tx.run(text, rows=rows).consume())


def _native(props: dict[str, Any]) -> dict[str, Any]:
    return {name: native(value) for name, value in props.items()}


def _label(labels: list[str]) -> str:
    return "Party" if "Party" in labels else labels[0]


def _node_text(labels: tuple[str, ...]) -> LiteralString:
    label, *more = labels
    key = ", ".join(f"{k}: row.{k}" for k in KEYS.get(label, ("key",)))
    also = "".join(f", n:{other}" for other in more)
    return cast(LiteralString, f"UNWIND $rows AS row MERGE (n:{label} {{{key}}}) SET n += row{also}")


def _edge_text(kind: str, start: str, end: str) -> LiteralString:
    ends = {"Identifier": "{scheme: row.start[0], value: row.start[1]}", "Statement": "{fact_id: row.start}"}
    a = ends.get(start, "{key: row.start}")
    named = " {fact_id: row.props.fact_id}" if kind in RELATIONSHIP_BY_TYPE else ""
    # The hints are for the peer's good: without them it scans for as long as a plan of the empty graph is in use.
    return cast(
        LiteralString,
        f"UNWIND $rows AS row "
        f"MATCH (a:{start} {a}) USING INDEX SEEK a:{start}({', '.join(KEYS.get(start, ('key',)))}) "
        f"MATCH (b:{end} {{key: row.end}}) USING INDEX SEEK b:{end}(key) "
        f"MERGE (a)-[r:{kind}{named}]->(b) SET r = row.props",
    )


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), PEER_BATCH):
        yield rows[start : start + PEER_BATCH]


if __name__ == "__main__":
    main()
