"""The house is as it says: what may import what among the tests."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


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
