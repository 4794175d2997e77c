"""A store that an older version made → what this version expects of it. Facts stay as they are; what is computed from them is made anew."""

from collections.abc import Callable
from typing import LiteralString

from graph_model.names import alike_key
from graph_model.store.connect import Graph
from loaders.identity.caches import refresh

UPGRADE_PAGE = 10_000

ORGS: LiteralString = """
MATCH (i:Identifier)
WHERE i.scheme = 'uscc' AND i.org IS NULL AND size(i.value) = 18
WITH i LIMIT $limit
SET i.org = substring(i.value, 8, 9)
RETURN count(i) AS n
"""

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
SET p.name_alike = row.alike, p.caches_dirty = true
"""


def upgrade(graph: Graph, progress: Callable[[int, int], None] | None = None) -> bool:
    """Bring a store up to this version: constraints and indexes, then whatever parties cache.

    It can be ended at any moment and called again. Nothing that was loaded, derived or recorded changes.

    Returns:
        whether there was anything to do.
    """
    if not graph.outdated():
        return False
    graph.make_schema()
    while graph.write("upgrade", lambda tx: tx.run(ORGS, limit=UPGRADE_PAGE)[0]["n"]):
        pass
    after = ""
    while rows := graph.read(ALL_NAMES, after=after, limit=UPGRADE_PAGE):
        marked = [{"key": r["key"], "alike": alike_key(r["name"]) if r["name"] else None} for r in rows]
        graph.write("upgrade", lambda tx, marked=marked: tx.run(MARK, rows=marked))
        after = rows[-1]["key"]
    refresh(graph, progress)
    graph.mark_schema()
    return True
