"""Facts + rules → consequences. Pure: no database, no clock, the same answer every time.

A consequence says: this measure, for this subject, from this sanction, by this rule; its status over time; and the
ordered facts on which it rests. What is missing for it to be more than a candidate is named, and so is every
reading of an unknown date.

How each kind of rule becomes active:

- ``ex_lege``        the facts alone; for a natural person only with a human's confirmation (个人信息保护法 24)
- ``fault_gated``    needs a document that finds the person at fault, or names him
- ``named``          needs the decision to name the subject
- ``order``          needs an order that covers the person
- ``discretionary``  needs the authority's decision about the subject, even when he is the one sanctioned
- ``record_only``    needs a certain post on a certain day; takes no right, so no confirmation
- ``advisory``       never
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from graph_model.facts import Case, Confirmation, FactRow, Holds, held_on
from graph_model.rules import Basis, Rule, RulePack
from graph_model.schema import ROLE_TYPES

EXACT_NAME = "exact-name"
CONFIRM = "confirmation by a human (个人信息保护法 第24条)"
_NEEDS = {
    "fault_gated": (("finding", "named"), "finding of personal responsibility (负有个人责任的认定)"),
    "named": (("named",), "the person named in the decision (决定中具名)"),
    "order": (("ordered",), "an order covering the person (及于本人的命令)"),
    "discretionary": (("ordered",), "the authority's decision about the subject (机关裁量决定)"),
}


class Interval(NamedTuple):
    """A status from `since` to `until` (half-open; null `since` = unknown, null `until` = open)."""

    status: str
    since: date | None
    until: date | None


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

    def status_on(self, day: date) -> str | None:
        """The status on a day; None before it begins."""
        return status_on(self.timeline, day)


def status_on(timeline: Iterable[tuple[str, date | None, date | None]], day: date) -> str | None:
    """The status of a timeline on a day; None before it begins."""
    for status, since, until in timeline:
        if (since is None or since <= day) and (until is None or day < until):
            return status
    return None


def end_of_term(start: date, years: int) -> date:
    """The first day after a term of years: the start day is not counted, the last day is its anniversary (民法典 201, 202).

    Days off do not lengthen a restriction.

    >>> end_of_term(date(2021, 3, 10), 5)
    datetime.date(2026, 3, 11)
    >>> end_of_term(date(2020, 2, 29), 3)
    datetime.date(2023, 3, 1)
    """
    try:
        last = start.replace(year=start.year + years)
    except ValueError:  # 29 February: the last day of the month (民法典 202)
        last = date(start.year + years, 2, 28)
    return last + timedelta(days=1)


def derive(cases: Iterable[Case], pack: RulePack, as_of: date | None = None) -> Iterator[Consequence]:
    """Which measures follow from the sanctions of `cases`?

    Args:
        as_of: only consequences that have begun by this day; None: all, with their dated status.

    Yields:
        consequences, in the order of cases and rules; one for each (sanction, rule, measure, subject).
    """
    index: dict[str, list[Rule]] = {}
    for rule in pack.enabled:
        for code in sorted(pack.triggered_by(rule)):
            index.setdefault(code, []).append(rule)
    lists = frozenset(code for code, about in pack.codes.triggers.items() if about.get("kind") == "list_entry")
    for case in cases:
        for consequence in _derive_case(_in_order(case), index, lists):
            if as_of is None or consequence.status_on(as_of) is not None:
                yield consequence


class _Reach(NamedTuple):
    """One subject reached by a rule: through which facts, and what is not certain."""

    subject: str
    facts: tuple[FactRow, ...]
    since: date | None
    missing: tuple[str, ...]
    reading: tuple[str, ...]
    until: date | None = None  # from this day the finding, the order or the decision no longer covers him


_fact_id = attrgetter("fact_id")


def _in_order(case: Case) -> Case:
    """The same case with its facts in one order: digests, and so confirmations, must not depend on the gathering."""
    return replace(
        case,
        imposed=tuple(sorted(case.imposed, key=_fact_id)),
        responsible=tuple(sorted(case.responsible, key=_fact_id)),
        roles=tuple(sorted(case.roles, key=_fact_id)),
        onward=tuple(sorted(case.onward, key=_fact_id)),
    )


def _weight(reach: _Reach) -> tuple[int, date]:
    """The lighter, the stronger: first what lacks least, then what began first."""
    return len(reach.missing), reach.since or date.min


def _derive_case(case: Case, index: dict[str, list[Rule]], lists: frozenset[str]) -> Iterator[Consequence]:
    found: dict[str, Consequence] = {}
    for imposed in case.imposed:
        if imposed.trust != "official":
            continue  # a third party's list informs; it triggers nothing
        for code in imposed.props.get("codes") or ():
            for rule in index.get(code, ()):
                for consequence in _apply(case, imposed, rule, code in lists):
                    other = found.get(consequence.key)
                    if other is None or len(consequence.missing) < len(other.missing):
                        found[consequence.key] = consequence
    yield from found.values()


def _apply(case: Case, imposed: FactRow, rule: Rule, listed: bool) -> Iterator[Consequence]:
    party = case.parties.get(imposed.end)
    is_person = party is not None and party.label == "Person"
    if (rule.trigger.subject == "person" and not is_person) or (rule.trigger.subject == "entity" and is_person):
        return
    decided: date | None = imposed.props.get("decided_on")
    reading: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    if decided is None and imposed.since is not None:
        decided = imposed.since
        reading = (f"day of the decision not stated: read as {decided}, the day from which the source dates it",)
    if decided is None:
        missing = ("day of the decision (决定日期)",)
    place = (imposed.props.get("jurisdiction") or "") + (imposed.props.get("authority") or "")
    law_day = decided or imposed.data_date
    if law_day is not None:
        basis = rule.basis_on(law_day, place)
        if decided is None:
            reading = (f"day of the decision not stated: the law of {law_day}, the day of the source, is shown",)
    else:
        here = rule.jurisdiction is None or rule.jurisdiction.holds(place)
        basis = tuple(b for b in rule.legal_basis if here and (b.area is None or b.area.holds(place)))
        reading = ("day of the decision not stated: whether the law was in force then is not known",)
    if not basis:
        return
    merged: dict[str, _Reach] = {}
    for reach in _reached(case, imposed, rule, is_person, decided):
        best = merged.get(reach.subject)
        if best is None:
            merged[reach.subject] = reach
        else:
            # The same person in two posts: the stronger ground decides, the other stays in the evidence.
            strong, weak = (reach, best) if _weight(reach) < _weight(best) else (best, reach)
            extra = tuple(f for f in weak.facts if f not in strong.facts)
            merged[reach.subject] = strong._replace(facts=strong.facts + extra)
    for reach in merged.values():
        yield from _consequences(
            case,
            imposed,
            rule,
            reach._replace(missing=missing + reach.missing, reading=reading + reach.reading),
            basis,
            decided,
            listed,
        )


def _reached(case: Case, imposed: FactRow, rule: Rule, is_person: bool, decided: date | None) -> Iterator[_Reach]:
    if rule.via is not None:
        yield from _after_event(case, imposed, rule, decided)
        return
    for role in rule.reach:
        if role == "SELF":
            if is_person:
                missing, until = _need(case, rule, imposed, imposed.end, decided)
                yield _Reach(imposed.end, (imposed, *_about(case, imposed.end)), decided, missing, (), until)
        elif role == "SELF_ENTITY":
            if not is_person:
                missing, until = _need(case, rule, imposed, imposed.end, decided)
                yield _Reach(imposed.end, (imposed,), decided, missing, (), until)
        elif not is_person:
            yield from _holders(case, imposed, rule, role, decided)
        for fact in case.responsible:
            if fact.props.get("capacity") == role or fact.props.get("capacity") in _SUB_ROLES.get(role, ()):
                missing, until = _need(case, rule, imposed, fact.start, decided)
                if missing and rule.without_finding == "none":
                    continue
                others = tuple(f for f in _about(case, fact.start) if f is not fact)
                missing += _hearsay(fact, "responsibility")
                yield _Reach(fact.start, (imposed, fact, *others), decided, missing, (), until)


_SUB_ROLES = {"DSS": ("DIR", "SUP", "SM")}


def _about(case: Case, person: str) -> tuple[FactRow, ...]:
    """What documents say of this person's part in the sanction."""
    return tuple(f for f in case.responsible if f.start == person)


def _hearsay(fact: FactRow, what: str) -> tuple[str, ...]:
    """A third party's word makes a candidate, never more."""
    if fact.trust == "official":
        return ()
    return (f"the {what} is stated only by a reference source ({fact.source})",)


def _holders(case: Case, imposed: FactRow, rule: Rule, role: str, decided: date | None) -> Iterator[_Reach]:
    """Holders of a post at the unit, at the moment that the rule means."""
    types = ROLE_TYPES.get(role, ())
    for fact in case.roles:
        if fact.type not in types or fact.end != imposed.end:
            continue
        holder = case.parties.get(fact.start)
        if holder is None or holder.label != "Person":
            continue  # measures "to the person" reach natural persons only
        placed = _at_time(fact, rule, imposed, decided)
        if placed is None:
            continue
        since, unsure, reading = placed
        missing, until = _need(case, rule, imposed, fact.start, since)
        if missing and rule.without_finding == "none":
            continue
        unsure += _hearsay(fact, "post")
        facts = (fact, imposed, *_about(case, fact.start))
        yield _Reach(fact.start, facts, since, unsure + missing, reading, until)


def _at_time(
    fact: FactRow, rule: Rule, imposed: FactRow, decided: date | None
) -> tuple[date | None, tuple[str, ...], tuple[str, ...]] | None:
    """(start, what is not certain, how dates were read) if the holder is the one that the rule means, else None."""
    if decided is None:
        return None, (f"whether the post was held ({fact.type})",), ()
    acted: date | None = imposed.props.get("act_on")
    if rule.role_time == "current":
        # Whoever holds the post at the decision or takes it later; leaving it frees nobody by itself.
        if fact.since is not None and fact.since > decided:
            return fact.since, (), ()
        held, why = held_on(fact, decided)
        return _placed(decided, held, why, "the decision", decided)
    if rule.role_time == "at_decision":
        held, why = held_on(fact, decided)
        return _placed(decided, held, why, "the decision", decided)
    reading: tuple[str, ...] = ()
    if acted is None:
        held, why = held_on(fact, decided)
        placed = _placed(decided, held, why, "the decision", decided)
        if placed is None:
            return None
        note = "day of the act unknown: the holder at the decision is shown, as a candidate only"
        return decided, (*placed[1], "day of the act (行为日期)"), (note,)
    at_act, why_act = held_on(fact, acted)
    if rule.role_time == "at_act":
        return _placed(decided, at_act, why_act, "the act", acted)
    at_decision, why_decision = held_on(fact, decided)
    if at_act is Holds.NO and at_decision is Holds.NO:
        return None
    unsure: tuple[str, ...] = ()
    for held, why, what, day in (
        (at_act, why_act, "the act", acted),
        (at_decision, why_decision, "the decision", decided),
    ):
        if held is Holds.NO:
            unsure += (f"post not held on the day of {what} ({day}); the article names no moment",)
        elif held is Holds.UNKNOWN:
            unsure += (f"whether the post was held on the day of {what} ({day}): {why}",)
    return decided, unsure, reading


def _placed(
    start: date, held: Holds, why: str | None, what: str, day: date
) -> tuple[date | None, tuple[str, ...], tuple[str, ...]] | None:
    if held is Holds.NO:
        return None
    if held is Holds.UNKNOWN:
        return start, (f"whether the post was held on the day of {what} ({day}): {why}",), ()
    return start, (), ()


def _need(
    case: Case, rule: Rule, imposed: FactRow, subject: str, since: date | None
) -> tuple[tuple[str, ...], date | None]:
    """What the rule asks for beside the post and is not recorded, and the day on which what is recorded ends."""
    if rule.automaticity == "advisory":
        return ("nothing: advisory, never applied by itself (仅提示)",), None
    need = _NEEDS.get(rule.automaticity)
    if need is None or (imposed.end == subject and rule.automaticity != "discretionary"):
        return (), None
    kinds, text = need
    ends = [
        fact.until
        for fact in _about(case, subject)
        if fact.props.get("basis") in kinds
        and fact.trust == "official"
        and (fact.until is None or since is None or since < fact.until)
    ]
    if not ends:
        return (text,), None
    known = [day for day in ends if day is not None]
    return (), max(known) if len(known) == len(ends) else None


def _after_event(case: Case, imposed: FactRow, rule: Rule, decided: date | None) -> Iterator[_Reach]:
    """Units that responsible persons register or run after the event. The only second hop there is."""
    via = rule.via
    assert via is not None
    if decided is None:
        return
    roads: dict[str, tuple[tuple[FactRow, ...], tuple[str, ...]]] = {}
    for fact in case.responsible:
        if fact.props.get("capacity") in via.roles:
            roads[fact.start] = ((imposed, *_about(case, fact.start)), _need(case, rule, imposed, fact.start, None)[0])
    types = {t for role in via.candidates for t in ROLE_TYPES.get(role, ())}
    for fact in case.roles:
        there = fact.type in types and fact.end == imposed.end and fact.start not in roads
        if there and held_on(fact, decided)[0] is not Holds.NO:
            text = "finding that he is a directly responsible person (直接责任人员)"
            roads[fact.start] = ((imposed, fact), (text,))
    onward = {t for role in via.onward for t in ROLE_TYPES.get(role, ())}
    for fact in case.onward:
        road = roads.get(fact.start)
        if road is None or fact.type not in onward or fact.end == imposed.end:
            continue
        if _began_by(fact, decided):
            continue
        unsure = _hearsay(fact, "later post")
        if fact.since is None:
            unsure += ("whether the post began after the event: start date unknown",)
        facts, missing = road
        yield _Reach(fact.end, (*facts, fact), fact.since or decided, missing + unsure, ())


def _began_by(fact: FactRow, day: date) -> bool:
    """Whether the post certainly began on or before `day`, even if its first day is unknown."""
    if fact.since is not None:
        return fact.since <= day
    seen = fact.data_date is not None and fact.data_date <= day
    return seen or (fact.until is not None and fact.until <= day + timedelta(days=1))


def _consequences(
    case: Case,
    imposed: FactRow,
    rule: Rule,
    reach: _Reach,
    basis: tuple[Basis, ...],
    decided: date | None,
    listed: bool,
) -> Iterator[Consequence]:
    subject = case.parties.get(reach.subject)
    natural = subject is None or subject.label == "Person"
    missing = reach.missing
    if rule.automaticity == "advisory" and not missing:
        missing = _need(case, rule, imposed, "", None)[0]
    end = _end(rule, imposed, decided, reach.until, listed)
    if end is not None and reach.since is not None and end <= reach.since:
        return
    facts = reach.facts
    ids = "\x1f".join(f.fact_id for f in facts)
    if rule.automaticity == "record_only" and any(EXACT_NAME in (f.start_match, f.end_match) for f in facts):
        missing = (*missing, "identity: a party on the path was found by its name alone (仅按名称匹配)")
    needs_human = natural and rule.automaticity not in ("record_only", "advisory")
    confirmable = needs_human and not missing
    for measure in rule.measures:
        key = _hash("c", case.sanction, rule.id, measure, reach.subject)
        digest = _hash("", rule.id, rule.version, measure, ids)
        confirmation = case.confirmations.get(key) if confirmable else None
        if confirmation is not None and confirmation.digest != digest:
            confirmation = None
        open_points = missing
        if needs_human and confirmation is None:
            open_points = (*missing, CONFIRM)
        timeline = _timeline(bool(open_points), confirmation, reach.since, end)
        yield Consequence(
            key=key,
            sanction=case.sanction,
            subject=reach.subject,
            rule=rule.id,
            rule_version=rule.version,
            measure=measure,
            automaticity=rule.automaticity,
            timeline=timeline,
            evidence=facts,
            basis=basis,
            missing=open_points,
            reading=reach.reading,
            digest=digest,
        )


def _timeline(
    pending: bool, confirmation: Confirmation | None, since: date | None, end: date | None
) -> tuple[Interval, ...]:
    ended = (Interval("ended", end, None),) if end is not None else ()
    if confirmation is None:
        return (Interval("candidate" if pending else "active", since, end), *ended)
    day = max(confirmation.on, since) if since else confirmation.on
    if end is not None and day >= end:
        return (Interval("candidate", since, end), *ended)
    before = () if since is not None and day <= since else (Interval("candidate", since, day),)
    if confirmation.decision != "confirmed":
        return (*before, Interval("ended", day, None))
    return (*before, Interval("active", day, end), *ended)


def _end(rule: Rule, imposed: FactRow, decided: date | None, covered_until: date | None, listed: bool) -> date | None:
    """The first day on which the measure no longer holds; None: open, or unknown.

    A term of years is the law's, and the validity that a penalty states does not shorten it; but no measure that
    rests on a list outlives the entry. What ends by a decision ends for one person when he alone is released.
    """
    if rule.duration.years is not None:
        term = end_of_term(decided, rule.duration.years) if decided else None
        return _earlier(term, imposed.until if listed else None)
    if rule.duration.life:
        return None
    return _earlier(imposed.until, covered_until)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


def _hash(prefix: str, *parts: str) -> str:
    text = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
    return f"{prefix}-{text}" if prefix else text
