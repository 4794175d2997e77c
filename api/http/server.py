"""Serving: one process on one address, with a clear word when the port is taken."""

import socket
import threading
import webbrowser

import uvicorn
from rich.console import Console

from api.http.app import create_app
from graph_model.errors import ConfigError
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings


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
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, backlog=128, timeout_keep_alive=10
    )
    with bound:
        uvicorn.Server(config).run(sockets=[bound])


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
