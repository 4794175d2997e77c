"""A bounded answer as a networkx graph, and as a picture that stands alone. For notebooks (`creditgraph[notebook]`)."""

import html
import re
from typing import TYPE_CHECKING, Any

from graph_model.schema import NODE_BY_LABEL, RELATIONSHIP_BY_TYPE
from queries.answers import Answer, FactRef, NodeRef

if TYPE_CHECKING:
    import networkx

_FROM_ELSEWHERE = re.compile(
    r"<link[^>]*https?://[^>]*>|<script[^>]*src=[\"']https?://[^>]*>\s*</script>", re.IGNORECASE | re.DOTALL
)


def subgraph(answer: Answer) -> "networkx.MultiDiGraph":
    """Everything that an answer names, as a graph: nodes by key, one edge for each fact.

    Nodes carry `label` and `name`; edges are keyed by `fact_id` and carry `type`, `since`, `until`, `source`. Facts
    that begin and end at one party (its attributes) are left out.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    nodes: list[NodeRef] = [*answer.nodes, *answer.candidates]
    facts: list[FactRef] = list(answer.facts)
    nodes += [answer.party] if answer.party else []
    for path in (*(h.path for h in answer.hits), *(c.path for c in answer.consequences)):
        nodes += [step for step in path if isinstance(step, NodeRef)]
        facts += [step for step in path if isinstance(step, FactRef)]
    for node in nodes:
        graph.add_node(node.key, label=node.label, name=node.name)
    for fact in facts:
        if fact.type != "ABOUT":
            about: dict[str, Any] = {"type": fact.type, "since": fact.since, "until": fact.until, "source": fact.source}
            graph.add_edge(fact.from_, fact.to, key=fact.fact_id, **about)
    return graph


def picture(graph: "networkx.MultiDiGraph", *, height: str = "520px") -> str:
    """A page that draws the graph with pyvis: colours and words of the schema, nothing fetched, no name as markup."""
    from pyvis.network import Network

    net = Network(height=height, width="100%", directed=True, cdn_resources="in_line")
    for key, data in graph.nodes(data=True):
        kind = NODE_BY_LABEL.get(data.get("label") or "")
        name = html.escape(data.get("name") or key)
        net.add_node(key, label=name, title=kind.ZH if kind else "", color=kind.COLOUR if kind else "#8a8f98")
    for start, end, data in graph.edges(data=True):
        kind = RELATIONSHIP_BY_TYPE.get(data["type"])
        net.add_edge(start, end, label=kind.ZH if kind else data["type"], color=kind.COLOUR if kind else "#8a8f98")
    # pyvis asks for a style sheet from elsewhere even so.
    return _FROM_ELSEWHERE.sub("", net.generate_html(notebook=False))
