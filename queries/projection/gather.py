"""What goes into the copy of the graph is asked of Neo4j here: nodes, relationships, what is listed of a party.

`queries.projection.build` asks for everything, `queries.projection.follow` for what changed since a clock position.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from graph_model.facts import FactRow
from graph_model.store.connect import Graph
from queries.answers import CorrectionRef
from queries.party.parties import SANCTIONS_ON, disputes
from queries.party.records import BROKEN
from queries.projection.format import LISTS_OF_PARTY, packed_json
from queries.read.corrections import Behind
from queries.read.facts import fact_row, imposed_props
from queries.read.provenance import PROVENANCE

COPY_PAGE = 5_000
_AS_PARTY: LiteralString = """
OPTIONAL MATCH (i:Identifier)-[l:IDENTIFIES]->(p)
WITH p, i, l ORDER BY p.key, i.scheme, i.value
WITH p, collect(i {.scheme, .value, .valid}) AS identifiers, collect(DISTINCT l.stated) AS stated
RETURN p.key AS key, labels(p) AS labels, p.name_key AS name_key, p.hub_tag AS tag, identifiers, stated,
  p {.key, .name, .former_names, .kind, .status, .region, .degree, .hub, .sanctioned, .doubts, .id_masked} AS party
ORDER BY key
"""

_AS_ADDRESS: LiteralString = """
RETURN a.key AS key, labels(a) AS labels, a.hub_tag AS tag, a {.key, .name, .degree, .hub} AS party
ORDER BY key LIMIT $limit
"""

COPIED_PARTIES: LiteralString = (
    """
MATCH (p:Party)
USING INDEX SEEK p:Party(key)
WHERE p.key > $after
WITH p ORDER BY p.key LIMIT $limit"""
    + _AS_PARTY
)

COPIED_ADDRESSES: LiteralString = (
    """
MATCH (a:Address)
USING INDEX SEEK a:Address(key)
WHERE a.key > $after"""
    + _AS_ADDRESS
)

CHANGED_PARTIES: LiteralString = (
    """
MATCH (p:Party)
USING INDEX SEEK p:Party(changed)
WHERE p.changed > $after"""
    + _AS_PARTY
    + "LIMIT $limit"
)

CHANGED_ADDRESSES: LiteralString = (
    """
MATCH (a:Address)
USING INDEX SEEK a:Address(changed)
WHERE a.changed > $after"""
    + _AS_ADDRESS
)

COPIED_EDGES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
MATCH (p)-[r:SAME_PERSON_AS|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
  |ACTUAL_CONTROLLER_OF|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT
  |SUPPLIES_TO]->(o)
WHERE r.rec_from <= $k AND $k < r.rec_to AND (r.judgement IS NULL OR r.judgement IN $judgements)
RETURN type(r) AS type, key AS start, o.key AS end, properties(r) AS props
"""


# Versions that came, or went, or were told again since; of the nodes at which anything changed.
CHANGED_EDGES: LiteralString = """
UNWIND $keys AS key
OPTIONAL MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
OPTIONAL MATCH (a:Address {key: key})
USING INDEX SEEK a:Address(key)
WITH coalesce(p, a) AS n
MATCH (n)-[r:SAME_PERSON_AS|LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF
  |ACTUAL_CONTROLLER_OF|EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|REGISTERED_AT
  |SUPPLIES_TO]-()
WHERE r.rec_from > $after OR (r.rec_to > $after AND r.rec_to < $forever) OR coalesce(r.seen_at[-1], 0) > $after
WITH DISTINCT r
RETURN type(r) AS type, startNode(r).key AS start, endNode(r).key AS end, properties(r) AS props
"""

COPIED_CONSEQUENCES: LiteralString = """
UNWIND $keys AS key
MATCH (c:Consequence {subject: key})
USING INDEX SEEK c:Consequence(subject)
WHERE c.retired IS NULL
RETURN key, c {.key, .sanction, .rule, .measure, .automaticity, .timeline, .basis, .missing} AS c
ORDER BY key, c.measure, c.rule, c.key
"""

COPIED_FOR_OTHERS: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})
USING INDEX SEEK p:Party(key)
MATCH (p)<-[i:IMPOSED_ON]-(s:Sanction)
WHERE i.rec_from <= $k AND $k < i.rec_to
WITH DISTINCT key, s
MATCH (c:Consequence {sanction: s.key})
USING INDEX SEEK c:Consequence(sanction)
WHERE c.subject <> key AND c.retired IS NULL
RETURN key, c {.key, .measure, .timeline} AS c
ORDER BY key, c.key
"""

COPIED_PROMISES: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})-[r:HOLDS]->(c)
USING INDEX SEEK p:Party(key)
WHERE r.rec_from <= $k AND $k < r.rec_to AND r.kind = 'commitment' AND r.state IN $broken AND c.retired IS NULL
RETURN key, r {.fact_id, .since, .state, .state_on, .trust} AS promise
ORDER BY key, promise.fact_id
"""

COPIED_UNDISCLOSED: LiteralString = """
UNWIND $keys AS key
MATCH (s:Statement)-[:ABOUT]->(p:Party {key: key})
USING INDEX SEEK p:Party(key)
WHERE s.rec_from <= $k AND $k < s.rec_to AND s.owners_undisclosed IS NOT NULL
RETURN DISTINCT key, s.owners_undisclosed AS reason ORDER BY key, reason
"""

COPIED_COUNTS: LiteralString = """
CALL () { MATCH (p:Party) RETURN count(p) AS parties }
CALL () { MATCH (a:Address) RETURN count(a) AS addresses }
RETURN parties, addresses
"""

GRAPH_STATE: LiteralString = """
OPTIONAL MATCH (c:Clock {name: 'graph'})
CALL () { OPTIONAL MATCH (p:Party) USING INDEX SEEK p:Party(caches_dirty) WHERE p.caches_dirty = true
  RETURN count(p) AS parties }
CALL () { OPTIONAL MATCH (a:Address) USING INDEX SEEK a:Address(caches_dirty) WHERE a.caches_dirty = true
  RETURN count(a) AS addresses }
CALL () { OPTIONAL MATCH (s:Sanction) USING INDEX SEEK s:Sanction(dirty) WHERE s.dirty = true
  RETURN count(s) AS underived }
RETURN coalesce(c.seq, 0) AS position, c.store AS store, c.pack AS pack, parties + addresses AS waiting, underived
"""

MADE_BY_CORRECTION: LiteralString = """
MATCH (c:Correction) RETURN collect(DISTINCT c.made) AS runs, count(c) AS n
"""


def pages_of(graph: Graph, text: LiteralString) -> Iterator[list[Any]]:
    """All rows of a query that begins after a key, page by page."""
    after = ""
    while rows := graph.read(text, after=after, limit=COPY_PAGE):
        yield rows
        after = rows[-1]["key"]


def listed_of(
    graph: Graph, rows: Sequence[Any], position: int, tables: "LookupTables"
) -> dict[str, dict[str, list[Any]]]:
    """What is kept of a page of parties beside themselves (`LISTS_OF_PARTY`)."""
    out: dict[str, dict[str, list[Any]]] = {r["key"]: {name: [] for name in LISTS_OF_PARTY} for r in rows}
    listed = [r["key"] for r in rows if r["party"].get("sanctioned")]
    facts = []
    if listed:
        for r in graph.read(SANCTIONS_ON, keys=listed, k=position, retired=False):
            props = imposed_props(r, position)
            out[r["key"]]["sanctions"].append([r["sanction"], props])
            facts.append(fact_row("IMPOSED_ON", r["sanction"], r["key"], props))
        tables.note(graph, facts, graph.read(MADE_BY_CORRECTION)[0])
        told = disputes(graph, {f.start for f in facts}, position)
        for fact in facts:
            tables.disputed.pop(fact.start, None)
        tables.disputed.update(told)
    for r in graph.read(COPIED_CONSEQUENCES, keys=[r["key"] for r in rows]):
        out[r["key"]]["consequences"].append(dict(r["c"]))
    for r in graph.read(COPIED_FOR_OTHERS, keys=listed, k=position) if listed else ():
        out[r["key"]]["others"].append(dict(r["c"]))
    for r in graph.read(COPIED_PROMISES, keys=[r["key"] for r in rows], k=position, broken=list(BROKEN)):
        out[r["key"]]["promises"].append(dict(r["promise"]))
    for r in graph.read(COPIED_UNDISCLOSED, keys=[r["key"] for r in rows], k=position):
        out[r["key"]]["undisclosed"].append(r["reason"])
    return out


@dataclass
class LookupTables:
    """What facts point to: instants by clock position, files by run, decisions behind facts, objections."""

    at: dict[int, int]
    files: dict[str, str]
    corrections: dict[str, list[CorrectionRef]]
    disputed: dict[str, str]
    statements: dict[str, str] = field(default_factory=dict)
    """Statements under objection, all of them."""
    _wanted: set[int] = field(default_factory=set)
    _runs: set[str] = field(default_factory=set)

    @staticmethod
    def empty() -> "LookupTables":
        """Nothing was noted yet."""
        return LookupTables({}, {}, {}, {})

    def copy(self) -> "LookupTables":
        """The same, to be altered."""
        return LookupTables(
            dict(self.at), dict(self.files), dict(self.corrections), dict(self.disputed), dict(self.statements)
        )

    def note(self, graph: Graph, facts: Sequence[FactRow], made: Any) -> None:
        """These facts are kept: what they point to will be asked for."""
        self.point_to((f.rec_from for f in facts), (f.run for f in facts if f.run))
        if made["n"]:
            runs = set(made["runs"])
            some = [f for f in facts if f.start_stated or f.end_stated or f.run in runs]
            if some:
                behind = Behind(graph, some, {f.run for f in some} & runs)
                self.corrections.update((f.fact_id, refs) for f in some if (refs := behind.of(f)))

    def point_to(self, positions: Iterable[int], runs: Iterable[str]) -> None:
        """These will be asked for."""
        self._wanted.update(positions)
        self._runs.update(runs)

    def instants(self, graph: Graph) -> None:
        """Ask for it."""
        seqs, runs = sorted(self._wanted - self.at.keys()), sorted(self._runs - self.files.keys())
        told: dict[str, dict[Any, Any]] = {"at": self.at, "file": self.files, "made": {}}
        for at in range(0, max(len(seqs), len(runs)), COPY_PAGE):
            for r in graph.read(
                PROVENANCE, seqs=seqs[at : at + COPY_PAGE], runs=runs[at : at + COPY_PAGE], statements=[]
            ):
                key, value = (int(r["key"]), int(r["value"])) if r["what"] == "at" else (r["key"], r["value"])
                told[r["what"]][key] = value
        self._wanted, self._runs = set(), set()

    def packed(self) -> bytes:
        """As it stands in its file."""
        return packed_json(
            {
                "at": list(self.at.items()),
                "files": self.files,
                "corrections": {k: [c.model_dump(mode="json") for c in v] for k, v in self.corrections.items()},
                "disputed": self.disputed,
                "statements": self.statements,
            }
        )

    @staticmethod
    def unpacked(text: bytes) -> "LookupTables":
        """What `packed` wrote."""
        t = json.loads(text)
        corrections = {k: [CorrectionRef.model_validate(c) for c in v] for k, v in t["corrections"].items()}
        return LookupTables(dict(map(tuple, t["at"])), t["files"], corrections, t["disputed"], t["statements"])
