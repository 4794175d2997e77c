"""Which records bear a name or number of this party, and were not linked to it? They may be its own (存疑).

An answer about a party that bears such a mark, or about a path through one, is never `clear`. The marks are caches of the
present view (`loaders.identity.doubts`), as names are: they have no versions, so an answer for earlier knowledge tells those of today.
"""

from collections.abc import Sequence
from datetime import date
from typing import LiteralString, NamedTuple

from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from queries.answers import Cut, NodeRef
from queries.read.facts import label_of

SHOWN_RECORDS = 20
"""Records that are named, of one answer."""

UNLINKED: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
UNWIND coalesce(p.doubts, []) + CASE WHEN EXISTS { (p)<-[:IDENTIFIES]-() } THEN [] ELSE ['='] END AS mark
CALL (p, mark) {
  WITH p, mark WHERE left(mark, 1) <> '#' AND left(mark, 1) <> '@'
  MATCH (q:Party {name_key: mark})
  RETURN q
  UNION
  WITH p, mark WHERE left(mark, 1) <> '#' AND left(mark, 1) <> '@'
  MATCH (q:Party {name_alike: mark})
  RETURN q
  UNION
  WITH p, mark WHERE left(mark, 1) <> '#' AND left(mark, 1) <> '@'
  MATCH (f:FormerName)
  USING INDEX SEEK f:FormerName(name_key, party)
  WHERE f.name_key = mark AND f.party IS NOT NULL
  MATCH (q:Party {key: f.party})
  RETURN q
  UNION
  WITH p, mark WHERE left(mark, 1) = '#'
  WITH split(substring(mark, 1), ' ') AS number
  MATCH (i:Identifier {scheme: number[0], value: number[1]})-[:IDENTIFIES|ALSO_STATED]->(q:Party)
  RETURN q
  UNION
  WITH p, mark WHERE left(mark, 8) = '#cn-org '
  MATCH (i:Identifier {org: substring(mark, 8)})-[:IDENTIFIES]->(q:Party)
  RETURN q
  UNION
  WITH p, mark WHERE left(mark, 1) = '@'
  WITH split(substring(mark, 1), ' ') AS place
  MATCH (q:Person {name_key: place[1]})
  WHERE q.scope = place[0] OR EXISTS { (q)-->(:Party {key: place[0]}) }
  RETURN q
  UNION
  WITH p, mark WHERE mark = '='
  MATCH (:Identifier)-[l:IDENTIFIES]->(q:Party)
  USING INDEX SEEK l:IDENTIFIES(stated)
  WHERE l.stated = p.key
  RETURN q
}
WITH key, mark, q WHERE q.key <> key AND EXISTS { (q)<-[:IDENTIFIES]-() }
  AND EXISTS { (q)-[r]-() WHERE r.rec_to = $forever }
RETURN key, mark, q.key AS other, labels(q) AS labels, q.name AS name
ORDER BY key, mark, other
LIMIT $limit
"""


BESIDE: LiteralString = """
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


class UnlinkedRecord(NamedTuple):
    """A record that bears a name or number of a party and was not linked to it."""

    bears: str
    """What both bear: `name`, or the scheme of a number."""
    value: str
    """The name or number itself."""
    record: NodeRef
    """The party under which the record stands."""


def unlinked_records(graph: Graph, keys: Sequence[str], limit: int = SHOWN_RECORDS) -> dict[str, list[UnlinkedRecord]]:
    """Of each of these parties the records that may be its own."""
    out: dict[str, list[UnlinkedRecord]] = {}
    for r in graph.read(UNLINKED, keys=list(keys), forever=FOREVER, limit=limit) if keys else ():
        if r["mark"] == "=":
            stands = NodeRef.of(r["other"], label_of(r["labels"]), r["name"])
            out.setdefault(r["key"], []).append(UnlinkedRecord("key", r["key"], stands))
            continue
        scheme, _, value = r["mark"][1:].partition(" ")
        bears, value = (scheme, value) if r["mark"][0] == "#" else ("name", value if r["mark"][0] == "@" else r["mark"])
        record = NodeRef.of(r["other"], label_of(r["labels"]), r["name"])
        out.setdefault(r["key"], []).append(UnlinkedRecord(bears, value, record))
    return out


def doubt_cuts(graph: Graph, parties: Sequence[tuple[NodeRef, int]]) -> list[Cut]:
    """What an answer leaves open because of records that were not linked.

    Args:
        parties: those reached that bear a mark of doubt, with their distance.
    """
    records = unlinked_records(graph, [party.key for party, _ in parties])
    return [
        Cut(
            reason="unlinked",
            party=NodeRef.of(party.key, party.label, party.name),
            distance=distance,
            detail=_in_words(records.get(party.key, [])),
            records=[one.record for one in records.get(party.key, [])],
        )
        for party, distance in parties
    ]


def doubts_beside(graph: Graph, key: str, position: int, day: date) -> list[Cut]:
    """What an answer about this party leaves open, and about those one relationship away from it."""
    rows = graph.read(BESIDE, key=key, k=position, day=day, limit=SHOWN_RECORDS)
    return doubt_cuts(graph, [(NodeRef.of(r["key"], label_of(r["labels"]), r["name"]), r["distance"]) for r in rows])


def _in_words(records: Sequence[UnlinkedRecord]) -> str:
    moved = [one.record for one in records if one.bears == "key"]
    if moved:
        return f"what is recorded of it stands at {moved[0].name} ({moved[0].key}) now: ask there"
    told = [f"{one.record.name} ({one.record.key}) bears its {one.bears} {one.value}" for one in records]
    return (
        f"{'; '.join(told) or 'another record bears its name or number'}: not linked to it, so that record may be its own; "
        "a credit code in that record would link it, or `creditgraph entity merge`"
    )
