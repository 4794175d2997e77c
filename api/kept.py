"""What the service keeps beside the graph: the register of certificates, and answers to requests that may be repeated.

One SQLite file of the data folder, for its owner alone; what is acknowledged is on the disk. In clear it holds keys and digests only:
questions as hashes under the id key, answers under its cipher.
"""

import json
import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from api.certificate import CheckStatement, digest_of_text
from graph_model.errors import StoreUnavailable
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from queries.answers import Answer
from queries.casework.taken_back import taken_back, this_store

CertificateState = Literal["issued", "superseded", "expired", "withdrawn", "elsewhere"]
REPEATED_WITHIN = timedelta(hours=24)
"""So long the answer to a request with a key is kept."""
WORKED_ON = timedelta(seconds=60)
"""After this, a request without an answer was broken off: the next one with its key is answered anew."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS certificates (id TEXT PRIMARY KEY, at TEXT, until TEXT, as_of TEXT, position INTEGER,
  store TEXT, question TEXT, digest TEXT, items TEXT) STRICT;
CREATE INDEX IF NOT EXISTS by_question ON certificates (question, at);
CREATE TABLE IF NOT EXISTS repeated (key TEXT PRIMARY KEY, body TEXT, at TEXT, answer BLOB) STRICT;
"""


class KeptCertificate(BaseModel):
    """What becomes of a certificate: is it still to be relied on?"""

    id: str
    state: CertificateState = Field(
        description="issued: to be relied on; superseded: a newer one answers the same question; expired; withdrawn: something it "
        "rests on was corrected, withdrawn or repaired; elsewhere: it is of another store, so it cannot be said"
    )
    at: datetime
    until: datetime
    position: int = Field(description="of the graph, for which it was made")
    looked_at: int = Field(description="position of the graph for which this is told")
    taken_back: int = Field(0, description="how many items it rests on no longer stand as they did")
    superseded_by: str | None = None
    digest: str = Field(description="SHA-256 of the certificate")


class KeyIsTaken(Exception):
    """Another request has this key: `busy`, or it asked something else."""

    def __init__(self, busy: bool) -> None:
        self.busy = busy


def items_of(answers: Sequence[Answer]) -> list[str]:
    """Keys of the sanctions and promises that answers show: what a certificate of them rests on."""
    found: set[str] = set()
    for answer in answers:
        found |= {s.key for s in answer.sanctions} | {c.sanction.key for c in answer.consequences}
        found |= {s.key for hit in answer.hits for s in hit.sanctions}
        found |= {f.to for f in answer.facts if f.type == "HOLDS" and f.properties.get("kind") == "commitment"}
    return sorted(found)


class KeptBeside:
    """The file. It is made with the first thing that is kept.

    Raises:
        StoreUnavailable: it cannot be read or written; then nothing is issued either.
    """

    def __init__(self, path: Path, keys: Keys) -> None:
        self.path, self.keys = path, keys

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """One transaction."""
        try:
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            base = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
            try:
                base.execute("PRAGMA synchronous = FULL")
                base.execute("BEGIN IMMEDIATE")
                for statement in _SCHEMA.split(";"):
                    base.execute(statement)
                yield base
                base.execute("COMMIT")
            finally:
                base.close()
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(
                f"{self.path.name}, in which certificates are kept, cannot be used: {type(error).__name__}"
            ) from error

    # --- certificates -------------------------------------------------------------------------------------

    def register(self, graph: Graph, said: CheckStatement, text: str, answers: Sequence[Answer]) -> None:
        """Keeps that this certificate was issued. When this returns, it is on the disk."""
        who = [p.key or f"? {p.answer}" for p in said.parties]
        question = self.keys.hash.of("certificate", said.purpose, said.profile or "", str(said.hops), *sorted(who))
        row = (said.id, said.at.isoformat(), said.until.isoformat(), said.as_of.isoformat(), said.position)
        more = (this_store(graph), question, digest_of_text(text), json.dumps(items_of(answers)))
        with self._open() as base:
            base.execute("INSERT INTO certificates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row + more)

    def state_of(self, graph: Graph, name: str) -> KeptCertificate | None:
        """What becomes of the certificate of this id, by the graph as it stands now; None: none of this id was issued here."""
        with self._open() as base:
            row = base.execute("SELECT * FROM certificates WHERE id = ?", (name,)).fetchone()
            if row is None:
                return None
            _, at, until, as_of, position, store, question, digest, items = row
            newer = base.execute(
                "SELECT id FROM certificates WHERE question = ? AND store = ? AND as_of >= ? AND id <> ?"
                " AND (at > ? OR (at = ? AND rowid > (SELECT rowid FROM certificates WHERE id = ?)))"
                " ORDER BY at DESC, rowid DESC LIMIT 1",
                (question, store, as_of, name, at, at, name),
            ).fetchone()
        looked_at, here = graph.position(), store == this_store(graph)
        gone = len(taken_back(graph, json.loads(items), position)) if here else 0
        state: CertificateState = "superseded" if newer else "issued"
        if datetime.fromisoformat(until) < datetime.now(UTC):
            state = "expired"
        if gone or not here:
            state = "withdrawn" if here else "elsewhere"
        told = {"id": name, "state": state, "at": at, "until": until, "position": position, "digest": digest}
        more = {"looked_at": looked_at, "taken_back": gone, "superseded_by": newer[0] if newer else None}
        return KeptCertificate.model_validate(told | more)

    # --- requests that are repeated -----------------------------------------------------------------------

    def begin(self, key: str, body: str) -> bytes | None:
        """The answer that a request with this key had; None: it is the first one, and is answered now.

        Args:
            key: as `Idempotency-Key` said it, with who asks.
            body: what is asked, as text.

        Raises:
            KeyIsTaken: another body had this key, or it is being answered.
        """
        name, asked, now = self.keys.hash.of("repeated", key), self.keys.hash.of("body", body), datetime.now(UTC)
        with self._open() as base:
            base.execute("DELETE FROM repeated WHERE at < ?", ((now - REPEATED_WITHIN).isoformat(),))
            row = base.execute("SELECT body, at, answer FROM repeated WHERE key = ?", (name,)).fetchone()
            if row is not None:
                if row[0] != asked:
                    raise KeyIsTaken(busy=False)
                if row[2] is not None:
                    return self.keys.cipher.decrypt(row[2])
                if datetime.fromisoformat(row[1]) > now - WORKED_ON:
                    raise KeyIsTaken(busy=True)
            base.execute("INSERT OR REPLACE INTO repeated VALUES (?, ?, ?, NULL)", (name, asked, now.isoformat()))
        return None

    def end(self, key: str, answer: bytes | None) -> None:
        """Keeps the answer to a request that was begun; None: there was none, and it may be asked again."""
        name = self.keys.hash.of("repeated", key)
        with self._open() as base:
            if answer is None:
                base.execute("DELETE FROM repeated WHERE key = ? AND answer IS NULL", (name,))
            else:
                base.execute("UPDATE repeated SET answer = ? WHERE key = ?", (self.keys.cipher.encrypt(answer), name))
