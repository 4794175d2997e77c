"""The reporting catalogue in force: what it says, whose rows it covers, and who is late."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, Literal, LiteralString

from pydantic import Field

from graph_model.calendar import working_days_between
from graph_model.catalogue import Item, owner_key
from graph_model.errors import BadRequest
from graph_model.store.connect import CHINA, Graph, instant
from queries.answers import AnswerShape
from queries.read.moment import position_at
from queries.read.values import native


class CatalogueItemRef(AnswerShape):
    """What one owner reports through one source (报送事项)."""

    item: str
    owner: str
    source: str
    record_class: str = Field(description="one of the six classes of the credit file", examples=["licence_penalty"])
    period: str = Field(description="from one delivery to the next", examples=["7wd"])
    legal_basis: str
    mode: Literal["copy", "call", "verify"]


class ReportingCatalogue(AnswerShape):
    """The reporting catalogue in force (信用信息数据报送清单)."""

    question: Literal["catalogue"] = "catalogue"
    known_at: date | None = None
    position: int
    version: str
    filed_on: date | None = None
    filed_with: str | None = None
    filing_number: str | None = None
    loaded_at: str | None = Field(None, description="instant, Asia/Shanghai")
    versions: list[str] = Field(description="all that were loaded, oldest first")
    items: list[CatalogueItemRef]


class CatalogueDueRef(CatalogueItemRef):
    """One item, its last delivery, and by when the next one is owed."""

    last_run: str | None = None
    last_day: date | None = Field(None, description="day of the last delivery; null = none yet")
    due: date | None = Field(None, description="last day for the next one; null = nothing is delivered in this mode")
    provisional: bool = Field(False, description="reaches into a year whose days off are not announced yet")
    late: bool | None = Field(None, description="null = nothing is delivered in this mode")
    late_working_days: int = 0


class CatalogueDue(AnswerShape):
    """Who owes what how often, and what is late; the oldest first."""

    question: Literal["catalogue-due"] = "catalogue-due"
    as_of: date
    position: int
    version: str
    rows: list[CatalogueDueRef]


IN_FORCE: LiteralString = """
MATCH (c:Catalogue) WHERE c.rec_from <= $k AND $k < c.rec_to
RETURN properties(c) AS c
"""

ITEMS: LiteralString = """
MATCH (i:CatalogueItem) WHERE i.catalogue = $version
RETURN properties(i) AS i ORDER BY i.item
"""

VERSIONS: LiteralString = """
MATCH (c:Catalogue) WHERE c.rec_from <= $k RETURN c.version AS version ORDER BY c.rec_from
"""

OF_SOURCE: LiteralString = """
MATCH (c:Catalogue) WHERE c.rec_from <= $k AND $k < c.rec_to
OPTIONAL MATCH (i:CatalogueItem {catalogue: c.version, source: $source})
RETURN c.version AS version, collect([i.owner, i.mode]) AS covered
"""

# Which run brought something of whom: whatever became of it since.
DELIVERED: LiteralString = """
CALL () {
  MATCH ()-[r:LEGAL_REPRESENTATIVE_OF|PRINCIPAL_OF|DIRECTOR_OF|SUPERVISOR_OF|SENIOR_MANAGER_OF|ACTUAL_CONTROLLER_OF
    |EMPLOYED_AT|PRACTISES_AT|HOLDS_SHARES_IN|HAS_INTEREST_IN|BRANCH_OF|MEMBER_OF|REGISTERED_AT|SUPPLIES_TO|BID_IN|HOLDS|IMPOSED_ON
    |IMPOSED_BY|RESPONSIBLE_FOR|INSPECTED_IN|TENDERED_BY|AGENT_FOR|EVALUATES|PART_OF|SUCCEEDED_BY]->()
  WHERE r.source IN $sources AND r.rec_from <= $k RETURN DISTINCT r.run AS run, r.owner AS owner
  UNION
  MATCH (s:Statement) WHERE s.source IN $sources AND s.rec_from <= $k RETURN DISTINCT s.run AS run, s.owner AS owner
  UNION
  MATCH (x:RejectedRow) WHERE x.owner IS NOT NULL AND x.code <> 'outside-catalogue'
  RETURN DISTINCT x.run AS run, x.owner AS owner
}
RETURN DISTINCT run, owner
"""

RUNS_OF_SOURCES: LiteralString = """
MATCH (r:Run) WHERE r.source IN $sources AND r.finished_seq <= $k
MATCH (c:Change {seq: r.finished_seq})
RETURN r.id AS run, r.source AS source, c.at AS at ORDER BY at, r.started_seq, coalesce(r.place, 0), run
"""


def catalogue(graph: Graph, *, known_at: date | None = None) -> ReportingCatalogue:
    """Which catalogue is in force, who filed it where, and what does it list?

    Raises:
        BadRequest: none was loaded by then.
    """
    k = position_at(graph, known_at)
    found = _in_force(graph, k)
    if found is None:
        raise BadRequest("No reporting catalogue is loaded: `creditgraph catalogue load FILE`.")
    return ReportingCatalogue(
        known_at=known_at,
        position=k,
        version=found["version"],
        filed_on=found.get("filed_on"),
        filed_with=found.get("filed_with"),
        filing_number=found.get("filing_number"),
        loaded_at=instant(found["at"]),
        versions=[r["version"] for r in graph.read(VERSIONS, k=k)],
        items=[CatalogueItemRef(**item.model_dump()) for item in _items(graph, found["version"])],
    )


def covered_owners(graph: Graph, source: str) -> frozenset[str] | None:
    """Whose rows may this source bring (as `owner_key`s)? None: no catalogue is loaded, so anybody's.

    Raises:
        BadRequest: the catalogue has this source for verification only (数据核验): its rows are never stored.
    """
    found = graph.read(OF_SOURCE, source=source, k=graph.position())
    if not found:
        return None
    covered = [(owner, mode) for owner, mode in found[0]["covered"] if owner]
    if any(mode == "verify" for _, mode in covered):
        raise BadRequest(
            f"The source {source} is for verification only (数据核验) in version {found[0]['version']} of the reporting "
            "catalogue: its rows are never stored. Nothing was read. To load it, file a version with the mode copy."
        )
    return frozenset(owner_key(owner) for owner, _ in covered)


def catalogue_due(graph: Graph, *, as_of: date) -> CatalogueDue:
    """Who owes what how often, when was the last delivery, and what is late?

    A delivery is a completed run of the item's source that brought a row of its owner; when the catalogue has one owner
    only for a source, every completed run of it. The next one is owed by the end of the period that starts on that day
    (on the day of filing or loading, when there was none); the day itself is not counted. What is called or verified
    (`call`, `verify`) is not delivered, so nothing is owed.

    Raises:
        BadRequest: no catalogue is loaded.
    """
    k = graph.position_on(as_of)
    found = _in_force(graph, k)
    if found is None:
        raise BadRequest(f"No reporting catalogue was loaded by {as_of}: `creditgraph catalogue load FILE`.")
    items = _items(graph, found["version"])
    last = _last_runs(graph, items, k)
    begun = found.get("filed_on") or _day(found["at"])
    rows = [_due(item, last.get((item.source, owner_key(item.owner))), begun, as_of) for item in items]
    rows.sort(key=lambda r: (r.due or date.max, r.item))
    return CatalogueDue(as_of=as_of, position=k, version=found["version"], rows=rows)


def _due(item: Item, last: tuple[str, date] | None, begun: date, as_of: date) -> CatalogueDueRef:
    owed = item.mode == "copy"
    end = item.term.after(last[1] if last else begun) if owed else None
    late = end is not None and as_of > end.day
    return CatalogueDueRef(
        **item.model_dump(),
        last_run=last[0] if last else None,
        last_day=last[1] if last else None,
        due=end.day if end else None,
        provisional=bool(end and end.provisional),
        late=late if owed else None,
        late_working_days=working_days_between(end.day, as_of) if end and late else 0,
    )


def _last_runs(graph: Graph, items: list[Item], k: int) -> dict[tuple[str, str], tuple[str, date]]:
    """(source, owner) → the newest run that brought something of that owner, and its day."""
    sources = sorted({item.source for item in items})
    owners: dict[str, set[str]] = defaultdict(set)
    for item in items:
        owners[item.source].add(owner_key(item.owner))
    brought: dict[str, set[str]] = defaultdict(set)
    for r in graph.read(DELIVERED, sources=sources, k=k):
        brought[r["run"]].add(owner_key(r["owner"] or ""))
    last: dict[tuple[str, str], tuple[str, date]] = {}
    for r in graph.read(RUNS_OF_SOURCES, sources=sources, k=k):  # oldest first
        whose = owners[r["source"]] if len(owners[r["source"]]) == 1 else brought[r["run"]]
        for owner in whose:
            last[r["source"], owner] = (r["run"], _day(r["at"]))
    return last


def _in_force(graph: Graph, k: int) -> dict[str, Any] | None:
    found = graph.read(IN_FORCE, k=k)
    return {name: native(v) for name, v in found[0]["c"].items()} if found else None


def _items(graph: Graph, version: str) -> list[Item]:
    fields = Item.model_fields
    return [Item(**{f: r["i"][f] for f in fields}) for r in graph.read(ITEMS, version=version)]


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1000, CHINA).date()
