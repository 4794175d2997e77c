"""All owners of a company at once: against the definition, against linear algebra, and on structures that are hard."""

import itertools
import random
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_model.effective import EffectiveShares, effective_shares
from graph_model.ownership import Holding, Shares, effective

Row = tuple[int, int, float, float]
"""Owner, owned, low, high."""


def work_out(rows: list[Row], nodes: int, company: int = 0) -> EffectiveShares:
    owner, owned, low, high = zip(*rows, strict=True) if rows else ((), (), (), ())
    return effective_shares(company, np.array(owner), np.array(owned), np.array(low), np.array(high), nodes)


@st.composite
def structures(draw: st.DrawFn, exact: bool = False) -> tuple[int, list[Row]]:
    """Circles, self-holdings, several statements of a pair, sums over the whole, shares known or not."""
    nodes = draw(st.integers(1, 7))
    node, part = st.integers(0, nodes - 1), st.integers(0, 20)
    rows = []
    for _ in range(draw(st.integers(0, 18))):
        low, high = sorted((draw(part) / 20, draw(part) / 20))
        rows.append((draw(node), draw(node), low, low if exact or draw(st.booleans()) else high))
    return nodes, rows


@settings(max_examples=400, deadline=None)
@given(structures())
def test_all_at_once_is_one_after_the_other(structure: tuple[int, list[Row]]) -> None:
    nodes, rows = structure
    shares = Shares.of(Holding(str(a), str(b), low, high) for a, b, low, high in rows)
    for company in range(nodes):
        found = work_out(rows, nodes, company)
        assert (found.low[company], found.high[company]) == (1, 1)
        for owner in range(nodes):
            if owner != company:
                at = effective(shares, str(owner), str(company)).share
                # The definition iterates until a round changes less than 1e-10.
                assert (found.low[owner], found.high[owner]) == pytest.approx((at.low, at.high), abs=1e-7)
                assert found.residual[owner] < 1e-9


@settings(max_examples=200, deadline=None)
@given(structures(exact=True))
def test_known_shares_solve_the_equations(structure: tuple[int, list[Row]]) -> None:
    """Who comes to an owner: x = 1 at himself, else the mean of x at the holders. Solved by least squares, where solvable."""
    nodes, rows = structure
    once = {(a, b): (a, b, low, high) for a, b, low, high in rows}
    shares = Shares.of(Holding(str(a), str(b), low, high) for a, b, low, high in once.values())
    walk = np.zeros((nodes, nodes))
    for company, holders in shares.into.items():
        for holder, share in holders.items():
            walk[int(company), int(holder)] = share.low
    for owner in range(nodes):
        inner = [n for n in range(nodes) if n != owner]
        system = np.eye(nodes - 1) - walk[np.ix_(inner, inner)]
        if nodes == 1 or np.linalg.cond(system) > 1e9:
            continue  # a circle from which nothing leads out
        expected = np.linalg.solve(system, walk[inner, owner])
        for company, at in zip(inner, expected, strict=True):
            assert work_out(list(once.values()), nodes, company).low[owner] == pytest.approx(at, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(structures(), st.randoms(use_true_random=False))
def test_neither_numbers_nor_the_order_of_statements_matter(
    structure: tuple[int, list[Row]], chance: random.Random
) -> None:
    nodes, rows = structure
    new = chance.sample(range(nodes + 3), nodes)
    moved = [(new[a], new[b], low, high) for a, b, low, high in chance.sample(rows, len(rows))]
    here, there = work_out(rows, nodes), work_out(moved, nodes + 3, new[0])
    for owner in range(nodes):
        assert there.low[new[owner]] == pytest.approx(here.low[owner], abs=1e-9)
        assert there.high[new[owner]] == pytest.approx(here.high[owner], abs=1e-9)


# --- hard structures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("leak", [0.5, 1e-2, 1e-4, 1e-8, 1e-12])
def test_a_circle_that_holds_nearly_all_of_itself_costs_no_digits(leak: float) -> None:
    """1 has very little of 0, 2 the rest, and 0 all of 2: in the end 1 has all."""
    found = work_out([(1, 0, leak, leak), (2, 0, 1 - leak, 1 - leak), (0, 2, 1.0, 1.0)], 3)
    assert found.low[1] == pytest.approx(1, abs=1e-9)
    assert found.high[1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("part", [0.5, 1e-2, 1e-4, 1e-6])
def test_what_may_come_round_and_round_comes_in_the_end(part: float) -> None:
    """1 has little of 0; all the rest may go round between 0 and 2, and each time a little of it comes to 1."""
    found = work_out([(1, 0, part, part), (2, 0, 0.0, 1.0), (0, 2, 0.0, 1.0), (3, 2, 0.0, 1.0)], 4)
    assert (found.low[1], found.high[1]) == (part, pytest.approx(1, abs=1e-9))
    assert (found.low[3], found.high[3]) == (0, pytest.approx(1 - part))
    both = work_out([(1, 0, part, part), (1, 2, 0.1, 0.1), (2, 0, 0.0, 1.0), (0, 2, 0.0, 1.0), (3, 2, 0.0, 1.0)], 4)
    assert both.high[1] == pytest.approx(1, abs=1e-9)


def test_what_is_no_more_than_rounding_is_nobodys() -> None:
    """A circle that has three thirds of itself: the fourth, of whom nothing is known, can have nothing, however long."""
    third = 1 / 3
    rows = [(1, 0, third, third), (2, 0, third, third), (3, 0, 1 - 2 * third - 1e-16, 1 - 2 * third - 1e-16)]
    rows += [(0, n, 1.0, 1.0) for n in (1, 2, 3)]
    assert work_out([*rows, (4, 0, 0.0, 1.0)], 5).high[4] < 1e-6


def test_four_nested_circles_that_add_up_to_more_than_the_whole() -> None:
    rings = [(i, (i + 1) % 4, 0.3, 0.3) for i in range(4)] + [((i + 1) % 4, i, 0.4, 0.4) for i in range(4)]
    found = work_out([*rings, *((4 + i, i, 0.4, 0.4) for i in range(4))], 8)
    assert found.low[4:].sum() == pytest.approx(1)
    assert found.high[4:] == pytest.approx(found.low[4:])
    assert found.residual.max() == 0


def test_a_chain_of_ten_thousand() -> None:
    n = 10_000
    found = work_out([(i + 1, i, 0.999, 0.999) for i in range(n - 1)], n)
    assert found.low[1_000] == pytest.approx(0.999**1_000)
    assert found.low[-1] == pytest.approx(0.999 ** (n - 1))
    assert found.residual.max() == 0


def test_five_thousand_holders() -> None:
    n = 5_000
    known = work_out([(i, 0, 1 / n, 1 / n) for i in range(1, n + 1)], n + 1)
    assert known.low[1:] == pytest.approx(1 / n)
    # Of whom 100 also hold through a common company, about which nothing is known.
    rows = [(i, 0, 0.0, 1.0) for i in range(1, n + 1)] + [(i, 1, 0.01, 0.01) for i in range(2, 102)]
    unknown = work_out(rows, n + 1)
    assert unknown.low[1:].max() == 0
    assert unknown.high[1:].min() == 1


@pytest.mark.parametrize("size", [2, 60, 200])
def test_everybody_owns_everybody(size: int) -> None:
    pairs = list(itertools.permutations(range(size), 2))
    part = 1 / (size - 1)
    exact = work_out([(a, b, part, part) for a, b in pairs], size)
    assert exact.low == pytest.approx(1), "nothing ever leaves"
    unknown = work_out([(a, b, 0.0, 1.0) for a, b in pairs], size)
    assert (unknown.low[1:].max(), unknown.high.min()) == (0, 1)


def test_what_cannot_be_worked_out_in_time_says_so_and_is_no_narrower() -> None:
    size = 200
    pairs = list(itertools.permutations(range(size), 2))
    began = time.monotonic()
    found = work_out([(a, b, 0.3 / size, 2 / size) for a, b in pairs], size)
    assert time.monotonic() - began < 60
    assert found.residual.max() > 0.5
    inside = work_out(
        [(a, b, 1 / size, 1 / size) for a, b in pairs] + [(size, n, 1 / size, 1 / size) for n in range(size)], size + 1
    )
    assert (found.low <= inside.low[:size] + 1e-9).all()
    assert (found.high >= inside.high[:size] - 1e-9).all()


def test_self_holdings_only_unknown_shares_only_and_nothing_at_all() -> None:
    assert work_out([(0, 0, 0.4, 0.4)], 2).low.tolist() == [1, 0]
    unknown = work_out([(1, 0, 0.0, 1.0), (2, 0, 0.0, 1.0), (3, 1, 0.0, 1.0), (0, 3, 0.0, 1.0)], 4)
    assert unknown.low.tolist() == [1, 0, 0, 0]
    assert unknown.high.tolist() == [1, 1, 1, 1]
    assert work_out([], 1).high.tolist() == [1]
    apart = work_out([(2, 1, 1.0, 1.0), (1, 2, 1.0, 1.0)], 3)
    assert apart.high.tolist() == [1, 0, 0], "a circle elsewhere is nothing to this company"


@pytest.mark.parametrize(
    ("company", "columns", "said"),
    [
        (0, ([3], [0], [0.5], [0.5]), "outside"),
        (0, ([0], [-1], [0.5], [0.5]), "outside"),
        (0, ([2**31 - 1], [0], [0.5], [0.5]), "outside"),
        (0, ([2**32], [0], [0.5], [0.5]), "outside"),
        (3, ([1], [0], [0.5], [0.5]), "no company"),
        (-1, ([1], [0], [0.5], [0.5]), "no company"),
        (0, ([1, 2], [0], [0.5], [0.5]), "unequal"),
        (0, ([1], [0], [0.5], []), "unequal"),
        (0, ([[1]], [[0]], [[0.5]], [[0.5]]), "unequal"),
        (0, ([1], [0], [float("nan")], [0.5]), "no number"),
        (0, ([1], [0], [0.5], [float("nan")]), "no number"),
    ],
)
def test_nothing_from_outside_reaches_a_kernel_unchecked(company: int, columns: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        effective_shares(company, *(np.array(column) for column in columns), 3)
