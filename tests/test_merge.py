"""Two entities that are one: merged by a decision, undone by another one, and nothing lost on the way."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.http.app import create_app
from graph_model.errors import BadRequest
from graph_model.events import Event
from graph_model.rules import RulePack
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings as Configured
from loaders.decisions.events import record
from loaders.derive import derive_into
from loaders.identity.merge import merge, split
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.law.consequences import consequences_of
from queries.party.parties import party_file, resolve
from queries.party.search import find
from queries.read.corrections import corrections
from queries.read.events import all_events
from queries.read.facts import all_sanctions
from tests.support.deep import so_many
from tests.support.graphs import balanced, dated, facts, present_view, the_key, wipe
from tests.support.invented import citizen, code
from tests.support.rows import company, officer, order, penalty, reg
from tests.support.types import LoadFile, Put

DAY = date(2026, 7, 1)
A, B, C = "长沙甲有限公司", "长沙乙有限公司", "长沙丙有限公司"
WHY: dict[str, Any] = {"author": "王芳", "reason": "登记机关函复为同一主体"}


def files(put: Put) -> dict[str, tuple[str, Path]]:
    """Two codes of one company (once under a former name), a third one, and what else is said of them."""
    share = {"统一社会信用代码": code(3), "企业名称": C, "股东名称": B, "股东类型": "法人", "股东证件号码": code(2)}
    numbers = {"CF_XDR_SHXYM": code(2), "CF_XDR_GSZC": reg(2)}
    return {
        "one": ("sample", put("register.csv", [company(A, 1, "张三", citizen(1), 注册地址="长沙市某路1号")])),
        "two": ("sample", put("register.csv", [company(B, 2, "张三", "", 任职日期="2019-01-01")])),
        "two renamed": (
            "sample",
            put("register.csv", [company(A, 2, "张三", "", 任职日期="2019-01-01")], "2026-07-31"),
        ),
        "third": ("sample", put("register.csv", [company(C, 3, "李四", citizen(3))])),
        "officers": ("sample", put("officers.csv", [officer(B, 2, "周八", ""), officer(A, 1, "周八", citizen(8))])),
        "shares": ("sample", put("shareholders.csv", [share | {"持股比例": "60", "出资日期": "2019-05-01"}])),
        "orders": ("court-limits", put("o.json", [order(A, 1, "张三"), order(B, 2, "周八"), order(C, 3, "李四")])),
        "penalty": (
            "shuanggongshi",
            put("penalties.csv", [penalty(B, "长市监罚〔2024〕1号", CF_FRDB="张三", **numbers)]),
        ),
        "number": ("shuanggongshi", put("penalties.csv", [penalty(B, "长市监罚〔2024〕2号", CF_XDR_GSZC=reg(2))])),
    }


class World:
    """A graph that is loaded, merged and split in some order."""

    def __init__(self, graph: Graph, keys: Keys, pack: RulePack, parts: dict[str, tuple[str, Path]]) -> None:
        self.graph, self.keys, self.pack, self.parts = graph, keys, pack, parts
        self.wipe()

    def wipe(self) -> None:
        wipe(self.graph, self.keys)

    def load(self, *names: str) -> None:
        for name in names:
            source, path = self.parts[name]
            load(self.graph, self.keys, SOURCES[source], path)

    def merge(self, keep: str, other: str) -> str:
        return merge(self.graph, self.key(keep), self.key(other), **WHY).id

    def key(self, text: str) -> str:
        return the_key(self.graph, text, self.keys)

    def view(self) -> dict[str, list[str]]:
        """What is there, after only what was touched was derived; deriving all again changes nothing."""
        derive_into(self.graph, self.pack)
        again = derive_into(self.graph, self.pack, everything=True)
        assert (again.created, again.removed) == (0, 0)
        assert self.graph.read("MATCH (p:Party) WHERE p.caches_dirty RETURN count(p) AS n")[0]["n"] == 0
        return present_view(self.graph)


@pytest.fixture
def world(graph: Graph, keys: Keys, pack: RulePack, put: Put) -> World:
    return World(graph, keys, pack, files(put))


ALL = ("one", "two", "third", "officers", "shares", "orders", "penalty", "number")


def test_merged_it_stands_in_one_place_and_split_it_is_as_before(world: World) -> None:
    world.load(*ALL)
    before = world.view()
    key, other = world.key(code(1)), world.key(code(2))
    id = world.merge(code(1), code(2))
    merged = world.view()
    assert merged != before

    # Every number, name and key of either finds the one that stays.
    for text in (code(1), code(2), reg(2), A, other, key):
        assert world.key(text) == key, text
    rows = world.graph.read(
        "MATCH (p {key: $key})-[r]-() WHERE r.rec_to = $forever RETURN count(r) AS n "
        "UNION ALL MATCH (s:Statement)-[:ABOUT]->(p {key: $key}) WHERE s.rec_to = $forever RETURN count(s) AS n",
        key=other,
        forever=FOREVER,
    )
    assert [r["n"] for r in rows] == [0, 0]
    answer = party_file(world.graph, key, as_of=DAY)
    assert {f.properties["name"] for f in facts(answer, "ABOUT")} == {A, B}
    assert len(facts(answer, "IMPOSED_ON")) == 4
    assert len(facts(answer, "HOLDS_SHARES_IN")) == 1
    # One name at one entity is one person: the legal representative of both is the one with the number.
    heads = {f.from_ for f in facts(answer, "LEGAL_REPRESENTATIVE_OF") if f.from_ == world.key(citizen(1))}
    assert heads == {world.key(citizen(1))}
    assert {f.from_ for f in facts(answer, "DIRECTOR_OF")} == {world.key(citizen(8))}
    # The evidence says who put it there, when and why; what was its own says nothing.
    for fact in facts(answer, "ABOUT"):
        if fact.properties["name"] == B:
            assert fact.match == ["from: merged"]
            assert [(c.id, c.keep, c.other, c.author, c.reason) for c in fact.corrections] == [
                (id, key, other, WHY["author"], WHY["reason"])
            ]
            assert fact.corrections[0].recorded_at
        else:
            assert (fact.match, fact.corrections) == ([], [])
    by_name = [f for f in facts(answer, "IMPOSED_ON") if f.source == "court-limits"]
    assert {tuple(f.match) for f in by_name} == {("to: exact-name",)}
    assert sorted(len(f.corrections) for f in by_name) == [0, 1]  # the order against B rests on the name and the merge

    split(world.graph, id, author="李明", reason="函复有误")
    assert world.view() == before
    assert world.key(code(2)) == other
    (record_,) = corrections(world.graph)
    assert record_.undone is not None
    assert "李明" in record_.undone
    assert "函复有误" in record_.undone
    balanced(world.graph)


def test_what_was_known_before_a_merge_is_still_known(world: World) -> None:
    world.load(*ALL)
    other, position = world.key(code(2)), world.graph.position()
    dated(world.graph, position, date(2026, 6, 1))
    was = {f.fact_id for f in party_file(world.graph, other, as_of=DAY).facts}
    world.merge(code(1), code(2))
    then = party_file(world.graph, other, as_of=DAY, known_at=date(2026, 6, 1))
    assert {f.fact_id for f in then.facts} == was
    assert [c for f in then.facts for c in f.corrections] == []
    assert party_file(world.graph, other, as_of=DAY).facts == []


def test_whoever_holds_the_old_key_is_never_told_that_all_is_clear(world: World) -> None:
    """A key that an application stored years ago: by itself the emptied party has nothing against it."""
    world.load(*ALL)
    key, other = world.key(code(1)), world.key(code(2))
    dated(world.graph, world.graph.position(), date(2026, 6, 1))
    id = world.merge(code(1), code(2))
    world.view()
    with TestClient(create_app(world.graph, Configured())) as client:

        def asked(route: str, **more: str) -> dict[str, Any]:
            answer = client.get(f"/v1/parties/{other}{route}", params={"purpose": "approval", **more})
            assert answer.status_code == 200
            return answer.json()

        for route in ("", "/neighbours", "/exposure"):
            now = asked(route)
            assert (now["party"]["key"], now["status"]) == (key, "hit"), route
        # No measure reaches the company itself; that is the answer of the one that stays too.
        assert asked("/consequences")["party"]["key"] == key
        # As was known before the merge, it stood for itself.
        then = asked("", known_at="2026-06-01")
        assert (then["party"]["key"], then["status"]) == (other, "hit")
        split(world.graph, id, **WHY)
        assert asked("")["party"]["key"] == other


@pytest.mark.parametrize("keep", [1, pytest.param(2, marks=pytest.mark.once)])
def test_it_makes_no_difference_when_it_was_merged(world: World, keep: int) -> None:
    """Every file before or after the merge, the last one with a new name of the entity that went away."""
    ends = code(keep), code(3 - keep)
    order = ("one", "two", "third", "officers", "shares", "orders", "penalty", "number", "two renamed")
    views = []
    for first in (9, 2, 5):
        world.wipe()
        world.load(*order[:first])
        world.merge(*ends)
        world.load(*order[first:])
        views.append(world.view())
    world.wipe()
    world.load("two", "one")
    world.merge(*ends)
    world.load("penalty", "number", "orders", "two renamed", "officers", "third", "shares")
    views.append(world.view())
    for view in views[1:]:
        for part, lines in view.items():
            assert lines == views[0][part], part


def test_a_name_that_two_bore_is_borne_by_one_when_they_are_merged(world: World) -> None:
    world.load("one", "two renamed", "orders")
    before = world.view()
    assert resolve(world.graph, A)[0] is None
    id = world.merge(code(1), code(2))
    assert world.key(A) == world.key(code(1))
    fact = next(f for f in facts(party_file(world.graph, world.key(A), as_of=DAY), "IMPOSED_ON"))
    assert fact.match == ["to: exact-name"]
    split(world.graph, id, **WHY)
    assert world.view() == before


def test_merges_upon_merges_are_undone_in_any_order(world: World) -> None:
    world.load(*(name for name in ALL if name != "shares"))
    separate = world.view()
    keys = {n: world.key(code(n)) for n in (1, 2, 3)}
    first = world.merge(code(2), code(1))
    pair = world.view()
    second = world.merge(code(3), code(2))
    assert {world.key(code(n)) for n in (1, 2, 3)} == {keys[3]}
    chain = next(f for f in facts(party_file(world.graph, keys[3], as_of=DAY), "ABOUT") if f.properties["name"] == A)
    assert [c.id for c in chain.corrections] == [first, second]
    # The second one back: the first still stands.
    split(world.graph, second, **WHY)
    assert world.view() == pair
    second = world.merge(code(3), code(2))
    # The inner one back, while the outer stands; then the outer.
    split(world.graph, first, **WHY)
    assert [world.key(code(n)) for n in (1, 2, 3)] == [keys[1], keys[3], keys[3]]
    split(world.graph, second, **WHY)
    assert world.view() == separate


STEP = st.sampled_from([*ALL, "two renamed", "merge", "split", "derive"])


@pytest.mark.deep
@settings(max_examples=so_many(4, 25), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=3, max_size=10), keep=st.sampled_from([1, 2]))
@pytest.mark.once
def test_whatever_the_order_only_the_files_and_what_is_decided_count(world: World, steps: list[str], keep: int) -> None:
    ends = code(keep), code(3 - keep)
    world.wipe()
    world.load("one", "two")
    held: str | None = None
    for step in steps:
        if step == "merge" and held is None:
            held = world.merge(*ends)
        elif step == "split" and held is not None:
            split(world.graph, held, **WHY)
            held = None
        elif step == "derive":
            derive_into(world.graph, world.pack)
        elif step in world.parts:
            world.load(step)
    view = world.view()
    world.wipe()
    world.load("one", "two", *dict.fromkeys(s for s in steps if s in world.parts))
    if held is not None:
        world.merge(*ends)
    assert world.view() == view


def test_what_was_recorded_of_a_merged_party_goes_on(world: World) -> None:
    world.load("one", "two", "penalty")
    derive_into(world.graph, world.pack)
    (sanction,) = all_sanctions(world.graph)
    key, other = world.key(code(1)), world.key(code(2))
    reach = {c.measure for c in consequences_of(world.graph, world.pack, other, as_of=DAY).consequences}
    lifted = Event(
        "", "lifting", "lifted", sanction, date(2025, 1, 1), subject=other, role="source_organ", reason="已履行",
        author="tests",
    )  # fmt: skip
    record(world.graph, [lifted], today=DAY)
    derive_into(world.graph, world.pack)
    before = {(c.measure, c.status) for c in consequences_of(world.graph, world.pack, other, as_of=DAY).consequences}
    world.merge(code(1), code(2))
    world.view()
    after = {(c.measure, c.status) for c in consequences_of(world.graph, world.pack, key, as_of=DAY).consequences}
    assert {m for m, _ in after} == reach
    assert after == before
    assert [e.subject for e in all_events(world.graph)] == [other]  # the record itself is as it was written


@pytest.mark.parametrize(
    ("keep", "other", "words"),
    [
        (code(1), code(1), "one party"),
        (code(1), citizen(1), "no company"),
        (code(1), "长沙市市场监督管理局", "no company"),
        (code(2), code(3), "HOLDS_SHARES_IN"),
        ("长沙丁有限公司", code(1), "only a name"),
    ],
)
def test_what_may_not_be_merged_is_refused_and_nothing_changes(
    world: World, put: Put, load_file: LoadFile, keep: str, other: str, words: str
) -> None:
    world.load(*ALL)
    load_file("court-limits", put("o.json", [order("长沙丁有限公司", 9)]))
    before = world.view()
    with pytest.raises(BadRequest, match=words):
        merge(world.graph, world.key(keep), world.key(other), **WHY)
    assert world.view() == before
    assert corrections(world.graph) == []


def test_an_entity_known_by_name_only_can_be_merged_and_no_policy_undoes_it(
    world: World, put: Put, load_file: LoadFile
) -> None:
    """A court writes a name as the register never did; later somebody bears just that name."""
    world.load("one")
    load_file("court-limits", put("o.json", [order("长沙甲公司", 9, "张三")]))
    before = world.view()
    id = world.merge(code(1), "长沙甲公司")
    merged = world.view()
    (fact,) = facts(party_file(world.graph, world.key(code(1)), as_of=DAY), "IMPOSED_ON")
    assert fact.match == ["to: merged"]
    assert [c.id for c in fact.corrections] == [id]
    load_file("sample", put("register.csv", [company("长沙甲公司", 7)]))
    (fact,) = facts(party_file(world.graph, world.key(code(1)), as_of=DAY), "IMPOSED_ON")
    assert fact.match == ["to: merged"]
    split(world.graph, id, **WHY)
    world.view()
    (fact,) = facts(party_file(world.graph, world.key(code(7)), as_of=DAY), "IMPOSED_ON")
    assert fact.match == ["to: exact-name"]
    world.wipe()
    world.load("one")
    load_file("court-limits", put("o.json", [order("长沙甲公司", 9, "张三")]))
    assert world.view() == before != merged


def test_a_merge_needs_an_author_and_a_reason_and_is_undone_once(world: World) -> None:
    world.load("one", "two")
    key, other = world.key(code(1)), world.key(code(2))
    for author, reason in (("", "x"), ("王芳", " ")):
        with pytest.raises(BadRequest, match="author"):
            merge(world.graph, key, other, author=author, reason=reason)
    with pytest.raises(BadRequest, match="no merge"):
        split(world.graph, "x-0", **WHY)
    id = merge(world.graph, key, other, author="王芳", reason=f"与{citizen(5)}核对").id
    assert citizen(5) not in str(corrections(world.graph))
    with pytest.raises(BadRequest, match="merged into"):
        merge(world.graph, key, other, **WHY)
    split(world.graph, id, **WHY)
    with pytest.raises(BadRequest, match="taken back"):
        split(world.graph, id, **WHY)


def test_found_by_part_of_its_old_name(world: World) -> None:
    world.load("one", "two")
    key = world.key(code(1))
    world.merge(code(1), code(2))
    world.graph.await_names()
    assert {c.key for c in find(world.graph, "长沙乙", as_of=DAY).candidates} == {key}
