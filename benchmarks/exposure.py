"""Exposure: who within 3 hops is sanctioned. Our query against the two ways in which it is usually written.

    python -m benchmarks.exposure [--graph sample|dense|both] [--size 25600] [--seeds 300] [--json]

For each of 300 fixed seeds, interleaved and in changing order, on one server:

- `query`: the text of `queries/network/exposure.py` for 3 hops (`SHORTEST`, conditions inside the pattern), paths included;
- `function`: the whole of `exposure()`: two such queries, hubs, sanctions, sources, the typed answer;
- `var_length`: one `*1..3` with the same conditions behind it, without paths;
- `hop_by_hop`: three reads with `UNWIND $frontier` in one transaction, without paths.

The same hits at the same distances are asserted for every seed (of the function: among others that it tells, those of
the past). Wanted: the query at least 30 times faster than
`var_length` and 3 times faster than `hop_by_hop`, at the median.

`sample` is the generated province (about 200,000 rows); `dense` a graph of 200,000 nodes and 600,000 relationships
with the degrees of a real register: persons with up to 400 posts, two holders of 10,000 companies each, addresses
with 10,000 tenants.
"""

import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any, LiteralString

import neo4j

from benchmarks.common import SIZE, arguments, load_sample, machine, milliseconds, report, say, stores
from graph_model import cypher
from graph_model.schema import FOREVER, HUB_DEGREE, RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph
from graph_model.store.keys import load_keys
from loaders.sample.forms import DATA_DATE
from loaders.sample.province import generate
from queries.network.exposure import MAX_HITS, exposure
from queries.network.exposure_queries import HITS_NOW

HOPS = 3
NO_LIMIT = 1_000_000
"""Beyond any number of hits: all ways must find all."""

VAR_LENGTH: LiteralString = """
MATCH path = (a:Party {key: $key})-[rs:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF
  |SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|BRANCH_OF|REGISTERED_AT
  |SUPPLIES_TO*1..3]-(b:Party)
WHERE b.sanctioned AND b.key <> $key
  AND ALL(r IN rs WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
    AND (r.until IS NULL OR r.until > $day))
  AND ALL(n IN nodes(path)[1..-1] WHERE NOT coalesce(n.hub, false))
RETURN b.key AS key, min(length(path)) AS distance
"""

FIRST: LiteralString = "MATCH (a:Party {key: $key}) RETURN elementId(a) AS id"

NEXT: LiteralString = """
UNWIND $frontier AS id
MATCH (n) WHERE elementId(n) = id
MATCH (n)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
  |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|BRANCH_OF|REGISTERED_AT|SUPPLIES_TO]-(m)
WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND (r.until IS NULL OR r.until > $day)
RETURN DISTINCT elementId(m) AS id, m.key AS key, coalesce(m.hub, false) AS hub,
  m:Party AND coalesce(m.sanctioned, false) AS sanctioned
"""

SEEDS: LiteralString = "MATCH (p:Party) WHERE p.degree > 0 RETURN p.key AS key ORDER BY key"

Way = Callable[[Graph, str, int, date], dict[str, int]]


def main() -> None:
    parser = arguments(__doc__, size=SIZE)
    parser.add_argument("--graph", choices=("sample", "dense", "both"), default="both")
    parser.add_argument("--seeds", type=int, default=300)
    asked = parser.parse_args()
    figures: dict[str, Any] = {"benchmark": "exposure", **machine(), "size": asked.size, "seeds": asked.seeds}
    for name in ("sample", "dense") if asked.graph == "both" else (asked.graph,):
        with stores(1) as (store,), tempfile.TemporaryDirectory() as folder:
            if name == "sample":
                say(f"sample: loading {asked.size:,} companies")
                generate(asked.size, asked.seed, Path(folder))
                load_sample(store.graph, load_keys(store.settings), Path(folder))
            else:
                say("dense: writing 200,000 nodes and 600,000 relationships")
                write_dense(store.graph, asked.seed)
            figures |= {f"{name}_{key}": value for key, value in compare(store.graph, asked.seeds).items()}
    report(figures, as_json=asked.json)


def compare(graph: Graph, number: int) -> dict[str, Any]:
    """All ways for all seeds; medians, 99th percentiles and ratios of medians."""
    keys = [r["key"] for r in graph.read(SEEDS)]
    seeds = random.Random(42).sample(keys, number)
    position = graph.position()
    for seed in random.Random(43).sample(keys, 40):  # plans and caches
        for way in WAYS.values():
            way(graph, seed, position, DATA_DATE)
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    hits = 0
    for n, seed in enumerate(seeds):
        found: dict[str, dict[str, int]] = {}
        names = [*WAYS][n % len(WAYS) :] + [*WAYS][: n % len(WAYS)]
        for name in names:
            began = time.perf_counter()
            found[name] = WAYS[name](graph, seed, position, DATA_DATE)
            times[name].append(time.perf_counter() - began)
        wanted = found["query"]
        found["function"] = {key: d for key, d in found["function"].items() if key in wanted}  # without past ones
        for name, others in found.items():
            if others != wanted:
                raise AssertionError(f"{name} finds other hits than query for seed {seed}")
        hits += len(found["query"])
        if n % 50 == 49:
            say(f"{n + 1} of {number} seeds")
    middle = {name: statistics.median(taken) for name, taken in times.items()}
    figures: dict[str, Any] = {"hits": hits}
    for name, taken in times.items():
        figures |= {f"{name}_{which}_ms": value for which, value in milliseconds(taken).items()}
    for name in ("var_length", "hop_by_hop"):
        figures[f"{name}_to_query"] = round(middle[name] / middle["query"], 2)
        figures[f"{name}_to_function"] = round(middle[name] / middle["function"], 2)
    return figures


# --- the ways ---------------------------------------------------------------------------------------------


def _query(graph: Graph, key: str, position: int, day: date) -> dict[str, int]:
    rows = graph.read(HITS_NOW[HOPS], key=key, k=position, day=day, limit=NO_LIMIT)
    return {r["key"]: r["distance"] for r in rows}


def _function(graph: Graph, key: str, _position: int, day: date) -> dict[str, int]:
    answer = exposure(graph, key, hops=HOPS, as_of=day, limit=MAX_HITS)
    return {hit.party.key: hit.distance for hit in answer.hits if hit.distance}


def _var_length(graph: Graph, key: str, position: int, day: date) -> dict[str, int]:
    return {r["key"]: r["distance"] for r in graph.read(VAR_LENGTH, key=key, k=position, day=day)}


def _hop_by_hop(graph: Graph, key: str, position: int, day: date) -> dict[str, int]:
    def work(tx: neo4j.ManagedTransaction) -> dict[str, int]:
        hits: dict[str, int] = {}
        frontier = [r["id"] for r in tx.run(FIRST, key=key)]
        seen = set(frontier)
        for distance in range(1, HOPS + 1):
            new = [r for r in tx.run(NEXT, frontier=frontier, k=position, day=day) if r["id"] not in seen]
            seen.update(r["id"] for r in new)
            hits.update({r["key"]: distance for r in new if r["sanctioned"]})
            frontier = [r["id"] for r in new if not r["hub"]]
            if not frontier:
                break
        return hits

    with graph.driver.session(database=graph.database, default_access_mode=neo4j.READ_ACCESS) as session:
        return session.execute_read(work)


WAYS: dict[str, Way] = {
    "query": _query,
    "function": _function,
    "var_length": _var_length,
    "hop_by_hop": _hop_by_hop,
}


# --- a dense graph ----------------------------------------------------------------------------------------

COMPANIES, PERSONS, ADDRESSES = 80_000, 110_000, 10_000
ROLES = ("LEGAL_REPRESENTATIVE_OF", "DIRECTOR_OF", "SUPERVISOR_OF", "SENIOR_MANAGER_OF")
WRITE_BATCH = 20_000

NODES: dict[str, LiteralString] = {
    "e": "UNWIND $rows AS row CREATE (n:Party:Entity) SET n = row",
    "p": "UNWIND $rows AS row CREATE (n:Party:Person) SET n = row",
    "a": "UNWIND $rows AS row CREATE (n:Address) SET n = row",
    "s": "UNWIND $rows AS row CREATE (n:Sanction) SET n = row",
}


def write_dense(graph: Graph, seed: int) -> None:
    """A graph with the degrees of a register, straight into the store: 1 % of companies and 0.6 % of persons are
    sanctioned."""
    chance = random.Random(seed)
    pairs = _dense_pairs(chance)
    near: dict[str, set[str]] = defaultdict(set)
    for _, start, end in pairs:
        near[start].add(end)
        near[end].add(start)
    nodes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for kind, count, share in (("e", COMPANIES, 0.01), ("p", PERSONS, 0.006), ("a", ADDRESSES, 0.0)):
        for n in range(count):
            key = f"{kind}-{n:06d}"
            degree = len(near[key])
            row = {"key": key, "name": f"名{n}", "degree": degree, "hub": degree > HUB_DEGREE}
            if kind != "a":
                row |= {"coded": True, "sanctioned": chance.random() < share}
            nodes[kind].append(row)
    sanctioned = [row["key"] for kind in "ep" for row in nodes[kind] if row["sanctioned"]]
    nodes["s"] = [{"key": f"s-{n:06d}", "title": "处罚"} for n in range(len(sanctioned))]
    pairs |= {("IMPOSED_ON", f"s-{n:06d}", key): None for n, key in enumerate(sanctioned)}
    position = graph.write("load", lambda tx: tx.seq)
    edges: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for n, (kind, start, end) in enumerate(pairs):
        props: dict[str, Any] = {"fact_id": f"f{n}", "statement_id": f"f{n}", "claim_id": f"f{n}", "source": "dense"}
        props |= {"since": date(2015, 1, 1), "rec_from": position, "rec_to": FOREVER, "trust": "official"}
        if kind == "IMPOSED_ON":
            props |= {"kind": "penalty", "codes": ["PEN"], "decided_on": date(2024, 1, 1)}
        edges[kind].append({"start": start, "end": end, "props": props})
    writes = [(NODES[kind], rows) for kind, rows in nodes.items()]
    writes += [(cypher.create_facts(RELATIONSHIP_BY_TYPE[kind]), rows) for kind, rows in edges.items()]
    with graph.driver.session(database=graph.database) as session:
        for text, rows in writes:
            for at in range(0, len(rows), WRITE_BATCH):
                part = rows[at : at + WRITE_BATCH]
                session.execute_write(lambda tx, text=text, part=part: tx.run(text, rows=part).consume())
    say(f"{sum(map(len, nodes.values())):,} nodes, {len(pairs):,} relationships, {len(sanctioned):,} sanctioned")


def _dense_pairs(chance: random.Random) -> dict[tuple[str, str, str], None]:
    """(type, start, end) of all walkable relationships, each once."""
    companies = [f"e-{n:06d}" for n in range(COMPANIES)]
    persons = [f"p-{n:06d}" for n in range(PERSONS)]
    addresses = [f"a-{n:06d}" for n in range(ADDRESSES)]
    liked = list(accumulate(chance.lognormvariate(0, 0.8) for _ in companies))
    parental = list(accumulate(chance.paretovariate(1.6) for _ in companies))
    busy = list(accumulate((n + 1) ** -1.35 for n in range(ADDRESSES)))
    pairs: dict[tuple[str, str, str], None] = {}

    def add(kind: str, starts: Iterable[str], ends: Iterable[str]) -> None:
        pairs.update(((kind, a, b), None) for a, b in zip(starts, ends, strict=True) if a != b)

    for n, person in enumerate(persons):
        posts = min(400, int(1.2 * (chance.paretovariate(2.2) - 1) + 1)) + chance.randrange(2)
        add(ROLES[n % len(ROLES)], [person] * posts, chance.choices(companies, cum_weights=liked, k=posts))
    children = chance.sample(companies, int(0.55 * COMPANIES))
    add("HOLDS_SHARES_IN", chance.choices(companies, cum_weights=parental, k=len(children)), children)
    crossed = COMPANIES // 50
    add("HOLDS_SHARES_IN", chance.choices(companies, k=crossed), chance.choices(companies, k=crossed))
    for commission in companies[:2]:
        add("HOLDS_SHARES_IN", [commission] * (COMPANIES // 8), chance.sample(companies, COMPANIES // 8))
    owned = 11 * COMPANIES // 4
    add("HOLDS_SHARES_IN", chance.choices(persons, k=owned), chance.choices(companies, cum_weights=liked, k=owned))
    for n, company in enumerate(companies):
        if n % 2:
            where = addresses[n // 2 % 4]  # one of four incubators
        else:
            where = chance.choices(addresses, cum_weights=busy)[0] if n % 4 else chance.choice(addresses)
        add("REGISTERED_AT", [company], [where])
    return pairs


if __name__ == "__main__":
    main()
