"""Who is it? The one party that a key, number or full name means, and its file."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, LiteralString

from pydantic import TypeAdapter

from graph_model.events import Event
from graph_model.facts import FactRow
from graph_model.identifiers import OWN_SCHEMES, KeyedHash, name_key, normalise_code, normalise_org_code, own_number
from graph_model.list_terms import early_exit, lists_of, term_of, term_over
from graph_model.marks import marks_of
from graph_model.rules import load_pack
from graph_model.schema import Trust
from graph_model.sentences import say
from graph_model.store.connect import Graph
from graph_model.text import clean
from queries.answers import (
    Answer,
    CalledRef,
    Cut,
    IdentifierRef,
    LegalBasis,
    ListingRef,
    NodeRef,
    PartyRef,
    SanctionRef,
    overall_status,
)
from queries.party.doubts import SHOWN_RECORDS, doubt_cuts, rejected_cuts
from queries.read.corrections import merges, standing
from queries.read.events import events_about, objection_words
from queries.read.facts import STANDING_OF_SANCTION, fact_row, imposed_props, label_of
from queries.read.moment import Moment, one_moment
from queries.read.provenance import ends_of, fact_refs

SHOWN_SCHEMES = ("uscc", "cn-reg", "cn-org", "stock")


def is_shown(scheme: str, labels: Iterable[str]) -> bool:
    """Whether a number is shown: a public one, or an owner's own of an entity (those of persons are kept as a hash)."""
    return scheme in SHOWN_SCHEMES or (scheme.startswith(OWN_SCHEMES) and "Entity" in labels)


"""Numbers that may be shown; id numbers are shown masked, and names are no numbers."""

SanctionStatus = Literal["in_force", "ended", "unknown", "term_over"]
_TRUST: TypeAdapter[Trust] = TypeAdapter(Trust)

_KEY = re.compile(r"[epo]-[a-z2-7]{20}")
_LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')

PARTIES: LiteralString = (
    """
UNWIND $keys AS key
MATCH (p:Party {key: key})
OPTIONAL MATCH (i:Identifier)-[:IDENTIFIES]->(p)
WHERE i.scheme IN $schemes OR (p:Entity AND i.scheme STARTS WITH 'own:')
WITH p, i ORDER BY i.scheme, i.value
WITH p, collect(i {.scheme, .value, .valid}) AS identifiers
RETURN p {.key, .name, .former_names, .kind, .status, .region, .degree, .hub, .doubts, .id_masked} AS party,
  labels(p) AS labels, identifiers, EXISTS { (p)<-[:IDENTIFIES]-() }
  OR NOT EXISTS { ()-[l:IDENTIFIES]->() WHERE l.stated = p.key } AS stands,
  COLLECT { MATCH (p)<-[r:IMPOSED_ON]-(s:Sanction)
    WHERE r.rec_from <= $k AND $k < r.rec_to
      AND s.retired IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])
    WITH r, """
    + STANDING_OF_SANCTION
    + """
    RETURN {sanction: startNode(r).key, props: properties(r), standing: standing}
  } AS imposed
"""
)

BY_KEY: LiteralString = """
MATCH (p:Party {key: $key})
OPTIONAL MATCH (:Identifier)-[l:IDENTIFIES {stated: $key}]->(q:Party)
RETURN coalesce(q.key, p.key) AS key, l.rec_from AS since LIMIT 1
"""

# The organisation code is a number of its own, and a part of the credit code (GB 32100).
BY_IDENTIFIER: LiteralString = """
CALL () {
  UNWIND $ids AS id
  MATCH (:Identifier {scheme: id[0], value: id[1]})-[:IDENTIFIES]->(p:Party)
  RETURN p
  UNION
  MATCH (:Identifier {org: $org})-[:IDENTIFIES]->(p:Party)
  RETURN p
}
RETURN DISTINCT p.key AS key ORDER BY key LIMIT $limit
"""

PARTIES_BY_NAME: LiteralString = """
MATCH (p:Party {name_key: $name})
WHERE EXISTS { (p)<-[:IDENTIFIES]-() }
RETURN p.key AS key ORDER BY coalesce(p.coded, false) DESC, key LIMIT $limit
"""

BY_TEXT: LiteralString = """
CALL db.index.fulltext.queryNodes('party_names', $text, {limit: $limit}) YIELD node, score
WHERE EXISTS { (node)<-[:IDENTIFIES]-() }
RETURN node.key AS key, score ORDER BY score DESC, key
"""

FILE: LiteralString = """
MATCH (p:Party {key: $key})
CALL (p) {
  MATCH (p)-[r]-(o)
  WHERE r.rec_from <= $k AND $k < r.rec_to
    AND NOT (o:Credential AND coalesce(o.retired, false))
    AND NOT (o:Sanction AND (coalesce(o.retired, false) OR r.digest IN coalesce(o.retired_content, [])))
  RETURN r, startNode(r) AS a, endNode(r) AS b, type(r) AS type
  LIMIT $limit
  UNION ALL
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.rec_from <= $k AND $k < s.rec_to
  RETURN s AS r, p AS a, p AS b, 'ABOUT' AS type
}
RETURN type, properties(r) AS props, a.key AS start, labels(a) AS start_labels,
  coalesce(a.name, a.title, a.document_number) AS start_name,
  b.key AS end, labels(b) AS end_labels, coalesce(b.name, b.title, b.document_number) AS end_name
ORDER BY type, props.fact_id
"""

# Each is JSON, as the schema says: [name, kind, day, official, source, run].
CALLED: LiteralString = """
MATCH (p:Party {key: $key})<-[:IDENTIFIES]-(i:Identifier)
UNWIND i.called AS entry
RETURN DISTINCT entry
ORDER BY entry
"""

SANCTIONS_ON: LiteralString = (
    """
UNWIND $keys AS key
MATCH (s:Sanction)-[r:IMPOSED_ON]->(p:Party {key: key})
WHERE r.rec_from <= $k AND $k < r.rec_to
  AND ($retired OR (s.retired IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])))
RETURN key, s.key AS sanction, properties(r) AS props, """
    + STANDING_OF_SANCTION
    + """
ORDER BY key, props.decided_on DESC, sanction, props.fact_id
"""
)

SANCTION_OF_KEY: LiteralString = (
    """
MATCH (s:Sanction {key: $key})-[r:IMPOSED_ON]->(p:Party)
WHERE r.rec_from <= $k AND $k < r.rec_to
  AND ($retired OR (s.retired IS NULL AND NOT r.digest IN coalesce(s.retired_content, [])))
RETURN p.key AS party, properties(r) AS props, """
    + STANDING_OF_SANCTION
    + """
ORDER BY props.fact_id
"""
)


def party_refs(graph: Graph, keys: Iterable[str], moment: Moment | None = None) -> dict[str, PartyRef]:
    """What is needed to tell parties apart, by key; with a moment, also whether they are, or were, sanctioned then."""
    wanted = list(dict.fromkeys(keys))
    position = None if moment is None else moment.position
    found = graph.read(PARTIES, keys=wanted, schemes=list(SHOWN_SCHEMES), k=position)
    out = {}
    for r in found:
        key = r["party"]["key"]
        marks: dict[str, bool] = {}
        if moment is not None:
            rows = [
                fact_row("IMPOSED_ON", i["sanction"], key, imposed_props(i, moment.position), position=moment.position)
                for i in r["imposed"]
            ]
            marks = marks_on(rows, moment.as_of)
        out[key] = party_ref(r["party"], r["labels"], r["identifiers"], r["stands"], marks)
    return {k: out[k] for k in wanted if k in out}


def standing_status(sanctions: Iterable[SanctionRef]) -> str:
    """`hit` where an official source states one that is not over, `incomplete` where only others do, or where the term of its
    list is over and no removal is known, else `clear`."""
    standing = {s.stands for s in sanctions if s.status != "ended"}
    return "hit" if True in standing else "incomplete" if standing else "clear"


def unofficial_cut(near: Sequence[SanctionRef], own: Sequence[SanctionRef]) -> list[Cut]:
    """What an answer leaves open where nothing official is found, and something that only others say."""
    if standing_status([*own, *near]) != "incomplete":
        return []
    found = {s.key: s for s in (*own, *near) if s.status != "ended" and s.trust != "official"}
    if not found:
        return []
    code = "unofficial_own" if any(s.key in found for s in own) else "unofficial_near"
    return [
        Cut(
            reason="unofficial",
            detail=say(code, count=len(found)),
            records=[NodeRef.of(key, "Sanction", found[key].title) for key in sorted(found)[:SHOWN_RECORDS]],
        )
    ]


def marks_on(rows: Iterable[FactRow], day: date) -> dict[str, bool]:
    """Whether a party is sanctioned on a day, or was before, by all statements of what is imposed on it.

    What no official source states marks nobody.
    """
    groups: dict[str, list[FactRow]] = {}
    for row in rows:
        groups.setdefault(row.start, []).append(row)
    begun = [
        status for status, first, _ in (status_on(some, day) for some in groups.values()) if first.trust == "official"
    ]
    sanctioned = any(status in ("in_force", "unknown") for status in begun)
    return {"sanctioned": sanctioned, "had_sanctions": not sanctioned and any(begun)}


_GONE = re.compile(
    r"注销|吊销|撤销|解散|清算|歇业|除名|被?吸收合并|已?终止|不再存续|dissol|deregist|struck off|liquidat|revoked|ceased|wound up|removed",
    re.IGNORECASE,
)
_NOT_GONE = re.compile(
    "(?:未|没有|不予|拟|恢复|撤回)(?:被)?(?:注销|吊销|撤销|解散)|(?:注销|吊销|撤销)(?:备案中?|公告中?)?(?:已)?撤回"
)


def gone(status: str | None) -> str | None:
    """A registration status that says that a body is no more, or may do no business; None: it says no such thing.

    >>> [gone(s) for s in ("注销", "吊销，未注销", "存续", "未吊销", "dissolved 2019", None)]
    ['注销', '吊销，未注销', None, None, 'dissolved 2019', None]
    """
    return status if status and _GONE.search(_NOT_GONE.sub("", status)) else None


def party_ref(
    party: Mapping[str, Any],
    labels: Sequence[str],
    identifiers: Iterable[Mapping[str, Any]],
    stands: bool,
    marks: Mapping[str, bool],
) -> PartyRef:
    """A party from what `PARTIES` reads of it.

    Args:
        stands: what it was known by was not all linked to, or merged into, another one, which is to be asked then.
        marks: as `marks_on` tells; empty where no day is asked about.
    """
    shown = [IdentifierRef(**i) for i in identifiers]
    if party.get("id_masked"):
        shown.append(IdentifierRef(scheme="cn-id", value=party["id_masked"]))
    left_out = ("id_masked", "doubts", "sanctioned", "status")
    values = {k: v for k, v in party.items() if v is not None and k not in left_out} | {**marks}
    values["gone"] = gone(party.get("status"))
    values["doubted"] = bool(party.get("doubts")) or not stands
    return PartyRef.model_validate({**values, "label": label_of(labels), "identifiers": shown})


def resolve(
    graph: Graph, text: str, *, hash: KeyedHash | None = None, limit: int = 20, moment: Moment | None = None
) -> tuple[PartyRef | None, list[PartyRef]]:
    """The one party that a key, a number or a full name means.

    Args:
        text: as somebody typed it.
        hash: of id numbers; None: nobody is found by one.
        limit: candidates at the most.
        moment: when what is told of the party is true; None: now.

    Returns:
        (party, []) when exactly one party has that key, number or full name; (None, candidates) otherwise. A part
        of a name, or a name that several bear, is never taken for one of them.
    """
    text = clean(text)
    exact = exact_keys(graph, text, hash, limit)
    if len(exact) == 1:
        return party_refs(graph, exact, moment)[exact[0]], []
    if exact:
        return None, list(party_refs(graph, exact, moment).values())
    return None, list(party_refs(graph, _text_keys(graph, text, limit), moment).values())


def standing_key(graph: Graph, key: str, known_at: date | None = None) -> str:
    """The key at which an issued key stands, now or as was known on a day: a party that was linked or merged is empty.

    Asked by its own key it would look clear of everything. An unknown key is returned as it is.
    """
    rows = graph.read(BY_KEY, key=key)
    if not rows:
        return key
    if known_at is None:
        return rows[0]["key"]
    position = graph.position_on(known_at)
    since = rows[0]["since"]
    if since is not None and since <= position:
        return rows[0]["key"]
    return standing(merges(graph, position)).get(key, key)


def exact_keys(graph: Graph, text: str, hash: KeyedHash | None, limit: int) -> list[str]:
    """Keys of the parties that have this key, number or full name."""
    text = text.strip()
    if _KEY.fullmatch(text):
        return [r["key"] for r in graph.read(BY_KEY, key=text)]
    code = normalise_code(text) or ""
    org = normalise_org_code(text) or ""
    ids = [[scheme, org if scheme == "cn-org" else code] for scheme in SHOWN_SCHEMES]
    if len(code) == 6 and code.isdecimal():  # a stock code without its exchange
        ids += [["stock", f"{code}.{exchange}"] for exchange in ("SH", "SZ", "BJ")]
    if hash is not None and len(code) in (15, 18):
        ids.append(["cn-id", hash.of("cn-id", code)])
    if (own := own_number(text)) is not None:
        ids += [[*own], *([[own[0], hash.of(*own)]] if hash is not None else [])]
    keys = [r["key"] for r in graph.read(BY_IDENTIFIER, ids=ids, org=org, limit=limit)]
    return keys or [r["key"] for r in graph.read(PARTIES_BY_NAME, name=name_key(text), limit=limit)]


def _text_keys(graph: Graph, text: str, limit: int) -> list[str]:
    phrases = lucene_phrases(text)
    return [r["key"] for r in graph.read(BY_TEXT, text=phrases, limit=limit)] if phrases else []


def lucene_phrases(text: str) -> str:
    """How the index of names is asked for a part of a name; empty when there is nothing to ask for."""
    # Each word as a phrase, and all of them: 湘江建设 means these characters side by side, not any of them somewhere.
    return " AND ".join(f'"{word}"' for word in _LUCENE.sub(r"\\\1", text).split())


def no_party(
    question: str, moment: Moment, candidates: Sequence[PartyRef], text: str, graph: Graph | None = None
) -> Answer:
    """The answer when a name or number does not mean exactly one party.

    Args:
        candidates: whom it may mean.
        text: what was asked.
        graph: where to look for rows against it that were not taken; None for a key, which none of them has.
    """
    cut = rejected_cuts(graph, marks_of(text)) if graph is not None else []
    reason = say("not_one" if candidates else "nobody_but_row" if cut else "nobody")
    return Answer(
        question=question,
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        status="ambiguous" if candidates else "incomplete" if cut else "unknown",
        reason=reason,
        candidates=list(candidates),
        cut=cut,
        complete=not cut,
    )


def status_on(rows: Sequence[FactRow], as_of: date) -> tuple[SanctionStatus | None, FactRow, list[FactRow]]:
    """Is a sanction in force on a day, as its believed statements have it? None: it comes later.

    Also the statement that counts, and all of them: official ones speak before others, newer data before older.
    """
    rows = sorted(rows, key=lambda f: f.fact_id)
    rows = sorted(rows, key=lambda f: str(f.data_date or ""), reverse=True)
    first = min(rows, key=lambda f: f.trust != "official")
    # As long as one of its parts is in force, it is.
    found = [(_status_of(part, as_of), part) for part in parts_of(first, rows)]
    status, first = min(found, key=lambda one: ("in_force", "unknown", "term_over", "ended", None).index(one[0]))
    return status, first, rows


def _status_of(fact: FactRow, as_of: date) -> SanctionStatus | None:
    if fact.since is not None and as_of < fact.since:
        return None
    if fact.until is not None and as_of >= fact.until:
        return "ended"
    over = term_over(fact, load_pack().list_of) if fact.props.get("kind") == "list_entry" else None
    if over is not None and as_of >= over.day:
        return "term_over"
    if fact.since is None or (fact.absent_since is not None and as_of >= fact.absent_since):
        return "unknown"
    return "in_force"


def parts_of(first: FactRow, rows: Sequence[FactRow]) -> list[FactRow]:
    """Of the statements on one decision those that are its parts: what one source tells of it, in several rows."""
    # A source has one believed version of a record, unless it tells it in parts.
    return [f for f in rows if f.source == first.source]


def sanction_ref(rows: Sequence[FactRow], as_of: date, refs: dict[str, Any]) -> SanctionRef | None:
    """A sanction as its believed statements have it on a day, with all of them; None when it comes later."""
    status, first, rows = status_on(rows, as_of)
    if status is None:
        return None
    p = first.props
    parts = [f.props for f in parts_of(first, rows)]
    kinds = dict.fromkeys(kind for one in parts for kind in one.get("penalty_kinds") or ())
    return SanctionRef(
        key=first.start,
        kind=p.get("kind", "penalty"),
        title=p.get("title") or "、".join(kinds) or None,
        authority=p.get("authority"),
        document_number=p.get("document_number"),
        decided_on=p.get("decided_on"),
        until=first.until,
        status=status,
        codes=list(dict.fromkeys(code for one in parts for code in one.get("codes") or ())),
        trust=_TRUST.validate_python(first.trust),
        data_date=first.data_date,
        ended_by=p.get("ended_by"),
        listing=_listing(first, as_of),
        facts=[refs[f.fact_id] for f in rows],
    )


def _listing(entry: FactRow, as_of: date) -> list[ListingRef]:
    """The lists on which an entry is, by their own rules."""
    if entry.props.get("kind") != "list_entry":
        return []
    return [
        ListingRef(
            id=about.id,
            title=about.title.model_dump(),
            subjects=list(about.subjects),
            entry=about.entry,
            exit=about.exit,
            term=about.term,
            term_over=term_of(entry, about),
            early_exit=early_exit(entry, about),
            legal_basis=[LegalBasis(document=b.document, article=b.article) for b in about.legal_basis if b.on(as_of)],
        )
        for about in lists_of(entry, load_pack().list_of)
    ]


def term_cuts(parties: Iterable[tuple[NodeRef, int, Sequence[SanctionRef]]]) -> list[Cut]:
    """Of parties at a distance, where nothing stands for sure: the entries of which the term is over, and no removal known."""
    cuts = []
    for party, distance, sanctions in parties:
        over = [s for s in sanctions if s.status == "term_over"]
        if over:
            lists = "; ".join(
                say("until_day", list=f"{one.id} {one.title['zh']}", day=one.term_over)
                for s in over
                for one in s.listing
                if one.term_over
            )
            cuts.append(
                Cut(
                    reason="term",
                    party=NodeRef.of(party.key, party.label, party.name),
                    distance=distance,
                    detail=say("entry_term_over", lists=lists),
                    records=[NodeRef.of(s.key, "Sanction", s.title or s.document_number) for s in over],
                )
            )
    return cuts


def sanctions_on(
    graph: Graph, keys: Sequence[str], moment: Moment, *, retired: bool = False
) -> dict[str, list[SanctionRef]]:
    """The sanctions of each party that are known at a position and have begun by a day.

    Args:
        retired: also what was repaired, corrected or withdrawn; only for its owner, a supervisor and the party.
    """
    groups: dict[str, dict[str, list[FactRow]]] = {}
    for r in graph.read(SANCTIONS_ON, keys=list(keys), k=moment.position, retired=retired):
        props = imposed_props(r, moment.position)
        row = fact_row("IMPOSED_ON", r["sanction"], r["key"], props, position=moment.position)
        groups.setdefault(r["key"], {}).setdefault(r["sanction"], []).append(row)
    refs = fact_refs(graph, (f for g in groups.values() for rows in g.values() for f in rows))
    out: dict[str, list[SanctionRef]] = {}
    for key, group in groups.items():
        shown = (sanction_ref(rows, moment.as_of, refs) for rows in group.values())
        out[key] = [s for s in shown if s is not None]
    _mark_disputed(graph, [s for refs in out.values() for s in refs], moment.position)
    return out


def _mark_disputed(graph: Graph, sanctions: Sequence[SanctionRef], position: int) -> None:
    """Flags what is under objection (标注), so that nobody acts on it unawares."""
    disputed = disputes(graph, {s.key for s in sanctions}, position)
    for sanction in sanctions:
        sanction.disputed = disputed.get(sanction.key)


def disputes(graph: Graph, keys: Iterable[str], position: int) -> dict[str, str]:
    """Of these sanctions those that are under objection (异议标注), with the objection in words."""
    wanted = sorted(set(keys))
    about: dict[str, list[Event]] = {}
    for event in events_about(graph, wanted, position=position) if wanted else []:
        about.setdefault(event.item, []).append(event)
    out = {}
    for key, events in about.items():
        if words := objection_words(events, key):
            out[key] = words
    return out


def one_sanction(graph: Graph, key: str, moment: Moment, *, retired: bool = False) -> list[SanctionRef]:
    """The sanction of this key, with its statements; empty when it has not begun by the day, or is retired."""
    found = graph.read(SANCTION_OF_KEY, key=key, k=moment.position, retired=retired)
    position = moment.position
    rows = [fact_row("IMPOSED_ON", key, r["party"], imposed_props(r, position), position=position) for r in found]
    if not rows:
        return []
    shown = sanction_ref(rows, moment.as_of, fact_refs(graph, rows))
    if shown is None:
        return []
    _mark_disputed(graph, [shown], moment.position)
    return [shown]


@one_moment
def party_file(
    graph: Graph, key: str, *, as_of: date | Moment, known_at: date | None = None, limit: int = 500
) -> Answer:
    """What is recorded of a party: attributes, relationships, sanctions.

    Facts of all dates are returned, with their dates; `as_of` decides which sanctions have begun and ended. Names that
    were said in passing have no versions: there are none when the answer is for earlier knowledge.

    Args:
        key: of the party.
        limit: facts at the most; reaching it is reported.
    """
    moment = Moment.of(graph, as_of, known_at)
    answer = _around("file", graph, key, moment, limit)
    return answer.model_copy(update={"called": _called(graph, key)}) if moment.known_at is None else answer


def _called(graph: Graph, key: str) -> list[CalledRef]:
    found = []
    for r in graph.read(CALLED, key=key):
        name, kind, day, _, source, run = json.loads(r["entry"])
        if name is not None:
            found.append(
                CalledRef(name=name, kind=kind, day=date.fromisoformat(day) if day else None, source=source, run=run)
            )
    return found


@one_moment
def neighbours(
    graph: Graph, key: str, *, as_of: date | Moment, known_at: date | None = None, limit: int = 60
) -> Answer:
    """The neighbourhood of a party, for drawing: the same as its file, cut earlier, with the parties around it.

    Args:
        key: of the party.
        limit: facts at the most; reaching it is reported.
    """
    moment = Moment.of(graph, as_of, known_at)
    answer = _around("neighbours", graph, key, moment, limit)
    around = [n.key for n in answer.nodes if n.label in ("Entity", "Person", "Organ") and n.key != key]
    return answer.model_copy(update={"candidates": list(party_refs(graph, around, moment).values())})


def _around(question: str, graph: Graph, key: str, moment: Moment, limit: int) -> Answer:
    position = moment.position
    party = party_refs(graph, [key], moment).get(key)
    if party is None:
        return no_party(question, moment, [], key)
    rows = []
    nodes: dict[str, NodeRef] = {}
    for r in graph.read(FILE, key=key, k=position, limit=limit + 1):
        rows.append(fact_row(r["type"], r["start"], r["end"], r["props"], position=position))
        nodes |= ends_of(r)
    cut = []
    if sum(row.type != "ABOUT" for row in rows) > limit:
        cut = [Cut(reason="limit", party=party, distance=1, detail=say("limit_relationships", limit=limit))]
        keep = [row for row in rows if row.type != "ABOUT"][:limit]
        rows = [row for row in rows if row.type == "ABOUT"] + keep
        used = {key} | {row.start for row in rows} | {row.end for row in rows}
        nodes = {k: n for k, n in nodes.items() if k in used}
    refs = fact_refs(graph, rows)
    cut += doubt_cuts(graph, [(party, 0)]) if party.doubted else []
    own = sanctions_on(graph, [key], moment).get(key, [])
    cut += [*unofficial_cut([], own), *term_cuts([(party, 0, own)])]
    return Answer(
        question=question,
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=position,
        # Of what is recorded only a sanction is a hit: a register row is not (没有惩戒记录不等于没有资料).
        status=overall_status([standing_status(own), "incomplete" if cut else "clear"]),
        party=party,
        facts=list(refs.values()),
        nodes=list(nodes.values()),
        sanctions=own,
        cut=cut,
        complete=not cut,
    )
