"""Records that a person confirms or refuses consequences, each bound to the digest of the evidence that was seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import LiteralString

from graph_model.derivation import CONFIRM, derive
from graph_model.errors import BadRequest
from graph_model.events import Event
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, Tx
from loaders.decisions.events import record_within
from queries.read.facts import cases

CONSEQUENCE: LiteralString = """
MATCH (c:Consequence {key: $key}) RETURN c.sanction AS sanction
"""


@dataclass(frozen=True)
class Wanted:
    """A consequence to confirm or refuse, with the digest of the evidence that was seen."""

    consequence: str
    digest: str


def decide(
    graph: Graph,
    pack: RulePack,
    wanted: Sequence[Wanted],
    *,
    decision: str,
    day: date,
    role: str,
    reason: str,
    today: date,
    organ: str | None = None,
) -> list[Event]:
    """Confirms or refuses consequences, each bound to the evidence seen; all of them or none.

    Args:
        wanted: keys of consequences, with the digest of the evidence that was seen.
        decision: `confirmed` or `refused`.
        day: when it was decided.
        role: in which role.
        reason: why.
        today: no decision lies ahead of it.
        organ: that decides.

    Returns:
        what was recorded.

    Raises:
        BadRequest: an unknown consequence, one whose evidence has changed, one that lacks more than a confirmation
            (when confirming), or a role that may not.
    """
    graph.prepare()
    while True:
        position = graph.position()
        events = list(_decisions(graph, pack, wanted, position, decision))
        events = [
            replace(e, day=day, role=role, reason=reason, organ=organ, author=e.author or graph.author) for e in events
        ]

        def work(tx: Tx, at: int = position, events: list[Event] = events) -> list[Event] | None:
            return record_within(tx, events, today) if tx.seq == at + 1 else None

        done = graph.write("record", work)
        if done is not None:
            return done  # else somebody wrote in between: the evidence may be another


def _decisions(graph: Graph, pack: RulePack, wanted: Sequence[Wanted], position: int, decision: str) -> Iterator[Event]:
    sanctions: dict[str, list[Wanted]] = {}
    for one in wanted:
        rows = graph.read(CONSEQUENCE, key=one.consequence)
        if not rows:
            raise BadRequest(f"There is no consequence {one.consequence!r}: derive, and take its key from a look-up.")
        sanctions.setdefault(rows[0]["sanction"], []).append(one)
    found = {c.key: c for c in derive(cases(graph, list(sanctions), pack, position=position), pack)}
    for sanction, some in sanctions.items():
        for one in some:
            c = found.get(one.consequence)
            if c is None:
                raise BadRequest(f"Consequence {one.consequence} does not follow any more: derive, and look again.")
            if c.digest != one.digest:
                raise BadRequest(
                    f"The evidence of consequence {one.consequence} changed since it was seen: look again, and decide "
                    f"on digest {c.digest}."
                )
            open_points = [m for m in c.missing if m != CONFIRM]
            if decision == "confirmed" and open_points:
                raise BadRequest(
                    f"Consequence {one.consequence} cannot be confirmed yet; missing: {'; '.join(open_points)}."
                )
            if decision == "confirmed" and CONFIRM not in c.missing:
                raise BadRequest(f"Consequence {one.consequence} needs no confirmation, or has it already.")
            yield Event(
                id="",
                kind="confirmation",
                stage=decision,
                sanction=sanction,
                day=date.min,
                subject=c.subject,
                consequence=c.key,
                digest=c.digest,
                details={"rule": c.rule, "measure": c.measure},
            )
