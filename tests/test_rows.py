"""Reading tables by content: encodings, line numbers, every broken file says what is wrong, no row is lost."""

import contextlib
import csv
import hashlib
import io
import json
import random
import struct
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import psutil
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.load.files import find_files
from loaders.reading import delimited, json_records, lines, rows, sheets
from loaders.reading.rows import columns_of, read_rows, sha256_of
from loaders.sources import SOURCES, fitting

ID = "430102198001010011"


def write(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, *columns: str) -> list[tuple[int | None, object]]:
    """(line, values) of rows, (line, code) of faults."""
    return [(r.line, r.values if isinstance(r, Row) else r.code) for r in read_rows(path, columns)]


def refused(path: Path, *columns: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(read_rows(path, columns, fitting=fitting))
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
    with pytest.raises(SourceError) as caught:
        find_files(SOURCES["shixin"], path)
    assert "fit court-limits" in caught.value.todo


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf \r\n", "empty-file"),
        (b"a,b,a\n1,2,3\n", "bad-header"),
        (b"a,b\n1,\x00\n", "unreadable"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "unreadable"),
        (b"%PDF-1.7", "unreadable"),
        (b"\x1f\x8b\x08", "unreadable"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "unreadable"),
        (b"PK\x03\x04 no archive", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT_CUR".encode("utf-16-le"), "macros"),
        (b'a,b\n1,"2\n3,4\n', "bad-quotes"),
        (b"[1,", "unreadable"),
        (b'[{"a": 1}, {"a": 2}', "unreadable"),
        (b'[{"a": 1} {"a": 2}]', "unreadable"),
        (b'[{"a": 1},]', "unreadable"),
        (b'[{"a": 1}]]', "unreadable"),
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


def test_a_header_that_stands_again_is_no_row(tmp_path: Path) -> None:
    text = "名称,编号,\n甲,1,\n名称, 编号 ,\n名称,2,\n\ufeff名称,编号,\n\ufeff乙,3,\n"
    cells = [["名称", "编号"], ["甲", 1], ["名称", " 编号 "], ["名称", 2], ["乙", 3]]
    for path in (write(tmp_path / "a.csv", text), workbook(tmp_path / "b.xlsx", cells)):
        found = [r.values["名称"] if isinstance(r, Row) else r.code for r in read_rows(path, ("名称",))]
        assert found[:3] == ["甲", "repeated-header", "名称"]
        assert found[-1] == "乙"
        kept = [r.row.values["编号"].strip() for r in read_rows(path) if isinstance(r, SourceError)]
        assert set(kept) == {"编号"}


def test_what_is_too_large_for_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_RECORD", 1000)
    monkeypatch.setattr(json_records, "MAX_RECORD", 1000)
    monkeypatch.setattr(lines, "MAX_COLUMNS", 30)
    monkeypatch.setattr(rows, "MAX_COLUMNS", 30)
    path = write(tmp_path / "a.csv", "a,b\n1,2\n" + "x" * 2000 + "\n")
    assert (refused(path).code, refused(path).line) == ("too-large", 3)
    assert refused(write(path, '{"a": "' + "x" * 2000 + '"}')).code == "too-large"
    wide = ",".join(f"c{i}" for i in range(31))
    assert refused(write(path, wide)).code == "bad-header"
    assert read(write(path, "a,b\n" + "," * 31 + "1\n1,2\n")) == [(2, "ragged-row"), (3, {"a": "1", "b": "2"})]


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
    found = [r.raw for r in read_rows(path) if isinstance(r, Row)]
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


SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def repacked(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as z:
        parts = {i.filename: z.read(i) for i in z.infolist()}
    assert parts[part].count(old) == 1
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in parts.items():
            z.writestr(name, data)
    return path


@pytest.mark.parametrize("said", [b"A1", b"A1:XFD1048576", b"C5:D6", b"", b"nonsense"])
def test_a_wrong_dimension_hides_no_rows(tmp_path: Path, said: bytes) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], *[[i] for i in range(100)]])
    repacked(path, SHEET, b'<dimension ref="A1:A101"/>', b'<dimension ref="' + said + b'"/>' if said else b"")
    if said == b"nonsense":
        assert refused(path).code == "unreadable"
    else:
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


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 12))
    + b"]>"
)


@pytest.mark.parametrize("part", [SHEET, STRINGS])
def test_entities_are_never_expanded(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a", "b"], ["here", 7]])
    head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    repacked(path, part, head, head + LAUGHS)
    repacked(path, part, *((b"<t>here</t>", b"<t>&a11;</t>") if part == STRINGS else (b"<v>7</v>", b"<v>&a11;</v>")))
    with contextlib.suppress(SourceError):
        assert all(len(v or "") < 100 for r in read_rows(path) if isinstance(r, Row) for v in r.values.values())


def test_a_cell_in_the_far_corner_ends_the_reader_only(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], [1]])
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    fault = refused(repacked(path, SHEET, b"</sheetData>", far))
    assert (fault.code, "memory" in str(fault), "far away" in fault.todo) == ("too-large", True, True)


def test_a_workbook_is_read_within_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty megabytes of XML, packed no better than a genuine workbook."""
    monkeypatch.setattr(sheets, "BOOK_MEMORY", 40 * 2**20)
    assert read(workbook(tmp_path / "small.xlsx", [["a"], [1]])) == [(2, {"a": "1"})]
    noise = random.Random(1)
    lines = (
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%032x</t></is></c></row>' % (n, n, noise.getrandbits(128))
        for n in range(2, 400_000)
    )
    path = workbook(tmp_path / "a.xlsx", [["a"]])
    repacked(path, SHEET, b"</sheetData>", b"".join(lines) + b"</sheetData>")
    fault = refused(path)
    assert (fault.code, "40 MB" in str(fault)) == ("too-large", True)


def test_a_workbook_is_read_within_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], [1]])
    monkeypatch.setattr(sheets, "BOOK_SECONDS", 0)
    assert refused(path).code == "too-large"


@pytest.mark.parametrize(
    "script",
    [
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 11)",
        "raise SystemExit(1)",
        "",
        "print('[[1, [\"a\"], null]', end='')",
        "print('[[1, [\"a\"], null]]'); print('[[2, [\"b\"], null]]')",  # it never says that this was all
    ],
)
def test_a_reader_that_breaks_down_is_a_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], [1]])
    monkeypatch.setattr(sheets, "BOOK_READER", write(tmp_path / "reader.py", script))
    assert "broke down" in str(refused(path))


def test_the_reader_ends_with_whoever_reads(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], *[[f"名称{i}" * 50] for i in range(5_000)]])
    found = read_rows(path)
    next(found)

    def readers() -> list[psutil.Process]:
        """Of this test; servers of other tests may run, or have ended, beside them."""
        found = []
        for child in psutil.Process().children():
            with suppress(psutil.Error):
                if str(sheets.BOOK_READER) in child.cmdline():
                    found.append(child)
        return found

    (child,) = readers()
    assert columns_of(path) == ("a",)
    assert readers() == [child]
    del found
    assert readers() == []


def test_the_reader_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a"], [1]])
    monkeypatch.setenv("CREDITGRAPH_ID_KEY", "ab" * 32)
    script = "import os, json; print(json.dumps({'fault': [' '.join(os.environ.values()), 'x', 'y']}))"
    monkeypatch.setattr(sheets, "BOOK_READER", write(tmp_path / "reader.py", script))
    assert "abab" not in refused(path).reason


def test_formulas_are_their_saved_value_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_formula(1, 0, "=1+1", None, 5)
    sheet.write_formula(1, 1, '=HYPERLINK("http://x")', None, "甲")
    sheet.write_formula(2, 0, '=DDE("cmd";"/c calc")', None, "")
    for line in (2, 3):
        sheet.write_string(line, 1, "=cmd|' /C calc'!A0")
    book.close()
    assert read(path) == [(2, {"a": "5", "b": "甲"}), (3, "no-value"), (4, {"a": None, "b": "=cmd|' /C calc'!A0"})]


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


def test_a_record_that_json_does_not_allow_costs_one_row(tmp_path: Path) -> None:
    bad = [
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": 1, " a": 2}',
        r'{"a": "\ud800"}',
        r'{"\u0000": 1}',
        r'{"a": {"b": "\udfff"}}',
    ]
    good = r'{"a": "\u7532\ud83d\ude00"}'
    for text in ("[" + ",\n".join([good, *bad, good]) + "]", "\n".join([good, *bad, good])):
        first, *faults, last = read_rows(write(tmp_path / "a.json", text))
        assert isinstance(first, Row)
        assert isinstance(last, Row)
        assert first.values == last.values == {"a": "甲😀"}
        assert [f.row.values["line"] for f in faults if isinstance(f, SourceError)] == bad


def test_a_long_array_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"n": str(i), "名称": "甲" * (i % 40), "v": [i, 1.5]} for i in range(300)]
    text = json.dumps(records, ensure_ascii=False, indent=1)
    path = write(tmp_path / "a.json", text.replace('"300"', "1.50E3"))
    whole = read(path)
    assert len(whole) == 300
    for size in (1, 2, 7, 64, 1000):
        monkeypatch.setattr(delimited, "CHUNK", max(size, 4))
        monkeypatch.setattr(json_records, "CHUNK", max(size, 4))
        monkeypatch.setattr(rows, "CHUNK", max(size, 4))
        assert read(path) == whole
    monkeypatch.setattr(delimited, "CHUNK", 64)
    monkeypatch.setattr(json_records, "CHUNK", 64)
    monkeypatch.setattr(rows, "CHUNK", 64)
    fault = refused(write(path, text.replace('"n": "250"', '"n" "250"')))
    assert fault.line == text[: text.index('"n": "250"')].count("\n") + 1
    assert "cut off" in str(refused(write(path, text[:-20])))
    monkeypatch.setattr(delimited, "MAX_RECORD", 1000)
    monkeypatch.setattr(json_records, "MAX_RECORD", 1000)
    assert refused(write(path, '[{"n": "' + "x" * 5000 + '"}]')).code == "too-large"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    records=st.lists(st.dictionaries(st.text('abc"\\名', min_size=1), st.text() | st.none(), min_size=1), max_size=6),
    size=st.integers(4, 50),
)
def test_arrays_and_lines_say_the_same(tmp_path: Path, records: list[dict[str, str | None]], size: int) -> None:
    whole, lines = tmp_path / "whole.json", tmp_path / "lines.json"
    write(whole, json.dumps(records))
    write(lines, "\n".join(json.dumps(r) for r in records))
    if not records:
        return
    with pytest.MonkeyPatch.context() as patch:
        for module in (delimited, json_records, rows):
            patch.setattr(module, "CHUNK", size)
        assert read(whole) == read(lines)


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
