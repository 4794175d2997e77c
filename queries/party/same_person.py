"""Which persons of this graph may be one? Candidates for a human to judge, and what was judged.

The program proposes, a human judges (`loaders/decisions/same_person.py`). A proposal that nobody judged changes no other answer.
The measures are those of `graph_model/same_person.py`; here their facts are gathered: for all persons, or for one
party, those who could bear its name and whoever stands beside them at their entities.

Time: candidates rest on what is believed now, on facts of all dates.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.identifiers import name_key
from graph_model.names import parse_name
from graph_model.same_person import (
    PARTS,
    EntityRecord,
    Frequency,
    Pair,
    PersonRecord,
    Tie,
    candidates,
    compared,
    frequencies,
    tokens,
)
from graph_model.sentences import say
from graph_model.store.connect import Graph, instant
from queries.answers import AnswerShape, Cut, NodeRef, PartyRef, Sentence
from queries.party.parties import party_refs
from queries.read.values import native


class ReasonRef(AnswerShape):
    """One named part of a score: its points, and on what it rests."""

    part: str = Field(examples=["same_name"])
    points: int = Field(description="below zero: a reason against")
    zh: str
    en: str
    count: int = Field(1, description="how many things agree")
    nodes: list[NodeRef] = Field([], description="the entities or addresses that agree; some, when they are many")


class CandidateRef(AnswerShape):
    """Two persons who may be one; nobody has judged it."""

    a: PartyRef
    b: PartyRef
    score: int = Field(description="sum of the points of `reasons`")
    bearers: int = Field(description="how many persons of this graph bear the more frequent one of the two names")
    reasons: list[ReasonRef]
    changes: int = Field(0, description="listed parties that only one of them is or has a post or shares in")
    listed: list[NodeRef] = Field(
        [], description="some of these: what judging them the same would bring near the other"
    )
    group: str = Field(
        "", description="key of one person of those whom proposed pairs tie together: the same in each pair"
    )


class JudgementRef(AnswerShape):
    """What somebody judged of two persons, with what the program showed him."""

    id: str
    a: NodeRef
    b: NodeRef
    judgement: Literal["same", "different", "unsure"]
    author: str
    day: date
    reason: str
    score: int | None = Field(None, description="as it was then; null = names do not agree, or id numbers differ")
    reasons: list[str] = Field([], description="the parts of the score as they were then")
    recorded_at: str | None = Field(None, description="instant, Asia/Shanghai")
    standing: bool = Field(True, description="false: it was undone")
    undone_by: str | None = None
    undone_on: date | None = None
    undone_reason: str | None = None
    notes: list[Sentence] = Field([], description="what changed since, such as a name that stands at another party now")


class NameCount(AnswerShape):
    """How many persons of this graph bear a name."""

    name: str
    persons: int


class SamePerson(AnswerShape):
    """Which persons may be one, and what was judged. A proposal changes no other answer."""

    question: Literal["same-person"] = "same-person"
    position: int
    party: PartyRef | None = None
    candidates: list[CandidateRef]
    judgements: list[JudgementRef]
    frequent: list[NameCount] = Field([])
    cut: list[Cut] = Field([])
    complete: bool = True


PERSONS_AT_ONCE = 10_000
MAX_PAIRS = 1_000
MOST_NAMES = 20

Progress = Callable[[str, int, int], None]
"""(stage, done, total)"""

PERSON_NAMES: LiteralString = """
MATCH (p:Person)
WHERE p.name IS NOT NULL AND EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN collect([p.key, p.name, p.former_names, COUNT {
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN]->(e:Entity)
  WHERE r.rec_from <= $k AND $k < r.rec_to
  RETURN DISTINCT e
}]) AS found
"""

PERSON_RECORDS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN]->(e:Entity)
  WHERE r.rec_from <= $k AND $k < r.rec_to
  RETURN collect([e.key, r.source, r.since, r.until, type(r)]) AS ties
}
CALL (p) {
  MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
  WHERE coalesce(l.policy, 'same-number') = 'same-number' AND i.scheme <> 'name-in-entity'
  RETURN collect([i.scheme, i.value]) AS ids
}
CALL (p) {
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.rec_from <= $k AND $k < s.rec_to AND (s.born_from IS NOT NULL OR s.sex IS NOT NULL)
  RETURN collect([s.born_from, s.born_to, s.sex]) AS stated
}
RETURN collect([p.key, p.name, p.former_names, p.id_masked, p.adult_year, ties, ids, stated]) AS found
"""

ENTITIES: LiteralString = """
UNWIND $keys AS key
MATCH (e:Party {key: key})
USING INDEX SEEK e:Party(key)
CALL (e) {
  MATCH (e)-[r:REGISTERED_AT]->(a:Address)
  WHERE r.rec_from <= $k AND $k < r.rec_to AND NOT coalesce(a.hub, false)
  RETURN collect(DISTINCT a.key) AS addresses
}
CALL (e) {
  MATCH (e)-[r:ACTUAL_CONTROLLER_OF|HOLDS_SHARES_IN|BRANCH_OF|SUPPLIES_TO]-(o:Entity)
  WHERE NOT coalesce(e.hub, false) AND r.rec_from <= $k AND $k < r.rec_to AND NOT coalesce(o.hub, false)
  RETURN collect(DISTINCT o.key) AS near
}
RETURN collect([e.key, e.region, addresses, near, coalesce(e.hub, false)]) AS found
"""

PERSONS_BESIDE: LiteralString = """
UNWIND $keys AS key
MATCH (e:Party {key: key})
USING INDEX SEEK e:Party(key)
MATCH (p:Person)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
  |ACTUAL_CONTROLLER_OF|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN]->(e)
WHERE NOT coalesce(e.hub, false) AND r.rec_from <= $k AND $k < r.rec_to
RETURN collect(DISTINCT p.key) AS found
"""

# Hubs prove nothing, and bring nobody near.
LISTED_BESIDE: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN]->(e:Entity)
  WHERE r.rec_from <= $k AND $k < r.rec_to AND e.sanctioned AND NOT coalesce(e.hub, false)
  RETURN collect(DISTINCT e.key) AS beside
}
RETURN collect([p.key, CASE WHEN p.sanctioned THEN [p.key] ELSE [] END + beside]) AS found
"""

JUDGEMENTS: LiteralString = """
MATCH (a:Person)-[r:SAME_PERSON_AS]->(b:Person)
WHERE ($party IS NULL OR $party IN [a.key, b.key]) AND ($undone OR (r.rec_from <= $k AND $k < r.rec_to))
CALL (r) {
  OPTIONAL MATCH (c:Change {seq: r.rec_from}) RETURN c.at AS at
}
CALL (a, b) {
  UNWIND [a, b] AS p
  MATCH (:Identifier)-[l:IDENTIFIES {stated: p.key}]->(q:Party)
  RETURN collect(DISTINCT [p.key, q.key]) AS moved
}
RETURN a.key AS a, a.name AS a_name, b.key AS b, b.name AS b_name, properties(r) AS props, at, moved
ORDER BY r.rec_from, coalesce(r.place, 0), r.fact_id
"""


def propose(
    graph: Graph,
    *,
    party: str | None = None,
    limit: int = MAX_PAIRS,
    seconds: float | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> SamePerson:
    """Which pairs of persons, or who beside this person, may be one natural person, and what was judged of them?

    Pairs that stand judged are not proposed again; they are in `judgements`. First come those of which a judgement would
    change answers, as a listed party stands at one side only; among them those with the highest score.

    Args:
        party: key of one person; None: all persons.
        limit: pairs at the most; reaching it is reported.
        seconds: time for each query.

    Raises:
        BadRequest: the party is no person of this graph.
        TimeoutError: a query took longer.
    """
    position = graph.position()
    if party is not None:
        _person(graph, party)
    names = _names(graph, position, seconds)
    frequency = frequencies(((n, places) for n, places in names.values()))
    keys = list(names) if party is None else _around(graph, party, names, position, seconds)
    persons, entities = _records(graph, keys, position, seconds, progress)
    found = candidates(
        persons,
        entities,
        party=party,
        frequency=frequency,
        progress=lambda done, total: progress("names", done, total),
    )
    judged = judgements(graph, party=party, position=position)
    known = {(j.a.key, j.b.key) for j in judged}
    fresh = [p for p in found.pairs if (p.a, p.b) not in known]
    beside = _listed_beside(graph, fresh, position, seconds, progress)
    fresh.sort(key=lambda p: not beside[p.a] ^ beside[p.b])
    groups = _groups(fresh)
    cut = [Cut(reason="limit", detail=say("limit_same_name", name=s.name, persons=s.persons)) for s in found.skipped]
    if len(fresh) > limit:
        cut.append(Cut(reason="limit", detail=say("limit_pairs", pairs=len(fresh), limit=limit)))
    return SamePerson(
        position=position,
        party=party_refs(graph, [party])[party] if party else None,
        candidates=_shown(graph, fresh[:limit], beside, groups),
        judgements=judged,
        frequent=_frequent(names, frequency, party),
        cut=cut,
        complete=not cut,
    )


def comparison(graph: Graph, one: str, other: str) -> CandidateRef | None:
    """Score and reasons of two persons, proposed or not; None when their names do not agree or their id numbers differ.

    Raises:
        BadRequest: one of them is no person of this graph.
    """
    position = graph.position()
    for key in (one, other):
        _person(graph, key)
    names = _names(graph, position, None)
    if not {one, other} <= names.keys():
        return None  # a name that stands at another party now: it has no facts of its own
    frequency = frequencies(((n, places) for n, places in names.values()))
    keys = _with_beside(graph, [one, other], position, None)
    persons, entities = _records(graph, keys, position, None, lambda *_: None)
    pair = compared(persons, entities, one, other, frequency=frequency)
    return _shown(graph, [pair])[0] if pair else None


def judgements(
    graph: Graph, *, party: str | None = None, undone: bool = False, position: int | None = None
) -> list[JudgementRef]:
    """What people judged, oldest first; with `undone` also what was taken back."""
    position = graph.position() if position is None else position
    rows = graph.read(JUDGEMENTS, party=party, undone=undone, k=position)
    out = []
    for r in rows:
        props = {k: native(v) for k, v in r["props"].items()}
        shown = {name: value for name, value in props.items() if name in JudgementRef.model_fields}
        more = {
            "id": props["fact_id"],
            "a": NodeRef.of(r["a"], "Person", r["a_name"]),
            "b": NodeRef.of(r["b"], "Person", r["b_name"]),
            "recorded_at": instant(r["at"]),
            "standing": position < props["rec_to"],
            "notes": [say("moved_by_name", old=old, new=new) for old, new in r["moved"]],
        }
        out.append(JudgementRef.model_validate(shown | more))
    return out


# --- gathering --------------------------------------------------------------------------------------------


def _person(graph: Graph, key: str) -> PartyRef:
    ref = party_refs(graph, [key]).get(key)
    if ref is None or ref.label != "Person":
        raise BadRequest(f"There is no person {key!r}: take the key from a look-up (p-…).")
    return ref


def _names(graph: Graph, position: int, seconds: float | None) -> dict[str, tuple[list[str], int]]:
    """Person → (current name and former ones, number of his entities)."""
    rows = graph.read(PERSON_NAMES, timeout=seconds, k=position)[0]["found"]
    return {key: ([name, *(former or ())], places) for key, name, former, places in rows}


def _around(
    graph: Graph, party: str, names: dict[str, tuple[list[str], int]], position: int, seconds: float | None
) -> list[str]:
    """Those who may bear the party's name, and who stands beside them."""
    own = tokens(parse_name(n) for n in names.get(party, ([], 0))[0])
    bearers = [key for key, (some, _) in names.items() if own & tokens(parse_name(n) for n in some)]
    return _with_beside(graph, bearers, position, seconds)


def _with_beside(graph: Graph, keys: Sequence[str], position: int, seconds: float | None) -> list[str]:
    rows = graph.read(PERSON_RECORDS, timeout=seconds, keys=list(keys), k=position)[0]["found"]
    entities = sorted({tie[0] for row in rows for tie in row[5]})
    beside = graph.read(PERSONS_BESIDE, timeout=seconds, keys=entities, k=position)[0]["found"] if entities else []
    return sorted({*keys, *beside})


def _records(
    graph: Graph, keys: Sequence[str], position: int, seconds: float | None, progress: Progress
) -> tuple[list[PersonRecord], list[EntityRecord]]:
    """All that is compared, in lists: persons, and the entities that they have to do with."""
    persons = []
    for row in _chunks(graph, PERSON_RECORDS, keys, position, seconds, lambda n, of: progress("persons", n, of)):
        persons.append(_record(*row))
    wanted = sorted({tie.entity for p in persons for tie in p.ties})
    entities = []
    for key, region, addresses, near, hub in _chunks(
        graph, ENTITIES, wanted, position, seconds, lambda n, of: progress("entities", n, of)
    ):
        entities.append(EntityRecord(key, _region(region), tuple(addresses), tuple(near), hub))
    return persons, entities


def _chunks(
    graph: Graph,
    query: LiteralString,
    keys: Sequence[str],
    position: int,
    seconds: float | None,
    progress: Callable[[int, int], None],
) -> Iterable[Any]:
    for at in range(0, len(keys), PERSONS_AT_ONCE):
        yield from graph.read(query, timeout=seconds, keys=list(keys[at : at + PERSONS_AT_ONCE]), k=position)[0][
            "found"
        ]
        progress(min(at + PERSONS_AT_ONCE, len(keys)), len(keys))


def _record(
    key: str,
    name: str | None,
    former: list[str] | None,
    mask: str | None,
    adult_year: int | None,
    ties: list[list[Any]],
    ids: list[list[str]],
    stated: list[list[Any]],
) -> PersonRecord:
    number = mask if mask and len(mask) == 18 else None
    years: list[tuple[int, int]] = [(first, last) for first, last, _ in stated if first is not None]
    if adult_year is not None:
        years.append((adult_year - 18, adult_year - 18))
    sexes = {sex[0] for _, _, sex in stated if sex}
    if number and number[16].isdigit():
        sexes.add("m" if int(number[16]) % 2 else "f")
    return PersonRecord(
        key=key,
        names=tuple(n for n in (name, *(former or ())) if n),
        ties=tuple(
            Tie(entity, source, native(since), native(until), kind == "LEGAL_REPRESENTATIVE_OF")
            for entity, source, since, until, kind in ties
        ),
        id_hashes=frozenset(value for scheme, value in ids if scheme == "cn-id"),
        own_ids=frozenset((scheme, value) for scheme, value in ids if scheme != "cn-id"),
        id_mask=number,
        born=_common(years),
        sex=sexes.pop() if len(sexes) == 1 else None,
    )


def _common(years: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The years of birth that all sources allow; None when there is none, or when they contradict each other."""
    if not years:
        return None
    first, last = max(a for a, _ in years), min(b for _, b in years)
    return (first, last) if first <= last else None


def _region(text: str | None) -> str | None:
    """A division code by its prefecture, any other text as it is written."""
    if not text:
        return None
    return text[:4] if text[:4].isdigit() and len(text) >= 4 else name_key(text)


# --- showing ----------------------------------------------------------------------------------------------


def _listed_beside(
    graph: Graph, pairs: Sequence[Pair], position: int, seconds: float | None, progress: Progress
) -> dict[str, set[str]]:
    """Person → the listed parties that he is or has to do with."""
    keys = sorted({key for pair in pairs for key in (pair.a, pair.b)})
    rows = _chunks(graph, LISTED_BESIDE, keys, position, seconds, lambda n, of: progress("listed", n, of))
    return {key: set(some) for key, some in rows}


def _groups(pairs: Iterable[Pair]) -> dict[str, str]:
    """Person → the least key of those whom pairs tie together with him."""
    root: dict[str, str] = {}

    def top(key: str) -> str:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for pair in pairs:
        least, other = sorted((top(pair.a), top(pair.b)))
        root[other] = least
    return {key: top(key) for key in list(root)}


MOST_LISTED = 5


def _shown(
    graph: Graph,
    pairs: Sequence[Pair],
    beside: Mapping[str, set[str]] | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[CandidateRef]:
    gains = {(p.a, p.b): sorted(beside[p.a] ^ beside[p.b]) if beside else [] for p in pairs}
    things = {key for pair in pairs for reason in pair.reasons for key in reason.keys}
    things |= {key for some in gains.values() for key in some[:MOST_LISTED]}
    parties = party_refs(graph, {key for pair in pairs for key in (pair.a, pair.b)} | things)
    addresses = {r["key"]: r["name"] for r in graph.read(ADDRESS_NAMES, keys=sorted(things - parties.keys()))}

    def node(key: str) -> NodeRef:
        if party := parties.get(key):
            return NodeRef.of(key, party.label, party.name)
        return NodeRef.of(key, "Address", addresses.get(key))

    return [
        CandidateRef(
            a=parties[pair.a],
            b=parties[pair.b],
            score=pair.score,
            bearers=pair.bearers,
            reasons=[
                ReasonRef(
                    part=reason.part,
                    points=reason.points,
                    zh=PARTS[reason.part].zh,
                    en=PARTS[reason.part].en,
                    count=reason.count,
                    nodes=[node(key) for key in reason.keys],
                )
                for reason in pair.reasons
            ],
            changes=len(gains[pair.a, pair.b]),
            listed=[node(key) for key in gains[pair.a, pair.b][:MOST_LISTED]],
            group=(groups or {}).get(pair.a, ""),
        )
        for pair in pairs
    ]


ADDRESS_NAMES: LiteralString = """
UNWIND $keys AS key MATCH (a:Address {key: key}) RETURN a.key AS key, a.name AS name
"""


def _frequent(
    names: dict[str, tuple[list[str], int]], frequency: dict[str, Frequency], party: str | None
) -> list[NameCount]:
    """How often the party's names are borne; of all persons, the most frequent names that several bear."""
    if party is None:
        forms = [form for form, f in frequency.items() if f.persons > 1]
    else:
        forms = sorted({form for n in names.get(party, ([], 0))[0] for form in parse_name(n).forms})
    counts = sorted(
        (NameCount(name=f, persons=frequency[f].persons) for f in forms), key=lambda n: (-n.persons, n.name)
    )
    return list(islice(counts, MOST_NAMES))
