"""Random graphs, and who is near whom in them by a plain search over everything."""

import random
from collections import defaultdict, deque
from datetime import date
from functools import cache
from typing import Any

from graph_model.schema import FOREVER, WALKABLE
from graph_model.store.connect import Graph, Tx

TYPES = ("DIRECTOR_OF", "HOLDS_SHARES_IN", "BRANCH_OF", "REGISTERED_AT", "MEMBER_OF")
DAYS = (date(2022, 1, 1), date(2025, 1, 1))


def random_graph(graph: Graph, rng: random.Random) -> list[str]:
    """A dozen parties and addresses, tied at random: hubs, ends, unknown dates, circles, loops, parallels, the past."""
    parties = [f"e-{i:020d}" for i in range(rng.randint(6, 14))]
    addresses = [f"a-{i:020d}" for i in range(2)]

    def dates() -> dict[str, Any]:
        since = rng.choice((None, date(2019, 1, 1), date(2022, 1, 1), date(2024, 6, 1), date(2025, 1, 2)))
        until = rng.choice((None, None, date(2021, 1, 1), date(2022, 1, 1), date(2025, 1, 1), date(2026, 1, 1)))
        if since and until and until <= since:
            until = None
        return {k: v for k, v in (("since", since), ("until", until)) if v}

    def believed() -> dict[str, int]:
        return {"rec_from": rng.choice((1, 1, 1, 2)), "rec_to": rng.choice((FOREVER, FOREVER, FOREVER, 2))}

    facts = []
    for i in range(rng.randint(len(parties), 3 * len(parties))):
        kind = rng.choice(TYPES)
        end = rng.choice(addresses if kind == "REGISTERED_AT" else parties)
        p: dict[str, Any] = {"fact_id": f"f{i}", "source": "t", "run": "", **dates(), **believed()}
        if p["rec_from"] < p["rec_to"]:
            facts.append({"type": kind, "start": rng.choice(parties), "end": end, "props": p})
    sanctions = []
    for i in range(rng.randint(1, 6)):
        p: dict[str, Any] = {
            "fact_id": f"s{i}",
            "source": "t",
            "run": "",
            "kind": "penalty",
            "codes": [],
            **dates(),
            **believed(),
        }
        if p["rec_from"] < p["rec_to"]:
            sanctions.append({"type": "IMPOSED_ON", "start": f"s-{i:020d}", "end": rng.choice(parties), "props": p})

    def work(tx: Tx) -> None:
        tx.run(
            "UNWIND $rows AS row CREATE (n:Party:Entity) SET n = row",
            rows=[{"key": k, "name": k[-3:], "hub": rng.random() < 0.2} for k in parties],
        )
        tx.run(
            "UNWIND $rows AS row CREATE (n:Address) SET n = row",
            rows=[{"key": k, "hub": rng.random() < 0.2} for k in addresses],
        )
        tx.run("UNWIND $rows AS row CREATE (n:Sanction {key: row.start})", rows=sanctions)
        for kind in (*TYPES, "IMPOSED_ON"):
            text = (
                "UNWIND $rows AS row MATCH (a {key: row.start}) MATCH (b {key: row.end}) "
                f"CREATE (a)-[r:{kind}]->(b) SET r = row.props"
            )
            tx.run(text, rows=[f for f in (*facts, *sanctions) if f["type"] == kind])
        tx.run("MATCH (p:Party) SET p.sanctioned = EXISTS {(p)<-[i:IMPOSED_ON]-() WHERE i.rec_to = $f}", f=FOREVER)

    graph.write("load", work)
    graph.write("load", lambda tx: tx.run("MATCH (c:Change {seq: 1}) SET c.at = 0"))
    return parties


class Reference:
    """The same answers, by breadth-first search over everything that is in the graph."""

    def __init__(self, graph: Graph) -> None:
        self.hub = {
            r["k"]: r["hub"] for r in graph.read("MATCH (n) WHERE n.key IS NOT NULL RETURN n.key AS k, n.hub AS hub")
        }
        self.facts = [
            (r["type"], r["start"], r["end"], {k: _native(v) for k, v in r["p"].items()})
            for r in graph.read(
                "MATCH (a)-[r]->(b) WHERE r.fact_id IS NOT NULL "
                "RETURN type(r) AS type, a.key AS start, b.key AS end, properties(r) AS p"
            )
        ]

    @cache  # noqa: B019
    def _near(self, day: date, position: int, now: bool) -> dict[str, set[str]]:
        near: dict[str, set[str]] = defaultdict(set)
        for kind, a, b, p in self.facts:
            if kind in WALKABLE and _held(p, day, position, now=now):
                near[a].add(b)
                near[b].add(a)
        return near

    def reached(self, start: str, hops: int, day: date, position: int, *, now: bool) -> dict[str, int]:
        """Distance of every node: hubs are reached, and not walked through."""
        near = self._near(day, position, now)
        distance, queue = {start: 0}, deque([start])
        while queue:
            here = queue.popleft()
            if distance[here] < hops and (here == start or not self.hub.get(here)):
                for other in near.get(here, set()) - distance.keys():
                    distance[other] = distance[here] + 1
                    queue.append(other)
        del distance[start]
        return distance

    @cache  # noqa: B019
    def _listed(self, day: date, position: int) -> dict[str, bool]:
        listed: dict[str, bool] = {}
        for kind, _, b, p in self.facts:
            begun = p.get("since") is None or p["since"] <= day
            if kind == "IMPOSED_ON" and p["rec_from"] <= position < p["rec_to"] and begun:
                in_force = p.get("until") is None or day < p["until"]
                listed[b] = listed.get(b, False) or in_force
        return listed

    def exposure(self, start: str, hops: int, day: date, position: int) -> tuple[set[Any], set[Any]]:
        listed = self._listed(day, position)
        now = self.reached(start, hops, day, position, now=True)
        ever = self.reached(start, hops, day, position, now=False)
        hits = set()
        for key, in_force in listed.items():
            if key in now:
                hits.add((key, now[key], "surrounding" if in_force else "historical"))
            elif key in ever:
                hits.add((key, ever[key], "historical"))
        if start in listed:
            hits.add((start, 0, "own"))
        return hits, {(k, d) for k, d in ever.items() if self.hub.get(k) and d < hops}


def _native(value: Any) -> Any:
    return value.to_native() if hasattr(value, "to_native") else value


def _held(p: dict[str, Any], day: date, position: int, *, now: bool) -> bool:
    if not p["rec_from"] <= position < p["rec_to"] or (p.get("since") and p["since"] > day):
        return False
    return not now or p.get("until") is None or p["until"] > day
