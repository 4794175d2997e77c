"""Exchange with others: what the graph believes, as FollowTheMoney or BODS 0.4."""

import json
import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.terminal import JsonOption, StoreOption, err, graph_of, one_party, out, progress, tell
from graph_model.errors import BadRequest
from graph_model.store.connect import today
from queries.export import Tally, bods_statements, ftm_entities

PUBLISHER = "creditgraph"


class Format(StrEnum):
    """What can be written."""

    FTM = "ftm"
    BODS = "bods"


def export(
    form: Annotated[Format, typer.Argument(metavar="FORMAT", help="ftm: FollowTheMoney; bods: BODS 0.4.")],
    file: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            dir_okay=False,
            help="File to write. It holds people's data: keep it safe. BODS: an array, "
            "or one statement a line when it ends in .jsonl.",
        ),
    ],
    party: Annotated[
        str | None,
        typer.Option("--party", metavar="KEY_OR_NAME", help="Only this party and what stands directly around it."),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what is believed in another format, and count what that format cannot say.

    Repaired sanctions and numbers of persons are never written.

    Example: creditgraph export ftm -o graph.ftm.json
    """
    if not file.parent.is_dir():
        raise BadRequest(f"There is no folder {str(file.parent)!r} to write to.")
    tally = Tally()
    with graph_of(store) as graph:
        position, key = graph.position(), None
        if party is not None:
            key = one_party(graph, party).key
        if form is Format.FTM:
            rows = ftm_entities(graph, tally, position=position, party=key)
        else:
            rows = bods_statements(graph, tally, position=position, today=today(), publisher=PUBLISHER, party=key)
        _write(file, rows, array=form is Format.BODS and file.suffix not in (".jsonl", ".ndjson"))
    written, unsaid = dict(sorted((+tally.written).items())), dict(sorted((+tally.unsaid).items()))
    done = {"format": form.value, "position": position, "party": key, "written": written, "unsaid": unsaid}
    tell(done, as_json, _show)


def _show(done: dict[str, Any]) -> None:
    for title, counts in (
        ("写出 written", done["written"]),
        ("此格式无法表达 not said in this format", done["unsaid"]),
    ):
        table = Table(title, "数量 count", box=None)
        for name, n in counts.items():
            table.add_row(name, str(n))
        out.print(table)
    err.print("The file holds people's data: keep it safe.", highlight=False)


def _write(file: Path, rows: Iterable[dict[str, Any]], *, array: bool) -> None:
    """One object a line, in a file that only its owner may read; it stands there whole or not at all."""
    part = file.with_name(file.name + ".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream, progress() as bar:
            task = bar.add_task("export", total=None)
            between, end = ("[\n", "\n]\n") if array else ("", "")
            for row in rows:
                stream.write(between + json.dumps(row, ensure_ascii=False, separators=(",", ":")))
                between = ",\n" if array else "\n"
                bar.advance(task)
            stream.write((between if between == "[\n" else "") + (end or "\n"))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
