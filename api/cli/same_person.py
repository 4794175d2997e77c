"""Commands about who may be the same natural person: propose, list, decide, undo. People judge, the program never does."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.cli import show
from api.cli.language import in_words
from api.cli.lazy import command_group
from api.cli.terminal import (
    DayOption,
    JsonOption,
    ReasonOption,
    StoreOption,
    err,
    graph_of,
    one_party,
    out,
    progress,
    tell,
    told_by,
)
from graph_model.store.connect import today
from loaders.decisions.same_person import decide, decide_group, undo
from queries.party.same_person import MAX_PAIRS, CandidateRef, JudgementRef, SamePerson, judgements, propose

same_person = command_group("Which entries may be one natural person (同一人): propose, list, decide, undo.")


class Verdict(StrEnum):
    """What can be judged."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


JUDGED_ZH = {"same": "同一人 same", "different": "不同人 different", "unsure": "不确定 unsure"}
JudgementArgument = Annotated[Verdict, typer.Argument(help="same, different or unsure.")]
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="Key (p-…), id number or full name.")]
JudgeOption = Annotated[
    str | None, typer.Option("--author", metavar="AUTHOR", help="Who judges; default CREDITGRAPH_AUTHOR.")
]


@same_person.command("propose")
def propose_command(
    party: Annotated[
        str | None, typer.Option("--party", metavar="KEY", help="Only for this person: key, id number or full name.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Pairs at the most.")] = MAX_PAIRS,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which pairs may be one person? With a score, the sum of its reasons, for and against. Nothing is written.

    Example: creditgraph same-person propose --limit 20
    """
    with graph_of(store) as graph:
        key = one_party(graph, party).key if party else None
        with progress() as bar:
            found = propose(graph, party=key, limit=limit, progress=told_by(bar))
    tell(found, as_json, _show)


@same_person.command("list")
def list_command(
    party: Annotated[
        str | None, typer.Option("--party", metavar="KEY", help="Only of this person: key, id number or full name.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was undone.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was judged, by whom, when and why; oldest first.

    Example: creditgraph same-person list --all
    """
    with graph_of(store) as graph:
        found = judgements(graph, party=one_party(graph, party).key if party else None, undone=everything)
    tell(found, as_json, lambda _: out.print(_table(found)))


@same_person.command("decide")
def decide_command(
    one: PersonArgument,
    other: PersonArgument,
    judgement: JudgementArgument,
    author: JudgeOption = None,
    reason: ReasonOption = "",
    day: DayOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that somebody judged whether two entries are one person. A consequence crosses it when it says `same`, and waits for a confirmation; exposure does, and says so.

    Example: creditgraph same-person decide p-1f3a… p-9b2c… same --author 王敏 --reason 核对身份证原件
    """
    with graph_of(store) as graph:
        keys = one_party(graph, one).key, one_party(graph, other).key
        done = decide(graph, *keys, judgement.value, reason=reason, day=day or today(), today=today(), author=author)
    tell(done, as_json, _show_judgement)


@same_person.command("decide-group")
def decide_group_command(
    judgement: JudgementArgument,
    persons: Annotated[list[str], typer.Argument(metavar="PERSON...", help="Keys (p-…), id numbers or full names.")],
    author: JudgeOption = None,
    reason: ReasonOption = "",
    day: DayOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge several entries at once: all of them are one person (same), or each is another (different). All of it is recorded, or nothing.

    Example: creditgraph same-person decide-group same p-1f3a… p-9b2c… p-77d0… --author 王敏 --reason 核对身份证原件
    """
    with graph_of(store) as graph:
        keys = [one_party(graph, text).key for text in persons]
        done = decide_group(
            graph, keys, judgement.value, reason=reason, day=day or today(), today=today(), author=author
        )
    tell(done, as_json, lambda _: out.print(_table(done)))


@same_person.command("undo")
def undo_command(
    one: PersonArgument,
    other: PersonArgument,
    author: JudgeOption = None,
    reason: ReasonOption = "",
    day: DayOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back the judgement that stands for two entries; it stays readable.

    Example: creditgraph same-person undo p-1f3a… p-9b2c… --author 王敏 --reason 证件号码另有其人
    """
    with graph_of(store) as graph:
        # A key as it was judged: the name it stood for may stand elsewhere now.
        keys = (text if text.startswith("p-") else one_party(graph, text).key for text in (one, other))
        done = undo(graph, *keys, reason=reason, day=day or today(), today=today(), author=author)
    tell(done, as_json, _show_judgement)


# --- showing ----------------------------------------------------------------------------------------------


def _show(found: SamePerson) -> None:
    for candidate in found.candidates:
        out.print(_panel(candidate))
    for cut in found.cut:
        out.print(Text(f"未穷尽 Cut: {in_words(cut.detail)}", style="magenta"))
    counts = "、".join(f"{n.name} {n.persons}" for n in found.frequent)
    if counts:
        out.print(Text(f"同名人数 Persons of one name: {counts}", style="dim"))
    if found.judgements:
        out.print(_table(found.judgements))
    err.print(
        f"{len(found.candidates)} proposed, {len(found.judgements)} judged. A proposal changes no answer; judge with: "
        "creditgraph same-person decide A B same|different|unsure --reason …, or several at once: decide-group",
        highlight=False,
        markup=False,
    )


def _panel(c: CandidateRef) -> Panel:
    body = Text()
    for reason in c.reasons:
        style = "red" if reason.points < 0 else "green"
        body.append(f"{reason.points:+d}  ", style=style).append(f"{reason.zh} {reason.en}")
        if reason.nodes:
            body.append(f": {'、'.join(n.name or n.key for n in reason.nodes)}", style="dim")
        if reason.count > 1:
            body.append(f" ({reason.count})", style="dim")
        body.append("\n")
    body.append(f"同名人数 Persons of this name: {c.bearers}", style="dim")
    if c.changes:
        named = "、".join(n.name or n.key for n in c.listed) + ("…" if c.changes > len(c.listed) else "")
        body.append(f"\n判为同一人则新增关联失信主体 would bring near the other: {c.changes} ({named})", style="yellow")
    title = Text(f"得分 score {c.score}")
    return Panel(
        Group(show.party_line(c.a), show.party_line(c.b), body), title=title, title_align="left", border_style="dim"
    )


def _table(found: list[JudgementRef]) -> Table:
    table = Table("日 day", "判断", "A", "B", "判断人", "理由", "得分", "撤销 undone", box=None)
    for j in found:
        undone = "" if j.standing else f"{j.undone_on} {j.undone_by}: {j.undone_reason}"
        if j.notes:
            undone = "; ".join([undone, *map(in_words, j.notes)]).removeprefix("; ")
        table.add_row(
            str(j.day),
            JUDGED_ZH[j.judgement],
            f"{j.a.name or ''} {j.a.key}",
            f"{j.b.name or ''} {j.b.key}",
            Text(j.author),
            Text(j.reason),
            "" if j.score is None else str(j.score),
            Text(undone),
        )
    return table


def _show_judgement(done: JudgementRef) -> None:
    state = JUDGED_ZH[done.judgement] if done.standing else "已撤销 undone"
    out.print(f"{state}  {done.a.key} {done.b.key}  ({done.id})", highlight=False, markup=False)
