"""The door of the service: who may knock, how large, how many at once, and by when there is an answer.

Whatever is refused here is told as a problem (RFC 9457), before any of it reaches the graph.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.parameters import Problem
from graph_model.store.deadline import within

MAX_BODY = 1_000_000
TOO_LARGE = f"a request may have {MAX_BODY} bytes at the most"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BODY_SECONDS = 10.0
"""A body that takes longer to arrive is not waited for."""


class Work(NamedTuple):
    """One class of requests: by when each has its answer, and how many may be at work at once."""

    seconds: float
    at_once: int


WORK: Mapping[str, Work] = {
    "scan": Work(30.0, 4),  # walks through much of the graph
    "check": Work(30.0, 16),
    "other": Work(30.0, 16),
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
    """A problem as it is sent, with the headers of every answer."""
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

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.hosts = LOOPBACK | hosts
        self.at_work = dict.fromkeys(WORK, 0)
        self.tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        if refused := self._refused(headers, path):
            await refused(scope, receive, send)
            return
        kind = _kind(path)
        if kind and self.at_work[kind] >= WORK[kind].at_once:
            await _busy()(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        if kind is None:
            await self.app(scope, exchange.receive, exchange.send)
            return
        await self._answer(kind, scope, exchange, send)

    async def _answer(self, kind: str, scope: Scope, exchange: "_Exchange", send: Send) -> None:
        """Waits for the answer until the deadline, and then tells so; a thread that hangs cannot be ended.

        It counts as at work until it ends: what hangs takes no more than the places of its own class.
        """

        async def work() -> None:
            try:
                with within(WORK[kind].seconds):
                    await self.app(scope, exchange.receive, exchange.send)
            finally:
                self.at_work[kind] -= 1

        self.at_work[kind] += 1
        task = asyncio.ensure_future(work())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            done, _ = await asyncio.wait({task}, timeout=WORK[kind].seconds + 1)
        except asyncio.CancelledError:  # the server ends: let it
            task.cancel()
            raise
        if done:
            task.result()
            return
        exchange.over = True
        task.add_done_callback(_seen)
        if not exchange.begun:
            late = problem(503, "there was no answer in time; ask again later, or for less", {"Retry-After": "5"})
            await late(scope, exchange.receive, send)

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
        self._left = MAX_BODY
        self._whole = False
        self.begun = self.over = False

    async def receive(self) -> Message:
        """The next piece. Its bytes are counted as they come: the length need not be told, and need not be true."""
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), BODY_SECONDS)
        except TimeoutError:
            raise HTTPException(408, "the request did not arrive in time") from None
        self._left -= len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._left < 0:
            raise HTTPException(413, TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        """Passes the answer on, unless it came too late."""
        if self.over:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _kind(path: str) -> str | None:
    """Which class of work this is; None: it asks nothing of the graph."""
    if path in SCANS:
        return "scan"
    if path.startswith("/v1/checks"):
        return "check"
    return "other" if path.startswith("/v1") or path == "/readyz" else None


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
