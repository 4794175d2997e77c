"""Who owns how much of a company through others, and who controls it? Pure arithmetic on intervals; no database.

Two different numbers, and both are kept:

- the **effective share** (间接持股比例): the part of a company that ends up with somebody when every holding is looked
  through, along all chains at once. With cross-holdings it is the probability that a walk from the company, going to
  each holder with the probability of its share, ever comes to him. So a circle never makes more than the whole, and a
  company is never its own owner.
- **control** (控制): more than half of the shares (超过 50%, 公司法 265) at every step: whoever controls a company
  disposes of all that it holds.

A share is an interval [low, high]; unknown is [0, 1]. Lists of the ten largest holders do not add up to 1, and what is
not listed may belong to anybody: the lower bounds count what is sure, the upper ones what is possible when all holders
of a company together have no more than the whole (an interval Markov chain). 以上 is ≥, 超过 is >.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

EPSILON = 1e-9
"""Shares that differ by less are equal: 0.7 × 0.5 is not quite 0.35 in binary."""

ROUNDED = 0.001
"""So much more than the whole comes of rounding each share, and is no fault."""

ROUNDS = 10_000
HALF, QUARTER = 0.5, 0.25


class Share(NamedTuple):
    """Part of a whole, 0..1, as far as it is known."""

    low: float
    high: float


class Holding(NamedTuple):
    """One holder's direct share of one company."""

    owner: str
    owned: str
    low: float
    high: float


@dataclass
class Shares:
    """The direct holdings around a company. Several statements of one pair are one: the hull of their intervals."""

    into: dict[str, dict[str, Share]] = field(default_factory=lambda: defaultdict(dict))
    """Company → holder → share, tightened: nobody can have more than the others leave."""
    held: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Holder → the companies of which he holds something."""
    known: dict[str, float] = field(default_factory=dict)
    """Company → what its holders have of it for sure, all together."""
    over: dict[str, float] = field(default_factory=dict)
    """Companies whose holders together have more than the whole, with the sum: then all are scaled down."""

    @classmethod
    def of(cls, holdings: Iterable[Holding]) -> "Shares":
        """Group the holdings by company. What a company holds in itself (自持股份) counts for nobody and is left out."""
        shares = cls()
        for h in holdings:
            if h.owner == h.owned:
                continue
            known = shares.into[h.owned].get(h.owner)
            one = Share(h.low, h.high)
            shares.into[h.owned][h.owner] = Share(min(known.low, h.low), max(known.high, h.high)) if known else one
        for company, holders in shares.into.items():
            total = sum(s.low for s in holders.values())
            if total > 1 + EPSILON:
                if total > 1 + ROUNDED:
                    shares.over[company] = total
                scaled = {who: Share(s.low / total, min(1.0, s.high / total)) for who, s in holders.items()}
                holders.update(scaled)
                total = 1.0
            shares.known[company] = total
            for who, s in holders.items():
                holders[who] = Share(s.low, max(s.low, min(s.high, 1 - (total - s.low))))
                shares.held[who].append(company)
        return shares

    def above(self, company: str) -> list[str]:
        """Everybody who holds something of the company, directly or through others, nearest first."""
        seen, queue = {company: None}, [company]
        for one in queue:
            for holder in sorted(self.into.get(one, ())):
                if holder not in seen:
                    seen[holder] = None
                    queue.append(holder)
        return queue[1:]


class Effective(NamedTuple):
    """An effective share, and how far the iteration was from its end."""

    share: Share
    residual: float


def effective(shares: Shares, owner: str, company: str) -> Effective:
    """The part of `company` that ends up with `owner`; 0 when there is no chain.

    This is what an effective share is, word for word. `graph_model.effective` gives all owners of a company at once,
    as answers do, and is compared with this.

    >>> cross = Shares.of([Holding("p", "a", 0.5, 0.5), Holding("b", "a", 0.5, 0.5), Holding("a", "b", 1, 1)])
    >>> round(effective(cross, "p", "a").share.low, 6)
    1.0
    """
    order = [company, *(x for x in shares.above(company) if x != owner)]
    low, residual = _reach(shares, owner, order, upper=False)
    high, other = _reach(shares, owner, order, upper=True)
    return Effective(Share(min(low, high), min(1.0, high)), max(residual, other))


def _reach(shares: Shares, owner: str, order: list[str], *, upper: bool) -> tuple[float, float]:
    """The probability of coming to `owner` from the first of `order`: least or greatest, and the residual."""
    value = dict.fromkeys(order, 0.0)
    value[owner] = 1.0
    residual = 0.0
    for _ in range(ROUNDS):
        residual = 0.0
        for one in reversed(order):  # those far away first: what they have is settled when the near ones ask
            holders = shares.into.get(one)
            if not holders:
                continue
            new = sum(s.low * value[h] for h, s in holders.items())
            if upper:
                # What is left goes to the holders through whom most comes to the owner, as far as each may have it.
                left = 1 - sum(s.low for s in holders.values())
                for h, s in sorted(holders.items(), key=lambda item: -value[item[0]]):
                    more = min(left, s.high - s.low)
                    new += more * value[h]
                    left -= more
                    if left <= 0:
                        break
            residual = max(residual, abs(new - value[one]))
            value[one] = new
        if residual < EPSILON / 10:
            break
    return value[order[0]], residual


TOGETHER = "*"
"""Stands for several owners as if they were one."""


def together(shares: Shares, owners: Collection[str]) -> Shares:
    """The same holdings when these owners are one (`TOGETHER`), and nobody is asked who is behind them.

    What each may have at most is what all of them may have: their surest parts, and no more of what is left than there is.

    >>> held = Shares.of([Holding("p", "a", 0.3, 0.3), Holding("q", "a", 0.3, 0.3)])
    >>> together(held, {"p", "q"}).into["a"]["*"]
    Share(low=0.6, high=0.6)
    """
    one = Shares(over=shares.over)
    for company, holders in shares.into.items():
        if company in owners:
            continue
        row = {who: s for who, s in holders.items() if who not in owners}
        some = [s for who, s in holders.items() if who in owners]
        if some:
            low, left = sum(s.low for s in some), 1 - shares.known[company]
            row[TOGETHER] = Share(low, max(low, min(sum(s.high for s in some), low + left)))
        one.into[company], one.known[company] = row, shares.known[company]
        for who in row:
            one.held[who].append(company)
    return one


def each_by_itself(shares: Shares, owners: Collection[str]) -> Shares:
    """The same holdings, and nobody is asked who is behind these owners: each has what comes to him first."""
    one = Shares(over=shares.over)
    for company, holders in shares.into.items():
        if company not in owners:
            one.into[company], one.known[company] = dict(holders), shares.known[company]
            for who in holders:
                one.held[who].append(company)
    return one


class StepOfControl(NamedTuple):
    """One step of control: these holders, all in one hand, have this share of a company."""

    company: str
    holders: tuple[str, ...]
    share: Share


def controlled(shares: Shares, owner: str, *, possibly: bool = False, half: bool = False) -> dict[str, StepOfControl]:
    """What somebody controls: more than half at every step, together with what he controls already.

    Args:
        possibly: where it cannot be excluded, instead of where it is sure.
        half: half is enough (50 % or more, as the rule of OFAC has it), where control asks for more.
    """
    least = HALF - EPSILON if half else HALF + EPSILON
    steps: dict[str, StepOfControl] = {}
    mine: dict[str, list[str]] = defaultdict(list)
    hand = [owner]
    for one in hand:
        for company in shares.held.get(one, ()):
            if company == owner or company in steps:
                continue
            mine[company].append(one)
            holders = shares.into[company]
            low = sum(holders[h].low for h in mine[company])
            high = low
            if possibly:
                others = shares.known[company] - low
                high = min(sum(holders[h].high for h in mine[company]), 1 - others)
            if (high if possibly else low) > least:
                hand.append(company)
                steps[company] = StepOfControl(company, tuple(sorted(mine[company])), Share(low, max(low, high)))
    return steps


def steps_to(steps: dict[str, StepOfControl], company: str) -> list[StepOfControl]:
    """The steps that lead to a company, the first one first."""
    needed, queue = {}, [company]
    while queue:
        step = steps.get(queue.pop())
        if step is not None and step.company not in needed:
            needed[step.company] = step
            queue.extend(step.holders)
    return [step for step in steps.values() if step.company in needed]


def strongest_chains(shares: Shares, company: str) -> dict[str, str]:
    """Owner → the next one on his chain down to the company with the greatest product of possible shares.

    Of equal ones the shorter, then by name. Whoever can have nothing has none.
    """
    best = {company: (-1.0, 0)}
    below: dict[str, str] = {}
    queue, done = [(-1.0, 0, company)], set()
    while queue:
        strength, steps, one = heapq.heappop(queue)
        if one in done:
            continue
        done.add(one)
        for holder, share in shares.into.get(one, {}).items():
            through = (strength * share.high, steps + 1)
            if share.high > 0 and holder not in done and through < best.get(holder, (0.0, 0)):
                best[holder] = through
                below[holder] = one
                heapq.heappush(queue, (*through, holder))
    return below


def chain_down(below: Mapping[str, str], owner: str) -> list[str]:
    """The chain from an owner down, by `strongest_chains`; [] if he has none."""
    found = [owner] if owner in below else []
    while found and found[-1] in below:
        found.append(below[found[-1]])
    return found
