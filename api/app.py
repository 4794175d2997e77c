"""Answers → HTTP. Thin: parse, ask one question of `queries`, return its answer.

Errors are RFC 9457 problems. Every route that can show a person asks for a purpose. No party name or number ever
stands in an address: searches are POST, and routes take opaque keys.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.asked import (
    AsOf,
    GraphDep,
    Hops,
    KeysDep,
    KnownAt,
    PackDep,
    PartyKey,
    PartyKeyThen,
    Problem,
    Purpose,
    PurposeQuery,
    problems,
)
from api.check_routes import checks
from graph_model.errors import BadRequest, ConfigError, CreditGraphError, StoreUnavailable
from graph_model.keys import load_keys
from graph_model.rules import load_pack
from graph_model.schema import NODES, RELATIONSHIPS, Profile
from graph_model.settings import Settings
from graph_model.store import Graph, connect, today
from queries.answers import Answer, CodeKind, Codes, Due, Ownership, Quality, RepairRef, SamePerson, Tasks, WhyNot
from queries.codes import KINDS, codes
from queries.consequences import consequences_from, consequences_of
from queries.due import due
from queries.exposure import exposure
from queries.incentives import incentives_of
from queries.lookup import lookup
from queries.ownership import ownership
from queries.parties import find, neighbours, party_file
from queries.quality import quality
from queries.repair import repair_status
from queries.same_person import propose
from queries.tasks import tasks
from queries.whynot import why_not

VERSION = "0.1.0"
MAX_BODY = 1_000_000
TOO_LARGE = f"a request may have {MAX_BODY} bytes at the most"
STATUS_OF: dict[type[CreditGraphError], int] = {BadRequest: 400, ConfigError: 500, StoreUnavailable: 503}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class SearchRequest(BaseModel):
    """Find parties by key, number, name, part of a name or former name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "湘江", "purpose": "approval"}]})
    text: str = Field(min_length=1, max_length=200)
    limit: int = Field(20, ge=1, le=100)
    purpose: Purpose


class CheckRequest(BaseModel):
    """A look-up for an approval or a tender: who is asked about, and how far to look."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"parties": ["91430100MA4T00019U"], "hops": 2, "purpose": "tender"}],
        },
    )
    parties: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=100, description="credit codes, numbers, keys or full names"
    )
    hops: int = Field(2, ge=1, le=4)
    as_of: date | None = Field(None, description="the day asked about; default today")
    purpose: Purpose


class CheckResponse(BaseModel):
    """One answer for each party, in the order asked."""

    answers: list[Answer]


v1 = APIRouter(prefix="/v1", responses=problems)


@v1.post("/search", tags=["parties"])
def search(body: SearchRequest, graph: GraphDep, keys: KeysDep) -> Answer:
    """Which parties answer to this key, number or name?"""
    return find(graph, body.text, as_of=today(), hash=keys.hash, limit=body.limit)


@v1.get("/parties/{key}", tags=["parties"])
def get_party(
    key: PartyKeyThen, purpose: PurposeQuery, graph: GraphDep, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """What is recorded of this party?"""
    return party_file(graph, key, as_of=as_of or today(), known_at=known_at)


@v1.get("/parties/{key}/neighbours", tags=["parties"])
def get_neighbours(
    key: PartyKey,
    purpose: PurposeQuery,
    graph: GraphDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
    as_of: AsOf = None,
) -> Answer:
    """Who and what stands directly around this party?"""
    return neighbours(graph, key, as_of=as_of or today(), limit=limit)


@v1.get("/parties/{key}/consequences", tags=["consequences"])
def get_consequences(
    key: PartyKeyThen,
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    others: Annotated[bool, Query(description="also what its own sanctions have for others")] = False,
) -> Answer:
    """Which legal measures reach this party, by which clause, through which dated facts?"""
    return consequences_of(graph, pack, key, as_of=as_of or today(), known_at=known_at, others=others)


@v1.get("/sanctions/{key}/consequences", tags=["consequences"])
def get_sanction_consequences(
    key: str, purpose: PurposeQuery, graph: GraphDep, pack: PackDep, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """Whom does this sanction reach, with which measures?"""
    return consequences_from(graph, pack, key, as_of=as_of or today(), known_at=known_at)


@v1.get("/parties/{key}/exposure", tags=["exposure"])
def get_exposure(
    key: PartyKeyThen,
    purpose: PurposeQuery,
    graph: GraphDep,
    hops: Hops = 3,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    include_unconfirmed: Annotated[
        bool, Query(description="also across judgements `unsure` whether two are one person")
    ] = False,
) -> Answer:
    """Who near this party is sanctioned, by which path? Information, never a penalty."""
    return exposure(
        graph,
        key,
        hops=hops,
        as_of=as_of or today(),
        known_at=known_at,
        include_unconfirmed=include_unconfirmed,
        seconds=10.0,
    )


@v1.get("/same-person", tags=["parties"])
def get_same_person(
    key: Annotated[str, Query(max_length=100, description="key of a person", examples=["p-6q3v0k2m4t1c8a5d7f9h"])],
    purpose: PurposeQuery,
    graph: GraphDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SamePerson:
    """Who may be the same natural person, with score and reasons, and what people judged? It changes no other answer."""
    try:
        return propose(graph, party=key, limit=limit, seconds=10.0)
    except TimeoutError:
        raise StoreUnavailable("the search took longer than 10 seconds; ask again, or use the command line") from None


@v1.get("/parties/{key}/ownership", tags=["ownership"])
def get_ownership(
    key: PartyKeyThen,
    purpose: PurposeQuery,
    graph: GraphDep,
    group: Annotated[bool, Query(description="also the companies under the same control")] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Ownership:
    """Who owns this company through others, who controls it, its beneficial owners? Information only."""
    return ownership(graph, key, as_of=as_of or today(), known_at=known_at, group=group)


@v1.get("/parties/{key}/why-not", tags=["consequences"])
def get_why_not(
    key: PartyKey,
    purpose: PurposeQuery,
    rule: Annotated[str, Query(description="id of the rule", examples=["PR-021"])],
    graph: GraphDep,
    pack: PackDep,
    as_of: AsOf = None,
) -> WhyNot:
    """Why does this rule not reach this party? The condition that fails, and all that were looked at."""
    return why_not(graph, pack, key, rule, as_of=as_of or today())


@v1.get("/parties/{key}/incentives", tags=["incentives"])
def get_incentives(
    key: PartyKey,
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    as_of: AsOf = None,
    complete_since: Annotated[
        date | None, Query(description="you vouch that all adverse records since this day are in the graph")
    ] = None,
) -> Answer:
    """Which incentives may this party have? `unknown` while it is not said since when its record is complete."""
    return incentives_of(graph, pack, key, as_of=as_of or today(), complete_since=complete_since)


@v1.get("/sanctions/{key}/repair", tags=["case work"])
def get_repair(key: str, purpose: PurposeQuery, graph: GraphDep, pack: PackDep, as_of: AsOf = None) -> RepairRef:
    """Can this item be repaired (信用修复), from when, and what is missing?"""
    found = repair_status(graph, pack, [key], as_of=as_of or today())
    if not found:
        raise BadRequest("there is no such sanction")
    return found[0]


@v1.get("/due", tags=["case work"])
def get_due(
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    within: Annotated[str, Query(pattern=r"^\d{1,4}(wd|d|m|y)$", description="5wd, 30d, 2m")] = "5wd",
    as_of: AsOf = None,
) -> Due:
    """Who owes what by when, with the clause?"""
    return due(graph, pack, as_of=as_of or today(), within=within)


@v1.get("/tasks", tags=["case work"])
def get_tasks(
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    organ: Annotated[str | None, Query(max_length=200, description="only this organ, or a part of its name")] = None,
    as_of: AsOf = None,
) -> Tasks:
    """Which measures has an organ to carry out, feed back or stop?"""
    return tasks(graph, pack, as_of=as_of or today(), organ=organ)


@v1.get("/quality", tags=["quality"])
def get_quality(
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    owner: Annotated[str | None, Query(max_length=200, description="only owners whose name holds this")] = None,
    since: Annotated[date | None, Query(description="timeliness of decisions from this day on")] = None,
    known_at: KnownAt = None,
) -> Quality:
    """How complete, right, timely and consistent is what each owner supplied, and who wrote?"""
    return quality(graph, pack, owner=owner, since=since, known_at=known_at, seconds=30.0)


@v1.get("/codes", tags=["codes"])
def get_codes(
    purpose: PurposeQuery,
    graph: GraphDep,
    keys: KeysDep,
    kind: Annotated[list[CodeKind] | None, Query(description="only these kinds")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Codes:
    """Which credit codes are wrong, borne by several or doubled (重错码), and what are they probably? Reads only."""
    return codes(graph, keys.cipher, kinds=kind or KINDS, limit=limit)


@v1.post("/checks", tags=["checks"])
def check(body: CheckRequest, graph: GraphDep, pack: PackDep, keys: KeysDep) -> CheckResponse:
    """Before an approval or a tender: own sanctions, consequences and related-party hits of each party.

    A party that is not found, or a name that several bear, is an answer with its reason, never a guess and never
    `clear`.
    """
    day = body.as_of or today()
    return CheckResponse(
        answers=[lookup(graph, pack, text, hops=body.hops, as_of=day, hash=keys.hash) for text in body.parties]
    )


@v1.get("/schema", tags=["schema"])
def schema(pack: PackDep) -> dict[str, Any]:
    """Labels, colours and walkability of everything in the graph, and the words of the rule pack."""
    return {
        "nodes": {n.LABEL: {"zh": n.ZH, "en": _words(n.LABEL), "colour": n.COLOUR} for n in NODES},
        "relationships": {
            r.TYPE: {
                "zh": r.ZH,
                "en": r.TYPE.replace("_", " ").capitalize(),
                "colour": r.COLOUR,
                "walk": r.WALK,
            }
            for r in RELATIONSHIPS
        },
        "properties": {
            kind.TYPE: {
                name: {"zh": field.json_schema_extra["zh"], "en": field.description}
                for name, field in kind.model_fields.items()
                if isinstance(field.json_schema_extra, dict)
            }
            for kind in (Profile, *RELATIONSHIPS)
        },
        "statuses": {k: v.model_dump() for k, v in pack.codes.statuses.items()},
        "automaticity": {k: v.model_dump() for k, v in pack.codes.automaticity.items()},
        "measures": {k: {"zh": v.zh, "en": v.en} for k, v in pack.codes.measures.items()},
    }


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(name))


def create_app(graph: Graph | None = None, settings: Settings | None = None) -> FastAPI:
    """The application. Without a graph it connects by the settings when it starts, and closes when it ends."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        app.state.graph = graph or connect(settings)
        app.state.graph.prepare()
        yield
        if graph is None:
            app.state.graph.close()

    app = FastAPI(
        title="creditgraph",
        version=VERSION,
        summary="Which legal measure reaches whom, by which clause and path; and who near a party is blacklisted.",
        lifespan=lifespan,
        docs_url=None,  # the framework's own page fetches its scripts from elsewhere
        redoc_url=None,
    )
    app.state.pack = load_pack()
    app.state.keys = load_keys(settings)
    app.include_router(v1)
    app.include_router(checks)
    _add_errors(app)
    _add_plumbing(app)
    return app


def _problem(status: int, detail: str) -> JSONResponse:
    problem = Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)
    # With the headers of every answer: not every problem passes the middleware that sets them.
    return JSONResponse(
        problem.model_dump(), status_code=status, headers=HEADERS, media_type="application/problem+json"
    )


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(CreditGraphError)
    def domain(_: Request, error: CreditGraphError) -> JSONResponse:
        return _problem(STATUS_OF.get(type(error), 500), str(error))

    @app.exception_handler(Exception)
    def unexpected(_: Request, __: Exception) -> JSONResponse:
        return _problem(500, "an unexpected fault; the server's log has it")

    @app.exception_handler(StarletteHTTPException)
    def http(_: Request, error: StarletteHTTPException) -> JSONResponse:
        return _problem(error.status_code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent is not repeated: it may be somebody's name or number.
        faults = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        return _problem(422, faults)


class _Limited:
    """Counts the bytes of a body as they come: its length need not be told, and need not be true."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = MAX_BODY

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)


def _add_plumbing(app: FastAPI) -> None:
    app.add_middleware(_Limited)

    @app.middleware("http")
    async def headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            return _problem(413, TOO_LARGE)
        response = await call(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/healthz", tags=["operation"])
    def health() -> dict[str, str]:
        """Is the process up?"""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"], responses={503: problems[503]})
    def ready(graph: GraphDep) -> dict[str, Any]:
        """Does Neo4j answer, and at which clock position?"""
        return {"status": "ok", "position": graph.position()}

    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse("explorer/")

    @app.get("/docs", include_in_schema=False)
    def docs() -> RedirectResponse:
        return RedirectResponse("explorer/docs.html")

    app.mount("/explorer", StaticFiles(packages=[("api", "static")], html=True), name="explorer")
