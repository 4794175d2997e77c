"""Which measures are there (惩戒与激励措施清单), with their force, area, basis and version? The list of the rule pack."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.rules import RulePack
from graph_model.rules.model import Rule
from queries.answers import AnswerShape, LegalBasis

MeasureForce = Literal["mandatory", "recommended"]


class MeasureRule(AnswerShape):
    """A rule that brings a measure."""

    rule: str
    title: dict[str, str]
    automaticity: str
    area: str | None = Field(None, description="where it holds; null: everywhere")
    since: date | None = Field(None, description="first day of this wording, its version; null = unknown")
    until: date | None = Field(None, description="first day on which this wording holds no more; null: it holds")
    basis: list[LegalBasis]
    applied: bool = Field(description="false: kept and shown, never applied")


class MeasureEntry(AnswerShape):
    """A measure (措施) and what brings it."""

    measure: str
    title: dict[str, str]
    group: str = Field(description="1 takes a right, 2 within an organ's powers, 3 left to others; record, penalty, …")
    force: MeasureForce | None = Field(None, description="mandatory (强制性) or recommended (推荐性); null: not said")
    rules: list[MeasureRule] = Field([], description="rules that bring it; empty: a code that comes into no answer")


class MeasureList(AnswerShape):
    """The list of measures."""

    question: Literal["measures"] = "measures"
    as_of: date
    pack: str = Field(description="digest of the rule pack: the version of the list")
    measures: list[MeasureEntry]


def measures(
    pack: RulePack,
    *,
    as_of: date,
    force: MeasureForce | None = None,
    area: str | None = None,
    applied: bool = False,
    codes: Sequence[str] | None = None,
) -> MeasureList:
    """Which measures are in the list, of which force, by which rules, where, on which basis, in which wording?

    Args:
        as_of: the day for the wordings that are shown.
        force: only mandatory or recommended ones.
        area: only rules that hold there: the name of a place, or a division code.
        applied: only measures that some rule in force brings.
        codes: only these measures.

    Raises:
        BadRequest: no such measure.
    """
    known = pack.codes.measures
    if unknown := [code for code in codes or () if code not in known]:
        raise BadRequest(f"{unknown[0]!r} is no measure: `creditgraph rules measures` shows all")
    found = []
    for code, measure in known.items():
        if (codes and code not in codes) or (force and measure.force != force):
            continue
        rows = [_row(r) for r in pack.rules if code in r.measures and _on(r, as_of) and _holds(r, area)]
        if (applied or area) and not any(row.applied for row in rows):
            continue
        title = {"zh": measure.zh, "en": measure.en}
        found.append(MeasureEntry(measure=code, title=title, group=str(measure.group), force=measure.force, rules=rows))
    return MeasureList(as_of=as_of, pack=pack.digest, measures=found)


def _on(rule: Rule, day: date) -> bool:
    since, until = rule.in_force.since, rule.in_force.until
    return (since is None or since <= day) and (until is None or day < until)


def _holds(rule: Rule, area: str | None) -> bool:
    return area is None or rule.jurisdiction is None or rule.jurisdiction.holds(area)


def _row(rule: Rule) -> MeasureRule:
    return MeasureRule(
        rule=rule.id,
        title={"zh": rule.title.zh, "en": rule.title.en},
        automaticity=rule.automaticity,
        area=rule.jurisdiction.name if rule.jurisdiction else None,
        since=rule.in_force.since,
        until=rule.in_force.until,
        basis=[LegalBasis(document=b.document, article=b.article) for b in rule.legal_basis],
        applied=rule.enabled,
    )
