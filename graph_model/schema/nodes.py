"""Nodes: parties, things, the ledger and the clock, what people decide, what is derived."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from graph_model.schema.values import FOREVER, INTERNAL, PERSONAL, prop


class Node(BaseModel):
    """Anything with a label. `KEY` names the unique property (or properties)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    LABEL: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]] = ("key",)
    ZH: ClassVar[str]
    COLOUR: ClassVar[str] = "#8a8f98"
    SHAPE: ClassVar[str] = "ellipse"
    DERIVED: ClassVar[bool] = False
    INDEXES: ClassVar[tuple[str, ...]] = ()


class Party(Node):
    """Whoever can hold a right, a post or a sanction. Carried beside Entity, Person and Organ as a second label.

    The properties below are caches of the current view, recomputed from the believed facts; the facts themselves
    are `Statement`s and relationships.
    """

    LABEL: ClassVar = "Party"
    ZH: ClassVar = "主体"
    INDEXES: ClassVar = ("name_key", "name_alike", "scope", "caches_dirty", "merged_into", "changed", "doubts")
    key: Annotated[str, prop("opaque key; holds no name and no number", "主键")]
    name: Annotated[str | None, prop("current name", "名称", PERSONAL)] = None
    former_names: Annotated[
        list[str] | None, prop("names borne before, and by which records call it", "曾用名等", PERSONAL)
    ] = None
    name_key: Annotated[str | None, prop("name normalised for exact comparison", "名称比对键", PERSONAL)] = None
    name_alike: Annotated[
        str | None,
        prop("the name without brackets and in simplified script, where that differs", "名称近似键", PERSONAL),
    ] = None
    initials: Annotated[
        str | None,
        prop("first letters of the pinyin of its name, where it has Chinese characters", "拼音首字母", PERSONAL),
    ] = None
    doubts: Annotated[
        list[str] | None,
        prop(
            "what another record bears too, and was not linked to it: `name …`, `number SCHEME …`, `person ENTITY …`; "
            "`rejected RUN LINE`: a row against it that was not taken",
            "存疑标识",
            PERSONAL,
        ),
    ] = None
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
    SHAPE: ClassVar = "triangle"
    scope: Annotated[str | None, prop("key of the entity within which the name is the only identity", "同名范围")] = (
        None
    )
    id_masked: Annotated[str | None, prop("id number, masked", "证件号码(脱敏)", PERSONAL)] = None
    adult_year: Annotated[
        int | None, prop("year of the eighteenth birthday: measures do not reach minors", "成年年份", INTERNAL)
    ] = None


class Organ(Party):
    """An authority (行政机关、法院): owner of data and source of decisions; a party itself when it is sanctioned."""

    LABEL: ClassVar = "Organ"
    ZH: ClassVar = "机关"
    COLOUR: ClassVar = "#6a5aa8"
    SHAPE: ClassVar = "hexagon"
    third_party: Annotated[
        bool | None, prop("an association, a bank or the like (O08): what it decides informs, and no more", "第三方")
    ] = None


class Identifier(Node):
    """A number or name under which a party is known. Every key ever issued stays resolvable through one."""

    LABEL: ClassVar = "Identifier"
    ZH: ClassVar = "标识"
    KEY: ClassVar = ("scheme", "value")
    INDEXES: ClassVar = ("org",)
    scheme: Annotated[str, prop("uscc, cn-reg, cn-org, cn-id, stock, organ-name, name@SOURCE, …", "标识方案")]
    value: Annotated[str, prop("normalised value; id numbers and names only as a keyed hash", "标识值")]
    valid: Annotated[bool | None, prop("check digits agree", "校验通过")] = None
    org: Annotated[
        str | None, prop("organisation code inside a credit code, its characters 9 to 17 (GB 32100)", "组织机构代码")
    ] = None
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
    COLOUR: ClassVar = "#4a5160"
    SHAPE: ClassVar = "diamond"
    INDEXES: ClassVar = ("dirty", "document_number")
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    document_number: Annotated[str | None, prop("number of the decision, order or case", "文号")] = None
    dirty: Annotated[bool | None, prop("its consequences are to be derived again", "待重算")] = None
    retired: Annotated[
        bool | None, prop("repaired or withdrawn: shown to nobody but owner, supervisor, party", "停用")
    ] = None
    retired_content: Annotated[list[str] | None, prop("digests of content that was corrected", "已更正内容")] = None
    fallen_on: Annotated[
        date | None, prop("day on which the penalty was withdrawn on which this listing stands", "所依据处罚撤销日")
    ] = None
    fallen_by: Annotated[str | None, prop("id of the event that withdrew it", "撤销记录")] = None
    fallen_seq: Annotated[int | None, prop("clock position at which that was recorded", "撤销入库序号")] = None


class Credential(Node):
    """A licence, honour, red-list entry, grade or commitment (许可、荣誉、红名单、等级、承诺)."""

    LABEL: ClassVar = "Credential"
    ZH: ClassVar = "许可与荣誉"
    COLOUR: ClassVar = "#2e8b57"
    SHAPE: ClassVar = "star"
    INDEXES: ClassVar = ("document_number",)
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    document_number: Annotated[str | None, prop("number of the decision or certificate", "文号")] = None
    retired: Annotated[
        bool | None, prop("a promise that was repaired: shown to nobody but owner, supervisor, party", "停用")
    ] = None


class Tender(Node):
    """A lot that is tendered (标段、采购项目)."""

    LABEL: ClassVar = "Tender"
    ZH: ClassVar = "招标采购项目"
    COLOUR: ClassVar = "#7f8c2d"
    SHAPE: ClassVar = "vee"
    INDEXES: ClassVar = ("document_number",)
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what is bought", "名称")] = None
    document_number: Annotated[str | None, prop("number of the lot", "标段编号")] = None


class Inspection(Node):
    """A check by an organ, or the test of a product (检查、抽检). Never a sanction; it triggers nothing by itself."""

    LABEL: ClassVar = "Inspection"
    ZH: ClassVar = "检查与抽检"
    COLOUR: ClassVar = "#5f7a8a"
    SHAPE: ClassVar = "rectangle"
    key: Annotated[str, prop("opaque key", "主键")]
    title: Annotated[str | None, prop("what was checked", "事项")] = None
    document_number: Annotated[str | None, prop("number of the record", "编号")] = None


class Address(Node):
    """A registered address (注册地址)."""

    LABEL: ClassVar = "Address"
    ZH: ClassVar = "地址"
    COLOUR: ClassVar = "#9a8c98"
    SHAPE: ClassVar = "rectangle"
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
    record: Annotated[
        str | None,
        prop("number of the decision of which it speaks, where it is against a body", "文号比对键", INTERNAL),
    ] = None
    settled: Annotated[
        str | None, prop("run or correction that ended the doubt about whom it is against", "了结依据")
    ] = None
    payload: Annotated[bytes, prop("the row, encrypted", "原始记录(加密)", INTERNAL)]


class RejectedSubject(Node):
    """A name or number of a body against which rejected rows are: while they are open, no answer about it is clear (拒收记录所涉单位)."""

    LABEL: ClassVar = "RejectedSubject"
    ZH: ClassVar = "拒收记录所涉单位"
    KEY: ClassVar = ("mark",)
    mark: Annotated[str, prop("`name …`, or `number SCHEME …`, as among the doubts of a party", "标识", INTERNAL)]


class Clock(Node):
    """One node that every writer locks: its `seq` is the position of the graph in commit order."""

    LABEL: ClassVar = "Clock"
    ZH: ClassVar = "时钟"
    KEY: ClassVar = ("name",)
    name: Annotated[str, prop("always 'graph'", "名称")]
    seq: Annotated[int, prop("number of write transactions so far", "序号")]
    pack: Annotated[str | None, prop("digest of the rules that consequences were derived with", "规则包摘要")] = None
    form: Annotated[int | None, prop("data version: the form of what is stored (`FORM`)", "数据版本")] = None
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
    sanction: Annotated[str, prop("key of the sanction, or of the party whose fact is disputed", "惩戒或主体")]
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
        Literal["merge", "code", "settled", "branch", "undo", "joined"],
        prop(
            "merge, corrected code, settled: a rejected row is no doubt any more, branch: whose branch a body is, or taken back; joined: by the program, as "
            "one row gives numbers of both",
            "类别",
        ),
    ]
    of: Annotated[str | None, prop("undo: the correction that it takes back", "所撤销的更正")] = None
    keep: Annotated[
        str | None, prop("merge, joined: key of the party that stays; branch: of the company", "保留主体")
    ] = None
    other: Annotated[
        str | None, prop("merge, joined: key of the party that goes into it; branch: of the branch", "并入主体")
    ] = None
    names: Annotated[
        list[str] | None, prop("merge, joined: keys of names that stood at the other", "随同并入的名称")
    ] = None
    run: Annotated[str | None, prop("code, settled: run in which the row was rejected", "原批次")] = None
    line: Annotated[int | None, prop("code, settled: its line", "原行号")] = None
    field: Annotated[str | None, prop("code: the field that was corrected", "字段")] = None
    code: Annotated[str | None, prop("code: the right code", "正确代码")] = None
    made: Annotated[str | None, prop("code: run in which the corrected row was loaded", "更正批次")] = None
    author: Annotated[str, prop("who decided", "决定人", PERSONAL)]
    reason: Annotated[str, prop("why", "理由", PERSONAL)]
    at: Annotated[int, prop("instant of recording, milliseconds since 1970 UTC", "记录时刻")]
    rec_from: Annotated[int, prop("clock position from which it holds", "入库序号")]
    place: Annotated[int | None, prop("place among those recorded in one transaction", "同批次序")] = None


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
