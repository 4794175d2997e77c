"""Who did the same again after a penalty (屡禁不止、屡罚不改, A06)? Information: no clause that was read bars for it.

The same class of act is the same kind of act as stated, the same act of the code list (or one under it), or the same
trigger code. Again is an act after the day of the earlier decision, within so many years of it; where the day of the
later act is not stated, the day of its decision stands for it and the finding says so. Two statements of one decision
are one: decisions differ by their sanction and by their document number.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import LiteralString, NamedTuple

from graph_model.facts import FactRow
from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.timeline import end_of_term
from queries.answers import NodeRef, SanctionRef
from queries.checks.common import NOBODY, Check, Finding, answer, asked_for, ordered, portions
from queries.party.parties import sanctions_on
from queries.read.facts import BY_THIRD_PARTY, fact_row, label_of
from queries.read.moment import Moment, one_moment

TITLE = {"zh": "受处罚后再犯同类行为", "en": "The same class of act again after a penalty"}
YEARS = 5
"""The window when nobody says another one. No clause sets it."""

_BELIEVED: LiteralString = (
    """
  AND r.kind = 'penalty' AND r.trust = 'official' AND r.rec_from <= $k AND $k < r.rec_to
  AND s.retired IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])
  AND NOT """
    + BY_THIRD_PARTY
    + """
WITH p, collect({sanction: s.key, props: properties(r)}) AS stated, count(DISTINCT s) AS decisions
WHERE decisions > 1
RETURN p.key AS key, labels(p) AS labels, p.name AS name, stated ORDER BY key
"""
)
EVERYBODY: LiteralString = "MATCH (s:Sanction)-[r:IMPOSED_ON]->(p:Party) WHERE true" + _BELIEVED
THESE: LiteralString = (
    """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
MATCH (s:Sanction)-[r:IMPOSED_ON]->(p) WHERE true
"""
    + _BELIEVED
)

_NOISE = re.compile(r"[\W_]+")
_NOT_COVERED = (
    say("acts_worded_differently"),
    say("decisions_unreported"),
)


class PenaltyDecision(NamedTuple):
    """One penalty: its days, and what class of act it was about."""

    sanction: str
    number: str | None
    decided: date
    acted: date | None
    classes: frozenset[str]


class Again(NamedTuple):
    """An earlier penalty, a later one, the class they share, and whether the day of the later act is known."""

    earlier: PenaltyDecision
    later: PenaltyDecision
    shared: str
    dated: bool


@one_moment
def check_repeats(
    graph: Graph,
    pack: RulePack,
    texts: Sequence[str] = (),
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    years: int = YEARS,
    hash: KeyedHash | None = None,
) -> Check:
    """Who was penalised again for the same class of act?

    Args:
        texts: the parties; none: everybody in the graph.
        years: so long after the earlier decision the later act counts.
    """
    moment = Moment.of(graph, as_of, known_at)
    asked = asked_for(graph, texts, hash, moment) if texts else NOBODY
    rows = []
    if texts:
        for some in portions([p.key for p in asked.parties]):
            rows += graph.read(THESE, keys=list(some), k=moment.position)
    else:
        rows = graph.read(EVERYBODY, k=moment.position)
    pairs: dict[str, list[Again]] = {}
    names: dict[str, NodeRef] = {}
    gaps: list[str] = []
    for r in rows:
        stated = [
            fact_row("IMPOSED_ON", s["sanction"], r["key"], s["props"], position=moment.position) for s in r["stated"]
        ]
        if found := again(decisions(pack, stated, moment.as_of), years):
            pairs[r["key"]] = found
            names[r["key"]] = NodeRef.of(r["key"], label_of(r["labels"]), r["name"])
        undated = {f.start for f in stated if f.props.get("decided_on") is None}
        if undated:
            gaps.append(say("undated_penalties", name=r["name"] or r["key"], count=len(undated)))
    findings: list[Finding] = []
    for some in portions(sorted(pairs)):
        shown = {k: {s.key: s for s in rows} for k, rows in sanctions_on(graph, some, moment).items()}
        for key in some:
            findings += _findings(names[key], pairs[key], shown.get(key, {}))
    return answer(
        "check-repeats",
        moment,
        asked=asked,
        findings=ordered(findings),
        gaps=gaps,
        not_covered=(*_NOT_COVERED, say("acts_later", years=years)),
        least=1 if texts else 0,
    )


def _findings(party: NodeRef, pairs: Iterable[Again], shown: Mapping[str, SanctionRef]) -> Iterator[Finding]:
    """What is found of one party: a finding for each class of act."""
    by_class: dict[str, list[Again]] = defaultdict(list)
    for pair in pairs:
        by_class[pair.shared].append(pair)
    for shared, same in by_class.items():
        days = sorted({d for p in same for d in (p.earlier, p.later)}, key=lambda d: (d.decided, d.sanction))
        undated = sorted({p.later.decided for p in same if not p.dated})
        yield Finding(
            check="repeat",
            title=TITLE,
            status="information",
            parties=[party],
            why=say("repeat_found", act=shared, count=len(days), days=", ".join(str(d.decided) for d in days)),
            sanctions=[shown[d.sanction] for d in days if d.sanction in shown],
            missing=[say("act_before_penalty", day=day) for day in undated],
        )


def decisions(pack: RulePack, stated: Iterable[FactRow], as_of: date) -> list[PenaltyDecision]:
    """The distinct decisions up to a day, oldest first; one whose day is unknown cannot be put in order and is left out."""
    found: dict[str, PenaltyDecision] = {}
    for fact in stated:
        day = fact.props.get("decided_on")
        if day is None or day > as_of:
            continue
        number = _plain(fact.props.get("document_number") or "") or None
        # The same number in two spellings of the organ is one decision.
        key = f"{number}|{day}" if number else fact.start
        classes = _classes(pack, fact)
        acted = fact.props.get("act_on")
        if key in found:
            other = found[key]
            found[key] = other._replace(classes=other.classes | classes, acted=other.acted or acted)
        else:
            found[key] = PenaltyDecision(fact.start, number, day, acted, classes)
    return sorted(found.values(), key=lambda d: (d.decided, d.sanction))


def again(found: Sequence[PenaltyDecision], years: int) -> list[Again]:
    """Pairs of an earlier and a later decision about the same class of act, committed after the earlier one."""
    out = []
    for n, later in enumerate(found):
        for earlier in found[:n]:
            shared = sorted(earlier.classes & later.classes)
            day = later.acted or later.decided
            if shared and earlier.decided < day < end_of_term(earlier.decided, years):
                out.append(Again(earlier, later, shared[0], later.acted is not None))
    return out


def _classes(pack: RulePack, fact: FactRow) -> frozenset[str]:
    act = _plain(fact.props.get("act") or "")
    found = {f"行为 {act}"} if act else set()
    acts = pack.codes.acts
    for code, about in acts.items():
        if act and act == _plain(about.zh):
            here: str | None = code
            while (
                here is not None and acts[here].parent is not None
            ):  # the four classes on top are too wide to be one act
                found.add(f"{acts[here].zh} ({here})")
                here = acts[here].parent
    found |= {f"{pack.codes.triggers[c].zh} ({c})" for c in fact.props.get("codes") or () if c in pack.codes.triggers}
    return frozenset(found)


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()
