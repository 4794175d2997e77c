"""Which relationship each word for a post is."""

from graph_model.schema import (
    ActualControllerOf,
    DirectorOf,
    EmployedAt,
    LegalRepresentativeOf,
    PractisesAt,
    PrincipalOf,
    Relationship,
    SeniorManagerOf,
    SupervisorOf,
)

POST_TYPES: dict[str, type[Relationship]] = {
    "legal_representative": LegalRepresentativeOf,
    "principal": PrincipalOf,
    "director": DirectorOf,
    "supervisor": SupervisorOf,
    "senior_manager": SeniorManagerOf,
    "actual_controller": ActualControllerOf,
    "employee": EmployedAt,
    "practitioner": PractisesAt,
}
