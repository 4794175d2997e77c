"""May this person be appointed, and who holds an office now although he is barred (P13, EP-007)?

What bars is a consequence that is `active` on the day; one that waits for a finding or a confirmation is told as a
candidate, one that rests while an objection is verified as information. The scope of a ban is a text of the law:
whether the post lies within it is for people to read, so an office held in spite of a ban is an alert for the unit that
employs the person, and never by itself a bar.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from graph_model.facts import FactRow, WhetherHeld, held_on
from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import ConsequenceRef, NodeRef
from queries.checks.common import (
    NOBODY,
    UNIT_POSTS,
    Check,
    Finding,
    FindingStatus,
    Ties,
    answer,
    asked_for,
    basis_of,
    doubts,
    measure_since,
    ordered,
    portions,
    provision,
)
from queries.law.consequences import consequences_of, subjects_of
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs, path_along

HIRED = "EP-007"
TITLE_OFFICE = {"zh": "被禁业或限制任职的人员在任", "en": "An office held by somebody who is barred"}
TITLE_APPOINTMENT = {"zh": "拟任人员被禁业或限制任职", "en": "A person to be appointed who is barred"}
_STATUS: dict[str, FindingStatus] = {
    "active": "alert",
    "candidate": "candidate",
    "unknown": "candidate",
    "suspended": "information",
}
_NOT_COVERED = (
    say("bans_unreported"),
    say("other_law"),
)


class Ban(NamedTuple):
    """A consequence that bars from a post or a market, and what it is in a check."""

    status: FindingStatus
    consequence: ConsequenceRef


@one_moment
def check_appointment(
    graph: Graph,
    pack: RulePack,
    text: str,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    at: str | None = None,
    office: str | None = None,
    hash: KeyedHash | None = None,
) -> Check:
    """Which bans stand against a person who is about to be appointed?

    Args:
        at: the entity that appoints him; shown with each finding.
        office: code of the office (LR, PIC, DIR, SUP, SM), put beside the scope of each ban.
    """
    moment = Moment.of(graph, as_of, known_at)
    day = moment.as_of
    asked = asked_for(graph, [text], hash, moment)
    place = asked_for(graph, [at], hash, moment) if at else NOBODY
    gaps = [say("appoints", why=gap) for gap in place.gaps]
    found = []
    for person in asked.parties:
        if person.label != "Person":
            gaps.append(say("no_natural_person", name=person.name or person.key))
            continue
        told = [asked.nodes[person.key], *place.nodes.values()]
        missing = []
        if person.key in asked.by_name:
            missing.append(say("whether_this_person"))
        for ban in bans_on(graph, pack, person.key, moment):
            found.append(ban_finding(pack, "appointment", ban, told, day, missing, office=office))
    return answer(
        "check-appointment",
        moment,
        asked=asked,
        findings=ordered(found),
        gaps=gaps,
        not_covered=_NOT_COVERED,
    )


@one_moment
def check_offices(graph: Graph, pack: RulePack, *, as_of: date | Moment, known_at: date | None = None) -> Check:
    """Who holds an office on a day in spite of a ban, and which unit employs him? Everybody in the graph is looked at."""
    moment = Moment.of(graph, as_of, known_at)
    day = moment.as_of
    measures = barring_measures(pack)
    ties = Ties(graph, moment)
    found: list[Finding] = []
    for some in portions(sorted(subjects_of(graph, pack, measures, moment))):
        posts: dict[str, list[FactRow]] = defaultdict(list)
        for fact in ties.out_of(some, UNIT_POSTS):
            if held_on(fact, day)[0] is not WhetherHeld.NO and ties.nodes[fact.start].label == "Person":
                posts[fact.start].append(fact)
        refs = fact_refs(graph, [f for facts in posts.values() for f in facts])
        for person, facts in posts.items():
            bans = list(bans_on(graph, pack, person, moment))
            at: dict[str, list[FactRow]] = defaultdict(list)
            for fact in facts:
                at[fact.end].append(fact)
            for unit, held in at.items() if bans else ():
                surest = ties.surest(held)
                for ban in bans:
                    who = [ties.nodes[person], ties.nodes[unit]]
                    one = ban_finding(pack, "office", ban, who, day, doubts(surest, day))
                    told = {
                        "path": path_along(ties.nodes, refs, person, [surest]),
                        "evidence": [refs[f.fact_id] for f in held if f is not surest],
                    }
                    found.append(one.model_copy(update=told))
    return answer(
        "check-offices",
        moment,
        asked=NOBODY,
        findings=ordered(found),
        not_covered=_NOT_COVERED,
        least=0,
    )


def barring_measures(pack: RulePack) -> tuple[str, ...]:
    """The measures that bar somebody from a post or a market."""
    asked = provision(pack, HIRED).asked
    assert asked is not None
    return asked.measures


def bans_on(graph: Graph, pack: RulePack, person: str, moment: Moment) -> Iterable[Ban]:
    """The bans that reach a person on the day, or may."""
    return bans_in(consequences_of(graph, pack, person, as_of=moment).consequences, barring_measures(pack))


def bans_in(consequences: Iterable[ConsequenceRef], measures: Collection[str]) -> Iterator[Ban]:
    """Of these consequences those with one of the measures that are not over."""
    return (Ban(_STATUS[c.status], c) for c in consequences if c.measure in measures and c.status in _STATUS)


def _presumed(post_doubts: list[str]) -> bool:
    """Whether the only doubt is that the source spoke for an earlier day: an alert may rest on that."""
    return all("last stated on" in d for d in post_doubts)


def ban_finding(
    pack: RulePack,
    check: str,
    ban: Ban,
    parties: list[NodeRef],
    as_of: date,
    missing: list[str],
    *,
    office: str | None = None,
) -> Finding:
    """A ban on a person, beside the post that he holds or is to hold.

    Args:
        check: `office`: he holds it; else he is to be appointed.
        parties: the person first, then the unit.
        missing: what is not established of the post.
        office: its role code.
    """
    c, row = ban.consequence, provision(pack, HIRED)
    status = ban.status
    if status == "alert" and not _presumed(missing):
        status = "candidate"
    scope = c.scope or say("scope_unstated")
    post = pack.codes.roles[office].zh if office in pack.codes.roles else say("the_post")
    why = measure_since(c, scope)
    # The consequences of hiring stand in the same law as the ban: those of another field do not apply.
    laws = {b.document for b in c.legal_basis}
    hiring = [b for b in basis_of(row, as_of) if b.document in laws]
    basis = [*c.legal_basis, *(b for b in hiring if b not in c.legal_basis)]
    return Finding(
        check=check,
        title=TITLE_OFFICE if check == "office" else TITLE_APPOINTMENT,
        status=status,
        provision=HIRED if hiring else None,
        legal_basis=basis,
        parties=parties,
        why=why,
        consequences=[c],
        missing=[*missing, say("post_within", post=post, scope=scope), *c.missing],
    )
