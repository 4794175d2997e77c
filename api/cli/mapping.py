"""Spreadsheets of one's own, on the command line: propose a mapping, check it, and templates for those who supply data."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli.lazy import command_group
from api.cli.loading import SourceArgument, say_left_out
from api.cli.terminal import JsonOption, err, out, print_json, progress, tell
from graph_model.errors import BadRequest
from graph_model.schema import RELATIONSHIP_BY_TYPE
from loaders.drafts import SourceDescription, SourceFile
from loaders.mapping.parse import read_mapping, unfinished
from loaders.mapping.preview import MappingPreview, preview
from loaders.mapping.propose import propose
from loaders.mapping.shape import FACTS, PartyShape, explained
from loaders.mapping.source import describe, source_named
from loaders.reading.headers import left_out, meaning_of
from loaders.reading.lines import named

mapping = command_group("A spreadsheet of your own: propose a mapping, and check it.")

TableArgument = Annotated[Path, typer.Argument(help="CSV, XLSX or JSON.")]


# --- new -------------------------------------------------------------------------------------------------------


@mapping.command("new")
def new_command(
    file: TableArgument,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", dir_okay=False, help="Write it to this file; else it is printed.")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="The organ that owns the data.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Id of the source: small letters, digits, hyphens.")] = None,
) -> None:
    """Propose a mapping for a spreadsheet; its comments say why, and what is uncertain.

    Example: creditgraph mapping new penalties.xlsx -o penalties.yaml --owner 郴州市应急管理局
    """
    if output is not None and output.exists():
        raise BadRequest(f"{output} exists already, and may be edited: choose another name, or take it away.")
    found = propose(file, owner=owner, id=id)
    for source in found.fits:
        err.print(f"The columns are those of a built-in source: creditgraph load {source} {file.name}", style="yellow")
    if output is None:
        out.print(found.text, markup=False, highlight=False, soft_wrap=True, end="")
        return
    output.write_text(found.text, encoding="utf-8")
    err.print(f"{output}: {found.todo} TODO. Then: creditgraph mapping check {output} {file}", highlight=False)


# --- check -----------------------------------------------------------------------------------------------------


@mapping.command("check")
def check_command(
    mapping: Annotated[Path, typer.Argument(help="The mapping (YAML).")],
    file: Annotated[Path, typer.Argument(help="A file, or a folder, that it is for.")],
    rows: Annotated[int, typer.Option("--rows", min=0, max=10_000, help="So many rows are shown as facts.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the first rows as facts, and which rows of the whole file would be rejected. Nothing is written.

    Exit code 2 when mapping and file do not fit.

    Example: creditgraph mapping check penalties.yaml penalties.xlsx
    """
    read = read_mapping(mapping)
    description = describe(read)
    with progress() as bar:
        task = bar.add_task("check", total=None)
        found = preview(
            description,
            file,
            rows=rows,
            progress=lambda name, done, bad: bar.update(task, completed=done, description=f"{name} ({bad} rejected)"),
        )
    todo = unfinished(read)

    def show(_: object) -> None:
        for one in found:
            _show_file(one)
        say_left_out([asdict(one) for one in found])
        if todo:
            err.print(f"The mapping still says TODO at: {', '.join(todo)}. Nothing loads before.", style="yellow")
        else:
            out.print(f"To load it: creditgraph load {mapping} {file}", highlight=False)

    tell({"source": description.id, "todo": todo, "files": found}, as_json, show)


def _show_file(found: MappingPreview) -> None:
    out.rule(Text(named(Path(found.file), found.sheet)), style="dim")
    for shown in found.shown:
        out.print(Text(f"第 {shown.line} 行 line {shown.line}", style="bold"))
        if shown.fault is not None:
            out.print(Text(f"  拒绝 rejected: {shown.fault}", style="red"), soft_wrap=True)
        for said in shown.facts:
            ends = said.start if said.end is None else f"{said.start} → {said.end}"
            out.print(Text(f"  {said.zh} {said.type}  {ends}"), soft_wrap=True)
            values = "; ".join(f"{key} {_value(value)}" for key, value in said.values.items())
            if values:
                out.print(Text(f"      {values}", style="dim"), soft_wrap=True)
    out.print()
    table = Table("行 rows", "拒绝 rejected", "可载入 loadable", box=None)
    table.add_row(str(found.rows), str(found.rejected), str(found.rows - found.rejected))
    out.print(table)
    facts = Table("事实 facts", "", "条 number", box=None)
    for kind, n in found.facts.items():
        facts.add_row(getattr(RELATIONSHIP_BY_TYPE.get(kind), "ZH", "基本信息"), kind, str(n))
    out.print(facts)
    parties = Table("主体 parties", "个 number", box=None)
    for how, n in found.parties.items():
        parties.add_row(how, str(n))
    out.print(parties)
    if found.replaced:
        err.print(
            f"{found.replaced} rows say something else than an earlier row of the same decision or record "
            f"(lines {_lines(found.replaced_lines, found.replaced)}): the last one counts. Does the number tell them "
            "apart?",
            style="yellow",
        )
    if found.faults:
        faults = Table(
            "拒绝 rejected", "代码 code", "字段 field", "原因 reason", "行 lines", "怎么办 what to do", box=None
        )
        for f in found.faults:
            f.reason += f": {'、'.join(f.values)}" if f.values else ""
            faults.add_row(*map(Text, (str(f.rows), f.code, f.field, f.reason, _lines(f.lines, f.rows), f.todo)))
        out.print(faults)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _lines(lines: list[int], total: int) -> str:
    return ", ".join(map(str, lines)) + (" …" if total > len(lines) else "")


# --- template --------------------------------------------------------------------------------------------------


def template(
    source: SourceArgument,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", dir_okay=False, help="Where to; default SOURCE.xlsx.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="A JSON Schema of a row instead; printed, unless --out is given.")
    ] = False,
) -> None:
    """An empty spreadsheet for those who supply data to a source, each column explained; or a JSON Schema of a row.

    Example: creditgraph template shuanggongshi -o penalties.xlsx
    """
    description = source_named(source)
    if schema:
        if output is None:
            print_json(schema_of(description))
        else:
            text = json.dumps(schema_of(description), ensure_ascii=False, indent=2) + "\n"
            _free(output).write_text(text, encoding="utf-8")
        return
    path = output or Path(f"{description.id}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise BadRequest(f"A template is a workbook: name it {path.stem}.xlsx.")
    several = len(description.files) > 1
    for number, part in enumerate(description.files, 1):
        name = Path(part.pattern).stem if part.pattern != "*" else str(number)
        target = _free(path.with_stem(f"{path.stem}-{name}") if several else path)
        write_template(target, description, part)
        out.print(str(target), highlight=False)


def _free(path: Path) -> Path:
    if path.exists():
        raise BadRequest(f"{path} exists already, and may be filled in: choose another name, or take it away.")
    return path


def columns_asked(part: SourceFile) -> dict[str, str]:
    """Column → what it holds: those without which a file is refused, then the others that are read."""
    read = {name: text for name, text in part.fields.items() if "not loaded" not in text and "not read" not in text}
    return {name: part.fields.get(name, "") for name in part.columns} | read


def required_of(part: SourceFile) -> tuple[str, ...]:
    """The columns whose cells may not be empty."""
    return part.columns if part.needed is None else part.needed


def in_both(column: str, text: str) -> tuple[str, str]:
    """What a column holds, in Chinese and in English."""
    if both := re.fullmatch(r"([^a-z:]*[\u4e00-\u9fff][^a-z:]*): (.*[a-z]{3}.*)", text):  # 证件类型: what is read of it
        return both[1], both[2]
    found = meaning_of(column)
    known = _known(found[0]) if found and found[1] else (left_out(column) or "")
    chinese = re.findall(r"[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]", f"{text} {known}")
    if text and not re.search(r"[a-z]{3}", text):
        zh = text
    else:
        zh = column if re.search(r"[\u4e00-\u9fff]", column) else "；".join(dict.fromkeys(chinese))
    en = text if re.search(r"[a-z]{3}", text) else known
    return zh or column, re.sub(r"\s*[(（][^()（）]*[\u4e00-\u9fff][^()（）]*[)）]", "", en) or column


def _known(meaning: str) -> str:
    group, key = meaning.split(".")
    kinds = {"decision": FACTS["sanction"], "share": FACTS["shareholding"], **FACTS}
    if group == "file":
        return {"owner": "who owns the statement (数据来源单位)", "data_date": "day of the data (数据日期)"}[key]
    return explained(kinds.get(group, PartyShape), key)


def write_template(path: Path, description: SourceDescription, part: SourceFile) -> None:
    """A workbook with the columns of one kind of file, all of them text so that no code loses a zero."""
    import xlsxwriter  # here: it takes a quarter of a second, and hardly any command writes a workbook

    asked, required = columns_asked(part), required_of(part)
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        text = book.add_format({"num_format": "@"})
        plain = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
        needed = book.add_format({"num_format": "@", "bold": True, "bottom": 1, "bg_color": "#FFE9A8"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        data = book.add_worksheet("数据 data")
        data.freeze_panes(1, 0)
        about = book.add_worksheet("说明 columns")
        for n, name in enumerate(asked):
            data.set_column(n, n, max(12, min(40, 2 * len(name))), text)
            data.write_string(0, n, name, needed if name in required else plain)
        about.set_column(0, 0, 32)
        about.set_column(1, 1, 14)
        about.set_column(2, 3, 60)
        about.write_row(0, 0, ["列 column", "必填 required", "说明", "meaning"], plain)
        for n, (name, said) in enumerate(asked.items(), 1):
            about.write_row(n, 0, [name, "是 yes" if name in required else "否 no", *in_both(name, said)], wrapped)
        below = len(asked) + 2
        about.write_string(below, 0, f"{description.title_zh} {description.title} ({description.id})")
        about.write_string(
            below + 1, 0, "黄色列必填;不要改动列名。 Yellow columns are required; leave the names as they are."
        )


def schema_of(description: SourceDescription) -> dict[str, Any]:
    """A JSON Schema (2020-12) of a row: one for each kind of file, under `anyOf` when there are several."""
    rows = []
    for part in description.files:
        asked = columns_asked(part)
        properties = {}
        for name, text in asked.items():
            zh, en = in_both(name, text)
            filled = {"type": "string", "minLength": 1} if name in required_of(part) else {"type": ["string", "null"]}
            properties[name] = {**filled, "title": zh, "description": en}
        rows.append({"type": "object", "properties": properties, "required": list(required_of(part))})
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{description.title_zh} {description.title}",
        "description": f"A row of source {description.id}. Owner: {description.owner}.",
    }
    return {**head, **rows[0]} if len(rows) == 1 else {**head, "anyOf": rows}
