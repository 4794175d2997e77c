"""Why does a rule not reach this party? Which condition fails, on which fact?"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from graph_model.derivation import Consequence, Step, trace
from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, ConsequenceStatus, FactRef, PartyRef, Sentence
from queries.law.consequences import sanctions_around
from queries.party.parties import party_refs
from queries.read.facts import cases
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs


class ConditionRef(AnswerShape):
    """One condition of a rule, and whether it holds."""

    sanction: str
    condition: str
    holds: bool
    text: Sentence
    facts: list[FactRef] = Field([])


class WhyNot(AnswerShape):
    """Why a rule does not reach a party, or what it rests on when it does."""

    question: Literal["why-not"] = "why-not"
    as_of: date
    position: int
    party: PartyRef | None
    rule: str
    rule_title: dict[str, str]
    reached: bool
    status: ConsequenceStatus | None = None
    reason: Sentence = Field(description="the first condition that fails")
    conditions: list[ConditionRef] = Field([])
    missing: list[Sentence] = Field([])


_ORDER = (
    "enabled",
    "trust",
    "trigger",
    "subject",
    "law",
    "sector",
    "circumstance",
    "clean",
    "post",
    "branch",
    "after",
    "adult",
    "finding",
    "term",
)


@one_moment
def why_not(graph: Graph, pack: RulePack, key: str, rule: str, *, as_of: date | Moment) -> WhyNot:
    """Which condition of this rule fails for this party?

    Every sanction around the party is looked at. When the rule does reach it, the answer says so and gives what is
    still missing.

    Args:
        rule: id of the rule, or of a row that it covers.

    Raises:
        BadRequest: there is no such rule.
    """
    found = pack.find(rule)
    if not found:
        raise BadRequest(f"There is no rule {rule!r}: creditgraph rules list shows them all.")
    about = found[-1]
    moment = Moment.of(graph, as_of)
    day, position = moment.as_of, moment.position
    party = party_refs(graph, [key], moment).get(key)
    answer = WhyNot(
        as_of=day,
        position=position,
        party=party,
        rule=about.id,
        rule_title=about.title.model_dump(),
        reached=False,
        reason=say("no_such_key"),
    )
    if party is None:
        return answer
    around = sanctions_around(graph, pack, key, position)
    steps: list[tuple[str, Step]] = []
    reached = []
    for case in cases(graph, around, pack, position=position):
        consequences, looked = trace(case, pack, about.id)
        reached += [c for c in consequences if c.subject == key and not c.retired]
        steps += [(case.sanction, s) for s in looked if s.subject in (None, key)]
    refs = fact_refs(graph, (f for _, s in steps for f in s.facts))
    answer.conditions = [
        ConditionRef(sanction=k, condition=s.condition, holds=s.holds, text=s.text, facts=_shown(s.facts, refs))
        for k, s in steps
    ]
    if reached:
        _tell_reached(answer, reached)
        return answer
    answer.reason = _reason(about.reach, [s for _, s in steps], bool(around))
    if all(c.holds for c in answer.conditions):
        # Every condition of the decision holds: it is the party that the rule does not mean.
        answer.conditions += [
            ConditionRef(sanction=key, condition="reach", holds=False, text=answer.reason) for key in around
        ]
    return answer


def _tell_reached(answer: WhyNot, reached: Sequence[Consequence]) -> None:
    """That the rule reaches the party, and what is missing; or when it did or will."""
    day = answer.as_of
    standing = [c for c in reached if c.status_on(day) not in (None, "ended")]
    if standing:
        best = min(standing, key=lambda c: len(c.missing))
        answer.reached, answer.status = True, _status(best.status_on(day))
        answer.missing = list(best.missing)
        lacks = "; ".join(best.missing)
        answer.reason = say("does_reach_lacks", missing=lacks) if lacks else say("does_reach")
        return
    c = reached[0]
    last = next((i for i in c.timeline if i.status == "ended"), c.timeline[-1])
    answer.status = _status(c.status_on(day))
    answer.reason = (
        say("reached_ended", day=last.since, why=last.why)
        if answer.status == "ended"
        else say("begins_only", day=c.timeline[0].since)
    )


def _status(text: str | None) -> ConsequenceStatus | None:
    match text:
        case "candidate" | "active" | "suspended" | "ended" | "unknown":
            return text
    return None


def _shown(facts: tuple[FactRow, ...], refs: dict) -> list:
    return [refs[f.fact_id] for f in facts]


def _reason(reach: tuple[str, ...], steps: list[Step], around: bool) -> str:
    """The failed condition that came furthest: a decision of another kind explains less than a post at another time."""
    if not around:
        return say("no_decision")
    failed = [s for s in steps if not s.holds and s.condition != "finding"]
    if failed:
        furthest = max(failed, key=lambda s: (s.subject is not None, _ORDER.index(s.condition)))
        return furthest.text
    return say("no_post", posts=", ".join(reach))
