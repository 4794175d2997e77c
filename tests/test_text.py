"""Text as departments send it: what a reader takes for the same is the same, what says nothing is nothing, nobody is nobody."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.identifiers import citizen_check_digit, citizen_id_faults, name_key, normalise_code, uscc_faults
from graph_model.names import is_masked, is_nobody
from graph_model.text import ALIKE, INVISIBLE, clean, is_nothing, is_ordinary
from loaders.drafts import Row

NAME = "长沙云渡金石食品有限公司"


@given(st.text())
def test_cleaning_is_done_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert is_ordinary(text) <= (clean(text) == text)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)), st.sampled_from("（）()·《》，。-A1a 　"))
def test_ordinary_text_stays_as_it_is_written(text: str, sign: str) -> None:
    text = f"{text}{sign}{text}"
    assert clean(text) == text.replace("\u3000", " ")


@given(st.lists(st.sampled_from([c for c in INVISIBLE if c not in ALIKE]), max_size=5), st.integers(0, len(NAME)))
def test_what_nobody_sees_is_not_there(hidden: list[int], at: int) -> None:
    assert clean(NAME[:at] + "".join(map(chr, hidden)) + NAME[at:]) == NAME


@given(st.sampled_from(sorted(c for c in ALIKE if ALIKE[c].isalnum())))
def test_a_character_is_the_one_that_it_is_taken_for(code: int) -> None:
    standard = unicodedata.normalize("NFKC", chr(code))
    assert clean(chr(code)) in (standard, ALIKE[code])
    assert name_key(f"云渡{chr(code)}") == name_key(f"云渡{clean(chr(code))}")
    assert clean(chr(code)) == clean(clean(chr(code)))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\u2ed3沙云渡\u2fa6\u2f6f\u2edd品有限公司", NAME),
        ("\uf907\uf9d1", "龜六"),
        ("云渡&nbsp;食品", "云渡 食品"),
        ("甲&amp;amp;乙", "甲&乙"),
        ("甲<br/>乙", "甲\n乙"),
        ("甲_x000D_\n乙", "甲\r\n乙"),
        ("甲\\u3000乙\\xa0丙", "甲 乙 丙"),
        ("ï»¿甲", "甲"),
        ("'914301020001", "914301020001"),
        ('="00123456"', "00123456"),
        ("cafe\u0301", "café"),
        ("\ufb01nance", "finance"),
        ("罗\ue863", "罗䶮"),
        ("A&B", "A&B"),
        ("'s", "'s"),
    ],
)
def test_what_exports_and_copying_leave(written: str, read: str) -> None:
    assert clean(written) == read


@pytest.mark.parametrize(
    "text",
    [
        *(
            [
                "\\N",
                "NULL",
                "null",
                "Null",
                "(null)",
                "<NA>",
                "undefined",
                "NaT",
                "nan",
                "NaN",
                "None",
                "nil",
                "#N/A",
                "N/A",
                "n/a",
                "NA",
                "[null]",
                "#NULL!",
            ]
        ),
        *(
            [
                "无",
                "暂无",
                "-",
                "--",
                "——",
                "/",
                "//",
                "***",
                "未公示",
                "不详",
                "未知",
                "空",
                "不适用",
                "（无）",
                "【无】",
                "＜ＮＡ＞",
                "－",
            ]
        ),
        *("", " ", "\u3000", " 无 ", "\u200b-"),
    ],
)
def test_what_says_nothing_is_an_empty_cell(text: str) -> None:
    assert is_nothing(clean(text))
    row = Row("a.csv", 2, {"甲": text, "乙": "云渡"})
    assert row.get("甲") is None
    assert row.raw["甲"] == (text or row.raw["甲"])
    assert row.get("乙") == "云渡"


@pytest.mark.parametrize(
    "text", ["0", "√", "×", "无锡", "无锡云渡公司", "A", "100%", "空军医院", "NAN云渡", "未来公司", "-5"]
)
def test_what_says_something_stays(text: str) -> None:
    assert not is_nothing(text)
    assert Row("a.csv", 2, {"甲": text}).get("甲") == text


def test_a_row_keeps_what_was_written() -> None:
    row = Row("a.csv", 2, {"名称": "\u2ed3沙\u200b云渡", "法人": "无", "日期": "2024-03-12"})
    assert row.values == {"名称": "长沙云渡", "法人": None, "日期": "2024-03-12"}
    assert row.raw == {"名称": "\u2ed3沙\u200b云渡", "法人": "无", "日期": "2024-03-12"}
    assert Row("a.csv", 2, {**row.values}).raw == row.values
    assert row.fault("法人", "x").value == "无"


def test_json_in_a_cell_stays_json() -> None:
    row = Row("a.json", 1, {"properties": '{"name": ["A &quot;B&quot;", "\u200b云渡"]}'})
    assert row.get("properties") == '{"name": ["A \\"B\\"", "云渡"]}'


@pytest.mark.parametrize(
    "name",
    [
        "罗*",
        "罗**",
        "罗某",
        "罗某某",
        "某某",
        "罗××",
        "罗XX",
        "罗X云",
        "罗○○",
        "罗□云",
        "罗先生",
        "×",
        "***",
        "云渡**有限公司",
        "云渡XX有限公司",
        "某公司",
        "云渡?食品有限公司",
        "供应商-A",
        "供应商A",
        "供应商一",
        "法人1",
        "客商1",
        "A客户",
        "A",
        "B公司",
        "第一大客户",
        "客户一",
        "第一名",
        "股东2",
        "同上",
        "未公示",
        "罗�",
        "〃",
        "Supplier A",
        "Customer-12",
        "company no. 3",
        "Anonymous",
        "无名氏",
        "被处罚人",
        "自然人股东",
        "罗云等3人",
        "罗云等人",
        "A有限公司",
        "12345",
        "罗_",
    ],
)
def test_nobody(name: str) -> None:
    assert is_nobody(name)


@pytest.mark.parametrize(
    "name",
    [
        "罗云",
        "甲公司",
        "甲骨文软件公司",
        "TCL集团",
        "A站网络公司",
        "云渡A食品有限公司",
        "云渡供应商服务有限公司",
        "MAX XX-Large Inc.",
        "第一百货公司",
        "罗莫",
        "买买提·艾力",
        "3M公司",
        "Company of Heroes Ltd",
        "Unknown Pleasures Ltd",
        "平等人力资源公司",
        "58同城",
        "大客户营销有限公司",
        "Yundu A Ltd",
        "X-Ray Ltd",
    ],
)
def test_somebody(name: str) -> None:
    assert not is_nobody(name)


def test_masks_are_seen_beside_letters() -> None:
    assert is_masked("罗*")
    assert not is_masked("XXL云渡服饰")
    assert not is_masked("LEXX云渡")


def test_an_id_number_is_no_credit_code_even_where_it_would_pass() -> None:
    found = 0
    for n in range(400):
        first = f"519901{1950 + n % 60}0101{n:03}"
        number = first + citizen_check_digit(first)
        assert uscc_faults(normalise_code(number) or "")
        found += "it is a citizen id number" in uscc_faults(number)
        assert not citizen_id_faults(number)
    assert found, "some pass as a credit code"
