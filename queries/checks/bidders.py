"""May these bidders stand in one lot (RB-01), or these suppliers in one contract of procurement (RB-02)?

Two bars, two depths. 招标投标法实施条例 第34条 bars bidders with the same person in charge (单位负责人, RB-04) or in a relation
of holding (控股) or management (管理), through any number of steps. 政府采购法实施条例 第18条 bars the same, but of holdings only
the direct one. A holding is more than half (超过50%). Which regulation applies is for the kind of procedure; where that is
not said, both answers are given, each with its clause.

The same person is one node of the graph, or two that a human judged to be one. Persons who only share a name are told
as candidates and never bar. What ties a bidder to the tenderer is a candidate too (第34条第1款: whether it may affect
fairness is judged by people); experts, the agency, and a third party who controls two bidders are information.

Each bidder is also asked about for itself, and so is who represents it (`queries.checks.bidder_records`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations, permutations
from typing import Any, LiteralString

from graph_model.facts import FactRow
from graph_model.identifiers import KeyedHash
from graph_model.names import agreement, parse_name
from graph_model.ownership import EPSILON, HALF, Holding, Shares, StepOfControl, controlled, steps_to
from graph_model.rules import RulePack
from graph_model.rules.model import Provision
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import Cut, NodeRef
from queries.checks.bidder_records import Procedure, RecordsFound, records_of_bidders
from queries.checks.common import (
    HEADS,
    NOBODY,
    UNIT_POSTS,
    AskedParties,
    Check,
    FindingDraft,
    Ties,
    all_doubts,
    answer,
    asked_for,
    doubts,
    ordered,
    provision,
    told,
    unlinked,
)
from queries.party.parties import party_refs
from queries.read.facts import fact_row, label_of
from queries.read.moment import Moment, one_moment

MAX_HOLDERS = 5_000
"""Parties above the bidders that are looked at: beyond, the answer says that it is not complete."""

TENDER: LiteralString = """
MATCH (t:Tender {key: $key}) RETURN t.key AS key, coalesce(t.title, t.document_number) AS name
UNION
MATCH (t:Tender {document_number: $key}) RETURN t.key AS key, coalesce(t.title, t.document_number) AS name
"""

AROUND_TENDER: LiteralString = """
MATCH (t:Tender {key: $key})
USING INDEX SEEK t:Tender(key)
MATCH (t)-[r:BID_IN|TENDERED_BY|AGENT_FOR|EVALUATES]-(p:Party)
WHERE r.rec_from <= $k AND $k < r.rec_to
RETURN type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end,
  p.key AS party, labels(p) AS labels, p.name AS name
ORDER BY type, party, props.fact_id
"""

ID_NUMBERS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE EXISTS { (:Identifier {scheme: 'cn-id'})-[:IDENTIFIES]->(p) }
RETURN p.key AS key
"""

JUDGED_PAIRS: LiteralString = """
UNWIND $keys AS key
MATCH (a:Party {key: key})
USING INDEX SEEK a:Party(key)
MATCH (a)-[r:SAME_PERSON_AS]->(b:Person)
WHERE r.rec_from <= $k AND $k < r.rec_to AND b.key IN $keys
RETURN properties(r) AS props, a.key AS start, b.key AS end
ORDER BY start, end, props.fact_id
"""

BIDDER_TITLES = {
    "same_person_in_charge": {"zh": "单位负责人为同一人", "en": "The same person in charge"},
    "namesake_in_charge": {"zh": "单位负责人同名(不能视为同一人)", "en": "Persons in charge of the same name"},
    "holding": {"zh": "控股关系", "en": "A holding of more than half"},
    "management": {"zh": "可能的管理关系", "en": "Perhaps a relation of management"},
    "common_control": {"zh": "受同一方控制", "en": "Controlled by one third party"},
    "interest_in_tenderer": {"zh": "与招标人的关系", "en": "A tie to the tenderer"},
    "expert": {"zh": "评审专家与投标人的关系", "en": "A tie of an expert to a bidder"},
    "agency": {"zh": "代理机构与投标人的关系", "en": "A tie of the agency to a bidder"},
}
MANAGING = ("ACTUAL_CONTROLLER_OF", "BRANCH_OF", "HAS_INTEREST_IN")
DIRECT = (*MANAGING, "HOLDS_SHARES_IN")
TO_TENDERER = (*DIRECT, "SUPPLIES_TO")
PERSONAL_TIES = (*UNIT_POSTS, "ACTUAL_CONTROLLER_OF", "HOLDS_SHARES_IN")

LEGAL_PERSONS = ("company", "institution", "social_organisation")
"""Kinds of bodies that the law gives a legal representative: a principal of one without him is no more than likely."""

NO_SHARES = ("institution", "social_organisation", "individual_business", "public_body")
"""Kinds of bodies that have no shareholders."""

_MASK = re.compile(r"[*＊×]|某")

NOT_COVERED = (
    say("holders_unstated"),
    say("management_unstated"),
    say("design_unstated"),
)


@one_moment
def check_bidders(
    graph: Graph,
    pack: RulePack,
    texts: Sequence[str],
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    procedure: Procedure | None = None,
    hash: KeyedHash | None = None,
) -> Check:
    """Which of these parties may not stand in one lot, or in one contract, together?

    Args:
        texts: keys, numbers or full names.
        procedure: `tender` (RB-01) or `procurement` (RB-02); None: both answers.
    """
    moment = Moment.of(graph, as_of, known_at)
    asked = asked_for(graph, texts, hash, moment)
    looked = _Bidders(graph, pack, asked, moment, procedure)
    found = looked.records()
    return answer(
        "check-bidders",
        moment,
        asked=asked,
        findings=ordered([*told(looked.ties, list(looked.pairs())), *found.findings])
        if len(asked.parties) > 1
        else found.findings,
        grades=found.grades,
        gaps=[*looked.gaps, *found.gaps],
        not_covered=NOT_COVERED,
        cut=looked.cut,
        reason=looked.reason,
        least=2,
    )


def check_tender(
    graph: Graph,
    pack: RulePack,
    text: str,
    *,
    as_of: date | None = None,
    otherwise: date,
    known_at: date | None = None,
    procedure: Procedure | None = None,
) -> Check:
    """Which bidders of a lot may not stand in it together, and who is tied to tenderer, agency or experts?

    Args:
        text: key of the lot (t-…) or its number.
        as_of: the day asked about; None: the day on which the bids were opened, else `otherwise`.
    """
    opened = as_of is None
    return _tender(graph, pack, text, as_of=as_of or otherwise, known_at=known_at, procedure=procedure, opened=opened)


@one_moment
def _tender(
    graph: Graph,
    pack: RulePack,
    text: str,
    *,
    as_of: date | Moment,
    known_at: date | None,
    procedure: Procedure | None,
    opened: bool,
) -> Check:
    """As `check_tender`; `opened`: for the day on which the bids were opened, where that is known."""
    moment = Moment.of(graph, as_of, known_at)
    lots = graph.read(TENDER, key=text)
    if len(lots) != 1:
        names = "; ".join(r["key"] for r in lots)
        found = answer("check-tender", moment, asked=NOBODY, findings=[])
        reason = say("lots_of_number", lots=names) if lots else say("no_lot")
        return found.model_copy(update={"status": "ambiguous" if lots else "unknown", "reason": reason})
    lot = NodeRef.of(lots[0]["key"], "Tender", lots[0]["name"])
    rows = graph.read(AROUND_TENDER, key=lot.key, k=moment.position)
    around: dict[str, list[FactRow]] = defaultdict(list)
    for r in rows:
        around[r["type"]].append(fact_row(r["type"], r["start"], r["end"], r["props"], position=moment.position))
    days = [f.since for f in around["BID_IN"] if f.since is not None]
    if opened:
        moment = replace(moment, as_of=max(days, default=moment.as_of))
    bidders = list(party_refs(graph, [f.start for f in around["BID_IN"]], moment).values())
    asked = NOBODY._replace(parties=bidders)
    looked = _Bidders(graph, pack, asked, moment, procedure, lot=lot, around=around)
    for r in rows:
        looked.ties.nodes.setdefault(r["party"], NodeRef.of(r["party"], label_of(r["labels"]), r["name"]))
    looked.ties.nodes[lot.key] = lot
    drafts = [*looked.pairs(), *looked.others()] if bidders else []
    found = looked.records()
    if opened and not days:
        looked.gaps.append(say("opened_unknown", day=moment.as_of))
    return answer(
        "check-tender",
        moment,
        asked=asked,
        findings=ordered([*told(looked.ties, drafts), *found.findings]),
        grades=found.grades,
        gaps=[*unlinked(graph, looked.bidders), *looked.gaps, *found.gaps],
        not_covered=NOT_COVERED,
        cut=looked.cut,
        reason=looked.reason,
        about=lot,
        least=1,
    )


class _Bidders:
    """The bidders, with everything that may tie two of them together on the day."""

    def __init__(
        self,
        graph: Graph,
        pack: RulePack,
        asked: AskedParties,
        moment: Moment,
        procedure: Procedure | None,
        *,
        lot: NodeRef | None = None,
        around: dict[str, list[FactRow]] | None = None,
    ) -> None:
        self.graph, self.as_of, self.position = graph, moment.as_of, moment.position
        self.ties = Ties(graph, moment, asked)
        self.bidders = {p.key: p for p in asked.parties}
        self.lot, self.around = lot, around or {}
        self.gaps: list[str] = []
        self.cut: list[Cut] = []
        rows = {"tender": ("RB-01",), "procurement": ("RB-02",), None: ("RB-01", "RB-02")}[procedure]
        self.bars = [provision(pack, name) for name in rows]
        self.reason = None
        if procedure is None:
            self.reason = say("procedure_unknown")
        # A bid that came in by a name alone is nobody's bid for sure.
        self.doubtful: dict[str, list[str]] = defaultdict(list)
        for fact in self.around.get("BID_IN", ()):
            if fact.by_name:
                self.doubtful[fact.start].append(say("bidder_by_name"))
        for key in asked.by_name:
            self.doubtful[key] += asked.open_points(key)
        self.pack, self.moment, self.procedure = pack, moment, procedure
        self.jointly = {f.start for f in self.around.get("BID_IN", ()) if f.props.get("joint")}

    def records(self) -> RecordsFound:
        """What stands against each by itself, and against who represents it."""
        return records_of_bidders(
            self.graph, self.pack, list(self.bidders), self.moment, self.ties, self.doubtful, self.procedure
        )

    # --- two bidders ---------------------------------------------------------------------------------------

    def pairs(self) -> Iterator[FindingDraft]:
        """What is found between two bidders."""
        yield from self._heads()
        yield from self._holdings()
        yield from self._managing()

    def _each(
        self, check: str, pair: tuple[str, str], why: str, missing: Iterable[str], **more: Any
    ) -> Iterator[FindingDraft]:
        """The same finding under each bar that is asked about."""
        for bar in self.bars:
            yield self._draft(check, bar, pair, why, missing, **more)

    def _draft(
        self, check: str, bar: Provision | None, pair: tuple[str, ...], why: str, missing: Iterable[str], **more: Any
    ) -> FindingDraft:
        open_points = [*missing, *(d for key in pair for d in self.doubtful.get(key, ()))]
        if bar is not None and len(pair) == 2 and self.jointly.issuperset(pair):
            open_points.append(say("joint_bid"))
        return FindingDraft(
            check, BIDDER_TITLES[check], bar, pair, why, missing=tuple(dict.fromkeys(open_points)), **more
        )

    def _heads(self) -> Iterator[FindingDraft]:
        heads: dict[str, dict[str, list[FactRow]]] = defaultdict(lambda: defaultdict(list))
        for fact in self.ties.into(self.bidders, HEADS):
            heads[fact.end][fact.start].append(fact)
        untold: dict[str, list[str]] = defaultdict(list)
        for key, party in self.bidders.items():
            represented = {who for who, found in heads[key].items() if any(f.type == HEADS[0] for f in found)}
            if represented:
                # 会计法 第48条: a principal is in charge by law only where no legal representative is.
                heads[key] = defaultdict(list, {who: heads[key][who] for who in sorted(represented)})
            elif heads[key] and party.kind in LEGAL_PERSONS:
                untold[key].append(say("principal_represents", name=self._name(key)))
            if not heads[key]:
                self.gaps.append(say("no_head", name=self._name(key), day=self.as_of))
        people = sorted({who for found in heads.values() for who in found if self.ties.nodes[who].label == "Person"})
        numbered = {r["key"] for r in self.graph.read(ID_NUMBERS, keys=people)}
        judged = {
            frozenset((r["start"], r["end"])): fact_row(
                "SAME_PERSON_AS", r["start"], r["end"], r["props"], position=self.position
            )
            for r in self.graph.read(JUDGED_PAIRS, keys=people, k=self.position)
        }
        for a, b in combinations(self.bidders, 2):
            for p, q in ((p, q) for p in heads[a] for q in heads[b]):
                one, other = self.ties.surest(heads[a][p]), self.ties.surest(heads[b][q])
                rest = tuple(f for f in (*heads[a][p], *heads[b][q]) if f not in (one, other))
                missing = [*all_doubts((one, other), self.as_of), *untold[a], *untold[b]]
                if p == q:
                    why = say("in_charge_of_both", name=self._name(p))
                    yield from self._each(
                        "same_person_in_charge", (a, b), why, missing, path=(one, other), evidence=rest
                    )
                    continue
                judgement = judged.get(frozenset((p, q)))
                said = judgement.props.get("judgement") if judgement else None
                if judgement is not None and said in ("same", "unsure"):
                    why = say("judged_by_human", one=self._name(p), other=self._name(q), judgement=said)
                    if said == "unsure":
                        missing.append(say("judged_unsure"))
                    yield from self._each(
                        "same_person_in_charge", (a, b), why, missing, path=(one, judgement, other), evidence=rest
                    )
                elif said is None and self._masked(p, q):
                    self.gaps.append(say("name_masked", one=self._name(a), other=self._name(b)))
                elif said is None and self._namesakes(p, q) and not {p, q} <= numbered:
                    missing.append(say("name_is_nobody"))
                    yield from self._each(
                        "namesake_in_charge",
                        (a, b),
                        say("same_name", one=self._name(p), other=self._name(q)),
                        missing,
                        evidence=(one, other),
                        status="candidate",
                    )

    def _masked(self, p: str, q: str) -> bool:
        """Whether one of the two is known by a part of the name only, so that it cannot be said who they are."""
        one, other = self.ties.nodes[p].name or "", self.ties.nodes[q].name or ""
        masked = bool(_MASK.search(one) or _MASK.search(other))
        return masked and one[:1] == other[:1]

    def _namesakes(self, p: str, q: str) -> bool:
        one, other = self.ties.nodes[p], self.ties.nodes[q]
        if one.label != "Person" or other.label != "Person" or not one.name or not other.name:
            return False
        return agreement([parse_name(one.name)], [parse_name(other.name)]) is not None

    # --- holdings ----------------------------------------------------------------------------------------------

    def _gather(self, roots: Iterable[str]) -> tuple[Shares, dict[tuple[str, str], list[FactRow]]]:
        """All holdings through which anybody holds anything of these, level by level."""
        facts: dict[tuple[str, str], list[FactRow]] = defaultdict(list)
        seen = set(roots)
        frontier = sorted(seen)
        while frontier:
            if len(seen) > MAX_HOLDERS:
                self.cut.append(Cut(reason="limit", detail=say("limit_above_bidders", limit=MAX_HOLDERS)))
                break
            above = set()
            for fact in self.ties.into(frontier, ("HOLDS_SHARES_IN",)):
                facts[fact.start, fact.end].append(fact)
                if self.ties.nodes[fact.start].label != "Person":
                    above.add(fact.start)
            frontier = sorted(above - seen)
            seen |= above
        shares = Shares.of(
            Holding(f.start, f.end, f.props.get("share_min", 0.0), f.props.get("share_max", 1.0))
            for stated in facts.values()
            for f in stated
        )
        return shares, facts

    def _holdings(self) -> Iterator[FindingDraft]:
        shares, facts = self._gather(self.bidders)
        self._unstated(shares)
        for company, total in sorted(shares.over.items()):
            self.gaps.append(say("shares_add_up", name=self._name(company), total=total))
        sure = {who: controlled(shares, who) for who in self.bidders}
        maybe = {who: controlled(shares, who, possibly=True) for who in self.bidders}
        for a, b in permutations(self.bidders, 2):
            for bar in self.bars:
                yield from self._holding(bar, shares, facts, a, b, sure[a], maybe[a])
        # Whoever controls anything has more than half of his first company by himself.
        first = {who for held in shares.into.values() for who, share in held.items() if share.low > HALF + EPSILON}
        third = sorted(first - self.bidders.keys())
        hands = {who: controlled(shares, who) for who in third}
        for who in third:
            for a, b in combinations([k for k in self.bidders if k in hands[who]], 2):
                chain_a, chain_b = self._chain(facts, hands[who], who, a), self._chain(facts, hands[who], who, b)
                yield self._draft(
                    "common_control",
                    None,
                    (a, b),
                    say("controls_both", name=self._name(who)),
                    all_doubts((*chain_a, *chain_b), self.as_of),
                    path=(*reversed(chain_a), *chain_b),
                )

    def _unstated(self, shares: Shares) -> None:
        """Where somebody whom no source states may hold more than half, at a bidder or above it."""
        asked = [key for key, p in self.bidders.items() if p.kind not in NO_SHARES]
        seen = set(asked)
        while asked:
            key = asked.pop(0)
            holders = shares.into.get(key, {})
            stated = sum(s.low for s in holders.values())
            if not holders:
                self.gaps.append(say("no_shareholder", name=self._name(key), day=self.as_of))
            elif 1 - stated > HALF + EPSILON:
                self.gaps.append(say("shares_partly_stated", name=self._name(key), stated=stated, day=self.as_of))
            for who, share in holders.items():
                above = self.ties.nodes[who].label == "Entity" and share.low > HALF + EPSILON
                if above and who not in seen and who not in self.bidders:
                    seen.add(who)
                    asked.append(who)

    def _holding(
        self,
        bar: Provision,
        shares: Shares,
        facts: dict[tuple[str, str], list[FactRow]],
        a: str,
        b: str,
        sure: dict[str, StepOfControl],
        maybe: dict[str, StepOfControl],
    ) -> Iterator[FindingDraft]:
        """What `a` holds of `b`, as deep as the bar goes."""
        assert bar.asked is not None
        mine = shares.into.get(b, {}).get(a)
        others = sum(s.low for who, s in shares.into.get(b, {}).items() if who != a)
        stated = max((f.props.get("share_min", 0.0) for f in facts.get((a, b), ())), default=0.0)
        if mine is not None and mine.low > HALF + EPSILON:
            step = self.ties.surest(facts[a, b])
            why = say("holds_directly", one=self._name(a), part=mine.low, other=self._name(b))
            yield self._draft("holding", bar, (a, b), why, self._stated(facts, [step]), path=(step,))
        elif bar.asked.control == "chain" and b in sure:
            chain = self._chain(facts, sure, a, b)
            steps = steps_to(sure, b)
            used = [self.ties.surest(facts[h, s.company]) for s in steps for h in s.holders]
            why = say("controls_in_steps", one=self._name(a), other=self._name(b), steps=len(steps))
            rest = tuple(f for f in used if f not in chain)
            yield self._draft("holding", bar, (a, b), why, self._stated(facts, used), path=chain, evidence=rest)
        elif mine is not None and min(mine.high, 1 - others) > HALF + EPSILON:
            step = self.ties.surest(facts[a, b])
            told_share = f"{mine.low:.2%} to {mine.high:.2%}"
            why = say("holds_range", one=self._name(a), other=self._name(b), share=told_share)
            missing = [say("half_unknown", share=told_share), *doubts(step, self.as_of)]
            yield self._draft("holding", bar, (a, b), why, missing, path=(step,))
        elif mine is not None and b in shares.over and stated > HALF + EPSILON:
            step = self.ties.surest(facts[a, b])
            why = say("stated_to_hold", one=self._name(a), part=stated, other=self._name(b))
            missing = [say("share_adds_up", total=shares.over[b]), *doubts(step, self.as_of)]
            yield self._draft("holding", bar, (a, b), why, missing, path=(step,))
        elif bar.asked.control == "chain" and b in maybe:
            chain = self._chain(facts, maybe, a, b)
            why = say("may_control", one=self._name(a), other=self._name(b))
            missing = [
                say("steps_unknown"),
                *all_doubts(chain, self.as_of),
            ]
            yield self._draft("holding", bar, (a, b), why, missing, path=chain)

    def _stated(self, facts: dict[tuple[str, str], list[FactRow]], used: Sequence[FactRow]) -> list[str]:
        """Doubts about holdings; sources that contradict each other on one holding are told."""
        found = all_doubts(used, self.as_of)
        for fact in used:
            said = {(f.props.get("share_min"), f.props.get("share_max")) for f in facts[fact.start, fact.end]}
            if len(said) > 1:
                found.append(say("share_disputed", one=self._name(fact.start), other=self._name(fact.end)))
        return found

    def _chain(
        self, facts: dict[tuple[str, str], list[FactRow]], steps: dict[str, StepOfControl], owner: str, company: str
    ) -> tuple[FactRow, ...]:
        """One line of holdings from the owner down to the company, along its steps of control."""
        chain: list[FactRow] = []
        here = company
        while here != owner:
            holders = steps[here].holders
            above = owner if owner in holders else holders[0]
            chain.insert(0, self.ties.surest(facts[above, here]))
            here = above
        return tuple(chain)

    # --- what may be management ------------------------------------------------------------------------------

    def _managing(self) -> Iterator[FindingDraft]:
        for fact in self.ties.into(self.bidders, MANAGING):
            a, b = fact.start, fact.end
            if a not in self.bidders or a == b:
                continue
            if fact.type == "HAS_INTEREST_IN" and fact.props.get("share_max", 1.0) <= HALF + EPSILON:
                continue
            both = {"one": self._name(a), "other": self._name(b)}
            why = {
                "ACTUAL_CONTROLLER_OF": say("stated_controller", **both),
                "BRANCH_OF": say("is_branch", **both),
                "HAS_INTEREST_IN": say("has_interest", **both, interest=fact.props.get("interest")),
            }[fact.type]
            missing = [say("whether_management")]
            yield from self._each(
                "management",
                (a, b),
                why,
                missing + doubts(fact, self.as_of),
                path=(fact,),
            )

    # --- tenderer, agency, experts ---------------------------------------------------------------------------

    def others(self) -> Iterator[FindingDraft]:
        """What ties a bidder to those who run the tender."""
        tenderers = sorted({f.end for f in self.around.get("TENDERED_BY", ())} - self.bidders.keys())
        agencies = sorted({f.start for f in self.around.get("AGENT_FOR", ())} - self.bidders.keys())
        experts = sorted({f.start for f in self.around.get("EVALUATES", ())})
        if not tenderers:
            self.gaps.append(say("tenderer_unknown"))
        rule = next((b for b in self.bars if b.id == "RB-01"), None)  # 第34条第1款 is of tenders
        fair = say("fairness")
        for who in tenderers:
            yield from self._tied("interest_in_tenderer", rule, who, [fair] if rule else [])
        for who in agencies:
            yield from self._tied("agency", None, who, [])
        for fact in self.ties.out_of(experts, PERSONAL_TIES):
            if fact.end in self.bidders:
                judged = [f for f in self.around["EVALUATES"] if f.start == fact.start]
                yield self._draft(
                    "expert",
                    None,
                    (fact.end,),
                    say("expert_tied", one=self._name(fact.start), other=self._name(fact.end)),
                    doubts(fact, self.as_of),
                    path=(fact, judged[0]),
                )

    def _tied(self, check: str, rule: Provision | None, who: str, missing: list[str]) -> Iterator[FindingDraft]:
        """Direct relationships, control, and persons that a bidder and `who` have in common."""
        keys = [*self.bidders, who]
        seen: set[tuple[str, str]] = set()
        direct = [f for f in self.ties.into(keys, TO_TENDERER) if who in (f.start, f.end)]
        for fact in direct:
            other = fact.start if fact.end == who else fact.end
            if other in self.bidders:
                seen.add((other, who))
                why = say("tied", one=self._name(fact.start), relation=fact.type, other=self._name(fact.end))
                yield self._draft(check, rule, (other, who), why, missing + doubts(fact, self.as_of), path=(fact,))
        shares, facts = self._gather(keys)
        for a, b in [(k, who) for k in self.bidders] + [(who, k) for k in self.bidders]:
            bidder = b if a == who else a
            hand = controlled(shares, a)
            if b in hand and (bidder, who) not in seen:
                chain = self._chain(facts, hand, a, b)
                path = chain if a == bidder else tuple(reversed(chain))
                why = say("controls", one=self._name(a), other=self._name(b))
                yield self._draft(check, rule, (bidder, who), why, missing + all_doubts(chain, self.as_of), path=path)
        persons: dict[str, dict[str, list[FactRow]]] = defaultdict(lambda: defaultdict(list))
        for fact in self.ties.into(keys, PERSONAL_TIES):
            if self.ties.nodes[fact.start].label == "Person":
                persons[fact.start][fact.end].append(fact)
        for person, at in persons.items():
            for key in self.bidders:
                if who in at and key in at:
                    one, other = self.ties.surest(at[key]), self.ties.surest(at[who])
                    why = say("at_both", name=self._name(person))
                    yield self._draft(
                        check, rule, (key, who), why, missing + all_doubts((one, other), self.as_of), path=(one, other)
                    )

    def _name(self, key: str) -> str:
        return self.ties.nodes[key].name or key
