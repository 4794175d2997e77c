"""Serving: one process on one address, with a clear word when the port is taken."""

import asyncio
import socket
import threading
import webbrowser
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from rich.console import Console
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.api_keys import ApiKeys
from api.http.app import create_app
from api.http.door import LOOPBACK
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


@dataclass(frozen=True)
class Secured:
    """By what nobody reads along between whoever asks and this service."""

    certificate: Path | None = None
    """Of TLS, with its chain (PEM)."""
    key: Path | None = None
    proxy: bool = False
    """A proxy in front speaks https with whoever asks."""

    def examine(self, host: str, settings: Settings) -> bool:
        """Whether keys are there or needed; beyond this machine they have to be.

        Raises:
            ConfigError: others could reach what nobody guards; a file of the two is missing.
        """
        if (self.certificate is None) != (self.key is None):
            raise ConfigError("TLS needs both: give --tls-certificate and --tls-key.")
        for path in (self.certificate, self.key):
            if path is not None and not path.is_file():
                raise ConfigError(f"There is no file {path} for TLS.")
        keys = ApiKeys(settings.api_keys_file).all()
        if host in LOOPBACK:
            return bool(keys) or settings.keys_needed
        if not any(key.state() == "active" for key in keys.values()):
            raise ConfigError(
                f"{host} can be reached from other machines, and there is no key: whoever reaches it would read everything. "
                "Make one first (creditgraph keys create --help), or leave --host out."
            )
        if not (self.certificate or self.proxy):
            raise ConfigError(
                f"{host} can be reached from other machines, and keys would pass in clear text. Give --tls-certificate and "
                "--tls-key, or --proxy if a proxy in front speaks https."
            )
        return True


def run(
    graph: Graph,
    settings: Settings,
    *,
    host: str,
    port: int,
    browser: bool,
    console: Console,
    copy: bool = True,
    secured: Secured = Secured(),
) -> None:
    """Serve API and explorer until interrupted. Port 0 takes a free one; `copy`: exposures from a copy in memory.

    Args:
        host: address to listen on.
        browser: open the explorer in one.
        console: where it is told.
        secured: TLS, or a proxy that speaks it.

    Raises:
        ConfigError: the port is in use, or the address is not this machine's; others could reach what nobody guards.
    """
    needed = secured.examine(host, settings)
    bound = bind(host, port)
    port = bound.getsockname()[1]
    scheme = "https" if secured.certificate else "http"
    url = f"{scheme}://{'localhost' if host == '127.0.0.1' else host}:{port}/explorer/"
    console.print(
        f"explorer {url}   API {url.removesuffix('explorer/')}docs   (store {graph.name}; Ctrl-C ends it)",
        highlight=False,
    )
    console.print(
        "it is asked with a key (creditgraph keys list)"
        if needed
        else "there are no keys: whoever is on this machine asks as the user of the system (creditgraph keys create)",
        highlight=False,
    )
    if browser:
        threading.Timer(1.0, webbrowser.open, args=(url,)).start()
    called = ",".join(filter(None, (settings.hosts, host)))
    told = settings.model_copy(update={"hosts": called, "keys_needed": needed})
    app = create_app(graph, told, copy=copy, secure=secured.proxy)
    log_to(settings.log)
    with bound:
        uvicorn.Server(configured(app, secured)).run(sockets=[bound])


def configured(app: FastAPI, secured: Secured = Secured()) -> uvicorn.Config:
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
        proxy_headers=secured.proxy,  # else whoever asks could say that he is somebody else
        ssl_certfile=secured.certificate,
        ssl_keyfile=secured.key,
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
