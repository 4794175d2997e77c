"""Every row of what the source documents ask has an answer or a stated gap, and every row of the draft a place."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from fastapi.testclient import TestClient

from api.cli.root import app
from api.http.app import create_app
from graph_model.docs.coverage import places, reason_of, source_in_words, state_of
from graph_model.rules import load_pack
from graph_model.rules.model import PackRow
from graph_model.schema import NODE_BY_LABEL, RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings
from loaders.sources import SOURCES
from tests.support.real_data import SHARED, there
from tests.support.types import Cli

ROOT = Path(__file__).parents[1]
DOMAIN = SHARED / "domain"
PACK = load_pack()
REQUIREMENTS = {r.id: r for r in PACK.requirements}
ROW = re.compile(r"^\| ([A-Z]\d\d) \|")
RULE_ID = re.compile(r"[A-Z]+-?\d+[a-z]?")
FIT = {"★": "core", "◐": "adjacent"}


def _domain(file: str) -> str:
    return there(DOMAIN / file).read_text(encoding="utf-8")


def asked() -> dict[str, str]:
    """Id → fit of the rows that belong to the product or stand beside it."""
    cells = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in _domain("requirements.md").splitlines()
        if ROW.match(line)
    ]
    assert len(cells) == 354
    return {row[0]: FIT[row[5]] for row in cells if row[5] in FIT}


def drafted() -> set[str]:
    """The ids of the draft: every row of every list in it."""
    draft: dict[str, Any] = yaml.safe_load(_domain("rules_draft.yaml"))
    return {row["id"] for part in draft.values() if isinstance(part, list) for row in part}


def carriers() -> Iterator[tuple[str, PackRow]]:
    """(where, row) of everything that can carry the id of a requirement."""
    for rule in PACK.rules:
        yield f"rule {rule.id}", rule
    for document in PACK.documents:
        yield f"document {document.id}", document
    for part in ("lists", "guards", "deadlines", "publicity", "provisions"):
        for row in getattr(PACK, part):
            yield f"{part} {row.id}", row
    for part in type(PACK.codes).model_fields:
        if part != "groups":
            for code, row in getattr(PACK.codes, part).items():
                yield f"code {part}.{code}", row
    for row in PACK.answered:
        yield f"{row.kind} {row.place}", row


@cache
def carried() -> dict[str, list[str]]:
    """Requirement → where it is answered."""
    found: dict[str, list[str]] = {}
    for where, row in carriers():
        for name in getattr(row, "requirements", ()):
            found.setdefault(name, []).append(where)
    return found


def _commands(command: Any, path: str) -> Iterator[str]:
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, f"{path} {name}")


def _places(kind: str) -> set[str]:
    if kind == "command":
        return set(_commands(typer.main.get_command(app), "creditgraph"))
    if kind == "route":
        paths = create_app().openapi()["paths"]
        return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    if kind == "source":
        return set(SOURCES)
    if kind == "schema":
        return {*NODE_BY_LABEL, *RELATIONSHIP_BY_TYPE}
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}


# --- requirements -----------------------------------------------------------------------------------------


def test_every_row_that_was_asked_for_is_listed_and_no_other() -> None:
    assert {name: r.fit for name, r in REQUIREMENTS.items()} == asked()


def test_every_requirement_is_said_in_both_languages() -> None:
    assert [r.id for r in PACK.requirements if not (re.search(r"[\u4e00-\u9fff]", r.zh) and r.en.isprintable())] == []
    assert len(REQUIREMENTS) == len(PACK.requirements)


def test_every_requirement_is_answered_or_open_and_never_both() -> None:
    answered, still_open = set(carried()), {r.id for r in PACK.requirements if r.not_yet}
    assert sorted(answered & still_open) == []
    assert sorted(set(REQUIREMENTS) - answered - still_open) == []
    assert [r.id for r in PACK.requirements if r.not_yet and r.partly] == []


def test_every_requirement_names_the_document_and_the_clause_that_ask_so() -> None:
    documents = {d.id for d in PACK.documents}
    for r in PACK.requirements:
        named = re.findall(r"[A-Z]+(?:-[A-Z]*\d*)+", r.source)
        assert named, r.id
        assert set(named) <= documents, r.id
        rest = source_in_words(PACK, r.source)
        assert re.search(r"[一二三四五六七八九十]|preamble", rest), (r.id, rest)


def test_what_is_answered_is_done_by_something_that_a_test_goes_through() -> None:
    found = places(PACK)
    for r in PACK.requirements:
        where = found.get(r.id, [])
        state = state_of(r, where)
        assert (reason_of(r, where) is None) == (state == "answered"), r.id
        if state == "answered":
            assert any(p.by and p.test for p in where), r.id
        for place in where:
            assert bool(place.by) == bool(place.test), place
            if place.test:
                assert (ROOT / place.test).exists(), place
    # Incentives have a test that goes through all of them.
    cases = "".join(path.read_text("utf-8") for path in (ROOT / "tests" / "rule_cases").glob("*.yaml"))
    acting = {r.id for r in PACK.rules if r.enabled and r.requirements and r.effect == "sanction"}
    assert sorted(acting - set(RULE_ID.findall(cases))) == []


def test_a_measure_that_no_rule_in_force_brings_is_not_answered() -> None:
    brought = {m for rule in PACK.rules if rule.enabled for m in rule.measures}
    idle = [m for m, row in PACK.codes.measures.items() if row.requirements and m not in brought]
    assert idle
    found = places(PACK)
    for measure in idle:
        for name in PACK.codes.measures[measure].requirements:
            assert state_of(REQUIREMENTS[name], found[name]) != "answered", (measure, name)


def test_a_command_that_answers_stands_in_the_test_that_is_named() -> None:
    for row in PACK.answered:
        if row.kind in ("command", "source"):
            assert row.test is not None
            text = (ROOT / row.test).read_text(encoding="utf-8")
            assert re.search(row.place.split(" ")[-1].replace("-", "[-_]"), text), (row.place, row.test)


def test_every_id_that_is_carried_exists() -> None:
    assert {name: where for name, where in carried().items() if name not in REQUIREMENTS} == {}


@pytest.mark.parametrize("kind", ["command", "route", "source", "schema", "document"])
def test_every_place_that_answers_exists(kind: str) -> None:
    named = {row.place for row in PACK.answered if row.kind == kind}
    assert named
    assert sorted(named - _places(kind)) == []


def test_no_place_stands_twice() -> None:
    places = [(row.kind, row.place) for row in PACK.answered]
    assert len(places) == len(set(places))


# --- the commands -----------------------------------------------------------------------------------------


def test_the_list_of_measures_has_force_area_basis_and_version(cli: Cli, graph: Graph, settings: Settings) -> None:
    code, out, _ = cli("rules", "measures", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["pack"], len(found["measures"])) == (PACK.digest, len(PACK.codes.measures))
    (ban,) = [m for m in found["measures"] if m["measure"] == "MARKET_BAN"]
    assert ban["force"] == "mandatory"
    assert all(r["basis"] for r in ban["rules"])
    assert any(r["since"] for r in ban["rules"])
    assert any(r["area"] for m in found["measures"] for r in m["rules"])
    with TestClient(create_app(graph, settings)) as client:
        day = {"as_of": found["as_of"]}
        assert client.get("/v1/measures", params=day).json() == found
        some = client.get("/v1/measures", params=day | {"force": "recommended", "applied": True}).json()["measures"]
    assert some
    assert {m["force"] for m in some} == {"recommended"}
    here = json.loads(cli("rules", "measures", "--area", "431000", "--json")[1])["measures"]
    there = json.loads(cli("rules", "measures", "--area", "110000", "--json")[1])["measures"]
    assert {m["measure"] for m in there} < {m["measure"] for m in here}
    assert cli("rules", "measures", "NO_SUCH")[0] == 2
    assert "强制性" in cli("rules", "measures", "MARKET_BAN")[1]


def test_code_lists_coverage_and_check_are_told(cli: Cli) -> None:
    for name in ("acts", "sectors", "measures", "triggers", "roles"):
        rows = json.loads(cli("rules", "codes", name, "--json")[1])
        assert list(rows) == list(getattr(PACK.codes, name))
        assert next(iter(rows)) in cli("rules", "codes", name)[1]
    rows = json.loads(cli("rules", "coverage", "--json")[1])["rows"]
    assert len(rows) == len(REQUIREMENTS)
    open_ones = json.loads(cli("rules", "coverage", "--not-yet", "--json")[1])["rows"]
    assert open_ones == [r for r in rows if r["state"] != "answered"]
    assert all(r["missing"] for r in open_ones)
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    counts = Counter(r["state"] for r in rows)
    assert f"{counts['answered']} answered, {counts['partly']} partly, {counts['not yet']} not yet" in page
    assert cli("rules", "check", "--cases", str(ROOT / "tests" / "rule_cases"))[0] == 0


# --- the draft --------------------------------------------------------------------------------------------


def test_every_row_of_the_draft_has_a_place() -> None:
    about = (row for part in ("lists", "guards", "deadlines", "publicity", "provisions") for row in getattr(PACK, part))
    here = {name for rule in PACK.rules for name in (rule.id, *rule.covers)} | {row.id for row in about}
    rows = drafted()
    assert len(rows) == 148
    assert sorted(rows - here) == []


def test_a_row_that_is_no_rule_says_why() -> None:
    kinds = ("relation_bar", "no_rule")
    assert [p.id for p in PACK.provisions if p.kind in kinds or p.place == "disabled" if not p.why] == []
