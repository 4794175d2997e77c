"""Facts → consequences in the graph: gather by one query, derive in Python, write only what differs.

The sanction is the unit: its consequences are derived together and replaced together. Writers mark the sanctions
they touch; this takes up the marked ones, or all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

from graph_model.derivation import Consequence, derive
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, Tx
from queries.read import facts
from queries.read.derived import derived_with

SANCTIONS_AT_ONCE = 500
"""Sanctions in one transaction."""

STORED: LiteralString = """
UNWIND $sanctions AS key
MATCH (c:Consequence {sanction: key})
RETURN c.key AS key, c.digest AS digest, c.timeline AS timeline, c.missing AS missing, c.reading AS reading,
  c.retired AS retired, c.fact_ids AS fact_ids, c.rule_version AS rule_version, c.automaticity AS automaticity, c.basis AS basis
"""

REMOVE: LiteralString = """
UNWIND $keys AS key
MATCH (c:Consequence {key: key})
OPTIONAL MATCH (c)-[:REACHES]->(p:Party)
SET p.changed = $seq
DETACH DELETE c
"""

CREATE_CONSEQUENCES: LiteralString = """
UNWIND $rows AS row
MATCH (s:Sanction {key: row.sanction})
MATCH (p:Party {key: row.subject})
CREATE (c:Consequence)-[:ARISES_FROM]->(s)
CREATE (c)-[:REACHES]->(p)
SET c = row, c.derived_seq = $seq, p.changed = $seq
"""

SAME_WHEN = (
    *("digest", "timeline", "missing", "reading", "retired", "fact_ids"),
    *("rule_version", "automaticity", "basis"),  # they change with the rules alone
)
"""What a stored consequence must have in common with one that is derived now, to stay as it is."""

MARK_PACK: LiteralString = """
MATCH (c:Clock {name: 'graph'}) SET c.pack = $pack
"""

MARK_LISTED: LiteralString = """
UNWIND $sanctions AS key
MATCH (s:Sanction {key: key})-[:IMPOSED_ON]->(p:Party)
USING INDEX SEEK s:Sanction(key)
SET p.changed = $seq
"""

CLEAN: LiteralString = """
UNWIND $keys AS key MATCH (s:Sanction {key: key}) REMOVE s.dirty
"""


@dataclass(frozen=True)
class Derived:
    """What a derivation changed."""

    sanctions: int
    created: int
    removed: int
    kept: int


def derive_into(
    graph: Graph,
    pack: RulePack,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Derived:
    """Bring the stored consequences in line with the facts.

    Args:
        everything: all sanctions instead of the marked ones. It is so anyway when the rules, or the code that applies them, changed.
        progress: (sanctions done, sanctions in all).

    Returns:
        counts; with nothing to change nothing is written, not even a tick of the clock.
    """
    graph.prepare()
    changed = graph.clock()[1] != derived_with(pack)
    marked = set(facts.dirty_sanctions(graph))
    keys = facts.all_sanctions(graph) if everything or changed else sorted(marked)
    created = removed = kept = 0
    start = 0
    while batch := keys[start : start + SANCTIONS_AT_ONCE]:
        position = graph.position()
        cases = facts.cases(graph, batch, pack, position=position)
        wanted = {c.key: _row(c) for c in derive(cases, pack)}
        stored = {r["key"]: r for r in graph.read(STORED, sanctions=batch)}
        same = {k for k, r in stored.items() if k in wanted and _same(r, wanted[k])}
        gone = sorted(k for k in stored if k not in same)
        new = [row for k, row in wanted.items() if k not in same]
        if (gone or new or not marked.isdisjoint(batch)) and not graph.write(
            "derive",
            lambda tx, at=position, gone=gone, new=new, batch=batch: _replace(tx, at, gone, new, batch),
        ):
            continue  # somebody wrote in between: these facts may be stale, gather them again
        start += len(batch)
        created, removed, kept = created + len(new), removed + len(gone), kept + len(same)
        if progress:
            progress(start, len(keys))
    if changed:
        graph.write("derive", lambda tx: tx.run(MARK_PACK, pack=derived_with(pack)))
    return Derived(len(keys), created, removed, kept)


def _replace(tx: Tx, position: int, gone: list[str], new: list[dict[str, Any]], batch: list[str]) -> bool:
    if tx.seq != position + 1:
        return False
    if gone:
        tx.run(REMOVE, keys=gone, seq=tx.seq)
    if new:
        tx.run(CREATE_CONSEQUENCES, rows=new, seq=tx.seq)
    if gone or new:
        # Of a party it is shown too what its sanctions have for others.
        tx.run(MARK_LISTED, sanctions=batch, seq=tx.seq)
    tx.run(CLEAN, keys=batch)
    return True


def _same(stored: Any, row: dict[str, Any]) -> bool:
    return all(stored[f] == row[f] for f in SAME_WHEN)


def _row(c: Consequence) -> dict[str, Any]:
    return {
        "key": c.key,
        "sanction": c.sanction,
        "subject": c.subject,
        "rule": c.rule,
        "rule_version": c.rule_version,
        "measure": c.measure,
        "automaticity": c.automaticity,
        "timeline": _json(c.timeline),
        "ends": c.timeline[-1].since if c.timeline[-1].status == "ended" else None,
        "evidence": _json([facts.frozen(f) for f in c.evidence]),
        "basis": _json([{"document": b.document, "article": b.article} for b in c.basis]),
        "fact_ids": [f.fact_id for f in c.evidence],
        "digest": c.digest,
        "missing": list(c.missing),
        "reading": list(c.reading),
        "retired": True if c.retired else None,
    }


def _json(value: Any) -> str:
    def plain(item: object) -> str:
        if isinstance(item, date):
            return item.isoformat()
        raise TypeError(f"no JSON for {type(item)}")

    return json.dumps(value, ensure_ascii=False, default=plain, separators=(",", ":"))
