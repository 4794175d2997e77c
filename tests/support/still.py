"""A server that stands still, and one that is gone: what a service answers meanwhile, and when it is back by itself.

On a server of its own: `python -m tests.support.still`. Linux and macOS: the server is stopped by a signal.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests

from graph_model.rules import load_pack
from graph_model.store import local_neo4j
from graph_model.store.connect import connect
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.sample.province import generate
from loaders.sample.story import STORY
from tests.support.browser import serving
from tests.support.graphs import load_sample

SECONDS = 45
CLIENTS = 12
COMMAND_SECONDS = 60


class Clients:
    """Ask all the time, each question by turns, until they are told to stop."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.stop = url, threading.Event()
        asked = {"purpose": "approval"}
        self.questions: list[tuple[str, str, dict[str, Any], float]] = [
            ("POST", "/v1/checks", {"json": {"parties": [STORY.food.name], **asked}}, 5),
            ("GET", f"/v1/parties/{key}", {"params": asked}, 30),
            ("GET", f"/v1/parties/{key}/exposure", {"params": asked}, 30),
            ("GET", "/v1/codes", {"params": asked}, 30),
            ("POST", "/v1/search", {"json": {"text": STORY.food.name[:4], **asked}}, 30),
            ("GET", "/readyz", {}, 5),
        ]
        self.told: Counter[str] = Counter()
        self.slowest: dict[str, float] = {}
        self.late: list[str] = []
        self.lives: list[float] = []

    def ask(self, number: int) -> None:
        """One client."""
        with requests.Session() as session:
            while not self.stop.is_set():
                method, path, sent, seconds = self.questions[number % len(self.questions)]
                number += 1
                began = time.monotonic()
                answer = session.request(method, self.url + path, timeout=90, **sent)
                took, name = time.monotonic() - began, path.rsplit("/", 1)[-1] if "e-" not in path[-22:] else "party"
                self.told[str(answer.status_code)] += 1
                if answer.status_code == 503 and "retry-after" not in answer.headers:
                    self.told["503 without Retry-After"] += 1
                self.slowest[name] = max(self.slowest.get(name, 0), took)
                if took > seconds + 1:
                    self.late.append(f"{name} {took:.1f} s")
                time.sleep(0.02)

    def live(self) -> None:
        """Whoever looks whether the process lives."""
        with requests.Session() as session:
            while not self.stop.is_set():
                began = time.monotonic()
                assert session.get(f"{self.url}/healthz", timeout=30).status_code == 200
                self.lives.append(time.monotonic() - began)
                time.sleep(0.02)

    def run(self, seconds: float) -> dict[str, Any]:
        """What came of so long."""
        self.stop.clear()
        self.told, self.slowest, self.late, self.lives = Counter(), {}, [], []
        threads = [threading.Thread(target=self.ask, args=(n,)) for n in range(CLIENTS)]
        threads.append(threading.Thread(target=self.live))
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.stop.set()
        for thread in threads:
            thread.join()
        lives = sorted(self.lives)
        return {
            "statuses": dict(self.told),
            "slowest": {name: round(took, 2) for name, took in self.slowest.items()},
            "late": self.late[:5],
            "healthz_p99_ms": round(1000 * lives[int(len(lives) * 0.99)], 1),
            "healthz_max_ms": round(1000 * lives[-1], 1),
        }


def main() -> None:
    """Print what came of each."""
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    os.environ.update(CREDITGRAPH_HEAP="512m", CREDITGRAPH_PAGECACHE="64m", CREDITGRAPH_AUTHOR="tests")
    tell = lambda what, told: (sys.stdout.write(f"{what}: {json.dumps(told)}\n"), sys.stdout.flush())  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDITGRAPH_HOME"] = folder
        settings = Settings()
        with local_neo4j.temporary(settings) as server, connect(settings, server.store) as graph:
            generate(150, 7, Path(folder) / "files")
            load_sample(graph, load_keys(settings), Path(folder) / "files")
            derive_into(graph, load_pack())
            with serving(graph, settings) as url:
                found = first_check(url)
                clients = Clients(url, found.json()["answers"][0]["party"]["key"])
                tell("as usual", clients.run(10))
                os.kill(server.pid, signal.SIGSTOP)
                try:
                    tell("a command", command := _command(server.store))
                    tell(f"Neo4j stands still for {SECONDS} s", still := clients.run(SECONDS))
                finally:
                    os.kill(server.pid, signal.SIGCONT)
                tell("until it answered again", round(_back(url), 2))
                tell("as usual", clients.run(5))
                os.kill(server.pid, signal.SIGKILL)
                tell("Neo4j is gone", gone := clients.run(15))
    wrong = command["exit"] != 5 or command["seconds"] > COMMAND_SECONDS
    sys.exit(bool(wrong or still["late"] or gone["late"] or "500" in {**still["statuses"], **gone["statuses"]}))


def _command(store: str) -> dict[str, Any]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "creditgraph", "lookup", STORY.food.name, "--store", store],
        capture_output=True,
        text=True,
    )
    return {"exit": done.returncode, "seconds": round(time.monotonic() - began, 1), "says": done.stderr[:160]}


def first_check(url: str) -> requests.Response:
    """The first check: its queries have to be planned, which may take longer than a check has. A service that tells where it
    is may take a moment more to listen."""
    until = time.monotonic() + 60
    while True:
        asked = {"parties": [STORY.food.name], "purpose": "approval"}
        try:
            answer = requests.post(f"{url}/v1/checks", json=asked, timeout=60)
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
            continue
        if answer.status_code == 200:
            return answer


def _back(url: str) -> float:
    began = time.monotonic()
    while requests.get(f"{url}/readyz", timeout=60).status_code != 200:
        time.sleep(0.05)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
