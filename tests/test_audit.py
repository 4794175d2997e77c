"""The log of who asked about whom: nothing of it changes unseen, and no answer leaves before its line is on the disk."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.audit import AuditLog, LoggedQuestion, files, looks, verified
from api.http.app import create_app
from api.http.audited import OF_NOBODY, Audited
from api.http.door import Door
from graph_model.errors import ConfigError
from graph_model.identifiers import KeyedHash
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings
from loaders.sample.story import STORY
from tests.support.invented import citizen
from tests.support.types import Cli

LOOK = LoggedQuestion(
    "somebody", "approval", "GET /v1/parties/{key}", "h" * 26, 200, ("e-" + "a" * 20,), 7, "rules", "f" * 64
)
HASH = KeyedHash(b"k" * 32)


def fill(folder: Path, counts: tuple[int, ...], anchor: Path | None = None) -> None:
    """A file for each count, closed one after the other."""
    for number, count in enumerate(counts):
        log = AuditLog(folder, anchor)
        for place in range(count):
            log.record(replace(LOOK, status=200 + place, question=f"GET /v1/{number}")).result(10)
        log.close()


# --- the chain --------------------------------------------------------------------------------------------------


def test_what_was_written_is_whole_and_can_be_read(tmp_path: Path) -> None:
    fill(tmp_path / "log", (3, 0, 5))
    found = verified(tmp_path / "log")
    assert (found.files, found.looks, found.faults, found.notes) == (2, 8, [], []), "who asks nothing leaves no file"
    assert [row["status"] for row in looks(tmp_path / "log")] == [200, 201, 202, 200, 201, 202, 203, 204]
    for path in (tmp_path / "log").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_there_is_no_log_yet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no audit log"):
        verified(tmp_path)


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def flip(lot: random.Random, path: Path) -> None:
    whole = bytearray(path.read_bytes())
    place = lot.randrange(len(whole))
    whole[place] ^= 1 << lot.randrange(8)
    path.write_bytes(whole)


def delete_a_line(lot: random.Random, path: Path) -> None:
    lines = _lines(path)
    del lines[lot.randrange(len(lines))]
    path.write_bytes(b"".join(lines))


def move_a_line(lot: random.Random, path: Path) -> None:
    lines = _lines(path)
    one, other = lot.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))


def double_a_line(lot: random.Random, path: Path) -> None:
    lines = _lines(path)
    place = lot.randrange(len(lines))
    path.write_bytes(b"".join([*lines[: place + 1], *lines[place:]]))


def cut_off(lot: random.Random, path: Path) -> None:
    lines = _lines(path)
    path.write_bytes(b"".join(lines[: lot.randrange(len(lines))]))


def take_away(_: random.Random, path: Path) -> None:
    path.unlink()


def take_away_with_its_head(_: random.Random, path: Path) -> None:
    path.unlink()
    path.with_suffix(".head").unlink()


def take_the_head(_: random.Random, path: Path) -> None:
    path.with_suffix(".head").unlink()


def write_anew(lot: random.Random, path: Path) -> None:
    """As somebody does who knows how lines are chained: another look, and all hashes after it made again."""
    import hashlib

    lines = [json.loads(line) for line in _lines(path)]
    lines[lot.randrange(1, len(lines) - 1)]["who"] = "somebody else"
    before, written = lines[0]["before"], []
    for line in lines:
        text = json.dumps(line | {"before": before}, ensure_ascii=False, separators=(",", ":")).encode()
        before = hashlib.sha256(text).hexdigest()
        written.append(text + b"\n")
    path.write_bytes(b"".join(written))
    path.with_suffix(".head").write_bytes(b"%-12d %s\n" % (len(lines) - 1, before.encode()))


TAMPERINGS: tuple[Callable[[random.Random, Path], None], ...] = (
    *(flip, flip, flip, delete_a_line, move_a_line, double_a_line, cut_off),
    *(take_away, take_away_with_its_head, take_the_head, write_anew),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of three files, and its anchor."""
    folder = tmp_path_factory.mktemp("written")
    fill(folder / "log", (9, 4, 12), folder / "anchor")
    return folder


def test_a_thousand_tamperings_are_found(written: Path, tmp_path: Path) -> None:
    assert verified(written / "log", written / "anchor").faults == []
    lot = random.Random(20261130)
    for number in range(1000):
        shutil.rmtree(tmp_path / "log", ignore_errors=True)
        shutil.copytree(written / "log", tmp_path / "log")
        tamper, path = lot.choice(TAMPERINGS), lot.choice(files(tmp_path / "log"))
        tamper(lot, path)
        assert verified(tmp_path / "log", written / "anchor").faults, (number, repr(tamper), path.name)


def test_without_an_anchor_all_but_the_newest_file_is_guarded_by_the_next(written: Path, tmp_path: Path) -> None:
    for place, path in enumerate(files(written / "log")):
        shutil.rmtree(tmp_path / "log", ignore_errors=True)
        shutil.copytree(written / "log", tmp_path / "log")
        write_anew(random.Random(place), tmp_path / "log" / path.name)
        assert bool(verified(tmp_path / "log").faults) == (place < 2)


WRITES = """
import sys
from pathlib import Path
from api.audit import AuditLog, LoggedQuestion
log = AuditLog(Path(sys.argv[1]))
for n in range(100000):
    log.record(LoggedQuestion("w", None, str(n), "", 200)).result()
    print(n, flush=True)
"""


@pytest.mark.parametrize("told", [1, 30, 200])
def test_after_a_kill_all_that_was_acknowledged_is_there(tmp_path: Path, told: int) -> None:
    command = [sys.executable, "-c", WRITES, str(tmp_path / "log")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": os.getcwd()})
    assert process.stdout is not None
    last = [process.stdout.readline() for _ in range(told)][-1]
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0].splitlines()
    last = [line for line in (last, *rest) if line.strip()][-1]
    assert verified(tmp_path / "log").faults == []
    assert {str(n) for n in range(int(last) + 1)} <= {row["question"] for row in looks(tmp_path / "log")}


def test_a_torn_line_was_answered_to_nobody(tmp_path: Path) -> None:
    fill(tmp_path / "log", (2,))
    (path,) = files(tmp_path / "log")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n":4,"at"')
    found = verified(tmp_path / "log")
    assert (found.faults, len(found.notes)) == ([], 1)


# --- over HTTP --------------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    log = AuditLog(tmp_path / "log")
    yield log
    log.close()


@pytest.fixture
def client(log: AuditLog) -> Iterator[TestClient]:
    app = FastAPI()
    app.add_middleware(Audited, log=log, who="somebody", hash=HASH, rules="rules")
    app.add_middleware(Door)

    @app.get("/v1/parties/{key}")
    def party(key: str) -> dict[str, object]:
        return {"party": {"key": key}, "beside": ["p-" + "b" * 20], "position": 12}

    @app.get("/v1/fault")
    def fault() -> None:
        raise LookupError("a fault")

    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def test_an_answer_is_written_down_with_whom_it_showed(client: TestClient, tmp_path: Path) -> None:
    key = "e-" + "a" * 20
    assert client.get(f"/v1/parties/{key}?purpose=tender").status_code == 200
    (row,) = looks(tmp_path / "log")
    assert (row["who"], row["purpose"], row["question"]) == ("somebody", "tender", "GET /v1/parties/{key}")
    assert (row["parties"], row["position"], row["status"]) == ([key, "p-" + "b" * 20], 12, 200)
    assert list(looks(tmp_path / "log", party="p-" + "b" * 20)) == [row]
    assert list(looks(tmp_path / "log", party="p-" + "c" * 20)) == []


def test_refusals_and_faults_are_written_down_too(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/v1/nowhere").status_code == 404
    assert client.get("/v1/fault").status_code == 500
    assert [row["status"] for row in looks(tmp_path / "log")] == [404, 500]


def test_nothing_that_was_typed_stands_in_it(client: TestClient, tmp_path: Path) -> None:
    number = citizen(3)
    client.get(f"/v1/parties/{number}?purpose={number}")
    client.get(f"/v1/{number}")
    client.post("/v1/parties/x", json={"text": number, "purpose": number})
    assert len(list(looks(tmp_path / "log"))) == 3
    assert all(number.encode() not in path.read_bytes() for path in (tmp_path / "log").iterdir())


def test_where_it_cannot_be_written_there_is_no_answer(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "e-" + "a" * 20

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fdatasync", full)
        assert client.get(f"/v1/parties/{key}").status_code == 503
        assert list((tmp_path / "log").iterdir()) == [], "of a file that could not be begun nothing is left"
    assert client.get(f"/v1/parties/{key}").status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr("os.fdatasync", full)
        refused = client.get(f"/v1/parties/{key}")
        assert (refused.status_code, key in refused.text) == (503, False)
        assert "Retry-After" in refused.headers
    assert client.get(f"/v1/parties/{key}").status_code == 200
    assert verified(tmp_path / "log").faults == []
    assert len(list(looks(tmp_path / "log"))) == 2


def test_every_route_that_names_a_purpose_is_written_down(
    sample_graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    app = create_app(sample_graph, settings.model_copy(update={"audit": tmp_path / "log"}))
    asked = []
    with TestClient(app) as client:
        for path, methods in app.openapi()["paths"].items():
            for method in methods:
                if path.startswith("/v1/"):
                    client.request(method, path.replace("{key}", "e-" + "a" * 20), params={"purpose": "approval"})
                    asked += [f"{method.upper()} {path}"] * (path not in OF_NOBODY)
        found = client.post("/v1/search", json={"text": STORY.food.number, "purpose": "tender"}).json()
    rows = list(looks(tmp_path / "log"))
    assert [row["question"] for row in rows[:-1]] == asked
    assert rows[-1]["purpose"] == "tender"
    assert set() != {party["key"] for party in found["candidates"]} <= set(rows[-1]["parties"])
    assert verified(tmp_path / "log").faults == []


# --- the commands -----------------------------------------------------------------------------------------------


def test_it_is_verified_shown_and_exported(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITGRAPH_AUDIT", str(tmp_path / "log"))
    assert cli("audit", "verify")[0] == 2, "there is none yet"
    fill(tmp_path / "log", (3,), tmp_path / "anchor")
    code, out, _ = cli("audit", "verify", "--anchor", str(tmp_path / "anchor"), "--json")
    assert (code, json.loads(out)["faults"], json.loads(out)["looks"]) == (0, [], 3)
    assert len(json.loads(cli("audit", "show", "--json")[1])) == 3
    assert json.loads(cli("audit", "show", "--party", "p-" + "c" * 20, "--json")[1]) == []
    assert json.loads(cli("audit", "show", "--since", "9999-01-01", "--json")[1]) == []
    assert "approval" in cli("audit", "show")[1]
    table = tmp_path / "looks.csv"
    assert cli("audit", "export", str(table))[0] == 0
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 4
    cut_off(random.Random(1), files(tmp_path / "log")[0])
    code, out, _ = cli("audit", "verify")
    assert code == 1
    assert "faults" in out
