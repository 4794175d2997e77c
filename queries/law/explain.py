"""A consequence as a paragraph that the person concerned could be handed, in Chinese and in English.

It says what follows, from what, by which clause, on which facts of whose records, what is still missing, and how to
object: 个人信息保护法 24 (a decision must be explained) and 郴政发〔2017〕11号 二(四)21 (objection).
"""

from datetime import date, timedelta

from graph_model.rules import RulePack
from graph_model.schema import RELATIONSHIP_BY_TYPE
from graph_model.sentences import chinese
from queries.answers import ConsequenceRef, FactRef

_STATUS_EN = {
    "candidate": "is not in force: it waits for what is named below",
    "active": "is in force",
    "suspended": "is suspended",
    "ended": "has ended",
    "unknown": "cannot be said to hold or not",
}


def notice(c: ConsequenceRef, pack: RulePack, *, as_of: date) -> dict[str, str]:
    """One consequence in words. Returns {"zh": …, "en": …}; numbers of persons are masked as everywhere."""
    return {"zh": _zh(c, pack, as_of), "en": _en(c, as_of)}


def _period_zh(since: date | None, until: date | None) -> str:
    begin = f"自{since}起" if since else "起始日不明"
    return f"{begin}至{until - timedelta(days=1)}(含当日)" if until else f"{begin},终止日未定"


def _zh(c: ConsequenceRef, pack: RulePack, as_of: date) -> str:
    status = pack.codes.statuses[c.status].zh
    basis = "、".join(f"《{b.document}》{b.article or ''}" for b in c.legal_basis)
    now = next((i for i in c.timeline if i.status == c.status), c.timeline[0])
    parts = [
        f"截至{as_of}:依据{basis},对{c.subject.name or c.subject.key}的“{c.measure_title['zh']}”"
        f"状态为“{status}”,期间{_period_zh(c.since, c.until)}。"
    ]
    if c.scope:
        parts.append(f"范围:{c.scope}。")
    if now.why:
        parts.append(f"该状态始于{now.since or '不明之日'}:{chinese(now.why)}。")
    parts.append("所依据的事实:")
    parts += [f"{n}. {_fact_zh(f, c)};" for n, f in enumerate(c.evidence, 1)]
    if c.missing:
        parts.append(f"尚缺:{'、'.join(chinese(m) for m in c.missing)}。在此之前不得实施。")
    if c.reading:
        parts.append(f"日期的读法:{'、'.join(chinese(r) for r in c.reading)}。")
    parts.append(
        f"规则{c.rule}(置信等级{c.confidence})。对上述信息有异议的,可向信息提供单位或信用主管部门提出;核查期间相关联合惩戒措施暂不执行。"
    )
    return "".join(parts)


_CORRECTED = {"merge": ("两个单位合并", "two entities are one"), "code": ("代码更正", "a code was corrected")}


def _fact_zh(f: FactRef, c: ConsequenceRef) -> str:
    kind = RELATIONSHIP_BY_TYPE[f.type].ZH if f.type in RELATIONSHIP_BY_TYPE else f.type
    names = {c.subject.key: c.subject.name, c.sanction.key: c.sanction.name}
    who = "、".join(n for n in (names.get(f.from_), names.get(f.to)) if n)
    number = f.properties.get("document_number")
    return (
        f"{kind}({who or f.from_})"
        + (f",文号{number}" if number else "")
        + f",{_period_zh(f.since, f.until)},来源{f.source}"
        + (f",记录{f.record}" if f.record else "")
        + (f",归属单位{f.owner}" if f.owner else "")
        + "".join(f",依人工更正{x.id}({_CORRECTED[x.kind][0]}:{x.reason})" for x in f.corrections)
    )


def _en(c: ConsequenceRef, as_of: date) -> str:
    basis = "; ".join(f"{b.document} {b.article or ''}".strip() for b in c.legal_basis)
    until = f"to {c.until - timedelta(days=1)} inclusive" if c.until else "with no end set"
    now = next((i for i in c.timeline if i.status == c.status), c.timeline[0])
    parts = [
        f"On {as_of} the measure '{c.measure_title['en']}' on {c.subject.name or c.subject.key} {_STATUS_EN[c.status]}, "
        f"by {basis}, from {c.since or 'an unknown day'} {until}."
    ]
    if now.why:
        parts.append(f"This state began on {now.since or 'an unknown day'}: {now.why}.")
    parts.append("It rests on these facts:")
    for n, f in enumerate(c.evidence, 1):
        kind = f.type.replace("_", " ").lower()
        record = f" ({f.record})" if f.record else ""
        number = f.properties.get("document_number")
        parts.append(
            f"{n}. {kind}{f', document {number}' if number else ''}, from {f.since or 'an unknown day'} "
            f"to {f.until or 'no known end'}, by source {f.source}{record}{f', owned by {f.owner}' if f.owner else ''}"
            + "".join(f", by correction {x.id} of a human ({_CORRECTED[x.kind][1]}: {x.reason})" for x in f.corrections)
            + ";"
        )
    if c.missing:
        parts.append(f"Still missing: {'; '.join(c.missing)}. Until then it may not be applied.")
    if c.reading:
        parts.append(f"How dates were read: {'; '.join(c.reading)}.")
    parts.append(
        f"Rule {c.rule}, confidence {c.confidence}. Whoever disagrees may object to the organ that owns the record or to "
        "the credit authority; while that is verified, joint measures are not carried out."
    )
    return " ".join(parts)
