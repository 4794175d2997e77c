"""What does the whole graph look like on a day? Components, exposed parties, links, shared addresses, concentration,
groups of branches, circles of ownership.

Each question has a function that returns a DataFrame (polars) with the columns of `QUESTION_COLUMNS`; every row says `as_of`, the
day asked about, and `position`, the clock position for which it is true. Plain counts, no score. Information for an
investigator, never a penalty: that somebody is counted here says nothing about him.

The graph is read once (`read_whole`), page by page: relationships that exposure walks, believed now, begun by the day
and not over on it (an unknown day counts as begun, and as not over). **Listed** is whoever has a sanction that is not
over on the day. **A hub** is reached and not walked through: it ties nothing together, and is told where it is met.
Names, regions, kinds and hubs are those of now. Judgements of the same person are not crossed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from graph_model.facts import FactRow
from graph_model.schema import WALKABLE, BranchOf, HoldsSharesIn
from graph_model.store.connect import Graph
from queries.network.exposure_queries import WALKED
from queries.party.parties import status_on
from queries.read.facts import STANDING_OF_SANCTION, fact_row, imposed_props, label_of
from queries.read.moment import Moment

WHOLE_PAGE = 10_000
MOST_NAMED = 20
"""Companies that a row names; their number counts all."""
_ROWS = 100_000

Progress = Callable[[str, int, int], None]
"""(stage, done, total)"""

WHOLE_COUNTS: LiteralString = """
CALL () {
  MATCH (p:Party) RETURN 'parties' AS what, count(p) AS n
  UNION ALL
  MATCH (a:Address) RETURN 'addresses' AS what, count(a) AS n
  UNION ALL
  MATCH (s:Sanction) RETURN 'sanctions' AS what, count(s) AS n
}
RETURN what, n
"""
WHOLE_PARTIES: LiteralString = """
MATCH (p:Party)
USING INDEX p:Party(key)
WHERE p.key > $after
WITH p ORDER BY p.key LIMIT $page
RETURN collect([p.key, labels(p), p.name, p.kind, p.region, coalesce(p.hub, false), EXISTS { (p)<-[:IDENTIFIES]-() },
  head(COLLECT {
    MATCH (s:Statement)-[:ABOUT]->(p)
    WHERE s.industry IS NOT NULL AND s.rec_from <= $k AND $k < s.rec_to
      AND (s.since IS NULL OR s.since <= $day) AND (s.until IS NULL OR s.until > $day)
      AND (s.absent_since IS NULL OR s.absent_since > $day)
    RETURN s.industry ORDER BY s.data_date IS NULL, s.data_date DESC, s.fact_id LIMIT 1
  })]) AS found
"""
WHOLE_ADDRESSES: LiteralString = """
MATCH (a:Address)
USING INDEX a:Address(key)
WHERE a.key > $after
WITH a ORDER BY a.key LIMIT $page
RETURN collect([a.key, labels(a), a.name, null, null, coalesce(a.hub, false), true, null]) AS found
"""
# Everything that is walked begins at a party.
WHOLE_EDGES: LiteralString = (
    """
MATCH (a:Party)
USING INDEX a:Party(key)
WHERE a.key > $after
WITH a ORDER BY a.key LIMIT $page
OPTIONAL MATCH (a)-[r:"""
    + WALKED
    + """]->(b)
WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND (r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)
RETURN max(a.key) AS last, count(DISTINCT a) AS parties,
  collect(CASE WHEN r IS NOT NULL THEN [a.key, b.key, type(r)] END) AS found
"""
)
WHOLE_IMPOSED: LiteralString = (
    """
MATCH (s:Sanction)
USING INDEX s:Sanction(key)
WHERE s.key > $after
WITH s ORDER BY s.key LIMIT $page
OPTIONAL MATCH (s)-[r:IMPOSED_ON]->(p:Party)
WHERE r.rec_from <= $k AND $k < r.rec_to AND s.retired IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])
WITH s, p, r, """
    + STANDING_OF_SANCTION
    + """
RETURN max(s.key) AS last, count(DISTINCT s) AS sanctions, collect(CASE WHEN r IS NOT NULL THEN {sanction: s.key,
  key: p.key, standing: standing,
  props: r {.fact_id, .rec_from, .trust, .since, .until, .absent_since, .data_date, .seen_on, .seen_at}} END) AS found
"""
)

QUESTION_COLUMNS: dict[str, dict[str, str]] = {
    "components": {
        "component": "number of the component, the largest first",
        "parties": "parties in it",
        "entities": "bodies among them",
        "persons": "natural persons among them",
        "addresses": "addresses in it",
        "listed": "listed parties in it",
        "hubs": "hubs that stand next to it, and are in no component",
        "key": "key of the party with most neighbours in it",
        "name": "its name",
    },
    "exposed": {
        "key": "key of a party that is not listed",
        "label": "Entity, Person or Organ",
        "name": "its name",
        "nearest": "relationships to the nearest listed party: 1 or 2",
        "listed_1": "listed parties next to it",
        "listed_2": "listed parties two relationships away, and not nearer",
        "hubs": "hubs next to it: what lies behind them is not counted",
    },
    "links": {
        "key": "key of a person who stands next to two or more listed bodies",
        "name": "the person's name",
        "listed": "listed bodies next to the person",
        "entities": "all bodies next to the person",
        "hub": "the person is a hub: exposure does not walk through it",
        "keys": "keys of the listed bodies, the first 20",
        "names": "their names, the first 20",
        "relationships": "types of the relationships with them",
    },
    "addresses": {
        "key": "key of an address of two or more bodies",
        "name": "the address",
        "entities": "bodies registered there",
        "listed": "listed bodies among them",
        "share": "listed / entities, 0 to 1",
        "hub": "the address is a hub: exposure does not walk through it",
    },
    "concentration": {
        "dimension": "label (all parties), or kind, region or industry (bodies only)",
        "value": "its value; empty = not stated",
        "parties": "parties with this value",
        "listed": "listed parties among them",
        "share": "listed / parties, 0 to 1",
        "share_all": "the same for all values of this dimension",
        "sanctions": "sanctions on them that are not over",
    },
    "branches": {
        "key": "key of a body that has branches",
        "name": "its name",
        "own": "its own sanctions that are not over",
        "branches": "its branches, and theirs",
        "listed": "listed ones among them",
        "sanctions": "sanctions on them that are not over",
        "total": "own + sanctions: those of the whole body",
        "keys": "keys of the listed branches, the first 20",
        "names": "their names, the first 20",
    },
    "circles": {
        "circle": "number of the circle, that of most parties first",
        "parties": "parties that hold shares of each other all round; 1: it holds shares in itself",
        "holdings": "holdings between them",
        "listed": "listed ones among them",
        "key": "key of one of them",
        "keys": "their keys, the first 20",
        "names": "their names, the first 20",
        "round": "one way round, by name",
    },
}
"""The columns of each frame; every frame also ends with `as_of` and `position`."""


@dataclass(frozen=True)
class WholeGraph:
    """The graph of one day in arrays: nodes by number, and relationships as pairs of numbers.

    `nodes` has a row for each party and address: key, label, name, kind, region, hub, industry, sanctions (those that
    are not over). `start`, `end` and `kind` (place in `WALKABLE`) have an item for each relationship.
    """

    as_of: date
    position: int
    nodes: pl.DataFrame
    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray

    def flag(self, column: str) -> np.ndarray:
        """A column of the nodes that is true or false, as an array."""
        return self.nodes[column].to_numpy().astype(bool)

    def where(self, *labels: str) -> np.ndarray:
        """Which nodes have one of these labels?"""
        return self.nodes["label"].is_in(labels).to_numpy().astype(bool)

    @property
    def listed(self) -> np.ndarray:
        """Which nodes have a sanction that is not over on the day?"""
        return self.nodes["sanctions"].to_numpy() > 0

    def beside(self) -> sparse.csr_array:
        """Who stands next to whom: 1 where at least one relationship ties two different nodes, both ways."""
        n = self.nodes.height
        apart = self.start != self.end
        a, b = self.start[apart], self.end[apart]
        ones = np.ones(2 * len(a), dtype=np.int32)
        ties = sparse.csr_array((ones, (np.r_[a, b], np.r_[b, a])), shape=(n, n))
        ties.data[:] = 1  # several relationships of the same two count once
        return ties


def read_whole(graph: Graph, *, as_of: date | Moment, progress: Progress = lambda *_: None) -> WholeGraph:
    """The graph of one day, read from Neo4j page by page, as believed now.

    What is written meanwhile does not count: everything is read for one clock position.
    """
    moment = Moment.of(graph, as_of)
    day, position = moment.as_of, moment.position
    totals = {r["what"]: r["n"] for r in graph.read(WHOLE_COUNTS)}
    rows: list[list[Any]] = []
    for query, what in ((WHOLE_PARTIES, "parties"), (WHOLE_ADDRESSES, "addresses")):
        first = len(rows)
        for page in _pages(graph, query, position, day):
            rows += page
            progress(what, len(rows) - first, totals[what])
    place = {row[0]: i for i, row in enumerate(rows)}
    start, end, kind = _edges(graph, place, position, day, lambda n: progress("relationships", n, totals["parties"]))
    sanctions = _sanctions(graph, place, position, day, lambda n: progress("sanctions", n, totals["sanctions"]))
    keys, labels, names, kinds, regions, hubs, standing, industries = ([row[i] for row in rows] for i in range(8))
    columns: dict[str, Any] = {
        "key": keys,
        "label": [label_of(each) for each in labels],
        "name": names,
        "kind": kinds,
        "region": regions,
    }
    columns |= {"hub": hubs, "industry": industries, "sanctions": sanctions}
    kept = {"hub": pl.Boolean, "sanctions": pl.Int64}
    nodes = pl.DataFrame(columns, schema={name: kept.get(name, pl.String) for name in columns})
    # A party that was linked or merged is empty: all of its facts stand elsewhere.
    used = np.array(standing, dtype=bool) | (sanctions > 0)
    used[start] = used[end] = True
    number = np.cumsum(used) - 1
    return WholeGraph(day, position, nodes.filter(pl.Series(used)), number[start], number[end], kind)


def _edges(
    graph: Graph, place: dict[str, int], position: int, day: date, told: Callable[[int], None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The relationships of the day as numbers of nodes and of types. The only place where they are read."""
    types = {name: i for i, name in enumerate(WALKABLE)}
    pages: list[np.ndarray] = []
    after, done = "", 0
    while True:
        r = graph.read(WHOLE_EDGES, after=after, page=WHOLE_PAGE, k=position, day=day)[0]
        if r["last"] is None:
            break
        # A party or address that came while the pages were read is not there, and neither are its facts.
        found = [(place[a], place[b], types[t]) for a, b, t in r["found"] if a in place and b in place]
        pages.append(np.array(found, dtype=np.int64).reshape(-1, 3))
        after, done = r["last"], done + r["parties"]
        told(done)
    edges = np.concatenate(pages) if pages else np.zeros((0, 3), dtype=np.int64)
    return edges[:, 0], edges[:, 1], edges[:, 2]


def _pages(graph: Graph, query: LiteralString, position: int, day: date) -> Iterator[list[list[Any]]]:
    after = ""
    while found := graph.read(query, after=after, page=WHOLE_PAGE, k=position, day=day)[0]["found"]:
        after = found[-1][0]
        yield found


def _sanctions(
    graph: Graph, place: dict[str, int], position: int, day: date, told: Callable[[int], None]
) -> np.ndarray:
    """How many sanctions that are not over each node has."""
    counts = np.zeros(len(place), dtype=np.int64)
    after, done = "", 0
    while True:
        r = graph.read(WHOLE_IMPOSED, after=after, page=WHOLE_PAGE, k=position)[0]
        if r["last"] is None:
            return counts
        said: dict[tuple[str, str], list[FactRow]] = {}
        for one in r["found"]:
            props = {k: v for k, v in imposed_props(one, position).items() if v is not None}
            row = fact_row("IMPOSED_ON", one["sanction"], one["key"], props, position=position)
            said.setdefault((row.start, row.end), []).append(row)
        for (_, key), rows in said.items():
            status, first, _ = status_on(rows, day)
            if status not in (None, "ended") and first.trust == "official" and key in place:
                counts[place[key]] += 1
        after, done = r["last"], done + r["sanctions"]
        told(done)


# --- the questions ----------------------------------------------------------------------------------------


def components(whole: WholeGraph) -> pl.DataFrame:
    """Which parties and addresses hang together, directly or through others, and how large is each such component?

    Hubs tie nothing together and are in no component; who hangs on hubs only is a component by itself.
    """
    hub = whole.flag("hub")
    tie = ~hub[whole.start] & ~hub[whole.end]
    n = whole.nodes.height
    ties = sparse.coo_array((np.ones(int(tie.sum()), dtype=np.int8), (whole.start[tie], whole.end[tie])), shape=(n, n))
    _, member = connected_components(ties, directed=False) if n else (0, np.zeros(0, dtype=np.int64))
    beside = np.diff(whole.beside().indptr)
    a, b = np.r_[whole.start, whole.end], np.r_[whole.end, whole.start]
    meets = ~hub[a] & hub[b]
    hubs = (
        pl.DataFrame({"member": member[a[meets]].astype(np.int64), "hub": b[meets]})
        .group_by("member")
        .agg(pl.col("hub").n_unique().alias("hubs"))
    )
    nodes = whole.nodes.select("key", "label", "name", "hub").with_columns(
        member=pl.Series(member, dtype=pl.Int64),
        beside=pl.Series(beside, dtype=pl.Int64),
        listed=pl.Series(whole.listed),
    )
    label = pl.col("label")
    frame = (
        nodes.filter(~pl.col("hub"))
        .sort(label == "Address", -pl.col("beside"), "key")
        .group_by("member", maintain_order=True)
        .agg(
            (label != "Address").sum().alias("parties"),
            label.is_in(["Entity", "Organ"]).sum().alias("entities"),
            (label == "Person").sum().alias("persons"),
            (label == "Address").sum().alias("addresses"),
            pl.col("listed").sum(),
            pl.col("key").first(),
            pl.col("name").first(),
        )
        .filter(pl.col("parties") > 0)
        .join(hubs, on="member", how="left")
        .with_columns(pl.col("hubs").fill_null(0))
        .sort(-pl.col("parties").cast(pl.Int64), "key")
        .with_row_index("component", offset=1)
    )
    return _as_documented(frame, "components", whole)


def exposed(whole: WholeGraph) -> pl.DataFrame:
    """Which parties that are not listed have most listed parties within two relationships?

    Most listed parties next to it first, then most two away. The party in between may be anybody but a hub.
    """
    hub, listed = whole.flag("hub"), whole.listed
    party = ~whole.where("Address")
    beside = whole.beside()
    to_listed = beside[:, np.flatnonzero(listed & party)]
    through = beside @ sparse.diags_array((~hub).astype(np.int32), format="csr", dtype=np.int32)
    second = np.zeros(whole.nodes.height, dtype=np.int64)
    for row in range(0, whole.nodes.height, _ROWS):
        some = slice(row, row + _ROWS)
        near, far = to_listed[some], through[some] @ to_listed
        far.data[:] = 1
        second[some] = np.diff(far.indptr) - np.diff(far.multiply(near).tocsr().indptr)
    first = np.diff(to_listed.indptr)
    hubs = np.diff(beside[:, np.flatnonzero(hub)].tocsr().indptr)
    frame = (
        whole.nodes.select("key", "label", "name")
        .with_columns(listed_1=pl.Series(first), listed_2=pl.Series(second), hubs=pl.Series(hubs))
        .filter(pl.Series(~listed & party))
        .filter((pl.col("listed_1") > 0) | (pl.col("listed_2") > 0))
        .with_columns(nearest=pl.when(pl.col("listed_1") > 0).then(1).otherwise(2))
        .sort(-pl.col("listed_1").cast(pl.Int64), -pl.col("listed_2"), "key")
    )
    return _as_documented(frame, "exposed", whole)


def links(whole: WholeGraph) -> pl.DataFrame:
    """Which persons stand next to two or more listed bodies, and so link them? Most of them first."""
    bodies = _bodies_of(whole, "Person")
    name = pl.when(pl.col("body_name").is_null()).then(pl.col("body_key")).otherwise(pl.col("body_name"))
    listed = bodies.filter(pl.col("listed")).sort("body_key")
    one_each = listed.unique(["node", "body"], maintain_order=True)
    frame = (
        one_each.group_by("node")
        .agg(
            pl.len().alias("listed"),
            pl.col("body_key").head(MOST_NAMED).str.join(" ").alias("keys"),
            name.head(MOST_NAMED).str.join("、").alias("names"),
        )
        .filter(pl.col("listed") > 1)
        .join(
            listed.group_by("node").agg(pl.col("type").unique().sort().str.join(" ").alias("relationships")), on="node"
        )
        .join(bodies.group_by("node").agg(pl.col("body").n_unique().alias("entities")), on="node")
        .join(whole.nodes.with_row_index("node").select(pl.col("node").cast(pl.Int64), "key", "name", "hub"), on="node")
        .sort(-pl.col("listed").cast(pl.Int64), "key")
    )
    return _as_documented(frame, "links", whole)


def addresses(whole: WholeGraph) -> pl.DataFrame:
    """At which addresses are two or more bodies registered, and how many of them are listed? The largest first."""
    frame = (
        _bodies_of(whole, "Address")
        .unique(["node", "body"])
        .group_by("node")
        .agg(pl.len().alias("entities"), pl.col("listed").sum())
        .filter(pl.col("entities") > 1)
        .with_columns(share=pl.col("listed") / pl.col("entities"))
        .join(whole.nodes.with_row_index("node").select(pl.col("node").cast(pl.Int64), "key", "name", "hub"), on="node")
        .sort(-pl.col("entities").cast(pl.Int64), "key")
    )
    return _as_documented(frame, "addresses", whole)


def concentration(whole: WholeGraph) -> pl.DataFrame:
    """Among which parties, kinds, regions and industries are sanctions frequent? Most listed parties first.

    Region and industry are counted as sources state them. A high share may only mean that an organ reports more.
    """
    parties = whole.nodes.filter(pl.col("label") != "Address").with_columns(listed=pl.col("sanctions") > 0)
    frames = []
    for place, dimension in enumerate(("label", "kind", "region", "industry")):
        some = parties if dimension == "label" else parties.filter(pl.col("label").is_in(["Entity", "Organ"]))
        frames.append(
            some.group_by(pl.col(dimension).alias("value"))
            .agg(pl.len().alias("parties"), pl.col("listed").sum(), pl.col("sanctions").sum())
            .with_columns(
                place=place,
                dimension=pl.lit(dimension),
                share=pl.col("listed") / pl.col("parties"),
                share_all=pl.col("listed").sum() / pl.col("parties").sum(),
            )
        )
    frame = pl.concat(frames).sort("place", -pl.col("listed").cast(pl.Int64), "value", nulls_last=True)
    return _as_documented(frame, "concentration", whole)


def branches(whole: WholeGraph) -> pl.DataFrame:
    """Which bodies have branches, and what is on these? A branch is no legal person: its sanctions add up to the body's.

    Branches of branches count for each body above them. A branch that only its name tells counts too (policy `branch-name`).
    """
    some = (whole.kind == WALKABLE.index(BranchOf.TYPE)) & (whole.start != whole.end)
    below: dict[int, list[int]] = {}
    for a, b in zip(whole.start[some].tolist(), whole.end[some].tolist(), strict=True):
        below.setdefault(b, []).append(a)
    keys, names = whole.nodes["key"], whole.nodes["name"]
    standing = whole.nodes["sanctions"].to_numpy()
    rows = []
    for body in below:
        found = dict.fromkeys(below[body])
        for one in (queue := list(found)):
            new = [n for n in below.get(one, ()) if n not in found and n != body]
            found.update(dict.fromkeys(new))
            queue += new
        listed = sorted((n for n in found if standing[n]), key=keys.__getitem__)
        on_them = int(standing[list(found)].sum())
        told = [names[n] or keys[n] for n in listed[:MOST_NAMED]]
        row = (
            keys[body],
            names[body],
            int(standing[body]),
            len(found),
            len(listed),
            on_them,
            int(standing[body]) + on_them,
        )
        rows.append((*row, " ".join(keys[n] for n in listed[:MOST_NAMED]), "、".join(told)))
    texts = ("key", "name", "keys", "names")
    schema = {name: pl.String if name in texts else pl.Int64 for name in QUESTION_COLUMNS["branches"]}
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort(-pl.col("total"), -pl.col("branches"), "key")
    return _as_documented(frame, "branches", whole)


def circles(whole: WholeGraph) -> pl.DataFrame:
    """Which parties hold shares of each other all round (循环持股, 交叉持股), or in themselves?

    A circle is told as a whole: all parties from each of which holdings lead to each other one.
    """
    some = whole.kind == WALKABLE.index(HoldsSharesIn.TYPE)
    start, end, n = whole.start[some], whole.end[some], whole.nodes.height
    ties = sparse.coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(n, n))
    _, member = (
        connected_components(ties, directed=True, connection="strong") if n else (0, np.zeros(0, dtype=np.int64))
    )
    inside = member[start] == member[end]
    onward: dict[int, set[int]] = {}
    for a, b in zip(start[inside].tolist(), end[inside].tolist(), strict=True):
        onward.setdefault(a, set()).add(b)
    grouped: dict[int, list[int]] = {}
    for one in onward:
        grouped.setdefault(int(member[one]), []).append(one)
    keys, names, listed = whole.nodes["key"], whole.nodes["name"], whole.listed
    rows = []
    for nodes in grouped.values():
        nodes.sort(key=keys.__getitem__)
        way = [names[one] or keys[one] for one in _way_round(nodes[0], onward)]
        holdings = sum(len(onward[one]) for one in nodes)
        shown = nodes[:MOST_NAMED]
        told = (" ".join(keys[one] for one in shown), "、".join(names[one] or keys[one] for one in shown))
        rows.append((len(nodes), holdings, int(listed[nodes].sum()), keys[nodes[0]], *told, " → ".join(way)))
    texts = ("key", "keys", "names", "round")
    schema = {c: pl.String if c in texts else pl.Int64 for c in QUESTION_COLUMNS["circles"] if c != "circle"}
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort(-pl.col("parties"), "key")
    return _as_documented(frame.with_row_index("circle", offset=1), "circles", whole)


def _way_round(first: int, onward: dict[int, set[int]]) -> list[int]:
    """The shortest way from a member of a circle back to it, the first again at its end."""
    came: dict[int, int] = {}
    queue = [first]
    for one in queue:
        for other in sorted(onward[one]):
            if other == first:
                way = [one]
                while way[-1] != first:
                    way.append(came[way[-1]])
                return [*reversed(way), first]
            if other not in came:
                came[other] = one
                queue.append(other)
    return [first]


QUESTIONS: dict[str, Callable[[WholeGraph], pl.DataFrame]] = {
    "components": components,
    "exposed": exposed,
    "links": links,
    "addresses": addresses,
    "concentration": concentration,
    "branches": branches,
    "circles": circles,
}


def _bodies_of(whole: WholeGraph, label: str) -> pl.DataFrame:
    """A row for each relationship of a node of this label with a body: node, body, type, the body's key and name."""
    node, body = whole.where(label), whole.where("Entity", "Organ")
    out, back = node[whole.start] & body[whole.end], body[whole.start] & node[whole.end]
    nodes = np.r_[whole.start[out], whole.end[back]]
    bodies = np.r_[whole.end[out], whole.start[back]]
    kinds = np.r_[whole.kind[out], whole.kind[back]]
    return pl.DataFrame(
        {
            "node": pl.Series(nodes, dtype=pl.Int64),
            "body": pl.Series(bodies, dtype=pl.Int64),
            "type": pl.Series([WALKABLE[k] for k in kinds], dtype=pl.String),
            "body_key": whole.nodes["key"].gather(bodies),
            "body_name": whole.nodes["name"].gather(bodies),
            "listed": pl.Series(whole.listed[bodies], dtype=pl.Boolean),
        }
    )


def _as_documented(frame: pl.DataFrame, what: str, whole: WholeGraph) -> pl.DataFrame:
    numbers = pl.selectors.integer().cast(pl.Int64)
    return frame.select(*QUESTION_COLUMNS[what]).with_columns(
        numbers, as_of=pl.lit(whole.as_of), position=pl.lit(whole.position, dtype=pl.Int64)
    )
