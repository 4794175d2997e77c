"""Text as it comes from files and people: what makes two texts differ that a reader takes for the same, and what says nothing.

`clean` is the one place where that is put right: rows go through it when they are made (`loaders.drafts.Row`), lists
of parties and questions before anybody is looked for. Names and numbers are made of cleaned text only. Pure.

What is left alone: 繁 and 简, brackets, width and case of letters. They are seen, and so they are shown as written;
keys fold what they must (`graph_model.identifiers`).
"""

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

# --- what nobody sees ---------------------------------------------------------------------------------------

_LINE_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_SPACES = "\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
INVISIBLE: frozenset[int] = frozenset(
    (
        *range(0x09),
        *range(0x0E, 0x1C),
        0x1F,
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),  # C1: what is left of quotes and dashes of Windows
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5),
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0x3164,
        *range(0xFE00, 0xFE10),
        *(0xFEFF, 0xFFA0),
        *range(0xFFF0, 0xFFFD),  # with U+FFFC: a picture stood here
        *range(0x1BCA0, 0x1BCA4),
        *range(0x1D173, 0x1D17B),
        *range(0xE0000, 0xE1000),
        *range(0xF020, 0xF100),  # signs of the font Symbol: bullets and ticks of Word and PDF
    )
)
"""Control characters and all that Unicode calls default-ignorable (zero width, direction marks, variation selectors)."""

# --- what looks the same ------------------------------------------------------------------------------------

_RADICALS = (
    "⺁厂 ⺂乛 ⺃乚 ⺄乙 ⺅亻 ⺆冂 ⺇𠘨 ⺈刀 ⺉刂 ⺊卜 ⺋㔾 ⺌小 ⺍小 ⺎兀 ⺏尣 ⺐尢 ⺑𡯂 ⺒巳 ⺓幺 ⺔彑 ⺕彐 ⺖忄 ⺗心 ⺘扌 ⺙攵 ⺛旡 "
    "⺜日 ⺝月 ⺞歺 ⺟母 ⺠民 ⺡氵 ⺢氺 ⺣灬 ⺤爫 ⺥爫 ⺦丬 ⺧牛 ⺨犭 ⺩王 ⺪𤴔 ⺫目 ⺬示 ⺭礻 ⺮𥫗 ⺯糹 ⺰纟 ⺱罓 ⺲罒 ⺳㓁 ⺴冗 ⺵𦉫 "
    "⺶羊 ⺷𦍌 ⺸𦍋 ⺹耂 ⺺肀 ⺻聿 ⺼肉 ⺽𦥑 ⺾艹 ⺿艹 ⻀艹 ⻁虎 ⻂衤 ⻃覀 ⻄西 ⻅见 ⻆角 ⻇𧢲 ⻈讠 ⻉贝 ⻊𧾷 ⻋车 ⻌辶 ⻍辶 ⻎辶 ⻏邑 "
    "⻐钅 ⻑長 ⻒镸 ⻓长 ⻔门 ⻕𨸏 ⻖阝 ⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻞𩙿 ⻟飠 ⻠饣 ⻡𩠐 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 "
    "⻪黾 ⻫斉 ⻬齐 ⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀 ⻳龟 ㇆𠃌 ㇏乀 ㇐一 ㇑丨 ㇒丿 ㇓丿 ㇔丶 ㇕𠃍 ㇖乛 ㇗𠃊 ㇘𠃎 ㇙𠄌 ㇚亅 ㇛𡿨 ㇜𠃋 ㇝乀 "
    "㇞𠃑 ㇟乚 ㇠乙 ㇡𠄎 "
)
"""Radicals and strokes, each before the ideograph that it is taken for (Equivalent_Unified_Ideograph)."""

_OLD_GBK = dict(
    zip(
        (
            0xE816,
            0xE817,
            0xE818,
            0xE81E,
            0xE826,
            0xE82B,
            0xE82C,
            0xE831,
            0xE832,
            0xE83B,
            0xE843,
            0xE854,
            0xE855,
            0xE864,
        ),
        "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u9fbb",
        strict=True,
    )
)
"""Ideographs that GB 18030 had in the private area until 2005."""


def _alike() -> dict[int, str]:
    """Character → the one that it is taken for, where the standard tells which that is."""
    found: dict[int, str] = {ord(pair[0]): pair[1] for pair in _RADICALS.split()}
    # Kangxi radicals, compatibility ideographs, ligatures of Latin letters
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFB07), *range(0x2F800, 0x2FA20)):
        if (plain := unicodedata.normalize("NFKC", chr(code))) != chr(code):
            found[code] = plain
    for code, byte in zip(range(0xE815, 0xE865), (*range(0x50, 0x7F), *range(0x80, 0xA1)), strict=True):
        character = _OLD_GBK.get(code) or bytes((0xFE, byte)).decode("gb18030")
        found[code] = found.get(ord(character), character)
    found |= dict(zip(range(0xE78D, 0xE797), "，。、：；！？〖〗…", strict=True))  # signs for vertical text
    found |= {0xE7C7: "ḿ", 0xE5E5: " ", 0x2010: "-", 0x2011: "-", 0x2212: "-"}
    return found | dict.fromkeys(map(ord, _LINE_BREAKS), "\n") | dict.fromkeys(map(ord, _SPACES), " ")


ALIKE: dict[int, str] = _alike()
_TABLE: dict[int, str | None] = {**ALIKE, **dict.fromkeys(INVISIBLE)}


def ranges(codes: Iterable[int]) -> str:
    """Codes as the inside of a character class."""
    out: list[list[int]] = []
    for code in sorted(codes):
        if out and code == out[-1][1] + 1:
            out[-1][1] = code
        else:
            out.append([code, code])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in out)


# Marks that may stand behind a letter instead of on it, and signs that are letters: NFC puts them right.
_COMBINING = (*range(0x300, 0x370), 0x3099, 0x309A, 0x2126, 0x212A, 0x212B)
_ORDINARY = re.compile(
    '[\t\n\r !"#$%()*+,\\-./0-9:;>?@A-Z\\[\\]^`a-z{|}~\xa5\xb7\xd7\u2013\u2014\u2018-\u201d\u2026\u3001-\u3020\u3400-\u9fff\uff01-\uff5e\uffe5]*'
)
"""Nearly all text, seen at once: what matches is clean."""
_ODD = re.compile(f"[&{ranges([*_TABLE, *_COMBINING])}]|_x00|\\\\[ux]|ï»¿|<[bB][rR]|^['=]")
"""What text has that may not be clean."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(r"\\u(200[b-f]|202[8-9a-e]|2060|feff|00ad|00a0|3000)|\\x(a0|ad)", re.IGNORECASE)
_OF_BOOKS = re.compile(r"_x00([01][0-9a-f]|7f)_", re.IGNORECASE)
_GUARD = re.compile(r"'(?=[\dA-Za-z*-]{6,}$)|=\"([^\"]*)\"$")


def clean(text: str) -> str:
    """A text as a reader sees it: nothing in it that is invisible, and each character the one that it is taken for.

    Also undone is what exports and copying leave: entities and line breaks of HTML (`&nbsp;`, `<br>`), escapes that were
    never read (`_x000D_`, `\\u3000`), the mark of UTF-8 read as Latin (`ï»¿`), and the apostrophe or `="…"` by which a
    number is guarded in a spreadsheet. Cleaning twice changes nothing more.

    >>> clean("\u2ed3沙\u200b\u2fa6石"), clean("A &amp; B"), clean("'430100"), clean("\ue863")
    ('长沙金石', 'A & B', '430100', '䶮')
    """
    return text if is_ordinary(text) or not _ODD.search(text) else _cleaned(text)


def is_ordinary(text: str) -> bool:
    """Whether a look is enough to tell that a text is clean."""
    return _ORDINARY.fullmatch(text) is not None


def _cleaned(text: str) -> str:
    before = None
    while text != before:
        before = text
        text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
        text = _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
        text = _OF_BOOKS.sub(lambda found: chr(int(found[1], 16)), text).replace("ï»¿", "")
        text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
        text = unicodedata.normalize("NFC", text.translate(_TABLE))
        text = _GUARD.sub(lambda found: found[1] or "", text) if text[:1] in ("'", "=") else text
    return text


def clean_json(text: str) -> str:
    """A JSON value as text, with each text in it cleaned; text that is no JSON is cleaned as it is."""
    try:
        value = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return clean(text)
    tidy = _nested(value)
    return text if tidy == value else json.dumps(tidy, ensure_ascii=False)


def _nested(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_nested(item) for item in value]
    return {key: _nested(item) for key, item in value.items()} if isinstance(value, dict) else value


# --- what says nothing --------------------------------------------------------------------------------------

_OF_EXPORTS = (
    "NULL NONE NIL NAN NAT NA N/A N.A. N.A UNDEFINED <NA> <NULL> <NONE> (NULL) (NONE) [NULL] {NULL} \\N #N/A #NA #NULL! -NAN"
    " NAN.0 PD.NA NOT_AVAILABLE NO_DATA MISSING"
)
_OF_CLERKS = (
    "无 暂无 空 空白 空值 不详 未知 不明 不适用 未提供 未填 未填写 未填报 未录入 未登记 未公示 未公开 未公布 不公示 不公开 不予公示 不予公开 不予公布"
    " 暂未公示 暂未公开 暂缺 缺失 缺 没有 略 无数据 无信息 无相关信息 暂无信息 暂无数据 无此项 无内容 查无 待补充 待填 待完善 未采集 未查到 无名称"
)
_WORDS = frozenset((*_OF_EXPORTS.split(), *_OF_CLERKS.split()))
_MARKS = re.compile(r"[-‐‑‒–—―−－_/／\\＼|｜*＊.。,，、…~～·?？\s]*")
_AROUND = "()（）[]【】〔〕<>《》“”\"'"

FIRST_OF_NOTHING = frozenset(
    "".join(w[0] + w[0].lower() for w in _WORDS) + _AROUND + "-‐‑‒–—―−－_/／\\\\＼|｜*＊.。,，、…~～·?？ \t\n\r＃"
)
FIRST_OF_NOTHING |= {chr(ord(c) + 0xFEE0) for c in FIRST_OF_NOTHING if "!" <= c <= "~"}
"""What a text that says nothing may begin with: for a quick no."""

LONGEST_NOTHING = 14
"""Characters of the longest text that says nothing."""


def is_nothing(text: str) -> bool:
    """Whether a text only says that there is nothing: no text, marks (`-`, `/`, `***`), a word of an export or a clerk.

    >>> [is_nothing(t) for t in ("", " － ", "＜NA＞", "\\\\N", "（无）", "无锡", "0", "√")]
    [True, True, True, True, True, False, False, False]
    """
    if text[:1] not in FIRST_OF_NOTHING or len(text) > LONGEST_NOTHING:
        return not text.strip()
    if _MARKS.fullmatch(text):
        return True
    word = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().upper()
    return word in _WORDS or word.strip(_AROUND).strip() in _WORDS
