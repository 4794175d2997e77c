"""Which tests go to the older Neo4j: together they send it every statement that the newest one was sent."""

import json
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.servers import covering, never_sent

PIECES = [("a.py:1", "MATCH (n)\n  RETURN n"), ("b.py:2", "CREATE (a)"), ("b.py:9", "SHOW INDEXES")]


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(servers, "pieces", lambda: iter(PIECES))
    file = tmp_path / "sent"
    texts = {"one": ["MATCH (n) RETURN n"], "two": ["CALL { MATCH (n) RETURN n }", "CREATE (a)  "], "three": []}
    file.write_text(json.dumps(texts), encoding="utf-8")
    return file


def test_as_few_tests_as_it_takes(sent: Path) -> None:
    assert covering(sent) == ["two"]


def test_what_nobody_sent_is_named(sent: Path) -> None:
    assert never_sent(sent) == ["b.py:9  SHOW INDEXES"]


def test_what_was_sent_outside_a_test_chooses_none(sent: Path) -> None:
    sent.write_text(json.dumps({"": ["CREATE (a)"], "one": ["MATCH (n) RETURN n"]}), encoding="utf-8")
    assert covering(sent) == ["one"]
