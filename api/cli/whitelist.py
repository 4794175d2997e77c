"""The commands `whitelist` and `supervise`: who is in or out by a profile, and tiers with weights by a local table."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from api.cli.tables import check_table_name, write_table
from api.cli.terminal import AsOfOption, JsonOption, KnownAtOption, StoreOption, err, graph_of, one_party, out, tell
from api.cli.terminal import progress as progress_bar
from graph_model.profiles import read_profile, read_table
from graph_model.store.connect import Graph, today
from queries.answers import PartyRef
from queries.checks.supervise import Supervision, Tiered, supervise
from queries.checks.whitelist import Portrayed, Whitelist, whitelist
from queries.read.moment import Moment

if TYPE_CHECKING:
    import polars

R = TypeVar("R", Portrayed, Tiered)
Cell = str | int | float | None

OnlyPartiesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="PARTY", help="Only these: keys, codes, numbers or full names; none: every entity."),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Write every row to a .csv, .xlsx or .json file; no formula runs in it."),
]
SHOWN_ROWS = 20
VERDICT_ZH = {"in": "入列 in", "out": "未入列 out", "unknown": "不能确定 unknown"}
WHITELIST_COLUMNS = ("主体 key", "名称 name", "统一社会信用代码 code", "结论 verdict", "理由 reasons")
TIER_COLUMNS = (
    *("主体 key", "名称 name", "统一社会信用代码 code", "分级 tier", "名称 title"),
    *("抽查权重 weight", "理由 reasons", "未定 open"),
)


def whitelist_command(
    profile: Annotated[Path, typer.Option("--profile", exists=True, dir_okay=False, help="The profile, YAML.")],
    parties: OnlyPartiesArgument = None,
    to: OutOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who belongs on a white list (白名单) by a profile, with every feature and the reason of each exclusion? No score.

    Example: creditgraph whitelist --profile whitelist.yaml -o whitelist.xlsx
    """
    wanted = read_profile(profile)

    def rows(graph: Graph, asked: Moment, keys: Sequence[str] | None) -> Iterator[Portrayed | None]:
        return whitelist(graph, wanted, as_of=asked, keys=keys)

    def whole(asked: Moment, counts: dict[str, int], found: list[Portrayed]) -> Whitelist:
        return Whitelist(
            profile=wanted.name,
            as_of=asked.as_of,
            known_at=asked.known_at,
            position=asked.position,
            counts={name: counts.get(name, 0) for name in ("in", "out", "unknown", "outside")},
            rows=found,
        )

    def cells(row: Portrayed) -> list[Cell]:
        told: list[Cell] = [*_named(row.party), VERDICT_ZH[row.verdict], "; ".join(row.reasons)]
        values = {f.name: f"{f.fits}: {f.value or f.reason}" for f in row.features}
        return [*told, *(values.get(name) for name in names)]

    names = [
        *(["region 地区"] if wanted.region else []),
        *(["kind 类型"] if wanted.kinds else []),
        *(["status 登记状态"] if wanted.status else []),
        *(["age 成立年限"] if wanted.min_age_years is not None else []),
        *(c.name for c in wanted.credentials),
        *(e.name for e in wanted.excluded),
        *(["no broken promise 无违约失信承诺"] if wanted.broken_promises_years is not None else []),
    ]
    _run(
        store,
        parties,
        _day(as_of),
        known_at,
        to,
        as_json,
        rows,
        lambda r: r.verdict,
        (*WHITELIST_COLUMNS, *names),
        cells,
        whole,
    )


def supervise_command(
    table: Annotated[Path, typer.Option("--table", exists=True, dir_okay=False, help="The table of tiers, YAML.")],
    parties: OnlyPartiesArgument = None,
    to: OutOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tiers of supervision (分级监管) and sampling weights (双随机) by a table of local parameters, each with its reason.

    Tiers come from grades that organs gave and facts that they state, by the table only.

    Example: creditgraph supervise --table tiers.yaml -o weights.csv
    """
    wanted = read_table(table)

    def rows(graph: Graph, asked: Moment, keys: Sequence[str] | None) -> Iterator[Tiered | None]:
        return supervise(graph, wanted, as_of=asked, keys=keys)

    def whole(asked: Moment, counts: dict[str, int], found: list[Tiered]) -> Supervision:
        tiers = [*(t.tier for t in wanted.tiers), wanted.otherwise.tier, "outside"]
        return Supervision(
            table=wanted.name,
            as_of=asked.as_of,
            known_at=asked.known_at,
            position=asked.position,
            counts={name: counts.get(name, 0) for name in dict.fromkeys(tiers)},
            rows=found,
        )

    def cells(row: Tiered) -> list[Cell]:
        return [*_named(row.party), row.tier, row.title, row.weight, "; ".join(row.reasons), "; ".join(row.open)]

    _run(
        store,
        parties,
        _day(as_of),
        known_at,
        to,
        as_json,
        rows,
        lambda r: r.tier,
        TIER_COLUMNS,
        cells,
        whole,
    )


def _day(as_of: date | None) -> date:
    return as_of or today()


def _named(party: PartyRef) -> list[Cell]:
    code = next((i.value for i in party.identifiers if i.scheme == "uscc"), None)
    return [party.key, party.name, code]


def _run(
    store: str | None,
    parties: list[str] | None,
    as_of: date,
    known_at: date | None,
    to: Path | None,
    as_json: bool,
    rows: Callable[[Graph, Moment, Sequence[str] | None], Iterator[R | None]],
    label: Callable[[R], str],
    columns: Sequence[str],
    cells: Callable[[R], list[Cell]],
    whole: Callable[[Moment, dict[str, int], list[R]], Whitelist | Supervision],
) -> None:
    """Ask, count, and write or show."""
    counts: Counter[str] = Counter()
    if to is not None and to.suffix.lower() != ".json":
        check_table_name(to)
    with graph_of(store) as graph, progress_bar() as bar:
        asked = Moment.of(graph, as_of, known_at)
        task = bar.add_task("parties", total=None)

        def counted() -> Iterator[R]:
            for row in rows(graph, asked, _keys(graph, parties)):
                bar.advance(task)
                counts["outside" if row is None else label(row)] += 1
                if row is not None:
                    yield row

        found = list(counted())
    answer = whole(asked, counts, found)
    if to is not None and to.suffix.lower() != ".json":
        write_table(_frame(columns, [cells(row) for row in found]), to)
    elif to is not None:
        to.write_text(json.dumps(_plain(answer), ensure_ascii=False, indent=1), encoding="utf-8")

    def show(answer: Whitelist | Supervision) -> None:
        name = answer.profile if isinstance(answer, Whitelist) else answer.table
        out.print(Text(f"{name} · {as_of} · " + ", ".join(f"{k} {v}" for k, v in answer.counts.items()), style="bold"))
        if to is not None:
            err.print(f"→ {to.name}")
        else:
            _show_rows(columns, [cells(row) for row in found])

    tell(answer, as_json, show)


def _frame(columns: Sequence[str], rows: list[list[Cell]]) -> "polars.DataFrame":
    import polars as pl

    return pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)


def _plain(answer: Whitelist | Supervision) -> Any:
    return answer.model_dump(mode="json", by_alias=True)


def _keys(graph: Graph, parties: list[str] | None) -> list[str] | None:
    if not parties:
        return None
    return list(dict.fromkeys(one_party(graph, text).key for text in parties))


def _show_rows(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    table = Table(*columns[1:], box=None)
    for row in rows[:SHOWN_ROWS]:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row[1:]))
    out.print(table)
    if len(rows) > SHOWN_ROWS:
        out.print(f"… {len(rows) - SHOWN_ROWS} more: --out FILE or --json has all", style="dim")
