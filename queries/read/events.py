"""What people and organs decided: the recorded events, by item, sanction, party or case."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString

from graph_model.events import Event, in_order, open_objection
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.read.corrections import stands_at
from queries.read.values import native

BY_ITEM: LiteralString = """
UNWIND $items AS item
MATCH (v:Event {item: item})
USING INDEX SEEK v:Event(item)
WHERE v.rec_from <= $k
RETURN properties(v) AS v ORDER BY v.day, v.rec_from, v.place, v.id
"""

BY_SANCTION: LiteralString = """
UNWIND $keys AS key
MATCH (v:Event {sanction: key})
WHERE v.rec_from <= $k
RETURN properties(v) AS v ORDER BY v.day, v.rec_from, v.place, v.id
"""

BY_CASE: LiteralString = """
MATCH (v:Event {case: $case})
USING INDEX SEEK v:Event(case)
WHERE v.kind = $kind
RETURN properties(v) AS v
"""

ALL: LiteralString = """
MATCH (v:Event) WHERE v.rec_from <= $k AND ($kind IS NULL OR v.kind = $kind)
RETURN properties(v) AS v ORDER BY v.rec_from, v.place, v.id
"""


ON_STATEMENTS: LiteralString = """
MATCH (v:Event)
USING INDEX SEEK v:Event(kind)
WHERE v.kind = 'objection' AND v.item <> v.sanction AND v.rec_from <= $k
RETURN properties(v) AS v ORDER BY v.day, v.rec_from, v.place, v.id
"""


def disputed_statements(graph: Graph, position: int) -> dict[str, str]:
    """Statements that are under objection (异议标注), with the objection in words: posts, promises, grades, register facts."""
    about: dict[str, list[Event]] = {}
    for r in graph.read(ON_STATEMENTS, k=position):
        event = event_of(r["v"])
        about.setdefault(event.item, []).append(event)
    return {item: words for item, events in about.items() if (words := objection_words(events, item))}


def objection_words(events: Sequence[Event], item: str) -> str | None:
    """The open objection to an item in words, once it is marked."""
    last = open_objection(events, item)
    if last is None or last.stage == "received":
        return None
    return say("objection", case=last.case, stage=last.stage, day=last.day)


def event_of(props: dict[str, Any]) -> Event:
    """A stored event."""
    values = {k: native(v) for k, v in props.items() if k not in ("at", "details")}
    return Event(**values, details=revived(json.loads(props.get("details") or "{}")))


def revived(details: dict[str, Any]) -> dict[str, Any]:
    """Details from JSON: `until` is a date."""
    if isinstance(details.get("until"), str):
        details["until"] = date.fromisoformat(details["until"])
    return details


def events_about(graph: Graph, items: Sequence[str], *, position: int) -> list[Event]:
    """The events whose item is one of these sanctions or statements; who was merged is named as he stands."""
    found = [event_of(r["v"]) for r in graph.read(BY_ITEM, items=list(items), k=position)]
    return stands_at(graph, found, position)


def events_of(graph: Graph, sanctions: Sequence[str], *, position: int) -> list[Event]:
    """The events of these sanctions, whatever item of theirs they are about."""
    return [event_of(r["v"]) for r in graph.read(BY_SANCTION, keys=list(sanctions), k=position)]


def all_events(graph: Graph, kind: str | None = None, *, position: int | None = None) -> list[Event]:
    """Every event as recorded by a position (None: by now), oldest first."""
    position = graph.position() if position is None else position
    return [event_of(r["v"]) for r in graph.read(ALL, k=position, kind=kind)]


def steps_of(graph: Graph, kind: str, case: str) -> list[Event]:
    """The steps of one objection, repair or task, in order; empty when there is none of this number."""
    return in_order(event_of(r["v"]) for r in graph.read(BY_CASE, kind=kind, case=case))


def execution_case(graph: Graph, consequence: str, organ: str) -> str:
    """The number under which an organ carries a consequence out, also when its subject has been merged since."""
    position = graph.position()
    found = all_events(graph, "execution", position=position)
    for event, now in zip(found, stands_at(graph, found, position), strict=True):
        if now.consequence == consequence and event.organ == organ and event.case:
            return event.case
    return f"{consequence}@{organ}"


def cases_of(events: Iterable[Event], kind: str) -> dict[str, list[Event]]:
    """Number of the case → its steps, in order."""
    out: dict[str, list[Event]] = {}
    for event in in_order(e for e in events if e.kind == kind and e.case):
        out.setdefault(event.case or "", []).append(event)
    return out
