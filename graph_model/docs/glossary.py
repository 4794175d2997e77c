"""Words of the field and of this program → the page `docs/glossary.md`: Chinese, English, and what the code calls it.

What the schema and the code lists know is taken from there. Here stand the words that have no row anywhere else.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from graph_model.docs.markdown import MADE, table
from graph_model.events import ROLES
from graph_model.record_classes import organ_roles, record_classes
from graph_model.rules import RulePack
from graph_model.rules.model import Bilingual
from graph_model.schema import NODES, RELATIONSHIPS


class GlossaryTerm(NamedTuple):
    """A word in both languages, and what in the code means it: names, or a path."""

    zh: str
    en: str
    code: str


TERMS = (
    GlossaryTerm("后果", "consequence: a legal measure that reaches somebody, by a clause", "`ConsequenceRef`"),
    GlossaryTerm("关联风险", "exposure: who near is sanctioned. Information, never a penalty", "`exposure`"),
    GlossaryTerm("自身、周边、历史风险", "rings of an exposure: own, surrounding, historical", "`Ring`"),
    GlossaryTerm("主体", "party: a unit or a person", "`Party`"),
    GlossaryTerm("查询日", "the day asked about", "`as_of`"),
    GlossaryTerm("所知日", "the day at whose end something was known", "`known_at`"),
    GlossaryTerm("时钟位置", "clock position: which writes an answer has seen", "`position`"),
    GlossaryTerm("事实", "fact: what one source says, append-only", "`fact_id`"),
    GlossaryTerm("主张", "claim: what is said, whoever says it", "`claim_id`"),
    GlossaryTerm("记录期", "from which position up to which a fact is believed", "`rec_from`, `rec_to`"),
    GlossaryTerm("失载日", "first day on which a newer snapshot no longer has it", "`absent_since`"),
    GlossaryTerm("期满, 未见移出", "the term of a list entry is over, and no removal is known", "`term_over`"),
    GlossaryTerm("枢纽", "hub: has so many neighbours that it is reached, and not walked through", "`HUB_DEGREE`"),
    GlossaryTerm("未覆盖", "cut: what an answer does not cover, and why", "`Cut`"),
    GlossaryTerm("证据", "evidence: the ordered facts under a consequence", "`evidence`"),
    GlossaryTerm("证据摘要", "digest of wording and evidence: what a confirmation names", "`digest`"),
    GlossaryTerm("规则包", "rule pack: the law as data", "`RulePack`"),
    GlossaryTerm("触发", "trigger: the code of a decision that a rule asks for", "`Trigger`"),
    GlossaryTerm("人工确认", "confirmation by a human (个人信息保护法 第24条)", "`confirmed`"),
    GlossaryTerm("标注", "marked: an objection is being verified", "`disputed`"),
    GlossaryTerm("同一人判断", "judgement that two entries are one person", "`SAME_PERSON_AS`"),
    GlossaryTerm("重错码", "codes that are wrong, borne by several, or doubled", "`WrongCodes`"),
    GlossaryTerm("曾用名", "former name", "`former_names`"),
    GlossaryTerm("名称见于", "a name by which records call a party in passing", "`CalledRef`"),
    GlossaryTerm("统一社会信用代码", "unified social credit code", "`uscc`"),
    GlossaryTerm("穿透持股比例", "effective share: all chains together", "`effective_shares`"),
    GlossaryTerm("实际控制", "control: more than half at every step", "`controlled`"),
    GlossaryTerm("受益所有人", "beneficial owner", "`BeneficialOwnerRef`"),
    GlossaryTerm("内存副本", "projection: the copy of the graph that answers many questions", "`queries/projection`"),
    GlossaryTerm("入库批次", "run: one file in the ledger; rows in = accepted + rejected + duplicate", "`RunRef`"),
    GlossaryTerm(
        "快照、增量", "snapshot, delta: what a newer file of a source says of an older one", "`SourceDescription`"
    ),
    GlossaryTerm("报送清单", "reporting catalogue", "`ReportingCatalogue`"),
    GlossaryTerm("双公示", "publicity of penalties and licences", "`loaders/sources/shuanggongshi.py`"),
    GlossaryTerm("白名单", "white list", "`WhitelistProfile`"),
    GlossaryTerm("应查必查事项", "matter: a kind of decision before which is looked up", "`MatterProfile`"),
    GlossaryTerm("分级分类监管", "tiers of supervision", "`TierTable`"),
    GlossaryTerm("联合惩戒执行", "execution of a consequence by an organ", "`TaskRef`"),
    GlossaryTerm("期限", "deadline: who owes what by when", "`DueRef`"),
    GlossaryTerm("信用修复", "repair", "`RepairRef`"),
)
"""Words that stand in answers and documents, and in no list."""


def _section(title: str, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield from table(("中文", "English", "code"), rows)


def _coded(words: Mapping[str, Bilingual]) -> Iterator[tuple[str, str, str]]:
    for code, word in words.items():
        yield word.zh, word.en, f"`{code}`"


def render_glossary(pack: RulePack) -> str:
    """The page `docs/glossary.md`."""
    codes = pack.codes
    kinds = [*((n.ZH, n.LABEL) for n in NODES), *((r.ZH, r.TYPE) for r in RELATIONSHIPS)]
    out = [MADE, "", "# Glossary · 术语表", ""]
    out += [
        "One word for one thing: Chinese, English, and what the code calls it. The codes of triggers, acts and sectors"
    ]
    out += ["stand in `graph_model/rules/data/codes/`, and with their words in [Codes](rules/codes.md).", ""]
    out += _section("Words of the program · 系统用语", TERMS)
    out += _section(
        "Nodes and relationships · 图中的节点与关系",
        ((zh, name.replace("_", " ").lower(), f"`{name}`") for zh, name in kinds),
    )
    out += _section("Statuses of a consequence · 后果的状态", _coded(codes.statuses))
    out += _section("How a rule reaches · 生效方式", _coded(codes.automaticity))
    out += _section("Measures · 惩戒与激励措施", _coded(codes.measures))
    out += _section("Capacities · 责任身份", _coded(codes.roles))
    out += _section("How grave · 失信程度", _coded(codes.severities))
    out += _section("Kinds of penalty · 处罚种类", _coded(codes.penalty_kinds))
    out += _section("Who records · 办理身份", ((zh, code.replace("_", " "), f"`{code}`") for code, zh in ROLES.items()))
    out += _section(
        "Roles of organs · 机关职责", ((role.zh, role.en, f"`{code}`") for code, role in organ_roles().items())
    )
    out += _section(
        "Classes of the credit file · 信用档案类别",
        ((word.zh, word.en, f"`{code}`") for code, word in record_classes().items()),
    )
    return "\n".join(out).rstrip() + "\n"
