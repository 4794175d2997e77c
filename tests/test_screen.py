"""A list of parties: the answers are those for one party, rows are kept, nothing runs, a killed run goes on."""

import csv
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from queries.answers import NodeRef
from queries.law.consequences import consequences_of
from queries.network.exposure import exposure
from queries.party.parties import resolve, standing_key
from queries.projection.current import opened
from queries.projection.follow import Projection
from queries.projection.reader import ProjectionReader
from queries.screen import LIKE, Screener, Screening
from tests.support.copies import keys_in
from tests.support.invented import citizen, code

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


@pytest.mark.once
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
            answer = consequences_of(sample_graph, pack, standing_key(sample_graph, key), as_of=day)
            assert told["consequences"] == answer.status
            wanted = {(c.measure, c.status) for c in answer.consequences if c.status != "ended"}
            statuses |= {status for _, status in wanted}
            said = {(text.split(" ")[0], "active") for text in told["measures_active"].split("; ") if text}
            said |= {(text.split(" ")[0], "candidate") for text in told["measures_candidate"].split("; ") if text}
            for text in filter(None, told["measures_other"].split("; ")):
                said.add((text.split(" ")[0], text.rsplit("(", 1)[1].rstrip(")")))
            assert said == wanted
    assert statuses >= {"active", "candidate"}


# --- who is it? -------------------------------------------------------------------------------------------


def test_code_and_name_must_mean_one_party(screener: Screener, parties: list[Any]) -> None:
    bearers = Counter(p["name"] for p in parties)
    coded = [
        (i["value"], p["name"], p["key"])
        for p in parties
        for i in p["identifiers"]
        if i["scheme"] == "uscc" and p["key"].startswith("e-") and bearers[p["name"]] == 1
    ]
    (a, a_name, a_key), (b, b_name, b_key) = coded[:2]
    wrong = a[:-1] + ("0" if a[-1] != "0" else "1")
    rows: list[tuple[list[tuple[str, str]], str, str | None]] = [
        ([("code", a), ("name", a_name)], "matched", a_key),
        ([("code", a), ("name", "")], "matched", a_key),
        ([("code", "00000000000000000X"), ("name", a_name)], "matched", a_key),
        ([("code", a), ("name", "从未登记过的名字有限公司")], "matched", a_key),
        ([("code", a), ("name", b_name)], "contradiction", None),
        ([("code", a), ("number", b)], "contradiction", None),
        ([("code", code(999_998)), ("name", b_name)], "contradiction", None),
        ([("code", wrong), ("name", a_name)], "invalid", None),
        ([("code", wrong)], "invalid", None),
        ([("number", wrong)], "invalid", None),
        ([("code", code(999_998))], "unknown", None),
        ([("number", "12345"), ("name", b_name)], "matched", b_key),
        ([("name", b_name[:-1])], "unknown", None),
        ([("name", "无")], "unknown", None),
        ([], "unknown", None),
    ]
    told = screener.screen([row for row, _, _ in rows])
    assert [(t["match"], t.get("key")) for t in told] == [(match, key) for _, match, key in rows]
    assert [t["result"] for t in told if "key" not in t] == [match for _, match, key in rows if key is None]
    assert told[0]["matched_by"] == "code+name"
    assert "not the party's name" in told[3]["note"]
    assert a_key in told[4]["candidates"]
    assert b_key in told[4]["candidates"]
    assert "another number" in told[6]["note"]
    assert a_key in told[7]["candidates"]
    assert "check digit" in told[8]["note"]
    assert wrong not in json.dumps(told)
    assert b_key in told[12]["candidates"]


def test_a_person_is_found_by_his_number_and_not_by_a_namesake(
    screener: Screener, sample_graph: Graph, sample_folder: Path, keys: Keys
) -> None:
    with (sample_folder / "register.csv").open(encoding="utf-8-sig", newline="") as file:
        people = {r["法人代表证件号码"]: r["法人代表"] for r in csv.DictReader(file) if r["法人代表证件号码"]}
    number, name = next((n, name) for n, name in people.items() if resolve(sample_graph, n, hash=keys.hash)[0])
    (told,) = screener.screen([[("name", name), ("number", f" {number.lower()} ")]])
    assert (told["match"], told["name"]) == ("matched", name)
    assert number not in json.dumps(told)
    (other,) = screener.screen([[("name", name), ("number", citizen(77))]])
    assert other["match"] in ("contradiction", "ambiguous")
    assert "key" not in other
    assert citizen(77) not in json.dumps(other)
    assert screener.screen([[("number", citizen(77))]])[0]["match"] == "unknown"


@pytest.mark.parametrize("change", [{"underived": 2}, {"pack": "other rules"}, {"pack": None}])
def test_measures_that_may_be_out_of_date_are_never_none(
    sample_graph: Graph, projection: Projection, pack: RulePack, parties: list[Any], change: dict[str, Any]
) -> None:
    reader = ProjectionReader(projection, replace(projection.reader().state, **change))
    screener = Screener(sample_graph, reader, pack, as_of=DAY)
    assert screener.stale
    told = screener.screen([[("number", p["key"])] for p in parties])
    assert {t["consequences"] for t in told if t["match"] == "matched"} == {"stale"}
    assert {t["result"] for t in told} >= {"hit", "stale"}
    assert "clear" not in {t["result"] for t in told}


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_screens_a_list(
    sample_graph: Graph, sample_server: Any, parties: list[Any], cli: Any, tmp_path: Path
) -> None:
    path, to = tmp_path / "in.csv", tmp_path / "out.jsonl"
    known = [p for p in parties if p["identifiers"]]
    path.write_text("\n".join(["key,备注", *(f"{p['key']},=1" for p in known), "x,"]), encoding="utf-8")
    call = ("screen", str(path), "-o", str(to), "--store", sample_server.store, "--as-of", DAY.isoformat())
    code_, said, shown = cli(*call, "--json", "--fail-on-hit")
    summary = Screening.model_validate_json(said)
    rows = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    assert code_ == 3
    assert "number = key" in shown
    assert len(rows) == summary.rows == len(known) + 1
    assert Counter(row["screen_result"] for row in rows) == summary.results
    assert [row["screen_key"] for row in rows[:-1]] == [p["key"] for p in known]
    assert summary.position == sample_graph.position() == rows[0]["screen_position"]
    clear = next(row["key"] for row in rows if row["screen_result"] == "clear")
    for keys_, wanted in (([clear], 0), ([clear, "x"], 4), ([], 4)):
        path.write_text("\n".join(["key,备注", *(f"{k}," for k in keys_)]) + "\n", encoding="utf-8")
        assert cli(*call, "--fail-on-hit")[0] == wanted
    assert cli("screen", str(path), "-o", str(tmp_path / "out.doc"), "--store", sample_server.store)[0] == 2
