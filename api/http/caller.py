"""Who asks: what the service knows of him, for handlers and for the log."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import Scope

from graph_model.access import LOCAL

_PLACE = "creditgraph.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: by which key, in which role, for which organ."""

    key: str = ""
    """Id of the key; empty: none was needed."""
    role: str = LOCAL
    organ: str = ""
    area: str = ""
    party: str = ""
    """Of a subject: the party that asks about itself."""


NOBODY_KNOWN = Caller(role="")
"""Who gave no key, or a wrong one."""
USER_OF_THE_SYSTEM = Caller()


def caller(request: HTTPConnection) -> Caller:
    """Who asks this?"""
    return caller_in(request.scope)


def caller_in(scope: Scope) -> Caller:
    """The same, of a request as ASGI tells it."""
    return scope.get(_PLACE, USER_OF_THE_SYSTEM)


def remember(scope: Scope, who: Caller) -> None:
    """From now on this is who asks."""
    scope[_PLACE] = who
