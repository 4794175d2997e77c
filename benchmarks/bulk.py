"""The first load of millions: `load --bulk` against the ordinary load, and against Neo4j's own import of the same files.

    python -m benchmarks.bulk [--size 128000] [--ordinary-size 25600] [--json]

Bulk: from the files of a sample (128,000 companies are about 1,000,000 rows) to a store that answers: reading, import,
constraints, ledger, comparison, swap, start. Neo4j's own import is the step of it that runs `database import full`,
timed by itself. The ordinary load is measured on the sample of `--ordinary-size`, on a server that runs already, and
its time a row is taken for every size: it is nearly the same for 50,000 and for 200,000 rows.

Wanted: a row at most a quarter of the ordinary load's time, and the whole at most 2.5 times that of the import alone.
Processor seconds are those of all processes, Java included.
"""

import resource
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from benchmarks.common import SAMPLE_PARTS, arguments, load_sample, machine, report, say, stores
from graph_model.store import local_neo4j, neo4j_home
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.load.bulk import bulk_load
from loaders.sample.province import generate
from loaders.sources import SOURCES

SIZE = 128_000
ORDINARY_SIZE = 25_600


def main() -> None:
    parser = arguments(__doc__, size=SIZE)
    parser.add_argument("--ordinary-size", type=int, default=ORDINARY_SIZE, help="companies for the ordinary load")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"benchmark": "bulk", **machine(), "size": asked.size}
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large"), Path(folder, "small")
        say(f"generating {asked.size:,} and {asked.ordinary_size:,} companies")
        generate(asked.size, asked.seed, large)
        generate(asked.ordinary_size, asked.seed + 1, small)
        figures |= _bulk(large)
        figures |= _ordinary(small)
    for what, wanted in (("seconds", "seconds_a_million"), ("processor_seconds", "processor_seconds_a_million")):
        figures[f"ordinary_to_bulk_in_{what}"] = round(figures[f"ordinary_{wanted}"] / figures[f"bulk_{wanted}"], 2)
    report(figures, as_json=asked.json)


def _bulk(folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="creditgraph-bench-") as home:
        settings = Settings(
            neo4j_uri="", home=Path(home), cache=Settings().cache_dir, heap="1g", pagecache="512m", author="bench"
        )
        keys = load_keys(settings)
        store = "bulk"
        say("bulk")
        imports: list[tuple[float, float]] = []
        fill = neo4j_home.NewHome.fill

        def timed(*arguments: Any) -> float:
            before = _used()
            seconds = fill(*arguments)
            imports.append((seconds, _used() - before))
            return seconds

        phases: dict[str, float] = {}
        began, used = time.perf_counter(), _used()

        def told(phase: str, done: int, rejected: int) -> None:
            if phase not in phases:
                phases[phase] = round(time.perf_counter() - began, 1)
                say(f"{phase} from {phases[phase]} s")

        try:
            items = [(SOURCES[source], folder / file) for source, file in SAMPLE_PARTS]
            with patch.object(neo4j_home.NewHome, "fill", timed):
                runs = bulk_load(settings, keys, items, store=store, progress=told)
            took = time.perf_counter() - began
            server = psutil.Process(local_neo4j.status(settings, store).pid).cpu_times()
            cpu = _used() - used + server.user + server.system
            size = local_neo4j.status(settings, store).size
        finally:
            local_neo4j.reset(settings, store)
        rows = sum(r.rows_in for r in runs)
        ((import_seconds, import_cpu),) = imports
        say(f"{rows:,} rows in {took:.1f} s")
        return {
            "rows": rows,
            "bulk_seconds": round(took, 1),
            "bulk_rows_per_second": round(rows / took),
            "bulk_seconds_a_million": round(1e6 * took / rows, 1),
            "bulk_processor_seconds": round(cpu, 1),
            "bulk_processor_seconds_a_million": round(1e6 * cpu / rows, 1),
            "import_seconds": round(import_seconds, 1),
            "import_processor_seconds": round(import_cpu, 1),
            "bulk_to_import_in_seconds": round(took / import_seconds, 2),
            "bulk_to_import_in_processor_seconds": round(cpu / import_cpu, 2),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "store_mb": round(size / 2**20),
        }


def _used() -> float:
    """Processor seconds of this process and of the children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _ordinary(folder: Path) -> dict[str, float]:
    with stores(1) as (ours,):
        say("ordinary")
        before = ours.processor_seconds()
        began, used = time.perf_counter(), time.process_time()
        runs = load_sample(ours.graph, load_keys(ours.settings), folder)
        took = time.perf_counter() - began
        cpu = time.process_time() - used + ours.processor_seconds() - before
    rows = sum(r.rows_in for r in runs)
    return {
        "ordinary_rows": rows,
        "ordinary_seconds": round(took, 1),
        "ordinary_seconds_a_million": round(1e6 * took / rows, 1),
        "ordinary_processor_seconds": round(cpu, 1),
        "ordinary_processor_seconds_a_million": round(1e6 * cpu / rows, 1),
    }


if __name__ == "__main__":
    main()
