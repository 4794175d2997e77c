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
STILL_SILENT: set[str] = set()
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


# --- what parameters mean ---------------------------------------------------------------------------------

MANY_PARAMETERS = 4


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """All that a caller gives."""
    given = node.args
    more = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [
        one for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *more) if one.arg not in ("self", "cls")
    ]


def told_elsewhere(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Of a command the help tells what each parameter means, of a route the page of the API."""
    kinds = [ast.unparse(one.annotation) for one in parameters(node) if one.annotation]
    command = any(kind.endswith(("Option", "Argument")) or "typer." in kind for kind in kinds)
    return command or any(
        isinstance(by, ast.Call) and isinstance(by.func, ast.Attribute) and by.func.attr in ("get", "post")
        for by in node.decorator_list
    )


def raised(node: ast.AST) -> set[str]:
    """The classes of errors that a function raises itself, not in a function within it."""
    found = set()
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call):
            found.add(ast.unparse(part.exc.func))
        if not isinstance(part, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            found |= raised(part)
    return found


def unexplained(body: list[ast.stmt], at: str = "", of_class: str = "") -> Iterator[tuple[str, str]]:
    """(function of many parameters, what its docstring lacks). Those of a class may stand at the class."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from unexplained(node.body, f"{at}{node.name}.", ast.get_docstring(node) or "")
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        init = node.name == "__init__"
        if (node.name.startswith("_") and not init) or len(parameters(node)) <= MANY_PARAMETERS or told_elsewhere(node):
            continue
        told = (ast.get_docstring(node) or "") + (of_class if init else "")
        if "Args:\n" not in told:
            yield f"{at}{node.name}", "Args"
        kind = ast.unparse(node.returns) if node.returns else ""
        if kind.startswith(("tuple[", "dict[")) and "..." not in kind and "Returns:\n" not in told:
            yield f"{at}{node.name}", "Returns"
        for error in raised(node):
            if "Raises:\n" not in told or error not in told.split("Raises:\n")[1]:
                yield f"{at}{node.name}", f"Raises {error}"


def test_many_parameters_are_explained() -> None:
    found = {name: lacks for name, tree in TREES.items() if (lacks := list(unexplained(tree.body)))}
    assert found == {}


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("def f(a, b, c, d): ...", []),
        ("def f(a, b, c, d, *, e):\n    '''What?'''", [("f", "Args")]),
        ("def f(a, b, c, d, *, e):\n    '''What?\n\n    Args:\n        e: that.\n    '''", []),
        ("def _f(a, b, c, d, e): ...", []),
        ("def f(a, b, c, d, e: JsonOption): ...", []),
        ("@v1.get('/x')\ndef f(a, b, c, d, e): ...", []),
        ("class A:\n    def f(self, a, b, c, d): ...", []),
        ("class A:\n    '''Args:\n        e: that.\n    '''\n    def __init__(self, a, b, c, d, e): ...", []),
        ("def f(a, b, c, d, e) -> tuple[int, int]:\n    '''Args:\n        e: that.\n    '''", [("f", "Returns")]),
        (
            "def f(a, b, c, d, e):\n    '''Args:\n        e: that.\n    '''\n    raise BadRequest('x')",
            [("f", "Raises BadRequest")],
        ),
    ],
)
def test_what_is_unexplained(text: str, lacks: list[tuple[str, str]]) -> None:
    assert list(unexplained(ast.parse(text).body)) == lacks
