"""The effective shares of all owners of a company at once: compiled kernels over arrays. Pure.

What an effective share is says `graph_model/ownership.py`; its plain `effective` works out one owner and is what the
kernels are tested against. They do the same in less work:

- for each owner only the companies are looked at through which something of his comes down to the company asked about;
- companies are taken in the order of their strongly connected components, holders first, so that only circles need
  more than one look;
- what is sure within a circle is a system of linear equations, solved once for all owners, without subtractions
  (Grassmann, Taksar, Heyman 1985): a circle that holds nearly all of itself costs no digits. From there the best
  distribution of what is not known is looked for, for each owner his own (Howard 1960);
- whoever holds one company only has his part of what comes to the company, counted as often as it comes round to it.

The kernels are compiled by numba, which checks no bounds: every number that comes from outside is checked in
`effective_shares` before a kernel sees it.
"""

from typing import Any, NamedTuple

import numba
import numpy as np

from graph_model.ownership import EPSILON, ROUNDS

Array = Any
"""A NumPy array; shapes and types stand where it is made."""

SETTLED = EPSILON / 1000
"""What an iteration has still to distribute when it may end."""
MOST_WORK = 200_000_000
"""Steps that the owners of one company may take, some seconds. What is then not settled says so by its residual."""
VISIT = 16
"""Steps that a look at a company counts for, beside those for its holdings."""
ROOM = 4_000_000
"""Numbers that the solutions of circles may take (32 MB); circles for which there is no room are iterated."""
DUST = 1e-12
"""Less than this is not left of a whole: 1/3 + 1/3 + 1/3 need not be 1 in binary."""


class EffectiveShares(NamedTuple):
    """By node: low, high and residual float64. The company itself has 1; 0 is who holds nothing of it."""

    low: Array
    high: Array
    residual: Array


def effective_shares(company: int, owner: Array, owned: Array, low: Array, high: Array, nodes: int) -> EffectiveShares:
    """The effective share of each node in `company`, from columns of direct holdings around it.

    Args:
        owner, owned: numbers of nodes, 0 … nodes - 1; what a company holds in itself counts for nobody.
        low, high: the direct share, parts of the whole.

    Returns:
        What is sure, and what is possible. `residual` is what an iteration had still to distribute when it ended; it is
        part of `high`.

    Raises:
        ValueError: columns of unequal length, a share that is no number, or a node that does not exist.
    """
    owner, owned, low, high = (np.asarray(column) for column in (owner, owned, low, high))
    if not owner.shape == owned.shape == low.shape == high.shape == (owner.size,):
        raise ValueError("the columns of holdings have unequal lengths")
    if not 0 <= company < nodes or nodes > np.iinfo(np.int32).max:
        raise ValueError(f"no company {company}: there are {nodes} nodes")
    for ends in (owner, owned):
        if ends.size and not 0 <= int(ends.min()) <= int(ends.max()) < nodes:
            raise ValueError(f"a holding names a node outside 0 … {nodes - 1}")
    owner, owned = (np.ascontiguousarray(column, np.int32) for column in (owner, owned))
    low, high = (np.ascontiguousarray(column, np.float64) for column in (low, high))
    if np.isnan(low).any() or np.isnan(high).any():
        raise ValueError("a share is no number")
    return EffectiveShares(*_effective_shares(company, owner, owned, low, high, nodes))


@numba.njit(cache=True)
def _effective_shares(
    company: int, owner: Array, owned: Array, low: Array, high: Array, nodes: int
) -> tuple[Array, Array, Array]:
    offsets, holder, least, most, left = _tightened(owner, owned, low, high, nodes)
    order, component = _ordered(company, offsets, holder)
    solved, solutions, tight = _circles(offsets, holder, least, most, left, order, component)
    return _all_owners(company, offsets, holder, least, most, left, order, component, solved, solutions, tight)


@numba.njit(cache=True)
def _tightened(
    owner: Array, owned: Array, low: Array, high: Array, nodes: int
) -> tuple[Array, Array, Array, Array, Array]:
    """As `Shares.of`: rows by company of (holder, least, most), and what of the whole nobody has for sure."""
    wide = np.zeros(nodes + 1, np.int64)
    for e in range(owner.size):
        if owner[e] != owned[e]:
            wide[owned[e] + 1] += 1
    for n in range(nodes):
        wide[n + 1] += wide[n]
    at = wide[:-1].copy()
    column = np.empty(wide[nodes], np.int64)
    for e in range(owner.size):
        if owner[e] != owned[e]:
            column[at[owned[e]]] = e
            at[owned[e]] += 1
    offsets = np.zeros(nodes + 1, np.int64)
    holder, least, most = np.empty(column.size, np.int32), np.empty(column.size), np.empty(column.size)
    left = np.ones(nodes)
    where = np.full(nodes, -1, np.int64)  # the place of a holder in the row at hand
    made = 0
    for n in range(nodes):
        first = made
        for i in range(wide[n], wide[n + 1]):
            e = column[i]
            o = owner[e]
            if where[o] >= first:  # told twice: the hull
                s = where[o]
                least[s], most[s] = min(least[s], low[e]), max(most[s], high[e])
            else:
                where[o] = made
                holder[made], least[made], most[made] = o, low[e], high[e]
                made += 1
        total = 0.0
        for s in range(first, made):
            total += least[s]
        if total > 1 + EPSILON:
            for s in range(first, made):
                least[s], most[s] = least[s] / total, min(1.0, most[s] / total)
            total = 1.0
        left[n] = 1 - total if 1 - total > DUST else 0.0
        for s in range(first, made):
            most[s] = max(least[s], min(most[s], least[s] + left[n]))
        offsets[n + 1] = made
    return offsets, holder[:made], least[:made], most[:made], left


@numba.njit(cache=True)
def _ordered(company: int, offsets: Array, holder: Array) -> tuple[Array, Array]:
    """Who is above the company (and it itself), holders before what they hold, circles side by side; and by node the
    number of its strongly connected component in that order, -1 for others. (Tarjan)
    """
    nodes = offsets.size - 1
    found, lowest = np.full(nodes, -1, np.int32), np.empty(nodes, np.int32)
    component = np.full(nodes, -1, np.int32)
    at = offsets[:-1].copy()
    path, stack, order = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    path[0] = stack[0] = company
    found[company] = lowest[company] = 0
    depth, waiting, seen, made, components = 1, 1, 1, 0, 0
    while depth:
        x = path[depth - 1]
        if at[x] < offsets[x + 1]:
            y = holder[at[x]]
            at[x] += 1
            if found[y] < 0:
                found[y] = lowest[y] = seen
                seen += 1
                path[depth] = stack[waiting] = y
                depth += 1
                waiting += 1
            elif component[y] < 0:
                lowest[x] = min(lowest[x], found[y])
            continue
        depth -= 1
        if depth:
            below = path[depth - 1]
            lowest[below] = min(lowest[below], lowest[x])
        if lowest[x] == found[x]:
            while True:
                waiting -= 1
                y = stack[waiting]
                component[y] = components
                order[made] = y
                made += 1
                if y == x:
                    break
            components += 1
    return order[:made], component


@numba.njit(cache=True)
def _circles(
    offsets: Array, holder: Array, least: Array, most: Array, left: Array, order: Array, component: Array
) -> tuple[Array, Array, Array]:
    """For each component where its solution begins (-1: it has none), all solutions, and whether all shares in it are
    known.

    The solution of a circle of k companies is k × k: how often a walk from the one is expected at the other before it
    leaves the circle, with what is sure.
    """
    components = component[order[-1]] + 1
    size, tight = np.zeros(components, np.int64), np.ones(components, np.bool_)
    for n in order:
        size[component[n]] += 1
        if left[n] > 0.0:
            for s in range(offsets[n], offsets[n + 1]):
                if most[s] > least[s]:
                    tight[component[n]] = False
    solved, room = np.full(components, -1, np.int64), 0
    for c in range(components):
        if size[c] > 1 and room + size[c] * size[c] <= ROOM:
            solved[c] = room
            room += size[c] * size[c]
    solutions = np.zeros(room)
    inside = np.empty(left.size if room else 0, np.int64)
    first = 0
    while first < order.size:
        c = component[order[first]]
        k = size[c]
        if solved[c] >= 0:
            share, out = np.zeros((k, k)), np.empty(k)
            for i in range(k):
                inside[order[first + i]] = i
            for i in range(k):
                n = order[first + i]
                out[i] = left[n]
                for s in range(offsets[n], offsets[n + 1]):
                    if component[holder[s]] == c:
                        share[i, inside[holder[s]]] = least[s]
                    else:
                        out[i] += least[s]
            _solve(share, out, solutions[solved[c] : solved[c] + k * k].reshape((k, k)))
        first += k
    return solved, solutions, tight


@numba.njit(cache=True)
def _solve(share: Array, out: Array, x: Array) -> None:
    """x = (1 - share)⁻¹, where `out` and the rows of `share` (diagonal 0) add up to 1. Both are used up; x comes in as 0."""
    k = out.size
    pivot = np.empty(k)
    for j in range(k):
        x[j, j] = 1.0
    for j in range(k):
        onward = out[j]
        for i in range(j + 1, k):
            onward += share[j, i]
        pivot[j] = max(onward, 1e-30)  # 0: whoever comes here is here for ever
        for i in range(j + 1, k):
            if share[i, j] > 0.0:
                times = share[i, j] / pivot[j]
                out[i] += times * out[j]
                for m in range(j + 1, k):
                    share[i, m] += times * share[j, m]
                for m in range(j + 1):
                    x[i, m] += times * x[j, m]
    for j in range(k - 1, -1, -1):
        for i in range(j + 1, k):
            if share[j, i] > 0.0:
                for m in range(k):
                    x[j, m] += share[j, i] * x[i, m]
        for m in range(k):
            x[j, m] /= pivot[j]


@numba.njit(cache=True)
def _all_owners(
    company: int,
    offsets: Array,
    holder: Array,
    least: Array,
    most: Array,
    left: Array,
    order: Array,
    component: Array,
    solved: Array,
    solutions: Array,
    tight: Array,
) -> tuple[Array, Array, Array]:
    nodes, slots = left.size, holder.size
    low, high, residual = np.zeros(nodes), np.zeros(nodes), np.zeros(nodes)
    place = np.empty(nodes, np.int64)
    size, base = np.zeros(solved.size, np.int64), np.empty(solved.size, np.int64)  # of each component
    # What each holds: the slots in the rows of companies in which he stands.
    held = np.zeros(nodes + 1, np.int64)
    row = np.empty(slots, np.int32)
    for k in range(order.size):
        n = order[k]
        place[n] = k
        if size[component[n]] == 0:
            base[component[n]] = k
        size[component[n]] += 1
        for s in range(offsets[n], offsets[n + 1]):
            row[s] = n
            held[holder[s] + 1] += 1
    for n in range(nodes):
        held[n + 1] += held[n]
    at = held[:-1].copy()
    slot = np.empty(held[nodes], np.int64)
    for n in order:
        for s in range(offsets[n], offsets[n + 1]):
            slot[at[holder[s]]] = s
            at[holder[s]] += 1

    stamp, count, begin = np.full(nodes, -1, np.int32), np.zeros(nodes, np.int64), np.empty(nodes, np.int64)
    through, ways = np.empty(nodes, np.int64), np.empty(held[nodes], np.int64)
    sure, maybe, give = np.zeros(nodes), np.zeros(nodes), np.zeros(slots)
    # For companies on circles: the slots through which anything comes round to them, the best first, and how much.
    around, again, rounds = np.empty(slots, np.int64), np.zeros(slots), np.full(nodes, -1, np.int64)
    low[company] = high[company] = 1.0
    home, work = component[company], 0
    for k in range(order.size - 1, -1, -1):
        o = order[k]
        c = component[o]
        if c == home and solved[c] >= 0 and tight[c]:
            if o != company:
                x = solutions[solved[c] : solved[c] + size[c] ** 2].reshape((size[c], size[c]))
                low[o] = high[o] = min(1.0, x[place[company] - base[c], k - base[c]] / x[k - base[c], k - base[c]])
            continue
        if o == company and size[c] == 1:
            continue
        if size[c] == 1 and held[o + 1] - held[o] == 1:
            s = slot[held[o]]
            n = row[s]
            c = component[n]
            if size[c] == 1:
                low[o], high[o], residual[o] = low[n] * least[s], high[n] * most[s], residual[n]
                continue
            if solved[c] >= 0:
                x = solutions[solved[c] : solved[c] + size[c] ** 2].reshape((size[c], size[c]))
                often = x[place[n] - base[c], place[n] - base[c]]
                low[o] = min(1.0, low[n] * often * least[s])
                if tight[c]:
                    high[o], residual[o] = min(1.0, high[n] * often * most[s]), residual[n]
                    continue
                if rounds[n] >= 0:
                    mine = least[s] + min(left[n], most[s] - least[s])
                    rest, back = left[n] - (mine - least[s]), 0.0
                    for i in range(offsets[n], offsets[n] + rounds[n]):
                        more = max(0.0, min(rest, most[around[i]] - least[around[i]]))
                        back += (least[around[i]] + more) * again[i]
                        rest -= more
                    work += VISIT + rounds[n]
                    if 1 - back > 1e-6:
                        residual[o] = min(1.0, residual[n] / (1 - back))
                        high[o] = min(1.0, high[n] * mine / (1 - back) + residual[o])
                        continue
        if work > MOST_WORK:
            high[o] = residual[o] = 1.0
            for i in range(held[o], held[o + 1]):
                if row[slot[i]] == company:
                    low[o] = least[slot[i]]
            continue
        # Through whom anything of his comes down, and the ways by which it comes to each.
        stamp[o] = o
        through[0] = o
        found, q = 1, 0
        while q < found:
            h = through[q]
            q += 1
            for i in range(held[h], held[h + 1]):
                n = row[slot[i]]
                if n != o:
                    if stamp[n] != o:
                        stamp[n] = o
                        count[n] = 0
                        through[found] = n
                        found += 1
                    count[n] += 1
        for q in range(1, found):
            through[q] = place[through[q]]
        through[1:found].sort()
        made = 0
        for q in range(1, found):
            n = order[through[q]]
            through[q] = n
            begin[n] = made
            made += count[n]
            count[n] = 0
            sure[n] = maybe[n] = 0.0
        for q in range(found):
            h = through[q]
            for i in range(held[h], held[h + 1]):
                n = row[slot[i]]
                if n != o:
                    ways[begin[n] + count[n]] = slot[i]
                    count[n] += 1
        sure[o] = maybe[o] = 1.0
        work += made + VISIT * found
        # Component by component, holders first.
        first = 1
        while first < found:
            n = through[first]
            c = component[n]
            last = first + 1
            while last < found and component[through[last]] == c:
                last += 1
            rest = 0.0
            if last - first == 1:
                some = ways[begin[n] : begin[n] + count[n]]
                sure[n], maybe[n] = _known(some, holder, least, sure), _known(some, holder, least, maybe)
                more, moved = _best(some, holder, least, most, left[n], maybe)
                maybe[n] += more
                work += moved
            elif solved[c] >= 0:
                x = solutions[solved[c] : solved[c] + size[c] ** 2].reshape((size[c], size[c]))
                j = k - base[c] if c == component[o] else -1
                for q in range(first, last):
                    n = through[q]
                    i = place[n] - base[c]
                    if j >= 0:
                        sure[n] = maybe[n] = min(1.0, x[i, j] / x[j, j])
                        continue
                    a, b = 0.0, 0.0
                    for s in ways[begin[n] : begin[n] + count[n]]:
                        if component[holder[s]] != c:
                            a += least[s] * sure[holder[s]]
                            b += least[s] * maybe[holder[s]]
                    if b > 0.0:
                        for q2 in range(first, last):
                            m = through[q2]
                            sure[m] += x[place[m] - base[c], i] * a
                            maybe[m] += x[place[m] - base[c], i] * b
                work += (last - first) ** 2
                if not tight[c]:
                    rest, spent = _distributed(
                        through[first:last], ways, begin, count, holder, least, most, left, place, base[c], x, j, maybe,
                        give, MOST_WORK - work,
                    )  # fmt: skip
                    work += spent
            else:
                rest, spent = _by_turns(
                    through[first:last], ways, begin, count, holder, least, most, left, sure, maybe, MOST_WORK - work
                )
                work += spent
            residual[o] = min(1.0, residual[o] + rest)
            first = last
        if size[component[o]] > 1:
            made = offsets[o]
            for s in range(offsets[o], offsets[o + 1]):
                if component[holder[s]] == component[o]:
                    i = made
                    while i > offsets[o] and again[i - 1] < maybe[holder[s]]:
                        again[i], around[i] = again[i - 1], around[i - 1]
                        i -= 1
                    again[i], around[i] = maybe[holder[s]], s
                    made += 1
            rounds[o] = made - offsets[o]
        if o != company:
            high[o] = min(1.0, maybe[company] + residual[o])
            low[o] = min(sure[company], high[o])
    return low, high, residual


@numba.njit(cache=True)
def _distributed(
    group: Array,
    ways: Array,
    begin: Array,
    count: Array,
    holder: Array,
    least: Array,
    most: Array,
    left: Array,
    place: Array,
    base: int,
    x: Array,
    j: int,
    maybe: Array,
    give: Array,
    work: int,
) -> tuple[float, int]:
    """What is possible on a circle with solution x; `maybe` comes in as what follows from what is sure.

    What is not known is distributed, what follows from that for all is solved, and where another distribution is better
    it takes its place, until none is (Howard 1960). Because only a better one does, nothing is ever passed round a circle
    that gives nothing to the owner. `j` is the owner's place on the circle: what comes to him goes no further; -1: he is
    not on it. `give` has room for what each slot is given.

    Returns: what may be missing, and the steps it took.
    """
    size, spent = group.size, 0
    free = np.empty(size, np.int64)
    known = np.empty(x.shape[0])
    some = 0
    for n in group:
        known[place[n] - base] = maybe[n]
        if left[n] > 0.0:
            free[some] = n
            some += 1
            for s in ways[begin[n] : begin[n] + count[n]]:
                give[s] = 0.0
    # How much more is at each of the group, for a unit more at each of those of whom not all is known.
    gain = np.empty((x.shape[0], some))
    for n in group:
        m = place[n] - base
        for f in range(some):
            i = place[free[f]] - base
            gain[m, f] = x[m, i] if j < 0 else max(0.0, x[m, i] - x[m, j] * x[j, i] / x[j, j])
    matrix, more = np.empty((some, some)), np.empty(some)
    for _ in range(100):
        better, missing = False, 0.0
        for f in range(some):
            n = free[f]
            mine = ways[begin[n] : begin[n] + count[n]]
            now = _known(mine, holder, give, maybe)
            best, moved = _best(mine, holder, least, most, left[n], maybe)
            spent += moved + mine.size + VISIT
            if best > now + 1e-13:
                better = True
                rest = left[n]
                for s in mine:
                    give[s] = max(0.0, min(rest, most[s] - least[s]))
                    rest -= give[s]
            missing += max(0.0, best - now)
        if not better:
            return min(1.0, missing), spent
        for f in range(some):
            n = free[f]
            matrix[f] = 0.0
            matrix[f, f] = 1.0
            more[f] = 0.0
            for s in ways[begin[n] : begin[n] + count[n]]:
                if give[s] > 0.0:
                    h = holder[s]
                    m = place[h] - base
                    if 0 <= m < x.shape[0] and m != j:
                        more[f] += give[s] * known[m]
                        for i in range(some):
                            matrix[f, i] -= give[s] * gain[m, i]
                        spent += some
                    else:
                        more[f] += give[s] * maybe[h]
        spent += some**3 // 3 + some * size
        if spent > work or not _eliminated(matrix, more):
            return 1.0, spent
        for n in group:
            m = place[n] - base
            total = known[m]
            for f in range(some):
                total += gain[m, f] * more[f]
            maybe[n] = min(1.0, total)
    return 1.0, spent


@numba.njit(cache=True)
def _eliminated(matrix: Array, b: Array) -> bool:
    """b becomes matrix⁻¹ b, for a matrix whose diagonal outweighs the rest in the end; False: it does not."""
    size = b.size
    for j in range(size):
        if matrix[j, j] < 1e-12:
            return False
        for i in range(j + 1, size):
            if matrix[i, j] != 0.0:
                times = matrix[i, j] / matrix[j, j]
                for m in range(j + 1, size):
                    matrix[i, m] -= times * matrix[j, m]
                b[i] -= times * b[j]
    for j in range(size - 1, -1, -1):
        for m in range(j + 1, size):
            b[j] -= matrix[j, m] * b[m]
        b[j] /= matrix[j, j]
    return True


@numba.njit(cache=True)
def _by_turns(
    group: Array,
    ways: Array,
    begin: Array,
    count: Array,
    holder: Array,
    least: Array,
    most: Array,
    left: Array,
    sure: Array,
    maybe: Array,
    work: int,
) -> tuple[float, int]:
    """What is sure and what is possible on a circle that was not solved, company after company (Gauss, Seidel).

    Returns: what it had still to distribute, and the steps it took.
    """
    before, rest, spent = 0.0, 1.0, 0
    for turn in range(ROUNDS):
        change = 0.0
        for n in group:
            some = ways[begin[n] : begin[n] + count[n]]
            a, b = _known(some, holder, least, sure), _known(some, holder, least, maybe)
            more, moved = _best(some, holder, least, most, left[n], maybe)
            change = max(change, abs(a - sure[n]), abs(b + more - maybe[n]))
            sure[n], maybe[n] = a, b + more
            spent += some.size + moved + VISIT
        if change < 1e-16:
            return 0.0, spent
        if turn:
            rest = _to_come(change, before)
            if rest < SETTLED:
                break
        before = change
        if spent > work:
            return 1.0, spent
    return rest, spent


@numba.njit(cache=True)
def _to_come(change: float, before: float) -> float:
    """Changes become less by a steady ratio: what all those to come would add up to."""
    ratio = min(change / before, 1 - 1e-9)
    return min(1.0, change * ratio / (1 - ratio))


@numba.njit(cache=True)
def _known(ways: Array, holder: Array, least: Array, value: Array) -> float:
    """What comes to a company for sure, by these slots of its row."""
    total = 0.0
    for s in ways:
        total += least[s] * value[holder[s]]
    return total


@numba.njit(cache=True)
def _best(ways: Array, holder: Array, least: Array, most: Array, left: float, value: Array) -> tuple[float, int]:
    """What comes to a company besides, at the most, when nobody has `left` of it for sure; and the steps it took.

    What is left goes to the holders through whom most comes to the owner, as far as each may have it. `ways` are put in
    that order: it is almost right in the next round.
    """
    total, moved = 0.0, 0
    if left <= 0.0:
        return total, moved
    for i in range(1, ways.size):
        s, j = ways[i], i
        while j > 0 and value[holder[ways[j - 1]]] < value[holder[s]]:
            ways[j] = ways[j - 1]
            j -= 1
        ways[j] = s
        moved += i - j
    for s in ways:
        more = min(left, most[s] - least[s])
        total += more * value[holder[s]]
        left -= more
        if left <= 0.0:
            break
    return total, moved
