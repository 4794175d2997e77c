"""What is wrong with the codes in this graph (重错码), by which evidence, and what each should probably be.

Nothing here decides: a proposal is accepted by a human (`loaders/decisions/corrections.py`), and can be taken back.

- `invalid`: check digits are wrong. The row was rejected and is kept, encrypted; or an identifier is marked invalid.
- `placeholder`: the code says that there is none (GB-07), where one is required.
- `duplicate-code`: one code, stated of clearly different bodies (一码多主体).
- `duplicate-entity`: one body under two codes (一主体多码).
- `foreign-region`: the area in characters 3 to 8 is not the one stated. The code keeps the area of registration for
  good and a body may move, so this is an indication only.

Codes of companies are public, and shown. What could be somebody's id number is masked, with the name beside it left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, LiteralString, get_args

from cryptography.fernet import Fernet
from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, CorrectionRef, FactRef, PartyRef
from queries.party.parties import party_refs
from queries.read.corrections import corrections
from queries.read.provenance import fact_refs
from queries.supply.code_findings import (
    CodeKind,
    CodeProposal,
    GatheredFinding,
    RowRef,
    code_shown,
    duplicate_codes,
    duplicate_entities,
    foreign_regions,
    rejected_codes,
    stored_codes,
)
from queries.supply.code_proposals import add_proposals


class CodeFinding(AnswerShape):
    """Something that is wrong with a code (重错码), with its evidence."""

    ref: str = Field(description="what `creditgraph codes correct` takes: RUN:LINE, or KEEP/OTHER")
    kind: CodeKind
    code: str = Field(description="as sent; masked when it could be a person's id number")
    scheme: str = Field(examples=["uscc"])
    name: str | None = Field(None, description="whose it is, as the row says")
    owner: str | None = Field(None, description="organ that sent it")
    assigned_by: str | None = Field(None, description="who registers bodies with such a code (登记管理部门)")
    row: RowRef | None = Field(None, description="the rejected row")
    parties: list[PartyRef] = Field([])
    facts: list[FactRef] = Field([])
    reasons: list[str]
    proposals: list[CodeProposal] = Field([], description="most likely first; empty = nothing here fits")
    correction: CorrectionRef | None = Field(None, description="the correction that was accepted")


class WrongCodes(AnswerShape):
    """Which codes are wrong, borne by several, or doubled."""

    question: Literal["codes"] = "codes"
    position: int
    rows: list[CodeFinding]
    totals: dict[str, int] = Field(description="findings by kind, also those that are not shown")
    complete: bool = True


class CodeRate(AnswerShape):
    """How many of the rows with codes have a wrong one, for one organ or one run."""

    owner: str | None = None
    run: str | None = None
    source: str | None = None
    file: str | None = None
    rows: int = Field(description="rows with codes: accepted ones and wrong ones")
    wrong: int
    rate: float = Field(description="wrong / rows, 0..1")


class CodeRates(AnswerShape):
    """The error rate of codes (重错率)."""

    question: Literal["code-rates"] = "code-rates"
    position: int
    by_owner: list[CodeRate]
    by_run: list[CodeRate]


CODE_KINDS: tuple[str, ...] = get_args(CodeKind)

ASSIGNED_BY: dict[str, str] = {
    "1": "机构编制",
    "2": "外交",
    "3": "司法行政",
    "4": "文化",
    "5": "民政",
    "6": "旅游",
    "7": "宗教",
    "8": "工会",
    "9": "市场监管",
    "A": "中央军委改革和编制办公室",
    "N": "农业",
    "Y": "其他",
}
"""First character of a credit code → who registers such bodies and gave the code (GB 32100-2015): whom to ask."""


# Rows with codes: lines of a run that became facts about a body which has a code, found by it and not by its name.
ROWS_WITH_CODES: LiteralString = """
MATCH (i:Identifier)-[:IDENTIFIES]->(p:Entity)
WHERE i.scheme IN ['uscc', 'cn-reg', 'cn-org'] AND i.value > ''
WITH DISTINCT p
CALL (p) {
  MATCH (p)-[r]-()
  WHERE r.run IS NOT NULL
    AND NOT coalesce(CASE WHEN startNode(r) = p THEN r.start_match ELSE r.end_match END, 'identifier')
      IN ['exact-name', 'former-name']
  RETURN r.run AS run, r.owner AS owner, r.line AS line
  UNION
  MATCH (s:Statement)-[:ABOUT]->(p) WHERE s.run IS NOT NULL
  RETURN s.run AS run, s.owner AS owner, s.line AS line
}
RETURN run, owner, count(DISTINCT line) AS rows
"""

RUN_SOURCES: LiteralString = """
MATCH (r:Run) RETURN r.id AS run, r.source AS source, r.file + coalesce(' [' + r.sheet + ']', '') AS file
"""


def codes(graph: Graph, cipher: Fernet, *, kinds: Sequence[str] = CODE_KINDS, limit: int | None = None) -> WrongCodes:
    """Which codes are wrong, missing, borne by several, or doubled; with evidence and proposals.

    Args:
        cipher: of the id key, under which rejected rows are kept.
        kinds: only these.
        limit: so many findings at the most; `complete` says whether there are more, `totals` how many.

    Raises:
        BadRequest: an unknown kind, or rows that were kept under another id key.
    """
    for kind in kinds:
        if kind not in CODE_KINDS:
            raise BadRequest(f"There is no kind {kind!r} of wrong code; there is {', '.join(CODE_KINDS)}.")
    position = graph.position()
    found: list[GatheredFinding] = []
    if {"invalid", "placeholder"} & set(kinds):
        found += [f for f in rejected_codes(graph, cipher) if f.kind in kinds]
    if "invalid" in kinds:
        found += stored_codes(graph)
    if "duplicate-code" in kinds:
        found += duplicate_codes(graph)
    if "duplicate-entity" in kinds:
        found += duplicate_entities(graph)
    if "foreign-region" in kinds:
        found += foreign_regions(graph)
    shown = found[:limit] if limit is not None else found
    add_proposals(graph, shown)
    return WrongCodes(
        position=position,
        rows=_refs(graph, shown),
        totals={kind: sum(f.kind == kind for f in found) for kind in kinds},
        complete=len(shown) == len(found),
    )


def _refs(graph: Graph, found: Sequence[GatheredFinding]) -> list[CodeFinding]:
    parties = party_refs(graph, [k for f in found for k in (*f.keys, *(p.party.key for p in f.proposals if p.party))])
    facts = fact_refs(graph, {f.fact_id: f for one in found for f in one.facts}.values())
    decided = {c.row: c for c in corrections(graph) if c.undone is None and c.row}
    return [
        CodeFinding(
            ref=f.ref,
            kind=f.kind,  # ty: ignore[invalid-argument-type]
            code=code_shown(f.code),
            scheme=f.scheme,
            name=None if f.secret else f.name,
            owner=f.owner,
            assigned_by=ASSIGNED_BY.get(f.code[:1]) if f.scheme == "uscc" else None,
            row=f.row,
            parties=[parties[k] for k in f.keys if k in parties],
            facts=[facts[x.fact_id] for x in f.facts],
            reasons=f.reasons,
            proposals=list(f.proposals),
            correction=decided.get(f.ref),
        )
        for f in found
    ]


def code_rates(graph: Graph, cipher: Fernet) -> CodeRates:
    """How many rows with codes have a wrong one (重错率), per organ and per run.

    Rows with codes are those that became facts about a body which its code found, and those that were rejected for a
    wrong code; a row without a code, and a duplicate of another row, is neither. A rejected row that was corrected
    since counts as wrong: the organ sent it so.
    """
    good: dict[tuple[str, str | None], int] = defaultdict(int)
    made = {c.made for c in corrections(graph) if c.made}
    for r in graph.read(ROWS_WITH_CODES):
        if r["run"] not in made:
            good[r["run"], r["owner"]] += r["rows"]
    wrong: dict[tuple[str, str | None], int] = defaultdict(int)
    for f in rejected_codes(graph, cipher):
        if f.kind == "invalid" and f.row is not None:
            wrong[f.row.run, f.owner] += 1
    about = {r["run"]: r for r in graph.read(RUN_SOURCES)}
    owners: dict[str | None, list[int]] = defaultdict(lambda: [0, 0])
    runs: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for run, owner in {*good, *wrong}:
        for total in (owners[owner], runs[run]):
            total[0] += good[run, owner] + wrong[run, owner]
            total[1] += wrong[run, owner]
    return CodeRates(
        position=graph.position(),
        by_owner=_sorted(CodeRate(owner=o, rows=n, wrong=w, rate=w / n) for o, (n, w) in owners.items()),
        by_run=_sorted(
            CodeRate(run=run, source=about[run]["source"], file=about[run]["file"], rows=n, wrong=w, rate=w / n)
            for run, (n, w) in runs.items()
        ),
    )


def _sorted(rows: Iterable[CodeRate]) -> list[CodeRate]:
    return sorted(rows, key=lambda r: (-r.rate, -r.rows, r.owner or "", r.run or ""))
