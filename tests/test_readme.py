"""Every command of the READMEs does what they say, on the demo store, as it is written there."""

import io
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from api.cli import show
from api.cli.demo import SHOWN_MEASURES, party_key
from api.http import server as http_server
from api.http.app import create_app
from graph_model.rules import RulePack
from graph_model.store import local_neo4j
from graph_model.store.connect import connect
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from queries.law.consequences import consequences_of
from tests.support.types import Cli

pytestmark = [pytest.mark.graph, pytest.mark.once]

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
OPAQUE = re.compile(r"(?<=c-)[0-9a-f]{24}|(?<=digest )[0-9a-f]{24}|(?<=摘要 )[0-9a-f]{24}")
"""What depends on the id key of the store: the key of a person's consequence, and the digest of its evidence."""


def blocks(name: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture
def demo(tmp_path: Path, settings: Settings, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """What `make demo` leaves behind, but of a smaller province, in a home of its own; we stand in a fresh clone."""
    monkeypatch.setenv("CREDITGRAPH_HOME", str(tmp_path / "home"))
    own = settings.model_copy(update={"home": tmp_path / "home"})
    clone = tmp_path / "clone"
    clone.mkdir()
    shutil.copytree(ROOT / "docs" / "examples", clone / "docs" / "examples")
    monkeypatch.chdir(clone)
    try:
        code, _, error = cli("demo", "--size", "150")
        assert code == 0, error
        yield own
    finally:
        local_neo4j.stop(own, "demo")


def test_every_command_runs_as_written(
    demo: Settings, cli: Cli, keys: Keys, pack: RulePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[object] = []
    monkeypatch.setattr(http_server, "run", lambda *a, **more: served.append(a))
    lines = [line for block in blocks("README.md", "bash") for line in block.splitlines()]
    done = []
    for words in map(shlex.split, lines):
        if words[0] == "creditgraph":
            code, told, error = cli(*words[1:], *(["--size", "150"] if words[1] in ("sample", "demo") else []))
            assert code == 0, (words, error)
            assert told or error or words[1] == "serve", words
            assert " · unknown" not in told, told
            done.append(words[1])
        elif words[0] == "curl":
            with connect(demo, "demo") as graph, TestClient(create_app(graph, demo)) as client:
                answer = client.post(words[2].split(":8321")[1], json=json.loads(words[words.index("-d") + 1]))
            assert [a["status"] for a in answer.json()["answers"]] == ["hit"]
            done.append("curl")
        else:
            assert words[0] in ("make", "source", "export"), words
    assert {"load", "derive", "lookup", "exposure", "due", "events", "check", "curl"} <= set(done)
    assert served

    with connect(demo, "demo") as graph:
        number = SHOWN_MEASURES[0].number
        found = consequences_of(graph, pack, party_key(graph, keys, number), as_of=date(2026, 6, 30)).consequences
        (one,) = (c for c in found if (c.rule, c.measure) == (SHOWN_MEASURES[0].rule, SHOWN_MEASURES[0].measure))
    for name in READMES:
        monkeypatch.setenv("CREDITGRAPH_LANG", "zh" if ".zh" in name else "en")
        drawn = io.StringIO()
        Console(file=drawn, width=100).print(show.consequence_panel(one, pack))
        real = [line.rstrip() for line in OPAQUE.sub("…", drawn.getvalue()).splitlines()]
        (shown,) = blocks(name, "text")
        # Sorted: facts beside the path come in the order of ids that the key makes.
        assert sorted(line.rstrip() for line in OPAQUE.sub("…", shown).splitlines()) == sorted(real), name
