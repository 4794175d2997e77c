"""Candidates for one natural person: the score against a plain reading of its definition, blocks against all pairs."""

import re
from datetime import date
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from graph_model import same_person
from graph_model.names import agreement, parse_name
from graph_model.same_person import (
    PARTS,
    PROPOSE_FROM,
    EntityRecord,
    Frequency,
    Pair,
    PersonRecord,
    Tie,
    candidates,
    compared,
    frequencies,
)
from graph_model.schema import CROSSED

NAMES = ["王伟", "李静", "赵一鸣", "鄧暉", "邓晖", "Hui Deng", "Hui Deng(邓晖)", "杨光", "杨光(大)", "钱多多", "孙小妹"]
PLACES = [f"e-{n}" for n in range(7)]
DAYS = [None, date(2018, 1, 1), date(2020, 1, 1)]
MASKS = ["**************0011", "**************0022", "****************11", "**************0033", None, None]

World = tuple[list[PersonRecord], list[EntityRecord]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    entities = [
        EntityRecord(
            key,
            region=draw(st.sampled_from([None, "4301", "4310"])),
            addresses=draw(st.sampled_from([(), (), ("a-1",), ("a-2",), ("a-1", "a-2")])),
            near=draw(st.sampled_from([(), (), (), (PLACES[0],), (PLACES[1],)])),
            hub=draw(st.integers(0, 9)) == 0,
        )
        for key in PLACES
    ]
    hubs = {e.key for e in entities if e.hub}
    near = {(e.key, other) for e in entities for other in e.near if e.key != other and not {e.key, other} & hubs}
    near |= {(b, a) for a, b in near}
    entities = [
        EntityRecord(e.key, e.region, e.addresses, tuple(b for a, b in sorted(near) if a == e.key), e.hub)
        for e in entities
    ]
    tie = st.builds(
        Tie,
        entity=st.sampled_from(PLACES),
        source=st.sampled_from(["s", "t"]),
        since=st.sampled_from(DAYS[:2]),
        until=st.sampled_from(DAYS[::2]),
        represents=st.booleans(),
    )
    record = st.builds(
        PersonRecord,
        key=st.just(""),
        names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple),
        ties=st.lists(tie, max_size=3).map(tuple),
        id_hashes=st.sampled_from([frozenset(), frozenset(), frozenset({"x"}), frozenset({"y"})]),
        own_ids=st.sampled_from([frozenset(), frozenset({("s:person", "1")}), frozenset({("s:person", "2")})]),
        id_mask=st.sampled_from(MASKS),
        born=st.sampled_from([None, (1980, 1980), (1979, 1980), (1971, 1971)]),
        sex=st.sampled_from([None, "m", "f"]),
    )
    persons = draw(st.lists(record, min_size=2, max_size=8))
    # Boards with names in common seldom come about by chance.
    for name, *at in draw(st.lists(st.tuples(st.sampled_from(NAMES), *[st.sampled_from(PLACES[:4])] * 2), max_size=4)):
        persons += [PersonRecord("", (name,), (Tie(place, "s"),)) for place in at]
    numbered = [PersonRecord(f"p-{n:02d}", *(getattr(p, f) for f in p.__slots__[1:])) for n, p in enumerate(persons)]
    return numbered, entities


# --- the definition, read plainly ---------------------------------------------------------------------------


def plain_parts(
    a: PersonRecord, b: PersonRecord, persons: list[PersonRecord], entities: list[EntityRecord]
) -> dict[str, int]:
    """Part → how many things agree. No index, no block: each sentence of docs/identity.md, for one pair."""
    of = {e.key: e for e in entities}
    forms = {p.key: {f for n in p.names for f in parse_name(n).forms} for p in persons}
    at = {p.key: {t.entity for t in p.ties} for p in persons}
    solid = {key: {e for e in some if not of[e].hub} for key, some in at.items()}

    def places(form: str) -> int:
        return sum(len(at[p.key]) for p in persons if form in forms[p.key])

    def standing(entity: str) -> set[str]:
        return {f for p in persons if entity in at[p.key] for f in forms[p.key]}

    def shared(x: str, y: str) -> set[str]:
        return set(of[x].addresses) & set(of[y].addresses)

    how = agreement([parse_name(n) for n in a.names], [parse_name(n) for n in b.names])
    if how is None or (a.id_hashes and b.id_hashes and not a.id_hashes & b.id_hashes):
        return {}
    found = {{"same": "same_name", "script": "other_script", "alias": "alias", "reading": "latin_reading"}[how]: 1}
    mine, theirs = solid[a.key], solid[b.key]
    same = mine & theirs
    if same:
        found["same_entity"] = len(same)
    around = [{x for e in some for x in (e, *of[e].near)} for some in (mine, theirs)]
    if not same and around[0] & around[1]:
        found["near_entity"] = len(around[0] & around[1])
    two = [(x, y) for x, y in product(at[a.key], at[b.key]) if x != y and shared(x, y)]
    heads = [{t.entity for t in p.ties if t.represents} for p in (a, b)]
    if led := [(x, y) for x, y in two if x in heads[0] and y in heads[1]]:
        found["representative_and_address"] = len({c for x, y in led for c in shared(x, y)})
    elif two:
        found["address"] = len({c for x, y in two for c in shared(x, y)})
    own = forms[a.key] | forms[b.key]
    further = [
        sum(f not in own and places(f) <= same_person.BOARD_NAME_PLACES for f in standing(x) & standing(y))
        for x, y in product(mine, theirs)
        if x != y
    ]
    if max(further, default=0):
        found["shared_board"] = max(further)
    regions = [{of[e].region for e in at[p.key] if of[e].region} for p in (a, b)]
    if not same and regions[0] & regions[1]:
        found["region"] = len(regions[0] & regions[1])
    if a.born and b.born:
        years = set(range(a.born[0], a.born[1] + 1)) & set(range(b.born[0], b.born[1] + 1))
        found["birth_year" if years else "birth_year_differs"] = 1
    if a.id_mask and b.id_mask:
        seen = [(x, y) for x, y in zip(a.id_mask, b.id_mask, strict=True) if x != "*" and y != "*"]
        if any(x != y for x, y in seen):
            found["id_digits"] = 1
    if a.own_ids and b.own_ids and a.own_ids != b.own_ids:
        found["told_apart"] = 1
    if all(p.id_hashes or p.own_ids for p in (a, b)) and any(
        s.entity == t.entity
        and s.source == t.source
        and (s.since or date.min) < (t.until or date.max)
        and (t.since or date.min) < (s.until or date.max)
        and (s.since or date.min) < (s.until or date.max)
        and (t.since or date.min) < (t.until or date.max)
        for s in a.ties
        for t in b.ties
    ):
        found["listed_together"] = 1
    if a.sex and b.sex and a.sex != b.sex:
        found["sex_differs"] = 1
    return found


def plain_score(parts: dict[str, int]) -> int:
    return sum(PARTS[part].points * (min(n, 3) if part == "shared_board" else 1) for part, n in parts.items())


def told(pair: Pair) -> dict[str, int]:
    return {r.part: r.count for r in pair.reasons}


MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(worlds(), st.sampled_from([1, 3, 20]))
def test_blocks_lose_nothing_that_all_pairs_would_propose(world: World, rare: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(same_person, "BOARD_NAME_PLACES", rare)
        persons, entities = world
        wanted = {}
        for a, b in combinations(persons, 2):
            parts = plain_parts(a, b, persons, entities)
            if parts and plain_score(parts) >= PROPOSE_FROM:
                wanted[a.key, b.key] = parts
        found = candidates(persons, entities)
        assert {(p.a, p.b): told(p) for p in found.pairs} == wanted
        assert not found.skipped
        event(f"{min(len(wanted), 5)} pairs")
        for a, b in combinations(persons, 2):
            pair = compared(persons, entities, b.key, a.key)
            assert (told(pair) if pair else {}) == plain_parts(a, b, persons, entities)
        for one in persons:
            mine = [p for p in found.pairs if one.key in (p.a, p.b)]
            assert candidates(persons, entities, party=one.key).pairs == mine


@MANY
@given(worlds(), st.randoms(use_true_random=False))
def test_order_and_keys_of_the_records_change_nothing(world: World, chance: object) -> None:
    persons, entities = world
    found = candidates(persons, entities).pairs
    assert len({(p.a, p.b) for p in found}) == len(found), "no pair twice"
    assert all(p.a < p.b for p in found)
    assert all(p.score == sum(r.points for r in p.reasons) >= PROPOSE_FROM for p in found)
    mixed = persons[:], entities[:]
    for some in mixed:
        chance.shuffle(some)  # ty: ignore[missing-attribute]
    assert candidates(*mixed).pairs == found
    keys = [p.key for p in persons]
    new = dict(zip(keys, [f"q-{p.key}" for p in mixed[0]], strict=True))
    other = [PersonRecord(new[p.key], *(getattr(p, f) for f in p.__slots__[1:])) for p in persons]
    again = {frozenset((p.a, p.b)): (p.score, told(p), p.bearers) for p in candidates(other, entities).pairs}
    assert again == {frozenset((new[p.a], new[p.b])): (p.score, told(p), p.bearers) for p in found}


# --- single cases -------------------------------------------------------------------------------------------


def person(key: str, name: str = "王伟", *at: str, **more: object) -> PersonRecord:
    return PersonRecord(key, (name,), tuple(Tie(e, "s") for e in at), **more)  # ty: ignore[invalid-argument-type]


def test_no_reason_but_the_name_is_needed_to_reach_the_threshold_and_none_suffices() -> None:
    names = max(PARTS[p].points for p in ("same_name", "alias", "other_script", "latin_reading"))
    # What makes no block by itself: either of them beside a name is not enough.
    assert names + max(PARTS["birth_year"].points, PARTS["region"].points) < PROPOSE_FROM
    assert names + PARTS["birth_year"].points + PARTS["region"].points >= PROPOSE_FROM


def test_the_page_lists_every_part_with_its_points() -> None:
    page = (Path(__file__).parents[1] / "docs" / "identity.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([+-]\d+)", page, re.M)
    assert {name: int(points) for name, points in rows} == {name: part.points for name, part in PARTS.items()}
    assert f"From {PROPOSE_FROM} points on" in page
    assert f"more than {same_person.BOARD_NAME_PLACES} places" in page
    assert f"{same_person.MOST_BOARD_NAMES} at the most" in page
    assert f"more than {same_person.MOST_IN_BLOCK} agree" in page
    assert CROSSED == {"same": 1.0, "unsure": 0.5}
    assert "weight 1 when `same` and 0.5 when `unsure`" in page


def test_a_frequent_name_alone_makes_no_pair_and_its_count_is_told() -> None:
    persons = [person(f"p-{n:04d}", "王伟", f"e-{n}") for n in range(2_000)]
    entities = [EntityRecord(f"e-{n}") for n in range(2_000)]
    assert candidates(persons, entities).pairs == []
    entities[:2] = [EntityRecord("e-0", near=("e-1",)), EntityRecord("e-1", near=("e-0",))]
    (pair,) = candidates(persons, entities).pairs
    assert (pair.a, pair.b, pair.bearers) == ("p-0000", "p-0001", 2_000)
    assert told(pair) == {"same_name": 1, "near_entity": 2}


def test_a_block_that_is_too_large_is_told_and_not_compared() -> None:
    n = same_person.MOST_IN_BLOCK + 1
    persons = [person(f"p-{i:03d}", "王伟", f"e-{i}") for i in range(n)]
    entities = [EntityRecord(f"e-{i}", addresses=("a-1",)) for i in range(n)]
    found = candidates(persons, entities)
    assert found.pairs == []
    assert found.skipped == [("王伟", n)]
    assert len(candidates(persons[1:], entities).pairs) == (n - 1) * (n - 2) // 2


def test_two_different_id_numbers_are_two_persons_whatever_else_agrees() -> None:
    one = person("p-1", "王伟", "e-1", id_hashes=frozenset({"x"}), born=(1980, 1980))
    other = person("p-2", "王伟", "e-1", id_hashes=frozenset({"y"}), born=(1980, 1980))
    assert candidates([one, other], [EntityRecord("e-1")]).pairs == []
    assert compared([one, other], [EntityRecord("e-1")], "p-1", "p-2") is None


def test_terms_of_office_that_follow_each_other_are_no_contradiction() -> None:
    day = date(2020, 1, 1)
    ids = [frozenset({("s:person", n)}) for n in ("1", "1")]
    first = PersonRecord("p-1", ("王伟",), (Tie("e-1", "s", None, day),), own_ids=ids[0])
    for since, against in ((day, False), (date(2019, 12, 31), True)):
        second = PersonRecord("p-2", ("王伟",), (Tie("e-1", "s", since),), own_ids=ids[1])
        pair = compared([first, second], [EntityRecord("e-1")], "p-1", "p-2")
        assert pair is not None
        assert ("listed_together" in told(pair)) is against


@pytest.mark.parametrize(("further", "points"), [(0, 0), (1, 2), (2, 4), (3, 6), (4, 6)])
def test_two_boards_of_the_same_names(further: int, points: int) -> None:
    persons = [person("p-a", "王伟", "e-1"), person("p-b", "王伟", "e-2")]
    for n in range(further):
        persons += [person(f"q-{n}a", f"甲{n}", "e-1"), person(f"q-{n}b", f"甲{n}", "e-2")]
    pair = compared(persons, [EntityRecord("e-1"), EntityRecord("e-2")], "p-a", "p-b")
    assert pair is not None
    assert pair.score == PARTS["same_name"].points + points


def test_a_name_that_stands_in_too_many_places_says_nothing_of_two_boards() -> None:
    def score(others: int) -> int:
        persons = [person("p-a", "王伟", "e-1"), person("p-b", "王伟", "e-2")]
        persons += [person("q-a", "李静", "e-1"), person("q-b", "李静", "e-2")]
        persons += [person(f"q-{n}", "李静", f"f-{n}") for n in range(others)]
        pair = compared(persons, [EntityRecord("e-1"), EntityRecord("e-2")], "p-a", "p-b")
        assert pair is not None
        return pair.score

    limit = same_person.BOARD_NAME_PLACES - 2
    assert (score(limit), score(limit + 1)) == (4, 2)


def test_frequency_counts_forms_of_names() -> None:
    found = frequencies([(["Hui Deng(邓晖)"], 2), (["鄧暉"], 1), (["杨光(大)", "杨光"], 3), (["杨光"], 1)])
    assert found["邓晖"] == Frequency(2, 3)
    assert (found["杨光"], found["杨光(大)"]) == (Frequency(2, 4), Frequency(1, 3))
