"""The order in which files come decides nothing: random files, loaded in two orders, give one present view."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from tests.support.deep import so_many
from tests.support.random_files import FILES, loaded


@pytest.mark.deep
@pytest.mark.once
@settings(
    max_examples=so_many(8, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(FILES, st.randoms(use_true_random=False))
def test_random_files_in_two_orders_give_one_view(graph: Graph, keys: Keys, files: list[Any], chance: Any) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first = loaded(graph, keys, Path(one), files)
        shuffled = list(files)
        chance.shuffle(shuffled)
        assert loaded(graph, keys, Path(two), shuffled) == first
