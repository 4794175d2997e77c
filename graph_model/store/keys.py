"""The two secrets: one hashes id numbers, one encrypts rejected rows. Files of mode 0600, or the environment."""

import hashlib
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from graph_model.errors import ConfigError
from graph_model.identifiers import KeyedHash
from graph_model.store.settings import Settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


@dataclass(frozen=True)
class Keys:
    """What is needed to write people's data."""

    hash: KeyedHash
    fingerprint: str
    """Names the key without telling it; the graph remembers it."""
    rows_key: bytes = field(repr=False)

    @cached_property
    def cipher(self) -> "Fernet":
        """What rejected rows are kept under."""
        from cryptography.fernet import Fernet  # here: a look-up needs none

        return Fernet(self.rows_key)


def load_keys(settings: Settings) -> Keys:
    """The key of the environment, or of the key file, which is made when missing.

    Raises:
        ConfigError: the key is not 32 bytes in hex, or others may read the file.
    """
    text, where = key_text(settings)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ConfigError(f"The id key in {where} must be 32 bytes written as 64 hexadecimal digits.")
    # One secret to keep, two uses: the derived ones cannot be computed from each other.
    return Keys(
        hash=KeyedHash(hashlib.sha256(b"creditgraph hash" + key).digest()),
        fingerprint=hashlib.sha256(b"creditgraph name" + key).hexdigest()[:12],
        rows_key=urlsafe_b64encode(hashlib.sha256(b"creditgraph rows" + key).digest()),
    )


def key_text(settings: Settings) -> tuple[str, str]:
    """The id key as it is written down, and where that is; its file is made when missing.

    Raises:
        ConfigError: others may read the file.
    """
    if text := settings.id_key.get_secret_value():
        return text, "CREDITGRAPH_ID_KEY"
    path = key_file(settings)
    if not path.exists():
        bring_key(settings, secrets.token_hex(32))
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"Others may read the id key {path}: run chmod 600 on it.")
    return path.read_text(encoding="ascii").strip(), str(path)


def key_file(settings: Settings) -> Path:
    """Where the id key lies, unless the environment tells it."""
    return settings.data_dir / "keys" / "id.key"


def bring_key(settings: Settings, text: str) -> None:
    """Write the key file; one that is there stays as it is."""
    path = key_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(str(path) + ".lock"):
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
