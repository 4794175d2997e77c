"""Which measures reach this party, or whom does this sanction reach? Each with clause, dates and evidence path."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, LiteralString

from pydantic import TypeAdapter

from graph_model.derivation import Case, Consequence, derive
from graph_model.facts import FactRow
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.timeline import Interval, status_on
from queries.answers import (
    Answer,
    AnswerStatus,
    ConsequenceRef,
    ConsequenceStatus,
    FactRef,
    LegalBasis,
    NodeRef,
    StatusInterval,
)
from queries.party.doubts import doubts_beside
from queries.party.parties import no_party, one_sanction, party_refs
from queries.read.events import events_about
from queries.read.facts import all_sanctions, cases, dirty_sanctions, frozen, label_of, onward
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs, path_along, thawed

_STATUS: TypeAdapter[ConsequenceStatus] = TypeAdapter(ConsequenceStatus)

AROUND_PARTY: LiteralString = """
MATCH (q:Party {key: $key})
CALL (q) {
  RETURN q AS p
  UNION
  MATCH (q)-[:SAME_PERSON_AS*1..8]-(p:Person) RETURN p
}
CALL (p) {
  MATCH (p)<-[r:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (p)-[r:RESPONSIBLE_FOR]->(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
    |ACTUAL_CONTROLLER_OF|HOLDS_SHARES_IN]->(:Entity)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (v:Event {subject: p.key}) MATCH (s:Sanction {key: v.sanction}) RETURN s
  UNION
  MATCH (p)<-[:BRANCH_OF]-(:Entity)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (p)<-[r]-(:Person)-[:RESPONSIBLE_FOR]->(s:Sanction) WHERE type(r) IN $onward_types RETURN s
  UNION
  MATCH (p)<-[r]-(x:Person) WHERE type(r) IN $onward_types
  MATCH (v:Event {subject: x.key}) WHERE v.kind = 'finding'
  MATCH (s:Sanction {key: v.sanction}) RETURN s
  UNION
  MATCH (p)<-[r]-(:Person)-[h]->(:Entity)<-[i:IMPOSED_ON]-(s:Sanction)
  WHERE type(r) IN $onward_types AND type(h) IN $candidate_types AND any(c IN i.codes WHERE c IN $onward_codes)
  RETURN s
  UNION
  MATCH (p)<-[r]-(:Person)-[:SAME_PERSON_AS*1..8]-(:Person)-[:RESPONSIBLE_FOR]->(s:Sanction)
  WHERE type(r) IN $onward_types RETURN s
  UNION
  MATCH (p)<-[r]-(:Person)-[:SAME_PERSON_AS*1..8]-(x:Person) WHERE type(r) IN $onward_types
  MATCH (v:Event {subject: x.key}) WHERE v.kind = 'finding'
  MATCH (s:Sanction {key: v.sanction}) RETURN s
}
RETURN DISTINCT s.key AS key, coalesce(s.dirty, false) AS dirty,
  EXISTS { (s)-[i:IMPOSED_ON]->(q) WHERE i.rec_from <= $k AND $k < i.rec_to } AS own
ORDER BY key
"""

SANCTION_STATE: LiteralString = """
MATCH (s:Sanction {key: $key}) RETURN s.key AS key, coalesce(s.dirty, false) AS dirty
"""

ONE_CONSEQUENCE: LiteralString = """
MATCH (c:Consequence {key: $key}) RETURN c.sanction AS sanction
"""

STORED_FOR_SUBJECT: LiteralString = """
MATCH (c:Consequence {subject: $key}) RETURN properties(c) AS c ORDER BY c.measure, c.rule, c.key
"""

STORED_FOR_SANCTIONS: LiteralString = """
UNWIND $keys AS key
MATCH (c:Consequence {sanction: key}) RETURN properties(c) AS c ORDER BY c.subject, c.measure, c.rule, c.key
"""

WITH_MEASURE: LiteralString = """
UNWIND $rules AS rule
MATCH (c:Consequence {rule: rule})
USING INDEX SEEK c:Consequence(rule)
WHERE c.measure IN $measures
RETURN DISTINCT c.subject AS subject
"""

NAMES_OF_KEYS: LiteralString = """
UNWIND $keys AS key
OPTIONAL MATCH (p:Party {key: key})
OPTIONAL MATCH (s:Sanction {key: key})
OPTIONAL MATCH (c:Credential {key: key})
WITH key, coalesce(p, s, c) AS n WHERE n IS NOT NULL
RETURN key, labels(n) AS labels, coalesce(n.name, n.title, n.document_number) AS name
"""


@one_moment
def consequences_of(
    graph: Graph,
    pack: RulePack,
    key: str,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    others: bool = False,
    retired: bool = False,
) -> Answer:
    """Which legal measures reach this party on a day, by which clause, through which dated facts?

    Args:
        others: also what its own sanctions have for others; each consequence names its subject.
        as_of: the day asked about; measures that begin later are left out, ended ones are shown as ended.
        known_at: as was known at the end of this day; None: now.
        retired: also what rests on repaired, corrected or withdrawn items; only for the owning organ, a supervisor
            and the party itself.
    """
    moment = Moment.of(graph, as_of, known_at)
    party = party_refs(graph, [key], moment).get(key)
    if party is None:
        return no_party("consequences", moment, [], key)
    around = graph.read(AROUND_PARTY, key=key, k=moment.position, **onward(pack))
    own = [r["key"] for r in around if r["own"]]
    if moment.fresh(pack) and not any(r["dirty"] for r in around):
        stored = graph.read(STORED_FOR_SUBJECT, key=key)
        if others:
            stored += graph.read(STORED_FOR_SANCTIONS, keys=own)
        found = list({r["c"]["key"]: _Row.stored(r["c"]) for r in stored}.values())
    else:
        derived = _derived(graph, pack, [r["key"] for r in around], moment)
        found = [row for row in derived if row.subject == key]
        if others:
            found += [row for row in derived if row.subject != key and row.sanction in own]
    refs = _refs(graph, pack, (row for row in found if retired or not row.retired), moment.as_of)
    answer = _answer("consequences", moment, refs)
    cut = doubts_beside(graph, key, moment.position, moment.as_of)
    status = "incomplete" if cut and answer.status == "clear" else answer.status
    return answer.model_copy(
        update={"party": party, "cut": cut, "complete": answer.complete and not cut, "status": status}
    )


@one_moment
def consequence(
    graph: Graph, pack: RulePack, key: str, *, as_of: date | Moment, retired: bool = False
) -> ConsequenceRef | None:
    """One consequence by its key, as it stands on a day; None when it does not follow, or has not begun.

    Args:
        key: c-…, as answers tell it.
        retired: also one of a sanction that was repaired, corrected or withdrawn.
    """
    moment = Moment.of(graph, as_of)
    rows = graph.read(ONE_CONSEQUENCE, key=key)
    if not rows:
        return None
    answer = consequences_from(graph, pack, rows[0]["sanction"], as_of=moment, retired=retired)
    return next((c for c in answer.consequences if c.key == key), None)


def sanctions_around(graph: Graph, pack: RulePack, key: str, position: int) -> list[str]:
    """Every sanction from which something could follow for this party."""
    return [r["key"] for r in graph.read(AROUND_PARTY, key=key, k=position, **onward(pack))]


@one_moment
def consequences_from(
    graph: Graph,
    pack: RulePack,
    sanction: str,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    retired: bool = False,
) -> Answer:
    """Whom does this sanction reach, with which measures, and who is only a candidate?

    Args:
        retired: also when it was repaired, corrected or withdrawn; only for its owner, a supervisor and the party.
    """
    moment = Moment.of(graph, as_of, known_at)
    rows = graph.read(SANCTION_STATE, key=sanction)
    if not rows:
        return no_party("sanction-consequences", moment, [], sanction)
    if moment.fresh(pack) and not rows[0]["dirty"]:
        found = [_Row.stored(r["c"]) for r in graph.read(STORED_FOR_SANCTIONS, keys=[sanction])]
    else:
        found = _derived(graph, pack, [sanction], moment)
    refs = _refs(graph, pack, (row for row in found if retired or not row.retired), moment.as_of)
    answer = _answer("sanction-consequences", moment, refs)
    own = one_sanction(graph, sanction, moment, retired=retired)
    return answer.model_copy(update={"sanctions": own})


def subjects_of(graph: Graph, pack: RulePack, measures: Sequence[str], moment: Moment) -> set[str]:
    """Keys of the parties to whom one of these measures may ever have come, whatever its status.

    What is stored counts where it is fresh; what changed since, another rule pack and a past view are derived here.
    """
    fresh = moment.fresh(pack)
    found: set[str] = set()
    if fresh:
        rules = sorted({r.id for r in pack.enabled if not set(measures).isdisjoint(r.measures)})
        found = {r["subject"] for r in graph.read(WITH_MEASURE, rules=rules, measures=list(measures))}
    again = dirty_sanctions(graph) if fresh else all_sanctions(graph)
    for first in range(0, len(again), 500):
        derived = _derived(graph, pack, again[first : first + 500], moment)
        found |= {row.subject for row in derived if row.values["measure"] in measures}
    return found


def _answer(question: str, moment: Moment, shown: list[ConsequenceRef]) -> Answer:
    found = status_among({c.status for c in shown})
    unknown = [c for c in shown if c.status == "unknown"]
    reasons = {i.why for c in unknown for i in c.timeline if i.status == "unknown" and i.why}
    untold = sorted({m for c in unknown for m in c.missing} | {why for why in reasons if why.startswith("cannot tell")})
    return Answer(
        question=question,
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        status=found,
        reason="; ".join(untold) if found == "incomplete" else None,
        complete=found != "incomplete",
        consequences=shown,
    )


def status_among(statuses: Collection[str]) -> AnswerStatus:
    """Of an answer with consequences of these statuses: what cannot be told is no hit, and never `clear`."""
    standing = set(statuses) - {"ended"}
    return "hit" if standing - {"unknown"} else "incomplete" if standing else "clear"


class _Row:
    """A consequence, stored or derived just now, in one form."""

    def __init__(self, values: dict[str, Any], evidence: list[FactRow]) -> None:
        self.values, self.evidence = values, evidence
        self.key: str = values["key"]
        self.subject: str = values["subject"]
        self.sanction: str = values["sanction"]
        self.retired: bool = bool(values.get("retired"))
        self.timeline = [_interval(*parts) for parts in values["timeline"]]

    @classmethod
    def stored(cls, c: dict[str, Any]) -> "_Row":
        values = {**c, "timeline": json.loads(c["timeline"]), "basis": json.loads(c["basis"])}
        return cls(values, thawed(c["evidence"]))

    @classmethod
    def derived(cls, c: Consequence) -> "_Row":
        values = {
            "key": c.key,
            "subject": c.subject,
            "sanction": c.sanction,
            "rule": c.rule,
            "rule_version": c.rule_version,
            "measure": c.measure,
            "automaticity": c.automaticity,
            "timeline": [tuple(i) for i in c.timeline],
            "basis": [{"document": b.document, "article": b.article} for b in c.basis],
            "missing": list(c.missing),
            "reading": list(c.reading),
            "digest": c.digest,
            "retired": c.retired,
        }
        return cls(values, list(c.evidence))


def read_timeline(text: str) -> list[Interval]:
    """A stored timeline."""
    return [_interval(*parts) for parts in json.loads(text)]


def _interval(status: str, since: Any, until: Any, *rest: str) -> Interval:
    return Interval(status, _day(since), _day(until), *rest)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _derived(graph: Graph, pack: RulePack, sanctions: Sequence[str], moment: Moment) -> list[_Row]:
    around = list(cases(graph, sanctions, pack, position=moment.position))
    rows = [_Row.derived(c) for c in derive(around, pack)]
    if rows and moment.position != moment.clock:
        standing = _standing_now(graph, pack, around, moment)
        for row in rows:
            row.retired = row.retired or row.key not in standing
    # The frozen form and back, so that an answer does not depend on whether it was stored.
    for row in rows:
        row.evidence = thawed(json.dumps([frozen(f) for f in row.evidence]))
    return sorted(rows, key=lambda r: (r.subject, r.values["measure"], r.values["rule"], r.key))


def _standing_now(graph: Graph, pack: RulePack, around: Sequence[Case], moment: Moment) -> set[str]:
    """Keys that are not repaired, corrected or withdrawn today: only they show in past views (36号令 第3条)."""
    items = {case.sanction: {f.statement for f in (*case.imposed, *case.responsible, *case.roles)} for case in around}
    events = events_about(graph, sorted({*items, *set().union(*items.values())}), position=moment.clock)
    today = [
        replace(case, events=tuple(e for e in events if e.item == case.sanction or e.item in items[case.sanction]))
        for case in around
    ]
    return {c.key for c in derive(today, pack) if not c.retired}


def shown(graph: Graph, pack: RulePack, found: Iterable[Consequence], day: date) -> list[ConsequenceRef]:
    """Consequences that were derived just now, ready to be shown."""
    return _refs(graph, pack, [_Row.derived(c) for c in found], day)


def node_refs(graph: Graph, keys: Sequence[str]) -> dict[str, NodeRef]:
    """Names for the keys of parties, sanctions and credentials; a key that is not in the graph is left out."""
    rows = graph.read(NAMES_OF_KEYS, keys=list(keys))
    return {r["key"]: NodeRef.of(r["key"], label_of(r["labels"]), r["name"]) for r in rows}


def _refs(graph: Graph, pack: RulePack, rows: Iterable[_Row], as_of: date) -> list[ConsequenceRef]:
    begun = [(row, status) for row in rows if (status := status_on(row.timeline, as_of)) is not None]
    keys = {k for row, _ in begun for k in (row.subject, row.sanction)}
    keys |= {k for row, _ in begun for f in row.evidence for k in (f.start, f.end)}
    nodes = node_refs(graph, sorted(keys))
    refs = fact_refs(graph, (f for row, _ in begun for f in row.evidence))
    rules = {(rule.id, rule.version): rule for rule in pack.rules} | {(rule.id, ""): rule for rule in pack.rules}
    out = []
    for row, status in begun:
        v = row.values
        rule = rules.get((v["rule"], v["rule_version"])) or rules.get((v["rule"], ""))
        measure = pack.codes.measures.get(v["measure"])
        lasting = [i for i in row.timeline if i[0] != "ended"] or row.timeline
        out.append(
            ConsequenceRef(
                key=row.key,
                rule=v["rule"],
                rule_version=v["rule_version"],
                rule_title=rule.title.model_dump() if rule else {"zh": v["rule"], "en": v["rule"]},
                measure=v["measure"],
                measure_title={"zh": measure.zh, "en": measure.en}
                if measure
                else {"zh": v["measure"], "en": v["measure"]},
                subject=_node(nodes, row.subject, "Person"),
                sanction=_node(nodes, row.sanction, "Sanction"),
                status=_STATUS.validate_python(status),
                since=lasting[0][1],
                until=lasting[-1][2],
                scope=rule.scope if rule else None,
                automaticity=v["automaticity"],
                timeline=[
                    StatusInterval(
                        status=_STATUS.validate_python(i.status), since=i.since, until=i.until, why=i.why, event=i.event
                    )
                    for i in row.timeline
                ],
                legal_basis=[LegalBasis(**b) for b in v["basis"]],
                confidence=rule.confidence.grade if rule else "C",
                evidence=[refs[f.fact_id] for f in row.evidence],
                path=_path(row, nodes, refs),
                missing=list(v["missing"]),
                reading=list(v["reading"]),
                digest=v["digest"],
                retired=row.retired,
            )
        )
    # What is policy advice stands behind what is law.
    return sorted(out, key=lambda c: c.automaticity == "advisory")


def _node(nodes: dict[str, NodeRef], key: str, label: str) -> NodeRef:
    return nodes.get(key) or NodeRef.of(key, label, None)


def _path(row: _Row, nodes: dict[str, NodeRef], refs: dict[str, FactRef]) -> list[NodeRef | FactRef]:
    """The evidence as a walk from the subject, as far as one fact leads to the next."""
    here, left = row.subject, list(row.evidence)
    passed = {here: _node(nodes, here, "Person")}
    walked: list[FactRow] = []
    while step := next((f for f in left if here in (f.start, f.end) and _other(f, here) not in passed), None):
        left.remove(step)
        walked.append(step)
        here = _other(step, here)
        passed[here] = _node(nodes, here, "Sanction" if here.startswith("s-") else "Entity")
    return path_along(passed, refs, row.subject, walked)


def _other(fact: FactRow, key: str) -> str:
    return fact.end if fact.start == key else fact.start
