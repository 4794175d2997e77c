"""The files of the copy of the graph: columns of texts, what an arc says in one number, what finds a party.

One version of it is a folder that is written once, at one clock position, and never changed. Its manifest comes last and
names the graph, the position, the counts, and size and hash of every file: what is torn or belongs to another graph is
refused. It holds the present view only: what was known on an earlier day is asked of Neo4j. Repaired and withdrawn items
are not in it. Names and numbers stand in it as they stand in the graph's own files; its folder is readable by its owner
only.
"""

import hashlib
import json
from array import array
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import from_json

from graph_model.errors import CreditGraphError
from graph_model.facts import FactRow
from graph_model.identifiers import uscc_org_code
from graph_model.schema import CROSSED, RELATIONSHIPS, WALKABLE
from graph_model.traversal import word
from graph_model.walk import JUDGED
from queries.read.facts import fact_row
from queries.read.values import native

COPY_FORMAT = 7

LISTS_OF_PARTY = ("sanctions", "consequences", "others", "promises", "undisclosed")
"""What is kept of each party as a list: sanctions, consequences, those that its sanctions have for others, promises that
were broken or false, reasons why its owners are not told."""

TEXTS = ("names", "parties", "found", "facts", *LISTS_OF_PARTY)
ARC_KINDS: tuple[str, ...] = (*WALKABLE, *CROSSED)
"""What a relationship is, by the number that stands for it in an arc: its type, or which judgement it is."""

ARC_NUMBER = {name: number for number, name in enumerate(ARC_KINDS)}

DATE_FIELDS = frozenset(
    name
    for kind in RELATIONSHIPS
    for name, field in kind.model_fields.items()
    if "datetime.date" in str(field.annotation)
)


class BadProjection(CreditGraphError):
    """A version that is torn, of another format, or of another graph: it is not used, and built again."""


class TextColumn:
    """A column of texts: byte offsets, and the bytes."""

    def __init__(self, folder: Path, name: str) -> None:
        # As plain arrays over the same pages: slices of a memmap are slow to make.
        self._offsets = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
        path = folder / f"{name}.bin"
        self._bytes = np.asarray(np.memmap(path, np.uint8, "r")) if path.stat().st_size else np.empty(0, np.uint8)

    def __getitem__(self, n: int) -> bytes:
        return self._bytes[self._offsets[n] : self._offsets[n + 1]].tobytes()

    def __len__(self) -> int:
        return self._offsets.size - 1


class TextColumnWriter:
    """Writes a `TextColumn`, from its first text to its last."""

    def __init__(self, folder: Path, name: str) -> None:
        self._npy, self._offsets, self._at = folder / f"{name}.npy", array("q", [0]), 0
        self._file = (folder / f"{name}.bin").open("wb")

    def add(self, value: bytes) -> None:
        """The next text."""
        self._file.write(value)
        self._at += len(value)
        self._offsets.append(self._at)

    def close(self) -> None:
        """No more texts come."""
        self._file.close()
        np.save(self._npy, np.frombuffer(self._offsets, np.int64))


def packed_json(value: Any) -> bytes:
    """What the database tells, as it stands in a column of texts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    value = native(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot be kept: {type(value).__name__}")


def unpacked_fact(type_name: str, start: str, end: str, packed: bytes) -> FactRow:
    """A fact from its properties as `packed_json` keeps them."""
    props = from_json(packed)
    for name in DATE_FIELDS & props.keys():
        value = props[name]
        props[name] = [date.fromisoformat(d) for d in value] if isinstance(value, list) else date.fromisoformat(value)
    return fact_row(type_name, start, end, props)


def hash_of(text: str) -> int:
    """What stands for a text that finds a party, in the sorted column `hash`."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def file_digest(path: Path) -> str:
    """The hash of a file, as the manifest names it."""
    hashed = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            hashed.update(block)
    return hashed.hexdigest()


def arc_word(kind: int, fact: FactRow) -> int:
    """What an arc is and from when to when, in one number."""
    ends = [end for end in (fact.until, fact.absent_since) if end is not None]
    return word(kind, fact.since, min(ends, default=None))


def arc_kind(type_name: str, props: dict[str, Any]) -> int:
    """The number that stands for what a relationship is."""
    return ARC_NUMBER[props["judgement"] if type_name == JUDGED else type_name]


def greatest_share(props: dict[str, Any]) -> float:
    """The greatest share that a holding may be; not a number where none is known."""
    return props.get("share_max", float("nan"))


def found_by(name_key: str | None, identifiers: Iterable[dict[str, Any]], stated: Iterable[str]) -> list[str]:
    """By which texts a party is found: its numbers, its name when it has any identifier at all, and the keys of those
    that stand at it by a name policy or a merge.
    """
    texts = [f"{i['scheme']}\n{i['value']}" for i in identifiers]
    texts += [f"{ORG}\n{uscc_org_code(i['value'])}" for i in identifiers if i["scheme"] == "uscc"]
    texts += [f"name\n{name_key}"] if texts and name_key else []
    return [*texts, *(f"key\n{key}" for key in stated)]


ORG = "org-in-code"
"""What finds a party by the organisation code inside its credit code: no identifier of its own in the graph."""

NODE_LABELS = ("Entity", "Person", "Organ", "Address")
