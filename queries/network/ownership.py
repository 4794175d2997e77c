"""Who owns how much of a company through others, who controls it, and who are its beneficial owners?

The holdings above a company (or, for its group, below whoever controls it) are gathered level by level, as believed at
one position and as they hold on one day, and worked out in `graph_model/ownership.py` and `graph_model/effective.py`.
They are asked of a reader: the graph itself (`LiveOwnership`) or an in-memory copy of it (`queries.projection`). Both give the
same answer. Information only: a shareholding alone makes nobody liable, and no consequence follows from these numbers.

Beneficial owners (受益所有人): natural persons with 25 % or more (以上, ≥) of the effective shares; else those who
control the company otherwise; else its senior manager. Beside them whoever a source declares to be one, by votes,
appointments, arrangements or shares that are not told to be direct. Which of these it was, and whether it is sure, is
said. Whoever only lends his name (nominee, 代持) is never the certain owner.
What a company holds in itself (自持股份) counts for nobody and is not read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, LiteralString, Protocol, Self

import numpy as np
from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.ownership import (
    EPSILON,
    QUARTER,
    Holding,
    Share,
    Shares,
    StepOfControl,
    chain_down,
    controlled,
    steps_to,
    strongest_chains,
)
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, Cut, FactRef, NodeRef, PartyRef, SanctionRef, Sentence
from queries.network.over_whole import OverWhole, over_whole
from queries.party.parties import party_refs, sanctions_on
from queries.read.facts import fact_row
from queries.read.moment import Moment, one_moment
from queries.read.provenance import ends_of, fact_refs, path_along

if TYPE_CHECKING:
    from graph_model.effective import EffectiveShares


class ControlStep(AnswerShape):
    """One step of control: holders that are in one hand have more than half of a company together."""

    company: NodeRef
    holders: list[NodeRef]
    low: float = Field(description="what they have together for sure, 0..1")
    high: float = Field(description="what they may have together")


class OwnerRef(AnswerShape):
    """Somebody who holds something of the company, directly or through others."""

    party: NodeRef
    low: float = Field(description="effective share for sure, all chains together, 0..1")
    high: float = Field(description="effective share at the most")
    direct_low: float | None = Field(None, description="direct share for sure; null: he holds nothing directly")
    direct_high: float | None = Field(None, description="direct share at the most")
    control: Literal["sure", "possible", "no"] = Field(description=say("owner_control"))
    steps: list[ControlStep] = Field([], description="the steps of control, the first one first")
    path: list[NodeRef | FactRef] = Field(description="the strongest chain, from the owner down")
    residual: float = Field(description="what of `high` was not worked out any further")


class BeneficialOwnerRef(AnswerShape):
    """A beneficial owner (受益所有人), and on what ground."""

    party: NodeRef
    ground: Literal["share", "control", "stated_control", "declared", "senior_manager"]
    certain: bool
    why: Sentence
    path: list[NodeRef | FactRef] = Field([])


class GroupMember(AnswerShape):
    """A company that is controlled by the head of the group."""

    party: NodeRef
    head: NodeRef
    step: ControlStep


class Ownership(AnswerShape):
    """Who owns a company through others, who controls it, its beneficial owners, its group. Information only."""

    question: Literal["ownership"] = "ownership"
    as_of: date
    known_at: date | None = None
    position: int
    party: PartyRef
    owners: list[OwnerRef]
    beneficial: list[BeneficialOwnerRef]
    heads: list[NodeRef] = Field([], description="whoever controls the group in the end; only when asked for")
    group: list[GroupMember] = Field([], description="companies of the group; only when asked for")
    over: list[OverWhole] = Field([])
    gone: list[PartyRef] = Field(
        [],
        description="of all these, who is no more or may do no business by its registration status: see `gone` there",
    )
    undisclosed: list[str] = Field(
        [], description="why owners are not told, as a source declares it; not the same as no data"
    )
    uncertain: list[Sentence] = Field([], description="holdings whose first day is not known")
    told_apart: list[str] = Field(
        [],
        description="holdings that several records tell otherwise: each share with its source; they count as an interval",
    )
    cut: list[Cut] = Field([])
    complete: bool = True


MAX_PARTIES = 500
"""Parties that are looked at: above this the answer says that it is not complete."""

UNSETTLED = 1e-6
"""An effective share of which more than this was not worked out is told."""

_HOLDS: LiteralString = """
  r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND (r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)
"""
_SHOWN: LiteralString = """
RETURN a.key AS start, labels(a) AS start_labels, a.name AS start_name,
  b.key AS end, labels(b) AS end_labels, b.name AS end_name, type(r) AS type, properties(r) AS props
"""
HOLDERS: LiteralString = (
    """
UNWIND $keys AS key
MATCH (b:Party {key: key})
USING INDEX SEEK b:Party(key)
MATCH (a)-[r:HOLDS_SHARES_IN]->(b) WHERE a <> b AND
"""
    + _HOLDS
    + _SHOWN
)
HELD: LiteralString = (
    """
UNWIND $keys AS key
MATCH (a:Party {key: key})
USING INDEX SEEK a:Party(key)
MATCH (a)-[r:HOLDS_SHARES_IN]->(b) WHERE a <> b AND
"""
    + _HOLDS
    + "RETURN collect(DISTINCT b.key) AS keys"
)
MANAGERS = ("PRINCIPAL_OF", "SENIOR_MANAGER_OF", "LEGAL_REPRESENTATIVE_OF")
OWNER_POSTS: tuple[str, ...] = ("ACTUAL_CONTROLLER_OF", *MANAGERS, "HAS_INTEREST_IN")
"""By which posts or interests somebody may be a beneficial owner."""
NOMINEES = ("nominee", "trustee")
"""Interests of those who hold for somebody else."""
POSTS_AT: LiteralString = (
    """
MATCH (b:Party {key: $key})
MATCH (a:Party)-[r:ACTUAL_CONTROLLER_OF|PRINCIPAL_OF|SENIOR_MANAGER_OF|LEGAL_REPRESENTATIVE_OF|HAS_INTEREST_IN]->(b)
WHERE a <> b AND
"""
    + _HOLDS
    + _SHOWN
)


# A source that says why owners are not told says more than one that says nothing (BODS: unspecifiedReason).
OWNERS_UNDISCLOSED: LiteralString = """
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: $key})
USING INDEX SEEK p:Party(key)
WHERE s.rec_from <= $k AND $k < s.rec_to AND s.owners_undisclosed IS NOT NULL
RETURN DISTINCT s.owners_undisclosed AS reason ORDER BY reason
"""


class OwnershipReader(Protocol):
    """Where ownership is read from. All of it is as known at `position`; what a company holds in itself is left out."""

    @property
    def position(self) -> int:
        """Clock position for which the answers are true."""
        ...

    def parties(self, keys: Iterable[str], day: date) -> dict[str, PartyRef]:
        """Parties by key, with what they are on a day."""
        ...

    def above(self, company: str, day: date, most: int) -> tuple[list[FactRow], bool]:
        """The holdings through which anybody holds anything of a company on a day (`in_order`).

        Level by level; False: with the next level more than `most` parties would have been asked for their holders.
        """
        ...

    def holders(self, companies: Sequence[str], day: date) -> list[Holding]:
        """Who holds what of these companies on a day, in ascending order."""
        ...

    def held(self, owners: Sequence[str], day: date) -> set[str]:
        """The companies of which these hold anything on a day."""
        ...

    def posts(self, company: str, day: date) -> list[FactRow]:
        """Who heads a company on a day, by one of `OWNER_POSTS` (`in_order`)."""
        ...

    def undisclosed(self, company: str) -> list[str]:
        """The reasons that sources give why the owners of a company are not told."""
        ...

    def nodes(self, keys: Iterable[str]) -> dict[str, NodeRef]:
        """Labels and names by key, of those about whom it has told anything."""
        ...

    def sanctions(self, keys: Sequence[str], day: date) -> dict[str, list[SanctionRef]]:
        """The sanctions of each party that have begun by a day."""
        ...

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        """Facts by id, ready to be shown."""
        ...


def in_order(facts: Iterable[FactRow]) -> list[FactRow]:
    """Facts by company, holder and id: the same order wherever they were read."""
    return sorted(facts, key=lambda f: (f.end, f.start, f.fact_id))


def bounds(props: Mapping[str, Any]) -> Share:
    """The share that a holding is, by the properties of its fact. Unknown is anything."""
    return Share(props.get("share_min", 0.0), props.get("share_max", 1.0))


def _holding(fact: FactRow) -> Holding:
    return Holding(fact.start, fact.end, *bounds(fact.props))


class LiveOwnership:
    """The graph itself."""

    def __init__(self, graph: Graph, moment: Moment) -> None:
        self.graph, self.moment, self.position = graph, moment, moment.position
        self._nodes: dict[str, NodeRef] = {}

    def parties(self, keys: Iterable[str], day: date) -> dict[str, PartyRef]:
        """As `OwnershipReader`."""
        return party_refs(self.graph, keys, replace(self.moment, as_of=day))

    def _read(self, query: LiteralString, day: date, **asked: Any) -> list[FactRow]:
        rows = []
        for r in self.graph.read(query, k=self.position, day=day, **asked):
            self._nodes |= ends_of(r)
            rows.append(fact_row(r["type"], r["start"], r["end"], r["props"], position=self.position))
        return in_order(rows)

    def above(self, company: str, day: date, most: int) -> tuple[list[FactRow], bool]:
        """As `OwnershipReader`."""
        facts: list[FactRow] = []
        asked: set[str] = set()
        frontier = {company}
        while frontier:
            if len(asked) + len(frontier) > most:
                return in_order(facts), False
            asked |= frontier
            level = self._read(HOLDERS, day, keys=sorted(frontier))
            facts += level
            frontier = {f.start for f in level if self._nodes[f.start].label != "Person"} - asked
        return in_order(facts), True

    def holders(self, companies: Sequence[str], day: date) -> list[Holding]:
        """As `OwnershipReader`."""
        return sorted(_holding(f) for f in self._read(HOLDERS, day, keys=list(companies)))

    def held(self, owners: Sequence[str], day: date) -> set[str]:
        """As `OwnershipReader`."""
        return set(self.graph.read(HELD, keys=list(owners), k=self.position, day=day)[0]["keys"])

    def posts(self, company: str, day: date) -> list[FactRow]:
        """As `OwnershipReader`."""
        return self._read(POSTS_AT, day, key=company)

    def undisclosed(self, company: str) -> list[str]:
        """As `OwnershipReader`."""
        return [r["reason"] for r in self.graph.read(OWNERS_UNDISCLOSED, key=company, k=self.position)]

    def nodes(self, keys: Iterable[str]) -> dict[str, NodeRef]:
        """As `OwnershipReader`."""
        return {key: self._nodes[key] for key in keys if key in self._nodes}

    def sanctions(self, keys: Sequence[str], day: date) -> dict[str, list[SanctionRef]]:
        """As `OwnershipReader`."""
        return sanctions_on(self.graph, keys, replace(self.moment, as_of=day))

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        """As `OwnershipReader`."""
        return fact_refs(self.graph, facts)


class GatheredHoldings:
    """The holdings that were looked at, and whom they are about."""

    def __init__(self, reader: OwnershipReader, day: date, company: NodeRef) -> None:
        self.reader, self.day = reader, day
        facts, whole = reader.above(company.key, day, MAX_PARTIES)
        self.uncertain = [
            say("fact_start_unknown", fact=f"HOLDS_SHARES_IN {f.start} → {f.end}")
            for f in facts
            if f.since is None and f.data_date is None
        ]
        self.told_apart = _told_apart(facts)
        self.holdings = [_holding(f) for f in facts]
        self.posts = reader.posts(company.key, day)
        self.above_whole = [f for f in (*facts, *self.posts) if f.props.get("share_above")]
        self.facts: dict[tuple[str, str], FactRow] = {}
        for fact in facts:
            self.facts.setdefault((fact.start, fact.end), fact)
        self.refs = reader.refs([*self.facts.values(), *self.posts])
        self.nodes = {company.key: company}
        self._meet(end for f in (*facts, *self.posts) for end in (f.start, f.end))
        self.asked = {company.key, *(f.end for f in facts)}
        self.cut: list[Cut] = []
        if not whole:
            self._limited()

    @classmethod
    def around(
        cls, graph: Graph, key: str, as_of: date | Moment, known_at: date | None, reader: OwnershipReader | None
    ) -> tuple[OwnershipReader, Moment, PartyRef, Self]:
        """All holdings around a company.

        Args:
            reader: a copy of the graph that is as new as it should be; None: the graph itself, as for `known_at`.

        Returns:
            by whom and for which moment they were read, the company itself, and they.

        Raises:
            BadRequest: no such party.
        """
        if reader is None or known_at is not None:
            reader = LiveOwnership(graph, Moment.of(graph, as_of, known_at))
        moment = as_of if isinstance(as_of, Moment) else Moment.on(as_of, reader.position)
        party = reader.parties([key], moment.as_of).get(key)
        if party is None:
            raise BadRequest(f"There is no party with the key {key!r}.")
        return reader, moment, party, cls(reader, moment.as_of, NodeRef.of(party.key, party.label, party.name))

    def _meet(self, keys: Iterable[str]) -> None:
        self.nodes |= self.reader.nodes(dict.fromkeys(key for key in keys if key not in self.nodes))

    def _limited(self) -> None:
        detail = say("limit_holders", limit=MAX_PARTIES)
        if detail not in {c.detail for c in self.cut}:
            self.cut.append(Cut(reason="limit", detail=detail))

    def below(self, owner: str) -> Shares:
        """All companies that somebody may control, with everybody who holds something of them."""
        hand, known, went = {owner}, {owner}, set()
        while hand:
            went |= hand
            reached = self.reader.held(sorted(hand), self.day) - known
            known |= reached
            if len(self.asked | reached) > MAX_PARTIES:
                self._limited()
                break
            more = self.reader.holders(sorted(reached - self.asked), self.day)
            self.asked |= reached
            self._meet(end for h in more for end in (h.owner, h.owned))
            self.holdings += more
            # Only what may be controlled passes control on.
            hand = controlled(Shares.of(self.holdings), owner, possibly=True).keys() - went
        return Shares.of(self.holdings)

    def path(self, chain: Sequence[str]) -> list[NodeRef | FactRef]:
        """A chain of holders as it is shown, from the first down."""
        walked = [self.facts[pair] for pair in pairwise(chain)]
        return path_along(self.nodes, self.refs, chain[0], walked) if chain else []


@one_moment
def ownership(
    graph: Graph,
    key: str,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    group: bool = False,
    reader: OwnershipReader | None = None,
) -> Ownership:
    """Owners of a company, direct and through others; whoever controls it; its beneficial owners; its group.

    Args:
        key: of the company.
        as_of: the day on which the holdings hold. A holding whose first or last day is unknown counts, and is named.
        group: also all companies that are controlled by whoever controls this one in the end.
        reader: a copy of the graph that is as new as it should be; None: the graph itself, as for `known_at`.

    Raises:
        BadRequest: no such party.
    """
    reader, moment, party, gathered = GatheredHoldings.around(graph, key, as_of, known_at, reader)
    shares = Shares.of(gathered.holdings)
    owners = _owners(gathered, shares, key)
    members, heads = _group(gathered, shares, owners, key) if group else ([], [])
    return Ownership(
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        party=party,
        owners=owners,
        beneficial=_beneficial(gathered, owners),
        heads=heads,
        group=members,
        gone=_gone(reader, moment.as_of, [*owners, *members], heads),
        over=over_whole(shares, gathered.above_whole, gathered.nodes),
        undisclosed=reader.undisclosed(key),
        uncertain=gathered.uncertain,
        told_apart=gathered.told_apart,
        cut=gathered.cut,
        complete=not gathered.cut,
    )


def _told_apart(facts: Iterable[FactRow]) -> list[str]:
    """One holder whose share in one company is told twice, and not alike: nobody knows whether both are his or which is."""
    told: dict[tuple[str, str], dict[Share, str]] = {}
    for fact in facts:
        held = _holding(fact)
        told.setdefault((held.owner, held.owned), {}).setdefault(Share(held.low, held.high), fact.source)
    return [
        say(
            "shares_differ",
            fact=f"HOLDS_SHARES_IN {owner} → {owned}",
            shares="; ".join(say("share_by", share=_percent(*s, 2), source=told_by) for s, told_by in said.items()),
        )
        for (owner, owned), said in told.items()
        if len(said) > 1
    ]


def _gone(
    reader: OwnershipReader, day: date, found: Sequence[OwnerRef | GroupMember], heads: Sequence[NodeRef]
) -> list[PartyRef]:
    keys = dict.fromkeys([*(one.party.key for one in found), *(head.key for head in heads)])
    return [party for party in reader.parties(keys, day).values() if party.gone]


def effective_of(held: Sequence[Holding], company: str) -> tuple[dict[str, int], "EffectiveShares"]:
    """The effective share of everybody in a company; and by which number each stands there."""
    # Its compiler takes a second that only those should pay who ask for this.
    from graph_model.effective import effective_shares

    number = {key: n for n, key in enumerate(dict.fromkeys([company, *(end for h in held for end in h[:2])]))}
    ends = (np.array([number[h[end]] for h in held], np.int32) for end in (0, 1))
    return number, effective_shares(0, *ends, *(np.array([h[bound] for h in held]) for bound in (2, 3)), len(number))


TOO_WIDE = say("budget_ownership")


def _owners(gathered: GatheredHoldings, shares: Shares, company: str) -> list[OwnerRef]:
    number, found = effective_of(gathered.holdings, company)
    if float(found.residual.max()) > UNSETTLED:
        gathered.cut.append(Cut(reason="budget", detail=TOO_WIDE))
    below = strongest_chains(shares, company)
    owners = []
    for who in shares.above(company):
        n = number[who]
        steps = controlled(shares, who)
        sure = company in steps
        if not sure:
            steps = controlled(shares, who, possibly=True)
        direct = shares.into[company].get(who)
        owners.append(
            OwnerRef(
                party=gathered.nodes[who],
                low=round(float(found.low[n]), 9),
                high=round(float(found.high[n]), 9),
                direct_low=round(direct.low, 9) if direct else None,
                direct_high=round(direct.high, 9) if direct else None,
                control="sure" if sure else "possible" if company in steps else "no",
                steps=[_step(gathered, s) for s in steps_to(steps, company)],
                path=gathered.path(chain_down(below, who)),
                residual=float(found.residual[n]),
            )
        )
    return sorted(owners, key=lambda o: (-o.low, -o.high, o.party.key))


def _step(gathered: GatheredHoldings, step: StepOfControl) -> ControlStep:
    return ControlStep(
        company=gathered.nodes[step.company],
        holders=[gathered.nodes[h] for h in step.holders],
        low=round(step.share.low, 9),
        high=round(step.share.high, 9),
    )


def _beneficial(gathered: GatheredHoldings, owners: list[OwnerRef]) -> list[BeneficialOwnerRef]:
    """By shares, else by control, else the senior manager. What is only possible never closes the search."""
    found: list[BeneficialOwnerRef] = []
    people = [o for o in owners if o.party.label == "Person"]
    posts = [f for f in gathered.posts if gathered.nodes[f.start].label == "Person"]
    interests = [f for f in posts if f.type == "HAS_INTEREST_IN"]
    lent = {f.start for f in interests if f.props.get("interest") in NOMINEES}
    for o in people:
        if o.high >= QUARTER - EPSILON:
            sure = o.low >= QUARTER - EPSILON and o.party.key not in lent
            why = say("owner_share", share=_percent(o.low, o.high))
            why = "; ".join([why, say("owner_nominee")]) if o.party.key in lent else why
            found.append(BeneficialOwnerRef(party=o.party, ground="share", certain=sure, why=why, path=o.path))
    declared = _declared(gathered, interests, {b.party.key for b in found if b.certain})
    if any(b.certain for b in found):
        return [*found, *declared]
    named = {b.party.key for b in found}
    for o in people:
        if o.control != "no" and o.party.key not in named:
            sure = o.control == "sure" and o.party.key not in lent
            why = say("owner_control")
            found.append(BeneficialOwnerRef(party=o.party, ground="control", certain=sure, why=why, path=o.path))
    stated = [f for f in posts if f.type == "ACTUAL_CONTROLLER_OF"]
    found += [_by_post(gathered, f, "stated_control", say("owner_stated")) for f in stated]
    found += declared
    if declared or any(b.certain for b in found):
        return found
    for kind in MANAGERS:
        heads = [f for f in posts if f.type == kind]
        if heads:
            why = say("owner_manager")
            return [*found, *(_by_post(gathered, f, "senior_manager", why) for f in heads)]
    return found


def _declared(gathered: GatheredHoldings, interests: Sequence[FactRow], sure: set[str]) -> list[BeneficialOwnerRef]:
    """Whom a source declares to be a beneficial owner, by whatever interest; but for those who are one for sure already."""
    by_person: dict[str, list[FactRow]] = {}
    for fact in interests:
        if fact.props.get("beneficial") and fact.props.get("interest") not in NOMINEES and fact.start not in sure:
            by_person.setdefault(fact.start, []).append(fact)
    out = []
    for person, facts in by_person.items():
        told = ", ".join(dict.fromkeys(_interest(fact) for fact in facts))
        out.append(
            BeneficialOwnerRef(
                party=gathered.nodes[person],
                ground="declared",
                certain=False,
                why=say("owner_declared", interests=told),
                path=path_along(gathered.nodes, gathered.refs, person, facts[:1]),
            )
        )
    return out


def _interest(fact: FactRow) -> str:
    props = fact.props
    share = f" {_percent(props['share_min'], props['share_max'])}" if props.get("share_known") else ""
    return f"{props.get('interest', 'unknownInterest')}{share} ({props.get('directness', 'unknown')})"


def _by_post(gathered: GatheredHoldings, fact: FactRow, ground: Any, why: str) -> BeneficialOwnerRef:
    post = fact.props.get("post")
    return BeneficialOwnerRef(
        party=gathered.nodes[fact.start],
        ground=ground,
        certain=fact.trust == "official" and ground == "stated_control",
        why=say("owner_post", why=why, post=post) if post else why,
        path=path_along(gathered.nodes, gathered.refs, fact.start, [fact]),
    )


def _group(
    gathered: GatheredHoldings, shares: Shares, owners: list[OwnerRef], company: str
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


def _percent(low: float, high: float, digits: int = 4) -> str:
    if high - low < 1e-6:
        return f"{low:.{digits}%}"
    return f"{low:.{digits}%} to {high:.{digits}%}"
