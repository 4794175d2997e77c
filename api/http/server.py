"""Serving: one process on one address, with a clear word when the port is taken."""

import asyncio
import socket
import threading
import webbrowser

import uvicorn
from fastapi import FastAPI
from rich.console import Console
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http.app import create_app
from api.http.observe import log_to
from graph_model.errors import ConfigError
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings

HEADER_SECONDS = 10.0
"""A request whose headers take longer to arrive is not waited for."""
CONNECTIONS = 400
"""Open at once. Of file handles a process commonly has 1,024; a server without one left would hear nobody."""
MAX_HEADERS = 64_000


class BoundedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it. Its own bounds begin with a request that has arrived; before that, these hold."""

    _waits: asyncio.TimerHandle | None = None
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """One more, if there is room for it."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        self._waits = self.loop.call_later(HEADER_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins to arrive."""
        super().on_message_begin()
        self._size = 0
        if self._waits is None:  # a further request on a connection
            self._waits = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def on_url(self, url: bytes) -> None:
        """Its address."""
        super().on_url(url)
        self._count(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        super().on_header(name, value)
        self._count(name + value)

    def on_headers_complete(self) -> None:
        """It has arrived, but for its body."""
        self._arrived()
        super().on_headers_complete()

    def _count(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > MAX_HEADERS:
            self.transport.abort()

    def _arrived(self) -> None:
        if self._waits:
            self._waits.cancel()
            self._waits = None


def run(
    graph: Graph, settings: Settings, *, host: str, port: int, browser: bool, console: Console, copy: bool = True
) -> None:
    """Serve API and explorer until interrupted. Port 0 takes a free one; `copy`: exposures from a copy in memory.

    Args:
        host: address to listen on.
        browser: open the explorer in one.
        console: where it is told.

    Raises:
        ConfigError: the port is in use, or the address is not this machine's.
    """
    bound = bind(host, port)
    port = bound.getsockname()[1]
    url = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}/explorer/"
    console.print(
        f"explorer {url}   API {url.removesuffix('explorer/')}docs   (store {graph.name}; Ctrl-C ends it)",
        highlight=False,
    )
    if host not in ("127.0.0.1", "::1", "localhost"):
        console.print(
            "[yellow]This address can be reached from other machines, and there are no keys yet: anyone who reaches "
            "it reads everything. Names by which it is called there go into CREDITGRAPH_HOSTS.[/]"
        )
    if browser:
        threading.Timer(1.0, webbrowser.open, args=(url,)).start()
    called = ",".join(filter(None, (settings.hosts, host)))
    app = create_app(graph, settings.model_copy(update={"hosts": called}), copy=copy)
    log_to(settings.log)
    with bound:
        uvicorn.Server(configured(app)).run(sockets=[bound])


def configured(app: FastAPI) -> uvicorn.Config:
    """How it is run."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        log_level="error",  # what is no HTTP is refused, and not worth a line each
        access_log=False,
        server_header=False,
        backlog=128,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=10,
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket on this address, not listening yet.

    Raises:
        ConfigError: the port is in use, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: asyncio sends small answers at once (TCP_NODELAY) only where it knows that this is TCP.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ConfigError(
            f"Cannot listen on {host} port {port}: {error.strerror}. Choose another one with --port (0 takes a free one)."
        ) from error
    return bound
