"""Checks with a clause over HTTP: each route asks one question of `queries`. Names and numbers only in bodies."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from api import VERSION
from api.certificate import statement
from api.http.caller import caller
from api.http.parameters import (
    Asking,
    AsOf,
    Day,
    GraphDep,
    KeysDep,
    KnownAt,
    PackDep,
    PartyKeyThen,
    PurposeQuery,
    problems,
)
from api.kept import KeptBeside, KeptCertificate, KeyIsTaken
from graph_model.errors import BadRequest
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys
from queries.answers import Answer
from queries.checks.bidders import Procedure, check_bidders, check_tender
from queries.checks.common import Check
from queries.checks.offices import check_appointment, check_offices
from queries.checks.repeats import YEARS, check_repeats
from queries.checks.suppliers import check_bribery, check_suppliers, check_suppliers_of
from queries.lookup import lookup
from queries.matter import MatterCheck, MatterList, check_matter, matter_list, matter_named

checks = APIRouter(prefix="/v1", tags=["checks"], responses=problems)

Text = Annotated[str, Field(min_length=1, max_length=200)]
Parties = Annotated[
    list[Text], Field(min_length=1, max_length=100, description="credit codes, numbers, keys or full names")
]


class CheckRequest(Asking):
    """A look-up for an approval or a tender: who is asked about, and how far to look."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"parties": ["91430102XN06181386"], "profile": "permit", "purpose": "approval"},
                {"parties": ["91430102XN06181386"], "hops": 2, "purpose": "tender"},
            ],
        },
    )
    parties: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=100, description="credit codes, numbers, keys or full names"
    )
    profile: Text | None = Field(
        None, description="the matter in which is decided, as `GET /v1/matters` names them", examples=["permit"]
    )
    hops: int | None = Field(None, ge=1, le=4, description="how far to look; default as the profile says, else 2")
    as_of: Day | None = Field(None, description="the day asked about; default today")
    known_at: Day | None = Field(None, description="as was known at the end of this day")
    certificate: bool = Field(False, description="also sign what came out, as a proof that can be kept (查询凭证)")


class CheckResponse(BaseModel):
    """One answer for each party, in the order asked."""

    answers: list[Answer]
    matter: MatterCheck | None = Field(None, description="with a profile: what all that it asks found")
    certificate: str | None = Field(
        None, description="JWS over what came out; the keys that verify it are at /.well-known/jwks.json"
    )


class _Asked(Asking):
    as_of: Day | None = Field(None, description="the day asked about; default today")
    known_at: Day | None = Field(None, description="as was known at the end of this day")


class PartiesRequest(_Asked):
    """Several parties, each for itself."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"parties": ["91430102XN06181386", "91430408XN1854394Y"], "purpose": "tender"}],
        },
    )
    parties: Parties


class BiddersRequest(PartiesRequest):
    """The bidders of one lot, or the suppliers of one contract."""

    procedure: Procedure | None = Field(None, description="tender: RB-01; procurement: RB-02; null: both answers")


class TenderRequest(_Asked):
    """One lot that is in the graph; without a day as of the opening of the bids."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"tender": "湘招〔2026〕9101号", "purpose": "tender"}]}
    )
    tender: Text = Field(description="key or number of the lot")
    procedure: Procedure | None = None


class AppointmentRequest(_Asked):
    """A person who is about to be appointed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"person": "蒋明华", "office": "LR", "purpose": "approval"}],
        },
    )
    person: Text = Field(description="key, number or full name")
    at: Text | None = Field(None, description="the unit that appoints")
    office: Literal["LR", "PIC", "DIR", "SUP", "SM"] | None = None


class RepeatsRequest(PartiesRequest):
    """Parties, and how long after a decision an act counts as again."""

    years: int = Field(YEARS, ge=1, le=100)


RepeatKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="a text of your own for this request: sent again within 24 hours it has the same answer and certificate",
    ),
]


@checks.post("/checks", responses={409: problems[422]})
def check(
    body: CheckRequest,
    request: Request,
    graph: GraphDep,
    pack: PackDep,
    keys: KeysDep,
    repeat_key: RepeatKey = None,
) -> CheckResponse:
    """Before a decision: own sanctions, consequences and related-party hits of each party; with a profile all it asks.

    A party that is not found, or a name that several bear, is an answer with its reason, never a guess and never
    `clear`.
    """
    if repeat_key is None:
        return _checked(body, request, graph, pack, keys)
    kept: KeptBeside = request.app.state.kept
    name = f"{caller(request).key}\n{repeat_key}"
    try:
        earlier = kept.begin(name, body.model_dump_json())
    except KeyIsTaken as taken:
        if taken.busy:
            raise HTTPException(
                409, "a request with this Idempotency-Key is being answered", {"Retry-After": "2"}
            ) from None
        raise HTTPException(
            422, "another question had this Idempotency-Key: give each question one of its own"
        ) from None
    if earlier is not None:
        return CheckResponse.model_validate_json(earlier)
    answer: bytes | None = None
    try:
        response = _checked(body, request, graph, pack, keys)
        answer = response.model_dump_json(by_alias=True).encode()
    finally:
        kept.end(name, answer)
    return response


def _checked(body: CheckRequest, request: Request, graph: Graph, pack: RulePack, keys: Keys) -> CheckResponse:
    state, found = request.app.state, None
    asked: dict[str, Any] = {"as_of": body.as_of or today(), "known_at": body.known_at, "hash": keys.hash}
    hops = body.hops or 2
    if body.profile is not None:
        matter = matter_named(body.profile, state.matters)
        hops = body.hops or matter.hops
        found, answers = check_matter(graph, pack, body.parties, name=body.profile, matter=matter, hops=hops, **asked)
    else:
        answers = [lookup(graph, pack, text, hops=hops, **asked) for text in body.parties]
    if not body.certificate:
        return CheckResponse(answers=answers, matter=found)
    said = statement(
        answers,
        matter=found,
        purpose=body.purpose,
        hops=hops,
        rules=pack.digest,
        version=VERSION,
        days=state.certificate_days,
        audit=state.audit.head(),
    )
    signed = state.signing.sign(said)
    state.kept.register(graph, said, signed, answers)
    return CheckResponse(answers=answers, matter=found, certificate=signed)


@checks.get("/certificates/{id}")
def get_certificate(
    id: Annotated[
        str,
        Path(max_length=50, description="as the certificate says", examples=["0b0ad0a4-4c12-4c8e-9d6c-7f8f1c1f3f10"]),
    ],
    request: Request,
    graph: GraphDep,
) -> KeptCertificate:
    """Is a certificate still to be relied on: issued, superseded, expired, or withdrawn because of what it rests on?"""
    found = request.app.state.kept.state_of(graph, id)
    if found is None:
        raise BadRequest("no certificate of this id was issued here")
    return found


@checks.get("/matters")
def get_matters(request: Request, pack: PackDep, as_of: AsOf = None) -> MatterList:
    """For which matters is what asked, and which measures bear on each, by which rules and articles (计划目录)?"""
    return matter_list(pack, request.app.state.matters, day=as_of or today())


@checks.post("/checks/bidders")
def post_bidders(body: BiddersRequest, graph: GraphDep, pack: PackDep, keys: KeysDep) -> Check:
    """May these stand in one lot (RB-01), or in one contract of procurement (RB-02), together?"""
    return check_bidders(
        graph,
        pack,
        body.parties,
        as_of=body.as_of or today(),
        known_at=body.known_at,
        procedure=body.procedure,
        hash=keys.hash,
    )


@checks.post("/checks/tender")
def post_tender(body: TenderRequest, graph: GraphDep, pack: PackDep) -> Check:
    """The bidders of a lot, and what ties them to each other, to tenderer, agency and experts."""
    return check_tender(
        graph,
        pack,
        body.tender,
        as_of=body.as_of,
        otherwise=today(),
        known_at=body.known_at,
        procedure=body.procedure,
    )


@checks.post("/checks/appointment")
def post_appointment(body: AppointmentRequest, graph: GraphDep, pack: PackDep, keys: KeysDep) -> Check:
    """Does a ban on an office or a market stand against a person who is about to be appointed?"""
    return check_appointment(
        graph,
        pack,
        body.person,
        as_of=body.as_of or today(),
        known_at=body.known_at,
        at=body.at,
        office=body.office,
        hash=keys.hash,
    )


@checks.get("/checks/offices")
def get_offices(purpose: PurposeQuery, graph: GraphDep, pack: PackDep, as_of: AsOf = None) -> Check:
    """Who holds an office although he is barred (EP-007)?"""
    return check_offices(graph, pack, as_of=as_of or today())


@checks.post("/checks/suppliers")
def post_suppliers(body: PartiesRequest, graph: GraphDep, pack: PackDep, keys: KeysDep) -> Check:
    """Is a supplier refused in government procurement (RB-03)?"""
    return check_suppliers(
        graph, pack, body.parties, as_of=body.as_of or today(), known_at=body.known_at, hash=keys.hash
    )


@checks.get("/parties/{key}/suppliers")
def get_suppliers_of(
    key: PartyKeyThen,
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Check:
    """Which suppliers of this party stand on the lists of RB-03, or have a major breach of law?"""
    return check_suppliers_of(graph, pack, key, as_of=as_of or today(), known_at=known_at)


@checks.post("/checks/bribery")
def post_bribery(body: PartiesRequest, graph: GraphDep, pack: PackDep, keys: KeysDep) -> Check:
    """Is there a record of bribery of these parties, or of those in charge of them?"""
    return check_bribery(graph, pack, body.parties, as_of=body.as_of or today(), known_at=body.known_at, hash=keys.hash)


@checks.post("/checks/repeats")
def post_repeats(body: RepeatsRequest, graph: GraphDep, pack: PackDep, keys: KeysDep) -> Check:
    """Which of these did the same class of act again after a penalty? Information only."""
    return check_repeats(
        graph,
        pack,
        body.parties,
        as_of=body.as_of or today(),
        known_at=body.known_at,
        years=body.years,
        hash=keys.hash,
    )
