"""What the graph believes, as FollowTheMoney entities or BODS 0.4 statements: the source of `creditgraph export`.

Everything comes in pages, parties first; nothing holds the whole graph. Facts are those believed at one position, so
that what is written meanwhile does not show. Repaired, corrected and withdrawn sanctions are left out, as in answers;
so are all numbers of persons, whole, hashed or masked. What a format has no place for is counted by type and property
in `Tally.unsaid`: nothing is lost in silence.

What the formats call things is in `graph_model/exchange.py`. Our own keys are the ids: the same party has the same id
in every export of one store, and the keys tell nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from graph_model.events import open_objection
from graph_model.exchange import (
    BODS_VERSION,
    BODS_WORDS,
    FTM_EDGES,
    FTM_NOTES,
    FTM_OWNERSHIP,
    NAMELESS,
    REG_NAME,
    USCC_NAME,
    last_day,
    percent,
)
from graph_model.facts import FactRow
from graph_model.schema import RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph
from queries.read.events import events_of
from queries.read.facts import fact_row
from queries.read.values import native

EXPORT_PAGE = 1_000
SCHEMES = ("uscc", "cn-reg", "stock")
"""Numbers of entities that may leave; persons have none that may."""

TYPES: tuple[LiteralString, ...] = (
    *("LEGAL_REPRESENTATIVE_OF", "PRINCIPAL_OF", "DIRECTOR_OF", "SUPERVISOR_OF", "SENIOR_MANAGER_OF"),
    *("ACTUAL_CONTROLLER_OF", "EMPLOYED_AT", "PRACTISES_AT", "HOLDS_SHARES_IN", "HAS_INTEREST_IN", "BRANCH_OF"),
    *("MEMBER_OF", "REGISTERED_AT", "SUPPLIES_TO", "BID_IN", "HOLDS", "IMPOSED_ON", "IMPOSED_BY", "RESPONSIBLE_FOR"),
    *("INSPECTED_IN", "TENDERED_BY", "AGENT_FOR", "EVALUATES", "PART_OF", "SUCCEEDED_BY", "SAME_PERSON_AS"),
)
"""Every relationship type that is a fact."""

# Believed at $k, and not of a sanction that was repaired, corrected or withdrawn. Whose branch a body is by its name only
# no source states: whoever takes the file in computes it too.
_BELIEVED: LiteralString = """
WHERE r.fact_id > $after AND r.rec_from <= $k AND $k < r.rec_to AND coalesce(r.start_match, '') <> 'branch-name'
  AND NOT any(s IN [a, b] WHERE s:Sanction
    AND (coalesce(s.retired, false) OR r.digest IN coalesce(s.retired_content, [])))
"""
_ROWS: LiteralString = """
WITH r, a, b ORDER BY r.fact_id LIMIT $page
RETURN properties(r) AS props, a.key AS start, b.key AS end, labels(a) AS start_labels, labels(b) AS end_labels,
  COLLECT { MATCH (a)-[i:IMPOSED_BY]->(o:Organ) WHERE i.rec_from <= $k AND $k < i.rec_to RETURN o.name } AS organs
ORDER BY props.fact_id
"""
_COUNT: LiteralString = "RETURN count(r) AS n"
# The hint makes it a walk along the index: each page costs the same.
_ALL: dict[str, LiteralString] = {
    t: "MATCH (a)-[r:" + t + "]->(b) USING INDEX r:" + t + "(fact_id) " + _BELIEVED for t in TYPES
}
_AT: dict[str, LiteralString] = {
    t: "MATCH (:Party {key: $party})-[r:" + t + "]-() WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b " + _BELIEVED
    for t in TYPES
}
_NOT_ONLY_DECIDES: LiteralString = "|".join(t for t in TYPES if t != "IMPOSED_BY")

KEYS: LiteralString = """
MATCH (p:Party)
USING INDEX p:Party(key)
WHERE p.key > $after
WITH p.key AS key ORDER BY key LIMIT $page
RETURN collect(key) AS keys
"""

EXPORTED_PARTIES: LiteralString = (
    """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE EXISTS { (p)<-[l:IDENTIFIES]-() WHERE l.rec_from <= $k }
RETURN p.key AS key, labels(p) AS labels, p.name AS name, coalesce(p.former_names, []) AS former_names,
  p.kind AS kind,
  COLLECT {
    MATCH (i:Identifier)-[:IDENTIFIES]->(p) WHERE i.scheme IN $schemes AND p:Entity
    RETURN [i.scheme, i.value] AS pair ORDER BY pair
  } AS identifiers,
  COLLECT {
    MATCH (s:Statement)-[:ABOUT]->(p) WHERE s.rec_from <= $k AND $k < s.rec_to
    RETURN properties(s) AS props ORDER BY s.fact_id
  } AS statements,
  COLLECT {
    MATCH (p)-[r:REGISTERED_AT]->(a:Address) WHERE r.rec_from <= $k AND $k < r.rec_to
    RETURN [a.key, a.name, properties(r)] AS found ORDER BY a.key, r.fact_id
  } AS addresses,
  EXISTS { (p)<-[r:HOLDS_SHARES_IN|HAS_INTEREST_IN]-() WHERE r.rec_from <= $k AND $k < r.rec_to } AS held,
  EXISTS { (p)<-[r:DIRECTOR_OF|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|EMPLOYED_AT
    |PRACTISES_AT|MEMBER_OF]-() WHERE r.rec_from <= $k AND $k < r.rec_to } AS led,
  NOT p:Organ OR EXISTS { (p)<-[:ABOUT]-() } OR EXISTS { (p)-[r:"""
    + _NOT_ONLY_DECIDES
    + """]-() WHERE r.rec_from <= $k AND $k < r.rec_to } AS speaks
ORDER BY key
"""
)


@dataclass
class Tally:
    """What was written, by what the format calls it; and what it could not say, by `TYPE` or `TYPE.property`."""

    written: Counter[str] = field(default_factory=Counter)
    unsaid: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class ExportedParty:
    """A party with what is stated of it."""

    key: str
    person: bool
    name: str
    former_names: list[str]
    kind: str | None
    identifiers: list[tuple[str, str]]
    statements: list[FactRow]
    addresses: list[tuple[str, str, FactRow]]
    held: bool
    led: bool

    def values(self, name: str) -> list[Any]:
        """What the statements say of one attribute, each value once."""
        return list(dict.fromkeys(v for s in self.statements if (v := s.props.get(name)) is not None))

    @property
    def day(self) -> date | None:
        """The newest day for which a statement speaks."""
        return max((s.data_date for s in self.statements if s.data_date), default=None)


# --- reading ----------------------------------------------------------------------------------------------


def _facts(graph: Graph, kind: str, position: int, party: str | None) -> Iterator[list[tuple[FactRow, list[str]]]]:
    """Believed facts of one type in pages, with the organs of a sanction."""
    query, after = (_ALL if party is None else _AT)[kind] + _ROWS, ""
    while rows := graph.read(query, after=after, k=position, page=EXPORT_PAGE, party=party):
        after = rows[-1]["props"]["fact_id"]
        yield [(fact_row(kind, r["start"], r["end"], r["props"]), r["organs"]) for r in rows]


def _parties(graph: Graph, position: int, party: str | None) -> Iterator[ExportedParty]:
    """All parties, or one and whoever stands directly around it."""
    if party is not None:
        around = {party}
        for kind in TYPES:
            for page in _facts(graph, kind, position, party):
                around.update(key for fact, _ in page for key in (fact.start, fact.end) if key[:2] in _PARTY_KEYS)
        keys = sorted(around)
        for start in range(0, len(keys), EXPORT_PAGE):
            yield from _page(graph, keys[start : start + EXPORT_PAGE], position)
        return
    after = ""
    while keys := graph.read(KEYS, after=after, page=EXPORT_PAGE)[0]["keys"]:
        after = keys[-1]
        yield from _page(graph, keys, position)


_PARTY_KEYS = ("e-", "p-", "o-")


def _page(graph: Graph, keys: Sequence[str], position: int) -> Iterator[ExportedParty]:
    for r in graph.read(EXPORTED_PARTIES, keys=list(keys), k=position, schemes=list(SCHEMES)):
        if not r["speaks"]:
            continue  # an authority and nothing else: its name stands on what it decided
        yield ExportedParty(
            r["key"],
            "Person" in r["labels"],
            r["name"],
            r["former_names"],
            r["kind"] or ("public_body" if "Organ" in r["labels"] else None),
            [(scheme, value) for scheme, value in r["identifiers"]],
            [fact_row("ABOUT", r["key"], r["key"], props) for props in r["statements"]],
            [(key, name, fact_row("REGISTERED_AT", r["key"], key, props)) for key, name, props in r["addresses"]],
            r["held"],
            r["led"],
        )


# --- what cannot be said ----------------------------------------------------------------------------------


def _count(tally: Tally, fact: FactRow, said: Sequence[str], *, dated: bool = True) -> None:
    """Counts what a fact holds and the format does not take: `said` are the properties that it takes."""
    lost = [name for name, value in fact.props.items() if value not in (None, [], "") and name not in said]
    if not dated:
        lost += [name for name in ("since", "until") if getattr(fact, name) is not None]
    lost += [name for name in ("start_match", "end_match") if getattr(fact, name) != "identifier"]
    if fact.absent_since is not None:
        lost.append("absent_since")
    if fact.props.get("share_known") is False:
        lost = [name for name in lost if name not in ("share_min", "share_max", "share_known")]
    tally.unsaid.update(f"{fact.type}.{name}" for name in lost)


def _count_others(graph: Graph, tally: Tally, said: Sequence[str], position: int, party: str | None) -> None:
    """Counts the facts of whole types that a format does not have."""
    for kind in TYPES:
        if kind not in said:
            query = (_ALL if party is None else _AT)[kind] + _COUNT
            tally.unsaid[kind] += graph.read(query, after="", k=position, party=party)[0]["n"]


# --- FollowTheMoney ---------------------------------------------------------------------------------------

_FTM_PROFILE = {
    "legal_form": "legalForm",
    "status": "status",
    "industry": "sector",
    "established_on": "incorporationDate",
}
_SHARES = ("share_min", "share_max", "share_known")


def ftm_entities(graph: Graph, tally: Tally, *, position: int, party: str | None = None) -> Iterator[dict[str, Any]]:
    """FollowTheMoney entities of everything believed at a position; with `party` of one party and its surroundings.

    Parties and addresses come first, then relationships, then sanctions. An `endDate` is the last day.

    Args:
        tally: filled on the way.
        party: key of the one party.
    """
    for one in _parties(graph, position, party):
        yield from ftm_party(one, tally)
    for kind in TYPES:
        model = RELATIONSHIP_BY_TYPE[kind]
        if model in FTM_EDGES:
            for page in _facts(graph, kind, position, party):
                for fact, _ in page:
                    yield ftm_edge(fact, tally)
    for page in _facts(graph, "IMPOSED_ON", position, party):
        disputed = _disputed(graph, [fact.start for fact, _ in page], position)
        for fact, organs in page:
            yield ftm_sanction(fact, organs, disputed.get(fact.start) or disputed.get(fact.statement), tally)
    said = [m.TYPE for m in FTM_EDGES] + ["IMPOSED_ON", "IMPOSED_BY", "REGISTERED_AT"]
    _count_others(graph, tally, said, position, party)


def _disputed(graph: Graph, keys: list[str], position: int) -> dict[str, str]:
    """Sanction or statement under objection (异议标注) → since when; who takes it over has to know."""
    events = events_of(graph, sorted(set(keys)), position=position)
    out = {}
    for item in {e.about for e in events if e.kind == "objection"}:
        last = open_objection(events, item)
        if last is not None and last.stage != "received":
            out[item] = f"disputed since {last.day}"
    return out


def _ftm(
    tally: Tally, key: str, schema: str, properties: dict[str, Sequence[Any]], facts: Sequence[FactRow], name: str = ""
) -> dict[str, Any]:
    """One FtM entity: values as text, each once, empty properties left out."""
    properties["publisher"] = [f.owner for f in facts]
    values = {k: list(dict.fromkeys(str(v) for v in vs if v is not None and v != "")) for k, vs in properties.items()}
    tally.written[schema] += 1
    day = max((f.data_date for f in facts if f.data_date), default=None)
    return {
        "id": key,
        "caption": name or schema,
        "schema": schema,
        "properties": {k: v for k, v in values.items() if v},
        "datasets": sorted({f.source for f in facts}),
        **({"last_seen": f"{day}T00:00:00"} if day else {}),
    }


def ftm_party(one: ExportedParty, tally: Tally) -> Iterator[dict[str, Any]]:
    """A party, and the addresses at which it is registered."""
    said = ["name", "former_names", "kind", *FTM_NOTES]
    properties: dict[str, Sequence[Any]] = {
        "name": [one.name],
        "previousName": one.former_names,
        "notes": [begin + str(text) for name, begin in FTM_NOTES.items() for text in one.values(name)],
    }
    schema = _ftm_schema(one)
    if not one.person:
        ids = {scheme: [value for s, value in one.identifiers if s == scheme] for scheme in SCHEMES}
        said += _FTM_PROFILE
        properties |= {
            "classification": [one.kind],
            "jurisdiction": ["cn"] if ids["uscc"] or ids["cn-reg"] else [],
            "uscCode": ids["uscc"],
            "registrationNumber": ids["cn-reg"],
            "addressEntity": [key for key, _, _ in one.addresses],
            **{theirs: one.values(ours) for ours, theirs in _FTM_PROFILE.items()},
        }
        amounts, currencies = one.values("capital"), one.values("capital_currency")
        if schema == "Company":
            properties["ticker"] = ids["stock"]
            said += ["stock_code"] if set(one.values("stock_code")) <= set(ids["stock"]) else []
            # Properties stand side by side: of two amounts and two currencies nobody could tell which is which.
            if len(amounts) == 1 and len(currencies) <= 1:
                said += ["capital", "capital_currency"]
                properties |= {"capital": [format(Decimal(repr(amounts[0])).normalize(), "f")], "currency": currencies}
        else:
            tally.unsaid["Identifier.stock"] += len(ids["stock"])
    for fact in one.statements:
        _count(tally, fact, said, dated=False)
    yield _ftm(tally, one.key, schema, properties, one.statements, one.name)
    for _, _, fact in one.addresses:
        _count(tally, fact, (), dated=False)
    for key, text in dict.fromkeys((key, text) for key, text, _ in one.addresses):
        here = [fact for k, _, fact in one.addresses if k == key]
        yield _ftm(tally, key, "Address", {"full": [text]}, here, text)


def _ftm_schema(one: ExportedParty) -> str:
    """The schema of a party: only a Company can be owned, only an Organization has people."""
    if one.person:
        return "Person"
    if one.held or one.kind in ("company", "individual_business"):
        return "Company"
    if one.kind == "public_body":
        return "PublicBody"
    return "Organization" if one.kind or one.led else "LegalEntity"


def ftm_edge(fact: FactRow, tally: Tally) -> dict[str, Any]:
    """A relationship. Where several of our types share a schema, the first `role` is our own term for the type."""
    props, model = fact.props, RELATIONSHIP_BY_TYPE[fact.type]
    edge = FTM_EDGES[model]
    properties: dict[str, Sequence[Any]] = {"role": [model.ZH, props.get("post")]}
    said = ["post"]
    if fact.type == "HAS_INTEREST_IN":
        interest, directness = props.get("interest"), props.get("directness")
        properties = {"role": [props.get("details")]}
        said += ["interest", "details"]
        if interest == "shareholding":
            edge = FTM_OWNERSHIP
            beneficial = "beneficial" if props.get("beneficial") else None
            sort = directness if directness == "indirect" or not beneficial else None
            properties["ownershipType"] = [sort, beneficial]
        else:
            properties["controlType"] = [interest, "indirect" if directness == "indirect" else None]
        if directness != "direct":
            said.append("directness")
    elif fact.type == "HOLDS_SHARES_IN":
        properties = {"ownershipType": ["direct", "beneficial"] if props.get("beneficial") else []}
    if edge is FTM_OWNERSHIP:
        properties["percentage"] = [_percentage(props)]
        said += [*_SHARES, *(["beneficial"] if props.get("beneficial") else [])]
    _count(tally, fact, said)
    properties |= {
        edge.start: [fact.start],
        edge.end: [fact.end],
        "startDate": [fact.since],
        "endDate": [last_day(fact.until)],
    }
    return _ftm(tally, f"r-{fact.statement}", edge.schema, properties, [fact])


def _percentage(props: dict[str, Any]) -> str | None:
    if not props.get("share_known"):
        return None
    low, high = percent(props.get("share_min", 0.0)), percent(props.get("share_max", 1.0))
    return low if low == high else f"{low}-{high}"


def ftm_sanction(fact: FactRow, organs: list[str], disputed: str | None, tally: Tally) -> dict[str, Any]:
    """What one source says of a sanction of one party."""
    props = fact.props
    said = ["title", "document_number", "authority", "facts_found", "content"]
    # A listing date without a start is read as the start: that would state what nobody did.
    listed = props.get("published_on") if fact.since else None
    said += ["published_on"] if listed else []
    said += ["kind"] if props.get("kind") == "list_entry" else []
    _count(tally, fact, said)
    # Several organs that decided together are one text on the fact, and are themselves its organs.
    together = "; ".join(sorted(set(organs)))
    authority = sorted(set(organs)) if props.get("authority") in (None, together) else [props["authority"]]
    tally.unsaid["IMPOSED_BY"] += sum(organ not in authority for organ in set(organs))
    properties: dict[str, Sequence[Any]] = {
        "entity": [fact.end],
        "authority": authority,
        "authorityId": [props.get("document_number")],
        "program": [props.get("title")],
        "provisions": [props.get("content")],
        "reason": [props.get("facts_found")],
        "status": [disputed],
        "startDate": [fact.since],
        "endDate": [last_day(fact.until)],
        "listingDate": [listed],
    }
    return _ftm(tally, f"r-{fact.statement}", "Sanction", properties, [fact], props.get("title") or "")


# --- BODS -------------------------------------------------------------------------------------------------

_BODS_ENTITY = {"public_body": "stateBody", None: "legalEntity", "other": "legalEntity"}
_BODS_SOURCE = {"official": "officialRegister", "self_declared": "selfDeclaration", "reference": "thirdParty"}
_BODS_POST = {"DIRECTOR_OF": "boardMember", "SENIOR_MANAGER_OF": "seniorManagingOfficial"}
_BODS_WORD = {model.TYPE: (word, interest) for word, (interest, model) in BODS_WORDS.items()}
BODS_TYPES = (*_BODS_POST, *_BODS_WORD, "HOLDS_SHARES_IN", "HAS_INTEREST_IN")


def bods_statements(
    graph: Graph, tally: Tally, *, position: int, today: date, publisher: str, party: str | None = None
) -> Iterator[dict[str, Any]]:
    """BODS 0.4 statements of everything believed at a position; with `party` of one party and its surroundings.

    Entities and persons come first, then relationships, as the standard asks. Each holding is a record of its own.

    Args:
        tally: filled on the way.
        today: day of publication; also of statements whose day is not known.
        publisher: who publishes.
        party: key of the one party.
    """
    publication = {"publicationDate": str(today), "bodsVersion": BODS_VERSION, "publisher": {"name": publisher}}

    def statement(
        kind: str, record: str, subject: str, details: dict[str, Any], facts: Sequence[FactRow]
    ) -> dict[str, Any]:
        tally.written[kind] += 1
        day = max((f.data_date for f in facts if f.data_date), default=None)
        owners = sorted({f.owner for f in facts if f.owner})
        said: dict[str, Any] = {
            "declarationSubject": subject,
            "statementDate": str(day or today),
            "recordId": record,
            "recordType": kind,
            "recordDetails": details,
        }
        if facts:
            types = sorted({_BODS_SOURCE[f.trust] for f in facts})
            said["source"] = {
                "type": types,
                "description": ", ".join(sorted({f.source for f in facts})),
                **({"assertedBy": [{"name": owner} for owner in owners]} if owners else {}),
            }
        content = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
        number = hashlib.blake2b(content, digest_size=16).hexdigest()
        return {"statementId": number, "recordStatus": "new", **said, "publicationDetails": publication}

    for one in _parties(graph, position, party):
        kind, details = bods_party(one, tally)
        plain = [s for s in one.statements if "owners_undisclosed" not in s.props]
        yield statement(kind, one.key, one.key, details, plain)
        for fact in one.statements:
            if reason := fact.props.get("owners_undisclosed"):
                note = fact.props.get("undisclosed_note")
                holder = {"reason": reason, **({"description": note} if note else {})}
                details = {"isComponent": False, "subject": one.key, "interestedParty": holder}
                yield statement("relationship", f"r-{fact.statement}", one.key, details, [fact])
    for kind in BODS_TYPES:
        for page in _facts(graph, kind, position, party):
            for fact, _ in page:
                details = {"isComponent": False, "subject": fact.end, "interestedParty": fact.start}
                details["interests"] = [bods_interest(fact, tally)]
                yield statement("relationship", f"r-{fact.statement}", fact.end, details, [fact])
    _count_others(graph, tally, [*BODS_TYPES, "REGISTERED_AT"], position, party)


def bods_party(one: ExportedParty, tally: Tally) -> tuple[str, dict[str, Any]]:
    """(record type, record details) of a party."""
    said = ["name", "former_names", "kind", "owners_undisclosed"]
    said += [] if one.person else ["legal_form", "established_on"]
    withheld = next((s for s in one.statements if "undisclosed" in s.props), None)
    unspecified: dict[str, Any] = {}
    if withheld:
        unspecified["reason"] = withheld.props["undisclosed"]
        if note := withheld.props.get("undisclosed_note"):
            unspecified["description"] = note
    for fact in one.statements:
        told = ["undisclosed", "undisclosed_note"] if fact is withheld else []
        told += ["undisclosed_note"] if "owners_undisclosed" in fact.props else []
        _count(tally, fact, [*said, *told], dated=False)
    nameless = next((kind for kind, name in NAMELESS.items() if name == one.name), None)
    details: dict[str, Any] = {"isComponent": False}
    if one.person:
        details["personType"] = nameless or "knownPerson"
        if unspecified:
            details["unspecifiedPersonDetails"] = unspecified
        if nameless is None:
            former = [{"type": "former", "fullName": name} for name in one.former_names]
            details["names"] = [{"type": "legal", "fullName": one.name}, *former]
        return "person", details
    tally.unsaid["ABOUT.former_names"] += len(one.former_names)
    coded = any(scheme in ("uscc", "cn-reg") for scheme, _ in one.identifiers)
    sort = nameless or _BODS_ENTITY.get(one.kind, "registeredEntity")
    form: dict[str, Any] = {"type": "registeredEntity" if coded and sort == "legalEntity" else sort}
    forms = one.values("legal_form")
    if one.kind or forms:
        form["details"] = one.kind or forms[0]
    tally.unsaid["ABOUT.legal_form"] += len(forms) - (not one.kind and bool(forms))
    details["entityType"] = form
    if unspecified:
        details["unspecifiedEntityDetails"] = unspecified
    if nameless is None:
        details["name"] = one.name
    if coded:
        details["jurisdiction"] = {"code": "CN", "name": "China"}
    names = {"uscc": USCC_NAME, "cn-reg": REG_NAME}
    if ids := [{"schemeName": names[s], "id": value} for s, value in one.identifiers if s in names]:
        details["identifiers"] = ids
    tally.unsaid["Identifier.stock"] += sum(scheme == "stock" for scheme, _ in one.identifiers)
    days = one.values("established_on")
    if len(days) == 1:
        details["foundingDate"] = str(days[0])
    tally.unsaid["ABOUT.established_on"] += len(days) if len(days) > 1 else 0
    for _, _, fact in one.addresses:
        _count(tally, fact, (), dated=False)
    if texts := list(dict.fromkeys(text for _, text, _ in one.addresses)):
        details["addresses"] = [{"type": "registered", "address": text} for text in texts]
    return "entity", details


def bods_interest(fact: FactRow, tally: Tally) -> dict[str, Any]:
    """A relationship as an interest of its first party in its second."""
    props = fact.props
    said = ["post", "details", "interest", "directness", "beneficial", *_SHARES]
    _count(tally, fact, said)
    interest: dict[str, Any] = {"type": props.get("interest", "shareholding"), "directOrIndirect": "direct"}
    words = props.get("details")
    if fact.type == "HAS_INTEREST_IN":
        interest["directOrIndirect"] = props.get("directness", "unknown")
    elif fact.type in _BODS_POST:
        interest["type"], words = _BODS_POST[fact.type], props.get("post")
    elif fact.type in _BODS_WORD:
        word, interest["type"] = _BODS_WORD[fact.type]
        words = f"{word}: {props['post']}" if props.get("post") else word
        interest["directOrIndirect"] = "unknown"
    if words:
        interest["details"] = words
    if props.get("beneficial") is not None:
        interest["beneficialOwnershipOrControl"] = props["beneficial"]
    if props.get("share_known"):
        low, high = (float(percent(props.get(n, d))) for n, d in (("share_min", 0.0), ("share_max", 1.0)))
        interest["share"] = {"exact": low} if low == high else {"minimum": low, "maximum": high}
    for name, day in (("startDate", fact.since), ("endDate", fact.until)):
        if day:
            interest[name] = str(native(day))
    return interest
