"""JSON arrays, JSON lines → rows, record by record, in pieces."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from graph_model.errors import SourceError
from graph_model.text import clean
from loaders.drafts import Row
from loaders.reading.delimited import bounded, encoding_of
from loaders.reading.lines import CHUNK, MAX_RECORD, Table, file_fault, row_fault

PEEK = 1000
"""Records may leave fields out: a required one must occur in one of this many."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What JSON can escape and nothing can keep: NUL, and halves of characters."""


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


def read_json(path: Path, *, lines: bool) -> Table:
    """A file of JSON records as a table: an array, or with `lines` a record a line."""
    encoding = encoding_of(path)
    records = _json_lines(path, encoding) if lines else _json_array(path, encoding)
    if lines and (wrapped := _wrapped(path, encoding)) is not None:
        records = (_record(path, n, one, json.dumps(one, ensure_ascii=False), "") for n, one in enumerate(wrapped, 1))
    first: list[Row | SourceError] = []
    length = 0
    for row in records:
        first.append(row)
        length += sum(len(value or "") for value in (row if isinstance(row, Row) else row.row).values.values())
        if len(first) >= PEEK or length >= MAX_RECORD:
            break
    if not first:
        raise file_fault(path, "has no records", "Export it again.", code="empty-file")
    names = dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values)
    return Table(list(names), None, chain(first, records))


_SPACE = re.compile(r"[ \t\n\r]*")


def _json_array(path: Path, encoding: str) -> Iterator[Row | SourceError]:
    """The elements of an array, read in pieces. (ijson would lose how a number is written, and keys that stand twice.)"""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - CHUNK))
        end_of_file = file.read().replace(b"\0", b"").rstrip()  # of UTF-16 every other byte is one
    if not end_of_file.endswith(b"]"):
        raise file_fault(path, "is not valid JSON: the array is cut off, it does not end with ]", "Export it again.")
    decoder, number, lines = _Decoder(), 0, 1
    with path.open(encoding=encoding) as f:
        text = f.read(CHUNK)
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
                raise file_fault(path, "is not valid JSON: it is nested too deeply", "Export it again.") from e
            except json.JSONDecodeError as e:
                # Wrong, or only cut by the end of the piece.
                if len(text) - at < MAX_RECORD and (more := f.read(max(CHUNK, len(text) - at))):
                    lines += text.count("\n", 0, at)
                    text, at = text[at:] + more, 0
                    continue
                line = lines + e.lineno - 1
                if len(text) - at >= MAX_RECORD:
                    todo = "It is no list of records, or a quote or bracket is not closed."
                    raise file_fault(
                        path, f"has a record of more than {MAX_RECORD} characters", todo, code="too-large", line=line
                    ) from e
                raise file_fault(path, f"is not valid JSON ({e.msg})", "Export it again.", line=line) from e
            number += 1
            yield _record(path, number, record, text[start:end], decoder.fault)
            at = sign + 1
            if text[sign] == "]":
                break
        rest = text[at:]
        while rest:
            if not rest.isspace():
                raise file_fault(path, "is not valid JSON: something follows the array", "Export it again.")
            rest = f.read(CHUNK)


def _skip(text: str, at: int) -> int:
    """The next position that is no white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _json_lines(path: Path, encoding: str) -> Iterator[Row | SourceError]:
    decoder, number = _Decoder(), 0
    with path.open(encoding=encoding) as f:
        for line in bounded(path, f):
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


_WRAPPERS = frozenset(
    ("data", "result", "results", "items", "list", "records", "rows", "content", "body", "response", "page")
)
"""Under these names an answer of a data service holds its records, one within the other."""


def _wrapped(path: Path, encoding: str) -> list[Any] | None:
    """The records in the answer of a data service: `{"code": 0, "data": {"list": [{…}, …]}}`. None: it is none."""
    whole = _single_object(path, encoding)
    value = whole[0] if whole is not None and not whole[2] else None
    while isinstance(value, dict):
        inside = [v for name, v in value.items() if name.lower() in _WRAPPERS and isinstance(v, dict | list)]
        value = inside[0] if len(inside) == 1 else None
    return value if value and all(isinstance(one, dict) for one in value) else None


def _bad_record(path: Path, number: int, text: str, why: str) -> SourceError:
    row = Row(path.name, number, {"line": text})
    return row_fault(row, f"is not valid JSON ({why})", "Correct it at the source.", code="bad-json")


def _record(path: Path, number: int, record: Any, text: str, fault: str) -> Row | SourceError:
    """One record; `text` is how it is written, to be kept when it cannot be used."""
    if fault:
        return _bad_record(path, number, text, fault)
    if not isinstance(record, dict):
        row = Row(path.name, number, {"line": text})
        return row_fault(row, "is no object with fields", "Write each record as an object.", code="bad-json")
    values = {clean(name).strip(): _json_text(value) for name, value in record.items()}
    if len(values) < len(record):
        return _bad_record(path, number, text, "the same key stands twice in one object")
    if "\\u" in text and _NO_TEXT.search("".join([*record, *(value or "" for value in values.values())])):
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
