"""A folder into which files are dropped: each is loaded once it is whole, and moved to `done` or `rejected`."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from graph_model.errors import SourceError
from loaders.load.engine import Loaded

UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
"""Endings under which programs write a file that is not whole yet; so do names that begin with . or ~$."""


def drops(folder: Path) -> list[Path]:
    """The files that wait in a folder, oldest first."""
    files = (p for p in folder.iterdir() if p.is_file() and p.name != "manifest.json")
    waiting = [p for p in files if not p.name.startswith((".", "~$")) and p.suffix.lower() not in UNFINISHED]
    return sorted(waiting, key=lambda p: (p.stat().st_mtime_ns, p.name))


def follow(
    folder: Path, load: Callable[[Path], list[Loaded]], *, once: bool = False, pause: float = 2.0
) -> Iterator[tuple[Path, list[Loaded] | SourceError]]:
    """Load what is dropped into `folder`, for ever; yields each file's new place and what became of it.

    A file whose size or time still changes is left for later. One that cannot be read goes to `rejected`, with the
    reason in a text beside it; one with rejected rows is done, and its rows are in the ledger. When Neo4j is away the
    file stays where it is.

    Args:
        once: stop when nothing is left, for a timer.
        pause: seconds between two looks.

    Raises:
        SourceError: there is no such folder.
    """
    if not folder.is_dir():
        raise SourceError("there is no such folder", file=str(folder), code="no-file", todo="Make it first.")
    seen: dict[Path, tuple[int, int]] = {}
    while True:
        now = {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in drops(folder)}
        ready = [p for p, state in now.items() if seen.get(p) == state]
        seen = now
        for path in ready:
            try:
                result: list[Loaded] | SourceError = load(path)
                place = _move(path, folder / "done")
            except SourceError as error:
                result, place = error, _move(path, folder / "rejected")
                place.with_name(place.name + ".reason.txt").write_text(f"{error}\n", encoding="utf-8")
            yield place, result
        if once and not drops(folder):
            return
        if not ready:
            time.sleep(pause)


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    place, number = folder / path.name, 2
    while place.exists():
        place, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    return path.rename(place)
