"""The main question before an approval: what is recorded of this party, what reaches it, who near it is listed?"""

from datetime import date

from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from queries.answers import Answer
from queries.law.consequences import consequences_of
from queries.network.exposure import exposure
from queries.party.parties import no_party, resolve
from queries.party.records import broken_promises, records_of
from queries.read.moment import Moment, one_moment


@one_moment
def lookup(
    graph: Graph,
    pack: RulePack,
    text: str,
    *,
    hops: int = 3,
    as_of: date | Moment,
    known_at: date | None = None,
    hash: KeyedHash | None = None,
) -> Answer:
    """Own sanctions, consequences, records and related-party hits of the one party that a key, number or name means.

    The consequences are those that reach the party, and those that its own sanctions have for others: each names its
    subject. `facts` are what organs recorded beside sanctions: credentials, commitments, inspections, tenders.

    Consequences (law) and hits (information) stay apart in the answer. The status is `hit` when anything in it is
    not ended: a sanction in force, a consequence that is active or a candidate, a surrounding hit, a promise that
    was broken or false (失信信息, though no measure follows from it). What is only history is shown and leaves the status `clear`.
    """
    moment = Moment.of(graph, as_of, known_at)
    party, candidates = resolve(graph, text, hash=hash)
    if party is None:
        return no_party("lookup", moment, candidates, text)
    near = exposure(graph, party.key, hops=hops, as_of=moment)
    law = consequences_of(graph, pack, party.key, as_of=moment, others=True)
    facts, nodes, more = records_of(graph, party.key, moment)
    hit = "hit" in (near.status, law.status) or broken_promises(facts, moment.as_of)
    untold = law.status == "incomplete"  # the law of a day that the pack has not: never `clear`
    return near.model_copy(
        update={
            "question": "lookup",
            "status": "hit" if hit else "incomplete" if untold or more else near.status,
            "reason": law.reason if untold and not hit else near.reason,
            "facts": facts,
            "nodes": nodes,
            "cut": near.cut + more,
            "complete": near.complete and not more and not untold,
            "consequences": law.consequences,
            "hits": [h for h in near.hits if h.ring != "own"],  # the own ones are in `sanctions`
        }
    )
