"""Why it is asked, as the request says: purpose, ground, reference of an authorisation. Only words that are ours are taken."""

import json
from typing import Any, NamedTuple

from starlette.datastructures import QueryParams
from starlette.types import Scope

from api.http.parameters import Ground, Purpose
from graph_model.identifiers import mask_persons_in

_PURPOSES, _GROUNDS = frozenset(Purpose), frozenset(Ground)


class Why(NamedTuple):
    """What a request says of why it is asked; what else was typed is not kept."""

    purpose: str | None
    ground: str | None
    authorisation: str | None


def why(scope: Scope, body: bytes) -> Why:
    """Why is it asked? Read where the route itself reads it: in the body of a POST, else in the address, the last one of each."""
    told: Any = dict(QueryParams(scope["query_string"]))
    if scope["method"] == "POST":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            told = None
    if not isinstance(told, dict):
        return Why(None, None, None)
    purpose, ground, reference = (
        value if isinstance(value := told.get(name), str) else None for name in ("purpose", "ground", "authorisation")
    )
    return Why(
        purpose if purpose in _PURPOSES else None,
        ground if ground in _GROUNDS else None,
        mask_persons_in(reference)[:100] if reference else None,
    )
