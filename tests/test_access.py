"""Access over HTTP: keys, and every route for every role, of its own organ and of another one, as the table says."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.api_keys import ApiKeys
from api.audit import AuditLog, looks
from api.http.access import COOKIE, WRONG_PER_MINUTE, Access, Limiter
from api.http.app import create_app
from api.http.audited import Audited
from api.http.caller import Caller, caller_in
from api.http.door import Door
from api.http.parameters import Ground, Purpose
from api.http.server import Secured
from api.http.shown import Mask, minors_among
from graph_model.access import WITHOUT_KEY, access_table
from graph_model.errors import BadRequest, ConfigError
from graph_model.identifiers import KeyedHash, mask_citizen_ids_in
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.sample.story import STORY
from queries.party.parties import resolve
from tests.support.browser import serving, watched
from tests.support.invented import citizen
from tests.support.types import Cli

TABLE = access_table()
ROLES = tuple(TABLE.roles)
ORGAN, OTHER_ORGAN = "甲市发展和改革委员会", "乙市水利局"
SELF, SOMEBODY = "p-" + "a" * 20, "p-" + "b" * 20
ROUTES = [
    (method.upper(), path)
    for path, methods in create_app(settings=Settings(keys_needed=True)).openapi()["paths"].items()
    for method in methods
]


@dataclass
class Service:
    """Access and audit as the service has them, around an application that answers everything and notes who asked."""

    keys: ApiKeys
    log: Path
    client: TestClient
    asked: list[Any] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def ask(self, route: str, role: str | None = None, **more: Any) -> Any:
        method, _, path = route.partition(" ")
        headers = {"authorization": f"Bearer {self.texts[role]}"} if role else {}
        return self.client.request(method, path, headers=headers, **more)


def key_for(keys: ApiKeys, role: str, **more: Any) -> str:
    needs = TABLE.roles[role].needs
    given: dict[str, Any] = {name: value for name, value in {"organ": ORGAN, "party": SELF}.items() if name in needs}
    return keys.create(role, author="tests", **(given | more))[1]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    keys, log, asked = ApiKeys(tmp_path / "keys" / "api.json"), AuditLog(tmp_path / "log"), []
    answer: dict[str, Any] = {}

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for state in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{state}.complete"})
            return
        asked.append(caller_in(scope))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    monkeypatch.setattr("api.http.access._minors", lambda scope, keys: set())  # there is no graph to ask
    within = Access(answers, keys, Limiter(), needed=False)
    hash = KeyedHash(b"k" * 32)
    app = Door(Audited(within, log=log, who="user", hash=hash, rules="rules"))
    with TestClient(app, base_url="http://localhost") as client:
        yield Service(keys, tmp_path / "log", client, asked, answer)
    log.close()


@pytest.fixture
def staffed(service: Service) -> Service:
    """With a key for every role."""
    service.texts.update({role: key_for(service.keys, role, per_minute=60_000) for role in ROLES})
    return service


# --- the table --------------------------------------------------------------------------------------------------


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    rows = {route for row in TABLE.questions.values() for route in row.routes}
    unseen = {"GET /openapi.json", "GET /", "GET /docs", "POST /session", "DELETE /session"}  # not told in OpenAPI
    assert {f"{method} {path}" for method, path in ROUTES} == rows - unseen
    assert unseen <= set(TABLE.questions[WITHOUT_KEY].routes)


def test_every_role_rests_on_an_article_of_the_register(pack: RulePack) -> None:
    for role in TABLE.roles.values():
        assert role.basis
        assert {cited.doc for cited in role.basis} <= {document.id for document in pack.documents}


EXPECTED = {
    "public": {"law", "find", "published"},
    "approver": {"law", "find", "published", "file", "sanction", "lists", "nearby", "check"},
    "investigator": {"law", "find", "published", "file", "sanction", "lists", "nearby", "check", "offices", "circle"},
    "supervisor": set(TABLE.questions) - {WITHOUT_KEY, "operation"},
    "data_owner": {"law", "find", "published", "file", "sanction", "tasks", "quality"},
    "subject": {"law", "published", "file", "looks"},
    "admin": {"law", "operation"},
}
"""Said once more here, so that a slip in the table is seen."""


def test_who_may_ask_what_is_meant_so() -> None:
    assert {name: set(role.asks) for name, role in TABLE.roles.items()} == EXPECTED


@pytest.mark.parametrize("role", ROLES)
def test_every_route_for_a_role_and_of_its_own_and_of_another_organ_and_party(staffed: Service, role: str) -> None:
    row = TABLE.roles[role]
    for method, path in ROUTES:
        question = TABLE.question(method, path)
        assert question is not None, f"{method} {path} has no row in graph_model/access.yaml"
        organ = TABLE.questions[question].organ
        for own in (True, False):
            place = path.replace("{key}", SELF if own else SOMEBODY).replace("{code}", "LIST-01")
            query = {organ: ORGAN if own else OTHER_ORGAN} if organ else {}
            before = len(staffed.asked)
            answer = staffed.ask(f"{method} {place}", role, params=query)
            allowed = question == WITHOUT_KEY or question in row.asks
            if (organ and row.only_own_organ) or ("{key}" in path and row.only_own_party):
                allowed = allowed and own
            assert (answer.status_code, len(staffed.asked) - before) == ((200, 1) if allowed else (403, 0)), (
                place,
                own,
            )
            if not allowed:
                told = answer.json()
                assert set(told) >= {"type", "title", "status", "detail"}
                assert answer.headers["content-type"] == "application/problem+json"
            elif question != WITHOUT_KEY:
                assert staffed.asked[-1].role == role
        assert staffed.ask(f"{method} {place}").status_code == (200 if question == WITHOUT_KEY else 401)


def test_what_names_no_organ_asks_of_all_of_them(staffed: Service) -> None:
    assert staffed.ask("GET /v1/quality", "data_owner").status_code == 403
    told = staffed.ask("GET /v1/tasks", "data_owner", params={"organ": [ORGAN, OTHER_ORGAN]})
    assert told.status_code == 403
    assert f"organ={ORGAN}" in told.json()["detail"]
    assert staffed.ask("GET /v1/quality", "supervisor").status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/parties/x/new-question", "/elsewhere", "/v1/due/", "/V1/due", "//v1/due", "/v1/due%2f"]
)
def test_an_address_without_a_row_reaches_nobody(staffed: Service, path: str) -> None:
    for role in ROLES:
        assert staffed.ask(f"GET {path}", role).status_code == 404
    assert staffed.ask(f"GET {path}").status_code == 401
    assert staffed.ask("PUT /v1/search", "supervisor").headers["allow"] == "POST"
    assert staffed.ask("HEAD /v1/due", "supervisor").status_code == 405
    assert staffed.asked == []


# --- keys -------------------------------------------------------------------------------------------------------


def test_without_keys_everything_is_asked_as_the_user_of_the_system(service: Service) -> None:
    assert service.ask("GET /v1/due").status_code == 200
    assert service.asked[-1].role == "local"
    (row,) = looks(service.log)
    assert (row["who"], row["role"]) == ("user", "local")


def test_as_soon_as_there_is_a_key_it_is_asked_for_and_a_revoked_one_opens_nothing(service: Service) -> None:
    service.texts["supervisor"] = key_for(service.keys, "supervisor")
    told = service.ask("GET /v1/due")
    assert told.status_code == 401
    assert told.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in told.json()["detail"]
    assert service.ask("GET /v1/due", "supervisor").status_code == 200
    other = ApiKeys(service.keys.path)  # another process
    (key,) = other.all().values()
    other.revoke(key.id)
    told = service.ask("GET /v1/due", "supervisor")
    assert (told.status_code, "revoked" in told.json()["detail"]) == (401, True)
    assert service.ask("GET /v1/due").status_code == 401, "that no key is left opens nothing"
    service.keys.path.unlink()
    assert service.ask("GET /v1/due").status_code == 503, "nor that the file is gone"
    assert len(service.asked) == 1


def test_a_key_ends_with_its_last_day(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path / "api.json")
    key, _ = keys.create("public", author="tests", days=1)
    end = datetime.combine(date.fromisoformat(key.until), datetime.min.time(), UTC)
    assert key.state(end - timedelta(seconds=1)) == "active"
    assert key.state(end) == "expired"


def test_an_expired_key_is_refused(service: Service) -> None:
    text = key_for(service.keys, "supervisor")
    rows = json.loads(service.keys.path.read_text())
    rows[0]["until"] = datetime.now(UTC).date().isoformat()
    service.keys.path.write_text(json.dumps(rows))
    told = service.client.get("/v1/due", headers={"authorization": f"Bearer {text}"})
    assert (told.status_code, "expired" in told.json()["detail"]) == (401, True)


def test_what_is_no_key_is_refused_and_nothing_of_it_is_kept(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    right = key_for(service.keys, "supervisor")
    id = right.split("_")[1]
    secret = right.split("_", 2)[2]
    wrong = [
        "",
        "x",
        right[:-1],
        right + "x",
        f"cg_{id}_",
        f"cg_{id}",
        f"cg__{secret}",
        f"cg_0000000000_{secret}",
        right.upper(),
        "é",
    ]
    for text in wrong:
        told = service.client.get("/v1/due", headers=[(b"authorization", f"Bearer {text}".encode("latin-1"))])
        assert told.status_code == 401, text
    for scheme in ("Basic", "Digest", right):
        assert service.client.get("/v1/due", headers={"authorization": f"{scheme} {right}"}).status_code == 401
    assert service.client.get("/v1/due", headers={"authorization": f"bearer   {right} "}).status_code == 200
    kept = [service.keys.path, *service.log.iterdir()]
    assert all(secret.encode() not in path.read_bytes() for path in kept)
    assert secret not in caplog.text
    assert service.keys.path.stat().st_mode & 0o077 == 0
    assert service.keys.path.parent.stat().st_mode & 0o077 == 0


def test_keys_are_compared_in_constant_time(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    key_for(service.keys, "public")
    (known,) = service.keys.all()
    seen = []
    monkeypatch.setattr("hmac.compare_digest", lambda a, b: seen.append((len(a), len(b))))
    for text in (f"cg_{known}_x", "cg_unknown_x", "nothing"):
        service.keys.find(text)
    assert seen == [(64, 64)] * 3


def test_a_file_that_others_may_read_or_that_is_broken_opens_nothing(service: Service) -> None:
    text = key_for(service.keys, "supervisor")
    headers = {"authorization": f"Bearer {text}"}
    service.keys.path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        ApiKeys(service.keys.path).all()
    service.keys.path.chmod(0o600)
    service.keys.path.write_text('[{"id": 1}]')
    told = service.client.get("/v1/due", headers=headers)
    assert (told.status_code, str(service.keys.path) in told.text) == (503, False)
    assert service.asked == []


def test_a_role_has_what_it_needs(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path / "api.json")
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("approver", {}, "--organ"),
        ("approver", {"organ": " "}, "--organ"),
        ("subject", {}, "--party"),
        ("subject", {"party": "张三"}, "creditgraph find"),
        ("approver", {"organ": ORGAN, "party": SELF}, "--party"),
        ("king", {}, "approver"),
    ]
    for role, given, told in wrong:
        with pytest.raises(BadRequest, match=told):
            keys.create(role, author="tests", **given)
    assert not keys.path.exists()


# --- how often --------------------------------------------------------------------------------------------------


def test_a_key_may_ask_so_often_a_minute_and_another_one_all_the_same(service: Service) -> None:
    service.texts["public"] = key_for(service.keys, "public", per_minute=3)
    service.texts["approver"] = key_for(service.keys, "approver")
    answers = [service.ask("GET /v1/measures", "public") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 61
    assert service.ask("GET /v1/measures", "approver").status_code == 200
    assert [row["status"] for row in looks(service.log)] == [429, 429], "of the law only refusals are written down"


def test_whoever_tries_keys_is_stopped_and_whoever_has_one_is_not(service: Service) -> None:
    service.texts["supervisor"] = key_for(service.keys, "supervisor")
    answers = [service.ask("GET /v1/due").status_code for _ in range(WRONG_PER_MINUTE + 5)]
    assert answers == [401] * WRONG_PER_MINUTE + [429] * 5
    assert service.ask("GET /v1/due", "supervisor").status_code == 200
    assert len(list(looks(service.log))) == WRONG_PER_MINUTE + 1, "the rest fills no disk"


# --- who asked --------------------------------------------------------------------------------------------------


def test_the_log_has_who_asked_and_who_was_refused(staffed: Service) -> None:
    staffed.ask(f"GET /v1/parties/{SOMEBODY}", "approver", params={"purpose": "approval", "ground": "law"})
    staffed.ask(f"GET /v1/parties/{SOMEBODY}", "subject", params={"purpose": "self"})
    staffed.ask("GET /metrics", "approver")
    staffed.ask("GET /v1/due")
    rows = list(looks(staffed.log))
    ids = {key.role: key.id for key in staffed.keys.all().values()}
    assert [(row["who"], row["role"], row["organ"], row["status"]) for row in rows] == [
        (ids["approver"], "approver", ORGAN, 200),
        (ids["subject"], "subject", "", 403),
        (ids["approver"], "approver", ORGAN, 403),
        ("", "", "", 401),
    ]
    assert [row["question"] for row in rows[:2]] == ["GET /v1/parties/{key}"] * 2
    assert rows[1]["parties"] == [SOMEBODY]


# --- why it is asked --------------------------------------------------------------------------------------------

FIRM, PERSON = (
    "e-" + "f" * 20,
    {"key": SOMEBODY, "label": "Person", "name": "李小明", "identifiers": [{"scheme": "cn-id"}]},
)


@pytest.mark.parametrize("role", [role for role in ROLES if TABLE.roles[role].purposes])
def test_a_role_names_its_own_purposes_only(staffed: Service, role: str) -> None:
    for purpose in Purpose:
        answer = staffed.ask(f"GET /v1/parties/{FIRM}/published", role, params={"purpose": purpose})
        if TABLE.roles[role].only_own_party:
            continue  # it is nobody else's party
        allowed = purpose in TABLE.roles[role].purposes
        assert answer.status_code == (200 if allowed else 403), purpose
        assert allowed or ", ".join(TABLE.roles[role].purposes) in answer.json()["detail"]


def test_the_purposes_of_the_table_are_those_of_the_api() -> None:
    assert {purpose for role in TABLE.roles.values() for purpose in role.purposes} == set(Purpose)
    assert {ground for role in TABLE.roles.values() for ground in role.grounds} == set(Ground)


ASKED_ABOUT_A_PERSON = [
    (f"GET /v1/parties/{SOMEBODY}", {}),
    ("GET /v1/lists/LIST-01", {}),
    ("GET /v1/sanctions/s-x/consequences", {}),
    (f"GET /v1/parties/{FIRM}", {"party": PERSON}),
    ("POST /v1/search", {"candidates": [PERSON]}),
    ("POST /v1/checks", {"answers": [{"party": None}, {"party": PERSON}]}),
    ("POST /v1/checks", {"answers": [{"candidates": [PERSON]}]}),
    ("POST /v1/checks/appointment", {"parties": [PERSON]}),
]


@pytest.mark.parametrize(("route", "answer"), ASKED_ABOUT_A_PERSON)
def test_about_a_natural_person_a_ground_is_named(staffed: Service, route: str, answer: dict[str, Any]) -> None:
    staffed.answer.update(answer)

    def ask(role: str, **said: str) -> Any:
        told: dict[str, Any] = {"json": said} if route.startswith("POST") else {"params": said}
        return staffed.ask(route, role, **told)

    refused = ask("approver", purpose="approval")
    assert (refused.status_code, PERSON["name"] in refused.text) == (403, False)
    assert "law, authorisation" in refused.json()["detail"]
    assert ask("approver", purpose="approval", ground="self").status_code == 403
    shown = ask("approver", purpose="approval", ground="authorisation", authorisation="授字〔2026〕1号")
    assert (shown.status_code, shown.json()) == (200, answer)
    assert ask("supervisor", purpose="supervision", ground="law").json() == answer
    rows = list(looks(staffed.log))
    assert [(row["ground"], row["status"]) for row in rows[:2]] == [(None, 403), ("self", 403)]
    assert rows[2]["authorisation"] == "授字〔2026〕1号"
    assert (rows[3]["purpose"], rows[3]["ground"]) == ("supervision", "law")


def test_what_stands_elsewhere_in_a_request_is_no_purpose_and_no_ground(staffed: Service) -> None:
    staffed.answer.update(candidates=[PERSON])
    body = {"purpose": "investigation"}
    told = staffed.ask("POST /v1/search?purpose=approval&ground=law", "approver", json=body)
    assert told.status_code == 403
    told = staffed.ask(f"GET /v1/parties/{FIRM}?purpose=approval&purpose=investigation", "approver")
    assert told.status_code == 403, "the last one counts, as for the route"
    told = staffed.ask(f"GET /v1/tasks?organ={ORGAN}&organ=", "data_owner")
    assert told.status_code == 403


def test_of_what_is_said_only_our_words_are_kept_and_numbers_are_masked(staffed: Service) -> None:
    number = citizen(7)
    said = {"purpose": "approval", "ground": "authorisation", "authorisation": f"本人 {number} 同意"}
    staffed.ask(f"GET /v1/parties/{FIRM}", "approver", params=said)
    (row,) = looks(staffed.log)
    assert (number in row["authorisation"], row["ground"]) == (False, "authorisation")


# --- what of an answer is shown ---------------------------------------------------------------------------------


def fact(openness: str, owner: str, **more: Any) -> dict[str, Any]:
    properties = {"contact": "李小明", "share": 1}
    told = {"fact_id": "f", "type": "X", "from": FIRM, "to": FIRM, "source": "s", "record": "r"}
    return told | {"openness": openness, "owner": owner, "properties": properties} | more


def masked(role: str, answer: dict[str, Any], minors: frozenset[str] = frozenset()) -> tuple[Any, int]:
    who = Caller("k", role, ORGAN, "", SELF if role == "subject" else "")
    mask = Mask(TABLE.roles[role], who, lambda keys: set(minors & keys))
    return mask.apply(json.loads(json.dumps(answer))), mask.withheld


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
@pytest.mark.parametrize("openness", ["open", "on_request", "internal"])
@pytest.mark.parametrize("owner", [ORGAN, OTHER_ORGAN])
def test_a_fact_is_shown_by_its_openness_and_owner(role: str, openness: str, owner: str) -> None:
    row = TABLE.roles[role]
    seen = openness in row.openness or (openness in row.own_organ and owner == ORGAN)
    shown, withheld = masked(role, {"facts": [fact(openness, owner)], "path": [fact(openness, owner)]})
    assert (bool(shown["facts"]), shown["path"][0]["source"] == "s", shown["path"][0]["record"] == "r") == (seen,) * 3
    assert bool(withheld) >= (not seen)
    if seen:
        assert ("contact" in shown["facts"][0]["properties"]) == row.persons


def test_the_public_sees_no_natural_person_wherever_his_name_stands() -> None:
    answer = {"party": {"key": FIRM, "label": "Entity", "name": "甲公司", "sanctioned": True}, "why": "李小明 signed",
              "hits": [{"path": [PERSON, {"key": "a-1", "label": "Address", "name": "甲路1号"}]}]}  # fmt: skip
    shown, withheld = masked("public", answer)
    assert (withheld > 0, "李小明" in json.dumps(shown, ensure_ascii=False)) == (True, False)
    assert shown["party"] == {"key": FIRM, "label": "Entity", "name": "甲公司", "sanctioned": None}
    assert shown["hits"][0]["path"][0] == {"key": SOMEBODY, "label": "Person", "name": "李**", "identifiers": []}
    assert shown["hits"][0]["path"][1]["name"] is None


@pytest.mark.parametrize("role", ROLES)
def test_who_is_not_of_age_is_shown_to_those_only_who_look_into_a_case(role: str) -> None:
    answer = {"party": PERSON, "certificate": "a.b.c", "facts": [fact("open", ORGAN, to=SOMEBODY)]}
    shown, _ = masked(role, answer, frozenset({SOMEBODY}))
    hidden = not TABLE.roles[role].minors
    assert hidden == (role not in ("investigator", "supervisor"))
    assert ("李小明" in json.dumps(shown, ensure_ascii=False)) == (not hidden)
    assert (shown["certificate"] is None) == hidden, "it would name him"


def test_whoever_asks_about_himself_sees_himself() -> None:
    answer = {"party": PERSON | {"key": SELF}}
    assert masked("subject", answer, frozenset({SELF})) == (answer, 0)


def test_a_search_of_the_public_does_not_tell_whether_there_is_such_a_person(staffed: Service) -> None:
    told = []
    for found in ([], [PERSON]):
        staffed.answer.update(status="hit" if found else "unknown", candidates=found, total=len(found), reason=None)
        answer = staffed.ask("POST /v1/search", "public", json={"purpose": "enquiry", "text": "李小明"})
        told.append((answer.status_code, answer.json(), answer.headers["x-withheld"]))
    assert told[0] == told[1]
    assert told[0][1]["status"] == "unknown"


def test_minors_are_those_who_come_of_age_this_year_or_later(graph: Graph) -> None:
    key = "p-" + "{:020d}"
    with graph.driver.session(database=graph.database) as session:
        for number, year in enumerate((today().year - 1, today().year, today().year + 5, None)):
            session.run("CREATE (:Party:Person {key: $key, adult_year: $year})", key=key.format(number), year=year)
    assert minors_among(graph, {key.format(n) for n in range(5)}) == {key.format(1), key.format(2)}
    assert minors_among(graph, set()) == set()


# --- every answer over the sample -------------------------------------------------------------------------------


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "label" in value and "key" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _nodes(one)


def _sent(described: Any, method: str, path: str, role: str, party: str) -> dict[str, Any]:
    """What the route is asked with, by its own description and by the table."""
    row, about = TABLE.roles[role], described["paths"][path][method.lower()]
    said = {"purpose": row.purposes[0]} | ({"ground": row.grounds[0]} if row.grounds else {})
    if method == "POST":
        shape = about["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        return {"json": described["components"]["schemas"][shape]["examples"][0] | said}
    organ = TABLE.questions[TABLE.question(method, path) or ""].organ
    return {"params": said | {"rule": "PR-021", "key": party} | ({organ: ORGAN} if organ else {})}


@pytest.mark.parametrize("role", [role for role in ROLES if TABLE.roles[role].purposes])
def test_no_answer_has_what_its_role_may_not_see(
    role: str, sample_graph: Graph, settings: Settings, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, told = (
        TABLE.roles[role],
        settings.model_copy(update={"api_keys": tmp_path / "a.json", "audit": tmp_path / "l"}),
    )
    person, firm = (resolve(sample_graph, who, hash=keys.hash)[0] for who in (STORY.food_lr.number, STORY.food.number))
    assert person
    assert firm
    minor = person.key
    monkeypatch.setattr("api.http.access.minors_among", lambda _, keys: {minor} & set(keys))
    of_persons = "MATCH (p:Person) WHERE p.name IS NOT NULL RETURN collect(DISTINCT p.name) AS names"
    hidden = set() if row.persons else set(sample_graph.read(of_persons)[0]["names"])
    hidden |= set() if row.minors or role == "subject" else {STORY.food_lr.name}
    bodies = " ".join(sample_graph.read("MATCH (e:Entity) RETURN collect(e.name) AS names")[0]["names"])
    text = key_for(ApiKeys(tmp_path / "a.json"), role, **({"party": person.key} if "party" in row.needs else {}))
    app = create_app(sample_graph, told)
    described, answered, wrong = app.openapi(), 0, []
    with TestClient(app, headers={"authorization": f"Bearer {text}"}) as client:
        for method, path in ROUTES:
            if not path.startswith("/v1/") or TABLE.question(method, path) not in row.asks:
                continue
            for party in (person.key, firm.key) if "{key}" in path else (person.key,):
                place = path.replace("{key}", party).replace("{code}", "LIST-01")
                answer = client.request(method, place, **_sent(described, method, path, role, party))
                answered += answer.status_code == 200
                shown = [node["name"] for node in _nodes(answer.json()) if node["label"] == "Person" and node["name"]]
                bare = [name for name in hidden if name in answer.text and name not in bodies]
                bare += [name for name in shown if name in hidden]
                if bare or mask_citizen_ids_in(answer.text) != answer.text or answer.status_code not in (200, 400, 403):
                    wrong.append((method, place, answer.status_code, bare[:3], answer.text[:200]))
    assert wrong == []
    assert answered >= 3


def test_who_looked_at_me(sample_graph: Graph, settings: Settings, keys: Keys, tmp_path: Path) -> None:
    told = settings.model_copy(update={"api_keys": tmp_path / "a.json", "audit": tmp_path / "l"})
    person, _ = resolve(sample_graph, STORY.food_lr.number, hash=keys.hash)
    assert person
    made, texts = ApiKeys(tmp_path / "a.json"), {}
    for role in ("approver", "subject"):
        more = {"party": person.key} if role == "subject" else {}
        texts[role] = {"authorization": f"Bearer {key_for(made, role, **more)}"}
    with TestClient(create_app(sample_graph, told)) as client:

        def ask(role: str, what: str, **said: str) -> Any:
            return client.get(f"/v1/parties/{person.key}{what}", headers=texts[role], params=said)

        assert ask("approver", "", purpose="approval").status_code == 403
        said = {"purpose": "approval", "ground": "authorisation", "authorisation": "授字〔2026〕1号"}
        assert ask("approver", "", **said).status_code == 200
        assert ask("approver", "/looks", purpose="approval", ground="law").status_code == 403
        mine = ask("subject", "/looks", purpose="self", ground="self").json()
    assert (mine["total"], mine["party"]) == (1, person.key), "who was refused saw nothing"
    (look,) = mine["looks"]
    assert {name: look[name] for name in said} == said
    assert (look["role"], look["organ"], look["question"]) == ("approver", ORGAN, "GET /v1/parties/{key}")


# --- signing in on the page -------------------------------------------------------------------------------------


def test_the_page_signs_in_with_a_cookie_that_no_script_reads(tmp_path: Path) -> None:
    settings = Settings(api_keys=tmp_path / "api.json", audit=tmp_path / "log")
    app = create_app(settings=settings, secure=True)
    text = key_for(ApiKeys(settings.api_keys_file), "approver")
    with closing(TestClient(app, base_url="https://testserver")) as client:  # not started: no graph is needed
        assert client.get("/v1/measures").status_code == 401
        assert client.post("/session", json={"key": text + "x"}).status_code == 401
        assert client.post("/session", content=b"{").status_code == 401
        told = client.post("/session", json={"key": text})
        assert (told.status_code, told.json()["role"], text in told.text) == (200, "approver", False)
        cookie = told.headers["set-cookie"].lower()
        assert all(word in cookie for word in (f"{COOKIE}=", "httponly", "samesite=strict", "secure"))
        assert "max-age" not in cookie
        assert client.get("/v1/measures").status_code == 200
        assert client.get("/metrics").status_code == 403
        assert client.get("/v1/measures", headers={"origin": "https://elsewhere.example"}).status_code == 403
        assert client.delete("/session").status_code == 204
        assert client.get("/v1/measures").status_code == 401


@pytest.mark.browser
@pytest.mark.once
def test_the_explorer_leads_to_the_sign_in_and_back(sample_graph: Graph, settings: Settings, tmp_path: Path) -> None:
    told = settings.model_copy(update={"api_keys": tmp_path / "a.json", "audit": tmp_path / "l"})
    text = key_for(ApiKeys(tmp_path / "a.json"), "supervisor")
    with serving(sample_graph, told) as base, watched(base) as watch:
        page = watch.page
        page.goto(f"{base}/explorer/")
        page.wait_for_url("**/signin.html")
        page.fill("#key", f"{text}x")
        page.click("button[type=submit]")
        page.wait_for_selector("#banner:not([hidden])")
        page.fill("#key", text)
        page.click("button[type=submit]")
        page.wait_for_url("**/explorer/")
        asked = "fetch('/v1/due?purpose=supervision&ground=' + sessionStorage.getItem('ground')).then((a) => a.status)"
        assert page.evaluate(asked) == 200
        kept = "document.cookie + JSON.stringify({...sessionStorage, ...localStorage})"
        assert text not in page.evaluate(kept), "no script can carry it away"
        assert page.evaluate("window.violations") == []
        assert [url for url in watch.requests if text in url] == []
        page.goto(f"{base}/explorer/signin.html")
        page.click("#out")
        page.wait_for_selector("#banner:not([hidden])")
        assert page.evaluate("fetch('/v1/measures').then((a) => a.status)") == 401


# --- beyond this machine ----------------------------------------------------------------------------------------


def test_beyond_this_machine_it_listens_with_a_key_and_tls_only(tmp_path: Path) -> None:
    settings, pem = Settings(api_keys=tmp_path / "api.json"), tmp_path / "some.pem"
    pem.touch()
    assert Secured().examine("127.0.0.1", settings) is False
    assert Secured().examine("127.0.0.1", settings.model_copy(update={"keys_needed": True})) is True
    for guarded in (Secured(), Secured(proxy=True), Secured(pem, pem)):
        with pytest.raises(ConfigError, match="there is no key"):
            guarded.examine("0.0.0.0", settings)
    keys = ApiKeys(settings.api_keys_file)
    key_for(keys, "approver")
    with pytest.raises(ConfigError, match="clear text"):
        Secured().examine("0.0.0.0", settings)
    for guarded in (Secured(proxy=True), Secured(pem, pem)):
        assert guarded.examine("0.0.0.0", settings) is True
    assert Secured().examine("::1", settings) is True
    for half in (Secured(certificate=pem), Secured(key=pem), Secured(tmp_path / "nothing", pem)):
        with pytest.raises(ConfigError):
            half.examine("127.0.0.1", settings)
    keys.revoke(next(iter(keys.all())))
    with pytest.raises(ConfigError, match="there is no key"):
        Secured(proxy=True).examine("0.0.0.0", settings)


# --- the commands -----------------------------------------------------------------------------------------------


def test_a_key_is_made_shown_once_listed_and_ended(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITGRAPH_API_KEYS", str(tmp_path / "keys" / "api.json"))
    code, out, told = cli("keys", "create", "--role", "approver", "--organ", ORGAN, "--area", "4301", "--days", "30")
    text = out.strip()
    assert code == 0
    assert text not in told
    assert ApiKeys(Settings().api_keys_file).find(text) is not None
    made = json.loads(cli("keys", "create", "--role", "subject", "--party", SELF, "--per-minute", "5", "--json")[1])
    assert (made["party"], made["per_minute"], made["state"]) == (SELF, 5, "active")
    rows = json.loads(cli("keys", "list", "--json")[1])
    assert [(row["role"], row["organ"], row["area"]) for row in rows] == [
        ("approver", ORGAN, "4301"),
        ("subject", "", ""),
    ]
    assert all("hash" not in row and "key" not in row for row in rows)
    assert ORGAN in cli("keys", "list")[1]
    assert cli("keys", "revoke", made["id"])[0] == 0
    assert [row["state"] for row in json.loads(cli("keys", "list", "--json")[1])] == ["active", "revoked"]
    for wrong in (("revoke", "nothing"), ("create", "--role", "approver"), ("create", "--role", "king")):
        code, _, told = cli("keys", *wrong)
        assert (code, bool(told.strip())) == (2, True)


# --- its page ---------------------------------------------------------------------------------------------------


def test_the_page_says_what_the_table_says() -> None:
    text = (Path(__file__).parents[1] / "docs" / "access.md").read_text(encoding="utf-8")
    for name, row in TABLE.roles.items():
        limits = "own organ" if row.only_own_organ else "own party" if row.only_own_party else ""
        persons = "minors too" if row.minors else "yes" if row.persons else "no"
        words = (", ".join(some) for some in (row.asks, row.openness, row.own_organ, row.purposes, row.grounds))
        cells = [f"`{name}`", row.zh, *words, persons, limits]
        assert "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|" in text
