"""Every rule, tried on every decision of a case."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import reduce

from graph_model.derivation import conditions, second_hop
from graph_model.derivation.case import Case, Consequence, Step
from graph_model.derivation.decision import Trial, codes_of, decisions
from graph_model.derivation.judged_same import with_crossings
from graph_model.derivation.milder_law import milder_law
from graph_model.derivation.outcome import consequences
from graph_model.derivation.reach import Reach, of_age, reached, strongest
from graph_model.events import Effects, effects
from graph_model.rules import Rule, RulePack
from graph_model.sentences import say
from graph_model.timeline import Interval, joined


def derive(cases: Iterable[Case], pack: RulePack, as_of: date | None = None) -> Iterator[Consequence]:
    """Which measures follow from the sanctions of `cases`?

    Args:
        as_of: only consequences that have begun by this day; None: all, with their dated status.

    Yields:
        consequences, in the order of cases and rules; one for each (sanction, rule, measure, subject).
    """
    engine = _Engine(pack)
    for case in cases:
        for consequence in engine.derive(case.in_order()):
            if as_of is None or consequence.status_on(as_of) is not None:
                yield consequence


def trace(case: Case, pack: RulePack, rule: str) -> tuple[list[Consequence], list[Step]]:
    """Why does a rule reach whom it reaches, and nobody else? The conditions looked at, in order.

    Returns:
        the consequences of this rule from the case, and every condition with whether it holds.
    """
    steps: list[Step] = []
    engine = _Engine(pack, steps)
    return list(engine.derive(case.in_order(), only=rule)), steps


class _Engine:
    """The rules, indexed by trigger; with `steps`, every condition that is looked at is written down."""

    def __init__(self, pack: RulePack, steps: list[Step] | None = None) -> None:
        self.pack, self.steps = pack, steps
        self.index: dict[tuple[str, bool], list[Rule]] = {}
        self.versions: dict[str, list[Rule]] = {}
        wordings: dict[str, list[Rule]] = {}
        for rule in pack.rules:
            wordings.setdefault(rule.id, []).append(rule)
        self.wordings = {name: conditions.Wordings(rules) for name, rules in wordings.items()}
        for rule in pack.enabled:
            self.versions.setdefault(rule.id, []).append(rule)
            for code in sorted(pack.triggered_by(rule)):
                self.index.setdefault((code, rule.effect == "incentive"), []).append(rule)

    def derive(self, case: Case, only: str | None = None) -> Iterator[Consequence]:
        """The consequences of one case; `only`: of one rule, and its conditions are noted."""
        found: dict[str, list[Consequence]] = {}
        done = effects(case.events) if case.events else {}
        if only is not None and self.steps is not None:
            self._note_triggers(case, only, self.steps)
        for decision in decisions(case, self.pack.codes.triggers):
            incentive = decision.imposed.type == "HOLDS"
            for code in decision.codes:
                ground: dict[str, Consequence] = {}
                for rule in self.index.get((code, incentive), ()):
                    if only is not None and rule.id != only:
                        continue
                    for consequence in self._apply(Trial(decision, rule, code, self.pack, self.steps), done):
                        other = ground.get(consequence.key)
                        if other and rule.law_day == "standing" and other.rule_version < consequence.rule_version:
                            consequence = _continued(other, consequence)
                        elif other:
                            found.setdefault(consequence.key, []).append(consequence)
                            continue
                        ground[consequence.key] = consequence
                for key, consequence in ground.items():
                    found.setdefault(key, []).append(consequence)
        for grounds in found.values():
            if len(grounds) > 1:
                grounds.sort(key=_weight)
            yield reduce(_goes_on, grounds)

    def _apply(self, t: Trial, done: Mapping[str, Effects]) -> Iterator[Consequence]:
        if not conditions.fits_subject(t):
            return
        d, rule = t.decision, t.rule
        law = milder_law(t, self.versions[rule.id]) if rule.law_day == "act" else conditions.law_of(d, rule)
        if rule.via is not None:
            if not second_hop.is_covered(t, self.versions[rule.id]):
                return
        elif not conditions.is_in_force(t, law.basis):
            why = self.wordings[rule.id].lacking(d, rule)
            if why is None:
                return
            law = law._replace(unknown=(why,))
        lacking = conditions.lacking(t)
        if lacking is None or not conditions.is_clean(t):
            return
        reaches = reached(t) if rule.via is None else second_hop.units_reached(t)
        why = self.wordings[rule.id].lacking(d, rule) if law.began is not None and rule.via is None else None
        for reach in with_crossings(t, strongest(of_age(t, reaches), done)):
            found = consequences(t, _dated(t, law, lacking, reach), done)
            if why is None or law.began is None:
                yield from found
                continue
            before = law._replace(basis=(), began=None, reading=(*law.reading, why), unknown=(why,))
            yield from _begun_before(
                consequences(t, _dated(t, before, lacking, reach), done), {c.key: c for c in found}, law.began, why
            )

    def _note_triggers(self, case: Case, only: str, steps: list[Step]) -> None:
        """Notes, for each wording of a rule, whether it is applied and what it asks of each statement."""
        rules = [r for r in self.pack.rules if r.id == only]
        steps += [
            Step(only, None, "enabled", r.enabled, r.disabled or say("grade", grade=r.confidence.grade)) for r in rules
        ]
        for imposed in case.imposed:
            stated = ", ".join(imposed.props.get("codes") or ()) or "no code"
            for rule in rules:
                if imposed.trust != "official":
                    text = say("trust_too_low", trust=imposed.trust)
                    steps.append(Step(only, None, "trust", False, text, (imposed,)))
                    continue
                wanted = self.pack.triggered_by(rule)
                text = say("codes", codes=stated, asked=", ".join(sorted(wanted)))
                steps.append(
                    Step(
                        only,
                        None,
                        "trigger",
                        not wanted.isdisjoint(codes_of(imposed, self.pack.codes.triggers)),
                        text,
                        (imposed,),
                    )
                )


def _begun_before(
    eldest: Iterable[Consequence], later: dict[str, Consequence], began: date, why: str
) -> Iterator[Consequence]:
    """Of a state that began before the eldest wording in the pack: until that wording came, nobody can tell.

    Args:
        eldest: what may follow by the wording that the pack has not.
        later: what follows by the one that it has; nothing of it where the term was over before.
    """
    for one in eldest:
        timeline = [
            i._replace(why=why) if i.status == "unknown" else i
            for i in one.timeline
            if i.since is None or i.since < began
        ]
        if not timeline:
            continue
        if timeline[-1].until is None or timeline[-1].until > began:
            over = Interval("ended", began, None, say("term_over_followed"))
            timeline = [*timeline[:-1], timeline[-1]._replace(until=began), over]
        one = replace(one, timeline=tuple(joined(timeline)))
        yield _continued(one, later.pop(one.key)) if one.key in later else one
    yield from later.values()


def _continued(other: Consequence, later: Consequence) -> Consequence:
    """One measure under two wordings: a state bars by the wording of the day asked about, as long as its term runs."""
    begin = later.timeline[0].since
    before = [i for i in other.timeline if begin is not None and (i.since is None or i.since < begin)]
    if not before:
        return later
    before[-1] = before[-1]._replace(until=begin)
    return replace(
        later,
        timeline=tuple(joined([*before, *later.timeline])),
        basis=tuple(dict.fromkeys((*other.basis, *later.basis))),
        reading=tuple(dict.fromkeys((*other.reading, *later.reading))),
    )


def _goes_on(strong: Consequence, weak: Consequence) -> Consequence:
    """Where the ground that stands is over by itself, another one that is not may still bar: it is not ended, then.

    What humans ended, by a refusal, a lifting or a repair, stays ended.
    """
    last = strong.timeline[-1]
    if last.status != "ended" or last.event or last.since is None:
        return strong
    day = last.since
    rest = [i._replace(since=max(i.since or day, day)) for i in weak.timeline if i.until is None or i.until > day]
    if all(i.status == "ended" for i in rest):
        return strong
    lacks = "; ".join(weak.missing)
    reading = say("other_ground_lacks", day=day, missing=lacks) if lacks else say("other_ground", day=day)
    return replace(
        strong,
        timeline=tuple(joined([*strong.timeline[:-1], *rest])),
        reading=(*strong.reading, reading),
    )


def _weight(consequence: Consequence) -> tuple[int, int]:
    """Each code of a decision, and each statement, is a ground of its own for the same measure. The lighter one stands:
    what lacks least, and of these what lasts longest; else the first by party, source and code. What is left of the
    others when it is over goes on."""
    last = consequence.timeline[-1]
    end = last.since if last.status == "ended" else None
    return len(consequence.missing), -(end or date.max).toordinal()


def _dated(t: Trial, law: conditions.Law, lacking: conditions.Lacking, reach: Reach) -> Reach:
    """The reach with what the decision lacks, by which articles it is, and from which day it counts at the earliest."""
    since, begun = reach.since, reach.begun
    if law.began is not None and since is not None:
        since = max(since, law.began)
    if t.rule.begins == "event":
        takes_effect: date | None = t.decision.props.get("counted_from")
        if takes_effect is not None:  # until then it is no more than possible
            begun = max(begun or takes_effect, takes_effect)
    return Reach(
        reach.subject,
        reach.facts + t.decision.others,
        since,
        law.missing + lacking.missing + reach.missing,
        law.reading + lacking.reading + reach.reading,
        reach.until,
        begun,
        reach.ground or reach.facts,
        law.unknown,
        reach.to_be_seen,
        reach.basis or law.basis,
    )
