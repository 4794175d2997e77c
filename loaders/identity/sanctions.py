"""What is known of a sanction by facts elsewhere: the penalty on which a listing stands, and what its organ is.

Caches of the present view, brought up to date for the parties that wait, so that no order of files or events decides:

- a listing that names the number of a penalty (列入依据文号) falls on the day on which that penalty is withdrawn;
- an organ is a third party (O08) by the table of organs; where that names no role for it, by its own name. What it
  decides informs, and triggers nothing (GB-11).
"""

from typing import Any, LiteralString

from graph_model.events import effects
from graph_model.record_classes import is_third_party
from graph_model.schema import FOREVER
from graph_model.store.connect import Tx
from queries.read.events import event_of

STANDING_LISTINGS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
MATCH (s:Sanction)-[r:IMPOSED_ON]->(p)
WHERE r.stands_on IS NOT NULL AND r.rec_to = $forever
RETURN DISTINCT s.key AS listing, key AS party, r.stands_on AS number, r.authority AS authority,
  s.fallen_on AS fallen_on, s.fallen_by AS fallen_by
ORDER BY listing, party
"""

# The penalty of that number: against the same party, or by the same organ (persons are listed for their company's).
WITHDRAWN: LiteralString = """
UNWIND $listings AS l
MATCH (g:Sanction {document_number: l.number})
USING INDEX SEEK g:Sanction(document_number)
WHERE g.key <> l.listing AND EXISTS { (g)-[i:IMPOSED_ON]->(q) WHERE q.key = l.party OR i.authority = l.authority }
MATCH (v:Event {item: g.key})
USING INDEX SEEK v:Event(item)
RETURN DISTINCT l.listing AS listing, g.key AS penalty, properties(v) AS v
ORDER BY listing, penalty, v.day, v.rec_from, v.place, v.id
"""

SET_FALLEN: LiteralString = """
UNWIND $rows AS row
MATCH (s:Sanction {key: row.listing})
SET s.fallen_on = row.on, s.fallen_by = row.by, s.fallen_seq = row.seq, s.dirty = true
WITH s
MATCH (s)-[:IMPOSED_ON]->(p:Party)
SET p.changed = $seq
"""

ROLES_OF_ORGANS: LiteralString = """
UNWIND $keys AS key
MATCH (o:Party {key: key})
USING INDEX SEEK o:Party(key)
WHERE o:Organ
RETURN key, o.name AS name, coalesce(o.third_party, false) AS third_party,
  COLLECT { MATCH (s:Statement)-[:ABOUT]->(o) WHERE s.rec_to = $forever AND s.organ_roles IS NOT NULL
    UNWIND s.organ_roles AS role RETURN DISTINCT role } AS roles
"""

SET_THIRD_PARTY: LiteralString = """
UNWIND $rows AS row
MATCH (o:Party {key: row.key})
USING INDEX SEEK o:Party(key)
SET o.third_party = row.third_party, o.changed = $seq
WITH o
MATCH (s:Sanction)-[:IMPOSED_BY]->(o)
SET s.dirty = true
WITH DISTINCT s
MATCH (s)-[:IMPOSED_ON]->(p:Party)
SET p.changed = $seq
"""


def refresh_sanctions(tx: Tx, keys: list[str]) -> None:
    """Bring up to date what these parties' listings stand on, and what those of them are that are organs."""
    listings: dict[str, list[dict[str, Any]]] = {}
    for r in tx.run(STANDING_LISTINGS, keys=keys, forever=FOREVER):
        listings.setdefault(r["listing"], []).append(dict(r))
    if listings:
        _refresh_listings(tx, listings)
    rows = []
    for r in tx.run(ROLES_OF_ORGANS, keys=keys, forever=FOREVER):
        third = "O08" in r["roles"] if r["roles"] else is_third_party(r["name"] or "")
        if third != r["third_party"]:
            rows.append({"key": r["key"], "third_party": third or None})
    if rows:
        tx.run(SET_THIRD_PARTY, rows=rows, seq=tx.seq)


def _refresh_listings(tx: Tx, listings: dict[str, list[dict[str, Any]]]) -> None:
    events: dict[tuple[str, str], list[Any]] = {}
    asked = [one for some in listings.values() for one in some]
    for r in tx.run(WITHDRAWN, listings=asked):
        events.setdefault((r["listing"], r["penalty"]), []).append(event_of(r["v"]))
    rows = []
    for listing, some in listings.items():
        ends = []
        for (of, penalty), told in events.items():
            if of == listing and (done := effects(told).get(penalty)):
                recorded = {e.id: e.rec_from for e in told}
                ends += [(c.day, c.event, recorded[c.event]) for c in done.closed if c.revoked]
        on, by, seq = min(ends, default=(None, None, None))
        if by != some[0]["fallen_by"]:
            rows.append({"listing": listing, "on": on, "by": by, "seq": seq})
    if rows:
        tx.run(SET_FALLEN, rows=rows, seq=tx.seq)
