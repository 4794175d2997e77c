"""What a newer snapshot no longer has: marked as absent since then, never deleted, its end left unknown.

A snapshot covers one partition of its source. Which facts it has is written on them while it loads (`in_snapshot`);
when all of its files are in, what only older snapshots have gets a new version that says `absent_since`. A snapshot
that comes late finds the later ones here, so the order of loading decides nothing.

A file that is empty, cut off or wrong never makes anything absent: then nothing is marked, the run says why (`held`),
and a person who knows better can have it done (`creditgraph ledger sweep RUN`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.errors import BadRequest
from graph_model.schema import FOREVER, RELATIONSHIPS, Relationship, Statement
from graph_model.store.connect import Graph, Tx
from loaders.identity.caches import refresh
from loaders.identity.links import touch

MOST_ABSENT = 0.2
"""A snapshot without more than this share of what is there is taken for a part of one, or a wrong file."""

FACTS_AT_ONCE = 5_000

LATER: LiteralString = """
MATCH (r:Run {source: $source, partition: $partition, state: 'complete'})
WHERE r.data_date > $day
RETURN r.data_date AS day, collect(r.id) AS runs, any(whole IN collect(r.whole) WHERE whole) AS whole ORDER BY day
"""

WHOLE: LiteralString = """
UNWIND $runs AS run
MATCH (r:Run {id: run}) SET r.whole = true
"""

# The snapshot just before: files of one partition and one day are one snapshot.
REJECTED_BEFORE: LiteralString = """
MATCH (r:Run {source: $source, partition: $partition})
WHERE r.swept AND r.data_date < $day
RETURN r.data_date AS day, sum(r.rejected) AS rejected ORDER BY day DESC LIMIT 1
"""

FILES: LiteralString = """
MATCH (r:Run) WHERE r.id IN $runs
RETURN sum(r.rows_in) AS rows, sum(r.rejected) AS rejected
"""

SWEPT: LiteralString = """
UNWIND $runs AS run
MATCH (r:Run {id: run}) SET r.swept = $swept, r.held = $held, r.absent = coalesce(r.absent, 0) + $absent
"""

RUN: LiteralString = """
MATCH (r:Run {id: $run})
RETURN r.source AS source, r.partition AS partition, r.data_date AS day, r.state AS state
"""

NO_DAY = "its data date is not known, so nothing can be compared with it: give --data-date"

Kind = type[Relationship] | type[Statement]


@dataclass
class Absent:
    """What a snapshot lacks of what its partition has."""

    present: int = 0
    """Facts of the partition that are not marked as absent on that day or before."""
    facts: dict[Kind, list[tuple[str, str, str | None]]] = field(default_factory=dict)
    """(fact id, start, end) of those to be marked, by type."""

    @property
    def count(self) -> int:
        """How many facts."""
        return sum(map(len, self.facts.values()))


def absent_from(graph: Graph, source: str, partition: str, day: date) -> Absent:
    """What the snapshot of `day` lacks, as far as no newer one has it."""
    absent = Absent()
    for kind in (*RELATIONSHIPS, Statement):
        row = graph.read(cypher.in_partition(kind), source=source, partition=partition, day=day, forever=FOREVER)[0]
        absent.present += row["present"]
        if row["absent"]:
            absent.facts[kind] = [(fact_id, start, end) for fact_id, start, end in row["absent"]]
    return absent


def sweep_new(
    graph: Graph,
    runs: Sequence[str],
    source: str,
    partition: str,
    day: date | None,
    *,
    least: int,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Mark what a snapshot that was loaded now no longer has; and if it came late, what the newer ones lack of it.

    Each of those is looked at again as a whole: what it lacks may be more than one would believe of it.

    Args:
        runs: the files of the snapshot.
        least: rows that a snapshot of this partition has at least when it is whole.
    """
    sweep(graph, runs, source, partition, day, least=least, progress=progress)
    for r in graph.read(LATER, source=source, partition=partition, day=day) if day else ():
        newer = r["day"].to_native()
        sweep(graph, r["runs"], source, partition, newer, least=least, accept=r["whole"], progress=progress)


def sweep(
    graph: Graph,
    runs: Sequence[str],
    source: str,
    partition: str,
    day: date | None,
    *,
    least: int = 0,
    accept: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Mark what the snapshot no longer has, or note on its runs why nothing was marked.

    Args:
        accept: a person says, or said, that it is whole.
    """
    absent, held = Absent(), None
    if day is None:
        held = NO_DAY
    else:
        absent = absent_from(graph, source, partition, day)
        if not accept:
            file = graph.read(FILES, runs=list(runs))[0]
            held = doubt(
                graph, source, partition, day, absent, rows=file["rows"], rejected=file["rejected"], least=least
            )
    if held:
        absent = Absent()
    total, done = absent.count, 0
    for kind, facts in absent.facts.items():
        for start in range(0, total, FACTS_AT_ONCE):
            part = facts[start : start + FACTS_AT_ONCE]

            def mark(tx: Tx, kind: Kind = kind, part: list[Any] = part) -> None:
                ids = [fact_id for fact_id, _, _ in part]
                tx.run(cypher.mark_absent(kind), ids=ids, seq=tx.seq, forever=FOREVER, day=day)
                touch(tx, {key for _, *ends in part for key in ends if key})

            if part:
                graph.write("absent", mark)
                done += len(part)
                if progress:
                    progress(done, total)
    graph.write("absent", lambda tx: tx.run(SWEPT, runs=list(runs), swept=not held, held=held, absent=total))


def doubt(
    graph: Graph,
    source: str,
    partition: str,
    day: date,
    absent: Absent,
    *,
    rows: int,
    rejected: int,
    least: int,
) -> str | None:
    """Why a snapshot that lacks something may be no whole one; None: there is no reason to think so.

    Args:
        partition: which part of the source it is a snapshot of.
        day: its data date.
        absent: what it lacks of what is believed.
        rows, rejected: how many rows it had, and how many were not taken.
        least: rows that a snapshot of this partition has at least when it is whole.
    """
    if not absent.count:
        return None
    if rows < least:
        return f"it has {rows} rows, and a whole one has at least {least}"
    if absent.count > MOST_ABSENT * absent.present:
        return (
            f"it lacks {absent.count} of the {absent.present} facts that are there, more than {MOST_ABSENT:.0%}: "
            "is it whole?"
        )
    before = graph.read(REJECTED_BEFORE, source=source, partition=partition, day=day)
    if before and rejected > before[0]["rejected"]:
        return (
            f"{rejected} of its rows were rejected, of the snapshot of {before[0]['day']} only "
            f"{before[0]['rejected']}: what they say would be taken for absent. Mend and load them first"
        )
    return None


def sweep_run(graph: Graph, run: str, progress: Callable[[int, int], None] | None = None) -> None:
    """A person says that the snapshot is whole: what it no longer has is absent.

    Raises:
        BadRequest: no such run, or it is no dated snapshot, or it is not loaded yet.
    """
    found: list[Any] = graph.read(RUN, run=run)
    if not found:
        raise BadRequest(f"There is no run {run!r}: creditgraph ledger lists them.")
    one = found[0]
    if one["partition"] is None or one["day"] is None:
        raise BadRequest(f"{run} is no snapshot with a data date: nothing can be absent from it.")
    if one["state"] != "complete":
        raise BadRequest(f"{run} is {one['state']}: load it to its end first.")
    day = one["day"].to_native()
    graph.write("absent", lambda tx: tx.run(WHOLE, runs=[run]))
    sweep(graph, [run], one["source"], one["partition"], day, accept=True, progress=progress)
    refresh(graph)
