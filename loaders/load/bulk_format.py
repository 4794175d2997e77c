"""How facts and parties stand in the import files: types, columns, lines."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, get_args, get_origin

from graph_model.schema import RELATIONSHIPS, Fact, Node, Profile
from loaders.identity.resolver import day_text

SEQ = 1
"""The clock position of everything in the import files: the first there is."""


LIST_DIVIDER = "\x1f"
"""Between the items of a list."""


FACT_TYPES: tuple[type[Fact], ...] = (*RELATIONSHIPS, Profile)


PROFILE = FACT_TYPES.index(Profile)


COLUMN_TYPES: dict[Any, str] = {date: "date", float: "double", bool: "boolean", int: "long"}


RESOLVED = ("fact_id", "statement_id", "claim_id", "start_match", "start_stated", "end_match", "end_stated")
"""Columns of a fact that need its parties; the others are known before."""


SAID = ("since", "until", "data_date", "file_date", "digest", "line", "owner")


SAME = ("source", "run", "trust", "openness", "published", "rec_from", "rec_to", "delivery", "partition", "in_snapshot")
"""The same for all facts of a file, but for the type."""


def line_of(values: Iterable[Any]) -> str:
    """Values as the import tool reads them; an empty text is quoted, else it would be none."""
    texts = [
        "" if v is None else (v or _NOTHING) if v.__class__ is str else _TEXTS.get(v.__class__, str)(v) for v in values
    ]
    line = ",".join(texts)
    if '"' in line or line.count(",") >= len(texts) or "\n" in line or "\r" in line:
        line = ",".join([_quoted(text) for text in texts])
    return line


_NOTHING = '""'


_QUOTED = re.compile('[",\r\n]')


_TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    date: day_text,
    list: LIST_DIVIDER.join,
}


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if text is not _NOTHING and _QUOTED.search(text) else text


def column_type(kind: type[Fact] | type[Node], name: str) -> str:
    """The column type of a property, from its annotation."""
    annotation = kind.model_fields[name].annotation
    for said in (annotation, *get_args(annotation)):
        if get_origin(said) is list:
            return "string[]"
        if said in COLUMN_TYPES:
            return COLUMN_TYPES[said]
    return "string"
