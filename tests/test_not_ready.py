"""Every command and every route, where nothing can be asked: no store, an empty one, one of another version, one that is down.

Each says what is missing and what to do, ends with its code, and never says that nothing was found. Commands and routes are those of the
command tree and of the route table: one that is new is asked too.
"""

import shlex
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString, cast

import pytest
import typer.main
from fastapi.testclient import TestClient

from api import docs as api_docs
from api.cli.root import app
from api.http.app import create_app
from graph_model.errors import StoreNotReady
from graph_model.store import local_neo4j
from graph_model.store.connect import Graph, connect_to
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from tests.support.types import Cli

ROOT = Path(__file__).parents[1]
COMMANDS = dict(api_docs.commands_of(typer.main.get_command(app)))
COMMANDS_OF_DB = [words[1] for words in COMMANDS if words[0] == "db"]
STATES = ("bare", "empty", "older", "down")

WITHOUT_STORE = {
    *(("mapping", "new"), ("mapping", "check"), ("catalogue", "check"), ("template",), ("sample",)),
    *(("certificate", "keys"), ("certificate", "rotate"), ("check", "matters")),
    *(words for words in COMMANDS if words[0] in ("rules", "audit", "verify", "keys")),
}
"""They speak of files and rules, and ask no store at all."""
OF_SERVERS = {("demo",), ("doctor",), ("check",), *(("db", name) for name in COMMANDS_OF_DB)}
"""They make, start, end, examine or delete one: each has its own tests."""
MAY_BE_EMPTY = {
    *(("load",), ("derive",), ("ledger",), ("catalogue", "load"), ("catalogue", "show"), ("catalogue", "due")),
    *(("events", "import"), ("events", "list"), ("events", "export"), ("codes", "list"), ("codes", "rate")),
    *(("codes", "history"), ("organs", "list"), ("projection", "build"), ("projection", "status")),
    *(("projection", "drop"), ("backup",)),
}
"""They fill a store, or tell what was loaded and recorded: that there is nothing is then the answer, and says nothing of a party."""

MAY_BE_OLDER = {("backup",)}
"""What another version made is kept as it is: best before it is brought up."""


def clock(graph: Graph, statement: LiteralString) -> None:
    with graph.driver.session(database=graph.database) as session:
        session.run(statement).consume()


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest, graph: Graph, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What there is to ask: a server in which nothing was made, nothing loaded, another version's store, or none."""
    if request.param == "bare":
        with graph.driver.session(database=graph.database) as session:
            for r in list(session.run("SHOW CONSTRAINTS")):
                session.run(cast(LiteralString, f"DROP CONSTRAINT {r['name']}")).consume()
            for r in list(session.run("SHOW INDEXES")):
                if r["type"] != "LOOKUP":
                    session.run(cast(LiteralString, f"DROP INDEX {r['name']}")).consume()
            session.run("MATCH (c:Clock) DELETE c").consume()
    elif request.param == "older":
        clock(graph, "MATCH (c:Clock) SET c.schema = 'older' CREATE (:Party:Entity {key: 'e-aaaaaaaaaaaaaaaaaaaa'})")
    elif request.param == "down":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            monkeypatch.setenv("CREDITGRAPH_NEO4J_URI", f"bolt://127.0.0.1:{probe.getsockname()[1]}")
    yield request.param
    if request.param == "bare":
        graph.make_schema()
    clock(graph, "MATCH (n) DETACH DELETE n")
    graph.mark_schema(keys.fingerprint)


def calls(store: str, folder: Path) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command, called as the example in its help does, on this store and with files that are there."""
    for name in ("whitelist.yaml", "tiers.yaml"):
        shutil.copy(ROOT / "docs" / "examples" / name, folder / name)
    shutil.copy(ROOT / "graph_model" / "rules" / "tax.yaml", folder / "my.yaml")
    (folder / "suppliers.csv").write_text("名称\n某某有限公司\n", encoding="utf-8")
    (folder / "events.jsonl").write_text("", encoding="utf-8")
    (folder / "tests").mkdir()
    for words, command in COMMANDS.items():
        for example in api_docs.help_and_examples(command)[1]:
            called = shlex.split(example.replace("suppliers.xlsx", "suppliers.csv"))[1:]
            if any("--store" in parameter.opts for parameter in command.params):
                if "--store" in called:
                    at = called.index("--store")
                    del called[at : at + 2]
                called += ["--store", store]
            yield words, called


def test_every_command_says_what_is_missing(
    state: str, graph: Graph, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDITGRAPH_API_KEYS", str(tmp_path / "api.json"))
    todo = {"older": "db upgrade", "down": "does not answer"}.get(state, "creditgraph load")
    wrong: dict[str, tuple[int, str]] = {}
    refused = 0
    for words, called in calls(graph.name, tmp_path):
        if words in OF_SERVERS or (words == ("serve",) and state in ("bare", "empty")):  # it would wait for files
            continue
        status, told, said = cli(*called)
        every = " ".join((told + said).split())
        right = {2, 5} if state == "down" else {2, 4}
        if words in WITHOUT_STORE or (words in MAY_BE_EMPTY and state in ("bare", "empty")):
            right |= {0}
        if words in MAY_BE_OLDER and state == "older":
            right = {0}
        silent = status in (4, 5) and todo not in every
        found_nothing = " · clear" in every or "未发现" in every or '"clear"' in every
        if status not in right or silent or found_nothing or "Traceback" in every or (status and told):
            wrong[" ".join(called)] = (status, every[:300])
        refused += status in (4, 5)
    assert wrong == {}
    assert refused > 40


def routes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, address and what to send, of every route that the application has; as its own description has it."""
    described = create_app(settings=Settings()).openapi()
    for path, methods in described["paths"].items():
        for method, about in methods.items():
            sent: dict[str, Any] = {"params": {}}
            for parameter in about.get("parameters", ()):
                schema = parameter["schema"]
                value = next(iter(parameter.get("examples") or schema.get("examples") or ("e-aaaaaaaaaaaaaaaaaaaa",)))
                if "$ref" in schema or "enum" in schema:
                    value = "approval"
                if parameter["in"] == "path":
                    path = path.replace(f"{{{parameter['name']}}}", "e-aaaaaaaaaaaaaaaaaaaa")
                elif parameter["required"]:
                    sent["params"][parameter["name"]] = value
            if "requestBody" in about:
                ref = about["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
                sent["json"] = described["components"]["schemas"][ref]["examples"][0]
            yield method, path, sent


def test_every_route_says_what_is_missing(state: str, graph: Graph, keys: Keys, settings: Settings) -> None:
    asked = graph
    if state == "down":
        asked = connect_to(local_neo4j.start(settings, graph.name), "tests")
    answers = {}
    app_ = create_app(asked, settings, copy=False)
    if state == "older":
        with pytest.raises(StoreNotReady, match="db upgrade"), TestClient(app_):
            pass
        return
    with TestClient(app_, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        if state == "down":
            asked.close()
        for method, path, sent in routes():
            answers[f"{method} {path}"] = client.request(method, path, **sent)
    ready = {name: a for name, a in answers.items() if a.status_code != 503}
    of_nobody = {
        "get /v1/schema",
        "get /v1/matters",
        "get /v1/measures",
        "get /healthz",
        "get /metrics",
        "get /.well-known/jwks.json",
    }
    assert set(ready) == of_nobody, {n: a.text for n, a in ready.items()}
    for name, answer in answers.items():
        if name not in ready:
            assert answer.headers["content-type"] == "application/problem+json", name
            told = "creditgraph load" if state != "down" else "does not answer"
            assert told in answer.json()["detail"], (name, answer.text)
            assert "Traceback" not in answer.text
    assert len(answers) > 25
