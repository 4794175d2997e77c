"""A mapping → an ordinary source: each row through the cells and parties that the mapping names.

The same rules hold as for the sources that are built in: a code with wrong check digits is refused, one that says
"none" is none, a person is known by his number or else at one entity only, a masked name is nobody. What a row holds
is loaded, ignored on purpose, or the row is rejected: a column that the mapping does not mention stops the file, a
value that a code list lacks stops the row (unless the mapping says otherwise), and so does a row that states nothing.
"""

import hashlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import mask_ids_in
from loaders.drafts import Row, SourceDescription, SourceFile, TableJoin
from loaders.mapping.cell_values import holds
from loaders.mapping.facts import drafts
from loaders.mapping.parse import is_mapping, read_mapping, unfinished
from loaders.mapping.shape import (
    AmountCell,
    CredentialFact,
    DayCell,
    FileShape,
    Mapping,
    SanctionFact,
    Shape,
    ShareCell,
    TextCell,
    WordsCell,
    cells,
    explained,
    inside_brackets,
    is_joined,
    joined_columns,
    mentioned,
)
from loaders.reading.json_records import PEEK
from loaders.sources import SOURCES

TOLD_WITH_REJECTED = frozenset(("_run", "_line", "_reason", "_todo"))
"""Columns that `creditgraph ledger rejected --out` adds: a mended file may keep them."""


# --- which source ----------------------------------------------------------------------------------------------


def source_named(source: str) -> SourceDescription:
    """The source of a command line: the id of a built-in one, or the path of a mapping (.yaml, .yml).

    Raises:
        BadRequest: no such source.
        SourceError: the mapping cannot be used.
    """
    if is_mapping(source):
        return load_mapping(Path(source))
    if source not in SOURCES:
        raise BadRequest(
            f"There is no source {source!r}. Known are: {', '.join(sorted(SOURCES))}, or the path of a mapping (.yaml)."
        )
    return SOURCES[source]


def load_mapping(path: Path) -> SourceDescription:
    """The source that a mapping file describes, ready to be loaded.

    Raises:
        SourceError: it cannot be used, or still says TODO.
    """
    if todo := unfinished(mapping := read_mapping(path)):
        raise SourceError(
            f"still says TODO at {', '.join(todo)}", file=path.name, code="bad-mapping", todo="Fill it in first."
        )
    return describe(mapping, version=hashlib.sha256(path.read_bytes()).hexdigest())


def describe(mapping: Mapping, version: str = "") -> SourceDescription:
    """The source that a mapping describes."""
    facts = [fact for file in mapping.files for fact in file.facts]
    triggers = [
        c for f in facts if isinstance(f, SanctionFact | CredentialFact) and f.triggers for c in f.triggers.values or ()
    ]
    return SourceDescription(
        id=mapping.id,
        title=mapping.title.en,
        title_zh=mapping.title.zh,
        owner=mapping.owner,
        mode=mapping.mode,
        coverage=mapping.coverage,
        licence=mapping.licence,
        trust=mapping.trust,
        openness=mapping.openness,
        published=mapping.published,
        triggers=tuple(dict.fromkeys(triggers)),
        partition=None if mapping.partition == "all" else lambda _: mapping.partition,
        data_date=mapping.data_date,
        version=version,
        files=tuple(
            SourceFile(
                pattern=file.match,
                columns=tuple(
                    name for name in mentioned(file) if name not in file.may_lack and not is_joined(file, name)
                ),
                joins=tuple(
                    TableJoin(name, join.on, join.key, joined_columns(file, name), join.file, join.sheet, join.unknown)
                    for name, join in file.join.items()
                ),
                needed=tuple(needed(file)),
                drafts=partial(drafts, file),
                prepare=partial(agree, file),
                fields=fields(file),
                required=False,
                **against(file),
            )
            for file in mapping.files
        ),
    )


def against(file: FileShape) -> dict[str, Any]:
    """Which columns say whom a row is against and by which decision, and when it states none."""
    adverse = [fact for fact in file.facts if isinstance(fact, SanctionFact)]
    parties = [file.parties[fact.on] for fact in adverse]
    told = [cell for who in parties for cell in (who.name, who.uscc, who.reg, who.org_code, who.number) if cell]
    return {
        "against": tuple(dict.fromkeys(name for cell in told for name in cell.names)),
        "decided_in": tuple(dict.fromkeys(name for fact in adverse for name in fact.document_number.names)),
        "harmless": partial(_harmless, adverse),
    }


def _harmless(adverse: list[SanctionFact], row: Row) -> bool:
    """Whether a row meets the condition of no sanction. One of which that cannot be told may."""
    try:
        return not any(holds(row, fact.when) for fact in adverse)
    except SourceError:
        return False


def needed(file: FileShape) -> list[str]:
    """The columns whose cells a row has to fill in, or it is rejected."""
    found: dict[str, None] = {}
    for fact in file.facts:
        if fact.optional:
            continue
        for name in fact.names.values():
            found |= dict.fromkeys((*file.parties[name].is_.names, *file.parties[name].name.names))
        for key in ("document_number", "text", "kind", "post", "capacity", "basis"):
            value = getattr(fact, key, None)
            if isinstance(value, TextCell) and not (value.codes and value.unknown == "ignore"):
                found |= dict.fromkeys(inside_brackets(file).get(name, name) for name in value.names)
    for name, join in file.join.items():
        if any(column.startswith(f"{name}.") for column in found):
            found[join.on] = None
    return [name for name in found if name not in file.may_lack and not is_joined(file, name)]


def fields(file: FileShape) -> dict[str, str]:
    """Column → what is read from it, in English with the Chinese term in brackets."""
    named = {id(party): name for name, party in file.parties.items()}
    found = {}
    for column, readers in mentioned(file).items():
        if is_joined(file, column):
            continue
        told = (
            f"{named.get(id(part)) or getattr(part, 'fact', 'row')}: {explained(type(part), key)}" + _form(part, key)
            for part, key in readers
        )
        found[column] = "; ".join(dict.fromkeys(told))
    return found | dict.fromkeys(file.ignore, "not loaded (不载入)")


def _form(part: Shape, key: str) -> str:
    match dict(cells(part)).get(key):
        case AmountCell() | ShareCell() as value:
            return f", {value.unit}"
        case DayCell(format=str(form)):
            return f", {form}"
        case TextCell(codes=dict(codes)) | WordsCell(codes=dict(codes)):
            return f": {' | '.join(codes)}" if len(codes) <= 20 else f": {len(codes)} values"
    return ""


# --- the header ------------------------------------------------------------------------------------------------


def agree(file: FileShape, rows: Iterator[Row]) -> None:
    """Mapping and file name the same columns; else nothing of the file is loaded.

    Raises:
        SourceError: the file has columns that the mapping does not mention, or lacks some that it reads.
    """
    seen: dict[str, None] = {}
    name = ""
    for row in islice(rows, PEEK):
        seen |= dict.fromkeys(row.values)
        name = row.file
    if not name:
        return  # no row that could be read: each is rejected with its own reason
    read = mentioned(file)
    known = {*read, *file.ignore, *TOLD_WITH_REJECTED}
    if told := [name for name in inside_brackets(file) if name in seen]:
        raise SourceError(
            f"has a column {told[0]}, which the mapping uses as a name for what stands in brackets",
            file=name,
            code="unmapped-column",
            todo="Give `brackets` another name.",
        )
    if extra := [column for column in seen if column not in known]:
        raise SourceError(
            f"has columns that the mapping does not mention: {mask_ids_in(', '.join(extra))[:400]}",
            file=name,
            code="unmapped-column",
            todo="Map them, or put them into `ignore` if they are to be left out.",
        )
    if lost := [column for column in read if column not in seen and column not in file.may_lack]:
        raise SourceError(
            f"lacks columns that the mapping reads: {', '.join(lost)[:400]}",
            file=name,
            code="bad-header",
            todo="Is a column renamed? If files may be without it, put it into `may_lack`.",
        )
