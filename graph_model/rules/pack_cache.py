"""The rule pack as JSON in the cache folder: read some fifteen times faster there than from YAML with all its guards.

Its name is a digest of the rule files and of the code that reads them, so another version never meets it. Its first line
is a digest of the rest: what is torn is not read. It is only read where nobody else could have written it.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from graph_model.rules.model import RulePack
from graph_model.store.settings import Settings

KEPT_DAYS = 30
"""So long stays what another version has left."""


def kept_pack(parse: Callable[[], RulePack]) -> RulePack:
    """The pack of the rule files as they are now: from the cache, else parsed and put there."""
    folder = Settings().cache_dir / "rules"
    path = folder / f"{_digest_of_files()}.json"
    found = _read(path)
    if found is None:
        found = parse()
        with suppress(OSError):  # a cache that cannot be written costs time, no answer
            _write(path, found)
    return found


def _digest_of_files() -> str:
    hashed = hashlib.sha256(sys.version.encode())
    for name, file in _files(resources.files("graph_model.rules")):
        text = file.read_bytes()
        hashed.update(f"{name} {len(text)}\n".encode())
        hashed.update(text)
    return hashed.hexdigest()[:32]


def _files(folder: Traversable, above: str = "") -> list[tuple[str, Traversable]]:
    """(path, file) of all rules, of what they refer to, and of the modules that read them, in order."""
    found: list[tuple[str, Traversable]] = []
    for item in folder.iterdir():
        name = f"{above}{item.name}"
        if item.name.endswith((".yaml", ".py")):
            found.append((name, item))
        elif item.is_dir() and item.name != "__pycache__":
            found += _files(item, f"{name}/")
    return sorted(found, key=lambda one: one[0])


def _read(path: Path) -> RulePack | None:
    """What is kept there; None where there is nothing, it is not whole, or somebody else could have written it."""
    try:
        with path.open("rb") as file:
            if not (_ours(os.fstat(file.fileno())) and _ours(path.parent.stat())):
                return None
            digest, body = file.readline().strip(), file.read()
    except OSError:
        return None
    if digest.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
        return None
    try:
        return RulePack.model_validate_json(body)
    except ValidationError:
        return None


def _ours(status: os.stat_result) -> bool:
    """Belongs to this user, and others may not write it. Where there are no owners, the folder of the user must do."""
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _write(path: Path, pack: RulePack) -> None:
    """It stands there whole or not at all, whoever writes at the same time."""
    body = pack.model_dump_json().encode()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    written = path.stat().st_mtime  # by the clock of the disk, which need not be ours
    for other in path.parent.iterdir():
        if other != path and other.stat().st_mtime < written - KEPT_DAYS * 86_400:
            other.unlink(missing_ok=True)
