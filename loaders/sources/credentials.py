"""Licences in other forms, honours, certificates, qualifications, and the grades of organs (source `credentials`).

There is no national form for them; this one is ours, one row for each credential of a party. A grade (信用等级) is loaded
as its organ gave it, with the scheme it belongs to: this project never computes one.

What is no longer valid (状态) carries no trigger code: no incentive rests on it, whatever its term says.
"""

from collections.abc import Iterator
from typing import Any

from graph_model.schema import Holds
from loaders.drafts import CredentialMention, Draft, Row, SourceDescription, SourceFile
from loaders.reading.values import cell, fault, parse_date
from loaders.sources import _forms

CREDENTIAL_KINDS = {
    "许可": "licence",
    "荣誉": "honour",
    "表彰奖励": "honour",
    "证书": "certificate",
    "资质": "qualification",
    "信用等级": "grade",
    "信用评价": "grade",
}
CREDENTIAL_STATES = {
    "有效": (True, False),
    "过期": (False, False),
    **dict.fromkeys(("无效", "撤销", "注销", "吊销"), (False, True)),
}
"""State as stated → (whether it is valid, whether it ended before its term)."""


def credential(row: Row, _context: Any) -> Iterator[Draft]:
    """One credential and its holder."""
    kind, title = _forms.word(row, "类别", CREDENTIAL_KINDS), row.need("名称")
    holder, authority = _forms.subject(row), _forms.organ(row, "授予机关")
    given = _forms.needed_day(row, "授予日期")
    since = cell(row, "有效期自", parse_date) or given
    ended, term = _forms.after(row, "终止日期", since), _forms.after(row, "有效期至", since, last_day=True)
    valid, over = _forms.word(row, "状态", CREDENTIAL_STATES) if row.get("状态") else (True, False)
    if kind == "grade" and not (row.get("等级") and row.get("评价体系")):
        field = "评价体系" if row.get("等级") else "等级"
        raise fault(
            row,
            field,
            "is empty, but a grade says nothing without it",
            code="missing-value",
            todo="Give the grade and the scheme it belongs to.",
        )
    stated = _forms.triggers(row, "代码", ("credential",)) or (["LICENSEE"] if kind == "licence" else [])
    document, certificate = _forms.number(row, "文号"), row.get("证书编号")
    number = document or certificate or "|".join(filter(None, (title, row.get("评价体系"), str(given))))
    yield Draft(
        Holds(
            kind=kind,
            codes=(stated if valid else None) or None,
            title=title,
            content=row.get("内容"),
            document_number=document,
            certificate_number=certificate,
            decided_on=given,
            authority=authority.name,
            state=row.get("状态"),
            scheme=row.get("评价体系"),
            grade=row.get("等级"),
            since=since,
            until=ended or (None if over else term),  # since when it is void may not be known
        ),
        holder,
        CredentialMention(authority.name, number, holder, title),
        record=f"{authority.name}|{number}|{holder.name}",
        **_forms.common(row, authority.name),
    )


SOURCE = SourceDescription(
    id="credentials",
    title="Licences, honours, certificates, and grades that organs gave",
    title_zh="许可、荣誉、证书与信用等级",
    owner="各级行政机关",
    mode="delta",
    coverage="what the organs supplied; the form is this project's own, since there is no national one",
    licence="as the organ says",
    triggers=("LICENSEE", "HONESTY_MODEL", "HONEST_MEMBER", "MODEL_ENTERPRISE", "RED_LIST", "TAX_A"),
    files=(
        SourceFile(
            pattern="*",
            columns=("类别", "名称", "主体名称", "主体类别", "授予机关", "授予日期"),
            drafts=credential,
            required=False,
            fields={
                "类别": f"one of {', '.join(CREDENTIAL_KINDS)}",
                "名称": "what it is called",
                "代码": "trigger code of an incentive, as HONESTY_MODEL; empty = none but that of a licence",
                **_forms.PARTY_FIELDS,
                "授予机关": "organ that gave it",
                "授予机关代码": "its credit code",
                "文号": "number of the decision",
                "证书编号": "number of the certificate",
                "等级": "the grade, as the organ words it",
                "评价体系": "scheme that the grade belongs to",
                "内容": "content as stated",
                "授予日期": "day of the decision",
                "有效期自": "first day; empty = 授予日期",
                "有效期至": "last day; empty, 长期 or 2099-12-31 = open",
                "终止日期": "first day on which it no longer holds, when it ended before its term",
                "状态": f"one of {', '.join(CREDENTIAL_STATES)}; empty = 有效",
                **_forms.COMMON_FIELDS,
            },
        ),
    ),
)
