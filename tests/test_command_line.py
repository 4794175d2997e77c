"""The command line as a process: what it may import, what shadows it, and the pack of rules that is kept between calls."""

import ast
import json
import os
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from api.cli.exit_codes import error_code, exit_code
from api.cli.terminal import print_json, tell
from graph_model.errors import BadRequest, ConfigError, RuleError, SourceError, StoreNotReady, StoreUnavailable
from graph_model.rules import load_pack, pack_cache, parse_pack
from graph_model.rules.pack_cache import kept_pack
from tests.support.invented import citizen
from tests.support.types import Cli

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("creditgraph", "api", "loaders", "queries", "graph_model")


def python(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False)


# --- what is imported -------------------------------------------------------------------------------------


def loaded_by(*arguments: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    script = (
        "import sys; from creditgraph.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: sys.stderr.write(' '.join(sys.modules))"
    )
    return set(python("-c", script, *arguments).stderr.split())


def test_the_help_waits_for_no_database_no_arrays_and_no_models() -> None:
    loaded = loaded_by("--help")
    assert {name for name in loaded if name.split(".")[0] in PACKAGES} == {
        *(
            "creditgraph",
            "creditgraph.__main__",
            "api",
            "api.cli",
            "api.cli.exit_codes",
            "api.cli.lazy",
            "api.cli.root",
        ),
        *("graph_model", "graph_model.errors", "graph_model.identifiers", "graph_model.text"),
    }
    assert {"neo4j", "numpy", "pydantic", "rich", "yaml", "polars", "cryptography", "asyncio"}.isdisjoint(loaded)


@pytest.mark.parametrize("command", ["lookup", "find"])
def test_a_look_up_waits_for_no_arrays_no_rule_files_and_no_other_question(command: str) -> None:
    loaded = loaded_by(command, "--help")
    assert "queries.lookup" in loaded
    spared = {"numpy", "polars", "yaml", "scipy", "numba", "fastapi", "cryptography", "rich.progress"}
    assert (spared | {"loaders", "queries.party.same_person", "queries.projection"}).isdisjoint(loaded)


def test_the_version_is_told() -> None:
    done = python("-m", "creditgraph", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "creditgraph")


@pytest.mark.parametrize(
    "words", [("codes", "undo", "x-1"), ("ledger", "refuse", "r"), ("same-person", "undo", "p-1", "p-2")]
)
def test_as_is_the_role_and_who_decides_has_another_name(words: tuple[str, ...]) -> None:
    done = python("-m", "creditgraph", *words, "--as", "Li", "--reason", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Who decides is --author." in done.stderr


@pytest.mark.parametrize(
    ("status", "complete", "code"),
    [("clear", True, 0), ("clear", False, 4), ("hit", True, 3), ("hit", False, 3), ("incomplete", False, 4)]
    + [
        (status, complete, 4)
        for status in ("unknown", "ambiguous", "incomplete", "stale")
        for complete in (True, False)
    ],
)
def test_only_a_clear_answer_that_is_complete_ends_as_clear(status: str, complete: bool, code: int) -> None:
    assert exit_code(status, complete) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreUnavailable("x"), 5),
        (StoreNotReady("x"), 4),
        *((error("x"), 2) for error in (BadRequest, ConfigError, RuleError, SourceError, PermissionError)),
        *((error("x"), 1) for error in (ValueError, KeyError, AssertionError)),
    ],
)
def test_how_an_error_ends_a_command(error: Exception, code: int) -> None:
    assert error_code(error) == code


COMMAND_FILES = sorted((ROOT / "api" / "cli").glob("*.py"))


def asking(tree: ast.AST) -> Iterator[int]:
    """Lines on which something depends on whether JSON is wanted, instead of handing that on."""
    for node in ast.walk(tree):
        tests = [node.test] if isinstance(node, ast.If | ast.IfExp | ast.While) else []
        tests += node.values if isinstance(node, ast.BoolOp) else []
        tests += [node.operand] if isinstance(node, ast.UnaryOp) else []
        for test in tests:
            if any(isinstance(name, ast.Name) and name.id == "as_json" for name in ast.walk(test)):
                yield test.lineno


def test_one_function_chooses_between_json_and_text() -> None:
    found = {path.name: sorted(set(asking(ast.parse(path.read_text(encoding="utf-8"))))) for path in COMMAND_FILES}
    assert {name: len(lines) for name, lines in found.items() if lines} == {"terminal.py": 1}


@pytest.mark.parametrize(
    "text", ["if as_json: f()", "f() if as_json else g()", "as_json and f()", "if not as_json: f()"]
)
def test_what_asks_for_json(text: str) -> None:
    assert list(asking(ast.parse(text)))


def test_no_command_ends_with_a_number_of_its_own() -> None:
    ends = [
        f"{path.name}:{node.lineno}"
        for path in COMMAND_FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("Exit", "exit")
        and any(isinstance(argument, ast.Constant) for argument in node.args)
    ]
    assert ends == []


def declared() -> Iterator[tuple[str, ast.Subscript]]:
    """(file, declaration) of every option and argument."""
    for path in COMMAND_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Annotated":
                yield path.name, node


def test_an_option_is_declared_once() -> None:
    """What several commands take is an alias, such as `JsonOption`: one name, one meaning, one sentence of help."""
    places: dict[str, list[str]] = defaultdict(list)
    for file, node in declared():
        if "help=" in ast.unparse(node):
            places[ast.unparse(node)].append(f"{file}:{node.lineno}")
    assert {text: where for text, where in places.items() if len(where) > 1} == {}
    aliases = [
        target.id
        for path in COMMAND_FILES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.endswith(("Option", "Argument"))
    ]
    assert [name for name, n in Counter(aliases).items() if n > 1] == []


@dataclass
class Told:
    day: date


def test_what_is_told_as_json_is_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"told": [Told(date(2026, 1, 31))], "rows": (n for n in (1, 2)), "path": Path("中文")}
    print_json(answer)
    whole = capsys.readouterr().out
    assert json.loads(whole) == {"told": [{"day": "2026-01-31"}], "rows": [1, 2], "path": "中文"}
    assert "中文" in whole
    tell({"a": [1]}, True, never, one_line=True)
    assert capsys.readouterr().out == '{"a": [1]}\n'


def test_what_is_only_for_json_is_not_read_for_people() -> None:
    asked: list[int] = []
    tell((asked.append(n) for n in (1, 2)), False, lambda _: None)
    assert asked == []


# --- what shadows it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["api", "loaders", "queries", "graph_model"])
@pytest.mark.parametrize("by", ["folder", "path"])
def test_another_package_of_that_name_is_told_in_a_sentence(name: str, by: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise RuntimeError('not ours')")
    (tmp_path / "elsewhere").mkdir()
    if by == "folder":
        done = python("-m", "creditgraph", "--help", cwd=tmp_path)
    else:
        done = python("-m", "creditgraph", "--help", cwd=tmp_path / "elsewhere", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"'{name}' is {tmp_path / name}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_python_in_it_shadows_nothing(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "queries").mkdir()
    assert python("-m", "creditgraph", "--help", cwd=tmp_path).returncode == 0


# --- the pack that is kept --------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDITGRAPH_CACHE", str(tmp_path))
    return tmp_path / "rules"


def never(*_: object) -> None:
    raise AssertionError("it was parsed again")


def test_what_is_kept_is_the_pack_of_the_files(cache: Path) -> None:
    assert kept_pack(parse_pack) == kept_pack(never) == parse_pack()  # ty: ignore[invalid-argument-type]
    assert kept_pack(never).digest == parse_pack().digest == load_pack().digest  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize("spoil", ["torn", "empty", "another body", "no pack", "writable by others"])
def test_what_is_not_whole_or_not_ours_is_parsed_again(cache: Path, spoil: str) -> None:
    kept_pack(parse_pack)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    spoilt = {
        "torn": whole[: len(whole) // 2],
        "empty": b"",
        "another body": whole.replace(b'"active"', b'"ended"', 1),
        "no pack": b"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n{}",
    }
    path.write_bytes(spoilt.get(spoil, whole))
    if spoil == "writable by others":
        path.chmod(0o666)
    asked = []
    assert kept_pack(lambda: asked.append(1) or parse_pack()) == parse_pack()
    assert asked
    assert kept_pack(never) == parse_pack()  # ty: ignore[invalid-argument-type]


def test_another_version_never_meets_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_pack(parse_pack)
    monkeypatch.setattr(pack_cache, "_digest_of_files", lambda: "0" * 32)
    with pytest.raises(AssertionError, match="parsed again"):
        kept_pack(never)  # ty: ignore[invalid-argument-type]
    kept_pack(parse_pack)
    assert len(list(cache.iterdir())) == 2


def test_what_others_left_goes_after_a_while(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_pack(parse_pack)
    (old,) = cache.iterdir()
    os.utime(old, (0, 0))
    monkeypatch.setattr(pack_cache, "_digest_of_files", lambda: "0" * 32)
    kept_pack(parse_pack)
    assert [path.name for path in cache.iterdir()] == ["0" * 32 + ".json"]


def test_several_write_it_at_once(cache: Path) -> None:
    pack = parse_pack()
    found = []
    threads = [threading.Thread(target=lambda: found.append(kept_pack(lambda: pack))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [pack] * 8
    assert len(list(cache.iterdir())) == 1


def test_a_cache_that_cannot_be_written_costs_no_answer(cache: Path) -> None:
    cache.write_text("a file where the folder would be")
    assert kept_pack(parse_pack) == parse_pack()


# --- what goes wrong --------------------------------------------------------------------------------------


def test_what_the_system_refuses_is_a_sentence(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CREDITGRAPH_HOME", str(tmp_path / "file"))
    monkeypatch.delenv("CREDITGRAPH_STORE")
    code, out, error = cli("find", "长沙")
    assert (code, out) == (2, "")
    assert str(tmp_path / "file") in error
    assert "may be written to" in error


def test_a_fault_of_ours_shows_no_traceback_and_keeps_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = citizen(7)

    def fails(*_: object, **__: object) -> None:
        raise LookupError(f"nothing for {number}")

    monkeypatch.setattr("graph_model.store.local_neo4j.stores", fails)
    monkeypatch.setenv("CREDITGRAPH_HOME", str(tmp_path))
    monkeypatch.setenv("CREDITGRAPH_DEBUG", "0")
    code, out, error = cli("db", "status")
    assert (code, out) == (1, "")
    assert "Traceback" not in error
    assert number not in error
    kept = tmp_path / "data" / "last-fault.txt"
    assert str(kept) in " ".join(error.split())
    assert kept.stat().st_mode & 0o077 == 0
    text = kept.read_text()
    assert "LookupError" in text
    assert number not in text
    monkeypatch.setenv("CREDITGRAPH_DEBUG", "1")
    with pytest.raises(LookupError):
        cli("db", "status")
