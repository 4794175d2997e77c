"""Effective shares, control and beneficial owners: circles, unknown shares, sums over the whole, and the two thresholds."""

import itertools
import json
import random
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.http.app import create_app
from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.ownership import (
    EPSILON,
    HALF,
    Holding,
    Share,
    Shares,
    chain_down,
    controlled,
    effective,
    steps_to,
    strongest_chains,
)
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph, Tx, today
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.answers import FactRef, NodeRef, PartyRef, SanctionRef
from queries.network import ownership as question
from queries.network.ownership import OwnerRef, Ownership, ownership
from queries.projection.current import opened
from queries.projection.follow import Projection
from queries.read.provenance import fact_ref
from tests.support.graphs import the_key
from tests.support.holdings import RandomHoldings
from tests.support.invented import citizen, code, company
from tests.support.real_data import DATA, there
from tests.support.rows import officer
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 7, 1)


def exact(*rows: tuple[str, str, float]) -> Shares:
    return Shares.of(Holding(a, b, s, s) for a, b, s in rows)


def share(shares: Shares, owner: str, company: str) -> tuple[float, float]:
    low, high = effective(shares, owner, company).share
    return round(low, 6), round(high, 6)


# --- cases whose answer is known by hand ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "owner", "company", "expected"),
    [
        ([("p", "a", 0.75)], "p", "a", 0.75),
        ([("p", "a", 0.5), ("a", "b", 0.5)], "p", "b", 0.25),
        ([("p", "a", 0.6), ("p", "b", 0.5), ("a", "c", 0.3), ("b", "c", 0.4)], "p", "c", 0.38),
        ([("a", "b", 1.0), ("b", "a", 1.0)], "a", "b", 1.0),  # a circle of two: each has the other, nobody himself
        ([("p", "a", 0.5), ("b", "a", 0.5), ("a", "b", 1.0)], "p", "a", 1.0),
        ([("p", "a", 0.3), ("b", "a", 0.6), ("a", "b", 0.9)], "p", "a", 0.3 / (1 - 0.54)),
        ([("a", "a", 0.4), ("p", "a", 0.6)], "p", "a", 0.6),  # its own shares count for nobody
        ([("p", "a", 0.7), ("q", "a", 0.7)], "p", "a", 0.5),  # 140 % in all: scaled down, and told
        ([("q", "a", 0.7)], "p", "a", 0.0),
    ],
)
def test_effective_share(rows: list[tuple[str, str, float]], owner: str, company: str, expected: float) -> None:
    assert share(exact(*rows), owner, company)[0] == pytest.approx(expected, abs=1e-6)


def test_more_than_the_whole_is_told() -> None:
    shares = exact(("p", "a", 0.7), ("q", "a", 0.7))
    assert shares.over == {"a": pytest.approx(1.4)}
    assert exact(("p", "a", 0.7), ("q", "a", 0.3)).over == {}


def test_an_unknown_share_is_what_the_others_leave() -> None:
    shares = Shares.of(
        [Holding("p", "a", 0, 1), Holding("q", "a", 0.6, 0.6), Holding("r", "b", 0, 1), Holding("p", "b", 0, 1)]
    )
    assert share(shares, "p", "a") == (0, 0.4)
    assert share(shares, "p", "b") == (0, 1)  # either of two unknown ones may have all, but not both
    assert share(shares, "q", "a") == (0.6, 0.6)


def test_contradicting_statements_are_kept_as_an_interval() -> None:
    shares = Shares.of([Holding("p", "a", 0.2, 0.2), Holding("p", "a", 0.3, 0.3)])
    assert shares.into["a"]["p"] == Share(0.2, 0.3)


def test_control_goes_on_where_the_product_is_small() -> None:
    """51 % of 51 % of 51 % is 13 %, and control all the same; half is not enough."""
    shares = exact(("p", "a", 0.51), ("a", "b", 0.51), ("b", "c", 0.51))
    steps = controlled(shares, "p")
    assert [s.company for s in steps_to(steps, "c")] == ["a", "b", "c"]
    assert share(shares, "p", "c")[0] == pytest.approx(0.132651)
    assert controlled(exact(("p", "a", 0.5)), "p") == {}
    assert "a" in controlled(exact(("p", "a", 0.5 + 1e-6)), "p")


def test_two_holdings_in_one_hand_are_added_up() -> None:
    shares = exact(("p", "a", 0.6), ("p", "c", 0.3), ("a", "c", 0.3), ("q", "c", 0.4))
    steps = controlled(shares, "p")
    assert steps["c"].holders == ("a", "p")
    assert "c" not in controlled(shares, "a")
    assert "c" not in controlled(shares, "q")


def test_possible_control_is_not_control() -> None:
    shares = Shares.of([Holding("p", "a", 0.3, 0.8), Holding("q", "a", 0.1, 0.1)])
    assert controlled(shares, "p") == {}
    assert controlled(shares, "p", possibly=True)["a"].share == Share(0.3, 0.8)
    crowded = Shares.of([Holding("p", "a", 0.3, 0.8), Holding("q", "a", 0.5, 0.5)])
    assert controlled(crowded, "p", possibly=True) == {}  # half is taken: he may have half at the most


def test_the_strongest_chain_is_shown() -> None:
    shares = exact(("p", "a", 0.9), ("a", "c", 0.5), ("p", "c", 0.4), ("c", "a", 0.1))
    assert chain_down(strongest_chains(shares, "c"), "p") == ["p", "a", "c"]
    assert chain_down(strongest_chains(shares, "a"), "c") == ["c", "a"]
    assert chain_down(strongest_chains(shares, "c"), "z") == []
    nothing = exact(("p", "c", 0.0), ("b", "c", 0.5), ("p", "b", 0.0))
    assert chain_down(strongest_chains(nothing, "c"), "p") == [], "who can have nothing has no chain"
    alike = exact(("p", "a", 1.0), ("p", "b", 1.0), ("a", "c", 0.5), ("b", "c", 0.5), ("p", "c", 0.0))
    assert chain_down(strongest_chains(alike, "c"), "p") == ["p", "a", "c"], "of equal ones by name"


# --- properties -------------------------------------------------------------------------------------------

NODES = "abcdef"


@st.composite
def holdings(draw: st.DrawFn) -> list[Holding]:
    """Any structure, circles included; the holders of a company together may have more than the whole."""
    pairs = draw(st.lists(st.sampled_from(list(itertools.permutations(NODES, 2))), unique=True, max_size=12))
    out = []
    for owner, owned in pairs:
        low, high = sorted((draw(st.integers(0, 20)) / 20, draw(st.integers(0, 20)) / 20))
        out.append(Holding(owner, owned, low, high))
    return out


@settings(max_examples=150, deadline=None)
@given(holdings())
def test_shares_stay_within_the_whole_and_bounds_in_order(rows: list[Holding]) -> None:
    shares = Shares.of(rows)
    for firm in NODES:
        roots = [o for o in NODES if o != firm and not shares.into.get(o)]
        lows = 0.0
        for owner in (o for o in NODES if o != firm):
            found = effective(shares, owner, firm).share
            assert -EPSILON <= found.low <= found.high + EPSILON <= 1 + 2 * EPSILON
            direct = shares.into.get(firm, {}).get(owner, Share(0, 0))
            assert found.low >= direct.low - EPSILON
            lows += found.low if owner in roots else 0
        assert lows <= 1 + 1e-6  # those whom nobody owns share the company among them


@settings(max_examples=100, deadline=None)
@given(holdings(), st.randoms(use_true_random=False))
def test_every_structure_within_the_intervals_has_its_shares_within_the_bounds(
    rows: list[Holding], chance: random.Random
) -> None:
    """Monte Carlo: draw exact shares within the bounds, at most the whole for each company, and walk."""
    shares = Shares.of(rows)
    drawn = []
    for firm, holders in shares.into.items():
        point = {h: s.low for h, s in holders.items()}
        left = 1 - sum(point.values())
        for h in chance.sample(sorted(holders), len(holders)):
            more = chance.random() * max(0.0, min(left, holders[h].high - holders[h].low))
            point[h] += more
            left -= more
        drawn += [Holding(h, firm, s, s) for h, s in point.items()]
    one = Shares.of(drawn)
    for owner, firm in itertools.permutations(NODES, 2):
        low, high = effective(shares, owner, firm).share
        at = effective(one, owner, firm).share
        assert low - 1e-6 <= at.low <= high + 1e-6
        if owner in shares.above(firm):
            sure, maybe = controlled(shares, owner), controlled(shares, owner, possibly=True)
            here = controlled(one, owner)
            assert sure.keys() <= here.keys() | set()
            assert here.keys() <= maybe.keys()


def plain_control(shares: Shares, owner: str, *, possibly: bool) -> set[str]:
    """Companies in one hand, round by round until nothing comes to it."""
    hand = {owner}
    while True:
        more = set()
        for firm, holders in shares.into.items():
            mine = [s for h, s in holders.items() if h in hand]
            others = sum(s.low for h, s in holders.items() if h not in hand)
            part = min(sum(s.high for s in mine), 1 - others) if possibly else sum(s.low for s in mine)
            if mine and part > HALF + EPSILON:
                more.add(firm)
        if more <= hand:
            return hand - {owner}
        hand |= more


@settings(max_examples=150, deadline=None)
@given(holdings())
def test_control_and_chains_are_what_a_plain_search_finds(rows: list[Holding]) -> None:
    shares = Shares.of(rows)
    for owner in NODES:
        for possibly in (False, True):
            found = controlled(shares, owner, possibly=possibly)
            assert found.keys() == plain_control(shares, owner, possibly=possibly)
            for firm in found:
                told = {owner}
                for step in steps_to(found, firm):
                    assert told.issuperset(step.holders), "each step rests on those before it"
                    told.add(step.company)
                assert firm in told
    for firm in NODES:
        below = strongest_chains(shares, firm)
        best = {firm: 1.0}
        for _ in NODES:  # products along all walks: no circle makes one greater
            for owned, holders in shares.into.items():
                for holder, part in holders.items():
                    best[holder] = max(best.get(holder, 0.0), best.get(owned, 0.0) * part.high)
        for owner in NODES:
            links = chain_down(below, owner)
            assert bool(links) == (owner != firm and best.get(owner, 0.0) > 0)
            product = 1.0
            for a, b in itertools.pairwise(links):
                product *= shares.into[b][a].high
            if links:
                assert (links[0], links[-1], len(set(links))) == (owner, firm, len(links))
                assert product == pytest.approx(best[owner])


@settings(max_examples=60, deadline=None)
@given(holdings(), st.permutations(NODES))
def test_names_do_not_matter(rows: list[Holding], names: list[str]) -> None:
    other = dict(zip(NODES, names, strict=True))
    a, b = Shares.of(rows), Shares.of(h._replace(owner=other[h.owner], owned=other[h.owned]) for h in rows)
    for owner, firm in itertools.permutations(NODES, 2):
        assert effective(a, owner, firm).share == pytest.approx(effective(b, other[owner], other[firm]).share)


def test_a_long_chain_and_a_nest_of_circles_come_to_an_end() -> None:
    chain = exact(*((f"n{i}", f"n{i + 1}", 0.99) for i in range(2_000)))
    assert effective(chain, "n0", "n100").share.low == pytest.approx(0.99**100)
    nested = [(f"c{i}", f"c{(i + 1) % 4}", 0.3) for i in range(4)] + [
        (f"c{(i + 1) % 4}", f"c{i}", 0.4) for i in range(4)
    ]
    shares = exact(*nested, *((f"p{i}", f"c{i}", 0.4) for i in range(4)))
    assert shares.over.keys() == {"c0", "c1", "c2", "c3"}
    total = sum(effective(shares, f"p{i}", "c0").share.low for i in range(4))
    assert total == pytest.approx(1)
    assert all(effective(shares, f"p{i}", "c0").residual < 1e-9 for i in range(4))


# --- through the graph ------------------------------------------------------------------------------------


def holder(number: int, name: str, owner: str, owner_code: str, percent: float | str, **more: Any) -> dict[str, Any]:
    """A row of shareholders; who has a citizen id is a person."""
    kind = "自然人" if owner_code.startswith("4399") else "企业"
    row = {"统一社会信用代码": code(number), "企业名称": name, "股东名称": owner, "股东类型": kind}
    return row | {"股东证件号码": owner_code, "持股比例": str(percent), "出资日期": "2019-01-01"} | more


A, B, C = "长沙甲控股有限公司", "长沙乙实业有限公司", "长沙丙贸易有限公司"


@pytest.fixture
def chain(graph: Graph, put: Put, load_file: LoadFile) -> Graph:
    """张三 has 60 % of A and 10 % of C, A 51 % of B, B 52 % of C, C 20 % of A; 李四 25 % of C; the rest is not known."""
    load_file("sample", put("register.csv", [company(A, 1, "", ""), company(B, 2, "", ""), company(C, 3, "", "")]))
    rows = [
        holder(1, A, "张三", citizen(1), 60),
        holder(1, A, C, code(3), 20),
        holder(2, B, A, code(1), 51),
        holder(3, C, B, code(2), 52),
        holder(3, C, "张三", citizen(1), 10),
        holder(3, C, "李四", citizen(2), 25),
        holder(3, C, "王五", citizen(3), 13, 退出日期="2025-01-01"),
    ]
    load_file("sample", put("shareholders.csv", rows))
    load_file("sample", put("officers.csv", [officer(B, 2, "赵六", citizen(6), "总经理", 任职日期="2018-01-01")]))
    return graph


def by_name(owners: list[OwnerRef]) -> dict[str, OwnerRef]:
    return {o.party.name or "": o for o in owners}


def test_owners_control_and_beneficial_owners_of_a_company(chain: Graph, keys: Keys) -> None:
    found = ownership(chain, the_key(chain, C, keys), as_of=DAY, group=True)
    owners = by_name(found.owners)
    # x = 0.10 + 0.52 · 0.51 · (0.60 + 0.20 · x)
    expected = (0.10 + 0.52 * 0.51 * 0.60) / (1 - 0.52 * 0.51 * 0.20)
    assert owners["张三"].low == pytest.approx(expected)
    assert owners["张三"].high == pytest.approx(expected)
    assert owners["张三"].direct_low == pytest.approx(0.1)
    assert owners["张三"].control == "sure"
    assert [s.company.name for s in owners["张三"].steps] == [A, B, C]
    assert [p.name for p in owners["张三"].path if isinstance(p, NodeRef)] == ["张三", A, B, C]
    assert "王五" not in owners  # out since 2025
    assert C not in owners  # nobody owns himself, whatever the circle
    assert {(b.party.name, b.ground, b.certain) for b in found.beneficial} == {
        ("张三", "share", True),
        ("李四", "share", True),  # 25 % is 25 % or more
    }
    assert [h.name for h in found.heads] == ["张三"]
    assert {m.party.name for m in found.group} == {A, B, C}
    assert (found.complete, found.over) == (True, [])


def test_the_past_and_what_was_known_then(chain: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    key = the_key(chain, C, keys)
    before = ownership(chain, key, as_of=date(2024, 12, 31))
    assert by_name(before.owners)["王五"].low == pytest.approx(0.13 / (1 - 0.52 * 0.51 * 0.20))  # the circle's part too
    assert ownership(chain, key, as_of=date(2018, 12, 31)).owners == []


def test_without_owners_the_manager_is_named_and_never_as_certain(chain: Graph, keys: Keys) -> None:
    (only,) = ownership(chain, the_key(chain, B, keys), as_of=date(2018, 12, 31)).beneficial
    assert (only.party.name, only.ground, only.certain) == ("赵六", "senior_manager", False)
    found = ownership(chain, the_key(chain, A, keys), as_of=date(2024, 1, 1))
    assert [(b.party.name, b.ground) for b in found.beneficial] == [("张三", "share")]


def test_an_unknown_share_is_possible_and_no_more(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    load_file("sample", put("register.csv", [company(A, 1, "", "")]))
    rows = [holder(1, A, "张三", citizen(1), ""), holder(1, A, "李四", citizen(2), 60)]
    load_file("sample", put("shareholders.csv", rows))
    load_file("sample", put("officers.csv", [officer(A, 1, "赵六", citizen(6), "总经理")]))
    found = ownership(graph, the_key(graph, A, keys), as_of=DAY)
    owners = by_name(found.owners)
    assert (owners["张三"].low, owners["张三"].high, owners["张三"].control) == (0, pytest.approx(0.4), "no")
    assert [(b.party.name, b.certain) for b in found.beneficial] == [("李四", True), ("张三", False)]


def test_too_many_holders_are_told(chain: Graph, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question, "MAX_PARTIES", 2)
    found = ownership(chain, the_key(chain, C, keys), as_of=DAY)
    assert not found.complete
    assert [c.reason for c in found.cut] == ["limit"]
    with pytest.raises(BadRequest, match="no party"):
        ownership(chain, "e-nobody", as_of=DAY)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("受益所有人 张三", "穿透后", "集团 张三")), ("en", ("beneficial owner 张三", "effective", "group 张三"))],
)
def test_the_command_shows_owners_in_each_language(
    chain: Graph, server: Server, cli: Cli, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CREDITGRAPH_LANG", language)
    status, out, _ = cli("ownership", C, "--group", "--as-of", "2026-07-01", "--store", server.store)
    assert status == 0
    for word in (*words, "25.00%"):
        assert word in out
    status, out, _ = cli("ownership", C, "--json", "--store", server.store)
    assert status == 0
    assert json.loads(out)["question"] == "ownership"
    assert cli("ownership", "查无此公司", "--store", server.store)[0] == 2


# --- the fixtures of the standard -------------------------------------------------------------------------

FIXTURES = DATA / "bods" / "bods-v04-fixtures"


def fixture(graph: Graph, keys: Keys, name: str) -> list[str]:
    """Load one; the keys of its entities, by name."""
    load(graph, keys, SOURCES["bods"], there(FIXTURES) / name)
    return [
        r["key"] for r in graph.read("MATCH (e:Entity) WHERE e.name IS NOT NULL RETURN e.key AS key ORDER BY e.name")
    ]


def test_direct_ownership_as_its_page_expects(graph: Graph, keys: Keys) -> None:
    """One person, one hop, 75 %."""
    (company_key,) = fixture(graph, keys, "01-direct-ownership.json")
    found = ownership(graph, company_key, as_of=DAY)
    (owner,) = found.owners
    assert (owner.low, owner.high, owner.control, len(owner.path)) == (0.75, 0.75, "sure", 3)
    assert [(b.party.key, b.ground, b.certain) for b in found.beneficial] == [(owner.party.key, "share", True)]


def test_circular_ownership_as_its_page_expects(graph: Graph, keys: Keys) -> None:
    """It ends, nobody is his own owner, the whole is never more than the whole, and no natural person is found."""
    alpha, beta = fixture(graph, keys, "10-circular-ownership.json")
    for one, other in ((alpha, beta), (beta, alpha)):
        found = ownership(graph, one, as_of=DAY, group=True)
        assert [(o.party.key, o.low, o.high) for o in found.owners] == [(other, 1.0, 1.0)]
        assert found.beneficial == []
        assert found.complete


def test_owners_that_are_declared_unknown_are_not_the_same_as_no_data(graph: Graph, keys: Keys) -> None:
    (company_key,) = fixture(graph, keys, "11-anonymous-person.json")
    found = ownership(graph, company_key, as_of=DAY)
    assert found.owners == found.beneficial == []
    assert found.undisclosed == ["subjectUnableToConfirmOrIdentifyBeneficialOwner"]


# --- the same from the copy -------------------------------------------------------------------------------

DAYS = (date(2019, 1, 1), date(2024, 6, 1), DAY, date(2030, 1, 1))


def same(graph: Graph, projection: Projection, keys: list[str], **asked: Any) -> list[Ownership]:
    """The answers about these parties, which the graph and its copy must give alike, to the last digit."""
    answers = []
    for key in keys:
        live = ownership(graph, key, **asked)
        assert ownership(graph, key, **asked, reader=projection.reader()) == live, (key, asked)
        answers.append(live)
    return answers


def keys_of(graph: Graph) -> list[str]:
    return [r["key"] for r in graph.read("MATCH (p:Party) RETURN p.key AS key ORDER BY key")]


class Told:
    """A reader that was told who holds what: for structures that no test would write to a graph."""

    position = 1

    def __init__(self, rows: list[tuple[str, str, float, float]]) -> None:
        self.facts = [
            FactRow(
                f"f{n:06d}", "HOLDS_SHARES_IN", a, b, since=DAY, rec_from=1, props={"share_min": low, "share_max": high}
            )
            for n, (a, b, low, high) in enumerate(rows)
        ]
        self.into: dict[str, list[FactRow]] = {}
        for fact in self.facts:
            self.into.setdefault(fact.end, []).append(fact)

    def parties(self, keys: Iterable[str], day: date) -> dict[str, PartyRef]:
        return {key: PartyRef(key=key, label="Entity", name=key) for key in keys}

    def above(self, company: str, day: date, most: int) -> tuple[list[FactRow], bool]:
        found, asked, frontier = [], set(), {company}
        while frontier:
            if len(asked | frontier) > most:
                return question.in_order(found), False
            asked |= frontier
            level = [f for key in sorted(frontier) for f in self.into.get(key, ())]
            found += level
            frontier = {f.start for f in level if f.start[0] != "p"} - asked
        return question.in_order(found), True

    def holders(self, companies: Sequence[str], day: date) -> list[Holding]:
        facts = (f for key in companies for f in self.into.get(key, ()))
        return sorted(Holding(f.start, f.end, *question.bounds(f.props)) for f in facts)

    def held(self, owners: Sequence[str], day: date) -> set[str]:
        return {f.end for f in self.facts if f.start in owners}

    def posts(self, company: str, day: date) -> list[FactRow]:
        return []

    def undisclosed(self, company: str) -> list[str]:
        return []

    def nodes(self, keys: Iterable[str]) -> dict[str, NodeRef]:
        return {key: NodeRef.of(key, "Person" if key[0] == "p" else "Entity", key) for key in keys}

    def sanctions(self, keys: Sequence[str], day: date) -> dict[str, list[SanctionRef]]:
        return {}

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        return {f.fact_id: fact_ref(f, 0, None, []) for f in facts}


def asked_of(rows: list[tuple[str, str, float, float]], key: str) -> Ownership:
    # No graph is asked when there is a reader.
    return ownership(cast(Graph, None), key, as_of=DAY, group=True, reader=Told(rows))


def test_a_chain_of_ten_thousand_is_cut_and_says_so() -> None:
    began = time.monotonic()
    found = asked_of([(f"e{n + 1:05d}", f"e{n:05d}", 0.99, 0.99) for n in range(10_000)], "e00000")
    assert time.monotonic() - began < 60
    assert {c.reason for c in found.cut} == {"limit"}
    assert not found.complete
    assert len(found.owners) == question.MAX_PARTIES
    assert found.owners[-1].low == pytest.approx(0.99**question.MAX_PARTIES, abs=1e-9)
    assert found.owners[-1].control == "sure"


@pytest.mark.parametrize("share", [(1 / 59, 1 / 59), (0.0, 1.0), (0.01, 0.03)])
def test_everybody_holds_everybody(share: tuple[float, float]) -> None:
    firms = [f"e{n:02d}" for n in range(60)]
    began = time.monotonic()
    found = asked_of([(a, b, *share) for a, b in itertools.permutations(firms, 2)], firms[0])
    assert time.monotonic() - began < 60
    assert (len(found.owners), found.complete) == (59, True)
    assert {o.party.key for o in found.owners} == set(firms[1:])
    assert all(0 <= o.low <= o.high <= 1 for o in found.owners)
    if share[0] == share[1]:
        assert {(o.low, o.high, o.control) for o in found.owners} == {(1.0, 1.0, "no")}


def test_what_was_not_worked_out_is_told() -> None:
    firms = [f"e{n:03d}" for n in range(150)]
    found = asked_of([(a, b, 0.3 / 150, 2 / 150) for a, b in itertools.permutations(firms, 2)], firms[0])
    assert [c.reason for c in found.cut] == ["budget"]
    assert any(o.residual > 0.5 and o.high == 1 for o in found.owners)


def test_its_own_shares_only() -> None:
    found = asked_of([("e1", "e1", 1.0, 1.0)], "e1")
    assert (found.owners, found.beneficial, found.complete) == ([], [], True)


@pytest.mark.parametrize("seed", range(4))
def test_graph_and_copy_agree_at_once_and_after_every_change(graph: Graph, tmp_path: Path, seed: int) -> None:
    history = RandomHoldings(graph, seed)
    history.change()
    projection = opened(graph, tmp_path)
    owners = 0
    for step in range(4):
        for day in DAYS:
            answers = same(graph, projection, history.parties, as_of=day, group=(step + day.year) % 2 == 0)
            owners += sum(len(a.owners) for a in answers)
        history.change()
        assert projection.follow(graph)
        assert projection.position == graph.position()
    assert owners > 100, "there is something to agree about"
    same(graph, projection, history.parties, as_of=DAY, group=True)
    same(graph, opened(graph, tmp_path / "anew", anew=True), history.parties, as_of=DAY, group=True)


def test_graph_and_copy_agree_on_the_sample(sample_graph: Graph, tmp_path: Path) -> None:
    projection = opened(sample_graph, tmp_path)
    companies = [key for key in keys_of(sample_graph) if key[0] == "e"]
    answers = same(sample_graph, projection, random.Random(3).sample(companies, 60), as_of=DAY, group=True)
    assert sum(len(a.owners) for a in answers) > 50
    assert any(a.beneficial for a in answers)


def test_what_is_loaded_is_in_the_next_answer_of_the_copy(
    chain: Graph, keys: Keys, tmp_path: Path, put: Put, load_file: LoadFile
) -> None:
    projection = opened(chain, tmp_path)
    key = the_key(chain, C, keys)
    (before,) = same(chain, projection, [key], as_of=DAY, group=True)
    load_file("sample", put("shareholders.csv", [holder(2, B, "钱七", citizen(7), 40)], "2026-06-30"))
    assert projection.follow(chain)
    (after,) = same(chain, projection, [key], as_of=DAY, group=True)
    assert {o.party.name for o in after.owners} - {o.party.name for o in before.owners} == {"钱七"}
    for name in ("10-circular-ownership.json", "11-anonymous-person.json"):
        load(chain, keys, SOURCES["bods"], there(FIXTURES) / name)
        assert projection.follow(chain)
        answers = same(chain, projection, keys_of(chain), as_of=DAY, group=True)
    assert any(a.undisclosed for a in answers)
    for known_at in (date(2000, 1, 1), today()):
        same(chain, projection, [key], as_of=DAY, known_at=known_at)  # asked of the graph itself


def test_too_many_holders_are_cut_alike(chain: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projection = opened(chain, tmp_path)
    for most in (0, 1, 2, 4):
        monkeypatch.setattr(question, "MAX_PARTIES", most)
        answers = same(chain, projection, keys_of(chain), as_of=DAY, group=True)
        assert any(a.cut for a in answers) == (most < 4)
        assert all(a.complete == (not a.cut) for a in answers)


def test_an_empty_copy_and_a_party_that_nobody_knows(graph: Graph, tmp_path: Path) -> None:
    projection = opened(graph, tmp_path)
    assert projection.base == 0
    with pytest.raises(BadRequest, match="no party"):
        ownership(graph, "e-nobody", as_of=DAY, reader=projection.reader())


def test_the_server_answers_from_its_copy(chain: Graph, keys: Keys, tmp_path: Path) -> None:
    key = the_key(chain, C, keys)
    projection = opened(chain, tmp_path)

    class Held:
        reader = staticmethod(projection.reader)
        close = staticmethod(lambda: None)

    app = create_app(chain, Settings())
    with TestClient(app) as client:
        path = f"/v1/parties/{key}/ownership?purpose=approval&as_of={DAY}&group=true"
        live = client.get(path).json()
        app.state.copy = Held()
        told: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(question.LiveOwnership, "__init__", lambda *a: told.append("the graph was asked"))
            copied = client.get(path).json()
    assert (copied, told) == (live, [])
    assert copied["owners"]


def test_a_company_with_five_thousand_holders(graph: Graph, tmp_path: Path) -> None:
    def work(tx: Tx) -> None:
        tx.run("CREATE (:Party:Entity {key: 'e-firm', name: 'firm', changed: $k})", k=tx.seq)
        tx.run(
            "UNWIND range(1, 5000) AS n CREATE (p:Party:Person {key: 'p-' + toString(n), name: 'p', changed: $k}) WITH p, n "
            "MATCH (c:Party {key: 'e-firm'}) CREATE (p)-[:HOLDS_SHARES_IN {fact_id: 'f' + toString(n), source: 't', run: '', "
            "rec_from: $k, rec_to: $f, share_min: 0.0002, share_max: 0.0002}]->(c)",
            k=tx.seq, f=FOREVER,
        )  # fmt: skip

    graph.write("load", work)
    (found,) = same(graph, opened(graph, tmp_path), ["e-firm"], as_of=DAY)
    assert (len(found.owners), found.complete, found.beneficial) == (5_000, True, [])
    assert {(o.low, o.high, o.control, len(o.path)) for o in found.owners} == {(0.0002, 0.0002, "no", 3)}
