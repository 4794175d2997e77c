"""What `creditgraph doctor` finds: everything in order, and each thing that is not, with what to do."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import pytest

from api.doctor import Examined, examine_graph, examine_machine
from graph_model import cypher
from graph_model.rules import RulePack
from graph_model.store.connect import BEING_RESTORED, KEPT_FREE, Graph
from graph_model.store.keys import Keys, key_file, load_keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from queries.read.derived import derived_with
from tests.support.types import Cli


def wrong(found: list[Examined]) -> dict[str, str]:
    """What is not in order, and what to do."""
    assert all(bool(one.todo) != one.ok for one in found), found
    return {one.what: f"{one.detail} → {one.todo}" for one in found if not one.ok}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home on which two stores and a key lie, none of them running."""
    monkeypatch.delenv("CREDITGRAPH_ID_KEY")
    monkeypatch.delenv("CREDITGRAPH_NEO4J_VERSION", raising=False)
    settings = Settings(home=tmp_path / "home", heap="512m", pagecache="64m")
    load_keys(settings)
    for name in ("main", "demo"):
        folder = settings.data_dir / "stores" / name
        folder.mkdir(parents=True, mode=0o700)
        (folder / "state.json").write_text('{"password": "x", "pid": 0}')
        (folder / "state.json").chmod(0o600)
    return settings


def test_a_machine_in_order(machine: Settings) -> None:
    found = list(examine_machine(machine))
    assert wrong(found) == {}
    assert {one.what for one in found} == {
        *("rules", "id key", "permissions", "disk", "memory"),
        "store main",
        "store demo",
    }
    bare = Settings(home=machine.data_dir / "nothing" / "here", heap="512m", pagecache="64m")
    assert wrong(list(examine_machine(bare))) == {}
    assert not bare.home or not bare.home.exists(), "looking makes nothing, and above all no key"


def _others_read_the_store(settings: Settings) -> None:
    (settings.data_dir / "stores" / "main").chmod(0o755)


def _others_read_the_password(settings: Settings) -> None:
    _others_read_the_store(settings)
    (settings.data_dir / "stores" / "main" / "state.json").chmod(0o644)


def _broken_state(settings: Settings) -> None:
    (settings.data_dir / "stores" / "main" / "state.json").write_text("[]")


def _another_neo4j(settings: Settings) -> None:
    (settings.data_dir / "stores" / "main" / "state.json").write_text('{"password": "x", "version": "5.26.30"}')


@pytest.mark.parametrize(
    ("what", "breaks", "told"),
    [
        ("id key", lambda s: key_file(s).chmod(0o644), "chmod 600"),
        ("id key", lambda s: key_file(s).write_text("abc"), "64 hexadecimal digits"),
        ("permissions", _others_read_the_store, "chmod go="),
        ("permissions", _others_read_the_password, "state.json"),
        ("store main", _broken_state, "creditgraph db recover --store main"),
        ("store main", _another_neo4j, "CREDITGRAPH_NEO4J_VERSION=5.26.30"),
    ],
)
def test_a_file_that_is_not_in_order_is_named(
    machine: Settings, what: str, breaks: Callable[[Settings], Any], told: str
) -> None:
    breaks(machine)
    assert told in " ".join(wrong(list(examine_machine(machine)))[what].split())


def test_disk_memory_and_address(machine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    usage = shutil.disk_usage("/")
    for free, todo in (
        (KEPT_FREE - 1, "nothing more is written"),
        (1_999_999_999, "may not come to its end"),
        (2 * 10**9, ""),
    ):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert todo in wrong(list(examine_machine(machine))).get("disk", "")
        assert ("disk" in wrong(list(examine_machine(machine)))) == bool(todo)
    greedy = machine.model_copy(update={"heap": "9999g"})
    assert "CREDITGRAPH_HEAP" in wrong(list(examine_machine(greedy)))["memory"]
    for uri, plain in (
        *(("bolt://127.0.0.1:7687", False), ("neo4j+s://graph.example.org:7687", False)),
        *(("neo4j://graph.example.org:7687", True), (f"bolt://{socket.gethostname()}", False)),
    ):
        assert ("address" in wrong(list(examine_machine(machine.model_copy(update={"neo4j_uri": uri}))))) == plain


def test_a_graph_in_order(sample_graph: Graph, settings: Settings) -> None:
    found = list(examine_graph(sample_graph, settings))
    assert wrong(found) == {}
    assert {"neo4j", "data version", "id key of the graph", "clock", "consequences"} < {one.what for one in found}
    assert sum(one.what.startswith("ledger ") for one in found) == 9


HOUR = 3_600_000
RUN = (
    "CREATE (:Run {id: 'r', source: 's', file: 'f.csv', sha256: 'x', rows_in: 3, accepted: $accepted, rejected: 1, "
    "duplicate: 0, state: $state, started_at: 0, started_seq: 1})"
)


@pytest.mark.parametrize(
    ("what", "statement", "values", "told"),
    [
        ("data version", "SET c.schema = 'older'", {}, "creditgraph db upgrade"),
        ("data version", "SET c.form = $form", {"form": cypher.FORM + 1}, "newer version"),
        ("data version", "SET c.schema = $being", {"being": BEING_RESTORED}, "was not finished"),
        ("id key of the graph", "SET c.id_key = 'another'", {}, "nobody is found"),
        ("clock", "SET c.at = $at", {"at": time.time_ns() // 1_000_000 + HOUR}, "NTP"),
        ("clock of before", "CREATE (:Change {seq: 9, back: 700000})", {}, "1 changes"),
        ("consequences", "SET c.pack = 'other rules'", {}, "creditgraph derive"),
        ("consequences", "CREATE (:Sanction {key: 's-1', dirty: true})", {}, "creditgraph derive"),
        ("caches", "CREATE (:Party {key: 'e-1', caches_dirty: true})", {}, "it goes on"),
        ("ledger f.csv", RUN, {"accepted": 1, "state": "complete"}, "must not be"),
        ("ledger f.csv", RUN, {"accepted": 2, "state": "loading"}, "Load the file again"),
    ],
)
def test_what_is_not_in_order_in_a_graph_is_told(
    graph: Graph,
    settings: Settings,
    pack: RulePack,
    what: str,
    statement: LiteralString,
    values: dict[str, Any],
    told: str,
) -> None:
    graph.write("note", lambda tx: tx.run("MATCH (c:Clock) SET c.pack = $pack", pack=derived_with(pack)))
    assert wrong(list(examine_graph(graph, settings))) == {}
    graph.write("note", lambda tx: tx.run(f"MATCH (c:Clock) {statement}", **values))
    found = wrong(list(examine_graph(graph, settings)))
    assert list(found) == [what]
    assert told in found[what]


def test_the_command_ends_as_it_found_things(
    graph: Graph, server: Server, keys: Keys, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CREDITGRAPH_NEO4J_URI", server.uri)
    monkeypatch.setenv("CREDITGRAPH_NEO4J_PASSWORD", server.password)
    for words in (("doctor",), ("check",)):
        status, told, _ = cli(*words, "--json")
        assert (status, {one["ok"] for one in json.loads(told)}) == (0, {True})
    graph.write("note", lambda tx: tx.run("MATCH (c:Clock) SET c.schema = 'older'"))
    status, told, said = cli("doctor")
    assert (status, "creditgraph db upgrade" in " ".join(told.split()), said) == (1, True, "")
    monkeypatch.setenv("CREDITGRAPH_NEO4J_PASSWORD", "wrong")
    assert cli("doctor")[0] == 2
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CREDITGRAPH_NEO4J_URI", f"bolt://127.0.0.1:{probe.getsockname()[1]}")
    status, told, said = cli("doctor")
    assert (status, "does not answer" in told, "rules" in told) == (5, True, True)
