"""Loads that are killed at random moments.

As many as you like, on a server of its own: `python -m tests.support.kills 20`.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from graph_model.rules import RulePack, load_pack
from graph_model.store import local_neo4j
from graph_model.store.connect import Graph, connect
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.sample.province import generate
from queries.supply.ledger import runs
from tests.support.graphs import balanced, fingerprint, wipe

SMALL_BATCHES = "import loaders.load.engine as e, loaders.identity.caches as r; e.ROWS_AT_ONCE = 250; r.PASS = 300; from api.cli.root import main; main()"
COMPANIES = 150
SHARE = 0.85
"""Of the time that an undisturbed load writes: a kill comes at a random moment within it."""


class Trial:
    """One server, one folder of files, and how the graph looks that a load makes of it when nobody disturbs it."""

    def __init__(
        self, settings: Settings, store: str, keys: Keys, pack: RulePack, folder: Path, tell: Callable[[str], object]
    ) -> None:
        self.settings, self.store, self.keys, self.pack, self.tell = settings, store, keys, pack, tell
        generate(COMPANIES, 3, folder)
        self.command = [sys.executable, "-c", SMALL_BATCHES, "load", "sample", str(folder), "--store", store]
        # Not by the load: who asks while constraints are made may be told that the query cannot be compiled.
        with self._graph() as graph:
            graph.prepare(keys.fingerprint)
        process = self._started()
        self._until_it_writes(process)
        begun = time.monotonic()
        assert process.wait(300) == 0, process.communicate()
        self.seconds = time.monotonic() - begun
        self.expected = self._finished()
        tell(f"undisturbed it writes for {self.seconds:.1f} s")

    @contextmanager
    def _graph(self) -> Generator[Graph]:
        with connect(self.settings, self.store) as graph:  # starts a server that was killed
            yield graph

    def _started(self) -> "subprocess.Popen[str]":
        with self._graph() as graph:
            self.position = graph.position()
        return subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def _until_it_writes(self, process: "subprocess.Popen[str]") -> None:
        """A kill before the first write would prove nothing."""
        deadline = time.monotonic() + 200
        with self._graph() as graph:
            while graph.position() == self.position and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def _finished(self) -> list[str]:
        with self._graph() as graph:
            derive_into(graph, self.pack)
            balanced(graph)
            return fingerprint(graph, self.keys)

    def wipe(self) -> None:
        """An empty graph, with its constraints."""
        with self._graph() as graph:
            wipe(graph, self.keys)

    def kill(self, what: str, wait: float) -> bool:
        """Start the load and kill the loader or Neo4j after `wait` seconds of writing. False: it had ended before."""
        process = self._started()
        self._until_it_writes(process)
        time.sleep(wait)
        if process.poll() is not None:
            assert process.returncode == 0, process.communicate()[1]
            self.seconds = min(self.seconds, wait)  # the first load was slower than a server that is warm
            return False
        if what == "loader":
            process.send_signal(signal.SIGKILL)
            process.communicate()
        elif what == "disk":
            filler = self.settings.data_dir / "filler"
            fill(filler)
            error = process.communicate(timeout=300)[1]
            self.tell(f"exit {process.returncode}: {error[-600:]}")
            assert process.returncode in (0, 5), error
            assert "Traceback" not in error
            filler.unlink()
        else:
            os.kill(local_neo4j.status(self.settings, self.store).pid, signal.SIGKILL)
            error = process.communicate(timeout=300)[1]
            # It says so, or had nothing more to ask the server for.
            assert process.returncode in (0, 5), error
            assert "Traceback" not in error
        with self._graph() as graph:
            found = runs(graph)
            assert all(run.rows_in == run.accepted + run.rejected + run.duplicate for run in found), found
            rows, open_ = sum(run.rows_in for run in found), sum(run.state == "loading" for run in found)
        self.tell(f"{what} after {wait:.2f} s, at row {rows}, {open_} files open")
        return True

    def finish(self) -> None:
        """Run the load to its end: it is as if nothing had happened."""
        process = self._started()
        error = process.communicate(timeout=300)[1]
        assert process.returncode == 0, error
        found = self._finished()
        assert [x for x in found if x not in set(self.expected)][:3] == []
        assert found == self.expected

    def kills(self, wanted: list[str], choose: random.Random) -> Counter[str]:
        """As many kills as wanted, up to three within one load. Returns how many were made of what."""
        done: Counter[str] = Counter()
        left = list(wanted)
        while left:
            self.wipe()
            done["loads"] += 1
            share, before = SHARE, len(left)
            for what in left[:3]:
                if not self.kill(what, choose.uniform(0, self.seconds * share)):
                    break  # too late: the load was through
                done[what] += 1
                left.remove(what)
                share /= 2  # what is left to write takes less time
            if len(left) < before:
                self.finish()
                self.tell("run again: the same graph")
        return done


def fill(file: Path) -> None:
    """Writes until the disk is full. Only on a small disk of its own."""
    assert shutil.disk_usage(file.parent).total < 4 << 30, "this would fill a real disk"
    with file.open("wb", buffering=0) as out, suppress(OSError):
        while out.write(bytes(1 << 20)):
            pass
    with file.open("ab", buffering=0) as out, suppress(OSError):
        while out.write(bytes(4096)):
            pass


def main(kills: int, seed: int) -> None:
    """Kill loader and Neo4j by turns and print the counts."""
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    os.environ.update(CREDITGRAPH_HEAP="512m", CREDITGRAPH_PAGECACHE="64m", CREDITGRAPH_AUTHOR="tests")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDITGRAPH_HOME"] = folder
        settings = Settings()
        with local_neo4j.temporary(settings) as own:
            tell = lambda text: (sys.stdout.write(text + "\n"), sys.stdout.flush())  # noqa: E731
            trial = Trial(settings, own.store, load_keys(settings), load_pack(), Path(folder) / "files", tell)
            done = trial.kills([("neo4j", "loader")[n % 2] for n in range(kills)], random.Random(seed))
    tell(json.dumps({"seed": seed, **done}))


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers + [20, random.randrange(10**6)][len(numbers) :]))
