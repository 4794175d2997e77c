"""Inspections (双随机 and others) and product tests (抽检), as organs supply them (source `inspections`).

There is no national form for them; these two are ours. Whether a file holds inspections or product tests is seen by
its columns. An inspection is never a sanction and triggers nothing by itself: a penalty that follows is a decision of
its own.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.schema import InspectedIn, InspectionResult
from loaders.drafts import Draft, InspectionMention, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, parse_date
from loaders.sources import _forms

RESULTS: dict[str, InspectionResult] = {
    **dict.fromkeys(("合格", "通过", "未发现问题"), "passed"),
    **dict.fromkeys(("不合格", "未通过", "发现问题", "发现问题已责令改正", "发现问题待后续处理"), "failed"),
    **dict.fromkeys(("已整改", "整改合格", "复查合格"), "rectified"),
    **dict.fromkeys(("无法联系", "查无下落", "通过登记的住所(经营场所)无法联系"), "not_found"),
    **dict.fromkeys(("拒绝检查", "不配合检查", "不配合检查情节严重"), "obstructed"),
    "未发现开展本次抽查涉及的经营活动": "no_activity",
}
"""Result as stated → what it says."""


def inspection(row: Row, _context: Any) -> Iterator[Draft]:
    """One inspection of one party."""
    party, authority = _forms.subject(row), _forms.organ(row, "检查机关")
    day, matter = _forms.needed_day(row, "检查日期"), row.need("检查事项")
    number = _forms.number(row, "检查编号")
    key = number or f"{matter}|{day}"
    yield Draft(
        InspectedIn(
            kind="inspection",
            result=_forms.word(row, "检查结果", RESULTS),
            result_stated=row.get("检查结果"),
            method=row.get("检查类型"),
            matter=matter,
            finding=row.get("检查情况"),
            authority=authority.name,
            document_number=number,
            since=day,
        ),
        party,
        InspectionMention(authority.name, key, party, matter),
        record=f"{authority.name}|{key}|{party.name}",
        **_forms.common(row, authority.name),
    )


def product_test(row: Row, _context: Any) -> Iterator[Draft]:
    """One test of one product, told of one of those who are named: the maker, the seller, …"""
    party, authority = _forms.subject(row), _forms.organ(row, "抽检机关")
    product, number = row.need("产品名称"), _forms.number(row, "抽检编号")
    sampled = cell(row, "抽样日期", parse_date)
    key = number or "|".join(filter(None, (product, row.get("规格型号"), row.get("批次"), str(sampled or ""))))
    yield Draft(
        InspectedIn(
            kind="product_quality",
            result=_forms.word(row, "检验结论", RESULTS),
            result_stated=row.get("检验结论"),
            authority=authority.name,
            document_number=number,
            product=product,
            model=row.get("规格型号"),
            batch=row.get("批次"),
            role=row.get("主体身份"),
            failed_items=row.get("不合格项目"),
            laboratory=row.get("检验机构"),
            since=sampled,
        ),
        party,
        InspectionMention(authority.name, key, party, product),
        # One sample may name a maker and a seller who are the same: two statements.
        record=f"{authority.name}|{key}|{party.name}|{row.get('主体身份') or ''}",
        **_forms.common(row, authority.name),
    )


SOURCE = SourceDescription(
    id="inspections",
    title="Inspections and product tests",
    title_zh="监督检查与产品质量抽检",
    owner="各级监管部门",
    mode="delta",
    coverage="what the organs supplied; the forms are this project's own, since there is no national one",
    licence="as the organ says",
    files=(
        SourceFile(
            pattern="*",
            columns=("主体名称", "主体类别", "检查机关", "检查日期", "检查事项", "检查结果"),
            drafts=inspection,
            required=False,
            fields={
                **_forms.PARTY_FIELDS,
                "检查机关": "organ that inspected",
                "检查机关代码": "its credit code",
                "检查编号": "number of the record; empty = known by matter and day",
                "检查类型": "kind of inspection as stated, as 双随机抽查",
                "检查事项": "what was inspected",
                "检查日期": "day of the inspection",
                "检查结果": f"one of {', '.join(RESULTS)}",
                "检查情况": "what was found, in words",
                **_forms.COMMON_FIELDS,
            },
        ),
        SourceFile(
            pattern="*",
            columns=("主体名称", "主体类别", "抽检机关", "产品名称", "检验结论"),
            drafts=product_test,
            required=False,
            fields={
                **_forms.PARTY_FIELDS,
                "主体身份": "as what the party is named: 生产者, 销售者, …",
                "抽检机关": "organ that had it tested",
                "抽检机关代码": "its credit code",
                "抽检编号": "number of the sample; empty = known by product, specification, batch and day",
                "产品名称": "product",
                "规格型号": "specification",
                "批次": "batch or day of production",
                "抽样日期": "day of sampling; empty = unknown",
                "检验结论": f"one of {', '.join(RESULTS)}",
                "不合格项目": "items that failed",
                "检验机构": "body that tested",
                **_forms.COMMON_FIELDS,
            },
        ),
    ),
)
