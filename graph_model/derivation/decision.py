"""What is said of the decision: which of several statements stands; and one rule as it is tried on it."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from graph_model.derivation.case import Case, Step
from graph_model.facts import FactRow
from graph_model.rules import ANY_SANCTION, Rule, RulePack
from graph_model.sentences import say

_TOLD = ("decided_on", "act_on", "counted_from", "circumstances", "circumstances_not", "sectors")
"""What one source may leave out and another one say."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One believed statement of the sanction, and what every rule asks of it.

    `others` are what further sources say of the same: shown, and where they are of the same day and say otherwise, a doubt.
    """

    case: Case
    imposed: FactRow
    codes: tuple[str, ...]
    props: dict[str, Any]
    on: str
    is_person: bool
    is_branch: bool
    decided: date | None
    acted: date | None
    place: str
    circumstances: frozenset[str]
    denied: frozenset[str]
    """Circumstances that it says not to be there."""
    missing: tuple[str, ...]
    reading: tuple[str, ...]
    others: tuple[FactRow, ...] = ()
    in_doubt: tuple[date, str] | None = None
    """From which day it is not known whether it still stands, and why."""

    @property
    def law_day(self) -> date | None:
        """The day whose law counts when the rule names no other."""
        return self.decided or self.imposed.data_date


@dataclass(slots=True)
class Trial:
    """One rule, tried on one decision because of one of its codes.

    `steps`: every condition that is looked at is written down there; None when nobody asked.
    """

    decision: Decision
    rule: Rule
    code: str
    pack: RulePack
    steps: list[Step] | None

    @property
    def circumstances(self) -> frozenset[str]:
        """On which the term may hang: what the decision states, and the code for which the rule is tried."""
        return self.decision.circumstances | {self.code}

    def step(
        self, subject: str | None, condition: str, holds: bool, text: str, facts: tuple[FactRow, ...] = ()
    ) -> bool:
        """Notes a condition when somebody asked for them.

        Args:
            subject: whom it is about; None: the sanction itself.
            condition: its name, as `why-not` tells it.
            holds: whether it does.
            text: what was looked at, in words.
            facts: by which facts.

        Returns:
            `holds`.
        """
        if self.steps is not None:
            self.steps.append(Step(self.rule.id, subject, condition, holds, text, facts))
        return holds


def decisions(case: Case, triggers: Container[str]) -> Iterator[Decision]:
    """The statements for which rules are tried, each with the codes for which it stands.

    A third party's list informs; it triggers nothing. Of two sources that speak of one party and one code the one with
    the newer data date stands, filled up by what the other says and it leaves out. Where they are of one day and
    contradict each other, the one that lasts longer is taken, as a doubt.

    Args:
        triggers: the codes by which an entry on a list triggers anything.
    """
    official = [f for f in case.imposed if f.trust == "official"]
    codes_by = {f.fact_id: codes_of(f, triggers) for f in official}
    for imposed in official:
        others = [f for f in official if _is_rival(imposed, f)] if len(official) > 1 else []
        codes = codes_by[imposed.fact_id]
        if others:
            codes = tuple(c for c in codes if not any(c in codes_by[f.fact_id] and _stands(f, imposed) for f in others))
        if codes:
            rivals = tuple(f for f in others if not set(codes).isdisjoint(codes_by[f.fact_id]))
            yield _decision(case, imposed, codes, rivals)


def codes_of(imposed: FactRow, triggers: Container[str]) -> tuple[str, ...]:
    """The codes for which a statement triggers rules: its own, and that it is a sanction at all.

    A list from which nothing follows (重点关注名单, 经营异常名录, local lists) is no decision of any kind: it triggers nothing.
    """
    codes = tuple(imposed.props.get("codes") or ())
    if imposed.props.get("kind") == "list_entry":
        codes = tuple(code for code in codes if code in triggers)
        return (*codes, ANY_SANCTION) if codes else ()
    return (*codes, ANY_SANCTION)


def _is_rival(one: FactRow, other: FactRow) -> bool:
    """Whether another source speaks of the same party; two statements of one source are two grounds."""
    ends = (one.type, one.start, one.end) == (other.type, other.start, other.end)
    return one is not other and ends and one.source != other.source


def _stands(one: FactRow, other: FactRow) -> bool:
    """Whether the first of two statements stands before the second: newer, longer, or else the first by source."""
    return _rank(one) > _rank(other) or (_rank(one) == _rank(other) and one.source < other.source)


def _rank(fact: FactRow) -> tuple[date, date]:
    return _newness(fact), fact.until or date.max


def _newness(fact: FactRow) -> date:
    """The last day on which its source spoke of it, or said that it is gone."""
    return max(day or date.min for day in (fact.data_date, fact.absent_since))


def _decision(case: Case, imposed: FactRow, codes: tuple[str, ...], others: tuple[FactRow, ...]) -> Decision:
    props = _filled(imposed, others)
    on = imposed.start if imposed.type == "HOLDS" else imposed.end
    decided: date | None = props.get("decided_on")
    missing: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    if decided is None and imposed.since is not None:
        decided = imposed.since
        reading = (say("decided_read_as", day=decided),)
    if decided is None:
        missing = (say("day_of_decision"),)
    for other in others:
        if _newness(other) == _newness(imposed) and any(
            _differ(imposed.props.get(name), other.props.get(name)) for name in _TOLD
        ):
            missing += (_contradiction(imposed, other),)
    return Decision(
        case=case,
        imposed=imposed,
        codes=codes,
        props=props,
        on=on,
        is_person=case.is_person(on),
        is_branch=any(f.type == "BRANCH_OF" and f.start == on for f in case.roles),
        decided=decided,
        acted=props.get("act_on"),
        place=(props.get("jurisdiction") or "") + (props.get("authority") or ""),
        circumstances=frozenset(props.get("circumstances") or ()),
        denied=frozenset(props.get("circumstances_not") or ()),
        missing=missing,
        reading=reading,
        others=others,
        in_doubt=_in_doubt(imposed, others) if others else None,
    )


def _filled(imposed: FactRow, others: tuple[FactRow, ...]) -> dict[str, Any]:
    """What the statement says, and where it is silent what the newest of the others says."""
    props = imposed.props
    for name in _TOLD if others else ():
        if props.get(name) is None:
            told = [f for f in others if f.props.get(name) is not None]
            if told:
                props = {**props, name: max(told, key=_newness).props[name]}
    return props


def _differ(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return False
    return set(one) != set(other) if isinstance(one, list | tuple) else one != other


def _contradiction(one: FactRow, other: FactRow) -> str:
    names = "、".join(sorted((one.source, other.source)))
    return say("content_contradicted", sources=names)


def _in_doubt(imposed: FactRow, others: tuple[FactRow, ...]) -> tuple[date, str] | None:
    """Another source says that it ends earlier, and the one that stands has not seen it later: then that is open."""
    seen = _newness(imposed)
    ends = [
        (f.until, f)
        for f in others
        if f.until and f.until < (imposed.until or date.max) and (f.until > seen or _newness(f) == seen)
    ]
    if not ends:
        return None
    day, other = min(ends, key=lambda pair: pair[0])
    names = "、".join(sorted((imposed.source, other.source)))
    return day, say("end_contradicted", day=day, sources=names)
