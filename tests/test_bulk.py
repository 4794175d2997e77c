"""The first load of millions gives the graph of the ordinary load, and until it is whole the old store stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psutil
import pytest

from graph_model.errors import BadRequest, ConfigError, SourceError, StoreUnavailable
from graph_model.rules import RulePack
from graph_model.schema import FOREVER
from graph_model.store import local_neo4j, neo4j_home
from graph_model.store.connect import Graph, connect
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.identity.caches import refresh
from loaders.load import bulk_files, bulk_format, bulk_read
from loaders.load.bulk import bulk_load
from loaders.load.engine import load
from loaders.load.files import find_files
from loaders.sample.forms import SAMPLE_PARTS
from loaders.sources import SOURCES
from queries.projection.current import opened, root_of
from queries.projection.follow import Projection, arcs_of
from queries.projection.format import LISTS_OF_PARTY
from queries.supply.ledger import runs
from tests.support.graphs import balanced, fingerprint, present_view, wipe
from tests.support.invented import citizen, code
from tests.support.rows import company, officer, order, penalty
from tests.support.types import Cli, Put

Items = Sequence[tuple[str, Path]]


def holds(projection: Projection) -> tuple[dict[str, Any], dict[str, Any]]:
    """All that a copy of the graph says: of each node, and of each relationship."""
    state = projection.reader().state
    nodes, facts = {}, {}
    for node in range(projection.base + len(state.names)):
        party, labels, identifiers, tag = projection.party(state, node)
        arcs = state.rows[node] if node in state.rows else arcs_of(state.sanctioned, node)
        key = projection.key_of(state, node)
        nodes[key] = {
            "party": party,
            "labels": sorted(labels),
            "identifiers": identifiers,
            "tag": (tag, bool(state.tagged[node])),
            "degree": int(state.degree[node]),
            "hub": bool(state.hubs.goal[node]),
            "far": (int(state.sanctioned.near[node]), int(state.hubs.near[node])),
            "ref": projection.ref(state, node),
            "listed": [projection.listed(state, node, what) for what in LISTS_OF_PARTY],
            "found": sorted(state.nodes[node]["found"] if node in state.nodes else projection._found(node)),
            "arcs": len(arcs),
        }
        for other, said, edge, share in arcs:
            fact = projection.fact(state, edge)
            refs = projection.reader().refs([fact])
            shares = (str(share), projection.bounds(state, edge))
            facts[fact.fact_id, bool(said & 128)] = (projection.key_of(state, other), said, shares, fact, refs)
    return nodes, facts


def same_copy(graph: Graph, settings: Settings, folder: Path) -> None:
    """The copy from the import files, brought up to date, says what one says that is built from the graph."""
    imported = opened(graph, root_of(settings, graph))
    assert imported.manifest["position"] == 1, "from the files"
    ours, theirs = holds(imported), holds(opened(graph, folder))
    for key, said in ours[0].items():  # what went since may leave a distance too small: then less is pruned
        assert all(a <= b for a, b in zip(said.pop("far"), theirs[0][key].pop("far"), strict=True))
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.keys() == other.keys()
        for key, said in mine.items():
            assert said == other[key]


MARK_ALL = "MATCH (n:Party|Address) SET n.caches_dirty = true"


def everything(graph: Graph, keys: Keys, pack: RulePack) -> list[str]:
    """All that is in the graph, and with all caches and links computed anew: the same."""
    derive_into(graph, pack)
    found = fingerprint(graph, keys)
    with graph.driver.session(database=graph.database) as session:
        session.run(MARK_ALL).consume()
    refresh(graph)
    assert fingerprint(graph, keys) == found
    return found


def same_view(graph: Graph, other: Graph) -> None:
    one, two = present_view(graph), present_view(other)
    for what, lines in one.items():
        assert sorted(set(lines) ^ set(two[what])) == []
    assert one == two


@pytest.mark.graph
def test_it_is_the_graph_of_the_ordinary_load(
    sample_graph: Graph,
    sample_folder: Path,
    keys: Keys,
    settings: Settings,
    tmp_path: Path,
    pack: RulePack,
    bulk_graph: Callable[[Items], Graph],
) -> None:
    graph = bulk_graph([(source, sample_folder / file) for source, file in SAMPLE_PARTS])
    same_copy(graph, settings, tmp_path / "before")
    found, expected = everything(graph, keys, pack), fingerprint(sample_graph, keys)
    assert [x for x in found if x not in set(expected)][:3] == []
    assert found == expected
    assert present_view(graph) == present_view(sample_graph)
    same_copy(graph, settings, tmp_path / "derived")
    balanced(graph)
    # Positions are gapless, and nothing is believed from a position that is not there.
    positions = [r["seq"] for r in graph.read("MATCH (c:Change) RETURN c.seq AS seq ORDER BY seq")]
    assert positions == list(range(1, graph.position() + 1))
    states = {r["state"] for r in graph.read("SHOW INDEXES YIELD state RETURN state")}
    assert states == {"ONLINE"}

    # The ordinary load goes on from there.
    position = graph.position()
    for source, file in SAMPLE_PARTS:
        assert not any(r.changed for r in load(graph, keys, SOURCES[source], sample_folder / file))
    assert graph.position() == position


@pytest.mark.graph
@pytest.mark.once
def test_names_versions_and_faults(
    graph: Graph,
    keys: Keys,
    pack: RulePack,
    settings: Settings,
    put: Put,
    tmp_path: Path,
    bulk_graph: Callable[[Items], Graph],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"长沙{n}号有限公司" for n in range(8)]
    orders = put(
        "court_limits.json",
        [
            *(order(names[n], n, head) for n, head in enumerate(("张三", "周八", "王五", "赵六", "孙七", "郑十"))),
            order("长沙旧名有限公司", 9, "张三"),  # a former name of one company
            order("长沙老名有限公司", 10),  # of two
            order(names[0], 7, "吴九"),
            order(names[0], 7, "吴九"),
            {**order(names[0], 8, "吴九"), "限高发布日期": "2024-02-30"},
        ],
    )
    register = put(
        "register.csv",
        [
            company(names[0], 1, "张三", citizen(1), 任职日期="2019-01-01", 曾用名="长沙旧名有限公司;长沙老名有限公司"),
            company(
                names[1], 2, "李四", citizen(2), 曾用名="长沙老名有限公司", 经营范围='一行\n两行，"引号"；反斜杠\\'
            ),
            company(names[2], 3, "王五", ""),
            company(names[3], 4, "赵六", citizen(4)),
            company(names[3], 5, "赵六", citizen(5)),  # two of one name
            company(names[4], 6, "孙七", citizen(6), kind="92", 企业类型="个体工商户"),
            company(names[6], 7, "李四", citizen(2), 注册地址="长沙市某路1号"),
            company(names[7], 7, "李四", citizen(2), 登记状态="吊销"),  # the later word on the same company
            company(names[6], 7, "李四", citizen(2), 注册地址="长沙市某路1号"),  # and back
            company("", 8),
        ],
    )
    officers = put(
        "officers.csv",
        [
            officer(names[1], 2, "周八", citizen(7), "监事"),
            officer(names[1], 2, "周八", citizen(8), "董事"),  # namesakes in one company
            officer(names[0], 1, "吴九", "", "董事"),
            officer("长沙十号有限公司", 10, "李四丰", citizen(2), "监事"),  # 李四, by another name
        ],
    )
    passing = [
        ("长沙别名有限公司", 2),
        ("长沙无册（集团）有限公司", 9),
        ("长沙无册(集团)有限公司", 9),
        ("长沙又名有限公司", 9),
    ]
    penalties = put(
        "penalties.csv",
        [
            penalty(names[0], "长市监罚〔2024〕1号", CF_FRDB="张三", CF_CFLB=""),
            *(penalty(name, f"长市监罚〔2024〕9{n}号", CF_XDR_SHXYM=code(c)) for n, (name, c) in enumerate(passing)),
        ],
    )
    files = {"register": ("sample", register), "officers": ("sample", officers)}
    files |= {"orders": ("court-limits", orders), "penalties": ("shuanggongshi", penalties)}
    monkeypatch.setattr(bulk_files, "ROWS_AT_ONCE", 2)  # parties are found across blocks
    # Names before those who bear them; the sample above comes the other way round.
    for turn in (("orders", "penalties", "officers", "register"),):
        wipe(graph, keys)
        for name in turn:
            load(graph, keys, SOURCES[files[name][0]], files[name][1])
        derive_into(graph, pack)
        filled = bulk_graph([files[name] for name in turn])
        same_copy(filled, settings, tmp_path / "copy")
        everything(filled, keys, pack)
        same_view(filled, graph)
        balanced(filled)
        called = [one.read("MATCH (i:Identifier) RETURN i.scheme, i.value, i.called") for one in (filled, graph)]
        assert sorted(map(str, called[0])) == sorted(map(str, called[1]))
        counted = [
            {(r.source, r.file, r.rows_in, r.accepted, r.rejected) for r in runs(one)} for one in (filled, graph)
        ]
        assert counted[0] == counted[1]
        lists = (
            "MATCH ()-[r:IMPOSED_ON]->() WHERE r.rec_to = $forever RETURN r.codes AS codes, r.penalty_kinds AS kinds"
        )
        said = [sorted(map(str, one.read(lists, forever=FOREVER))) for one in (filled, graph)]
        assert said[0] == said[1]
        assert "[]" in str(said[0])

    # A correction afterwards is a version, as it always is.
    later = put(
        "register.csv", [company("长沙新名有限公司", 1, "张三", citizen(1), 任职日期="2019-01-01")], "2026-09-30"
    )
    for one in (filled, graph):
        load(one, keys, SOURCES["sample"], later)
        derive_into(one, pack)
    same_view(filled, graph)


# --- killed ---------------------------------------------------------------------------------------------------

SCRIPT = """
import sys, time
from graph_model.store import neo4j_home
from loaders.load import bulk
from tests.support.servers import cheap
cheap()
if sys.argv[1] == "clear":
    sys.argv.pop(1)
    clear, calls = neo4j_home.clear_homes, []
    def wait(*folder):
        calls.append(folder)
        if len(calls) == 2:
            time.sleep(600)
        clear(*folder)
    neo4j_home.clear_homes = wait
elif sys.argv.pop(1) == "swap":
    def wait(*_):
        print("whole", flush=True)
        time.sleep(600)
    neo4j_home.NewHome.swap = wait
else:
    def wait(self, *_):
        print("written", flush=True)
        time.sleep(600)
    if sys.argv[1] == "files":
        neo4j_home.NewHome.fill = wait
sys.argv = ["creditgraph", *sys.argv[2:]]
from api.cli.root import main
main()
"""


def _java_of(folder: Path) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if f"@{folder}" in " ".join(p.info["cmdline"] or [])]


@pytest.mark.graph
@pytest.mark.once
def test_killed_before_the_swap_the_old_store_stays(
    settings: Settings, keys: Keys, put: Put, store: str, cli: Cli
) -> None:
    local_neo4j.reset(settings, store)
    path = put("register.csv", [company("长沙甲有限公司", 1, "张三", citizen(1))])
    folder = settings.data_dir.resolve() / "stores" / store
    new = folder / "new"
    with connect(settings, store) as graph:
        graph.prepare(keys.fingerprint)
        password = (folder / "state.json").read_text()

        def written() -> bool:
            return new.exists() and any(new.glob("files/Party.csv"))

        def importing() -> bool:
            return (new / "java.args").exists() and "IMPORT" not in _text(new / "neo4j.log") and bool(_java_of(new))

        def whole() -> bool:
            made = any(folder.glob("home-*/data/databases/neo4j"))
            return made and "Started" in _text(new / "neo4j.log")

        for moment, reached in (("files", written), ("import", importing), ("swap", whole)):
            arguments = ["swap" if moment == "swap" else "no", moment, "load", "sample", str(path), "--bulk"]
            process = subprocess.Popen(
                [sys.executable, "-c", SCRIPT, *arguments, "--store", store],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            deadline = time.monotonic() + 300
            while not reached():
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, moment
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            assert process.stderr
            process.stderr.close()
            assert new.exists()
            assert graph.position() == 0
            local_neo4j.start(settings, store)
            assert not new.exists(), moment
            assert _java_of(new) == []
            assert [p.name for p in folder.glob("home*")] == ["home"]
            assert (folder / "state.json").read_text() == password
            assert graph.position() == 0

    # Killed when the state names the new home, and before the old one is gone: it is loaded.
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "clear", "whole", "load", "sample", str(path), "--bulk", "--store", store],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while (folder / "state.json").read_text() == password:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert new.exists()
    assert len(list(folder.glob("home*"))) == 2
    with connect(settings, store) as graph:
        assert graph.position() > 0
        balanced(graph)
        assert [p.name for p in folder.glob("home*")] != ["home"]
        assert not new.exists()
        with pytest.raises(BadRequest, match="without --bulk"):
            bulk_load(settings, keys, [(SOURCES["sample"], path)], store=store)

    local_neo4j.reset(settings, store)
    exit_code, out, err = cli("load", "sample", str(path), "--bulk", "--json", "--store", store)
    assert exit_code == 0, err
    assert '"accepted": 1' in out
    assert local_neo4j.status(settings, store).running
    assert [p.name for p in folder.glob("*")].count("new") == 0


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.exists() else ""


# --- refused --------------------------------------------------------------------------------------------------


def test_a_configured_neo4j_is_refused(put: Put, cli: Cli, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("CREDITGRAPH_NEO4J_URI", "bolt://127.0.0.1:9")
    path = put("register.csv", [company("长沙甲有限公司", 1)])
    exit_code, out, err = cli("load", "sample", str(path), "--bulk")
    assert (exit_code, out) == (2, "")
    assert "CREDITGRAPH_NEO4J_URI" in err
    assert "without --bulk" in err
    exit_code, _, err = cli("load", "sample", str(path), "--bulk", "--dry-run")
    assert (exit_code, "exclude each other" in err) == (2, True)


@pytest.mark.graph
@pytest.mark.once
def test_of_several_snapshots_the_oldest_is_imported_and_the_newer_are_compared_with_it(
    graph: Graph, keys: Keys, settings: Settings, put: Put, tmp_path: Path, bulk_graph: Callable[[Items], Graph]
) -> None:
    def snapshot(day: str, *numbers: int, **more: Any) -> tuple[str, Path]:
        rows = [company(f"长沙{n}号有限公司", n, "张三", citizen(n), **more) for n in numbers]
        return "sample", put("register.csv", rows, day)

    items = [
        snapshot("2026-06-30", *range(2, 12), 登记状态="吊销"),  # 1 is gone, all others are changed
        snapshot("2026-07-31", *range(1, 12)),  # 1 is back
        snapshot("2026-05-31", *range(1, 11)),
        ("court-limits", put("court_limits.json", [order("长沙1号有限公司", 1, "张三")])),
    ]
    for place in (2, 0, 1, 3):  # so that each fact comes from the same file first
        load(graph, keys, SOURCES[items[place][0]], items[place][1])
    filled = bulk_graph(items)
    same_copy(filled, settings, tmp_path / "copy")
    same_view(filled, graph)
    balanced(filled)
    counted = [{(r.sha256, r.data_date, r.rows_in, r.rejected, r.held) for r in runs(one)} for one in (filled, graph)]
    assert counted[0] == counted[1]
    assert not any(r.changed for source, path in items for r in load(filled, keys, SOURCES[source], path))


def test_a_fault_of_the_file_leaves_nothing(settings: Settings, keys: Keys, put: Put, store: str) -> None:
    path = put("register.csv", [company("长沙甲有限公司", 1)])
    local_neo4j.reset(settings, store)
    with path.open("a", encoding="utf-8") as file:
        file.write('"never closed')
    with pytest.raises(SourceError, match="line 3"):
        bulk_load(settings, keys, [(SOURCES["sample"], path)], store=store, data_date=date(2026, 6, 30))
    folder = settings.data_dir / "stores" / store
    assert not (folder / "new").exists()
    assert local_neo4j.status(settings, store).version == ""


@pytest.mark.graph
@pytest.mark.once
def test_one_bulk_load_at_a_time(settings: Settings, keys: Keys, put: Put, store: str) -> None:
    path = put("register.csv", [company("长沙甲有限公司", 1)])
    local_neo4j.reset(settings, store)
    with (
        neo4j_home.new_home(settings, store),
        pytest.raises(ConfigError, match="another bulk load"),
    ):
        bulk_load(settings, keys, [(SOURCES["sample"], path)], store=store)


def test_readers_take_turns_and_the_blocks_come_in_the_order_of_the_rows(
    settings: Settings, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("register.csv", [company(f"长沙{n}号有限公司", n, "张三", citizen(n)) for n in range(1, 1000)])
    ((_, part),) = find_files(SOURCES["sample"], path)
    description = replace(SOURCES["sample"], files=(), dated_by=None)
    part = replace(part, prepare=None, dated=None)
    task = bulk_read.ReadingTask(settings, description, "run", date(2026, 6, 30), "all", part, {}, path)
    monkeypatch.setattr(bulk_read, "ROWS_AT_ONCE", 100)
    alone = list(bulk_read.blocks_of(task))
    assert [len(block.rows) for block in alone] == [100] * 9 + [99]
    turns = [list(bulk_read.blocks_of(replace(task, turn=turn, turns=3))) for turn in range(3)]
    assert [block for every in zip_longest(*turns) for block in every if block] == alone

    # In processes of their own, whatever their number, to the end of the file or to its fault.
    monkeypatch.setattr(bulk_read, "ROWS_AT_ONCE", 5_000)
    (whole,) = bulk_read.blocks_of(task)
    for cores in (1, 3):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        with closing(bulk_read.Readers()) as readers:
            assert [list(readers.read(task)) for _ in range(2)] == [[whole]] * 2
            broken = path.with_name("broken.csv")
            broken.write_text(path.read_text("utf-8-sig") + '"never closed', encoding="utf-8")
            with pytest.raises(SourceError, match="not closed"):
                list(readers.read(replace(task, path=broken)))


def test_a_reader_that_was_killed_ends_the_load(settings: Settings, put: Put) -> None:
    path = put("register.csv", [company("长沙甲有限公司", 1)])
    ((_, part),) = find_files(SOURCES["sample"], path)
    description = replace(SOURCES["sample"], files=(), dated_by=None)
    part = replace(part, prepare=None, dated=None)
    task = bulk_read.ReadingTask(settings, description, "run", None, None, part, {}, path)
    with closing(bulk_read.Readers()) as readers:
        for process in readers._processes:
            process.kill()
            process.wait()
        with pytest.raises(StoreUnavailable, match="ended from outside"):
            list(readers.read(task))


def test_cells_come_out_of_the_import_files_as_they_went_in() -> None:
    values: list[Any] = [None, 'a"b', "a,b", "x\ny", ["a", "b"], [], True, False, 0.1, 5, date(2024, 1, 5), " a ", '""']
    line = ',"a""b","a,b","x\ny",a\x1fb,,true,false,0.1,5,2024-01-05, a ,""""""'
    assert bulk_format.line_of(list(values)) == line
    assert bulk_format.line_of(["", *values]) == '"",' + line
    assert bulk_format.line_of(["a", ["b,c"], "d\re"]) == 'a,"b,c","d\re"'
    assert bulk_format.line_of(["a", None, ""]) == 'a,,""'
