"""A server that failed several times is left alone for a moment: who asks meanwhile is told at once, and need not wait."""

import logging
import threading
import time
from collections import deque

from graph_model.errors import StoreUnavailable

FAILURES = 3
"""So many failures within `FAILURES_WITHIN` seconds, and nothing is asked for `REST_SECONDS`."""
FAILURES_WITHIN = 10.0
REST_SECONDS = 1.0
PROBE_SECONDS = 2.0
"""Then one question is tried, and has so long."""


class Breaker:
    """Shared by the threads of one process that serves. Commands have none: they wait and try again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: deque[float] = deque(maxlen=FAILURES)
        self._rests_until: float | None = None
        self._probing = False

    def admit(self) -> bool:
        """May be asked now; true: only to try whether it answers again, and `worked` or `failed` has to follow.

        Raises:
            StoreUnavailable: it is left alone just now.
        """
        with self._lock:
            if self._rests_until is None:
                return False
            if self._probing or time.monotonic() < self._rests_until:
                raise StoreUnavailable("Neo4j did not answer several times: it is not asked for a moment")
            self._probing = True
            return True

    def failed(self) -> None:
        """It did not answer."""
        with self._lock:
            now = time.monotonic()
            self._failed.append(now)
            if self._rests_until is None:
                if len(self._failed) < FAILURES or self._failed[0] < now - FAILURES_WITHIN:
                    return
                logging.getLogger(__name__).warning("Neo4j does not answer: it is tried again every few seconds")
            self._rests_until, self._probing = now + REST_SECONDS, False

    def worked(self) -> None:
        """It answered."""
        if self._rests_until is None and not self._failed:  # as nearly always
            return
        with self._lock:
            if self._rests_until is not None:
                logging.getLogger(__name__).warning("Neo4j answers again")
            self._failed.clear()
            self._rests_until, self._probing = None, False
