"""A consequence as a paragraph that the person concerned could be handed, in Chinese and in English.

It says what follows, from what, by which clause, on which facts of whose records, what is still missing, and how to
object: 个人信息保护法 24 (a decision must be explained) and 郴政发〔2017〕11号 二(四)21 (objection).
"""

import re
from datetime import date, timedelta

from graph_model.rules import RulePack
from graph_model.schema import RELATIONSHIP_BY_TYPE
from queries.answers import ConsequenceRef, FactRef

_ACT = {"the act": "行为", "the decision": "决定"}

# What the derivation says, in the words of the law. A test reads every text of every rule case through this table.
_CHINESE: tuple[tuple[str, str], ...] = (
    (r"confirmation by a human \(个人信息保护法 第24条\)", "人工确认(个人信息保护法第24条)"),
    (r"circumstance stated by the decision: (.+) \(\w+\)", r"决定载明的情节:\1"),
    (r"not stated whether (.+) \(\w+\), which would spare: read as not so", r"未载明是否有\1(有则不适用),按没有解读"),
    (r"whether the post was held \((\w+)\)", "当时是否任职"),
    (r"whether the post was held on the day of (the act|the decision) \((\S+)\): (.+)", r"\2(\1日)是否任职:\3"),
    (r"post not held on the day of (the act|the decision) \((\S+)\); .*", r"\2(\1日)未任职,而条文未明定时点"),
    (r"whether the post began after the event: start date unknown", "任职是否始于该事件之后:起始日不明"),
    (r"start date unknown", "起始日不明"),
    (r"end date unknown", "终止日不明"),
    (r"last stated on (\S+), end date unknown", r"最后载明于\1,终止日不明"),
    (r"no longer stated on (\S+), end date unknown", r"\1起不再载明,终止日不明"),
    (r"the responsibility is stated only by a (\S+) source \((.+)\)", r"责任认定仅见于非官方来源(\2)"),
    (r"the (later )?post is stated only by a (\S+) source \((.+)\)", r"任职仅见于非官方来源(\3)"),
    (r"the branch is stated only by a (\S+) source \((.+)\)", r"分支机构关系仅见于非官方来源(\2)"),
    (r"whether all adverse records since (\S+) are known .*", r"\1以来的不良记录是否归集完整"),
    (r"whether the decision is about (.+) \(领域\)", r"该决定是否属于\1"),
    (r"day of the decision not stated: read as (\S+), .*", r"决定日期未载明,按来源所载起始日\1解读"),
    (r"day of the decision not stated: the law of (\S+), .*", r"决定日期未载明,适用来源日期\1的法律"),
    (r"day of the decision not stated: whether .*", "决定日期未载明,当时法律是否施行不明"),
    (
        r"day of the act unknown: whoever held the post from (\S+) to (\S+) is shown, .*",
        r"行为日期不明:\1至\2间的任职者均列为待确认",
    ),
    (
        r"what the decision says: sources of one day contradict each other: (.+) \(来源相互矛盾\)",
        r"决定的内容,同日来源相互矛盾:\1",
    ),
    (
        r"whether it still stands: sources contradict each other on its end on (\S+): (.+) \(来源相互矛盾\)",
        r"\1是否终止,来源相互矛盾:\2",
    ),
    (r"the sources contradict each other on the post on (\S+): (.+) \(来源相互矛盾\)", r"\1是否任职,来源相互矛盾:\2"),
    (r"day of the act: whether (.+) or (.+) applies (\(从旧兼从轻, .+\))", r"行为日期:适用\1还是\2\3"),
    (
        r"day of the act: whether it lies before (\S+), when (.+) came into force (\(从旧兼从轻, .+\))",
        r"行为日期:是否在\1(\2施行)之前\3",
    ),
    (
        r"whether a milder law followed on (\S+): no wording in the pack (\(.+\))",
        r"\1起是否有较轻的新规定:规则库无条文\2",
    ),
    (r"which law is milder, (.+) or (.+) (\(从旧兼从轻, .+\))", r"\1与\2何者较轻\3"),
    (
        r"the law of the decision is milder than that of the act \((.+)\): it applies (\(.+\))",
        r"决定时的规定较行为时的(\1)为轻,适用决定时的规定\2",
    ),
    (
        r"the law of the act applies: that of the decision \((.+)\) is not milder (\(.+\))",
        r"适用行为时的规定:决定时的(\1)并不较轻\2",
    ),
    (r"day of the act not stated: .*", "行为日期未载明:适用决定日的法律"),
    (r"the law came into force on (\S+), while the state lasted", r"法律自\1起施行,当时该情形仍存续"),
    (r"this wording is no longer in force .*", "条文已更替"),
    (r"the law came into force on (\S+), while the entry stood", r"法律自\1起施行,当时仍在名单"),
    (r"the day from which the term runs \(起算日\) .*", "期限起算日未载明:终止日不明"),
    (r"removed from the list on (\S+): .*", r"已于\1移出名单:该措施须另行解除"),
    (r"removed from the list, and no order was ever made .*", "移出名单,且未发命令"),
    (r"removed from the list, or lifted .*", "移出名单或解除"),
    (r"the decision's own term is over, .*", "决定所定期限届满或不再及于本人"),
    (
        r"from (\S+) another ground of the decision goes on(, which lacks: .*)?",
        r"自\1起该决定的另一依据仍在,或尚缺条件",
    ),
    (r"cannot tell: no wording before (\S+) in the pack .*", r"无法判断:规则库无\1以前的条文"),
    (r"cannot tell: the wording of (\S+) is not confirmed .*", r"无法判断:\1起的条文未核实"),
    (r"by (\S+), as ordered or found", r"依规则\1及相应命令或认定"),
    (r"by (\S+)", r"依规则\1"),
    (r"objection (.+) under verification .*", r"异议\1核查期间暂不执行"),
    (r"corrected after objection (.+) \(更正\)", r"经异议\1更正"),
    (r"withdrawn after objection (.+) \(撤销\)", r"经异议\1撤销"),
    (r"term changed on (\S+) .*", r"\1调整期限"),
    (r"resumed: (.*)", r"恢复执行:\1"),
    (r"resumed", "恢复执行"),
)


def chinese(text: str) -> str:
    """One text of the derivation in Chinese: by the table, else what it says in brackets, else as it is."""
    for pattern, words in _CHINESE:
        if found := re.fullmatch(pattern, text):
            for number, part in enumerate(found.groups(), 1):
                words = words.replace(f"\\{number}", _ACT.get(part or "") or chinese(part or ""))
            return words
    bracket = re.search(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)$", text)
    return bracket[1] if bracket else text


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
