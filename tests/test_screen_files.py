"""Files of `screen`: layouts, what may be written, rows kept, a run that was killed. No graph: the answers are invented."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from api.cli import screen as screening
from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import citizen_id_faults, mask_id, reg_check_digit
from loaders.reading.tables import TableOut, guarded, guess, masked, masks, open_table
from queries.screen import SCREEN_COLUMNS
from tests.support.invented import citizen, code
from tests.support.screens import Invented, run


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(
        f"企业名称,统一社会信用代码,备注\n甲公司,{code(1)},=1+1\n乙公司,,＝cmd\n丙公司,x,\n", encoding="utf-8"
    )
    return path


# --- layouts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["企业名称", "统一社会信用代码", "电话"], {"name": ["企业名称"], "code": ["统一社会信用代码"]}),
        (["credit_code", "Company Name"], {"code": ["credit_code"], "name": ["Company Name"]}),
        (["姓名", "身份证号"], {"name": ["姓名"], "number": ["身份证号"]}),
        (["单位名称", "姓名", "身份证号"], {"name": ["单位名称"]}),
        (["key"], {"number": ["key"]}),
        (["注册号", "股票代码", "名称"], {"number": ["注册号", "股票代码"], "name": ["名称"]}),
        (["处罚机关", "罚款金额"], {}),
    ],
)
def test_columns_are_guessed_by_their_names(header: list[str], found: dict[str, list[str]]) -> None:
    assert guess(header) == found


def test_a_column_that_is_named_is_taken_and_nothing_is_guessed_beside_it(plain: Path, tmp_path: Path) -> None:
    screener = Invented()
    done = run(plain, tmp_path / "out.csv", screener, given={"name": ["企业名称"]})
    assert done.columns == {"name": ["企业名称"]}
    assert screener.asked == [[("name", "甲公司")], [("name", "乙公司")], [("name", "丙公司")]]
    with pytest.raises(BadRequest, match="there is no column 无此列; the file has 企业名称"):
        run(plain, tmp_path / "out.csv", given={"code": ["无此列"]})


def test_a_file_that_names_nobody_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("处罚机关,罚款金额\n某局,1\n", encoding="utf-8")
    with pytest.raises(BadRequest, match="no column says who is meant"):
        run(path, tmp_path / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def same_table(folder: Path, kind: str) -> Path:
    """One table in each form."""
    header, rows = ["企业名称", "统一社会信用代码"], [["甲公司", code(1)], ["乙公司", None], ["丙公司", "0012"]]
    path = folder / f"in.{kind}"
    if kind == "csv":
        path.write_text("\n".join(",".join(c or "" for c in row) for row in [header, *rows]), encoding="gb18030")
    elif kind == "json":
        path.write_text(json.dumps([dict(zip(header, row, strict=True)) for row in rows]), encoding="utf-8")
    elif kind == "parquet":
        pl.DataFrame(rows, schema=header, orient="row").write_parquet(path)
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for n, row in enumerate([header, *rows]):
                for m, cell in enumerate(row):
                    if cell is not None:
                        sheet.write_string(n, m, cell)
    return path


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".xlsx", ".parquet"])
def test_every_form_in_gives_the_same_rows_in_every_form_out(tmp_path: Path, kind: str, ending: str) -> None:
    to = tmp_path / f"out{ending}"
    done = run(same_table(tmp_path, kind), to)
    assert (done.rows, done.results) == (3, {"clear": 3})
    if ending == ".csv":
        head, *rows = table(to)
    elif ending == ".jsonl":
        told = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
        head, rows = list(told[0]), [list(row.values()) for row in told]
    elif ending == ".xlsx":
        head, *rows = CalamineWorkbook.from_path(to).get_sheet_by_index(0).to_python()
    else:
        frame = pl.read_parquet(to)
        head, rows = frame.columns, [list(row) for row in frame.iter_rows()]
        assert frame.schema["screen_distance"] == pl.Int64
        assert frame.schema["screen_complete"] == pl.Boolean
    assert head == ["企业名称", "统一社会信用代码", *(f"screen_{name}" for name in SCREEN_COLUMNS)]
    assert [[c or "" for c in row[:2]] for row in rows] == [["甲公司", code(1)], ["乙公司", ""], ["丙公司", "0012"]]
    at = head.index("screen_position")
    assert [float(str(row[at])) for row in rows] == [7.0, 7.0, 7.0]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f"in.{kind}", to.name])


def test_numbers_and_flags_are_written_as_such(tmp_path: Path) -> None:
    out = TableOut(tmp_path / "out.csv", ["a", "b"], ["a"], ["b"])
    assert out.lines([[0, False], [12, True], [None, None], ["", "-1"]]).decode() == "0,no\r\n12,yes\r\n,\r\n,'-1\r\n"


def test_columns_of_an_earlier_screening_stay(plain: Path, tmp_path: Path) -> None:
    run(plain, tmp_path / "a.csv")
    run(tmp_path / "a.csv", tmp_path / "b.csv")
    head = table(tmp_path / "b.csv")[0]
    assert "screen_result" in head
    assert "screen2_result" in head
    assert len(set(head)) == len(head)


@pytest.mark.parametrize("name", ["out.xls", "out", "out.json"])
def test_an_output_of_another_form_is_refused(plain: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest, match=r"must end in \.csv"):
        run(plain, tmp_path / name)


def test_the_input_is_never_overwritten(plain: Path) -> None:
    before = plain.read_bytes()
    with pytest.raises(BadRequest, match="is the input itself"):
        run(plain, plain)
    assert plain.read_bytes() == before


def test_a_damaged_parquet_is_a_fault_of_the_file(tmp_path: Path) -> None:
    for n, content in enumerate((b"PAR1", b"PAR1" + os.urandom(300) + b"PAR1", b"PAR1\x00\x00\x00\x00PAR1")):
        path = tmp_path / f"{n}.parquet"
        path.write_bytes(content)
        with pytest.raises(SourceError, match="no Parquet that can be read"):
            open_table(path)


# --- rows in, rows out ------------------------------------------------------------------------------------


def test_rows_that_cannot_be_read_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('企业名称,备注\n甲公司,a\n乙公司,b,多出\n丙公司\n企业名称,备注\n丁公司,"x\ny"\n', encoding="utf-8")
    done = run(path, tmp_path / "out.csv")
    head, *rows = table(tmp_path / "out.csv")
    at = {name: head.index(f"screen_{name}") for name in ("result", "note")}
    assert [row[0] for row in rows] == ["甲公司", "乙公司", "丙公司", "企业名称", "丁公司"]
    assert [row[at["result"]] for row in rows] == ["clear", "unreadable", "unreadable", "unreadable", "clear"]
    assert "多出" in rows[1][at["note"]]
    assert done.results == {"clear": 2, "unreadable": 3}
    assert rows[4][1] == "x\ny"


def test_an_empty_list_is_no_clear_list(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("企业名称\n", encoding="utf-8")
    done = run(path, tmp_path / "out.csv")
    assert (done.rows, done.results) == (0, {})
    assert len(table(tmp_path / "out.csv")) == 1


def test_fields_that_only_later_records_have_are_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [{"name": f"公司{n}"} for n in range(1_200)]
    rows[1_100]["late"] = "晚到"
    path.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    run(path, tmp_path / "out.csv")
    head, *out = table(tmp_path / "out.csv")
    assert len(out) == 1_200
    assert "late: 晚到" in out[1_100][head.index("screen_note")]


# --- what may be written ----------------------------------------------------------------------------------

RISKY = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    out = guarded(text)
    assert not out.startswith(RISKY)
    assert out == text or (out == f"'{text}" and text.startswith((*RISKY, "\n")))


@pytest.mark.parametrize("sign", [s for s in RISKY if s != "\0"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_formulas_in_cells_and_headers_do_not_run(tmp_path: Path, sign: str, ending: str) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([{"name": f"{sign}cmd|' /C calc'!A0", f"{sign}h": "http://x"}]), encoding="utf-8")
    to = tmp_path / f"out{ending}"
    run(path, to)
    if ending == ".csv":
        head, row = table(to)
    else:
        head, row = CalamineWorkbook.from_path(to).get_sheet_by_index(0).to_python()
        raw = __import__("zipfile").ZipFile(to)
        assert b"<f>" not in raw.read("xl/worksheets/sheet1.xml")
        assert "xl/worksheets/_rels/sheet1.xml.rels" not in raw.namelist()
    assert not any(str(cell).startswith(RISKY) for cell in (*head, *row))
    assert str(row[0]).startswith("'")


def test_no_id_number_is_written_in_full(tmp_path: Path) -> None:
    number = citizen(7)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    old = number[:6] + number[8:17]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    path = tmp_path / "in.csv"
    cells = [f"张三,{n},说明{n}号" for n in (number, number.lower(), wide, old, f"{number[:6]} {number[6:]}")]
    cells.append(f"李四,{wrong},")
    cells.append(f"甲公司,{code(1)},")
    path.write_text("\n".join(["姓名,身份证号,备注", *cells]), encoding="utf-8")
    for ending in (".csv", ".jsonl", ".parquet", ".xlsx"):
        screener = Invented()
        screener.screen = lambda rows: [{"result": "clear", **Invented().when} for _ in rows]
        to = tmp_path / f"out{ending}"
        run(path, to, screener)
        text = to.read_bytes().decode("utf-8", "replace")
        if ending in (".csv", ".jsonl"):
            for secret in (number, number.lower(), wide, old, wrong, number[6:17]):
                assert secret not in text
            assert mask_id(number) in text


def test_codes_are_not_masked() -> None:
    how = masks(["统一社会信用代码", "注册号", "身份证号", "备注"], {"code": ["统一社会信用代码"]})
    assert how == ["code", "reg", "id", "text"]
    digits = "913300001429130041"  # nobody's: its check digit is wrong
    assert masked(code(5), "code") == code(5)
    registered = "43010000000001" + reg_check_digit("43010000000001")
    assert masked(registered, "reg") == masked(registered, "code") == registered
    assert masked(digits, "code") != digits
    assert masked("订单20240101000012345678号", "text") == "订单20240101000012345678号"


@given(st.integers(1, 999), st.sampled_from(["code", "reg", "id", "text"]), st.text(max_size=5))
def test_an_id_number_is_masked_in_every_column(number: int, how: str, around: str) -> None:
    text = citizen(number)
    assert text not in masked(text, how)
    if how == "text" and not (around and (around[-1:].isdigit() or around[0].isdigit())):
        assert text not in masked(f"{around}，{text}，{around}", how)
    assert not citizen_id_faults(text)


# --- a run that was killed --------------------------------------------------------------------------------

CHILD = """
import sys
from pathlib import Path
from tests.support.screens import Invented, run
run(Path(sys.argv[1]), Path(sys.argv[2]), Invented(pause=0.05))
"""


@pytest.fixture
def long(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    text = io.StringIO()
    csv.writer(text).writerows([["企业名称", "n"], *([f"公司{n}", n] for n in range(41_234))])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def killed(path: Path, to: Path) -> int:
    """A run that is killed in its midst; rows that it had noted."""
    root = Path(__file__).resolve().parents[1]
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), str(to)], cwd=root)
    manifest = to.with_name(f".{to.name}.part.json")
    try:
        for _ in range(2_000):
            if manifest.exists() and json.loads(manifest.read_text())["rows"] >= 6_000:
                break
            assert child.poll() is None
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not to.exists()
    return json.loads(manifest.read_text())["rows"]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".xlsx", ".parquet"])
def test_a_killed_run_goes_on_and_the_file_is_the_same(long: Path, tmp_path: Path, ending: str) -> None:
    to, whole = tmp_path / f"out{ending}", tmp_path / f"whole{ending}"
    run(long, whole)
    done = killed(long, to)
    with to.with_name(f".{to.name}.part").open("ab") as file:
        file.write(b"written, and not noted\n")
    told: list[str] = []
    screener = Invented()
    summary = run(long, to, screener, tell=told.append)
    assert summary.resumed_at == done >= 6_000
    assert len(screener.asked) == 41_234 - done
    assert any(f"goes on after {done:,} rows" in text for text in told)
    assert summary.rows == sum(summary.results.values()) == 41_234
    if ending == ".xlsx":  # a workbook holds the time at which it was made
        sheets = [CalamineWorkbook.from_path(p).get_sheet_by_index(0).to_python() for p in (to, whole)]
        assert sheets[0] == sheets[1]
    else:
        assert to.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_what_an_earlier_run_did_counts_only_for_the_same_question(long: Path, tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    killed(long, to)
    kept = {p.name: p.read_bytes() for p in tmp_path.glob(".*")}

    def again(change: str, path: Path, screener: Invented, **more: Any) -> None:
        for name, content in kept.items():
            (tmp_path / name).write_bytes(content)
        told: list[str] = []
        assert run(path, to, screener, tell=told.append, **more).resumed_at == 0
        assert any("starts again" in text and change in text for text in told), told
        assert len(screener.asked) == 41_234

    again("position", long, Invented(position=8))
    rules = Invented()
    rules.stands["rules"] = "others"
    again("rules", long, rules)
    again("columns", long, Invented(), given={"name": ["n"]})
    long.write_bytes(long.read_bytes().replace(b",0\r\n", b",9\r\n", 1))
    again("input", long, Invented())


def test_a_torn_note_of_an_earlier_run_is_not_believed(long: Path, tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    killed(long, to)
    to.with_name(f".{to.name}.part").write_bytes(b"short")
    assert run(long, to).resumed_at == 0
    killed_again = tmp_path / "other.csv"
    killed(long, killed_again)
    killed_again.with_name(f".{killed_again.name}.part.json").write_text("{")
    assert run(long, killed_again).resumed_at == 0
    assert killed_again.read_bytes() == to.read_bytes()


def test_two_runs_do_not_write_one_file(plain: Path, tmp_path: Path) -> None:
    with (
        screening.FileLock(str(tmp_path / ".out.csv.lock")),
        pytest.raises(BadRequest, match=r"another run is writing out\.csv"),
    ):
        run(plain, tmp_path / "out.csv")


@pytest.mark.parametrize("text", ["=1", " =1", "\u3000＝1", "\u00a0 @SUM(1)", "\t1"])
def test_blanks_do_not_hide_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "甲公司", " a=1", "1-2"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text
