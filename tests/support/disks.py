"""A disk that is full at random moments of a load: a clear refusal, and after room was made the graph of one that nobody disturbed.

Needs root, on Linux: the disk is an ext4 image mounted by a loop device, or a tmpfs where there is none.
`python -m tests.support.disks 20`.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from graph_model.rules import load_pack
from graph_model.store import local_neo4j
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from tests.support.kills import Trial, fill

MEGABYTES = 1200


@contextmanager
def small_disk(megabytes: int = MEGABYTES) -> Generator[tuple[Path, str]]:
    """Where it is mounted, and which kind it is."""
    with tempfile.TemporaryDirectory() as folder:
        image, place = Path(folder) / "image", Path(folder) / "disk"
        place.mkdir()
        image.touch()
        os.truncate(image, megabytes << 20)
        made = subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], capture_output=True, check=False)
        kind = "ext4"
        if made.returncode or subprocess.run(["mount", "-o", "loop", image, place], capture_output=True).returncode:
            kind = "tmpfs"
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], check=True)
        try:
            yield place, kind
        finally:
            subprocess.run(["umount", "-l", place], check=True)


def main(times: int, seed: int) -> None:
    """Fill it so often, and print the counts."""
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    os.environ.update(CREDITGRAPH_HEAP="512m", CREDITGRAPH_PAGECACHE="64m", CREDITGRAPH_AUTHOR="tests")
    tell = lambda text: (sys.stdout.write(text + "\n"), sys.stdout.flush())  # noqa: E731
    with small_disk() as (place, kind), tempfile.TemporaryDirectory() as elsewhere:
        os.environ["CREDITGRAPH_HOME"] = str(place / "home")
        settings = Settings()
        with local_neo4j.temporary(settings) as own:
            trial = Trial(settings, own.store, load_keys(settings), load_pack(), Path(elsewhere) / "files", tell)
            done = trial.kills(["disk"] * times, random.Random(seed))
            beside = others(own.store, place)
    tell(json.dumps({"kind": kind, "megabytes": MEGABYTES, "seed": seed, **done, **beside}))
    sys.exit(any(beside.values()))


def others(store: str, place: Path) -> dict[str, int]:
    """How many commands that write files say nothing clear about a full disk."""
    filler = place / "filler"
    fill(filler)
    wrong = {}
    for words in (
        ["projection", "build"],
        ["export", "ftm", "-o", str(place / "out.ftm.json")],
        ["sample", "--out", str(place / "sample")],
    ):
        command = [sys.executable, "-m", "creditgraph", *words]
        if words[0] != "sample":
            command += ["--store", store]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        clear = done.returncode in (2, 5) and "Traceback" not in done.stderr
        sys.stdout.write(f"{words[0]} on a full disk: exit {done.returncode}: {done.stderr.strip()[-200:]}\n")
        wrong[words[0]] = int(not clear)
    filler.unlink()
    return wrong


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers + [20, random.randrange(10**6)][len(numbers) :]))
