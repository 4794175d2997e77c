"""What the benchmarks share: temporary servers of their own, a sample through its loaders, medians, a line on stderr.

Nothing of the user's is touched: the servers live in a folder that is deleted afterwards, whatever Neo4j is
configured. Only the cache of jars is shared.
"""

import argparse
import json
import math
import platform
import statistics
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from graph_model.store import local_neo4j
from graph_model.store.connect import CHINA, Graph, connect
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.load.engine import Loaded, load
from loaders.sample.forms import SAMPLE_PARTS
from loaders.sources import SOURCES

SIZE = 25_600
"""Companies that make a sample of about 200,000 rows."""


def say(text: str) -> None:
    """Progress, on stderr."""
    print(f"· {text}", file=sys.stderr, flush=True)


def arguments(about: str | None, *, size: int) -> argparse.ArgumentParser:
    """The options of every benchmark."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=size, help=f"companies in the sample (default {size:,})")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same sample")
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    return parser


def report(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print what was measured."""
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:,}" if isinstance(value, int | float) else f"{name:<{width}}  {value}")


def machine() -> dict[str, Any]:
    """Where and when."""
    return {
        "date": datetime.now(CHINA).date().isoformat(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "neo4j": Settings().neo4j_version or local_neo4j.DEFAULT_VERSION,
    }


@dataclass(frozen=True)
class Store:
    """A temporary server, how to reach it, and the graph on it."""

    server: local_neo4j.Server
    settings: Settings
    graph: Graph

    def empty(self) -> None:
        """Delete everything but the clock, which says that the constraints are there."""
        with self.graph.driver.session(database=self.graph.database) as session:
            session.run(
                "MATCH (n) WHERE NOT n:Clock CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
            ).consume()

    def processor_seconds(self) -> float:
        """What the server has used so far, on all cores."""
        used = psutil.Process(self.server.pid).cpu_times()
        return used.user + used.system


@contextmanager
def stores(number: int) -> Generator[list[Store]]:
    """Empty graphs with their constraints, each on a temporary server of its own."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="creditgraph-bench-")))
        # Values given here win over the environment: a configured Neo4j is never touched.
        settings = Settings(
            neo4j_uri="", home=home, cache=Settings().cache_dir, heap="1g", pagecache="512m", author="bench"
        )
        found = []
        for n in range(number):
            say(f"starting server {n + 1} of {number}")
            server = stack.enter_context(local_neo4j.temporary(settings))
            graph = stack.enter_context(connect(settings, server.store))
            graph.prepare(load_keys(settings).fingerprint)
            found.append(Store(server, settings, graph))
        yield found


def load_sample(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    """All files of a sample, each through its source."""
    runs = []
    for source, file in SAMPLE_PARTS:
        runs += load(graph, keys, SOURCES[source], folder / file)
    return runs


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile of seconds, in ms."""
    return {"p50": round(1000 * statistics.median(values), 3), "p99": round(1000 * quantile(values, 0.99), 3)}
