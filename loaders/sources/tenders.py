"""Tenders: lots with their bidders, and the experts who judged them (source `tenders`).

There is no national form for them; these two are ours. One file has a row for each bidder of a lot, another one for
each expert. A lot is known by whoever tenders it and its number, so both files name them alike.

Whoever is named for a bid (project manager, contact, authorised representative) stays a name on that bid and becomes
nobody's record. An expert is known by his citizen id number, else by his number in a pool of experts (专家库): the two
are not put together here. Exposure never walks over a tender.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.schema import AgentFor, BidIn, Evaluates, TenderedBy
from loaders.drafts import Draft, PersonMention, Row, SourceDescription, SourceFile, TenderMention
from loaders.reading.values import cell, fault, parse_date, parse_yuan
from loaders.sources import _forms


def _lot(row: Row, title: str | None = None) -> TenderMention:
    return TenderMention(_forms.unit(row, "招标人", "招标人代码"), _forms.needed_number(row, "标段编号"), title)


def bid(row: Row, _context: Any) -> Iterator[Draft]:
    """One bid in one lot, and whose lot it is."""
    lot, bidder = _lot(row, row.get("标段名称")), _forms.unit(row, "投标人", "投标人代码", "投标人注册号")
    opened = cell(row, "开标日期", parse_date)
    record = f"{lot.purchaser.name}|{lot.number}"
    more = _forms.common(row, lot.purchaser.name)
    yield Draft(
        BidIn(
            since=opened,
            price_yuan=cell(row, "投标报价", parse_yuan),
            won=_forms.yes_no(row, "是否中标"),
            joint=_forms.yes_no(row, "联合体"),
            responsible_person=row.get("项目负责人"),
            contact=row.get("联系人"),
            representative=row.get("授权代表"),
        ),
        bidder,
        lot,
        record=f"{record}|{bidder.name}",
        **more,
    )
    yield Draft(TenderedBy(since=opened), lot, lot.purchaser, record=record, **more)
    if row.get("代理机构"):
        agency = _forms.unit(row, "代理机构", "代理机构代码")
        yield Draft(AgentFor(since=opened), agency, lot, record=f"{record}|{agency.name}", **more)


def expert(row: Row, _context: Any) -> Iterator[Draft]:
    """One expert who judged one lot."""
    lot, name = _lot(row), row.need("专家姓名")
    number, pool = row.get("专家编号"), row.get("专家库")
    if citizen_id := _forms.citizen_id(row, "身份证号码"):
        person = PersonMention(name, (("cn-id", citizen_id),))
    elif number and pool:
        person = PersonMention(name, (("tenders:expert", f"{pool}|{number}"),))
    else:
        raise fault(
            row,
            "专家库" if number else "专家编号",
            "is empty, and so is the citizen id number: an expert is nobody by name alone",
            code="no-identity",
            todo="Give the citizen id number, or his number and the pool that it belongs to.",
        )
    yield Draft(
        Evaluates(since=_forms.needed_day(row, "评审日期")),
        person,
        lot,
        record=f"{lot.purchaser.name}|{lot.number}",
        **_forms.common(row, lot.purchaser.name),
    )


_LOT_FIELDS = {
    "标段编号": "number of the lot",
    "标段名称": "what is bought",
    "招标人": "who tenders it, or purchases",
    "招标人代码": "credit code",
}

SOURCE = SourceDescription(
    id="tenders",
    title="Tenders with bidders, agencies and experts",
    title_zh="招标投标和政府采购:标段、投标人、代理机构、评审专家",
    owner="公共资源交易中心、招标人",
    mode="delta",
    coverage="what was supplied; the forms are this project's own, since there is no national one",
    licence="as the organ says",
    openness="internal",
    published=False,
    files=(
        SourceFile(
            pattern="*",
            columns=("标段编号", "标段名称", "招标人", "投标人", "是否中标"),
            drafts=bid,
            required=False,
            fields={
                **_LOT_FIELDS,
                "代理机构": "agency that runs the tender",
                "代理机构代码": "its credit code",
                "投标人": "bidder, by full name",
                "投标人代码": "its credit code",
                "投标人注册号": "its registration number, when it has no credit code",
                "投标报价": "price in yuan unless it says otherwise (120万元)",
                "是否中标": "是 or 否; empty = not known",
                "联合体": "是: a bid of several together; one row for each of them",
                "项目负责人": "responsible for the project, as named",
                "联系人": "contact of the bid, as named",
                "授权代表": "authorised representative, as named",
                "开标日期": "day on which the bids were opened; empty = unknown",
                **_forms.COMMON_FIELDS,
            },
        ),
        SourceFile(
            pattern="*",
            columns=("标段编号", "招标人", "专家姓名", "评审日期"),
            drafts=expert,
            required=False,
            fields={
                **_LOT_FIELDS,
                "专家姓名": "name of the expert",
                "身份证号码": "citizen id number",
                "专家编号": "number in the pool, when there is no citizen id number",
                "专家库": "pool that the number belongs to",
                "评审日期": "day of the judging",
                **_forms.COMMON_FIELDS,
            },
        ),
    ),
)
