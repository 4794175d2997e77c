"""Files as departments send them: separators, cells that tell nothing, merged cells, blank rows, wrapped records."""

import io
import json
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from rich.console import Console

from graph_model.errors import SourceError
from graph_model.exchange import bounds
from graph_model.ownership import Holding, Shares
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.derive import derive_into
from loaders.drafts import Row
from loaders.load.engine import load
from loaders.load.files import find_files
from loaders.mapping.columns import look
from loaders.mapping.parse import parse_mapping
from loaders.mapping.preview import preview
from loaders.mapping.propose import propose
from loaders.mapping.source import describe
from loaders.reading.headers import meaning_of
from loaders.reading.rows import open_rows, read_rows
from loaders.reading.tables import open_table
from loaders.reading.values import parse_holding, share_said
from loaders.sources import SOURCES
from loaders.sources.shuanggongshi import triggers
from queries.network.exposure import exposure
from queries.network.ownership import ownership
from queries.party.parties import gone, resolve
from queries.projection.current import opened
from tests.support.invented import code


def read(path: Path) -> list[dict[str, str | None] | str]:
    return [item.values if isinstance(item, Row) else item.code for item in read_rows(path)]


@pytest.mark.parametrize("sign", list(",;|^\t；，~\x01"))
@pytest.mark.parametrize("title", ["", "云渡县处罚决定(2024年度)\n"])
def test_cells_are_divided_by_whatever_divides_all_lines_alike(tmp_path: Path, sign: str, title: str) -> None:
    table = [
        ["名称", "文号", "内容"],
        ["甲", "1号", '"罚款,5万元;警告|x"'],
        ["乙", "2号", "警告"],
        ["丙", "3号", "警告"],
    ]
    path = tmp_path / "a.csv"
    path.write_text(title + "".join(sign.join(row) + "\n" for row in table), encoding="utf-8")
    rows = [item.values for item in read_rows(path, ("名称", "文号")) if isinstance(item, Row)]
    assert [row["名称"] for row in rows] == ["甲", "乙", "丙"]
    assert rows[0]["内容"] == "罚款,5万元;警告|x"


def test_a_file_may_say_what_divides_it_and_end_with_a_sign(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\r\n名称;金额\r\n甲;1,5\r\n乙;2,5\r\n\x1a", encoding="utf-8", newline="")
    assert read(path) == [{"名称": "甲", "金额": "1,5"}, {"名称": "乙", "金额": "2,5"}]


def book(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as out:
        sheet = out.add_worksheet()
        sheet.write_row(0, 0, ["名称", "金额", "责任人"])
        sheet.merge_range(1, 0, 3, 0, "甲公司")
        for line, person in enumerate(["罗一", "罗二", "罗三"], 1):
            sheet.write_row(line, 1, [str(line), person])
        sheet.write_row(5, 0, ["乙公司"])
        sheet.write_formula(5, 1, "=1/0", None, "#DIV/0!")
        sheet.write_row(6, 0, ["丙公司"])
        sheet.write_formula(6, 1, "=A1", None, "")
        sheet.write_row(7, 0, ["丁公司"])
        sheet.write_formula(7, 1, "=2+3", None, 5)
    return path


def test_what_the_workbook_does_not_tell_costs_the_row_and_merged_cells_are_read(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    told = read(path)
    assert [row["名称"] for row in told[:3] if isinstance(row, dict)] == ["甲公司"] * 3
    assert told[3:5] == ["error-value", "no-value"]
    assert told[5] == {"名称": "丁公司", "金额": "5", "责任人": None}
    fault = next(item for item in read_rows(path) if isinstance(item, SourceError) and item.code == "no-value")
    assert (fault.field, fault.line) == ("金额", 7)
    assert "save it" in fault.todo


def test_a_list_that_is_asked_of_keeps_its_blank_rows(tmp_path: Path) -> None:
    _, rows = open_rows(book(tmp_path / "a.xlsx"))
    assert [row.line for row in rows] == [2, 3, 4, 5, 6, 7, 8]
    path = tmp_path / "a.csv"
    path.write_text("名称,代码\n甲,1\n,\n\n乙,2\n,\n\n", encoding="utf-8")
    assert [bool(row.values) for row in open_rows(path)[1] if isinstance(row, Row)] == [True, False, False, True, False]


@pytest.mark.parametrize("names", [("data",), ("result", "items"), ("Data", "Page", "records")])
def test_the_answer_of_a_data_service_is_read_by_its_records(tmp_path: Path, names: tuple[str, ...]) -> None:
    value: Any = [{"名称": "甲"}, {"名称": "乙"}]
    for name in reversed(names):
        value = {"total": 2, name: value}
    path = tmp_path / "a.json"
    for indent in (None, 1):
        path.write_text(json.dumps({"code": 0, **value}, indent=indent), encoding="utf-8")
        assert read(path) == [{"名称": "甲"}, {"名称": "乙"}]


def test_columns_that_differ_in_case_only_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"iname": "甲", "publishdate": "1", "disrupttypename": "x", "gistid": "1"}]', encoding="utf-8")
    with pytest.raises(SourceError, match="publishDate") as caught:
        find_files(SOURCES["shixin"], path)
    assert "case of letters" in caught.value.todo


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("统一社会信用代码 Unified Social Credit Identifier", "subject.uscc"),
        ("Penalty Decision Date 处罚决定日期", "decision.decided_on"),
        ("罚款金额(万元) Fine Amount, 10k Yuan", "decision.fine"),
        ("企业名称\nCompany Name", "subject.name"),
        ("1.企业名称", "subject.name"),
    ],
)
def test_headers_in_two_languages(header: str, meaning: str) -> None:
    assert meaning_of(header) == (meaning, True)


DECIDED = (
    "吊销《营业执照》|决定吊销营业执照|吊销当事人持有的营业执照|责令改正，并处吊销营业执照|因逾期未改正，现吊销营业执照"
    "|对被处罚人作出吊销营业执照的处罚|1.罚款1万元；2.吊销营业执照|经复核对申请听证意见不予采纳，决定吊销营业执照"
    "|不合格的食品予以没收，并吊销营业执照|情节严重，吊销营业执照|根据情节，决定吊销营业执照|现决定：吊销营业执照"
)
UNDECIDED = (
    "拟吊销营业执照|拟作出如下行政处罚：罚款1万元；吊销营业执照|逾期不改正的，将依法吊销营业执照|如不履行将吊销营业执照|否则吊销营业执照"
    "|曾被吊销营业执照|2019年被市监局吊销营业执照|建议市场监管部门吊销其营业执照|由市场监督管理局吊销营业执照|移送市场监管部门吊销营业执照"
    "|不予吊销营业执照|免予吊销营业执照|可以吊销营业执照|应予吊销营业执照|吊销营业执照听证告知|吊销道路运输证|撤销吊销营业执照的决定"
    "|责令停产停业，整改不合格的吊销营业执照|撤销原吊销营业执照决定|维持原吊销营业执照的决定|可能吊销营业执照|视情节吊销营业执照"
    "|没有吊销营业执照|吊销营业执照（暂缓执行）|情节严重的，吊销营业执照"
)


@pytest.mark.parametrize("text", DECIDED.split("|"))
def test_a_revocation_that_is_decided(text: str) -> None:
    assert triggers(["罚款", "吊销许可证件"], "", text) == ["REVOKE_BUSINESS_LICENCE"]


@pytest.mark.parametrize("text", UNDECIDED.split("|"))
def test_words_of_a_revocation_are_none(text: str) -> None:
    assert triggers(["罚款", "吊销许可证件"], "营业执照" if text != "吊销营业执照听证告知" else "", text) == []


# --- names of columns on two lines, titles above ---------------------------------------------------------------

DATA = [["林邑一号有限公司", code(1), "林罚〔2024〕1号", "2024-03-12", "5000"]]
NAMES = ["单位名称", "统一社会信用代码", "处罚决定书文号", "处罚日期", "罚款金额"]
TWO_LINES = {
    "merged": [["单位名称", "统一社会信用代码", "处罚", "", ""], ["", "", *NAMES[2:]]],
    "group written out": [["单位名称", "统一社会信用代码", "处罚", "处罚", "处罚"], ["", "", *NAMES[2:]]],
    "two groups": [["单位名称", "统一社会信用代码", "处罚", "", "金额"], ["", "", "处罚决定书文号", "处罚日期", ""]],
}


@pytest.mark.parametrize("titles", [[], [["林邑县2024年行政处罚台账", "", "", "", ""]]], ids=["", "titled"])
@pytest.mark.parametrize("lines", TWO_LINES.values(), ids=TWO_LINES.keys())
def test_two_lines_of_names_are_told_however_narrow(
    tmp_path: Path, titles: list[list[str]], lines: list[list[str]]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(row) for row in [*titles, *lines, *DATA]), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        propose(path)
    assert (caught.value.code, caught.value.line) == ("two-line-header", len(titles) + 1)


@pytest.mark.parametrize("group", [["主体", "主体", "处罚", "处罚", "处罚"], [*NAMES[:2], "处罚", "处罚", "处罚"]])
def test_names_below_groups_that_are_written_out_are_the_names(tmp_path: Path, group: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(row) for row in [group, NAMES, *DATA]), encoding="utf-8")
    assert [column.name for column in look(path).columns] == NAMES


def test_two_columns_of_one_name_are_no_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("单位名称,罚款金额,罚款金额\n林邑一号有限公司,1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="more than once"):
        look(path)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_titles_stand_above_a_list_that_is_asked_of(tmp_path: Path, ending: str) -> None:
    rows = [["供应商名单", "", ""], ["序号", "单位名称", "代码"], ["1", "林邑一号有限公司", code(1)]]
    path = tmp_path / f"a.{ending}"
    if ending == "csv":
        path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    else:
        with xlsxwriter.Workbook(str(path)) as out:
            sheet = out.add_worksheet()
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, [cell or None for cell in row])
    for asked in ((), ("代码",)):
        header, found = open_table(path, asked)
        assert header == rows[1]
        assert [row.line for row in found] == [3]


# --- encodings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "名称,代码\r\n一丁公司,1\r\n乙公司,2\r\n",
        "名称\t代码\n一丁公司\t1\n乙公司\t2",
        '[{"名称": "一丁公司", "代码": "1"},\n {"名称": "乙公司", "代码": "2"}]\n',
        '{"名称": "一丁公司", "代码": "1"}\n{"名称": "乙公司", "代码": "2"}\n',
    ],
    ids=["commas", "tabs", "array", "lines"],
)
def test_text_is_read_in_every_encoding_that_exports_have(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    assert read(path) == [{"名称": "一丁公司", "代码": "1"}, {"名称": "乙公司", "代码": "2"}]


@pytest.mark.parametrize("at", [0, 1, 7, 8])
def test_a_stray_nul_is_damage_and_no_other_encoding(tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.csv"
    data = ("名称,代码\n" + "一丁公司,1\n" * 9).encode()
    path.write_bytes(data[:at] + b"\0" + data[at:])
    with pytest.raises(SourceError, match="NUL"):
        read(path)


# --- what a check says and what a load does --------------------------------------------------------------------

CHECKED = """\
id: check
title: {zh: 处罚, en: Penalties}
owner: 林邑县应急管理局
mode: delta
files:
  - parties:
      company: {is: entity, name: 单位名称}
      organ: {is: organ, name: {constant: 林邑县应急管理局}}
    facts:
      - {fact: sanction, on: company, by: organ, kind: penalty, document_number: 文号, decided_on: 日期, content: 内容}
"""


def test_a_check_rejects_what_a_load_would(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    """Days that cannot be, names that are nobody's, numbers that no index takes; and two penalties of one decision."""
    rows = [
        ("林邑一号有限公司", "1号", "2024-03-12", "警告"),
        ("林邑一号有限公司", "1号", "2024-03-12", "罚款5万元"),
        ("林邑二号有限公司", "2号", "1900-01-01", ""),
        ("林邑三号有限公司", "3号", "2106-05-06", ""),
        ("供应商-A", "4号", "2024-03-12", ""),
        ("林邑**有限公司", "5号", "2024-03-12", ""),
        ("林邑六号有限公司", "号" * 3_000, "2024-03-12", ""),
        ("林邑七号有限公司", "7号", "2024-03-12", "违法事实" * 5_000),
    ]
    path = tmp_path / "a.csv"
    path.write_text("单位名称,文号,日期,内容\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    source = describe(parse_mapping(CHECKED, "m.yaml"))
    (told,) = preview(source, path)
    faults: dict[str, list[int]] = {}
    for fault in told.faults:
        faults.setdefault(fault.code, []).extend(fault.lines)
    assert faults == {"implausible-day": [4, 5], "no-identity": [6, 7], "too-long": [8]}
    assert told.replaced == 0
    (run,) = load(graph, keys, source, path)
    assert (run.rows_in, run.accepted, run.rejected) == (told.rows, told.rows - told.rejected, told.rejected)
    assert graph.read("MATCH (:Sanction)-[r:IMPOSED_ON]->(:Party) RETURN count(r) AS n")[0]["n"] == run.accepted


def test_nothing_waits_after_everything_was_derived(tmp_path: Path, graph: Graph, keys: Keys, pack: RulePack) -> None:
    path = tmp_path / "a.csv"
    path.write_text("单位名称,文号,日期,内容\n林邑一号有限公司,1号,2024-03-12,警告\n", encoding="utf-8")
    load(graph, keys, describe(parse_mapping(CHECKED, "m.yaml")), path)
    assert derive_into(graph, pack).sanctions == 1  # a first time: all of them
    assert graph.read("MATCH (s:Sanction) WHERE s.dirty RETURN count(s) AS n")[0]["n"] == 0
    position = graph.position()
    assert derive_into(graph, pack, everything=True).kept == derive_into(graph, pack).sanctions == 0
    assert graph.position() == position


def test_long_work_tells_how_far_it_is_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import progress as lines

    monkeypatch.setattr(lines, "SECONDS", 0.01)
    out = io.StringIO()
    with lines.bars(Console(file=out, force_terminal=False)) as bar:
        task = bar.add_task("a.csv", total=20_000)
        for done in (5_000, 10_000):
            bar.update(task, completed=done)
            time.sleep(0.1)
    told = out.getvalue().splitlines()
    assert [line.split(" (")[0] for line in told][-2:] == ["a.csv 5,000 of 20,000", "a.csv 10,000 of 20,000"]
    assert len(told) == len(set(told)) <= 3


# --- what no longer exists -------------------------------------------------------------------------------------

REGISTER = """\
id: register
title: {zh: 登记, en: Register}
owner: 林邑县市场监督管理局
mode: delta
files:
  - parties:
      company: {is: entity, name: 名称, uscc: 代码}
      holder: {is: entity, name: 股东}
      organ: {is: organ, name: {constant: 林邑县市场监督管理局}}
    facts:
      - {fact: profile, of: company, status: 状态}
      - {fact: shareholding, who: holder, of: company, share: 比例, optional: true}
      - {fact: sanction, when: {column: 处罚, not: [无]}, on: company, by: organ, kind: penalty, document_number: 处罚}
"""


def test_what_no_longer_exists_is_told_wherever_it_holds_or_is_held(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    rows = [
        ("林邑母有限公司", code(1), "注销", "", "", "1号"),
        ("林邑子有限公司", code(2), "存续", "林邑母有限公司", "60", "无"),
        ("林邑孙有限公司", code(3), "吊销，未注销", "林邑子有限公司", "100", "2号"),
        ("林邑曾孙有限公司", code(4), "未吊销", "林邑孙有限公司", "100", "无"),
    ]
    path = tmp_path / "a.csv"
    path.write_text("名称,代码,状态,股东,比例,处罚\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    (run,) = load(graph, keys, describe(parse_mapping(REGISTER, "m.yaml")), path)
    assert run.accepted == 4
    found = {name: resolve(graph, name)[0] for name, *_ in rows}
    assert {name: party.gone for name, party in found.items() if party} == {
        "林邑母有限公司": "注销",
        "林邑子有限公司": None,
        "林邑孙有限公司": "吊销，未注销",
        "林邑曾孙有限公司": None,
    }
    last = found["林邑曾孙有限公司"]
    assert last is not None
    for reader in (None, opened(graph, tmp_path / "copy").reader()):
        owned = ownership(graph, last.key, as_of=date(2026, 6, 30), reader=reader)
        assert {party.name: party.gone for party in owned.gone} == {
            "林邑母有限公司": "注销",
            "林邑孙有限公司": "吊销，未注销",
        }
        near = exposure(graph, last.key, as_of=date(2026, 6, 30), reader=reader)
        assert {hit.party.name: hit.party.gone for hit in near.hits} == {
            "林邑母有限公司": "注销",
            "林邑孙有限公司": "吊销，未注销",
        }


@pytest.mark.parametrize(
    "status",
    ["注销", "已注销", "吊销", "吊销，未注销", "解散", "清算中", "被吸收合并", "Dissolved 2019-05-01", "struck off"],
)
def test_a_status_that_says_that_a_body_is_no_more(status: str) -> None:
    assert gone(status) == status


@pytest.mark.parametrize("status", [None, "存续", "在业", "开业", "未吊销", "未注销", "拟吊销", "active", "迁出"])
def test_a_status_that_says_no_such_thing(status: str | None) -> None:
    assert gone(status) is None


# --- shares that are told twice, or rounded --------------------------------------------------------------------


def test_a_share_that_is_told_twice_otherwise_is_told(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    rows = [("林邑子有限公司", code(2), "存续", "林邑母有限公司", share, "无") for share in ("30", "20", "30")]
    path = tmp_path / "a.csv"
    path.write_text("名称,代码,状态,股东,比例,处罚\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    (run,) = load(graph, keys, describe(parse_mapping(REGISTER, "m.yaml")), path)
    assert (run.accepted, run.duplicate) == (2, 1)
    party, _ = resolve(graph, "林邑子有限公司")
    assert party is not None
    (told,) = ownership(graph, party.key, as_of=date(2026, 6, 30)).told_apart
    assert {"30.00% by register", "20.00% by register"} == set(told.split("on the share: ")[1].split("; "))


def test_more_than_the_whole_is_kept_as_a_contradiction_and_told_at_the_company(
    tmp_path: Path, graph: Graph, keys: Keys
) -> None:
    child, held = "林邑子有限公司", (("林邑母有限公司", "110"), ("林邑父有限公司", "30%"))
    rows = [(child, code(2), "存续", holder, share, "无") for holder, share in held]
    path = tmp_path / "a.csv"
    path.write_text("名称,代码,状态,股东,比例,处罚\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    (run,) = load(graph, keys, describe(parse_mapping(REGISTER, "m.yaml")), path)
    assert (run.accepted, run.rejected) == (2, 0)
    party, _ = resolve(graph, child)
    assert party is not None
    for reader in (None, opened(graph, tmp_path / "copy").reader()):
        found = ownership(graph, party.key, as_of=date(2026, 6, 30), reader=reader)
        (over,) = found.over
        assert (over.party.name, over.total, [one.name for one in over.alone]) == (child, 1.4, ["林邑母有限公司"])
        assert "140.00%" in str(over)
        # What contradicts itself makes nobody a certain owner, and leaves the others what they are said to have.
        assert {o.party.name: (round(o.low, 6), round(o.high, 6), o.control) for o in found.owners} == {
            "林邑母有限公司": (0, 0.7, "possible"),
            "林邑父有限公司": (0.3, 0.3, "no"),
        }


def test_a_source_keeps_what_it_says_above_the_whole() -> None:
    said = {"share_min": 0.0, "share_max": 1.0, "share_known": False, "share_above": 1.1}
    assert share_said(parse_holding("110%")) == said == bounds(Decimal(110), None) == bounds(Decimal(20), Decimal(110))
    assert parse_holding("100.05") == parse_holding("100") == 1
    for wrong in ("-1", "1e3", "110元"):
        with pytest.raises(ValueError, match="percentage"):
            parse_holding(wrong)


@pytest.mark.parametrize(("shares", "over"), [((0.6, 0.4005), False), ((0.5, 0.501), False), ((0.6, 0.41), True)])
def test_parts_that_are_rounded_are_no_more_than_the_whole(shares: tuple[float, float], over: bool) -> None:
    found = Shares.of([Holding(f"p{n}", "c", share, share) for n, share in enumerate(shares)])
    assert bool(found.over) == over
    assert sum(share.low for share in found.into["c"].values()) == pytest.approx(1)
