"""The policy `branch-name`: whose branch is a body, by its name (`graph_model.branches`)?

The nearest of the names that it may bear counts which any body bears now, or, where nobody does, which one bore before;
of its bearers those with an identifier of their own go first. One bearer: `BRANCH_OF` to it, with the policy as match
and source. Several: none, and a mark of doubt at each of them. A branch of which a source states whose it is gets none.

The links are recomputed from what is believed: a second bearer, another name or a register undoes one. So the order of
loading does not matter, and the closed versions tell what was believed when.
"""

from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple

from graph_model import cypher
from graph_model.branches import heads_of, may_be_head
from graph_model.cypher import BEARERS_OF_NAME
from graph_model.marks import BRANCH
from graph_model.schema import BRANCH_NAME, FOREVER, BranchOf
from graph_model.store.connect import Tx
from loaders.identity.doubts import Groups
from loaders.identity.links import touch
from loaders.identity.resolver import claim_id, hashed, statement_id

# In lists, and all in one row: a driver reads rows one by one.
BEGIN_WITH: LiteralString = """
UNWIND $names AS name
MATCH (p:Party)
USING INDEX SEEK p:Party(name_key)
WHERE p.name_key STARTS WITH name AND p:Entity AND p.name_key <> name
RETURN collect(DISTINCT [p.key, p.name_key]) AS found
"""

NAMES_NOW: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE p:Entity
RETURN collect([p.key, p.name_key]) AS found
"""

# Whether it stands, whether a source states whose branch it is, and the link that it has.
BRANCHES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
RETURN collect([p.key,
  EXISTS { (p)<-[:IDENTIFIES]-() } AND coalesce(p.kind, '') <> 'individual_business' AND NOT p:Organ
    AND NOT EXISTS { (p)-[r:BRANCH_OF]->() WHERE r.rec_to = $forever AND coalesce(r.start_match, '') <> $policy },
  COLLECT { MATCH (p)-[r:BRANCH_OF]->(o) WHERE r.rec_to = $forever AND r.start_match = $policy
    RETURN [r.fact_id, o.key, r.rec_from] }]) AS found
"""

BEARERS: LiteralString = (
    """
UNWIND $names AS name
"""
    + BEARERS_OF_NAME
    + """WITH name, p, former
WHERE p:Entity AND coalesce(p.kind, '') <> 'individual_business' AND EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN collect([name, p.key, coalesce(p.coded, false), former]) AS found
"""
)


class _Bearer(NamedTuple):
    key: str
    coded: bool
    former: bool


def link_branches(
    tx: Tx, names: Iterable[tuple[str, str | None]], before: Iterable[str | None], marks: set[str]
) -> Groups:
    """Bring the links of these bodies up to date: of those that are branches by name, and of those whose branches they may be.

    Args:
        names: the bodies of which something changed, with each name that they bear or bore.
        before: names that some of them bore until now.
        marks: marks of doubt that they have.

    Returns: for each branch of which several bodies may be the company, these and it.
    """
    names = list(names)
    branches = {key: name for key, name in names if name and heads_of(name)}
    heads = sorted({name for name in (*(name for _, name in names), *before) if name and may_be_head(name)})
    if heads:
        branches |= dict(tx.run(BEGIN_WITH, names=heads)[0]["found"])
    if marked := sorted({mark.removeprefix(BRANCH) for mark in marks if mark.startswith(BRANCH)} - branches.keys()):
        branches |= dict(tx.run(NAMES_NOW, keys=marked)[0]["found"])
    may_be = {key: heads_of(name) for key, name in branches.items()}
    if not may_be:
        return {}
    wanted = sorted({head for found in may_be.values() for head in found})
    bearers: dict[str, list[_Bearer]] = {}
    for name, *bearer in tx.run(BEARERS, names=wanted)[0]["found"] if wanted else ():
        bearers.setdefault(name, []).append(_Bearer(*bearer))
    doubtful: Groups = {}
    stale: list[tuple[str, str, str, int]] = []
    new: list[tuple[str, str]] = []
    for key, free, links in tx.run(BRANCHES, keys=sorted(may_be), forever=FOREVER, policy=BRANCH_NAME)[0]["found"]:
        found = _company(key, may_be[key], bearers) if free else set()
        if len(found) > 1:
            doubtful[BRANCH + key] = {key, *found}
        wants = found if len(found) == 1 else set()
        stale += [(key, *link) for link in links if link[1] not in wants]
        new += [(key, head) for head in wants if head not in {link[1] for link in links}]
    _write(tx, stale, new)
    return doubtful


def _company(key: str, names: list[str], bearers: dict[str, list[_Bearer]]) -> set[str]:
    """The bodies of which this one may be a branch."""
    for name in names:
        some = [one for one in bearers.get(name, ()) if one.key != key]
        some = [one for one in some if not one.former] or some
        some = [one for one in some if one.coded] or some
        if some:
            return {one.key for one in some}
    return set()


def _write(tx: Tx, stale: list[tuple[str, str, str, int]], new: list[tuple[str, str]]) -> None:
    # A version of this very transaction was never seen by anybody: it is replaced, not closed.
    if dropped := [fact for _, fact, _, rec_from in stale if rec_from == tx.seq]:
        tx.run(cypher.drop(BranchOf), ids=dropped)
    if closed := [fact for _, fact, _, rec_from in stale if rec_from != tx.seq]:
        tx.run(cypher.close(BranchOf), ids=closed, seq=tx.seq)
    if new:
        rows = [{"start": key, "end": head, "props": _props(key, head, tx.seq)} for key, head in new]
        tx.run(cypher.create_facts(BranchOf), rows=rows)
    touch(tx, {key for key, *_ in (*stale, *new)} | {head for _, _, head, _ in stale} | {head for _, head in new})


def _props(key: str, head: str, seq: int) -> dict[str, Any]:
    said = statement_id(BRANCH_NAME, BranchOf.TYPE, None, (key, head), "")
    return {
        "fact_id": f"{said}.{seq}",
        "statement_id": said,
        "claim_id": claim_id(BranchOf.TYPE, key, head, None),
        "digest": hashed(f"{BRANCH_NAME}\x1f{key}\x1f{head}"),
        "rec_from": seq,
        "rec_to": FOREVER,
        "source": BRANCH_NAME,
        "run": "",
        "trust": "reference",
        "start_match": BRANCH_NAME,
    }
