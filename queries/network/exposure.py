"""Who near this party is sanctioned, and by which path? Information for an investigator, never a penalty.

The question is asked of a reader: the graph itself (`LiveExposure`) or a copy of it (`queries.projection`). Both give the
same answer. Live, one query does it (`queries.network.exposure_queries`): `SHORTEST` over a pattern that checks hubs, dates
and belief while it walks. Nothing is cut in silence: hubs that were reached and not walked through, limits and time are
listed, and the answer is then not complete.

How unknown dates are read: a relationship whose first or last day is unknown is walked, and the hit names it in
`uncertain`. So is a holding of which it is not known whether it reaches the share asked for.

Two entries that somebody judged to be one person (`SAME_PERSON_AS`) are one step apart. A path that needs no judgement
goes before one that does; a hit whose path crosses one names it in `crosses`, and is not `confirmed` when the judgement
is `unsure`, which is walked only on request. What nobody judged, or judged `different`, is never walked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from math import prod
from typing import Any, Literal, NamedTuple, Protocol

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.hubs import why_hub
from graph_model.schema import BRANCH_NAME, CROSSED, HUB_DEGREE, RELATIONSHIP_BY_TYPE
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.walk import JUDGED, Steps, Walk
from queries.answers import Answer, Cut, FactRef, Hit, NodeRef, PartyRef, SanctionRef, overall_status
from queries.network.exposure_queries import SentStatement, exposure_query
from queries.party.doubts import doubt_cuts
from queries.party.parties import no_party, party_refs, sanctions_on, standing_status, term_cuts, unofficial_cut
from queries.party.sanction_filter import EVERYTHING, SanctionFilter
from queries.read.facts import crossing, fact_row, label_of
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs, path_along

MAX_HITS = 1_000
MAX_HIT_PATHS = 50
MAX_DOUBTS = 20
"""Parties with records that were not linked, told of one answer."""
SHOWN_PATHS = 3
EXPOSURE_SECONDS = 20.0
ALL_PATHS = 5_000
"""Shortest paths that the graph itself is asked for, of all hits together."""


@dataclass
class Reached:
    """What one search found. The steps lead to the hits that were not in `known`."""

    hits: list[tuple[str, int]]
    """Key and distance, nearest first, then by key."""
    more: bool = False
    """There are more hits than were asked for."""
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    facts: dict[str, FactRow] = field(default_factory=dict)
    nodes: dict[str, NodeRef] = field(default_factory=dict)
    whole: bool = True
    """All shortest paths are in the steps."""
    cut: Cut | None = None

    @cached_property
    def weights(self) -> dict[str, float]:
        """How strongly each fact ties."""
        return {f.fact_id: weight_of(f) for f in self.facts.values()}


@dataclass
class HubRow:
    """A node that was reached and not walked through."""

    node: NodeRef
    degree: int | None
    tag: str | None
    distance: int


class ExposureSearch(NamedTuple):
    """What one search of an exposure asks for: near whom, how far, on which day."""

    key: str
    walk: Walk
    day: date
    cross: tuple[str, ...]
    """Judgements of the same person that may be crossed."""
    limit: int
    now: bool = False
    """The path holds on the day; else at any time up to it."""
    only: SanctionFilter = EVERYTHING


class ExposureReader(Protocol):
    """Where an exposure is read from. All of it is as known at `position`."""

    @property
    def position(self) -> int:
        """Clock position for which the answers are true."""
        ...

    @property
    def judgements(self) -> tuple[bool, bool]:
        """Is anybody judged to be the same person, is anybody `unsure`?"""
        ...

    @property
    def doubted(self) -> bool:
        """Does any party bear a mark of doubt?"""
        ...

    @property
    def explored(self) -> int | None:
        """Nodes looked at so far; None when that is not counted."""
        ...

    def parties(self, keys: Iterable[str], day: date) -> dict[str, PartyRef]:
        """Parties by key, with what they are on a day."""
        ...

    def search(self, asked: ExposureSearch, known: Iterable[str]) -> Reached:
        """The parties within reach with sanctions that are asked for; no paths to those `known`. Raises TimeoutError."""
        ...

    def hubs(self, asked: ExposureSearch) -> list[HubRow]:
        """The hubs within reach, at all dates, nearest first. Raises TimeoutError."""
        ...

    def doubts(self, asked: ExposureSearch) -> list[tuple[NodeRef, int]]:
        """The parties within reach that bear a mark of doubt, at all dates, nearest first. Raises TimeoutError."""
        ...

    def sanctions(self, keys: Sequence[str], day: date) -> dict[str, list[SanctionRef]]:
        """The sanctions of each party that have begun by a day."""
        ...

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        """Facts by id, ready to be shown."""
        ...


class LiveExposure:
    """The graph itself."""

    explored = None

    def __init__(self, graph: Graph, moment: Moment, seconds: float) -> None:
        self.graph, self.moment, self.seconds = graph, moment, seconds
        self.position, self.judgements, self.doubted = moment.position, moment.judgements, moment.doubts

    def parties(self, keys: Iterable[str], day: date) -> dict[str, PartyRef]:
        """As `ExposureReader`."""
        return party_refs(self.graph, keys, replace(self.moment, as_of=day))

    def _parameters(self, asked: ExposureSearch, limit: int) -> dict[str, Any]:
        walk = asked.walk
        sent: dict[str, Any] = {"key": asked.key, "k": self.position, "day": asked.day, "limit": limit}
        if asked.cross or not walk.plain:
            sent["cross"] = list(asked.cross)
        if not walk.plain:
            sent |= {"both": list(walk.both), "along": list(walk.along), "against": list(walk.against)}
            sent |= {"share": walk.min_share, "cap": walk.hub_degree}
        return sent

    def _read(self, sent: SentStatement) -> list[Any]:
        return self.graph.read(sent.text, timeout=self.seconds, **sent.parameters)

    def hits_sent(self, asked: ExposureSearch) -> SentStatement:
        """What `search` asks first: who is sanctioned, with one shortest path to each."""
        walk, only = asked.walk, asked.only
        form: dict[str, Any] = {"now": asked.now, "judged": bool(asked.cross), "chosen": not walk.plain}
        text = exposure_query("hits", walk.hops, **form, then=self.moment.known_at is not None, filtered=bool(only))
        when = "on the day" if asked.now else "at any time up to the day"
        across = f", across judgements {' and '.join(asked.cross)}" if asked.cross else ""
        purpose = f"sanctioned parties within {walk.hops}, by a path that holds {when}{across}"
        sent = self._parameters(asked, asked.limit + 1)
        return SentStatement(purpose, text, sent | only.parameters if only else sent)

    def paths_sent(self, asked: ExposureSearch, among: list[str]) -> SentStatement:
        """What `search` asks then: all shortest paths to those that no search before it has found."""
        walk = asked.walk
        text = exposure_query("paths", walk.hops, now=asked.now, judged=bool(asked.cross), chosen=not walk.plain)
        sent = self._parameters(asked, asked.limit + 1) | {"among": among, "paths": ALL_PATHS + 1}
        return SentStatement("all shortest paths to those of them that are new ($among)", text, sent)

    def hubs_sent(self, asked: ExposureSearch) -> SentStatement:
        """What `hubs` asks. A hub at full depth needs no step behind it, so they are looked for one step less."""
        return self._any_time("hubs", asked, asked.walk.hops - 1, "hubs that are reached, and not walked through")

    def doubts_sent(self, asked: ExposureSearch) -> SentStatement:
        """What `doubts` asks, where any party bears a mark."""
        return self._any_time("doubts", asked, asked.walk.hops, "parties with records that were not linked to them")

    def _any_time(
        self, goal: Literal["hubs", "doubts"], asked: ExposureSearch, hops: int, purpose: str
    ) -> SentStatement:
        text = exposure_query(goal, hops, now=False, judged=bool(asked.cross), chosen=not asked.walk.plain)
        return SentStatement(purpose, text, self._parameters(asked, asked.limit))

    def search(self, asked: ExposureSearch, known: Iterable[str]) -> Reached:
        """As `ExposureReader`."""
        limit = asked.limit
        rows = self._read(self.hits_sent(asked))
        reached = Reached([(r["key"], r["distance"]) for r in rows[:limit]], more=len(rows) > limit)
        known = set(known)
        new = [r for r in rows[:limit] if r["key"] not in known]
        if not new:
            return reached
        try:
            ways = self._read(self.paths_sent(asked, [r["key"] for r in new]))
        except TimeoutError:
            ways = None
        if ways is None or len(ways) > ALL_PATHS:
            ways, reached.whole = new, False
            detail = say("not_all_paths", limit=f"{ALL_PATHS:,}")
            reached.cut = Cut(reason="paths", detail=detail)
        for row in ways:
            nodes = [NodeRef.of(n["key"], label_of(n["labels"]), n["name"]) for n in row["nodes"]]
            reached.nodes.update((n.key, n) for n in nodes)
            for before, after, f in zip(nodes, nodes[1:], row["facts"], strict=False):
                fact_id = f["props"]["fact_id"]
                if fact_id not in reached.facts:
                    fact = fact_row(f["type"], f["start"], f["end"], f["props"], position=self.position)
                    reached.facts[fact_id] = fact
                reached.steps.append((before.key, fact_id, after.key))
        return reached

    def hubs(self, asked: ExposureSearch) -> list[HubRow]:
        """As `ExposureReader`."""
        rows = self._read(self.hubs_sent(asked))
        return [
            HubRow(NodeRef.of(r["key"], label_of(r["labels"]), r["name"]), r["degree"], r["tag"], r["distance"])
            for r in rows
        ]

    def doubts(self, asked: ExposureSearch) -> list[tuple[NodeRef, int]]:
        """As `ExposureReader`."""
        rows = self._read(self.doubts_sent(asked))
        return [(NodeRef.of(r["key"], label_of(r["labels"]), r["name"]), r["distance"]) for r in rows]

    def sanctions(self, keys: Sequence[str], day: date) -> dict[str, list[SanctionRef]]:
        """As `ExposureReader`."""
        return sanctions_on(self.graph, keys, replace(self.moment, as_of=day))

    def refs(self, facts: Iterable[FactRow]) -> dict[str, FactRef]:
        """As `ExposureReader`."""
        return fact_refs(self.graph, facts)


@one_moment
def exposure(
    graph: Graph,
    key: str,
    *,
    hops: int = 3,
    as_of: date | Moment,
    known_at: date | None = None,
    historical: bool = True,
    include_unconfirmed: bool = False,
    types: Sequence[str] | None = None,
    min_share: float = 0.0,
    hub_degree: int = HUB_DEGREE,
    paths: int = SHOWN_PATHS,
    only: SanctionFilter = EVERYTHING,
    limit: int = MAX_HITS,
    seconds: float = EXPOSURE_SECONDS,
    reader: ExposureReader | None = None,
) -> Answer:
    """Who within `hops` of this party is sanctioned, by which path, how strongly tied, and how old is it?

    Rings: `own` (the party itself, at distance 0), `surrounding` (a path that holds on the day to a sanction that is not
    over), `historical` (the path or the sanction is over). Distance counts relationships. An entry of which the term is
    over, and no removal known, makes no `hit`: the answer is not complete, and names it (`cut`, reason `term`).

    Args:
        hops: 1 to 6.
        include_unconfirmed: walk over judgements `unsure` too; such hits are not `confirmed`.
        as_of: the day for relationships and sanctions; those that begin later do not count.
        known_at: as was known at the end of this day; None: now.
        types: relationship types to walk, each both ways, or `X>` along its direction, `<X` against it; None: all that
            the schema calls walkable.
        min_share: do not walk holdings that are certainly less, 0..1.
        hub_degree: do not walk through nodes with more neighbours, nor through tagged ones.
        paths: shortest paths to show for each hit, 1 to 50, ordered by the ids of their facts.
        only: sanctions of some lists, organs, kinds, acts or sectors; the answer says so, and is clear of these only.
        limit: hits at the most; reaching it is reported.
        seconds: time at the most; using it up is reported.
        reader: a copy of the graph that is as new as it should be; None: the graph itself.

    Raises:
        BadRequest: a depth, type, share, degree or number of paths out of bounds.
    """
    walk = Walk.of(hops, types, min_share, hub_degree)
    if not 1 <= paths <= MAX_HIT_PATHS:
        raise BadRequest(f"paths must be from 1 to {MAX_HIT_PATHS}, not {paths}")
    if reader is None or known_at is not None:
        reader = LiveExposure(graph, Moment.of(graph, as_of, known_at), seconds)
    moment = as_of if isinstance(as_of, Moment) else Moment.on(as_of, reader.position)
    day = moment.as_of
    party = reader.parties([key], day).get(key)
    if party is None:
        return no_party("exposure", moment, [], key)
    levels = levels_of(reader.judgements, include_unconfirmed)
    widest = ExposureSearch(key, walk, day, levels[-1], limit, only=only)
    found, cut = _search(reader, widest, searches(levels, historical), seconds)
    if reader.doubted or party.doubted:
        cut += _doubts_told(graph, reader, party, widest)
    return _told(reader, moment, party, found, cut, walk, paths, only)


def _told(
    reader: ExposureReader,
    moment: Moment,
    party: PartyRef,
    found: Mapping[str, "_Lead"],
    cut: list[Cut],
    walk: Walk,
    paths: int,
    only: SanctionFilter,
) -> Answer:
    """The answer about a party near which sanctioned ones were found."""
    day = moment.as_of
    sanctions = reader.sanctions([party.key, *found], day)
    if only:
        sanctions = only.among(sanctions)
    hits = _hits(reader, [lead for lead in found.values() if sanctions.get(lead.key)], sanctions, walk, paths, day)
    own = sanctions.get(party.key, [])
    cut += unofficial_cut([s for h in hits if h.ring == "surrounding" for s in h.sanctions], own)
    if own:
        hits.insert(0, _itself(party, own, day))
    cut += term_cuts((h.party, h.distance, h.sanctions) for h in hits if h.ring != "historical")
    return Answer(
        question="exposure",
        as_of=day,
        known_at=moment.known_at,
        position=moment.position,
        status=_status(own, hits, cut),
        reason=only.words,
        party=party,
        sanctions=own,
        hits=hits,
        cut=cut,
        complete=not cut,
        explored=reader.explored,
    )


def levels_of(judgements: tuple[bool, bool], include_unconfirmed: bool) -> list[tuple[str, ...]]:
    """Which judgements may be crossed, surest first: none, those `same`, on request those `unsure` too.

    `judgements`: is anybody judged to be the same person, is anybody `unsure`?
    """
    same, unsure = judgements[0], include_unconfirmed and judgements[1]
    return [(), *([("same",)] if same else []), *([("same", "unsure")] if unsure else [])]


def searches(levels: list[tuple[str, ...]], historical: bool) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """(does its path hold on the day, judgements): what holds before what is over, data before judgements."""
    for present in (True, False)[: 2 if historical else 1]:
        for cross in levels:
            yield present, cross


def _search(
    reader: ExposureReader, widest: ExposureSearch, wanted: Iterable[tuple[bool, tuple[str, ...]]], seconds: float
) -> tuple[dict[str, "_Lead"], list[Cut]]:
    """Who is sanctioned within reach, each by the search that found him first; and what was not covered."""
    cut: list[Cut] = []
    found: dict[str, _Lead] = {}
    try:
        for present, cross in wanted:
            reached = reader.search(widest._replace(now=present, cross=cross), found)
            steps = Steps(widest.key, reached.steps)
            for other, distance in reached.hits:
                found.setdefault(other, _Lead(other, distance, present, reached, steps))
            if reached.cut:
                cut.append(reached.cut)
            if reached.more:
                detail = say("limit_sanctioned", limit=widest.limit)
                cut.append(Cut(reason="limit", detail=detail))
                break
        if widest.walk.hops > 1:
            cut += _hub_cuts(reader.hubs(widest._replace(limit=widest.limit + 1)), widest.limit)
    except TimeoutError:
        cut.append(Cut(reason="time", detail=say("time_search", seconds=seconds)))
    return found, cut


def _itself(party: PartyRef, own: list[SanctionRef], day: date) -> Hit:
    """The party asked about, when it is sanctioned itself."""
    return Hit(
        party=party,
        distance=0,
        ring="own",
        sanctions=own,
        path=[NodeRef.of(party.key, party.label, party.name)],
        paths_total=1,
        strength=1.0,
        age_days=_age(own, day),
    )


def _status(own: list[SanctionRef], hits: list[Hit], cut: list[Cut]) -> Any:
    near = [s for h in hits if h.ring == "surrounding" for s in h.sanctions]
    return overall_status([standing_status([*own, *near]), "incomplete" if cut else "clear"])


def _hub_cuts(rows: list[HubRow], limit: int) -> list[Cut]:
    cuts = [
        Cut(
            reason="hub",
            party=r.node,
            distance=r.distance,
            detail=say("hub", hub=why_hub(r.tag, r.degree)),
        )
        for r in rows[:limit]
    ]
    if len(rows) > limit:
        cuts.append(Cut(reason="limit", detail=say("limit_hubs", limit=limit)))
    return cuts


def _doubts_told(graph: Graph, reader: ExposureReader, party: PartyRef, widest: ExposureSearch) -> list[Cut]:
    try:
        near = reader.doubts(widest._replace(limit=MAX_DOUBTS + 1))
    except TimeoutError:
        return [Cut(reason="time", detail=say("time_doubts"))]
    cuts = doubt_cuts(graph, [*([(party, 0)] if party.doubted else []), *near[:MAX_DOUBTS]])
    if len(near) > MAX_DOUBTS:
        cuts.append(Cut(reason="limit", detail=say("limit_doubts", limit=MAX_DOUBTS)))
    return cuts


# --- hits -------------------------------------------------------------------------------------------------


@dataclass
class _Lead:
    """A sanctioned party, and the search that found it."""

    key: str
    distance: int
    present: bool
    reached: Reached
    steps: Steps


def _hits(
    reader: ExposureReader,
    leads: list[_Lead],
    sanctions: dict[str, list[SanctionRef]],
    walk: Walk,
    most: int,
    day: date,
) -> list[Hit]:
    parties = reader.parties((lead.key for lead in leads), day)
    shown: list[tuple[_Lead, list[list[FactRow]], int | None]] = []
    for lead in leads:
        facts, (paths, total) = lead.reached.facts, lead.steps.paths(lead.key, most)
        shown.append((lead, [[facts[f] for f in path] for path in paths], total if lead.reached.whole else None))
    refs = reader.refs({f.fact_id: f for _, paths, _ in shown for path in paths for f in path}.values())
    hits = []
    for lead, paths, total in shown:
        path = paths[0]
        nodes = lead.reached.nodes
        told = [path_along(nodes, refs, lead.steps.start, walked) for walked in paths]
        in_force = standing_status(sanctions[lead.key]) != "clear"
        hits.append(
            Hit(
                party=parties.get(lead.key) or PartyRef(**nodes[lead.key].model_dump()),
                distance=lead.distance,
                ring="surrounding" if lead.present and in_force else "historical",
                sanctions=sanctions[lead.key],
                path=told[0],
                more_paths=told[1:],
                paths_total=total,
                strength=round(lead.steps.strongest(lead.key, lead.reached.weights.__getitem__), 4),
                age_days=_age(sanctions[lead.key], day),
                over_since=_over(path, day),
                uncertain=uncertain_of(path, walk.min_share),
                crosses=[crossing(f) for f in path if f.type == JUDGED],
                confirmed=all(f.props["judgement"] == "same" for f in path if f.type == JUDGED),
            )
        )
    return sorted(hits, key=lambda h: (h.ring != "surrounding", h.distance, -h.strength, h.party.key))


def strength_of(path: Iterable[FactRow]) -> float:
    """The product of the weights of the relationships: a plain measure of how tightly a path ties."""
    return round(prod(map(weight_of, path)), 4)


def weight_of(fact: FactRow) -> float:
    """How tightly one relationship ties: its weight in the schema, or that of a judgement."""
    if fact.type == JUDGED:
        return CROSSED[fact.props["judgement"]]
    return RELATIONSHIP_BY_TYPE[fact.type].WALK or 0.0


def _age(sanctions: list[SanctionRef], day: date) -> int | None:
    """Days since the newest sanction in force was decided (of those that are over, when none is in force)."""
    some = [s for s in sanctions if s.status in ("in_force", "unknown")] or sanctions
    days = [d for s in some if (d := s.decided_on or next((f.since for f in s.facts if f.since), None))]
    return (day - max(days)).days if days else None


def _over(path: list[FactRow], day: date) -> date | None:
    """The first day on which a relationship of the path no longer held; None: all of them hold."""
    ends = [end for f in path for end in (f.until, f.absent_since) if end is not None and end <= day]
    return min(ends, default=None)


_DAYS_UNKNOWN = {
    ("start",): "fact_start_unknown",
    ("end",): "fact_end_unknown",
    ("start", "end"): "fact_days_unknown",
}


def uncertain_of(path: Iterable[FactRow], share: float = 0.0) -> list[str]:
    """What is not known of the relationships on a path: dates, and whether a holding reaches `share`."""
    notes = []
    for fact in path:
        if fact.type == JUDGED:
            continue  # who somebody is has no dates
        about = f"{fact.type} {fact.start} → {fact.end}"
        if fact.props.get("share_max") is not None and fact.props.get("share_min", 0.0) < share:
            notes.append(say("share_uncertain", fact=about, share=share))
        if fact.start_match == BRANCH_NAME:
            notes.append(say("branch_unstated", fact=about))
            continue
        if fact.absent_since is not None and fact.until is None:
            notes.append(say("fact_gone", fact=about, day=fact.absent_since))
            continue
        unknown = [w for w, d in (("start", fact.since), ("end", fact.until)) if d is None]
        # An open end with a data date is a post still held as far as the source knew.
        if unknown == ["end"] and fact.data_date is not None:
            continue
        if unknown:
            notes.append(say(_DAYS_UNKNOWN[tuple(unknown)], fact=about))
    return notes
