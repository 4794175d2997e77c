"""Effective shares of all owners above a company, among 1,000,000 companies: ours against what one would write.

    python -m benchmarks.ownership [--size 1000000] [--companies 3000] [--peers 300] [--sample 2000] [--seed 1] [--json]

One generated graph of holdings with the structure of a register: most companies with one to three holders, some with
some hundreds; persons with one holding or several, big owners with thousands; chains of companies, cross-holdings,
circles, webs of thirty companies; a tenth of the companies with a list of the ten largest holders that does not add up,
others with ranges, with shares that are not known, or with more than the whole. Held as the copy holds it. Timed is, for
one company at a time, one thread, warm:

- `copy`: gathering the holdings above it that hold on the day, and the effective shares of all owners with both bounds;
- `plain`: the same shares one owner after the other in plain Python (`graph_model.ownership.effective`), and
- `scipy`: the lower bounds alone, from a sparse LU factorisation of the same holdings.

Both peers get the holdings gathered, and are asked for `--peers` of the companies; equal answers are asserted. Ratios
are of processor time on the same companies.

`--sample`: a sample of so many companies is loaded into a Neo4j as well, and the whole answer (`ownership`: shares,
control, chains, beneficial owners, sources) is asked of the graph and of its copy, which must be equal; 0: not.
"""

import os
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from benchmarks.common import arguments, load_sample, machine, milliseconds, report, say, stores
from graph_model.effective import effective_shares
from graph_model.ownership import Holding, Shares, effective
from graph_model.store.keys import load_keys
from graph_model.traversal import Topology, Walker, word
from loaders.sample.province import generate as generate_sample
from queries.network.ownership import ownership
from queries.projection.current import opened

COMPANIES = 1_000_000
DAY = date(2026, 6, 30)
HOLDERS = np.zeros(256, np.uint8)
HOLDERS[0 | 128] = 1
TOLERANCE = 1e-6
"""The plain way stops when a round changes less than 1e-10."""

Columns = tuple[Any, Any, Any, Any, int]
"""Owner, owned, low, high around one company, which is 0; and the number of nodes."""


# --- the graph --------------------------------------------------------------------------------------------


def generate(companies: int, seed: int) -> tuple[Any, Any, Any, Any, int]:
    """(owner, owned, low, high by holding, number of nodes): companies first, then persons."""
    rng = np.random.Generator(np.random.PCG64(seed))
    persons = int(1.2 * companies)
    # Persons: one to three for most companies, at the most 300.
    people = np.minimum(300, np.floor(rng.pareto(2.0, companies) * 1.2 + 1)).astype(np.int64)
    people[rng.random(companies) < 0.12] = 0
    owned = np.repeat(np.arange(companies), people)
    liked = rng.pareto(1.7, persons) + 1
    owner = companies + rng.choice(persons, owned.size, p=liked / liked.sum())
    # Companies: two in five are held by one to three others, which mostly were there before them; big ones have thousands.
    parents = np.where(rng.random(companies) < 0.4, rng.integers(1, 4, companies), 0)
    child = np.repeat(np.arange(companies), parents)
    parent = (child * rng.random(child.size) ** 3).astype(np.int64)
    # Cross-holdings among neighbours, pairs that hold each other, rings of four.
    a = rng.integers(0, companies, companies // 50)
    b = np.clip(a + rng.integers(-200, 200, a.size), 0, companies - 1)
    pair = rng.choice(np.flatnonzero(parent > child // 4), companies // 200)  # nobody small holds one of the big
    ring = rng.integers(0, companies - 4, companies // 1_000)
    # A few webs of thirty companies that hold shares of each other.
    web = np.repeat(rng.integers(companies // 2, companies - 30, companies // 20_000), 60)
    one, other = web + rng.integers(0, 30, web.size), web + rng.integers(0, 30, web.size)
    owner = np.concatenate([owner, parent, a, child[pair], one, *(ring + n for n in range(4))])
    owned = np.concatenate([owned, child, b, parent[pair], other, *(ring + (n + 1) % 4 for n in range(4))])
    both = np.unique(owned * (companies + persons) + owner)
    owned, owner = both // (companies + persons), both % (companies + persons)
    apart = owner != owned
    owner, owned = owner[apart], owned[apart]
    # Shares: parts of a whole for each company, then what is not known of them.
    part = rng.exponential(1.0, owner.size)
    share = part / np.bincount(owned, part, companies)[owned]
    sort = rng.random(companies)[owned]
    low, high = share.copy(), share.copy()
    rank = np.arange(owner.size) - np.searchsorted(owned, owned)
    listed = sort < 0.1
    low[listed & (rank >= 10)], high[listed & (rank >= 10)] = 0.0, 0.1  # beyond the ten largest
    low[listed], high[listed] = low[listed] * 0.8, high[listed] * 0.8
    unknown = (sort >= 0.1) & (sort < 0.15)
    low[unknown], high[unknown] = 0.0, 1.0
    ranges = (sort >= 0.15) & (sort < 0.2)
    low[ranges], high[ranges] = np.floor(share[ranges] * 4) / 4, np.ceil(share[ranges] * 4) / 4
    over = (sort >= 0.2) & (sort < 0.22)
    low[over], high[over] = share[over] * 1.3, share[over] * 1.3
    return owner.astype(np.int32), owned.astype(np.int32), low, np.minimum(high, 1.0), companies + persons


# --- the ways ---------------------------------------------------------------------------------------------


def plain(columns: Columns) -> tuple[Any, Any]:
    """One owner after the other, in plain Python."""
    owner, owned, low, high, nodes = columns
    rows = zip(owner.tolist(), owned.tolist(), low.tolist(), high.tolist(), strict=True)
    shares = Shares.of(Holding(str(a), str(b), c, d) for a, b, c, d in rows)
    found = [effective(shares, str(n), "0").share for n in range(1, nodes)]
    return np.array([1.0, *(s.low for s in found)]), np.array([1.0, *(s.high for s in found)])


def solved(columns: Columns) -> tuple[Any, None]:
    """Lower bounds from G = (1 - P)⁻¹: a walk from 0 comes to o with probability G[0, o] / G[o, o].

    P is what is sure. 1 - P is singular where a circle holds all of itself: then it holds a hair less.
    """
    owner, owned, low, _, nodes = columns
    walk = sparse.csr_array((low, (owned, owner)), (nodes, nodes))
    total = np.asarray(walk.sum(axis=1)).ravel()
    walk = walk.multiply((np.minimum(1.0, 1 / np.maximum(total, 1e-300)) * (1 - 1e-12))[:, None]).tocsr()
    lu = splu((sparse.eye_array(nodes) - walk).tocsc())
    start = np.zeros(nodes)
    start[0] = 1.0
    found = lu.solve(start, trans="T")
    # Who lies on no circle is met once at the most.
    count, circle = connected_components(walk, connection="strong")
    for n in np.flatnonzero(np.bincount(circle, minlength=count)[circle] > 1):
        there = np.zeros(nodes)
        there[n] = 1.0
        found[n] /= lu.solve(there)[n]
    return found, None


# --- measuring --------------------------------------------------------------------------------------------


def timed(ask: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock, seconds of the processor (which other work on the machine disturbs less), the answer."""
    began, used = time.perf_counter(), time.thread_time()
    found = ask()
    return time.perf_counter() - began, time.thread_time() - used, found


def measure(companies: int, seed: int, asked: int, peers: int) -> dict[str, Any]:
    """Our times and those of the peers, with equal answers."""
    say(f"holdings of {companies:,} companies")
    owner, owned, low, high, nodes = generate(companies, seed)
    topology = Topology.build(nodes, owner, owned, np.full(owner.size, word(0, date(2015, 1, 1), None)), high)
    nothing, person = np.zeros(nodes, np.uint8), np.zeros(nodes, np.uint8)
    person[companies:] = 1
    walker = Walker(topology, nothing, nothing)
    scratch = walker.scratch(1_000_000)
    holders = np.bincount(owned, minlength=nodes)
    figures: dict[str, Any] = {"companies": companies, "holdings": int(owner.size)}
    figures |= {"most holders": int(holders.max()), "most holdings": int(np.bincount(owner).max())}

    def gather(company: int) -> Columns:
        got = walker.gather(
            scratch, np.array([company], np.int32), day=DAY.toordinal(), allowed=HOLDERS, stop=person, most=100_000
        )
        return got.to, got.at, low[got.edge], high[got.edge], got.nodes.size

    def ours(company: int) -> Any:
        a, b, c, d, n = gather(company)
        return effective_shares(0, a, b, c, d, n)

    count, part = connected_components(
        sparse.csr_array((high > 0, (owned, owner)), (nodes, nodes)), connection="strong"
    )
    figures["largest circle"] = int(np.bincount(part, minlength=count).max())
    rng = random.Random(seed)
    some = [rng.randrange(companies) for _ in range(asked)]
    for company in some[:50]:  # compile, warm
        ours(company)
    times, used, found = zip(*(timed(lambda company=company: ours(company)) for company in some), strict=True)
    above = [shares.low.size - 1 for shares in found]
    figures |= {
        "owners p50": int(np.median(above)),
        "owners p99": int(np.percentile(above, 99)),
        "owners max": max(above),
    }
    figures |= {f"copy {name}_ms": value for name, value in milliseconds(times).items()}
    figures |= {f"copy {name} processor_ms": value for name, value in milliseconds(used).items()}
    figures |= {"copy max processor_ms": round(1e3 * max(used), 3), "asked": asked}
    figures["residual"] = max(float(shares.residual.max()) for shares in found)
    say(f"copy: {figures['copy p50_ms']} / {figures['copy p99_ms']} ms, {figures['owners p99']} owners at p99")
    for name, way in (("plain", plain), ("scipy", solved)):
        taken, ours_too = [], []
        for n in range(min(peers, asked)):
            columns = gather(some[n])
            _, seconds, (least, most) = timed(lambda columns=columns, way=way: way(columns))
            taken.append(seconds)
            ours_too.append(used[n])
            if np.abs(least - found[n].low).max() > TOLERANCE:
                raise AssertionError(f"{name} finds another lower bound for company {some[n]}")
            if most is not None and np.abs(most - found[n].high).max() > TOLERANCE:
                raise AssertionError(f"{name} finds another upper bound for company {some[n]}")
        same = milliseconds(ours_too)
        for point, value in milliseconds(taken).items():
            figures |= {f"{name} {point} processor_ms": value, f"{name} / copy {point}": round(value / same[point], 1)}
        say(f"{name}: {milliseconds(taken)} over {len(taken)} companies")
    return figures


def whole_answers(companies: int, seed: int) -> dict[str, Any]:
    """The whole answer, of the graph and of its copy."""
    with stores(1) as (store,), tempfile.TemporaryDirectory() as folder:
        say(f"a sample of {companies:,} companies")
        generate_sample(companies, seed, Path(folder) / "sample")
        load_sample(store.graph, load_keys(store.settings), Path(folder) / "sample")
        projection = opened(store.graph, Path(folder) / "projection")
        rows = store.graph.read("MATCH (:Party)-[:HOLDS_SHARES_IN]->(c) RETURN DISTINCT c.key AS key ORDER BY key")
        some = random.Random(seed).sample([r["key"] for r in rows], min(300, len(rows)))
        taken: dict[str, list[float]] = {"live": [], "copy": []}
        for key in some:
            for name in taken:
                seconds, _, answer = timed(
                    lambda key=key, name=name: ownership(
                        store.graph, key, as_of=DAY, reader=projection.reader() if name == "copy" else None
                    )
                )
                taken[name].append(seconds)
                if name == "live":
                    wanted = answer
                elif answer != wanted:
                    raise AssertionError(f"graph and copy answer otherwise about {key}")
        figures: dict[str, Any] = {"answers": len(some)}
        for name, times in taken.items():
            figures |= {f"answer {name} {point}_ms": value for point, value in milliseconds(times[20:]).items()}
        return figures


def main() -> None:
    parser = arguments(__doc__, size=COMPANIES)
    parser.add_argument("--companies", type=int, default=3_000, help="companies that are asked about")
    parser.add_argument("--peers", type=int, default=300, help="of them those that the peers are asked about")
    parser.add_argument("--sample", type=int, default=2_000, help="companies of the sample in Neo4j; 0: none")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"benchmark": "ownership", **machine(), "load": round(os.getloadavg()[0], 1)}
    figures |= measure(asked.size, asked.seed, asked.companies, asked.peers)
    if asked.sample:
        figures |= whole_answers(asked.sample, asked.seed)
    report(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
