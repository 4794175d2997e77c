"""What a file would say if it were loaded: facts of its first rows, and every fault, without a database.

It reads the whole file through the same reader and the same rows → drafts functions as a load, and writes nothing.
What only the graph can tell (duplicates of what is recorded, who is linked by name) it does not say.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from graph_model.errors import SourceError
from graph_model.identifiers import mask_citizen_ids_in, mask_id, mask_ids_in
from graph_model.store.connect import today
from loaders.drafts import (
    AddressMention,
    CredentialMention,
    Draft,
    EntityMention,
    InspectionMention,
    Mention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
    TenderMention,
)
from loaders.load.files import find_files, rows_of
from loaders.load.row_checks import checked
from loaders.load.versions import may_have_parts
from loaders.reading.headers import is_organisation
from loaders.reading.lines import named

LINES, VALUES = 5, 20
"""So many lines, and values that are not known, are named for each kind of fault."""

PreviewProgress = Callable[[str, int, int], None]
"""(file, rows so far, faults so far)"""


@dataclass(frozen=True)
class ShownFact:
    """One fact of a row, as it can be shown: id numbers masked."""

    type: str
    zh: str
    start: str
    end: str | None
    values: dict[str, Any]


@dataclass(frozen=True)
class ShownRow:
    """One of the first rows: its facts, or why it would be rejected."""

    line: int
    facts: list[ShownFact]
    fault: str | None = None


@dataclass
class Faults:
    """Rows that would be rejected for one reason, and the first of their lines."""

    code: str
    field: str
    reason: str
    todo: str
    rows: int = 0
    lines: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    """Of code lists only: the values that are not known."""


@dataclass
class MappingPreview:
    """What one file would say."""

    source: str
    file: str
    rows: int = 0
    rejected: int = 0
    facts: dict[str, int] = field(default_factory=dict)
    """Type → how many."""
    parties: dict[str, int] = field(default_factory=dict)
    """How parties are known: with a number, by name only; entities and persons, each counted once."""
    faults: list[Faults] = field(default_factory=list)
    replaced: int = 0
    """Rows that say something else under a number than an earlier row: the last one counts. (Two penalties of one decision
    are none: both are known.)"""
    replaced_lines: list[int] = field(default_factory=list)
    shown: list[ShownRow] = field(default_factory=list)
    sheet: str | None = None
    """Of a workbook of which several are read."""
    lines_above: int = 0
    """Filled lines above the names of the columns."""
    sheets_left_out: tuple[str, ...] = ()
    """Sheets without the columns, or hidden."""


def preview(
    description: SourceDescription, path: Path, *, rows: int = 20, progress: PreviewProgress | None = None
) -> list[MappingPreview]:
    """What the files of a source would say. `rows`: how many of each file are shown as facts.

    Raises:
        SourceError: a file that could not be loaded at all.
    """
    told: list[MappingPreview] = []
    for file, part in find_files(description, path):
        before = sum(len(one.shown) for one in told if one.file == file.name)  # on other sheets
        told.append(_preview(description, part, file, rows - before, progress))
    return told


def _preview(
    description: SourceDescription, part: SourceFile, path: Path, rows: int, progress: PreviewProgress | None
) -> MappingPreview:
    context = None
    if part.prepare:
        context = part.prepare(r for r in rows_of(path, part) if isinstance(r, Row))
    place, name = part.place, named(path, part.place.sheet)
    done = MappingPreview(
        description.id,
        path.name,
        sheet=place.sheet,
        lines_above=place.above,
        sheets_left_out=place.left_out,
    )
    facts: Counter[str] = Counter()
    parties: dict[int, str] = {}  # by hash: a large file does not stay in memory
    faults: dict[tuple[str, str, str], Faults] = {}
    recorded: dict[int, int] = {}
    for item in rows_of(path, part):
        done.rows += 1
        said: list[Draft] = []
        fault = item if isinstance(item, SourceError) else None
        if isinstance(item, Row):
            try:
                said = checked(item, list(part.drafts(item, context)), {}, today())
            except SourceError as error:
                said, fault = [], error
        line = (fault.line if fault is not None else item.line) or 0
        if fault is not None:
            _count(faults, fault, line)
            done.rejected += 1
        facts.update(draft.fact.TYPE for draft in said)
        for draft in said:
            parties |= _known(draft)
        if sum(_replaces(recorded, draft) for draft in said):  # all of them, so that each is remembered
            done.replaced += 1
            done.replaced_lines += [line] if len(done.replaced_lines) < LINES else []
        if len(done.shown) < rows:
            shown = [_said(draft) for draft in said]
            done.shown.append(ShownRow(line, shown, mask_ids_in(str(fault)) if fault is not None else None))
        if progress and done.rows % 1000 == 0:
            progress(name, done.rows, done.rejected)
    done.facts = dict(facts.most_common())
    done.parties = dict(Counter(parties.values()).most_common())
    done.faults = sorted(faults.values(), key=lambda f: -f.rows)
    return done


def _count(faults: dict[tuple[str, str, str], Faults], fault: SourceError, line: int) -> None:
    key = (fault.code, fault.field, fault.reason)
    found = faults.setdefault(key, Faults(*key, fault.todo))
    found.rows += 1
    if len(found.lines) < LINES:
        found.lines.append(line)
    if fault.code == "unknown-code" and fault.value not in found.values and len(found.values) < VALUES:
        found.values.append(fault.value)


def _known(draft: Draft) -> dict[int, str]:
    found: dict[int, str] = {}
    for ref in (draft.start, draft.end):
        if isinstance(ref, EntityMention):
            what = "organs" if ref.organ else "entities"
            found[hash(ref)] = f"{what} with a number" if ref.identifiers else f"{what} by name only"
            if not ref.identifiers and not ref.organ and not is_organisation(ref.name):
                found[hash(ref)] = "entities by name only whose name has no usual form (persons?)"
        elif isinstance(ref, PersonMention):
            found[hash(ref)] = "persons with a number" if ref.identifiers else "persons by name at an entity"
    return found


def _replaces(recorded: dict[int, int], draft: Draft) -> bool:
    """Whether an earlier row said something else under the same record of the same parties."""
    if draft.record is None or may_have_parts(type(draft.fact), draft.fact.__dict__):
        return False
    end = None if draft.end is None else _name(draft.end)
    key, said = hash((draft.fact.TYPE, draft.record, _name(draft.start), end)), hash(draft.fact.model_dump_json())
    before = recorded.setdefault(key, said)
    recorded[key] = said
    return before != said


# --- as text ----------------------------------------------------------------------------------------------


def _said(draft: Draft) -> ShownFact:
    fact = draft.fact
    values = {name: _shown(value) for name, value in fact.model_dump(exclude_unset=True).items() if _told(value)}
    if draft.data_date:
        values["data_date"] = draft.data_date.isoformat()
    if draft.owner:
        values["owner"] = mask_ids_in(draft.owner)
    end = None if draft.end is None else _name(draft.end)
    return ShownFact(fact.TYPE, getattr(type(fact), "ZH", ""), _name(draft.start), end, values)


def _told(value: Any) -> bool:
    return value is not None and value != []


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return mask_citizen_ids_in(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _name(ref: Mention) -> str:
    match ref:
        case AddressMention(text):
            return mask_citizen_ids_in(text)
        case TenderMention(purchaser, number):
            return mask_citizen_ids_in(f"{purchaser.name} {number}")
        case (
            SanctionMention(authority, number)
            | CredentialMention(authority, number)
            | InspectionMention(authority, number)
        ):
            return mask_citizen_ids_in(f"{authority} {number}".strip())
        case PersonMention(name, (), scope) if scope is not None:
            return f"{name} @ {scope.name}"
    codes = (f"{scheme} {mask_id(value) if scheme == 'cn-id' else value}" for scheme, value in ref.identifiers)
    return f"{ref.name} ({', '.join(codes)})" if ref.identifiers else ref.name
