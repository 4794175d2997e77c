"""File → rows of text: the first step of a load, before any source looks at a value.

What a file is, is seen by its content and never by its name: Chinese exports are TAB files called .csv, HTML called
.xls, XLSX called .csv. Nothing is guessed and nothing is lost: a row that does not fit the header comes out as a
SourceError which holds it whole (`row`), and a file that cannot be read as a table raises one.
"""

import codecs
import csv
import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from loaders.drafts import Row

# Encodings: UTF-8, else GB 18030 (GBK with the rare characters of names), strictly. Text in GB 18030 is never valid
# UTF-8 for long, but damaged UTF-8 may well be valid, and senseless, GB 18030:
SURELY_UTF8 = 20
"""After so many valid characters beyond ASCII a file is UTF-8, and what follows is damage, not another encoding."""

MAX_UNPACKED = 512 * 2**20
MAX_RATIO = 200
"""A workbook that unpacks to more is a bomb: 1 MB can become 300 MB, and the reader holds twice that."""

MAX_CELL = 2**20
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
_SAVE_AS = "Save it as UTF-8 CSV or as .xlsx without a password and without macros."


def sha256_of(path: Path) -> str:
    """The hash by which a file is known to have been loaded."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@dataclass(frozen=True)
class _Table:
    """A header, the line it stands on (None: there is no such line), and the rows below it."""

    header: list[str]
    line: int | None
    rows: Iterator[Row | SourceError]


def read_rows(path: Path, columns: tuple[str, ...] = ()) -> Iterator[Row | SourceError]:
    """The rows of a table file. `columns` must be there; others may be.

    Faults of the file raise SourceError at the first row or when they are met; a fault of one row is yielded.
    Lines are those an editor (or Excel) shows; for JSON the number of the record.
    """
    table = _open(path, columns)
    _check_columns(path, table, columns)
    yield from table.rows


def columns_of(path: Path, columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The column names of a file (for JSON those of the first records): by them a SourceFile is chosen.

    Of a workbook with several sheets, those of the one that has `columns`, or of the first.
    """
    return tuple(_open(path, columns).header)


def _open(path: Path, columns: tuple[str, ...]) -> _Table:
    try:
        with path.open("rb") as f:
            head = f.read(_CHUNK)
    except OSError as e:
        raise SourceError(f"cannot be opened ({e.strerror})", file=path.name, code="no-file") from e
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not text:
        raise _file_fault(path, "is empty", "Export it again.", code="empty-file")
    if head.startswith((_ZIP, _OLE)):
        return _workbook(path, columns)
    if kind := next((kind for magic, kind in _NOT_TABLES.items() if head.startswith(magic)), None):
        raise _file_fault(path, f"is {kind}, not a table", _SAVE_AS)
    if text.startswith(b"<"):
        raise _file_fault(path, "is HTML or XML, whatever its name says", f"Open it in Excel. {_SAVE_AS}")
    if text.startswith((b"[", b"{")):
        return _json(path, lines=text.startswith(b"{"))
    return _csv(path)


def _file_fault(
    path: Path, reason: str, todo: str, *, code: str = "unreadable", line: int | None = None
) -> SourceError:
    return SourceError(reason, file=path.name, line=line, code=code, todo=todo)


def _row_fault(row: Row, reason: str, todo: str, *, code: str, field: str = "") -> SourceError:
    fault = SourceError(reason, file=row.file, line=row.line, field=field, code=code, todo=todo)
    fault.row = row
    return fault


# --- header and width -------------------------------------------------------------------------------------


def _check_columns(path: Path, table: _Table, required: tuple[str, ...]) -> None:
    doubled = [name for name, n in Counter(table.header).items() if n > 1]
    if doubled:
        raise _file_fault(
            path,
            f"has the column {', '.join(doubled)} more than once",
            "Rename or remove one.",
            code="bad-header",
            line=table.line,
        )
    missing = [name for name in required if name not in table.header]
    if missing:
        from loaders.sources import fitting  # here: the sources are about rows, not rows about sources

        others = fitting(table.header)
        shown = mask_ids_in(", ".join(table.header))  # without a header line these are somebody's data
        raise _file_fault(
            path,
            f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {shown[:400]}",
            f"Is this the right source? The columns fit {' or '.join(others)}."
            if others
            else "Is this the right source?",
            code="bad-header",
            line=table.line,
        )


def _header(cells: list[str]) -> list[str]:
    """Names, stripped; empty ones at the end dropped, others numbered (an index column has no name)."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return [name or f"column {i}" for i, name in enumerate(names, 1)]


def _row(path: Path, line: int, header: list[str], cells: list[str | None], *, whole: bool) -> Row | SourceError | None:
    """One row, a fault when it has too many cells (or, with `whole`, too few), None when it is blank."""
    if not any(cell and not cell.isspace() for cell in cells):
        return None
    extra = [f"column {i}" for i in range(len(header) + 1, len(cells) + 1)]
    values = {name: cell or None for name, cell in zip([*header, *extra], cells, strict=False)}
    row = Row(path.name, line, values)
    if any(values[name] for name in extra) or (whole and len(cells) < len(header)):
        return _row_fault(
            row,
            f"has {len(cells)} cells, the header has {len(header)}",
            "Put cells that hold a separator or a line break in quotes.",
            code="ragged-row",
        )
    return row


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


def _csv(path: Path) -> _Table:
    _check_nul(path)
    csv.field_size_limit(MAX_CELL)
    rows = _csv_rows(path, _encoding(path))
    first = next(rows, None)
    if first is None:  # nothing but quotes around nothing
        raise _file_fault(path, "holds no column names", "Export it again, with a header.", code="empty-file", line=1)
    return _Table(*first, rows)


def _csv_rows(path: Path, encoding: str) -> Iterator[Any]:
    """First the header and its line, then the rows."""
    with path.open(encoding=encoding, newline="") as f:
        raw: list[str] = []  # the lines of the row being read

        def lines(start: list[str]) -> Iterator[str]:
            for text in chain(start, f):
                raw.append(text)
                yield text

        first = list(_until_text(f))
        delimiter = "\t" if first[-1].count("\t") > first[-1].count(",") else ","
        reader = csv.reader(lines(first), delimiter=delimiter, strict=True)
        header: list[str] | None = None
        while True:
            line = reader.line_num + 1
            raw.clear()
            try:
                cells = next(reader, None)
            except csv.Error as e:
                if header is None or "unexpected end of data" in str(e):
                    raise _file_fault(
                        path,
                        f"has a quote here that is not closed as it should be ({e})",
                        'Close it, or write a quote inside a cell as "".',
                        code="bad-quotes",
                        line=line,
                    ) from e
                yield _row_fault(
                    Row(path.name, line, {"line": "".join(raw)}),
                    f"cannot be read as cells ({e})",
                    'Write a quote inside a cell as "".',
                    code="bad-quotes",
                )
                continue
            if cells is None:
                return
            if header is None:
                if any(cell.strip() for cell in cells):
                    header = _header(cells)
                    yield header, line
            elif row := _row(path, line, header, list(cells), whole=True):
                yield row


def _until_text(lines: Iterator[str]) -> Iterator[str]:
    """Lines up to and including the first that is not blank."""
    for line in lines:
        yield line
        if line.strip():
            return


# --- workbooks --------------------------------------------------------------------------------------------


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as z:
            infos = z.infolist()
            unpacked = sum(info.file_size for info in infos)
            if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(path.stat().st_size, 1):
                raise _file_fault(
                    path,
                    f"unpacks to {unpacked // 2**20} MB, more than is safe to open",
                    "If it is genuine, save it as CSV and load that.",
                    code="zip-bomb",
                )
            names = {info.filename for info in infos}
            if any(info.flag_bits & 1 for info in infos):
                raise _file_fault(path, "is protected by a password", "Save it without the password.", code="encrypted")
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise _file_fault(path, "is a ZIP archive, not a workbook", "Unpack it and load the files in it.")
            if any(name.endswith("vbaProject.bin") for name in names):
                raise _file_fault(path, "holds macros", "Save it as .xlsx without macros.", code="macros")
            if damaged := z.testzip():
                raise _file_fault(path, f"is damaged ({damaged})", "Copy or export it again.")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as e:
        raise _file_fault(path, f"is a damaged workbook ({e})", "Copy or export it again.") from e


def _check_ole(path: Path) -> None:
    """The old container: an .xls, or a wrapper around an .xlsx with a password."""
    if path.stat().st_size > MAX_UNPACKED:
        raise _file_fault(path, "is larger than an .xls can be", _SAVE_AS)
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _file_fault(path, "is protected by a password", "Save it without the password.", code="encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise _file_fault(path, "holds macros", "Save it as .xlsx without macros.", code="macros")


def _workbook(path: Path, columns: tuple[str, ...]) -> _Table:
    with path.open("rb") as f:
        check = _check_zip if f.read(4) == _ZIP else _check_ole
    check(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [_sheet(book, meta.name) for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    except PasswordError as e:
        raise _file_fault(path, "is protected by a password", _SAVE_AS, code="encrypted") from e
    except (CalamineError, OSError) as e:
        raise _file_fault(path, f"is a damaged workbook ({e})", "Copy or export it again.") from e
    sheets = [sheet for sheet in sheets if sheet]
    if not sheets:
        raise _file_fault(path, "has no filled sheet", "Export it again.", code="empty-file")
    tables = [_Table(_header([_text(c) or "" for c in s[0][1]]), s[0][0], iter(())) for s in sheets]
    fit = [i for i, table in enumerate(tables) if set(columns) <= set(table.header)]
    if columns and len(fit) > 1:
        raise _file_fault(path, f"has {len(fit)} sheets with these columns", "Save each as a file of its own.")
    chosen = fit[0] if fit else 0
    header = tables[chosen].header
    return replace(tables[chosen], rows=_sheet_rows(path, header, sheets[chosen][1:]))


def _sheet_rows(path: Path, header: list[str], lines: list[tuple[int, list[Any]]]) -> Iterator[Row | SourceError]:
    for line, cells in lines:
        texts = [_text(cell) for cell in cells]
        if rounded := [name for name, cell in zip(header, cells, strict=False) if _rounded(cell)]:
            yield _row_fault(
                Row(path.name, line, dict(zip(header, texts, strict=False))),
                "is a number of more than 15 digits, which the workbook has rounded",
                "Format the column as text and enter the number again.",
                code="rounded-number",
                field=rounded[0],
            )
        elif row := _row(path, line, header, texts, whole=False):
            yield row


def _sheet(book: CalamineWorkbook, name: str) -> list[tuple[int, list[Any]]]:
    """The filled lines of a sheet with their numbers. (The reader goes by the cells, not by the stated size.)"""
    lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [(line, cells) for line, cells in enumerate(lines, 1) if any(map(_filled, cells))]


def _filled(value: object) -> bool:
    return not (value is None or (isinstance(value, str) and not value.strip()))


def _rounded(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) >= 1e15


def _text(value: object) -> str | None:
    """A workbook cell as an exporter would write it: ISO dates, whole numbers without .0, at most 15 digits."""
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return str(value).upper()
        case int() | float():
            return format(Decimal(f"{value:.15g}"), "f")
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case _:
            return str(value)


# --- JSON -------------------------------------------------------------------------------------------------


class _Doubled(ValueError):
    """An object with the same key twice: which one is meant?"""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Doubled("the same key stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Numbers stay as they are written: 0.2 never becomes 0.200000001, nor a long code a float.
_decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_constant).decode


def _json(path: Path, *, lines: bool) -> _Table:
    _check_nul(path)
    encoding = _encoding(path)
    records = _json_lines(path, encoding) if lines else _json_array(path, encoding)
    first = list(islice(records, PEEK))
    if not first:
        raise _file_fault(path, "has no records", "Export it again.", code="empty-file")
    names = dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values)
    return _Table(list(names), None, chain(first, records))


def _json_array(path: Path, encoding: str) -> Iterator[Row | SourceError]:
    if path.stat().st_size > MAX_UNPACKED:
        raise _file_fault(path, "is too large for one JSON array", "Write one object per line (JSON lines).")
    try:
        records = _decode(path.read_text(encoding=encoding))
    except (ValueError, RecursionError) as e:
        line = getattr(e, "lineno", None)
        raise _file_fault(path, f"is not valid JSON ({mask_ids_in(str(e))})", "Export it again.", line=line) from e
    for number, record in enumerate(records, 1):
        yield _record(path, number, record)


def _json_lines(path: Path, encoding: str) -> Iterator[Row | SourceError]:
    with path.open(encoding=encoding) as f:
        number = 0
        for text in f:
            if not text.strip():
                continue
            number += 1
            try:
                record = _decode(text)
            except (ValueError, RecursionError) as e:
                if number == 1 and (whole := _single_object(path, encoding)) is not None:
                    yield _record(path, 1, whole)
                    return
                yield _row_fault(
                    Row(path.name, number, {"line": text}),
                    f"is not valid JSON ({mask_ids_in(str(e))})",
                    "Write one object per line.",
                    code="bad-json",
                )
            else:
                yield _record(path, number, record)


def _single_object(path: Path, encoding: str) -> dict[str, Any] | None:
    """A file that is one object over several lines."""
    if path.stat().st_size > MAX_UNPACKED:
        return None
    try:
        return _decode(path.read_text(encoding=encoding))
    except (ValueError, RecursionError):
        return None


def _record(path: Path, number: int, record: Any) -> Row | SourceError:
    if not isinstance(record, dict):
        row = Row(path.name, number, {"line": json.dumps(record, ensure_ascii=False)})
        return _row_fault(row, "is no object with fields", "Write each record as an object.", code="bad-json")
    return Row(path.name, number, {name.strip(): _json_text(value) for name, value in record.items()})


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
