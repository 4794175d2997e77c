"""A table as a file that is safe to open in a spreadsheet: no cell of it is run as a formula."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from graph_model.errors import BadRequest
from loaders.reading.tables import MAX_SHEET_CELL, MAX_SHEET_ROWS, SAFE_BOOK, guarded

if TYPE_CHECKING:
    import polars

TABLE_KINDS = (".csv", ".xlsx", ".parquet")


def check_table_name(path: Path) -> None:
    """Can a table be written to a file of this name? Asked before the work that makes the table.

    Raises:
        BadRequest: no known kind of file, or no such folder.
    """
    if path.suffix.lower() not in TABLE_KINDS:
        raise BadRequest(f"{path.name}: write to a file that ends with {', '.join(TABLE_KINDS)}")
    if not path.parent.is_dir():
        raise BadRequest(f"there is no folder {path.parent}")


def write_table(frame: "polars.DataFrame", path: Path) -> None:
    """The frame as CSV (UTF-8 with a mark, for Excel), workbook or Parquet, as the name ends.

    Text that a spreadsheet would run as a formula gets a ' before it in CSV; in a workbook it is a text cell, and in
    Parquet it stands as it is.

    Raises:
        BadRequest: no known kind of file, more rows than a sheet has, or it cannot be written there.
    """
    import polars as pl  # here: no other command should wait for it
    from xlsxwriter.exceptions import FileCreateError

    check_table_name(path)
    kind = path.suffix.lower()
    if kind == ".xlsx" and frame.height > MAX_SHEET_ROWS:
        raise BadRequest(
            f"a sheet has {MAX_SHEET_ROWS:,} rows below its header, and these are {frame.height:,}: write Parquet"
        )
    try:
        if kind == ".csv":
            text = pl.col(pl.String).map_elements(guarded, return_dtype=pl.String)
            frame.with_columns(text).write_csv(path, include_bom=True)
        elif kind == ".parquet":
            frame.write_parquet(path)
        else:
            _write_workbook(frame, path)
    except (OSError, FileCreateError) as error:
        raise BadRequest(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error


def _write_workbook(frame: "polars.DataFrame", path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), SAFE_BOOK) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, frame.columns, book.add_format({"bold": True, "bottom": 1}))
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, cells in enumerate(frame.iter_rows(), 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell[:MAX_SHEET_CELL])
                elif isinstance(cell, bool):
                    sheet.write_boolean(row, column, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                elif cell is not None:
                    sheet.write_number(row, column, cell)
