"""How much of a company do listed owners have, all together (合计持股)? As the 50 per cent rule of OFAC asks.

Two numbers, both as intervals or with what is possible:

- the **effective share** of all of them: the probability that a walk from the company, which goes to each holder with the
  probability of its share, ever comes to one of them. Nobody is counted twice, circles neither.
- **half at every step**: whether what they have, added up, is 50 % or more of the company, or of companies that are
  theirs by this same rule, and so on. A company that is theirs counts with all that it holds.

Listed is who has a sanction in force that an official source states, or one of which it is not known whether it is in force; of
those that were asked for.
Information only: no measure of this law follows from a share.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from graph_model.ownership import (
    TOGETHER,
    Holding,
    Shares,
    chain_down,
    controlled,
    each_by_itself,
    strongest_chains,
    together,
)
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, AnswerStatus, Cut, FactRef, NodeRef, PartyRef, SanctionRef, Sentence
from queries.network.exposure import MAX_DOUBTS
from queries.network.over_whole import OverWhole, over_whole
from queries.network.ownership import (
    TOO_WIDE,
    UNSETTLED,
    GatheredHoldings,
    OwnershipReader,
    effective_of,
)
from queries.party.doubts import doubt_cuts
from queries.party.parties import standing_status, unofficial_cut
from queries.party.sanction_filter import EVERYTHING, SanctionFilter
from queries.read.moment import Moment, one_moment


class ListedOwner(AnswerShape):
    """A listed party that holds something of the company, directly or through parties that are not listed."""

    party: NodeRef
    low: float = Field(description="what comes to him first, for sure, 0..1; the lows of all add up to that of all")
    high: float = Field(description="what may come to him first")
    sanctions: list[SanctionRef] = Field(description="those in force, of those asked for")
    path: list[NodeRef | FactRef] = Field(description="the strongest chain, from him down to the company")


class ListedOwners(AnswerShape):
    """What all listed owners of a company have together. Information only."""

    question: Literal["ownership-listed"] = "ownership-listed"
    as_of: date
    known_at: date | None = None
    position: int
    status: AnswerStatus = Field(description="hit: some listed party holds, or may hold, something of it")
    reason: Sentence | None = Field(None, description="which sanctions were looked at, where it was not all")
    party: PartyRef
    own: list[SanctionRef] = Field(
        [], description="sanctions in force on the company itself: it is no owner of its own"
    )
    low: float = Field(description="effective share of all listed owners together for sure, 0..1")
    high: float = Field(description="effective share at the most")
    half: Literal["sure", "possible", "no"] = Field(description="50 % or more at every step, all of them added up")
    owners: list[ListedOwner]
    over: list[OverWhole] = Field([])
    undisclosed: list[str] = Field([], description="why owners are not told, as a source declares it")
    uncertain: list[Sentence] = Field([], description="holdings whose first day is not known")
    cut: list[Cut] = Field([])
    complete: bool = True


@one_moment
def listed_owners(
    graph: Graph,
    key: str,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    only: SanctionFilter = EVERYTHING,
    reader: OwnershipReader | None = None,
) -> ListedOwners:
    """How much of this company do listed owners have, all together; who are they, and by which chains?

    Args:
        only: sanctions of some lists, organs, kinds, acts or sectors.
        reader: a copy of the graph that is as new as it should be; None: the graph itself, as for `known_at`.

    Raises:
        BadRequest: no such party.
    """
    reader, moment, party, gathered = GatheredHoldings.around(graph, key, as_of, known_at, reader)
    shares = Shares.of(gathered.holdings)
    above = shares.above(key)
    standing = _in_force(reader, [key, *above], moment.as_of, only)
    own = standing.pop(key, [])
    # What no official source states makes nobody listed; that it is said leaves the answer open.
    sanctions = {who: some for who, some in standing.items() if standing_status(some) == "hit"}
    owners, low, high = _shares_of(gathered, shares, key, sanctions)
    gathered.cut += unofficial_cut([s for some in standing.values() for s in some], [])
    gathered.cut += _doubts(graph, reader, shares, party, moment.as_of)
    return ListedOwners(
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        status="hit" if owners else "incomplete" if gathered.cut else "clear",
        reason=only.words,
        party=party,
        own=own,
        low=low,
        high=high,
        half=half_of(shares, sanctions, key),
        owners=owners,
        over=over_whole(shares, gathered.above_whole, gathered.nodes),
        undisclosed=reader.undisclosed(key),
        uncertain=gathered.uncertain,
        cut=gathered.cut,
        complete=not gathered.cut,
    )


def _in_force(
    reader: OwnershipReader, keys: list[str], day: date, only: SanctionFilter
) -> dict[str, list[SanctionRef]]:
    """Who of these is listed, with what is in force on the day or may be."""
    found = {key: [s for s in some if s.status != "ended"] for key, some in reader.sanctions(keys, day).items()}
    return only.among(found)


def half_of(shares: Shares, listed: dict[str, list[SanctionRef]], company: str) -> Literal["sure", "possible", "no"]:
    """Whether all of them added up have 50 % or more at every step."""
    one = together(shares, listed)
    if company in controlled(one, TOGETHER, half=True):
        return "sure"
    return "possible" if company in controlled(one, TOGETHER, half=True, possibly=True) else "no"


def holdings_of(shares: Shares) -> list[Holding]:
    """The holdings again, as arrays are made of them."""
    return [Holding(who, company, *s) for company, row in shares.into.items() for who, s in row.items()]


def _shares_of(
    gathered: GatheredHoldings, shares: Shares, company: str, sanctions: dict[str, list[SanctionRef]]
) -> tuple[list[ListedOwner], float, float]:
    """Each owner with his part, the greatest first; and what all have together."""
    alone = each_by_itself(shares, sanctions)
    first = [who for who in alone.above(company) if who in sanctions]
    if not first:
        return [], 0.0, 0.0
    number, all_ = effective_of(holdings_of(together(shares, sanctions)), company)
    at = number[TOGETHER]
    numbers, each = effective_of(holdings_of(alone), company)
    if max(float(all_.residual[at]), float(each.residual.max())) > UNSETTLED:
        gathered.cut.append(Cut(reason="budget", detail=TOO_WIDE))
    below = strongest_chains(alone, company)
    owners = [
        ListedOwner(
            party=gathered.nodes[who],
            low=round(float(each.low[numbers[who]]), 9),
            high=round(float(each.high[numbers[who]]), 9),
            sanctions=sanctions[who],
            path=gathered.path(chain_down(below, who)),
        )
        for who in first
    ]
    owners.sort(key=lambda o: (-o.low, -o.high, o.party.key))
    return [o for o in owners if o.high > 0], round(float(all_.low[at]), 9), round(float(all_.high[at]), 9)


def _doubts(graph: Graph, reader: OwnershipReader, shares: Shares, party: PartyRef, day: date) -> list[Cut]:
    """Owners, and the company itself, that bear the name or number of a record that was not linked to them."""
    distance = {party.key: 0}
    for one in (queue := [party.key]):
        new = [who for who in sorted(shares.into.get(one, ())) if who not in distance]
        distance |= dict.fromkeys(new, distance[one] + 1)
        queue += new
    found = [ref for ref in reader.parties(queue, day).values() if ref.doubted]
    told = doubt_cuts(graph, [(ref, distance[ref.key]) for ref in found[:MAX_DOUBTS]])
    if len(found) > MAX_DOUBTS:
        told.append(Cut(reason="limit", detail=say("limit_doubts", limit=MAX_DOUBTS)))
    return told
