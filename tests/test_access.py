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
from api.http.caller import caller_in
from api.http.door import Door
from api.http.server import Secured
from graph_model.access import WITHOUT_KEY, access_table
from graph_model.errors import BadRequest, ConfigError
from graph_model.identifiers import KeyedHash
from graph_model.rules import RulePack
from graph_model.store.settings import Settings
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
def service(tmp_path: Path) -> Iterator[Service]:
    keys, log, asked = ApiKeys(tmp_path / "keys" / "api.json"), AuditLog(tmp_path / "log"), []

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for state in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{state}.complete"})
            return
        asked.append(caller_in(scope))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})

    within = Access(answers, keys, Limiter(), needed=False)
    hash = KeyedHash(b"k" * 32)
    app = Door(Audited(within, log=log, who="user", hash=hash, rules="rules"))
    with TestClient(app, base_url="http://localhost") as client:
        yield Service(keys, tmp_path / "log", client, asked)
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
    "subject": {"law", "published", "file"},
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
    staffed.ask(f"GET /v1/parties/{SOMEBODY}", "approver", params={"purpose": "approval"})
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
        cells = [f"`{name}`", row.zh, *(", ".join(words) for words in (row.asks, row.openness, row.own_organ)), limits]
        assert "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|" in text
