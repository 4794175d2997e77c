"""What would a load change? The same reading, finding and planning as the load itself, with nothing written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from graph_model.errors import SourceError
from graph_model.keys import Keys
from graph_model.schema import Statement
from graph_model.store import Graph, Tx
from loaders.drafts import SourceDescription
from loaders.engine import BATCH, FileRun, Memory, Progress, day_of, delivery_of, find_files, open_file, writer_of
from loaders.rows import read_rows
from loaders.snapshots import Absent, absent_from, doubt


@dataclass
class Preview:
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


def preview(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    path: Path,
    *,
    data_date: date | None = None,
    delivery: int | None = None,
    progress: Progress | None = None,
) -> list[Preview]:
    """What would change if this file or folder were loaded now.

    Links that follow from a name, and caches, are made after a load and are not told here.

    Raises:
        SourceError: as `load` would.
    """
    files = find_files(description, path)
    graph.prepare(keys.fingerprint)
    day, delivery = data_date or day_of(description, path), delivery or delivery_of(description, path)
    memory = Memory()
    return [
        _preview(graph, keys, description, open_file(graph, description, part, file, day, delivery), memory, progress)
        for file, part in files
    ]


def _preview(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    run: FileRun,
    memory: Memory,
    progress: Progress | None,
) -> Preview:
    told = Preview(run.id, description.id, run.path.name, delivery=run.delivery)
    if run.state == "complete":
        told.changed = False
        return told
    writer = writer_of(graph, keys, description, run, memory)
    writer.planned = {}
    parties: Counter[str] = Counter()
    facts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    met: set[str] = set()
    """Believed facts that the file says again, or replaces."""
    rows = islice(read_rows(run.path, run.part.columns), run.done, None)
    while items := list(islice(rows, BATCH)):
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
            progress(run.path.name, told.rows_in, told.rejected)
    told.duplicate = told.rows_in - told.accepted - told.rejected
    told.parties, told.facts, told.faults = dict(parties), dict(facts), dict(faults)
    if run.partition and run.day:
        there = absent_from(graph, description.id, run.partition, run.day)
        left = {kind: [f for f in found if f[0] not in met] for kind, found in there.facts.items()}
        absent = Absent(there.present, left)
        told.held = doubt(
            graph,
            description.id,
            run.partition,
            run.day,
            absent,
            rows=told.rows_in,
            rejected=told.rejected,
            least=run.part.least,
        )
        told.absent = 0 if told.held else absent.count
    return told
