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
    label: Literal["Entity", "Person", "Organ", "Sanction", "Credential", "Inspection", "Address", "Tender"]
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


class CalledRef(_Shape):
    """A name by which records call the party in passing (名称见于): they name it with a number, and state nothing more."""

    name: str
    kind: str | None = Field(None, description="what sort of body it was called")
    day: date | None = Field(None, description="the newest day for which it was said; null = unknown")
    source: str
    run: str = Field(description="line of the ledger that said so on that day")


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
    """What was decided about identity: two entities are one, or a rejected row had this code. Humans decide, but for
    `joined`: one row gives numbers of two parties, so they are one (by `creditgraph`).
    """

    id: str
    kind: Literal["merge", "code", "joined"]
    keep: str | None = Field(None, description="merge, joined: key of the party that stays")
    other: str | None = Field(None, description="merge, joined: key of the party that went into it")
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
    data_date: date | None = Field(None, description="newest day for which the source says so")
    absent_since: date | None = Field(None, description="first later snapshot of the source without it")
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
    path: list[NodeRef | FactRef] = Field(description="one shortest path: node, fact, node, …")
    more_paths: list[list[NodeRef | FactRef]] = Field([], description="further paths that are as short")
    paths_total: int | None = Field(None, description="how many shortest paths there are; null = not counted")
    strength: float = Field(
        description="product of the weights of the relationships, 0..1; of the strongest shortest path"
    )
    age_days: int | None = Field(None, description="days since the newest sanction in force was decided")
    over_since: date | None = Field(None, description="first day on which the path no longer held; null = it holds")
    uncertain: list[str] = Field([], description="dates on the path that are not known")
    crosses: list[str] = Field([], description="judgements that two entries are one person, on which the path rests")
    confirmed: bool = Field(True, description="false: the path rests on a judgement that is not sure")


class Cut(_Shape):
    """Something that the answer does not cover, and why."""

    reason: Literal["hub", "limit", "time", "paths", "budget"]
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
    called: list[CalledRef] = Field([], description="`file`: names in passing, as known now")
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
    sheet: str | None = Field(None, description="sheet of the workbook, where several of one file were loaded")
    sha256: str
    state: str
    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    data_date: date | None = Field(None, description="day for which the file speaks")
    delivery: int = Field(1, description="which delivery of that day it is: the higher one has the last word")
    contested: int = Field(0, description="rows of which another file of the same day and delivery says otherwise")
    partition: str | None = Field(
        None, description="what the snapshot covers; null: a delta, from which nothing is absent"
    )
    absent: int | None = Field(None, description="facts that this snapshot no longer has, marked as absent")
    held: str | None = Field(None, description="why nothing was marked as absent")


# --- ownership --------------------------------------------------------------------------------------------


class ControlStep(_Shape):
    """One step of control: holders that are in one hand have more than half of a company together."""

    company: NodeRef
    holders: list[NodeRef]
    low: float = Field(description="what they have together for sure, 0..1")
    high: float = Field(description="what they may have together")


class OwnerRef(_Shape):
    """Somebody who holds something of the company, directly or through others."""

    party: NodeRef
    low: float = Field(description="effective share for sure, all chains together, 0..1")
    high: float = Field(description="effective share at the most")
    direct_low: float | None = Field(None, description="direct share for sure; null: he holds nothing directly")
    direct_high: float | None = Field(None, description="direct share at the most")
    control: Literal["sure", "possible", "no"] = Field(description="more than half at every step")
    steps: list[ControlStep] = Field([], description="the steps of control, the first one first")
    path: list[NodeRef | FactRef] = Field(description="the strongest chain, from the owner down")
    residual: float = Field(description="what of `high` was not worked out any further")


class BeneficialOwnerRef(_Shape):
    """A beneficial owner (受益所有人), and on what ground."""

    party: NodeRef
    ground: Literal["share", "control", "stated_control", "senior_manager"]
    certain: bool
    why: str
    path: list[NodeRef | FactRef] = []


class GroupMember(_Shape):
    """A company that is controlled by the head of the group."""

    party: NodeRef
    head: NodeRef
    step: ControlStep


class OverWhole(_Shape):
    """A company whose holders are said to have more than the whole: their shares were scaled down."""

    party: NodeRef
    total: float


class Ownership(_Shape):
    """Who owns a company through others, who controls it, its beneficial owners, its group. Information only."""

    question: Literal["ownership"] = "ownership"
    as_of: date
    known_at: date | None = None
    position: int
    party: PartyRef
    owners: list[OwnerRef]
    beneficial: list[BeneficialOwnerRef]
    heads: list[NodeRef] = Field([], description="whoever controls the group in the end; only when asked for")
    group: list[GroupMember] = Field([], description="companies of the group; only when asked for")
    over: list[OverWhole] = []
    undisclosed: list[str] = Field(
        [], description="why owners are not told, as a source declares it; not the same as no data"
    )
    uncertain: list[str] = Field([], description="holdings whose first day is not known")
    cut: list[Cut] = []
    complete: bool = True


# --- paths between parties ----------------------------------------------------------------------------------


class AskedRef(_Shape):
    """A party that was asked about: the one that is meant, or those that may be."""

    party: PartyRef | None = Field(None, description="null: nobody, or several; see candidates")
    candidates: list[PartyRef] = []


class _Between(_Shape):
    as_of: date
    known_at: date | None = None
    position: int = Field(description="clock position for which the answer is true")
    status: AnswerStatus
    reason: str | None = Field(None, description="why, in words, when it is not a plain hit or clear")
    types: list[str] = Field(description="relationship types that were walked")
    cut: list[Cut] = []
    complete: bool = True


class PathRef(_Shape):
    """A path between two parties: no node stands on it twice. Information, never a penalty."""

    length: int = Field(description="relationships on it")
    historical: bool = Field(description="it rests on a relationship that is over")
    path: list[NodeRef | FactRef]
    beside: list[FactRef] = Field([], description="what else ties two neighbours on it, or says the same")
    strength: float = Field(description="product of the weights of the relationships on the path, 0..1")
    uncertain: list[str] = Field([], description="dates on the path that are not known")
    crosses: list[str] = Field([], description="judgements that two entries are one person, on which the path rests")
    confirmed: bool = Field(True, description="false: the path rests on a judgement that is not sure")


class Paths(_Between):
    """The shortest paths between two parties, or between two groups of parties."""

    question: Literal["paths"] = "paths"
    hops: int
    start: list[AskedRef]
    end: list[AskedRef]
    both: list[PartyRef] = Field([], description="parties that stand in both groups")
    paths: list[PathRef] = []


class CommonRef(_Shape):
    """Somebody, or an address, that stands next to all parties asked about."""

    party: PartyRef
    historical: bool = Field(description="to one of them only by relationships that are over")
    facts: list[FactRef]


class Common(_Between):
    """Who stands next to each of these parties, by which relationships?"""

    question: Literal["common"] = "common"
    asked: list[AskedRef]
    common: list[CommonRef] = []
    direct: list[FactRef] = Field([], description="relationships among the parties asked about")


class MemberRef(_Shape):
    """Somebody, or an address, near a party that was asked about."""

    party: PartyRef
    distance: int = Field(description="relationships to the nearest party asked about")
    near: list[str] = Field(description="keys of the parties asked about to which it is near")


class Circle(_Between):
    """The circle around a list of parties, for a case file."""

    question: Literal["circle"] = "circle"
    hops: int
    asked: list[AskedRef]
    connecting: list[MemberRef] = Field([], description="near at least two of the parties asked about")
    around: list[MemberRef] = Field([], description="near one of them")
    facts: list[FactRef] = Field([], description="relationships among all of these")


# --- checks -----------------------------------------------------------------------------------------------

FindingStatus = Literal["bar", "alert", "candidate", "information"]


class Finding(_Shape):
    """One thing that a check found: by which clause, through which dated facts, and what is not established."""

    check: str = Field(description="what was looked for", examples=["same_person_in_charge"])
    title: dict[str, str]
    status: FindingStatus
    provision: str | None = Field(None, description="row of the rule pack", examples=["RB-01"])
    legal_basis: list[LegalBasis] = Field([], description="empty: no clause, information only")
    parties: list[NodeRef] = Field(description="whom it is about")
    why: str
    path: list[NodeRef | FactRef] = []
    evidence: list[FactRef] = Field([], description="facts beside those on the path")
    sanctions: list[SanctionRef] = []
    consequences: list[ConsequenceRef] = []
    missing: list[str] = Field([], description="what is not established: why it is no more than a candidate")


class Check(_Shape):
    """What a check before a tender, a contract or an appointment found."""

    question: str = Field(examples=["check-bidders"])
    as_of: date
    known_at: date | None = None
    position: int
    status: AnswerStatus
    reason: str | None = None
    about: NodeRef | None = Field(None, description="the lot")
    parties: list[PartyRef] = Field([], description="those who were checked")
    candidates: list[PartyRef] = Field([], description="who may be meant, where it was not exactly one party")
    findings: list[Finding] = []
    gaps: list[str] = Field([], description="what the data do not say: nothing found does not mean nothing there")
    not_covered: list[str] = Field([], description="what the check never asks")
    cut: list[Cut] = []
    complete: bool = True


# --- white list and tiers of supervision ------------------------------------------------------------------


class Feature(_Shape):
    """One thing that a profile asks of a party: its value, the facts it rests on, and whether it fits."""

    name: str
    value: str = Field(description="as stated; empty: nothing is stated")
    fits: Literal["yes", "no", "unknown"]
    reason: str
    facts: list[FactRef] = []
    sanctions: list[SanctionRef] = []


class Portrayed(_Shape):
    """A party in or out of a white list, or neither, with every feature (信用画像). No score."""

    party: PartyRef
    verdict: Literal["in", "out", "unknown"] = Field(
        description="unknown: something could not be said. Never read as in"
    )
    reasons: list[str] = Field(description="of out and unknown: each feature that stands against it")
    features: list[Feature]


class Whitelist(_Shape):
    """Who belongs on a white list by a profile."""

    question: Literal["whitelist"] = "whitelist"
    profile: str
    as_of: date
    known_at: date | None = None
    position: int
    counts: dict[str, int] = Field(description="in, out, unknown; outside: of another region or kind, not listed")
    rows: list[Portrayed]


class Tiered(_Shape):
    """The tier of a party by a local table, with what came before, during and after (事前、事中、事后)."""

    party: PartyRef
    tier: str
    title: str
    weight: float = Field(description="how much more or less likely it is drawn than one with weight 1")
    reasons: list[str] = Field(description="the conditions that hold; of `otherwise`, that none did")
    open: list[str] = Field([], description="conditions of earlier tiers that could not be said to hold, and why")
    before: list[FactRef] = Field([], description="its commitments (事前信用承诺)")
    during: list[FactRef] = Field([], description="its grades and inspections (事中分级分类监管)")
    after: list[SanctionRef] = Field([], description="its sanctions that have begun (事后失信惩戒)")


class Supervision(_Shape):
    """Tiers and weights of supervision by a local table."""

    question: Literal["supervise"] = "supervise"
    table: str
    as_of: date
    known_at: date | None = None
    position: int
    counts: dict[str, int] = Field(description="parties by tier; outside: of another region or kind, not listed")
    rows: list[Tiered]


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


# --- organs -----------------------------------------------------------------------------------------------


class OrganName(_Shape):
    """A name that an organ bears or bore."""

    name: str = Field(examples=["郴州市市场监督管理局"])
    since: date | None = Field(None, description="first day of the name; null = unknown")
    until: date | None = Field(None, description="first day after; null = unknown, or borne still")


class OrganLink(_Shape):
    """The organ above, or the one that took over, as one source says it."""

    organ: NodeRef
    since: date | None = None
    until: date | None = None
    source: str
    owner: str | None = None


class OrganRef(NodeRef):
    """An organ with its names over time, roles, parents and successors."""

    code: str | None = Field(None, description="unified social credit code")
    region: str | None = None
    names: list[OrganName] = []
    roles: list[str] = Field([], description="O01 to O09")
    parents: list[OrganLink] = []
    successors: list[OrganLink] = []


class Organs(_Shape):
    """The organs of the graph, those of the table of organs first."""

    question: Literal["organs"] = "organs"
    position: int
    total: int = Field(description="organs in all")
    listed: int = Field(description="of them in a table of organs")
    rows: list[OrganRef]
    cut: list[Cut] = []


class OwnerToday(_Shape):
    """Which organ answers today for a document of then."""

    question: Literal["owner-today"] = "owner-today"
    name: str
    day: date | None = Field(None, description="day of the document; null = not given")
    as_of: date
    known_at: date | None = None
    position: int
    status: Literal["found", "unknown", "ambiguous", "cycle"]
    reason: str | None = None
    answers: OrganRef | None = Field(None, description="the organ that answers; null when it cannot be said")
    bearers: list[OrganRef] = Field([], description="the organs that bore the name then")
    candidates: list[NodeRef] = Field([], description="who may answer, when it is ambiguous")
    path: list[NodeRef | FactRef] = Field([], description="organ, succession, organ, …")
    reading: list[str] = Field([], description="how unknown dates were read")


# --- reporting catalogue ----------------------------------------------------------------------------------


class CatalogueItemRef(_Shape):
    """What one owner reports through one source (报送事项)."""

    item: str
    owner: str
    source: str
    record_class: str = Field(description="one of the six classes of the credit file", examples=["licence_penalty"])
    period: str = Field(description="from one delivery to the next", examples=["7wd"])
    legal_basis: str
    mode: Literal["copy", "call", "verify"]


class Catalogue(_Shape):
    """The reporting catalogue in force (信用信息数据报送清单)."""

    question: Literal["catalogue"] = "catalogue"
    known_at: date | None = None
    position: int
    version: str
    filed_on: date | None = None
    filed_with: str | None = None
    filing_number: str | None = None
    loaded_at: str | None = Field(None, description="instant, Asia/Shanghai")
    versions: list[str] = Field(description="all that were loaded, oldest first")
    items: list[CatalogueItemRef]


class CatalogueDueRef(CatalogueItemRef):
    """One item, its last delivery, and by when the next one is owed."""

    last_run: str | None = None
    last_day: date | None = Field(None, description="day of the last delivery; null = none yet")
    due: date | None = Field(None, description="last day for the next one; null = nothing is delivered in this mode")
    provisional: bool = Field(False, description="reaches into a year whose days off are not announced yet")
    late: bool | None = Field(None, description="null = nothing is delivered in this mode")
    late_working_days: int = 0


class CatalogueDue(_Shape):
    """Who owes what how often, and what is late; the oldest first."""

    question: Literal["catalogue-due"] = "catalogue-due"
    as_of: date
    position: int
    version: str
    rows: list[CatalogueDueRef]


# --- quality ----------------------------------------------------------------------------------------------


class Share(_Shape):
    """A figure as a part of a whole, so that nobody has to believe a ratio."""

    part: int
    whole: int
    ratio: float | None = Field(None, description="part / whole, four digits; null when the whole is 0")

    @classmethod
    def of(cls, part: int, whole: int) -> "Share":
        """The ratio is computed here and nowhere else."""
        return cls(part=part, whole=whole, ratio=round(part / whole, 4) if whole else None)


class KindQuality(_Shape):
    """Completeness of one kind of fact of one owner."""

    fact: str = Field(examples=["IMPOSED_ON"])
    kind: str | None = Field(None, examples=["penalty"])
    record_class: str | None = Field(None, description="one of the six classes of the credit file; null = none of them")
    facts: int
    filled: Share = Field(description="fields filled, of the fields that count")
    missing: dict[str, int] = Field({}, description="field → facts that lack it")


class Timeliness(_Shape):
    """From the day of a decision to the day on which it was known here (双公示: penalties and licences)."""

    within: Share = Field(description="known by the end of the last working day of the term")
    term_days: int = Field(description="working days")
    median_days: float | None = Field(None, description="working days; null when nothing can be counted")
    worst_days: int | None = None
    unknown: int = Field(0, description="decisions without a day")
    impossible: int = Field(0, description="decisions dated after the day on which they were known")
    uncounted: int = Field(0, description="days outside the calendar of working days")
    provisional: int = Field(0, description="counted in a year whose days off are not announced yet")


class OwnerQuality(_Shape):
    """The figures of one owner; `owner` null: of all together."""

    owner: str | None
    facts: int = Field(description="statements believed")
    completeness: Share
    kinds: list[KindQuality] = []
    rows: Share = Field(description="rows taken, of rows taken and rejected")
    codes: Share = Field(description="rows with a right code, of rows whose code was checked")
    quarantined: int = Field(0, description="rows outside the reporting catalogue, of the rejected ones")
    timeliness: Timeliness
    contradictions: int = Field(0, description="contradictions in which they take part")


class SourceRows(_Shape):
    """The ledger of one source: rows_in = accepted + rejected + duplicate."""

    source: str
    owner: str | None
    runs: int
    rows_in: int
    accepted: int
    rejected: int
    duplicate: int
    faults: dict[str, int] = Field({}, description="code of the fault → rows rejected for it")


class Said(_Shape):
    """What one of those who contradict each other says."""

    value: str | float | None
    owner: str | None
    source: str
    fact_id: str
    data_date: date | None = None


class Contradiction(_Shape):
    """Statements that cannot both be right. All are kept. Of those of different organs or sources none is chosen; of two
    files of one source and day the first of `said` is believed, by a rule that means nothing (`same_day`).
    """

    kind: Literal["decision", "post", "name", "same_day"]
    field: str = Field(examples=["fine_yuan"])
    party: NodeRef
    about: NodeRef | None = Field(None, description="the decision, or the entity at which the post is held")
    type: str | None = Field(None, description="the post; same_day: the type of the fact")
    said: list[Said]


class Writer(_Shape):
    """How often somebody wrote, by kind of change."""

    author: str
    kind: str
    changes: int


class Quality(_Shape):
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
    cut: list[Cut] = []


# --- same person? -----------------------------------------------------------------------------------------


class ReasonRef(_Shape):
    """One named part of a score: its points, and on what it rests."""

    part: str = Field(examples=["same_name"])
    points: int = Field(description="below zero: a reason against")
    zh: str
    en: str
    count: int = Field(1, description="how many things agree")
    nodes: list[NodeRef] = Field([], description="the entities or addresses that agree; some, when they are many")


class CandidateRef(_Shape):
    """Two persons who may be one; nobody has judged it."""

    a: PartyRef
    b: PartyRef
    score: int = Field(description="sum of the points of `reasons`")
    bearers: int = Field(description="how many persons of this graph bear the more frequent one of the two names")
    reasons: list[ReasonRef]


class JudgementRef(_Shape):
    """What somebody judged of two persons, with what the program showed him."""

    id: str
    a: NodeRef
    b: NodeRef
    judgement: Literal["same", "different", "unsure"]
    author: str
    day: date
    reason: str
    score: int | None = Field(None, description="as it was then; null = names do not agree, or id numbers differ")
    reasons: list[str] = Field([], description="the parts of the score as they were then")
    recorded_at: str | None = Field(None, description="instant, Asia/Shanghai")
    standing: bool = Field(True, description="false: it was undone")
    undone_by: str | None = None
    undone_on: date | None = None
    undone_reason: str | None = None
    notes: list[str] = Field([], description="what changed since, such as a name that stands at another party now")


class NameCount(_Shape):
    """How many persons of this graph bear a name."""

    name: str
    persons: int


class SamePerson(_Shape):
    """Which persons may be one, and what was judged. A proposal changes no other answer."""

    question: Literal["same-person"] = "same-person"
    position: int
    party: PartyRef | None = None
    candidates: list[CandidateRef]
    judgements: list[JudgementRef]
    frequent: list[NameCount] = []
    cut: list[Cut] = []
    complete: bool = True


# --- many parties at once -----------------------------------------------------------------------------------


class Screening(_Shape):
    """What became of the rows of a list of parties; the answers themselves stand in the file that was written."""

    question: Literal["screen"] = "screen"
    as_of: date
    position: int = Field(description="clock position for which all rows are true")
    hops: int
    input: str
    output: str
    columns: dict[str, list[str]] = Field(description="code, number, name → the columns that say who is meant")
    rows: int = Field(description="rows in, and rows out")
    results: dict[str, int] = Field(description="result → rows")
    stale: str | None = Field(None, description="why consequences may be out of date; null = they are not")
    resumed_at: int = Field(0, description="rows that an earlier run of the same command had done, which was ended")
