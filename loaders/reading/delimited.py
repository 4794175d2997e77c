"""CSV and TSV → rows, in whichever encoding they are, in pieces, so that memory does not grow with them."""

import codecs
import csv
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.reading.lines import (
    CHUNK,
    HEAD_LINES,
    MAX_RECORD,
    Table,
    file_fault,
    names_of,
    row_fault,
    row_of,
    said_above,
)

# Encodings: UTF-16 by its mark or its NUL bytes, UTF-8, else GB 18030 (GBK with the rare characters of names), strictly. Text in GB 18030 is never valid
# UTF-8 for long, but damaged UTF-8 may well be valid, and senseless, GB 18030:
SURELY_UTF8 = 20
"""After so many valid characters beyond ASCII a file is UTF-8, and what follows is damage, not another encoding."""

MAX_CELL = 2**20
BOM = "\ufeff"


def encoding_of(path: Path) -> str:
    """The encoding that the whole file is valid in. Reads it two or three times, in pieces.

    Raises:
        SourceError: it is in none that is read.
    """
    if (wide := _utf_16(path)) is not None:
        return wide
    _check_nul(path)
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
    raise file_fault(
        path,
        f"is neither UTF-8 nor GB 18030: as {bad.encoding} it ends at byte {bad.offset} (counted from 0)",
        "Save it as UTF-8 or GB 18030.",
        code="bad-encoding",
        line=bad.line,
    )


def _utf_16(path: Path) -> str | None:
    """What Excel calls Unicode text, with or without the mark in front; None: it is no such text.

    Without the mark it is told by NUL bytes, each the half of a digit, a comma or a line break.
    """
    with path.open("rb") as f:
        head = f.read(CHUNK)
        f.seek(0)
        marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        first, second = head[::2].count(0), head[1::2].count(0)
        encoding = "utf-16" if marked else "utf-16-be" if first > second else "utf-16-le"
        if not marked and (abs(first - second) < 3 or 40 * abs(first - second) < len(head)):
            return None
        decoder, divided = codecs.getincrementaldecoder(encoding)(), False
        try:
            while piece := f.read(CHUNK):
                text = decoder.decode(piece)
                divided = divided or not set("\n,\t{").isdisjoint(text)
                if "\0" in text:
                    return None
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return encoding if divided else None


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
        chunk = f.read(CHUNK)
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
    """A NUL byte is never text: the file is binary, or damaged."""
    offset, line = 0, 1
    with path.open("rb") as f:
        while chunk := f.read(CHUNK):
            if (at := chunk.find(b"\0")) >= 0:
                line += chunk.count(b"\n", 0, at)
                raise file_fault(
                    path,
                    f"has a NUL byte at byte {offset + at} (counted from 0)",
                    "It is damaged or no text: export it again as UTF-8 CSV.",
                    line=line,
                )
            offset += len(chunk)
            line += chunk.count(b"\n")


def read_csv(path: Path, columns: tuple[str, ...], *, blanks: bool = False) -> Table:
    """A file of separated values as a table. Its header is the first line with these columns, else the first line.

    Args:
        blanks: rows that are blank come too.

    Raises:
        SourceError: it holds no column names.
    """
    lines = csv_lines(path)
    wanted = frozenset(columns)
    head: list[tuple[int, list[str] | SourceError]] = []
    at = 0
    for line, cells in islice(lines, HEAD_LINES):
        head.append((line, cells))
        if not wanted or (not isinstance(cells, SourceError) and wanted.issubset(names_of(cells))):
            at = len(head) - 1
            break
    if not head:  # nothing but quotes around nothing
        raise file_fault(path, "holds no column names", "Export it again, with a header.", code="empty-file", line=1)
    line, cells = head[at]
    header = names_of([] if isinstance(cells, SourceError) else cells)
    above = frozenset(tuple(names_of(cells)) for _, cells in head[:at] if not isinstance(cells, SourceError))
    return Table(header, line, _csv_rows(path.name, header, above, chain(head[at + 1 :], lines), blanks))


def _csv_rows(
    name: str,
    header: list[str],
    above: frozenset[tuple[str, ...]],
    lines: Iterable[tuple[int, list[str] | SourceError]],
    blanks: bool,
) -> Iterator[Row | SourceError]:
    """`blanks`: rows that are blank come too, but for lines without a cell at the end."""
    waiting: list[Row] = []
    for line, cells in lines:
        if blanks and not isinstance(cells, SourceError) and not any(cell.strip() for cell in cells):
            waiting.append(Row(name, line, {}))
            if len(cells) < 2:
                continue
        yield from waiting
        waiting.clear()
        if isinstance(cells, SourceError):
            yield cells
        elif above and tuple(names_of(cells)) in above:
            yield said_above(name, line, header, cells)
        elif row := row_of(name, line, header, cells, whole=True):
            yield row


def csv_lines(path: Path) -> Generator[tuple[int, list[str] | SourceError]]:
    """The records of a file with the line on which each begins, from the first that is not blank; or why one is none."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding_of(path), newline="") as f:
        raw: list[str] = []  # the lines of the record being read

        def lines(start: list[str]) -> Iterator[str]:
            for text in chain(start, whole):
                raw.append(text)
                yield text

        whole = bounded(path, f)
        first = list(_first_lines(whole))
        delimiter, first = _delimiter(first)
        reader = csv.reader(lines(first), delimiter=delimiter, strict=True)
        begun = False
        while True:
            line = reader.line_num + 1
            raw.clear()
            try:
                cells = next(reader, None)
            except csv.Error as e:  # a cell of more than MAX_CELL is one, too
                if not begun or "unexpected end of data" in str(e):
                    raise file_fault(
                        path,
                        f"has a quote here that is not closed as it should be ({e})",
                        'Close it, or write a quote inside a cell as "".',
                        code="bad-quotes",
                        line=line,
                    ) from e
                yield (
                    line,
                    row_fault(
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


def bounded(path: Path, f: TextIO) -> Iterator[str]:
    """The lines of a file, without the marks (BOM) that joining files leaves at the start of some."""
    number = 0
    while text := f.readline(MAX_RECORD):
        number += 1
        if len(text) == MAX_RECORD:
            raise file_fault(
                path,
                f"has a line of more than {MAX_RECORD} characters",
                "It is no table, or has lost its line breaks: export it again.",
                code="too-large",
                line=number,
            )
        text = text.removeprefix(BOM)
        if "\x1a" in text and (not text.endswith("\n") or not text.strip("\x1a \r\n")):
            text = text.rstrip("\x1a")  # some programs end a file with this sign (Ctrl+Z)
        yield text


def _first_lines(lines: Iterator[str]) -> Iterator[str]:
    """The lines among which the names of the columns stand."""
    filled = 0
    for line in lines:
        yield line
        filled += bool(line.strip())
        if filled == HEAD_LINES:
            return


_SEP = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
_QUOTED = re.compile('"[^"]*"')
_SAMPLE = 5


def _delimiter(lines: list[str]) -> tuple[str, list[str]]:
    """What divides the cells, and the lines without the one that only says so (`sep=;`).

    Comma or TAB, whichever the first divided line has more of. Another sign only where it stands on that line, or on one
    before it, and equally often on those that follow: a title may hold one.
    """
    filled = [n for n, line in enumerate(lines) if line.strip()]
    if not filled:
        return ",", lines
    if (told := _SEP.fullmatch(lines[filled[0]])) and told[1] not in '"\r\n':
        return told[1], [*lines[: filled[0]], "\n", *lines[filled[0] + 1 :]]
    bare = [_QUOTED.sub("", lines[n]) for n in filled]

    def begins(sign: str) -> tuple[int, int]:
        at = next((n for n, line in enumerate(bare) if sign in line), len(bare))
        return at, -bare[at].count(sign) if at < len(bare) else 0

    def steady(sign: str, at: int) -> bool:
        after = bare[at + 1 : at + 1 + _SAMPLE]
        same = sum(line.count(sign) == bare[at].count(sign) for line in after)
        return at < len(bare) and (2 * same > len(after) if after else bare[at].count(sign) > 1)

    usual = min((",", "\t"), key=begins)
    for sign in ";|^~；，\x01\x1f":
        at, n = begins(sign)
        if (
            (at, n) < begins(usual)
            and steady(sign, at)
            and not (at < begins(usual)[0] and n == -1 and steady(usual, begins(usual)[0]))
        ):
            return sign, lines
    return usual, lines
