"""Raw rows → drafts: the tricky cells of each source with invented names, and every row of the real files."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_model.errors import SourceError
from graph_model.schema import Fact
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.drafts import (
    AddressMention,
    CredentialMention,
    Draft,
    EntityMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceFile,
)
from loaders.load.engine import load
from loaders.load.row_checks import about_somebody
from loaders.reading.rows import columns_of, read_rows
from loaders.reading.values import parse_stock_code, province_of
from loaders.sources import (
    SOURCES,
    ashare2018,
    ashare2020,
    court_limits,
    fitting,
    listed_names,
    nfra,
    registry,
    shixin,
    shuanggongshi,
    subsidiaries,
)
from tests.support.real_data import DATA, there

USCC, OTHER_USCC, ORGAN_USCC = "91430100MA4T00019U", "92430102MA4T00027G", "11430000006123458L"
PERSON_ID, OLD_ID, REG = "430102198001010011", "430481750520002", "440301103448669"


def facts(drafts: Iterable[Draft]) -> dict[str, Draft]:
    """By relationship type; each occurs once in these tests."""
    return {d.fact.TYPE: d for d in drafts}


def says(draft: Draft) -> dict[str, Any]:
    """What the fact states, without what the engine fills in."""
    return {k: v for k, v in draft.fact.model_dump(exclude_unset=True).items() if v is not None}


def rejected(part: SourceFile, values: dict[str, str | None], context: Any = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(part.drafts(Row("f.csv", 3, values), context))
    assert caught.value.line == 3
    assert caught.value.field
    assert caught.value.todo
    return caught.value


# --- all --------------------------------------------------------------------------------------------------


def test_registry() -> None:
    assert {"ashare2018", "ashare2020", "nfra", "court-limits", "shixin", "shuanggongshi"} <= set(SOURCES)
    assert {"registry", "subsidiaries", "listed-names"} <= set(SOURCES)
    for source in SOURCES.values():
        for part in source.files:
            assert part.columns
            assert source.id in fitting(part.columns)
    assert fitting(("x",)) == []


def check_file(path: Path, part: SourceFile) -> Counter[str]:
    """Every row becomes drafts or a SourceError, and never anything else."""
    context = part.prepare(r for r in read_rows(path, part.columns) if isinstance(r, Row)) if part.prepare else None
    counts: Counter[str] = Counter()
    for item in read_rows(path, part.columns):
        counts["rows"] += 1
        try:
            if isinstance(item, SourceError):
                raise item
            drafts = list(part.drafts(item, context))
        except SourceError as e:
            counts[e.code if e.todo else "no advice"] += 1
            continue
        assert drafts
        for draft in drafts:
            assert isinstance(draft.fact, Fact)
            hash((draft.start, draft.end))
            weak = [r for r in (draft.start, draft.end) if isinstance(r, PersonMention) and not r.identifiers]
            assert all(r.scope for r in weak)
        counts["accepted"] += 1
    return counts


@pytest.mark.parametrize(
    ("source", "file", "expected"),
    [
        ("ashare2020", "ashare2020_star_sample/company_basic_info.csv", {"rows": 115, "accepted": 115}),
        ("ashare2020", "ashare2020_star_sample/keydirector_info.csv", {"rows": 2794, "accepted": 2794}),
        ("ashare2020", "ashare2020_star_sample/shareholder_info.csv", {"rows": 1144, "accepted": 1144}),
        (
            "ashare2020",
            "ashare2020_star_sample/supplier_info.csv",
            {"rows": 1651, "accepted": 1205, "anonymous": 389, "ambiguous-party": 57},
        ),
        (
            "nfra",
            "nfra_penalties/nfra_2024.xlsx",
            {
                "rows": 1024,
                "accepted": 876,
                "party-is-authority": 120,
                "missing-party": 18,
                "no-decision": 5,
                "no-body": 5,
            },
        ),
        ("court-limits", "court_samples/xianzhi_gaoxiaofei.json", {"rows": 11, "accepted": 11}),
        ("shuanggongshi", "court_samples/shuanggongshi_form.json", {"rows": 1, "accepted": 1}),
        ("shixin", "court_samples/shixin_forms.json", {"rows": 3, "accepted": 2, "no-identity": 1}),
        ("subsidiaries", "court_samples/sub_company.json", {"rows": 13, "accepted": 13}),
        ("registry", "registry_sample/2000_海南.csv", {"rows": 912, "accepted": 912}),
        ("registry", "registry_sample/2007_宁夏.csv", {"rows": 1925, "accepted": 1925}),
        ("registry", "registry_sample/2010_青海.csv", {"rows": 1906, "accepted": 1906}),
        ("ashare2018", "ashare2018_lemonhu/stock.csv", {"rows": 3188, "accepted": 3188}),
        ("ashare2018", "ashare2018_lemonhu/executive.csv", {"rows": 20872, "accepted": 20872}),
        ("ashare2018", "ashare2018_lemonhu/executive_stock.csv", {"rows": 24775, "accepted": 24775}),
        ("listed-names", "listed_names_2021/company.json", {"rows": 4654, "accepted": 4533, "contradiction": 121}),
    ],
)
def test_real_files(source: str, file: str, expected: dict[str, int]) -> None:
    path = there(DATA / file)
    (part,) = [p for p in SOURCES[source].files if set(p.columns) <= set(columns_of(path))]
    assert check_file(path, part) == expected


# --- ashare2020 -------------------------------------------------------------------------------------------

BASIC, OFFICERS, HOLDERS, SUPPLIERS = ashare2020.SOURCE.files


def basic(**changes: str | None) -> Row:
    values: dict[str, str | None] = {
        "gpdm": "900001.SH",
        "gsmc": "甲乙软件股份有限公司",
        "clrq": "2008-03-27",
        "zczb": "40000000.0",
        "fddbr": "赵一",
        "xydm": USCC,
        "sf": "湖南省",
        "cs": "长沙市",
        "zcdz": "长沙市一路1号",
    }
    return Row("company_basic_info.csv", 2, values | changes)


def test_company_register_row() -> None:
    found = facts(ashare2020.profile(basic(), None))
    company = EntityMention("甲乙软件股份有限公司", (("uscc", USCC), ("stock", "900001.SH")), kind="company")
    assert found["ABOUT"].start == company
    assert found["ABOUT"].record == "900001.SH"
    assert says(found["ABOUT"]) == {
        "name": "甲乙软件股份有限公司",
        "kind": "company",
        "established_on": date(2008, 3, 27),
        "capital": 40000000.0,
        "capital_currency": "CNY",
        "region": "湖南省 长沙市",
        "stock_code": "900001.SH",
    }
    assert found["REGISTERED_AT"].end == AddressMention("长沙市一路1号")
    assert found["LEGAL_REPRESENTATIVE_OF"].start == PersonMention("赵一", scope=company)


@pytest.mark.parametrize("code", [None, "00000000000000000X", USCC[:-1] + "X", "无"])
def test_company_without_code_or_representative(code: str | None) -> None:
    found = facts(ashare2020.profile(basic(xydm=code, fddbr=None), None))
    assert found["ABOUT"].start == EntityMention("甲乙软件股份有限公司", (("stock", "900001.SH"),))
    assert "capital_currency" not in says(found["ABOUT"])
    assert "LEGAL_REPRESENTATIVE_OF" not in found


@pytest.mark.parametrize(
    ("code", "kind", "post", "until"),
    [
        ("dsz", "DIRECTOR_OF", "董事长", None),
        ("gsds", "DIRECTOR_OF", "董事", None),
        ("dldsxr", "DIRECTOR_OF", "独立董事", None),
        ("dldslr", "DIRECTOR_OF", "独立董事(历任)", date(2021, 1, 1)),
        ("gsjs", "SUPERVISOR_OF", "监事", None),
        ("zjl", "SENIOR_MANAGER_OF", "总经理", None),
        ("dshms", "SENIOR_MANAGER_OF", "董事会秘书", None),
        ("gsgg", "SENIOR_MANAGER_OF", "高级管理人员", None),
    ],
)
def test_officers(code: str, kind: str, post: str, until: date | None) -> None:
    row = Row("f", 2, {"gpdm": "900001.SH", "zwdm": code, "name": "Hui Qian(钱二)"})
    (draft,) = ashare2020.officer(row, None)
    company = EntityMention("900001.SH", (("stock", "900001.SH"),))
    assert (draft.fact.TYPE, draft.fact.until) == (kind, until)
    assert says(draft)["post"] == post
    assert (draft.start, draft.end) == (PersonMention("Hui Qian(钱二)", scope=company), company)


def test_unknown_post() -> None:
    fault = rejected(OFFICERS, {"gpdm": "900001.SH", "zwdm": "xyz", "name": "钱二"})
    assert (fault.code, fault.field) == ("unknown-code", "zwdm")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("孙三", "person"),
        ("欧阳孙三", "person"),
        ("孙三(大)", "person"),
        ("孙三（小）", "person"),
        ("𫖯㛃", "person"),
        ("SAN SUN", "person"),
        ("San-Wu J. Sun (孙三)", "person"),
        ("彼得·孙", "person"),
        ("某某科技有限公司", "organisation"),
        ("某某投资合伙企业(有限合伙)", "organisation"),
        ("香港某某结算有限公司(陆股通)", "organisation"),
        ("某某基金管理有限公司-某某二号股权投资合伙企业(有限合伙)", "organisation"),
        ("某省财政厅", "organisation"),
        ("某某研究院", "organisation"),
        ("某县玻璃厂", "organisation"),
        ("Some Ventures Pte. Ltd.", "organisation"),
        ("Some Capital Partners, L.P.", "organisation"),
        ("SOMECONSULTINGLIMITED", "organisation"),
        ("Some Medical", "organisation"),
        ("某某证券-某某银行-某某1号集合资产管理计划", "product"),
        ("某某银行股份有限公司-某某混合型证券投资基金", "product"),
        ("全国社保基金九九组合", "product"),
        ("ABC", "unclear"),
        ("孙三、李四", "unclear"),
        ("某某某某某", "unclear"),
    ],
)
def test_who_is_a_person(name: str, kind: str) -> None:
    assert ashare2020.holder_kind(name) == kind


def test_holders() -> None:
    values: dict[str, str | None] = {"gpdm": "900001.SH", "order": "0", "name": "孙三", "gdcgbl": "53.83"}
    (draft,) = ashare2020.holder(Row("f", 2, values), None)
    company = EntityMention("900001.SH", (("stock", "900001.SH"),))
    assert draft.start == PersonMention("孙三", scope=company)
    assert says(draft) == {"share_min": 0.5383, "share_max": 0.5383, "share_known": True, "rank": 1}
    for name, kind in (("某某有限公司", None), ("某某1号资产管理计划", "other"), ("ABC", "other")):
        (draft,) = ashare2020.holder(Row("f", 2, values | {"name": name}), None)
        assert draft.start == EntityMention(name, kind=kind)
    (draft,) = ashare2020.holder(Row("f", 2, values | {"gdcgbl": "100.5"}), None)
    assert says(draft) == {"share_min": 0.0, "share_max": 1.0, "share_known": False, "share_above": 1.005, "rank": 1}
    assert rejected(HOLDERS, values | {"gdcgbl": "x"}).field == "gdcgbl"


def test_suppliers() -> None:
    values: dict[str, str | None] = {
        "gpdm": "900001.SH",
        "gysmc": "某某贸易有限公司",
        "bgnd": "2019",
        "order": "1",
        "gysbl": None,
    }
    (draft,) = ashare2020.supplier(Row("f", 2, values), None)
    assert draft.start == EntityMention("某某贸易有限公司")
    assert says(draft) == {"since": date(2019, 1, 1), "until": date(2020, 1, 1), "rank": 1}
    for name in ("供应商A", "供应商 3", "第一名", "供应商第二名", "单位 1", "V 单位", "S007", "顾问H(个人)"):
        assert rejected(SUPPLIERS, values | {"gysmc": name}).code == "anonymous", name
    assert rejected(SUPPLIERS, values | {"gysmc": "孙三"}).code == "ambiguous-party"
    assert rejected(SUPPLIERS, values | {"bgnd": "19"}).field == "bgnd"


# --- court-limits -----------------------------------------------------------------------------------------


def order(**changes: str | None) -> Row:
    values: dict[str, str | None] = {
        "限制高消费企业名称": "甲乙建设有限公司",
        "案号": "(2023)甲0981执138号",
        "法定代表人": "李四",
        "涉案金额": "7500000",
        "执行法院": "甲市人民法院",
        "限高发布日期": "2023-05-25 00:00:00",
    }
    return Row("f.json", 1, values | changes)


def test_consumption_order() -> None:
    found = facts(court_limits.drafts(order(), None))
    company = EntityMention("甲乙建设有限公司")
    ref = SanctionMention("甲市人民法院", "（2023）甲0981执138号", company, "限制消费令")
    imposed = found["IMPOSED_ON"]
    assert (imposed.start, imposed.end) == (ref, company)
    assert says(imposed) == {
        "kind": "court_order",
        "codes": ["CONSUMPTION_LIMIT_ENTITY"],
        "title": "限制消费令",
        "document_number": "（2023）甲0981执138号",
        "authority": "甲市人民法院",
        "amount_yuan": 7500000.0,
        "since": date(2023, 5, 25),
        "published_on": date(2023, 5, 25),
    }
    assert found["IMPOSED_BY"].end == EntityMention("甲市人民法院", organ=True)
    assert found["LEGAL_REPRESENTATIVE_OF"].start == PersonMention("李四", scope=company)
    assert found["LEGAL_REPRESENTATIVE_OF"].data_date == date(2023, 5, 25)


def test_order_without_court_or_amount() -> None:
    row = order(执行法院=None, 涉案金额="-", 法定代表人=None)
    (draft,) = court_limits.drafts(row, None)
    assert isinstance(draft.start, SanctionMention)
    assert draft.start.authority == ""
    assert "amount_yuan" not in says(draft)


def test_order_without_number_or_date() -> None:
    (part,) = court_limits.SOURCE.files
    with pytest.raises(SourceError, match="案号"):
        list(court_limits.drafts(order(案号=None), None))
    assert rejected(part, dict(order(限高发布日期="2023-02-30").values)).field == "限高发布日期"


# --- shuanggongshi ----------------------------------------------------------------------------------------

PENALTIES, LICENCES, OLDER_PENALTIES, OLDER_LICENCES = shuanggongshi.SOURCE.files


def cf(**changes: str | None) -> dict[str, str | None]:
    return {
        "CF_XDR_MC": "甲乙食品有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": USCC,
        "CF_FRDB": "周五",
        "CF_FR_ZJLX": "身份证",
        "CF_FR_ZJHM": PERSON_ID,
        "CF_WSH": "甲市监罚字【2024】12号",
        "CF_WFXW": "经营不合格食品",
        "CF_SY": "某日某地",
        "CF_YJ": "食品安全法",
        "CF_CFLB": "罚款；没收违法所得",
        "CF_NR": "罚款2000元",
        "CF_NR_FK": "0.2",
        "CF_NR_WFFF": "0.000001",
        "CF_JDRQ": "2024/5/6",
        "CF_YXQ": "2025-05-06",
        "CF_GSJZQ": "2027年5月6日",
        "CF_CFJG": "甲市市场监督管理局",
        "CF_CFJGDM": ORGAN_USCC,
        "CF_SJLY": "甲市发展和改革委员会",
    } | changes


def penalty(**changes: str | None) -> dict[str, Draft]:
    return facts(shuanggongshi.penalty(Row("f.csv", 3, cf(**changes)), None))


def test_penalty() -> None:
    found = penalty()
    company = EntityMention("甲乙食品有限公司", (("uscc", USCC),), kind="company")
    imposed = found["IMPOSED_ON"]
    assert imposed.start == SanctionMention("甲市市场监督管理局", "甲市监罚字〔2024〕12号", company)
    assert imposed.end == company
    assert imposed.owner == "甲市发展和改革委员会"
    assert says(imposed) == {
        "kind": "penalty",
        "codes": [],
        "penalty_kinds": ["罚款", "没收违法所得"],
        "document_number": "甲市监罚字〔2024〕12号",
        "authority": "甲市市场监督管理局",
        "act": "经营不合格食品",
        "facts_found": "某日某地",
        "basis_stated": "食品安全法",
        "content": "罚款2000元",
        "since": date(2024, 5, 6),
        "decided_on": date(2024, 5, 6),
        "until": date(2025, 5, 7),
        "publish_until": date(2027, 5, 7),
        "fine_yuan": 2000.0,
        "confiscated_yuan": 0.01,
        "jurisdiction": "430000",
    }
    assert found["IMPOSED_BY"].end == EntityMention("甲市市场监督管理局", (("uscc", ORGAN_USCC),), organ=True)
    representative = found["LEGAL_REPRESENTATIVE_OF"]
    assert representative.start == PersonMention("周五", (("cn-id", PERSON_ID),), scope=company)
    assert representative.data_date == date(2024, 5, 6)


def test_open_end() -> None:
    assert penalty(CF_YXQ="2099/12/31")["IMPOSED_ON"].fact.until is None
    assert penalty(CF_YXQ=None)["IMPOSED_ON"].fact.until is None
    assert rejected(PENALTIES, cf(CF_YXQ="2024-05-05")).field == "CF_YXQ"


@pytest.mark.parametrize(
    ("changes", "identifiers", "kind"),
    [
        ({"CF_XDR_SHXYM": USCC.lower()}, (("uscc", USCC),), "company"),
        ({"CF_XDR_SHXYM": ORGAN_USCC}, (("uscc", ORGAN_USCC),), "public_body"),
        ({"CF_XDR_SHXYM": "00000000000000000X"}, (), None),
        ({"CF_XDR_SHXYM": None, "CF_XDR_GSZC": REG}, (("cn-reg", REG),), None),
        ({"CF_XDR_SHXYM": None, "CF_XDR_GSDJ": REG}, (("cn-reg", REG),), None),
        ({"CF_XDR_GSZC": REG}, (("uscc", USCC), ("cn-reg", REG)), "company"),
        ({"CF_XDR_SHXYM": "无", "CF_XDR_GSZC": "4301002001234"}, (), None),
        ({"CF_XDR_SHXYM": None, "CF_XDR_ZZJG": USCC[8:16] + "-" + USCC[16]}, (("cn-org", USCC[8:17]),), None),
        ({"CF_XDR_LB": None}, (("uscc", USCC),), "company"),
        (
            {"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": OTHER_USCC},
            (("uscc", OTHER_USCC),),
            "individual_business",
        ),
        (
            {"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "00000000000000000X", "CF_XDR_GSZC": REG},
            (("cn-reg", REG),),
            "individual_business",
        ),
        ({"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "00000000000000000X"}, (), "individual_business"),
    ],
)
def test_how_an_entity_is_known(changes: dict[str, str | None], identifiers: Any, kind: str | None) -> None:
    assert penalty(**changes)["IMPOSED_ON"].end == EntityMention("甲乙食品有限公司", identifiers, kind=kind)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"CF_XDR_ZJLX": "居民身份证"},
        {"CF_XDR_LB": None},
        {"CF_XDR_ZJHM": None, "CF_XDR_SFZ": PERSON_ID},
    ],
)
def test_natural_person(changes: dict[str, str | None]) -> None:
    person = {"CF_XDR_LB": "自然人", "CF_XDR_SHXYM": None, "CF_XDR_MC": "吴六", "CF_XDR_ZJHM": PERSON_ID}
    found = penalty(**(person | changes))
    assert found["IMPOSED_ON"].end == PersonMention("吴六", (("cn-id", PERSON_ID),))
    assert "LEGAL_REPRESENTATIVE_OF" not in found


def test_old_id_numbers_become_new_ones() -> None:
    end = penalty(CF_XDR_LB="自然人", CF_XDR_MC="吴六", CF_XDR_ZJHM=OLD_ID)["IMPOSED_ON"].end
    assert isinstance(end, PersonMention)
    assert end.identifiers[0][1].startswith("43048119750520002")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"CF_XDR_LB": "自然人"}, "no-identity", "CF_XDR_ZJHM"),
        ({"CF_XDR_LB": "自然人", "CF_XDR_ZJHM": PERSON_ID[:-1] + "2"}, "no-identity", "CF_XDR_ZJHM"),
        ({"CF_XDR_LB": "自然人", "CF_XDR_SFZ": "43010219800101001l"}, "no-identity", "CF_XDR_SFZ"),
        (
            {"CF_XDR_LB": "自然人", "CF_XDR_ZJLX": "护照号", "CF_XDR_ZJHM": "E12345678"},
            "no-identity",
            "CF_XDR_ZJHM",
        ),
        ({"CF_XDR_SHXYM": USCC[:-1] + "X"}, "invalid-code", "CF_XDR_SHXYM"),
        ({"CF_XDR_SHXYM": None, "CF_XDR_GSZC": REG[:-1] + "0"}, "invalid-code", "CF_XDR_GSZC"),
        ({"CF_XDR_LB": "其他"}, "unknown-code", "CF_XDR_LB"),
        ({"CF_JDRQ": "2024-02-30"}, "bad-value", "CF_JDRQ"),
        ({"CF_NR_FK": "两千"}, "bad-value", "CF_NR_FK"),
    ],
)
def test_rejected_penalties(changes: dict[str, str | None], code: str, field: str) -> None:
    fault = rejected(PENALTIES, cf(**changes))
    assert (fault.code, fault.field) == (code, field)
    number = changes.get("CF_XDR_ZJHM") or changes.get("CF_XDR_SFZ")
    assert number is None or number not in str(fault) + fault.value


@pytest.mark.parametrize("field", ["CF_XDR_MC", "CF_WSH", "CF_JDRQ", "CF_CFJG"])
def test_penalties_need(field: str) -> None:
    assert rejected(PENALTIES, cf(**{field: None})).code == "missing-value"


def test_a_wrong_id_of_the_representative_is_no_id() -> None:
    for changes in ({"CF_FR_ZJHM": "1"}, {"CF_FR_ZJLX": "护照号"}, {"CF_FR_ZJHM": None}):
        start = penalty(**changes)["LEGAL_REPRESENTATIVE_OF"].start
        assert isinstance(start, PersonMention)
        assert start.identifiers == ()
        assert start.scope is not None


@pytest.mark.parametrize(
    ("kinds", "certificates", "content", "codes"),
    [
        ("吊销许可证件", "食品经营许可证 JY14301", "", ["REVOKE_FOOD_LICENCE"]),
        ("吊销许可证件", "", "吊销你单位《食品生产许可证》", ["REVOKE_FOOD_LICENCE"]),
        ("吊销许可证件", "营业执照", "", ["REVOKE_BUSINESS_LICENCE"]),
        ("吊销许可证件;责令关闭", "营业执照", "", ["REVOKE_BUSINESS_LICENCE", "ORDER_CLOSE"]),
        ("责令关闭", "", "", ["ORDER_CLOSE"]),
        # Not enough said:
        ("吊销许可证件", "", "吊销许可证", []),
        ("吊销许可证件", "道路运输经营许可证", "", []),
        ("暂扣许可证件", "食品经营许可证", "", []),
        ("罚款", "", "逾期不改正的，吊销食品经营许可证", []),
        ("暂扣或者吊销许可证", "食品经营许可证", "暂扣30日", []),
        ("暂扣或者吊销许可证", "食品经营许可证", "吊销食品经营许可证", ["REVOKE_FOOD_LICENCE"]),
        ("吊销许可证件", "道路运输证", "不予吊销营业执照", []),
        ("吊销许可证件", "道路运输证", "吊销道路运输证，保留营业执照", []),
        ("责令停产停业", "", "责令关闭", []),
    ],
)
def test_triggers(kinds: str, certificates: str, content: str, codes: list[str]) -> None:
    fact = penalty(CF_CFLB=kinds, CF_NR_ZKDX=certificates, CF_NR=content)["IMPOSED_ON"]
    assert says(fact)["codes"] == codes


@pytest.mark.parametrize(
    ("organ", "code", "where"),
    [
        ("甲乙市市场监督管理局", None, "甲乙市"),
        ("甲乙市市场监督管理局", "00000000000000000X", "甲乙市"),
        ("甲乙县公安局", USCC, "甲乙县"),
        ("国家市场监督管理总局", None, None),
        ("甲局", ORGAN_USCC, "430000"),
    ],
)
def test_jurisdiction(organ: str, code: str | None, where: str | None) -> None:
    found = says(penalty(CF_CFJG=organ, CF_CFJGDM=code)["IMPOSED_ON"])
    assert found.get("jurisdiction") == where


def test_licence() -> None:
    values: dict[str, str | None] = {
        "XK_XDR_MC": "甲乙食品有限公司",
        "XK_XDR_LB": "法人及非法人组织",
        "XK_XDR_SHXYM": USCC,
        "XK_FRDB": "周五",
        "XK_FR_SFZH": PERSON_ID,
        "XK_XKWS": "准予许可决定书",
        "XK_WSH": "甲食许[2024]1号",
        "XK_XKZS": "食品经营许可证",
        "XK_XKBH": "JY14301",
        "XK_NR": "热食类",
        "XK_JDRQ": "2024-05-06",
        "XK_YXQZ": "2024-05-07",
        "XK_YXQZI": "2029-05-06",
        "XK_XKJG": "甲市市场监督管理局",
        "XK_ZT": "有效",
        "XK_LYDW": "甲市发展和改革委员会",
    }
    found = facts(shuanggongshi.licence(Row("f", 2, values), None))
    company = EntityMention("甲乙食品有限公司", (("uscc", USCC),), kind="company")
    assert found["HOLDS"].start == company
    assert found["HOLDS"].end == CredentialMention("甲市市场监督管理局", "甲食许〔2024〕1号", company, "食品经营许可证")
    assert says(found["HOLDS"]) == {
        "kind": "licence",
        "codes": ["LICENSEE"],
        "title": "食品经营许可证",
        "content": "热食类",
        "document_number": "甲食许〔2024〕1号",
        "certificate_number": "JY14301",
        "decided_on": date(2024, 5, 6),
        "authority": "甲市市场监督管理局",
        "state": "有效",
        "since": date(2024, 5, 7),
        "until": date(2029, 5, 7),
    }
    representative = found["LEGAL_REPRESENTATIVE_OF"]
    assert representative.start == PersonMention("周五", (("cn-id", PERSON_ID),), scope=company)
    assert rejected(LICENCES, values | {"XK_YXQZI": "2024-05-01"}).field == "XK_YXQZI"


# --- nfra -------------------------------------------------------------------------------------------------

(NOTICE,) = nfra.SOURCE.files
BANK, BRANCH = "甲乙银行股份有限公司", "甲乙银行股份有限公司丙市分行"


def notice_row(party: str | None, document: str = "1", **changes: str | None) -> Row:
    values: dict[str, str | None] = {
        "当事人名称": party,
        "当事人类型": "未知",
        "所属机构": "别的公司",
        "主要违法违规事实": "贷款管理不审慎",
        "行政处罚内容": "警告并处罚款2.4万元",
        "处罚类型": "警告、罚款",
        "罚款金额(元)": "24000",
        "作出决定机关": "丙市金融监管分局",
        "作出处罚决定的日期": None,
        "发布日期": "2024-12-31 17:50:00",
        "文档标题": "丙市金融监管分局行政处罚信息公开表（丙金罚决字﹝2024﹞1、2号）",
        "源链接": f"https://example.org/?docId={document}&itemId=1",
    }
    return Row("f.xlsx", 3, values | changes)


def notice(*rows: Row) -> list[list[Draft]]:
    context = nfra.notices(iter(rows))
    return [list(nfra.drafts(row, context)) for row in rows]


def test_organisation_and_person_of_one_notice() -> None:
    person_first = (notice_row(f"郑七（时任{BRANCH}行长）"), notice_row(BRANCH))
    (person, company) = (facts(d) for d in notice(*person_first))
    bank = EntityMention(BRANCH)
    number = "丙金罚决字〔2024〕1、2号"
    imposed = company["IMPOSED_ON"]
    assert isinstance(imposed.start, SanctionMention)
    assert (imposed.start.authority, imposed.start.document_number) == ("丙市金融监管分局", number)
    assert imposed.record == f"丙市金融监管分局|{number}|{BRANCH}"
    assert imposed.end == bank
    assert {k: v for k, v in says(imposed).items() if k != "title"} == {
        "kind": "penalty",
        "penalty_kinds": ["警告", "罚款"],
        "document_number": number,
        "authority": "丙市金融监管分局",
        "act": "贷款管理不审慎",
        "content": "警告并处罚款2.4万元",
        "published_on": date(2024, 12, 31),
        "fine_yuan": 24000.0,
    }
    assert company["IMPOSED_BY"].end == EntityMention("丙市金融监管分局", organ=True)
    zheng = PersonMention("郑七", scope=bank)
    assert person["IMPOSED_ON"].end == zheng
    responsible = person["RESPONSIBLE_FOR"]
    assert (responsible.start, responsible.end) == (zheng, imposed.start)
    assert says(responsible) == {
        "capacity": "DRP",
        "capacity_stated": f"时任{BRANCH}行长",
        "basis": "named",
        "document": number,
    }


def test_a_person_answers_for_his_own_sanction_when_no_other_is_known() -> None:
    bank = notice_row(BRANCH, document="2")
    for others in ((), (bank,), (notice_row(BRANCH), notice_row(BRANCH))):
        person = facts(notice(notice_row(f"郑七（{BRANCH}直接负责的主管人员）"), *others)[0])
        assert person["RESPONSIBLE_FOR"].end == person["IMPOSED_ON"].start
        assert says(person["RESPONSIBLE_FOR"])["capacity"] == "DRM"


@pytest.mark.parametrize(
    ("bracket", "known", "organisation"),
    [
        (f"时任{BRANCH}行长", (), BRANCH),
        (f"时为{BRANCH}行长", (), BRANCH),
        (f"{BRANCH}公司金融部副总经理（主持工作）", (), BRANCH),
        (f"{BRANCH}营业部副总经理", (), BRANCH),
        (f"时任{BRANCH}营业部经理", (f"{BRANCH}营业部",), f"{BRANCH}营业部"),
        (f"时任{BANK}丁支行客户经理", (BANK,), f"{BANK}丁支行"),
        (f"时任{BANK}银行保险部经理", (), BANK),
        (f"2015年-2017年任{BANK}风险官，2017年任特殊资产处置委员会主任", (), BANK),
        (f"2018年9月至2020年3月任{BANK}负责人", (), BANK),
        (f"时任原{BANK}行长", (), BANK),
        ("时任原阳甲乙村镇银行行长", (), "原阳甲乙村镇银行"),
        ("时任任丘甲乙农商银行行长", (), "任丘甲乙农商银行"),
        ("时任丙（中国）有限公司部门经理", (), "丙（中国）有限公司"),
        ("时任甲乙农村信用合作联社丁信用社主任", (), "甲乙农村信用合作联社丁信用社"),
        (f"时任{BANK}信用卡中心总经理", (), f"{BANK}信用卡中心"),
        (f"时任{BANK}丁支行、戊支行行长", (BANK,), BANK),
        (f"时任{BANK}丁支行及戊支行行长", (BANK,), BANK),
        ("时任甲乙银行丙分行分行客户经理", (), "甲乙银行丙分行"),
        (f"{BANK}丁营业所主任", (), f"{BANK}丁营业所"),
        ("时任甲乙人寿保险股份有限公司电话销售中心主管", (), "甲乙人寿保险股份有限公司电话销售中心"),
        ("金民洙，时任甲乙银行丙分行行长", (), "甲乙银行丙分行"),
        # By the short form that is used, and by the full name where the notice has it:
        ("时任甲乙财险丙中支综合内勤", (), "甲乙财险丙中支"),
        ("时任甲乙人寿丙中支银行保险室负责人", (), "甲乙人寿丙中支"),
        (
            "时任甲乙财险丙中支内勤",
            ("甲乙财产保险股份有限公司丙中心支公司", BANK),
            "甲乙财产保险股份有限公司丙中心支公司",
        ),
        # Not one organisation, or none in words that can be relied on:
        (f"时任{BANK}丁支行、戊支行行长", (), None),
        (f"时任{BANK}丁支行、戊支行行长", (f"{BANK}丁支行",), None),
        (f"时任{BANK}丁支行、己庚银行戊支行行长", (BANK,), None),
        ("时任董事长兼总经理", (BANK,), None),
        ("对违法行为直接负责的主管人员", (BANK,), None),
        ("时任甲乙银行业协会会长", ("甲乙银行",), None),
    ],
)
def test_where_a_person_served(bracket: str, known: tuple[str, ...], organisation: str | None) -> None:
    assert nfra.served_at(bracket, known) == organisation


@pytest.mark.parametrize("brackets", ["（）", "()", "〔〕", "[]", "［］", "【】"])
def test_every_kind_of_bracket(brackets: str) -> None:
    party = f"郑七 {brackets[0]}时任{BRANCH}副行长（2018.5-2018.12）、行长（2018.12-2021.12）{brackets[1]}"
    (drafts,) = notice(notice_row(party))
    assert drafts[0].end == PersonMention("郑七", scope=EntityMention(BRANCH))


def test_a_bracket_that_is_cut_off() -> None:
    (drafts,) = notice(notice_row(f"郑七（时任{BRANCH}经理"))
    assert drafts[0].end == PersonMention("郑七", scope=EntityMention(BRANCH))


@pytest.mark.parametrize(
    ("party", "name", "former"),
    [
        ("甲乙有限公司", "甲乙有限公司", None),
        ("丙（湖北）保险代理有限公司", "丙（湖北）保险代理有限公司", None),
        ("甲乙有限公司（原丙丁有限公司）", "甲乙有限公司", "丙丁有限公司"),
        ("原丙丁有限公司（现甲乙有限公司）", "甲乙有限公司", "丙丁有限公司"),
        ("原丙丁有限公司", "丙丁有限公司", None),
        ("中原丙银行股份有限公司（原丙丁有限公司）", "中原丙银行股份有限公司", "丙丁有限公司"),
    ],
)
def test_names_of_organisations(party: str, name: str, former: str | None) -> None:
    rows = notice_row(party), notice_row(f"郑七（时任原{former or name}经理）")
    company, person = notice(*rows)
    assert company[0].end == EntityMention(name)
    assert [says(d)["former_names"] for d in company if d.fact.TYPE == "ABOUT"] == ([[former]] if former else [])
    assert person[0].end == PersonMention("郑七", scope=EntityMention(name))
    assert facts(person)["RESPONSIBLE_FOR"].end == company[0].start


NOTHING_DECIDED = dict.fromkeys(("主要违法违规事实", "行政处罚内容"))


@pytest.mark.parametrize(
    ("party", "changes", "code"),
    [
        (None, {}, "missing-party"),
        (None, NOTHING_DECIDED, "no-decision"),
        ("国家金融监督管理总局丙市监管分局", {}, "party-is-authority"),
        ("丙市银保监局", {}, "party-is-authority"),
        ("相关责任人", {}, "no-identity"),
        (f"{BRANCH}、丁支行", {}, "unclear-party"),  # whose the second one is the cell leaves out
        (f"{BRANCH}、丁戊己庚", {}, "unclear-party"),
        ("丁戊己庚", {}, "unclear-party"),
        ("郑七", {}, "no-body"),
        ("郑七（时任董事长）", {}, "no-body"),
        (f"郑七（时任{BRANCH}、己庚有限公司经理）", {}, "no-body"),
        (f"郑七、王八（时任{BRANCH}经理）", {}, "no-body"),
    ],
)
def test_cells_of_the_regulator_that_no_reader_could_tell(
    party: str | None, changes: dict[str, str | None], code: str
) -> None:
    fault = rejected(NOTICE, notice_row(party).values | changes, {})
    assert (fault.code, fault.field) == (code, "当事人名称")
    assert fault.todo


def penalised(*rows: Row) -> list[list[tuple[str, str | None]]]:
    """Of each row: who is penalised, and at which body a person is known."""
    ends = [[d.end for d in drafts if d.fact.TYPE == "IMPOSED_ON"] for drafts in notice(*rows)]
    return [
        [(e.name, e.scope.name if isinstance(e, PersonMention) and e.scope else None) for e in one]  # ty: ignore
        for one in ends
    ]


@pytest.mark.parametrize(
    ("party", "parties"),
    [
        (f"{BRANCH}、{BANK}丁支行", [(BRANCH, None), (f"{BANK}丁支行", None)]),
        (f"{BRANCH}及{BANK}丁支行", [(BRANCH, None), (f"{BANK}丁支行", None)]),
        (f"{BRANCH}；郑七（时任{BRANCH}行长）", [(BRANCH, None), ("郑七", BRANCH)]),
        (f"{BRANCH}\n郑七", [(BRANCH, None), ("郑七", BRANCH)]),
        (f"1.郑七（时任{BANK}行长）2、王八".replace("2、", "、"), [("郑七", BANK), ("王八", None)]),
        (f"郑七（时任{BRANCH}行长）、王八（时任{BANK}丁支行行长）", [("郑七", BRANCH), ("王八", f"{BANK}丁支行")]),
        (f"郑 七（时任{BRANCH}行长）", [("郑七", BRANCH)]),
        (f"John Smith（时任{BRANCH}行长）", [("John Smith", BRANCH)]),
        (f"KIM MIN-SOO(金民洙，时任{BRANCH}行长)", [("KIM MIN-SOO", BRANCH)]),
        (f"阿依努尔·买买提（时任{BRANCH}行长）", [("阿依努尔·买买提", BRANCH)]),
        (f"古丽热娜依木（时任{BRANCH}行长）", [("古丽热娜依木", BRANCH)]),
        ("甲乙财险丙分", [("甲乙财险丙分", None)]),
        ("甲乙经纪丙中支", [("甲乙经纪丙中支", None)]),
        (f"{BANK}丁营业所", [(f"{BANK}丁营业所", None)]),
        ("甲乙人寿保险股份有限公司电话销售中心", [("甲乙人寿保险股份有限公司电话销售中心", None)]),
        (f"{BANK}信用卡部", [(f"{BANK}信用卡部", None)]),
        ("Jiayi Insurance Co., Ltd. Bing Branch", [("Jiayi Insurance Co., Ltd. Bing Branch", None)]),
        # A company whose place stands in brackets is no person:
        ("甲乙保险（丙分公司）", [("甲乙保险（丙分公司）", None)]),
        ("甲乙（中国）有限公司", [("甲乙（中国）有限公司", None)]),
        (f"{BANK}（以下简称甲乙银行）", [(BANK, None)]),
    ],
)
def test_whom_a_cell_of_the_regulator_names(party: str, parties: list[tuple[str, str | None]]) -> None:
    if ("王八", None) in parties:  # beside one person of another body nothing tells where he served
        assert rejected(NOTICE, notice_row(party).values, {}).code == "no-body"
        return
    assert penalised(notice_row(party)) == [parties]


@pytest.mark.parametrize("words", ["相关责任人", "责任人员", "其相关责任人员", "相关责任人2人"])
@pytest.mark.parametrize("joined", ["及", "、", "和"])
def test_an_organisation_beside_whom_the_cell_does_not_name(words: str, joined: str) -> None:
    (found,) = notice(notice_row(f"{BRANCH}{joined}{words}"))
    assert found[0].end == EntityMention(BRANCH)
    assert says(found[0])["unnamed"].endswith(words)
    assert says(found[0])["fine_yuan"] == 24000.0


def test_a_bare_name_is_known_by_the_one_body_beside_it_or_by_the_act() -> None:
    alone = notice_row("郑七")
    assert penalised(notice_row(BRANCH), alone) == [[(BRANCH, None)], [("郑七", BRANCH)]]
    assert "RESPONSIBLE_FOR" not in facts(notice(notice_row(BRANCH), alone)[1])
    act = f"对{BANK}丁支行贷款管理不审慎负直接责任"
    told = notice(notice_row(BRANCH), notice_row("郑七", 主要违法违规事实=act))[1]
    assert told[0].end == PersonMention("郑七", scope=EntityMention(f"{BANK}丁支行"))
    assert says(facts(told)["RESPONSIBLE_FOR"])["capacity_stated"] == act
    two = (notice_row(BRANCH), notice_row(f"{BANK}丁支行"), alone)
    with pytest.raises(SourceError, match="no one organisation beside"):
        notice(*two)


def test_a_bracket_without_a_body_means_the_one_that_the_notice_penalises() -> None:
    assert penalised(notice_row(BRANCH), notice_row("郑七（时任董事长）"))[1] == [("郑七", BRANCH)]
    with pytest.raises(SourceError, match="at which the person served"):
        notice(notice_row(BRANCH), notice_row("郑七（时任甲乙租赁董事长）"))


def test_a_name_of_no_usual_form_is_a_body_where_somebody_served() -> None:
    rows = notice_row("丁戊己庚"), notice_row("郑七（时任丁戊己庚董事会秘书）")
    assert penalised(*rows) == [[("丁戊己庚", None)], [("郑七", "丁戊己庚")]]


@pytest.mark.parametrize(
    ("content", "fine"), [("罚款10万元", None), ("分别罚款10万元", 100_000.0), ("各处罚款5万元", 50_000.0)]
)
def test_of_several_parties_each_has_the_fine_only_where_it_is_said(content: str, fine: float | None) -> None:
    (found,) = notice(notice_row(f"{BRANCH}、{BANK}丁支行", 行政处罚内容=content, **{"罚款金额(元)": "100000"}))
    assert [says(d).get("fine_yuan") for d in found if d.fact.TYPE == "IMPOSED_ON"] == [fine, fine]


@pytest.mark.parametrize(
    ("title", "content", "organ", "decided"),
    [
        ("国家金融监督管理总局丙市监管分局行政处罚信息公开表", "警告", "国家金融监督管理总局丙市监管分局", None),
        ("行政处罚信息公开表", "丙市监管分局 2024年12月5日", "丙市监管分局", date(2024, 12, 5)),
        ("行政处罚信息公开表", "2024年12月5日", None, date(2024, 12, 5)),
        ("行政处罚信息公开表", "警告", None, None),
    ],
)
def test_an_empty_organ_is_read_where_it_stands(
    title: str, content: str, organ: str | None, decided: date | None
) -> None:
    (found,) = notice(notice_row(BRANCH, 作出决定机关=None, 文档标题=title, 行政处罚内容=content))
    said = says(found[0])
    assert (said.get("authority"), said.get("decided_on")) == (organ, decided)
    assert said.get("content") == (content if decided is None else None)
    assert [d.fact.TYPE for d in found] == ["IMPOSED_ON", *["IMPOSED_BY"] * bool(organ)]


def test_a_rejected_organisation_leaves_no_sanction_to_answer_for() -> None:
    bank = notice_row(BRANCH, 发布日期="2024-13-01")
    person = notice_row(f"郑七（时任{BRANCH}行长）")
    context = nfra.notices(iter((bank, person)))
    drafts = facts(nfra.drafts(person, context))
    assert drafts["RESPONSIBLE_FOR"].end == drafts["IMPOSED_ON"].start


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("丙市监管分局行政处罚信息公开表（丙金罚决字〔2024〕10号）", "丙金罚决字〔2024〕10号"),
        ("丙市监管分局行政处罚信息公开表 丙金罚决字[2024]1号、2号", "丙金罚决字〔2024〕1号、2号"),
        ("丙市监管分局行政处罚信息公开表丙金罚决字〔2024〕 12号", "丙金罚决字〔2024〕12号"),
        ("行政处罚信息公示表(丙金罚决字〔2024〕37号-40号)", "丙金罚决字〔2024〕37号-40号"),
        ("丙市监管分局行政处罚信息公开表（丙金罚决字〔2024〕30、32号", "丙金罚决字〔2024〕30、32号"),
        ("丙市监管分局行政处罚信息公开表（2024年34号）", "2024年34号"),
        ("丙市监管分局行政处罚信息公开表", None),
    ],
)
def test_numbers(title: str, number: str | None) -> None:
    ((imposed, *_),) = notice(notice_row(BANK, 文档标题=title))
    assert isinstance(imposed.start, SanctionMention)
    # Titles without a number repeat: the notice's own number tells them apart.
    assert imposed.start.document_number == (number or "docId=1")
    assert says(imposed).get("document_number") == number


@pytest.mark.parametrize(
    ("column", "content", "fine"),
    [
        ("24000", "警告并处罚款2.4万元", 24000.0),
        (None, "罚款25万", 250000.0),
        (None, "罚款5000元", 5000.0),
        (None, "警告", None),
        (None, "没收违法所得596.21元", None),
        (None, "对甲罚款1万元，对乙罚款2万元", None),
        (None, "罚款1.2.3万元", None),
        ("1900000", "罚款190万元，合计罚款490万元", 1900000.0),
    ],
)
def test_fines(column: str | None, content: str, fine: float | None) -> None:
    ((imposed, *_),) = notice(notice_row(BANK, **{"罚款金额(元)": column, "行政处罚内容": content}))
    assert says(imposed).get("fine_yuan") == fine


def test_decision_dates_are_not_invented() -> None:
    ((unknown, *_), (known, *_)) = notice(notice_row(BANK), notice_row(BRANCH, 作出处罚决定的日期="2024年12月11日"))
    assert (unknown.fact.since, known.fact.since) == (None, date(2024, 12, 11))
    assert says(known)["decided_on"] == date(2024, 12, 11)
    assert unknown.data_date == date(2024, 12, 31)


def test_revocation_without_organ() -> None:
    row = notice_row(BRANCH, 作出决定机关=None, 吊销原因="擅自终止营业", 机构编码="B1", 文档标题="许可证公告")
    (drafts,) = notice(row)
    assert [d.fact.TYPE for d in drafts] == ["IMPOSED_ON"]
    assert says(drafts[0])["facts_found"] == "擅自终止营业"


# --- shixin -----------------------------------------------------------------------------------------------

(DEFAULTERS,) = shixin.SOURCE.files


def form_2014(**changes: str | None) -> dict[str, str | None]:
    """A unit, every field given."""
    return {
        "id": "7",
        "iname": "甲县乙丙钢厂",
        "caseCode": "(2014)甲法执字第00001号",
        "cardNum": USCC[8:17],
        "businessEntity": "吴六",
        "courtName": "甲县人民法院",
        "areaName": "浙江",
        "partyTypeName": "581",
        "gistId": "（2014）甲民初字第2号民事判决书",
        "gistUnit": "甲县人民法院",
        "regDate": "2014年11月28日",
        "duty": "支付货款100元",
        "performance": "全部未履行",
        "disruptTypeName": "其它规避执行",
        "publishDate": "2014年12月11日",
    } | changes


def form_2017(**changes: str | None) -> dict[str, str | None]:
    """A unit; neither case number nor court nor code nor representative."""
    return {
        "iname": "甲乙建设集团有限公司",
        "areaName": "广西",
        "partyTypeName": "581",
        "gistId": "（2017）甲1322民初1号",
        "gistUnit": "乙县人民法院",
        "duty": "给付劳务费",
        "performance": "部分未履行",
        "performedPart": "10元",
        "unperformPart": "暂无",
        "disruptTypeName": "违反财产报告制度",
        "publishDate": "2017年11月26日",
    } | changes


def form_2019(**changes: str | None) -> dict[str, str | None]:
    """A natural person, in the feed for search engines; here with a number, which what is published never has."""
    return {
        "iname": "郑七",
        "age": "44",
        "sexy": "男性",
        "areaName": "安徽",
        "businessEntity": None,
        "cardNum": PERSON_ID,
        "caseCode": "(2019)甲1122执1号",
        "courtName": "丙县人民法院",
        "disruptTypeName": "有履行能力而拒不履行生效法律文书确定义务",
        "gistId": "(2019)甲1122民初2号",
        "partyTypeName": "0",
        "publishDate": "2019年07月13日",
        "publishDateStamp": "1562947200",
        "regDate": "20190709",
        "type": "失信被执行人名单",
    } | changes


def listed(values: dict[str, str | None]) -> dict[str, Draft]:
    return facts(shixin.drafts(Row("f.json", 3, values), None))


def test_a_unit_on_the_list() -> None:
    found = listed(form_2014())
    unit = EntityMention("甲县乙丙钢厂", (("cn-org", USCC[8:17]),))
    number, day = "（2014）甲法执字第00001号", date(2014, 12, 11)
    entry = found["IMPOSED_ON"]
    assert (entry.start, entry.end) == (SanctionMention("甲县人民法院", number, unit, "失信被执行人名单"), unit)
    assert (entry.data_date, entry.owner) == (day, "甲县人民法院")
    assert says(entry) == {
        "kind": "list_entry",
        "codes": ["LIST-01"],
        "title": "失信被执行人名单",
        "document_number": number,
        "authority": "甲县人民法院",
        "act": "其它规避执行",
        "basis_stated": "甲县人民法院 (2014)甲民初字第2号民事判决书",
        "content": "支付货款100元\n履行情况:全部未履行",
        "since": day,
        "decided_on": day,
        "published_on": day,
        "jurisdiction": "浙江省",
    }
    assert found["IMPOSED_BY"].end == EntityMention("甲县人民法院", organ=True)
    seen = found["LEGAL_REPRESENTATIVE_OF"]
    assert (seen.start, seen.end) == (PersonMention("吴六", scope=unit), unit)
    assert (seen.record, seen.data_date) == (number, day)


def test_a_unit_in_the_form_without_case_number() -> None:
    found = listed(form_2017())
    assert set(found) == {"IMPOSED_ON"}
    unit = EntityMention("甲乙建设集团有限公司")
    assert found["IMPOSED_ON"].start == SanctionMention("", "（2017）甲1322民初1号", unit, "失信被执行人名单")
    said = says(found["IMPOSED_ON"])
    assert "authority" not in said
    assert said["content"] == "给付劳务费\n履行情况:部分未履行\n已履行:10元"
    assert said["jurisdiction"] == "广西壮族自治区"


def test_a_person_on_the_list() -> None:
    found = listed(form_2019())
    assert set(found) == {"IMPOSED_ON", "IMPOSED_BY"}
    assert found["IMPOSED_ON"].end == PersonMention("郑七", (("cn-id", PERSON_ID),))
    assert says(found["IMPOSED_ON"])["circumstances"] == ["ABLE_BUT_REFUSES"]
    assert found["IMPOSED_ON"].fact.since == date(2019, 7, 13)
    assert listed(form_2019(cardNum=OLD_ID))["IMPOSED_ON"].end != found["IMPOSED_ON"].end


@pytest.mark.parametrize(
    ("act", "circumstances"),
    [
        ("有履行能力而拒不履行生效法律文书确定义务", ["ABLE_BUT_REFUSES"]),
        ("违反财产报告制度,其他有履行能力而拒不履行生效法律文书确定义务", ["ABLE_BUT_REFUSES"]),
        ("以虚假诉讼、虚假仲裁或者以隐匿、转移财产等方法规避执行", None),
        ("拒不履行执行和解协议", None),
        (None, None),
    ],
)
def test_refusal_is_read_only_where_it_is_written(act: str | None, circumstances: list[str] | None) -> None:
    assert says(listed(form_2014(disruptTypeName=act))["IMPOSED_ON"]).get("circumstances") == circumstances


@pytest.mark.parametrize(
    ("code", "identifiers"),
    [
        (USCC, (("uscc", USCC),)),
        (REG, (("cn-reg", REG),)),
        (f"{USCC[8:16]}-{USCC[16]}", (("cn-org", USCC[8:17]),)),
        (USCC[8:16] + ("1" if USCC[16] != "1" else "2"), ()),
        ("9143****019U", ()),
        ("无", ()),
        (None, ()),
    ],
)
def test_how_a_listed_unit_is_known(code: str | None, identifiers: Any) -> None:
    unit = listed(form_2014(cardNum=code))["IMPOSED_ON"].end
    assert isinstance(unit, EntityMention)
    assert unit.identifiers == identifiers


@pytest.mark.parametrize("name", [None, "无", "吴*", "吴某某", "MASKED"])
def test_a_masked_representative_is_nobody(name: str | None) -> None:
    assert "LEGAL_REPRESENTATIVE_OF" not in listed(form_2014(businessEntity=name))


@pytest.mark.parametrize(
    ("changes", "person"),
    [
        ({"partyTypeName": "580"}, True),
        ({"partyTypeName": None}, True),
        ({"partyTypeName": "1", "cardNum": USCC}, False),
        ({"partyTypeName": None, "sexy": None, "businessEntity": "吴六", "cardNum": USCC}, False),
    ],
)
def test_persons_and_units_on_the_list(changes: dict[str, str | None], person: bool) -> None:
    assert isinstance(listed(form_2019(**changes))["IMPOSED_ON"].end, PersonMention) == person


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        (form_2019(cardNum="4301021980****0011"), "no-identity", "cardNum"),
        (form_2019(cardNum="MASKED"), "no-identity", "cardNum"),
        (form_2019(cardNum=None), "no-identity", "cardNum"),
        (form_2019(cardNum=PERSON_ID[:-1] + "9"), "no-identity", "cardNum"),
        (form_2019(iname=None), "missing-value", "iname"),
        (form_2019(partyTypeName=None, sexy=None), "ambiguous-party", "partyTypeName"),
        (form_2019(partyTypeName="x"), "unknown-code", "partyTypeName"),
        (form_2014(cardNum=USCC[:-1] + "X"), "invalid-code", "cardNum"),
        (form_2014(cardNum=REG[:-1] + "0"), "invalid-code", "cardNum"),
        (form_2014(iname="甲***厂"), "no-identity", "iname"),
        (form_2014(caseCode=None, gistId="暂无"), "missing-value", "caseCode"),
        (form_2014(publishDate="2014年2月30日"), "bad-value", "publishDate"),
        (form_2014(publishDate="-"), "missing-value", "publishDate"),
    ],
)
def test_entries_that_are_rejected(values: dict[str, str | None], code: str, field: str) -> None:
    fault = rejected(DEFAULTERS, values)
    assert (fault.code, fault.field) == (code, field)
    assert PERSON_ID not in str(fault)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("浙江", "浙江省"),
        ("浙江省", "浙江省"),
        ("内蒙古", "内蒙古自治区"),
        ("北京", "北京市"),
        ("海南州", None),
        ("全国", None),
        ("", None),
        (None, None),
    ],
)
def test_provinces(text: str | None, name: str | None) -> None:
    assert province_of(text) == name


# --- subsidiaries -----------------------------------------------------------------------------------------

(SUBSIDIARIES,) = subsidiaries.SOURCE.files


def subsidiary(**changes: str | None) -> dict[str, str | None]:
    return {
        "关联上市公司全称": "甲乙科技股份有限公司",
        "上市公司关系": "子公司",
        "上市公司参股比例": "87.5",
        "上市公司投资金额": "8800.00万",
        "公司名称": "丙丁（上海）环境有限公司",
    } | changes


@pytest.mark.parametrize(
    ("share", "low", "high", "known"),
    [
        ("87.5", 0.875, 0.875, True),
        ("100.0", 1.0, 1.0, True),
        ("98.81%", 0.9881, 0.9881, True),
        (None, 0.0, 1.0, False),
        ("-", 0.0, 1.0, False),
    ],
)
def test_subsidiaries(share: str | None, low: float, high: float, known: bool) -> None:
    (draft,) = subsidiaries.drafts(Row("f.json", 1, subsidiary(上市公司参股比例=share)), None)
    assert draft.fact.TYPE == "HOLDS_SHARES_IN"
    assert (draft.start, draft.end) == (
        EntityMention("甲乙科技股份有限公司"),
        EntityMention("丙丁（上海）环境有限公司"),
    )
    assert says(draft) == {"share_min": low, "share_max": high, "share_known": known}


@pytest.mark.parametrize("amount", ["8.54亿", "0", "-", None, "三亿"])
def test_the_amount_invested_does_not_matter(amount: str | None) -> None:
    assert len(list(subsidiaries.drafts(Row("f.json", 1, subsidiary(上市公司投资金额=amount)), None))) == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"上市公司参股比例": "-1"}, "bad-value", "上市公司参股比例"),
        ({"上市公司参股比例": "0.0"}, "bad-value", "上市公司参股比例"),
        ({"上市公司关系": "孙公司"}, "unknown-code", "上市公司关系"),
        ({"公司名称": "甲乙科技股份有限公司"}, "bad-value", "公司名称"),
        ({"公司名称": None}, "missing-value", "公司名称"),
        ({"关联上市公司全称": None}, "missing-value", "关联上市公司全称"),
    ],
)
def test_subsidiaries_that_are_rejected(changes: dict[str, str | None], code: str, field: str) -> None:
    fault = rejected(SUBSIDIARIES, subsidiary(**changes))
    assert (fault.code, fault.field) == (code, field)


def test_more_than_the_whole_of_a_subsidiary_is_kept() -> None:
    (draft,) = subsidiaries.drafts(Row("f.json", 1, subsidiary(上市公司参股比例="187.5")), None)
    assert says(draft) == {"share_min": 0.0, "share_max": 1.0, "share_known": False, "share_above": 1.875}


def test_a_compilation_is_for_reference_only() -> None:
    for source in (registry, subsidiaries, ashare2018, ashare2020, listed_names):
        assert (source.SOURCE.trust, source.SOURCE.triggers) == ("reference", ())


# --- registry ---------------------------------------------------------------------------------------------

(REGISTERED,) = registry.SOURCE.files


def registered(**changes: str | None) -> dict[str, str | None]:
    return {
        "企业名称": "甲乙贸易有限公司",
        "统一社会信用代码": USCC,
        "注册日期": "2000-01-03",
        "企业类型": "N/A",
        "法人代表": "张*",
        "注册资金": "30(万元人民币)",
        "经营范围": "某某销售",
        "所在省份": "某省",
        "地区": "N/A",
        "注册地址": "甲市一路1号",
    } | changes


def register_row(**changes: str | None) -> dict[str, Draft]:
    return facts(registry.drafts(Row("f.csv", 2, registered(**changes)), None))


def test_register_row() -> None:
    found = register_row()
    company = EntityMention("甲乙贸易有限公司", (("uscc", USCC),), kind="company")
    assert (found["ABOUT"].start, found["ABOUT"].record) == (company, USCC)
    assert says(found["ABOUT"]) == {
        "name": "甲乙贸易有限公司",
        "kind": "company",
        "established_on": date(2000, 1, 3),
        "capital": 300000.0,
        "capital_currency": "CNY",
        "region": "某省",
        "business_scope": "某某销售",
    }
    assert found["REGISTERED_AT"].end == AddressMention("甲市一路1号")
    full = says(register_row(企业类型="个体工商户", 地区="某市")["ABOUT"])
    assert (full["legal_form"], full["region"]) == ("个体工商户", "某省 某市")
    assert "REGISTERED_AT" not in register_row(注册地址="N/A")


@pytest.mark.parametrize("name", ["张*", "N/A", "P-0a1b2c3d", "张某某", "供应商-A", None])
def test_a_masked_representative_of_the_register_is_nobody(name: str | None) -> None:
    row = Row("f.csv", 2, registered(法人代表=name))
    kept = about_somebody(row, list(registry.drafts(row, False)), {})
    assert {d.fact.TYPE for d in kept} == {"ABOUT", "REGISTERED_AT"}


def test_the_register_keeps_those_who_head_a_company_where_no_name_is_masked() -> None:
    rows = [Row("f.csv", n, registered(法人代表=name)) for n, name in enumerate(("罗知远", "甲乙投资有限公司", None))]
    company = EntityMention("甲乙贸易有限公司", (("uscc", USCC),), kind="company")
    heads: list[Any] = [PersonMention("罗知远", scope=company), EntityMention("甲乙投资有限公司"), None]
    masked = registry.masks_names(iter(rows))
    assert not masked
    for row, head in zip(rows, heads, strict=True):
        found = facts(registry.drafts(row, masked)).get("LEGAL_REPRESENTATIVE_OF")
        assert (found and found.start) == head
    masked = registry.masks_names(iter([*rows, Row("f.csv", 9, registered(法人代表="张*"))]))
    assert all("LEGAL_REPRESENTATIVE_OF" not in facts(registry.drafts(row, masked)) for row in rows)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("138.3万人民币", 1383000.0, "CNY"),
        ("5,000(万元)", 50000000.0, "CNY"),
        ("50(万)", 500000.0, "CNY"),
        ("10(万人民币元)", 100000.0, "CNY"),
        ("150(万美元)", 1500000.0, "USD"),
        ("100(万港币)", 1000000.0, "HKD"),
        ("100(万香港元)", 1000000.0, "HKD"),
        ("N/A", None, None),
    ],
)
def test_registered_capital(text: str, amount: float | None, currency: str | None) -> None:
    said = says(register_row(注册资金=text)["ABOUT"])
    assert (said.get("capital"), said.get("capital_currency")) == (amount, currency)
    assert "capital_stated" not in said


@pytest.mark.parametrize("text", ["30(万贝壳)", "5000 XYZ", "300万乌克兰格里夫纳"])
def test_a_currency_that_is_not_known_costs_the_amount_and_not_the_company(text: str) -> None:
    said = says(register_row(注册资金=text)["ABOUT"])
    assert {name: value for name, value in said.items() if name.startswith("capital")} == {"capital_stated": text}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"企业名称": None}, "missing-value", "企业名称"),
        ({"统一社会信用代码": None}, "missing-value", "统一社会信用代码"),
        ({"统一社会信用代码": "00000000000000000X"}, "missing-value", "统一社会信用代码"),
        ({"统一社会信用代码": USCC[:-1] + "X"}, "invalid-code", "统一社会信用代码"),
        ({"注册资金": "30万余元"}, "bad-value", "注册资金"),
        ({"注册日期": "2000-13-01"}, "bad-value", "注册日期"),
    ],
)
def test_register_rows_that_are_rejected(changes: dict[str, str | None], code: str, field: str) -> None:
    fault = rejected(REGISTERED, registered(**changes))
    assert (fault.code, fault.field) == (code, field)


# --- ashare2018 -------------------------------------------------------------------------------------------

STOCKS, PERSONS, BOARDS = ashare2018.SOURCE.files


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("600001", "600001.SH"),
        ("688001.sh", "688001.SH"),
        ("900901", "900901.SH"),
        ("2091", "002091.SZ"),
        ("1", "000001.SZ"),
        ("300001", "300001.SZ"),
        ("200012", "200012.SZ"),
        ("830001.BJ", "830001.BJ"),
        ("-", None),
        (None, None),
    ],
)
def test_stock_codes(text: str | None, code: str | None) -> None:
    assert parse_stock_code(text) == code


@pytest.mark.parametrize("text", ["830001", "0", "6000011", "600001.SZ", "X00001", "60 0001"])
def test_no_stock_codes(text: str) -> None:
    with pytest.raises(ValueError, match="stock code"):
        parse_stock_code(text)


def test_stocks_and_persons() -> None:
    values: dict[str, str | None] = {
        "stock_id:ID(Stock)": "2091",
        "name": "甲乙股份",
        "code": "2091",
        ":LABEL": "Company;ST",
    }
    (draft,) = ashare2018.stock(Row("f", 2, values), None)
    assert draft.start == EntityMention("甲乙股份", (("stock", "002091.SZ"),), kind="company")
    assert says(draft) == {"name": "甲乙股份", "kind": "company", "stock_code": "002091.SZ"}
    assert rejected(STOCKS, values | {"stock_id:ID(Stock)": "830001"}).field == "stock_id:ID(Stock)"
    assert rejected(STOCKS, values | {"name": None}).code == "missing-value"
    values = {"person_id:ID(Executive)": "0a1b", "name": "孙三", "gender": "null", "age:int": "-1", ":LABEL": "Person"}
    (draft,) = ashare2018.person(Row("f", 2, values), None)
    assert draft.start == PersonMention("孙三", (("ashare2018:person", "0a1b"),))
    assert says(draft) == {"name": "孙三"}
    (draft,) = ashare2018.person(Row("f", 2, values | {"gender": "女", "age:int": "50"}), None)
    assert says(draft) == {"name": "孙三", "sex": "female", "born_from": 1967, "born_to": 1968}
    assert rejected(PERSONS, values | {"name": None}).field == "name"


def seat(jobs: str | None, **changes: str | None) -> dict[str, str | None]:
    return {":START_ID(Executive)": "0a1b", "jobs": jobs, ":END_ID(Stock)": "2091", ":TYPE": "employ_of"} | changes


def test_posts_joined_by_a_stroke() -> None:
    found = list(ashare2018.posts(Row("f", 2, seat("副董事长/独立董事/名誉董事长/独立董事")), None))
    assert [(d.fact.TYPE, says(d)["post"]) for d in found] == [
        ("DIRECTOR_OF", "副董事长"),
        ("DIRECTOR_OF", "独立董事"),
        ("EMPLOYED_AT", "名誉董事长"),
    ]
    for draft in found:
        assert isinstance(draft.start, PersonMention)
        assert draft.start.identifiers == (("ashare2018:person", "0a1b"),)
        assert isinstance(draft.end, EntityMention)
        assert draft.end.identifiers == (("stock", "002091.SZ"),)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        (seat("董事/帮工"), "unknown-code", "jobs"),
        (seat("/"), "missing-value", "jobs"),
        (seat(None), "missing-value", "jobs"),
        (seat("董事", **{":END_ID(Stock)": "x"}), "bad-value", ":END_ID(Stock)"),
        (seat("董事", **{":START_ID(Executive)": None}), "missing-value", ":START_ID(Executive)"),
    ],
)
def test_posts_that_are_rejected(values: dict[str, str | None], code: str, field: str) -> None:
    fault = rejected(BOARDS, values)
    assert (fault.code, fault.field) == (code, field)


def test_boards_of_2018_reproduce_the_sample_answers() -> None:
    folder = there(DATA / "ashare2018_lemonhu")
    answers = json.loads((DATA / "sample_answers.json").read_text(encoding="utf-8"))

    def said(part: SourceFile) -> Iterable[Draft]:
        for row in read_rows(folder / part.pattern, part.columns):
            assert isinstance(row, Row)
            yield from part.drafts(row, None)

    def key(ref: object) -> str:
        assert isinstance(ref, EntityMention | PersonMention)
        return ref.identifiers[0][1]

    names = {key(d.start): says(d)["name"] for part in (STOCKS, PERSONS) for d in said(part)}
    boards: dict[str, set[str]] = defaultdict(set)
    seats: dict[str, set[str]] = defaultdict(set)
    for draft in said(BOARDS):
        boards[key(draft.start)].add(key(draft.end))
        seats[key(draft.end)].add(key(draft.start))
    assert sum(map(len, boards.values())) == answers["distinct_edges"]
    assert sum(len(found) > 1 for found in boards.values()) == answers["persons_on_2_or_more_boards"]
    people = Counter(names[person] for person in boards)
    assert all(people[name] == count for name, count in answers["names_shared_by_different_person_ids"])
    for company in answers["companies"]:
        code = parse_stock_code(company["code"])
        assert code
        related: dict[str, set[str]] = defaultdict(set)
        for person in seats[code]:
            for other in boards[person] - {code}:
                related[other].add(person)
        wanted = {parse_stock_code(r["code"]): {tuple(v) for v in r["via"]} for r in company["related"]}
        assert {c: {(p, names[p]) for p in via} for c, via in related.items()} == wanted


def test_boards_of_2018_in_the_graph(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    files = {
        "stock.csv": ["stock_id:ID(Stock),name,code,:LABEL", "2091,甲乙股份,2091,Company"],
        "executive.csv": ["person_id:ID(Executive),name,gender,age:int,:LABEL", "0a,孙三,男,50,P", "0b,孙三,null,-1,P"],
        "executive_stock.csv": [
            ":START_ID(Executive),jobs,:END_ID(Stock),:TYPE",
            *("0a,董事长/董事,2091,e", "0b,名誉董事长,2091,e", "0b,帮工,2091,e"),
        ],
        "concept.csv": ["concept_id:ID(Concept),name,:LABEL", "c,某概念,Concept"],
    }
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    ledger = load(graph, keys, ashare2018.SOURCE, tmp_path)
    assert [(run.file, run.rows_in, run.accepted, run.rejected) for run in ledger] == [
        ("stock.csv", 1, 1, 0),
        ("executive.csv", 2, 2, 0),
        ("executive_stock.csv", 3, 2, 1),
    ]
    rows = graph.read(
        "MATCH (p:Person)-[r]->(e:Entity) RETURN p.name AS who, type(r) AS kind, r.post AS post, e.name AS company,"
        " count {(p)--(:Entity)} AS n ORDER BY kind, post DESC"
    )
    assert [(r["who"], r["kind"], r["post"], r["company"], r["n"]) for r in rows] == [
        ("孙三", "DIRECTOR_OF", "董事长", "甲乙股份", 2),
        ("孙三", "DIRECTOR_OF", "董事", "甲乙股份", 2),
        ("孙三", "EMPLOYED_AT", "名誉董事长", "甲乙股份", 1),
    ]


# --- listed-names -----------------------------------------------------------------------------------------


def listing(code: str, fullname: str | None, time: str = "2020-04-09") -> Row:
    return Row("f.json", 3, {"name": "某某", "fullname": fullname, "code": code, "time": time})


def test_full_names() -> None:
    rows = [
        listing("2091", "甲乙股份有限公司(简称:甲乙)"),
        listing("600001.SH", "丙丁股份有限公司", "上海证券交易所"),
        listing("600002", "旧名股份有限公司"),
        listing("600002.SH", "新名股份有限公司", "2021-01-02"),
        listing("600003", "戊己股份有限公司"),
        listing("600003", "戊己股份有限公司"),
        listing("x", "庚辛股份有限公司"),
    ]
    whole = listed_names.prepare(iter(rows))
    assert whole == (frozenset({"600002.SH"}), date(2021, 1, 2))
    (draft,) = listed_names.drafts(rows[0], whole)
    assert draft.start == EntityMention("甲乙股份有限公司", (("stock", "002091.SZ"),), kind="company")
    assert says(draft) == {"name": "甲乙股份有限公司", "kind": "company", "stock_code": "002091.SZ"}
    (file,) = listed_names.SOURCE.files
    assert file.dated is not None
    assert file.dated(whole) == date(2021, 1, 2)  # the day of the file, not of one row
    assert [len(list(listed_names.drafts(row, whole))) for row in (rows[1], rows[4], rows[5])] == [1, 1, 1]
    (part,) = listed_names.SOURCE.files
    for row, code, field in (
        (rows[2], "contradiction", "code"),
        (rows[3], "contradiction", "code"),
        (rows[6], "bad-value", "code"),
        (listing("600004", None), "missing-value", "fullname"),
    ):
        fault = rejected(part, row.values, whole)
        assert (fault.code, fault.field) == (code, field)
