"""What questions about several parties share: who is asked about, what is walked, for how long, what was cut.

As in exposure, dates, belief, hubs and types are checked while Neo4j walks (`SHORTEST`); a hub is reached and reported, and
not walked through. The parties asked about are walked from even when they are hubs.

How dates are read: a relationship that has begun by the day, or whose first day is unknown, is walked; one that is over
on the day, or gone from a snapshot by then, makes a path historical, and is left out on request. What was judged to be
one person (`SAME_PERSON_AS`) is crossed and said; a judgement `unsure` only on request.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.hubs import why_hub
from graph_model.identifiers import KeyedHash
from graph_model.schema import WALKABLE
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.walk import JUDGED
from queries.answers import AnswerShape, AnswerStatus, Cut, NodeRef, PartyRef, Sentence
from queries.network.exposure_queries import WALKED
from queries.party.parties import resolve
from queries.read.facts import fact_row, label_of
from queries.read.moment import Moment
from queries.read.provenance import ends_of


class AskedRef(AnswerShape):
    """A party that was asked about: the one that is meant, or those that may be."""

    party: PartyRef | None = Field(None, description="null: nobody, or several; see candidates")
    candidates: list[PartyRef] = Field([])


class BetweenParties(AnswerShape):
    """What answers about several parties have in common."""

    as_of: date
    known_at: date | None = None
    position: int = Field(description="clock position for which the answer is true")
    status: AnswerStatus
    reason: Sentence | None = Field(None, description="why, when it is not a plain hit or clear")
    types: list[str] = Field(description="relationship types that were walked")
    cut: list[Cut] = Field([])
    complete: bool = True


MAX_ASKED = 50

MAX_COMPARED = 1_000
"""Combinations of relationships that are compared for the paths of one length."""

MAX_FACTS = 5_000
PATH_SECONDS = 20.0


# Believed at $k, begun by $day, of a type that was asked for; and not over by $day, unless the past is asked for too.
_WALKED: LiteralString = (
    "type(r) IN $types AND (r.judgement IS NULL OR r.judgement IN $cross) AND r.rec_from <= $k AND $k < r.rec_to "
    "AND (r.since IS NULL OR r.since <= $day) AND ($past OR "
    "((r.until IS NULL OR r.until > $day) AND (r.absent_since IS NULL OR r.absent_since > $day)))"
)
_STEP: LiteralString = "[r:SAME_PERSON_AS|" + WALKED + " WHERE " + _WALKED + "]"
LAST_STEP: LiteralString = (
    "[q:SAME_PERSON_AS|" + WALKED + " WHERE " + _WALKED.replace("(r)", "(q)").replace("r.", "q.") + "]"
)
FROM_EACH: LiteralString = """
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
STEPS_BEFORE: dict[int, LiteralString] = {
    1: "",
    2: "(()-" + _STEP + "-" + _THROUGH + "){0,1} ()",
    3: "(()-" + _STEP + "-" + _THROUGH + "){0,2} ()",
    4: "(()-" + _STEP + "-" + _THROUGH + "){0,3} ()",
    5: "(()-" + _STEP + "-" + _THROUGH + "){0,4} ()",
    6: "(()-" + _STEP + "-" + _THROUGH + "){0,5} ()",
}


# The number of paths is a literal in Cypher: it is MAX_COMPARED.
BETWEEN: dict[int, LiteralString] = {
    hops: FROM_EACH
    + _TO
    + "MATCH path = SHORTEST 1000 (a)"
    + steps
    + "-"
    + LAST_STEP
    + "-(b) RETURN [n IN nodes(path) | n.key] AS keys, [f IN relationships(path) | "
    + "[coalesce(f.until <= $day, false) OR coalesce(f.absent_since <= $day, false), f.fact_id]] AS facts, "
    + "length(path) AS length ORDER BY length LIMIT 1000"
    for hops, steps in STEPS_BEFORE.items()
}

HUBS: dict[int, LiteralString] = {
    hops: FROM_EACH
    + "MATCH path = SHORTEST 1 (a)"
    + steps
    + "-"
    + LAST_STEP
    + "-(b WHERE b.hub AND NOT b.key IN $ends) "
    + "RETURN b.key AS key, labels(b) AS labels, b.name AS name, b.degree AS degree, b.hub_tag AS tag, "
    + "min(length(path)) AS distance "
    + "ORDER BY distance, key LIMIT $limit"
    for hops, steps in STEPS_BEFORE.items()
}

TIES: LiteralString = (
    """
UNWIND $ties AS tie
MATCH (a:Party {key: tie.key})
USING INDEX SEEK a:Party(key)
MATCH (a)-"""
    + LAST_STEP
    + """->(b)
WHERE b.key IN coalesce(tie.others, $among) AND a <> b
RETURN type(q) AS type, properties(q) AS props, a.key AS start, labels(a) AS start_labels, a.name AS start_name,
  b.key AS end, labels(b) AS end_labels, b.name AS end_name
ORDER BY props.fact_id LIMIT $limit
"""
)


def named(graph: Graph, texts: Sequence[str], hash: KeyedHash | None, moment: Moment) -> list[AskedRef]:
    """Whom each key, number or full name means, in the order asked. A part of a name is never taken for somebody.

    Raises:
        BadRequest: nobody, or more than 50, asked about.
    """
    if not 1 <= len(texts) <= MAX_ASKED:
        raise BadRequest(f"ask about 1 to {MAX_ASKED} parties, not {len(texts)}")
    out = []
    for text in texts:
        party, candidates = resolve(graph, text, hash=hash, moment=moment)
        out.append(AskedRef(party=party, candidates=candidates))
    return out


class PathSearch:
    """What one question asks of Neo4j, how long it may still take, and what had to be cut.

    Args:
        types: relationship types to walk.
        past: also over relationships that are over.
        unsure: cross judgements `unsure` of the same person too; None: cross none at all.
        seconds: time at the most.
    """

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
        """For which moment the answer is true, and what was walked."""
        known = {"known_at": self.moment.known_at, "position": self.position}
        return {"as_of": self.as_of, **known, "types": self.walked}

    def outcome(self, found: bool) -> dict[str, Any]:
        """The status of the answer; nothing found is `clear` only when nothing was cut."""
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
                self.cut.append(Cut(reason="time", detail=say("time_search", seconds=self.seconds)))
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
                detail = say("limit_combinations", limit=MAX_COMPARED, depth=depth)
                self.cut.append(Cut(reason="limit", detail=detail))
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
            self.cut.append(Cut(reason="limit", detail=say("limit_hubs", limit=MAX_COMPARED)))

        def may_meet(a: Any, b: Any) -> bool:
            return a["distance"] + b["distance"] + (a["key"] != b["key"]) <= hops

        met = [a for a in here.values() if any(may_meet(a, b) for b in there.values())]
        met += [b for b in there.values() if b["key"] not in here and any(may_meet(a, b) for a in here.values())]
        self.hub_cuts(met)

    def hub_cuts(self, rows: Iterable[Any]) -> None:
        """Hubs that were reached, and not walked through."""
        self.cut += [
            Cut(
                reason="hub",
                party=NodeRef.of(r["key"], label_of(r["labels"]), r["name"]),
                distance=r["distance"],
                detail=say("hub", hub=why_hub(r["tag"], r["degree"])),
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
            nodes |= ends_of(r)
        if len(facts) > MAX_FACTS:
            self.cut.append(Cut(reason="limit", detail=say("limit_relationships", limit=MAX_FACTS)))
        return facts[:MAX_FACTS], nodes


def check_walk(hops: int, most: int, types: Sequence[str]) -> None:
    """Raises BadRequest: a depth out of bounds, or a type that is not walked."""
    if not 1 <= hops <= most:
        raise BadRequest(f"hops must be from 1 to {most}, not {hops}")
    unknown = [t for t in types if t not in WALKABLE]
    if unknown or not types:
        raise BadRequest(f"{', '.join(unknown) or 'no type'} cannot be walked; choose from {', '.join(WALKABLE)}")


def not_each_one(asked: Sequence[AskedRef]) -> dict[str, Any] | None:
    """The outcome when somebody asked about is not known, or not exactly one party."""
    if all(a.party for a in asked):
        return None
    ambiguous = any(a.candidates for a in asked if a.party is None)
    return {
        "status": "ambiguous" if ambiguous else "unknown",
        "complete": False,
        "reason": say("not_each_one" if ambiguous else "nobody"),
    }


def keys_asked(asked: Sequence[AskedRef]) -> list[str]:
    """The keys of those who are meant, each once."""
    return list(dict.fromkeys(a.party.key for a in asked if a.party))


def holds_on(fact: FactRow, day: date) -> bool:
    """Not over by the day, nor gone from a snapshot by then."""
    return (fact.until is None or fact.until > day) and (fact.absent_since is None or fact.absent_since > day)
