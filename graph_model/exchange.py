"""What two exchange formats call the things of our schema: one table for both directions.

- FollowTheMoney (FtM, followthemoney.tech, schema of version 4): entities with multi-valued properties.
- BODS (Beneficial Ownership Data Standard 0.4, standard.openownership.org): statements about records.

`loaders/sources/ftm.py` and `bods.py` read with these tables, `queries/export.py` writes with them. Pure.
"""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from graph_model.identifiers import is_placeholder, normalise_code, reg_number_valid, uscc_faults
from graph_model.schema import (
    ActualControllerOf,
    BranchOf,
    DirectorOf,
    EmployedAt,
    HasInterestIn,
    HoldsSharesIn,
    LegalRepresentativeOf,
    MemberOf,
    PractisesAt,
    PrincipalOf,
    Relationship,
    SeniorManagerOf,
    SupervisorOf,
    SuppliesTo,
)

# --- FollowTheMoney ---------------------------------------------------------------------------------------


class Edge(NamedTuple):
    """An FtM schema that is a relationship: the properties that hold its two ends."""

    schema: str
    start: str
    end: str


_DIRECTORSHIP = Edge("Directorship", "director", "organization")
_EMPLOYMENT = Edge("Employment", "employee", "employer")
_CONTROL = Edge("Control", "controller", "controlled")
_LINK = Edge("UnknownLink", "subject", "object")
FTM_OWNERSHIP = Edge("Ownership", "owner", "asset")
FTM_EDGES: dict[type[Relationship], Edge] = {
    LegalRepresentativeOf: _DIRECTORSHIP,
    PrincipalOf: _DIRECTORSHIP,
    DirectorOf: _DIRECTORSHIP,
    SupervisorOf: _DIRECTORSHIP,
    SeniorManagerOf: _DIRECTORSHIP,
    ActualControllerOf: _CONTROL,
    EmployedAt: _EMPLOYMENT,
    PractisesAt: _EMPLOYMENT,
    HoldsSharesIn: FTM_OWNERSHIP,
    HasInterestIn: _CONTROL,  # with interest "shareholding": Ownership, with its ownershipType
    BranchOf: _LINK,
    SuppliesTo: _LINK,
    MemberOf: Edge("Membership", "member", "organization"),
}
FTM_EDGE_BY_SCHEMA = {edge.schema: edge for edge in FTM_EDGES.values()}

FTM_MARKED: dict[str, dict[str, type[Relationship]]] = {}
"""FtM schema → Chinese term → our type. Written as the first `role` of what several types share, and read there."""
for _kind, _edge in FTM_EDGES.items():
    if _kind is not HasInterestIn:
        FTM_MARKED.setdefault(_edge.schema, {})[_kind.ZH] = _kind

ENTITY_KINDS = ("company", "institution", "social_organisation", "individual_business", "public_body", "other")
"""`Entity.kind`. Written as `classification` (FtM) and `entityType.details` (BODS), and read there."""

FTM_KINDS: dict[str, str | None] = {
    "Company": "company",
    "PublicBody": "public_body",
    "Organization": "other",
    "LegalEntity": None,
}
"""FtM schemas that become an `Entity`, and the kind that the schema alone tells."""

FTM_CONTROLS = {
    "voting": "votingRights",
    "appointment": "appointmentOfBoard",
    "contractual": "rightsGrantedByContract",
    "trust": "trustee",
    "nominee": "nominee",
}
"""The words that FtM gives as examples of a `controlType` → BODS interest type. Others: otherInfluenceOrControl."""


FTM_NOTES = {
    "undisclosed": "identity undisclosed: ",
    "owners_undisclosed": "owners undisclosed: ",
    "undisclosed_note": "undisclosed because: ",
}
"""Property of a `Profile` → how the note begins that carries it; FtM has no other place for why somebody is not told."""


# --- BODS -------------------------------------------------------------------------------------------------

BODS_VERSION = "0.4"
BODS_INTERESTS = frozenset(
    (
        *("shareholding", "votingRights", "appointmentOfBoard", "otherInfluenceOrControl", "seniorManagingOfficial"),
        *("settlor", "trustee", "protector", "beneficiaryOfLegalArrangement", "rightsToSurplusAssetsOnDissolution"),
        *("rightsToProfitOrIncome", "rightsGrantedByContract", "conditionalRightsGrantedByContract"),
        *("controlViaCompanyRulesOrArticles", "controlByLegalFramework", "boardMember", "boardChair"),
        *("unknownInterest", "unpublishedInterest", "enjoymentAndUseOfAssets", "rightToProfitOrIncomeFromAssets"),
        *("nominee", "nominator"),
    )
)
"""Codelist interestType."""

BODS_REASONS = frozenset(
    (
        *("noBeneficialOwners", "subjectUnableToConfirmOrIdentifyBeneficialOwner"),
        *("interestedPartyHasNotProvidedInformation", "subjectExemptFromDisclosure"),
        *("interestedPartyExemptFromDisclosure", "unknown", "informationUnknownToPublisher"),
    )
)
"""Codelist unspecifiedReason."""

BODS_POSTS: dict[str, type[Relationship]] = {
    "boardMember": DirectorOf,
    "boardChair": DirectorOf,
    "seniorManagingOfficial": SeniorManagerOf,
}
"""Interest types that are posts, when they are not held indirectly."""

BODS_WORDS: dict[str, tuple[str, type[Relationship]]] = {
    PrincipalOf.ZH: ("seniorManagingOfficial", PrincipalOf),
    ActualControllerOf.ZH: ("otherInfluenceOrControl", ActualControllerOf),
}
"""`details` (the local name of an interest) → the interest type that carries it, and our type."""

NAMELESS = {
    "anonymousPerson": "(anonymous person)",
    "unknownPerson": "(unknown person)",
    "anonymousEntity": "(anonymous entity)",
    "unknownEntity": "(unknown entity)",
}
"""Person and entity types of whom no name is told, and how such a party is shown."""

USCC_NAME = "统一社会信用代码 (GB 32100-2015)"
REG_NAME = "工商注册号"
"""`schemeName` of Chinese numbers."""


# --- dates, shares, ids -----------------------------------------------------------------------------------


def last_day(until: date | None) -> date | None:
    """Our first day after, as the last day on which it is true."""
    return until - timedelta(days=1) if until else None


def percent(share: float) -> str:
    """0.5383 as 53.83, exactly."""
    return format((Decimal(repr(float(share))) * 100).normalize(), "f")


def exact_id(text: str) -> str:
    """A foreign id as it may be kept: identifiers are compared in upper case and without spaces.

    An id that this would change gets a mark of its exact wording, so that `a1` and `A1` stay two.
    """
    if normalise_code(text) == text:
        return text
    return f"{text}#{hashlib.blake2b(text.encode(), digest_size=5).hexdigest()}"


def chinese_codes(numbers: list[str], *, chinese: bool) -> list[tuple[str, str]]:
    """The strong identifiers among an entity's numbers: valid credit codes and, of a Chinese entity, register numbers.

    `chinese`: the source says that the entity, or the number, is of the People's Republic; nothing is taken else.
    """
    found: list[tuple[str, str]] = []
    for number in numbers if chinese else ():
        code = normalise_code(number)
        if code is None or is_placeholder(code):
            continue
        if not uscc_faults(code):
            found.append(("uscc", code))
        elif reg_number_valid(code):
            found.append(("cn-reg", code))
    return sorted(dict.fromkeys(found), key=lambda pair: pair[0] != "uscc")


def bounds(low: Decimal | None, high: Decimal | None) -> dict[str, Any]:
    """Percentages → share_min, share_max and share_known; what is not stated stays open.

    More than the whole is a contradiction, which is kept in share_above: the share is not known then.
    """
    if above := [part for part in (low, high) if part is not None and part > 100]:
        return {"share_min": 0.0, "share_max": 1.0, "share_known": False, "share_above": float(max(above) / 100)}
    known = low is not None or high is not None
    return {
        "share_min": float((low if low is not None else Decimal(0)) / 100),
        "share_max": float((high if high is not None else Decimal(100)) / 100),
        "share_known": known,
    }
