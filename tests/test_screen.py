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
    some = random.Random(5).sample(texts, 700)
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
