"""Local parameters as YAML: the profile of a white list (白名单), the table of tiers of supervision (分级监管), the matters of checks.

All only choose among facts: which grade an organ gave, which record stands, how old it is. There is no score, and no
national ratio of inspections (双随机): weights are what the file says. What a file does not ask is not looked at.
"""

from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graph_model.errors import BadRequest, SourceError
from graph_model.rules.model import Bilingual, RulePack

SanctionKind = Literal["penalty", "list_entry", "court_order", "decision", "judgment", "rating"]
Word = Annotated[str, Field(min_length=1, max_length=200)]
_MOST = 1_000_000


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Records(_Row):
    """Records of a party: those that have one of the kinds, one of the codes and one of the words; empty means any.

    `years`: also what was decided so long before, whether or not it is over, the anniversary included; without it only
    what is in force on the day. `words` stand in the kind of a penalty, the title or the kind of act.
    """

    kinds: tuple[SanctionKind, ...] = ()
    codes: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    years: int | None = Field(None, ge=1, le=100)


class Excluded(Records):
    """Records that keep a party off the list; `name` is what the reason says."""

    name: Word


class CredentialAsked(_Row):
    """A credential of one of these kinds, codes, titles; or one of these grades of one scheme, as its organ gave it."""

    name: Word
    kinds: tuple[Word, ...] = ()
    codes: tuple[Word, ...] = ()
    titles: tuple[Word, ...] = ()
    scheme: Word | None = None
    grades: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _asks(self) -> "CredentialAsked":
        if not (self.kinds or self.codes or self.titles or self.scheme):
            raise ValueError("name kinds, codes, titles, or a scheme with its grades")
        if bool(self.scheme) != bool(self.grades):
            raise ValueError("a scheme goes with the grades that count, and grades with their scheme")
        return self


class Scope(_Row):
    """Which parties are looked at, and how far the records can be relied on.

    `complete_since`: whoever uses the file vouches that every adverse record since this day, and every one that is in
    force, is in the graph. While it is empty, nothing found is not the same as nothing there. `fresh_days`: for so many days after its source last said
    so, a thing without a known end still counts.
    """

    name: Word
    region: tuple[Word, ...] = ()
    kinds: tuple[
        Literal["company", "institution", "social_organisation", "individual_business", "public_body", "other"], ...
    ] = ()
    complete_since: date | None = None
    fresh_days: int = Field(0, ge=0, le=36_500)


class WhitelistProfile(Scope):
    """Who belongs on a white list. `region`: words or division codes with which the stated region begins, or that it holds."""

    status: tuple[Word, ...] = ()
    min_age_years: int | None = Field(None, ge=0, le=1000)
    credentials: tuple[CredentialAsked, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    broken_promises_years: int | None = Field(None, ge=1, le=100)

    @model_validator(mode="after")
    def _asks(self) -> "WhitelistProfile":
        if not (self.credentials or self.excluded or self.status or self.broken_promises_years or self.min_age_years):
            raise ValueError("a profile that asks nothing would let everybody in")
        return self


class Grade(_Row):
    """A grade of a scheme, as its organ gave it."""

    scheme: Word
    grades: tuple[Word, ...] = Field(min_length=1)


class Inspected(_Row):
    """A check or test with one of these results, within so many years."""

    results: tuple[Literal["passed", "failed", "rectified", "not_found", "obstructed", "no_activity"], ...] = Field(
        min_length=1
    )
    years: int = Field(ge=1, le=100)


class Promised(_Row):
    """A commitment in one of these states, found within so many years."""

    states: tuple[Literal["made", "kept", "broken", "false"], ...] = Field(min_length=1)
    years: int = Field(ge=1, le=100)


class Condition(_Row):
    """One condition of a tier: exactly one of these."""

    grade: Grade | None = None
    record: Records | None = None
    no_record: Records | None = None
    inspection: Inspected | None = None
    promise: Promised | None = None

    @model_validator(mode="after")
    def _one(self) -> "Condition":
        if sum(v is not None for v in (self.grade, self.record, self.no_record, self.inspection, self.promise)) != 1:
            raise ValueError("a condition is exactly one of grade, record, no_record, inspection, promise")
        return self


class Given(_Row):
    """What a party of a tier gets. `weight`: how much more or less likely it is drawn (双随机) than one with weight 1."""

    tier: Word
    title: Word
    weight: float = Field(ge=0, le=_MOST, allow_inf_nan=False)


class Tier(Given):
    """A tier: all of `all` hold, and one of `any` where there are some."""

    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _asks(self) -> "Tier":
        if not (self.any or self.all):
            raise ValueError("a tier needs conditions; whoever meets none is in `otherwise`")
        return self


class TierTable(Scope):
    """Tiers in the order in which they are tried: the first whose conditions hold is the party's; else `otherwise`."""

    tiers: tuple[Tier, ...] = Field(min_length=1)
    otherwise: Given

    @model_validator(mode="after")
    def _distinct(self) -> "TierTable":
        names = [t.tier for t in self.tiers]
        if len(set(names)) != len(names):
            raise ValueError("two tiers have one name")
        return self


class MatterProfile(_Row):
    """What is asked before a decision in one matter (应查必查), and which measures speak of such a matter.

    `measures` bear on the decision when they reach the party; all others, and who else is near, are information. Of
    `bidders` `procedure` says which regulation is meant, of `repeats` `years` how long an act counts as again.
    """

    title: Bilingual
    checks: tuple[Literal["lookup", "bidders", "offices", "suppliers", "bribery", "repeats", "commitments"], ...]
    measures: tuple[Word, ...] = Field(min_length=1)
    hops: int = Field(2, ge=1, le=4)
    procedure: Literal["tender", "procurement"] | None = None
    years: int = Field(5, ge=1, le=100)

    @model_validator(mode="after")
    def _whole(self) -> "MatterProfile":
        if "lookup" not in self.checks:
            raise ValueError("name `lookup` among the checks: without it nothing found would not mean clear")
        if len(set(self.checks)) != len(self.checks):
            raise ValueError("a check is named twice")
        return self


P = TypeVar("P", WhitelistProfile, TierTable, MatterProfile)


def read_profile(path: Path) -> WhitelistProfile:
    """The profile of a white list.

    Raises:
        SourceError: not readable, no YAML, or a key or value that the profile does not know.
    """
    return _read(path, WhitelistProfile)


def read_table(path: Path) -> TierTable:
    """A table of tiers.

    Raises:
        SourceError: not readable, no YAML, or a key or value that the table does not know.
    """
    return _read(path, TierTable)


@cache
def _own_matters() -> dict[str, MatterProfile]:
    file = resources.files("graph_model").joinpath("matters.yaml")
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: _parsed(row, MatterProfile, "matters.yaml") for name, row in rows.items()}


def load_matters(pack: RulePack, folder: Path | None = None) -> dict[str, MatterProfile]:
    """The matters that are known by name: those that come with creditgraph, and those of a folder.

    Args:
        folder: with files NAME.yaml, each one matter.

    Raises:
        SourceError: a file is no matter, names a measure that is none, or has the name of one that comes with creditgraph.
        BadRequest: there is no such folder.
    """
    found = dict(_own_matters())
    if folder is not None and not folder.is_dir():
        raise BadRequest(f"there is no folder {folder}: CREDITGRAPH_MATTERS names the one with your own matters")
    for path in sorted(folder.glob("*.yaml")) if folder else ():
        if path.stem in found:
            raise SourceError(
                f"there is a matter {path.stem} already", file=path.name, todo="Give the file another name."
            )
        found[path.stem] = read_matter(path, pack)
    return found


def read_matter(path: Path, pack: RulePack) -> MatterProfile:
    """A matter of one's own.

    Raises:
        SourceError: as `load_matters`.
    """
    matter = _read(path, MatterProfile)
    if unknown := [code for code in matter.measures if code not in pack.codes.measures]:
        raise SourceError(
            "is no measure",
            file=path.name,
            field="measures",
            value=unknown[0],
            todo="`creditgraph rules measures` shows all.",
        )
    return matter


def _read(path: Path, kind: type[P]) -> P:
    try:
        text = path.read_text(encoding="utf-8")
        value = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"cannot be read ({type(error).__name__})", file=path.name, todo="Give a YAML file in UTF-8."
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise SourceError(
            f"is no YAML: {getattr(error, 'problem', None) or type(error).__name__}",
            file=path.name,
            line=mark.line + 1 if mark else None,
            todo="Correct it there.",
        ) from None
    return _parsed(value, kind, path.name)


def _parsed(value: Any, kind: type[P], file: str) -> P:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        said = first["input"] if isinstance(first["input"], str | int | float) else ""
        raise SourceError(
            str(first["msg"]),
            file=file,
            field=".".join(str(p) for p in first["loc"]) or "(the whole file)",
            value=str(said),
            todo="See docs/matters.md." if kind is MatterProfile else "See docs/whitelist.md.",
        ) from None
