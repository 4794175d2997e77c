"""File → rows of text: the first step of a load, before any source looks at a value.

What a file is, is seen by its content and never by its name: Chinese exports are TAB files called .csv, HTML called
.xls, XLSX called .csv. Nothing is guessed and nothing is lost: a row that does not fit the header comes out as a
SourceError which holds it whole (`row`), and a file that cannot be read as a table raises one. Files are read in pieces,
so that memory does not grow with them; a workbook, which must be unpacked whole, is read by a process of its own
(`workbook.py`) with a limit in memory and time.
"""

import codecs
import csv
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from loaders.drafts import Row

# Encodings: UTF-8, else GB 18030 (GBK with the rare characters of names), strictly. Text in GB 18030 is never valid
# UTF-8 for long, but damaged UTF-8 may well be valid, and senseless, GB 18030:
SURELY_UTF8 = 20
"""After so many valid characters beyond ASCII a file is UTF-8, and what follows is damage, not another encoding."""

MAX_CELL = 2**20
MAX_RECORD = 2**24
"""Characters of a line or of a JSON record: more is no table, and would be held in memory whole."""
MAX_COLUMNS = 16_384
"""As many as a workbook can have."""

BOOK_READER = Path(__file__).with_name("workbook.py")
BOOK_MEMORY = 1536 * 2**20
BOOK_SECONDS = 120
"""For the process that reads a workbook. 200,000 rows of 25 columns take 700 MB and 6 seconds."""

HEAD_LINES = 20
"""The names of the columns stand on one of the first so many filled lines (as `workbook.py` has it): titles, who filled
the table in and when may stand above them."""

PEEK = 1000
"""JSON records may leave fields out: a required one must occur in one of this many."""

_CHUNK = 2**20
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
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_BOM = "\ufeff"
Fitting = Callable[[Sequence[str]], Sequence[str]]
"""Columns → the ids of the sources that read them."""
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What JSON can escape and nothing can keep: NUL, and halves of characters."""
_SAVE_AS = "Save it as UTF-8 CSV or as .xlsx without a password and without macros."


def sha256_of(path: Path) -> str:
    """The hash by which a file is known to have been loaded."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def is_workbook(path: Path) -> bool:
    """Whether a file is read by a process of its own."""
    with path.open("rb") as f:
        return f.read(4) in (_ZIP, _OLE)


@dataclass(frozen=True)
class _Table:
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


def open_rows(path: Path) -> tuple[list[str], Iterator[Row | SourceError]]:
    """Column names and rows of a table file of any layout, opened once; rows and faults as `read_rows` gives them."""
    table = _open(path, ())
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
        with _book_answers(path, {}) as answers:
            heads = [
                Head(name, [(line, cells) for line, cells in lines], shown) for name, shown, lines in next(answers)
            ]
        if not any(head.lines for head in heads):
            raise _file_fault(path, "has no filled sheet that is not hidden", "Export it again.", code="empty-file")
        return heads
    if kind == "json":
        return [Head(None, [(None, _json(path, lines=text.startswith(b"{")).header)])]
    with closing(_csv_lines(path)) as lines:
        return [Head(None, [(n, [] if isinstance(c, SourceError) else c) for n, c in islice(lines, HEAD_LINES)])]


def header_at(lines: Iterable[Sequence[str | None]], columns: Sequence[str]) -> int | None:
    """Which of the first lines is the first that has all these columns."""
    wanted = set(columns)
    return next((n for n, cells in enumerate(lines) if wanted.issubset(names_of(cells))), None)


def on_two_lines(upper: Sequence[str | None], lower: Sequence[str | None]) -> bool:
    """Whether the names of the columns stand on two lines: groups with merged cells, and below them their parts.

    The lower line is filled just below each group (a name with empty cells to its right), and nowhere else.
    """
    width = max(len(upper), len(lower))
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


def _open(path: Path, columns: tuple[str, ...], sheet: str | None = None) -> _Table:
    kind, text = _kind(path)
    if kind == "workbook":
        return _workbook(path, columns, sheet)
    return _json(path, lines=text.startswith(b"{")) if kind == "json" else _csv(path, columns)


def _kind(path: Path) -> tuple[str, bytes]:
    """What a file is by its first bytes: `workbook`, `json` or `csv`; and these bytes."""
    try:
        with path.open("rb") as f:
            head = f.read(_CHUNK)
    except OSError as e:
        raise SourceError(f"cannot be opened ({e.strerror})", file=path.name, code="no-file") from e
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not text:
        raise _file_fault(path, "is empty", "Export it again.", code="empty-file")
    if head.startswith((_ZIP, _OLE)):
        return "workbook", text
    if kind := next((kind for magic, kind in _NOT_TABLES.items() if head.startswith(magic)), None):
        raise _file_fault(path, f"is {kind}, not a table", _SAVE_AS)
    if text.startswith(b"<"):
        raise _file_fault(path, "is HTML or XML, whatever its name says", f"Open it in Excel. {_SAVE_AS}")
    return "json" if text.startswith((b"[", b"{")) else "csv", text


def _file_fault(
    path: Path | str, reason: str, todo: str, *, code: str = "unreadable", line: int | None = None
) -> SourceError:
    name = path if isinstance(path, str) else path.name
    return SourceError(reason, file=name, line=line, code=code, todo=todo)


def _row_fault(row: Row, reason: str, todo: str, *, code: str, field: str = "") -> SourceError:
    fault = SourceError(reason, file=row.file, line=row.line, field=field, code=code, todo=todo)
    fault.row = row
    return fault


# --- header and width -------------------------------------------------------------------------------------


def _check_columns(name: str, table: _Table, required: tuple[str, ...], fitting: Fitting | None = None) -> None:
    if len(table.header) > MAX_COLUMNS:
        raise _file_fault(
            name,
            f"has {len(table.header)} columns, more than any workbook",
            "Is it a table with one column for each field?",
            code="bad-header",
            line=table.line,
        )
    doubled = [column for column, n in Counter(table.header).items() if n > 1]
    if doubled:
        raise _file_fault(
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
        raise _file_fault(
            name,
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {shown[:400]}",
            f"Is this the right source? The columns fit {' or '.join(others)}."
            if others
            else "Is this the right source?",
            code="bad-header",
            line=table.line,
        )


def names_of(cells: Sequence[str | None]) -> list[str]:
    """The names of the columns, stripped; empty ones at the end dropped, others numbered (an index column has no name)."""
    names = [(cell or "").strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return [name or f"column {i}" for i, name in enumerate(names, 1)]


def _row(
    name: str, line: int, header: list[str], cells: Sequence[str | None], *, whole: bool
) -> Row | SourceError | None:
    """One row, a fault when it has too many cells (or, with `whole`, too few), None when it is blank."""
    for cell in cells:
        if cell and not cell.isspace():
            break
    else:
        return None
    row = Row(name, line, {column: cell or None for column, cell in zip(header, cells, strict=False)})
    if len(cells) != len(header) and _is_ragged(row, header, cells, whole=whole):
        return _row_fault(
            row,
            f"has {len(cells)} cells, the header has {len(header)}",
            "Put cells that hold a separator or a line break in quotes.",
            code="ragged-row",
        )
    if cells[0] and cells[0].strip() == header[0] and names_of(cells) == header:
        return _row_fault(
            row,
            "is the header once more",
            "Leave it out; if several files were joined here, see that each has its rows.",
            code="repeated-header",
        )
    return row


def _said_above(name: str, line: int, header: list[str], cells: Sequence[str | None]) -> SourceError:
    """A page of a printed table begins with its title again."""
    return _row_fault(
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


# --- CSV and TSV ------------------------------------------------------------------------------------------


def _encoding(path: Path) -> str:
    """The encoding that the whole file is valid in. Reads it once or twice, in pieces."""
    with path.open("rb") as f:
        bad = _first_bad_byte(f, "utf-8")
    if bad is None:
        return "utf-8-sig"
    if bad.wide_before < SURELY_UTF8:
        with path.open("rb") as f:
            bad_gb = _first_bad_byte(f, "gb18030")
        if bad_gb is None:
            return "gb18030"
        bad = max(bad, bad_gb)
    raise _file_fault(
        path,
        f"is neither UTF-8 nor GB 18030: as {bad.encoding} it ends at byte {bad.offset} (counted from 0)",
        "Save it as UTF-8 or GB 18030.",
        code="bad-encoding",
        line=bad.line,
    )


class _BadByte(NamedTuple):
    offset: int
    line: int
    encoding: str
    wide_before: int


def _first_bad_byte(f: BinaryIO, encoding: str) -> _BadByte | None:
    """Where a file stops being valid, and how many characters beyond ASCII were valid before."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, line, wide, held = 0, 1, 0, b""
    while True:
        chunk = f.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as e:
            # e.start counts from the bytes that the decoder still held from the chunk before.
            good = e.object[: e.start]
            wide += _wide(good.decode(encoding))
            line += good[len(held) :].count(b"\n")
            return _BadByte(offset - len(held) + e.start, line, encoding, wide)
        if not chunk:
            return None
        wide += _wide(text)
        held = decoder.getstate()[0]
        offset += len(chunk)
        line += chunk.count(b"\n")


def _wide(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def _check_nul(path: Path) -> None:
    """A NUL byte is never text: the file is UTF-16, or binary, or damaged."""
    offset, line = 0, 1
    with path.open("rb") as f:
        while chunk := f.read(_CHUNK):
            if (at := chunk.find(b"\0")) >= 0:
                line += chunk.count(b"\n", 0, at)
                raise _file_fault(
                    path,
                    f"has a NUL byte at byte {offset + at} (counted from 0)",
                    "It is damaged or no text: export it again as UTF-8 CSV.",
                    line=line,
                )
            offset += len(chunk)
            line += chunk.count(b"\n")


def _csv(path: Path, columns: tuple[str, ...]) -> _Table:
    lines = _csv_lines(path)
    wanted = frozenset(columns)
    head: list[tuple[int, list[str] | SourceError]] = []
    at = 0
    for line, cells in islice(lines, HEAD_LINES):
        head.append((line, cells))
        if not wanted or (not isinstance(cells, SourceError) and wanted.issubset(names_of(cells))):
            at = len(head) - 1
            break
    if not head:  # nothing but quotes around nothing
        raise _file_fault(path, "holds no column names", "Export it again, with a header.", code="empty-file", line=1)
    line, cells = head[at]
    header = names_of([] if isinstance(cells, SourceError) else cells)
    above = frozenset(tuple(names_of(cells)) for _, cells in head[:at] if not isinstance(cells, SourceError))
    return _Table(header, line, _csv_rows(path.name, header, above, chain(head[at + 1 :], lines)))


def _csv_rows(
    name: str,
    header: list[str],
    above: frozenset[tuple[str, ...]],
    lines: Iterable[tuple[int, list[str] | SourceError]],
) -> Iterator[Row | SourceError]:
    for line, cells in lines:
        if isinstance(cells, SourceError):
            yield cells
        elif above and tuple(names_of(cells)) in above:
            yield _said_above(name, line, header, cells)
        elif row := _row(name, line, header, cells, whole=True):
            yield row


def _csv_lines(path: Path) -> Generator[tuple[int, list[str] | SourceError]]:
    """The records of a file with the line on which each begins, from the first that is not blank; or why one is none."""
    _check_nul(path)
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=_encoding(path), newline="") as f:
        raw: list[str] = []  # the lines of the record being read

        def lines(start: list[str]) -> Iterator[str]:
            for text in chain(start, bounded):
                raw.append(text)
                yield text

        bounded = _bounded(path, f)
        first = list(_until_divided(bounded))
        delimiter = "\t" if first[-1].count("\t") > first[-1].count(",") else ","
        reader = csv.reader(lines(first), delimiter=delimiter, strict=True)
        begun = False
        while True:
            line = reader.line_num + 1
            raw.clear()
            try:
                cells = next(reader, None)
            except csv.Error as e:  # a cell of more than MAX_CELL is one, too
                if not begun or "unexpected end of data" in str(e):
                    raise _file_fault(
                        path,
                        f"has a quote here that is not closed as it should be ({e})",
                        'Close it, or write a quote inside a cell as "".',
                        code="bad-quotes",
                        line=line,
                    ) from e
                yield (
                    line,
                    _row_fault(
                        Row(path.name, line, {"line": "".join(raw)}),
                        f"cannot be read as cells ({e})",
                        'Write a quote inside a cell as "".',
                        code="bad-quotes",
                    ),
                )
                continue
            if cells is None:
                return
            if begun or any(cell.strip() for cell in cells):
                begun = True
                yield line, cells


def _bounded(path: Path, f: TextIO) -> Iterator[str]:
    """The lines of a file, without the marks (BOM) that joining files leaves at the start of some."""
    number = 0
    while text := f.readline(MAX_RECORD):
        number += 1
        if len(text) == MAX_RECORD:
            raise _file_fault(
                path,
                f"has a line of more than {MAX_RECORD} characters",
                "It is no table, or has lost its line breaks: export it again.",
                code="too-large",
                line=number,
            )
        yield text.removeprefix(_BOM)


def _until_divided(lines: Iterator[str]) -> Iterator[str]:
    """Lines up to the first that is divided into cells: a title above the table may not be."""
    filled = 0
    for line in lines:
        yield line
        filled += bool(line.strip())
        if filled == HEAD_LINES or (filled and ("," in line or "\t" in line)):
            return


# --- workbooks --------------------------------------------------------------------------------------------


def _workbook(path: Path, columns: tuple[str, ...], sheet: str | None) -> _Table:
    lines = _book_lines(path, {"columns": columns} if sheet is None else {"sheet": sheet})
    head = list(islice(lines, HEAD_LINES))
    if not head:
        raise _file_fault(named(path, sheet), "is an empty sheet", "Export it again.", code="empty-file")
    at = header_at((line.cells for line in head), columns) or 0
    header = names_of(head[at].cells)
    above = frozenset(tuple(names_of(line.cells)) for line in head[:at])
    rows = _sheet_rows(named(path, sheet), header, above, chain(head[at + 1 :], lines))
    return _Table(header, head[at].number, rows)


def _sheet_rows(
    name: str, header: list[str], above: frozenset[tuple[str, ...]], lines: Iterable["_Line"]
) -> Iterator[Row | SourceError]:
    for line, cells, rounded in lines:
        if above and tuple(names_of(cells)) in above:
            yield _said_above(name, line, header, cells)
        elif rounded is not None and rounded < len(header):
            yield _row_fault(
                Row(name, line, dict(zip(header, cells, strict=False))),
                "is a number of more than 15 digits, which the workbook has rounded",
                "Format the column as text and enter the number again.",
                code="rounded-number",
                field=header[rounded],
            )
        elif row := _row(name, line, header, cells, whole=False):
            yield row


class _Line(NamedTuple):
    number: int
    cells: list[str | None]
    rounded: int | None
    """The first cell with a number of more digits than a workbook keeps."""


def _book_lines(path: Path, wanted: dict[str, Any]) -> Iterator[_Line]:
    """The filled lines of one sheet."""
    with _book_answers(path, wanted) as answers:
        while piece := next(answers):
            yield from (_Line(*line) for line in piece)


@contextmanager
def _book_answers(path: Path, wanted: dict[str, Any]) -> Generator[Iterator[Any]]:
    """What a process that reads the workbook answers. It ends here, or by its own limits if we are killed."""
    command = [sys.executable, "-P", str(BOOK_READER), str(path), json.dumps(wanted)]
    process = subprocess.Popen(
        [*command, str(BOOK_MEMORY), str(BOOK_SECONDS)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Neither the id key nor a password is near the bytes of a stranger.
        env={k: v for k, v in os.environ.items() if not k.startswith("CREDITGRAPH_")},
    )
    try:
        yield (_book_answer(path, process) for _ in repeat(None))
    finally:
        process.kill()
        process.communicate()


def _book_answer(path: Path, process: subprocess.Popen[bytes]) -> Any:
    """One answer of the process, within its time."""
    late = threading.Timer(BOOK_SECONDS, process.kill)
    late.start()
    try:
        text = process.stdout.readline() if process.stdout else b""
    finally:
        late.cancel()
    if text.endswith(b"\n"):
        answer = json.loads(text)
        if isinstance(answer, dict):
            reason, todo, code = answer["fault"]
            raise _file_fault(path, reason, todo, code=code)
        return answer
    said = process.communicate()[1]
    if process.returncode in (-getattr(signal, "SIGKILL", 9), -getattr(signal, "SIGXCPU", 24)):
        reason = f"takes more than {BOOK_SECONDS} seconds to read"
    elif process.returncode == 3 or b"memory" in said:
        reason = f"needs more than {BOOK_MEMORY // 2**20} MB of memory to read"
    else:
        raise _file_fault(path, "is a damaged workbook (its reader broke down)", "Copy or export it again.")
    todo = "Is one cell far away from the others? Delete what lies between, or save the sheet as CSV and load that."
    raise _file_fault(path, reason, todo, code="too-large")


# --- JSON -------------------------------------------------------------------------------------------------


class _Decoder:
    """Decodes one record after another, and says what in it JSON does not allow.

    Numbers stay as they are written: 0.2 never becomes 0.200000001, nor a long code a float.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._json = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=str, parse_int=str, parse_constant=self._constant
        )

    def decode(self, text: str, start: int = 0) -> tuple[Any, int]:
        """The value at `start` and where it ends; afterwards `fault` tells whether it can be used."""
        self.fault = ""
        return self._json.raw_decode(text, start)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):  # which one is meant?
            self.fault = "the same key stands twice in one object"
        return found

    def _constant(self, name: str) -> str:
        self.fault = f"{name} is not JSON"
        return name


def _json(path: Path, *, lines: bool) -> _Table:
    _check_nul(path)
    encoding = _encoding(path)
    records = _json_lines(path, encoding) if lines else _json_array(path, encoding)
    first: list[Row | SourceError] = []
    length = 0
    for row in records:
        first.append(row)
        length += sum(len(value or "") for value in (row if isinstance(row, Row) else row.row).values.values())
        if len(first) >= PEEK or length >= MAX_RECORD:
            break
    if not first:
        raise _file_fault(path, "has no records", "Export it again.", code="empty-file")
    names = dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values)
    return _Table(list(names), None, chain(first, records))


_SPACE = re.compile(r"[ \t\n\r]*")


def _json_array(path: Path, encoding: str) -> Iterator[Row | SourceError]:
    """The elements of an array, read in pieces. (ijson would lose how a number is written, and keys that stand twice.)"""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _CHUNK))
        end_of_file = file.read().rstrip()
    if not end_of_file.endswith(b"]"):
        raise _file_fault(path, "is not valid JSON: the array is cut off, it does not end with ]", "Export it again.")
    decoder, number, lines = _Decoder(), 0, 1
    with path.open(encoding=encoding) as f:
        text = f.read(_CHUNK)
        at = text.index("[") + 1
        while True:
            try:
                start = _skip(text, at)
                if number == 0 and text.startswith("]", start):
                    at = start + 1
                    break
                record, end = decoder.decode(text, start)
                sign = _skip(text, end)
                if not text.startswith((",", "]"), sign):
                    raise json.JSONDecodeError("Expecting ',' delimiter", text, sign)
            except RecursionError as e:
                raise _file_fault(path, "is not valid JSON: it is nested too deeply", "Export it again.") from e
            except json.JSONDecodeError as e:
                # Wrong, or only cut by the end of the piece.
                if len(text) - at < MAX_RECORD and (more := f.read(max(_CHUNK, len(text) - at))):
                    lines += text.count("\n", 0, at)
                    text, at = text[at:] + more, 0
                    continue
                line = lines + e.lineno - 1
                if len(text) - at >= MAX_RECORD:
                    todo = "It is no list of records, or a quote or bracket is not closed."
                    raise _file_fault(
                        path, f"has a record of more than {MAX_RECORD} characters", todo, code="too-large", line=line
                    ) from e
                raise _file_fault(path, f"is not valid JSON ({e.msg})", "Export it again.", line=line) from e
            number += 1
            yield _record(path, number, record, text[start:end], decoder.fault)
            at = sign + 1
            if text[sign] == "]":
                break
        rest = text[at:]
        while rest:
            if not rest.isspace():
                raise _file_fault(path, "is not valid JSON: something follows the array", "Export it again.")
            rest = f.read(_CHUNK)


def _skip(text: str, at: int) -> int:
    """The next position that is no white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _json_lines(path: Path, encoding: str) -> Iterator[Row | SourceError]:
    decoder, number = _Decoder(), 0
    with path.open(encoding=encoding) as f:
        for line in _bounded(path, f):
            text = line.strip()
            if not text:
                continue
            number += 1
            try:
                record, end = decoder.decode(text)
                if end < len(text):
                    raise json.JSONDecodeError("Extra data", text, end)
            except (json.JSONDecodeError, RecursionError) as e:
                if number == 1 and (whole := _single_object(path, encoding)) is not None:
                    yield _record(path, 1, *whole)
                    return
                why = e.msg if isinstance(e, json.JSONDecodeError) else "it is nested too deeply"
                yield _bad_record(path, number, text, why)
            else:
                yield _record(path, number, record, text, decoder.fault)


def _single_object(path: Path, encoding: str) -> tuple[Any, str, str] | None:
    """A file that is one object over several lines."""
    with path.open(encoding=encoding) as f:
        text = f.read(MAX_RECORD).strip()
    decoder = _Decoder()
    try:
        record, end = decoder.decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return (record, text, decoder.fault) if end == len(text) else None


def _bad_record(path: Path, number: int, text: str, why: str) -> SourceError:
    row = Row(path.name, number, {"line": text})
    return _row_fault(row, f"is not valid JSON ({why})", "Correct it at the source.", code="bad-json")


def _record(path: Path, number: int, record: Any, text: str, fault: str) -> Row | SourceError:
    """One record; `text` is how it is written, to be kept when it cannot be used."""
    if fault:
        return _bad_record(path, number, text, fault)
    if not isinstance(record, dict):
        row = Row(path.name, number, {"line": text})
        return _row_fault(row, "is no object with fields", "Write each record as an object.", code="bad-json")
    values = {name.strip(): _json_text(value) for name, value in record.items()}
    if len(values) < len(record):
        return _bad_record(path, number, text, "the same key stands twice in one object")
    if "\\u" in text and any(_NO_TEXT.search(f"{name}{value or ''}") for name, value in values.items()):
        return _bad_record(path, number, text, "it holds a NUL or half a character")
    return Row(path.name, number, values)


def _json_text(value: Any) -> str | None:
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return json.dumps(value, ensure_ascii=False)
