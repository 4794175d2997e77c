"""Records what people and organs decide: findings, objections, repairs, and the rest of `graph_model/events.py`.

Each call is one transaction: the events, what they retire, and the marks for derivation and caches are committed
together or not at all. Checks hold under the lock of the clock, so two people cannot both be first: they run inside the
transaction, or it is given up when somebody wrote since they ran. An import brings back what was recorded, and checked,
elsewhere: its events are looked at for their order and roles, not for the law of their day.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.derivation import consequence_key
from graph_model.errors import BadRequest, SourceError
from graph_model.events import Event, check, effects, in_order
from graph_model.identifiers import mask_ids_in
from graph_model.rules import RulePack, load_codes, load_pack
from graph_model.schema import FOREVER, RELATIONSHIP_BY_TYPE, Statement
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.decisions.corrections import EXPORTED, import_corrections
from loaders.decisions.same_person import JUDGEMENT_KIND, import_judgements
from loaders.identity.caches import refresh
from loaders.identity.links import touch
from queries.casework.repair import promise_missing, repair_status
from queries.law.consequences import consequence
from queries.party.records import BROKEN
from queries.read.events import event_of, events_of, revived

SANCTION_ITEM: LiteralString = """
MATCH (s:Sanction {key: $key})
OPTIONAL MATCH (s)-[i:IMPOSED_ON]->() WHERE i.rec_to = $forever
RETURN s.key AS key, collect(DISTINCT i.digest) AS digests
"""

STATEMENT_ITEM: LiteralString = """
MATCH (:Sanction {key: $sanction})-[:IMPOSED_ON]->(e:Party)<-[r]-(x)
WHERE r.statement_id = $item AND r.rec_to = $forever
RETURN type(r) AS type, r.fact_id AS fact_id, r.digest AS digest, x.key AS start, e.key AS end LIMIT 1
"""

PARTY_STATEMENT: LiteralString = """
MATCH (p:Party {key: $party})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (p)-[r]-(o)
  WHERE r.statement_id = $item AND r.rec_to = $forever
  RETURN r, type(r) AS type, startNode(r).key AS start, endNode(r).key AS end, o.key AS other
  UNION ALL
  MATCH (r:Statement)-[:ABOUT]->(p)
  WHERE r.statement_id = $item AND r.rec_to = $forever
  RETURN r, 'ABOUT' AS type, p.key AS start, p.key AS end, p.key AS other
}
RETURN type, r.fact_id AS fact_id, r.digest AS digest, r.kind AS kind, r.state AS state, start, end, other LIMIT 1
"""

CREATE_EVENTS_AT_PARTIES: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.sanction})
USING INDEX SEEK p:Party(key)
CREATE (v:Event)-[:CONCERNS]->(p)
SET v = row, p.changed = row.rec_from
"""

RETIRE_CREDENTIALS: LiteralString = """
UNWIND $keys AS key
MATCH (c:Credential {key: key})
USING INDEX SEEK c:Credential(key)
SET c.retired = true
"""

AT_PARTY = ("objection", "repair")
"""What can be recorded about a fact of a party that is no sanction's."""

PARTY_WITH_KEY: LiteralString = """
MATCH (p:Party {key: $key}) RETURN p.key AS key, p:Person AS person
"""

EVENTS_OF: LiteralString = """
UNWIND $sanctions AS key
MATCH (v:Event {sanction: key}) RETURN properties(v) AS v
"""

OTHER_CASE: LiteralString = """
MATCH (v:Event {case: $case})
WHERE v.kind = $kind AND v.sanction <> $sanction
RETURN v.id AS id LIMIT 1
"""

HAS: LiteralString = """
UNWIND $ids AS id MATCH (v:Event {id: id}) RETURN v.id AS id
"""

CREATE_EVENTS: LiteralString = """
UNWIND $rows AS row
MATCH (s:Sanction {key: row.sanction})
CREATE (v:Event)-[:CONCERNS]->(s)
SET v = row
// An objection shows at the sanction wherever it is shown.
WITH s, row
MATCH (s)-[:IMPOSED_ON]->(p:Party) SET p.changed = row.rec_from
"""

RETIRE: LiteralString = """
UNWIND $rows AS row
MATCH (s:Sanction {key: row.key})
SET s.dirty = true, s.retired = row.retired, s.retired_content = row.content
WITH s, row WHERE row.changed
CALL (s) {
  MATCH (s)-[:IMPOSED_ON]->(p:Party) RETURN p
  UNION
  // Listings that stand on it, of persons who are listed for their company too.
  WITH s WHERE s.document_number IS NOT NULL
  MATCH ()-[r:IMPOSED_ON]->(p:Party)
  USING INDEX SEEK r:IMPOSED_ON(stands_on)
  WHERE r.stands_on = s.document_number
  RETURN p
}
SET p.caches_dirty = true
"""

IDENTIFIERS_OF: LiteralString = """
UNWIND $keys AS key
CALL (key) {
  MATCH (i:Identifier)-[:IDENTIFIES]->(:Party {key: key}) RETURN i
  UNION
  MATCH (i:Identifier)-[l:IDENTIFIES]->() USING INDEX SEEK l:IDENTIFIES(stated) WHERE l.stated = key RETURN i
}
RETURN key, collect([i.scheme, i.value]) AS ids
"""

FIND_PARTY: LiteralString = """
UNWIND $ids AS id
MATCH (:Identifier {scheme: id[0], value: id[1]})-[:IDENTIFIES]->(p:Party)
RETURN DISTINCT p.key AS key
"""


def record(graph: Graph, events: Sequence[Event], *, today: date, pack: RulePack | None = None) -> list[Event]:
    """Records events, all of them or none.

    Args:
        events: without id and position; those of one case in the order of its stages.
        pack: the law by which they are looked at; None: the pack that comes with the product.

    Returns:
        the events as they were recorded.

    Raises:
        BadRequest: an unknown sanction, item or party, what `graph_model.events.check` refuses, a repair whose
            conditions are not met, or a step of carrying out a measure that may not be carried out.
    """
    graph.prepare()
    law = pack or load_pack()
    events = [_without_ids(replace(e, author=e.author or graph.author)) for e in events]
    while True:
        position = graph.position()
        _check_law(graph, law, events, position)

        def work(tx: Tx, at: int = position) -> list[Event] | None:
            if tx.seq != at + 1:
                return None  # somebody wrote in between: what was looked at may be otherwise now
            return record_within(tx, events, today)

        done = graph.write("record", work)
        if done is not None:
            refresh(graph)
            return done


def _without_ids(event: Event) -> Event:
    """The event with whatever could be somebody's number masked in what people typed."""
    typed = {name: text and mask_ids_in(text) for name in _TYPED if (text := getattr(event, name)) is not None}
    return replace(event, **typed, details={name: _masked(value) for name, value in event.details.items()})


_TYPED = ("author", "role", "organ", "case", "reason", "document")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_ids_in(value)
    return [_masked(item) for item in value] if isinstance(value, list | tuple) else value


def _check_law(graph: Graph, pack: RulePack, events: Sequence[Event], position: int) -> None:
    """What the law asks of the case, beside who may record which stage after which (`graph_model.events.check`)."""
    for number, event in enumerate(events):
        before = events[:number]
        for name, known in (("capacity", pack.codes.roles), ("measure", pack.codes.measures)):
            code = event.details.get(name)
            if code is not None and code not in known:
                told = {"capacity": "role code", "measure": "measure"}[name]
                raise BadRequest(f"There is no {told} {code!r}; known are {', '.join(sorted(known))}.")
        if (event.kind, event.stage) == ("repair", "granted"):
            _may_grant(graph, pack, event, before, position)
        elif event.kind == "execution":
            _may_carry_out(graph, pack, event)


def _may_grant(graph: Graph, pack: RulePack, event: Event, before: Sequence[Event], position: int) -> None:
    """A repair is granted only when its conditions are met (PB-04); a reorganisation has its own."""
    standing = [*events_of(graph, [event.sanction], position=position), *before]
    if not event.sanction.startswith("s-"):
        _may_repair_promise(graph, pack, event, [e for e in standing if e.kind == "repair" and e.case == event.case])
        return
    told = [e for e in standing if e.sanction == event.sanction and (e.kind != "repair" or e.case == event.case)]
    steps = in_order(e for e in told if e.kind == "repair")
    if not steps or steps[0].details.get("type") == "bankruptcy":
        return
    for status in repair_status(graph, pack, [event.sanction], as_of=event.day, events=told):
        if status.missing:
            missing = "; ".join(status.missing)
            raise BadRequest(f"Repair {event.case} cannot be granted on {event.day}; missing: {missing}.")


def _may_repair_promise(graph: Graph, pack: RulePack, event: Event, steps: Sequence[Event]) -> None:
    """A promise that was broken or false is repaired by the same conditions (PB-04), its class as the organ states it."""
    missing = promise_missing(graph, pack, event, steps)
    if missing:
        raise BadRequest(f"Repair {event.case} cannot be granted on {event.day}; missing: {'; '.join(missing)}.")


def _may_carry_out(graph: Graph, pack: RulePack, event: Event) -> None:
    """A measure is carried out while it is active; a recommended one is begun only by the organ that carries it out."""
    key = event.consequence or ""
    c = consequence(graph, pack, key, as_of=event.day, retired=True)
    if c is None:
        if event.stage == "ended":
            return
        raise BadRequest(f"There is no consequence {key!r}: derive, and take its key from a look-up (c-…).")
    if event.stage in ("initiated", "pushed", "accepted", "done") and c.status != "active":
        raise BadRequest(f"The consequence is {c.status}, not active: it may not be carried out.")
    recommended = pack.codes.measures[c.measure].force == "recommended"
    if event.stage == "initiated" and recommended and event.role != "implementing_organ":
        raise BadRequest(
            f"{c.measure} is a recommended measure (推荐性措施): only the organ that carries it out may start it."
        )


def record_within(tx: Tx, events: Sequence[Event], today: date) -> list[Event]:
    """Records events inside a transaction, under its lock. The law of the case was looked at before."""
    sanctions = sorted({e.sanction for e in events})
    standing = [event_of(r["v"]) for r in tx.run(EVENTS_OF, sanctions=sanctions)]
    done: list[Event] = []
    closed: dict[str, list[str]] = {}
    repaired: list[str] = []
    for number, event in enumerate(events):
        event = _complete(tx, event, number)
        before = [e for e in standing if e.sanction == event.sanction]
        if event.case and tx.run(OTHER_CASE, kind=event.kind, case=event.case, sanction=event.sanction):
            raise BadRequest(f"The {event.kind} {event.case} belongs to another sanction: use another number.")
        check(event, before, today)
        if _ends_statement(event):
            for r in _statement(tx, event.sanction, event.item):
                # What its owner took back is no longer believed; the version stays, closed.
                closed.setdefault(r["type"], []).append(r["fact_id"])
                touch(tx, {r["start"], r["end"]})
                repaired += [r["other"]] if event.stage == "granted" else []
        standing.append(event)
        done.append(event)
    for type_name, ids in closed.items():
        tx.run(cypher.close(_model(type_name)), ids=ids, seq=tx.seq)
    tx.run(RETIRE_CREDENTIALS, keys=repaired)
    _write(tx, done)
    _retire(tx, sanctions, standing, done)
    return done


def _model(type_name: str) -> Any:
    return Statement if type_name == "ABOUT" else RELATIONSHIP_BY_TYPE[type_name]


def _ends_statement(event: Event) -> bool:
    """Whether by it a single statement is no longer believed: taken back by its owner, or a promise that was repaired."""
    at_party = not event.sanction.startswith("s-")
    return event.item != event.sanction and (
        event.stage in ("corrected", "withdrawn") or (at_party and (event.kind, event.stage) == ("repair", "granted"))
    )


def _statement(tx: Tx, about: str, item: str) -> list[Any]:
    """The believed statement of this id: on the evidence of a sanction, or at a party."""
    if about.startswith("s-"):
        return tx.run(STATEMENT_ITEM, sanction=about, item=item, forever=FOREVER)
    return tx.run(PARTY_STATEMENT, party=about, item=item, forever=FOREVER)


def _statement_of_party(tx: Tx, event: Event) -> list[str]:
    """Digests of the disputed statement of a party; refuses what cannot be objected to, or repaired."""
    if event.kind not in AT_PARTY:
        raise BadRequest(f"A {event.kind} is about a sanction: take its key from a look-up (s-…).")
    if not event.item:
        raise BadRequest(
            "Which fact of the party is meant? Give the id of the statement (item), as a look-up shows it."
        )
    rows = _statement(tx, event.sanction, event.item)
    first = event.stage in ("received", "applied")
    if not rows and first:
        raise BadRequest(
            f"There is no statement {event.item!r} at {event.sanction}: take its id from the file of the party."
        )
    if rows and rows[0]["type"] == "IMPOSED_ON":
        raise BadRequest("This statement is a sanction: name the sanction itself (s-…).")
    if rows and event.kind == "repair" and not (rows[0]["kind"] == "commitment" and rows[0]["state"] in BROKEN):
        raise BadRequest(
            "Repair (信用修复) is of dishonesty information: a sanction, or a promise that was broken or false. A grade is raised by "
            "the organ that gave it, by its own rules; what is wrong is objected to."
        )
    return [r["digest"] for r in rows]


def _complete(tx: Tx, event: Event, number: int) -> Event:
    """The event with its id, its item, and what the graph knows of it."""
    at_party = bool(tx.run(PARTY_WITH_KEY, key=event.sanction))
    found = [] if at_party else tx.run(SANCTION_ITEM, key=event.sanction, forever=FOREVER)
    if not (found or at_party):
        raise BadRequest(f"There is no sanction {event.sanction!r}: take its key from a look-up (s-…).")
    details = dict(event.details)
    item = event.item or event.sanction
    if at_party:
        digests = _statement_of_party(tx, event)
    elif item != event.sanction:
        rows = _statement(tx, event.sanction, item)
        if not rows and event.stage == "received":
            raise BadRequest(f"There is no statement {item!r} on the evidence of sanction {event.sanction}.")
        digests = [r["digest"] for r in rows]
    else:
        digests = found[0]["digests"]
    if event.kind == "objection" and event.stage == "received":
        details.setdefault("digests", digests)
    if event.subject is not None and not tx.run(PARTY_WITH_KEY, key=event.subject):
        raise BadRequest(f"There is no party {event.subject!r}: take its key from a look-up.")
    _check_finding(tx, event)
    if event.kind == "term" and not isinstance(details.get("until"), date):
        raise BadRequest("A changed term needs its new end (until).")
    text = "\x1f".join(
        str(x) for x in (event.kind, event.stage, event.sanction, item, event.subject, event.consequence, event.digest)
    )
    stamp = f"{text}\x1f{event.case}\x1f{event.day}\x1f{tx.seq}\x1f{number}"
    return replace(
        event,
        id=event.id or f"v-{hashlib.blake2b(stamp.encode(), digest_size=10).hexdigest()}",
        item=item,
        details=details,
        rec_from=tx.seq,
        place=number,
    )


def _check_finding(tx: Tx, event: Event) -> None:
    """Whether a finding names somebody who can answer in such a capacity."""
    if event.kind != "finding":
        return
    capacity = event.details.get("capacity")
    if not (event.subject and capacity):
        raise BadRequest("A finding needs the person (subject) and the capacity in which he answers.")
    role = load_codes().roles.get(str(capacity))
    if role is None:
        raise BadRequest(f"There is no role code {capacity!r}; known are {', '.join(load_codes().roles)}.")
    is_person = tx.run(PARTY_WITH_KEY, key=event.subject)[0]["person"]
    if role.holders != "any" and is_person != (role.holders == "person"):
        one, other = ("a unit", "a natural person") if role.holders == "person" else ("a person", "a unit")
        raise BadRequest(
            f"{event.subject} is {one}, and only {other} can be {role.zh} ({capacity}): record the finding of whoever "
            "the document holds responsible."
        )


def _write(tx: Tx, events: Sequence[Event]) -> None:
    at = time.time_ns() // 1_000_000
    rows: list[dict[str, Any]] = []
    for event in events:
        row: dict[str, Any] = {k: v for k, v in asdict(event).items() if v is not None}
        row["details"] = json.dumps(event.details, ensure_ascii=False, default=str, sort_keys=True)
        rows.append({**row, "at": at})
    tx.run(CREATE_EVENTS, rows=[row for row in rows if row["sanction"].startswith("s-")])
    tx.run(CREATE_EVENTS_AT_PARTIES, rows=[row for row in rows if not row["sanction"].startswith("s-")])
    touch(tx, {row["sanction"] for row in rows if not row["sanction"].startswith("s-")})


def _retire(tx: Tx, sanctions: Sequence[str], standing: Sequence[Event], done: Sequence[Event]) -> None:
    """Marks the sanctions for derivation, and those that nobody may see any more."""
    changed = {e.sanction for e in done if e.stage in ("corrected", "withdrawn", "granted")}
    rows = []
    for key in sanctions:
        closed = effects([e for e in standing if e.item == key]).get(key)
        closings = closed.closed if closed else ()
        content = sorted({d for c in closings for d in c.digests or ()})
        gone = any(c.digests is None for c in closings)
        rows.append({"key": key, "retired": gone or None, "content": content or None, "changed": key in changed})
    tx.run(RETIRE, rows=rows)


# --- export and import ------------------------------------------------------------------------------------


def exported(graph: Graph, events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """Events in a form that outlives a rebuild: parties also by their identifiers (numbers of persons as hashes)."""
    events = list(events)
    keys = sorted({e.subject for e in events if e.subject})
    ids = {r["key"]: r["ids"] for r in graph.read(IDENTIFIERS_OF, keys=keys)}
    for event in events:
        row = {k: v for k, v in asdict(event).items() if v not in (None, "", {}) and k not in ("rec_from", "place")}
        if event.subject:
            row["subject_identifiers"] = ids.get(event.subject, [])
        row["day"] = event.day.isoformat()
        if event.details:
            row["details"] = json.loads(json.dumps(event.details, default=str))
        yield row


@dataclass(frozen=True)
class Imported:
    """Rows in = recorded + known already."""

    rows: int
    recorded: int
    known: int


def import_events(graph: Graph, keys: Keys, path: Path, *, today: date) -> Imported:
    """Records exported events, judgements and corrections again, in the order of the file; what stands already is left as it is.

    Raises:
        SourceError: a line that is no event, that may not stand there, or whose sanction or party is not in the graph:
            nothing is written. A correction that cannot be recorded ends it as well; those before it stand.
    """
    events: list[tuple[int, Event]] = []
    judged: list[tuple[int, dict[str, Any]]] = []
    corrected: list[tuple[int, dict[str, Any]]] = []
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if (row := _about_identity(text)) is not None:
            (judged if row["kind"] == JUDGEMENT_KIND else corrected).append((line, row))
        elif text.strip():
            events.append((line, _imported(graph, path, line, text)))
    graph.prepare()

    def work(tx: Tx) -> int:
        known = {r["id"] for r in tx.run(HAS, ids=[e.id for _, e in events])}
        fresh = [(line, replace(e, rec_from=tx.seq, place=line)) for line, e in events if e.id not in known]
        for line, event in fresh:
            known_here = tx.run(SANCTION_ITEM, key=event.sanction, forever=FOREVER)
            if not (known_here or tx.run(PARTY_WITH_KEY, key=event.sanction)):
                raise SourceError(
                    f"there is no sanction (or party) {event.sanction}",
                    file=path.name,
                    line=line,
                    code="no-sanction",
                    todo="Load the sources first, with the same id key; then import.",
                )
        sanctions = sorted({e.sanction for _, e in fresh})
        standing = [event_of(r["v"]) for r in tx.run(EVENTS_OF, sanctions=sanctions)]
        for line, event in fresh:
            try:
                check(event, [e for e in standing if e.sanction == event.sanction], today)
                _check_finding(tx, event)
            except BadRequest as error:
                raise SourceError(str(error), file=path.name, line=line, code="refused") from error
            standing.append(event)
        _write(tx, [e for _, e in fresh])
        _retire(tx, sanctions, standing, [e for _, e in fresh])
        for _, event in fresh:
            if _ends_statement(event):
                for r in _statement(tx, event.sanction, event.item):
                    tx.run(cypher.close(_model(r["type"])), ids=[r["fact_id"]], seq=tx.seq)
                    touch(tx, {r["start"], r["end"]})
                    if event.stage == "granted":
                        tx.run(RETIRE_CREDENTIALS, keys=[r["other"]])
        return len(fresh) + import_judgements(tx, judged, path.name)

    rows = len(events) + len(judged) + len(corrected)
    # First who is who: what was recorded after a merge is about the party into which the other went.
    recorded = import_corrections(graph, keys, corrected, path.name) if corrected else 0
    recorded += graph.write("record", work) if events or judged else 0
    refresh(graph)
    return Imported(rows, recorded, rows - recorded)


def _about_identity(text: str) -> dict[str, Any] | None:
    """The line, if it is a judgement whether two are one person, or a correction."""
    kinds = (JUDGEMENT_KIND, *EXPORTED.values())
    if not any(f'"{kind}"' in text for kind in kinds):
        return None
    try:
        row = json.loads(text)
    except ValueError:
        return None
    return row if isinstance(row, dict) and row.get("kind") in kinds else None


def _imported(graph: Graph, path: Path, line: int, text: str) -> Event:
    def fault(reason: str, code: str, todo: str) -> SourceError:
        return SourceError(reason, file=path.name, line=line, code=code, todo=todo)

    try:
        row = json.loads(text)
        ids = row.pop("subject_identifiers", [])
        row["day"] = date.fromisoformat(row["day"])
        row["details"] = revived(row.get("details") or {})
        event = Event(**row)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise fault(
            f"is no exported event: {error}", "bad-event", "Export again: creditgraph events export."
        ) from error
    if event.subject is None:
        return event
    keys = [r["key"] for r in graph.read(PARTY_WITH_KEY, key=event.subject)]
    keys = keys or [r["key"] for r in graph.read(FIND_PARTY, ids=ids)]
    if len(keys) != 1:
        raise fault(
            f"the party {event.subject} is not in the graph" if not keys else "the party is now several",
            "no-party",
            "Load the sources first, with the same id key; then import.",
        )
    subject = keys[0]
    if subject == event.subject:
        return event
    key = event.consequence
    if key is not None:
        key = consequence_key(event.sanction, event.details["rule"], event.details["measure"], subject)
    return replace(event, subject=subject, consequence=key)
