"""What a cell of a list of parties may say: nothing, a name, which numbers; and why a number can be none."""

import re
from collections.abc import Sequence

from graph_model.identifiers import (
    citizen_id_faults,
    is_placeholder,
    normalise_code,
    reg_number_valid,
    uscc_faults,
)
from graph_model.text import clean, is_nothing
from queries.party.parties import _KEY


def says_nothing(text: str) -> bool:
    """Whether the cell stands for nothing."""
    return is_nothing(clean(text)) or is_placeholder(normalise_code(text))


def name_in(row: Sequence[tuple[str, str]]) -> str | None:
    """The name in a row of (role, text)."""
    return next((text.strip() for role, text in row if role == "name"), None)


def fault_of(role: str, text: str) -> str | None:
    """Why a number that nobody has cannot be one; never quotes it."""
    if _KEY.fullmatch(text.strip()):
        return None
    code = normalise_code(text) or ""
    faults = uscc_faults(code)
    if not faults or not citizen_id_faults(code) or reg_number_valid(code):
        return None
    return f"no valid code: {', '.join(faults)}" if role == "code" or len(code) == 18 else None


_STOCK = re.compile(r"\d{6}(\.(SH|SZ|BJ))?")


def schemes_of(text: str) -> set[str]:
    """Of which identifiers a number is one, by its form."""
    code = normalise_code(text) or ""
    schemes = set()
    if not uscc_faults(code):
        schemes.add("uscc")
    if not citizen_id_faults(code) or (len(code) == 15 and code.isdecimal() and not reg_number_valid(code)):
        schemes.add("cn-id")
    if reg_number_valid(code):
        schemes.add("cn-reg")
    if _STOCK.fullmatch(code):
        schemes.add("stock")
    return schemes
