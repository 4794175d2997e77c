"""失信被执行人: judgment defaulters as courts publish them, as JSON records (source `shixin`).

Three field forms are read: that of the site in 2014, that of 2017, and that of the feed for search engines of 2019.
They have the same names for the same things, and each leaves some out.

- The day of the decision to list is not given. The entry is taken to be decided, and to hold, from the day it was
  published. Entries that were deleted since are not told.
- An entry without case number is known by the number of the judgment that is enforced (`gistId`).
- A unit is known by a valid code in `cardNum`, else by name. Card numbers of persons are masked in what is published,
  and a natural person is nobody by name alone: without his citizen id number the row is rejected. `id` numbers the
  entry, not the person.
- A legal representative is named as the court saw him; the list does not make him a defaulter himself.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.identifiers import (
    citizen_id_18,
    citizen_id_faults,
    is_placeholder,
    normalise_code,
    normalise_org_code,
    org_code_valid,
    reg_number_valid,
    uscc_faults,
    uscc_kind,
)
from graph_model.names import is_masked
from graph_model.schema import ImposedBy, ImposedOn, LegalRepresentativeOf
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SanctionMention, SourceDescription, SourceFile
from loaders.reading.values import cell, document_number, fault, parse_date, place_of, plain, province_of

_TITLE = "失信被执行人名单"
PERSON_TYPES, UNIT_TYPES = ("580", "0", "自然人"), ("581", "1", "法人", "法人或其他组织", "法人或者其他组织")
REFUSES = "有履行能力而拒不履行"
"""The wording of the one case of the list (法释〔2017〕7号 第1条第1项) that rules ask for."""


def is_person(row: Row) -> bool:
    """Whether the row is about a natural person: it says so, or gives his sex, or a unit's representative."""
    stated = row.get("partyTypeName")
    if stated in PERSON_TYPES:
        return True
    if stated in UNIT_TYPES:
        return False
    if stated is not None:
        raise fault(
            row,
            "partyTypeName",
            "is no known kind of party",
            code="unknown-code",
            todo="Use 580 for a natural person, 581 for a unit.",
        )
    person, unit = bool(plain(row.get("sexy"))), bool(plain(row.get("businessEntity")))
    if person == unit:
        raise fault(
            row,
            "partyTypeName",
            "is empty, and nothing else tells a person from a unit",
            code="ambiguous-party",
            todo="Fill in 580 for a natural person, 581 for a unit.",
        )
    return person


def _person(row: Row) -> PersonMention:
    name, number = row.need("iname"), normalise_code(row.get("cardNum"))
    if number and len(number) == 15 and number.isascii() and number.isdigit():
        number = citizen_id_18(number)
    if not number or citizen_id_faults(number):
        raise fault(
            row,
            "cardNum",
            "holds no full citizen id number, and a natural person is nobody by name alone",
            code="no-identity",
            todo="Give the citizen id number, unmasked, if you are entitled to it.",
            secret=True,
        )
    return PersonMention(name, (("cn-id", number),))


def _unit(row: Row) -> EntityMention:
    name = row.need("iname")
    if is_masked(name):
        raise fault(row, "iname", "is masked", code="no-identity", todo="Give the full name.")
    code = normalise_code(row.get("cardNum"))
    if code is None or is_placeholder(code) or is_masked(code):
        return EntityMention(name)
    if len(code) == 18:
        if faults := uscc_faults(code):
            raise fault(
                row,
                "cardNum",
                f"is no unified social credit code: {'; '.join(faults)}",
                code="invalid-code",
                todo="Correct it at the source (重错码), or leave it empty if there is none.",
            )
        return EntityMention(name, (("uscc", code),), kind=uscc_kind(code))
    if len(code) == 15:
        if not reg_number_valid(code):
            raise fault(
                row,
                "cardNum",
                "is no registration number: its check digit is wrong",
                code="invalid-code",
                todo="Correct it at the source, or leave it empty if there is none.",
            )
        return EntityMention(name, (("cn-reg", code),))
    org = normalise_org_code(code)
    return EntityMention(name, (("cn-org", org),)) if org and org_code_valid(org) else EntityMention(name)


def _content(row: Row) -> str | None:
    """What had to be done, and how much of it was."""
    parts = [row.get("duty")]
    for field, zh in (("performance", "履行情况"), ("performedPart", "已履行"), ("unperformPart", "未履行")):
        if text := plain(row.get(field)):
            parts.append(f"{zh}:{text}")
    return "\n".join(filter(None, parts)) or None


def drafts(row: Row, _context: Any) -> Iterator[Draft]:
    """The entry, its court, and the legal representative whom the court saw."""
    subject = _person(row) if is_person(row) else _unit(row)
    field = "caseCode" if plain(row.get("caseCode")) else "gistId"
    if not plain(row.get(field)):
        raise fault(
            row,
            "caseCode",
            "is empty, and so is gistId: nothing identifies the entry",
            code="missing-value",
            todo="Fill in the case number.",
        )
    number = cell(row, field, lambda text: document_number(text, "（）")) or row.need(field)
    published = cell(row, "publishDate", parse_date)
    if published is None:
        raise fault(row, "publishDate", "gives no day", code="missing-value", todo="Fill in the day of publication.")
    court, judged = row.get("courtName"), plain(row.get("gistId"))
    act = row.get("disruptTypeName")
    entry = SanctionMention(court or "", number, subject, _TITLE)
    record = f"{court or ''}|{number}|{subject.name}"
    common: dict[str, Any] = {"data_date": published, "owner": court}
    yield Draft(
        ImposedOn(
            kind="list_entry",
            codes=["LIST-01"],
            circumstances=["ABLE_BUT_REFUSES"] if act and REFUSES in act else None,
            title=_TITLE,
            document_number=number,
            authority=court,
            act=act,
            basis_stated=" ".join(filter(None, (row.get("gistUnit"), judged))) or None,
            content=_content(row),
            since=published,
            decided_on=published,
            published_on=published,
            jurisdiction=province_of(row.get("areaName")) or (place_of(court) if court else None),
        ),
        entry,
        subject,
        record=record,
        **common,
    )
    if court:
        yield Draft(ImposedBy(since=published), entry, EntityMention(court, organ=True), record=record, **common)
    name = plain(row.get("businessEntity"))
    if isinstance(subject, EntityMention) and name and not is_masked(name):
        # Each entry is a day on which the court saw him in office.
        yield Draft(LegalRepresentativeOf(), PersonMention(name, scope=subject), subject, record=number, **common)


SOURCE = SourceDescription(
    id="shixin",
    title="Judgment defaulters",
    title_zh="失信被执行人名单",
    owner="人民法院",
    mode="delta",
    coverage="what was published; entries that were deleted are not told; persons only where their number is given",
    licence="as the provider says",
    triggers=("LIST-01",),
    period="from the day of publication on",
    expected_rows="any number",
    files=(
        SourceFile(
            pattern="*",
            columns=("iname", "publishDate", "disruptTypeName", "gistId"),
            drafts=drafts,
            owned_by=("courtName",),
            against=("iname", "cardNum"),
            decided_in=("caseCode", "gistId"),
            fields={
                "iname": "who is listed",
                "partyTypeName": "580 or 0 a natural person, 581 or 1 a unit",
                "sexy": "sex (tells a person where partyTypeName is missing; not loaded)",
                "age": "age (not loaded)",
                "cardNum": "code of the unit, or citizen id number; masked ones are none",
                "businessEntity": "legal representative of a unit at publication; masked ones are left out",
                "courtName": "court that enforces and lists",
                "areaName": "province",
                "caseCode": "number of the enforcement case",
                "gistId": "number of the judgment that is enforced; stands in for a missing case number",
                "gistUnit": "who gave that judgment",
                "regDate": "day the case was filed (not loaded)",
                "publishDate": "day of publication, taken as day of the decision and first day of the entry",
                "duty": "what is to be done",
                "performance": "how much of it was done, with performedPart and unperformPart",
                "disruptTypeName": f"why listed; {REFUSES} is read as a circumstance only where it is written",
            },
        ),
    ),
)
