"""What a source function hands to the engine: facts whose parties are still described, not yet found.

A source is a pure function `row → drafts`. It says who is meant (`EntityMention`, `PersonMention`, …) by the strongest
identifiers the row has; the engine finds or makes the party, gives the fact its ids and clocks, and writes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import force_setattr

from graph_model.errors import SourceError
from graph_model.schema import Fact
from graph_model.text import FIRST_OF_NOTHING, LONGEST_NOTHING, clean, clean_json, is_nothing, is_ordinary

Identifiers = tuple[tuple[str, str], ...]
"""(scheme, value) pairs, strongest first. Schemes: uscc, cn-reg, cn-org, cn-id (the number itself; the engine
hashes it before it goes anywhere), stock, or a scheme of the source's own such as `ashare2018:person`."""


class _Mention(Struct, frozen=True, cache_hash=True, gc=False):
    """What references share: millions are made, compared and sent from one process to another."""


class EntityMention(_Mention, frozen=True):
    """An entity (or, with `organ`, an authority). Without identifiers it is known by its full name only."""

    name: str
    identifiers: Identifiers = ()
    kind: str | None = None
    organ: bool = False


class PersonMention(_Mention, frozen=True):
    """A natural person. Without identifiers he is only "the NAME at `scope`", and never anyone elsewhere."""

    name: str
    identifiers: Identifiers = ()
    scope: EntityMention | None = None


PartyMention = EntityMention | PersonMention


class AddressMention(_Mention, frozen=True):
    """An address, as written."""

    text: str


class SanctionMention(_Mention, frozen=True):
    """A decision against one subject: the same for every source that names authority, number and subject."""

    authority: str
    document_number: str
    subject: PartyMention
    title: str | None = None


class CredentialMention(_Mention, frozen=True):
    """A licence, honour or grade of one holder."""

    authority: str
    document_number: str
    holder: PartyMention
    title: str | None = None


class InspectionMention(_Mention, frozen=True):
    """A check of one party, or the test of one of its products."""

    authority: str
    document_number: str
    subject: PartyMention
    title: str | None = None


class TenderMention(_Mention, frozen=True):
    """A lot: known by whoever tenders it and its number."""

    purchaser: EntityMention
    number: str
    title: str | None = None


Mention = PartyMention | AddressMention | SanctionMention | CredentialMention | InspectionMention | TenderMention


class Draft(Struct, frozen=True, gc=False):
    """A fact to be written. A `Profile` has only `start`.

    `record` names the source's own record when the source has one (a decision number, a register number): a later
    row of the same record with other content is a new version of the statement. Without it the content itself is
    the statement, and there are no versions.
    `data_date`: the day for which this row speaks, when it differs from the file's.
    """

    fact: Fact
    start: Mention
    end: Mention | None = None
    record: str | None = None
    data_date: date | None = None
    owner: str | None = None


class Row(Struct, frozen=True, gc=False):
    """One row: where it stands and its cells as text (None for an empty cell).

    However it was made, its cells are clean (`graph_model.text`), and empty where they only say that there is nothing.
    """

    file: str
    line: int
    values: dict[str, str | None]
    written: dict[str, str] = {}
    """The cells that were written otherwise, as they were."""

    def __post_init__(self) -> None:
        values = self.values
        cells = [cell for cell in values.values() if cell]
        # Two looks at all cells at once: most rows have nothing to be put right.
        if not is_ordinary("\n".join(cells)) or (
            not FIRST_OF_NOTHING.isdisjoint([cell[0] for cell in cells if len(cell) <= LONGEST_NOTHING])
            and any([is_nothing(cell) for cell in cells if len(cell) <= LONGEST_NOTHING])  # noqa: C419
        ):
            self._tidy()

    def _tidy(self) -> None:
        changed: dict[str, str | None] = {}
        for name, cell in self.values.items():
            if cell and (tidy := _tidied(cell)) != cell:
                changed[name] = tidy
        if changed:
            written = {name: cell for name in changed if (cell := self.values[name])}
            force_setattr(self, "written", {**written, **self.written})
            force_setattr(self, "values", {**self.values, **changed})

    @property
    def raw(self) -> dict[str, str | None]:
        """The cells as they were written."""
        return {**self.values, **self.written} if self.written else self.values

    def get(self, field: str) -> str | None:
        """The cell, stripped; None when it is empty or the column is missing."""
        value = self.values.get(field)
        return (value.strip() or None) if value else None

    def as_written(self, field: str) -> str:
        """The cell as it was written, for a message."""
        return (self.written.get(field) or self.values.get(field) or "").strip()

    def need(self, field: str) -> str:
        """The cell, or a SourceError that names it."""
        value = self.get(field)
        if value is None:
            raise self.fault(field, "is empty, but required", code="missing-value", todo="Fill it in.")
        return value

    def fault(self, field: str, reason: str, *, code: str = "bad-value", todo: str = "") -> SourceError:
        """A SourceError placed at this row."""
        return SourceError(
            reason,
            file=self.file,
            line=self.line,
            field=field,
            value=self.as_written(field),
            code=code,
            todo=todo,
        )


_OBJECT = re.compile(r'\[\]|[\[{]\s*["{\[]')


def _tidied(cell: str) -> str | None:
    """A cell without what only differs, or None where it says nothing. Of JSON the texts in it."""
    tidy = clean_json(cell) if _OBJECT.match(cell) else clean(cell)
    return None if is_nothing(tidy) else tidy


_INFORMANT = re.compile(r"(?<!被)(举报|投诉|检举|控告|信访|线索提供)(人|者|电话|手机|联系|地址|姓名|单位)")


def refuse_informants(columns: Iterable[str], file: str) -> None:
    """A file that tells who reported somebody is refused as a whole: that stays secret (举报人信息严格保密).

    Raises:
        SourceError: a column is about informants. (被举报人, the one who was reported, is none.)
    """
    if told := [column for column in columns if _INFORMANT.search(column)]:
        raise SourceError(
            f"has columns about informants, which are never loaded: {', '.join(told)}",
            file=file,
            line=1,
            field=told[0],
            code="informants",
            todo="Remove these columns at the source and export the file again.",
        )


@dataclass(frozen=True, slots=True)
class TablePlace:
    """Where in a file its table stands, and what of the file is no part of it."""

    sheet: str | None = None
    """The sheet, where several of one workbook are loaded; each is a table, and a run, of its own."""
    above: int = 0
    """Filled lines above the names of the columns: titles, who filled it in, when."""
    left_out: tuple[str, ...] = ()
    """Sheets of the workbook that do not have the columns, or are hidden."""


@dataclass(frozen=True, slots=True)
class TableJoin:
    """Another table whose row belongs to a row of a file: its columns come into the row as `name.COLUMN`."""

    name: str
    on: str
    """The column of the file that says which row."""
    key: str
    """The column of the other table that has the same."""
    columns: tuple[str, ...]
    """Those that are read."""
    file: str | None = None
    """Pattern of the other file's name, in the same folder; None: the file itself."""
    sheet: str | None = None
    unknown: Literal["reject", "ignore"] = "reject"
    """What becomes of a row whose other one is not there."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source: which columns it must have, how it is read, what its rows say.

    `pattern` is matched against the file name. `drafts(row, context)` may raise SourceError: the row is then
    rejected with that reason. `prepare(rows)` may look at all rows first and returns the `context`, of which
    `dated(context)` is the data date when nothing else tells it. `least`: rows that a whole snapshot has at least.
    `owned_by`: columns that name the owner of a row, the first filled one counts; none: the owner of the source.
    """

    pattern: str
    columns: tuple[str, ...]
    drafts: Callable[[Row, Any], Iterable[Draft]]
    prepare: Callable[[Iterator[Row]], Any] | None = None
    fields: dict[str, str] = field(default_factory=dict)
    required: bool = True
    dated: Callable[[Any], date | None] | None = None
    least: int = 0
    owned_by: tuple[str, ...] = ()
    needed: tuple[str, ...] | None = None
    """Columns whose cells may not be empty; None: those of `columns`."""
    place: TablePlace = TablePlace()
    """Where it stands in the file that was found to be it."""
    joins: tuple[TableJoin, ...] = ()
    """Other tables that its rows refer to."""
    against: tuple[str, ...] = ()
    """Columns with the name or a number of whom a row is against: of a rejected row they are kept, so that nothing is clear there."""
    decided_in: tuple[str, ...] | Callable[[Row], str | None] = ()
    """Columns with the number of that decision, the first filled one counts; or what tells it of a row."""
    subjects: Callable[[Row, Any], Iterable[PartyMention]] | None = None
    """Whom a row is against, where its columns do not say it: (row, context) → parties; of natural persons nothing is kept."""
    harmless: Callable[[Row], bool] | None = None
    """Whether a row says nothing against anybody, where some do not; None: all do."""


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """What a source is: owner, coverage, mode, and its files. `loaders/docs.py` makes its page in docs/sources/."""

    id: str
    title: str
    title_zh: str
    owner: str
    mode: Literal["snapshot", "delta"]
    coverage: str
    licence: str
    files: tuple[SourceFile, ...]
    trust: Literal["official", "self_declared", "reference"] = "official"
    openness: Literal["open", "on_request", "internal"] = "open"
    published: bool = True
    triggers: tuple[str, ...] = ()
    """Trigger codes of the rule pack that its rows can carry."""
    period: str = ""
    """Which time its rows speak of, in words."""
    expected_rows: str = ""
    """How many rows a file is expected to have, in words."""
    partition: Callable[[Path], str] | None = None
    """The part of the source that a file covers, such as a province and year; None: each file covers all there is."""
    data_date: date | None = None
    dated_by: Callable[[Path], date | None] | None = None  # reads the data date beside the file
    numbered_by: Callable[[Path], int] | None = None  # reads beside the file which delivery of its day it is
    exact_records: bool = False
    """Its records are ids: each character of them counts. Else they are names and numbers, in any spelling."""
    version: str = ""
    """Hash of the mapping that describes it; none for a built-in one. A file is loaded anew under a changed mapping."""

    def owner_of(self, part: SourceFile, row: Row | None) -> str:
        """Whose row is it, even if it cannot be used?"""
        return next((owner for column in part.owned_by if row and (owner := row.get(column))), self.owner)
