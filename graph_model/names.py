"""Names of natural persons: which forms a stated name has, and whether two names can be one person's.

Pure: no database. Nobody is ever taken for one person by this; it only says by what two names agree:

- `same`: written alike (`name_key`), second names in brackets aside;
- `script`: alike once traditional characters are simplified (繁 → 简): 鄧暉 and 邓晖;
- `alias`: one of them gives the other's name as a second one, or bore it before: `Hui Deng(邓晖)` and 邓晖;
- `reading`: a name in Latin letters that can be the pinyin of the other: `Hui Deng`, `DENG Hui` and 邓晖.

A mark that tells namesakes apart is no alias: `杨光(大)` is a name of its own and never agrees with 杨光. What stands in
brackets is an alias only when it is plainly a name: in the other script, or after a word such as 曾用名. Everything
else in brackets is read as a mark, which keeps people apart rather than joins them. Readings are those of Hanyu Pinyin
(GB/T 28039: surname and given name); other romanisations, such as Cantonese ones, agree with nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product
from typing import Any, Literal

from graph_model.identifiers import name_key
from graph_model.text import is_nothing

Agreement = Literal["same", "script", "alias", "reading"]

SURNAME_READINGS: dict[str, tuple[str, ...]] = {
    "单": ("shan",),
    "仇": ("qiu",),
    "曾": ("zeng",),
    "解": ("xie",),
    "查": ("zha",),
    "盖": ("ge", "gai"),
    "朴": ("piao",),
    "区": ("ou",),
    "缪": ("miao",),
    "繁": ("po",),
    "折": ("she",),
    "员": ("yun",),
    "贠": ("yun",),
    "翟": ("zhai", "di"),
    "召": ("shao",),
    "种": ("chong",),
    "洗": ("xian",),
    "秘": ("bi",),
    "祭": ("zhai", "ji"),
    "覃": ("qin", "tan"),
    "谌": ("chen", "shen"),
    "郇": ("xun", "huan"),
    "郗": ("xi", "chi"),
    "隗": ("kui", "wei"),
    "牟": ("mou", "mu"),
    "乐": ("yue", "le"),
    "黑": ("he", "hei"),
    "句": ("gou",),
    "卜": ("bu",),
    "柏": ("bai", "bo"),
    "薄": ("bo",),
    "藏": ("zang",),
    "能": ("nai",),
    "都": ("du",),
    "佴": ("nai",),
    "乜": ("nie",),
    "角": ("jue",),
    "长": ("chang",),
    "莘": ("shen", "xin"),
    "重": ("chong",),
    "粘": ("nian",),
    "扎": ("za", "zha"),
    "六": ("lu", "liu"),
    "阚": ("kan",),
    "称": ("chen", "cheng"),
}
"""Surnames of one character that are read otherwise than the character usually is, or that have several readings."""

COMPOUND_SURNAMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "公孙", "慕容", "司徒", "令狐", "夏侯", "宇文", "司空",
            "端木", "独孤", "南宫", "闻人", "轩辕", "公冶", "宗政", "濮阳", "淳于", "太叔", "申屠", "仲孙", "钟离",
            "鲜于", "闾丘", "呼延", "东郭", "西门", "百里", "拓跋", "赫连", "纳兰", "谷梁", "漆雕", "公西", "巫马",
            "公羊", "左丘", "梁丘", "东门", "羊舌", "微生", "南门", "完颜", "耶律", "第五", "长孙",
        ),
        (),
    ),
    "尉迟": ("yuchi",),
    "万俟": ("moqi",),
    "澹台": ("tantai",),
    "单于": ("chanyu",),
    "乐正": ("yuezheng",),
}  # fmt: skip
"""Surnames of two characters, with their reading where it is not that of the characters."""

_MASK = re.compile(
    r"[*＊×✕✖╳□■▇█◼▢☐○◯\ufffd]|某|●(?=●|$)|〇〇|匿名|(?i:MASKED)"
    r"|[\u3400-\u9fff][xXｘＸ]{2,}(?![A-Za-z])|^[xXｘＸ]{1,3}(?=[\u3400-\u9fff])|^[\u3400-\u9fff]{1,3}[xXｘＸ][\u3400-\u9fff]?$"
    r"|(?<=[\u3400-\u9fff])[?？]|[?？](?=[\u3400-\u9fff])|^[\u3400-\u9fff](先生|女士|小姐|同志)$"
)
_ORDER = r"([A-Za-zＡ-Ｚａ-ｚ]\d?|\d{1,3}|[０-９]{1,3}|[一二三四五六七八九十]{1,3}|[甲乙丙丁戊己庚辛壬癸])"
_CALLED = (
    "(大)?(供应商|供货商|供应方|客户|客商|采购商|经销商|承包商|往来单位|交易对手|交易对方|关联方|法人|自然人|个人|股东|投资者|债务人|债权人"
    "|欠款方|单位|公司|企业|商户|机构|某方)"
)
_ANONYMOUS = re.compile(
    rf"[A-Za-zＡ-Ｚａ-ｚ]|{_CALLED}\s*[-—_－·:：]?\s*(第?{_ORDER}(名|号)?)|第?{_ORDER}(名|号)?{_CALLED}|第{_ORDER}(名|位)?"
)
_CALLED_LATIN = "supplier|vendor|customer|client|company|corporation|entity|organi[sz]ation|person|individual|shareholder|party|creditor|debtor"
_ANONYMOUS_LATIN = re.compile(
    rf"(?:{_CALLED_LATIN})[\s\-_#.]*(?:no\.?\s*)?(?:[a-z]|\d{{1,4}})|unknown(?: person| company)?|anonymous|undisclosed|unnamed|n\.?n\.?",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"[\d０-９]{1,14}"  # a number where a name belongs; a longer one may be an id number, which is told
    r"|.{1,12}等\s*[\d０-９一二三四五六七八九十几数多]*(?:名|个|位)?(?:自然)?人|等"  # several, of whom one is named at most
    r"|[A-Za-zＡ-Ｚａ-ｚ](?:集团|(?:股份|责任)?有限(?:责任)?公司|股份公司)"
    r"|[\u3400-\u9fff]{1,2}_+"
)
_TEN_STEMS_ALONE = re.compile("[甲乙丙丁戊己庚辛壬癸](公司|单位|企业|机构)")
_INSTEAD = frozenset(
    [
        "本人",
        "同上",
        "〃",
        "见附件",
        "详见附件",
        "法定代表人",
        "负责人",
        "法人代表",
        "经营者",
        "业主",
        "个人",
        "自然人",
        "其他",
        "其它",
        "其他股东",
        "其他自然人",
        "合计",
        "无名氏",
        "匿名",
        "当事人",
        *("被执行人", "申请人", "被申请人", "申请执行人", "原告", "被告", "第三人", "委托代理人", "上诉人", "被上诉人"),
        "被处罚人",
        "行政相对人",
        "自然人股东",
        "法人股东",
        "社会公众股东",
        "其他小股东",
        "其他股东合计",
    ]
)

_MOST_READINGS = 24
_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]{2,}")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’\-. ,]*")
_BRACKET = re.compile(r"\(([^()]*)\)")
_SECOND_NAME = re.compile(r"(?:曾用名|曾用姓名|原名|又名|别名|化名|本名|中文名|英文名)(?:为|是)?:?(.+)")
_OPEN, _CLOSE = "[{（［｛〔【〖﹙﹝❨", "]}）］｝〕】〗﹚﹞❩"
_BRACKETS = str.maketrans(_OPEN + _CLOSE, "(" * len(_OPEN) + ")" * len(_CLOSE))


@dataclass(frozen=True, slots=True)
class Name:
    """A stated name. `forms` are compared as they are, `readings` only with those of another name."""

    written: str
    """The name itself as `name_key` has it, with its mark, without second names."""
    form: str
    """The same, simplified."""
    aliases: frozenset[str]
    """Further names that the statement gives for the same person."""
    readings: frozenset[str]
    """`surname given` of what is in Latin letters, in each order that it may have."""

    @property
    def forms(self) -> frozenset[str]:
        """All that it may be compared by."""
        return self.aliases | {self.form}


def is_masked(name: str) -> bool:
    """Whether signs stand in a name for what is not told: `罗*`, `罗某某`, `云渡××有限公司`, or characters that were lost."""
    return _MASK.search(name) is not None


@lru_cache(maxsize=65_536)
def is_nobody(name: str) -> bool:
    """Whether what stands where a name belongs names nobody, so that two of them need not be one.

    It says nothing (`-`, 未公示), is masked, stands for all of its kind (`供应商-A`, `法人1`, `A客户`, one letter), or is a
    word instead of a name (同上).

    >>> [is_nobody(n) for n in ("罗*", "罗某某", "无", "供应商-A", "法人1", "A", "第一大客户", "罗云", "甲骨文公司", "TCL公司")]
    [True, True, True, True, True, True, True, False, False, False]
    """
    name = name.strip()
    if is_nothing(name) or is_masked(name) or name in _INSTEAD:
        return True
    if _NO_NAME.fullmatch(name) or _ANONYMOUS_LATIN.fullmatch(name):
        return True
    return bool(_ANONYMOUS.fullmatch(name)) and not _TEN_STEMS_ALONE.fullmatch(name)


_SORT_OF_BODY = re.compile(
    r".{2,}(?:公司|集团|银行|支行|分行|事务所|合作社|营业部|经营部|服务部|商行|中心|学校|医院|协会|工作室|超市|有限合伙\)?)(?:\(.+\))?"
    r"|.{4,}[厂店行部社院所校园会站场馆楼坊屋铺局队库户矿城厅堂吧室档](?:\(.+\))?"
)
_LATIN_BODY = re.compile(
    r"\w.*\b(?:ltd|limited|llc|inc|bank|company|corporation|corp|gmbh|plc|co|s\.?a|ag|b\.?v|llp)\.?", re.IGNORECASE
)


def is_body_name(name: str) -> bool:
    """Whether a name can only be that of a body: it ends with a word for a sort of body. Of a person it is never told.

    >>> [is_body_name(n) for n in ("湘江建设有限公司", "云渡县罗记小吃店", "Yundu Trading Ltd.", "罗小云", "Marco", "罗某（时任甲支行行长）")]
    [True, True, True, False, False, False]
    """
    return bool(_SORT_OF_BODY.fullmatch(name_key(name)) or _LATIN_BODY.fullmatch(name.strip()))


@lru_cache(maxsize=65_536)
def simplified(text: str) -> str:
    """Traditional characters → simplified ones (OpenCC t2s). Several can become one: a hint, no proof."""
    return _converter().convert(text)


_NO_BRACKETS = str.maketrans("", "", "()")


def alike_key(name: str) -> str | None:
    """A normalised name (`name_key`) without brackets and in simplified script; None when that is the name itself.

    Two bodies whose names agree so may be one: a doubt, never a link.

    >>> alike_key("湘江建設(湖南)有限公司"), alike_key("湘江建设湖南有限公司")
    ('湘江建设湖南有限公司', None)
    """
    alike = name.translate(_NO_BRACKETS)
    try:
        alike.encode("gb2312")  # what stands in that table is simplified; the converter is slow
    except UnicodeEncodeError:
        alike = simplified(alike)
    return None if alike in (name, "") else alike


@cache
def _converter() -> Any:
    import opencc  # here, as pypinyin below: their tables take half a second, and most commands ask for no name

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=65_536)
def parse_name(text: str) -> Name:
    """A name as a source states it.

    >>> sorted(parse_name("Hui Deng（邓晖）").forms), sorted(parse_name("杨光(大)").forms)
    (['HUIDENG', '邓晖'], ['杨光(大)'])
    """
    plain = unicodedata.normalize("NFKC", text).translate(_BRACKETS).strip()
    outer = _BRACKET.sub("", plain).strip()
    aliases, readings, marks = set(), set(), []
    for inner in _BRACKET.findall(plain):
        second = _SECOND_NAME.fullmatch(inner.strip())
        other = (second[1] if second else inner).strip()
        if _HAN.fullmatch(name_key(other)) and (second or _is_latin(outer)):
            aliases.add(simplified(name_key(other)))
        elif _is_latin(other) and (second or _HAN.fullmatch(name_key(outer))):
            aliases.add(name_key(other))
            readings |= latin_readings(other)
        else:
            marks.append(name_key(inner))
    mark = "".join(f"({m})" for m in marks)
    written = name_key(outer) + mark
    form = simplified(written)
    if _is_latin(outer) and not mark:
        readings |= latin_readings(outer)
    return Name(written, form, frozenset(aliases) - {form}, frozenset(readings))


def _is_latin(text: str) -> bool:
    """Whether it is a name in Latin letters: two words or more. One word may be a mark (A) or a title (CEO)."""
    return bool(_LATIN.fullmatch(_ascii(text))) and len(_words(text)) > 1


def _ascii(text: str) -> str:
    text = text.replace("ü", "v").replace("Ü", "V")
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    words = re.findall(r"[a-z]+", _ascii(text).lower().replace("'", "").replace("’", ""))
    return [re.sub(r"^([ln])yu(?=$|e|an)", r"\1v", w) for w in words]


def latin_readings(text: str) -> frozenset[str]:
    """The ways in which a name in Latin letters can be surname and given name.

    The surname may stand first or last, and may have two syllables; before a comma it is known.

    >>> sorted(latin_readings("Hui Deng")), sorted(latin_readings("Deng, Hui"))
    (['deng hui', 'hui deng'], ['deng hui'])
    """
    head, comma, tail = text.partition(",")
    if comma:
        surname, given = "".join(_words(head)), "".join(_words(tail))
        return frozenset({f"{surname} {given}"} if surname and given else ())
    words = _words(text)
    found = set()
    for size in (1, 2):
        if len(words) > size:
            found.add(f"{''.join(words[:size])} {''.join(words[size:])}")
            found.add(f"{''.join(words[-size:])} {''.join(words[:-size])}")
    return frozenset(found)


@lru_cache(maxsize=16_384)
def _syllables(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    (found,) = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore") or ([],)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65_536)
def han_readings(form: str) -> frozenset[str]:
    """`surname given` in pinyin of a simplified name of two to five characters, with each reading its characters have.

    >>> sorted(han_readings("单雄")), sorted(han_readings("吕布"))
    (['shan xiong'], ['lu bu', 'lv bu'])
    """
    if not (2 <= len(form) <= 5 and _HAN.fullmatch(form)) or "·" in form:
        return frozenset()
    size = 2 if len(form) > 2 and form[:2] in COMPOUND_SURNAMES else 1
    surnames: Iterable[str] = COMPOUND_SURNAMES.get(form[:2], ()) if size == 2 else SURNAME_READINGS.get(form[0], ())
    # The first reading of a character is its usual one; a surname has others only by the table.
    surnames = surnames or ("".join((_syllables(c) or ("",))[0] for c in form[:size]),)
    given = ["".join(parts) for parts in islice(product(*(_syllables(c)[:3] for c in form[size:])), _MOST_READINGS)]
    found = {f"{s} {g}" for s in surnames for g in given if s and g}
    # ü is written v, yu or u: 吕 is Lü, Lyu or Lu. Names in Latin letters are read with v.
    return frozenset(found | {name.replace("v", "u") for name in found})


_READ_IN_CONTEXT = re.compile("[长重行朝乐调率参藏传厦会车盛卡]")
"""Characters of many names of which the word around them decides how they are read."""


@cache
def _first_letters() -> dict[int, str | None]:
    """Character → first letter of its usual reading; Latin letters and digits stand as they are, all else goes."""
    from pypinyin.constants import PINYIN_DICT

    letters = {code: unicodedata.normalize("NFD", readings)[0] for code, readings in PINYIN_DICT.items()}
    return {**letters, **{ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}}


def initials(name: str) -> str | None:
    """First letters of the pinyin of a normalised name (`name_key`); None where it has no Chinese character.

    One reading of each name: that of the word around a character, or of a surname.

    >>> initials("长沙存疑食品有限公司"), initials("单雄信"), initials("ABC CO")
    ('cscyspyxgs', 'sxx', None)
    """
    if name.isascii():
        return None
    table = _first_letters()
    if name[0] in SURNAME_READINGS and len(name) < 5:
        return SURNAME_READINGS[name[0]][0][0] + (initials(name[1:]) or "")
    if _READ_IN_CONTEXT.search(name):
        from pypinyin import Style, lazy_pinyin

        name = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    letters = "".join(letter for c in name.upper() if (letter := table.get(ord(c))))
    return letters or None


def agreement(one: Iterable[Name], other: Iterable[Name]) -> Agreement | None:
    """By what the names of one party agree with those of another; None when they do not.

    Args:
        one, other: the current name first, then those that were borne before.
    """
    ones, others = list(one), list(other)
    if not (ones and others):
        return None
    first, second = ones[0], others[0]
    if first.written == second.written:
        return "same"
    if first.form == second.form:
        return "script"
    forms = frozenset().union(*(n.forms for n in ones))
    if forms & frozenset().union(*(n.forms for n in others)):
        return "alias"
    return "reading" if _read_alike(ones, others) or _read_alike(others, ones) else None


def _read_alike(ones: list[Name], others: list[Name]) -> bool:
    """Whether a name in Latin letters among the first can be read as one among the others."""
    latin = frozenset().union(*(n.readings for n in ones))
    if not latin:
        return False
    return any(latin & n.readings or any(latin & han_readings(f) for f in n.forms) for n in others)
