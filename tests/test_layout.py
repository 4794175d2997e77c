"""The house is as it says: what may import what among the tests."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_test_is_imported() -> None:
    """What several tests need stands in `tests/support/`; fixtures come from `conftest.py`, by their names."""
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            found += [
                f"{path.relative_to(ROOT)}:{node.lineno}"
                for n in names
                if n.startswith(("tests.test_", "tests.conftest"))
            ]
    assert not found
