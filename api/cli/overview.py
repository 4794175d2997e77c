"""The commands `overview` and `listed`: questions about the whole graph, and about everybody with a record of a code."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli import show
from api.cli.tables import check_table_name, write_table
from api.cli.terminal import (
    AsOfOption,
    FailOption,
    JsonOption,
    KnownAtOption,
    StoreOption,
    end,
    err,
    graph_of,
    out,
    progress,
    tell,
    told_by,
)
from graph_model.rules import load_pack
from graph_model.store.connect import today
from queries.party.listed import MOST, listed

if TYPE_CHECKING:
    import polars

    from queries.network.whole_graph import WholeGraph


class What(StrEnum):
    """The questions of `queries/network/whole_graph.py`."""

    COMPONENTS = "components"
    EXPOSED = "exposed"
    LINKS = "links"
    ADDRESSES = "addresses"
    CONCENTRATION = "concentration"
    BRANCHES = "branches"
    CIRCLES = "circles"


ZH = {
    What.COMPONENTS: "连通分量 components",
    What.EXPOSED: "关联失信主体最多的未列名主体 parties that are not listed, with most listed parties within two steps",
    What.LINKS: "连接多个失信单位的自然人 persons who link listed bodies",
    What.ADDRESSES: "同一地址的单位 bodies at one address",
    What.CONCENTRATION: "惩戒的分布 where sanctions concentrate",
    What.BRANCHES: "含分支机构合计的惩戒 sanctions of bodies with those of their branches",
    What.CIRCLES: "循环持股 circles of ownership",
}


RowsFileOption = Annotated[
    Path | None, typer.Option("--out", help="All rows to a file: .csv, .xlsx or .parquet.", dir_okay=False)
]
RowsOption = Annotated[int, typer.Option("--limit", min=1, help="Rows shown; --out and --json have all.")]


def overview_command(
    what: Annotated[What, typer.Argument(help="Which question about the whole graph.")],
    out_file: RowsFileOption = None,
    limit: RowsOption = 20,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The whole graph on a day: components, exposed parties, links, addresses, concentration, branches, circles.

    Plain counts, information only, never a penalty. Hubs are reached and not walked through.

    Example: creditgraph overview exposed --out exposed.xlsx
    """
    from queries.network.whole_graph import QUESTIONS, read_whole  # polars and scipy: not for every command

    if out_file is not None:
        check_table_name(out_file)
    with graph_of(store) as graph, progress() as bar:
        whole = read_whole(graph, as_of=as_of or today(), progress=told_by(bar))
    frame = QUESTIONS[what.value](whole)
    head = {"question": "overview", "what": what.value}
    write_or_show(frame, whole, head, ZH[what], out_file=out_file, limit=limit, as_json=as_json)


def write_or_show(
    frame: "polars.DataFrame",
    whole: "WholeGraph",
    head: dict[str, Any],
    title: str,
    *,
    out_file: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """A frame into a file, as JSON, or its first rows for a person.

    Args:
        frame: all rows.
        whole: the graph that they are about.
        head: how the answer as JSON begins.
        title: what a person reads above the rows.
        out_file: where to write them; None: nowhere.
        limit: rows that are shown.
    """
    if out_file is not None:
        write_table(frame, out_file)
    rows = frame.drop("as_of", "position").iter_rows(named=True)
    answer = {**head, "as_of": whole.as_of, "position": whole.position, "rows": rows}

    def show_rows(_: object) -> None:
        if out_file is not None:
            err.print(f"{frame.height} rows → {out_file}", highlight=False)
            return
        show_frame(frame.head(limit), title)
        if frame.height > limit:
            out.print(f"… {frame.height - limit} more rows: --limit, --out or --json", style="dim")
        hubs = int(whole.flag("hub").sum())
        out.print(f"{whole.as_of} · position {whole.position} · 枢纽 hubs not walked through: {hubs}", style="dim")

    tell(answer, as_json, show_rows)


def show_frame(frame: "polars.DataFrame", title: str) -> None:
    """The first rows of a frame, for a person."""
    out.print(Text(title, style="bold"))
    out.print(Text("仅供调查参考,不是惩戒 Information, never a penalty", style="italic"))
    shown = frame.drop("as_of", "position")
    table = Table(*shown.columns, box=None)
    for row in shown.iter_rows():
        table.add_row(*(Text(_cell(cell)) for cell in row))
    out.print(table)


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是 yes" if cell else ""
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def listed_command(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A list (LIST-01, L09, …) or another code: docs/rules/codes.md.")
    ],
    after: Annotated[str, typer.Option("--after", help="Go on behind this key, as `next` says.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST, help="Parties shown.")] = 100,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who stands on this list (名单), or has a record of this code, on a day? With what the list says of itself.

    Example: creditgraph listed LIST-01
    """
    pack = load_pack()
    with graph_of(store) as graph:
        answer = listed(graph, pack, code, as_of=as_of or today(), known_at=known_at, after=after, limit=limit)
    tell(answer, as_json, lambda found: out.print(show.listed_parties(found, pack)))
    end(answer.status, answer.complete, fail)
