"""Questions about one party: find it, look it up, what reaches it, who near it is listed."""

from typing import Annotated, Any

import typer

from api.cli import show
from api.cli.terminal import (
    ActOption,
    AsOfOption,
    FailOption,
    HopsOption,
    JsonOption,
    KindOption,
    KnownAtOption,
    ListOption,
    OrganOption,
    PartyArgument,
    SectorOption,
    StoreOption,
    UnconfirmedOption,
    ask,
    finish,
    graph_of,
    tell,
)
from graph_model.errors import BadRequest
from graph_model.rules import load_codes, load_pack
from graph_model.schema import HUB_DEGREE
from graph_model.store.connect import today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.law.consequences import consequences_from, consequences_of
from queries.lookup import lookup
from queries.network.exposure import SHOWN_PATHS, exposure
from queries.network.exposure_explained import explain_exposure
from queries.party.parties import no_party, resolve
from queries.party.sanction_filter import SanctionFilter
from queries.party.search import find
from queries.read.moment import Moment


def find_command(
    text: Annotated[
        str,
        typer.Argument(
            help="Key, number or its beginning, name or part of one, document number, address, 法定代表人 NAME."
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many to show.")] = 20,
    skip: Annotated[int, typer.Option(min=0, help="How many of those found not to show again.")] = 0,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find parties.

    Example: creditgraph find 澧橘园
    """
    with graph_of(store) as graph:
        answer = find(graph, text, as_of=today(), hash=load_keys(Settings()).hash, limit=limit, skip=skip)
    finish(answer, load_pack(), as_json, False)


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

    Example: creditgraph lookup 91430102XN06181386 --json --fail-on-hit
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

    Example: creditgraph consequences 91430102XN06181386 --as-of 2024-06-30
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


def exposure_command(
    text: PartyArgument,
    hops: HopsOption = 3,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    unconfirmed: UnconfirmedOption = False,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Walk only this type: X both ways, 'X>' along its direction, '<X' against it."),
    ] = None,
    min_share: Annotated[float, typer.Option(help="Walk no holding that is certainly less: 0.25 is 25 %.")] = 0.0,
    hub_degree: Annotated[int, typer.Option(help="Do not walk through nodes with more neighbours.")] = HUB_DEGREE,
    paths: Annotated[int, typer.Option(help="Shortest paths to show for each hit.")] = SHOWN_PATHS,
    lists: ListOption = None,
    organs: OrganOption = None,
    kinds: KindOption = None,
    acts: ActOption = None,
    sectors: SectorOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print the queries that would be sent; send none.")
    ] = False,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who near this party is sanctioned, by which path? Information, never a penalty.

    With --list, --organ, --kind, --act or --sector the answer is of these sanctions only, and says so.

    Example: creditgraph exposure 91430602XN3708788L --hops 3 --type 'HOLDS_SHARES_IN' --min-share 0.05
    """
    only = SanctionFilter.of(load_codes(), lists=lists, organs=organs, kinds=kinds, acts=acts, sectors=sectors)
    chosen: dict[str, Any] = {"hops": hops, "known_at": known_at, "include_unconfirmed": unconfirmed, "types": types}
    chosen |= {"min_share": min_share, "hub_degree": hub_degree, "only": only}
    if explain:
        with graph_of(store) as graph:
            party, candidates = resolve(graph, text, hash=load_keys(Settings()).hash)
            if party is not None:
                explained = explain_exposure(graph, party.key, as_of=as_of or today(), **chosen)
                tell(explained, as_json, show.show_statements)
                return
            nobody = no_party("exposure", Moment.of(graph, as_of or today()), candidates, text, graph)
        finish(nobody, load_pack(), as_json, fail)
        return
    answer, pack = ask(
        store,
        text,
        "exposure",
        as_of,
        lambda g, p, key, day: exposure(g, key, as_of=day, paths=paths, **chosen),
    )
    finish(answer, pack, as_json, fail)
