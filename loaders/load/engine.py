"""Source file → graph: files are opened, their rows written (`writer.py`), snapshots compared, caches brought up to date.

A load that was killed goes on where it stopped, and rows in = accepted + rejected + duplicate holds at every moment.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from pathlib import Path
from typing import LiteralString

from graph_model.identifiers import mask_ids_in
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.drafts import SourceDescription
from loaders.identity.caches import refresh
from loaders.load.files import READ_RUN, FileRun, day_of, delivery_of, find_files, open_file
from loaders.load.snapshots import sweep_new
from loaders.load.writer import Batch, BatchWriter, Memory

ROWS_AT_ONCE = 5_000
"""Rows in one transaction: large enough that round trips do not count, small enough for any heap."""

LoadProgress = Callable[[str, int, int], None]
"""(file, rows so far, rows rejected so far)"""

START_RUN: LiteralString = """
MERGE (s:Source {id: $source}) SET s.title = $title, s.owner = $owner
MERGE (r:Run {id: $run})
SET r.source = $source, r.file = $file, r.sheet = $sheet, r.sha256 = $sha256, r.state = $state, r.rows_in = 0,
    r.accepted = 0, r.rejected = 0, r.duplicate = 0, r.data_date = $data_date, r.delivery = $delivery,
    r.partition = $partition, r.started_seq = $seq, r.place = $place
MERGE (r)-[:OF_SOURCE]->(s)
"""

FINISH_RUNS: LiteralString = """
UNWIND $runs AS run
MATCH (r:Run {id: run}) SET r.state = 'complete', r.finished_seq = $seq
"""


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
    progress: LoadProgress | None = None,
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


def load_runs(
    graph: Graph, keys: Keys, description: SourceDescription, opened: Iterable[FileRun], progress: LoadProgress | None
) -> list[Loaded]:
    """Load files of a source, each opened just before. `load` for those who have opened them.

    Args:
        description: the source.
        opened: its files, each with its run.
        progress: gets (file, rows done, rejected).

    Returns:
        what became of each, in the order of the files.
    """
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


def _sweep(graph: Graph, description: SourceDescription, runs: list[FileRun], progress: LoadProgress | None) -> None:
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


def _load_file(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    run: FileRun,
    memory: "Memory",
    progress: LoadProgress | None,
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
            return writer.prepare(list(islice(rows, ROWS_AT_ONCE)), run.part, run.context)

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
        file=run.file,
        sheet=run.sheet,
        sha256=run.sha256,
        state=state,
        data_date=run.day,
        delivery=run.delivery if run.delivery > 1 else None,
        partition=run.partition,
        seq=tx.seq,
        place=tx.place(),
    )


def writer_of(
    graph: Graph, keys: Keys, description: SourceDescription, run: FileRun, memory: "Memory"
) -> "BatchWriter":
    """What writes the rows of a file.

    Args:
        description: the source.
        run: the file, and the line of the ledger that it gets.
        memory: what is known of parties from the batches before.
    """
    return BatchWriter(
        graph, keys, description, run.id, run.day, memory, run.partition, run.delivery, covered=run.covered
    )


def loaded(graph: Graph, run: FileRun, description: SourceDescription) -> Loaded:
    """What the ledger says of a file."""
    counts = graph.read(READ_RUN, run=run.id)[0]
    return Loaded(
        run=run.id,
        source=description.id,
        file=run.file,
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
        sheet=run.sheet,
        lines_above=run.part.place.above,
        sheets_left_out=tuple(map(mask_ids_in, run.part.place.left_out)),
    )
