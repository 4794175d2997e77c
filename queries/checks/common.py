"""What every check before a tender, a contract or an appointment shares: parties, ties on a day, doubts, the answer.

A finding is a `bar` only when a clause says so and every fact under it is established on the day. Whatever is not is
named in `missing` and makes it a `candidate`; without a clause it is `information`. An `alert` warns the unit that
employs somebody who is barred: whether the post is one that is barred, a human reads.

- A day on which a fact is not stated by its source is a presumption (`held_on`): not established.
- Who was found by name, or is stated by no official source, is not established.
- Where the data say nothing at all, `gaps` says so, and nothing found is then no `clear`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal, LiteralString, NamedTuple

from pydantic import Field

from graph_model.facts import FactRow, WhetherHeld, held_on
from graph_model.identifiers import KeyedHash, name_key
from graph_model.marks import marks_of
from graph_model.rules import RulePack
from graph_model.rules.model import Provision
from graph_model.schema import FOREVER
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import (
    AnswerShape,
    AnswerStatus,
    ConsequenceRef,
    Cut,
    FactRef,
    LegalBasis,
    NodeRef,
    PartyRef,
    SanctionRef,
    Sentence,
)
from queries.party.doubts import doubts_beside, rejected_cuts
from queries.party.parties import resolve
from queries.read.facts import fact_row
from queries.read.moment import Moment
from queries.read.provenance import ends_of, fact_refs, path_along

FindingStatus = Literal["bar", "alert", "candidate", "information"]


class Finding(AnswerShape):
    """One thing that a check found: by which clause, through which dated facts, and what is not established."""

    check: str = Field(description="what was looked for", examples=["same_person_in_charge"])
    title: dict[str, str]
    status: FindingStatus
    provision: str | None = Field(None, description="row of the rule pack", examples=["RB-01"])
    legal_basis: list[LegalBasis] = Field([], description="empty: no clause, information only")
    parties: list[NodeRef] = Field(description="whom it is about")
    why: Sentence
    path: list[NodeRef | FactRef] = Field([])
    evidence: list[FactRef] = Field([], description="facts beside those on the path")
    sanctions: list[SanctionRef] = Field([])
    consequences: list[ConsequenceRef] = Field([])
    missing: list[Sentence] = Field([], description="what is not established: why it is no more than a candidate")


class Check(AnswerShape):
    """What a check before a tender, a contract or an appointment found."""

    question: str = Field(examples=["check-bidders"])
    as_of: date
    known_at: date | None = None
    position: int
    status: AnswerStatus
    reason: Sentence | None = None
    about: NodeRef | None = Field(None, description="the lot")
    parties: list[PartyRef] = Field([], description="those who were checked")
    candidates: list[PartyRef] = Field([], description="who may be meant, where it was not exactly one party")
    findings: list[Finding] = Field([])
    grades: list[FactRef] = Field(
        [], description="grades of the bidders and of who represents them, as their organs gave them, good ones too"
    )
    gaps: list[Sentence] = Field([], description="what the data do not say: nothing found does not mean nothing there")
    not_covered: list[Sentence] = Field([], description="what the check never asks")
    cut: list[Cut] = Field([])
    complete: bool = True


HEADS = ("LEGAL_REPRESENTATIVE_OF", "PRINCIPAL_OF")
"""单位负责人 (RB-04): the legal representative, or the principal who exercises the unit's powers by law."""

UNIT_POSTS = (*HEADS, "DIRECTOR_OF", "SUPERVISOR_OF", "SENIOR_MANAGER_OF", "EMPLOYED_AT", "PRACTISES_AT")
"""What somebody does at a unit; a shareholding is no post."""

_TIES: LiteralString = """
MATCH (p:Party)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|EMPLOYED_AT
  |PRACTISES_AT|ACTUAL_CONTROLLER_OF|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|SUPPLIES_TO]->(e:Party)
WHERE type(r) IN $types AND r.rec_from <= $k AND $k < r.rec_to
  AND (r.since IS NULL OR r.since <= $day) AND ($over OR r.until IS NULL OR r.until > $day)
RETURN type(r) AS type, properties(r) AS props, p.key AS start, labels(p) AS start_labels, p.name AS start_name,
  e.key AS end, labels(e) AS end_labels, e.name AS end_name
ORDER BY """

TIES_INTO: LiteralString = (
    """
UNWIND $keys AS key
MATCH (e:Party {key: key})
USING INDEX SEEK e:Party(key)"""
    + _TIES
    + "end, start, props.fact_id"
)

TIES_FROM: LiteralString = (
    """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)"""
    + _TIES
    + "start, end, props.fact_id"
)


class AskedParties(NamedTuple):
    """The parties that were meant, and what could not be resolved."""

    parties: list[PartyRef]
    candidates: list[PartyRef]
    gaps: list[str]
    by_name: frozenset[str]
    """Keys of those who were asked for by their name alone."""

    @property
    def nodes(self) -> dict[str, NodeRef]:
        """The parties by key, as they stand in findings."""
        return {p.key: NodeRef.of(p.key, p.label, p.name) for p in self.parties}

    def open_points(self, key: str) -> list[str]:
        """What the asking itself leaves open about one of them."""
        return [say("asked_by_name")] if key in self.by_name else []


ANYBODY = say("records_unlinked_anywhere")
"""What a check of everybody leaves open where there are such records."""

NOBODY = AskedParties([], [], [], frozenset())
"""Of a check that asks about no party by name."""


class Ties:
    """Facts that may hold on the day, and the names of whom they are about."""

    def __init__(self, graph: Graph, moment: Moment, asked: AskedParties = NOBODY) -> None:
        self.graph, self.as_of, self.position = graph, moment.as_of, moment.position
        self.nodes = asked.nodes

    def read(self, query: LiteralString, **asked: Any) -> list[FactRow]:
        """The facts of one of the queries above (or one with the same columns)."""
        rows = []
        for r in self.graph.read(query, k=self.position, day=self.as_of, **asked):
            self.nodes |= ends_of(r)
            rows.append(fact_row(r["type"], r["start"], r["end"], r["props"], position=self.position))
        return rows

    def into(self, keys: Iterable[str], types: Sequence[str], *, over: bool = False) -> list[FactRow]:
        """Who holds these relationships to the parties? `over`: also those that ended before the day."""
        return self.read(TIES_INTO, keys=sorted(set(keys)), types=list(types), over=over)

    def out_of(self, keys: Iterable[str], types: Sequence[str]) -> list[FactRow]:
        """To whom do the parties hold these relationships?"""
        return self.read(TIES_FROM, keys=sorted(set(keys)), types=list(types), over=False)

    def surest(self, facts: Iterable[FactRow]) -> FactRow:
        """Of several statements the one that leaves least open."""
        return min(facts, key=lambda f: (len(doubts(f, self.as_of)), f.fact_id))


def since_day(what: str, day: date | None) -> str:
    """What is recorded, and since when."""
    return say("since_day", what=what, day=day) if day else say("since_unknown", what=what)


def measure_since(c: ConsequenceRef, scope: str) -> str:
    """A measure that bars, since when, and how far."""
    named = f"{c.measure_title['zh']} {c.measure_title['en']}"
    return say("measure_since", measure=named, status=c.status, day=c.since, scope=scope)


def doubts(fact: FactRow, day: date) -> list[str]:
    """What is not established about a fact on a day; empty when it stands."""
    found = []
    held, why = held_on(fact, day)
    if held is not WhetherHeld.YES:
        found.append(say("whether_held", fact=fact.type, day=day, why=why or say("did_not_hold")))
    if fact.trust != "official":
        found.append(say("fact_hearsay", fact=fact.type, trust=fact.trust.replace("_", "-"), source=fact.source))
    if fact.by_name:
        found.append(say("fact_by_name", fact=fact.type))
    return found


def all_doubts(facts: Iterable[FactRow], day: date) -> list[str]:
    """The doubts about several facts, each once."""
    return list(dict.fromkeys(d for f in facts for d in doubts(f, day)))


def asked_for(graph: Graph, texts: Sequence[str], hash: KeyedHash | None, moment: Moment) -> AskedParties:
    """The parties that keys, numbers or full names mean, each once, in the order asked. Names are never guessed."""
    parties: dict[str, PartyRef] = {}
    candidates: dict[str, PartyRef] = {}
    gaps, by_name = [], set()
    for number, text in enumerate(texts, 1):
        party, several = resolve(graph, text, hash=hash, moment=moment)
        if party is not None:
            parties[party.key] = party
            if party.name and name_key(party.name) == name_key(text):
                by_name.add(party.key)
            continue
        candidates |= {c.key: c for c in several}
        why = say("several_meant" if several else "nobody")
        gaps.append(say("asked_not_checked", number=number, why=why))
        gaps += [say("asked_detail", number=number, why=cut.detail) for cut in rejected_cuts(graph, marks_of(text))]
    gaps += unlinked(graph, parties)
    return AskedParties(list(parties.values()), list(candidates.values()), gaps, frozenset(by_name))


def unlinked(graph: Graph, keys: Iterable[str]) -> list[str]:
    """Records that bear the name or number of these parties, or of whoever is beside them, and were not linked."""
    gaps = []
    for key in keys:
        for cut in doubts_beside(graph, key, FOREVER - 1, date.max):
            who = cut.party.name if cut.party else None
            gaps.append(say("gap_of", name=who, key=cut.party.key if cut.party else key, why=cut.detail))
    return list(dict.fromkeys(gaps))


def provision(pack: RulePack, name: str) -> Provision:
    """A row of the pack that informs checks."""
    return next(p for p in pack.provisions if p.id == name)


def basis_of(row: Provision, day: date) -> list[LegalBasis]:
    """Its articles that are in force on a day."""
    return [LegalBasis(document=b.document, article=b.article) for b in row.legal_basis if b.on(day)]


class FindingDraft(NamedTuple):
    """A finding before its facts are told: `path` begins at the first of `parties`."""

    check: str
    title: dict[str, str]
    provision: Provision | None
    parties: tuple[str, ...]
    why: str
    path: tuple[FactRow, ...] = ()
    evidence: tuple[FactRow, ...] = ()
    missing: tuple[str, ...] = ()
    status: str | None = None
    """None: `bar`, or `candidate` when something is missing, or `information` without a provision."""


def told(ties: Ties, drafts: Sequence[FindingDraft]) -> list[Finding]:
    """The findings, bars first, with every fact ready to be shown."""
    refs = fact_refs(ties.graph, {f.fact_id: f for d in drafts for f in (*d.path, *d.evidence)}.values())
    out = []
    for d in drafts:
        basis = basis_of(d.provision, ties.as_of) if d.provision else []
        status = d.status or ("information" if not basis else "candidate" if d.missing else "bar")
        on_path = {f.fact_id for f in d.path}
        out.append(
            Finding.model_validate(
                {
                    "check": d.check,
                    "title": d.title,
                    "status": status,
                    "provision": d.provision.id if d.provision else None,
                    "legal_basis": [b.model_dump() for b in basis],
                    "parties": [ties.nodes[k] for k in d.parties],
                    "why": d.why,
                    "path": path_along(ties.nodes, refs, d.parties[0], d.path) if d.path else [],
                    "evidence": [refs[f.fact_id] for f in d.evidence if f.fact_id not in on_path],
                    "missing": list(d.missing),
                }
            )
        )
    return ordered(out)


def portions(items: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    """The items, so many at a time: what one statement is asked about."""
    return [items[first : first + size] for first in range(0, len(items), size)]


ORDER = ("bar", "alert", "candidate", "information")


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Bars first, then alerts, candidates, information."""
    return sorted(
        findings, key=lambda f: (ORDER.index(f.status), f.provision or "", f.check, [p.key for p in f.parties])
    )


def answer(
    question: str,
    moment: Moment,
    *,
    asked: AskedParties,
    findings: Sequence[Finding],
    gaps: Iterable[str] = (),
    not_covered: Iterable[str] = (),
    cut: Sequence[Cut] = (),
    reason: str | None = None,
    about: NodeRef | None = None,
    grades: Sequence[FactRef] = (),
    least: int = 1,
) -> Check:
    """The answer of a check. Unknown, ambiguous and incomplete are never `clear`.

    Args:
        least: parties that it takes to ask at all.
    """
    gaps = list(dict.fromkeys([*asked.gaps, *gaps, *([ANYBODY] if asked is NOBODY and moment.doubts else [])]))
    status: AnswerStatus = "hit" if findings else "incomplete" if gaps or cut else "clear"
    if len(asked.parties) < least:
        status = "ambiguous" if asked.candidates else "unknown"
        reason = say({1: "none_checked", 2: "too_few_checked"}[least])
    return Check(
        question=question,
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        status=status,
        reason=reason,
        about=about,
        parties=asked.parties,
        candidates=asked.candidates,
        findings=list(findings),
        grades=list(grades),
        gaps=gaps,
        not_covered=list(not_covered),
        cut=list(cut),
        complete=not gaps and not cut and len(asked.parties) >= least,
    )
