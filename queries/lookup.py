"""The main question before an approval: what is recorded of this party, what reaches it, who near it is listed?"""

from datetime import date

from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.store import Graph
from queries.answers import Answer
from queries.consequences import consequences_of
from queries.exposure import exposure
from queries.parties import no_party, resolve


def lookup(
    graph: Graph,
    pack: RulePack,
    text: str,
    *,
    hops: int = 3,
    as_of: date,
    known_at: date | None = None,
    hash: KeyedHash | None = None,
) -> Answer:
    """Own sanctions, consequences and related-party hits of the one party that a key, number or full name means.

    The consequences are those that reach the party, and those that its own sanctions have for others: each names its
    subject.

    Consequences (law) and hits (information) stay apart in the answer. The status is `hit` when anything in it is
    not ended: a sanction in force, a consequence that is active or a candidate, a surrounding hit. What is only
    history is shown and leaves the status `clear`.
    """
    party, candidates = resolve(graph, text, hash=hash)
    if party is None:
        return no_party("lookup", as_of, graph.position(), candidates, text)
    near = exposure(graph, party.key, hops=hops, as_of=as_of, known_at=known_at)
    law = consequences_of(graph, pack, party.key, as_of=as_of, known_at=known_at, others=True)
    status = "hit" if "hit" in (near.status, law.status) else near.status
    return near.model_copy(
        update={
            "question": "lookup",
            "status": status,
            "consequences": law.consequences,
            "hits": [h for h in near.hits if h.ring != "own"],  # the own ones are in `sanctions`
        }
    )
