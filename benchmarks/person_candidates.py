"""Person candidates: which of 100,000 persons may be one. How long, and does a frequent name cost more than its share?

    python -m benchmarks.person_candidates [--size 100000] [--graph] [--json]

Generated persons: names with a few very frequent ones and a long tail (the first is borne by some 200 of 100,000), one
to eight posts each in 0.8 companies per person, addresses, holdings, years of birth for half of them. Measured are

- `candidates_s`: the pure part, from lists of records to scored pairs;
- `names_only_pairs`: the pairs that bear one name, which is what a comparison without blocks would look at;
- with `--graph`: the same persons in a Neo4j, `propose_s` from the question to the answer, its queries included.

Wanted: at most 60 s for 100,000 persons, each way.
"""

import random
import resource
import time
from collections import Counter
from itertools import accumulate
from typing import Any, LiteralString

from benchmarks.common import arguments, machine, report, say, stores
from graph_model import cypher
from graph_model.same_person import EntityRecord, PersonRecord, Tie, candidates
from graph_model.schema import FOREVER, RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph
from queries.party.same_person import propose

LIMIT = 60.0
WRITE_BATCH = 20_000

NODES: dict[str, LiteralString] = {
    "p": "UNWIND $rows AS row CREATE (n:Party:Person) SET n = row.props"
    " CREATE (:Identifier {scheme: 'name-in-entity', value: row.props.key})-[:IDENTIFIES {rec_from: 0}]->(n)",
    "e": "UNWIND $rows AS row CREATE (n:Party:Entity) SET n = row.props",
    "a": "UNWIND $rows AS row CREATE (n:Address) SET n = row.props",
}


def main() -> None:
    parser = arguments(__doc__, size=100_000)
    parser.add_argument("--graph", action="store_true", help="through a Neo4j as well")
    asked = parser.parse_args()
    persons, entities = generated(asked.size, asked.seed)
    bearers = Counter(p.names[0] for p in persons)
    figures: dict[str, Any] = {
        "benchmark": "person_candidates",
        **machine(),
        "persons": len(persons),
        "entities": len(entities),
        "most_frequent_name": bearers.most_common(1)[0][1],
        "names_only_pairs": sum(n * (n - 1) // 2 for n in bearers.values()),
    }
    say("candidates")
    began, used = time.perf_counter(), time.process_time()
    found = candidates(persons, entities)
    figures["candidates_s"] = round(time.perf_counter() - began, 2)
    figures["candidates_processor_s"] = round(time.process_time() - used, 2)
    figures |= {"pairs": len(found.pairs), "blocks_too_large": len(found.skipped)}
    figures["resident_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if asked.graph:
        with stores(1) as (store,):
            say("writing the graph")
            write(store.graph, persons, entities)
            say("propose")
            began = time.perf_counter()
            answer = propose(store.graph, limit=1_000_000)
            figures["propose_s"] = round(time.perf_counter() - began, 2)
            pairs = {(p.a, p.b): p.score for p in found.pairs}
            if {(c.a.key, c.b.key): c.score for c in answer.candidates} != pairs:
                raise AssertionError("the graph proposes other pairs than the lists")
    figures["within_limit"] = all(figures.get(name, 0) <= LIMIT for name in ("candidates_s", "propose_s"))
    report(figures, as_json=asked.json)


def generated(size: int, seed: int) -> tuple[list[PersonRecord], list[EntityRecord]]:
    """Persons and their entities, the same for the same seed; one in fifty stands in the lists twice."""
    chance = random.Random(seed)
    surnames = [chr(0x4E10 + 7 * n) for n in range(400)]
    given = [chr(0x5200 + 3 * n) for n in range(1_500)]
    surname_of = list(accumulate(1 / (n + 1) for n in range(len(surnames))))
    given_of = list(accumulate((n + 1) ** -0.8 for n in range(len(given))))
    companies = size * 4 // 5
    near: list[list[int]] = [[] for _ in range(companies)]
    for n in range(companies):
        for other in chance.sample(range(companies), chance.choice((0, 0, 1, 1, 2))):
            if other != n:
                near[n].append(other)
                near[other].append(n)
    addresses = [f"a-{chance.randrange(companies // 3):06d}" for _ in range(companies)]
    regions = [str(4301 + chance.randrange(14)) for _ in range(companies)]
    entities = [
        EntityRecord(f"e-{n:06d}", regions[n], (addresses[n],), tuple(f"e-{o:06d}" for o in sorted(set(near[n]))))
        for n in range(companies)
    ]
    persons = []
    for number in range(size):
        if number % 50 == 49:  # an entry of somebody who is there already, on a board nearby
            name, born = persons[-1].names[0], persons[-1].born
            first = int(persons[-1].ties[0].entity[2:])
            places = [near[first][0] if near[first] else first]
        else:
            letters = 1 if chance.random() < 0.25 else 2
            name = chance.choices(surnames, cum_weights=surname_of)[0]
            name += "".join(chance.choices(given, cum_weights=given_of, k=letters))
            year = chance.randrange(1950, 2000)
            born = (year, year) if chance.random() < 0.5 else None
            places = chance.sample(range(companies), chance.choices((1, 2, 3, 8), (70, 20, 8, 2))[0])
        ties = tuple(Tie(f"e-{n:06d}", "bench", represents=chance.random() < 0.3) for n in places)
        persons.append(PersonRecord(f"p-{number:06d}", (name,), ties, born=born))
    return persons, entities


def write(graph: Graph, persons: list[PersonRecord], entities: list[EntityRecord]) -> None:
    """The same records as a graph, straight into the store."""
    position = graph.write("load", lambda tx: tx.seq)
    nodes: dict[str, list[dict[str, Any]]] = {
        "p": [{"props": {"key": p.key, "name": p.names[0], "name_key": p.names[0], "coded": True}} for p in persons],
        "e": [{"props": {"key": e.key, "name": e.key, "name_key": e.key, "region": e.region}} for e in entities],
        "a": [{"props": {"key": a, "name": a}} for a in sorted({a for e in entities for a in e.addresses})],
    }
    facts: dict[str, list[dict[str, Any]]] = {
        "LEGAL_REPRESENTATIVE_OF": [],
        "DIRECTOR_OF": [],
        "REGISTERED_AT": [],
        "HOLDS_SHARES_IN": [],
    }

    def fact(kind: str, start: str, end: str) -> None:
        props = {"fact_id": f"{kind}-{len(facts[kind])}", "source": "bench", "rec_from": position, "rec_to": FOREVER}
        facts[kind].append({"start": start, "end": end, "props": props})

    for person in persons:
        for tie in person.ties:
            fact("LEGAL_REPRESENTATIVE_OF" if tie.represents else "DIRECTOR_OF", person.key, tie.entity)
    for entity in entities:
        for address in entity.addresses:
            fact("REGISTERED_AT", entity.key, address)
        for other in entity.near:
            if entity.key < other:
                fact("HOLDS_SHARES_IN", entity.key, other)
    born = [{"key": p.key, "year": p.born[0] + 18} for p in persons if p.born]
    writes = [(NODES[kind], rows) for kind, rows in nodes.items()]
    writes += [(cypher.create_facts(RELATIONSHIP_BY_TYPE[kind]), rows) for kind, rows in facts.items()]
    writes += [(BORN, born)]
    with graph.driver.session(database=graph.database) as session:
        for text, rows in writes:
            for at in range(0, len(rows), WRITE_BATCH):
                part = rows[at : at + WRITE_BATCH]
                session.execute_write(lambda tx, text=text, part=part: tx.run(text, rows=part).consume())


BORN: LiteralString = "UNWIND $rows AS row MATCH (p:Party {key: row.key}) SET p.adult_year = row.year"


if __name__ == "__main__":
    main()
