"""The jars of Neo4j: from Maven Central, fetched once with `jgo`, checked against a lock.

`jars/<version>.lock` says which, one per line: `group:artifact:version[:classifier] sha256 bytes`.
Remake a lock (needs Maven, `mvn`): `python -m graph_model.store.neo4j_jars 2026.09.0`
"""

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from filelock import FileLock

from graph_model.errors import ConfigError
from graph_model.store.settings import Settings

DEFAULT_VERSION = "2026.09.0"


LOCKS = Path(__file__).parent / "jars"


OTHER_WAYS = "Two other ways: set CREDITGRAPH_NEO4J_URI to your own Neo4j, or start the one of compose.yaml (Docker)"


class StartProgress(Protocol):
    """Told how far a start is: `jars` in bytes; `start` as 0 of 1, then 1 of 1 (its length is unknown)."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


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


def fetch(settings: Settings, version: str, progress: StartProgress | None = None) -> list[Path]:
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


def _fetch_missing(jars: list[Jar], folder: Path, report: StartProgress) -> None:
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
    maven = extra("jgo.maven")
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


def extra(module: str) -> Any:
    """Import a module of the extra `local`, only when it is needed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"the local Neo4j needs the Python package '{module.split('.')[0]}': "
            f"pip install 'creditgraph[local]'. {OTHER_WAYS}"
        ) from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    make_lock(sys.argv[1])
