"""After facts were written: recompute what parties cache, and apply or undo the policies that go by names.

Caches (current name, degree, hub, sanctioned) and links follow from the believed facts alone, so the order in which
files came does not matter. Parties wait with `caches_dirty`: a pass that was killed is simply taken up again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.hubs import hub_patterns
from graph_model.identifiers import name_key
from graph_model.marks import PERSON_MARK
from graph_model.names import alike_key, initials
from graph_model.schema import (
    BY_NAME,
    EXACT_NAME,
    FOREVER,
    FORMER_NAME,
    HUB_DEGREE,
    MERGED,
)
from graph_model.store.connect import Graph, Tx
from loaders.identity.branches import link_branches
from loaders.identity.doubts import Groups, mark_doubts, names_borne_by
from loaders.identity.joining import drop_said_twice
from loaders.identity.links import MARK_NAMED, move
from loaders.identity.names_in_passing import add_to_view
from loaders.identity.resolver import FIND_CODED_PERSONS
from loaders.identity.sanctions import refresh_sanctions

PASS = 10_000

PassingEntries = Sequence[tuple[str | None, str]]
"""Names in passing (`called.py`): the merged party that brought the identifier, if one did, and the entry."""

DIRTY_PARTIES: LiteralString = """
MATCH (p:Party)
USING INDEX SEEK p:Party(caches_dirty)
WHERE p.caches_dirty = true
RETURN collect(p.key) AS keys
"""

DIRTY_ADDRESSES: LiteralString = """
MATCH (a:Address)
USING INDEX SEEK a:Address(caches_dirty)
WHERE a.caches_dirty = true
RETURN collect(a.key) AS keys
"""

# Parties of which nothing was ever stated keep what they were made with, unless rows call them otherwise (CALLED).
# In lists, and all in one row: a driver reads rows one by one.
PROFILES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (s:Statement)-[:ABOUT]->(p)
  RETURN collect(s {
    .name, .former_names, .kind, .status, .region, .id_masked, .trust, .rec_to, .statement_id, .start_match,
    data_date: coalesce(last(s.seen_on), s.data_date)
  }) AS profiles
}
WITH p, profiles WHERE size(profiles) > 0 OR p.merged AND p.merged_into IS NULL
RETURN collect([p.key, p.name, p.name_key, p.merged, p.coded,
  COLLECT { MATCH (f:FormerName {party: p.key}) USING INDEX SEEK f:FormerName(party) RETURN f.name_key },
  profiles]) AS found
"""

# A statement that a merge or a split moved has its earlier versions where it stood before.
PROFILE_VERSIONS: LiteralString = """
UNWIND $keys AS key
MATCH (b:Statement)-[:ABOUT]->(p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE b.rec_to = $forever
MATCH (s:Statement)
USING INDEX SEEK s:Statement(statement_id)
WHERE s.statement_id = b.statement_id
RETURN key, collect(DISTINCT s {
    .name, .former_names, .kind, .status, .region, .id_masked, .trust, .rec_to, .statement_id, .start_match,
    data_date: coalesce(last(s.seen_on), s.data_date)
}) AS profiles
"""

# Names in passing; not those of the many parties that nobody ever called by another one than that with which they were
# made, and of which nothing is stated. With the merged party that brought the identifier, if one did.
NAMES_IN_PASSING: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
WHERE i.called IS NOT NULL
WITH p, collect(CASE WHEN l.policy = $merged THEN l.stated END) AS brought, collect(i.called) AS called,
  collect([CASE WHEN l.policy = $merged THEN l.stated END, i.called]) AS every
WHERE size(called) > 1 OR size(called[0]) > 1 OR size(brought) > 0 OR p.former_names IS NOT NULL
  OR EXISTS { (p)<-[:ABOUT]-() }
  OR NOT (called[0][0] STARTS WITH '["' + p.name + '",null,'
    OR called[0][0] STARTS WITH '["' + p.name + '","' + coalesce(p.kind, '') + '",')
RETURN collect([p.key, p.name, p.name_key, p.merged, p.coded,
  COLLECT { MATCH (f:FormerName {party: p.key}) USING INDEX SEEK f:FormerName(party) RETURN f.name_key },
  every]) AS found
"""

# The merged party keeps the name that its own records state, so that this name still finds the way.
MERGED_PROFILES: LiteralString = """
UNWIND $keys AS key
MATCH (o:Party {merged_into: key})
USING INDEX SEEK o:Party(merged_into)
OPTIONAL MATCH (s:Statement)-[:ABOUT]->(:Party {key: key})
WHERE s.start_stated = o.key
WITH o, collect(s {.name, .former_names, .trust, .rec_to, .statement_id, .kind, .status, .region, .id_masked,
  data_date: coalesce(last(s.seen_on), s.data_date)}) AS profiles
RETURN collect([o.key, o.name, profiles]) AS found
"""

SET_CACHES: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})
USING INDEX SEEK p:Party(key)
SET p += row
"""

ADD_FORMER: LiteralString = """
UNWIND $rows AS row CREATE (:FormerName {party: row[0], name_key: row[1]})
"""

DROP_FORMER: LiteralString = """
UNWIND $rows AS row
MATCH (f:FormerName {name_key: row[1], party: row[0]})
USING INDEX SEEK f:FormerName(name_key, party)
DELETE f
"""

# Entities that share a name with one that changed, or bear one of `$names`, or bore it, if some of them are known by
# name only: those with an identifier of their own, and the name-only ones with the party at which each stands now.
SAME_NAME_ENTITIES: LiteralString = (
    """
UNWIND $keys AS key
MATCH (e:Party {key: key})
USING INDEX SEEK e:Party(key)
WITH collect(DISTINCT e.name_key) + $names AS names
UNWIND names AS name
WITH DISTINCT name
"""
    + cypher.BEARERS_OF_NAME
    + """WITH name, p, former WHERE p:Entity
WITH name, collect([p, former]) AS bearers
WHERE (size(bearers) > 1 OR name IN $names) AND any(b IN bearers WHERE NOT coalesce(b[0].coded, false))
UNWIND bearers AS bearer
WITH name, bearer[0] AS p, bearer[1] AS former
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES]->(c:Party)
USING INDEX SEEK l:IDENTIFIES(stated)
WHERE l.stated = p.key AND NOT coalesce(p.coded, false)
RETURN name, p.key AS key, coalesce(p.coded, false) AS coded, p.kind AS kind, p.merged_into AS merged_into,
  former, coalesce(c.key, p.key) AS current, l.policy AS policy
ORDER BY key
"""
)

# Whoever is known by name at an entity, under any of the entity's keys, and may have to do with a changed person: by
# his own name where it is known at one entity only, by the names that are linked to him, and by his name wherever he
# holds a post. With the party at which that name stands now.
NAMED_AROUND: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  WITH p WHERE p.scope IS NOT NULL
  RETURN p.scope AS scope, p.name_key AS name
  UNION
  MATCH (p)<-[l:IDENTIFIES]-(i:Identifier)
  WHERE i.scheme = 'name-in-entity' AND l.stated IS NOT NULL
  WITH l.stated AS stated
  MATCH (w:Party {key: stated})
  USING INDEX SEEK w:Party(key)
  RETURN w.scope AS scope, w.name_key AS name
  UNION
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
    |ACTUAL_CONTROLLER_OF]->(e:Entity)
  WHERE p.scope IS NULL AND r.rec_to = $forever
  RETURN e.key AS scope, p.name_key AS name
}
WITH scope, collect(DISTINCT name) AS names
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES]->(e:Party)
USING INDEX SEEK l:IDENTIFIES(stated)
WHERE l.stated = scope
WITH coalesce(e.key, scope) AS entity, names
CALL (entity) {
  RETURN entity AS known_as
  UNION
  MATCH (:Party {key: entity})<-[l:IDENTIFIES]-(:Identifier) WHERE l.stated IS NOT NULL
  RETURN l.stated AS known_as
}
MATCH (w:Party {scope: known_as})
USING INDEX SEEK w:Party(scope)
WHERE w.name_key IN names
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES]->(c:Party)
USING INDEX SEEK l:IDENTIFIES(stated)
WHERE l.stated = w.key
RETURN DISTINCT entity, w.name_key AS name, w.key AS key, w.scope AS scope, coalesce(c.key, w.key) AS current
ORDER BY entity, name, key
"""


def refresh(graph: Graph, progress: Callable[[int, int], None] | None = None) -> None:
    """Bring all waiting parties and addresses up to date, and the index of names with them."""
    stale = False
    for query, work in ((DIRTY_PARTIES, _refresh_parties), (DIRTY_ADDRESSES, _refresh_addresses)):
        # A link made on the way marks its two parties again: until none is left.
        # As the index has them: those that were made together stand together, in the graph and on disk.
        while keys := graph.read(query)[0]["keys"]:
            for start in range(0, len(keys), PASS):
                part = keys[start : start + PASS]
                graph.write("refresh", lambda tx, work=work, part=part: work(tx, part))
                stale = True
                if progress:
                    progress(start + len(part), len(keys))
    if stale:
        graph.await_names()


def _refresh_addresses(tx: Tx, keys: list[str]) -> None:
    tx.run(
        cypher.refresh_caches("Address"), keys=keys, forever=FOREVER, hub=HUB_DEGREE, tags=hub_patterns(), seq=tx.seq
    )


def _refresh_parties(tx: Tx, keys: list[str]) -> None:
    parties: dict[str, _Told] = {}
    for key, *told, every in tx.run(NAMES_IN_PASSING, keys=keys, merged=MERGED)[0]["found"]:
        parties[key] = _Told(*told, called=[(other, entry) for other, all_ in every for entry in all_])
    for key, *told, profiles in tx.run(PROFILES, keys=keys)[0]["found"]:
        parties.setdefault(key, _Told(*told)).profiles += profiles
    merged = [key for key, told in parties.items() if told.merged]
    if merged:
        versions = {r["key"]: r["profiles"] for r in tx.run(PROFILE_VERSIONS, keys=merged, forever=FOREVER)}
        for key in merged:
            parties[key].profiles = versions.get(key, [])
    names: list[str] = []
    if parties:
        views = {key: current_view(told.name, told.profiles, told.called) for key, told in parties.items()}
        tx.run(SET_CACHES, rows=[{"key": key, **view} for key, view in views.items()])
        names = _index_former(tx, [(key, told, views[key].get("name_key")) for key, told in parties.items()])
    # Now the mark goes: a link made below marks its two parties again, for the next pass.
    tx.run(cypher.refresh_caches("Party"), keys=keys, forever=FOREVER, hub=HUB_DEGREE, tags=hub_patterns(), seq=tx.seq)
    for key, name, profiles in tx.run(MERGED_PROFILES, keys=merged)[0]["found"] if merged else ():
        brought = [(None, entry) for told in parties.values() for other, entry in told.called if other == key]
        now = current_view(name, profiles, brought).get("name")
        if now and now != name:
            named = name_key(now)
            row = {"key": key, "name": now, **_compared(named), "caches_dirty": True}
            tx.run(SET_CACHES, rows=[row])
    persons = [k for k in keys if k.startswith("p-")]
    if len(persons) < len(keys):
        _link_entities(tx, [k for k in keys if not k.startswith("p-")], names)
    doubtful = _link_persons(tx, persons) if persons else {}
    if merged:
        drop_said_twice(tx, merged)
    refresh_sanctions(tx, keys)
    before = [told.name_key for told in parties.values()]
    called = names_borne_by(tx, keys)
    bodies = [(one.key, name) for one in called if one.name for name in (one.name, *one.former)]
    marks = {mark for one in called for mark in one.doubts}
    mark_doubts(tx, called, before, doubtful | link_branches(tx, bodies, before, marks))


def current_view(name: str | None, profiles: list[dict[str, Any]], called: PassingEntries = ()) -> dict[str, Any]:
    """The present name, former names and attributes, from all versions of all statements about a party.

    `called`: by which names it is called in passing. They count where no statement tells a name; and all of them are
    names by which the party is found.
    """
    believed = [p for p in profiles if p["rec_to"] == FOREVER]
    # Newest data first; among equals official before others; the id only to be the same every time.
    believed.sort(key=lambda p: p["statement_id"])
    believed.sort(key=lambda p: p["trust"] != "official")
    believed.sort(key=lambda p: str(p["data_date"] or ""), reverse=True)
    view: dict[str, Any] = {}
    for p in believed:
        for attribute in ("name", "kind", "status", "region", "id_masked"):
            # A merged entity, or what a mere name brought, does not rename it: it would be unknown by its own name.
            own = attribute != "name" or p.get("start_match") not in (MERGED, *BY_NAME)
            if own and attribute not in view and p[attribute]:
                view[attribute] = p[attribute]
    former = {name for _, name in _names_said(profiles)}
    add_to_view(view, former, called)
    current = view.get("name", name)
    if current:
        view |= _compared(name_key(current))
    former.discard(current or "")
    view["former_names"] = sorted(former) or None
    return view


def _compared(name: str) -> dict[str, str | None]:
    """A normalised name in each form in which names are compared."""
    return {"name_key": name, "name_alike": alike_key(name), "initials": initials(name)}


def names_borne(profiles: list[dict[str, Any]]) -> set[str]:
    """Which names statements about an entity say that it bears or bore, normalised.

    What a name alone brought to it does not count: else a link would be its own ground. Nor does what a row calls it in
    passing: one wrong code in a penalty, and every record of the other company would be laid at this one's door.
    """
    return {name_key(name) for p, name in _names_said(profiles) if p.get("start_match") not in BY_NAME}


def _names_said(profiles: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
    newest = {p["statement_id"]: p["data_date"] for p in profiles if p["rec_to"] == FOREVER}
    for p in profiles:
        if p["rec_to"] == FOREVER:
            names = [p["name"], *(p["former_names"] or ())]
        elif (day := newest.get(p["statement_id"])) and p["data_date"] and p["data_date"] < day:
            names = [p["name"]]  # the world changed; a version of the same day was only a mistake
        else:
            continue
        yield from ((p, name) for name in names if name)


@dataclass
class _Told:
    """What is known of a party before its view is made anew."""

    name: str | None
    name_key: str | None
    merged: bool | None
    coded: bool | None
    former: list[str]
    """As they are indexed."""
    profiles: list[dict[str, Any]] = field(default_factory=list)
    called: PassingEntries = field(default_factory=list)


def _index_former(tx: Tx, parties: list[tuple[str, _Told, str | None]]) -> list[str]:
    """Make the index of former names agree; returns the names of which links may change.

    `parties`: (key, as it was, its name key now)
    """
    added, dropped, names = [], [], set()
    for key, told, now in parties:
        if not told.coded:
            continue
        wanted = names_borne(told.profiles) - {now}
        added += [[key, name] for name in wanted.difference(told.former)]
        dropped += [[key, name] for name in set(told.former) - wanted]
        if wanted or told.former or now != told.name_key:
            names.update(wanted, told.former, (now, told.name_key))
    if dropped:
        tx.run(DROP_FORMER, rows=dropped)
    if added:
        tx.run(ADD_FORMER, rows=added)
    return sorted(names - {None})


# --- the name policy --------------------------------------------------------------------------------------


# A name stands at a party: at its own, or at the one to which the policy links it. Where, is computed from what is
# believed now, and so is the same whatever came first.


def _link_entities(tx: Tx, keys: list[str], names: list[str]) -> None:
    by_name: dict[str, list[Any]] = {}
    for r in tx.run(SAME_NAME_ENTITIES, keys=keys, names=names):
        by_name.setdefault(r["name"], []).append(r)
    for rows in by_name.values():
        coded = [r for r in rows if r["coded"]]
        bearers = {r["merged_into"] or r["key"] for r in coded}  # a merged one is no rival of the one it went into
        one = bearers.pop() if len(bearers) == 1 and all(r["kind"] != "individual_business" for r in coded) else None
        policy = FORMER_NAME if all(r["former"] for r in coded) else EXACT_NAME
        for r in rows:
            if not r["coded"] and not r["merged_into"]:  # what people decided stands above the policy
                target = one if one and r["kind"] != "individual_business" else r["key"]
                if move(tx, r["key"], r["current"], target, policy, stood=r["policy"]):
                    tx.run(MARK_NAMED, own=r["key"])


def _link_persons(tx: Tx, keys: list[str]) -> Groups:
    """Returns which bare names at an entity may be any of several persons, with these."""
    named: dict[tuple[str, str], list[Any]] = {}
    for r in tx.run(NAMED_AROUND, keys=keys, forever=FOREVER):
        named.setdefault((r["entity"], r["name"]), []).append(r)
    if not named:
        return {}
    coded: dict[tuple[str, str], list[str]] = {}
    for r in tx.run(FIND_CODED_PERSONS, scopes=[list(pair) for pair in named], forever=FOREVER):
        coded[r["entity"], r["name"]] = r["keys"]
    doubtful: Groups = {}
    for pair, rows in named.items():
        holders = coded.get(pair, [])
        if len(holders) == 1:
            target = holders[0]
        else:
            # One name at one entity is one person, by whichever of its names the entity was meant.
            target = min(rows, key=lambda r: (r["scope"] != r["entity"], r["key"]))["key"]
        for r in rows:
            move(tx, r["key"], r["current"], target)
        if len(holders) > 1:
            doubtful[PERSON_MARK + " ".join(pair)] = {target, *holders}
    return doubtful
