"""Derivation: consequences a second in pure Python, on one core.

    python -m benchmarks.derivation [--size 3000] [--sanctions 50000] [--json]

The cases of a sample are gathered from Neo4j once; then only `derive(cases, rules)` is timed, several times over. The
second figure is for as many sanctions as asked for: the cases of the sample again and again, each time with keys of
their own. Wanted: at least 20,000 consequences a second. By the clock, and by processor time, which other work on the
machine disturbs less.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.common import arguments, load_sample, machine, report, say, stores
from graph_model.derivation import Case, derive
from graph_model.facts import FactRow
from graph_model.rules import RulePack, load_pack
from graph_model.store.keys import load_keys
from loaders.sample.province import generate
from queries.read import facts


def main() -> None:
    parser = arguments(__doc__, size=3000)
    parser.add_argument("--sanctions", type=int, default=50_000, help="how many in the second run")
    parser.add_argument("--repeat", type=int, default=5, help="how often each is timed; medians are told")
    asked = parser.parse_args()
    pack = load_pack()
    cases = gather(asked.size, asked.seed, pack)
    say(f"{len(cases):,} cases of the sample")
    figures: dict[str, Any] = {"benchmark": "derivation", **machine(), "size": asked.size, "rules": len(pack.enabled)}
    figures |= _timed("sample", cases, pack, asked.repeat)
    many = [_renamed(case, n) for n, case in enumerate(islice(cycle(cases), asked.sanctions))]
    say(f"{len(many):,} cases with keys of their own")
    figures |= _timed("synthetic", many, pack, asked.repeat)
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report(figures, as_json=asked.json)


def gather(size: int, seed: int, pack: RulePack) -> list[Case]:
    """All cases of a sample, by way of the loaders and the fixed query."""
    with tempfile.TemporaryDirectory() as folder, stores(1) as (store,):
        say(f"loading {size:,} companies")
        generate(size, seed, Path(folder))
        load_sample(store.graph, load_keys(store.settings), Path(folder))
        keys = facts.all_sanctions(store.graph)
        return list(facts.cases(store.graph, keys, pack, position=store.graph.position()))


def _timed(name: str, cases: list[Case], pack: RulePack, repeat: int) -> dict[str, Any]:
    clock, processor, count = [], [], 0
    for _ in range(repeat):
        began, began_cpu = time.perf_counter(), time.process_time()
        count = sum(1 for _ in derive(cases, pack))
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_cpu)
    return {
        f"{name}_sanctions": len(cases),
        f"{name}_facts": sum(len(c.imposed) + len(c.responsible) + len(c.roles) + len(c.onward) for c in cases),
        f"{name}_consequences": count,
        f"{name}_seconds": round(statistics.median(clock), 3),
        f"{name}_consequences_per_second": round(count / statistics.median(clock)),
        f"{name}_consequences_per_processor_second": round(count / statistics.median(processor)),
    }


def _renamed(case: Case, number: int) -> Case:
    """The same case about another sanction."""
    sanction = f"s-{number:08d}"

    def facts_of(rows: tuple[FactRow, ...]) -> Iterator[FactRow]:
        for row in rows:
            start, end = (sanction if key == case.sanction else key for key in (row.start, row.end))
            yield replace(row, fact_id=f"{row.fact_id}-{number}", start=start, end=end)

    return replace(
        case,
        sanction=sanction,
        imposed=tuple(facts_of(case.imposed)),
        responsible=tuple(facts_of(case.responsible)),
        roles=tuple(facts_of(case.roles)),
        onward=tuple(facts_of(case.onward)),
    )


if __name__ == "__main__":
    main()
