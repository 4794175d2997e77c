"""Two parties are one: all that stands at the one goes to the other, and it is recorded why.

By a decision (`merge.py`), or because numbers say so.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.errors import BadRequest
from graph_model.identifiers import mask_ids_in
from graph_model.schema import FOREVER, MERGED, RELATIONSHIP_BY_TYPE, SAME_NUMBER, Correction, Statement
from graph_model.store.connect import Tx
from loaders.identity.links import MARK_NAMED, move, touch
from loaders.identity.resolver import digest
from queries.read.corrections import merges, standing

PROGRAM = "creditgraph"
"""Author of what no human decided."""


# Under which own keys a party is known, and by which policy each of them came.
STATED: LiteralString = """
MATCH (p:Party {key: $key})<-[l:IDENTIFIES]-()
RETURN DISTINCT coalesce(l.stated, p.key) AS own, l.policy AS policy
ORDER BY own
"""


MARK_MERGED: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
SET p.merged_into = $into, p.merged = true, p.caches_dirty = true
"""


# Said once by a number of the one, and once by a number of the other: of one party it is one statement.
SAID_TWICE: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
WITH p, COLLECT { MATCH (p)<-[l:IDENTIFIES]-() WHERE l.policy = $policy RETURN DISTINCT l.stated } AS joined
WHERE size(joined) > 0
CALL (p, joined) {
  MATCH (p)-[r]-(o)
  WHERE r.rec_to = $forever AND r.digest IS NOT NULL
    AND coalesce(CASE WHEN startNode(r) = p THEN r.start_stated ELSE r.end_stated END, p.key) IN joined + p.key
  RETURN type(r) AS type, startNode(r).key + ' ' + endNode(r).key AS ends, o.key AS other, properties(r) AS fact
  UNION ALL
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.rec_to = $forever AND coalesce(s.start_stated, p.key) IN joined + p.key
  RETURN 'ABOUT' AS type, p.key AS ends, p.key AS other, properties(s) AS fact
}
WITH p, type, ends, other, fact.source AS source, fact.partition AS partition, fact.digest AS digest,
  collect(DISTINCT fact) AS facts
WHERE size(facts) > 1
RETURN p.key AS key, type, other, facts
"""


RECORD: LiteralString = """
CREATE (c:Correction) SET c = $row
"""


@dataclass(frozen=True)
class Before:
    """That a correction was, or would be, recorded in another graph as well: under which id, and when."""

    id: str
    at: int | None = None
    """Milliseconds since 1970 UTC; None: it was not told."""


def recorded(tx: Tx, kind: str, author: str, reason: str, *, before: Before | None = None, **about: Any) -> Correction:
    """Write one correction inside a transaction.

    Args:
        kind: `merge`, `joined` or `code`.
        author: who decides.
        reason: why.
        before: that it was recorded in another graph as well, and when; None: it is new.
        about: what it is about, by the fields of a correction.

    Raises:
        BadRequest: nobody, or no reason, is named.
    """
    if not author.strip() or not reason.strip():
        raise BadRequest("A correction needs its author (--author) and a reason (--reason).")
    row = Correction(
        id=before.id if before else f"x-{digest(kind, *about.values(), tx.seq)[:20]}",
        kind=kind,  # ty: ignore[invalid-argument-type]
        author=mask_ids_in(author.strip()),
        reason=mask_ids_in(reason.strip()),
        at=before.at if before and before.at else time.time_ns() // 1_000_000,
        rec_from=tx.seq,
        place=tx.place(),
        **about,
    )
    tx.run(RECORD, row=row.model_dump(exclude_none=True))
    return row


def join(tx: Tx, keep: str, other: str, reason: str) -> None:
    """What came by a number of `other` stands at `keep` from now on: their numbers say that they are one.

    As it would, had the row that says so come first. Recorded with its reason, but nobody's decision.
    """
    roots = standing(merges(tx, tx.seq))
    keep, other = roots.get(keep, keep), roots.get(other, other)
    if keep != other:
        names = put_together(tx, keep, other, SAME_NUMBER)
        about = {"keep": keep, "other": other, "names": names}
        once = Before(f"x-{digest('joined', keep, other)[:20]}")
        recorded(tx, "joined", PROGRAM, reason, before=once, **about)


def drop_said_twice(tx: Tx, keys: list[str]) -> None:
    """Of equal statements of one source that came by numbers of two parties, which are one now, the newest is believed.

    Had the row that gives both numbers come first, it would have been one from the beginning.
    """
    for r in tx.run(SAID_TWICE, keys=keys, policy=SAME_NUMBER, forever=FOREVER):
        *older, _ = sorted((dict(fact) for fact in r["facts"]), key=_said_last)
        kind = Statement if r["type"] == "ABOUT" else RELATIONSHIP_BY_TYPE[r["type"]]
        tx.run(cypher.close(kind), ids=[fact["fact_id"] for fact in older], seq=tx.seq)
        touch(tx, {r["key"], r["other"]})


def _said_last(fact: dict[str, Any]) -> tuple[str, ...]:
    days = (fact.get("in_snapshot"), (fact.get("seen_on") or [fact.get("data_date")])[-1], fact.get("file_date"))
    told = (f"{fact.get('delivery') or 1:06d}", fact.get("seen_in") or fact["run"], fact["fact_id"])
    return (*(str(day or "") for day in days), *told)


def put_together(tx: Tx, keep: str, other: str, policy: str) -> list[str] | None:
    """Move all that stands at `other`; the keys of the names among it."""
    stood = {other: None} | {r["own"]: r["policy"] for r in tx.run(STATED, key=other)}
    roots = standing(merges(tx, tx.seq))
    for own, by in stood.items():
        # Names keep the policy by which they came; the decision is about whom they meant.
        move(tx, own, other, keep, by or policy)
    tx.run(MARK_MERGED, keys=[other, *(k for k, root in roots.items() if root == other)], into=keep)
    tx.run(MARK_MERGED, keys=[keep], into=None)
    mark_around(tx, keep, other)
    return sorted(own for own, by in stood.items() if by not in (None, MERGED, SAME_NUMBER)) or None


def mark_around(tx: Tx, *keys: str) -> None:
    """Whoever is known by name at one of these, under any name of theirs, may be somebody else now."""
    owns = _owns(tx, keys)
    touch(tx, owns)
    for own in owns:
        tx.run(MARK_NAMED, own=own)


def _owns(tx: Tx, keys: Iterable[str]) -> list[str]:
    return sorted({*keys, *(r["own"] for key in keys for r in tx.run(STATED, key=key))})
