"""The demo's story, and a rebuild of the whole sample: files in other orders, events from their export."""

import io
import json
import random
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from api.cli.demo import SHOWN_MEASURES, decide_once, party_key, show_story
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.decisions.events import exported, import_events
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.sample.story import STORY
from loaders.sources import SOURCES
from queries.law.consequences import consequences_from, consequences_of
from queries.law.why_not import why_not
from queries.read.events import all_events
from queries.read.facts import all_sanctions
from tests.support.graphs import wipe

TODAY = date(2026, 11, 22)
FILES = (
    *(
        ("sample", f"{name}.csv")
        for name in ("register", "officers", "shareholders", "lists", "decisions", "responsible")
    ),
    ("shuanggongshi", "penalties.csv"),
    ("shuanggongshi", "licences.csv"),
    ("court-limits", "court_limits.json"),
)


def told(graph: Graph, pack: RulePack) -> list[str]:
    """Every consequence with status and evidence, without what the clock numbers."""
    rows = []
    for key in all_sanctions(graph):
        for c in consequences_from(graph, pack, key, as_of=TODAY, retired=True).consequences:
            facts = sorted(str((f.type, f.from_, f.to, f.since, f.until, f.source, f.record)) for f in c.evidence)
            rows.append(str([c.key, c.status, c.timeline, c.missing, c.reading, c.legal_basis, c.digest, facts]))
    return sorted(rows)


@pytest.mark.once
def test_the_demo_shows_each_status_and_a_rebuild_gives_the_same(
    graph: Graph, keys: Keys, pack: RulePack, sample_folder: Path, tmp_path: Path
) -> None:
    for source, name in FILES:
        load(graph, keys, SOURCES[source], sample_folder / name)
    derive_into(graph, pack)
    assert decide_once(graph, pack, keys, today=TODAY) > 5
    assert decide_once(graph, pack, keys, today=TODAY) == 0
    for one in SHOWN_MEASURES:
        found = consequences_of(graph, pack, party_key(graph, keys, one.number), as_of=TODAY).consequences
        assert one.status in {c.status for c in found if (c.rule, c.measure) == (one.rule, one.measure)}
    written = io.StringIO()
    screen = Console(file=written, width=200)
    show_story(screen, graph, pack, keys, today=TODAY)
    text = written.getvalue()
    assert all(f" {one.status} " in text for one in SHOWN_MEASURES)
    assert "holds none of the posts" in text
    shareholder = party_key(graph, keys, STORY.food_shareholder.number)
    answer = why_not(graph, pack, shareholder, "PR-021", as_of=TODAY)
    assert [(c.condition, c.text) for c in answer.conditions if not c.holds] == [("reach", answer.reason)]
    before = told(graph, pack)
    assert len(before) > 100
    events = tmp_path / "events.jsonl"
    rows = [json.dumps(row, ensure_ascii=False) for row in exported(graph, all_events(graph))]
    events.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    for seed in (1, 2, 3):
        wipe(graph, keys)
        order = random.Random(seed).sample(FILES, len(FILES))
        for source, name in order:
            load(graph, keys, SOURCES[source], sample_folder / name)
            derive_into(graph, pack)  # step by step, as it would come in over days
        done = import_events(graph, keys, events, today=TODAY)
        assert done.recorded == len(rows)
        derive_into(graph, pack)
        after = told(graph, pack)
        different = [pair for pair in zip(after, before, strict=False) if pair[0] != pair[1]]
        assert not different, f"in the order {[name for _, name in order]}: {different[:1]}"
        assert len(after) == len(before)
