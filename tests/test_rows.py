"""Reading tables by content: encodings, line numbers, every broken file says what is wrong, no row is lost."""

import contextlib
import csv
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.rows import columns_of, read_rows, sha256_of

ID = "430102198001010011"


def write(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, *columns: str) -> list[tuple[int | None, object]]:
    """(line, values) of rows, (line, code) of faults."""
    return [(r.line, r.values if isinstance(r, Row) else r.code) for r in read_rows(path, columns)]


def refused(path: Path, *columns: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(read_rows(path, columns))
    assert caught.value.file == path.name
    assert caught.value.todo
    return caught.value


# --- CSV --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_csv_by_content(tmp_path: Path, encoding: str, separator: str, newline: str) -> None:
    text = newline.join(separator.join(r) for r in [("名称", "编号"), ("甲公司", "1"), ("乙公司", "")]) + newline
    path = write(tmp_path / "a.xlsx", text, encoding)
    assert read(path, "编号") == [(2, {"名称": "甲公司", "编号": "1"}), (3, {"名称": "乙公司", "编号": None})]
    assert columns_of(path) == ("名称", "编号")


def test_rare_characters_of_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "名称,x\n𫖯㛃䶮,1\n", "gb18030")
    assert read(path) == [(2, {"名称": "𫖯㛃䶮", "x": "1"})]


def test_lines_are_physical(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\n\na,b\n1,"x\ny\nz"\n\n , \n2,w\n3,v,\n4,u,!\n5\n')
    assert read(path) == [
        (4, {"a": "1", "b": "x\ny\nz"}),
        (9, {"a": "2", "b": "w"}),
        (10, {"a": "3", "b": "v", "column 3": None}),
        (11, "ragged-row"),
        (12, "ragged-row"),
    ]


def test_a_ragged_row_is_kept_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n1,2,3\n")
    (fault,) = read_rows(path)
    assert isinstance(fault, SourceError)
    assert fault.row.values == {"a": "1", "b": "2", "column 3": "3"}
    assert (fault.row.line, fault.line) == (2, 2)


def test_columns_without_a_name(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.csv", ",a,\n0,1,\n")) == [(2, {"column 1": "0", "a": "1", "column 3": None})]


@pytest.mark.parametrize("bad", ["\xff", "\x80"])
def test_damaged_utf8_is_not_taken_for_gb18030(tmp_path: Path, bad: str) -> None:
    good = "名称,编号\n" + "甲乙丙丁戊己庚辛壬癸,1\n" * 3
    path = write(tmp_path / "a.csv", good.encode() + bad.encode("latin-1") + b"\xb8,2\n")
    fault = refused(path)
    assert (fault.code, fault.line) == ("bad-encoding", 5)
    assert f"byte {len(good.encode())} " in str(fault)


def test_neither_encoding(tmp_path: Path) -> None:
    good = "名称\n甲\n".encode("gb18030")
    fault = refused(write(tmp_path / "a.csv", good + b"ok\xff\xff\n"))
    assert (fault.code, fault.line) == ("bad-encoding", 3)
    assert f"byte {len(good) + 2} " in str(fault)


def test_bad_byte_far_into_the_file(tmp_path: Path) -> None:
    """Characters that straddle two pieces of the file must not shift the offset."""
    good = ("a\n" + "一二三四五六七八九十\n" * 70_000).encode()
    fault = refused(write(tmp_path / "a.csv", good + b"\xff\n"))
    assert fault.line == 70_002
    assert f"byte {len(good)} " in str(fault)


def test_missing_columns(tmp_path: Path) -> None:
    fault = refused(write(tmp_path / "a.csv", f"x,{ID}\n1,2\n"), "名称", "编号")
    assert fault.code == "bad-header"
    assert "名称, 编号" in str(fault)
    assert "x, " in str(fault)
    assert "right source" in str(fault)
    assert ID not in str(fault)


def test_the_right_source_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "限制高消费企业名称,案号,限高发布日期\n甲公司,1,2024-01-01\n")
    assert "court-limits" in refused(path, "名称").todo


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf \r\n", "empty-file"),
        (b"a,b,a\n1,2,3\n", "bad-header"),
        (b"a,b\n1,\x00\n", "unreadable"),
        ("a,b\n1,2\n".encode("utf-16"), "unreadable"),
        (b"%PDF-1.7", "unreadable"),
        (b"\x1f\x8b\x08", "unreadable"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "unreadable"),
        (b"PK\x03\x04 no archive", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT_CUR".encode("utf-16-le"), "macros"),
        (b'a,b\n1,"2\n3,4\n', "bad-quotes"),
        (b"[1,", "unreadable"),
        (b'[{"a": 1, "a": 2}]', "unreadable"),
        (b"[{}]\x00", "unreadable"),
        (b"[]", "empty-file"),
        (b"[" * 100_000, "unreadable"),
    ],
)
def test_broken_files(tmp_path: Path, content: bytes, code: str) -> None:
    assert refused(write(tmp_path / "a.csv", content)).code == code


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.csv: cannot be opened"):
        list(read_rows(tmp_path / "none.csv"))


def test_a_broken_quote_costs_one_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\n1,"x"y\n2,z\n')
    assert read(path) == [(2, "bad-quotes"), (3, {"a": "2", "b": "z"})]
    fault = next(read_rows(path))
    assert isinstance(fault, SourceError)
    assert fault.row.values == {"line": '1,"x"y\n'}


def test_huge_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n1," + "x" * 3_000_000 + "\n2,z\n")
    assert read(path) == [(2, "bad-quotes"), (3, {"a": "2", "b": "z"})]


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from('\n,"\t甲乙'), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_csv_round_trips(tmp_path: Path, rows: list[tuple[str, str]], encoding: str) -> None:
    """Whatever is written as it should be comes back, or is blank."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("名称", "编号"), *rows])
    path = write(tmp_path / "a.csv", out.getvalue(), encoding)
    if encoding == "gb18030" and _is_utf8(path.read_bytes()):
        return
    found = [r.values for r in read_rows(path) if isinstance(r, Row)]
    assert found == [{"名称": a or None, "编号": b or None} for a, b in rows if (a + b).strip()]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- workbooks --------------------------------------------------------------------------------------------


def workbook(path: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    day, instant = (
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    )
    for cells in sheets:
        sheet = book.add_worksheet()
        for y, row in enumerate(cells):
            for x, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write(y, x, value, instant)
                elif isinstance(value, date):
                    sheet.write(y, x, value, day)
                elif value is not None:
                    sheet.write(y, x, value)
    book.close()
    return path


def test_workbook_cells_are_text(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.csv",
        [
            [],
            ["a", "b", "c"],
            [],
            [5, 5.5, 0.1 + 0.2],
            [date(2020, 1, 2), datetime(2020, 1, 2, 3, 4), True],  # noqa: DTZ001
            ["007", "=HYPERLINK(1)", None],
            [1, 2, 3, 4],
        ],
    )
    assert read(path) == [
        (4, {"a": "5", "b": "5.5", "c": "0.3", "column 4": None}),
        (5, {"a": "2020-01-02", "b": "2020-01-02 03:04:00", "c": "TRUE", "column 4": None}),
        (6, {"a": "007", "b": "=HYPERLINK(1)", "c": None, "column 4": None}),
        (7, "ragged-row"),
    ]


def test_long_numbers_are_rounded_by_workbooks(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a", "b"], [ID, 1], [int(ID), 2], [123456789012345, 3]])
    assert [v for _, v in read(path)] == [
        {"a": ID, "b": "1"},
        "rounded-number",
        {"a": "123456789012345", "b": "3"},
    ]


def test_the_sheet_with_the_columns_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["说明"]], [["名称"], ["甲"]], [])
    assert read(path, "名称") == [(2, {"名称": "甲"})]
    assert columns_of(path) == ("说明",)
    assert columns_of(path, ("名称",)) == ("名称",)
    assert refused(path, "编号").code == "bad-header"
    twice = workbook(tmp_path / "b.xlsx", [["名称"], ["甲"]], [["名称"], ["乙"]])
    assert "2 sheets" in str(refused(twice, "名称"))


def test_a_wrong_dimension_hides_no_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], *[[i] for i in range(100)]])
    with zipfile.ZipFile(path) as z:
        parts = {i.filename: z.read(i) for i in z.infolist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:A101"/>' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'ref="A1:A101"', b'ref="A1"')
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in parts.items():
            z.writestr(name, data)
    assert len(read(path)) == 100


def test_empty_workbook(tmp_path: Path) -> None:
    assert refused(workbook(tmp_path / "a.xlsx", [])).code == "empty-file"


def test_macros(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], [1]])
    with zipfile.ZipFile(path, "a") as z:
        z.writestr("xl/vbaProject.bin", b"x")
    assert refused(path).code == "macros"


def test_bombs(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/big.xml", b"\0" * 30_000_000)
    assert refused(path).code == "zip-bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("xl/workbook.xml", b"x")
    data = bytearray(path.read_bytes())  # says that it unpacks to 1 GB
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**30)
    assert refused(write(path, bytes(data))).code == "zip-bomb"


def test_archives_that_are_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("data.csv", "a,b\n")
    assert "not a workbook" in str(refused(path))
    data = bytearray(path.read_bytes())
    data[6] |= 1  # encrypted entries
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert refused(write(path, bytes(data))).code == "encrypted"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_workbooks_are_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "whole.xlsx"
    if not path.exists():
        workbook(path, [["a", "b"], *[[i, f"名称{i}"] for i in range(30)]])
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    bad = write(tmp_path / "bad.xlsx", bytes(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))]))
    with contextlib.suppress(SourceError):
        list(read_rows(bad))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused_or_read(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a.csv", content)
    with contextlib.suppress(SourceError):
        assert all(isinstance(row, Row | SourceError) for row in read_rows(path))


@pytest.mark.parametrize("text", ['""', '"\n"', '"",""\n'])
def test_quotes_around_nothing_are_no_header(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="no column names"):
        list(read_rows(write(tmp_path / "a.csv", text)))


# --- JSON -------------------------------------------------------------------------------------------------


def test_json_numbers_stay_as_written(tmp_path: Path) -> None:
    text = '[{"a": 0.20, "b": 123456789012345678, "c": null, "d": true, "e": "", "f": [1, {"x": 1.0}]}, {"a": 1e5}]'
    path = write(tmp_path / "a.txt", text)
    assert read(path, "a", "f") == [
        (
            1,
            {
                "a": "0.20",
                "b": "123456789012345678",
                "c": None,
                "d": "true",
                "e": None,
                "f": '["1", {"x": "1.0"}]',
            },
        ),
        (2, {"a": "1e5"}),
    ]
    assert columns_of(path) == ("a", "b", "c", "d", "e", "f")
    assert refused(path, "z").code == "bad-header"


def test_json_lines(tmp_path: Path) -> None:
    text = '\n{"名称": "甲"}\n\n{"名称": "乙"\n[1]\n{"名称": NaN}\n{"编号": 1, "编号": 2}\n{"编号": 3}\n'
    for encoding in ("utf-8-sig", "gb18030"):
        assert read(write(tmp_path / "a.json", text, encoding), "编号") == [
            (1, {"名称": "甲"}),
            (2, "bad-json"),
            (3, "bad-json"),
            (4, "bad-json"),
            (5, "bad-json"),
            (6, {"编号": "3"}),
        ]


def test_one_object_over_several_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps({"a": 1, "b": "甲"}, indent=1))
    assert read(path) == [(1, {"a": "1", "b": "甲"})]


def test_records_that_are_no_objects(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.json", '[{"a": 1}, 5, "x"]')) == [
        (1, {"a": "1"}),
        (2, "bad-json"),
        (3, "bad-json"),
    ]


def test_hash(tmp_path: Path) -> None:
    path = write(tmp_path / "a", b"x" * 3_000_000)
    assert sha256_of(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()
