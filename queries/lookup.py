"""The main question before an approval: what is recorded of this party, what reaches it, who near it is listed?"""

from datetime import date

from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import Answer, overall_status
from queries.law.consequences import consequences_of
from queries.network.exposure import exposure
from queries.party.parties import no_party, resolve
from queries.party.records import broken_promises, promises_status, records_of
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
    was broken or false (失信信息, though no measure follows from it). What is only history is shown and leaves the status
    `clear`; what no official source states makes it `incomplete` (`queries.answers.overall_status`).

    Args:
        text: a key, a number or a full name.
        hops: how far to look for hits, 1 to 6.
        hash: of id numbers, so that a person is found by one.
    """
    moment = Moment.of(graph, as_of, known_at)
    party, candidates = resolve(graph, text, hash=hash, moment=moment)
    if party is None:
        return no_party("lookup", moment, candidates, text, graph)
    near = exposure(graph, party.key, hops=hops, as_of=moment)
    law = consequences_of(graph, pack, party.key, as_of=moment, others=True)
    facts, nodes, more = records_of(graph, party.key, moment)
    promises = promises_status((f.trust, True) for f in broken_promises(facts, moment.as_of))
    status = overall_status([near.status, law.status, promises, "incomplete" if more else "clear"])
    untold = law.status == "incomplete"  # the law of a day that the pack has not: never `clear`
    return near.model_copy(
        update={
            "question": "lookup",
            "status": status,
            "reason": _reason(status, near, law, promises),
            "facts": facts,
            "nodes": nodes,
            "cut": near.cut + more,
            "complete": near.complete and not more and not untold and status != "incomplete",
            "consequences": law.consequences,
            "hits": [h for h in near.hits if h.ring != "own"],  # the own ones are in `sanctions`
        }
    )


def _reason(status: str, near: Answer, law: Answer, promises: str) -> str | None:
    if status == "incomplete" and law.status == "incomplete":
        return law.reason
    if status == "incomplete" and promises == "incomplete":
        return say("promise_unofficial")
    return near.reason
