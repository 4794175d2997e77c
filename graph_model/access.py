"""Who may ask what over HTTP, and what of an answer he sees: the table `access.yaml`. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph_model.rules.model import Cited
from graph_model.schema.values import Openness

LOCAL = "local"
"""As whom it is asked where no key is needed: the user of the system. No role of the table."""
WITHOUT_KEY = "open"
"""The questions for which nobody needs a key."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: str
    en: str


class QuestionRow(_Row):
    """Questions that are allowed together."""

    routes: tuple[str, ...]
    """As `GET /v1/parties/{key}`."""
    organ: str | None = None
    """Parameter that names the organ in question, where there is one."""
    persons: bool = False
    """It tells of natural persons whoever it is asked about: a ground is always named."""
    names: bool = False
    """It is asked with names: who may be meant is in the answer, and may be a natural person."""


class RoleRow(_Row):
    """What a role may ask, and what it sees."""

    asks: tuple[str, ...]
    openness: tuple[Openness, ...]
    """Classes that it sees of whatever organ."""
    own_organ: tuple[Openness, ...] = ()
    """Classes that it sees besides of its own organ."""
    persons: bool = False
    """It sees what tells of natural persons: names, numbers as far as they are shown, addresses, words about them."""
    minors: bool = False
    """Also of those who are not of age."""
    purposes: tuple[str, ...] = ()
    """Those that it may name."""
    grounds: tuple[Literal["law", "authorisation", "self"], ...] = ()
    """On which it may ask about natural persons; none: it may not."""
    only_own_organ: bool = False
    """Where a question can name an organ, it has to name its own."""
    only_own_party: bool = False
    """It asks about the party of its key, and about nobody else."""
    needs: tuple[Literal["organ", "party"], ...] = ()
    """What a key of this role has to say."""
    basis: tuple[Cited, ...]


class AccessTable(BaseModel):
    """The table: roles and questions."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))
    questions: Mapping[str, QuestionRow] = Field(min_length=1)
    roles: Mapping[str, RoleRow] = Field(min_length=1)

    @model_validator(mode="after")
    def _agrees(self) -> "AccessTable":
        for name, role in self.roles.items():
            if unknown := set(role.asks) - set(self.questions):
                raise ValueError(f"role {name} asks what no row is: {', '.join(sorted(unknown))}")
        routes = [route for row in self.questions.values() for route in row.routes]
        if twice := {route for route in routes if routes.count(route) > 1}:
            raise ValueError(f"more than one row has {', '.join(sorted(twice))}")
        return self

    @cached_property
    def _by_route(self) -> dict[tuple[str, str], str]:
        return {
            (method, path): name
            for name, row in self.questions.items()
            for method, _, path in (route.partition(" ") for route in row.routes)
        }

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        paths = dict.fromkeys(path for _, path in self._by_route)
        return [(re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(path)) + r"\Z"), path) for path in paths]

    def place(self, path: str) -> tuple[str, str | None] | None:
        """The pattern of a route that has this address, and the key in it; None: there is no such row."""
        for pattern, route in self._patterns:
            if found := pattern.match(path):
                return route, found[1] if found.groups() else None
        return None

    def methods(self, route: str) -> list[str]:
        """The methods that a route has."""
        return [method for method, path in self._by_route if path == route]

    def question(self, method: str, route: str) -> str | None:
        """The row of a route; None: it has none, and nobody with a key may ask it."""
        return self._by_route.get((method, route))


def roles_that_ask(table: AccessTable, question: str) -> Iterator[str]:
    """The roles that may ask it, in the order of the table."""
    return (name for name, role in table.roles.items() if question in role.asks)


@lru_cache(maxsize=1)
def access_table() -> AccessTable:
    """The table as it stands."""
    import yaml  # here: a command asks for it seldom

    text = resources.files("graph_model").joinpath("access.yaml").read_text(encoding="utf-8")
    return AccessTable.model_validate(yaml.safe_load(text))
