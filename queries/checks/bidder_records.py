"""What stands against each bidder by itself, and against who represents it: refusals, bribery, bans, low grades?

Asked in one answer with what ties bidders to each other. Refusals (RB-03) bind government procurement alone, and the supplier
alone: in a tender, or of a representative, they are information. A ban of a bidder is a candidate, as its scope is a text
that people read, unless it is a ban on just such procedures; one of a representative is an alert for the unit (EP-007). Grades are told as their organs gave them; only
the lowest of a scale that the rule pack knows are findings.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, LiteralString

from graph_model.facts import FactRow, WhetherHeld, held_on
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import ConsequenceRef, FactRef, NodeRef
from queries.checks.common import HEADS, Finding, Ties, doubts, measure_since, portions, since_day
from queries.checks.offices import Ban, ban_finding, bans_in, barring_measures
from queries.checks.suppliers import PROCUREMENT, PartyRecord, bribes, records_on, refusals, with_doubts
from queries.law.consequences import consequences_of
from queries.read.facts import fact_row
from queries.read.moment import Moment
from queries.read.provenance import fact_refs, path_along

Procedure = Literal["tender", "procurement"]

BID_BAN = "BID_BAN"
TITLES = {
    "ban": {"zh": "禁止或限制参加", "en": "A bidder that is barred"},
    "grade": {"zh": "信用等级为最低档", "en": "A grade at the end of its scale"},
}

GRADES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})-[r:HOLDS]->(c:Credential)
USING INDEX SEEK p:Party(key)
WHERE r.kind = 'grade' AND r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND (r.until IS NULL OR r.until > $day)
RETURN key, c.key AS credential, properties(r) AS props ORDER BY key, credential, props.fact_id
"""


@dataclass
class RecordsFound:
    """What stands against the bidders and their representatives."""

    findings: list[Finding] = field(default_factory=list)
    grades: list[FactRef] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


def records_of_bidders(
    graph: Graph,
    pack: RulePack,
    bidders: Sequence[str],
    moment: Moment,
    ties: Ties,
    doubtful: Mapping[str, Sequence[str]],
    procedure: Procedure | None,
) -> RecordsFound:
    """What is recorded of these bidders, and of their representatives on the day?

    Args:
        ties: reads relationships, and knows the names of the bidders.
        doubtful: why it is not established who the bidder is.
    """
    look = _Look(graph, pack, moment, ties, procedure)
    heads = _heads(ties, bidders)
    whom = list(dict.fromkeys([*bidders, *(who for at in heads.values() for who in at)]))
    records: dict[str, list[PartyRecord]] = {}
    grades: dict[str, list[FactRow]] = defaultdict(list)
    for some in portions(whom):
        records |= records_on(graph, some, moment)
        for r in graph.read(GRADES, keys=list(some), k=moment.position, day=moment.as_of):
            row = fact_row("HOLDS", r["key"], r["credential"], r["props"], position=moment.position)
            grades[r["key"]].append(row)
    found = RecordsFound()
    refs = fact_refs(graph, [f for facts in grades.values() for f in facts])
    posts = fact_refs(graph, [f for at in heads.values() for facts in at.values() for f in facts])
    found.grades = [refs[f.fact_id] for who in whom for f in grades[who]]
    laws = {who: consequences_of(graph, pack, who, as_of=moment) for who in whom}
    found.gaps = list(
        dict.fromkeys(
            say("gap_named", name=ties.nodes[who].name or who, why=why)
            for who, law in laws.items()
            for why in ([law.reason] if law.reason and law.status == "incomplete" else [])
        )
    )
    for key in bidders:
        own = look.of_itself(key, records.get(key, []), laws[key].consequences, grades[key], refs)
        found.findings += [with_doubts(f, list(doubtful.get(key, ()))) for f in own]
        for who, facts in heads[key].items():
            surest = ties.surest(facts)
            open_points = [*doubtful.get(key, ()), *doubts(surest, moment.as_of)]
            told = look.of_representative(key, who, records.get(who, []), laws[who].consequences, grades[who], refs)
            more = {
                "path": path_along(ties.nodes, posts, key, [surest]),
                "evidence": [posts[f.fact_id] for f in facts if f is not surest],
            }
            for f in told:
                shown = {**more, "evidence": [*f.evidence, *more["evidence"]]}
                found.findings.append(with_doubts(f, open_points).model_copy(update=shown))
    return found


def _heads(ties: Ties, bidders: Sequence[str]) -> dict[str, dict[str, list[FactRow]]]:
    """Bidder → who represents it on the day → the posts: the legal representative, else the principal (会计法 第48条)."""
    posts: dict[str, dict[str, list[FactRow]]] = {key: defaultdict(list) for key in bidders}
    for fact in ties.into(bidders, HEADS):
        if held_on(fact, ties.as_of)[0] is not WhetherHeld.NO:
            posts[fact.end][fact.start].append(fact)
    for key, at in posts.items():
        represented = {who: facts for who, facts in at.items() if any(f.type == HEADS[0] for f in facts)}
        posts[key] = defaultdict(list, represented or at)
    return posts


class _Look:
    """One answer about many bidders."""

    def __init__(self, graph: Graph, pack: RulePack, moment: Moment, ties: Ties, procedure: Procedure | None) -> None:
        self.graph, self.pack, self.day, self.nodes, self.procedure = graph, pack, moment.as_of, ties.nodes, procedure
        self.lowest = {w for p in pack.provisions if p.kind == "rating" and p.asked for w in p.asked.words}

    def of_itself(
        self,
        key: str,
        records: Sequence[PartyRecord],
        law: Sequence[ConsequenceRef],
        grades: Sequence[FactRow],
        refs: Mapping[str, FactRef],
    ) -> list[Finding]:
        """What stands against the bidder."""
        node = self.nodes[key]
        found = list(refusals(self.pack, node, records, self.day))
        found += [f for r in records for f in bribes(self.pack, node, r, self.day)]
        if self.procedure == "tender":
            bound = say("procurement_alone")
            found = [_informs(f, bound) if f.provision == PROCUREMENT else f for f in found]
        measures = (BID_BAN, *barring_measures(self.pack))
        found += [self._barred(node, ban) for ban in bans_in(law, measures)]
        return [*found, *self._low([node], records, grades, refs)]

    def of_representative(
        self,
        unit: str,
        who: str,
        records: Sequence[PartyRecord],
        law: Sequence[ConsequenceRef],
        grades: Sequence[FactRow],
        refs: Mapping[str, FactRef],
    ) -> list[Finding]:
        """What stands against who represents the bidder, told of the unit."""
        both = [self.nodes[unit], self.nodes[who]]
        found = [_informs(f, say("supplier_itself")) for f in refusals(self.pack, both[1], records, self.day)]
        found += [f for r in records for f in bribes(self.pack, both[1], r, self.day, of_itself=False)]
        found = [f.model_copy(update={"parties": both}) for f in found]
        for ban in bans_in(law, (BID_BAN, *barring_measures(self.pack))):
            found.append(ban_finding(self.pack, "office", ban, [both[1], both[0]], self.day, []))
        return [*found, *self._low(both, records, grades, refs)]

    def _barred(self, node: NodeRef, ban: Ban) -> Finding:
        c = ban.consequence
        scope = c.scope or say("scope_unstated")
        open_points = [*c.missing]
        field_of_law = {"tender": "招标投标", "procurement": "政府采购"}.get(self.procedure or "")
        own_law = field_of_law and c.scope is None and all(field_of_law in b.document for b in c.legal_basis)
        if c.measure != BID_BAN or not own_law:
            open_points.append(say("lot_within", scope=scope))
        status = "information" if ban.status == "information" else "candidate" if open_points else "bar"
        return Finding(
            check="ban",
            title=TITLES["ban"],
            status=status,
            provision=None,
            legal_basis=c.legal_basis,
            parties=[node],
            why=measure_since(c, scope),
            consequences=[c],
            missing=open_points,
        )

    def _low(
        self,
        parties: list[NodeRef],
        records: Sequence[PartyRecord],
        grades: Sequence[FactRow],
        refs: Mapping[str, FactRef],
    ) -> Iterator[Finding]:
        """Grades at the end of a scale: ratings that are sanctions, and grades that an organ gave."""
        base = {"check": "grade", "title": TITLES["grade"], "status": "information", "parties": parties}
        for r in records:
            if r.shown.kind == "rating" and r.shown.may_stand:
                why = since_day(r.shown.title or "、".join(r.shown.codes), r.shown.decided_on)
                yield Finding.model_validate({**base, "why": why, "sanctions": [r.shown], "missing": r.doubts()})
        for f in grades:
            grade = str(f.props.get("grade") or "")
            if grade in self.lowest:
                why = since_day(f"{f.props.get('scheme') or f.props.get('title')}: {grade}", f.since)
                missing = doubts(f, self.day)
                yield Finding.model_validate({**base, "why": why, "evidence": [refs[f.fact_id]], "missing": missing})


def _informs(finding: Finding, why: str) -> Finding:
    """The same record where the clause does not bind."""
    update = {"status": "information", "provision": None, "legal_basis": [], "why": "; ".join([finding.why, why])}
    return finding.model_copy(update=update)
