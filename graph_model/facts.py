"""Facts as the derivation and the answers see them: plain, frozen, without a database.

Time semantics: `since` is the first day, `until` the first day after; null is unknown. `data_date` is the day for
which the source speaks: a post without an end was held on that day; later days are presumption.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class FactRow:
    """One believed fact: a relationship between two nodes."""

    fact_id: str
    type: str
    start: str
    end: str
    since: date | None = None
    until: date | None = None
    data_date: date | None = None
    absent_since: date | None = None
    claim_id: str = ""
    source: str = ""
    run: str = ""
    line: int | None = None
    owner: str | None = None
    trust: str = "official"
    rec_from: int = 0
    start_match: str = "identifier"
    end_match: str = "identifier"
    props: dict[str, Any] = field(default_factory=dict)


class Holds(StrEnum):
    """Whether something held on a day."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def held_on(fact: FactRow, day: date) -> tuple[Holds, str | None]:
    """Did the fact hold on `day`? With the reason when that is not known.

    >>> f = FactRow("f", "LEGAL_REPRESENTATIVE_OF", "p", "e", since=date(2020, 1, 1), until=date(2022, 1, 1))
    >>> held_on(f, date(2021, 12, 31))[0].value, held_on(f, date(2022, 1, 1))[0].value
    ('yes', 'no')
    """
    if fact.until is not None and day >= fact.until:
        return Holds.NO, None
    if fact.since is not None and day < fact.since:
        return Holds.NO, None
    if fact.data_date == day and fact.absent_since is None:
        return Holds.YES, None  # the source saw it on that very day
    if fact.since is None:
        return Holds.UNKNOWN, "start date unknown"
    if fact.until is not None:
        return Holds.YES, None
    if fact.absent_since is not None and day >= fact.absent_since:
        return Holds.UNKNOWN, f"no longer stated on {fact.absent_since}, end date unknown"
    if fact.data_date is None:
        return Holds.UNKNOWN, "end date unknown"
    if day > fact.data_date:
        return Holds.UNKNOWN, f"last stated on {fact.data_date}, end date unknown"
    return Holds.YES, None


@dataclass(frozen=True, slots=True)
class PartyRow:
    """What the derivation needs to know of a party."""

    key: str
    label: str
    name: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A human's decision on a consequence, bound to the evidence that was seen."""

    consequence: str
    digest: str
    decision: str  # confirmed | refused
    on: date


@dataclass(frozen=True, slots=True)
class Case:
    """All facts around one sanction, as believed at one clock position.

    `roles` are posts and shareholdings at the parties it is imposed on; `onward` are posts that its responsible
    persons and those post-holders have at other entities (for the few rules that reach further).
    """

    sanction: str
    imposed: tuple[FactRow, ...]
    responsible: tuple[FactRow, ...] = ()
    roles: tuple[FactRow, ...] = ()
    onward: tuple[FactRow, ...] = ()
    parties: dict[str, PartyRow] = field(default_factory=dict)
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
