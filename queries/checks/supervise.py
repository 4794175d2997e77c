"""Which tier of supervision has each party by a local table, and how often is it to be drawn (双随机)? (V01, V02, V05)

Tiers are tried in the order of the table; the first whose conditions hold is the party's, else `otherwise`. Conditions
are grades that organs gave and records that stand; nothing is computed into a grade here. A condition that cannot be
said to hold does not hold, and is told.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from graph_model.profiles import Condition, Tier, TierTable
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, FactRef, PartyRef, SanctionRef
from queries.checks.portrait import (
    ConditionOutcome,
    Portrait,
    absent,
    grade,
    inspected,
    portrayed,
    promised,
    recorded,
)
from queries.read.moment import Moment


class Tiered(AnswerShape):
    """The tier of a party by a local table, with what came before, during and after (事前、事中、事后)."""

    party: PartyRef
    tier: str
    title: str
    weight: float = Field(description="how much more or less likely it is drawn than one with weight 1")
    reasons: list[str] = Field(description="the conditions that hold; of `otherwise`, that none did")
    open: list[str] = Field([], description="conditions of earlier tiers that could not be said to hold, and why")
    before: list[FactRef] = Field([], description="its commitments (事前信用承诺)")
    during: list[FactRef] = Field([], description="its grades and inspections (事中分级分类监管)")
    after: list[SanctionRef] = Field([], description="its sanctions that have begun (事后失信惩戒)")


class Supervision(AnswerShape):
    """Tiers and weights of supervision by a local table."""

    question: Literal["supervise"] = "supervise"
    table: str
    as_of: date
    known_at: date | None = None
    position: int
    counts: dict[str, int] = Field(description="parties by tier; outside: of another region or kind, not listed")
    rows: list[Tiered]


def supervise(
    graph: Graph,
    table: TierTable,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    keys: Sequence[str] | None = None,
) -> Iterator[Tiered | None]:
    """Each party with its tier, in the order of keys; None for one outside the region and kinds of the table.

    The moment is taken once for the whole list. What is repaired, corrected or withdrawn while it is read shows no more
    from the next page on.

    Args:
        keys: only these parties, each listed whatever it is; None: every entity.
    """
    moment = Moment.of(graph, as_of, known_at)
    for portrait in portrayed(graph, table, moment, keys):
        yield tiered(table, portrait, moment.as_of) if portrait else None


def tiered(table: TierTable, portrait: Portrait, as_of: date) -> Tiered:
    """The tier of one party, with the conditions that hold and those that could not be said."""
    open_points: list[str] = []
    given, reasons = table.otherwise, ["no condition of a tier holds (其他)"]
    for tier in table.tiers:
        holding = _holds(table, tier, portrait, as_of, open_points)
        if holding is not None:
            given, reasons = tier, holding
            break
    grades = [f for f in portrait.held if f.props.get("kind") == "grade"]
    return Tiered(
        party=portrait.party,
        tier=given.tier,
        title=given.title,
        weight=given.weight,
        reasons=reasons,
        open=open_points,
        before=portrait.shown(portrait.promises),
        during=portrait.shown([*grades, *portrait.inspected]),
        after=portrait.sanctions,
    )


def _holds(table: TierTable, tier: Tier, portrait: Portrait, as_of: date, open_points: list[str]) -> list[str] | None:
    """The reasons when the tier holds; None when it does not, with what is open noted."""

    def asked(conditions: Sequence[Condition]) -> list[tuple[str, ConditionOutcome]]:
        return [_asked(table, c, portrait, as_of) for c in conditions]

    every, some = asked(tier.all), asked(tier.any)
    whole = all(f.fits == "yes" for _, f in every)
    if whole and (not some or any(f.fits == "yes" for _, f in some)):
        return [_told(what, f) for what, f in (*every, *some) if f.fits == "yes"]
    # Only what could have made the difference is open: of a tier that fails for another reason nothing is.
    if all(f.fits != "no" for _, f in every) and (not some or any(f.fits != "no" for _, f in some)):
        open_points += [f"{tier.tier}: {_told(what, f)}" for what, f in (*every, *some) if f.fits == "unknown"]
    return None


def _told(what: str, found: ConditionOutcome) -> str:
    return f"{what}: {found.reason}" + (f" ({found.value})" if found.value else "")


def _asked(table: TierTable, condition: Condition, portrait: Portrait, as_of: date) -> tuple[str, ConditionOutcome]:
    if condition.grade is not None:
        return f"grade 等级 {condition.grade.scheme}", grade(portrait, condition.grade, as_of, table.fresh_days)
    if condition.record is not None:
        return "record 记录", recorded(portrait, condition.record, as_of)
    if condition.no_record is not None:
        return "no record 无记录", absent(portrait, condition.no_record, as_of, table.complete_since)
    if condition.inspection is not None:
        return "inspection 检查", inspected(portrait, condition.inspection, as_of)
    assert condition.promise is not None
    return "promise 承诺", promised(portrait, condition.promise, as_of)
