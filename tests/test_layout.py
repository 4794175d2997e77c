"""The house is as it says: what may import what among the tests."""

import ast
import contextlib
import doctest
import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

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


def test_the_table_of_modules_is_the_tree() -> None:
    """docs/architecture.md names each module, or the folder that it stands in, and none that is not there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([\w./-]+)`", row)}
    modules = {str(p.relative_to(ROOT)) for p in MODULES if p.name != "__init__.py"}
    folders = tuple(name for name in named if name.endswith("/"))
    told = {
        "not in docs/architecture.md": sorted(m for m in modules - named if not m.startswith(folders)),
        "in docs/architecture.md, and not there": sorted(n for n in named if not (ROOT / n).exists()),
        "named twice": sorted(n for n in named if sum(f"`{n}`" in row for row in rows) > 1),
    }
    assert {what: names for what, names in told.items() if names} == {}


def test_what_contributing_names_is_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:graph_model|loaders|queries|api|tests|docs|benchmarks)/[\w./-]+)`", page))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    wings = {f"queries/{p.name}/" for p in (ROOT / "queries").iterdir() if (p / "__init__.py").exists()}
    assert wings - {"queries/read/", "queries/projection/", "queries/checks/"} <= named


def test_what_shell_scripts_call_of_ours_is_there() -> None:
    """No checker reads Python inside a script: modules that are run, and names that one line of it takes from ours."""
    scripts = [ROOT / "Makefile", *(ROOT / ".ci").iterdir()]
    text = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    run = set(re.findall(r"python -m ((?:graph_model|loaders|queries|api|benchmarks|tests)[\w.]*)", text))
    assert len(run) >= 5
    assert [name for name in run if importlib.util.find_spec(name) is None] == []
    lines = re.findall(r"python -c '([^']*)'", text)
    assert lines
    for line in lines:
        tree = ast.parse(line)
        known: dict[str, Any] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    module = importlib.import_module(node.module or "")
                    with contextlib.suppress(ModuleNotFoundError):
                        importlib.import_module(f"{node.module}.{alias.name}")
                    known[alias.asname or alias.name] = getattr(module, alias.name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
                assert hasattr(known[node.value.id], node.attr), (line, node.attr)
