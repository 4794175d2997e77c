"""No accepted row vanishes: each can be read back from the graph, whatever other rows share with it.

Rows of few parties, numbers, organs, days and amounts: keys meet all the time. A row that was accepted has a statement with
its line, believed or as a closed version (of a profile the later line counts); a penalty of the regulator is believed, beside
the other parts of its decision. What a row repeats is a duplicate.
"""

import csv
import json
from pathlib import Path
from typing import Any, LiteralString

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.drafts import SourceDescription
from loaders.load.engine import load
from loaders.mapping.parse import parse_mapping
from loaders.mapping.source import describe
from loaders.sources import SOURCES
from queries.supply.ledger import runs
from tests.support.graphs import balanced, wipe
from tests.support.invented import code
from tests.support.rows import order, penalty

LINES: LiteralString = """
CALL () {
  MATCH ()-[f]->() WHERE f.run = $run AND f.fact_id IS NOT NULL RETURN f.line AS line, f.rec_to AS until
  UNION ALL
  MATCH (f:Statement) WHERE f.run = $run RETURN f.line AS line, f.rec_to AS until
}
RETURN collect(DISTINCT line) AS every, collect(DISTINCT CASE until WHEN $forever THEN line END) AS believed
"""


def lines_of(graph: Graph, run: str) -> tuple[set[int], set[int]]:
    """Of a run: the lines that have a statement, and those of which one is believed."""
    found = graph.read(LINES, run=run, forever=FOREVER)[0]
    return set(found["every"]), set(found["believed"])


def test_every_accepted_row_of_the_sample_is_in_the_graph(sample_graph: Graph) -> None:
    told = {run.run: len(lines_of(sample_graph, run.run)[0]) for run in runs(sample_graph)}
    assert told == {run.run: run.accepted for run in runs(sample_graph)}
    assert len(told) > 6


MAPPED = """\
id: mapped
title: {zh: 名单, en: Lists}
owner: 林邑县应急管理局
mode: delta
files:
  - parties:
      company: {is: entity, name: 名称, number: 代码}
      holder: {is: entity, name: 股东}
      organ: {is: organ, name: 机关}
    facts:
      - {fact: profile, of: company, status: 状态, optional: true}
      - {fact: shareholding, who: holder, of: company, share: 比例, since: 日期, optional: true}
      - {fact: sanction, on: company, by: organ, kind: KIND, document_number: 文号, decided_on: 日期, fine: 罚款}
"""
NOTICE = {
    "行政处罚内容": "罚款5万元",
    "作出决定机关": "林邑金融监管分局",
    "发布日期": "2024-05-06",
    "文档标题": "公开表（林金罚决字〔2024〕1号）",
    "源链接": "https://example.org/?docId=1",
    "罚款金额(元)": "50000",
    "主要违法违规事实": "贷款管理不审慎",
}
BANK = "林邑银行股份有限公司"
ENTRY = {"名称": "林邑一号有限公司", "代码": code(1), "机关": "林邑县应急管理局", "文号": "1号", "日期": "2024-03-01"}
VARIED: dict[str, tuple[dict[str, Any], dict[str, list[Any]]]] = {
    "shuanggongshi": (
        penalty("林邑一号有限公司", "林罚〔2024〕1号"),
        {
            "CF_XDR_MC": ["林邑一号有限公司", "林邑（一号）有限公司", "林邑(一号)有限公司", "-"],
            "CF_XDR_SHXYM": ["", code(1), code(2)],
            "CF_WSH": ["林罚〔2024〕1号", "林罚[2024]1号", "林罚〔2024〕2号"],
            "CF_CFLB": ["罚款", "警告", "吊销许可证件"],
            "CF_NR_FK": ["", "1", "2"],
            "CF_FRDB": ["", "罗知远", "罗*"],
        },
    ),
    "court-limits": (
        order("林邑一号有限公司", 1),
        {
            "限制高消费企业名称": ["林邑一号有限公司", "林邑二号有限公司", "无"],
            "案号": ["（2024）湘0102执1号", "(2024)湘0102执1号", "（2024）湘0102执2号"],
            "限高发布日期": ["2024-05-20", "2024-05-21", "2024-13-01"],
            "法定代表人": ["", "罗知远", "罗知近"],
        },
    ),
    "nfra": (
        {"当事人名称": BANK, **NOTICE},
        {
            "当事人名称": [BANK, f"罗知远（时任{BANK}行长）", f"{BANK}及相关责任人", f"{BANK}、罗知近", "罗知远"],
            "行政处罚内容": ["罚款5万元", "警告", "罚款10万元", "分别罚款5万元"],
            "罚款金额(元)": ["", "50000", "100000"],
            "主要违法违规事实": ["贷款管理不审慎", "员工管理不到位"],
            "作出决定机关": ["林邑金融监管分局", "别县金融监管分局", ""],
        },
    ),
    "registry": (
        {
            "企业名称": "林邑一号有限公司",
            "统一社会信用代码": code(1),
            "注册日期": "2000-01-03",
            "企业类型": "",
            "注册资金": "30(万元人民币)",
            "所在省份": "湖南省",
            "注册地址": "林邑一路1号",
        },
        {
            "企业名称": ["林邑一号有限公司", "林邑新名有限公司"],
            "统一社会信用代码": [code(1), code(2), ""],
            "注册资金": ["30(万元人民币)", "5000贝壳", "-"],
            "法人代表": ["", "罗知远", "罗知近"],
            "注册地址": ["林邑一路1号", ""],
        },
    ),
    "lists": (
        {
            "名单类别": "黑名单",
            "名单名称": "林邑严重失信名单",
            "主体名称": "林邑一号有限公司",
            "主体类别": "法人及非法人组织",
            "列入日期": "2024-03-01",
            "认定机关": "林邑县应急管理局",
            "文号": "林列〔2024〕1号",
        },
        {
            "名单类别": ["黑名单", "红名单", "重点关注名单"],
            "主体名称": ["林邑一号有限公司", "林邑（一号）有限公司", "林邑(一号)有限公司"],
            "统一社会信用代码": ["", code(1)],
            "文号": ["林列〔2024〕1号", "林列[2024]1号", ""],
            "列入日期": ["2024-03-01", "2024-03-02"],
            "列入事由": ["", "甲事", "乙事"],
            "移出日期": ["", "2024-06-01"],
        },
    ),
    "listed-names": (
        {"name": "林邑", "fullname": "林邑一号股份有限公司", "code": "600001"},
        {
            "fullname": ["林邑一号股份有限公司", "林邑一号股份有限公司(简称:林邑)", "林邑二号股份有限公司"],
            "code": ["600001", "600001.SH", "600002"],
            "time": ["", "2020-01-01"],
        },
    ),
    "subsidiaries": (
        {"关联上市公司全称": "林邑母股份有限公司", "上市公司关系": "子公司", "公司名称": "林邑一号有限公司"},
        {
            "关联上市公司全称": ["林邑母股份有限公司", "林邑 母股份有限公司"],
            "上市公司关系": ["子公司", "孙公司", "参股公司"],
            "公司名称": ["林邑一号有限公司", "林邑（一号）有限公司", "林邑(一号)有限公司"],
            "上市公司参股比例": ["", "60", "60.0", "110"],
        },
    ),
    "ashare2020": (
        {"gpdm": "688001", "order": "0", "name": "林邑母有限公司", "gdcg": "1", "gdcgbl": "30"},
        {
            "order": ["0", "1"],
            "name": ["林邑母有限公司", "林邑 母有限公司", "罗知远"],
            "gdcg": ["1", "2"],
            "gdcgbl": ["30", "30.00", "110"],
        },
    ),
    "ashare2018": (
        {":START_ID(Executive)": "p1", "jobs": "董事", ":END_ID(Stock)": "600001"},
        {
            ":START_ID(Executive)": ["p1", "p2"],
            "jobs": ["董事", "董事/总经理", "总经理/董事", "监事"],
            ":END_ID(Stock)": ["600001", "600002"],
        },
    ),
    "ftm": (
        {"id": "c1", "schema": "Company", "properties": {"name": ["Linyi One Ltd"]}},
        {
            "id": ["c1", "C1", "c2"],
            "schema": ["Company", "Company", "Sanction", "Ownership"],
            "properties": [
                {"name": ["Linyi One Ltd"]},
                {"name": ["Linyi Two Ltd"], "status": ["dissolved"]},
                {"entity": ["c1"], "authority": ["Linyi"], "startDate": ["2020-01-01"], "program": ["A"]},
                {"entity": ["c1"], "authority": ["Linyi"], "startDate": ["2020-01-01"], "program": ["B"]},
                {"owner": ["c2"], "asset": ["c1"], "percentage": ["30", "110"]},
            ],
        },
    ),
    "bods": (
        {},
        {
            "statementId": ["s1", "s2", "s3"],
            "statementDate": ["2024-01-01", "2024-02-01"],
            "recordId": ["r1", "r2"],
            "name": ["林邑一号有限公司", "林邑二号有限公司"],
            "share": [30, 110, 40],
            "what": ["entity", "entity", "relationship"],
        },
    ),
    "mapped penalty": (
        ENTRY,
        {
            "名称": ["林邑一号有限公司", "林邑 一号有限公司", "供应商-A"],
            "文号": ["1号", "2号"],
            "罚款": ["", "5000元", "2万元"],
            "日期": ["2024-03-01", "2024-03-02", "2106-01-01"],
            "股东": ["", "林邑母有限公司", "A"],
            "比例": ["", "60", "40"],
            "状态": ["", "存续", "注销"],
        },
    ),
    "mapped list_entry": (
        ENTRY,
        {"文号": ["1号", "2号"], "日期": ["2024-03-01", "2024-03-02"], "罚款": ["", "5000元"]},
    ),
}


def source_of(name: str) -> SourceDescription:
    if not name.startswith("mapped"):
        return SOURCES[name]
    return describe(parse_mapping(MAPPED.replace("KIND", name.split()[1]), "m.yaml"))


@st.composite
def tables(draw: Any, name: str) -> list[dict[str, Any]]:
    base, varied = VARIED[name]
    empty = dict.fromkeys(("股东", "比例", "状态", "罚款"), "") if name.startswith("mapped") else {}
    rows = st.fixed_dictionaries({}, optional={column: st.sampled_from(pool) for column, pool in varied.items()})
    return [
        {**empty, **dict.fromkeys(varied, ""), **base, **row} for row in draw(st.lists(rows, min_size=1, max_size=8))
    ]


def statement(row: dict[str, Any]) -> dict[str, Any]:
    """A statement of BODS, of an entity or of a holding."""
    what = row["what"] or "entity"
    interests = [{"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": row["share"] or 30}}]
    details: dict[str, dict[str, Any]] = {
        "entity": {"entityType": {"type": "registeredEntity"}, "name": row["name"] or "林邑一号有限公司"},
        "relationship": {"subject": "r1", "interestedParty": "r2", "interests": interests},
    }
    return {
        "statementId": row["statementId"] or "s1",
        "statementDate": row["statementDate"] or "2024-01-01",
        "recordId": f"{what}-{row['recordId']}" if what == "relationship" else row["recordId"] or "r1",
        "recordType": what,
        "recordStatus": "new",
        "publicationDetails": {"publicationDate": "2024-01-01", "bodsVersion": "0.4", "publisher": {"name": "林邑"}},
        "recordDetails": {"isComponent": False, **details[what]},
    }


def written(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    if name in ("ftm", "bods"):
        path = folder / "a.json"
        told = [statement(row) if name == "bods" else row for row in rows]
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        return path
    if name == "court-limits":
        path = folder / "orders.json"
        path.write_text(json.dumps([{k: v for k, v in row.items() if v} for row in rows]), encoding="utf-8")
        return path
    path = folder / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", VARIED)
def test_every_accepted_row_can_be_read_back(
    name: str, tmp_path_factory: pytest.TempPathFactory, graph: Graph, keys: Keys
) -> None:
    @hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(files=st.lists(tables(name), min_size=1, max_size=2))
    def check(files: list[list[dict[str, Any]]]) -> None:
        wipe(graph, keys)
        for place, rows in enumerate(files):
            path = written(tmp_path_factory.mktemp("rows"), name, rows)
            for run in load(graph, keys, source_of(name), path):
                every, believed = lines_of(graph, run.run)
                assert not run.changed or len(every) == run.accepted
                if place == 0 and name == "nfra":  # each is a part of a decision
                    assert believed - {None} == every
        balanced(graph)

    check()
