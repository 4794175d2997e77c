"""Which incentives (守信激励) may this party have, and on what do they rest? Facts and conditions, never points.

An incentive that demands a clean record is `unknown` as long as nobody says since when all adverse records are known:
nothing found is not the same as nothing there.
"""

from datetime import date
from typing import LiteralString

from graph_model.derivation import Case, Clean, derive
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from queries.answers import Answer
from queries.law.consequences import shown
from queries.party.parties import no_party, party_refs
from queries.read.facts import BY_THIRD_PARTY, fact_row, label_of
from queries.read.moment import Moment, one_moment

HELD_CREDENTIALS: LiteralString = """
MATCH (p:Party {key: $key})-[r:HOLDS]->(c:Credential)
WHERE r.rec_from <= $k AND $k < r.rec_to AND r.codes IS NOT NULL
RETURN properties(r) AS props, c.key AS credential, p.name AS name, p.kind AS kind, labels(p) AS labels
ORDER BY credential, props.fact_id
"""

ADVERSE: LiteralString = (
    """
MATCH (s:Sanction)-[r:IMPOSED_ON]->(p:Party {key: $key})
WHERE r.rec_from <= $k AND $k < r.rec_to AND r.trust = 'official'
  AND s.retired IS NULL AND s.fallen_on IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])
  AND NOT """
    + BY_THIRD_PARTY
    + """
RETURN properties(r) AS props, s.key AS sanction ORDER BY sanction, props.fact_id
"""
)


@one_moment
def incentives_of(
    graph: Graph, pack: RulePack, key: str, *, as_of: date | Moment, complete_since: date | None = None
) -> Answer:
    """Which incentives follow for this party on a day, by which clause?

    Args:
        complete_since: the day since which, as the caller vouches, every adverse record of this party is in the graph.

    Returns:
        the incentives among `consequences`: `candidate` where an organ still decides, `active` by operation of a
        text, `unknown` where the record may not be complete; none where an adverse record stands against it.
    """
    moment = Moment.of(graph, as_of)
    day, position = moment.as_of, moment.position
    party = party_refs(graph, [key], moment).get(key)
    if party is None:
        return no_party("incentives", moment, [], key)
    adverse = tuple(
        fact_row("IMPOSED_ON", r["sanction"], key, r["props"]) for r in graph.read(ADVERSE, key=key, k=position)
    )
    groups: dict[str, list[FactRow]] = {}
    parties: dict[str, PartyRow] = {}
    for r in graph.read(HELD_CREDENTIALS, key=key, k=position):
        groups.setdefault(r["credential"], []).append(fact_row("HOLDS", key, r["credential"], r["props"]))
        parties[key] = PartyRow(key, label_of(r["labels"]), r["name"], r["kind"])
    cases = [
        Case(credential, tuple(facts), parties=parties, clean=Clean(day, adverse, complete_since))
        for credential, facts in groups.items()
    ]
    found = shown(graph, pack, derive(cases, pack, as_of=day), day)
    return Answer(
        question="incentives",
        as_of=day,
        position=position,
        status="hit" if any(c.status != "ended" for c in found) else "clear",
        party=party,
        consequences=found,
    )
