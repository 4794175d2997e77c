"""What nodes and facts have in common: how a property is described and how freely shown, closed lists, policies."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

FOREVER = 9007199254740991
"""`rec_to` of what is still believed: the largest integer that JSON and JavaScript carry exactly."""


class Sensitivity(StrEnum):
    """How freely a property may be shown (个人信息保护法 51: classification)."""

    PUBLIC = "public"
    PERSONAL = "personal"
    INTERNAL = "internal"


def prop(description: str, zh: str, sensitivity: Sensitivity = Sensitivity.PUBLIC) -> Any:
    """A described property; `Annotated` metadata of every field below."""
    return Field(description=description, json_schema_extra={"zh": zh, "sensitivity": sensitivity.value})


PUBLIC, PERSONAL, INTERNAL = Sensitivity.PUBLIC, Sensitivity.PERSONAL, Sensitivity.INTERNAL


Openness = Literal["open", "on_request", "internal"]


Trust = Literal["official", "self_declared", "reference"]


Judgement = Literal["same", "different", "unsure"]


Match = Literal["identifier", "exact-name", "former-name", "merged", "branch-name"]


EXACT_NAME, FORMER_NAME, MERGED = "exact-name", "former-name", "merged"


BY_NAME = (EXACT_NAME, FORMER_NAME)
"""Policies by which a name alone led to a party: one that it bears, or one that it bore (曾用名)."""


BRANCH_NAME = "branch-name"
"""Policy by which the name of a branch leads to the body whose name it bears: match and source of a `BRANCH_OF` that no
source states. Exposure walks it and says so; a consequence that rests on it stays a candidate."""


SAME_NUMBER = "same-number"
"""Policy by which two parties became one, because one row gives numbers of both. Facts say no policy then: they were
found by a number all the same."""


ONE_EACH = ("uscc", "cn-id")
"""Schemes of which nobody has two numbers: whoever has another one is another party, whatever else agrees."""
