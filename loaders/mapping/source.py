"""A mapping → an ordinary source: each row through the cells and parties that the mapping names.

The same rules hold as for the sources that are built in: a code with wrong check digits is refused, one that says
"none" is none, a person is known by his number or else at one entity only, a masked name is nobody. What a row holds
is loaded, ignored on purpose, or the row is rejected: a column that the mapping does not mention stops the file, a
value that a code list lacks stops the row (unless the mapping says otherwise), and so does a row that states nothing.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import (
    citizen_id_18,
    citizen_id_faults,
    is_placeholder,
    mask_citizen_ids_in,
    mask_ids_in,
    normalise_code,
    normalise_org_code,
    org_code_valid,
    reg_number_valid,
    uscc_faults,
    uscc_kind,
)
from graph_model.schema import (
    BranchOf,
    Holds,
    HoldsSharesIn,
    ImposedBy,
    ImposedOn,
    Profile,
    RegisteredAt,
    ResponsibleFor,
)
from loaders.drafts import (
    AddressMention,
    CredentialMention,
    Draft,
    EntityMention,
    Identifiers,
    PartyMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
)
from loaders.mapping.shape import (
    POST_TYPES,
    AddressFact,
    AmountCell,
    AnyCell,
    AnyFact,
    BranchFact,
    CredentialFact,
    DayCell,
    FileShape,
    Mapping,
    PartyShape,
    PostFact,
    ProfileFact,
    ResponsibleFact,
    SanctionFact,
    Shape,
    ShareCell,
    ShareholdingFact,
    TextCell,
    WordsCell,
    cells,
    explained,
    folded,
    inside_brackets,
    is_mapping,
    mentioned,
    read_mapping,
    unfinished,
)
from loaders.reading.headers import about_the_table
from loaders.reading.json_records import PEEK
from loaders.reading.values import (
    cell,
    document_number,
    exclusive_end,
    fault,
    parse_date,
    parse_last_day,
    parse_money,
    parse_percent,
    parse_stock_code,
    parse_yuan,
    place_of,
    plain,
)
from loaders.sources import SOURCES

_T = TypeVar("_T")

TOLD_WITH_REJECTED = frozenset(("_line", "_reason", "_todo"))
"""Columns that `creditgraph ledger rejected --out` adds: a mended file may keep them."""
_MASKED = re.compile(r"[*＊×]")
_AT_SOURCE = "Correct it at the source, or leave it empty if there is none."


# --- which source ----------------------------------------------------------------------------------------------


def source_named(source: str) -> SourceDescription:
    """The source of a command line: the id of a built-in one, or the path of a mapping (.yaml, .yml).

    Raises:
        BadRequest: no such source.
        SourceError: the mapping cannot be used.
    """
    if is_mapping(source):
        return load_mapping(Path(source))
    if source not in SOURCES:
        raise BadRequest(
            f"There is no source {source!r}. Known are: {', '.join(sorted(SOURCES))}, or the path of a mapping (.yaml)."
        )
    return SOURCES[source]


def load_mapping(path: Path) -> SourceDescription:
    """The source that a mapping file describes, ready to be loaded.

    Raises:
        SourceError: it cannot be used, or still says TODO.
    """
    if todo := unfinished(mapping := read_mapping(path)):
        raise SourceError(
            f"still says TODO at {', '.join(todo)}", file=path.name, code="bad-mapping", todo="Fill it in first."
        )
    return describe(mapping, version=hashlib.sha256(path.read_bytes()).hexdigest())


def describe(mapping: Mapping, version: str = "") -> SourceDescription:
    """The source that a mapping describes."""
    facts = [fact for file in mapping.files for fact in file.facts]
    triggers = [
        c for f in facts if isinstance(f, SanctionFact | CredentialFact) and f.triggers for c in f.triggers.values or ()
    ]
    return SourceDescription(
        id=mapping.id,
        title=mapping.title.en,
        title_zh=mapping.title.zh,
        owner=mapping.owner,
        mode=mapping.mode,
        coverage=mapping.coverage,
        licence=mapping.licence,
        trust=mapping.trust,
        openness=mapping.openness,
        published=mapping.published,
        triggers=tuple(dict.fromkeys(triggers)),
        partition=None if mapping.partition == "all" else lambda _: mapping.partition,
        data_date=mapping.data_date,
        version=version,
        files=tuple(
            SourceFile(
                pattern=file.match,
                columns=tuple(name for name in mentioned(file) if name not in file.may_lack),
                needed=tuple(needed(file)),
                drafts=partial(drafts, file),
                prepare=partial(agree, file),
                fields=fields(file),
                required=False,
            )
            for file in mapping.files
        ),
    )


def needed(file: FileShape) -> list[str]:
    """The columns whose cells a row has to fill in, or it is rejected."""
    found: dict[str, None] = {}
    for fact in file.facts:
        if fact.optional:
            continue
        for name in fact.names.values():
            found |= dict.fromkeys((*file.parties[name].is_.names, *file.parties[name].name.names))
        for key in ("document_number", "text", "kind", "post", "capacity", "basis"):
            value = getattr(fact, key, None)
            if isinstance(value, TextCell) and not (value.codes and value.unknown == "ignore"):
                found |= dict.fromkeys(inside_brackets(file).get(name, name) for name in value.names)
    return [name for name in found if name not in file.may_lack]


def fields(file: FileShape) -> dict[str, str]:
    """Column → what is read from it, in English with the Chinese term in brackets."""
    named = {id(party): name for name, party in file.parties.items()}
    found = {}
    for column, readers in mentioned(file).items():
        told = (
            f"{named.get(id(part)) or getattr(part, 'fact', 'row')}: {explained(type(part), key)}" + _form(part, key)
            for part, key in readers
        )
        found[column] = "; ".join(dict.fromkeys(told))
    return found | dict.fromkeys(file.ignore, "not loaded (不载入)")


def _form(part: Shape, key: str) -> str:
    match dict(cells(part))[key]:
        case AmountCell() | ShareCell() as value:
            return f", {value.unit}"
        case DayCell(format=str(form)):
            return f", {form}"
        case TextCell(codes=dict(codes)) | WordsCell(codes=dict(codes)):
            return f": {' | '.join(codes)}" if len(codes) <= 20 else f": {len(codes)} values"
    return ""


# --- the header ------------------------------------------------------------------------------------------------


def agree(file: FileShape, rows: Iterator[Row]) -> None:
    """Mapping and file name the same columns; else nothing of the file is loaded.

    Raises:
        SourceError: the file has columns that the mapping does not mention, or lacks some that it reads.
    """
    seen: dict[str, None] = {}
    name = ""
    for row in islice(rows, PEEK):
        seen |= dict.fromkeys(row.values)
        name = row.file
    if not name:
        return  # no row that could be read: each is rejected with its own reason
    read = mentioned(file)
    known = {*read, *file.ignore, *TOLD_WITH_REJECTED}
    if told := [name for name in inside_brackets(file) if name in seen]:
        raise SourceError(
            f"has a column {told[0]}, which the mapping uses as a name for what stands in brackets",
            file=name,
            code="unmapped-column",
            todo="Give `brackets` another name.",
        )
    if extra := [column for column in seen if column not in known]:
        raise SourceError(
            f"has columns that the mapping does not mention: {mask_ids_in(', '.join(extra))[:400]}",
            file=name,
            code="unmapped-column",
            todo="Map them, or put them into `ignore` if they are to be left out.",
        )
    if lost := [column for column in read if column not in seen and column not in file.may_lack]:
        raise SourceError(
            f"lacks columns that the mapping reads: {', '.join(lost)[:400]}",
            file=name,
            code="bad-header",
            todo="Is a column renamed? If files may be without it, put it into `may_lack`.",
        )


# --- cells -----------------------------------------------------------------------------------------------------


def _field(value: AnyCell) -> str:
    return value.names[0] if value.names else ""


def text(row: Row, value: TextCell | None, join: str = " ") -> str | None:
    """The text of a cell, through its code list; None where there is nothing, or an unknown value is ignored."""
    if value is None:
        return None
    if value.constant is not None:
        return value.constant
    found = join.join(part for name in value.names if (part := row.get(name)) and plain(part)) or None
    return found and _through(row, value, found)


def _through(row: Row, value: TextCell | WordsCell, found: str) -> str | None:
    if value.codes is None:
        return found
    if found in value.codes:
        return value.codes[found]
    if (code := value.folded.get(folded(found))) is not None:
        return code
    if value.unknown == "reject":
        raise fault(
            row,
            _field(value),
            "holds a value that the code list lacks",
            code="unknown-code",
            todo=f"Add it to the codes of the mapping, or correct it. Known are {'、'.join(value.codes)[:200]}.",
        )
    return found if value.unknown == "keep" else None


def need(row: Row, value: TextCell, join: str = " ") -> str:
    """As `text`, where the row says nothing without it."""
    found = text(row, value, join)
    if found is None:
        raise fault(row, _field(value), "is empty, but required", code="missing-value", todo="Fill it in.")
    return found


def words(row: Row, value: WordsCell | None) -> list[str] | None:
    """The texts of a cell; None when there are none."""
    if value is None:
        return None
    if value.constant:
        return list(value.constant)
    found = plain(row.get(value.column or "")) and (row.get(value.column or "") or "")
    parts = re.split(f"[{re.escape(value.split)}]", found) if value.split else [found]
    coded = [_through(row, value, part.strip()) for part in parts if plain(part)]
    return list(dict.fromkeys(one for one in coded if one is not None)) or None


def day(row: Row, value: DayCell | None, *, last: bool = False) -> date | None:
    """The day of a cell; with `last`, the first day after it. An end that says "no end" is None."""
    if value is None:
        return None
    if value.constant is not None:
        return exclusive_end(value.constant) if last else value.constant
    return cell(row, value.column or "", lambda found: _parse_day(found, value.format, last=last))


def _parse_day(found: str | None, form: str | None, *, last: bool) -> date | None:
    if form is not None and plain(found):
        try:
            stated = datetime.strptime(plain(found), form).date()  # noqa: DTZ007
        except ValueError:
            pass  # a workbook gives a real date as 2024-03-12, whatever form the texts have
        else:
            return parse_last_day(stated.isoformat()) if last else stated
    try:
        return parse_last_day(found) if last else parse_date(found)
    except ValueError as e:
        if form is not None:
            raise ValueError(f"is not a date of the form {form}") from e
        raise


def ends(row: Row, since: date | None, until: DayCell | None, last_day: DayCell | None) -> date | None:
    """The first day on which it is over."""
    over = day(row, last_day, last=True)
    if until is not None:  # 长期 and 2099-12-31 mean "no end" here as well
        open_ended = day(row, until, last=True) is None
        over = None if open_ended else day(row, until)
    if since and over and over <= since:
        value = until or last_day
        assert value is not None
        raise fault(row, _field(value), "is before the first day", todo="Correct the dates at the source.")
    return over


def yuan(row: Row, value: AmountCell | None) -> float | None:
    """An amount in yuan."""
    return None if value is None else cell(row, value.column, lambda found: parse_yuan(found, value.unit))


def share(row: Row, value: ShareCell | None) -> float | None:
    """A share of the whole, 0 to 1."""
    if value is None:
        return None
    found = cell(row, value.column, parse_percent if value.unit == "percent" else _parse_fraction)
    return None if found is None else float(found)


def _parse_fraction(found: str | None) -> Decimal | None:
    found = plain(found)
    if not found:
        return None
    if not re.fullmatch(r"[01](\.\d+)?", found, re.ASCII) or Decimal(found) > 1:
        raise ValueError("is not a fraction from 0 to 1, such as 0.25")
    return Decimal(found)


def number_of(row: Row, value: TextCell) -> str:
    """A document number in one spelling; courts put the year first, and in round brackets."""
    found = need(row, value, join="-")  # spaces go, and 1 and 12 is not 11 and 2
    return document_number(found, "（）" if found[0] in "（(" else "〔〕") or found


# --- parties ---------------------------------------------------------------------------------------------------


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
                _field(value),
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
                _field(value),
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
                _field(party.name),
                "holds an id number where a name belongs",
                code="misplaced-id",
                todo="Put the columns right at the source.",
                secret=True,
            )
        kind = text(self.row, party.is_)
        if kind is None:
            raise fault(
                self.row,
                _field(party.is_),
                "does not say whether it is an entity or a person",
                code="missing-value",
                todo="Fill it in.",
            )
        return self._person(party, name) if kind == "person" else self._entity(party, name, kind)

    def _person(self, party: PartyShape, name: str) -> PersonMention | None:
        number = self._citizen_id(party.citizen_id or party.number)
        scope = self.unit(party.at) if party.at else None
        if number is not None:
            return PersonMention(name, (("cn-id", number),), scope)
        if _MASKED.search(name) or "某" in name:
            return None
        if scope is None:
            raise fault(
                self.row,
                _field(party.citizen_id or party.number or party.name),
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
                _field(value),
                f"is no citizen id number: {'; '.join(faults)}",
                code="invalid-code",
                todo=_AT_SOURCE,
                secret=True,
            )
        return number

    def _entity(self, party: PartyShape, name: str, kind: str) -> EntityMention | None:
        codes = self._codes(party)
        if not codes and _MASKED.search(name):
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
            parsed = cell(self.row, _field(party.stock), parse_stock_code) if party.stock.column else stock
            found |= {"stock": parsed} if parsed else {}
        return tuple(found.items())

    def _code(self, value: TextCell | None) -> str | None:
        code = normalise_code(text(self.row, value))
        return None if is_placeholder(code) else code

    def _check(self, value: TextCell, faults: tuple[str, ...], what: str) -> None:
        if faults:
            raise fault(
                self.row,
                _field(value),
                f"is no {what}: {'; '.join(faults)}",
                code="invalid-code",
                todo=_AT_SOURCE,
            )


# --- facts -----------------------------------------------------------------------------------------------------


def drafts(file: FileShape, row: Row, _context: Any) -> Iterator[Draft]:
    """What a row states.

    Raises:
        SourceError: the row cannot be used.
    """
    _check_record(row)
    whole = [RowParties(row, file)]
    owner, spoken = text(row, file.owner), day(row, file.data_date)
    empty = True
    apart = {name: _apart(row, file, name) for name, party in file.parties.items() if party.several}
    for fact in file.facts:
        for parties in _about(fact, file, apart) or whole:
            one = parties.row
            if fact.optional and (
                any(parties.get(name) is None for name in fact.names.values())
                or (isinstance(fact, AddressFact) and text(one, fact.text) is None)
            ):
                continue
            common = {"owner": owner, "data_date": spoken}
            if (record := text(one, fact.record)) is not None:
                common["record"] = mask_citizen_ids_in(record) + parties.mark
            for draft in _STATES[type(fact)](one, fact, parties, common):
                empty = False
                yield draft
    if empty:
        raise SourceError(
            "states nothing that the mapping loads",
            file=row.file,
            line=row.line,
            code="no-fact",
            todo="Fill in what the row is about, or take it out.",
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


def _about(fact: AnyFact, file: FileShape, apart: dict[str, list["RowParties"]]) -> list["RowParties"]:
    """Of a fact about somebody of whom a cell holds several: the row once for each, or for each word in the brackets."""
    name = next((name for name in fact.names.values() if name in apart), None)
    if name is None:
        return []
    party = file.parties[name]
    if any(party.brackets in value.names for _, value in cells(fact)):
        return apart[name]
    persons = {one.row.get(_field(party.name)): one for one in reversed(apart[name])}
    return [RowParties(one.row, file, one.found) for one in reversed(persons.values())]


def _apart(row: Row, file: FileShape, name: str) -> list["RowParties"]:
    """The row once for each person of a cell, and for each word in the brackets behind him.

    `张三（董事、总经理）、李四` with 、 as divider is three: 张三 as 董事, 张三 as 总经理, and 李四 as nothing.
    """
    party = file.parties[name]
    column, dividers = _field(party.name), party.split or ""
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


def _check_record(row: Row) -> None:
    """A sum or a signature below the table names nobody, whatever stands in the column of names."""
    values = [value for value in row.values.values() if value and not value.isspace()]
    if values and about_the_table(values, whole=len(values) == len(row.values)):
        raise SourceError(
            "is a sum, a signature or a note about the table, no record",
            file=row.file,
            line=row.line,
            code="no-record",
            todo="Leave it out, or leave it here: nothing of it is loaded.",
        )


def _profile(row: Row, fact: ProfileFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    party = parties.need(fact.of)
    # A party has one profile in a source: a later row is a new version of it.
    common = {"record": "profile", **common}
    if isinstance(party, PersonMention):
        yield Draft(Profile(name=party.name), party, **common)
        return
    capital = cell(row, fact.capital.column, partial(_money, unit=fact.capital.unit)) if fact.capital else None
    yield Draft(
        Profile(
            name=party.name,
            former_names=words(row, fact.former_names),
            kind=party.kind,
            legal_form=text(row, fact.legal_form),
            status=text(row, fact.status),
            established_on=day(row, fact.established_on),
            capital=float(capital.amount) if capital else None,
            capital_currency=capital.currency if capital else None,
            region=text(row, fact.region),
            industry=text(row, fact.industry),
            business_scope=text(row, fact.business_scope),
            stock_code=dict(party.identifiers).get("stock"),
        ),
        party,
        **common,
    )


def _money(found: str | None, unit: str) -> Any:
    return parse_money(found, unit)


def _sanction(row: Row, fact: SanctionFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    subject, organ = parties.need(fact.on), parties.unit(fact.by)
    number, title = number_of(row, fact.document_number), text(row, fact.title)
    decided = day(row, fact.decided_on)
    since = day(row, fact.since) if fact.since else decided
    published = day(row, fact.published_on)
    common = {"record": f"{organ.name}|{mask_citizen_ids_in(number)}|{subject.name}", **common}
    sanction = SanctionMention(organ.name, number, subject, title)
    said = {
        "kind": need(row, fact.kind),
        "codes": words(row, fact.triggers) or [],
        "penalty_kinds": words(row, fact.penalty_kinds),
        "title": title,
        "document_number": number,
        "authority": organ.name,
        "act": text(row, fact.act),
        "facts_found": text(row, fact.facts_found),
        "basis_stated": text(row, fact.basis_stated),
        "content": text(row, fact.content),
        "act_on": day(row, fact.act_on),
        "decided_on": decided,
        "since": since,
        "until": ends(row, since, fact.until, fact.last_day),
        "published_on": published,
        "publish_until": ends(row, published, fact.publish_until, fact.publish_last_day),
        "fine_yuan": yuan(row, fact.fine),
        "confiscated_yuan": yuan(row, fact.confiscated),
        "amount_yuan": yuan(row, fact.amount),
        "certificates": text(row, fact.certificates),
        "jurisdiction": text(row, fact.jurisdiction) or place_of(organ.name, dict(organ.identifiers).get("uscc")),
        "circumstances": words(row, fact.circumstances),
        "circumstances_not": words(row, fact.circumstances_not),
        "sectors": words(row, fact.sectors),
        "counted_from": day(row, fact.counted_from),
        "severity": text(row, fact.severity),
        "repair_conditions": text(row, fact.repair_conditions),
    }
    yield Draft(ImposedOn.model_validate(said), sanction, subject, **common)
    yield Draft(ImposedBy(since=since), sanction, organ, **common)


def _responsible(row: Row, fact: ResponsibleFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    person, subject, organ = parties.need(fact.who), parties.need(fact.on), parties.unit(fact.by)
    number, capacity = number_of(row, fact.document_number), need(row, fact.capacity)
    common = {"record": f"{organ.name}|{mask_citizen_ids_in(number)}|{subject.name}|{capacity}{parties.mark}", **common}
    said = {
        "since": day(row, fact.since),
        "capacity": capacity,
        "capacity_stated": text(row, fact.capacity_stated),
        "basis": need(row, fact.basis),
        "document": text(row, fact.document),
    }
    yield Draft(ResponsibleFor.model_validate(said), person, SanctionMention(organ.name, number, subject), **common)


def _credential(row: Row, fact: CredentialFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    holder, organ = parties.need(fact.of), parties.unit(fact.by)
    number, title = number_of(row, fact.document_number), text(row, fact.title)
    decided = day(row, fact.decided_on)
    since = day(row, fact.since) if fact.since else decided
    common = {"record": f"{organ.name}|{mask_citizen_ids_in(number)}|{holder.name}", **common}
    yield Draft(
        Holds(
            kind=need(row, fact.kind),
            codes=words(row, fact.triggers),
            title=title,
            content=text(row, fact.content),
            document_number=number,
            certificate_number=text(row, fact.certificate_number),
            decided_on=decided,
            authority=organ.name,
            state=text(row, fact.state),
            since=since,
            until=ends(row, since, fact.until, fact.last_day),
        ),
        holder,
        CredentialMention(organ.name, number, holder, title),
        **common,
    )


def _period(row: Row, fact: PostFact | ShareholdingFact | BranchFact | AddressFact) -> dict[str, Any]:
    since = day(row, fact.since)
    return {"since": since, "until": ends(row, since, fact.until, fact.last_day)}


def _post(row: Row, fact: PostFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    person, entity = parties.need(fact.who), parties.unit(fact.of)
    post = text(row, fact.post)
    if post is None and plain(row.get(fact.post.column or "")):
        return  # a post that the mapping ignores
    post = post or need(row, fact.post)
    if (seen := day(row, fact.seen)) is not None:
        # Each such day is a statement of its own: that he was there in March says nothing of May.
        common = {"record": f"seen {seen}{parties.mark}", **common, "data_date": seen}
    said = _period(row, fact)
    kind = POST_TYPES[post]
    if "post" in kind.model_fields:
        said["post"] = text(row, fact.stated)
    yield Draft(kind.model_validate(said), person, entity, **common)


def _shareholding(row: Row, fact: ShareholdingFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    holder, entity = parties.need(fact.who), parties.unit(fact.of)
    held = share(row, fact.share)
    said = HoldsSharesIn(
        share_min=held if held is not None else 0.0,
        share_max=held if held is not None else 1.0,
        share_known=held is not None,
        **_period(row, fact),
    )
    yield Draft(said, holder, entity, **common)


def _branch(row: Row, fact: BranchFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    yield Draft(BranchOf(**_period(row, fact)), parties.unit(fact.who), parties.unit(fact.of), **common)


def _address(row: Row, fact: AddressFact, parties: RowParties, common: dict[str, Any]) -> Iterator[Draft]:
    yield Draft(
        RegisteredAt(**_period(row, fact)), parties.unit(fact.of), AddressMention(need(row, fact.text)), **common
    )


_STATES: dict[type[AnyFact], Callable[..., Iterator[Draft]]] = {
    ProfileFact: _profile,
    SanctionFact: _sanction,
    ResponsibleFact: _responsible,
    CredentialFact: _credential,
    PostFact: _post,
    ShareholdingFact: _shareholding,
    BranchFact: _branch,
    AddressFact: _address,
}
