"""Whom a rule reaches: the sanctioned one himself, holders of posts at his unit, whom a document finds responsible."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from graph_model.derivation.conditions import years_before
from graph_model.derivation.decision import Trial
from graph_model.events import Effects
from graph_model.facts import FactRow, WhetherHeld, held_on
from graph_model.rules import Basis
from graph_model.schema import ROLE_TYPES
from graph_model.sentences import say

NEEDS = {
    "fault_gated": (("finding", "named"), say("finding")),
    "named": (("named",), say("named")),
    "order": (("ordered",), say("order")),
    "discretionary": (("ordered",), say("discretion")),
}
ACT_DAY = say("day_of_act")
ADVISORY = (say("advisory"),)
_SUB_ROLES = {"DSS": ("DIR", "SUP", "SM")}


class Reach(NamedTuple):
    """One subject reached by a rule: through which facts, and what is not certain."""

    subject: str
    facts: tuple[FactRow, ...]
    since: date | None
    missing: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    until: date | None = None
    """From this day the finding, the order or the decision no longer covers him."""
    begun: date | None = None
    """First day of the finding, the order or the decision that the rule asks for."""
    ground: tuple[FactRow, ...] = ()
    """The facts of the stronger ground, when there are two."""
    unknown: tuple[str, ...] = ()
    """Why it cannot be told whether anything follows at all: the pack has no wording of that day."""
    to_be_seen: bool = False
    """A human has to see it first: by a judgement that two entries are one person, or by an age that is not certain."""
    basis: tuple[Basis, ...] = ()
    """The articles, where they are those of another day than the decision's (second hop)."""


class Placed(NamedTuple):
    """That a post was held when the rule means it: since when it counts, what is not certain, how dates were read."""

    since: date | None
    missing: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()


class Need(NamedTuple):
    """What the rule asks for beside the post: what of it is not recorded, and the last and first day of what is."""

    missing: tuple[str, ...] = ()
    until: date | None = None
    begun: date | None = None


_NO_NEED, _ADVISORY_NEED = Need(), Need(ADVISORY)


def reached(t: Trial) -> Iterator[Reach]:
    """Everybody whom the rule reaches from the decision, each ground by itself; candidates too."""
    d = t.decision
    for role in t.rule.reach:
        if role == "PARENT":
            yield from _parent(t)
        elif role in ("SELF", "SELF_ENTITY"):
            if d.is_person == (role == "SELF"):
                need = need_of(t, d.on, d.decided)
                facts = (d.imposed, *d.case.about(d.on))
                yield Reach(d.on, facts, d.decided, need.missing, (), need.until, need.begun)
        elif not d.is_person:
            yield from _holders(t, role)
        if d.case.responsible:
            yield from _found(t, role)


def strongest(reaches: Iterable[Reach], done: Mapping[str, Effects]) -> list[Reach]:
    """One reach for each subject. Of two grounds the stronger one decides, the other stays in the evidence.

    The stronger one is, by these in turn: what nobody took back; what lacks least; what nobody disputes; what lasts
    longest; what began first; what comes first by the order of the rule's roles and of the facts.
    """
    best: dict[str, Reach] = {}
    for reach in reaches:
        other = best.get(reach.subject)
        if other is None:
            best[reach.subject] = reach
            continue
        strong, weak = (reach, other) if _weight(reach, done) < _weight(other, done) else (other, reach)
        known = {f.fact_id for f in strong.facts}
        extra = tuple(f for f in weak.facts if f.fact_id not in known)
        best[reach.subject] = strong._replace(facts=strong.facts + extra, ground=strong.ground or strong.facts)
    return list(best.values())


def _weight(reach: Reach, done: Mapping[str, Effects]) -> tuple[bool, int, bool, int, date]:
    """The lighter, the stronger."""
    touched = [(done[f.statement], f.content) for f in reach.facts if f.statement in done] if done else []
    taken_back = any(effect.closing(content) for effect, content in touched)
    disputed = any(e.suspended for e, _ in touched)
    return taken_back, len(reach.missing), disputed, -(reach.until or date.max).toordinal(), reach.since or date.min


def of_age(t: Trial, reaches: Iterable[Reach]) -> Iterator[Reach]:
    """Minors are not reached (湘乡 四(二)4(2)): who was not 18 on the day of the act, or else of the decision.

    In the year in which he comes of age, where no more is known than that, nobody can tell.
    """
    d = t.decision
    day = d.acted or d.decided
    for reach in reaches:
        party = d.case.parties.get(reach.subject)
        if party is None or day is None or (party.adult_on is None and party.adult_year is None):
            yield reach
        elif party.adult_on is None and party.adult_year == day.year:
            reading = say("came_of_age", year=day.year)
            yield reach._replace(reading=(*reach.reading, reading), to_be_seen=True)
        else:
            adult = day >= party.adult_on if party.adult_on else day.year > (party.adult_year or 0)
            if t.step(reach.subject, "adult", adult, say("of_age", day=day), reach.facts):
                yield reach


def need_of(t: Trial, subject: str, since: date | None) -> Need:
    """What the rule asks for beside the post, for a measure that begins on `since`."""
    d, rule = t.decision, t.rule
    if rule.automaticity == "advisory":
        return _ADVISORY_NEED
    need = NEEDS.get(rule.automaticity)
    # Whoever the decision is against is named and found by it; but being listed is no order yet, and what is left
    # to an authority needs its decision in any case.
    own = rule.automaticity in ("named", "fault_gated") or (
        rule.automaticity == "order" and d.imposed.props.get("kind") != "list_entry"
    )
    if need is None or (d.on == subject and own):
        return _NO_NEED
    kinds, text = need
    found = [
        fact
        for fact in d.case.about(subject)
        if fact.props.get("basis") in kinds
        and fact.trust == "official"
        and (fact.until is None or since is None or since < fact.until)
    ]
    if t.steps is not None:
        t.step(subject, "finding", bool(found), text, tuple(found))
    if not found:
        return Need((text,))
    begun = [fact.since for fact in found]
    first = None if None in begun else min(day for day in begun if day is not None)
    return Need((), last_day(found), first)


def hearsay(fact: FactRow, what: str) -> tuple[str, ...]:
    """A third party's word makes a candidate, never more."""
    if fact.trust == "official":
        return ()
    return (say("hearsay", what=what, trust=fact.trust.replace("_", "-"), source=fact.source),)


# --- each kind of ground --------------------------------------------------------------------------------------


def answers_as(t: Trial, fact: FactRow, role: str) -> bool:
    """Whether a document finds somebody responsible in this capacity, and he can have it.

    What is reached through a post or as a person alone is a natural person: a unit that a document finds so is passed
    over (直接责任人员、董事、股东等人员). A unit is reached by its own name, or as far as a judgment covers it.
    """
    capacity = fact.props.get("capacity")
    if capacity != role and capacity not in _SUB_ROLES.get(role, ()):
        return False
    party = t.decision.case.parties.get(fact.start)
    if party is None or party.label == "Person":
        return True
    fits = t.pack.codes.roles[role].holders != "person" and role not in ROLE_TYPES
    return t.step(fact.start, "finding", fits, say("unit_not_person", role=role), (fact,))


def _found(t: Trial, role: str) -> Iterator[Reach]:
    """Whom a document finds responsible in this capacity, as long as it says so."""
    d = t.decision
    for fact in d.case.responsible:
        if not answers_as(t, fact, role):
            continue
        need = need_of(t, fact.start, d.decided)
        if need.missing and t.rule.without_finding == "none":
            continue
        others = tuple(f for f in d.case.about(fact.start) if f is not fact)
        missing = need.missing + hearsay(fact, "responsibility")
        until = earlier(need.until, last_day([fact, *(f for f in others if answers_as(t, f, role))]))
        if until is not None and d.decided is not None and until <= d.decided:
            t.step(fact.start, "finding", False, say("finding_over", day=until), (fact,))
            continue
        yield Reach(fact.start, (d.imposed, fact, *others), d.decided, missing, (), until, need.begun)


def last_day(facts: Iterable[FactRow]) -> date | None:
    """The day on which the last of them is over; None: one of them has no end."""
    days = [fact.until for fact in facts]
    return None if None in days else max((day for day in days if day), default=None)


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two ends; one that is not known is no end."""
    return min(one, other) if one and other else one or other


def _parent(t: Trial) -> Iterator[Reach]:
    """The company behind a branch: the branch is no legal person (公司法 13)."""
    d = t.decision
    for fact in d.case.roles:
        if fact.type != "BRANCH_OF" or fact.start != d.on:
            continue
        if d.decided is None:
            yield Reach(fact.end, (fact, d.imposed), None)
            continue
        held, why = held_on(fact, d.decided)
        t.step(
            fact.end, "branch", held is not WhetherHeld.NO, say("branch_on", day=d.decided, why=why or held), (fact,)
        )
        if placed := _placed(fact, d.decided, "the decision", d.decided):
            missing = placed.missing + hearsay(fact, "branch")
            yield Reach(fact.end, (fact, d.imposed), placed.since, missing, placed.reading)


def _holders(t: Trial, role: str) -> Iterator[Reach]:
    """Holders of a post at the unit, at the moment that the rule means. Measures reach natural persons only."""
    d, types = t.decision, ROLE_TYPES.get(role, ())
    posts = [f for f in d.case.roles if f.type in types and f.end == d.on and d.case.is_person(f.start)]
    if not posts:
        return
    rivals = posts if len({f.source for f in posts}) > 1 else ()
    for fact in posts:
        placed = _at_time(t, fact)
        if t.steps is not None:
            t.step(fact.start, "post", placed is not None, _post_text(t, fact, placed), (fact,))
        if placed is not None and (reach := _holder(t, (fact,), placed, rivals)):
            yield reach
    for early, late in _two_terms(t, posts) if len(posts) > 1 else ():
        way = d.case.same_as(early.start).get(late.start, ())
        if reach := _holder(t, (late, early), Placed(d.decided), rivals):
            yield reach._replace(facts=reach.facts + way, to_be_seen=True) if way else reach


def _holder(t: Trial, terms: tuple[FactRow, ...], placed: Placed, rivals: Sequence[FactRow]) -> Reach | None:
    """One holder, by one statement of his post or by two that together say that he is meant.

    Args:
        rivals: all statements of such posts, where several sources speak of them.
    """
    d, who = t.decision, terms[0].start
    need = need_of(t, who, placed.since)
    if need.missing and t.rule.without_finding == "none":
        t.step(who, "finding", False, say("nobody_without", why=need.missing[0]))
        return None
    missing, facts = placed.missing, (*terms, d.imposed, *d.case.about(who))
    if rivals and (disputes := _disputes(t, terms, rivals)):
        missing += tuple(text for text, _ in disputes)
        facts += tuple(other for n, (_, other) in enumerate(disputes) if all(other is not o for _, o in disputes[:n]))
    for fact in terms:
        if fact.trust != "official":
            missing += hearsay(fact, "post")
    return Reach(who, facts, placed.since, missing + need.missing, placed.reading, need.until, need.begun)


def _two_terms(t: Trial, posts: Sequence[FactRow]) -> Iterator[tuple[FactRow, FactRow]]:
    """Two terms of office of one person, or two statements: by the one he held the post at the act, by the other at
    the decision. For a rule that names no moment that is one holder, also under two entries judged to be one person."""
    d = t.decision
    decided, acted = d.decided, d.acted
    if t.rule.role_time != "unspecified" or acted is None or decided is None:
        return
    official = [f for f in posts if f.trust == "official"]
    on_act = {f.fact_id for f in official if held_on(f, acted)[0] is WhetherHeld.YES}
    on_decision = {f.fact_id for f in official if held_on(f, decided)[0] is WhetherHeld.YES}
    for late in (f for f in official if f.fact_id in on_decision - on_act):
        same = d.case.same_as(late.start)
        for early in (f for f in official if f.fact_id in on_act - on_decision):
            if early.start == late.start or early.start in same:
                yield early, late


def _disputes(t: Trial, terms: Sequence[FactRow], posts: Sequence[FactRow]) -> list[tuple[str, FactRow]]:
    """What another official source says against these terms of office on the day that counts, and the statement.

    Two terms of one person contradict nobody: only a statement whose time overlaps, and which says no for that day.
    """
    d, time = t.decision, t.rule.role_time
    days = {"at_act": (d.acted,), "unspecified": (d.acted, d.decided)}.get(time, (d.decided,))
    out: list[tuple[str, FactRow]] = []
    for day in days:
        held = [f for f in terms if day is not None and held_on(f, day)[0] is WhetherHeld.YES]
        if day is None or not held:
            continue
        for other in posts:
            against = other.source not in {f.source for f in held} and other.trust == "official"
            if against and any(_same_post(f, other) for f in held) and held_on(other, day)[0] is WhetherHeld.NO:
                pair = "、".join((held[0].source, other.source))
                out.append((say("post_contradicted", day=day, sources=pair), other))
    return out


def _same_post(one: FactRow, other: FactRow) -> bool:
    """Whether two statements speak of one post, at times that overlap."""
    same = (one.type, one.start, one.end) == (other.type, other.start, other.end)
    after = one.since and other.until and one.since >= other.until
    before = other.since and one.until and other.since >= one.until
    return same and not after and not before


def _at_time(t: Trial, fact: FactRow) -> Placed | None:
    """How the holder is placed if he is the one that the rule means; None if he is not."""
    decided, acted, rule = t.decision.decided, t.decision.acted, t.rule
    if decided is None:
        return Placed(None, (say("post_held", post=fact.type),))
    if rule.role_time == "current" and fact.since is not None and fact.since > decided:
        # Whoever holds the post at the decision or takes it later; leaving it frees nobody by itself.
        return Placed(fact.since)
    if rule.role_time in ("current", "at_decision"):
        return _placed(fact, decided, "the decision", decided)
    if acted is None:
        return _in_window(t, fact, decided)
    if rule.role_time == "at_act":
        return _placed(fact, acted, "the act", decided)
    return _on_both(fact, acted, decided)


def _in_window(t: Trial, fact: FactRow, decided: date) -> Placed | None:
    """The day of the act is not stated: whoever held the post while it may lie is a candidate (行政处罚法 第36条)."""
    begin = years_before(decided, t.rule.act_years)
    if (fact.until is not None and fact.until <= begin) or (fact.since is not None and fact.since > decided):
        return None
    missing: tuple[str, ...] = ()
    held, why = held_on(fact, decided)
    if held is WhetherHeld.UNKNOWN:
        missing = (say("post_held_on", what="the decision", day=decided, why=why),)
    elif held is WhetherHeld.NO and t.rule.role_time == "unspecified":
        missing = (say("post_not_held", what="the decision", day=decided),)
    note = say("act_window", begin=begin, day=decided)
    return Placed(decided, (*missing, ACT_DAY), (note,))


def _placed(fact: FactRow, day: date, what: str, since: date) -> Placed | None:
    held, why = held_on(fact, day)
    if held is WhetherHeld.NO:
        return None
    if held is WhetherHeld.UNKNOWN:
        return Placed(since, (say("post_held_on", what=what, day=day, why=why),))
    return Placed(since)


def _on_both(fact: FactRow, acted: date, decided: date) -> Placed | None:
    """The article names no moment: who held the post on both days is meant, who held it on one is a candidate."""
    missing: tuple[str, ...] = ()
    outside = 0
    for day, what in ((acted, "the act"), (decided, "the decision")):
        held, why = held_on(fact, day)
        if held is WhetherHeld.NO:
            outside += 1
            missing += (say("post_not_held", what=what, day=day),)
        elif held is WhetherHeld.UNKNOWN:
            missing += (say("post_held_on", what=what, day=day, why=why),)
    return None if outside == 2 else Placed(decided, missing)


def _post_text(t: Trial, fact: FactRow, placed: Placed | None) -> str:
    d, time = t.decision, t.rule.role_time
    day = d.acted or d.decided if time == "at_act" else d.decided
    period = f"{fact.since or 'unknown'} → {fact.until or '…'}"
    if placed is None:
        return say("post_not_held_then", post=fact.type, period=period, day=day, time=time)
    if not placed.missing:
        return say("post_for_day", post=fact.type, period=period, day=day, time=time)
    why = "; ".join(placed.missing)
    return say("post_for_day_unsure", post=fact.type, period=period, day=day, time=time, why=why)
