"""What would a load change? The same reading, finding and planning as the load itself, with nothing written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from graph_model.errors import SourceError
from graph_model.identifiers import mask_ids_in
from graph_model.schema import Statement
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.drafts import SourceDescription
from loaders.load.engine import ROWS_AT_ONCE, LoadProgress, writer_of
from loaders.load.files import FileRun, day_of, delivery_of, find_files, open_file
from loaders.load.snapshots import Absent, absent_from, doubt
from loaders.load.writer import Memory


@dataclass
class LoadPreview:
    """What the load of one file would do. `rows_in` = `accepted` + `rejected` + `duplicate`."""

    run: str
    source: str
    file: str
    rows_in: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    changed: bool = True
    """False: the file is loaded already, nothing would be written."""
    parties: dict[str, int] = field(default_factory=dict)
    """New parties, by label."""
    facts: dict[str, int] = field(default_factory=dict)
    """New facts and new versions, by type."""
    superseded: int = 0
    """Believed versions that would be replaced."""
    absent: int = 0
    """Facts that older snapshots have and this one has not."""
    held: str | None = None
    """Why nothing would be marked as absent."""
    faults: dict[str, int] = field(default_factory=dict)
    """Rejected rows, by reason code."""
    delivery: int = 1
    """Which delivery of its day it is."""
    contested: int = 0
    """Rows of which another file of the same day and delivery says otherwise, so that neither is newer."""
    sheet: str | None = None
    lines_above: int = 0
    sheets_left_out: tuple[str, ...] = ()
    """As in `Loaded`."""


def preview(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    path: Path,
    *,
    data_date: date | None = None,
    delivery: int | None = None,
    progress: LoadProgress | None = None,
) -> list[LoadPreview]:
    """What would change if this file or folder were loaded now.

    Links that follow from a name, and caches, are made after a load and are not told here.

    Args:
        data_date, delivery: as `load`.
        progress: gets (file, rows done, rejected).

    Raises:
        SourceError: as `load` would.
    """
    files = find_files(description, path)
    graph.prepare(keys.fingerprint)
    day, delivery = data_date or day_of(description, path), delivery or delivery_of(description, path)
    memory = Memory()
    told: list[LoadPreview] = []
    snapshots: dict[tuple[str, date], _Snapshot] = {}
    for file, part in files:
        run = open_file(graph, description, part, file, day, delivery)
        met: set[str] = set()
        told.append(_preview(graph, keys, description, run, memory, met, progress))
        if run.partition and run.day and told[-1].changed:
            one = snapshots.setdefault((run.partition, run.day), _Snapshot(part.least))
            one.files.append(told[-1])
            one.met |= met
    for (partition, of), snapshot in snapshots.items():
        _absent(graph, description, partition, of, snapshot)
    return told


@dataclass
class _Snapshot:
    """The files, or sheets, of one partition and day: only together they say what is absent."""

    least: int
    files: list[LoadPreview] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    """Believed facts that they say again, or replace."""


def _absent(graph: Graph, description: SourceDescription, partition: str, day: date, snapshot: _Snapshot) -> None:
    """What older snapshots have and this one has not: told with its last file."""
    there = absent_from(graph, description.id, partition, day)
    left = {kind: [f for f in found if f[0] not in snapshot.met] for kind, found in there.facts.items()}
    absent = Absent(there.present, left)
    last = snapshot.files[-1]
    last.held = doubt(
        *(graph, description.id, partition, day, absent),
        rows=sum(one.rows_in for one in snapshot.files),
        rejected=sum(one.rejected for one in snapshot.files),
        least=snapshot.least,
    )
    last.absent = 0 if last.held else absent.count


def _preview(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    run: FileRun,
    memory: Memory,
    met: set[str],
    progress: LoadProgress | None,
) -> LoadPreview:
    """`met`: is told the believed facts that the file says again, or replaces."""
    place = run.part.place
    told = LoadPreview(
        *(run.id, description.id, run.file),
        sheet=run.sheet,
        lines_above=place.above,
        sheets_left_out=tuple(map(mask_ids_in, place.left_out)),
        delivery=run.delivery,
    )
    if run.state == "complete":
        told.changed = False
        return told
    writer = writer_of(graph, keys, description, run, memory)
    writer.planned = {}
    parties: Counter[str] = Counter()
    facts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    rows = islice(run.rows(), run.done, None)
    while items := list(islice(rows, ROWS_AT_ONCE)):
        batch = writer.prepare(items, run.part, run.context)

        def work(tx: Tx, batch=batch):
            return writer.plan(tx, batch)

        plan, resolver = graph.rehearse(work)
        rejected = [item.code for item, _ in batch.rows if isinstance(item, SourceError)]
        faults.update(rejected)
        told.rows_in += len(items)
        told.accepted += plan.accepted
        told.rejected += len(rejected)
        told.contested += len(plan.contested)
        parties.update({label: len(new) for label, new in resolver.new.parties.items()})
        facts.update({"ABOUT" if kind is Statement else kind.TYPE: len(new) for kind, new in plan.created.items()})
        closed = [fact_id for ids in plan.closed.values() for fact_id in ids]
        told.superseded += len(closed)
        met.update(closed, (row["id"] for seen in plan.seen.values() for row in seen))
        if progress:
            progress(run.name, told.rows_in, told.rejected)
    told.duplicate = told.rows_in - told.accepted - told.rejected
    told.parties, told.facts, told.faults = dict(parties), dict(facts), dict(faults)
    return told
