"""What listed owners have together, and which sanctions count: against plain searches, and graph against copy."""

import itertools
import json
import random
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api.http.app import create_app
from graph_model.errors import BadRequest
from graph_model.ownership import TOGETHER, Holding, Share, Shares, controlled, effective, together
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from queries.network.exposure import exposure
from queries.network.listed_owners import holdings_of, listed_owners
from queries.network.ownership import effective_of
from queries.party.sanction_filter import EVERYTHING, SanctionFilter
from queries.projection.current import opened
from queries.projection.follow import Projection
from queries.screen import Screener
from tests.support.copies import list_all, same
from tests.support.exposure import random_graph
from tests.support.graphs import the_key
from tests.support.holdings import RandomHoldings
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 7, 1)

# --- the arithmetic ---------------------------------------------------------------------------------------

COMPANIES, HOLDERS = ("a", "b", "c"), ("a", "b", "c", "p", "q")
SHARES = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 1.0])


@st.composite
def holdings(draw: st.DrawFn) -> list[Holding]:
    rows = []
    for _ in range(draw(st.integers(1, 7))):
        low, high = sorted((draw(SHARES), draw(SHARES)))
        rows.append(Holding(draw(st.sampled_from(HOLDERS)), draw(st.sampled_from(COMPANIES)), low, high))
    return rows


def corners(row: dict[str, Share]) -> list[dict[str, float]]:
    """All ways in which what is left may go to holders, as much as each may have, one after the other; or to nobody."""
    found = {}
    for n in range(len(row) + 1):
        for order in itertools.permutations(row, n):
            left, shares = 1 - sum(s.low for s in row.values()), {who: s.low for who, s in row.items()}
            for who in order:
                more = min(left, row[who].high - row[who].low)
                shares[who] += more
                left -= more
            found[tuple(sorted(shares.items()))] = shares
    return list(found.values())


def comes_to(rows: dict[str, dict[str, float]], listed: set[str], start: str) -> float:
    """The probability that a walk from the company ever comes to one of these."""
    inner = [c for c in rows if c not in listed]
    step, out = np.zeros((len(inner), len(inner))), np.zeros(len(inner))
    for i, c in enumerate(inner):
        for who, share in rows[c].items():
            if who in listed:
                out[i] += share
            elif who in inner:
                step[i, inner.index(who)] += share
    reached = np.zeros(len(inner))
    for _ in range(4000):
        reached = out + step @ reached
    return float(reached[inner.index(start)]) if start in inner else 0.0


@given(rows=holdings(), listed=st.sets(st.sampled_from(["b", "c", "p", "q"]), min_size=1))
@examples(max_examples=60, deadline=None)
def test_together_is_the_least_and_the_most_that_any_structure_gives(rows: list[Holding], listed: set[str]) -> None:
    shares = Shares.of(rows)
    one = together(shares, listed)
    number, found = effective_of(holdings_of(one), "a")
    at = number.get(TOGETHER)
    low, high = (0.0, 0.0) if at is None else (float(found.low[at]), float(found.high[at]))
    plain = effective(one, TOGETHER, "a").share
    assert (low, high) == pytest.approx(plain, abs=1e-6)
    asked = {c: row for c, row in shares.into.items() if c not in listed}
    values = [
        comes_to(dict(zip(asked, some, strict=True)), listed, "a")
        for some in itertools.islice(itertools.product(*(corners(row) for row in asked.values())), 400)
    ]
    if "a" not in asked:
        values = [0.0]
    assert low <= min(values) + 1e-6
    assert high >= max(values) - 1e-6
    if len(values) < 400:
        assert (low, high) == pytest.approx((min(values), max(values)), abs=1e-3)


@given(rows=holdings(), listed=st.sets(st.sampled_from(["b", "c", "p", "q"]), min_size=1))
@examples(max_examples=200, deadline=None)
def test_half_at_every_step_is_what_adding_up_gives(rows: list[Holding], listed: set[str]) -> None:
    exact = [Holding(a, b, low, low) for a, b, low, _ in rows]
    shares = Shares.of(exact)
    theirs = set(listed)
    while True:
        more = {c for c, row in shares.into.items() if sum(s.low for w, s in row.items() if w in theirs) >= 0.5 - 1e-9}
        if more <= theirs:
            break
        theirs |= more
    found = set(controlled(together(shares, listed), TOGETHER, half=True))
    assert found == theirs - listed


def test_no_listed_owner_is_counted_behind_another() -> None:
    rows = [Holding("p", "b", 1, 1), Holding("b", "a", 0.5, 0.5), Holding("q", "a", 0.2, 0.3)]
    one = together(Shares.of(rows), {"p", "b", "q"})
    assert effective(one, TOGETHER, "a").share == pytest.approx((0.7, 0.8))


# --- in a graph -------------------------------------------------------------------------------------------


def each_alike(graph: Graph, copy: Projection, keys: Iterable[str], **asked: Any) -> Iterator[Any]:
    for key in keys:
        live = listed_owners(graph, key, **asked)
        assert listed_owners(graph, key, **asked, reader=copy.reader()) == live, (key, asked)
        yield live


@pytest.mark.parametrize("seed", range(3))
def test_graph_and_copy_agree_and_the_parts_add_up(graph: Graph, tmp_path: Path, seed: int) -> None:
    history = RandomHoldings(graph, seed)
    for _ in range(4):
        history.change()
    rng = random.Random(seed)
    list_all(graph, rng.sample(history.parties, len(history.parties) * 2 // 3))
    copy = opened(graph, tmp_path)
    some = 0
    for answer in each_alike(graph, copy, history.parties, as_of=DAY):
        some += len(answer.owners) > 1
        assert sum(o.low for o in answer.owners) == pytest.approx(answer.low, abs=1e-6)
        assert answer.high <= sum(o.high for o in answer.owners) + 1e-6
        assert 0 <= answer.low <= answer.high + 1e-9 <= 1 + 1e-8
        assert (answer.status == "hit") == bool(answer.owners)
        assert all(o.party.key != answer.party.key for o in answer.owners)
    assert some, "there is something to add up"


A, B, C = "湘甲控股有限公司", "湘乙实业有限公司", "湘丙食品有限公司"


def holder(owned: str, number: int, who: str, share: float, of: int | None = None, person: int | None = None) -> Any:
    row = {
        "企业名称": owned,
        "统一社会信用代码": code(number),
        "股东名称": who,
        "持股比例": f"{share}%",
        "出资日期": "2019-01-01",
    }
    if of is not None:
        return row | {"股东类型": "企业法人", "股东证件号码": code(of)}
    assert person is not None
    return row | {"股东类型": "自然人", "股东证件号码": citizen(person)}


@pytest.fixture
def sold(graph: Graph, put: Put, load_file: LoadFile, pack: RulePack) -> Graph:
    """丙 belongs to 乙 60 % and 赵六 25 %; 乙 belongs to 甲 60 %; 甲 and 赵六 are listed, by two organs."""
    names = ((A, 1), (B, 2), (C, 3))
    load_file("sample", put("register.csv", [company(n, i, f"罗{i}", citizen(90 + i)) for n, i in names]))
    rows = [holder(C, 3, B, 60, of=2), holder(C, 3, "赵六", 25, person=5), holder(B, 2, A, 60, of=1)]
    load_file("sample", put("shareholders.csv", rows))
    listed = {"名单类别": "黑名单", "名单名称": "重大税收违法名单", "主体名称": A, "主体类别": "法人及非法人组织"}
    listed |= {
        "统一社会信用代码": code(1),
        "列入日期": "2024-05-06",
        "认定机关": "长沙市税务局",
        "文号": "长税〔2024〕1号",
    }
    load_file("lists", put("lists.json", [listed | {"失信行为": "恶意欠税", "领域": "TAX"}]))
    other = decision("赵六", 8) | {"主体类别": "自然人", "主体证件号码": citizen(5)}
    load_file("sample", put("decisions.csv", [other]))
    derive_into(graph, pack)
    return graph


def test_what_they_have_together_is_more_than_any_of_them(sold: Graph, keys: Keys) -> None:
    answer = listed_owners(sold, the_key(sold, C, keys), as_of=DAY)
    assert (answer.status, answer.low, answer.high, answer.half) == ("hit", 0.61, 0.61 + answer.high - 0.61, "sure")
    assert [(o.party.name, o.low) for o in answer.owners] == [(A, 0.36), ("赵六", 0.25)]
    assert [getattr(n, "name", None) for n in answer.owners[0].path[::2]] == [A, B, C]
    before = listed_owners(sold, the_key(sold, C, keys), as_of=date(2024, 1, 1))
    assert (before.status, before.low, before.half) == ("clear", 0.0, "no")


def test_half_counts_a_company_of_theirs_whole(sold: Graph, keys: Keys, pack: RulePack) -> None:
    only = SanctionFilter.of(pack.codes, organs=["税务"])
    answer = listed_owners(sold, the_key(sold, C, keys), as_of=DAY, only=only)
    # 甲 has 36 % of 丙; and yet 乙 is 甲's, and has 60 % of 丙.
    assert (answer.low, answer.half, [o.party.name for o in answer.owners]) == (0.36, "sure", [A])
    assert answer.reason is not None
    assert "税务" in answer.reason


def test_acts_and_sectors_count_with_all_that_stands_below_them(sold: Graph, keys: Keys, pack: RulePack) -> None:
    key = the_key(sold, C, keys)
    for asked in ({"acts": ["TAX_ACT"]}, {"acts": ["A02"]}, {"sectors": ["D06"]}, {"sectors": ["COMMERCE"]}):
        only = SanctionFilter.of(pack.codes, **asked)
        assert [o.party.name for o in listed_owners(sold, key, as_of=DAY, only=only).owners] == [A]
        hits = exposure(sold, key, as_of=DAY, only=only).hits
        assert [(h.party.name, h.distance) for h in hits] == [(A, 2)]
    for asked in ({"acts": ["BRIBERY"]}, {"sectors": ["JUSTICE"]}, {"lists": ["重大税收违法"]}):
        answer = exposure(sold, key, as_of=DAY, only=SanctionFilter.of(pack.codes, **asked))
        assert (answer.status, answer.hits) == ("clear", [])


def test_command_and_route(sold: Graph, server: Server, cli: Cli, keys: Keys, settings: Settings) -> None:
    asked = ("ownership", C, "--listed", "--as-of", DAY.isoformat(), "--store", server.store)
    code_, out, _ = cli(*asked, "--json", "--fail-on-hit")
    answer = json.loads(out)
    assert (code_, answer["question"], answer["low"]) == (3, "ownership-listed", 0.61)
    code_, out, _ = cli(*asked, "--organ", "海关", "--fail-on-hit")
    assert code_ == 0
    assert "no listed owner is known" in out
    assert cli(*asked, "--group")[0] == 2
    assert cli(*asked[:2], "--organ", "税务", *asked[3:])[0] == 2
    with TestClient(create_app(sold, settings)) as client:
        key = the_key(sold, C, keys)
        params: dict[str, Any] = {"purpose": "supervision", "as_of": DAY.isoformat()}
        assert client.get(f"/v1/parties/{key}/listed-owners", params=params).json() == answer
        params["organ"] = ["税务"]
        assert client.get(f"/v1/parties/{key}/listed-owners", params=params).json()["low"] == 0.36
        assert client.get(f"/v1/parties/{key}/listed-owners", params=params | {"act": "X99"}).status_code == 400


def test_a_screened_list_tells_them(sold: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    copy = opened(sold, tmp_path)
    for only in (EVERYTHING, SanctionFilter.of(pack.codes, organs=["税务"])):
        screener = Screener(sold, copy.reader(), pack, as_of=DAY, only=only)
        for row in screener.screen([[("name", name)] for name in (A, B, C)]):
            answer = listed_owners(sold, row["key"], as_of=DAY, only=only)
            assert (row["listed_low"], row["listed_high"], row["listed_half"]) == (answer.low, answer.high, answer.half)
            assert row.get("listed_owners", "") == "; ".join(f"{o.party.name} ({o.party.key})" for o in answer.owners)
            near = exposure(sold, row["key"], as_of=DAY, only=only)
            assert row["exposure"] == near.status
            assert row["surrounding"] == sum(h.ring == "surrounding" for h in near.hits)
            assert (only.words or "") in row["note"]


# --- which sanctions count --------------------------------------------------------------------------------

FILTERS = (
    {"kinds": ["penalty"]},
    {"kinds": ["list_entry", "court_order"]},
    {"lists": ["L1", "重大违法名单"]},
    {"organs": ["税务"]},
    {"acts": ["A02"]},
    {"sectors": ["COMMERCE"], "organs": ["局"]},
)


@pytest.mark.parametrize("seed", range(2))
def test_exposure_to_some_sanctions_is_what_a_graph_of_these_only_has(
    graph: Graph, pack: RulePack, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(200 + seed)
    parties = random_graph(graph, rng)

    def said(tx: Tx) -> None:
        for r in tx.run("MATCH ()-[i:IMPOSED_ON]->() RETURN i.fact_id AS id ORDER BY id"):
            props = {
                "kind": rng.choice(["penalty", "list_entry", "court_order", None]),
                "codes": rng.sample(["L1", "L2"], rng.randint(0, 2)),
                "title": rng.choice(["重大违法名单", "罚款", None]),
                "authority": rng.choice(["长沙市税务局", "长沙市法院", None]),
                "acts": rng.choice([["TAX_UNDERPAYMENT"], ["FIRE_SAFETY", "BRIBERY"], None]),
                "sectors": rng.choice([["TAX"], ["JUSTICE"], None]),
            }
            tx.run("MATCH ()-[i:IMPOSED_ON {fact_id: $id}]->() SET i += $props", id=r["id"], props=props)

    graph.write("load", said)
    copy = opened(graph, tmp_path)
    narrow = 0
    for asked in FILTERS:
        only = SanctionFilter.of(pack.codes, **asked)
        for known_at in (None, date(1970, 1, 2)):
            for key in parties:
                (answer,) = same(graph, copy, [key], hops=3, as_of=date(2025, 1, 1), known_at=known_at, only=only)
                whole = exposure(graph, key, hops=3, as_of=date(2025, 1, 1), known_at=known_at)
                fits = {h.party.key: [s.key for s in h.sanctions if only.fits(s)] for h in whole.hits}
                assert {h.party.key: [s.key for s in h.sanctions] for h in answer.hits} == {
                    k: v for k, v in fits.items() if v
                }
                assert {h.party.key: h.distance for h in answer.hits}.items() <= {
                    h.party.key: h.distance for h in whole.hits
                }.items()
                narrow += len(answer.hits) < len(whole.hits)
                assert answer.reason == only.words
    assert narrow > 5 or seed, "there is something to leave out"


def test_a_filter_that_means_nothing_is_refused(pack: RulePack) -> None:
    for wrong in ({"kinds": ["fine"]}, {"acts": ["A99"]}, {"sectors": ["A01"]}, {"lists": [" "]}, {"organs": [""]}):
        with pytest.raises(BadRequest):
            SanctionFilter.of(pack.codes, **wrong)
    assert not SanctionFilter.of(pack.codes)
    below = SanctionFilter.of(pack.codes, acts=["BRIBERY"]).acts
    assert set(below) == {"BRIBERY", "COMMERCIAL_BRIBERY"}
    assert set(below) < set(SanctionFilter.of(pack.codes, acts=["a02"]).acts)


def test_a_company_that_nobody_knows(graph: Graph) -> None:
    with pytest.raises(BadRequest, match="no party"):
        listed_owners(graph, "e-nobody", as_of=DAY)
