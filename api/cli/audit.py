"""The command line: the log of who asked about whom (查询留痕)."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.audit import Verified, looks, verified
from api.cli.exit_codes import FAILED
from api.cli.lazy import command_group
from api.cli.tables import check_table_name, write_table
from api.cli.terminal import JsonOption, day_of, out, tell
from graph_model.store.settings import Settings

audit = command_group("Who asked the service about whom, for what, and what was answered.")

SinceOption = Annotated[
    date | None, typer.Option("--since", parser=day_of, metavar="DATE", help="From this day on, by UTC.")
]
KeyOption = Annotated[
    str | None, typer.Option("--party", metavar="KEY", help="Only looks in whose answer this party stood.")
]


@audit.command("verify")
def verify_command(
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor", exists=True, dir_okay=False, help="Heads kept elsewhere; default: CREDITGRAPH_ANCHOR."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Is the log whole? Every line is read; what was changed, left out, moved or cut off is told. Exit 1 if anything was.

    Example: creditgraph audit verify
    """
    settings = Settings()
    found = verified(settings.audit_dir, anchor or settings.anchor)
    tell(found, as_json, _show_verified)
    if found.faults:
        raise typer.Exit(FAILED)


def _show_verified(found: Verified) -> None:
    for fault in found.faults:
        out.print(fault, style="red", highlight=False, markup=False)
    for note in found.notes:
        out.print(note, highlight=False, markup=False)
    state = f"{len(found.faults)} faults" if found.faults else "whole"
    out.print(f"{found.looks:,} looks in {found.files:,} files: {state}", highlight=False)


@audit.command("show")
def show_command(party: KeyOption = None, since: SinceOption = None, as_json: JsonOption = False) -> None:
    """Who looked, at whom, for what purpose? With `--party`: who looked at this one (谁查询过我).

    Example: creditgraph audit show --since 2026-01-01
    """
    tell(list(looks(Settings().audit_dir, party=party, since=since)), as_json, _show_looks)


def _show_looks(rows: Sequence[dict[str, Any]]) -> None:
    table = Table("when (UTC)", "who", "role", "organ", "purpose", "ground", "question", "status", "parties", box=None)
    for row in rows:
        named = ", ".join(row["parties"][:2]) + (f" + {len(row['parties']) - 2}" if len(row["parties"]) > 2 else "")
        told = (row.get(name) or "" for name in ("who", "role", "organ", "purpose", "ground", "question"))
        table.add_row(row["at"][:19], *told, str(row["status"]), named)
    out.print(table)
    out.print(f"{len(rows):,} looks", highlight=False)


@audit.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends with .csv, .xlsx or .parquet.")],
    party: KeyOption = None,
    since: SinceOption = None,
) -> None:
    """The looks as a table, for whoever has to account for them.

    Example: creditgraph audit export looks.csv --since 2026-01-01
    """
    import polars as pl

    check_table_name(file)
    rows = [
        row | {"parties": " ".join(row["parties"])} for row in looks(Settings().audit_dir, party=party, since=since)
    ]
    columns = (
        "at",
        "who",
        "role",
        "organ",
        "purpose",
        "ground",
        "authorisation",
        "question",
        "status",
        "parties",
        "position",
        "rules",
        "asked",
        "answer",
        "file",
        "n",
    )
    kinds = {name: pl.Int64 if name in ("status", "position", "n") else pl.String for name in columns}
    write_table(pl.DataFrame([{name: row.get(name) for name in columns} for row in rows], schema=kinds), file)
    out.print(f"{len(rows):,} looks → {file}", highlight=False)
