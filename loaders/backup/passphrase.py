"""The id key in a backup, under a passphrase: without it nobody who has the file can try numbers against its hashes."""

import secrets
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from graph_model.errors import BadRequest

SHORTEST_PASSPHRASE = 12
_HARD = {"n": 2**16, "r": 8, "p": 1}
"""How hard a guess is (scrypt): 64 MB and a fifth of a second each."""


def seal(key: str, passphrase: str) -> dict[str, Any]:
    """The key, as it may stand in a file that others get to see.

    Raises:
        BadRequest: the passphrase is too short.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BadRequest(f"A passphrase that guards the id key has {SHORTEST_PASSPHRASE} characters or more.")
    salt = secrets.token_bytes(16)
    return {"salt": salt, **_HARD, "sealed": _cipher(passphrase, salt, _HARD).encrypt(key.encode())}


def unseal(sealed: dict[str, Any], passphrase: str) -> str:
    """The key again.

    Raises:
        BadRequest: this is not the passphrase.
    """
    try:
        return _cipher(passphrase, sealed["salt"], sealed).decrypt(sealed["sealed"]).decode()
    except InvalidToken:
        raise BadRequest("That is not the passphrase under which the id key was put into this backup.") from None


def _cipher(passphrase: str, salt: bytes, hard: dict[str, Any]) -> Fernet:
    key = Scrypt(salt=salt, length=32, n=hard["n"], r=hard["r"], p=hard["p"]).derive(passphrase.encode())
    return Fernet(urlsafe_b64encode(key))
