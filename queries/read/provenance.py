"""Facts as they are shown: with the instant of recording and the record they came from."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, LiteralString

from graph_model.events import Event, in_order
from graph_model.facts import FactRow
from graph_model.schema import HIDDEN
from graph_model.store.connect import Graph, instant
from queries.answers import CorrectionRef, FactRef, NodeRef
from queries.read.corrections import Behind
from queries.read.events import event_of, objection_words
from queries.read.facts import label_of

PROVENANCE: LiteralString = """
CALL () {
  UNWIND $seqs AS seq
  MATCH (c:Change {seq: seq}) RETURN 'at' AS what, toString(seq) AS key, toString(c.at) AS value
  UNION ALL
  UNWIND $runs AS run
  MATCH (r:Run {id: run}) RETURN 'file' AS what, run AS key,
    r.file + coalesce(' [' + r.sheet + ']', '') AS value
  UNION ALL
  UNWIND $runs AS run
  MATCH (c:Correction {made: run})
  USING INDEX SEEK c:Correction(made)
  RETURN 'made' AS what, run AS key, c.id AS value
  UNION ALL
  UNWIND $statements AS item
  MATCH (v:Event {item: item})
  USING INDEX SEEK v:Event(item)
  WHERE v.kind = 'objection' AND v.item <> v.sanction
  RETURN 'objection' AS what, item AS key, properties(v) AS value
}
RETURN what, key, value
"""


def fact_refs(graph: Graph, rows: Iterable[FactRow]) -> dict[str, FactRef]:
    """Facts by id, ready to be shown."""
    rows = list(rows)
    seqs = sorted({r.rec_from for r in rows})
    runs = sorted({r.run for r in rows if r.run})
    at: dict[str, str] = {}
    files: dict[str, str] = {}
    made: dict[str, str] = {}
    objections: dict[str, list[Event]] = {}
    told = {"at": at, "file": files, "made": made}
    if rows:
        statements = sorted({r.statement for r in rows})
        for r in graph.read(PROVENANCE, seqs=seqs, runs=runs, statements=statements):
            if r["what"] == "objection":
                objections.setdefault(r["key"], []).append(event_of(r["value"]))
            else:
                told[r["what"]][r["key"]] = r["value"]
    behind = Behind(graph, rows, made)
    disputed = {item: objection_words(in_order(events), item) for item, events in objections.items()}
    return {
        row.fact_id: fact_ref(
            row, at.get(str(row.rec_from)), files.get(row.run), behind.of(row), disputed.get(row.statement)
        )
        for row in rows
    }


def ends_of(row: Any) -> dict[str, NodeRef]:
    """Both ends of a fact by key, from the columns `start`, `start_labels`, `start_name`, and the same of `end`."""
    return {
        row[end]: NodeRef.of(row[end], label_of(row[f"{end}_labels"]), row[f"{end}_name"]) for end in ("start", "end")
    }


def path_along(
    nodes: Mapping[str, NodeRef], refs: Mapping[str, FactRef], start: str, facts: Iterable[FactRow]
) -> list[NodeRef | FactRef]:
    """A walk along facts as it is shown: node, fact, node, …; each fact goes on from where the one before it ended."""
    path: list[NodeRef | FactRef] = [nodes[start]]
    here = start
    for fact in facts:
        here = fact.end if fact.start == here else fact.start
        path += [refs[fact.fact_id], nodes[here]]
    return path


def fact_ref(
    row: FactRow, at: str | int | None, file: str | None, corrections: list[CorrectionRef], disputed: str | None = None
) -> FactRef:
    """One fact, ready to be shown.

    Args:
        row: the fact.
        at: instant of recording: milliseconds.
        file: in which it came.
        corrections: merges and corrected codes that it rests on.
        disputed: that an objection to it is open.
    """
    match = []
    if row.start_match != "identifier":
        match.append(f"from: {row.start_match}")
    if row.end_match != "identifier":
        match.append(f"to: {row.end_match}")
    record = None
    if file:
        record = file if row.line is None else f"{file}, line {row.line}"
    return FactRef.model_validate(
        {
            "fact_id": row.fact_id,
            "type": row.type,
            "from": row.start,
            "to": row.end,
            "since": row.since,
            "until": row.until,
            "recorded_at": None if at is None else instant(int(at)),
            "source": row.source,
            "record": record,
            "owner": row.owner,
            "trust": row.trust,
            "openness": row.openness,
            "data_date": row.data_date,
            "absent_since": row.absent_since,
            "match": match,
            "corrections": corrections,
            "disputed": disputed,
            "properties": {k: v for k, v in row.props.items() if k not in HIDDEN},
        }
    )


def thawed(text: str) -> list[FactRow]:
    """The frozen copies of facts that were kept with a consequence."""

    def day(value: Any) -> Any:
        return date.fromisoformat(value) if isinstance(value, str) else value

    rows = []
    for item in json.loads(text):
        for name in ("since", "until", "data_date", "absent_since", "in_snapshot"):
            if name in item:
                item[name] = day(item[name])
        for name in ("decided_on", "act_on", "published_on", "publish_until", "counted_from"):
            if name in item.get("props", {}):
                item["props"][name] = day(item["props"][name])
        rows.append(FactRow(**item))
    return rows
