"""Credit commitments (信用承诺): what was promised, by when, and what became of it (source `commitments`).

There is no national form for them; this one is ours, one row for each commitment. A later row of the same number with
another state is a new version; what was believed before stays (信用承诺闭环管理).

A promise that was broken or false is dishonesty information (失信信息) of its party and is shown as such. No rule of the
pack makes a measure follow from it, so it triggers none.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.schema import CommitmentState, Holds
from loaders.drafts import CredentialMention, Draft, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_date
from loaders.sources import _forms

COMMITMENT_STATES: dict[str, CommitmentState] = {
    **dict.fromkeys(("已作出", "履行中", "made"), "made"),
    **dict.fromkeys(("已履行", "kept"), "kept"),
    **dict.fromkeys(("未履行", "违背承诺", "broken"), "broken"),
    **dict.fromkeys(("虚假承诺", "false"), "false"),
}
"""State as stated → made, kept, broken or false."""


def commitment(row: Row, _context: Any) -> Iterator[Draft]:
    """One commitment in its present state."""
    party, authority = _forms.subject(row), _forms.organ(row, "受理机关")
    number, made = _forms.needed_number(row, "承诺编号"), _forms.needed_day(row, "承诺日期")
    due, state_on = cell(row, "履行期限", parse_date), cell(row, "状态日期", parse_date)
    state = _forms.word(row, "履行状态", COMMITMENT_STATES)
    for field, day in (("履行期限", due), ("状态日期", state_on)):
        if day is not None and day < made:
            raise fault(row, field, "is before the day of the commitment", todo="Correct the dates at the source.")
    if state == "made" and state_on is not None:
        raise fault(
            row,
            "状态日期",
            "is given, but nothing became of the commitment yet",
            todo="Leave it empty, or give the state that it reached.",
        )
    if state != "made" and state_on is None:
        raise fault(
            row,
            "状态日期",
            "is empty, but the commitment is no longer open",
            code="missing-value",
            todo="Give the day on which it was kept, or found to be broken or false.",
        )
    title = row.get("承诺名称") or "信用承诺"
    yield Draft(
        Holds(
            kind="commitment",
            title=title,
            scheme=row.need("承诺类型"),
            content=row.need("承诺内容"),
            document_number=number,
            decided_on=made,
            authority=authority.name,
            state=state,
            state_on=state_on,
            due_on=due,
            since=made,
        ),
        party,
        CredentialMention(authority.name, number, party, title),
        record=f"{authority.name}|{number}|{party.name}",
        **_forms.common(row, authority.name),
    )


def _is_no_breach(row: Row) -> bool:
    return COMMITMENT_STATES.get(row.get("履行状态") or "") in ("made", "kept")


SOURCE = SourceDescription(
    id="commitments",
    title="Credit commitments and whether they were kept",
    title_zh="信用承诺及履行情况",
    owner="各级行政机关",
    mode="delta",
    coverage="what the organs supplied; the form is this project's own, since there is no national one",
    licence="as the organ says",
    files=(
        SourceFile(
            pattern="*",
            columns=("承诺编号", "承诺类型", "承诺内容", "主体名称", "主体类别", "受理机关", "承诺日期", "履行状态"),
            drafts=commitment,
            against=_forms.AGAINST,
            harmless=_is_no_breach,
            required=False,
            fields={
                "承诺编号": "number of the commitment at its organ",
                "承诺名称": "title of the letter; empty = 信用承诺",
                "承诺类型": "kind as stated: 综合性, 专项, 审批替代型, 信用修复型, 节能环保, …",
                "承诺内容": "what was promised",
                **_forms.PARTY_FIELDS,
                "受理机关": "organ to which it was given",
                "受理机关代码": "its credit code",
                "承诺日期": "day on which it was made",
                "履行期限": "last day on which it is to be kept; empty = none",
                "履行状态": f"one of {', '.join(COMMITMENT_STATES)}",
                "状态日期": "day on which it was kept, or found to be broken or false",
                **_forms.COMMON_FIELDS,
            },
        ),
    ),
)
