"""Records what people judge of two persons: same, different or unsure (同一人判断). Reversible, append-only.

One judgement at the most stands for a pair. It is closed when it is undone, never deleted, and says then who undid it,
when and why. Checked under the lock of the clock: judgements that contradict each other are refused, also through
others (A is B, B is C, so A cannot be different from C), and so is making one person of two valid id numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any, LiteralString, get_args

from graph_model import cypher
from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import mask_ids_in
from graph_model.schema import FOREVER, Judgement, SamePersonAs
from graph_model.store.connect import Graph, Tx
from loaders.identity.resolver import claim_id, digest
from queries.party.same_person import CandidateRef, JudgementRef, comparison, judgements

JUDGEMENT_KIND = "same-person"
"""Marks a judgement among exported events."""

PERSON_OF_KEY: LiteralString = """
MATCH (p:Person {key: $key}) RETURN p.key AS key
"""

STANDING_JUDGEMENTS: LiteralString = """
MATCH (a:Person)-[r:SAME_PERSON_AS]->(b:Person)
WHERE r.rec_to = $forever
RETURN r.fact_id AS id, a.key AS a, b.key AS b, r.judgement AS judgement, r.author AS author, r.day AS day
"""

ID_NUMBERS_OF: LiteralString = """
UNWIND $keys AS key
MATCH (i:Identifier {scheme: 'cn-id'})-[:IDENTIFIES]->(:Person {key: key})
RETURN collect(DISTINCT i.value) AS numbers
"""

UNDO: LiteralString = """
MATCH (a)-[r:SAME_PERSON_AS {fact_id: $id}]->(b)
SET a.changed = $seq, b.changed = $seq, r.rec_to = $seq, r.undone_by = $by, r.undone_on = $day, r.undone_reason = $reason
RETURN [a.key, b.key] AS pair
"""

CHANGED: LiteralString = """
UNWIND $keys AS key MATCH (p:Party {key: key}) USING INDEX SEEK p:Party(key) SET p.changed = $seq
"""

# What follows for the one may follow for the other: from sanctions of either, and of whoever else is judged to be he.
DIRTY_AROUND: LiteralString = """
UNWIND $keys AS key
MATCH (q:Party {key: key})
USING INDEX SEEK q:Party(key)
CALL (q) {
  RETURN q AS p
  UNION
  MATCH (q)-[:SAME_PERSON_AS*1..8]-(p:Person) RETURN p
}
CALL (p) {
  MATCH (p)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
  UNION
  MATCH (p)-[:RESPONSIBLE_FOR]->(s:Sanction) RETURN s
  UNION
  MATCH (v:Event {subject: p.key}) MATCH (s:Sanction {key: v.sanction}) RETURN s
  UNION
  MATCH (p)-[:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
    |ACTUAL_CONTROLLER_OF|HOLDS_SHARES_IN]->(:Entity)<-[:IMPOSED_ON]-(s:Sanction) RETURN s
}
SET s.dirty = true
"""

KNOWN_JUDGEMENTS: LiteralString = """
UNWIND $ids AS id
MATCH ()-[r:SAME_PERSON_AS {fact_id: id}]->()
RETURN r.fact_id AS id, r.rec_to = $forever AS standing
"""

IDENTIFIERS_BY_PARTY: LiteralString = """
UNWIND $keys AS key
MATCH (i:Identifier)-[:IDENTIFIES]->(p:Party {key: key})
RETURN key, collect([i.scheme, i.value]) AS ids
"""

FIND_PERSONS: LiteralString = """
UNWIND $ids AS id
MATCH (:Identifier {scheme: id[0], value: id[1]})-[:IDENTIFIES]->(p:Person)
RETURN DISTINCT p.key AS key
"""


def decide(
    graph: Graph,
    one: str,
    other: str,
    judgement: Judgement,
    *,
    reason: str,
    day: date,
    today: date,
    author: str | None = None,
) -> JudgementRef:
    """Records what somebody judged of two persons, with the score and its reasons as they are now.

    Args:
        one, other: keys of the two.
        judgement: `same`, `different` or `unsure`.
        reason: why.
        day: when it was judged.
        today: no judgement lies ahead of it.
        author: who judges; None: the author in the settings.

    Raises:
        BadRequest: no such person, one and the same, no reason, a day that lies ahead, a judgement that stands
            already or contradicts others, or `same` of two valid id numbers.
    """
    if judgement not in get_args(Judgement):
        raise BadRequest(f"A judgement is {', '.join(get_args(Judgement))}; {judgement!r} is none.")
    if one == other:
        raise BadRequest("These are one and the same entry: there is nothing to judge.")
    _check_words(reason, day, today)
    graph.prepare()
    seen = comparison(graph, one, other)
    row = _row(one, other, judgement, author or graph.author, day, reason, seen)

    def work(tx: Tx) -> str:
        for key in (one, other):
            if not tx.run(PERSON_OF_KEY, key=key):
                raise BadRequest(f"There is no person {key!r}: take the key from a look-up (p-…).")
        _check(tx, row)
        return _create(tx, row)

    made = graph.write("judge", work)
    return next(j for j in judgements(graph, party=one) if j.id == made)


MOST_AT_ONCE = 50
"""Persons of whom one decision can say that they are one, or that each is another."""


def decide_group(
    graph: Graph,
    keys: Sequence[str],
    judgement: Judgement,
    *,
    reason: str,
    day: date,
    today: date,
    author: str | None = None,
) -> list[JudgementRef]:
    """Records one judgement of several persons at once: all of it, or, where any of it is refused, nothing.

    `same` ties each to the first; `different` and `unsure` are recorded of every pair. What stands judged so already is
    left as it stands.

    Args:
        keys: of all of them.
        judgement, reason, day, today, author: as `decide`.

    Raises:
        BadRequest: fewer than two persons or too many, and as `decide`.
    """
    keys = list(dict.fromkeys(keys))
    if not 2 <= len(keys) <= MOST_AT_ONCE:
        raise BadRequest(f"A group has 2 to {MOST_AT_ONCE} persons; these are {len(keys)}.")
    if judgement not in get_args(Judgement):
        raise BadRequest(f"A judgement is {', '.join(get_args(Judgement))}; {judgement!r} is none.")
    _check_words(reason, day, today)
    graph.prepare()
    pairs = [(keys[0], other) for other in keys[1:]] if judgement == "same" else list(combinations(keys, 2))
    by = author or graph.author
    rows = [_row(*pair, judgement, by, day, reason, comparison(graph, *pair)) for pair in pairs]

    def work(tx: Tx) -> list[str]:
        for key in keys:
            if not tx.run(PERSON_OF_KEY, key=key):
                raise BadRequest(f"There is no person {key!r}: take the key from a look-up (p-…).")
        standing = {(r["a"], r["b"]): r["judgement"] for r in tx.run(STANDING_JUDGEMENTS, forever=FOREVER)}
        made = []
        for row in rows:
            if standing.get((row["a"], row["b"])) != judgement:
                _check(tx, row)
                made.append(_create(tx, row))
        return made

    made = set(graph.write("judge", work))
    return [j for j in judgements(graph) if j.id in made]


def undo(
    graph: Graph, one: str, other: str, *, reason: str, day: date, today: date, author: str | None = None
) -> JudgementRef:
    """Takes back the judgement that stands for two persons; it stays readable.

    Args:
        one, other: keys of the two, as they were judged.
        reason, day, today, author: as `decide`.

    Raises:
        BadRequest: none stands, no reason, or a day that lies ahead or before the judgement.
    """
    _check_words(reason, day, today)
    pair = sorted((one, other))

    def work(tx: Tx) -> str:
        found = [r for r in tx.run(STANDING_JUDGEMENTS, forever=FOREVER) if [r["a"], r["b"]] == pair]
        if not found:
            raise BadRequest("No judgement stands for these two: see `creditgraph same-person list`.")
        if day < found[0]["day"].to_native():
            raise BadRequest(f"{day} is before {found[0]['day']}, the day of the judgement.")
        by = author or graph.author
        _undo(tx, found[0]["id"], by, day, mask_ids_in(reason))
        return found[0]["id"]

    graph.prepare()
    undone = graph.write("judge", work)
    return next(j for j in judgements(graph, party=one, undone=True) if j.id == undone)


def _undo(tx: Tx, judgement: str, by: str, day: date, reason: str) -> None:
    for r in tx.run(UNDO, id=judgement, seq=tx.seq, by=by, day=day, reason=reason):
        tx.run(DIRTY_AROUND, keys=r["pair"])


def _check_words(reason: str, day: date, today: date) -> None:
    if not reason.strip():
        raise BadRequest("A judgement needs its reason.")
    if day > today:
        raise BadRequest(f"{day} lies ahead: a judgement is recorded when it was made.")


def _row(
    one: str, other: str, judgement: Judgement, author: str, day: date, reason: str, seen: CandidateRef | None
) -> dict[str, Any]:
    first, second = sorted((one, other))
    return {
        "a": first,
        "b": second,
        "judgement": judgement,
        "author": author,
        "day": day,
        "reason": mask_ids_in(reason),
        "score": seen.score if seen else None,
        "reasons": [f"{r.part} {r.points:+d}" for r in seen.reasons] if seen else [],
    }


def _check(tx: Tx, row: Mapping[str, Any]) -> None:
    """Whether a judgement can stand beside those that do."""
    standing = tx.run(STANDING_JUDGEMENTS, forever=FOREVER)
    pair = (row["a"], row["b"])
    for r in standing:
        if (r["a"], r["b"]) == pair:
            raise BadRequest(
                f"These two stand judged {r['judgement']} since {r['day']} by {r['author']}: undo that first."
            )
    same = [(r["a"], r["b"]) for r in standing if r["judgement"] == "same"]
    apart = [(r["a"], r["b"]) for r in standing if r["judgement"] == "different"]
    if row["judgement"] == "different":
        apart.append(pair)
    elif row["judgement"] == "same":
        same.append(pair)
        joined = _joined(same)
        together = sorted(key for key, least in joined.items() if least == joined[pair[0]])
        (numbers,) = tx.run(ID_NUMBERS_OF, keys=together)
        if len(numbers["numbers"]) > 1:
            raise BadRequest(
                "These have two valid id numbers: they are two persons"
                + ("." if len(together) == 2 else f", through those judged the same: {', '.join(together)}.")
                + " If a number is wrong, it is corrected at its source first."
            )
    else:
        return
    joined = _joined(same)
    for a, b in apart:
        if a in joined and joined.get(a) == joined.get(b):
            raise BadRequest(
                f"This contradicts what stands: {a} and {b} would be different and, through others, the same. "
                "Undo one of those judgements first."
            )


def _joined(same: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key → one of those who are judged the same as it, through others too: the least."""
    near: dict[str, set[str]] = defaultdict(set)
    for a, b in same:
        near[a].add(b)
        near[b].add(a)
    found: dict[str, str] = {}
    for start in sorted(near):
        todo = [start]
        while todo:
            key = todo.pop()
            if key not in found:
                found[key] = start
                todo += near[key]
    return found


def _create(
    tx: Tx, row: Mapping[str, Any], *, fact_id: str | None = None, undone: Mapping[str, Any] | None = None
) -> str:
    """Writes one judgement; with `undone` closed from the start, for the record only."""
    stamp = (row[k] for k in ("a", "b", "judgement", "author", "day", "reason"))
    name = fact_id or f"j-{digest(*stamp, tx.seq)[:20]}"
    props = {k: v for k, v in row.items() if k not in ("a", "b") and v is not None}
    props |= {
        "fact_id": name,
        "statement_id": name,
        "claim_id": claim_id(SamePersonAs.TYPE, row["a"], row["b"], None),
        "source": "record",
        "rec_from": tx.seq,
        "rec_to": tx.seq if undone else FOREVER,
        "place": tx.place(),
        **(undone or {}),
    }
    tx.run(cypher.create_facts(SamePersonAs), rows=[{"start": row["a"], "end": row["b"], "props": props}])
    tx.run(CHANGED, keys=[row["a"], row["b"]], seq=tx.seq)
    if row["judgement"] == "same":
        tx.run(DIRTY_AROUND, keys=[row["a"], row["b"]])
    return name


# --- export and import ------------------------------------------------------------------------------------


def exported_judgements(graph: Graph) -> Iterator[dict[str, Any]]:
    """All judgements, undone ones too, in a form that outlives a rebuild: persons also by their identifiers."""
    found = judgements(graph, undone=True)
    keys = sorted({node.key for j in found for node in (j.a, j.b)})
    ids = {r["key"]: r["ids"] for r in graph.read(IDENTIFIERS_BY_PARTY, keys=keys)}
    for j in found:
        row = j.model_dump(mode="json", exclude={"a", "b", "recorded_at", "standing", "notes"}, exclude_none=True)
        persons = [{"key": node.key, "identifiers": ids.get(node.key, [])} for node in (j.a, j.b)]
        yield {"kind": JUDGEMENT_KIND, **row, "persons": persons}


def import_judgements(tx: Tx, rows: Sequence[tuple[int, dict[str, Any]]], file: str) -> int:
    """Records exported judgements again, within a transaction; returns how many were not known yet.

    One that stands here and was undone in the file is undone. Whoever is one node now needs no judgement `same`.

    Raises:
        SourceError: a line that is no judgement, a person who is not in the graph, or a contradiction.
    """
    known = {
        r["id"]: r["standing"]
        for r in tx.run(KNOWN_JUDGEMENTS, ids=[row.get("id") for _, row in rows], forever=FOREVER)
    }
    recorded = 0
    for line, row in rows:

        def fault(reason: str, code: str, todo: str = "", line: int = line) -> SourceError:
            return SourceError(reason, file=file, line=line, code=code, todo=todo)

        try:
            undone = _undone(row)
            if row["id"] in known:
                if undone and known[row["id"]]:
                    _undo(tx, row["id"], undone["undone_by"], undone["undone_on"], undone["undone_reason"])
                    recorded += 1
                continue
            keys = [_find(tx, person) for person in row["persons"]]
            wanted = {"judgement": row["judgement"], "author": row["author"], "reason": mask_ids_in(row["reason"])}
            wanted |= {"day": date.fromisoformat(row["day"]), "score": row.get("score"), "reasons": row.get("reasons")}
            if wanted["judgement"] not in get_args(Judgement) or len(keys) != 2:
                raise ValueError("two persons and a judgement are needed")
        except (KeyError, TypeError, ValueError) as error:
            raise fault(
                f"is no exported judgement: {error}", "bad-event", "Export again: creditgraph events export."
            ) from error
        first, second = sorted(key or "" for key in keys)
        if not first:
            raise fault(
                "a person of this judgement is not in the graph, or is now several",
                "no-party",
                "Load the sources first, with the same id key; then import.",
            )
        if first == second:
            if wanted["judgement"] == "different" and not undone:
                raise fault(
                    f"was judged different, and is one node now: {first}",
                    "refused",
                    "See which source made one person of two; undo the judgement if that is right.",
                )
            continue
        wanted |= {"a": first, "b": second}
        if not undone:
            try:
                _check(tx, wanted)
            except BadRequest as error:
                raise fault(str(error), "refused") from error
        _create(tx, wanted, fact_id=row["id"], undone=undone)
        recorded += 1
    return recorded


def _undone(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if "undone_on" not in row:
        return None
    return {
        "undone_by": row["undone_by"],
        "undone_on": date.fromisoformat(row["undone_on"]),
        "undone_reason": mask_ids_in(row["undone_reason"]),
    }


def _find(tx: Tx, person: Mapping[str, Any]) -> str | None:
    """The person by his key, else by his identifiers; None when there is none, or several."""
    keys = [r["key"] for r in tx.run(PERSON_OF_KEY, key=person["key"])]
    keys = keys or [r["key"] for r in tx.run(FIND_PERSONS, ids=person["identifiers"])]
    return keys[0] if len(keys) == 1 else None
