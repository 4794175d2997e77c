"""When an answer has to be there: one moment for all that it asks of Neo4j, however many calls deep."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_END: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Generator[None]:
    """What is asked of Neo4j in here ends by then; an earlier deadline around it stays.

    It goes along into the threads in which a server answers requests, and is not shared by two requests.
    """
    end = time.monotonic() + seconds
    outer = _END.get()
    token = _END.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _END.reset(token)


def left(budget: float | None = None) -> float | None:
    """How many seconds a query may take: its own budget, or what is left until the deadline, whichever is less.

    Raises:
        TimeoutError: none is left.
    """
    end = _END.get()
    if end is None:
        return budget
    remaining = end - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("the answer took longer than its deadline")
    return remaining if budget is None else min(budget, remaining)
