"""The commands `paths`, `common` and `circle`: how parties hang together."""

import re
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.cli.language import either, in_words
from api.cli.show import STATUS_STYLE, fact_line, heads, party_line, path_lines, status_words
from api.cli.terminal import (
    AsOfOption,
    JsonOption,
    KnownAtOption,
    PartiesArgument,
    StoreOption,
    UnconfirmedOption,
    graph_of,
    out,
    tell,
)
from graph_model.schema import NODE_BY_LABEL, WALKABLE
from graph_model.store.connect import today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.answers import PartyRef
from queries.network.neighbours import Circle, Common, MemberRef, circle, common
from queries.network.path_search import AskedRef
from queries.network.paths import PathRef, Paths, paths

GroupArgument = Annotated[str, typer.Argument(help="Key, code, number or full name; several with ; between them.")]
TypesOption = Annotated[
    list[str] | None, typer.Option("--type", help="Only relationships of this type, as DIRECTOR_OF; can be repeated.")
]
PresentOption = Annotated[bool, typer.Option("--present", help="Only relationships that are not over on the day.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Parties shown at the most.")]


def paths_command(
    a: GroupArgument,
    b: GroupArgument,
    groups: Annotated[
        bool, typer.Option("--groups", help="Each party stands for the companies under the same control too.")
    ] = False,
    hops: Annotated[int, typer.Option("--hops", min=1, max=6, help="Relationships on a path, at the most.")] = 4,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Paths at the most.")] = 10,
    types: TypesOption = None,
    present: PresentOption = False,
    unconfirmed: UnconfirmedOption = False,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """By which paths do two parties, or two groups of parties, hang together? The shortest ones. Information only.

    Example: creditgraph paths 91430602XN3708788L 91430102XN06181386 --hops 4
    """
    with graph_of(store) as graph:
        found = paths(
            graph,
            _several(a),
            _several(b),
            as_of=as_of or today(),
            known_at=known_at,
            hops=hops,
            limit=limit,
            types=types or WALKABLE,
            historical=not present,
            include_unconfirmed=unconfirmed,
            groups=groups,
            hash=load_keys(Settings()).hash,
        )
    tell(found, as_json, _show_paths)


def common_command(
    parties: PartiesArgument,
    limit: LimitOption = 200,
    types: TypesOption = None,
    present: PresentOption = False,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who, or which address, stands next to each of these parties, by which relationships? Information only.

    Example: creditgraph common 91430602XN3708788L 91430102XN06181386
    """
    with graph_of(store) as graph:
        found = common(
            graph,
            parties,
            as_of=as_of or today(),
            known_at=known_at,
            limit=limit,
            types=types or WALKABLE,
            historical=not present,
            hash=load_keys(Settings()).hash,
        )
    tell(found, as_json, _show_common)


def circle_command(
    parties: PartiesArgument,
    hops: Annotated[int, typer.Option("--hops", min=1, max=3, help="How far around each party.")] = 1,
    limit: LimitOption = 200,
    types: TypesOption = None,
    present: PresentOption = False,
    unconfirmed: UnconfirmedOption = False,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The circle around a list of parties, for a case file: who connects them, who else is near. Information only.

    Example: creditgraph circle 91430602XN3708788L 91430102XN06181386 --hops 1
    """
    with graph_of(store) as graph:
        found = circle(
            graph,
            parties,
            hops=hops,
            as_of=as_of or today(),
            known_at=known_at,
            limit=limit,
            types=types or WALKABLE,
            historical=not present,
            include_unconfirmed=unconfirmed,
            hash=load_keys(Settings()).hash,
        )
    tell(found, as_json, _show_circle)


def _show_paths(found: Paths) -> None:
    _head(found, [*found.start, *found.end])
    for party in found.both:
        out.print(Text(either("在两组之中  ", "in both groups  ")).append(party_line(party)))
    for path in found.paths:
        _show_path(path)
    _foot(found)


def _show_common(found: Common) -> None:
    _head(found, found.asked)
    names = {a.party.key: a.party.name or a.party.key for a in found.asked if a.party}
    for each in found.common:
        out.print(
            party_line(each.party).append(either("  历史", "  historical") if each.historical else "", style="dim")
        )
        for fact in each.facts:
            other = fact.to if fact.from_ == each.party.key else fact.from_
            out.print(Text(f"    {names[other]}  ").append(fact_line(fact)))
    for fact in found.direct:
        out.print(Text(f"{either('直接', 'direct')}  {names[fact.from_]} → {names[fact.to]}  ").append(fact_line(fact)))
    _foot(found)


def _show_circle(found: Circle) -> None:
    _head(found, found.asked)
    names = {a.party.key: a.party.name or a.party.key for a in found.asked if a.party}
    for title, members in (
        (either("连接两个以上", "near several of them"), found.connecting),
        (either("周边", "around one of them"), found.around),
    ):
        if members:
            out.print(_member_table(title, members, names))
    out.print(f"{len(found.facts)} relationships among them: --json shows all", style="dim")
    _foot(found)


def _several(text: str) -> list[str]:
    return [part.strip() for part in re.split("[;；]", text) if part.strip()]


def _head(found: Paths | Common | Circle, asked: list[AskedRef]) -> None:
    head = Text(f"{found.question} · {found.as_of} · ")
    head.append(status_words(found.status), style=STATUS_STYLE[found.status])
    out.print(head)
    for each in asked:
        if each.party:
            out.print(party_line(each.party))
        elif not each.candidates:
            out.print(either("查无此主体", "no party has this key, number or name"), style="yellow")
        for candidate in each.candidates:
            out.print(Text("  · ").append(party_line(candidate)))
    if found.reason:
        out.print(Text(in_words(found.reason), style="dim"))
    else:
        out.print(Text(either("仅供调查参考,不是惩戒", "Information, never a penalty"), style="italic"))


def _foot(found: Paths | Common | Circle) -> None:
    for cut in found.cut:
        name = f"{cut.party.name or cut.party.key}: " if cut.party else ""
        out.print(Text(f"{either('未穷尽', 'Cut')}: {name}{in_words(cut.detail)}", style="magenta"))
    if found.complete:
        out.print(Text(either("完整:没有遗漏", "Complete: nothing was cut."), style="green"))


def _show_path(path: PathRef) -> None:
    head = f"{path.length} {either('步', 'steps')} · {either('强度', 'strength')} {path.strength:g}"
    head = f"{either('历史', 'historical')} · {head}" if path.historical else head
    out.print(Text(head, style="bold"))
    out.print(path_lines(path.path))
    for fact in path.beside:
        out.print(Text("    + ").append(fact_line(fact)))
    for crossed in path.crosses:
        sure = "" if path.confirmed else either("(未确认)", " (unconfirmed)")
        out.print(
            Text(
                f"    {either('经同一人判断', 'across a judgement')}{sure} {in_words(crossed)}",
                style="green" if path.confirmed else "bold yellow",
            )
        )
    for note in path.uncertain:
        out.print(Text(f"    {either('日期未知', 'not known')} {in_words(note)}", style="yellow"))


def _member_table(title: str, members: list[MemberRef], names: dict[str, str]) -> Table:
    table = Table(title, *heads("", "步 steps", "邻近 near", "", "主键 key"), box=None)
    for member in members:
        party: PartyRef = member.party
        marks = [
            *([either("有惩戒记录", "sanctioned")] if party.sanctioned else []),
            *([either("枢纽", "hub")] if party.hub else []),
        ]
        table.add_row(
            Text(party.name or party.key, style="bold"),
            NODE_BY_LABEL[party.label].ZH,
            str(member.distance),
            Text("、".join(names[key] for key in member.near)),
            Text(" ".join(marks), style="red"),
            Text(party.key, style="dim"),
        )
    return table
