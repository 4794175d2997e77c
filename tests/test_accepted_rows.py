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
VARIED: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
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
def tables(draw: Any, name: str) -> list[dict[str, str]]:
    base, varied = VARIED[name]
    empty = dict.fromkeys(("股东", "比例", "状态", "罚款"), "") if name.startswith("mapped") else {}
    rows = st.fixed_dictionaries({}, optional={column: st.sampled_from(pool) for column, pool in varied.items()})
    return [
        {**empty, **dict.fromkeys(varied, ""), **base, **row} for row in draw(st.lists(rows, min_size=1, max_size=8))
    ]


def written(folder: Path, name: str, rows: list[dict[str, str]]) -> Path:
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
    @hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(files=st.lists(tables(name), min_size=1, max_size=2))
    def check(files: list[list[dict[str, str]]]) -> None:
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
