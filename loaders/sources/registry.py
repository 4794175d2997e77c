"""The company register by year and province: one CSV file for each (source `registry`).

A file holds the companies that were registered in one year in one province and that a third party could still see:
for reference, never a trigger. One file says nothing of what another holds.

The column 法人代表 is read where it has names. In some files that circulate it is masked, as 张*, and then often by
stand-ins that look like names as well: of a file that masks any, none is read. Who heads a company by this source alone
is a doubt wherever a consequence asks for it (`trust: reference`).
"""

import re
from collections.abc import Iterator
from typing import Any

from graph_model.identifiers import is_placeholder, normalise_code, uscc_faults, uscc_kind
from graph_model.names import is_masked, is_nobody
from graph_model.schema import LegalRepresentativeOf, Profile, RegisteredAt
from loaders.drafts import AddressMention, Draft, EntityMention, PersonMention, Row, SourceDescription, SourceFile
from loaders.reading.headers import is_organisation
from loaders.reading.values import cell, fault, parse_capital, parse_date, plain, said_of_capital


def _stated(row: Row, field: str) -> str | None:
    """The cell as it is written; None when it only says N/A."""
    return row.get(field) if plain(row.get(field)) else None


def masks_names(rows: Iterator[Row]) -> bool:
    """Whether a file masks any of those who head its companies: then no name in the column can be believed."""
    return sum(is_masked(row.get("法人代表") or "") for row in rows) > 0


def drafts(row: Row, masked: Any) -> Iterator[Draft]:
    """Attributes, registered address, and who heads it. Capital that is not in yuan keeps its currency."""
    name, code = row.need("企业名称"), normalise_code(row.get("统一社会信用代码"))
    if code is None or is_placeholder(code):
        raise fault(
            row,
            "统一社会信用代码",
            "is empty, but required",
            code="missing-value",
            todo="Fill in the credit code.",
        )
    if faults := uscc_faults(code):
        raise fault(
            row,
            "统一社会信用代码",
            f"is no unified social credit code: {'; '.join(faults)}",
            code="invalid-code",
            todo="Correct it at the source (重错码).",
        )
    company = EntityMention(name, (("uscc", code),), kind=uscc_kind(code))
    yield Draft(
        Profile(
            name=name,
            kind=company.kind,
            legal_form=_stated(row, "企业类型"),
            established_on=cell(row, "注册日期", parse_date),
            **said_of_capital(cell(row, "注册资金", parse_capital)),
            region=" ".join(filter(None, (_stated(row, "所在省份"), _stated(row, "地区")))) or None,
            business_scope=_stated(row, "经营范围"),
        ),
        company,
        record=code,
    )
    if address := _stated(row, "注册地址"):
        yield Draft(RegisteredAt(), company, AddressMention(address))
    head = _stated(row, "法人代表")
    if head and not masked and not is_nobody(head) and not re.search(r"\d", head):
        who = EntityMention(head) if is_organisation(head) else PersonMention(head, scope=company)
        yield Draft(LegalRepresentativeOf(), who, company)


SOURCE = SourceDescription(
    id="registry",
    title="Company register by year and province",
    title_zh="企业登记信息(按年份和省份)",
    owner="third party, from the company register",
    mode="delta",
    coverage="companies registered in one year in one province; legal representatives where their names are told",
    licence="none found",
    trust="reference",
    period="companies registered in the year of the file",
    expected_rows="about 900 to 2,000 for a province and year",
    files=(
        SourceFile(
            pattern="*",
            columns=("企业名称", "统一社会信用代码", "注册日期", "企业类型", "注册资金", "所在省份", "注册地址"),
            drafts=drafts,
            prepare=masks_names,
            fields={
                "企业名称": "registered name",
                "统一社会信用代码": "credit code, required",
                "注册日期": "day of registration",
                "企业类型": "registered form",
                "法人代表": "legal representative; of a file that masks any name none is read",
                "注册资金": "registered capital with its unit, such as 30(万元人民币) or 150(万美元)",
                "经营范围": "business scope",
                "所在省份": "province",
                "地区": "city",
                "注册地址": "registered address",
            },
        ),
    ),
)
