"""Who within 3 hops is sanctioned, at the size of a city: our copy in memory and our query, against what one would use.

    python -m benchmarks.lookups [--nodes 1000000] [--seeds 1000] [--without neo4j] [--province] [--write] [--json]

One generated graph (400,000 companies, 550,000 persons, 50,000 addresses, 3 million relationships; degrees as in a
register: median 4, some above 1,000, four addresses and two owners with 50,000), 1 % of companies and 0.6 % of persons
sanctioned. Everyone is asked for the same seeds, one thread, warm, each look-up timed alone. Nodes of more than 1,000
neighbours are reached and reported, not walked through. The same hits are asserted for every seed and way.

- `copy`: the kernels of the projection, with one path to each hit; `copy, all paths`: with every shortest path;
- `live`: our query to Neo4j, with paths; `*1..3` and the rest of the peers: hits only, no paths. Both on one server, whose
  page cache (4 GB) holds the store.
- igraph walks a graph from which the arcs out of hubs were taken: it has no rule for hubs of its own.

`--province`: 17 million nodes, 50 million relationships, only ours, in a process of its own so that memory can be told.
`--write` writes the table of docs/benchmarks.md.

Needs the extra `bench`: networkx, igraph, rustworkx, duckdb.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.common import arguments, machine, report, say
from benchmarks.exposure import NO_LIMIT, VAR_LENGTH
from graph_model.schema import FOREVER, HUB_DEGREE
from graph_model.store import local_neo4j, neo4j_home
from graph_model.store.connect import Graph, connect
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from graph_model.traversal import Topology, Walker, word
from queries.network.exposure_queries import HITS_NOW

NODES = 1_000_000
HOPS = 3
DAY = date(2026, 6, 30)
EVERY = np.ones(256, np.uint8)
WANTED = Path(__file__).parents[1] / "docs" / "benchmarks.md"
FEW = {"live": 300, "*1..3": 60, "DuckDB": 60}
"""Seeds for the slow ways; the others are asked for all."""
WARM = 20
"""Seconds, or 1,000 look-ups, that come before those that are timed: Java compiles while it works."""

Ask = Callable[[int], set[int]]


# --- the graph --------------------------------------------------------------------------------------------


def generate(nodes: int, seed: int) -> tuple[Any, Any, Any, int]:
    """(starts, ends, sanctioned by node, number of companies) of a graph with the degrees of a register."""
    rng = np.random.Generator(np.random.PCG64(seed))
    companies, persons = int(nodes * 0.4), int(nodes * 0.55)
    addresses = nodes - companies - persons
    liked = rng.lognormal(0, 0.8, companies)
    parental = rng.pareto(1.6, companies) + 1
    where = companies + persons
    posts = np.minimum(400, np.floor(1.2 * rng.pareto(2.2, persons) + 1)).astype(np.int64) + rng.integers(0, 2, persons)
    children = rng.choice(companies, int(0.55 * companies), replace=False)
    quarter = companies // 4
    at = np.empty(companies, np.int64)
    at[: 2 * quarter] = where + rng.integers(0, 4, 2 * quarter)
    at[2 * quarter : 3 * quarter] = where + rng.integers(0, addresses, quarter)
    at[3 * quarter :] = where + np.minimum(rng.zipf(1.35, companies - 3 * quarter), addresses) - 1
    owned = int(2.75 * companies)
    starts = [
        np.repeat(np.arange(companies, where), posts),
        rng.choice(companies, children.size, p=parental / parental.sum()),
        rng.integers(0, companies, companies // 50),
        np.repeat([0, 1], companies // 8),
        np.arange(companies),
        rng.integers(companies, where, owned),
    ]
    ends = [
        rng.choice(companies, int(posts.sum()), p=liked / liked.sum()),
        children,
        rng.integers(0, companies, companies // 50),
        rng.integers(0, companies, 2 * (companies // 8)),
        at,
        rng.choice(companies, owned, p=liked / liked.sum()),
    ]
    start, end = np.concatenate(starts), np.concatenate(ends)
    pairs = np.unique(np.minimum(start, end) * nodes + np.maximum(start, end))
    start, end = (pairs // nodes).astype(np.int32), (pairs % nodes).astype(np.int32)
    apart = start != end
    listed = np.zeros(nodes, np.uint8)
    listed[rng.choice(companies, companies // 100, replace=False)] = 1
    listed[companies + rng.choice(persons, int(persons * 0.006), replace=False)] = 1
    return start[apart], end[apart], listed, companies


def province(seed: int) -> tuple[Any, Any, Any]:
    """17 million nodes and 50 million relationships with hubs of half a million: (starts, ends, sanctioned)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    nodes, edges = 17_000_000, 50_000_000
    start = rng.integers(0, nodes, edges, dtype=np.int32)
    # Squared, so that some are met much more often than others; four of them are hubs.
    end = (nodes * rng.random(edges, dtype=np.float32) ** 2).astype(np.int32)
    np.minimum(end, nodes - 1, out=end)
    end[:2_000_000] = rng.integers(0, 4, 2_000_000, dtype=np.int32)
    listed = (rng.random(nodes, dtype=np.float32) < 0.0075).astype(np.uint8)
    return start, end, listed


# --- the ways ---------------------------------------------------------------------------------------------


def ours(start: Any, end: Any, listed: Any, figures: dict[str, Any]) -> tuple[Walker, dict[str, Ask]]:
    """Built, with distances to the nearest sanctioned node; asked with one path to each hit, or with all."""
    said = np.full(start.size, word(0, date(2015, 1, 1), None), np.int64)
    Topology.build(2, np.zeros(1, np.int32), np.ones(1, np.int32), said[:1])  # compile
    began = time.perf_counter()
    topology = Topology.build(listed.size, start, end, said)
    figures["build_s"] = round(time.perf_counter() - began, 3)
    hub = (np.diff(topology.offsets) > HUB_DEGREE).astype(np.uint8)
    Walker(Topology.build(2, np.zeros(1, np.int32), np.ones(1, np.int32), said[:1]), hub[:2], listed[:2])
    began = time.perf_counter()
    walker = Walker(topology, hub, listed)
    figures["propagation_s"] = round(time.perf_counter() - began, 3)
    scratch, day = walker.scratch(1_000_000), DAY.toordinal()

    def one_path(seed: int) -> set[int]:
        found = walker.search(scratch, seed, hops=HOPS, day=day, now=True, allowed=EVERY)
        walker.trace(scratch, found)
        walker.done(scratch)
        return set(found.nodes[:, 0].tolist())

    def all_paths(seed: int) -> set[int]:
        found = walker.search(scratch, seed, hops=HOPS, day=day, now=True, allowed=EVERY, all_ways=True)
        walker.ways(scratch, found.nodes[:, 0])
        walker.done(scratch)
        return set(found.nodes[:, 0].tolist())

    return walker, {"copy": one_path, "copy, all paths": all_paths}


def by_neighbours(near: Callable[[int], Any], listed: Any, hub: Any) -> Ask:
    """A search by hand over whatever tells neighbours."""
    flags, stop = listed.tolist(), hub.tolist()

    def ask(seed: int) -> set[int]:
        seen, frontier = {seed}, [seed]
        for _ in range(HOPS):
            new = []
            for node in frontier:
                if node == seed or not stop[node]:
                    for other in near(node):
                        if other not in seen:
                            seen.add(other)
                            new.append(other)
            frontier = new
        seen.discard(seed)
        return {node for node in seen if flags[node]}

    return ask


def with_networkx(start: Any, end: Any, listed: Any, hub: Any) -> Ask:
    """Its neighbours, searched by hand: the function that it has for this knows no hubs."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(listed.size))
    graph.add_edges_from(zip(start.tolist(), end.tolist(), strict=True))
    return by_neighbours(graph.neighbors, listed, hub)


def with_rustworkx(start: Any, end: Any, listed: Any, hub: Any) -> Ask:
    """Its neighbours, searched by hand."""
    import rustworkx as rx

    graph = rx.PyGraph()
    graph.add_nodes_from(range(listed.size))
    graph.add_edges_from_no_data(list(zip(start.tolist(), end.tolist(), strict=True)))
    return by_neighbours(graph.neighbors, listed, hub)


def with_igraph(start: Any, end: Any, listed: Any, hub: Any) -> Ask:
    """`neighborhood` over arcs, none of which leads out of a hub; from a hub itself its neighbours are asked."""
    import igraph

    arcs = np.concatenate([np.stack([start, end], 1), np.stack([end, start], 1)])
    graph = igraph.Graph(n=listed.size, edges=arcs[hub[arcs[:, 0]] == 0], directed=True)
    yes = listed.astype(bool)

    def ask(seed: int) -> set[int]:
        near = np.array(graph.neighborhood(seed, order=HOPS, mode="out"))
        return set(near[yes[near]].tolist()) - {seed}

    return ask


def with_duckdb(start: Any, end: Any, listed: Any, hub: Any) -> Ask:
    """A recursive query."""
    import duckdb

    db = duckdb.connect()
    db.execute("SET threads = 1")
    a, b, flags, stop = start, end, listed, hub  # read by name
    db.execute("CREATE TABLE arcs AS SELECT a AS x, b AS y FROM (SELECT unnest($1) AS a, unnest($2) AS b)", [a, b])
    db.execute("INSERT INTO arcs SELECT y, x FROM arcs")
    db.execute(
        "CREATE TABLE nodes AS SELECT unnest($1) AS n, unnest($2) AS listed, unnest($3) AS hub",
        [np.arange(listed.size), flags, stop],
    )
    db.execute("CREATE TABLE walked AS SELECT arcs.* FROM arcs JOIN nodes ON n = x WHERE hub = 0 ORDER BY x")

    def ask(seed: int) -> set[int]:
        rows = db.execute(
            "WITH RECURSIVE near AS (SELECT y AS n, 1 AS d FROM walked WHERE x = $1 UNION "
            "SELECT y, d + 1 FROM near JOIN walked ON x = near.n WHERE d < 3) "
            "SELECT DISTINCT near.n FROM near JOIN nodes USING (n) WHERE listed = 1 AND near.n <> $1",
            [seed],
        ).fetchall()
        return {n for (n,) in rows}

    return ask


@contextmanager
def with_neo4j(start: Any, end: Any, listed: Any) -> Generator[dict[str, Ask]]:
    """Our query, and the usual one, on a server whose page cache holds the whole store."""
    with tempfile.TemporaryDirectory(prefix="creditgraph-bench-") as home:
        settings = Settings(
            neo4j_uri="", home=Path(home), cache=Settings().cache_dir, heap="2g", pagecache="4g", author="bench"
        )
        with neo4j_home.new_home(settings, "lookups") as new:
            new.fill(_import_files(new.files, start, end, listed))
            new.start()
            new.swap(lambda: None)
        try:
            with connect(settings, "lookups") as graph:
                graph.prepare(load_keys(settings).fingerprint)
                position = graph.write("load", lambda tx: tx.seq)
                yield {"live": _live(graph, position), "*1..3": _var_length(graph, position)}
        finally:
            local_neo4j.stop(settings, "lookups")


def _live(graph: Graph, position: int) -> Ask:
    def ask(seed: int) -> set[int]:
        rows = graph.read(HITS_NOW[HOPS], key=_key(seed), k=position, day=DAY, limit=NO_LIMIT)
        return {int(r["key"][2:]) for r in rows}

    return ask


def _var_length(graph: Graph, position: int) -> Ask:
    def ask(seed: int) -> set[int]:
        rows = graph.read(VAR_LENGTH, key=_key(seed), k=position, day=DAY)
        return {int(r["key"][2:]) for r in rows}

    return ask


def _key(node: int) -> str:
    return f"n-{node:08d}"


def _import_files(folder: Path, start: Any, end: Any, listed: Any) -> list[str]:
    """The graph as files for Neo4j's import, with the properties that a load writes; the arguments of the import."""
    degree = np.bincount(start, minlength=listed.size) + np.bincount(end, minlength=listed.size)
    ids = pl.int_range(listed.size, eager=True)
    pl.DataFrame(
        {
            ":ID": ids,
            "key:string": "n-" + ids.cast(pl.String).str.zfill(8),
            "degree:long": degree,
            "hub:boolean": degree > HUB_DEGREE,
            "sanctioned:boolean": listed > 0,
        }
    ).write_csv(folder / "nodes.csv")
    name = "f" + pl.int_range(start.size, eager=True).cast(pl.String)
    said = {"source:string": "bench", "since:date": "2015-01-01", "rec_from:long": 1, "rec_to:long": FOREVER}
    edges = pl.DataFrame({":START_ID": start, ":END_ID": end, "fact_id:string": name})
    edges = edges.with_columns(
        pl.col("fact_id:string").alias("statement_id:string"),
        pl.col("fact_id:string").alias("claim_id:string"),
        pl.lit("official").alias("trust:string"),
        *(pl.lit(value).alias(column) for column, value in said.items()),
    )
    edges.write_csv(folder / "edges.csv")
    nodes, facts = f"--nodes=Party:Entity={folder / 'nodes.csv'}", f"--relationships=DIRECTOR_OF={folder / 'edges.csv'}"
    return [nodes, facts, "--id-type=integer"]


# --- measuring --------------------------------------------------------------------------------------------


def compare(ways: dict[str, Ask], seeds: list[int], figures: dict[str, Any]) -> None:
    """Every way for its seeds; the same hits as the first way are asserted."""
    wanted = {seed: next(iter(ways.values()))(seed) for seed in seeds}
    figures["hits"] = sum(map(len, wanted.values()))
    for name, ask in ways.items():
        some = seeds[: FEW.get(name, len(seeds))]
        until = time.perf_counter() + WARM
        for seed in random.Random(3).choices(some, k=1_000):  # plans, caches, compilers
            if time.perf_counter() > until:
                break
            ask(seed)
        times = []
        for seed in some:
            began = time.perf_counter()
            found = ask(seed)
            times.append(time.perf_counter() - began)
            if found != wanted[seed]:
                raise AssertionError(f"{name} finds other hits for seed {seed}")
        p50, p99 = (float(np.percentile(times, p)) * 1e3 for p in (50, 99))
        figures |= {f"{name} p50_ms": round(p50, 4), f"{name} p99_ms": round(p99, 4), f"{name} seeds": len(some)}
        say(f"{name}: p50 {p50:.4f} ms, p99 {p99:.4f} ms over {len(some)} seeds")


def updates(walker: Walker, figures: dict[str, Any]) -> None:
    """A sanction appears, a sanction ends: the distances of all around it are brought up to date."""
    rng = random.Random(4)
    added, ended = [], []
    for n in range(2_020):
        node = rng.randrange(walker.size)
        was = bool(walker.goal[node])
        for add in (not was, was):
            began = time.perf_counter()
            (walker.add_goal if add else walker.remove_goal)(node)
            if n >= 20:
                (added if add else ended).append(time.perf_counter() - began)
    for name, times in (("added", added), ("ended", ended)):
        p50, p99 = (float(np.percentile(times, p)) * 1e3 for p in (50, 99))
        figures |= {f"{name} p50_ms": round(p50, 4), f"{name} p99_ms": round(p99, 4)}
    fresh = Walker(walker.topology, walker.hub, walker.goal)
    if (fresh.near != walker.near).any():
        raise AssertionError("distances kept up to date differ from those measured anew")


def measure_province(folder: Path) -> dict[str, Any]:
    """In a process of its own: build, propagation, look-ups, and the peak of its memory."""
    start, end, listed = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("start", "end", "listed"))
    figures: dict[str, Any] = {}
    walker, ways = ours(start, end, np.array(listed), figures)
    rng = random.Random(42)
    seeds = [n for n in (rng.randrange(walker.size) for _ in range(3_000)) if not walker.hub[n]]
    compare({"copy": ways["copy"]}, seeds, figures)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {f"province_{name}": value for name, value in figures.items()}


def main() -> None:
    parser = arguments(__doc__, size=NODES)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--without", action="append", default=[], help="a way to leave out: neo4j, duckdb, …")
    parser.add_argument("--province", action="store_true", help="also 17 million nodes")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--measure", type=Path, help="(used by --province)")
    asked = parser.parse_args()
    if asked.measure:
        sys.stdout.write(json.dumps(measure_province(asked.measure)))
        return
    say(f"a graph of {asked.nodes:,} nodes")
    start, end, listed, companies = generate(asked.nodes, 20260101)
    figures: dict[str, Any] = {"benchmark": "lookups", **machine(), "nodes": asked.nodes}
    figures |= {"relationships": int(start.size), "load": round(os.getloadavg()[0], 1)}
    walker, ways = ours(start, end, listed, figures)
    hub = walker.hub
    figures["hubs"] = int(hub.sum())
    rng = np.random.default_rng(42)
    half = asked.seeds // 2
    some = [*rng.integers(0, companies, half), *rng.integers(companies, int(asked.nodes * 0.95), half)]
    seeds = [int(n) for n in some if not hub[n]]
    random.Random(5).shuffle(seeds)
    for name, make in PEERS.items():
        if name.lower() not in asked.without:
            say(f"building for {name}")
            began = time.perf_counter()
            ways[name] = make(start, end, listed, hub)
            figures[f"{name} build_s"] = round(time.perf_counter() - began, 2)
    if "neo4j" in asked.without:
        compare(ways, seeds, figures)
    else:
        say("importing it into Neo4j")
        began = time.perf_counter()
        with with_neo4j(start, end, listed) as asks:
            figures["Neo4j build_s"] = round(time.perf_counter() - began, 1)
            compare(ways | asks, seeds, figures)
            ways |= asks
    updates(walker, figures)
    for name in [name for name in ways if name != "copy"]:
        for point in ("p50", "p99"):
            figures[f"{name} / copy {point}"] = round(figures[f"{name} {point}_ms"] / figures[f"copy {point}_ms"], 1)
    if "*1..3" in ways:
        figures["*1..3 / live p50"] = round(figures["*1..3 p50_ms"] / figures["live p50_ms"], 1)
    if asked.province:
        say("17 million nodes")
        with tempfile.TemporaryDirectory() as folder:
            for name, column in zip(("start", "end", "listed"), province(7), strict=True):
                np.save(Path(folder, f"{name}.npy"), column)
            command = [sys.executable, "-m", "benchmarks.lookups", "--measure", folder]
            figures |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if asked.write:
        WANTED.write_text(page(figures), encoding="utf-8")
    report(figures, as_json=asked.json)


PEERS: dict[str, Callable[[Any, Any, Any, Any], Ask]] = {
    "igraph": with_igraph,
    "rustworkx": with_rustworkx,
    "networkx": with_networkx,
    "DuckDB": with_duckdb,
}


def page(f: dict[str, Any]) -> str:
    """docs/benchmarks.md from one run."""
    ways = [name.removesuffix(" p50_ms") for name in f if name.endswith(" p50_ms") and not name.startswith("province")]
    ways = [name for name in ways if name not in ("added", "ended")]
    lines = [
        "<!-- Generated by `python -m benchmarks.lookups --province --write`. Do not edit: run it again. -->",
        "",
        "# Benchmarks of look-ups",
        "",
        f"{f['date']}, {f['cores']} cores, Python {f['python']}; one run, load {f['load']} on the cores when it began. "
        f"{f['nodes']:,} nodes, {f['relationships']:,} relationships, {f['hubs']} hubs; sanctioned parties within "
        f"{HOPS} steps, {f['hits']:,} hits, the same for every way and seed. Others, and how to run them: "
        "[benchmarks/README.md](../benchmarks/README.md).",
        "",
        "| way | median ms | 99th percentile ms | median, copy = 1 | 99th, copy = 1 | seeds |",
        "|---|---|---|---|---|---|",
    ]
    for name in ways:
        ratios = [f.get(f"{name} / copy {p}", 1) for p in ("p50", "p99")]
        lines.append(
            f"| {name} | {f[f'{name} p50_ms']} | {f[f'{name} p99_ms']} | {ratios[0]} | {ratios[1]} | {f[f'{name} seeds']} |"
        )
    lines += ["", "| figure | wanted | measured |", "|---|---|---|"]
    for title, wanted, names, unit in TARGETS:
        told = [f[name] for name in names if name in f]
        lines.append(
            f"| {title} | {wanted} | {' / '.join(f'{v:,}' for v in told) + unit if told else 'not measured'} |"
        )
    lines += [
        "",
        "`copy` is the kernel of the projection with one path to each hit, `copy, all paths` with every shortest path. "
        "What a question costs beyond it (typed answer, sources, sanctions) is in benchmarks/README.md. "
        "`live` and `*1..3` are asked over Bolt of a server on the same machine.",
        "",
    ]
    return "\n".join(lines)


TARGETS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("look-up with path, median / 99th", "≤ 0.05 / ≤ 0.3 ms", ("copy p50_ms", "copy p99_ms"), " ms"),
    ("igraph / copy, median / 99th", "> 1", ("igraph / copy p50", "igraph / copy p99"), ""),
    ("`*1..3` / copy, median", "≥ 1,000", ("*1..3 / copy p50",), ""),
    ("`*1..3` / live, median", "≥ 100", ("*1..3 / live p50",), ""),
    ("live, median / 99th", "≤ 3 / ≤ 20 ms", ("live p50_ms", "live p99_ms"), " ms"),
    ("a sanction added: distances, 99th", "≤ 5 ms", ("added p99_ms",), " ms"),
    ("a sanction ended: distances, 99th", "≤ 5 ms", ("ended p99_ms",), " ms"),
    ("topology of this graph, built from integer arrays", "", ("build_s",), " s"),
    ("17 million nodes, 50 million relationships: built", "≤ 10 s", ("province_build_s",), " s"),
    ("… peak memory", "≤ 3,072 MB", ("province_peak_mb",), " MB"),
    ("… distances to the nearest sanctioned of every node", "≤ 5 s", ("province_propagation_s",), " s"),
    ("… look-up with path, 99th", "≤ 1 ms", ("province_copy p99_ms",), " ms"),
)


if __name__ == "__main__":
    main()
