"""The facts around sanctions: the input of the derivation, as believed at one clock position."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, LiteralString

from graph_model.derivation import Case
from graph_model.events import as_fact
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import RulePack
from graph_model.schema import FOREVER, ROLE_TYPES, Fact
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.read.corrections import merges, standing
from queries.read.events import events_about
from queries.read.values import native

_BASE = frozenset(Fact.model_fields)

BY_THIRD_PARTY: LiteralString = """(
    EXISTS { (s)-[b:IMPOSED_BY]->(o:Organ) WHERE b.rec_from <= $k AND $k < b.rec_to AND o.third_party }
    AND NOT EXISTS { (s)-[b:IMPOSED_BY]->(o:Organ)
      WHERE b.rec_from <= $k AND $k < b.rec_to AND NOT coalesce(o.third_party, false) })"""
"""Whether no organ but third parties (O08) decided a sanction `s`: it informs, and no more. Asks for the position `$k`."""

STANDING_OF_SANCTION: LiteralString = (
    "s {.fallen_on, .fallen_by, .fallen_seq, third_party: " + BY_THIRD_PARTY + "} AS standing"
)
"""What facts elsewhere say of a sanction `s`, for `imposed_props`."""

CASE_FACTS: LiteralString = (
    """
UNWIND $sanctions AS key
MATCH (s:Sanction {key: key})
USING INDEX SEEK s:Sanction(key)
WITH key, s, """
    + STANDING_OF_SANCTION
    + """
CALL (s) {
  MATCH (s)-[r:IMPOSED_ON]->(p)
  WHERE r.rec_from <= $k AND $k < r.rec_to
  RETURN 'imposed' AS part, r, s AS a, p AS b
  UNION ALL
  MATCH (x:Person)-[r:RESPONSIBLE_FOR]->(s)
  WHERE r.rec_from <= $k AND $k < r.rec_to
  RETURN 'responsible' AS part, r, x AS a, s AS b
  UNION ALL
  MATCH (s)-[i:IMPOSED_ON]->(e)
  WHERE i.rec_from <= $k AND $k < i.rec_to
  MATCH (x)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
    |ACTUAL_CONTROLLER_OF|HOLDS_SHARES_IN]->(e)
  WHERE r.rec_from <= $k AND $k < r.rec_to
  RETURN DISTINCT 'roles' AS part, r, x AS a, e AS b
  UNION ALL
  MATCH (s)-[i:IMPOSED_ON]->(e)
  WHERE i.rec_from <= $k AND $k < i.rec_to
  MATCH (e)-[r:BRANCH_OF]->(o)
  WHERE r.rec_from <= $k AND $k < r.rec_to
  RETURN DISTINCT 'roles' AS part, r, e AS a, o AS b
  UNION ALL
  // Whom a rule with a second hop may pass: those found responsible, and holders of its candidate posts.
  MATCH (s)-[i:IMPOSED_ON]->(e)
  WHERE i.rec_from <= $k AND $k < i.rec_to AND any(c IN i.codes WHERE c IN $onward_codes)
  CALL (s, e) {
    MATCH (x:Person)-[q:RESPONSIBLE_FOR]->(s) WHERE q.rec_from <= $k AND $k < q.rec_to RETURN x
    UNION
    MATCH (v:Event {item: s.key}) USING INDEX SEEK v:Event(item) WHERE v.kind = 'finding' AND v.rec_from <= $k
    MATCH (x:Party {key: v.subject}) USING INDEX SEEK x:Party(key) WHERE x:Person RETURN x
    UNION
    MATCH (x:Person)-[q]->(e)
    WHERE type(q) IN $candidate_types AND q.rec_from <= $k AND $k < q.rec_to RETURN x
  }
  MATCH (x)-[r]->(o:Entity)
  WHERE o <> e AND type(r) IN $onward_types AND r.rec_from <= $k AND $k < r.rec_to
  RETURN DISTINCT 'onward' AS part, r, x AS a, o AS b
  UNION ALL
  MATCH (v:Event {item: s.key})
  USING INDEX SEEK v:Event(item)
  WHERE v.subject IS NOT NULL AND v.rec_from <= $k
  MATCH (p:Party {key: coalesce($merged[v.subject], v.subject)})
  USING INDEX SEEK p:Party(key)
  RETURN DISTINCT 'named' AS part, null AS r, p AS a, p AS b
}
RETURN key, part, type(r) AS type, properties(r) AS props, CASE part WHEN 'imposed' THEN standing END AS standing,
  a.key AS start, labels(a) AS start_labels, a.name AS start_name, a.kind AS start_kind, a.adult_year AS start_adult,
  b.key AS end, labels(b) AS end_labels, b.name AS end_name, b.kind AS end_kind, b.adult_year AS end_adult
ORDER BY key, part, props.fact_id
"""
)

# What humans judged to be one person with somebody here, over several judgements too.
SAME_PERSONS: LiteralString = """
UNWIND $keys AS key
MATCH (q:Party {key: key})
USING INDEX SEEK q:Party(key)
MATCH (q) (()-[r:SAME_PERSON_AS WHERE r.judgement = 'same' AND r.rec_from <= $k AND $k < r.rec_to]-()){1,8} (:Person)
UNWIND r AS one
WITH DISTINCT one
RETURN startNode(one).key AS start, endNode(one).key AS end, properties(one) AS props
ORDER BY start, end, props.fact_id
"""

POSTS_OF_PERSONS: LiteralString = """
UNWIND $keys AS key
MATCH (x:Person:Party {key: key})
USING INDEX SEEK x:Party(key)
OPTIONAL MATCH (x)-[r]->(o:Entity)
WHERE type(r) IN $onward_types AND r.rec_from <= $k AND $k < r.rec_to
RETURN key, x.name AS name, x.kind AS kind, x.adult_year AS adult, type(r) AS type, properties(r) AS props,
  o.key AS unit, labels(o) AS unit_labels, o.name AS unit_name, o.kind AS unit_kind
ORDER BY key, props.fact_id
"""

DIRTY: LiteralString = """
MATCH (s:Sanction) WHERE s.dirty = true RETURN s.key AS key ORDER BY key
"""

ALL_SANCTIONS: LiteralString = """
MATCH (s:Sanction) RETURN s.key AS key ORDER BY key
"""


def label_of(labels: Sequence[str]) -> str:
    """The telling label of a node: Party says nothing, and an organ that is also an entity shows as Organ."""
    for label in ("Organ", "Person", "Entity"):
        if label in labels:
            return label
    return next(iter(labels))


def fact_row(type_name: str, start: str, end: str, props: dict[str, Any], *, position: int = FOREVER) -> FactRow:
    """A believed relationship (or statement) as a `FactRow`, with the data date that was known at `position`.

    Args:
        type_name: its type; a statement is an `ABOUT` to its own party.
        start, end: keys of both ends.
        props: as the graph has them.
        position: as known then.
    """
    values = {k: native(v) for k, v in props.items()}
    # Ascending in both: the last that was known is the newest.
    seen = [
        day for day, at in zip(values.get("seen_on") or (), values.get("seen_at") or (), strict=True) if at <= position
    ]
    return FactRow(
        fact_id=values["fact_id"],
        type=type_name,
        start=start,
        end=end,
        since=values.get("since"),
        until=values.get("until"),
        data_date=native(seen[-1]) if seen else values.get("data_date"),
        absent_since=values.get("absent_since"),
        claim_id=values.get("claim_id", ""),
        source=values.get("source", ""),
        run=values.get("run", ""),
        line=values.get("line"),
        owner=values.get("owner"),
        trust=values.get("trust", "official"),
        openness=values.get("openness", "open"),
        rec_from=values["rec_from"],
        start_match=values.get("start_match", "identifier"),
        end_match=values.get("end_match", "identifier"),
        start_stated=values.get("start_stated"),
        end_stated=values.get("end_stated"),
        digest=values.get("digest", ""),
        in_snapshot=_newest_snapshot(values, seen),
        props={k: v for k, v in values.items() if k not in _BASE},
    )


def imposed_props(r: Any, position: int) -> dict[str, Any]:
    """What a row with `props` and `standing` says is imposed: by its own words, and by facts elsewhere (`STANDING_OF_SANCTION`).

    A listing is over on the day on which the penalty was withdrawn that it stands on (`ended_by` says so). What a third
    party decided is for reference, whichever source tells it.
    """
    props, standing_now = dict(r["props"]), r["standing"]
    if standing_now["third_party"] and props.get("trust", "official") == "official":
        props["trust"] = "reference"
    fallen = native(standing_now["fallen_on"])
    if (
        fallen
        and standing_now["fallen_seq"] <= position
        and (props.get("until") is None or fallen < native(props["until"]))
    ):
        props["until"] = fallen
        props["ended_by"] = say(
            "basis_withdrawn", penalty=props.get("stands_on"), day=fallen, by=standing_now["fallen_by"]
        )
    return props


def _newest_snapshot(values: dict[str, Any], seen: list[Any]) -> date | None:
    """The newest snapshot that has the fact, as far as was known: where it was seen again later, the day before that."""
    newest: date | None = values.get("in_snapshot")
    if newest is None or len(seen) == len(values.get("seen_on") or ()):
        return newest
    return native(seen[-1]) if seen else values.get("data_date")


def onward(pack: RulePack) -> dict[str, Any]:
    """What the rules with a second hop ask of the gathering: their trigger codes, and the posts that they pass."""
    rules = [(rule, rule.via) for rule in pack.enabled if rule.via]
    return {
        "onward_codes": sorted({c for rule, _ in rules for c in pack.triggered_by(rule)}),
        "onward_types": sorted({t for _, via in rules for role in via.onward for t in ROLE_TYPES.get(role, ())}),
        "candidate_types": sorted({t for _, via in rules for role in via.candidates for t in ROLE_TYPES.get(role, ())}),
    }


def cases(graph: Graph, sanctions: Sequence[str], pack: RulePack, *, position: int) -> Iterator[Case]:
    """All facts and events around each sanction, as known at clock `position`."""
    parts: dict[str, dict[str, list[FactRow]]] = defaultdict(lambda: defaultdict(list))
    parties: dict[str, dict[str, PartyRow]] = defaultdict(dict)
    merged = standing(merges(graph, position))
    for r in graph.read(CASE_FACTS, sanctions=list(sanctions), k=position, merged=merged, **onward(pack)):
        key = r["key"]
        if r["part"] != "named":
            props = imposed_props(r, position) if r["part"] == "imposed" else r["props"]
            row = fact_row(r["type"], r["start"], r["end"], props, position=position)
            parts[key][r["part"]].append(row)
        for end in ("start", "end"):
            label = label_of(r[f"{end}_labels"])
            row = PartyRow(r[end], label, r[f"{end}_name"], r[f"{end}_kind"], adult_year=r[f"{end}_adult"])
            parties[key][r[end]] = row
    statements = {key: {f.statement for rows in part.values() for f in rows} for key, part in parts.items()}
    same = _same_persons(graph, parts, parties, pack, position)
    items = [*parts, *sorted(set().union(*statements.values()))] if parts else []
    about = [e for e in events_about(graph, items, position=position) if e.kind != "execution"] if items else []
    for key in sanctions:
        part = parts.get(key)
        if part:
            mine = tuple(e for e in about if e.item == key or e.item in statements[key])
            findings = tuple(as_fact(e) for e in mine if e.kind == "finding" and e.subject in parties[key])
            yield Case(
                sanction=key,
                imposed=tuple(part["imposed"]),
                responsible=(*part["responsible"], *findings),
                roles=tuple(part["roles"]),
                onward=tuple(part["onward"]),
                parties=parties[key],
                events=tuple(e for e in mine if e.kind != "finding"),
                same=tuple(same.get(key, ())),
            )


def _same_persons(
    graph: Graph,
    parts: dict[str, dict[str, list[FactRow]]],
    parties: dict[str, dict[str, PartyRow]],
    pack: RulePack,
    position: int,
) -> dict[str, list[FactRow]]:
    """Judgements `same` of the persons of each case; who is one with them is added to its parties, and what he runs."""
    persons = {row.key for rows in parties.values() for row in rows.values() if row.label == "Person"}
    found = [
        fact_row("SAME_PERSON_AS", r["start"], r["end"], r["props"], position=position)
        for r in (graph.read(SAME_PERSONS, keys=sorted(persons), k=position) if persons else ())
    ]
    if not found:
        return {}
    asked = onward(pack)
    posts: dict[str, list[FactRow]] = defaultdict(list)
    rows: dict[str, PartyRow] = {}
    keys = sorted({key for fact in found for key in (fact.start, fact.end)})
    for r in graph.read(POSTS_OF_PERSONS, keys=keys, k=position, onward_types=asked["onward_types"]):
        rows[r["key"]] = PartyRow(r["key"], "Person", r["name"], r["kind"], adult_year=r["adult"])
        if r["type"] is not None:
            posts[r["key"]].append(fact_row(r["type"], r["key"], r["unit"], r["props"], position=position))
            rows[r["unit"]] = PartyRow(r["unit"], label_of(r["unit_labels"]), r["unit_name"], r["unit_kind"])
    out: dict[str, list[FactRow]] = {}
    for key, part in parts.items():
        mine = {k for k, row in parties[key].items() if row.label == "Person"}
        while more := {k for f in found for k in (f.start, f.end) if mine & {f.start, f.end}} - mine:
            mine |= more
        judged = [f for f in found if f.start in mine]
        if not judged:
            continue
        out[key] = judged
        ends = {k for f in judged for k in (f.start, f.end)}
        goes_on = any(c in asked["onward_codes"] for f in part["imposed"] for c in f.props.get("codes") or ())
        known = {f.fact_id for facts in part.values() for f in facts}
        onto = [f for k in sorted(ends) for f in posts[k] if f.fact_id not in known] if goes_on else []
        part["onward"] += onto
        parties[key] |= {k: rows[k] for k in (*ends, *(f.end for f in onto)) if k in rows and k not in parties[key]}
    return out


def dirty_sanctions(graph: Graph) -> list[str]:
    """Sanctions whose facts changed since their consequences were derived."""
    return [r["key"] for r in graph.read(DIRTY)]


def all_sanctions(graph: Graph) -> list[str]:
    """Every sanction."""
    return [r["key"] for r in graph.read(ALL_SANCTIONS)]


def crossing(fact: FactRow) -> str:
    """A judgement on a path, in words."""
    p = fact.props
    return say("judged", judgement=p["judgement"], author=p["author"], day=p["day"], reason=p["reason"])


def frozen(fact: FactRow) -> dict[str, Any]:
    """The copy of a fact that is kept with a consequence."""

    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    out = {name: plain(getattr(fact, name)) for name in fact.__slots__ if name != "props"}
    out["props"] = {k: plain(v) for k, v in fact.props.items()}
    return {k: v for k, v in out.items() if v is not None}
