"""Can this item be repaired (信用修复), from when, and what is missing?

Three classes of publicity (轻微、一般、严重) by 国办发〔2025〕22号 and 国家发展改革委令第36号, in force since 2026-04-01. The class
is the one that the source states; else it is read from the kind of sanction by the words of the rule pack (`publicity.yaml`), and
the answer says so. Terms count from the day of the decision, however late it was published.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.calendar import add_months
from graph_model.events import Event
from graph_model.facts import FactRow
from graph_model.list_terms import early_exit, lists_of
from graph_model.rules import RulePack
from graph_model.schema import FOREVER
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.timeline import end_of_term
from queries.answers import AnswerShape, LegalBasis, Sentence
from queries.read.events import cases_of, events_of
from queries.read.facts import fact_row
from queries.read.moment import Moment, one_moment
from queries.read.values import native


class RepairRef(AnswerShape):
    """Whether an item can be repaired, from when, and what is missing."""

    sanction: str
    severity: Literal["minor", "general", "serious"] | None
    severity_from: str = Field(description="stated, or read from the kind of penalty")
    published_on: date | None
    earliest: date | None = Field(description="first day on which it can be repaired; null = not known")
    latest: date | None = Field(description="day on which publication ends in any case")
    missing: list[Sentence]
    stage: str | None = None
    case: str | None = None
    told: date | None = Field(None, description="day on which the conditions were told with the decision")
    legal_basis: list[LegalBasis] = Field([])


IMPOSED_ITEMS: LiteralString = """
UNWIND $keys AS key
MATCH (s:Sanction {key: key})-[r:IMPOSED_ON]->(p:Party)
WHERE r.rec_to = $forever
RETURN key, p.key AS party, properties(r) AS props ORDER BY key, props.trust <> 'official', props.fact_id
"""


def severity_of(fact: FactRow, pack: RulePack) -> tuple[str | None, str]:
    """(class, where it comes from): stated, or read from list entries and kinds of penalty, the most serious first."""
    if stated := fact.props.get("severity"):
        return stated, say("class_stated")
    listed = any(about.serious for about in lists_of(fact, pack.list_of))  # of any other list nothing is known
    kinds = "、".join(fact.props.get("penalty_kinds") or ())
    for row in sorted((p for p in pack.publicity if p.severity), key=lambda p: -(p.min_months or 0)):
        if listed and row.lists:
            return row.severity, say("class_listed")
        for words, whose in ((row.kinds, say("class_named_by", rule=row.id)), (row.kinds_read, say("class_ours"))):
            if any(word in kinds for word in words):
                return row.severity, say("class_read", kinds=kinds, whose=whose)
    return None, say("class_unstated")


@one_moment
def repair_status(
    graph: Graph,
    pack: RulePack,
    sanctions: Sequence[str],
    *,
    as_of: date | Moment,
    events: Sequence[Event] | None = None,
) -> list[RepairRef]:
    """For each sanction: class, earliest day, what is missing, and how far an application came.

    Args:
        events: all events of these sanctions, when the caller has them.
    """
    moment = Moment.of(graph, as_of)
    if events is None:
        events = events_of(graph, sanctions, position=moment.position)
    first: dict[str, FactRow] = {}
    for r in graph.read(IMPOSED_ITEMS, keys=list(sanctions), forever=FOREVER):
        first.setdefault(r["key"], fact_row("IMPOSED_ON", r["key"], r["party"], r["props"]))
    by_sanction: dict[str, list[Event]] = {}
    for event in events:
        by_sanction.setdefault(event.sanction, []).append(event)
    return [repairable(pack, fact, by_sanction.get(key, []), moment.as_of) for key, fact in first.items()]


def repairable(pack: RulePack, fact: FactRow, events: Sequence[Event], as_of: date) -> RepairRef:
    """As `repair_status`, of one item by what its source states and what was recorded of it. Pure."""
    severity, how = severity_of(fact, pack)
    published = fact.props.get("published_on") or fact.props.get("decided_on") or fact.since
    counted = fact.props.get("decided_on") or fact.since or published
    row = next((p for p in pack.publicity if p.severity == severity and p.in_force.on(as_of)), None)
    earliest = latest = None
    if counted and row:
        # At its earliest on the day after the shortest term (民法典 201: the first day does not count).
        if row.min_months is not None:
            earliest = add_months(counted, row.min_months).day + timedelta(days=1) if row.min_months else counted
        if row.max_months is not None:
            latest = add_months(counted, row.max_months).day
    # A list may set another day from which an earlier removal can be applied for: the later one holds.
    exits = [day for about in lists_of(fact, pack.list_of) if (day := early_exit(fact, about)) is not None]
    earliest = max([earliest, *exits]) if earliest else None
    steps = next(iter(reversed(cases_of(events, "repair").values())), [])
    given = {key for step in steps for key in ("fulfilled", "commitment") if step.details.get(key)}
    missing = []
    if severity is None:
        missing.append(say("class_missing"))
    if counted is None:
        missing.append(say("day_of_decision"))
    older = [
        p
        for p in pack.publicity
        if row is None and p.place == "reference" and p.in_force.until and p.in_force.on(as_of)
    ]
    if severity is not None and row is None:
        told = [say("governs_without_classes", document=p.legal_basis[0].document) for p in older]
        missing.append("; ".join([say("term_missing", day=as_of), *told]))
    if earliest and as_of < earliest:
        missing.append(say("shortest_term", day=earliest))
    if "fulfilled" not in given:
        missing.append(say("proof_corrected"))
    if "commitment" not in given:
        missing.append(say("public_promise"))
    notice = next((e.day for e in events if e.kind == "notice"), None)
    if notice is None and fact.props.get("repair_conditions"):
        notice = fact.props.get("decided_on")
    governing = [p for p in pack.publicity if p is row or p in older or p.id == "PB-04"]
    articles = [b for p in governing for b in p.legal_basis if b.on(as_of)]
    basis = [LegalBasis(document=b.document, article=b.article) for b in articles]
    return RepairRef.model_validate(
        {
            "sanction": fact.start,
            "severity": severity,
            "severity_from": how,
            "published_on": published,
            "earliest": earliest,
            "latest": latest,
            "missing": missing,
            "stage": steps[-1].stage if steps else None,
            "case": steps[-1].case if steps else None,
            "told": notice,
            "legal_basis": [b.model_dump() for b in basis],
        }
    )


PROMISE: LiteralString = """
MATCH (p:Party {key: $party})-[r:HOLDS]->(:Credential)
WHERE r.statement_id = $item AND r.rec_to = $forever
RETURN r.state_on AS day
"""


def promise_missing(graph: Graph, pack: RulePack, event: Event, steps: Sequence[Event]) -> list[str]:
    """What is missing to repair a promise that was broken or false, on the day of the event (PB-04)?

    Args:
        steps: of this application; what was proved, and the class that the organ states (`severity`), stand in them.
    """
    told: dict[str, Any] = {k: v for step in [*steps, event] for k, v in step.details.items() if v}
    missing = []
    row = next((p for p in pack.publicity if p.severity == told.get("severity") and p.in_force.on(event.day)), None)
    if "severity" not in told:
        missing.append(say("class_missing_organ"))
    elif row is None:
        missing.append(say("term_missing", day=event.day))
    rows = graph.read(PROMISE, party=event.sanction, item=event.item, forever=FOREVER)
    found_on = native(rows[0]["day"]) if rows else None
    if found_on is None:
        missing.append(say("state_day"))
    elif row is not None and row.min_months and event.day < end_of_term(found_on, months=row.min_months):
        missing.append(say("shortest_term", day=end_of_term(found_on, months=row.min_months)))
    if "fulfilled" not in told:
        missing.append(say("proof_corrected"))
    if "commitment" not in told:
        missing.append(say("public_promise"))
    return missing
