"""Whom a row names, as a mapping describes them; and the several whom one cell names."""

import re
from dataclasses import dataclass, field

from graph_model.identifiers import (
    OWN_SCHEMES,
    citizen_id_18,
    citizen_id_faults,
    is_placeholder,
    mask_citizen_ids_in,
    normalise_code,
    normalise_org_code,
    org_code_valid,
    reg_number_valid,
    uscc_faults,
    uscc_kind,
)
from graph_model.names import is_nobody
from loaders.drafts import EntityMention, Identifiers, PartyMention, PersonMention, Row
from loaders.mapping.cell_values import field_of, text
from loaders.mapping.shape import AnyFact, FileShape, PartyShape, TextCell, cells
from loaders.reading.values import cell, fault, parse_stock_code, plain

CORRECT_AT_SOURCE = "Correct it at the source, or leave it empty if there is none."


@dataclass
class RowParties:
    """Whom a row names, each looked up once."""

    row: Row
    file: FileShape
    found: dict[str, PartyMention | None] = field(default_factory=dict)
    mark: str = ""
    """What a record has besides: two words in the brackets behind a person are two statements, not two versions of one."""

    def get(self, name: str) -> PartyMention | None:
        """The party; None when the row names none there, or by a masked name only."""
        if name not in self.found:
            self.found[name] = self._read(self.file.parties[name])
        return self.found[name]

    def need(self, name: str) -> PartyMention:
        """The party, or why the row has none."""
        found = self.get(name)
        if found is None:
            value = self.file.parties[name].name
            given = text(self.row, value)
            raise fault(
                self.row,
                field_of(value),
                "is masked: nobody is known by it" if given else f"is empty, but names the {name}",
                code="no-identity" if given else "missing-value",
                todo="Give the full name." if given else "Fill it in, or make the fact `optional` in the mapping.",
            )
        return found

    def unit(self, name: str) -> EntityMention:
        """The party, which has to be an entity or an organ."""
        found = self.need(name)
        if isinstance(found, PersonMention):
            value = self.file.parties[name].is_
            raise fault(
                self.row,
                field_of(value),
                f"says that the {name} is a person, where an entity is needed",
                code="wrong-party",
                todo="Correct the row.",
            )
        return found

    def _read(self, party: PartyShape) -> PartyMention | None:
        name = text(self.row, party.name)
        if name is None:
            return None
        if mask_citizen_ids_in(name) != name:
            raise fault(
                self.row,
                field_of(party.name),
                "holds an id number where a name belongs",
                code="misplaced-id",
                todo="Put the columns right at the source.",
                secret=True,
            )
        kind = text(self.row, party.is_)
        if kind is None:
            raise fault(
                self.row,
                field_of(party.is_),
                "does not say whether it is an entity or a person",
                code="missing-value",
                todo="Fill it in.",
            )
        return self._person(party, name) if kind == "person" else self._entity(party, name, kind)

    def _person(self, party: PartyShape, name: str) -> PersonMention | None:
        number = self._citizen_id(party.citizen_id or party.number)
        scope = self.unit(party.at) if party.at else None
        known = (*([("cn-id", number)] if number is not None else ()), *self._own(party))
        if known:
            return PersonMention(name, known, scope)
        if is_nobody(name):
            return None
        if scope is None:
            raise fault(
                self.row,
                field_of(party.citizen_id or party.number or party.name),
                "is empty, and a natural person is nobody by name alone",
                code="no-identity",
                todo="Give the citizen id number (公民身份号码).",
            )
        return PersonMention(name, (), scope)

    def _citizen_id(self, value: TextCell | None) -> str | None:
        number = normalise_code(text(self.row, value))
        if value is None or number is None or is_placeholder(number):
            return None
        if len(number) == 15 and number.isascii() and number.isdigit():
            number = citizen_id_18(number)
        if faults := citizen_id_faults(number):
            raise fault(
                self.row,
                field_of(value),
                f"is no citizen id number: {'; '.join(faults)}",
                code="invalid-code",
                todo=CORRECT_AT_SOURCE,
                secret=True,
            )
        return number

    def _entity(self, party: PartyShape, name: str, kind: str) -> EntityMention | None:
        codes = (*self._codes(party), *self._own(party))
        if not codes and is_nobody(name):
            return None
        if kind == "organ":
            return EntityMention(name, codes, organ=True)
        uscc = dict(codes).get("uscc")
        sort = "individual_business" if kind == "individual_business" else uscc_kind(uscc) if uscc else None
        return EntityMention(name, codes, kind=sort)

    def _codes(self, party: PartyShape) -> Identifiers:
        """Strongest first. The organisation code counts only where there is no credit code, which holds it."""
        found: dict[str, str] = {}
        given = {
            "uscc": (party.uscc, self._code(party.uscc)),
            "cn-reg": (party.reg, self._code(party.reg)),
            "cn-org": (party.org_code, normalise_org_code(self._code(party.org_code))),
        }
        if (number := self._code(party.number)) is not None:
            org = normalise_org_code(number) or ""
            scheme = {18: "uscc", 15: "cn-reg", 9: "cn-org"}.get(len(org), "uscc")
            if given[scheme][1] is None:
                given[scheme] = (party.number, org if scheme == "cn-org" else number)
        value, code = given["uscc"]
        if value is not None and code is not None:
            self._check(value, uscc_faults(code), "unified social credit code")
            found["uscc"] = code
        value, code = given["cn-reg"]
        # Registration numbers of before 2007 have 13 digits and no check digit: no fault, and no key.
        if value is not None and code is not None and code != found.get("uscc") and not re.fullmatch(r"\d{13}", code):
            wrong = () if reg_number_valid(code) else ("it has not 15 digits, or its check digit is wrong",)
            self._check(value, wrong, "registration number")
            found["cn-reg"] = code
        value, code = given["cn-org"]
        if value is not None and code is not None and not found:
            self._check(value, () if org_code_valid(code) else ("its check digit is wrong",), "organisation code")
            found["cn-org"] = code
        if party.stock is not None and (stock := text(self.row, party.stock)):
            parsed = cell(self.row, field_of(party.stock), parse_stock_code) if party.stock.column else stock
            found |= {"stock": parsed} if parsed else {}
        return tuple(found.items())

    def _own(self, party: PartyShape) -> Identifiers:
        """A number of the owner's own: the weakest."""
        number = plain(text(self.row, None if party.id is None else TextCell(column=party.id.column)))
        return ((f"{OWN_SCHEMES}{party.id.scheme}", number),) if party.id and number else ()

    def _code(self, value: TextCell | None) -> str | None:
        code = normalise_code(text(self.row, value))
        return None if is_placeholder(code) else code

    def _check(self, value: TextCell, faults: tuple[str, ...], what: str) -> None:
        if faults:
            raise fault(
                self.row,
                field_of(value),
                f"is no {what}: {'; '.join(faults)}",
                code="invalid-code",
                todo=CORRECT_AT_SOURCE,
            )


_BRACKETS = {
    "(": "()",
    ")": "()",
    "（": "()",
    "）": "()",
    "[": "[]",
    "]": "[]",
    "〔": "[]",
    "〕": "[]",
    "【": "[]",
    "】": "[]",
}


_OPEN = "(（[〔【"


_BRACKETED = re.compile(r"([^()（）\[\]〔〕【】]+)[(（\[〔【]([^()（）\[\]〔〕【】]*)[)）\]〕】]")


_AND_OTHERS = re.compile(r"等(\d+|[一二三四五六七八九十]+)?[人名位]?$")


def rows_about(fact: AnyFact, file: FileShape, apart: dict[str, list["RowParties"]]) -> list["RowParties"]:
    """Of a fact about somebody of whom a cell holds several: the row once for each, or for each word in the brackets."""
    name = next((name for name in fact.names.values() if name in apart), None)
    if name is None:
        return []
    party = file.parties[name]
    if any(party.brackets in value.names for _, value in cells(fact)):
        return apart[name]
    persons = {one.row.get(field_of(party.name)): one for one in reversed(apart[name])}
    return [RowParties(one.row, file, one.found) for one in reversed(persons.values())]


def rows_apart(row: Row, file: FileShape, name: str) -> list["RowParties"]:
    """The row once for each person of a cell, and for each word in the brackets behind him.

    `张三（董事、总经理）、李四` with 、 as divider is three: 张三 as 董事, 张三 as 总经理, and 李四 as nothing.
    """
    party = file.parties[name]
    column, dividers = field_of(party.name), party.split or ""
    found = row.get(column)
    if not found or not plain(found):
        return [RowParties(row, file)]
    rows: list[tuple[Row, str]] = []
    try:
        for person in divided(found, dividers):
            words: list[str] | list[None] = [None]
            if party.brackets is not None:
                person, inside = name_and_brackets(person)
                words = divided(inside, dividers) or [None]
            if dividers and _AND_OTHERS.search(person):
                raise ValueError("does not name all whom it means (等)")
            if not set("、；;").isdisjoint(person):
                raise ValueError("names several, and the mapping does not say what divides them (split)")
            for word in words:
                said = {column: person} | ({party.brackets: word} if party.brackets else {})
                rows.append((Row(row.file, row.line, {**row.values, **said}), f"|{word}" if word else ""))
    except ValueError as error:
        raise fault(row, column, str(error), todo="Write it as 张三（总经理）、李四（董事）.", secret=True) from error
    return [RowParties(one, file, mark=mark) for one, mark in rows]


def divided(text: str, dividers: str) -> list[str]:
    """The parts of a text, divided outside brackets only."""
    parts, within = [""], []
    for c in text:
        if c in _OPEN:
            within.append(_BRACKETS[c])
        elif c in _BRACKETS and (not within or within.pop() != _BRACKETS[c]):
            raise ValueError("has brackets that do not fit together")
        if c in dividers and not within:
            parts.append("")
        else:
            parts[-1] += c
    if within:
        raise ValueError("has a bracket that is not closed")
    return [part.strip() for part in parts if part.strip()]


def name_and_brackets(text: str) -> tuple[str, str]:
    """`张三（总经理）` as its two parts; the second is empty where there are no brackets."""
    if _BRACKETS.keys().isdisjoint(text):
        return text, ""
    if found := _BRACKETED.fullmatch(text):
        return found[1].strip(), found[2].strip()
    raise ValueError("is not a name with something in brackets behind it")
