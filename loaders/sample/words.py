"""Of what the sample is made: places and authorities, names, trades, kinds of penalties, lists and rulings."""

from datetime import date
from typing import NamedTuple

from graph_model.identifiers import citizen_check_digit, org_check_digit, uscc_check_digit


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


def credit_code(kind: str, division: str, serial: int) -> str:
    """A valid credit code that nobody has."""
    body = f"XN{serial * 61_813 % 1_000_000:06d}"  # 61,813 shares no factor with a million: all differ
    first17 = f"{kind}{division}{body}{org_check_digit(body)}"
    return first17 + uscc_check_digit(first17)


def citizen_id(area: int, birth: date, order: int) -> str:
    """A valid id number that nobody has."""
    first17 = f"4399{area:02d}{birth:%Y%m%d}{order:03d}"
    return first17 + citizen_check_digit(first17)


def authority(place: int, kind: int) -> InventedParty:
    """An authority of the prefecture; the court is that of its first county."""
    where = PREFECTURES[place]
    if kind == SECURITIES:  # one for the whole province
        return InventedParty("中国证券监督管理委员会湖南监管局", credit_code("11", "430000", 99))
    if kind == COURT:
        name = f"{where.name}{where.counties[0][1]}人民法院"
    elif kind == TAX:
        name = f"国家税务总局{where.name}税务局"
    else:
        name = where.name + AUTHORITIES[kind]
    return InventedParty(name, credit_code("11", where.code, 100 + place * len(AUTHORITIES) + kind))


def case_number(place: int, year: int, serial: int) -> str:
    """The number of an enforcement case, as courts write it."""
    return f"（{year}）湘{PREFECTURES[place].counties[0][0][2:]}执{serial}号"


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
