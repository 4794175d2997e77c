"""What can go wrong, named for whose fault it is.

CreditGraphError
├── SourceError        the data is wrong: file, line, field, value, what to do
├── RuleError          a rule file is wrong: file, line, key
├── BadRequest         the question is wrong
├── ConfigError        the set-up is wrong (missing extra, changed key, port in use)
├── StoreNotReady      there is nothing in the store yet, or an older version made it
└── StoreUnavailable   Neo4j cannot be reached, or could not be started

Messages say what, where, why and what to do, and never hold a full id number.
"""

from typing import Any

from graph_model.identifiers import mask_ids_in

MOST_SAID = 800
"""Characters of a reason, or of what to do: cells and headers of a broken file are quoted in them."""


MOST_TOLD = 4000
"""Characters of a whole message."""


class CreditGraphError(Exception):
    """The root: every error that a user is meant to read. What is quoted in it may be anybody's number, or endless."""

    def __init__(self, text: object = "") -> None:
        told = mask_ids_in(str(text))
        super().__init__(told if len(told) <= MOST_TOLD else told[:MOST_TOLD] + "…")


class SourceError(CreditGraphError):
    """A source file or one of its values cannot be used.

    Args:
        reason: what is wrong, in one sentence.
        file, line, field, value: where, as far as known.
        todo: what the reader should do about it.
        code: a stable word for the kind of fault, kept in the ledger.
    """

    def __init__(
        self,
        reason: str,
        *,
        file: str = "",
        line: int | None = None,
        field: str = "",
        value: str = "",
        todo: str = "",
        code: str = "bad-value",
    ) -> None:
        self.reason, self.file, self.line, self.field = _told(reason), _told(file), line, _told(field)
        self.value, self.todo, self.code = mask_ids_in(value), _told(todo), code
        self.row: Any = None  # the raw row, so that a rejected one can be kept whole; never part of the message
        self.owner: str | None = None  # whose row it is, as far as it can be told
        self.against: list[str] = []  # bodies that a rejected row is against, as marks
        self.decision: str | None = None  # number of the decision of which it speaks
        where = self.file + (f", line {line}" if line is not None else "") + (f", field {self.field}" if field else "")
        text = f"{where}: {self.reason}" if where else self.reason
        if value:
            text += f" (value: {self.value[:80]!r})"
        if todo:
            text += f". {self.todo}"
        super().__init__(text)


def _told(text: str, most: int = MOST_SAID) -> str:
    """Text of a file as a message may hold it: on one line, not endless, without id numbers and control characters."""
    text = mask_ids_in(text)
    if len(text) > most:
        text = text[:most] + "…"
    return text if text.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class RuleError(CreditGraphError):
    """A rule file does not follow the schema, or a guard of the rule pack forbids it."""


class BadRequest(CreditGraphError):
    """The question cannot be understood: an unknown key, a depth out of bounds, a wrong date."""


class ConfigError(CreditGraphError):
    """The set-up is wrong; the message says what is needed and how to get it."""


class StoreNotReady(CreditGraphError):
    """Nothing can be said from this store: it is empty, or an older version made it; the message says what to type."""


class StoreUnavailable(CreditGraphError):
    """Neo4j does not answer, or the local one could not be started."""
