"""What a rule asks of the decision itself: against whom, by which law, about what, in which circumstances."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from graph_model.derivation.decision import Decision, Trial
from graph_model.facts import FactRow, WhetherHeld
from graph_model.list_terms import term_over
from graph_model.rules import Basis, Rule
from graph_model.rules.model import ListAbout
from graph_model.sentences import say

_AGAINST = {"person": "a person", "entity": "a unit", "branch": "a branch", "any": "anybody"}


class Law(NamedTuple):
    """The articles in force on the day that the rule's text names, their own first day, and how dates were read."""

    basis: tuple[Basis, ...]
    began: date | None = None
    reading: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """What is not known, so that another wording may apply."""
    unknown: tuple[str, ...] = ()
    """Why it cannot be told: there was an article on that day, and the pack has not its wording."""


class Lacking(NamedTuple):
    """What the decision does not say and the rule asks for, and how its silence was read."""

    missing: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()


_NOTHING = Lacking()


def fits_subject(t: Trial) -> bool:
    """Whether the decision is against such a party as the rule asks for."""
    d, wanted = t.decision, t.rule.trigger.subject
    kind = "person" if d.is_person else "entity"
    fits = wanted in ("any", kind) or (wanted == "branch" and d.is_branch)
    if t.steps is not None:
        t.step(None, "subject", fits, say("against", whom=_AGAINST[kind], asked=_AGAINST[wanted]))
    return fits


def law_of(d: Decision, rule: Rule) -> Law:
    """By which articles, if any?"""
    reading = d.reading
    day = d.law_day
    if rule.law_day == "act":
        if d.acted is not None:
            return Law(rule.basis_on(d.acted, d.place), None, reading)
        reading = (*reading, say("act_not_stated"))
    if day is None:
        here = rule.jurisdiction is None or rule.jurisdiction.holds(d.place)
        basis = tuple(b for b in rule.legal_basis if here and (b.area is None or b.area.holds(d.place)))
        return Law(basis, None, (say("law_in_force_unknown"),))
    if d.decided is None:
        reading = (say("law_of_source_day", day=day),)
    basis = rule.basis_on(day, d.place)
    if basis or rule.law_day != "standing":
        return Law(basis, None, reading)
    # A state that bars as long as it lasts: the law that comes into force in the meantime takes hold of it.
    later = sorted(b.since for b in rule.legal_basis if b.since is not None and b.since > day)
    for begin in later:
        if d.imposed.until is not None and begin >= d.imposed.until:
            break
        if basis := rule.basis_on(begin, d.place):
            state = "law_came_entry" if d.props.get("kind") == "list_entry" else "law_came_state"
            return Law(basis, begin, (*reading, say(state, day=begin)))
    return Law((), None, reading)


class Wordings:
    """All wordings of one rule: which of them the pack has, and of which days it has none."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.applied = [r for r in rules if r.enabled]
        self.unconfirmed = [r for r in rules if not r.enabled]
        days = [(_begins(r, b), r, b) for r in self.applied for b in r.legal_basis]
        known = [(day, r, b) for day, r, b in days if day is not None]
        self.begin: date | None = None
        self.eldest: Rule | None = None
        if days and len(known) == len(days):
            self.begin, self.eldest, basis = min(known, key=lambda k: k[0])
            new = basis.first or any(b.first for day, _, b in known if day == self.begin)
            if new or basis.level not in _OFTEN_AMENDED:
                self.begin = None

    def lacking(self, d: Decision, rule: Rule) -> str | None:
        """Why the pack cannot tell what the rule said on the day that counts; None: it said nothing on that day.

        Told once, by the wording that is next: the eldest, or the one before a wording that nobody confirmed.
        """
        day = d.acted if rule.law_day == "act" and d.acted is not None else d.law_day
        if self.begin is None and not self.unconfirmed:
            return None
        if day is None or rule.effect == "incentive" or (rule.jurisdiction and not rule.jurisdiction.holds(d.place)):
            return None
        if self.begin is not None and rule is self.eldest and day < self.begin:
            return say("no_wording_before", day=self.begin)
        for other in self.unconfirmed:
            if other.in_force.since is not None and other.basis_on(day, d.place) and rule is self.applied[-1]:
                return say("wording_unconfirmed", day=other.in_force.since)
        return None


_OFTEN_AMENDED = ("law", "regulation", "interpretation")
"""Levels of which an earlier wording is taken to have been, unless the register says that there was none."""


def _begins(rule: Rule, basis: Basis) -> date | None:
    days = [day for day in (rule.in_force.since, basis.since) if day is not None]
    return max(days, default=None)


def is_in_force(t: Trial, basis: tuple[Basis, ...]) -> bool:
    """Whether there is an article at all."""
    if t.steps is not None:
        t.step(None, "law", bool(basis), _law_text(t.decision, t.rule, basis), (t.decision.imposed,))
    return bool(basis)


def _law_text(d: Decision, rule: Rule, basis: tuple[Basis, ...]) -> str:
    if basis:
        return say("law_in_force", law="; ".join(f"{b.document} {b.article or ''}".strip() for b in basis))
    if rule.jurisdiction and not rule.jurisdiction.holds(d.place):
        return say("other_area", area=rule.jurisdiction.name, place=d.place or "a place not stated")
    day = d.acted if rule.law_day == "act" and d.acted else d.law_day
    return say("no_article", day=day)


def lacking(t: Trial) -> Lacking | None:
    """What the decision does not say of its sector and circumstances; None: what it says rules the rule out."""
    sector, circumstances = _sector(t), _circumstances(t)
    if sector is None or circumstances is None:
        return None
    missing = t.decision.missing + sector + circumstances.missing
    return Lacking(missing, circumstances.reading) if missing or circumstances.reading else _NOTHING


def _sector(t: Trial) -> tuple[str, ...] | None:
    """What is missing to know that the decision is of the rule's sector; None: it is of another one."""
    rule, tree = t.rule, t.pack.codes.sectors
    if not rule.sectors:
        return ()
    about = t.pack.codes.triggers.get(t.code)
    known = {*(t.decision.props.get("sectors") or ()), *(about.sectors if about else ())}
    names = "、".join(tree[s].zh for s in rule.sectors)
    if not known:
        t.step(None, "sector", False, say("sector_not_stated", sectors=names))
        return (say("sector", sectors=names),)
    for sector in list(known):
        while sector in tree and (parent := tree[sector].parent) is not None:
            known.add(parent)
            sector = parent
    fits = not known.isdisjoint(rule.sectors)
    text = say("sector_of", known="、".join(tree[s].zh if s in tree else s for s in sorted(known)), sectors=names)
    return () if t.step(None, "sector", fits, text) else None


def _circumstances(t: Trial) -> Lacking | None:
    """Circumstances that the rule asks for: not stated, they are missing; known not to be there, they end it.

    Those that spare (`unless`) end it when they are stated; while nothing is said of one, it is read as not there.
    """
    d, trigger, names = t.decision, t.rule.trigger, t.pack.codes.circumstances
    if not (trigger.requires or trigger.unless):
        return _NOTHING
    missing: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    fits = True
    for code in trigger.requires:
        about = {"circumstance": names[code].zh, "id": code}
        if t.step(None, "circumstance", code in d.circumstances, say("states_circumstance", **about), (d.imposed,)):
            continue
        if code in d.denied:
            fits = t.step(None, "circumstance", False, say("denies_circumstance", **about), (d.imposed,))
        missing += (say("circumstance", **about),)
    for code in trigger.unless:
        about = {"circumstance": names[code].zh, "id": code}
        text = say("states_not_sparing", **about)
        if not t.step(None, "circumstance", code not in d.circumstances, text, (d.imposed,)):
            fits = False
        elif code not in d.denied:
            reading += (say("spares_not_stated", **about),)
    return Lacking(missing, reading) if fits else None


def is_clean(t: Trial) -> bool:
    """Whether no adverse record is known of the years that an incentive asks about (连续三年无不良信用记录)."""
    clean = t.decision.case.clean
    if t.rule.clean_years is None or clean is None:
        return True
    begin = years_before(clean.day, t.rule.clean_years)
    lists = t.pack.list_of
    bad = tuple(f for f in clean.adverse if fell_within(f, begin, clean.day, lists) is WhetherHeld.YES)
    return t.step(t.decision.on, "clean", not bad, say("no_adverse", begin=begin, day=clean.day), bad)


def years_before(day: date, years: int) -> date:
    """The same day, years ago."""
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)


def fell_within(fact: FactRow, begin: date, day: date, lists: Mapping[str, ListAbout]) -> WhetherHeld:
    """Whether an adverse record was made, or still held, in a time; one without dates counts.

    A promise is adverse from the day on which it was found to be broken or false; while an objection to that is verified, it
    is not known. Of a list entry that was made before, and of
    which the term was over before, without a removal, it is not known whether it still held.
    """
    if fact.type == "HOLDS":
        made = fact.props.get("state_on")
        counts = WhetherHeld.UNKNOWN if fact.props.get("disputed") else WhetherHeld.YES
        return counts if made is None or begin <= made <= day else WhetherHeld.NO
    made = fact.props.get("decided_on") or fact.since
    if made is None or begin <= made <= day:
        return WhetherHeld.YES
    if made > day or (fact.until is not None and fact.until <= begin):
        return WhetherHeld.NO
    over = term_over(fact, lists)
    return WhetherHeld.UNKNOWN if over is not None and over.day <= begin else WhetherHeld.YES
