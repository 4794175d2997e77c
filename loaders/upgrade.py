"""A store that an older version made → what this version expects of it. Facts stay as they are; what is computed from them is made anew."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, LiteralString, NamedTuple

from cryptography.fernet import InvalidToken

from graph_model import cypher
from graph_model.errors import SourceError
from graph_model.identifiers import ADULTS_SINCE, mask_id
from graph_model.names import alike_key, initials
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.drafts import Row
from loaders.identity.caches import refresh
from loaders.load.rejections import against, decision_of
from loaders.sources import SOURCES

UPGRADE_PAGE = 10_000

ORGS: LiteralString = """
MATCH (i:Identifier)
WHERE i.scheme = 'uscc' AND i.org IS NULL AND size(i.value) = 18
WITH i LIMIT $limit
SET i.org = substring(i.value, 8, 9)
RETURN count(i) AS n
"""

PERSONS: LiteralString = """
MATCH (p:Party)
USING INDEX SEEK p:Party(key)
WHERE p.key > $after AND p:Person
WITH p ORDER BY p.key LIMIT $limit
RETURN p.key AS key, p.id_masked AS masked, toString(p.adult_on) AS adult_on, p.adult_year AS year,
  COLLECT { MATCH (s:Statement)-[:ABOUT]->(p) WHERE s.id_masked IS NOT NULL RETURN [elementId(s), s.id_masked] } AS told
ORDER BY key
"""

LESS: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})
USING INDEX SEEK p:Party(key)
SET p.id_masked = row.masked, p.adult_year = row.year
REMOVE p.adult_on
"""

LESS_STATED: LiteralString = """
UNWIND $rows AS row
MATCH (s) WHERE elementId(s) = row[0]
SET s.id_masked = row[1]
"""

# Whatever text may hold a number (addresses, titles, grounds): valid id numbers in it were masked when it was read.
MASKED_TEXTS: LiteralString = """
MATCH (n)
WHERE NOT n:Person AND any(key IN keys(n) WHERE n[key] IS :: STRING AND n[key] =~ $shown)
WITH n LIMIT $limit
RETURN elementId(n) AS id, properties(n) AS props
"""

MASKED_TEXTS_OF_FACTS: LiteralString = """
MATCH ()-[r]->()
WHERE any(key IN keys(r) WHERE r[key] IS :: STRING AND r[key] =~ $shown)
WITH r LIMIT $limit
RETURN elementId(r) AS id, properties(r) AS props
"""

REWRITE: LiteralString = """
UNWIND $rows AS row
MATCH (n) WHERE elementId(n) = row.id
SET n += row.props
"""

REWRITE_FACTS: LiteralString = """
UNWIND $rows AS row
MATCH ()-[r]->() WHERE elementId(r) = row.id
SET r += row.props
"""

SHOWN = re.compile(r"\d{6}(\*{8}\d{3}[\dXx]|\*{6}\d{3})(?![\dXx*])")
"""What was shown of an id number before: its area, too."""

ALL_NAMES: LiteralString = """
MATCH (p:Party)
USING INDEX SEEK p:Party(key)
WHERE p.key > $after
WITH p ORDER BY p.key LIMIT $limit
RETURN p.key AS key, p.name_key AS name
ORDER BY key
"""

MARK: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})
USING INDEX SEEK p:Party(key)
SET p.name_alike = row.alike, p.initials = row.initials, p.caches_dirty = true
"""


REJECTED_WHOLE: LiteralString = """
MATCH (x:RejectedRow)-[:REJECTED_IN]->(r:Run)
WHERE (x.run > $run OR x.run = $run AND x.line > $line)
RETURN x.run AS run, x.line AS line, x.code AS code, x.payload AS payload, r.source AS source, r.file AS file
ORDER BY run, line LIMIT $limit
"""

ADD_AGAINST: LiteralString = """
UNWIND $rows AS row
MATCH (x:RejectedRow {run: row.run, line: row.line})
SET x.record = row.record
WITH x, row
UNWIND row.against AS mark
MERGE (m:RejectedSubject {mark: mark})
MERGE (x)-[:AGAINST]->(m)
"""

# Another version may freeze more of the evidence. Until they are derived again, whoever asks has them derived on the spot.
DERIVE_AGAIN: LiteralString = """
MATCH (c:Consequence)
USING INDEX SEEK c:Consequence(key)
WHERE c.key > $after
WITH c ORDER BY c.key LIMIT $limit
SET c.rule_version = ''
WITH c
MATCH (s:Sanction {key: c.sanction})
USING INDEX SEEK s:Sanction(key)
SET s.dirty = true
RETURN max(c.key) AS last
"""

PLAN: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
CALL () { MATCH (p:Party) RETURN count(p) AS parties }
RETURN c.form AS form, parties
"""

INDEXES_THERE: LiteralString = "SHOW INDEXES YIELD name RETURN name"

INDEX_NAME = re.compile(r"(?:CONSTRAINT|INDEX) (\w+) IF NOT")


class UpgradePlan(NamedTuple):
    """What an upgrade would do."""

    store: str
    needed: bool
    data_version: int | None
    """Of the store; None: from before stores told it."""
    wanted: int
    parties: int
    """So many are gone through."""
    indexes: list[str]
    """Constraints and indexes that are made."""


def plan(graph: Graph) -> UpgradePlan:
    """What would an upgrade do? Nothing is changed.

    Raises:
        StoreNotReady: a newer version made this store, or a restore has not filled it to the end.
    """
    needed = graph.outdated()
    told = graph.read(PLAN)[0]
    names = [found[1] for text in cypher.schema_statements() if (found := INDEX_NAME.search(text))]
    there = {r["name"] for r in graph.read(INDEXES_THERE)}
    missing = [name for name in names if name not in there]
    return UpgradePlan(graph.name, needed, told["form"], cypher.FORM, told["parties"] if needed else 0, missing)


def upgrade(graph: Graph, progress: Callable[[int, int], None] | None = None, *, keys: Keys | None = None) -> bool:
    """Bring a store up to this version: constraints and indexes, then whatever parties cache.

    It can be ended at any moment and called again. Nothing that was loaded or recorded changes; consequences are to be
    derived again, and until then are derived for whoever asks.

    Args:
        keys: to read rejected rows, of which the bodies are kept that they are against. Of rows that were rejected under a
            mapping these are not known: load the file again under its mapping.

    Returns:
        whether there was anything to do.
    """
    if not graph.outdated():
        return False
    graph.make_schema()
    while graph.write("upgrade", lambda tx: tx.run(ORGS, limit=UPGRADE_PAGE)[0]["n"]):
        pass
    _show_less_of_ids(graph)
    if keys is not None:
        _keep_against(graph, keys)
    after = ""
    while rows := graph.read(ALL_NAMES, after=after, limit=UPGRADE_PAGE):
        marked = [{"key": r["key"], **_compared(r["name"])} for r in rows]
        graph.write("upgrade", lambda tx, marked=marked: tx.run(MARK, rows=marked))
        after = rows[-1]["key"]
    refresh(graph, progress)
    last: str | None = ""
    while last is not None:
        last = graph.write(
            "upgrade", lambda tx, after=last: tx.run(DERIVE_AGAIN, after=after, limit=UPGRADE_PAGE)[0]["last"]
        )
    graph.mark_schema()
    return True


def _keep_against(graph: Graph, keys: Keys) -> None:
    """Of rejected rows of the built-in sources the bodies that they are against."""
    run, line = "", -1
    while rows := graph.read(REJECTED_WHOLE, run=run, line=line, limit=UPGRADE_PAGE):
        told = [one for r in rows if (one := _against(keys, r)) is not None]
        graph.write("upgrade", lambda tx, told=told: tx.run(ADD_AGAINST, rows=told))
        run, line = rows[-1]["run"], rows[-1]["line"]


def _against(keys: Keys, r: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        values = json.loads(keys.cipher.decrypt(bytes(r["payload"])))
    except InvalidToken:
        return None  # kept under another key
    parts = SOURCES[r["source"]].files if r["source"] in SOURCES else ()
    part = next((one for one in parts if one.against and values.keys() >= set(one.columns)), None)
    if part is None:
        return None
    fault = SourceError("", code=r["code"])
    fault.row = Row(r["file"], r["line"], values)
    marks = against(part, fault)
    record = decision_of(part, fault.row) if marks else None
    return {"run": r["run"], "line": r["line"], "record": record, "against": marks}


def _show_less_of_ids(graph: Graph) -> None:
    """Of id numbers no area and no birthday, as `mask_id` says; of a birthday the year, where it may be asked for."""
    after = ""
    while rows := graph.read(PERSONS, after=after, limit=UPGRADE_PAGE):
        less = [_less(r["key"], r["masked"], r["adult_on"], r["year"], r["told"]) for r in rows]
        stated = [one for row in less for one in row.pop("told")]
        graph.write("upgrade", lambda tx, less=less, stated=stated: _write_less(tx, less, stated))
        after = rows[-1]["key"]
    for read, rewrite in ((MASKED_TEXTS, REWRITE), (MASKED_TEXTS_OF_FACTS, REWRITE_FACTS)):
        while rows := graph.read(read, shown=f"(?s).*{SHOWN.pattern}.*", limit=UPGRADE_PAGE):
            texts = [{"id": r["id"], "props": _texts_of(r["props"])} for r in rows]
            graph.write("upgrade", lambda tx, rewrite=rewrite, texts=texts: tx.run(rewrite, rows=texts))


def _write_less(tx: Tx, less: list[dict[str, Any]], stated: list[list[str]]) -> None:
    tx.run(LESS, rows=less)
    tx.run(LESS_STATED, rows=stated)


def _texts_of(props: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: SHOWN.sub(lambda run: mask_id(run.group()), value)
        for name, value in props.items()
        if isinstance(value, str)
    }


def _less(
    key: str, masked: str | None, adult_on: str | None, year: int | None, told: list[list[str]]
) -> dict[str, Any]:
    if adult_on and date.fromisoformat(adult_on).year > ADULTS_SINCE:
        year = date.fromisoformat(adult_on).year

    def shown(text: str) -> str:
        less = mask_id(text)
        return "*" * 16 + less[-2:] if len(less) == 18 and year is not None else less

    return {
        "key": key,
        "masked": shown(masked) if masked else None,
        "year": year,
        "told": [[statement, shown(text)] for statement, text in told],
    }


def _compared(name: str | None) -> dict[str, str | None]:
    return {"alike": alike_key(name), "initials": initials(name)} if name else {"alike": None, "initials": None}
