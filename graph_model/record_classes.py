"""What sort of record, from what sort of organ: the six classes of the credit file and the roles of organs, as data.

Tables in `rules/data/record_classes.yaml` (I16) and `rules/data/organ_roles.yaml` (O01 to O09).
"""

import re
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, TypeAdapter


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BilingualTitle(_Row):
    """A title in both languages."""

    zh: str
    en: str


class OrganRole(BilingualTitle):
    """What an organ is in the credit system. `names`: a regular expression of names that tell it by themselves."""

    id: str
    names: str | None = None


class RecordKind(_Row):
    """One kind of fact: its class among the six (None: none of them), and the fields that a complete one fills in.

    `kind`: that of a sanction or credential; for `ABOUT` the label of the party; None: all of this type. `seen_by`:
    sources whose forms do not have the fields, so that their facts of this kind are not counted.
    """

    fact: str
    kind: str | None = None
    record_class: str | None
    fields: tuple[str, ...]
    seen_by: tuple[str, ...] = ()


class _Classes(_Row):
    classes: dict[str, BilingualTitle]
    kinds: tuple[RecordKind, ...]


def _text(name: str) -> str:
    return resources.files("graph_model.rules").joinpath("data", name).read_text(encoding="utf-8")


@cache
def organ_roles() -> dict[str, OrganRole]:
    """Code → role: what may an organ be?"""
    import yaml

    rows = TypeAdapter(list[OrganRole]).validate_python(yaml.safe_load(_text("organ_roles.yaml")))
    return {row.id: row for row in rows}


@cache
def is_third_party(name: str) -> bool:
    """Whether an organ of this name is an association, a bank or the like (O08), where no table of organs says.

    >>> is_third_party("湖南省建筑业协会"), is_third_party("中国人民银行长沙中心支行"), is_third_party("长沙市市场监督管理局")
    (True, False, False)
    """
    names = organ_roles()["O08"].names
    return names is not None and re.search(names, name) is not None


@cache
def _classes() -> _Classes:
    import yaml

    return _Classes.model_validate(yaml.safe_load(_text("record_classes.yaml")))


def record_classes() -> dict[str, BilingualTitle]:
    """Code → title of the six classes of the credit file (湘经信法规〔2017〕213号 三(二)1)."""
    return _classes().classes


def record_kinds() -> tuple[RecordKind, ...]:
    """Every kind of fact with its class and the fields that count."""
    return _classes().kinds
