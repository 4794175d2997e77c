"""The graph as a place: connect, read, write, clock. Every other module reaches Neo4j through this one.

Reads take literal text and parameters. Writes run in one transaction that first moves the clock: the lock on it
puts all writers in line, and `seq` is a gapless position in commit order.
"""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, LiteralString, TypeVar
from urllib.parse import urlsplit

from graph_model import cypher
from graph_model.errors import ConfigError, StoreNotReady, StoreUnavailable
from graph_model.store import local_neo4j
from graph_model.store.breaker import PROBE_SECONDS, Breaker
from graph_model.store.deadline import (
    ACQUIRE_SECONDS,
    CONNECT_SECONDS,
    IDLE_SECONDS,
    LATE_SECONDS,
    RETRY_SECONDS,
    left,
)
from graph_model.store.driver import neo4j, waits_until
from graph_model.store.neo4j_jars import StartProgress
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings

T = TypeVar("T")


BEFORE_UTC = timedelta(hours=8)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHINA = timezone(BEFORE_UTC, "Asia/Shanghai")
"""China has one zone and no summer time since 1991; a fixed offset spares the zone database."""

TICK: LiteralString = """
MERGE (c:Clock {name: 'graph'})
ON CREATE SET c.seq = 0
SET c.seq = c.seq + 1
WITH c, coalesce(c.at - $at, 0) AS back
// A writer that waited for the lock began before the one ahead of it: its instant does not run against the positions.
// Further back than that, the clock of a machine was wrong, now or before. Positions say what came after what, and the
// doubt is kept; an instant far ahead is not handed on, or all that is written later would seem not to be known yet.
SET c.at = CASE WHEN 0 < back AND back <= $patience THEN c.at ELSE $at END
CREATE (:Change {seq: c.seq, at: c.at, author: $author, kind: $kind, back: CASE WHEN back > $patience THEN back END})
RETURN c.seq AS seq, CASE WHEN back > $patience THEN back END AS back
"""

CLOCK_PATIENCE = 600_000
"""Milliseconds by which an instant may lie before the last one without a doubt about somebody's clock."""

CLOCK: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
RETURN coalesce(c.seq, 0) AS seq, c.schema AS schema, c.form AS form, c.id_key AS id_key, c.pack AS pack, c.store AS store
"""

READY: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
RETURN c.schema AS schema, c.form AS form, c.id_key AS id_key, EXISTS { MATCH (:Party) } AS parties
"""

SEQ_AT: LiteralString = """
MATCH (c:Change) WHERE c.at < $before
RETURN coalesce(max(c.seq), 0) AS seq
"""

MARK_CLOCK: LiteralString = """
MERGE (c:Clock {name: 'graph'})
ON CREATE SET c.seq = 0
SET c.schema = $schema, c.form = $form, c.id_key = coalesce(c.id_key, $id_key), c.store = coalesce(c.store, randomUUID())
"""


BOLT_SCHEMES = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})
SERVER_FAULTS = (
    neo4j.exceptions.DriverError,
    neo4j.exceptions.ServiceUnavailable,
    neo4j.exceptions.TransientError,
    neo4j.exceptions.DatabaseError,
)
"""The server is away, overloaded, full or broken. Other errors are faults of a statement, and ours."""
BEING_RESTORED = "being restored"
"""Stands for the schema of a graph that a restore has not filled to the end."""
KEPT_FREE = 256_000_000
"""Bytes that must be free where a local store lies before anything more is written: a full disk stops Neo4j in the middle."""


class Tx:
    """An open write transaction at clock position `seq`."""

    def __init__(self, tx: neo4j.ManagedTransaction | neo4j.Transaction, seq: int) -> None:
        self._tx, self.seq, self._places = tx, seq, 0

    def place(self) -> int:
        """The next place among the records of this transaction: they share a position, and came in this order."""
        self._places += 1
        return self._places

    def run(self, query: LiteralString, **parameters: Any) -> list[neo4j.Record]:
        """Run one statement and fetch all of its rows."""
        return list(self._tx.run(query, parameters))


@dataclass(frozen=True)
class Graph:
    """One connected graph. Use as a context manager, or `close()` it."""

    driver: neo4j.Driver
    database: str
    author: str
    name: str
    folder: Path | None = None
    """Where a local store lies."""
    breaker: Breaker | None = None
    """Of a process that serves."""

    def __enter__(self) -> "Graph":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the driver; the server goes on."""
        self.driver.close()

    def read(self, query: LiteralString, *, timeout: float | None = None, **parameters: Any) -> list[neo4j.Record]:
        """Rows of a reading statement.

        Args:
            timeout: seconds after which the server gives the query up; a deadline around it (`within`) may be earlier.

        Raises:
            StoreUnavailable: Neo4j does not answer.
            TimeoutError: the time is over.
        """

        def work(tx: neo4j.ManagedTransaction) -> list[neo4j.Record]:
            return list(tx.run(query, parameters))

        began, now = time.monotonic(), left()
        give_up = began + (RETRY_SECONDS if now is None else min(RETRY_SECONDS, now / 2))
        pause = 0.1
        while True:
            if self.breaker and self.breaker.admit():
                self._read_once(lambda tx: tx.run("RETURN 1").consume(), left(PROBE_SECONDS))
            try:
                return self._read_once(work, left(timeout))
            except StoreUnavailable as error:
                cause = error.__cause__
                again = isinstance(cause, neo4j.exceptions.DriverError | neo4j.exceptions.Neo4jError)
                if not (again and cause.is_retryable() and time.monotonic() + pause < give_up):
                    left()  # where the time is over, that is the reason
                    if timeout is not None and time.monotonic() - began >= timeout:
                        raise TimeoutError("the query took longer than its budget") from error
                    raise
            time.sleep(pause)
            pause *= 2

    def _read_once(self, work: Callable[[neo4j.ManagedTransaction], T], seconds: float | None) -> T:
        """One try, over within these seconds and a moment."""

        def bounded(tx: neo4j.ManagedTransaction) -> T:
            with waits_until(tx, None if seconds is None else seconds + LATE_SECONDS):
                return work(tx)

        try:
            with self.driver.session(
                database=self.database,
                default_access_mode=neo4j.READ_ACCESS,
                max_transaction_retry_time=0,
                connection_acquisition_timeout=ACQUIRE_SECONDS if seconds is None else min(ACQUIRE_SECONDS, seconds),
            ) as session:
                found = session.execute_read(neo4j.unit_of_work(timeout=seconds)(bounded))
        except neo4j.exceptions.ClientError as error:
            if "TransactionTimedOut" in (error.code or "") or "Terminated" in (error.code or ""):
                raise TimeoutError("the query took longer than its budget") from error
            raise
        except SERVER_FAULTS as error:
            if self.breaker:
                self.breaker.failed()
            raise StoreUnavailable(f"Neo4j does not answer: {' '.join(str(error).split())}") from error
        if self.breaker:
            self.breaker.worked()
        return found

    def write(self, kind: str, work: Callable[[Tx], T]) -> T:
        """Run `work` in one transaction that moves the clock by one; `work` may be retried, so it must be pure.

        Raises:
            StoreUnavailable: Neo4j does not answer, or its disk is nearly full; nothing was written.
        """
        self.check_room()

        def unit(tx: neo4j.ManagedTransaction) -> T:
            now = time.time_ns() // 1_000_000
            told = {"at": now, "author": self.author, "kind": kind, "patience": CLOCK_PATIENCE}
            record = tx.run(TICK, told).single(strict=True)
            if record["back"]:
                logging.getLogger(__name__).warning(
                    "This machine's clock says %s, and the last change to store %s was %d minutes later by its own: one of "
                    "the two is wrong. What is written now counts as known after it.",
                    instant(now),
                    self.name,
                    record["back"] // 60_000,
                )
            return work(Tx(tx, record["seq"]))

        try:
            with self.driver.session(database=self.database) as session:
                return session.execute_write(unit)
        except SERVER_FAULTS as error:
            raise StoreUnavailable(f"Neo4j does not answer: {' '.join(str(error).split())}") from error

    def check_room(self) -> None:
        """Raises:
        StoreUnavailable: the disk of a local store is nearly full.
        """
        if self.folder and (free := shutil.disk_usage(self.folder).free) < KEPT_FREE:
            raise StoreUnavailable(
                f"The disk of the store {self.name!r} has {free // 1_000_000} MB left, fewer than the {KEPT_FREE // 1_000_000} "
                "that are kept free: nothing more was written. Make room, then run the command again: it goes on."
            )

    def rehearse(self, work: Callable[[Tx], T]) -> T:
        """Run `work` as if it wrote at the next position, and take back whatever it did.

        Raises:
            StoreUnavailable: Neo4j does not answer.
        """
        try:
            with self.driver.session(database=self.database) as session, session.begin_transaction() as tx:
                seq = tx.run(CLOCK).single(strict=True)["seq"] + 1
                result = work(Tx(tx, seq))
                tx.rollback()
                return result
        except SERVER_FAULTS as error:
            raise StoreUnavailable(f"Neo4j does not answer: {' '.join(str(error).split())}") from error

    def position(self) -> int:
        """The clock now: number of write transactions so far."""
        return self.read(CLOCK)[0]["seq"]

    def clock(self) -> tuple[int, str | None]:
        """(the clock now, digest of the rule pack that the stored consequences were derived with)"""
        clock = self.read(CLOCK)[0]
        return clock["seq"], clock["pack"]

    def store_id(self) -> str | None:
        """The random id of this graph; None: it was never written to."""
        return self.read(CLOCK)[0]["store"]

    def position_on(self, day: date) -> int:
        """The last clock position of a day, Asia/Shanghai: what was known at its end.

        What came before something that was known by then was known too, whatever the clock said when it came.
        """
        if day == date.max:
            return self.position()
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - BEFORE_UTC
        return self.read(SEQ_AT, before=int((end - EPOCH).total_seconds() * 1000))[0]["seq"]

    def prepare(self, id_key: str | None = None) -> None:
        """Make constraints and indexes, once per schema, and bind the graph to its id key.

        Raises:
            ConfigError: the graph was written with another id key: hashes would not meet.
            StoreNotReady: another version made it.
            StoreUnavailable: Neo4j does not answer.
        """
        clock = self.read(CLOCK)[0]
        _same_key(clock["id_key"], id_key)
        self._of_this_version(clock)
        if clock["schema"] and (clock["id_key"] or not id_key):
            return
        self.make_schema()
        self.mark_schema(id_key)

    def make_schema(self) -> None:
        """Constraints and indexes; safe to repeat.

        Raises:
            StoreUnavailable: Neo4j does not answer.
        """
        try:
            with self.driver.session(database=self.database) as session:
                with session.begin_transaction() as tx:  # one commit for all, instead of one for each
                    for statement in cypher.schema_statements():
                        tx.run(statement).consume()
                    tx.commit()
                session.run("CALL db.awaitIndexes(300)").consume()
        except SERVER_FAULTS as error:
            raise StoreUnavailable(f"Neo4j does not answer: {' '.join(str(error).split())}") from error

    def mark_schema(self, id_key: str | None = None) -> None:
        """This graph is as this version expects it, and bound to an id key.

        Raises:
            StoreUnavailable: Neo4j does not answer.
        """
        try:
            with self.driver.session(database=self.database) as session:
                session.run(MARK_CLOCK, schema=cypher.schema_digest(), form=cypher.FORM, id_key=id_key).consume()
        except SERVER_FAULTS as error:
            raise StoreUnavailable(f"Neo4j does not answer: {' '.join(str(error).split())}") from error

    def outdated(self) -> bool:
        """Did an older version make this graph?

        Raises:
            StoreNotReady: a newer one did, or a restore has not filled it to the end.
        """
        clock = self.read(CLOCK)[0]
        self._not_ahead(clock)
        return clock["schema"] is not None and clock["schema"] != cypher.schema_digest()

    def require_data(self, id_key: str | None = None, *, empty: bool = False) -> None:
        """Whoever asks an empty graph, or one that another version made, is told so: it must not pass for "nothing found".

        Args:
            empty: whoever asks may find it empty.

        Raises:
            ConfigError: the graph was written with another id key: whoever is in it would not be found by his number.
            StoreNotReady: there is nothing to ask, or not in the form that this version asks for.
            StoreUnavailable: Neo4j does not answer.
        """
        told = self.read(READY)[0]
        _same_key(told["id_key"], id_key)
        self._of_this_version(told)
        if not told["parties"] and not empty:
            raise StoreNotReady(
                f"There is nothing in the store {self.name!r} yet, so nothing can be said from it: load a source first "
                "(creditgraph load --help), or try the invented province (creditgraph demo, then --store demo)."
            )

    def _of_this_version(self, clock: neo4j.Record) -> None:
        self._not_ahead(clock)
        if clock["schema"] is not None and clock["schema"] != cypher.schema_digest():
            raise StoreNotReady(
                f"Another version of creditgraph made the store {self.name!r}: bring it up to this one first with "
                f"`creditgraph db upgrade --store {self.name}` (nothing that was loaded is lost)."
            )

    def _not_ahead(self, clock: neo4j.Record) -> None:
        if clock["schema"] == BEING_RESTORED:
            raise StoreNotReady(
                f"A restore into the store {self.name!r} was not finished, so nothing can be said from it: run `creditgraph "
                "restore` with the same file again; it begins anew."
            )
        if (clock["form"] or 0) > cypher.FORM:
            raise StoreNotReady(
                f"A newer version of creditgraph made the store {self.name!r} (data version {clock['form']}; this one knows "
                f"{cypher.FORM}): use that version. Nothing was changed."
            )

    def await_names(self) -> None:
        """Wait until names that were just written can be found by a part of them."""
        self.read(cypher.AWAIT_NAMES)


def _same_key(of_graph: str | None, id_key: str | None) -> None:
    if id_key and of_graph and of_graph != id_key:
        raise ConfigError(
            f"The id key changed: this graph was written with key {of_graph}, now it is {id_key}. "
            "The same person would become two, and nobody would be found by his number. Put the old key back "
            "(CREDITGRAPH_ID_KEY or the key file), or use another store."
        )


def instant(ms: int | None) -> str | None:
    """Milliseconds since 1970 → an ISO instant in Asia/Shanghai."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(CHINA).isoformat(timespec="seconds")


def today() -> date:
    """Today in Asia/Shanghai. Only the command line and the API edge ask."""
    return datetime.now(CHINA).date()


def connect(
    settings: Settings,
    store: str | None = None,
    *,
    progress: StartProgress | None = None,
) -> Graph:
    """The configured Neo4j; with nothing configured the local one of this store, started when needed.

    Raises:
        ConfigError: nothing configured and the extra `creditgraph[local]` is missing; wrong user or password.
        StoreUnavailable: nothing answers at the address.
    """
    if settings.neo4j_uri:
        _check_address(settings.neo4j_uri)
        uri, user, password = settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password.get_secret_value()
        return _connect(uri, user, password, settings.neo4j_database, settings.author, uri)
    return connect_to(local_neo4j.start(settings, store, progress=progress), settings.author)


def _check_address(uri: str) -> None:
    """Raises:
    ConfigError: no driver could make anything of it.
    """
    try:
        parts = urlsplit(uri)
        good = parts.scheme in BOLT_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ConfigError(
            f"CREDITGRAPH_NEO4J_URI is no address of a Neo4j: {uri[:100]!r}. Write bolt://host:7687 or neo4j://host:7687 "
            "(with +s where the connection is encrypted)."
        )


def connect_to(server: Server, author: str) -> Graph:
    """The graph on a local server that runs.

    Raises:
        StoreUnavailable: it does not answer.
    """
    graph = _connect(server.uri, server.user, server.password, server.database, author, server.store)
    return replace(graph, folder=server.home)


def _connect(uri: str, user: str, password: str, database: str, author: str, name: str) -> Graph:
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    driver = neo4j.GraphDatabase.driver(
        uri,
        auth=(user, password),
        max_transaction_retry_time=RETRY_SECONDS,
        connection_timeout=CONNECT_SECONDS,
        connection_acquisition_timeout=ACQUIRE_SECONDS,
        liveness_check_timeout=IDLE_SECONDS,
        notifications_min_severity="OFF",
        user_agent="creditgraph",
    )
    try:
        # One try: `execute_query` would go on trying for 15 s where nothing listens.
        with driver.session(database=database, default_access_mode=neo4j.READ_ACCESS) as session:
            session.run("RETURN 1").consume()
    except neo4j.exceptions.AuthError as error:
        driver.close()
        raise ConfigError(
            f"Neo4j at {uri} refuses user {user!r}: set CREDITGRAPH_NEO4J_USER and CREDITGRAPH_NEO4J_PASSWORD."
        ) from error
    except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError) as error:
        driver.close()
        raise StoreUnavailable(
            f"Neo4j at {uri} does not answer ({type(error).__name__}). Check that it runs and that "
            "CREDITGRAPH_NEO4J_URI is right; unset it to use a local one."
        ) from error
    return Graph(driver=driver, database=database, author=author, name=name)
