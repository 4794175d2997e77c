"""Penalties of the financial regulator, as a table scraped from its notices (source `nfra`).

One row is one penalised party; the rows of one notice belong together (`prepare` gathers its organisations). The
table was parsed badly in places, so nothing in it is believed because of its column alone:

- `当事人类型` and `所属机构` are guesses of the scraper, and often wrong: they are not read. Whether a party is an
  organisation or a person, and where the person served, is read from the party's own cell (`_nfra_parties.py`). Where that
  names no organisation, the one that the notice penalises, or for whose act he answers by the text, is the one.
- Of `X及相关责任人` X is penalised; whom else it means the cell does not say, and that is kept in its words. Several parties
  in a cell have a penalty each, and a fine only where the content says that each has it.
- A row whose cells have slipped (the authority in the party's column) is rejected. An empty organ is read from the title.

The notice numbers its decisions as a range (109—111号): which is whose it does not say, so all parties carry the range.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
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
from loaders.sources._nfra_parties import (
    CLOSING,
    CellParties,
    Organisation,
    ServingPerson,
    UnclearCell,
    answers_for,
    cell_parties,
    is_authority,
    names_a_body,
    served_at,
)

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

    @property
    def only(self) -> str | None:
        """The name of its organisation, where it is one."""
        bodies = {body.name for body, _ in self.organisations.values()}
        return bodies.pop() if len(bodies) == 1 else None


Notices = dict[str, Notice]


def notices(rows: Iterator[Row]) -> Notices:
    """All organisations of all notices: persons may stand before the organisation they served."""
    found: Notices = defaultdict(Notice)
    unclear: list[tuple[Row, str]] = []
    brackets: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        party = row.get("当事人名称")
        if party is None or is_authority(party):
            continue
        try:
            named = cell_parties(party).parties
        except UnclearCell:
            unclear.append((row, party))
            continue
        for one in named:
            if isinstance(one, Organisation):
                _note(found[_notice_key(row)], row, one)
            else:
                brackets[_notice_key(row)].append(one.bracket.removeprefix("时任"))
    for row, party in unclear:  # a name of no usual form is a body's where somebody of the same notice served
        if any(bracket.startswith(party) for bracket in brackets[_notice_key(row)]):
            _note(found[_notice_key(row)], row, Organisation(party))
    return dict(found)


def _note(notice: Notice, row: Row, body: Organisation) -> None:
    try:
        notice.add(body, _penalty(row, body.ref)[0].start)
    except SourceError:  # this row will be rejected: there is no sanction to be responsible for
        notice.add(body, None)


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
    return document_number(found[1].strip(CLOSING + " ")) if found else None


def sanction_of(row: Row, subject: PartyMention) -> SanctionMention:
    """The decision against one party. Without a number, the number of the notice stands for it."""
    number = number_of(row) or _notice_key(row)
    return SanctionMention(organ_of(row) or "", number, subject, row.get("文档标题"))


_ORGAN_AND_DAY = re.compile(
    r"(.{2,40}?(?:监管总?局|监管分局|监督管理局|银保监(?:局|分局|会)))?\s*(\d{4}年\d{1,2}月\d{1,2}日)"
)
_WHOLE_ORGAN = re.compile(r"(.{2,40}?(?:监管局|监管分局|银保监局|银保监分局|监督管理总局|监管总局))(?:行政处罚|关于|$)")


def _slipped(row: Row) -> re.Match[str] | None:
    """Where organ and day of the decision stand in the place of what was decided."""
    return _ORGAN_AND_DAY.fullmatch(row.get("行政处罚内容") or "")


def organ_of(row: Row) -> str | None:
    """The organ that decided: of its own column, else as the title names it, or the cell into which it has slipped."""
    if organ := row.get("作出决定机关"):
        return organ
    if found := _WHOLE_ORGAN.match(row.get("文档标题") or ""):
        return found[1]
    slipped = _slipped(row)
    return slipped[1] if slipped else None


# --- rows -------------------------------------------------------------------------------------------------


_LOOK = "Read the notice (源链接) and enter the row again."


def drafts(row: Row, context: Notices) -> Iterator[Draft]:
    """The penalty of each party, the organ, and for a person the responsibility that the notice states."""
    party = row.get("当事人名称")
    if party is None:
        if not any(map(row.get, ("主要违法违规事实", "行政处罚内容", "吊销原因"))):
            raise fault(row, "当事人名称", "is empty, as is all that was decided", code="no-decision", todo=_LOOK)
        raise fault(row, "当事人名称", "is empty: the table was parsed wrongly here", code="missing-party", todo=_LOOK)
    if is_authority(party):
        raise fault(
            row, "当事人名称", "names the authority: the columns have slipped", code="party-is-authority", todo=_LOOK
        )
    try:
        notice = context.get(_notice_key(row), Notice())
        known = notice.organisations.get(name_key(party))
        named = CellParties((known[0],)) if known else cell_parties(party)
        bodies = [one for one in named.parties if isinstance(one, Organisation)]
        several = len(named.parties) > 1
        # All or nothing: who cannot be told is not left out of a row.
        found = [
            _organisation(row, one, several=several, unnamed=named.unnamed)
            if isinstance(one, Organisation)
            else _person(row, one, notice, bodies, several=several)
            for one in named.parties
        ]
    except UnclearCell as error:
        todo = "Enter one party in each row: the full name, or NAME（时任ORGANISATION POST）."
        raise fault(row, "当事人名称", str(error), code=error.code, todo=todo) from error
    for each in found:
        yield from each


def _organisation(row: Row, body: Organisation, *, several: bool, unnamed: str | None) -> list[Draft]:
    found = _penalty(row, body.ref, several=several, unnamed=unnamed)
    if body.former:
        names = Profile(name=body.name, former_names=[body.former])
        found.append(Draft(names, body.ref, data_date=_published(row), owner=organ_of(row)))
    return found


def _person(
    row: Row, named: ServingPerson, notice: Notice, bodies: list[Organisation], *, several: bool
) -> list[Draft]:
    bracket, act = named.bracket, row.get("主要违法违规事实") or ""
    served = served_at(bracket, notice.names()) if bracket else None
    if served is None and not names_a_body(bracket):
        # Nothing behind the name says where: then what he answers for does, or the one body beside him.
        served = answers_for(act) or (bodies[0].name if len(bodies) == 1 else notice.only)
    if served is None:
        raise UnclearCell(
            "does not name the one organisation at which the person served"
            if bracket
            else f"names {named.name!r} alone, and the notice penalises no one organisation beside",
            "no-body",
        )
    company, sanction = notice.organisations.get(name_key(served), (Organisation(served), None))
    person = PersonMention(named.name, scope=company.ref)
    penalty = _penalty(row, person, several=several)
    if not bracket and not re.search("责任", act):
        return penalty  # he is penalised; what he answers for nothing says
    responsible = ResponsibleFor(
        capacity="DRM" if "直接负责的主管人员" in bracket else "DRP",
        capacity_stated=bracket or act,
        basis="named",
        document=number_of(row) or row.get("文档标题"),
    )
    # Each party has a decision of its own. His names him; that he answers for his organisation's act is what the notice
    # says by penalising both, so that is where the responsibility points when it is known.
    end = sanction or penalty[0].start
    return [*penalty, Draft(responsible, person, end, data_date=_published(row), owner=organ_of(row))]


def _published(row: Row) -> date | None:
    return cell(row, "发布日期", parse_date)


def _penalty(row: Row, subject: PartyMention, *, several: bool = False, unnamed: str | None = None) -> list[Draft]:
    """IMPOSED_ON and, when the organ is known, IMPOSED_BY of one party."""
    sanction, slipped = sanction_of(row, subject), _slipped(row)
    authority = organ_of(row)
    decided = cell(row, "作出处罚决定的日期", parse_date) or cell(row, "作出决定时间", parse_date)
    if slipped is not None and decided is None:
        decided = parse_date(slipped[2])
    branch = row.get("机构编码")
    common: dict[str, Any] = {
        "record": f"{sanction.authority}|{sanction.document_number}|{subject.name}",
        "data_date": _published(row),
        "owner": authority,
    }
    said = ImposedOn(
        kind="penalty",
        penalty_kinds=None if slipped else split_list(row.get("处罚类型")) or None,
        title=row.get("文档标题"),
        document_number=number_of(row),
        authority=authority,
        act=row.get("主要违法违规事实"),
        facts_found=row.get("吊销原因"),
        basis_stated=row.get("行政处罚依据"),
        content=None if slipped else row.get("行政处罚内容"),
        since=decided,
        decided_on=decided,
        published_on=_published(row),
        fine_yuan=_fine(row, several=several),
        certificates=f"机构编码 {branch}" if branch else None,
        unnamed=unnamed,
    )
    found = [Draft(said, sanction, subject, **common)]
    if authority:
        found.append(Draft(ImposedBy(since=decided), sanction, EntityMention(authority, organ=True), **common))
    return found


def _fine(row: Row, *, several: bool = False) -> float | None:
    """The fine in yuan: of its column, else of a content that names one amount only (罚款25万).

    `several`: of several parties in one row each has it only where the content says so (分别罚款, 各罚款).
    """
    stated = cell(row, "罚款金额(元)", parse_yuan)
    content = row.get("行政处罚内容") or ""
    amounts = re.findall(r"\d[\d,.]*\s*(?:万元|万|元)", content)
    if several and not (len(amounts) == 1 and re.search("分别|各|均", content)):
        return None
    if (stated is None or several) and len(amounts) == 1 and "罚款" in content and "没收" not in content:
        try:
            return parse_yuan(amounts[0])
        except ValueError:
            return None
    return None if several else stated


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
            against=("当事人名称",),
            decided_in=("处罚决定书文号",),
            fields={
                "处罚决定书文号": "number of the decision; else taken from the title",
                "当事人名称": "parties: organisations, or NAME（时任ORGANISATION POST）; 及相关责任人 is kept in its words",
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
