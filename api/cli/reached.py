"""The command `reached`: who is reached from a list of parties."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.overview import told_by, write_or_show
from api.cli.tables import check_table_name
from api.cli.terminal import (
    ActOption,
    AsOfOption,
    HopsOption,
    JsonOption,
    KindOption,
    ListOption,
    OrganOption,
    SectorOption,
    StoreOption,
    graph_of,
    progress,
)
from graph_model.errors import BadRequest
from graph_model.rules import load_codes
from graph_model.store.connect import Graph, today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.party.parties import resolve
from queries.party.sanction_filter import SanctionFilter

HEAD = "从这些主体可达 who is reached from these parties"


def reached_command(
    parties: Annotated[
        list[str] | None, typer.Argument(metavar="[PARTY]...", help="Keys, codes, numbers or full names.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", exists=True, dir_okay=False, help="Text file with one party a line, besides or instead."
        ),
    ] = None,
    lists: ListOption = None,
    organs: OrganOption = None,
    kinds: KindOption = None,
    acts: ActOption = None,
    sectors: SectorOption = None,
    hops: HopsOption = 2,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="All rows to a file: .csv, .xlsx or .parquet.", dir_okay=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows shown; --out and --json have all.")] = 20,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who is reached from any of these parties, from how many of them, how near? Information only, never a penalty.

    With --list, --organ, --kind, --act or --sector: from all parties with such a sanction in force.

    Example: creditgraph reached --list LIST-12 --hops 2 --out near.xlsx
    """
    from queries.network.reached import listed_parties, reached  # polars and scipy: not for every command
    from queries.network.whole_graph import read_whole

    only = SanctionFilter.of(load_codes(), lists=lists, organs=organs, kinds=kinds, acts=acts, sectors=sectors)
    texts = [*(parties or ()), *(file.read_text(encoding="utf-8-sig").splitlines() if file else ())]
    if not only and not any(text.strip() for text in texts):
        raise BadRequest("Nobody is asked about: name parties, a --file of them, or a --list.")
    if out_file is not None:
        check_table_name(out_file)
    day = as_of or today()
    with graph_of(store) as graph, progress() as bar:
        starts = [_key(graph, text) for text in texts if text.strip()]
        starts += listed_parties(graph, only, as_of=day) if only else []
        whole = read_whole(graph, as_of=day, progress=told_by(bar))
    if not starts:
        raise BadRequest(f"Nobody has such a sanction in force on {day}.")
    frame = reached(whole, starts, hops)
    head = {"question": "reached", "hops": hops, "asked": len(set(starts)), "only": only.words}
    write_or_show(frame, whole, head, HEAD, out_file=out_file, limit=limit, as_json=as_json)


def _key(graph: Graph, text: str) -> str:
    party, several = resolve(graph, text.strip(), hash=load_keys(Settings()).hash)
    if party is None:
        why = f"{len(several)} parties are meant" if several else "there is no party of this key, number or name"
        raise BadRequest(f"{text.strip()!r}: {why}; take its key from `creditgraph find`.")
    return party.key
