"""Who stands on this list, or has a record of this code? Every code that a source may give can be asked for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Literal, LiteralString

from pydantic import Field

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, AnswerStatus, FactRef, PartyRef, SanctionRef, overall_status
from queries.party.parties import party_refs, sanctions_on, standing_status
from queries.read.facts import fact_row
from queries.read.moment import Moment, one_moment
from queries.read.provenance import fact_refs

WITH_CODE: LiteralString = """
MATCH (n)-[r:IMPOSED_ON|HOLDS]-(p:Party)
WHERE $code IN r.codes AND r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND n.retired IS NULL AND NOT r.digest IN coalesce(n.retired_content, [])
WITH DISTINCT p.key AS key ORDER BY key
WITH collect(key) AS keys
RETURN size(keys) AS total, [key IN keys WHERE key > $after][..$limit] AS some
"""

HELD_WITH: LiteralString = """
UNWIND $keys AS key
MATCH (p:Party {key: key})-[r:HOLDS]->(c:Credential)
WHERE $code IN r.codes AND r.rec_from <= $k AND $k < r.rec_to AND (r.since IS NULL OR r.since <= $day)
  AND c.retired IS NULL
RETURN key, c.key AS credential, properties(r) AS props ORDER BY key, credential, props.fact_id
"""

MOST = 1_000


class ListedParty(AnswerShape):
    """One party, with its records of the code."""

    party: PartyRef
    sanctions: list[SanctionRef] = Field([], description="sanctions with the code")
    facts: list[FactRef] = Field([], description="credentials with the code: red lists, grades, honours, licences")


class Listed(AnswerShape):
    """Who stands on a list, or has a record of a code. Those of which it is over are told too, with their state."""

    question: Literal["listed"] = "listed"
    as_of: date
    known_at: date | None = None
    position: int
    status: AnswerStatus
    code: str
    title: dict[str, str]
    follows: list[str] = Field(description="rules that the code triggers; none: it informs")
    parties: list[ListedParty] = Field([], description="a page of them, in the order of keys")
    total: int = Field(description="parties with such a record of any date up to the day")
    next: str | None = Field(None, description="ask on with this as `after`; null = these are all")
    complete: bool = Field(description="whether all of them are here")


@one_moment
def listed(
    graph: Graph,
    pack: RulePack,
    code: str,
    *,
    as_of: date | Moment,
    known_at: date | None = None,
    after: str = "",
    limit: int = 100,
) -> Listed:
    """Who stands on this list, or has a record of this code, on a day?

    Args:
        code: id of a list, or a trigger code of the rule pack.
        after, limit: which of the parties, in the order of their keys, are shown.

    Returns:
        `hit` when a record of those shown stands; `incomplete` when none does for sure, or there are more to come;
        `clear` when all are here and over, or there is none.

    Raises:
        BadRequest: no list and no code of the rule pack, or a limit out of bounds.
    """
    code = code.strip().upper()
    title = _title(pack, code)
    if title is None:
        raise BadRequest(f"{code!r} is no list and no code of the rule pack: docs/rules/codes.md has them all.")
    if not 1 <= limit <= MOST:
        raise BadRequest(f"limit must be from 1 to {MOST}, not {limit}")
    moment = Moment.of(graph, as_of, known_at)
    k, day = moment.position, moment.as_of
    row = graph.read(WITH_CODE, code=code, k=k, day=day, after=after, limit=limit + 1)[0]
    keys = row["some"][:limit]
    sanctions, held = sanctions_on(graph, keys, moment), _held(graph, keys, moment, code)
    parties = [
        ListedParty(
            party=ref, sanctions=[s for s in sanctions.get(key, []) if code in s.codes], facts=held.get(key, [])
        )
        for key, ref in party_refs(graph, keys, moment).items()
    ]
    more = len(row["some"]) > limit
    return Listed(
        as_of=moment.as_of,
        known_at=moment.known_at,
        position=moment.position,
        status=_status(parties, moment.as_of, whole=not more and not after),
        code=code,
        title=title,
        follows=sorted({r.id for r in pack.enabled if code in pack.triggered_by(r)}),
        parties=parties,
        total=row["total"],
        next=keys[-1] if more else None,
        complete=not more and not after,
    )


def _title(pack: RulePack, code: str) -> dict[str, str] | None:
    about = pack.codes.triggers.get(code)
    if about is not None:
        return {"zh": about.zh, "en": about.en}
    return pack.list_of[code].title.model_dump() if code in pack.list_of else None


def _held(graph: Graph, keys: Sequence[str], moment: Moment, code: str) -> dict[str, list[FactRef]]:
    rows: dict[str, list[FactRow]] = defaultdict(list)
    for r in graph.read(HELD_WITH, keys=keys, code=code, k=moment.position, day=moment.as_of):
        rows[r["key"]].append(fact_row("HOLDS", r["key"], r["credential"], r["props"], position=moment.position))
    refs = fact_refs(graph, [f for facts in rows.values() for f in facts])
    return {key: [refs[f.fact_id] for f in facts] for key, facts in rows.items()}


def _status(parties: Sequence[ListedParty], day: date, *, whole: bool) -> AnswerStatus:
    sanctions = [s for p in parties for s in p.sanctions]
    held = any(f.trust == "official" and (f.until is None or day < f.until) for p in parties for f in p.facts)
    return overall_status(["hit" if held else "clear", standing_status(sanctions), "clear" if whole else "incomplete"])
