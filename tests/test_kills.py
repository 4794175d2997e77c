"""Loader and Neo4j are killed at random moments; run again, the load gives the graph of one that nobody disturbed.

Two kills here, twenty by `make deep`; as many as you like by `python -m tests.support.kills 50`.
"""

import random
from pathlib import Path

import pytest

from graph_model.rules import RulePack
from graph_model.store import local_neo4j
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from tests.support.deep import so_many
from tests.support.kills import Trial


@pytest.mark.deep
@pytest.mark.graph
@pytest.mark.once
@pytest.mark.timeout(1800)
def test_random_kills_leave_no_trace(settings: Settings, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    told: list[str] = []
    # A store of its own: other tests hold connections to theirs.
    with local_neo4j.temporary(settings) as own:
        trial = Trial(settings, own.store, keys, pack, tmp_path / "files", told.append)
        done = trial.kills(["loader", "neo4j"] * so_many(1, 10), random.Random())
    assert done["loader"] == done["neo4j"] == so_many(1, 10), told
