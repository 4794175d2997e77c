"""Against which bodies are the rows that were not taken? Kept beside them: while such a row is open, no answer about that body is
"clear".

Only of rows that would have said something against somebody, and only names and numbers that are a body's: of a natural person
nothing is kept outside the encrypted row. What is kept is a mark, as `loaders.identity.doubts` has them. A row is open until

- its source states that decision of that body in another file (the corrected one);
- it is loaded again, mended, with the columns `_run` and `_line` of `creditgraph ledger rejected --out`;
- its code is corrected (`creditgraph codes correct`), or somebody records that it is settled (`creditgraph ledger settle`).
"""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

from graph_model.errors import SourceError
from graph_model.identifiers import decision_key
from graph_model.marks import marks_in, name_marks
from graph_model.store.connect import Tx
from loaders.drafts import EntityMention, Row, SourceFile

HARMLESS = frozenset(("no-record", "no-fact", "not-against-party"))
"""Reasons for which a row is rejected that says nothing against anybody."""

MOST_AGAINST = 20
"""Bodies that are kept of one row."""

MARK_BEARERS: LiteralString = """
UNWIND $lookups AS told
CALL (told) {
  WITH told WHERE told[0] = 'name'
  MATCH (p:Party {name_key: told[1]})
  USING INDEX SEEK p:Party(name_key)
  RETURN p
  UNION
  WITH told WHERE told[0] = 'name'
  MATCH (p:Party {name_alike: told[1]})
  USING INDEX SEEK p:Party(name_alike)
  RETURN p
  UNION
  WITH told WHERE told[0] = 'name'
  MATCH (f:FormerName)
  USING INDEX SEEK f:FormerName(name_key, party)
  WHERE f.name_key = told[1] AND f.party IS NOT NULL
  MATCH (p:Party {key: f.party})
  RETURN p
  UNION
  WITH told WHERE told[0] = 'number'
  MATCH (i:Identifier {scheme: told[1], value: told[2]})-[:IDENTIFIES]->(p:Party)
  USING INDEX SEEK i:Identifier(scheme, value)
  RETURN p
  UNION
  WITH told WHERE told[0] = 'number' AND told[1] = 'cn-org'
  MATCH (i:Identifier {org: told[2]})-[:IDENTIFIES]->(p:Party)
  USING INDEX SEEK i:Identifier(org)
  RETURN p
}
SET p.caches_dirty = true
"""

# Mended rows say which ones they are: of the same source only.
MENDED: LiteralString = """
UNWIND $rows AS row
MATCH (x:RejectedRow {run: row[0], line: row[1]})-[:REJECTED_IN]->(:Run {source: $source})
WHERE x.settled IS NULL
SET x.settled = $run
WITH x
MATCH (x)-[:AGAINST]->(m:RejectedSubject)
RETURN collect(DISTINCT m.mark) AS marks
"""


def against(part: SourceFile, fault: SourceError, context: Any = None) -> list[str]:
    """Marks of the bodies that a rejected row is against, as far as its cells tell: `name NAME`, `number SCHEME VALUE`.

    Args:
        context: what the whole file told (`SourceFile.prepare`).
    """
    row = fault.row
    if not isinstance(row, Row) or fault.code in HARMLESS or (part.harmless is not None and part.harmless(row)):
        return []
    found: dict[str, None] = {}
    for column in part.against:
        if cell := row.get(column):
            found.update(dict.fromkeys(marks_in(cell)))
    for party in part.subjects(row, context) if part.subjects else ():
        if isinstance(party, EntityMention):
            numbers = [mark for scheme, value in party.identifiers if scheme != "stock" for mark in marks_in(value)]
            found.update(dict.fromkeys((*numbers, *name_marks(party.name))))
    return list(found)[:MOST_AGAINST]


def decision_of(part: SourceFile, row: Row | None) -> str | None:
    """The number of the decision of which a rejected row speaks, as `decision_key` compares them."""
    if not isinstance(row, Row):
        return None
    told = part.decided_in
    number = next((text for name in told if (text := row.get(name))), None) if isinstance(told, tuple) else told(row)
    return decision_key(number) if number else None


def recompute_bearers(tx: Tx, marks: Iterable[str]) -> None:
    """Whoever bears one of these names or numbers waits to be computed again, with the doubts about him."""
    if asked := sorted(set(marks)):
        tx.run(MARK_BEARERS, lookups=[mark.split(" ") for mark in asked])


def end_mended(tx: Tx, rows: Sequence[Row], source: str, run: str) -> None:
    """Rows that were rejected once and were taken now, mended, are no doubt any more."""
    mended = [
        [of, int(line)]
        for row in rows
        if (of := row.values.get("_run")) and (line := row.values.get("_line")) and line.isdecimal()
    ]
    if mended:
        recompute_bearers(tx, tx.run(MENDED, rows=mended, source=source, run=run)[0]["marks"])
