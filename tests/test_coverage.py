"""Every row of what the source documents ask has an answer or a stated gap, and every row of the draft a place."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from api.cli.root import app
from api.http.app import create_app
from graph_model.rules import load_pack
from graph_model.rules.model import PackRow
from graph_model.schema import NODE_BY_LABEL, RELATIONSHIP_BY_TYPE
from loaders.sources import SOURCES

ROOT = Path(__file__).parents[1]
DOMAIN = ROOT.parent / "shared" / "domain"
PACK = load_pack()
REQUIREMENTS = {r.id: r for r in PACK.requirements}
ROW = re.compile(r"^\| ([A-Z]\d\d) \|")
FIT = {"★": "core", "◐": "adjacent"}


def _domain(file: str) -> str:
    path = DOMAIN / file
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip("the domain papers are not here")
    return path.read_text(encoding="utf-8")


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
