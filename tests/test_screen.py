"""A list of parties: the answers are those for one party, rows are kept, nothing runs, a killed run goes on."""

import csv
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.screen import screen_file
from graph_model.identifiers import mask_id
from graph_model.keys import Keys
from graph_model.rules import RulePack
from graph_model.store import Graph
from queries.answers import NodeRef
from queries.consequences import consequences_of
from queries.exposure import exposure
from queries.parties import resolve
from queries.projection import Projection, opened
from queries.screen import COLUMNS, LIKE, Screener

DAY = date(2026, 11, 22)
DAYS = (DAY, date(2023, 6, 30), date(2019, 1, 1))


@pytest.fixture(scope="module")
def projection(sample_graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Projection:
    return opened(sample_graph, tmp_path_factory.mktemp("projection"))


@pytest.fixture
def screener(sample_graph: Graph, projection: Projection, pack: RulePack, keys: Keys) -> Screener:
    return Screener(sample_graph, projection.reader(), pack, as_of=DAY, hash=keys.hash)


@pytest.fixture(scope="module")
def parties(sample_graph: Graph) -> list[Any]:
    """Every party of the sample with what it is found by."""
    return sample_graph.read(
        "MATCH (p:Party) OPTIONAL MATCH (i:Identifier)-[l:IDENTIFIES]->(p) WITH p, i, l ORDER BY i.value"
        " RETURN p.key AS key, p.name AS name, collect(i {.scheme, .value, stated: l.stated}) AS identifiers ORDER BY key"
    )


# --- the same answers as for one party --------------------------------------------------------------------


def texts_of(party: Any) -> Iterator[str]:
    """Everything by which it may be asked for, and spoilt forms of that."""
    yield party["key"]
    for i in party["identifiers"]:
        if i["stated"]:
            yield i["stated"]
        if i["scheme"] in ("uscc", "cn-reg", "cn-org", "stock"):
            value = i["value"]
            yield value
            yield value.lower()
            yield "".join(chr(ord(c) + 0xFEE0) for c in value)  # full width
            yield f" {value[:4]} {value[4:]}\u3000"
            yield value[:-1] + ("0" if value[-1] != "0" else "1")
            if i["scheme"] == "stock":
                yield value.split(".")[0]
    if party["name"]:
        yield party["name"]
        yield f" {party['name'][:3]} {party['name'][3:]}".replace("(", "（").replace(")", "）")
        yield party["name"][:-1]


def test_a_row_is_matched_as_one_party_is(
    sample_graph: Graph, screener: Screener, parties: list[Any], keys: Keys
) -> None:
    texts = sorted({text for party in parties for text in texts_of(party)})
    texts += ["", "无", "e-aaaaaaaaaaaaaaaaaaaa", "nobody at all", "110101199003070000"]
    some = random.Random(5).sample(texts, 400)
    seen = set()
    for told, text in zip(screener.screen([[("name", text)] for text in some]), some, strict=True):
        party, candidates = resolve(sample_graph, text, hash=keys.hash)
        seen.add(told["match"])
        if party is not None:
            assert (told["match"], told["key"], told["name"]) == ("matched", party.key, party.name or ""), text
        elif told["match"] == "ambiguous":
            assert {c.key for c in candidates} == {
                word.rstrip(")").split(" ")[-1].strip("(") for word in told["candidates"].split("; ")
            }
        else:
            assert told["match"] == "unknown", text
            assert "key" not in told
            if "were not looked for" not in told["note"]:
                for c in resolve(sample_graph, text, hash=keys.hash, limit=LIKE)[1]:
                    assert c.key in told["candidates"]
    assert seen >= {"matched", "unknown"}


def keys_in(path: list[Any]) -> list[str]:
    return [f.fact_id for f in path if not isinstance(f, NodeRef)]


@pytest.mark.parametrize("hops", [1, 2, 3, 6])
@pytest.mark.parametrize("day", DAYS)
def test_the_exposure_of_a_row_is_that_of_the_party(
    sample_graph: Graph, projection: Projection, parties: list[Any], pack: RulePack, hops: int, day: date
) -> None:
    reader = projection.reader()
    screener = Screener(sample_graph, reader, pack, hops=hops, as_of=day)
    some = random.Random(hops).sample([p["key"] for p in parties if p["identifiers"]], 120)
    surrounding = 0
    for told, key in zip(screener.screen([[("number", key)] for key in some]), some, strict=True):
        live = surrounding < 3  # the graph itself for some, its copy for all
        answer = exposure(sample_graph, key, hops=hops, as_of=day, reader=None if live else reader)
        rings = [hit.ring for hit in answer.hits]
        assert told["exposure"] == answer.status, key
        assert told["surrounding"] == rings.count("surrounding")
        assert told["historical"] == rings.count("historical")
        assert told["complete"] == answer.complete
        assert bool(told["cut"]) != answer.complete
        assert bool(told["own_in_force"]) == any(s.status != "ended" for s in answer.sanctions)
        assert bool(told["own_ended"]) == any(s.status == "ended" for s in answer.sanctions)
        nearest = next((hit for hit in answer.hits if hit.ring == "surrounding"), None)
        assert ("nearest" in told) == (nearest is not None)
        if nearest is not None:
            surrounding += 1
            assert told["nearest"] == f"{nearest.party.name} ({nearest.party.key})"
            assert told["distance"] == nearest.distance
            assert told["path_facts"].split(" ") == keys_in(nearest.path)
            assert all((n.name or n.key) in told["path"] for n in nearest.path if isinstance(n, NodeRef))
            assert told["uncertain"] == "; ".join([*nearest.uncertain, *nearest.crosses])
        assert told["result"] != "clear" or (answer.status, told["consequences"]) == ("clear", "clear")
    if day == DAY and hops > 1:
        assert surrounding > 3


def test_the_measures_of_a_row_are_those_that_reach_the_party(
    sample_graph: Graph, screener: Screener, parties: list[Any], pack: RulePack
) -> None:
    reached = [
        r["key"] for r in sample_graph.read("MATCH (c:Consequence) RETURN DISTINCT c.subject AS key ORDER BY key")
    ]
    some = [*random.Random(3).sample(reached, min(40, len(reached))), *(p["key"] for p in parties[:10])]
    statuses = set()
    for day in DAYS[:2]:
        screener = Screener(sample_graph, screener.reader, pack, as_of=day)
        for told, key in zip(screener.screen([[("number", key)] for key in some]), some, strict=True):
            answer = consequences_of(sample_graph, pack, key, as_of=day)
            assert told["consequences"] == answer.status
            wanted = {(c.measure, c.status) for c in answer.consequences if c.status != "ended"}
            statuses |= {status for _, status in wanted}
            said = {(text.split(" ")[0], "active") for text in told["measures_active"].split("; ") if text}
            said |= {(text.split(" ")[0], "candidate") for text in told["measures_candidate"].split("; ") if text}
            for text in filter(None, told["measures_other"].split("; ")):
                said.add((text.split(" ")[0], text.rsplit("(", 1)[1].rstrip(")")))
            assert said == wanted
    assert statuses >= {"active", "candidate"}
