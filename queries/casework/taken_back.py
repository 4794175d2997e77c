"""Was anything on which an earlier answer rested taken back since: corrected, withdrawn or repaired?"""

from collections.abc import Sequence
from typing import LiteralString

from graph_model.store.connect import Graph

TAKEN_BACK: LiteralString = """
UNWIND $keys AS key
OPTIONAL MATCH (s:Sanction {key: key})
OPTIONAL MATCH (c:Credential {key: key})
WITH key, s, c WHERE s.retired IS NOT NULL OR c.retired IS NOT NULL OR (s IS NULL AND c IS NULL)
  OR EXISTS { MATCH (s)-[r:IMPOSED_ON]->()
    WHERE r.rec_from <= $k AND $k < r.rec_to AND r.digest IN coalesce(s.retired_content, []) }
RETURN key ORDER BY key
"""
"""What an answer shows was not taken back when it was given, so what is now was taken back since."""

THIS_STORE: LiteralString = "OPTIONAL MATCH (c:Clock {name: 'graph'}) RETURN c.store AS store"


def taken_back(graph: Graph, keys: Sequence[str], position: int) -> list[str]:
    """Which of these sanctions and promises, shown in an answer of that position, no longer stand as they did?"""
    return [row["key"] for row in graph.read(TAKEN_BACK, keys=list(keys), k=position)] if keys else []


def this_store(graph: Graph) -> str:
    """Which store is this? An id that stays with it."""
    return graph.read(THIS_STORE)[0]["store"] or ""
