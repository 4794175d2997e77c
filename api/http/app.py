"""Answers → HTTP. Thin: parse, ask one question of `queries`, return its answer.

Errors are RFC 9457 problems. Every route that can show a person asks for a purpose. No party name or number ever
stands in an address: searches are POST, and routes take opaque keys.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from api import VERSION
from api.api_keys import ApiKeys
from api.audit import AuditLog
from api.certificate import SigningKeys
from api.http.access import Access, Limiter, sign_in, sign_out
from api.http.audited import Audited
from api.http.checks import checks
from api.http.door import WORK, Door, problem
from api.http.id_misses import IdMisses
from api.http.looks import looks
from api.http.observe import Observer
from api.http.parameters import (
    Asking,
    AsOf,
    Day,
    GraphDep,
    Hops,
    KeysDep,
    KnownAt,
    Only,
    PackDep,
    PartyKey,
    PartyKeyThen,
    PurposeQuery,
    ReaderDep,
    problems,
)
from api.kept import KeptBeside
from graph_model.errors import BadRequest, ConfigError, CreditGraphError, StoreNotReady, StoreUnavailable
from graph_model.profiles import load_matters
from graph_model.rules import load_pack
from graph_model.schema import NODES, RELATIONSHIPS, WALKABLE, Profile
from graph_model.store.breaker import Breaker
from graph_model.store.connect import Graph, connect, today
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from queries.answers import Answer
from queries.casework.due import Due, due
from queries.casework.published import Published, published
from queries.casework.repair import RepairRef, repair_status
from queries.casework.tasks import Tasks, tasks
from queries.law.consequences import consequences_from, consequences_of
from queries.law.incentives import incentives_of
from queries.law.measures import MeasureForce, MeasureList, measures
from queries.law.why_not import WhyNot, why_not
from queries.network.exposure import MAX_HIT_PATHS, SHOWN_PATHS, exposure
from queries.network.listed_owners import ListedOwners, listed_owners
from queries.network.neighbours import Circle, Common, circle, common
from queries.network.ownership import Ownership, ownership
from queries.network.paths import Paths, paths
from queries.party.listed import Listed, listed
from queries.party.parties import neighbours, party_file
from queries.party.same_person import SamePerson, propose
from queries.party.search import find
from queries.projection.current import ServedCopy, root_of
from queries.supply.code_findings import CodeKind
from queries.supply.codes import CODE_KINDS, WrongCodes, codes
from queries.supply.quality import Quality, quality

LOG = logging.getLogger(__name__)
STATUS_OF: dict[type[CreditGraphError], int] = {BadRequest: 400, ConfigError: 500, StoreNotReady: 503}


class SearchRequest(Asking):
    """Find parties by key, number or its beginning, name or part of one, document number, address, `法定代表人 NAME`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "澧橘园", "purpose": "approval"}]}
    )
    text: str = Field(min_length=1, max_length=200)
    limit: int = Field(20, ge=1, le=100)
    skip: int = Field(0, ge=0, le=1000, description="how many of those found not to show again")


PartyText = Annotated[str, Field(min_length=1, max_length=200)]
"""A credit code, a number, a key or a full name."""
Walked = Annotated[
    list[Annotated[str, Field(max_length=50)]] | None,
    Field(min_length=1, max_length=50, description="relationship types; default: all that exposure walks"),
]


class CommonRequest(Asking):
    """Who stands next to each of these parties?"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"parties": ["长沙澧橘园食品有限公司", "岳阳汨岚冷链物流有限公司"], "purpose": "investigation"}
            ]
        },
    )
    parties: list[PartyText] = Field(min_length=1, max_length=50)
    types: Walked = None
    historical: bool = Field(True, description="also over relationships that are over")
    as_of: Day | None = Field(None, description="the day asked about; default today")
    known_at: Day | None = Field(None, description="as was known at the end of this day")


class CircleRequest(CommonRequest):
    """Who is around these parties, and connects them?"""

    hops: int = Field(1, ge=1, le=3, description="how far around each party")
    include_unconfirmed: bool = Field(False, description="also across judgements `unsure` of the same person")


class PathsRequest(Asking):
    """By which paths do these two groups of parties hang together?"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"start": ["长沙澧橘园食品有限公司"], "end": ["段立军"], "hops": 4, "purpose": "investigation"}
            ]
        },
    )
    start: list[PartyText] = Field(min_length=1, max_length=50)
    end: list[PartyText] = Field(min_length=1, max_length=50)
    hops: int = Field(4, ge=1, le=6, description="relationships on a path, at the most")
    limit: int = Field(10, ge=1, le=100)
    groups: bool = Field(False, description="each party stands for the companies under the same control too")
    types: Walked = None
    historical: bool = Field(True, description="also over relationships that are over")
    include_unconfirmed: bool = Field(False, description="also across judgements `unsure` of the same person")
    as_of: Day | None = Field(None, description="the day asked about; default today")
    known_at: Day | None = Field(None, description="as was known at the end of this day")


v1 = APIRouter(prefix="/v1", responses=problems)


@v1.post("/search", tags=["parties"])
def search(body: SearchRequest, graph: GraphDep, keys: KeysDep) -> Answer:
    """Which parties answer to this key, number or name?"""
    return find(graph, body.text, as_of=today(), hash=keys.hash, limit=body.limit, skip=body.skip)


@v1.get("/parties/{key}", tags=["parties"])
def get_party(
    key: PartyKeyThen, purpose: PurposeQuery, graph: GraphDep, as_of: AsOf = None, known_at: KnownAt = None
) -> Answer:
    """What is recorded of this party?"""
    return party_file(graph, key, as_of=as_of or today(), known_at=known_at)


@v1.get("/lists/{code}", tags=["parties"])
def get_listed(
    code: Annotated[str, Path(max_length=50, description="a list or another code", examples=["LIST-01"])],
    purpose: PurposeQuery,
    graph: GraphDep,
    pack: PackDep,
    after: Annotated[str, Query(max_length=100, description="go on behind this key, as `next` says")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Listed:
    """Who stands on this list, or has a record of this code, on a day?"""
    return listed(graph, pack, code, as_of=as_of or today(), known_at=known_at, after=after, limit=limit)


@v1.get("/parties/{key}/published", tags=["parties"])
def get_published(
    key: PartyKey, purpose: PurposeQuery, graph: GraphDep, pack: PackDep, as_of: AsOf = None
) -> Published:
    """What of this party's record may still be shown to the public, and what no longer, by which article?"""
    return published(graph, pack, key, as_of=as_of or today())


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
    reader: ReaderDep,
    hops: Hops = 3,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    include_unconfirmed: Annotated[
        bool, Query(description="also across judgements `unsure` whether two are one person")
    ] = False,
    types: Annotated[
        list[str] | None,
        Query(
            max_length=30,
            description="relationship types to walk: `X` both ways, `X>` along its direction, `<X` against it",
            examples=[["HOLDS_SHARES_IN>", "DIRECTOR_OF"]],
        ),
    ] = None,
    min_share: Annotated[float, Query(ge=0, le=1, description="do not walk holdings that are certainly less")] = 0.0,
    hub_degree: Annotated[int, Query(ge=1, le=100_000, description="neighbours above which a node is a hub")] = 1000,
    paths: Annotated[
        int, Query(ge=1, le=MAX_HIT_PATHS, description="shortest paths to show for each hit")
    ] = SHOWN_PATHS,
    *,
    only: Only,
) -> Answer:
    """Who near this party is sanctioned, by which path? Information, never a penalty."""
    return exposure(
        graph,
        key,
        hops=hops,
        as_of=as_of or today(),
        known_at=known_at,
        include_unconfirmed=include_unconfirmed,
        types=types,
        min_share=min_share,
        hub_degree=hub_degree,
        paths=paths,
        only=only,
        seconds=10.0,
        reader=reader,
    )


@v1.get("/same-person", tags=["parties"])
def get_same_person(
    key: Annotated[str, Query(max_length=100, description="key of a person", examples=["p-…"])],
    purpose: PurposeQuery,
    graph: GraphDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SamePerson:
    """Who may be the same natural person, with score and reasons, and what people judged? It changes no other answer."""
    return propose(graph, party=key, limit=limit, seconds=10.0)


@v1.get("/parties/{key}/ownership", tags=["ownership"])
def get_ownership(
    key: PartyKeyThen,
    purpose: PurposeQuery,
    graph: GraphDep,
    reader: ReaderDep,
    group: Annotated[bool, Query(description="also the companies under the same control")] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Ownership:
    """Who owns this company through others, who controls it, its beneficial owners? Information only."""
    return ownership(graph, key, as_of=as_of or today(), known_at=known_at, group=group, reader=reader)


@v1.get("/parties/{key}/listed-owners", tags=["ownership"])
def get_listed_owners(
    key: PartyKeyThen,
    purpose: PurposeQuery,
    graph: GraphDep,
    reader: ReaderDep,
    only: Only,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> ListedOwners:
    """How much of this company do listed owners have together, who are they, by which chains? Information only."""
    return listed_owners(graph, key, as_of=as_of or today(), known_at=known_at, only=only, reader=reader)


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
        Day | None, Query(description="you vouch that all adverse records since this day are in the graph")
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
    since: Annotated[Day | None, Query(description="timeliness of decisions from this day on")] = None,
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
) -> WrongCodes:
    """Which credit codes are wrong, borne by several or doubled (重错码), and what are they probably? Reads only."""
    return codes(graph, keys.cipher, kinds=kind or CODE_KINDS, limit=limit)


@v1.post("/paths", tags=["exposure"])
def post_paths(body: PathsRequest, graph: GraphDep, keys: KeysDep) -> Paths:
    """By which paths do two parties, or two groups of parties, hang together? Information, never a penalty."""
    asked = body.model_dump(exclude={"start", "end", "types", "as_of", *Asking.model_fields})
    more = {"types": body.types or WALKABLE, "as_of": body.as_of or today(), "hash": keys.hash, "seconds": 10.0}
    return paths(graph, body.start, body.end, **asked, **more)


@v1.post("/common", tags=["exposure"])
def post_common(body: CommonRequest, graph: GraphDep, keys: KeysDep) -> Common:
    """Who, or which address, stands next to each of these parties, by which relationships?"""
    asked = body.model_dump(exclude={"parties", "types", "as_of", *Asking.model_fields})
    more = {"types": body.types or WALKABLE, "as_of": body.as_of or today(), "hash": keys.hash, "seconds": 10.0}
    return common(graph, body.parties, **asked, **more)


@v1.post("/circle", tags=["exposure"])
def post_circle(body: CircleRequest, graph: GraphDep, keys: KeysDep) -> Circle:
    """Who is around these parties, and who connects at least two of them? For a case file."""
    asked = body.model_dump(exclude={"parties", "types", "as_of", *Asking.model_fields})
    more = {"types": body.types or WALKABLE, "as_of": body.as_of or today(), "hash": keys.hash, "seconds": 10.0}
    return circle(graph, body.parties, **asked, **more)


@v1.get("/measures", tags=["consequences"])
def get_measures(
    pack: PackDep,
    force: Annotated[MeasureForce | None, Query(description="only mandatory or recommended ones")] = None,
    area: Annotated[
        str | None, Query(max_length=100, description="only by rules that hold there", examples=["4310"])
    ] = None,
    applied: Annotated[bool, Query(description="only those that some rule in force brings")] = False,
    as_of: AsOf = None,
) -> MeasureList:
    """Which measures are there (措施清单): force, rules, area, basis and version?"""
    return measures(pack, as_of=as_of or today(), force=force, area=area, applied=applied)


@v1.get("/schema", tags=["schema"])
def schema(pack: PackDep) -> dict[str, Any]:
    """Labels, colours and walkability of everything in the graph, and the words of the rule pack."""
    return {
        "nodes": {n.LABEL: {"zh": n.ZH, "en": _words(n.LABEL), "colour": n.COLOUR, "shape": n.SHAPE} for n in NODES},
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


def create_app(
    graph: Graph | None = None, settings: Settings | None = None, *, copy: bool = False, secure: bool = False
) -> FastAPI:
    """The application. Without a graph it connects by the settings when it starts, and closes when it ends.

    Args:
        copy: answer exposures and ownership from a copy in memory (`queries.projection`), made in the background.
        secure: whoever asks comes by https, to a proxy that is in front.
    """
    settings = settings or Settings()
    log = AuditLog(settings.audit_dir, settings.anchor)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        app.state.ready = False
        app.state.graph = replace(graph or connect(settings), breaker=Breaker())
        app.state.graph.prepare(app.state.keys.fingerprint)
        app.state.copy = ServedCopy(app.state.graph, root_of(settings, app.state.graph)) if copy else None
        yield
        if app.state.copy:
            app.state.copy.close()
        log.close()
        if graph is None:
            app.state.graph.close()

    app = FastAPI(
        title="creditgraph",
        version=VERSION,
        summary="Which legal measure reaches whom, by which clause and path; and who near a party is blacklisted.",
        lifespan=lifespan,
        docs_url=None,  # the framework's own page fetches its scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # an address that is not there is not repeated
    )
    app.state.pack = load_pack()
    app.state.keys = load_keys(settings)
    app.state.matters = load_matters(app.state.pack, settings.matters)
    who, rules = settings.author, app.state.pack.digest
    app.state.api_keys = ApiKeys(settings.api_keys_file)
    app.state.secure = secure
    app.state.limiter = Limiter()
    app.add_middleware(Access, keys=app.state.api_keys, limiter=app.state.limiter, needed=settings.keys_needed)
    app.add_middleware(Audited, log=log, who=who, hash=app.state.keys.hash, rules=rules)
    app.state.observer = Observer()
    hosts = frozenset(settings.hosts.replace(" ", "").lower().split(",")) - {""}
    app.state.work = {**WORK, "check": WORK["check"]._replace(seconds=settings.check_seconds)}
    app.add_middleware(Door, hosts=hosts, observer=app.state.observer, work=app.state.work)
    app.state.id_misses = IdMisses()
    app.state.audit = log
    app.state.signing = SigningKeys(settings.signing_dir)
    app.state.kept = KeptBeside(settings.kept_file, app.state.keys)
    app.state.certificate_days = settings.certificate_days
    app.include_router(v1)
    app.include_router(checks)
    app.include_router(looks)
    _add_errors(app)
    _add_plumbing(app)
    return app


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(CreditGraphError)
    def domain(_: Request, error: CreditGraphError) -> JSONResponse:
        return problem(STATUS_OF.get(type(error), 500), str(error))

    @app.exception_handler(StoreUnavailable)
    def away(_: Request, error: StoreUnavailable) -> JSONResponse:
        # Where it was looked for is for the log: whoever asks need not know addresses and ports.
        LOG.warning("%s", error)
        return problem(503, "the graph does not answer; ask again in a moment", {"Retry-After": "5"})

    @app.exception_handler(TimeoutError)
    def late(_: Request, __: TimeoutError) -> JSONResponse:
        return problem(503, "there was no answer in time; ask again later, or for less", {"Retry-After": "5"})

    @app.exception_handler(Exception)
    def unexpected(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "an unexpected fault; the server's log has it")

    @app.exception_handler(StarletteHTTPException)
    def http(_: Request, error: StarletteHTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent is not repeated: it may be somebody's name or number.
        faults = "; ".join(f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        return problem(422, faults)


def _add_plumbing(app: FastAPI) -> None:
    @app.get("/healthz", tags=["operation"])
    async def health() -> dict[str, str]:
        """Is the process up?"""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"], responses={503: problems[503]})
    def ready(graph: GraphDep) -> dict[str, Any]:
        """Does Neo4j answer, and at which clock position?"""
        return {"status": "ok", "position": graph.position()}

    @app.get("/.well-known/jwks.json", tags=["operation"])
    async def signing_keys(request: Request) -> dict[str, Any]:
        """The public keys with which certificates are verified, the newest first (RFC 7517)."""
        return request.app.state.signing.public()

    @app.get("/metrics", tags=["operation"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """How many requests, how long they took, how many are at work: numbers for Prometheus, and nobody's data."""
        return app.state.observer.metrics()

    app.add_api_route("/session", sign_in, methods=["POST"], include_in_schema=False)
    app.add_api_route("/session", sign_out, methods=["DELETE"], include_in_schema=False)

    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse("explorer/")

    @app.get("/docs", include_in_schema=False)
    def docs() -> RedirectResponse:
        return RedirectResponse("explorer/docs.html")

    app.mount("/explorer", StaticFiles(packages=[("api", "static")], html=True), name="explorer")
