"""Workbook → lines of text, in a process of its own: nothing else touches the bytes of a workbook.

`loaders/rows.py` starts it as a script with a limit in memory and time. A bomb, a damaged file or a breakdown of the
parser then ends this process, and is a fault of the file for the one that asked. It imports nothing of the project,
evaluates no formula (a formula cell is the value that was saved with it) and opens no other file.

    python workbook.py PATH COLUMNS MEMORY SECONDS

COLUMNS is a JSON list. Standard output is JSON, one value a line: `{"fault": [reason, todo, code]}`, or first the
header as `[line, cells]` and then pieces, lists of `[line, cells, at]`; `at` is the first cell whose number the
workbook has rounded, or null. An empty piece is the end.
"""

import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, NoReturn

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

MAX_UNPACKED = 512 * 2**20
MAX_RATIO = 200
"""A workbook that unpacks to more is a bomb: 1 MB can become 300 MB, and the reader holds twice that."""

MAX_TEXT = 2**20
"""Characters of a cell; a spreadsheet program stops at 32,767."""

PIECE_ROWS, PIECE_TEXT = 500, 2**20
ZIP = b"PK\x03\x04"
SAVE_AS = "Save it as UTF-8 CSV or as .xlsx without a password and without macros."


class Fault(Exception):
    """What is wrong with the file: reason, what to do, code."""

    def __init__(self, reason: str, todo: str, code: str = "unreadable") -> None:
        super().__init__(reason, todo, code)


def limit(memory: int, seconds: int) -> None:
    """No more memory and time than this. Where the system knows no such limits, the starter still keeps the time."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue  # macOS takes no limit of the address space


def check_zip(path: str, size: int) -> None:
    """An .xlsx, .xlsb or .ods: whole, neither a bomb nor encrypted, and without macros."""
    try:
        with zipfile.ZipFile(path) as z:
            infos = z.infolist()
            unpacked = sum(info.file_size for info in infos)
            if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(size, 1):
                raise Fault(
                    f"unpacks to {unpacked // 2**20} MB, more than is safe to open",
                    "If it is genuine, save it as CSV and load that.",
                    "zip-bomb",
                )
            names = {info.filename for info in infos}
            if any(info.flag_bits & 1 for info in infos):
                raise Fault("is protected by a password", "Save it without the password.", "encrypted")
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise Fault("is a ZIP archive, not a workbook", "Unpack it and load the files in it.")
            if any(name.endswith("vbaProject.bin") for name in names):
                raise Fault("holds macros", "Save it as .xlsx without macros.", "macros")
            if damaged := z.testzip():
                raise Fault(f"is damaged ({damaged})", "Copy or export it again.")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as e:
        raise Fault(f"is a damaged workbook ({e})", "Copy or export it again.") from e


def check_ole(path: str, size: int) -> None:
    """The old container: an .xls, or a wrapper around an .xlsx with a password."""
    if size > MAX_UNPACKED:
        raise Fault("is larger than an .xls can be", SAVE_AS)
    with open(path, "rb") as f:
        data = f.read()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Fault("is protected by a password", "Save it without the password.", "encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise Fault("holds macros", "Save it as .xlsx without macros.", "macros")


def lines_of(book: CalamineWorkbook, columns: list[str]) -> Iterator[tuple[int, list[Any]]]:
    """The filled lines of the sheet that has the columns, or of the first filled one; with their numbers."""
    first: Iterator[tuple[int, list[Any]]] | None = None
    fitting: Iterator[tuple[int, list[Any]]] | None = None
    fit = 0
    for name in [meta.name for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]:
        lines = _filled_lines(book, name)
        header = next(lines, None)
        if header is None:
            continue
        whole = chain([header], lines)
        if set(columns) <= {(text_of(cell) or "").strip() for cell in header[1]}:
            fit += 1
            fitting = fitting or whole
        first = first or whole
    if columns and fit > 1:
        raise Fault(f"has {fit} sheets with these columns", "Save each as a file of its own.")
    if first is None:
        raise Fault("has no filled sheet", "Export it again.", "empty-file")
    return fitting or first


def _filled_lines(book: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[Any]]]:
    """Read by the cells, not by the size that the sheet states."""
    sheet = book.get_sheet_by_name(name)
    left = [None] * (sheet.start[1] if sheet.start else 0)
    for line, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell is not None and not (isinstance(cell, str) and not cell.strip()) for cell in cells):
            yield line, [*left, *cells]


def text_of(value: object) -> str | None:
    """A cell as an exporter would write it: ISO dates, whole numbers without .0, at most 15 digits."""
    match value:
        case None | "":
            return None
        case str():
            if len(value) > MAX_TEXT:
                raise Fault(
                    f"has a cell of {len(value)} characters, more than a workbook can hold", SAVE_AS, "too-large"
                )
            return value
        case bool():
            return str(value).upper()
        case int():
            return str(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case float():
            return format(Decimal(f"{value:.15g}"), "f")
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def rounded(value: object) -> bool:
    """A number of more digits than a workbook keeps."""
    return isinstance(value, int | float) and abs(value) >= 1e15


def say(value: Any) -> None:
    """One answer, at once."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()


def answer(path: str, columns: list[str]) -> None:
    """The header, then the lines below it in pieces."""
    with open(path, "rb") as f:
        magic, size = f.read(4), f.seek(0, 2)
    (check_zip if magic == ZIP else check_ole)(path, size)
    try:
        lines = lines_of(CalamineWorkbook.from_path(path), columns)
        line, header = next(lines)
    except PasswordError as e:
        raise Fault("is protected by a password", SAVE_AS, "encrypted") from e
    except (CalamineError, OSError) as e:
        raise Fault(f"is a damaged workbook ({e})", "Copy or export it again.") from e
    say([line, [text_of(cell) for cell in header]])
    piece: list[Any] = []
    length = 0
    for line, cells in lines:
        texts = [text_of(cell) for cell in cells]
        piece.append([line, texts, next((i for i, cell in enumerate(cells) if rounded(cell)), None)])
        length += sum(len(text) for text in texts if text) + len(texts)
        if len(piece) >= PIECE_ROWS or length >= PIECE_TEXT:
            say(piece)
            piece, length = [], 0
    if piece:
        say(piece)
    say([])  # that was all: without it the reader broke down


def main(path: str, columns: str, memory: str, seconds: str) -> NoReturn:
    """Answer, or say what is wrong with the file."""
    limit(int(memory), int(seconds))
    try:
        answer(path, json.loads(columns))
    except Fault as fault:
        say({"fault": fault.args})
    except MemoryError:
        sys.exit(3)
    sys.exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
