"""Who sat on which boards in 2018, really: one graph of it, screened and then searched by exposure."""

import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.cli.screen import screen_file
from graph_model.identifiers import normalise_code
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.load.engine import load
from loaders.reading.values import parse_stock_code
from loaders.sources import SOURCES, ashare2018
from queries.answers import NodeRef
from queries.network.exposure import exposure
from queries.projection.current import opened
from queries.screen import Screener
from tests.support.copies import keys_in, keys_of, list_all, same
from tests.support.exposure import Reference
from tests.support.graphs import wipe
from tests.support.histories import TODAY
from tests.support.invented import decision
from tests.support.real_data import DATA, there

pytestmark = pytest.mark.once

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def boards_loaded(_connected: Graph, keys: Keys) -> Graph:
    folder = there(DATA / "ashare2018_lemonhu")
    wipe(_connected, keys)
    load(_connected, keys, SOURCES["ashare2018"], folder)
    return _connected


@pytest.fixture
def boards_2018(boards_loaded: Graph) -> Iterator[Graph]:
    """The boards, and nobody is sanctioned: what a test lists goes with it. To load them again takes far longer."""
    yield boards_loaded

    def work(tx: Tx) -> None:
        tx.run("MATCH (s:Sanction) DETACH DELETE s")
        tx.run("MATCH (p:Party) WHERE p.sanctioned SET p.sanctioned = false")

    boards_loaded.write("load", work)


def test_boards_of_2018_answer_as_the_sample_answers_say(
    boards_2018: Graph, keys: Keys, pack: RulePack, put: Any, tmp_path: Path
) -> None:
    graph = boards_2018
    answers = json.loads((DATA / "sample_answers.json").read_text(encoding="utf-8"))
    # Sanctions that nobody has: on every second related company, and on two of those asked about.
    listed = sorted({r["code"] for c in answers["companies"] for r in c["related"]})[::2]
    listed += [c["code"] for c in answers["companies"][:2]]
    codes = {code_ for text in listed if (code_ := parse_stock_code(text))}
    rows = graph.read(
        "UNWIND $codes AS c MATCH (:Identifier {scheme: 'stock', value: c})-[:IDENTIFIES]->(p)"
        " RETURN c AS stock, p.name AS name, p.key AS key",
        codes=sorted(codes),
    )
    assert len(rows) == len(codes)
    sanctions = put("decisions.csv", [decision(r["name"], n) | {"主体证件号码": ""} for n, r in enumerate(rows)])
    load(graph, keys, SOURCES["sample"], sanctions)
    sanctioned = {r["key"] for r in graph.read("MATCH (p:Party) WHERE p.sanctioned RETURN p.key AS key")}
    assert sanctioned == {r["key"] for r in rows}

    projection = opened(graph, tmp_path / "projection")
    screener = Screener(graph, projection.reader(), pack, hops=2, as_of=DAY, hash=keys.hash)
    companies = answers["companies"]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(["股票代码", *(c["code"].zfill(6) for c in companies)]), encoding="utf-8")
    to = tmp_path / "out.jsonl"
    assert screen_file(screener, path, to, {}).rows == len(companies)
    told = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    hits = 0
    for company, row in zip(companies, told, strict=True):
        related = {parse_stock_code(r["code"]): {name for _, name in r["via"]} for r in company["related"]}
        near = {code_: names for code_, names in related.items() if code_ in codes}
        assert row["screen_match"] == "matched"
        assert row["screen_surrounding"] == len(near)
        assert bool(row["screen_own_in_force"]) == (parse_stock_code(company["code"]) in codes)
        if near:
            hits += 1
            assert row["screen_distance"] == 2
            assert any(name in row["screen_path"] for names in near.values() for name in names)
    assert 0 < hits < len(companies) or hits == len(companies)

    reader = projection.reader()
    # Whoever was known by a name alone is somebody else now: that key leads there, and an exposure does not follow it.
    named = "MATCH (p:Party)<-[:IDENTIFIES]-() RETURN DISTINCT p.key AS key ORDER BY key"
    every = [r["key"] for r in graph.read(named)]
    some = random.Random(18).sample(every, 400)
    screener = Screener(graph, reader, pack, hops=4, as_of=DAY)
    for row, key in zip(screener.screen([[("number", key)] for key in some]), some, strict=True):
        answer = exposure(graph, key, hops=4, as_of=DAY, reader=reader)
        assert row["exposure"] == answer.status
        nearest = next((hit for hit in answer.hits if hit.ring == "surrounding"), None)
        assert row["surrounding"] == sum(hit.ring == "surrounding" for hit in answer.hits)
        assert row.get("distance") == (nearest.distance if nearest else None)
        assert row.get("path_facts", "").split() == (keys_in(nearest.path) if nearest else [])


def test_boards_of_2018_through_exposure(boards_2018: Graph, keys: Keys, tmp_path: Path) -> None:
    """If every company were listed, whoever is two steps from one is related to it by the persons on both boards."""
    graph = boards_2018
    list_all(graph, [r["key"] for r in graph.read("MATCH (e:Entity) RETURN e.key AS key ORDER BY key")])
    answers = json.loads((DATA / "sample_answers.json").read_text(encoding="utf-8"))
    projection = opened(graph, tmp_path)
    reference = Reference(graph)
    reader = projection.reader()
    text = "MATCH (i:Identifier {scheme: $s})-[:IDENTIFIES]->(p) RETURN i.value AS id, p.key AS key"
    people = {r["id"]: r["key"] for r in graph.read(text, s=ashare2018.PERSON_SCHEME)}
    # Any board seat counts there, whatever it is called.
    for company in answers["companies"]:
        wanted = {r["code"]: {person for person, _ in r["via"]} for r in company["related"]}
        ((key,),) = graph.read(
            "MATCH (:Identifier {scheme: 'stock', value: $v})-[:IDENTIFIES]->(p) RETURN p.key",
            v=_stock(company["code"]),
        )
        answer = exposure(graph, key, hops=2, as_of=TODAY, paths=50, reader=reader)
        got = {}
        for hit in answer.hits:
            if hit.distance == 2:
                (number,) = [i.value for i in hit.party.identifiers if i.scheme == "stock"]
                got[number] = {n.key for p in (hit.path, *hit.more_paths) if isinstance(n := p[2], NodeRef)}
        assert got == {_stock(c): {people[_hashed(keys, p)] for p in via} for c, via in wanted.items()}
    rng = random.Random(5)
    parties = keys_of(graph)
    for key in rng.sample(parties, 400):
        answer = exposure(graph, key, hops=3, as_of=TODAY, reader=reader, limit=100_000)
        hits, hubs = reference.exposure(key, 3, TODAY, answer.position)
        assert {(h.party.key, h.distance, h.ring) for h in answer.hits} == hits
        assert {(c.party.key, c.distance) for c in answer.cut if c.party and c.reason == "hub"} == hubs
    same(graph, projection, rng.sample(parties, 25), hops=2, as_of=TODAY)


def _hashed(keys: Keys, person: str) -> str:
    return keys.hash.of(ashare2018.PERSON_SCHEME, normalise_code(person) or person)


def _stock(code: str) -> str:
    found = parse_stock_code(code)
    assert found
    return found
