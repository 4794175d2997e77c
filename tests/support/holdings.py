"""Random holdings in a graph, that change."""

import random
from datetime import date
from typing import Any

from graph_model.schema import FOREVER
from graph_model.store.connect import Graph, Tx

HEADS = ("ACTUAL_CONTROLLER_OF", "SENIOR_MANAGER_OF", "LEGAL_REPRESENTATIVE_OF", "PRINCIPAL_OF", "DIRECTOR_OF")


class RandomHoldings:
    """Holdings, heads of companies and reasons not to tell, at random; new ones, and old ones that end."""

    def __init__(self, graph: Graph, seed: int) -> None:
        self.graph, self.rng = graph, random.Random(seed)
        self.parties: list[str] = []
        self.made = 0

    def change(self) -> None:
        """One write, as a load leaves it: whoever it is about is marked."""
        self.graph.write("load", self._write)

    def _dates(self) -> dict[str, date]:
        since = self.rng.choice((None, date(2018, 1, 1), date(2024, 6, 1)))
        until = self.rng.choice((None, None, None, date(2024, 6, 1), date(2027, 1, 1)))
        absent = self.rng.choice((None, None, None, date(2026, 7, 1), date(2026, 7, 2)))
        seen = self.rng.choice((None, date(2026, 6, 30)))
        told = {"since": since, "until": until, "absent_since": absent, "data_date": seen}
        return {name: day for name, day in told.items() if day}

    def _props(self, tx: Tx) -> dict[str, Any]:
        self.made += 1
        named = f"f{self.rng.randrange(10)}-{self.made:04d}"
        return {
            "fact_id": named,
            "statement_id": named,
            "source": "t",
            "run": "",
            "rec_from": tx.seq,
            "rec_to": FOREVER,
            **self._dates(),
        }

    def _share(self) -> dict[str, float]:
        if self.rng.random() < 0.25:
            return {}  # not known
        low, high = sorted(self.rng.choice((0.0, 0.1, 0.25, 0.3, 0.5, 0.51, 0.7, 1.0)) for _ in range(2))
        return {"share_min": low, "share_max": low if self.rng.random() < 0.7 else high}

    def _write(self, tx: Tx) -> None:
        rng = self.rng
        new = [
            f"{rng.choice('eeepo')}-{n:020d}" for n in range(len(self.parties), len(self.parties) + rng.randint(3, 7))
        ]
        for label, prefix in (("Entity", "e"), ("Person", "p"), ("Organ", "o")):
            rows = [{"key": k, "name": k[-2:], "changed": tx.seq} for k in new if k[0] == prefix]
            tx.run(f"UNWIND $rows AS row CREATE (n:Party:{label}) SET n = row", rows=rows)
        self.parties += new
        bodies = [k for k in self.parties if k[0] != "p"]
        persons = [k for k in self.parties if k[0] == "p"] or bodies
        rows = []
        for _ in range(rng.randint(6, 14)):
            rows.append(("HOLDS_SHARES_IN", rng.choice(self.parties), rng.choice(bodies), self._share()))
        for _ in range(3):
            rows.append((rng.choice(HEADS), rng.choice(persons), rng.choice(bodies), {"post": "总经理"}))
        ended = tx.run(
            "MATCH (a:Party)-[r]->(b:Party) WHERE r.rec_to = $f WITH a, r, b ORDER BY r.fact_id RETURN r.fact_id AS id, "
            "a.key AS start, b.key AS end",
            f=FOREVER,
        )
        gone = rng.sample([dict(r) for r in ended], len(ended) // 5)
        tx.run(
            "UNWIND $ids AS id MATCH ()-[r {fact_id: id}]->() SET r.rec_to = $k", ids=[r["id"] for r in gone], k=tx.seq
        )
        for kind, start, end, more in rows:
            tx.run(
                "MATCH (a:Party {key: $start}) MATCH (b:Party {key: $end}) CREATE (a)-[r:" + kind + "]->(b) SET r = $props",  # ty: ignore[invalid-argument-type]
                start=start, end=end, props=self._props(tx) | more,
            )  # fmt: skip
        hushed = rng.choice(bodies)
        props = self._props(tx) | {"owners_undisclosed": rng.choice(("noBeneficialOwners", "unknown"))}
        tx.run("MATCH (p:Party {key: $key}) CREATE (s:Statement)-[:ABOUT]->(p) SET s = $props", key=hushed, props=props)
        touched = {
            hushed,
            *(key for _, a, b, _ in rows for key in (a, b)),
            *(r[e] for r in gone for e in ("start", "end")),
        }
        tx.run("MATCH (p:Party) WHERE p.key IN $keys SET p.changed = $k", keys=sorted(touched), k=tx.seq)
