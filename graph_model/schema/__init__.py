"""What is in the graph: every node and relationship type, declared once.

Constraints, indexes and write statements (`cypher.py`), API models and `docs/schema.md` are computed from
these classes, so they cannot drift apart. Chinese terms stand beside the English ones here and nowhere else.

Three kinds of things:

- **parties** (`Entity`, `Person`, `Organ`) and things (`Sanction`, `Address`, …): nodes with an opaque key;
- **facts**: what one source says, dated on two clocks. A relationship, or a `Statement` about a party;
- **derived and ledger nodes** (`ConsequenceNode`, `Run`, …): never read as facts, never walked.
"""

import re

from graph_model.schema.nodes import (
    Address,
    Catalogue,
    CatalogueItem,
    Change,
    Clock,
    ConsequenceNode,
    Correction,
    Credential,
    Entity,
    EventNode,
    FormerName,
    Identifier,
    Inspection,
    Node,
    Organ,
    Party,
    Person,
    RejectedRow,
    Run,
    Sanction,
    Source,
    Statement,
    Tender,
)
from graph_model.schema.relationships import (
    ActualControllerOf,
    AgentFor,
    BidIn,
    BranchOf,
    CommitmentState,
    DirectorOf,
    EmployedAt,
    Evaluates,
    Fact,
    HasInterestIn,
    Holds,
    HoldsSharesIn,
    ImposedBy,
    ImposedOn,
    InspectedIn,
    InspectionResult,
    LegalRepresentativeOf,
    MemberOf,
    PartOf,
    PractisesAt,
    PrincipalOf,
    Profile,
    RegisteredAt,
    Relationship,
    ResponsibleFor,
    SamePersonAs,
    SanctionKind,
    SeniorManagerOf,
    SucceededBy,
    SupervisorOf,
    SuppliesTo,
    TenderedBy,
)
from graph_model.schema.values import (
    BY_NAME,
    EXACT_NAME,
    FOREVER,
    FORMER_NAME,
    INTERNAL,
    MERGED,
    ONE_EACH,
    PERSONAL,
    PUBLIC,
    SAME_NUMBER,
    Judgement,
    Match,
    Openness,
    Sensitivity,
    Trust,
    prop,
)

__all__ = [
    "BY_NAME",
    "CROSSED",
    "EXACT_NAME",
    "FOREVER",
    "FORMER_NAME",
    "HIDDEN",
    "HUB_DEGREE",
    "HUB_TAGS",
    "INTERNAL",
    "MERGED",
    "NODES",
    "NODE_BY_LABEL",
    "ONE_EACH",
    "PERSONAL",
    "PUBLIC",
    "RELATIONSHIPS",
    "RELATIONSHIP_BY_TYPE",
    "ROLE_TYPES",
    "SAME_NUMBER",
    "WALKABLE",
    "ActualControllerOf",
    "Address",
    "AgentFor",
    "BidIn",
    "BranchOf",
    "Catalogue",
    "CatalogueItem",
    "Change",
    "Clock",
    "CommitmentState",
    "ConsequenceNode",
    "Correction",
    "Credential",
    "DirectorOf",
    "EmployedAt",
    "Entity",
    "Evaluates",
    "EventNode",
    "Fact",
    "FormerName",
    "HasInterestIn",
    "Holds",
    "HoldsSharesIn",
    "Identifier",
    "ImposedBy",
    "ImposedOn",
    "InspectedIn",
    "Inspection",
    "InspectionResult",
    "Judgement",
    "LegalRepresentativeOf",
    "Match",
    "MemberOf",
    "Node",
    "Openness",
    "Organ",
    "PartOf",
    "Party",
    "Person",
    "PractisesAt",
    "PrincipalOf",
    "Profile",
    "RegisteredAt",
    "RejectedRow",
    "Relationship",
    "ResponsibleFor",
    "Run",
    "SamePersonAs",
    "Sanction",
    "SanctionKind",
    "SeniorManagerOf",
    "Sensitivity",
    "Source",
    "Statement",
    "SucceededBy",
    "SupervisorOf",
    "SuppliesTo",
    "Tender",
    "TenderedBy",
    "Trust",
    "hub_tag",
    "prop",
]

RELATIONSHIPS: tuple[type[Relationship], ...] = (
    LegalRepresentativeOf,
    PrincipalOf,
    DirectorOf,
    SupervisorOf,
    SeniorManagerOf,
    ActualControllerOf,
    EmployedAt,
    PractisesAt,
    HoldsSharesIn,
    HasInterestIn,
    BranchOf,
    MemberOf,
    RegisteredAt,
    SuppliesTo,
    BidIn,
    TenderedBy,
    AgentFor,
    Evaluates,
    InspectedIn,
    Holds,
    ImposedOn,
    ImposedBy,
    ResponsibleFor,
    PartOf,
    SucceededBy,
    SamePersonAs,
)
NODES: tuple[type[Node], ...] = (
    Party,
    Entity,
    Person,
    Organ,
    Identifier,
    Sanction,
    Credential,
    Tender,
    Inspection,
    Address,
    Statement,
    Source,
    Run,
    RejectedRow,
    Clock,
    Change,
    Catalogue,
    CatalogueItem,
    EventNode,
    Correction,
    ConsequenceNode,
    FormerName,
)
RELATIONSHIP_BY_TYPE = {r.TYPE: r for r in RELATIONSHIPS}
NODE_BY_LABEL = {n.LABEL: n for n in NODES}

WALKABLE: tuple[str, ...] = tuple(r.TYPE for r in RELATIONSHIPS if r.WALK is not None)
"""The relationship types that exposure may walk."""

ROLE_TYPES: dict[str, tuple[str, ...]] = {
    **{r.ROLE: (r.TYPE,) for r in RELATIONSHIPS if r.ROLE},
    "DSS": ("DIRECTOR_OF", "SUPERVISOR_OF", "SENIOR_MANAGER_OF"),
}
"""Role code of the rule pack → relationship types that carry it. Codes not here are reached only by RESPONSIBLE_FOR."""

CROSSED: dict[str, float] = {"same": 1.0, "unsure": 0.5}
"""The judgements of SAME_PERSON_AS that exposure may cross, with their weight. It is no walkable type: no degree."""

HIDDEN: frozenset[str] = frozenset(
    name
    for kind in (Profile, *RELATIONSHIPS)
    for name, field in kind.model_fields.items()
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("sensitivity") == INTERNAL.value
)
"""Properties of facts that no answer shows."""

HUB_TAGS: dict[str, str] = {
    # 各级国有资产监督管理机构: the owner of half a province; common state control alone relates nobody (公司法 265(4)).
    "state-commission": r".*国有资产监督管理(委员会|局|办公室)|.*国资委",
    # 名义持有人与登记结算机构: shares in the name of whoever keeps them for others.
    "custodian": r"香港中央结算(（代理人）|\(代理人\))?有限公司|中国证券登记结算有限责任公司.*|HKSCC NOMINEES LIMITED",
    # 集群注册、住所托管: the address of whoever registers companies for others.
    "registrar-address": r".*(集群注册|住所托管|商务秘书).*",
}
"""Tag → the names (whole, as a regular expression) of nodes that are hubs whatever their degree."""
_HUB_NAMES = re.compile("|".join(f"(?:{names})" for names in HUB_TAGS.values()))


def hub_tag(name: str | None) -> str | None:
    """Why a node of this name is a hub whatever its degree; None: it is not.

    >>> hub_tag("湖南省人民政府国有资产监督管理委员会"), hub_tag("国资建设有限公司")
    ('state-commission', None)
    """
    if not name or not _HUB_NAMES.fullmatch(name):
        return None
    return next(tag for tag, names in HUB_TAGS.items() if re.fullmatch(names, name))


HUB_DEGREE = 1000
"""Above this many distinct neighbours a node is reached and reported by exposure, but not walked through."""
