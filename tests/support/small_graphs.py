"""Small random graphs with dates, hubs, circles, loops and parallels, written to Neo4j, and plain searches over them."""

import itertools
from collections import defaultdict
from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from hypothesis import strategies as st

from graph_model.schema import FOREVER
from graph_model.store.connect import Graph, Tx
from tests.support.deep import so_many

DAY = date(2025, 1, 1)
TYPES = ("DIRECTOR_OF", "HOLDS_SHARES_IN", "REGISTERED_AT", "MEMBER_OF", "SAME_PERSON_AS")
PARTIES = tuple(f"{'p' if i % 2 else 'e'}-{'a' * 19}{letter}" for i, letter in enumerate("abcdefgh"))
ADDRESSES = tuple(f"a-{'a' * 19}{letter}" for letter in "yz")


ONCE_EACH = examples(
    max_examples=so_many(12, 80),
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def facts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Relationships with dates, circles, loops, parallels, the past, what was not yet known and what no longer is."""
    found = []
    for i in range(draw(st.integers(4, 22))):
        kind = draw(st.sampled_from(TYPES))
        persons = [k for k in PARTIES if k[0] == "p"]
        start = draw(st.sampled_from(persons if kind == "SAME_PERSON_AS" else PARTIES))
        ends = {"REGISTERED_AT": ADDRESSES, "SAME_PERSON_AS": persons}.get(kind, PARTIES)
        known = draw(st.sampled_from([(1, FOREVER), (1, FOREVER), (1, FOREVER), (1, 2), (2, FOREVER)]))
        props: dict[str, Any] = {"fact_id": f"f{draw(st.integers(0, 9))}-{i:02d}", "source": "t", "run": ""}
        props |= {"rec_from": known[0], "rec_to": known[1]}
        if kind == "SAME_PERSON_AS":
            props |= {
                "judgement": draw(st.sampled_from(["same", "unsure", "different"])),
                "author": "t",
                "reason": "t",
                "day": DAY,
            }
        else:
            props["since"] = draw(st.sampled_from([None, date(2020, 1, 1), DAY, date(2025, 1, 2)]))
            props["until"] = draw(st.sampled_from([None, None, None, DAY, date(2025, 1, 2), date(2024, 1, 1)]))
            props["absent_since"] = draw(st.sampled_from([None, None, None, DAY, date(2026, 1, 1)]))
        found.append({"type": kind, "start": start, "end": draw(st.sampled_from(ends)), "props": props})
    return found


def written(
    graph: Graph, rows: list[dict[str, Any]], hubs: frozenset[str], imposed: list[dict[str, Any]] | None = None
) -> None:
    """These relationships among all parties and addresses, as the only content of the graph."""

    def work(tx: Tx) -> None:
        tx.run("MATCH (n) WHERE n:Party OR n:Address OR n:Change OR n:Sanction DETACH DELETE n")
        tx.run("MATCH (c:Clock) SET c.seq = 2")
        tx.run(
            "UNWIND [1, 2] AS seq CREATE (:Change {seq: seq, at: CASE seq WHEN 1 THEN 0 ELSE $now END})",
            now=1_700_000_000_000,
        )
        nodes: list[dict[str, Any]] = [{"key": k, "name": k[-2:], "hub": k in hubs} for k in (*PARTIES, *ADDRESSES)]
        for label, first in (("Party:Entity", "e"), ("Party:Person", "p"), ("Address", "a")):
            tx.run(
                f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", rows=[n for n in nodes if n["key"][0] == first]
            )
        for kind in TYPES:
            tx.run(
                "UNWIND $rows AS row MATCH (a {key: row.start}) MATCH (b {key: row.end}) "
                f"CREATE (a)-[r:{kind}]->(b) SET r = row.props",
                rows=[r for r in rows if r["type"] == kind],
            )
        tx.run(
            "UNWIND $rows AS row MERGE (s:Sanction {key: row.start}) WITH s, row MATCH (p:Party {key: row.end}) "
            "CREATE (s)-[r:IMPOSED_ON]->(p) SET r = row.props",
            rows=imposed or [],
        )
        tx.run("MATCH (p:Party) CREATE (:Identifier {scheme: 'own', value: p.key})-[:IDENTIFIES]->(p)")

    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH (i:Identifier) DETACH DELETE i").consume()
        session.execute_write(lambda tx: work(Tx(tx, 2)))


class Reference:
    """The same answers, by trying everything that is in the list of relationships."""

    def __init__(self, rows: list[dict[str, Any]], hubs: frozenset[str], **asked: Any) -> None:
        self.hubs, self.day, self.past = hubs, asked["day"], asked["past"]
        self.facts = [r for r in rows if self._walked(r, **asked)]
        self.ties: dict[frozenset[str], list[dict[str, Any]]] = defaultdict(list)
        self.next: dict[str, set[str]] = defaultdict(set)
        for r in sorted(self.facts, key=lambda r: (not self.holds(r), r["props"]["fact_id"])):
            if r["start"] != r["end"]:
                self.ties[frozenset((r["start"], r["end"]))].append(r)
                self.next[r["start"]].add(r["end"])
                self.next[r["end"]].add(r["start"])

    def _walked(self, r: dict[str, Any], *, day: date, position: int, past: bool, types: Any, cross: Any) -> bool:
        p = r["props"]
        if r["type"] == "SAME_PERSON_AS":
            kind = p["judgement"] in cross
        else:
            kind = r["type"] in types
        known = p["rec_from"] <= position < p["rec_to"]
        begun = p.get("since") is None or p["since"] <= day
        return kind and known and begun and (past or self.holds(r))

    def holds(self, r: dict[str, Any]) -> bool:
        p = r["props"]
        return all(p.get(name) is None or p[name] > self.day for name in ("until", "absent_since"))

    def simple(self, first: set[str], last: set[str], hops: int, *, stop_at_hubs: bool = True) -> list[tuple[str, ...]]:
        """Every sequence of different nodes from one side to the other, that passes nobody asked about."""
        out = []

        def go(way: tuple[str, ...]) -> None:
            for other in self.next[way[-1]]:
                if other in last:
                    out.append((*way, other))
                elif other not in {*first, *way} and len(way) < hops and not (stop_at_hubs and other in self.hubs):
                    go((*way, other))

        for key in first:
            go((key,))
        return sorted(out, key=lambda keys: (len(keys), [r["props"]["fact_id"] for r in self.walk(keys)]))

    def walk(self, keys: tuple[str, ...]) -> list[dict[str, Any]]:
        return [self.ties[frozenset(pair)][0] for pair in itertools.pairwise(keys)]

    def near(self, start: str, hops: int) -> dict[str, int]:
        """Distances; hubs are reached, and not walked through."""
        distance, layer = {start: 0}, [start]
        for step in range(1, hops + 1):
            layer = [k for k in layer if k == start or k not in self.hubs]
            layer = list(dict.fromkeys(o for k in layer for o in self.next[k] if o not in distance))
            distance |= dict.fromkeys(layer, step)
        del distance[start]
        return distance
