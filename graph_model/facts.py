"""Facts as the derivation and the answers see them: plain, frozen, without a database.

Time semantics: `since` is the first day, `until` the first day after; null is unknown. `data_date` is the day for
which the source speaks: a post without an end was held on that day; later days are presumption.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from graph_model.schema import BY_NAME
from graph_model.sentences import say


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
    openness: str = "open"
    rec_from: int = 0
    start_match: str = "identifier"
    end_match: str = "identifier"
    start_stated: str | None = None
    end_stated: str | None = None
    digest: str = ""
    in_snapshot: date | None = None
    """The newest full snapshot that has it; None: its files are deltas, which tell what is new."""
    props: dict[str, Any] = field(default_factory=dict)

    @property
    def statement(self) -> str:
        """The statement of which this is a version."""
        return self.fact_id.rpartition(".")[0] or self.fact_id

    @property
    def content(self) -> str:
        """What the source says, whenever it was recorded: the same after a rebuild."""
        return self.digest or self.fact_id

    @property
    def by_name(self) -> bool:
        """Whether one of its parties was found by a name alone, present or former."""
        return self.start_match in BY_NAME or self.end_match in BY_NAME


class WhetherHeld(StrEnum):
    """Whether something held on a day."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def held_on(fact: FactRow, day: date) -> tuple[WhetherHeld, str | None]:
    """Did the fact hold on `day`? With the reason when that is not known.

    >>> f = FactRow("f", "LEGAL_REPRESENTATIVE_OF", "p", "e", since=date(2020, 1, 1), until=date(2022, 1, 1))
    >>> held_on(f, date(2021, 12, 31))[0].value, held_on(f, date(2022, 1, 1))[0].value
    ('yes', 'no')
    """
    if fact.until is not None and day >= fact.until:
        return WhetherHeld.NO, None
    if fact.since is not None and day < fact.since:
        return WhetherHeld.NO, None
    if fact.data_date == day and fact.absent_since is None:
        return WhetherHeld.YES, None  # the source saw it on that very day
    if fact.since is None:
        return WhetherHeld.UNKNOWN, say("start_unknown")
    if fact.until is not None:
        return WhetherHeld.YES, None
    if fact.absent_since is not None and day >= fact.absent_since:
        return WhetherHeld.UNKNOWN, say("no_longer_stated", day=fact.absent_since)
    if fact.data_date is None:
        return WhetherHeld.UNKNOWN, say("end_unknown")
    if day > fact.data_date:
        return WhetherHeld.UNKNOWN, say("last_stated", day=fact.data_date)
    return WhetherHeld.YES, None


@dataclass(frozen=True, slots=True)
class PartyRow:
    """What the derivation needs to know of a party.

    `adult_on`: the eighteenth birthday; a store keeps no more than `adult_year`, its year.
    """

    key: str
    label: str
    name: str | None = None
    kind: str | None = None
    adult_on: date | None = None
    adult_year: int | None = None
