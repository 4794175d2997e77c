"""Where what came by a name or number stands: at its own party, or at the one to which it was linked.

A link moves facts by new versions, and what it touches is computed again.
"""

from collections.abc import Iterable
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.schema import EXACT_NAME, FOREVER, RELATIONSHIP_BY_TYPE, SAME_NUMBER, Statement
from graph_model.store.connect import Tx
from loaders.identity.resolver import claim_id

# The facts that one name brought to the party at which it stands. A human's judgement stays with whom he judged; whose
# branch a body is by its name is computed anew.
FACTS_OF: LiteralString = """
MATCH (p:Party {key: $key})-[r]-()
WHERE r.rec_to = $forever AND NOT r:SAME_PERSON_AS AND coalesce(r.start_match, '') <> 'branch-name'
  AND ((startNode(r) = p AND coalesce(r.start_stated, p.key) = $own)
    OR (endNode(r) = p AND coalesce(r.end_stated, p.key) = $own))
RETURN DISTINCT type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end
UNION ALL
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: $key})
WHERE s.rec_to = $forever AND coalesce(s.start_stated, p.key) = $own
RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS start, null AS end
"""


POINT_IDENTIFIERS: LiteralString = """
MATCH (p:Party {key: $source})<-[l:IDENTIFIES]-(i:Identifier)
WHERE coalesce(l.stated, p.key) = $own
MATCH (t:Party {key: $target})
DELETE l
CREATE (i)-[:IDENTIFIES {policy: $policy, stated: $stated, rec_from: $seq}]->(t)
"""


# Whoever is known by name at an entity whose own name was linked, or no longer is.
MARK_NAMED: LiteralString = """
MATCH (w:Party {scope: $own})
USING INDEX SEEK w:Party(scope)
SET w.caches_dirty = true
"""


# Beside the sanctions of a party and those for which it is responsible, those of the units that it heads: a rule
# may reach the units that it heads elsewhere.
TOUCH: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
SET p.caches_dirty = true
WITH p
CALL (p) {
  MATCH (p)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:RESPONSIBLE_FOR]->(s:Sanction) RETURN s
  UNION
  MATCH (v:Event {subject: p.key}) MATCH (s:Sanction {key: v.sanction}) RETURN s
  UNION
  MATCH (o:Party {merged_into: p.key}) USING INDEX SEEK o:Party(merged_into)
  MATCH (v:Event {subject: o.key}) MATCH (s:Sanction {key: v.sanction}) RETURN s
  UNION
  MATCH (p)-[:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF]->(:Entity)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:SAME_PERSON_AS*1..8]-(:Person)-[:RESPONSIBLE_FOR]->(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:SAME_PERSON_AS*1..8]-(x:Person)
  MATCH (v:Event {subject: x.key}) MATCH (s:Sanction {key: v.sanction}) RETURN s
}
SET s.dirty = true
"""


TOUCH_ADDRESSES: LiteralString = """
UNWIND $keys AS key MATCH (a:Address {key: key}) USING INDEX SEEK a:Address(key) SET a.caches_dirty = true
"""


DIRTY_SANCTIONS: LiteralString = """
UNWIND $keys AS key MATCH (s:Sanction {key: key}) USING INDEX SEEK s:Sanction(key) SET s.dirty = true
"""


def touch(tx: Tx, keys: Iterable[str]) -> None:
    """Facts of these nodes changed: their caches and the consequences around them are to be computed again."""
    keys = sorted(keys)
    for statement, prefixes in ((TOUCH, "epo"), (TOUCH_ADDRESSES, "a"), (DIRTY_SANCTIONS, "s")):
        if some := [key for key in keys if key[0] in prefixes]:
            tx.run(statement, keys=some)


def _replace(
    tx: Tx, dropped: dict[Any, list[str]], closed: dict[Any, list[str]], moved: dict[Any, list[dict[str, Any]]]
) -> None:
    """Versions of facts that go, that are believed no longer, and that are new, by type."""
    for kind, ids in dropped.items():
        tx.run(cypher.drop(kind), ids=ids)
    for kind, ids in closed.items():
        tx.run(cypher.close(kind), ids=ids, seq=tx.seq)
    for kind, rows in moved.items():
        tx.run(cypher.create_facts(kind), rows=rows)


def move(tx: Tx, own: str, source: str, target: str, policy: str = EXACT_NAME, *, stood: str | None = None) -> bool:
    """What came by the name (or code) whose own party is `own` goes from party `source` to `target`, by a policy.

    Its facts get new versions there; the old versions stay, closed.

    Args:
        own: key of the party that the name (or code) alone would mean.
        source, target: keys of the parties where it stands, and where it is to stand.
        policy: by which it is to stand there.
        stood: the policy by which it stands at `source`, where another one for the same place is a change too.

    Returns:
        whether anything changed.
    """
    if source == target and stood in (None, policy):
        return False
    linked = target != own
    moved: dict[Any, list[dict[str, Any]]] = {}
    closed: dict[Any, list[str]] = {}
    dropped: dict[Any, list[str]] = {}
    touched = {source, target}
    for r in tx.run(FACTS_OF, key=source, own=own, forever=FOREVER):
        kind = Statement if r["type"] == "ABOUT" else RELATIONSHIP_BY_TYPE[r["type"]]
        props, ends = dict(r["props"]), {"start": r["start"], "end": r["end"]}
        touched.update(key for key in ends.values() if key)
        for end in ends:
            # An edge between the party and itself may move at both ends.
            if ends[end] != source or props.get(f"{end}_stated", source) != own:
                continue
            ends[end] = target
            props.pop(f"{end}_match", None)
            props.pop(f"{end}_stated", None)
            if linked:
                props[f"{end}_stated"] = own
                if policy != SAME_NUMBER:
                    props[f"{end}_match"] = policy
        # A version of this very transaction was never seen by anybody: it is replaced, not closed.
        (dropped if props["rec_from"] == tx.seq else closed).setdefault(kind, []).append(props["fact_id"])
        props |= {
            "fact_id": f"{props['statement_id']}.{tx.seq}",
            "claim_id": claim_id(r["type"], ends["start"], ends["end"] or "", props.get("since")),
            "rec_from": tx.seq,
        }
        moved.setdefault(kind, []).append({**ends, "props": props})
    _replace(tx, dropped, closed, moved)
    tx.run(
        POINT_IDENTIFIERS,
        source=source,
        target=target,
        own=own,
        policy=policy if linked else None,
        stated=own if linked else None,
        seq=tx.seq,
    )
    touch(tx, touched)
    return True
