"""Which records bear a name or number of this party, and were not linked to it? They may be its own (存疑).

An answer about a party that bears such a mark, or about a path through one, is never `clear`. The marks are caches of the
present view (`loaders.identity.doubts`), as names are: they have no versions, so an answer for earlier knowledge tells those of today.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple

from graph_model.marks import marks_of
from graph_model.schema import FOREVER
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import Cut, NodeRef
from queries.read.facts import label_of

SHOWN_RECORDS = 20
"""Records that are named, of one answer."""
MOST_ROWS = 10_000
"""Rejected rows that one question reads."""

UNLINKED: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
UNWIND coalesce(p.doubts, []) + CASE WHEN EXISTS { (p)<-[:IDENTIFIES]-() } THEN [] ELSE ['key ' + key] END AS mark
WITH p, key, mark, split(mark, ' ') AS told
CALL (p, told) {
  WITH p, told WHERE told[0] = 'name'
  MATCH (q:Party {name_key: told[1]})
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'name'
  MATCH (q:Party {name_alike: told[1]})
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'name'
  MATCH (f:FormerName)
  USING INDEX SEEK f:FormerName(name_key, party)
  WHERE f.name_key = told[1] AND f.party IS NOT NULL
  MATCH (q:Party {key: f.party})
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'number'
  MATCH (i:Identifier {scheme: told[1], value: told[2]})-[:IDENTIFIES|ALSO_STATED]->(q:Party)
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'number' AND told[1] = 'cn-org'
  MATCH (i:Identifier {org: told[2]})-[:IDENTIFIES]->(q:Party)
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'person'
  MATCH (q:Person {name_key: told[2]})
  WHERE q.scope = told[1] OR EXISTS { (q)-->(:Party {key: told[1]}) }
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'branch' AND told[1] <> p.key
  MATCH (q:Party {key: told[1]})
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'branch' AND told[1] = p.key
  MATCH (q:Party)
  USING INDEX q:Party(doubts)
  WHERE q.doubts IS NOT NULL AND 'branch ' + p.key IN q.doubts
  RETURN q
  UNION
  WITH p, told WHERE told[0] = 'key'
  MATCH (:Identifier)-[l:IDENTIFIES]->(q:Party)
  USING INDEX SEEK l:IDENTIFIES(stated)
  WHERE l.stated = p.key
  RETURN q
}
WITH key, told, q WHERE q.key <> key AND EXISTS { (q)<-[:IDENTIFIES]-() }
  AND (told[0] = 'branch' OR EXISTS { (q)-[r]-()
    WHERE r.rec_to = $forever AND coalesce(r.start_match, '') <> 'branch-name' })
RETURN key, told, q.key AS other, labels(q) AS labels, q.name AS name
ORDER BY key, told, other
LIMIT $limit
"""


DOUBTS_BESIDE: LiteralString = """
MATCH (p:Party {key: $key})
CALL (p) {
  WITH p
  WHERE p.doubts IS NOT NULL
    OR (NOT EXISTS { (p)<-[:IDENTIFIES]-() } AND EXISTS { ()-[l:IDENTIFIES]->() WHERE l.stated = p.key })
  RETURN p AS q, 0 AS distance
  UNION
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|SUPPLIES_TO]-(q:Party)
  WHERE q.doubts IS NOT NULL AND q <> p AND r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  RETURN q, 1 AS distance
}
RETURN q.key AS key, labels(q) AS labels, q.name AS name, distance
ORDER BY distance, key
LIMIT $limit
"""


_TOLD_OF_ROW: LiteralString = """
RETURN key, others, x.run AS run, x.line AS line, r.file AS file, r.sheet AS sheet, x.field AS field, x.reason AS reason,
  x.todo AS todo
ORDER BY key, run, line
LIMIT $limit
"""

# `others`: there are other doubts as well.
REJECTED_AGAINST: LiteralString = (
    """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
WITH key, [mark IN coalesce(p.doubts, []) WHERE mark STARTS WITH 'rejected '] AS marks, p
WITH key, marks, size(coalesce(p.doubts, [])) > size(marks) AS others
UNWIND marks AS mark
WITH key, others, split(mark, ' ') AS told
MATCH (x:RejectedRow {run: told[1], line: toInteger(told[2])})-[:REJECTED_IN]->(r:Run)
"""
    + _TOLD_OF_ROW
)

REJECTED_BY_MARK: LiteralString = (
    """
MATCH (m:RejectedSubject)<-[:AGAINST]-(x:RejectedRow)-[:REJECTED_IN]->(r:Run)
USING INDEX SEEK m:RejectedSubject(mark)
WHERE m.mark IN $marks AND x.settled IS NULL
WITH m.mark AS key, x, r, false AS others
"""
    + _TOLD_OF_ROW
)


class OpenRow(NamedTuple):
    """A row against a party that was not taken, and is open."""

    where: str
    """File, sheet, line and field."""
    run: str
    line: int
    reason: str
    todo: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}" + (f". {self.todo}" if self.todo else "")

    @classmethod
    def of(cls, r: Any) -> "OpenRow":
        """From what `REJECTED_AGAINST` reads."""
        where = r["file"] + (f", {r['sheet']}" if r["sheet"] else "") + f", line {r['line']}"
        where += f", field {r['field']}" if r["field"] else ""
        return cls(where, r["run"], r["line"], r["reason"], r["todo"] or "")


class UnlinkedRecord(NamedTuple):
    """A record that bears a name or number of a party and was not linked to it."""

    bears: str
    """What both bear: `name`, or the scheme of a number; `key`: the party itself stands there now; `branch`: the one may be
    a branch of the other by its name, and several bodies bear the rest of it."""
    value: str
    """The name or number itself."""
    record: NodeRef
    """The party under which the record stands."""


def unlinked_records(graph: Graph, keys: Sequence[str], limit: int = SHOWN_RECORDS) -> dict[str, list[UnlinkedRecord]]:
    """Of each of these parties the records that may be its own."""
    out: dict[str, list[UnlinkedRecord]] = {}
    for r in graph.read(UNLINKED, keys=list(keys), forever=FOREVER, limit=limit) if keys else ():
        what, *told = r["told"]
        bears = told[0] if what == "number" else what if what in ("key", "branch") else "name"
        record = NodeRef.of(r["other"], label_of(r["labels"]), r["name"])
        out.setdefault(r["key"], []).append(UnlinkedRecord(bears, told[-1], record))
    return out


def doubt_cuts(graph: Graph, parties: Sequence[tuple[NodeRef, int]]) -> list[Cut]:
    """What an answer leaves open because of records that were not linked.

    Args:
        parties: those reached that bear a mark of doubt, with their distance.
    """
    keys = [party.key for party, _ in parties]
    records = unlinked_records(graph, keys)
    rejected: dict[str, list[OpenRow]] = {}
    only: set[str] = set()
    for r in graph.read(REJECTED_AGAINST, keys=keys, limit=SHOWN_RECORDS) if keys else ():
        rejected.setdefault(r["key"], []).append(OpenRow.of(r))
        if not r["others"]:
            only.add(r["key"])
    cuts = []
    for party, distance in parties:
        who = NodeRef.of(party.key, party.label, party.name)
        if rows := rejected.get(party.key):
            cuts.append(Cut(reason="rejected", party=who, distance=distance, detail=_open(rows)))
        found = records.get(party.key, [])
        if found or party.key not in only:
            told = [one.record for one in found]
            cuts.append(Cut(reason="unlinked", party=who, distance=distance, detail=_in_words(found), records=told))
    return cuts


def rejected_cuts(graph: Graph, marks: Sequence[str]) -> list[Cut]:
    """What is open about a body that no party here is: rows against its name or number that were not taken."""
    found = list(dict.fromkeys(row for rows in rejected_by_mark(graph, marks).values() for row in rows))
    return [Cut(reason="rejected", detail=_open(found[:SHOWN_RECORDS]))] if found else []


def rejected_by_mark(graph: Graph, marks: Sequence[str]) -> dict[str, list[OpenRow]]:
    """Of each of these names and numbers the rows against it that were not taken and are open."""
    found: dict[str, list[OpenRow]] = {}
    for r in graph.read(REJECTED_BY_MARK, marks=list(marks), limit=MOST_ROWS) if marks else ():
        found.setdefault(r["key"], []).append(OpenRow.of(r))
    return found


def rejected_of_texts(graph: Graph, asked: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Of each of several that nobody here is, by his numbers and names: what rows against him that were not taken leave open."""
    marks = [{mark for text in texts for mark in marks_of(text)} for texts in asked]
    found = rejected_by_mark(graph, sorted({mark for some in marks for mark in some}))
    told: list[dict[str, Any]] = []
    for some in marks:
        rows = list(dict.fromkeys(str(row) for mark in sorted(some) for row in found.get(mark, ())))
        cut = say("rows_rejected", rows="; ".join(rows[:SHOWN_RECORDS]))
        told.append({"result": "incomplete", "complete": False, "cut": cut} if rows else {})
    return told


def _open(rows: Sequence[OpenRow]) -> str:
    told = "; ".join(str(row).rstrip(".") for row in rows)
    return say("row_rejected", rows=told, run=rows[0].run, line=rows[0].line)


def doubts_beside(graph: Graph, key: str, position: int, day: date) -> list[Cut]:
    """What an answer about this party leaves open, and about those one relationship away from it."""
    rows = graph.read(DOUBTS_BESIDE, key=key, k=position, day=day, limit=SHOWN_RECORDS)
    return doubt_cuts(graph, [(NodeRef.of(r["key"], label_of(r["labels"]), r["name"]), r["distance"]) for r in rows])


def _in_words(records: Sequence[UnlinkedRecord]) -> str:
    moved = [one.record for one in records if one.bears == "key"]
    if moved:
        return say("record_moved", name=moved[0].name, key=moved[0].key)
    branches = [f"{one.record.name} ({one.record.key})" for one in records if one.bears == "branch"]
    if branches and len(branches) == len(records):
        return say("branch_by_name", records="; ".join(branches))
    told = "; ".join(_borne(one) for one in records) or say("another_bears")
    return say("record_unlinked", records=told)


def _borne(one: UnlinkedRecord) -> str:
    who = {"name": one.record.name, "key": one.record.key}
    if one.bears == "branch":
        return say("record_branch", **who)
    return say("record_bears", **who, scheme=one.bears, value=one.value)
