"""Facts: what one source says, as a `Statement` of a party or as a dated relationship."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from graph_model.schema.values import FOREVER, INTERNAL, PERSONAL, Judgement, Match, Openness, Trust, prop


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
    other_names: Annotated[
        list[str] | None, prop("short names, names in other languages", "简称、外文名", PERSONAL)
    ] = None
    kind: Annotated[str | None, prop("kind of body", "类型")] = None
    legal_form: Annotated[str | None, prop("registered form as stated", "企业类型")] = None
    status: Annotated[str | None, prop("registration status as stated", "登记状态")] = None
    established_on: Annotated[date | None, prop("day of registration", "成立日期")] = None
    capital: Annotated[float | None, prop("registered capital in yuan of `capital_currency`", "注册资本(元)")] = None
    capital_currency: Annotated[str | None, prop("ISO 4217 code", "币种")] = None
    capital_stated: Annotated[
        str | None, prop("registered capital as written, where its currency is not known", "注册资本原文")
    ] = None
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


# (:Party)-[:LEGAL_REPRESENTATIVE_OF]->(:Entity)
class LegalRepresentativeOf(Relationship):
    """Legal representative (法定代表人): who acts in the entity's name by law."""

    TYPE: ClassVar = "LEGAL_REPRESENTATIVE_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "法定代表人"
    COLOUR: ClassVar = "#7b3fa0"
    WALK: ClassVar = 1.0
    ROLE: ClassVar = "LR"


# (:Party)-[:PRINCIPAL_OF]->(:Entity)
class PrincipalOf(Relationship):
    """Principal responsible person (主要负责人), by whatever title."""

    TYPE: ClassVar = "PRINCIPAL_OF"
    START: ClassVar = "Party"
    END: ClassVar = "Entity"
    ZH: ClassVar = "主要负责人"
    COLOUR: ClassVar = "#7b3fa0"
    WALK: ClassVar = 1.0
    ROLE: ClassVar = "PIC"
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Party)-[:DIRECTOR_OF]->(:Entity)
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


# (:Party)-[:SUPERVISOR_OF]->(:Entity)
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


# (:Party)-[:SENIOR_MANAGER_OF]->(:Entity)
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
    COLOUR: ClassVar = "#b98a2f"
    WALK: ClassVar = 0.2
    post: Annotated[str | None, prop("title as stated", "职务")] = None


# (:Person)-[:PRACTISES_AT]->(:Entity)
class PractisesAt(Relationship):
    """Registered practice (注册执业)."""

    TYPE: ClassVar = "PRACTISES_AT"
    START: ClassVar = "Person"
    END: ClassVar = "Entity"
    ZH: ClassVar = "注册执业"
    COLOUR: ClassVar = "#b98a2f"
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
    share_above: Annotated[
        float | None,
        prop(
            "share as stated, where it is more than the whole: a contradiction, so the share is not known",
            "超额持股原文",
        ),
    ] = None
    rank: Annotated[int | None, prop("rank in the source's list of holders", "排名")] = None
    amount: Annotated[float | None, prop("amount held or subscribed, of `amount_currency`", "出资额")] = None
    amount_currency: Annotated[str | None, prop("ISO 4217 code", "出资币种")] = None
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
    share_above: Annotated[
        float | None,
        prop(
            "share as stated, where it is more than the whole: a contradiction, so the share is not known",
            "超额比例原文",
        ),
    ] = None
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
    COLOUR: ClassVar = "#4a5160"
    kind: Annotated[SanctionKind, prop("what sort of sanction", "类别")] = "penalty"
    codes: Annotated[list[str], prop("trigger codes of the rule pack", "触发代码")] = []
    penalty_kinds: Annotated[list[str] | None, prop("kinds of penalty as stated", "处罚类别")] = None
    title: Annotated[str | None, prop("what it is called", "名称")] = None
    document_number: Annotated[str | None, prop("number of the decision, order or case", "文号")] = None
    authority: Annotated[str | None, prop("organ or court", "决定机关")] = None
    act: Annotated[str | None, prop("kind of act", "违法行为类型")] = None
    acts: Annotated[list[str] | None, prop("kinds of act, as codes of the rule pack", "失信行为代码")] = None
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
    unnamed: Annotated[
        str | None, prop("others whom the decision reaches and its publication does not name", "未列名的责任人")
    ] = None
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
    COLOUR: ClassVar = "#4a5160"
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

    One at the most is believed of a pair; the key of the first is the lesser. One that was undone stays, closed. A
    consequence crosses it when it says `same`, as a step of the evidence, and waits for a human who saw it. Exposure
    crosses it only as `queries/network/exposure.py` says, and tells.
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
