"""How long an entry on a list stands, by the list's own rules (名单期限).

A term that is over removes nobody: the organ does (移出). So an entry of which the term is over, and of which no removal is
known, is neither in force nor over. What the source itself shows decides before the term: an end that it states; and a
full list of a later day that still has the entry, which was prolonged then. A delta file tells what is new and says nothing
of what still stands, however late it comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from graph_model.calendar import add_months
from graph_model.facts import FactRow
from graph_model.rules.model import ListAbout
from graph_model.sentences import say
from graph_model.timeline import end_of_term


@dataclass(frozen=True, slots=True)
class TermOver:
    """The term of an entry is over, and no removal is known."""

    about: ListAbout
    day: date
    """The first day after the term."""

    def __str__(self) -> str:
        return say(
            "list_term_over", list=f"{self.about.id} {self.about.title.zh}", years=self.about.years, day=self.day
        )


def lists_of(entry: FactRow, lists: Mapping[str, ListAbout]) -> list[ListAbout]:
    """The lists of the rule pack on which an entry is."""
    if entry.props.get("kind") != "list_entry":
        return []
    return [lists[code] for code in entry.props.get("codes") or () if code in lists]


def cannot_stand(about: ListAbout, kind: str) -> str | None:
    """Why a person, or a unit, is none of those who can stand on a list; None: it can."""
    if about.only in (None, kind):
        return None
    whom = {"person": "natural persons", "unit": "units"}[about.only]
    return say(
        "none_stands_on_list", list=f"{about.id} {about.title.zh}", whom=whom, subjects="、".join(about.subjects)
    )


def counted_from(entry: FactRow, about: ListAbout) -> date | None:
    """The day from which the term runs: of the entry, or of its publication where that is known and the list says so."""
    entered: date | None = entry.props.get("decided_on") or entry.since
    return entry.props.get("published_on") or entered if about.counted_from == "publication" else entered


def term_of(entry: FactRow, about: ListAbout) -> date | None:
    """The first day after the term that the list sets; None: it sets none, or the day of the entry is not known."""
    begun = counted_from(entry, about)
    return end_of_term(begun, about.years) if begun is not None and about.years is not None else None


def early_exit(entry: FactRow, about: ListAbout) -> date | None:
    """The first day on which an earlier removal can be applied for; None: the list sets none, or counts from a correction."""
    begun = counted_from(entry, about)
    if begun is None or about.early_exit_months is None or about.early_exit_from == "correction":
        return None
    return add_months(begun, about.early_exit_months).day + timedelta(days=1)


def term_over(entry: FactRow, lists: Mapping[str, ListAbout]) -> TermOver | None:
    """From which day is the term of an entry over, without a removal? Of several lists the last one counts.

    None: it states an end itself, a list has no term, or a full list of a day after the term still has the entry.
    """
    about = lists_of(entry, lists)
    ends = [(day, one) for one in about if (day := term_of(entry, one)) is not None]
    if not about or len(ends) < len(about) or entry.until is not None:
        return None
    day, one = max(ends, key=lambda end: end[0])
    if entry.in_snapshot is not None and entry.in_snapshot >= day:
        return None
    return TermOver(one, day)
