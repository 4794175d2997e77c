"""Which nodes are hubs whatever their degree: nominees, holders for the state, funds in custody (`hubs.yaml`). Pure.

A hub is reached and reported, and not walked through: what it holds relates nobody to anybody.
"""

import re
from functools import lru_cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, TypeAdapter

from graph_model.identifiers import name_key
from graph_model.sentences import say


class HubKind(BaseModel):
    """One kind of them, with the names that it goes by."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tag: str
    zh: str
    en: str
    why: str
    names: tuple[str, ...]
    account: bool = False
    """A bracket or an account behind the name belongs to it."""

    @property
    def pattern(self) -> str:
        """What the whole of a name has to match, here and in Java."""
        behind = r"(\(.{1,30}\)|[-—–]+.{1,60})?" if self.account else ""
        return f"(?:{'|'.join(self.names)}){behind}"


def hub_table() -> str:
    """The table as it is written."""
    return resources.files("graph_model").joinpath("hubs.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def hub_kinds() -> tuple[HubKind, ...]:
    """The table, in its order: of two kinds that fit the first counts."""
    import yaml  # here: hardly any question asks for it

    return tuple(TypeAdapter(list[HubKind]).validate_python(yaml.safe_load(hub_table())))


def hub_patterns() -> list[list[str]]:
    """[tag, regular expression for a whole normalised name], as `cypher.refresh_caches` takes them."""
    return [[kind.tag, kind.pattern] for kind in hub_kinds()]


@lru_cache(maxsize=1)
def _compiled() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    each = tuple((kind.tag, re.compile(kind.pattern)) for kind in hub_kinds())
    return re.compile("|".join(f"(?:{kind.pattern})" for kind in hub_kinds())), each


def hub_tag(name: str | None) -> str | None:
    """Why a node of this name is a hub whatever its degree; None: it is not.

    >>> hub_tag("湖南省人民政府国有资产监督管理委员会"), hub_tag("国资建设有限公司")
    ('state-commission', None)
    >>> hub_tag("香港中央结算有限公司（陆股通）")
    'custodian'
    """
    if not name:
        return None
    any_, each = _compiled()
    if not any_.fullmatch(key := name_key(name)):
        return None
    return next(tag for tag, pattern in each if pattern.fullmatch(key))


def why_hub(tag: str | None, degree: int | None) -> str:
    """Why a node was not walked through, for an answer."""
    kind = next((kind for kind in hub_kinds() if kind.tag == tag), None) if tag else None
    if kind:
        return say("hub_kind", tag=tag, kind=kind.zh, degree=degree)
    return say("hub_tag", tag=tag, degree=degree) if tag else say("hub_degree", degree=degree)
