"""An end to guessing: whoever asks by id numbers (公民身份号码) that nobody here bears is stopped after a few.

A hash under a key protects what is stored. A service that says "nobody" or "somebody" to any number would still tell which
of some thousand numbers is a person's: of an area and a birthday there are no more.
"""

import logging
import threading
import time
from collections import OrderedDict, deque
from typing import LiteralString

from fastapi import HTTPException

from graph_model.identifiers import KeyedHash, citizen_id_18, citizen_id_faults
from graph_model.store.connect import Graph

MISSES = 20
"""So many id numbers of nobody may one caller ask for within `MISSES_WITHIN`."""
MISSES_WITHIN = 3600.0
CALLERS_KEPT = 10_000

ID_IS_KNOWN: LiteralString = """
OPTIONAL MATCH (i:Identifier {scheme: 'cn-id', value: $value})
USING INDEX SEEK i:Identifier(scheme, value)
RETURN i IS NOT NULL AS known
"""


class IdMisses:
    """How many id numbers of nobody each caller asked for lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def refuse(self, caller: str) -> None:
        """Raises:
        HTTPException: 429, this caller has had his misses; when he may ask again.
        """
        with self._lock:
            times = self._recent(caller)
            if len(times) < MISSES:
                return
            wait = int(times[0] + MISSES_WITHIN - time.monotonic()) + 1
        raise HTTPException(
            429, f"too many id numbers that nobody here bears; ask again in {wait} s", {"Retry-After": str(wait)}
        )

    def miss(self, caller: str) -> None:
        """One more of nobody."""
        with self._lock:
            times = self._recent(caller)
            times.append(time.monotonic())
            last = len(times) == MISSES
            while len(self._times) > CALLERS_KEPT:
                self._times.popitem(last=False)
        if last:
            logging.getLogger(__name__).warning(
                "%s asked for %d id numbers that nobody bears within an hour: stopped", caller, MISSES
            )

    def _recent(self, caller: str) -> deque[float]:
        times = self._times.setdefault(caller, deque())
        self._times.move_to_end(caller)
        while times and times[0] < time.monotonic() - MISSES_WITHIN:
            times.popleft()
        return times


def _is_id(code: str) -> bool:
    return not citizen_id_faults(citizen_id_18(code) if len(code) == 15 and code.isdecimal() else code)


class WatchedHash(KeyedHash):
    """The keyed hash as one caller uses it: it counts the id numbers of nobody, and stops after `MISSES`."""

    __slots__ = ("_caller", "_graph", "_hash", "_misses")

    def __init__(self, hash: KeyedHash, graph: Graph, misses: IdMisses, caller: str) -> None:
        self._hash, self._graph, self._misses, self._caller = hash, graph, misses, caller

    def of(self, *parts: str) -> str:
        """As the hash does it.

        Raises:
            HTTPException: 429, this caller has had his misses.
        """
        value = self._hash.of(*parts)
        if parts[0] == "cn-id" and _is_id(parts[1]):  # any code of that length is looked for as one
            self._misses.refuse(self._caller)
            if not self._graph.read(ID_IS_KNOWN, value=value)[0]["known"]:
                self._misses.miss(self._caller)
        return value
