"""Stores that older versions made, brought up to this one: each holds what a store holds that is loaded today.

`tests/older/COMMIT.backup` is the demo store (60 companies, seed 1) as that commit of this project wrote it: files loaded,
consequences derived, decisions recorded. Backups hold the graph as it was, so no older code is needed.
"""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from graph_model import cypher
from graph_model.errors import StoreNotReady
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.backup.restore import restore
from loaders.backup.save import look
from loaders.derive import derive_into
from loaders.sample.province import generate
from loaders.upgrade import plan, upgrade
from tests.support.graphs import fingerprint, load_sample, wipe

OLDER = sorted((Path(__file__).parent / "older").glob("*.backup"))
KEY = Settings(id_key="ab" * 32)
FILES_THEN = "21dfcccae50a738f"


@pytest.mark.once
def test_an_older_store_holds_after_its_upgrade_what_a_store_of_today_holds(
    graph: Graph, pack: RulePack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = load_keys(KEY)
    generate(60, 1, tmp_path)
    files = sorted(p for p in tmp_path.iterdir() if p.suffix == ".csv" or p.name == "court_limits.json")
    now = hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:16]
    assert now == FILES_THEN, "the sample changed: put its files of before beside the backups, and load those here"
    wipe(graph, keys)
    load_sample(graph, keys, tmp_path)
    derive_into(graph, pack)
    wanted = fingerprint(graph, keys)
    assert len(OLDER) >= 3
    for path in OLDER:
        with graph.driver.session(database=graph.database) as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS").consume()
        restore(graph, kept := look(path))
        with pytest.raises(StoreNotReady, match="creditgraph db upgrade"):
            graph.require_data()
        planned = plan(graph)
        assert (planned.needed, planned.data_version, planned.wanted) == (True, kept.data_version or None, cypher.FORM)
        _ended_and_run_again(graph, monkeypatch)
        derive_into(graph, pack)
        # Decisions stay. What two confirmations of the oldest store had seen is other evidence by the rules of today, so the
        # measures wait for a human again, as they must; all else is compared without decisions.
        assert graph.read("MATCH (e:Event) RETURN count(e) AS n")[0]["n"] == 7
        with graph.driver.session(database=graph.database) as session:
            session.run("MATCH (e:Event) DETACH DELETE e").consume()
        derive_into(graph, pack, everything=True)
        assert fingerprint(graph, keys) == wanted, path.name
        assert not plan(graph).needed
        graph.require_data(keys.fingerprint)


def _ended_and_run_again(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade that ends after each of its first writes, and goes on when it is called again."""
    plain = Graph.write
    for stop in (1, 3):
        writes: list[str] = []

        def write(self: Graph, kind: str, work: Any, stop: int = stop, writes: list[str] = writes) -> Any:
            if len(writes) == stop:
                raise KeyboardInterrupt
            writes.append(kind)
            return plain(self, kind, work)

        with monkeypatch.context() as patch:
            patch.setattr(Graph, "write", write)
            with pytest.raises(KeyboardInterrupt):
                upgrade(graph)
        assert graph.outdated()
    assert upgrade(graph)
