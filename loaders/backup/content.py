"""What of a graph goes into a backup, and its hash: the same for two graphs that hold the same, wherever they lie.

Everything but the node of the clock, which the header tells. The hash is a sum over nodes and relationships, so their order
and Neo4j's own numbers make no difference; in a relationship its ends stand with all that they hold.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any, LiteralString

import msgspec

from graph_model.store.hold import StillGraph
from loaders.backup.blocks import NODES_OF, RELATIONSHIPS_OF, encoded

WHOLE_NODES: LiteralString = """
MATCH (n) WHERE NOT n:Clock
RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS props
"""

WHOLE_RELATIONSHIPS: LiteralString = """
MATCH (a)-[r]->(b)
RETURN elementId(a) AS start, elementId(b) AS end, type(r) AS type, properties(r) AS props
"""

IN_A_BLOCK = 4_000
_DIGEST = 16
_EVERY = 1 << 8 * _DIGEST


class GraphSum:
    """Counts and hash of what was walked through so far."""

    def __init__(self) -> None:
        self.labels: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.nodes = self.relationships = 0
        self._sum = 0
        self._digests = bytearray()

    def node(self, labels: list[str], packed: bytes) -> None:
        """One more node."""
        self.labels.update(labels)
        self.nodes += 1
        digest = blake2b(packed, digest_size=_DIGEST).digest()
        self._digests += digest
        self._sum += int.from_bytes(digest, "big")

    def relationship(self, kind: str, start: int, end: int, packed: bytes) -> None:
        """One more relationship, between the nodes that came as number `start` and `end`."""
        self.types[kind] += 1
        self.relationships += 1
        whole = blake2b(packed, digest_size=_DIGEST)
        for at in (start, end):
            whole.update(self._digests[at * _DIGEST : (at + 1) * _DIGEST])
        self._sum += int.from_bytes(whole.digest(), "big")

    def told(self) -> dict[str, Any]:
        """As it stands at the end of a backup."""
        return {
            "labels": dict(sorted(self.labels.items())),
            "types": dict(sorted(self.types.items())),
            "nodes": self.nodes,
            "relationships": self.relationships,
            "hash": (self._sum % _EVERY).to_bytes(_DIGEST, "big").hex(),
        }


class Places:
    """Neo4j's number of each node → its place in the file."""

    def __init__(self) -> None:
        self._numbers = array("q")
        self._sorted: Any = None

    def add(self, element: str) -> None:
        """The next node. An element id ends with the node's number."""
        self._numbers.append(int(element.rpartition(":")[2]))

    def of(self, elements: Iterable[str]) -> Any:
        """The places of these nodes, when all were added."""
        import numpy as np  # here: other commands need none of it

        if self._sorted is None:
            numbers = np.frombuffer(self._numbers, dtype=np.int64)
            order = np.argsort(numbers, kind="stable")
            self._sorted = numbers[order], order
        numbers, order = self._sorted
        wanted = np.fromiter((int(e.rpartition(":")[2]) for e in elements), dtype=np.int64)
        return order[np.searchsorted(numbers, wanted)]


def contents(still: StillGraph, total: GraphSum) -> Iterator[tuple[int, Any]]:
    """The blocks of nodes and of relationships, added up in `total`."""
    places = Places()
    for rows in _blocks(still.rows(WHOLE_NODES)):
        block = []
        for r in rows:
            labels = sorted(r["labels"])
            packed = encoded([labels, r["props"]])
            total.node(labels, packed)
            places.add(r["id"])
            block.append(msgspec.Raw(packed))
        yield NODES_OF, block
    for rows in _blocks(still.rows(WHOLE_RELATIONSHIPS)):
        starts, ends = places.of(r["start"] for r in rows), places.of(r["end"] for r in rows)
        block = []
        for r, start, end in zip(rows, starts.tolist(), ends.tolist(), strict=True):
            packed = encoded([r["type"], r["props"]])
            total.relationship(r["type"], start, end, packed)
            block.append(msgspec.Raw(packed))
        yield RELATIONSHIPS_OF, {"start": starts.tolist(), "end": ends.tolist(), "rows": block}


def _blocks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while block := list(islice(rows, IN_A_BLOCK)):
        yield block
