"""Parsers of cell texts: the spellings that occur, and round trips."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.reading.values import (
    EARLIEST,
    Money,
    cell,
    chinese_number,
    document_number,
    exclusive_end,
    fault,
    is_open,
    parse_date,
    parse_last_day,
    parse_money,
    parse_percent,
    parse_whole,
    parse_yuan,
    split_list,
)

DAY = date(2019, 7, 9)


@pytest.mark.parametrize(
    "text",
    [
        "20190709",
        "2019-07-09",
        "2019-7-9",
        "2019/7/9",
        "2019.07.09",
        "2019年07月09日",
        "2019年7月9日",
        "2019 年 7 月 9 日",
        " 2019-07-09 00:00:00 ",
        "2019-07-09T03:08:21",
        "2019-07-09 03:08:21.5",
        "2019-07-09T00:00:00+08:00",
        "２０１９年０７月０９日",
    ],
)
def test_dates(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize("text", [None, "", "  ", "-", "—", "/", "无", "N/A", "null"])
def test_no_date(text: str | None) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2019-02-30", "does not exist"),
        ("20191301", "does not exist"),
        ("0000-01-01", "does not exist"),
        ("2019", "is not a date"),
        ("2019-07", "is not a date"),
        ("09.07.2019", "is not a date"),
        ("2019-13-09T00:00:00Z", "is not a date"),
        ("20191309123000", "does not exist"),
        ("民国年7月9日", "is not a date"),
        ("民国201年7月9日", "is not a date"),
        ("1562601600000", "is not a date"),
        ("20190709x", "is not a date"),
        ("٢٠١٩-٠٧-٠٩", "is not a date"),
    ],
)
def test_bad_dates(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_date(text)


@given(st.dates(min_value=EARLIEST))
def test_date_round_trips(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    for text in (
        day.isoformat(),
        f"{y:04}{m:02}{d:02}",
        f"{y:04}/{m}/{d}",
        f"{y:04}年{m}月{d}日",
        f"{day} 00:00:00",
    ):
        assert parse_date(text) == day


@given(st.dates(EARLIEST, date(2098, 12, 31)))
def test_last_days_are_inclusive(day: date) -> None:
    assert parse_last_day(day.isoformat()) == exclusive_end(day) == day + timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        *(
            [
                "2099/12/31",
                "2099年12月31日",
                "9999-12-31",
                "2199-12-31",
                "2100-12-31",
                "9999-01-01",
                "长期",
                "永久有效",
                "无固定期限",
                "至今",
                "永远",
                "-",
            ]
        ),
        "",
        None,
    ],
)
def test_open_ends(text: str | None) -> None:
    assert parse_last_day(text) is None


@pytest.mark.parametrize(
    ("text", "unit", "amount", "currency"),
    [
        ("2000", "元", "2000", "CNY"),
        ("0.2", "万元", "2000", "CNY"),
        ("0.000001", "万元", "0.01", "CNY"),
        ("2000元", "万元", "2000", "CNY"),
        ("5,000(万元)", "元", "50000000", "CNY"),
        ("30(万元人民币)", "元", "300000", "CNY"),
        ("30（万元人民币）", "元", "300000", "CNY"),
        ("138.3万人民币", "元", "1383000", "CNY"),
        ("150(万美元)", "元", "1500000", "USD"),
        ("5000 RMB", "元", "5000", "CNY"),
        ("HK$5,000", "元", "5000", "HKD"),
        ("USD 200万", "元", "2000000", "USD"),
        ("罚款伍万元", "元", "50000", "CNY"),
        ("处罚款50000元整", "元", "50000", "CNY"),
        ("5 000 000元", "元", "5000000", "CNY"),
        ("5000元.", "元", "5000", "CNY"),
        ("2.4万元", "元", "24000", "CNY"),
        ("8.54亿", "元", "854000000", "CNY"),
        ("8800.00万", "元", "88000000", "CNY"),
        ("人民币500万元", "元", "5000000", "CNY"),
        ("￥1,234,567.89", "元", "1234567.89", "CNY"),
        ("100万港元", "元", "1000000", "HKD"),
        ("２.４万元", "元", "24000", "CNY"),
    ],
)
def test_money(text: str, unit: str, amount: str, currency: str) -> None:
    assert parse_money(text, unit) == Money(Decimal(amount), currency)


@pytest.mark.parametrize("text", [None, "", "-", "N/A", "——", "无"])
def test_no_money(text: str | None) -> None:
    assert parse_money(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "-5",
        "5,00",
        "1.2.3",
        "五",
        "十万余元",
        "5万元(大写:肆万元整)",
        "5万银元",
        "12abc",
        "万元",
        "2000 0.00",
        "12 5",
        "两万五",
        "一百五元",
    ],
)
def test_bad_money(text: str) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        parse_money(text)


def test_yuan_refuses_other_currencies() -> None:
    assert parse_yuan("2.4万元") == 24000.0
    with pytest.raises(ValueError, match="USD"):
        parse_yuan("150(万美元)")


@given(st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=6))
def test_money_round_trips(amount: Decimal) -> None:
    assert parse_money(f"{amount:f}") == Money(amount, "CNY")
    assert parse_money(f"{amount:,f}") == Money(amount, "CNY")
    assert parse_money(f"{amount:f}", "万元") == Money(amount * 10_000, "CNY")
    assert parse_money(f"{amount:f}(万美元)") == Money(amount * 10_000, "USD")


def test_percent() -> None:
    assert parse_percent("53.83") == Decimal("0.5383")
    assert parse_percent("53.83％") == Decimal("0.5383")
    assert (parse_percent("0"), parse_percent("100.0")) == (0, 1)
    assert (parse_percent("100.02%"), parse_percent("100.1")) == (1, 1)  # rounded parts of a whole
    assert parse_percent("-") is None
    for text in ("100.11", "-0.1", "1e1", "abc"):
        with pytest.raises(ValueError, match="percentage"):
            parse_percent(text)


@given(st.decimals(0, 100, allow_nan=False, allow_infinity=False, places=4))
def test_percent_round_trips(share: Decimal) -> None:
    assert parse_percent(f"{share:f}%") == share / 100


def test_whole_numbers() -> None:
    assert (parse_whole("007"), parse_whole(""), parse_whole("１２")) == (7, None, 12)
    for text in ("1.0", "-1", "1" * 16):
        with pytest.raises(ValueError, match="whole number"):
            parse_whole(text)


@given(st.lists(st.text("罚款警告没收", min_size=1)), st.sampled_from(";；、,，"))
def test_lists_round_trip(items: list[str], separator: str) -> None:
    assert split_list(separator.join(items)) == items


def test_lists_drop_empty_items() -> None:
    assert split_list("警告、 罚款；；,") == ["警告", "罚款"]
    assert split_list(None) == []


def test_document_numbers_have_one_spelling() -> None:
    spellings = [
        "甲市监罚字【2024】12号",
        "甲市监罚字 [2024] 12号",
        "甲市监罚字﹝２０２４﹞１２号",
        "甲市监罚字（2024）12号",
    ]
    assert {document_number(s) for s in spellings} == {"甲市监罚字〔2024〕12号"}
    assert document_number("(2023)甲0981执 138号", "（）") == "（2023）甲0981执138号"
    assert document_number("无") is None
    assert document_number(None) is None
    # Brackets around anything but a year stay.
    assert document_number("甲（乙）罚字〔2024〕1号") == "甲（乙）罚字〔2024〕1号"


def test_faults_mask_id_numbers() -> None:
    row = Row("f.csv", 7, {"a": "430102198001010011", "b": "H1234567"})
    with pytest.raises(SourceError) as caught:
        cell(row, "a", parse_date)
    assert (caught.value.line, caught.value.field) == (7, "a")
    assert "430102198001010011" not in str(caught.value) + caught.value.value
    assert "H1234567" not in str(fault(row, "b", "is wrong", secret=True))


@given(st.integers(1, 10**12 - 1))
def test_numbers_in_chinese_numerals_round_trip(number: int) -> None:
    assert chinese_number(in_words(number)) == number


def in_words(number: int) -> str:
    """As it is read: 10050 is 一万零五十."""
    words = ""
    for scale, sign in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, number = divmod(number, scale)
        if part:
            words += ("零" if words and part < 1000 else "") + below(part) + sign
    return words


def below(number: int) -> str:
    words, gap = "", False
    for scale, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            words += ("零" if gap and words else "") + "零一二三四五六七八九"[digit] + sign
            gap = False
        else:
            gap = True
    return words


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("人民币伍万元整", 50_000),
        ("玖仟陆佰陆拾伍圆壹角捌分", 9665.18),
        ("5万元（大写：伍万元整）", 50_000),
        ("50000元(伍万元整)", 50_000),
        ("人民币（大写）壹拾万元整（¥100000.00）", 100_000),
        ("两亿元", 200_000_000),
        ("5000元整", 5_000),
        ("罚款5000元", 5_000),
        ("二万五千元", 25_000),
        ("5000.-", 5_000),
        ("10万元整。", 100_000),
    ],
)
def test_amounts_as_decisions_write_them(text: str, yuan: float) -> None:
    assert parse_yuan(text) == yuan


@pytest.mark.parametrize(
    "text",
    [
        "2016，05，06",
        "2016年05月06日09时30分",
        "二〇一六年五月六日",
        "二O一六年五月六日",
        "二零一六年五月六日",
        "2016-5-6 星期五",
        "2016年5月6号",
        "2016/05/06 上午9:30",
        "2016.5.6.",
        "2016–05–06",
        "2016—5—6",
        "2016_05_06",
        "2016-05-06 12时",
        "2016年五月六日",
        "贰零壹陆年伍月陆日",
    ],
)
def test_days_as_departments_write_them(text: str) -> None:
    assert parse_date(text) == date(2016, 5, 6)


@pytest.mark.parametrize("text", ["0001-01-01", "1799-12-31", "0900-05-06"])
def test_days_that_stand_for_none(text: str) -> None:
    with pytest.raises(ValueError, match="plausible"):
        parse_date(text)


@pytest.mark.parametrize("text", ["长 期", "无限", "不定期", "长期（无固定期限）", "（长期）", "至长期"])
def test_further_ends_that_are_none(text: str) -> None:
    assert is_open(text)
    assert parse_last_day(text) is None


@pytest.mark.parametrize("text", ["至2025-03-11", "2025-03-11止", "到2025年3月11日"])
def test_last_days_with_a_word_that_says_so(text: str) -> None:
    assert parse_last_day(text) == date(2025, 3, 12)


@pytest.mark.parametrize("text", ["2016年5月6日前", "2024-03-12至2025-03-11", "9999", "2016.5", "2016年5月"])
def test_ends_that_are_no_day(text: str) -> None:
    assert not is_open(text)
    with pytest.raises(ValueError, match="date"):
        parse_last_day(text)


@pytest.mark.parametrize(
    "text",
    [
        *("民国108年7月9日", "中华民国108年07月09日", "民国一百零八年七月九日", "民國108年7月9日"),
        *("20190709235959", "201907090830"),
        *("2019-07-08T16:00:00.000Z", "2019-07-09T15:59:59Z", "2019-07-09T00:00:00+0800", "2019-07-08T12:00:00-04:00"),
    ],
)
def test_days_of_programs_and_of_the_republic(text: str) -> None:
    """An instant has the day that it has in China: that of midnight in Peking is written as 16:00 of the day before elsewhere."""
    assert parse_date(text) == DAY


@given(st.integers(0, 9999), st.integers(1, 9999), st.integers(0, 9), st.integers(0, 9))
def test_amounts_in_parts_are_their_sum(hundred_millions: int, myriads: int, thousands: int, hundreds: int) -> None:
    parts = ((hundred_millions, "亿", 10**8), (myriads, "万", 10**4), (thousands, "千", 1000), (hundreds, "百", 100))
    text = "".join(f"{count}{word}" for count, word, _ in parts if count) + "元"
    assert parse_yuan(text) == sum(count * scale for count, _, scale in parts)


@pytest.mark.parametrize("text", ["1万12000元", "1万2千", "2万5", "1万2千余元", "1千2万元"])
def test_parts_that_do_not_add_up_are_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_money(text)
