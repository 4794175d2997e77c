"""Cells of a row as a mapping describes them → texts, days, amounts, shares."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from loaders.drafts import Row
from loaders.mapping.shape import AmountCell, AnyCell, DayCell, ShareCell, TextCell, WhenCell, WordsCell, folded
from loaders.reading.values import (
    ROUNDING,
    cell,
    document_number,
    exclusive_end,
    fault,
    parse_date,
    parse_holding,
    parse_last_day,
    parse_yuan,
    plain,
)

_T = TypeVar("_T")


def field_of(value: AnyCell) -> str:
    """The column that a fault of a cell names."""
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
            field_of(value),
            "holds a value that the code list lacks",
            code="unknown-code",
            todo=f"Add it to the codes of the mapping, or correct it. Known are {'、'.join(value.codes)[:200]}.",
        )
    return found if value.unknown == "keep" else None


def holds(row: Row, when: WhenCell | None) -> bool:
    """Whether a row meets a condition."""
    if when is None:
        return True
    found = folded(plain(row.get(when.column)))
    return found in map(folded, when.is_) if when.is_ else bool(found) and found not in map(folded, when.not_)


def need(row: Row, value: TextCell, join: str = " ") -> str:
    """As `text`, where the row says nothing without it."""
    found = text(row, value, join)
    if found is None:
        raise fault(row, field_of(value), "is empty, but required", code="missing-value", todo="Fill it in.")
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
            return parse_last_day(stated.isoformat()) if last else parse_date(stated.isoformat())
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
        raise fault(row, field_of(value), "is before the first day", todo="Correct the dates at the source.")
    return over


def yuan(row: Row, value: AmountCell | None) -> float | None:
    """An amount in yuan."""
    return None if value is None else cell(row, value.column, lambda found: parse_yuan(found, value.unit))


def share(row: Row, value: ShareCell | None) -> float | None:
    """A share of the whole, 0 to 1; above it where that is stated."""
    if value is None:
        return None
    found = cell(row, value.column, parse_holding if value.unit == "percent" else _parse_fraction)
    return None if found is None else float(found)


def _parse_fraction(found: str | None) -> Decimal | None:
    found = plain(found)
    if not found:
        return None
    if found.endswith("%"):  # as a workbook shows it
        return parse_holding(found)
    if not re.fullmatch(r"[01](\.\d+)?", found, re.ASCII):
        raise ValueError("is not a fraction from 0 to 1, such as 0.25")
    return Decimal(found) if Decimal(found) > 1 + ROUNDING else min(Decimal(found), Decimal(1))


def number_of(row: Row, value: TextCell) -> str:
    """A document number in one spelling; courts put the year first, and in round brackets."""
    found = need(row, value, join="-")  # spaces go, and 1 and 12 is not 11 and 2
    return document_number(found, "（）" if found[0] in "（(" else "〔〕") or found
