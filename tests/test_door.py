"""The door of the service: whose page may ask, how large, how many at once, and by when there is an answer."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message, Scope

from api.http import door, server
from api.http.door import ASKING, HEADERS, SCANS, WORK, Door, Work
from graph_model.store.deadline import left, within


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.add_middleware(Door, hosts=frozenset({"credit.example.org"}))

    @app.get("/v1/left")
    def time_left() -> float | None:
        return left()

    @app.get("/explorer/")
    async def page() -> str:
        return "page"

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost:8321") as client:
        yield client


# --- whose page may ask -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8321",
        "LOCALHOST:1",
        "127.0.0.1:8321",
        "[::1]:8321",
        "credit.example.org",
        "Credit.Example.org:443",
    ],
)
def test_it_answers_by_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/v1/left", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8321", "localhost@evil.example",
     "10.0.0.1", "[::2]", "[::1", "localhost\\.evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/left", "/explorer/", "/nothing"])
def test_a_name_of_somebody_else_that_points_here_gets_nothing(client: TestClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert not host or host not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:8321"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_a_page_of_another_site_may_not_ask(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.get("/v1/left", headers=headers).status_code == status


def test_a_link_on_another_page_may_lead_to_the_explorer_but_not_frame_it(client: TestClient) -> None:
    answer = client.get("/explorer/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    for name in HEADERS:
        assert name in answer.headers


@contextmanager
def running(app: FastAPI) -> Generator[int]:
    """The server as it is run, on a port."""
    with server.bind("127.0.0.1", 0) as bound:
        runs = uvicorn.Server(server.configured(app))
        thread = threading.Thread(target=runs.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not runs.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield bound.getsockname()[1]
        runs.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


# --- how many at once, and by when ------------------------------------------------------------------------


class Caller:
    """Sends requests to the door as a server does; the application behind it is given."""

    def __init__(self, app: Callable[..., Awaitable[None]], work: Mapping[str, Work] = WORK) -> None:
        self.door = Door(app, work=work)

    async def get(self, path: str) -> tuple[int, dict[str, str]]:
        scope: Scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"localhost")]}
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        starts = [m for m in sent if m["type"] == "http.response.start"]
        assert len(starts) == 1
        return starts[0]["status"], {k.decode(): v.decode() for k, v in starts[0]["headers"]}


async def ok(send: Callable[[Message], Awaitable[None]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def test_what_hangs_is_told_in_time_and_takes_the_places_of_its_own_class_only() -> None:
    gate = threading.Event()

    async def hangs(scope: Scope, receive: Any, send: Any) -> None:
        if scope["path"] in SCANS:
            await asyncio.to_thread(gate.wait)  # as a thread that waits for a server that answers nothing
        await ok(send)

    async def story() -> None:
        caller = Caller(hangs, {kind: Work(0.1, 2) for kind in WORK})
        began = time.monotonic()
        late = await asyncio.gather(*(caller.get("/v1/codes") for _ in range(2)))
        assert [status for status, _ in late] == [503, 503]
        assert {headers["retry-after"] for _, headers in late} == {"5"}
        assert time.monotonic() - began < 5
        # Both still hang: a third is refused at once, and nothing else is.
        status, headers = await caller.get("/v1/quality")
        assert (status, headers["retry-after"]) == (503, "1")
        assert (await caller.get("/v1/checks"))[0] == 200
        assert (await caller.get("/healthz"))[0] == 200
        gate.set()
        while caller.door.tasks:
            await asyncio.sleep(0.01)
        # What came too late was not sent after all, and there is room again.
        assert (await caller.get("/v1/quality"))[0] == 200
        assert set(caller.door.at_work.values()) == {0}

    asyncio.run(story())


def test_an_application_that_fails_leaves_its_place() -> None:
    async def fails(scope: Scope, receive: Any, send: Any) -> None:
        raise RuntimeError("on purpose")

    async def story() -> None:
        caller = Caller(fails)
        for _ in range(3 * WORK["scan"].at_once):
            with pytest.raises(RuntimeError):
                await caller.get("/v1/codes")
        assert set(caller.door.at_work.values()) == {0}

    asyncio.run(story())


def test_all_classes_together_leave_threads_free() -> None:
    assert sum(work.at_once for work in WORK.values()) < 40


def test_the_deadline_goes_along_into_the_thread_of_a_route(client: TestClient) -> None:
    told = client.get("/v1/left").json()
    assert WORK["other"].seconds * ASKING - 5 < told <= WORK["other"].seconds * ASKING


def test_of_two_deadlines_the_earlier_one_stands() -> None:
    assert left() is None
    assert left(3.0) == 3.0
    with within(100):
        with within(1):
            assert (left(50) or 0) <= 1
        with within(1000):
            assert (left() or 0) <= 100
        assert left(0.5) == 0.5
    with within(0), pytest.raises(TimeoutError):
        left()
    assert left() is None


def test_for_whoever_left_nothing_more_is_asked() -> None:
    began, gone, ended = asyncio.Event(), asyncio.Event(), threading.Event()
    seen: list[str] = []

    def asks_on() -> None:
        try:
            while not ended.wait(0.01):
                left()
        except TimeoutError as error:
            seen.append(str(error))

    async def walks(scope: Scope, receive: Any, send: Any) -> None:
        began.set()
        await asyncio.to_thread(asks_on)
        await ok(send)

    async def story() -> None:
        caller = Caller(walks)
        first = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if first:
                return first.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            raise AssertionError("nobody is there")

        scope = {"type": "http", "method": "GET", "path": "/v1/codes", "headers": [(b"host", b"localhost")]}
        asked = asyncio.ensure_future(caller.door(scope, receive, send))
        await began.wait()
        gone.set()
        await asyncio.wait_for(asked, 5)
        while caller.door.tasks:
            await asyncio.sleep(0.01)
        assert seen == ["whoever asked has gone"]
        assert set(caller.door.at_work.values()) == {0}

    try:
        asyncio.run(story())
    finally:
        ended.set()


# --- what is slow to arrive -------------------------------------------------------------------------------


def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.1)
    app = FastAPI()
    app.add_middleware(Door)

    @app.post("/v1/search")
    def search(body: dict[str, str]) -> dict[str, str]:
        return body

    async def story() -> None:
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"10")]
        scope = {"type": "http", "method": "POST", "path": "/v1/search", "query_string": b"", "headers": headers}
        await asyncio.wait_for(app(scope, receive, send), 10)
        assert sent[0]["status"] == 408

    asyncio.run(story())


def test_a_body_that_drips_in_takes_no_place_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.3)

    async def answers(scope: Scope, receive: Any, send: Any) -> None:
        await ok(send)

    async def story() -> None:
        caller = Caller(answers)
        sent: list[Message] = []

        async def receive() -> Message:  # each piece in time, but never all of them
            await asyncio.sleep(0.05)
            assert set(caller.door.at_work.values()) == {0}
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/v1/search", "headers": [(b"host", b"localhost")]}
        await asyncio.wait_for(caller.door(scope, receive, send), 5)
        assert sent[0]["status"] == 408
        assert (b"connection", b"close") in sent[0]["headers"]

    asyncio.run(story())


@pytest.mark.parametrize(
    "sent", [b"", b"GET /healthz HTT", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000]
)  # fmt: skip
def test_headers_that_never_end_are_not_waited_for(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.3)
    with running(FastAPI()) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        with suppress(ConnectionError):
            connection.sendall(sent)
            assert connection.recv(1000) == b""


def whole(connection: socket.socket) -> bytes:
    """An answer, which may come in pieces."""
    told = b""
    while not told.endswith(b'"ok"'):
        piece = connection.recv(1000)
        assert piece, told
        told += piece
    return told


def test_more_connections_than_there_is_room_for_are_ended_and_a_kept_one_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 3)
    app = FastAPI()
    app.get("/healthz")(lambda: "ok")
    asks = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running(app) as port, ExitStack() as stack:
        kept = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(3)]
        for connection in kept:
            connection.sendall(asks)
            assert whole(connection).startswith(b"HTTP/1.1 200")
        with socket.create_connection(("127.0.0.1", port)) as one_more, suppress(ConnectionError):
            one_more.sendall(asks)
            assert one_more.recv(1000) == b""
        kept[0].sendall(asks)
        assert whole(kept[0]).startswith(b"HTTP/1.1 200")


def test_small_answers_go_out_at_once() -> None:
    """asyncio sets TCP_NODELAY only on a socket that says it is TCP; without it each answer waits 40 ms for the other side."""
    from api.http.server import bind

    with bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
