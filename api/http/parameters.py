"""What routes ask with: who and why, which day, the graph, the rules; and how a problem is told."""

import re
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.http.caller import caller
from api.http.id_misses import WatchedHash
from graph_model.rules import RulePack
from graph_model.schema import SanctionKind
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from queries.party.parties import standing_key
from queries.party.sanction_filter import SanctionFilter
from queries.projection.reader import ProjectionReader


class Purpose(StrEnum):
    """Why a party is looked at (个人信息保护法 6, 34: a definite purpose)."""

    APPROVAL = "approval"
    TENDER = "tender"
    SUPERVISION = "supervision"
    INVESTIGATION = "investigation"
    SELF = "self"
    ENQUIRY = "enquiry"


class Ground(StrEnum):
    """On what ground a natural person is looked at: the duty of an organ by law, his own leave, or he asks himself."""

    LAW = "law"
    AUTHORISATION = "authorisation"
    SELF = "self"


NO_REFERENCE = "leave (authorisation) is named with its reference: the number of the document by which it was given"
Reference = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class Asking(BaseModel):
    """Why somebody asks, and on what ground about a natural person."""

    model_config = ConfigDict(extra="forbid")
    purpose: Purpose
    ground: Ground | None = Field(None, description="on what ground a natural person is looked at")
    authorisation: Reference | None = Field(None, description="reference of his leave (授权书编号)")

    @model_validator(mode="after")
    def _has_reference(self) -> "Asking":
        if self.ground == Ground.AUTHORISATION and not self.authorisation:
            raise ValueError(NO_REFERENCE)
        return self


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Bad Request"])
    status: int = Field(examples=[400])
    detail: str = Field(examples=["hops must be from 1 to 6, not 9"])


def _graph(request: Request) -> Graph:
    graph = request.app.state.graph
    if not request.app.state.ready:  # what has data keeps them
        graph.require_data()
        request.app.state.ready = True
    return graph


def _pack(request: Request) -> RulePack:
    return request.app.state.pack


def _keys(request: Request) -> Keys:
    keys, state = request.app.state.keys, request.app.state
    asks = caller(request).key or (request.client.host if request.client else "")
    return replace(keys, hash=WatchedHash(keys.hash, state.graph, state.id_misses, asks))


def _reader(request: Request) -> ProjectionReader | None:
    copy = request.app.state.copy
    return copy.reader() if copy else None


GraphDep = Annotated[Graph, Depends(_graph)]
PackDep = Annotated[RulePack, Depends(_pack)]
KeysDep = Annotated[Keys, Depends(_keys)]
ReaderDep = Annotated[ProjectionReader | None, Depends(_reader)]
"""The copy in memory, when there is one that is up to date."""


def _purpose(
    purpose: Annotated[Purpose, Query(description="why the party is looked at")],
    ground: Annotated[Ground | None, Query(description="on what ground a natural person is looked at")] = None,
    authorisation: Annotated[Reference | None, Query(description="reference of his leave (授权书编号)")] = None,
) -> Purpose:
    if ground == Ground.AUTHORISATION and not authorisation:
        raise HTTPException(422, NO_REFERENCE)
    return purpose


PurposeQuery = Annotated[Purpose, Depends(_purpose)]


def _written_out(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write a day as YYYY-MM-DD")
    if not isinstance(value, str | None):
        raise ValueError("write a day as text, YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
"""A day as YYYY-MM-DD and nothing else: a number would be read as seconds since 1970."""
AsOf = Annotated[Day | None, Query(description="the day asked about; default today", examples=["2026-06-30"])]
KnownAt = Annotated[Day | None, Query(description="as was known at the end of this day")]
Hops = Annotated[int, Query(ge=1, le=6, description="how far to look, in relationships")]


Texts = list[Annotated[str, Field(min_length=1, max_length=200)]]


def _only(
    pack: PackDep,
    lists: Annotated[
        Texts | None, Query(alias="list", max_length=20, description="only these lists: trigger code or whole title")
    ] = None,
    organ: Annotated[
        Texts | None, Query(max_length=20, description="only sanctions of organs with this in their name")
    ] = None,
    kind: Annotated[list[SanctionKind] | None, Query(description="only sanctions of these kinds")] = None,
    act: Annotated[
        Texts | None, Query(max_length=50, description="only for these acts: codes, or A01 … A16", examples=[["A02"]])
    ] = None,
    sector: Annotated[
        Texts | None, Query(max_length=50, description="only of these sectors: codes, or D01 … D09", examples=[["D06"]])
    ] = None,
) -> SanctionFilter:
    return SanctionFilter.of(pack.codes, lists=lists, organs=organ, kinds=kind, acts=act, sectors=sector)


Only = Annotated[SanctionFilter, Depends(_only)]
"""Which sanctions count; the answer says so."""


def _party(key: str, graph: GraphDep) -> str:
    return standing_key(graph, key)


def _party_then(key: str, graph: GraphDep, known_at: KnownAt = None) -> str:
    return standing_key(graph, key, known_at)


PartyKey = Annotated[str, Depends(_party)]
"""The key in the address; one that was linked or merged is the one at which it stands."""
PartyKeyThen = Annotated[str, Depends(_party_then)]

problems: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "content": {"application/problem+json": {}}} for code in (400, 401, 403, 422, 429, 503)
}
