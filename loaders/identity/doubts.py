"""Which parties bear a name or number that another record bears as well, and was not linked to them? (存疑)

What was not linked may be theirs: an answer about such a party, or about a path through it, is never "clear". The mark is
a cache of the present view, as links are, and does not depend on the order of loading. It stands at both sides:

- two bodies with one name, or names that differ only in brackets and script, one of them at least without a credit code;
- a number of one that a row gives to the other, to which it cannot belong; one organisation code in two credit codes, or
  in the credit code of one and as the number of the other;
- several persons with id numbers who hold posts at one body under one name, and that name alone;
- a body whose name is that of a branch, and several that bear the rest of the name (`loaders.identity.branches`).

A record of which nothing is believed but how it is called can add nothing to an answer, and is no doubt.

A mark says what is shared: `name NAME` (normalised, as names are alike), `number SCHEME VALUE`, `person ENTITY NAME`,
`branch KEY-OF-THE-BRANCH`. Beside these `rejected RUN LINE`: a row that would say something against a body of this name or
number was not taken, and is open (`loaders.load.rejections`).
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, LiteralString, NamedTuple

from graph_model.identifiers import decision_key, name_key
from graph_model.marks import BRANCH, NAME, NUMBER, PERSON_MARK, REJECTED, lookups
from graph_model.names import alike_key
from graph_model.schema import FOREVER, ONE_EACH
from graph_model.store.connect import Tx
from loaders.identity.joining import join

NAMES_OF: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
RETURN collect([p.key, CASE WHEN p:Entity THEN p.name_key END, coalesce(p.doubts, []),
  COLLECT { MATCH (f:FormerName {party: p.key}) USING INDEX SEEK f:FormerName(party) RETURN f.name_key }]) AS found
"""

MARKED_PARTIES: LiteralString = """
MATCH (p:Party)
USING INDEX p:Party(doubts)
WHERE p.doubts IS NOT NULL AND any(mark IN p.doubts WHERE mark IN $marks)
RETURN collect(p.key) AS keys
"""

# In lists, and all in one row: a driver reads rows one by one.
NAME_BEARERS: LiteralString = """
UNWIND $names AS name
CALL (name) {
  MATCH (p:Party {name_key: name[0]})
  USING INDEX SEEK p:Party(name_key)
  RETURN p
  UNION ALL
  MATCH (p:Party {name_alike: name[0]})
  USING INDEX SEEK p:Party(name_alike)
  RETURN p
  UNION ALL
  MATCH (f:FormerName)
  USING INDEX SEEK f:FormerName(name_key, party)
  WHERE f.name_key = name[0] AND f.party IS NOT NULL
  MATCH (p:Party {key: f.party})
  USING INDEX SEEK p:Party(key)
  RETURN p
}
WITH name[1] AS mark, p WHERE p:Entity
WITH mark, collect(DISTINCT p.key) AS keys WHERE size(keys) > 1 OR mark IN $marks
RETURN collect([mark, keys]) AS found
"""

NUMBERS_SHARED: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier) WHERE i.org IS NOT NULL
  MATCH (j:Identifier {scheme: 'cn-org', value: i.org})-[:IDENTIFIES]->(q:Party)
  USING INDEX SEEK j:Identifier(scheme, value)
  RETURN 'cn-org' AS scheme, i.org AS value, q
  UNION
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier) WHERE i.org IS NOT NULL OR i.scheme = 'cn-org'
  WITH coalesce(i.org, i.value) AS value
  MATCH (j:Identifier {org: value})-[:IDENTIFIES]->(q:Party)
  USING INDEX SEEK j:Identifier(org)
  RETURN 'cn-org' AS scheme, value, q
  UNION
  MATCH (p)<-[:IDENTIFIES]-(i:Identifier)-[:ALSO_STATED]->(q:Party)
  RETURN i.scheme AS scheme, i.value AS value, q
  UNION
  MATCH (p)<-[:ALSO_STATED]-(i:Identifier)-[:IDENTIFIES]->(q:Party)
  RETURN i.scheme AS scheme, i.value AS value, q
}
WITH p, scheme, value, q WHERE q <> p
RETURN DISTINCT p.key AS key, scheme, value, q.key AS other
ORDER BY key, scheme, value, other
"""

# `told`: something is believed of it beside how it is called.
STANDING: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
RETURN p.key AS key, coalesce(p.doubts, []) AS doubts, coalesce(p.coded, false) AS coded,
  EXISTS { (p)<-[:IDENTIFIES]-() } AS stands,
  EXISTS { (p)<-[:IDENTIFIES]-(i:Identifier) WHERE i.scheme IN $one_each } AS numbered,
  EXISTS { (p)-[r]-() WHERE r.rec_to = $forever AND coalesce(r.start_match, '') <> 'branch-name' } AS told
"""

# What was said of it at any time, by statements and in passing: so that no order of files decides.
NAMES_EVER: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
CALL (p) {
  OPTIONAL MATCH (s:Statement)-[:ABOUT]->(p)
  RETURN collect(s.name) + reduce(every = [], some IN collect(s.former_names) | every + some) AS stated
}
CALL (p) {
  OPTIONAL MATCH (i:Identifier)-[:IDENTIFIES]->(p)
  RETURN reduce(every = [], some IN collect(i.called) | every + some) AS called
}
RETURN key, stated + [p.name] AS stated, called
"""

SET_DOUBTS: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})
USING INDEX SEEK p:Party(key)
SET p.doubts = row.doubts, p.changed = $seq
"""

# Of what was rejected against these names and numbers; the number of the decision, to see whether its source said it since.
ANY_REJECTED: LiteralString = """
MATCH (m:RejectedSubject) RETURN count(m) AS n
"""

NUMBERS_OF: LiteralString = """
UNWIND $keys AS key
MATCH (i:Identifier)-[:IDENTIFIES]->(p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE i.scheme IN ['uscc', 'cn-reg', 'cn-org']
RETURN collect([key, i.scheme, i.value, i.org]) AS found
"""

OPEN_REJECTED: LiteralString = """
UNWIND $marks AS mark
MATCH (m:RejectedSubject {mark: mark})<-[:AGAINST]-(x:RejectedRow)-[:REJECTED_IN]->(r:Run)
WHERE x.settled IS NULL
RETURN mark, x.run AS run, x.line AS line, x.record AS record, r.source AS source
"""

DECIDED_SINCE: LiteralString = """
UNWIND $rows AS row
MATCH (p:Party {key: row.key})<-[f:IMPOSED_ON]-(s:Sanction)
USING INDEX SEEK p:Party(key)
WHERE f.rec_to = $forever AND f.source = row.source AND f.run <> row.run AND s.document_number IS NOT NULL
RETURN row.key AS key, row.run AS run, row.line AS line, row.record AS record, collect(DISTINCT s.document_number) AS numbers
"""

Groups = dict[str, set[str]]
"""What is shared, a name or a number → the parties that bear it."""


class Named(NamedTuple):
    """What a party is called now, its marks of doubt, and which names it bore: normalised."""

    key: str
    name: str | None
    """None: it is a person."""
    doubts: list[str]
    former: list[str]


def names_borne_by(tx: Tx, keys: list[str]) -> list[Named]:
    """What these parties are called."""
    return [Named(*row) for row in tx.run(NAMES_OF, keys=keys)[0]["found"]]


def mark_doubts(tx: Tx, parties: list[Named], before: Iterable[str | None], told: Groups) -> None:
    """Bring the marks of these parties up to date, and those of all that share a name or number with them.

    Args:
        parties: those of which something changed.
        before: normalised names that some of them bore until now.
        told: groups that were found already: for each name at an entity that several persons with an id number bear, these
            and the bare name; for each branch of which several bodies may be the company, these and the branch.
    """
    groups: Groups = defaultdict(set, {mark: set(found) for mark, found in told.items()})
    marks: set[str] = set()
    asked: set[tuple[str, str]] = set()
    keys = [one.key for one in parties]
    for one in parties:
        marks.update(mark for mark in one.doubts if not mark.startswith(REJECTED))
        asked.update(lookup for name in (one.name, *one.former) if name for lookup in lookups(name))
    asked.update(lookup for one in before if one for lookup in lookups(one))
    asked.update((mark.removeprefix(NAME), mark) for mark in marks if mark.startswith(NAME))
    names = [list(lookup) for lookup in sorted(asked)]
    for mark, found in tx.run(NAME_BEARERS, names=names, marks=sorted(marks))[0]["found"] if names else ():
        groups[mark].update(found)
    shared: list[tuple[str, str, str]] = []
    for r in tx.run(NUMBERS_SHARED, keys=keys):
        groups[f"{NUMBER}{r['scheme']} {r['value']}"].update((r["key"], r["other"]))
        if r["scheme"] == "cn-org":
            shared.append((r["value"], r["key"], r["other"]))
    wanted = {key for found in groups.values() for key in found}
    if marks:
        groups.update({mark: set() for mark in marks.difference(groups)})
        wanted.update(tx.run(MARKED_PARTIES, marks=sorted(marks))[0]["keys"])
    rejected = _rejected_against(tx, parties)
    wanted.update(rejected)
    if not wanted:
        return
    rows = tx.run(STANDING, keys=sorted(wanted), one_each=list(ONE_EACH), forever=FOREVER)
    standing = {r["key"]: dict(r) for r in rows}
    _join_by_organisation_code(tx, shared, standing)
    changed = []
    for key, one in standing.items():
        after = {mark for mark in one["doubts"] if mark not in groups}
        after |= {mark for mark, found in groups.items() if key in found and _doubtful(mark, key, found, standing)}
        if key in rejected:
            after = {mark for mark in after if not mark.startswith(REJECTED)}
            after |= rejected[key] if one["stands"] else set()
        if after != set(one["doubts"]):
            changed.append({"key": key, "doubts": sorted(after) or None})
    if changed:
        tx.run(SET_DOUBTS, rows=changed, seq=tx.seq)


def _rejected_against(tx: Tx, parties: list[Named]) -> Groups:
    """Of those parties that have, or should have, other marks of rejected rows than before: which ones now."""
    before = {one.key: {mark for mark in one.doubts if mark.startswith(REJECTED)} for one in parties}
    if not tx.run(ANY_REJECTED)[0]["n"]:
        return {key: set() for key, marks in before.items() if marks}
    borne: Groups = defaultdict(set)
    for one in parties:
        for name in (one.name, *one.former):
            if name:
                for told, _ in lookups(name):
                    borne[NAME + told].add(one.key)
    for key, scheme, value, org in tx.run(NUMBERS_OF, keys=list(before))[0]["found"]:
        borne[f"{NUMBER}{scheme} {value}"].add(key)
        if org:
            borne[f"{NUMBER}cn-org {org}"].add(key)
    now: Groups = defaultdict(set)
    asked: dict[tuple[str, str, int], dict[str, Any]] = {}
    for r in tx.run(OPEN_REJECTED, marks=sorted(borne)):
        for key in borne[r["mark"]]:
            now[key].add(f"{REJECTED}{r['run']} {r['line']}")
            if r["record"]:
                asked[key, r["run"], r["line"]] = {"key": key, **{k: r[k] for k in ("run", "line", "record", "source")}}
    for r in tx.run(DECIDED_SINCE, rows=list(asked.values()), forever=FOREVER) if asked else ():
        if any(decision_key(number) == r["record"] for number in r["numbers"]):
            now[r["key"]].discard(f"{REJECTED}{r['run']} {r['line']}")
    return {key: now.get(key, set()) for key, marks in before.items() if marks != now.get(key, set())}


def _doubtful(mark: str, key: str, found: set[str], standing: dict[str, Any]) -> bool:
    """Whether something is believed of another bearer that nothing tells from this one."""
    one = standing[key]
    # Two bodies of one name may each have the branch, and are two.
    rivals = {mark.removeprefix(BRANCH)} if mark.startswith(BRANCH) and mark != BRANCH + key else found
    others = (standing[other] for other in found & rivals if other != key)
    # What tells two apart: a number of which nobody has two; at one body, that both persons have a number of their own.
    apart = {NUMBER: None, PERSON_MARK: "coded", NAME: "numbered", BRANCH: None}[mark[: mark.index(" ") + 1]]
    return one["stands"] and any(
        other["stands"] and other["told"] and not (apart and one[apart] and other[apart]) for other in others
    )


def _join_by_organisation_code(tx: Tx, shared: list[tuple[str, str, str]], standing: dict[str, Any]) -> None:
    """The organisation code is part of the credit code (GB 32100): with the name as well, it is the same body."""
    pairs = [
        (value, key, other)
        for value, key, other in shared
        if key in standing and other in standing and standing[key]["numbered"] != standing[other]["numbered"]
    ]
    if not pairs:
        return
    keys = sorted({key for _, *both in pairs for key in both})
    names = {r["key"]: _ever(r["stated"], r["called"]) for r in tx.run(NAMES_EVER, keys=keys)}
    for value, key, other in pairs:
        one, two = standing[key], standing[other]
        if one["stands"] and two["stands"] and names[key] & names[other]:
            keep, gone = (key, other) if one["numbered"] else (other, key)
            join(tx, keep, gone, f"organisation code {value} is part of the credit code, and the names agree")
            two["stands"] = one["stands"] = False  # the next pass looks at them again


def _ever(stated: list[str], called: list[str]) -> set[str]:
    """All names of a party, alike ones as one: whichever of the files came first, these are the same in the end."""
    every = [*stated, *(json.loads(entry)[0] for entry in called)]
    return {alike_key(name) or name for one in every if one and (name := name_key(one))}
