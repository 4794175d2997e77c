"""Faults between the driver and Neo4j: a proxy that does harm at a byte drawn by lot, and what may come of it.

As many as you like, on a server of its own: `python -m tests.support.faults 1000`.
"""

import asyncio
import json
import os
import random
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.door import WORK
from graph_model.rules import load_pack
from graph_model.store import breaker, local_neo4j
from graph_model.store.connect import connect
from graph_model.store.keys import load_keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.sample.province import generate
from loaders.sample.story import STORY
from tests.support.graphs import load_sample

KINDS = ("delay", "reset", "cut", "half-open", "black hole", "refused")
SECONDS = 1.0
"""What every route has here, or a thousand faults would take hours."""
PATIENT = 300.0
"""For the answers without a fault: a server that just started, beside other tests, has every query to plan."""
ANSWERING = 1.0
"""A late answer on a machine with more to do than processors."""


class Proxy:
    """Passes bytes on between a driver and a server, until the one at which it does harm.

    delay: everything waits; reset: the connection is gone; cut: half of a piece arrives, then the connection ends;
    half-open: the server's side is gone, the driver hears nothing of it; black hole: nothing arrives any more, nor on new
    connections; refused: nobody listens any more.
    """

    def __init__(self, port: int) -> None:
        self.behind = port
        self.passed = 0
        self._fault, self._at, self._seconds = "", 0, 0.0
        self._happened = False
        self._struck: set[int] = set()
        """Connections on which nothing arrives any more."""
        self._pairs: dict[int, tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self._call(self._listen())

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def arm(self, fault: str, at: int, seconds: float = 0.0) -> None:
        """At the byte `at` from now on, this happens."""

        async def now() -> None:
            self._fault, self._at, self._seconds, self.passed, self._happened = fault, at, seconds, 0, False

        self._call(now())

    def heal(self) -> bool:
        """Everything is passed on again, over new connections. Did the fault happen?"""

        async def now() -> bool:
            self._fault = ""
            if not self._server.is_serving():
                await self._listen()
            for number in tuple(self._struck):
                self._end(number, rough=True)
            self._struck.clear()
            return self._happened

        return self._call(now())

    def close(self) -> None:
        """End it."""

        async def now() -> None:
            self._server.close()
            for number in tuple(self._pairs):
                self._end(number, rough=True)

        self._call(now())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = id(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.behind)
        except OSError:
            writer.close()
            return
        self._pairs[number] = (writer, back)
        await asyncio.gather(self._pass(number, reader, back), self._pass(number, there, writer))
        self._end(number)

    async def _pass(self, number: int, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if number in self._struck or (self._fault == "black hole" and self._happened):
                    self._struck.add(number)
                    continue
                self.passed += len(data)
                if self._fault and self.passed >= self._at:
                    data = await self._harm(number, data)
                if data:
                    to.write(data)
                    await to.drain()
        if number not in self._struck:
            self._end(number)

    async def _harm(self, number: int, data: bytes) -> bytes:
        fault, self._happened = self._fault, True
        if fault != "black hole":
            self._fault = ""  # once: whoever tries again finds everything in order, or nobody
        if fault == "delay":
            await asyncio.sleep(self._seconds)
            return data
        writer, back = self._pairs[number]
        if fault in ("black hole", "half-open"):
            self._struck.add(number)
        if fault == "cut":
            writer.write(data[: max(1, len(data) - (self.passed - self._at) - 1)])
            self._end(number)
        elif fault == "half-open":
            back.close()
        elif fault == "refused":
            self._server.close()
            for each in tuple(self._pairs):
                self._end(each, rough=True)
        elif fault == "reset":
            self._end(number, rough=True)
        return b""

    def _end(self, number: int, *, rough: bool = False) -> None:
        for writer in self._pairs.pop(number, ()):
            with suppress(OSError):
                if rough and (raw := writer.get_extra_info("socket")):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.close()


@dataclass
class Told:
    """What came of the faults."""

    faults: Counter[str] = field(default_factory=Counter)
    """Those that happened, by kind."""
    not_reached: int = 0
    answered: int = 0
    """As if there had been no fault."""
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    slowest: float = 0.0
    back: float = 0.0
    """Longest until it answered again by itself."""


def questions(keys: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    """What is asked: method, address and what is sent."""
    asked = {"purpose": "approval", "as_of": "2026-06-30"}
    food, tax = keys["food"], keys["tax"]
    some: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"/v1/parties/{food}{part}", {"params": asked}) for part in ("", "/consequences", "/exposure")
    ]
    some.append(("GET", f"/v1/parties/{tax}/ownership", {"params": asked}))
    some.append(("POST", "/v1/checks", {"json": {"parties": [STORY.food.name, STORY.tax_d.name, "无此公司"], **asked}}))
    return [*some, ("POST", "/v1/search", {"json": {"text": STORY.food.name[:4], "purpose": "approval"}})]


class Trial:
    """A service whose driver goes through the proxy, and what it answers when nothing is wrong."""

    def __init__(self, client: TestClient, proxy: Proxy) -> None:
        self.client, self.proxy, self.told = client, proxy, Told()
        found = client.post("/v1/checks", json={"parties": [STORY.food.name, STORY.tax_d.name], "purpose": "approval"})
        keys = [answer["party"]["key"] for answer in found.json()["answers"]]
        self.questions = questions(dict(zip(("food", "tax"), keys, strict=True)))
        self.right, self.bytes = [], []
        for method, path, sent in [*self.questions, *self.questions]:  # plans are made the first time
            proxy.arm("", 0)
            answer = client.request(method, path, **sent)
            assert answer.status_code == 200, answer.text
            self.right.append(answer.json())
            self.bytes.append(proxy.passed)
        self.right, self.bytes = self.right[len(self.questions) :], self.bytes[len(self.questions) :]

    def fault(self, kind: str, luck: random.Random) -> None:
        """One fault in the middle of a question."""
        number = luck.randrange(len(self.questions))
        method, path, sent = self.questions[number]
        self.proxy.arm(kind, luck.randint(1, self.bytes[number]), luck.choice((0.05, 0.3, 2 * SECONDS)))
        began = time.monotonic()
        answer = self.client.request(method, path, **sent)
        took = time.monotonic() - began
        what = f"{kind}: {method} {path.split('/')[-1]} {answer.status_code} after {took:.2f} s"
        if answer.status_code == 200:
            self.told.answered += 1
            if answer.json() != self.right[number]:
                self.told.wrong.append(what)
        elif answer.status_code == 503 and "retry-after" in answer.headers:
            self.told.refused += 1
        else:
            self.told.wrong.append(f"{what}: {answer.text[:200]}")
        if took > SECONDS + ANSWERING:
            self.told.late.append(what)
        self.told.slowest = max(self.told.slowest, took)
        if self.proxy.heal():
            self.told.faults[kind] += 1
        else:
            self.told.not_reached += 1
        self._back()

    def _back(self) -> None:
        began = time.monotonic()
        while self.client.get("/readyz").status_code != 200:
            if time.monotonic() > began + 60:
                raise AssertionError("it does not come back")
            time.sleep(0.02)
        self.told.back = max(self.told.back, time.monotonic() - began)


@contextmanager
def trial(settings: Settings, server: Server) -> Generator[Trial]:
    """Over a server with the sample in it."""
    proxy = Proxy(int(server.uri.rsplit(":", 1)[1]))
    away = settings.model_copy(
        update={
            "neo4j_uri": f"bolt://127.0.0.1:{proxy.port}",
            "neo4j_user": server.user,
            "neo4j_password": type(settings.neo4j_password)(server.password),
            "hosts": "testserver",
        }
    )
    try:
        app = create_app(graph := connect(away), away)
        with graph, TestClient(app) as client, patch.object(breaker, "REST_SECONDS", 0.1):
            within(app, PATIENT)
            made = Trial(client, proxy)
            within(app, SECONDS)
            yield made
    finally:
        proxy.close()


def within(app: FastAPI, seconds: float) -> None:
    """From now on every route has so long."""
    for kind, work in WORK.items():
        app.state.work[kind] = work._replace(seconds=seconds)


def main(faults: int, seed: int) -> None:
    """So many faults; prints what came of them."""
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    os.environ.update(CREDITGRAPH_HEAP="512m", CREDITGRAPH_PAGECACHE="64m", CREDITGRAPH_AUTHOR="tests")
    tell: Callable[[str], object] = lambda text: (sys.stdout.write(text + "\n"), sys.stdout.flush())  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDITGRAPH_HOME"] = folder
        settings, luck = Settings(), random.Random(seed)
        with local_neo4j.temporary(settings) as server:
            with connect(settings, server.store) as graph:
                generate(150, 7, Path(folder) / "files")
                load_sample(graph, load_keys(settings), Path(folder) / "files")
                derive_into(graph, load_pack())
            with trial(settings, server) as made:
                for number in range(faults):
                    made.fault(KINDS[number % len(KINDS)], luck)
                    if number % 50 == 49:
                        tell(f"{number + 1} faults")
    told = made.told
    tell(json.dumps({"seed": seed, **told.__dict__, "faults": dict(told.faults)}, ensure_ascii=False))
    sys.exit(bool(told.wrong or told.late))


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers + [1000, random.randrange(10**6)][len(numbers) :]))
