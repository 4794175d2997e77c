"""One changed fact on a large graph: how soon is what follows from it derived again and stored?

    python -m benchmarks.incremental [--size 3000] [--nodes 1000000] [--repeat 30] [--json]

A sample is loaded and derived, and the graph filled up with companies and persons who hold a post, to as many nodes as
asked for. Then, again and again, one thing changes: an event is recorded (a lifting), or a decision is loaded with
another content; and the time is taken until the consequence that it changes is stored. The peer is deriving everything,
in the same run on the same graph. Wanted: at most 200 ms at the median.
"""

import csv
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any, LiteralString

from benchmarks.common import Store, arguments, load_sample, machine, milliseconds, report, say, stores
from graph_model.events import Event
from graph_model.rules import RulePack, load_pack
from graph_model.schema import FOREVER
from graph_model.store.keys import load_keys
from loaders.decisions.events import record
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.sample.forms import SAMPLE_FILES
from loaders.sample.province import generate
from loaders.sample.story import STORY
from loaders.sources import SOURCES
from queries.law.consequences import consequences_from
from queries.read.facts import all_sanctions

FILL: LiteralString = """
UNWIND range($first, $last) AS n
CREATE (e:Party:Entity {key: 'e-fill-' + n, name: '填充' + n, name_key: '填充' + n, coded: true, degree: 1})
CREATE (p:Party:Person {key: 'p-fill-' + n, name: '某' + n, name_key: '某' + n, coded: true, degree: 1})
CREATE (p)-[:LEGAL_REPRESENTATIVE_OF {fact_id: 'f-fill-' + n, statement_id: 'f-fill-' + n, claim_id: 'f-fill-' + n,
  digest: 'd', rec_from: 1, rec_to: $forever, since: date('2020-01-01'), source: 'fill', run: 'fill', trust: 'official'}]
  ->(e)
"""
NODES: LiteralString = "MATCH (n) RETURN count(n) AS n"


def main() -> None:
    parser = arguments(__doc__, size=3000)
    parser.add_argument("--nodes", type=int, default=1_000_000, help="nodes in the graph")
    parser.add_argument("--repeat", type=int, default=30, help="how often one thing changes; medians are told")
    asked = parser.parse_args()
    pack = load_pack()
    with tempfile.TemporaryDirectory() as folder, stores(1) as (store,):
        say(f"loading {asked.size:,} companies")
        generate(asked.size, asked.seed, Path(folder))
        load_sample(store.graph, load_keys(store.settings), Path(folder))
        derive_into(store.graph, pack)
        nodes = fill(store, asked.nodes)
        figures: dict[str, Any] = {"benchmark": "incremental", **machine(), "size": asked.size, "nodes": nodes}
        began = time.perf_counter()
        whole = derive_into(store.graph, pack, everything=True)
        rebuild = time.perf_counter() - began
        figures |= {"sanctions": whole.sanctions, "rebuild_seconds": round(rebuild, 2)}
        for name, times in (
            ("event", events(store, pack, asked.repeat)),
            ("fact", facts(store, pack, asked.repeat, Path(folder))),
        ):
            figures |= {f"{name}_ms_{k}": v for k, v in milliseconds(times).items()}
            figures[f"rebuild_over_{name}"] = round(rebuild / sorted(times)[len(times) // 2], 1)
    report(figures, as_json=asked.json)


def fill(store: Store, nodes: int) -> int:
    """Fill the graph up; returns the nodes in it."""
    have = store.graph.read(NODES)[0]["n"]
    say(f"filling up from {have:,} to {nodes:,} nodes")
    pairs = max(0, (nodes - have) // 2)
    with store.graph.driver.session(database=store.graph.database) as session:
        for first in range(0, pairs, 20_000):
            session.run(FILL, first=first, last=min(first + 20_000, pairs) - 1, forever=FOREVER).consume()
    return store.graph.read(NODES)[0]["n"]


def events(store: Store, pack: RulePack, repeat: int) -> list[float]:
    """Seconds from recording a lifting until what it ends is stored."""
    graph, day = store.graph, date(2026, 7, 1)
    times = []
    for key in all_sanctions(graph)[: repeat * 4]:
        shown = [c for c in consequences_from(graph, pack, key, as_of=day).consequences if c.status != "ended"]
        if not shown or len(times) == repeat:
            continue
        lifted = Event("", "lifting", "lifted", key, day, role="source_organ", reason="解除")
        began = time.perf_counter()
        record(graph, [lifted], today=day)
        derive_into(graph, pack)
        times.append(time.perf_counter() - began)
        after = consequences_from(graph, pack, key, as_of=day).consequences
        assert all(c.status == "ended" for c in after)
    return times


def facts(store: Store, pack: RulePack, repeat: int, folder: Path) -> list[float]:
    """Seconds from loading one decision with another content until what follows from it is stored."""
    graph, keys = store.graph, load_keys(store.settings)
    with (folder / "penalties.csv").open(encoding="utf-8") as file:
        row = next(r for r in csv.DictReader(file) if r["CF_XDR_SHXYM"] == STORY.food.number)
    path = folder / "one.csv"
    times = []
    for number in range(repeat):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, SAMPLE_FILES["penalties.csv"].columns)
            writer.writeheader()
            writer.writerow({**row, "CF_NR": f"{row['CF_NR']}(第{number}次更正)"})
        began = time.perf_counter()
        load(graph, keys, SOURCES["shuanggongshi"], path)
        done = derive_into(graph, pack)
        times.append(time.perf_counter() - began)
        assert done.created > 0
    return times


if __name__ == "__main__":
    main()
