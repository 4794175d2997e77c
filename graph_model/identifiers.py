"""Numbers and names by which parties are known: reading, checking, masking and hashing them.

Loaders use it before anything is written (`normalise_code`, `is_placeholder`, then `…_faults`), the store
keys parties with `KeyedHash`, and whatever is shown or logged goes through `mask_id` and `mask_ids_in`.
Pure: no input or output, no database. All checks expect text that went through `normalise_code`.

- 统一社会信用代码 (uscc), GB 32100-2015: 18 characters; 9 to 17 are the organisation code, 18 checks.
- 组织机构代码, GB 11714: 8 characters and a check digit.
- 工商注册号: 15 digits, the last by ISO 7064 MOD 11,10.
- 公民身份号码, GB 11643-1999: 17 digits and a check digit by ISO 7064 MOD 11-2.
"""

import hmac
import re
import unicodedata
from datetime import date
from functools import lru_cache
from operator import mul

from graph_model.text import ALIKE, INVISIBLE, is_nothing, ranges

# --- reading a code ---------------------------------------------------------------------------------------

_DROP: dict[int, None] = {
    code: None
    for code in (*range(0x3001), 0xFEFF)
    if chr(code).isspace() or unicodedata.category(chr(code)) in ("Cc", "Cf", "Zs", "Zl", "Zp")
} | dict.fromkeys(INVISIBLE)
"""White space of every width, control and invisible format characters, byte order mark: always dropped."""


_SAID_TO_BE = re.compile(
    "^(?:(?:统一)?社会信用代码|信用代码|组织机构代码|(?:工商|企业)?注册号|营业执照(?:注册)?号|纳税人识别号|登记证号|证件号|身份证号)(?:证?号码?|证|码)?:"
)
"""What a cell may say before a number, of which the column has said it already."""


def normalise_code(text: str | None) -> str | None:
    """A code as it is compared and stored: NFKC (full-width becomes half-width), no white space, upper case.

    None when nothing is left. Hyphens stay: they may mean "no code". What the cell says the number is, goes.

    >>> normalise_code("统一社会信用代码:９１430102xn06181386")
    '91430102XN06181386'
    """
    if text is None:
        return None
    if text.isascii() and text.isalnum():  # as nearly all are
        return text.upper()
    return _SAID_TO_BE.sub("", unicodedata.normalize("NFKC", text).translate(_DROP).upper()) or None


_NO_CODE = frozenset(("无代码", "无证件", "无证照", "无证", "无信用代码"))
_ZEROS = re.compile(r"0+X?")


def is_placeholder(code: str | None) -> bool:
    """Whether a normalised code only says that there is none (GB-07): never a key.

    Nothing, a word such as 无 or NULL, punctuation only (`-`, `/`, `***`), or zeros with or without a final
    X, as in the 00000000000000000X of 双公示.
    """
    if not code or (code[0] == "0" and _ZEROS.fullmatch(code)) or code in _NO_CODE or is_nothing(code):
        return True
    return not (code[0].isalnum() or any(character.isalnum() for character in code))


def _is_digits(text: str) -> bool:
    """ASCII digits only: `str.isdigit` alone also takes ² and Arabic digits."""
    return text.isascii() and text.isdigit()


# --- organisation code, GB 11714 --------------------------------------------------------------------------

OWN_SCHEMES = "own:"
"""How the schemes begin that an owner declares for numbers of its own: `own:linyi:company`."""
_OWN_NUMBER = re.compile(r"(?:own:)?([a-z][a-z0-9-]{0,30}:[a-z][a-z0-9-]{0,30})[\s:：]+(\S.*)", re.DOTALL)


def own_number(text: str) -> tuple[str, str] | None:
    """Scheme and value of a number of an owner's own, as it is asked for.

    >>> own_number("linyi:company 17"), own_number("own:linyi:company:17"), own_number("17")
    (('own:linyi:company', '17'), ('own:linyi:company', '17'), None)
    """
    found = _OWN_NUMBER.fullmatch(text.strip())
    return (OWN_SCHEMES + found[1], normalise_code(found[2]) or found[2]) if found else None


_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_VALUE = {character: value for value, character in enumerate(_ORG_ALPHABET)}
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def org_check_digit(first8: str) -> str:
    """The check digit of an organisation code."""
    if len(first8) != 8 or any(character not in _ORG_VALUE for character in first8):
        raise ValueError("an organisation code has 8 characters 0-9, A-Z before its check digit")
    total = sum(weight * _ORG_VALUE[c] for weight, c in zip(_ORG_WEIGHTS, first8, strict=True))
    return "0123456789X0"[11 - total % 11]


def normalise_org_code(text: str | None) -> str | None:
    """As `normalise_code`, and without the hyphen that is printed before the check digit."""
    code = normalise_code(text)
    return code[:8] + code[9:] if code and len(code) == 10 and code[8] == "-" else code


def org_code_valid(code: str) -> bool:
    """Whether 9 characters are an organisation code."""
    return len(code) == 9 and all(c in _ORG_VALUE for c in code) and org_check_digit(code[:8]) == code[8]


# --- unified social credit code, GB 32100-2015 ------------------------------------------------------------

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUE = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))

_USCC_KIND: dict[str, str] = {
    # 机构编制: 机关, 事业单位, 群众团体
    "11": "public_body",
    "12": "institution",
    "13": "social_organisation",
    "19": "other",
    # 外交: 外国常驻新闻机构
    "21": "other",
    "29": "other",
    # 司法行政: 律师执业机构, 公证处, 基层法律服务所, 司法鉴定机构, 仲裁委员会
    **dict.fromkeys(("31", "32", "33", "34", "35", "39"), "other"),
    # 文化: 外国在华文化中心
    "41": "other",
    "49": "other",
    # 民政: 社会团体, 民办非企业单位, 基金会; 村委会, 居委会 (graded C)
    **dict.fromkeys(("51", "52", "53"), "social_organisation"),
    **dict.fromkeys(("54", "55", "59"), "other"),
    # 旅游: 外国、港澳台旅游部门代表机构
    **dict.fromkeys(("61", "62", "69"), "other"),
    # 宗教: 宗教活动场所, 宗教院校
    **dict.fromkeys(("71", "72", "79"), "other"),
    # 工会: 基层工会
    "81": "social_organisation",
    "89": "other",
    # 市场监管: 企业, 个体工商户, 农民专业合作社; 其他 (graded C)
    "91": "company",
    "92": "individual_business",
    "93": "other",
    "99": "other",
    # 中央军委改革和编制办公室: 军队事业单位
    "A1": "institution",
    "A9": "other",
    # 农业: 组级, 村级, 乡镇级集体经济组织
    **dict.fromkeys(("N1", "N2", "N3", "N9"), "other"),
    # 其他
    "Y1": "other",
}
_USCC_UNCONFIRMED = frozenset(("54", "55", "99"))
"""Class and kind that are in use as far as we know, but were not found in a text: a warning, not a fault."""


def uscc_check_digit(first17: str) -> str:
    """The check character of a unified social credit code."""
    if len(first17) != 17 or not _USCC_VALUE.keys() >= set(first17):
        raise ValueError("a credit code has 17 characters 0-9, A-Z (no I, O, S, V, Z) before its check digit")
    return _uscc_check_digit(first17)


def _uscc_check_digit(characters: str) -> str:
    """That of the first 17 characters of a code, all of which are in the alphabet."""
    return _USCC_ALPHABET[-sum(map(mul, _USCC_WEIGHTS, map(_USCC_VALUE.__getitem__, characters))) % 31]


@lru_cache(maxsize=50_000)  # in files, a code stands in row after row
def uscc_faults(code: str) -> tuple[str, ...]:
    """What makes a normalised code no valid unified social credit code; empty when it is one.

    Whole clauses without the code itself, fit for a message ("its check digit is wrong").
    """
    if len(code) != 18:
        return (f"it has {len(code)} characters, not 18",)
    if not _USCC_VALUE.keys() >= set(code):
        return ("it has a character that a credit code does not use (0-9, A-Z without I, O, S, V, Z)",)
    faults = []
    if code[:2] not in _USCC_KIND:
        faults.append(f"no registration authority and class begins with {code[:2]}")
    if _uscc_check_digit(code) != code[17]:
        faults.append("its check digit is wrong")
    elif not citizen_id_faults(code):  # true of 1 in 31 of those whose first two digits are a class
        faults.append("it is a citizen id number")
    return tuple(faults)


def uscc_warnings(code: str) -> tuple[str, ...]:
    """What is odd about a code that has no faults: worth a look, never a reason to refuse it."""
    if uscc_faults(code):
        return ()
    warnings = []
    if code[:2] in _USCC_UNCONFIRMED:
        warnings.append(f"class {code[:2]} is not confirmed by the standard's table")
    if not _is_digits(code[2:8]):
        warnings.append("its division code (characters 3 to 8) is not six digits")
    if not org_code_valid(code[8:17]):
        warnings.append("the check digit of its organisation code (character 17) is wrong")
    return tuple(warnings)


def uscc_kind(code: str) -> str | None:
    """`Entity.kind` by the first two characters; None when they are in no table.

    The kind is a hint: branches carry 91 too, and cooperatives, collectives and law firms are "other".
    """
    return _USCC_KIND.get(code[:2])


def uscc_org_code(code: str) -> str:
    """The organisation code inside a unified social credit code."""
    return code[8:17]


# --- registration number ----------------------------------------------------------------------------------


def reg_check_digit(first14: str) -> str:
    """The check digit of a registration number, ISO 7064 MOD 11,10."""
    if len(first14) != 14 or not _is_digits(first14):
        raise ValueError("a registration number has 14 digits before its check digit")
    product = 10
    for digit in first14:
        product = 2 * ((product + int(digit)) % 10 or 10) % 11
    return str((11 - product) % 10)


def reg_number_valid(number: str) -> bool:
    """Whether it is a registration number of 15 digits (older ones of 13 have no check digit: not valid)."""
    return len(number) == 15 and _is_digits(number) and reg_check_digit(number[:14]) == number[14]


# --- citizen id number, GB 11643 --------------------------------------------------------------------------

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_ZEROS = ord("0") * sum(_CITIZEN_WEIGHTS)
_EARLIEST_BIRTH_YEAR = 1850
_LATEST_BIRTH_YEAR = 2099


def citizen_check_digit(first17: str) -> str:
    """The check character of a citizen id number, ISO 7064 MOD 11-2."""
    if len(first17) != 17 or not _is_digits(first17):
        raise ValueError("a citizen id number has 17 digits before its check digit")
    return _citizen_check_digit(first17)


def _citizen_check_digit(digits: str) -> str:
    """That of the first 17 characters, ASCII digits. (Their codes are 48 more than their values: so is every sum.)"""
    return "10X98765432"[(sum(map(mul, _CITIZEN_WEIGHTS, digits.encode())) - _CITIZEN_ZEROS) % 11]


def citizen_id_faults(number: str) -> tuple[str, ...]:
    """What makes a normalised number no citizen id number; empty when it is one. Never quotes the number.

    The area is not judged: counties come and go, and residence permits begin with 81, 82, 83 and 9.
    """
    if len(number) != 18:
        return (f"it has {len(number)} characters, not 18",)
    if not number.isascii() or not number[:17].isdigit() or not (number[17].isdigit() or number[17] == "X"):
        return ("it is not 17 digits and a check digit or X",)
    faults = []
    birth = _day(number[6:14])
    if birth is None:
        faults.append("its birth date does not exist")
    elif not _EARLIEST_BIRTH_YEAR <= birth.year <= _LATEST_BIRTH_YEAR:
        faults.append("its birth date is not plausible")
    if _citizen_check_digit(number) != number[17]:
        faults.append("its check digit is wrong")
    return tuple(faults)


@lru_cache(maxsize=50_000)  # more days than people live
def _day(digits: str) -> date | None:
    """Of YYYYMMDD; None when there is no such day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def citizen_id_18(number15: str) -> str:
    """The 18-digit form of a 15-digit number of before 1999: the century 19 goes in, and a check digit on.

    Whether the birth date exists is for `citizen_id_faults` to say. (Numbers ending in 996 to 999 could mean
    births before 1900: they are read as 19xx.)
    """
    if len(number15) != 15 or not _is_digits(number15):
        raise ValueError("an old citizen id number has 15 digits")
    first17 = number15[:6] + "19" + number15[6:]
    return first17 + citizen_check_digit(first17)


def birth_date(number18: str) -> date | None:
    """The day of birth in a citizen id number; None when it names none."""
    return _day(number18[6:14])


# --- masking ----------------------------------------------------------------------------------------------

ADULTS_SINCE = 2000
"""Nothing that is asked about is older: whoever was of age by then is not taken for a minor."""


def mask_id(number: str) -> str:
    """A number that may be shown: of 18 characters the last 4, of 15 the last 3, of 8 and more (passports) the last 2.

    Below eight characters the last one, below four none. The beginning is never shown: area, birthday and the last four
    leave eleven numbers, of which a keyed hash is no protection; the last four alone leave millions. Of a minor's, or of
    whoever was one since `ADULTS_SINCE`, the last 2: the year in which he comes of age is kept beside it.
    """
    length = len(number)
    if length == 18 and adult_year(number) is not None:
        tail = 2
    elif length >= 16:
        tail = 4
    elif length == 15:
        tail = 3
    elif length >= 8:
        tail = 2
    else:
        tail = int(length >= 4)
    return "*" * (length - tail) + number[length - tail :]


def adult_year(number: str) -> int | None:
    """In which year does whoever bears this number come of age? None: he was of age before all that is asked about.

    Of minors the law asks whether somebody was 18 on a day (湘乡 四(二)4(2)). The year is what is kept of the birthday.
    """
    born = birth_date(number)
    return born.year + 18 if born is not None and born.year + 18 > ADULTS_SINCE else None


_ID_LIKE = re.compile(r"\d(?:[ \t\u00a0\u3000]?\d){13,}[ \t\u00a0\u3000]?[\dXxＸｘ]")
_OLD_ID = re.compile(r"(?<!\d)\d{15}(?!\d)")
_MOBILE = re.compile(r"(?<![\dA-Za-z])1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
# Approvals of medicines (国药准字H20050001) look like passports.
_PASSPORT = re.compile(r"(?<![A-Za-z0-9字])(?:[DEGHMPSdeghmps]\d{8}|[Ee][A-Za-z]\d{7}|[HMhm]\d{10})(?![A-Za-z0-9])")
_BORN = range(1900, 2020)
"""In which years somebody is born who signs, owns or is penalised: a number with another year is something else."""


def mask_ids_in(text: str) -> str:
    """A message with everything in it that could be an id number, a passport or a mobile phone masked.

    That is every run of 15 or more digits of any width, the last of which may be an X, also with single
    spaces inside. Rather too much than too little: credit codes of digits only are masked too.
    """
    return _contacts(_ID_LIKE.sub(lambda run: mask_id(normalise_code(run.group()) or ""), text))


def mask_citizen_ids_in(text: str) -> str:
    """Text that is kept as data, with the valid citizen id numbers in it masked, and nothing else.

    >>> mask_citizen_ids_in("住址44号(440524188001010014)"), mask_citizen_ids_in("编号440524188001010015")
    ('住址44号(**************0014)', '编号440524188001010015')
    """
    return _ID_LIKE.sub(_masked_citizen_id, text)


def mask_persons_in(text: str) -> str:
    """Free text that is kept: what persons may be known by is masked in it, also mistyped.

    Beside valid id numbers those with a wrong check digit and a day of birth, those of before 1999, passports, and mobile
    phones. Not for what is itself a number (a document's, a licence's): it would be another one.

    >>> mask_persons_in("当事人(44052419800101001X，电话13912345678，护照E12345678)")
    '当事人(**************001X，电话*********78，护照*******78)'
    """
    return _contacts(_OLD_ID.sub(_masked_old_id, _ID_LIKE.sub(_masked_likely_id, text)))


def _contacts(text: str) -> str:
    text = _MOBILE.sub(lambda found: mask_id(found.group()), text)
    return _PASSPORT.sub(lambda found: mask_id(found.group()), text)


def _masked_citizen_id(run: re.Match[str]) -> str:
    number = normalise_code(run.group()) or ""
    if len(number) <= 18:
        return run.group() if citizen_id_faults(number) else mask_id(number)
    for at in range(len(number) - 17):  # run together with other digits
        if not citizen_id_faults(part := number[at : at + 18]):
            return number[:at] + mask_id(part) + number[at + 18 :]
    return run.group()


def _masked_likely_id(run: re.Match[str]) -> str:
    number = normalise_code(run.group()) or ""
    born = _day(number[6:14]) if len(number) == 18 and _is_digits(number[:17]) else None
    if born and born.year in _BORN and uscc_faults(number):
        return mask_id(number)
    return _masked_citizen_id(run)


def _masked_old_id(found: re.Match[str]) -> str:
    number = normalise_code(found.group()) or ""
    return mask_id(number) if _day(f"19{number[6:12]}") else found.group()


# --- names ------------------------------------------------------------------------------------------------

_NAME_FOLD: dict[int, str | None] = {
    **{code: c.strip().upper() if c.isascii() else c for code, c in ALIKE.items()},
    **_DROP,
    **{code: chr(code - 0xFEE0).upper() for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    **{code: chr(code).upper() for code in range(ord("a"), ord("z") + 1)},
    **dict.fromkeys(map(ord, "[{（［｛〔【〖﹙﹝❨"), "("),
    **dict.fromkeys(map(ord, "]}）］｝〕】〗﹚﹞❩"), ")"),
    **dict.fromkeys(map(ord, "•‧∙⋅・･·᛫⸱ㆍ●"), "·"),
}
_FOLDED = re.compile(f"[{ranges(_NAME_FOLD)}]")


def name_key(name: str) -> str:
    """A name as it is compared exactly: two names are the same when their keys are equal. By character:

    - white space of every width, control and invisible format characters are dropped, and characters that are taken for
      others become these (`graph_model.text.ALIKE`: radicals, compatibility ideographs);
    - full-width ASCII becomes half-width; ASCII letters become upper case;
    - opening brackets ( [ { （ ［ ｛ 〔 【 〖 become `(`, the closing ones `)`;
    - middle dots • ‧ ∙ ⋅ ・ ･ become `·` (U+00B7).

    Nothing else changes. Chinese characters are never dropped, converted (繁 to 简) or replaced by variants that look
    otherwise; 有限公司 and 有限责任公司 stay two names. It is a table because NFKC would replace some of them.
    """
    return name.translate(_NAME_FOLD) if _FOLDED.search(name) else name  # hardly any has something to fold


_RECORD_FOLD = {
    **{code: to for code, to in _NAME_FOLD.items() if to not in ("(", ")")},
    **dict.fromkeys(map(ord, "([{［｛〖﹙﹝❨"), "（"),
    **dict.fromkeys(map(ord, ")]}］｝〗﹚﹞❩"), "）"),
}
_RECORD_FOLDED = re.compile(f"[{ranges(_RECORD_FOLD)}]")


def record_key(text: str) -> str:
    """What a record is known by (names, a number) as it is compared: as `name_key`, with brackets as Chinese text has them.

    So what is written in the ordinary way stays as it is.

    >>> record_key("云渡县局|云市监罚〔2024〕1号|云渡(集团)有限 公司")
    '云渡县局|云市监罚〔2024〕1号|云渡（集团）有限公司'
    """
    return text.translate(_RECORD_FOLD) if _RECORD_FOLDED.search(text) else text


def decision_key(text: str) -> str:
    """The number of a decision as two of them are compared, however brackets, hyphens and spaces are written."""
    return name_key(text).translate(_HYPHENS)


_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")


# --- keys -------------------------------------------------------------------------------------------------


_BASE32 = tuple(a + b for a in "abcdefghijklmnopqrstuvwxyz234567" for b in "abcdefghijklmnopqrstuvwxyz234567")
"""Ten bits → two characters; `base64.b32encode` takes four times as long."""
_SHIFTS = range(120, -1, -10)


class KeyedHash:
    """HMAC-SHA256 under a secret key: joins equal values without showing them.

    Without the key nobody can try all id numbers, which takes minutes for a plain hash.
    """

    __slots__ = ("_start",)

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the hash key must have 16 bytes or more")
        self._start = hmac.new(key, digestmod="sha256")

    def of(self, *parts: str) -> str:
        """26 characters (130 bits, lower-case base 32); `("ab", "c")` and `("a", "bc")` differ."""
        mac = self._start.copy()
        every = [part.encode("utf-8", "surrogatepass") for part in parts]
        mac.update(b"".join([b"%d:%b" % (len(part), part) for part in every]))
        number = int.from_bytes(mac.digest()[:17]) >> 6
        return "".join([_BASE32[number >> shift & 1023] for shift in _SHIFTS])
