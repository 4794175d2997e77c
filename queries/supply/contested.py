"""Which records do two files of one day and delivery say otherwise of, so that neither is newer? (同日矛盾)

One of the two is believed, by a rule that means nothing (`loaders.load.versions.Precedence`), so people have to look: both stand
here with the fields that differ. The next word on such a record, of a newer day or a higher delivery, ends it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model import cypher
from graph_model.schema import HIDDEN, RELATIONSHIP_BY_TYPE, Fact, Statement
from graph_model.store.connect import Graph
from queries.answers import AnswerShape, NodeRef
from queries.read.facts import label_of
from queries.read.values import native


class StatedValue(AnswerShape):
    """What one of those who contradict each other says."""

    value: str | float | None
    owner: str | None
    source: str
    fact_id: str
    data_date: date | None = None


class Contradiction(AnswerShape):
    """Statements that cannot both be right. All are kept. Of those of different organs or sources none is chosen; of two
    files of one source and day the first of `said` is believed, by a rule that means nothing (`same_day`).
    """

    kind: Literal["decision", "post", "name", "same_day"]
    field: str = Field(examples=["fine_yuan"])
    party: NodeRef
    about: NodeRef | None = Field(None, description="the decision, or the entity at which the post is held")
    type: str | None = Field(None, description="the post; same_day: the type of the fact")
    said: list[StatedValue]


CONTESTED: LiteralString = """
CALL () {
  MATCH (a)-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|MEMBER_OF|REGISTERED_AT|SUPPLIES_TO|BID_IN|HOLDS|IMPOSED_ON
    |IMPOSED_BY|RESPONSIBLE_FOR|INSPECTED_IN|TENDERED_BY|AGENT_FOR|EVALUATES|PART_OF|SUCCEEDED_BY]->(b)
  WHERE r.contested AND r.rec_from <= $k AND $k < r.rec_to
  RETURN type(r) AS type, r.statement_id AS id, a, b
  UNION ALL
  MATCH (r:Statement)-[:ABOUT]->(b)
  WHERE r.contested AND r.rec_from <= $k AND $k < r.rec_to
  RETURN 'ABOUT' AS type, r.statement_id AS id, null AS a, b
}
WITH type, id, CASE WHEN b:Party OR a IS NULL THEN b ELSE a END AS party, CASE WHEN b:Party THEN a ELSE b END AS about
RETURN type, id, party.key AS party, labels(party) AS labels, party.name AS name, about.key AS about,
  labels(about) AS about_labels, coalesce(about.name, about.title, about.document_number) AS about_name
ORDER BY party, about, type, id LIMIT $limit
"""

_TOLD_BY_EACH = frozenset(Fact.model_fields) - {"since", "until"}


def contested(
    graph: Graph, *, position: int, owner: str | None = None, limit: int, timeout: float | None = None
) -> tuple[list[Contradiction], bool]:
    """Where do two files of one day say otherwise, as known at a clock position?

    Args:
        owner: only those in which somebody takes part whose name holds this.
        limit: records looked at, at the most.
        timeout: seconds after which a query is given up.

    Returns:
        one contradiction for each field that differs, and whether there are more.
    """
    rows = graph.read(CONTESTED, k=position, limit=limit + 1, timeout=timeout)
    found: dict[str, list[Any]] = defaultdict(list)
    for r in rows[:limit]:
        found[r["type"]].append(r)
    out: list[Contradiction] = []
    for type_name, some in found.items():
        kind = Statement if type_name == "ABOUT" else RELATIONSHIP_BY_TYPE[type_name]
        versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for r in graph.read(cypher.versions(kind), ids=[r["id"] for r in some], timeout=timeout):
            if r["props"]["rec_from"] <= position:
                versions[r["id"]].append({name: native(value) for name, value in r["props"].items()})
        for r in some:
            out += _differing(r, _against(versions[r["id"]], position))
    if owner is not None:
        out = [c for c in out if any(owner in (said.owner or "") for said in c.said)]
    return out, len(rows) > limit


def _against(versions: list[dict[str, Any]], position: int) -> list[dict[str, Any]]:
    """The believed version first, then what other files of its day and delivery said last; alone if it is newer."""
    believed = next(v for v in versions if position < v["rec_to"])
    last: dict[str, dict[str, Any]] = {}
    for version in versions:
        if _spoken(version, position) == _spoken(believed, position):
            last[_said_by(version)] = version
    last.pop(_said_by(believed), None)
    return [believed, *(v for v in last.values() if v["digest"] != believed["digest"])]


def _spoken(version: dict[str, Any], position: int) -> tuple[date | None, date | None, int]:
    """The newest day for which it was said, as known at a position, the day of its file, and the delivery."""
    seen = zip(version.get("seen_on") or (), version.get("seen_at") or (), strict=True)
    day = next((native(d) for d, at in reversed(list(seen)) if at <= position), version.get("data_date"))
    return day, version.get("file_date") or day, version.get("delivery") or 1


def _said_by(version: dict[str, Any]) -> str:
    return version.get("seen_in") or version["run"]


def _differing(r: Any, said: list[dict[str, Any]]) -> Iterator[Contradiction]:
    fields = sorted({name for one in said for name in one} - _TOLD_BY_EACH - HIDDEN)
    for field in fields:
        values = [_shown(one.get(field)) for one in said]
        if len(set(values)) > 1:
            about = NodeRef.of(r["about"], label_of(r["about_labels"]), r["about_name"]) if r["about"] else None
            yield Contradiction(
                kind="same_day",
                field=field,
                party=NodeRef.of(r["party"], label_of(r["labels"]), r["name"]),
                about=about,
                type=r["type"],
                said=[
                    StatedValue(
                        value=value,
                        owner=one.get("owner"),
                        source=one["source"],
                        fact_id=one["fact_id"],
                        data_date=one.get("data_date"),
                    )
                    for value, one in zip(values, said, strict=True)
                ],
            )


def _shown(value: Any) -> str | float | None:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, date | bool):
        return str(value).lower()
    return value
