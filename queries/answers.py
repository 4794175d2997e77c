"""The shapes that answers share: one envelope for command line, API, explorer and notebooks (docs/json.md).

Those of one question stand beside it.

`status` says what an answer is worth:

- `hit`         the answer holds something that is not over; `complete` tells whether there may be more
- `clear`       the party is known, the question was answered completely, and nothing was found
- `unknown`     no such party, or nothing is known of it
- `ambiguous`   several parties answer to that name: see `candidates`, ask again with a key
- `incomplete`  something was cut off or could not be read: see `cut`. Never to be read as clear
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from graph_model.schema.values import Openness, Trust
from graph_model.sentences import told

AnswerStatus = Literal["hit", "clear", "unknown", "ambiguous", "incomplete"]
ConsequenceStatus = Literal["candidate", "active", "suspended", "ended", "unknown"]
Ring = Literal["own", "surrounding", "historical"]


class AnswerShape(BaseModel):
    """What all shapes have in common: no key that is not declared."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)


class SentenceRef(AnswerShape):
    """A sentence of an answer in both languages: its code and parameters for machines, its words for people."""

    code: str = Field(description="which sentence; `text`: words of a source or a person; `several`: joined ones")
    parameters: dict[str, str] = {}
    zh: str
    en: str


def _said(text: str) -> SentenceRef | None:
    return SentenceRef.model_validate(told(text)._asdict()) if text else None


Sentence = Annotated[
    str,
    BeforeValidator(lambda value: value["en"] if isinstance(value, dict) else "" if value is None else value),
    PlainSerializer(_said, return_type=SentenceRef | None, when_used="json"),
]
"""A sentence: its English text in Python; in JSON code, parameters and both languages, null where there is none."""


def overall_status(parts: Iterable[str]) -> AnswerStatus:
    """What is said of one party, whichever way one asks, when these are the statuses of the parts of the answer.

    The parts are its own sanctions and those nearby, the measures that reach it and that its sanctions have for others,
    and its promises. What only a third party or the party itself says is no `hit`, and not `clear` either.

    >>> overall_status(["clear", "incomplete", "hit"]), overall_status([])
    ('hit', 'clear')
    """
    parts = set(parts)
    return "hit" if "hit" in parts else "incomplete" if "incomplete" in parts else "clear"


class NodeRef(AnswerShape):
    """A node on a path."""

    key: str = Field(examples=["e-6q3v0k2m4t1c8a5d7f9h"])
    label: Literal["Entity", "Person", "Organ", "Sanction", "Credential", "Inspection", "Address", "Tender"]
    name: str | None = Field(None, examples=["长沙澧橘园食品有限公司"])

    @classmethod
    def of(cls, key: str, label: str, name: str | None) -> "NodeRef":
        """A node as the database tells it; the label is checked here."""
        return NodeRef.model_validate({"key": key, "label": label, "name": name})


class IdentifierRef(AnswerShape):
    """A number under which the party is known; id numbers of persons are masked."""

    scheme: str = Field(examples=["uscc"])
    value: str = Field(examples=["91430102XN06181386"])
    valid: bool | None = None


class CalledRef(AnswerShape):
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
    gone: str | None = Field(
        None,
        description="its registration status, where that says that it is no more, or may do no business (注销、吊销、解散)",
        examples=["注销"],
    )
    degree: int | None = None
    hub: bool = False
    doubted: bool = Field(
        False,
        description="another record bears its name or number and was not linked to it: nothing found is not clear",
    )
    sanctioned: bool | None = Field(
        None,
        description="an official sanction against it is not over on the day asked about; null = not asked for a day",
    )
    had_sanctions: bool | None = Field(None, description="there were some, and all of them are over on that day")


class CorrectionRef(AnswerShape):
    """What was decided about identity: two entities are one, a rejected row had this code, or is no doubt any more, a body is a branch. Humans
    decide, but for `joined`: one row gives numbers of two parties, so they are one (by `creditgraph`).
    """

    id: str
    kind: Literal["merge", "code", "settled", "branch", "joined"]
    keep: str | None = Field(None, description="merge, joined: key of the party that stays; branch: of the company")
    other: str | None = Field(
        None, description="merge, joined: key of the party that went into it; branch: of the branch"
    )
    row: str | None = Field(None, description="code, settled: run and line of the rejected row")
    field: str | None = Field(None, description="code: the field that was corrected")
    code: str | None = Field(None, description="code: the right code")
    made: str | None = Field(None, description="code: run in which the corrected row was loaded")
    author: str
    reason: str
    recorded_at: str | None = Field(description="instant, Asia/Shanghai")
    undone: str | None = Field(None, description="when it was taken back, by whom and why; null = it stands")


class FactRef(AnswerShape):
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
    trust: Trust = Field("official", description="`reference`: a third party's word; it informs, and decides nothing")
    openness: Openness = Field("open", description="who may see it")
    data_date: date | None = Field(None, description="newest day for which the source says so")
    absent_since: date | None = Field(None, description="first later snapshot of the source without it")
    match: list[str] = Field([], description="how the parties were found, when not by an identifier")
    corrections: list[CorrectionRef] = Field([], description="merges and corrected codes that it rests on")
    disputed: Sentence | None = Field(
        None, description="the objection to it that is being verified (标注), as known now"
    )
    properties: dict[str, Any] = {}


class LegalBasis(AnswerShape):
    """The article of a document on which something rests."""

    document: str
    article: str | None = None


class ListingRef(AnswerShape):
    """The list on which an entry is: what its own rules say, and what they mean for this entry."""

    id: str = Field(description="id of the list in the rule pack", examples=["LIST-08"])
    title: dict[str, str]
    subjects: list[str] = Field(description="who can stand on it")
    entry: str | None = Field(description="how one comes onto it")
    exit: str | None = Field(description="how one comes off it")
    term: str = Field(description="how long, in words")
    term_over: date | None = Field(
        None, description="first day after the term that the list sets; null = none, or not known"
    )
    early_exit: date | None = Field(None, description="first day on which an earlier removal can be applied for")
    legal_basis: list[LegalBasis]


class SanctionRef(AnswerShape):
    """A penalty, list entry, court order, decision, judgment or rating (惩戒), as of a day.

    `term_over`: the term of its list is over, and no removal is known: it is not plainly in force, and not over either.
    """

    key: str
    kind: str
    title: str | None
    authority: str | None
    document_number: str | None
    decided_on: date | None
    until: date | None
    status: Literal["in_force", "ended", "unknown", "term_over"]
    codes: list[str] = []
    trust: Trust = Field(
        "official", description="that of the statement that counts: official where any official source states it"
    )
    data_date: date | None = Field(None, description="newest day for which that statement's source says so")
    ended_by: Sentence | None = Field(None, description="what ended it, where that is a fact elsewhere")
    listing: list[ListingRef] = Field([], description="of a list entry: the lists of the rule pack on which it is")
    disputed: Sentence | None = Field(None, description="the objection that is being verified (标注), if there is one")
    facts: list[FactRef] = []

    @property
    def may_stand(self) -> bool:
        """Whether it is not known to be over."""
        return self.status != "ended"

    @property
    def stands(self) -> bool:
        """Whether it makes a hit: an official source states it, and it is in force, or its days are not known. One of which the
        term is over does not."""
        return self.trust == "official" and self.status in ("in_force", "unknown")


class StatusInterval(AnswerShape):
    """A status of a consequence, from the first day to the first day after."""

    status: ConsequenceStatus
    since: date | None
    until: date | None
    why: Sentence = Field("", description="what began it")
    event: str = Field("", description="id of the recorded event that began it")


class ConsequenceRef(AnswerShape):
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
    missing: list[Sentence]
    reading: list[Sentence] = Field([], description="how unknown dates were read")
    digest: str = Field(description="of rule wording and evidence: what a confirmation names")
    retired: bool = Field(False, description="rests on a repaired, corrected or withdrawn item")


class Hit(AnswerShape):
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
    uncertain: list[Sentence] = Field([], description="dates on the path that are not known")
    crosses: list[Sentence] = Field(
        [], description="judgements that two entries are one person, on which the path rests"
    )
    confirmed: bool = Field(True, description="false: the path rests on a judgement that is not sure")


class Cut(AnswerShape):
    """Something that the answer does not cover, and why."""

    reason: Literal["hub", "limit", "time", "paths", "budget", "moved", "unlinked", "rejected", "unofficial", "term"]
    party: NodeRef | None = None
    distance: int | None = None
    detail: Sentence
    records: list[NodeRef] = Field([], description="unlinked, unofficial, term: the records that are meant")


class Answer(AnswerShape):
    """The envelope of every answer."""

    question: str
    as_of: date
    known_at: date | None = None
    position: int = Field(description="clock position for which the answer is true")
    status: AnswerStatus
    reason: Sentence | None = Field(None, description="why, when it is not a plain hit or clear")
    party: PartyRef | None = None
    candidates: list[PartyRef] = []
    total: int | None = Field(None, description="`find`: how many parties were found; `candidates` are some of them")
    called: list[CalledRef] = Field([], description="`file`: names in passing, as known now")
    facts: list[FactRef] = []
    nodes: list[NodeRef] = Field([], description="names for the keys in `facts`")
    sanctions: list[SanctionRef] = []
    consequences: list[ConsequenceRef] = []
    hits: list[Hit] = []
    cut: list[Cut] = []
    complete: bool = True
    explored: int | None = Field(None, description="nodes looked at, where it is counted")
