"""Who looked at me (谁查询过我), from the log: for whoever is concerned, and for those who oversee."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.audit import looks as looks_in
from api.http.parameters import PartyKey, PurposeQuery, problems

looks = APIRouter(prefix="/v1", tags=["parties"], responses=problems)

MOST_LOOKS = 500


class LookRef(BaseModel):
    """One answer in which the party stood."""

    at: str = Field(description="when, UTC")
    role: str = Field(description="`local`: the user of the system, without a key; empty: before there were keys")
    organ: str
    purpose: str | None
    ground: str | None
    authorisation: str | None
    question: str = Field(examples=["GET /v1/parties/{key}"])


class LooksResponse(BaseModel):
    """Who looked at this party, the newest first."""

    party: str
    looks: list[LookRef]
    total: int = Field(description="all that the log has; the newest are told")


@looks.get("/parties/{key}/looks")
def get_looks(key: PartyKey, purpose: PurposeQuery, request: Request) -> LooksResponse:
    """Who was told something of this party, in which role, for which organ, for what purpose and on what ground?

    Answers in which it stood beside somebody else are among them. Who it was by name is not in the log.
    """
    found = [row for row in looks_in(request.app.state.audit.folder, party=key) if row["status"] == 200]
    found.sort(key=lambda row: row["at"], reverse=True)
    told = [
        LookRef.model_validate(
            {name: row.get(name) for name in LookRef.model_fields}
            | {name: row.get(name) or "" for name in ("role", "organ")}
        )
        for row in found[:MOST_LOOKS]
    ]
    return LooksResponse(party=key, looks=told, total=len(found))
