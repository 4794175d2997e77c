"""What follows for one subject: each measure of the rule, its term, what humans decided, its status over time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from graph_model.derivation.case import Consequence, consequence_key, hashed
from graph_model.derivation.conditions import fell_within, years_before
from graph_model.derivation.decision import Trial
from graph_model.derivation.reach import ADVISORY, NEEDS, Reach, earlier
from graph_model.events import Closing, Effects, Event, Window
from graph_model.facts import WhetherHeld
from graph_model.list_terms import TermOver, term_over
from graph_model.rules import Term
from graph_model.sentences import say
from graph_model.timeline import Decided, Interval, build, closing_end, doubted, end_of_term

CONFIRM = say("confirmation")

NOT_SUSPENDED = ("penalty", "civil", "publicity")
"""Groups of measures that an objection does not suspend: the penalty itself, liability by judgment, publication."""

_FINE = Term(until="decision")
_DECIDING = ("confirmation", "lifting", "term")


class End(NamedTuple):
    """First day on which a measure no longer holds (None: open or unknown), why, and how dates were read."""

    day: date | None = None
    why: str = ""
    reading: tuple[str, ...] = ()


_OPEN = End()


class Handled(NamedTuple):
    """What people did to the facts of a consequence: the end of an item, and times in which one is suspended."""

    closing: Closing | None
    windows: tuple[Window, ...]


_UNTOUCHED = Handled(None, ())


class Begin(NamedTuple):
    """The status as long as no human decides, why, and what was decided by the facts and by humans since."""

    status: str
    why: str
    decided: list[Decided]


def consequences(t: Trial, reach: Reach, done: Mapping[str, Effects]) -> Iterator[Consequence]:
    """Each measure of the rule for one subject, in its whole course."""
    d, rule = t.decision, t.rule
    case = d.case
    subject = case.parties.get(reach.subject)
    natural = subject is None or subject.label == "Person"
    taken = natural and rule.automaticity != "record_only"
    needs_human = (taken or reach.to_be_seen) and rule.effect == "sanction" and rule.automaticity != "advisory"
    about = [e for e in case.events if e.kind in _DECIDING] if case.events else []
    handled = _handled(t, reach, done) if done else _UNTOUCHED
    missing = reach.missing + _lacking(t, reach)
    incomplete = _record_incomplete(t) + reach.unknown
    # In one order: which of two grounds is the stronger one says nothing of what was seen.
    said = "\x1f".join(sorted(f"{f.type}|{f.source}|{f.content}|{f.start_match}|{f.end_match}" for f in reach.facts))
    closed = closing_end(handled.closing)
    law_end = _end(t, reach, about)
    doubts = _doubts(t, reach, about)
    for measure in rule.measures:
        group = t.pack.codes.measures[measure].group
        # A fine is over with its own decision, however long the ban beside it lasts.
        end = _end(t, reach, about, _FINE) if group == "penalty" else law_end
        ends = [*closed, *_liftings(about, reach.subject, measure)] if about else closed
        over = _first(end, ends)
        if over is not None and reach.since is not None and over <= reach.since:
            t.step(reach.subject, "term", False, say("over_before", over=over, day=reach.since))
            continue
        key = consequence_key(case.sanction, rule.id, measure, reach.subject)
        digest = hashed("", rule.id, "" if rule.law_day == "standing" else rule.version, measure, said)
        lacking = missing + incomplete
        decided = _decisions(about, key, digest, confirmable=needs_human and not lacking, begun=reach.begun)
        begin = _begin(t, reach, open_points=bool(lacking) or needs_human, unknown=bool(incomplete), decided=decided)
        confirmed = any(x.status == "active" for x in begin.decided[-1:])
        timeline = build(
            begin.status,
            reach.since,
            end.day,
            why=begin.why,
            decided=begin.decided,
            windows=handled.windows if group not in NOT_SUSPENDED else (),
            ends=ends,
            ended_why=end.why,
        )
        timeline, doubt = _doubted(timeline, doubts) if doubts else (timeline, ())
        yield Consequence(
            key=key,
            sanction=case.sanction,
            subject=reach.subject,
            rule=rule.id,
            rule_version=rule.version,
            measure=measure,
            automaticity=rule.automaticity,
            timeline=timeline,
            evidence=reach.facts,
            basis=reach.basis,
            missing=lacking + ((CONFIRM,) if needs_human and not confirmed else ()) + doubt,
            reading=reach.reading + end.reading,
            digest=digest,
            retired=handled.closing is not None,
        )


# --- what is missing, and how it begins -------------------------------------------------------------------------


def _lacking(t: Trial, reach: Reach) -> tuple[str, ...]:
    """What this kind of rule lacks beside what the reach itself lacks."""
    if t.rule.automaticity == "advisory" and not reach.missing:
        return ADVISORY
    if t.rule.automaticity == "record_only" and any(f.by_name for f in reach.facts):
        return (say("found_by_name"),)
    return ()


def _record_incomplete(t: Trial) -> tuple[str, ...]:
    """For an incentive: whether all adverse records of its years are known at all."""
    clean = t.decision.case.clean
    if t.rule.clean_years is None or clean is None:
        return ()
    begin = years_before(clean.day, t.rule.clean_years)
    lists = t.pack.list_of
    untold = tuple(
        say("adverse_counts", why=f.props.get("disputed") or term_over(f, lists))
        for f in clean.adverse
        if fell_within(f, begin, clean.day, lists) is WhetherHeld.UNKNOWN
    )
    if clean.complete_since is not None and clean.complete_since <= begin:
        return untold
    return (say("adverse_complete", day=begin), *untold)


def _handled(t: Trial, reach: Reach, done: Mapping[str, Effects]) -> Handled:
    """What objections, repairs and withdrawals did to the decision, and to the facts of the stronger ground."""
    d = t.decision
    touched = [(done[f.statement], f.content) for f in reach.ground or reach.facts if f.statement in done]
    if d.case.sanction in done:
        touched.append((done[d.case.sanction], d.imposed.content))
    closings = [c for effect, content in touched if (c := effect.closing(content)) is not None]
    closing = min(closings, key=lambda c: c.day, default=None)
    return Handled(closing, tuple(w for effect, _ in touched for w in effect.suspended))


def _begin(t: Trial, reach: Reach, *, open_points: bool, unknown: bool, decided: list[Decided]) -> Begin:
    rule = t.rule
    if unknown and rule.automaticity != "advisory":
        return Begin("unknown", "", decided)
    if open_points or rule.automaticity == "advisory":
        return Begin("candidate", "", decided)
    if reach.begun and reach.since and reach.since < reach.begun:
        # Until the order or the finding was made, nothing was more than possible.
        first = Decided("active", reach.begun, say("by_rule_and_order", rule=rule.id), "")
        return Begin("candidate", "", [first, *decided])
    return Begin("active", say("by_rule", rule=rule.id), decided)


def _decisions(
    events: Sequence[Event], key: str, digest: str, *, confirmable: bool, begun: date | None
) -> list[Decided]:
    """What humans decided on this consequence and on just this evidence; other evidence, no decision.

    A refusal counts at once; a confirmation only when nothing else is missing, and from when nothing was.
    """
    out = []
    for event in events:
        if event.kind != "confirmation" or event.consequence != key or event.digest != digest:
            continue
        if event.stage == "refused":
            out.append(Decided("ended", event.day, say("refused"), event.id))
        elif confirmable:
            day = max(event.day, begun) if begun else event.day
            out.append(Decided("active", day, say("confirmed"), event.id))
    return out


# --- how it ends ------------------------------------------------------------------------------------------------


def _first(end: End, ends: Sequence[tuple[date, str, str]]) -> date | None:
    """The first day on which it is over, for whatever reason."""
    if not ends:
        return end.day
    first = min(day for day, *_ in ends)
    return min(first, end.day) if end.day else first


def _end(t: Trial, reach: Reach, about: Sequence[Event], other: Term | None = None) -> End:
    """When the measure is over by itself: after the rule's term, or after another one.

    A term of years is the law's, and the validity that a penalty states does not shorten it; but no measure that
    rests on a list outlives the entry, unless the law ends it by a lifting of its own. For one person it ends, whatever
    its term, when he alone is released or what was found of him is over. A term that was changed in time holds instead
    of the law's.
    """
    imposed, listed = t.decision.imposed, _listed(t)
    term = other or t.rule.duration.on(t.circumstances)
    reading: tuple[str, ...] = ()
    soft, hard = _OPEN, [End(reach.until, say("released"))] if reach.until else []
    if term.life:
        pass
    elif term.until == "decision":
        soft = End(earlier(imposed.until, reach.until), say("own_term_over"))
    elif term.until == "delisted":
        hard.insert(0, End(imposed.until, say("delisted_or_lifted")))
    elif term.until == "lifted":
        if not listed:
            hard.append(End(imposed.until, say("lifted")))
        elif imposed.until is not None and NEEDS["order"][1] in reach.missing:
            hard.append(End(imposed.until, say("delisted_no_order")))
        elif imposed.until is not None:
            reading = (say("removed_lifting", day=imposed.until),)
    else:
        counted = t.decision.decided if term.start == "decision" else t.decision.props.get("counted_from")
        if counted is None:
            reading = (say("term_begin_unknown"),)
        else:
            soft = End(end_of_term(counted, term.years or 0, term.months or 0), say("term_over"))
        if listed:
            hard.append(End(imposed.until, say("delisted")))
    if t.rule.law_day == "standing":  # the wording of the day asked about counts
        hard.append(End(t.rule.in_force.until, say("wording_gone")))
    # Of a wording that the pack has not, the term is not known either.
    first = _OPEN if reach.unknown else soft
    if about:
        first = _changed(first, about, reach.subject)
    for end in hard:
        if end.day is not None and (first.day is None or end.day < first.day):
            first = end
    return End(first.day, first.why if first.day else "", reading)


def _changed(soft: End, about: Sequence[Event], subject: str) -> End:
    """The end of a term after every change of it that was made in time."""
    for event in about:
        in_time = soft.day is None or event.day < soft.day
        if event.kind == "term" and event.subject in (None, subject) and in_time:
            soft = End(max(event.details["until"], event.day), say("term_changed", day=event.day))
    return soft


def _listed(t: Trial) -> bool:
    about = t.pack.codes.triggers.get(t.code)
    return about is not None and about.kind == "list_entry"


def _liftings(events: Sequence[Event], subject: str, measure: str) -> list[tuple[date, str, str]]:
    return [
        (e.day, say("lifted"), e.id)
        for e in events
        if e.kind == "lifting" and e.subject in (None, subject) and e.details.get("measure") in (None, measure)
    ]


class StandingDoubt(NamedTuple):
    """From which day it is not known whether the decision still stands, why, and what no more is than that."""

    day: date
    why: str
    status: str


def _doubts(t: Trial, reach: Reach, about: Sequence[Event]) -> list[StandingDoubt]:
    """From which days is it not known whether the decision still stands?

    A newer list no longer has the entry, or sources contradict each other on its end: nothing is more than possible then.
    The term of the list is over, and no removal is known: then what rests on the entry cannot be told.
    """
    d = t.decision
    doubts = [StandingDoubt(*d.in_doubt, "candidate")] if d.in_doubt else []
    gone = d.imposed.absent_since
    if gone is not None and d.imposed.until is None and _listed(t):
        why = say("entry_gone", day=gone)
        doubts.append(StandingDoubt(gone, why, "candidate"))
    if over := _term_over(t, reach):
        prolonged = (e.details["until"] for e in about if e.kind == "term" and e.subject in (None, reach.subject))
        doubts.append(StandingDoubt(max(over.day, *prolonged, date.min), say("entry_stands", why=over), "unknown"))
    return doubts


def _doubted(
    timeline: tuple[Interval, ...], doubts: Sequence[StandingDoubt]
) -> tuple[tuple[Interval, ...], tuple[str, ...]]:
    """The course of a measure with these doubts, and those that begin before it is over."""
    lacking: tuple[str, ...] = ()
    for day, text, status in doubts:
        if timeline[-1].status != "ended" or timeline[-1].since is None or timeline[-1].since > day:
            timeline, lacking = doubted(timeline, day, text, status), (*lacking, text)
    return timeline, lacking


def _term_over(t: Trial, reach: Reach) -> TermOver | None:
    """When the term of the list was over, for what ends with the entry; a measure that is ordered ends by its own lifting."""
    if t.code not in t.pack.list_of:
        return None
    if t.rule.duration.on(t.circumstances).until == "lifted" and NEEDS["order"][1] not in reach.missing:
        return None
    return term_over(t.decision.imposed, {t.code: t.pack.list_of[t.code]})
