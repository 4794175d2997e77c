"""Rows that refer to another table: parties named by an id that a second file, another sheet, or the table itself explains."""

import fnmatch
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from loaders.drafts import Row, SourceFile, TableJoin
from loaders.reading.lines import named, row_fault
from loaders.reading.rows import read_rows, sha256_of
from loaders.reading.values import plain

Cells = tuple[str | None, ...]


def joined(path: Path, part: SourceFile, rows: Iterable[Row | SourceError]) -> Iterator[Row | SourceError]:
    """The rows of a file, each with the cells of the rows that it refers to.

    Raises:
        SourceError: another table is not there, or lacks a column.
    """
    tables = [(join, _table(*_place(path, part, join), join.key, join.columns)) for join in part.joins]
    for row in rows:
        if isinstance(row, SourceError):
            yield row
            continue
        values, fault = dict(row.values), None
        for join, table in tables:
            id = plain(row.get(join.on))
            found = table.get(id) if id else ()
            if id and ((found is None and join.unknown == "reject") or found == ()):
                why, code = (
                    ("is in no row of", "unknown-id")
                    if found is None
                    else ("stands in several rows of", "ambiguous-id")
                )
                other, _, _ = _place(path, part, join)
                todo = f"Correct it here, or in the column {join.key} there; or say `unknown: ignore` in the mapping."
                said = f"{mask_ids_in(id)!r} {why} {other.name}"
                fault = fault or row_fault(row, said, todo, code=code, field=join.on)
            values |= zip((f"{join.name}.{c}" for c in join.columns), found or [None] * len(join.columns), strict=False)
        yield fault or Row(row.file, row.line, values, row.written)


def tables_beside(path: Path, part: SourceFile) -> list[str]:
    """The hashes of the other files that a file refers to: when one of them changes, its rows say something else."""
    places = {_place(path, part, join)[0] for join in part.joins}
    return [sha256_of(place) for place in sorted(places - {path})]


def _place(path: Path, part: SourceFile, join: TableJoin) -> tuple[Path, str | None, tuple[int, int]]:
    """Where the other table is: file and sheet, with what tells one content of the file from another."""
    other = path
    if join.file is not None:
        found = [p for p in sorted(path.parent.iterdir()) if p.is_file() and fnmatch.fnmatch(p.name, join.file)]
        if len(found) != 1:
            raise SourceError(
                f"refers to another table, and {len(found) or 'no'} files {join.file} are in its folder",
                file=path.name,
                code="no-file",
                todo=f"Put the one file that explains {join.on} beside it.",
            )
        other = found[0]
    told = other.stat()
    sheet = join.sheet if join.file or join.sheet else part.place.sheet
    return other, sheet, (told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=4)  # a file is gone through several times
def _table(
    path: Path, sheet: str | None, _content: tuple[int, int], key: str, columns: tuple[str, ...]
) -> dict[str, Cells]:
    """Key → the cells of its row; none, where several rows have the key and say different things."""
    found: dict[str, Cells] = {}
    for row in read_rows(path, (key, *columns), sheet):
        if isinstance(row, Row) and (id := plain(row.get(key))):
            cells = tuple(row.get(column) for column in columns)
            if found.setdefault(id, cells) != cells:
                found[id] = ()
    if not found:
        raise SourceError("has no row with a key", file=named(path, sheet), field=key, code="empty", todo="Fill it in.")
    return found
