"""For which moment is an answer true? Taken once, when the answer begins, and handed to every part of it.

What is guaranteed: all of an answer is as known at `position`. Facts and events carry their positions, so each read asks
for that one. Some things have no versions: the stored consequences, that a sanction was repaired, corrected or withdrawn,
names, hubs and other caches. For their sake `one_moment` looks at the clock again when the answer is there; when somebody
wrote meanwhile the answer is thrown away and the question asked anew, for a later moment. An answer is thus what it would
have been wholly before or wholly after that write. Where that does not succeed in `TRIES` tries, or `PATIENCE` seconds, the answer
says so. A question that reads nothing without versions, or everybody page by page, takes its moment and is not asked anew.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Concatenate, LiteralString, ParamSpec, TypeVar

from pydantic import BaseModel

from graph_model.errors import StoreUnavailable
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.store.deadline import answers_at
from queries.answers import Cut
from queries.read.derived import derived_with

P = ParamSpec("P")
A = TypeVar("A")

TRIES = 3
PATIENCE = 5.0
"""Seconds after which no new try is begun."""

# Which judgements could be crossed is asked with the position: it costs no question of its own.
MOMENT: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
WITH c, coalesce($k, c.seq, 0) AS k
RETURN k, coalesce(c.seq, 0) AS clock, c.pack AS pack,
  EXISTS { MATCH ()-[r:SAME_PERSON_AS]->() WHERE r.judgement = 'same' AND r.rec_from <= k AND k < r.rec_to } AS same,
  EXISTS { MATCH ()-[r:SAME_PERSON_AS]->() WHERE r.judgement = 'unsure' AND r.rec_from <= k AND k < r.rec_to } AS unsure,
  EXISTS { MATCH (p:Party) WHERE p.doubts IS NOT NULL } AS doubts
"""


@dataclass(frozen=True)
class Moment:
    """The day asked about, and what is known of it."""

    as_of: date
    known_at: date | None
    """As was known at the end of this day; None: now."""
    position: int
    """Clock position of what is known."""
    clock: int
    """Where the clock stood when the answer began: for what past views take from the present."""
    pack: str | None = None
    """With what the stored consequences were derived (`derived_with`)."""
    judgements: tuple[bool, bool] = (False, False)
    """Is anybody judged to be the same person, is anybody `unsure`?"""
    doubts: bool = False
    """Does any party bear a mark of doubt? Marks have no versions: as of today, also for an earlier position."""

    @classmethod
    def of(cls, graph: Graph, as_of: "date | Moment", known_at: date | None = None) -> "Moment":
        """The moment of a question that begins now; one that was taken already stays as it is."""
        if isinstance(as_of, Moment):
            return as_of
        r = graph.read(MOMENT, k=None if known_at is None else graph.position_on(known_at))[0]
        answers_at(r["k"])
        return cls(as_of, known_at, r["k"], r["clock"], r["pack"], (r["same"], r["unsure"]), r["doubts"])

    @classmethod
    def on(cls, as_of: date, position: int) -> "Moment":
        """The moment of a copy that stands at a position."""
        answers_at(position)
        return cls(as_of, None, position, position)

    def fresh(self, pack: RulePack) -> bool:
        """Whether what is stored of consequences was derived for this moment, by these rules."""
        return self.known_at is None and self.pack == derived_with(pack)


def position_at(graph: Graph, known_at: date | None) -> int:
    """The clock position of a question that asks about no day: at the end of `known_at`; None: now."""
    return graph.position() if known_at is None else graph.position_on(known_at)


def one_moment(question: Callable[Concatenate[Graph, P], A]) -> Callable[Concatenate[Graph, P], A]:
    """A question whose whole answer is true for one moment, whatever is written while it is read.

    Callers give dates (`as_of`, `known_at`); a question that asks others hands on its `Moment` as their `as_of`. What is
    asked of a copy in memory (`reader`) is of the copy's position, which nobody writes to.

    Raises:
        StoreUnavailable: somebody wrote during each of the tries, and the answer has no place to say so.
    """

    @wraps(question)
    def asked(graph: Graph, /, *args: P.args, **more: P.kwargs) -> A:
        given: dict[str, Any] = dict(more)
        as_of, known_at = given["as_of"], given.get("known_at")
        if isinstance(as_of, Moment) or (given.get("reader") is not None and known_at is None):
            return question(graph, *args, **more)
        begun, tries = time.monotonic(), 0
        while True:
            given["as_of"] = moment = Moment.of(graph, as_of, known_at)
            answer = question(graph, *args, **given)
            if graph.position() == moment.clock:
                return answer
            tries += 1
            if tries == TRIES or time.monotonic() - begun > PATIENCE:
                return _unsettled(answer, tries)

    return asked


def _unsettled(answer: A, tries: int) -> A:
    """The last answer, with the doubt in it; never `clear`."""
    detail = say("moved", tries=tries)
    if not isinstance(answer, BaseModel) or not {"cut", "complete"} <= set(type(answer).model_fields):
        raise StoreUnavailable(detail[0].upper() + detail[1:])
    told: Any = answer
    changed: dict[str, Any] = {"cut": [*told.cut, Cut(reason="moved", detail=detail)], "complete": False}
    if getattr(told, "status", None) == "clear":
        changed["status"] = "incomplete"
    return told.model_copy(update=changed)
