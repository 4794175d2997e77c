"""The command `screen`: a list of parties in, the same list with answers out.

Rows are answered in pieces. Each piece is written to a file beside the output, and then noted in a manifest: a run that
was killed goes on after the last one. The output appears when it is whole.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import FileLock, Timeout
from rich.table import Table

from api.cli.terminal import (
    ActOption,
    AsOfOption,
    FailOption,
    HopsOption,
    JsonOption,
    KindOption,
    ListOption,
    OrganOption,
    SectorOption,
    StoreOption,
    end,
    err,
    graph_of,
    out,
    progress,
    tell,
)
from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import mask_ids_in
from graph_model.rules import load_pack
from graph_model.store.connect import today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.drafts import Row
from loaders.load.engine import rare_collections
from loaders.reading.tables import TableOut, guess, masked, masks, open_table
from queries.party.sanction_filter import SanctionFilter
from queries.screen import CELL_ROLES, FLAGS, NUMBERS, SCREEN_COLUMNS, Screener, Screening

PIECE = 2_000
NOTES_FORMAT = 2
RESULTS_ZH = {
    "hit": "命中",
    "clear": "未命中",
    "incomplete": "不完整",
    "stale": "后果待更新",
    "unknown": "未识别",
    "ambiguous": "多个候选",
    "contradiction": "代码与名称矛盾",
    "invalid": "代码有误",
    "unreadable": "行无法读取",
}
CodeOption = Annotated[
    list[str] | None, typer.Option("--code", metavar="COLUMN", help="Column with the credit code (统一社会信用代码).")
]
NumberOption = Annotated[
    list[str] | None,
    typer.Option("--number", metavar="COLUMN", help="Column with another number: register, stock, id number, key."),
]
NameOption = Annotated[list[str] | None, typer.Option("--name", metavar="COLUMN", help="Column with the full name.")]


def screen_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX, JSON or Parquet, with names of columns.")],
    to: Annotated[Path, typer.Option("--out", "-o", help="CSV, XLSX, Parquet or JSON lines, by its ending.")],
    code: CodeOption = None,
    number: NumberOption = None,
    name: NameOption = None,
    hops: HopsOption = 3,
    as_of: AsOfOption = None,
    lists: ListOption = None,
    organs: OrganOption = None,
    kinds: KindOption = None,
    acts: ActOption = None,
    sectors: SectorOption = None,
    fail: FailOption = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """A list of parties against the graph: who is sanctioned, reached by measures, or near somebody sanctioned?

    Every row comes out again, in its order, with the answer behind it. A run that was killed goes on where it was.
    With --list, --organ, --kind, --act or --sector only these sanctions count; measures are never left out.

    Example: creditgraph screen suppliers.xlsx -o screened.csv --hops 2
    """
    from queries.projection.current import (  # here: its compiler takes a second that no other command should pay
        opened,
        root_of,
    )

    given = {role: columns for role, columns in zip(CELL_ROLES, (code, number, name), strict=True) if columns}
    with graph_of(store) as graph:
        with progress() as bar:
            task = bar.add_task("projection", total=None)
            root = root_of(Settings(), graph)
            projection = opened(graph, root, lambda done, total: bar.update(task, completed=done, total=total))
        pack, hash = load_pack(), load_keys(Settings()).hash
        only = SanctionFilter.of(pack.codes, lists=lists, organs=organs, kinds=kinds, acts=acts, sectors=sectors)
        day = as_of or today()
        screener = Screener(graph, projection.reader(), pack, hops=hops, as_of=day, hash=hash, only=only)
        with progress() as bar:
            task = bar.add_task("screen", total=None)
            done = screen_file(
                screener, file, to, given, tell=_tell, report=lambda n, of: bar.update(task, completed=n, total=of)
            )
    tell(done, as_json, show_screening)
    words = {word for word, n in done.results.items() if n}
    end("hit" if "hit" in words else "clear", words == {"clear"}, fail)


def _tell(text: str) -> None:
    err.print(text, highlight=False, markup=False, soft_wrap=True)


def show_screening(done: Screening) -> None:
    """What became of the rows, as text."""
    table = Table("结果 result", "行 rows", box=None)
    for word, n in done.results.items():
        table.add_row(f"{RESULTS_ZH.get(word, '')} {word}", f"{n:,}")
    out.print(table)
    out.print(f"{done.rows:,} rows → {done.output}, as of {done.as_of}, position {done.position}", highlight=False)
    if done.only:
        out.print(done.only, style="yellow", highlight=False, soft_wrap=True)
    out.print("周边命中只供参考,不是处罚依据。 Hits nearby are information, never a penalty.", style="dim")


# --- the run ----------------------------------------------------------------------------------------------


def _check_place(to: Path, path: Path) -> None:
    if to.exists() and path.exists() and to.samefile(path):
        raise BadRequest(f"{to.name} is the input itself: name another file")
    if not to.parent.is_dir():
        raise BadRequest(f"there is no folder {to.parent}")


def screen_file(
    screener: Screener,
    path: Path,
    to: Path,
    given: dict[str, list[str]],
    *,
    tell: Callable[[str], None] = lambda _: None,
    report: Callable[[int, int | None], None] = lambda _n, _of: None,
) -> Screening:
    """Answers every row of a file into another one.

    Args:
        given: role → columns, where they are not to be guessed.
        tell: gets what the user should know before it ends: columns, and whether an earlier run goes on.
        report: (rows done, rows in all if they are known).

    Raises:
        SourceError: the file is no table, or breaks off.
        BadRequest: no column says who is meant, or it cannot be written as asked.
    """
    _check_place(to, path)
    header, rows = open_table(path, [name for names in given.values() for name in names])
    columns = _columns(header, given)
    tell("columns: " + ", ".join(f"{role} = {mask_ids_in(' + '.join(names))}" for role, names in columns.items()))
    if screener.stale:
        tell(screener.stale)
    prefix = _prefix(header)
    heads = [*(masked(name, "text") for name in header), *(prefix + name for name in SCREEN_COLUMNS)]
    table = TableOut(to, heads, [prefix + n for n in NUMBERS], [prefix + n for n in FLAGS])
    digest, lines = _digest(path)
    asked: dict[str, Any] = {"input": digest, "columns": columns, "header": heads, "hops": screener.walk.hops}
    asked |= {"format": NOTES_FORMAT, "as_of": screener.day.isoformat(), **screener.stands}
    try:
        with FileLock(str(_beside(to, ".lock")), timeout=0):
            run = _Run(table, asked)
            if run.note:
                tell(run.note)
            with rare_collections():
                _answer(run, screener, header, columns, rows, lambda n: report(n, max(n, lines) if lines else None))
            run.finish()
    except Timeout:
        raise BadRequest(f"another run is writing {to.name}") from None
    _beside(to, ".lock").unlink(missing_ok=True)
    return Screening(
        as_of=screener.day,
        position=screener.position,
        hops=screener.walk.hops,
        input=path.name,
        output=to.name,
        columns=columns,
        rows=run.rows,
        results={word: run.results[word] for word in RESULTS_ZH if run.results[word]},
        only=screener.only.words,
        stale=screener.stale,
        resumed_at=run.resumed_at,
    )


def _columns(header: list[str], given: dict[str, list[str]]) -> dict[str, list[str]]:
    unknown = [name for names in given.values() for name in names if name not in header]
    has = mask_ids_in(", ".join(header))[:400]
    if unknown:
        raise BadRequest(f"there is no column {', '.join(unknown)}; the file has {has}")
    columns = given or guess(header)
    if not columns:
        raise BadRequest(f"no column says who is meant: name it with --code, --number or --name; the file has {has}")
    return columns


def _prefix(header: list[str]) -> str:
    """Before the names of our columns: one that the file has none of."""
    prefix, n = "screen_", 1
    while any(name.startswith(prefix) for name in header):
        n += 1
        prefix = f"screen{n}_"
    return prefix


def _digest(path: Path) -> tuple[str, int]:
    """Hash of a file, and about how many rows it has (0: not known)."""
    hashed, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        head = b""
        while block := file.read(1 << 20):
            head = head or block[:4]
            hashed.update(block)
            lines += block.count(b"\n")
    return hashed.hexdigest(), 0 if head[:2] == b"PK" or head == b"PAR1" else max(lines - 1, 0)


def _answer(
    run: "_Run",
    screener: Screener,
    header: list[str],
    columns: dict[str, list[str]],
    rows: Iterator[Row | SourceError],
    report: Callable[[int], None],
) -> None:
    how = list(zip(header, masks(header, columns), strict=True))
    known = set(header)
    roles = [(role, name) for role in CELL_ROLES for name in columns.get(role, ())]
    for _ in islice(rows, run.rows):
        pass  # an earlier run has answered them
    report(run.rows)
    while piece := list(islice(rows, PIECE)):
        asked = [[(role, cell) for role, name in roles if (cell := r.get(name))] for r in piece if isinstance(r, Row)]
        answers = iter(screener.screen(asked))
        lines = []
        for row in piece:
            if isinstance(row, Row):
                told, values = next(answers), row.raw
                if len(values) > len(known):
                    told = _with_rest(told, values, known)
            else:
                told, values = _unreadable(row, known, screener)
            cells = [masked(cell, kind) if (cell := values.get(name)) else None for name, kind in how]
            lines.append([*cells, *map(told.get, SCREEN_COLUMNS)])
            run.results[told["result"]] += 1
        run.add(lines)
        report(run.rows)


def _unreadable(fault: SourceError, known: set[str], screener: Screener) -> tuple[dict[str, Any], dict[str, Any]]:
    """A row that is none: it is kept, with the reason."""
    values = fault.row.raw if fault.row is not None else {}
    told = {"result": "unreadable", "match": "unreadable", "note": fault.reason, **screener.when}
    return _with_rest(told, values, known), values


def _with_rest(told: dict[str, Any], values: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """Cells for which the table has no column, such as those of a ragged row: nothing is lost."""
    rest = [f"{name}: {cell}" for name, cell in values.items() if name not in known and cell]
    note = "; ".join([*([told["note"]] if told.get("note") else []), *(mask_ids_in(text) for text in rest)])
    return {**told, "note": note}


def _beside(to: Path, ending: str) -> Path:
    return to.with_name(f".{to.name}{ending}")


class _Run:
    """Rows that are done, in a file beside the output, and how far it got."""

    def __init__(self, table: TableOut, asked: dict[str, Any]) -> None:
        self.table, self.asked = table, asked
        self.pieces, self.manifest = _beside(table.path, ".part"), _beside(table.path, ".part.json")
        self.rows, self.resumed_at, self.results, self.note = 0, 0, Counter[str](), ""
        size = self._earlier()
        if size is None:
            self.pieces.write_bytes(table.start())
        else:
            os.truncate(self.pieces, size)  # what was written and not noted is made again

    def _earlier(self) -> int | None:
        """The size up to which the file of an earlier run counts; None: there is none, or it asked something else."""
        try:
            was = json.loads(self.manifest.read_text(encoding="utf-8"))
            if self.pieces.stat().st_size < was["bytes"]:
                return None
            changed = [name for name, value in self.asked.items() if was["asked"].get(name) != value]
            if changed:
                self.note = f"an earlier run was ended; it starts again, because of another {', '.join(changed)}"
                return None
            self.rows = self.resumed_at = was["rows"]
            self.results.update(was["results"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        self.note = f"an earlier run was ended: it goes on after {self.rows:,} rows"
        return was["bytes"]

    def add(self, lines: list[list[Any]]) -> None:
        """Rows that are done. After this they count."""
        with self.pieces.open("ab") as file:
            file.write(self.table.lines(lines))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        self.rows += len(lines)
        new = self.manifest.with_name(self.manifest.name + ".new")
        noted = {"asked": self.asked, "rows": self.rows, "bytes": size, "results": self.results}
        new.write_text(json.dumps(noted, ensure_ascii=False), encoding="utf-8")
        os.replace(new, self.manifest)

    def finish(self) -> None:
        """The output is whole."""
        self.table.finish(self.pieces, self.rows)
        self.manifest.unlink(missing_ok=True)
