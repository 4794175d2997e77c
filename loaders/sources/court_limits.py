"""限制高消费: consumption orders of courts against companies, as JSON records (source `court-limits`).

A record says that a court limited the consumption of a company and published that on a day. The day of the order
itself is not given: `decided_on` stays unknown, and the order is taken to be in force from its publication. Who
else it reaches is for the rules; a record names the legal representative that the court saw.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.schema import ImposedBy, ImposedOn, LegalRepresentativeOf
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SanctionMention, SourceDescription, SourceFile
from loaders.reading.values import cell, document_number, parse_date, parse_yuan

_TITLE = "限制消费令"


def drafts(row: Row, _context: Any) -> Iterator[Draft]:
    """The order, its court, and the legal representative at the time."""
    company = EntityMention(row.need("限制高消费企业名称"))
    row.need("案号")
    number = cell(row, "案号", lambda text: document_number(text, "（）")) or row.need("案号")
    row.need("限高发布日期")
    published = cell(row, "限高发布日期", parse_date)
    court = row.get("执行法院")  # sometimes missing: the case number alone then identifies the order
    order = SanctionMention(court or "", number, company, _TITLE)
    record = f"{court or ''}|{number}|{company.name}"
    yield Draft(
        ImposedOn(
            kind="court_order",
            codes=["CONSUMPTION_LIMIT_ENTITY"],
            title=_TITLE,
            document_number=number,
            authority=court,
            amount_yuan=cell(row, "涉案金额", parse_yuan),
            since=published,
            published_on=published,
        ),
        order,
        company,
        record=record,
        data_date=published,
        owner=court,
    )
    if court:
        yield Draft(
            ImposedBy(since=published),
            order,
            EntityMention(court, organ=True),
            record=record,
            data_date=published,
            owner=court,
        )
    if name := row.get("法定代表人"):
        yield Draft(
            LegalRepresentativeOf(),
            PersonMention(name, scope=company),
            company,
            record=row.get("案号"),  # each order is a day on which the court saw him in office
            data_date=published,
            owner=court,
        )


SOURCE = SourceDescription(
    id="court-limits",
    title="Consumption orders against companies",
    title_zh="限制高消费企业",
    owner="人民法院",
    mode="delta",
    coverage="what was published; orders that were lifted are not told",
    licence="as the provider says",
    triggers=("CONSUMPTION_LIMIT_ENTITY",),
    period="from the day of publication on; lifted when a court says so elsewhere",
    expected_rows="any number",
    files=(
        SourceFile(
            pattern="*",
            columns=("限制高消费企业名称", "案号", "限高发布日期"),
            drafts=drafts,
            owned_by=("执行法院",),
            against=("限制高消费企业名称",),
            decided_in=("案号",),
            fields={
                "限制高消费企业名称": "company whose consumption is limited, by name only",
                "案号": "case number",
                "法定代表人": "legal representative at publication",
                "申请人": "creditor (not loaded)",
                "涉案金额": "amount of the case, yuan",
                "执行法院": "court",
                "立案日期": "day the case was filed (not loaded)",
                "限高发布日期": "day of publication",
            },
        ),
    ),
)
