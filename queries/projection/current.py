"""The copy of this graph that is in use: opened, built where there is none, kept up to date for a server."""

import logging
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock

from graph_model.errors import CreditGraphError
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings
from queries.projection.build import Report, build
from queries.projection.follow import Projection
from queries.projection.format import BadProjection
from queries.projection.gather import GRAPH_STATE
from queries.projection.reader import ProjectionReader

AGAIN = 5.0
"""Seconds between two attempts to open or build."""

_log = logging.getLogger(__name__)


def root_of(settings: Settings, graph: Graph) -> Path:
    """Where the versions of this graph's projection lie: with a local store, else by the id of the graph."""
    if not settings.neo4j_uri:
        return settings.data_dir.resolve() / "stores" / graph.name / "projection"
    graph.prepare()
    return settings.data_dir.resolve() / "projections" / graph.read(GRAPH_STATE)[0]["store"]


def opened(graph: Graph, root: Path, progress: Report | None = None, *, anew: bool = False) -> Projection:
    """The projection of this graph, opened, built where there is none that fits, and up to date.

    Args:
        anew: build a new version in any case.

    Raises:
        BadProjection: a load is under way: try again when it has ended.
    """
    graph.prepare()
    stands = graph.read(GRAPH_STATE)[0]
    busy = BadProjection(
        f"{stands['waiting']:,} parties wait for a load to end: try again then. A load that was killed ends when it is "
        "run again."
    )
    if stands["waiting"]:
        raise busy
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(str(root / "lock")):
        for build_it in (True,) if anew else (False, True):
            try:
                if build_it:
                    build(graph, root, progress)
                projection = Projection(root / (root / "current").read_text(encoding="utf-8").strip(), stands["store"])
            except (BadProjection, OSError):
                if build_it:
                    raise
                continue
            if projection.follow(graph):
                return projection
    raise busy


def status(projection: Projection) -> dict[str, Any]:
    """What this version holds: clock position, counts and bytes on disk. Whoever could open it has checked its hashes."""
    return {
        "version": projection.folder.name,
        "store": projection.manifest["store"],
        "position": projection.manifest["position"],
        "nodes": projection.base,
        "relationships": projection.relationships,
        "bytes": sum(size for size, _ in projection.manifest["files"].values()),
    }


class ServedCopy:
    """The projection for a process that serves: opened, followed and built again in the background.

    Whenever there is none that is up to date, `reader()` is None, and the graph itself is to be asked.
    """

    def __init__(self, graph: Graph, root: Path) -> None:
        self._graph, self._root = graph, root
        self._projection: Projection | None = None
        self._thread: threading.Thread | None = None
        self._tried = float("-inf")
        self._lock = threading.Lock()
        self._open()

    def reader(self) -> ProjectionReader | None:
        """To be asked for one question."""
        projection = self._projection
        reader = projection.current(self._graph) if projection else None
        if reader is None:
            self._open()
        return reader

    def close(self) -> None:
        """Wait for what is under way."""
        if self._thread:
            self._thread.join()

    def _open(self) -> None:
        with self._lock:
            if (self._thread and self._thread.is_alive()) or time.monotonic() - self._tried < AGAIN:
                return
            self._tried = time.monotonic()
            self._thread = threading.Thread(target=self._work, name="projection", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self._projection = opened(self._graph, self._root)
        except (CreditGraphError, OSError) as error:  # the graph itself answers meanwhile
            _log.warning("no projection for now: %s", error)
