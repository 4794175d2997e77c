"""The keys with which the service is asked: made once, shown once, kept as hashes in a file that only its owner may read.

Every process looks at the file before each request, so that a key that was made or revoked counts at once and everywhere.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock

from graph_model.access import access_table
from graph_model.errors import BadRequest, ConfigError

KEY_BEGINS = "cg"
"""How every key begins: whoever searches files for keys that were left lying about finds it."""
DAYS = 365
PER_MINUTE = 600
MOST_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key, without what is secret of it."""

    id: str
    role: str
    until: str
    """First day on which it no longer counts, by UTC."""
    created: str
    author: str
    organ: str = ""
    """Of the organ for which it asks: its name, as facts tell their owner."""
    area: str = ""
    """Code of the division for which it asks (GB/T 2260)."""
    party: str = ""
    """Of a subject: key of the party that asks about itself."""
    per_minute: int = PER_MINUTE
    revoked: str | None = None
    hash: str = field(default="", repr=False)

    def state(self, now: datetime | None = None) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked:
            return "revoked"
        return "active" if (now or datetime.now(UTC)).date() < date.fromisoformat(self.until) else "expired"

    def told(self) -> dict[str, Any]:
        """What may be shown of it."""
        return {name: value for name, value in asdict(self).items() if name != "hash"} | {"state": self.state()}


class ApiKeys:
    """The keys of one data folder.

    Args:
        path: the file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, ApiKey] = {}

    def all(self) -> dict[str, ApiKey]:
        """Every key by its id, as the file says now; the file is read when it has changed.

        Once there were keys they are not forgotten with the file: it would open the service to everybody.

        Raises:
            ConfigError: others may read the file, or it is none of keys.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            if self._keys:
                raise ConfigError(f"The file of the keys {self.path} is gone: put it back from a backup.") from None
            return {}
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen == self._seen:
            return self._keys
        if found.st_mode & 0o077:
            raise ConfigError(f"Others may read the keys {self.path}: run chmod 600 on it.")
        try:
            rows = [ApiKey(**row) for row in json.loads(self.path.read_text(encoding="utf-8"))]
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{self.path} holds no keys: put it back from a backup.") from error
        self._keys, self._seen = {row.id: row for row in rows}, seen
        return self._keys

    def find(self, text: str) -> ApiKey | None:
        """The key that this text is; None: it is none, or a wrong one. Whether it still counts its state says.

        Compared in constant time, and an unknown id takes as long as a known one.
        """
        mark, _, rest = text.partition("_")
        id, _, secret = rest.partition("_")
        key = self.all().get(id) if mark == KEY_BEGINS else None
        same = hmac.compare_digest(_hash_of(secret), key.hash if key else _hash_of(""))
        return key if key and same else None

    def create(
        self,
        role: str,
        *,
        author: str,
        organ: str = "",
        area: str = "",
        party: str = "",
        days: int = DAYS,
        per_minute: int = PER_MINUTE,
    ) -> tuple[ApiKey, str]:
        """Makes a key.

        Args:
            role: of the table (`graph_model/access.yaml`).
            author: who makes it.
            organ: name of the organ that asks; every role for organs needs one.
            area: code of its division.
            party: key of the party, for the role of one that asks about itself.
            days: how long it counts.
            per_minute: how many requests it may make.

        Returns:
            The key, and the text that is shown this once.

        Raises:
            BadRequest: no such role, or what the role needs is not said.
        """
        rows = access_table().roles
        if role not in rows:
            raise BadRequest(f"there is no role {role!r}; roles are {', '.join(rows)}")
        given = {"organ": organ.strip(), "party": party.strip()}
        for name in rows[role].needs:
            if not given[name]:
                raise BadRequest(f"a key of the role {role} says for which {name} it asks: give --{name}")
        if given["party"] and "party" not in rows[role].needs:
            raise BadRequest(f"a key of the role {role} is not bound to a party: leave --party out")
        if given["party"] and given["party"][:2] not in ("e-", "p-"):
            raise BadRequest("--party is the key of a person or an entity (p-…, e-…): creditgraph find tells it")
        secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
        key = ApiKey(
            id=secrets.token_hex(5),
            role=role,
            until=(now.date() + timedelta(days=days)).isoformat(),
            created=now.isoformat(timespec="seconds"),
            author=author,
            area=area.strip(),
            per_minute=per_minute,
            hash=_hash_of(secret),
            **given,
        )
        with self._lock():
            self._write([*self.all().values(), key])
        return key, f"{KEY_BEGINS}_{key.id}_{secret}"

    def revoke(self, id: str) -> ApiKey:
        """Ends a key, at once and for good.

        Raises:
            BadRequest: there is no such key.
        """
        with self._lock():
            keys = self.all()
            if id not in keys:
                raise BadRequest(f"there is no key {id!r}: creditgraph keys list tells them")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            ended = keys[id] if keys[id].revoked else replace(keys[id], revoked=now)
            self._write([ended if key.id == id else key for key in keys.values()])
        return ended

    def _lock(self) -> FileLock:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(f"{self.path}.lock")

    def _write(self, keys: list[ApiKey]) -> None:
        """All of them, or none: beside the file first, and then in its place."""
        beside = self.path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump([asdict(key) for key in keys], file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def _hash_of(secret: str) -> str:
    """Of 256 random bits a plain hash is enough: nobody can try them all."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
