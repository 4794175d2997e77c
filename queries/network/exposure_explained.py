"""What would an exposure ask of Neo4j, word for word? Nothing of it is asked."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import Field

from graph_model.schema import HUB_DEGREE
from graph_model.store.connect import Graph
from graph_model.walk import Walk
from queries.answers import AnswerShape
from queries.network.exposure import (
    EXPOSURE_SECONDS,
    MAX_DOUBTS,
    MAX_HITS,
    ExposureSearch,
    LiveExposure,
    levels_of,
    searches,
)
from queries.network.exposure_queries import SentStatement
from queries.party.sanction_filter import EVERYTHING, SanctionFilter
from queries.read.moment import Moment


class SentQuery(AnswerShape):
    """One Cypher statement of a question, and what it asks for."""

    purpose: str
    text: str
    parameters: dict[str, Any] = Field(description="by name; days as dates")


class ExplainedExposure(AnswerShape):
    """What an exposure would ask of Neo4j. Nothing of it was asked."""

    question: Literal["exposure-explain"] = "exposure-explain"
    as_of: date
    known_at: date | None = None
    position: int = Field(description="clock position of the parameters")
    statements: list[SentQuery]


def explain_exposure(
    graph: Graph,
    key: str,
    *,
    hops: int = 3,
    as_of: date | Moment,
    known_at: date | None = None,
    historical: bool = True,
    include_unconfirmed: bool = False,
    types: Sequence[str] | None = None,
    min_share: float = 0.0,
    hub_degree: int = HUB_DEGREE,
    only: SanctionFilter = EVERYTHING,
    limit: int = MAX_HITS,
) -> ExplainedExposure:
    """What would `exposure` ask of Neo4j, word for word, with which parameters, one after the other?

    Nothing of it is asked. `paths` is asked only when the search before it found somebody new: `$among` stays empty here.

    Args:
        key: of the party.
        historical: also what is asked for paths that are over.
        hops, known_at, include_unconfirmed, types, min_share, hub_degree, only, limit: as `exposure`.

    Raises:
        BadRequest: as `exposure`.
    """
    walk = Walk.of(hops, types, min_share, hub_degree)
    moment = Moment.of(graph, as_of, known_at)
    live = LiveExposure(graph, moment, EXPOSURE_SECONDS)
    levels = levels_of(live.judgements, include_unconfirmed)
    sent: list[SentStatement] = []
    widest = ExposureSearch(key, walk, moment.as_of, levels[-1], limit, only=only)
    for now, cross in searches(levels, historical):
        asked = widest._replace(now=now, cross=cross)
        sent += [live.hits_sent(asked), live.paths_sent(asked, [])]
    if hops > 1:
        sent.append(live.hubs_sent(widest._replace(limit=limit + 1)))
    if moment.doubts:
        sent.append(live.doubts_sent(widest._replace(limit=MAX_DOUBTS + 1)))
    return ExplainedExposure(
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        statements=[SentQuery(purpose=s.purpose, text=s.text.strip(), parameters=s.parameters) for s in sent],
    )
