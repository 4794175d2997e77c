"""Which file is which part of its source, and which run of the ledger. Reads files; writes nothing."""

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, LiteralString

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from graph_model.store.connect import Graph
from loaders.drafts import Row, SourceDescription, SourceFile, TablePlace, refuse_informants
from loaders.identity.resolver import digest
from loaders.load.joins import joined, tables_beside
from loaders.reading.lines import Head, header_at, named, names_of, on_two_lines, on_two_lines_fault
from loaders.reading.rows import columns_of, heads_of, read_rows, sha256_of
from loaders.sources import fitting
from queries.supply.catalogue import covered_owners

READ_RUN: LiteralString = """
MATCH (r:Run {id: $run})
RETURN r.state AS state, r.sha256 AS sha256, r.rows_in AS rows_in, r.accepted AS accepted,
    r.rejected AS rejected, r.duplicate AS duplicate, r.data_date AS data_date, r.held AS held, r.absent AS absent,
    coalesce(r.delivery, 1) AS delivery, coalesce(r.contested, 0) AS contested
"""


@dataclass(frozen=True)
class FileRun:
    """A file that is being loaded: a line of the ledger."""

    id: str
    path: Path
    part: SourceFile
    day: date | None
    """The day for which it speaks."""
    delivery: int
    """Which delivery of that day it is."""
    partition: str | None
    sha256: str
    state: str | None
    """How far it came before: None is new, `complete` leaves nothing to do."""
    context: Any = None
    """What `part.prepare` found."""
    covered: frozenset[str] | None = None
    """Owners whose rows the reporting catalogue has for this source; None: no catalogue."""
    done: int = 0
    rejected: int = 0

    @property
    def file(self) -> str:
        """What the ledger calls the file: a name may hold somebody's number."""
        return mask_ids_in(self.path.name)

    @property
    def sheet(self) -> str | None:
        """What the ledger calls its sheet."""
        sheet = self.part.place.sheet
        return sheet and mask_ids_in(sheet)

    @property
    def name(self) -> str:
        """How it is called: the file, and its sheet where it is one of several."""
        return mask_ids_in(named(self.path, self.part.place.sheet))

    def rows(self) -> Iterator[Row | SourceError]:
        """Its rows, from the first."""
        return rows_of(self.path, self.part)


def rows_of(path: Path, part: SourceFile) -> Iterator[Row | SourceError]:
    """The rows of a file, as the part of its source that it was found to be."""
    rows = read_rows(path, part.columns, part.place.sheet, fitting=fitting)
    return joined(path, part, rows) if part.joins else rows


def partition_of(description: SourceDescription, part: SourceFile, path: Path) -> str | None:
    """What a file of a snapshot covers: a part of the source, and of that one kind of file."""
    if description.mode != "snapshot":
        return None
    covered = description.partition(path) if description.partition else "all"
    return covered if len(description.files) == 1 else f"{covered}/{part.pattern}"


def day_of(description: SourceDescription, path: Path) -> date | None:
    """The data date as something beside the file or the description tells it."""
    return (description.dated_by(path) if description.dated_by else None) or description.data_date


def delivery_of(description: SourceDescription, path: Path) -> int:
    """Which delivery of its day a file or folder is, as something beside it tells; the first, if nothing does."""
    return description.numbered_by(path) if description.numbered_by else 1


def same_again(run: str, day: date | None, delivery: int) -> str:
    """The run of bytes that are loaded already, for another day or as another delivery: a snapshot in which nothing
    changed, or everything changed back.
    """
    told = [f"{day:%Y%m%d}"] if day else []
    return "-".join([run, *told, *([str(delivery)] if delivery > 1 or not day else [])])


def find_files(description: SourceDescription, path: Path) -> list[tuple[Path, SourceFile]]:
    """Which file is which part of the source, in the order in which they are to be loaded.

    A workbook stands there once for each sheet that has the columns of a part: `SourceFile.place` says which.
    """
    if not path.exists():
        raise SourceError("there is no such file or folder", file=str(path), code="no-file", todo="Check the path.")
    if path.is_dir():
        found = []
        files = sorted(p for p in path.iterdir() if p.is_file())
        # A pattern that takes any name leaves it to the header to tell two kinds of files apart.
        by_header = [part for part in description.files if part.pattern == "*"]
        told = [table for file in files if by_header for table in _tables(file, by_header)]
        for part in description.files:
            if part.pattern == "*":
                matching = [(file, one) for file, one in told if replace(one, place=part.place) == part]
            else:
                matching = [table for f in files if fnmatch.fnmatch(f.name, part.pattern) for table in _named(f, part)]
            if not matching and part.required:
                raise SourceError(
                    f"the folder holds no file {part.pattern} of source {description.id}",
                    file=path.name,
                    code="wrong-source",
                    todo="Is it the right source? `creditgraph load --help` lists them.",
                )
            found += matching
        if not found:
            patterns = ", ".join(part.pattern for part in description.files)
            raise SourceError(
                f"the folder holds no file of source {description.id} ({patterns})",
                file=path.name,
                code="wrong-source",
                todo="Is it the right source?",
            )
        return found
    if found := _tables(path, description.files):
        return found
    refuse_informants(columns_of(path), path.name)
    raise _no_table(path, description)


def _named(path: Path, part: SourceFile) -> list[tuple[Path, SourceFile]]:
    """A file that is of a part by its name."""
    if found := _tables(path, (part,)):
        return found
    refuse_informants(columns_of(path, part.columns), path.name)
    return [(path, part)]  # whoever reads it says what is wrong with it


def _tables(path: Path, parts: Sequence[SourceFile]) -> list[tuple[Path, SourceFile]]:
    """Which part of a source the table in a file is; of a workbook, each sheet that has the columns of one."""
    heads = heads_of(path)
    found: dict[str | None, tuple[SourceFile, TablePlace]] = {}
    empty: list[str | None] = []
    for head in heads:
        cells = [cells for _, cells in head.lines]
        for part in parts:
            at = header_at(cells, part.columns)
            if at is None or (found and not part.columns):  # what needs no column is the first sheet only
                continue
            refuse_informants(names_of(cells[at]), named(path, head.sheet if len(heads) > 1 else None))
            found[head.sheet] = part, TablePlace(head.sheet, at)
            if at + 1 == len(cells):  # as that of a month to come
                empty.append(head.sheet)
            break
    if not found:
        return []
    for head in heads:
        if head.sheet not in found and head.lines:
            _check_left_out(path, head, [part for part, _ in found.values()])
    taken = [one for sheet, one in found.items() if sheet not in empty] or list(found.values())[:1]
    sheets = {place.sheet for _, place in taken}
    left_out = tuple(
        head.sheet for head in heads if head.sheet and head.sheet not in sheets and (head.lines or not head.shown)
    )
    if len(found) == 1:  # then it is the file, with whatever else is in it
        taken = [(part, replace(place, sheet=None)) for part, place in taken]
    taken[0] = taken[0][0], replace(taken[0][1], left_out=left_out)
    return [(path, part if place == part.place else replace(part, place=place)) for part, place in taken]


def _closest(head: Head, parts: Sequence[SourceFile]) -> tuple[int, SourceFile, list[str]]:
    """Of a table that is none of these parts: its line with most of the columns of one, that part, what the line lacks."""
    best, *others = [
        (n, part, [column for column in part.columns if column not in names])
        for part in parts
        for n, names in enumerate(set(names_of(cells)) for _, cells in head.lines)
    ]
    for one in others:
        if len(one[1].columns) - len(one[2]) > len(best[1].columns) - len(best[2]):
            best = one
    return best


def _check_left_out(path: Path, head: Head, parts: Sequence[SourceFile]) -> None:
    """A sheet that has most of the columns is no cover page: a month with one column renamed would be lost."""
    if not parts or not head.lines:
        return
    at, part, missing = _closest(head, parts)
    if 2 * len(missing) < len(part.columns):
        raise SourceError(
            f"the sheet lacks the columns {', '.join(missing[:8])}, and has the others",
            file=named(path, head.sheet),
            line=head.lines[at][0],
            code="wrong-header",
            todo="Name them as the other sheets do. If it holds no such rows, hide it (hidden sheets are not read), or take "
            "it out.",
        )


def _no_table(path: Path, description: SourceDescription) -> SourceError:
    """Why a file is no file of a source."""
    heads = [head for head in heads_of(path) if head.lines]
    closest = [(head, *_closest(head, description.files)) for head in heads]
    head, at, part, missing = max(closest, key=lambda one: len(one[2].columns) - len(one[3]))
    cells = [cells for _, cells in head.lines]
    for upper, lower in pairwise(cells):
        if on_two_lines(upper, lower) and not {*names_of(upper), *names_of(lower)}.isdisjoint(part.columns):
            return on_two_lines_fault(named(path, head.sheet), head.lines[cells.index(upper)][0])
    by_case = {name.lower(): name for name in names_of(cells[at])}
    otherwise = [f"{by_case[name.lower()]} for {name}" for name in missing if name.lower() in by_case]
    others = [source for line in cells for source in fitting(names_of(line)) if source != description.id]
    return SourceError(
        f"the columns {', '.join(missing[:8])} are missing",
        file=path.name,
        line=head.lines[at][0] or 1,
        code="wrong-header",
        todo=f"It is no file of source {description.id}, or its header was changed. Found: "
        f"{', '.join(sorted(names_of(cells[at]))[:12])}."
        + f" Only the case of letters differs in {', '.join(otherwise[:8])}: write them as here." * bool(otherwise)
        + f" The columns fit {' or '.join(dict.fromkeys(others))}." * bool(others),
    )


def open_file(
    graph: Graph | None,
    description: SourceDescription,
    part: SourceFile,
    path: Path,
    day: date | None,
    delivery: int,
) -> FileRun:
    """Which run a file is, how far that came, for which day it speaks. Reads the file, writes nothing.

    Args:
        graph: None when there is none yet, so that nothing is loaded.

    Raises:
        SourceError: the file cannot be read, has no rows, or is held for review.
    """
    sha256, sheet = sha256_of(path), part.place.sheet
    marks = [mark for mark in (description.version, sheet, *tables_beside(path, part)) if mark]
    content = digest(sha256, *marks) if marks else sha256
    run, partition = f"{description.id}-{content[:16]}", partition_of(description, part, path)
    found = graph.read(READ_RUN, run=run) if graph else []
    if graph and found:
        told = found[0]
        if (day is not None and told["data_date"] != day) or told["delivery"] != delivery:
            run = same_again(run, day, delivery)
            found = graph.read(READ_RUN, run=run)
    state = found[0]["state"] if found else None
    opened = FileRun(run, path, part, day, delivery, partition, sha256, state)
    if state == "complete":
        return opened
    if state not in (None, "loading"):
        raise SourceError(
            f"was {state} as {run} and is not loaded before it is released",
            file=named(path, sheet),
            code="held",
            todo="creditgraph ledger review, then creditgraph ledger release.",
        )
    rows = rows_of(path, part)  # opened once: a workbook is unpacked whole
    if (first := next(rows, None)) is None:
        raise SourceError("the file has a header but no rows", file=named(path, sheet), code="empty")
    context = part.prepare(r for r in chain([first], rows) if isinstance(r, Row)) if part.prepare else None
    if found:  # killed before: whatever is said now, its rows speak for one day
        day = found[0]["data_date"] and found[0]["data_date"].to_native()
    elif day is None and part.dated is not None:
        day = part.dated(context)
    done, rejected = (found[0]["rows_in"], found[0]["rejected"]) if found else (0, 0)
    covered = (
        covered_owners(graph, description.id) if graph else None
    )  # raises when the catalogue says that its rows are not stored
    return replace(opened, day=day, context=context, covered=covered, done=done, rejected=rejected)
