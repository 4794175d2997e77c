"""What is in the graph: every node and relationship type, declared once.

Constraints, indexes and write statements (`cypher.py`), API models and `docs/schema.md` are computed from
these classes, so they cannot drift apart. Chinese terms stand beside the English ones here and nowhere else.

Three kinds of things:

- **parties** (`Entity`, `Person`, `Organ`) and things (`Sanction`, `Address`, …): nodes with an opaque key;
- **facts**: what one source says, dated on two clocks. A relationship, or a `Statement` about a party;
- **derived and ledger nodes** (`ConsequenceNode`, `Run`, …): never read as facts, never walked.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

FOREVER = 9007199254740991
"""`rec_to` of what is still believed: the largest integer that JSON and JavaScript carry exactly."""


class Sensitivity(StrEnum):
    """How freely a property may be shown (个人信息保护法 51: classification)."""

    PUBLIC = "public"
    PERSONAL = "personal"
    INTERNAL = "internal"


def prop(description: str, zh: str, sensitivity: Sensitivity = Sensitivity.PUBLIC) -> Any:
    """A described property; `Annotated` metadata of every field below."""
    return Field(description=description, json_schema_extra={"zh": zh, "sensitivity": sensitivity.value})


PUBLIC, PERSONAL, INTERNAL = Sensitivity.PUBLIC, Sensitivity.PERSONAL, Sensitivity.INTERNAL

Openness = Literal["open", "on_request", "internal"]
Trust = Literal["official", "self_declared", "reference"]
Judgement = Literal["same", "different", "unsure"]
Match = Literal["identifier", "exact-name", "former-name", "merged"]
EXACT_NAME, FORMER_NAME, MERGED = "exact-name", "former-name", "merged"
BY_NAME = (EXACT_NAME, FORMER_NAME)
"""Policies by which a name alone led to a party: one that it bears, or one that it bore (曾用名)."""
SAME_NUMBER = "same-number"
"""Policy by which two parties became one, because one row gives numbers of both. Facts say no policy then: they were
found by a number all the same."""
ONE_EACH = ("uscc", "cn-id")
"""Schemes of which nobody has two numbers: whoever has another one is another party, whatever else agrees."""


# --- nodes ------------------------------------------------------------------------------------------------


class Node(BaseModel):
    """Anything with a label. `KEY` names the unique property (or properties)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    LABEL: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]] = ("key",)
    ZH: ClassVar[str]
    COLOUR: ClassVar[str] = "#8a8f98"
    DERIVED: ClassVar[bool] = False
    INDEXES: ClassVar[tuple[str, ...]] = ()


class Party(Node):
    """Whoever can hold a right, a post or a sanction. Carried beside Entity, Person and Organ as a second label.

    The properties below are caches of the current view, recomputed from the believed facts; the facts themselves
    are `Statement`s and relationships.
    """

    LABEL: ClassVar = "Party"
    ZH: ClassVar = "主体"
    INDEXES: ClassVar = ("name_key", "scope", "caches_dirty", "merged_into", "changed")
    key: Annotated[str, prop("opaque key; holds no name and no number", "主键")]
    name: Annotated[str | None, prop("current name", "名称", PERSONAL)] = None
    former_names: Annotated[
        list[str] | None, prop("names borne before, and by which records call it", "曾用名等", PERSONAL)
    ] = None
    name_key: Annotated[str | None, prop("name normalised for exact comparison", "名称比对键", PERSONAL)] = None
    coded: Annotated[bool | None, prop("has an identifier of its own, not only a name", "有标识")] = None
    degree: Annotated[int | None, prop("distinct neighbours over walkable types, all dates", "度")] = None
    hub: Annotated[bool | None, prop("more neighbours than exposure walks through", "枢纽")] = None
    sanctioned: Annotated[bool | None, prop("has at least one believed sanction of any date", "有失信或处罚记录")] = (
        None
    )
    hub_tag: Annotated[str | None, prop("why it is a hub whatever its degree", "枢纽标记")] = None
    caches_dirty: Annotated[bool | None, prop("caches are to be recomputed", "待重算")] = None
    changed: Annotated[int | None, prop("clock position at which anything shown of it changed last", "变更序号")] = None
    merged_into: Annotated[str | None, prop("key of the party at which it stands since a merge", "并入主体")] = None
    merged: Annotated[bool | None, prop("takes part in a merge, or once did", "曾合并")] = None


class Entity(Party):
    """A company, institution, social organisation, individual business or public body (法人、非法人组织、个体工商户)."""

    LABEL: ClassVar = "Entity"
    ZH: ClassVar = "单位"
    COLOUR: ClassVar = "#2f6db5"
    kind: Annotated[
        Literal["company", "institution", "social_organisation", "individual_business", "public_body", "other"] | None,
        prop("what sort of body it is", "类型"),
    ] = None
    status: Annotated[str | None, prop("registration status as stated", "登记状态")] = None
    region: Annotated[str | None, prop("division code or name where it is", "所在地区")] = None


class Person(Party):
    """A natural person (自然人). Never found or merged by name across entities."""

    LABEL: ClassVar = "Person"
    ZH: ClassVar = "自然人"
    COLOUR: ClassVar = "#c2702a"
    scope: Annotated[str | None, prop("key of the entity within which the name is the only identity", "同名范围")] = (
        None
    )
    id_masked: Annotated[str | None, prop("id number, masked", "证件号码(脱敏)", PERSONAL)] = None
    adult_on: Annotated[date | None, prop("eighteenth birthday: measures do not reach minors", "成年日", INTERNAL)] = (
        None
    )


class Organ(Party):
    """An authority (行政机关、法院): owner of data and source of decisions; a party itself when it is sanctioned."""

    LABEL: ClassVar = "Organ"
    ZH: ClassVar = "机关"
    COLOUR: ClassVar = "#6a5aa8"


class Identifier(Node):
    """A number or name under which a party is known. Every key ever issued stays resolvable through one."""

    LABEL: ClassVar = "Identifier"
    ZH: ClassVar = "标识"
    KEY: ClassVar = ("scheme", "value")
    scheme: Annotated[str, prop("uscc, cn-reg, cn-org, cn-id, stock, organ-name, name@SOURCE, …", "标识方案")]
    value: Annotated[str, prop("normalised value; id numbers and names only as a keyed hash", "标识值")]
    valid: Annotated[bool | None, prop("check digits agree", "校验通过")] = None
    called: Annotated[
        list[str] | None,
        prop(
            "names in passing: [name, kind, newest day, official, source, run] as JSON each", "顺带提及的名称", PERSONAL
        ),
    ] = None


class Sanction(Node):
    """A penalty, list entry, court order, decision, judgment or rating (处罚、名单、限制令、决定、判决、评级).

    What it says stands on its IMPOSED_ON facts; the node holds its identity and a cache of the current view.
    """

    LABEL: ClassVar = "Sanction"
    ZH: ClassVar = "惩戒"
    COLOUR: ClassVar = "#c0392b"
    INDEXES: ClassVar = ("dirty",)
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    document_number: Annotated[str | None, prop("number of the decision, order or case", "文号")] = None
    dirty: Annotated[bool | None, prop("its consequences are to be derived again", "待重算")] = None
    retired: Annotated[
        bool | None, prop("repaired or withdrawn: shown to nobody but owner, supervisor, party", "停用")
    ] = None
    retired_content: Annotated[list[str] | None, prop("digests of content that was corrected", "已更正内容")] = None


class Credential(Node):
    """A licence, honour, red-list entry, grade or commitment (许可、荣誉、红名单、等级、承诺)."""

    LABEL: ClassVar = "Credential"
    ZH: ClassVar = "许可与荣誉"
    COLOUR: ClassVar = "#2e8b57"
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    document_number: Annotated[str | None, prop("number of the decision or certificate", "文号")] = None


class Tender(Node):
    """A lot that is tendered (标段、采购项目)."""

    LABEL: ClassVar = "Tender"
    ZH: ClassVar = "招标采购项目"
    COLOUR: ClassVar = "#7f8c2d"
    INDEXES: ClassVar = ("document_number",)
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what is bought", "名称")] = None
    document_number: Annotated[str | None, prop("number of the lot", "标段编号")] = None


class Inspection(Node):
    """A check by an organ, or the test of a product (检查、抽检). Never a sanction; it triggers nothing by itself."""

    LABEL: ClassVar = "Inspection"
    ZH: ClassVar = "检查与抽检"
    COLOUR: ClassVar = "#5f7a8a"
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what was checked", "事项")] = None
    document_number: Annotated[str | None, prop("number of the record", "编号")] = None


class Address(Node):
    """A registered address (注册地址)."""

    LABEL: ClassVar = "Address"
    ZH: ClassVar = "地址"
    COLOUR: ClassVar = "#9a8c98"
    INDEXES: ClassVar = ("caches_dirty", "changed")
    key: Annotated[str, prop("opaque key", "主键")]
    name: Annotated[str | None, prop("the address as written", "地址")] = None
    degree: Annotated[int | None, prop("distinct neighbours over walkable types", "度")] = None
    hub: Annotated[bool | None, prop("more neighbours than exposure walks through", "枢纽")] = None
    hub_tag: Annotated[str | None, prop("why it is a hub whatever its degree", "枢纽标记")] = None
    caches_dirty: Annotated[bool | None, prop("caches are to be recomputed", "待重算")] = None
    changed: Annotated[int | None, prop("clock position at which anything shown of it changed last", "变更序号")] = None


class Statement(Node):
    """What one source says of a party's attributes at one time (基本信息)."""

    LABEL: ClassVar = "Statement"
    ZH: ClassVar = "基本信息"
    KEY: ClassVar = ("fact_id",)
    INDEXES: ClassVar = ("statement_id",)


# --- ledger and clock -------------------------------------------------------------------------------------


class Source(Node):
    """A described source (数据来源)."""

    LABEL: ClassVar = "Source"
    ZH: ClassVar = "数据来源"
    KEY: ClassVar = ("id",)
    id: Annotated[str, prop("short id, as in `creditgraph load ID`", "来源")]
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    owner: Annotated[str | None, prop("authority that owns the data", "归属单位")] = None


class Run(Node):
    """The loading of one file: rows in = accepted + rejected + duplicate (入库台账)."""

    LABEL: ClassVar = "Run"
    ZH: ClassVar = "入库批次"
    KEY: ClassVar = ("id",)
    id: Annotated[str, prop("id of the run", "批次")]
    source: Annotated[str, prop("source id", "来源")]
    file: Annotated[str, prop("name of the file, without its folder", "文件")]
    sheet: Annotated[
        str | None, prop("sheet of the workbook, where several of one file are loaded, each as a run", "工作表")
    ] = None
    sha256: Annotated[str, prop("hash of the file", "文件哈希")]
    state: Annotated[
        Literal["received", "reviewed", "refused", "loading", "complete"],
        prop("held for review, or how far loading came", "状态"),
    ]
    data_date: Annotated[date | None, prop("day for which the file speaks; null = unknown", "数据日期")] = None
    delivery: Annotated[int | None, prop("which delivery of that day it is; null = the first", "当日批次")] = None
    contested: Annotated[
        int | None, prop("rows that another file of the same day and delivery contradicts", "同日矛盾行数")
    ] = None
    partition: Annotated[str | None, prop("part of the source that the snapshot covers; null = delta", "快照分区")] = (
        None
    )
    swept: Annotated[bool | None, prop("what this snapshot no longer has was marked as absent", "已比对缺失")] = None
    held: Annotated[str | None, prop("why it was not", "未比对原因")] = None
    whole: Annotated[bool | None, prop("a person said that it is whole", "人工确认完整")] = None
    absent: Annotated[int | None, prop("facts that were marked as absent", "缺失事实数")] = None
    steps: Annotated[list[str] | None, prop("who received, reviewed and released it, JSON", "审核记录")] = None
    rows_in: Annotated[int, prop("rows read", "读入")] = 0
    accepted: Annotated[int, prop("rows that became facts", "接受")] = 0
    rejected: Annotated[int, prop("rows kept aside with their reason", "拒绝")] = 0
    duplicate: Annotated[int, prop("rows equal to an earlier row or a believed fact", "重复")] = 0


class RejectedRow(Node):
    """A row that was not taken, whole and encrypted, with reason and remedy (拒收记录)."""

    LABEL: ClassVar = "RejectedRow"
    ZH: ClassVar = "拒收记录"
    KEY: ClassVar = ("run", "line")
    run: Annotated[str, prop("id of the run", "批次")]
    line: Annotated[int, prop("line (or record number) in the file", "行号")]
    field: Annotated[str | None, prop("the field at fault", "字段")] = None
    code: Annotated[str, prop("kind of fault", "原因代码")]
    reason: Annotated[str, prop("what is wrong, id numbers masked", "原因")]
    todo: Annotated[str | None, prop("what to do", "处理办法")] = None
    owner: Annotated[str | None, prop("authority that the row names; null = not known", "归属单位")] = None
    payload: Annotated[bytes, prop("the row, encrypted", "原始记录(加密)", INTERNAL)]


class Clock(Node):
    """One node that every writer locks: its `seq` is the position of the graph in commit order."""

    LABEL: ClassVar = "Clock"
    ZH: ClassVar = "时钟"
    KEY: ClassVar = ("name",)
    name: Annotated[str, prop("always 'graph'", "名称")]
    seq: Annotated[int, prop("number of write transactions so far", "序号")]
    pack: Annotated[str | None, prop("digest of the rules that consequences were derived with", "规则包摘要")] = None
    store: Annotated[str | None, prop("random id of this graph: copies of it know whose they are", "图谱编号")] = None


class Change(Node):
    """One write transaction (变更)."""

    LABEL: ClassVar = "Change"
    ZH: ClassVar = "变更"
    KEY: ClassVar = ("seq",)
    INDEXES: ClassVar = ("at",)
    seq: Annotated[int, prop("its position", "序号")]
    at: Annotated[int, prop("instant, milliseconds since 1970 UTC", "时刻")]
    author: Annotated[str, prop("who wrote", "作者")]
    kind: Annotated[str, prop("load, link, derive, confirm, …", "类别")]


class Catalogue(Node):
    """One version of the reporting catalogue (信用信息数据报送清单、归集目录): append-only, the last one loaded counts."""

    LABEL: ClassVar = "Catalogue"
    ZH: ClassVar = "报送清单"
    KEY: ClassVar = ("version",)
    version: Annotated[str, prop("its version, as the keeper numbers it", "版本")]
    filed_on: Annotated[date | None, prop("day on which it was filed (备案)", "备案日期")] = None
    filed_with: Annotated[str | None, prop("organ with which it was filed", "备案机关")] = None
    filing_number: Annotated[str | None, prop("number of the filing", "备案号")] = None
    digest: Annotated[str, prop("hash of all that it says", "内容摘要")]
    at: Annotated[int, prop("instant of loading, milliseconds since 1970 UTC", "入库时刻")]
    rec_from: Annotated[int, prop("clock position from which it counts", "入库序号")]
    rec_to: Annotated[int, prop("clock position from which a later version counts", "失效序号")] = FOREVER


class CatalogueItem(Node):
    """What one owner reports through one source, how often, by which basis (报送事项)."""

    LABEL: ClassVar = "CatalogueItem"
    ZH: ClassVar = "报送事项"
    KEY: ClassVar = ("catalogue", "item")
    catalogue: Annotated[str, prop("version of the catalogue", "版本")]
    item: Annotated[str, prop("what is reported", "事项")]
    owner: Annotated[str, prop("authority that owes it", "归属单位")]
    source: Annotated[str, prop("source id through which it comes", "来源")]
    record_class: Annotated[str, prop("one of the six classes of the credit file", "信息类别")]
    period: Annotated[str, prop("how often, as a term: 1d, 7wd, 1m", "更新周期")]
    legal_basis: Annotated[str, prop("by which document it is reported", "法律依据")]
    mode: Annotated[Literal["copy", "call", "verify"], prop("how it is shared", "共享方式")]


# --- what people and organs decide --------------------------------------------------------------------------


class EventNode(Node):
    """One step that a person or an organ recorded (办理记录): a fact, append-only, carried over by every export.

    Findings, confirmations, objections, repairs, withdrawals, liftings, changed terms, execution of measures.
    """

    LABEL: ClassVar = "Event"
    ZH: ClassVar = "办理记录"
    KEY: ClassVar = ("id",)
    INDEXES: ClassVar = ("item", "sanction", "subject", "kind", "case")
    id: Annotated[str, prop("id of the event", "编号")]
    kind: Annotated[str, prop("finding, confirmation, objection, repair, withdrawal, lifting, …", "类别")]
    stage: Annotated[str, prop("what happened in it", "环节")]
    sanction: Annotated[str, prop("key of the sanction", "惩戒")]
    item: Annotated[str, prop("what it is about: the sanction, or the id of a disputed statement", "事项")]
    day: Annotated[date, prop("day on which it happened", "发生日")]
    subject: Annotated[str | None, prop("key of the party concerned", "所涉主体")] = None
    consequence: Annotated[str | None, prop("key of the consequence", "惩戒后果")] = None
    digest: Annotated[str | None, prop("digest of the evidence that was seen", "证据摘要")] = None
    case: Annotated[str | None, prop("number of the objection, repair or task", "案号")] = None
    author: Annotated[str, prop("who recorded it", "记录人", PERSONAL)]
    role: Annotated[str, prop("in which role", "记录身份")]
    organ: Annotated[str | None, prop("organ that acted", "机关")] = None
    reason: Annotated[str, prop("why", "理由", PERSONAL)]
    document: Annotated[str | None, prop("document that says so", "文书")] = None
    details: Annotated[str, prop("what else the step says, JSON", "内容", PERSONAL)] = "{}"
    at: Annotated[int, prop("instant of recording, milliseconds since 1970 UTC", "记录时刻")]
    rec_from: Annotated[int, prop("clock position from which it is known", "入库序号")]
    place: Annotated[int, prop("its place among those that were recorded together", "同批次序")] = 0


class Correction(Node):
    """A human's decision about identity (更正): two entities are one, or a rejected row had this code. Append-only.

    It is taken back by another one of kind `undo` that names it in `of`.
    """

    LABEL: ClassVar = "Correction"
    ZH: ClassVar = "更正"
    KEY: ClassVar = ("id",)
    INDEXES: ClassVar = ("kind", "of", "other", "made")
    id: Annotated[str, prop("id of the correction", "编号")]
    kind: Annotated[
        Literal["merge", "code", "undo", "joined"],
        prop("merge, corrected code, or taken back; joined: by the program, as one row gives numbers of both", "类别"),
    ]
    of: Annotated[str | None, prop("undo: the correction that it takes back", "所撤销的更正")] = None
    keep: Annotated[str | None, prop("merge, joined: key of the party that stays", "保留主体")] = None
    other: Annotated[str | None, prop("merge, joined: key of the party that goes into it", "并入主体")] = None
    names: Annotated[
        list[str] | None, prop("merge, joined: keys of names that stood at the other", "随同并入的名称")
    ] = None
    run: Annotated[str | None, prop("code: run in which the row was rejected", "原批次")] = None
    line: Annotated[int | None, prop("code: its line", "原行号")] = None
    field: Annotated[str | None, prop("code: the field that was corrected", "字段")] = None
    code: Annotated[str | None, prop("code: the right code", "正确代码")] = None
    made: Annotated[str | None, prop("code: run in which the corrected row was loaded", "更正批次")] = None
    author: Annotated[str, prop("who decided", "决定人", PERSONAL)]
    reason: Annotated[str, prop("why", "理由", PERSONAL)]
    at: Annotated[int, prop("instant of recording, milliseconds since 1970 UTC", "记录时刻")]
    rec_from: Annotated[int, prop("clock position from which it holds", "入库序号")]
    place: Annotated[int | None, prop("place among those recorded in one transaction", "同批次序")] = None


# --- derived ----------------------------------------------------------------------------------------------


class ConsequenceNode(Node):
    """A measure that follows for a subject from a sanction by a rule (惩戒后果). Derived: deleted and rebuilt at will."""

    LABEL: ClassVar = "Consequence"
    ZH: ClassVar = "惩戒后果"
    COLOUR: ClassVar = "#8e2434"
    DERIVED: ClassVar = True
    INDEXES: ClassVar = ("sanction", "subject", "rule", "ends")
    key: Annotated[str, prop("hash of sanction, rule, measure, subject", "主键")]
    sanction: Annotated[str, prop("key of the sanction", "惩戒")]
    subject: Annotated[str, prop("key of the party reached", "及于主体")]
    rule: Annotated[str, prop("rule id", "规则")]
    rule_version: Annotated[str, prop("day from which this wording of the rule is in force", "规则版本")]
    measure: Annotated[str, prop("measure code", "措施")]
    automaticity: Annotated[str, prop("how the law makes it reach", "生效方式")]
    timeline: Annotated[str, prop("dated status intervals, JSON", "状态区间")]
    evidence: Annotated[str, prop("ordered facts, a frozen copy, JSON", "证据链", PERSONAL)]
    fact_ids: Annotated[list[str], prop("ids of the facts in the evidence, in order", "事实")]
    digest: Annotated[str, prop("hash of rule wording and evidence: what a confirmation names", "证据摘要")]
    missing: Annotated[list[str], prop("what is not known or not yet found", "尚缺")]
    reading: Annotated[list[str], prop("how unknown dates were read", "日期读法")]
    basis: Annotated[str, prop("articles in force on the day that counts, JSON", "法律依据")]
    retired: Annotated[bool | None, prop("rests on a repaired, corrected or withdrawn item", "停用")] = None
    ends: Annotated[date | None, prop("day on which it ends, as far as it is known", "终止日")] = None


class FormerName(Node):
    """A name that an entity with an identifier bore before, by its own records (曾用名). Derived: from this name to it."""

    LABEL: ClassVar = "FormerName"
    ZH: ClassVar = "曾用名"
    DERIVED: ClassVar = True
    KEY: ClassVar = ("name_key", "party")
    INDEXES: ClassVar = ("party",)
    name_key: Annotated[str, prop("name normalised for exact comparison", "名称比对键", PERSONAL)]
    party: Annotated[str, prop("key of the entity that bore it", "主体")]


# --- facts ------------------------------------------------------------------------------------------------


class Fact(BaseModel):
    """One source's statement on two clocks. `since`/`until` are half-open dates; null is unknown, not "always"."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    TYPE: ClassVar[str]
    since: Annotated[date | None, prop("first day on which it is true; null = unknown", "起始日")] = None
    until: Annotated[date | None, prop("first day on which it is no longer true; null = unknown", "终止日")] = None
    fact_id: Annotated[str, prop("unique id of this version of the statement", "事实编号")] = ""
    claim_id: Annotated[str, prop("what is claimed, whoever says it", "主张编号")] = ""
    statement_id: Annotated[str, prop("one source's statement across its versions", "陈述编号")] = ""
    digest: Annotated[str, prop("hash of the content, to see whether a version differs", "内容摘要")] = ""
    rec_from: Annotated[int, prop("clock position from which it is believed", "入库序号")] = 0
    rec_to: Annotated[int, prop("clock position from which it is no longer believed", "失效序号")] = FOREVER
    source: Annotated[str, prop("source id", "来源")] = ""
    run: Annotated[str, prop("run that brought it", "批次")] = ""
    line: Annotated[int | None, prop("line (or record number) in the file", "行号")] = None
    owner: Annotated[str | None, prop("authority that owns the statement", "归属单位")] = None
    data_date: Annotated[date | None, prop("day for which the source speaks; null = unknown", "数据日期")] = None
    seen_on: Annotated[
        list[date] | None, prop("later data dates on which the source said the same, ascending", "再次确认日")
    ] = None
    seen_at: Annotated[list[int] | None, prop("clock positions at which that became known", "再次确认入库序号")] = None
    file_date: Annotated[
        date | None, prop("data date of the file that said it last; null = that of the row", "文件数据日期")
    ] = None
    delivery: Annotated[int | None, prop("which delivery of its day said it last; null = the first", "当日批次")] = None
    seen_in: Annotated[str | None, prop("run that said it last; null = `run`", "最近所在批次")] = None
    contested: Annotated[
        bool | None, prop("another file of the same day and delivery said otherwise; null = no", "同日矛盾")
    ] = None
    parts: Annotated[
        int | None, prop("of a decision that one file tells in several rows, the first: how many there are", "分项数")
    ] = None
    partition: Annotated[str | None, prop("part of the source that one snapshot covers; null = delta", "快照分区")] = (
        None
    )
    in_snapshot: Annotated[date | None, prop("newest snapshot that has it; null = delta", "最近所在快照")] = None
    absent_since: Annotated[date | None, prop("data date of the first later snapshot without it", "快照缺失日")] = None
    trust: Annotated[Trust, prop("official, self-declared or reference only", "可信类别")] = "official"
    openness: Annotated[Openness, prop("open, on request or internal", "公开属性")] = "open"
    published: Annotated[bool, prop("whether it is published", "是否公示")] = True
    start_match: Annotated[Match, prop("how the first party was found", "起点匹配方式")] = "identifier"
    end_match: Annotated[Match, prop("how the second party was found", "终点匹配方式")] = "identifier"
    start_stated: Annotated[str | None, prop("key of the first party before a name policy", "起点原主体")] = None
    end_stated: Annotated[str | None, prop("key of the second party before a name policy", "终点原主体")] = None


class Profile(Fact):
    """Attributes of a party as one source states them: the content of a `Statement` node."""

    TYPE: ClassVar = "ABOUT"
    ZH: ClassVar = "基本信息"
    name: Annotated[str | None, prop("registered or full name", "名称", PERSONAL)] = None
    former_names: Annotated[list[str] | None, prop("names borne before", "曾用名", PERSONAL)] = None
    kind: Annotated[str | None, prop("kind of body", "类型")] = None
    legal_form: Annotated[str | None, prop("registered form as stated", "企业类型")] = None
    status: Annotated[str | None, prop("registration status as stated", "登记状态")] = None
    established_on: Annotated[date | None, prop("day of registration", "成立日期")] = None
    capital: Annotated[float | None, prop("registered capital in yuan of `capital_currency`", "注册资本(元)")] = None
    capital_currency: Annotated[str | None, prop("ISO 4217 code", "币种")] = None
    region: Annotated[str | None, prop("province and city, or division code", "所在地区")] = None
    industry: Annotated[str | None, prop("industry as stated", "行业")] = None
    business_scope: Annotated[str | None, prop("business scope", "经营范围")] = None
    stock_code: Annotated[str | None, prop("stock code", "股票代码")] = None
    id_masked: Annotated[str | None, prop("id number, masked", "证件号码(脱敏)", PERSONAL)] = None
    organ_roles: Annotated[list[str] | None, prop("what an organ is in the credit system, O01 to O09", "职责角色")] = (
        None
    )
    born_from: Annotated[int | None, prop("first year of birth that is possible", "出生年份(起)", INTERNAL)] = None
    born_to: Annotated[int | None, prop("last year of birth that is possible", "出生年份(止)", INTERNAL)] = None
    sex: Annotated[Literal["male", "female"] | None, prop("sex as stated", "性别", INTERNAL)] = None
    undisclosed: Annotated[str | None, prop("why its identity is not told, as stated (code)", "身份未披露原因")] = None
    owners_undisclosed: Annotated[
        str | None,
        prop("why its owners are not told, as stated (code): not the same as no data", "受益所有人未披露原因"),
    ] = None
    undisclosed_note: Annotated[str | None, prop("the reason in the source's words", "未披露说明")] = None


class Relationship(Fact):
    """A dated relationship. `WALK` is its weight for exposure; None: exposure never walks it."""

    START: ClassVar[str]
    END: ClassVar[str]
    ZH: ClassVar[str]
    REVERSE_ZH: ClassVar[str] = ""
    COLOUR: ClassVar[str] = "#8a8f98"
    WALK: ClassVar[float | None] = None
    ROLE: ClassVar[str | None] = None  # role code of the rule pack that this relationship carries


# (:Person)-[:LEGAL_REPRESENTATIVE_OF]->(:Entity)
class LegalRepresentativeOf(Relationship):
    """Legal representative (法定代表人): the person who acts in the entity's name by law."""

    TYPE: ClassVar = "LEGAL_REPRESENTATIVE_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "法定代表人"
    COLOUR: ClassVar = "#b5482f"
    WALK: ClassVar = 1.0
    ROLE: ClassVar = "LR"


# (:Person)-[:PRINCIPAL_OF]->(:Entity)
class PrincipalOf(Relationship):
    """Principal responsible person (主要负责人), by whatever title."""

    TYPE: ClassVar = "PRINCIPAL_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "主要负责人"
    COLOUR: ClassVar = "#b5482f"
    WALK: ClassVar = 1.0
    ROLE: ClassVar = "PIC"
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Person)-[:DIRECTOR_OF]->(:Entity)
class DirectorOf(Relationship):
    """Director (董事)."""

    TYPE: ClassVar = "DIRECTOR_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "董事"
    COLOUR: ClassVar = "#b98a2f"
    WALK: ClassVar = 0.7
    ROLE: ClassVar = "DIR"
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Person)-[:SUPERVISOR_OF]->(:Entity)
class SupervisorOf(Relationship):
    """Supervisor (监事)."""

    TYPE: ClassVar = "SUPERVISOR_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "监事"
    COLOUR: ClassVar = "#b98a2f"
    WALK: ClassVar = 0.5
    ROLE: ClassVar = "SUP"
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Person)-[:SENIOR_MANAGER_OF]->(:Entity)
class SeniorManagerOf(Relationship):
    """Senior manager (高级管理人员)."""

    TYPE: ClassVar = "SENIOR_MANAGER_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "高级管理人员"
    COLOUR: ClassVar = "#b98a2f"
    WALK: ClassVar = 0.7
    ROLE: ClassVar = "SM"
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Party)-[:ACTUAL_CONTROLLER_OF]->(:Entity)
class ActualControllerOf(Relationship):
    """Actual controller (实际控制人), as stated by a source, never computed into a fact."""

    TYPE: ClassVar = "ACTUAL_CONTROLLER_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "实际控制人"
    COLOUR: ClassVar = "#7b3fa0"
    WALK: ClassVar = 1.0
    ROLE: ClassVar = "AC"


# (:Person)-[:EMPLOYED_AT]->(:Entity)
class EmployedAt(Relationship):
    """Employment without a managing post (任职、受雇)."""

    TYPE: ClassVar = "EMPLOYED_AT"
    START: ClassVar = "Person"
    END: ClassVar = "Entity"
    ZH: ClassVar = "任职"
    COLOUR: ClassVar = "#a5a58d"
    WALK: ClassVar = 0.2
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Person)-[:PRACTISES_AT]->(:Entity)
class PractisesAt(Relationship):
    """Registered practice (注册执业)."""

    TYPE: ClassVar = "PRACTISES_AT"
    START: ClassVar = "Person"
    END: ClassVar = "Entity"
    ZH: ClassVar = "注册执业"
    COLOUR: ClassVar = "#a5a58d"
    WALK: ClassVar = 0.3
    practice_class: Annotated[str | None, prop("class of practice", "执业类别")] = None
    licence_number: Annotated[str | None, prop("number of the practice licence", "执业证号", PERSONAL)] = None


# (:Party)-[:HOLDS_SHARES_IN]->(:Entity)
class HoldsSharesIn(Relationship):
    """Shareholding (持股) as an interval of the whole, 0..1. A shareholding alone never makes anyone liable."""

    TYPE: ClassVar = "HOLDS_SHARES_IN"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "股东"
    COLOUR: ClassVar = "#3f8f7b"
    WALK: ClassVar = 0.8
    ROLE: ClassVar = "SH"
    share_min: Annotated[float, prop("least share of the whole, 0..1", "持股下限")] = 0.0
    share_max: Annotated[float, prop("greatest share of the whole, 0..1", "持股上限")] = 1.0
    share_known: Annotated[bool, prop("whether the source states the share", "比例已知")] = False
    rank: Annotated[int | None, prop("rank in the source's list of holders", "排名")] = None
    beneficial: Annotated[
        bool | None, prop("whether the source calls the holder a beneficial owner by it", "构成受益所有")
    ] = None


# (:Party)-[:HAS_INTEREST_IN]->(:Entity)
class HasInterestIn(Relationship):
    """Another interest than a share held directly (表决权等其他权益): votes, appointments, trusts, indirect holdings.

    What it is says `interest`, a code of the BODS interest types. An indirect shareholding stands here and not under
    HOLDS_SHARES_IN, so that nothing is counted twice along a chain. Like a shareholding it makes nobody liable.
    """

    TYPE: ClassVar = "HAS_INTEREST_IN"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "其他权益"
    COLOUR: ClassVar = "#3f8f7b"
    WALK: ClassVar = 0.7
    interest: Annotated[str, prop("kind of interest (BODS interestType)", "权益类型")] = "unknownInterest"
    directness: Annotated[
        Literal["direct", "indirect", "unknown"], prop("held directly or through others", "直接或间接")
    ] = "unknown"
    share_min: Annotated[float, prop("least share of this interest, 0..1", "比例下限")] = 0.0
    share_max: Annotated[float, prop("greatest share of this interest, 0..1", "比例上限")] = 1.0
    share_known: Annotated[bool, prop("whether the source states the share", "比例已知")] = False
    beneficial: Annotated[
        bool | None, prop("whether the source calls the holder a beneficial owner by it", "构成受益所有")
    ] = None
    details: Annotated[str | None, prop("the interest in the source's words", "权益说明")] = None
    components: Annotated[
        list[str] | None, prop("source's records of the entities and holdings through which it is held", "间接路径记录")
    ] = None


InspectionResult = Literal["passed", "failed", "rectified", "not_found", "obstructed", "no_activity"]
"""not_found: nobody could be reached there; obstructed: the check was refused; no_activity: nothing to be checked."""

CommitmentState = Literal["made", "kept", "broken", "false"]


# (:Entity)-[:BRANCH_OF]->(:Entity)
class BranchOf(Relationship):
    """Branch of a company (分公司、分支机构): not a legal person of its own (公司法 13)."""

    TYPE: ClassVar = "BRANCH_OF"
    START: ClassVar = "Entity"
    END: ClassVar = "Entity"
    ZH: ClassVar = "分支机构"
    COLOUR: ClassVar = "#3f8f7b"
    WALK: ClassVar = 1.0


# (:Party)-[:MEMBER_OF]->(:Entity)
class MemberOf(Relationship):
    """Membership of an association (会员)."""

    TYPE: ClassVar = "MEMBER_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "会员"
    COLOUR: ClassVar = "#a5a58d"


# (:Entity)-[:REGISTERED_AT]->(:Address)
class RegisteredAt(Relationship):
    """Registered address (注册地址)."""

    TYPE: ClassVar = "REGISTERED_AT"
    START: ClassVar = "Entity"
    END: ClassVar = "Address"
    ZH: ClassVar = "注册地址"
    COLOUR: ClassVar = "#9a8c98"
    WALK: ClassVar = 0.2


# (:Entity)-[:SUPPLIES_TO]->(:Entity)
class SuppliesTo(Relationship):
    """Supplier (供应商), by year."""

    TYPE: ClassVar = "SUPPLIES_TO"
    START: ClassVar = "Entity"
    END: ClassVar = "Entity"
    ZH: ClassVar = "供应商"
    COLOUR: ClassVar = "#6b705c"
    WALK: ClassVar = 0.2
    share: Annotated[float | None, prop("share of the buyer's purchases, 0..1", "采购占比")] = None
    rank: Annotated[int | None, prop("rank in the source's list", "排名")] = None


# (:Entity)-[:BID_IN]->(:Tender)
class BidIn(Relationship):
    """A bid (投标). `since` = the day on which the bids were opened."""

    TYPE: ClassVar = "BID_IN"
    START: ClassVar = "Entity"
    END: ClassVar = "Tender"
    ZH: ClassVar = "投标"
    COLOUR: ClassVar = "#7f8c2d"
    price_yuan: Annotated[float | None, prop("price offered, in yuan", "投标报价(元)")] = None
    won: Annotated[bool | None, prop("whether it won", "是否中标")] = None
    joint: Annotated[bool | None, prop("bid of several together", "是否联合体投标")] = None
    responsible_person: Annotated[str | None, prop("responsible for the project, as named", "项目负责人", PERSONAL)] = (
        None
    )
    contact: Annotated[str | None, prop("contact of the bid, as named", "联系人", PERSONAL)] = None
    representative: Annotated[str | None, prop("authorised representative, as named", "授权代表", PERSONAL)] = None


# (:Tender)-[:TENDERED_BY]->(:Entity)
class TenderedBy(Relationship):
    """Whose tender it is (招标人、采购人)."""

    TYPE: ClassVar = "TENDERED_BY"
    START: ClassVar = "Tender"
    END: ClassVar = "Entity"
    ZH: ClassVar = "招标人"
    COLOUR: ClassVar = "#7f8c2d"


# (:Entity)-[:AGENT_FOR]->(:Tender)
class AgentFor(Relationship):
    """The agency that runs a tender (招标代理机构、采购代理机构)."""

    TYPE: ClassVar = "AGENT_FOR"
    START: ClassVar = "Entity"
    END: ClassVar = "Tender"
    ZH: ClassVar = "代理机构"
    COLOUR: ClassVar = "#7f8c2d"


# (:Person)-[:EVALUATES]->(:Tender)
class Evaluates(Relationship):
    """An expert on the committee that judged the bids (评审专家). `since` = the day of the judging."""

    TYPE: ClassVar = "EVALUATES"
    START: ClassVar = "Person"
    END: ClassVar = "Tender"
    ZH: ClassVar = "评审专家"
    COLOUR: ClassVar = "#7f8c2d"


# (:Party)-[:INSPECTED_IN]->(:Inspection)
class InspectedIn(Relationship):
    """What a check or a product test found (检查、抽检). `since` = its day. Never a sanction."""

    TYPE: ClassVar = "INSPECTED_IN"
    START: ClassVar = "Party"
    END: ClassVar = "Inspection"
    ZH: ClassVar = "检查与抽检"
    COLOUR: ClassVar = "#5f7a8a"
    kind: Annotated[Literal["inspection", "product_quality"], prop("check or product test", "类别")] = "inspection"
    result: Annotated[InspectionResult, prop("what came out", "结果")] = "passed"
    result_stated: Annotated[str | None, prop("the result as stated", "结果原文")] = None
    method: Annotated[str | None, prop("kind of check as stated, as 双随机", "检查类型")] = None
    matter: Annotated[str | None, prop("what was checked", "检查事项")] = None
    finding: Annotated[str | None, prop("what was found, in words", "检查情况", PERSONAL)] = None
    authority: Annotated[str | None, prop("organ that checked", "检查机关")] = None
    document_number: Annotated[str | None, prop("number of the record", "编号")] = None
    product: Annotated[str | None, prop("product that was tested", "产品名称")] = None
    model: Annotated[str | None, prop("specification of the product", "规格型号")] = None
    batch: Annotated[str | None, prop("batch or day of production", "批次")] = None
    role: Annotated[str | None, prop("as what the party is named: maker, seller, …", "主体身份")] = None
    failed_items: Annotated[str | None, prop("items that failed", "不合格项目")] = None
    laboratory: Annotated[str | None, prop("body that tested", "检验机构")] = None


# (:Party)-[:HOLDS]->(:Credential)
class Holds(Relationship):
    """A licence, honour, grade or commitment (持有). Of a commitment `since` is the day on which it was made."""

    TYPE: ClassVar = "HOLDS"
    START: ClassVar = "Party"
    END: ClassVar = "Credential"
    ZH: ClassVar = "持有"
    COLOUR: ClassVar = "#2e8b57"
    kind: Annotated[
        str | None, prop("licence, honour, certificate, qualification, red_list, grade, commitment", "类别")
    ] = None
    codes: Annotated[list[str] | None, prop("trigger codes of incentives", "触发代码")] = None
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    content: Annotated[str | None, prop("content as stated", "内容")] = None
    document_number: Annotated[str | None, prop("number of the decision", "文号")] = None
    certificate_number: Annotated[str | None, prop("number of the certificate", "证书编号")] = None
    decided_on: Annotated[date | None, prop("day of the decision", "决定日期")] = None
    authority: Annotated[str | None, prop("organ that decided", "决定机关")] = None
    state: Annotated[str | None, prop("state as stated; of a commitment made, kept, broken or false", "当前状态")] = (
        None
    )
    state_on: Annotated[date | None, prop("day from which the commitment is kept, broken or false", "状态日期")] = None
    due_on: Annotated[date | None, prop("last day on which the commitment is to be kept", "履行期限")] = None
    scheme: Annotated[str | None, prop("scheme of a grade, kind of a commitment", "评价体系或承诺类型")] = None
    grade: Annotated[str | None, prop("grade as its organ gave it, never computed by us", "等级")] = None
    published_on: Annotated[date | None, prop("day of publication", "公示日期")] = None
    publish_until: Annotated[date | None, prop("first day after publication ends", "公示截止(不含)")] = None
    exit_reason: Annotated[str | None, prop("why it ended, as stated", "移出原因")] = None


SanctionKind = Literal["penalty", "list_entry", "court_order", "decision", "judgment", "rating"]


# (:Sanction)-[:IMPOSED_ON]->(:Party)
class ImposedOn(Relationship):
    """What a decision says of its subject: the trigger of rules. `since` = day of decision or listing."""

    TYPE: ClassVar = "IMPOSED_ON"
    START: ClassVar = "Sanction"
    END: ClassVar = "Party"
    ZH: ClassVar = "惩戒对象"
    COLOUR: ClassVar = "#c0392b"
    kind: Annotated[SanctionKind, prop("what sort of sanction", "类别")] = "penalty"
    codes: Annotated[list[str], prop("trigger codes of the rule pack", "触发代码")] = []
    penalty_kinds: Annotated[list[str] | None, prop("kinds of penalty as stated", "处罚类别")] = None
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    document_number: Annotated[str | None, prop("number of the decision, order or case", "文号")] = None
    authority: Annotated[str | None, prop("organ or court", "决定机关")] = None
    act: Annotated[str | None, prop("kind of act", "违法行为类型")] = None
    facts_found: Annotated[str | None, prop("facts as found", "违法事实", PERSONAL)] = None
    basis_stated: Annotated[str | None, prop("basis as the decision states it", "处罚依据")] = None
    content: Annotated[str | None, prop("what was ordered", "处罚内容", PERSONAL)] = None
    act_on: Annotated[date | None, prop("day of the act; null = unknown", "行为日期")] = None
    decided_on: Annotated[date | None, prop("day of the decision; null = unknown", "决定日期")] = None
    published_on: Annotated[date | None, prop("day of publication", "公示日期")] = None
    publish_until: Annotated[date | None, prop("first day after publication ends", "公示截止(不含)")] = None
    fine_yuan: Annotated[float | None, prop("fine in yuan", "罚款金额(元)")] = None
    confiscated_yuan: Annotated[float | None, prop("confiscated, in yuan", "没收金额(元)")] = None
    amount_yuan: Annotated[float | None, prop("amount of the case in yuan", "涉案金额(元)")] = None
    certificates: Annotated[str | None, prop("certificates withheld or revoked", "暂扣或吊销证照")] = None
    jurisdiction: Annotated[str | None, prop("area of the deciding organ", "管辖地区")] = None
    circumstances: Annotated[list[str] | None, prop("circumstances that the decision states", "情节代码")] = None
    circumstances_not: Annotated[
        list[str] | None, prop("circumstances that the decision says not to be there", "不具备的情节代码")
    ] = None
    sectors: Annotated[list[str] | None, prop("sectors or matters that the decision is about", "领域代码")] = None
    counted_from: Annotated[date | None, prop("day from which a term runs, if not the decision's", "期限起算日")] = None
    stands_on: Annotated[str | None, prop("number of the penalty on which a listing stands", "列入依据文号")] = None
    severity: Annotated[Literal["minor", "general", "serious"] | None, prop("seriousness as stated", "失信程度")] = None
    repair_conditions: Annotated[str | None, prop("repair conditions told with the decision", "修复条件告知")] = None
    party_role: Annotated[str | None, prop("part in the case, as stated", "诉讼地位")] = None
    exit_reason: Annotated[str | None, prop("why the entry ended, as stated", "移出原因")] = None


# (:Sanction)-[:IMPOSED_BY]->(:Organ)
class ImposedBy(Relationship):
    """The organ that decided (决定机关)."""

    TYPE: ClassVar = "IMPOSED_BY"
    START: ClassVar = "Sanction"
    END: ClassVar = "Organ"
    ZH: ClassVar = "决定机关"
    COLOUR: ClassVar = "#6a5aa8"


# (:Person)-[:RESPONSIBLE_FOR]->(:Sanction)
class ResponsibleFor(Relationship):
    """A document finds this person liable, names him in a decision, or orders a measure against him (责任认定)."""

    TYPE: ClassVar = "RESPONSIBLE_FOR"
    START: ClassVar = "Person"
    END: ClassVar = "Sanction"
    ZH: ClassVar = "责任人"
    COLOUR: ClassVar = "#c0392b"
    capacity: Annotated[str, prop("role code in which the document holds him liable", "责任身份代码")] = "DRP"
    capacity_stated: Annotated[str | None, prop("capacity as the document words it", "责任身份")] = None
    basis: Annotated[
        Literal["finding", "named", "ordered"],
        prop("finding of fault, named in the decision, or covered by an order", "认定方式"),
    ] = "finding"
    document: Annotated[str | None, prop("document that says so", "认定文书")] = None


# (:Organ)-[:PART_OF]->(:Organ)
class PartOf(Relationship):
    """The organ above it (上级机关)."""

    TYPE: ClassVar = "PART_OF"
    START: ClassVar = "Organ"
    END: ClassVar = "Organ"
    ZH: ClassVar = "上级机关"
    COLOUR: ClassVar = "#6a5aa8"


# (:Organ)-[:SUCCEEDED_BY]->(:Organ)
class SucceededBy(Relationship):
    """The organ that took over what this one did (承继机关). `since` = day of the succession."""

    TYPE: ClassVar = "SUCCEEDED_BY"
    START: ClassVar = "Organ"
    END: ClassVar = "Organ"
    ZH: ClassVar = "承继机关"
    COLOUR: ClassVar = "#6a5aa8"


# (:Person)-[:SAME_PERSON_AS]->(:Person)
class SamePersonAs(Relationship):
    """A human's judgement whether two entries are one natural person (同一人判断). The program never makes one.

    One at the most is believed of a pair; the key of the first is the lesser. One that was undone stays, closed. No
    consequence crosses it, whatever it says. Exposure crosses it only as `queries/network/exposure.py` says, and tells.
    """

    TYPE: ClassVar = "SAME_PERSON_AS"
    START: ClassVar = "Person"
    END: ClassVar = "Person"
    ZH: ClassVar = "同一人判断"
    COLOUR: ClassVar = "#c2702a"
    judgement: Annotated[Judgement, prop("same, different or unsure", "判断")] = "unsure"
    author: Annotated[str, prop("who judged", "判断人", PERSONAL)] = ""
    day: Annotated[date | None, prop("day of the judgement", "判断日")] = None
    reason: Annotated[str, prop("why", "理由", PERSONAL)] = ""
    score: Annotated[int | None, prop("score as it was seen; null = the names do not agree", "当时得分")] = None
    reasons: Annotated[list[str], prop("its parts as they were seen", "当时依据")] = []
    undone_by: Annotated[str | None, prop("who took it back", "撤销人", PERSONAL)] = None
    undone_on: Annotated[date | None, prop("day on which it was taken back", "撤销日")] = None
    undone_reason: Annotated[str | None, prop("why it was taken back", "撤销理由", PERSONAL)] = None
    place: Annotated[int | None, prop("place among those recorded in one transaction", "同批次序", INTERNAL)] = None


RELATIONSHIPS: tuple[type[Relationship], ...] = (
    LegalRepresentativeOf,
    PrincipalOf,
    DirectorOf,
    SupervisorOf,
    SeniorManagerOf,
    ActualControllerOf,
    EmployedAt,
    PractisesAt,
    HoldsSharesIn,
    HasInterestIn,
    BranchOf,
    MemberOf,
    RegisteredAt,
    SuppliesTo,
    BidIn,
    TenderedBy,
    AgentFor,
    Evaluates,
    InspectedIn,
    Holds,
    ImposedOn,
    ImposedBy,
    ResponsibleFor,
    PartOf,
    SucceededBy,
    SamePersonAs,
)
NODES: tuple[type[Node], ...] = (
    Party,
    Entity,
    Person,
    Organ,
    Identifier,
    Sanction,
    Credential,
    Tender,
    Inspection,
    Address,
    Statement,
    Source,
    Run,
    RejectedRow,
    Clock,
    Change,
    Catalogue,
    CatalogueItem,
    EventNode,
    Correction,
    ConsequenceNode,
    FormerName,
)
RELATIONSHIP_BY_TYPE = {r.TYPE: r for r in RELATIONSHIPS}
NODE_BY_LABEL = {n.LABEL: n for n in NODES}

WALKABLE: tuple[str, ...] = tuple(r.TYPE for r in RELATIONSHIPS if r.WALK is not None)
"""The relationship types that exposure may walk."""

ROLE_TYPES: dict[str, tuple[str, ...]] = {
    **{r.ROLE: (r.TYPE,) for r in RELATIONSHIPS if r.ROLE},
    "DSS": ("DIRECTOR_OF", "SUPERVISOR_OF", "SENIOR_MANAGER_OF"),
}
"""Role code of the rule pack → relationship types that carry it. Codes not here are reached only by RESPONSIBLE_FOR."""

CROSSED: dict[str, float] = {"same": 1.0, "unsure": 0.5}
"""The judgements of SAME_PERSON_AS that exposure may cross, with their weight. It is no walkable type: no degree."""

HIDDEN: frozenset[str] = frozenset(
    name
    for kind in (Profile, *RELATIONSHIPS)
    for name, field in kind.model_fields.items()
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("sensitivity") == INTERNAL.value
)
"""Properties of facts that no answer shows."""

HUB_TAGS: dict[str, str] = {
    # 各级国有资产监督管理机构: the owner of half a province; common state control alone relates nobody (公司法 265(4)).
    "state-commission": r".*国有资产监督管理(委员会|局|办公室)|.*国资委",
    # 名义持有人与登记结算机构: shares in the name of whoever keeps them for others.
    "custodian": r"香港中央结算(（代理人）|\(代理人\))?有限公司|中国证券登记结算有限责任公司.*|HKSCC NOMINEES LIMITED",
    # 集群注册、住所托管: the address of whoever registers companies for others.
    "registrar-address": r".*(集群注册|住所托管|商务秘书).*",
}
"""Tag → the names (whole, as a regular expression) of nodes that are hubs whatever their degree."""
_HUB_NAMES = re.compile("|".join(f"(?:{names})" for names in HUB_TAGS.values()))


def hub_tag(name: str | None) -> str | None:
    """Why a node of this name is a hub whatever its degree; None: it is not.

    >>> hub_tag("湖南省人民政府国有资产监督管理委员会"), hub_tag("国资建设有限公司")
    ('state-commission', None)
    """
    if not name or not _HUB_NAMES.fullmatch(name):
        return None
    return next(tag for tag, names in HUB_TAGS.items() if re.fullmatch(names, name))


HUB_DEGREE = 1000
"""Above this many distinct neighbours a node is reached and reported by exposure, but not walked through."""
