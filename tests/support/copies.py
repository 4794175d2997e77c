"""The copy in memory and the graph must give the same answers."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from graph_model import cypher
from graph_model.schema import FOREVER, ImposedOn
from graph_model.store.connect import Graph, Tx
from loaders.identity.caches import refresh
from loaders.identity.links import touch
from queries.answers import Answer, NodeRef
from queries.network.exposure import exposure
from queries.projection.follow import Projection

ALL_PARTIES = "MATCH (p:Party) RETURN p.key AS key ORDER BY key"


def told(answer: Answer) -> dict[str, Any]:
    """All that an answer says, except how much was looked at: only the copy counts that."""
    return answer.model_dump(mode="json", exclude={"explored"})


def same(graph: Graph, projection: Projection, keys: Sequence[str], **asked: Any) -> list[Answer]:
    """The answers about these parties, which the graph and its copy must give alike."""
    reader = projection.reader()
    answers = []
    for key in keys:
        live = exposure(graph, key, **asked)
        copy = exposure(graph, key, **asked, reader=reader)
        assert told(copy) == told(live), (key, asked)
        answers.append(live)
    return answers


def keys_of(graph: Graph) -> list[str]:
    return [r["key"] for r in graph.read(ALL_PARTIES)]


def list_all(graph: Graph, keys: Sequence[str]) -> None:
    """Each of these is sanctioned, since 2020."""

    def work(tx: Tx) -> None:
        tx.run("UNWIND $keys AS key CREATE (:Sanction {key: 's-' + key})", keys=keys)
        rows = [
            {
                "start": f"s-{key}",
                "end": key,
                "props": {
                    "fact_id": f"s-{key}",
                    "statement_id": f"s-{key}",
                    "claim_id": f"s-{key}",
                    "source": "test",
                    "since": date(2020, 1, 1),
                    "rec_from": tx.seq,
                    "rec_to": FOREVER,
                    "kind": "penalty",
                    "codes": [],
                },
            }
            for key in keys
        ]
        tx.run(cypher.create_facts(ImposedOn), rows=rows)
        touch(tx, keys)

    graph.write("load", work)
    refresh(graph)


def keys_in(path: list[Any]) -> list[str]:
    return [f.fact_id for f in path if not isinstance(f, NodeRef)]
