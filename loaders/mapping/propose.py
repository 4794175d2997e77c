"""A spreadsheet never seen before → the proposal of a mapping, with comments that say why and what is uncertain.

It finds the line with the names of the columns (`header_line`), and of a workbook the sheet whose columns it knows best.
It looks at these names and at the forms of the values in the first rows. Names decide; values only
confirm (a column called credit code whose values are none), tell forms (day or month first, 元 or 万元), and speak up
where a name is not known. What it does not know it puts under `ignore` with a TODO. Which trigger codes a decision
carries it never says: that is for somebody who knows the law.

Nothing personal goes from the file into the mapping: names of columns, counts and forms, and the values of short code
lists (at most 12 different ones, in a column that is no name, number, date or free text).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
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
from loaders.mapping.source import divided, name_and_brackets
from loaders.reading.headers import about_the_table, is_organisation, left_out, meaning_of, rank, variants
from loaders.reading.json_records import PEEK
from loaders.reading.lines import header_at, named, names_of, on_two_lines, on_two_lines_fault
from loaders.reading.rows import heads_of, read_rows
from loaders.reading.values import parse_date, parse_money, parse_percent, plain
from loaders.sources import SOURCES, fitting

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


# --- what the values are ---------------------------------------------------------------------------------------


def _is(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return parse(text) is not None
        except ValueError:
            return False

    return check


def _uscc(text: str) -> bool:
    return not uscc_faults(normalise_code(text) or "")


def _looks_uscc(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9A-Z]{18}", normalise_code(text) or ""))


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


# --- the proposal ----------------------------------------------------------------------------------------------


@dataclass
class Proposal:
    """A mapping as text, and what to say beside it."""

    text: str
    todo: int
    """How many TODO comments are in it."""
    fits: list[str]
    """Built-in sources that read these columns: then no mapping is needed."""


def propose(path: Path, *, owner: str | None = None, id: str | None = None) -> Proposal:
    """A mapping for a file.

    Raises:
        SourceError: it cannot be read as a table, the names of its columns stand on two lines, or are none.
    """
    seen = look(path)
    builder = _Builder(seen.columns)
    text = builder.build(owner=owner, id=id or _id(path, seen.columns), id_given=id is not None, seen=seen)
    return Proposal(text, text.count("TODO"), seen.fits)


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
        known = sum(meaning_of(name) is not None or left_out(name) is not None for name in names)
        if known > most:
            best, most = head, known
    cells = [cells for _, cells in best.lines]
    at = header_line(cells)
    line, names = best.lines[at][0], names_of(cells[at])
    for upper, lower in ((at - 1, at), (at, at + 1)):
        if upper >= 0 and lower < len(cells) and on_two_lines(cells[upper], cells[lower]):
            raise on_two_lines_fault(named(path, best.sheet), best.lines[upper][0])
    others = [head for head in every if head.sheet != best.sheet] if best.sheet else []
    alike = [h.sheet or "" for h in others if header_at((c for _, c in h.lines), names) is not None]
    rest = [h.sheet or "" for h in others if (h.lines or not h.shown) and h.sheet not in alike]
    return Look([Column(name) for name in names], [], line, at, best.sheet, alike, rest)


def header_line(lines: Sequence[Sequence[str | None]]) -> int:
    """Which of the first lines has the names of the columns.

    The first that is about as wide as the lines below it (two thirds of the filled cells of the widest), says no one thing
    in all of its cells, and does not speak of the table itself (填报单位：…). The first line, where none is so.
    """
    filled = [[cell for cell in cells if cell and cell.strip()] for cells in lines]
    for n, cells in enumerate(filled):
        below = max((len(line) for line in filled[n + 1 :]), default=0)
        wide = below and 3 * len(cells) >= 2 * below
        if wide and not (len(cells) > 1 and len(set(cells)) == 1) and not about_the_table(cells, whole=False):
            return n
    return 0


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


def _id(path: Path, columns: list[Column]) -> str:
    slug = re.sub(r"[^a-z]+", "-", path.stem.lower()).strip("-")
    if len(slug) >= 3 and slug not in SOURCES:
        return slug[:40].strip("-")
    return "table-" + hashlib.blake2b("\x1f".join(c.name for c in columns).encode("utf-8", "replace")).hexdigest()[:6]


# --- words of code lists ---------------------------------------------------------------------------------------

PARTY_WORDS = {
    **dict.fromkeys(
        (
            "法人及非法人组织",
            "法人",
            "非法人组织",
            "其他组织",
            "法人或其他组织",
            "企业",
            "单位",
            "机构",
            "企业法人",
            "组织",
        ),
        "entity",
    ),
    **dict.fromkeys(
        ("事业单位", "社会组织", "公司", "非自然人", "法人股东", "企业股东", "机构股东", "581", "1"), "entity"
    ),
    **dict.fromkeys(("自然人", "个人", "公民", "自然人股东", "个人股东", "580", "0"), "person"),
    **dict.fromkeys(("个体工商户", "个体户", "个体"), "individual_business"),
}
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

DATE_MEANINGS = frozenset(
    f"{group}.{key}"
    for group, keys in {
        "decision": "decided_on act_on since until last_day published_on publish_last_day",
        "credential": "decided_on since last_day",
        "profile": "established_on",
        "post": "since until",
        "share": "since until",
        "file": "data_date",
    }.items()
    for key in keys.split()
)
MONEY_MEANINGS = frozenset(("decision.fine", "decision.confiscated", "decision.amount", "profile.capital"))
NUMBER_FORMS = {
    "uscc": "credit codes",
    "reg": "registration numbers",
    "org_code": "organisation codes",
    "citizen_id": "citizen id numbers",
}


def q(text: str) -> str:
    """A text in YAML: plain where that is safe, else in double quotes."""
    if re.fullmatch(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*([(（][A-Za-z0-9\u4e00-\u9fff]+[)）])?", text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", _escaped, quoted)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def comment(text: str) -> str:
    """A text as it can stand in a comment."""
    return re.sub(r"[^\x20-\x7e\u00a1-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd]", " ", text)


class _Builder:
    """Puts the parts together; one for each proposal."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = {c.name: c for c in columns}
        self.why: dict[str, str] = {}
        """Column → why it is read as it is, or is not."""
        self.of: dict[str, list[Column]] = {}
        """Meaning → columns."""
        self.lines: list[str] = []
        self.used: set[str] = set()
        self.code_only = False
        """No column has the name of the party, only its code."""
        self.inside: dict[str, str] = {}
        """Group of persons → what stands in brackets behind their names."""
        self._recognise()

    # -- which column is what --------------------------------------------------------------------------------

    def _recognise(self) -> None:
        named: dict[str, list[tuple[int, Column]]] = {}
        for column in self.columns.values():
            found = meaning_of(column.name)
            if found is None or not self._fits(column, found[0]):
                continue
            if not found[1]:
                self.why[column.name] = "TODO: by a part of its name, so a guess"
            named.setdefault(found[0], []).append((rank(column.name, found[0]), column))
        for meaning, all_found in named.items():
            best = [column for _, column in sorted(all_found, key=lambda pair: pair[0])]
            if meaning == "profile.region":
                self.of[meaning] = [c for _, c in all_found]
                continue
            self.of[meaning] = best[:1]
            for other in best[1:]:
                self.why[other.name] = f"TODO: {best[0].name} is read for the same already"
        self._by_values()
        self._settle()

    def _fits(self, column: Column, meaning: str) -> bool:
        """Whether the values are not plainly something else."""
        key = meaning.split(".")[1]
        if not column.filled:
            return True
        if meaning in DATE_MEANINGS:
            known = column.forms["dates"] + max(column.dates.values(), default=0)
            if 2 * known < column.filled and not _open_ends(column):
                self.why[column.name] = f"TODO: named like a day, but {column.about}"
                return False
        elif meaning in MONEY_MEANINGS and 2 * column.forms["amounts of money"] < column.filled:
            self.why[column.name] = f"TODO: named like an amount, but {column.about}"
            return False
        elif key in NUMBER_FORMS and NUMBER_FORMS[key] not in ("citizen id numbers",):
            right = column.forms[NUMBER_FORMS[key]]
            other = max((column.forms[form] for form in NUMBER_FORMS.values()), default=0)
            if 2 * right < column.filled and other <= right:
                self.why[column.name] = f"TODO: named like {NUMBER_FORMS[key]}, but {column.about}"
                return key == "uscc" and column.forms["credit codes"] > 0
        return True

    def _by_values(self) -> None:
        """Numbers that no name tells of, and the column of names where none is called so."""
        taken = {c.name for found in self.of.values() for c in found}
        free = [c for c in self.columns.values() if c.name not in taken and left_out(c.name) is None]
        if "subject.uscc" not in self.of and "subject.number" not in self.of:
            for column in free:
                if column.form == "credit codes":
                    self.of["subject.uscc"] = [column]
                    self.why[column.name] = f"TODO: not known by its name; {column.about}"
                    free.remove(column)
                    break
        if "subject.name" not in self.of and "person.name" not in self.of:
            for column in free:
                if column.form == "names of organisations":
                    self.of["subject.name"] = [column]
                    self.why[column.name] = f"TODO: not known by its name; {column.about}"
                    break

    def _settle(self) -> None:
        """Who is the subject, and which kinds of number stand where."""
        self._other_than_the_subject()
        if "subject.name" not in self.of and "person.name" in self.of:
            self.of["subject.name"] = self.of.pop("person.name")
            self.person_only = True
        else:
            self.person_only = False
        number = self.of.get("decision.document_number")
        if number and not number[0].filled:
            self.why[self.of.pop("decision.document_number")[0].name] = "TODO: no number in the first rows"
        if "subject.name" not in self.of:
            column = next(iter(self.columns.values()))
            candidates = (c for c in self.columns.values() if left_out(c.name) is None and meaning_of(c.name) is None)
            column = next(candidates, column)
            for found in self.of.values():
                if column in found:
                    found.remove(column)
            self.of = {meaning: found for meaning, found in self.of.items() if found}
            self.of["subject.name"] = [column]
            self.why[column.name] = "TODO: nothing tells which column names the party; is it this one?"
        if "person.citizen_id" in self.of and "person.name" not in self.of:
            self.of.setdefault("subject.citizen_id", self.of.pop("person.citizen_id"))
            self.of.pop("person.citizen_id", None)
        for key in ("uscc", "reg", "org_code"):
            found = self.of.get(f"subject.{key}")
            if found and found[0].filled:
                column = found[0]
                right = column.forms[NUMBER_FORMS[key]]
                others = sum(column.forms[form] for k, form in NUMBER_FORMS.items() if k != key)
                if others > right * 0.05 and others > 0 and "subject.number" not in self.of:
                    self.of["subject.number"] = self.of.pop(f"subject.{key}")
                    self.why[column.name] = f"numbers of several kinds: told apart by their form ({column.about})"

    def _other_than_the_subject(self) -> None:
        """A bare `name` beside a post or a share is that of the person or holder; the company is known by its code."""
        codes = [m for m in ("subject.uscc", "subject.stock", "subject.number", "subject.reg") if m in self.of]
        called = self.of.get("subject.name")
        if not called or not codes or variants(called[0].name)[0] not in ("name", "名称"):
            return
        for told, group in (("post.post", "person"), ("share.share", "holder")):
            if told in self.of and f"{group}.name" not in self.of:
                self.of[f"{group}.name"] = self.of.pop("subject.name")
                self.of["subject.name"] = self.of[codes[0]]
                self.code_only = True
                return

    def _has(self, *meanings: str) -> bool:
        return any(m in self.of for m in meanings)

    # -- cells -----------------------------------------------------------------------------------------------

    def _use(self, meaning: str) -> Column | None:
        found = self.of.get(meaning)
        if not found:
            return None
        self.used.update(c.name for c in found)
        return found[0]

    def _cell(self, meaning: str) -> tuple[str, str] | None:
        """(the cell in YAML, the comment)"""
        column = self._use(meaning)
        if column is None:
            return None
        why = self.why.get(column.name, "")
        notes = [why] if why else []
        if not column.filled:
            notes.append("empty in the first rows")
        key = meaning.split(".")[1]
        if meaning in DATE_MEANINGS:
            return self._date(column, notes)
        if meaning in MONEY_MEANINGS:
            return self._amount(column, notes)
        if meaning == "share.share":
            return self._share(column, notes)
        if key in NUMBER_FORMS and column.filled:
            right = column.forms[NUMBER_FORMS[key]]
            if right < column.filled:
                notes.append(f"{right} of {column.filled} are valid; rows with another are rejected")
        if meaning == "profile.region" and len(self.of[meaning]) > 1:
            return "{columns: [" + ", ".join(q(c.name) for c in self.of[meaning]) + "]}", "; ".join(notes)
        return q(column.name), "; ".join(notes)

    def _date(self, column: Column, notes: list[str]) -> tuple[str, str]:
        rest = column.filled - column.forms["dates"]
        fitting_formats = [f for f in DATE_FORMATS if column.dates[f]]
        if not rest or not fitting_formats:
            if rest:
                notes.append(f"{column.forms['dates']} of {column.filled} are days")
            return q(column.name), "; ".join(notes)
        most = max(column.dates.values())
        best = [f for f in fitting_formats if column.dates[f] == most]
        if len(best) == 1 and not best[0].startswith("%y"):
            notes.append(f"{most} of {column.filled} have this form")
            return f"{{column: {q(column.name)}, format: {json.dumps(best[0])}}}", "; ".join(notes)
        notes.append(f"TODO: {most} of {column.filled} could be {' or '.join(best)}: say which with `format`")
        return q(column.name), "; ".join(notes)

    def _amount(self, column: Column, notes: list[str]) -> tuple[str, str]:
        unit = unit_of(column.name)
        if unit is not None:
            return f"{{column: {q(column.name)}, unit: {unit}}}", "; ".join([*notes, "unit by the name"])
        if column.forms["whole numbers"] + column.forms["amounts of money"] == 0:
            return q(column.name), "; ".join(notes)
        if column.bare:
            notes.append("TODO: 元 or 万元? the name does not say")
        return f"{{column: {q(column.name)}, unit: 元}}", "; ".join(notes)

    def _share(self, column: Column, notes: list[str]) -> tuple[str, str]:
        values = [plain(v).removesuffix("%") for v in column.values]
        small = [v for v in values if re.fullmatch(r"0?\.\d+|[01](\.0+)?", v)]
        if values and len(small) == len(values) and not column.forms["percentages"]:
            notes.append("TODO: all small: fractions (0.25) or percent?")
            return f"{{column: {q(column.name)}, unit: fraction}}", "; ".join(notes)
        return f"{{column: {q(column.name)}, unit: percent}}", "; ".join(notes)

    # -- text ------------------------------------------------------------------------------------------------

    def put(self, indent: int, text: str, note: str = "") -> None:
        """One line with its comment."""
        self.lines.append("  " * indent + text + (f"  # {comment(note)}" if note else ""))

    def _keys(self, indent: int, group: str, keys: Iterable[str], as_: dict[str, str] | None = None) -> None:
        for key in keys:
            if (cell := self._cell(f"{group}.{key}")) is not None:
                self.put(indent, f"{(as_ or {}).get(key, key)}: {cell[0]}", cell[1])

    def build(self, *, owner: str | None, id: str, id_given: bool, seen: Look) -> str:
        """The whole text."""
        fits = seen.fits
        rows = max((c.rows for c in self.columns.values()), default=0)
        self.put(0, f"# Proposed by `creditgraph mapping new` from {len(self.columns)} columns and {rows} rows.")
        if seen.above:
            self.put(0, f"# The names of the columns were taken from line {seen.line}; what stands above is skipped.")
        if seen.alike or seen.others:
            alike = f"; {'、'.join(seen.alike)} with the same columns load with it" if seen.alike else ""
            others = f"; left out: {'、'.join(seen.others)}" if seen.others else ""
            self.put(0, "# " + comment(f"Sheet {seen.sheet}{alike}{others}."))
        self.put(0, "# Go through every TODO, then: creditgraph mapping check THIS_FILE YOUR_FILE")
        if fits:
            self.put(0, f"# The columns fit the built-in source {' and '.join(fits)}: it needs no mapping.")
        note = "it stays the same for all files of this kind"
        self.put(0, f"id: {id}", note if id_given else f"TODO: a short name of your own; {note}")
        self.put(0, "title: {zh: TODO, en: TODO}", "what the source is called")
        self.put(0, f"owner: {q(owner) if owner else 'TODO'}", "the organ that owns the data")
        self.put(0, "mode: delta", "TODO: snapshot, if each file is the whole list of its day")
        self.put(0, "trust: official", "or self_declared, reference (for reference only)")
        self.put(0, "openness: internal", "or open, on_request")
        self.put(0, "files:")
        self.put(1, "- parties:")
        body = self._body(owner)
        for key in ("owner", "data_date"):
            if (cell := self._cell(f"file.{key}")) is not None:
                self.put(2, f"{key}: {cell[0]}", cell[1])
        self.lines += body
        self._rest()
        return "\n".join(self.lines) + "\n"

    def _body(self, owner: str | None) -> list[str]:
        """Parties go out first; the facts are returned, to stand behind what is about the row."""
        decision = self._has(
            *(
                "decision." + k
                for k in ["document_number", "penalty_kinds", "content", "fine", "decided_on", "since", "act"]
            )
        )
        credential = self._has(*("credential." + k for k in ["document_number", "title", "content", "decided_on"]))
        for group in ("head", "principal", "person", "liable"):
            self._look_inside(group)
        posts = self._has("person.name") and (self._posts() is not None or "person" in self.inside)
        liable = self._has("liable.name") and "liable" in self.inside and not self.person_only
        self._parties(owner, organ=decision or credential, posts=posts, liable=liable)
        head, self.lines = self.lines, []
        self.put(2, "facts:")
        profile = [k for k in self.of if k.startswith("profile.")]
        if decision:
            self._decision()
        if credential:
            self._credential(both=decision)
        if profile or not (decision or credential or posts or self._has("holder.name")):
            self.put(3, "- fact: profile")
            self.put(4, "of: subject")
            self._keys(
                4,
                "profile",
                ["legal_form", "status", "established_on", "capital", "region", "industry", "business_scope"],
            )
            self._keys(4, "profile", ["former_names"])
        for group, post in (("head", "legal_representative"), ("principal", "principal")):
            if self._has(f"{group}.name") and not self.person_only:
                seen = self._seen()
                self.put(3, "- fact: post")
                self.put(4, f"who: {group}")
                self.put(4, "of: subject")
                self.put(4, f"post: {post}")
                if seen:
                    self.put(4, f"seen: {seen}", "the organ saw him in office on that day")
                self.put(4, "optional: true")
        if posts and self._posts() is not None:
            self._post()
        for group in self.inside:
            if (group != "person" or posts) and (group != "liable" or liable) and not self.person_only:
                self._post_inside(group)
        if liable and decision:
            self._responsible()
        if self._has("holder.name"):
            self.put(3, "- fact: shareholding")
            self.put(4, "who: holder")
            self.put(4, "of: subject")
            self._keys(4, "share", ["share", "since", "until"])
        if self._has("parent.name"):
            self.put(3, "- fact: branch")
            self.put(4, "who: subject")
            self.put(4, "of: parent")
            self.put(4, "optional: true")
        if self._has("address.text") and not self.person_only:
            self.put(3, "- fact: address")
            self.put(4, "of: subject")
            self._keys(4, "address", ["text"])
            self.put(4, "optional: true")
        facts, self.lines = self.lines, head
        return facts

    # -- parties ---------------------------------------------------------------------------------------------

    def _parties(self, owner: str | None, *, organ: bool, posts: bool, liable: bool) -> None:
        self.put(3, "subject:")
        self._is("subject")
        self._keys(4, "subject", ["name"])
        self._keys(4, "subject", ["uscc", "reg", "org_code", "number", "stock"] if not self.person_only else [])
        self._keys(4, "subject", ["citizen_id"])
        if organ:
            self.put(3, "organ:")
            self.put(4, "is: organ")
            if self._has("organ.name"):
                self._keys(4, "organ", ["name", "uscc"])
            else:
                name = q(owner) if owner else "TODO"
                self.put(4, f"name: {{constant: {name}}}", "no column names the organ that decided: is it the owner?")
        for group in ("head", "principal"):
            if self._has(f"{group}.name") and not self.person_only:
                self._person(group)
        if posts:
            self._person("person")
        if liable:
            self._person("liable")
        if self._has("holder.name"):
            self.put(3, "holder:")
            self._is("holder")
            self._keys(4, "holder", ["name", "number"])
            self.put(4, "at: subject")
        if self._has("parent.name"):
            self.put(3, "parent:")
            self.put(4, "is: entity")
            self._keys(4, "parent", ["name", "uscc"])

    def _person(self, group: str) -> None:
        self.put(3, f"{group}:")
        self.put(4, "is: person")
        self._keys(4, group, ["name", "citizen_id"])
        self.put(4, "at: subject", "without a number he is known at this party only")
        column = self.of[f"{group}.name"][0]
        dividers = "".join(c for c in DIVIDERS if column.several[c])
        if dividers and not self._has(f"{group}.citizen_id"):
            self.put(4, f"split: {q(dividers)}", "several persons in one cell")
        elif dividers:
            self.put(4, "# split:", "TODO: some cells name several persons, who cannot share one number")
        if group in self.inside:
            self.put(
                4,
                f"brackets: {q(self.inside[group])}",
                f"{column.bracketed} of {column.filled} are like 张三（总经理）",
            )

    def _look_inside(self, group: str) -> None:
        """Whether most of the names have brackets behind them: what stands there gets a name, and is read as a post."""
        found = self.of.get(f"{group}.name")
        if not found or 2 * found[0].bracketed < found[0].filled or not found[0].bracketed:
            return
        name = (re.sub(r"[(（].*", "", found[0].name).strip() or "姓名") + "括号内"
        while name in self.columns or name in self.inside.values():
            name += "文字"
        self.inside[group] = name

    def _post_inside(self, group: str) -> None:
        """The post in the brackets, at the party of the row."""
        column, name = self.of[f"{group}.name"][0], q(self.inside[group])
        known = {word: POST_WORDS[word] for word in sorted(column.inside) if word}
        self.put(3, "- fact: post")
        self.put(4, f"who: {group}")
        self.put(4, "of: subject")
        self.put(4, "post:")
        self.put(5, f"column: {name}")
        self.put(5, "codes:")
        for word, code in known.items() or (("TODO", "director"),):
            self.put(6, f"{q(word)}: {code}")
        n = column.inside[""]
        self.put(5, "unknown: reject", f"TODO: words in brackets that are not mapped yet: {n}" if n else "")
        self.put(4, f"stated: {name}")
        if seen := self._seen():
            self.put(4, f"seen: {seen}", "the organ saw him in office on that day")
        self.put(4, "optional: true")

    def _seen(self) -> str | None:
        days = ("decision.decided_on", "decision.since", "credential.decided_on")
        return next((cell[0] for m in days if (cell := self._cell(m))), None)

    def _responsible(self) -> None:
        """Who is liable, and as what, is for somebody who knows the decision: never said by the program."""
        cell = self._cell("decision.document_number")
        note = (
            "TODO: only where the decision itself finds them liable: as DRM 直接负责的主管人员 or DRP 其他直接责任人员"
        )
        self.put(3, "# - fact: responsible", note)
        self.put(3, "#   who: liable")
        self.put(3, "#   on: subject")
        self.put(3, "#   by: organ")
        self.put(3, f"#   document_number: {cell[0] if cell else 'COLUMN'}")
        self.put(
            3, "#   capacity: DRM", f"or, by what is in the brackets, {{column: {self.inside['liable']}, codes: {{…}}}}"
        )
        self.put(3, "#   basis: named", "or finding, ordered")
        self.put(3, "#   optional: true")

    def _is(self, group: str) -> None:
        """Whether a party is an entity or a person: by a column, else by what the names look like."""
        column = self._use(f"{group}.is")
        names = self.of[f"{group}.name"][0]
        numbered = group == "holder" or self._has("subject.citizen_id", "subject.number")
        if column is not None:
            known = {v: PARTY_WORDS[v] for v in column.codes if v in PARTY_WORDS}
            if not numbered:
                known = {v: kind for v, kind in known.items() if kind != "person"}
            if known:
                self._code_list("is", column, known)
                return
            self.put(4, "is: entity", f"TODO: {column.name} tells, but its values are not known here ({column.about})")
            self.used.discard(column.name)
            return
        if self.person_only:
            if self._has("subject.citizen_id"):
                self.put(4, "is: person")
            else:
                self.put(
                    4, "is: entity", "TODO: persons? Then a citizen id number is needed: nobody is known by name alone"
                )
            return
        if group == "holder":
            self.put(4, "is: entity", "TODO: persons among them? A column that tells is needed, as `is: {column: …}`")
            return
        if self.code_only:
            self.put(4, "is: entity", "its name is not given, so its code stands for it")
            return
        plainly = names.forms["names of organisations"]
        note = (
            ""
            if plainly == names.filled
            else f"TODO: {names.filled - plainly} of {names.filled} names have no usual form of an organisation: persons?"
        )
        self.put(4, "is: entity", note)

    def _code_list(self, key: str, column: Column, known: dict[str, str]) -> None:
        others = [v for v in column.codes if v not in known]
        self.put(4, f"{key}:", self.why.get(column.name, ""))
        self.put(5, f"column: {q(column.name)}")
        self.put(5, "codes:")
        for value, code in known.items():
            self.put(6, f"{q(value)}: {code}")
        note = f"TODO: not mapped yet: {'、'.join(others)}" if others else ""
        if not others and len(column.values) > CODE_VALUES:
            note = "TODO: the column has more values than these"
        self.put(5, "unknown: reject", note)

    # -- facts -----------------------------------------------------------------------------------------------

    def _document_number(self, group: str, days: list[str]) -> None:
        if (cell := self._cell(f"{group}.document_number")) is not None:
            column = self.of[f"{group}.document_number"][0]
            missing = column.rows - column.filled
            notes = [cell[1]] if cell[1] else []
            if missing and column.filled:
                notes.append(f"TODO: {missing} of {column.rows} rows have none and would be rejected")
            self.put(4, f"document_number: {cell[0]}", "; ".join(notes))
            return
        named = [self.of[m][0] for m in (f"{group}.title", *(f"{group}.{d}" for d in days)) if m in self.of][:2]
        if named:
            columns = ", ".join(q(c.name) for c in named)
            self.put(4, f"document_number: {{columns: [{columns}]}}", "TODO: no column has a number; these tell apart?")
        else:
            self.put(4, "document_number: {constant: TODO}", "no column has a number: name the list or the decision")

    def _decision(self) -> None:
        listing = self._has("decision.since")
        order = any(
            form in ("案号", "执行案号", "casecode")
            for c in self.of.get("decision.document_number", [])
            for form in variants(c.name)
        )
        kind = "list_entry" if listing else "court_order" if order else "penalty"
        self.put(3, "- fact: sanction")
        self.put(4, "on: subject")
        self.put(4, "by: organ")
        self.put(
            4,
            f"kind: {kind}",
            ""
            if kind == "penalty" and self._has("decision.fine", "decision.penalty_kinds")
            else "TODO: or penalty, list_entry, court_order, decision, judgment, rating",
        )
        self._document_number("decision", ["since", "decided_on", "published_on", "content"])
        if listing:
            self.put(4, "# triggers: [LIST-04]", "TODO: which list is it? Without a code no rule follows from it")
        else:
            kinds = self.of.get("decision.penalty_kinds") or self.of.get("decision.content")
            name = q(kinds[0].name) if kinds else "COLUMN"
            self.put(
                4,
                f"# triggers: {{column: {name}, codes: {{吊销营业执照: REVOKE_BUSINESS_LICENCE}}, unknown: ignore}}",
                "TODO: only where the words say just that; without a code no rule follows",
            )
        self._keys(
            4,
            "decision",
            [
                "title",
                "penalty_kinds",
                "act",
                "facts_found",
                "basis_stated",
                "content",
                "fine",
                "confiscated",
                "amount",
            ],
        )
        self._keys(4, "decision", ["certificates", "act_on", "decided_on", "since"])
        if not self._has("decision.decided_on", "decision.since"):
            self.put(
                4, "# since: COLUMN", "TODO: no day of the decision was found; without one it is unknown when it holds"
            )
        if self._has("decision.until"):
            self._keys(4, "decision", ["until"])
            if self._has("decision.last_day"):
                self.why[self.of["decision.last_day"][0].name] = "TODO: until is read already; which of them is it?"
        else:
            self._keys(4, "decision", ["last_day"])
        self._keys(4, "decision", ["published_on", "publish_last_day", "repair_conditions"])
        if (column := self._use("decision.severity")) is not None:
            known = {
                v: w for v, w in {"轻微": "minor", "一般": "general", "严重": "serious"}.items() if v in column.values
            }
            if known:
                self._code_list("severity", column, known)
            else:
                self.used.discard(column.name)

    def _credential(self, *, both: bool) -> None:
        self.put(3, "- fact: credential", "TODO: is a row a decision and a credential?" if both else "")
        self.put(4, "of: subject")
        self.put(4, "by: organ")
        titles = "".join(c.name for c in self.of.get("credential.title", []))
        grade = any(
            re.search("等级|级别|评级|grade|rating", c.name, re.I) for c in self.of.get("credential.content", [])
        )
        kind = "honour" if re.search("荣誉|称号|奖", titles) else "grade" if grade else "licence"
        self.put(4, f"kind: {kind}", "TODO: or licence, honour, red_list, grade, commitment")
        self._document_number("credential", ["content", "decided_on", "since"])
        self._keys(
            4, "credential", ["title", "content", "certificate_number", "decided_on", "since", "last_day", "state"]
        )

    def _posts(self) -> Column | None:
        return next(iter(self.of.get("post.post", ())), None)

    def _post(self) -> None:
        column = self._use("post.post")
        assert column is not None
        self.put(3, "- fact: post")
        self.put(4, "who: person")
        self.put(4, "of: subject")
        known = {v: POST_WORDS[v] for v in column.values if v in POST_WORDS}
        self._code_list("post", column, known or {"TODO": "director"})
        self.put(4, f"stated: {q(column.name)}")
        self._keys(4, "post", ["since", "until"])

    # -- the rest --------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        if lacking := [c.name for c in self.columns.values() if c.name in self.used and c.present < c.rows]:
            self.put(2, f"may_lack: [{', '.join(map(q, lacking))}]", "fields that some records leave out")
        left = [c for c in self.columns.values() if c.name not in self.used]
        if left:
            self.put(2, "ignore:")
        for column in left:
            why = left_out(column.name)
            if self.of.get("liable.name") == [column]:
                why = "TODO: persons liable? `responsible` states it, only where the decision finds them so"
            if why is None:
                why = self.why.get(column.name) or f"TODO: not recognised; {column.about}"
                why = why if why.startswith("TODO") else f"TODO: {why}"
            self.put(3, f"- {q(column.name)}", why)


def unit_of(header: str) -> str | None:
    """The unit of money that a name tells: 罚款金额(万元), 金额/元."""
    text = "".join(variants(header)[:1])
    if re.search(r"万元|\(万\)|（万）", text):
        return "万元"
    return "元" if re.search(r"元", text.replace("美元", "").replace("单元", "")) else None


def _open_ends(column: Column) -> bool:
    return bool(column.values) and all(plain(v) in ("长期", "永久", "无期限", "长期有效") for v in column.values)
