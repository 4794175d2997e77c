"""Whatever happens, in whatever order: what was derived step by step is what a full rebuild derives.

Random histories of loads and of recorded events go through a real graph. After each step only what it touched is
derived again; then everything is, and nothing may differ. Hypothesis shrinks a history that fails.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.decisions.events import exported, import_events
from loaders.derive import derive_into
from queries.read.events import all_events
from tests.support.deep import so_many
from tests.support.histories import DATES, STEP, TODAY, History


@settings(
    max_examples=so_many(16, 150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEP, min_size=3, max_size=9))
@pytest.mark.deep
@pytest.mark.once
def test_step_by_step_is_what_a_rebuild_derives(
    graph: Graph, keys: Keys, pack: RulePack, steps: list[tuple[str, str, Any]]
) -> None:
    history = History(graph, keys, pack)
    # So that there is something to decide on from the beginning.
    for step in [("load", "register 张", DATES[0]), ("load", "food", DATES[0]), *steps]:
        history.apply(step)
        derive_into(graph, pack)
        before = history.stored()
        assert set(before) == history.whole(), "after " + str(step)
    derived = derive_into(graph, pack, everything=True)
    assert (derived.created, derived.removed) == (0, 0)
    assert history.stored() == before


@settings(
    max_examples=so_many(5, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEP, min_size=4, max_size=9), st.randoms(use_true_random=False))
@pytest.mark.deep
@pytest.mark.once
def test_a_rebuild_from_files_and_exported_events_is_the_same_in_any_order(
    graph: Graph, keys: Keys, pack: RulePack, steps: list[tuple[str, str, Any]], shuffle: Any
) -> None:
    history = History(graph, keys, pack)
    first = [("load", name, DATES[0]) for name in ("register 张", "food", "tax", "both")]
    for step in [*first, *(s for s in steps if s[0] != "load")]:
        history.apply(step)
    derive_into(graph, pack)
    before = history.told()
    files = list(history.files)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        lines = [json.dumps(row, ensure_ascii=False) for row in exported(graph, all_events(graph))]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        history.wipe()
        shuffle.shuffle(files)
        for name, rows, day in files:
            history.load(name, rows, day)
            derive_into(graph, pack)
        import_events(graph, keys, file, today=TODAY)
    derive_into(graph, pack)
    assert history.told() == before
