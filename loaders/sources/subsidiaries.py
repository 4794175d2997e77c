"""Parent and subsidiary companies of listed companies, as JSON records (source `subsidiaries`).

A compilation of annual reports by a third party: for reference, never a trigger. Both sides are known by their full
name only. Which year a record speaks of is not given, so no period is either.

A share that is not stated is unknown, 0 to 1: being called a subsidiary (子公司) says nothing of how much is held.
Companies held through others (孙公司) are rejected: who holds them directly is not said.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.identifiers import name_key
from graph_model.schema import HoldsSharesIn
from loaders.drafts import Draft, EntityMention, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_holding, share_said

RELATIONS = (
    *("子公司", "全资子公司", "控股子公司", "参股公司", "参股子公司"),
    *("联营公司", "联营企业", "合营公司", "合营企业"),
)
"""All of them are held directly."""


def drafts(row: Row, _context: Any) -> Iterator[Draft]:
    """One holding of a listed company."""
    parent, company = row.need("关联上市公司全称"), row.need("公司名称")
    if row.need("上市公司关系") not in RELATIONS:
        raise fault(
            row,
            "上市公司关系",
            "is no known relation of a company that is held directly",
            code="unknown-code",
            todo=f"Known are {'、'.join(RELATIONS)}.",
        )
    if name_key(parent) == name_key(company):
        raise fault(row, "公司名称", "is the parent itself", todo="Correct the names at the source.")
    share = cell(row, "上市公司参股比例", parse_holding)
    if share == 0:
        raise fault(
            row,
            "上市公司参股比例",
            "is zero: then nothing is held",
            todo="Leave it empty if the share is not known.",
        )
    yield Draft(
        HoldsSharesIn(**share_said(share)),
        EntityMention(parent),
        EntityMention(company),
    )


SOURCE = SourceDescription(
    id="subsidiaries",
    title="Subsidiaries of listed companies",
    title_zh="上市公司的子公司",
    owner="third party, from annual reports",
    mode="delta",
    coverage="some holdings of listed companies; the year is not given",
    licence="Apache-2.0 (MetaGLM/LawGLM)",
    trust="reference",
    period="not told",
    expected_rows="a row for each company that is held",
    files=(
        SourceFile(
            pattern="*",
            columns=("关联上市公司全称", "上市公司关系", "公司名称"),
            drafts=drafts,
            fields={
                "关联上市公司全称": "listed company that holds, by full name",
                "上市公司关系": f"one of {'、'.join(RELATIONS)}",
                "上市公司参股比例": "percent of the whole; empty is unknown",
                "上市公司投资金额": "amount invested, such as 8800.00万 (not loaded)",
                "公司名称": "company that is held, by full name",
            },
        ),
    ),
)
