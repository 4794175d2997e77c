"""Mixed questions for many minutes to a service that runs as a process of its own: does its memory grow?

On a server of its own: `python -m tests.support.soak 30` (minutes).
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from graph_model.rules import load_pack
from graph_model.store import local_neo4j
from graph_model.store.connect import connect
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.sample.province import generate
from tests.support.graphs import load_sample
from tests.support.still import Clients, first_check

WARM = 0.2
"""Of the time: until then everything that is kept once has been made."""
GROWTH = 5.0
"""Per cent; more is a leak."""


@contextmanager
def served(store: str) -> Generator[tuple[str, int]]:
    """`creditgraph serve` on a free port, and its number."""
    with subprocess.Popen(
        [sys.executable, "-m", "creditgraph", "serve", "--no-open", "--port", "0", "--store", store],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        line = process.stderr.readline()
        threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()
        try:
            yield line.split()[1].removesuffix("/explorer/"), process.pid
        finally:
            process.terminate()
            process.wait(60)


def memory(pid: int) -> float:
    """Of a process and its children, in MB."""
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in (process, *process.children(recursive=True))) / 1e6


def main(minutes: float) -> None:
    """Print memory and counts; fails when it grew by more than `GROWTH`."""
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    os.environ.update(CREDITGRAPH_HEAP="512m", CREDITGRAPH_PAGECACHE="64m", CREDITGRAPH_AUTHOR="tests")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDITGRAPH_HOME"] = folder
        settings = Settings()
        with local_neo4j.temporary(settings) as server:
            with connect(settings, server.store) as graph:
                generate(150, 7, Path(folder) / "files")
                load_sample(graph, load_keys(settings), Path(folder) / "files")
                derive_into(graph, load_pack())
            with served(server.store) as (url, pid):
                found = first_check(url).json()
                clients = Clients(url, found["answers"][0]["party"]["key"])
                seen: list[float] = []
                told: dict[str, Any] = {}
                thread = threading.Thread(target=lambda: told.update(clients.run(minutes * 60)))
                thread.start()
                while thread.is_alive():
                    seen.append(memory(pid))
                    thread.join(2)
    warm = seen[int(len(seen) * WARM) : int(len(seen) * WARM) + max(len(seen) // 10, 1)]
    last = seen[-max(len(seen) // 10, 1) :]
    before, after = sum(warm) / len(warm), sum(last) / len(last)
    growth = round(100 * (after / before - 1), 2)
    told |= {"minutes": minutes, "mb_warm": round(before, 1), "mb_end": round(after, 1), "growth_percent": growth}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.exit(growth >= GROWTH or "500" in told["statuses"])


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
