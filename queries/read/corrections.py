"""What was decided about identity: parties that were merged, codes that were corrected, and what was taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString

from graph_model.derivation import consequence_key
from graph_model.events import Event
from graph_model.facts import FactRow
from graph_model.store.connect import Graph, Tx, instant
from queries.answers import CorrectionRef

CORRECTIONS: LiteralString = """
MATCH (c:Correction) WHERE c.kind <> 'undo' AND c.rec_from <= $k
OPTIONAL MATCH (u:Correction {of: c.id}) WHERE u.rec_from <= $k
RETURN properties(c) AS c, properties(u) AS u
ORDER BY c.rec_from, coalesce(c.place, 0), c.id
"""

MERGES: LiteralString = """
MATCH (c:Correction)
USING INDEX SEEK c:Correction(kind)
WHERE c.kind IN ['merge', 'joined'] AND c.rec_from <= $k
OPTIONAL MATCH (u:Correction {of: c.id})
USING INDEX SEEK u:Correction(of)
WHERE u.rec_from <= $k
WITH c, u WHERE u IS NULL
RETURN c.id AS id, c.keep AS keep, c.other AS other, c.names AS names
ORDER BY c.rec_from, coalesce(c.place, 0), c.id
"""

BEHIND: LiteralString = """
CALL () {
  UNWIND $others AS about
  MATCH (c:Correction {other: about})
  USING INDEX SEEK c:Correction(other)
  RETURN about, c
  UNION ALL
  UNWIND $runs AS about
  MATCH (c:Correction {made: about})
  USING INDEX SEEK c:Correction(made)
  RETURN about, c
}
OPTIONAL MATCH (u:Correction {of: c.id})
USING INDEX SEEK u:Correction(of)
RETURN about, properties(c) AS c, properties(u) AS u
ORDER BY c.rec_from, coalesce(c.place, 0), c.id
"""

NAMED_BY: LiteralString = """
UNWIND $rows AS row
MATCH (n:Party {key: row[0]})
USING INDEX SEEK n:Party(key)
MATCH (k:Party {key: row[1]})
USING INDEX SEEK k:Party(key)
WHERE n.name_key <> k.name_key
MATCH (o:Party {merged_into: k.key})
USING INDEX SEEK o:Party(merged_into)
WHERE o.name_key = n.name_key
RETURN row[0] AS stated, row[1] AS party, o.key AS other
"""


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge that holds: what went into which, with the names that stood there."""

    id: str
    keep: str
    other: str
    names: tuple[str, ...]


def merges(reader: Graph | Tx, position: int) -> list[Merge]:
    """The merges that hold at a clock position, oldest first."""
    rows = reader.run(MERGES, k=position) if isinstance(reader, Tx) else reader.read(MERGES, k=position)
    return [Merge(r["id"], r["keep"], r["other"], tuple(r["names"] or ())) for r in rows]


def standing(found: Iterable[Merge]) -> dict[str, str]:
    """Merged key → the key at which it stands, through several merges."""
    into = {m.other: m.keep for m in found}
    roots = {}
    for key in into:
        root = into[key]
        while root in into:
            root = into[root]
        roots[key] = root
    return roots


def stands_at(graph: Graph, events: Iterable[Event], position: int) -> list[Event]:
    """Events as they read at a position: a party that was merged is the one into which it went."""
    events = list(events)
    roots = standing(merges(graph, position)) if any(e.subject for e in events) else {}
    if not roots:
        return events
    return [_moved(e, roots[e.subject]) if e.subject in roots else e for e in events]


def _moved(event: Event, subject: str) -> Event:
    key, details = event.consequence, event.details
    if key is not None and details.get("rule") and details.get("measure"):
        key = consequence_key(event.sanction, details["rule"], details["measure"], subject)
    return replace(event, subject=subject, consequence=key)


# --- as shown ---------------------------------------------------------------------------------------------


def _ref(c: dict[str, Any], undone: dict[str, Any] | None) -> CorrectionRef:
    names = ("id", "kind", "keep", "other", "field", "code", "made", "author", "reason")
    return CorrectionRef.model_validate(
        {
            **{name: c.get(name) for name in names},
            "row": None if c.get("run") is None else f"{c['run']}:{c['line']}",
            "recorded_at": instant(c["at"]),
            "undone": None if undone is None else f"{instant(undone['at'])}, {undone['author']}: {undone['reason']}",
        }
    )


def corrections(graph: Graph) -> list[CorrectionRef]:
    """Every merge and every corrected code, oldest first; those that were taken back say so."""
    return [_ref(r["c"], r["u"]) for r in graph.read(CORRECTIONS, k=graph.position())]


class Behind:
    """The decisions on which facts rest: who put the fact there, when, why."""

    def __init__(self, graph: Graph, facts: Sequence[FactRow], made: Iterable[str]) -> None:
        """`made`: those runs of the facts that hold a corrected row."""
        links = {(f.start_stated, f.start) for f in facts if f.start_stated}
        links |= {(f.end_stated, f.end) for f in facts if f.end_stated}
        self._into: dict[str, list[Any]] = {}
        self._made: dict[str, list[Any]] = {}
        # A name may be that of a party which was merged: then both the name and the merge brought the fact here.
        named = graph.read(NAMED_BY, rows=[list(link) for link in links]) if links else []
        self._named = {(r["stated"], r["party"]): r["other"] for r in named}
        wanted = {self._named.get(link, link[0]) for link in links}
        runs, looked = set(made), set(wanted)
        while wanted or runs:
            rows = graph.read(BEHIND, others=sorted(wanted), runs=sorted(runs))
            for r in rows:
                (self._made if r["c"]["kind"] == "code" else self._into).setdefault(r["about"], []).append(r)
            wanted = {r["c"]["keep"] for r in rows if r["c"]["kind"] != "code"} - looked
            looked |= wanted
            runs = set()

    def of(self, fact: FactRow) -> list[CorrectionRef]:
        """For one fact: the correction of its row, and the merges that brought its parties here, in their order."""
        found = [_ref(r["c"], r["u"]) for r in self._made.get(fact.run, [])]
        for stated, party in ((fact.start_stated, fact.start), (fact.end_stated, fact.end)):
            key = self._named.get((stated, party), stated) if stated else party
            while key != party:
                # As it was when this version was written: what was undone later still explains it.
                held = [
                    r
                    for r in self._into.get(key or "", [])
                    if r["c"]["rec_from"] <= fact.rec_from and not (r["u"] and r["u"]["rec_from"] <= fact.rec_from)
                ]
                if not held:
                    break
                found.append(_ref(held[-1]["c"], held[-1]["u"]))
                key = held[-1]["c"]["keep"]
        return found
