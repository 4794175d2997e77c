"""Commands about the law itself: the rules, their coverage, what others would do, and why a rule does not reach."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli import show
from api.cli.exit_codes import FAILED
from api.cli.language import in_words
from api.cli.lazy import command_group
from api.cli.terminal import (
    AsOfOption,
    FailOption,
    JsonOption,
    PartyArgument,
    StoreOption,
    ask,
    day_of,
    end,
    finish,
    graph_of,
    one_party,
    out,
    progress,
    tell,
)
from graph_model.docs.coverage import places, reason_of, source_in_words, state_of, unplaced
from graph_model.errors import BadRequest
from graph_model.rules import RulePack, build_pack, load_pack, load_pack_from
from graph_model.rules.model import Document, Rule
from graph_model.rules.review import review
from graph_model.store.connect import Graph, today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.derive import Derived, derive_into
from loaders.sources import SOURCES
from queries.casework.published import published
from queries.law.incentives import incentives_of
from queries.law.measures import MeasureList, measures
from queries.law.what_if import WhatIf, what_if
from queries.law.why_not import WhyNot, why_not
from queries.party.parties import no_party, resolve
from queries.read.moment import Moment


class CodeList(StrEnum):
    """The code lists that can be asked for."""

    ACTS = "acts"
    SECTORS = "sectors"
    MEASURES = "measures"
    TRIGGERS = "triggers"
    CIRCUMSTANCES = "circumstances"
    ROLES = "roles"
    PENALTY_KINDS = "penalty_kinds"
    SEVERITIES = "severities"


rules = command_group("The rule pack: the law as data.")


@rules.command("list")
def rules_list(as_json: JsonOption = False) -> None:
    """All rules: how they reach, whom, since when, how sure.

    Example: creditgraph rules list --json
    """
    tell(load_pack().rules, as_json, _show_rules)


def _show_rules(found: Sequence[Rule]) -> None:
    table = Table("id", "规则", "及于", "时点", "方式", "措施", "等级", box=None)
    for r in found:
        grade = r.confidence.grade if r.enabled else f"{r.confidence.grade} 停用"
        reach = " ".join(r.reach)
        table.add_row(r.id, r.title.zh, reach, r.role_time, r.automaticity, " ".join(r.measures), grade)
    out.print(table)


@rules.command("show")
def rules_show(
    name: Annotated[str, typer.Argument(help="Rule id, or the requirement row that it answers (P01).")],
    as_json: JsonOption = False,
) -> None:
    """One rule, whole.

    Example: creditgraph rules show PR-021
    """
    found = load_pack().find(name)
    if not found:
        raise BadRequest(f"There is no rule {name!r}: see creditgraph rules list.")
    for rule in found:
        data = rule.model_dump(mode="json", by_alias=True, exclude_none=True)
        tell(data, as_json, lambda whole: out.print_json(json.dumps(whole, ensure_ascii=False)))


@rules.command("check")
def rules_check(
    folder: Annotated[
        Path | None, typer.Argument(exists=True, help="Your own rules, a file or a folder; default: the product's.")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder of rule cases, to tell what has none.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read a rule pack against its schema, code lists and guards, and tell what it leaves open.

    Example: creditgraph rules check --cases tests/rule_cases
    """
    pack = load_pack_from(folder) if folder else load_pack()
    found = review(pack, emitted=emitted_codes(), cases=cases)
    off = [r.id for r in pack.rules if not r.enabled]
    tell({"rules": len(pack.rules), "disabled": off, "open": found}, as_json, _show_review)


def _show_review(found: dict[str, Any]) -> None:
    for title, lines in found["open"].items():
        if lines:
            out.print(f"{title} ({len(lines)})", style="yellow", highlight=False)
            for line in lines:
                out.print(f"  {line}", highlight=False, markup=False)
    counts = f"{found['rules']} rules, {len(found['disabled'])} disabled"
    out.print(f"{counts}: schema, codes and guards in order", highlight=False)


@rules.command("documents")
def rules_documents(as_json: JsonOption = False) -> None:
    """The register of legal bases: id, number, title, in force, how sure.

    Example: creditgraph rules documents
    """
    tell(load_pack().documents, as_json, _show_documents)


def _show_documents(found: Sequence[Document]) -> None:
    table = Table("id", "依据", "机关", "施行", "至", "等级", box=None)
    for d in found:
        since, until = str(d.since or "?"), str(d.until or "")
        table.add_row(d.id, d.name, d.issuer, since, until, d.confidence.grade)
    out.print(table)


class MeasureForceWord(StrEnum):
    """How a measure binds."""

    MANDATORY = "mandatory"
    RECOMMENDED = "recommended"


FORCE_ZH = {"mandatory": "强制性 mandatory", "recommended": "推荐性 recommended", None: ""}


@rules.command("measures")
def rules_measures(
    code: Annotated[list[str] | None, typer.Argument(metavar="[MEASURE]...", help="Only these, by code.")] = None,
    force: Annotated[
        MeasureForceWord | None, typer.Option("--force", help="Only mandatory or recommended ones.")
    ] = None,
    area: Annotated[
        str | None,
        typer.Option("--area", metavar="PLACE", help="Only by rules that hold there: a place or division code."),
    ] = None,
    applied: Annotated[bool, typer.Option("--applied", help="Only those that some rule in force brings.")] = False,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """The list of measures (措施清单): force, rules that bring each, where, by which articles, in which wording.

    Example: creditgraph rules measures --force recommended
    """
    word: Any = force.value if force else None
    found = measures(load_pack(), as_of=as_of or today(), force=word, area=area, applied=applied, codes=code)
    tell(found, as_json, _show_measures)


def _show_measures(found: MeasureList) -> None:
    table = Table(
        "措施 measure", "", "组 group", "性质 force", "规则 rules", "地区 area", "依据 basis", "起 since", box=None
    )
    for m in found.measures:
        rows = m.rules or [None]
        for n, r in enumerate(rows):
            head = (m.measure, m.title["zh"], m.group, FORCE_ZH[m.force]) if n == 0 else ("", "", "", "")
            if r is None:
                table.add_row(*head)
                continue
            basis = "; ".join(f"{b.document} {b.article or ''}".strip() for b in r.basis)
            rule = r.rule if r.applied else f"{r.rule} (停用 not applied)"
            table.add_row(*head, rule, r.area or "", basis, str(r.since or ""))
    out.print(table)
    out.print(f"{len(found.measures)} measures, rule pack {found.pack}", style="dim", highlight=False)


@rules.command("codes")
def rules_codes(
    name: Annotated[CodeList, typer.Argument(help="Which code list.")],
    as_json: JsonOption = False,
) -> None:
    """A code list of the rule pack: acts, sectors, measures, triggers, circumstances, roles, kinds of penalty.

    Example: creditgraph rules codes acts
    """
    rows: dict[str, Any] = getattr(load_pack().codes, name.value)
    answer = {code: row.model_dump(mode="json", exclude_none=True) for code, row in rows.items()}
    tell(answer, as_json, lambda _: _show_codes(rows))


def _show_codes(rows: dict[str, Any]) -> None:
    table = Table("code", "中文", "English", "below", "requirements", box=None)
    for code, row in rows.items():
        below = getattr(row, "parent", None) or ""
        table.add_row(code, row.zh, row.en, below, " ".join(getattr(row, "requirements", ())))
    out.print(table)


@rules.command("coverage")
def rules_coverage(
    missing: Annotated[bool, typer.Option("--not-yet", help="Only what is not answered, or partly.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Where each requirement of the source documents is answered. Exit 1 when one has no place.

    Example: creditgraph rules coverage --not-yet
    """
    pack = load_pack()
    found, without = places(pack), unplaced(pack)
    states = {r.id: state_of(r, found.get(r.id, [])) for r in pack.requirements}
    rows = [
        {
            "id": r.id,
            "zh": r.zh,
            "fit": r.fit,
            "source": source_in_words(pack, r.source),
            "state": states[r.id],
            "where": [p._asdict() for p in found.get(r.id, [])],
            "missing": reason_of(r, found.get(r.id, [])),
        }
        for r in pack.requirements
        if not (missing and states[r.id] == "answered")
    ]
    answer = {"rows": rows, "without_place": without}
    tell(answer, as_json, lambda _: _show_coverage(rows, Counter(states.values()), without))
    if without:
        raise typer.Exit(FAILED)


def _show_coverage(rows: list[dict[str, Any]], counts: Counter[str], without: Sequence[str]) -> None:
    table = Table("id", "", "要求", "依据", "state", "where", box=None)
    for r in rows:
        where = "; ".join(place["where"] for place in r["where"][:4])
        told = r["state"] if r["missing"] is None else f"{r['state']}: {r['missing']}"
        table.add_row(r["id"], "★" if r["fit"] == "core" else "◐", r["zh"], r["source"], told, where)
    out.print(table)
    out.print(
        f"{counts.total()} requirements: {counts['answered']} answered, {counts['partly']} partly, "
        f"{counts['not yet']} not yet, {len(without)} without a place",
        highlight=False,
    )


def derive(
    everything: Annotated[bool, typer.Option("--all", help="All sanctions, not only the touched ones.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Derive which measures follow for whom from the facts that changed.

    Example: creditgraph derive --all
    """
    with graph_of(store, empty=True) as graph:
        done = derive_all(graph, load_pack(), everything=everything)
    tell(
        asdict(done),
        as_json,
        lambda _: out.print(
            f"{done.sanctions} sanctions: {done.created} consequences written, {done.removed} removed, "
            f"{done.kept} unchanged",
            highlight=False,
        ),
    )


def derive_all(graph: Graph, pack: RulePack, *, everything: bool = False) -> Derived:
    """Derives what is to be derived, with a bar."""
    with progress() as bar:
        task = bar.add_task("derive", total=None)
        return derive_into(
            graph,
            pack,
            everything=everything,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


CONDITIONS = {
    "enabled": "启用",
    "trust": "来源",
    "trigger": "触发",
    "subject": "对象",
    "law": "施行",
    "sector": "领域",
    "circumstance": "情节",
    "clean": "无不良记录",
    "post": "任职",
    "branch": "分支机构",
    "after": "事后",
    "adult": "成年",
    "finding": "认定",
    "term": "期间",
    "reach": "及于",
}


def emitted_codes() -> set[str]:
    """The trigger codes that the sources can report."""
    return {code for source in SOURCES.values() for code in source.triggers}


def what_if_command(
    file: Annotated[
        Path, typer.Option("--rules", exists=True, help="YAML file or folder; rows replace those of the same id.")
    ],
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """What would other rules do? Who would be reached, freed or changed; nothing is written.

    Example: creditgraph what-if --rules my.yaml --as-of 2026-01-01
    """
    pack, own = load_pack(), load_pack_from(file)
    replaced = {r.id for r in own.rules}
    kept = [r for r in pack.rules if r.id not in replaced]
    other = build_pack([*kept, *own.rules], pack.codes, own.documents)
    with graph_of(store) as graph, progress() as bar:
        task = bar.add_task("what-if", total=None)
        answer = what_if(
            graph,
            pack,
            other,
            as_of=as_of or today(),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    tell(answer, as_json, _show_what_if)


def _show_what_if(answer: WhatIf) -> None:
    table = Table("规则", "地区", "变化 change", "后果 consequences", box=None)
    for row in answer.totals:
        table.add_row(row["rule"], row["region"], row["change"], str(row["consequences"]))
    out.print(table)
    out.print(
        f"{answer.sanctions} sanctions: {len(answer.rows)} consequences differ, {answer.unchanged} do not; nothing written",
        highlight=False,
    )


def why_not_command(
    text: PartyArgument,
    rule: Annotated[str, typer.Argument(help="Rule id, as PR-021.")],
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why does this rule not reach this party? The condition that fails, and all that were looked at.

    Example: creditgraph why-not 91430102XN06181386 PR-021
    """
    pack = load_pack()
    with graph_of(store) as graph:
        party, candidates = resolve(graph, text, hash=load_keys(Settings()).hash)
        if party is None:
            finish(
                no_party("why-not", Moment.of(graph, as_of or today()), candidates, text, graph), pack, as_json, False
            )
            return
        answer = why_not(graph, pack, party.key, rule, as_of=as_of or today())
    tell(answer, as_json, _show_why_not)


def _show_why_not(answer: WhyNot) -> None:
    title = f"{answer.rule} {answer.rule_title['zh']}"
    verdict = f"及于 reached ({answer.status})" if answer.reached else "不及于 not reached"
    out.print(f"{title}: {verdict}", style="bold")
    out.print(in_words(answer.reason), highlight=False, markup=False)
    for c in answer.conditions:
        mark = "[green]✓[/]" if c.holds else "[red]✗[/]"
        out.print(f"  {mark} {CONDITIONS.get(c.condition, '')} {c.condition}  ", end="")
        out.print(f"{in_words(c.text)}  {c.sanction}", highlight=False, markup=False, style="dim")


def incentives_command(
    text: PartyArgument,
    complete_since: Annotated[
        date | None,
        typer.Option(
            "--complete-since", parser=day_of, metavar="DATE", help="You vouch that all adverse records since are here."
        ),
    ] = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which incentives may this party have (守信激励)? Facts and conditions, never points.

    Example: creditgraph incentives 91430102XN06181386 --complete-since 2020-01-01
    """
    answer, pack = ask(
        store,
        text,
        "incentives",
        as_of,
        lambda g, p, key, day: incentives_of(g, p, key, as_of=day, complete_since=complete_since),
    )
    finish(answer, pack, as_json, False)


def published_command(
    text: PartyArgument,
    as_of: AsOfOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """What of a party's record may still be shown to the public (公示), and what no longer, since when, by which article?

    Example: creditgraph published 91430102XN06181386
    """
    pack = load_pack()
    with graph_of(store) as graph:
        answer = published(graph, pack, one_party(graph, text).key, as_of=as_of or today())
    tell(answer, as_json, lambda found: out.print(show.public_items(found)))
    end(answer.status, answer.complete, fail)
