"""What a workbook says of its cells beside their values: faults, formats of numbers, merged cells.

The reader (`python_calamine`) gives values only: nothing for an error value or a formula that was never calculated, 0.25
for what is shown as 25%, 5 for 5万元. Here that is read from the file itself, for each kind of workbook. Part of the process
that reads workbooks (`workbook.py`); pure, and nothing of the project is imported.
"""

import html
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

ZIP = b"PK\x03\x04"


class CellNotes:
    """What is in a sheet beside the values of its cells."""

    def __init__(self) -> None:
        self.untold: dict[int, list[Any]] = {}
        """Line → [column, why] of the first cell that shows something of which the reader gets nothing.

        `error`: it holds an error value (#REF!, #N/A). `formula`: a formula without a saved value: a program wrote it
        and nobody calculated it."""
        self.shown: dict[int, dict[int, str]] = {}
        """Line → column → a number with what its format adds: 25%, 5万元, 000123."""
        self.covered: dict[int, list[Any]] = {}
        """Line → cells that are merged with one further up, where the reader does not tell."""

    def fault(self, line: int, column: int, why: str) -> None:
        """Note a cell of which nothing is told."""
        if column < self.untold.get(line, (column + 1,))[0]:
            self.untold[line] = [column, why]

    def show(self, line: int, column: int, text: str | None) -> None:
        """Note what a number means."""
        if text is not None:
            self.shown.setdefault(line, {})[column] = text


_FORMAT_PARTS = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|([0#?]+[0#?.,]*)|(%)|(.)', re.DOTALL
)
_COUNTED = frozenset("人名个家户件次天日年月岁份项条 ")
"""What is counted changes no number."""


def as_shown(value: Decimal, code: str) -> str | None:
    """A number with what its format adds to it: `0%`, `0.00"万元"`, `000000`, `"第"0"号"`; None where that is nothing.

    >>> [as_shown(Decimal(v), f) for v, f in (("0.25", "0.00%"), ("5", '0"万元"'), ("91", "000000"), ("5", "#,##0.00"))]
    ['25%', '5万元', '000091', None]
    """
    sections = code.split(";")
    if re.search(r"\[[<>=]", code) or code == "General":
        return None
    section = sections[1 if value < 0 and len(sections) > 1 else 0]
    around, digits, percent = ["", ""], "", False
    for quoted, escaped, symbol, places, sign, other in _FORMAT_PARTS.findall(section.replace("General", "#")):
        if places and (digits or places.endswith(",")):
            return None  # told in thousands, or a sign between the digits: the value itself is the number
        digits, percent = digits or places, percent or bool(sign)
        if other and other not in "+-() $":
            return None  # a day, a fraction, an exponent
        around[bool(digits)] += quoted or escaped or symbol or other.strip("+-() ")
    before, after = around[0].strip("¥￥ "), around[1].strip("¥￥ ")
    after = "" if after in _COUNTED else after
    whole = value == value.to_integral_value() and digits.strip("0") == "" and len(digits) > 1
    if not digits or not (before or after or percent or whole):
        return None
    text = format(value.scaleb(2) if percent else value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return before + (text.zfill(len(digits)) if whole and not percent else text) + after + "%" * percent


def _number(text: str | bytes | float) -> Decimal | None:
    try:
        return Decimal(f"{float(text):.15g}")
    except ValueError:
        return None


_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"\br=\"([A-Z]+)(\d+)\"")
_STYLE = re.compile(rb"\bs=\"(\d+)\"")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_PIECE = 2**22


def notes_of_xlsx(z: zipfile.ZipFile, name: str) -> CellNotes:
    """Of a sheet of an .xlsx."""
    notes = CellNotes()
    part, never = _sheet_part(z, name)
    if part is None:
        return notes
    formats = _formats_of_styles(z)
    worth = re.compile(b'"e"|<(?:\\w+:)?f[\\s>/]|\\bs="(?:' + b"|".join([*formats, b"-"]) + b')"')
    with z.open(part) as file:
        rest = b""
        while piece := file.read(_PIECE):
            text = rest + piece
            end = max(text.rfind(b"</c>"), text.rfind(b":c>")) + 4
            rest = text[end:] if end > 3 else text
            if end > 3 and worth.search(text):
                for cell in _CELL.finditer(text, 0, end):
                    _note_xlsx(notes, cell[1], cell[2], formats, never)
    return notes


def _note_xlsx(notes: CellNotes, attributes: bytes, inside: bytes, formats: dict[bytes, str], never: bool) -> None:
    style = _STYLE.search(attributes)
    code = formats.get(style[1]) if style else None
    why = _why_untold(attributes, inside, never)
    if (why is None and code is None) or not (at := _PLACE.search(attributes)):
        return
    column = 0
    for letter in at[1]:
        column = column * 26 + letter - 64
    if why is not None:
        notes.fault(int(at[2]), column - 1, why)
    elif code is not None and (b" t=" not in attributes or b't="n"' in attributes) and (held := _VALUE.search(inside)):
        value = _number(held[1])
        notes.show(int(at[2]), column - 1, as_shown(value, code) if value is not None else None)


def _why_untold(attributes: bytes, inside: bytes, never: bool) -> str | None:
    if b't="e"' in attributes:
        return "error"
    if not _FORMULA.search(inside) or b't="str"' in attributes:
        return None  # a formula whose value is an empty text is a text
    value = _VALUE.search(inside)
    # What was never calculated has no value, or a nought in its place.
    return "formula" if value is None or not value[1].strip() or (never and value[1] == b"0") else None


_PERCENT = {9: "0%", 10: "0.00%"}
"""Formats that have a number only."""


def _formats_of_styles(z: zipfile.ZipFile) -> dict[bytes, str]:
    """Number of a style → its format, of those that may add anything to a number."""
    try:
        styles = z.read("xl/styles.xml").decode()
    except (KeyError, UnicodeDecodeError):
        return {}
    codes = {str(n): code for n, code in _PERCENT.items()}
    for tag in re.findall(r"<(?:\w+:)?numFmt\s[^>]*>", styles):
        if (id := _attribute(tag, "numFmtId")) and (code := _attribute(tag, "formatCode")):
            codes[id[1]] = html.unescape(code[1])
    cells = re.search(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    uses = re.findall(r"<(?:\w+:)?xf\s[^>]*>", cells[0]) if cells else []
    found = {str(n).encode(): codes.get(id[1], "") for n, xf in enumerate(uses) if (id := _attribute(xf, "numFmtId"))}
    return {n: code for n, code in found.items() if as_shown(Decimal(1), code) or as_shown(Decimal(-1), code)}


def _sheet_part(z: zipfile.ZipFile, name: str) -> tuple[str | None, bool]:
    """The part of a sheet, and whether the workbook says that it was never calculated."""
    try:
        book, links = z.read("xl/workbook.xml").decode(), z.read("xl/_rels/workbook.xml.rels").decode()
    except (KeyError, UnicodeDecodeError):
        return None, False
    sheets = re.findall(r"<(?:\w+:)?sheet\s[^>]*>", book)
    ids = {html.unescape(m[1]): r for s in sheets if (m := _attribute(s, "name")) and (r := _attribute(s, "r:id"))}
    targets = {
        i[1]: t[1]
        for link in re.findall(r"<\w*:?Relationship\s[^>]*>", links)
        if (i := _attribute(link, "Id")) and (t := _attribute(link, "Target"))
    }
    target = targets.get(ids[name][1]) if name in ids else None
    part = posixpath.normpath(posixpath.join("xl", target)).lstrip("/") if target else None
    never = bool(re.search(r'fullCalcOnLoad="(1|true)"', book))
    return (part if part in z.namelist() else None), never


def _attribute(tag: str, name: str) -> re.Match[str] | None:
    return re.search(rf'\s{name}="([^"]*)"', tag)


_ODS = {
    "table": "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "office": "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    "calcext": "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}",
}
_ODS_CELLS = {_ODS["table"] + name for name in ("table-cell", "covered-table-cell")}
_MOST_REPEATED = 2_000
"""A row that is repeated more often fills the rest of the sheet."""


def notes_of_ods(z: zipfile.ZipFile, name: str) -> CellNotes:
    """Of a sheet of an .ods."""
    notes, table, line = CellNotes(), _ODS["table"], 0
    with z.open("content.xml") as file:
        current = None
        for event, element in ElementTree.iterparse(file, events=("start", "end")):
            if element.tag == table + "table":
                if event == "start":
                    current = element.get(table + "name")
                elif current == name:
                    break
            elif event == "end" and element.tag == table + "table-row":
                repeated = int(element.get(table + "number-rows-repeated", "1"))
                for n in range(repeated if current == name and repeated < _MOST_REPEATED else 0):
                    _note_ods_row(notes, element, line + n + 1)
                line += repeated if current == name else 0
                element.clear()
    return notes


def _note_ods_row(notes: CellNotes, row: ElementTree.Element, line: int) -> None:
    column = 0
    for cell in row:
        if cell.tag not in _ODS_CELLS:
            continue
        kind, text = cell.get(_ODS["office"] + "value-type"), "".join(cell.itertext())
        if cell.get(_ODS["calcext"] + "value-type") == "error" or text.startswith(
            ("#DIV/", "#N/A", "#REF!", "#VALUE!")
        ):
            notes.fault(line, column, "error")
        elif kind is None and cell.get(_ODS["table"] + "formula"):
            notes.fault(line, column, "formula")
        elif kind in ("float", "percentage", "currency"):
            value, unit = _number(cell.get(_ODS["office"] + "value", "")), cell.get(_ODS["office"] + "currency", "CNY")
            if value is not None:
                notes.show(line, column, _ods_number(value, kind, unit, text.strip()))
        for below in range(line + 1, line + int(cell.get(_ODS["table"] + "number-rows-spanned", "1"))):
            if text:
                notes.covered.setdefault(below, []).append([column, text, line])
        column += int(cell.get(_ODS["table"] + "number-columns-repeated", "1"))


def _ods_number(value: Decimal, kind: str, unit: str, text: str) -> str | None:
    if kind == "percentage":
        return as_shown(value, "0%")
    if kind == "currency" and unit not in ("", "CNY"):
        return f"{unit} {format(value, 'f')}"
    if re.fullmatch(r"0\d+", text) and Decimal(text) == value:
        return text
    found = re.fullmatch(r"(\D*?)(-?[\d,]+(?:\.\d+)?)(\D*)", text)
    if not found or abs(Decimal(found[2].replace(",", "")) - value) > 1:
        return None  # told in thousands: the value itself is the number
    return as_shown(value, f'"{found[1].strip(" -")}"0"{found[3].strip()}"')


def notes_of_xls(path: str, name: str) -> CellNotes:
    """Of a sheet of an .xls: records of its stream, by their numbers in the format."""
    notes = CellNotes()
    with open(path, "rb") as file:
        stream = _ole_stream(file.read(), ("Workbook", "Book"))
    formats, styles, sheets = dict(_PERCENT), [], {}
    for kind, data, _ in _records(stream, 0):
        if kind == 0x41E and len(data) > 5:
            length, wide = struct.unpack_from("<HB", data, 2)
            code = data[5 : 5 + length * (2 if wide & 1 else 1)]
            formats[struct.unpack_from("<H", data)[0]] = code.decode("utf-16-le" if wide & 1 else "latin-1", "replace")
        elif kind == 0xE0:
            styles.append(struct.unpack_from("<H", data, 2)[0])
        elif kind == 0x85 and len(data) > 8:
            sheets[data[8:].decode("utf-16-le" if data[7] & 1 else "latin-1", "replace")] = struct.unpack_from(
                "<L", data
            )
    adding = {n: code for n, id in enumerate(styles) if as_shown(Decimal(1), code := formats.get(id, ""))}
    for kind, data, _ in _records(stream, sheets[name][0]) if name in sheets else ():
        if kind in (0x203, 0x27E, 0x06, 0x205) and len(data) >= 8:
            line, column, style = struct.unpack_from("<3H", data)
            if (kind == 0x205 and data[7] == 1) or (kind == 0x06 and data[12:14] == b"\xff\xff" and data[6] == 2):
                notes.fault(line + 1, column, "error")
            elif style in adding and kind != 0x205 and data[12:14] != b"\xff\xff":
                value = _rk(data[6:10]) if kind == 0x27E else struct.unpack_from("<d", data, 6)[0]
                notes.show(line + 1, column, as_shown(_number(value) or Decimal(0), adding[style]))
        elif kind == 0xBD:
            line, first = struct.unpack_from("<2H", data)
            for n in range((len(data) - 6) // 6):
                if (style := struct.unpack_from("<H", data, 4 + 6 * n)[0]) in adding:
                    value = _number(_rk(data[6 + 6 * n : 10 + 6 * n])) or Decimal(0)
                    notes.show(line + 1, first + n, as_shown(value, adding[style]))
    return notes


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    """The records of an .xls from a place up to the end of their part: kind, content, place."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        yield kind, stream[at + 4 : at + 4 + length], at
        at += 4 + length
        if kind == 0x0A:
            return


def _rk(data: bytes) -> float:
    """A number as an .xls writes it short."""
    (bits,) = struct.unpack("<i", data)
    value = (
        float(bits >> 2)
        if bits & 2
        else struct.unpack(
            "<d", struct.pack("<q", (bits & 0xFFFFFFFC) << 32 & (2**63 - 1) | (-(2**63) if bits < 0 else 0))
        )[0]
    )
    return value / 100 if bits & 1 else value


def _ole_stream(data: bytes, names: tuple[str, ...]) -> bytes:
    """A stream of the old container: chains of sectors, and for what is short of small ones within one of them."""
    size, small = 1 << struct.unpack_from("<H", data, 30)[0], 1 << struct.unpack_from("<H", data, 32)[0]

    def sector(n: int) -> bytes:
        return data[(n + 1) * size : (n + 2) * size]

    def chain_of(first: int, table: list[int]) -> Iterator[int]:
        for _ in range(len(table) + 1):
            if not 0 <= first < len(table):
                return
            yield first
            first = table[first]

    tables = list(struct.unpack_from("<109L", data, 76))
    following = struct.unpack_from("<L", data, 68)[0]
    while following < len(data) // size:
        more = struct.unpack(f"<{size // 4}L", sector(following))
        tables, following = [*tables, *more[:-1]], more[-1]
    fat = [n for one in tables if one < len(data) // size for n in struct.unpack(f"<{size // 4}L", sector(one))]
    entries = b"".join(map(sector, chain_of(struct.unpack_from("<L", data, 48)[0], fat)))
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(entries) - 127, 128):
        called = entries[at : at + max(0, struct.unpack_from("<H", entries, at + 64)[0] - 2)].decode(
            "utf-16-le", "replace"
        )
        found[called] = struct.unpack_from("<2L", entries, at + 116)
    first, length = next((found[name] for name in names if name in found), (0, 0))
    if length >= struct.unpack_from("<L", data, 56)[0]:
        return b"".join(map(sector, chain_of(first, fat)))[:length]
    short = [
        n
        for one in chain_of(struct.unpack_from("<L", data, 60)[0], fat)
        for n in struct.unpack(f"<{size // 4}L", sector(one))
    ]
    inside = b"".join(map(sector, chain_of(found.get("Root Entry", (0, 0))[0], fat)))
    return b"".join(inside[n * small : (n + 1) * small] for n in chain_of(first, short))[:length]


def notes_of(path: str, name: str, magic: bytes) -> CellNotes:
    """What is in a sheet beside the values of its cells. A part that is not as it should be tells nothing."""
    try:
        if magic != ZIP:
            return notes_of_xls(path, name)
        with zipfile.ZipFile(path) as z:
            return notes_of_ods(z, name) if "content.xml" in z.namelist() else notes_of_xlsx(z, name)
    except (struct.error, IndexError, ValueError, ElementTree.ParseError):
        return CellNotes()
