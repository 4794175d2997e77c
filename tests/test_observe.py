"""The log and the numbers of the service: enough to see what it does, and nobody in them."""

import json
import logging
import stat
from collections.abc import Iterator
from logging.handlers import WatchedFileHandler
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http import observe
from api.http.door import Door
from api.http.observe import Observer, OnceInAWhile, log_to
from graph_model.store.deadline import answers_at
from tests.support.invented import citizen

KEY, NUMBER, NAME = "p-aaaaaaaaaaaaaaaaaaaa", citizen(417), "欧阳不存"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log of a process that serves; afterwards logging is as it was."""
    root = logging.getLogger()
    before, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    file = tmp_path / "logs" / "service.log"
    log_to(file)
    yield file
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)
    logging.raiseExceptions = raises
    logging.getLogger(observe.REQUESTS).setLevel(logging.NOTSET)


@pytest.fixture
def client() -> Iterator[TestClient]:
    app, observer = FastAPI(), Observer()
    app.add_middleware(Door, observer=observer)

    @app.get("/v1/parties/{key}")
    def party(key: str, text: str = "") -> str:
        answers_at(17)
        if text:
            raise RuntimeError(f"{NAME} {text}")
        return key

    @app.get("/metrics")
    def metrics() -> str:
        return bytes(observer.metrics().body).decode()

    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_request_is_one_line_that_tells_all_but_who_was_asked_about(log: Path, client: TestClient) -> None:
    answer = client.get(f"/v1/parties/{KEY}")
    (line,) = lines(log)
    assert (line["route"], line["method"], line["status"]) == ("/v1/parties/{key}", "GET", 200)
    assert line["position"] == 17
    assert line["request"] == answer.headers["x-request-id"]
    assert isinstance(line["ms"], float)
    assert KEY not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_whatever_is_asked_or_fails_nobody_is_in_log_or_numbers(log: Path, client: TestClient) -> None:
    client.get(f"/v1/parties/{KEY}", params={"text": NUMBER})
    client.get(f"/{NUMBER}/{NAME}")
    client.request("GET" + NUMBER, "/v1/parties/x")
    client.get("/", headers={"host": f"{NUMBER}.example"})
    logging.getLogger("uvicorn.error").error("in %s", NUMBER, exc_info=RuntimeError(NAME))
    told = log.read_text(encoding="utf-8") + client.get("/metrics").text
    for secret in (KEY, NUMBER, NAME):
        assert secret not in told
    assert [line["status"] for line in lines(log) if "status" in line] == [500, 404, 405, 421, 200]
    (fault,) = [line for line in lines(log) if "fault" in line]
    assert fault["fault"] == "RuntimeError"


def test_numbers_are_counted_by_route_and_status(client: TestClient) -> None:
    for _ in range(3):
        client.get(f"/v1/parties/{KEY}")
    told = json.loads(client.get("/metrics").text)
    assert 'creditgraph_requests_total{method="GET",route="/v1/parties/{key}",status="200"} 3.0' in told
    assert 'creditgraph_at_work{work="other"} 0.0' in told
    assert "creditgraph_position 17.0" in told


def test_a_line_that_comes_over_and_over_is_written_once_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(observe.time, "monotonic", lambda: now[0])
    once = OnceInAWhile()

    def line(text: str, *values: object) -> logging.LogRecord:
        return logging.LogRecord("some.module", logging.WARNING, "x.py", 1, text, values, None)

    written = [record for n in range(257_990) if once.filter(record := line("no projection: %s", n))]
    assert len(written) == 1
    assert once.filter(line("another line"))
    now[0] += observe.AGAIN_SECONDS
    assert once.filter(again := line("no projection: %s", 1))
    assert again.__dict__["again"] == 257_989


def test_a_log_that_cannot_be_written_is_no_reason_to_fail(log: Path, client: TestClient, capfd) -> None:
    class Full:
        def write(self, _: str) -> None:
            raise OSError(28, "No space left on device")

        def flush(self) -> None: ...

    (handler,) = [h for h in logging.getLogger().handlers if isinstance(h, WatchedFileHandler)]
    stream, handler.stream = handler.stream, Full()  # ty: ignore[invalid-assignment]
    assert client.get(f"/v1/parties/{KEY}").status_code == 200
    handler.stream = stream
    assert "Traceback" not in capfd.readouterr().err
