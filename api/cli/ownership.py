"""The command `ownership`: who owns and controls a company, the companies of its group, its listed owners together."""

from typing import Annotated

import typer
from rich.table import Table

from api.cli.language import either, in_words
from api.cli.show import day, heads, no_more, party_line, period, type_words
from api.cli.terminal import (
    ActOption,
    AsOfOption,
    FailOption,
    JsonOption,
    KindOption,
    KnownAtOption,
    ListOption,
    OrganOption,
    PartyArgument,
    SectorOption,
    StoreOption,
    end,
    graph_of,
    one_party,
    out,
    tell,
)
from graph_model.errors import BadRequest
from graph_model.rules import load_codes
from graph_model.store.connect import today
from queries.answers import FactRef, NodeRef
from queries.network.listed_owners import ListedOwners, listed_owners
from queries.network.ownership import Ownership, ownership
from queries.party.sanction_filter import SanctionFilter

CONTROL_WORDS = {"sure": ("控制", "control"), "possible": ("可能控制", "possibly"), "no": ("", "")}
GROUND_WORDS = {
    "share": ("持股 25% 以上", "25 % of the shares or more"),
    "control": ("控制", "control"),
    "stated_control": ("登记或披露的实际控制人", "actual controller, as stated"),
    "declared": ("申报的受益所有人", "declared"),
    "senior_manager": ("高级管理人员", "senior manager"),
}


def ownership_command(
    text: PartyArgument,
    group: Annotated[bool, typer.Option("--group", help="Also the companies under the same control.")] = False,
    listed: Annotated[
        bool,
        typer.Option(
            "--listed", help="What all listed owners have together (合计持股), who they are, by which chains."
        ),
    ] = False,
    lists: ListOption = None,
    organs: OrganOption = None,
    kinds: KindOption = None,
    acts: ActOption = None,
    sectors: SectorOption = None,
    fail: FailOption = False,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who owns a company through others, who controls it, and who are its beneficial owners?

    Shares are intervals: what is sure, and what is possible. Information only; no measure follows from a share.
    --list, --organ, --kind, --act, --sector and --fail-on-hit go with --listed.

    Example: creditgraph ownership 91430602XN3708788L --listed
    """
    only = SanctionFilter.of(load_codes(), lists=lists, organs=organs, kinds=kinds, acts=acts, sectors=sectors)
    if (only or fail) and not listed:
        raise BadRequest("Which sanctions count, and --fail-on-hit, is for --listed: add it.")
    if listed and group:
        raise BadRequest("--listed and --group are two questions: ask one of them.")
    with graph_of(store) as graph:
        party, day = one_party(graph, text), as_of or today()
        if listed:
            shares = listed_owners(graph, party.key, as_of=day, known_at=known_at, only=only)
        else:
            found = ownership(graph, party.key, as_of=day, known_at=known_at, group=group)
    if not listed:
        tell(found, as_json, show_ownership)
        return
    tell(shares, as_json, show_listed)
    end(shares.status, shares.complete, fail)


def show_ownership(found: Ownership) -> None:
    """An answer about ownership, as text."""
    out.print(party_line(found.party))
    out.print(
        either(
            f"持股与控制 {day(found.as_of)}(仅供参考,不是惩戒)",
            f"ownership on {day(found.as_of)} (information, never a penalty)",
        ),
        style="dim",
    )
    table = Table(*heads("持有人 owner", "直接 direct", "穿透后 effective", "控制 control"), box=None)
    for o in found.owners:
        direct = "" if o.direct_low is None or o.direct_high is None else _share(o.direct_low, o.direct_high)
        table.add_row(o.party.name or o.party.key, direct, _share(o.low, o.high), either(*CONTROL_WORDS[o.control]))
    out.print(table)
    for b in found.beneficial:
        sure = "" if b.certain else either("(不确定)", " (not certain)")
        out.print(
            f"{either('受益所有人', 'beneficial owner')} {b.party.name}: {either(*GROUND_WORDS[b.ground])}{sure}; {in_words(b.why)}",
            highlight=False,
            soft_wrap=True,
        )
        out.print(f"  {_path(b.path)}", style="dim", highlight=False, soft_wrap=True)
    if not found.beneficial:
        out.print(either("受益所有人:未知", "no beneficial owner is known"), style="yellow")
    for reason in found.undisclosed:
        out.print(
            f"{either('声明不披露受益所有人', 'owners declared as not told')}: {reason}",
            style="yellow",
            highlight=False,
        )
    for m in found.group:
        out.print(
            f"{either('集团', 'group')} {m.head.name} → {m.party.name} {_share(m.step.low, m.step.high)}",
            highlight=False,
        )
    for one in found.gone:
        out.print(f"{one.name}{no_more(one)}", style="yellow", highlight=False)
    for over in found.over:
        out.print(in_words(str(over)), style="yellow", highlight=False, soft_wrap=True)
    for note in [*found.uncertain, *found.told_apart, *(c.detail for c in found.cut)]:
        out.print(in_words(note), style="yellow", highlight=False, soft_wrap=True)


HALF_WORDS = {"sure": ("是", "yes"), "possible": ("可能", "possibly"), "no": ("否", "no")}


def show_listed(found: ListedOwners) -> None:
    """What listed owners have together, as text."""
    out.print(party_line(found.party))
    out.print(
        either(
            f"失信主体合计持股 {day(found.as_of)}(仅供参考,不是惩戒)",
            f"listed owners on {day(found.as_of)} (information, never a penalty)",
        ),
        style="dim",
    )
    out.print(
        f"{either('合计穿透持股', 'together')} {_share(found.low, found.high)}; "
        f"{either('逐层合计 50% 以上', 'half at every step')}: {either(*HALF_WORDS[found.half])}"
    )
    for o in found.owners:
        told = "; ".join(f"{s.title or s.kind} ({s.status})" for s in o.sanctions)
        out.print(f"{o.party.name or o.party.key} {_share(o.low, o.high)}: {told}", highlight=False, soft_wrap=True)
        out.print(f"  {_path(o.path)}", style="dim", highlight=False, soft_wrap=True)
    if not found.owners:
        out.print(
            either("没有已知的失信持有人", "no listed owner is known")
            + ("" if found.complete else either("(不完整)", " (incomplete)"))
        )
    for s in found.own:
        out.print(
            f"{either('本企业自身', 'the company itself')}: {s.title or s.kind} ({s.status})",
            style="yellow",
            highlight=False,
        )
    for reason in found.undisclosed:
        out.print(
            f"{either('声明不披露受益所有人', 'owners declared as not told')}: {reason}",
            style="yellow",
            highlight=False,
        )
    over = [str(one) for one in found.over]
    for note in [*over, *found.uncertain, *(c.detail for c in found.cut), *([found.reason] if found.reason else [])]:
        out.print(in_words(note), style="yellow", highlight=False, soft_wrap=True)


def _share(low: float, high: float) -> str:
    return f"{low:.2%}" if high - low < 1e-6 else f"{low:.2%} – {high:.2%}"


def _path(path: list[NodeRef | FactRef]) -> str:
    parts = []
    for item in path:
        if isinstance(item, NodeRef):
            parts.append(item.name or item.key)
        else:
            share = item.properties
            told = f" {_share(share['share_min'], share['share_max'])}" if "share_min" in share else ""
            parts.append(f"—{type_words(item.type)}{told} {period(item.since, item.until)}→")
    return " ".join(parts)
