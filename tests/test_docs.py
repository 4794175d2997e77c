"""The documentation says what the code does: generated pages, JSON shapes, commands, settings, files, links."""

import ast
import importlib
import json
import pkgutil
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

import queries
from api import docs as api_docs
from api.cli.root import SECTIONS, app
from api.doctor import Examined
from api.http import app as api_app
from api.http import checks as api_checks
from api.http.parameters import Problem
from graph_model import cypher
from graph_model.derivation import NOT_SUSPENDED
from graph_model.docs import coverage
from graph_model.docs import pages as docs
from graph_model.docs.glossary import TERMS
from graph_model.events import FLOWS, MAY, ROLES, Event, check
from graph_model.rules import build_pack, load_pack, load_pack_from
from graph_model.schema import NODES, RELATIONSHIP_BY_TYPE
from graph_model.store.local_neo4j import Status
from graph_model.store.neo4j_jars import DEFAULT_VERSION, LOCKS
from graph_model.store.settings import Settings
from loaders.backup.save import Backup
from loaders.derive import Derived
from loaders.load.engine import Loaded
from loaders.mapping.preview import Faults, MappingPreview, ShownFact, ShownRow
from loaders.sample.story import STORY
from loaders.sources import SOURCES
from loaders.upgrade import UpgradePlan
from queries import answers

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh.md")
TODAY = date(2026, 11, 22)
PACKAGES = ("graph_model", "loaders", "queries", "api")
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/commands/*.md"),
        *ROOT.glob("docs/json/*.md"),
        *ROOT.glob("docs/mapping/*.md"),
        *ROOT.glob("docs/rules/*.md"),
        *ROOT.glob("docs/schema/*.md"),
    ]
)


def read(name: str) -> str:
    """A file of the project, as text."""
    return (ROOT / name).read_text(encoding="utf-8")


def read_json_pages() -> str:
    """docs/json.md and the pages of shapes below it, as one text."""
    return "\n".join(
        read(str(p.relative_to(ROOT))) for p in (ROOT / "docs/json.md", *sorted(ROOT.glob("docs/json/*.md")))
    )


# --- generated pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(docs.pages()))
def test_generated_page_is_in_step(name: str) -> None:
    assert read(f"docs/{name}") == docs.pages()[name], f"docs/{name} is stale: run make docs"


def test_what_the_glossary_names_exists() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
    for term in TERMS:
        for name in re.findall(r"`([\w./]+)`", term.code):
            assert (ROOT / name).exists() if "/" in name else re.search(rf"\b{re.escape(name)}\b", code), term


def test_coverage_is_in_step() -> None:
    stale = "docs/coverage.md is stale: run .venv/bin/python -m graph_model.docs.coverage"
    assert read("docs/coverage.md") == coverage.render(load_pack()), stale


@pytest.mark.parametrize("name", sorted(api_docs.pages()))
def test_page_of_commands_routes_or_settings_is_in_step(name: str) -> None:
    assert read(f"docs/{name}") == api_docs.pages()[name], f"docs/{name} is stale: run make docs"


@pytest.mark.parametrize("name", READMES)
def test_every_page_is_linked_in_the_readme(name: str) -> None:
    text = read(name)
    assert [p.name for p in PAGES if p.parent.name == "docs" and f"](docs/{p.name})" not in text] == []


def test_pages_can_be_written_anywhere(tmp_path: Path) -> None:
    docs.main(tmp_path / "new")
    written = {str(p.relative_to(tmp_path / "new")) for p in (tmp_path / "new").rglob("*.md")}
    assert written == set(docs.pages())
    folders = ("docs/rules/*.md", "docs/schema/*.md")
    assert {str(p.relative_to(ROOT / "docs")) for pattern in folders for p in ROOT.glob(pattern)} <= written
    api_docs.main(tmp_path / "more")
    assert {str(p.relative_to(ROOT / "docs")) for p in ROOT.glob("docs/commands/*.md")} <= set(api_docs.pages())
    assert {str(p.relative_to(tmp_path / "more")) for p in (tmp_path / "more").rglob("*.md")} == set(api_docs.pages())


def test_every_node_rule_and_property_is_described() -> None:
    written = docs.pages()
    schema, rules = (
        "\n".join(text for name, text in written.items() if name.startswith(f)) for f in ("schema", "rules/")
    )
    for kind in (*NODES, *RELATIONSHIP_BY_TYPE.values()):
        name = getattr(kind, "LABEL", None) or getattr(kind, "TYPE", "")
        assert f"\n## {name} (" in schema
        for field in kind.model_fields:
            assert f"| `{field}` |" in schema
    for rule in load_pack().rules:
        assert f"\n## {rule.id} " in rules
        assert f"| {rule.id} |" in written["rules.md"]


def test_links_to_headings_are_right() -> None:
    written = docs.pages() | api_docs.pages()
    links = {
        link for name in ("schema.md", "commands.md") for link in re.findall(r"\]\(([^)#]+)#([^)]+)\)", written[name])
    }
    assert len(links) > len(COMMANDS)
    for page, heading in links:
        headings = re.findall(r"^#+ (.+)$", written[page], re.M)
        assert heading in {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}, (page, heading)


def test_relationships_in_queries_are_declared() -> None:
    known = {*RELATIONSHIP_BY_TYPE, *(s.type for s in docs.STRUCTURE)}
    used = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for types in re.findall(r"-\[\w*:([A-Z_]+(?:\s*\|\s*:?[A-Z_]+)*)", path.read_text(encoding="utf-8")):
                used |= set(re.split(r"[\s|:]+", types))
    assert used
    assert used <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_page_can_be_read_in_one_go(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 600


# --- JSON shapes ------------------------------------------------------------------------------------------

SECTION = re.compile(r"^## [^\n]+\(`(\w+)`\)\n(.*?)(?=^## |\Z)", re.M | re.S)


def shapes() -> Iterator[tuple[str, type[answers.AnswerShape]]]:
    """Every public shape, in whichever module of `queries` it stands."""
    for module in pkgutil.walk_packages(queries.__path__, "queries."):
        for name, kind in vars(importlib.import_module(module.name)).items():
            mine = isinstance(kind, type) and kind.__module__ == module.name
            if mine and issubclass(kind, answers.AnswerShape) and not name.startswith("_"):
                yield name, kind


SHAPES = dict(shapes())
BASES = ("AnswerShape", "BetweenParties")
"""What several have in common."""
for name in BASES:
    del SHAPES[name]


def test_no_two_shapes_have_one_name() -> None:
    assert len(SHAPES) + len(BASES) == len(list(shapes()))


def test_every_shape_has_its_section() -> None:
    assert [name for name, _ in SECTION.findall(read_json_pages())] == list(
        dict.fromkeys(name for name, _ in SECTION.findall(read_json_pages()))
    )
    assert {name for name, _ in SECTION.findall(read_json_pages())} == set(SHAPES)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_shape_is_as_documented(name: str) -> None:
    text = dict(SECTION.findall(read_json_pages()))[name]
    keys = {field.alias or field_name for field_name, field in SHAPES[name].model_fields.items()}
    examples = re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)
    assert len(examples) == 1
    SHAPES[name].model_validate_json(examples[0])
    assert set(json.loads(examples[0])) == keys
    table = text[text.index("| key | meaning |") :].split("\n\n")[0]
    assert {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])} == keys


def test_every_word_of_a_choice_is_explained() -> None:
    page = read_json_pages()
    for choice in (answers.AnswerStatus, answers.ConsequenceStatus, answers.Ring):
        for word in get_args(choice):
            assert f"`{word}`" in page
    for model, field in (
        ("Cut", "reason"),
        ("SanctionRef", "status"),
        ("NodeRef", "label"),
        ("WhatIfRow", "change"),
    ):
        for word in get_args(SHAPES[model].model_fields[field].annotation):
            assert f"`{word}`" in page
    for word in load_pack().codes.automaticity:
        assert f"`{word}`" in page


def test_other_output_is_as_documented() -> None:
    page = read_json_pages()
    for keys in (
        [f.name for f in fields(Loaded)],
        [f.name for f in fields(Derived)],
        *([f.name for f in fields(kind)] for kind in (MappingPreview, Faults, ShownRow, ShownFact)),
        Status._fields,
        Backup._fields,
        UpgradePlan._fields,
        Examined._fields,
        Problem.model_fields,
        api_checks.CheckResponse.model_fields,
    ):
        assert "{" + ", ".join(keys) + "}" in page or all(f'"{k}": [' in page for k in keys)


# --- commands and settings --------------------------------------------------------------------------------


COMMANDS: dict[tuple[str, ...], Any] = dict(api_docs.commands_of(typer.main.get_command(app)))


def test_the_help_names_the_twenty_that_most_people_need_first() -> None:
    sections = list(SECTIONS.values())
    assert sum(map(len, sections[:5])) == 20
    names = [place.name for section in sections for place in section]
    assert len(names) == len(set(names))
    assert set(names) == {words[0] for words in COMMANDS}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_has_an_example_that_is_accepted(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests" / "rule_cases").mkdir(parents=True)
    (tmp_path / "check.jws").touch()
    _, examples = api_docs.help_and_examples(COMMANDS[words])
    assert examples
    for example in examples:
        called = shlex.split(example)
        assert called[0] == "creditgraph"
        assert parsed(called[1:], tmp_path)[0] == " ".join(words)
        assert nobody_in(example) == set()


CODES_OF_THE_DEMO = {company.number for company in STORY.companies()}


def nobody_in(text: str) -> set[str]:
    """What looks like a key or code of somebody, and is in no demo store. `…` shows that the reader's own stands there."""
    keys = re.findall(r"\b[ceopstx]-[0-9a-z]{16,}\b|\b[a-z]+[0-9]*-[0-9a-f]{16}\b", text)
    return {*keys, *re.findall(r"\b9[0-9][0-9A-Z]{16}\b", text)} - CODES_OF_THE_DEMO


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"lookup {STORY.food.number} --json", set()),
        ("lookup 91430100MA4T00019U", {"91430100MA4T00019U"}),
        ("explain c-0123456789abcdef0123", {"c-0123456789abcdef0123"}),
        ("ledger show registry-8cfa4d46f3ff5fba", {"registry-8cfa4d46f3ff5fba"}),
        ("ledger show registry-8cfa…; explain c-1f3a…", set()),
    ],
)
def test_who_is_nobody_of_the_demo(text: str, found: set[str]) -> None:
    assert nobody_in(text) == found


def test_what_openapi_shows_is_in_the_demo() -> None:
    """A key is another one in every store, so no request shows one; an answer shows how one looks."""

    def shown(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, part in value.items():
                yield from (json.dumps(value[name], ensure_ascii=False),) if name == "examples" else shown(part)
        elif isinstance(value, list):
            for part in value:
                yield from shown(part)

    document = api_app.create_app().openapi()
    shapes = document["components"]["schemas"]
    asked = {name: shape for name, shape in shapes.items() if name.endswith("Request")}
    texts = list(shown([document["paths"], asked]))
    assert len(texts) > len(asked)
    assert [found for text in texts if (found := nobody_in(text))] == []
    codes = re.findall(r"\b9[0-9][0-9A-Z]{16}\b", " ".join(shown(document)))
    assert codes
    assert set(codes) <= CODES_OF_THE_DEMO


def code_lines(text: str) -> list[str]:
    """The lines of all code blocks, without their comments."""
    blocks = [b for kind, b in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S) if kind in ("", "bash")]
    lines = (re.split(r"(?:^|\s+)#", line)[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def calls(text: str) -> Iterator[list[str]]:
    """The words after `creditgraph` wherever it is called, in a block or between backticks."""
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    for line in (*code_lines(text), *spans):
        words = line.split()
        if words and words[0].removeprefix(".venv/bin/") == "creditgraph" and len(words) > 1:
            yield words[1:]


@pytest.mark.parametrize("name", READMES)
def test_the_readme_is_short_and_leads_to_all_commands_routes_and_settings(name: str) -> None:
    text = read(name)
    assert len(text.splitlines()) <= 180
    assert all(f"](docs/{page})" in text for page in api_docs.pages() if "/" not in page)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_on_the_page_exist(page: Path) -> None:
    for words in calls(page.read_text(encoding="utf-8")):
        path = max((p for p in COMMANDS if tuple(words[: len(p)]) == p), key=len, default=None)
        assert path is not None, f"{page.name}: there is no command creditgraph {' '.join(words)}"
        known = {name for parameter in COMMANDS[path].params for name in (*parameter.opts, *parameter.secondary_opts)}
        used = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= known | {"--help"}, f"{page.name}: creditgraph {' '.join(words)}"


def parsed(words: list[str], folder: Path) -> tuple[str, dict[str, Any]]:
    """(command, its values) of a call as the command line reads it; nothing is run."""
    path = max((p for p in COMMANDS if tuple(words[: len(p)]) == p), key=len)
    for word in words:
        if word.endswith((".csv", ".json", ".jsonl", ".xlsx", ".yaml")):
            (folder / word).parent.mkdir(parents=True, exist_ok=True)
            (folder / word).touch()  # some options want a file that exists
    context = COMMANDS[path].make_context(" ".join(path), words[len(path) :])
    return " ".join(path), context.params


@pytest.mark.parametrize("name", [*READMES, "docs/casework.md"])
def test_worked_lines_would_be_accepted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in code_lines(read(name)) if line.startswith("creditgraph ")]
    monkeypatch.chdir(tmp_path)
    assert lines
    kind_of = {"confirm": "confirmation", "objection": "objection", "repair": "repair", "task": "execution"}
    before: list[Event] = []
    for line in lines:
        command, values = parsed(shlex.split(line)[1:], tmp_path)
        stage = values.get("what") or values.get("stage")
        if command == "confirm":
            stage = "refused" if values["refuse"] else "confirmed"
        if stage is None or stage == "show":
            continue
        kind = kind_of.get(command) or next(k for k, s in MAY if s == stage and k not in kind_of.values())
        case = values.get("case") or values.get("key")
        more: dict[str, Any] = {"item": values.get("item") or "", "role": values["role"], "reason": values["reason"]}
        step = Event("", kind, stage, "s-1", TODAY, case=case, author="a", **more)
        check(step, before, TODAY)  # who may, and in which order
        before.append(step)


def table_of(page: str, first: str) -> list[list[str]]:
    """The cells of the first table whose head begins with `first`."""
    table = page[page.index(f"\n| {first} |") + 1 :].split("\n\n")[0]
    return [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table.splitlines()[2:]]


def test_casework_names_who_may_record_what() -> None:
    page = read("docs/casework.md")
    assert {row[0].strip("`"): row[1] for row in table_of(page, "role | 身份")} == ROLES
    table = {}
    for kind, stages, roles, command in table_of(page, "kind | stage"):
        for stage in re.findall(r"`(\w+)`", stages):
            assert (kind.strip("`"), stage) not in table
            table[kind.strip("`"), stage] = set(re.findall(r"`(\w+)`", roles))
        assert command.strip("`").split()[1] in {path[0] for path in COMMANDS}
    assert table == {key: set(roles) for key, roles in MAY.items()}


def test_casework_names_stages_classes_and_statuses() -> None:
    page = read("docs/casework.md")
    stages = table_of(page, "stage | what happens | next")
    assert {row[0].strip("`"): tuple(re.findall(r"`(\w+)`", row[2])) for row in stages} == {
        stage: after for stage, after in FLOWS["execution"].items() if stage
    }
    assert [row[0].strip("`") for row in table_of(page, "stage | what happens")] == [
        stage for stage in FLOWS["objection"] if stage
    ]
    assert {row[0].split("`")[1] for row in table_of(page, "status | meaning | begins")} == set(
        get_args(answers.ConsequenceStatus)
    )
    assert {row[0].split("`")[1] for row in table_of(page, "class | at the earliest")} == {
        p.severity for p in load_pack().publicity if p.severity
    }
    assert NOT_SUSPENDED == ("penalty", "civil", "publicity")  # the page says it in words


def test_the_example_of_other_rules_can_be_tried(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", read("docs/casework.md"), re.M | re.S)
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    pack, own = load_pack(), load_pack_from(tmp_path / "my.yaml")
    changed = {r.id for r in own.rules}
    assert changed <= {r.id for r in pack.rules}
    other = build_pack([*(r for r in pack.rules if r.id not in changed), *own.rules], pack.codes, own.documents)
    assert other.digest != pack.digest


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_make_targets_on_the_page_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))
    used = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.M))
    assert used <= targets


@pytest.mark.parametrize("name", READMES)
def test_settings_of_the_readme_exist(name: str) -> None:
    known = {f"CREDITGRAPH_{field.upper()}" for field in Settings.model_fields}
    assert set(re.findall(r"CREDITGRAPH_[A-Z0-9_]+", read(name))) <= known


def test_every_command_route_setting_and_source_has_its_place() -> None:
    pages = {name: read(f"docs/{name}") for name in ("commands.md", "api.md", "settings.md", "sources/README.md")}
    commands = "\n".join(read(f"docs/{name}") for name in api_docs.pages() if name.startswith("commands/"))
    assert [words for words in COMMANDS if f"## creditgraph {' '.join(words)}\n" not in commands] == []
    assert [words for words in COMMANDS if f"[`{' '.join(words)}`]" not in pages["commands.md"]] == []
    known = {f"CREDITGRAPH_{field.upper()}" for field in Settings.model_fields}
    assert set(re.findall(r"CREDITGRAPH_[A-Z0-9_]+", pages["settings.md"])) == known
    paths = api_app.create_app().openapi()["paths"]
    assert [path for path in paths if f" {path}\n" not in pages["api.md"]] == []
    assert [source for source in SOURCES if f"[{source}]({source}.md)" not in pages["sources/README.md"]] == []


def test_limits_name_the_right_number_of_rules() -> None:
    active = len(load_pack().enabled)
    assert f"{active} active rules" in read("README.md")
    assert f"已启用 {active} 条" in read("README.zh.md")


def test_readmes_have_the_same_commands() -> None:
    english, chinese = (code_lines(read(name)) for name in READMES)
    assert english
    assert english == chinese
    assert all(other in read(name) for name, other in zip(READMES, reversed(READMES), strict=True))


# --- files ------------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Every file of the project that is, or would be, in version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_registry_hosts_and_no_paths_of_one_machine() -> None:
    # Written in pieces, so that this file is not a hit itself.
    hosts = ["pypi" + r"\.org", "python" + "hosted", r"repo1?\." + "maven", "registry" + r"\.npm", "maven" + "-central"]
    options = [r"(?<![\w-])--(?:extra-)?" + "index" + "-url", "trusted" + "-host"]
    cdns = ["jsde" + "livr", "unpkg" + r"\.com", "cdn" + "js"]
    places = [rf"(?<![\w.*-])/{top}/[\w.]" for top in ("work", "root", "home", "Users", "opt")]
    pattern = re.compile("|".join([*hosts, *options, *cdns, *places]))
    found = []
    for path in tracked():
        if "vendor" in path.parts:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {m[0]}" for m in pattern.finditer(text)]
    assert not found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)", text)
    named = re.findall(r"`((?:graph_model|loaders|queries|api|tests|docs)/[\w/.-]+\.\w+)`", text)
    lost = [link for link in links if not (page.parent / link).exists()]
    lost += [name for name in named if not (ROOT / name).exists()]
    assert not lost


def test_requirements_are_hashed_and_name_no_index() -> None:
    names = {}
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = read(file)
        pins = re.findall(
            r"^([a-z0-9][\w.-]*)==([^\s;]+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M
        )
        assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.M))
        assert "://" not in text
        names[file] = {(name, version) for name, version, _ in pins}
    assert names["requirements.txt"] <= names["requirements-dev.txt"]
    wanted = tomllib.loads(read("pyproject.toml"))["project"]
    extras = wanted["optional-dependencies"]
    for file, lists in (
        ("requirements.txt", [wanted["dependencies"], extras["local"], extras["build"]]),
        ("requirements-dev.txt", [wanted["dependencies"], *extras.values()]),
    ):
        for requirement in (r for one in lists for r in one):
            name = re.split(r"[<>=~! \[]", requirement)[0].lower()
            assert name in {n for n, _ in names[file]}, f"{file} lacks {name}: run make requirements"


def test_versions_agree() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert version == api_app.VERSION
    assert f"## [{version}]" in read("CHANGELOG.md")
    assert f"neo4j:{DEFAULT_VERSION}" in read("compose.yaml")
    lts = re.findall(r"^LTS=(\S+)$", read(".ci/run"), re.M)
    assert lts
    assert (LOCKS / f"{lts[0]}.lock").exists()


def test_another_stored_form_has_another_number() -> None:
    """Stores tell versions apart by it: two versions with one number would rewrite each other's by turns."""
    told = (cypher.FORM, cypher.schema_digest())
    assert told == (4, "0145dec677ee0b73"), "raise FORM in graph_model/cypher.py, and write both here"


def test_compose_is_safe_by_default() -> None:
    text = read("compose.yaml")
    ports = re.findall(r'^\s+- "?([\d.:]+)"?$', text, re.M)
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "${CREDITGRAPH_NEO4J_PASSWORD:?" in text


# --- docstrings -------------------------------------------------------------------------------------------


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Public functions and classes of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def test_modules_and_questions_have_docstrings() -> None:
    lost: list[Any] = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if ast.get_docstring(tree) is None:
                lost.append(str(path.relative_to(ROOT)))
            if package == "queries":
                functions = (node for node in public(tree) if isinstance(node, ast.FunctionDef))
                lost += [f"{path.name}: {node.name}" for node in functions if ast.get_docstring(node) is None]
    assert not lost


def test_notebooks_carry_no_output() -> None:
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs"), f"{path.name} carries outputs: run nbstripout on it"


# --- the commands that the pages show ------------------------------------------------------------------------------


def shown_commands() -> list[tuple[str, list[str]]]:
    """(page, words) of every command in a block of a page that people write."""
    found = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        lines = (line for line in code_lines(page.read_text(encoding="utf-8")) if line.startswith("creditgraph "))
        found += [(page.name, shlex.split(re.split(r"\s{3,}", line)[0])[1:]) for line in lines]
    return found


@pytest.mark.parametrize(("page", "words"), shown_commands())
def test_a_command_that_a_page_shows_is_one_and_names_what_is_there(page: str, words: list[str]) -> None:
    """What it names is in the demo store, or `…` shows that the reader's own stands there."""
    command: Any = typer.main.get_command(app)
    left = list(words)
    while hasattr(command, "commands") and left and not left[0].startswith("-"):
        command = command.commands[left.pop(0)]
    context = command.context_class(command, info_name=command.name)
    if "…" not in left:  # a word that stands for others
        command.make_parser(context).parse_args(left)  # an option that there is not is refused
    assert nobody_in(" ".join(words)) == set()
