"""What the first rows of a table never seen tell of its columns: where their names stand, and which forms the values have."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from graph_model.errors import SourceError
from graph_model.identifiers import (
    citizen_id_18,
    citizen_id_faults,
    mask_ids_in,
    normalise_code,
    normalise_org_code,
    org_code_valid,
    reg_number_valid,
    uscc_faults,
)
from loaders.drafts import Row
from loaders.mapping.parties import divided, name_and_brackets
from loaders.reading.headers import about_the_table, is_organisation, left_out, meaning_of
from loaders.reading.json_records import PEEK
from loaders.reading.lines import header_at, named, names_of, on_two_lines, on_two_lines_fault
from loaders.reading.rows import heads_of, read_rows
from loaders.reading.values import parse_date, parse_money, parse_percent, plain
from loaders.sources import fitting

CODE_VALUES = 12


CODE_LENGTH = 12
"""A code list has at most so many values, each at most so long, and each value more than once on average."""


SURE = 0.9
"""So many of the filled cells have to have a form for the column to be of it."""


LONGEST_FORM = 60
"""A longer text is free text."""


DIVIDERS = "、；;，,"


_PERSON = re.compile(r"[\u4e00-\u9fff·]{2,12}")


_LIKE_A_DATE = re.compile(r"\s*\d{1,4}([./-])\d{1,2}\1\d{1,4}\s*", re.ASCII)


DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%y/%m/%d",
    "%y-%m-%d",
    "%y.%m.%d",
)


def _is(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return parse(text) is not None
        except ValueError:
            return False

    return check


def _uscc(text: str) -> bool:
    return not uscc_faults(normalise_code(text) or "")


def _citizen(text: str) -> bool:
    number = normalise_code(text) or ""
    if len(number) == 15 and number.isascii() and number.isdigit():
        number = citizen_id_18(number)
    return not citizen_id_faults(number)


VALUE_FORMS: dict[str, Callable[[str], bool]] = {
    "citizen id numbers": _citizen,
    "credit codes": _uscc,
    "registration numbers": lambda text: reg_number_valid(normalise_code(text) or ""),
    "organisation codes": lambda text: org_code_valid(normalise_org_code(text) or "") and not text.isdigit(),
    "dates": _is(parse_date),
    "whole numbers": lambda text: bool(re.fullmatch(r"\d+", plain(text), re.ASCII)),
    "percentages": lambda text: text.endswith(("%", "％")) and _is(parse_percent)(text),
    "amounts of money": _is(parse_money),
    "names of organisations": is_organisation,
}
"""Forms of values, the narrow ones first: a column has the first that nearly all of its cells have."""


@dataclass
class Column:
    """What the first rows tell of one column: counts and forms."""

    name: str
    rows: int = 0
    present: int = 0
    """Records of JSON may leave a field out."""
    filled: int = 0
    longest: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    dates: Counter[str] = field(default_factory=Counter)
    """Of the cells that are no date as they stand: how many are one by another format."""
    values: Counter[str] = field(default_factory=Counter)
    bare: int = 0
    """Amounts without a unit of their own."""
    several: Counter[str] = field(default_factory=Counter)
    """Of the cells that name several persons: what divides them."""
    bracketed: int = 0
    """Cells that name persons with something in brackets behind: 张三（总经理）."""
    inside: Counter[str] = field(default_factory=Counter)
    """What stands in these brackets, if it is a known word for a post; else counted as one."""

    def add(self, text: str) -> None:
        """One filled cell."""
        self.filled += 1
        self.longest = max(self.longest, len(text))
        self.bare += bool(re.fullmatch(r"[\d.,]+", plain(text)))
        if len(text) <= LONGEST_FORM:
            for form, check in VALUE_FORMS.items():
                self.forms[form] += check(text)
            self._add_persons(text)
        if _LIKE_A_DATE.fullmatch(text) and not VALUE_FORMS["dates"](text):
            for form in DATE_FORMATS:
                self.dates[form] += _is(lambda t, form=form: datetime.strptime(t, form))(plain(text))  # noqa: DTZ007
        if len(self.values) <= CODE_VALUES or text in self.values:
            self.values[text] += 1

    def _add_persons(self, text: str) -> None:
        try:
            found = [name_and_brackets(part) for part in divided(text, DIVIDERS)]
            if not all(_PERSON.fullmatch(name) and not is_organisation(name) for name, _ in found):
                return
            if len(found) > 1:
                self.several.update(c for c in DIVIDERS if len(divided(text, c)) > 1)
            self.bracketed += any(inside for _, inside in found)
            for word in (word for _, inside in found for word in divided(inside, DIVIDERS)):
                self.inside[word if word in POST_WORDS else ""] += 1
        except ValueError:
            return  # brackets that do not fit together: no list of persons

    @property
    def form(self) -> str | None:
        """The form of nearly all filled cells; None when there is none."""
        return next((form for form, n in self.forms.items() if self.filled and n >= SURE * self.filled), None)

    @property
    def codes(self) -> list[str]:
        """The values, if they are few, short, repeated, and neither names, numbers nor dates."""
        few = 0 < len(self.values) <= CODE_VALUES and self.longest <= CODE_LENGTH
        if not few or self.form is not None or self.filled < 2 * len(self.values):
            return []
        return [] if any(any(c.isdigit() for c in v) and len(v) > 4 for v in self.values) else list(self.values)

    @property
    def about(self) -> str:
        """In a few words, for a comment."""
        if not self.filled:
            return "empty in the first rows"
        some = f"{self.filled} of {self.rows} filled"
        return f"{some}, {self.form or f'texts of up to {self.longest} characters'}"


@dataclass
class Look:
    """What the first rows of a file tell."""

    columns: list[Column]
    fits: list[str]
    """Built-in sources that read these columns."""
    line: int | None
    """On which the names of the columns stand."""
    above: int
    """Filled lines above it."""
    sheet: str | None
    """Of a workbook."""
    alike: list[str]
    """Other sheets with the same columns: they are loaded as well."""
    others: list[str]
    """Sheets without them, or hidden."""


def look(path: Path) -> Look:
    """The columns of a file, by its first rows."""
    seen = _found(path)
    names = tuple(column.name for column in seen.columns)
    found: dict[str, Column] = {}
    rows = ragged = 0
    for row in islice(read_rows(path, names if seen.above else (), seen.sheet), PEEK):
        if not isinstance(row, Row):
            ragged += row.code == "ragged-row"
            continue
        filled = [value for value in row.values.values() if value and not value.isspace()]
        if about_the_table(filled, whole=len(filled) == len(row.values)):
            continue  # a sum or a signature says nothing of the columns
        rows += 1
        for name in row.values:
            column = found.setdefault(name, Column(name))
            column.present += 1
            if (text := row.get(name)) and plain(text):
                column.add(text)
        for column in found.values():
            column.rows = rows
    if not found:
        raise SourceError(
            "has no row that can be read",
            file=path.name,
            code="empty",
            todo=f"Line {seen.line} was taken for the names of the columns, and the lines below it have more cells: take out "
            "what stands above the names."
            if ragged
            else "creditgraph mapping new needs a header and at least one row.",
        )
    if "" in found:
        raise SourceError(
            "has a field without a name", file=path.name, code="bad-header", todo="Give each field a name."
        )
    _no_header(path, seen.line, list(found))
    return replace(seen, columns=list(found.values()), fits=fitting(tuple(found)))


def _found(path: Path) -> Look:
    """Where the table is: on which sheet, below which line."""
    every = heads_of(path)
    heads = [head for head in every if head.lines]
    best, most = heads[0], -1
    for head in heads:  # a cover page, an explanation or a code list has few names that are known
        cells = [cells for _, cells in head.lines]
        names = names_of(cells[header_line(cells)])
        known = sum(map(_is_known, names))
        if known > most:
            best, most = head, known
    cells = [cells for _, cells in best.lines]
    at = header_line(cells)
    line, names = best.lines[at][0], names_of(cells[at])
    width = [sum(bool(cell and cell.strip()) for cell in line) for line in cells]
    for upper, two in enumerate(pairwise(cells[: max(at, width.index(max(width))) + 2])):
        if on_two_lines(*two):
            raise on_two_lines_fault(named(path, best.sheet), best.lines[upper][0])
    others = [head for head in every if head.sheet != best.sheet] if best.sheet else []
    alike = [h.sheet or "" for h in others if header_at((c for _, c in h.lines), names) is not None]
    rest = [h.sheet or "" for h in others if (h.lines or not h.shown) and h.sheet not in alike]
    return Look([Column(name) for name in names], [], line, at, best.sheet, alike, rest)


def header_line(lines: Sequence[Sequence[str | None]]) -> int:
    """Which of the first lines has the names of the columns.

    The first that is about as wide as the lines below it (two thirds of the filled cells of the widest), says no one thing
    in all of its cells, and does not speak of the table itself (填报单位：…). Not one that repeats the name of a group above
    each of its parts, where the parts have names that are known. The first line, where none is so.
    """
    filled = [[cell for cell in cells if cell and cell.strip()] for cells in lines]
    for n, cells in enumerate(filled):
        below = max((len(line) for line in filled[n + 1 :]), default=0)
        wide = below and 3 * len(cells) >= 2 * below
        if wide and not (len(cells) > 1 and len(set(cells)) == 1) and not about_the_table(cells, whole=False):
            return n + 1 if _names_groups(cells, *filled[n + 1 : n + 2]) else n
    return 0


def _names_groups(cells: Sequence[str], below: Sequence[str] = ()) -> bool:
    """Whether a line has the names of groups, each written out above all of its parts, and these stand below."""
    doubled = any(one == other for one, other in pairwise(cells))
    whole = len(set(below)) == len(below) >= len(cells)
    return doubled and whole and sum(map(_is_known, below)) > sum(map(_is_known, cells))


def _is_known(name: str) -> bool:
    return meaning_of(name) is not None or left_out(name) is not None


def _no_header(path: Path, line: int | None, names: list[str]) -> None:
    """Names of columns that are numbers, dates or ids are somebody's data."""
    data = sum(
        mask_ids_in(n) != n or any(VALUE_FORMS[f](n) for f in ("citizen id numbers", "credit codes", "dates"))
        for n in names
    )
    if data:
        raise SourceError(
            f"no line has names of columns: the first that could looks like data ({data} of {len(names)} are numbers or dates)",
            file=path.name,
            line=line,
            code="no-header",
            todo="Put a line with the names of the columns above the data.",
        )


POST_WORDS = {
    "法定代表人": "legal_representative",
    **dict.fromkeys(("主要负责人", "负责人", "理事长", "园长", "校长", "院长"), "principal"),
    **dict.fromkeys(("董事长", "副董事长", "执行董事", "独立董事", "董事"), "director"),
    **dict.fromkeys(("监事会主席", "监事", "监事长", "职工监事"), "supervisor"),
    **dict.fromkeys(
        ("总经理", "副总经理", "财务负责人", "董事会秘书", "高级管理人员", "经理", "总裁", "副总裁", "财务总监"),
        "senior_manager",
    ),
    **dict.fromkeys(("实际控制人",), "actual_controller"),
}
