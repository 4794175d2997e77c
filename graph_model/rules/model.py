"""The shapes of the law as data: rules, lists, deadlines, documents, code lists. Every one strict and frozen."""

from datetime import date
from functools import cached_property, lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

RoleTime = Literal["at_act", "at_decision", "current", "after_event", "unspecified"]
Automaticity = Literal["ex_lege", "fault_gated", "named", "order", "discretionary", "record_only", "advisory"]
Level = Literal["law", "regulation", "interpretation", "central", "local_regulation", "rule", "policy"]
LawDay = Literal["decision", "act", "standing"]
Place = Literal["live", "check", "reference", "disabled"]
"""Where a row of the draft is answered: applied, at a check of two parties, only told, or not confirmed."""

STATUTORY: tuple[Level, ...] = ("law", "regulation", "interpretation", "central", "local_regulation")
"""Levels that can carry a measure which takes a right (国办发〔2020〕49号: law, regulation, central document)."""

ANY_SANCTION = "ANY"
"""The trigger of a rule that follows from every sanction, whatever its code."""


class PackRow(BaseModel):
    """A row of a file: what is not known to the schema is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Bilingual(PackRow):
    """A term in Chinese and in English."""

    zh: str
    en: str


class InForce(PackRow):
    """A half-open period; null = unknown first day, or open end."""

    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _forward(self) -> "InForce":
        if self.since and self.until and self.until <= self.since:
            raise ValueError(f"in force from {self.since} to {self.until}: the end is not after the beginning")
        return self

    def on(self, day: date) -> bool:
        """Whether it is in force on a day; an unknown first day is read as always."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class Area(PackRow):
    """Where a rule holds: an area by name, by the first digits of its division code, and by its prefectures."""

    name: str
    code: str
    parts: tuple[str, ...] = Field((), repr=False)
    """Filled in from data/areas.yaml."""

    def holds(self, place: str) -> bool:
        """Whether a decision was made there; `place` begins with a division code or names the place."""
        return _holds(self.code, self.name, self.parts, place)


@lru_cache(4096)  # few areas and few places, asked for each rule of each decision
def _holds(code: str, name: str, parts: tuple[str, ...], place: str) -> bool:
    return place.startswith(code) or name in place or any(part in place for part in parts)


class Confidence(PackRow):
    """A: the text was read; B: a stored excerpt says so; C: not confirmed, and therefore disabled."""

    grade: Literal["A", "B", "C"]
    read: str


class Document(PackRow):
    """One document of the register of legal bases (法律依据库).

    `id` is what rules refer to; a document that was replaced keeps its row, with the day and what replaced it.
    """

    id: str = Field(pattern=r"^[A-Z0-9][A-Z0-9-]*$")
    number: str | None = None
    title: str
    issuer: str
    level: Level
    area: Area | None = None
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    replaced_by: str | None = None
    first: bool = False
    """No earlier law or regulation said the like: from what was decided before it, nothing follows by it."""
    confidence: Confidence
    requirements: tuple[str, ...] = ()
    note: str | None = None

    @property
    def name(self) -> str:
        """As it is cited: number and title, whichever there is."""
        if self.number and self.number not in self.title:
            return f"{self.number} {self.title}"
        return self.title

    def on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class Cited(PackRow):
    """How a row cites: the id of a registered document, the article, and days of its own if they differ."""

    doc: str
    article: str | None = None
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    area: Area | None = None
    first: bool = False


class Basis(PackRow):
    """One article of one document, with the days on which it is in force: a `Cited` looked up in the register."""

    doc: str
    document: str
    article: str | None
    level: Level
    since: date | None
    until: date | None = None
    area: Area | None = None
    first: bool = False
    """No earlier law or regulation said the like, so that nothing follows by it from what was decided before."""

    def on(self, day: date) -> bool:
        """Whether the article is in force on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class Trigger(PackRow):
    """A decision with one of these codes (or a group of codes, or ANY), against a unit, a person or either.

    `requires`: circumstances that the decision must state (情节): one that it does not state leaves a candidate, one that
    it says not to be there leaves nobody. `unless`: circumstances that spare everybody once the decision states them.
    """

    codes: tuple[str, ...] = Field(min_length=1)
    subject: Literal["entity", "person", "any", "branch"]
    requires: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _not_both(self) -> "Trigger":
        if both := sorted({*self.requires} & {*self.unless}):
            raise ValueError(f"{', '.join(both)} stands under requires and under unless: one of them is meant")
        return self


class Via(PackRow):
    """The road of an after-event rule: responsible persons of the unit → units that they register or run later."""

    roles: tuple[str, ...]
    candidates: tuple[str, ...] = ()
    onward: tuple[str, ...]


class Term(PackRow):
    """A length of time: years or months from a day, for life, or until something happens.

    `from`: the decision; or `event`, the day from which the law counts instead (刑罚执行完毕、破产清算完结、免职之日),
    which a source states as `counted_from`.
    """

    years: int | None = Field(None, ge=1)
    months: int | None = Field(None, ge=1)
    start: Literal["decision", "event"] | None = Field(None, alias="from")
    life: bool = False
    until: Literal["lifted", "delisted", "decision"] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Term":
        if sum((self.years is not None, self.months is not None, self.life, self.until is not None)) != 1:
            raise ValueError("a duration is either years, months, life or until")
        if (self.years is not None or self.months is not None) and self.start is None:
            raise ValueError("a term in years or months needs the day from which it runs (from)")
        return self


class ConditionalTerm(Term):
    """Another length in certain cases: the decision states this circumstance, or has this trigger code."""

    when: str = Field(alias="if")


class Duration(Term):
    """How long: the usual term, and other terms in certain cases; the first case that holds decides."""

    cases: tuple[ConditionalTerm, ...] = ()

    def on(self, circumstances: frozenset[str]) -> Term:
        """The term that holds under these circumstances and trigger codes."""
        return next((case for case in self.cases if case.when in circumstances), self)


class Rule(PackRow):
    """One row of the rule pack: fact → consequence.

    A row may stand several times under one id, each for its own days (`in_force`): the wording in force on the day
    that `law_day` names is applied, so a repealed one still explains an old consequence.
    """

    id: str
    covers: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    title: Bilingual
    effect: Literal["sanction", "incentive"] = "sanction"
    trigger: Trigger
    reach: tuple[str, ...] = Field(min_length=1)
    via: Via | None = None
    role_time: RoleTime
    act_years: int = Field(2, ge=1)
    """Where the day of the act is not stated, it may lie so many years before the decision (行政处罚法 第36条): two, and
    five where life, health or finance is at stake, or where another law says so (税收征收管理法 第86条)."""
    automaticity: Automaticity
    without_finding: Literal["candidate", "none"] = "candidate"
    measures: tuple[str, ...] = Field(min_length=1)
    scope: str | None = None
    sectors: tuple[str, ...] = ()
    duration: Duration
    ends_by: tuple[str, ...] = ()
    transitive: Literal[False] = False
    clean_years: int | None = Field(None, ge=1)
    """Incentives only: so many years without an adverse record are demanded (T05)."""
    law_day: LawDay = "decision"
    begins: Literal["decision", "event"] = "decision"
    """`event`: it holds only from the day that the source states as `counted_from`."""
    jurisdiction: Area | None = None
    in_force: InForce = InForce.model_construct(since=None, until=None)
    stands_on: str | None = None
    legal_basis: tuple[Basis, ...] = Field(min_length=1)
    confidence: Confidence
    disabled: str | None = None
    """Why a confirmed row is not applied all the same."""
    note: str | None = None

    @property
    def enabled(self) -> bool:
        """Grade C rows are kept and shown, and never applied."""
        return self.confidence.grade != "C" and self.disabled is None

    @cached_property
    def version(self) -> str:
        """The day from which this wording holds: the first day of the rule, or of its newest article."""
        days = [self.in_force.since, *(b.since for b in self.legal_basis)]
        return max((d for d in days if d), default=date.min).isoformat()

    def basis_on(self, day: date, place: str) -> tuple[Basis, ...]:
        """The articles in force on a day; those of one area only for decisions made there."""
        if not self.in_force.on(day) or (self.jurisdiction and not self.jurisdiction.holds(place)):
            return ()
        return tuple(b for b in self.legal_basis if b.on(day) and (b.area is None or b.area.holds(place)))


class Measure(Bilingual):
    """A measure (措施). Group: 1 takes a right, 2 management within an organ's powers, 3 left to others."""

    group: Literal[1, 2, 3, "record", "publicity", "civil", "penalty", "alert", "incentive"]
    force: Literal["mandatory", "recommended"] | None = None
    requirements: tuple[str, ...] = ()
    note: str | None = None


class TriggerCode(Bilingual):
    """What a source can report."""

    kind: Literal["penalty", "list_entry", "court_order", "decision", "judgment", "rating", "status", "credential"]
    requirements: tuple[str, ...] = ()
    list_id: str | None = Field(None, alias="list")
    sectors: tuple[str, ...] = ()
    """The sector of every decision with this code, where it has one."""


class Coded(Bilingual):
    """A code with the rows of the requirements that it answers; `parent` makes a tree."""

    requirements: tuple[str, ...] = ()
    parent: str | None = None
    note: str | None = None


class Role(Coded):
    """A capacity in which the law reaches somebody, and who can have it."""

    holders: Literal["person", "unit", "any"] = "person"


class Codes(PackRow):
    """The code lists that rules and answers use."""

    measures: dict[str, Measure]
    roles: dict[str, Role]
    automaticity: dict[str, Bilingual]
    statuses: dict[str, Bilingual]
    circumstances: dict[str, Coded]
    triggers: dict[str, TriggerCode]
    groups: dict[str, tuple[str, ...]]
    acts: dict[str, Coded]
    penalty_kinds: dict[str, Coded]
    severities: dict[str, Coded]
    sectors: dict[str, Coded]


ListClass = Literal["black", "watch", "red"]
"""What an entry of a list says of its subject: dishonest, to be watched, honest."""


class ListAbout(PackRow):
    """A list that an organ keeps (名单): who lists, who is listed, how one comes in and out, how long."""

    id: str
    title: Bilingual
    owner: str
    subjects: tuple[str, ...]
    persons_named: bool = False
    only: Literal["person", "unit"] | None = None
    """Who alone can stand on it: an entry of anybody else is a slip."""
    classes: tuple[ListClass, ...] = ("black",)
    """As what its entries are supplied; none: it has no entries, and what it is about is supplied in another form."""
    serious: bool = False
    entry: str | None = None
    exit: str | None = None
    term: str
    years: int | None = Field(None, ge=1)
    """The longest that an entry stands without being prolonged; none: until it is removed, or not known."""
    counted_from: Literal["entry", "publication"] = "entry"
    early_exit_months: int | None = Field(None, ge=1)
    """From when an earlier removal can be applied for."""
    early_exit_from: Literal["entry", "correction"] = "entry"
    """`correction`: the months run from the day on which the act was corrected, which no source states."""
    legal_basis: tuple[Basis, ...] = ()
    confidence: Confidence
    requirements: tuple[str, ...] = ()
    note: str | None = None


class Guard(PackRow):
    """What no rule and no answer may do, and where that is enforced."""

    id: str
    title: Bilingual
    rule: str
    enforced: tuple[Literal["load", "derivation", "identity", "events", "answers"], ...] = Field(min_length=1)
    legal_basis: tuple[Basis, ...] = ()
    confidence: Confidence
    requirements: tuple[str, ...] = ()


class Deadline(PackRow):
    """Who owes what by when (期限). `term` as 7wd (working days), 20d (calendar days), 6m, 3y; none: not one number.

    `starts`: the event that starts the clock, if the graph knows it; null: kept for reference.
    """

    id: str
    title: Bilingual
    term: str | None
    starts: (
        Literal[
            "decision",
            "sanction_withdrawn",
            "objection_notified",
            "repair_applied",
            "delisting_due",
            "representative_left",
        ]
        | None
    ) = None
    owes: str
    organs: tuple[str, ...] = ()
    """Words of which the deciding organ's name must hold one; empty: any organ."""
    duty: str
    aggregate: Literal["mean"] | None = None
    area: Area | None = None
    in_force: InForce = InForce.model_construct(since=None, until=None)
    legal_basis: tuple[Basis, ...] = Field(min_length=1)
    confidence: Confidence
    requirements: tuple[str, ...] = ()
    note: str | None = None


class Publicity(PackRow):
    """How long an item is published, and from when it can be repaired (公示期、修复)."""

    id: str
    title: Bilingual
    severity: Literal["minor", "general", "serious"] | None = None
    kinds: tuple[str, ...] = ()
    """Words of kinds of penalty that the document names as examples of the class."""
    kinds_read: tuple[str, ...] = ()
    """Others that are read so by their weight, where nobody states the class: a reading of ours, and the answer says so."""
    lists: bool = False
    """Whether an entry on a list of serious offenders is of the class."""
    min_months: int | None = None
    max_months: int | None = None
    rule: str
    place: Place
    in_force: InForce = InForce.model_construct(since=None, until=None)
    legal_basis: tuple[Basis, ...] = ()
    confidence: Confidence
    requirements: tuple[str, ...] = ()
    note: str | None = None


class Asked(PackRow):
    """What a check asks by a provision, where that is more than its text: as data, so that no code repeats the law.

    `control`: how far a holding relation reaches, `chain` through any number of steps, `direct` one step. `codes` of
    which the record itself is meant, `perhaps` codes of which it may be. `words` and `perhaps_words` stand in the kind
    or name of a penalty or in the cause of a judgment.
    """

    control: Literal["chain", "direct"] | None = None
    years: int | None = Field(None, ge=1)
    codes: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    perhaps_words: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


class Provision(PackRow):
    """A definition, a bar between two parties or a scale of grades: law that informs checks, no consequence."""

    id: str
    title: Bilingual
    kind: Literal["definition", "relation_bar", "list_conflict", "rating", "no_rule"]
    text: str
    place: Place
    why: str | None = None
    asked: Asked | None = None
    legal_basis: tuple[Basis, ...] = ()
    confidence: Confidence
    requirements: tuple[str, ...] = ()
    note: str | None = None


class Requirement(PackRow):
    """One row of what the source documents ask of software. It is answered when a user can do it."""

    id: str
    zh: str
    en: str
    source: str
    """The documents of the register, each with the clause in which it asks so."""
    fit: Literal["core", "adjacent"]
    partly: str | None = None
    """What a user can not do of it, where something answers the rest."""
    not_yet: str | None = None
    """What is missing when nothing answers it."""


class Answered(PackRow):
    """Requirements that something outside this package answers: a command, a route, a source, a type, a page."""

    place: str
    kind: Literal["command", "route", "source", "schema", "document"]
    by: str | None = None
    """Of a type or label: by what a user comes by one."""
    test: str | None = None
    """The test file that goes through it."""
    requirements: tuple[str, ...] = Field(min_length=1)


class RulePack(PackRow):
    """All rules, the codes they are written in, and the law around them."""

    codes: Codes
    rules: tuple[Rule, ...]
    documents: tuple[Document, ...] = ()
    lists: tuple[ListAbout, ...] = ()
    guards: tuple[Guard, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    publicity: tuple[Publicity, ...] = ()
    provisions: tuple[Provision, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    answered: tuple[Answered, ...] = ()
    digest: str = ""

    @cached_property
    def list_of(self) -> dict[str, ListAbout]:
        """The lists by their id."""
        return {row.id: row for row in self.lists}

    @property
    def enabled(self) -> tuple[Rule, ...]:
        """The rows that are applied."""
        return tuple(r for r in self.rules if r.enabled)

    def find(self, name: str) -> list[Rule]:
        """Rules by id, by the draft row that they cover, or by the requirement row that they answer."""
        wanted = name.upper()
        return [r for r in self.rules if r.id.upper() == wanted or wanted in (*r.covers, *r.requirements)]

    def triggered_by(self, rule: Rule) -> frozenset[str]:
        """The trigger codes of a rule, groups spelled out."""
        return frozenset(c for code in rule.trigger.codes for c in self.codes.groups.get(code, (code,)))
