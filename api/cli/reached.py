"""The command `reached`: who is reached from a list of parties."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.overview import RowsFileOption, RowsOption, write_or_show
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
    one_party,
    progress,
    told_by,
)
from graph_model.errors import BadRequest
from graph_model.rules import load_codes
from graph_model.store.connect import today
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
    out_file: RowsFileOption = None,
    limit: RowsOption = 20,
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
        starts = [one_party(graph, text).key for text in texts if text.strip()]
        starts += listed_parties(graph, only, as_of=day) if only else []
        whole = read_whole(graph, as_of=day, progress=told_by(bar))
    if not starts:
        raise BadRequest(f"Nobody has such a sanction in force on {day}.")
    frame = reached(whole, starts, hops)
    head = {"question": "reached", "hops": hops, "asked": len(set(starts)), "only": only.words}
    write_or_show(frame, whole, head, HEAD, out_file=out_file, limit=limit, as_json=as_json)
