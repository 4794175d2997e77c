"""Commands about what owners supply: quality, the reporting catalogue, the table of organs."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from api.cli import show
from api.cli.exit_codes import BAD_INPUT
from api.cli.language import in_words
from api.cli.lazy import command_group
from api.cli.terminal import (
    AsOfOption,
    JsonOption,
    KnownAtOption,
    StoreOption,
    day_of,
    err,
    graph_of,
    out,
    tell,
)
from api.cli.terminal import progress as progress_bar
from graph_model.catalogue import MODES
from graph_model.errors import BadRequest
from graph_model.record_classes import organ_roles, record_classes
from graph_model.rules import load_pack
from graph_model.store.connect import today
from loaders.load.catalogue import check_catalogue, load_catalogue, read_catalogue
from loaders.sources import SOURCES
from queries.supply import catalogue as catalogue_queries
from queries.supply.organs import OrganRef, Organs, OwnerToday, owner_today
from queries.supply.organs import organs as all_organs
from queries.supply.quality import OwnerQuality, PartOfWhole, Quality, quality

catalogue = command_group("The reporting catalogue (信用信息数据报送清单): who reports what how often; what is late.")
organs = command_group("Organs: names over time, roles, parents, successors; who answers for an old document.")

CatalogueArgument = Annotated[Path, typer.Argument(help="The catalogue: YAML, or a table (CSV, XLSX, JSON).")]


# --- quality ----------------------------------------------------------------------------------------------


def quality_command(
    owner: Annotated[str | None, typer.Option("--owner", help="Only owners whose name holds this.")] = None,
    since: Annotated[
        date | None,
        typer.Option("--since", parser=day_of, metavar="DATE", help="Timeliness of decisions from this day on."),
    ] = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """How complete, right, timely and consistent is what each owner supplied, and who wrote?

    Example: creditgraph quality --owner 郴州市市场监督管理局 --since 2026-01-01
    """
    with graph_of(store) as graph, progress_bar() as bar:
        bar.add_task("quality", total=None)
        answer = quality(graph, load_pack(), owner=owner, since=since, known_at=known_at)
    tell(answer, as_json, _show_quality)


def _share(share: PartOfWhole) -> str:
    ratio = "—" if share.ratio is None else f"{share.ratio:.1%}"
    return f"{ratio} ({share.part}/{share.whole})"


def _show_quality(answer: Quality) -> None:
    term = answer.overall.timeliness.term_days
    table = Table(
        Column("归属单位 Owner", overflow="fold"),
        *("事实 Facts", "完整 Complete", "接受 Rows taken", "代码 Codes"),
        *(f"{term}个工作日内 Within {term} wd", "中位 Median", "最长 Worst", "日期不明 Undated", "矛盾 Contradictions"),
        box=None,
    )
    for figures in (answer.overall, *answer.owners):
        table.add_row(*_figures(figures), style="bold" if figures.owner is None else "")
    out.print(table)
    for figures in answer.owners if answer.owner else []:
        for kind in figures.kinds:
            missing = "; ".join(f"{name} {n}" for name, n in kind.missing.items())
            name = f"{show.type_words(kind.fact)} {kind.kind or ''}".strip()
            out.print(f"  {figures.owner}: {name} {_share(kind.filled)}  缺 missing {missing or '—'}", highlight=False)
    rows = Table("来源 Source", "批次 Runs", "读入 In", "接受", "拒绝", "重复", "原因 Faults", box=None)
    for s in answer.sources:
        faults = "; ".join(f"{code} {of.part} ({of.ratio or 0:.2%})" for code, of in s.shares.items())
        rows.add_row(
            s.source, *(str(n) for n in (s.runs, s.rows_in, s.accepted, s.rejected, s.duplicate)), faults or "—"
        )
    out.print(rows)
    for c in answer.contradictions:
        about = f" {c.about.name or c.about.key}" if c.about else ""
        line = Text(f"矛盾 {c.kind} {c.field}: {c.party.name or c.party.key}{about}", style="yellow")
        for said in c.said:
            line.append(
                f"\n    {'—' if said.value is None else said.value}  {said.owner or ''}  ({said.source})",
                style="default",
            )
        out.print(line)
    writers = Table("作者 Author", "类别 Kind", "次数 Changes", box=None)
    for w in answer.writers:
        writers.add_row(w.author, w.kind, str(w.changes))
    out.print(writers)
    for cut in answer.cut:
        out.print(Text(f"未列出 Cut: {in_words(cut.detail)}", style="magenta"))


def _figures(f: OwnerQuality) -> list[str]:
    time = f.timeliness
    return [
        f.owner or "全部 All",
        str(f.facts),
        _share(f.completeness),
        _share(f.rows),
        _share(f.codes),
        _share(time.within),
        "—" if time.median_days is None else f"{time.median_days:g}",
        "—" if time.worst_days is None else str(time.worst_days),
        str(time.unknown),
        str(f.contradictions),
    ]


# --- catalogue --------------------------------------------------------------------------------------------


@catalogue.command("check")
def catalogue_check(file: CatalogueArgument, as_json: JsonOption = False) -> None:
    """Is this file a catalogue? All its faults, with line and field; nothing is written.

    Example: creditgraph catalogue check catalogue.yaml
    """
    found, faults = check_catalogue(file)
    sources = sorted({item.source for item in found.items}) if found else []
    notes = [f"the source {source} is none that this version reads" for source in sources if source not in SOURCES]

    def show_faults(_: object) -> None:
        for fault in faults:
            err.print(str(fault), style="red", highlight=False, markup=False, soft_wrap=True)
        for note in notes:
            err.print(note, style="yellow", highlight=False, markup=False)
        if found:
            out.print(f"version {found.version}: {len(found.items)} items, no fault", highlight=False)

    rows = [{"line": f.line, "field": f.field, "value": f.value, "reason": f.reason} for f in faults]
    answer = {"ok": not faults, "items": len(found.items) if found else 0, "faults": rows, "notes": notes}
    tell(answer, as_json, show_faults)
    if faults:
        raise typer.Exit(BAD_INPUT)


@catalogue.command("load")
def catalogue_load(file: CatalogueArgument, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Put a version of the catalogue in force. From then on rows of owners that it does not have are quarantined.

    Example: creditgraph catalogue load catalogue.yaml
    """
    wanted = read_catalogue(file)
    with graph_of(store, empty=True) as graph:
        changed = load_catalogue(graph, wanted)
    note = "in force" if changed else "in force already, nothing changed"
    tell(
        {"version": wanted.version, "items": len(wanted.items), "changed": changed},
        as_json,
        lambda v: out.print(f"version {v['version']}: {v['items']} items, {note}", highlight=False),
    )


@catalogue.command("show")
def catalogue_show(known_at: KnownAtOption = None, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """The catalogue in force: items, owners, periods, bases.

    Example: creditgraph catalogue show
    """
    with graph_of(store, empty=True) as graph:
        answer = catalogue_queries.catalogue(graph, known_at=known_at)
    tell(answer, as_json, _show_catalogue)


def _show_catalogue(answer: catalogue_queries.ReportingCatalogue) -> None:
    filed = f"备案 filed {show.day(answer.filed_on)} {answer.filed_with or ''} {answer.filing_number or ''}".rstrip()
    out.print(f"版本 version {answer.version} · {filed} · 入库 loaded {answer.loaded_at}", highlight=False)
    modes = {mode: zh for zh, mode in MODES.items()}
    table = Table(
        "事项 Item", "归属单位 Owner", "来源", "类别 Class", "周期 Period", "方式 Mode", "依据 Basis", box=None
    )
    for i in answer.items:
        table.add_row(
            *(i.item, i.owner, i.source, record_classes()[i.record_class].zh, i.period),
            *(f"{modes[i.mode]} {i.mode}", i.legal_basis),
        )
    out.print(table)


@catalogue.command("due")
def catalogue_due(as_of: AsOfOption = None, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Who owes what how often, when was the last delivery, what is late and by how many working days?

    Example: creditgraph catalogue due --json
    """
    with graph_of(store, empty=True) as graph:
        answer = catalogue_queries.catalogue_due(graph, as_of=as_of or today())
    tell(answer, as_json, _show_late)


def _show_late(answer: catalogue_queries.CatalogueDue) -> None:
    table = Table("归属单位 Owner", "事项 Item", "周期", "上次 Last", "应报 Due", "逾期 Late (wd)", box=None)
    for r in answer.rows:
        due = "—" if r.due is None else f"{r.due}{' (暂定)' if r.provisional else ''}"
        late = "—" if r.late is None else (str(r.late_working_days) if r.late else "否 no")
        last = r.last_day.isoformat() if r.last_day else "从未 never"
        table.add_row(r.owner, r.item, r.period, last, due, late, style="red" if r.late else "")
    out.print(table)


# --- organs -----------------------------------------------------------------------------------------------


@organs.command("list")
def organs_list(known_at: KnownAtOption = None, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """All organs, those of a table of organs first.

    Example: creditgraph organs list --json
    """
    with graph_of(store, empty=True) as graph:
        answer = all_organs(graph, known_at=known_at)
    tell(answer, as_json, _show_organs)


def _show_organs(answer: Organs) -> None:
    table = Table("机关 Organ", "地区 Area", "职责 Roles", "上级 Part of", "承继 Succeeded by", box=None)
    for o in answer.rows:
        links = [
            "; ".join(
                f"{link.organ.name} {show.period(link.since, None) if link.since else ''}".strip() for link in rows
            )
            for rows in (o.parents, o.successors)
        ]
        table.add_row(o.name or o.key, o.region or "", ", ".join(o.roles), *links)
    out.print(table)
    out.print(f"{answer.total} organs, {answer.listed} of them in a table of organs", highlight=False)
    for cut in answer.cut:
        out.print(Text(f"未列出 Cut: {in_words(cut.detail)}", style="magenta"))


@organs.command("show")
def organs_show(
    name: Annotated[str, typer.Argument(help="Full name of the organ, as the document has it.")],
    day: Annotated[
        date | None, typer.Option("--on", parser=day_of, metavar="DAY", help="Day of the document; default: not known.")
    ] = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which organ answers today for a document of then? Several successors and circles are told, never decided.

    Example: creditgraph organs show 郴州市工商行政管理局 --on 2017-07-10
    """
    if not name.strip():
        raise BadRequest("Name the organ.")
    with graph_of(store) as graph:
        answer = owner_today(graph, name.strip(), day, as_of=as_of or today(), known_at=known_at)
    tell(answer, as_json, _show_owner)


STATUS = {
    "found": ("今由 answers today", "green"),
    "unknown": ("查无此机关 unknown", "magenta"),
    "ambiguous": ("不能确定 ambiguous", "yellow"),
    "cycle": ("承继成环 circle", "red"),
}


def _show_owner(answer: OwnerToday) -> None:
    words, style = STATUS[answer.status]
    head = Text(f"{answer.name} · {show.day(answer.day)} · {answer.as_of} · ")
    head.append(words, style=style)
    if answer.answers:
        head.append(f" {answer.answers.name}", style="bold")
    out.print(head)
    if answer.reason:
        out.print(Text(in_words(answer.reason), style="dim"))
    for organ in answer.bearers:
        _show_organ(organ)
    for node in answer.candidates:
        out.print(f"  · {node.name or node.key}", highlight=False)
    if len(answer.path) > 1:
        out.print(show.path_lines(answer.path))
    for note in answer.reading:
        out.print(Text(f"读法 Reading   {in_words(note)}", style="dim"))


def _show_organ(organ: OrganRef) -> None:
    out.print(Text(f"{organ.name}  {organ.code or ''}  {organ.region or ''}  {organ.key}", style="bold"))
    for name in organ.names:
        out.print(f"  名称 Name      {name.name}  {show.period(name.since, name.until)}", highlight=False)
    for role in organ.roles:
        about = organ_roles().get(role)
        out.print(f"  职责 Role      {role} {f'{about.zh} ({about.en})' if about else ''}", highlight=False)
    for link in organ.parents:
        out.print(f"  上级 Part of   {link.organ.name}", highlight=False)
    for link in organ.successors:
        out.print(f"  承继 Succeeded by {link.organ.name}  {show.day(link.since)}", highlight=False)
