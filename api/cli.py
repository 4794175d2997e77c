"""The command line `creditgraph`: each command is one call of a function of `loaders` or `queries`.

Answers go to standard output, as text or with `--json` as JSON alone; everything else goes to standard error.
Exit codes: 0 done, 2 bad input, 5 the store is away; look-ups with `--fail-on-hit`: 0 clear, 3 hit, 4 cannot say.
"""

import csv
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from api import casework, exchange, law, mapping, same_person
from api import codes as codes_commands
from api import demo as demonstration
from api import quality as supplied
from api.ownership import ownership_command
from api.terminal import (
    AsOfOption,
    FailOption,
    HopsOption,
    JsonOption,
    KnownAtOption,
    PartyArgument,
    StoreOption,
    ask,
    day_of,
    err,
    finish,
    graph_of,
    out,
    print_json,
    progress,
    start_progress,
)
from graph_model import local_neo4j
from graph_model.errors import BadRequest, ConfigError, CreditGraphError, SourceError, StoreUnavailable
from graph_model.keys import Keys, load_keys
from graph_model.rules import RulePack, load_pack
from graph_model.settings import Settings
from graph_model.store import Graph, today
from loaders import sample as sample_source
from loaders.bulk import bulk_load
from loaders.derive import Derived, derive_into
from loaders.drafts import SourceDescription
from loaders.dryrun import Preview, preview
from loaders.engine import Loaded, find_files, load
from loaders.follow import follow
from loaders.mapped import source_named
from loaders.review import Held, hold, refuse, release, review
from loaders.snapshots import sweep_run
from loaders.sources import SOURCES
from queries import ledger as ledger_queries
from queries.consequences import consequences_from, consequences_of
from queries.exposure import exposure
from queries.lookup import lookup
from queries.parties import find

app = typer.Typer(
    name="creditgraph",
    help="Which legal measure reaches whom, by which clause and path; and who near a party is blacklisted.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
db = typer.Typer(help="The managed local Neo4j: start, stop, status, reset.", no_args_is_help=True)
ledger = typer.Typer(help="What was loaded, and what was not taken, and why.", invoke_without_command=True)
app.add_typer(db, name="db")
app.add_typer(law.rules, name="rules")
app.add_typer(mapping.mapping, name="mapping")
app.add_typer(ledger, name="ledger")
app.add_typer(casework.events, name="events")
app.add_typer(supplied.catalogue, name="catalogue")
app.add_typer(supplied.organs, name="organs")
app.add_typer(same_person.same_person, name="same-person")
app.add_typer(codes_commands.codes, name="codes")
app.add_typer(codes_commands.entity, name="entity")


# --- commands ---------------------------------------------------------------------------------------------


@app.command()
def demo(
    size: Annotated[int, typer.Option(help="Companies in the sample.")] = sample_source.DEFAULT_SIZE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.")] = 1,
    store: StoreOption = "demo",
) -> None:
    """A worked example on an invented province: fetch, start, load, derive, decide, answer.

    Run again it changes nothing.
    """
    settings, pack = Settings(), load_pack()
    keys = load_keys(settings)
    if settings.neo4j_uri:
        raise ConfigError(
            "The demo never writes invented people into your own Neo4j: unset CREDITGRAPH_NEO4J_URI for it."
        )
    folder = settings.data_dir / "sample" / f"{size}-{seed}"
    with graph_of(store) as graph:
        err.print(f"1  sample: {size} invented companies → {folder}")
        _generate(size, seed, folder)
        err.print("2  load")
        before = graph.position()
        runs = _load_sample(graph, keys, folder)
        out.print(_runs_table([asdict(r) for r in runs]))
        err.print("3  derive")
        derived = _derive(graph, pack, everything=False)
        out.print(_counts_table(ledger_queries.counts(graph)))
        err.print("4  people decide: confirmations, an objection, a lifting")
        demonstration.decide_once(graph, pack, keys, today=today())
        demonstration.show_story(out, graph, pack, keys, today=today())
        changes = graph.position() - before
        out.rule("下一步 What to type next")
        name = sample_source.STORY.far.name
        out.print(
            f"changes written: {changes}; sanctions derived: {derived.sanctions}\n"
            f"  .venv/bin/creditgraph lookup {name} --store {store}\n"
            f"  .venv/bin/creditgraph find 食品 --store {store}\n"
            f"  .venv/bin/creditgraph due --within 20wd --store {store}\n"
            f"  .venv/bin/creditgraph serve --store {store}      the explorer, in a browser\n"
            f"  .venv/bin/creditgraph db stop --store {store}    stop its Neo4j",
            highlight=False,
        )


@app.command()
def sample(
    size: Annotated[int, typer.Option(help="Companies.")] = sample_source.DEFAULT_SIZE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("sample"),
    as_json: JsonOption = False,
) -> None:
    """Write an invented province as source files.

    Example: [dim]creditgraph sample --size 3000 --seed 1 --out sample[/dim]
    """
    counts = _generate(size, seed, folder)
    if as_json:
        print_json(counts)
    else:
        out.print(counts)


def _generate(size: int, seed: int, folder: Path) -> dict[str, Any]:
    with progress() as bar:
        task = bar.add_task("sample", total=None)
        return sample_source.generate(
            size, seed, folder, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )


@app.command("load")
def load_command(
    source: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(SOURCES))}; or a mapping (.yaml).")],
    path: Annotated[Path, typer.Argument(help="A file, or a folder with the files of the source.")],
    data_date: Annotated[
        date | None,
        typer.Option("--data-date", parser=day_of, metavar="DATE", help="Day for which the data speaks."),
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
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a file or folder; every row is accepted, rejected with its reason, or a duplicate.

    Examples:

    [dim]creditgraph load court-limits orders.json[/dim]

    [dim]creditgraph load shuanggongshi penalties.xlsx --dry-run[/dim]

    [dim]creditgraph load shuanggongshi --follow inbox --once[/dim]

    [dim]creditgraph load sample province --bulk[/dim]
    """
    if sum((dry_run, hold_for is not None, follow_folder, bulk)) > 1:
        raise BadRequest("--dry-run, --hold, --follow and --bulk exclude each other.")
    described = source_named(source)
    settings = Settings()
    keys = load_keys(settings)
    if follow_folder:
        _follow(store, keys, described, path, data_date, once=once, as_json=as_json)
        return
    find_files(described, path)  # a wrong path or file is told before anything is started
    if bulk:
        with progress() as bar:
            items = [(described, path)]
            done = bulk_load(settings, keys, items, store=store, data_date=data_date, progress=_bulk_progress(bar))
        _show_runs([asdict(r) for r in done], as_json)
        return
    with graph_of(store) as graph:
        if dry_run:
            _show_previews([asdict(p) for p in _preview(graph, keys, described, path, data_date)], as_json)
            return
        if hold_for is not None:
            held = hold(
                graph, keys, settings, described, path, by=settings.author, reason=hold_for, data_date=data_date
            )
            _show_held(held, as_json)
            return
        runs = [asdict(r) for r in _load(graph, keys, described, path, data_date)]
    _show_runs(runs, as_json)


def _show_runs(runs: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(runs)
    else:
        out.print(_runs_table(runs))
        if any(r["rejected"] for r in runs):
            err.print("Rejected rows are kept: creditgraph ledger rejected RUN", style="yellow")
        _say_held(runs)


def _row_progress(bar: Progress) -> Callable[[str, int, int], None]:
    tasks: dict[str, Any] = {}

    def told(file: str, rows: int, rejected: int) -> None:
        if file not in tasks:
            tasks[file] = bar.add_task(file, total=None)
        bar.update(tasks[file], completed=rows, description=f"{file} ({rejected} rejected)")

    return told


def _bulk_progress(bar: Progress) -> Callable[[str, int, int], None]:
    """Rows of the files, then the phases: import (%), check, caches."""
    rows, phases = _row_progress(bar), {"import": "导入 import", "check": "核对 check", "caches": "缓存 caches"}
    totals, tasks = {"import": 400, "check": 1, "caches": None}, {}

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


def _load(
    graph: Graph, keys: Keys, source: SourceDescription, path: Path, data_date: date | None = None
) -> list[Loaded]:
    with progress() as bar:
        return load(graph, keys, source, path, data_date=data_date, progress=_row_progress(bar))


def _preview(graph: Graph, keys: Keys, source: SourceDescription, path: Path, data_date: date | None) -> list[Preview]:
    with progress() as bar:
        return preview(graph, keys, source, path, data_date=data_date, progress=_row_progress(bar))


def _show_previews(previews: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(previews)
        return
    out.print(_runs_table(previews))
    for p in previews:
        new = [f"{n} new {what}" for counts in (p["parties"], p["facts"]) for what, n in counts.items()]
        faults = [f"{n} rejected: {code}" for code, n in p["faults"].items()]
        lines = [*new, f"{p['superseded']} facts replaced", f"{p['absent']} facts absent", *faults]
        out.print(f"{p['file']}: {', '.join(lines)}", highlight=False, soft_wrap=True)
        if p["held"]:
            out.print(f"{p['file']}: nothing would be marked as absent: {p['held']}", style="yellow", soft_wrap=True)
    out.print("Nothing was written.", style="bold")


def _show_held(held: list[Held], as_json: bool) -> None:
    if as_json:
        print_json([asdict(h) for h in held])
        return
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
    *,
    once: bool,
    as_json: bool,
) -> None:
    """Each file with a line of its own; with --json a JSON object a line."""
    with graph_of(store) as graph:
        err.print(f"following {folder} for {source.id}; stop with Ctrl-C", highlight=False)
        with suppress(KeyboardInterrupt):
            for place, result in follow(folder, lambda path: _load(graph, keys, source, path, day), once=once):
                where = f"{place.parent.name}/{place.name}"
                if as_json:
                    told = (
                        {"error": str(result)}
                        if isinstance(result, SourceError)
                        else {"runs": list(map(asdict, result))}
                    )
                    print(json.dumps({"file": where, **told}, ensure_ascii=False, default=str), flush=True)
                elif isinstance(result, SourceError):
                    out.print(f"{where}: {result}", style="red", highlight=False, soft_wrap=True)
                else:
                    counts = "; ".join(
                        f"{r.rows_in} rows = {r.accepted} accepted + {r.rejected} rejected + {r.duplicate} duplicate"
                        for r in result
                    )
                    out.print(f"{where}: {counts}", highlight=False, soft_wrap=True)


def _load_sample(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    runs = _load(graph, keys, SOURCES["sample"], folder)
    others = (
        ("shuanggongshi", "penalties.csv"),
        ("shuanggongshi", "licences.csv"),
        ("court-limits", "court_limits.json"),
    )
    for source, file in others:
        runs += _load(graph, keys, SOURCES[source], folder / file)
    return runs


@app.command()
def derive(
    everything: Annotated[bool, typer.Option("--all", help="All sanctions, not only the touched ones.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Derive which measures follow for whom from the facts that changed."""
    with graph_of(store) as graph:
        done = _derive(graph, load_pack(), everything=everything)
    if as_json:
        print_json(asdict(done))
    else:
        out.print(
            f"{done.sanctions} sanctions: {done.created} consequences written, {done.removed} removed, "
            f"{done.kept} unchanged",
            highlight=False,
        )


def _derive(graph: Graph, pack: RulePack, *, everything: bool) -> Derived:
    with progress() as bar:
        task = bar.add_task("derive", total=None)
        return derive_into(
            graph,
            pack,
            everything=everything,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


@app.command("find")
def find_command(
    text: Annotated[str, typer.Argument(help="Key, code, number, name, part of a name, former name.")],
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find parties. Example: [dim]creditgraph find 湘江[/dim]"""
    with graph_of(store) as graph:
        answer = find(graph, text, as_of=today(), hash=load_keys(Settings()).hash, limit=limit)
    finish(answer, load_pack(), as_json, False)


@app.command("lookup")
def lookup_command(
    text: PartyArgument,
    hops: HopsOption = 3,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The main question: own sanctions, legal consequences, related-party hits, each with its path.

    Example: [dim]creditgraph lookup 91430100MA4T00019U --json --fail-on-hit[/dim]
    """
    pack = load_pack()
    with graph_of(store) as graph:
        answer = lookup(
            graph,
            pack,
            text,
            hops=hops,
            as_of=as_of or today(),
            known_at=known_at,
            hash=load_keys(Settings()).hash,
        )
    finish(answer, pack, as_json, fail)


RETIRED_FOR = ("source_organ", "credit_authority", "subject")
"""Who may see what was repaired, corrected or withdrawn: its owner, a supervisor, and the party itself."""


@app.command("consequences")
def consequences_command(
    text: Annotated[str, typer.Argument(metavar="KEY_OR_NAME", help="A party, or the key of a sanction (s-…).")],
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    retired: Annotated[
        bool,
        typer.Option("--retired", help="Also what was repaired, corrected or withdrawn; needs --as and --purpose."),
    ] = False,
    role: Annotated[
        str | None, typer.Option("--as", metavar="ROLE", help=f"For --retired: {', '.join(RETIRED_FOR)}.")
    ] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help="For --retired: why it is looked at.")] = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which measures reach this party; or, for a sanction, whom does it reach?

    Example: [dim]creditgraph consequences 91430100MA4T00019U --as-of 2024-06-30[/dim]
    """
    if retired and (role not in RETIRED_FOR or not purpose):
        raise BadRequest(
            "Repaired, corrected and withdrawn items are for the owning organ, a supervisor and the party itself: "
            f"--as {' | '.join(RETIRED_FOR)}, and --purpose."
        )
    if text.startswith("s-"):
        pack = load_pack()
        with graph_of(store) as graph:
            answer = consequences_from(graph, pack, text, as_of=as_of or today(), known_at=known_at, retired=retired)
    else:
        answer, pack = ask(
            store,
            text,
            "consequences",
            as_of,
            lambda g, p, key, day: consequences_of(g, p, key, as_of=day, known_at=known_at, retired=retired),
        )
    finish(answer, pack, as_json, fail)


@app.command("exposure")
def exposure_command(
    text: PartyArgument,
    hops: HopsOption = 3,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    unconfirmed: Annotated[
        bool, typer.Option("--include-unconfirmed", help="Also across judgements `unsure` of the same person.")
    ] = False,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who near this party is sanctioned, by which path? Information, never a penalty.

    Example: [dim]creditgraph exposure 688001.SH --hops 3[/dim]
    """
    answer, pack = ask(
        store,
        text,
        "exposure",
        as_of,
        lambda g, p, key, day: exposure(
            g, key, hops=hops, as_of=day, known_at=known_at, include_unconfirmed=unconfirmed
        ),
    )
    finish(answer, pack, as_json, fail)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; loopback by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8321,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the explorer in a browser.")] = True,
    store: StoreOption = None,
) -> None:
    """Serve the API (/docs) and the explorer (/)."""
    from api.server import run

    with graph_of(store) as graph:
        run(graph, Settings(), host=host, port=port, browser=browser, console=err)


@db.command("start")
def db_start(store: StoreOption = None) -> None:
    """Start the local Neo4j of a store, or say where it runs."""
    with progress() as bar:
        server = local_neo4j.start(Settings(), store, progress=start_progress(bar))
    out.print(f"{server.store}: {server.uri} (pid {server.pid}, Neo4j {server.version})", highlight=False)


@db.command("stop")
def db_stop(store: StoreOption = None) -> None:
    """Stop the local Neo4j of a store; its data stay."""
    out.print("stopped" if local_neo4j.stop(Settings(), store) else "was not running")


@db.command("status")
def db_status(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Which stores are there, and which run?"""
    settings = Settings()
    names = [store] if store else local_neo4j.stores(settings)
    found = [local_neo4j.status(settings, name) for name in names]
    if as_json:
        print_json([s._asdict() for s in found])
        return
    table = Table("store", "running", "uri", "pid", "version", "MB", box=None)
    for s in found:
        running = "yes" if s.running else "no"
        table.add_row(s.store, running, s.uri or "", str(s.pid or ""), s.version or "", str(s.size // 1_000_000))
    out.print(table)


@db.command("reset")
def db_reset(
    store: StoreOption = None, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Delete a local store with all that is in it."""
    name = store or Settings().store
    if not yes:
        typer.confirm(f"Delete the local store {name!r} with all its data?", abort=True, err=True)
    out.print("deleted" if local_neo4j.reset(Settings(), name) else "there was none")


@ledger.callback()
def ledger_list(ctx: typer.Context, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Every file loaded: rows in = accepted + rejected + duplicate."""
    if ctx.invoked_subcommand:
        return
    with graph_of(store) as graph:
        runs = [r.model_dump() for r in ledger_queries.runs(graph)]
    if as_json:
        print_json(runs)
    else:
        out.print(_runs_table(runs))


@ledger.command("show")
def ledger_show(
    run: Annotated[str, typer.Argument(help="Run id, as the ledger shows it.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """One run: its counts, and how often each kind of fault stopped a row."""
    with graph_of(store) as graph:
        found = ledger_queries.run_of(graph, run)
        faults = Counter((r["code"], r["field"] or "") for r in ledger_queries.rejected(graph, run))
    if as_json:
        rows = [{"code": code, "field": field or None, "rows": n} for (code, field), n in faults.most_common()]
        print_json({**found.model_dump(), "faults": rows})
        return
    out.print(_runs_table([found.model_dump()]))
    table = Table("code", "field", "rows", box=None)
    for (code, field), n in faults.most_common():
        table.add_row(code, field, str(n))
    out.print(table)


@ledger.command("rejected")
def ledger_rejected(
    run: Annotated[str, typer.Argument(help="Run id, as the ledger shows it.")],
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

    Example: [dim]creditgraph ledger rejected shuanggongshi-8cfa4d46f3ff5fba --out mend.csv[/dim]
    """
    with graph_of(store) as graph:
        ledger_queries.run_of(graph, run)
        rows = ledger_queries.rejected(graph, run)
        if file is not None:
            whole = ledger_queries.rejected_rows(graph, load_keys(Settings()).cipher, run)
            write_private(file, whole)
            err.print(f"{len(whole)} rows; they hold people's data as it came", highlight=False)
            return
    if as_json:
        print_json(rows)
        return
    table = Table("line", "field", "code", "reason", "what to do", box=None)
    for r in rows:
        table.add_row(str(r["line"]), r["field"] or "", r["code"], r["reason"], r["todo"] or "")
    out.print(table)


@ledger.command("sweep")
def ledger_sweep(
    run: Annotated[str, typer.Argument(help="Run id of a snapshot, as the ledger shows it.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a snapshot is whole: what it no longer has is absent since its day.

    Loading does this by itself, unless the file may be a part or has newly rejected rows: then a person decides.

    Example: [dim]creditgraph ledger sweep ashare2020-8cfa4d46f3ff5fba[/dim]
    """
    with graph_of(store) as graph, progress() as bar:
        task = bar.add_task("absent", total=None)
        sweep_run(graph, run, lambda done, total: bar.update(task, completed=done, total=total))
        found = ledger_queries.run_of(graph, run)
    if as_json:
        print_json(found)
    else:
        out.print(_runs_table([found.model_dump()]))


RunArgument = Annotated[str, typer.Argument(help="Run id, as the ledger shows it.")]
AuthorOption = Annotated[str, typer.Option("--as", help="Who decides.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]


@ledger.command("review")
def ledger_review(
    run: RunArgument, author: AuthorOption, reason: ReasonOption, store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """A held file was looked at and may be released (审核).

    Example: [dim]creditgraph ledger review nfra-8cfa4d46f3ff5fba --as 'Li' --reason 'agrees with the notice'[/dim]
    """
    with graph_of(store) as graph:
        _show_held([review(graph, run, by=author, reason=reason)], as_json)


@ledger.command("refuse")
def ledger_refuse(
    run: RunArgument, author: AuthorOption, reason: ReasonOption, store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """A held file is not to count; its copy is kept.

    Example: [dim]creditgraph ledger refuse nfra-8cfa4d46f3ff5fba --as 'Li' --reason 'sent by mistake'[/dim]
    """
    with graph_of(store) as graph:
        _show_held([refuse(graph, run, by=author, reason=reason)], as_json)


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

    Example: [dim]creditgraph ledger release nfra-8cfa4d46f3ff5fba --as 'Wang' --reason 'reviewed by Li'[/dim]
    """
    settings = Settings()
    keys = load_keys(settings)
    with graph_of(store) as graph, progress() as bar:
        source = source_named(mapped_by or ledger_queries.run_of(graph, run).source)
        told = _row_progress(bar)
        runs = [asdict(release(graph, keys, settings, source, run, by=author, reason=reason, progress=told))]
    if as_json:
        print_json(runs)
    else:
        out.print(_runs_table(runs))
        _say_held(runs)


def write_private(file: Path, rows: list[dict[str, str]]) -> None:
    """A CSV that only its owner may read."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


@app.command()
def check(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Is everything in order? Rules, id key, Neo4j, schema, and the ledger's sums."""
    settings = Settings()
    pack = load_pack()
    results = [{"what": "rules", "ok": True, "detail": f"{len(pack.rules)} rows pass schema and guards"}]
    keys = load_keys(settings)
    results.append({"what": "id key", "ok": True, "detail": f"fingerprint {keys.fingerprint}"})
    with graph_of(store) as graph:
        graph.prepare(keys.fingerprint)
        results.append({"what": "neo4j", "ok": True, "detail": f"{graph.name}, position {graph.position()}"})
        for r in ledger_queries.runs(graph):
            sums = r.rows_in == r.accepted + r.rejected + r.duplicate
            ok = sums and r.state == "complete"
            detail = f"{r.rows_in} = {r.accepted} + {r.rejected} + {r.duplicate}, {r.state}"
            results.append({"what": f"ledger {r.file}", "ok": ok, "detail": detail})
    if as_json:
        print_json(results)
    else:
        table = Table("", "what", "detail", box=None)
        for item in results:
            table.add_row("[green]ok[/]" if item["ok"] else "[red]no[/]", str(item["what"]), str(item["detail"]))
        out.print(table)
    if not all(item["ok"] for item in results):
        raise typer.Exit(1)


def _runs_table(runs: list[dict[str, Any]]) -> Table:
    table = Table("来源 source", "文件 file", "读入 in", "接受", "拒绝", "重复", "缺失 absent", "批次 run", box=None)
    for r in runs:
        note = "" if r.get("changed", True) else " (unchanged)"
        counts = [str(r[k]) for k in ("rows_in", "accepted", "rejected", "duplicate")]
        table.add_row(r["source"], r["file"] + note, *counts, str(r["absent"] or ""), r["run"])
    return table


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


def _counts_table(counts: dict[str, int]) -> Table:
    table = Table(*counts, box=None)
    table.add_row(*(str(n) for n in counts.values()))
    return table


for name, command in (
    ("template", mapping.template),
    ("what-if", law.what_if_command),
    ("why-not", law.why_not_command),
    ("incentives", law.incentives_command),
    ("confirm", casework.confirm),
    ("record", casework.record),
    ("objection", casework.objection),
    ("repair", casework.repair),
    ("task", casework.task),
    ("tasks", casework.tasks_command),
    ("due", casework.due_command),
    ("explain", casework.explain),
    ("ownership", ownership_command),
    ("quality", supplied.quality_command),
    ("export", exchange.export),
):
    app.command(name)(command)


def main() -> None:
    """Entry point: errors a user is meant to read come without a traceback."""
    try:
        app()
    except StoreUnavailable as error:
        err.print(f"[red]Neo4j:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(5)
    except CreditGraphError as error:
        err.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
