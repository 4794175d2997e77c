"""Schema and rule pack → `docs/schema.md`, `docs/rules.md` with the pages below them, `docs/glossary.md`. Pure, but for `main`, which writes them.

Remake the pages after a change of the schema or of a rule: `python -m graph_model.docs.pages` (or `make docs`). A test
fails while they are out of step.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from importlib import resources
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from graph_model.cypher import schema_statements
from graph_model.docs.glossary import render_glossary
from graph_model.docs.markdown import MADE, table
from graph_model.rules import (
    ANY_SANCTION,
    Area,
    Basis,
    Codes,
    Duration,
    InForce,
    Rule,
    RulePack,
    Term,
    load_pack,
    read_rules,
)
from graph_model.rules.model import Publicity
from graph_model.schema import (
    HUB_DEGREE,
    NODES,
    RELATIONSHIPS,
    Clock,
    Fact,
    Node,
    Party,
    Profile,
    Relationship,
    Sensitivity,
    Statement,
)


class Structure(NamedTuple):
    """A relationship type that holds the graph together and says nothing about the world."""

    type: str
    start: str
    end: str
    description: str


STRUCTURE: tuple[Structure, ...] = (
    Structure("ABOUT", "Statement", "Party", "whom a statement is about; the fact is the statement node"),
    Structure(
        "IDENTIFIES",
        "Identifier",
        "Party",
        "under which number or name a party is found. `policy`: the name policy that made the link (null: the "
        "identifier itself); `stated`: key of the party before that policy; `rec_from`: clock position",
    ),
    Structure(
        "ALSO_STATED",
        "Identifier",
        "Party",
        "a row gives this number to that party too, which cannot be the one where it stands: a doubt at both",
    ),
    Structure(
        "CONCERNS", "Event", "Sanction or Party", "on which sanction, or fact of a party, something was recorded"
    ),
    Structure("ARISES_FROM", "Consequence", "Sanction", "derived: from which sanction a consequence follows"),
    Structure("REACHES", "Consequence", "Party", "derived: whom a consequence reaches"),
    Structure("REJECTED_IN", "RejectedRow", "Run", "ledger: in which run a row was not taken"),
    Structure("AGAINST", "RejectedRow", "RejectedSubject", "ledger: a body that a row which was not taken is against"),
    Structure("OF_SOURCE", "Run", "Source", "ledger: of which source a run is"),
)
"""Never facts: no clocks, no owner, never walked by exposure, never evidence."""

SENSITIVITY = {
    Sensitivity.PUBLIC: "may be shown to whoever may ask",
    Sensitivity.PERSONAL: "personal information (个人信息): shown with a purpose only",
    Sensitivity.INTERNAL: "never shown in an answer",
}
ROLE_TIMES = {
    "at_act": "行为时: held the post on the day of the act",
    "at_decision": "决定时: held the post on the day of the decision",
    "current": "现任: held the post when the order began, or later while it lasts",
    "after_event": "事后: registers or runs a unit after the event",
    "unspecified": "未明定: the article does not say",
}
DURATION_ENDS = {
    "lifted": "until it is lifted (解除)",
    "delisted": "until removal from the list (移出名单)",
    "decision": "as long as the decision says (决定所定期限)",
}
LAW_DAYS = {
    "decision": "",
    "act": "the act (行为时法)",
    "standing": "any day on which the state lasts (状态存续期间)",
}
SUBJECTS = {"entity": "a unit", "person": "a person", "any": "a unit or a person", "branch": "a branch"}
LEVELS = {
    "law": "法律",
    "regulation": "行政法规",
    "interpretation": "司法解释",
    "central": "党中央、国务院文件",
    "local_regulation": "地方性法规",
    "rule": "部门规章、规范性文件",
    "policy": "政策文件",
}


# --- Markdown ---------------------------------------------------------------------------------------------


def _code(text: str) -> str:
    return f"`{text}`"


def _doc(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


# --- schema -----------------------------------------------------------------------------------------------

_WORDS = {str: "text", int: "integer", float: "number", bool: "true/false", date: "date", bytes: "bytes"}


def type_words(annotation: Any) -> str:
    """A type as a reader knows it: text, date, list of text, one of …"""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return ", ".join(type_words(a) for a in args if a is not NoneType)
    if origin is Literal:
        return "one of " + ", ".join(_code(str(a)) for a in args)
    if origin in (list, tuple):
        return "list of " + type_words(args[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(_code(str(a.value)) for a in annotation)
    return _WORDS[annotation]


def _properties(fields: dict[str, FieldInfo]) -> Iterator[str]:
    if not fields:
        return
    rows = []
    for name, field in fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict), f"{name} is not declared with prop()"
        words = type_words(field.annotation)
        rows.append((_code(name), extra["zh"], field.description, words, extra["sensitivity"]))
    yield from table(("property", "中文", "meaning", "type", "sensitivity"), rows)


def _own(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields that a class adds to its parent."""
    inherited = {n for base in kind.__mro__[1:] if issubclass(base, BaseModel) for n in base.model_fields}
    return {n: f for n, f in kind.model_fields.items() if n not in inherited}


def _node(node: type[Node]) -> Iterator[str]:
    yield f"## {node.LABEL} ({node.ZH})"
    yield ""
    yield _doc(node)
    yield ""
    marks = []
    if issubclass(node, Party) and node is not Party:
        marks.append("carries the label `Party` and its properties too")
    else:
        marks.append("unique: " + ", ".join(_code(k) for k in node.KEY))
    if node is Statement:
        marks.append("properties: those of every fact and those of a profile")
    if node.DERIVED:
        marks.append("derived: never a fact")
    yield "- " + "\n- ".join(marks)
    yield ""
    yield from _properties(_own(node))


def _relationship(rel: type[Relationship]) -> Iterator[str]:
    yield f"## {rel.TYPE} ({rel.ZH})"
    yield ""
    yield f"`(:{rel.START})-[:{rel.TYPE}]->(:{rel.END})`"
    yield ""
    yield _doc(rel)
    yield ""
    walk = "Exposure never walks it." if rel.WALK is None else f"Exposure walks it with weight {rel.WALK:g}."
    yield f"{walk} Role code of the rules: `{rel.ROLE}`." if rel.ROLE else walk
    yield ""
    yield from _properties(_own(rel))


def _kinds() -> Iterator[tuple[str, list[type[Node]]]]:
    nodes = list(NODES)
    clock = nodes.index(Clock)
    statement = nodes.index(Statement)
    yield "Parties and things", nodes[: statement + 1]
    yield "Ledger and clock", [n for n in nodes[statement + 1 :] if not n.DERIVED]
    yield "Derived", [n for n in nodes[clock:] if n.DERIVED]


def render_schema() -> dict[str, str]:
    """The page `docs/schema.md`, and those of nodes and of facts."""
    out = [MADE, "", "# The graph", ""]
    out += [
        "Every node and relationship type, computed from `graph_model/schema/`. Constraints, indexes and write "
        "statements come from the same classes.",
        "",
        '**Time.** `since` is the first day, `until` the first day after; null is unknown, never "always". '
        "`rec_from` and `rec_to` are positions of the graph's own clock: a fact is believed at position k when "
        "`rec_from <= k < rec_to`. Nothing is overwritten: a correction closes `rec_to` and adds a version.",
        "",
        "**Sensitivity** of a property:",
        "",
    ]
    out += [f"- `{level.value}`: {words}" for level, words in SENSITIVITY.items()]
    out += ["", "## Nodes", ""]
    for title, nodes in _kinds():
        named = (f"[`{n.LABEL}`](schema/nodes.md#{_anchor(n.LABEL, n.ZH)}) {n.ZH}" for n in nodes)
        out += [f"**{title}:** " + ", ".join(named), ""]
    out += ["## Facts", "", _doc(Fact), "", "Every fact has:", ""]
    out += _properties(dict(Fact.model_fields))
    out += [f"### Profile ({Profile.ZH})", "", _doc(Profile), ""]
    out += _properties(_own(Profile))
    out += ["## Relationships that are facts", ""]
    out += table(
        ("type", "中文", "from", "to", "exposure weight", "role"),
        (
            (
                f"[{r.TYPE}](schema/relationships.md#{_anchor(r.TYPE, r.ZH)})",
                r.ZH,
                r.START,
                r.END,
                "" if r.WALK is None else f"{r.WALK:g}",
                r.ROLE or "",
            )
            for r in RELATIONSHIPS
        ),
    )
    out += [
        "Exposure (related-party risk) walks the types that have a weight, in either direction. The strength of a "
        f"path is the product of the weights on it. A node with more than {HUB_DEGREE} distinct neighbours over these "
        "types is a hub (枢纽): it is reached and reported, and not walked through.",
        "",
    ]
    out += ["## Relationships that are not facts", ""]
    out += ["They hold the graph together. No clocks of their own, never evidence, never walked.", ""]
    out += table(("type", "from", "to", "meaning"), ((_code(s.type), s.start, s.end, s.description) for s in STRUCTURE))
    out += ["## Constraints and indexes", ""]
    out += ["Neo4j Community knows uniqueness only; required properties are enforced by the classes.", ""]
    out += ["```cypher", *(f"{statement};" for statement in schema_statements()), "```", ""]
    below = [MADE, "", "", "", "Part of [the graph](../schema.md).", ""]
    nodes_page, facts_page = list(below), list(below)
    nodes_page[2], facts_page[2] = "# Nodes", "# Relationships that are facts"
    for node in NODES:
        nodes_page += _node(node)
    for rel in RELATIONSHIPS:
        facts_page += _relationship(rel)
    texts = {"schema.md": out, "schema/nodes.md": nodes_page, "schema/relationships.md": facts_page}
    return {name: "\n".join(lines) for name, lines in texts.items()}


def _anchor(name: str, zh: str) -> str:
    """Where a heading `name (zh)` is found on its page."""
    return f"{name.lower()}-{zh.replace('、', '')}"


# --- rules ------------------------------------------------------------------------------------------------


def _term(term: Term) -> str:
    if term.life:
        return "for life (终身)"
    if term.until:
        return DURATION_ENDS[term.until]
    length = f"{term.years} years" if term.years else f"{term.months} months"
    return (
        f"{length} from the decision (自决定起)"
        if term.start == "decision"
        else f"{length} from the day stated (起算日)"
    )


def _duration(duration: Duration, codes: Codes) -> str:
    words = {**codes.circumstances, **codes.triggers}
    cases = [f"if {words[c.when].zh} (`{c.when}`): {_term(c)}" for c in duration.cases]
    return "; ".join([_term(duration), *cases])


def _area(area: Area | None) -> str:
    return f"{area.name} ({area.code})" if area else ""


def _days(period: InForce | Basis) -> str:
    if period.since is None and period.until is None:
        return ""
    return f"{period.since or 'unknown'} → {period.until or '…'}"


def _reach(rule: Rule, codes: Codes) -> str:
    roles = ", ".join(f"{codes.roles[r].zh} (`{r}`)" for r in rule.reach)
    if rule.via is None:
        return roles
    via = " or ".join(codes.roles[r].zh for r in rule.via.roles)
    onward = ", ".join(codes.roles[r].zh for r in rule.via.onward)
    text = f"{roles} of a later unit, where a {via} of the first unit becomes {onward}"
    if rule.via.candidates:
        text += f"; through {', '.join(codes.roles[r].zh for r in rule.via.candidates)} only candidates"
    return text


def _rule(rule: Rule, codes: Codes) -> Iterator[str]:
    yield f"### {rule.id} {rule.title.zh}"
    yield ""
    yield f"{rule.title.en}." + ("" if rule.enabled else " **Disabled (停用): not confirmed, never applied.**")
    yield ""
    words = {k: v.zh for k, v in codes.triggers.items()} | {k: "、".join(v) for k, v in codes.groups.items()}
    words[ANY_SANCTION] = "任何惩戒"
    subject = SUBJECTS[rule.trigger.subject]
    rows: list[tuple[str, str]] = [
        ("trigger", ", ".join(f"{words[c]} (`{c}`)" for c in rule.trigger.codes) + f", against {subject}"),
        (
            "only if the decision states",
            "、".join(f"{codes.circumstances[c].zh} (`{c}`)" for c in rule.trigger.requires),
        ),
        ("unless it states", "、".join(f"{codes.circumstances[c].zh} (`{c}`)" for c in rule.trigger.unless)),
        ("reaches", _reach(rule, codes)),
        ("which holder", ROLE_TIMES[rule.role_time]),
        ("how", f"{codes.automaticity[rule.automaticity].zh} (`{rule.automaticity}`)"),
        ("measures", ", ".join(f"{codes.measures[m].zh} (`{m}`)" for m in rule.measures)),
        ("scope", rule.scope or ""),
        ("how long", _duration(rule.duration, codes)),
        ("law of the day of", LAW_DAYS[rule.law_day]),
        ("ends by", "、".join(rule.ends_by)),
        ("where", _area(rule.jurisdiction)),
        ("in force", _days(rule.in_force)),
        ("answers", ", ".join(rule.requirements)),
        ("confidence", f"{rule.confidence.grade}: {rule.confidence.read}"),
        ("not applied because", rule.disabled or ""),
        ("covers", ", ".join(rule.covers)),
        ("note", rule.note or ""),
    ]
    if rule.without_finding == "none":
        rows.insert(4, ("without a finding", "nobody is even a candidate"))
    yield from table(("", ""), (row for row in rows if row[1]))
    yield from table(
        ("document", "article", "level", "in force", "area"),
        ((b.document, b.article or "", LEVELS[b.level], _days(b), _area(b.area)) for b in rule.legal_basis),
    )


def fields_of_law() -> dict[str, set[str]]:
    """Field → the ids of its rules: one file a field."""
    folder = resources.files("graph_model.rules")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {f.name.removesuffix(".yaml"): {r.id for r in read_rules(f.read_text("utf-8"), f.name)} for f in files}


def _field_words(field: str) -> str:
    return field.replace("_", " ").capitalize()


def render_field(pack: RulePack, field: str, ids: set[str]) -> str:
    """The page `docs/rules/FIELD.md`: each rule of one field of law."""
    out = [
        MADE,
        "",
        f"# Rules: {_field_words(field)}",
        "",
        f"From `graph_model/rules/{field}.yaml`. [All rules](../rules.md)",
        "",
    ]
    for rule in pack.rules:
        if rule.id in ids:
            out += _rule(rule, pack.codes)
    return "\n".join(out).replace("\n### ", "\n## ")


def render_rules(pack: RulePack) -> str:
    """The page `docs/rules.md`."""
    off = len(pack.rules) - len(pack.enabled)
    out = [MADE, "", "# The rules", ""]
    out += [
        f"{len(pack.rules)} rules, {off} of them disabled. They live as data in `graph_model/rules/*.yaml`; "
        "`creditgraph rules check` reads them against their schema, the code lists and the guards.",
        "",
        "A rule says: when a decision with such a code is made against such a subject, this measure reaches the "
        "holders of these roles at that moment, by itself or only with a finding or an order, for so long, by these "
        "articles.",
        "",
        "Guards that no rule may break: a measure that takes a right needs an article of a law, regulation or central "
        "document (国办发〔2020〕49号); a unit on the list of judgment defaulters (失信被执行人) reaches its persons by a "
        "limit on consumption alone; a shareholding alone reaches nobody; a second hop needs a row that says so; a "
        "record only records.",
        "",
        "A measure on a natural person stays a candidate (待确认) until a human confirms it (个人信息保护法 第24条).",
        "",
    ]
    out += table(
        ("id", "规则", "reaches", "which holder", "how", "measures", "grade"),
        (
            (
                r.id,
                r.title.zh,
                " ".join(r.reach),
                _code(r.role_time),
                _code(r.automaticity),
                " ".join(r.measures),
                r.confidence.grade if r.enabled else f"{r.confidence.grade}, disabled",
            )
            for r in pack.rules
        ),
    )
    out += ["Each rule with its articles, by field of law:", ""]
    out += [f"- [{_field_words(field)}](rules/{field}.md)" for field in fields_of_law()]
    out += [
        "",
        "[All codes](rules/codes.md): measures, roles, triggers, circumstances, acts, sectors and the others.",
        "",
    ]
    return "\n".join([*out, *_lists(pack), *_around(pack)])


def _lists(pack: RulePack) -> list[str]:
    """The section of the page about all lists."""
    out = ["## Lists (名单)", ""]
    out += [
        "Years: the longest that an entry stands without being prolonged; when that is over and no removal is known, it is "
        "neither in force nor ended ([exposure](exposure.md)). Without a number it stands until it is removed.",
        "",
    ]
    out += table(
        ("id", "名单", "who can stand on it", "how off it", "term", "years", "earlier removal", "articles", "grade"),
        (
            (
                row.id,
                row.title.zh,
                "、".join(row.subjects)
                + {"person": " (natural persons alone)", "unit": " (units alone)"}.get(row.only or "", ""),
                row.exit or "",
                row.term,
                f"{row.years or ''}{' from publication' if row.counted_from == 'publication' else ''}",
                f"after {row.early_exit_months} months{' from the correction' if row.early_exit_from == 'correction' else ''}"
                if row.early_exit_months
                else "",
                *(_bases(row.legal_basis), row.confidence.grade),
            )
            for row in pack.lists
        ),
    )
    return out


def render_codes(codes: Codes) -> str:
    """The page `docs/rules/codes.md`."""
    out = [MADE, "", "# Codes", "", "From `graph_model/rules/data/codes/`. [All rules](../rules.md)", ""]
    out += ["## Measures (措施)", ""]
    out += ["Group 1 takes a right or adds a duty; 2 is within an organ's own powers; 3 is left to others.", ""]
    out += ["With force, rules, area, basis and version: [the list of measures](measures.md).", ""]
    out += table(
        ("code", "中文", "English", "group"),
        ((_code(k), m.zh, m.en, m.group) for k, m in codes.measures.items()),
    )
    for title, listed in (
        ("Roles (角色)", codes.roles),
        ("How a rule reaches (生效方式)", codes.automaticity),
        ("Statuses (状态)", codes.statuses),
        ("Circumstances that a decision states (情节)", codes.circumstances),
        ("Kinds of penalty (处罚类别)", codes.penalty_kinds),
        ("Seriousness (失信程度)", codes.severities),
        ("Acts (失信行为)", codes.acts),
        ("Sectors and matters (领域与事项)", codes.sectors),
    ):
        out += [f"## {title}", ""]
        out += table(("code", "中文", "English"), ((_code(k), v.zh, v.en) for k, v in listed.items()))
    out += ["## Triggers (触发代码)", ""]
    out += table(
        ("code", "中文", "English", "kind"),
        ((_code(k), t.zh, t.en, _code(t.kind)) for k, t in codes.triggers.items()),
    )
    out += ["## Groups of triggers", ""]
    out += table(
        ("group", "codes"), ((_code(k), ", ".join(_code(c) for c in group)) for k, group in codes.groups.items())
    )
    return "\n".join(out)


def _bases(bases: Iterable[Basis]) -> str:
    return "; ".join(dict.fromkeys(f"{b.document} {b.article or ''}".strip() for b in bases))


def _around(pack: RulePack) -> list[str]:
    """What answers cite beside the rules: lists, deadlines, guards, periods of publicity, provisions."""
    out = ["## Around the rules", "", "What answers, deadlines, repair and checks cite by id.", ""]
    out += [
        "### Deadlines (期限)",
        "",
        "wd = working days, d = days, m = months, y = years; without *starts* for reference.",
        "",
    ]
    out += table(
        ("id", "期限", "English", "term", "starts", "who owes", "articles"),
        (
            (r.id, r.title.zh, r.title.en, r.term or "", r.starts or "", r.owes, _bases(r.legal_basis))
            for r in pack.deadlines
        ),
    )
    out += ["### Guards", ""]
    out += table(
        ("id", "中文", "what it forbids", "enforced at", "articles"),
        ((r.id, r.title.zh, r.rule, ", ".join(r.enforced), _bases(r.legal_basis)) for r in pack.guards),
    )
    out += ["### Publicity and repair (公示期、修复)", ""]
    out += table(
        ("id", "中文", "English", "seriousness", "months", "rule", "articles"),
        (
            (r.id, r.title.zh, r.title.en, r.severity or "", _months(r), r.rule, _bases(r.legal_basis))
            for r in pack.publicity
        ),
    )
    out += ["### Provisions (定义、关系限制、评价)", ""]
    out += table(
        ("id", "中文", "kind", "text", "place", "articles"),
        ((r.id, r.title.zh, r.kind.replace("_", " "), r.text, r.place, _bases(r.legal_basis)) for r in pack.provisions),
    )
    return out


def _months(row: Publicity) -> str:
    return " to ".join(str(n) for n in (row.min_months, row.max_months) if n is not None)


def render_measures(pack: RulePack) -> str:
    """The list of measures with force, area, basis and version: `docs/rules/measures.md`."""
    out = [MADE, "", "# Measures (惩戒与激励措施清单)", ""]
    out += [
        f"The {len(pack.codes.measures)} measures of the rule pack {pack.digest}, as 郴政发〔2017〕11号 二(四)19 asks for them: whether one is "
        "mandatory (强制性: by law others must carry it out) or recommended (推荐性: offered, and never applied by itself), by "
        "which rules it comes, where these hold, by which articles, and from when their wording holds. A measure without a rule "
        "is a code that comes into no answer. `creditgraph rules measures` and `/v1/measures` say the same.",
        "",
    ]
    rows = []
    for code, measure in pack.codes.measures.items():
        brought = [r for r in pack.rules if code in r.measures and r.enabled]
        rows.append(
            (
                _code(code),
                measure.zh,
                measure.en,
                measure.group,
                measure.force or "",
                ", ".join(dict.fromkeys(r.id for r in brought)),
                ", ".join(dict.fromkeys(r.jurisdiction.name for r in brought if r.jurisdiction)),
                "; ".join(
                    dict.fromkeys(f"{b.document} {b.article or ''}".strip() for r in brought for b in r.legal_basis)
                ),
                ", ".join(dict.fromkeys(str(r.in_force.since) for r in brought if r.in_force.since)),
            )
        )
    heads = ("code", "中文", "English", "group", "force", "rules", "area", "basis", "wording from")
    return "\n".join([*out, *table(heads, rows)])


def pages() -> dict[str, str]:
    """Every generated page, by file name."""
    pack = load_pack()
    fields = {f"rules/{field}.md": render_field(pack, field, ids) for field, ids in fields_of_law().items()}
    return {
        **render_schema(),
        "rules.md": render_rules(pack),
        "rules/codes.md": render_codes(pack.codes),
        "rules/measures.md": render_measures(pack),
        "glossary.md": render_glossary(pack),
        **fields,
    }


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in pages().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
