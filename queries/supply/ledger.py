"""What was loaded, and what was not taken, and why."""

import json
from datetime import date
from typing import Any, LiteralString

from cryptography.fernet import Fernet, InvalidToken
from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.store.connect import Graph
from queries.answers import AnswerShape
from queries.read.values import native


class RunRef(AnswerShape):
    """One line of the ledger: rows_in = accepted + rejected + duplicate."""

    run: str
    source: str
    file: str
    sheet: str | None = Field(None, description="sheet of the workbook, where several of one file were loaded")
    sha256: str
    state: str
    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    data_date: date | None = Field(None, description="day for which the file speaks")
    delivery: int = Field(1, description="which delivery of that day it is: the higher one has the last word")
    contested: int = Field(0, description="rows of which another file of the same day and delivery says otherwise")
    partition: str | None = Field(
        None, description="what the snapshot covers; null: a delta, from which nothing is absent"
    )
    absent: int | None = Field(None, description="facts that this snapshot no longer has, marked as absent")
    held: str | None = Field(None, description="why nothing was marked as absent")


LEDGER_RUNS: LiteralString = """
MATCH (r:Run)
RETURN r.id AS run, r.source AS source, r.file AS file, r.sheet AS sheet, r.sha256 AS sha256, r.state AS state, r.rows_in AS rows_in,
  r.accepted AS accepted, r.rejected AS rejected, r.duplicate AS duplicate, r.data_date AS data_date,
  coalesce(r.delivery, 1) AS delivery, coalesce(r.contested, 0) AS contested, r.partition AS partition, r.absent AS absent, r.held AS held
ORDER BY r.started_seq, coalesce(r.place, 0), r.file, r.sheet, r.id
"""

REJECTED_ROWS: LiteralString = """
MATCH (x:RejectedRow {run: $run})
RETURN x.line AS line, x.field AS field, x.code AS code, x.reason AS reason, x.todo AS todo
ORDER BY x.line
"""

PAYLOADS: LiteralString = """
MATCH (x:RejectedRow {run: $run})
RETURN x.line AS line, x.reason AS reason, x.todo AS todo, x.payload AS payload
ORDER BY x.line
"""

STORE_COUNTS: LiteralString = """
CALL () {
  MATCH (n:Party) WHERE EXISTS { (n)<-[:IDENTIFIES]-() } RETURN 'parties' AS what, count(n) AS n
  UNION ALL MATCH (n:Entity) WHERE EXISTS { (n)<-[:IDENTIFIES]-() } RETURN 'entities' AS what, count(n) AS n
  UNION ALL MATCH (n:Person) WHERE EXISTS { (n)<-[:IDENTIFIES]-() } RETURN 'persons' AS what, count(n) AS n
  UNION ALL MATCH (n:Organ) WHERE EXISTS { (n)<-[:IDENTIFIES]-() } RETURN 'organs' AS what, count(n) AS n
  UNION ALL MATCH (n:Sanction) RETURN 'sanctions' AS what, count(n) AS n
  UNION ALL MATCH (n:Consequence) RETURN 'consequences' AS what, count(n) AS n
  UNION ALL MATCH (n:Statement) RETURN 'statements' AS what, count(n) AS n
  UNION ALL MATCH ()-[r]->() WHERE r.fact_id IS NOT NULL RETURN 'facts' AS what, count(r) AS n
}
RETURN what, n
"""


def runs(graph: Graph) -> list[RunRef]:
    """Every file that was loaded, in the order of loading: rows in = accepted + rejected + duplicate."""
    return [RunRef(**{k: native(v) for k, v in r.items()}) for r in graph.read(LEDGER_RUNS)]


def rejected(graph: Graph, run: str) -> list[dict[str, Any]]:
    """The rows of a run that were not taken: line, field, code, reason, what to do."""
    return [dict(r) for r in graph.read(REJECTED_ROWS, run=run)]


def run_of(graph: Graph, run: str) -> RunRef:
    """One line of the ledger.

    Raises:
        BadRequest: no such run.
    """
    found = next((r for r in runs(graph) if r.run == run), None)
    if found is None:
        raise BadRequest(f"There is no run {run!r}: creditgraph ledger lists them.")
    return found


def rejected_rows(graph: Graph, cipher: Fernet, run: str) -> list[dict[str, str]]:
    """The rows of a run that were not taken, whole, in the columns of their file; `_run`, `_line`, `_reason` and `_todo`
    beside.

    Mended and saved as CSV they load again: columns that a source does not know are left alone, and `_run` and `_line` say
    which row is no doubt any more.

    Raises:
        BadRequest: the rows were encrypted with another key.
    """
    rows = []
    for r in graph.read(PAYLOADS, run=run):
        try:
            values = json.loads(cipher.decrypt(bytes(r["payload"])))
        except InvalidToken as error:
            raise BadRequest("These rows were kept under another id key: put it back to read them.") from error
        told = {"_run": run, "_line": str(r["line"]), "_reason": r["reason"], "_todo": r["todo"] or ""}
        rows.append({**{k: v or "" for k, v in values.items()}, **told})
    return rows


def counts(graph: Graph) -> dict[str, int]:
    """How much there is of what."""
    return {r["what"]: r["n"] for r in graph.read(STORE_COUNTS)}
