"""A first load, the processes that read: the rows of a file, checked and prepared, in blocks.

What they need is handed to them as a task; they know no store.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from graph_model.errors import SourceError, StoreUnavailable
from graph_model.schema import FOREVER, Fact
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.drafts import EntityMention, Mention, PartyMention, PersonMention, SourceDescription, SourceFile
from loaders.identity.caches import current_view, names_borne
from loaders.identity.names_in_passing import PassingName
from loaders.identity.resolver import Pairs, day_text, hashed
from loaders.load.bulk_format import FACT_TYPES, PROFILE, SEQ, column_type, line_of
from loaders.load.engine import ROWS_AT_ONCE, rare_collections
from loaders.load.files import rows_of
from loaders.load.writer import CONTENT, Batch, BatchWriter, Memory, PreparedFact
from loaders.reading.rows import is_workbook

MOST_READERS = 4
"""Processes that read. Each goes through the whole file, so more of them gain less and less."""


VIEWED = ("name", "former_names", "kind", "status", "region", "id_masked")
"""What a profile gives to the current view of its party."""


class Block(NamedTuple):
    """Rows of a file, prepared. In columns, and references as tuples: so sending them costs least."""

    rows: list[int]
    """How many facts each row has; -1: it is the next one of `rejected`."""
    rejected: list[dict[str, Any]]
    """Rows that were not taken, as they stand in the ledger."""
    facts: list[Sequence[Any]]
    """Columns of facts, as far as they are known without their parties: kind (a place in FACT_TYPES), start and end (places
    among those named; -1: no end), record, what it states if it is nobody's record, first day as text, a hash of all
    that makes it another version, its columns but for RESOLVED as CSV, and `More`."""
    entities: list[tuple[Any, ...]]
    persons: list[tuple[Any, ...]]
    """Who is named, in this order: fields of EntityMention, of PersonMention with the place of its scope, and the others."""
    others: Sequence[Mention]
    pairs: list[Pairs]
    called: list[tuple[tuple[str, str], PassingName, date | None]]
    """By which names the rows call whom in passing: identifier, name and kind, newest day."""

    def refs(self) -> dict[Mention, Pairs]:
        """Who is named, and the identifiers of each."""
        entities = [EntityMention(*fields) for fields in self.entities]
        persons = [PersonMention(n, i, None if at is None else entities[at]) for n, i, at in self.persons]
        return dict(zip((*entities, *persons, *self.others), self.pairs, strict=True))


More = tuple[tuple[str, ...], dict[str, Any] | None] | None
"""Names of the lists that are there and empty (import files have no way to say so), and the view that a profile gives."""


@dataclass(frozen=True)
class ReadingTask:
    """A file to be read, as it can be handed to another process."""

    settings: Settings
    description: SourceDescription
    run: str
    day: date | None
    partition: str | None
    part: SourceFile
    context: Any
    path: Path
    turn: int = 0
    turns: int = 1
    """Several processes read a file, and take turns with its blocks."""
    delivery: int = 1

    def writer(self) -> BatchWriter:
        """What prepares the rows. It has no graph: it never writes."""
        nobody: Any = None
        keys = load_keys(self.settings)
        return BatchWriter(
            nobody, keys, self.description, self.run, self.day, Memory(), self.partition, delivery=self.delivery
        )


def blocks_of(task: ReadingTask) -> Generator[Block]:
    """The rows of a file, prepared: the blocks that it is this task's turn to prepare."""
    writer = task.writer()
    formats = {kind: FactFormat(kind, writer) for kind in FACT_TYPES}
    rows = rows_of(task.path, task.part)
    turn = 0
    while items := list(islice(rows, ROWS_AT_ONCE)):
        if turn == task.turn:
            yield _block(writer, formats, writer.prepare(items, task.part, task.context))
        turn = (turn + 1) % task.turns


def _block(writer: BatchWriter, formats: dict[type[Fact], "FactFormat"], batch: Batch) -> Block:
    prepared, refs, called = batch
    entities = [ref for ref in refs if isinstance(ref, EntityMention)]
    persons = [ref for ref in refs if isinstance(ref, PersonMention)]
    others = [ref for ref in refs if not isinstance(ref, PartyMention)]
    place: dict[Mention | None, int] = {ref: i for i, ref in enumerate((*entities, *persons, *others))}
    place[None] = -1
    rows, rejected, facts = [], [], []
    for item, every in prepared:
        if isinstance(item, SourceError):
            rows.append(-1)
            rejected.append(writer.rejected(item))
            continue
        rows.append(len(every))
        for said in every:
            stated = said.stated if said.record is None else ""
            form = formats[said.kind]
            facts.append((form.number, place[said.start], place[said.end], said.record, stated, *form.of(said)))
    return Block(
        rows,
        rejected,
        list(zip(*facts, strict=True)),
        [(ref.name, ref.identifiers, ref.kind, ref.organ) for ref in entities],
        [(ref.name, ref.identifiers, None if ref.scope is None else place[ref.scope]) for ref in persons],
        others,
        [refs[ref] for ref in (*entities, *persons, *others)],
        [(pair, name, day) for pair, names in called.items() for name, day in names.items()],
    )


class FactFormat:
    """One type of fact as columns of an import file."""

    def __init__(self, kind: type[Fact], writer: BatchWriter) -> None:
        self.number = FACT_TYPES.index(kind)
        self._names = CONTENT[kind]
        self._lists = [name for name in CONTENT[kind] if column_type(kind, name) == "string[]"]
        source = writer.description
        same = (source.id, writer.run, source.trust, source.openness, source.published, SEQ, FOREVER)
        snapshot = writer.data_date if writer.partition is not None else None
        delivery = writer.delivery if writer.delivery > 1 else None
        self._same = line_of((*same, delivery, writer.partition, snapshot))
        self._snapshot, self._word = snapshot, writer.word
        self._days: dict[date | None, tuple[str, int]] = {}

    def of(self, said: PreparedFact) -> tuple[str, int, str, More]:
        """The last four columns of `Block.facts`."""
        content = said.content
        since = "" if said.since is None else day_text(said.since)
        until = "" if said.until is None else day_text(said.until)
        if said.day not in self._days:
            word, told = self._word(said.day)
            file = told.get("file_date")
            day = f"{'' if said.day is None else day_text(said.day)},{'' if file is None else day_text(file)}"
            self._days[said.day] = day, int(hashed(f"{day} {word.delivery} {self._snapshot}")[:15], 16)
        day, version = self._days[said.day]
        line = f"{since},{until},{day},{said.digest},{said.line},"
        line = f"{line}{line_of((said.owner, *map(content.get, self._names)))},{self._same}\n"
        empty = tuple([name for name in self._lists if content.get(name) == []]) if self._lists else ()
        view = _view(content) if self.number == PROFILE else None
        return since, int(said.digest[:15], 16) ^ version, line, (empty, view) if empty or view else None


def _view(content: dict[str, Any]) -> dict[str, Any]:
    """What a profile alone makes of its party."""
    profile = {name: content.get(name) for name in VIEWED}
    profile |= {"trust": "official", "rec_to": FOREVER, "statement_id": "", "data_date": None}
    view = current_view(None, [profile])
    if view["former_names"] is not None:
        view["borne"] = names_borne([profile])
    return view


@rare_collections()
def work() -> None:
    """The reading process: tasks from standard input; of each its blocks to standard output, then None or an error."""
    into = sys.stdout.buffer
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        last: Exception | None = None
        try:
            for block in blocks_of(task):
                pickle.dump(block, into, pickle.HIGHEST_PROTOCOL)
                into.flush()
        except BrokenPipeError:  # nobody waits for it any more
            os._exit(1)
        except Exception as error:  # raised again where somebody waits for it
            last = error
        pickle.dump(last, into)
        into.flush()


class Readers:
    """The reading processes, as the one that writes sees them."""

    def __init__(self) -> None:
        # No `multiprocessing`: that would run the program of whoever calls us once more.
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-c", "from loaders.load.bulk_read import work; work()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            for _ in range(min(os.cpu_count() or 1, MOST_READERS))
        ]

    def read(self, task: ReadingTask) -> Generator[Block]:
        """The rows of a file, prepared. To be read to its end."""
        # A workbook is unpacked whole: once is enough.
        readers = self._processes[:1] if is_workbook(task.path) else self._processes
        try:
            sent = [pickle.dumps(replace(task, turn=turn, turns=len(readers))) for turn in range(len(readers))]
        except (pickle.PicklingError, AttributeError, TypeError):  # a source that is no module, made while we run
            yield from blocks_of(task)
            return
        try:
            for reader, text in zip(readers, sent, strict=True):
                assert reader.stdin
                reader.stdin.write(text)
                reader.stdin.flush()
            reading = deque(readers)
            while reading:
                assert reading[0].stdout
                block = pickle.load(reading[0].stdout)
                if isinstance(block, Exception):
                    raise block
                if block is None:  # no more: and so it is with the others, which would be next
                    reading.popleft()
                    continue
                reading.rotate(-1)
                yield block
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise StoreUnavailable("a process that reads the files was ended from outside: load again") from None

    def close(self) -> None:
        """End the processes."""
        for reader in self._processes:
            reader.kill()
        while self._processes:
            self._processes.pop().communicate()
