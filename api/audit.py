"""Who asked about whom, for what, and what was answered (查询留痕): a log beside the graph that cannot be changed unseen.

Each process writes a file of its own, a line an answer, and each line holds the hash of the line before it. An answer is
given only when its line is on the disk. Beside each file stands its head, the number and hash of its last line; a file begins
with the heads of all others, and the heads go to an anchor elsewhere where one is set. So what is changed, left out, put in
another order or cut off is found by `verified`. Whoever may write everything on this machine can write it all anew: against him
only an anchor helps that is kept where he cannot write.

Of persons only keys stand here. What was typed is kept as a hash under the id key: it tells whether two questions were the
same, and nothing else.
"""

import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from graph_model.errors import ConfigError

BEGINNING = "0" * 64
"""What stands for the line before the first one."""
LINES_AT_ONCE = 256
"""So many lines share one write to the disk at the most."""
ANCHORED_EVERY = 10.0
"""Seconds between two heads in the anchor."""


@dataclass(frozen=True, slots=True)
class LoggedQuestion:
    """One question that was answered or refused."""

    who: str
    """Id of the key; the user of the system where none is needed; empty: who had none, or a wrong one."""
    purpose: str | None
    question: str
    """The route, with its parameters' names and not their values."""
    asked: str
    """Hash of all that was asked, under the id key."""
    status: int
    """As HTTP has it: 200 answered, 4xx refused."""
    parties: tuple[str, ...] = ()
    """Keys of all parties in the answer, whoever was asked about first."""
    position: int | None = None
    """Of the graph: what was known."""
    rules: str = ""
    """Digest of the rule pack."""
    answer: str = ""
    """SHA-256 of the answer, byte for byte."""
    role: str = ""
    """In which he asked, who asked with a key; empty: with none, or a wrong one."""
    organ: str = ""
    """For which he asked."""
    ground: str | None = None
    """On what ground he asked about a natural person: law, authorisation, self."""
    authorisation: str | None = None
    """Reference of the leave that he named; whatever could be a person's number in it masked."""


class AuditLog:
    """The file of this process. It is begun with the first line.

    Args:
        anchor: a file elsewhere to which heads are added.
    """

    def __init__(self, folder: Path, anchor: Path | None = None) -> None:
        self.folder, self.anchor = folder, anchor
        self._waiting: queue.SimpleQueue[tuple[dict[str, Any], Future[int]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._file: _File | None = None
        self._anchored = 0.0
        self._last: list[Any] | None = None

    def record(self, look: LoggedQuestion) -> Future[int]:
        """Writes a line down. The future is done when it is on the disk; it fails with OSError when it cannot be."""
        done: Future[int] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
                self._thread.start()
            self._waiting.put(({"kind": "look", **asdict(look)}, done))
        return done

    def head(self) -> list[Any] | None:
        """File, number and hash of the last line that is on the disk; None: this process has written none."""
        return self._last

    def close(self) -> None:
        """Ends the file, after all that waits."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
        if thread is not None:
            thread.join()

    def _write(self) -> None:
        while True:
            some = [self._waiting.get()]
            while len(some) < LINES_AT_ONCE and not self._waiting.empty():
                some.append(self._waiting.get())
            lines = [one for one in some if one is not None]
            try:
                if lines or self._file:
                    self._file = self._file or _File(self.folder)
                    self._file.add([line for line, _ in lines] + ([{"kind": "closed"}] if None in some else []))
                    self._last = [self._file.path.name, self._file.number, self._file.hash]
                    self._anchor(now=None in some)
            except OSError as error:
                for _, done in lines:
                    done.set_exception(error)
            else:
                for _, done in lines:
                    done.set_result(self._file.number if self._file else 0)
            if None in some:
                if self._file:
                    self._file.close()
                self._file = None
                return

    def _anchor(self, *, now: bool) -> None:
        if self.anchor is None or self._file is None:
            return
        if now or time.monotonic() - self._anchored >= ANCHORED_EVERY:
            self._anchored = time.monotonic()
            with self.anchor.open("a", encoding="utf-8") as file:
                file.write(json.dumps([self._file.path.name, self._file.number, self._file.hash, _now()]) + "\n")


class _File:
    """One file that is written to: its lines are numbered from 0."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        others = {path.name: head for path in files(folder) if (head := _head_of(path))}
        self.path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}.jsonl"
        self._handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._head = os.open(self.path.with_suffix(".head"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.number, self.hash, self._size = -1, BEGINNING, 0
        try:
            self.add([{"kind": "opened", "others": others}])
        except OSError:  # an empty file would be told as one that was cut off
            self.close()
            self.path.unlink()
            self.path.with_suffix(".head").unlink()
            raise

    def add(self, lines: list[dict[str, Any]]) -> None:
        """Writes lines to the disk, and then the head; all or none of them."""
        number, before, written = self.number, self.hash, []
        for line in lines:
            number += 1
            text = json.dumps(
                {"n": number, "at": _now(), **line, "before": before}, ensure_ascii=False, separators=(",", ":")
            ).encode()
            before = hashlib.sha256(text).hexdigest()
            written.append(text + b"\n")
        whole = b"".join(written)
        try:
            if os.write(self._handle, whole) != len(whole):
                raise OSError(28, "no space left for the audit log", str(self.path))
            os.fdatasync(self._handle)
        except OSError:
            os.ftruncate(self._handle, self._size)
            raise
        self.number, self.hash, self._size = number, before, self._size + len(whole)
        os.pwrite(self._head, b"%-12d %s\n" % (number, before.encode()), 0)

    def close(self) -> None:
        os.close(self._handle)
        os.close(self._head)


def _head_of(path: Path) -> list[Any] | None:
    """Number and hash of a file's last line, as its head tells it; None: it tells nothing."""
    try:
        number, told = path.with_suffix(".head").read_text(encoding="ascii").split()
        return [int(number), told]
    except (OSError, ValueError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


# --- reading it -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ReadFile:
    """A file as it stands: its last whole line, and what is wrong with it."""

    path: Path
    number: int = -1
    """Of its last whole line; -1: it has none."""
    hash: str = BEGINNING
    lines: list[dict[str, Any]] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    torn: bool = False
    """Something that is no whole line stands at its end: the process was killed while it wrote."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Is the log whole? It is when there are no faults."""

    files: int
    looks: int
    faults: list[str]
    notes: list[str]
    """What is no fault: a line that was cut off by a kill, and was never answered."""


def files(folder: Path) -> list[Path]:
    """The files of a log, the oldest first."""
    return sorted(folder.glob("*.jsonl"))


def read_file(path: Path) -> ReadFile:
    """Reads a file and follows its chain; what is wrong is told, and the reading goes on."""
    read = ReadFile(path)
    *whole, rest = path.read_bytes().split(b"\n")
    read.torn = bool(rest)
    for place, text in enumerate(whole):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            read.faults.append(f"{path.name}: line {place + 1} is not a line of the log")
            line = {}
        elif line.get("n") != place or line.get("before") != read.hash:
            read.faults.append(f"{path.name}: line {place + 1} does not follow the line before it")
        if (place == 0) != (line.get("kind") == "opened"):
            read.faults.append(
                f"{path.name}: line {place + 1}: a file begins with what stood beside it, and only begins so"
            )
        read.number, read.hash = place, hashlib.sha256(text).hexdigest()
        read.lines.append(line)
        read.hashes.append(read.hash)
    if read.number < 0:
        read.faults.append(f"{path.name}: it has no line")
    return read


def verified(folder: Path, anchor: Path | None = None) -> Verified:
    """Is the log whole: was nothing of it changed, left out, put in another order or cut off?

    Raises:
        ConfigError: there is no log, or no such anchor.
    """
    found = {path.name: read_file(path) for path in files(folder)}
    if not found:
        raise ConfigError(
            f"there is no audit log in {folder}: nothing was asked yet, or it lies elsewhere (CREDITGRAPH_AUDIT)"
        )
    faults = [fault for read in found.values() for fault in read.faults]
    notes = []
    for name, read in found.items():
        if fault := _against_head(read):
            faults.append(fault)
        if read.torn:
            notes.append(f"{name}: a line at its end is not whole; nobody had an answer for it")
        others = read.lines[0].get("others") if read.lines else None
        for other, told in (others if isinstance(others, dict) else {}).items():
            faults += _against(found, other, told, f"{name} says")
    for path in sorted(folder.glob("*.head")):
        if path.with_suffix(".jsonl").name not in found:
            faults.append(f"{path.name}: the file of this head is gone")
    for place, line in enumerate(_anchored(anchor) if anchor else (), 1):
        faults += _against(found, line[0], line[1:3], f"line {place} of the anchor says")
    looks = sum(line.get("kind") == "look" for read in found.values() for line in read.lines)
    return Verified(len(found), looks, list(dict.fromkeys(faults)), notes)


def _against_head(read: ReadFile) -> str | None:
    head = _head_of(read.path)
    if head is None or head[0] < 0:
        return f"{read.path.name}: its head is gone, or cannot be read"
    place, told = head
    # A kill between line and head leaves the head behind by what was written together, and nothing of that was answered.
    behind = 0 if read.lines and read.lines[-1].get("kind") == "closed" else LINES_AT_ONCE + 1
    if not place <= read.number <= place + behind:
        return f"{read.path.name}: it has {read.number + 1} lines, and its head tells of {place + 1}"
    return (
        None if read.hashes[place] == told else f"{read.path.name}: line {place + 1} is not the one its head tells of"
    )


def _against(found: dict[str, ReadFile], name: str, told: Any, whose: str) -> list[str]:
    read = found.get(name)
    if read is None:
        return [f"{name}: the file is gone; {whose} that it was there"]
    match told:
        case [int(number), str(hash)] if 0 <= number <= read.number and read.hashes[number] == hash:
            return []
        case [int(number), str()]:
            return [f"{name}: {whose} that it had {number + 1} lines, and other ones"]
    return [f"{name}: what {whose} of it cannot be read"]


def _anchored(anchor: Path) -> Iterator[list[Any]]:
    try:
        text = anchor.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the anchor {anchor} cannot be read: {error.strerror}") from error
    for line in text.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        yield told if isinstance(told, list) and len(told) == 4 else ["(a line that cannot be read)", None, None, ""]


def looks(folder: Path, *, party: str | None = None, since: date | None = None) -> Iterator[dict[str, Any]]:
    """Every look there was, the oldest file first: who looked at a party, if one is given.

    Args:
        party: its key; answers in which it only stood beside somebody else too.
        since: the first day, by UTC.
    """
    for path in files(folder):
        for line in read_file(path).lines:
            if line.get("kind") != "look" or (party is not None and party not in line["parties"]):
                continue
            if since is None or line["at"][:10] >= since.isoformat():
                yield {**line, "file": path.name}
