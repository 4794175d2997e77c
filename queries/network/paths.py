"""How do these parties hang together: by which paths? Information for an investigator, never a penalty."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.identifiers import KeyedHash
from graph_model.schema import WALKABLE
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.walk import JUDGED, MAX_HOPS
from queries.answers import AnswerShape, Cut, FactRef, NodeRef, PartyRef, Sentence
from queries.network.exposure import strength_of, uncertain_of
from queries.network.ownership import Ownership, ownership
from queries.network.path_search import (
    MAX_ASKED,
    PATH_SECONDS,
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
from queries.read.facts import crossing
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs, path_along


class PathRef(AnswerShape):
    """A path between two parties: no node stands on it twice. Information, never a penalty."""

    length: int = Field(description="relationships on it")
    historical: bool = Field(description="it rests on a relationship that is over")
    path: list[NodeRef | FactRef]
    beside: list[FactRef] = Field([], description="what else ties two neighbours on it, or says the same")
    strength: float = Field(description="product of the weights of the relationships on the path, 0..1")
    uncertain: list[Sentence] = Field([], description="dates on the path that are not known")
    crosses: list[str] = Field([], description="judgements that two entries are one person, on which the path rests")
    confirmed: bool = Field(True, description="false: the path rests on a judgement that is not sure")


class Paths(BetweenParties):
    """The shortest paths between two parties, or between two groups of parties."""

    question: Literal["paths"] = "paths"
    hops: int
    start: list[AskedRef]
    end: list[AskedRef]
    both: list[PartyRef] = Field([], description="parties that stand in both groups")
    paths: list[PathRef] = Field([])


MAX_PATHS = 100


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
    seconds: float = PATH_SECONDS,
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
    check_walk(hops, MAX_HOPS, types)
    if not 1 <= limit <= MAX_PATHS:
        raise BadRequest(f"limit must be from 1 to {MAX_PATHS}, not {limit}")
    search = PathSearch(graph, Moment.of(graph, as_of, known_at), types, historical, include_unconfirmed, seconds)
    one, other = (named(graph, texts, hash, search.moment) for texts in (start, end))
    envelope: dict[str, Any] = {**search.envelope(), "hops": hops, "start": one, "end": other}
    if lost := not_each_one([*one, *other]):
        return Paths(**envelope, **lost)
    first, last = keys_asked(one), keys_asked(other)
    if first == last and len(first) == 1:
        raise BadRequest("both names mean one and the same party")
    if groups:
        first, last = (_with_group(search, keys) for keys in (first, last))
    shared = [key for key in first if key in last]
    search.ends = sorted({*first, *last})
    first, last = ([key for key in keys if key not in shared] for keys in (first, last))
    found = search.between(first, last, hops, limit)
    shown = _paths(search, found[:limit])
    both = list(party_refs(graph, shared, search.moment).values())
    if len(found) > limit:
        search.cut.append(Cut(reason="limit", detail=say("limit_paths", limit=limit)))
    search.hubs_between(first, last, hops)
    return Paths(**envelope, **search.outcome(bool(shown or both)), paths=shown, both=both)


def _with_group(search: PathSearch, keys: list[str]) -> list[str]:
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
        search.cut.append(Cut(reason="limit", detail=say("limit_group", parties=len(wide), limit=MAX_ASKED)))
    return wide[:MAX_ASKED]


def _paths(search: PathSearch, found: Sequence[tuple[str, ...]]) -> list[PathRef]:
    beside: dict[str, list[str]] = defaultdict(list)
    for one, other in {pair for keys in found for pair in pairwise(keys)}:
        beside[one].append(other)
        beside[other].append(one)
    rows, nodes = search.ties(beside)
    ties: dict[frozenset[str], list[FactRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda f: (not holds_on(f, search.as_of), f.fact_id)):
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
        historical=not all(holds_on(f, day) for f in walked),
        path=path_along(nodes, refs, keys[0], walked),
        beside=[refs[f.fact_id] for step in steps for f in step[1:]],
        strength=strength_of(walked),
        uncertain=uncertain_of(walked),
        crosses=[crossing(f) for f in walked if f.type == JUDGED],
        confirmed=all(f.props["judgement"] == "same" for f in walked if f.type == JUDGED),
    )
