"""The notebooks run from top to bottom, and are saved without outputs."""

import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from graph_model.errors import ConfigError
from graph_model.store import local_neo4j
from graph_model.store.connect import Graph
from loaders.sample.story import STORY
from queries.answers import Answer
from queries.network.exposure import exposure
from queries.network.neighbours import circle
from queries.network.picture import picture, subgraph
from queries.party.parties import neighbours, resolve

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_saved_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.once
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_runs_from_top_to_bottom(
    path: Path, sample_graph: Graph, sample_server: local_neo4j.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITGRAPH_NEO4J_URI", sample_server.uri)
    monkeypatch.setenv("CREDITGRAPH_NEO4J_PASSWORD", sample_server.password)
    notebook = nbformat.read(path, as_version=4)
    before = sample_graph.position()
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    assert sample_graph.position() == before
    shown = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert STORY.food.name in shown
    assert "第178条" in shown


def test_an_answer_as_a_graph_and_a_picture(sample_graph: Graph) -> None:
    party, _ = resolve(sample_graph, STORY.far.number)
    assert party is not None
    near = neighbours(sample_graph, party.key, as_of=date(2026, 6, 30))
    graph = subgraph(near)
    assert set(graph.nodes) >= {n.key for n in near.nodes}
    assert graph.number_of_edges() == sum(f.type != "ABOUT" for f in near.facts)
    paths = subgraph(exposure(sample_graph, party.key, hops=3, as_of=date(2026, 6, 30)))
    assert STORY.food.name in {data["name"] for _, data in paths.nodes(data=True)}
    assert paths.nodes[party.key]["sanctioned"] is False
    listed = [key for key, data in paths.nodes(data=True) if data["name"] == STORY.food.name]
    assert [paths.nodes[key]["sanctioned"] for key in listed] == [True]
    around = circle(sample_graph, [party.key, listed[0]], hops=2, as_of=date(2026, 6, 30))
    drawn = subgraph(around)
    assert set(drawn.nodes) == {party.key, *listed, *(m.party.key for m in (*around.connecting, *around.around))}
    assert {key for _, _, key in drawn.edges(keys=True)} == {f.fact_id for f in around.facts}
    for fact in around.facts:
        edge = drawn.edges[fact.from_, fact.to, fact.fact_id]
        assert edge == {"type": fact.type, "since": fact.since, "until": fact.until, "source": fact.source}
    graph.add_node("x", label="Entity", name="<script>alert(1)</script>")
    page = picture(graph)
    assert "<script>alert(1)" not in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_without_networkx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ConfigError, match=r"creditgraph\[notebook\]"):
        subgraph(Answer(question="find", as_of=date(2026, 6, 30), position=0, status="unknown"))
