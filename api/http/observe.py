"""What the service says of itself: a line of JSON for each request, and numbers for Prometheus. Neither names anybody.

A line holds the pattern of the route and not the address that was asked for, the type of a fault and where it happened and
not its message: keys, names and numbers are in the other halves.
"""

import logging
import secrets
import time
import traceback
from collections import OrderedDict
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response
from starlette.types import Scope

from graph_model.identifiers import mask_ids_in

REQUESTS = "creditgraph.requests"
AGAIN_SECONDS = 60.0
"""A line that is logged more often than once in so long is counted instead."""
KINDS_KEPT = 1000
MOST_LOGGED = 1000
"""Characters of a line's text."""
FRAMES = 4
"""Of a fault, the last places in the code."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Observed:
    """What is known of one request when it has its answer."""

    __slots__ = ("began", "id", "position", "status")

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self.began = time.monotonic()
        self.status = 0
        self.position: int | None = None


class Observer:
    """Counts and logs what one application answers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self._requests = Counter("creditgraph_requests", "requests answered", ("method", "route", "status"), registry=r)
        self._seconds = Histogram("creditgraph_seconds", "until answered", ("route",), registry=r, buckets=BOUNDS)
        self._at_work = Gauge("creditgraph_at_work", "requests at work", ("work",), registry=r)
        self._position = Gauge("creditgraph_position", "clock position of the newest answer", registry=r)

    def answered(self, scope: Scope, seen: Observed) -> None:
        """One request is over."""
        route = getattr(scope.get("route"), "path", None) or "none"
        method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "other"
        took = time.monotonic() - seen.began
        self._requests.labels(method, route, str(seen.status)).inc()
        self._seconds.labels(route).observe(took)
        told: dict[str, Any] = {} if seen.position is None else {"position": seen.position}
        if seen.position is not None:
            self._position.set(seen.position)
        told |= {
            "request": seen.id,
            "method": method,
            "route": route,
            "status": seen.status,
            "ms": round(took * 1000, 1),
        }
        logging.getLogger(REQUESTS).info("answered", extra=told)

    def at_work(self, kind: str, number: int) -> None:
        """So many of one class of work."""
        self._at_work.labels(kind).set(number)

    def metrics(self) -> Response:
        """All numbers."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


# --- the log ----------------------------------------------------------------------------------------------


class OnceInAWhile(logging.Filter):
    """Lets a line through once a minute, however often it is logged; then it says how often it was."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written."""
        if record.name == REQUESTS:
            return True
        key, now = (record.name, str(record.msg)[:200]), time.monotonic()
        last, times = self._seen.get(key, (float("-inf"), 0))
        if now - last < AGAIN_SECONDS:
            self._seen[key] = (last, times + 1)
            return False
        self._seen[key] = (now, 0)
        self._seen.move_to_end(key)
        while len(self._seen) > KINDS_KEPT:
            self._seen.popitem(last=False)
        if times:
            record.again = times
        return True


def _told(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A fault by its type and places; its message may hold what was asked for."""
    told = event.pop("exc_info", None)
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        event["fault"] = type(error).__name__
        event["at"] = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    event["event"] = mask_ids_in(str(event["event"]))[:MOST_LOGGED]
    return event


def log_to(file: Path | None) -> None:
    """From now on this process logs lines of JSON: to a file that only its owner may read, or to standard error."""
    logging.raiseExceptions = False  # a log on a full disk is no reason to write a traceback for each line
    if file is None:
        handler: logging.Handler = logging.StreamHandler()
    else:
        from logging.handlers import WatchedFileHandler  # goes on in a new file when the old one was moved away

        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        handler = WatchedFileHandler(file, encoding="utf-8")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso"),
            ],
            processors=[
                _told,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(OnceInAWhile())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
