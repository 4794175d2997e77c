"""A backup file → an empty graph, which nobody may ask before it holds what was kept."""

import uuid
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.errors import BadRequest, StoreUnavailable
from graph_model.store.connect import BEING_RESTORED, Graph
from graph_model.store.hold import held_still, put
from loaders.backup.blocks import HEADER, NODES_OF, RELATIONSHIPS_OF, TornBackup, read_blocks
from loaders.backup.content import GraphSum, contents
from loaders.backup.save import Backup

RestoreProgress = Callable[[str, int, int], None]

IS_EMPTY: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
RETURN c.schema AS schema, coalesce(c.seq, 0) = 0 AND NOT EXISTS { MATCH (n) WHERE NOT n:Clock } AS empty
"""

BEGIN_RESTORE: LiteralString = """
MERGE (c:Clock {name: 'graph'})
WITH c WHERE c.schema = $being OR coalesce(c.seq, 0) = 0 AND NOT EXISTS { MATCH (n) WHERE n <> c }
SET c = {name: 'graph', seq: 0, schema: $being, restoring: $token}
RETURN true AS begun
"""

SOME_OF_ALL: LiteralString = """
MATCH (n) WHERE NOT n:Clock
WITH n LIMIT $limit
DETACH DELETE n
RETURN count(*) AS n
"""

# Each batch takes the lock on the clock: of two restores at once the one that began first finds another's token, and ends.
RESTORE_NODES: LiteralString = """
MATCH (c:Clock {name: 'graph', restoring: $token})
UNWIND range(0, size($rows) - 1) AS at
CREATE (n:$($rows[at][0]))
SET n = $rows[at][1]
RETURN at, elementId(n) AS id
"""

RESTORE_RELATIONSHIPS: LiteralString = """
MATCH (c:Clock {name: 'graph', restoring: $token})
UNWIND $rows AS row
MATCH (a) WHERE elementId(a) = row[0]
MATCH (b) WHERE elementId(b) = row[1]
CREATE (a)-[r:$(row[2])]->(b)
SET r = row[3]
RETURN count(r) AS n
"""

END_RESTORE: LiteralString = """
MATCH (c:Clock {name: 'graph', restoring: $token})
SET c = $clock, c.name = 'graph', c.store = randomUUID()
RETURN c.seq AS seq
"""

NO_CLOCK: LiteralString = "MATCH (c:Clock {name: 'graph', restoring: $token}) DELETE c"


def check_version(backup: Backup) -> None:
    """Raises:
    BadRequest: a newer version of creditgraph made it.
    """
    if backup.data_version > cypher.FORM:
        raise BadRequest(
            f"{backup.file} was made by a newer version of creditgraph ({backup.creditgraph}, data version "
            f"{backup.data_version}; this one knows {cypher.FORM}): restore it with that version."
        )


def restore(graph: Graph, backup: Backup, progress: RestoreProgress | None = None) -> None:
    """Fill an empty graph with what a file holds (`loaders.backup.save.look` has read it), and prove that it is the same.

    Whatever goes wrong, nothing of it is left; where even that cannot be done, the graph says that it was not filled to
    the end, and the next restore begins anew. What an older version made still has to be upgraded.

    Args:
        progress: told (`nodes`, `relationships`, `indexes` or `compare`; how many are done, of how many).

    Raises:
        BadRequest: something is in the graph, or the file is of a newer version.
        TornBackup: the file is not as it was written, or was altered meanwhile.
        StoreUnavailable: Neo4j went away, or another restore into this graph began; or it does not hold what was kept.
    """
    check_version(backup)
    told: RestoreProgress = progress or (lambda stage, done, total: None)
    token = _begin(graph)
    whole = False
    try:
        clock = _fill(graph, token, backup, told)
        if clock["schema"] == cypher.schema_digest():
            told("indexes", 0, 1)
            graph.make_schema()
            told("indexes", 1, 1)
        _compare(graph, backup, told)
        if not put(graph, END_RESTORE, token=token, clock=clock):
            raise _another(graph)
        whole = True
    finally:
        if not whole:
            with suppress(StoreUnavailable):
                if graph.read(IS_EMPTY)[0]["schema"] == BEING_RESTORED:
                    _wipe(graph)
                    put(graph, NO_CLOCK, token=token)


def _begin(graph: Graph) -> str:
    state = graph.read(IS_EMPTY)[0]
    token = str(uuid.uuid4())
    if not (state["empty"] or state["schema"] == BEING_RESTORED) or not put(
        graph, BEGIN_RESTORE, token=token, being=BEING_RESTORED
    ):
        raise BadRequest(
            f"The store {graph.name!r} is not empty, and a restore puts nothing beside what is there: restore into another one "
            "(--store NAME), or delete this one first."
        )
    _wipe(graph)  # what an earlier restore left
    return token


def _wipe(graph: Graph) -> None:
    while put(graph, SOME_OF_ALL, limit=10_000)[0]["n"]:
        pass


class _NewIds:
    """The element ids of nodes by their place in the file: all begin alike, so their numbers are kept."""

    def __init__(self) -> None:
        self._begin, self._numbers = "", array("q")

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, ids: Iterable[str]) -> None:
        """The next nodes."""
        for one in ids:
            self._begin, _, number = one.rpartition(":")
            self._numbers.append(int(number))

    def of(self, place: int) -> str:
        """The element id of the node at this place."""
        return f"{self._begin}:{self._numbers[place]}"


def _fill(graph: Graph, token: str, backup: Backup, told: RestoreProgress) -> dict[str, Any]:
    """All nodes and relationships; returns what the clock is to say."""
    clock: dict[str, Any] = {}
    ids = _NewIds()
    done = 0
    for kind, content in read_blocks(Path(backup.file)):
        if kind == HEADER:
            clock = content["clock"] | {"form": content["form"] or None}
        elif kind == NODES_OF:
            made = put(graph, RESTORE_NODES, token=token, rows=content)
            if len(made) != len(content):
                raise _another(graph)
            ids.add(r["id"] for r in sorted(made, key=lambda r: r["at"]))
            told("nodes", len(ids), backup.nodes)
        elif kind == RELATIONSHIPS_OF:
            ends = zip(content["start"], content["end"], content["rows"], strict=True)
            rows = [[ids.of(a), ids.of(b), *row] for a, b, row in ends]
            if put(graph, RESTORE_RELATIONSHIPS, token=token, rows=rows)[0]["n"] != len(rows):
                raise _another(graph)
            told("relationships", done := done + len(rows), backup.relationships)
    if clock.get("seq") != backup.position:
        raise TornBackup(f"{backup.file} was altered while it was read: nothing was restored from it.")
    return clock


def _compare(graph: Graph, backup: Backup, told: RestoreProgress) -> None:
    """Raises:
    StoreUnavailable: the graph does not hold what was kept.
    """
    total = GraphSum()
    with held_still(graph) as still:
        for _ in contents(still, total):
            told("compare", total.nodes + total.relationships, backup.nodes + backup.relationships)
    if any(getattr(backup, name) != value for name, value in total.told().items()):
        raise StoreUnavailable(
            f"The store {graph.name!r} does not hold what is in {backup.file} ({total.nodes:,} nodes of {backup.nodes:,}, "
            f"{total.relationships:,} relationships of {backup.relationships:,}; hash {total.told()['hash']} for {backup.hash}): "
            "nothing was restored. Somebody else may be writing to it."
        )


def _another(graph: Graph) -> StoreUnavailable:
    return StoreUnavailable(f"Another restore into the store {graph.name!r} began meanwhile: this one ended.")
