"""Cell texts → dates, money, shares, lists: the parsers that all sources share.

Between `rows.py` (which gives text only) and the sources (which make drafts). Pure. A text that says "nothing"
gives None; a text that says something impossible raises ValueError with a sentence that can be shown, and `cell`
turns that into a SourceError placed at the row.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from graph_model.errors import SourceError
from graph_model.identifiers import citizen_id_faults, mask_id, mask_ids_in, normalise_code
from graph_model.text import is_nothing
from loaders.drafts import Row

T = TypeVar("T")


def plain(text: str | None) -> str:
    """Half-width, stripped; empty when the text only says that there is nothing."""
    text = text or ""
    text = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    return "" if is_nothing(text) else text


# --- dates ------------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"""(?: (\d{4})(\d{2})(\d{2})
          | (\d{4}) \s*[-–—/.,_\\年]\s* (\d{1,2}) \s*[-–—/.,_\\月]\s* (\d{1,2}) \s*[日号.]? )
        (?: [T\s]\s* \d{1,2}:\d{2} (?: :\d{2} (?:\.\d+)? )? (?:\+08:?00)?
          | \s* (?:[上下]午)? \d{1,2} [时点:] (?:\d{1,2} (?:分 (?:\d{1,2}秒)? )?)? )?
        (?: \s* \(? (?:星期|周|礼拜) [一二三四五六日天] \)? )?""",
    re.VERBOSE | re.ASCII,
)
_IN_WORDS = re.compile(
    r"([〇零一二三四五六七八九]{4}|\d{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十廿卅]{1,3})[日号]?",
    re.ASCII,
)
_REPUBLIC = re.compile(r"(?:中华|中華)?民[国國]([0-9一二三四五六七八九十百〇零元]{1,5})年(.+)")
"""Years of the Republic, as documents from Taiwan count them: the first is 1912."""
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})")
"""An instant with its offset, as programs write it: its day is that of our clocks."""
_COMPACT = re.compile(r"((?:19|20)\d{6})([01]\d|2[0-3])([0-5]\d)([0-5]\d)?")
_HERE = timezone(timedelta(hours=8))
_NOUGHTS = str.maketrans("○◯ＯOo0０", "〇〇〇〇〇〇〇")
OPEN_YEAR = 2099
"""Last days of this year and later are how forms say "no end": 2099-12-31, 2999-12-31, 9999-12-31."""
OPEN_ENDS = frozenset(
    [
        "长期",
        "永久",
        "无期限",
        "长期有效",
        "永久有效",
        "无固定期限",
        "无固定",
        "无限期",
        "不限期",
        "不限",
        "无期",
        "永远",
        "至今",
        "长期至今",
        "未到期",
        "持续有效",
        "终身",
        "终身有效",
        "长期不变",
        "无限",
        "无期限限制",
        "不定期",
    ]
)
"""How cells say so in words."""
EARLIEST = date(1800, 1, 1)
"""No day that a source tells is older: it stands for none, or is misread."""


@lru_cache(maxsize=50_000)  # days come again and again
def parse_date(text: str | None) -> date | None:
    """20190709, 2019-07-13, 2019/7/13, 2019年07月13日, 二〇一九年七月十三日; a time of day and a weekday are dropped.

    Also 民国108年7月13日, and an instant with its offset, of which the day in China counts.
    """
    text = _from_programs(plain(text))
    if not text:
        return None
    if republic := _REPUBLIC.fullmatch(re.sub(r"\s", "", text)):
        told = republic[1]
        year_of = 1 if told == "元" else int(told) if told.isdigit() else int(chinese_number(told) or 0)
        if not 1 <= year_of <= 200:
            raise ValueError("is not a date such as 2019-07-13, 20190713 or 2019年7月13日")
        text = f"{1911 + year_of}年{republic[2]}"
    if found := _DATE.fullmatch(text):
        year, month, day = (int(part) for part in found.groups() if part)
    elif found := _IN_WORDS.fullmatch(re.sub(r"\s", "", _in_plain_numerals(text))):
        year = int(
            found[1] if found[1].isdigit() and found[1].isascii() else "".join(str(_DIGITS[c]) for c in found[1])
        )
        month, day = (
            chinese_number(part.replace("廿", "二十").replace("卅", "三十")) or 0 for part in found.groups()[1:]
        )
    else:
        raise ValueError("is not a date such as 2019-07-13, 20190713 or 2019年7月13日")
    try:
        found_day = date(year, int(month), int(day))
    except ValueError:
        raise ValueError("is a day that does not exist") from None
    if found_day < EARLIEST:
        raise ValueError("is no plausible day")
    return found_day


def _from_programs(text: str) -> str:
    """The day of an instant, in China; any other text as it is."""
    if stamp := _STAMP.fullmatch(text):
        try:
            instant = datetime.fromisoformat(f"{stamp[1]}T{stamp[2]}{stamp[3]}")
            return instant.astimezone(_HERE).date().isoformat()
        except (ValueError, OverflowError):
            return text
    if compact := _COMPACT.fullmatch(text):
        return compact[1]
    return text


def _in_plain_numerals(text: str) -> str:
    """贰零壹陆 as 二零一六; O and 0 as noughts where the others are words."""
    text = text.translate(_FORMAL)
    return text if re.match(r"\d{4}", text, re.ASCII) else text.translate(_NOUGHTS)


def exclusive_end(last_day: date) -> date:
    """The first day on which something that is good through `last_day` is over."""
    return last_day + timedelta(days=1)


def parse_last_day(text: str | None) -> date | None:
    """An inclusive end (有效期至) as our exclusive one; None when it is empty or says "no end" (2099/12/31, 长期)."""
    if is_open(text):
        return None
    text = re.sub(r"^[至到]\s*|\s*止$", "", plain(text))
    last_day = parse_date(text)
    return None if last_day is None or last_day.year >= OPEN_YEAR else exclusive_end(last_day)


def is_open(text: str | None) -> bool:
    """Whether an end says in words that there is none."""
    words = [word for part in re.split("[()]", plain(text)) if (word := re.sub(r"\s", "", part))]
    return bool(words) and all(not OPEN_ENDS.isdisjoint((word, word.removeprefix("至"))) for word in words)


# --- money and shares -------------------------------------------------------------------------------------


class Money(NamedTuple):
    """An amount in whole units (yuan, dollars, not 万) and its ISO 4217 code."""

    amount: Decimal
    currency: str


MOST_MONEY = Decimal(10) ** 15
"""More than that, a cell holds some number in the wrong column."""

_SCALES = {
    "": 1,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
_CURRENCIES = {
    "": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "人民币元": "CNY",
    "元人民币": "CNY",
    "圆": "CNY",
    "美元": "USD",
    "港元": "HKD",
    "港币": "HKD",
    "香港元": "HKD",
    "欧元": "EUR",
    "日元": "JPY",
    "英镑": "GBP",
    "新加坡元": "SGD",
    "新台币": "TWD",
    "韩元": "KRW",
    "加元": "CAD",
    "澳元": "AUD",
    "美金": "USD",
    "日圆": "JPY",
    "台币": "TWD",
    "澳门元": "MOP",
    "澳门币": "MOP",
    "瑞士法郎": "CHF",
    "新西兰元": "NZD",
    "泰铢": "THB",
    "卢布": "RUB",
    "林吉特": "MYR",
    "马来西亚林吉特": "MYR",
    "瑞典克朗": "SEK",
    "丹麦克朗": "DKK",
    "挪威克朗": "NOK",
    "印度卢比": "INR",
}
_CURRENCIES |= {code: code for code in (*_CURRENCIES.values(),)}
_UNIT = re.compile(r"[^\W\d_余多约左右上下不等以至]{1,12}")
"""A word behind a number that may be a currency: nothing about how exact the number is."""


class UnknownCurrency(ValueError):
    """An amount in a currency that is not in the table."""


_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MONEY = re.compile(rf"(?:人民币|RMB|CNY|[¥￥])?\s*(-?)({_AMOUNT})\s*(百万|千万|十万|百|千|万|亿)?(\D*)", re.ASCII)
_SPELT = re.compile(
    "(?:人民币)?([〇零一二三四五六七八九十百千万亿]+)(?:元(?:([一二三四五六七八九])角)?零?(?:([一二三四五六七八九])分)?)?(?:人民币)?"
)
_IN_PARTS = re.compile(
    rf"(?=\d+[亿万千百]\d)(?:({_AMOUNT})亿)?(?:({_AMOUNT})万)?(?:(\d)千)?(?:(\d)百)?({_AMOUNT})?(元(?:人民币)?)",
    re.ASCII,
)
"""Figures with their scales, the largest first: 1万2千元, 3亿5000万元. Each part is less than one of the part before it."""
_LABEL = re.compile(r"\((?:大写|小写)\)|大写|小写|金额|:")
_AHEAD = re.compile(
    "^(?:处以?)?(罚款|罚金|合计|共计|总计)+(?=[¥￥]|人民币|[0-9〇零一二三四五六七八九十两壹贰貳叁參肆伍陆陸柒捌玖拾])"
)
_CURRENCY_AHEAD = re.compile(r"(USD|US\$|HKD|HK\$|EUR|€|JPY|GBP|£|RMB|CNY)([\d.,]+(?:[百千万亿]{1,2})?)", re.IGNORECASE)
_SIGNS = {"US$": "USD", "HK$": "HKD", "€": "EUR", "£": "GBP", "RMB": "CNY"}
_NO_ONE_NUMBER = re.compile(r"\d\s+(?!\d{3}(?!\d))\d|\.\d+\s+\d")
"""Digits with a space between that does not part thousands: two numbers, or one of which something is lost."""


@lru_cache(maxsize=10_000)  # round amounts come again and again, as do shares
def parse_money(text: str | None, unit: str = "元") -> Money | None:
    """5,000(万元), 30(万元人民币), 150(万美元), 2.4万元, 8.54亿, 伍万元整, 50000元(大写:伍万元整).

    `unit` counts only for a bare number: the unit of the column, "元" or "万元".

    Raises:
        ValueError: it is no exact amount, or figure and words differ.
    """
    text = plain(text)
    if _NO_ONE_NUMBER.search(text):
        raise ValueError("is not one amount of money: a space stands between its digits")
    text = _AHEAD.sub("", _LABEL.sub("", re.sub(r"\s|\.-$|[。,;]+$|(?<=元)\.$", "", text)))
    if not text:
        return None
    if ahead := _CURRENCY_AHEAD.fullmatch(text):
        text = ahead[2] + _SIGNS.get(ahead[1].upper(), ahead[1].upper())
    if twice := re.fullmatch(r"([^()]+)\(([^()]*)\)", text):
        # The amount once more in words, or only its unit (万元)?
        once, again = (_amount(part, unit) for part in twice.groups())
        if once is not None and again is not None:
            if once.currency == again.currency == "CNY" and once.amount != again.amount:
                raise ValueError("is an amount of money of which figure and words differ")
            return _checked(once)
    money = _amount(re.sub("[()]", "", text), unit)
    if money is None:
        raise ValueError("is not an amount of money such as 2000, 0.2万元 or 150(万美元)")
    return _checked(money)


def _checked(money: Money) -> Money:
    if money.amount < 0:
        raise ValueError("is a negative amount of money")
    if money.amount >= MOST_MONEY:
        raise ValueError("is more money than there is")
    return money


def _amount(text: str, unit: str) -> Money | None:
    """One amount in figures or in words; None when it is none."""
    text = re.sub("(?<=[元角分])[整正]$", "", text.translate(_FORMAL))
    if found := _SPELT.fullmatch(text):
        whole = chinese_number(found[1])
        if whole is None or not set("元万亿") & set(text):  # 五, 两千: of what?
            return None
        return Money(whole + Decimal(_DIGITS.get(found[2], 0)) / 10 + Decimal(_DIGITS.get(found[3], 0)) / 100, "CNY")
    if parts := _IN_PARTS.fullmatch(text):
        return _summed(parts.groups()[:5])
    found = _MONEY.fullmatch(text)
    currency = _CURRENCIES.get(found[4]) if found else None
    if not found or currency is None:
        if found and _UNIT.fullmatch(found[4]):
            raise UnknownCurrency("is not an amount of money in a currency that is known")
        return None
    bare = not found[3] and not found[4]
    scale = _SCALES[unit.removesuffix("元")] if bare else _SCALES[found[3] or ""]
    return Money(Decimal(found[1] + found[2].replace(",", "")) * scale, currency)


def _summed(parts: Sequence[str | None]) -> Money | None:
    """Parts with the scales 亿, 万, 千, 百 and one as one amount; None when a part is more than the one before it leaves."""
    total, room = Decimal(0), MOST_MONEY
    for part, scale in zip(parts, (10**8, 10**4, 1000, 100, 1), strict=True):
        if part is None:
            continue
        value = Decimal(part.replace(",", "")) * scale
        if value >= room:
            return None
        total, room = total + value, Decimal(scale)
    return Money(total, "CNY")


_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0}
_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億圆圓块两○", "一二二三三四五六六七八九十百千万亿元元元二〇")


def chinese_number(text: str) -> Decimal | None:
    """A whole number in Chinese numerals, with units (三万二千) or digit by digit (二〇二四); None when it is none.

    >>> chinese_number("九千六百六十五"), chinese_number("二亿"), chinese_number("十二"), chinese_number("百千")
    (Decimal('9665'), Decimal('200000000'), Decimal('12'), None)
    """
    if text and all(c in _DIGITS for c in text):
        return Decimal("".join(str(_DIGITS[c]) for c in text)) if len(text) != 2 or "〇" in text else None
    total = Decimal(0)
    for scale, sign in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, divider, rest = text.partition(sign) if sign else (text, "", "")
        if sign and not divider:
            continue
        value = _below_ten_thousand(part)
        if value is None or (sign and not value):
            return None
        total, text = total + value * scale, rest
        if not text:
            break
        if sign and text in _DIGITS:  # 两万五 is 25,000 when spoken
            return None
    return total


def _below_ten_thousand(text: str) -> int | None:
    if re.search("[千百][一二三四五六七八九]$", text):  # 一百五 is 150 when spoken, and 105 when written
        return None
    found = re.fullmatch("零?(?:(.)千)?零?(?:(.)百)?零?(?:(.?)十)?零?(.)?", text)
    digits = (
        [_DIGITS.get(c or ("一" if unit in text else "零")) for c, unit in zip(found.groups(), "千百十 ", strict=True)]
        if found
        else [None]
    )
    if any(d is None for d in digits):
        return None
    return sum(d * scale for d, scale in zip(digits, (1000, 100, 10, 1), strict=True) if d)


def parse_yuan(text: str | None, unit: str = "元") -> float | None:
    """As `parse_money`, as the schema keeps it: a number of yuan. Other currencies are refused, not converted."""
    money = parse_money(text, unit)
    if money is None:
        return None
    if money.currency != "CNY":
        raise ValueError(f"is in {money.currency}, not in yuan")
    return float(money.amount)


def parse_capital(text: str | None, unit: str = "元") -> Money | str | None:
    """Registered capital; in a currency that is not known as it is written."""
    try:
        return parse_money(text, unit)
    except UnknownCurrency:
        return text


def said_of_capital(capital: Money | str | None) -> dict[str, Any]:
    """Registered capital as a profile says it."""
    if isinstance(capital, Money):
        return {"capital": float(capital.amount), "capital_currency": capital.currency}
    return {"capital_stated": capital} if capital else {}


ROUNDING = Decimal("0.001")
"""A share that is told in rounded parts may come to so much more than the whole: 100.02% is all of it."""


def whole_at_most(percent: Decimal) -> Decimal:
    """A percentage that is above 100 by rounding only as 100; any other as it is."""
    return Decimal(100) if 100 < percent <= 100 + 100 * ROUNDING else percent


@lru_cache(maxsize=10_000)
def parse_percent(text: str | None) -> Decimal | None:
    """53.83 or 53.83% as 0.5383. Both bounds belong to it."""
    text = plain(text).removesuffix("%").rstrip()
    if not text:
        return None
    if not re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        raise ValueError("is not a percentage such as 53.83")
    share = whole_at_most(Decimal(text)) / 100
    if not 0 <= share <= 1:
        raise ValueError("is a percentage below 0 or above 100")
    return share


def parse_holding(text: str | None) -> Decimal | None:
    """As `parse_percent`, of a holding: more than the whole is kept as it is stated, a contradiction (`share_said`)."""
    text = plain(text)
    above = re.fullmatch(r"(\d{3,}(?:\.\d+)?)\s*%?", text, re.ASCII)
    if above and whole_at_most(Decimal(above[1])) > 100:
        return Decimal(above[1]) / 100
    return parse_percent(text)


def share_said(share: Decimal | float | None) -> dict[str, Any]:
    """A share of the whole as a holding says it; None: it is not known."""
    if share is None or share > 1:
        return {
            "share_min": 0.0,
            "share_max": 1.0,
            "share_known": False,
            "share_above": float(share) if share else None,
        }
    return {"share_min": float(share), "share_max": float(share), "share_known": True}


def parse_whole(text: str | None) -> int | None:
    """A whole number without sign, such as a rank or a year."""
    text = plain(text)
    if not text:
        return None
    if not re.fullmatch(r"\d{1,15}", text, re.ASCII):
        raise ValueError("is not a whole number")
    return int(text)


# --- text -------------------------------------------------------------------------------------------------


def split_list(text: str | None) -> list[str]:
    """The items of a cell with several, by any of ; ； 、 , ，, without those that say nothing."""
    return [item.strip() for item in re.split(r"[;；、,，]", text) if not is_nothing(item)] if text else []


_YEAR_IN_BRACKETS = re.compile(r"[\[(（【〔﹝［『]((?:19|20)\d{2})[\])）】〕﹞］』]")


def document_number(text: str | None, brackets: str = "〔〕") -> str | None:
    """A document number in one spelling: half-width, no spaces, one hyphen, the year in `brackets` (（） in court cases)."""
    text = re.sub(r"\s", "", (text or "").translate(_HALF_WIDTH))
    if not plain(text):
        return None
    return _YEAR_IN_BRACKETS.sub(rf"{brackets[0]}\1{brackets[1]}", text)


# Letters, digits and hyphens only: NFKC would also turn （ into (, which is not how Chinese numbers are written.
_HALF_WIDTH = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0D)
} | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


# --- rows -------------------------------------------------------------------------------------------------


def fault(
    row: Row, field: str, reason: str, *, code: str = "bad-value", todo: str = "", secret: bool = False
) -> SourceError:
    """As `Row.fault`, with whatever could be an id number masked: the message is kept, shown and logged.

    `secret`: the cell is an id number whatever it looks like (a passport, one with a digit too few).

    Args:
        reason: what is wrong.
        code: the kind of fault.
        todo: what to do.
    """
    value = row.as_written(field)
    if code == "invalid-code" and not citizen_id_faults(normalise_code(value) or ""):
        code, secret = "misplaced-id", True
        todo = "Put the columns right at the source; a person's number belongs into the column for it."
    return SourceError(
        mask_ids_in(reason),
        file=row.file,
        line=row.line,
        field=field,
        value=mask_id(value) if secret else mask_ids_in(value),
        code=code,
        todo=todo,
    )


def cell(row: Row, field: str, parse: Callable[[str | None], T]) -> T:
    """The cell through a parser of this module; its ValueError becomes a fault of the row."""
    try:
        return parse(row.get(field))
    except ValueError as e:
        raise fault(row, field, str(e), todo="Correct the value at the source.") from e


_PLACE = re.compile(r"(.{2,9}?(?:省|自治区|自治州|地区|盟|市(?!场)|县|区))")


def place_of(organ: str, uscc: str | None = None) -> str | None:
    """Where an organ decides: the division code in its own code, else the place its name begins with.

    Only public bodies (11…) are registered where they act.
    """
    if uscc and uscc.startswith("11") and uscc[2:8].isdigit():
        return uscc[2:8]
    found = _PLACE.match(organ)
    return found[1] if found else None


_PROVINCES = {
    name[:2]: name
    for name in (
        *("北京市", "天津市", "上海市", "重庆市"),
        *(
            "河北省",
            "山西省",
            "辽宁省",
            "吉林省",
            "黑龙江省",
            "江苏省",
            "浙江省",
            "安徽省",
            "福建省",
            "江西省",
            "山东省",
        ),
        *("河南省", "湖北省", "湖南省", "广东省", "海南省", "四川省", "贵州省", "云南省", "陕西省", "甘肃省", "青海省"),
        *("台湾省", "内蒙古自治区", "广西壮族自治区", "西藏自治区", "宁夏回族自治区", "新疆维吾尔自治区"),
    )
}


def province_of(text: str | None) -> str | None:
    """The full name of a province that is given in short: 浙江 is 浙江省. None when it is none."""
    text = plain(text)
    name = _PROVINCES.get(text[:2])
    return name if name and name.startswith(text) else None


# --- stock codes ------------------------------------------------------------------------------------------

_STOCK = re.compile(r"(\d{1,6})(?:\.(SH|SZ|BJ))?", re.ASCII)
_EXCHANGES = {"60": "SH", "68": "SH", "90": "SH", "00": "SZ", "20": "SZ", "30": "SZ"}
"""By the first two digits: shares of Shanghai and Shenzhen, A and B. Others have to name their exchange."""


def parse_stock_code(text: str | None) -> str | None:
    """A stock code with its exchange: 688001 is 688001.SH, 2091 has lost its zeros and is 002091.SZ."""
    text = plain(text).upper()
    if not text:
        return None
    found = _STOCK.fullmatch(text)
    digits = found[1].zfill(6) if found else ""
    exchange = found and (found[2] or _EXCHANGES.get(digits[:2]))
    if not exchange or not digits.strip("0"):
        raise ValueError("is no stock code such as 600001.SH or 002001")
    if _EXCHANGES.get(digits[:2], exchange) != exchange:
        raise ValueError(f"is a stock code of another exchange than {exchange}")
    return f"{digits}.{exchange}"
