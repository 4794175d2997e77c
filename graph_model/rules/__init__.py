"""The law as data: rule rows in YAML, read into strict models, with the guards that no row may break.

A rule says: when a decision with such a code is made against such a subject, this measure reaches holders of these
roles at that moment, by itself or only with a finding or an order, for so long, by these articles. No rule becomes
query text; `derivation.py` applies the rows to facts.
"""

from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graph_model.errors import RuleError

RoleTime = Literal["at_act", "at_decision", "current", "after_event", "unspecified"]
Automaticity = Literal["ex_lege", "fault_gated", "named", "order", "discretionary", "record_only", "advisory"]
Level = Literal["law", "regulation", "interpretation", "central", "local_regulation", "rule", "policy"]

STATUTORY: tuple[Level, ...] = ("law", "regulation", "interpretation", "central", "local_regulation")
"""Levels that can carry a measure which takes a right (国办发〔2020〕49号: law, regulation, central document)."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Bilingual(_Row):
    zh: str
    en: str


class Trigger(_Row):
    """A decision with one of these codes (or a group of codes), against a unit, a person or either."""

    codes: tuple[str, ...] = Field(min_length=1)
    subject: Literal["entity", "person", "any"]


class Via(_Row):
    """The road of an after-event rule: responsible persons of the unit → units that they register or run later."""

    roles: tuple[str, ...]
    candidates: tuple[str, ...] = ()
    onward: tuple[str, ...]


class Duration(_Row):
    """How long: a fixed term, for life, or until something happens."""

    years: int | None = None
    start: Literal["decision"] | None = Field(None, alias="from")
    life: bool = False
    until: Literal["lifted", "delisted", "decision"] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Duration":
        if sum((self.years is not None, self.life, self.until is not None)) != 1:
            raise ValueError("a duration is either years, life or until")
        if self.years is not None and self.start is None:
            raise ValueError("a term in years needs the day from which it runs (from)")
        return self


class InForce(_Row):
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")

    def on(self, day: date) -> bool:
        """Whether it is in force on a day; an unknown first day is read as always."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class Area(_Row):
    """Where a rule holds: an area by name and by the first digits of its division code."""

    name: str
    code: str

    def holds(self, place: str) -> bool:
        """Whether a decision was made there; `place` begins with a division code or names the place."""
        return place.startswith(self.code) or self.name in place


class Basis(_Row):
    """One article of one document, with the days on which it is in force."""

    document: str
    article: str | None
    level: Level
    since: date | None = Field(alias="from")
    until: date | None = Field(None, alias="to")
    area: Area | None = None

    def on(self, day: date) -> bool:
        """Whether the article is in force on a day."""
        return InForce.model_construct(since=self.since, until=self.until).on(day)


class Confidence(_Row):
    """A: the article was read; B: a stored excerpt says so; C: not confirmed, and therefore disabled."""

    grade: Literal["A", "B", "C"]
    read: str


class Rule(_Row):
    """One row of the rule pack."""

    id: str
    requirements: tuple[str, ...] = ()
    title: Bilingual
    trigger: Trigger
    reach: tuple[str, ...] = Field(min_length=1)
    via: Via | None = None
    role_time: RoleTime
    automaticity: Automaticity
    without_finding: Literal["candidate", "none"] = "candidate"
    measures: tuple[str, ...] = Field(min_length=1)
    scope: str | None = None
    duration: Duration
    ends_by: tuple[str, ...] = ()
    jurisdiction: Area | None = None
    in_force: InForce = InForce.model_construct(since=None, until=None)
    legal_basis: tuple[Basis, ...] = Field(min_length=1)
    confidence: Confidence
    note: str | None = None

    @property
    def enabled(self) -> bool:
        """Grade C rows are kept and shown, and never applied."""
        return self.confidence.grade != "C"

    @property
    def version(self) -> str:
        """The day from which this wording holds: the first day of the rule, or of its newest article."""
        days = [self.in_force.since, *(b.since for b in self.legal_basis)]
        return max((d for d in days if d), default=date.min).isoformat()

    def basis_on(self, day: date, place: str) -> tuple[Basis, ...]:
        """The articles in force on a day; those of one area only for decisions made there."""
        if not self.in_force.on(day) or (self.jurisdiction and not self.jurisdiction.holds(place)):
            return ()
        return tuple(b for b in self.legal_basis if b.on(day) and (b.area is None or b.area.holds(place)))


class Codes(BaseModel):
    """The code lists that rules and answers use."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    measures: dict[str, dict[str, Any]]
    roles: dict[str, Bilingual]
    automaticity: dict[str, Bilingual]
    statuses: dict[str, Bilingual]
    triggers: dict[str, dict[str, str]]
    groups: dict[str, tuple[str, ...]]


class RulePack(BaseModel):
    """All rules and the codes they are written in."""

    model_config = ConfigDict(frozen=True)
    codes: Codes
    rules: tuple[Rule, ...]

    @property
    def enabled(self) -> tuple[Rule, ...]:
        """The rows that are applied."""
        return tuple(r for r in self.rules if r.enabled)

    def find(self, name: str) -> list[Rule]:
        """Rules by id, or by the requirement row that they answer."""
        return [r for r in self.rules if r.id.lower() == name.lower() or name.upper() in r.requirements]

    def triggered_by(self, rule: Rule) -> frozenset[str]:
        """The trigger codes of a rule, groups spelled out."""
        return frozenset(c for code in rule.trigger.codes for c in self.codes.groups.get(code, (code,)))


class _LineLoader(yaml.SafeLoader):
    """Keeps the line of every mapping, so that a message can name it."""


def _mapping(loader: _LineLoader, node: yaml.MappingNode) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in out:
            raise RuleError(f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
        out[key] = loader.construct_object(value_node, deep=True)
    return out


_LineLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_rules(text: str, file: str) -> list[Rule]:
    """The rules of one YAML text.

    Raises:
        RuleError: with file, line and key, when the text is not YAML or a row breaks the schema.
    """
    try:
        loader = _LineLoader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return []
            if not isinstance(root, yaml.SequenceNode):
                raise RuleError(f"{file}: a rule file is a list of rules")
            lines = [node.start_mark.line + 1 for node in root.value]
            rows = [loader.construct_object(node, deep=True) for node in root.value]
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise RuleError(f"{file}: not readable as YAML: {error}") from error
    except RuleError as error:
        raise RuleError(f"{file}: {error}" if file not in str(error) else str(error)) from None
    rules = []
    for line, row in zip(lines, rows, strict=True):
        name = row.get("id", "?") if isinstance(row, dict) else "?"
        try:
            rules.append(Rule.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(p) for p in first["loc"])
            raise RuleError(f"{file}, line {line}, rule {name}, key {key}: {first['msg']}") from error
    return rules


def build_pack(rules: list[Rule], codes: Codes) -> RulePack:
    """Checks the rows against the code lists and the guards.

    Raises:
        RuleError: an unknown code, a doubled id, or a guard is broken.
    """
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"rule {rule.id}: the id stands twice")
        seen.add(rule.id)
        _check_codes(rule, codes)
        _check_guards(rule, codes)
    return RulePack(codes=codes, rules=tuple(sorted(rules, key=lambda r: r.id)))


def _check_codes(rule: Rule, codes: Codes) -> None:
    via = (*rule.via.roles, *rule.via.candidates, *rule.via.onward) if rule.via else ()
    for what, used, known in (
        ("measure", rule.measures, codes.measures),
        ("role", (*rule.reach, *via), codes.roles),
        ("trigger code", rule.trigger.codes, {**codes.triggers, **codes.groups}),
    ):
        for code in used:
            if code not in known:
                raise RuleError(f"rule {rule.id}: unknown {what} {code!r}; known are {', '.join(sorted(known))}")


def _check_guards(rule: Rule, codes: Codes) -> None:
    takes_right = any(codes.measures[m]["group"] == 1 for m in rule.measures)
    binding = rule.automaticity in ("ex_lege", "fault_gated", "named", "order", "discretionary")
    if takes_right and binding and not any(b.level in STATUTORY and b.article for b in rule.legal_basis):
        raise RuleError(
            f"rule {rule.id}: a measure that takes a right needs an article of a law, regulation or central document "
            "(国办发〔2020〕49号); make the row advisory or cite one"
        )
    codes_meant = {c for code in rule.trigger.codes for c in codes.groups.get(code, (code,))}
    persons_reached = set(rule.reach) - {"SELF_ENTITY"}
    defaulters = "LIST-01" in codes_meant and rule.trigger.subject != "person"
    if defaulters and persons_reached and set(rule.measures) != {"CONSUMPTION"}:
        raise RuleError(
            f"rule {rule.id}: a unit on the 失信被执行人 list reaches its persons by a limit on consumption alone"
        )
    if "SH" in rule.reach and not (rule.automaticity == "fault_gated" and rule.without_finding == "none"):
        raise RuleError(
            f"rule {rule.id}: a shareholding alone reaches nobody; require a finding (without_finding: none)"
        )
    if (rule.role_time == "after_event") != (rule.via is not None):
        raise RuleError(f"rule {rule.id}: a second hop needs `via` and role_time after_event, both or neither")
    if rule.automaticity == "record_only" and set(rule.measures) != {"RECORD"}:
        raise RuleError(f"rule {rule.id}: a record_only row can only record")


def load_codes() -> Codes:
    """The code lists that come with the product."""
    text = resources.files("graph_model.rules").joinpath("codes.yaml").read_text(encoding="utf-8")
    return Codes.model_validate(yaml.safe_load(text))


@cache
def load_pack() -> RulePack:
    """The rule pack that comes with the product."""
    rules: list[Rule] = []
    folder = resources.files("graph_model.rules")
    for item in sorted(folder.iterdir(), key=lambda p: p.name):
        if item.name.endswith(".yaml") and item.name != "codes.yaml":
            rules += read_rules(item.read_text(encoding="utf-8"), item.name)
    return build_pack(rules, load_codes())


def load_pack_from(folder: Path) -> RulePack:
    """A rule pack from a folder of YAML files, with the product's code lists."""
    rules: list[Rule] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "codes.yaml":
            rules += read_rules(path.read_text(encoding="utf-8"), path.name)
    return build_pack(rules, load_codes())
