"""Who owns how much of a company through others, who controls it, and who are its beneficial owners?

The holdings above a company (or, for its group, below whoever controls it) are gathered level by level, as believed at
one position and as they hold on one day, and worked out in `graph_model/ownership.py`. Information only: a
shareholding alone makes nobody liable, and no consequence follows from these numbers.

Beneficial owners (受益所有人): natural persons with 25 % or more (以上, ≥) of the effective shares; else those who
control the company otherwise; else its senior manager. Which of the three it was, and whether it is sure, is said.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, LiteralString

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.ownership import (
    EPSILON,
    QUARTER,
    Holding,
    Shares,
    Step,
    controlled,
    effective,
    steps_to,
    strongest_chain,
)
from graph_model.store import Graph
from queries.answers import (
    BeneficialOwnerRef,
    ControlStep,
    Cut,
    FactRef,
    GroupMember,
    NodeRef,
    OverWhole,
    OwnerRef,
    Ownership,
)
from queries.facts import fact_row, label_of
from queries.parties import party_refs
from queries.provenance import fact_refs

MAX_PARTIES = 500
"""Parties that are looked at: above this the answer says that it is not complete."""

_HOLDS: LiteralString = """
  AND r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND (r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)
RETURN a.key AS start, labels(a) AS start_labels, a.name AS start_name,
  b.key AS end, labels(b) AS end_labels, b.name AS end_name, type(r) AS type, properties(r) AS props
ORDER BY end, start, props.fact_id
"""
HOLDERS: LiteralString = (
    """
UNWIND $keys AS key
MATCH (b:Party {key: key})
USING INDEX SEEK b:Party(key)
MATCH (a)-[r:HOLDS_SHARES_IN]->(b) WHERE true
"""
    + _HOLDS
)
HELD: LiteralString = (
    """
UNWIND $keys AS key
MATCH (a:Party {key: key})
USING INDEX SEEK a:Party(key)
MATCH (a)-[r:HOLDS_SHARES_IN]->(b) WHERE true
"""
    + _HOLDS
)
POSTS: LiteralString = (
    """
MATCH (b:Party {key: $key})
MATCH (a:Party)-[r:ACTUAL_CONTROLLER_OF|SENIOR_MANAGER_OF|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF]->(b) WHERE true
"""
    + _HOLDS
)


# A source that says why owners are not told says more than one that says nothing (BODS: unspecifiedReason).
UNDISCLOSED: LiteralString = """
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: $key})
USING INDEX SEEK p:Party(key)
WHERE s.rec_from <= $k AND $k < s.rec_to AND s.owners_undisclosed IS NOT NULL
RETURN DISTINCT s.owners_undisclosed AS reason ORDER BY reason
"""


class _Gathered:
    """The holdings that were looked at, and whom they are about."""

    def __init__(self, graph: Graph, day: date, position: int) -> None:
        self.graph, self.day, self.position = graph, day, position
        self.nodes: dict[str, NodeRef] = {}
        self.facts: dict[tuple[str, str], list[FactRow]] = defaultdict(list)
        self.asked: set[str] = set()
        self.cut: list[Cut] = []

    def _read(self, query: LiteralString, **asked: Any) -> list[FactRow]:
        rows = []
        for r in self.graph.read(query, k=self.position, day=self.day, **asked):
            for end in ("start", "end"):
                self.nodes.setdefault(r[end], NodeRef.of(r[end], label_of(r[f"{end}_labels"]), r[f"{end}_name"]))
            rows.append(fact_row(r["type"], r["start"], r["end"], r["props"], position=self.position))
        return rows

    def above(self, company: str) -> None:
        """All holdings through which anybody holds anything of the company."""
        frontier = [company]
        while frontier and self._room(frontier):
            frontier = self._holders(frontier)

    def below(self, owner: str) -> Shares:
        """All companies that somebody may control, with everybody who holds something of them."""
        hand, known = {owner}, {owner}
        while True:
            reached = {f.end for f in self._read(HELD, keys=sorted(hand))} - known
            known |= reached
            if not reached or not self._room(reached):
                return self.shares()
            self._holders(sorted(reached - self.asked))
            # Only what may be controlled passes control on.
            hand = {c for c in controlled(self.shares(), owner, possibly=True) if c not in hand}
            if not hand:
                return self.shares()

    def _holders(self, companies: Sequence[str]) -> list[str]:
        self.asked.update(companies)
        new = []
        for fact in self._read(HOLDERS, keys=list(companies)):
            self.facts[fact.start, fact.end].append(fact)
            if fact.start not in self.asked and self.nodes[fact.start].label != "Person":
                new.append(fact.start)
        return sorted(set(new))

    def _room(self, more: Iterable[str]) -> bool:
        if len(self.asked) + len(set(more)) <= MAX_PARTIES:
            return True
        self.cut.append(Cut(reason="limit", detail=f"more than {MAX_PARTIES} parties: holdings beyond were not read"))
        return False

    def posts(self, company: str) -> list[FactRow]:
        return self._read(POSTS, key=company)

    def shares(self) -> Shares:
        return Shares.of(
            Holding(f.start, f.end, f.props.get("share_min", 0.0), f.props.get("share_max", 1.0))
            for facts in self.facts.values()
            for f in facts
        )

    def path(self, chain: Sequence[str], refs: dict[str, FactRef]) -> list[NodeRef | FactRef]:
        out: list[NodeRef | FactRef] = [self.nodes[chain[0]]] if chain else []
        for a, b in pairwise(chain):
            out += [refs[self.facts[a, b][0].fact_id], self.nodes[b]]
        return out


def ownership(graph: Graph, key: str, *, as_of: date, known_at: date | None = None, group: bool = False) -> Ownership:
    """Owners of a company, direct and through others; whoever controls it; its beneficial owners; its group.

    Args:
        key: of the company.
        as_of: the day on which the holdings hold. A holding whose first or last day is unknown counts, and is named.
        group: also all companies that are controlled by whoever controls this one in the end.

    Raises:
        BadRequest: no such party.
    """
    position = graph.position() if known_at is None else graph.position_on(known_at)
    party = party_refs(graph, [key]).get(key)
    if party is None:
        raise BadRequest(f"There is no party with the key {key!r}.")
    gathered = _Gathered(graph, as_of, position)
    gathered.nodes[key] = NodeRef.of(party.key, party.label, party.name)
    gathered.above(key)
    posts = gathered.posts(key)
    shares = gathered.shares()
    facts = [f for held in gathered.facts.values() for f in held]
    refs = fact_refs(graph, [*facts, *posts])
    owners = [_owner(gathered, shares, refs, who, key) for who in shares.above(key)]
    owners.sort(key=lambda o: (-o.low, -o.high, o.party.key))
    members, heads = _group(gathered, shares, owners, key) if group else ([], [])
    return Ownership(
        as_of=as_of,
        known_at=known_at,
        position=position,
        party=party,
        owners=owners,
        beneficial=_beneficial(gathered, owners, posts, refs),
        heads=heads,
        group=members,
        over=[OverWhole(party=gathered.nodes[c], total=round(t, 6)) for c, t in sorted(shares.over.items())],
        undisclosed=[r["reason"] for r in graph.read(UNDISCLOSED, key=key, k=position)],
        uncertain=_uncertain(facts),
        cut=gathered.cut,
        complete=not gathered.cut,
    )


def _owner(gathered: _Gathered, shares: Shares, refs: dict[str, FactRef], who: str, company: str) -> OwnerRef:
    share, residual = effective(shares, who, company)
    sure, maybe = controlled(shares, who), controlled(shares, who, possibly=True)
    steps = sure if company in sure else maybe
    direct = shares.into[company].get(who)
    return OwnerRef(
        party=gathered.nodes[who],
        low=round(share.low, 9),
        high=round(share.high, 9),
        direct_low=round(direct.low, 9) if direct else None,
        direct_high=round(direct.high, 9) if direct else None,
        control="sure" if company in sure else "possible" if company in maybe else "no",
        steps=[_step(gathered, s) for s in steps_to(steps, company)],
        path=gathered.path(strongest_chain(shares, who, company), refs),
        residual=residual,
    )


def _step(gathered: _Gathered, step: Step) -> ControlStep:
    return ControlStep(
        company=gathered.nodes[step.company],
        holders=[gathered.nodes[h] for h in step.holders],
        low=round(step.share.low, 9),
        high=round(step.share.high, 9),
    )


def _beneficial(
    gathered: _Gathered, owners: list[OwnerRef], posts: list[FactRow], refs: dict[str, FactRef]
) -> list[BeneficialOwnerRef]:
    """By shares, else by control, else the senior manager. What is only possible never closes the search."""
    found: list[BeneficialOwnerRef] = []
    people = [o for o in owners if o.party.label == "Person"]
    for o in people:
        if o.high >= QUARTER - EPSILON:
            sure = o.low >= QUARTER - EPSILON
            why = f"{_percent(o.low, o.high)} of the effective shares, 25 % or more"
            found.append(BeneficialOwnerRef(party=o.party, ground="share", certain=sure, why=why, path=o.path))
    if any(b.certain for b in found):
        return found
    for o in people:
        if o.control != "no" and o.party.key not in {b.party.key for b in found}:
            why = "more than half at every step"
            found.append(
                BeneficialOwnerRef(party=o.party, ground="control", certain=o.control == "sure", why=why, path=o.path)
            )
    stated = [f for f in posts if f.type == "ACTUAL_CONTROLLER_OF" and gathered.nodes[f.start].label == "Person"]
    found += [_by_post(gathered, f, refs, "stated_control", "stated as actual controller (实际控制人)") for f in stated]
    if any(b.certain for b in found):
        return found
    order = ("PRINCIPAL_OF", "SENIOR_MANAGER_OF", "LEGAL_REPRESENTATIVE_OF")
    for kind in order:
        heads = [f for f in posts if f.type == kind and gathered.nodes[f.start].label == "Person"]
        if heads:
            why = "nobody is known by shares or control: who manages the company"
            return [*found, *(_by_post(gathered, f, refs, "senior_manager", why) for f in heads)]
    return found


def _by_post(gathered: _Gathered, fact: FactRow, refs: dict[str, FactRef], ground: Any, why: str) -> BeneficialOwnerRef:
    path = [gathered.nodes[fact.start], refs[fact.fact_id], gathered.nodes[fact.end]]
    post = fact.props.get("post")
    return BeneficialOwnerRef(
        party=gathered.nodes[fact.start],
        ground=ground,
        certain=fact.trust == "official" and ground == "stated_control",
        why=f"{why}: {post}" if post else why,
        path=path,
    )


def _group(
    gathered: _Gathered, shares: Shares, owners: list[OwnerRef], company: str
) -> tuple[list[GroupMember], list[NodeRef]]:
    """Whoever controls the company and is controlled by nobody, and all that these control for sure."""
    above = [o.party.key for o in owners if o.control == "sure"]
    held = {c for who in above for c in controlled(shares, who)}
    heads = [who for who in above if who not in held] or above[:1] or [company]
    members: dict[str, GroupMember] = {}
    for head in heads:
        below = gathered.below(head)
        for step in controlled(below, head).values():
            node = gathered.nodes[step.company]
            members.setdefault(
                step.company, GroupMember(party=node, head=gathered.nodes[head], step=_step(gathered, step))
            )
    return sorted(members.values(), key=lambda m: m.party.key), [gathered.nodes[h] for h in heads]


def _percent(low: float, high: float) -> str:
    if high - low < 1e-6:
        return f"{low:.4%}"
    return f"{low:.4%} to {high:.4%}"


def _uncertain(facts: list[FactRow]) -> list[str]:
    notes = []
    for f in facts:
        if f.since is None and f.data_date is None:
            notes.append(f"HOLDS_SHARES_IN {f.start} → {f.end}: start date unknown")
    return notes
