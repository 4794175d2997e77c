"""May this supplier take part in government procurement (RB-03), and is there a record of bribery (P09, P10, P24)?

RB-03 (政府采购法 第22条第1款第5项, 实施条例 第19条, 财库〔2016〕125号): a supplier on one of three lists, or with a major breach of
law in the three years before, is refused. Lists and the words of the penalties meant stand with the row in the rule
pack. That a fine is a large one (较大数额罚款) is never decided here: no threshold was read, so it is a candidate.

A record of bribery (行贿犯罪记录) bars by no law that was read: it is told as information, with who has it and in which
post; a sentence of the supplier itself counts under RB-03.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from graph_model.facts import FactRow, WhetherHeld, held_on
from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.rules.model import Provision
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.timeline import end_of_term
from queries.answers import NodeRef, SanctionRef
from queries.checks.common import (
    HEADS,
    NOBODY,
    Check,
    Finding,
    Ties,
    answer,
    asked_for,
    basis_of,
    doubts,
    ordered,
    portions,
    provision,
    since_day,
)
from queries.party.parties import SANCTIONS_ON, parts_of, party_refs, sanctions_on
from queries.read.facts import fact_row, imposed_props
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs, path_along

PROCUREMENT, BRIBERY = "RB-03", "BR-01"
OFFICES = (*HEADS, "DIRECTOR_OF", "SUPERVISOR_OF", "SENIOR_MANAGER_OF", "ACTUAL_CONTROLLER_OF")
SUPPLIER_TITLES = {
    "listed": {"zh": "列入应当拒绝的名单", "en": "On a list that bars from procurement"},
    "major_violation": {"zh": "前三年内重大违法记录", "en": "A major breach of law within three years"},
    "bribery": {"zh": "行贿犯罪记录", "en": "A record of bribery"},
}
_NOT_COVERED_PROCUREMENT = (
    say("conditions_of_22"),
    say("breaches_unreported"),
)
_NOT_COVERED_BRIBERY = (say("sentences_unreported"),)


class PartyRecord:
    """One sanction of one party: as it is shown, and its statements with who says so."""

    def __init__(self, shown: SanctionRef, stated: Sequence[FactRow]) -> None:
        self.shown = shown
        self.official = any(f.trust == "official" for f in stated)
        self.by_name = all(f.by_name for f in stated)
        facts = [f for f in stated if f.trust == "official"] or list(stated)
        self.kinds = "、".join(k for f in facts for k in f.props.get("penalty_kinds") or ())
        self.titles = "、".join(t for f in facts if (t := f.props.get("title")))
        self.cause = "、".join(t for f in facts for name in ("act", "title") if (t := f.props.get(name)))
        fines = [f for f in facts if f.props.get("fine_yuan") is not None]
        # One file may tell a decision in several rows: their fines add up.
        self.fine = sum(f.props["fine_yuan"] for f in parts_of(fines[0], fines)) if fines else None
        self.criminal = shown.kind == "judgment" and any(
            "刑" in (f.props.get("document_number") or "")
            or (f.props.get("act") or "").endswith("罪")
            or f.props.get("party_role") == "被告人"
            for f in facts
        )

    def doubts(self) -> list[str]:
        """What is not established about the record itself."""
        found = []
        if not self.official:
            found.append(say("record_unofficial"))
        if self.by_name:
            found.append(say("record_by_name"))
        if self.shown.status == "unknown":
            found.append(say("force_unknown"))
        if self.shown.status == "term_over":
            over = max(one.term_over for one in self.shown.listing if one.term_over)
            found.append(say("force_term_over", day=over))
        if self.shown.disputed:
            found.append("; ".join([self.shown.disputed, say("measures_rest")]))
        return found


@one_moment
def check_suppliers(
    graph: Graph,
    pack: RulePack,
    texts: Sequence[str],
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    hash: KeyedHash | None = None,
) -> Check:
    """Which of these suppliers is refused in government procurement on the day, by which record?

    Args:
        texts: keys, numbers or full names.
    """
    moment = Moment.of(graph, as_of, known_at)
    day = moment.as_of
    asked = asked_for(graph, texts, hash, moment)
    found: list[Finding] = []
    nodes = asked.nodes
    for some in portions(list(nodes)):
        records = records_on(graph, some, moment)
        for key in some:
            refused = refusals(pack, nodes[key], records.get(key, []), day)
            found += [with_doubts(f, asked.open_points(key)) for f in refused]
    return answer(
        "check-suppliers",
        moment,
        asked=asked,
        findings=ordered(found),
        not_covered=_NOT_COVERED_PROCUREMENT,
    )


@one_moment
def check_suppliers_of(
    graph: Graph, pack: RulePack, key: str, *, as_of: date | Moment, known_at: date | None = None
) -> Check:
    """Which suppliers of this party, of the day or before, stand on the lists of RB-03, or have a major breach of law?

    The articles bind government procurement; whether these purchases are such is not known, so nothing here is a bar.

    Args:
        key: of the party that buys.
    """
    moment = Moment.of(graph, as_of, known_at)
    day = moment.as_of
    buyers = list(party_refs(graph, [key], moment).values())
    asked = NOBODY._replace(parties=buyers)
    ties = Ties(graph, moment)
    supplies: dict[str, list[FactRow]] = defaultdict(list)
    for fact in ties.into([b.key for b in buyers], ("SUPPLIES_TO",), over=True):
        supplies[fact.start].append(fact)
    refs = fact_refs(graph, [f for facts in supplies.values() for f in facts])
    whether = say("government_procurement")
    found: list[Finding] = []
    for some in portions(sorted(supplies)):
        records = records_on(graph, some, moment)
        for who in some:
            last = max(supplies[who], key=lambda f: (str(f.until or date.max), f.fact_id))
            still = doubts(last, day)
            if held_on(last, day)[0] is WhetherHeld.NO:
                still = [say("whether_supplies", day=day, last=last.until)]
            for finding in refusals(pack, ties.nodes[who], records.get(who, []), day):
                told = with_doubts(finding, [whether, *still])
                path = path_along(ties.nodes, refs, who, [last])
                parties = [ties.nodes[who], ties.nodes[last.end]]
                rest = [refs[f.fact_id] for f in supplies[who] if f is not last]
                found.append(told.model_copy(update={"parties": parties, "path": path, "evidence": rest}))
    gaps = [] if supplies or not buyers else [say("no_supplier")]
    return answer(
        "check-suppliers-of",
        moment,
        asked=asked,
        findings=ordered(found),
        gaps=gaps,
        not_covered=_NOT_COVERED_PROCUREMENT,
    )


@one_moment
def check_bribery(
    graph: Graph,
    pack: RulePack,
    texts: Sequence[str],
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    hash: KeyedHash | None = None,
) -> Check:
    """Is there a record of bribery of these parties, or of those in charge of them, before a contract?

    Args:
        texts: keys, numbers or full names.
    """
    moment = Moment.of(graph, as_of, known_at)
    day = moment.as_of
    asked = asked_for(graph, texts, hash, moment)
    ties = Ties(graph, moment, asked)
    offices: dict[tuple[str, str], list[FactRow]] = defaultdict(list)
    for fact in ties.into([p.key for p in asked.parties], OFFICES):
        if held_on(fact, day)[0] is not WhetherHeld.NO:
            offices[fact.end, fact.start].append(fact)
    whom = sorted({p.key for p in asked.parties} | {who for _, who in offices})
    records: dict[str, list[PartyRecord]] = {}
    for some in portions(whom):
        records |= records_on(graph, some, moment)
    refs = fact_refs(graph, [f for facts in offices.values() for f in facts])
    found: list[Finding] = []
    for p in asked.parties:
        named = asked.open_points(p.key)
        own = [with_doubts(f, named) for r in records.get(p.key, []) for f in bribes(pack, ties.nodes[p.key], r, day)]
        found += own
        for (unit, who), facts in offices.items():
            if unit != p.key:
                continue
            surest = ties.surest(facts)
            for r in records.get(who, []):
                for f in bribes(pack, ties.nodes[who], r, day, of_itself=False):
                    told = with_doubts(f, [*named, *doubts(surest, day)])
                    more = {
                        "parties": [ties.nodes[unit], ties.nodes[who]],
                        "path": path_along(ties.nodes, refs, unit, [surest]),
                        "evidence": [refs[x.fact_id] for x in facts if x is not surest],
                    }
                    found.append(told.model_copy(update=more))
    return answer(
        "check-bribery",
        moment,
        asked=asked,
        findings=ordered(found),
        not_covered=_NOT_COVERED_BRIBERY,
    )


# --- records ----------------------------------------------------------------------------------------------


def records_on(graph: Graph, keys: Sequence[str], moment: Moment) -> dict[str, list[PartyRecord]]:
    """The sanctions of each party that have begun, with who states them."""
    stated: dict[tuple[str, str], list[FactRow]] = defaultdict(list)
    for r in graph.read(SANCTIONS_ON, keys=list(keys), k=moment.position, retired=False):
        props = imposed_props(r, moment.position)
        fact = fact_row("IMPOSED_ON", r["sanction"], r["key"], props, position=moment.position)
        stated[r["key"], r["sanction"]].append(fact)
    shown = sanctions_on(graph, keys, moment)
    return {key: [PartyRecord(s, stated[key, s.key]) for s in found] for key, found in shown.items()}


def refusals(pack: RulePack, who: NodeRef, records: Sequence[PartyRecord], as_of: date) -> Iterator[Finding]:
    """What RB-03 finds in the records of one supplier."""
    row = provision(pack, PROCUREMENT)
    asked = row.asked
    assert asked is not None
    assert asked.years is not None
    for r in records:
        s = r.shown
        if lists := sorted(set(s.codes) & set(asked.codes)):
            if s.may_stand:
                why = since_day("、".join(_list_name(pack, code) for code in lists), s.decided_on)
                yield _found("listed", row, who, r, why, r.doubts(), as_of)
            continue
        said = f"{r.kinds}、{r.titles}"
        words = [w for w in asked.words if w in said] if s.kind == "penalty" else []
        perhaps = [w for w in asked.perhaps_words if w in said] if s.kind == "penalty" and not words else []
        if not (words or perhaps or r.criminal):
            continue
        if s.decided_on is not None and as_of >= end_of_term(s.decided_on, asked.years):
            continue
        missing = [d for d in r.doubts() if s.kind == "judgment" or not d.startswith("whether it is in force")]
        if s.decided_on is None:
            missing.append(say("decision_day_within"))
        what = "刑罚 sentence" if r.criminal else f"{'、'.join(words or perhaps)} {s.title or ''}".strip()
        if perhaps and not r.criminal:
            amount = f"{r.fine:,.2f} yuan" if r.fine is not None else say("amount_unstated")
            missing.append(say("large_fine", amount=amount))
        why = say("decided_on", what=what, day=s.decided_on) if s.decided_on else say("decided_unknown", what=what)
        yield _found("major_violation", row, who, r, why, missing, as_of)


def bribes(pack: RulePack, who: NodeRef, r: PartyRecord, as_of: date, *, of_itself: bool = True) -> Iterator[Finding]:
    """What a record says about bribery.

    Args:
        who: the party of which it is a record.
        r: the record.
        of_itself: it is a record of the party that is asked about; else of somebody in charge of it.
    """
    row, bar = provision(pack, BRIBERY), provision(pack, PROCUREMENT)
    asked = row.asked
    assert asked is not None
    assert bar.asked is not None
    assert bar.asked.years is not None
    s = r.shown
    stated = any(w in r.cause for w in asked.words)
    perhaps = any(w in r.cause for w in asked.perhaps_words) or not set(s.codes).isdisjoint(asked.perhaps)
    if not (stated or perhaps):
        return
    missing = (
        r.doubts() if s.kind == "judgment" else [d for d in r.doubts() if not d.startswith("whether it is in force")]
    )
    day = s.decided_on or "an unknown day"
    if r.criminal or (s.kind == "judgment" and perhaps and not stated):
        if not stated:
            missing.append(say("which_crime"))
        recent = s.decided_on is None or as_of < end_of_term(s.decided_on, bar.asked.years)
        if s.decided_on is None:
            missing.append(say("day_of_judgment"))
        why = say("sentenced", on=day, what=r.cause or s.title)
        if of_itself and recent:
            yield _found("bribery", bar, who, r, "; ".join([why, say("counts_three_years")]), missing, as_of)
        else:
            # Without a clause: that something is not established makes no candidate of it.
            yield _found(
                "bribery", row, who, r, why, missing, as_of, status="candidate" if not stated else "information"
            )
    elif s.kind == "penalty" and (stated or perhaps):
        why = say("penalty_no_conviction", on=day, what=r.cause or s.title)
        yield _found("bribery", None, who, r, why, missing, as_of, status="information")
    elif s.kind == "judgment":
        why = say("judgment_perhaps_civil", on=day, what=r.cause)
        yield _found("bribery", row, who, r, why, [*missing, say("whether_sentence")], as_of, status="candidate")


def _found(
    check: str,
    row: Provision | None,
    who: NodeRef,
    r: PartyRecord,
    why: str,
    missing: list[str],
    as_of: date,
    *,
    status: str | None = None,
) -> Finding:
    basis = basis_of(row, as_of) if row else []
    fallback = "information" if not basis else "candidate" if missing else "bar"
    return Finding.model_validate(
        {
            "check": check,
            "title": SUPPLIER_TITLES[check],
            "status": status or fallback,
            "provision": row.id if row else None,
            "legal_basis": [b.model_dump() for b in basis],
            "parties": [who.model_dump()],
            "why": why,
            "sanctions": [r.shown.model_dump(by_alias=True)],
            "missing": missing,
        }
    )


def with_doubts(finding: Finding, missing: list[str]) -> Finding:
    """The finding with more that is not established: a bar is then a candidate."""
    status = "candidate" if finding.status == "bar" and missing else finding.status
    return finding.model_copy(update={"missing": [*missing, *finding.missing], "status": status})


def _list_name(pack: RulePack, code: str) -> str:
    return next((row.title.zh for row in pack.lists if row.id == code), code)
