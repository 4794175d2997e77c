"""Answers as text for people: what the command line prints when nobody asked for JSON. Chinese with English labels."""

import json
from datetime import date
from typing import Any

import typer
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.cli.language import either, in_words
from graph_model.rules import RulePack
from graph_model.schema import FORMER_NAME, NODE_BY_LABEL, RELATIONSHIP_BY_TYPE
from queries.answers import Answer, ConsequenceRef, FactRef, Hit, NodeRef, PartyRef, SanctionRef
from queries.casework.published import Published
from queries.network.exposure_explained import ExplainedExposure
from queries.party.listed import Listed
from queries.party.records import broken_promises

STATUS_STYLE = {
    "candidate": "yellow",
    "active": "bold red",
    "suspended": "cyan",
    "ended": "dim",
    "in_force": "red",
    "term_over": "magenta",
    "unknown": "magenta",
    "hit": "bold red",
    "clear": "green",
    "ambiguous": "yellow",
    "incomplete": "magenta",
}
ANSWER_WORDS = {
    "hit": ("有结果", "hit"),
    "clear": ("未发现", "clear"),
    "unknown": ("查无此主体", "unknown"),
    "ambiguous": ("不能确定是哪一个", "ambiguous"),
    "incomplete": ("不完整,不可视为未发现", "incomplete, not to be read as clear"),
}
SANCTION_WORDS = {
    "in_force": "有效",
    "ended": "已结束",
    "unknown": "不明",
    "term_over": "期满",
}


_DECISION = ("机关 Authority", "文号 No.", "决定 Decided")


def heads(*both: str) -> list[str]:
    """Heads of columns in the language of the terminal."""
    return [either(*head.split(" ", 1)) if head else "" for head in both]


def row(zh: str, en: str) -> str:
    """What a line of a panel is about, so wide that the lines begin below each other."""
    return either(f"{zh}  ", f"{en:<10}")


def day(value: date | None) -> str:
    """A date, or that it is not known."""
    return value.isoformat() if value else either("未知", "unknown")


def period(since: date | None, until: date | None) -> str:
    """A half-open period; an open end is a dash, since it may be open or unknown."""
    return f"{day(since)} → {until.isoformat() if until else '…'}"


def status_words(status: str) -> str:
    """What an answer is worth, in a word or two."""
    return either(*ANSWER_WORDS.get(status, (status, status)))


def type_words(name: str) -> str:
    """The word for a relationship type."""
    if name in RELATIONSHIP_BY_TYPE:
        return either(RELATIONSHIP_BY_TYPE[name].ZH, name.replace("_", " ").lower())
    return either("基本信息", "profile") if name == "ABOUT" else name


def label_words(label: str) -> str:
    """The word for a sort of node."""
    return either(NODE_BY_LABEL[label].ZH, label)


def no_more(p: PartyRef | NodeRef) -> str:
    """That a party is no more, or may do no business; empty: it says no such thing."""
    status = p.gone if isinstance(p, PartyRef) else None
    told = either("已不存续或不得经营", "no longer exists, or may do no business")
    return f"  {told} ({status})" if status else ""


def party_line(p: PartyRef | NodeRef) -> Text:
    """Name, sort, numbers, key: enough to tell a party from its namesake."""
    text = Text(p.name or either("(无名称)", "(no name)"), style="bold")
    text.append(no_more(p), style="yellow")
    text.append(f"  {label_words(p.label)}", style="cyan")
    if isinstance(p, PartyRef):
        for i in p.identifiers:
            text.append(f"  {i.scheme} {i.value}", style="dim")
        if p.hub:
            text.append(f"  {either('枢纽', 'hub')} ({p.degree})", style="magenta")
        if p.sanctioned:
            text.append(f"  {either('有惩戒记录', 'sanctioned')}", style="red")
        elif p.had_sanctions:
            text.append(f"  {either('曾有惩戒记录', 'had sanctions')}", style="dim")
    text.append(f"  {p.key}", style="dim")
    return text


def unofficial(trust: str) -> str:
    """That no official source says so, and who does."""
    return either("无官方来源", f"no official source: {trust.replace('_', '-')}")


def sanction_state(s: SanctionRef) -> Text:
    """Its status on the day, whether it is disputed, what ended it, and whose word it is."""
    text = Text(
        either(SANCTION_WORDS[s.status], s.status.replace("_", " ")),
        style=STATUS_STYLE.get(s.status, "") if s.trust == "official" else "yellow",
    )
    ends = "、".join(f"{one.id} {one.term_over}" for one in s.listing if one.term_over)
    over = f"{either('期满, 未见移出', 'term over, no removal known')} ({ends})" if s.status == "term_over" else None
    for more in (
        over,
        in_words(s.disputed),
        in_words(s.ended_by),
        unofficial(s.trust) if s.trust != "official" else None,
    ):
        text.append(f"  {more}" if more else "")
    if s.data_date:
        text.append(f"  {either('数据日期', 'data of')} {s.data_date}", style="dim")
    return text


def fact_line(f: FactRef) -> Text:
    """One fact: type, period, source, record, owner."""
    text = Text(f"{type_words(f.type)} ", style="blue")
    text.append(period(f.since, f.until))
    source = f"  {either('来源', 'source')} {f.source}" + (f" ({f.record})" if f.record else "")
    text.append(source, style="dim")
    if f.data_date:
        text.append(f"  {either('数据日期', 'data of')} {f.data_date}", style="dim")
    if f.owner:
        text.append(f"  {either('归属', 'owner')} {f.owner}", style="dim")
    if f.trust != "official":
        text.append(f"  {unofficial(f.trust)}", style="yellow")
    if f.openness != "open":
        text.append(f"  {either('公开属性', 'openness')} {f.openness}", style="yellow")
    if f.disputed:
        text.append(f"  {in_words(f.disputed)}", style="yellow")
    for m in f.match:
        how = {"merged": either("经合并", "merged"), FORMER_NAME: either("按曾用名匹配", "by a former name")}.get(
            m.rpartition(" ")[2], either("按名称匹配", "by name")
        )
        text.append(f"  {how} {m}", style="yellow")
    for c in f.corrections:
        kind = {"merge": either("合并", "merged"), "joined": either("同号合一", "joined")}.get(
            c.kind, f"{either('更正', 'corrected')} {c.field}"
        )
        text.append(f"  {kind} {c.id}: {c.author}, {c.recorded_at}, {c.reason}", style="yellow")
    return text


def path_lines(path: list[NodeRef | FactRef]) -> Text:
    """A path as a chain: node, fact, node, …"""
    text = Text()
    for step in path:
        if isinstance(step, NodeRef):
            text.append("    ● ")
            text.append(step.name or step.key, style="bold")
            text.append(f" {label_words(step.label)}\n", style="cyan")
        else:
            text.append("    │ ")
            text.append(fact_line(step))
            text.append("\n")
    text.rstrip()
    return text


def sanction_table(rows: list[SanctionRef]) -> Table:
    """Own sanctions."""
    table = Table(*heads("惩戒 Sanction", *_DECISION, "至 Until", "状态 Status"), box=None)
    for s in rows:
        table.add_row(
            s.title or s.kind,
            s.authority or "",
            s.document_number or "",
            day(s.decided_on),
            s.until.isoformat() if s.until else "…",
            sanction_state(s),
        )
    return table


def public_items(answer: Published) -> RenderableType:
    """What may be shown to the public, and what no longer."""
    head = Text(f"{answer.party.name if answer.party else ''} · {answer.as_of} · ", style="bold")
    head.append(status_words(answer.status), style=STATUS_STYLE[answer.status])
    table = Table(*heads("公示中 Published", *_DECISION, "公示至 Until", "依据 Why"), box=None)
    for i in answer.items:
        until = i.until.isoformat() if i.until else "…"
        table.add_row(i.title or i.kind, i.authority, i.document_number, day(i.decided_on), until, in_words(i.why))
    lines = [Text(in_words(answer.reason), style="magenta")] if answer.reason else []
    for w in answer.withheld:
        basis = "; ".join(f"{b.document} {b.article or ''}".strip() for b in w.legal_basis)
        text = f"{either('不再公示,自', 'withheld since ')}{day(w.since)}: {in_words(w.why)}" + (
            f" [{basis}]" if basis else ""
        )
        lines.append(Text(text, style="dim" if w.over else "yellow"))
    return Group(head, *([table] if answer.items else []), *lines)


def listed_parties(answer: Listed, pack: RulePack) -> RenderableType:
    """Who stands on a list, or has a record of a code, with what the list says of itself."""
    head = Text(f"{answer.code} {answer.title['zh']}  ", style="bold")
    head.append(status_words(answer.status), style=STATUS_STYLE[answer.status])
    head.append(
        f"\n{answer.total} {either('个主体', 'parties')}; {either('触发', 'triggers')}: "
        + (", ".join(answer.follows) or either("无,仅供参考", "nothing, it informs"))
    )
    about = pack.list_of.get(answer.code)
    if about is not None:
        head.append(
            f"\n{either('对象', 'subjects')} {'、'.join(about.subjects)}; {either('期限', 'term')} {about.term}"
        )
        if about.exit:
            head.append(f"; {either('移出', 'exit')} {about.exit}")
    table = Table(
        *heads("主体 Party", "记录 Record", "机关 Authority", "文号 No.", "期间 Period", "状态 Status"), box=None
    )
    for one in answer.parties:
        for s in one.sanctions:
            when = period(s.decided_on, s.until)
            table.add_row(
                party_line(one.party), s.title or s.kind, s.authority, s.document_number, when, sanction_state(s)
            )
        for f in one.facts:
            p, when = f.properties, period(f.since, f.until)
            table.add_row(party_line(one.party), p.get("title"), p.get("authority"), p.get("document_number"), when, "")
    rest = [Text(f"{either('更多', 'more')}: --after {answer.next}", style="yellow")] if answer.next else []
    return Group(head, table, *rest)


def record_table(rows: list[FactRef], names: dict[str, str | None]) -> Table:
    """Credentials, commitments, inspections and tenders of a party."""
    table = Table(
        *heads("记录 Record", "", "内容 What", "机关 Authority", "文号 No.", "期间 Period", "状态 Status"), box=None
    )
    for f in rows:
        p = f.properties
        what = names.get(f.to) or names.get(f.from_) or p.get("title") or p.get("matter") or p.get("product") or ""
        state = (
            p.get("state") or p.get("result") or p.get("grade") or {True: "won", False: "lost"}.get(p.get("won"), "")
        )
        if p.get("due_on"):
            state += f"  {either('至', 'due')} {p['due_on']}"
        style = "red" if state.startswith(("broken", "false")) else ""
        if f.disputed:
            state += f"  {in_words(f.disputed)}"
        cells = (
            type_words(f.type),
            p.get("kind") or "",
            what,
            p.get("authority") or "",
            p.get("document_number") or "",
        )
        if f.trust != "official":
            state += f"  {unofficial(f.trust)}"
        if f.data_date:
            state += f"  {either('数据日期', 'data of')} {f.data_date}"
        table.add_row(*(Text(cell) for cell in cells), period(f.since, f.until), Text(state, style=style))
    return table


def consequence_panel(c: ConsequenceRef, pack: RulePack) -> RenderableType:
    """One consequence with clause, status, what is missing, and the path of its facts."""
    codes = pack.codes
    head = Text()
    head.append(f"{either(c.measure_title['zh'], c.measure_title['en'])}  ", style="bold")
    status = codes.statuses.get(c.status)
    head.append(either(status.zh if status else c.status, c.status), style=STATUS_STYLE.get(c.status, ""))
    body = Text()
    body.append(row("对象", "Subject")).append(c.subject.name or c.subject.key, style="bold").append("\n")
    version = either(f", {c.rule_version} 起的条文", f", wording of {c.rule_version}") if c.rule_version else ""
    how = codes.automaticity[c.automaticity]
    body.append(
        f"{row('规则', 'Rule')}{c.rule} {either(c.rule_title['zh'], c.rule_title['en'])}  ({either(how.zh, how.en)}{version})\n"
    )
    body.append(f"{row('期间', 'Period')}{period(c.since, c.until)}\n")
    if len(c.timeline) > 1:
        for i in c.timeline:
            word = either(codes.statuses[i.status].zh if i.status in codes.statuses else i.status, i.status)
            body.append(f"{row('状态', 'Status')}{period(i.since, i.until)}  ").append(
                word, style=STATUS_STYLE.get(i.status, "")
            )
            body.append(f"  {in_words(i.why)}\n", style="dim")
    for b in c.legal_basis:
        body.append(f"{row('依据', 'Basis')}{b.document} {b.article or ''}\n", style="green")
    for m in c.missing:
        body.append(f"{row('尚缺', 'Missing')}{in_words(m)}\n", style="yellow")
    for r in c.reading:
        body.append(f"{row('读法', 'Reading')}{in_words(r)}\n", style="dim")
    body.append(f"{row('编号', 'Key')}{c.key}  {either('证据摘要', 'digest')} {c.digest}\n", style="dim")
    body.append(either("证据", "Evidence") + "\n")
    parts: list[RenderableType] = [body, path_lines(c.path)]
    on_path = {step.fact_id for step in c.path if isinstance(step, FactRef)}
    for fact in c.evidence:
        if fact.fact_id not in on_path:  # a finding, or a second source for the same post
            parts.append(Text("    + ").append(fact_line(fact)))
    return Panel(Group(*parts), title=head, title_align="left", border_style="dim")


def hit_panel(h: Hit) -> RenderableType:
    """One exposure hit with its path."""
    ring = either({"surrounding": "周边", "historical": "历史", "own": "自身"}[h.ring], h.ring)
    head = Text(f"{ring} · {h.distance} {either('步', 'steps')} · {either('强度', 'strength')} {h.strength:g}  ")
    head.append(h.party.name or h.party.key, style="bold").append(no_more(h.party), style="yellow")
    body = Text()
    for s in h.sanctions:
        body.append(f"{s.title or s.kind}  {s.document_number or ''}  {day(s.decided_on)}  ")
        body.append_text(sanction_state(s)).append("\n")
    sure = "" if h.confirmed else either("(未确认)", " (unconfirmed)")
    for c in h.crosses:
        style = "green" if h.confirmed else "bold yellow"
        body.append(f"{either('经同一人判断', 'across a judgement')}{sure} {in_words(c)}\n", style=style)
    for u in h.uncertain:
        body.append(f"{either('日期未知', 'not known')} {in_words(u)}\n", style="yellow")
    if h.over_since:
        body.append(
            f"{either(f'关联已于 {h.over_since} 结束', f'the path no longer held from {h.over_since}')}\n", style="dim"
        )
    if h.age_days is not None:
        body.append(
            f"{either(f'决定距今 {h.age_days:,} 天', f'{h.age_days:,} days since the decision')}\n", style="dim"
        )
    paths = [path_lines(path) for path in (h.path, *h.more_paths)]
    if h.paths_total is None or h.paths_total > len(paths):
        more = "more" if h.paths_total is None else f"{h.paths_total - len(paths):,} more"
        paths.append(Text(f"… {more} paths as short: --paths", style="dim"))
    return Panel(Group(body, *paths), title=head, title_align="left", border_style="dim")


def _show_records(console: Console, a: Answer, limit: int) -> None:
    """What is recorded of a party that is no sanction; promises that were broken first."""
    broken = broken_promises(a.facts, a.as_of)
    names = {n.key: n.name for n in a.nodes}
    for title, rows in (
        (either("失信信息:承诺未履行或虚假(不是惩戒)", "Promises broken or false: information, no measure"), broken),
        (either("其他记录:许可、荣誉、承诺、检查、招投标", "Other records"), [f for f in a.facts if f not in broken]),
    ):
        if rows:
            console.print(Text(title, style="italic"))
            console.print(record_table(rows[:limit], names))
        if len(rows) > limit:
            console.print(
                f"… {len(rows) - limit} {either('条更多记录:用 --json 全部显示', 'more records: --json shows all')}",
                style="dim",
            )


def show_answer(console: Console, a: Answer, pack: RulePack, *, limit: int = 20) -> None:
    """Print an answer for a person."""
    head = Text(f"{a.question} · {a.as_of} · ")
    head.append(status_words(a.status), style=STATUS_STYLE[a.status])
    console.print(head)
    if a.party:
        console.print(party_line(a.party))
    if a.reason:
        console.print(Text(in_words(a.reason), style="dim"))
    for p in a.candidates:
        console.print(Text("  · ").append(party_line(p)))
    if a.sanctions:
        console.print(sanction_table(a.sanctions))
    if a.question == "lookup" and a.facts:
        _show_records(console, a, limit)
    for c in a.consequences[:limit]:
        console.print(consequence_panel(c, pack))
    if len(a.consequences) > limit:
        console.print(
            f"… {len(a.consequences) - limit} {either('项更多后果:用 --json 全部显示', 'more consequences: --json shows all')}",
            style="dim",
        )
    if a.hits:
        console.print(
            Text(either("关联风险(仅供调查参考,不是惩戒)", "Exposure: information, never a penalty"), style="italic")
        )
    for h in a.hits[:limit]:
        console.print(hit_panel(h))
    if len(a.hits) > limit:
        console.print(
            f"… {len(a.hits) - limit} {either('项更多关联:用 --json 全部显示', 'more hits: --json shows all')}",
            style="dim",
        )
    for cut in a.cut:
        name = f"{cut.party.name or cut.party.key}: " if cut.party else ""
        console.print(Text(f"{either('未穷尽', 'Cut')}: {name}{in_words(cut.detail)}", style="magenta"))
    if a.question in ("exposure", "lookup") and a.complete and a.party:
        console.print(Text(either("完整:没有遗漏", "Complete: nothing was cut."), style="green"))


def show_statements(explained: ExplainedExposure) -> None:
    """Statements as they can be pasted into Neo4j Browser or cypher-shell, each with its parameters."""
    for number, sent in enumerate(explained.statements, 1):
        parameters = ", ".join(f"{name}: {_cypher(value)}" for name, value in sent.parameters.items())
        typer.echo(f"// {number}. {sent.purpose}\n:param {{{parameters}}};\n{sent.text};\n")


def _cypher(value: Any) -> str:
    return f"date('{value}')" if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
