"""A backup as a file: blocks, each compressed, each with a checksum over itself and all before it.

    creditgraph backup 1 \\n
    kind (1 byte) | length (4 bytes) | checksum (16 bytes) | compressed content      … and again

The first block is the header, the last one the end: whatever is cut off, put in, moved or altered is found.
"""

import os
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import neo4j.time

from graph_model.errors import BadRequest

MAGIC = b"creditgraph backup 1\n"
ANY_FORMAT = b"creditgraph backup "
HEADER, NODES_OF, RELATIONSHIPS_OF, END = b"HNRE"
CHECKSUM = 16
LARGEST_BLOCK = 256_000_000
"""Bytes of one block, at most; what says more is torn, and must not take all memory."""
_DATE = 1
_COMPRESSION = 3


def _enc(value: Any) -> Any:
    if isinstance(value, neo4j.time.Date):
        return msgspec.msgpack.Ext(_DATE, value.to_ordinal().to_bytes(4, "big"))
    raise BadRequest(
        f"A value of the graph is of a type that creditgraph does not write ({type(value).__name__}): somebody else uses "
        "this database too. Give creditgraph one of its own."
    )


def _dec(code: int, data: memoryview) -> date:
    if code != _DATE:
        raise ValueError(f"no such type of value: {code}")
    return date.fromordinal(int.from_bytes(data, "big"))


encoded = msgspec.msgpack.Encoder(enc_hook=_enc, order="deterministic").encode
"""A value as bytes: equal ones give the same bytes, in whatever order their properties were written."""
decoded = msgspec.msgpack.Decoder(ext_hook=_dec).decode


class TornBackup(BadRequest):
    """A file that is no whole backup."""


class BlockWriter:
    """Writes the blocks of one file, in order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._before = file, blake2b(MAGIC, digest_size=CHECKSUM).digest()
        file.write(MAGIC)

    def write(self, kind: int, content: Any) -> None:
        """One more block."""
        packed = encoded(content)
        assert len(packed) <= LARGEST_BLOCK
        body = zlib.compress(packed, _COMPRESSION)
        head = bytes([kind]) + len(body).to_bytes(4, "big")
        self._before = _checksum(self._before, head, body)
        self._file.write(head + self._before + body)


def _checksum(before: bytes, head: bytes, body: bytes) -> bytes:
    whole = blake2b(before, digest_size=CHECKSUM)
    whole.update(head)
    whole.update(body)
    return whole.digest()


@contextmanager
def written(path: Path) -> Generator[BlockWriter]:
    """A file that stands in its place when it is whole, and not at all before; only its owner may read it.

    Raises:
        BadRequest: something that is no backup stands there.
        OSError: there is no room, or no such folder.
    """
    if path.exists() and not (path.is_file() and _begins(path).startswith(ANY_FORMAT)):
        raise BadRequest(f"{path} is there, and is no backup: give another name.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield BlockWriter(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        folder = os.open(path.parent, os.O_RDONLY)  # its name must last too
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(MAGIC))


def read_blocks(
    path: Path, progress: Callable[[int, int], None] | None = None, *, only_check: bool = False
) -> Iterator[tuple[int, Any]]:
    """(kind, content) of each block, header first, end last.

    Args:
        progress: told how many bytes were read, and of how many.
        only_check: without the contents of nodes and relationships; their checksums are compared all the same.

    Raises:
        TornBackup: this is no backup, or not as it was written.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(len(MAGIC))
        if begin != MAGIC:
            if begin.startswith(ANY_FORMAT) and begin[len(ANY_FORMAT) : -1].isdigit() and begin.endswith(b"\n"):
                raise TornBackup(f"{path} was made by a newer version of creditgraph: restore it with that one.")
            raise TornBackup(f"{path} is no backup of creditgraph, or its beginning is damaged.")
        before, kind = blake2b(MAGIC, digest_size=CHECKSUM).digest(), -1
        while kind != END:
            place = file.tell()
            head, told = file.read(5), file.read(CHECKSUM)
            length = int.from_bytes(head[1:], "big")
            body = file.read(length) if length <= size - file.tell() else b""
            if len(head) < 5 or _checksum(before, head, body) != told or (place == len(MAGIC)) != (head[0] == HEADER):
                raise TornBackup(
                    f"{path} is not as it was written: the block at byte {place:,} of {size:,} is damaged or cut off. Nothing was "
                    "restored from it. Take another copy of this backup, or an older one."
                )
            kind, before = head[0], told
            if progress:
                progress(file.tell(), size)
            yield kind, None if only_check and kind in (NODES_OF, RELATIONSHIPS_OF) else decoded(_inflated(path, body))
        if file.tell() != size:
            raise TornBackup(
                f"{path} goes on after its end, at byte {file.tell():,} of {size:,}: it is not as it was written."
            )


def _inflated(path: Path, body: bytes) -> bytes:
    unzip = zlib.decompressobj()
    content = unzip.decompress(body, LARGEST_BLOCK)
    if unzip.unconsumed_tail or not unzip.eof:
        raise TornBackup(f"{path} is no backup that creditgraph wrote: a block in it is too large.")
    return content
