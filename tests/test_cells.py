"""What cells of workbooks mean beside their values: formats of numbers, errors, formulas, merges, of every kind of workbook."""

import base64
import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from graph_model.errors import SourceError
from loaders.drafts import Row
from loaders.reading.cell_notes import as_shown
from loaders.reading.rows import read_rows

HEADER = ["名称", "比例", "金额", "代码"]
SHOWN = [["林邑一号有限公司", "25%", "5万元", "000091"], ["林邑二号有限公司", "33.33%", "50000", "7"]]

XLS = (
    "H4sIAAAAAAACA+1YTWgTQRT+ZpM0P03atDbFVgilYNVaJOLFS7ta0YJgTG1BEUFbLbGkJBI8WC9Wa0BQoUXwDz0UquCl6sUftKA3BaH+IghCYo"
    "9eKij20HZ983ZXU7NCA1qw7LfMm5nvzZt9mZ83k305UZEduVubw29ogQNzmhcleZyg5DUrQZBe02TRzD2UNBv/FbwemsgSFx4FXrjlHMr5zkHB"
    "HedTksAnSvtwBNFUsqduEdHKPnQJ6UMzSYFrxJShhr2qZHmQ5TKWt7nlY5abmDnPspnaZsVeTKjRxo3GKt6j1LOuDLLf+2zzgZn1COGZXMUnho"
    "Te1oXN6d6uPltRoAg7/RgFLZq2nmRPWtZDuEExQESwDhF66uGObmmvR9hZiptyYUUYWVRRZRTftDrgqxlOntTZ/OLyAsRPz+fdf+A9FPeteC/N"
    "uBXvowm34ktJY8X74SzgLyhOYADaAd79GWrjc0mNIg6fQXQG2zlWyUT6QOdUP2VvE2d3UvZq+Pplyiaj4hitx0vx4SFEv3d447GLfe3THQZ1Lo"
    "/yyZONI2FwXiQMcITwkzyEci5XcJwI0ojM3Pryekd3TN3PzACffvoZuVJ6Dg0npQUZl7HGwVJqGtliLctT3OsKLteyrKINRnlDLGQUtg1ym9Os"
    "baD3bGC8UVfllVdTOfO5/UE4M6muofJYW+541dh7dYS2oZe8F/wMokk0iatXJB6qZi6MePqRZU1BbPUoQcN3zbgIlGMWPi5WsNRrcnTEz5pijJ"
    "Vec1DNYfQlLPoS3JccnXEsZ18rEWcPqnlMkkL2Ia0VC2uFreXycCh6VA+hNzWVed75Th3nX6dQP60B6UWYvWlRKnFPmtFp8Qs+2LBhw4YNGzZs"
    "LHUIvqnpt1N5+3IZN1+38V1nltKc/ZlkyWIXUvQcpf9eW5GkPI3+otZPNVzC7Ess0Mb8Xiixm96eRgLd7Eei6PVLd3uR/3sWbBj8e1uo2PfPFe"
    "PnP37/D8o1RRYAFgAA"
)
"""The same as an .xls, as a library for these wrote it; packed."""

ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.3">
<office:body><office:spreadsheet><table:table table:name="表一">ROWS</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def ods(path: Path, *rows: str) -> Path:
    """A sheet of rows, each cells as ODF has them, divided by |."""
    text = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell {cell}</table:table-cell>" for cell in row.split("|"))
        + "</table:table-row>"
        for row in rows
    )
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("content.xml", ODS.replace("ROWS", text).replace("<covered", "<table:covered-table-cell"))
        out.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


def text(said: str) -> str:
    return f'office:value-type="string"><text:p>{said}</text:p>'


def number(value: str, said: str, kind: str = "float") -> str:
    return f'office:value-type="{kind}" office:value="{value}"><text:p>{said}</text:p>'


def book(path: Path) -> Path:
    if path.suffix == ".xls":
        path.write_bytes(gzip.decompress(base64.b64decode(XLS)))
    elif path.suffix == ".ods":
        ods(
            path,
            "|".join(map(text, HEADER)),
            "|".join(
                [
                    text(SHOWN[0][0]),
                    number("0.25", "25%", "percentage"),
                    number("5", "5.00万元"),
                    number("91", "000091"),
                ]
            ),
            "|".join(
                [
                    text(SHOWN[1][0]),
                    number("0.3333", "33%", "percentage"),
                    number("50000", "50,000.00"),
                    number("7", "7"),
                ]
            ),
        )
    else:
        with xlsxwriter.Workbook(str(path)) as out:
            form = {
                code: out.add_format({"num_format": code})
                for code in ("0%", "0.00%", '0.00"万元"', "000000", "#,##0.00")
            }
            sheet = out.add_worksheet("表一")
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, [SHOWN[0][0]])
            sheet.write_number(1, 1, 0.25, form["0%"])
            sheet.write_number(1, 2, 5, form['0.00"万元"'])
            sheet.write_number(1, 3, 91, form["000000"])
            sheet.write_row(2, 0, [SHOWN[1][0]])
            sheet.write_number(2, 1, 0.3333, form["0.00%"])
            sheet.write_number(2, 2, 50000, form["#,##0.00"])
            sheet.write_number(2, 3, 7)
    return path


@pytest.mark.parametrize("ending", [".xlsx", ".xls", ".ods", ".csv"])
def test_a_number_means_what_its_format_says_in_every_kind_of_workbook(tmp_path: Path, ending: str) -> None:
    path = book(tmp_path / f"a{ending if ending != '.csv' else '.xls'}")
    if ending == ".csv":  # told by what it is, never by its name
        path = path.rename(tmp_path / "a.csv")
    rows = [list(row.values.values()) for row in read_rows(path) if isinstance(row, Row)]
    assert rows == SHOWN


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("0.25", "0%", "25%"),
        ("0.07", "0.0%", "7%"),
        ("-0.5", "0.00%;[Red]-0.00%", "-50%"),
        ("5", '0.00"万元"', "5万元"),
        ("1.5", "#,##0.0\\亿", "1.5亿"),
        ("91", "000000", "000091"),
        ("12", '"第"0"号"', "第12号"),
        ("7", "[$$-409]#,##0.00", "$7"),
        ("7", "[$￥-804]#,##0.00", None),
        ("7", "_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ", None),
        ("3", '0"天"', None),  # what is counted is no unit of the number
        ("12345", '0!.0,"万"', None),  # told in ten thousands: the value is the number
        ("12345", '#,##0,"千元"', None),
        ("5", "General", None),
        ("5", "#,##0.00", None),
        ("45363", 'yyyy"年"m"月"d"日"', None),
        ("0.5", "# ?/?", None),
        ("5", "0.00E+00", None),
        ("5", '[>=10000]0.0,"万";0', None),
        ("5", "@", None),
    ],
)
def test_what_a_format_adds_to_a_number(value: str, code: str, shown: str | None) -> None:
    assert as_shown(Decimal(value), code) == shown


def test_cells_of_an_open_document_that_tell_nothing_or_are_merged(tmp_path: Path) -> None:
    path = ods(
        tmp_path / "a.ods",
        "|".join(map(text, HEADER[:3])),
        'table:number-rows-spanned="3" ' + text("林邑一号有限公司") + "|" + number("1", "1") + "|" + text("甲"),
        ">|" + 'table:formula="of:=1/0" calcext:value-type="error" ' + text("#DIV/0!") + "|" + text("乙"),
        ">|" + 'table:formula="of:=A1">|' + text("丙"),
        text("林邑二号有限公司") + "|" + number("1", "1") + "|" + text("丁"),
    )
    told = [item.values if isinstance(item, Row) else item.code for item in read_rows(path)]
    assert told == [
        {"名称": "林邑一号有限公司", "比例": "1", "金额": "甲"},
        "error-value",
        "no-value",
        {"名称": "林邑二号有限公司", "比例": "1", "金额": "丁"},
    ]


def test_a_line_with_nothing_but_a_formula_without_value_is_no_blank_line(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as out:
        sheet = out.add_worksheet()
        sheet.write_row(0, 0, ["名称", "金额"])
        sheet.write_row(1, 0, ["甲公司", "1"])
        for line in (2, 5):
            sheet.write_formula(line, 0, "=A1", None, "")
        sheet.write_row(4, 0, ["乙公司", "1"])
    found = [(item.line, item.code if isinstance(item, SourceError) else "") for item in read_rows(path)]
    assert found == [(2, ""), (3, "no-value"), (5, ""), (6, "no-value")]
