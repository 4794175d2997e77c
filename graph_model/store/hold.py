"""The whole of a graph at one position; and filling one that nobody may ask yet. Both are for backups."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

from graph_model.errors import StoreNotReady, StoreUnavailable
from graph_model.store.connect import SERVER_FAULTS, Graph
from graph_model.store.driver import neo4j

LOCK_CLOCK: LiteralString = """
MATCH (c:Clock {name: 'graph'})
SET c.lock = true
REMOVE c.lock
"""
"""A statement of its own: what another one reads is what stands there after this one got the lock, and not before."""

WHOLE_CLOCK: LiteralString = "MATCH (c:Clock {name: 'graph'}) RETURN c {.*} AS clock"

HELD_ROWS = 2_000
"""Rows that the driver fetches with one word to the server."""


class StillGraph:
    """A graph to which nobody writes, at one clock position."""

    def __init__(self, tx: neo4j.Transaction, clock: dict[str, Any]) -> None:
        self._tx, self.clock = tx, clock

    def rows(self, query: LiteralString, **parameters: Any) -> Iterator[neo4j.Record]:
        """Rows of a reading statement, as they come.

        Raises:
            StoreUnavailable: Neo4j went away, or ended the transaction: the graph is held no longer.
        """
        try:
            yield from self._tx.run(query, parameters)
        except (*SERVER_FAULTS, neo4j.exceptions.ClientError) as error:
            raise _away(error) from error


@contextmanager
def held_still(graph: Graph) -> Generator[StillGraph]:
    """The graph as it is now, for as long as this lasts: who reads goes on, who writes waits. Nothing is changed.

    Every write begins with the lock on the clock; it is taken here, and all is read in the transaction that has it.

    Raises:
        StoreNotReady: nothing was ever written to it.
        StoreUnavailable: Neo4j does not answer.
    """
    try:
        with (
            graph.driver.session(database=graph.database, fetch_size=HELD_ROWS) as session,
            session.begin_transaction(timeout=0) as tx,  # 0: whatever a server has set as its own limit
        ):
            tx.run(LOCK_CLOCK).consume()
            record = tx.run(WHOLE_CLOCK).single()
            if record is None:
                raise StoreNotReady(
                    f"The store {graph.name!r} was never written to: load a source first (creditgraph load --help)."
                )
            yield StillGraph(tx, record["clock"])
            tx.rollback()
    except SERVER_FAULTS as error:
        raise _away(error) from error


def put(graph: Graph, query: LiteralString, **parameters: Any) -> list[neo4j.Record]:
    """Rows of a writing statement, in a transaction that does not move the clock: for a graph that nobody may ask yet.

    Raises:
        StoreUnavailable: Neo4j does not answer, or its disk is nearly full; nothing was written.
    """
    graph.check_room()

    def unit(tx: neo4j.ManagedTransaction) -> list[neo4j.Record]:
        tx.run(LOCK_CLOCK).consume()
        return list(tx.run(query, parameters))

    try:
        with graph.driver.session(database=graph.database) as session:
            return session.execute_write(unit)
    except SERVER_FAULTS as error:
        raise _away(error) from error


def _away(error: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"Neo4j does not answer: {' '.join(str(error).split())}")
