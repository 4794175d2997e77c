"""Commands about identity: wrong credit codes (重错码), and entities that are one. Who decides says so (`--author`)."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.lazy import command_group
from api.cli.terminal import (
    AuthorOption,
    JsonOption,
    ReasonOption,
    StoreOption,
    err,
    graph_of,
    one_party,
    out,
    progress,
    tell,
)
from graph_model.errors import BadRequest
from graph_model.rules import load_pack
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.decisions.branches import accept_branch
from loaders.decisions.corrections import correct_row, undo
from loaders.derive import derive_into
from loaders.identity.merge import merge, split
from queries.answers import CorrectionRef
from queries.read.corrections import corrections
from queries.supply.codes import CODE_KINDS, CodeRate, CodeRates, WrongCodes, code_rates
from queries.supply.codes import codes as find_codes

codes = command_group("Credit codes that are wrong or doubled (重错码): list, correct, take back.")
entity = command_group("Two entities that are one: merge, split.")

KIND_ZH = {
    "invalid": "校验不符",
    "placeholder": "占位码",
    "duplicate-code": "一码多主体",
    "duplicate-entity": "一主体多码",
    "foreign-region": "区划不符",
}


@codes.command("list")
def codes_list(
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help=f"Only this kind, more than once for several: {', '.join(CODE_KINDS)}."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many findings at the most.")] = 200,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which codes are wrong, say that there is none, are borne by several, or doubled; and what they probably are.

    Example: creditgraph codes list --kind invalid --json
    """
    with graph_of(store, empty=True) as graph, progress() as bar:
        bar.add_task("codes", total=None)
        answer = find_codes(graph, load_keys(Settings()).cipher, kinds=kind or CODE_KINDS, limit=limit)
    tell(answer, as_json, _show_codes)


def _show_codes(answer: WrongCodes) -> None:
    table = Table("种类 kind", "代码 code", "名称 name", "来源 from", "编号 ref", "建议 proposal", box=None)
    for row in answer.rows:
        first = row.proposals[0] if row.proposals else None
        proposal = "" if first is None else f"{first.code or 'merge 合并'}: {'; '.join(first.reasons)}"
        if row.correction:
            proposal = f"已更正 corrected, {row.correction.id}: {row.correction.code}"
        where = f"{row.row.file}, line {row.row.line}" if row.row else ""
        name = row.name or (row.parties[0].name if row.parties else "") or ""
        table.add_row(
            f"{KIND_ZH[row.kind]} {row.kind}",
            row.code,
            name,
            " ".join(filter(None, (row.owner, where))),
            row.ref,
            proposal,
        )
    out.print(table)
    totals = ", ".join(f"{KIND_ZH[k]} {k} {n}" for k, n in answer.totals.items())
    err.print(totals + ("" if answer.complete else f"; only {len(answer.rows)} are shown"), highlight=False)


@codes.command("correct")
def codes_correct(
    ref: Annotated[str, typer.Argument(metavar="REF", help="As codes list shows it: RUN:LINE, or KEEP/OTHER.")],
    author: AuthorOption,
    reason: ReasonOption,
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="The right code, for a rejected row.")] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a correction: a rejected row is loaded with this code; two entities become one.

    Example: creditgraph codes correct registry-8cfa…:15 91430102XN06181386 --author 王芳 --reason 与登记机关核对
    """
    run, _, line = ref.rpartition(":")
    with graph_of(store, empty=True) as graph:
        keys = load_keys(Settings())
        if "/" in ref:
            if code is not None:
                raise BadRequest("Two entities are merged, and no code is typed: leave it out.")
            keep, other = (one_party(graph, text).key for text in ref.split("/", 1))
            done: dict[str, Any] = {"id": merge(graph, keep, other, author=author, reason=reason).id}
        elif not (run and line.isdecimal()):
            raise BadRequest(f"{ref!r} is no RUN:LINE and no KEEP/OTHER: take it from creditgraph codes list.")
        elif code is None:
            raise BadRequest("The right code is missing: creditgraph codes correct RUN:LINE CODE.")
        else:
            done = asdict(correct_row(graph, keys, run, int(line), code, author=author, reason=reason))
        derive_into(graph, load_pack())
    _told(done, as_json)


@codes.command("undo")
def codes_undo(
    id: Annotated[str, typer.Argument(help="Id of the correction (x-…), as codes history shows it.")],
    author: AuthorOption,
    reason: ReasonOption,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a correction back; the record of both stays.

    Example: creditgraph codes undo x-0a1b… --author 王芳 --reason 函复有误
    """
    with graph_of(store, empty=True) as graph:
        done = undo(graph, id, author=author, reason=reason)
        derive_into(graph, load_pack())
    _told(asdict(done), as_json)


@codes.command("rate")
def codes_rate(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """How many of the rows with codes have a wrong one (重错率), per organ and per run.

    Example: creditgraph codes rate --json
    """
    with graph_of(store, empty=True) as graph, progress() as bar:
        bar.add_task("codes", total=None)
        answer = code_rates(graph, load_keys(Settings()).cipher)
    tell(answer, as_json, _show_rates)


def _show_rates(answer: CodeRates) -> None:
    for title, rows in (("归属单位 owner", answer.by_owner), ("批次 run", answer.by_run)):
        table = Table(title, "有码 rows", "错码 wrong", "重错率 rate", box=None)
        for r in rows:
            table.add_row(_of(r), str(r.rows), str(r.wrong), f"{r.rate:.2%}")
        out.print(table)


def _of(rate: CodeRate) -> str:
    return f"{rate.run} ({rate.file})" if rate.run else rate.owner or "unknown 不明"


@codes.command("history")
def codes_history(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Every correction and merge: who, when, why, and whether it was taken back.

    Example: creditgraph codes history
    """
    with graph_of(store, empty=True) as graph:
        found = corrections(graph)
    tell(found, as_json, _show_corrections)


def _show_corrections(found: list[CorrectionRef]) -> None:
    table = Table(
        "编号 id", "种类 kind", "内容 what", "时间 when", "决定人 who", "理由 why", "撤销 taken back", box=None
    )
    for c in found:
        what = " ".join(x for x in (c.row, c.field, c.code) if x) if c.row else f"{c.other} → {c.keep}"
        kind = {
            "merge": "合并 merge",
            "joined": "同号合一 joined",
            "code": "改码 code",
            "settled": "拒收了结 settled",
            "branch": "认定分支 branch",
        }[c.kind]
        table.add_row(c.id, kind, what, c.recorded_at or "", c.author, c.reason, c.undone or "")
    out.print(table)


@entity.command("branch")
def entity_branch(
    branch: Annotated[str, typer.Argument(metavar="BRANCH", help="Key, code, number or full name of the branch.")],
    company: Annotated[str, typer.Argument(metavar="COMPANY", help="The one whose branch it is.")],
    author: AuthorOption,
    reason: ReasonOption,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """BRANCH is a branch of COMPANY, as its name says: accepted by somebody, and not by the name alone any more.

    What only a name proposes (policy branch-name) is walked by exposure and by nothing else. `codes undo` takes it back.

    Example: creditgraph entity branch 湘楚银行股份有限公司长沙分行 湘楚银行股份有限公司 --author 王芳 --reason 金融许可证
    """
    with graph_of(store, empty=True) as graph:
        one, two = one_party(graph, branch).key, one_party(graph, company).key
        done = accept_branch(graph, one, two, author=author, reason=reason)
        derive_into(graph, load_pack())
    _told({"id": done.id, "branch": one, "company": two}, as_json)


@entity.command("merge")
def entity_merge(
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="Key, code, number or full name of the one that stays.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The one that goes into it.")],
    author: AuthorOption,
    reason: ReasonOption,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Two entities are one: everything of OTHER stands at KEEP from now on, and what comes for it later too.

    Example: creditgraph entity merge 91430102XN06181386 91430104XN3090658Q --author 王芳 --reason 登记机关函复
    """
    with graph_of(store, empty=True) as graph:
        one, two = one_party(graph, keep).key, one_party(graph, other).key
        done = merge(graph, one, two, author=author, reason=reason)
        derive_into(graph, load_pack())
    _told({"id": done.id, "keep": done.keep, "other": done.other}, as_json)


@entity.command("split")
def entity_split(
    id: Annotated[str, typer.Argument(help="Id of the merge (x-…), as codes history shows it.")],
    author: AuthorOption,
    reason: ReasonOption,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a merge back: what came by a code or name of the merged entity stands there again.

    Example: creditgraph entity split x-0a1b… --author 王芳 --reason 函复有误
    """
    with graph_of(store, empty=True) as graph:
        done = split(graph, id, author=author, reason=reason)
        derive_into(graph, load_pack())
    _told({"id": done.id, "of": id}, as_json)


def _told(done: dict[str, Any], as_json: bool) -> None:
    tell(done, as_json, lambda _: out.print(", ".join(f"{k} {v}" for k, v in done.items()), highlight=False))
