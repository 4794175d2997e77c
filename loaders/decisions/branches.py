"""A human accepts whose branch a body is, where only its name tells it (policy `branch-name`). Recorded, and taken back on demand.

What was accepted is a statement with an author, and the proposal by the name ends. From which day it is a branch it does not tell:
a consequence that asks for that day stays a candidate.
"""

from typing import Any, LiteralString

from graph_model import cypher
from graph_model.branches import heads_of
from graph_model.errors import BadRequest
from graph_model.schema import FOREVER, BranchOf, Correction
from graph_model.store.connect import Graph, Tx, today
from loaders.identity.caches import refresh
from loaders.identity.joining import Before, recorded
from loaders.identity.links import touch
from loaders.identity.resolver import claim_id, hashed, statement_id

ACCEPTED = "branch-accepted"
"""Source of what was accepted."""

ENDS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
RETURN key, p.name_key AS name, EXISTS { (p)<-[:IDENTIFIES]-() } AS stands,
  COLLECT { MATCH (p)-[r:BRANCH_OF]->(o) WHERE r.rec_to = $forever AND coalesce(r.start_match, '') <> 'branch-name'
    RETURN coalesce(o.name, o.key) } AS stated,
  [p.name_key] + COLLECT { MATCH (f:FormerName {party: p.key}) USING INDEX SEEK f:FormerName(party) RETURN f.name_key } AS names
"""

ACCEPTED_FACTS: LiteralString = """
MATCH (a)-[r:BRANCH_OF]->(b) WHERE r.run = $run AND r.rec_to = $forever
RETURN r.fact_id AS fact, a.key AS start, b.key AS end
"""


def accept_branch(
    graph: Graph, branch: str, company: str, *, author: str, reason: str, before: Before | None = None
) -> Correction:
    """Record that a body is the branch of another, whose name its own begins with.

    Args:
        branch, company: keys of the two.
        author, reason: who decided, and why; kept with the record.
        before: when it was recorded before, in a graph that was rebuilt since.

    Raises:
        BadRequest: no such parties, by its name it is no branch of that one, or a source states whose branch it is.
    """

    def work(tx: Tx) -> Correction:
        ends = {r["key"]: r for r in tx.run(ENDS, keys=[branch, company], forever=FOREVER)}
        if missing := [key for key in (branch, company) if key not in ends or not ends[key]["stands"]]:
            raise BadRequest(
                f"There is no party {missing[0]!r}, or it stands at another one: take its key from a look-up (e-…)."
            )
        if stated := ends[branch]["stated"]:
            raise BadRequest(f"It is stated already whose branch it is: {'; '.join(stated)}.")
        if not set(heads_of(ends[branch]["name"] or "")).intersection(ends[company]["names"]):
            raise BadRequest("By its name it is no branch of that one: a file that states the branch makes it one.")
        done = recorded(tx, "branch", author, reason, before=before, keep=company, other=branch)
        tx.run(cypher.create_facts(BranchOf), rows=[_fact(branch, company, done, tx.seq)])
        touch(tx, {branch, company})
        return done

    graph.prepare()
    done = graph.write("correct", work)
    refresh(graph)
    return done


def _fact(branch: str, company: str, done: Correction, seq: int) -> dict[str, Any]:
    said = statement_id(ACCEPTED, BranchOf.TYPE, done.id, (branch, company), "")
    return {
        "start": branch,
        "end": company,
        "props": {
            "fact_id": f"{said}.{seq}",
            "statement_id": said,
            "claim_id": claim_id(BranchOf.TYPE, branch, company, None),
            "digest": hashed(f"{ACCEPTED}\x1f{branch}\x1f{company}"),
            "rec_from": seq,
            "rec_to": FOREVER,
            "source": ACCEPTED,
            "run": done.id,
            "owner": done.author,
            "trust": "official",
            "data_date": today(),
        },
    }


def withdraw_branch(tx: Tx, id: str) -> int:
    """What was accepted by this correction is no longer believed; returns how many facts that were."""
    found = tx.run(ACCEPTED_FACTS, run=id, forever=FOREVER)
    tx.run(cypher.close(BranchOf), ids=[r["fact"] for r in found], seq=tx.seq)
    touch(tx, {key for r in found for key in (r["start"], r["end"])})
    return len(found)
