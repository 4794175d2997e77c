"""Who is meant? Finds the party of each reference, or makes it, inside the transaction of a batch.

Strong identifiers (credit code, register number, id number, a source's own ids) decide. A name alone is weak:

- an entity known by name only is "NAME in this source"; when exactly one entity with an identifier bears or bore
  exactly that name, and it is no individual business, the policy `exact-name` or `former-name` links it there;
- a person known by name only is "NAME at that entity", across sources, and nobody elsewhere; when exactly one
  person with an identifier holds a post there under exactly that name, `exact-name` links him.

Which name stands at which party follows from what is believed (`refresh.py`), so the order of loading decides
nothing; what is done here only spares a second version of facts whose party is known already.

A link is written on the identifier and on every fact that used it, so it can be shown, and undone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, LiteralString

from msgspec import Struct

from graph_model import cypher
from graph_model.identifiers import (
    KeyedHash,
    adult_year,
    mask_citizen_ids_in,
    mask_id,
    mask_persons_in,
    name_key,
    normalise_code,
    uscc_org_code,
)
from graph_model.names import alike_key, initials
from graph_model.schema import EXACT_NAME, FOREVER, FORMER_NAME, ONE_EACH, SAME_NUMBER
from graph_model.store.connect import Tx
from loaders.drafts import (
    AddressMention,
    CredentialMention,
    EntityMention,
    InspectionMention,
    Mention,
    PartyMention,
    PersonMention,
    SanctionMention,
    TenderMention,
)

_THINGS: dict[type, tuple[str, str]] = {
    SanctionMention: ("Sanction", "s"),
    CredentialMention: ("Credential", "c"),
    InspectionMention: ("Inspection", "i"),
}
"""Label and prefix of the key of what an organ decided or found."""

# One row for all: reading rows one by one costs the driver more than all the rest. The hint, because a plan made
# while the graph was empty scans, and would be used until statistics are renewed.
FIND_IDENTIFIERS: LiteralString = """
UNWIND $ids AS id
MATCH (i:Identifier {scheme: id[0], value: id[1]})-[l:IDENTIFIES]->(p:Party)
USING INDEX SEEK i:Identifier(scheme, value)
RETURN collect([id[0], id[1], p.key, l.policy, l.stated,
  CASE WHEN l.policy IS NULL AND id[0] STARTS WITH 'name' THEN p.name END]) AS found
"""

# Which parties have a number of these schemes already. One that a merge brought is not a number of its own.
FIND_NUMBERED: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})<-[l:IDENTIFIES]-(i:Identifier)
USING INDEX SEEK p:Party(key)
WHERE i.scheme IN $schemes AND l.stated IS NULL
RETURN collect(DISTINCT [key, i.scheme]) AS found
"""
CHECKED = ("uscc", "cn-reg", "cn-org", "cn-id")
"""Schemes of numbers with check digits that agree: others are no identifiers."""

FIND_CODED_ENTITIES: LiteralString = (
    """
UNWIND $names AS name
"""
    + cypher.BEARERS_OF_NAME
    + """WITH name, p, former WHERE p:Entity AND p.coded
RETURN name, coalesce(p.merged_into, p.key) AS key, p.kind AS kind, former
"""
)

LATE: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})
USING INDEX SEEK p:Party(key)
SET p += row.props, p.caches_dirty = true
"""

# A post that a name alone brought him proves nothing of the name.
FIND_CODED_PERSONS: LiteralString = """
UNWIND $scopes AS scope
MATCH (e:Party {key: scope[0]})<-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF
    |SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF]-(p:Person)
WHERE r.rec_to = $forever AND r.start_match IS NULL AND p.coded AND p.name_key = scope[1]
RETURN scope[0] AS entity, scope[1] AS name, collect(DISTINCT p.key) AS keys
"""


_EMPTY = hashlib.blake2b(digest_size=15)


def digest(*parts: object) -> str:
    """A short hash of values; None differs from an empty text."""
    return hashed(joined(*parts))


def joined(*parts: object) -> str:
    """Values as the one text that is hashed; what was joined may be joined again with others."""
    return "\x1f".join([p if p.__class__ is str else "\x00" if p is None else _text(p) for p in parts])


def _text(value: object) -> str:
    return day_text(value) if isinstance(value, date) else str(value)


@lru_cache(maxsize=50_000)  # days come again and again
def day_text(day: date) -> str:
    """YYYY-MM-DD."""
    return str(day)


def hashed(text: str) -> str:
    """The hash of joined values."""
    hash = _EMPTY.copy()
    hash.update(text.encode())
    return hash.hexdigest()


def claim_id(type_name: str, start: str, end: str, since: object) -> str:
    """What is claimed, whoever says it: the same for every source that says so of the same parties."""
    return hashed(f"{type_name}\x1f{start}\x1f{end}\x1f{joined(since)}")


def statement_id(said_by: str, type_name: str, record: str | None, ends: tuple[str, str], stated: str) -> str:
    """One statement of one source: its own record, or, where it has none, what it says (`stated`, joined).

    Args:
        said_by: the source.
        type_name: of the fact.
        record: number of the source's own record.
        ends: keys of both ends.
        stated: what it says.
    """
    start, end = ends
    if record is not None:
        return hashed(f"{said_by}\x1f{type_name}\x1f{record}\x1f{start}\x1f{end}")
    return hashed(f"{said_by}\x1f{type_name}\x1f{start}\x1f{end}\x1f{stated}")


class Resolved(Struct, frozen=True, gc=False):
    """A resolved reference: the node's key and, when a name policy or a merge chose it, the key without, and by what."""

    key: str
    stated: str | None = None
    policy: str = EXACT_NAME
    name: str | None = None
    """How a party is spelt that is known by this name only."""

    @property
    def match(self) -> str | None:
        """What its facts say of the policy; None: it was found by a number."""
        return self.policy if self.stated is not None and self.policy != SAME_NUMBER else None


@dataclass
class NewNodes:
    """What a batch has to create before its facts."""

    parties: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    things: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    identifiers: list[dict[str, Any]] = field(default_factory=list)
    also_stated: list[dict[str, Any]] = field(default_factory=list)
    """Numbers that rows give to parties at which they cannot stand."""
    labels: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    late: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What a later row tells of parties, and would have given them had it come first."""

    def keys(self) -> set[str]:
        """Keys of the parties that are created now, and so need not be marked as changed."""
        return {row["key"] for rows in self.parties.values() for row in rows}

    def write(self, tx: Tx) -> None:
        """Create parties, identifiers and things."""
        named: dict[str, list[dict[str, Any]]] = {key: [] for key in self.keys()}
        others = []
        for row in self.identifiers:
            named.get(row["party"], others).append(row)
        for label, rows in self.parties.items():
            both = [{"props": row, "identifiers": named[row["key"]]} for row in rows]
            tx.run(cypher.create_parties(label), rows=both, seq=tx.seq)
        if others:
            tx.run(cypher.CREATE_IDENTIFIERS, rows=others, seq=tx.seq)
        if self.also_stated:
            tx.run(cypher.ALSO_STATED, rows=self.also_stated)
        for label, keys in self.labels.items():
            tx.run(cypher.add_label(label), keys=sorted(keys), seq=tx.seq)
        if self.late:
            tx.run(LATE, rows=[{"key": key, "props": props} for key, props in self.late.items()])
        for label, things in self.things.items():
            tx.run(cypher.merge_nodes(label), rows=list(things.values()))


@dataclass
class Resolver:
    """Finds the parties of one batch. `known` is shared between batches of a run and only ever grows by commits."""

    source: str
    hash: KeyedHash
    known: dict[tuple[str, str], Resolved]
    fresh: dict[tuple[str, str], Resolved] = field(default_factory=dict)
    numbered: set[tuple[str, str]] = field(default_factory=set)
    """(scheme of `ONE_EACH`, party) of parties that have such a number."""
    new: NewNodes = field(default_factory=NewNodes)
    joined: dict[str, str] = field(default_factory=dict)
    """Party → the one that it is, as one row gives numbers of both. Whoever writes puts them together."""
    refs: dict[Mention, Resolved] = field(default_factory=dict)
    coded_names: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    """Normalised name → the entities with an identifier that bear it, or (True) only bore it."""
    coded_persons: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def resolve(self, tx: Tx, wanted: dict[Mention, "Pairs"]) -> dict[Mention, Resolved]:
        """The key of every reference in `identifiers(…)`; what has to be created is left in `new`."""
        entities = [r for r in wanted if isinstance(r, EntityMention)]
        persons = [r for r in wanted if isinstance(r, PersonMention)]
        self._look_up(tx, [pair for pairs in wanted.values() for pair in pairs])
        self._look_up_numbered(tx, wanted)
        for ref in (*entities, *persons):
            if pairs := wanted[ref]:
                self.refs[ref] = self._strong(ref, pairs)
        self._weak_entities(tx, [r for r in entities if r not in self.refs])
        for ref in persons:
            if ref in self.refs and ref.scope is not None:
                self.coded_persons[self.refs[ref.scope].key, name_key(ref.name)].add(self.refs[ref].key)
        self._weak_persons(tx, [r for r in persons if r not in self.refs])
        for ref in wanted:
            if ref not in self.refs:
                self.refs[ref] = self._thing(ref)
        return self.refs

    # -- strong -------------------------------------------------------------------------------------------

    def _look_up(self, tx: Tx, ids: list[tuple[str, str]]) -> None:
        missing = [list(pair) for pair in dict.fromkeys(ids) if pair not in self.known and pair not in self.fresh]
        if not missing:
            return
        for scheme, value, key, policy, stated, name in tx.run(FIND_IDENTIFIERS, ids=missing)[0]["found"]:
            self.fresh[scheme, value] = Resolved(key, stated if policy else None, policy or EXACT_NAME, name)

    def _get(self, pair: tuple[str, str]) -> Resolved | None:
        return self.fresh.get(pair) or self.known.get(pair)

    def _look_up_numbered(self, tx: Tx, wanted: dict[Mention, "Pairs"]) -> None:
        """Whoever may be found by a weaker number of a row whose strongest one is new, or is another party's: has he
        such a number?
        """
        keys: set[str] = set()
        for pairs in wanted.values():
            if len(pairs) > 1:
                found = {one.key for pair in pairs if (one := self._get(pair))}
                if len(found) > 1 or (found and pairs[0][0] in ONE_EACH and self._get(pairs[0]) is None):
                    keys |= found
        if keys:
            rows = tx.run(FIND_NUMBERED, keys=sorted(keys), schemes=list(ONE_EACH))
            self.numbered.update((scheme, key) for key, scheme in rows[0]["found"])

    def _is_another(self, first: tuple[str, str], found: Resolved) -> bool:
        return first[0] in ONE_EACH and (first[0], found.key) in self.numbered

    def _strong(self, ref: PartyMention, ids: "Pairs") -> Resolved:
        found = self._get(ids[0])
        if found is None:
            weaker = (f for pair in ids[1:] if (f := self._get(pair)))
            found = next((f for f in weaker if not self._is_another(ids[0], f)), None)
        if found is None:
            coded = any(scheme != "organ-name" for scheme, _ in ids)
            found = Resolved(self._new_party(ref, ids[0], coded=coded))
            if coded and isinstance(ref, EntityMention) and ref.kind != "individual_business":
                self.coded_names[name_key(ref.name)][found.key] = False
        else:
            self._late(ref, found.key, [pair[0] for pair in ids if self._get(pair) is None])
        for pair in ids:
            if self._get(pair) is None:
                self._identify(pair, found)
        for pair in ids:
            # A name is no number: an authority may bear that of one which is no more.
            if pair[0] != "organ-name" and (other := self._get(pair)) and other.key != found.key:
                found = self._join(found, other, ids)
                if (other := self._get(pair)) and other.key != found.key:
                    self.new.also_stated.append({"scheme": pair[0], "value": pair[1], "party": found.key})
        if isinstance(ref, EntityMention) and ref.organ and not found.key.startswith("o-"):
            self.new.labels["Organ"].add(found.key)
        elif isinstance(ref, EntityMention) and not ref.organ and found.key.startswith("o-"):
            self.new.labels["Entity"].add(found.key)  # an authority that is itself a party here
        return found

    def _late(self, ref: PartyMention, key: str, schemes: list[str]) -> None:
        """A party gets numbers of these schemes now."""
        told: dict[str, Any] = {"coded": True} if key[0] == "o" and set(schemes) - {"organ-name"} else {}
        if isinstance(ref, PersonMention) and "cn-id" in schemes:
            told |= _born(ref)
        if told:
            self.new.late.setdefault(key, {}).update(told)

    def _join(self, found: Resolved, other: Resolved, ids: "Pairs") -> Resolved:
        """One row gives numbers of two parties: they are one, unless each has a number of which nobody has two."""
        numbers, others = ({s for s in ONE_EACH if (s, one.key) in self.numbered} for one in (found, other))
        if numbers and others:
            return found
        if others:
            found, other, numbers = other, found, others
        self.joined[other.key] = found.key
        self.numbered.update((scheme, other.key) for scheme in numbers)
        for pair in ids:
            if (one := self._get(pair)) and one.key == other.key:
                self.fresh[pair] = Resolved(
                    found.key, one.stated or other.key, one.policy if one.stated else SAME_NUMBER
                )
        return found

    def _new_party(self, ref: PartyMention, first: tuple[str, str], *, coded: bool, scope: str | None = None) -> str:
        if isinstance(ref, PersonMention):
            label, prefix = "Person", "p"
        else:
            label, prefix = ("Organ", "o") if ref.organ else ("Entity", "e")
        key = f"{prefix}-{self.hash.of('party', *first)[:20]}"
        named = name_key(ref.name)
        props: dict[str, Any] = {
            "key": key,
            "name": ref.name,
            "name_key": named,
            "coded": coded,
            "caches_dirty": True,
        }
        if alike := alike_key(named):
            props["name_alike"] = alike
        if letters := initials(named):
            props["initials"] = letters
        if isinstance(ref, EntityMention) and ref.kind:
            props["kind"] = ref.kind
        if scope:
            props["scope"] = scope
        if isinstance(ref, PersonMention):
            props |= _born(ref)
        self.new.parties[label].append(props)
        return key

    def _identify(self, pair: tuple[str, str], found: Resolved) -> None:
        self.fresh[pair] = found
        if pair[0] in ONE_EACH:
            self.numbered.add((pair[0], found.key))
        self.new.identifiers.append(
            {
                "scheme": pair[0],
                "value": pair[1],
                "party": found.key,
                "valid": True if pair[0] in CHECKED else None,
                "org": uscc_org_code(pair[1]) if pair[0] == "uscc" else None,
                "policy": found.policy if found.stated else None,
                "stated": found.stated,
            }
        )

    # -- weak ---------------------------------------------------------------------------------------------

    def _weak_entities(self, tx: Tx, refs: list[EntityMention]) -> None:
        scheme = f"name@{self.source}"
        pairs = {ref: (scheme, name_key(ref.name)) for ref in refs}
        self._look_up(tx, list(pairs.values()))
        unknown = sorted({pair[1] for pair in pairs.values() if self._get(pair) is None})
        if unknown:
            for r in tx.run(FIND_CODED_ENTITIES, names=unknown):
                # An individual business may share its name with any other: it is never linked by name, and
                # counts as a rival of the one that could be.
                key = "" if r["kind"] == "individual_business" else r["key"]
                self.coded_names[r["name"]][key] = r["former"] and self.coded_names[r["name"]].get(key, True)
        for ref, pair in pairs.items():
            if self._get(pair) is None:
                # Its own party is made in any case: a link can be undone.
                own = self._new_party(ref, pair, coded=False)
                candidates = self.coded_names.get(pair[1], {})
                if len(candidates) == 1 and "" not in candidates and ref.kind != "individual_business":
                    ((key, former),) = candidates.items()
                    self._identify(pair, Resolved(key, own, FORMER_NAME if former else EXACT_NAME))
                else:
                    self._identify(pair, Resolved(own, name=ref.name))
            self._take(ref, pair)

    def _weak_persons(self, tx: Tx, refs: list[PersonMention]) -> None:
        # The entity as stated, before any name policy: what a name means does not depend on a link. At a linked
        # entity it means whoever is known there by the same name; `refresh` sees to what is not yet known here.
        at: dict[PersonMention, tuple[str, str]] = {}
        stated: dict[PersonMention, str] = {}
        for ref in refs:
            if ref.scope is None:
                raise ValueError("a person without identifiers needs the entity at which the name stands")
            entity = self.refs[ref.scope]
            at[ref] = (entity.key, name_key(ref.name))
            stated[ref] = entity.stated or entity.key
        pairs = {ref: self._name_pair(stated[ref], at[ref][1]) for ref in refs}
        there = {ref: self._name_pair(*at[ref]) for ref in refs}
        self._look_up(tx, [*pairs.values(), *there.values()])
        unknown = sorted({at[ref] for ref, pair in pairs.items() if self._get(pair) is None})
        if unknown:
            for r in tx.run(FIND_CODED_PERSONS, scopes=[list(s) for s in unknown], forever=FOREVER):
                self.coded_persons[r["entity"], r["name"]].update(r["keys"])
        for ref, pair in pairs.items():
            if self._get(pair) is None:
                own = self._new_party(ref, pair, coded=False, scope=stated[ref])
                candidates = self.coded_persons.get(at[ref], set())
                known = self._get(there[ref])
                if len(candidates) == 1:
                    self._identify(pair, Resolved(next(iter(candidates)), own))
                elif known is not None:
                    self._identify(pair, Resolved(known.key, own))
                else:
                    self._identify(pair, Resolved(own, name=ref.name))
            self._take(ref, pair)

    def _name_pair(self, entity: str, name: str) -> tuple[str, str]:
        return "name-in-entity", self.hash.of("name-in-entity", entity, name)

    def _take(self, ref: PartyMention, pair: tuple[str, str]) -> None:
        found = self._get(pair)
        assert found is not None
        if found.name is not None and ref.name < found.name:  # of two spellings (JOHN, John) always the same one
            self.fresh[pair] = found = Resolved(found.key, name=ref.name)
            self.new.late.setdefault(found.key, {})["name"] = ref.name
        self.refs[ref] = found

    # -- things -------------------------------------------------------------------------------------------

    def _thing(self, ref: Mention) -> Resolved:
        if isinstance(ref, AddressMention):
            key = f"a-{self.hash.of('address', name_key(ref.text))[:20]}"
            row = {"key": key, "name": mask_persons_in(ref.text), "caches_dirty": True}
            self.new.things["Address"].setdefault(key, row)
            return Resolved(key)
        if isinstance(ref, TenderMention):
            key = f"t-{self.hash.of('Tender', name_key(ref.purchaser.name), name_key(ref.number))[:20]}"
            row = {"key": key, "title": ref.title and mask_persons_in(ref.title)}
            row["document_number"] = mask_citizen_ids_in(ref.number)
            told = {k: v for k, v in row.items() if v is not None}
            self.new.things["Tender"].setdefault(key, {}).update(told)
            return Resolved(key)
        assert isinstance(ref, SanctionMention | CredentialMention | InspectionMention)
        label, prefix = _THINGS[type(ref)]
        # Every source that reports a decision names its subject; not all give a code. So the name, not the party
        # found, is part of what a decision is: linking a party by name, and undoing that, leaves it the same.
        party = ref.holder if isinstance(ref, CredentialMention) else ref.subject
        parts = (name_key(ref.authority), name_key(ref.document_number), name_key(party.name))
        key = f"{prefix}-{self.hash.of(label, *parts)[:20]}"
        row = {
            "key": key,
            "title": mask_persons_in(ref.title) if ref.title else None,
            "document_number": mask_citizen_ids_in(ref.document_number),
        }
        self.new.things[label].setdefault(key, {k: v for k, v in row.items() if v is not None})
        return Resolved(key)


def _born(ref: PersonMention) -> dict[str, Any]:
    """What his id number tells of a person."""
    number = next((value for scheme, value in ref.identifiers if scheme == "cn-id"), None)
    if number is None:
        return {}
    year = adult_year(number)
    return {"id_masked": mask_id(number)} | ({} if year is None else {"adult_year": year})


Pairs = tuple[tuple[str, str], ...]
"""(scheme, value) as they stand on Identifier nodes, strongest first: numbers of persons are hashed."""


def identifiers(refs: Iterable[Mention], hash: KeyedHash) -> dict[Mention, Pairs]:
    """All who are named, with the parties behind a scope, a subject or a holder, and the identifiers of each."""
    wanted: dict[Mention, Pairs] = dict.fromkeys(refs, ())
    for ref in tuple(wanted):
        inner = behind(ref)
        while inner is not None:
            wanted.setdefault(inner, ())
            inner = behind(inner)
    for ref in wanted:
        if isinstance(ref, PartyMention):
            wanted[ref] = _pairs(ref, hash)
    return wanted


def _pairs(ref: PartyMention, hash: KeyedHash) -> Pairs:
    pairs = [(scheme, normalise_code(value) or value) for scheme, value in ref.identifiers]
    if isinstance(ref, PersonMention):
        return tuple([(scheme, hash.of(scheme, value)) for scheme, value in pairs])
    return (*pairs, ("organ-name", name_key(ref.name))) if ref.organ else tuple(pairs)


def behind(ref: Mention) -> Mention | None:
    """The party behind a scope, a subject or a holder."""
    if isinstance(ref, PersonMention):
        return ref.scope
    if isinstance(ref, SanctionMention | InspectionMention):
        return ref.subject
    return ref.holder if isinstance(ref, CredentialMention) else None
