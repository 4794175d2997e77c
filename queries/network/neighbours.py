"""Who stands next to all of these parties, and who is in the circle around them? Information, never a penalty."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.identifiers import KeyedHash
from graph_model.schema import WALKABLE
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, Cut, FactRef, PartyRef
from queries.network.path_search import (
    FROM_EACH,
    LAST_STEP,
    PATH_SECONDS,
    STEPS_BEFORE,
    AskedRef,
    BetweenParties,
    PathSearch,
    check_walk,
    holds_on,
    keys_asked,
    named,
    not_each_one,
)
from queries.party.parties import party_refs
from queries.read.facts import label_of
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs


class CommonRef(AnswerShape):
    """Somebody, or an address, that stands next to all parties asked about."""

    party: PartyRef
    historical: bool = Field(description="to one of them only by relationships that are over")
    facts: list[FactRef]


class Common(BetweenParties):
    """Who stands next to each of these parties, by which relationships?"""

    question: Literal["common"] = "common"
    asked: list[AskedRef]
    common: list[CommonRef] = Field([])
    direct: list[FactRef] = Field([], description="relationships among the parties asked about")


class MemberRef(AnswerShape):
    """Somebody, or an address, near a party that was asked about."""

    party: PartyRef
    distance: int = Field(description="relationships to the nearest party asked about")
    near: list[str] = Field(description="keys of the parties asked about to which it is near")


class Circle(BetweenParties):
    """The circle around a list of parties, for a case file."""

    question: Literal["circle"] = "circle"
    hops: int
    asked: list[AskedRef]
    connecting: list[MemberRef] = Field([], description="near at least two of the parties asked about")
    around: list[MemberRef] = Field([], description="near one of them")
    facts: list[FactRef] = Field([], description="relationships among all of these")


MAX_CIRCLE_HOPS = 3
MAX_NEAR = 20_000

NEAR: dict[int, LiteralString] = {
    hops: FROM_EACH
    + "MATCH path = SHORTEST 1 (a)"
    + STEPS_BEFORE[hops]
    + "-"
    + LAST_STEP
    + "-(b) WITH start, b, length(path) AS distance WHERE b.key <> start "
    + "RETURN b.key AS key, labels(b) AS labels, b.name AS name, coalesce(b.hub, false) AS hub, b.degree AS degree, "
    + "b.hub_tag AS tag, distance, start ORDER BY distance, key, start LIMIT $limit"
    for hops in range(1, MAX_CIRCLE_HOPS + 1)
}

COMMON: LiteralString = (
    FROM_EACH
    + "MATCH (a)-"
    + LAST_STEP
    + """-(b) WHERE NOT b.key IN $from
WITH b, count(DISTINCT a) AS sides
WHERE sides = size($from)
RETURN b.key AS key, labels(b) AS labels, b.name AS name, coalesce(b.hub, false) AS hub, b.degree AS degree
ORDER BY key LIMIT $limit
"""
)


@one_moment
def common(
    graph: Graph,
    asked: Sequence[str],
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    limit: int = 200,
    types: Sequence[str] = WALKABLE,
    historical: bool = True,
    hash: KeyedHash | None = None,
    seconds: float = PATH_SECONDS,
) -> Common:
    """Who, or which address, stands next to each of these parties, and by which relationships?

    One relationship away from every one of them, by key; whether that one is a hub is told. No judgement of the same
    person is crossed here: `paths` and `circle` do that.

    Args:
        asked: keys, numbers or full names.
        limit: parties at the most; reaching it is reported.
        types: relationship types that count, out of those that exposure walks.
        historical: also relationships that are over.
        seconds: time at the most; using it up is reported.

    Raises:
        BadRequest: fewer than two parties or too many, an unknown type.
    """
    check_walk(1, 1, types)
    search = PathSearch(graph, Moment.of(graph, as_of, known_at), types, historical, None, seconds)
    who = named(graph, asked, hash, search.moment)
    envelope: dict[str, Any] = {**search.envelope(), "asked": who}
    if lost := not_each_one(who):
        return Common(**envelope, **lost)
    keys = _several(who)
    rows = search.read(COMMON, limit=limit + 1, **{"from": keys})
    if len(rows) > limit:
        search.cut.append(Cut(reason="limit", detail=say("limit_by_key", limit=limit)))
    near = _parties(graph, rows[:limit], search.moment)
    ties = {key: [*keys, *near] for key in keys} | dict.fromkeys(near, keys)
    facts, _ = search.ties(ties)
    refs = fact_refs(graph, facts)
    found = []
    for key, party in near.items():
        mine = [f for f in facts if key in (f.start, f.end)]
        held = {end for f in mine if holds_on(f, search.as_of) for end in (f.start, f.end)}
        shown = [refs[f.fact_id] for f in mine]
        found.append(CommonRef(party=party, historical=not held.issuperset(keys), facts=shown))
    direct = [refs[f.fact_id] for f in facts if f.start in keys and f.end in keys]
    return Common(**envelope, **search.outcome(bool(found or direct)), common=found, direct=direct)


@one_moment
def circle(
    graph: Graph,
    asked: Sequence[str],
    *,
    hops: int = 1,
    as_of: date | Moment,
    known_at: date | None = None,
    limit: int = 200,
    types: Sequence[str] = WALKABLE,
    historical: bool = True,
    include_unconfirmed: bool = False,
    hash: KeyedHash | None = None,
    seconds: float = PATH_SECONDS,
) -> Circle:
    """Who is around these parties, who connects at least two of them, and how does all of that hang together?

    Everybody within `hops` relationships of at least one of them; those near several come first, nearest to most.
    `facts` are the relationships among the parties asked about and all who are shown.

    Args:
        hops: 1 to 3 relationships from each party.
        limit: parties and addresses at the most, besides those asked about; reaching it is reported.

    Raises:
        BadRequest: hops out of bounds, nobody or too many asked about, an unknown type.
    """
    check_walk(hops, MAX_CIRCLE_HOPS, types)
    search = PathSearch(graph, Moment.of(graph, as_of, known_at), types, historical, include_unconfirmed, seconds)
    who = named(graph, asked, hash, search.moment)
    envelope: dict[str, Any] = {**search.envelope(), "hops": hops, "asked": who}
    if lost := not_each_one(who):
        return Circle(**envelope, **lost)
    keys = keys_asked(who)
    rows = search.read(NEAR[hops], limit=MAX_NEAR + 1, **{"from": keys})
    if len(rows) > MAX_NEAR:
        search.cut.append(Cut(reason="limit", detail=say("limit_near", limit=MAX_NEAR)))
    near: dict[str, dict[str, int]] = defaultdict(dict)
    about: dict[str, Any] = {}
    for r in rows[:MAX_NEAR]:
        if r["key"] not in keys:
            near[r["key"]][r["start"]] = r["distance"]
        about.setdefault(r["key"], r)
    search.hub_cuts(r for r in about.values() if r["hub"] and r["distance"] < hops)
    ranked = sorted(near, key=lambda k: (-len(near[k]), sum(near[k].values()), k))
    if len(ranked) > limit:
        search.cut.append(Cut(reason="limit", detail=say("limit_circle", limit=limit, total=len(ranked))))
    parties = _parties(graph, [about[key] for key in ranked[:limit]], search.moment)
    members = [
        MemberRef(party=party, distance=min(near[key].values()), near=[k for k in keys if k in near[key]])
        for key, party in parties.items()
    ]
    facts, _ = search.ties(dict.fromkeys([*keys, *parties]))
    refs = fact_refs(graph, facts)
    return Circle(
        **envelope,
        **search.outcome(bool(members or facts)),
        connecting=[m for m in members if len(m.near) > 1],
        around=[m for m in members if len(m.near) == 1],
        facts=[refs[f.fact_id] for f in facts],
    )


def _several(asked: Sequence[AskedRef]) -> list[str]:
    keys = keys_asked(asked)
    if len(keys) < 2:
        raise BadRequest("ask about two different parties at least")
    return keys


def _parties(graph: Graph, rows: Sequence[Any], moment: Moment) -> dict[str, PartyRef]:
    """Parties and addresses as found, in their order."""
    known = party_refs(graph, [r["key"] for r in rows], moment)
    return {
        r["key"]: known.get(r["key"])
        or PartyRef.model_validate(
            {k: r[k] for k in ("key", "name", "hub", "degree")} | {"label": label_of(r["labels"])}
        )
        for r in rows
    }
