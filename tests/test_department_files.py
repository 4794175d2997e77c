"""Files as departments send them: separators, cells that tell nothing, merged cells, blank rows, wrapped records."""

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.load.files import find_files
from loaders.reading.headers import meaning_of
from loaders.reading.rows import open_rows, read_rows
from loaders.sources import SOURCES
from loaders.sources.shuanggongshi import triggers


def read(path: Path) -> list[dict[str, str | None] | str]:
    return [item.values if isinstance(item, Row) else item.code for item in read_rows(path)]


@pytest.mark.parametrize("sign", list(",;|^\t；，"))
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
)
UNDECIDED = (
    "拟吊销营业执照|拟作出如下行政处罚：罚款1万元；吊销营业执照|逾期不改正的，将依法吊销营业执照|如不履行将吊销营业执照|否则吊销营业执照"
    "|曾被吊销营业执照|2019年被市监局吊销营业执照|建议市场监管部门吊销其营业执照|由市场监督管理局吊销营业执照|移送市场监管部门吊销营业执照"
    "|不予吊销营业执照|免予吊销营业执照|可以吊销营业执照|应予吊销营业执照|吊销营业执照听证告知|吊销道路运输证|撤销吊销营业执照的决定"
)


@pytest.mark.parametrize("text", DECIDED.split("|"))
def test_a_revocation_that_is_decided(text: str) -> None:
    assert triggers(["罚款", "吊销许可证件"], "", text) == ["REVOKE_BUSINESS_LICENCE"]


@pytest.mark.parametrize("text", UNDECIDED.split("|"))
def test_words_of_a_revocation_are_none(text: str) -> None:
    assert triggers(["罚款", "吊销许可证件"], "营业执照" if text != "吊销营业执照听证告知" else "", text) == []
