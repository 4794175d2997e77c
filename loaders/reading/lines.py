"""Lines of cells under a header → rows: what the readers of CSV, workbooks and JSON share.

Nothing is guessed and nothing is lost: a line that does not fit the header comes out as a SourceError which holds it
whole (`row`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph_model.errors import SourceError
from graph_model.text import clean
from loaders.drafts import Row

MAX_RECORD = 2**24
"""Characters of a line or of a JSON record: more is no table, and would be held in memory whole."""
MAX_COLUMNS = 16_384
"""As many as a workbook can have."""

HEAD_LINES = 20
"""The names of the columns stand on one of the first so many filled lines (as `workbook.py` has it): titles, who filled
the table in and when may stand above them."""

CHUNK = 2**20


@dataclass(frozen=True)
class Table:
    """A header, the line it stands on (None: there is no such line), and the rows below it."""

    header: list[str]
    line: int | None
    rows: Iterator[Row | SourceError]


@dataclass(frozen=True)
class Head:
    """The first filled lines of a table: on one of them stand the names of the columns."""

    sheet: str | None
    """Of a workbook; None: the file is none."""
    lines: list[tuple[int | None, list[str]]]
    """Number and cells. Of JSON one without a number: the fields of the first records."""
    shown: bool = True
    """Whether the sheet is not hidden. What is hidden is not read."""


def file_fault(
    path: Path | str, reason: str, todo: str, *, code: str = "unreadable", line: int | None = None
) -> SourceError:
    """That a file cannot be read, or not on from a line.

    Args:
        reason: what is wrong.
        todo: what to do.
        code: the kind of fault.
        line: where; None: it is about the whole file.
    """
    name = path if isinstance(path, str) else path.name
    return SourceError(reason, file=name, line=line, code=code, todo=todo)


def row_fault(row: Row, reason: str, todo: str, *, code: str, field: str = "") -> SourceError:
    """That a row cannot be taken as it is; the row is kept with it.

    Args:
        reason: what is wrong.
        todo: what to do.
        code: the kind of fault.
        field: in which column; empty: it is about the whole row.
    """
    fault = SourceError(reason, file=row.file, line=row.line, field=field, code=code, todo=todo)
    fault.row = row
    return fault


def header_at(lines: Iterable[Sequence[str | None]], columns: Sequence[str]) -> int | None:
    """Which of the first lines is the first that has all these columns."""
    wanted = set(columns)
    return next((n for n, cells in enumerate(lines) if wanted.issubset(names_of(cells))), None)


def on_two_lines(upper: Sequence[str | None], lower: Sequence[str | None]) -> bool:
    """Whether the names of the columns stand on two lines: groups with merged cells, and below them their parts.

    The lower line is filled just below each group (a name with empty cells, or once more itself, to its right), and
    nowhere else.
    """
    width = max(len(upper), len(lower))
    upper = [None if n and cell == upper[n - 1] else cell for n, cell in enumerate(upper)]
    above, below = (
        [bool(cell and cell.strip()) for cell in (*line, *[None] * width)][:width] for line in (upper, lower)
    )
    inside, grouped = False, []
    for n in range(width):
        inside = (inside and not above[n]) or (above[n] and n + 1 < width and not above[n + 1])
        grouped.append(inside)
    return any(grouped) and grouped == below and any(a and not g for a, g in zip(above, grouped, strict=True))


def on_two_lines_fault(file: str, line: int | None) -> SourceError:
    """What to do about it: which part of which group a column is, nobody guesses."""
    return SourceError(
        "the names of the columns stand on two lines, groups with merged cells above their parts",
        file=file,
        line=line,
        code="two-line-header",
        todo="Give each column its whole name on one line, as 罚款金额 for 金额 below 罚款, and take the other line out.",
    )


def named(path: Path, sheet: str | None) -> str:
    """How a table is called."""
    return path.name if sheet is None else f"{path.name} [{sheet}]"


def names_of(cells: Sequence[str | None]) -> list[str]:
    """The names of the columns, stripped; empty ones at the end dropped, others numbered (an index column has no name)."""
    names = [clean(cell).strip() if cell else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    return [name or f"column {i}" for i, name in enumerate(names, 1)]


def row_of(
    name: str, line: int, header: list[str], cells: Sequence[str | None], *, whole: bool
) -> Row | SourceError | None:
    """One row, a fault when it has too many cells (or, with `whole`, too few), None when it is blank.

    Args:
        name: of the file.
        line: number of the line.
        header: names of the columns.
        cells: what stands in the line.
        whole: a row with too few cells is a fault too.
    """
    for cell in cells:
        if cell and not cell.isspace():
            break
    else:
        return None
    row = Row(name, line, {column: cell or None for column, cell in zip(header, cells, strict=False)})
    if len(cells) != len(header) and _is_ragged(row, header, cells, whole=whole):
        return row_fault(
            row,
            f"has {len(cells)} cells, the header has {len(header)}",
            "Put cells that hold a separator or a line break in quotes.",
            code="ragged-row",
        )
    if cells[0] and cells[0].strip() == header[0] and names_of(cells) == header:
        return row_fault(
            row,
            "is the header once more",
            "Leave it out; if several files were joined here, see that each has its rows.",
            code="repeated-header",
        )
    return row


def said_above(name: str, line: int, header: list[str], cells: Sequence[str | None]) -> SourceError:
    """A page of a printed table begins with its title again."""
    return row_fault(
        Row(name, line, {column: cell or None for column, cell in zip(header, cells, strict=False)}),
        "is a line from above the names of the columns once more",
        "Leave it out.",
        code="repeated-header",
    )


def _is_ragged(row: Row, header: list[str], cells: Sequence[str | None], *, whole: bool) -> bool:
    """Too few cells, or more than the header has; what is more is kept in the row."""
    more = cells[len(header) : MAX_COLUMNS]
    row.values.update({f"column {i}": cell or None for i, cell in enumerate(more, len(header) + 1)})
    return any(more) or (whole and len(cells) < len(header)) or len(cells) > MAX_COLUMNS
