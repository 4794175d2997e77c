"""A check that can be kept as proof (查询凭证): what was asked about whom, what came out, for which state of the graph.

A certificate is a JWS in its compact form (RFC 7515), signed with Ed25519 (RFC 8037, named as RFC 9864 asks): whoever has the
public keys verifies it without us, years later. "Nothing found" is certified as "found" is, with whether the answer was complete.
It holds the digest of the answer and not the answer: what stands in it of a natural person is a name and a key.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph_model.errors import BadRequest, ConfigError, CreditGraphError
from queries.answers import Answer, AnswerShape, AnswerStatus
from queries.matter import MatterCheck, MatterParty

SIGNED_WITH = "Ed25519"
MAX_CERTIFICATE = 2_000_000
"""Bytes: of a hundred parties it has some fifty thousand."""
AHEAD = timedelta(minutes=5)
"""So far may the clock of whoever signed be before ours."""


class RefusedCertificate(CreditGraphError):
    """It is none, was changed, or was signed by somebody else."""


class Certified(BaseModel):
    """What came out for one party."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str | None = Field(None, description="of the party; null: it was not found, or several answer to the name")
    label: str | None = None
    name: str | None = None
    numbers: list[str] = Field([], description="credit codes and other numbers of a unit; none of a person")
    status: AnswerStatus
    bearing: str | None = Field(None, description="with a profile: whether the law says anything for its matter")
    complete: bool = Field(description="false: something was not looked at, and nothing found is not clear")
    reason: str | None = None
    sanctions: int = Field(description="own sanctions in the answer")
    consequences: dict[str, int] = Field(description="measures in the answer by their status on the day")
    hits: int = Field(description="sanctioned parties near it: information, never a penalty")
    answer: str = Field(description="SHA-256 of the answer as canonical JSON")


class CheckStatement(BaseModel):
    """What is certified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["creditgraph check"] = "creditgraph check"
    id: str
    at: datetime
    until: datetime = Field(
        description="after this, ask again before you decide; what it says of its moment stays true"
    )
    purpose: str
    hops: int
    profile: str | None = Field(None, description="the matter in which is decided")
    matter: list[str] | None = Field(None, description="SHA-256 of the profile, and of what it found as canonical JSON")
    as_of: date
    position: int = Field(description="of the graph: as known then; the lowest one of all answers")
    rules: str = Field(description="digest of the rule pack")
    version: str
    audit: list[Any] | None = Field(None, description="head of the log of looks before this one: file, line, hash")
    parties: list[Certified]


def digest_of(answer: AnswerShape) -> str:
    """SHA-256 of an answer: of its JSON with sorted keys and without spaces."""
    return digest_of_json(answer.model_dump(mode="json", by_alias=True))


def digest_of_text(certificate: str) -> str:
    """SHA-256 of a certificate: of its characters, without the end of the line."""
    return hashlib.sha256(certificate.strip().encode()).hexdigest()


def digest_of_json(answer: Any) -> str:
    """The same of an answer that was read from a file."""
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def certified(answer: Answer, found: MatterParty | None = None) -> Certified:
    """An answer as it is certified, with what a profile found of the same party."""
    party = answer.party
    numbers = [i.value for i in party.identifiers] if party and party.label != "Person" else []
    statuses = [c.status for c in answer.consequences]
    return Certified(
        key=party.key if party else None,
        label=party.label if party else None,
        name=party.name if party else None,
        numbers=numbers,
        status=found.status if found else answer.status,
        bearing=found.bearing if found else None,
        complete=found.complete if found else answer.complete,
        reason=answer.reason,
        sanctions=len(answer.sanctions),
        consequences={status: statuses.count(status) for status in sorted(set(statuses))},
        hits=len(answer.hits),
        answer=digest_of(answer),
    )


def statement(
    answers: Sequence[Answer],
    *,
    purpose: str,
    hops: int,
    rules: str,
    version: str,
    days: int,
    matter: MatterCheck | None = None,
    audit: list[Any] | None = None,
) -> CheckStatement:
    """What is certified of these answers to one question.

    Args:
        answers: one for each party, all of one day.
        rules: digest of the rule pack.
        days: for how long a decision may rest on it.
        matter: what a profile found of the same parties.
        audit: head of the log of looks.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    found: Sequence[MatterParty | None] = matter.parties if matter else [None] * len(answers)
    return CheckStatement(
        id=str(uuid.uuid4()),
        at=now,
        until=now + timedelta(days=days),
        purpose=purpose,
        hops=hops,
        profile=matter.profile if matter else None,
        matter=[matter.digest, digest_of(matter)] if matter else None,
        as_of=answers[0].as_of,
        position=min(answer.position for answer in answers),
        rules=rules,
        version=version,
        audit=audit,
        parties=[certified(answer, one) for answer, one in zip(answers, found, strict=True)],
    )


# --- keys -------------------------------------------------------------------------------------------------------


class SigningKeys:
    """The keys with which certificates are signed: the newest signs, the older ones still verify.

    Args:
        folder: where they are; a first one is made when one is needed.

    Raises:
        ConfigError: when one is needed: others may read it, or it is none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.pem"))

    def _make(self) -> None:
        key = OKPKey.generate_key("Ed25519")
        path = self.folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.pem"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.as_pem(private=True))

    def rotate(self) -> str:
        """Makes a new key; from now on it signs. Returns its name."""
        with self._lock():
            self._make()
        self.__dict__.pop("_keys", None)
        return self._keys[-1].thumbprint()

    def _lock(self) -> FileLock:
        for folder in (self.folder.parent, self.folder):  # the id key lies in the outer one
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(self.folder / ".lock")

    @cached_property
    def _keys(self) -> list[OKPKey]:
        keys = []
        with self._lock():
            if not self._files():
                self._make()
        for path in self._files():
            if path.stat().st_mode & 0o077:
                raise ConfigError(f"Others may read the signing key {path}: run chmod 600 on it.")
            try:
                keys.append(OKPKey.import_key(path.read_bytes()))
            except (ValueError, JoseError) as error:
                raise ConfigError(f"{path} is no signing key: take it away, or put it back from a backup.") from error
        return keys

    def public(self) -> dict[str, Any]:
        """All public keys, the newest first, as a JWK set (RFC 7517)."""
        about = {"use": "sig", "alg": SIGNED_WITH}
        return {"keys": [k.as_dict(private=False) | about | {"kid": k.thumbprint()} for k in reversed(self._keys)]}

    def sign(self, said: CheckStatement) -> str:
        """The certificate of a statement."""
        key = self._keys[-1]
        header = {"alg": SIGNED_WITH, "kid": key.thumbprint(), "typ": "creditgraph+jws"}
        return jws.serialize_compact(header, said.model_dump_json(), key, algorithms=[SIGNED_WITH])


def verify(text: str, public: Mapping[str, Any]) -> CheckStatement:
    """What a certificate says, if one of these keys signed it and nothing of it was changed.

    Args:
        public: a JWK set.

    Raises:
        RefusedCertificate: why not.
        BadRequest: the keys are none.
    """
    try:
        keys = KeySet.import_key_set({"keys": [dict(key) for key in public["keys"]]})
    except (KeyError, TypeError, ValueError, JoseError) as error:
        raise BadRequest("these are no public keys: a JWK set with Ed25519 keys is wanted") from error
    try:
        # The algorithm is ours and not what the certificate names: `none` and all others are refused.
        read = jws.deserialize_compact(text.strip(), keys, algorithms=[SIGNED_WITH])
        said = CheckStatement.model_validate_json(read.payload)
    except ValidationError as error:
        raise RefusedCertificate(
            "it was signed, but it is no certificate of a check, or one of another version"
        ) from error
    except (JoseError, ValueError) as error:
        raise RefusedCertificate(
            "it is no certificate, was changed, or was signed with a key that is not among those given"
        ) from error
    if said.at > datetime.now(UTC) + AHEAD:
        raise RefusedCertificate(
            f"it says that it was made on {said.at.isoformat()}, and that is yet to come: look at both clocks"
        )
    return said
