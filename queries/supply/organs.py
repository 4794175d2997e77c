"""Which organ answers today for a document of then? Names over time, roles, parents, and dated successors.

Nothing is inferred from names that look alike: only what a table of organs states (source `organs`) is followed.
"""

from datetime import date
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.facts import FactRow
from graph_model.identifiers import name_key
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, Cut, FactRef, NodeRef, Sentence
from queries.read.facts import fact_row
from queries.read.moment import position_at
from queries.read.provenance import fact_refs, path_along
from queries.read.values import native


class OrganName(AnswerShape):
    """A name that an organ bears or bore."""

    name: str = Field(examples=["郴州市市场监督管理局"])
    since: date | None = Field(None, description="first day of the name; null = unknown")
    until: date | None = Field(None, description="first day after; null = unknown, or borne still")


class OrganLink(AnswerShape):
    """The organ above, or the one that took over, as one source says it."""

    organ: NodeRef
    since: date | None = None
    until: date | None = None
    source: str
    owner: str | None = None


class OrganRef(NodeRef):
    """An organ with its names over time, roles, parents and successors."""

    code: str | None = Field(None, description="unified social credit code")
    region: str | None = None
    names: list[OrganName] = Field([])
    roles: list[str] = Field([], description="O01 to O09")
    parents: list[OrganLink] = Field([])
    successors: list[OrganLink] = Field([])


class Organs(AnswerShape):
    """The organs of the graph, those of the table of organs first."""

    question: Literal["organs"] = "organs"
    position: int
    total: int = Field(description="organs in all")
    listed: int = Field(description="of them in a table of organs")
    rows: list[OrganRef]
    cut: list[Cut] = Field([])


class OwnerToday(AnswerShape):
    """Which organ answers today for a document of then."""

    question: Literal["owner-today"] = "owner-today"
    name: str
    day: date | None = Field(None, description="day of the document; null = not given")
    as_of: date
    known_at: date | None = None
    position: int
    status: Literal["found", "unknown", "ambiguous", "cycle"]
    reason: Sentence | None = None
    answers: OrganRef | None = Field(None, description="the organ that answers; null when it cannot be said")
    bearers: list[OrganRef] = Field([], description="the organs that bore the name then")
    candidates: list[NodeRef] = Field([], description="who may answer, when it is ambiguous")
    path: list[NodeRef | FactRef] = Field([], description="organ, succession, organ, …")
    reading: list[Sentence] = Field([], description="how unknown dates were read")


MAX_ORGANS = 200
"""Organs in one answer at the most."""
STEPS = 50
"""Successions that are followed; a chain that is longer is a fault of the table."""

ORGANS_CALLED: LiteralString = """
CALL () {
  MATCH (i:Identifier {scheme: 'organ-name', value: $key})-[:IDENTIFIES]->(o:Organ) RETURN o
  UNION
  MATCH (o:Party {name_key: $key}) USING INDEX SEEK o:Party(name_key) WHERE o:Organ RETURN o
  UNION
  MATCH (s:Statement)-[:ABOUT]->(o:Organ)
  WHERE s.rec_from <= $k AND $k < s.rec_to AND (s.name = $name OR $name IN s.former_names)
  RETURN o
}
RETURN o.key AS key ORDER BY key
"""

ORGANS: LiteralString = """
UNWIND $keys AS key
MATCH (o:Party {key: key})
USING INDEX SEEK o:Party(key)
WHERE o:Organ
RETURN o.key AS key, o.name AS name,
  [(o)<-[:IDENTIFIES]-(i:Identifier) WHERE i.scheme = 'uscc' | i.value] AS codes,
  [(s:Statement)-[:ABOUT]->(o) WHERE s.rec_from <= $k AND $k < s.rec_to |
    s {.name, .former_names, .since, .until, .region, .organ_roles, .data_date, .statement_id}] AS said,
  [(o)-[r:PART_OF]->(p:Organ) WHERE r.rec_from <= $k AND $k < r.rec_to |
    {key: p.key, name: p.name, since: r.since, until: r.until, source: r.source, owner: r.owner}] AS parents,
  [(o)-[r:SUCCEEDED_BY]->(p:Organ) WHERE r.rec_from <= $k AND $k < r.rec_to |
    {key: p.key, name: p.name, since: r.since, until: r.until, source: r.source, owner: r.owner}] AS successors
"""

COUNT_ORGANS: LiteralString = """
MATCH (o:Organ) WHERE EXISTS { (o)<-[:IDENTIFIES]-() }
RETURN count(o) AS total, sum(CASE WHEN EXISTS {
  (s:Statement)-[:ABOUT]->(o) WHERE s.source = 'organs' AND s.rec_from <= $k AND $k < s.rec_to
} THEN 1 ELSE 0 END) AS listed
"""

ORGAN_KEYS: LiteralString = """
MATCH (o:Organ) WHERE EXISTS { (o)<-[:IDENTIFIES]-() }
WITH o, EXISTS {
  (s:Statement)-[:ABOUT]->(o) WHERE s.source = 'organs' AND s.rec_from <= $k AND $k < s.rec_to
} AS listed
RETURN o.key AS key ORDER BY listed DESC, o.name, key LIMIT $limit
"""

# A succession counts from its day; without a day it is read as past, and the answer says so.
SUCCESSORS: LiteralString = """
MATCH (a:Party {key: $key})-[r:SUCCEEDED_BY]->(b:Organ)
WHERE r.rec_from <= $k AND $k < r.rec_to
  AND (r.since IS NULL OR r.since <= $day) AND (r.until IS NULL OR $day < r.until)
RETURN b.key AS key, b.name AS name, properties(r) AS props ORDER BY key, props.fact_id
"""


def organs(graph: Graph, *, known_at: date | None = None, limit: int = MAX_ORGANS) -> Organs:
    """Which organs are known, with names, roles, parents and successors? Those of a table of organs come first."""
    k = position_at(graph, known_at)
    counts = graph.read(COUNT_ORGANS, k=k)[0]
    keys = [r["key"] for r in graph.read(ORGAN_KEYS, k=k, limit=limit)]
    cut = []
    if counts["total"] > len(keys):
        cut = [Cut(reason="limit", detail=say("limit_organs", more=counts["total"] - len(keys)))]
    found = _organ_refs(graph, keys, k)
    return Organs(position=k, total=counts["total"], listed=counts["listed"], rows=list(found.values()), cut=cut)


def owner_today(
    graph: Graph, name: str, day: date | None = None, *, as_of: date, known_at: date | None = None
) -> OwnerToday:
    """Which organ answers on `as_of` for a document that names `name` and is of `day`?

    The organ that bore the name on that day is looked for, and then every succession that has happened by `as_of` is
    followed. Several bearers, several successors of one organ, and a chain that runs in a circle are reported
    (`ambiguous`, `cycle`), never decided. An unknown date of a name or a succession is read as past, and named in
    `reading`.

    Args:
        day: day of the document; None: not known, so that every bearer of the name counts.
    """
    k = position_at(graph, known_at)
    reading: list[str] = []
    answer = OwnerToday(name=name, day=day, as_of=as_of, known_at=known_at, position=k, status="found")
    keys = [r["key"] for r in graph.read(ORGANS_CALLED, name=name, key=name_key(name), k=k)]
    known = list(_organ_refs(graph, keys, k).values())
    if not known:
        return answer.model_copy(update={"status": "unknown", "reason": say("no_organ")})
    bearers = _bearers(known, name, day, reading)
    answer = answer.model_copy(update={"bearers": bearers, "reading": reading})
    if len(bearers) > 1:
        reason = say("organs_of_name_on_day" if day else "organs_of_name", count=len(bearers))
        nodes = [_node(b) for b in bearers]
        return answer.model_copy(update={"status": "ambiguous", "reason": reason, "candidates": nodes})
    return _follow(graph, bearers[0], answer)


def _follow(graph: Graph, first: OrganRef, answer: OwnerToday) -> OwnerToday:
    """Every succession up to the day asked about."""
    here, steps = _node(first), list[FactRow]()
    reading, passed, refs = list(answer.reading), {first.key: here}, dict[str, FactRef]()

    def ended(**fields: Any) -> OwnerToday:
        path = path_along(passed, refs, first.key, steps)
        return answer.model_copy(update={"path": path, "reading": reading, **fields})

    for _ in range(STEPS):
        rows = graph.read(SUCCESSORS, key=here.key, k=answer.position, day=answer.as_of)
        after = {r["key"]: NodeRef(key=r["key"], label="Organ", name=r["name"]) for r in rows}
        if not after:
            return ended(answers=_organ_refs(graph, [here.key], answer.position)[here.key])
        if len(after) > 1:
            names = ", ".join(n.name or n.key for n in after.values())
            reason = say("several_successors", name=here.name, names=names)
            return ended(status="ambiguous", reason=reason, candidates=list(after.values()))
        key, node = next(iter(after.items()))
        facts = [fact_row("SUCCEEDED_BY", here.key, key, r["props"]) for r in rows]
        refs |= fact_refs(graph, facts)
        steps.append(facts[0])
        circle = key in passed
        passed[key] = node
        if facts[0].since is None:
            reading.append(say("took_over_unknown", name=node.name))
        if circle:
            reason = say("successions_circle", name=node.name)
            return ended(status="cycle", reason=reason)
        here = node
    return ended(status="cycle", reason=say("successions_limit", limit=STEPS))


def _bearers(known: list[OrganRef], name: str, day: date | None, reading: list[str]) -> list[OrganRef]:
    """The organs that bore the name on the day; when no period holds the day, all that ever did."""
    periods = {o.key: [n for n in o.names if name_key(n.name) == name_key(name)] for o in known}
    # A name for which the table has a row means that organ: one known from its decisions alone has no row.
    stated = [o for o in known if periods[o.key]] or known
    if day is None:
        return stated
    then = [o for o in stated if any(_holds(n, day) for n in periods[o.key])]
    if not then:
        if any(periods[o.key] for o in stated):
            reading.append(say("bore_name_never", day=day))
        return stated
    for organ in then:
        if not any(n.since and _holds(n, day) for n in periods[organ.key]):
            reading.append(say("bore_name_unknown", name=organ.name))
    return then


def _holds(name: OrganName, day: date) -> bool:
    return (name.since is None or name.since <= day) and (name.until is None or day < name.until)


def _node(organ: OrganRef) -> NodeRef:
    return NodeRef(key=organ.key, label="Organ", name=organ.name)


def _organ_refs(graph: Graph, keys: list[str], k: int) -> dict[str, OrganRef]:
    rows = {r["key"]: r for r in graph.read(ORGANS, keys=keys, k=k)}
    return {key: _organ_ref(rows[key]) for key in keys if key in rows}


def _organ_ref(r: Any) -> OrganRef:
    said = [{name: native(v) for name, v in s.items()} for s in r["said"]]
    said.sort(key=lambda s: (s["data_date"] or date.min, s["since"] or date.min, s["statement_id"]), reverse=True)
    names = {
        (n, s["since"], s["until"]): None
        for s in sorted(said, key=lambda s: (s["since"] or date.min, s["statement_id"]))
        for n in [*([s["name"]] if s["name"] else []), *(s["former_names"] or [])]
    }
    return OrganRef(
        key=r["key"],
        label="Organ",
        name=r["name"],
        code=min(r["codes"], default=None),
        region=next((s["region"] for s in said if s["region"]), None),
        names=[OrganName(name=n, since=since, until=until) for n, since, until in names],
        roles=sorted({role for s in said for role in s["organ_roles"] or []}),
        parents=_links(r["parents"]),
        successors=_links(r["successors"]),
    )


def _links(rows: list[Any]) -> list[OrganLink]:
    links = [
        OrganLink(
            organ=NodeRef(key=r["key"], label="Organ", name=r["name"]),
            since=native(r["since"]),
            until=native(r["until"]),
            source=r["source"],
            owner=r["owner"],
        )
        for r in rows
    ]
    return sorted(links, key=lambda link: (link.organ.key, link.source, link.since or date.min))
