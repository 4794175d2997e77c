"""What organs and departments supply beside the registers, in the folder `supplied/` of a sample, to be tried out.

A tender with bidders and an expert, commitments, inspections, grades, a table of organs, a reporting catalogue; and by a
mapping (`mapping.yaml`) a bank with branches, nominees and holders for the state, practitioners, a member of an association.
They speak of the companies of the story (`loaders.sample.story`), and are the same for every size and seed.
"""

import csv
from datetime import date
from pathlib import Path

from loaders.sample.story import STORY, company_of, person_of
from loaders.sample.words import InventedParty

BANK = company_of("湘楚潇麓银行股份有限公司", "430102", 31)
SECOND_BANK = company_of("湘楚沅枫银行股份有限公司", "430104", 32)
LAW_FIRM = InventedParty("湖南芷岚律师事务所", "")
NOMINEE, STATE_HOLDER = "香港中央结算有限公司(陆股通)", "中央汇金资产管理有限责任公司"
LOT = "湘招〔2026〕9101号"
_MARKET, _TAX_OFFICE, _REFORM = "长沙市市场监督管理局", "国家税务总局长沙市税务局", "长沙市发展和改革委员会"

Row = dict[str, str]

_MAPPING = """\
# How the four tables of this folder are read: creditgraph load mapping.yaml bank.csv, and so on.
id: supplied
title: {zh: 样例补充数据, en: What departments of the invented province supply besides}
owner: 湖南省某部门(虚构)
mode: delta
data_date: 2026-06-30
files:
  - parties:
      company: {is: entity, name: 机构名称, uscc: 统一社会信用代码}
    facts:
      - {fact: profile, of: company, status: 登记状态}
  - parties:
      branch: {is: entity, name: 被处罚机构}
      organ: {is: organ, name: 处罚机关}
    facts:
      - {fact: sanction, on: branch, by: organ, kind: penalty, document_number: 处罚文号, title: 处罚名称, fine: 罚款金额,
         decided_on: 处罚日期}
  - parties:
      company: {is: entity, name: 公司名称, uscc: 公司代码}
      holder: {is: entity, name: 持有人名称}
    facts:
      - {fact: shareholding, who: holder, of: company, share: 持股比例, since: 持有日期}
  - parties:
      firm: {is: entity, name: 执业机构}
      person: {is: person, name: 执业人员, at: firm}
      association: {is: entity, name: 所属协会}
    facts:
      - {fact: post, who: person, of: firm, post: practitioner, practice_class: 执业类别, licence_number: 执业证号, since: 执业起始}
      - {fact: member, who: firm, of: association, optional: true}
"""

_README = """\
What organs and departments supply beside the registers. Nobody in it exists. Load what you want to try:

  creditgraph load tenders tenders.csv        creditgraph load tenders experts.csv
  creditgraph load commitments commitments.csv
  creditgraph load inspections inspections.csv
  creditgraph load credentials grades.csv
  creditgraph load organs organs.csv
  creditgraph catalogue load catalogue.csv
  creditgraph load mapping.yaml bank.csv      and branch_penalties.csv, holders.csv, practitioners.csv

and ask: creditgraph check tender, creditgraph overview branches, creditgraph overview circles,
creditgraph ownership %s --listed
"""


def _unit(party: InventedParty) -> Row:
    return {"主体名称": party.name, "主体类别": "法人及非法人组织", "统一社会信用代码": party.number}


def _tenders() -> list[Row]:
    lot = {
        "标段编号": LOT,
        "标段名称": "城区道路照明改造",
        "招标人": "长沙市城市管理局",
        "代理机构": "湖南汨岚招标有限公司",
    }
    bidders = ((STORY.near, "1200000", "是"), (STORY.food, "1260000", "否"), (STORY.listed, "1180000", "否"))
    return [
        lot | {"投标人": p.name, "投标人代码": p.number, "投标报价": price, "是否中标": won, "开标日期": "2026-03-10"}
        for p, price, won in bidders
    ]


def _experts() -> list[Row]:
    expert = person_of("胡远山", date(1969, 9, 1), 51)
    return [
        {
            "标段编号": LOT,
            "招标人": "长沙市城市管理局",
            "专家姓名": expert.name,
            "身份证号码": expert.number,
        }
        | {"评审日期": "2026-03-11"}
    ]


def _commitments() -> list[Row]:
    common = {"承诺类型": "信用修复型", "承诺名称": "信用修复承诺", "受理机关": _MARKET, "承诺日期": "2025-03-01"}
    kept = {
        "承诺编号": "长市监诺〔2025〕9201号",
        "承诺内容": "按期改正",
        "履行状态": "已履行",
        "状态日期": "2025-06-01",
    }
    broken = {
        "承诺编号": "长市监诺〔2025〕9202号",
        "承诺内容": "按期缴清",
        "履行状态": "未履行",
        "状态日期": "2025-09-01",
    }
    return [_unit(STORY.food) | common | kept, _unit(STORY.revoked) | common | broken]


def _inspections() -> list[Row]:
    common = {"检查机关": _MARKET, "检查日期": "2026-02-03", "检查事项": "食品经营", "检查类型": "双随机"}
    found = ((STORY.food, "9301", "发现问题待后续处理"), (STORY.near, "9302", "未发现问题"))
    return [_unit(p) | common | {"检查编号": f"长市监检〔2026〕{n}号", "检查结果": result} for p, n, result in found]


def _grades() -> list[Row]:
    common = {
        "类别": "信用等级",
        "名称": "纳税信用等级",
        "评价体系": "纳税信用",
        "授予机关": _TAX_OFFICE,
        "授予日期": "2026-04-30",
    }
    return [_unit(STORY.near) | common | {"等级": "A"}, _unit(STORY.far) | common | {"等级": "B"}]


def _organs() -> list[Row]:
    return [
        {"机关名称": _MARKET, "职责角色": "信息提供单位", "上级机关": "长沙市人民政府"},
        {"机关名称": _REFORM, "职责角色": "发展改革部门", "上级机关": "长沙市人民政府"},
        {
            "机关名称": "长沙市工商行政管理局",
            "职责角色": "信息提供单位",
            "名称止": "2019-01-10",
            "承继机关": _MARKET,
            "承继日期": "2019-01-10",
        },
    ]


def _catalogue() -> list[Row]:
    stamp = {
        "版本": "2026",
        "备案日期": "2026-01-15",
        "备案机关": _REFORM,
        "备案号": "长发改信备〔2026〕1号",
        "归属单位": _MARKET,
    }
    return [
        stamp
        | {
            "事项": "行政检查",
            "来源": "inspections",
            "信息类别": "监督检查信息",
            "更新周期": "7wd",
            "共享方式": "物理归集",
            "法律依据": "企业信息公示暂行条例",
        },
        stamp
        | {
            "事项": "信用承诺",
            "来源": "commitments",
            "信息类别": "基础信息",
            "更新周期": "1m",
            "共享方式": "物理归集",
            "法律依据": "企业信息公示暂行条例",
        },
    ]


def _bank() -> list[Row]:
    return [{"机构名称": p.name, "统一社会信用代码": p.number, "登记状态": "存续"} for p in (BANK, SECOND_BANK)]


def _branch_penalties() -> list[Row]:
    common = {"处罚机关": "国家金融监督管理总局湖南监管局", "处罚名称": "贷款三查不到位", "处罚日期": "2026-01-20"}
    names = (f"{BANK.name}长沙分行", f"{BANK.name}长沙分行开福支行", f"{BANK.name}岳阳分行营业部")
    return [
        common | {"被处罚机构": name, "处罚文号": f"湘金罚决字〔2026〕{9401 + n}号", "罚款金额": f"{30 + 10 * n}万元"}
        for n, name in enumerate(names)
    ]


def _holders() -> list[Row]:
    """Nominees of both banks, a circle of the two, and a listed owner."""
    rows = [
        (BANK, NOMINEE, "8.5"),
        (SECOND_BANK, NOMINEE, "7.1"),
        (BANK, STATE_HOLDER, "5"),
        (SECOND_BANK, STATE_HOLDER, "4.2"),
    ]
    rows += [(BANK, SECOND_BANK.name, "6"), (SECOND_BANK, BANK.name, "6"), (SECOND_BANK, STORY.listed.name, "30")]
    return [
        {
            "公司名称": company.name,
            "公司代码": company.number,
            "持有人名称": holder,
            "持股比例": f"{share}%",
            "持有日期": "2020-06-30",
        }
        for company, holder, share in rows
    ]


def _practitioners() -> list[Row]:
    common = {"执业机构": LAW_FIRM.name, "执业类别": "专职律师", "执业起始": "2015-07-01", "所属协会": "长沙市律师协会"}
    return [
        common | {"执业人员": "尹知秋", "执业证号": "14301201510009501"},
        common | {"执业人员": "田雨青", "执业证号": "14301201510009502"},
    ]


def write_supplied(out: Path) -> dict[str, int]:
    """Write the folder; the rows of each table."""
    folder = out / "supplied"
    folder.mkdir(exist_ok=True)
    (folder / "mapping.yaml").write_text(_MAPPING, encoding="utf-8", newline="\n")
    (folder / "README.txt").write_text(_README % SECOND_BANK.number, encoding="utf-8", newline="\n")
    counts = {}
    for name, rows in TABLES.items():
        found = rows()
        heads = list(dict.fromkeys(column for row in found for column in row))
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, heads, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
        counts[name] = len(found)
    return counts


TABLES = {
    "tenders.csv": _tenders,
    "experts.csv": _experts,
    "commitments.csv": _commitments,
    "inspections.csv": _inspections,
    "grades.csv": _grades,
    "organs.csv": _organs,
    "catalogue.csv": _catalogue,
    "bank.csv": _bank,
    "branch_penalties.csv": _branch_penalties,
    "holders.csv": _holders,
    "practitioners.csv": _practitioners,
}
"""File → its rows."""

MAPPING = "mapping.yaml"
SUPPLIED_PARTS: tuple[tuple[str, str], ...] = (
    ("organs", "organs.csv"),
    ("tenders", "tenders.csv"),
    ("tenders", "experts.csv"),
    ("commitments", "commitments.csv"),
    ("inspections", "inspections.csv"),
    ("credentials", "grades.csv"),
    *((MAPPING, name) for name in ("bank.csv", "branch_penalties.csv", "holders.csv", "practitioners.csv")),
)
"""Source, or the mapping, and file, in the order in which they are loaded; the catalogue comes last."""
