"""What organs supply beside 双公示 (lists, credentials, inspections, commitments, judgments, tenders), and 双公示's older form."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from api.cli.show import show_answer
from graph_model.derivation import Case, derive
from graph_model.errors import SourceError
from graph_model.facts import FactRow, PartyRow
from graph_model.identifiers import reg_check_digit
from graph_model.rules import RulePack, load_codes
from graph_model.schema import RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.derive import derive_into
from loaders.drafts import (
    CredentialMention,
    Draft,
    EntityMention,
    InspectionMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceFile,
    TenderMention,
)
from loaders.load.engine import load
from loaders.load.files import find_files
from loaders.reading.rows import read_rows
from loaders.sources import SOURCES
from queries.casework.due import due
from queries.casework.repair import repair_status, severity_of
from queries.law.consequences import consequences_of
from queries.law.incentives import incentives_of
from queries.lookup import lookup
from queries.network.exposure import exposure
from queries.party import records
from queries.party.parties import party_file, resolve
from queries.supply.ledger import rejected as rejected_rows
from tests.support.invented import citizen, code, company
from tests.support.types import LoadFile, Put

Cells = dict[str, str | None]

DAY = date(2026, 11, 22)
PARTY: Cells = {"主体名称": "长沙甲食品有限公司", "主体类别": "法人及非法人组织", "统一社会信用代码": code(1)}
PERSON: Cells = {"主体名称": "赵一", "主体类别": "自然人", "身份证号码": citizen(1)}
COMPANY = EntityMention("长沙甲食品有限公司", (("uscc", code(1)),), kind="company")
SAMR = "长沙市市场监督管理局"
ORGAN = EntityMention(SAMR, organ=True)

GOOD: dict[tuple[str, int], Cells] = {
    ("lists", 0): PARTY
    | {
        "名单类别": "黑名单",
        "名单名称": "市场监督管理严重违法失信名单",
        "认定机关": SAMR,
        "文号": "长市监列[2024]1号",
        "列入事由": "提交虚假材料",
        "列入日期": "2024-03-01",
        "有效期至": "2027-02-28",
        "公示日期": "2024-03-04",
        "公示截止日期": "2027-02-28",
    },
    ("credentials", 0): PARTY
    | {
        "类别": "信用等级",
        "名称": "劳动保障守法诚信等级",
        "等级": "A",
        "评价体系": "企业劳动保障守法诚信等级评价",
        "授予机关": "长沙市人力资源和社会保障局",
        "授予日期": "2024-04-01",
        "有效期至": "2025-03-31",
        "状态": "有效",
    },
    ("inspections", 0): PARTY
    | {
        "检查编号": "双随机2024001",
        "检查类型": "双随机抽查",
        "检查机关": SAMR,
        "检查日期": "2024-05-06",
        "检查事项": "登记事项检查",
        "检查结果": "发现问题已责令改正",
        "检查情况": "标签不符",
    },
    ("inspections", 1): PARTY
    | {
        "主体身份": "生产者",
        "抽检机关": SAMR,
        "抽检编号": "CJ2024-7",
        "产品名称": "酱油",
        "规格型号": "500ml",
        "批次": "20240301",
        "抽样日期": "2024-05-07",
        "检验结论": "不合格",
        "不合格项目": "氨基酸态氮",
        "检验机构": "某省食品检验院",
    },
    ("commitments", 0): PARTY
    | {
        "承诺编号": "CN-2024-1",
        "承诺类型": "节能环保",
        "承诺内容": "年内完成锅炉改造",
        "受理机关": "长沙市生态环境局",
        "承诺日期": "2024-01-10",
        "履行期限": "2024-12-31",
        "履行状态": "已作出",
    },
    ("judgments", 0): PARTY
    | {
        "案号": "(2024)湘0102民初8号",
        "案由": "买卖合同纠纷",
        "审理法院": "长沙市芙蓉区人民法院",
        "诉讼地位": "被告",
        "裁判结果": "承担责任",
        "裁判内容": "支付货款",
        "标的金额": "2.4万元",
        "裁判日期": "2024-06-03",
        "生效日期": "2024-06-20",
    },
    ("tenders", 0): {
        "标段编号": "A-01",
        "标段名称": "食堂食材采购",
        "招标人": "长沙市某中学".replace("某", "湘江"),
        "招标人代码": code(90, "12"),
        "代理机构": "长沙乙招标代理有限公司",
        "代理机构代码": code(91),
        "投标人": "长沙甲食品有限公司",
        "投标人代码": code(1),
        "投标报价": "120万元",
        "是否中标": "是",
        "联合体": "否",
        "项目负责人": "钱二",
        "联系人": "孙三",
        "授权代表": "李四",
        "开标日期": "2024-07-08",
    },
    ("tenders", 1): {
        "标段编号": "A-01",
        "招标人": "长沙市湘江中学",
        "招标人代码": code(90, "12"),
        "专家姓名": "周五",
        "身份证号码": citizen(5),
        "评审日期": "2024-07-08",
    },
}
OLDER_PENALTY: Cells = {
    "CF_WSH": "长工商罚[2016]3号",
    "CF_CFMC": "虚假宣传案",
    "CF_CFLB1": "罚款",
    "CF_CFLB2": "没收违法所得",
    "CF_SY": "虚假宣传",
    "CF_YJ": "反不正当竞争法",
    "CF_XDR_MC": "长沙甲食品有限公司",
    "CF_XDR_SHXYM": code(1),
    "CF_XDR_ZDM": None,
    "CF_XDR_GSDJ": None,
    "CF_XDR_SFZ": None,
    "CF_FR": "赵一",
    "CF_JG": "罚款20000元",
    "CF_JDRQ": "2016/05/06",
    "CF_XZJG": "长沙市工商行政管理局",
    "CF_ZT": "0",
    "DFBM": "430100",
    "SJC": "2016-05-10 09:30:00",
}
OLDER_LICENCE: Cells = {
    "XK_WSH": "长食许[2016]9号",
    "XK_XMMC": "食品经营许可",
    "XK_SPLB": "普通",
    "XK_NR": "热食类",
    "XK_XDR": "长沙甲食品有限公司",
    "XK_XDR_SHXYM": code(1),
    "XK_XDR_SFZ": None,
    "XK_FR": "赵一",
    "XK_JDRQ": "2016-05-06",
    "XK_JZQ": "2021-05-05",
    "XK_XZJG": "长沙市食品药品监督管理局",
    "XK_ZT": "0",
    "DFBM": "430100",
    "SJC": "20160510093000",
}
GOOD |= {("shuanggongshi", 2): OLDER_PENALTY, ("shuanggongshi", 3): OLDER_LICENCE}
FORM_IDS = [f"{source}-{part}" for source, part in GOOD]


def drafts(source: str, part: int = 0, **changes: str | None) -> list[Draft]:
    return list(SOURCES[source].files[part].drafts(Row("f.csv", 3, GOOD[source, part] | changes), None))


def facts(source: str, part: int = 0, **changes: str | None) -> dict[str, Draft]:
    """By relationship type; each occurs once."""
    found = drafts(source, part, **changes)
    assert len({d.fact.TYPE for d in found}) == len(found)
    return {d.fact.TYPE: d for d in found}


def says(draft: Draft) -> dict[str, Any]:
    return {k: v for k, v in draft.fact.model_dump(exclude_unset=True).items() if v is not None}


def fault(source: str, part: int = 0, **changes: str | None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        drafts(source, part, **changes)
    assert (caught.value.line, bool(caught.value.todo)) == (3, True)
    return caught.value


# --- lists ------------------------------------------------------------------------------------------------


def test_a_black_list_entry() -> None:
    found = facts("lists", 移出日期="2025-04-01", 移出原因="期满", 数据日期="2025-05-01", 信息归属单位="长沙市发改委")
    entry = found["IMPOSED_ON"]
    name = "市场监督管理严重违法失信名单"
    assert entry.start == SanctionMention(SAMR, "长市监列〔2024〕1号", COMPANY, name)
    assert (entry.end, entry.owner, entry.data_date) == (COMPANY, "长沙市发改委", date(2025, 5, 1))
    assert says(entry) == {
        "kind": "list_entry",
        "codes": ["LIST-04"],
        "title": name,
        "document_number": "长市监列〔2024〕1号",
        "authority": SAMR,
        "act": "提交虚假材料",
        "decided_on": date(2024, 3, 1),
        "since": date(2024, 3, 1),
        "until": date(2025, 4, 1),
        "published_on": date(2024, 3, 4),
        "publish_until": date(2027, 3, 1),
        "exit_reason": "期满",
        "jurisdiction": "长沙市",
    }
    assert found["IMPOSED_BY"].end == ORGAN


def test_an_entry_holds_to_the_end_of_its_term_unless_removed() -> None:
    assert facts("lists")["IMPOSED_ON"].fact.until == date(2027, 3, 1)
    for open_end in (None, "长期", "2099-12-31"):
        assert facts("lists", 有效期至=open_end)["IMPOSED_ON"].fact.until is None


@pytest.mark.parametrize(
    ("name", "stated", "codes"),
    [
        ("市场监督管理严重违法失信名单", None, ["LIST-04"]),
        ("市场监督管理严重违法失信名单", "LIST-04", ["LIST-04"]),
        ("长沙市食品安全黑名单", None, []),
        ("长沙市食品安全黑名单", "LIST-04", ["LIST-04"]),
        ("严重违法失信名单", None, []),  # nearly the name of one
        ("市场监督管理严重违法失信名单(长沙)", None, []),
        ("经营异常名录", None, ["LIST-16"]),  # a list of the pack that no measure follows from
        ("经营异常名录", "LIST-16", ["LIST-16"]),
        ("湘乡市某名单", "L09", ["L09"]),  # local lists too keep their codes
        ("招标投标不良行为“黑名单”(湘乡)", None, ["L11"]),
        ("网络信用“黑名单”(湘乡)", "L12", ["L12"]),
        ("红黑名单", "L14", ["L14"]),
        ("海关失信企业、严重失信企业", None, []),  # both grades together: only the lowest one is meant by the code
        ("海关严重失信企业", None, ["LIST-09"]),
    ],
)
def test_only_a_list_that_is_named_exactly_is_that_list(name: str, stated: str | None, codes: list[str]) -> None:
    fact = facts("lists", 名单名称=name, 名单代码=stated)["IMPOSED_ON"]
    assert (says(fact)["codes"], says(fact)["title"]) == (codes, name)


@pytest.mark.parametrize("kind", ["重点关注名单", "经营异常名录", "异常名录"])
def test_to_be_watched_triggers_nothing_and_needs_no_document(kind: str) -> None:
    found = facts("lists", 名单类别=kind, 名单名称=f"长沙市{kind}", 文号=None)["IMPOSED_ON"]
    assert (says(found)["kind"], says(found)["codes"]) == ("list_entry", [])
    assert isinstance(found.start, SanctionMention)
    assert "document_number" not in says(found)


@pytest.mark.parametrize(
    ("kind", "stated", "expected"),
    [
        ("红名单", None, ("red_list", ["RED_LIST"], None)),
        ("红名单", "HONESTY_MODEL", ("red_list", ["HONESTY_MODEL"], None)),
        ("纳税信用A级", None, ("grade", ["TAX_A"], "A")),
        ("A级纳税人", "TAX_A", ("grade", ["TAX_A"], "A")),
        ("A级纳税人", "L21", ("grade", ["TAX_A", "L21"], "A")),
        ("红名单", "L23", ("red_list", ["HONEST_MEMBER", "L23"], None)),
        ("红名单", "L14", ("red_list", ["RED_LIST", "L14"], None)),
    ],
)
def test_red_list_and_tax_grade_are_credentials(kind: str, stated: str | None, expected: Any) -> None:
    found = facts("lists", 名单类别=kind, 名单名称="2024年度名单", 名单代码=stated, 文号=None)
    assert set(found) == {"HOLDS"}
    said = says(found["HOLDS"])
    assert (said["kind"], said["codes"], said.get("grade")) == expected
    assert (said["since"], said["until"], said["published_on"]) == (
        date(2024, 3, 1),
        date(2027, 3, 1),
        date(2024, 3, 4),
    )
    assert found["HOLDS"].end == CredentialMention(SAMR, "2024年度名单", COMPANY, "2024年度名单")


# --- credentials ------------------------------------------------------------------------------------------


def test_a_grade_is_taken_as_its_organ_gave_it() -> None:
    (held,) = drafts("credentials")
    assert says(held) == {
        "kind": "grade",
        "title": "劳动保障守法诚信等级",
        "decided_on": date(2024, 4, 1),
        "authority": "长沙市人力资源和社会保障局",
        "state": "有效",
        "scheme": "企业劳动保障守法诚信等级评价",
        "grade": "A",
        "since": date(2024, 4, 1),
        "until": date(2025, 4, 1),
    }
    assert held.start == COMPANY


@pytest.mark.parametrize(
    ("changes", "kind", "codes", "until"),
    [
        ({"类别": "许可"}, "licence", ["LICENSEE"], date(2025, 4, 1)),
        ({"类别": "许可", "状态": None}, "licence", ["LICENSEE"], date(2025, 4, 1)),
        ({"类别": "许可", "状态": "过期"}, "licence", None, date(2025, 4, 1)),
        ({"类别": "许可", "状态": "吊销"}, "licence", None, None),
        ({"类别": "许可", "状态": "吊销", "终止日期": "2024-09-01"}, "licence", None, date(2024, 9, 1)),
        ({"类别": "荣誉"}, "honour", None, date(2025, 4, 1)),
        ({"类别": "表彰奖励", "代码": "HONESTY_MODEL"}, "honour", ["HONESTY_MODEL"], date(2025, 4, 1)),
        ({"类别": "证书", "有效期至": "长期"}, "certificate", None, None),
        ({"类别": "资质", "有效期自": "2024-05-01"}, "qualification", None, date(2025, 4, 1)),
    ],
)
def test_credentials_of_every_kind(changes: Cells, kind: str, codes: list[str] | None, until: date | None) -> None:
    (held,) = drafts("credentials", 0, **changes)
    assert (says(held)["kind"], says(held).get("codes"), held.fact.until) == (kind, codes, until)
    assert held.fact.since == date(2024, 5 if "有效期自" in changes else 4, 1)


# --- inspections ------------------------------------------------------------------------------------------


def test_an_inspection_and_a_product_test() -> None:
    (found,) = drafts("inspections")
    assert says(found) == {
        "kind": "inspection",
        "result": "failed",
        "result_stated": "发现问题已责令改正",
        "method": "双随机抽查",
        "matter": "登记事项检查",
        "finding": "标签不符",
        "authority": SAMR,
        "document_number": "双随机2024001",
        "since": date(2024, 5, 6),
    }
    assert (found.start, found.end) == (COMPANY, InspectionMention(SAMR, "双随机2024001", COMPANY, "登记事项检查"))
    (test,) = drafts("inspections", 1)
    assert says(test) == {
        "kind": "product_quality",
        "result": "failed",
        "result_stated": "不合格",
        "authority": SAMR,
        "document_number": "CJ2024-7",
        "product": "酱油",
        "model": "500ml",
        "batch": "20240301",
        "role": "生产者",
        "failed_items": "氨基酸态氮",
        "laboratory": "某省食品检验院",
        "since": date(2024, 5, 7),
    }


@pytest.mark.parametrize(
    ("stated", "result"),
    [
        ("合格", "passed"),
        ("未发现问题", "passed"),
        ("发现问题", "failed"),
        ("已整改", "rectified"),
        ("通过登记的住所（经营场所）无法联系", "not_found"),
        ("不配合检查情节严重", "obstructed"),
        ("未发现开展本次抽查涉及的经营活动", "no_activity"),
    ],
)
def test_results_of_inspections(stated: str, result: str) -> None:
    (found,) = drafts("inspections", 检查结果=stated)
    assert (says(found)["result"], says(found)["result_stated"]) == (result, stated)


def test_products_without_a_number_are_told_apart_by_batch() -> None:
    ends = {drafts("inspections", 1, 抽检编号=None, 批次=batch)[0].end for batch in ("1", "2", None)}
    assert len(ends) == 3


# --- commitments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "day", "state"),
    [
        ("已作出", None, "made"),
        ("履行中", None, "made"),
        ("已履行", "2024-11-01", "kept"),
        ("未履行", "2025-01-05", "broken"),
        ("broken", "2025-01-05", "broken"),
        ("虚假承诺", "2024-01-10", "false"),
    ],
)
def test_states_of_a_commitment(stated: str, day: str | None, state: str) -> None:
    (found,) = drafts("commitments", 履行状态=stated, 状态日期=day)
    assert says(found) == {
        "kind": "commitment",
        "title": "信用承诺",
        "scheme": "节能环保",
        "content": "年内完成锅炉改造",
        "document_number": "CN-2024-1",
        "decided_on": date(2024, 1, 10),
        "authority": "长沙市生态环境局",
        "state": state,
        "due_on": date(2024, 12, 31),
        "since": date(2024, 1, 10),
    } | ({"state_on": date.fromisoformat(day)} if day else {})


# --- judgments --------------------------------------------------------------------------------------------


def test_a_judgment_holds_from_the_day_it_is_in_force() -> None:
    found = facts("judgments")
    assert says(found["IMPOSED_ON"]) == {
        "kind": "judgment",
        "codes": [],
        "title": "买卖合同纠纷",
        "party_role": "被告",
        "document_number": "（2024）湘0102民初8号",
        "authority": "长沙市芙蓉区人民法院",
        "act": "买卖合同纠纷",
        "content": "支付货款",
        "decided_on": date(2024, 6, 3),
        "since": date(2024, 6, 20),
        "amount_yuan": 24000.0,
        "jurisdiction": "长沙市",
    }
    assert facts("judgments", 生效日期=None)["IMPOSED_ON"].fact.since is None
    assert says(facts("judgments", 0, 代码="ECONOMIC_CRIME", **PERSON)["IMPOSED_ON"])["codes"] == ["ECONOMIC_CRIME"]


# --- tenders ----------------------------------------------------------------------------------------------


def test_a_bid_with_purchaser_and_agency() -> None:
    found = facts("tenders")
    purchaser = EntityMention("长沙市湘江中学", (("uscc", code(90, "12")),), kind="institution")
    lot = TenderMention(purchaser, "A-01", "食堂食材采购")
    assert (found["BID_IN"].start, found["BID_IN"].end) == (COMPANY, lot)
    assert says(found["BID_IN"]) == {
        "since": date(2024, 7, 8),
        "price_yuan": 1_200_000.0,
        "won": True,
        "joint": False,
        "responsible_person": "钱二",
        "contact": "孙三",
        "representative": "李四",
    }
    assert (found["TENDERED_BY"].start, found["TENDERED_BY"].end) == (lot, purchaser)
    assert found["AGENT_FOR"].start == EntityMention("长沙乙招标代理有限公司", (("uscc", code(91)),), kind="company")
    assert set(facts("tenders", 代理机构=None)) == {"BID_IN", "TENDERED_BY"}
    assert says(facts("tenders", 是否中标=None)["BID_IN"]).get("won") is None


def test_experts_are_known_by_id_or_by_their_number_in_one_pool() -> None:
    by_id = facts("tenders", 1)["EVALUATES"].start
    assert by_id == PersonMention("周五", (("cn-id", citizen(5)),))
    pools = {
        facts("tenders", 1, 身份证号码=None, 专家编号="007", 专家库=pool)["EVALUATES"].start
        for pool in ("湖南省综合评标专家库", "长沙市评审专家库")
    }
    assert len(pools) == 2  # the same number in two pools is two people
    # With an id number the pool's number is not used: a number given twice puts nobody together.
    assert facts("tenders", 1, 专家编号="007", 专家库="长沙市评审专家库")["EVALUATES"].start == by_id


def test_exposure_never_walks_a_tender_or_an_inspection() -> None:
    for name in ("BID_IN", "TENDERED_BY", "AGENT_FOR", "EVALUATES", "INSPECTED_IN", "HOLDS"):
        assert RELATIONSHIP_BY_TYPE[name].WALK is None


# --- 双公示 in the form before 2018 -------------------------------------------------------------------------


def test_an_older_penalty() -> None:
    found = facts("shuanggongshi", 2)
    imposed = found["IMPOSED_ON"]
    assert imposed.start == SanctionMention("长沙市工商行政管理局", "长工商罚〔2016〕3号", COMPANY, "虚假宣传案")
    assert imposed.data_date == date(2016, 5, 10)
    assert says(imposed) == {
        "kind": "penalty",
        "codes": [],
        "penalty_kinds": ["罚款", "没收违法所得"],
        "title": "虚假宣传案",
        "document_number": "长工商罚〔2016〕3号",
        "authority": "长沙市工商行政管理局",
        "facts_found": "虚假宣传",
        "basis_stated": "反不正当竞争法",
        "content": "罚款20000元",
        "since": date(2016, 5, 6),
        "decided_on": date(2016, 5, 6),
        "jurisdiction": "长沙市",
    }
    assert found["LEGAL_REPRESENTATIVE_OF"].start == PersonMention("赵一", scope=COMPANY)


def test_older_money_without_a_unit_is_no_amount() -> None:
    assert "fine_yuan" not in says(facts("shuanggongshi", 2, CF_NR_FK="2")["IMPOSED_ON"])
    assert says(facts("shuanggongshi", 2, CF_NR_FK="0.2万元")["IMPOSED_ON"])["fine_yuan"] == 2000.0


def test_an_older_revocation_triggers_as_a_newer_one() -> None:
    found = facts("shuanggongshi", 2, CF_CFLB1="吊销许可证", CF_CFLB2=None, CF_JG="吊销《食品经营许可证》")
    assert says(found["IMPOSED_ON"])["codes"] == ["REVOKE_FOOD_LICENCE"]


def test_an_older_licence() -> None:
    found = facts("shuanggongshi", 3)
    assert found["HOLDS"].data_date == date(2016, 5, 10)
    assert says(found["HOLDS"]) == {
        "kind": "licence",
        "codes": ["LICENSEE"],
        "title": "食品经营许可",
        "content": "热食类",
        "document_number": "长食许〔2016〕9号",
        "decided_on": date(2016, 5, 6),
        "authority": "长沙市食品药品监督管理局",
        "state": "0",
        "until": date(2021, 5, 6),
    }
    assert says(facts("shuanggongshi", 3, XK_ZT="1")["HOLDS"]).get("codes") is None


@pytest.mark.parametrize(("part", "prefix"), [(2, "CF"), (3, "XK")])
def test_natural_persons_of_the_older_form(part: int, prefix: str) -> None:
    name = "CF_XDR_MC" if prefix == "CF" else "XK_XDR"
    changes: Cells = {name: "赵一", f"{prefix}_XDR_SHXYM": "00000000000000000X", f"{prefix}_XDR_SFZ": citizen(1)}
    fact = facts("shuanggongshi", part, **changes)["IMPOSED_ON" if prefix == "CF" else "HOLDS"]
    assert PersonMention("赵一", (("cn-id", citizen(1)),)) in (fact.start, fact.end)
    both = fault("shuanggongshi", part, **changes | {f"{prefix}_XDR_SHXYM": code(1)})
    assert (both.code, both.field) == ("ambiguous-party", f"{prefix}_XDR_SFZ")
    assert citizen(1) not in str(both) + both.value


def test_a_table_of_natural_persons_never_makes_a_unit_of_one_without_a_number() -> None:
    values: Cells = {
        "CF_XDR_MC": "赵一",
        "CF_XDR_ZJLX": "身份证",
        "CF_XDR_ZJHM": None,
        "CF_WSH": "甲罚〔2024〕1号",
        "CF_CFLB": "罚款",
        "CF_NR": "罚款",
        "CF_JDRQ": "2024-05-06",
        "CF_CFJG": SAMR,
    }
    part = SOURCES["shuanggongshi"].files[0]
    with pytest.raises(SourceError) as caught:
        list(part.drafts(Row("f.csv", 3, values), None))
    assert (caught.value.code, caught.value.field) == ("no-identity", "CF_XDR_ZJHM")
    given = list(part.drafts(Row("f.csv", 3, values | {"CF_XDR_ZJHM": citizen(1)}), None))
    assert given[0].end == PersonMention("赵一", (("cn-id", citizen(1)),))


# --- all of them ------------------------------------------------------------------------------------------

_OPTIONAL = {"标段名称", "是否中标"}
"""Columns that a file must have, and a row may leave empty."""


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (form, field)
        for form in GOOD
        for field in SOURCES[form[0]].files[form[1]].columns
        if field not in _OPTIONAL and field != "CF_JG"
    ],
)
def test_a_needed_cell_that_is_empty_is_named(form: tuple[str, int], field: str) -> None:
    found = fault(*form, **{field: None})
    assert (found.code, found.field) == ("missing-value", field)


@pytest.mark.parametrize(
    ("form", "changes", "code_", "field"),
    [
        (("lists", 0), {"名单类别": "灰名单"}, "unknown-code", "名单类别"),
        (("lists", 0), {"主体类别": "公司"}, "unknown-code", "主体类别"),
        (("lists", 0), {"统一社会信用代码": code(1)[:-1] + "?"}, "invalid-code", "统一社会信用代码"),
        (("lists", 0), {"统一社会信用代码": None, "注册号": "439901000000012"}, "invalid-code", "注册号"),
        (("lists", 0), {"主体名称": "长沙***公司"}, "no-identity", "主体名称"),
        (("lists", 0), {"认定机关代码": "123"}, "invalid-code", "认定机关代码"),
        (("lists", 0), {"名单代码": "LIST-99"}, "unknown-code", "名单代码"),
        (("lists", 0), {"名单代码": "LIST-05"}, "contradiction", "名单代码"),
        (
            ("lists", 0),
            {"名单名称": "履行国防义务严重失信主体名单", "名单代码": "LIST-13"},
            "wrong-subject",
            "主体类别",
        ),
        *(
            (("lists", 0), {"名单名称": "某名单", "名单代码": code_}, "wrong-subject", "主体类别")
            for code_ in ("L13", "LIST-15")  # of natural persons alone
        ),
        *(
            (("lists", 0), {"名单名称": "某名单", "名单代码": code_}, "contradiction", "名单类别")
            for code_ in ("LIST-17", "L01", "L21", "L23", "L24")  # penalties, and lists of the honest
        ),
        (("lists", 0), {"文号": None}, "missing-value", "文号"),
        (("lists", 0), {"文号": "无"}, "missing-value", "文号"),
        (("lists", 0), {"列入日期": "2024-02-30"}, "bad-value", "列入日期"),
        (("lists", 0), {"列入日期": "无"}, "missing-value", "列入日期"),
        (("lists", 0), {"移出日期": "2024-03-01"}, "bad-value", "移出日期"),
        (("lists", 0), {"有效期至": "2024-02-28"}, "bad-value", "有效期至"),
        (("lists", 0), {"移出原因": "期满"}, "bad-value", "移出日期"),
        (("lists", 0), {"名单类别": "重点关注名单"}, "contradiction", "名单类别"),
        (("lists", 0), {"名单类别": "红名单", "名单代码": "LIST-04"}, "unknown-code", "名单代码"),
        (("credentials", 0), {"类别": "其他"}, "unknown-code", "类别"),
        (("credentials", 0), {"等级": None}, "missing-value", "等级"),
        (("credentials", 0), {"评价体系": None}, "missing-value", "评价体系"),
        (("credentials", 0), {"代码": "LIST-01"}, "unknown-code", "代码"),
        (("credentials", 0), {"状态": "有效期内"}, "unknown-code", "状态"),
        (("credentials", 0), {"有效期至": "2024-03-30"}, "bad-value", "有效期至"),
        (("inspections", 0), {"检查结果": "基本合格"}, "unknown-code", "检查结果"),
        (("inspections", 0), {"检查日期": "2024年13月1日"}, "bad-value", "检查日期"),
        (("inspections", 1), {"检验结论": "大概合格"}, "unknown-code", "检验结论"),
        (("inspections", 1), {"抽样日期": "五月"}, "bad-value", "抽样日期"),
        (("commitments", 0), {"履行状态": "部分履行"}, "unknown-code", "履行状态"),
        (("commitments", 0), {"履行状态": "未履行"}, "missing-value", "状态日期"),
        (("commitments", 0), {"状态日期": "2024-05-01"}, "bad-value", "状态日期"),
        (("commitments", 0), {"履行期限": "2024-01-09"}, "bad-value", "履行期限"),
        (("commitments", 0), {"履行状态": "已履行", "状态日期": "2024-01-09"}, "bad-value", "状态日期"),
        (("commitments", 0), {"承诺编号": "无"}, "missing-value", "承诺编号"),
        (("judgments", 0), {"裁判结果": "不承担责任", "诉讼地位": "原告"}, "not-against-party", "裁判结果"),
        (("judgments", 0), {"裁判结果": "驳回"}, "unknown-code", "裁判结果"),
        (("judgments", 0), {"生效日期": "2024-06-02"}, "bad-value", "生效日期"),
        (("judgments", 0), {"代码": "LIST-01"}, "unknown-code", "代码"),
        (("judgments", 0), {"代码": "ECONOMIC_CRIME", "生效日期": None}, "not-in-force", "代码"),
        (("judgments", 0), {"标的金额": "若干"}, "bad-value", "标的金额"),
        (("tenders", 0), {"是否中标": "可能"}, "unknown-code", "是否中标"),
        (("tenders", 0), {"投标报价": "150(万美元)"}, "bad-value", "投标报价"),
        (("tenders", 0), {"投标人代码": "1"}, "invalid-code", "投标人代码"),
        (("tenders", 1), {"身份证号码": None}, "no-identity", "专家编号"),
        (("tenders", 1), {"身份证号码": None, "专家编号": "7"}, "no-identity", "专家库"),
        (("tenders", 1), {"身份证号码": citizen(5)[:-1]}, "invalid-code", "身份证号码"),
        (("shuanggongshi", 2), {"CF_ZT": "1"}, "state-not-read", "CF_ZT"),
        (("shuanggongshi", 2), {"SJC": "昨天"}, "bad-value", "SJC"),
        (("shuanggongshi", 2), {"SJC": "20161399000000"}, "bad-value", "SJC"),
        (("shuanggongshi", 2), {"CF_XDR_SHXYM": code(1)[:-1] + "?"}, "invalid-code", "CF_XDR_SHXYM"),
        (("shuanggongshi", 3), {"XK_YXQZ": "2021-06-01"}, "bad-value", "XK_JZQ"),
    ],
)
def test_faults(form: tuple[str, int], changes: Cells, code_: str, field: str) -> None:
    found = fault(*form, **changes)
    assert (found.code, found.field) == (code_, field)


@pytest.mark.parametrize("form", [f for f in GOOD if "主体名称" in GOOD[f]], ids=str)
def test_who_is_meant(form: tuple[str, int]) -> None:
    def party(changes: Cells) -> Any:
        first = drafts(*form, **changes)[0]
        return first.end if first.fact.TYPE == "IMPOSED_ON" else first.start

    reg = "43990100000001" + reg_check_digit("43990100000001")
    none: Cells = {"统一社会信用代码": "00000000000000000X"}
    name = PARTY["主体名称"] or ""
    assert party({"注册号": reg}) == EntityMention(name, (("uscc", code(1)), ("cn-reg", reg)), kind="company")
    assert party(none | {"注册号": reg}) == EntityMention(name, (("cn-reg", reg),))
    assert party(none | {"注册号": "4399010000001"}) == EntityMention(name)  # of before 2007: no check digit, no key
    assert party(none | {"主体类别": "个体工商户"}) == EntityMention(name, kind="individual_business")
    assert party(PERSON) == PersonMention("赵一", (("cn-id", citizen(1)),))
    nobody = fault(*form, **PERSON | {"身份证号码": None})
    assert (nobody.code, nobody.field) == ("no-identity", "身份证号码")
    wrong = fault(*form, **PERSON | {"身份证号码": citizen(1)[:-1] + ("0" if citizen(1)[-1] != "0" else "1")})
    assert (wrong.code, wrong.field) == ("invalid-code", "身份证号码")
    assert citizen(1)[6:14] not in str(wrong) + wrong.value


class _Seen(dict[str, str | None]):
    """Cells that remember which of them somebody looked at."""

    def __init__(self, values: Cells) -> None:
        super().__init__(values)
        self.seen: set[str] = set()

    def get(self, key: Any, default: Any = None, /) -> Any:
        self.seen.add(key)
        return super().get(key, default)


@pytest.mark.parametrize("form", GOOD, ids=FORM_IDS)
def test_every_column_that_is_read_stands_in_the_field_table(form: tuple[str, int]) -> None:
    part = SOURCES[form[0]].files[form[1]]
    cells = _Seen(GOOD[form])
    list(part.drafts(Row("f.csv", 3, cells), None))
    assert set(part.columns) | set(GOOD[form]) <= set(part.fields)
    # 双公示 asks for a field by all the names that it had: each of them stands in one of the tables.
    known = {name for p in SOURCES[form[0]].files for name in p.fields}
    assert cells.seen
    assert cells.seen <= known


NASTY = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        [
            *(
                "无",
                "-",
                "　",
                "0",
                "２０２４－０３－０１",
                "2024-02-30",
                "9999-12-31",
                "0001-01-01",
                "1e9",
                "-3",
                "是",
            ),
            *(
                "5,000(万元)",
                "150(万美元)",
                "自然人",
                "个体工商户",
                "已履行",
                "黑名单",
                "（2024）湘1号",
                "((",
                "\x00",
                "\ud7ff",
            ),
            *(citizen(1), code(1), code(1)[:-1], "00000000000000000X", "LIST-01", "LIST-01;X", "长沙某某公司"),
        ]
    ),
)


def attempt(part: SourceFile, values: Cells) -> tuple[list[Draft], SourceError | None]:
    try:
        return list(part.drafts(Row("f.csv", 3, values), None)), None
    except SourceError as e:
        return [], e


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_cells_are_facts_or_a_fault_that_tells_no_id(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(sorted(GOOD)))
    part = SOURCES[form[0]].files[form[1]]
    fields = sorted(part.fields)
    changes = data.draw(st.dictionaries(st.sampled_from(fields), NASTY, max_size=4))
    found, refused = attempt(part, GOOD[form] | changes)
    if refused is not None:
        assert refused.field in fields
        assert refused.todo
        assert not any(number in str(refused) for number in (citizen(1), citizen(5)))
        return
    assert found
    for draft in found:
        since, until = draft.fact.since, draft.fact.until
        assert since is None or until is None or since < until
        for ref in (draft.start, draft.end):
            hash(ref)
            assert not isinstance(ref, PersonMention) or ref.identifiers or ref.scope
        assert set(says(draft).get("codes") or ()) <= set(load_codes().triggers)


# --- informants -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "refused"),
    [
        *(
            (c, True)
            for c in ("举报人", "投诉人姓名", "举报电话", "举报人电话", "检举人", "投诉者", "信访人地址", "控告人")
        ),
        *((c, False) for c in ("被举报人", "被投诉人名称", "举报内容", "投诉日期", "信访编号", "联系人")),
    ],
)
def test_files_about_informants_are_refused_as_a_whole(column: str, refused: bool, tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", [GOOD["inspections", 0] | {column: "甲"}])
    for where in (path, tmp_path):
        if not refused:
            assert [file for file, _ in find_files(SOURCES["inspections"], where)] == [path]
            continue
        with pytest.raises(SourceError, match=column) as caught:
            find_files(SOURCES["inspections"], where)
        assert (caught.value.code, caught.value.file) == ("informants", "x.csv")


# --- what the rules make of them --------------------------------------------------------------------------


def entry(codes: Sequence[str], kind: str = "list_entry") -> FactRow:
    props = {"kind": kind, "codes": list(codes), "decided_on": date(2024, 3, 1)}
    return FactRow("i-1.1", "IMPOSED_ON", "s-1", "e-1", since=date(2024, 3, 1), digest="d", props=props)


@pytest.mark.parametrize(
    ("codes", "kind", "reached"),
    [
        ((), "list_entry", False),
        (("LIST-04",), "list_entry", True),
        ((), "judgment", False),
        (("CIVIL_JUDGMENT",), "judgment", True),
    ],
)
def test_a_list_that_the_pack_does_not_know_reaches_nobody(
    pack: RulePack, codes: tuple[str, ...], kind: str, reached: bool
) -> None:
    """Not even the company of a branch, which answers for what a judgment holds that liable for (EP-006)."""
    branch = FactRow("b-1.1", "BRANCH_OF", "e-1", "e-2", since=date(2020, 1, 1), digest="b", props={})
    parties = {key: PartyRow(key, "Entity", key, "company") for key in ("e-1", "e-2")}
    case = Case("s-1", (entry(codes, kind),), roles=(branch,), parties=parties)
    assert bool(list(derive([case], pack, as_of=DAY))) == reached


def test_only_a_known_list_is_read_as_serious(pack: RulePack) -> None:
    assert severity_of(entry(["LIST-04"]), pack)[0] == "serious"
    assert severity_of(entry([]), pack)[0] is None


# --- through the graph ------------------------------------------------------------------------------------


def table(path: Path, rows: Sequence[Cells]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows({k: v or "" for k, v in row.items()} for row in rows)
    return path


BAD: dict[tuple[str, int], Cells] = {
    ("lists", 0): {"列入日期": "2024-02-30"},
    ("credentials", 0): {"类别": "其他"},
    ("inspections", 0): {"检查结果": "一般"},
    ("inspections", 1): {"检验结论": "一般"},
    ("commitments", 0): {"履行状态": "未履行"},
    ("judgments", 0): {"裁判结果": "不承担责任"},
    ("tenders", 0): {"投标报价": "若干"},
    ("tenders", 1): {"身份证号码": ""},
    ("shuanggongshi", 2): {"CF_ZT": "1"},
    ("shuanggongshi", 3): {"XK_JDRQ": "2016-13-01"},
}


def test_every_form_is_loaded_with_its_ledger_balanced(
    graph: Graph, keys: Keys, tmp_path: Path, load_file: LoadFile, pack: RulePack
) -> None:
    files = {}
    for (source, part), good in GOOD.items():
        files[source, part] = table(tmp_path / f"{source}-{part}.csv", [good, good | BAD[source, part], good])
    for (source, _), path in files.items():
        (run,) = load_file(source, path)
        assert (run.rows_in, run.accepted, run.rejected, run.duplicate) == (3, 1, 1, 1), source
        (kept,) = rejected_rows(graph, run.run)
        assert (kept["line"], bool(kept["todo"])) == (3, True)
        assert not load_file(source, path)[0].changed
    found = {
        r["t"]: r["n"]
        for r in graph.read("MATCH ()-[r]->() WHERE r.rec_to IS NOT NULL RETURN type(r) AS t, count(r) AS n")
    }
    assert found == {
        "IMPOSED_ON": 3,
        "IMPOSED_BY": 3,
        "HOLDS": 3,
        "INSPECTED_IN": 2,
        "BID_IN": 1,
        "TENDERED_BY": 1,
        "AGENT_FOR": 1,
        "EVALUATES": 1,
        "LEGAL_REPRESENTATIVE_OF": 2,
    }
    # One company, whichever source names it; ids and names of persons are nowhere in the clear.
    assert graph.read("MATCH (e:Entity {name: $n}) RETURN count(e) AS n", n="长沙甲食品有限公司")[0]["n"] == 1
    text = json.dumps(graph.read("MATCH (n) RETURN properties(n) AS p"), default=str)
    text += json.dumps(graph.read("MATCH ()-[r]->() RETURN properties(r) AS p"), default=str)
    assert citizen(5) not in text
    derive_into(graph, pack)
    party, _ = resolve(graph, code(1))
    assert party is not None
    file = party_file(graph, party.key, as_of=DAY)
    assert {f.type for f in file.facts} >= {"HOLDS", "INSPECTED_IN", "BID_IN", "IMPOSED_ON"}
    assert {n.label for n in file.nodes} >= {"Credential", "Inspection", "Tender", "Sanction"}
    assert all(n.name for n in file.nodes)


@pytest.fixture
def supplied(graph: Graph, keys: Keys, tmp_path: Path, put: Put, load_file: LoadFile, pack: RulePack) -> Graph:
    """Four companies: one with a broken promise, one on a key-attention list, a bidder beside it, one honest."""

    def party(number: int, name: str) -> Cells:
        return {"主体名称": name, "统一社会信用代码": code(number)}

    promise = GOOD["commitments", 0]
    names = ("长沙甲食品有限公司", "长沙乙食品有限公司", "长沙丙食品有限公司", "郴州丁食品有限公司")
    load_file("sample", put("register.csv", [company(n, i, f"人{i}", citizen(10 + i)) for i, n in enumerate(names, 1)]))
    rows = [
        promise | {"履行状态": "未履行", "状态日期": "2025-01-05"},
        promise | party(3, names[2]) | {"承诺编号": "C3", "履行期限": "2026-12-01"},
        promise | party(4, names[3]) | {"承诺编号": "C4", "履行期限": "2026-10-01"},
        promise | party(4, names[3]) | {"承诺编号": "C5", "履行期限": "2027-10-01"},
        promise | party(4, names[3]) | {"承诺编号": "C6", "履行状态": "已履行", "状态日期": "2026-09-01"},
    ]
    load_file("commitments", table(tmp_path / "c.csv", rows))
    watched = GOOD["lists", 0] | party(2, names[1]) | {"名单类别": "重点关注名单", "名单名称": "重点关注企业"}
    red = (
        GOOD["lists", 0]
        | party(4, names[3])
        | {"名单类别": "红名单", "名单名称": "诚信红名单", "认定机关": "郴州市发改委"}
    )
    load_file("lists", table(tmp_path / "l.csv", [watched, red]))
    bids = [
        GOOD["tenders", 0] | {"投标人": name, "投标人代码": code(i), "是否中标": "是" if i == 2 else "否"}
        for i, name in enumerate(names, 1)
    ]
    load_file("tenders", table(tmp_path / "t.csv", bids))
    derive_into(graph, pack)
    return graph


def test_broken_promises_count_and_others_fall_due(supplied: Graph, pack: RulePack) -> None:
    told = lookup(supplied, pack, code(1), as_of=DAY)
    assert (told.status, told.sanctions, told.consequences) == ("hit", [], [])
    assert [(f.type, f.properties.get("state")) for f in told.facts] == [("HOLDS", "broken"), ("BID_IN", None)]
    assert {n.key for n in told.nodes} == {f.to for f in told.facts}
    shown = io.StringIO()
    console = Console(file=shown, width=200)
    show_answer(console, told, pack)
    text = shown.getvalue()
    assert (
        text.index("Promises broken")
        < text.index("broken  due 2024-12-31")
        < text.index("Other records")
        < text.index("食堂食材采购")
    )
    assert lookup(supplied, pack, code(1), as_of=date(2025, 1, 4)).status == "clear"  # the day before it was found
    assert lookup(supplied, pack, code(1), as_of=date(2025, 1, 5)).status == "hit"
    assert lookup(supplied, pack, code(3), as_of=DAY).status == "clear"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "MAX_RECORDS", 1)
        cut = lookup(supplied, pack, code(3), as_of=DAY)  # a promise and a bid
        broken = lookup(supplied, pack, code(1), as_of=DAY)
    assert (cut.status, cut.complete, len(cut.facts), len(cut.cut)) == ("incomplete", False, 1, 1)
    assert (broken.status, [f.type for f in broken.facts]) == ("hit", ["HOLDS"])  # it is never what is cut off
    # What is due, and what is over; kept, broken and far ones are not owed.
    rows = [r for r in due(supplied, pack, as_of=DAY, within="10wd").rows if r.deadline == "COMMITMENT"]
    assert [(r.case, r.due, r.overdue) for r in rows] == [
        ("C4", date(2026, 10, 1), True),
        ("C3", date(2026, 12, 1), False),
    ]
    assert [r.party.name for r in rows if r.party] == ["郴州丁食品有限公司", "长沙丙食品有限公司"]
    assert "锅炉改造" in rows[0].duty
    assert rows[0].started == date(2024, 1, 10)
    last = due(supplied, pack, as_of=date(2026, 12, 1), within="1wd").rows
    assert [r.overdue for r in last if r.case == "C3"] == [False]  # the last day still belongs to the term
    late = due(supplied, pack, as_of=date(2026, 12, 2), within="1wd").rows
    assert [r.overdue for r in late if r.case == "C3"] == [True]


def test_to_be_watched_is_no_sanction_of_the_law_and_bids_are_no_ties(supplied: Graph, pack: RulePack) -> None:
    watched, _ = resolve(supplied, code(2))
    bidder, _ = resolve(supplied, code(3))
    honest, _ = resolve(supplied, code(4))
    assert watched is not None
    assert bidder is not None
    assert honest is not None
    assert consequences_of(supplied, pack, watched.key, as_of=DAY, others=True).consequences == []
    (entry_,) = party_file(supplied, watched.key, as_of=DAY).sanctions
    assert (entry_.kind, entry_.codes, entry_.status) == ("list_entry", [], "in_force")
    (status,) = repair_status(supplied, pack, [entry_.key], as_of=DAY)
    assert (status.severity, status.earliest) == (None, None)
    # All four bid in one lot: nobody is near anybody by that.
    near = exposure(supplied, bidder.key, hops=4, as_of=DAY)
    assert (near.hits, near.status) == ([], "clear")
    found = incentives_of(supplied, pack, honest.key, as_of=DAY).consequences
    assert "INC-01" in {c.rule for c in found}


def test_a_later_state_is_a_new_version_whatever_comes_first(
    graph: Graph, keys: Keys, tmp_path: Path, load_file: LoadFile
) -> None:
    base = GOOD["commitments", 0]
    states: list[Cells] = [
        base | {"数据日期": "2024-02-01"},
        base | {"数据日期": "2025-01-10", "履行状态": "未履行", "状态日期": "2025-01-05"},
        base | {"数据日期": "2025-03-10", "履行状态": "已履行", "状态日期": "2025-03-01"},
    ]
    for i in (1, 2, 0):
        load_file("commitments", table(tmp_path / f"{i}.csv", [states[i]]))
    query = "MATCH ()-[r:HOLDS]->() RETURN r.state AS state, r.rec_to = 9007199254740991 AS now ORDER BY r.data_date"
    versions = [(r["state"], r["now"]) for r in graph.read(query)]
    assert versions == [("made", False), ("broken", False), ("kept", True)]


def test_a_title_comes_with_the_lots_even_after_the_experts(
    graph: Graph, keys: Keys, tmp_path: Path, load_file: LoadFile
) -> None:
    for part in (1, 0):
        load_file("tenders", table(tmp_path / f"{part}.csv", [GOOD["tenders", part]]))
    (lot,) = graph.read("MATCH (t:Tender) RETURN t.title AS title, t.document_number AS number")
    assert (lot["title"], lot["number"]) == ("食堂食材采购", "A-01")


def test_columns_tell_the_forms_apart(tmp_path: Path) -> None:
    for (source, part), good in GOOD.items():
        path = table(tmp_path / f"{source}-{part}.csv", [good])
        ((_, found),) = find_files(SOURCES[source], path)
        assert found is SOURCES[source].files[part]
        fits = [
            (other.id, i)
            for other in SOURCES.values()
            for i, p in enumerate(other.files)
            if set(good) >= set(p.columns)
        ]
        assert fits == [(source, part)]
        assert [r.line for r in read_rows(path, found.columns) if isinstance(r, Row)] == [2]


def test_nothing_is_loaded_of_a_file_about_informants(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", [GOOD["inspections", 0] | {"举报人": "甲"}])
    with pytest.raises(SourceError, match="informants"):
        load(graph, keys, SOURCES["inspections"], path)
    assert graph.read("MATCH (n) WHERE NOT n:Clock AND NOT n:Change RETURN count(n) AS n")[0]["n"] == 0
