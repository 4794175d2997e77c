"""How much processor time does a command take, as a multiple of `python -c pass`, and how much memory?

A warm store of its own with a small sample. What counts is the ratio: both are measured in the same run, in turns, and
of each the least counts, since other work on the machine only adds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.common import load_sample, say, stores
from graph_model.rules import load_pack
from graph_model.store.keys import load_keys
from loaders.derive import derive_into
from loaders.sample.province import STORY, generate

NOTHING = [sys.executable, "-c", "pass"]
COMMAND = [sys.executable, "-m", "creditgraph"]
WANTED = {"--help": 20, "find": 60, "lookup": 60}
WANTED_MB = 120


MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
"""
"""Measured by a small process: what starts another one lends it its own size for a moment."""


def used(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """(processor seconds, largest resident memory in MB) of a process that must succeed."""
    told = subprocess.check_output([sys.executable, "-c", MEASURE, *arguments], env=environment, text=True).split()
    if told[2] != "0":
        raise SystemExit(f"{' '.join(arguments)} ended with {told[2]}")
    return float(told[0]), float(told[1])


def compared(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], times: int
) -> dict[str, dict[str, float]]:
    """Name → ratio and MB of each command."""
    least: dict[str, float] = {}
    largest: dict[str, float] = {}
    for _ in range(times):
        for name, arguments in {"nothing": NOTHING, **commands}.items():
            seconds, megabytes = used(arguments, environment)
            least[name] = min(seconds, least.get(name, seconds))
            largest[name] = max(megabytes, largest.get(name, 0.0))
    return {
        name: {"ratio": round(least[name] / least["nothing"], 1), "wanted": WANTED[name], "mb": round(largest[name])}
        for name in commands
    }


def main() -> None:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=300, help="companies in the sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=7, help="so often each is measured")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with stores(1) as (store,), tempfile.TemporaryDirectory() as folder:
        generate(asked.size, asked.seed, Path(folder))
        load_sample(store.graph, load_keys(store.settings), Path(folder))
        derive_into(store.graph, load_pack())
        at = ["--store", store.server.store]
        commands = {
            "--help": [*COMMAND, "--help"],
            "find": [*COMMAND, "find", "食品", *at],
            "lookup": [*COMMAND, "lookup", STORY.far.name, *at],
        }
        home = {"CREDITGRAPH_HOME": str(store.settings.home), "CREDITGRAPH_CACHE": str(store.settings.cache_dir)}
        # Python may keep what it compiled, as it does wherever nobody forbids it.
        ours = ("CREDITGRAPH_", "PYTHONDONTWRITEBYTECODE")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | home
        say("measuring")
        found = compared(commands, environment, asked.times)
    if asked.json:
        print(json.dumps(found))
        return
    for name, about in found.items():
        print(
            f"{name:8} {about['ratio']:6.1f} × python -c pass (wanted: {about['wanted']})   {about['mb']} MB (wanted: {WANTED_MB})"
        )


if __name__ == "__main__":
    main()
