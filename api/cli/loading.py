"""The command line: loading files, and the ledger of what was loaded and what was not."""

import csv
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from api.cli.lazy import command_group
from api.cli.terminal import (
    AuthorOption,
    JsonOption,
    ReasonOption,
    StoreOption,
    day_of,
    err,
    graph_of,
    out,
    progress,
    tell,
)
from graph_model.errors import BadRequest, SourceError
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.decisions.corrections import settle
from loaders.drafts import SourceDescription
from loaders.load.bulk import bulk_load
from loaders.load.dry_run import LoadPreview, preview
from loaders.load.engine import Loaded, load
from loaders.load.files import find_files
from loaders.load.follow import follow
from loaders.load.review import Held, hold, refuse, release, review
from loaders.load.snapshots import sweep_run
from loaders.mapping.source import source_named
from loaders.reading.lines import named
from loaders.sources import SOURCES
from queries.supply import ledger as ledger_queries

ledger = command_group("What was loaded, and what was not taken, and why.", alone=True)

SourceArgument = Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(SOURCES))}; or a mapping (.yaml).")]
RunArgument = Annotated[str, typer.Argument(help="Run id, as the ledger shows it.")]


def _check_ways(*others: bool, bulk: bool, projection: bool) -> None:
    if projection and not bulk:
        raise BadRequest("--projection goes with --bulk; elsewhere: creditgraph projection build.")
    if sum((*others, bulk)) > 1:
        raise BadRequest("--dry-run, --hold, --follow and --bulk exclude each other.")


def _bulk(
    settings: Settings,
    keys: Keys,
    described: SourceDescription,
    path: Path,
    store: str | None,
    data_date: date | None,
    delivery: int | None,
    projection: bool,
) -> list[Loaded]:
    with progress() as bar:
        return bulk_load(
            settings,
            keys,
            [(described, path)],
            store=store,
            data_date=data_date,
            delivery=delivery,
            projection=projection,
            progress=_bulk_progress(bar),
        )


def _hold(
    graph: Graph,
    keys: Keys,
    settings: Settings,
    described: SourceDescription,
    path: Path,
    reason: str,
    data_date: date | None,
    delivery: int | None,
) -> list[Held]:
    by = settings.author
    return hold(graph, keys, settings, described, path, by=by, reason=reason, data_date=data_date, delivery=delivery)


def load_command(
    source: SourceArgument,
    path: Annotated[Path, typer.Argument(help="A file, or a folder with the files of the source.")],
    data_date: Annotated[
        date | None,
        typer.Option("--data-date", parser=day_of, metavar="DATE", help="Day for which the data speaks."),
    ] = None,
    delivery: Annotated[
        int | None,
        typer.Option(min=1, help="Which delivery of its day it is: 2 corrects what was sent for the same day before."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    hold_for: Annotated[
        str | None,
        typer.Option("--hold", metavar="REASON", help="Only receive it: it counts when it was reviewed and released."),
    ] = None,
    follow_folder: Annotated[
        bool,
        typer.Option("--follow", help="PATH is a folder: load what is dropped there, move it to done or rejected."),
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="With --follow: stop when the folder is empty.")] = False,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="First load of millions: Neo4j's offline import into an empty local store.")
    ] = False,
    projection: Annotated[
        bool, typer.Option("--projection", help="With --bulk: also write the copy that screen and serve answer from.")
    ] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a file or folder; every row is accepted, rejected with its reason, or a duplicate.

    Example: creditgraph load court-limits orders.json

    Example: creditgraph load shuanggongshi penalties.xlsx --dry-run

    Example: creditgraph load shuanggongshi --follow inbox --once

    Example: creditgraph load sample province --bulk --projection
    """
    _check_ways(dry_run, hold_for is not None, follow_folder, bulk=bulk, projection=projection)
    described = source_named(source)
    keys = load_keys(settings := Settings())
    if follow_folder:
        _follow(store, keys, described, path, data_date, delivery, once=once, as_json=as_json)
        return
    find_files(described, path)  # a wrong path or file is told before anything is started
    if bulk:
        done = _bulk(settings, keys, described, path, store, data_date, delivery, projection)
        tell(done, as_json, _show_runs)
        return
    with graph_of(store, empty=True) as graph:
        if dry_run:
            tell(_preview(graph, keys, described, path, data_date, delivery), as_json, _show_previews)
            return
        if hold_for is not None:
            tell(_hold(graph, keys, settings, described, path, hold_for, data_date, delivery), as_json, _show_held)
            return
        done = load_files(graph, keys, described, path, data_date, delivery)
    tell(done, as_json, _show_runs)


def _show_runs(done: list[Loaded]) -> None:
    runs = [asdict(run) for run in done]
    out.print(runs_table(runs))
    say_left_out(runs)
    if any(r["rejected"] for r in runs):
        err.print("Rejected rows are kept: creditgraph ledger rejected RUN", style="yellow")
    _say_held(runs)
    _say_contested(runs)


def _row_progress(bar: Progress) -> Callable[[str, int, int], None]:
    tasks: dict[str, Any] = {}

    def told(file: str, rows: int, rejected: int) -> None:
        if file not in tasks:
            tasks[file] = bar.add_task(file, total=None)
        bar.update(tasks[file], completed=rows, description=f"{file} ({rejected} rejected)")

    return told


def _bulk_progress(bar: Progress) -> Callable[[str, int, int], None]:
    """Rows of the files, then the phases: import (%), check, caches, projection."""
    rows, phases = _row_progress(bar), {"import": "导入 import", "check": "核对 check", "caches": "缓存 caches"}
    phases["projection"] = "副本 projection"
    totals, tasks = {"import": 400, "check": 1, "caches": None, "projection": 1}, {}

    def told(phase: str, done: int, rejected: int) -> None:
        if phase not in phases:
            rows(phase, done, rejected)
            return
        if phase not in tasks:
            tasks[phase] = bar.add_task(phases[phase], total=totals[phase])
            if not err.is_terminal:
                err.print(f"{phases[phase]} …")
        bar.update(tasks[phase], completed=done)

    return told


def load_files(
    graph: Graph,
    keys: Keys,
    source: SourceDescription,
    path: Path,
    data_date: date | None = None,
    delivery: int | None = None,
) -> list[Loaded]:
    """Loads files of a source, with a bar for each.

    Args:
        path: a file, or a folder with the files of the source.
        data_date: day for which they speak; None: as the file says.
        delivery: which delivery of that day; None: the first.
    """
    with progress() as bar:
        told = _row_progress(bar)
        return load(graph, keys, source, path, data_date=data_date, delivery=delivery, progress=told)


def _preview(
    graph: Graph, keys: Keys, source: SourceDescription, path: Path, data_date: date | None, delivery: int | None
) -> list[LoadPreview]:
    with progress() as bar:
        told = _row_progress(bar)
        return preview(graph, keys, source, path, data_date=data_date, delivery=delivery, progress=told)


def _show_previews(found: list[LoadPreview]) -> None:
    previews = [asdict(one) for one in found]
    out.print(runs_table(previews))
    say_left_out(previews)
    for p in previews:
        new = [f"{n} new {what}" for counts in (p["parties"], p["facts"]) for what, n in counts.items()]
        faults = [f"{n} rejected: {code}" for code, n in p["faults"].items()]
        lines = [*new, f"{p['superseded']} facts replaced", f"{p['absent']} facts absent", *faults]
        name = named(Path(p["file"]), p["sheet"])
        out.print(Text(f"{name}: {', '.join(lines)}"), soft_wrap=True)
        if p["held"]:
            out.print(Text(f"{name}: nothing would be marked as absent: {p['held']}", style="yellow"), soft_wrap=True)
    _say_contested(previews)
    out.print("Nothing was written.", style="bold")


def _show_held(held: list[Held]) -> None:
    table = Table("来源 source", "文件 file", "状态 state", "批次 run", box=None)
    for h in held:
        table.add_row(h.source, h.file, h.state, h.run)
    out.print(table)


def _follow(
    store: str | None,
    keys: Keys,
    source: SourceDescription,
    folder: Path,
    day: date | None,
    delivery: int | None,
    *,
    once: bool,
    as_json: bool,
) -> None:
    """Each file with a line of its own; with --json a JSON object a line."""
    with graph_of(store, empty=True) as graph:
        err.print(f"following {folder} for {source.id}; stop with Ctrl-C", highlight=False)
        with suppress(KeyboardInterrupt):
            one = partial(load_files, graph, keys, source, data_date=day, delivery=delivery)
            for place, result in follow(folder, one, once=once):
                failed = isinstance(result, SourceError)
                told = {"error": str(result)} if failed else {"runs": [asdict(r) for r in result]}
                tell({"file": f"{place.parent.name}/{place.name}", **told}, as_json, _show_followed, one_line=True)


def _show_followed(done: dict[str, Any]) -> None:
    where = done["file"]
    if "error" in done:
        out.print(f"{where}: {done['error']}", style="red", highlight=False, soft_wrap=True)
        return
    runs = done["runs"]
    say_left_out(runs)
    counts = "; ".join(
        f"{r['rows_in']} rows = {r['accepted']} accepted + {r['rejected']} rejected + {r['duplicate']} duplicate"
        for r in runs
    )
    out.print(f"{where}: {counts}", highlight=False, soft_wrap=True)
    _say_contested(runs)


# --- the ledger -------------------------------------------------------------------------------------------


@ledger.callback()
def ledger_list(ctx: typer.Context, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Every file loaded: rows in = accepted + rejected + duplicate.

    Example: creditgraph ledger --json
    """
    if ctx.invoked_subcommand:
        return
    with graph_of(store, empty=True) as graph:
        runs = [r.model_dump() for r in ledger_queries.runs(graph)]
    tell(runs, as_json, lambda _: out.print(runs_table(runs)))


@ledger.command("show")
def ledger_show(
    run: RunArgument,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """One run: its counts, and how often each kind of fault stopped a row.

    Example: creditgraph ledger show shuanggongshi-8cfa…
    """
    with graph_of(store, empty=True) as graph:
        found = ledger_queries.run_of(graph, run)
        faults = Counter((r["code"], r["field"] or "") for r in ledger_queries.rejected(graph, run))
    rows = [{"code": code, "field": field or None, "rows": n} for (code, field), n in faults.most_common()]
    tell({**found.model_dump(), "faults": rows}, as_json, _show_run)


def _show_run(run: dict[str, Any]) -> None:
    out.print(runs_table([run]))
    out.print(
        f"数据日期 data date {run['data_date'] or '不明 unknown'}, 当日批次 delivery {run['delivery']}", highlight=False
    )
    _say_contested([run])
    table = Table("code", "field", "rows", box=None)
    for fault in run["faults"]:
        table.add_row(fault["code"], fault["field"] or "", str(fault["rows"]))
    out.print(table)


@ledger.command("rejected")
def ledger_rejected(
    run: RunArgument,
    file: Annotated[
        Path | None,
        typer.Option(
            "--out", dir_okay=False, help="Write the rows whole to a CSV: mended, it loads again. Keep it safe."
        ),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The rows of a run that were not taken: line, field, reason, what to do.

    Example: creditgraph ledger rejected shuanggongshi-8cfa… --out mend.csv
    """
    with graph_of(store, empty=True) as graph:
        of = ledger_queries.run_of(graph, run)
        rows = ledger_queries.rejected(graph, run)
        if file is not None:
            whole = ledger_queries.rejected_rows(graph, load_keys(Settings()).cipher, run)
            write_private(file, whole)
            err.print(f"{len(whole)} rows; they hold people's data as it came", highlight=False)
            return
    tell(rows, as_json, lambda _: _show_rejected(named(Path(of.file), of.sheet), rows))


def _show_rejected(name: str, rows: list[dict[str, Any]]) -> None:
    out.print(Text(name, style="bold"))
    table = Table("line", "field", "code", "reason", "what to do", box=None)
    for r in rows:
        table.add_row(str(r["line"]), r["field"] or "", r["code"], r["reason"], r["todo"] or "")
    out.print(table)


@ledger.command("settle")
def ledger_settle(
    ref: Annotated[str, typer.Argument(metavar="RUN:LINE", help="The rejected row, as answers name it.")],
    author: AuthorOption,
    reason: ReasonOption,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a rejected row is no doubt about the body that it names, and why. `codes undo` takes it back.

    Put right and loaded, a row is no doubt by itself: this is for rows that never will be.

    Example: creditgraph ledger settle shuanggongshi-8cfa…:7 --author 王芳 --reason 处罚机关函复系误报
    """
    run, _, line = ref.rpartition(":")
    if not (run and line.isdecimal()):
        raise BadRequest(f"{ref!r} is no RUN:LINE: take it from an answer, or from creditgraph ledger rejected RUN.")
    with graph_of(store, empty=True) as graph:
        done = settle(graph, run, int(line), author=author, reason=reason)
    tell({"id": done.id, "row": ref}, as_json, lambda told: out.print(f"{told['id']} {told['row']}", highlight=False))


@ledger.command("sweep")
def ledger_sweep(
    run: Annotated[str, typer.Argument(help="Run id of a snapshot, as the ledger shows it.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a snapshot is whole: what it no longer has is absent since its day.

    Loading does this by itself, unless the file may be a part or has newly rejected rows: then a person decides.

    Example: creditgraph ledger sweep ashare2020-8cfa…
    """
    with graph_of(store, empty=True) as graph, progress() as bar:
        task = bar.add_task("absent", total=None)
        sweep_run(graph, run, lambda done, total: bar.update(task, completed=done, total=total))
        found = ledger_queries.run_of(graph, run)
    tell(found, as_json, lambda _: out.print(runs_table([found.model_dump()])))


@ledger.command("review")
def ledger_review(
    run: RunArgument, author: AuthorOption, reason: ReasonOption, store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """A held file was looked at and may be released (审核).

    Example: creditgraph ledger review nfra-8cfa… --author 'Li' --reason 'agrees with the notice'
    """
    with graph_of(store, empty=True) as graph:
        tell([review(graph, run, by=author, reason=reason)], as_json, _show_held)


@ledger.command("refuse")
def ledger_refuse(
    run: RunArgument, author: AuthorOption, reason: ReasonOption, store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """A held file is not to count; its copy is kept.

    Example: creditgraph ledger refuse nfra-8cfa… --author 'Li' --reason 'sent by mistake'
    """
    with graph_of(store, empty=True) as graph:
        tell([refuse(graph, run, by=author, reason=reason)], as_json, _show_held)


@ledger.command("release")
def ledger_release(
    run: RunArgument,
    author: AuthorOption,
    reason: ReasonOption,
    mapped_by: Annotated[
        str | None, typer.Option("--mapping", metavar="FILE", help="The mapping under which it was received.")
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a held file that was reviewed: now it counts.

    Example: creditgraph ledger release nfra-8cfa… --author 'Wang' --reason 'reviewed by Li'
    """
    settings = Settings()
    keys = load_keys(settings)
    with graph_of(store, empty=True) as graph, progress() as bar:
        source = source_named(mapped_by or ledger_queries.run_of(graph, run).source)
        told = _row_progress(bar)
        runs = [release(graph, keys, settings, source, run, by=author, reason=reason, progress=told)]
    tell(runs, as_json, _show_released)


def _show_released(done: list[Loaded]) -> None:
    runs = [asdict(run) for run in done]
    out.print(runs_table(runs))
    _say_held(runs)
    _say_contested(runs)


def write_private(file: Path, rows: list[dict[str, str]]) -> None:
    """A CSV that only its owner may read."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def runs_table(runs: list[dict[str, Any]]) -> Table:
    """Lines of the ledger, or previews of them: what was read, and what became of it."""
    table = Table("来源 source", "文件 file", "读入 in", "接受", "拒绝", "重复", "缺失 absent", "批次 run", box=None)
    for r in runs:
        note = "" if r.get("changed", True) else " (unchanged)"
        counts = [str(r[k]) for k in ("rows_in", "accepted", "rejected", "duplicate")]
        table.add_row(r["source"], named(Path(r["file"]), r["sheet"]) + note, *counts, str(r["absent"] or ""), r["run"])
    return table


def _say_contested(runs: list[dict[str, Any]]) -> None:
    """Which files contradict another one of their day, and what to do."""
    for r in runs:
        if r["contested"] and r.get("changed", True):
            err.print(
                f"{r['file']}: another file of the same day and delivery says otherwise of {r['contested']} rows "
                "(同日矛盾). Neither is newer; one was chosen, always the same. If this file is the correction, load it "
                f"again with --delivery {r['delivery'] + 1}. What both say: creditgraph quality",
                style="yellow",
                highlight=False,
                soft_wrap=True,
            )


def say_left_out(tables: list[dict[str, Any]]) -> None:
    """What of a file is no row and was not loaded: lines above the names of the columns, and whole sheets."""
    for file in dict.fromkeys(r["file"] for r in tables):
        of_file = [r for r in tables if r["file"] == file]
        above = [f"{r['sheet'] or ''} {r['lines_above']}".strip() for r in of_file if r["lines_above"]]
        if above:
            _say(f"{file}: 跳过表头以上的行 lines above the header skipped: {'、'.join(above)}")
        if sheets := [sheet for r in of_file for sheet in r["sheets_left_out"]]:
            _say(
                f"{file}: 跳过的工作表 sheets skipped, without these columns, without rows or hidden: {'、'.join(sheets)}"
            )


def _say(text: str) -> None:
    err.print(Text(text, style="yellow"), soft_wrap=True)


def _say_held(runs: list[dict[str, Any]]) -> None:
    """Which snapshots were not compared with older ones, and what to do."""
    for r in runs:
        if r["held"] and r.get("changed", True):
            err.print(
                f"{r['file']}: nothing was marked as absent: {r['held']}. If it is whole: creditgraph ledger sweep {r['run']}",
                style="yellow",
                highlight=False,
                soft_wrap=True,
            )
