"""What the derivation takes in and gives out."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from graph_model.events import Event, in_order
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import Basis
from graph_model.timeline import Interval, status_on


@dataclass(frozen=True, slots=True)
class Case:
    """All facts around one sanction, as believed at one clock position.

    `roles` are posts and shareholdings at the parties it is imposed on, and the companies of branches; `onward` are
    posts that its responsible persons and those post-holders have at other entities (for the few rules that reach
    further). `responsible` holds what documents and recorded findings say; `events` the rest of what people decided, and
    `same` what humans judged to be one person, of all persons here.
    """

    sanction: str
    imposed: tuple[FactRow, ...]
    responsible: tuple[FactRow, ...] = ()
    roles: tuple[FactRow, ...] = ()
    onward: tuple[FactRow, ...] = ()
    parties: dict[str, PartyRow] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    clean: "Clean | None" = None
    same: tuple[FactRow, ...] = ()

    def in_order(self) -> "Case":
        """The same case with its facts in one order: digests, and so confirmations, must not depend on the gathering."""
        return Case(
            self.sanction,
            _ordered(self.imposed),
            _ordered(self.responsible),
            _ordered(self.roles),
            _ordered(self.onward),
            self.parties,
            tuple(in_order(self.events)) if self.events else (),
            self.clean,
            tuple(sorted(self.same, key=lambda f: (f.start, f.end, f.fact_id))) if self.same else (),
        )

    def about(self, person: str) -> tuple[FactRow, ...]:
        """What documents say of this person's part in the sanction."""
        return tuple([f for f in self.responsible if f.start == person]) if self.responsible else ()

    def same_as(self, person: str) -> dict[str, tuple[FactRow, ...]]:
        """Every other entry judged to be this person, with the judgements on the shortest way there, in one order."""
        if not self.same:
            return {}
        ways: dict[str, tuple[FactRow, ...]] = {person: ()}
        todo = [person]
        for here in todo:
            for fact in self.same:
                for start, end in ((fact.start, fact.end), (fact.end, fact.start)):
                    if start == here and end not in ways:
                        ways[end] = (*ways[here], fact)
                        todo.append(end)
        del ways[person]
        return ways

    def is_person(self, key: str) -> bool:
        """Whether a party is known to be a natural person."""
        party = self.parties.get(key)
        return party is not None and party.label == "Person"


def _ordered(facts: tuple[FactRow, ...]) -> tuple[FactRow, ...]:
    return tuple(sorted(facts, key=_same_order)) if len(facts) > 1 else facts


def _same_order(fact: FactRow) -> tuple[str, str, str, str]:
    return fact.type, fact.source, fact.content, fact.fact_id


class Clean(NamedTuple):
    """What is known of a party's record, for incentives that demand none: on `day`, complete since `complete_since`."""

    day: date
    adverse: tuple[FactRow, ...]
    complete_since: date | None


@dataclass(frozen=True, slots=True)
class Consequence:
    """A measure that follows for a subject, with its evidence."""

    key: str
    sanction: str
    subject: str
    rule: str
    rule_version: str
    measure: str
    automaticity: str
    timeline: tuple[Interval, ...]
    evidence: tuple[FactRow, ...]
    basis: tuple[Basis, ...]
    missing: tuple[str, ...]
    reading: tuple[str, ...]
    digest: str
    retired: bool = False
    """Repaired, corrected or withdrawn: shown to the owning organ, a supervisor and the person only."""

    def status_on(self, day: date) -> str | None:
        """The status on a day; None before it begins."""
        return status_on(self.timeline, day)


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a rule that was looked at, for one subject or for the decision as a whole."""

    rule: str
    subject: str | None
    condition: str
    holds: bool
    text: str
    facts: tuple[FactRow, ...] = ()


def consequence_key(sanction: str, rule: str, measure: str, subject: str) -> str:
    """The key of a consequence: the same whenever it is derived."""
    return hashed("c", sanction, rule, measure, subject)


def hashed(prefix: str, *parts: str) -> str:
    """A short hash of some texts."""
    text = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
    return f"{prefix}-{text}" if prefix else text
