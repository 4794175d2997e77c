"""The shapes of every answer: one envelope for command line, API, explorer and notebooks (docs/json.md).

`status` says what an answer is worth:

- `hit`         the answer holds something that is not over; `complete` tells whether there may be more
- `clear`       the party is known, the question was answered completely, and nothing was found
- `unknown`     no such party, or nothing is known of it
- `ambiguous`   several parties answer to that name: see `candidates`, ask again with a key
- `incomplete`  something was cut off or could not be read: see `cut`. Never to be read as clear
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

AnswerStatus = Literal["hit", "clear", "unknown", "ambiguous", "incomplete"]
ConsequenceStatus = Literal["candidate", "active", "suspended", "ended", "unknown"]
Ring = Literal["own", "surrounding", "historical"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class NodeRef(_Shape):
    """A node on a path."""

    key: str = Field(examples=["e-6q3v0k2m4t1c8a5d7f9h"])
    label: Literal["Entity", "Person", "Organ", "Sanction", "Credential", "Address", "Tender"]
    name: str | None = Field(None, examples=["湖南某某建设有限公司"])

    @classmethod
    def of(cls, key: str, label: str, name: str | None) -> "NodeRef":
        """A node as the database tells it; the label is checked here."""
        return NodeRef.model_validate({"key": key, "label": label, "name": name})


class IdentifierRef(_Shape):
    """A number under which the party is known; id numbers of persons are masked."""

    scheme: str = Field(examples=["uscc"])
    value: str = Field(examples=["91430100MA4T00019U"])
    valid: bool | None = None


class PartyRef(NodeRef):
    """A party with what is needed to tell it from another one of the same name."""

    kind: str | None = None
    former_names: list[str] = []
    identifiers: list[IdentifierRef] = []
    region: str | None = None
    degree: int | None = None
    hub: bool = False
    sanctioned: bool = Field(False, description="a sanction of any date is believed; says nothing of today")


class CorrectionRef(_Shape):
    """What a human decided about identity: two entities are one, or a rejected row had this code."""

    id: str
    kind: Literal["merge", "code"]
    keep: str | None = Field(None, description="merge: key of the entity that stays")
    other: str | None = Field(None, description="merge: key of the entity that went into it")
    row: str | None = Field(None, description="code: run and line of the rejected row")
    field: str | None = Field(None, description="code: the field that was corrected")
    code: str | None = Field(None, description="code: the right code")
    made: str | None = Field(None, description="code: run in which the corrected row was loaded")
    author: str
    reason: str
    recorded_at: str | None = Field(description="instant, Asia/Shanghai")
    undone: str | None = Field(None, description="when it was taken back, by whom and why; null = it stands")


class FactRef(_Shape):
    """One source's statement: what, between whom, when true, when recorded, by whom."""

    fact_id: str
    type: str = Field(examples=["LEGAL_REPRESENTATIVE_OF"])
    from_: str = Field(alias="from", description="key of the first node")
    to: str = Field(description="key of the second node")
    since: date | None = Field(None, description="first day; null = unknown")
    until: date | None = Field(None, description="first day after; null = unknown")
    recorded_at: str | None = Field(None, description="instant, Asia/Shanghai")
    source: str
    record: str | None = Field(None, description="file and line of the source record")
    owner: str | None = None
    data_date: date | None = Field(None, description="day for which the source speaks")
    match: list[str] = Field([], description="how the parties were found, when not by an identifier")
    corrections: list[CorrectionRef] = Field([], description="merges and corrected codes that it rests on")
    properties: dict[str, Any] = {}


class SanctionRef(_Shape):
    key: str
    kind: str
    title: str | None
    authority: str | None
    document_number: str | None
    decided_on: date | None
    until: date | None
    status: Literal["in_force", "ended", "unknown"]
    codes: list[str] = []
    disputed: str | None = Field(None, description="the objection that is being verified (标注), if there is one")
    facts: list[FactRef] = []


class LegalBasis(_Shape):
    document: str
    article: str | None = None


class StatusInterval(_Shape):
    status: ConsequenceStatus
    since: date | None
    until: date | None
    why: str = Field("", description="what began it")
    event: str = Field("", description="id of the recorded event that began it")


class ConsequenceRef(_Shape):
    """A measure that follows for a subject. Several grounds of the same measure stand side by side."""

    key: str
    rule: str
    rule_version: str = Field("", description="day from which the wording that was applied holds")
    rule_title: dict[str, str]
    measure: str
    measure_title: dict[str, str]
    subject: NodeRef
    sanction: NodeRef
    status: ConsequenceStatus
    since: date | None
    until: date | None
    scope: str | None = None
    automaticity: str
    timeline: list[StatusInterval]
    legal_basis: list[LegalBasis]
    confidence: str
    evidence: list[FactRef]
    path: list[NodeRef | FactRef] = []
    missing: list[str]
    reading: list[str] = Field([], description="how unknown dates were read")
    digest: str = Field(description="of rule wording and evidence: what a confirmation names")
    retired: bool = Field(False, description="rests on a repaired, corrected or withdrawn item")


class Hit(_Shape):
    """A sanctioned party near the one asked about. Information, never a penalty."""

    party: PartyRef
    distance: int
    ring: Ring
    sanctions: list[SanctionRef]
    path: list[NodeRef | FactRef]
    strength: float = Field(description="product of the weights of the relationships on the path, 0..1")
    uncertain: list[str] = Field([], description="dates on the path that are not known")


class Cut(_Shape):
    """Something that the answer does not cover, and why."""

    reason: Literal["hub", "limit", "time"]
    party: NodeRef | None = None
    distance: int | None = None
    detail: str


class Answer(_Shape):
    """The envelope of every answer."""

    question: str
    as_of: date
    known_at: date | None = None
    position: int = Field(description="clock position for which the answer is true")
    status: AnswerStatus
    reason: str | None = Field(None, description="why, in words, when it is not a plain hit or clear")
    party: PartyRef | None = None
    candidates: list[PartyRef] = []
    facts: list[FactRef] = []
    nodes: list[NodeRef] = Field([], description="names for the keys in `facts`")
    sanctions: list[SanctionRef] = []
    consequences: list[ConsequenceRef] = []
    hits: list[Hit] = []
    cut: list[Cut] = []
    complete: bool = True
    explored: int | None = Field(None, description="nodes looked at, where it is counted")


class RunRef(_Shape):
    """One line of the ledger: rows_in = accepted + rejected + duplicate."""

    run: str
    source: str
    file: str
    sha256: str
    state: str
    rows_in: int
    accepted: int
    rejected: int
    duplicate: int


# --- codes and entities -----------------------------------------------------------------------------------

CodeKind = Literal["invalid", "placeholder", "duplicate-code", "duplicate-entity", "foreign-region"]


class RowRef(_Shape):
    """A row that was not taken, as the ledger has it."""

    run: str
    source: str
    file: str
    line: int
    field: str


class CodeProposal(_Shape):
    """What a wrong code should probably be, or with whom an entity should probably be merged. A human decides."""

    code: str | None = Field(None, description="the code that it probably is; null: nothing to type, see the party")
    party: PartyRef | None = Field(None, description="who has this code, or the entity that would stay")
    reasons: list[str]
    score: int = Field(description="more is more likely; only to put them in order")


class CodeFinding(_Shape):
    """Something that is wrong with a code (重错码), with its evidence."""

    ref: str = Field(description="what `creditgraph codes correct` takes: RUN:LINE, or KEEP/OTHER")
    kind: CodeKind
    code: str = Field(description="as sent; masked when it could be a person's id number")
    scheme: str = Field(examples=["uscc"])
    name: str | None = Field(None, description="whose it is, as the row says")
    owner: str | None = Field(None, description="organ that sent it")
    assigned_by: str | None = Field(None, description="who registers bodies with such a code (登记管理部门)")
    row: RowRef | None = Field(None, description="the rejected row")
    parties: list[PartyRef] = []
    facts: list[FactRef] = []
    reasons: list[str]
    proposals: list[CodeProposal] = Field([], description="most likely first; empty = nothing here fits")
    correction: CorrectionRef | None = Field(None, description="the correction that was accepted")


class Codes(_Shape):
    """Which codes are wrong, borne by several, or doubled."""

    question: Literal["codes"] = "codes"
    position: int
    rows: list[CodeFinding]
    totals: dict[str, int] = Field(description="findings by kind, also those that are not shown")
    complete: bool = True


class CodeRate(_Shape):
    """How many of the rows with codes have a wrong one, for one organ or one run."""

    owner: str | None = None
    run: str | None = None
    source: str | None = None
    file: str | None = None
    rows: int = Field(description="rows with codes: accepted ones and wrong ones")
    wrong: int
    rate: float = Field(description="wrong / rows, 0..1")


class CodeRates(_Shape):
    """The error rate of codes (重错率)."""

    question: Literal["code-rates"] = "code-rates"
    position: int
    by_owner: list[CodeRate]
    by_run: list[CodeRate]


# --- case work --------------------------------------------------------------------------------------------


class DueRef(_Shape):
    """Somebody owes something by a day (期限)."""

    due: date
    provisional: bool = Field(False, description="reaches into a year whose days off are not announced yet")
    overdue: bool
    owes: str
    duty: str
    deadline: str = Field(description="id of the deadline or rule", examples=["DL-05"])
    legal_basis: list[LegalBasis]
    sanction: NodeRef | None = None
    party: NodeRef | None = None
    case: str | None = None
    started: date | None = None


class Due(_Shape):
    """What is owed up to a day, oldest first, and the mean time that objections took."""

    question: Literal["due"] = "due"
    as_of: date
    until: date
    position: int
    rows: list[DueRef]
    objections_closed: int = 0
    objections_mean_days: float | None = Field(None, description="working days from notice to outcome")
    objections_aim_days: int | None = Field(None, description="the aim for that mean (a KPI, no limit for one case)")


class TaskRef(_Shape):
    """The execution of one consequence by one organ (联合惩戒执行)."""

    case: str
    organ: str
    stage: str
    since: date
    consequence: str
    measure: str
    measure_title: dict[str, str]
    subject: NodeRef
    sanction: NodeRef
    status: ConsequenceStatus | None = Field(None, description="of the consequence today; null: it follows no more")
    todo: str


class Tasks(_Shape):
    question: Literal["tasks"] = "tasks"
    as_of: date
    position: int
    rows: list[TaskRef]


class ConditionRef(_Shape):
    """One condition of a rule, and whether it holds."""

    sanction: str
    condition: str
    holds: bool
    text: str
    facts: list[FactRef] = []


class WhyNot(_Shape):
    """Why a rule does not reach a party, or what it rests on when it does."""

    question: Literal["why-not"] = "why-not"
    as_of: date
    position: int
    party: PartyRef | None
    rule: str
    rule_title: dict[str, str]
    reached: bool
    status: ConsequenceStatus | None = None
    reason: str = Field(description="the first condition that fails, in words")
    conditions: list[ConditionRef] = []
    missing: list[str] = []


class WhatIfRow(_Shape):
    """One consequence that a change of rules makes, ends or alters."""

    change: Literal["reached", "freed", "changed"]
    rule: str
    measure: str
    region: str
    subject: str
    sanction: str
    before: ConsequenceStatus | None
    after: ConsequenceStatus | None


class WhatIf(_Shape):
    """What other rules would do, compared with those in use. Nothing is written."""

    question: Literal["what-if"] = "what-if"
    as_of: date
    position: int
    sanctions: int
    unchanged: int
    rows: list[WhatIfRow]
    totals: list[dict[str, Any]] = Field(description="counts by rule, region and change")


class RepairRef(_Shape):
    """Whether an item can be repaired, from when, and what is missing."""

    sanction: str
    severity: Literal["minor", "general", "serious"] | None
    severity_from: str = Field(description="stated, or read from the kind of penalty")
    published_on: date | None
    earliest: date | None = Field(description="first day on which it can be repaired; null = not known")
    latest: date | None = Field(description="day on which publication ends in any case")
    missing: list[str]
    stage: str | None = None
    case: str | None = None
    told: date | None = Field(None, description="day on which the conditions were told with the decision")
    legal_basis: list[LegalBasis] = []
