"""Any bounded answer as a networkx graph, and as a picture that stands alone. For notebooks (`creditgraph[notebook]`)."""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from graph_model.errors import ConfigError
from graph_model.schema import NODE_BY_LABEL, RELATIONSHIP_BY_TYPE
from queries.answers import FactRef, NodeRef, PartyRef, SanctionRef

if TYPE_CHECKING:
    import networkx

_FROM_ELSEWHERE = re.compile(
    r"<link[^>]*https?://[^>]*>|<script[^>]*src=[\"']https?://[^>]*>\s*</script>", re.IGNORECASE | re.DOTALL
)


def subgraph(answer: BaseModel) -> "networkx.MultiDiGraph":
    """Everything that an answer names, whichever its shape, as a graph: nodes by key, one edge for each fact.

    Nodes carry `label`, `name` and `sanctioned` (a sanction of any date is believed; None: the answer does not tell);
    edges are keyed by `fact_id` and carry `type`, `since`, `until`, `source`. Facts that begin and end at one party
    (its attributes) are left out.

    Raises:
        ConfigError: networkx is not installed.
    """
    try:
        import networkx
    except ImportError:
        raise ConfigError("networkx is not installed: install the extra creditgraph[notebook]") from None

    graph = networkx.MultiDiGraph()
    facts: dict[str, FactRef] = {}
    for part in _parts(answer):
        if isinstance(part, FactRef):
            facts[part.fact_id] = part
        else:
            sanctioned = part.sanctioned if isinstance(part, PartyRef) else None
            known = graph.nodes.get(part.key, {})
            told = {"label": part.label, "name": part.name, "sanctioned": sanctioned}
            graph.add_node(part.key, **{k: v if v is not None else known.get(k) for k, v in told.items()})
    for fact in facts.values():
        if fact.type != "ABOUT":
            about: dict[str, Any] = {"type": fact.type, "since": fact.since, "until": fact.until, "source": fact.source}
            graph.add_edge(fact.from_, fact.to, key=fact.fact_id, **about)
    return graph


def _parts(value: Any) -> Iterator[NodeRef | FactRef]:
    """The nodes and facts anywhere in an answer."""
    if isinstance(value, NodeRef | FactRef):
        yield value
    elif isinstance(value, SanctionRef):
        yield NodeRef.of(value.key, "Sanction", value.title or value.document_number)
        yield from value.facts
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _parts(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)


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
