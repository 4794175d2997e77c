"""The command `check`: before a tender, a contract, an appointment; and, alone, whether everything here is in order."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from api.cli import show
from api.cli.language import either, in_words
from api.cli.lazy import command_group
from api.cli.terminal import (
    AsOfOption,
    FailOption,
    JsonOption,
    KnownAtOption,
    PartiesArgument,
    PartyArgument,
    StoreOption,
    end,
    graph_of,
    one_party,
    out,
    tell,
)
from api.cli.terminal import progress as progress_bar
from graph_model.errors import BadRequest
from graph_model.identifiers import KeyedHash
from graph_model.profiles import load_matters, read_matter
from graph_model.rules import RulePack, load_pack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.answers import FactRef
from queries.checks.bidders import check_bidders, check_tender
from queries.checks.common import Check, Finding
from queries.checks.offices import check_appointment, check_offices
from queries.checks.repeats import YEARS, check_repeats
from queries.checks.suppliers import check_bribery, check_suppliers, check_suppliers_of
from queries.matter import (
    MatterCheck,
    MatterList,
    MatterMeasure,
    MatterParty,
    check_matter,
    matter_list,
    matter_named,
)

check = command_group(
    "Checks with a clause: bidders, appointments, suppliers, repeats. Alone: is everything here in order?", alone=True
)

Procedure = Literal["tender", "procurement"]
ProcedureOption = Annotated[
    Procedure | None,
    typer.Option(
        "--procedure", help="tender (招标投标: RB-01) or procurement (政府采购: RB-02); default: both answers."
    ),
]

MOST_PARTIES = 100
"""Of one matter, as over HTTP."""

BEARING = {
    "active": ("bold red", ("本事项依法受限", "bears on this matter")),
    "candidate": ("yellow", ("待核实", "may bear on this matter")),
    "unknown": ("magenta", ("不能判断", "cannot tell")),
    "none": ("green", ("本事项无法定限制", "nothing bears on this matter")),
}
STATUS_WORDS = {
    "bar": ("法定限制", "bar"),
    "alert": ("预警", "alert"),
    "candidate": ("待核实", "candidate"),
    "information": ("仅供参考", "information"),
}
STYLE = {"bar": "bold red", "alert": "bold yellow", "candidate": "yellow", "information": "dim"}


@check.callback(invoke_without_command=True)
def in_order(context: typer.Context, store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Checks with a clause; without a command the same as `creditgraph doctor`: is everything in order here?

    Example: creditgraph check
    """
    if context.invoked_subcommand is None:
        from api.cli.doctor import doctor

        doctor(store=store, as_json=as_json)


@check.command("bidders")
def bidders_command(
    parties: PartiesArgument,
    procedure: ProcedureOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """May these stand in one lot (RB-01), or in one contract of procurement (RB-02), together?

    Example: creditgraph check bidders 91430102XN06181386 91430408XN1854394Y --procedure tender
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, hash: check_bidders(
            graph, pack, parties, as_of=as_of or today(), known_at=known_at, procedure=procedure, hash=hash
        ),
    )


@check.command("tender")
def tender_command(
    tender: Annotated[str, typer.Argument(metavar="TENDER", help="Key (t-…) or number of the lot.")],
    procedure: ProcedureOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """The bidders of a lot: may they stand in it together, and what ties them to tenderer, agency and experts?

    Asked as of the day on which the bids were opened, where it is known and no other day is given.

    Example: creditgraph check tender 湘招〔2026〕9101号 --procedure tender --fail-on-hit
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, _: check_tender(
            graph, pack, tender, as_of=as_of, otherwise=today(), known_at=known_at, procedure=procedure
        ),
    )


@check.command("appointment")
def appointment_command(
    person: PartyArgument,
    at: Annotated[str | None, typer.Option("--at", help="The unit that appoints.")] = None,
    office: Annotated[
        Literal["LR", "PIC", "DIR", "SUP", "SM"] | None, typer.Option("--office", help="The office, as a role code.")
    ] = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Does a ban on an office or a market stand against a person who is about to be appointed?

    Example: creditgraph check appointment 蒋明华 --at 91430102XN06181386 --office LR
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, hash: check_appointment(
            graph, pack, person, as_of=as_of or today(), known_at=known_at, at=at, office=office, hash=hash
        ),
    )


@check.command("offices")
def offices_command(
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who holds an office although he is barred (EP-007)? Everybody in the graph is looked at.

    Example: creditgraph check offices --as-of 2026-06-30
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, _: check_offices(graph, pack, as_of=as_of or today(), known_at=known_at),
    )


@check.command("suppliers")
def suppliers_command(
    parties: PartiesArgument,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Is a supplier refused in government procurement (RB-03): three lists, or a major breach within three years?

    Example: creditgraph check suppliers 91430102XN06181386 --fail-on-hit
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, hash: check_suppliers(
            graph, pack, parties, as_of=as_of or today(), known_at=known_at, hash=hash
        ),
    )


@check.command("suppliers-of")
def suppliers_of_command(
    text: PartyArgument,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which suppliers of a party stand on the lists of RB-03, or have a major breach of law?

    Example: creditgraph check suppliers-of 91430602XN3708788L
    """

    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, _: check_suppliers_of(
            graph, pack, one_party(graph, text).key, as_of=as_of or today(), known_at=known_at
        ),
    )


@check.command("bribery")
def bribery_command(
    parties: PartiesArgument,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Before a contract: is there a record of bribery of a party, or of those in charge of it?

    Example: creditgraph check bribery 91430102XN06181386
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, hash: check_bribery(
            graph, pack, parties, as_of=as_of or today(), known_at=known_at, hash=hash
        ),
    )


@check.command("repeats")
def repeats_command(
    parties: Annotated[
        list[str] | None,
        typer.Argument(metavar="PARTY", help="Keys, codes, numbers or full names; none: everybody."),
    ] = None,
    years: Annotated[int, typer.Option("--years", min=1, max=100, help="So long after the earlier decision.")] = YEARS,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who did the same class of act again after a penalty (屡罚不改)? Information only.

    Example: creditgraph check repeats --years 3
    """
    _ask(
        store,
        as_json,
        fail,
        lambda graph, pack, hash: check_repeats(
            graph, pack, parties or (), as_of=as_of or today(), known_at=known_at, years=years, hash=hash
        ),
    )


@check.command("matters")
def matters_command(as_of: AsOfOption = None, as_json: JsonOption = False) -> None:
    """For which matters is what asked, and which measures bear on each (计划目录)? With your own (CREDITGRAPH_MATTERS).

    Example: creditgraph check matters
    """
    pack = load_pack()
    found = matter_list(pack, load_matters(pack, Settings().matters), day=as_of or today())
    tell(found, as_json, show_matters)


@check.command("matter")
def matter_command(
    parties: PartiesArgument,
    profile: Annotated[
        str,
        typer.Option("--profile", metavar="NAME|FILE", help="A matter (`check matters`), or a YAML file of your own."),
    ],
    hops: Annotated[
        int | None, typer.Option(min=1, max=4, help="How far to look; default: as the profile says.")
    ] = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """All that is asked before a decision in one matter, of one or several parties: what the law says, what informs.

    Example: creditgraph check matter 91430102XN06181386 --profile permit
    """
    if len(parties) > MOST_PARTIES:
        raise BadRequest(f"{MOST_PARTIES} parties at the most, not {len(parties)}: `creditgraph screen` takes lists")
    pack, settings = load_pack(), Settings()
    if profile.endswith((".yaml", ".yml")):
        name, matter = Path(profile).stem, read_matter(Path(profile), pack)
    else:
        name, matter = profile, matter_named(profile, load_matters(pack, settings.matters))
    asked: dict[str, Any] = {"as_of": as_of or today(), "known_at": known_at, "hash": load_keys(settings).hash}
    with graph_of(store) as graph, progress_bar() as bar:
        bar.add_task("check", total=None)
        found, _ = check_matter(graph, pack, parties, name=name, matter=matter, hops=hops, **asked)
    tell(found, as_json, show_matter)
    end(found.status, found.complete, fail)


# --- answers ----------------------------------------------------------------------------------------------


def _ask(store: str | None, as_json: bool, fail: bool, question: Callable[[Graph, RulePack, KeyedHash], Check]) -> None:
    with graph_of(store) as graph, progress_bar() as bar:
        bar.add_task("check", total=None)
        found = question(graph, load_pack(), load_keys(Settings()).hash)
    tell(found, as_json, show_check)
    end(found.status, found.complete, fail)


def show_check(found: Check) -> None:
    """The answer of a check, as text: every finding, and everything that it does not say."""
    head = Text(f"{found.question} · {found.as_of} · ")
    head.append(show.status_words(found.status), style=show.STATUS_STYLE.get(found.status, ""))
    out.print(head)
    if found.about:
        out.print(show.party_line(found.about))
    for p in found.parties:
        out.print(Text("  · ").append(show.party_line(p)))
    if found.reason:
        out.print(Text(in_words(found.reason), style="dim"))
    for c in found.candidates:
        out.print(Text("  ? ").append(show.party_line(c)))
    for f in found.findings:
        out.print(_panel(f))
    for grade in found.grades:
        p = grade.properties
        named = f"{either('信用等级', 'Grade')}: {p.get('scheme') or p.get('title')} {p.get('grade')}, {p.get('authority') or ''} "
        out.print(Text(named).append(show.fact_line(grade)))
    for gap in found.gaps:
        out.print(Text(f"{either('数据未说明', 'Gap')}: {in_words(gap)}", style="magenta"))
    for cut in found.cut:
        out.print(Text(f"{either('未穷尽', 'Cut')}: {in_words(cut.detail)}", style="magenta"))
    for note in found.not_covered:
        out.print(Text(f"{either('不包括', 'Not covered')}: {in_words(note)}", style="dim"))


def _panel(f: Finding) -> Panel:
    head = Text(f"{either(*STATUS_WORDS[f.status])}  ", style=STYLE[f.status])
    head.append(either(f.title["zh"], f.title["en"]), style="bold")
    body = Text()
    body.append(show.row("对象", "Parties") + "、".join(p.name or p.key for p in f.parties) + "\n", style="bold")
    body.append(f"{show.row('事由', 'Why')}{in_words(f.why)}\n")
    for b in f.legal_basis:
        body.append(f"{show.row('依据', 'Basis')}{b.document} {b.article or ''}\n", style="green")
    if not f.legal_basis:
        body.append(show.row("依据", "Basis") + either("无,仅供参考", "none: information only") + "\n", style="dim")
    for m in f.missing:
        body.append(f"{show.row('尚缺', 'Missing')}{in_words(m)}\n", style="yellow")
    parts: list[RenderableType] = [body, show.path_lines(f.path)] if f.path else [body]
    if f.sanctions:
        parts.append(show.sanction_table(f.sanctions))
    facts: list[FactRef] = [
        *f.evidence,
        *(x for s in f.sanctions for x in s.facts),
        *(x for c in f.consequences for x in c.evidence),
    ]
    for fact in facts:
        parts.append(Text("    + ").append(show.fact_line(fact)))
    return Panel(Group(*parts), title=head, title_align="left", border_style="dim")


def show_matters(found: MatterList) -> None:
    """The catalogue of matters, as text."""
    for one in found.matters:
        out.print(Text(one.name, style="bold").append(f"  {either(one.title['zh'], one.title['en'])}", style=""))
        out.print(Text(f"  {show.row('核查', 'asks')}{', '.join(one.checks)}, {one.hops} {either('步', 'hops')}"))
        for m in one.measures:
            articles = dict.fromkeys(f"{b.document} {b.article or ''}".strip() for r in m.rules for b in r.basis)
            shown = list(articles)[:2] + (
                [either(f"… 共{len(articles)}条", f"… {len(articles)} in all")] if len(articles) > 2 else []
            )
            line = Text(f"  {show.row('措施', 'measure')}{either(m.title['zh'], m.title['en'])}  ")
            out.print(
                line.append("; ".join(shown) or either("无规则适用", "no rule in force brings it"), style="green")
            )


def show_matter(found: MatterCheck) -> None:
    """What a profile found, as text: the law first, then what informs, then what was not seen."""
    title = either(found.title["zh"], found.title["en"])
    head = f"{title} ({found.profile}) · {found.as_of} · {either('位置', 'position')} {found.position}"
    out.print(Text(head), style="bold")
    for party in found.parties:
        _show_party(party)
    for note in found.not_covered:
        out.print(Text(f"{either('不包括', 'Not covered')}: {in_words(note)}", style="dim"))


def _show_party(p: MatterParty) -> None:
    line = Text(f"{p.number}. ").append(show.party_line(p.party) if p.party else Text("?"))
    line.append("  ").append(show.status_words(p.status), style=show.STATUS_STYLE.get(p.status, ""))
    style, words = BEARING[p.bearing]
    out.print(line.append("  ").append(either(*words), style=style))
    if p.reason:
        out.print(Text(f"   {in_words(p.reason)}", style="dim"))
    for m in p.law:
        out.print(_measure_line(f"   {show.row('法律', 'Law')}", m))
    for f in p.findings:
        out.print(_panel(f))
    for m in p.other_measures:
        out.print(_measure_line(f"   {show.row('其他措施', 'Other')}", m))
    for f in p.information:
        out.print(
            Text(
                f"   {show.row('参考', 'Informs')}{either(f.title['zh'], f.title['en'])}: {in_words(f.why)}",
                style="dim",
            )
        )
    for fact in p.promises:
        out.print(Text(f"   {show.row('承诺', 'Promise')}").append(show.fact_line(fact)))
    near = either(
        f"关联风险:周边{p.surrounding},历史{p.historical};只供参考,不是处罚依据",
        f"Exposure {p.surrounding} nearby, {p.historical} over: information, never a penalty",
    )
    out.print(Text(f"   {near}", style="dim"))
    for gap in p.gaps:
        out.print(Text(f"   {either('数据未说明', 'Gap')}: {in_words(gap)}", style="magenta"))


def _measure_line(head: str, m: MatterMeasure) -> Text:
    line = Text(head).append(f"{either(m.title['zh'], m.title['en'])} ({m.status}) ", style=STYLE.get(m.status, ""))
    basis = "; ".join(f"{b.document} {b.article or ''}".strip() for b in m.legal_basis)
    return line.append(f"{m.since or '?'} → {m.until or '…'} {m.rule} ").append(basis, style="green")
