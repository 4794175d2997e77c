"""The sample: an invented province, written as files in the forms that real sources have.

`generate` stands before the flow: it writes the files that `creditgraph load` then reads (register, officers,
shareholders, lists, decisions and responsible persons by the source `sample`; `penalties.csv` and `licences.csv` by
`shuanggongshi`; `court_limits.json` by `court-limits`). The same size and seed give the same bytes.

Nobody in it exists. Places and authorities are those of Hunan, everything else is made up, and no number can be
anybody's: credit codes carry an organisation code that begins with XN, id and registration numbers begin with 4399,
which is no division. `STORY` is in every sample, whatever its size and seed: the cases that demo and tests name.
"""

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from graph_model.errors import BadRequest
from graph_model.identifiers import citizen_check_digit, org_check_digit, reg_check_digit, uscc_check_digit

DEFAULT_SIZE = 3000
SMALLEST_SIZE, LARGEST_SIZE = 50, 200_000
DEFAULT_SEED = 1
DATA_DATE = date(2026, 6, 30)
FIRST_DAY = date(2005, 1, 4)
HUB_FROM_SIZE, HUB_TENANTS = 3000, 1100
DIRT_EVERY, DIRT_FIRST = 70, 12
"""After the 12th row of a file, and then every 70 rows, a faulty row is added: 1.4 %."""

SampleProgress = Callable[[int, int], None]
"""(companies written, companies in all)"""

# --- files ------------------------------------------------------------------------------------------------


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REGISTER_COLUMNS = _columns(
    "企业名称 统一社会信用代码 注册日期 企业类型 法人代表 注册资金 经营范围 所在省份 地区 注册地址 "
    "法人代表证件号码 任职日期 登记状态 曾用名 隶属单位代码"
)
OFFICER_COLUMNS = _columns("统一社会信用代码 企业名称 姓名 证件号码 职务 任职日期 离任日期 数据日期")
SHAREHOLDER_COLUMNS = _columns("统一社会信用代码 企业名称 股东名称 股东类型 股东证件号码 持股比例 出资日期 退出日期")
LIST_COLUMNS = _columns(
    "名单代码 名单名称 主体名称 主体类别 主体证件号码 列入机关 列入机关代码 列入决定文号 列入事由 "
    "行为日期 列入日期 移出日期"
)
DECISION_COLUMNS = _columns(
    "决定类别 代码 名称 主体名称 主体类别 主体证件号码 决定机关 决定文号 行为日期 决定日期 解除日期 内容"
)
RESPONSIBLE_COLUMNS = _columns(
    "决定文号 决定机关 当事人名称 当事人证件号码 责任人姓名 责任人证件号码 责任身份 责任身份原文 "
    "认定方式 认定文书 认定日期"
)
PENALTY_COLUMNS = _columns(
    "CF_XDR_MC CF_XDR_LB CF_XDR_SHXYM CF_XDR_GSZC CF_XDR_ZZJG CF_XDR_SWDJ CF_XDR_SYDW CF_XDR_SHZZ CF_FRDB "
    "CF_FR_ZJLX CF_FR_ZJHM CF_XDR_ZJLX CF_XDR_ZJHM CF_WSH CF_WFXW CF_SY CF_YJ CF_CFLB CF_NR CF_NR_FK "
    "CF_NR_WFFF CF_NR_ZKDX CF_JDRQ CF_YXQ CF_GSJZQ CF_CFJG CF_CFJGDM CF_SJLY CF_SJLYDM BZ"
)
LICENCE_COLUMNS = _columns(
    "XK_XDR_MC XK_XDR_LB XK_XDR_SHXYM XK_XDR_GSZC XK_XDR_ZZJG XK_XDR_SWDJ XK_XDR_SYDW XK_XDR_SHZZ XK_FRDB "
    "XK_FR_ZJLX XK_FR_ZJHM XK_XDR_ZJLX XK_XDR_ZJHM XK_XKWS XK_WSH XK_XKLB XK_XKZS XK_XKBH XK_NR XK_JDRQ "
    "XK_YXQZ XK_YXQZI XK_XKJG XK_XKJGDM XK_ZT XK_LYDW XK_LYDWDM BZ"
)


class SampleFile(NamedTuple):
    """A CSV file: its columns, and in which of them dirt goes (code, required value, date)."""

    columns: tuple[str, ...]
    code: str
    needed: str
    day: str


SAMPLE_FILES: Mapping[str, SampleFile] = {
    "register.csv": SampleFile(REGISTER_COLUMNS, "统一社会信用代码", "企业名称", "注册日期"),
    "officers.csv": SampleFile(OFFICER_COLUMNS, "统一社会信用代码", "姓名", "任职日期"),
    "shareholders.csv": SampleFile(SHAREHOLDER_COLUMNS, "统一社会信用代码", "股东名称", "出资日期"),
    "lists.csv": SampleFile(LIST_COLUMNS, "主体证件号码", "主体名称", "列入日期"),
    "decisions.csv": SampleFile(DECISION_COLUMNS, "主体证件号码", "决定文号", "决定日期"),
    "responsible.csv": SampleFile(RESPONSIBLE_COLUMNS, "当事人证件号码", "责任人姓名", "认定日期"),
    "penalties.csv": SampleFile(PENALTY_COLUMNS, "CF_XDR_SHXYM", "CF_XDR_MC", "CF_JDRQ"),
    "licences.csv": SampleFile(LICENCE_COLUMNS, "XK_XDR_SHXYM", "XK_XDR_MC", "XK_JDRQ"),
}
DIRT = ("bad-check-digit", "duplicate-row", "missing-value", "impossible-date")
NO_CODE = "00000000000000000X"

# --- places and authorities -------------------------------------------------------------------------------


class Prefecture(NamedTuple):
    """A prefecture: its name, its short form in document numbers, and some of its counties (code, name)."""

    code: str
    name: str
    short: str
    counties: tuple[tuple[str, str], ...]


# fmt: off
PREFECTURES: tuple[Prefecture, ...] = (
    Prefecture("430100", "长沙市", "长", (("430102", "芙蓉区"), ("430104", "岳麓区"), ("430121", "长沙县"))),
    Prefecture("430200", "株洲市", "株", (("430211", "天元区"), ("430202", "荷塘区"), ("430281", "醴陵市"))),
    Prefecture("430300", "湘潭市", "潭", (("430302", "雨湖区"), ("430304", "岳塘区"), ("430381", "湘乡市"))),
    Prefecture("430400", "衡阳市", "衡", (("430408", "蒸湘区"), ("430421", "衡阳县"), ("430481", "耒阳市"))),
    Prefecture("430500", "邵阳市", "邵", (("430502", "双清区"), ("430524", "隆回县"), ("430582", "邵东市"))),
    Prefecture("430600", "岳阳市", "岳", (("430602", "岳阳楼区"), ("430626", "平江县"), ("430681", "汨罗市"))),
    Prefecture("430700", "常德市", "常", (("430702", "武陵区"), ("430725", "桃源县"), ("430726", "石门县"))),
    Prefecture("430800", "张家界市", "张", (("430802", "永定区"), ("430821", "慈利县"), ("430822", "桑植县"))),
    Prefecture("430900", "益阳市", "益", (("430903", "赫山区"), ("430923", "安化县"), ("430981", "沅江市"))),
    Prefecture("431000", "郴州市", "郴", (("431002", "北湖区"), ("431021", "桂阳县"), ("431081", "资兴市"))),
    Prefecture("431100", "永州市", "永", (("431103", "冷水滩区"), ("431124", "道县"), ("431181", "祁阳市"))),
    Prefecture("431200", "怀化市", "怀", (("431202", "鹤城区"), ("431224", "溆浦县"), ("431281", "洪江市"))),
    Prefecture("431300", "娄底市", "娄", (("431302", "娄星区"), ("431322", "新化县"), ("431382", "涟源市"))),
    Prefecture("433100", "湘西州", "湘西", (("433101", "吉首市"), ("433123", "凤凰县"), ("433127", "永顺县"))),
)
# fmt: on
AUTHORITIES = ("市场监督管理局", "税务局", "人力资源和社会保障局", "应急管理局", "财政局", "人民法院")
MARKET, TAX, LABOUR, SAFETY, FINANCE, COURT, SECURITIES = range(7)


class InventedParty(NamedTuple):
    """An invented entity or person: name, and credit code or id number."""

    name: str
    number: str


def _credit_code(kind: str, division: str, serial: int) -> str:
    body = f"XN{serial * 61_813 % 1_000_000:06d}"  # 61,813 shares no factor with a million: all differ
    first17 = f"{kind}{division}{body}{org_check_digit(body)}"
    return first17 + uscc_check_digit(first17)


def _citizen_id(area: int, birth: date, order: int) -> str:
    first17 = f"4399{area:02d}{birth:%Y%m%d}{order:03d}"
    return first17 + citizen_check_digit(first17)


def authority(place: int, kind: int) -> InventedParty:
    """An authority of the prefecture; the court is that of its first county."""
    where = PREFECTURES[place]
    if kind == SECURITIES:  # one for the whole province
        return InventedParty("中国证券监督管理委员会湖南监管局", _credit_code("11", "430000", 99))
    if kind == COURT:
        name = f"{where.name}{where.counties[0][1]}人民法院"
    elif kind == TAX:
        name = f"国家税务总局{where.name}税务局"
    else:
        name = where.name + AUTHORITIES[kind]
    return InventedParty(name, _credit_code("11", where.code, 100 + place * len(AUTHORITIES) + kind))


def case_number(place: int, year: int, serial: int) -> str:
    """The number of an enforcement case, as courts write it."""
    return f"（{year}）湘{PREFECTURES[place].counties[0][0][2:]}执{serial}号"


# --- the story --------------------------------------------------------------------------------------------


def _company(name: str, division: str, serial: int) -> InventedParty:
    return InventedParty(name, _credit_code("91", division, serial))


def _human(name: str, birth: date, order: int) -> InventedParty:
    return InventedParty(name, _citizen_id(1, birth, order))


class Story:
    """The cases that are in every sample: names, numbers, and the numbers of the documents."""

    # 1. A food licence revoked (PR-021) on 2023-09-12, for an act of 2023-05-10: penalties.csv.
    food = _company("长沙澧橘园食品有限公司", "430102", 1)
    food_lr = _human("罗志远", date(1975, 3, 12), 11)  # in office since 2018-01-01
    food_former_lr = _human("谭国安", date(1968, 7, 2), 13)  # in office until 2018-01-01
    food_shareholder = _human("欧阳澜", date(1970, 11, 23), 24)  # 60 %, no post
    food_manager = _human("邹文静", date(1982, 1, 30), 26)  # named as 直接负责的主管人员
    food_decision = "长市监处罚〔2023〕9001号"

    # 2. A court limits consumption: the order covers the legal representative; court_limits.json has it by name.
    limited = _company("株洲潇麓机械制造有限公司", "430211", 2)
    limited_lr = _human("彭建平", date(1971, 5, 6), 15)
    limited_case = case_number(1, 2024, 9002)

    # 3. A business licence revoked; the legal representative is found personally responsible (PR-007).
    revoked = _company("衡阳芷岚商贸有限公司", "430408", 3)
    revoked_lr = _human("蒋明华", date(1979, 9, 9), 17)
    revoked_decision = "衡市监处罚〔2024〕9003号"

    # 4. On the list of those who owe wages to migrant workers (LIST-05), which names two persons.
    listed = _company("郴州沅枫建筑劳务有限公司", "431002", 4)
    listed_lr = _human("段立军", date(1976, 12, 1), 19)
    listed_manager = _human("贺勇", date(1984, 4, 17), 31)
    listed_decision = "郴人社欠薪列字〔2025〕9004号"

    # 5. Two clean companies: one shares a director with `food`, and holds 40 % of the other.
    near = _company("长沙枫橘供应链管理有限公司", "430104", 5)
    near_lr = _human("曾艳", date(1983, 8, 8), 42)
    far = _company("岳阳汨岚冷链物流有限公司", "430602", 6)
    far_lr = _human("龙海涛", date(1987, 2, 14), 33)
    shared_director = _human("夏远明", date(1974, 10, 5), 35)

    # 6. Two persons of one name: the first is on LIST-01 and supervises `limited`, the second directs `far`.
    namesake_listed = _human("周海燕", date(1977, 6, 16), 46)
    namesake_clean = _human("周海燕", date(1990, 6, 16), 28)
    namesake_case = case_number(0, 2024, 9006)

    # 7. Tax grade D since 2026-04-30. The person found responsible (DRP) registered another company on 2026-05-20
    #    (EP-001 reaches it), and has headed a third since 2018 (not reached: registered before).
    tax_d = _company("湘潭潇枫贸易有限公司", "430302", 7)
    tax_d_lr = _human("邓丽华", date(1980, 3, 3), 44)
    tax_d_person = _human("肖卫东", date(1978, 4, 21), 37)
    tax_d_decision = "潭税信评〔2026〕9007号"
    tax_later = _company("湘潭芷枫贸易有限公司", "430304", 8)
    tax_earlier = _company("湘潭岚麓运输有限公司", "430381", 9)

    def companies(self) -> tuple[InventedParty, ...]:
        """The companies, each of which has a row in register.csv."""
        return (
            *(self.food, self.limited, self.revoked, self.listed, self.near, self.far),
            *(self.tax_d, self.tax_later, self.tax_earlier),
        )


STORY = Story()

# --- words ------------------------------------------------------------------------------------------------

FAMILY_NAMES = (*"李王张刘陈李王张刘陈李王周黄罗彭谭周黄罗肖唐邓曾杨何胡贺蒋谢龙易袁廖段向邹夏石田覃", "欧阳")
GIVEN = "伟芳敏静丽强军勇艳杰娟涛明超秀霞平刚桂英华玉建国文辉志海云兰红梅波斌峰鹏宇翔慧琳"
BRAND = ("湘沅澧潇岳麓衡云岚芷橘枫楚汨浏溪", "禾泰润启辰和拓锦诚朗川凯瑞原屹", "达源通丰创联盛佳嘉航景信望宜")


class Trade(NamedTuple):
    """A trade: the words in the name, the scope, the licence it needs (if any)."""

    word: str
    scope: str
    licence: str | None = None


# fmt: off
TRADES: tuple[Trade, ...] = (
    Trade("商贸", "日用百货、五金交电、建材的批发与零售"),
    Trade("科技", "软件开发、信息系统集成服务、技术咨询"),
    Trade("食品", "预包装食品、散装食品的生产与销售", "食品经营许可证"),
    Trade("建筑工程", "房屋建筑工程、市政公用工程施工", "安全生产许可证"),
    Trade("机械制造", "通用机械设备、零部件的制造与销售"),
    Trade("物流", "普通货物道路运输、仓储服务", "道路运输经营许可证"),
    Trade("餐饮管理", "餐饮服务、餐饮管理咨询", "食品经营许可证"),
    Trade("生物医药", "医疗器械、药品的批发", "药品经营许可证"),
    Trade("农业发展", "农产品的种植、初加工与销售"),
    Trade("劳务", "建筑劳务分包、人力资源服务", "劳务派遣经营许可证"),
    Trade("矿业", "非金属矿石的加工与销售", "安全生产许可证"),
    Trade("文化传媒", "广告设计、制作、代理、发布"),
    Trade("环保科技", "环保设备的研发与销售、环境监测服务"),
    Trade("房地产开发", "房地产开发与经营、物业管理"),
    Trade("烟花制造", "烟花爆竹的生产与销售", "安全生产许可证"),
    Trade("茶业", "茶叶的种植、加工与销售", "食品生产许可证"),
)
# fmt: on
ROADS = ("潇湘路", "澧水路", "沅江路", "芙蓉路", "韶山路", "岳麓大道", "洞庭路", "衡山路", "橘洲路", "南岭路")
SHARED_ADDRESS = "长沙市岳麓区岳麓大道9001号企业集群注册托管中心"


class Penalty(NamedTuple):
    """A kind of penalty: kinds as stated, act, basis, what is ordered, certificate, fine and confiscation (万元)."""

    kinds: str
    act: str
    basis: str
    content: str
    certificate: str = ""
    fine: str = ""
    taken: str = ""


# fmt: off
PENALTY_KINDS: tuple[Penalty, ...] = (
    Penalty("罚款", "未按规定公示年度报告", "《企业信息公示暂行条例》", "罚款{yuan}元", fine="0.5"),
    Penalty("警告", "未明码标价", "《中华人民共和国价格法》", "警告"),
    Penalty("没收违法所得;罚款", "销售不合格产品", "《中华人民共和国产品质量法》第四十九条",
            "没收违法所得，罚款{yuan}元", fine="12.5", taken="3.268"),
    Penalty("吊销许可证件", "经营超过保质期的食品，情节严重", "《中华人民共和国食品安全法》第一百二十四条",
            "吊销食品经营许可证", certificate="食品经营许可证"),
    Penalty("罚款", "发布虚假广告", "《中华人民共和国广告法》第五十五条", "罚款{yuan}元", fine="20"),
    Penalty("责令关闭", "不具备安全生产条件且整改无望", "《中华人民共和国安全生产法》第一百一十三条", "责令关闭"),
    Penalty("吊销许可证件", "成立后无正当理由超过六个月未开业", "《中华人民共和国公司法》第二百六十条",
            "吊销营业执照", certificate="营业执照"),
    Penalty("罚款;责令停产停业", "未采取措施消除事故隐患", "《中华人民共和国安全生产法》第一百零二条",
            "责令停产停业整顿，罚款{yuan}元", fine="8"),
    Penalty("暂扣许可证件", "超越许可范围经营", "《中华人民共和国行政许可法》第八十条", "暂扣许可证三十日",
            certificate="道路运输经营许可证"),
    Penalty("吊销许可证件;罚款", "生产致病性微生物超标的食品，情节严重",
            "《中华人民共和国食品安全法》第一百二十四条", "吊销食品生产许可证，罚款{yuan}元",
            certificate="食品生产许可证", fine="30.000001"),
)
# fmt: on


class Listing(NamedTuple):
    """A list: code, name, authority that lists, form of its document numbers, cause, years it lasts."""

    code: str
    name: str
    kind: int
    number: str
    cause: str
    years: int


# fmt: off
LISTINGS: tuple[Listing, ...] = (
    Listing("LIST-01", "失信被执行人名单", COURT, "", "有履行能力而拒不履行生效法律文书确定义务", 2),
    Listing("LIST-03", "重大税收违法失信主体", TAX, "{}税稽失信", "虚开增值税发票", 3),
    Listing("LIST-04", "市场监督管理严重违法失信名单", MARKET, "{}市监列严", "生产销售不符合强制性标准的产品", 3),
    Listing("LIST-05", "拖欠农民工工资失信联合惩戒对象名单", LABOUR, "{}人社欠薪列字", "拖欠农民工工资，数额较大", 3),
    Listing("LIST-06", "安全生产严重失信主体名单", SAFETY, "{}应急列", "发生生产安全责任事故", 3),
    Listing("LIST-07", "政府采购严重违法失信行为记录名单", FINANCE, "{}财采罚", "提供虚假材料谋取中标", 2),
    Listing("TAX_D", "纳税信用D级", TAX, "{}税信评", "直接判为D级", 1),
)
# fmt: on


class Ruling(NamedTuple):
    """A kind of decision: kind, trigger code, name, authority, form of its number, content, who it reaches how."""

    kind: str
    code: str
    name: str
    authority: int
    number: str
    content: str
    reached: tuple[tuple[str, str, str], ...]


# fmt: off
RULINGS: tuple[Ruling, ...] = (
    Ruling("court_order", "CONSUMPTION_LIMIT_ENTITY", "限制消费令", COURT, "",
           "不得有高消费及非生活和工作必需的消费行为",
           (("LR", "法定代表人", "ordered"), ("DRP_DEBT", "影响债务履行的直接责任人员", "ordered"))),
    Ruling("court_order", "EXIT_BAN", "限制出境决定书", COURT, "", "限制被执行人的法定代表人、主要负责人出境",
           (("LR", "法定代表人", "ordered"), ("PIC", "主要负责人", "ordered"))),
    Ruling("decision", "REGISTRATION_REVOKED_FALSE", "撤销登记决定书", MARKET, "{}市监撤字",
           "撤销以虚假材料取得的变更登记", (("DRP", "直接责任人", "named"),)),
    Ruling("decision", "SECURITIES_BAN", "市场禁入决定书", SECURITIES, "湘证监禁入字", "五年证券市场禁入",
           (("DSS", "董事、监事、高级管理人员", "named"), ("SH5", "持股百分之五以上的股东", "named"),
            ("AC", "实际控制人", "named"))),
    Ruling("judgment", "PIERCE_VEIL", "民事判决书", COURT, "", "股东对公司债务承担连带责任",
           (("SH", "股东", "finding"),)),
    Ruling("judgment", "DSS_BREACH_CAUSED_BANKRUPTCY", "民事判决书", COURT, "",
           "董事、高级管理人员违反忠实义务、勤勉义务，致使企业破产",
           (("DIR", "董事", "finding"), ("SM", "高级管理人员", "finding"))),
    Ruling("decision", "REVOKE_PRACTICE_CERT", "吊销执业证书决定书", SAFETY, "{}应急罚", "吊销注册安全工程师执业证书",
           (("REG", "注册执业人员", "named"),)),
    Ruling("court_order", "SUBSTANTIVE_CONSOLIDATION", "实质合并破产裁定书", COURT, "", "适用实质合并破产清算", ()),
)
# fmt: on
PENALTY_REACHED = (("DRM", "直接负责的主管人员", "named"), ("DRP", "其他直接责任人员", "finding"))
HEAD_CAPACITIES = ("LR", "PIC", "DIR", "DSS", "SM", "SH", "SH5", "AC")
"""Capacities in which a document holds the head of a company liable; others are somebody else."""

# --- writing ----------------------------------------------------------------------------------------------

Cells = Mapping[str, object]
"""Column → value; what is missing or None becomes an empty cell, dates are written in ISO form."""


class _Table:
    """One CSV file, and its dirt."""

    def __init__(self, path: Path, form: SampleFile) -> None:
        self.form = form
        self.rows = 0
        self.dirt: Counter[str] = Counter()
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, form.columns, restval="", lineterminator="\n")
        self._writer.writeheader()

    def __enter__(self) -> "_Table":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, row: Cells) -> None:
        """A good row, and after some of them a faulty one."""
        self._writer.writerow(row)
        self.rows += 1
        if self.rows % DIRT_EVERY == DIRT_FIRST:
            self._soil(row)

    def _soil(self, row: Cells) -> None:
        kind = DIRT[self.dirt.total() % len(DIRT)]
        code = str(row.get(self.form.code) or "")
        if kind == "bad-check-digit" and (len(code) != 18 or code == NO_CODE):
            kind = "missing-value"
        dirty = dict(row)
        if kind == "bad-check-digit":
            dirty[self.form.code] = code[:17] + ("1" if code[17] != "1" else "2")
        elif kind == "missing-value":
            dirty[self.form.needed] = ""
        elif kind == "impossible-date":
            dirty[self.form.day] = "2023-02-30"
        self._writer.writerow(dirty)
        self.dirt[kind] += 1


# --- generating -------------------------------------------------------------------------------------------


def generate(size: int, seed: int, out: Path, *, progress: SampleProgress | None = None) -> dict[str, Any]:
    """Write a sample into the folder `out`, which is made if need be; files of an older sample are replaced.

    Args:
        size: number of companies, branches and the story's among them.
        seed: another seed gives another province with the same story.

    Returns:
        what was written, as in `manifest.json` under `counts`: `entities` by kind, `persons`, `files` with the
        rows of each (dirt among them), `dirt` by file and kind.
    """
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise BadRequest(f"the size of a sample is {SMALLEST_SIZE} to {LARGEST_SIZE} companies, not {size}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "manifest.json").unlink(missing_ok=True)  # written last: a folder without it is not whole
    with ExitStack() as stack:
        tables = {name: stack.enter_context(_Table(out / name, form)) for name, form in SAMPLE_FILES.items()}
        province = _Province(size, seed, tables)
        province.write(progress)
    _write_json(out / "court_limits.json", province.court_limits)
    counts = {
        "entities": dict(sorted(province.kinds.items())),
        "persons": len(province.numbers),
        "files": {
            **{name: table.rows + table.dirt.total() for name, table in tables.items()},
            "court_limits.json": len(province.court_limits),
        },
        "dirt": {name: dict(sorted(table.dirt.items())) for name, table in tables.items()},
    }
    _write_json(
        out / "manifest.json",
        {"size": size, "seed": seed, "data_date": DATA_DATE.isoformat(), "counts": counts},
    )
    return counts


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


class _Unit(NamedTuple):
    """What later rows need to know of a company: `former` was its legal representative until `changed`."""

    party: InventedParty
    founded: date
    head: InventedParty
    place: int
    former: InventedParty | None = None
    changed: date | None = None

    def head_on(self, day: date) -> InventedParty:
        """The legal representative of that day."""
        return self.former if self.former and self.changed and day < self.changed else self.head


class _Province:
    """Everything that is invented, one company at a time; only names, codes and dates of companies are kept."""

    def __init__(self, size: int, seed: int, tables: Mapping[str, _Table]) -> None:
        self.rng = random.Random(seed)
        self.size = size
        self.tables = tables
        self.units: list[_Unit] = []
        self.people: list[InventedParty] = []
        self.numbers: set[str] = set()
        self.names = {company.name for company in STORY.companies()}
        self.kinds: Counter[str] = Counter()
        self.court_limits: list[dict[str, str]] = []
        self.serial = 1000
        self.document = 100
        self.turns: Counter[str] = Counter()
        self.places = range(len(PREFECTURES)) if size >= 500 else range(4)

    def write(self, progress: SampleProgress | None) -> None:
        """All rows of all files."""
        self._story()
        told = len(STORY.companies())
        self._authority(0, SECURITIES)
        for place in range(len(PREFECTURES)):
            for kind in range(len(AUTHORITIES)):
                if place in self.places or kind == MARKET:
                    self._authority(place, kind)
        for index in range(self.size - told):
            if progress and index % 500 == 0:
                progress(told + index, self.size)
            self._company(index)
        self._rings()
        for index in range(self.size // 5):
            self._individual_business(index)
        for kind, share in (("12", 50), ("51", 60), ("52", 60), ("93", 40), ("N2", 60)):
            for _ in range(max(2, self.size // share)):
                self._other(kind)
        if progress:
            progress(self.size, self.size)

    # -- small choices ------------------------------------------------------------------------------------

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _day(self, first: date, last: date = DATA_DATE) -> date:
        return first + timedelta(days=self.rng.randint(0, max(0, (last - first).days)))

    def _turn(self, what: str) -> int:
        """0, 1, 2, … for each kind of thing: choices that take turns are all made, however small the sample."""
        self.turns[what] += 1
        return self.turns[what] - 1

    def _number(self, place: int, form: str, year: int) -> str:
        """A document number that no other document has."""
        self.document += 1
        if not form:
            return case_number(place, year, self.document)
        return f"{form.format(PREFECTURES[place].short)}〔{year}〕{self.document}号"

    def _new_person(self) -> InventedParty:
        family = self.rng.choice(FAMILY_NAMES)
        given = self.rng.choice(GIVEN) + (self.rng.choice(GIVEN) if self._chance(0.7) else "")
        while True:
            birth = self._day(date(1952, 1, 1), date(1986, 12, 31))
            number = _citizen_id(self.rng.randint(2, 15), birth, self.rng.randint(1, 999))
            if number not in self.numbers:
                break
        person = InventedParty(family + given, number)
        self.numbers.add(number)
        self.people.append(person)
        return person

    def _person(self, known: float = 0.12) -> InventedParty:
        """Mostly somebody new, sometimes somebody who sits elsewhere too."""
        return self.rng.choice(self.people) if self.people and self._chance(known) else self._new_person()

    def _others(self, count: int, but: Sequence[InventedParty]) -> list[InventedParty]:
        """Different persons, none of `but`."""
        found: list[InventedParty] = []
        while len(found) < count:
            person = self._person()
            if person not in found and person not in but:
                found.append(person)
        return found

    def _name(self, place: int, trade: Trade, form: str) -> str:
        city = PREFECTURES[place].name[:-1]
        while True:
            brand = "".join(self.rng.choice(part) for part in BRAND)
            name = f"{city}{brand}{trade.word}{form}"
            if name not in self.names:
                self.names.add(name)
                return name

    def _address(self, place: int, division: str) -> str:
        county = dict(PREFECTURES[place].counties)[division]
        road, house, room = self.rng.choice(ROADS), self.rng.randint(1, 980), self.rng.randint(101, 2909)
        return f"{PREFECTURES[place].name}{county}{road}{house}号{room}室"

    # -- rows ---------------------------------------------------------------------------------------------

    def _registered(
        self,
        party: InventedParty,
        head: InventedParty,
        *,
        place: int,
        founded: date | None,
        form: str,
        address: str,
        since: date | None = None,
        scope: str | None = None,
        capital: str | None = None,
        status: str = "存续",
        former: str | None = None,
        parent: str | None = None,
    ) -> None:
        self.kinds[party.number[:2]] += 1
        self.numbers.add(head.number)
        self.tables["register.csv"].write(
            {
                "企业名称": party.name,
                "统一社会信用代码": party.number,
                "注册日期": founded,
                "企业类型": form,
                "法人代表": head.name,
                "注册资金": capital,
                "经营范围": scope,
                "所在省份": "湖南",
                "地区": PREFECTURES[place].name[:-1],
                "注册地址": address,
                "法人代表证件号码": head.number,
                "任职日期": since,
                "登记状态": status,
                "曾用名": former,
                "隶属单位代码": parent,
            }
        )

    def _post(
        self,
        party: InventedParty,
        person: InventedParty,
        post: str,
        since: date | None = None,
        until: date | None = None,
        day: date = DATA_DATE,
    ) -> None:
        self.numbers.add(person.number)
        self.tables["officers.csv"].write(
            {
                "统一社会信用代码": party.number,
                "企业名称": party.name,
                "姓名": person.name,
                "证件号码": person.number,
                "职务": post,
                "任职日期": since,
                "离任日期": until,
                "数据日期": day,
            }
        )

    def _share(
        self,
        party: InventedParty,
        holder: InventedParty,
        percent: str | None,
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        human = holder.number.startswith("4399")
        if human:
            self.numbers.add(holder.number)
        self.tables["shareholders.csv"].write(
            {
                "统一社会信用代码": party.number,
                "企业名称": party.name,
                "股东名称": holder.name,
                "股东类型": "自然人" if human else "法人",
                "股东证件号码": holder.number,
                "持股比例": percent,
                "出资日期": since,
                "退出日期": until,
            }
        )

    def _listing(
        self,
        kind: Listing,
        subject: InventedParty,
        place: int,
        number: str,
        act: date | None,
        day: date,
        until: date | None = None,
    ) -> InventedParty:
        organ = authority(place, kind.kind)
        self.tables["lists.csv"].write(
            {
                "名单代码": kind.code,
                "名单名称": kind.name,
                "主体名称": subject.name,
                "主体类别": "自然人" if subject.number.startswith("4399") else "法人及非法人组织",
                "主体证件号码": subject.number,
                "列入机关": organ.name,
                "列入机关代码": organ.number,
                "列入决定文号": number,
                "列入事由": kind.cause,
                "行为日期": act,
                "列入日期": day,
                "移出日期": until,
            }
        )
        return organ

    def _ruling(
        self,
        kind: Ruling,
        subject: InventedParty,
        place: int,
        number: str,
        act: date | None,
        day: date,
        until: date | None = None,
        *,
        coded: bool = True,
    ) -> InventedParty:
        organ = authority(place, kind.authority)
        self.tables["decisions.csv"].write(
            {
                "决定类别": kind.kind,
                "代码": kind.code,
                "名称": kind.name,
                "主体名称": subject.name,
                "主体类别": "法人及非法人组织",
                "主体证件号码": subject.number if coded else "无",
                "决定机关": organ.name,
                "决定文号": number,
                "行为日期": act,
                "决定日期": day,
                "解除日期": until,
                "内容": kind.content,
            }
        )
        return organ

    def _responsible(
        self,
        number: str,
        organ: InventedParty,
        subject: InventedParty,
        person: InventedParty,
        how: tuple[str, str, str],
        day: date,
        *,
        coded: bool = True,
    ) -> None:
        capacity, stated, basis = how
        if coded:
            self.numbers.add(person.number)
        self.tables["responsible.csv"].write(
            {
                "决定文号": number,
                "决定机关": organ.name,
                "当事人名称": subject.name,
                "当事人证件号码": subject.number,
                "责任人姓名": person.name,
                "责任人证件号码": person.number if coded else None,
                "责任身份": capacity,
                "责任身份原文": stated,
                "认定方式": basis,
                "认定文书": number,
                "认定日期": day,
            }
        )

    def _penalty(
        self, kind: Penalty, cells: Cells, place: int, number: str, day: date, certificate: str, fact: str
    ) -> InventedParty:
        organ = authority(place, MARKET)
        yuan = f"{round(float(kind.fine or 0) * 10_000)}"
        self.tables["penalties.csv"].write(
            {
                **cells,
                "CF_WSH": number,
                "CF_WFXW": kind.act,
                "CF_SY": fact,
                "CF_YJ": kind.basis,
                "CF_CFLB": kind.kinds,
                "CF_NR": kind.content.format(yuan=yuan),
                "CF_NR_FK": kind.fine,
                "CF_NR_WFFF": kind.taken,
                "CF_NR_ZKDX": certificate,
                "CF_JDRQ": day,
                "CF_YXQ": "2099-12-31",
                "CF_GSJZQ": _years_later(day, 3),
                "CF_CFJG": organ.name,
                "CF_CFJGDM": organ.number,
                "CF_SJLY": organ.name,
                "CF_SJLYDM": organ.number,
            }
        )
        return organ

    def _licence(self, cells: Cells, place: int, licence: str, number: str, day: date, state: str) -> None:
        organ = authority(place, MARKET)
        self.document += 1
        self.tables["licences.csv"].write(
            {
                **cells,
                "XK_XKWS": f"{licence}准予许可决定书",
                "XK_WSH": f"{PREFECTURES[place].short}许准〔{day.year}〕{self.document}号",
                "XK_XKLB": "普通",
                "XK_XKZS": licence,
                "XK_XKBH": number,
                "XK_NR": f"准予颁发{licence}",
                "XK_JDRQ": day,
                "XK_YXQZ": day,
                "XK_YXQZI": _years_later(day, 5) - timedelta(days=1),  # the last good day
                "XK_XKJG": organ.name,
                "XK_XKJGDM": organ.number,
                "XK_ZT": state,
                "XK_LYDW": organ.name,
                "XK_LYDWDM": organ.number,
            }
        )

    def _court_limit(self, name: str, number: str, place: int, head: str, filed: date, day: date, amount: str) -> None:
        self.court_limits.append(
            {
                "限制高消费企业名称": name,
                "案号": number,
                "法定代表人": head,
                "申请人": self.rng.choice(FAMILY_NAMES) + "**",
                "涉案金额": amount,
                "执行法院": authority(place, COURT).name,
                "立案日期": f"{filed} 00:00:00",
                "限高发布日期": f"{day} 00:00:00",
            }
        )

    # -- parties ------------------------------------------------------------------------------------------

    def _authority(self, place: int, kind: int) -> None:
        where = PREFECTURES[place]
        self._registered(
            authority(place, kind),
            self._new_person(),
            place=place,
            founded=None,
            form="机关法人",
            address=f"{where.name}{where.counties[0][1]}人民路{kind + 1}号",
            since=self._day(date(2019, 1, 1)),
        )

    def _company(self, index: int) -> None:
        place = self.rng.choice((0, 0, 0, *self.places))
        division, county = self.rng.choice(PREFECTURES[place].counties)
        self.serial += 1
        if index % 20 == 11:
            self._branch(place, division, county)
            return
        trade = self.rng.choice(TRADES)
        party = InventedParty(
            self._name(place, trade, self.rng.choice(("有限公司", "有限公司", "有限责任公司"))),
            _credit_code("91", division, self.serial),
        )
        founded = self._day(FIRST_DAY, date(2026, 5, 31))
        head = self._person()
        unit = _Unit(party, founded, head, place)
        changed = self._day(founded + timedelta(days=1)) if self._chance(0.25) else None
        if changed:
            unit = unit._replace(former=self._others(1, [head])[0], changed=changed)
        closed = self._events(index, unit, division, trade)
        self._registered(
            party,
            head,
            place=place,
            founded=founded,
            form=self.rng.choice(("有限责任公司(自然人投资或控股)", "有限责任公司", "股份有限公司(非上市)")),
            address=self._company_address(index, place, division),
            since=None if self._chance(0.05) else changed or founded,
            scope=trade.scope,
            capital=self._capital(),
            status="吊销，未注销" if closed else self.rng.choice(("存续",) * 18 + ("注销", "迁出")),
            former=self._name(place, trade, "有限公司") if self._chance(0.05) else None,
        )
        self._officers(unit)
        self._holders(unit)
        self.units.append(unit)

    def _branch(self, place: int, division: str, county: str) -> None:
        parent = self.rng.choice(self.units)
        founded = self._day(parent.founded)
        name = f"{parent.party.name}{county}分公司"
        if name in self.names:
            name = f"{parent.party.name}{county}第{self.serial}分公司"
        self.names.add(name)
        self._registered(
            InventedParty(name, _credit_code("91", division, self.serial)),
            self._person(),
            place=place,
            founded=founded,
            form="有限责任公司分公司",
            address=self._address(place, division),
            since=founded,
            parent=parent.party.number,
        )

    def _company_address(self, index: int, place: int, division: str) -> str:
        tenants = HUB_TENANTS if self.size >= HUB_FROM_SIZE else self.size // 10
        others = self.size - len(STORY.companies())
        if (index + 1) * tenants // others > index * tenants // others:
            return SHARED_ADDRESS
        if self._chance(0.15):
            house = self.rng.randint(1, max(1, self.size // 40))
            return f"{PREFECTURES[place].name}{PREFECTURES[place].counties[0][1]}湘江商务大厦{house}栋"
        return self._address(place, division)

    def _capital(self) -> str:
        if self._chance(0.01):
            return f"{self.rng.randint(2, 40) * 10}(万美元)"
        return f"{self.rng.choice((10, 50, 100, 200, 500, 1000, 2000, 5000)):,}(万元)"

    def _officers(self, unit: _Unit) -> None:
        party, founded, head = unit.party, unit.founded, unit.head
        heads = [head, unit.former] if unit.former else [head]
        small = self._chance(0.8)
        team = self._others(self.rng.randint(1, 2) if small else self.rng.randint(4, 6), heads)
        if unit.former:
            self._post(party, unit.former, "法定代表人", founded, unit.changed)
        since = None if self._chance(0.05) else unit.changed or founded
        day = date(2025, 12, 31) if self._chance(0.1) else DATA_DATE
        if small:
            self._post(party, head, "执行董事兼总经理", since, day=day)
            for person in team:
                self._post(party, person, "监事", self._start(founded), day=day)
        else:
            self._post(party, head, "董事长", since, day=day)
            posts = ("总经理", "监事", "董事", "董事", "财务负责人", "副总经理")
            for person, post in zip(team, posts, strict=False):
                self._post(party, person, post, self._start(founded), day=day)
        if self._chance(0.15):
            self._post(party, self.rng.choice((head, team[0])), "主要负责人", self._start(founded), day=day)
        if self._chance(0.1):
            self._post(party, self.rng.choice((head, *self._others(1, [head]))), "实际控制人", None, day=day)
        if self._chance(0.2) or self._turn("left") == 0:
            leaver = self._others(1, [*heads, *team])[0]
            left = self._day(founded)
            if left > founded:
                self._post(party, leaver, "董事", founded, left)
                back = self._day(left)
                if back > left and self._turn("back") % 8 == 0:
                    self._post(party, leaver, "董事", back)

    def _start(self, founded: date) -> date | None:
        return None if self._chance(0.05) else self._day(founded)

    def _holders(self, unit: _Unit) -> None:
        party, founded, head = unit.party, unit.founded, unit.head
        holders: list[InventedParty] = [head]
        if self.units and self._chance(0.18):
            holders.append(self.rng.choice(self.units[-400:]).party)
        holders += self._others(self.rng.randint(0, 2), [head])
        cuts = sorted(self.rng.sample(range(1, 10_000), len(holders) - 1))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
        for holder, part in zip(holders, parts, strict=True):
            percent = None if self._chance(0.06) else f"{part / 100:g}%"
            self._share(party, holder, percent, None if self._chance(0.05) else founded)
        if self._chance(0.05):
            gone = self._day(founded)
            if gone > founded:
                self._share(party, self._others(1, holders)[0], "20%", founded, gone)

    def _rings(self) -> None:
        """Shareholdings that make circles of 2, 3 and 4 companies, one of a company in itself, and a long chain."""
        free: Iterator[_Unit] = iter(self.units)
        for turn in range(max(3, self.size // 500)):
            ring = [next(free) for _ in range(2 + turn % 3)]
            for holder, unit in zip(ring, [*ring[1:], ring[0]], strict=True):
                self._share(unit.party, holder.party, "15%", max(holder.founded, unit.founded))
        alone = next(free)
        self._share(alone.party, alone.party, "5%", alone.founded)
        chain = [next(free) for _ in range(6)]
        for holder, unit in pairwise(chain):
            self._share(unit.party, holder.party, "51%", max(holder.founded, unit.founded))

    def _individual_business(self, index: int) -> None:
        place = self.rng.choice(self.places)
        division, county = self.rng.choice(PREFECTURES[place].counties)
        self.serial += 1
        owner = self._new_person()
        word = self.rng.choice(("粉店", "便利店", "五金店", "理发店", "茶馆", "水果店"))
        party = InventedParty(
            f"{county}{owner.name[0]}记{word}",  # names repeat, as they do
            _credit_code("92", division, self.serial),
        )
        founded = self._day(FIRST_DAY)
        self._registered(
            party,
            owner,
            place=place,
            founded=founded,
            form="个体工商户",
            address=self._address(place, division),
            since=founded,
            scope="小吃服务、日用百货零售",
        )
        if index % 15 != 3:
            return
        day = self._day(max(founded, date(2019, 1, 1)))
        number = self._number(place, "{}市监处罚", day.year)
        first14 = f"4399{place + 1:02d}{self.serial:08d}"
        if self._turn("small") % 2:
            cells = {
                "CF_XDR_MC": owner.name,
                "CF_XDR_LB": "自然人",
                "CF_XDR_ZJLX": "身份证",
                "CF_XDR_ZJHM": owner.number,
            }
        else:
            cells = {
                "CF_XDR_MC": party.name,
                "CF_XDR_LB": "个体工商户",
                "CF_XDR_SHXYM": NO_CODE,
                "CF_XDR_GSZC": first14 + reg_check_digit(first14),
                "CF_FRDB": owner.name,
            }
        self._penalty(PENALTY_KINDS[0], cells, place, number, day, "", "当事人未按规定亮照经营。")

    def _other(self, kind: str) -> None:
        place = self.rng.choice(self.places)
        division, county = self.rng.choice(PREFECTURES[place].counties)
        self.serial += 1
        word = "".join(self.rng.choice(part) for part in BRAND)
        name, form = {
            "12": (f"{county}{word}小学", "事业单位法人"),
            "51": (f"{county}{word}行业协会", "社会团体法人"),
            "52": (f"{county}{word}幼儿园", "民办非企业单位法人"),
            "93": (f"{county}{word}种植专业合作社", "农民专业合作社"),
            "N2": (f"{county}{word}村股份经济合作社", "村级集体经济组织"),
        }[kind]
        if name in self.names:
            name = f"{county}{word}第{self.serial}{name.removeprefix(county + word)}"
        self.names.add(name)
        founded = self._day(FIRST_DAY)
        party = InventedParty(name, _credit_code(kind, division, self.serial))
        head = self._person()
        address = self._address(place, division)
        self._registered(
            party, head, place=place, founded=founded, form=form, address=address, since=self._start(founded)
        )
        if kind in ("51", "52"):
            self._post(party, self._person(0.4), "理事长" if kind == "51" else "园长", self._start(founded))

    # -- what happens to companies ------------------------------------------------------------------------

    def _events(self, index: int, unit: _Unit, division: str, trade: Trade) -> bool:
        """Licences, penalties, lists and decisions of a company. Returns whether its business licence is gone."""
        closed = False
        if trade.licence and index % 3 == 1:
            self._company_licence(unit, trade.licence)
        if index % 12 == 5:
            closed = self._company_penalty(unit, division)
        if index % 17 == 3:
            self._company_listing(unit)
        if index % 23 == 4:
            self._company_ruling(unit)
        if index % 61 == 9:
            self._company_limit(unit)
        if index % 90 == 22:
            self._person_listing(unit)
        return closed

    def _event_day(self, unit: _Unit) -> date:
        return self._day(min(max(unit.founded + timedelta(days=90), date(2018, 1, 1)), DATA_DATE))

    def _cells(self, prefix: str, unit: _Unit, day: date) -> dict[str, object]:
        head = unit.head_on(day)
        return {
            f"{prefix}_XDR_MC": unit.party.name,
            f"{prefix}_XDR_LB": "法人及非法人组织",
            f"{prefix}_XDR_SHXYM": unit.party.number,
            f"{prefix}_FRDB": head.name,
            f"{prefix}_FR_ZJLX": "身份证",
            f"{prefix}_FR_ZJHM": head.number,
        }

    def _company_licence(self, unit: _Unit, licence: str) -> None:
        self.document += 1
        state = "有效" if self._chance(0.9) else "无效"
        number = _certificate(licence, self.document)
        day = self._event_day(unit)
        self._licence(self._cells("XK", unit, day), unit.place, licence, number, day, state)

    def _company_penalty(self, unit: _Unit, division: str) -> bool:
        kind = PENALTY_KINDS[self._turn("penalty") % len(PENALTY_KINDS)]
        day = self._event_day(unit)
        number = self._number(unit.place, "{}市监处罚", day.year)
        revokes_business = kind.certificate == "营业执照"
        if revokes_business:
            certificate = f"营业执照（{unit.party.number}）"
        elif kind.certificate:
            certificate = f"{kind.certificate}（{_certificate(kind.certificate, self.document)}）"
        else:
            certificate = ""
        fact = f"经查，当事人在{division}辖区{kind.act}。"
        cells = self._cells("CF", unit, day)
        organ = self._penalty(kind, cells, unit.place, number, day, certificate, fact)
        if kind.certificate or kind.kinds == "责令关闭":
            how = PENALTY_REACHED[self._turn("penalty person") % len(PENALTY_REACHED)]
            if revokes_business:
                how = ("LR", "法定代表人，负有个人责任", "finding")
            person = unit.head_on(day) if how[0] in HEAD_CAPACITIES else self._person()
            self._responsible(number, organ, unit.party, person, how, day)
        return revokes_business

    def _company_listing(self, unit: _Unit) -> None:
        kind = LISTINGS[self._turn("list") % len(LISTINGS)]
        day = self._event_day(unit)
        number = self._number(unit.place, kind.number, day.year)
        act = None if self._chance(0.2) else max(unit.founded, day - timedelta(days=self.rng.randint(60, 500)))
        until = _years_later(day, kind.years)
        organ = self._listing(kind, unit.party, unit.place, number, act, day, until if until <= DATA_DATE else None)
        if kind.code in ("LIST-05", "LIST-06"):
            pic = ("LR", "法定代表人", "named") if kind.code == "LIST-05" else ("PIC", "主要负责人", "named")
            self._responsible(number, organ, unit.party, unit.head_on(day), pic, day)
        if kind.code == "TAX_D":
            how = ("DRP", "直接责任人员", "finding")
            self._responsible(number, organ, unit.party, self._person(), how, day)

    def _company_ruling(self, unit: _Unit) -> None:
        kind = RULINGS[self._turn("ruling") % len(RULINGS)]
        day = self._event_day(unit)
        number = self._number(unit.place, kind.number, day.year)
        act = None if self._chance(0.3) else max(unit.founded, day - timedelta(days=self.rng.randint(30, 400)))
        until = self._day(day) if self._chance(0.3) else None
        if until is not None and until <= day:
            until = None
        coded = self._turn("ruling coded") % 20 != 19
        organ = self._ruling(kind, unit.party, unit.place, number, act, day, until, coded=coded)
        for how in kind.reached:
            person = unit.head_on(day) if how[0] in HEAD_CAPACITIES else self._person(0.5)
            known = self._turn("responsible") % 12 != 11  # some documents give a name only
            self._responsible(number, organ, unit.party, person, how, day, coded=known)

    def _company_limit(self, unit: _Unit) -> None:
        day = self._event_day(unit)
        filed = max(unit.founded, day - timedelta(days=60))
        amount = "-" if self._chance(0.2) else str(self.rng.randint(20_000, 9_000_000))
        number = self._number(unit.place, "", filed.year)
        self._court_limit(unit.party.name, number, unit.place, unit.head_on(day).name, filed, day, amount)

    def _person_listing(self, unit: _Unit) -> None:
        day = self._event_day(unit)
        number = self._number(unit.place, "", day.year)
        until = _years_later(day, 2)
        person = self.rng.choice(self.people) if self.people else self._new_person()
        self._listing(LISTINGS[0], person, unit.place, number, None, day, until if until <= DATA_DATE else None)

    # -- the story ----------------------------------------------------------------------------------------

    def _told(self, party: InventedParty, head: InventedParty, place: int, founded: date, **more: Any) -> _Unit:
        """A company of the story. Nobody else is registered at its address."""
        trade = more.pop("trade", TRADES[0])
        county = dict(PREFECTURES[place].counties)[party.number[2:8]]
        self._registered(
            party,
            head,
            place=place,
            founded=founded,
            form="有限责任公司(自然人投资或控股)",
            address=f"{PREFECTURES[place].name}{county}故事里{party.number[10:16]}号",
            since=more.pop("since", founded),
            scope=trade.scope,
            capital="1,000(万元)",
            **more,
        )
        return _Unit(party, founded, head, place)

    def _story(self) -> None:
        s = STORY
        self._story_food(s)
        self._story_limited(s)
        self._story_revoked(s)
        self._story_listed(s)
        self._story_tax(s)

    def _story_food(self, s: Story) -> None:
        founded, changed = date(2013, 3, 15), date(2018, 1, 1)
        food = self._told(s.food, s.food_lr, 0, founded, since=changed, trade=TRADES[2])
        self._post(s.food, s.food_former_lr, "法定代表人", founded, changed)
        self._post(s.food, s.food_lr, "执行董事兼总经理", changed)
        self._post(s.food, s.shared_director, "董事", date(2019, 5, 20))
        self._post(s.food, s.food_manager, "副总经理", date(2020, 2, 1))
        self._share(s.food, s.food_shareholder, "60%", founded)
        self._share(s.food, s.food_lr, "40%", changed)
        licence, certificate = "食品经营许可证", "JY14399010009001"
        self._licence(self._cells("XK", food, date(2021, 6, 1)), 0, licence, certificate, date(2021, 6, 1), "无效")
        organ = self._penalty(
            PENALTY_KINDS[3],
            self._cells("CF", food, date(2023, 9, 12)),
            0,
            s.food_decision,
            date(2023, 9, 12),
            f"{licence}（{certificate}）",
            "2023年5月10日，当事人经营超过保质期的食品，情节严重。",
        )
        how = ("DRM", "直接负责的主管人员", "named")
        self._responsible(s.food_decision, organ, s.food, s.food_manager, how, date(2023, 9, 12))

        self._told(s.near, s.near_lr, 0, date(2017, 8, 1))
        self._post(s.near, s.shared_director, "董事", date(2020, 3, 1))
        self._share(s.near, s.near_lr, "100%", date(2017, 8, 1))
        self._told(s.far, s.far_lr, 5, date(2019, 4, 1), trade=TRADES[5])
        self._post(s.far, s.namesake_clean, "董事", date(2019, 4, 1))
        self._share(s.far, s.near, "40%", date(2019, 4, 1))
        self._share(s.far, s.far_lr, "60%", date(2019, 4, 1))

    def _story_limited(self, s: Story) -> None:
        founded, day = date(2012, 6, 18), date(2024, 5, 20)
        self._told(s.limited, s.limited_lr, 1, founded, trade=TRADES[4])
        self._post(s.limited, s.namesake_listed, "监事", founded)
        self._share(s.limited, s.limited_lr, "100%", founded)
        organ = self._ruling(RULINGS[0], s.limited, 1, s.limited_case, None, day)
        how = ("LR", "法定代表人", "ordered")
        self._responsible(s.limited_case, organ, s.limited, s.limited_lr, how, day)
        self._court_limit(s.limited.name, s.limited_case, 1, s.limited_lr.name, date(2024, 3, 4), day, "2350000")
        self._listing(LISTINGS[0], s.namesake_listed, 0, s.namesake_case, None, date(2024, 8, 1))

    def _story_revoked(self, s: Story) -> None:
        founded, day = date(2015, 9, 1), date(2024, 11, 4)
        unit = self._told(s.revoked, s.revoked_lr, 3, founded, status="吊销，未注销")
        self._share(s.revoked, s.revoked_lr, "100%", founded)
        organ = self._penalty(
            PENALTY_KINDS[6],
            self._cells("CF", unit, day),
            3,
            s.revoked_decision,
            day,
            f"营业执照（{s.revoked.number}）",
            "2023年1月起，当事人连续停业，通过登记的住所无法联系。",
        )
        how = ("LR", "法定代表人，负有个人责任", "finding")
        self._responsible(s.revoked_decision, organ, s.revoked, s.revoked_lr, how, day)

    def _story_listed(self, s: Story) -> None:
        founded, day = date(2014, 2, 20), date(2025, 1, 15)
        self._told(s.listed, s.listed_lr, 9, founded, trade=TRADES[9])
        self._post(s.listed, s.listed_manager, "副总经理", date(2016, 1, 1))
        self._share(s.listed, s.listed_lr, "70%", founded)
        self._share(s.listed, s.listed_manager, "30%", founded)
        organ = self._listing(LISTINGS[3], s.listed, 9, s.listed_decision, date(2024, 9, 1), day)
        for person, how in (
            (s.listed_lr, ("LR", "法定代表人", "named")),
            (s.listed_manager, ("DRM", "直接负责的主管人员", "named")),
        ):
            self._responsible(s.listed_decision, organ, s.listed, person, how, day)

    def _story_tax(self, s: Story) -> None:
        founded, day = date(2016, 10, 8), date(2026, 4, 30)
        self._told(s.tax_d, s.tax_d_lr, 2, founded)
        self._post(s.tax_d, s.tax_d_person, "财务负责人", founded)
        self._share(s.tax_d, s.tax_d_lr, "100%", founded)
        organ = self._listing(LISTINGS[6], s.tax_d, 2, s.tax_d_decision, date(2025, 12, 1), day)
        how = ("DRP", "直接责任人员", "named")
        self._responsible(s.tax_d_decision, organ, s.tax_d, s.tax_d_person, how, day)
        for company, registered in ((s.tax_later, date(2026, 5, 20)), (s.tax_earlier, date(2018, 5, 2))):
            self._told(company, s.tax_d_person, 2, registered)
            self._share(company, s.tax_d_person, "100%", registered)


def _certificate(licence: str, serial: int) -> str:
    """The number of a licence, as they look."""
    prefix = {"食品经营许可证": "JY1", "食品生产许可证": "SC1"}.get(licence, "湘")
    return f"{prefix}4399{serial:09d}"


def _years_later(day: date, years: int) -> date:
    """The same day of a later year; 28 February for a 29th that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
