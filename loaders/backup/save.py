"""A graph that is in use → a backup file, at one clock position."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, LiteralString, NamedTuple

from graph_model import cypher
from graph_model.errors import StoreNotReady
from graph_model.store.connect import BEING_RESTORED, CHINA, Graph, instant
from graph_model.store.hold import StillGraph, held_still
from loaders.backup.blocks import END, HEADER, read_blocks, written
from loaders.backup.content import GraphSum, contents

COUNTS_TO_KEEP: LiteralString = """
CALL () { MATCH (n) RETURN count(n) - 1 AS nodes }
CALL () { MATCH ()-[r]->() RETURN count(r) AS relationships }
RETURN nodes, relationships
"""

SUFFIX = ".backup"
OF_ONE_STORE = ("name", "store", "restoring")
"""What the clock says and a restored graph does not take over. It gets an id of its own: copies of the old one are not its."""


class Backup(NamedTuple):
    """What is in a backup file."""

    file: str
    bytes: int
    made_at: str
    creditgraph: str
    neo4j: str
    data_version: int
    schema: str
    position: int
    last_change: str | None
    id_key: str | None
    """Fingerprint of the key with which id numbers were hashed."""
    with_key: bool
    """Is the key in it too, under a passphrase?"""
    nodes: int
    relationships: int
    labels: dict[str, int]
    types: dict[str, int]
    hash: str


def back_up(
    graph: Graph,
    path: Path,
    *,
    sealed_key: dict[str, Any] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backup:
    """Write the whole graph to a file. Whoever writes to the graph meanwhile waits; whoever reads does not.

    Args:
        sealed_key: the id key under a passphrase (`loaders.backup.passphrase`), to be kept in the file too.
        progress: told how many nodes and relationships are done, and of how many.

    Raises:
        BadRequest: something that is no backup stands there; a value that creditgraph does not write.
        StoreNotReady: there is nothing to keep, or not yet.
        StoreUnavailable: Neo4j does not answer.
        OSError: the file cannot be written.
    """
    with written(path) as out:
        with held_still(graph) as still:
            if still.clock.get("schema") == BEING_RESTORED:
                raise StoreNotReady(
                    f"A restore into the store {graph.name!r} was not finished: there is nothing to keep yet."
                )
            (counts,) = still.rows(COUNTS_TO_KEEP)
            if not counts["nodes"]:
                raise StoreNotReady(
                    f"There is nothing in the store {graph.name!r} to keep: load a source first (creditgraph load --help)."
                )
            out.write(HEADER, _header(graph, still) | {"key": sealed_key})
            total = GraphSum()
            for kind, content in contents(still, total):
                out.write(kind, content)
                if progress:
                    progress(total.nodes + total.relationships, counts["nodes"] + counts["relationships"])
        out.write(END, total.told())
    return look(path)


def _header(graph: Graph, still: StillGraph) -> dict[str, Any]:
    return {
        "made_at": time.time_ns() // 1_000_000,
        "creditgraph": version("creditgraph"),
        "neo4j": graph.driver.get_server_info().agent,
        "form": still.clock.get("form") or (cypher.FORM if still.clock.get("schema") == cypher.schema_digest() else 0),
        "clock": {name: value for name, value in still.clock.items() if name not in OF_ONE_STORE},
    }


def look(path: Path, progress: Callable[[int, int], None] | None = None) -> Backup:
    """What is in this file? All of it is read, and every checksum compared.

    Raises:
        TornBackup: it is no backup, or not as it was written.
    """
    header, end = {}, {}
    for kind, content in read_blocks(path, progress, only_check=True):
        if kind == HEADER:
            header = content
        elif kind == END:
            end = content
    clock = header["clock"]
    return Backup(
        file=str(path),
        bytes=path.stat().st_size,
        made_at=instant(header["made_at"]) or "",
        creditgraph=header["creditgraph"],
        neo4j=header["neo4j"],
        data_version=header["form"],
        schema=clock.get("schema") or "",
        position=clock["seq"],
        last_change=instant(clock.get("at")),
        id_key=clock.get("id_key"),
        with_key=header["key"] is not None,
        **end,
    )


def sealed_key(path: Path) -> dict[str, Any] | None:
    """The id key under its passphrase, if it is in this file."""
    return next(content for _, content in read_blocks(path, only_check=True))["key"]


# --- a folder of backups ----------------------------------------------------------------------------------


def next_file(graph: Graph, folder: Path) -> Path:
    """The file that the next backup of this graph gets: names in the order of their instants."""
    now = datetime.now(CHINA).strftime("%Y%m%d-%H%M%S")
    return folder / f"{_prefix(graph)}{now}{SUFFIX}"


def sweep_old(graph: Graph, folder: Path, keep: int) -> list[Path]:
    """Delete all backups of this graph in a folder but the newest ones; which were there?"""
    mine = re.compile(re.escape(_prefix(graph)) + r"\d{8}-\d{6}" + re.escape(SUFFIX))
    old = sorted(path for path in folder.iterdir() if mine.fullmatch(path.name))[:-keep]
    for path in old:
        path.unlink()
    return old


def _prefix(graph: Graph) -> str:
    """Of a Neo4j of somebody's own the database: its address is nothing for a file name."""
    return f"{graph.name if graph.folder else graph.database}-"
