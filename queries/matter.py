"""May it be so decided (应查必查)? All that the profile of a matter asks, of up to a hundred parties, in one answer.

What the law says and what is information stay apart: `law` holds the measures that reach the party and speak of such a matter, and
`findings` what a clause bars, each with its articles; everything else, and who near it is listed, informs. The status is that
of `lookup`, and a hit when a check found anything besides.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.identifiers import KeyedHash
from graph_model.profiles import MatterProfile
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from queries.answers import (
    Answer,
    AnswerShape,
    AnswerStatus,
    ConsequenceRef,
    ConsequenceStatus,
    FactRef,
    LegalBasis,
    NodeRef,
    Sentence,
    overall_status,
)
from queries.checks.bidders import check_bidders
from queries.checks.common import Check, Finding, ordered
from queries.checks.offices import check_appointment
from queries.checks.repeats import check_repeats
from queries.checks.suppliers import check_bribery, check_suppliers
from queries.law.measures import MeasureEntry, measures
from queries.lookup import lookup
from queries.party.records import broken_promises
from queries.read.moment import Moment, one_moment

Bearing = Literal["active", "candidate", "unknown", "none"]


class MatterEntry(AnswerShape):
    """A matter, what is asked in it, and which measures bear on it, each with the rules and articles that bring it."""

    name: str = Field(examples=["permit"])
    title: dict[str, str]
    digest: str = Field(description="SHA-256 of the profile: what a certificate names")
    checks: list[str]
    hops: int
    procedure: str | None = None
    measures: list[MeasureEntry]


class MatterList(AnswerShape):
    """The catalogue of matters (计划目录)."""

    question: Literal["matters"] = "matters"
    as_of: date
    pack: str = Field(description="digest of the rule pack")
    matters: list[MatterEntry]


class MatterMeasure(AnswerShape):
    """A measure that reaches a party, in short; whole it stands in the answer of the party."""

    consequence: str = Field(description="key of the consequence")
    measure: str
    title: dict[str, str]
    status: ConsequenceStatus
    since: date | None
    until: date | None
    rule: str
    legal_basis: list[LegalBasis]


class MatterParty(AnswerShape):
    """What the matter has to say of one party."""

    number: int = Field(description="its place among those asked about, from 1")
    party: NodeRef | None = None
    status: AnswerStatus
    complete: bool
    reason: Sentence | None = None
    bearing: Bearing = Field(
        description="does the law say anything for this matter; `none` only where all was looked at"
    )
    law: list[MatterMeasure] = Field([], description="measures that reach it and bear on the matter")
    findings: list[Finding] = Field([], description="what checks found by a clause")
    information: list[Finding] = Field([], description="what checks found without one")
    other_measures: list[MatterMeasure] = Field([], description="measures that reach it and speak of something else")
    promises: list[FactRef] = Field([], description="promises that were broken or false")
    surrounding: int = Field(0, description="sanctioned parties near it: information, never a penalty")
    historical: int = Field(0, description="those to which the tie, or whose sanctions, are over")
    gaps: list[Sentence] = Field([], description="what the checks could not see")


class MatterCheck(AnswerShape):
    """What a profile found; the answer of each party stands beside it."""

    question: Literal["check-matter"] = "check-matter"
    profile: str
    title: dict[str, str]
    digest: str = Field(description="SHA-256 of the profile")
    checks: list[str]
    as_of: date
    known_at: date | None = None
    position: int
    status: AnswerStatus = Field(description="`hit` when one of them is; else `clear` only when all are")
    complete: bool
    parties: list[MatterParty]
    not_covered: list[Sentence] = Field([], description="what these checks never ask")


def matter_named(name: str, known: Mapping[str, MatterProfile]) -> MatterProfile:
    """The profile of this name.

    Raises:
        BadRequest: there is none; those that there are are named.
    """
    if name not in known:
        raise BadRequest(f"there is no profile {name[:50]!r}; there are {', '.join(sorted(known))}")
    return known[name]


def digest_of_matter(matter: MatterProfile) -> str:
    """SHA-256 of what a profile says."""
    return hashlib.sha256(matter.model_dump_json().encode()).hexdigest()


def matter_list(pack: RulePack, known: Mapping[str, MatterProfile], *, day: date) -> MatterList:
    """For which matters is what asked, and which measures bear on each, by which rules and articles (计划目录)?"""
    found = []
    for name, matter in known.items():
        entries = measures(pack, as_of=day, codes=matter.measures).measures
        rows = [e.model_copy(update={"rules": [r for r in e.rules if r.applied]}) for e in entries]
        told = {"name": name, "title": matter.title.model_dump(), "digest": digest_of_matter(matter)}
        more = {"checks": list(matter.checks), "hops": matter.hops, "procedure": matter.procedure, "measures": rows}
        found.append(MatterEntry.model_validate(told | more))
    return MatterList(as_of=day, pack=pack.digest, matters=found)


@one_moment
def check_matter(
    graph: Graph,
    pack: RulePack,
    texts: Sequence[str],
    *,
    name: str,
    matter: MatterProfile,
    as_of: date | Moment,
    known_at: date | None = None,
    hops: int | None = None,
    hash: KeyedHash | None = None,
) -> tuple[MatterCheck, list[Answer]]:
    """What does everything that this matter asks say of these parties, all for one moment?

    Args:
        texts: keys, numbers or full names.
        name: of the profile.
        hops: how far to look; None: as the profile says.

    Returns:
        What the profile found, and the look-up of each party in the order asked.

    Raises:
        StoreUnavailable: somebody wrote during each of the tries.
    """
    moment = Moment.of(graph, as_of, known_at)
    depth = hops or matter.hops
    answers = [lookup(graph, pack, text, hops=depth, as_of=moment, hash=hash) for text in texts]
    known = [text for text, answer in zip(texts, answers, strict=True) if answer.party]
    checks = list(_asked(graph, pack, matter, known, moment, hash)) if known else []
    keys = {a.party.key: a.party.name or a.party.key for a in answers if a.party}
    parties = [_party(n, answer, matter, checks, keys) for n, answer in enumerate(answers, 1)]
    statuses = {p.status for p in parties}
    told = MatterCheck(
        profile=name,
        title=matter.title.model_dump(),
        digest=digest_of_matter(matter),
        checks=list(matter.checks),
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        status="hit" if "hit" in statuses else "clear" if statuses == {"clear"} else "incomplete",
        complete=all(p.complete for p in parties),
        parties=parties,
        not_covered=list(dict.fromkeys(n for check in checks for n in check.not_covered)),
    )
    return told, answers


def _asked(
    graph: Graph, pack: RulePack, matter: MatterProfile, texts: Sequence[str], moment: Moment, hash: KeyedHash | None
) -> Iterator[Check]:
    """The checks of a profile beside the look-up. They are asked by what was typed: by a name is less sure than by a number."""
    if "bidders" in matter.checks:
        yield check_bidders(graph, pack, texts, as_of=moment, procedure=matter.procedure, hash=hash)
    if "offices" in matter.checks:
        for text in texts:
            yield check_appointment(graph, pack, text, as_of=moment, hash=hash)
    if "suppliers" in matter.checks:
        yield check_suppliers(graph, pack, texts, as_of=moment, hash=hash)
    if "bribery" in matter.checks:
        yield check_bribery(graph, pack, texts, as_of=moment, hash=hash)
    if "repeats" in matter.checks:
        yield check_repeats(graph, pack, texts, as_of=moment, years=matter.years, hash=hash)


def _party(
    number: int, answer: Answer, matter: MatterProfile, checks: Sequence[Check], keys: Mapping[str, str]
) -> MatterParty:
    if answer.party is None:
        return MatterParty(number=number, status=answer.status, complete=False, reason=answer.reason, bearing="unknown")
    key, label, name = answer.party.key, answer.party.label, answer.party.name
    mine = [check for check in checks if any(p.key == key for p in check.parties)]
    about = [f for check in mine for f in check.findings if any(p.key == key for p in f.parties)]
    found = ordered({(f.check, f.provision, f.why, f.status): f for f in about}.values())
    gaps = [gap for check in mine for gap in _gaps(check, key, keys)]
    reaching = [c for c in answer.consequences if c.subject.key == key and c.status != "ended"]
    law = [_measure(c) for c in reaching if c.measure in matter.measures]
    barred = [f for f in found if f.status != "information"]
    complete = answer.complete and not gaps
    status = overall_status([answer.status, "hit" if found else "incomplete" if gaps else "clear"])
    return MatterParty(
        number=number,
        party=NodeRef.of(key, label, name),
        status=status,
        complete=complete,
        reason=answer.reason,
        bearing=_bearing(law, barred, complete),
        law=law,
        findings=barred,
        information=[f for f in found if f.status == "information"],
        other_measures=[_measure(c) for c in reaching if c.measure not in matter.measures],
        promises=broken_promises(answer.facts, answer.as_of) if "commitments" in matter.checks else [],
        surrounding=sum(hit.ring == "surrounding" for hit in answer.hits),
        historical=sum(hit.ring == "historical" for hit in answer.hits),
        gaps=list(dict.fromkeys(gaps)),
    )


def _gaps(check: Check, key: str, keys: Mapping[str, str]) -> list[str]:
    """What a check left open about a party; what names none of those asked about is open about each of them."""
    told = [*check.gaps, *(cut.detail for cut in check.cut)]
    named = {text: [k for k, name in keys.items() if k in text or name in text] for text in told}
    return [text for text in told if not named[text] or key in named[text]]


def _bearing(law: Sequence[MatterMeasure], barred: Sequence[Finding], complete: bool) -> Bearing:
    statuses = {m.status for m in law} | {"active" if f.status == "bar" else "candidate" for f in barred}
    if "active" in statuses:
        return "active"
    if statuses & {"candidate", "suspended"}:
        return "candidate"
    return "unknown" if statuses or not complete else "none"


def _measure(c: ConsequenceRef) -> MatterMeasure:
    return MatterMeasure(
        consequence=c.key,
        measure=c.measure,
        title=c.measure_title,
        status=c.status,
        since=c.since,
        until=c.until,
        rule=c.rule,
        legal_basis=c.legal_basis,
    )
