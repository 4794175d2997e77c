"""Who is reached from any of these parties, from how many of them, how near? The other way round of an exposure, for a list.

Read once for all (`queries.network.whole_graph`): relationships that exposure walks, true on the day. A hub is reached and
not walked through, but for the parties asked about. Information, never a penalty.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString

import numpy as np
import polars as pl
from scipy import sparse

from graph_model.errors import BadRequest
from graph_model.store.connect import Graph
from queries.network.exposure_queries import EXPOSURE_FILTERED
from queries.network.whole_graph import MOST_NAMED, WholeGraph
from queries.party.parties import sanctions_on, standing_status
from queries.party.sanction_filter import SanctionFilter
from queries.read.moment import Moment, one_moment

STARTS_AT_ONCE = 500

REACHED_COLUMNS: dict[str, str] = {
    "key": "key of a party that is reached from one of those asked about",
    "label": "Entity, Person or Organ",
    "name": "its name",
    "distance": "relationships to the nearest of them",
    "reached_from": "how many of them it is reached from",
    "nearest": "keys of the nearest of them, the first 20",
    "nearest_names": "their names, the first 20",
    "listed": "it has a sanction that is not over itself",
    "hub": "it is a hub: nobody is reached through it",
}

FITTING: LiteralString = (
    "MATCH (b:Party) WHERE b.sanctioned AND " + EXPOSURE_FILTERED + " RETURN b.key AS key ORDER BY key"
)


@one_moment
def listed_parties(graph: Graph, only: SanctionFilter, *, as_of: date | Moment) -> list[str]:
    """Keys of the parties with a sanction in force on a day, or one that may be, of those asked for; official ones only."""
    moment = Moment.of(graph, as_of)
    asked: dict[str, Any] = {"k": moment.position, **only.parameters}
    keys = [r["key"] for r in graph.read(FITTING, **asked)]
    found: list[str] = []
    for at in range(0, len(keys), STARTS_AT_ONCE):
        on_them = only.among(sanctions_on(graph, keys[at : at + STARTS_AT_ONCE], moment))
        found += [key for key, some in on_them.items() if standing_status(some) == "hit"]
    return sorted(found)


def reached(whole: WholeGraph, starts: Iterable[str], hops: int) -> pl.DataFrame:
    """Every party within `hops` relationships of at least one of these; the nearest to most of them first.

    Args:
        starts: keys of parties; those of which nothing is recorded reach nobody.
        hops: 1 to 6.

    Raises:
        BadRequest: nobody is asked about, or a depth out of bounds.
    """
    wanted = sorted(set(starts))
    if not wanted or not 1 <= hops <= 6:
        raise BadRequest(
            "hops must be from 1 to 6" if wanted else "nobody is asked about: name parties, a file or a list"
        )
    keys = whole.nodes["key"].to_list()
    place = {key: n for n, key in enumerate(keys)}
    numbers = np.array([place[key] for key in wanted if key in place], dtype=np.int64)
    n = whole.nodes.height
    distance, counts = np.full(n, hops + 1, dtype=np.int64), np.zeros(n, dtype=np.int64)
    nearest: list[list[int]] = [[] for _ in range(n)]
    beside = whole.beside()
    onward = sparse.diags_array((~whole.flag("hub")).astype(np.int32), format="csr", dtype=np.int32) @ beside
    for at in range(0, len(numbers), STARTS_AT_ONCE):
        _walked(numbers[at : at + STARTS_AT_ONCE], hops, beside, onward, distance, counts, nearest)
    party = ~whole.where("Address")
    party[numbers] = False
    found = np.flatnonzero(party & (counts > 0))
    names = whole.nodes["name"].to_list()
    frame = whole.nodes[found.tolist()].select("key", "label", "name", "hub", listed=pl.col("sanctions") > 0)
    frame = frame.with_columns(
        distance=pl.Series(distance[found], dtype=pl.Int64),
        reached_from=pl.Series(counts[found], dtype=pl.Int64),
        nearest=pl.Series([" ".join(keys[s] for s in nearest[i][:MOST_NAMED]) for i in found], dtype=pl.String),
        nearest_names=pl.Series(
            ["、".join(names[s] or keys[s] for s in nearest[i][:MOST_NAMED]) for i in found], dtype=pl.String
        ),
    )
    return (
        frame.select(*REACHED_COLUMNS)
        .sort("distance", -pl.col("reached_from"), "key")
        .with_columns(as_of=pl.lit(whole.as_of), position=pl.lit(whole.position, dtype=pl.Int64))
    )


def _walked(
    starts: np.ndarray,
    hops: int,
    beside: sparse.csr_array,
    onward: sparse.csr_array,
    distance: np.ndarray,
    counts: np.ndarray,
    nearest: Sequence[list[int]],
) -> None:
    """Level by level from these starts, each for itself; what was found goes into the last three."""
    k, n = len(starts), beside.shape[0]
    seen = sparse.csr_array((np.ones(k, dtype=np.int32), (np.arange(k), starts)), shape=(k, n))
    level = seen
    for step in range(1, hops + 1):
        level = (level @ (beside if step == 1 else onward)).tocsr()
        level.data[:] = 1
        level = (level - level.multiply(seen)).tocsr()
        level.eliminate_zeros()
        seen = seen + level
        rows, columns = level.nonzero()
        np.add.at(counts, columns, 1)
        for row, node in zip(rows.tolist(), columns.tolist(), strict=True):
            if step < distance[node]:
                distance[node] = step
                nearest[node].clear()
            if step == distance[node]:
                nearest[node].append(int(starts[row]))
