"""Who owes what by when, with the clause: objections to verify, repairs to answer, publications, expiries, promises."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import fmean
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.calendar import TermEnd as Day
from graph_model.calendar import parse_term, working_days_between
from graph_model.events import Event
from graph_model.rules import Deadline, RulePack
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, LegalBasis, NodeRef
from queries.casework.repair import repair_status
from queries.law.consequences import read_timeline
from queries.read.corrections import stands_at
from queries.read.events import all_events, cases_of
from queries.read.moment import Moment, one_moment
from queries.read.values import native


class DueRef(AnswerShape):
    """Somebody owes something by a day (期限)."""

    due: date
    provisional: bool = Field(False, description="reaches into a year whose days off are not announced yet")
    overdue: bool
    owes: str
    duty: str
    deadline: str = Field(description="id of the deadline or rule", examples=["DL-05"])
    legal_basis: list[LegalBasis]
    sanction: NodeRef | None = None
    party: NodeRef | None = None
    case: str | None = None
    started: date | None = None


class Due(AnswerShape):
    """What is owed up to a day, oldest first, and the mean time that objections took."""

    question: Literal["due"] = "due"
    as_of: date
    until: date
    position: int
    rows: list[DueRef]
    objections_closed: int = 0
    objections_mean_days: float | None = Field(None, description="working days from notice to outcome")
    objections_aim_days: int | None = Field(None, description="the aim for that mean (a KPI, no limit for one case)")


SANCTIONS: LiteralString = """
UNWIND $keys AS key
MATCH (s:Sanction {key: key})
OPTIONAL MATCH (s)-[i:IMPOSED_ON]->(p:Party) WHERE i.rec_to = $forever
RETURN s.key AS key, coalesce(s.title, s.document_number) AS name, collect(p {.key, .name})[0] AS party,
  collect(coalesce(i.jurisdiction, '') + coalesce(i.authority, ''))[0] AS place, collect(i.authority)[0] AS authority
"""

DISPUTED_STATEMENTS: LiteralString = """
UNWIND $items AS item
MATCH (p:Party {key: item[0]})
CALL (p, item) {
  MATCH (p)-[r]-() WHERE r.statement_id = item[1] RETURN coalesce(r.authority, r.owner) AS authority
  UNION ALL
  MATCH (r:Statement)-[:ABOUT]->(p) WHERE r.statement_id = item[1] RETURN r.owner AS authority
}
RETURN item[1] AS item, collect(p {.key, .name})[0] AS party, collect(authority)[0] AS authority
"""

UNPUBLISHED: LiteralString = """
MATCH (s:Sanction)-[i:IMPOSED_ON]->(p:Party)
WHERE i.rec_to = $forever AND i.decided_on >= $since AND i.decided_on <= $day AND i.published_on IS NULL
  AND i.kind = 'penalty' AND i.published = false AND s.retired IS NULL
RETURN s.key AS key, coalesce(s.title, s.document_number) AS name, p {.key, .name} AS party,
  coalesce(i.jurisdiction, '') + coalesce(i.authority, '') AS place, i.authority AS authority,
  i.decided_on AS decided
ORDER BY key
"""

ENDING: LiteralString = """
MATCH (s:Sanction)-[i:IMPOSED_ON]->(p:Party)
WHERE i.rec_to = $forever AND i.kind = 'list_entry' AND i.until >= $since AND i.until <= $until AND s.retired IS NULL
RETURN s.key AS key, coalesce(s.title, s.document_number) AS name, p {.key, .name} AS party, i.until AS until,
  coalesce(i.jurisdiction, '') + coalesce(i.authority, '') AS place, i.authority AS authority
ORDER BY key
"""

EXPIRING: LiteralString = """
MATCH (c:Consequence)
WHERE c.retired IS NULL AND c.ends >= $since AND c.ends <= $until
MATCH (c)-[:REACHES]->(p:Party) MATCH (c)-[:ARISES_FROM]->(s:Sanction)
RETURN c.rule AS rule, c.measure AS measure, c.basis AS basis, c.ends AS ends, c.timeline AS timeline, p {.key, .name} AS party,
  s.key AS key, coalesce(s.title, s.document_number) AS name
ORDER BY ends, key, measure
"""

PROMISED: LiteralString = """
MATCH (p:Party)-[r:HOLDS]->(c:Credential)
USING INDEX r:HOLDS(due_on)
WHERE r.due_on >= $since AND r.due_on <= $until
  AND r.rec_to = $forever AND r.kind = 'commitment' AND r.state = 'made'
RETURN c.key AS credential, p {.key, .name} AS party, r.due_on AS due, r.since AS made, r.title AS title,
  r.content AS content, r.document_number AS number, r.authority AS authority
ORDER BY due, credential, r.fact_id
"""

NO_REPRESENTATIVE: LiteralString = """
MATCH (e:Entity)<-[r:LEGAL_REPRESENTATIVE_OF]-()
WHERE r.rec_to = $forever AND r.until >= $since AND r.until <= $day
  AND NOT EXISTS { (e)<-[q:LEGAL_REPRESENTATIVE_OF]-()
    WHERE q.rec_to = $forever AND (q.until IS NULL OR q.until > $day) }
RETURN e {.key, .name} AS party, max(r.until) AS left
"""

REPAIRABLE: LiteralString = """
MATCH (s:Sanction)-[i:IMPOSED_ON]->(p:Party)
WHERE i.rec_to = $forever AND s.retired IS NULL AND i.trust = 'official' AND coalesce(i.decided_on, i.since) >= $since
  AND (i.until IS NULL OR i.until > $day)
RETURN DISTINCT s.key AS key, coalesce(s.title, s.document_number) AS name, p {.key, .name} AS party
ORDER BY key
"""

_BY_THE_ORGAN = ("decision", "sanction_withdrawn", "objection_notified", "delisting_due")
"""What starts a duty of the organ that decided, so that it can be named."""

LOOK_BACK = 365
"""Days back for which an unmet duty is still told."""


def _before(day: date, days: int) -> date:
    return date.fromordinal(max(day.toordinal() - days, 1))


@one_moment
def due(graph: Graph, pack: RulePack, *, as_of: date | Moment, within: str = "5wd") -> Due:
    """Who owes what by when?

    Args:
        within: how far to look ahead: `5wd` working days, `30d` calendar days, `2m`.

    Returns:
        duties up to the day that `within` reaches, and those of the year before that are overdue, oldest first.

    Raises:
        BadRequest: `within` is no term, or reaches beyond the calendar.
    """
    moment = Moment.of(graph, as_of)
    day = moment.as_of
    until = parse_term(within).after(day).day
    events = stands_at(graph, all_events(graph, position=moment.position), moment.position)
    rows = [
        *_objections(graph, pack, events, day),
        *_repairs(graph, pack, events, day),
        *_withdrawn(graph, pack, events, day),
        *_unpublished(graph, pack, day),
        *_lists(graph, pack, day, until),
        *_expiries(graph, day, until),
        *_promises(graph, day, until),
        *_representatives(graph, pack, day),
        *_repairable(graph, pack, events, moment, until),
    ]
    closed = [
        working_days_between(at["notified"], at["end"])
        for at in map(_times, cases_of(events, "objection").values())
        if "notified" in at and "end" in at
    ]
    aim = next((d for d in pack.deadlines if d.aggregate == "mean" and d.term), None)
    return Due(
        as_of=day,
        until=until,
        position=moment.position,
        rows=sorted((r for r in rows if r.due <= until), key=lambda r: (r.due, r.deadline, r.case or "")),
        objections_closed=len(closed),
        objections_mean_days=round(fmean(closed), 2) if closed else None,
        objections_aim_days=parse_term(aim.term).n if aim and aim.term else None,
    )


def _times(steps: Sequence[Event]) -> dict[str, date]:
    at = {s.stage: s.day for s in steps}
    for stage in ("corrected", "withdrawn", "upheld"):
        if stage in at:
            at["end"] = at[stage]
    return at


def _rules(pack: RulePack, starts: str, day: date, place: str, authority: str | None) -> list[Deadline]:
    """The deadlines that such an event starts, on that day, there, for such an organ."""
    return [
        d
        for d in pack.deadlines
        if d.starts == starts
        and d.term
        and d.aggregate is None
        and d.confidence.grade != "C"
        and d.in_force.on(day)
        and (d.area is None or d.area.holds(place))
        and (not d.organs or any(word in (authority or "") for word in d.organs))
    ]


def _basis(deadline: Deadline, day: date) -> list[LegalBasis]:
    return [LegalBasis(document=b.document, article=b.article) for b in deadline.legal_basis if b.on(day)]


def deadlines_from(
    pack: RulePack, starts: str, day: date, place: str, authority: str | None
) -> list[tuple[Deadline, Day]]:
    """What is owed because of an event of that day, there, of such an organ, and by when.

    Args:
        starts: what the event is called in the table of deadlines.
        day: of the event.
        place: division code; only deadlines that hold there.
        authority: the organ; only deadlines of such an organ.

    Returns:
        each deadline, with its last day.
    """
    return [(d, parse_term(d.term or "").after(day)) for d in _rules(pack, starts, day, place, authority)]


def _row(deadline: Deadline, started: date, as_of: date, about: dict[str, Any], case: str | None = None) -> DueRef:
    assert deadline.term
    end: Day = parse_term(deadline.term).after(started)
    organ = about.get("authority") if deadline.starts in _BY_THE_ORGAN else None
    owes = f"{deadline.owes} ({organ})" if organ else deadline.owes
    return DueRef(
        due=end.day,
        provisional=end.provisional,
        overdue=end.day < as_of,
        owes=owes,
        duty=deadline.duty,
        deadline=deadline.id,
        legal_basis=_basis(deadline, started),
        sanction=_node(about, "Sanction"),
        party=_party(about),
        case=case,
        started=started,
    )


def _node(about: dict[str, Any], label: str) -> NodeRef | None:
    return NodeRef.of(about["key"], label, about.get("name")) if about.get("key") else None


def _party(about: dict[str, Any]) -> NodeRef | None:
    party = about.get("party")
    if not party:
        return None
    label = {"e": "Entity", "p": "Person"}.get(party["key"][0], "Organ")
    return NodeRef.of(party["key"], label, party["name"])


def _about(graph: Graph, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = graph.read(SANCTIONS, keys=list(keys), forever=FOREVER) if keys else []
    return {r["key"]: dict(r) for r in rows}


def _about_statements(graph: Graph, items: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Of facts of parties that are no sanctions: statement → whose it is, and which organ stands behind it."""
    rows = graph.read(DISPUTED_STATEMENTS, items=[list(item) for item in items]) if items else []
    return {r["item"]: {**dict(r), "place": r["authority"]} for r in rows}


def _open_cases(events: Sequence[Event], kind: str, stages: Sequence[str]) -> list[tuple[str, list[Event]]]:
    return [(case, steps) for case, steps in cases_of(events, kind).items() if steps[-1].stage in stages]


def _from_cases(
    graph: Graph, pack: RulePack, cases: list[tuple[str, list[Event]]], starts: str, stage: str, as_of: date
) -> Iterator[DueRef]:
    about = _about(graph, sorted({steps[0].sanction for _, steps in cases}))
    about |= _about_statements(graph, [(e.sanction, e.item) for _, (e, *_) in cases if e.sanction not in about])
    for case, steps in cases:
        begun = next((s.day for s in steps if s.stage == stage), None)
        told = about.get(steps[0].sanction) or about.get(steps[0].item)
        if begun is None or told is None:
            continue
        for deadline in _rules(pack, starts, begun, told["place"] or "", told["authority"]):
            yield _row(deadline, begun, as_of, told, case)


def _objections(graph: Graph, pack: RulePack, events: Sequence[Event], as_of: date) -> Iterator[DueRef]:
    cases = _open_cases(events, "objection", ("notified", "stayed", "verified"))
    yield from _from_cases(graph, pack, cases, "objection_notified", "notified", as_of)


def _repairs(graph: Graph, pack: RulePack, events: Sequence[Event], as_of: date) -> Iterator[DueRef]:
    cases = _open_cases(events, "repair", ("applied", "accepted"))
    yield from _from_cases(graph, pack, cases, "repair_applied", "applied", as_of)


def _withdrawn(graph: Graph, pack: RulePack, events: Sequence[Event], as_of: date) -> Iterator[DueRef]:
    """After a withdrawal the publication has to end: told for a while, since nobody reports that it did."""
    gone = [
        e for e in events if e.stage == "withdrawn" and e.item == e.sanction and as_of - e.day <= timedelta(days=30)
    ]
    about = _about(graph, sorted({e.sanction for e in gone}))
    for event in gone:
        told = about[event.sanction]
        for deadline in _rules(pack, "sanction_withdrawn", event.day, told["place"] or "", told["authority"]):
            yield _row(deadline, event.day, as_of, told, event.case)


def _unpublished(graph: Graph, pack: RulePack, as_of: date) -> Iterator[DueRef]:
    for r in graph.read(UNPUBLISHED, since=_before(as_of, LOOK_BACK), day=as_of, forever=FOREVER):
        decided = native(r["decided"])
        for deadline in _rules(pack, "decision", decided, r["place"], r["authority"]):
            yield _row(deadline, decided, as_of, dict(r))


def _lists(graph: Graph, pack: RulePack, as_of: date, until: date) -> Iterator[DueRef]:
    for r in graph.read(ENDING, since=_before(as_of, 30), until=until, forever=FOREVER):
        ended = native(r["until"])
        for deadline in _rules(pack, "delisting_due", ended, r["place"], r["authority"]):
            yield _row(deadline, ended, as_of, dict(r))


def _expiries(graph: Graph, as_of: date, until: date) -> Iterator[DueRef]:
    """Measures whose term runs out: from the day shown nobody may apply them any more."""
    for r in graph.read(EXPIRING, since=as_of, until=until):
        if not any(i.status in ("active", "suspended") for i in read_timeline(r["timeline"])):
            continue  # it never held, so there is nothing to stop
        yield DueRef(
            due=native(r["ends"]),
            overdue=False,
            owes="实施部门",
            duty=f"measure {r['measure']} ends: stop applying it (期满停止实施)",
            deadline=r["rule"],
            legal_basis=[LegalBasis(document=b["document"], article=b["article"]) for b in json.loads(r["basis"])],
            sanction=_node(dict(r), "Sanction"),
            party=_party(dict(r)),
        )


def _promises(graph: Graph, as_of: date, until: date) -> Iterator[DueRef]:
    """Commitments that nobody has told to be kept: their day comes near, or is over (信用承诺闭环管理)."""
    for r in graph.read(PROMISED, since=_before(as_of, LOOK_BACK), until=until, forever=FOREVER):
        day = native(r["due"])
        late = "; the day is over: record whether it was kept, broken or false (履行情况待核实)" if day < as_of else ""
        yield DueRef(
            due=day,
            overdue=day < as_of,
            owes=f"承诺人 ({r['authority']})",
            duty=f"keep the promise (履行承诺) {r['title']}: {r['content']}{late}",
            deadline="COMMITMENT",
            legal_basis=[],
            party=_party(dict(r)),
            case=r["number"],
            started=native(r["made"]),
        )


def _representatives(graph: Graph, pack: RulePack, as_of: date) -> Iterator[DueRef]:
    for r in graph.read(NO_REPRESENTATIVE, since=_before(as_of, 180), day=as_of, forever=FOREVER):
        left = native(r["left"])
        for deadline in _rules(pack, "representative_left", left, "", None):
            yield _row(deadline, left, as_of, {"party": r["party"]})


def _repairable(graph: Graph, pack: RulePack, events: Sequence[Event], moment: Moment, until: date) -> Iterator[DueRef]:
    """Items that become repairable in the time asked about: their parties may want to know."""
    as_of = moment.as_of
    found = {
        r["key"]: dict(r)
        for r in graph.read(REPAIRABLE, since=_before(as_of, 3 * LOOK_BACK), day=as_of, forever=FOREVER)
    }
    for status in repair_status(graph, pack, list(found), as_of=moment, events=events):
        if status.earliest is not None and as_of <= status.earliest <= until and status.stage is None:
            told = found[status.sanction]
            needed = [m for m in status.missing if "最短公示期" not in m]
            yield DueRef(
                due=status.earliest,
                overdue=False,
                owes="当事人",
                duty=f"may be repaired from this day (可申请信用修复); still needed: {'; '.join(needed)}",
                deadline="PB-04",
                legal_basis=status.legal_basis,
                sanction=_node(told, "Sanction"),
                party=_party(told),
            )
