"""A list of 100,000 parties screened file to file, against the same questions asked of Neo4j one by one.

    python -m benchmarks.screen [--size 25600] [--rows 100000] [--live 200] [--json]

A sample is loaded and derived, its projection built. The list has every party of it that has a number, and repeats of
them up to `--rows`, in a mixed order, as CSV: code or number and name, a tenth of the names spoilt, and a tenth of the
rows unknown. Timed is the whole of `screen_file` (reading, matching, measures, exposure to 3 hops with paths, writing,
notes for resuming) on a projection that is open, as CSV and as the other forms; beside it the time to open it, and the
same list a second time with answers kept.

The peer is what a user would write without it: `resolve`, `consequences_of` and `exposure` live, for `--live` of the
rows; the same status and number of hits are asserted for each. Wanted: 100,000 rows in 10 s or less on one core.

At last, how fresh: one decision is loaded, thirty times, and the time is taken from the end of the load until the copy
tells of it, in the process that loaded it and in another one. Wanted: 1 s or less.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from api.cli.screen import screen_file
from benchmarks.common import SIZE, Store, arguments, load_sample, machine, milliseconds, report, say, stores
from graph_model.rules import RulePack, load_pack
from graph_model.store.connect import Graph, connect
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.sample.forms import SAMPLE_FILES
from loaders.sample.province import generate
from loaders.sources import SOURCES
from queries.law.consequences import consequences_of
from queries.network.exposure import exposure
from queries.party.parties import resolve
from queries.projection.current import opened
from queries.projection.follow import Projection
from queries.screen import Screener

ROWS, LIVE = 100_000, 200


def main() -> None:
    parser = arguments(__doc__, size=SIZE)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the list")
    parser.add_argument("--live", type=int, default=LIVE, help="rows that are asked of Neo4j one by one")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"benchmark": "screen", **machine(), "size": asked.size}
    with stores(1) as (store,), tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        say(f"a sample of {asked.size:,} companies")
        generate(asked.size, asked.seed, work / "sample")
        keys, pack = load_keys(store.settings), load_pack()
        load_sample(store.graph, keys, work / "sample")
        derive_into(store.graph, pack)
        figures |= measured(store.graph, keys, pack, work, asked.rows, asked.live, asked.seed)
        figures |= freshness(store, keys, work, asked.seed)
    report(figures, as_json=asked.json)


def measured(graph: Graph, keys: Keys, pack: RulePack, work: Path, rows: int, live: int, seed: int) -> dict[str, Any]:
    """All figures, on a graph that is loaded and derived."""
    say("projection")
    began = time.perf_counter()
    opened(graph, work / "projection")
    figures: dict[str, Any] = {"projection_built_s": round(time.perf_counter() - began, 1)}
    began = time.perf_counter()
    projection = opened(graph, work / "projection")
    figures["projection_opened_s"] = round(time.perf_counter() - began, 2)
    path = work / "parties.csv"
    figures |= write_list(graph, path, rows, seed)
    screener_of(graph, projection, pack, keys).screen([[("name", "x")]])  # kernels are compiled, files are read
    for ending in (".csv", ".jsonl", ".parquet", ".xlsx"):
        say(ending)
        screener = screener_of(graph, projection, pack, keys)
        to = work / f"out{ending}"
        began, used = time.perf_counter(), time.process_time()
        done = screen_file(screener, path, to, {})
        figures[f"seconds_{ending[1:]}"] = round(time.perf_counter() - began, 2)
        figures[f"processor_seconds_{ending[1:]}"] = round(time.process_time() - used, 2)
        assert done.rows == rows
        figures["results"] = done.results
        if ending == ".csv":
            began = time.perf_counter()
            screen_file(screener, path, to, {})
            figures["seconds_csv_again"] = round(time.perf_counter() - began, 2)
    return figures | peer(graph, projection, pack, keys, path, live, seed, figures["seconds_csv"] / rows)


def screener_of(graph: Graph, projection: Projection, pack: RulePack, keys: Keys) -> Screener:
    from graph_model.store.connect import today

    return Screener(graph, projection.reader(), pack, as_of=today(), hash=keys.hash)


def write_list(graph: Graph, path: Path, rows: int, seed: int) -> dict[str, int]:
    """The list. Returns how many parties stand in it."""
    found = graph.read(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(p:Party) WITH p, min(CASE WHEN i.scheme IN ['uscc', 'cn-reg', 'stock']"
        " THEN i.value END) AS number RETURN coalesce(number, p.key) AS number, p.name AS name ORDER BY number"
    )
    parties = [(r["number"], r["name"] or "") for r in found]
    some = random.Random(seed)
    chosen = (parties * (rows // len(parties) + 1))[: rows - rows // 10]
    told = []
    for number, name in chosen:
        spoilt = some.random()
        told.append((number, name[:-1] if spoilt < 0.1 else name) if spoilt < 0.8 else (number, ""))
    told += [(f"{430000000000000 + n}", "") for n in range(rows - len(told))]
    some.shuffle(told)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["序号", "证照号码", "企业名称", "备注"])
        writer.writerows([n, number, name, "备注 text"] for n, (number, name) in enumerate(told, 1))
    return {"rows_in": rows, "parties_in_graph": len(parties), "parties_in_list": len(set(chosen))}


def peer(
    graph: Graph, projection: Projection, pack: RulePack, keys: Keys, path: Path, live: int, seed: int, ours: float
) -> dict[str, Any]:
    """The same rows one by one, live, with the same answers."""
    say("live")
    with path.open(encoding="utf-8", newline="") as file:
        numbers = [row["证照号码"] for row in csv.DictReader(file)]
    some = random.Random(seed + 1).sample(numbers, live)
    screener = screener_of(graph, projection, pack, keys)
    told = screener.screen([[("number", number)] for number in some])
    began = time.perf_counter()
    answers = []
    for number in some:
        party, _ = resolve(graph, number, hash=keys.hash)
        if party is None:
            answers.append(None)
            continue
        near = exposure(graph, party.key, as_of=screener.day)
        answers.append((near, consequences_of(graph, pack, party.key, as_of=screener.day)))
    each = (time.perf_counter() - began) / live
    for answer, row in zip(answers, told, strict=True):
        assert (answer is None) == (row["match"] != "matched")
        if answer is not None:
            near, law = answer
            rings = [hit.ring for hit in near.hits]
            assert (near.status, law.status) == (row["exposure"], row["consequences"])
            assert rings.count("surrounding") == row["surrounding"]
            assert rings.count("historical") == row["historical"]
    return {"live_ms_a_row": round(1000 * each, 2), "ours_ms_a_row": round(1000 * ours, 4), "ratio": round(each / ours)}


def freshness(store: Store, keys: Keys, work: Path, seed: int, times: int = 30) -> dict[str, Any]:
    """Seconds from the end of a load that brings one decision until the copy tells of it, here and in another process."""
    say("freshness")
    graph = store.graph
    clear = graph.read(
        "MATCH (i:Identifier {scheme: 'uscc'})-[:IDENTIFIES]->(p:Entity) WHERE NOT p.sanctioned AND i.valid "
        "RETURN p.key AS key, p.name AS name, i.value AS code ORDER BY key"
    )
    some = random.Random(seed).sample([(r["key"], r["name"], r["code"]) for r in clear], times)
    here, (path, watched) = opened(graph, work / "projection"), (work / "one.csv", work / "watched.json")
    watched.write_text(json.dumps([str(here.folder), store.server.uri, store.server.password, [k for k, *_ in some]]))
    command = [
        sys.executable,
        "-c",
        "import sys; from benchmarks.screen import watch; watch(sys.argv[1])",
        str(watched),
    ]
    seconds: dict[str, list[float]] = {"here": [], "elsewhere": []}
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout
        other.stdout.readline()  # it is open
        for n, (key, name, code) in enumerate(some):
            row = {
                "决定类别": "penalty",
                "代码": "REVOKE_FOOD_LICENCE",
                "名称": "吊销食品经营许可证",
                "主体名称": name,
                "主体类别": "企业",
            }
            row |= {"主体证件号码": code, "决定机关": "长沙市市场监督管理局", "决定文号": f"长市监罚〔2025〕{n}号"}
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, SAMPLE_FILES["decisions.csv"].columns, restval="")
                writer.writeheader()
                writer.writerow(row | {"行为日期": "2025-01-05", "决定日期": "2025-03-01"})
            (run,) = load(graph, keys, SOURCES["sample"], path)
            assert run.accepted == 1
            loaded = time.monotonic()
            seconds["here"].append(seen(graph, here, key) - loaded)
            seconds["elsewhere"].append(float(other.stdout.readline()) - loaded)
    finally:
        other.kill()
        other.communicate()
    figures: dict[str, Any] = {}
    for where, of in seconds.items():
        points = {"first": 1000 * of[0], **milliseconds(of[1:])}
        figures |= {f"fresh_{where}_s_{point}": round(ms / 1000, 3) for point, ms in points.items()}
    return figures


def seen(graph: Graph, projection: Projection, key: str) -> float:
    """The moment at which the copy tells of a sanction on this party."""
    while True:
        reader = projection.current(graph)
        if reader is not None and reader.sanctions([key], date.max).get(key):
            return time.monotonic()
        time.sleep(0.01)


def watch(watched: str) -> None:
    """In another process: tells when each of these parties is seen to be sanctioned."""
    folder, uri, password, keys = json.loads(Path(watched).read_text())
    with connect(Settings(neo4j_uri=uri, neo4j_password=password, author="bench")) as graph:
        projection = Projection(Path(folder), graph.store_id())
        print("open", flush=True)
        for key in keys:
            print(seen(graph, projection, key), flush=True)


if __name__ == "__main__":
    main()
