"""Which parties bear a name or number that another record bears as well, and was not linked to them?"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples

from api.http.app import create_app
from graph_model.names import alike_key
from graph_model.rules import RulePack
from graph_model.schema import FOREVER, DirectorOf, ImposedOn, Profile
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SanctionMention, SourceDescription, SourceFile
from loaders.load.engine import load
from queries.checks.offices import check_offices
from queries.checks.repeats import check_repeats
from queries.checks.suppliers import check_bribery, check_suppliers
from queries.law.consequences import consequences_of
from queries.lookup import lookup
from queries.network.exposure import exposure
from queries.party.parties import party_file
from queries.projection.current import opened
from queries.screen import Screener
from tests.support.deep import so_many
from tests.support.graphs import balanced, wipe
from tests.support.invented import citizen, code
from tests.support.random_files import FILES, loaded
from tests.support.rows import reg

MARKS = "MATCH (p:Party) WHERE p.doubts IS NOT NULL RETURN p.key AS key, p.name AS name, p.doubts AS doubts"
BODIES = """
MATCH (p:Entity) WHERE EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN p.key AS key, [p.name_key] + COLLECT { MATCH (f:FormerName {party: p.key}) RETURN f.name_key } AS names,
  COLLECT { MATCH (p)<-[:IDENTIFIES]-(i) RETURN [i.scheme, i.value, i.org] } AS numbers,
  COLLECT { MATCH (p)<-[:ALSO_STATED]-(i) RETURN [i.scheme, i.value] } AS also,
  EXISTS { (p)-[r]-() WHERE r.rec_to = $forever } AS told
"""


def body(row: Row) -> EntityMention:
    numbers = [(scheme, value) for scheme in ("uscc", "cn-reg", "cn-org") if (value := row.get(scheme))]
    return EntityMention(row.need("name"), tuple(numbers))


def drafts(row: Row, context: Any) -> Iterator[Draft]:
    """A register row, a penalty, or a post, as `what` says."""
    unit = body(row)
    day = date(2026, 3, 1)
    match row.need("what"):
        case "register":
            former = row.get("former")
            yield Draft(Profile(name=unit.name, former_names=[former] if former else None), unit)
        case "penalty":
            decision = SanctionMention("长沙市某局", f"长罚〔2026〕{row.line}号", unit)
            yield Draft(ImposedOn(kind="penalty", since=day, decided_on=day), decision, unit, record=str(row.line))
        case "post":
            number = row.get("person")
            yield Draft(DirectorOf(), PersonMention("张三", (("cn-id", number),) if number else (), scope=unit), unit)


COLUMNS = ("what", "name", "former", "uscc", "cn-reg", "cn-org", "person")


def source(name: str) -> SourceDescription:
    return SourceDescription(
        id=name,
        title=name,
        title_zh=name,
        owner="某局",
        mode="delta",
        coverage="nobody",
        licence="none",
        files=(SourceFile("*", COLUMNS, drafts),),
    )


def brought(graph: Graph, keys: Keys, folder: Path, *files: list[dict[str, str]]) -> dict[str, set[str]]:
    """Each file from a source of its own. The marks, without what they name, by name of the party."""
    for place, rows in enumerate(files):
        path = folder / f"{place}-{len(list(folder.iterdir()))}.json"
        told = [dict.fromkeys(COLUMNS, "") | row for row in rows]
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        load(graph, keys, source(f"words{place}"), path, data_date=date(2026, 6, 30))
    return marked(graph)


def marked(graph: Graph) -> dict[str, set[str]]:
    out: dict[str, set[str]] = defaultdict(set)
    for r in graph.read(MARKS):
        out[r["name"]].update(" ".join(mark.split(" ")[:2]) for mark in r["doubts"])
    return dict(out)


NAME = "长沙存疑食品有限公司"
ORG = code(1)[8:17]


def register(number: int, name: str = NAME, **more: str) -> dict[str, str]:
    return {"what": "register", "name": name, "uscc": code(number)} | more


def penalty(name: str = NAME, **more: str) -> dict[str, str]:
    return {"what": "penalty", "name": name} | more


def test_an_organisation_code_with_the_name_is_the_body_in_either_order(
    graph: Graph, keys: Keys, tmp_path: Path
) -> None:
    for files in ([[register(1)], [penalty(**{"cn-org": ORG})]], [[penalty(**{"cn-org": ORG})], [register(1)]]):
        wipe(graph, keys)
        assert brought(graph, keys, tmp_path, *files) == {}
        (found,) = graph.read(
            "MATCH (p:Party) WHERE p.sanctioned AND EXISTS { (p)<-[:IDENTIFIES]-() } RETURN p.key AS key, COLLECT { MATCH (p)<-[:IDENTIFIES]-(i) RETURN i.scheme } AS schemes"
        )
        assert sorted(found["schemes"]) == ["cn-org", "uscc"]


def test_an_organisation_code_with_another_name_is_a_doubt_at_both(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    assert brought(graph, keys, tmp_path, [register(1)], [penalty("长沙另一食品有限公司", **{"cn-org": ORG})]) == {
        NAME: {"number cn-org"}
    }  # of the register row nothing is believed that the other one could lack
    rows = [{"what": "post", "name": NAME, "uscc": code(1)}]
    assert brought(graph, keys, tmp_path, rows) == {NAME: {"number cn-org"}, "长沙另一食品有限公司": {"number cn-org"}}


def test_a_former_name_agrees_as_well(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    files = [[penalty("长沙旧名食品有限公司", **{"cn-org": ORG})], [register(1, former="长沙旧名食品有限公司")]]
    assert brought(graph, keys, tmp_path, *files) == {}


@pytest.mark.parametrize(
    "alike",
    [
        NAME,  # two bodies bear it, so that the policy links it to neither
        "長沙存疑食品有限公司",
        "长沙（存疑）食品有限公司",
        "長沙[存疑]食品有限公司",
    ],
)
def test_a_name_that_a_reader_takes_for_the_same(graph: Graph, keys: Keys, tmp_path: Path, alike: str) -> None:
    files = [[register(1), register(2, NAME if alike == NAME else "长沙别家有限公司")], [penalty(alike)]]
    found = brought(graph, keys, tmp_path, *files)
    assert found == {NAME: {"name " + NAME}}


def test_two_credit_codes_tell_two_bodies_of_one_name_apart(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    files = [[register(1), register(2)], [penalty(uscc=code(1)), penalty(uscc=code(2))]]
    assert brought(graph, keys, tmp_path, *files) == {}


def test_a_doubt_ends_when_the_record_gets_its_number(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    assert brought(graph, keys, tmp_path, [register(1), register(2)], [penalty()]) == {NAME: {"name " + NAME}}
    assert brought(graph, keys, tmp_path, [register(2, "长沙已更名有限公司")]) != {}  # it bore the name
    assert NAME in marked(graph)


def test_a_registration_number_of_two_bodies(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    other = "长沙同号食品有限公司"
    rows = [register(1, **{"cn-reg": reg(7)}), register(2, other, **{"cn-reg": reg(7)})]
    assert brought(graph, keys, tmp_path, rows) == {}  # nothing else is believed of either
    assert brought(graph, keys, tmp_path, [penalty(**{"cn-reg": reg(7)})]) == {other: {"number cn-reg"}}


def test_a_bare_name_at_a_body_where_two_persons_bear_it(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    post = {"what": "post", "name": NAME, "uscc": code(1)}
    rows = [post | {"person": citizen(1)}, post | {"person": citizen(2)}, post]
    assert brought(graph, keys, tmp_path, rows) == {
        "张三": {"person " + graph.read("MATCH (e:Entity) RETURN e.key AS k")[0]["k"]}
    }


def test_a_key_that_stands_elsewhere_is_never_clear(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    """By itself the emptied party has nothing against it: what it was known for was linked to the one of that name."""
    brought(graph, keys, tmp_path, [register(1)], [penalty()])
    (own,) = graph.read("MATCH (p:Party) WHERE NOT EXISTS { (p)<-[:IDENTIFIES]-() } RETURN p.key AS key")
    (there,) = graph.read("MATCH (p:Entity) WHERE p.sanctioned RETURN p.key AS key")
    copy = tmp_path / "copy"
    copy.mkdir()
    for reader in (None, opened(graph, copy).reader()):
        found = exposure(graph, own["key"], as_of=date(2026, 7, 1), reader=reader)
        assert (found.status, [r.key for cut in found.cut for r in cut.records]) == ("incomplete", [there["key"]])
    assert consequences_of(graph, pack, own["key"], as_of=date(2026, 7, 1)).status == "incomplete"
    assert party_file(graph, own["key"], as_of=date(2026, 7, 1)).status == "incomplete"


# --- against the definition -------------------------------------------------------------------------------


def by_the_definition(graph: Graph) -> dict[str, set[str]]:
    """Of all bodies that stand, each with each other one: what they share, and does nothing tell them apart?"""
    bodies = graph.read(BODIES, forever=FOREVER)
    out: dict[str, set[str]] = defaultdict(set)
    for one in bodies:
        for other in bodies:
            if one["key"] == other["key"] or not other["told"]:
                continue
            coded = [any(scheme == "uscc" for scheme, *_ in b["numbers"]) for b in (one, other)]
            names = [{alike_key(n) or n for n in b["names"]} for b in (one, other)]
            if not all(coded):
                out[one["key"]] |= {f"name {name}" for name in names[0] & names[1]}
            orgs = [
                {org or value for scheme, value, org in b["numbers"] if org or scheme == "cn-org"} for b in (one, other)
            ]
            out[one["key"]] |= {f"number cn-org {value}" for value in orgs[0] & orgs[1]}
            for a, b in ((one, other), (other, one)):
                also = {(scheme, value) for scheme, value in a["also"]}
                out[one["key"]] |= {f"number {s} {v}" for s, v, _ in b["numbers"] if (s, v) in also}
    return {key: marks for key, marks in out.items() if marks}


@pytest.mark.deep
@pytest.mark.once
@examples(
    max_examples=so_many(8, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(FILES)
def test_the_marks_of_random_files_are_those_of_the_definition(graph: Graph, keys: Keys, files: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded(graph, keys, Path(folder), files)
    found = {
        r["key"]: {m for m in r["doubts"] if not m.startswith("person ")}
        for r in graph.read(MARKS)
        if r["key"][0] != "p"
    }
    assert {key: marks for key, marks in found.items() if marks} == by_the_definition(graph)
    balanced(graph)


@pytest.mark.deep
@pytest.mark.once
@examples(
    max_examples=so_many(4, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(FILES)
def test_whichever_way_one_asks_nothing_is_clear_while_a_record_is_not_linked(
    graph: Graph, keys: Keys, pack: RulePack, settings: Settings, files: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded(graph, keys, Path(folder), files)
        derive_into(graph, pack)
        doubtful = sorted(by_the_definition(graph))
        with TestClient(create_app(graph, settings, copy=False)) as client:
            statuses = list(asked_every_way(graph, keys, pack, client, doubtful, Path(folder) / "copy"))
    assert [told for told in statuses if told[2] == "clear"] == []
    assert [told for told in statuses if told[2] not in ("hit", "incomplete", "stale")] == []


def asked_every_way(
    graph: Graph, keys: Keys, pack: RulePack, client: TestClient, doubtful: list[str], folder: Path
) -> Iterator[tuple[str, str, str]]:
    """(way of asking, party, status)"""
    day = date(2026, 7, 1)
    folder.mkdir()
    reader = opened(graph, folder).reader()
    for key in doubtful:
        yield "lookup", key, lookup(graph, pack, key, as_of=day, hash=keys.hash).status
        for hops in (1, 2, 3):
            live = exposure(graph, key, hops=hops, as_of=day)
            copy = exposure(graph, key, hops=hops, as_of=day, reader=reader)
            assert live.model_dump(exclude={"explored"}) == copy.model_dump(exclude={"explored"})
            assert any(cut.reason == "unlinked" and cut.distance == 0 and cut.records for cut in live.cut)
            yield f"exposure {hops}", key, live.status
        yield "consequences", key, consequences_of(graph, pack, key, as_of=day).status
        yield "suppliers", key, check_suppliers(graph, pack, [key], as_of=day, hash=keys.hash).status
        yield "bribery", key, check_bribery(graph, pack, [key], as_of=day, hash=keys.hash).status
        yield "repeats", key, check_repeats(graph, pack, [key], as_of=day, hash=keys.hash).status
        asked = {"parties": [key], "as_of": day.isoformat(), "purpose": "supervision"}
        yield "HTTP", key, client.post("/v1/checks", json=asked).json()["answers"][0]["status"]
    if doubtful:
        yield "repeats of all", "", check_repeats(graph, pack, as_of=day).status
        yield "offices", "", check_offices(graph, pack, as_of=day).status
    screener = Screener(graph, reader, pack, as_of=day, hash=keys.hash)
    for key, row in zip(doubtful, screener.screen([[("number", key)] for key in doubtful]), strict=True):
        yield "screen", key, row["result"]
