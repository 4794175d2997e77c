"""Commands of case work: confirm, findings, objections, repairs, execution, deadlines. Each records facts or reads them.

Who records says in which role (`--as`); the table of who may is in `graph_model/events.py`.
"""

import csv
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli import show
from api.cli.language import in_words
from api.cli.lazy import command_group
from api.cli.terminal import (
    AsOfOption,
    DayOption,
    JsonOption,
    ReasonOption,
    StoreOption,
    day_of,
    err,
    graph_of,
    one_party,
    out,
    progress,
    tell,
)
from graph_model.derivation import CONFIRM
from graph_model.errors import BadRequest
from graph_model.events import FORMS, REPAIR_TYPES, ROLES, STAGES, TRIGGERS, Event
from graph_model.rules import RulePack, load_pack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.decisions.confirmations import Wanted, decide
from loaders.decisions.corrections import exported_corrections
from loaders.decisions.events import exported, import_events
from loaders.decisions.events import record as record_events
from loaders.decisions.same_person import exported_judgements
from loaders.derive import derive_into
from queries.answers import ConsequenceRef
from queries.casework.due import Due, due
from queries.casework.repair import RepairRef, repair_status
from queries.casework.tasks import Tasks, tasks
from queries.law.consequences import consequence, consequences_from
from queries.law.explain import notice
from queries.read.events import all_events, execution_case, steps_of

events = command_group("Everything that people and organs recorded: list, export, import.")

RoleOption = Annotated[
    str,
    typer.Option("--as", metavar="ROLE", help=f"In which role: {', '.join(f'{k} ({v})' for k, v in ROLES.items())}."),
]
OfPartyOption = Annotated[
    str | None, typer.Option("--party", help="Key, number or full name of the party whose fact (--item) is meant.")
]
ActingOrganOption = Annotated[str | None, typer.Option("--organ", help="The organ that acts.")]
DocumentOption = Annotated[str | None, typer.Option("--document", help="The document that says so.")]
ConsequenceArgument = Annotated[str, typer.Argument(metavar="CONSEQUENCE", help="Key of the consequence (c-…).")]
SanctionOption = Annotated[str | None, typer.Option("--sanction", help="Key of the sanction (s-…).")]


# --- confirm ----------------------------------------------------------------------------------------------


def confirm(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[CONSEQUENCE]…", help="Keys of consequences (c-…).")
    ] = None,
    role: RoleOption = "credit_authority",
    reason: ReasonOption = "",
    sanction: Annotated[str | None, typer.Option(help="All that wait in this sanction (s-…).")] = None,
    listed: Annotated[
        Path | None, typer.Option("--list", exists=True, help="CSV with the columns consequence and digest.")
    ] = None,
    digest: Annotated[
        str | None, typer.Option(help="Digest of the evidence that was seen, for one consequence.")
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse instead.")] = False,
    day: DayOption = None,
    organ: ActingOrganOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; the evidence was seen elsewhere.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm (or refuse) that a measure reaches a natural person (个人信息保护法 24).

    Each is bound to the digest of the evidence that was seen: when the evidence changes, it is a candidate again.

    Example: creditgraph confirm c-1f3a… --digest 9b2c… --reason 核对原件 --as credit_authority
    """
    pack = load_pack()
    if digest and len(keys or ()) != 1:
        raise BadRequest("--digest goes with one consequence; for several use --list with a column digest.")
    with graph_of(store) as graph:
        wanted = _from_list(listed) if listed else []
        shown = [_known(graph, pack, key) for key in keys or ()]
        if sanction:
            shown += _waiting(graph, pack, sanction, refuse)
        if digest:
            wanted.append(Wanted(shown[0].key, digest))
        elif shown:
            _look(shown, pack, yes, refuse)
            wanted += [Wanted(c.key, c.digest) for c in shown]
        if not wanted:
            raise BadRequest(
                "Nothing to decide: name consequences, --sanction or --list, and see what waits with lookup."
            )
        done = decide(
            graph,
            pack,
            wanted,
            decision="refused" if refuse else "confirmed",
            day=day or today(),
            role=role,
            reason=reason,
            today=today(),
            organ=organ,
        )
        derive_into(graph, pack)
    _told(done, as_json)


def _known(graph: Graph, pack: RulePack, key: str) -> ConsequenceRef:
    found = consequence(graph, pack, key, as_of=today())
    if found is None:
        raise BadRequest(f"There is no consequence {key!r}: derive, and take its key from a look-up (c-…).")
    return found


def _waiting(graph: Graph, pack: RulePack, sanction: str, refuse: bool) -> list[ConsequenceRef]:
    """All of a sanction that wait for a human; what lacks more than him can be refused only."""
    answer = consequences_from(graph, pack, sanction, as_of=today())
    if not answer.sanctions:
        raise BadRequest(f"There is no sanction {sanction!r}.")
    waiting = [c for c in answer.consequences if CONFIRM in c.missing and c.status in ("candidate", "suspended")]
    return [c for c in waiting if refuse or c.missing == [CONFIRM]]


def _from_list(path: Path) -> list[Wanted]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for line, row in enumerate(rows, 2):
        if not (row.get("consequence") and row.get("digest")):
            raise BadRequest(f"{path.name}, line {line}: needs a consequence and the digest of the evidence seen.")
    return [Wanted(row["consequence"].strip(), row["digest"].strip()) for row in rows]


def _look(shown: Sequence[ConsequenceRef], pack: RulePack, yes: bool, refuse: bool) -> None:
    """Shows what is decided on, and asks."""
    if yes:
        return
    for c in shown:
        err.print(show.consequence_panel(c, pack))
    if not sys.stdin.isatty():
        raise BadRequest(
            "Nobody is there to ask: give the --digest that was seen, or --yes when it was seen elsewhere."
        )
    word = "Refuse" if refuse else "Confirm"
    typer.confirm(f"{word} {len(shown)} on the evidence above?", abort=True, err=True)


# --- findings, liftings, withdrawals, terms ------------------------------------------------------------------

_RECORD = {
    "finding": ("finding", "a document finds a person at fault (认定负有个人责任)"),
    "named": ("finding", "the decision names the person (决定中具名)"),
    "ordered": ("finding", "an order or decision covers the party (命令或裁量决定及于本人)"),
    "lifted": ("lifting", "measures are lifted, for all or for one party (解除)"),
    "withdrawn": ("withdrawal", "the owner takes the sanction back (撤销)"),
    "changed": ("term", "the term is changed (调整期限); needs --until"),
    "conditions_told": ("notice", "conditions of repair were told with the decision (修复条件告知)"),
}


def record(
    what: Annotated[str, typer.Argument(help="; ".join(f"{k}: {text}" for k, (_, text) in _RECORD.items()))],
    sanction: Annotated[str, typer.Argument(help="Key of the sanction (s-…).")],
    reason: ReasonOption,
    role: RoleOption = "source_organ",
    party: Annotated[str | None, typer.Option(help="Key, number or full name of the party concerned.")] = None,
    capacity: Annotated[
        str | None, typer.Option(help="Role code in which he answers: LR, PIC, DRM, DRP, AC, …")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="Only this measure is lifted.")] = None,
    until: Annotated[
        date | None,
        typer.Option("--until", parser=day_of, metavar="DATE", help="First day on which it no longer holds."),
    ] = None,
    day: DayOption = None,
    organ: ActingOrganOption = None,
    document: DocumentOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what an organ decided beside the sanction itself.

    Example: creditgraph record ordered s-… --party 罗志远 --capacity LR --reason 限制消费令及于本人 --document (2024)湘01执1号
    """
    if what not in _RECORD:
        raise BadRequest(f"There is nothing like {what!r} to record; there is {', '.join(_RECORD)}.")
    pack, kind = load_pack(), _RECORD[what][0]
    details = {"capacity": capacity, "measure": measure, "until": until}
    with graph_of(store) as graph:
        event = Event(
            id="",
            kind=kind,
            stage=what,
            sanction=sanction,
            day=day or today(),
            subject=one_party(graph, party).key if party else None,
            role=role,
            organ=organ,
            reason=reason,
            document=document,
            details={k: v for k, v in details.items() if v is not None},
        )
        done = record_events(graph, [event], today=today())
        derive_into(graph, pack)
    _told(done, as_json)


# --- objections and repairs ------------------------------------------------------------------------------------


def objection(
    stage: Annotated[str, typer.Argument(help=" → ".join(STAGES["objection"]))],
    case: Annotated[str, typer.Argument(help="Number of the objection.")],
    reason: ReasonOption,
    role: RoleOption,
    sanction: SanctionOption = None,
    item: Annotated[
        str | None, typer.Option(help="Id of a disputed statement, such as a post; default: the sanction itself.")
    ] = None,
    party: OfPartyOption = None,
    trigger: Annotated[str, typer.Option(help=f"How it came up: {', '.join(TRIGGERS)}.")] = "objection",
    form: Annotated[str, typer.Option(help=f"What it is: {', '.join(FORMS)}.")] = "objection",
    day: DayOption = None,
    organ: ActingOrganOption = None,
    document: DocumentOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an objection (异议) one stage further. From `marked` on, joint measures are suspended until it is decided.

    What is no sanction can be objected to as well, by --party and --item: a promise, grade, inspection, red-list entry, post or
    register fact.

    Example: creditgraph objection received O-1 --sanction s-… --as subject --reason 已履行完毕
    """
    for name, value, known in (("trigger", trigger, TRIGGERS), ("form", form, FORMS)):
        if value not in known:
            raise BadRequest(f"There is no {name} {value!r}; known are {', '.join(known)}.")
    details = {"trigger": trigger, "form": form} if stage == "received" else {}
    about = (sanction, party, item)
    _step("objection", stage, case, about, details, role, reason, day, organ, document, store, as_json)


def repair(
    stage: Annotated[str, typer.Argument(help="show, or " + " → ".join(STAGES["repair"]))],
    case: Annotated[str, typer.Argument(help="Number of the repair; for show: key of the sanction (s-…).")],
    role: RoleOption = "source_organ",
    reason: ReasonOption = "",
    sanction: SanctionOption = None,
    party: OfPartyOption = None,
    item: Annotated[str | None, typer.Option(help="Id of a promise of that party that was broken or false.")] = None,
    severity: Annotated[
        str | None, typer.Option(help="Of a promise, as the organ states it: minor, general, serious (失信程度).")
    ] = None,
    kind: Annotated[str, typer.Option("--type", help=f"How: {', '.join(REPAIR_TYPES)}.")] = "fulfilled",
    statement: Annotated[str | None, typer.Option(help="Statement of correction (失信行为改正说明).")] = None,
    commitment: Annotated[
        bool, typer.Option("--commitment", help="A public promise was given (公开信用承诺).")
    ] = False,
    fulfilled: Annotated[bool, typer.Option("--fulfilled", help="Every duty was proved done.")] = False,
    day: DayOption = None,
    organ: ActingOrganOption = None,
    document: DocumentOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show whether an item can be repaired (信用修复), or take a repair one stage further.

    Granted, the item is gone from every answer, and all that followed from it ends.

    Example: creditgraph repair show s-…
    """
    if kind not in REPAIR_TYPES:
        raise BadRequest(f"There is no type {kind!r}; known are {', '.join(REPAIR_TYPES)}.")
    pack = load_pack()
    if stage == "show":
        with graph_of(store) as graph:
            found = repair_status(graph, pack, [case], as_of=today())
        if not found:
            raise BadRequest(f"There is no sanction {case!r}: take its key from a look-up (s-…).")
        tell(found[0], as_json, _show_repair)
        return
    details: dict[str, Any] = {"commitment": commitment or None, "fulfilled": fulfilled or None, "statement": statement}
    if severity is not None and severity not in pack.codes.severities:
        raise BadRequest(f"There is no severity {severity!r}; known are {', '.join(pack.codes.severities)}.")
    details["severity"] = severity
    if stage == "applied":
        details["type"] = kind
    details = {k: v for k, v in details.items() if v is not None}
    about = (sanction, party, item)
    _step("repair", stage, case, about, details, role, reason, day, organ, document, store, as_json)


def _show_repair(status: RepairRef) -> None:
    words = {"minor": "轻微", "general": "一般", "serious": "严重", None: "未定"}
    out.print(f"失信程度 {words[status.severity]} {status.severity or ''} ({status.severity_from})", highlight=False)
    out.print(f"最早可修复 earliest {status.earliest or '?'}  公示至 latest {status.latest or '?'}", highlight=False)
    out.print(f"环节 stage {status.stage or '-'}  修复条件告知 told {status.told or '-'}", highlight=False)
    for m in status.missing:
        out.print(f"尚缺 missing: {in_words(m)}", style="yellow", highlight=False, markup=False)
    for b in status.legal_basis:
        out.print(f"依据 {b.document} {b.article or ''}", style="green", highlight=False, markup=False)


def _step(
    kind: str,
    stage: str,
    case: str,
    about: tuple[str | None, str | None, str | None],
    details: dict[str, Any],
    role: str,
    reason: str,
    day: date | None,
    organ: str | None,
    document: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    sanction, party, item = about
    if item and "." in item:
        item = item.rpartition(".")[0]  # a fact id names a version; what is disputed is the statement
    with graph_of(store) as graph:
        steps = steps_of(graph, kind, case)
        first = steps[0] if steps else None
        if sanction and party:
            raise BadRequest(
                "It is about a sanction (--sanction), or about a fact of a party (--party, --item): not both."
            )
        if party:
            sanction = one_party(graph, party).key
        if first is None and sanction is None:
            raise BadRequest(
                f"There is no {kind} {case!r}; to begin one, say on what: --sanction s-…, or --party and --item"
            )
        event = Event(
            id="",
            kind=kind,
            stage=stage,
            sanction=sanction or (first.sanction if first else ""),
            day=day or today(),
            item=item or (first.item if first else ""),
            case=case,
            role=role,
            organ=organ,
            reason=reason,
            document=document,
            details=details,
        )
        done = record_events(graph, [event], today=today())
        derive_into(graph, load_pack())
    _told(done, as_json)


# --- execution -----------------------------------------------------------------------------------------------


def task(
    stage: Annotated[str, typer.Argument(help=" → ".join(STAGES["execution"]))],
    key: ConsequenceArgument,
    organ: Annotated[str, typer.Option("--organ", help="The organ that carries the measure out.")],
    reason: ReasonOption,
    role: RoleOption = "implementing_organ",
    day: DayOption = None,
    document: DocumentOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record how an organ carries out a measure: initiated, pushed, accepted or declined, done, fed back, ended.

    Example: creditgraph task accepted c-… --organ 长沙市住建局 --reason 已列入限制名单
    """
    pack = load_pack()
    with graph_of(store) as graph:
        c = consequence(graph, pack, key, as_of=day or today(), retired=True)
        if c is None:
            steps = steps_of(graph, "execution", execution_case(graph, key, organ))
            if stage != "ended" or not steps:
                raise BadRequest(f"There is no consequence {key!r}: derive, and take its key from a look-up (c-…).")
            first = steps[0]
            sanction, subject, measure = first.sanction, first.subject, first.details.get("measure")
        else:
            sanction, subject, measure = c.sanction.key, c.subject.key, c.measure
        event = Event(
            id="",
            kind="execution",
            stage=stage,
            sanction=sanction,
            day=day or today(),
            subject=subject,
            consequence=key,
            case=execution_case(graph, key, organ),
            role=role,
            organ=organ,
            reason=reason,
            document=document,
            details={"measure": measure, "rule": c.rule} if c else {"measure": measure},
        )
        done = record_events(graph, [event], today=today())
    _told(done, as_json)


def tasks_command(
    organ: Annotated[str | None, typer.Option("--organ", help="Only this organ (a part of its name will do).")] = None,
    finished: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """What has an organ to carry out, feed back or stop?

    Example: creditgraph tasks --organ 住建局
    """
    with graph_of(store) as graph:
        answer = tasks(graph, load_pack(), as_of=as_of or today(), organ=organ, finished=finished)
    tell(answer, as_json, _show_tasks)


def _show_tasks(answer: Tasks) -> None:
    table = Table("机关 organ", "措施", "对象", "环节 stage", "自", "后果状态", "待办 to do", "consequence", box=None)
    for r in answer.rows:
        name = r.subject.name or r.subject.key
        table.add_row(
            r.organ,
            r.measure_title["zh"],
            name,
            r.stage,
            str(r.since),
            r.status or "-",
            in_words(r.todo),
            r.consequence,
        )
    out.print(table)


# --- deadlines, notices, events -------------------------------------------------------------------------------


def due_command(
    within: Annotated[str, typer.Option(help="How far to look: 5wd working days, 30d days, 2m months.")] = "5wd",
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who owes what by when, with the clause.

    Example: creditgraph due --within 10wd
    """
    with graph_of(store) as graph:
        answer = due(graph, load_pack(), as_of=as_of or today(), within=within)
    tell(answer, as_json, _show_due)


def _show_due(answer: Due) -> None:
    table = Table("期限 due", "", "责任单位 owes", "事项 duty", "对象", "依据", "id", box=None)
    for r in answer.rows:
        state = "[red]逾期 overdue[/]" if r.overdue else "暂定 provisional" if r.provisional else ""
        about = (r.party.name or r.party.key) if r.party else ""
        basis = "; ".join(f"{b.document} {b.article or ''}".strip() for b in r.legal_basis)
        table.add_row(str(r.due), state, r.owes, r.duty + (f" ({r.case})" if r.case else ""), about, basis, r.deadline)
    out.print(table)
    if answer.objections_mean_days is not None:
        out.print(
            f"objections decided: {answer.objections_closed}, on average {answer.objections_mean_days} working days "
            f"(aim: {answer.objections_aim_days})",
            highlight=False,
        )


def explain(
    key: ConsequenceArgument,
    as_of: AsOfOption = None,
    language: Annotated[str, typer.Option("--language", help="zh, en or both.")] = "both",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """A consequence as a paragraph that the person concerned could be handed.

    Example: creditgraph explain c-…
    """
    if language not in ("zh", "en", "both"):
        raise BadRequest(f"There is no language {language!r}; there is zh, en and both.")
    pack, day = load_pack(), as_of or today()
    with graph_of(store) as graph:
        c = consequence(graph, pack, key, as_of=day)
    if c is None:
        raise BadRequest(f"There is no consequence {key!r} on {day}: take its key from a look-up (c-…).")
    text = notice(c, pack, as_of=day)
    shown = text if language == "both" else {language: text[language]}
    tell(shown, as_json, _show_notice)


def _show_notice(shown: dict[str, str]) -> None:
    for paragraph in shown.values():
        out.print(paragraph + "\n", highlight=False, markup=False, soft_wrap=True)


@events.command("list")
def events_list(
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(STAGES)}.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything recorded, oldest first.

    Example: creditgraph events list
    """
    with graph_of(store) as graph:
        found = all_events(graph, kind)
        tell(exported(graph, found), as_json, lambda _: _show_events(found))


def _show_events(found: Sequence[Event]) -> None:
    table = Table("日 day", "类别", "环节", "案号", "惩戒 / 后果", "身份", "记录人", "理由", box=None)
    for e in found:
        about = e.consequence or e.sanction
        table.add_row(str(e.day), e.kind, e.stage, e.case or "", about, e.role, e.author, e.reason or "")
    out.print(table)


@events.command("export")
def events_export(
    file: Annotated[Path, typer.Argument(help="JSON lines; holds reasons that people wrote: keep it safe.")],
    store: StoreOption = None,
) -> None:
    """Write everything recorded to a file, so that a rebuilt graph can have it again.

    Example: creditgraph events export events.jsonl
    """
    with graph_of(store) as graph:
        found = [*exported(graph, all_events(graph)), *exported_judgements(graph), *exported_corrections(graph)]
        rows = [json.dumps(row, ensure_ascii=False) for row in found]
    part = file.with_name(file.name + ".part")
    part.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    part.replace(file)
    err.print(f"{len(rows)} events", highlight=False)


@events.command("import")
def events_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record exported events again; what stands already is left as it is.

    Example: creditgraph events import events.jsonl
    """
    with graph_of(store, empty=True) as graph:
        done = import_events(graph, load_keys(Settings()), file, today=today())
        with progress() as bar:
            task = bar.add_task("derive", total=None)
            derive_into(graph, load_pack(), progress=lambda n, total: bar.update(task, completed=n, total=total))
    told = {"rows": done.rows, "recorded": done.recorded, "known": done.known}
    tell(
        told,
        as_json,
        lambda _: out.print(
            f"{done.rows} events = {done.recorded} recorded + {done.known} known already", highlight=False
        ),
    )


def _told(done: Sequence[Event], as_json: bool) -> None:
    rows = [{"id": e.id, "kind": e.kind, "stage": e.stage, "day": e.day, "sanction": e.sanction} for e in done]
    tell(rows, as_json, lambda _: _show_recorded(done))


def _show_recorded(done: Sequence[Event]) -> None:
    for e in done:
        about = e.case or e.consequence or e.sanction
        out.print(f"{e.day}  {e.kind} {e.stage}  {about}  ({e.id})", highlight=False, markup=False)
