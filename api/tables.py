"""Tables for people: CSV or XLSX in which nothing runs when a spreadsheet opens them."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from graph_model.errors import BadRequest

Cell = str | int | float | None
_RUNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def safe(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe in front.

    >>> safe("=1+1"), safe("甲公司"), safe(-1.5)
    ("'=1+1", '甲公司', -1.5)
    """
    if isinstance(cell, str) and (cell.startswith(_RUNS) or cell.lstrip().startswith(_RUNS)):
        return f"'{cell}"
    return cell


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the rows as they come, and says how many. Workbooks are made of text and numbers only, without formulas.

    Raises:
        BadRequest: the file is neither .csv nor .xlsx, or there are more rows than a sheet holds.
    """
    kind = path.suffix.lower()
    if kind == ".csv":
        return _csv(path, columns, rows)
    if kind == ".xlsx":
        return _xlsx(path, columns, rows)
    raise BadRequest(f"{path.name}: write to .csv, .xlsx or .json.")


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    # With a mark at its beginning, so that spreadsheets read the Chinese.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe(name) for name in columns])
        for row in rows:
            writer.writerow([safe(cell) for cell in row])
            count += 1
    return count


def _xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("data")
        sheet.freeze_panes(1, 0)
        for n, name in enumerate(columns):
            sheet.write_string(0, n, str(safe(name)))
        for row in rows:
            count += 1
            for n, cell in enumerate(row):
                if isinstance(cell, str):
                    said = sheet.write_string(count, n, str(safe(cell))[:32_000])
                elif cell is not None:
                    said = sheet.write_number(count, n, cell)
                else:
                    continue
                if said == -1:
                    raise BadRequest(f"{path.name}: a sheet holds {count - 1} rows at the most; write to .csv.")
    return count
