"""The command line `creditgraph`: each command is one call of a function of `loaders` or `queries`.

Answers go to standard output, as text or with `--json` as JSON alone; everything else goes to standard error.
Exit codes: 0 done, 2 bad input, 5 the store is away; look-ups with `--fail-on-hit`: 0 clear, 3 hit, 4 cannot say.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli import casework, checks, law, loading, mapping, same_person, whitelist
from api.cli import codes as codes_commands
from api.cli import demo as demonstration
from api.cli import export as exchange
from api.cli import projection as projection_commands
from api.cli import quality as supplied
from api.cli.loading import load_files, runs_table
from api.cli.overview import overview_command
from api.cli.ownership import ownership_command
from api.cli.paths import circle_command, common_command, paths_command
from api.cli.screen import screen_command
from api.cli.terminal import (
    AsOfOption,
    FailOption,
    HopsOption,
    JsonOption,
    KnownAtOption,
    PartyArgument,
    StoreOption,
    ask,
    err,
    finish,
    graph_of,
    out,
    print_json,
    progress,
    start_progress,
)
from graph_model.errors import BadRequest, ConfigError, CreditGraphError, StoreUnavailable
from graph_model.rules import RulePack, load_pack
from graph_model.schema import HUB_DEGREE
from graph_model.store import local_neo4j
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.derive import Derived, derive_into
from loaders.load.engine import Loaded
from loaders.sample import province as sample_source
from loaders.sources import SOURCES
from queries.law.consequences import consequences_from, consequences_of
from queries.lookup import lookup
from queries.network.exposure import SHOWN_PATHS, exposure
from queries.party.parties import find
from queries.supply import ledger as ledger_queries

app = typer.Typer(
    name="creditgraph",
    help="Which legal measure reaches whom, by which clause and path; and who near a party is blacklisted.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
db = typer.Typer(help="The managed local Neo4j: start, stop, status, reset.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(law.rules, name="rules")
app.add_typer(mapping.mapping, name="mapping")
app.add_typer(projection_commands.projection, name="projection")
app.add_typer(loading.ledger, name="ledger")
app.add_typer(casework.events, name="events")
app.add_typer(checks.check, name="check")
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
        out.print(runs_table([asdict(r) for r in runs]))
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


def _load_sample(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    runs = load_files(graph, keys, SOURCES["sample"], folder)
    others = (
        ("shuanggongshi", "penalties.csv"),
        ("shuanggongshi", "licences.csv"),
        ("court-limits", "court_limits.json"),
    )
    for source, file in others:
        runs += load_files(graph, keys, SOURCES[source], folder / file)
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
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Walk only this type: X both ways, 'X>' along its direction, '<X' against it."),
    ] = None,
    min_share: Annotated[float, typer.Option(help="Walk no holding that is certainly less: 0.25 is 25 %.")] = 0.0,
    hub_degree: Annotated[int, typer.Option(help="Do not walk through nodes with more neighbours.")] = HUB_DEGREE,
    paths: Annotated[int, typer.Option(help="Shortest paths to show for each hit.")] = SHOWN_PATHS,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who near this party is sanctioned, by which path? Information, never a penalty.

    Example: [dim]creditgraph exposure 688001.SH --hops 3 --type 'HOLDS_SHARES_IN' --min-share 0.05[/dim]
    """
    answer, pack = ask(
        store,
        text,
        "exposure",
        as_of,
        lambda g, p, key, day: exposure(
            g,
            key,
            hops=hops,
            as_of=day,
            known_at=known_at,
            include_unconfirmed=unconfirmed,
            types=types,
            min_share=min_share,
            hub_degree=hub_degree,
            paths=paths,
        ),
    )
    finish(answer, pack, as_json, fail)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; loopback by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8321,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the explorer in a browser.")] = True,
    projection: Annotated[
        bool, typer.Option("--projection/--no-projection", help="Answer exposures from a copy in memory.")
    ] = True,
    store: StoreOption = None,
) -> None:
    """Serve the API (/docs) and the explorer (/)."""
    from api.http.server import run

    with graph_of(store) as graph:
        run(graph, Settings(), host=host, port=port, browser=browser, console=err, copy=projection)


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


@checks.check.callback(invoke_without_command=True)
def check(context: typer.Context, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Is everything in order? Rules, id key, Neo4j, schema, and the ledger's sums. With a command: checks with a clause.

    Example: [dim]creditgraph check[/dim], or [dim]creditgraph check tender HN-2026-001[/dim]
    """
    if context.invoked_subcommand is not None:
        return
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


def _counts_table(counts: dict[str, int]) -> Table:
    table = Table(*counts, box=None)
    table.add_row(*(str(n) for n in counts.values()))
    return table


for name, command in (
    ("load", loading.load_command),
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
    ("paths", paths_command),
    ("common", common_command),
    ("circle", circle_command),
    ("overview", overview_command),
    ("screen", screen_command),
    ("quality", supplied.quality_command),
    ("export", exchange.export),
    ("whitelist", whitelist.whitelist_command),
    ("supervise", whitelist.supervise_command),
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
