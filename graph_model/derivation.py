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
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from graph_model.events import Effects, Event, effects, in_order
from graph_model.facts import FactRow, Holds, PartyRow, held_on
from graph_model.rules import ANY_SANCTION, Basis, Rule, RulePack, Term
from graph_model.schema import ROLE_TYPES
from graph_model.timeline import Decided, Interval, build, closing_end, doubted, end_of_term, status_on

CONFIRM = "confirmation by a human (个人信息保护法 第24条)"
_NEEDS = {
    "fault_gated": (("finding", "named"), "finding of personal responsibility (负有个人责任的认定)"),
    "named": (("named",), "the person named in the decision (决定中具名)"),
    "order": (("ordered",), "an order covering the person (及于本人的命令)"),
    "discretionary": (("ordered",), "the authority's decision about the subject (机关裁量决定)"),
}


NOT_SUSPENDED = ("penalty", "civil", "publicity")
"""Groups of measures that an objection does not suspend: the penalty itself, liability by judgment, publication."""


@dataclass(frozen=True, slots=True)
class Case:
    """All facts around one sanction, as believed at one clock position.

    `roles` are posts and shareholdings at the parties it is imposed on, and the companies of branches; `onward` are
    posts that its responsible persons and those post-holders have at other entities (for the few rules that reach
    further). `responsible` holds what documents and recorded findings say; `events` the rest of what people decided.
    """

    sanction: str
    imposed: tuple[FactRow, ...]
    responsible: tuple[FactRow, ...] = ()
    roles: tuple[FactRow, ...] = ()
    onward: tuple[FactRow, ...] = ()
    parties: dict[str, PartyRow] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    clean: "Clean | None" = None


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


def derive(cases: Iterable[Case], pack: RulePack, as_of: date | None = None) -> Iterator[Consequence]:
    """Which measures follow from the sanctions of `cases`?

    Args:
        as_of: only consequences that have begun by this day; None: all, with their dated status.

    Yields:
        consequences, in the order of cases and rules; one for each (sanction, rule, measure, subject).
    """
    engine = _Engine(pack)
    for case in cases:
        for consequence in engine.derive(_in_order(case)):
            if as_of is None or consequence.status_on(as_of) is not None:
                yield consequence


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a rule that was looked at, for one subject or for the decision as a whole."""

    rule: str
    subject: str | None
    condition: str
    holds: bool
    text: str
    facts: tuple[FactRow, ...] = ()


def trace(case: Case, pack: RulePack, rule: str) -> tuple[list[Consequence], list[Step]]:
    """Why does a rule reach whom it reaches, and nobody else? The conditions looked at, in order.

    Returns:
        the consequences of this rule from the case, and every condition with whether it holds.
    """
    engine = _Engine(pack, [])
    assert engine.steps is not None
    found = [c for c in engine.derive(_in_order(case), only=rule) if c.rule == rule]
    return found, engine.steps


class _Reach(NamedTuple):
    """One subject reached by a rule: through which facts, and what is not certain."""

    subject: str
    facts: tuple[FactRow, ...]
    since: date | None
    missing: tuple[str, ...]
    reading: tuple[str, ...]
    until: date | None = None  # from this day the finding, the order or the decision no longer covers him
    begun: date | None = None  # first day of the finding, the order or the decision that the rule asks for
    ground: tuple[FactRow, ...] = ()  # the facts of the stronger ground, when there are two


def _same_order(fact: FactRow) -> tuple[str, str, str, str]:
    return fact.type, fact.source, fact.content, fact.fact_id


def _in_order(case: Case) -> Case:
    """The same case with its facts in one order: digests, and so confirmations, must not depend on the gathering."""
    return replace(
        case,
        imposed=tuple(sorted(case.imposed, key=_same_order)),
        responsible=tuple(sorted(case.responsible, key=_same_order)),
        roles=tuple(sorted(case.roles, key=_same_order)),
        onward=tuple(sorted(case.onward, key=_same_order)),
        events=tuple(in_order(case.events)),
    )


def _weight(reach: _Reach, done: dict[str, Effects]) -> tuple[bool, int, bool, date]:
    """The lighter, the stronger: what nobody took back, what lacks least, what nobody disputes, what began first."""
    touched = [(done[f.statement], f.content) for f in reach.facts if f.statement in done] if done else []
    taken_back = any(effect.closing(content) for effect, content in touched)
    return taken_back, len(reach.missing), any(e.suspended for e, _ in touched), reach.since or date.min


@dataclass(frozen=True, slots=True)
class _Decision:
    """One believed statement of the sanction, and what every rule asks of it."""

    case: Case
    imposed: FactRow
    on: str
    is_person: bool
    is_branch: bool
    decided: date | None
    acted: date | None
    place: str
    circumstances: frozenset[str]
    missing: tuple[str, ...]
    reading: tuple[str, ...]

    @property
    def law_day(self) -> date | None:
        return self.decided or self.imposed.data_date


def _decision(case: Case, imposed: FactRow) -> _Decision:
    props = imposed.props
    on = imposed.start if imposed.type == "HOLDS" else imposed.end
    party = case.parties.get(on)
    decided: date | None = props.get("decided_on")
    reading: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    if decided is None and imposed.since is not None:
        decided = imposed.since
        reading = (f"day of the decision not stated: read as {decided}, the day from which the source dates it",)
    if decided is None:
        missing = ("day of the decision (决定日期)",)
    return _Decision(
        case=case,
        imposed=imposed,
        on=on,
        is_person=party is not None and party.label == "Person",
        is_branch=any(f.type == "BRANCH_OF" and f.start == on for f in case.roles),
        decided=decided,
        acted=props.get("act_on"),
        place=(props.get("jurisdiction") or "") + (props.get("authority") or ""),
        circumstances=frozenset(props.get("circumstances") or ()),
        missing=missing,
        reading=reading,
    )


class _Engine:
    """The rules, indexed by trigger; with `steps`, every condition that is looked at is written down."""

    def __init__(self, pack: RulePack, steps: list[Step] | None = None) -> None:
        self.pack, self.steps = pack, steps
        self.index: dict[str, list[Rule]] = {}
        self.versions: dict[str, list[Rule]] = {}
        for rule in pack.enabled:
            self.versions.setdefault(rule.id, []).append(rule)
            for code in sorted(pack.triggered_by(rule)):
                self.index.setdefault(code, []).append(rule)
        self.lists = frozenset(code for code, about in pack.codes.triggers.items() if about.kind == "list_entry")

    def step(
        self, rule: Rule, subject: str | None, condition: str, holds: bool, text: str, facts: tuple[FactRow, ...] = ()
    ) -> bool:
        """Notes a condition when somebody asked for them. Returns whether it holds."""
        if self.steps is not None:
            self.steps.append(Step(rule.id, subject, condition, holds, text, facts))
        return holds

    def derive(self, case: Case, only: str | None = None) -> Iterator[Consequence]:
        """The consequences of one case; `only`: of one rule, and its conditions are noted."""
        found: dict[str, Consequence] = {}
        done = effects(case.events) if case.events else {}
        rules = [r for r in self.pack.rules if r.id == only] if only else []
        for rule in rules:
            self.step(rule, None, "enabled", rule.enabled, rule.disabled or f"confidence grade {rule.confidence.grade}")
        for imposed in case.imposed:
            if imposed.trust != "official":  # a third party's list informs; it triggers nothing
                for rule in rules:
                    text = f"stated by a source that is {imposed.trust}: it triggers no measure"
                    self.step(rule, None, "trust", False, text, (imposed,))
                continue
            codes = tuple(imposed.props.get("codes") or ())
            # A list that the pack does not know (重点关注名单 and others) is no decision of any kind: it triggers nothing.
            unknown_list = imposed.props.get("kind") == "list_entry" and not codes
            for rule in rules:
                wanted = self.pack.triggered_by(rule)
                met = bool(wanted.intersection(codes)) or (ANY_SANCTION in wanted and not unknown_list)
                text = (
                    f"the decision has {', '.join(codes) or 'no code'}; the rule asks for {', '.join(sorted(wanted))}"
                )
                self.step(rule, None, "trigger", met, text, (imposed,))
            decision = None
            for code in () if unknown_list else (*codes, ANY_SANCTION):
                for rule in self.index.get(code, ()):
                    if only is not None and rule.id != only:
                        continue
                    if (rule.effect == "incentive") != (imposed.type == "HOLDS"):
                        continue
                    decision = decision or _decision(case, imposed)
                    for consequence in self._apply(decision, rule, code, done):
                        other = found.get(consequence.key)
                        if other is None or len(consequence.missing) < len(other.missing):
                            found[consequence.key] = consequence
        yield from found.values()

    # --- one rule, one decision -------------------------------------------------------------------------------

    def _apply(self, d: _Decision, rule: Rule, code: str, done: dict[str, Effects]) -> Iterator[Consequence]:
        wanted = rule.trigger.subject
        kind = "person" if d.is_person else "entity"
        fits = wanted in ("any", kind) or (wanted == "branch" and d.is_branch)
        if self.steps is not None:
            text = f"the decision is against {_AGAINST[kind]}; the rule asks for {_AGAINST[wanted]}"
            self.step(rule, None, "subject", fits, text)
        if not fits:
            return
        basis, began, more = self._law(d, rule)
        if rule.via is not None:
            # A unit that is registered afterwards is judged by the wording of that day (below), but no wording makes
            # a decision count that came before all of them.
            basis = tuple(b for version in self.versions[rule.id] for b in self._law(d, version)[0])
        if self.steps is not None:
            self.step(rule, None, "law", bool(basis), _law_text(d, rule, basis), (d.imposed,))
        if not basis:
            return
        sector = self._sector(d, rule, code)
        if sector is None:
            return
        if not self._clean(d, rule):
            return
        missing = (
            d.missing
            + sector
            + tuple(
                f"circumstance stated by the decision: {self.pack.codes.circumstances[c].zh} ({c})"
                for c in rule.trigger.requires
                if not self.step(
                    rule, None, "circumstance", c in d.circumstances, f"the decision states {c}", (d.imposed,)
                )
            )
        )
        merged: dict[str, _Reach] = {}
        for reach in self._reached(d, rule):
            if not self._adult(d, rule, reach):
                continue
            best = merged.get(reach.subject)
            if best is None:
                merged[reach.subject] = reach
            else:
                # The same person in two posts: the stronger ground decides, the other stays in the evidence.
                first = _weight(reach, done) < _weight(best, done)
                strong, weak = (reach, best) if first else (best, reach)
                extra = tuple(f for f in weak.facts if f not in strong.facts)
                merged[reach.subject] = strong._replace(
                    facts=strong.facts + extra, ground=strong.ground or strong.facts
                )
        for reach in merged.values():
            if rule.via is not None:
                basis = rule.basis_on(reach.since, d.place) if reach.since else ()
                text = f"in force on {reach.since}, when the later post began"
                if not self.step(rule, reach.subject, "law", bool(basis), text, reach.facts[-1:]):
                    continue
            since = reach.since if began is None or reach.since is None else max(reach.since, began)
            if rule.begins == "event":
                takes_effect: date | None = d.imposed.props.get("counted_from")
                if takes_effect is not None:  # until then it is no more than possible
                    reach = reach._replace(begun=max(reach.begun or takes_effect, takes_effect))
            if missing or more or since != reach.since:
                reach = reach._replace(since=since, missing=missing + reach.missing, reading=more + reach.reading)
            yield from self._consequences(d, rule, reach, basis, code, done)

    def _law(self, d: _Decision, rule: Rule) -> tuple[tuple[Basis, ...], date | None, tuple[str, ...]]:
        """(the articles in force on the day that the rule's text names, its own first day, how dates were read)"""
        reading = d.reading
        day = d.law_day
        if rule.law_day == "act":
            if d.acted is not None:
                return rule.basis_on(d.acted, d.place), None, reading
            reading = (*reading, "day of the act not stated: the law of the day of the decision is applied")
        if day is None:
            here = rule.jurisdiction is None or rule.jurisdiction.holds(d.place)
            basis = tuple(b for b in rule.legal_basis if here and (b.area is None or b.area.holds(d.place)))
            return basis, None, ("day of the decision not stated: whether the law was in force then is not known",)
        if d.decided is None:
            reading = (f"day of the decision not stated: the law of {day}, the day of the source, is shown",)
        basis = rule.basis_on(day, d.place)
        if basis or rule.law_day != "standing":
            return basis, None, reading
        # A state that bars as long as it lasts: the law that comes into force in the meantime takes hold of it.
        later = sorted(b.since for b in rule.legal_basis if b.since is not None and b.since > day)
        for begin in later:
            if d.imposed.until is not None and begin >= d.imposed.until:
                break
            if basis := rule.basis_on(begin, d.place):
                return basis, begin, (*reading, f"the law came into force on {begin}, while the entry stood")
        return (), None, reading

    def _sector(self, d: _Decision, rule: Rule, code: str) -> tuple[str, ...] | None:
        """What is missing to know that the decision is of the rule's sector; None: it is of another one."""
        if not rule.sectors:
            return ()
        about = self.pack.codes.triggers.get(code)
        known = {*(d.imposed.props.get("sectors") or ()), *(about.sectors if about else ())}
        names = "、".join(self.pack.codes.sectors[s].zh for s in rule.sectors)
        if not known:
            self.step(rule, None, "sector", False, f"the decision states no sector; the rule is about {names}")
            return (f"whether the decision is about {names} (领域)",)
        tree = self.pack.codes.sectors
        for sector in list(known):
            while sector in tree and (parent := tree[sector].parent) is not None:
                known.add(parent)
                sector = parent
        fits = not known.isdisjoint(rule.sectors)
        return (
            () if self.step(rule, None, "sector", fits, f"about {', '.join(sorted(known))}; asks for {names}") else None
        )

    def _clean(self, d: _Decision, rule: Rule) -> bool:
        """Whether no adverse record is known of the years that an incentive asks about (连续三年无不良信用记录)."""
        clean = d.case.clean
        if rule.clean_years is None or clean is None:
            return True
        begin = _years_before(clean.day, rule.clean_years)
        bad = [f for f in clean.adverse if _during(f, begin, clean.day)]
        text = f"no adverse record from {begin} to {clean.day}"
        return self.step(rule, d.on, "clean", not bad, text, tuple(bad))

    def _adult(self, d: _Decision, rule: Rule, reach: _Reach) -> bool:
        """Minors are not reached (湘乡 四(二)4(2)): who was not 18 on the day of the act, or else of the decision."""
        party = d.case.parties.get(reach.subject)
        day = d.acted or d.decided
        if party is None or party.adult_on is None or day is None:
            return True
        of_age = day >= party.adult_on
        if self.steps is not None:
            self.step(rule, reach.subject, "adult", of_age, f"of age on {day}", reach.facts)
        return of_age

    def _reached(self, d: _Decision, rule: Rule) -> Iterator[_Reach]:
        case, imposed = d.case, d.imposed
        if rule.via is not None:
            yield from self._after_event(d, rule)
            return
        for role in rule.reach:
            if role == "SELF":
                if d.is_person:
                    missing, until, begun = self._need(d, rule, d.on, d.decided)
                    yield _Reach(d.on, (imposed, *_about(case, d.on)), d.decided, missing, (), until, begun)
            elif role == "SELF_ENTITY":
                if not d.is_person:
                    missing, until, begun = self._need(d, rule, d.on, d.decided)
                    yield _Reach(d.on, (imposed, *_about(case, d.on)), d.decided, missing, (), until, begun)
            elif role == "PARENT":
                yield from self._parent(d, rule)
            elif not d.is_person:
                yield from self._holders(d, rule, role)
            for fact in case.responsible:
                if fact.props.get("capacity") == role or fact.props.get("capacity") in _SUB_ROLES.get(role, ()):
                    missing, until, begun = self._need(d, rule, fact.start, d.decided)
                    if missing and rule.without_finding == "none":
                        continue
                    others = tuple(f for f in _about(case, fact.start) if f is not fact)
                    missing += _hearsay(fact, "responsibility")
                    yield _Reach(fact.start, (imposed, fact, *others), d.decided, missing, (), until, begun)

    def _parent(self, d: _Decision, rule: Rule) -> Iterator[_Reach]:
        """The company behind a branch: the branch is no legal person (公司法 13)."""
        for fact in d.case.roles:
            if fact.type != "BRANCH_OF" or fact.start != d.on:
                continue
            if d.decided is None:
                yield _Reach(fact.end, (fact, d.imposed), None, (), ())
                continue
            held, why = held_on(fact, d.decided)
            self.step(
                rule, fact.end, "branch", held is not Holds.NO, f"its branch on {d.decided}: {why or held}", (fact,)
            )
            if placed := _placed(d.decided, held, why, "the decision", d.decided):
                yield _Reach(fact.end, (fact, d.imposed), placed[0], placed[1] + _hearsay(fact, "branch"), placed[2])

    def _holders(self, d: _Decision, rule: Rule, role: str) -> Iterator[_Reach]:
        """Holders of a post at the unit, at the moment that the rule means."""
        types = ROLE_TYPES.get(role, ())
        for fact in d.case.roles:
            if fact.type not in types or fact.end != d.on:
                continue
            holder = d.case.parties.get(fact.start)
            if holder is None or holder.label != "Person":
                continue  # measures "to the person" reach natural persons only
            placed = self._at_time(d, rule, fact)
            if self.steps is not None:
                self.step(rule, fact.start, "post", placed is not None, _post_text(d, rule, fact, placed), (fact,))
            if placed is None:
                continue
            since, unsure, reading = placed
            missing, until, begun = self._need(d, rule, fact.start, since)
            if missing and rule.without_finding == "none":
                self.step(rule, fact.start, "finding", False, f"{missing[0]}: without it nobody is even a candidate")
                continue
            unsure += _hearsay(fact, "post")
            facts = (fact, d.imposed, *_about(d.case, fact.start))
            yield _Reach(fact.start, facts, since, unsure + missing, reading, until, begun)

    def _at_time(
        self, d: _Decision, rule: Rule, fact: FactRow
    ) -> tuple[date | None, tuple[str, ...], tuple[str, ...]] | None:
        """(start, what is not certain, how dates were read) if the holder is the one that the rule means, else None."""
        decided, acted = d.decided, d.acted
        if decided is None:
            return None, (f"whether the post was held ({fact.type})",), ()
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

    def _need(
        self, d: _Decision, rule: Rule, subject: str, since: date | None
    ) -> tuple[tuple[str, ...], date | None, date | None]:
        """What the rule asks for beside the post and is not recorded, and the last and first day of what is."""
        if rule.automaticity == "advisory":
            return ("nothing: advisory, never applied by itself (仅提示)",), None, None
        need = _NEEDS.get(rule.automaticity)
        # Whoever the decision is against is named and found by it; but being listed is no order yet, and what is left
        # to an authority needs its decision in any case.
        own = rule.automaticity in ("named", "fault_gated") or (
            rule.automaticity == "order" and d.imposed.props.get("kind") != "list_entry"
        )
        if need is None or (d.on == subject and own):
            return (), None, None
        kinds, text = need
        found = [
            fact
            for fact in _about(d.case, subject)
            if fact.props.get("basis") in kinds
            and fact.trust == "official"
            and (fact.until is None or since is None or since < fact.until)
        ]
        if self.steps is not None:
            self.step(rule, subject, "finding", bool(found), text, tuple(found))
        if not found:
            return (text,), None, None
        known = [fact.until for fact in found if fact.until is not None]
        begun = [fact.since for fact in found]
        first = None if None in begun else min(day for day in begun if day is not None)
        return (), max(known) if len(known) == len(found) else None, first

    def _after_event(self, d: _Decision, rule: Rule) -> Iterator[_Reach]:
        """Units that responsible persons register or run after the event. The only second hop there is."""
        via = rule.via
        assert via is not None
        if d.decided is None:
            return
        named = {f.start for f in d.case.responsible if f.props.get("capacity") in via.roles}
        candidates: dict[str, FactRow] = {}
        types = {t for role in via.candidates for t in ROLE_TYPES.get(role, ())}
        for fact in d.case.roles:
            there = fact.type in types and fact.end == d.on and fact.start not in named
            if there and held_on(fact, d.decided)[0] is not Holds.NO:
                candidates[fact.start] = fact
        onward = {t for role in via.onward for t in ROLE_TYPES.get(role, ())}
        for fact in d.case.onward:
            who = fact.start
            if fact.type not in onward or fact.end == d.on or not (who in named or who in candidates):
                continue
            later = not _began_by(fact, d.decided)
            if not self.step(rule, fact.end, "after", later, f"the post began after {d.decided}", (fact,)):
                continue
            begins = fact.since or d.decided
            until = begun = None
            if who in named:
                facts: tuple[FactRow, ...] = (d.imposed, *_about(d.case, who))
                over = [f.until for f in facts[1:] if f.props.get("capacity") in via.roles]
                if all(day is not None and day <= begins for day in over):
                    self.step(
                        rule, fact.end, "finding", False, f"what was found of him was over on {begins}", facts[1:]
                    )
                    continue
                unsure, until, begun = self._need(d, rule, who, begins)
            else:
                facts = (d.imposed, candidates[who])
                unsure = ("finding that he is a directly responsible person (直接责任人员)",)
            unsure += _hearsay(fact, "later post")
            if fact.since is None:
                unsure += ("whether the post began after the event: start date unknown",)
            yield _Reach(fact.end, (*facts, fact), begins, unsure, (), until, begun)

    # --- the consequence ------------------------------------------------------------------------------------

    def _consequences(
        self,
        d: _Decision,
        rule: Rule,
        reach: _Reach,
        basis: tuple[Basis, ...],
        code: str,
        done: dict[str, Effects],
    ) -> Iterator[Consequence]:
        case, imposed = d.case, d.imposed
        subject = case.parties.get(reach.subject)
        natural = subject is None or subject.label == "Person"
        missing = reach.missing
        if rule.automaticity == "advisory" and not missing:
            missing = self._need(d, rule, "", None)[0]
        about = [e for e in case.events if e.kind in ("confirmation", "lifting", "term")]
        facts = reach.facts
        if rule.automaticity == "record_only" and any(f.by_name for f in facts):
            missing = (*missing, "identity: a party on the path was found by its name alone (仅按名称匹配)")
        clean = case.clean
        unknown = False
        if rule.clean_years is not None and clean is not None:
            begin = _years_before(clean.day, rule.clean_years)
            if clean.complete_since is None or clean.complete_since > begin:
                unknown = True
                missing = (*missing, f"whether all adverse records since {begin} are known (归集是否完整)")
        needs_human = natural and rule.effect == "sanction" and rule.automaticity not in ("record_only", "advisory")
        # In one order: which of two grounds is the stronger one says nothing of what was seen.
        said = "\x1f".join(sorted(f"{f.type}|{f.source}|{f.content}|{f.start_match}|{f.end_match}" for f in facts))
        touched = (
            [(done[f.statement], f.content) for f in reach.ground or reach.facts if f.statement in done] if done else []
        )
        if case.sanction in done:
            touched.append((done[case.sanction], imposed.content))
        closings = [c for effect, content in touched if (c := effect.closing(content)) is not None]
        closing = min(closings, key=lambda c: c.day, default=None)
        windows = tuple(w for effect, _ in touched for w in effect.suspended)
        for measure in rule.measures:
            group = self.pack.codes.measures[measure].group
            end, ended_why, unread = self._end(d, rule, reach, code, group, about)
            ends = [*closing_end(closing), *_liftings(about, reach.subject, measure)]
            over = min([day for day, *_ in ends] + ([end] if end else []), default=None)
            if over is not None and reach.since is not None and over <= reach.since:
                self.step(rule, reach.subject, "term", False, f"over on {over}, before it would begin on {reach.since}")
                continue
            key = consequence_key(case.sanction, rule.id, measure, reach.subject)
            digest = _hash("", rule.id, rule.version, measure, said)
            decisions = _decisions(about, key, digest, confirmable=needs_human and not missing, begun=reach.begun)
            pending, why = ("active", f"by {rule.id}") if not (missing or needs_human) else ("candidate", "")
            if rule.automaticity == "advisory":
                pending = "candidate"
            elif unknown:
                pending = "unknown"
            elif pending == "active" and reach.begun and reach.since and reach.since < reach.begun:
                # Until the order or the finding was made, nothing was more than possible.
                pending, why = "candidate", ""
                decisions = [Decided("active", reach.begun, f"by {rule.id}, as ordered or found", ""), *decisions]
            confirmed = any(x.status == "active" for x in decisions[-1:])
            open_points = (*missing, CONFIRM) if needs_human and not confirmed else missing
            timeline = build(
                pending,
                reach.since,
                end,
                why=why,
                decided=decisions,
                windows=windows if group not in NOT_SUSPENDED else (),
                ends=ends,
                ended_why=ended_why,
            )
            gone = d.imposed.absent_since
            if gone is not None and d.imposed.until is None and code in self.lists:
                gone_text = f"whether the entry still stands: the list of {gone} no longer has it (名单已无记载)"
                timeline, open_points = doubted(timeline, gone, gone_text), (*open_points, gone_text)
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
                reading=reach.reading + unread,
                digest=digest,
                retired=closing is not None,
            )

    def _end(
        self, d: _Decision, rule: Rule, reach: _Reach, code: str, group: int | str, about: list[Event]
    ) -> tuple[date | None, str, tuple[str, ...]]:
        """(first day on which the measure no longer holds; None: open or unknown, why, how dates were read)

        A term of years is the law's, and the validity that a penalty states does not shorten it; but no measure that
        rests on a list outlives the entry, unless the law ends it by a lifting of its own. What ends by a decision
        ends for one person when he alone is released. A term that was changed in time holds instead of the law's.
        """
        imposed, listed = d.imposed, code in self.lists
        # A fine is over with its own decision, however long the ban beside it lasts.
        term: Term = _FINE if group == "penalty" else rule.duration.on(d.circumstances | {code})
        removed = (imposed.until, "removed from the list (移出名单)") if listed else (None, "")
        unread: tuple[str, ...] = ()
        soft: tuple[date | None, str] = (None, "")
        hard: list[tuple[date | None, str]] = []
        if term.life:
            pass
        elif term.until == "decision":
            soft = _earlier(imposed.until, reach.until), "the decision's own term is over, or it covers him no more"
        elif term.until == "delisted":
            hard = [(imposed.until, "removed from the list, or lifted (移出、解除)"), (reach.until, "released (解除)")]
        elif term.until == "lifted":
            hard = [(reach.until, "released (解除)")]
            if not listed:
                hard.append((imposed.until, "lifted (解除)"))
            elif imposed.until is not None:
                unread = (f"removed from the list on {imposed.until}: the measure ends by a lifting of its own",)
        else:
            counted = d.decided if term.start == "decision" else imposed.props.get("counted_from")
            if counted is None:
                unread = ("the day from which the term runs (起算日) is not stated: its end is not known",)
            else:
                soft = end_of_term(counted, term.years or 0, term.months or 0), "term over (期满)"
            hard = [removed]
        for event in about:
            in_time = soft[0] is None or event.day < soft[0]
            if event.kind == "term" and event.subject in (None, reach.subject) and in_time:
                soft = max(event.details["until"], event.day), f"term changed on {event.day} (调整期限)"
        known = [(day, why) for day, why in (soft, *hard) if day is not None]
        end, why = min(known, key=lambda pair: pair[0], default=(None, ""))
        return end, why, unread


_FINE = Term(until="decision")
_AGAINST = {"person": "a person", "entity": "a unit", "branch": "a branch", "any": "anybody"}
_SUB_ROLES = {"DSS": ("DIR", "SUP", "SM")}


def _law_text(d: _Decision, rule: Rule, basis: tuple[Basis, ...]) -> str:
    if basis:
        return "in force on that day: " + "; ".join(f"{b.document} {b.article or ''}".strip() for b in basis)
    if rule.jurisdiction and not rule.jurisdiction.holds(d.place):
        return f"holds only in {rule.jurisdiction.name}; the decision is from {d.place or 'a place not stated'}"
    day = d.acted if rule.law_day == "act" and d.acted else d.law_day
    return f"no article of the rule was in force on {day}"


def _post_text(d: _Decision, rule: Rule, fact: FactRow, placed: object) -> str:
    day = {"at_act": d.acted or d.decided, "current": d.decided}.get(rule.role_time, d.decided)
    period = f"{fact.since or 'unknown'} → {fact.until or '…'}"
    if placed is None:
        return f"{fact.type} {period} was not held on {day} ({rule.role_time})"
    unsure = placed[1] if isinstance(placed, tuple) else ()
    return f"{fact.type} {period} for {day} ({rule.role_time})" + (
        f"; not certain: {'; '.join(unsure)}" if unsure else ""
    )


def _decisions(events: list[Event], key: str, digest: str, *, confirmable: bool, begun: date | None) -> list[Decided]:
    """What humans decided on this consequence and on just this evidence; other evidence, no decision.

    A refusal counts at once; a confirmation only when nothing else is missing, and from when nothing was.
    """
    out = []
    for event in events:
        if event.kind != "confirmation" or event.consequence != key or event.digest != digest:
            continue
        if event.stage == "refused":
            out.append(Decided("ended", event.day, "refused by a human (不予确认)", event.id))
        elif confirmable:
            day = max(event.day, begun) if begun else event.day
            out.append(Decided("active", day, "confirmed by a human (人工确认)", event.id))
    return out


def _liftings(events: list[Event], subject: str, measure: str) -> list[tuple[date, str, str]]:
    return [
        (e.day, "lifted (解除)", e.id)
        for e in events
        if e.kind == "lifting" and e.subject in (None, subject) and e.details.get("measure") in (None, measure)
    ]


def _about(case: Case, person: str) -> tuple[FactRow, ...]:
    """What documents say of this person's part in the sanction."""
    return tuple(f for f in case.responsible if f.start == person)


def _hearsay(fact: FactRow, what: str) -> tuple[str, ...]:
    """A third party's word makes a candidate, never more."""
    if fact.trust == "official":
        return ()
    return (f"the {what} is stated only by a {fact.trust.replace('_', '-')} source ({fact.source})",)


def _placed(
    start: date, held: Holds, why: str | None, what: str, day: date
) -> tuple[date | None, tuple[str, ...], tuple[str, ...]] | None:
    if held is Holds.NO:
        return None
    if held is Holds.UNKNOWN:
        return start, (f"whether the post was held on the day of {what} ({day}): {why}",), ()
    return start, (), ()


def _years_before(day: date, years: int) -> date:
    if day.year <= years:
        return date.min
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)


def _during(fact: FactRow, begin: date, day: date) -> bool:
    """Whether an adverse record was made, or still held, in a time; one without dates counts."""
    made = fact.props.get("decided_on") or fact.since
    held = fact.until is None or fact.until > begin
    return made is None or (made <= day and (made >= begin or held))


def _began_by(fact: FactRow, day: date) -> bool:
    """Whether the post certainly began on or before `day`, even if its first day is unknown."""
    if fact.since is not None:
        return fact.since <= day
    seen = fact.data_date is not None and fact.data_date <= day
    return seen or (fact.until is not None and fact.until <= day + timedelta(days=1))


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


def consequence_key(sanction: str, rule: str, measure: str, subject: str) -> str:
    """The key of a consequence: the same whenever it is derived."""
    return _hash("c", sanction, rule, measure, subject)


def _hash(prefix: str, *parts: str) -> str:
    text = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
    return f"{prefix}-{text}" if prefix else text
