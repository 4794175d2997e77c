"""What was loaded, and what was not taken, and why."""

from typing import Any, LiteralString

from graph_model.store import Graph
from queries.answers import RunRef

RUNS: LiteralString = """
MATCH (r:Run)
RETURN r.id AS run, r.source AS source, r.file AS file, r.sha256 AS sha256, r.state AS state, r.rows_in AS rows_in,
  r.accepted AS accepted, r.rejected AS rejected, r.duplicate AS duplicate
ORDER BY r.started_seq
"""

REJECTED: LiteralString = """
MATCH (x:RejectedRow {run: $run})
RETURN x.line AS line, x.field AS field, x.code AS code, x.reason AS reason, x.todo AS todo
ORDER BY x.line
"""

COUNTS: LiteralString = """
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
    """Every file that was loaded: rows in = accepted + rejected + duplicate."""
    return [RunRef(**r) for r in graph.read(RUNS)]


def rejected(graph: Graph, run: str) -> list[dict[str, Any]]:
    """The rows of a run that were not taken: line, field, code, reason, what to do."""
    return [dict(r) for r in graph.read(REJECTED, run=run)]


def counts(graph: Graph) -> dict[str, int]:
    """How much there is of what."""
    return {r["what"]: r["n"] for r in graph.read(COUNTS)}
