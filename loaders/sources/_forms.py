"""Cells that the forms of this project's own have in common: who is meant, which organ, which days, which word.

For what organs supply beside 双公示 there is no national form. The sources `lists`, `credentials`, `inspections`,
`commitments`, `judgments` and `tenders` define one each, and all of them name a party, an organ and a day in the same
columns, read here:

- 主体名称, 主体类别 (法人及非法人组织, 自然人, 个体工商户), 统一社会信用代码, 注册号, 身份证号码. Code, else number, else full
  name. A natural person is known by his citizen id number and by nothing else;
- an organ by its name, and by its credit code in the column of the same name with 代码 behind it;
- 信息归属单位 is who owns the statement (else the organ), 数据日期 the day for which the row speaks (else the file's).
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from graph_model.identifiers import (
    citizen_id_18,
    citizen_id_faults,
    is_placeholder,
    normalise_code,
    reg_number_valid,
    uscc_faults,
    uscc_kind,
)
from graph_model.names import is_masked
from graph_model.rules import load_codes
from graph_model.rules.model import Coded
from loaders.drafts import EntityMention, PartyMention, PersonMention, Row
from loaders.reading.values import cell, document_number, fault, parse_date, parse_last_day, split_list

_T = TypeVar("_T")

PARTY_CLASSES: Mapping[str, str] = {
    **dict.fromkeys(("法人及非法人组织", "法人", "非法人组织", "其他组织", "企业", "事业单位", "社会组织"), "unit"),
    "个体工商户": "business",
    "自然人": "person",
}
"""主体类别 → how the party is known."""

NOT_CAPACITIES = ("SELF", "SELF_ENTITY", "PARENT")
"""Roles of the rule pack in which nobody is found responsible."""

CAPACITIES = tuple(code for code in load_codes().roles if code not in NOT_CAPACITIES)
"""Roles of the rule pack in which a document may find a person responsible."""

PARTY_FIELDS = {
    "主体名称": "full name of the party",
    "主体类别": "法人及非法人组织, 自然人 or 个体工商户",
    "统一社会信用代码": "credit code of a unit; empty or 00000000000000000X when it has none",
    "注册号": "registration number of 15 digits, for a unit without a credit code",
    "身份证号码": "citizen id number of a natural person: without one the row is rejected",
}
AGAINST = ("主体名称", "统一社会信用代码", "注册号")
"""Columns that say which unit a row is against."""

ABOUT_FIELDS = {
    "失信行为": "kinds of act, as codes of the rule pack or in their Chinese words (商业贿赂, TAX_ESCAPE); may be missing",
    "领域": "sectors that it is about, as codes of the rule pack or in their Chinese words (税务领域, TAX); may be missing",
}
"""What an entry is about: it filters answers, and sectors say whether a rule of one sector applies."""
COMMON_FIELDS = {
    "信息归属单位": "who owns the statement, if not the organ",
    "数据日期": "day for which the row speaks, if not the file's: a row of an older day never replaces a newer one",
}


# --- who --------------------------------------------------------------------------------------------------


def subject(row: Row) -> PartyMention:
    """The party of the row, by the strongest identifier that it has."""
    kind = word(row, "主体类别", PARTY_CLASSES)
    if kind == "person":
        return citizen(row, "主体名称", "身份证号码")
    found = unit(row, "主体名称", "统一社会信用代码", "注册号")
    return EntityMention(found.name, found.identifiers, kind="individual_business") if kind == "business" else found


def unit(row: Row, name_field: str, code_field: str, number_field: str | None = None) -> EntityMention:
    """A unit by its credit code, its registration number, or its full name."""
    name = row.need(name_field)
    if is_masked(name):
        raise fault(row, name_field, "is masked", code="no-identity", todo="Give the full name.")
    found: dict[str, str] = {}
    if code := credit_code(row, code_field):
        found["uscc"] = code
    number = normalise_code(row.get(number_field)) if number_field else None
    if number_field and number and not is_placeholder(number):
        if reg_number_valid(number):
            found["cn-reg"] = number
        elif not re.fullmatch(r"\d{13}", number, re.ASCII):  # of before 2007, without check digit: no fault, and no key
            raise fault(
                row,
                number_field,
                "is no registration number: it has not 15 digits, or its check digit is wrong",
                code="invalid-code",
                todo="Correct it at the source, or leave it empty if there is none.",
            )
    return EntityMention(name, tuple(found.items()), kind=uscc_kind(code) if code else None)


def credit_code(row: Row, field: str) -> str | None:
    """A valid credit code; None when the cell says that there is none."""
    code = normalise_code(row.get(field))
    if code is None or is_placeholder(code):
        return None
    if faults := uscc_faults(code):
        raise fault(
            row,
            field,
            f"is no unified social credit code: {'; '.join(faults)}",
            code="invalid-code",
            todo="Correct it at the source (重错码), or leave it empty if there is none.",
        )
    return code


def citizen_id(row: Row, field: str) -> str | None:
    """A valid citizen id number of 18 digits; None when the cell says that there is none."""
    number = normalise_code(row.get(field))
    if number is None or is_placeholder(number):
        return None
    if len(number) == 15 and number.isascii() and number.isdigit():
        number = citizen_id_18(number)
    if faults := citizen_id_faults(number):
        raise fault(
            row,
            field,
            f"is no citizen id number: {'; '.join(faults)}",
            code="invalid-code",
            todo="Correct it at the source.",
            secret=True,
        )
    return number


def citizen(row: Row, name_field: str, id_field: str) -> PersonMention:
    """A natural person, who is nobody without a citizen id number."""
    name, number = row.need(name_field), citizen_id(row, id_field)
    if number is None:
        raise fault(
            row,
            id_field,
            "is empty, and a natural person is nobody by name alone",
            code="no-identity",
            todo="Give the citizen id number.",
        )
    return PersonMention(name, (("cn-id", number),))


def organ(row: Row, field: str) -> EntityMention:
    """The organ of the row, by its credit code when it has a valid one."""
    code = credit_code(row, f"{field}代码")
    return EntityMention(row.need(field), (("uscc", code),) if code else (), organ=True)


def common(row: Row, owner: str) -> dict[str, Any]:
    """Owner and data date of the drafts of a row."""
    return {"owner": row.get("信息归属单位") or owner, "data_date": cell(row, "数据日期", parse_date)}


# --- what -------------------------------------------------------------------------------------------------


def word(row: Row, field: str, words: Mapping[str, _T]) -> _T:
    """What the cell says in one of the words that the form knows."""
    text = unicodedata.normalize("NFKC", row.need(field))
    if text not in words:
        raise fault(row, field, "is no word of this form", code="unknown-code", todo=f"Use {', '.join(words)}.")
    return words[text]


YES_NO = {"是": True, "否": False}


def yes_no(row: Row, field: str) -> bool | None:
    """是 or 否; None when the cell is empty."""
    return word(row, field, YES_NO) if row.get(field) else None


def needed_day(row: Row, field: str) -> date:
    """A day that has to be given."""
    row.need(field)
    day = cell(row, field, parse_date)
    if day is None:  # it says 无 or the like
        raise fault(row, field, "gives no day", code="missing-value", todo="Fill in the day.")
    return day


def after(row: Row, field: str, first: date | None, *, last_day: bool = False) -> date | None:
    """The first day on which it is over; `last_day`: the cell gives the last day that still belongs to it.

    It may not lie before `first`: a period of no day is a fault of the row.
    """
    day = cell(row, field, parse_last_day if last_day else parse_date)
    if day is not None and first is not None and day <= first:
        raise fault(row, field, "is not after the first day", todo="Correct the dates at the source.")
    return day


def number(row: Row, field: str) -> str | None:
    """A document number in one spelling: courts put the year first, and in round brackets."""
    text = row.get(field)
    return document_number(text, "（）" if text[0] in "（(" else "〔〕") if text else None


def needed_number(row: Row, field: str) -> str:
    """A document number that has to be given."""
    row.need(field)
    found = number(row, field)
    if found is None:
        raise fault(row, field, "gives no number", code="missing-value", todo="Fill in the number.")
    return found


def triggers(row: Row, field: str, kinds: tuple[str, ...]) -> list[str]:
    """Trigger codes of the rule pack as the source gives them; each must be one for such a row."""
    codes = split_list(row.get(field))
    for code in codes:
        about = load_codes().triggers.get(code)
        if about is None or about.kind not in kinds:
            raise fault(
                row,
                field,
                f"holds no trigger code for such a row: {code}",
                code="unknown-code",
                todo="See docs/rules/codes.md, or leave it empty: nothing then follows from the row by itself.",
            )
    return codes


def circumstances(row: Row, field: str) -> list[str]:
    """Circumstances that the decision states, as codes of the rule pack."""
    codes = split_list(row.get(field))
    for code in codes:
        if code not in load_codes().circumstances:
            raise fault(
                row,
                field,
                f"holds no circumstance of the rule pack: {code}",
                code="unknown-code",
                todo=f"Use {', '.join(load_codes().circumstances)}, or leave it empty.",
            )
    return codes


def about(row: Row) -> dict[str, list[str] | None]:
    """The acts and the sectors that an entry is about (`ABOUT_FIELDS`)."""
    codes = load_codes()
    found = {
        "acts": _in_code_or_words(row, "失信行为", codes.acts),
        "sectors": _in_code_or_words(row, "领域", codes.sectors),
    }
    return {name: some or None for name, some in found.items()}


def _in_code_or_words(row: Row, field: str, known: Mapping[str, Coded]) -> list[str]:
    words_of = {about.zh: code for code, about in known.items()}
    found = []
    for text in split_list(row.get(field)):
        code = text if text in known else words_of.get(text)
        if code is None:
            raise fault(
                row,
                field,
                f"holds no code of the rule pack, and no Chinese word of one: {text}",
                code="unknown-code",
                todo="See `creditgraph rules codes`, or leave it empty.",
            )
        found.append(code)
    return found
