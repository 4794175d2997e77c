"""Penalties of the financial regulator, as a table scraped from its notices (source `nfra`).

One row is one penalised party; the rows of one notice belong together (`prepare` gathers its organisations). The
table was parsed badly in places, so nothing in it is believed because of its column alone:

- `当事人类型` and `所属机构` are guesses of the scraper, and often wrong: they are not read. Whether a party is an
  organisation or a person, and where the person served, is read from the party's own cell.
- A row whose cells have slipped (the authority in the party's column, a date as the content) is rejected, and so is
  a person for whom the cell names no organisation in full. Nothing is guessed: 1,024 rows are read or rejected.

The notice numbers its decisions as a range (109—111号): which is whose it does not say, so all parties carry the range.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from graph_model.errors import SourceError
from graph_model.identifiers import name_key
from graph_model.schema import ImposedBy, ImposedOn, Profile, ResponsibleFor
from loaders.drafts import (
    Draft,
    EntityMention,
    Mention,
    PartyMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
)
from loaders.reading.values import cell, document_number, fault, parse_date, parse_yuan, split_list

# --- words ------------------------------------------------------------------------------------------------

_OPEN, _CLOSE = "（〔[(［【<〈", "）〕])］】>〉"
_SUFFIX = (
    "有限公司|有限责任公司|分公司|支公司|公司|分行|支行|分理处|联合社|联社|信用社|合作社|分社|信用卡中心"
    "|营销服务部|合作银行|商业银行|农商银行|农商行|村镇银行|银行|营业部"
)
_IS_ORGANISATION = re.compile(rf".{{2,}}({_SUFFIX})")
_AUTHORITY = re.compile(r"监管总?局|监管分局|银保监|金融监督管理")
_RENAMED = re.compile(rf"(.+?)[{re.escape(_OPEN)}](原|现|曾用名[:：]?)(.+)[{re.escape(_CLOSE)}]")
_PERSON = re.compile(rf"([一-鿿·]{{2,6}}?)\s*[{re.escape(_OPEN)}](.+?)[{re.escape(_CLOSE)}]?\s*")
# "时任", or a period and "任": a bare 任 could begin a name (任丘).
_IN_OFFICE = re.compile(r"(?:(?:\d{4}年[\d年月至\-—－]*)(?:任|担任)|时任|时为|现任|曾任|原任)?\s*")
_FORMERLY = re.compile(r"^原(?!阳|平|州)")  # 原阳, 原平 and 原州 are places
# The longest beginning that ends in a word for an organisation. Not 银行保险部 and not 分行公司业务部: there the word
# belongs to a department.
_SERVED_WORDS = (
    "(?:有限公司|有限责任公司|分公司|支公司|分行|支行|分理处|联合社|联社|信用社|合作社|分社|信用卡中心"
    "|营销服务部|农商行|银行(?!保险|业|部|卡))"
)
_SERVED_AT, _ALSO_AT = re.compile(f".{{2,}}{_SERVED_WORDS}"), re.compile(f".+{_SERVED_WORDS}")
_AND = re.compile(r"[、，,；;]|及(?!其)")


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


def organisation(text: str) -> Organisation | None:
    """`B（原A）` and `原A（现B）` are B, formerly A; `原A` is A. None when the text names no single organisation."""
    former = None
    if found := _RENAMED.fullmatch(text):
        outer, word, inner = _FORMERLY.sub("", found[1]), found[2], found[3]
        text, former = (inner, outer) if word == "现" else (outer, inner)
    else:
        text = _FORMERLY.sub("", text)
    if not _IS_ORGANISATION.fullmatch(text) or re.search(r"[、，,；;\n]", text) or _RENAMED.search(text):
        return None
    return Organisation(text, former)


def served_at(bracket: str, known: Iterable[str] = ()) -> str | None:
    """The organisation that a person's bracket names, in its own words; None when it names none, or several.

    `known` are the organisations of the same notice: they help where words alone do not (信用卡中心, 营业部).
    """
    text = _FORMERLY.sub("", _IN_OFFICE.sub("", bracket, count=1))
    head, *rest = _AND.split(text)
    known = [n for n in known if text.startswith(n) and text[len(n) : len(n) + 1] != "业"]
    # The separator may also stand inside a known name.
    candidates = [max(known, key=len)] if known else []
    if found := _SERVED_AT.match(head):
        candidates.append(found.group())
    if not candidates:
        return None
    best = max(candidates, key=len)
    others = [part for part in rest if _ALSO_AT.match(part)] if len(best) <= len(head) else []
    if others:
        # "X银行甲支行、乙支行行长": he served at both, so at X银行, if the notice names it. Two companies: nobody knows.
        parent = max((n for n in known if len(n) < len(best)), key=len, default=None)
        if parent is None or any(re.search("公司|银行|联社", part) for part in others):
            return None
        best = parent
    return re.sub(r"(分行|支行|公司)\1$", r"\1", best)


# --- notices ----------------------------------------------------------------------------------------------


@dataclass
class Notice:
    """The organisations that one notice penalises, by name key, with the sanction of each."""

    organisations: dict[str, tuple[Organisation, Mention | None]] = field(default_factory=dict)

    def add(self, found: Organisation, sanction: Mention | None) -> None:
        """Note an organisation, under its names, and what was decided against it."""
        for name in filter(None, (found.name, found.former)):
            # Two decisions against one organisation: which of them a person answers for is not known.
            both = name_key(name) in self.organisations
            self.organisations[name_key(name)] = (found, None if both else sanction)

    def names(self) -> list[str]:
        """All names of its organisations."""
        return [name for o, _ in self.organisations.values() for name in filter(None, (o.name, o.former))]


Notices = dict[str, Notice]


def notices(rows: Iterator[Row]) -> Notices:
    """All organisations of all notices: persons may stand before the organisation they served."""
    found: Notices = {}
    for row in rows:
        party = row.get("当事人名称")
        company = None if party is None or _AUTHORITY.search(party) else organisation(party)
        if company is not None:
            notice = found.setdefault(_notice_key(row), Notice())
            try:
                notice.add(company, _penalty(row, company.ref)[0].start)
            except SourceError:  # this row will be rejected: there is no sanction to be responsible for
                notice.add(company, None)
    return found


def _notice_key(row: Row) -> str:
    """The notice's own number; titles repeat."""
    link = re.search(r"docId=(\d+)", row.get("源链接") or "")
    return f"docId={link[1]}" if link else row.get("文档标题") or ""


_NUMBER_IN_TITLE = re.compile(r"([一-鿿]*字\s*[\[(（【〔﹝［]\d{4}[\])）】〕﹞］].*|\d{4}年\s*\d+号.*)$")


def number_of(row: Row) -> str | None:
    """The decision's number: of its own column, else what the title gives in or without brackets (often a range)."""
    if number := cell(row, "处罚决定书文号", document_number):
        return number
    title = row.get("文档标题") or ""
    inside = title.rsplit("公开表")[-1].rsplit("公示表")[-1]
    found = _NUMBER_IN_TITLE.search(inside)
    return document_number(found[1].strip(_CLOSE + " ")) if found else None


def sanction_of(row: Row, subject: PartyMention) -> SanctionMention:
    """The decision against one party. Without a number, the number of the notice stands for it."""
    number = number_of(row) or _notice_key(row)
    return SanctionMention(row.get("作出决定机关") or "", number, subject, row.get("文档标题"))


# --- rows -------------------------------------------------------------------------------------------------


_LOOK = "Read the notice (源链接) and enter the row again."


def _unsafe(row: Row, field: str, reason: str, todo: str) -> SourceError:
    return fault(row, field, reason, code="quarantined", todo=todo)


def drafts(row: Row, context: Notices) -> Iterator[Draft]:
    """The penalty of one party, the organ, and for a person the responsibility that the notice states."""
    party = row.get("当事人名称")
    if party is None:
        raise _unsafe(row, "当事人名称", "is empty: the table was parsed wrongly here, or it is no penalty", _LOOK)
    if _AUTHORITY.search(party):
        raise _unsafe(row, "当事人名称", "names the authority: the columns have slipped", _LOOK)
    if "责任人" in re.sub(rf"[{re.escape(_OPEN)}].*", "", party):
        raise _unsafe(
            row,
            "当事人名称",
            "names an organisation and persons without their names",
            "Enter one row for each.",
        )
    if (company := organisation(party)) is not None:
        yield from _penalty(row, company.ref)
        if company.former:
            names = Profile(name=company.name, former_names=[company.former])
            yield Draft(names, company.ref, data_date=_published(row), owner=row.get("作出决定机关"))
    else:
        yield from _person(row, party, context.get(_notice_key(row), Notice()))


def _person(row: Row, party: str, notice: Notice) -> Iterator[Draft]:
    found = _PERSON.fullmatch(party)
    if found is None or organisation(found[1]) is not None:
        raise _unsafe(
            row,
            "当事人名称",
            "is neither one organisation by its full name nor a person with his organisation in brackets",
            "Enter one party in each row: the full name, or NAME（时任ORGANISATION POST）.",
        )
    name, bracket = found[1], found[2]
    served = served_at(bracket, notice.names())
    if served is None:
        raise _unsafe(
            row,
            "当事人名称",
            "does not name the one organisation at which the person served",
            "Enter NAME（时任ORGANISATION POST）.",
        )
    company, sanction = notice.organisations.get(name_key(served), (Organisation(served), None))
    person = PersonMention(name, scope=company.ref)
    penalty = _penalty(row, person)
    yield from penalty
    yield Draft(
        ResponsibleFor(
            capacity="DRM" if "直接负责的主管人员" in bracket else "DRP",
            capacity_stated=bracket,
            basis="named",
            document=number_of(row) or row.get("文档标题"),
        ),
        person,
        # Each party has a decision of its own. His names him; that he answers for his organisation's act is what
        # the notice says by penalising both, so that is where the responsibility points when it is known.
        sanction or penalty[0].start,
        data_date=_published(row),
        owner=row.get("作出决定机关"),
    )


def _published(row: Row) -> date | None:
    return cell(row, "发布日期", parse_date)


def _penalty(row: Row, subject: PartyMention) -> list[Draft]:
    """IMPOSED_ON and, when the organ is known, IMPOSED_BY of one party."""
    sanction = sanction_of(row, subject)
    authority = row.get("作出决定机关")
    if authority is None and row.get("吊销原因") is None:
        raise _unsafe(row, "作出决定机关", "is empty: the columns have slipped", _LOOK)
    decided = cell(row, "作出处罚决定的日期", parse_date) or cell(row, "作出决定时间", parse_date)
    branch = row.get("机构编码")
    common: dict[str, Any] = {
        "record": f"{sanction.authority}|{sanction.document_number}|{subject.name}",
        "data_date": _published(row),
        "owner": authority,
    }
    said = ImposedOn(
        kind="penalty",
        penalty_kinds=split_list(row.get("处罚类型")) or None,
        title=row.get("文档标题"),
        document_number=number_of(row),
        authority=authority,
        act=row.get("主要违法违规事实"),
        facts_found=row.get("吊销原因"),
        basis_stated=row.get("行政处罚依据"),
        content=row.get("行政处罚内容"),
        since=decided,
        decided_on=decided,
        published_on=_published(row),
        fine_yuan=_fine(row),
        certificates=f"机构编码 {branch}" if branch else None,
    )
    found = [Draft(said, sanction, subject, **common)]
    if authority:
        found.append(Draft(ImposedBy(since=decided), sanction, EntityMention(authority, organ=True), **common))
    return found


def _fine(row: Row) -> float | None:
    """The fine in yuan: of its column, else of a content that names one amount only (罚款25万)."""
    stated = cell(row, "罚款金额(元)", parse_yuan)
    content = row.get("行政处罚内容") or ""
    amounts = re.findall(r"\d[\d,.]*\s*(?:万元|万|元)", content)
    if stated is None and len(amounts) == 1 and "罚款" in content and "没收" not in content:
        try:
            return parse_yuan(amounts[0])
        except ValueError:
            return None
    return stated


SOURCE = SourceDescription(
    id="nfra",
    title="Penalties of the financial regulator",
    title_zh="金融监管行政处罚信息公开表",
    owner="国家金融监督管理总局",
    mode="delta",
    coverage="published notices, as scraped; names of persons may be masked by the provider",
    licence="official public notices; the table as its provider says",
    period="the days of publication that the file was scraped for, such as one month",
    expected_rows="about 1,000 for a month",
    files=(
        SourceFile(
            pattern="*",
            columns=("当事人名称", "行政处罚内容", "作出决定机关", "发布日期", "文档标题", "源链接"),
            drafts=drafts,
            prepare=notices,
            owned_by=("作出决定机关",),
            fields={
                "处罚决定书文号": "number of the decision; else taken from the title",
                "当事人名称": "party: an organisation, or NAME（时任ORGANISATION POST）",
                "当事人类型": "guess of the provider (not read)",
                "所属机构": "guess of the provider (not read)",
                "主要违法违规事实": "act",
                "行政处罚依据": "basis",
                "行政处罚内容": "content",
                "处罚类型": "kinds of penalty",
                "罚款金额(元)": "fine, yuan",
                "作出决定机关": "organ",
                "作出处罚决定的日期": "day of the decision, mostly empty",
                "发布日期": "day of publication",
                "文档标题": "title of the notice",
                "源链接": "link; its docId tells notices apart",
                "吊销原因": "why a licence was revoked",
            },
        ),
    ),
)
