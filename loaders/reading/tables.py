"""Tables of any layout in and out: CSV, XLSX, JSON and Parquet in; CSV, XLSX, JSON lines and Parquet out.

For questions about many parties at once (`api/cli/screen.py`). Columns that say who is meant are guessed by their names. What
goes out is safe to open: no cell is a formula, and no id number is written in full.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import (
    citizen_id_18,
    citizen_id_faults,
    mask_citizen_ids_in,
    mask_id,
    mask_ids_in,
    normalise_code,
    reg_number_valid,
    uscc_faults,
)
from loaders.drafts import Row
from loaders.reading.headers import meaning_of, rank
from loaders.reading.rows import open_rows

# --- in ---------------------------------------------------------------------------------------------------

_PARQUET = b"PAR1"
_PIECE = 10_000


def open_table(path: Path, asked: Sequence[str] = ()) -> tuple[list[str], Iterator[Row | SourceError]]:
    """Column names and rows of a table; a row that cannot be read as one is a SourceError that holds it.

    The names of the columns are the first of the first lines that has `asked`, or that says who is meant.

    Raises:
        SourceError: it is no table.
    """
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == _PARQUET
    except OSError as e:
        raise SourceError(f"cannot be opened ({e.strerror})", file=path.name, code="no-file") from e
    return (
        _parquet(path)
        if parquet
        else open_rows(path, lambda names: set(asked) <= {*names} if asked else bool(guess(names)))
    )


def _parquet(path: Path) -> tuple[list[str], Iterator[Row | SourceError]]:
    import polars as pl  # here: every other command would wait for it

    try:
        table = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as e:
        todo = "Write it again, or save it as CSV."
        raise SourceError(f"is no Parquet that can be read ({type(e).__name__})", file=path.name, todo=todo) from e
    names = [name.strip() for name in table.columns]
    if len(set(names)) < len(names) or not all(names):
        raise SourceError("has columns without a name, or two of one name", file=path.name, code="bad-header")

    def rows() -> Iterator[Row]:
        number = 0
        for piece in table.iter_slices(_PIECE):
            for cells in piece.iter_rows():
                number += 1
                yield Row(path.name, number, {n: _text(c) for n, c in zip(names, cells, strict=True)})

    return names, rows()


def _text(value: Any) -> str | None:
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


# --- which column says who? -------------------------------------------------------------------------------

_MEANINGS: dict[str, tuple[str, ...]] = {
    "code": ("subject.uscc",),
    "number": ("subject.number", "subject.reg", "subject.stock", "subject.citizen_id", "person.citizen_id"),
    "name": ("subject.name", "person.name"),
}
_PLAIN = {"key": "number", "code": "number", "代码": "number", "号码": "number", "number": "number"}
"""Names that say nothing in the file of a department, and enough in a list of parties."""


def guess(header: Sequence[str]) -> dict[str, list[str]]:
    """Role (`code`, `number`, `name`) → columns that say who is meant, by their names; the best one of each meaning.

    A table about persons of entities is about its entities: a person's columns count when no column names another party.
    """
    known = {name: told for name in header if (told := meaning_of(name))}
    by_meaning: dict[str, list[str]] = {}
    for name, (meaning, whole) in known.items():
        if whole or meaning == "subject.name":
            by_meaning.setdefault(meaning, []).append(name)
    subject = any(meaning in by_meaning for meaning in ("subject.name", "subject.uscc", "subject.number"))
    found: dict[str, list[str]] = {}
    for role, meanings in _MEANINGS.items():
        for meaning in meanings:
            if meaning in by_meaning and not (subject and meaning.startswith("person.")):
                best = min(by_meaning[meaning], key=lambda name: rank(name, meaning))
                found.setdefault(role, []).append(best)
    if not found.get("code") and not found.get("number"):
        plain = [name for name in header if _PLAIN.get(name.strip().lower())]
        if plain:
            found["number"] = plain[:1]
    return found


# --- what may be written ----------------------------------------------------------------------------------

_FORMULA = frozenset(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))
_BLANKS = " \u3000\u00a0"
_SUSPECT = _FORMULA | frozenset(_BLANKS)
_OLD_ID = re.compile(r"(?<!\d)\d{15}(?!\d)", re.ASCII)
_OF_PERSONS = re.compile("身份证|证件号|公民身份|id_?number", re.IGNORECASE)


def guarded(text: str) -> str:
    """A cell that no spreadsheet program takes for a formula: an apostrophe goes before what could be one."""
    # Blanks before it do not keep every program from running a formula.
    return (
        f"'{text}" if text[:1] in _SUSPECT and (text[:1] in _FORMULA or text.lstrip(_BLANKS)[:1] in _FORMULA) else text
    )


def masks(header: Sequence[str], roles: dict[str, list[str]]) -> list[str]:
    """How each column is masked: `reg` and `code` (right codes stay), `id` (whatever may be an id number goes), `text`."""
    numbers = {*roles.get("code", ()), *roles.get("number", ())}
    out = []
    for name in header:
        meaning = meaning_of(name)
        persons = (meaning is not None and meaning[0].endswith("citizen_id")) or _OF_PERSONS.search(name)
        registered = meaning is not None and meaning[0] == "subject.reg"
        out.append("reg" if registered else "id" if persons else "code" if name in numbers else "text")
    return out


def masked(text: str, how: str) -> str:
    """A cell without a full id number (公民身份号码)."""
    if len(text) < 15:
        return text
    if how in ("code", "reg"):
        code = normalise_code(text) or ""
        # Of the id numbers of some provinces 1 in 31 would pass as a credit code, of the old ones 1 in 10 as a number.
        person = not citizen_id_faults(code) or (how == "code" and _old_id(code))
        return text if not person and (not uscc_faults(code) or reg_number_valid(code)) else mask_ids_in(text)
    if how == "id":
        return mask_ids_in(text)
    return _OLD_ID.sub(_old, mask_citizen_ids_in(text))


def _old(found: re.Match[str]) -> str:
    return mask_id(found.group()) if _old_id(found.group()) else found.group()


def _old_id(number: str) -> bool:
    """Whether it may be an id number of before 1999."""
    return bool(_OLD_ID.fullmatch(number)) and number.isascii() and not citizen_id_faults(citizen_id_18(number))


# --- out --------------------------------------------------------------------------------------------------

FORMATS = (".csv", ".xlsx", ".parquet", ".jsonl")
MAX_SHEET_ROWS = 1_048_575
MAX_SHEET_CELL = 32_767
SAFE_BOOK = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
SAFE_BOOK |= {"constant_memory": True}
"""How a workbook is written: text stays text."""


class TableOut:
    """A table that is written in pieces and may be taken up again: first to a file beside it, then moved into place.

    The pieces are the lines of the file itself (CSV, JSON lines), or JSON lines of which it is made at the end. Cells are
    text, or numbers and yes or no (bool) where there are such.
    """

    def __init__(self, path: Path, header: Sequence[str], numbers: Sequence[str], flags: Sequence[str]) -> None:
        self.path, self.header, self.numbers, self.flags = path, list(header), set(numbers), set(flags)
        self.kind = path.suffix.lower()
        if self.kind not in FORMATS:
            raise BadRequest(f"{path.name}: the output must end in {', '.join(FORMATS)}")

    def start(self) -> bytes:
        """What stands before the first row."""
        # The mark is how Excel knows UTF-8.
        return "\ufeff".encode() + self._csv([[guarded(n) for n in self.header]]) if self.kind == ".csv" else b""

    def lines(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Rows as they stand in the file beside.

        Raises:
            BadRequest: a cell is longer than a workbook keeps.
        """
        if self.kind == ".csv":
            # `csv` writes None as an empty cell.
            return self._csv([[_cell(c) if c or c is False else c for c in row] for row in rows])
        if self.kind == ".jsonl":
            return b"".join(_json(dict(zip(self.header, row, strict=True))) for row in rows)
        if self.kind == ".xlsx" and any(isinstance(c, str) and len(c) >= MAX_SHEET_CELL for row in rows for c in row):
            raise BadRequest(f"a cell has more than {MAX_SHEET_CELL:,} characters: write .csv instead of .xlsx")
        return b"".join(_json(list(row)) for row in rows)

    def _csv(self, rows: Sequence[Sequence[Any]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode("utf-8", "replace")

    def finish(self, pieces: Path, rows: int) -> None:
        """Makes the file of its pieces, and moves it into place.

        Raises:
            BadRequest: more rows than a workbook has.
        """
        whole = pieces
        if self.kind in (".xlsx", ".parquet"):
            if self.kind == ".xlsx" and rows > MAX_SHEET_ROWS:
                raise BadRequest(f"a workbook has no more than {MAX_SHEET_ROWS:,} rows: write .csv instead of .xlsx")
            whole = pieces.with_name(pieces.name + self.kind)
            (self._xlsx if self.kind == ".xlsx" else self._parquet)(pieces, whole)
        whole.replace(self.path)
        pieces.unlink(missing_ok=True)

    def _xlsx(self, pieces: Path, whole: Path) -> None:
        import xlsxwriter

        with xlsxwriter.Workbook(str(whole), SAFE_BOOK) as book:
            sheet = book.add_worksheet("screen")
            for column, name in enumerate(self.header):
                sheet.write_string(0, column, guarded(name))
            sheet.freeze_panes(1, 0)
            for n, row in enumerate(_rows(pieces), 1):
                for column, value in enumerate(row):
                    if isinstance(value, int) and not isinstance(value, bool):
                        sheet.write_number(n, column, value)
                    elif value is not None and value != "":
                        sheet.write_string(n, column, _cell(value))

    def _parquet(self, pieces: Path, whole: Path) -> None:
        import polars as pl

        schema: dict[str, Any] = {
            name: pl.Int64 if name in self.numbers else pl.Boolean if name in self.flags else pl.String
            for name in self.header
        }
        pl.DataFrame(list(_rows(pieces)), schema=schema, orient="row").write_parquet(whole)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else "yes" if value is True else "no" if value is False else str(value)


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _rows(pieces: Path) -> Iterator[list[Any]]:
    with pieces.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)
