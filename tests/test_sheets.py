"""Spreadsheets as departments have them: titles above the header, several sheets, sums below, names with their posts."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph_model.errors import BadRequest, SourceError
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.drafts import Draft, PersonMention, Row
from loaders.load import bulk_read
from loaders.load.dry_run import preview as rehearse
from loaders.load.engine import load
from loaders.load.files import find_files
from loaders.load.review import hold, release, review
from loaders.mapping.columns import header_line
from loaders.mapping.parse import parse_mapping
from loaders.mapping.preview import preview
from loaders.mapping.propose import propose
from loaders.mapping.source import describe, load_mapping
from loaders.reading.headers import about_the_table
from loaders.reading.lines import HEAD_LINES, on_two_lines
from loaders.reading.rows import columns_of, read_rows
from loaders.sources import SOURCES
from tests.support.invented import citizen, code
from tests.support.types import Cli

HEADER = ["序号", "单位名称", "统一社会信用代码", "法定代表人", "决定书文号", "处罚日期", "处罚种类", "罚款金额(元)"]
ABOVE = [["林邑县2025年行政处罚台账"], ["填报单位：林邑县消防救援大队", "", "", "填报日期：2025-12-31"]]
BELOW = [["合计", "", "", "", "", "", "", "15000"], ["制表人：罗知远", "", "审核：", "罗知近"]]
MAPPING = """\
id: fire
title: {zh: 消防处罚台账, en: Fire service penalties}
owner: 林邑县消防救援大队
mode: delta
files:
  - parties:
      company: {is: entity, name: 单位名称, uscc: 统一社会信用代码}
      head: {is: person, name: 法定代表人, at: company}
      organ: {is: organ, name: {constant: 林邑县消防救援大队}}
    facts:
      - fact: sanction
        on: company
        by: organ
        kind: penalty
        document_number: 决定书文号
        decided_on: 处罚日期
        fine: 罚款金额(元)
        penalty_kinds: 处罚种类
      - {fact: post, who: head, of: company, post: legal_representative, optional: true}
    ignore: [序号]
"""


def line(n: int, **changed: str) -> list[str]:
    values = [str(n), f"林邑{n}号有限公司", code(n), f"罗知{n}", f"林罚〔2025〕{n}号", "2025-03-01", "罚款", "5000"]
    return [changed.get(name, value) for name, value in zip(HEADER, values, strict=True)]


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[str]]], hidden: Sequence[str] = ()) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        for name, cells in sheets.items():
            sheet = made.add_worksheet(name)
            for y, row in enumerate(cells):
                for x, text in enumerate(row):
                    if text:
                        sheet.write_string(y, x, text)
            if name in hidden:
                sheet.hide()
    return path


def text_of(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def fire(tmp_path: Path, text: str = MAPPING) -> Any:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def refused(call: Callable[[], Any]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        call()
    assert caught.value.todo
    return caught.value


# --- lines above the header -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["padded", "bare", "tab", "xlsx"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("titles", [0, 1, 2, HEAD_LINES - 1, HEAD_LINES])
def test_the_header_is_the_first_line_that_has_the_columns(
    tmp_path: Path, form: str, encoding: str, titles: int
) -> None:
    above = [[f"第{n}部分"] if n > 2 else ABOVE[n % 2] for n in range(titles)]
    path = tmp_path / "t.csv"
    if form == "xlsx":
        book(path, {"台账": [*above, HEADER, line(1), line(2)]})
    else:
        padded = [cells + [""] * (len(HEADER) - len(cells)) if form != "bare" else cells for cells in above]
        text = text_of([*padded, HEADER, line(1), line(2)], "\t" if form == "tab" else ",")
        path.write_bytes(text.encode(encoding))
    columns = tuple(HEADER[1:])
    if titles == HEAD_LINES:  # nobody looks further down
        assert refused(lambda: list(read_rows(path, columns))).code == "bad-header"
        return
    assert columns_of(path, columns) == tuple(HEADER)
    rows = list(read_rows(path, columns))
    assert [row.line for row in rows] == [titles + 2, titles + 3]
    assert [row.values for row in rows if isinstance(row, Row)] == [
        dict(zip(HEADER, line(n), strict=True)) for n in (1, 2)
    ]


def test_what_stands_above_is_said_and_is_no_row(tmp_path: Path, cli: Cli) -> None:
    source = fire(tmp_path)
    path = tmp_path / "t.csv"
    path.write_text("\n" + text_of([*ABOVE, ["一、\n本年"], HEADER, line(1)]), encoding="utf-8")
    (told,) = preview(source, path)
    assert (told.rows, told.rejected, told.lines_above) == (1, 0, 3)
    assert told.shown[0].line == 7  # as an editor counts: a blank line, and a title of two lines
    status, _, err = cli("mapping", "check", str(tmp_path / "m.yaml"), str(path))
    assert status == 0
    assert "t.csv: 跳过表头以上的行 lines above the header skipped: 3" in err
    path.write_text(text_of([HEADER, line(1)]), encoding="utf-8")
    assert "skipped" not in cli("mapping", "check", str(tmp_path / "m.yaml"), str(path))[2]


def test_a_built_in_source_has_its_titles_skipped(tmp_path: Path) -> None:
    columns = SOURCES["court-limits"].files[0].columns
    path = book(
        tmp_path / "t.xlsx", {"a": [["限高名单"], [], columns, ["林邑有限公司", "（2025）湘0102执1号", "20250301"]]}
    )
    ((_, part),) = find_files(SOURCES["court-limits"], path)
    assert part.place.above == 1
    assert [row.line for row in read_rows(path, part.columns)] == [4]


def test_the_title_of_each_printed_page_is_no_row(tmp_path: Path) -> None:
    cells = [*ABOVE, HEADER, line(1), *ABOVE, HEADER, line(2)]
    width = len(HEADER)
    (tmp_path / "t.csv").write_text(text_of([c + [""] * (width - len(c)) for c in cells]), encoding="utf-8")
    for path in (tmp_path / "t.csv", book(tmp_path / "t.xlsx", {"a": cells})):
        found = [(r.line, "" if isinstance(r, Row) else r.code) for r in read_rows(path, tuple(HEADER))]
        assert found == [(4, ""), *((n, "repeated-header") for n in (5, 6, 7)), (8, "")]


def test_a_broken_quote_above_the_header_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'台账,\n"某县"局,x\n{text_of([HEADER, line(1)])}', encoding="utf-8")
    assert [row.line for row in read_rows(path, tuple(HEADER))] == [4]


# --- which line has the names, where no mapping says -----------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        ([HEADER, line(1)], 0),
        ([*ABOVE, HEADER, line(1), line(2)], 2),
        ([["台账"] * 8, HEADER, line(1)], 1),  # merged cells that were taken apart
        ([["填报单位：某局", "", "填报日期：", "2025", "联系人：", "罗", "电话：", "1"], HEADER, line(1)], 1),
        ([HEADER, [*line(1)[:5], "", "", ""], [*line(2)[:3], *[""] * 5]], 0),
        ([["名单"], ["名称", "代码"], ["甲", "1"]], 1),
        ([["名称"], ["甲"], ["乙"]], 0),
        ([["名单"], ["名称"], ["甲"]], 0),  # a list of one column: nothing tells a title from a name
        ([HEADER], 0),
        ([], 0),
    ],
)
def test_which_line_names_the_columns(lines: list[list[str]], at: int) -> None:
    assert header_line(lines) == at


@hypothesis_settings(max_examples=200, deadline=None)
@given(
    titles=st.lists(
        st.sampled_from([["台账"], ["2025年", "一季度"], [], ["填报单位：甲局", "填报日期：乙"]]), max_size=5
    ),
    filled=st.lists(
        st.lists(st.booleans(), min_size=8, max_size=8).map(lambda f: [True] * 4 + f[4:]), min_size=1, max_size=9
    ),
)
def test_titles_never_change_which_line_it_is(titles: list[list[str]], filled: list[list[bool]]) -> None:
    rows = [[c if there else "" for c, there in zip(line(n), f, strict=True)] for n, f in enumerate(filled, 1)]
    above = [cells for cells in titles if cells]
    assert header_line([*above, HEADER, *rows]) == len(above)


@pytest.mark.parametrize(
    ("upper", "lower", "two"),
    [
        (["序号", "名称", "罚款", "", "备注"], ["", "", "金额", "日期", ""], True),
        (["序号", "企业", "", "", "处罚", ""], ["", "名称", "代码", "法人", "文号", "日期"], True),
        (["序号", "罚款", ""], ["", "金额", "日期"], True),
        (["台账", "", ""], ["名称", "代码", "文号"], False),
        (
            ["企业", "", "处罚", ""],
            ["名称", "代码", "文号", "日期"],
            False,
        ),  # the lower line has a name for each column
        (["名称", "代码", "文号"], ["甲", "1", "2"], False),
        (["名称", "", "文号"], ["甲", "", "2"], False),
        (["名称", "", "文号"], ["", "1", ""], False),
        (["", "名称", "代码"], ["1", "", "3"], False),
        (["名称", "代码"], ["", ""], False),
    ],
)
def test_names_on_two_lines(upper: list[str], lower: list[str], two: bool) -> None:
    assert on_two_lines(upper, lower) == two


@pytest.mark.parametrize("titles", [0, 2])
def test_a_header_of_two_lines_is_refused_with_what_to_do(tmp_path: Path, titles: int) -> None:
    cells = [["序号", "单位名称", "统一社会信用代码", "法定代表人", "决定书文号", "罚款", "", "备注"],
             ["", "", "", "", "", "金额", "日期", ""], line(1), line(2)]  # fmt: skip
    path = book(tmp_path / "t.xlsx", {"a": [*ABOVE[:titles], *cells]})
    for call in (lambda: propose(path), lambda: find_files(fire(tmp_path), path)):
        fault = refused(call)
        assert (fault.code, fault.line) == ("two-line-header", titles + 1)
        assert "罚款金额" in fault.todo


def test_the_proposal_says_which_line_and_sheet_it_took(tmp_path: Path) -> None:
    sheets = {
        "封面": [["林邑县消防救援大队"], ["2025年"]],
        "说明": [["字段", "说明"], ["单位名称", "全称"], ["处罚日期", "年月日"]],
        "1月": [*ABOVE, HEADER, line(1), line(2), *BELOW],
        "2月": [HEADER, line(3)],
        "旧": [HEADER, line(4)],
    }
    path = book(tmp_path / "t.xlsx", sheets, hidden=["旧"])
    found = propose(path, owner="林邑县消防救援大队", id="mine")
    assert "# The names of the columns were taken from line 3; what stands above is skipped." in found.text
    assert "# Sheet 1月; 2月 with the same columns load with it; left out: 封面、说明、旧." in found.text
    assert "from 8 columns and 2 rows" in found.text  # the sum and the signature say nothing of them
    told = preview(describe(parse_mapping(found.text, "m.yaml")), path)
    assert [(one.sheet, one.rows, one.rejected) for one in told] == [("1月", 4, 2), ("2月", 1, 0)]
    plain = tmp_path / "t.csv"
    plain.write_text(text_of([HEADER, line(1)]), encoding="utf-8")
    assert "names of the columns" not in propose(plain).text


# --- sums and signatures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        *(["合计"], ["合 计", "12"], ["1", "总计：", "12.5万元"], ["小计", "3件"], ["共计25户"], ["本页合计", "5,000"]),
        *(["合计3件，罚款５万元"], ["制表人：罗知远　审核人：罗知近"], ["制表：", "罗知远", "审核：", "罗知近"]),
        *(["审核（签字）：罗知近"], ["填报日期：2025年12月31日"], ["备注：金额单位为万元"], ["第1页，共3页"]),
    ],
)
def test_what_is_about_the_table(tmp_path: Path, cells: list[str]) -> None:
    assert about_the_table(cells, whole=False)
    text = MAPPING.replace("document_number: 决定书文号", "document_number: {constant: 第1号}")
    (part,) = describe(parse_mapping(text, "m.yaml")).files
    for at in (0, 1):  # the second is the column of names: there it would be a company
        values = dict(zip(HEADER, [*[None] * at, *cells, *[None] * 8], strict=False))
        fault = refused(lambda values=values: list(part.drafts(Row("f.csv", 9, values), None)))
        assert (fault.code, fault.line) == ("no-record", 9)


@pytest.mark.parametrize(
    "cells",
    [
        *(["1", "林邑有限公司"], ["合计", "林邑有限公司"], ["小计医院有限公司"], ["负责人"], ["2025"], ["1", "2", "3"]),
        *(["合计咨询有限公司", "5"], ["林邑有限公司", "合计", "5"], ["日期"], ["罗知远：", "5"]),
    ],
)
def test_what_is_a_record(cells: list[str]) -> None:
    assert not about_the_table(cells, whole=False)


def test_a_whole_line_is_never_a_signature() -> None:
    assert about_the_table(["审核：通过", "林邑有限公司"], whole=False)
    assert not about_the_table(["审核：通过", "林邑有限公司"], whole=True)


# --- several sheets --------------------------------------------------------------------------------------------


def year(path: Path, **changes: Sequence[Sequence[str]]) -> Path:
    sheets: dict[str, Sequence[Sequence[str]]] = {
        "封面": [["2025年"]],
        "1月": [*ABOVE, HEADER, line(1), line(2, 处罚日期="2025-02-30"), *BELOW],
        "2月": [HEADER, line(3)],
        "3月": [ABOVE[0], HEADER, line(4, 统一社会信用代码="X1"), line(1)],
        "代码表": [["处罚种类", "说明"], ["罚款", "x"]],
    }
    return book(path, {**sheets, **changes}, hidden=["旧"])


def test_each_sheet_with_the_columns_is_a_table_of_its_own(tmp_path: Path) -> None:
    path = year(tmp_path / "t.xlsx", 四月=[HEADER], 旧=[HEADER, line(9)])
    found = find_files(fire(tmp_path), path)
    assert [(part.place.sheet, part.place.above) for _, part in found] == [("1月", 2), ("2月", 0), ("3月", 1)]
    assert found[0][1].place.left_out == ("封面", "代码表", "四月", "旧")
    assert all(not part.place.left_out for _, part in found[1:])
    (row,) = read_rows(path, found[1][1].columns, "2月")
    assert (row.file, row.line) == ("t.xlsx [2月]", 2)


def test_one_sheet_among_others_is_the_file_itself(tmp_path: Path) -> None:
    """As ever: a workbook that was loaded before is the same run."""
    path = book(tmp_path / "t.xlsx", {"说明": [["说明"]], "台账": [HEADER, line(1)]})
    ((_, part),) = find_files(fire(tmp_path), path)
    assert (part.place.sheet, part.place.left_out) == (None, ("说明",))


@pytest.mark.parametrize(("lost", "most"), [(1, True), (3, True), (4, False), (7, False)])
def test_a_sheet_with_most_of_the_columns_is_not_passed_over(tmp_path: Path, lost: int, most: bool) -> None:
    """7 columns are needed: with 4 it is the same table, one month with names of its own."""
    changed = [HEADER[0], *HEADER[1 : 8 - lost], *(f"改{name}" for name in HEADER[8 - lost :])]
    path = book(tmp_path / "t.xlsx", {"1月": [HEADER, line(1)], "2月": [["二月"], changed, line(2)]})
    if not most:
        assert find_files(fire(tmp_path), path)[0][1].place.left_out == ("2月",)
        return
    fault = refused(lambda: find_files(fire(tmp_path), path))
    assert (fault.file, fault.line, fault.code) == ("t.xlsx [2月]", 2, "wrong-header")
    assert HEADER[7] in fault.reason
    hidden = book(tmp_path / "h.xlsx", {"1月": [HEADER, line(1)], "2月": [changed, line(2)]}, hidden=["2月"])
    assert find_files(fire(tmp_path), hidden)[0][1].place.left_out == ("2月",)


def test_sheets_of_two_kinds_are_each_of_their_kind(tmp_path: Path) -> None:
    penalties, licences = SOURCES["shuanggongshi"].files[:2]
    sheets = {"处罚": [penalties.columns, ["x"] * 6], "许可": [licences.columns, ["x"] * 4]}
    book(tmp_path / "t.xlsx", sheets)
    for path in (tmp_path / "t.xlsx", tmp_path):
        found = find_files(SOURCES["shuanggongshi"], path)
        assert [(part.columns, part.place.sheet) for _, part in found] == [
            (penalties.columns, "处罚"),
            (licences.columns, "许可"),
        ]


def test_informants_on_any_sheet_are_refused(tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx", {"1月": [HEADER, line(1)], "2月": [["台账"], [*HEADER, "举报人"], [*line(2), "罗"]]}
    )
    fault = refused(lambda: find_files(fire(tmp_path), path))
    assert (fault.code, fault.file) == ("informants", "t.xlsx [2月]")


# --- persons with their posts in one cell ----------------------------------------------------------------------

PEOPLE = """\
id: people
title: {zh: 责任人, en: Persons}
owner: 林邑县消防救援大队
mode: delta
files:
  - parties:
      company: {is: entity, name: 单位}
      organ: {is: organ, name: {constant: 林邑县消防救援大队}}
      liable:
        is: person
        name: 责任人
        at: company
        split: "、;"
        brackets: 身份
    facts:
      - fact: sanction
        on: company
        by: organ
        kind: penalty
        document_number: 文号
      - fact: post
        who: liable
        of: company
        post: {column: 身份, codes: {总经理: senior_manager, 董事: director}, unknown: ignore}
        stated: 身份
        optional: true
      - fact: responsible
        who: liable
        on: company
        by: organ
        document_number: 文号
        capacity: {column: 身份, codes: {总经理: DRM, 董事: DRP, 经办人: DRP}}
        basis: named
        capacity_stated: 身份
        optional: true
"""


def said(cell: str | None, text: str = PEOPLE) -> list[Draft]:
    part = describe(parse_mapping(text, "m.yaml")).files[0]
    return list(part.drafts(Row("f.csv", 3, {"单位": "青禾公司", "文号": "1号", "责任人": cell}), None))


def told(drafts: list[Draft]) -> list[tuple[str, str, str | None]]:
    return [(d.fact.TYPE, d.start.name, getattr(d.fact, "post", None) or getattr(d.fact, "capacity", None))
            for d in drafts if isinstance(d.start, PersonMention)]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "posts", "liable"),
    [
        ("罗知远（总经理）", [("SENIOR_MANAGER_OF", "罗知远", "总经理")], [("罗知远", "DRM")]),
        (
            "罗知远(总经理)、罗知近〔董事〕",
            [("SENIOR_MANAGER_OF", "罗知远", "总经理"), ("DIRECTOR_OF", "罗知近", "董事")],
            [("罗知远", "DRM"), ("罗知近", "DRP")],
        ),
        (
            "罗知远（董事、总经理）; 罗知近【经办人】",  # a divider within brackets divides the words, not the persons
            [("DIRECTOR_OF", "罗知远", "董事"), ("SENIOR_MANAGER_OF", "罗知远", "总经理")],
            [("罗知远", "DRP"), ("罗知远", "DRM"), ("罗知近", "DRP")],
        ),
        (None, [], []),
        ("无", [], []),
        ("罗某（总经理）、罗知近（董事）", [("DIRECTOR_OF", "罗知近", "董事")], [("罗知近", "DRP")]),
    ],
)
def test_several_persons_in_one_cell(
    cell: str | None, posts: list[tuple[str, str, str]], liable: list[tuple[str, str]]
) -> None:
    assert told(said(cell)) == [*posts, *(("RESPONSIBLE_FOR", *one) for one in liable)]


@pytest.mark.parametrize(
    ("cell", "code_"),
    [
        ("罗知远（总经理", "bad-value"),
        ("罗知远总经理）", "bad-value"),
        ("罗知远（总经理]", "bad-value"),
        ("罗知远（总经理（主持））", "bad-value"),
        ("罗知远（总经理）（原）", "bad-value"),
        ("罗知远（总经理）等3人", "bad-value"),
        ("罗知远（总经理）、罗知近等", "bad-value"),
        ("（总经理）罗知远", "bad-value"),
        ("罗知远（大）", "unknown-code"),  # what is no post in the list is no post
        ("罗知远", "missing-value"),  # the mapping needs the capacity
        ("罗知远（）", "missing-value"),
        (f"罗知远{citizen(1)}（总经理）", "misplaced-id"),
    ],
)
def test_what_cannot_be_told_apart_is_rejected(cell: str, code_: str) -> None:
    fault = refused(lambda: said(cell))
    assert fault.code == code_
    assert fault.line == 3
    assert citizen(1) not in str(fault)


def test_brackets_are_part_of_a_name_where_the_mapping_does_not_say_otherwise() -> None:
    text = re.sub(r"        (split|brackets):.*\n", "", PEOPLE).replace(
        "{column: 身份, codes: {总经理: DRM, 董事: DRP, 经办人: DRP}}", "DRM"
    )
    text = re.sub(r"      - fact: post\n(        .*\n)+", "", text).replace("        capacity_stated: 身份\n", "")
    assert told(said("罗知远(大)", text)) == [("RESPONSIBLE_FOR", "罗知远(大)", "DRM")]


def test_brackets_alone_do_not_divide() -> None:
    text = PEOPLE.replace('        split: "、;"\n', "")
    assert told(said("罗知远（总经理）", text))[0] == ("SENIOR_MANAGER_OF", "罗知远", "总经理")
    assert (
        "split"
        in refused(lambda: said("罗知远（总经理）、罗知近（董事）", text)).todo
        + refused(lambda: said("罗知远、罗知近（董事）", text)).reason
    )


def test_the_same_is_stated_once_for_each_person() -> None:
    """Two words in the brackets are two posts, and one and the same legal representative."""
    fact = "      - {fact: post, who: liable, of: company, post: legal_representative}\n"
    found = told(said("罗知远（董事、总经理）", PEOPLE.rstrip("\n") + "\n" + fact))
    assert [one for one in found if one[0] == "LEGAL_REPRESENTATIVE_OF"] == [
        ("LEGAL_REPRESENTATIVE_OF", "罗知远", None)
    ]


def test_two_words_in_brackets_are_two_statements_and_no_versions_of_one(tmp_path: Path) -> None:
    text = PEOPLE.replace("董事: director", "董事: senior_manager").replace("董事: DRP", "董事: DRM")
    text = text.replace("stated: 身份", "stated: 身份\n        seen: 日期", 1)
    path = tmp_path / "t.csv"
    path.write_text("单位,文号,责任人,日期\n青禾公司,1,罗知远（总经理、董事）,2025-01-01\n", encoding="utf-8")
    (told_,) = preview(describe(parse_mapping(text, "m.yaml")), path)
    assert (told_.facts["SENIOR_MANAGER_OF"], told_.facts["RESPONSIBLE_FOR"], told_.replaced) == (2, 2, 0)


NAMES = st.lists(
    st.tuples(st.sampled_from(["罗知远", "罗知近", "阿依古丽·买买提", "欧阳止"]),
              st.lists(st.sampled_from(["总经理", "董事"]), min_size=1, max_size=2, unique=True)),
    min_size=1, max_size=5, unique_by=lambda p: p[0],
)  # fmt: skip


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=NAMES,
    divider=st.sampled_from("、;"),
    kind=st.sampled_from(["（）", "()", "〔〕", "[]", "【】", "(）"]),
    data=st.data(),
)
def test_whoever_is_written_in_a_cell_comes_out_of_it(
    people: list[tuple[str, list[str]]], divider: str, kind: str, data: st.DataObject
) -> None:
    blank = data.draw(st.sampled_from(["", " ", "　"]))
    cell = (divider + blank).join(f"{name}{blank}{kind[0]}{divider.join(words)}{kind[1]}" for name, words in people)
    posts = [(name, post) for kind_, name, post in told(said(cell)) if kind_ != "RESPONSIBLE_FOR"]
    assert posts == [(name, word) for name, words in people for word in words]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("is: person", "is: entity", "for persons only"),
        ("name: 责任人", "name: {constant: 罗知远}", "a column alone"),
        ("brackets: 身份", "brackets: 身份\n        citizen_id: 证件", "cannot share a number"),
        ("brackets: 身份", "brackets: 责任人", "the name of a column"),
        ("brackets: 身份", "brackets: 文号", "whom this fact does not name"),
        (
            "document_number: 文号\n      - fact: post",
            "document_number: 身份\n      - fact: post",
            "whom this fact does not name",
        ),
    ],
)
def test_what_a_mapping_may_not_say_of_several_persons(old: str, new: str, reason: str) -> None:
    text = PEOPLE.replace(old, new, 1)
    assert text != PEOPLE
    assert reason in refused(lambda: parse_mapping(text, "m.yaml")).reason


def test_a_column_with_the_name_of_the_brackets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("单位,文号,责任人,身份\n青禾公司,1,罗知远（董事）,x\n", encoding="utf-8")
    assert "brackets" in refused(lambda: preview(describe(parse_mapping(PEOPLE, "m")), path)).todo


def test_the_brackets_are_read_from_their_column() -> None:
    part = describe(parse_mapping(PEOPLE, "m.yaml")).files[0]
    assert set(part.columns) == {"单位", "文号", "责任人"}
    assert set(part.fields) == {"单位", "文号", "责任人"}


@pytest.mark.parametrize(
    ("cells", "proposed"),
    [
        (["罗知远（总经理）、罗知近（董事）", "罗知止(安全员)"], True),
        (["罗知远（总经理）", "罗知近"], True),
        (["罗知远（总经理）", "罗知近", "罗知止"], False),
        (["罗知远", "罗知近"], False),
        (["青禾有限公司（本部）", "红叶有限公司（本部）"], False),
    ],
)
def test_brackets_are_proposed_where_the_names_look_so(tmp_path: Path, cells: list[str], proposed: bool) -> None:
    path = tmp_path / "t.csv"
    rows = [[*line(n), cell] for n, cell in enumerate(cells, 1)]
    path.write_text(text_of([[*HEADER, "责任人（职务）"], *rows]), encoding="utf-8")
    found = propose(path, owner="林邑县消防救援大队", id="mine")
    assert ("brackets: 责任人括号内" in found.text) == proposed
    assert ('split: "、"' in found.text) == ("、" in cells[0])
    assert "安全员" not in found.text  # only known words go into a mapping: in brackets may stand a name
    assert not any(name in found.text for name in ("罗知远", "罗知近"))
    mapping = parse_mapping(found.text, "m.yaml")
    (shown,) = preview(describe(mapping), path)
    assert ("SENIOR_MANAGER_OF" in shown.facts) == proposed
    assert not any(fact.fact == "responsible" for fact in mapping.files[0].facts)  # that is for who knows the decision


# --- the graph -------------------------------------------------------------------------------------------------


def balanced(runs: Sequence[Any]) -> None:
    assert all(run.rows_in == run.accepted + run.rejected + run.duplicate for run in runs)


def test_all_sheets_load_and_their_ledgers_balance(
    graph: Graph, keys: Keys, server: Server, cli: Cli, tmp_path: Path
) -> None:
    source, path = fire(tmp_path), year(tmp_path / "t.xlsx")
    mapping = str(tmp_path / "m.yaml")
    (dry, *_) = rehearse(graph, keys, source, path)
    assert (dry.sheet, dry.rows_in, dry.lines_above) == ("1月", 4, 2)
    status, _, err = cli("load", mapping, str(path), "--store", server.store)
    assert status == 0
    assert "lines above the header skipped: 1月 2、3月 1" in err
    assert "封面、代码表" in err
    runs = load(graph, keys, source, path)
    assert not any(run.changed for run in runs)
    balanced(runs)
    assert [(r.sheet, r.rows_in, r.accepted, r.rejected, r.duplicate) for r in runs] == [
        ("1月", 4, 1, 3, 0),
        ("2月", 1, 1, 0, 0),
        ("3月", 2, 0, 1, 1),  # the row that stands in January as well is a duplicate
    ]
    status, out, _ = cli("ledger", "--store", server.store)
    assert "t.xlsx [3月]" in out
    status, out, _ = cli("ledger", "rejected", runs[2].run, "--store", server.store)
    assert re.search(r"t\.xlsx \[3月\]\n.*\n\s*3\s+统一社会信用代码\s+invalid-code", out)
    mend = tmp_path / "mend.csv"
    assert cli("ledger", "rejected", runs[0].run, "--out", str(mend), "--store", server.store)[0] == 0
    kept = list(csv.DictReader(mend.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["_line"], row["决定书文号"]) for row in kept] == [("5", "林罚〔2025〕2号"), ("6", ""), ("7", "")]
    mend.write_text(mend.read_text(encoding="utf-8-sig").replace("2025-02-30", "2025-02-28"), encoding="utf-8")
    (again,) = load(graph, keys, source, mend)
    assert (again.accepted, again.rejected) == (1, 2)
    status, out, _ = cli("lookup", code(2), "--store", server.store)
    assert status == 0
    assert "林邑2号有限公司" in out
    found = graph.read(
        "MATCH (:Sanction)-[i:IMPOSED_ON {document_number: '林罚〔2025〕3号'}]->() RETURN i.run AS run, i.line AS line"
    )
    assert [(f["run"], f["line"]) for f in found] == [(runs[1].run, 2)]


def test_nothing_of_a_workbook_is_written_when_one_sheet_is_refused(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    path = year(tmp_path / "t.xlsx", 四月=[[*HEADER, "新列"], [*line(8), "x"]])
    before = graph.position()
    fault = refused(lambda: load(graph, keys, fire(tmp_path), path))
    assert (fault.code, fault.file) == ("unmapped-column", "t.xlsx [四月]")
    assert graph.position() == before


def test_the_sheets_of_a_snapshot_are_one_snapshot(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    """What moved from one sheet to another is not absent; what stands on none is."""
    text = MAPPING.replace("mode: delta", "mode: snapshot").replace("owner:", "data_date: 2025-DAY\nowner:", 1)
    months = [[HEADER, *map(line, part)] for part in (range(1, 8), range(8, 15))]
    first = book(tmp_path / "a.xlsx", {"1月": months[0], "2月": months[1]})
    load(graph, keys, fire(tmp_path, text.replace("DAY", "06-30")), first)
    months = [[HEADER, *map(line, part)] for part in ((1, 2, 3, 4, 5, 14), (*range(8, 14), 6))]
    second = book(tmp_path / "b.xlsx", {"1月": months[0], "2月": months[1]})
    newer = fire(tmp_path, text.replace("DAY", "09-30"))
    told_ = rehearse(graph, keys, newer, second)
    assert [one.absent for one in told_] == [0, 3]  # the two ends of a penalty and the head, of row 7
    runs = load(graph, keys, newer, second)
    balanced(runs)
    absent = graph.read(
        "MATCH (:Sanction)-[i:IMPOSED_ON]->() WHERE i.absent_since IS NOT NULL RETURN i.document_number AS n"
    )
    assert [one["n"] for one in absent] == ["林罚〔2025〕7号"]
    third = book(tmp_path / "c.xlsx", {"1月": months[0], "2月": months[1], "3月": [HEADER, line(20)]})
    with pytest.raises(BadRequest, match="several sheets"):
        hold(graph, keys, Settings(), newer, third, by="罗", reason="x")


def test_a_held_sheet_is_released_alone(
    graph: Graph, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITGRAPH_HOME", str(tmp_path / "home"))
    source, path = fire(tmp_path), year(tmp_path / "t.xlsx")
    held = hold(graph, keys, Settings(), source, path, by="罗", reason="new")
    assert [one.file for one in held] == ["t.xlsx [1月]", "t.xlsx [2月]", "t.xlsx [3月]"]
    review(graph, held[1].run, by="罗", reason="looked at")
    done = release(graph, keys, Settings(), source, held[1].run, by="李", reason="fit")
    assert (done.run, done.sheet, done.accepted) == (held[1].run, "2月", 1)
    assert graph.read("MATCH (r:Run) RETURN count(CASE WHEN r.state = 'received' THEN 1 END) AS n")[0]["n"] == 2


def test_a_bulk_load_reads_each_sheet_by_itself(settings: Settings, tmp_path: Path) -> None:
    """In processes of their own: they are told which sheet, and find the same rows and faults in it."""
    source = fire(tmp_path)
    found = find_files(source, year(tmp_path / "t.xlsx"))
    with closing(bulk_read.Readers()) as readers:
        for (path, part), rejected in zip(found, ([5, 6, 7], [], [3]), strict=True):
            task = bulk_read.ReadingTask(
                settings, replace(source, files=()), "run", None, None, replace(part, prepare=None), None, path
            )
            (block,) = readers.read(task)
            assert [row["line"] for row in block.rejected] == rejected
            assert len(block.rows) == len(list(read_rows(path, part.columns, part.place.sheet)))


# --- the page ----------------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[1] / "docs" / "mapping.md").read_text(encoding="utf-8")


def blocks(kind: str, first: str) -> list[str]:
    """The code blocks of the page that begin so."""
    return [found for found in re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S) if found.startswith(first)]


def test_the_workbook_of_the_page(
    tmp_path: Path, cli: Cli, server: Server, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command in its order on the sheets that the page shows, with its edits; what it shows is what comes."""
    monkeypatch.chdir(tmp_path)
    months = [list(csv.reader(io.StringIO(text))) for text in blocks("csv", "林邑县2025年")]
    sheets = {
        "封面": [["林邑县城市管理局"]],
        "1月": months[0],
        "2月": months[1],
        "填表说明": [["字段", "说明"], ["单位名称", "全称"]],
    }
    book(Path("2025.xlsx"), sheets)
    new, *others = [line.split()[1:] for line in blocks("bash", "creditgraph mapping new 2025")[0].splitlines()]
    assert cli(*new)[0] == 0
    text = Path("2025.yaml").read_text(encoding="utf-8")
    (party,) = blocks("yaml", "      liable:")
    proposed, edited = blocks("yaml", "      - fact: post")
    assert party in text
    assert proposed in text
    text = text.replace(proposed, edited).replace(
        "{zh: TODO, en: TODO}", "{zh: 城管处罚, en: City management penalties}"
    )
    Path("2025.yaml").write_text(text, encoding="utf-8")
    (said_,) = blocks("text", "2025.xlsx")
    for words in others:
        status, out, err = cli(*words, *([] if words[0] == "mapping" else ["--store", server.store]))
        assert status == 0, err
        if words[0] in ("mapping", "load"):
            assert said_ in err
        if words[0] == "ledger":
            assert re.search(r"2025\.xlsx \[1月\]\s+4\s+2\s+2\s+0", out)
            assert re.search(r"2025\.xlsx \[2月\]\s+2\s+1\s+1\s+0", out)
    found = graph.read(
        "MATCH (p:Person)-[r:RESPONSIBLE_FOR]->() RETURN p.name AS name, r.capacity AS capacity ORDER BY name"
    )
    assert {(one["name"], one["capacity"]) for one in found} == {
        ("罗知远", "DRM"),
        ("罗知近", "DRP"),
        ("罗知止", "DRM"),
    }
    posts = graph.read("MATCH (p:Person)-[r:SENIOR_MANAGER_OF|DIRECTOR_OF]->() RETURN p.name AS name, r.post AS post")
    assert {(one["name"], one["post"]) for one in posts} == {
        ("罗知远", "总经理"), ("罗知止", "总经理"), ("罗知止", "执行董事"),
    }  # fmt: skip
