"""Two entities are one: a human's decision, recorded, and undone by another one (合并与拆分).

A merge is a link as the name policy makes them, by another policy: whatever came by a code or name of the entity that
goes (its own key is `stated`) stands at the entity that stays. Its facts get new versions there, its identifiers point
there, so a later row with the old code lands there as well; and by `stated` all of it finds the way back.
"""

from typing import Any, LiteralString

from graph_model.errors import BadRequest
from graph_model.schema import FOREVER, MERGED, Correction
from graph_model.store.connect import Graph, Tx
from loaders.identity.caches import refresh
from loaders.identity.joining import MARK_MERGED, STATED, Before, mark_around, put_together, recorded
from loaders.identity.links import move
from queries.read.corrections import merges, standing

READ_PARTY: LiteralString = """
MATCH (p:Party {key: $key})
RETURN labels(p) AS labels, coalesce(p.coded, false) AS coded, p.merged_into AS merged_into,
  EXISTS { (p)<-[:IDENTIFIES]-() } AS stands
"""

TYPES_BETWEEN: LiteralString = """
MATCH (a:Party {key: $keep})-[r]-(b:Party {key: $other})
WHERE r.rec_to = $forever AND coalesce(r.start_match, '') <> 'branch-name'
RETURN DISTINCT type(r) AS type ORDER BY type
"""


FIND_MERGE: LiteralString = """
MATCH (c:Correction {id: $id})
OPTIONAL MATCH (u:Correction {of: c.id})
RETURN properties(c) AS c, u.id AS undone
"""


def correction(tx: Tx, id: str, kind: str) -> dict[str, Any]:
    """A correction that stands.

    Raises:
        BadRequest: there is none of this id and kind, or it was taken back already.
    """
    rows = tx.run(FIND_MERGE, id=id)
    if rows and rows[0]["c"]["kind"] == "joined":
        raise BadRequest(
            f"{id} is no decision: {rows[0]['c']['reason']}. If that row is wrong, its source corrects it."
        )
    if not rows or rows[0]["c"]["kind"] != kind:
        raise BadRequest(f"There is no {kind} {id!r}: take its id from the list of corrections (x-…).")
    if rows[0]["undone"]:
        raise BadRequest(f"{id} was taken back already, by {rows[0]['undone']}.")
    return rows[0]["c"]


def merge(graph: Graph, keep: str, other: str, *, author: str, reason: str, before: Before | None = None) -> Correction:
    """Everything of entity `other` stands at entity `keep` from now on, and what comes for it later as well.

    Args:
        keep, other: keys of two entities; `keep` has an identifier of its own.
        author: who decided.
        reason: why; kept with the record.
        before: when it was recorded before, in a graph that was rebuilt since.

    Raises:
        BadRequest: no such entity, not two, one of them is no entity or an authority, the one that stays is known by
            its name only, or a believed fact relates the two (a branch and its company are two).
    """

    def work(tx: Tx) -> Correction:
        _check(tx, keep, other)
        names = put_together(tx, keep, other, MERGED)
        return recorded(tx, "merge", author, reason, before=before, keep=keep, other=other, names=names)

    graph.prepare()
    done = graph.write("merge", work)
    refresh(graph)
    return done


def split(graph: Graph, id: str, *, author: str, reason: str, before: Before | None = None) -> Correction:
    """Take a merge back: what came by a code or name of the merged entity stands there again.

    What was merged into that entity before goes with it. What people recorded on the merged whole stays where it is.

    Args:
        id: of the merge (x-…).
        author: who takes it back.
        reason: why.
        before: that it was recorded in another graph as well, and when; None: it is new.

    Raises:
        BadRequest: no such merge, or it was taken back already.
    """

    def work(tx: Tx) -> Correction:
        record = correction(tx, id, "merge")
        other, held = record["other"], merges(tx, tx.seq)
        root = standing(held)[other]
        back = {other}
        while more := {m.other for m in held if m.keep in back} - back:
            back |= more
        names = {name for m in held if m.other in back for name in m.names}
        for r in tx.run(STATED, key=root):
            if r["own"] in back or r["own"] in names:
                move(tx, r["own"], root, other, r["policy"] or MERGED)
        tx.run(MARK_MERGED, keys=[other], into=None)
        tx.run(MARK_MERGED, keys=sorted(back - {other}), into=other)
        mark_around(tx, root, other)
        return recorded(tx, "undo", author, reason, before=before, of=id)

    graph.prepare()
    done = graph.write("split", work)
    refresh(graph)
    return done


def _check(tx: Tx, keep: str, other: str) -> None:
    if keep == other:
        raise BadRequest("These are one party already.")
    for key in (keep, other):
        rows = tx.run(READ_PARTY, key=key)
        if not rows:
            raise BadRequest(f"There is no party {key!r}: take its key from a look-up (e-…).")
        found = rows[0]
        if "Entity" not in found["labels"] or "Organ" in found["labels"]:
            raise BadRequest(f"{key} is no company or other body: persons and authorities are not merged here.")
        if found["merged_into"]:
            raise BadRequest(f"{key} was merged into {found['merged_into']} already: name that one.")
        if not found["stands"]:
            raise BadRequest(f"{key} is known by a name that stands at another party now: name that one.")
        if key == keep and not found["coded"]:
            raise BadRequest(f"{key} has no identifier of its own, only a name: keep the one that has a code.")
    if between := [r["type"] for r in tx.run(TYPES_BETWEEN, keep=keep, other=other, forever=FOREVER)]:
        raise BadRequest(
            f"A source relates the two to each other ({', '.join(between)}), so they are two: look at it with "
            "`creditgraph find`, and correct that record first."
        )
