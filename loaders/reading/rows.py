"""File → rows of text: the first step of a load, before any source looks at a value.

What a file is, is seen by its content and never by its name: Chinese exports are TAB files called .csv, HTML called
.xls, XLSX called .csv. Nothing is guessed and nothing is lost: a row that does not fit the header comes out as a
SourceError which holds it whole (`row`), and a file that cannot be read as a table raises one. Files are read in pieces,
so that memory does not grow with them; a workbook, which must be unpacked whole, is read by a process of its own
(`workbook.py`) with a limit in memory and time.
"""

import codecs
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from loaders.drafts import Row
from loaders.reading.delimited import csv_lines, read_csv
from loaders.reading.json_records import read_json
from loaders.reading.lines import CHUNK, HEAD_LINES, MAX_COLUMNS, Head, Table, file_fault, named, names_of
from loaders.reading.sheets import book_answers, read_sheet

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NOT_TABLES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"PAR1": "a Parquet file",
    b"SQLite": "a SQLite database",
}
_SAVE_AS = "Save it as UTF-8 CSV or as .xlsx without a password and without macros."

Fitting = Callable[[Sequence[str]], Sequence[str]]
"""Columns → the ids of the sources that read them."""


def sha256_of(path: Path) -> str:
    """The hash by which a file is known to have been loaded."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def is_workbook(path: Path) -> bool:
    """Whether a file is read by a process of its own."""
    with path.open("rb") as f:
        return f.read(4) in (_ZIP, _OLE)


def read_rows(
    path: Path, columns: tuple[str, ...] = (), sheet: str | None = None, *, fitting: Fitting | None = None
) -> Iterator[Row | SourceError]:
    """The rows of a table file. `columns` must be there; others may be.

    The names of the columns are the first of the first lines that has all of `columns`; without them the first line.
    `sheet`: of a workbook; None: the one that has the columns. `fitting`: for the hint when the columns are not there.

    Faults of the file raise SourceError at the first row or when they are met; a fault of one row is yielded.
    Lines are those an editor (or Excel) shows; for JSON the number of the record.
    """
    table = _open(path, columns, sheet)
    _check_columns(named(path, sheet), table, columns, fitting)
    yield from table.rows


def open_rows(
    path: Path, is_header: Callable[[list[str]], bool] = lambda _: True
) -> tuple[list[str], Iterator[Row | SourceError]]:
    """Column names and rows of a table file of any layout, opened once; rows and faults as `read_rows` gives them.

    Blank rows come too, without cells: rows in are rows out. `is_header`: whether names are those of columns, where titles
    may stand above; none: the first line has them.
    """
    head = next((head for head in heads_of(path) if head.lines), Head(None, []))
    lines = [names_of(cells) for _, cells in head.lines]
    at = next((n for n, names in enumerate(lines) if is_header(names)), 0)
    table = _open(path, tuple(lines[at]) if at else (), head.sheet if at else None, blanks=True)
    _check_columns(path.name, table, ())
    return table.header, table.rows


def columns_of(path: Path, columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The column names of a file (for JSON those of the first records).

    Of a workbook with several sheets, those of the one that has `columns`, or of the first.
    """
    return tuple(_open(path, columns).header)


def heads_of(path: Path) -> list[Head]:
    """The first lines of a file, of a workbook those of each sheet: by them it is told what the file is.

    Raises:
        SourceError: it is no table, or has no filled sheet.
    """
    kind, text = _kind(path)
    if kind == "workbook":
        with book_answers(path, {}) as answers:
            heads = [
                Head(name, [(line, cells) for line, cells in lines], shown) for name, shown, lines in next(answers)
            ]
        if not any(head.lines for head in heads):
            raise file_fault(path, "has no filled sheet that is not hidden", "Export it again.", code="empty-file")
        return heads
    if kind == "json":
        return [Head(None, [(None, read_json(path, lines=text.startswith(b"{")).header)])]
    with closing(csv_lines(path)) as lines:
        return [Head(None, [(n, [] if isinstance(c, SourceError) else c) for n, c in islice(lines, HEAD_LINES)])]


def _open(path: Path, columns: tuple[str, ...], sheet: str | None = None, *, blanks: bool = False) -> Table:
    kind, text = _kind(path)
    if kind == "workbook":
        return read_sheet(path, columns, sheet, blanks=blanks)
    return read_json(path, lines=text.startswith(b"{")) if kind == "json" else read_csv(path, columns, blanks=blanks)


def _kind(path: Path) -> tuple[str, bytes]:
    """What a file is by its first bytes: `workbook`, `json` or `csv`; and these bytes."""
    try:
        with path.open("rb") as f:
            head = f.read(CHUNK)
    except OSError as e:
        raise SourceError(f"cannot be opened ({e.strerror})", file=path.name, code="no-file") from e
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:4]:
        text = head.replace(b"\0", b"").removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE).lstrip()
    if not text:
        raise file_fault(path, "is empty", "Export it again.", code="empty-file")
    if head.startswith((_ZIP, _OLE)):
        return "workbook", text
    if kind := next((kind for magic, kind in _NOT_TABLES.items() if head.startswith(magic)), None):
        raise file_fault(path, f"is {kind}, not a table", _SAVE_AS)
    if text.startswith(b"<"):
        raise file_fault(path, "is HTML or XML, whatever its name says", f"Open it in Excel. {_SAVE_AS}")
    return "json" if text.startswith((b"[", b"{")) else "csv", text


def _check_columns(name: str, table: Table, required: tuple[str, ...], fitting: Fitting | None = None) -> None:
    if len(table.header) > MAX_COLUMNS:
        raise file_fault(
            name,
            f"has {len(table.header)} columns, more than any workbook",
            "Is it a table with one column for each field?",
            code="bad-header",
            line=table.line,
        )
    doubled = [column for column, n in Counter(table.header).items() if n > 1]
    if doubled:
        raise file_fault(
            name,
            f"has the column {', '.join(doubled)} more than once",
            "Rename or remove one.",
            code="bad-header",
            line=table.line,
        )
    missing = [column for column in required if column not in table.header]
    if missing:
        others = fitting(table.header) if fitting else ()
        shown = mask_ids_in(", ".join(table.header))  # without a header line these are somebody's data
        raise file_fault(
            name,
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {shown[:400]}",
            f"Is this the right source? The columns fit {' or '.join(others)}."
            if others
            else "Is this the right source?",
            code="bad-header",
            line=table.line,
        )
