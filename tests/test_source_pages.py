"""docs/sources: each source has its page, in step with the code, and what it says can be done."""

import ast
import re
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer.main

from api.cli.root import app
from loaders import docs
from loaders.drafts import SourceDescription, SourceFile
from loaders.reading.sheets import UNTOLD_CELLS
from loaders.sources import SOURCES, registry

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "sources"


def test_pages_are_in_step() -> None:
    assert {p.name: p.read_text(encoding="utf-8") for p in FOLDER.glob("*")} == docs.pages(), "stale: run make docs"


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda s: s.id)
def test_a_page_says_all_that_is_described(source: SourceDescription) -> None:
    page = docs.pages()[f"{source.id}.md"]
    assert f"]({source.id}.md)" in docs.pages()["README.md"]
    for text in (source.title, source.title_zh, source.owner, source.coverage, source.licence, *source.triggers):
        assert text in page
    for part in source.files:
        for column in (*part.columns, *part.fields):
            assert f"| `{column}` |" in page.replace("\\|", "|")
        for meaning in part.fields.values():
            assert meaning.replace("|", "\\|") in page


def test_calls_and_links_on_the_pages_are_right(tmp_path: Path) -> None:
    group: Any = typer.main.get_command(app)
    load = group.commands["load"]
    for name, page in docs.pages().items():
        calls = re.findall(r"^creditgraph load (.+)$", page, re.M)
        assert bool(calls) == (name != "README.md")
        for call in calls:
            assert load.make_context("load", call.split()).params["source"] == name.removesuffix(".md")
        for link in re.findall(r"\]\(([^)]+)\)", page):
            assert link in docs.pages()
    for readme in ("README.md", "README.zh.md"):
        assert "](docs/sources/README.md)" in (ROOT / readme).read_text(encoding="utf-8")


def test_every_code_of_the_reader_is_explained() -> None:
    used: set[str] = {code for *_, code in UNTOLD_CELLS.values()}
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "loaders" / "reading").glob("*.py")]
    for call in chain.from_iterable(ast.walk(ast.parse(text)) for text in texts):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "row_fault":
            used |= {str(k.value.value) for k in call.keywords if k.arg == "code" and isinstance(k.value, ast.Constant)}
    assert {
        "ragged-row",
        "repeated-header",
        "bad-quotes",
        "bad-json",
        "rounded-number",
        "no-value",
        "error-value",
    } == used
    assert used | {"misplaced-id", "too-long", "missing-value", "bad-value"} <= set(docs.CODES)


def test_what_is_rejected_is_read_from_the_code() -> None:
    page = docs.pages()["registry.md"]
    for row in (
        "| `missing-value` | 企业名称 | is empty, but required |",
        "| `invalid-code` | 统一社会信用代码 | is no unified social credit code: … |",
        "| `bad-value` | 注册资金 | is no amount of money |",
        "| `bad-value` | 注册日期 | is no date, or a day that does not exist |",
    ):
        assert row in page


def test_a_source_that_is_added_gets_its_page(tmp_path: Path) -> None:
    def by_name(path: Path) -> str:
        """the province in the name of the file"""
        return path.stem

    partition: Any = by_name
    part = SourceFile("*", ("甲|乙",), registry.drafts, fields={"甲|乙": "a | b"})
    other = SourceDescription(
        *("new", "New", "新", "某机关", "snapshot", "all", "none", (part,)),
        partition=partition,
        dated_by=lambda path: None,
        data_date=date(2026, 6, 30),
        triggers=("NOT_IN_THE_PACK",),
    )
    made = docs.pages({"new": other})
    assert set(made) == {"README.md", "new.md"}
    for text in ("the province in the name of the file", "2026-06-30", "`NOT_IN_THE_PACK`", "甲\\|乙", "全量"):
        assert text in made["new.md"]
    (tmp_path / "gone.md").write_text("")
    docs.main(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == set(docs.pages())
