"""Whom a cell of the regulator's table names: organisations, persons with where they served, several of them.

Nothing is guessed: a cell is read when each of its parts is one organisation by a name, or one person. What is in brackets
behind a name says where a person served, or what an organisation was called.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graph_model.names import COMPOUND_SURNAMES
from loaders.drafts import EntityMention

OPENING, CLOSING = "（〔[(［【<〈", "）〕])］】>〉"
_O, _C = re.escape(OPENING), re.escape(CLOSING)
_HAN = "\u3400-\u9fff"

# --- words ------------------------------------------------------------------------------------------------

_FULL = (
    "有限公司|有限责任公司|分公司|支公司|公司|分行|支行|总行|分理处|联合社|联社|信用社|合作社|互助社|分社|营业部|营业所|储蓄所"
    "|服务部|办事处|代表处|事务所|合作银行|商业银行|农商银行|农商行|村镇银行|银行|(?:信用卡|销售|电销|服务|营运|运营|理财|票据)中心"
    "|支局|邮政所|有限合伙[)）]?|(?:公司|银行)[一-鿿]{1,12}(?:部|中心|处|局|所|站|点|厅|店)"
)
_SHORT = "(?:财险|产险|寿险|人寿|健康险|保险|经纪|代理|公估|养老险|信托|租赁)(?:公司)?[一-鿿]{0,8}(?:中支|中心支|支|深分|分|分部|总部)"
"""How the regulator shortens names: 甲乙财险丙中支 is 甲乙财产保险股份有限公司丙中心支公司."""
_LATIN = r"[A-Za-z][\w .,&'’()\-]*\b(?:Ltd|Limited|LLC|Inc|Bank|Company|Corporation|Corp|Branch|GmbH|PLC|Co)\b\.?"
_IS_ORGANISATION = re.compile(rf".{{2,}}(?:{_FULL})|.{{2,}}{_SHORT}|{_LATIN}")
_OF_COMPANIES = re.compile(
    "公司|银行|行社|保险|财险|产险|人寿|寿险|经纪|代理|公估|联社|信用社|合作社|农商|支行|分行|中支|营业部|信托|租赁|基金|证券|担保|典当"
    "|集团|中心|协会|服务部|营业所|合伙|商行"
)
"""No name of a person has one of these words, and every full name of a body has."""
_AUTHORITY = re.compile(r"监管总?局|监管分局|银保监|金融监督管理")
_RENAMED = re.compile(rf"(.+?)[{_O}](原|现|曾用名[:：]?)(.+)[{_C}]")
_ABOUT_A_BODY = re.compile(
    rf"(.+?)[{_O}](?:以下)?(?:简称|统一社会信用代码|法定代表人|负责人|住所|地址|机构编码)[^{_C}]*[{_C}]"
)
_PERSON = re.compile(rf"(.+?)\s*[{_O}](.+?)[{_C}]?\s*")
_HAN_NAME = re.compile(rf"[{_HAN}]{{2,8}}|[{_HAN}]{{1,12}}(?:·[{_HAN}]{{1,12}}){{1,4}}")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z'’\-.·]*(?:\s+[A-Za-z][A-Za-z'’\-.·]*){0,5}")
# "时任", or a period and "任": a bare 任 could begin a name (任丘).
_IN_OFFICE = re.compile(r"(?:(?:\d{4}年[\d年月至\-—－]*)(?:任|担任)|时任|时为|现任|曾任|原任)?\s*")
_OTHER_NAME = re.compile(rf"^(?:[{_HAN}·]{{2,6}}|[A-Za-z .'-]+)[，,;；、]\s*(?=时任|时为|现任|曾任|原任|\d{{4}}年)")
"""The person's name in the other script, ahead of his post."""
_FORMERLY = re.compile(r"^原(?!阳|平|州)")  # 原阳, 原平 and 原州 are places
# The longest beginning that ends in a word for an organisation. Not 银行保险部 and not 分行公司业务部: there the word
# belongs to a department.
_SERVED_WORDS = (
    "(?:有限公司|有限责任公司|分公司|支公司|分行|支行|分理处|联合社|联社|信用社|合作社|分社|营业所|储蓄所|代表处|办事处"
    "|(?:信用卡|电话销售|电销)中心|营销服务部|农商行|银行(?!保险|业|部|卡))"
)
_SERVED_AT, _ALSO_AT = re.compile(f".{{2,}}{_SERVED_WORDS}"), re.compile(f".+{_SERVED_WORDS}")
_SERVED_SHORT = re.compile(
    "[一-鿿]{2,8}(?:财险|产险|寿险|人寿|健康险|经纪|公估|养老险)[一-鿿]{1,8}?(?:中支|中心支|深分|分公司|支公司)"
)
_AND = re.compile(r"[、，,；;]|及(?!其)")
_UNNAMED = re.compile(
    r"(?:、|，|,|；|;|\s|以及|及|和|与)*(?:其|该行|该公司|该机构)?(?:相关|有关|直接)*(?:责任人员|责任人|直接责任者|涉案人员)"
    r"(?:等)?(?:\d+人|[一二两三四五六七八九十]+[名人])?$"
)
_NUMBERED = re.compile(r"^\s*(?:\d{1,2}[.．、)]|[（(][一二三四五六七八九十\d]{1,2}[)）])\s*")


class UnclearCell(ValueError):
    """Why a cell names nobody for certain: the reason, and the code of the fault."""

    def __init__(self, reason: str, code: str = "unclear-party") -> None:
        super().__init__(reason)
        self.code = code


# --- organisations ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Organisation:
    """A penalised organisation: its present name, and the one that the cell gives beside it."""

    name: str
    former: str | None = None

    @property
    def ref(self) -> EntityMention:
        """As it is known: by its name."""
        return EntityMention(self.name)


@dataclass(frozen=True, slots=True)
class ServingPerson:
    """A penalised person, and what stands in brackets behind the name; empty: nothing."""

    name: str
    bracket: str


@dataclass(frozen=True, slots=True)
class CellParties:
    """All whom a cell names, and in its words those whom it does not name (相关责任人)."""

    parties: tuple[Organisation | ServingPerson, ...]
    unnamed: str | None = None


def organisation(text: str) -> Organisation | None:
    """`B（原A）` and `原A（现B）` are B, formerly A; `原A` is A. None when the text names no single organisation."""
    former = None
    if found := _RENAMED.fullmatch(text):
        outer, word, inner = _FORMERLY.sub("", found[1]), found[2], found[3]
        text, former = (inner, outer) if word == "现" else (outer, inner)
    else:
        text = _FORMERLY.sub("", text)
    if found := _ABOUT_A_BODY.fullmatch(text):
        text = found[1]
    several = re.search(r"[、，,；;\n]", text) and not re.fullmatch(_LATIN, text)
    if several or not _IS_ORGANISATION.fullmatch(text) or _RENAMED.search(text):
        return None
    return Organisation(text, former)


def is_authority(text: str) -> bool:
    """Whether a cell names the authority and no party."""
    outside = re.sub(rf"[{_O}][^{_C}]*[{_C}]?", "", text)
    return bool(_AUTHORITY.search(outside)) and not outside.endswith("公司")


def cell_parties(text: str) -> CellParties:
    """Whom a cell names.

    Raises:
        UnclearCell: a part of it is neither an organisation nor a person.
    """
    text = re.sub(rf"(?<=[{_HAN}])[ \t]+(?=[{_HAN}])", "", text).strip()
    unnamed = _UNNAMED.search(text)
    if unnamed:
        text = text[: unnamed.start()]
        if not text.strip():
            raise UnclearCell("names nobody, only that somebody is responsible", "no-identity")
    words = re.sub(r"^[、，,；;\s]+", "", unnamed[0]) if unnamed else None
    if re.fullmatch(_LATIN, text):
        return CellParties((Organisation(text),), words)
    found: list[Organisation | ServingPerson] = []
    for part in _divided(text):
        one = _party(part)
        if one is None or (isinstance(one, Organisation) and found and not _is_full(one.name)):
            raise UnclearCell(
                "is neither one organisation by its full name nor a person with his organisation in brackets"
                if part == text
                else f"names several, of whom {part!r} is neither an organisation by its full name nor a person"
            )
        found.append(one)
    return CellParties(tuple(dict.fromkeys(found)), words)


def _is_full(name: str) -> bool:
    """Whether a name stands by itself: the second of 甲银行乙支行、丙支行 leaves out whose it is."""
    return bool(re.search("公司|银行|联社|信用社|合作社|保险|财险|人寿|农商", name)) or bool(re.fullmatch(_LATIN, name))


def _party(text: str) -> Organisation | ServingPerson | None:
    text = _NUMBERED.sub("", text).strip()
    if (body := organisation(text)) is not None:
        return body
    found = _PERSON.fullmatch(text)
    name, bracket = (found[1].strip(), found[2].strip()) if found else (text, "")
    told = bool((office := _IN_OFFICE.match(bracket)) and office[0].strip())
    if is_person(name, told=told):
        return ServingPerson(name, bracket)
    # The place of a company, or which of its branches: 甲乙保险（丙分公司）.
    if found and _OF_COMPANIES.search(name) and organisation(bracket) is not None and not told:
        return Organisation(text)
    return None


def is_person(name: str, *, told: bool = False) -> bool:
    """Whether a name can be a person's. `told`: something beside it says so (时任…)."""
    if _LATIN_NAME.fullmatch(name):
        return " " in name or told
    if not _HAN_NAME.fullmatch(name) or _OF_COMPANIES.search(name):
        return False
    return told or "·" in name or len(name) <= (4 if name[:2] in COMPOUND_SURNAMES else 3)


def _divided(text: str) -> list[str]:
    """The parts of a cell, divided outside brackets: at signs, and at 及, 和, 与 between a whole party and another."""
    parts, within = [""], 0
    for c in text:
        within += (c in OPENING) - (c in CLOSING and within > 0)
        if within == 0 and c in "、，,；;\n":
            parts.append("")
        else:
            parts[-1] += c
    return [one for part in parts if part.strip() for one in _joined(part.strip())]


def _joined(text: str) -> list[str]:
    """Two parties with 及, 和 or 与 between them; a name may have such a character itself."""
    whole = _party(text)
    for found in re.finditer("以及|及|和|与", text) if not isinstance(whole, ServingPerson) else ():
        left, right = text[: found.start()].strip(), text[found.end() :].strip()
        one, other = _party(left), _party(right)
        named = isinstance(other, ServingPerson) or (other is not None and _is_full(other.name))
        if one is not None and named and (whole is None or isinstance(one, Organisation)):
            return [left, right]
    return [text]


# --- where a person served --------------------------------------------------------------------------------


def served_at(bracket: str, known: Iterable[str] = ()) -> str | None:
    """The organisation that a person's bracket names, in its own words; None when it names none, or several.

    `known` are the organisations of the same notice: they help where words alone do not (信用卡中心, 营业部), and are meant by
    their short forms.
    """
    bracket = _OTHER_NAME.sub("", bracket)
    text = _FORMERLY.sub("", _IN_OFFICE.sub("", bracket, count=1))
    head, *rest = _AND.split(text)
    names = list(known)
    known = [n for n in names if text.startswith(n) and text[len(n) : len(n) + 1] != "业"]
    # The separator may also stand inside a known name.
    candidates = [max(known, key=len)] if known else []
    if found := _SERVED_AT.match(head):
        candidates.append(found.group())
    if not candidates:
        short = _SERVED_SHORT.match(head)
        if short is None or (rest and any(_ALSO_AT.match(part) for part in rest)):
            return None
        meant = [n for n in names if is_short_for(short.group(), n)]
        return meant[0] if len(meant) == 1 else short.group()
    best = max(candidates, key=len)
    others = [part for part in rest if _ALSO_AT.match(part)] if len(best) <= len(head) else []
    if others:
        # "X银行甲支行、乙支行行长": he served at both, so at X银行, if the notice names it. Two companies: nobody knows.
        parent = max((n for n in known if len(n) < len(best)), key=len, default=None)
        if parent is None or any(re.search("公司|银行|联社", part) for part in others):
            return None
        best = parent
    return re.sub(r"(分行|支行|公司)\1$", r"\1", best)


def names_a_body(bracket: str) -> bool:
    """Whether what stands behind a person speaks of any organisation."""
    return bool(_OF_COMPANIES.search(bracket))


def is_short_for(short: str, full: str) -> bool:
    """Whether a name shortens another: all its characters are there in order, and it begins and ends alike.

    >>> is_short_for("甲乙财险丙中支", "甲乙财产保险股份有限公司丙中心支公司")
    True
    """
    place = 0
    for c in short:
        place = full.find(c, place) + 1
        if not place:
            return False
    return short[:2] == full[:2] or full.startswith("中国" + short[:2])


_ANSWERS_FOR = re.compile(rf"对(.{{2,60}}{_SERVED_WORDS})[^，。；]{{0,80}}?(?:负|承担)[^，。；]{{0,12}}责任")


def answers_for(act: str) -> str | None:
    """The organisation for whose act somebody answers, as the act is told: 对X公司编制虚假资料的行为承担管理责任."""
    found = _ANSWERS_FOR.search(act)
    inside = _SERVED_AT.match(found[1]) if found else None
    return _FORMERLY.sub("", inside.group()) if inside else None
