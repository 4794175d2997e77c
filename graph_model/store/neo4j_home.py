"""A new home for a store, filled offline: it takes the place of the one in use only when it is whole."""

import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from graph_model.errors import ConfigError, StoreUnavailable
from graph_model.store.neo4j_jars import DEFAULT_VERSION, fetch
from graph_model.store.neo4j_process import (
    DATABASE,
    USER,
    Server,
    argument_file,
    environment,
    home_of,
    java_options,
    java_program,
    last_lines,
    launch,
    log_text,
    prepared,
    process_of,
    read_state,
    stop_process,
    store_folder,
    store_lock,
    wait_ready,
    write_state,
)
from graph_model.store.settings import Settings


class NewHome:
    """A home that is made beside the one in use, and takes its place only when it is whole.

    Args:
        folder: of the store that it will be the home of.
        version: of Neo4j, which the jars are of.
        java: the launcher.
    """

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
        write_state(self._new, state)  # before the home is there: whoever clears up finds it by this
        state = prepared(self._settings, self._new, home, self._version, state)
        admin = ["org.neo4j.cli.AdminTool", "database", "import", "full", DATABASE, *arguments]
        options = java_options(self._settings, self._jars)
        command = [self._java, argument_file(self._new / "java.args", [*options, *admin])]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(home), cwd=home
            )
            try:
                # By its number it is found and ended, should we be killed.
                write_state(self._new, state | {"pid": process.pid})
                while process.poll() is None:
                    time.sleep(0.2)
                    if progress:
                        # Each of its four steps prints a line for every five percent.
                        progress(min(5 * len(re.findall(r"\d+%", log_text(self._new))), 400))
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode:
            raise StoreUnavailable(f"Neo4j's import failed. {last_lines(self._new)}")
        write_state(self._new, state)
        return time.monotonic() - began

    def start(self) -> Server:
        """A server on the new home."""
        state = launch(self._settings, self._new, self._version, self._java, self._jars, read_state(self._new))
        wait_ready(self._new, state)
        name = self._folder.name
        return Server(state["uri"], USER, state["password"], DATABASE, name, state["pid"], self._version, self._home)

    def swap(self, check: Callable[[], None]) -> None:
        """Put the new home, and the server that runs on it, in the place of the old one, which is deleted.

        Args:
            check: raises when the old one must stay after all; nobody can start it meanwhile.
        """
        with store_lock(self._folder):
            check()
            made = read_state(self._new)
            if not process_of(self._new, made):
                raise StoreUnavailable(f"Neo4j on the new home stopped by itself. {last_lines(self._new)}")
            stop_process(self._folder)
            os.replace(self._new / "neo4j.log", self._folder / "neo4j.log")
            # Not in use before the state names it, and that is one atomic step.
            write_state(self._folder, made | {"home": self._home.name, "args": "new/java.args"})
            (self._new / "state.json").unlink()  # else `clear_homes` would stop its server
            clear_homes(self._folder)


@contextmanager
def new_home(settings: Settings, store: str | None = None) -> Generator[NewHome, None, None]:
    """A new home for a store; unless it was swapped in, nothing of it is left.

    Raises:
        ConfigError: as `start`; or another bulk load is preparing one.
    """
    folder, name = store_folder(settings, store)
    version = settings.neo4j_version or DEFAULT_VERSION
    java, jars = java_program(settings, version), fetch(settings, version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _new_lock(folder).acquire(timeout=0):
            with store_lock(folder):
                clear_homes(folder)
                new = NewHome(settings, folder, version, java, jars)
                new.files.mkdir(parents=True, mode=0o700)
                folder.chmod(0o700)
            try:
                yield new
            finally:
                with store_lock(folder):
                    clear_homes(folder)
    except Timeout:
        raise ConfigError(f"another bulk load into store '{name}' is running: wait for its end") from None


def sweep_homes(folder: Path) -> None:
    """Remove what a bulk load that was killed has left."""
    if (folder / "new").exists():
        with suppress(Timeout), _new_lock(folder).acquire(timeout=0):
            clear_homes(folder)


def clear_homes(folder: Path) -> None:
    """Remove every home that is not in use."""
    new = folder / "new"
    if new.exists():
        stop_process(new)
        if (left := home_of(new, read_state(new))) != home_of(folder, read_state(folder)) and left.exists():
            shutil.rmtree(left)
        shutil.rmtree(new)
    if state := read_state(folder):  # without it nobody knows which one is in use
        for home in folder.glob("home*"):
            if home != home_of(folder, state):
                shutil.rmtree(home)


def _new_lock(folder: Path) -> FileLock:
    """Held by whoever prepares a new home for this store."""
    return FileLock(folder.with_name(f"{folder.name}.new.lock"))
