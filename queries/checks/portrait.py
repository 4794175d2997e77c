"""What is recorded of many parties, a page at a time: what a white list and the tiers of supervision choose by.

Attributes are those that the newest official statement gives; sources that contradict each other on one day make them
unknown. Whatever has no known end counts on the day for which its source last said so, and `fresh_days` longer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import LiteralString, NamedTuple

from graph_model.facts import FactRow
from graph_model.profiles import CredentialAsked, Grade, Inspected, Promised, Records, Scope
from graph_model.store.connect import Graph
from graph_model.timeline import end_of_term
from queries.answers import FactRef, PartyRef, SanctionRef
from queries.party.parties import party_refs, sanctions_on
from queries.read.facts import fact_row
from queries.read.moment import Moment
from queries.read.provenance import fact_refs

PORTRAIT_PAGE = 500

NEXT_ENTITIES: LiteralString = """
MATCH (p:Party)
USING INDEX p:Party(key)
WHERE p.key > $after AND p:Entity AND EXISTS { (p)<-[l:IDENTIFIES]-() WHERE l.rec_from <= $k }
RETURN p.key AS key ORDER BY key LIMIT $limit
"""

PORTRAITS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (s:Statement)-[:ABOUT]->(p) WHERE s.rec_from <= $k AND $k < s.rec_to
  RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS other
  UNION ALL
  MATCH (p)-[r:HOLDS|INSPECTED_IN]->(o)
  WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day) AND o.retired IS NULL
  RETURN type(r) AS type, properties(r) AS props, o.key AS other
}
RETURN key, type, props, other ORDER BY key, type, props.fact_id
"""


@dataclass
class Portrait:
    """One party with its facts and its sanctions that have begun."""

    party: PartyRef
    stated: list[FactRow] = field(default_factory=list)
    held: list[FactRow] = field(default_factory=list)
    inspected: list[FactRow] = field(default_factory=list)
    sanctions: list[SanctionRef] = field(default_factory=list)
    hearsay: frozenset[str] = frozenset()
    """Keys of sanctions that no official source states: they inform, and decide nothing."""
    refs: dict[str, FactRef] = field(default_factory=dict)

    def shown(self, facts: Iterable[FactRow]) -> list[FactRef]:
        """The facts, ready to be shown."""
        return [self.refs[f.fact_id] for f in facts]

    @property
    def promises(self) -> list[FactRow]:
        """Its commitments."""
        return [f for f in self.held if f.props.get("kind") == "commitment"]


class ConditionOutcome(NamedTuple):
    """yes, no or unknown; why, in words; and on which facts or sanctions it rests."""

    fits: str
    value: str
    reason: str
    facts: tuple[FactRow, ...] = ()
    sanctions: tuple[SanctionRef, ...] = ()


def portraits(graph: Graph, keys: Sequence[str], moment: Moment) -> list[Portrait]:
    """What is recorded of these parties, in the order asked."""
    found = {key: Portrait(ref) for key, ref in party_refs(graph, keys, moment).items()}
    rows: list[FactRow] = []
    for r in graph.read(PORTRAITS, keys=list(keys), k=moment.position, day=moment.as_of):
        fact = fact_row(r["type"], r["key"], r["other"], r["props"], position=moment.position)
        rows.append(fact)
        into = {"ABOUT": found[r["key"]].stated, "HOLDS": found[r["key"]].held}
        into.get(r["type"], found[r["key"]].inspected).append(fact)
    refs = fact_refs(graph, rows)
    sanctions = sanctions_on(graph, list(found), moment)
    for key, portrait in found.items():
        portrait.refs = refs
        portrait.hearsay = frozenset(s.key for s in sanctions.get(key, []) if s.trust != "official")
        portrait.sanctions = sanctions.get(key, [])
    return list(found.values())


def all_portraits(graph: Graph, moment: Moment) -> Iterator[Portrait]:
    """Every entity, by key: so many as there are, never more than a page at once in memory."""
    after = ""
    while keys := [r["key"] for r in graph.read(NEXT_ENTITIES, after=after, limit=PORTRAIT_PAGE, k=moment.position)]:
        yield from portraits(graph, keys, moment)
        after = keys[-1]


# --- attributes -------------------------------------------------------------------------------------------


def attribute(portrait: Portrait, name: str) -> ConditionOutcome:
    """What the newest official statement says of an attribute; `fits` is unknown when nothing does, or several differ."""
    said = [f for f in portrait.stated if f.props.get(name) is not None and f.trust == "official"]
    if not said:
        return ConditionOutcome("unknown", "", "nothing is stated")
    newest = max(str(f.data_date or "") for f in said)
    last = [f for f in said if str(f.data_date or "") == newest]
    values = {str(f.props[name]) for f in last}
    if len(values) > 1:
        return ConditionOutcome("unknown", "、".join(sorted(values)), "sources differ", tuple(last))
    return ConditionOutcome("yes", values.pop(), "as stated", tuple(last))


def in_region(portrait: Portrait, words: Sequence[str]) -> ConditionOutcome:
    """Whether the stated region holds one of the words, or begins with one of the division codes."""
    said = attribute(portrait, "region")
    if not words or said.fits != "yes":
        return said._replace(fits="unknown" if words else "yes")
    fits = any(said.value.startswith(w) if w.isdigit() else w in said.value for w in words)
    return said._replace(fits="yes" if fits else "no", reason=f"asked for: {'、'.join(words)}")


def of_kind(portrait: Portrait, kinds: Sequence[str]) -> ConditionOutcome:
    """Whether the party is of one of these kinds."""
    kind = portrait.party.kind
    if not kinds:
        return ConditionOutcome("yes", kind or "", "any kind")
    fits = "unknown" if kind is None else "yes" if kind in kinds else "no"
    return ConditionOutcome(fits, kind or "", f"asked for: {', '.join(kinds)}")


def outside(scope: Scope, portrait: Portrait) -> bool:
    """Whether the party is for sure of another region or kind than those that are looked at."""
    return "no" in (in_region(portrait, scope.region).fits, of_kind(portrait, scope.kinds).fits)


def portrayed(
    graph: Graph, scope: Scope, moment: Moment, keys: Sequence[str] | None = None
) -> Iterator[Portrait | None]:
    """The parties that are looked at, in the order of keys; None for one outside the region and kinds.

    Args:
        keys: only these parties, each of them whatever it is; None: every entity.
    """
    if keys is not None:
        yield from portraits(graph, keys, moment)
        return
    for portrait in all_portraits(graph, moment):
        yield None if outside(scope, portrait) else portrait


def fresh(fact: FactRow, as_of: date, days: int) -> bool:
    """Whether the source said so on the day or not too long before."""
    return fact.data_date is not None and as_of <= fact.data_date + timedelta(days=days)


def holds(fact: FactRow, as_of: date, days: int) -> str:
    """Whether a credential holds on a day: yes, no, or unknown when its end is not known and nobody said so of late."""
    if (fact.since is not None and as_of < fact.since) or (fact.until is not None and as_of >= fact.until):
        return "no"
    if fact.since is None or fact.trust != "official" or (fact.absent_since is not None and as_of >= fact.absent_since):
        return "unknown"
    if fact.until is not None or fresh(fact, as_of, days):
        return "yes"
    return "unknown"


def credential(portrait: Portrait, wanted: CredentialAsked, as_of: date, days: int) -> ConditionOutcome:
    """Whether the party holds such a credential on the day."""
    if wanted.scheme:
        return grade(portrait, Grade(scheme=wanted.scheme, grades=wanted.grades), as_of, days)
    such = [
        f
        for f in portrait.held
        if (not wanted.kinds or f.props.get("kind") in wanted.kinds)
        and (not wanted.codes or set(wanted.codes) & set(f.props.get("codes") or ()))
        and (not wanted.titles or f.props.get("title") in wanted.titles)
        and f.props.get("kind") != "commitment"
    ]
    states = {f.fact_id: holds(f, as_of, days) for f in such}
    for fits, reason in (
        ("yes", "held on the day"),
        ("unknown", "its end is not known, or no official source says so"),
    ):
        if facts := tuple(f for f in such if states[f.fact_id] == fits):
            return ConditionOutcome(fits, str(facts[0].props.get("title") or ""), reason, facts)
    return ConditionOutcome("no", "", "none is held on the day", tuple(such))


def grade(portrait: Portrait, wanted: Grade, as_of: date, days: int) -> ConditionOutcome:
    """Whether the newest grade of a scheme that holds on the day is one of these. Grades are never computed here."""
    such = [f for f in portrait.held if f.props.get("kind") == "grade" and f.props.get("scheme") == wanted.scheme]
    holding = [f for f in such if holds(f, as_of, days) == "yes"]
    open_ones = [f for f in such if holds(f, as_of, days) == "unknown"]
    if not holding:
        if open_ones:
            told = "、".join(str(f.props.get("grade")) for f in open_ones)
            return ConditionOutcome(
                "unknown", told, "its end is not known, or no official source says so", tuple(open_ones)
            )
        return ConditionOutcome("no", "", f"no grade of {wanted.scheme} holds on the day", tuple(such))
    newest = max(f.since for f in holding if f.since is not None)
    last = tuple(f for f in holding if f.since == newest)
    values = {str(f.props.get("grade")) for f in last}
    if len(values) > 1:
        return ConditionOutcome("unknown", "、".join(sorted(values)), "two grades of one day differ", last)
    value = values.pop()
    asked = f"{wanted.scheme}: asked for {'、'.join(wanted.grades)}"
    return ConditionOutcome("yes" if value in wanted.grades else "no", value, asked, last)


# --- records ----------------------------------------------------------------------------------------------


def recorded(portrait: Portrait, wanted: Records, as_of: date) -> ConditionOutcome:
    """Whether there is such a record: `unknown` when it is not sure that it stands or counts."""
    sure, unsure = [], []
    for s in portrait.sanctions:
        if wanted.kinds and s.kind not in wanted.kinds:
            continue
        if wanted.codes and not set(wanted.codes) & set(s.codes):
            continue
        text = "、".join(_words(s))
        if wanted.words and not any(w in text for w in wanted.words):
            continue
        counts = _counts(s, wanted.years, as_of)
        if counts == "no":
            continue
        doubtful = counts == "unknown" or s.disputed or s.key in portrait.hearsay
        (unsure if doubtful else sure).append(s)
    if sure:
        return ConditionOutcome("yes", _numbers(sure), "recorded", (), tuple(sure))
    if unsure:
        why = "its days are not known"
        if any(s.key in portrait.hearsay for s in unsure):
            why = "it is stated by no official source"
        if any(s.disputed for s in unsure):
            why = "an objection is being verified (异议标注)"
        return ConditionOutcome("unknown", _numbers(unsure), why, (), tuple(unsure))
    return ConditionOutcome("no", "", "none is recorded")


def absent(portrait: Portrait, wanted: Records, as_of: date, complete_since: date | None) -> ConditionOutcome:
    """Whether there is no such record. Nothing found is `unknown` as long as nobody vouches for the whole look-back."""
    found = recorded(portrait, wanted, as_of)
    if found.fits != "no":
        return found._replace(fits={"yes": "no", "unknown": "unknown"}[found.fits])
    if complete_since is None:
        return ConditionOutcome(
            "unknown", "", "none is recorded, but nobody vouches that all records are here (complete_since)"
        )
    if wanted.years is not None and end_of_term(complete_since, wanted.years) > as_of + timedelta(days=1):
        return ConditionOutcome(
            "unknown", "", f"none is recorded, but records are vouched for since {complete_since} only"
        )
    return ConditionOutcome("yes", "", f"none is recorded; all since {complete_since} are vouched for")


def promised(portrait: Portrait, wanted: Promised, as_of: date) -> ConditionOutcome:
    """Whether a commitment is in one of these states, found on a day within the years."""
    facts, unsure = [], []
    for f in portrait.promises:
        if f.props.get("state") not in wanted.states:
            continue
        day = f.props.get("state_on") or f.since
        if day is None:
            unsure.append(f)
        elif day <= as_of < end_of_term(day, wanted.years):
            facts.append(f)
    if facts:
        return ConditionOutcome(
            "yes", "、".join(str(f.props.get("title") or "") for f in facts), "recorded", tuple(facts)
        )
    if unsure:
        return ConditionOutcome("unknown", "", "its day is not known", tuple(unsure))
    return ConditionOutcome("no", "", "none is recorded")


def inspected(portrait: Portrait, wanted: Inspected, as_of: date) -> ConditionOutcome:
    """Whether a check or test within the years had one of these results."""
    facts = [
        f
        for f in portrait.inspected
        if f.props.get("result") in wanted.results
        and f.since is not None
        and f.since <= as_of < end_of_term(f.since, wanted.years)
    ]
    if facts:
        return ConditionOutcome("yes", "、".join(str(f.props.get("result")) for f in facts), "recorded", tuple(facts))
    undated = tuple(f for f in portrait.inspected if f.props.get("result") in wanted.results and f.since is None)
    return (
        ConditionOutcome("unknown", "", "its day is not known", undated)
        if undated
        else ConditionOutcome("no", "", "none is recorded")
    )


def _counts(s: SanctionRef, years: int | None, as_of: date) -> str:
    if years is None:
        return {"in_force": "yes", "ended": "no"}.get(s.status, "unknown")
    if s.decided_on is None:
        return "yes" if s.status == "in_force" and s.until is not None else "unknown"
    if as_of < end_of_term(s.decided_on, years):
        return "yes"
    # A list entry that stands counts however long ago it was made; a penalty stands for ever and does not.
    if s.kind not in ("list_entry", "court_order"):
        return "no"
    return {"in_force": "yes", "ended": "no"}.get(s.status, "unknown")


def _words(s: SanctionRef) -> list[str]:
    found = [s.title or ""]
    for f in s.facts:
        found += [*(f.properties.get("penalty_kinds") or ()), f.properties.get("act") or ""]
    return found


def _numbers(found: Sequence[SanctionRef]) -> str:
    return "、".join(s.document_number or s.title or s.kind for s in found)
