"""Law cases that nobody here wrote: facts, a day, a question, the right answer, through facts → derive → answer."""

from typing import Any

import pytest

from graph_model.rules import load_pack
from tests.law_notation import CASES, FILE, wrong
from tests.support.real_data import there

PACK = load_pack()

NOT_YET: dict[str, str] = {}
"""Cases that are not right yet, each with what is missing. This list only shrinks."""


def _marked(case: dict[str, Any]) -> Any:
    why = NOT_YET.get(case["id"])
    return pytest.param(case, id=case["id"], marks=[pytest.mark.xfail(strict=True, reason=why)] if why else [])


def test_the_cases_are_there() -> None:
    there(FILE)
    assert CASES, f"{FILE.name} is missing: ../shared/cases/law.yaml"
    assert set(NOT_YET) <= {case["id"] for case in CASES}


@pytest.mark.parametrize("case", [_marked(c) for c in CASES if c.get("kind", "consequence") == "consequence"])
def test_law_case(case: dict[str, Any]) -> None:
    differs = wrong(case, PACK)
    assert not differs, f"{case['title']}\n{case['why']}\n" + "\n".join(differs)
