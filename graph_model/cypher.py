"""Schema → the statements that write it. The only place where Cypher text is built.

Labels, types and property names come from the classes of `schema` and from nowhere else; every value travels as
a parameter. Statements for reading are written by hand, beside the function that asks.
"""

import hashlib
from typing import LiteralString, cast

from graph_model.hubs import hub_table
from graph_model.schema import NODES, RELATIONSHIPS, WALKABLE, Node, Party, Relationship, Statement


def _literal(text: str) -> LiteralString:
    """The driver asks for literal text, as a guard against injection; ours is built from schema classes only."""
    return cast(LiteralString, text)


def lookup_label(label: str) -> str:
    """The label whose unique key finds a node: all parties are found as Party."""
    return "Party" if label in ("Entity", "Person", "Organ", "Party") else label


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def _constraint_nodes() -> list[type[Node]]:
    return [n for n in NODES if not (issubclass(n, Party) and n is not Party)]


def schema_statements() -> list[LiteralString]:
    """Every constraint and index of the schema, each with a name, safe to repeat."""
    out: list[str] = []
    for node in _constraint_nodes():
        keys = ", ".join(f"n.{k}" for k in node.KEY)
        out.append(
            f"CREATE CONSTRAINT {_snake(node.LABEL)}_key IF NOT EXISTS FOR (n:{node.LABEL}) REQUIRE ({keys}) IS UNIQUE"
        )
        out += [
            f"CREATE INDEX {_snake(node.LABEL)}_{p} IF NOT EXISTS FOR (n:{node.LABEL}) ON (n.{p})" for p in node.INDEXES
        ]
    for rel in RELATIONSHIPS:
        name = rel.TYPE.lower()
        out.append(f"CREATE CONSTRAINT {name}_fact IF NOT EXISTS FOR ()-[r:{rel.TYPE}]-() REQUIRE r.fact_id IS UNIQUE")
        out.append(f"CREATE INDEX {name}_statement IF NOT EXISTS FOR ()-[r:{rel.TYPE}]-() ON (r.statement_id)")
    # Keys that a name policy set aside are found through the link that it made.
    out.append("CREATE INDEX identifies_stated IF NOT EXISTS FOR ()-[l:IDENTIFIES]-() ON (l.stated)")
    # `due` asks for the commitments of a few weeks, among all licences.
    out.append("CREATE INDEX holds_due IF NOT EXISTS FOR ()-[r:HOLDS]-() ON (r.due_on)")
    # A listing falls with the penalty whose number it names.
    out.append("CREATE INDEX imposed_stands IF NOT EXISTS FOR ()-[r:IMPOSED_ON]-() ON (r.stands_on)")
    # Asked for any part of it.
    out.append("CREATE TEXT INDEX party_initials IF NOT EXISTS FOR (n:Party) ON (n.initials)")
    out.append(
        "CREATE FULLTEXT INDEX party_names IF NOT EXISTS FOR (n:Party) ON EACH [n.name, n.former_names] "
        # Updated in the background: inside each commit it would cost as much as the commit itself. Loading waits for
        # it once, at its end.
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk', `fulltext.eventually_consistent`: true}}"
    )
    return [_literal(text) for text in out]


FORM = 4
"""The form of what is stored; one more whenever a store of before has to be rewritten (`loaders.upgrade`)."""


def schema_digest() -> str:
    """A hash of all schema statements, the form of what is stored, and the table of hubs: a graph that carries it needs no
    upgrade.
    """
    return hashlib.sha256("\n".join((*schema_statements(), f"form {FORM}", hub_table())).encode()).hexdigest()[:16]


def create_parties(label: str) -> LiteralString:
    """`$rows`: [{props, identifiers}] → new parties of one label, with the identifiers that are new as well."""
    return _literal(
        f"UNWIND $rows AS row CREATE (n:Party:{label}) SET n = row.props WITH n, row UNWIND row.identifiers AS id "
        "CREATE (i:Identifier {scheme: id.scheme, value: id.value, valid: id.valid, org: id.org, called: id.called}) "
        "CREATE (i)-[:IDENTIFIES {policy: id.policy, stated: id.stated, rec_from: $seq}]->(n)"
    )


def add_label(label: str) -> LiteralString:
    """`$keys`: parties that play this part as well (an organ that is also an entity)."""
    return _literal(f"UNWIND $keys AS key MATCH (n:Party {{key: key}}) SET n:{label}, n.changed = $seq")


def merge_nodes(label: str) -> LiteralString:
    """`$rows`: [{key, …}] → things that may exist already. One that had no title yet gets it."""
    return _literal(
        f"UNWIND $rows AS row MERGE (n:{label} {{key: row.key}}) ON CREATE SET n = row "
        "ON MATCH SET n.title = coalesce(n.title, row.title)"
    )


# Part of a statement that has a normalised `name`.
BEARERS_OF_NAME: LiteralString = """
CALL (name) {
  MATCH (p:Party {name_key: name})
  USING INDEX SEEK p:Party(name_key)
  RETURN p, false AS former
  UNION ALL
  MATCH (f:FormerName)
  USING INDEX SEEK f:FormerName(name_key, party)
  WHERE f.name_key = name AND f.party IS NOT NULL
  MATCH (p:Party {key: f.party})
  USING INDEX SEEK p:Party(key)
  RETURN p, true AS former
}
"""
"""Who bears a name now (`p`, and `former` is false), or bore it before."""

AWAIT_NAMES: LiteralString = "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()"

# Looked up before, under the lock of the clock: what is created here is not there yet.
CREATE_IDENTIFIERS: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.party})
USING INDEX SEEK p:Party(key)
CREATE (i:Identifier {scheme: row.scheme, value: row.value, valid: row.valid, org: row.org, called: row.called})
CREATE (i)-[:IDENTIFIES {policy: row.policy, stated: row.stated, rec_from: $seq}]->(p)
SET p.changed = $seq
"""

# Nobody has two credit codes or id numbers: whoever has one, and a row that gives him a number of another, is not him.
ALSO_STATED: LiteralString = """
UNWIND $rows AS row
MATCH (i:Identifier {scheme: row.scheme, value: row.value})
USING INDEX SEEK i:Identifier(scheme, value)
MATCH (p:Party {key: row.party})
USING INDEX SEEK p:Party(key)
MERGE (i)-[:ALSO_STATED]->(p)
SET p.caches_dirty = true
"""

CREATE_STATEMENTS: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.start})
USING INDEX SEEK p:Party(key)
CREATE (s:Statement)-[:ABOUT]->(p)
SET s = row.props
"""


def create_facts(kind: type[Relationship] | type[Statement]) -> LiteralString:
    """`$rows`: [{start, end, props}] → facts of one type; a statement has no end."""
    if not issubclass(kind, Relationship):
        return CREATE_STATEMENTS
    start, end = lookup_label(kind.START), lookup_label(kind.END)
    return _literal(
        # Hints, because a plan made while the graph was empty scans; it would be used until statistics are renewed.
        f"UNWIND $rows AS row MATCH (a:{start} {{key: row.start}}) USING INDEX SEEK a:{start}(key) "
        f"MATCH (b:{end} {{key: row.end}}) USING INDEX SEEK b:{end}(key) "
        f"CREATE (a)-[r:{kind.TYPE}]->(b) SET r = row.props"
    )


def _of_fact_id(rel: type[Relationship] | type[Statement], id: str) -> str:
    """The pattern of the version of a fact, `r`, that has this id."""
    if issubclass(rel, Relationship):
        return f"()-[r:{rel.TYPE} {{fact_id: {id}}}]->()"
    return f"(r:Statement {{fact_id: {id}}})"


def _of_statement_id(rel: type[Relationship] | type[Statement]) -> str:
    """Finds the versions of a fact, `r`, by the `id` of its statement."""
    if issubclass(rel, Relationship):
        pattern, name = f"()-[r:{rel.TYPE}]->()", rel.TYPE
    else:
        pattern, name = "(r:Statement)", rel.LABEL
    # Without the hint, a plan made while the graph was empty scans; it would be used until statistics are renewed.
    return f"MATCH {pattern} USING INDEX SEEK r:{name}(statement_id) WHERE r.statement_id = id"


def believed(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: statement ids → `found`: [id, fact_id, digest, in_snapshot, absent_since, newest data date, file_date,
    delivery, run that said it last, parts] of each that is believed now.
    """
    return _literal(
        f"UNWIND $ids AS id {_of_statement_id(rel)} AND r.rec_to = $forever "
        "RETURN collect([id, r.fact_id, r.digest, r.in_snapshot, r.absent_since, coalesce(last(r.seen_on), r.data_date), "
        "r.file_date, r.delivery, coalesce(r.seen_in, r.run), r.parts]) AS found"
    )


def seen_again(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$rows`: [{id: fact id, day, snapshot, last}] → the source said the same for a later day, in a later snapshot, or
    (`last`: {file_date, delivery, seen_in}) in a file that comes after the one that had said it last.
    """
    is_edge = issubclass(rel, Relationship)
    pattern = f"(a)-[r:{rel.TYPE} {{fact_id: row.id}}]->(b)" if is_edge else "(r:Statement {fact_id: row.id})"
    # Answers show the newest day: whoever keeps a copy of them must hear of it.
    told = ", b.changed = $seq" if is_edge and rel.TYPE == "IMPOSED_ON" else ", a.changed = $seq" if is_edge else ""
    return _literal(
        f"UNWIND $rows AS row MATCH {pattern} "
        "SET r.in_snapshot = coalesce(row.snapshot, r.in_snapshot), r += coalesce(row.last, {}) "
        f"WITH {'a, b, ' if is_edge else ''}r, row WHERE row.day IS NOT NULL "
        f"SET r.seen_on = coalesce(r.seen_on, []) + row.day, r.seen_at = coalesce(r.seen_at, []) + $seq{told}"
    )


def in_partition(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """The facts of `$partition` of `$source`: how many are not absent before `$day`, and `[fact_id, start, end]` of
    those that no snapshot of `$day` or later has, and that are not marked so.
    """
    if issubclass(rel, Relationship):
        pattern, start, end = f"(a)-[r:{rel.TYPE}]->(b)", "a.key", "b.key"
    else:
        pattern, start, end = "(r:Statement)-[:ABOUT]->(a)", "a.key", "null"
    return _literal(
        f"MATCH {pattern} WHERE r.rec_to = $forever AND r.source = $source AND r.partition = $partition "
        "RETURN count(CASE WHEN r.absent_since IS NULL OR r.absent_since > $day THEN 1 END) AS present, "
        "collect(CASE WHEN r.in_snapshot < $day AND (r.absent_since IS NULL OR r.absent_since > $day) "
        f"THEN [r.fact_id, {start}, {end}] END) AS absent"
    )


def mark_absent(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: fact ids that the snapshot of `$day` no longer has → new versions at `$seq` that say so."""
    version = (
        "r {.*, fact_id: r.statement_id + '.' + toString($seq), rec_from: $seq, rec_to: $forever, absent_since: $day}"
    )
    if issubclass(rel, Relationship):
        return _literal(
            f"UNWIND $ids AS id MATCH (a)-[r:{rel.TYPE} {{fact_id: id}}]->(b) "
            f"CREATE (a)-[n:{rel.TYPE}]->(b) SET n = {version} SET r.rec_to = $seq"
        )
    return _literal(
        "UNWIND $ids AS id MATCH (r:Statement {fact_id: id})-[:ABOUT]->(p) "
        f"CREATE (n:Statement)-[:ABOUT]->(p) SET n = {version} SET r.rec_to = $seq"
    )


def versions(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: statement ids → {id, props} of every version of each, oldest first."""
    return _literal(f"UNWIND $ids AS id {_of_statement_id(rel)} RETURN id, properties(r) AS props ORDER BY r.rec_from")


def close(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: fact ids that stop being believed at `$seq`."""
    return _literal(f"UNWIND $ids AS id MATCH {_of_fact_id(rel, 'id')} SET r.rec_to = $seq")


def contest(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: fact ids that another file of the same day and delivery contradicts."""
    return _literal(f"UNWIND $ids AS id MATCH {_of_fact_id(rel, 'id')} SET r.contested = true")


def count_parts(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$rows`: [{id: fact id, parts}] → how many parts the record has of which it is the first."""
    return _literal(f"UNWIND $rows AS row MATCH {_of_fact_id(rel, 'row.id')} SET r.parts = row.parts")


def seen_in(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: fact ids that `$run` said last."""
    return _literal(f"UNWIND $ids AS id MATCH {_of_fact_id(rel, 'id')} SET r.seen_in = $run")


def drop(rel: type[Relationship] | type[Statement]) -> LiteralString:
    """`$ids`: fact ids of versions that this same transaction made, and that were never seen."""
    detach = "" if issubclass(rel, Relationship) else "DETACH "
    return _literal(f"UNWIND $ids AS id MATCH {_of_fact_id(rel, 'id')} {detach}DELETE r")


def set_empty(rel: type[Relationship] | type[Statement], field: str) -> LiteralString:
    """`$ids`: fact ids whose list `field` is empty, which import files cannot say."""
    return _literal(f"UNWIND $ids AS id MATCH {_of_fact_id(rel, 'id')} SET r.{field} = []")


def count_of(label: str) -> LiteralString:
    """How many nodes have this label?"""
    return _literal(f"MATCH (n:{label}) RETURN count(n) AS n")


def count_of_type(kind: str) -> LiteralString:
    """How many relationships are of this type?"""
    return _literal(f"MATCH ()-[r:{kind}]->() RETURN count(r) AS n")


def refresh_caches(label: str) -> LiteralString:
    """`$keys` wait no longer: their degree (distinct neighbours over walkable types, all dates, current belief), the
    hub flag and tag (`$tags`: `graph_model.hubs.hub_patterns`), and for parties whether anything is imposed on them.
    """
    named = "coalesce(n.name_key, n.name)" if label == "Party" else "n.name"
    types = "|".join(WALKABLE)
    sanctioned = (
        ", n.sanctioned = EXISTS { (n)<-[i:IMPOSED_ON]-(s) WHERE i.rec_to = $forever"
        " AND s.retired IS NULL AND NOT i.digest IN coalesce(s.retired_content, []) }"
    )
    return _literal(
        f"UNWIND $keys AS key MATCH (n:{label} {{key: key}}) USING INDEX SEEK n:{label}(key) "
        f"CALL (n) {{ MATCH (n)-[r:{types}]-(o) WHERE r.rec_to = $forever AND o <> n "
        "RETURN count(DISTINCT o) AS degree } "
        f"WITH n, degree, head([t IN $tags WHERE {named} =~ t[1] | t[0]]) AS tag "
        "SET n.degree = degree, n.hub_tag = tag, n.hub = degree > $hub OR tag IS NOT NULL, n.changed = $seq"
        f"{sanctioned if label == 'Party' else ''} REMOVE n.caches_dirty"
    )
