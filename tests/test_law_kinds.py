"""Bars, deadlines, rules that are loaded and repairs: cases with a day and an answer, and those that nobody here wrote."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from tests.law_kinds import bars, deadlines, repairs, rule_load
from tests.law_notation import CASES as OF_OTHERS

OWN = yaml.safe_load((Path(__file__).parent / "law_cases" / "kinds.yaml").read_text(encoding="utf-8"))
CASES = [*OWN, *(c for c in OF_OTHERS if c.get("kind", "consequence") != "consequence")]
KINDS = {"bar", "deadline", "rule_load", "repair"}


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if case["kind"] == kind]


def told(case: dict[str, Any], differs: list[str]) -> None:
    assert not differs, f"{case['title']}\n" + "\n".join(differs)


def test_every_kind_has_its_cases() -> None:
    assert {case["kind"] for case in CASES} == KINDS
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", of_kind("deadline"))
def test_deadline(case: dict[str, Any], pack: RulePack) -> None:
    told(case, deadlines(case, pack))


@pytest.mark.parametrize("case", of_kind("rule_load"))
def test_rule_that_is_loaded(case: dict[str, Any], tmp_path: Path) -> None:
    told(case, rule_load(case, tmp_path))


@pytest.mark.parametrize("case", of_kind("repair"))
def test_repair(case: dict[str, Any], pack: RulePack) -> None:
    told(case, repairs(case, pack))


@pytest.mark.parametrize("case", of_kind("bar"))
def test_bar(case: dict[str, Any], graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    told(case, bars(case, CASES.index(case), graph, keys, pack, tmp_path))
