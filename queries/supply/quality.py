"""How good is what each owner supplies? Completeness, accuracy, timeliness, consistency, and who wrote.

The four qualities are those of the source documents (完整性、准确性、及时性: I13; 全量、精准、及时、安全归集: T12; the
contradictions of organs are the fourth, who touched the graph the fifth). Each figure stands beside its whole; what a
source does not date is counted as unknown and never guessed. docs/quality.md has the formulas.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from statistics import median
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.calendar import add_working_days, parse_term, working_days_between
from graph_model.errors import BadRequest
from graph_model.identifiers import name_key
from graph_model.record_classes import RecordKind, record_kinds
from graph_model.rules import RulePack
from graph_model.sentences import say
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, Cut, NodeRef
from queries.read.facts import label_of
from queries.read.moment import position_at
from queries.read.values import native
from queries.supply.contested import Contradiction, StatedValue, contested


class PartOfWhole(AnswerShape):
    """A figure as a part of a whole, so that nobody has to believe a ratio."""

    part: int
    whole: int
    ratio: float | None = Field(None, description="part / whole, four digits; null when the whole is 0")

    @classmethod
    def of(cls, part: int, whole: int) -> "PartOfWhole":
        """The ratio is computed here and nowhere else."""
        return cls(part=part, whole=whole, ratio=round(part / whole, 4) if whole else None)


class KindQuality(AnswerShape):
    """Completeness of one kind of fact of one owner."""

    fact: str = Field(examples=["IMPOSED_ON"])
    kind: str | None = Field(None, examples=["penalty"])
    record_class: str | None = Field(None, description="one of the six classes of the credit file; null = none of them")
    facts: int
    filled: PartOfWhole = Field(description="fields filled, of the fields that count")
    missing: dict[str, int] = Field({}, description="field → facts that lack it")


class Timeliness(AnswerShape):
    """From the day of a decision to the day on which it was known here (双公示: penalties and licences)."""

    within: PartOfWhole = Field(description="known by the end of the last working day of the term")
    term_days: int = Field(description="working days")
    median_days: float | None = Field(None, description="working days; null when nothing can be counted")
    worst_days: int | None = None
    unknown: int = Field(0, description="decisions without a day")
    impossible: int = Field(0, description="decisions dated after the day on which they were known")
    uncounted: int = Field(0, description="days outside the calendar of working days")
    provisional: int = Field(0, description="counted in a year whose days off are not announced yet")


class OwnerQuality(AnswerShape):
    """The figures of one owner; `owner` null: of all together."""

    owner: str | None
    facts: int = Field(description="statements believed")
    completeness: PartOfWhole
    kinds: list[KindQuality] = Field([])
    rows: PartOfWhole = Field(description="rows taken, of rows taken and rejected")
    codes: PartOfWhole = Field(description="rows with a right code, of rows whose code was checked")
    quarantined: int = Field(0, description="rows outside the reporting catalogue, of the rejected ones")
    timeliness: Timeliness
    contradictions: int = Field(0, description="contradictions in which they take part")


class SourceRows(AnswerShape):
    """The ledger of one source: rows_in = accepted + rejected + duplicate."""

    source: str
    owner: str | None
    runs: int
    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    faults: dict[str, int] = Field({}, description="code of the fault → rows rejected for it")
    shares: dict[str, PartOfWhole] = Field({}, description="code of the fault → the same, of all rows in")


class Writer(AnswerShape):
    """How often somebody wrote, by kind of change."""

    author: str
    kind: str
    changes: int


class Quality(AnswerShape):
    """Quality of what owners supply, as known at a position."""

    question: Literal["quality"] = "quality"
    known_at: date | None = None
    position: int
    owner: str | None = Field(None, description="only owners whose name holds this")
    since: date | None = Field(None, description="timeliness of decisions from this day on")
    overall: OwnerQuality
    owners: list[OwnerQuality]
    owners_total: int
    sources: list[SourceRows]
    contradictions: list[Contradiction]
    contradictions_total: int
    writers: list[Writer] = Field(description="security: who touched the graph, how often")
    cut: list[Cut] = Field([])


MAX_LISTED = 100
"""Owners, contradictions and writers in one answer at the most; what is left out is counted."""
COMPARED = 5_000
"""Contradictions that are looked at; beyond that the counts are told to be lower bounds."""
TERM = "DL-01"
"""The deadline against which timeliness is measured: 7 working days (双公示)."""

# One row for each fact, one more ('*') when its fields count, and one for each of these that is empty: the server counts.
FACTS_BY_KIND: LiteralString = """
CALL () {
  MATCH ()-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|MEMBER_OF|REGISTERED_AT|SUPPLIES_TO|BID_IN|HOLDS|IMPOSED_ON
    |IMPOSED_BY|RESPONSIBLE_FOR|INSPECTED_IN|TENDERED_BY|AGENT_FOR|EVALUATES|PART_OF|SUCCEEDED_BY]->()
  WHERE r.rec_from <= $k AND $k < r.rec_to AND ($owner IS NULL OR r.owner CONTAINS $owner)
    AND coalesce(r.start_match, '') <> 'branch-name'
  RETURN r.owner AS owner, type(r) AS fact,
    CASE WHEN type(r) IN ['IMPOSED_ON', 'HOLDS', 'INSPECTED_IN'] THEN r.kind END AS kind, r AS said
  UNION ALL
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.rec_from <= $k AND $k < s.rec_to AND ($owner IS NULL OR s.owner CONTAINS $owner)
  RETURN s.owner AS owner, 'ABOUT' AS fact,
    CASE WHEN p:Organ THEN 'Organ' WHEN p:Person THEN 'Person' ELSE 'Entity' END AS kind, s AS said
}
WITH owner, fact, kind, said, $tables[fact + '|' + coalesce(kind, '')] AS about
WITH owner, fact, kind, CASE WHEN about IS NULL OR said.source IN about.seen_by THEN [] ELSE
  ['*'] + [f IN about.fields WHERE said[f] IS NULL OR said[f] = false OR said[f] = '' OR said[f] = []] END AS counted
UNWIND [''] + counted AS field
RETURN owner, fact, kind, field, count(*) AS n
"""

FINISHED_RUNS: LiteralString = """
MATCH (r:Run)-[:OF_SOURCE]->(s:Source) WHERE r.finished_seq <= $k
RETURN r.id AS run, s.id AS source, s.owner AS owner, r.rows_in AS rows_in, r.accepted AS accepted,
  r.rejected AS rejected, r.duplicate AS duplicate, coalesce(r.contested, 0) AS contested
"""

# A row is taken when a fact was made of it, whatever became of the fact. Its code was checked when it led to an entity
# by an identifier.
TAKEN: LiteralString = """
CALL () {
  MATCH (a)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|MEMBER_OF|REGISTERED_AT|SUPPLIES_TO|BID_IN|HOLDS|IMPOSED_ON
    |IMPOSED_BY|RESPONSIBLE_FOR|INSPECTED_IN|TENDERED_BY|AGENT_FOR|EVALUATES|PART_OF|SUCCEEDED_BY]->(b)
  WHERE r.run IN $runs AND ($owner IS NULL OR r.owner CONTAINS $owner)
  RETURN r.owner AS owner, r.run AS run, r.line AS line,
    CASE WHEN (a:Entity AND a.coded AND r.start_match IS NULL) OR (b:Entity AND b.coded AND r.end_match IS NULL)
      THEN 1 ELSE 0 END AS coded
  UNION ALL
  MATCH (s:Statement)-[:ABOUT]->(p)
  WHERE s.run IN $runs AND ($owner IS NULL OR s.owner CONTAINS $owner)
  RETURN s.owner AS owner, s.run AS run, s.line AS line,
    CASE WHEN p:Entity AND p.coded AND s.start_match IS NULL THEN 1 ELSE 0 END AS coded
}
WITH owner, run, line, max(coded) AS coded
RETURN owner, count(*) AS taken, sum(coded) AS coded
"""

REJECTED_BY_CODE: LiteralString = """
MATCH (x:RejectedRow)-[:REJECTED_IN]->(r:Run)-[:OF_SOURCE]->(s:Source)
WHERE r.finished_seq <= $k
RETURN s.id AS source, coalesce(x.owner, s.owner) AS owner, x.code AS code, count(*) AS n
"""

# When a decision was first heard of from its owner, in days of China; its day as that owner says now.
KNOWN: LiteralString = """
CALL () {
  MATCH (d:Sanction)-[r:IMPOSED_ON]->()
  WHERE r.kind = 'penalty' AND r.rec_from <= $k AND ($owner IS NULL OR r.owner CONTAINS $owner)
  RETURN d, r
  UNION ALL
  MATCH ()-[r:HOLDS]->(d:Credential)
  WHERE r.kind = 'licence' AND r.rec_from <= $k AND ($owner IS NULL OR r.owner CONTAINS $owner)
  RETURN d, r
}
WITH d, r.owner AS owner, min(r.rec_from) AS first, max(r.rec_to) AS last,
  min(CASE WHEN $k < r.rec_to THEN r.decided_on END) AS decided
WHERE $k < last AND ($since IS NULL OR decided IS NULL OR decided >= $since)
MATCH (c:Change {seq: first})
RETURN owner, decided, date(datetime({epochMillis: c.at + 28800000})) AS known, count(*) AS n
"""

DECISIONS: LiteralString = """
MATCH (s:Sanction) WHERE s.retired IS NULL AND COUNT { (s)-[:IMPOSED_ON]->() } > 1
MATCH (s)-[r:IMPOSED_ON]->(p:Party)
WHERE r.rec_from <= $k AND $k < r.rec_to AND NOT r.digest IN coalesce(s.retired_content, [])
WITH s, p, collect(r) AS said
WHERE size(said) > 1 AND ($owner IS NULL OR any(r IN said WHERE r.owner CONTAINS $owner))
UNWIND ['decided_on', 'until', 'act_on', 'fine_yuan', 'confiscated_yuan'] AS field
WITH s, p, field, [r IN said WHERE r[field] IS NOT NULL] AS said
WHERE any(x IN said WHERE any(y IN said WHERE
  x[field] <> y[field] AND (x.owner <> y.owner OR x.source <> y.source)))
RETURN 'decision' AS kind, field, null AS type, p.key AS party, labels(p) AS labels, p.name AS name, s.key AS about,
  ['Sanction'] AS about_labels, coalesce(s.title, s.document_number) AS about_name,
  [r IN said | {value: r[field], owner: r.owner, source: r.source, fact_id: r.fact_id, data_date: r.data_date}] AS said
ORDER BY about, party, field LIMIT $limit
"""

# Two terms of office are two; terms that overlap and differ are one, dated differently. An open end may overlap.
DATED_POSTS: LiteralString = """
MATCH (x:Person)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
  |ACTUAL_CONTROLLER_OF]->(e:Entity)
WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NOT NULL OR r.until IS NOT NULL)
WITH x, e, type(r) AS type, collect(r) AS said
WHERE size(said) > 1 AND ($owner IS NULL OR any(r IN said WHERE r.owner CONTAINS $owner))
UNWIND ['since', 'until'] AS field
WITH x, e, type, field, [r IN said WHERE r[field] IS NOT NULL] AS said
WHERE any(a IN said WHERE any(b IN said WHERE a[field] <> b[field] AND (a.owner <> b.owner OR a.source <> b.source)
  AND (a.since IS NULL OR b.until IS NULL OR a.since < b.until)
  AND (b.since IS NULL OR a.until IS NULL OR b.since < a.until)))
RETURN 'post' AS kind, field, type, x.key AS party, labels(x) AS labels, x.name AS name, e.key AS about,
  labels(e) AS about_labels, e.name AS about_name,
  [r IN said | {value: r[field], owner: r.owner, source: r.source, fact_id: r.fact_id, data_date: r.data_date}] AS said
ORDER BY about, party, type, field LIMIT $limit
"""

# A name that the other one knows as a former name contradicts nothing.
NAMES_STATED: LiteralString = """
MATCH (p:Entity) WHERE p.coded AND COUNT { (p)<-[:ABOUT]-() } > 1
MATCH (s:Statement)-[:ABOUT]->(p)
WHERE s.rec_from <= $k AND $k < s.rec_to AND s.name IS NOT NULL AND s.start_match IS NULL
WITH p, collect(s) AS said
WHERE ($owner IS NULL OR any(s IN said WHERE s.owner CONTAINS $owner))
  AND any(a IN said WHERE any(b IN said WHERE a.name <> b.name AND (a.owner <> b.owner OR a.source <> b.source)
    AND NOT a.name IN coalesce(b.former_names, []) AND NOT b.name IN coalesce(a.former_names, [])))
RETURN 'name' AS kind, 'name' AS field, null AS type, p.key AS party, labels(p) AS labels, p.name AS name,
  null AS about, null AS about_labels, null AS about_name,
  [s IN said | {value: s.name, owner: s.owner, source: s.source, fact_id: s.fact_id, data_date: s.data_date}] AS said
ORDER BY party LIMIT $limit
"""

WRITERS: LiteralString = """
MATCH (c:Change) WHERE c.seq <= $k
RETURN c.author AS author, c.kind AS kind, count(*) AS changes
ORDER BY changes DESC, author, kind LIMIT $limit
"""

Days = Mapping[tuple[date | None, date], int]
"""(day of the decision, day on which it was known here) → number of decisions."""


def quality(
    graph: Graph,
    pack: RulePack,
    *,
    owner: str | None = None,
    since: date | None = None,
    known_at: date | None = None,
    seconds: float | None = None,
    limit: int = MAX_LISTED,
) -> Quality:
    """How complete, right, timely and consistent is what each owner supplied, as known at the end of a day?

    Args:
        owner: only owners whose name holds this; None: all.
        since: timeliness counts decisions from this day on; None: all, also those that a first load brought late.
        known_at: as was known at the end of this day; None: now. Rows are those of runs that were complete by then.
        seconds: after which each single query is given up.

    Raises:
        BadRequest: a query took longer than `seconds`.
    """
    k = position_at(graph, known_at)
    try:
        return _quality(graph, pack, owner, since, known_at, k, seconds, limit)
    except TimeoutError as error:
        raise BadRequest(
            f"The figures took longer than {seconds:g} s: ask for one owner, or use `creditgraph quality`."
        ) from error


def _quality(
    graph: Graph,
    pack: RulePack,
    owner: str | None,
    since: date | None,
    known_at: date | None,
    k: int,
    seconds: float | None,
    limit: int,
) -> Quality:
    term = parse_term(next(d.term for d in pack.deadlines if d.id == TERM and d.term)).n
    tables = {(kind.fact, kind.kind): kind for kind in record_kinds()}
    about = {
        f"{fact}|{kind or ''}": row.model_dump(include={"fields", "seen_by"}) for (fact, kind), row in tables.items()
    }
    asked: dict[str, Any] = {"k": k, "owner": owner, "timeout": seconds}
    runs = graph.read(FINISHED_RUNS, k=k, timeout=seconds)
    supplied = _Supplied(tables, term)
    for r in graph.read(FACTS_BY_KIND, tables=about, **asked):
        supplied.facts[r["owner"]][r["fact"], r["kind"], r["field"]] += r["n"]
    for r in graph.read(TAKEN, runs=[r["run"] for r in runs], owner=owner, timeout=seconds):
        supplied.taken[r["owner"]] = (r["taken"], r["coded"])
    faults: dict[str, Counter[str]] = defaultdict(Counter)
    for r in graph.read(REJECTED_BY_CODE, k=k, timeout=seconds):
        faults[r["source"]][r["code"]] += r["n"]
        if owner is None or owner in (r["owner"] or ""):
            supplied.refused[r["owner"]][r["code"]] += r["n"]
    for r in graph.read(KNOWN, since=since, **asked):
        supplied.days[r["owner"]][native(r["decided"]), native(r["known"])] += r["n"]
    found, more = _contradictions(graph, asked)
    if any(r["contested"] for r in runs):  # else there is none, and no need to look through all facts
        two_words, even_more = contested(graph, position=k, owner=owner, limit=COMPARED, timeout=seconds)
        found, more = found + two_words, more or even_more
    contradicts = Counter(o for c in found for o in {said.owner for said in c.said})
    # Contradictions name the other side too, which is not asked about.
    everybody = supplied.by_facts(o for o in {*supplied.owners(), *contradicts} if owner is None or owner in (o or ""))
    writers = graph.read(WRITERS, k=k, limit=limit + 1, timeout=seconds)
    return Quality(
        known_at=known_at,
        position=k,
        owner=owner,
        since=since,
        overall=supplied.figures(None, everybody, len(found)),
        owners=[supplied.figures(o, [o], contradicts[o] if o is not None else len(found)) for o in everybody[:limit]],
        owners_total=len(everybody),
        sources=_sources(runs, faults),
        contradictions=found[:limit],
        contradictions_total=len(found),
        writers=[Writer(**w) for w in writers[:limit]],
        cut=_cuts(len(everybody), len(found), more, len(writers), limit),
    )


class _Supplied:
    """What was counted, by owner: facts by kind and field, rows taken and refused, days."""

    def __init__(self, tables: Mapping[tuple[str, str | None], RecordKind], term: int) -> None:
        self._tables, self._term = tables, term
        self.facts: dict[str | None, Counter[tuple[str, str | None, str]]] = defaultdict(Counter)
        self.taken: dict[str | None, tuple[int, int]] = {}
        """Owner → (rows taken, rows with a right code)."""
        self.refused: dict[str | None, Counter[str]] = defaultdict(Counter)
        self.days: dict[str | None, Counter[tuple[date | None, date]]] = defaultdict(Counter)

    def owners(self) -> set[str | None]:
        """Everybody of whom anything was counted."""
        return {*self.facts, *self.taken, *self.refused, *self.days}

    def by_facts(self, owners: Iterable[str | None]) -> list[str | None]:
        """These owners, those with most facts first."""
        counted = {o: sum(n for (_, _, field), n in self.facts[o].items() if not field) for o in owners}
        return sorted(counted, key=lambda o: (-counted[o], o or ""))

    def figures(self, of: str | None, owners: Sequence[str | None], contradictions: int) -> OwnerQuality:
        """The figures of one owner, or of all together."""
        kinds = _kinds(sum((self.facts[o] for o in owners), Counter()), self._tables)
        codes = sum((self.refused[o] for o in owners), Counter())
        accepted = sum(self.taken[o][0] for o in owners if o in self.taken)
        right = sum(self.taken[o][1] for o in owners if o in self.taken)
        filled, whole = sum(kind.filled.part for kind in kinds), sum(kind.filled.whole for kind in kinds)
        return OwnerQuality(
            owner=of,
            facts=sum(kind.facts for kind in kinds),
            completeness=PartOfWhole.of(filled, whole),
            kinds=kinds,
            rows=PartOfWhole.of(accepted, accepted + codes.total()),
            codes=PartOfWhole.of(right, right + codes["invalid-code"]),
            quarantined=codes["outside-catalogue"],
            timeliness=timeliness(sum((self.days[o] for o in owners), Counter()), self._term),
            contradictions=contradictions,
        )


def _cuts(owners: int, contradictions: int, more: bool, writers: int, limit: int) -> list[Cut]:
    """What is left out of the answer."""
    told = (
        (owners > limit, say("limit_owners", more=owners - limit)),
        (contradictions > limit, say("limit_contradictions", more=contradictions - limit)),
        (more, say("limit_compared", limit=COMPARED)),
        (writers > limit, say("limit_writers")),
    )
    return [Cut(reason="limit", detail=detail) for holds, detail in told if holds]


def timeliness(days: Days, term: int) -> Timeliness:
    """Which share was known within `term` working days of its decision; median and worst in working days.

    The day of the decision is not counted (民法典 201). Within means known by the end of the term's last working day:
    a rest day after it is late, though no working day has passed. Decisions without a day, dated after they were known,
    or outside the calendar are counted apart and are no part of the whole.
    """
    unknown = impossible = uncounted = provisional = within = 0
    lengths: Counter[int] = Counter()
    for (decided, known), n in days.items():
        if decided is None:
            unknown += n
        elif decided > known:
            impossible += n
        else:
            try:
                last, length = add_working_days(decided, term), working_days_between(decided, known)
            except BadRequest:
                uncounted += n
                continue
            lengths[length] += n
            within += n if known <= last.day else 0
            provisional += n if last.provisional else 0
    return Timeliness(
        within=PartOfWhole.of(within, lengths.total()),
        term_days=term,
        median_days=median(lengths.elements()) if lengths else None,
        worst_days=max(lengths, default=None),
        unknown=unknown,
        impossible=impossible,
        uncounted=uncounted,
        provisional=provisional,
    )


def _kinds(
    counts: Counter[tuple[str, str | None, str]], tables: Mapping[tuple[str, str | None], RecordKind]
) -> list[KindQuality]:
    out = []
    for fact, kind in sorted({(f, k) for f, k, _ in counts}, key=lambda pair: (pair[0], pair[1] or "")):
        row = tables.get((fact, kind))
        fields = row.fields if row else ()
        whole = counts[fact, kind, "*"] * len(fields)
        missing = {f: n for f in fields if (n := counts[fact, kind, f])}
        out.append(
            KindQuality(
                fact=fact,
                kind=kind,
                record_class=row.record_class if row else None,
                facts=counts[fact, kind, ""],
                filled=PartOfWhole.of(whole - sum(missing.values()), whole),
                missing=missing,
            )
        )
    return out


def _contradictions(graph: Graph, asked: Mapping[str, Any]) -> tuple[list[Contradiction], bool]:
    """(what was found, whether there is more than was looked at)"""
    found, more = [], False
    for query in (DECISIONS, DATED_POSTS, NAMES_STATED):
        rows = graph.read(query, limit=COMPARED + 1, **asked)
        more |= len(rows) > COMPARED
        found += [c for r in islice(rows, COMPARED) if (c := _contradiction(r)) is not None]
    return found, more


def _contradiction(r: Any) -> Contradiction | None:
    said = [{name: native(value) for name, value in one.items()} for one in r["said"]]
    if r["kind"] == "name" and len({name_key(one["value"]) for one in said}) == 1:
        return None  # only brackets or spaces differ
    for one in said:
        one["value"] = one["value"].isoformat() if isinstance(one["value"], date) else one["value"]
    about = NodeRef.of(r["about"], label_of(r["about_labels"]), r["about_name"]) if r["about"] else None
    return Contradiction(
        kind=r["kind"],
        field=r["field"],
        type=r["type"],
        party=NodeRef.of(r["party"], label_of(r["labels"]), r["name"]),
        about=about,
        said=sorted((StatedValue(**one) for one in said), key=lambda s: (s.owner or "", s.source, s.fact_id)),
    )


def _sources(runs: list[Any], faults: Mapping[str, Counter[str]]) -> list[SourceRows]:
    sums: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for r in runs:
        sums[r["source"], r["owner"]] += Counter(
            {"runs": 1, **{name: r[name] for name in ("rows_in", "accepted", "rejected", "duplicate")}}
        )
    names = ("runs", "rows_in", "accepted", "rejected", "duplicate")
    return [
        SourceRows(
            source=source,
            owner=owner,
            **{n: sums[source, owner][n] for n in names},
            faults=faults[source],
            shares={
                code: PartOfWhole.of(n, sums[source, owner]["rows_in"]) for code, n in faults[source].most_common()
            },
        )
        for source, owner in sorted(sums, key=str)
    ]
