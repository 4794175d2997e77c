"""What an exposure asks of Neo4j: the common query, whole, and what each option puts in the place of which part of it.

`EXPOSURE_HITS` is sent as it stands for the plain question: three steps, a path that holds on the day, no judgement of
the same person. `exposure_query` makes every other one of it by exchanging parts; so the bounds of the walk stay literals.
`creditgraph exposure --explain` prints what would be sent.

Dates, belief and hubs are checked while it walks. `w` and `y` are the nodes before a step, `x` the one behind it, `r` a step,
`q` the last one. A hub `x` is not walked through; the goal `b` may be one. An unknown first or last day is walked.
"""

from functools import lru_cache
from typing import Any, Literal, LiteralString, NamedTuple

from graph_model.walk import MAX_HOPS

EXPOSURE_HITS: LiteralString = """
MATCH path = SHORTEST 1 (a:Party {key: $key})
  ((w)
  -[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
      |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT|SUPPLIES_TO
    WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
      AND (r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)]-
  (x WHERE NOT coalesce(x.hub, false))){0,2} (y)
  -[q:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
      |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT|SUPPLIES_TO
    WHERE q.rec_from <= $k AND $k < q.rec_to AND (q.since IS NULL OR q.since <= $day)
      AND (q.until IS NULL OR q.until > $day) AND (q.absent_since IS NULL OR q.absent_since > $day)]-
  (b:Party WHERE b.sanctioned)
WITH b, path WHERE b.key <> $key
RETURN b.key AS key, length(path) AS distance,
  [n IN nodes(path) | {key: n.key, labels: labels(n), name: n.name}] AS nodes,
  [f IN relationships(path) | {type: type(f), props: properties(f), start: startNode(f).key, end: endNode(f).key}]
    AS facts
ORDER BY distance, key
LIMIT $limit
"""

WALKED: LiteralString = (
    "LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF"
    "|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT|SUPPLIES_TO"
)
"""What is walked there, for other queries: all that the schema calls walkable."""

Exchange = tuple[LiteralString, LiteralString]
"""What stands in the common query, and what comes in its place."""

_HITS_RETURNED: LiteralString = EXPOSURE_HITS[EXPOSURE_HITS.index("WITH b, path") :]
_STEPS: LiteralString = EXPOSURE_HITS[EXPOSURE_HITS.index("(a:Party") : EXPOSURE_HITS.index("\n  -[q:")]
_GOAL: LiteralString = "(b:Party WHERE b.sanctioned)"

_DEPTHS: dict[int, Exchange] = {
    1: (_STEPS, "(y:Party {key: $key})"),  # no steps before the last one, and Neo4j takes no {0,0}
    2: ("{0,2}", "{0,1}"),
    3: ("{0,2}", "{0,2}"),
    4: ("{0,2}", "{0,3}"),
    5: ("{0,2}", "{0,4}"),
    6: ("{0,2}", "{0,5}"),
}
"""By the number of steps; the last one is no part of the repeated ones."""

_EVER: tuple[Exchange, ...] = (
    ("\n      AND (r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)", ""),
    ("\n      AND (q.until IS NULL OR q.until > $day) AND (q.absent_since IS NULL OR q.absent_since > $day)", ""),
)
"""Paths that are over count too."""

# A graph without judgements is walked as fast as ever, for it is asked without these.
_JUDGED: tuple[Exchange, ...] = (
    ("[r:", "[r:SAME_PERSON_AS|"),
    ("[q:", "[q:SAME_PERSON_AS|"),
    ("WHERE r.rec_from", "WHERE (r.judgement IS NULL OR r.judgement IN $cross)\n      AND r.rec_from"),
    ("WHERE q.rec_from", "WHERE (q.judgement IS NULL OR q.judgement IN $cross)\n      AND q.rec_from"),
)
"""Over judgements that two entries are one person too."""

_CHOSEN: tuple[Exchange, ...] = (
    (
        "WHERE (r.judgement",
        "WHERE (type(r) = 'SAME_PERSON_AS' OR type(r) IN $both OR (type(r) IN $along AND startNode(r) = w)\n"
        "        OR (type(r) IN $against AND endNode(r) = w))\n"
        "      AND (r.share_max IS NULL OR r.share_max >= $share)\n      AND (r.judgement",
    ),
    (
        "WHERE (q.judgement",
        "WHERE (type(q) = 'SAME_PERSON_AS' OR type(q) IN $both OR (type(q) IN $along AND startNode(q) = y)\n"
        "        OR (type(q) IN $against AND endNode(q) = y))\n"
        "      AND (q.share_max IS NULL OR q.share_max >= $share)\n      AND (q.judgement",
    ),
)
"""By type, direction and share, as a caller chose; put in after `_JUDGED`."""
_CHOSEN_HUBS: Exchange = (
    "(x WHERE NOT coalesce(x.hub, false))",
    "(x WHERE NOT (coalesce(x.degree, 0) > $cap OR x.hub_tag IS NOT NULL))",
)

_SANCTIONED_THEN: Exchange = (
    _GOAL,
    "(b:Party WHERE EXISTS { (b)<-[i:IMPOSED_ON]-(s) WHERE i.rec_from <= $k AND $k < i.rec_to"
    " AND s.retired IS NULL AND NOT i.digest IN coalesce(s.retired_content, []) })",
)
"""What was believed at an earlier position is not in the cache of the present view."""

EXPOSURE_FILTERED: LiteralString = """EXISTS { (b)<-[i:IMPOSED_ON]-(s) WHERE i.rec_from <= $k AND $k < i.rec_to
    AND s.retired IS NULL AND NOT i.digest IN coalesce(s.retired_content, [])
    AND ($lists = [] OR i.title IN $lists OR any(c IN coalesce(i.codes, []) WHERE c IN $lists))
    AND ($organs = [] OR any(o IN $organs WHERE coalesce(i.authority, '') CONTAINS o))
    AND ($kinds = [] OR coalesce(i.kind, 'penalty') IN $kinds)
    AND ($acts = [] OR any(c IN coalesce(i.acts, []) WHERE c IN $acts))
    AND ($sectors = [] OR any(c IN coalesce(i.sectors, []) WHERE c IN $sectors)) }"""
"""Whether a party has a sanction that is asked for: `queries.party.sanction_filter` says the same of one statement."""

_FILTERED: Exchange = (_GOAL, "(b:Party WHERE b.sanctioned AND " + EXPOSURE_FILTERED + ")")
_FILTERED_THEN: Exchange = (_GOAL, "(b:Party WHERE " + EXPOSURE_FILTERED + ")")

_PATHS: tuple[Exchange, ...] = (
    ("SHORTEST 1", "ALL SHORTEST"),
    (_GOAL, "(b:Party WHERE b.key IN $among)"),
    (
        _HITS_RETURNED,
        """RETURN [n IN nodes(path) | {key: n.key, labels: labels(n), name: n.name}] AS nodes,
  [f IN relationships(path) | {type: type(f), props: properties(f), start: startNode(f).key, end: endNode(f).key}]
    AS facts
LIMIT $paths
""",
    ),
)
_HUBS_RETURNED: Exchange = (
    _HITS_RETURNED,
    """WITH b, path WHERE b.key <> $key
RETURN b.key AS key, labels(b) AS labels, b.name AS name, b.degree AS degree, b.hub_tag AS tag, length(path) AS distance
ORDER BY distance, key
LIMIT $limit
""",
)
_DOUBTED: Exchange = (_GOAL, "(b:Party WHERE b.doubts IS NOT NULL)")
_HUBS: Exchange = (_GOAL, "(b WHERE b.hub)")
_HUBS_CHOSEN: Exchange = (_GOAL, "(b WHERE coalesce(b.degree, 0) > $cap OR b.hub_tag IS NOT NULL)")


class SentStatement(NamedTuple):
    """One statement as it is sent, and what it asks for."""

    purpose: str
    text: LiteralString
    parameters: dict[str, Any]


@lru_cache(maxsize=256)
def exposure_query(
    asked: Literal["hits", "paths", "hubs", "doubts"],
    hops: int,
    *,
    now: bool,
    judged: bool = False,
    chosen: bool = False,
    then: bool = False,
    filtered: bool = False,
) -> LiteralString:
    """The query of one depth.

    Args:
        asked: sanctioned parties with one shortest path each, all shortest paths to some of them, hubs, or
            parties that bear a mark of doubt.
        hops: how many relationships at the most.
        now: a path holds on the day; else those that are over count too.
        judged: judgements that two entries are one person may be crossed.
        chosen: types, directions, a least share or another hub degree were chosen; parameters say which.
        then: as was known at an earlier position.
        filtered: only parties with sanctions of some lists, organs or kinds; parameters say which.
    """
    exchanged: list[Exchange] = [_DEPTHS[hops]]
    if not now:
        exchanged += _EVER
    if judged or chosen:
        exchanged += _JUDGED
    if chosen:
        exchanged += [*_CHOSEN, _CHOSEN_HUBS]
    if asked == "paths":
        exchanged += _PATHS
    elif asked == "hubs":
        exchanged += [_HUBS_CHOSEN if chosen else _HUBS, _HUBS_RETURNED]
    elif asked == "doubts":
        exchanged += [_DOUBTED, _HUBS_RETURNED]
    elif filtered:
        exchanged.append(_FILTERED_THEN if then else _FILTERED)
    elif then:
        exchanged.append(_SANCTIONED_THEN)
    text = EXPOSURE_HITS
    for stands, comes in exchanged:
        # With a single step there are no repeated ones, in which anything could be exchanged.
        text = text.replace(stands, comes)
    return text


HITS_NOW = {hops: exposure_query("hits", hops, now=True) for hops in range(1, MAX_HOPS + 1)}
"""The plain question by depth, as the benchmarks ask it."""
