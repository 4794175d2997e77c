"""Whoever reads names only finds the way: one class and one constant of a name, modules and functions that can be read at
one go, a word on everything.

What is still to be done stands in the lists `STILL_…`. A name leaves its list when it is done
(the tests see to that), and none comes in.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("graph_model", "loaders", "queries", "api")
MOST_LINES = 600
KERNELS = ("graph_model/effective.py", "graph_model/traversal.py")
"""Compiled functions that belong together, and are read together."""

MOST_LINES_OF_A_FUNCTION = 60
KERNEL_FUNCTIONS = {
    "graph_model/effective.py _all_owners",
    "graph_model/effective.py _distributed",
    "graph_model/traversal.py _gather",
    "graph_model/traversal.py _search",
}
"""Compiled loops: a call in them costs more than the lines."""
SAME_EVERYWHERE = {"SOURCE"}
"""What every module of a room has under one name."""

STILL_TWICE: set[str] = set()
STILL_LONG: set[str] = set()
STILL_SILENT: set[str] = {
    "api/cli/loading.py",
    "api/cli/terminal.py",
    "loaders/reading/delimited.py",
    "loaders/reading/json_records.py",
    "loaders/reading/lines.py",
    "loaders/reading/sheets.py",
}
"""Modules with a public class, function or method without docstring."""


def modules() -> dict[str, str]:
    """Path of every module of the program → its text."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public classes and functions of a module or a class."""
    for node in body:
        named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if named and not node.name.startswith("_"):
            yield node


def silent(body: list[ast.stmt], at: str = "") -> Iterator[str]:
    """What of these has no docstring, with its line."""
    for node in public(body):
        if ast.get_docstring(node) is None:
            yield f"{at}{node.name} (line {node.lineno})"
        if isinstance(node, ast.ClassDef):
            yield from silent(node.body, f"{at}{node.name}.")


TEXTS = modules()
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}


def test_no_two_public_classes_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, tree in TREES.items():
        for node in public(tree.body):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in STILL_TWICE} == {}
    assert STILL_TWICE - twice.keys() == set(), "done: take it out of the list"


def constants(body: list[ast.stmt]) -> Iterator[str]:
    """The public constants of a module; a type variable of one letter is none."""
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for name in (part for target in targets for part in getattr(target, "elts", [target])):
            if isinstance(name, ast.Name) and name.id.isupper() and len(name.id) > 1 and not name.id.startswith("_"):
                yield name.id


def test_no_two_public_constants_have_one_name() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for module, tree in TREES.items():
        for name in constants(tree.body):
            places[name].add(module)
    assert {name: where for name, where in places.items() if len(where) > 1 and name not in SAME_EVERYWHERE} == {}


def test_no_function_is_too_long_to_read() -> None:
    lines = {
        f"{module} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {name for name, n in lines.items() if n > MOST_LINES_OF_A_FUNCTION}
    assert long - KERNEL_FUNCTIONS == set()
    assert KERNEL_FUNCTIONS - long == set(), "done: take it out of the list"


def test_no_module_is_too_long_to_read() -> None:
    lines = {name: len(text.splitlines()) for name, text in TEXTS.items() if name not in KERNELS}
    long = {name: n for name, n in lines.items() if n > MOST_LINES}
    assert {name: n for name, n in long.items() if name not in STILL_LONG} == {}
    assert STILL_LONG - long.keys() == set(), "done: take it out of the list"


def test_everything_public_says_what_it_is_for() -> None:
    found = {name: words for name, tree in TREES.items() if (words := list(silent(tree.body)))}
    assert {name: words for name, words in found.items() if name not in STILL_SILENT} == {}
    assert STILL_SILENT - found.keys() == set(), "done: take it out of the list"


@pytest.mark.parametrize(("text", "words"), [("def f(): ...", ["f (line 1)"]), ("def _f(): ...", [])])
def test_what_is_silent(text: str, words: list[str]) -> None:
    assert list(silent(ast.parse(text).body)) == words
