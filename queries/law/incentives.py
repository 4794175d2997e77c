"""Which incentives (守信激励) may this party have, and on what do they rest? Facts and conditions, never points.

An incentive that demands a clean record is `unknown` as long as nobody says since when all adverse records are known:
nothing found is not the same as nothing there. Adverse are sanctions, and promises that were found to be broken or false.

Whoever stands on a list of seriously dishonest subjects has no incentive as long as it stands (RED-01): each is shown as
`suspended`, with the entry and the articles, beside the credential on which it rests.
"""

from dataclasses import replace
from datetime import date
from typing import LiteralString

from graph_model.derivation import Case, Clean, derive
from graph_model.derivation.conditions import fell_within, years_before
from graph_model.facts import FactRow, PartyRow, WhetherHeld
from graph_model.rules import RulePack
from graph_model.rules.model import Provision
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import Answer, ConsequenceRef, LegalBasis, SanctionRef, StatusInterval
from queries.law.consequences import shown
from queries.party.parties import no_party, party_refs, sanctions_on
from queries.party.records import BROKEN
from queries.read.events import disputed_statements
from queries.read.facts import BY_THIRD_PARTY, fact_row, label_of
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs

RED = "RED-01"

HELD_CREDENTIALS: LiteralString = """
MATCH (p:Party {key: $key})-[r:HOLDS]->(c:Credential)
WHERE r.rec_from <= $k AND $k < r.rec_to AND r.codes IS NOT NULL AND c.retired IS NULL
RETURN properties(r) AS props, c.key AS credential, p.name AS name, p.kind AS kind, labels(p) AS labels
ORDER BY credential, props.fact_id
"""

ADVERSE: LiteralString = (
    """
MATCH (s:Sanction)-[r:IMPOSED_ON]->(p:Party {key: $key})
WHERE r.rec_from <= $k AND $k < r.rec_to AND r.trust = 'official'
  AND s.retired IS NULL AND s.fallen_on IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])
  AND NOT """
    + BY_THIRD_PARTY
    + """
RETURN properties(r) AS props, s.key AS sanction ORDER BY sanction, props.fact_id
"""
)


PROMISES: LiteralString = """
MATCH (p:Party {key: $key})-[r:HOLDS]->(c:Credential)
WHERE r.rec_from <= $k AND $k < r.rec_to AND r.trust = 'official' AND r.kind = 'commitment' AND r.state IN $broken
  AND (r.state_on IS NULL OR r.state_on <= $day) AND c.retired IS NULL
RETURN properties(r) AS props, c.key AS credential ORDER BY credential, props.fact_id
"""


@one_moment
def incentives_of(
    graph: Graph, pack: RulePack, key: str, *, as_of: date | Moment, complete_since: date | None = None
) -> Answer:
    """Which incentives follow for this party on a day, by which clause?

    Args:
        complete_since: the day since which, as the caller vouches, every adverse record of this party is in the graph.

    Returns:
        the incentives among `consequences`: `candidate` where an organ still decides, `active` by operation of a
        text, `unknown` where the record may not be complete, `suspended` where an entry on a serious list stands;
        none where an adverse record stands against it, and `reason` says which. `facts` are the credentials and the
        promises that count, `sanctions` those of the party.
    """
    moment = Moment.of(graph, as_of)
    day, position = moment.as_of, moment.position
    party = party_refs(graph, [key], moment).get(key)
    if party is None:
        return no_party("incentives", moment, [], key)
    imposed = [fact_row("IMPOSED_ON", r["sanction"], key, r["props"]) for r in graph.read(ADVERSE, key=key, k=position)]
    promises = [
        fact_row("HOLDS", key, r["credential"], r["props"])
        for r in graph.read(PROMISES, key=key, k=position, day=day, broken=list(BROKEN))
    ]
    disputed = disputed_statements(graph, position)
    promises = [
        replace(f, props={**f.props, "disputed": words}) if (words := disputed.get(f.statement)) else f
        for f in promises
    ]
    adverse = (*imposed, *promises)
    groups: dict[str, list[FactRow]] = {}
    parties: dict[str, PartyRow] = {}
    for r in graph.read(HELD_CREDENTIALS, key=key, k=position):
        groups.setdefault(r["credential"], []).append(fact_row("HOLDS", key, r["credential"], r["props"]))
        parties[key] = PartyRow(key, label_of(r["labels"]), r["name"], r["kind"])
    cases = [
        Case(credential, tuple(facts), parties=parties, clean=Clean(day, adverse, complete_since))
        for credential, facts in groups.items()
    ]
    found = shown(graph, pack, derive(cases, pack, as_of=day), day)
    official = {f.start for f in imposed}
    own = [s for s in sanctions_on(graph, [key], moment).get(key, []) if s.key in official]
    serious = [s for s in own if any(pack.list_of[one.id].serious for one in s.listing)]
    red = next(p for p in pack.provisions if p.id == RED)
    found = [_withheld(c, serious, red, day) for c in found]
    begun = [f for facts in groups.values() for f in facts if f.since is None or f.since <= day]
    shown_facts = {f.fact_id: f for f in (*promises, *begun)}
    return Answer(
        question="incentives",
        as_of=day,
        position=position,
        status="hit" if any(c.status not in ("ended", "suspended") for c in found) else "clear",
        reason=_reason(pack, cases, adverse, found, day),
        party=party,
        consequences=found,
        sanctions=own,
        facts=list(fact_refs(graph, shown_facts.values()).values()),
    )


def _withheld(c: ConsequenceRef, serious: list[SanctionRef], red: Provision, day: date) -> ConsequenceRef:
    """The incentive while the party stands on a serious list: withheld; where that is not established, `unknown`."""
    standing = [s for s in serious if s.stands]
    over = [s for s in serious if s.status == "term_over"]
    if c.status in ("ended", "suspended") or not (standing or over):
        return c
    basis = [LegalBasis(document=b.document, article=b.article) for b in red.legal_basis if b.on(day)]
    cited = "; ".join(f"{b.document} {b.article or ''}".strip() for b in basis)
    if not standing:
        why = say("incentive_unsure", entries=_entries(over))
        return c.model_copy(update={"status": "unknown", "missing": [*c.missing, why]})
    why = say("incentive_withheld", entries=_entries(standing), rule=red.id, law=cited)
    since = min((s.decided_on for s in standing if s.decided_on), default=None)
    begun = max((d for d in (since, c.since) if d), default=None)
    before = [
        i.model_copy(update={"until": begun}) for i in c.timeline[:1] if begun and (i.since is None or i.since < begun)
    ]
    timeline = [*before, StatusInterval(status="suspended", since=begun, until=None, why=why)]
    update = {
        "status": "suspended",
        "since": begun,
        "until": None,
        "timeline": timeline,
        "legal_basis": [*c.legal_basis, *basis],
        "missing": [*c.missing, why],
    }
    return c.model_copy(update=update)


def _entries(sanctions: list[SanctionRef]) -> str:
    return "; ".join(
        f"{one.id} {one.title['zh']} {s.document_number or ''}".strip() for s in sanctions for one in s.listing
    )


def _reason(
    pack: RulePack, cases: list[Case], adverse: tuple[FactRow, ...], found: list[ConsequenceRef], day: date
) -> str | None:
    """Why nothing, or not all, of what the credentials offer can be had."""
    codes = {code for case in cases for f in case.imposed for code in f.props.get("codes") or ()}
    told = sorted({m for c in found if c.status == "suspended" for m in c.missing if m.startswith("withheld")})
    for rule in pack.enabled:
        if rule.effect != "incentive" or rule.clean_years is None or codes.isdisjoint(pack.triggered_by(rule)):
            continue
        begin = years_before(day, rule.clean_years)
        bad = [f for f in adverse if fell_within(f, begin, day, pack.list_of) is WhetherHeld.YES]
        if bad:
            records = "; ".join(_record(f) for f in bad)
            told.append(say("incentive_adverse", rule=rule.id, day=begin, records=records))
    return "; ".join(told) or None


def _record(fact: FactRow) -> str:
    p = fact.props
    when = p.get("state_on") if fact.type == "HOLDS" else p.get("decided_on") or fact.since
    what = f"promise {p.get('state')} (违背承诺)" if fact.type == "HOLDS" else p.get("kind") or "sanction"
    return " ".join(str(part) for part in (what, p.get("document_number") or p.get("title"), when) if part)
