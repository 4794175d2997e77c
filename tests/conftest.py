"""Servers, graphs and small invented files for the tests.

Two temporary local servers at the most: one whose graph every test finds empty, and one with the sample in it that
tests only read. A configured Neo4j is never touched. Whatever uses a server is marked `graph`.

Nothing of ours is imported here before a fixture needs it: a test of a pure function starts at once.
"""

import csv
import hashlib
import itertools
import json
import os
import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import platformdirs
import pytest

if TYPE_CHECKING:
    from graph_model.rules import RulePack
    from graph_model.store.connect import Graph
    from graph_model.store.keys import Keys
    from graph_model.store.neo4j_process import Server
    from graph_model.store.settings import Settings
    from loaders.load.engine import Loaded
    from tests.support.types import Cli, LoadFile, Put

pytest.register_assert_rewrite("tests.support")

SIZE, SEED = 150, 7
NEEDS_SERVER = frozenset({"server", "sample_server"})
KEPT = (
    "CREDITGRAPH_CACHE",
    "CREDITGRAPH_NEO4J_VERSION",
    "CREDITGRAPH_JAVA",
    "CREDITGRAPH_CHROMIUM",
    "CREDITGRAPH_SCREENSHOT",
)
"""Settings that are about the machine. All others would lead the tests to somebody's graph or key."""

LUCK = "CREDITGRAPH_TEST_SEED"
"""The order of the tests and the id key make no difference: each session draws them by lot, both from this number."""
DRAWN = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    seed = os.environ.get(LUCK) or str(secrets.randbelow(10**6))
    if not seed.isdecimal():
        raise pytest.UsageError(f"{LUCK} is {seed!r}: give the number that an earlier run told, or leave it out")
    config.stash[DRAWN] = int(seed)
    # How long an example takes says how busy the machine is.
    hypothesis.settings.register_profile("any-machine", parent=hypothesis.settings(), deadline=None)
    hypothesis.settings.load_profile("any-machine")


def pytest_report_header(config: pytest.Config) -> str:
    return told(config)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """`-q` shows no header."""
    terminalreporter.write_line(told(config))


def told(config: pytest.Config) -> str:
    return f"order of the tests and id key by lot; the same again: {LUCK}={config.stash[DRAWN]}"


FILLED_ONCE = frozenset({"written_cases", "boards_2018"})
"""Fixtures that fill the graph which other tests empty."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that use a server, however indirectly, are graph tests. Modules, and tests in a module, come in any order."""
    for item in items:
        if not NEEDS_SERVER.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.graph)
    lot = random.Random(config.stash[DRAWN])
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    groups = list(modules.values())
    lot.shuffle(groups)
    for group in groups:
        lot.shuffle(group)
        # What fills the shared graph once for a module stands until a test of the module finds it empty.
        group.sort(key=lambda item: FILLED_ONCE.isdisjoint(getattr(item, "fixturenames", ())))
    items[:] = itertools.chain.from_iterable(groups)


@pytest.fixture(scope="session", autouse=True)
def alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """No configured server and no key of anybody: a home for tests, beside the shared cache.

    The home stays between sessions, so that the servers of a session that was killed are found and ended.
    """
    home, cache = (os.environ.get(f"CREDITGRAPH_{name}") for name in ("HOME", "CACHE"))
    cache = cache or (str(Path(home) / "cache") if home else platformdirs.user_cache_dir("creditgraph"))
    with pytest.MonkeyPatch.context() as patch, ExitStack() as until_the_end:
        for name in [n for n in os.environ if n.startswith("CREDITGRAPH_") and n not in KEPT]:
            patch.delenv(name)
        patch.setenv("CREDITGRAPH_CACHE", cache)
        patch.setenv("CREDITGRAPH_HOME", str(Path(cache) / "tests"))
        patch.setenv("CREDITGRAPH_LANG", "en")
        patch.setenv("CREDITGRAPH_ID_KEY", hashlib.sha256(str(request.config.stash[DRAWN]).encode()).hexdigest())
        patch.setenv(
            "CREDITGRAPH_STORE", "no/store"
        )  # what an earlier session left is no test's graph: each names its own
        patch.setenv("CREDITGRAPH_AUDIT", str(request.getfixturevalue("tmp_path_factory").mktemp("audit")))
        # Whoever makes a key makes it for himself: with one, all others would be asked for theirs.
        patch.setenv(
            "CREDITGRAPH_API_KEYS", str(request.getfixturevalue("tmp_path_factory").mktemp("keys") / "api.json")
        )
        patch.setenv("CREDITGRAPH_HEAP", "512m")
        patch.setenv("CREDITGRAPH_PAGECACHE", "64m")
        patch.setenv("CREDITGRAPH_AUTHOR", "tests")
        patch.setenv("CREDITGRAPH_CHECK_SECONDS", "30")  # the first question to a cold server, beside other tests
        patch.setenv("CREDITGRAPH_DEBUG", "1")  # a fault of ours fails a test as it is
        patch.setenv("CREDITGRAPH_HOSTS", "testserver")  # as the client of the tests calls a service
        if any(item.get_closest_marker("graph") for item in request.session.items):
            from tests.support.servers import cheap, written_down

            cheap(patch.setattr)
            if sent := os.environ.get("QUERIES_SENT"):
                until_the_end.enter_context(written_down(Path(sent)))
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if os.environ.get("QUERIES_SENT"):
        from tests.support.servers import sending

        sending["test"] = item.nodeid


@pytest.fixture(scope="session")
def settings(alone: None) -> "Settings":
    """Where the temporary servers live."""
    from graph_model.store.settings import Settings

    return Settings()


@pytest.fixture(scope="session")
def keys(settings: "Settings") -> "Keys":
    from graph_model.store.keys import load_keys

    return load_keys(settings)


@pytest.fixture(scope="session")
def pack() -> "RulePack":
    from graph_model.rules import load_pack

    return load_pack()


# --- servers and graphs -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(settings: "Settings") -> "Iterator[Server]":
    """A temporary server. The command line reaches it with `--store server.store`."""
    from graph_model.store import local_neo4j

    with local_neo4j.temporary(settings) as server:
        yield server


@pytest.fixture(scope="session")
def _connected(settings: "Settings", server: "Server") -> "Iterator[Graph]":
    from graph_model.store.connect import connect

    with connect(settings, server.store) as graph:
        graph.prepare()
        yield graph


@pytest.fixture
def graph(_connected: "Graph", keys: "Keys") -> "Graph":
    """An empty graph with its constraints."""
    from tests.support.graphs import wipe

    wipe(_connected, keys)
    return _connected


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small sample."""
    from loaders.sample.province import generate

    folder = tmp_path_factory.mktemp("sample")
    generate(SIZE, SEED, folder)
    return folder


@pytest.fixture(scope="session")
def sample_server(settings: "Settings") -> "Iterator[Server]":
    from graph_model.store import local_neo4j

    with local_neo4j.temporary(settings) as server:
        yield server


@pytest.fixture(scope="session")
def sample_graph(
    settings: "Settings", sample_server: "Server", sample_folder: Path, keys: "Keys", pack: "RulePack"
) -> "Iterator[Graph]":
    """The sample, loaded and derived. Only to be read."""
    from graph_model.store.connect import connect
    from loaders.derive import derive_into
    from tests.support.graphs import load_sample

    with connect(settings, sample_server.store) as graph:
        load_sample(graph, keys, sample_folder)
        derive_into(graph, pack)
        yield graph


@pytest.fixture(scope="module")
def store(settings: "Settings") -> Iterator[str]:
    """The name of a store that nobody has made yet; it is gone afterwards."""
    from graph_model.store import local_neo4j

    name = f"tmp-{os.getpid()}-{secrets.token_hex(4)}"
    yield name
    local_neo4j.discard(settings, name)


@pytest.fixture
def bulk_graph(
    settings: "Settings", keys: "Keys", store: str
) -> "Iterator[Callable[[Sequence[tuple[str, Path]]], Graph]]":
    """Loads files, (source, path), into the empty store as the first load of millions does."""
    from graph_model.store import local_neo4j
    from graph_model.store.connect import connect
    from loaders.load.bulk import bulk_load
    from loaders.sources import SOURCES

    opened: list[Graph] = []

    def fill(items: Sequence[tuple[str, Path]]) -> "Graph":
        local_neo4j.reset(settings, store)
        found = [(SOURCES[source], path) for source, path in items]
        bulk_load(settings, keys, found, store=store, projection=True)
        opened.append(connect(settings, store))
        return opened[-1]

    yield fill
    for graph in opened:
        graph.close()


# --- files ------------------------------------------------------------------------------------------------


@pytest.fixture
def put(tmp_path: Path) -> "Put":
    """Writes a small file: rows as dicts (missing columns are empty), CSV or JSON by its name."""
    from loaders.sample.forms import SAMPLE_FILES

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
            writer = csv.DictWriter(file, SAMPLE_FILES[name].columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def load_file(graph: "Graph", keys: "Keys") -> "LoadFile":
    """Loads into the empty graph."""
    from loaders.load.engine import load
    from loaders.sources import SOURCES

    def write(source: str, path: Path, **more: Any) -> "list[Loaded]":
        return load(graph, keys, SOURCES[source], path, **more)

    return write


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Cli":
    """The command line, in this process: `main()` as the installed command calls it."""
    from api.cli.root import main

    # How far long work is would be told on a slow machine, and on none else.
    monkeypatch.setattr("api.cli.progress.SECONDS", 3600.0)

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


@pytest.fixture(scope="session")
def demo_url(sample_graph: "Graph", settings: "Settings") -> Iterator[str]:
    """API and explorer over the sample."""
    from tests.support.browser import serving

    with serving(sample_graph, settings) as url:
        yield url


@pytest.fixture(scope="session")
def demo_case() -> dict[str, str]:
    """A company that a measure reaches (EP-001), and a sanctioned one two steps from it."""
    from loaders.sample.story import STORY

    return {"query": STORY.tax_later.name, "sanctioned_name": STORY.tax_d.name}
