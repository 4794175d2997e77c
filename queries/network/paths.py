"""How do these parties hang together? Paths between two, what stands next to all, the circle around a list.

Information for an investigator, never a penalty. As in exposure, dates, belief, hubs and types are checked while
Neo4j walks (`SHORTEST`); a hub is reached and reported, and not walked through. The parties asked about are walked from
even when they are hubs.

How dates are read: a relationship that has begun by the day, or whose first day is unknown, is walked; one that is over
on the day, or gone from a snapshot by then, makes a path historical, and is left out on request. What was judged to be
one person (`SAME_PERSON_AS`) is crossed and said; a judgement `unsure` only on request.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.identifiers import KeyedHash
from graph_model.schema import WALKABLE, SamePersonAs
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, AnswerStatus, Cut, FactRef, NodeRef, PartyRef
from queries.network.exposure import strength_of, uncertain_of
from queries.network.exposure_queries import WALKED
from queries.network.ownership import Ownership, ownership
from queries.party.parties import party_refs, resolve
from queries.party.same_person import crossing
from queries.read.facts import fact_row, label_of
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs, path_along


class AskedRef(AnswerShape):
    """A party that was asked about: the one that is meant, or those that may be."""

    party: PartyRef | None = Field(None, description="null: nobody, or several; see candidates")
    candidates: list[PartyRef] = Field([])


class _Between(AnswerShape):
    as_of: date
    known_at: date | None = None
    position: int = Field(description="clock position for which the answer is true")
    status: AnswerStatus
    reason: str | None = Field(None, description="why, in words, when it is not a plain hit or clear")
    types: list[str] = Field(description="relationship types that were walked")
    cut: list[Cut] = Field([])
    complete: bool = True


class PathRef(AnswerShape):
    """A path between two parties: no node stands on it twice. Information, never a penalty."""

    length: int = Field(description="relationships on it")
    historical: bool = Field(description="it rests on a relationship that is over")
    path: list[NodeRef | FactRef]
    beside: list[FactRef] = Field([], description="what else ties two neighbours on it, or says the same")
    strength: float = Field(description="product of the weights of the relationships on the path, 0..1")
    uncertain: list[str] = Field([], description="dates on the path that are not known")
    crosses: list[str] = Field([], description="judgements that two entries are one person, on which the path rests")
    confirmed: bool = Field(True, description="false: the path rests on a judgement that is not sure")


class Paths(_Between):
    """The shortest paths between two parties, or between two groups of parties."""

    question: Literal["paths"] = "paths"
    hops: int
    start: list[AskedRef]
    end: list[AskedRef]
    both: list[PartyRef] = Field([], description="parties that stand in both groups")
    paths: list[PathRef] = Field([])


class CommonRef(AnswerShape):
    """Somebody, or an address, that stands next to all parties asked about."""

    party: PartyRef
    historical: bool = Field(description="to one of them only by relationships that are over")
    facts: list[FactRef]


class Common(_Between):
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


class Circle(_Between):
    """The circle around a list of parties, for a case file."""

    question: Literal["circle"] = "circle"
    hops: int
    asked: list[AskedRef]
    connecting: list[MemberRef] = Field([], description="near at least two of the parties asked about")
    around: list[MemberRef] = Field([], description="near one of them")
    facts: list[FactRef] = Field([], description="relationships among all of these")


JUDGED = SamePersonAs.TYPE
MAX_HOPS = 6
MAX_CIRCLE_HOPS = 3
MAX_PATHS = 100
MAX_ASKED = 50
MAX_COMPARED = 1_000
"""Combinations of relationships that are compared for the paths of one length."""
MAX_NEAR = 20_000
MAX_FACTS = 5_000
SECONDS = 20.0

# Believed at $k, begun by $day, of a type that was asked for; and not over by $day, unless the past is asked for too.
_WALKED_R: LiteralString = (
    "type(r) IN $types AND (r.judgement IS NULL OR r.judgement IN $cross) AND r.rec_from <= $k AND $k < r.rec_to "
    "AND (r.since IS NULL OR r.since <= $day) AND ($past OR "
    "((r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)))"
)
_WALKED_Q: LiteralString = (
    "type(q) IN $types AND (q.judgement IS NULL OR q.judgement IN $cross) AND q.rec_from <= $k AND $k < q.rec_to "
    "AND (q.since IS NULL OR q.since <= $day) AND ($past OR "
    "((q.until IS NULL OR q.until > $day) AND (q.absent_since IS NULL OR q.absent_since > $day)))"
)
_R: LiteralString = "[r:SAME_PERSON_AS|" + WALKED + " WHERE " + _WALKED_R + "]"
_Q: LiteralString = "[q:SAME_PERSON_AS|" + WALKED + " WHERE " + _WALKED_Q + "]"
_FROM: LiteralString = """
UNWIND $from AS start
MATCH (a:Party {key: start})
USING INDEX SEEK a:Party(key)
"""
_TO: LiteralString = """
UNWIND $to AS end
MATCH (b:Party {key: end})
USING INDEX SEEK b:Party(key)
"""
_THROUGH: LiteralString = "(x WHERE NOT coalesce(x.hub, false) AND NOT x.key IN $ends)"
# Steps before the last one, by depth; Neo4j takes no {0,0}.
_STEPS: dict[int, LiteralString] = {
    1: "",
    2: "(()-" + _R + "-" + _THROUGH + "){0,1} ()",
    3: "(()-" + _R + "-" + _THROUGH + "){0,2} ()",
    4: "(()-" + _R + "-" + _THROUGH + "){0,3} ()",
    5: "(()-" + _R + "-" + _THROUGH + "){0,4} ()",
    6: "(()-" + _R + "-" + _THROUGH + "){0,5} ()",
}
# The number of paths is a literal in Cypher: it is MAX_COMPARED.
BETWEEN: dict[int, LiteralString] = {
    hops: _FROM
    + _TO
    + "MATCH path = SHORTEST 1000 (a)"
    + steps
    + "-"
    + _Q
    + "-(b) RETURN [n IN nodes(path) | n.key] AS keys, [f IN relationships(path) | "
    + "[coalesce(f.until <= $day, false) OR coalesce(f.absent_since <= $day, false), f.fact_id]] AS facts, "
    + "length(path) AS length ORDER BY length LIMIT 1000"
    for hops, steps in _STEPS.items()
}
HUBS: dict[int, LiteralString] = {
    hops: _FROM
    + "MATCH path = SHORTEST 1 (a)"
    + steps
    + "-"
    + _Q
    + "-(b WHERE b.hub AND NOT b.key IN $ends) "
    + "RETURN b.key AS key, labels(b) AS labels, b.name AS name, b.degree AS degree, min(length(path)) AS distance "
    + "ORDER BY distance, key LIMIT $limit"
    for hops, steps in _STEPS.items()
}
NEAR: dict[int, LiteralString] = {
    hops: _FROM
    + "MATCH path = SHORTEST 1 (a)"
    + _STEPS[hops]
    + "-"
    + _Q
    + "-(b) WITH start, b, length(path) AS distance WHERE b.key <> start "
    + "RETURN b.key AS key, labels(b) AS labels, b.name AS name, coalesce(b.hub, false) AS hub, b.degree AS degree, "
    + "distance, start ORDER BY distance, key, start LIMIT $limit"
    for hops in range(1, MAX_CIRCLE_HOPS + 1)
}
COMMON: LiteralString = (
    _FROM
    + "MATCH (a)-"
    + _Q
    + """-(b) WHERE NOT b.key IN $from
WITH b, count(DISTINCT a) AS sides
WHERE sides = size($from)
RETURN b.key AS key, labels(b) AS labels, b.name AS name, coalesce(b.hub, false) AS hub, b.degree AS degree
ORDER BY key LIMIT $limit
"""
)
TIES: LiteralString = (
    """
UNWIND $ties AS tie
MATCH (a:Party {key: tie.key})
USING INDEX SEEK a:Party(key)
MATCH (a)-"""
    + _Q
    + """->(b)
WHERE b.key IN coalesce(tie.others, $among) AND a <> b
RETURN type(q) AS type, properties(q) AS props, a.key AS start, labels(a) AS start_labels, a.name AS start_name,
  b.key AS end, labels(b) AS end_labels, b.name AS end_name
ORDER BY props.fact_id LIMIT $limit
"""
)


@one_moment
def paths(
    graph: Graph,
    start: Sequence[str],
    end: Sequence[str],
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    hops: int = 4,
    limit: int = 10,
    types: Sequence[str] = WALKABLE,
    historical: bool = True,
    include_unconfirmed: bool = False,
    groups: bool = False,
    hash: KeyedHash | None = None,
    seconds: float = SECONDS,
) -> Paths:
    """By which paths does one party, or group of parties, hang together with another?

    The shortest paths, shortest first, then by the ids of their facts. A path passes no party that was asked about, and
    no node twice. Where several facts tie the same two neighbours, one that holds on the day stands on the path, and
    the others beside it; so two paths differ in whom they pass. `hit` means that there is a path, a historical one too.

    Args:
        start: keys, numbers or full names: the one group.
        end: the other group; whoever is in both is told in `both`.
        hops: 1 to 6 relationships.
        limit: paths at the most, 1 to 100; reaching it is reported.
        types: relationship types to walk, out of those that exposure walks.
        historical: also over relationships that are over.
        include_unconfirmed: also over judgements `unsure` of the same person; such paths are not `confirmed`.
        groups: each party stands for the companies under the same control too (`ownership`).
        seconds: time at the most; using it up is reported.

    Raises:
        BadRequest: bounds, an unknown type, nobody or too many asked about, or one and the same party twice.
    """
    _check(hops, MAX_HOPS, types)
    if not 1 <= limit <= MAX_PATHS:
        raise BadRequest(f"limit must be from 1 to {MAX_PATHS}, not {limit}")
    search = _Search(graph, Moment.of(graph, as_of, known_at), types, historical, include_unconfirmed, seconds)
    one, other = named(graph, start, hash), named(graph, end, hash)
    envelope: dict[str, Any] = {**search.envelope(), "hops": hops, "start": one, "end": other}
    if lost := _lost([*one, *other]):
        return Paths(**envelope, **lost)
    first, last = _keys(one), _keys(other)
    if first == last and len(first) == 1:
        raise BadRequest("both names mean one and the same party")
    if groups:
        first, last = (_with_group(search, keys) for keys in (first, last))
    shared = [key for key in first if key in last]
    search.ends = sorted({*first, *last})
    first, last = ([key for key in keys if key not in shared] for keys in (first, last))
    found = search.between(first, last, hops, limit)
    shown = _paths(search, found[:limit])
    both = list(party_refs(graph, shared).values())
    if len(found) > limit:
        search.cut.append(Cut(reason="limit", detail=f"there are more than {limit} paths; the shortest are shown"))
    search.hubs_between(first, last, hops)
    return Paths(**envelope, **search.outcome(bool(shown or both)), paths=shown, both=both)


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
    seconds: float = SECONDS,
) -> Common:
    """Who, or which address, stands next to each of these parties, and by which relationships?

    One relationship away from every one of them, by key; whether that one is a hub is told. No judgement of the same
    person is crossed here: `paths` and `circle` do that.

    Raises:
        BadRequest: fewer than two parties or too many, an unknown type.
    """
    _check(1, 1, types)
    search = _Search(graph, Moment.of(graph, as_of, known_at), types, historical, None, seconds)
    who = named(graph, asked, hash)
    envelope: dict[str, Any] = {**search.envelope(), "asked": who}
    if lost := _lost(who):
        return Common(**envelope, **lost)
    keys = _several(who)
    rows = search.read(COMMON, limit=limit + 1, **{"from": keys})
    if len(rows) > limit:
        search.cut.append(Cut(reason="limit", detail=f"there are more than {limit}; the first by key are shown"))
    near = _parties(graph, rows[:limit])
    ties = {key: [*keys, *near] for key in keys} | dict.fromkeys(near, keys)
    facts, _ = search.ties(ties)
    refs = fact_refs(graph, facts)
    found = []
    for key, party in near.items():
        mine = [f for f in facts if key in (f.start, f.end)]
        held = {end for f in mine if _holds(f, search.as_of) for end in (f.start, f.end)}
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
    seconds: float = SECONDS,
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
    _check(hops, MAX_CIRCLE_HOPS, types)
    search = _Search(graph, Moment.of(graph, as_of, known_at), types, historical, include_unconfirmed, seconds)
    who = named(graph, asked, hash)
    envelope: dict[str, Any] = {**search.envelope(), "hops": hops, "asked": who}
    if lost := _lost(who):
        return Circle(**envelope, **lost)
    keys = _keys(who)
    rows = search.read(NEAR[hops], limit=MAX_NEAR + 1, **{"from": keys})
    if len(rows) > MAX_NEAR:
        search.cut.append(Cut(reason="limit", detail=f"more than {MAX_NEAR} are near; the nearest were looked at"))
    near: dict[str, dict[str, int]] = defaultdict(dict)
    about: dict[str, Any] = {}
    for r in rows[:MAX_NEAR]:
        if r["key"] not in keys:
            near[r["key"]][r["start"]] = r["distance"]
        about.setdefault(r["key"], r)
    search.hub_cuts(r for r in about.values() if r["hub"] and r["distance"] < hops)
    ranked = sorted(near, key=lambda k: (-len(near[k]), sum(near[k].values()), k))
    if len(ranked) > limit:
        search.cut.append(Cut(reason="limit", detail=f"{limit} of {len(ranked)} parties and addresses are shown"))
    parties = _parties(graph, [about[key] for key in ranked[:limit]])
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


def named(graph: Graph, texts: Sequence[str], hash: KeyedHash | None = None) -> list[AskedRef]:
    """Whom each key, number or full name means, in the order asked. A part of a name is never taken for somebody.

    Raises:
        BadRequest: nobody, or more than 50, asked about.
    """
    if not 1 <= len(texts) <= MAX_ASKED:
        raise BadRequest(f"ask about 1 to {MAX_ASKED} parties, not {len(texts)}")
    out = []
    for text in texts:
        party, candidates = resolve(graph, text, hash=hash)
        out.append(AskedRef(party=party, candidates=candidates))
    return out


class _Search:
    """What one question asks of Neo4j, how long it may still take, and what had to be cut."""

    def __init__(
        self,
        graph: Graph,
        moment: Moment,
        types: Sequence[str],
        past: bool,
        unsure: bool | None,
        seconds: float,
    ) -> None:
        self.graph, self.moment, self.seconds = graph, moment, seconds
        self.as_of, self.position = moment.as_of, moment.position
        self.walked = sorted(set(types))
        crossed = [] if unsure is None else [JUDGED]
        self.asked: dict[str, Any] = {"k": self.position, "day": self.as_of, "past": past}
        self.asked |= {"types": [*self.walked, *crossed], "cross": ["same", "unsure"] if unsure else ["same"]}
        self.ends: list[str] = []
        self.cut: list[Cut] = []
        self.until = time.monotonic() + seconds

    def envelope(self) -> dict[str, Any]:
        known = {"known_at": self.moment.known_at, "position": self.position}
        return {"as_of": self.as_of, **known, "types": self.walked}

    def outcome(self, found: bool) -> dict[str, Any]:
        status = "hit" if found else "incomplete" if self.cut else "clear"
        return {"status": status, "cut": self.cut, "complete": not self.cut}

    def read(self, query: LiteralString, **more: Any) -> list[Any]:
        """Rows; none when the time is over, which is reported once."""
        left = self.until - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            return self.graph.read(query, timeout=left, **self.asked, ends=self.ends, **more)
        except TimeoutError:
            if not any(c.reason == "time" for c in self.cut):
                self.cut.append(Cut(reason="time", detail=f"the search was ended after {self.seconds:g} seconds"))
            return []

    def between(self, first: list[str], last: list[str], hops: int, limit: int) -> list[tuple[str, ...]]:
        """The nodes of the paths, shortest first; more than `limit` of them only to know that there are more.

        One step deeper at a time: all paths of a length are there before the next length is looked for, so that which
        of them come first does not depend on the store.
        """
        found: dict[tuple[str, ...], Any] = {}
        for depth in range(1, hops + 1):
            rows = self.read(BETWEEN[depth], **{"from": first, "to": last}) if first and last else []
            for r in rows:
                keys = tuple(r["keys"])
                # A trail may come back to a node by a parallel relationship: that is no path.
                if len(set(keys)) == len(keys):
                    found[keys] = min(found.get(keys, r["facts"]), r["facts"])
            if len(rows) >= MAX_COMPARED:
                detail = f"{MAX_COMPARED} or more combinations of relationships make paths of up to {depth} steps; "
                self.cut.append(Cut(reason="limit", detail=detail + "not all of that length were compared"))
            if len(rows) >= MAX_COMPARED or len(found) > limit:
                break
        return sorted(found, key=lambda keys: (len(keys), [fact for _, fact in found[keys]]))

    def hubs_between(self, first: list[str], last: list[str], hops: int) -> None:
        """Hubs through which a path may go, that was therefore not found: near enough to both sides, taken together."""
        if hops < 2 or not first or not last:
            return
        most = {"limit": MAX_COMPARED + 1}
        here = {r["key"]: r for r in self.read(HUBS[hops - 1], **{"from": first}, **most)}
        there = {r["key"]: r for r in self.read(HUBS[hops - 1], **{"from": last}, **most)} if here else {}
        if max(len(here), len(there)) > MAX_COMPARED:
            self.cut.append(Cut(reason="limit", detail=f"more than {MAX_COMPARED} hubs were reached"))

        def may_meet(a: Any, b: Any) -> bool:
            return a["distance"] + b["distance"] + (a["key"] != b["key"]) <= hops

        met = [a for a in here.values() if any(may_meet(a, b) for b in there.values())]
        met += [b for b in there.values() if b["key"] not in here and any(may_meet(a, b) for a in here.values())]
        self.hub_cuts(met)

    def hub_cuts(self, rows: Iterable[Any]) -> None:
        self.cut += [
            Cut(
                reason="hub",
                party=NodeRef.of(r["key"], label_of(r["labels"]), r["name"]),
                distance=r["distance"],
                detail=f"has {r['degree']} neighbours: reached, not walked through",
            )
            for r in rows
        ]

    def ties(self, wanted: dict[str, Any]) -> tuple[list[FactRow], dict[str, NodeRef]]:
        """The relationships among nodes in the order of their ids, and the nodes that they tie.

        Args:
            wanted: key → keys of the others; None: all of these keys. Everything walked begins at a party, so each
                pair is to be named from both sides.
        """
        facts: list[FactRow] = []
        nodes: dict[str, NodeRef] = {}
        ties = [{"key": key, "others": others} for key, others in wanted.items()]
        for r in self.read(TIES, ties=ties, among=list(wanted), limit=MAX_FACTS + 1):
            facts.append(fact_row(r["type"], r["start"], r["end"], r["props"], position=self.position))
            for end in ("start", "end"):
                nodes[r[end]] = NodeRef.of(r[end], label_of(r[f"{end}_labels"]), r[f"{end}_name"])
        if len(facts) > MAX_FACTS:
            self.cut.append(Cut(reason="limit", detail=f"only {MAX_FACTS} relationships are shown"))
        return facts[:MAX_FACTS], nodes


def _check(hops: int, most: int, types: Sequence[str]) -> None:
    if not 1 <= hops <= most:
        raise BadRequest(f"hops must be from 1 to {most}, not {hops}")
    unknown = [t for t in types if t not in WALKABLE]
    if unknown or not types:
        raise BadRequest(f"{', '.join(unknown) or 'no type'} cannot be walked; choose from {', '.join(WALKABLE)}")


def _lost(asked: Sequence[AskedRef]) -> dict[str, Any] | None:
    """The outcome when somebody asked about is not known, or not exactly one party."""
    if all(a.party for a in asked):
        return None
    ambiguous = any(a.candidates for a in asked if a.party is None)
    return {
        "status": "ambiguous" if ambiguous else "unknown",
        "complete": False,
        "reason": (
            "not every name means exactly one party; ask again with the key, number or full name of a candidate"
            if ambiguous
            else "no party has this key, number or name"
        ),
    }


def _keys(asked: Sequence[AskedRef]) -> list[str]:
    return list(dict.fromkeys(a.party.key for a in asked if a.party))


def _several(asked: Sequence[AskedRef]) -> list[str]:
    keys = _keys(asked)
    if len(keys) < 2:
        raise BadRequest("ask about two different parties at least")
    return keys


def _with_group(search: _Search, keys: list[str]) -> list[str]:
    """These parties, and whoever stands under the same control, as far as there is room."""
    wide = list(keys)
    for key in keys:
        if party_refs(search.graph, [key])[key].label == "Person":
            continue  # a person is in no group of companies; those he controls are tied to him
        owned: Ownership = ownership(search.graph, key, as_of=search.moment, group=True)
        wide += [*(head.key for head in owned.heads), *(m.party.key for m in owned.group)]
        search.cut += owned.cut
    wide = list(dict.fromkeys(wide))
    if len(wide) > MAX_ASKED:
        search.cut.append(Cut(reason="limit", detail=f"a group has {len(wide)} parties; {MAX_ASKED} were asked about"))
    return wide[:MAX_ASKED]


def _holds(fact: FactRow, day: date) -> bool:
    return (fact.until is None or fact.until > day) and (fact.absent_since is None or fact.absent_since > day)


def _paths(search: _Search, found: Sequence[tuple[str, ...]]) -> list[PathRef]:
    beside: dict[str, list[str]] = defaultdict(list)
    for one, other in {pair for keys in found for pair in pairwise(keys)}:
        beside[one].append(other)
        beside[other].append(one)
    rows, nodes = search.ties(beside)
    ties: dict[frozenset[str], list[FactRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda f: (not _holds(f, search.as_of), f.fact_id)):
        ties[frozenset((row.start, row.end))].append(row)
    refs = fact_refs(search.graph, rows)
    out = []
    for keys in found:
        steps = [ties[frozenset(pair)] for pair in pairwise(keys)]
        if all(steps):  # else the time was over, which is reported
            out.append(_path(keys, steps, nodes, refs, search.as_of))
    return out


def _path(
    keys: tuple[str, ...], steps: list[list[FactRow]], nodes: dict[str, NodeRef], refs: dict[str, FactRef], day: date
) -> PathRef:
    walked = [step[0] for step in steps]
    return PathRef(
        length=len(walked),
        historical=not all(_holds(f, day) for f in walked),
        path=path_along(nodes, refs, keys[0], walked),
        beside=[refs[f.fact_id] for step in steps for f in step[1:]],
        strength=strength_of(walked),
        uncertain=uncertain_of(walked),
        crosses=[crossing(f) for f in walked if f.type == JUDGED],
        confirmed=all(f.props["judgement"] == "same" for f in walked if f.type == JUDGED),
    )


def _parties(graph: Graph, rows: Sequence[Any]) -> dict[str, PartyRef]:
    """Parties and addresses as found, in their order."""
    known = party_refs(graph, [r["key"] for r in rows])
    return {
        r["key"]: known.get(r["key"])
        or PartyRef.model_validate(
            {k: r[k] for k in ("key", "name", "hub", "degree")} | {"label": label_of(r["labels"])}
        )
        for r in rows
    }
