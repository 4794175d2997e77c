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

# Entities that bear one name: those with an identifier of their own, and the name-only ones.
SAME_NAME_ENTITIES: LiteralString = """
UNWIND $names AS name
MATCH (p:Party {name_key: name})
USING INDEX p:Party(name_key)
WHERE p:Entity
RETURN name, p.key AS key, coalesce(p.coded, false) AS coded, p.kind AS kind
ORDER BY key
"""

# Name-only persons who may be the same as a person that changed: they stand at an entity where he holds a post (or
# he is one himself), under his name.
WEAK_NAMESAKES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
CALL (p) {
  WITH p WHERE p.scope IS NOT NULL
  RETURN p.scope AS entity
  UNION
  MATCH (p)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
    |ACTUAL_CONTROLLER_OF]->(e:Entity)
  WHERE p.scope IS NULL AND r.rec_to = $forever
  RETURN e.key AS entity
}
MATCH (w:Party {scope: entity})
USING INDEX w:Party(scope)
WHERE w.name_key = p.name_key
RETURN DISTINCT entity, w.name_key AS name, w.key AS key
ORDER BY entity, name, key
"""

NAME_LINKS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})<-[l:IDENTIFIES {policy: 'exact-name'}]-(i:Identifier)
RETURN p.key AS key, l.stated AS stated, i.scheme AS scheme, i.value AS value, p.name AS name
ORDER BY stated
"""

FACTS_OF: LiteralString = """
MATCH (p:Party {key: $key})-[r]-()
WHERE r.rec_to = $forever
  AND ($stated IS NULL OR (startNode(r) = p AND r.start_stated = $stated)
    OR (endNode(r) = p AND r.end_stated = $stated))
RETURN DISTINCT type(r) AS type, properties(r) AS props, startNode(r).key AS start, endNode(r).key AS end
UNION ALL
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: $key})
WHERE s.rec_to = $forever AND ($stated IS NULL OR s.start_stated = $stated)
RETURN 'ABOUT' AS type, properties(s) AS props, p.key AS start, null AS end
"""

POINT_IDENTIFIERS: LiteralString = """
MATCH (:Party {key: $source})<-[l:IDENTIFIES]-(i:Identifier)
WHERE (i.scheme STARTS WITH 'name@' OR i.scheme = 'name-in-entity')
  AND ($stated IS NULL OR l.stated = $stated)
MATCH (t:Party {key: $target})
DELETE l
CREATE (i)-[:IDENTIFIES {policy: $policy, stated: $link, rec_from: $seq}]->(t)
"""

RESTORE_PARTY: LiteralString = """
MERGE (p:Party {key: $key})
ON CREATE SET p:Entity, p.name = $name, p.name_key = $name_key, p.coded = false
SET p.caches_dirty = true
"""

MARK: LiteralString = """
UNWIND $keys AS key MATCH (p:Party {key: key}) SET p.caches_dirty = true
WITH p
OPTIONAL MATCH (p)<-[:IMPOSED_ON]-(s:Sanction)
SET s.dirty = true
"""


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
    _link_entities(tx, keys, {row["name_key"] for row in rows if row.get("name_key")})
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


def _link_entities(tx: Tx, keys: list[str], names: Iterable[str]) -> None:
    by_name: dict[str, list[Any]] = {}
    for r in tx.run(SAME_NAME_ENTITIES, names=sorted(names)):
        by_name.setdefault(r["name"], []).append(r)
    ambiguous: list[str] = []
    for rows in by_name.values():
        coded = [r for r in rows if r["coded"]]
        weak = [r for r in rows if not r["coded"] and r["kind"] != "individual_business"]
        if len(coded) == 1 and coded[0]["kind"] != "individual_business":
            for r in weak:
                _move(tx, r["key"], coded[0]["key"])
        elif len(coded) > 1:
            ambiguous += [r["key"] for r in coded]
    if ambiguous:
        for link in tx.run(NAME_LINKS, keys=ambiguous):
            if link["scheme"].startswith("name@"):
                # Two entities now bear the name: what came by name alone goes back to the name-only party.
                tx.run(RESTORE_PARTY, key=link["stated"], name=link["name"], name_key=link["value"])
                _move(tx, link["key"], link["stated"], undo=True)


def _link_persons(tx: Tx, keys: list[str]) -> None:
    weak = {(r["entity"], r["name"]): r["key"] for r in tx.run(WEAK_NAMESAKES, keys=keys, forever=FOREVER)}
    if not weak:
        return
    for r in tx.run(FIND_CODED_PERSONS, scopes=[list(pair) for pair in weak], forever=FOREVER):
        if len(r["keys"]) == 1:
            _move(tx, weak[r["entity"], r["name"]], r["keys"][0])


def _move(tx: Tx, source: str, target: str, *, undo: bool = False) -> None:
    """Facts of party `source` get new versions at party `target`; the old versions stay, closed.

    Making a link moves all that stands at the name-only party. Undoing one (`undo`) moves back only what the
    policy had brought from `target`.
    """
    stated = target if undo else None
    moved: dict[Any, list[dict[str, Any]]] = {}
    closed: dict[Any, list[str]] = {}
    for r in tx.run(FACTS_OF, key=source, stated=stated, forever=FOREVER):
        kind = Statement if r["type"] == "ABOUT" else RELATIONSHIP_BY_TYPE[r["type"]]
        props, ends = dict(r["props"]), {"start": r["start"], "end": r["end"]}
        for end in ends:
            # An edge between the party and itself moves at both ends.
            if ends[end] != source or (undo and props.get(f"{end}_stated") != target):
                continue
            ends[end] = target
            if undo:
                props.pop(f"{end}_match", None)
                props.pop(f"{end}_stated", None)
            else:
                props[f"{end}_match"], props[f"{end}_stated"] = EXACT_NAME, source
        closed.setdefault(kind, []).append(props["fact_id"])
        props |= {
            "fact_id": f"{props['statement_id']}.{tx.seq}",
            "claim_id": claim_id(r["type"], ends["start"], ends["end"] or "", props.get("since")),
            "rec_from": tx.seq,
        }
        moved.setdefault(kind, []).append({**ends, "props": props})
    for kind, ids in closed.items():
        tx.run(cypher.close(kind), ids=ids, seq=tx.seq)
    for kind, rows in moved.items():
        tx.run(cypher.create_facts(kind), rows=rows)
    tx.run(
        POINT_IDENTIFIERS,
        source=source,
        target=target,
        stated=stated,
        policy=None if undo else EXACT_NAME,
        link=None if undo else source,
        seq=tx.seq,
    )
    tx.run(MARK, keys=[source, target])
