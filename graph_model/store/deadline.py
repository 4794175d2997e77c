"""When an answer has to be there: one moment for all that it asks of Neo4j, however many calls deep; and all time-outs.

Whoever serves sets the moment (`within`), `Graph.read` asks what is left of it (`left`). What has no such moment, a command,
ends by the time-outs below: each is of one step, and no step is waited for without one.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

CONNECT_SECONDS = 5.0
"""Until a server takes a connection."""
ACQUIRE_SECONDS = 10.0
"""Until a connection can be used: a place in the pool, the handshake, the log-in."""
RETRY_SECONDS = 10.0
"""So long is asked again what a server could not do just now; under a deadline at most half of what is left."""
IDLE_SECONDS = 30.0
"""A connection that nobody used for so long is tried before it is trusted."""
LATE_SECONDS = 2.5
"""After its budget Neo4j itself ends a query: it looks all two seconds. Later nothing is expected of it any more."""


class AnswerDeadline:
    """One answer: by when it has to be there, whether anybody still waits for it, and of which clock position it is."""

    __slots__ = ("end", "gone", "outer", "position")

    def __init__(self, end: float, outer: "AnswerDeadline | None") -> None:
        self.end, self.outer, self.gone = end, outer, False
        self.position: int | None = None

    def left(self) -> float:
        """Seconds until then.

        Raises:
            TimeoutError: none is left, or whoever asked has gone.
        """
        if self.gone:
            raise TimeoutError("whoever asked has gone")
        remaining = self.end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer took longer than its deadline")
        return remaining if self.outer is None else min(remaining, self.outer.left())


_NOW: ContextVar[AnswerDeadline | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Generator[AnswerDeadline]:
    """What is asked of Neo4j in here ends by then; an earlier deadline around it stays.

    It goes along into the threads in which a server answers requests, and is not shared by two requests. When `gone` is
    set on what this hands out, nothing more is asked.
    """
    deadline = AnswerDeadline(time.monotonic() + seconds, _NOW.get())
    token = _NOW.set(deadline)
    try:
        yield deadline
    finally:
        _NOW.reset(token)


def left(budget: float | None = None) -> float | None:
    """How many seconds a query may take: its own budget, or what is left until the deadline, whichever is less.

    Raises:
        TimeoutError: none is left, or whoever asked has gone.
    """
    deadline = _NOW.get()
    if deadline is None:
        return budget
    remaining = deadline.left()
    return remaining if budget is None else min(budget, remaining)


def answers_at(position: int) -> None:
    """The answer under way is of this clock position: whoever serves it may want to say so."""
    if (deadline := _NOW.get()) is not None:
        deadline.position = position
