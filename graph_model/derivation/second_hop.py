"""Units that responsible persons register or run after the event: the only second hop there is.

Such a unit is judged by the wording of the day on which the later post began; but no wording makes a decision count
that came before all of them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from graph_model.derivation.conditions import is_in_force, law_of
from graph_model.derivation.decision import Trial
from graph_model.derivation.reach import Need, Reach, answers_as, hearsay, need_of
from graph_model.facts import FactRow, WhetherHeld, held_on
from graph_model.rules import Rule
from graph_model.schema import ROLE_TYPES
from graph_model.sentences import say


def is_covered(t: Trial, versions: Sequence[Rule]) -> bool:
    """Whether the decision came under any wording of the rule."""
    return is_in_force(t, tuple(b for version in versions for b in law_of(t.decision, version).basis))


def units_reached(t: Trial) -> Iterator[Reach]:
    """Units with a post that began after the decision, held by one found responsible, or who may be."""
    d, via = t.decision, t.rule.via
    assert via is not None
    if d.decided is None:
        return
    named = {f.start for f in d.case.responsible if any(answers_as(t, f, role) for role in via.roles)}
    one_of: dict[str, tuple[str, tuple[FactRow, ...]]] = {}
    for person in sorted(named):
        for other, way in d.case.same_as(person).items():
            if other not in named:
                one_of.setdefault(other, (person, way))
    candidates = _candidates(t, named | set(one_of))
    onward = {kind for role in via.onward for kind in ROLE_TYPES.get(role, ())}
    for fact in d.case.onward:
        who = fact.start
        who, way = one_of.get(who, (who, ()))
        if fact.type not in onward or fact.end == d.on or not (who in named or who in candidates):
            continue
        later = not _began_by(fact, d.decided)
        if not t.step(fact.end, "after", later, say("post_after", day=d.decided), (fact,)):
            continue
        begins = fact.since or d.decided
        if who in named:
            facts: tuple[FactRow, ...] = (d.imposed, *d.case.about(who), *way)
            over = [f.until for f in d.case.about(who) if f.props.get("capacity") in via.roles]
            if all(day is not None and day <= begins for day in over):
                text = say("finding_over", day=begins)
                t.step(fact.end, "finding", False, text, facts[1:])
                continue
            need = need_of(t, who, begins)
        else:
            facts = (d.imposed, candidates[who])
            need = Need((say("direct_finding"),))
        basis = t.rule.basis_on(begins, d.place)
        text = say("law_at_post", day=begins)
        if not t.step(fact.end, "law", bool(basis), text, (fact,)):
            continue
        missing = need.missing + hearsay(fact, "later post")
        if fact.since is None:
            missing += (say("post_began_after"),)
        reach = Reach(fact.end, (*facts, fact), begins, missing, (), need.until, need.begun, basis=basis)
        yield reach._replace(to_be_seen=bool(way))


def _candidates(t: Trial, named: set[str]) -> dict[str, FactRow]:
    """Holders of posts from which one may be found responsible: they lead to candidates only."""
    d, via = t.decision, t.rule.via
    assert via is not None
    assert d.decided is not None
    types = {kind for role in via.candidates for kind in ROLE_TYPES.get(role, ())}
    there = (f for f in d.case.roles if f.type in types and f.end == d.on and f.start not in named)
    return {f.start: f for f in there if held_on(f, d.decided)[0] is not WhetherHeld.NO}


def _began_by(fact: FactRow, day: date) -> bool:
    """Whether the post certainly began on or before `day`, even if its first day is unknown."""
    if fact.since is not None:
        return fact.since <= day
    seen = fact.data_date is not None and fact.data_date <= day
    return seen or (fact.until is not None and fact.until <= day + timedelta(days=1))
