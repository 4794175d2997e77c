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
from typing import Any, Protocol

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.hubs import why_hub
from graph_model.schema import BRANCH_NAME, CROSSED, HUB_DEGREE, RELATIONSHIP_BY_TYPE
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

    def search(
        self,
        key: str,
        walk: Walk,
        day: date,
        *,
        now: bool,
        cross: Sequence[str],
        limit: int,
        known: Iterable[str],
        only: SanctionFilter,
    ) -> Reached:
        """The parties within reach with sanctions that are asked for. Raises TimeoutError."""
        ...

    def hubs(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> list[HubRow]:
        """The hubs within reach, at all dates, nearest first. Raises TimeoutError."""
        ...

    def doubts(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> list[tuple[NodeRef, int]]:
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

    def _asked(self, key: str, walk: Walk, day: date, cross: Sequence[str], limit: int) -> dict[str, Any]:
        asked: dict[str, Any] = {"key": key, "k": self.position, "day": day, "limit": limit}
        if cross or not walk.plain:
            asked["cross"] = list(cross)
        if not walk.plain:
            asked |= {"both": list(walk.both), "along": list(walk.along), "against": list(walk.against)}
            asked |= {"share": walk.min_share, "cap": walk.hub_degree}
        return asked

    def _read(self, sent: SentStatement) -> list[Any]:
        return self.graph.read(sent.text, timeout=self.seconds, **sent.parameters)

    def hits_sent(
        self, key: str, walk: Walk, day: date, *, now: bool, cross: Sequence[str], limit: int, only: SanctionFilter
    ) -> SentStatement:
        """What `search` asks first: who is sanctioned, with one shortest path to each."""
        form: dict[str, Any] = {"now": now, "judged": bool(cross), "chosen": not walk.plain}
        text = exposure_query("hits", walk.hops, **form, then=self.moment.known_at is not None, filtered=bool(only))
        when = "on the day" if now else "at any time up to the day"
        crossing_ = f", across judgements {' and '.join(cross)}" if cross else ""
        purpose = f"sanctioned parties within {walk.hops}, by a path that holds {when}{crossing_}"
        asked = self._asked(key, walk, day, cross, limit + 1)
        return SentStatement(purpose, text, asked | only.parameters if only else asked)

    def paths_sent(
        self, key: str, walk: Walk, day: date, *, now: bool, cross: Sequence[str], limit: int, among: list[str]
    ) -> SentStatement:
        """What `search` asks then: all shortest paths to those that no search before it has found."""
        text = exposure_query("paths", walk.hops, now=now, judged=bool(cross), chosen=not walk.plain)
        asked = self._asked(key, walk, day, cross, limit + 1) | {"among": among, "paths": ALL_PATHS + 1}
        return SentStatement("all shortest paths to those of them that are new ($among)", text, asked)

    def hubs_sent(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> SentStatement:
        """What `hubs` asks. A hub at full depth needs no step behind it, so they are looked for one step less."""
        text = exposure_query("hubs", walk.hops - 1, now=False, judged=bool(cross), chosen=not walk.plain)
        return SentStatement(
            "hubs that are reached, and not walked through", text, self._asked(key, walk, day, cross, limit)
        )

    def doubts_sent(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> SentStatement:
        """What `doubts` asks, where any party bears a mark."""
        text = exposure_query("doubts", walk.hops, now=False, judged=bool(cross), chosen=not walk.plain)
        asked = self._asked(key, walk, day, cross, limit)
        return SentStatement("parties with records that were not linked to them", text, asked)

    def search(
        self,
        key: str,
        walk: Walk,
        day: date,
        *,
        now: bool,
        cross: Sequence[str],
        limit: int,
        known: Iterable[str],
        only: SanctionFilter,
    ) -> Reached:
        """As `ExposureReader`."""
        rows = self._read(self.hits_sent(key, walk, day, now=now, cross=cross, limit=limit, only=only))
        reached = Reached([(r["key"], r["distance"]) for r in rows[:limit]], more=len(rows) > limit)
        known = set(known)
        new = [r for r in rows[:limit] if r["key"] not in known]
        if not new:
            return reached
        try:
            among = [r["key"] for r in new]
            ways = self._read(self.paths_sent(key, walk, day, now=now, cross=cross, limit=limit, among=among))
        except TimeoutError:
            ways = None
        if ways is None or len(ways) > ALL_PATHS:
            ways, reached.whole = new, False
            detail = f"not all shortest paths were listed: there are more than {ALL_PATHS:,}, or it took too long"
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

    def hubs(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> list[HubRow]:
        """As `ExposureReader`."""
        rows = self._read(self.hubs_sent(key, walk, day, cross=cross, limit=limit))
        return [
            HubRow(NodeRef.of(r["key"], label_of(r["labels"]), r["name"]), r["degree"], r["tag"], r["distance"])
            for r in rows
        ]

    def doubts(self, key: str, walk: Walk, day: date, *, cross: Sequence[str], limit: int) -> list[tuple[NodeRef, int]]:
        """As `ExposureReader`."""
        rows = self._read(self.doubts_sent(key, walk, day, cross=cross, limit=limit))
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
    asked: dict[str, Any] = {"historical": historical, "limit": limit, "seconds": seconds, "only": only}
    found, cut = _search(reader, key, walk, day, levels=levels, **asked)
    if reader.doubted or party.doubted:
        cut += _doubts_told(graph, reader, party, walk, day, levels[-1])
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


def levels_of(judgements: tuple[bool, bool], include_unconfirmed: bool) -> list[list[str]]:
    """Which judgements may be crossed, surest first: none, those `same`, on request those `unsure` too.

    `judgements`: is anybody judged to be the same person, is anybody `unsure`?
    """
    same, unsure = judgements[0], include_unconfirmed and judgements[1]
    return [[], *([["same"]] if same else []), *([["same", "unsure"]] if unsure else [])]


def searches(levels: list[list[str]], historical: bool) -> Iterator[tuple[bool, list[str]]]:
    """(does its path hold on the day, judgements): what holds before what is over, data before judgements."""
    for present in (True, False)[: 2 if historical else 1]:
        for cross in levels:
            yield present, cross


def _search(
    reader: ExposureReader,
    key: str,
    walk: Walk,
    day: date,
    *,
    levels: list[list[str]],
    historical: bool,
    limit: int,
    seconds: float,
    only: SanctionFilter,
) -> tuple[dict[str, "_Lead"], list[Cut]]:
    """Who is sanctioned within reach, each by the search that found him first; and what was not covered."""
    cut: list[Cut] = []
    found: dict[str, _Lead] = {}
    try:
        for present, cross in searches(levels, historical):
            reached = reader.search(key, walk, day, now=present, cross=cross, limit=limit, known=found, only=only)
            steps = Steps(key, reached.steps)
            for other, distance in reached.hits:
                found.setdefault(other, _Lead(other, distance, present, reached, steps))
            if reached.cut:
                cut.append(reached.cut)
            if reached.more:
                detail = f"more than {limit} sanctioned parties; the nearest are shown"
                cut.append(Cut(reason="limit", detail=detail))
                break
        if walk.hops > 1:
            cut += _hub_cuts(reader.hubs(key, walk, day, cross=levels[-1], limit=limit + 1), limit)
    except TimeoutError:
        cut.append(Cut(reason="time", detail=f"the search was ended after {seconds:g} seconds"))
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
            detail=f"{why_hub(r.tag, r.degree)}: reached, not walked through",
        )
        for r in rows[:limit]
    ]
    if len(rows) > limit:
        cuts.append(Cut(reason="limit", detail=f"more than {limit} hubs were reached"))
    return cuts


def _doubts_told(
    graph: Graph, reader: ExposureReader, party: PartyRef, walk: Walk, day: date, cross: list[str]
) -> list[Cut]:
    try:
        near = reader.doubts(party.key, walk, day, cross=cross, limit=MAX_DOUBTS + 1)
    except TimeoutError:
        return [Cut(reason="time", detail="whether records were not linked could not be looked up in time")]
    cuts = doubt_cuts(graph, [*([(party, 0)] if party.doubted else []), *near[:MAX_DOUBTS]])
    if len(near) > MAX_DOUBTS:
        cuts.append(Cut(reason="limit", detail=f"more than {MAX_DOUBTS} parties with records that were not linked"))
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


def uncertain_of(path: Iterable[FactRow], share: float = 0.0) -> list[str]:
    """What is not known of the relationships on a path: dates, and whether a holding reaches `share`."""
    notes = []
    for fact in path:
        if fact.type == JUDGED:
            continue  # who somebody is has no dates
        about = f"{fact.type} {fact.start} → {fact.end}"
        if fact.props.get("share_max") is not None and fact.props.get("share_min", 0.0) < share:
            notes.append(f"{about}: share not known to reach {share:g}")
        if fact.start_match == BRANCH_NAME:
            notes.append(f"{about}: by its name only, no source states whose branch it is")
            continue
        if fact.absent_since is not None and fact.until is None:
            notes.append(f"{about}: no longer stated on {fact.absent_since}")
            continue
        unknown = [w for w, d in (("start", fact.since), ("end", fact.until)) if d is None]
        # An open end with a data date is a post still held as far as the source knew.
        if unknown == ["end"] and fact.data_date is not None:
            continue
        if unknown:
            notes.append(f"{about}: {' and '.join(unknown)} date unknown")
    return notes
