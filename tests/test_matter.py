"""All that is asked before a decision in one matter: what the law says for it, what informs, and what is refused."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from api.certificate import SigningKeys, digest_of, verify
from api.http.app import create_app
from graph_model.errors import BadRequest, SourceError
from graph_model.profiles import MatterProfile, load_matters, read_matter
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.sample.story import STORY
from queries.answers import Answer, ConsequenceRef, NodeRef, PartyRef
from queries.checks.common import Check, Finding
from queries.lookup import lookup
from queries.matter import MatterCheck, MatterParty, _party, check_matter, digest_of_matter, matter_list, matter_named
from tests.support.types import Cli

ROOT = Path(__file__).parents[1]
DAY = date(2026, 6, 30)
NAMES = ("permit", "tender", "procurement", "funding", "honour", "appointment", "loan", "contract")
KEY, OTHER = "e-" + "a" * 20, "e-" + "b" * 20
GOOD: dict[str, Any] = {"title": {"zh": "事项", "en": "matter"}, "checks": ["lookup"], "measures": ["BID_BAN"]}


# --- the profiles -----------------------------------------------------------------------------------------------


def test_every_matter_is_there_and_names_measures_that_there_are(pack: RulePack) -> None:
    known = load_matters(pack)
    assert tuple(known) == NAMES
    for matter in known.values():
        assert set(matter.measures) <= set(pack.codes.measures)
    told = matter_list(pack, known, day=DAY)
    assert [m.name for m in told.matters] == list(NAMES)
    for entry in told.matters:
        assert any(m.rules for m in entry.measures), f"no rule in force brings any measure of {entry.name}"
        assert all(row.basis and row.applied for m in entry.measures for row in m.rules)
    page = (ROOT / "docs" / "matters.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in NAMES)
    keys = {row.split("`")[1] for row in page.split("| key of a matter |")[1].split("\n\n")[0].splitlines()[2:]}
    assert keys == set(MatterProfile.model_fields)


def test_a_folder_brings_matters_of_ones_own(pack: RulePack, tmp_path: Path) -> None:
    (tmp_path / "housing.yaml").write_bytes((ROOT / "docs" / "examples" / "housing.yaml").read_bytes())
    assert tuple(load_matters(pack, tmp_path)) == (*NAMES, "housing")
    (tmp_path / "permit.yaml").write_bytes((tmp_path / "housing.yaml").read_bytes())
    with pytest.raises(SourceError, match="a matter permit already"):
        load_matters(pack, tmp_path)
    with pytest.raises(BadRequest, match="no folder"):
        load_matters(pack, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"checks": ["lookup", "horoscope"]}, "'bidders'"),
        ({"checks": ["bidders"]}, "name `lookup`"),
        ({"checks": ["lookup", "lookup"]}, "twice"),
        ({"measures": ["NO_SUCH"]}, "rules measures"),
        ({"measures": []}, "measures"),
        ({"hops": 5}, "hops"),
        ({"score": 1}, "score"),
    ],
)
def test_a_wrong_matter_is_told_with_its_place(
    pack: RulePack, tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(yaml.safe_dump(GOOD, allow_unicode=True), encoding="utf-8")
    assert read_matter(path, pack).hops == 2
    path.write_text(yaml.safe_dump(GOOD | change, allow_unicode=True), encoding="utf-8")
    with pytest.raises(SourceError, match=r"m\.yaml") as error:
        read_matter(path, pack)
    assert word in str(error.value)


def test_an_unknown_profile_names_those_that_there_are(pack: RulePack) -> None:
    with pytest.raises(BadRequest, match=r"no profile 'permits'; there are appointment, .*permit, procurement"):
        matter_named("permits", load_matters(pack))


# --- what is said of a party ------------------------------------------------------------------------------------


def measure(code: str, status: str, subject: str = KEY) -> ConsequenceRef:
    empty: dict[str, Any] = dict.fromkeys(("since", "until"))
    node = NodeRef(key="s-" + "c" * 20, label="Sanction")
    return ConsequenceRef.model_validate(
        {
            "key": "c-1",
            "rule": "PR-1",
            "rule_title": {},
            "measure": code,
            "measure_title": {"zh": "", "en": ""},
            "subject": NodeRef(key=subject, label="Entity"),
            "sanction": node,
            "status": status,
            **empty,
            "automaticity": "ex_lege",
            "timeline": [],
            "legal_basis": [],
            "confidence": "A",
            "evidence": [],
            "missing": [],
            "digest": "d",
        }
    )


def said(
    *consequences: ConsequenceRef, status: str = "clear", complete: bool = True, checks: tuple[Check, ...] = ()
) -> MatterParty:
    party = PartyRef(key=KEY, label="Entity", name="甲公司")
    answer = Answer.model_validate(
        {
            "question": "lookup",
            "as_of": DAY,
            "position": 1,
            "status": status,
            "party": party,
            "complete": complete,
            "consequences": list(consequences),
        }
    )
    return _party(1, answer, MatterProfile.model_validate(GOOD), checks, {KEY: "甲公司", OTHER: "乙公司"})


def found(*statuses: str, about: str = KEY, gaps: tuple[str, ...] = ()) -> Check:
    findings = [
        Finding.model_validate(
            {"check": "x", "title": {}, "status": s, "parties": [{"key": about, "label": "Entity"}], "why": s}
        )
        for s in statuses
    ]
    parties = [PartyRef(key=k, label="Entity") for k in (KEY, OTHER)]
    return Check(
        question="check-x",
        as_of=DAY,
        position=1,
        status="hit",
        parties=parties,
        findings=findings,
        gaps=list(gaps),
    )


@pytest.mark.parametrize(
    ("one", "bearing", "status"),
    [
        (said(), "none", "clear"),
        (said(complete=False, status="incomplete"), "unknown", "incomplete"),
        (said(measure("BID_BAN", "active"), status="hit"), "active", "hit"),
        (said(measure("BID_BAN", "candidate"), status="hit"), "candidate", "hit"),
        (said(measure("BID_BAN", "suspended"), status="hit"), "candidate", "hit"),
        (said(measure("BID_BAN", "unknown"), status="incomplete"), "unknown", "incomplete"),
        (said(measure("BID_BAN", "ended")), "none", "clear"),
        (said(measure("HONOUR", "active"), status="hit"), "none", "hit"),
        (said(measure("BID_BAN", "active", OTHER), status="hit"), "none", "hit"),
        (said(checks=(found("bar"),)), "active", "hit"),
        (said(checks=(found("alert"),)), "candidate", "hit"),
        (said(checks=(found("candidate"),)), "candidate", "hit"),
        (said(checks=(found("information"),)), "none", "hit"),
        (said(checks=(found("bar", about=OTHER),)), "none", "clear"),
        (said(checks=(found(gaps=("甲公司: no shareholder is known",)),)), "unknown", "incomplete"),
        (said(checks=(found(gaps=("乙公司: no shareholder is known",)),)), "none", "clear"),
        (said(checks=(found(gaps=("no source states it",)),)), "unknown", "incomplete"),
    ],
)
def test_what_bears_on_the_matter_and_what_only_informs(one: MatterParty, bearing: str, status: str) -> None:
    assert (one.bearing, one.status) == (bearing, status)
    assert {m.measure for m in one.law} <= {"BID_BAN"}
    assert {m.measure for m in one.other_measures} <= {"HONOUR"}
    assert {f.status for f in one.information} <= {"information"}


# --- as users meet it -------------------------------------------------------------------------------------------

ASKED = [STORY.food.number, STORY.tax_d.number, "没有这个公司"]


@pytest.mark.parametrize("name", NAMES)
def test_each_matter_says_of_a_party_what_a_look_up_says_or_more(
    sample_graph: Graph, pack: RulePack, keys: Keys, name: str
) -> None:
    matter = load_matters(pack)[name]
    told, answers = check_matter(sample_graph, pack, ASKED, name=name, matter=matter, as_of=DAY, hash=keys.hash)
    alone = [lookup(sample_graph, pack, text, hops=matter.hops, as_of=DAY, hash=keys.hash) for text in ASKED]
    assert [a.model_dump() for a in answers] == [a.model_dump() for a in alone]
    assert (told.status, told.complete) == ("hit", False)
    for one, answer in zip(told.parties, answers, strict=True):
        assert one.status == answer.status or (answer.status, one.status) in {("clear", "incomplete"), ("clear", "hit")}
        assert one.surrounding + one.historical == len(answer.hits)
        assert all(m.legal_basis for m in one.law), "no measure without its clause"
    assert (told.parties[2].status, told.parties[2].bearing) == ("unknown", "unknown")
    food = told.parties[0]
    assert food.party is not None
    assert {m.measure for m in food.law} == {
        c.measure
        for c in answers[0].consequences
        if c.measure in matter.measures and c.subject.key == food.party.key and c.status != "ended"
    }


def test_one_call_asks_all_and_its_certificate_names_the_matter(
    sample_graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    mine = settings.model_copy(update={"home": tmp_path, "audit": tmp_path / "log"})
    asked = {"parties": ASKED, "profile": "permit", "purpose": "approval", "as_of": str(DAY), "certificate": True}
    with TestClient(create_app(sample_graph, mine)) as client:
        response = client.post("/v1/checks", json=asked)
        assert response.status_code == 200, response.text
        told = response.json()
        catalogue = client.get("/v1/matters").json()
        wrong = client.post("/v1/checks", json=asked | {"profile": "permits"})
        assert (wrong.status_code, "permit, procurement" in wrong.json()["detail"]) == (400, True)
        many = client.post("/v1/checks", json=asked | {"parties": ["x"] * 101})
        assert many.status_code == 422
    matter = MatterCheck.model_validate(told["matter"])
    one = verify(told["certificate"], SigningKeys(mine.signing_dir).public())
    digest = next(m["digest"] for m in catalogue["matters"] if m["name"] == "permit")
    assert (one.profile, one.matter) == ("permit", [digest, digest_of(matter)])
    assert [(p.status, p.bearing) for p in one.parties] == [(p.status, p.bearing) for p in matter.parties]
    assert one.hops == 2


def test_the_command_line_asks_all(sample_server: Server, sample_graph: Graph, cli: Cli, pack: RulePack) -> None:
    given = ("check", "matter", STORY.food.number, "--as-of", str(DAY), "--store", sample_server.store)
    code, text, error = cli(*given, "--profile", "permit", "--fail-on-hit")
    assert code == 3, error
    assert STORY.food.name in text
    assert "never a penalty" in text
    own = str(ROOT / "docs" / "examples" / "housing.yaml")
    found = MatterCheck.model_validate_json(cli(*given, "--profile", own, "--json")[1])
    assert (found.profile, found.checks) == ("housing", ["lookup", "commitments"])
    code, text, error = cli(*given, "--profile", "nothing")
    assert (code, text, "permit" in error) == (2, "", True)
    assert cli(*given, *["x"] * 100, "--profile", "permit")[0] == 2
    code, text, _ = cli("check", "matters")
    assert code == 0
    assert "Administrative permit" in text
    assert digest_of_matter(load_matters(pack)["permit"]) in cli("check", "matters", "--json")[1]
