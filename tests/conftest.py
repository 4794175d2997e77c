"""Servers, graphs and small invented files for the tests.

Two temporary local servers at the most: one whose graph every test finds empty, and one with the sample in it that
tests only read. A configured Neo4j is never touched. Whatever uses a server is marked `graph`.
"""

import csv
import itertools
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.cli.root import main
from api.http.app import create_app
from graph_model import cypher
from graph_model.rules import RulePack, load_pack
from graph_model.store import local_neo4j
from graph_model.store.connect import MARK_CLOCK, Graph, connect
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.load.engine import Loaded, load
from loaders.sample.province import FORMS, STORY, generate
from loaders.sources import SOURCES
from tests.servers import cheap, written_down

SIZE, SEED = 150, 7
NEEDS_SERVER = frozenset({"server", "sample_server"})
KEPT = ("CREDITGRAPH_CACHE", "CREDITGRAPH_NEO4J_VERSION", "CREDITGRAPH_JAVA", "CREDITGRAPH_CHROMIUM")
"""Settings that are about the machine. All others would lead the tests to somebody's graph or key."""

Put = Callable[..., Path]
"""(file name, rows, data_date) → a file in a folder of its own, with a manifest that dates it."""

LoadFile = Callable[..., list[Loaded]]
"""(source, path) → its lines in the ledger."""

WIPE = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use a server, however indirectly, are graph tests."""
    for item in items:
        if not NEEDS_SERVER.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.graph)
    # By far the largest graph: as the last one it need not be emptied.
    items.sort(key=lambda item: "boards_2018" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def alone() -> Iterator[None]:
    """No configured server and no key of anybody: a home for tests, beside the shared cache.

    The home stays between sessions, so that the servers of a session that was killed are found and ended.
    """
    cache = Settings().cache_dir
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("CREDITGRAPH_") and n not in KEPT]:
            if name != "CREDITGRAPH_SCREENSHOT":
                patch.delenv(name)
        patch.setenv("CREDITGRAPH_CACHE", str(cache))
        patch.setenv("CREDITGRAPH_HOME", str(cache / "tests"))
        patch.setenv("CREDITGRAPH_HEAP", "512m")
        patch.setenv("CREDITGRAPH_PAGECACHE", "64m")
        patch.setenv("CREDITGRAPH_AUTHOR", "tests")
        cheap(patch.setattr)
        with written_down(Path(sent)) if (sent := os.environ.get("QUERIES_SENT")) else nullcontext():
            yield


@pytest.fixture(scope="session")
def settings(alone: None) -> Settings:
    """Where the temporary servers live."""
    return Settings()


@pytest.fixture(scope="session")
def keys(settings: Settings) -> Keys:
    return load_keys(settings)


@pytest.fixture(scope="session")
def pack() -> RulePack:
    return load_pack()


# --- servers and graphs -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[local_neo4j.Server]:
    """A temporary server. The command line reaches it with `--store server.store`."""
    with local_neo4j.temporary(settings) as server:
        yield server


@pytest.fixture(scope="session")
def _connected(settings: Settings, server: local_neo4j.Server) -> Iterator[Graph]:
    with connect(settings, server.store) as graph:
        graph.prepare()
        yield graph


def wipe(graph: Graph, keys: Keys) -> None:
    """Everything goes but the constraints: to ask for them again would take longer than most tests."""
    with graph.driver.session(database=graph.database) as session:
        session.run(WIPE).consume()
        session.run(MARK_CLOCK, schema=cypher.schema_digest(), id_key=keys.fingerprint).consume()


@pytest.fixture
def graph(_connected: Graph, keys: Keys) -> Graph:
    """An empty graph with its constraints."""
    wipe(_connected, keys)
    return _connected


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small sample."""
    folder = tmp_path_factory.mktemp("sample")
    generate(SIZE, SEED, folder)
    return folder


@pytest.fixture(scope="session")
def sample_server(settings: Settings) -> Iterator[local_neo4j.Server]:
    with local_neo4j.temporary(settings) as server:
        yield server


@pytest.fixture(scope="session")
def sample_graph(
    settings: Settings, sample_server: local_neo4j.Server, sample_folder: Path, keys: Keys, pack: RulePack
) -> Iterator[Graph]:
    """The sample, loaded and derived. Only to be read."""
    with connect(settings, sample_server.store) as graph:
        load_sample(graph, keys, sample_folder)
        derive_into(graph, pack)
        yield graph


def load_sample(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    """All files of a sample, through their sources."""
    runs = load(graph, keys, SOURCES["sample"], folder)
    for source, file in (
        ("shuanggongshi", "penalties.csv"),
        ("shuanggongshi", "licences.csv"),
        ("court-limits", "court_limits.json"),
    ):
        runs += load(graph, keys, SOURCES[source], folder / file)
    return runs


# --- files ------------------------------------------------------------------------------------------------


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a small file: rows as dicts (missing columns are empty), CSV or JSON by its name."""
    numbers = itertools.count(1)

    def write(name: str, rows: Sequence[dict[str, Any]], data_date: str = "2026-06-30") -> Path:
        folder = tmp_path / f"{next(numbers):02d}"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"data_date": data_date}))
        path = folder / name
        if name.endswith(".json"):
            path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
            return path
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FORMS[name].columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def load_file(graph: Graph, keys: Keys) -> LoadFile:
    """Loads into the empty graph."""

    def write(source: str, path: Path, **more: Any) -> list[Loaded]:
        return load(graph, keys, SOURCES[source], path, **more)

    return write


Cli = Callable[..., tuple[int, str, str]]
"""Arguments → (exit code, standard output, standard error)."""


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line, in this process: `main()` as the installed command calls it."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["creditgraph", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        done = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0 if code is None else 1), done.out, done.err

    return run


# --- the page ---------------------------------------------------------------------------------------------


@contextmanager
def serving(graph: Graph, settings: Settings) -> Generator[str, None, None]:
    """The real server, in a thread, on a free port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(graph, settings), log_level="warning", access_log=False, ws="none")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not running.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()


@pytest.fixture(scope="session")
def demo_url(sample_graph: Graph, settings: Settings) -> Iterator[str]:
    """API and explorer over the sample."""
    with serving(sample_graph, settings) as url:
        yield url


@pytest.fixture(scope="session")
def demo_case() -> dict[str, str]:
    """A company that a measure reaches (EP-001), and a sanctioned one two steps from it."""
    return {"query": STORY.tax_later.name, "sanctioned_name": STORY.tax_d.name}
