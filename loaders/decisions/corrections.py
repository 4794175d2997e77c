"""A rejected row with its right code (重错码更正): loaded as if it had been sent so, marked, and taken back on demand. Or settled.

The rejected row itself stays in the ledger as it came. The corrected one is a run of its own, of one row, through the
ordinary engine; the correction names that run, so every fact of it can say who corrected the code, when and why.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, LiteralString

from cryptography.fernet import InvalidToken

from graph_model import cypher
from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import normalise_code, reg_number_valid, uscc_faults
from graph_model.schema import FOREVER, RELATIONSHIP_BY_TYPE, Correction, Statement
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.decisions.branches import accept_branch, withdraw_branch
from loaders.drafts import Row, SourceDescription
from loaders.identity.caches import refresh
from loaders.identity.joining import Before, recorded
from loaders.identity.links import touch
from loaders.identity.merge import FIND_MERGE, correction, merge, split
from loaders.identity.names_in_passing import forget
from loaders.identity.resolver import claim_id, digest
from loaders.load.engine import load
from loaders.load.files import find_files
from loaders.load.rejections import recompute_bearers
from loaders.load.versions import precedence_of
from loaders.reading.rows import read_rows, sha256_of
from loaders.sources import SOURCES, fitting
from queries.supply.code_findings import could_be_personal, scheme_of

ROW: LiteralString = """
MATCH (x:RejectedRow {run: $run, line: $line})-[:REJECTED_IN]->(r:Run)
RETURN x.field AS field, x.code AS fault, x.reason AS reason, x.payload AS payload, r.source AS source,
  r.file AS file, r.data_date AS day, coalesce(r.delivery, 1) AS delivery
"""

STANDING_CORRECTION: LiteralString = """
MATCH (c:Correction {kind: 'code'})
WHERE c.run = $run AND c.line = $line AND NOT EXISTS { (u:Correction) WHERE u.of = c.id }
OPTIONAL MATCH (r:Run {id: c.made})
RETURN properties(c) AS c, r.state AS state
"""

# What one row joins, it joins again.
EVERY: LiteralString = """
MATCH (c:Correction) WHERE c.kind <> 'joined' RETURN properties(c) AS c ORDER BY c.rec_from, coalesce(c.place, 0), c.id
"""

# What was taken back here is known, by whichever record.
KNOWN_CORRECTIONS: LiteralString = """
UNWIND $rows AS row
OPTIONAL MATCH (c:Correction {id: row.id})
OPTIONAL MATCH (u:Correction {of: row.of})
WITH row, c, u WHERE c IS NOT NULL OR u IS NOT NULL
RETURN DISTINCT row.id AS id
"""

STATED_IDENTIFIERS: LiteralString = """
UNWIND $keys AS key
CALL (key) {
  MATCH (i:Identifier)-[:IDENTIFIES {stated: key}]->() RETURN i
  UNION
  MATCH (i:Identifier)-[l:IDENTIFIES]->(:Party {key: key}) WHERE l.stated IS NULL RETURN i
}
RETURN key, collect([i.scheme, i.value]) AS ids
"""

PARTY_BY_KEY: LiteralString = """
MATCH (p:Party {key: $key}) RETURN p.key AS key
"""

BY_IDENTIFIERS: LiteralString = """
UNWIND $ids AS id
MATCH (:Identifier {scheme: id[0], value: id[1]})-[l:IDENTIFIES]->(p:Party)
RETURN DISTINCT coalesce(l.stated, p.key) AS key
"""

EXPORTED = {
    "merge": "entity-merge",
    "code": "code-correction",
    "settled": "rejection-settled",
    "branch": "branch-accepted",
    "undo": "correction-undone",
}
"""How a kind of correction is called among the lines of an export."""

CORRECTION_KIND: LiteralString = """
MATCH (c:Correction {id: $id}) RETURN c.kind AS kind
"""

REJECTED_ROW: LiteralString = """
MATCH (x:RejectedRow {run: $run, line: $line})
RETURN x.settled AS settled, COLLECT { MATCH (x)-[:AGAINST]->(m:RejectedSubject) RETURN m.mark } AS marks
"""

SET_SETTLED: LiteralString = """
MATCH (x:RejectedRow {run: $run, line: $line}) SET x.settled = $by
"""

HOLDER: LiteralString = """
MATCH (i:Identifier {value: $code})-[:IDENTIFIES]->(p:Party) WHERE i.scheme IN ['uscc', 'cn-reg']
RETURN collect(DISTINCT p.key) AS keys
"""

# Facts of one run around some nodes, of all versions. A run of one row is small, and its facts hang together.
NODES_MADE: LiteralString = """
UNWIND $keys AS key
CALL (key) {
  MATCH (n:Party {key: key}) USING INDEX SEEK n:Party(key) RETURN n
  UNION MATCH (n:Sanction {key: key}) USING INDEX SEEK n:Sanction(key) RETURN n
  UNION MATCH (n:Credential {key: key}) USING INDEX SEEK n:Credential(key) RETURN n
}
CALL (n) {
  MATCH (n)-[r]-() WHERE r.run = $run
  RETURN type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end
  UNION
  MATCH (s:Statement)-[:ABOUT]->(n) WHERE s.run = $run
  RETURN 'ABOUT' AS type, properties(s) AS props, n.key AS start, null AS end
}
RETURN DISTINCT type, props, start, end
"""


@dataclass(frozen=True)
class Corrected:
    """What accepting a code did: the record, and the ledger line of the row that was loaded with it."""

    id: str
    run: str
    rows_in: int
    accepted: int
    duplicate: int


@dataclass(frozen=True)
class Undone:
    """What taking a correction back did: facts that are no longer believed, and those that a source said since."""

    id: str
    of: str
    closed: int
    kept: int


def correct_row(
    graph: Graph,
    keys: Keys,
    run: str,
    line: int,
    code: str,
    *,
    author: str,
    reason: str,
    before: Before | None = None,
) -> Corrected:
    """Load a rejected row with another code in the field at fault.

    Run again after a kill it goes on where it stopped.

    Args:
        run, line: the rejected row, as the ledger names it.
        code: a valid credit code or registration number.
        author, reason: who decided, and why.
        before: when it was recorded before, in a graph that was rebuilt since.

    Raises:
        BadRequest: no such row, not rejected for a code of a body, no valid code, or corrected already.
        SourceError: the row has another fault too.
    """
    code = normalise_code(code) or ""
    field, description, values, file, day, delivery = _rejected(graph, keys, run, line)
    if faults := uscc_faults(code) if not reg_number_valid(code) else ():
        shown = "" if could_be_personal(code) else f"{code} "
        raise BadRequest(f"{shown}is no code: {'; '.join(faults)}.")
    before = before or Before(f"x-{digest('code', run, line, code, time.time_ns())[:20]}")
    state = None
    for r in graph.read(STANDING_CORRECTION, run=run, line=line):
        c, state = r["c"], r["state"]
        if state == "complete" or c["code"] != code:
            raise BadRequest(f"This row was corrected already, by {c['id']}: take that back first (codes undo).")
        before = Before(c["id"], c["at"])  # a load that was killed: it goes on
    values[field] = code
    with tempfile.TemporaryDirectory() as folder:
        # One JSON line, so that no cell has to survive another round of quoting. A source leaves other columns alone;
        # this one makes the content, and so the run, its own.
        path = Path(folder) / f"{file}#{line}"
        path.write_text(json.dumps({**values, "_correction": before.id}, ensure_ascii=False) + "\n", encoding="utf-8")
        _checked(description, path)
        made = f"{description.id}-{sha256_of(path)[:16]}"
        if state is None:
            graph.prepare(keys.fingerprint)
            about = {"run": run, "line": line, "field": field, "code": code, "made": made}
            graph.write("correct", lambda tx: _record_code(tx, author, reason, before, about))
        # One row is no snapshot: it says nothing of what it does not hold. It is the next delivery of its day: whoever
        # put its code right saw what the files of that day say.
        row = replace(description, mode="delta", numbered_by=None)
        (done,) = load(graph, keys, row, path, data_date=day, delivery=delivery + 1)
    if done.rejected:
        undo(graph, before.id, author=author, reason="the row was not taken with this code")
        raise BadRequest(f"The row was not taken with this code: creditgraph ledger rejected {done.run}")
    return Corrected(before.id, done.run, done.rows_in, done.accepted, done.duplicate)


def _record_code(tx: Tx, author: str, reason: str, before: Before, about: dict[str, Any]) -> None:
    recorded(tx, "code", author, reason, before=before, **about)
    _mark_settled(tx, about["run"], about["line"], before.id)


def settle(graph: Graph, run: str, line: int, *, author: str, reason: str, before: Before | None = None) -> Correction:
    """Record that a rejected row is no doubt any more about whom it is against (拒收记录了结). `undo` takes it back.

    Args:
        run, line: the rejected row, as the ledger names it.
        author, reason: who decided, and why.
        before: when it was recorded before, in a graph that was rebuilt since.

    Raises:
        BadRequest: no such row, it raises no doubt, or it was settled already.
    """

    def work(tx: Tx) -> Correction:
        rows = tx.run(REJECTED_ROW, run=run, line=line)
        if not rows:
            raise BadRequest(f"There is no rejected row {run}:{line}: creditgraph ledger rejected {run} shows them.")
        if not rows[0]["marks"]:
            raise BadRequest(f"Row {run}:{line} names no body that it is against, so it is no doubt about any.")
        if rows[0]["settled"]:
            raise BadRequest(f"Row {run}:{line} was settled already, by {rows[0]['settled']}.")
        done = recorded(tx, "settled", author, reason, before=before, run=run, line=line)
        _mark_settled(tx, run, line, done.id)
        return done

    graph.prepare()
    done = graph.write("correct", work)
    refresh(graph)
    return done


def _mark_settled(tx: Tx, run: str, line: int, by: str | None) -> None:
    tx.run(SET_SETTLED, run=run, line=line, by=by)
    for r in tx.run(REJECTED_ROW, run=run, line=line):
        recompute_bearers(tx, r["marks"])


def _rejected(
    graph: Graph, keys: Keys, run: str, line: int
) -> tuple[str, SourceDescription, dict[str, Any], str, Any, int]:
    rows = graph.read(ROW, run=run, line=line)
    if not rows:
        raise BadRequest(f"There is no rejected row {run}:{line}: creditgraph codes list shows them.")
    r = rows[0]
    codes = r["fault"] == "invalid-code" and scheme_of(r["reason"])
    if not r["field"] or not (codes or r["fault"] == "missing-value"):
        raise BadRequest(
            f"Row {run}:{line} was not rejected for a code of a body. Mend it: creditgraph ledger rejected {run} --out"
        )
    if r["source"] not in SOURCES:
        raise BadRequest(f"The source {r['source']!r} of this row is not known here any more.")
    try:
        values = json.loads(keys.cipher.decrypt(bytes(r["payload"])))
    except InvalidToken as error:
        raise BadRequest("This row was kept under another id key: put it back to read it.") from error
    day = r["day"].to_native() if r["day"] is not None else None
    return r["field"], SOURCES[r["source"]], values, r["file"], day, r["delivery"]


def _checked(description: SourceDescription, path: Path) -> None:
    """What the source says to the row as it would be; before anything is written."""
    ((_, part),) = find_files(description, path)
    rows = list(read_rows(path, part.columns, fitting=fitting))
    context = part.prepare(r for r in rows if isinstance(r, Row)) if part.prepare else None
    for row in rows:
        if isinstance(row, SourceError):
            raise row
        list(part.drafts(row, context))


def exported_corrections(graph: Graph) -> Iterator[dict[str, Any]]:
    """All corrections and what took them back, in their order, in a form that outlives a rebuild: entities also by
    their identifiers.
    """
    found = [r["c"] for r in graph.read(EVERY)]
    parties = sorted({c[end] for c in found if c["kind"] in ("merge", "branch") for end in ("keep", "other")})
    ids = {r["key"]: r["ids"] for r in graph.read(STATED_IDENTIFIERS, keys=parties)}
    for c in found:
        row = {"kind": EXPORTED[c["kind"]], **{name: c[name] for name in ("id", "author", "reason", "at")}}
        if c["kind"] == "undo":
            yield {**row, "of": c["of"]}
        elif c["kind"] in ("merge", "branch"):
            ends = {end: {"key": c[end], "identifiers": ids.get(c[end], [])} for end in ("keep", "other")}
            yield {**row, **ends}
        else:
            about = {"code": c["code"]} if c["kind"] == "code" else {}
            yield {**row, "run": c["run"], "line": c["line"], **about}


def import_corrections(graph: Graph, keys: Keys, rows: Sequence[tuple[int, dict[str, Any]]], file: str) -> int:
    """Record exported corrections again, in their order, and take back what was taken back; returns how many of them
    were not there yet.

    One that was taken back, and that could not be made now (its row is right today, or a source relates the two), is
    recorded with what took it back, and changes nothing.

    Raises:
        SourceError: one that stands names an entity or a rejected row that is not here. Those before it are recorded.
    """
    told = [{"id": row.get("id"), "of": row.get("of")} for _, row in rows]
    known = {r["id"] for r in graph.read(KNOWN_CORRECTIONS, rows=told)}
    taken_back = {row["of"]: row for _, row in rows if row["kind"] == EXPORTED["undo"] and "of" in row}
    recorded_now = 0
    for line, row in rows:
        if row.get("id") in known:
            continue
        try:
            try:
                _import(graph, keys, row)
            except (BadRequest, SourceError):
                if row["id"] not in taken_back:
                    raise
                _record_both(graph, row, undone := taken_back[row["id"]])
                known.add(undone["id"])
                recorded_now += 1
        except (KeyError, TypeError, ValueError, BadRequest, SourceError) as error:
            raise SourceError(
                f"this correction cannot be recorded: {error}",
                file=file,
                line=line,
                code="refused",
                todo="Load the sources first, with the same id key; then import.",
            ) from error
        recorded_now += 1
    return recorded_now


def _import(graph: Graph, keys: Keys, row: dict[str, Any]) -> None:
    said = {"author": row["author"], "reason": row["reason"], "before": Before(row["id"], row.get("at"))}
    if row["kind"] == EXPORTED["merge"]:
        merge(graph, _entity(graph, row["keep"]), _entity(graph, row["other"]), **said)
    elif row["kind"] == EXPORTED["undo"]:
        undo(graph, row["of"], **said)
    elif row["kind"] == EXPORTED["branch"]:
        accept_branch(graph, _entity(graph, row["other"]), _entity(graph, row["keep"]), **said)
    elif row["kind"] == EXPORTED["settled"]:
        settle(graph, row["run"], row["line"], **said)
    else:
        correct_row(graph, keys, row["run"], row["line"], row["code"], **said)


def _record_both(graph: Graph, row: dict[str, Any], undone: dict[str, Any]) -> None:
    """The history of a correction that was taken back, without making it."""

    def write(tx: Tx) -> None:
        there = tx.run(FIND_MERGE, id=row["id"])
        if not there:
            kind = next(kind for kind, name in EXPORTED.items() if name == row["kind"])
            about = {name: row[name] for name in ("run", "line", "code") if name in row}
            about |= {end: row[end]["key"] for end in ("keep", "other") if end in row}
            recorded(tx, kind, row["author"], row["reason"], before=Before(row["id"], row.get("at")), **about)
        if not there or not there[0]["undone"]:
            before = Before(undone["id"], undone.get("at"))
            recorded(tx, "undo", undone["author"], undone["reason"], before=before, of=row["id"])

    graph.write("correct", write)


def _entity(graph: Graph, told: dict[str, Any]) -> str:
    found = {r["key"] for r in graph.read(PARTY_BY_KEY, key=told["key"])}
    found = found or {r["key"] for r in graph.read(BY_IDENTIFIERS, ids=told["identifiers"])}
    if len(found) != 1:
        raise BadRequest(f"the entity {told['key']} is {'several now' if found else 'not in the graph'}")
    return found.pop()


def undo(graph: Graph, id: str, *, author: str, reason: str, before: Before | None = None) -> Undone:
    """Take a correction back, a merge or a corrected code.

    What a corrected row said is no longer believed, and what it had replaced is believed again. A fact that its
    source said by itself since then stays.

    Args:
        id: of the correction (x-…).
        author: who takes it back.
        reason: why.
        before: that it was recorded in another graph as well, and when; None: it is new.

    Raises:
        BadRequest: no such correction, or it was taken back already.
    """
    rows = graph.read(CORRECTION_KIND, id=id)
    if rows and rows[0]["kind"] == "merge":
        return Undone(split(graph, id, author=author, reason=reason, before=before).id, id, 0, 0)

    kind = rows[0]["kind"] if rows and rows[0]["kind"] in ("settled", "branch") else "code"

    def work(tx: Tx) -> Undone:
        record = correction(tx, id, kind)
        closed, kept = withdraw_branch(tx, id) if kind == "branch" else 0, 0
        if kind != "branch":
            _mark_settled(tx, record["run"], record["line"], None)
        if kind == "code":
            closed, kept = _take_back(tx, record["made"], record["code"])
        return Undone(recorded(tx, "undo", author, reason, before=before, of=id).id, id, closed, kept)

    graph.prepare()
    done = graph.write("correct", work)
    refresh(graph)
    return done


def _take_back(tx: Tx, run: str, code: str) -> tuple[int, int]:
    holders = tx.run(HOLDER, code=code)[0]["keys"]
    facts = _made(tx, run, holders)
    by_kind: dict[Any, set[str]] = defaultdict(set)
    for f in facts:
        by_kind[_kind(f)].add(f["props"]["statement_id"])
    earlier: dict[str, dict[str, Any]] = {}
    for kind, ids in by_kind.items():
        versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for r in tx.run(cypher.versions(kind), ids=sorted(ids)):
            versions[r["id"]].append(r["props"])
        for sid, all_ in versions.items():
            begun = min(v["rec_from"] for v in all_ if v["run"] == run)
            # What it replaced, and what came since and was older than it: the greatest word of them counts again.
            if others := [v for v in all_ if v["run"] != run and (v["rec_to"] == begun or v["rec_from"] >= begun)]:
                earlier[sid] = max(others, key=lambda v: (precedence_of(v), v["rec_from"]))
    closed: dict[Any, list[str]] = defaultdict(list)
    again: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    touched: set[str] = set()
    kept = 0
    for f in facts:
        props = f["props"]
        if props["rec_to"] != FOREVER:
            continue
        if props.get("seen_on") or props.get("seen_in"):  # its source said so by itself, later
            kept += 1
            continue
        kind = _kind(f)
        closed[kind].append(props["fact_id"])
        touched.update(key for key in (f["start"], f["end"]) if key)
        if before := earlier.get(props["statement_id"]):
            again[kind].append(_as_before(f, before, tx.seq))
    for kind, ids in closed.items():
        tx.run(cypher.close(kind), ids=ids, seq=tx.seq)
    for kind, rows in again.items():
        tx.run(cypher.create_facts(kind), rows=rows)
    around = {key for f in facts for key in (f["start"], f["end"]) if key}
    touch(tx, touched | forget(tx, around.union(holders), run))
    return sum(map(len, closed.values())), kept


def _kind(fact: dict[str, Any]) -> Any:
    return Statement if fact["type"] == "ABOUT" else RELATIONSHIP_BY_TYPE[fact["type"]]


def _as_before(fact: dict[str, Any], before: dict[str, Any], seq: int) -> dict[str, Any]:
    """The version that the corrected row replaced, anew, at the parties at which the statement stands now."""
    props = {k: v for k, v in before.items() if not k.endswith(("_match", "_stated"))}
    props |= {k: v for k, v in fact["props"].items() if k.endswith(("_match", "_stated"))}
    props |= {
        "fact_id": f"{before['statement_id']}.{seq}",
        "claim_id": claim_id(fact["type"], fact["start"], fact["end"] or "", before.get("since")),
        "rec_from": seq,
        "rec_to": FOREVER,
    }
    return {"start": fact["start"], "end": fact["end"], "props": props}


def _made(tx: Tx, run: str, keys: list[str]) -> list[dict[str, Any]]:
    """All versions of all facts of a run of one row, found from the party whose code it is."""
    found: dict[str, dict[str, Any]] = {}
    looked: set[str] = set()
    while frontier := set(keys) - looked:
        looked |= frontier
        keys = []
        for r in tx.run(NODES_MADE, keys=sorted(frontier), run=run):
            found[r["props"]["fact_id"]] = dict(r)
            keys += [key for key in (r["start"], r["end"]) if key]
    return list(found.values())
