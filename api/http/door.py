"""The door of the service: who may knock, how large, how many at once, and by when there is an answer.

Whatever is refused here is told as a problem (RFC 9457), before any of it reaches the graph.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.observe import Observed, Observer
from api.http.parameters import Problem
from graph_model.identifiers import mask_ids_in
from graph_model.store.deadline import AnswerDeadline, within

MAX_BODY = 1_000_000
MAX_TOLD = 2000
"""Characters of what is wrong with a request."""
TOO_LARGE = f"a request may have {MAX_BODY} bytes at the most"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LEFT = 499
"""How a request is counted whose caller left before there was an answer."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BODY_SECONDS = 10.0
"""A body that takes longer to arrive, in all its pieces, is not waited for."""
ASKING = 0.9
"""Of its time an answer may ask the graph for so much: what is left is for telling that there was none."""


class Work(NamedTuple):
    """One class of requests: by when each has its answer, and how many may be at work at once."""

    seconds: float
    at_once: int


WORK: Mapping[str, Work] = {
    "scan": Work(30.0, 4),  # walks through much of the graph
    "check": Work(5.0, 16),  # somebody waits at a counter
    "other": Work(30.0, 14),
    "ready": Work(5.0, 2),
}
"""Together less than the threads there are (40): no class of work can take them all."""
SCANS = frozenset(
    {
        "/v1/checks/offices",
        "/v1/checks/suppliers",
        "/v1/checks/bribery",
        "/v1/checks/repeats",
        "/v1/quality",
        "/v1/codes",
        "/v1/paths",
        "/v1/common",
        "/v1/circle",
        "/v1/same-person",
        "/v1/due",
        "/v1/tasks",
    }
)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as it is sent, with the headers of every answer. What it quotes may be anybody's number, or endless."""
    detail = mask_ids_in(detail[:MAX_TOLD])
    told = Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(
        told.model_dump(),
        status_code=status,
        headers={**HEADERS, **(headers or {})},
        media_type="application/problem+json",
    )


class Door:
    """ASGI middleware around the whole application.

    Args:
        hosts: names by which the service may be called besides those of this machine alone. A browser tells the name
            that a page used, and a page of somebody else's can have its own name point here (DNS rebinding).
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str] = frozenset(),
        observer: Observer | None = None,
        work: Mapping[str, Work] = WORK,
    ) -> None:
        self.app = app
        self.observer = observer or Observer()
        self.work = work
        self.hosts = LOOPBACK | hosts
        self.at_work = dict.fromkeys(work, 0)
        self.tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = Observed()

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = seen.id
            await send(message)

        try:
            await self._let_in(scope, receive, told, seen)
        except Exception:
            seen.status = 500
            raise
        finally:
            seen.status = seen.status or LEFT
            self.observer.answered(scope, seen)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, seen: Observed) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if refused := self._refused(headers, path):
            await refused(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        # First the whole body: one that drips in takes no place of those who are answered.
        if status := await exchange.arrive():
            told = TOO_LARGE if status == 413 else "the request did not arrive in time"
            await problem(status, told, {"Connection": "close"})(scope, receive, send)
            return
        kind = _kind(path)
        if kind is None:
            await self.app(scope, exchange.receive, exchange.send)
        elif self.at_work[kind] >= self.work[kind].at_once:
            await _busy()(scope, receive, send)
        else:
            await self._answer(kind, scope, exchange, send)
            seen.position = exchange.deadline.position if exchange.deadline else None

    async def _answer(self, kind: str, scope: Scope, exchange: "_Exchange", send: Send) -> None:
        """Waits for the answer until the deadline, and then tells so; a thread that hangs cannot be ended.

        It counts as at work until it ends: what hangs takes no more than the places of its own class. When whoever asked
        has gone, nobody waits, and nothing more is asked of the graph.
        """

        async def work() -> None:
            try:
                with within(self.work[kind].seconds * ASKING) as exchange.deadline:
                    await self.app(scope, exchange.receive, exchange.send)
            finally:
                self._count(kind, -1)

        self._count(kind, 1)
        task, left = asyncio.ensure_future(work()), asyncio.ensure_future(exchange.left())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            await asyncio.wait({task, left}, timeout=self.work[kind].seconds, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # the server ends: let it
            task.cancel()
            raise
        finally:
            left.cancel()
        if task.done() or exchange.told:
            await task
            return
        exchange.end()
        task.add_done_callback(_seen)
        if not exchange.begun and not exchange.gone:
            late = problem(503, "there was no answer in time; ask again later, or for less", {"Retry-After": "5"})
            await late(scope, exchange.receive, send)

    def _count(self, kind: str, more: int) -> None:
        self.at_work[kind] += more
        self.observer.at_work(kind, self.at_work[kind])

    def _refused(self, headers: Headers, path: str) -> JSONResponse | None:
        host = headers.get("host", "")
        name = _host(host)
        if name not in self.hosts:
            return problem(
                421, "this service is not called by that name; whoever runs it can allow more with CREDITGRAPH_HOSTS"
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return problem(403, "a page of another site may not ask here")
        # A browser says so by itself, also where it sends no Origin: pictures, scripts, links.
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and path.startswith("/v1"):
            return problem(403, "a page of another site may not ask here")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            return problem(413, TOO_LARGE)
        return None


class _Exchange:
    """One request as it comes and its answer as it goes."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._body: bytes | None = b""
        self.deadline: AnswerDeadline | None = None
        self.begun = self.told = self.over = self.gone = False

    async def arrive(self) -> int:
        """Reads the request whole. Returns the status to refuse it with, or 0.

        Its bytes are counted as they come: the length need not be told, and need not be true.
        """
        pieces, size = [], 0
        with suppress(TimeoutError):
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await self._receive()
                    pieces.append(message.get("body", b""))
                    size += len(pieces[-1])
                    if size > MAX_BODY:
                        return 413
                    if not message.get("more_body", False):
                        self._body = b"".join(pieces)
                        return 0
        return 408

    async def left(self) -> None:
        """Returns when whoever asked is gone, or has his answer."""
        while (await self._receive())["type"] != "http.disconnect":
            await asyncio.sleep(0.05)
        self.gone = not self.told

    async def receive(self) -> Message:
        """The whole body; then, when somebody waits for it, that whoever asked is gone."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    def end(self) -> None:
        """Nothing more is sent, and nothing more is asked for it."""
        self.over = True
        if self.deadline:
            self.deadline.gone = True

    async def send(self, message: Message) -> None:
        """Passes the answer on, unless it came too late."""
        if self.over:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        self.told = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)


def _kind(path: str) -> str | None:
    """Which class of work this is; None: it asks nothing of the graph."""
    if path in SCANS:
        return "scan"
    if path.startswith("/v1/checks"):
        return "check"
    if path == "/readyz":
        return "ready"
    return "other" if path.startswith("/v1") else None


def _host(text: str) -> str:
    """The name in a Host header, without its port and brackets."""
    try:
        return (urlsplit(f"//{text}").hostname or "").lower()
    except ValueError:
        return ""


def _busy() -> JSONResponse:
    return problem(503, "too many such questions at once; ask again in a moment", {"Retry-After": "1"})


def _seen(task: asyncio.Task[None]) -> None:
    """What came of an answer that nobody waits for any more: nothing to tell."""
    if not task.cancelled():
        task.exception()
