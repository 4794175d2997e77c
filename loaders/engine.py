"""Source file → graph. Reads rows, finds or makes the parties, writes facts in batches, keeps the ledger.

One batch is one transaction: facts, rejected rows and the counters of the run are committed together. So a load
that was killed goes on where it stopped, and rows in = accepted + rejected + duplicate holds at every moment.
"""

import fnmatch
import json
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, LiteralString, NamedTuple

from graph_model import cypher
from graph_model.errors import SourceError
from graph_model.identifiers import mask_citizen_ids_in, mask_ids_in
from graph_model.keys import Keys
from graph_model.schema import FOREVER, RELATIONSHIP_BY_TYPE, Fact, Profile, Relationship, Statement
from graph_model.store import Graph, Tx
from loaders.drafts import Draft, EntityRef, PersonRef, Ref, Row, SourceDescription, SourceFile
from loaders.identity import EXACT_NAME, Found, Pairs, Resolver, claim_id, digest, identifiers
from loaders.refresh import refresh, touch
from loaders.rows import columns_of, read_rows, sha256_of

BATCH = 5_000
"""Rows in one transaction: large enough that round trips do not count, small enough for any heap."""

KNOWN_LIMIT = 200_000
"""Identifiers remembered between batches; more would cost memory, and a look-up is cheap."""

Progress = Callable[[str, int, int], None]
"""(file, rows so far, rows rejected so far)"""

START_RUN: LiteralString = """
MERGE (s:Source {id: $source}) SET s.title = $title, s.owner = $owner
MERGE (r:Run {id: $run})
ON CREATE SET r.source = $source, r.file = $file, r.sha256 = $sha256, r.state = 'loading', r.rows_in = 0,
    r.accepted = 0, r.rejected = 0, r.duplicate = 0, r.data_date = $data_date, r.started_seq = $seq
MERGE (r)-[:OF_SOURCE]->(s)
"""

READ_RUN: LiteralString = """
MATCH (r:Run {id: $run})
RETURN r.state AS state, r.sha256 AS sha256, r.rows_in AS rows_in, r.accepted AS accepted,
    r.rejected AS rejected, r.duplicate AS duplicate
"""

COUNT: LiteralString = """
MATCH (r:Run {id: $run})
SET r.rows_in = r.rows_in + $rows_in, r.accepted = r.accepted + $accepted,
    r.rejected = r.rejected + $rejected, r.duplicate = r.duplicate + $duplicate
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
_CONTENT: dict[type[Fact], tuple[str, ...]] = {
    kind: tuple(f for f in kind.model_fields if f not in _BASE_FIELDS)
    for kind in (*RELATIONSHIP_BY_TYPE.values(), Profile)
}


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


def load(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    path: Path,
    *,
    data_date: date | None = None,
    progress: Progress | None = None,
) -> list[Loaded]:
    """Load a file, or a folder with the files of a source.

    Returns:
        one `Loaded` for each file.

    Raises:
        SourceError: no such file, no file of this source in it, or a file that cannot be read at all. Single rows
            that cannot be used do not raise: they are rejected, with their reason, in the ledger.
    """
    files = find_files(description, path)
    graph.prepare(keys.fingerprint)
    day = data_date or (description.dated_by(path) if description.dated_by else None) or description.data_date
    memory = Memory()
    runs = [_load_file(graph, keys, description, part, file, day, memory, progress) for file, part in files]
    if new := [run for run, _, changed in runs if changed]:
        # Once for all files: most parties are named in several of them.
        refresh(graph, (lambda done, total: progress("caches", done, 0)) if progress else None)
        graph.write("load", lambda tx: tx.run(FINISH_RUNS, runs=new, seq=tx.seq))
        graph.await_names()
    return [_loaded(graph, run, description, path, changed) for run, path, changed in runs]


def find_files(description: SourceDescription, path: Path) -> list[tuple[Path, SourceFile]]:
    """Which file is which part of the source, in the order in which they are to be loaded."""
    if not path.exists():
        raise SourceError("there is no such file or folder", file=str(path), code="no-file", todo="Check the path.")
    if path.is_dir():
        found = []
        for part in description.files:
            named = (p for p in sorted(path.iterdir()) if p.is_file() and fnmatch.fnmatch(p.name, part.pattern))
            # A pattern that takes any name leaves it to the header to tell two kinds of files apart.
            matching = [
                p for p in named if part.pattern != "*" or set(part.columns).issubset(columns_of(p, part.columns))
            ]
            if not matching and part.required:
                raise SourceError(
                    f"the folder holds no file {part.pattern} of source {description.id}",
                    file=path.name,
                    code="wrong-source",
                    todo="Is it the right source? `creditgraph load --help` lists them.",
                )
            found += [(p, part) for p in matching]
        if not found:
            patterns = ", ".join(part.pattern for part in description.files)
            raise SourceError(
                f"the folder holds no file of source {description.id} ({patterns})",
                file=path.name,
                code="wrong-source",
                todo="Is it the right source?",
            )
        return found
    header = set(columns_of(path))
    for part in description.files:
        if header.issuperset(part.columns):
            return [(path, part)]
    part = max(description.files, key=lambda part: len(header.intersection(part.columns)))
    missing = [column for column in part.columns if column not in header]
    raise SourceError(
        f"the columns {', '.join(missing[:8])} are missing",
        file=path.name,
        line=1,
        code="wrong-header",
        todo=f"It is no file of source {description.id}, or its header was changed. Found: "
        f"{', '.join(sorted(header)[:12])}.",
    )


def _load_file(
    graph: Graph,
    keys: Keys,
    description: SourceDescription,
    part: SourceFile,
    path: Path,
    day: date | None,
    memory: "Memory",
    progress: Progress | None,
) -> tuple[str, Path, bool]:
    """Write one file. Returns (run, path, whether anything was left to do)."""
    sha256 = sha256_of(path)
    run = f"{description.id}-{digest(sha256, description.version)[:16] if description.version else sha256[:16]}"
    found = graph.read(READ_RUN, run=run)
    if found and found[0]["state"] == "complete":
        return run, path, False
    rows = read_rows(path, part.columns)
    context = part.prepare(r for r in rows if isinstance(r, Row)) if part.prepare else None
    # The file is opened, and its header is right: only now anything is written.
    first = next(read_rows(path, part.columns), None)
    if first is None:
        raise SourceError("the file has a header but no rows", file=path.name, code="empty")
    if not found:

        def start(tx: Tx) -> int:
            tx.run(
                START_RUN,
                run=run,
                source=description.id,
                title=description.title,
                owner=description.owner,
                file=path.name,
                sha256=sha256,
                data_date=day,
                seq=tx.seq,
            )
            return tx.seq

        memory.keep(graph.write("load", start))
    rows = read_rows(path, part.columns)
    done = found[0]["rows_in"] if found else 0
    rejected = found[0]["rejected"] if found else 0
    for _ in islice(rows, done):
        pass
    writer = BatchWriter(graph, keys, description, run, day, memory)
    with ThreadPoolExecutor(1) as reader:  # reads and checks the next batch while the server writes this one

        def read() -> Batch:
            return writer.prepare(list(islice(rows, BATCH)), part, context)

        ahead = reader.submit(read)
        while (batch := ahead.result())[0]:
            ahead = reader.submit(read)
            rejected += writer.write(batch)
            done += len(batch[0])
            if progress:
                progress(path.name, done, rejected)
    return run, path, True


def _loaded(graph: Graph, run: str, description: SourceDescription, path: Path, changed: bool) -> Loaded:
    counts = graph.read(READ_RUN, run=run)[0]
    return Loaded(
        run=run,
        source=description.id,
        file=path.name,
        sha256=counts["sha256"],
        rows_in=counts["rows_in"],
        accepted=counts["accepted"],
        rejected=counts["rejected"],
        duplicate=counts["duplicate"],
        changed=changed,
    )


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_citizen_ids_in(value) if len(value) >= 15 else value  # an id number has 15 characters or 18
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value


class _Said(NamedTuple):
    """A draft with what follows from it alone, whoever its parties turn out to be."""

    draft: Draft
    content: list[Any]
    props: dict[str, Any]


Prepared = tuple[Row | SourceError, list[_Said]]
Batch = tuple[list[Prepared], dict[Ref, Pairs]]
"""Rows, and the identifiers of all whom they name."""


@dataclass
class Memory:
    """What a load knows of its own batches. It holds only while nobody else writes in between."""

    known: dict[tuple[str, str], Found] = field(default_factory=dict)
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

    def prepare(self, items: list[Row | SourceError], part: SourceFile, context: Any) -> Batch:
        """What rows say, and of whom: all that needs no database."""
        prepared = [self._prepared(item, part, context) for item in items]
        drafts = (said.draft for _, all_said in prepared for said in all_said)
        return prepared, identifiers((ref for d in drafts for ref in (d.start, d.end) if ref), self.keys.hash)

    def _prepared(self, item: Row | SourceError, part: SourceFile, context: Any) -> Prepared:
        if isinstance(item, SourceError):
            return item, []
        try:
            drafts = list(part.drafts(item, context))
            for ref in (ref for draft in drafts for ref in (draft.start, draft.end)):
                if isinstance(ref, EntityRef | PersonRef) and _masked(ref.name) != ref.name:
                    raise SourceError(
                        "an id number stands where a name belongs",
                        file=item.file,
                        line=item.line,
                        code="misplaced-id",
                        todo="Put the columns right at the source.",
                    )
            return item, [self._said(item, draft) for draft in drafts]
        except SourceError as fault:
            if fault.row is None:
                fault.row = item
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

    def _write(self, tx: Tx, resolver: Resolver, batch: Batch) -> tuple[set[str], int]:
        prepared, refs = batch
        found = resolver.resolve(tx, refs)
        fresh = resolver.new.keys()
        plan = self._plan(tx, prepared, found, fresh)
        resolver.new.write(tx)
        for kind, ids in plan.closed.items():
            tx.run(cypher.close(kind), ids=ids, seq=tx.seq)
        for kind, rows in plan.created.items():
            tx.run(cypher.create_facts(kind), rows=rows)
        touch(tx, plan.touched - fresh - self.memory.marked)
        rejected = [self._rejected(item) for item, _ in prepared if isinstance(item, SourceError)]
        if rejected:
            tx.run(REJECT, rows=rejected)
        counts = {
            "rows_in": len(prepared),
            "accepted": plan.accepted,
            "rejected": len(rejected),
            "duplicate": len(prepared) - plan.accepted - len(rejected),
        }
        tx.run(COUNT, run=self.run, **counts)
        return plan.touched | fresh, len(rejected)

    def _rejected(self, fault: SourceError) -> dict[str, Any]:
        row = fault.row
        values = json.dumps(row.values if row else {}, ensure_ascii=False).encode()
        return {
            "run": self.run,
            "line": fault.line if fault.line is not None else (row.line if row else 0),
            "field": fault.field or None,
            "code": fault.code,
            "reason": mask_ids_in(fault.reason),
            "todo": fault.todo or None,
            "payload": self.keys.cipher.encrypt(values),
        }

    def _plan(self, tx: Tx, prepared: list[Prepared], found: dict[Ref, Found], fresh: set[str]) -> "_Plan":
        """Which facts are new, which supersede a believed version, which are there already."""
        candidates: list[tuple[int, Any, dict[str, Any], str, str | None]] = []
        ids: dict[Any, dict[str, None]] = defaultdict(dict)
        for index, (_, said) in enumerate(prepared):
            for one in said:
                kind, props, start, end, ends = self._props(one, found)
                candidates.append((index, kind, props, start, end))
                # The parties are part of a statement's id: of one that is new nothing can have been stated.
                if fresh.isdisjoint(ends):
                    ids[kind][props["statement_id"]] = None
        believed: dict[str, tuple[str | None, str, date | None]] = {}
        for kind, wanted in ids.items():
            rows = tx.run(cypher.believed(kind), ids=list(wanted), forever=FOREVER)[0]["found"]
            for sid, fact_id, content, day in rows:
                believed[sid] = (fact_id, content, day.to_native() if day else None)
        plan = _Plan()
        changed_rows: set[int] = set()
        pending: dict[str, dict[str, Any]] = {}
        for index, kind, props, start, end in candidates:
            sid, day = props["statement_id"], props.get("data_date")
            props["fact_id"] = f"{sid}.{tx.seq}"
            props["rec_from"], props["rec_to"] = tx.seq, FOREVER
            if sid in pending:  # two rows of this batch speak for one statement
                older = pending[sid]
                if older["digest"] == props["digest"] or _older(day, older.get("data_date")):
                    continue
                older.update({k: None for k in older if k not in props})
                older.update(props)
                changed_rows.add(index)
                continue
            if sid in believed:
                fact_id, content, believed_day = believed[sid]
                if content == props["digest"]:
                    continue
                if _older(day, believed_day):
                    # An older statement that comes late: kept, but never the present view.
                    props["rec_to"] = tx.seq
                else:
                    plan.closed[kind].append(fact_id)
            pending[sid] = props
            row = {"start": start, "props": props}
            if end is not None:
                row["end"] = end
            plan.created[kind].append(row)
            plan.touched.update(k for k in (start, end) if k)
            changed_rows.add(index)
        plan.accepted = len(changed_rows)
        return plan

    def _said(self, row: Row, draft: Draft) -> _Said:
        fact, source = draft.fact, self.description
        values = fact.__dict__
        # Free text of a decision may tell an id number: only masked does it go any further.
        said = {f: _masked(values[f]) for f in _CONTENT[type(fact)]}
        content = list(said.values())
        props: dict[str, Any] = {f: value for f, value in said.items() if value is not None}
        if fact.since:
            props["since"] = fact.since
        if fact.until:
            props["until"] = fact.until
        day = draft.data_date or self.data_date
        if day:
            props["data_date"] = day
        props["digest"] = digest(fact.since, fact.until, *content)
        props["source"], props["run"], props["line"] = source.id, self.run, row.line
        props["owner"] = _masked(draft.owner) or source.owner
        props["trust"], props["openness"], props["published"] = source.trust, source.openness, source.published
        return _Said(draft, content, props)

    def _props(
        self, said: _Said, found: dict[Ref, Found]
    ) -> tuple[Any, dict[str, Any], str, str | None, tuple[str, str]]:
        """(kind, properties, start, end, both ends as stated)"""
        draft, content, props = said.draft, said.content, dict(said.props)
        fact, kind = draft.fact, type(draft.fact)
        start = found[draft.start]
        end = found[draft.end] if draft.end is not None else None
        # The parties as stated, before any name policy: making or undoing a link leaves the statement the same.
        ends = (start.stated or start.key, (end.stated or end.key) if end else "")
        if draft.record is not None:
            props["statement_id"] = digest(self.description.id, kind.TYPE, draft.record, *ends)
        else:
            props["statement_id"] = digest(self.description.id, kind.TYPE, *ends, fact.since, *content)
        props["claim_id"] = claim_id(kind.TYPE, start.key, end.key if end else "", fact.since)
        for name, side in (("start", start), ("end", end)):
            if side is not None and side.stated:
                props[f"{name}_match"], props[f"{name}_stated"] = EXACT_NAME, side.stated
        if kind is Profile:
            return Statement, props, start.key, None, ends
        return kind, props, start.key, end.key if end else None, ends


class _Plan:
    def __init__(self) -> None:
        self.created: dict[type[Relationship] | type[Statement], list[dict[str, Any]]] = defaultdict(list)
        self.closed: dict[Any, list[str | None]] = defaultdict(list)
        self.touched: set[str] = set()
        self.accepted = 0


def _older(day: date | None, other: date | None) -> bool:
    """Whether a data date is older than another; an unknown one is older than any known one."""
    if other is None:
        return False
    return day is None or day < other
