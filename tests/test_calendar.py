"""Working days and ends of terms: days worked out by hand from the notices, the boundaries, and properties."""

from datetime import date, datetime, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graph_model import calendar
from graph_model.calendar import (
    TermEnd,
    TermLength,
    add_calendar_days,
    add_months,
    add_working_days,
    add_years,
    is_working_day,
    parse_term,
    working_days_between,
)
from graph_model.errors import BadRequest, RuleError

FIRST, LAST = date(2004, 1, 1), date(2030, 12, 31)
in_table = st.dates(FIRST, LAST)
starts = st.dates(FIRST, date(2029, 12, 31))
lengths = st.integers(1, 200)


def days(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split()]


# --- the table --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "work"),
    [
        # 2026: 国办发明电〔2025〕7号
        ("2026-01-01 2026-01-02 2026-01-03", "2026-01-04 2026-01-05"),
        ("2026-02-15 2026-02-16 2026-02-20 2026-02-23", "2026-02-14 2026-02-24 2026-02-28"),
        ("2026-04-04 2026-04-05 2026-04-06", "2026-04-03 2026-04-07"),
        ("2026-05-01 2026-05-04 2026-05-05 2026-05-10", "2026-04-30 2026-05-06 2026-05-09"),
        ("2026-06-19 2026-06-20 2026-06-21", "2026-06-18 2026-06-22"),
        ("2026-09-19 2026-09-25 2026-09-27", "2026-09-20 2026-09-24 2026-09-28"),
        ("2026-10-01 2026-10-07 2026-10-11", "2026-09-30 2026-10-08 2026-10-10"),
        # Notices that reach back into December
        ("2006-01-02 2006-01-03", "2005-12-31 2006-01-04"),
        ("2007-01-02 2007-01-03", "2006-12-30 2006-12-31"),
        ("2007-12-31 2008-01-01", "2007-12-29 2008-01-02"),
        ("2012-01-02 2012-01-03", "2011-12-31 2012-01-04"),
        ("2018-12-30 2018-12-31 2019-01-01", "2018-12-29 2019-01-02"),
        # Days given in the year itself: 2015, 2019, 2020
        ("2015-09-03 2015-09-04 2015-09-05", "2015-09-06 2015-09-07"),
        ("2019-05-02 2019-05-03 2019-05-04", "2019-04-28 2019-05-05"),
        ("2020-01-30 2020-01-31 2020-02-01 2020-02-02", "2020-01-19 2020-02-03"),
        # 除夕: statutory until 2013 and again from 2025
        ("2013-02-09 2025-01-28", "2014-01-30 2024-02-09"),
        # Provisional years: statutory days and 补假, no weekend worked
        ("2027-02-05 2027-02-08 2027-02-09 2027-02-10", "2027-02-04 2027-02-11"),
        ("2027-05-03 2027-05-04 2027-10-05", "2027-05-05 2027-10-06"),
        ("2028-10-02 2028-10-03 2028-10-04 2028-10-05", "2028-09-29 2028-10-06"),
    ],
)
def test_days_as_announced(rest: str, work: str) -> None:
    assert [day for day in days(rest) if is_working_day(day)] == []
    assert [day for day in days(work) if not is_working_day(day)] == []


# Moved by a notice from one year into the next: 2005 worked a day for 2006, 2006 two for 2007, 2011 one for 2012.
MOVED = {2005: -1, 2006: 1 - 2, 2007: 2, 2011: -1, 2012: 1}
# Days beyond the statutory ones: 2015 (抗战胜利70周年) 3 September; 2020 the Spring Festival until 2 February.
GRANTED = {2015: 1, 2020: 2}


@pytest.mark.parametrize("year", range(2004, 2031))
def test_each_year_gives_exactly_its_statutory_days(year: int) -> None:
    """调休 moves days and grants none: weekdays off less weekends worked are the days of the 放假办法 then in force."""
    plain = sum(date.fromordinal(n).weekday() < 5 for n in range(*_ordinals(year)))
    worked = working_days_between(date(year, 1, 1), date(year, 12, 31))  # 1 January is never worked
    statutory = 10 if year < 2008 else 11 if year < 2025 else 13
    assert plain - worked == statutory + MOVED.get(year, 0) + GRANTED.get(year, 0)


def _ordinals(year: int) -> tuple[int, int]:
    return date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()


ROW = {"year": 2026, "source": ["a notice"], "rest": {"元旦": ["01-01"]}, "work": ["01-04"]}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "follow one another"),
        ([ROW, ROW], "follow one another"),
        ([ROW, ROW | {"year": 2028}], "follow one another"),
        ([ROW | {"provisional": True}], "the first years must be announced"),
        ([ROW | {"rest": {"元旦": ["01-03"]}}], "2026, 元旦: 2026-01-03 is a Saturday"),
        ([ROW | {"work": ["01-05"]}], "2026, work: 2026-01-05 is a Monday"),
        ([ROW | {"rest": {"元旦": ["01-01"], "春节": ["01-01"]}}], "2026, 春节: 2026-01-01 stands twice"),
        ([ROW | {"rest": {"元旦": ["02-30"]}}], "'02-30' is not a day"),
        ([ROW | {"holidays": {}}], r"row and key 0\.holidays"),
        ([ROW, ROW | {"source": []}], r"row and key 1\.source"),
    ],
)
def test_a_wrong_table_is_told(rows: list[dict[str, object]], why: str) -> None:
    with pytest.raises(RuleError, match=why) as caught:
        calendar._read(yaml.safe_dump(rows, allow_unicode=True), "mine.yaml")
    assert str(caught.value).startswith("mine.yaml")


def test_text_that_is_no_yaml_is_told() -> None:
    with pytest.raises(RuleError, match=r"mine\.yaml"):
        calendar._read("- year: [", "mine.yaml")


# --- working days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "n", "end", "provisional"),
    [
        ("2026-02-10", 7, "2026-02-26", False),  # Spring Festival; Saturday the 14th is worked
        ("2026-04-30", 7, "2026-05-13", False),  # Saturday 9 May is worked
        ("2026-09-18", 5, "2026-09-24", False),  # Sunday the 20th is worked
        ("2026-09-24", 20, "2026-10-29", False),  # an objection: 20 working days (郴政发〔2017〕11号 21)
        ("2026-01-31", 3, "2026-02-04", False),  # starts on a Saturday
        ("2026-12-15", 20, "2027-01-13", True),
        ("2026-12-23", 1, "2026-12-24", False),
        ("2026-12-24", 1, "2026-12-25", True),  # the notice for 2027 may still move the last days of 2026
        ("2005-12-30", 1, "2005-12-31", False),
        ("2020-01-23", 1, "2020-02-03", False),
        ("2029-12-31", 1, "2030-01-02", True),
    ],
)
def test_working_days_after_a_day(start: str, n: int, end: str, provisional: bool) -> None:
    day = date.fromisoformat(start)
    assert add_working_days(day, n) == TermEnd(date.fromisoformat(end), provisional)
    assert working_days_between(day, date.fromisoformat(end)) == n


@given(starts, lengths)
def test_counting_is_what_a_hand_would_do(start: date, n: int) -> None:
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    assert add_working_days(start, n).day == day


@given(starts, lengths)
def test_the_end_is_a_working_day_and_counts_back(start: date, n: int) -> None:
    end = add_working_days(start, n).day
    assert end > start
    assert is_working_day(end)
    assert working_days_between(start, end) == n
    assert working_days_between(start, end - timedelta(days=1)) == n - 1
    assert working_days_between(end, start) == -n


@given(starts, starts, lengths, lengths)
def test_later_starts_and_longer_terms_do_not_end_earlier(a: date, b: date, m: int, n: int) -> None:
    (a, b), (m, n) = sorted((a, b)), sorted((m, n))
    assert add_working_days(a, m).day <= add_working_days(b, m).day <= add_working_days(b, n).day
    assert add_working_days(a, m).provisional <= add_working_days(b, n).provisional
    assert (add_working_days(a, m).day < add_working_days(a, n).day) == (m < n)


@given(in_table, in_table, in_table)
def test_counts_add_up(a: date, b: date, c: date) -> None:
    assert working_days_between(a, b) + working_days_between(b, c) == working_days_between(a, c)


@given(starts, lengths)
def test_only_what_waits_for_a_notice_is_provisional(start: date, n: int) -> None:
    end = add_working_days(start, n)
    assert end.provisional == (end.day > date(2026, 12, 24))


# --- calendar days, months, years -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "n", "plain", "rolled"),
    [
        ("2026-03-02", 7, "2026-03-09", "2026-03-09"),
        ("2026-03-07", 7, "2026-03-14", "2026-03-16"),  # Saturday
        ("2026-02-08", 7, "2026-02-15", "2026-02-24"),  # Spring Festival
        ("2026-02-07", 7, "2026-02-14", "2026-02-14"),  # a Saturday that is worked
        ("2026-09-29", 2, "2026-10-01", "2026-10-08"),  # National Day
    ],
)
def test_calendar_days(start: str, n: int, plain: str, rolled: str) -> None:
    day = date.fromisoformat(start)
    assert add_calendar_days(day, n, roll=False) == TermEnd(date.fromisoformat(plain), False)
    assert add_calendar_days(day, n) == TermEnd(date.fromisoformat(rolled), False)


@pytest.mark.parametrize(
    ("start", "n", "plain", "rolled"),
    [
        ("2026-01-31", 1, "2026-02-28", "2026-02-28"),  # a Saturday that is worked
        ("2024-01-31", 1, "2024-02-29", "2024-02-29"),
        ("2026-08-31", 1, "2026-09-30", "2026-09-30"),
        ("2026-04-01", 6, "2026-10-01", "2026-10-08"),
        ("2025-12-31", 2, "2026-02-28", "2026-02-28"),
        ("2025-11-30", 1, "2025-12-30", "2025-12-30"),
        ("2025-12-01", 1, "2026-01-01", "2026-01-04"),  # a Sunday that is worked
        ("2025-12-15", 12, "2026-12-15", "2026-12-15"),
    ],
)
def test_months(start: str, n: int, plain: str, rolled: str) -> None:
    day = date.fromisoformat(start)
    assert add_months(day, n) == TermEnd(date.fromisoformat(plain), False)
    assert add_months(day, n, roll=True) == TermEnd(date.fromisoformat(rolled), False)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2020-02-29", 1, "2021-02-28"),
        ("2020-02-29", 4, "2024-02-29"),
        ("2021-03-10", 5, "2026-03-10"),
        ("2026-11-22", 50, "2076-11-22"),  # without `roll` no table is asked
        ("1990-05-01", 3, "1993-05-01"),
    ],
)
def test_years(start: str, n: int, end: str) -> None:
    assert add_years(date.fromisoformat(start), n) == TermEnd(date.fromisoformat(end), False)


def test_a_rolled_end_may_be_provisional() -> None:
    assert add_years(date(2024, 5, 1), 3, roll=True) == TermEnd(date(2027, 5, 5), True)
    assert add_months(date(2026, 11, 26), 1, roll=True) == TermEnd(date(2026, 12, 28), True)
    assert add_calendar_days(date(2026, 12, 17), 7) == TermEnd(date(2026, 12, 24), False)


@given(starts, st.integers(1, 360))
def test_a_rolled_end_is_the_first_working_day_from_the_plain_one(start: date, n: int) -> None:
    plain, rolled = add_calendar_days(start, n, roll=False).day, add_calendar_days(start, n).day
    assert plain == start + timedelta(days=n)
    assert is_working_day(rolled)
    assert [d for d in range((rolled - plain).days) if is_working_day(plain + timedelta(days=d))] == []


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.integers(1, 600))
def test_months_end_on_their_number_or_on_the_last_of_the_month(start: date, n: int) -> None:
    end = add_months(start, n).day
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == n
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)
    assert add_years(start, n) == add_months(start, 12 * n)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.dates(date(1900, 1, 1), date(2100, 12, 31)), lengths)
def test_months_from_a_later_day_do_not_end_earlier(a: date, b: date, n: int) -> None:
    a, b = sorted((a, b))
    assert add_months(a, n).day <= add_months(b, n).day
    assert add_months(a, n).day < add_months(a, n + 1).day


# --- boundaries -------------------------------------------------------------------------------------------


def test_the_first_and_last_days_of_the_table_answer() -> None:
    assert not is_working_day(FIRST)
    assert is_working_day(LAST)
    assert add_working_days(FIRST, 1) == TermEnd(date(2004, 1, 2), False)
    assert add_working_days(date(2030, 12, 30), 1) == TermEnd(LAST, True)
    assert add_calendar_days(date(2003, 12, 25), 10) == TermEnd(date(2004, 1, 5), False)
    assert add_calendar_days(date(2030, 12, 30), 1) == TermEnd(LAST, True)


@pytest.mark.parametrize(
    ("ask", "year"),
    [
        (lambda: is_working_day(date(2003, 12, 31)), 2003),
        (lambda: is_working_day(date(2031, 1, 1)), 2031),
        (lambda: add_working_days(date(2003, 12, 31), 1), 2003),
        (lambda: add_working_days(LAST, 1), 2031),
        (lambda: add_working_days(date(2030, 1, 1), 9999), 2031),
        (lambda: working_days_between(date(2003, 1, 1), LAST), 2003),
        (lambda: working_days_between(FIRST, date(2099, 1, 1)), 2099),
        (lambda: add_calendar_days(LAST, 1), 2031),
        (lambda: add_years(date(2026, 1, 1), 9, roll=True), 2035),
    ],
)
def test_a_missing_year_is_named(ask, year: int) -> None:
    with pytest.raises(BadRequest, match=rf"working days of {year} .* holds 2004 to 2030.*calendar\.yaml"):
        ask()


@pytest.mark.parametrize("add", [add_working_days, add_calendar_days, add_months, add_years])
@pytest.mark.parametrize("n", [0, -1])
def test_a_term_is_at_least_one_long(add, n: int) -> None:
    with pytest.raises(BadRequest, match="at least 1"):
        add(date(2026, 1, 1), n)


@pytest.mark.parametrize(("add", "n"), [(add_calendar_days, 10**10), (add_months, 10**6), (add_years, 9999)])
def test_an_end_past_all_dates_is_told(add, n: int) -> None:
    with pytest.raises(BadRequest, match="9999"):
        add(date(2026, 1, 1), n, roll=False)


@pytest.mark.parametrize(
    "ask", [is_working_day, parse_term("7d").after, parse_term("7wd").after, parse_term("6m").after]
)
def test_a_moment_is_not_a_day(ask) -> None:
    with pytest.raises(TypeError, match="moment"):
        ask(datetime(2026, 1, 5, 12))  # noqa: DTZ001


# --- terms as text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "term", "start", "end"),
    [
        ("20wd", TermLength(20, "wd"), "2026-09-24", "2026-10-29"),
        ("7d", TermLength(7, "d"), "2026-02-08", "2026-02-24"),  # rolls
        ("6m", TermLength(6, "m"), "2026-04-01", "2026-10-01"),  # does not
        (" 3y ", TermLength(3, "y"), "2020-02-29", "2023-02-28"),
    ],
)
def test_terms(text: str, term: TermLength, start: str, end: str) -> None:
    assert parse_term(text) == term
    assert term.after(date.fromisoformat(start)) == TermEnd(date.fromisoformat(end), False)


@pytest.mark.parametrize(
    "text", ["", "7", "d", "0d", "-3d", "1.5y", "07d", "3w", "20WD", "7 d", "７d", "99999d", "3y6m"]
)
def test_what_is_no_term_is_told(text: str) -> None:
    with pytest.raises(BadRequest, match="20wd"):
        parse_term(text)


@given(st.integers(1, 9999), st.sampled_from(["wd", "d", "m", "y"]))
def test_every_term_is_read_back(n: int, unit: str) -> None:
    assert parse_term(f"{n}{unit}") == (n, unit)
