"""The driver of Neo4j, without the libraries that it imports only because they are there.

It takes arrays and frames as parameters where numpy, pandas or pyarrow is installed. We pass none, and every look-up of
the command line would wait for them. Whoever has imported one before keeps it.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

_spared = dict.fromkeys(name for name in ("numpy", "pandas", "pyarrow") if name not in sys.modules)
sys.modules.update(_spared)  # ty: ignore[no-matching-overload]  (None there means: it cannot be imported)
try:
    import neo4j
    import neo4j.exceptions
finally:
    for _name in _spared:
        del sys.modules[_name]

__all__ = ["neo4j", "waits_until"]


@contextmanager
def waits_until(transaction: Any, seconds: float | None) -> Generator[None]:
    """The answers to this transaction are waited for so long, in all.

    A server that stands still takes every byte and sends none: none of the driver's own time-outs is for that. What it has
    for the handshake is used here; a driver that keeps it elsewhere falls back to what the server promised of itself.
    """
    socket = getattr(getattr(transaction, "_connection", None), "socket", None)
    if seconds is None or not hasattr(socket, "set_read_deadline"):
        yield
        return
    for bound in (socket.set_read_deadline, socket.set_write_deadline):
        bound(max(seconds, 0.001))
    try:
        yield
    finally:
        for bound in (socket.set_read_deadline, socket.set_write_deadline):
            bound(None)
