"""Working days and the ends of legal terms in China. Pure: a table in `calendar.yaml`, no clock, no network.

How the law counts (民法典 200-204; 行政处罚法 85 and 行政许可法 82 for 工作日):

- The day on which a term starts is not counted.
- 工作日: Saturdays, Sundays and holidays are not counted; weekends worked by a notice (调休) are.
- Calendar days: every day counts. Months and years end on the day with the same number, or on the last day of a
  shorter month.
- If the last day of such a term is a rest day, the term ends on the next working day (`roll`). That is for time
  limits within which someone must act; a restriction for so many years is not lengthened by a weekend.

Every end is a `TermEnd`: the last day, which still belongs to the term, and whether it is provisional. The State
Council announces the working days of a year only late in the year before. Until then the table holds the statutory
holidays without 调休, and what was counted with them has to be computed again once the notice is out. The same holds
for the last week of the last announced year: notices have reached back as far as 29 December (2007 and 2018).

Days are days in China. Whoever has a moment takes its date in Asia/Shanghai first.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from graph_model.errors import BadRequest, RuleError

Unit = Literal["wd", "d", "m", "y"]
"""Working days (工作日), calendar days (日), months (月), years (年)."""


class TermEnd(NamedTuple):
    """The last day of a term, and whether a notice that is still to come may move it."""

    day: date
    provisional: bool


class TermLength(NamedTuple):
    """A legal term: a number of working days, calendar days, months or years."""

    n: int
    unit: Unit

    def after(self, start: date) -> TermEnd:
        """When does the term end that starts on a day?

        The start day is not counted (民法典 201). Terms in calendar days are time limits to act and end on a working
        day (203); terms in months and years end on their day, rest day or not. For the other reading call
        `add_calendar_days`, `add_months` or `add_years` with `roll`.

        >>> parse_term("20wd").after(date(2026, 9, 24))
        TermEnd(day=datetime.date(2026, 10, 29), provisional=False)
        """
        add = {"wd": add_working_days, "d": add_calendar_days, "m": add_months, "y": add_years}
        return add[self.unit](start, self.n)


_TERM = re.compile(rf"([1-9][0-9]{{0,3}})({'|'.join(get_args(Unit))})")


def parse_term(text: str) -> TermLength:
    """Which term does a short text mean: `20wd` working days, `7d` days, `6m` months, `3y` years?

    Raises:
        BadRequest: the text is no such term.

    >>> parse_term("20wd")
    TermLength(n=20, unit='wd')
    """
    match = _TERM.fullmatch(text.strip())
    if match is None:
        raise BadRequest(
            f"{text!r} is not a term: write a whole number from 1 to 9999 and a unit, as in 20wd (working days), "
            "7d (days), 6m (months) or 3y (years)"
        )
    return TermLength(int(match[1]), cast("Unit", match[2]))


def is_working_day(day: date) -> bool:
    """Is this day a working day (工作日) in China?

    Saturdays and Sundays worked by a notice are; holidays and days off by a notice are not. In a year without a
    notice the answer is the best there is, not certain.

    Raises:
        BadRequest: the table has no such year.

    >>> is_working_day(date(2026, 9, 20))  # a Sunday, worked for 国庆节
    True
    """
    table = _table()
    _must_cover(table, day)
    return day in table.working


def add_working_days(start: date, n: int) -> TermEnd:
    """Which day is the n-th working day after a day?

    The start day is not counted, working day or not (民法典 201). The end is always a working day. It is provisional
    when counting went past what has been announced (行政处罚法 85, 行政许可法 82: 工作日, 不含法定节假日).

    Raises:
        BadRequest: n is less than 1, or the table has no such year.

    >>> add_working_days(date(2026, 2, 10), 7)
    TermEnd(day=datetime.date(2026, 2, 26), provisional=False)
    """
    table = _table()
    _must_cover(table, start)
    index = bisect_right(table.days, start) + _positive(n) - 1
    if index >= len(table.days):
        raise _no_year(table, table.last.year + 1)
    day = table.days[index]
    return TermEnd(day, day > table.settled)


def working_days_between(a: date, b: date) -> int:
    """How many working days are there after `a`, up to and including `b`?

    Negative when `b` is earlier: then it counts the days after `b`, up to and including `a`. So for a deadline `b`,
    seen from today `a`, it is the number of working days left, or overdue.

    Raises:
        BadRequest: the table has no such year.
    """
    table = _table()
    _must_cover(table, a)
    _must_cover(table, b)
    return bisect_right(table.days, b) - bisect_right(table.days, a)


def add_calendar_days(start: date, n: int, *, roll: bool = True) -> TermEnd:
    """Which day is the last of a term of n calendar days?

    The start day is not counted (民法典 201). With `roll` a last day that is a rest day gives way to the next working
    day (203); without it no table is asked, and nothing is provisional.

    Raises:
        BadRequest: n is less than 1, the day is past the year 9999, or, with `roll`, the table has no such year.
    """
    try:
        last = _day(start) + timedelta(days=_positive(n))
    except OverflowError:
        raise BadRequest(f"{n} days after {start} is past the year 9999") from None
    return _end(last, roll)


def add_months(start: date, n: int, *, roll: bool = False) -> TermEnd:
    """Which day is the last of a term of n months?

    The day with the same number n months later, or the last day of a shorter month (民法典 202). With `roll` a last
    day that is a rest day gives way to the next working day (203); without it no table is asked, and nothing is
    provisional.

    Raises:
        BadRequest: n is less than 1, the day is past the year 9999, or, with `roll`, the table has no such year.

    >>> add_months(date(2026, 1, 31), 1)
    TermEnd(day=datetime.date(2026, 2, 28), provisional=False)
    """
    year, month = divmod(_day(start).year * 12 + start.month - 1 + _positive(n), 12)
    if year > date.max.year:
        raise BadRequest(f"{n} months after {start} is past the year 9999")
    last_number = monthrange(year, month + 1)[1]
    return _end(date(year, month + 1, min(start.day, last_number)), roll)


def add_years(start: date, n: int, *, roll: bool = False) -> TermEnd:
    """Which day is the last of a term of n years?

    Its anniversary, or 28 February after a 29th (民法典 202); otherwise as `add_months`. A restriction for n years
    still holds on that day and is over on the next.

    >>> add_years(date(2020, 2, 29), 3)
    TermEnd(day=datetime.date(2023, 2, 28), provisional=False)
    """
    return add_months(start, 12 * n, roll=roll)


def _end(last: date, roll: bool) -> TermEnd:
    if not roll:
        return TermEnd(last, False)
    table = _table()
    _must_cover(table, last)
    index = bisect_left(table.days, last)
    if index == len(table.days):
        raise _no_year(table, table.last.year + 1)
    day = table.days[index]
    return TermEnd(day, day > table.settled)


def _positive(n: int) -> int:
    if n < 1:
        raise BadRequest(f"a term is at least 1 long, not {n}")
    return n


def _day(day: date) -> date:
    if isinstance(day, datetime):  # a subclass of date that equals none: it would be looked up, and never be found
        raise TypeError(f"{day!r} is a moment; give its date in Asia/Shanghai")
    return day


# --- the table --------------------------------------------------------------------------------------------


class _Year(BaseModel):
    """One row of the table; the days as month-day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    year: int = Field(ge=1950, le=2200)
    source: tuple[str, ...] = Field(min_length=1)
    rest: dict[str, tuple[str, ...]] = Field(min_length=1)
    work: tuple[str, ...] = ()
    provisional: bool = False
    note: str | None = None


class _Table(NamedTuple):
    first: date
    last: date
    settled: date  # up to this day nothing waits for a notice
    days: tuple[date, ...]  # the working days, in order
    working: frozenset[date]  # the same, to look up


def _must_cover(table: _Table, day: date) -> None:
    if not table.first <= _day(day) <= table.last:
        raise _no_year(table, day.year)


def _no_year(table: _Table, year: int) -> BadRequest:
    return BadRequest(
        f"working days of {year} are not known: the calendar holds {table.first.year} to {table.last.year}. "
        f"Check the date; if it is right, take a newer release, or add {year} to graph_model/calendar.yaml"
    )


@cache
def _table() -> _Table:
    """The table that comes with the product."""
    return _read(resources.files("graph_model").joinpath("calendar.yaml").read_text(encoding="utf-8"), "calendar.yaml")


def _read(text: str, file: str) -> _Table:
    """The table of one YAML text.

    Raises:
        RuleError: with file, year and day, when the text is not YAML, years are missing or out of order, or a day
            does not differ from the plain week.
    """
    import yaml  # here: hardly any question asks for working days

    try:
        years = TypeAdapter(list[_Year]).validate_python(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise RuleError(f"{file}: not readable as YAML: {error}") from error
    except ValidationError as error:
        first_fault = error.errors()[0]
        key = ".".join(str(part) for part in first_fault["loc"])
        raise RuleError(f"{file}, row and key {key}: {first_fault['msg']}") from error
    numbers = [row.year for row in years]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise RuleError(f"{file}: the years must follow one another without a gap; they are {numbers}")
    announced = [row.year for row in years if not row.provisional]
    if not announced or announced != numbers[: len(announced)]:
        raise RuleError(f"{file}: the first years must be announced ones, and only later ones provisional")
    rest: set[date] = set()
    work: set[date] = set()
    for row in years:
        for name, days in row.rest.items():
            for day in days:
                _put(rest, row.year, day, weekend=False, where=f"{file}, {row.year}, {name}")
        for day in row.work:
            _put(work, row.year, day, weekend=True, where=f"{file}, {row.year}, work")
    first, last = date(numbers[0], 1, 1), date(numbers[-1], 12, 31)
    plain = (first + timedelta(days=i) for i in range((last - first).days + 1))
    days = tuple(day for day in plain if day in work or (day.weekday() < 5 and day not in rest))
    return _Table(first, last, date(announced[-1], 12, 24), days, frozenset(days))


def _put(into: set[date], year: int, text: str, *, weekend: bool, where: str) -> None:
    try:
        day = date.fromisoformat(f"{year}-{text}")
    except ValueError:
        raise RuleError(f"{where}: {text!r} is not a day; write month-day, as in 01-31") from None
    if (day.weekday() >= 5) is not weekend:
        kind = "rest lists days from Monday to Friday, work lists Saturdays and Sundays"
        raise RuleError(f"{where}: {day} is a {day:%A}; {kind}")
    if day in into:
        raise RuleError(f"{where}: {day} stands twice")
    into.add(day)
