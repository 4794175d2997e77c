"""The reporting catalogue (信用信息数据报送清单、归集目录): who reports what, how often, by which basis. Pure.

One version of it is one file that the credit authority keeps and files (备案). Sources of the form: 郴政发〔2017〕11号
二(一)1 (I08, I09), 湘经信法规〔2017〕213号 三(五)2 (I10), 湖南省社会信用体系建设三年行动计划 二(一)2 (I17: the three modes).
"""

import hashlib
from collections import Counter
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from graph_model.calendar import TermLength, parse_term
from graph_model.errors import BadRequest
from graph_model.identifiers import name_key
from graph_model.record_classes import record_classes

Mode = Literal["copy", "call", "verify"]
MODES: dict[str, Mode] = {"物理归集": "copy", "接口调用": "call", "数据核验": "verify"}
"""How a record is shared: rows are copied here; asked for one by one; or only compared, and never stored."""

PERIODS = {
    "daily": "1d",
    "weekly": "7d",
    "monthly": "1m",
    "quarterly": "3m",
    "yearly": "1y",
    "每日": "1d",
    "每天": "1d",
    "每周": "7d",
    "每月": "1m",
    "每季度": "3m",
    "每年": "1y",
    "7个工作日": "7wd",
}
"""Words for a period → a term of the calendar."""


def _period(text: object) -> str:
    term = PERIODS.get(str(text).strip(), str(text).strip())
    try:
        parse_term(term)
    except BadRequest as error:
        raise ValueError(f"is no period: write {', '.join(PERIODS)}, or a term such as 7wd, 30d, 6m") from error
    return term


def _class(text: object) -> str:
    titles = {word.zh: code for code, word in record_classes().items()}
    code = titles.get(str(text).strip(), str(text).strip())
    if code not in record_classes():
        names = ", ".join(f"{code} ({word.zh})" for code, word in record_classes().items())
        raise ValueError(f"is none of the six record classes: {names}")
    return code


def _mode(text: object) -> object:
    return MODES.get(str(text).strip(), text)


Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)


class Item(_Shape):
    """What one owner reports through one source (报送事项). Periods run from one delivery to the next."""

    item: Text
    owner: Text
    source: Text
    record_class: Annotated[str, BeforeValidator(_class)]
    period: Annotated[str, BeforeValidator(_period)]
    legal_basis: Text
    mode: Annotated[Mode, BeforeValidator(_mode)]

    @property
    def term(self) -> TermLength:
        """The period as the calendar counts it."""
        return parse_term(self.period)


class CatalogueVersion(_Shape):
    """One version of the catalogue, with the stamp of its filing (备案, I09)."""

    version: Text
    filed_on: date | None = None
    filed_with: Text | None = None
    filing_number: Text | None = None
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "CatalogueVersion":
        twice = [name for name, n in Counter(i.item for i in self.items).items() if n > 1]
        if twice:
            raise ValueError(f"the item {twice[0]!r} stands twice: give each its own name")
        modes: dict[str, set[bool]] = {}
        for item in self.items:
            modes.setdefault(item.source, set()).add(item.mode == "verify")
        mixed = sorted(source for source, found in modes.items() if len(found) > 1)
        if mixed:
            # Whose row it is, is known only once it was read: then it would have to be kept, and it must not be.
            raise ValueError(
                f"the source {mixed[0]!r} is verified only for some owners and copied for others: a source is "
                "verified only, or not at all"
            )
        return self

    @property
    def digest(self) -> str:
        """A hash of all that it says: the order of the items does not matter."""
        ordered = self.model_copy(update={"items": tuple(sorted(self.items, key=lambda i: i.item))})
        return hashlib.sha256(ordered.model_dump_json().encode()).hexdigest()[:24]


def owner_key(owner: str) -> str:
    """An owner as it is compared: the same for different brackets and spaces, never for another name."""
    return name_key(owner)
