"""Same person, through the graph: proposals, judgements that stand, are undone and outlive a rebuild, and what crosses."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from graph_model.derivation import CONFIRM
from graph_model.errors import BadRequest, SourceError
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.decisions.confirmations import Wanted
from loaders.decisions.confirmations import decide as confirm
from loaders.decisions.events import import_events
from loaders.decisions.same_person import decide, decide_group, exported_judgements, undo
from loaders.derive import derive_into
from queries.answers import FactRef, Hit
from queries.law.consequences import consequences_of
from queries.network.exposure import exposure
from queries.party.parties import party_file, resolve
from queries.party.same_person import SamePerson, judgements, propose
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 6, 30)
TODAY = date(2026, 11, 22)
NAMESAKE = "欧阳甲乙"
CLEAN, LISTED, THIRD = "甲州清白有限公司", "乙州受罚有限公司", "丙州旁观有限公司"


def person_at(graph: Graph, entity: str, name: str) -> str:
    """Key of who bears this name at the entity of this name."""
    (row,) = graph.read(
        "MATCH (p:Person)-->(e:Entity {name: $entity}) WHERE p.name = $name RETURN DISTINCT p.key AS key",
        entity=entity,
        name=name,
    )
    return row["key"]


@pytest.fixture
def namesakes(graph: Graph, put: Put, load_file: LoadFile, pack: RulePack) -> tuple[str, str, str]:
    """A namesake in each of three companies, known by name only; one company lost its food licence.

    The first two companies are registered at one address, and a second name stands at both.
    """
    rows, others = [], []
    for number, (name, where, also) in enumerate(
        ((CLEAN, "甲州市一路1号", "乙丙丁"), (LISTED, "甲州市一路1号", "乙丙丁"), (THIRD, "丙州市二路2号", "戊己")), 11
    ):
        rows.append(company(name, number, NAMESAKE, "", 注册地址=where))
        other = {"统一社会信用代码": code(number), "企业名称": name, "姓名": also}
        others.append(other | {"职务": "董事", "任职日期": "2019-01-01"})
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("officers.csv", others))
    load_file("sample", put("decisions.csv", [decision(LISTED, 12)]))
    derive_into(graph, pack)
    return tuple(person_at(graph, name, NAMESAKE) for name in (CLEAN, LISTED, THIRD))  # ty: ignore


def the_listed(graph: Graph) -> str:
    """Key of the company that was punished."""
    party, _ = resolve(graph, LISTED)
    assert party is not None
    return party.key


def judge(graph: Graph, one: str, other: str, judgement: Any, **more: Any) -> Any:
    return decide(graph, one, other, judgement, reason="核对原件", day=DAY, today=TODAY, author="王敏", **more)


def far(graph: Graph, key: str, **more: Any) -> list[Hit]:
    return exposure(graph, key, hops=3, as_of=DAY, **more).hits


def test_proposals_in_the_graph(namesakes: tuple[str, str, str], graph: Graph) -> None:
    clean, listed, third = namesakes
    found = propose(graph)
    namesake = [c for c in found.candidates if {c.a.key, c.b.key} == {clean, listed}]
    (one,) = namesake
    assert {r.part: r.points for r in one.reasons} == {
        "same_name": 2,
        "representative_and_address": 4,
        "shared_board": 2,
    }
    assert one.score == 8
    assert one.bearers == 3
    assert {n.label for r in one.reasons for n in r.nodes} == {"Address", "Entity"}
    # The second name at both companies is a pair of its own; nobody else is.
    assert len(found.candidates) == 2
    assert all(third not in (c.a.key, c.b.key) for c in found.candidates)
    assert (found.frequent[0].name, found.frequent[0].persons) == (NAMESAKE, 3)
    for key in namesakes:
        alone = propose(graph, party=key)
        mine = [c for c in found.candidates if key in (c.a.key, c.b.key)]
        assert [c.model_dump() for c in alone.candidates] == [c.model_dump() for c in mine]
        assert [(n.name, n.persons) for n in alone.frequent] == [(NAMESAKE, 3)]
    with pytest.raises(BadRequest, match="no person"):
        propose(graph, party="e-aaaaaaaaaaaaaaaaaaaa")


def test_what_would_change_answers_comes_first(
    namesakes: tuple[str, str, str], graph: Graph, put: Put, load_file: LoadFile
) -> None:
    # Two who have more in common, and of whom nobody is near anybody listed.
    rows = [company(f"丁州{n}号有限公司", n, "宇文丙丁", "", 注册地址="丁州市三路3号") for n in (21, 22)]
    load_file("sample", put("register.csv", rows))
    board = [
        {"统一社会信用代码": code(n), "企业名称": f"丁州{n}号有限公司", "姓名": x} for n in (21, 22) for x in "子丑寅"
    ]
    load_file("sample", put("officers.csv", [b | {"职务": "董事", "任职日期": "2019-01-01"} for b in board]))
    found = propose(graph).candidates
    assert [bool(c.changes) for c in found] == sorted((bool(c.changes) for c in found), reverse=True)
    changing = [c for c in found if c.changes]
    assert len(changing) == 2
    assert {n.key for c in changing for n in c.listed} == {the_listed(graph)}
    assert max(c.score for c in found if not c.changes) > max(c.score for c in changing)
    for some in (changing, [c for c in found if not c.changes]):
        assert [c.score for c in some] == sorted((c.score for c in some), reverse=True)
    assert len({c.group for c in found}) == len(found)  # these pairs have nobody in common


def test_several_are_judged_at_once_or_not_at_all(namesakes: tuple[str, str, str], graph: Graph) -> None:
    def at_once(judgement: Any, *keys: str) -> list[Any]:
        return decide_group(graph, keys, judgement, reason="核对原件", day=DAY, today=TODAY, author="王敏")

    clean, listed, third = namesakes
    judge(graph, clean, third, "different")
    with pytest.raises(BadRequest, match="undo that first"):
        at_once("same", clean, listed, third)
    assert len(judgements(graph)) == 1
    undo(graph, clean, third, reason="看错了", day=TODAY, today=TODAY)
    judge(graph, clean, listed, "same")
    made = at_once("same", clean, listed, third)
    assert [{j.a.key, j.b.key} for j in made] == [{clean, third}]  # the other one stands already
    assert {h.party.key for h in far(graph, third)} >= {the_listed(graph)}
    for wrong in ((clean,), (clean, clean), (clean, "p-aaaaaaaaaaaaaaaaaaaa")):
        with pytest.raises(BadRequest):
            at_once("same", *wrong)
    for j in judgements(graph):
        undo(graph, j.a.key, j.b.key, reason="看错了", day=TODAY, today=TODAY)
    assert len(at_once("different", clean, listed, third)) == 3


def test_a_judgement_stands_is_undone_and_stays_readable(namesakes: tuple[str, str, str], graph: Graph) -> None:
    clean, listed, third = namesakes
    degrees = graph.read("MATCH (p:Person) RETURN p.key AS key, p.degree AS degree, p.hub AS hub ORDER BY key")
    done = judge(graph, listed, clean, "same")
    assert (done.judgement, done.author, done.day, done.score) == ("same", "王敏", DAY, 8)
    assert "representative_and_address +4" in done.reasons
    assert [c for c in propose(graph).candidates if clean in (c.a.key, c.b.key)] == []
    assert [j.id for j in propose(graph, party=clean).judgements] == [done.id]
    assert propose(graph, party=third).judgements == []
    # What is shown with a party, and what counts for a hub.
    assert [f.type for f in party_file(graph, clean, as_of=DAY).facts].count("SAME_PERSON_AS") == 1
    assert degrees == graph.read("MATCH (p:Person) RETURN p.key AS key, p.degree AS degree, p.hub AS hub ORDER BY key")
    for again in ("same", "different", "unsure"):
        with pytest.raises(BadRequest, match="undo that first"):
            judge(graph, clean, listed, again)
    before = graph.position()
    taken = undo(graph, clean, listed, reason="看错了", day=TODAY, today=TODAY, author="李强")
    assert (taken.standing, taken.undone_by, taken.undone_on, taken.undone_reason) == (False, "李强", TODAY, "看错了")
    assert judgements(graph) == []
    assert [j.id for j in judgements(graph, position=before)] == [done.id]
    assert [j.id for j in judgements(graph, undone=True)] == [done.id]
    with pytest.raises(BadRequest, match="No judgement stands"):
        undo(graph, clean, listed, reason="x", day=DAY, today=TODAY)
    other = judge(graph, clean, listed, "different")
    assert [j.id for j in judgements(graph, undone=True)] == [done.id, other.id]


def test_what_is_refused(namesakes: tuple[str, str, str], graph: Graph) -> None:
    clean, listed, third = namesakes
    position = graph.position()
    for arguments, words in (
        ((clean, clean, "same"), "one and the same"),
        ((clean, "p-aaaaaaaaaaaaaaaaaaaa", "same"), "no person"),
        ((clean, listed, "perhaps"), "is none"),
    ):
        with pytest.raises(BadRequest, match=words):
            judge(graph, *arguments)
    with pytest.raises(BadRequest, match="needs its reason"):
        decide(graph, clean, listed, "same", reason=" ", day=DAY, today=TODAY)
    with pytest.raises(BadRequest, match="lies ahead"):
        decide(graph, clean, listed, "same", reason="x", day=date(2026, 11, 23), today=TODAY)
    assert graph.position() == position
    judge(graph, clean, listed, "same")
    judge(graph, listed, third, "different")
    with pytest.raises(BadRequest, match="contradicts"):
        judge(graph, clean, third, "same")
    judge(graph, clean, third, "unsure")
    undo(graph, listed, third, reason="x", day=TODAY, today=TODAY)
    undo(graph, clean, third, reason="x", day=TODAY, today=TODAY)
    judge(graph, clean, third, "same")
    with pytest.raises(BadRequest, match="contradicts"):
        judge(graph, listed, third, "different")


def test_two_id_numbers_are_never_one_person(graph: Graph, put: Put, load_file: LoadFile) -> None:
    rows = [company(f"{n}号公司", n, NAMESAKE, number) for n, number in ((1, citizen(1)), (2, citizen(2)))]
    rows.append(company("3号公司", 3, NAMESAKE, ""))
    load_file("sample", put("register.csv", rows))
    first, second, third = (person_at(graph, f"{n}号公司", NAMESAKE) for n in (1, 2, 3))
    with pytest.raises(BadRequest, match="two persons"):
        judge(graph, first, second, "same")
    assert judge(graph, first, second, "different").score is None
    undo(graph, first, second, reason="x", day=TODAY, today=TODAY)
    judge(graph, first, third, "same")
    with pytest.raises(BadRequest, match="two persons, through those judged the same"):
        judge(graph, second, third, "same")


@pytest.mark.parametrize("judgement", [None, "unsure", "different"])
def test_no_consequence_crosses_what_nobody_judged_the_same(
    namesakes: tuple[str, str, str], graph: Graph, pack: RulePack, judgement: str | None
) -> None:
    clean, listed, _ = namesakes
    reached = consequences_of(graph, pack, listed, as_of=DAY).consequences
    assert reached, "the representative of the punished company is reached"
    if judgement is not None:
        judge(graph, clean, listed, judgement)
    derive_into(graph, pack)
    assert consequences_of(graph, pack, clean, as_of=DAY).consequences == []
    assert consequences_of(graph, pack, listed, as_of=DAY).consequences == reached


def test_a_consequence_crosses_a_judgement_and_waits_for_who_saw_it(
    namesakes: tuple[str, str, str], graph: Graph, pack: RulePack
) -> None:
    clean, listed, third = namesakes
    before = consequences_of(graph, pack, listed, as_of=DAY).consequences
    judged = judge(graph, clean, listed, "same")
    judge(graph, clean, third, "same")
    fresh = consequences_of(graph, pack, third, as_of=DAY).consequences  # asked before anything was derived
    derived = derive_into(graph, pack)
    assert derived.sanctions == 1
    for key, crossed in ((clean, 1), (third, 2)):
        found = consequences_of(graph, pack, key, as_of=DAY).consequences
        assert {c.measure for c in found} == {c.measure for c in before}
        for c in found:
            assert (c.status, c.subject.key) == ("candidate", key)
            assert CONFIRM in c.missing
            assert [f.type for f in c.evidence].count("SAME_PERSON_AS") == crossed
            assert c.path[0].key == key  # ty: ignore
    assert consequences_of(graph, pack, third, as_of=DAY).consequences == fresh
    assert consequences_of(graph, pack, listed, as_of=DAY).consequences == before, "he needs no judgement"
    again = derive_into(graph, pack, everything=True)
    assert (again.created, again.removed) == (0, 0)
    # The confirmation names what was seen; another judgement for the same two is other evidence.
    ban = next(c for c in consequences_of(graph, pack, clean, as_of=DAY).consequences if c.missing == [CONFIRM])
    confirm(
        graph, pack, [Wanted(ban.key, ban.digest)], decision="confirmed", day=DAY, role="source_organ", reason="核对",
        today=TODAY,
    )  # fmt: skip
    derive_into(graph, pack)
    assert status_of(graph, pack, clean, ban.key) == "active"
    undo(graph, clean, listed, reason="另有其人", day=DAY, today=TODAY)
    derive_into(graph, pack)
    assert consequences_of(graph, pack, clean, as_of=DAY).consequences == []
    assert consequences_of(graph, pack, third, as_of=DAY).consequences == []
    assert judge(graph, clean, listed, "same").id != judged.id
    derive_into(graph, pack)
    assert status_of(graph, pack, clean, ban.key) == "candidate"
    assert derive_into(graph, pack, everything=True).created == 0


def status_of(graph: Graph, pack: RulePack, party: str, key: str) -> str | None:
    found = consequences_of(graph, pack, party, as_of=DAY).consequences
    return next((c.status for c in found if c.key == key), None)


def test_exposure_crosses_what_was_judged_and_says_so(namesakes: tuple[str, str, str], graph: Graph) -> None:
    _, listed, third = namesakes
    target = the_listed(graph)

    def hits(key: str, **more: Any) -> list[Hit]:
        return [h for h in far(graph, key, **more) if h.party.key == target and h.distance == 2]

    nobody = exposure(graph, third, hops=3, as_of=DAY)
    assert nobody.hits == []
    assert nobody.status == "clear"
    assert exposure(graph, third, hops=3, as_of=DAY, include_unconfirmed=True).hits == [], "a proposal is never walked"
    judge(graph, third, listed, "unsure")
    assert far(graph, third) == []
    (hit,) = hits(third, include_unconfirmed=True)
    assert (hit.confirmed, hit.ring, hit.strength) == (False, "surrounding", 0.5)
    assert hit.crosses == [f"unsure person, judged by 王敏 on {DAY}: 核对原件"]
    assert all("SAME_PERSON_AS" not in u for u in hit.uncertain), "who somebody is has no dates"
    undo(graph, third, listed, reason="查清", day=TODAY, today=TODAY)
    assert hits(third, include_unconfirmed=True) == []
    judge(graph, third, listed, "different")
    assert far(graph, third, include_unconfirmed=True) == []
    undo(graph, third, listed, reason="查清", day=TODAY, today=TODAY)
    judge(graph, third, listed, "same")
    for more in ({}, {"include_unconfirmed": True}):
        (hit,) = hits(third, **more)
        assert (hit.confirmed, hit.strength) == (True, 1.0)
        (fact,) = (step for step in hit.path if isinstance(step, FactRef) and step.type == "SAME_PERSON_AS")
        assert {
            "judgement": "same",
            "author": "王敏",
            "day": DAY,
            "reason": "核对原件",
        }.items() <= fact.properties.items()
        assert fact.source == "record"
    assert exposure(graph, third, hops=1, as_of=DAY).hits == [], "a crossing is one step"
    # On the way from his company as well.
    company_key = resolve(graph, THIRD)[0]
    assert company_key is not None
    assert [(h.party.key, h.distance, len(h.crosses)) for h in far(graph, company_key.key)] == [(target, 3, 1)]


def test_a_path_that_needs_no_judgement_goes_first(namesakes: tuple[str, str, str], graph: Graph) -> None:
    clean, listed, _ = namesakes
    target = the_listed(graph)

    def path() -> Hit:
        return next(h for h in exposure(graph, clean, hops=4, as_of=DAY).hits if h.party.key == target)

    plain = path()
    assert plain.distance == 3, "person, company, address, company"
    assert plain.crosses == []
    judge(graph, clean, listed, "same")
    assert path() == plain
    crossed = exposure(graph, clean, hops=2, as_of=DAY).hits
    assert [(h.party.key, len(h.crosses)) for h in crossed] == [(target, 1)]


def test_judgements_outlive_a_rebuild(
    namesakes: tuple[str, str, str], graph: Graph, keys: Keys, put: Put, tmp_path: Path, server: Server, cli: Cli
) -> None:
    clean, listed, third = namesakes
    judge(graph, clean, listed, "same")
    judge(graph, clean, third, "different")
    undo(graph, clean, third, reason="未定", day=TODAY, today=TODAY, author="李强")
    judge(graph, listed, third, "unsure")
    told = [
        (j.id, j.judgement, j.author, j.reason, j.score, j.standing, j.undone_by)
        for j in judgements(graph, undone=True)
    ]
    file = tmp_path / "events.jsonl"
    code_, _, err = cli("events", "export", str(file), "--store", server.store)
    assert (code_, "3 events" in err) == (0, True)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert rows == list(exported_judgements(graph))
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH ()-[r:SAME_PERSON_AS]->() DELETE r").consume()
    assert judgements(graph, undone=True) == []
    done = import_events(graph, keys, file, today=TODAY)
    assert (done.rows, done.recorded, done.known) == (3, 3, 0)
    again = [
        (j.id, j.judgement, j.author, j.reason, j.score, j.standing, j.undone_by)
        for j in judgements(graph, undone=True)
    ]
    assert sorted(again) == sorted(told)
    done = import_events(graph, keys, file, today=TODAY)
    assert (done.rows, done.recorded, done.known) == (3, 0, 3)
    # What was undone there is undone here.
    undone = [row | {"undone_by": "李强", "undone_on": "2026-11-20", "undone_reason": "x"} for row in rows[:1]]
    file.write_text(json.dumps(undone[0], ensure_ascii=False) + "\n", encoding="utf-8")
    assert import_events(graph, keys, file, today=TODAY).recorded == 1
    assert {j.judgement for j in judgements(graph)} == {"unsure"}
    for broken, words in (
        ({"persons": rows[0]["persons"][:1]}, "no exported judgement"),
        ({"id": "j-new", "judgement": "perhaps"}, "no exported judgement"),
        ({"id": "j-new", "day": "once"}, "no exported judgement"),
        ({"id": "j-new", "persons": [{"key": "p-x", "identifiers": []}, rows[0]["persons"][1]]}, "not in the graph"),
        ({"id": "j-new", "persons": [rows[2]["persons"][0], rows[2]["persons"][1]]}, "undo that first"),
    ):
        row = {**rows[0], "id": "j-new2"} | broken
        file.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
        position = graph.position()
        with pytest.raises(SourceError, match=words) as refused:
            import_events(graph, keys, file, today=TODAY)
        assert refused.value.line == 1
        assert graph.position() == position


def test_the_whole_history_of_a_pair_outlives_a_rebuild(
    namesakes: tuple[str, str, str], graph: Graph, keys: Keys, tmp_path: Path
) -> None:
    """Judged, undone, judged otherwise, undone again by somebody else: in this order, and none of it stands."""
    clean, listed, _ = namesakes
    for judgement, author in (("same", "王敏"), ("different", "李强")):
        judge(graph, clean, listed, judgement)
        undo(graph, clean, listed, reason=f"{judgement} 未定", day=TODAY, today=TODAY, author=author)

    def history() -> list[dict[str, Any]]:
        return [j.model_dump(exclude={"recorded_at", "notes"}) for j in judgements(graph, undone=True)]

    told = history()
    assert [(j["judgement"], j["undone_by"]) for j in told] == [("same", "王敏"), ("different", "李强")]
    file = tmp_path / "events.jsonl"
    rows = [json.dumps(row, ensure_ascii=False) for row in exported_judgements(graph)]
    file.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    with graph.driver.session(database=graph.database) as session:
        session.run("MATCH ()-[r:SAME_PERSON_AS]->() DELETE r").consume()
    for recorded in (2, 0):
        assert import_events(graph, keys, file, today=TODAY).recorded == recorded
        assert history() == told
        assert judgements(graph) == []


def test_commands_and_route(
    namesakes: tuple[str, str, str], graph: Graph, server: Server, cli: Cli, settings: Settings
) -> None:
    clean, listed, third = namesakes
    store = ("--store", server.store)
    exit_code, text, _ = cli("same-person", "propose", "--party", clean, "--json", *store)
    assert exit_code == 0
    assert [c.score for c in SamePerson.model_validate_json(text).candidates] == [8]
    exit_code, text, _ = cli("same-person", "propose", "--limit", "1", *store)
    assert (exit_code, "得分 score 8" in text, "2 pairs" in text) == (0, True, True)
    decided = ("--author", "王敏", "--reason", "核对 430102198001010011 原件")
    exit_code, text, err = cli("same-person", "decide", clean, listed, "unsure", *decided, "--json", *store)
    assert exit_code == 0, err
    assert json.loads(text)["author"] == "王敏"
    assert "430102198001010011" not in text + str(graph.read("MATCH ()-[r:SAME_PERSON_AS]->() RETURN properties(r)"))
    exit_code, text, _ = cli("same-person", "list", *store)
    assert "王敏" in text
    assert "不确定" in text
    exit_code, text, _ = cli("exposure", third, "--include-unconfirmed", "--json", *store)
    assert json.loads(text)["hits"] == []
    with TestClient(create_app(graph, settings)) as client:
        asked = {"key": clean, "purpose": "investigation"}
        answer = client.get("/v1/same-person", params=asked)
        assert answer.status_code == 200
        assert [j["judgement"] for j in answer.json()["judgements"]] == ["unsure"]
        assert client.get("/v1/same-person", params={"key": clean}).status_code == 422
        assert client.get("/v1/same-person", params=asked | {"key": "p-x"}).status_code == 400
        url = f"/v1/parties/{clean}/exposure"
        for more, wanted in (({}, []), ({"include_unconfirmed": True}, [False])):
            hits = client.get(url, params={"purpose": "investigation", "hops": 2, **more}).json()["hits"]
            assert [h["confirmed"] for h in hits] == wanted
    exit_code, _, _ = cli("same-person", "undo", clean, listed, "--author", "王敏", "--reason", "看错", *store)
    assert exit_code == 0
    exit_code, text, _ = cli("same-person", "list", "--all", "--party", clean, "--json", *store)
    assert [j["standing"] for j in json.loads(text)] == [False]
    for arguments, words in (
        (("decide", clean, listed, "same", *store), "needs its reason"),
        (("decide", clean, NAMESAKE, "same", "--reason", "x", *store), "does not name exactly one party. Take a key: "),
        (("decide", clean, "没有此人", "same", "--reason", "x", *store), "No party has the key"),
        (("decide", clean, CLEAN, "same", "--reason", "x", *store), "no person"),
    ):
        exit_code, _, err = cli("same-person", *arguments)
        assert exit_code == 2
        assert words in err
        assert "Traceback" not in err
