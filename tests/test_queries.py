"""Questions: who is it, what reaches it, who near it is listed. Against the story, and against a reference in Python."""

import csv
import json
import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, LiteralString

import pytest

from graph_model.errors import BadRequest
from graph_model.rules import RulePack
from graph_model.schema import FOREVER, RELATIONSHIP_BY_TYPE
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from loaders.derive import derive_into
from loaders.sample.province import generate
from loaders.sample.story import STORY
from queries.answers import Answer, ConsequenceRef, FactRef, NodeRef
from queries.law.consequences import consequences_from, consequences_of
from queries.lookup import lookup
from queries.network.exposure import exposure
from queries.party.parties import neighbours, party_file, resolve
from queries.party.search import find
from queries.supply.ledger import counts
from tests.support.deep import so_many
from tests.support.exposure import DAYS, Reference, random_graph
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 6, 30)
LATER = date(2099, 1, 1)
"""Known at the end of this day: everything."""


def the_key(graph: Graph, keys: Keys, number: str) -> str:
    party, candidates = resolve(graph, number, hash=keys.hash)
    assert party is not None, [c.name for c in candidates]
    return party.key


# --- who is it? -------------------------------------------------------------------------------------------


def test_a_party_is_found_by_all_that_names_it(sample_graph: Graph, keys: Keys) -> None:
    key = the_key(sample_graph, keys, STORY.food.number)
    for text in (
        key,
        STORY.food.number,
        f"  {STORY.food.number.lower()} ",
        STORY.food.name,
        "澧橘园食品",
        "橘园",
        "长沙 食品有限",  # each word is part of the name
    ):
        answer = find(sample_graph, text, as_of=DAY, hash=keys.hash)
        assert answer.status == "hit"
        assert key in [c.key for c in answer.candidates], text
    found = find(sample_graph, STORY.food.number, as_of=DAY).candidates[0]
    assert (found.name, found.label, found.kind) == (STORY.food.name, "Entity", "company")
    assert {(i.scheme, i.value) for i in found.identifiers} == {("uscc", STORY.food.number)}
    person = find(sample_graph, STORY.food_lr.number, as_of=DAY, hash=keys.hash).candidates
    assert [(p.name, p.label) for p in person] == [(STORY.food_lr.name, "Person")]
    assert STORY.food_lr.number not in person[0].model_dump_json()


def test_registration_numbers_and_former_names_find_too(sample_graph: Graph, sample_folder: Path, keys: Keys) -> None:
    with (sample_folder / "penalties.csv").open(encoding="utf-8") as file:
        number = next(r["CF_XDR_GSZC"] for r in csv.DictReader(file) if r["CF_XDR_GSZC"])
    with (sample_folder / "register.csv").open(encoding="utf-8") as file:
        row = next(r for r in csv.DictReader(file) if r["曾用名"])
    (by_number,) = find(sample_graph, number, as_of=DAY).candidates
    assert ("cn-reg", number) in {(i.scheme, i.value) for i in by_number.identifiers}
    former = row["曾用名"].split(";")[0].split("；")[0]
    key = the_key(sample_graph, keys, row["统一社会信用代码"])
    (first, *_) = find(sample_graph, former, as_of=DAY).candidates
    assert first.key == key
    assert former in first.former_names
    # By a former name a party is found, but never taken for granted.
    assert resolve(sample_graph, former)[0] is None


def test_how_much_there_is_of_what_is_what_counting_finds(sample_graph: Graph) -> None:
    named = sample_graph.read("MATCH (n:Party)<-[:IDENTIFIES]-() RETURN DISTINCT n.key AS key, labels(n) AS labels")
    labels = Counter(label for r in named for label in r["labels"])
    others = Counter(r["l"] for r in sample_graph.read("MATCH (n) UNWIND labels(n) AS l RETURN l"))
    facts = sample_graph.read("MATCH ()-[r]->() RETURN properties(r) AS p")
    assert counts(sample_graph) == {
        **{
            what: labels[label] for what, label in (("parties", "Party"), ("entities", "Entity"), ("persons", "Person"))
        },
        "organs": labels["Organ"],
        **{f"{label.lower()}s": others[label] for label in ("Sanction", "Consequence", "Statement")},
        "facts": sum("fact_id" in r["p"] for r in facts),
    }
    assert min(counts(sample_graph).values()) > 0


def test_a_stock_code_finds_its_company(graph: Graph) -> None:
    def work(tx: Tx) -> None:
        tx.run(
            "CREATE (p:Party:Entity {key: 'e-aaaaaaaaaaaaaaaaaaaa', name: '甲', name_key: '甲', coded: true}) "
            "CREATE (:Identifier {scheme: 'stock', value: '688001.SH'})-[:IDENTIFIES]->(p)"
        )

    graph.write("load", work)
    for text in ("688001.SH", "688001.sh", "688001"):
        assert resolve(graph, text)[0] is not None


def test_unknown_and_ambiguous_are_said(sample_graph: Graph, keys: Keys, pack: RulePack) -> None:
    for text in ("91430102XN99999999", "没有这样的公司", "e-aaaaaaaaaaaaaaaaaaaa", "()", "*", "  "):
        answer = lookup(sample_graph, pack, text, as_of=DAY, hash=keys.hash)
        assert (answer.status, answer.party) == ("unknown", None), text
        assert answer.reason
    for text in (STORY.namesake_clean.name, "有限公司", "食品"):
        answer = lookup(sample_graph, pack, text, as_of=DAY, hash=keys.hash)
        assert (answer.status, answer.party) == ("ambiguous", None), text
        assert len(answer.candidates) > 1
        assert answer.consequences == answer.hits == answer.sanctions == []
        assert answer.reason
    # Part of a name is not the name, even when only one bears it.
    party, candidates = resolve(sample_graph, "澧橘园")
    assert party is None
    assert [c.name for c in candidates] == [STORY.food.name]
    for question in (party_file, neighbours, exposure):
        assert question(sample_graph, "e-aaaaaaaaaaaaaaaaaaaa", as_of=DAY).status == "unknown"
    assert consequences_of(sample_graph, pack, "e-aaaaaaaaaaaaaaaaaaaa", as_of=DAY).status == "unknown"
    assert consequences_from(sample_graph, pack, "s-aaaaaaaaaaaaaaaaaaaa", as_of=DAY).status == "unknown"


def test_the_file_of_a_party(sample_graph: Graph, keys: Keys) -> None:
    key = the_key(sample_graph, keys, STORY.food.number)
    answer = party_file(sample_graph, key, as_of=DAY)
    assert (answer.status, answer.complete) == ("hit", True)
    assert {"ABOUT", "LEGAL_REPRESENTATIVE_OF", "DIRECTOR_OF", "HOLDS_SHARES_IN", "REGISTERED_AT", "IMPOSED_ON"} <= {
        f.type for f in answer.facts
    }
    names = {n.key: n for n in answer.nodes}
    for fact in answer.facts:
        assert key in (fact.from_, fact.to)
        assert {fact.from_, fact.to} <= set(names)
        assert fact.recorded_at
        assert fact.source
        assert fact.record
    heads = {names[f.from_].name: (f.since, f.until) for f in answer.facts if f.type == "LEGAL_REPRESENTATIVE_OF"}
    assert heads[STORY.food_former_lr.name] == (date(2013, 3, 15), date(2018, 1, 1))
    (sanction,) = answer.sanctions
    assert (sanction.document_number, sanction.decided_on) == (STORY.food_decision, date(2023, 9, 12))
    assert party_file(sample_graph, key, as_of=date(2023, 9, 11)).sanctions == []

    cut = party_file(sample_graph, key, as_of=DAY, limit=2)
    assert (cut.status, cut.complete) == ("hit", False)
    assert [c.reason for c in cut.cut] == ["limit"]
    near = neighbours(sample_graph, key, as_of=DAY)
    assert STORY.food_lr.name in [c.name for c in near.candidates]


# --- what reaches it? -------------------------------------------------------------------------------------


def reached(answer: Answer) -> dict[tuple[str, str], ConsequenceRef]:
    return {(c.rule, c.measure): c for c in answer.consequences}


def test_the_food_licence_reaches_the_head_and_the_named_manager(
    sample_graph: Graph, keys: Keys, pack: RulePack
) -> None:
    def on(number: str, day: date = DAY) -> dict[tuple[str, str], ConsequenceRef]:
        return reached(consequences_of(sample_graph, pack, the_key(sample_graph, keys, number), as_of=day))

    company = on(STORY.food.number)["PR-021", "LICENCE_REFUSAL"]
    assert (company.status, company.since, company.until) == ("active", date(2023, 9, 12), date(2028, 9, 13))
    assert [(b.document, b.article) for b in company.legal_basis] == [("食品安全法", "第135条第1款")]
    head = on(STORY.food_lr.number)["PR-021", "MARKET_BAN"]
    assert head.status == "candidate"  # a person: only a human makes it active
    assert [f.type for f in head.evidence][:2] == ["LEGAL_REPRESENTATIVE_OF", "IMPOSED_ON"]
    assert ("PR-021", "MARKET_BAN") in on(STORY.food_manager.number)
    for nobody in (STORY.food_former_lr, STORY.food_shareholder, STORY.shared_director):
        assert on(nobody.number) == {}, nobody.name
    # The day before, the first day, the last day, the day after.
    for day, status in (
        (date(2023, 9, 11), None),
        (date(2023, 9, 12), "active"),
        (date(2028, 9, 12), "active"),
        (date(2028, 9, 13), "ended"),
    ):
        found = on(STORY.food.number, day).get(("PR-021", "LICENCE_REFUSAL"))
        assert (found.status if found else None) == status, day


def test_whom_a_sanction_reaches_is_the_same_seen_from_both_ends(
    sample_graph: Graph, keys: Keys, pack: RulePack
) -> None:
    for company in STORY.companies():
        for sanction in party_file(sample_graph, the_key(sample_graph, keys, company.number), as_of=DAY).sanctions:
            answer = consequences_from(sample_graph, pack, sanction.key, as_of=DAY)
            assert [s.key for s in answer.sanctions] == [sanction.key]
            for c in answer.consequences:
                there = consequences_of(sample_graph, pack, c.subject.key, as_of=DAY)
                assert c in there.consequences
                assert c.sanction.key == sanction.key


def test_namesakes_are_reached_apart(sample_graph: Graph, keys: Keys, pack: RulePack) -> None:
    listed = consequences_of(sample_graph, pack, the_key(sample_graph, keys, STORY.namesake_listed.number), as_of=DAY)
    clean = consequences_of(sample_graph, pack, the_key(sample_graph, keys, STORY.namesake_clean.number), as_of=DAY)
    assert ("PR-006", "OFFICE_BAN") in reached(listed)
    assert (clean.status, clean.consequences) == ("clear", [])


def test_units_registered_later_are_reached_and_earlier_ones_not(
    sample_graph: Graph, keys: Keys, pack: RulePack
) -> None:
    def on(number: str, day: date = DAY) -> dict[tuple[str, str], ConsequenceRef]:
        return reached(consequences_of(sample_graph, pack, the_key(sample_graph, keys, number), as_of=day))

    later = on(STORY.tax_later.number)["EP-001", "RATING_D"]
    types = {f.type for f in later.evidence}
    assert types >= {"IMPOSED_ON", "RESPONSIBLE_FOR", "LEGAL_REPRESENTATIVE_OF"}
    assert later.since == date(2026, 5, 20)
    assert "第18条第11项" in (later.legal_basis[0].article or "")
    assert ("EP-001", "RATING_D") not in on(STORY.tax_later.number, date(2026, 5, 19))
    assert ("EP-001", "RATING_D") not in on(STORY.tax_earlier.number)


def test_a_finding_makes_the_office_ban_and_an_order_covers_the_head(
    sample_graph: Graph, keys: Keys, pack: RulePack
) -> None:
    def on(number: str) -> dict[tuple[str, str], ConsequenceRef]:
        return reached(consequences_of(sample_graph, pack, the_key(sample_graph, keys, number), as_of=DAY))

    ban = on(STORY.revoked_lr.number)["PR-007", "OFFICE_BAN"]
    assert "RESPONSIBLE_FOR" in [f.type for f in ban.evidence]
    assert not any("finding" in m for m in ban.missing)
    limit = on(STORY.limited_lr.number)["PR-001", "CONSUMPTION"]
    assert not any("order" in m for m in limit.missing)
    assert on(STORY.near_lr.number) == {}


EVIDENCE = """
UNWIND $ids AS id
OPTIONAL MATCH ()-[r]->() WHERE r.fact_id = id
RETURN id, type(r) AS type, startNode(r).key AS start, endNode(r).key AS end, r.rec_to AS rec_to
"""


def test_evidence_is_in_the_graph_and_ties_subject_and_sanction(
    sample_graph: Graph, keys: Keys, pack: RulePack
) -> None:
    rows = sample_graph.read("MATCH (c:Consequence) RETURN properties(c) AS c")
    assert len(rows) > 50
    stored = {
        r["id"]: r
        for r in sample_graph.read(
            "MATCH (a)-[r]->(b) WHERE r.rec_to = $forever "
            "RETURN r.fact_id AS id, type(r) AS type, a.key AS start, b.key AS end",
            forever=FOREVER,
        )
    }
    for row in rows:
        c = row["c"]
        frozen = json.loads(c["evidence"])
        assert [f["fact_id"] for f in frozen] == c["fact_ids"]
        near: dict[str, set[str]] = defaultdict(set)
        for fact in frozen:
            there = stored[fact["fact_id"]]
            assert (there["type"], there["start"], there["end"]) == (fact["type"], fact["start"], fact["end"])
            near[fact["start"]].add(fact["end"])
            near[fact["end"]].add(fact["start"])
        seen, todo = {c["subject"]}, [c["subject"]]
        while todo:
            fresh = near[todo.pop()] - seen
            seen |= fresh
            todo += fresh
        assert c["sanction"] in seen
        assert seen == set(near) | {c["subject"]}, "a fact that is tied to nothing"
    for key in sorted({r["c"]["subject"] for r in rows})[:40]:
        for c in consequences_of(sample_graph, pack, key, as_of=LATER).consequences:
            well_formed(c.path, c.subject.key)


def well_formed(path: list[NodeRef | FactRef], first: str) -> list[str]:
    """Node, fact, node, …: every fact joins the two beside it. Returns the keys on it."""
    keys = []
    for i, step in enumerate(path):
        if i % 2 == 0:
            assert isinstance(step, NodeRef)
            keys.append(step.key)
        else:
            after = path[i + 1]
            assert isinstance(step, FactRef)
            assert isinstance(after, NodeRef)
            assert {step.from_, step.to} == {keys[-1], after.key}
    assert keys[0] == first
    return keys


def test_derived_on_the_fly_is_what_is_stored(sample_graph: Graph, pack: RulePack) -> None:
    subjects = [r["k"] for r in sample_graph.read("MATCH (c:Consequence) RETURN DISTINCT c.subject AS k ORDER BY k")]
    for key in random.Random(1).sample(subjects, min(25, len(subjects))):
        stored = consequences_of(sample_graph, pack, key, as_of=LATER)
        derived = consequences_of(sample_graph, pack, key, as_of=LATER, known_at=LATER)
        assert stored.consequences
        assert derived.consequences == stored.consequences
    for r in sample_graph.read("MATCH (s:Sanction) RETURN s.key AS k ORDER BY k LIMIT 25"):
        stored = consequences_from(sample_graph, pack, r["k"], as_of=LATER)
        assert consequences_from(sample_graph, pack, r["k"], as_of=LATER, known_at=LATER).consequences == (
            stored.consequences
        )


def test_deriving_again_changes_nothing(sample_graph: Graph, pack: RulePack) -> None:
    before = sample_graph.position()
    again = derive_into(sample_graph, pack)
    assert (again.sanctions, again.created, again.removed) == (0, 0, 0)
    everything = derive_into(sample_graph, pack, everything=True)
    assert (everything.created, everything.removed) == (0, 0)
    assert everything.kept > 50
    assert sample_graph.position() == before


@pytest.mark.once
def test_step_by_step_is_the_same_as_all_at_once(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    generate(50, 5, folder)
    rng = random.Random(5)
    parts = []
    for name, source in (
        *((n, "sample") for n in ("register.csv", "officers.csv", "lists.csv", "decisions.csv", "responsible.csv")),
        ("penalties.csv", "shuanggongshi"),
    ):
        with (folder / name).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        rng.shuffle(rows)
        half = len(rows) // 2
        parts += [(source, name, some) for some in (rows[:half], rows[half:]) if some]
    parts.append(("court-limits", "court_limits.json", json.loads((folder / "court_limits.json").read_text("utf-8"))))
    rng.shuffle(parts)
    for source, name, rows in parts:
        load_file(source, put(name, rows))
        derive_into(graph, pack)
    done = derive_into(graph, pack, everything=True)
    assert (done.created, done.removed) == (0, 0)
    assert done.kept > 20


def test_a_new_post_elsewhere_is_followed(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    head = {"法人代表": STORY.tax_d_lr.name, "法人代表证件号码": STORY.tax_d_lr.number, "企业类型": "有限责任公司"}
    rated = {"企业名称": STORY.tax_d.name, "统一社会信用代码": STORY.tax_d.number, "任职日期": "2016-10-08", **head}
    entry = {"名单代码": "TAX_D", "名单名称": "纳税信用D级", "主体名称": STORY.tax_d.name, "主体类别": "法人"}
    entry |= {"主体证件号码": STORY.tax_d.number, "列入机关": "国家税务总局湘潭市税务局", "列入日期": "2026-04-30"}
    load_file("sample", put("register.csv", [rated]))
    load_file("sample", put("lists.csv", [entry | {"列入决定文号": STORY.tax_d_decision}]))
    derive_into(graph, pack)
    # Neither the unit nor its sanction is in this file: only its head is, at another unit.
    later = {
        "企业名称": STORY.tax_later.name,
        "统一社会信用代码": STORY.tax_later.number,
        "任职日期": "2026-05-20",
        **head,
    }
    load_file("sample", put("register.csv", [later]))
    key = the_key(graph, keys, STORY.tax_later.number)
    now = consequences_of(graph, pack, key, as_of=DAY)
    assert reached(now)["EP-001", "RATING_D"].status == "candidate"
    derive_into(graph, pack)
    assert consequences_of(graph, pack, key, as_of=DAY).consequences == now.consequences
    done = derive_into(graph, pack, everything=True)
    assert (done.created, done.removed) == (0, 0)


def test_a_marked_sanction_is_never_answered_from_what_is_stored(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    code, head = STORY.revoked.number, STORY.revoked_lr
    company = {
        "企业名称": STORY.revoked.name,
        "统一社会信用代码": code,
        "企业类型": "有限责任公司",
        "法人代表": head.name,
    }
    company |= {"法人代表证件号码": head.number, "任职日期": "2015-09-01"}
    organ = "衡阳市市场监督管理局"
    decision = {"CF_XDR_MC": STORY.revoked.name, "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": code}
    decision |= {"CF_WSH": "衡市监处罚〔2024〕9003号", "CF_CFLB": "吊销许可证件", "CF_NR": "吊销营业执照"}
    decision |= {"CF_NR_ZKDX": "营业执照", "CF_JDRQ": "2024-11-04", "CF_CFJG": organ}
    finding = {
        "决定文号": decision["CF_WSH"],
        "决定机关": organ,
        "当事人名称": STORY.revoked.name,
        "当事人证件号码": code,
    }
    finding |= {"责任人姓名": head.name, "责任人证件号码": head.number, "责任身份": "LR", "认定方式": "finding"}
    finding |= {"认定日期": "2024-11-04"}
    load_file("sample", put("register.csv", [company]))
    load_file("shuanggongshi", put("penalties.csv", [decision]))
    derive_into(graph, pack)
    key = the_key(graph, keys, head.number)
    before = reached(consequences_of(graph, pack, key, as_of=DAY))["PR-007", "OFFICE_BAN"]
    assert any("finding" in m for m in before.missing)
    load_file("sample", put("responsible.csv", [finding]))
    # Not derived yet, and known all the same, from both ends.
    now = consequences_of(graph, pack, key, as_of=DAY)
    assert not any("finding" in m for m in reached(now)["PR-007", "OFFICE_BAN"].missing)
    assert reached(consequences_from(graph, pack, before.sanction.key, as_of=DAY)) == reached(now)
    derive_into(graph, pack)
    assert consequences_of(graph, pack, key, as_of=DAY).consequences == now.consequences


# --- who near it? -----------------------------------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.once) for seed in range(5, so_many(9, 60)))]
)
def test_exposure_is_what_a_plain_search_finds(graph: Graph, seed: int) -> None:
    rng = random.Random(seed)
    parties = random_graph(graph, rng)
    reference = Reference(graph)
    for start in rng.sample(parties, 2):
        for hops in (1, 2, 3, 4):
            for day in DAYS:
                for known_at, position in ((None, 2), (LATER, 2), (date(2020, 1, 1), 1)):
                    answer = exposure(graph, start, hops=hops, as_of=day, known_at=known_at)
                    hits, hubs = reference.exposure(start, hops, day, position)
                    asked = (start, hops, day, known_at)
                    assert answer.position == position
                    assert {(h.party.key, h.distance, h.ring) for h in answer.hits} == hits, asked
                    assert len(answer.hits) == len(hits)
                    assert {(c.party.key, c.distance) for c in answer.cut if c.party} == hubs, asked
                    assert answer.complete == (not hubs)
                    if not answer.complete:
                        assert answer.status != "clear"
                    for hit in answer.hits:
                        keys = well_formed(hit.path, start)
                        assert keys[-1] == hit.party.key
                        assert len(keys) == hit.distance + 1 == len(set(keys))
                        assert not any(reference.hub.get(k) for k in keys[1:-1])


def test_nothing_is_cut_in_silence(graph: Graph) -> None:
    def work(tx: Tx) -> None:
        tx.run(
            "CREATE (a:Party:Entity {key: 'e-a'}) WITH a UNWIND range(1, 5) AS i "
            "CREATE (b:Party:Entity {key: 'e-' + i, sanctioned: true, hub: false})<-[r:DIRECTOR_OF]-(a) "
            "SET r = {fact_id: 'f' + i, rec_from: 1, rec_to: $f} "
            "CREATE (:Sanction {key: 's-' + i})-[s:IMPOSED_ON]->(b) SET s = {fact_id: 's' + i, rec_from: 1, rec_to: $f}",
            f=FOREVER,
        )

    graph.write("load", work)
    whole = exposure(graph, "e-a", hops=2, as_of=DAY)
    assert (len(whole.hits), whole.complete, whole.status) == (5, True, "hit")
    assert exposure(graph, "e-a", hops=2, as_of=DAY, limit=5).complete
    some = exposure(graph, "e-a", hops=2, as_of=DAY, limit=4)
    assert (len(some.hits), some.complete) == (4, False)
    assert [c.reason for c in some.cut] == ["limit"]

    class Slow(Graph):
        def read(self, query: LiteralString, *, timeout: float | None = None, **parameters: Any) -> Any:
            if timeout is not None:
                raise TimeoutError
            return super().read(query, timeout=timeout, **parameters)

    late = exposure(Slow(graph.driver, graph.database, graph.author, graph.name), "e-a", hops=2, as_of=DAY)
    assert (late.status, late.complete, late.hits) == ("incomplete", False, [])
    assert [c.reason for c in late.cut] == ["time"]
    for hops in (0, 7):
        with pytest.raises(BadRequest, match="hops"):
            exposure(graph, "e-a", hops=hops, as_of=DAY)


def test_the_story_seen_from_near(sample_graph: Graph, keys: Keys) -> None:
    answer = exposure(sample_graph, the_key(sample_graph, keys, STORY.far.number), hops=3, as_of=DAY)
    hits = {h.party.name: h for h in answer.hits}
    food = hits[STORY.food.name]  # far ← near (holds 40 %) ← director → food
    assert (food.distance, food.ring) == (3, "surrounding")
    assert food.strength == pytest.approx(0.8 * 0.7 * 0.7, abs=1e-4)
    assert [s.type for s in food.path if isinstance(s, FactRef)] == ["HOLDS_SHARES_IN", "DIRECTOR_OF", "DIRECTOR_OF"]
    # A namesake of her director is listed: nobody near this company.
    assert the_key(sample_graph, keys, STORY.namesake_listed.number) not in {h.party.key for h in answer.hits}
    before = exposure(sample_graph, the_key(sample_graph, keys, STORY.far.number), hops=3, as_of=date(2023, 9, 11))
    assert STORY.food.name not in {h.party.name for h in before.hits}
    for step in food.path:
        if isinstance(step, FactRef):
            assert RELATIONSHIP_BY_TYPE[step.type].WALK


# --- the main question ------------------------------------------------------------------------------------


def clear_party(graph: Graph, keys: Keys, pack: RulePack) -> str:
    query = "MATCH (p:Entity {kind: 'company'}) WHERE p.sanctioned = false RETURN p.key AS k ORDER BY k"
    for r in graph.read(query):
        if lookup(graph, pack, r["k"], hops=1, as_of=DAY).status == "clear":
            return r["k"]
    raise AssertionError("nobody is clear")


def test_what_a_lookup_is_worth(sample_graph: Graph, keys: Keys, pack: RulePack) -> None:
    clear = lookup(sample_graph, pack, clear_party(sample_graph, keys, pack), hops=1, as_of=DAY)
    assert clear.complete
    assert not any(c.status != "ended" for c in clear.consequences)
    hit = lookup(sample_graph, pack, STORY.food.name, hops=2, as_of=DAY, hash=keys.hash)
    assert hit.status == "hit"
    assert [s.document_number for s in hit.sanctions] == [STORY.food_decision]
    assert {c.subject.name for c in hit.consequences} >= {STORY.food.name, STORY.food_lr.name, STORY.food_manager.name}
    # Nobody near it is listed, but a measure reaches him.
    person = lookup(sample_graph, pack, STORY.tax_d_person.number, hops=1, as_of=DAY, hash=keys.hash)
    assert person.status == "hit"


def test_exit_codes(sample_graph: Graph, sample_server: Server, keys: Keys, pack: RulePack, cli: Cli) -> None:
    key = clear_party(sample_graph, keys, pack)
    day = ("--as-of", DAY.isoformat(), "--store", sample_server.store)
    for arguments, expected in (
        (("lookup", STORY.food.name, "--fail-on-hit"), 3),
        (("lookup", STORY.food.name), 0),
        (("lookup", key, "--hops", "1", "--fail-on-hit"), 0),
        (("lookup", STORY.namesake_clean.name, "--fail-on-hit"), 4),
        (("lookup", "没有这样的公司", "--fail-on-hit"), 4),
        (("exposure", STORY.tax_later.number, "--hops", "2", "--fail-on-hit"), 3),
        (("exposure", key, "--hops", "1", "--fail-on-hit"), 0),
        (("exposure", "没有这样的公司", "--fail-on-hit"), 4),
        (("consequences", STORY.food_lr.number, "--fail-on-hit"), 3),
        (("consequences", STORY.near_lr.number, "--fail-on-hit"), 0),
        (("consequences", "s-aaaaaaaaaaaaaaaaaaaa", "--fail-on-hit"), 4),
        (("lookup", STORY.food.name, "--hops", "9"), 2),
        (("lookup", STORY.food.name, "--as-of", "30.6.2026"), 2),
    ):
        code, out, err = cli(*arguments, *(day if "--as-of" not in arguments else day[2:]), "--json")
        assert code == expected, (arguments, err)
        assert "Traceback" not in err
        if code != 2:
            answer = Answer.model_validate_json(out)
            assert answer.as_of == DAY
            if expected == 4:
                assert answer.status in ("unknown", "ambiguous")


def test_known_at_is_a_day_not_an_instant(sample_graph: Graph, keys: Keys, pack: RulePack) -> None:
    long_ago = date(2000, 1, 1)
    key = the_key(sample_graph, keys, STORY.food.number)
    for answer in (
        party_file(sample_graph, key, as_of=DAY, known_at=long_ago),
        consequences_of(sample_graph, pack, key, as_of=DAY, known_at=long_ago),
        exposure(sample_graph, key, as_of=DAY, known_at=long_ago),
    ):
        assert (answer.position, answer.known_at) == (0, long_ago)
        assert answer.facts == answer.consequences == answer.hits == answer.sanctions == []
    now = party_file(sample_graph, key, as_of=DAY, known_at=LATER - timedelta(days=1))
    assert now.position == sample_graph.position()
