"""Rows → facts of the graph, in batches: what they say, what is new of it, which version is believed, and the ledger's counts.

One batch is one transaction: facts, rejected rows and the counters of the run are committed together.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any, LiteralString, NamedTuple

from msgspec import Struct

from graph_model import cypher
from graph_model.errors import SourceError
from graph_model.identifiers import mask_citizen_ids_in, mask_ids_in, mask_persons_in, record_key
from graph_model.schema import RELATIONSHIP_BY_TYPE, Fact, Profile, Statement
from graph_model.store.connect import Graph, Tx, today
from graph_model.store.keys import Keys
from loaders.drafts import Draft, Mention, Row, SourceDescription, SourceFile
from loaders.identity.joining import join
from loaders.identity.links import touch
from loaders.identity.names_in_passing import NamesByIdentifier, NamesTold, by_identifier, collect_names, note
from loaders.identity.resolver import Pairs, Resolved, Resolver, claim_id, hashed, identifiers, joined, statement_id
from loaders.load.catalogue import admit
from loaders.load.rejections import against, decision_of, end_mended, recompute_bearers
from loaders.load.row_checks import SHORTEST_ID, SHORTEST_MASKED, checked
from loaders.load.versions import Believed, PlacedFact, Plan, Precedence, Spoken, Versions, may_have_parts

KNOWN_LIMIT = 200_000
"""Identifiers remembered between batches; more would cost memory, and a look-up is cheap."""

COUNT: LiteralString = """
MATCH (r:Run {id: $run})
SET r.rows_in = r.rows_in + $rows_in, r.accepted = r.accepted + $accepted,
    r.rejected = r.rejected + $rejected, r.duplicate = r.duplicate + $duplicate,
    r.contested = CASE $contested WHEN 0 THEN r.contested ELSE coalesce(r.contested, 0) + $contested END
"""

REJECT: LiteralString = """
UNWIND $rows AS row
MATCH (r:Run {id: row.run})
MERGE (x:RejectedRow {run: row.run, line: row.line}) SET x = row.told
MERGE (x)-[:REJECTED_IN]->(r)
WITH x, row
UNWIND row.against AS mark
MERGE (m:RejectedSubject {mark: mark})
MERGE (x)-[:AGAINST]->(m)
"""

_BASE_FIELDS = frozenset(Fact.model_fields)

CONTENT: dict[type[Fact], tuple[str, ...]] = {
    kind: tuple(f for f in kind.model_fields if f not in _BASE_FIELDS)
    for kind in (*RELATIONSHIP_BY_TYPE.values(), Profile)
}
"""What each type of fact says, beside who, when and where from."""


_NUMBERS = frozenset(
    {
        "batch",
        "certificate_number",
        "certificates",
        "codes",
        "document",
        "document_number",
        "id_masked",
        "licence_number",
        "model",
        "stands_on",
        "stock_code",
        "undone_by",
    }
)
"""Content that is itself a number: valid id numbers are masked in it. All other is text."""


def _masked(value: Any, name: str) -> Any:
    if value.__class__ is str:
        if name in _NUMBERS:
            return mask_citizen_ids_in(value) if len(value) >= SHORTEST_ID else value
        return mask_persons_in(value) if len(value) >= SHORTEST_MASKED else value
    if value.__class__ is list:
        return [_masked(item, name) for item in value]
    return value


class PreparedFact(Struct, frozen=True, gc=False):
    """What follows from a draft alone, whoever its parties turn out to be."""

    kind: type[Fact]
    start: Mention
    end: Mention | None
    record: str | None
    record_as_written: str | None
    """As it was keyed before two spellings were one; None: no otherwise."""
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


def reject(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Keep rows that were not taken; whoever they are against waits to be computed again."""
    tx.run(REJECT, rows=rows)
    recompute_bearers(tx, dict.fromkeys(mark for row in rows for mark in row["against"]))


PreparedRow = tuple[Row | SourceError, list[PreparedFact]]


class Batch(NamedTuple):
    """Rows; the identifiers of all whom they name; and by which names they call them in passing."""

    rows: list[PreparedRow]
    refs: dict[Mention, Pairs]
    called: NamesByIdentifier


@dataclass
class Memory:
    """What a load knows of its own batches. It holds only while nobody else writes in between."""

    known: dict[tuple[str, str], Resolved] = field(default_factory=dict)
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
    planned: dict[str, Believed] | None = None
    """When nothing is written: what earlier batches would have written."""
    covered: frozenset[str] | None = None
    """Owners whose rows the reporting catalogue has for this source; None: no catalogue."""
    today: date = field(default_factory=today)
    _words: dict[date | None, tuple[Precedence, dict[str, Any]]] = field(default_factory=dict)

    def prepare(self, items: list[Row | SourceError], part: SourceFile, context: Any) -> Batch:
        """What rows say, and of whom: all that needs no database."""
        named: dict[Mention, None] = {}
        mentioned: NamesTold = {}
        prepared = [self._prepared(item, part, context, named, mentioned) for item in items]
        refs = identifiers(named, self.keys.hash)
        return Batch(prepared, refs, by_identifier(mentioned, refs))

    def _prepared(
        self, item: Row | SourceError, part: SourceFile, context: Any, named: dict[Mention, None], mentioned: NamesTold
    ) -> PreparedRow:
        """`named`: all whom the rows that are taken name; `mentioned`: those in passing."""
        if isinstance(item, SourceError):
            item.owner = self.description.owner_of(part, item.row)
            item.against, item.decision = against(part, item, context), decision_of(part, item.row)
            return item, []
        try:
            drafts = checked(item, list(part.drafts(item, context)), named, self.today)
            admit(item, drafts, self.description, self.covered)
            every = [self._said(item, draft) for draft in drafts]
            named.update({ref: None for draft in drafts for ref in (draft.start, draft.end) if ref is not None})
            collect_names(drafts, self.data_date, mentioned)
            return item, every
        except SourceError as fault:
            if fault.row is None:
                fault.row = item
            fault.owner = fault.owner or self.description.owner_of(part, item)
            fault.against, fault.decision = against(part, fault, context), decision_of(part, item)
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

    def plan(self, tx: Tx, batch: Batch) -> tuple[Plan, Resolver]:
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
        for kind, parts in plan.parts.items():
            tx.run(cypher.count_parts(kind), rows=[{"id": fact, "parts": n} for fact, n in parts.items()])
        touch(tx, plan.touched - fresh - self.memory.marked)
        for other, keep in resolver.joined.items():
            join(tx, keep, other, f"a row of {self.run} gives numbers of both")
        rejected = [self.rejected(item) for item, _ in prepared if isinstance(item, SourceError)]
        if rejected:
            reject(tx, rejected)
        end_mended(
            tx, [item for item, _ in prepared if isinstance(item, Row) and "_run" in item.values], source.id, self.run
        )
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
        """A row that was not taken, whole and encrypted, with its reason; and the bodies that it is against."""
        row = fault.row
        values = json.dumps(row.raw if row else {}, ensure_ascii=False).encode()
        line = fault.line if fault.line is not None else (row.line if row else 0)
        told = {
            "run": self.run,
            "line": line,
            "field": fault.field or None,
            "code": fault.code,
            "reason": mask_ids_in(fault.reason),
            "todo": fault.todo or None,
            "owner": mask_ids_in(fault.owner) if fault.owner else None,
            "record": mask_ids_in(fault.decision) if fault.against and fault.decision else None,
            "payload": self.keys.cipher.encrypt(values),
        }
        return {"run": self.run, "line": line, "told": told, "against": fault.against}

    def _plan(self, tx: Tx, prepared: list[PreparedRow], found: dict[Mention, Resolved], fresh: set[str]) -> Plan:
        """Which facts are new, which supersede a believed version, which are there already."""
        said: list[Spoken] = []
        for index, (_, facts) in enumerate(prepared):
            for one in facts:
                fact = self.placed(one, found)
                # The parties are part of a statement's id: of one that is new nothing can have been stated.
                known = fresh.isdisjoint(fact.ends)
                older = None
                if one.record_as_written is not None and known:
                    older = statement_id(self.said_by, one.kind.TYPE, one.record_as_written, fact.ends, one.stated)
                parts = one.record is not None and may_have_parts(one.kind, fact.props)
                said.append(Spoken(index, fact, self._words[one.day][0], known, parts, older))
        return Versions(self.partition, self.data_date, self.planned).plan(tx, said)

    def word(self, day: date | None) -> tuple[Precedence, dict[str, Any]]:
        """What is said for a day by this file, and how a fact tells that."""
        if day not in self._words:
            file = self.data_date or day or date.min
            word = Precedence(day or date.min, file, self.delivery, self.run)
            self._words[day] = word, {name: value for name, value in word.told().items() if value is not None}
        return self._words[day]

    def _said(self, row: Row, draft: Draft) -> PreparedFact:
        fact, owner = draft.fact, self.description.owner
        values, since, until = fact.__dict__, fact.since, fact.until
        content = {name: _masked(value, name) for name in CONTENT[type(fact)] if (value := values[name]) is not None}
        if draft.owner is not None:
            owner = _masked(draft.owner, "owner") or owner
        # By name, and only what is said: a field that a later schema adds leaves older statements the same.
        first = joined(since)
        stated = joined(first, *chain.from_iterable(content.items()))
        return PreparedFact(
            type(fact),
            draft.start,
            draft.end,
            *self._record(draft.record),
            since,
            until,
            draft.data_date or self.data_date,
            row.line,
            owner,
            content,
            stated,
            hashed(f"{first}\x1f{joined(until)}{stated[len(first) :]}"),
        )

    def _record(self, record: str | None) -> tuple[str | None, str | None]:
        """The record as it is compared, and as it is written where that is something else."""
        if record is None or self.description.exact_records:
            return record, None
        key = record_key(record)
        return key, record if key != record else None

    def placed(self, said: PreparedFact, found: dict[Mention, Resolved]) -> PlacedFact:
        """The fact as it would be written, but for its version."""
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
            return PlacedFact(Statement, props, start.key, None, ends)
        return PlacedFact(kind, props, start.key, end.key if end else None, ends)

    @property
    def said_by(self) -> str:
        """Whose statement: what each part of a source says is its own, its snapshots say nothing of the others."""
        return f"{self.description.id}/{self.partition}" if self.description.partition else self.description.id
