"""What is in a graph, told without keys and clock positions; an empty one; one with a sample in it."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.load.engine import Loaded, load
from loaders.sample.forms import SAMPLE_PARTS
from loaders.sources import SOURCES
from queries.answers import Answer
from queries.party.parties import resolve
from queries.supply.ledger import rejected, runs

WIPE = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS"


def wipe(graph: Graph, keys: Keys) -> None:
    """Everything goes but the constraints: to ask for them again would take longer than most tests."""
    with graph.driver.session(database=graph.database) as session:
        session.run(WIPE).consume()
    graph.mark_schema(keys.fingerprint)


def load_sample(graph: Graph, keys: Keys, folder: Path) -> list[Loaded]:
    """All files of a sample, through their sources."""
    return [run for source, file in SAMPLE_PARTS for run in load(graph, keys, SOURCES[source], folder / file)]


_CLOCKED = frozenset(
    [
        "at",
        "seq",
        "place",
        "rec_from",
        "changed",
        "fact_id",
        "fact_ids",
        "derived_seq",
        "started_seq",
        "finished_seq",
        "evidence",
        "digest",
        "payload",
    ]
)


def _plain(properties: dict[str, Any], keep: frozenset[str] = frozenset()) -> dict[str, Any]:
    out = {}
    for name, value in properties.items():
        if name == "rec_to":
            out["believed"] = value == FOREVER
        elif name not in _CLOCKED or name in keep:
            out[name] = value
    return out


def _fact(value: dict[str, Any]) -> dict[str, Any]:
    # In one order: that of stored properties depends on how they were written.
    told = {k: v for k, v in sorted(value.items()) if k not in ("fact_id", "rec_from")}
    return told | {"props": dict(sorted(value["props"].items()))}


def fingerprint(graph: Graph, keys: Keys) -> list[str]:
    """Everything in the graph but instants, clock positions, and ids that hold one."""
    ids: dict[str, str] = {}
    out = []
    for r in graph.read("MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS p"):
        labels, p = sorted(r["labels"]), r["p"]
        if labels[0] in ("Clock", "Change"):
            continue
        plain: dict[str, Any] = _plain(p, frozenset({"digest"}) if "Statement" in labels else frozenset())
        if "Consequence" in labels:
            plain["evidence"] = [_fact(f) for f in json.loads(p["evidence"])]
        if "RejectedRow" in labels:
            plain["payload"] = keys.cipher.decrypt(p["payload"])
        ids[r["id"]] = str([labels, sorted(plain.items(), key=lambda item: item[0])])
        out.append(ids[r["id"]])
    query = "MATCH (a)-[r]->(b) RETURN type(r) AS type, properties(r) AS p, elementId(a) AS start, elementId(b) AS end"
    for r in graph.read(query):
        plain = _plain(r["p"], frozenset({"digest"}))
        out.append(str([r["type"], sorted(plain.items()), ids[r["start"]], ids[r["end"]]]))
    return sorted(out)


def present_view(graph: Graph, *, origin: bool = True) -> dict[str, list[str]]:
    """Who there is, what is believed and what follows, told by identifiers and names instead of keys and positions.

    `origin`: with the file and line of each fact; the same fact may first have come by this file or by that one.
    """
    who: dict[str, str] = {}
    query = """
    MATCH (i:Identifier)-[l:IDENTIFIES]->(p:Party)
    RETURN p.key AS key, labels(p) AS labels, p {.name, .former_names, .kind, .coded, .sanctioned, .degree,
        doubts: [d IN coalesce(p.doubts, []) WHERE NOT d STARTS WITH 'person ']} AS p,
      collect([i.scheme, CASE i.scheme WHEN 'name-in-entity' THEN '' ELSE i.value END,
        CASE l.policy WHEN 'same-number' THEN null ELSE l.policy END]) AS ids
    """
    for r in graph.read(query):
        ids = sorted({str(i) for i in r["ids"]})
        who[r["key"]] = str([sorted(r["labels"]), sorted(r["p"].items()), ids])
    for r in graph.read("MATCH (n) WHERE n:Sanction OR n:Credential OR n:Address RETURN properties(n) AS p"):
        who[r["p"]["key"]] = str([r["p"].get("title"), r["p"].get("document_number"), r["p"].get("name")])
    facts = []
    query = """
    MATCH (a)-[r]->(b) WHERE r.rec_to = $forever
    RETURN type(r) AS type, properties(r) AS p, a.key AS start, b.key AS end
    UNION ALL MATCH (s:Statement)-[:ABOUT]->(b) WHERE s.rec_to = $forever
    RETURN 'ABOUT' AS type, properties(s) AS p, b.key AS start, b.key AS end
    """
    told = {"since", "until", "data_date", "absent_since", "source", "start_match", "end_match", "post", "name"}
    told |= {"run", "line"} if origin else set()
    for r in graph.read(query, forever=FOREVER):
        # The day for which it speaks: that of the version, or the newest on which the source said the same.
        r["p"]["data_date"] = (r["p"].get("seen_on") or [r["p"].get("data_date")])[-1]
        p = sorted((k, str(v)) for k, v in r["p"].items() if k in told)
        facts.append(str([r["type"], p, who[r["start"]], who[r["end"]]]))
    follows = []
    for r in graph.read("MATCH (c:Consequence) RETURN properties(c) AS c"):
        c = r["c"]
        values = [c[k] for k in ("rule", "measure", "automaticity", "timeline", "missing", "reading", "basis")]
        ends = [who[c["sanction"]], who[c["subject"]], [f["type"] for f in json.loads(c["evidence"])]]
        follows.append(str([*values, *ends]))
    return {"parties": sorted(who.values()), "facts": sorted(facts), "consequences": sorted(follows)}


def balanced(graph: Graph) -> None:
    """The ledger's equation, for every file."""
    for run in runs(graph):
        assert run.rows_in == run.accepted + run.rejected + run.duplicate, run
        assert run.state == "complete"
        assert len(rejected(graph, run.run)) == run.rejected


def facts(answer: Answer, type_name: str) -> list[Any]:
    return [f for f in answer.facts if f.type == type_name]


def the_key(graph: Graph, text: str, keys: Keys) -> str:
    party, candidates = resolve(graph, text, hash=keys.hash)
    assert party is not None, [c.name for c in candidates]
    return party.key


def dated(graph: Graph, seq: int, day: date) -> None:
    """Say that everything up to a clock position was written on a day."""
    ms = int(time.mktime(day.timetuple())) * 1000
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (c:Change) WHERE c.seq <= $seq SET c.at = $at", seq=seq, at=ms).consume()
