"""Workbook → rows. It must be unpacked whole: a process of its own (`workbook.py`) does so, with a limit in memory and time."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, NamedTuple

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.reading.lines import (
    HEAD_LINES,
    Table,
    file_fault,
    header_at,
    named,
    names_of,
    row_fault,
    row_of,
    said_above,
)

BOOK_READER = Path(__file__).with_name("workbook.py")
BOOK_MEMORY = 1536 * 2**20
BOOK_SECONDS = 120
"""For the process that reads a workbook. 200,000 rows of 25 columns take 700 MB and 6 seconds."""


UNTOLD_CELLS = {
    "rounded": (
        "is a number of more than 15 digits, which the workbook has rounded",
        "Format the column as text and enter the number again.",
        "rounded-number",
    ),
    "formula": (
        "is a formula of which the workbook holds no value: it was never calculated",
        "Open the file in a spreadsheet program, save it, and load it again.",
        "no-value",
    ),
    "error": (
        "holds an error value (such as #N/A or #REF!) and not what belongs there",
        "Correct the formula in the workbook, or enter the value.",
        "error-value",
    ),
}
"""Why the workbook does not tell what a cell holds → reason, what to do, code."""


def read_sheet(path: Path, columns: tuple[str, ...], sheet: str | None, *, blanks: bool = False) -> Table:
    """A sheet of a workbook as a table; None: the first one with these columns.

    Args:
        blanks: rows that are blank come too.

    Raises:
        SourceError: it is empty.
    """
    lines = _book_lines(path, {"columns": columns} if sheet is None else {"sheet": sheet})
    head = list(islice(lines, HEAD_LINES))
    if not head:
        raise file_fault(named(path, sheet), "is an empty sheet", "Export it again.", code="empty-file")
    at = header_at((line.cells for line in head), columns) or 0
    header = names_of(head[at].cells)
    above = frozenset(tuple(names_of(line.cells)) for line in head[:at])
    rows = _sheet_rows(named(path, sheet), header, head[at].number, above, chain(head[at + 1 :], lines))
    if blanks:
        rows = _with_blanks(named(path, sheet), head[at].number, rows)
    return Table(header, head[at].number, rows)


def _sheet_rows(
    name: str, header: list[str], below: int, above: frozenset[tuple[str, ...]], lines: Iterable["_Line"]
) -> Iterator[Row | SourceError]:
    for line, cells, wrong, merged in lines:
        for at, text, top in merged:
            # The company is written once, and merged over its rows. What is merged with the header is no value.
            if top > below and at < len(cells) and not cells[at]:
                cells[at] = text
        if above and tuple(names_of(cells)) in above:
            yield said_above(name, line, header, cells)
        elif wrong is not None and wrong[0] < len(header):
            reason, todo, code = UNTOLD_CELLS[wrong[1]]
            row = Row(name, line, dict(zip(header, cells, strict=False)))
            yield row_fault(row, reason, todo, code=code, field=header[wrong[0]])
        elif row := row_of(name, line, header, cells, whole=False):
            yield row


def _with_blanks(name: str, above: int, rows: Iterator[Row | SourceError]) -> Iterator[Row | SourceError]:
    """Rows, and blank ones where lines of the sheet are."""
    for row in rows:
        line = row.line or above + 1
        yield from (Row(name, n, {}) for n in range(above + 1, line))
        above = line
        yield row


class _Line(NamedTuple):
    number: int
    cells: list[str | None]
    wrong: list[Any] | None
    """[column, why] of the first cell of which the workbook does not tell what it holds: see `UNTOLD_CELLS`."""
    merged: list[Any] = []  # noqa: RUF012
    """[column, text, line] of cells that are merged with one further up."""


def _book_lines(path: Path, wanted: dict[str, Any]) -> Iterator[_Line]:
    """The filled lines of one sheet."""
    with book_answers(path, wanted) as answers:
        while piece := next(answers):
            yield from (_Line(*line) for line in piece)


@contextmanager
def book_answers(path: Path, wanted: dict[str, Any]) -> Generator[Iterator[Any]]:
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
            raise file_fault(path, reason, todo, code=code)
        return answer
    said = process.communicate()[1]
    if process.returncode in (-getattr(signal, "SIGKILL", 9), -getattr(signal, "SIGXCPU", 24)):
        reason = f"takes more than {BOOK_SECONDS} seconds to read"
    elif process.returncode == 3 or b"memory" in said:
        reason = f"needs more than {BOOK_MEMORY // 2**20} MB of memory to read"
    else:
        raise file_fault(path, "is a damaged workbook (its reader broke down)", "Copy or export it again.")
    todo = "Is one cell far away from the others? Delete what lies between, or save the sheet as CSV and load that."
    raise file_fault(path, reason, todo, code="too-large")
