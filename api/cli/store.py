"""The store and what it serves: the local Neo4j of each store, the API with the explorer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.cli.lazy import command_group
from api.cli.terminal import JsonOption, StoreOption, err, graph_of, out, progress, start_progress, tell
from graph_model.store import local_neo4j
from graph_model.store.settings import Settings

if TYPE_CHECKING:
    from loaders.upgrade import UpgradePlan

db = command_group("The managed local Neo4j: start, stop, status, upgrade, recover, reset.")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; loopback by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8321,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the explorer in a browser.")] = True,
    projection: Annotated[
        bool, typer.Option("--projection/--no-projection", help="Answer exposures from a copy in memory.")
    ] = True,
    tls_certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", metavar="FILE", help="Certificate with its chain (PEM).")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key (PEM).")] = None,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="A proxy in front speaks https with whoever asks: say so only if it does.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Serve the API (/docs) and the explorer (/).

    Without keys it listens on this machine alone. On another address it needs a key and TLS, or a proxy that speaks it.

    Example: creditgraph serve --store demo --no-open
    Example: creditgraph serve --host 10.0.0.5 --tls-certificate cert.pem --tls-key key.pem
    """
    from api.http.server import Secured, run

    secured, settings = Secured(tls_certificate, tls_key, proxy), Settings()
    secured.examine(host, settings)  # before a store is started for nothing
    with graph_of(store, empty=True) as graph:
        run(graph, settings, host=host, port=port, browser=browser, console=err, copy=projection, secured=secured)


@db.command("start")
def db_start(store: StoreOption = None) -> None:
    """Start the local Neo4j of a store, or say where it runs.

    Example: creditgraph db start --store demo
    """
    with start_progress() as told:
        server = local_neo4j.start(Settings(), store, progress=told)
    out.print(f"{server.store}: {server.uri} (pid {server.pid}, Neo4j {server.version})", highlight=False)


@db.command("stop")
def db_stop(store: StoreOption = None) -> None:
    """Stop the local Neo4j of a store; its data stay.

    Example: creditgraph db stop --store demo
    """
    out.print("stopped" if local_neo4j.stop(Settings(), store) else "was not running")


@db.command("status")
def db_status(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Which stores are there, and which run?

    Example: creditgraph db status --json
    """
    settings = Settings()
    names = [store] if store else local_neo4j.stores(settings)
    found = [local_neo4j.status(settings, name) for name in names]
    tell([s._asdict() for s in found], as_json, lambda _: _show_stores(found))


def _show_stores(found: list[local_neo4j.Status]) -> None:
    table = Table("store", "running", "uri", "pid", "version", "MB", box=None)
    for s in found:
        running = "damaged: creditgraph db recover" if s.damaged else "yes" if s.running else "no"
        table.add_row(s.store, running, s.uri or "", str(s.pid or ""), s.version or "", str(s.size // 1_000_000))
    out.print(table)


@db.command("recover")
def db_recover(store: StoreOption = None) -> None:
    """Set another password for a local store whose state file (state.json) is lost or damaged; its data stay.

    Example: creditgraph db recover --store main
    """
    with start_progress() as told:
        server = local_neo4j.recover(Settings(), store, progress=told)
    out.print(f"{server.store}: {server.uri} (pid {server.pid}, Neo4j {server.version})", highlight=False)


@db.command("upgrade")
def db_upgrade(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a store that an older version made up to this one; nothing that was loaded is lost. Make a backup first.

    It may be ended at any moment and run again. What a newer version made is refused, and left as it is.

    Example: creditgraph db upgrade --store main --dry-run
    """
    from graph_model.rules import load_pack
    from graph_model.store.keys import load_keys
    from loaders.derive import derive_into
    from loaders.upgrade import plan, upgrade

    with graph_of(store, older=True) as graph, progress() as bar:
        planned = plan(graph)
        if planned.needed and not dry_run:
            task = bar.add_task("upgrade", total=None)
            keys = load_keys(Settings())
            upgrade(graph, lambda done, total: bar.update(task, completed=done, total=total), keys=keys)
            derive_into(graph, load_pack(), progress=lambda done, total: bar.update(task, completed=done, total=total))
    tell(planned._asdict(), as_json, lambda _: out.print(_told(planned, dry_run), highlight=False))


def _told(planned: "UpgradePlan", dry_run: bool) -> str:
    if not planned.needed:
        return "nothing to do: this version made it"
    was = planned.data_version or "an older one"
    return (
        f"{'would be upgraded' if dry_run else 'upgraded'}: data version {was} → {planned.wanted}; {planned.parties:,} parties gone "
        f"through, {len(planned.indexes)} constraints and indexes made"
    )


@db.command("reset")
def db_reset(
    store: StoreOption = None, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Delete a local store with all that is in it.

    Example: creditgraph db reset --store demo
    """
    name = store or Settings().store
    if not yes:
        typer.confirm(f"Delete the local store {name!r} with all its data?", abort=True, err=True)
    out.print("deleted" if local_neo4j.reset(Settings(), name) else "there was none")
