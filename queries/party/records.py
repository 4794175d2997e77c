"""What organs recorded of a party beside sanctions: credentials, commitments, inspections, tenders."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, LiteralString

from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import Cut, FactRef, NodeRef
from queries.read.facts import fact_row, label_of
from queries.read.moment import Moment
from queries.read.provenance import fact_refs

BROKEN = ("broken", "false")
"""States of a commitment that are dishonesty information (失信信息)."""

MAX_RECORDS = 1_000

# Broken promises first, so that they are never what is cut off.
RECORDS: LiteralString = """
MATCH (p:Party {key: $key})-[r:HOLDS|INSPECTED_IN|BID_IN|AGENT_FOR|TENDERED_BY|EVALUATES]-(o)
WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day) AND o.retired IS NULL
RETURN type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end,
  o.key AS other, labels(o) AS labels, coalesce(o.name, o.title, o.document_number) AS name
ORDER BY coalesce(r.kind = 'commitment' AND r.state IN $broken, false) DESC, r.since DESC, r.fact_id
LIMIT $limit
"""


def is_broken(fact: FactRef, as_of: date) -> bool:
    """Whether the fact is a commitment that was, by a day, found to be broken or false (P20)."""
    return fact.type == "HOLDS" and fact.properties.get("kind") == "commitment" and _broken(fact.properties, as_of)


def _broken(props: Mapping[str, Any], as_of: date) -> bool:
    return props.get("state") in BROKEN and all(
        (day := props.get(n)) is None or day <= as_of for n in ("since", "state_on")
    )


def promises_status(found: Iterable[tuple[str, bool]]) -> str:
    """`hit` where an official source says that a promise was broken or false, `incomplete` where only others do.

    `found`: of each promise the trust of who says so, and whether it was broken by the day.
    """
    said = {trust == "official" for trust, is_so in found if is_so}
    return "hit" if True in said else "incomplete" if said else "clear"


def records_of(graph: Graph, key: str, moment: Moment) -> tuple[list[FactRef], list[NodeRef], list[Cut]]:
    """Which credentials, commitments, inspections and tenders are recorded of this party?

    Those that begin after the day asked about are left out; those that are over are told, with their dates.

    Returns:
        (facts, broken promises first and then the newest; the nodes at their other end; what was cut off)
    """
    found = graph.read(
        RECORDS, key=key, k=moment.position, day=moment.as_of, broken=list(BROKEN), limit=MAX_RECORDS + 1
    )
    told = found[:-1] if len(found) > MAX_RECORDS else found
    rows = [fact_row(r["type"], r["start"], r["end"], r["props"]) for r in told]
    nodes = {r["other"]: NodeRef.of(r["other"], label_of(r["labels"]), r["name"]) for r in told}
    refs = fact_refs(graph, rows)
    cut = [Cut(reason="limit", detail=say("limit_records", limit=MAX_RECORDS))]
    return [refs[row.fact_id] for row in rows], list(nodes.values()), cut if len(found) > MAX_RECORDS else []


def kept_promises_status(listed: Iterable[Mapping[str, Any]], as_of: date) -> str:
    """As `promises_status`, of what the copy of the graph keeps of a party's promises."""
    rows = [{**r, **{n: date.fromisoformat(r[n]) for n in ("since", "state_on") if r.get(n)}} for r in listed]
    return promises_status((str(r.get("trust", "official")), _broken(r, as_of)) for r in rows)


def broken_promises(facts: Sequence[FactRef], as_of: date) -> list[FactRef]:
    """Those of the facts that are dishonesty information (失信信息): promises that were broken or false."""
    return [fact for fact in facts if is_broken(fact, as_of)]
