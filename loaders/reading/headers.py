"""Column names that departments use → what is meant: by them `loaders.mapping.propose` recognises a spreadsheet.

A meaning is `group.key`: a party (`subject`, `head`, `organ`, …) with a key of its shape, or a kind of fact
(`decision`, `credential`, `profile`, …) with a key of that. Names are written as `variants` makes them: half-width,
small letters, no spaces. The codes CF_… and XK_… are those of the 双公示 form of 2018 and of older feeds.
"""

import re
import unicodedata
from collections.abc import Sequence

COLUMN_NAMES: dict[str, str] = {
    # --- the party that the table is about ---
    "subject.name": "企业名称 单位名称 公司名称 机构名称 主体名称 市场主体名称 经营主体名称 法人名称 企业单位名称 单位 企业 公司"
    " 名称 当事人 当事人名称 行政相对人名称 行政相对人 相对人名称 被处罚人 被处罚单位 被处罚对象 处罚对象 被处罚当事人名称 被处罚人名称"
    " 被处罚单位名称 纳税人名称 纳税人 缴费单位 用人单位 用人单位名称 持证单位 持证人 持证单位名称 许可对象 被许可人 被许可人名称 失信主体名称"
    " 失信主体 失信企业名称 列入对象 被列入单位 获奖单位 表彰单位 获证单位 被执行人 被执行人名称 限制高消费企业名称 企业全称 公司全称 单位全称"
    " cf_xdr_mc xk_xdr_mc xk_xdr cf_xdr iname gsmc qymc dwmc company companyname entity entityname fullname organisation organization"
    " nameofcompany legalname name",
    "subject.is": "行政相对人类别 相对人类别 当事人类型 当事人类别 主体类别 被处罚人类型 处罚对象类别 对象类型 cf_xdr_lb xk_xdr_lb"
    " partytypename partytype",
    "subject.uscc": "统一社会信用代码 社会信用代码 信用代码 统一信用代码 统一代码 社会统一信用代码 统一社会信用码 企业统一社会信用代码"
    " 单位统一社会信用代码 统一社会信用代码证号 cf_xdr_shxym xk_xdr_shxym xydm tyshxydm shxydm uscc creditcode unifiedsocialcreditcode",
    "subject.reg": "工商注册号 注册号 营业执照注册号 工商登记号 工商登记码 企业注册号 cf_xdr_gszc xk_xdr_gszc cf_xdr_gsdj xk_xdr_gsdj zch"
    " registrationnumber regno",
    "subject.org_code": "组织机构代码 机构代码 组织机构代码证号 cf_xdr_zzjg xk_xdr_zzjg cf_xdr_zdm xk_xdr_zdm zzjgdm orgcode",
    "subject.citizen_id": "行政相对人证件号码 当事人身份证号 被处罚人身份证号 cf_xdr_zjhm xk_xdr_zjhm cf_xdr_sfz xk_xdr_sfz",
    "subject.number": "证照号码 单位代码 主体代码 企业代码 主体证件号码 当事人证件号码 统一社会信用代码/注册号 统一社会信用代码或注册号"
    " 注册号/统一社会信用代码 营业执照号 营业执照号码 纳税人识别号 cardnum",
    "subject.stock": "股票代码 证券代码 gpdm stockcode ticker",
    # --- who heads it ---
    "head.name": "法定代表人 法人代表 法人 法人姓名 法人代表姓名 法定代表人姓名 法定代表人/负责人 法定代表人或负责人 企业法人 法代 cf_frdb"
    " xk_frdb cf_fr xk_fr fddbr frdb legalrepresentative legalperson businessentity",
    "head.citizen_id": "法定代表人证件号码 法定代表人身份证号 法定代表人身份证号码 法定代表人身份证件号码 法人身份证号 法人身份证号码 法人代表证件号码"
    " 法人代表身份证号 法人证件号码 cf_fr_zjhm xk_fr_zjhm cf_fr_sfzh xk_fr_sfzh",
    "principal.name": "负责人 主要负责人 单位负责人 企业负责人 负责人姓名 主要负责人姓名 principal",
    "principal.citizen_id": "负责人身份证号 负责人证件号码 主要负责人身份证号 主要负责人证件号码",
    "liable.name": "责任人 相关责任人 责任人员 相关责任人员 责任人姓名 责任人及职务 责任人姓名及职务 直接责任人 直接责任人员 被处罚责任人 直接负责的主管人员"
    " 其他直接责任人员",
    # --- the organ ---
    "organ.name": "处罚机关 处罚机关名称 处罚单位 处罚部门 作出处罚决定的机关 作出处罚决定机关 作出处罚决定的机关名称 作出行政处罚决定机关名称"
    " 作出行政处罚决定的机关 作出行政处罚决定机关 行政处罚机关 决定机关 决定机关名称 作出决定机关 作出决定机关名称 执法机关 执法单位 执法部门 实施机关"
    " 列入机关 列入决定机关 作出列入决定机关 列入单位 许可机关 许可机关名称 审批机关 发证机关 发证机构 发证单位 认定机关 认定单位 授予单位 授予机关"
    " 评定机关 评定单位 评价机关 登记机关 执行法院 法院 法院名称 cf_cfjg cf_xzjg xk_xkjg xk_xzjg courtname authority court issuer",
    "organ.uscc": "处罚机关统一社会信用代码 处罚机关代码 许可机关统一社会信用代码 许可机关代码 决定机关统一社会信用代码 决定机关代码 列入机关代码"
    " 列入机关统一社会信用代码 cf_cfjgdm xk_xkjgdm",
    # --- a decision: penalty, list entry, order ---
    "decision.document_number": "决定书文号 处罚决定书文号 行政处罚决定书文号 行政处罚决定文书号 处罚决定文书号 处罚决定书编号 处罚决定书号 处罚文号"
    " 处罚文书号 行政处罚文号 文号 文书号 文书文号 案号 执行案号 决定文号 决定书编号 列入决定文号 列入决定书文号 列入文号 认定文号 cf_wsh casecode"
    " decisionnumber casenumber documentnumber",
    "decision.title": "案件名称 处罚名称 名单名称 文档标题 决定书名称 处罚案件名称 cf_cfmc casename",
    "decision.act": "违法行为类型 违法行为 违法违规行为 案由 处罚事由 违法事由 列入事由 列入原因 失信行为 失信事由 主要违法违规事实 cf_wfxw"
    " disrupttypename offence violation",
    "decision.facts_found": "违法事实 主要违法事实 主要事实 事实 处罚事实 cf_sy",
    "decision.basis_stated": "处罚依据 行政处罚依据 法律依据 列入依据 认定依据 依据 cf_yj basis legalbasis gistid",
    "decision.penalty_kinds": "处罚类别 处罚种类 处罚类型 行政处罚种类 行政处罚类别 处罚方式 处罚类别1 cf_cflb cf_cflb1 penaltytype",
    "decision.content": "处罚内容 处罚结果 行政处罚内容 处罚决定 处罚措施 决定内容 处理结果 cf_nr cf_jg penalty duty",
    "decision.fine": "罚款金额 罚款 罚款数额 罚金 处罚金额 罚款额 cf_nr_fk fine fineamount",
    "decision.confiscated": "没收金额 没收违法所得 没收违法所得金额 没收违法所得、没收非法财物的金额 没收违法所得没收非法财物的金额 cf_nr_wfff confiscated",
    "decision.amount": "涉案金额 执行标的 案件金额 执行标的金额 欠税金额 欠税余额 涉案货值 拖欠金额 amount",
    "decision.certificates": "暂扣或吊销证照名称及编号 吊销证照名称 暂扣吊销证照 cf_nr_zkdx",
    "decision.decided_on": "处罚决定日期 处罚日期 决定日期 作出处罚决定日期 作出处罚决定的日期 作出处罚日期 作出决定日期 作出决定时间 行政处罚决定日期"
    " 处罚决定书日期 处罚时间 处罚决定时间 决定时间 认定日期 裁定日期 判决日期 cf_jdrq decisiondate decidedon dateofdecision",
    "decision.act_on": "违法行为发生日期 行为日期 违法日期 违法时间 违法行为发生时间 案发日期",
    "decision.since": "列入日期 列入时间 列入名单日期",
    "decision.until": "移出日期 移出时间 移出名单日期 解除日期 撤销日期",
    "decision.last_day": "处罚有效期 处罚截止日期 限制期限至 惩戒截止日期 cf_yxq",
    "decision.published_on": "公示日期 公布日期 发布日期 公开日期 公示时间 公告日期 限高发布日期 公示开始日期 publishdate publishedon",
    "decision.publish_last_day": "公示截止期 公示截止日期 公示截止时间 公示结束日期 公示期限至 cf_gsjzq",
    "decision.repair_conditions": "修复条件 信用修复条件",
    "decision.severity": "失信程度 失信等级 严重程度",
    # --- licences, honours, grades ---
    "credential.document_number": "许可决定文书号 行政许可决定文书号 许可文书号 许可文号 行政许可文号 许可证号 许可证编号 许可证书编号 证书编号 证书号"
    " 证号 资质证书号 资质证书编号 生产许可证号 经营许可证号 xk_wsh certificatenumber licencenumber licensenumber",
    "credential.certificate_number": "许可编号 xk_xkbh",
    "credential.title": "许可证书名称 许可证名称 行政许可决定文书名称 许可决定文书名称 许可项目名称 许可事项 许可事项名称 证书名称 荣誉名称 荣誉称号 称号"
    " 资质名称 奖项名称 xk_xkzs xk_xkws xk_xmmc honour award",
    "credential.content": "许可内容 许可范围 信用等级 等级 评定等级 评价等级 纳税信用级别 纳税信用等级 信用级别 评级 资质等级 xk_nr grade rating",
    "credential.decided_on": "许可决定日期 许可日期 发证日期 颁发日期 授予日期 评定日期 评价日期 表彰日期 核准日期 xk_jdrq issuedon issuedate",
    "credential.since": "有效期自 有效期起 有效期始 有效期开始日期 有效期起始日期 许可有效期起 xk_yxqz validfrom",
    "credential.last_day": "有效期至 有效期止 有效期截止日期 有效截止日期 证书有效期 许可截止期 截止期 xk_yxqzi xk_jzq validuntil validto expirydate",
    "credential.state": "当前状态 证书状态 许可状态 xk_zt",
    # --- the register ---
    "profile.legal_form": "企业类型 公司类型 主体类型 市场主体类型 机构类型 legalform",
    "profile.status": "登记状态 经营状态 企业状态 存续状态 status",
    "profile.established_on": "成立日期 注册日期 登记日期 设立日期 成立时间 注册时间 clrq established registrationdate",
    "profile.capital": "注册资本 注册资金 开办资金 zczb capital registeredcapital",
    "profile.region": "所在地区 所属地区 所在省份 所属省份 省份 省 地区 城市 市 区县 所属区县 行政区划 sf cs region province city",
    "profile.industry": "行业 所属行业 行业名称 行业类别 国民经济行业 hymc industry",
    "profile.business_scope": "经营范围 业务范围 jyfw businessscope",
    "profile.former_names": "曾用名 曾用名称 原名称 formernames formername",
    "address.text": "注册地址 住所 企业住所 企业地址 单位地址 公司地址 地址 登记住所 住所地 zcdz address registeredaddress",
    "parent.name": "隶属单位 隶属单位名称 隶属企业 隶属企业名称 总公司 总公司名称 母公司 所属总公司 parentcompany",
    "parent.uscc": "隶属单位代码 隶属单位统一社会信用代码 总公司统一社会信用代码",
    # --- posts and shares ---
    "person.name": "姓名 人员姓名 任职人员 高管姓名 成员姓名 xm personname officer",
    "person.citizen_id": "身份证号 身份证号码 公民身份号码 公民身份证号码 居民身份证号 居民身份证号码 身份证 身份证件号码 证件号码 人员身份证号 sfzh zjhm"
    " idnumber",
    "post.post": "职务 职位 岗位 职务名称 任职 担任职务 zw zwmc zwdm position post jobtitle",
    "post.since": "任职日期 任职起始日期 任职时间 起任日期 任职开始日期 appointedon",
    "post.until": "离任日期 离职日期 卸任日期 resignedon",
    "holder.name": "股东名称 股东 股东姓名 股东名称/姓名 股东姓名/名称 投资人 投资人名称 出资人 发起人 gdmc shareholder holder investor",
    "holder.is": "股东类型 股东类别 投资人类型 出资人类型",
    "holder.number": "股东证件号码 股东证件号 股东统一社会信用代码 股东证照号码",
    "share.share": "持股比例 出资比例 股权比例 占股比例 gdcgbl sharepercent share shareholding",
    "share.since": "出资日期 入股日期 认缴日期",
    "share.until": "退出日期 退股日期",
    # --- about the row ---
    "file.owner": "数据来源单位 来源单位 数据来源 报送单位 填报单位 提供单位 信息提供单位 cf_sjly xk_lydw",
    "file.data_date": "数据日期 更新日期 更新时间 数据更新日期 数据更新时间 updatedon",
}
"""Meaning → names, divided by spaces; the first that a table has is taken."""

COLUMN_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"(法定代表人|法人).*(证件号|身份证)", "head.citizen_id"),
    (r"(企业|单位|公司|当事人|相对人|主体|被处罚\w*|纳税人)\w*(名称|全称)$", "subject.name"),
    (r"处罚决定书?\w*文?号$|文书?号$", "decision.document_number"),
    (r"(处罚|决定)\w*(日期|时间)$", "decision.decided_on"),
    (r"列入\w*(日期|时间)$", "decision.since"),
    (r"移出\w*(日期|时间)$", "decision.until"),
    (r"罚款\w*(金额|数额)?$", "decision.fine"),
    (r"违法行为", "decision.act"),
    (r"(证书|许可证|执照)\w*(编号|号码?)$", "credential.document_number"),
    (r"(发证|颁发|授予)\w*(日期|时间)$", "credential.decided_on"),
    (r"(机关|法院)(名称)?$", "organ.name"),
    (r"(住所|地址)$", "address.text"),
)
"""Where no whole name fits: a part of it, and so a guess."""

LEFT_OUT: dict[str, str] = {
    "a number of the row": "序号 编号 id 行号 no no. xh rownumber #",
    "a remark in free text": "备注 说明 附注 bz remark remarks note notes",
    "how to reach somebody: not loaded": "电话 联系电话 手机 手机号 手机号码 联系方式 联系人 邮箱 电子邮箱 传真 phone mobile email contact",
    "personal, and needed for no fact": "性别 年龄 民族 出生日期 学历 政治面貌 婚姻状况 籍贯 住址 家庭住址 sex gender age sexy birthdate",
    "the kind of an id document: a number counts by its form": "证件类型 法定代表人证件类型 cf_fr_zjlx xk_fr_zjlx cf_xdr_zjlx xk_xdr_zjlx",
    "a number that identifies nobody here": "税务登记号 纳税登记号 事业单位证书号 社会组织登记证号 cf_xdr_swdj xk_xdr_swdj cf_xdr_sydw xk_xdr_sydw"
    " cf_xdr_shzz xk_xdr_shzz",
    "code of who supplied the row": "数据来源单位统一社会信用代码 cf_sjlydm xk_lydwdm",
    "a link or a technical field": "网址 链接 源链接 url link 时间戳 sjc dfbm 创建时间 录入时间",
    "day on which the case was filed: no fact has it": "立案日期 立案时间 regdate",
}
"""Why → names of columns that are left out without a question."""


_HAN = re.compile("[\u3400-\u9fff]")
_LATIN_HALF = re.compile(r"^[!-~]*[a-z][!-~]*(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff)])[!-'*-~]*[a-z][!-~]*$")


def variants(header: str) -> list[str]:
    """The forms of a name that are looked up: whole, without its brackets, what stands in them."""
    text = re.sub(r"[\s*＊:：]", "", unicodedata.normalize("NFKC", header)).lower()
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】", "", text)
    inner = re.findall(r"[(\[【]([^()\[\]【】]*)[)\]】]", text)
    forms = [text, bare, *inner]
    if _HAN.search(bare):  # 罚款金额(万元) Fine Amount, 10k Yuan: the Chinese half says it
        forms += [half for half in (_LATIN_HALF.sub("", one) for one in (text, bare)) if half]
        forms += [re.sub(r"^\d+[.、]|\d+$", "", bare)]
    # English names: `credit_code`, `Credit Code`, `creditCode` are one
    return list(dict.fromkeys(f for one in forms for f in (one, re.sub(r"[_\-.]", "", one)) if f))


_MEANING = {name: meaning for meaning, names in COLUMN_NAMES.items() for name in names.split()}
_WHY = {name: why for why, names in LEFT_OUT.items() for name in names.split()}


def meaning_of(header: str) -> tuple[str, bool] | None:
    """What a column is, and whether its whole name says so (else a part of it)."""
    for form in variants(header):
        if form in _MEANING:
            return _MEANING[form], True
    if left_out(header) is not None:
        return None
    for form in variants(header):
        for pattern, meaning in COLUMN_PATTERNS:
            if re.search(pattern, form):
                return meaning, False
    return None


def left_out(header: str) -> str | None:
    """Why a column is left out, when it is one of those that tables have and no fact needs."""
    return next((_WHY[form] for form in variants(header) if form in _WHY), None)


def rank(header: str, meaning: str) -> int:
    """How good a name is for a meaning: its place in the table."""
    names = COLUMN_NAMES[meaning].split()
    return min((names.index(form) for form in variants(header) if form in names), default=len(names))


_ORGANISATION = re.compile(
    r"(公司|合作社|商行|经营部|厂|店|中心|医院|学校|大学|学院|幼儿园|协会|学会|委员会|银行|支行|分行|事务所|集团|院|所|局|部|社|场|馆|站|站点|超市"
    r"|酒店|宾馆|饭店|工作室|企业|基金|合伙\)|合伙）|LIMITED|LTD\.?|INC\.?|LLC|CO\.?|GMBH)\W*$",
    re.IGNORECASE,
)


def is_organisation(name: str) -> bool:
    """Whether a name ends as names of organisations do. Others may be persons, or unusual."""
    return bool(_ORGANISATION.search(name))


_FIGURE = r"([\d.,、;:()]|万|亿|元|家|户|人|次|件|条|起|例|个|份|宗|%)"
_NUMBER = re.compile(rf"{_FIGURE}*\d{_FIGURE}*", re.ASCII)
_SUM = re.compile(
    r"[本上全]?(页|月|季度?|年度?)?(合计|总计|小计|共计|累计|总数)"
    rf"({_FIGURE}|罚款|没收|金额|处罚|案件|企业|其中|共|数量?)*",
    re.ASCII,
)
_SIGNED = re.compile(
    r"(制表|填表|填报|统计|审核|审批|审定|复核|校核|校对|经办|编制|编报|报送|上报|报表|负责|分管|主管|单位负责|联系)"
    r"(单位|机关|部门|科室|人员|人|者|时间|日期|期间|领导|电话|方式)?(\(?(签字|签名|签章|盖章)\)?)?:"
)
_NOTE = re.compile(r"(备注|附注|注|说明|注释|日期|时间|单位)[:,]|第\d+页")


def about_the_table(cells: Sequence[str], *, whole: bool) -> bool:
    """Whether a line speaks of the table and not of a party: a sum (合计), who drew it up (制表人：), a note below it.

    `cells`: its filled cells; `whole`: that is all of them. A sum and a note have nothing but figures and their like
    beside them; a signature may have names, as its label tells what they are, but it never fills the line.
    """
    label = False
    for n, cell in enumerate(cells):
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)).replace("，", ",")
        if _SIGNED.match(text):
            if n == 0 and not whole:
                return True
            label = True
        elif _SUM.fullmatch(text) or _NOTE.match(text):
            label = True
        elif not _NUMBER.fullmatch(text):
            return False
    return label
