"""Identifiers against published numbers, constructed faults and properties."""

import base64
import hmac
import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.identifiers import (
    ADULTS_SINCE,
    KeyedHash,
    adult_year,
    citizen_check_digit,
    citizen_id_18,
    citizen_id_faults,
    is_placeholder,
    mask_id,
    mask_ids_in,
    name_key,
    normalise_code,
    normalise_org_code,
    org_check_digit,
    org_code_valid,
    reg_check_digit,
    reg_number_valid,
    uscc_check_digit,
    uscc_faults,
    uscc_kind,
    uscc_org_code,
    uscc_warnings,
)
from graph_model.text import ALIKE, INVISIBLE, clean

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

REAL_CODES = [  # codes of large bodies, as published
    "914403001922038216",
    "9144030071526726XG",
    "91330100799655058B",
    "91110000600037341L",
    "111000000000143498",
]
MADE_CODES = {
    "91430100MA4T00019U": "company",
    "92430102MA4T00027G": "individual_business",
    "93431000MA4T00035J": "other",
    "11430000006123458L": "public_body",
    "12430000444800017R": "institution",
    "51430000501420011U": "social_organisation",
    "52430100MJJ500017P": "social_organisation",
    "53430000501420038D": "social_organisation",
    "31430000MD00001202": "other",
    "N2430124MF1234567D": "other",
    "A1110000MK00000117": "institution",
    "Y1430000MC0000012K": "other",
}
CITIZEN_IDS = [
    "11010519491231002X",  # the two examples of GB 11643
    "440524188001010014",
    "430102198001010011",
    "430481197505200027",
    "431003199912319999",
    "810000199408230021",  # residence permits of Hong Kong and Taiwan
    "830000199201300022",
]


def with_check(first17: str) -> str:
    return first17 + uscc_check_digit(first17)


class TestReading:
    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (" 91430100ma4t00019u ", "91430100MA4T00019U"),
            ("９１４３０１００ＭＡ４Ｔ０００１９Ｕ", "91430100MA4T00019U"),
            ("9143 0100\u3000MA4T\u00a00001\u200b9U\ufeff\n", "91430100MA4T00019U"),
            ("\u3000 \t", None),
            ("", None),
            (None, None),
            ("-", "-"),
        ],
    )
    def test_normalise(self, raw: str | None, code: str | None) -> None:
        assert normalise_code(raw) == code

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            " ",
            "无",
            "暂无",
            "N/A",
            "n/a",
            "-",
            "--",
            "－",
            "/",
            "NULL",
            "null",
            "None",
            "***",
            "0",
            "000000000",
            "00000000000000000X",
            "00000000000000000x",
            "０００００００００００００００００Ｘ",
            "000000000000000",
        ],
    )
    def test_placeholders(self, raw: str) -> None:
        assert is_placeholder(normalise_code(raw))

    @pytest.mark.parametrize("code", [*REAL_CODES, *MADE_CODES, *CITIZEN_IDS, "1", "110108000000016", "NAXX"])
    def test_codes_are_no_placeholders(self, code: str) -> None:
        assert not is_placeholder(code)

    @given(st.text())
    def test_normalise_is_idempotent(self, raw: str) -> None:
        once = normalise_code(raw)
        assert normalise_code(once) in (once, normalise_code(normalise_code(once)))
        assert once is None or not any(c.isspace() for c in once)


class TestUscc:
    @pytest.mark.parametrize("code", [*REAL_CODES, *MADE_CODES])
    def test_valid(self, code: str) -> None:
        assert uscc_faults(code) == ()
        assert uscc_warnings(code) == ()
        assert uscc_check_digit(code[:17]) == code[17]
        assert org_code_valid(uscc_org_code(code))

    @pytest.mark.parametrize(("code", "kind"), MADE_CODES.items())
    def test_kind(self, code: str, kind: str) -> None:
        assert uscc_kind(code) == kind

    @pytest.mark.parametrize(
        ("code", "clause"),
        [
            ("91430100MA4T00019", "17 characters"),
            ("91430100MA4T00019UU", "19 characters"),
            ("", "0 characters"),
            ("91430100MA4T0001OU", "does not use"),  # the letter O
            ("91430100MA4T00O19U", "does not use"),
            ("９1430100MA4T00019U", "does not use"),
            ("91430100ma4t00019u", "does not use"),  # not normalised
            ("91430100MA4T00019T", "check digit"),
            ("00000000000000000X", "check digit"),
            ("11100000000014349C", "check digit"),  # a misprint of 111000000000143498
            (with_check("94430100MA4T00019"), "begins with 94"),
            (with_check("B1430100MA4T00019"), "begins with B1"),
            (with_check("N5430100MA4T00019"), "begins with N5"),
            (with_check("00000000000000000"), "begins with 00"),
        ],
    )
    def test_faults(self, code: str, clause: str) -> None:
        assert any(clause in fault for fault in uscc_faults(code))
        assert uscc_warnings(code) == ()

    def test_all_faults_are_told(self) -> None:
        assert len(uscc_faults("00000000000000000X")) == 2

    @pytest.mark.parametrize(
        ("code", "clause"),
        [
            (with_check("91430100MA4T00018"), "organisation code"),
            (with_check("54430100" + "MA4T00019"), "not confirmed"),
            (with_check("9143010AMA4T00019"), "division code"),
        ],
    )
    def test_warnings_do_not_make_it_invalid(self, code: str, clause: str) -> None:
        assert uscc_faults(code) == ()
        (warning,) = uscc_warnings(code)
        assert clause in warning

    @pytest.mark.parametrize("code", ["", "0", "B1", "94"])
    def test_unknown_kind(self, code: str) -> None:
        assert uscc_kind(code) is None

    @given(
        st.text("0123456789", min_size=6, max_size=6),
        st.text(USCC_ALPHABET, min_size=8, max_size=8),
        st.data(),
    )
    def test_every_single_error_is_found(self, region: str, body: str, data: st.DataObject) -> None:
        code = with_check(f"91{region}{body}0")
        assert uscc_faults(code) == ()
        at = data.draw(st.integers(0, 17))
        wrong = data.draw(st.sampled_from([c for c in USCC_ALPHABET if c != code[at]]))
        assert "its check digit is wrong" in uscc_faults(code[:at] + wrong + code[at + 1 :])

    @pytest.mark.parametrize("first17", ["", "9143", "91430100MA4T0001O"])
    def test_check_digit_refuses(self, first17: str) -> None:
        with pytest.raises(ValueError, match="17 characters"):
            uscc_check_digit(first17)


class TestOlderCodes:
    @pytest.mark.parametrize("code", [code[8:17] for code in REAL_CODES])
    def test_org_codes(self, code: str) -> None:
        assert org_code_valid(code)
        assert org_check_digit(code[:8]) == code[8]
        assert not org_code_valid(code[:8] + ("1" if code[8] != "1" else "2"))

    def test_org_code_forms(self) -> None:
        assert normalise_org_code(" ma4t0001－9") == "MA4T00019"
        assert normalise_org_code("MA4T00019") == "MA4T00019"
        assert normalise_org_code("-") == "-"
        assert normalise_org_code(None) is None
        assert not org_code_valid("MA4T0001-9")
        assert not org_code_valid("")
        with pytest.raises(ValueError):
            org_check_digit("MA4T000")

    @pytest.mark.parametrize("number", ["440301103448669", "440301103097413", "110108000000016"])
    def test_reg_numbers(self, number: str) -> None:
        assert reg_number_valid(number)
        assert reg_check_digit(number[:14]) == number[14]

    @pytest.mark.parametrize("number", ["", "440301103448668", "44030110344866", "4403011034486６9", "44030110344866X"])
    def test_wrong_reg_numbers(self, number: str) -> None:
        assert not reg_number_valid(number)

    def test_reg_check_digit_refuses(self) -> None:
        with pytest.raises(ValueError, match="14 digits"):
            reg_check_digit("4403")

    @given(st.text("0123456789", min_size=14, max_size=14), st.data())
    def test_every_single_error_in_a_reg_number_is_found(self, first14: str, data: st.DataObject) -> None:
        number = first14 + reg_check_digit(first14)
        at = data.draw(st.integers(0, 14))
        wrong = data.draw(st.sampled_from([c for c in "0123456789" if c != number[at]]))
        assert reg_number_valid(number)
        assert not reg_number_valid(number[:at] + wrong + number[at + 1 :])


BIRTHS = st.dates(date(1900, 1, 1), date(2026, 6, 30))


@st.composite
def citizen_ids(draw: st.DrawFn) -> str:
    area = draw(st.text("0123456789", min_size=6, max_size=6))
    order = draw(st.text("0123456789", min_size=3, max_size=3))
    first17 = area + f"{draw(BIRTHS):%Y%m%d}" + order
    return first17 + citizen_check_digit(first17)


class TestCitizenId:
    @pytest.mark.parametrize("number", CITIZEN_IDS)
    def test_valid(self, number: str) -> None:
        assert citizen_id_faults(number) == ()

    @pytest.mark.parametrize(
        ("number", "clause"),
        [
            ("", "0 characters"),
            ("43010219800101001", "17 characters"),
            ("430102800101001", "15 characters"),
            ("430102198001010012", "check digit"),
            ("43010219800101001x", "not 17 digits"),
            ("４30102198001010011", "not 17 digits"),
            ("430102********0011", "not 17 digits"),
            ("X30102198001010011", "not 17 digits"),
            ("43010219800230001" + citizen_check_digit("43010219800230001"), "does not exist"),
            ("43010219801301001" + citizen_check_digit("43010219801301001"), "does not exist"),
            ("43010212800101001" + citizen_check_digit("43010212800101001"), "not plausible"),
            ("43010229800101001" + citizen_check_digit("43010229800101001"), "not plausible"),
        ],
    )
    def test_faults(self, number: str, clause: str) -> None:
        faults = citizen_id_faults(number)
        assert any(clause in fault for fault in faults)
        assert not number or all(number not in fault for fault in faults)

    @given(citizen_ids(), st.data())
    def test_every_single_error_is_found(self, number: str, data: st.DataObject) -> None:
        assert citizen_id_faults(number) == ()
        at = data.draw(st.integers(0, 17))
        wrong = data.draw(st.sampled_from([c for c in "0123456789X" if c != number[at]]))
        assert citizen_id_faults(number[:at] + wrong + number[at + 1 :])

    def test_old_numbers(self) -> None:
        assert citizen_id_18("110105491231002") == "11010519491231002X"
        assert citizen_id_18("430102800101001") == "430102198001010011"
        for wrong in ("", "43010280010100X", "430102198001010011"):
            with pytest.raises(ValueError, match="15 digits"):
                citizen_id_18(wrong)

    def test_check_digit_refuses(self) -> None:
        with pytest.raises(ValueError, match="17 digits"):
            citizen_check_digit("4301021980010100X")


class TestMasking:
    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("430102198001010011", "**************0011"),
            ("11010519491231002X", "**************002X"),
            ("430102198301010012", "****************12"),
            ("430102800101001", "************001"),
            ("E12345678", "*******78"),
            ("12345", "****5"),
            ("123", "***"),
            ("", ""),
        ],
    )
    def test_mask(self, number: str, masked: str) -> None:
        assert mask_id(number) == masked
        assert mask_id(masked) == masked

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("张三(430102198001010011)任董事", "张三(**************0011)任董事"),
            ("id 11010519491231002x.", "id **************002X."),
            ("号码４３０１０２１９８００１０１００１１。", "号码**************0011。"),
            ("号码１１０１０５１９４９１２３１００２Ｘ。", "号码**************002X。"),
            ("old 430102800101001, new", "old ************001, new"),
            ("430102 19800101 0011", "**************0011"),
            ("A430102198001010011B", "A**************0011B"),
            ("430102198001010011430102198001010011", "*" * 32 + "0011"),
            ("on 2023-05-25 00:00:00, 91430100MA4T00019U, 20230525000000", None),
            ("", None),
        ],
    )
    def test_mask_in_text(self, text: str, masked: str | None) -> None:
        assert mask_ids_in(text) == (text if masked is None else masked)

    @given(st.text(), citizen_ids(), st.text(), st.booleans())
    def test_no_id_survives(self, before: str, number: str, after: str, wide: bool) -> None:
        shown = "".join(chr(ord(c) + 0xFEE0) for c in number) if wide else number
        masked = mask_ids_in(before + shown + after)
        assert shown not in masked
        assert number not in masked
        assert not re.search(r"\d{17}[\dXxＸｘ]", masked)
        assert mask_ids_in(masked) == masked


class TestWhatIsKept:
    """How many numbers fit what is kept of one without the key? A hash alone is no protection where they are few."""

    AREAS = 3000
    """Some 3,200 six-digit areas were ever given out."""

    @pytest.mark.parametrize("number", ["430102195503040019", "430102200607080015"])
    def test_a_million_numbers_fit_what_is_kept_of_one(self, number: str) -> None:
        """Counted for one area; nothing that is kept tells which."""
        number = number[:17] + citizen_check_digit(number[:17])
        shown, year = mask_id(number), adult_year(number)
        tail = shown.lstrip("*")
        assert number.endswith(tail)
        years = [year - 18] if year is not None else range(1930, ADULTS_SINCE - 18 + 1)
        days = (date(y, 1, 1) + timedelta(days=n) for y in years for n in range(365))
        last = 4 - len(tail)  # digits of the order, of three, that are not shown beside the check digit
        orders = [f"{n:0{last}d}"[:last] + tail[:-1] for n in range(10**last)] if last else [tail[:-1]]
        fits = sum(citizen_check_digit(f"430102{day:%Y%m%d}{order}") == tail[-1] for day in days for order in orders)
        assert fits * self.AREAS >= 10**6

    @pytest.mark.parametrize(
        ("number", "year"), [("430102198201010014", None), ("430102198301010012", 2001), ("430102201112310015", 2029)]
    )
    def test_the_year_of_coming_of_age_is_kept_of_the_young(self, number: str, year: int | None) -> None:
        assert adult_year(number) == year


class TestNameKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("某某（长沙）有限公司", "某某(长沙)有限公司"),
            ("某某〔长沙〕有限公司", "某某[长沙]有限公司"),
            ("某某 有限\u3000公司\u200b", "某某有限公司"),
            ("买买提•艾力", "买买提·艾力"),
            ("买买提・艾力", "买买提‧艾力"),
            ("ＡＢｃ１２３公司", "abC123公司"),
            ("某某，公司", "某某,公司"),
        ],
    )
    def test_equal(self, one: str, other: str) -> None:
        assert name_key(one) == name_key(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("某某有限公司", "某某有限责任公司"),
            ("某某（长沙）有限公司", "某某有限公司"),
            ("国药", "國藥"),
            ("買", "买"),
            ("買買提艾力", "买买提·艾力"),
            ("李一", "李1"),
        ],
    )
    def test_different(self, one: str, other: str) -> None:
        assert name_key(one) != name_key(other)

    @given(st.text())
    def test_idempotent(self, name: str) -> None:
        assert name_key(name_key(name)) == name_key(name)

    @given(st.text(st.characters(min_codepoint=0x3400, max_codepoint=0xFAFF, categories=["Lo"])))
    def test_chinese_characters_never_change(self, name: str) -> None:
        """But for those that are taken for another one: compatibility ideographs, and what is not seen at all."""
        assert name_key(name) == clean(name).replace("ㆍ", "·")
        assert all(
            key == c or ord(c) in ALIKE or ord(c) in INVISIBLE or c == "ㆍ" for c in name for key in [name_key(c)]
        )


class TestKeyedHash:
    hash_of = KeyedHash(b"0123456789abcdef").of

    def test_form(self) -> None:
        value = self.hash_of("cn-id", "430102198001010011")
        assert re.fullmatch(r"[a-z2-7]{26}", value)
        assert value == KeyedHash(b"0123456789abcdef").of("cn-id", "430102198001010011")
        assert value != KeyedHash(b"0123456789abcdeg").of("cn-id", "430102198001010011")

    def test_known_value(self) -> None:
        # HMAC-SHA256(key, b"1:a2:bc"): keys in a store must not change with a refactoring
        assert self.hash_of("a", "bc") == "emlioraki3ndaaojjyktximwrx"

    def test_short_keys_are_refused(self) -> None:
        with pytest.raises(ValueError, match="16 bytes"):
            KeyedHash(b"short")

    @pytest.mark.parametrize("length", [16, 32, 64, 65, 200])
    def test_is_hmac_sha256(self, length: int) -> None:
        key = bytes(range(length))
        told = base64.b32encode(hmac.digest(key, b"5:cn-id6:\xe9\x95\xbf\xe6\xb2\x99", "sha256")).decode().lower()
        assert KeyedHash(key).of("cn-id", "长沙") == told[:26]

    def test_the_key_is_not_shown(self) -> None:
        assert "0123" not in repr(KeyedHash(b"0123456789abcdef"))

    @given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
    def test_parts_are_not_mixed_up(self, one: list[str], other: list[str]) -> None:
        assert (self.hash_of(*one) == self.hash_of(*other)) == (one == other)


def test_births_step_by_day() -> None:
    """Every day of a leap year is accepted, and 29 February of a common year is not."""
    day = date(2000, 1, 1)
    while day.year == 2000:
        first17 = f"430102{day:%Y%m%d}001"
        assert citizen_id_faults(first17 + citizen_check_digit(first17)) == ()
        day += timedelta(days=1)
    first17 = "43010219990229001"
    assert citizen_id_faults(first17 + citizen_check_digit(first17)) == ("its birth date does not exist",)


@pytest.mark.parametrize(
    "label",
    ["统一社会信用代码:", "社会信用代码：", "统一社会信用代码证号：", "组织机构代码: ", "注册号：", "纳税人识别号："],
)
def test_what_a_cell_says_before_a_number_is_no_part_of_it(label: str) -> None:
    assert normalise_code(f"{label}91430102xn06181386") == "91430102XN06181386"
    assert normalise_code(f"备注:{label}") != "备注"
