"""Who near this party is sanctioned, and by which path? Information for an investigator, never a penalty.

One query does it: `SHORTEST` over a pattern that checks hubs, dates and belief while it walks. Path bounds are
literals in Cypher, so there is one text for each depth. Nothing is cut in silence: hubs that were reached and not
walked through, limits and time are listed, and the answer is then not complete.

How unknown dates are read: a relationship whose first or last day is unknown is walked, and the hit names it in
`uncertain`.

Two entries that somebody judged to be one person (`SAME_PERSON_AS`) are one step apart. A path that needs no judgement
goes before one that does; a hit whose path crosses one names it in `crosses`, and is not `confirmed` when the judgement
is `unsure`, which is walked only on request. What nobody judged, or judged `different`, is never walked.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, LiteralString

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.schema import CROSSED, RELATIONSHIP_BY_TYPE, SamePersonAs
from graph_model.store import Graph
from queries.answers import Answer, Cut, Hit, NodeRef, PartyRef, SanctionRef
from queries.facts import fact_row, label_of
from queries.parties import no_party, party_refs, sanctions_on
from queries.provenance import fact_refs
from queries.same_person import crossing

JUDGED = SamePersonAs.TYPE
MAX_HOPS = 6
MAX_HITS = 1_000
SECONDS = 20.0

_TYPES: LiteralString = (
    "LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF"
    "|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT|SUPPLIES_TO"
)
# Believed at $k and begun by $day …
_EVER_R: LiteralString = "r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)"
_EVER_Q: LiteralString = "q.rec_from <= $k AND $k < q.rec_to AND (q.since IS NULL OR q.since <= $day)"
# … and not over by $day, nor gone from a snapshot of that day or before.
_NOW_R: LiteralString = (
    _EVER_R + " AND (r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)"
)
_NOW_Q: LiteralString = (
    _EVER_Q + " AND (q.until IS NULL OR q.until > $day) AND (q.absent_since IS NULL OR q.absent_since > $day)"
)
_EVER: LiteralString = "-[r:" + _TYPES + " WHERE " + _EVER_R + "]-"
_NOW: LiteralString = "-[r:" + _TYPES + " WHERE " + _NOW_R + "]-"
_LAST_EVER: LiteralString = "-[q:" + _TYPES + " WHERE " + _EVER_Q + "]-"
_LAST_NOW: LiteralString = "-[q:" + _TYPES + " WHERE " + _NOW_Q + "]-"
# The same over judgements too: texts of their own, so that a graph without judgements is walked as fast as ever.
_JUDGED_R: LiteralString = "-[r:SAME_PERSON_AS|" + _TYPES + " WHERE (r.judgement IS NULL OR r.judgement IN $cross) AND "
_JUDGED_Q: LiteralString = "-[q:SAME_PERSON_AS|" + _TYPES + " WHERE (q.judgement IS NULL OR q.judgement IN $cross) AND "
_START: LiteralString = "MATCH path = SHORTEST 1 (a:Party {key: $key})"
_STEP: LiteralString = "(x WHERE NOT coalesce(x.hub, false)))"
_SANCTIONED: LiteralString = "(b:Party WHERE b.sanctioned) "
# What was believed at an earlier position is not in the cache of the present view.
_SANCTIONED_THEN: LiteralString = (
    "(b:Party WHERE EXISTS { (b)<-[i:IMPOSED_ON]-(s) WHERE i.rec_from <= $k AND $k < i.rec_to"
    " AND s.retired IS NULL AND NOT i.digest IN coalesce(s.retired_content, []) }) "
)
_HUB: LiteralString = "(b WHERE b.hub) "
_HITS: LiteralString = """
WITH b, path WHERE b.key <> $key
RETURN b.key AS key, length(path) AS distance,
  [n IN nodes(path) | {key: n.key, labels: labels(n), name: n.name}] AS nodes,
  [f IN relationships(path) | {type: type(f), props: properties(f), start: startNode(f).key, end: endNode(f).key}]
    AS facts
ORDER BY distance, key
LIMIT $limit
"""
_HUBS: LiteralString = """
WITH b, path WHERE b.key <> $key
RETURN b.key AS key, labels(b) AS labels, b.name AS name, b.degree AS degree, length(path) AS distance
ORDER BY distance, key
LIMIT $limit
"""

# Steps before the last one, by depth. A hub at full depth needs no expansion, so hubs are looked for one step less.
_BOUNDS: dict[int, LiteralString] = {2: "{0,1} ()", 3: "{0,2} ()", 4: "{0,3} ()", 5: "{0,4} ()", 6: "{0,5} ()"}


def _texts(step: LiteralString, last: LiteralString, rest: LiteralString) -> dict[int, LiteralString]:
    """One text for each depth. One step has no steps before it, and Neo4j takes no {0,0}."""
    return {1: _START + last + rest} | {k: _START + " (()" + step + _STEP + b + last + rest for k, b in _BOUNDS.items()}


HITS_NOW = _texts(_NOW, _LAST_NOW, _SANCTIONED + _HITS)
HITS_EVER = _texts(_EVER, _LAST_EVER, _SANCTIONED + _HITS)
HITS_NOW_THEN = _texts(_NOW, _LAST_NOW, _SANCTIONED_THEN + _HITS)
HITS_EVER_THEN = _texts(_EVER, _LAST_EVER, _SANCTIONED_THEN + _HITS)
HUBS = _texts(_EVER, _LAST_EVER, _HUB + _HUBS)

_J_NOW, _J_LAST_NOW = _JUDGED_R + _NOW_R + "]-", _JUDGED_Q + _NOW_Q + "]-"
_J_EVER, _J_LAST_EVER = _JUDGED_R + _EVER_R + "]-", _JUDGED_Q + _EVER_Q + "]-"
JUDGED_NOW = _texts(_J_NOW, _J_LAST_NOW, _SANCTIONED + _HITS)
JUDGED_EVER = _texts(_J_EVER, _J_LAST_EVER, _SANCTIONED + _HITS)
JUDGED_NOW_THEN = _texts(_J_NOW, _J_LAST_NOW, _SANCTIONED_THEN + _HITS)
JUDGED_EVER_THEN = _texts(_J_EVER, _J_LAST_EVER, _SANCTIONED_THEN + _HITS)
JUDGED_HUBS = _texts(_J_EVER, _J_LAST_EVER, _HUB + _HUBS)

# Which judgements could be crossed is asked with the position: it costs no question of its own.
POSITION: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
WITH coalesce($k, c.seq, 0) AS k
RETURN k,
  EXISTS { MATCH ()-[r:SAME_PERSON_AS]->() WHERE r.judgement = 'same' AND r.rec_from <= k AND k < r.rec_to } AS same,
  EXISTS { MATCH ()-[r:SAME_PERSON_AS]->() WHERE r.judgement = 'unsure' AND r.rec_from <= k AND k < r.rec_to } AS unsure
"""


def exposure(
    graph: Graph,
    key: str,
    *,
    hops: int = 3,
    as_of: date,
    known_at: date | None = None,
    historical: bool = True,
    include_unconfirmed: bool = False,
    limit: int = MAX_HITS,
    seconds: float = SECONDS,
) -> Answer:
    """Who within `hops` of this party is sanctioned, by which path, how strongly tied, and how old is it?

    Rings: `own` (the party itself, at distance 0), `surrounding` (a path that holds on the day to a sanction in
    force), `historical` (the path or the sanction is over). Distance counts relationships.

    Args:
        hops: 1 to 6.
        include_unconfirmed: walk over judgements `unsure` too; such hits are not `confirmed`.
        as_of: the day for relationships and sanctions; those that begin later do not count.
        known_at: as was known at the end of this day; None: now.
        limit: hits at the most; reaching it is reported.
        seconds: time at the most; using it up is reported.

    Raises:
        BadRequest: hops out of bounds.
    """
    if hops not in HUBS:
        raise BadRequest(f"hops must be from 1 to {MAX_HOPS}, not {hops}")
    known = graph.read(POSITION, k=None if known_at is None else graph.position_on(known_at))[0]
    position, levels = known["k"], _levels(known["same"], include_unconfirmed and known["unsure"])
    party = party_refs(graph, [key]).get(key)
    if party is None:
        return no_party("exposure", as_of, position, [], key)
    asked: dict[str, Any] = {"key": key, "k": position, "day": as_of, "limit": limit + 1}
    cut: list[Cut] = []
    found: dict[str, tuple[Any, bool]] = {}
    try:
        for present, texts, cross in _searches(levels, known_at is not None, historical):
            rows = graph.read(texts[hops], timeout=seconds, **asked, **cross)
            for r in rows[:limit]:
                found.setdefault(r["key"], (r, present))
            if len(rows) > limit:
                cut.append(
                    Cut(
                        reason="limit",
                        detail=f"more than {limit} sanctioned parties; the nearest are shown",
                    )
                )
                break
        if hops > 1:
            hubs, cross = (JUDGED_HUBS, {"cross": levels[-1]}) if levels[-1] else (HUBS, {})
            cut += _hub_cuts(graph.read(hubs[hops - 1], timeout=seconds, **asked, **cross), limit)
    except TimeoutError:
        cut.append(Cut(reason="time", detail=f"the search was ended after {seconds:g} seconds"))
    own = sanctions_on(graph, [key, *found], as_of=as_of, position=position)
    hits = _hits(graph, found, own, position)
    if own.get(key):
        here = NodeRef.of(key, party.label, party.name)
        itself = Hit(party=party, distance=0, ring="own", sanctions=own[key], path=[here], strength=1.0)
        hits.insert(0, itself)
    return Answer(
        question="exposure",
        as_of=as_of,
        known_at=known_at,
        position=position,
        status=_status(own.get(key, []), hits, cut),
        party=party,
        sanctions=own.get(key, []),
        hits=hits,
        cut=cut,
        complete=not cut,
    )


def _levels(same: bool, unsure: bool) -> list[list[str]]:
    """Which judgements may be crossed, surest first: none, those `same`, on request those `unsure` too."""
    return [[], *([["same"]] if same else []), *([["same", "unsure"]] if unsure else [])]


def _searches(
    levels: list[list[str]], then: bool, historical: bool
) -> Iterator[tuple[bool, dict[int, LiteralString], dict[str, Any]]]:
    """(does its path hold on the day, texts, parameters): what holds before what is over, data before judgements."""
    for present in (True, False)[: 2 if historical else 1]:
        for cross in levels:
            if cross:
                judged = (JUDGED_NOW_THEN, JUDGED_EVER_THEN) if then else (JUDGED_NOW, JUDGED_EVER)
                yield present, judged[not present], {"cross": cross}
            else:
                plain = (HITS_NOW_THEN, HITS_EVER_THEN) if then else (HITS_NOW, HITS_EVER)
                yield present, plain[not present], {}


def _status(own: list[SanctionRef], hits: list[Hit], cut: list[Cut]) -> Any:
    present = any(s.status != "ended" for s in own) or any(h.ring == "surrounding" for h in hits)
    if present:
        return "hit"
    return "incomplete" if cut else "clear"


def _hub_cuts(rows: list[Any], limit: int) -> list[Cut]:
    cuts = [
        Cut(
            reason="hub",
            party=NodeRef.of(r["key"], label_of(r["labels"]), r["name"]),
            distance=r["distance"],
            detail=f"has {r['degree']} neighbours: reached, not walked through",
        )
        for r in rows[:limit]
    ]
    if len(rows) > limit:
        cuts.append(Cut(reason="limit", detail=f"more than {limit} hubs were reached"))
    return cuts


def _hits(
    graph: Graph, found: dict[str, tuple[Any, bool]], sanctions: dict[str, list[SanctionRef]], position: int
) -> list[Hit]:
    wanted = {k: v for k, v in found.items() if sanctions.get(k)}
    parties = party_refs(graph, wanted)
    paths = {
        k: [fact_row(f["type"], f["start"], f["end"], f["props"], position=position) for f in r["facts"]]
        for k, (r, _) in wanted.items()
    }
    refs = fact_refs(graph, (f for path in paths.values() for f in path))
    hits = []
    for key, (r, present) in wanted.items():
        in_force = any(s.status != "ended" for s in sanctions[key])
        nodes = [NodeRef.of(n["key"], label_of(n["labels"]), n["name"]) for n in r["nodes"]]
        steps: list[Any] = [nodes[0]]
        for node, fact in zip(nodes[1:], paths[key], strict=True):
            steps += [refs[fact.fact_id], node]
        hits.append(
            Hit(
                party=_party(parties, key, nodes[-1]),
                distance=r["distance"],
                ring="surrounding" if present and in_force else "historical",
                sanctions=sanctions[key],
                path=steps,
                strength=_strength(paths[key]),
                uncertain=_uncertain(paths[key]),
                crosses=[crossing(f) for f in paths[key] if f.type == JUDGED],
                confirmed=all(f.props["judgement"] == "same" for f in paths[key] if f.type == JUDGED),
            )
        )
    return sorted(hits, key=lambda h: (h.ring != "surrounding", h.distance, -h.strength, h.party.key))


def _party(parties: dict[str, PartyRef], key: str, node: NodeRef) -> PartyRef:
    return parties.get(key) or PartyRef(**node.model_dump())


def _strength(path: list[FactRow]) -> float:
    """The product of the weights of the relationships: a plain measure of how tightly the path ties."""
    strength = 1.0
    for fact in path:
        if fact.type == JUDGED:
            strength *= CROSSED[fact.props["judgement"]]
        else:
            strength *= RELATIONSHIP_BY_TYPE[fact.type].WALK or 0.0
    return round(strength, 4)


def _uncertain(path: list[FactRow]) -> list[str]:
    notes = []
    for fact in path:
        if fact.absent_since is not None and fact.until is None:
            notes.append(f"{fact.type} {fact.start} → {fact.end}: no longer stated on {fact.absent_since}")
            continue
        if fact.type == JUDGED:
            continue  # who somebody is has no dates
        unknown = [w for w, d in (("start", fact.since), ("end", fact.until)) if d is None]
        # An open end with a data date is a post still held as far as the source knew.
        if unknown == ["end"] and fact.data_date is not None:
            continue
        if unknown:
            notes.append(f"{fact.type} {fact.start} → {fact.end}: {' and '.join(unknown)} date unknown")
    return notes
