"""The command `ownership`: who owns and controls a company, and the companies of its group."""

from typing import Annotated

import typer
from rich.table import Table

from api.cli.show import day, party_line, period, type_zh
from api.cli.terminal import (
    AsOfOption,
    JsonOption,
    KnownAtOption,
    PartyArgument,
    StoreOption,
    graph_of,
    out,
    tell,
)
from graph_model.errors import BadRequest
from graph_model.store.connect import today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.answers import FactRef, NodeRef
from queries.network.ownership import Ownership, ownership
from queries.party.parties import resolve

CONTROL_ZH = {"sure": "控制", "possible": "可能控制", "no": ""}
GROUND_ZH = {
    "share": "持股 25% 以上",
    "control": "控制",
    "stated_control": "登记或披露的实际控制人",
    "declared": "申报的受益所有人",
    "senior_manager": "高级管理人员",
}


def ownership_command(
    text: PartyArgument,
    group: Annotated[bool, typer.Option("--group", help="Also the companies under the same control.")] = False,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who owns a company through others, who controls it, and who are its beneficial owners?

    Shares are intervals: what is sure, and what is possible. Information only; no measure follows from a share.

    Example: creditgraph ownership 688001.SH --group
    """
    with graph_of(store) as graph:
        party, candidates = resolve(graph, text, hash=load_keys(Settings()).hash)
        if party is None:
            names = "; ".join(f"{c.name} ({c.key})" for c in candidates[:10])
            raise BadRequest(f"{text!r} is no known party." + (f" Which of these: {names}?" if names else ""))
        found = ownership(graph, party.key, as_of=as_of or today(), known_at=known_at, group=group)
    tell(found, as_json, show_ownership)


def show_ownership(found: Ownership) -> None:
    """An answer about ownership, as text."""
    out.print(party_line(found.party))
    out.print(f"持股与控制 ownership on {day(found.as_of)} (information, never a penalty)", style="dim")
    table = Table("持有人 owner", "直接 direct", "穿透后 effective", "控制 control", box=None)
    for o in found.owners:
        direct = "" if o.direct_low is None or o.direct_high is None else _share(o.direct_low, o.direct_high)
        table.add_row(o.party.name or o.party.key, direct, _share(o.low, o.high), CONTROL_ZH[o.control])
    out.print(table)
    for b in found.beneficial:
        sure = "" if b.certain else "(不确定 not certain)"
        out.print(f"受益所有人 {b.party.name}: {GROUND_ZH[b.ground]}{sure}; {b.why}", highlight=False, soft_wrap=True)
        out.print(f"  {_path(b.path)}", style="dim", highlight=False, soft_wrap=True)
    if not found.beneficial:
        out.print("受益所有人: 未知 no beneficial owner is known", style="yellow")
    for reason in found.undisclosed:
        out.print(f"声明不披露受益所有人 owners declared as not told: {reason}", style="yellow", highlight=False)
    for m in found.group:
        out.print(f"集团 {m.head.name} → {m.party.name} {_share(m.step.low, m.step.high)}", highlight=False)
    for over in found.over:
        out.print(
            f"{over.party.name}: the shares stated add up to {over.total:.2%}; they were scaled down",
            style="yellow",
            highlight=False,
        )
    for note in [*found.uncertain, *(c.detail for c in found.cut)]:
        out.print(note, style="yellow", highlight=False, soft_wrap=True)


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
            parts.append(f"—{type_zh(item.type)}{told} {period(item.since, item.until)}→")
    return " ".join(parts)
