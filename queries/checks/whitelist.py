"""Who belongs on a white list (白名单) by a profile, and what stands against the others (F01, L07, K21)? No score.

A party is in when every feature fits, out when one does not, and otherwise `unknown`, which is never read as in. Those
of another region or kind are counted and not listed, unless they were asked for.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, get_args

from pydantic import Field

from graph_model.profiles import Promised, WhitelistProfile
from graph_model.store.connect import Graph
from graph_model.timeline import end_of_term
from queries.answers import AnswerShape, FactRef, PartyRef, SanctionRef, Sentence
from queries.checks.portrait import (
    ConditionOutcome,
    Portrait,
    absent,
    attribute,
    credential,
    fresh,
    in_region,
    of_kind,
    portrayed,
    promised,
)
from queries.read.moment import Moment


class Feature(AnswerShape):
    """One thing that a profile asks of a party: its value, the facts it rests on, and whether it fits."""

    name: str
    value: str = Field(description="as stated; empty: nothing is stated")
    fits: Literal["yes", "no", "unknown"]
    reason: Sentence
    facts: list[FactRef] = Field([])
    sanctions: list[SanctionRef] = Field([])


class Portrayed(AnswerShape):
    """A party in or out of a white list, or neither, with every feature (信用画像). No score."""

    party: PartyRef
    verdict: Literal["in", "out", "unknown"] = Field(
        description="unknown: something could not be said. Never read as in"
    )
    reasons: list[str] = Field(description="of out and unknown: each feature that stands against it")
    features: list[Feature]


class Whitelist(AnswerShape):
    """Who belongs on a white list by a profile."""

    question: Literal["whitelist"] = "whitelist"
    profile: str
    as_of: date
    known_at: date | None = None
    position: int
    counts: dict[str, int] = Field(description="in, out, unknown; outside: of another region or kind, not listed")
    rows: list[Portrayed]


Fits = Literal["yes", "no", "unknown"]


def whitelist(
    graph: Graph,
    profile: WhitelistProfile,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    keys: Sequence[str] | None = None,
) -> Iterator[Portrayed | None]:
    """Each party with its features, in the order of keys; None for one outside the region and kinds of the profile.

    The moment is taken once for the whole list. What is repaired, corrected or withdrawn while it is read shows no more
    from the next page on.

    Args:
        keys: only these parties, each listed whatever it is; None: every entity.
    """
    moment = Moment.of(graph, as_of, known_at)
    for portrait in portrayed(graph, profile, moment, keys):
        yield judged(profile, portrait, moment.as_of) if portrait else None


def judged(profile: WhitelistProfile, portrait: Portrait, as_of: date) -> Portrayed:
    """One party in, out or unknown, with every feature that the profile asks for."""
    features = [_feature(portrait, name, found) for name, found in _features(profile, portrait, as_of)]
    against = [f for f in features if f.fits != "yes"]
    verdict = "in" if not against else "out" if any(f.fits == "no" for f in against) else "unknown"
    return Portrayed(
        party=portrait.party,
        verdict=verdict,
        reasons=[f"{f.name}: {f.reason}" + (f" ({f.value})" if f.value else "") for f in against],
        features=features,
    )


def _feature(portrait: Portrait, name: str, found: ConditionOutcome) -> Feature:
    assert found.fits in get_args(Fits)
    return Feature.model_validate(
        {
            "name": name,
            "value": found.value,
            "fits": found.fits,
            "reason": found.reason,
            "facts": [f.model_dump(by_alias=True) for f in portrait.shown(found.facts)],
            "sanctions": [s.model_dump(by_alias=True) for s in found.sanctions],
        }
    )


def _features(profile: WhitelistProfile, portrait: Portrait, as_of: date) -> Iterator[tuple[str, ConditionOutcome]]:
    if profile.region:
        yield "region 地区", in_region(portrait, profile.region)
    if profile.kinds:
        yield "kind 类型", of_kind(portrait, profile.kinds)
    if profile.status:
        yield "status 登记状态", _status(profile, portrait, as_of)
    if profile.min_age_years is not None:
        yield "age 成立年限", _age(profile.min_age_years, portrait, as_of)
    for wanted in profile.credentials:
        yield wanted.name, credential(portrait, wanted, as_of, profile.fresh_days)
    for record in profile.excluded:
        yield record.name, absent(portrait, record, as_of, profile.complete_since)
    if profile.broken_promises_years is not None:
        broken = promised(portrait, Promised(states=("broken", "false"), years=profile.broken_promises_years), as_of)
        yield (
            "no broken promise 无违约失信承诺",
            broken._replace(fits={"yes": "no", "no": "yes"}.get(broken.fits, "unknown")),
        )


def _status(profile: WhitelistProfile, portrait: Portrait, as_of: date) -> ConditionOutcome:
    said = attribute(portrait, "status")
    if said.fits != "yes":
        return said
    if said.value not in profile.status:
        return said._replace(fits="no", reason=f"asked for: {'、'.join(profile.status)}")
    if not any(fresh(f, as_of, profile.fresh_days) for f in said.facts):
        last = max((f.data_date for f in said.facts if f.data_date), default=None)
        return said._replace(fits="unknown", reason=f"last stated on {last or 'an unknown day'}")
    return said._replace(reason=f"asked for: {'、'.join(profile.status)}")


def _age(years: int, portrait: Portrait, as_of: date) -> ConditionOutcome:
    said = attribute(portrait, "established_on")
    if said.fits != "yes":
        return said
    # Of age on the anniversary: the day before the first day after the term.
    old = years == 0 or as_of.toordinal() + 1 >= end_of_term(date.fromisoformat(said.value), years).toordinal()
    return said._replace(fits="yes" if old else "no", reason=f"at least {years} years asked for")
