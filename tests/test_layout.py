"""The house is as it says: what may import what among the tests."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("graph_model", "loaders", "queries", "api")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_no_test_is_imported() -> None:
    """What several tests need stands in `tests/support/`; fixtures come from `conftest.py`, by their names."""
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            if any(name.startswith(("tests.test_", "tests.conftest")) for name in names):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


@pytest.mark.parametrize(
    "path", [p for p in MODULES if ">>> " in p.read_text(encoding="utf-8")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_examples_in_docstrings_are_true(path: Path) -> None:
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    done = doctest.testmod(module)
    assert (done.failed, done.attempted > 0) == (0, True)
