"""After facts were written: recompute what parties cache, and apply or undo the name policy.

Caches (current name, degree, hub, sanctioned) and links follow from the believed facts alone, so the order in which
files came does not matter. Parties wait with `caches_dirty`: a pass that was killed is simply taken up again.
"""

from collections.abc import Callable, Iterable
from typing import Any, LiteralString

from graph_model import cypher
from graph_model.identifiers import name_key
from graph_model.schema import FOREVER, HUB_DEGREE, RELATIONSHIP_BY_TYPE, Statement
from graph_model.store import Graph, Tx
from loaders.identity import EXACT_NAME, FIND_CODED_PERSONS, claim_id

PASS = 5_000

DIRTY_PARTIES: LiteralString = """
MATCH (p:Party)
USING INDEX p:Party(caches_dirty)
WHERE p.caches_dirty = true
RETURN p.key AS key
"""

DIRTY_ADDRESSES: LiteralString = """
MATCH (a:Address)
USING INDEX a:Address(caches_dirty)
WHERE a.caches_dirty = true
RETURN a.key AS key
"""

BELIEVED_PROFILES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
OPTIONAL MATCH (s:Statement)-[:ABOUT]->(p)
WITH p, [x IN collect(s) WHERE x IS NOT NULL | x {
    .name, .former_names, .kind, .status, .region, .id_masked, .data_date, .trust, .rec_to, .statement_id
}] AS profiles
RETURN p.key AS key, p.name AS name, p.kind AS kind, profiles,
    EXISTS { (p)<-[i:IMPOSED_ON]-() WHERE i.rec_to = $forever } AS sanctioned
"""

SET_CACHES: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})
SET p += row
"""

CLEAN: LiteralString = """
UNWIND $keys AS key MATCH (p:Party {key: key}) REMOVE p.caches_dirty
"""

CLEAN_ADDRESSES: LiteralString = """
UNWIND $keys AS key MATCH (a:Address {key: key}) REMOVE a.caches_dirty
"""

# Entities that bear one name: those with an identifier of their own, and the name-only ones with the party at which
# each of them stands now.
SAME_NAME_ENTITIES: LiteralString = """
UNWIND $names AS name
MATCH (p:Party {name_key: name})
USING INDEX p:Party(name_key)
WHERE p:Entity
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES]->(c:Party)
USING INDEX l:IDENTIFIES(stated)
WHERE l.stated = p.key AND NOT coalesce(p.coded, false)
RETURN name, p.key AS key, coalesce(p.coded, false) AS coded, p.kind AS kind, coalesce(c.key, p.key) AS current
ORDER BY key
"""

# Names at entities that a changed person may have to do with: his own name where it is known at one entity only, the
# names that are linked to him, and his name wherever he holds a post.
NAMES_AROUND: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
CALL (p) {
  WITH p WHERE p.scope IS NOT NULL
  RETURN p.scope AS scope, p.name_key AS name
  UNION
  MATCH (p)<-[l:IDENTIFIES]-(:Identifier {scheme: 'name-in-entity'})
  MATCH (w:Party {key: l.stated})
  RETURN w.scope AS scope, w.name_key AS name
  UNION
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
    |ACTUAL_CONTROLLER_OF]->(e:Entity)
  WHERE p.scope IS NULL AND r.rec_to = $forever
  RETURN e.key AS scope, p.name_key AS name
}
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES]->(e:Party)
USING INDEX l:IDENTIFIES(stated)
WHERE l.stated = scope
RETURN DISTINCT coalesce(e.key, scope) AS entity, name
ORDER BY entity, name
"""

# Who is known by a name at an entity, under any of the entity's keys, and the party at which he stands now.
NAMED_AT: LiteralString = """
UNWIND $scopes AS scope
CALL (scope) {
  RETURN scope[0] AS known_as
  UNION
  MATCH (:Party {key: scope[0]})<-[l:IDENTIFIES]-(:Identifier) WHERE l.stated IS NOT NULL
  RETURN l.stated AS known_as
}
MATCH (w:Party {scope: known_as})
USING INDEX w:Party(scope)
WHERE w.name_key = scope[1]
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES]->(c:Party)
USING INDEX l:IDENTIFIES(stated)
WHERE l.stated = w.key
RETURN scope[0] AS entity, scope[1] AS name, w.key AS key, w.scope AS scope, coalesce(c.key, w.key) AS current
ORDER BY entity, name, key
"""

# The facts that one name brought to the party at which it stands.
FACTS_OF: LiteralString = """
MATCH (p:Party {key: $key})-[r]-()
WHERE r.rec_to = $forever
  AND ((startNode(r) = p AND coalesce(r.start_stated, p.key) = $own)
    OR (endNode(r) = p AND coalesce(r.end_stated, p.key) = $own))
RETURN DISTINCT type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end
UNION ALL
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: $key})
WHERE s.rec_to = $forever AND coalesce(s.start_stated, p.key) = $own
RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS start, null AS end
"""

POINT_IDENTIFIERS: LiteralString = """
MATCH (p:Party {key: $source})<-[l:IDENTIFIES]-(i:Identifier)
WHERE (i.scheme STARTS WITH 'name@' OR i.scheme = 'name-in-entity') AND coalesce(l.stated, p.key) = $own
MATCH (t:Party {key: $target})
DELETE l
CREATE (i)-[:IDENTIFIES {policy: $policy, stated: $stated, rec_from: $seq}]->(t)
"""

# Whoever is known by name at an entity whose own name was linked, or no longer is.
MARK_NAMED: LiteralString = """
MATCH (w:Party {scope: $own})
USING INDEX w:Party(scope)
SET w.caches_dirty = true
"""


# Beside the sanctions of a party and those for which it is responsible, those of the units that it heads: a rule
# may reach the units that it heads elsewhere.
TOUCH: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
SET p.caches_dirty = true
WITH p
CALL (p) {
  MATCH (p)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:RESPONSIBLE_FOR]->(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF]->(:Entity)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
}
SET s.dirty = true
"""

TOUCH_ADDRESSES: LiteralString = """
UNWIND $keys AS key MATCH (a:Address {key: key}) SET a.caches_dirty = true
"""

DIRTY_SANCTIONS: LiteralString = """
UNWIND $keys AS key MATCH (s:Sanction {key: key}) SET s.dirty = true
"""


def touch(tx: Tx, keys: Iterable[str]) -> None:
    """Facts of these nodes changed: their caches and the consequences around them are to be computed again."""
    keys = sorted(keys)
    for statement, prefixes in ((TOUCH, "epo"), (TOUCH_ADDRESSES, "a"), (DIRTY_SANCTIONS, "s")):
        if some := [key for key in keys if key[0] in prefixes]:
            tx.run(statement, keys=some)


def refresh(graph: Graph, progress: Callable[[int, int], None] | None = None) -> None:
    """Bring all waiting parties and addresses up to date."""
    for query, work in ((DIRTY_PARTIES, _refresh_parties), (DIRTY_ADDRESSES, _refresh_addresses)):
        # A link made on the way marks its two parties again: until none is left.
        while keys := sorted(r["key"] for r in graph.read(query)):
            for start in range(0, len(keys), PASS):
                part = keys[start : start + PASS]
                graph.write("refresh", lambda tx, work=work, part=part: work(tx, part))
                if progress:
                    progress(start + len(part), len(keys))


def _refresh_addresses(tx: Tx, keys: list[str]) -> None:
    tx.run(cypher.refresh_degree("Address"), keys=keys, forever=FOREVER, hub=HUB_DEGREE)
    tx.run(CLEAN_ADDRESSES, keys=keys)


def _refresh_parties(tx: Tx, keys: list[str]) -> None:
    # Cleaned first: a link made below marks its two parties again, for the next pass.
    tx.run(CLEAN, keys=keys)
    rows = []
    for r in tx.run(BELIEVED_PROFILES, keys=keys, forever=FOREVER):
        rows.append({"key": r["key"], **_current_view(r["name"], r["profiles"]), "sanctioned": r["sanctioned"]})
    tx.run(SET_CACHES, rows=rows)
    tx.run(cypher.refresh_degree("Party"), keys=keys, forever=FOREVER, hub=HUB_DEGREE)
    _link_entities(tx, {row["name_key"] for row in rows if row.get("name_key")})
    _link_persons(tx, [k for k in keys if k.startswith("p-")])


def _current_view(name: str | None, profiles: list[dict[str, Any]]) -> dict[str, Any]:
    """The present name, former names and attributes, from all versions of all statements about a party."""
    believed = [p for p in profiles if p["rec_to"] == FOREVER]
    # Newest data first; among equals official before others; the id only to be the same every time.
    believed.sort(key=lambda p: p["statement_id"])
    believed.sort(key=lambda p: p["trust"] != "official")
    believed.sort(key=lambda p: str(p["data_date"] or ""), reverse=True)
    view: dict[str, Any] = {}
    for attribute in ("name", "kind", "status", "region", "id_masked"):
        value = next((p[attribute] for p in believed if p[attribute]), None)
        if value is not None:
            view[attribute] = value
    current = view.get("name", name)
    if current:
        view["name_key"] = name_key(current)
    newest = {p["statement_id"]: p["data_date"] for p in believed}
    former: set[str] = set()
    for p in profiles:
        if p["rec_to"] == FOREVER:
            former.update(p["former_names"] or [])
            former.update([p["name"]] if p["name"] else [])
        elif (day := newest.get(p["statement_id"])) and p["data_date"] and p["data_date"] < day and p["name"]:
            former.add(p["name"])  # the world changed; a version of the same day was only a mistake
    former.discard(current or "")
    view["former_names"] = sorted(former) or None
    return view


# --- the name policy --------------------------------------------------------------------------------------


# A name stands at a party: at its own, or at the one to which the policy links it. Where, is computed from what is
# believed now, and so is the same whatever came first.


def _link_entities(tx: Tx, names: Iterable[str]) -> None:
    by_name: dict[str, list[Any]] = {}
    for r in tx.run(SAME_NAME_ENTITIES, names=sorted(names)):
        by_name.setdefault(r["name"], []).append(r)
    for rows in by_name.values():
        coded = [r for r in rows if r["coded"]]
        if not coded:
            continue  # nobody bears the name now; a link that was made when somebody did stays
        one = coded[0]["key"] if len(coded) == 1 and coded[0]["kind"] != "individual_business" else None
        for r in rows:
            if not r["coded"]:
                target = one if one and r["kind"] != "individual_business" else r["key"]
                if _move(tx, r["key"], r["current"], target):
                    tx.run(MARK_NAMED, own=r["key"])


def _link_persons(tx: Tx, keys: list[str]) -> None:
    scopes = [[r["entity"], r["name"]] for r in tx.run(NAMES_AROUND, keys=keys, forever=FOREVER)]
    if not scopes:
        return
    named: dict[tuple[str, str], list[Any]] = {}
    for r in tx.run(NAMED_AT, scopes=scopes):
        named.setdefault((r["entity"], r["name"]), []).append(r)
    coded: dict[tuple[str, str], list[str]] = {}
    for r in tx.run(FIND_CODED_PERSONS, scopes=[list(pair) for pair in named], forever=FOREVER):
        coded[r["entity"], r["name"]] = r["keys"]
    for pair, rows in named.items():
        holders = coded.get(pair, [])
        if len(holders) == 1:
            target = holders[0]
        else:
            # One name at one entity is one person, by whichever of its names the entity was meant.
            target = min(rows, key=lambda r: (r["scope"] != r["entity"], r["key"]))["key"]
        for r in rows:
            _move(tx, r["key"], r["current"], target)


def _move(tx: Tx, own: str, source: str, target: str) -> bool:
    """What came by the name whose own party is `own` goes from party `source` to `target`. Returns whether it did.

    Its facts get new versions there; the old versions stay, closed.
    """
    if source == target:
        return False
    linked = target != own
    moved: dict[Any, list[dict[str, Any]]] = {}
    closed: dict[Any, list[str]] = {}
    dropped: dict[Any, list[str]] = {}
    touched = {source, target}
    for r in tx.run(FACTS_OF, key=source, own=own, forever=FOREVER):
        kind = Statement if r["type"] == "ABOUT" else RELATIONSHIP_BY_TYPE[r["type"]]
        props, ends = dict(r["props"]), {"start": r["start"], "end": r["end"]}
        touched.update(key for key in ends.values() if key)
        for end in ends:
            # An edge between the party and itself may move at both ends.
            if ends[end] != source or props.get(f"{end}_stated", source) != own:
                continue
            ends[end] = target
            props.pop(f"{end}_match", None)
            props.pop(f"{end}_stated", None)
            if linked:
                props[f"{end}_match"], props[f"{end}_stated"] = EXACT_NAME, own
        # A version of this very transaction was never seen by anybody: it is replaced, not closed.
        (dropped if props["rec_from"] == tx.seq else closed).setdefault(kind, []).append(props["fact_id"])
        props |= {
            "fact_id": f"{props['statement_id']}.{tx.seq}",
            "claim_id": claim_id(r["type"], ends["start"], ends["end"] or "", props.get("since")),
            "rec_from": tx.seq,
        }
        moved.setdefault(kind, []).append({**ends, "props": props})
    for kind, ids in dropped.items():
        tx.run(cypher.drop(kind), ids=ids)
    for kind, ids in closed.items():
        tx.run(cypher.close(kind), ids=ids, seq=tx.seq)
    for kind, rows in moved.items():
        tx.run(cypher.create_facts(kind), rows=rows)
    tx.run(
        POINT_IDENTIFIERS,
        source=source,
        target=target,
        own=own,
        policy=EXACT_NAME if linked else None,
        stated=own if linked else None,
        seq=tx.seq,
    )
    touch(tx, touched)
    return True
