"""The command `doctor`: is everything in order here?"""

import typer
from rich.table import Table

from api.cli.exit_codes import CLEAR, FAILED, error_code
from api.cli.terminal import JsonOption, StoreOption, out, start_progress, tell
from api.doctor import Examined, examine_graph, examine_machine
from graph_model.errors import ConfigError, StoreUnavailable
from graph_model.store.connect import connect
from graph_model.store.settings import Settings


def doctor(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Is everything in order here? Disk, memory, keys, files, ports, versions, clock, ledger; nothing is changed.

    Where something is not, it says what to do. Exit 0: all is; 1: something is not; 5: Neo4j is away.

    Example: creditgraph doctor --store demo
    """
    settings = Settings()
    found = list(examine_machine(settings, store))
    code = CLEAR
    try:
        with start_progress() as told:
            graph = connect(settings, store, progress=told)
        with graph:
            found += examine_graph(graph, settings)
    except (StoreUnavailable, ConfigError) as error:
        code = error_code(error)
        found.append(
            Examined(
                "neo4j",
                False,
                str(error),
                "The message says what is missing; neo4j.log in the store's folder says more.",
            )
        )
    tell([one._asdict() for one in found], as_json, lambda _: _show(found))
    if code == CLEAR and not all(one.ok for one in found):
        code = FAILED
    if code:
        raise typer.Exit(code)


def _show(found: list[Examined]) -> None:
    table = Table("", "what", "detail", box=None)
    for one in found:
        table.add_row("[green]ok[/]" if one.ok else "[red]no[/]", one.what, one.detail)
        if one.todo:
            table.add_row("", "", f"[yellow]→ {one.todo}[/]")
    out.print(table)
