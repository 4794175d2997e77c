"""Workbook → lines of text, in a process of its own: nothing else touches the bytes of a workbook.

`loaders/reading/sheets.py` starts it as a script with a limit in memory and time. A bomb, a damaged file or a breakdown of the
parser then ends this process, and is a fault of the file for the one that asked. It imports nothing of the
project but its other half (`cell_notes.py`), evaluates no formula (a formula cell is the value that was saved with it) and
opens no other file.

    python workbook.py PATH WANTED MEMORY SECONDS

WANTED is JSON: `{"sheet": name}`, `{"columns": [names]}` for the one sheet that has them (or the first), or `{}` for the
first lines of all sheets. Standard output is JSON, one value a line: `{"fault": [reason, todo, code]}`, or pieces, lists
of `[line, cells, wrong, merged]`: `wrong` is the first cell of which the workbook does not tell what it holds, as
`[at, why]`, or null; `merged` are cells that belong to one further up, as `[at, text, line]`. An empty piece is the end. For the first lines of all sheets it is one list of `[name, shown, [[line, cells], …]]`.
"""

import json
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any, NoReturn

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from loaders.reading.cell_notes import ZIP, notes_of

MAX_UNPACKED = 512 * 2**20
MAX_RATIO = 200
"""A workbook that unpacks to more is a bomb: 1 MB can become 300 MB, and the reader holds twice that."""

MAX_TEXT = 2**20
"""Characters of a cell; a spreadsheet program stops at 32,767."""

BOOK_HEAD_LINES = 20
"""The names of the columns stand on one of the first so many filled lines."""
HEAD_TEXT = 1000
"""So many characters of a cell are told of the first lines: more is no name of a column."""

PIECE_ROWS, PIECE_TEXT = 500, 2**20
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


Lines = Iterator[tuple[int, list[Any]]]
"""The filled lines of a sheet, with their numbers."""


def lines_of(book: CalamineWorkbook, columns: list[str]) -> tuple[str, Lines]:
    """The sheet that has the columns on one of its first lines, or the first filled one."""
    first: tuple[str, Lines] | None = None
    fitting: list[tuple[str, Lines]] = []
    for name, shown in sheets_of(book):
        if not shown:
            continue
        lines = _filled_lines(book, name)
        head = list(islice(lines, BOOK_HEAD_LINES))
        if not head:
            continue
        whole = chain(head, lines)
        if columns and any(set(columns) <= {(text_of(cell) or "").strip() for cell in cells} for _, cells in head):
            fitting.append((name, whole))
        first = first or (name, whole)
    if len(fitting) > 1:
        names = ", ".join(name for name, _ in fitting)
        raise Fault(f"has {len(fitting)} sheets with these columns: {names}", "Save each as a file of its own.")
    if first is None:
        raise Fault("has no filled sheet that is not hidden", "Export it again.", "empty-file")
    return fitting[0] if fitting else first


def sheets_of(book: CalamineWorkbook) -> list[tuple[str, bool]]:
    """The names of the sheets of cells, and whether each is shown: what its owner has hidden is not read."""
    sheets = (meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet)
    return [(meta.name, meta.visible == SheetVisibleEnum.Visible) for meta in sheets]


def _filled_lines(book: CalamineWorkbook, name: str) -> Lines:
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


def covered_cells(book: CalamineWorkbook, name: str) -> dict[int, list[Any]]:
    """Line → the cells on it that are merged with one further up, as [column, its text, its line]."""
    sheet = book.get_sheet_by_name(name)
    ranges = [r for r in sheet.merged_cell_ranges or () if r[1][0] > r[0][0]]
    tops: dict[int, list[Any]] = {}
    for (top, column), (bottom, _) in ranges:
        tops.setdefault(top, []).append((column, bottom))
    found: dict[int, list[Any]] = {}
    left = sheet.start[1] if sheet.start else 0
    for line, cells in enumerate(sheet.iter_rows(), 1) if tops else ():
        for column, bottom in tops.get(line - 1, ()):
            text = text_of(cells[column - left]) if left <= column < left + len(cells) else None
            for below in range(line + 1, bottom + 2 if text else 0):
                found.setdefault(below, []).append([column, text, line])
    return found


# --- answers --------------------------------------------------------------------------------------------------


def with_formulas(lines: Lines, untold: dict[int, list[Any]]) -> Lines:
    """Lines, and among them those that have nothing but a cell of which nothing is told."""
    waiting = deque(sorted(untold))
    for line, cells in lines:
        while waiting and waiting[0] <= line:
            if (n := waiting.popleft()) < line:
                yield n, []
        yield line, cells
    yield from ((n, []) for n in waiting)


def say(value: Any) -> None:
    """One answer, at once."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
    sys.stdout.buffer.flush()


def answer(path: str, wanted: dict[str, Any]) -> None:
    """The first lines of all sheets, or all lines of one in pieces."""
    with open(path, "rb") as f:
        magic, size = f.read(4), f.seek(0, 2)
    (check_zip if magic == ZIP else check_ole)(path, size)
    try:
        book = CalamineWorkbook.from_path(path)
        if not wanted:
            say([[name, shown, first_lines(book, name) if shown else []] for name, shown in sheets_of(book)])
            return
        if "sheet" in wanted:
            name, lines = wanted["sheet"], _filled_lines(book, wanted["sheet"])
        else:
            name, lines = lines_of(book, wanted["columns"])
        head = list(islice(lines, BOOK_HEAD_LINES))
    except PasswordError as e:
        raise Fault("is protected by a password", SAVE_AS, "encrypted") from e
    except (CalamineError, OSError) as e:
        raise Fault(f"is a damaged workbook ({e})", "Copy or export it again.") from e
    piece: list[Any] = []
    length = 0
    notes, covered = notes_of(path, name, magic), covered_cells(book, name)
    for line, cells in with_formulas(chain(head, lines), notes.untold):
        texts = [text_of(cell) for cell in cells]
        for at, text in notes.shown.get(line, {}).items():
            if at < len(texts):
                texts[at] = text
        wrong = notes.untold.get(line) or next(([i, "rounded"] for i, cell in enumerate(cells) if rounded(cell)), None)
        piece.append([line, texts, wrong, covered.get(line) or notes.covered.get(line, [])])
        length += sum(len(text) for text in texts if text) + len(texts)
        if len(piece) >= PIECE_ROWS or length >= PIECE_TEXT:
            say(piece)
            piece, length = [], 0
    if piece:
        say(piece)
    say([])  # that was all: without it the reader broke down


def first_lines(book: CalamineWorkbook, name: str) -> list[Any]:
    """The first lines of a sheet; of each cell no more than could be the name of a column."""
    lines = islice(_filled_lines(book, name), BOOK_HEAD_LINES)
    return [[line, [(text_of(cell) or "")[:HEAD_TEXT] for cell in cells]] for line, cells in lines]


def main(path: str, wanted: str, memory: str, seconds: str) -> NoReturn:
    """Answer, or say what is wrong with the file."""
    limit(int(memory), int(seconds))
    try:
        answer(path, json.loads(wanted))
    except Fault as fault:
        say({"fault": fault.args})
    except MemoryError:
        sys.exit(3)
    sys.exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
