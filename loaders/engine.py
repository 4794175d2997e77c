"""Source file → graph. Reads rows, finds or makes the parties, writes facts in batches, keeps the ledger.

One batch is one transaction: facts, rejected rows and the counters of the run are committed together. So a load
that was killed goes on where it stopped, and rows in = accepted + rejected + duplicate holds at every moment.
"""

import fnmatch
import gc
import json
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, groupby, islice, pairwise
from pathlib import Path
from typing import Any, LiteralString, NamedTuple

from msgspec import Struct

from graph_model import cypher
from graph_model.errors import SourceError
from graph_model.identifiers import mask_citizen_ids_in, mask_ids_in
from graph_model.keys import Keys
from graph_model.schema import FOREVER, RELATIONSHIP_BY_TYPE, Fact, Profile, Relationship, Statement
from graph_model.store import Graph, Tx
from loaders.called import Called, Mentions, by_identifier, mentions, note
from loaders.catalogue import admit
from loaders.drafts import (
    Draft,
    EntityRef,
    PersonRef,
    Place,
    Ref,
    Row,
    SourceDescription,
    SourceFile,
    refuse_informants,
)
from loaders.identity import Found, Pairs, Resolver, claim_id, digest, hashed, identifiers, joined, statement_id
from loaders.merge import join
from loaders.refresh import refresh, touch
from loaders.rows import (
    Head,
    columns_of,
    header_at,
    heads_of,
    named,
    names_of,
    on_two_lines,
    on_two_lines_fault,
    read_rows,
    sha256_of,
)
from loaders.snapshots import sweep_new
from queries.catalogue import covered_owners

BATCH = 5_000
"""Rows in one transaction: large enough that round trips do not count, small enough for any heap."""

KNOWN_LIMIT = 200_000
"""Identifiers remembered between batches; more would cost memory, and a look-up is cheap."""

MAX_NAME = 1_000
"""Characters of a name or number. An index takes no more than 8 KB, and would stop the whole load."""

SHORTEST_ID = 15
"""Characters of an id number: 15 or 18. A shorter text holds none."""

Progress = Callable[[str, int, int], None]
"""(file, rows so far, rows rejected so far)"""

START_RUN: LiteralString = """
MERGE (s:Source {id: $source}) SET s.title = $title, s.owner = $owner
MERGE (r:Run {id: $run})
SET r.source = $source, r.file = $file, r.sheet = $sheet, r.sha256 = $sha256, r.state = $state, r.rows_in = 0,
    r.accepted = 0, r.rejected = 0, r.duplicate = 0, r.data_date = $data_date, r.delivery = $delivery,
    r.partition = $partition, r.started_seq = $seq
MERGE (r)-[:OF_SOURCE]->(s)
"""

READ_RUN: LiteralString = """
MATCH (r:Run {id: $run})
RETURN r.state AS state, r.sha256 AS sha256, r.rows_in AS rows_in, r.accepted AS accepted,
    r.rejected AS rejected, r.duplicate AS duplicate, r.data_date AS data_date, r.held AS held, r.absent AS absent,
    coalesce(r.delivery, 1) AS delivery, coalesce(r.contested, 0) AS contested
"""

COUNT: LiteralString = """
MATCH (r:Run {id: $run})
SET r.rows_in = r.rows_in + $rows_in, r.accepted = r.accepted + $accepted,
    r.rejected = r.rejected + $rejected, r.duplicate = r.duplicate + $duplicate,
    r.contested = CASE $contested WHEN 0 THEN r.contested ELSE coalesce(r.contested, 0) + $contested END
"""

FINISH_RUNS: LiteralString = """
UNWIND $runs AS run
MATCH (r:Run {id: run}) SET r.state = 'complete', r.finished_seq = $seq
"""

REJECT: LiteralString = """
UNWIND $rows AS row
MATCH (r:Run {id: row.run})
MERGE (x:RejectedRow {run: row.run, line: row.line}) SET x = row
MERGE (x)-[:REJECTED_IN]->(r)
"""

_BASE_FIELDS = frozenset(Fact.model_fields)
CONTENT: dict[type[Fact], tuple[str, ...]] = {
    kind: tuple(f for f in kind.model_fields if f not in _BASE_FIELDS)
    for kind in (*RELATIONSHIP_BY_TYPE.values(), Profile)
}
"""What each type of fact says, beside who, when and where from."""


@dataclass(frozen=True)
class Loaded:
    """One file's line in the ledger."""

    run: str
    source: str
    file: str
    sha256: str
    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    changed: bool
    """False: the same file had been loaded before, nothing was written."""
    absent: int = 0
    """Facts that older snapshots have and this one has not: marked as absent."""
    held: str | None = None
    """Why nothing was marked as absent."""
    delivery: int = 1
    """Which delivery of its day it is."""
    contested: int = 0
    """Rows of which another file of the same day and delivery says otherwise, so that neither is newer."""
    sheet: str | None = None
    """Of a workbook of which several are loaded."""
    lines_above: int = 0
    """Filled lines above the names of the columns: they are no rows."""
    sheets_left_out: tuple[str, ...] = ()
    """Sheets without the columns, or hidden; told with the first of a workbook."""


@contextmanager
def rare_collections() -> Generator[None]:
    """Look for circles of dead objects less often: a load makes millions of objects and hardly a circle, and looking
    for them took a fifth of its time.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@rare_collections()
def load(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    path: Path,
    *,
    data_date: date | None = None,
    delivery: int | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> list[Loaded]:
    """Load a file, or a folder with the files of a source.

    Args:
        data_date: the day for which it speaks; None: as the source tells it.
        delivery: which delivery of that day it is: of two files of one day, the higher one has the last word; None:
            as the source tells it, else the first.
        sheet: of a workbook with several sheets, only this one.

    Returns:
        one `Loaded` for each file, or sheet of a workbook.

    Raises:
        SourceError: no such file, no file of this source in it, or a file that cannot be read at all. Single rows
            that cannot be used do not raise: they are rejected, with their reason, in the ledger.
    """
    files = [(file, part) for file, part in find_files(description, path) if sheet in (None, part.place.sheet)]
    graph.prepare(keys.fingerprint)
    day, number = data_date or day_of(description, path), delivery or delivery_of(description, path)

    def opened() -> Iterator[FileRun]:
        # Nothing of a workbook is written before all its sheets have been opened.
        for _, together in groupby(files, lambda one: one[0] if one[1].place.sheet else one):
            yield from [open_file(graph, description, part, file, day, number) for file, part in together]

    return load_runs(graph, keys, description, opened(), progress)


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
    def name(self) -> str:
        """How it is called: the file, and its sheet where it is one of several."""
        return named(self.path, self.part.place.sheet)

    def rows(self) -> Iterator[Row | SourceError]:
        """Its rows, from the first."""
        return rows_of(self.path, self.part)


def rows_of(path: Path, part: SourceFile) -> Iterator[Row | SourceError]:
    """The rows of a file, as the part of its source that it was found to be."""
    return read_rows(path, part.columns, part.place.sheet)


def load_runs(
    graph: Graph, keys: Keys, description: SourceDescription, opened: Iterable[FileRun], progress: Progress | None
) -> list[Loaded]:
    """Load files of a source, each opened just before. `load` for those who have opened them."""
    memory = Memory()
    runs = []
    for run in opened:
        runs.append(run)
        if run.state != "complete":
            _load_file(graph, keys, description, run, memory, progress)
    if new := [run for run in runs if run.state != "complete"]:
        _sweep(graph, description, new, progress)
        # Once for all files: most parties are named in several of them.
        refresh(graph, (lambda done, total: progress("caches", done, 0)) if progress else None)
        graph.write("load", lambda tx: tx.run(FINISH_RUNS, runs=[run.id for run in new], seq=tx.seq))
    return [loaded(graph, run, description) for run in runs]


def _sweep(graph: Graph, description: SourceDescription, runs: list[FileRun], progress: Progress | None) -> None:
    """When all files of a snapshot are in: what it no longer has is absent."""
    snapshots: dict[tuple[str, date | None], list[FileRun]] = defaultdict(list)
    for run in runs:
        if run.partition is not None:
            snapshots[run.partition, run.day].append(run)
    for (partition, day), files in sorted(snapshots.items(), key=lambda item: str(item[0])):
        sweep_new(
            graph,
            [run.id for run in files],
            description.id,
            partition,
            day,
            least=files[0].part.least,
            progress=(lambda done, total: progress("absent", done, 0)) if progress else None,
        )


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
    found: dict[str | None, tuple[SourceFile, Place]] = {}
    empty: list[str | None] = []
    for head in heads:
        cells = [cells for _, cells in head.lines]
        for part in parts:
            at = header_at(cells, part.columns)
            if at is None or (found and not part.columns):  # what needs no column is the first sheet only
                continue
            refuse_informants(names_of(cells[at]), named(path, head.sheet if len(heads) > 1 else None))
            found[head.sheet] = part, Place(head.sheet, at)
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
        if on_two_lines(upper, lower) and not set(names_of(upper)).isdisjoint(part.columns):
            return on_two_lines_fault(named(path, head.sheet), head.lines[cells.index(upper)][0])
    return SourceError(
        f"the columns {', '.join(missing[:8])} are missing",
        file=path.name,
        line=head.lines[at][0] or 1,
        code="wrong-header",
        todo=f"It is no file of source {description.id}, or its header was changed. Found: "
        f"{', '.join(sorted(names_of(cells[at]))[:12])}.",
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
    marks = [mark for mark in (description.version, sheet) if mark]
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


def _load_file(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    run: FileRun,
    memory: "Memory",
    progress: Progress | None,
) -> None:
    """Write the rows of one file, those that are not in yet."""
    if run.state is None:  # the file is opened, and its header is right: only now anything is written

        def start(tx: Tx) -> int:
            start_run(tx, description, run, state="loading")
            return tx.seq

        memory.keep(graph.write("load", start))
    writer = writer_of(graph, keys, description, run, memory)
    done, rejected = run.done, run.rejected
    with ThreadPoolExecutor(1) as reader:  # reads and checks the next batch while the server writes this one
        rows = islice(run.rows(), done, None)

        def read() -> Batch:
            return writer.prepare(list(islice(rows, BATCH)), run.part, run.context)

        ahead = reader.submit(read)
        while (batch := ahead.result()).rows:
            ahead = reader.submit(read)
            rejected += writer.write(batch)
            done += len(batch.rows)
            if progress:
                progress(run.name, done, rejected)


def start_run(tx: Tx, description: SourceDescription, run: FileRun, *, state: str) -> None:
    """A new line of the ledger."""
    tx.run(
        START_RUN,
        run=run.id,
        source=description.id,
        title=description.title,
        owner=description.owner,
        file=run.path.name,
        sheet=run.part.place.sheet,
        sha256=run.sha256,
        state=state,
        data_date=run.day,
        delivery=run.delivery if run.delivery > 1 else None,
        partition=run.partition,
        seq=tx.seq,
    )


def writer_of(
    graph: Graph, keys: Keys, description: SourceDescription, run: FileRun, memory: "Memory"
) -> "BatchWriter":
    """What writes the rows of a file."""
    return BatchWriter(
        graph, keys, description, run.id, run.day, memory, run.partition, run.delivery, covered=run.covered
    )


def loaded(graph: Graph, run: FileRun, description: SourceDescription) -> Loaded:
    """What the ledger says of a file."""
    counts = graph.read(READ_RUN, run=run.id)[0]
    return Loaded(
        run=run.id,
        source=description.id,
        file=run.path.name,
        sha256=counts["sha256"],
        rows_in=counts["rows_in"],
        accepted=counts["accepted"],
        rejected=counts["rejected"],
        duplicate=counts["duplicate"],
        changed=run.state != "complete",
        absent=counts["absent"] or 0,
        held=counts["held"],
        delivery=counts["delivery"],
        contested=counts["contested"],
        sheet=run.part.place.sheet,
        lines_above=run.part.place.above,
        sheets_left_out=run.part.place.left_out,
    )


def _masked(value: Any) -> Any:
    if value.__class__ is str:
        return mask_citizen_ids_in(value) if len(value) >= SHORTEST_ID else value
    if value.__class__ is list:
        return [_masked(item) for item in value]
    return value


_PARTIES = (EntityRef, PersonRef)


def _check_name(row: Row, ref: EntityRef | PersonRef) -> None:
    """Raises SourceError for what is no name, or nothing that an index could take."""
    name = ref.name
    if len(name) >= SHORTEST_ID and mask_citizen_ids_in(name) != name:
        raise SourceError(
            "an id number stands where a name belongs",
            file=row.file,
            line=row.line,
            code="misplaced-id",
            todo="Put the columns right at the source.",
        )
    longest = len(name)
    for _, value in ref.identifiers:
        longest = max(longest, len(value))
    if longest > MAX_NAME:
        raise SourceError(
            f"a name or number of more than {MAX_NAME} characters",
            file=row.file,
            line=row.line,
            code="too-long",
            todo="Was a whole text put into one cell? Put the columns right at the source.",
        )


class Said(Struct, frozen=True, gc=False):
    """What follows from a draft alone, whoever its parties turn out to be."""

    kind: type[Fact]
    start: Ref
    end: Ref | None
    record: str | None
    since: date | None
    until: date | None
    day: date | None
    """For which it is said."""
    line: int
    owner: str
    content: dict[str, Any]
    """By name, only what is said, and only masked: free text of a decision may tell an id number."""
    stated: str
    """First day and content, joined: what tells statements apart that are nobody's record."""
    digest: str
    """Of days and content: what tells versions apart."""


Prepared = tuple[Row | SourceError, list[Said]]


class Batch(NamedTuple):
    """Rows; the identifiers of all whom they name; and by which names they call them in passing."""

    rows: list[Prepared]
    refs: dict[Ref, Pairs]
    called: Called


@dataclass
class Memory:
    """What a load knows of its own batches. It holds only while nobody else writes in between."""

    known: dict[tuple[str, str], Found] = field(default_factory=dict)
    numbered: set[tuple[str, str]] = field(default_factory=set)
    """As in `Resolver`, for a load that writes nothing: there the graph cannot tell."""
    marked: set[str] = field(default_factory=set)
    """Nodes made or changed. They, and all sanctions around them, wait to be computed again: no need to mark them
    twice. A new relationship changes both of its ends, so that stays true whatever is added."""
    position: int = -1

    def check(self, seq: int) -> None:
        """Called inside a write at `seq`: if that is not the next position, all is forgotten."""
        if seq != self.position + 1 or len(self.known) > KNOWN_LIMIT:
            self.known.clear()  # somebody else wrote in between: what we remember may have been merged
            self.marked.clear()

    def keep(self, seq: int) -> None:
        """Called when a write of ours was committed at `seq`."""
        self.check(seq)
        self.position = seq


@dataclass
class BatchWriter:
    """Writes batches of prepared rows."""

    graph: Graph
    keys: Keys
    description: SourceDescription
    run: str
    data_date: date | None
    memory: Memory
    partition: str | None = None
    delivery: int = 1
    """Which delivery of its day the file is."""
    planned: dict[str, "_Believed"] | None = None
    """When nothing is written: what earlier batches would have written."""
    covered: frozenset[str] | None = None
    """Owners whose rows the reporting catalogue has for this source; None: no catalogue."""
    _words: dict[date | None, tuple["Word", dict[str, Any]]] = field(default_factory=dict)

    def prepare(self, items: list[Row | SourceError], part: SourceFile, context: Any) -> Batch:
        """What rows say, and of whom: all that needs no database."""
        named: dict[Ref, None] = {}
        mentioned: Mentions = {}
        prepared = [self._prepared(item, part, context, named, mentioned) for item in items]
        refs = identifiers(named, self.keys.hash)
        return Batch(prepared, refs, by_identifier(mentioned, refs))

    def _prepared(
        self, item: Row | SourceError, part: SourceFile, context: Any, named: dict[Ref, None], mentioned: Mentions
    ) -> Prepared:
        """`named`: all whom the rows that are taken name; `mentioned`: those in passing."""
        if isinstance(item, SourceError):
            item.owner = self.description.owner_of(part, item.row)
            return item, []
        try:
            drafts = list(part.drafts(item, context))
            admit(item, drafts, self.description, self.covered)
            new = [ref for draft in drafts for ref in (draft.start, draft.end) if ref is not None and ref not in named]
            for ref in new:
                if isinstance(ref, _PARTIES):
                    _check_name(item, ref)
            every = [self._said(item, draft) for draft in drafts]
            named.update(dict.fromkeys(new))
            mentions(drafts, self.data_date, mentioned)
            return item, every
        except SourceError as fault:
            if fault.row is None:
                fault.row = item
            fault.owner = fault.owner or self.description.owner_of(part, item)
            # Where it was raised is of no more use, and would hold the whole batch in memory.
            fault.__traceback__ = fault.__context__ = fault.__cause__ = None
            return fault, []

    def write(self, batch: Batch) -> int:
        """One transaction. Returns how many rows were rejected."""

        def work(tx: Tx) -> tuple[int, Resolver, set[str], int]:
            self.memory.check(tx.seq)
            resolver = Resolver(source=self.description.id, hash=self.keys.hash, known=self.memory.known)
            return tx.seq, resolver, *self._write(tx, resolver, batch)

        seq, resolver, touched, rejected = self.graph.write("load", work)
        self.memory.keep(seq)
        self.memory.known.update(resolver.fresh)
        self.memory.marked |= touched
        return rejected

    def plan(self, tx: Tx, batch: Batch) -> tuple["_Plan", Resolver]:
        """What writing a batch would do; writes nothing. `memory` and `planned` remember the batches before."""
        prepared, refs, _ = batch
        memory = self.memory
        resolver = Resolver(self.description.id, self.keys.hash, memory.known, numbered=memory.numbered)
        found = resolver.resolve(tx, refs)
        plan = self._plan(tx, prepared, found, resolver.new.keys())
        self.memory.known.update(resolver.fresh)
        return plan, resolver

    def _write(self, tx: Tx, resolver: Resolver, batch: Batch) -> tuple[set[str], int]:
        prepared, refs, called = batch
        found = resolver.resolve(tx, refs)
        fresh = resolver.new.keys()
        plan = self._plan(tx, prepared, found, fresh)
        source = self.description
        plan.touched |= note(tx, called, resolver.new.identifiers, source.trust == "official", source.id, self.run)
        resolver.new.write(tx)
        for kind, ids in plan.closed.items():
            tx.run(cypher.close(kind), ids=ids, seq=tx.seq)
        for kind, rows in plan.seen.items():
            tx.run(cypher.seen_again(kind), rows=rows, seq=tx.seq)
        for kind, rows in plan.created.items():
            tx.run(cypher.create_facts(kind), rows=rows)
        for kind, ids in plan.contradicted.items():
            tx.run(cypher.contest(kind), ids=ids)
        touch(tx, plan.touched - fresh - self.memory.marked)
        for other, keep in resolver.joined.items():
            join(tx, keep, other, self.run)
        rejected = [self.rejected(item) for item, _ in prepared if isinstance(item, SourceError)]
        if rejected:
            tx.run(REJECT, rows=rejected)
        counts = {
            "rows_in": len(prepared),
            "accepted": plan.accepted,
            "rejected": len(rejected),
            "duplicate": len(prepared) - plan.accepted - len(rejected),
            "contested": len(plan.contested),
        }
        tx.run(COUNT, run=self.run, **counts)
        return plan.touched | fresh, len(rejected)

    def rejected(self, fault: SourceError) -> dict[str, Any]:
        """A row that was not taken, whole and encrypted, with its reason."""
        row = fault.row
        values = json.dumps(row.values if row else {}, ensure_ascii=False).encode()
        return {
            "run": self.run,
            "line": fault.line if fault.line is not None else (row.line if row else 0),
            "field": fault.field or None,
            "code": fault.code,
            "reason": mask_ids_in(fault.reason),
            "todo": fault.todo or None,
            "owner": mask_ids_in(fault.owner) if fault.owner else None,
            "payload": self.keys.cipher.encrypt(values),
        }

    def _plan(self, tx: Tx, prepared: list[Prepared], found: dict[Ref, Found], fresh: set[str]) -> "_Plan":
        """Which facts are new, which supersede a believed version, which are there already."""
        candidates: list[tuple[int, Any, dict[str, Any], str, str | None]] = []
        ids: dict[Any, dict[str, None]] = defaultdict(dict)
        for index, (_, said) in enumerate(prepared):
            for one in said:
                kind, props, start, end, ends = self.placed(one, found)
                candidates.append((index, kind, props, start, end))
                # The parties are part of a statement's id: of one that is new nothing can have been stated.
                if fresh.isdisjoint(ends):
                    ids[kind][props["statement_id"]] = None
        believed: dict[str, _Believed] = {}
        for kind, wanted in ids.items():
            rows = tx.run(cypher.believed(kind), ids=list(wanted), forever=FOREVER)[0]["found"]
            for sid, fact_id, content, snapshot, absent, *said in rows:
                days = (day.to_native() if day else None for day in (snapshot, absent))
                believed[sid] = _Believed(fact_id, content, *days, _word(*said))
        if self.planned is not None:
            believed.update(
                (sid, self.planned[sid]) for _, _, p, *_ in candidates if (sid := p["statement_id"]) in self.planned
            )
        plan = _Plan()
        changed_rows: set[int] = set()
        own: dict[str, _Own] = {}
        words, planned = self._words, self.planned
        for one in candidates:
            index, kind, props, start, end = one
            sid, day = props["statement_id"], props.get("data_date")
            word = words[day][0]
            if sid in own:  # two rows of this batch speak for one statement
                said, spoken = own[sid]
                if said[2]["digest"] == props["digest"]:
                    if word > spoken[-1]:
                        spoken.append(word)
                    continue
                if word < spoken[-1]:
                    continue
            elif sid in believed and believed[sid].content == props["digest"] and not self._back(believed[sid]):
                now = self._again(plan, kind, believed[sid], word, start, end)
                if planned is not None and now is not believed[sid]:
                    planned[sid] = now
                believed[sid] = now
                continue
            own[sid] = one, [word]  # the later line is the later word
            changed_rows.add(index)
        for sid, mine in own.items():
            now = self._decide(plan, tx.seq, mine, believed.get(sid))
            if planned is not None:
                planned[sid] = now or self._now(mine)
        plan.accepted = len(changed_rows)
        return plan

    def _decide(self, plan: "_Plan", seq: int, mine: "_Own", before: "_Believed | None") -> "_Believed | None":
        """Whether what a batch says of a statement is believed from now on. Returns what is believed, if not."""
        (index, kind, props, start, end), words = mine
        same = before is not None and before.content == props["digest"]
        if before is not None and same and not self._back(before) and words[-1] < before.word:
            return self._again(plan, kind, before, words[-1], start, end)
        props["fact_id"] = f"{props['statement_id']}.{seq}"
        props["rec_from"], props["rec_to"] = seq, FOREVER
        if len(words) > 1:
            props |= words[-1].told()
            props["seen_on"], props["seen_at"] = [one.day for one in words[1:]], [seq] * (len(words) - 1)
        if self.partition is not None:
            props["partition"], props["in_snapshot"] = self.partition, self.data_date
        if before is not None:
            word = words[-1]
            if same:  # back in a snapshot, or said otherwise in between; the newest day for which it was said stays
                if word < before.word:
                    words.append(before.word)
                    day = before.word.day if before.word.day > date.min else None
                    props |= {"data_date": day, **before.word.told(), "seen_in": before.word.run}
                    props.pop("seen_on", None), props.pop("seen_at", None)
                plan.closed[kind].append(before.fact_id)
            else:
                if contested := word[:3] == before.word[:3] and word.run != before.word.run:
                    plan.contested.add(index)
                if word < before.word:  # it comes late: kept, but never the present view
                    props["rec_to"] = seq
                    if contested:
                        plan.contradicted[kind].append(before.fact_id)
                else:
                    if contested:
                        props["contested"] = True
                    plan.closed[kind].append(before.fact_id)
        row = {"start": start, "props": props}
        if end is not None:
            row["end"] = end
        plan.created[kind].append(row)
        if start:
            plan.touched.add(start)
        if end:
            plan.touched.add(end)
        return before if props["rec_to"] != FOREVER else None

    def _now(self, mine: "_Own") -> "_Believed":
        """What is believed once it is written."""
        (_, _, props, _, _), words = mine
        return _Believed(props["fact_id"], props["digest"], props.get("in_snapshot"), None, words[-1])

    def word(self, day: date | None) -> tuple["Word", dict[str, Any]]:
        """What is said for a day by this file, and how a fact tells that."""
        if day not in self._words:
            file = self.data_date or day or date.min
            word = Word(day or date.min, file, self.delivery, self.run)
            self._words[day] = word, {name: value for name, value in word.told().items() if value is not None}
        return self._words[day]

    def _back(self, before: "_Believed") -> bool:
        """Whether it is absent from an older snapshot than this one: then it is back, and that is a new version."""
        return before.absent is not None and self.data_date is not None and self.data_date >= before.absent

    def _again(
        self, plan: "_Plan", kind: Any, before: "_Believed", word: "Word", start: str, end: str | None
    ) -> "_Believed":
        """Note of a statement that says the same again: a later day, a later snapshot, a later file."""
        newer = word.day if word.day > before.word.day else None
        snapshot = before.snapshot
        if self.partition is not None and self.data_date is not None:
            snapshot = max(filter(None, (before.snapshot, self.data_date)))
        if word <= before.word and snapshot == before.snapshot:
            return before
        last = {**word.told(), "seen_in": word.run} if word > before.word else None
        plan.seen[kind].append({"id": before.fact_id, "day": newer, "snapshot": snapshot, "last": last})
        if newer or snapshot != before.snapshot:
            plan.touched.update(k for k in (start, end) if k)
        return before._replace(snapshot=snapshot, word=max(word, before.word))

    def _said(self, row: Row, draft: Draft) -> Said:
        fact, owner = draft.fact, self.description.owner
        values, since, until = fact.__dict__, fact.since, fact.until
        content = {name: _masked(value) for name in CONTENT[type(fact)] if (value := values[name]) is not None}
        if draft.owner is not None:
            owner = _masked(draft.owner) or owner
        # By name, and only what is said: a field that a later schema adds leaves older statements the same.
        first = joined(since)
        stated = joined(first, *chain.from_iterable(content.items()))
        return Said(
            type(fact),
            draft.start,
            draft.end,
            draft.record,
            since,
            until,
            draft.data_date or self.data_date,
            row.line,
            owner,
            content,
            stated,
            hashed(f"{first}\x1f{joined(until)}{stated[len(first) :]}"),
        )

    def placed(
        self, said: Said, found: dict[Ref, Found]
    ) -> tuple[Any, dict[str, Any], str, str | None, tuple[str, str]]:
        """(kind, properties, start, end, both ends as stated)"""
        kind, source = said.kind, self.description
        props = {
            **said.content,
            "digest": said.digest,
            "source": source.id,
            "run": self.run,
            "line": said.line,
            "owner": said.owner,
            "trust": source.trust,
            "openness": source.openness,
            "published": source.published,
        }
        for name, day in (("since", said.since), ("until", said.until), ("data_date", said.day)):
            if day:
                props[name] = day
        if said.day not in self._words:
            self.word(said.day)
        if told := self._words[said.day][1]:
            props |= told
        start = found[said.start]
        end = found[said.end] if said.end is not None else None
        # The parties as stated, before any name policy: making or undoing a link leaves the statement the same.
        ends = (start.stated or start.key, (end.stated or end.key) if end else "")
        props["statement_id"] = statement_id(self.said_by, kind.TYPE, said.record, ends, said.stated)
        props["claim_id"] = claim_id(kind.TYPE, start.key, end.key if end else "", said.since)
        for name, side in (("start", start), ("end", end)):
            if side is not None and side.stated:
                props[f"{name}_stated"] = side.stated
                if side.match is not None:
                    props[f"{name}_match"] = side.match
        if kind is Profile:
            return Statement, props, start.key, None, ends
        return kind, props, start.key, end.key if end else None, ends

    @property
    def said_by(self) -> str:
        """Whose statement: what each part of a source says is its own, its snapshots say nothing of the others."""
        return f"{self.description.id}/{self.partition}" if self.description.partition else self.description.id


class Word(NamedTuple):
    """When something was said: of two words on one record, the greater one counts.

    Files of one day and delivery are in no order. Which of them counts is then decided by the hash in their run ids:
    for no reason, but always for the same one, in whatever order they are loaded.
    """

    day: date
    """For which it was said; the first there is: unknown, older than any."""
    file: date
    """For which its file speaks; that of the row, if the file does not tell."""
    delivery: int
    run: str

    def told(self) -> dict[str, Any]:
        """Properties of a fact that was said so; None: as the fact's day tells it."""
        file = self.file if self.file != self.day else None
        return {"file_date": file, "delivery": self.delivery if self.delivery > 1 else None}


def word_of(props: dict[str, Any]) -> Word:
    """When a version that is in the graph was said last."""
    day = (props.get("seen_on") or [props.get("data_date")])[-1]
    return _word(day, props.get("file_date"), props.get("delivery"), props.get("seen_in") or props["run"])


def _word(day: Any, file: Any, delivery: int | None, run: str) -> Word:
    """As the graph has it."""
    spoken = day.to_native() if day else date.min
    return Word(spoken, file.to_native() if file else spoken, delivery or 1, run)


class _Believed(NamedTuple):
    """The version of a statement that is believed now."""

    fact_id: str
    content: str
    snapshot: date | None
    absent: date | None
    word: Word
    """The newest that said so."""


_Own = tuple[tuple[int, Any, dict[str, Any], str, str | None], list[Word]]
"""What the rows of a batch say of one statement, in their last word: (place of the row, type, properties, start, end),
and when they say so, oldest first."""


class _Plan:
    def __init__(self) -> None:
        self.seen: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self.created: dict[type[Relationship] | type[Statement], list[dict[str, Any]]] = defaultdict(list)
        self.closed: dict[Any, list[str]] = defaultdict(list)
        self.contradicted: dict[Any, list[str]] = defaultdict(list)
        """Versions that stay, against a file of the same day and delivery."""
        self.contested: set[int] = set()
        """Places of the rows of which another file of the same day and delivery says otherwise."""
        self.touched: set[str] = set()
        self.accepted = 0
