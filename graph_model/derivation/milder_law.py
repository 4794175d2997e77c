"""Which wording of a penalty applies when the law changed (从旧兼从轻): that of the act, unless the later one is milder.

行政处罚法 第37条: the law of the day of the act applies; but where it was changed or repealed by the day of the decision and
the new one punishes less, or not at all, the new one does. The milder wording is the one that takes fewer rights for a
shorter time; two that cannot be compared are both named, and the consequence stays a candidate.
"""

from collections.abc import Sequence
from datetime import date
from math import inf
from typing import Literal

from graph_model.derivation.conditions import Law, law_of, years_before
from graph_model.derivation.decision import Trial
from graph_model.rules import Basis, Rule
from graph_model.sentences import say


def milder_law(t: Trial, versions: Sequence[Rule]) -> Law:
    """The articles by which this wording applies, if it is the one; else none.

    Args:
        versions: all applied wordings of the rule.
    """
    d, rule = t.decision, t.rule
    day = d.law_day
    versions = [v for v in versions if t.code in t.pack.triggered_by(v)]
    if day is None:
        return law_of(d, rule)
    if d.acted is None:
        return _day_unknown(t, versions, day)
    old = next((v for v in versions if v.basis_on(d.acted, d.place)), None)
    new = next((v for v in versions if v.basis_on(day, d.place)), None)
    if old is None or old is new or rule not in (old, new):
        return law_of(d, rule)  # no change of wording, or not one of the two
    basis = old.basis_on(d.acted, d.place)
    if new is None:
        if rule.in_force.until is None:
            return Law(basis, None, d.reading)
        text = say("whether_milder_law", day=rule.in_force.until)
        return Law(basis, None, d.reading, missing=(text,))
    other = new.basis_on(day, d.place)
    match _compared(t, old, new):
        case "milder":
            reading = say("milder_applies", law=_named(basis))
            return Law(other, None, (*d.reading, reading)) if rule is new else Law(())
        case "unclear" if rule is old:
            text = say("which_law_milder", one=_named(basis), other=_named(other))
            return Law(basis, None, d.reading, missing=(text,))
        case _ if rule is old:
            reading = say("law_of_act_applies", law=_named(other))
            return Law(basis, None, (*d.reading, reading))
    return Law(())


def _day_unknown(t: Trial, versions: Sequence[Rule], day: date) -> Law:
    """The act may lie under an earlier wording: then both are named."""
    d, rule = t.decision, t.rule
    begin = years_before(day, rule.act_years)
    possible = [v for v in versions if any(v.basis_on(at, d.place) for at in (begin, *_changes(v, begin, day), day))]
    standing = next((v for v in possible if v.basis_on(day, d.place)), None) or (possible[-1] if possible else None)
    if rule is not standing:
        return Law(())
    law = law_of(d, rule)
    basis = law.basis or next(b for at in (*_changes(rule, begin, day), begin) if (b := rule.basis_on(at, d.place)))
    others = [v for v in possible if v is not rule]
    missing: tuple[str, ...] = ()
    if others:
        older = "、".join(_named(v.basis_on(at, d.place)) for v in others for at in [_last_day(v, begin, day)])
        missing = (say("act_under_which_law", one=older, other=_named(basis)),)
    elif not rule.basis_on(begin, d.place):
        first = min((at for at in _changes(rule, begin, day)), default=day)
        missing = (say("act_before_law", day=first, law=_named(basis)),)
    return Law(basis, None, law.reading, missing=missing)


def _changes(rule: Rule, begin: date, day: date) -> list[date]:
    """The days between two at which an article of the rule comes into force."""
    days = {rule.in_force.since, *(b.since for b in rule.legal_basis)}
    return sorted(at for at in days if at is not None and begin < at <= day)


def _last_day(rule: Rule, begin: date, day: date) -> date:
    """A day of a time on which a wording is in force, the last of those on which it changes."""
    return max(_changes(rule, begin, day), default=begin)


def _compared(t: Trial, old: Rule, new: Rule) -> Literal["milder", "not", "unclear"]:
    """Whether the new wording is milder than the old one, in this case."""
    before, after = _length(t, old), _length(t, new)
    more, less = set(new.measures) - set(old.measures), set(old.measures) - set(new.measures)
    if before is None or after is None:
        same = old.duration.on(t.circumstances) == new.duration.on(t.circumstances)
        shorter, longer = (False, False) if same else (True, True)
    else:
        shorter, longer = after < before, after > before
    if (more or longer) and (less or shorter):
        return "unclear"
    return "milder" if less or shorter else "not"


def _length(t: Trial, rule: Rule) -> float | None:
    """The term in months; None: one that the decision sets or that hangs on an event."""
    term = rule.duration.on(t.circumstances)
    if term.life:
        return inf
    return None if term.until else 12 * (term.years or 0) + (term.months or 0)


def _named(basis: Sequence[Basis]) -> str:
    return "; ".join(f"{b.document} {b.article or ''}".strip() for b in basis)
