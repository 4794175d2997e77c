"""Stored consequences are derived anew when the rules or the code that applies them is another one."""

from datetime import date
from pathlib import Path

import pytest

from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from loaders.derive import derive_into
from queries.read.derived import CODE, code_digest, derived_with
from queries.read.moment import Moment


def test_each_file_that_counts_is_there() -> None:
    assert all(code_digest((pattern,)) for pattern in CODE)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        code_digest(("nowhere.py",))


def test_any_change_of_a_file_shows(tmp_path: Path) -> None:
    before = tmp_path / "a.py"
    before.write_text("x = 1\n", encoding="utf-8")
    digests = set()
    for text in ("x = 1\n", "x = 2\n", "x = 1  # why\n"):
        before.write_text(text, encoding="utf-8")
        code_digest.cache_clear()
        digests.add(code_digest((str(before),)))
    assert len(digests) == 3


def test_what_older_code_derived_is_not_believed_and_derived_anew(
    graph: Graph, pack: RulePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive_into(graph, pack)
    day = date(2026, 6, 30)
    assert Moment.of(graph, day).fresh(pack)
    monkeypatch.setattr("queries.read.derived.code_digest", lambda _: "other code")
    assert not Moment.of(graph, day).fresh(pack)
    derive_into(graph, pack)
    assert Moment.of(graph, day).fresh(pack)
    assert derived_with(pack).endswith(".other code")
