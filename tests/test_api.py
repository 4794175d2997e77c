"""The HTTP surface: every route, what it refuses, and what it never says."""

import json
from collections.abc import Iterator
from typing import Any, LiteralString
from urllib.parse import quote

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from api.http.app import create_app
from api.http.door import MAX_BODY
from api.http.id_misses import MISSES
from graph_model.errors import StoreUnavailable
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.sample.story import STORY
from queries.answers import Answer
from queries.party.parties import resolve
from tests.support.fuzz import methods_refused, operations
from tests.support.invented import citizen, code

NOBODY = "e-aaaaaaaaaaaaaaaaaaaa"
PURPOSE = {"purpose": "approval"}
DAY = "2026-06-30"


@pytest.fixture(scope="module")
def app(sample_graph: Graph, settings: Settings) -> FastAPI:
    return create_app(sample_graph, settings)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def food(sample_graph: Graph, keys: Keys) -> str:
    party, _ = resolve(sample_graph, STORY.food.number, hash=keys.hash)
    assert party is not None
    return party.key


def answer(response: Any) -> Answer:
    assert response.status_code == 200, response.text
    return Answer.model_validate(response.json())


def problem(response: Any, status: int) -> str:
    """An RFC 9457 problem; its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) >= {"type", "title", "status", "detail"}
    assert body["status"] == status
    assert body["title"]
    return body["detail"]


PARTY_ROUTES = ("/v1/parties/{}", "/v1/parties/{}/neighbours", "/v1/parties/{}/consequences", "/v1/parties/{}/exposure")


@pytest.mark.parametrize("route", PARTY_ROUTES)
def test_routes_of_a_party(client: TestClient, food: str, route: str) -> None:
    found = answer(client.get(route.format(food), params={**PURPOSE, "as_of": DAY}))
    assert found.party is not None
    assert (found.party.name, found.status) == (STORY.food.name, "hit")
    assert found.as_of.isoformat() == DAY
    # Nobody of that key: an answer with its reason, not an error.
    unknown = answer(client.get(route.format(NOBODY), params=PURPOSE))
    assert (unknown.status, unknown.party) == ("unknown", None)
    assert unknown.reason


@pytest.mark.parametrize("route", [*PARTY_ROUTES, "/v1/sanctions/{}/consequences"])
def test_a_purpose_is_asked_for(client: TestClient, food: str, route: str) -> None:
    assert "purpose" in problem(client.get(route.format(food)), 422)
    said = problem(client.get(route.format(food), params={"purpose": STORY.food_lr.number}), 422)
    assert STORY.food_lr.number not in said
    problem(client.get(route.format(food), params={**PURPOSE, "as_of": "30.6.2026"}), 422)


def test_a_sanction_from_its_side(client: TestClient, food: str) -> None:
    (sanction,) = answer(client.get(f"/v1/parties/{food}", params=PURPOSE)).sanctions
    found = answer(client.get(f"/v1/sanctions/{sanction.key}/consequences", params={**PURPOSE, "as_of": DAY}))
    assert {c.subject.name for c in found.consequences} >= {STORY.food.name, STORY.food_lr.name}
    unknown = answer(client.get("/v1/sanctions/s-aaaaaaaaaaaaaaaaaaaa/consequences", params=PURPOSE))
    assert unknown.status == "unknown"


def test_search(client: TestClient, food: str) -> None:
    def ask(text: str, **more: Any) -> Any:
        return client.post("/v1/search", json={"text": text, **PURPOSE, **more})

    for text in (STORY.food.number, STORY.food.name, "澧橘园"):
        assert food in [c.key for c in answer(ask(text)).candidates]
    assert len(answer(ask("有限公司", limit=3)).candidates) == 3
    assert answer(ask("没有这样的公司")).status == "unknown"
    person = answer(ask(STORY.food_lr.number))
    assert [c.name for c in person.candidates] == [STORY.food_lr.name]
    assert STORY.food_lr.number not in person.model_dump_json()
    for wrong in ({"text": "湘江"}, {"text": "", **PURPOSE}, {"text": "湘", "purpose": "curiosity"}, {}):
        problem(client.post("/v1/search", json=wrong), 422)
    said = problem(client.post("/v1/search", json={**PURPOSE, "text": "x", "name": STORY.food_lr.name}), 422)
    assert STORY.food_lr.name not in said
    assert problem(client.post("/v1/search", content=b"{", headers={"content-type": "application/json"}), 422)


def test_checks_answer_in_the_order_asked(client: TestClient) -> None:
    asked = [STORY.food.number, "没有这样的公司", STORY.namesake_clean.name, STORY.tax_later.name]
    response = client.post("/v1/checks", json={"parties": asked, "hops": 2, "as_of": DAY, **PURPOSE})
    assert response.status_code == 200
    found = [Answer.model_validate(a) for a in response.json()["answers"]]
    assert [a.status for a in found] == ["hit", "unknown", "ambiguous", "hit"]
    assert all(a.reason for a in found[1:3])
    assert found[0].consequences
    assert STORY.tax_d.name in {h.party.name for h in found[3].hits}
    for wrong in ({"parties": []}, {"parties": ["x"] * 101}, {"parties": ["x"], "hops": 5}, {"parties": [""]}):
        problem(client.post("/v1/checks", json={**wrong, **PURPOSE}), 422)
    problem(client.post("/v1/checks", json={"parties": ["x"]}), 422)


def test_what_is_not_there_is_a_problem_too(client: TestClient) -> None:
    problem(client.get("/v1/nothing"), 404)
    problem(client.get("/v1/search"), 405)
    assert client.get("/v1/search").headers["allow"] == "POST"
    assert problem(client.get("/v1/search/", follow_redirects=False), 404)
    problem(client.get(f"/v1/parties/{NOBODY}/exposure", params={**PURPOSE, "hops": 7}), 422)


def test_health_and_readiness(client: TestClient, sample_graph: Graph, settings: Settings) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "position": sample_graph.position()}

    class Away(Graph):
        def read(self, query: LiteralString, *, timeout: float | None = None, **parameters: Any) -> Any:
            raise StoreUnavailable("Neo4j does not answer: nobody is there")

        def prepare(self, id_key: str | None = None) -> None:
            return None

    away = Away(sample_graph.driver, sample_graph.database, sample_graph.author, sample_graph.name)
    with TestClient(create_app(away, settings)) as without:
        assert without.get("/healthz").status_code == 200
        for response in (
            without.get("/readyz"),
            without.get(f"/v1/parties/{NOBODY}", params=PURPOSE),
            without.post("/v1/checks", json={"parties": ["x"], **PURPOSE}),
        ):
            assert "does not answer" in problem(response, 503)


def test_the_schema_of_the_graph_for_the_page(client: TestClient) -> None:
    schema = client.get("/v1/schema").json()
    assert schema["nodes"]["Person"]["zh"] == "自然人"
    assert schema["relationships"]["LEGAL_REPRESENTATIVE_OF"]["walk"] == 1.0
    assert schema["relationships"]["IMPOSED_ON"]["walk"] is None


def test_every_answer_carries_its_guards(client: TestClient, food: str) -> None:
    for response in (
        client.get("/healthz"),
        client.get(f"/v1/parties/{food}", params=PURPOSE),
        client.get(f"/v1/parties/{food}"),
        client.get("/nothing"),
        client.get("/explorer/"),
        client.post("/v1/search", content=b"x" * (MAX_BODY + 1)),
    ):
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"])
def test_the_first_and_last_days_there_are_can_be_asked_about(client: TestClient, food: str, day: str) -> None:
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            asked = {p["name"]: p["schema"] for p in operation.get("parameters", ())}
            query = {name: day for name in ("as_of", "known_at", "since", "complete_since") if name in asked}
            body = None
            if "requestBody" in operation:
                body = dict(examples_of(client, operation)[0])
                body |= dict.fromkeys(("as_of", "known_at"), day)
            if not query and body is None:
                continue
            more = {"purpose": "approval", "rule": "PR-021"}
            response = client.request(method, path.replace("{key}", food), params={**query, **more}, json=body)
            assert response.status_code < 500 or "in time" in problem(response, 503), (path, response.text)


@pytest.mark.parametrize(
    "day", [0, 1, "0", "1735689600", 1735689600, True, "2026-1-1", "20260101", "2026-01-01T00:00:00", " 2026-01-01", ""]
)
def test_a_day_is_written_out(client: TestClient, food: str, day: Any) -> None:
    """A number would pass for seconds since 1970."""
    problem(client.post("/v1/checks", json={"parties": ["x"], "as_of": day, **PURPOSE}), 422)
    if isinstance(day, str):
        problem(client.get(f"/v1/parties/{food}/exposure", params={"as_of": day, **PURPOSE}), 422)


@pytest.mark.parametrize("how", ["one by one", "in one request", "by different questions"])
def test_guessing_id_numbers_ends_after_a_few(sample_graph: Graph, settings: Settings, how: str) -> None:
    """Area and birthday known, a few thousand numbers are left: a service that tells which is somebody's would tell him."""
    app = create_app(sample_graph, settings)
    guesses = [citizen(900 + n) for n in range(MISSES + 5)]
    with TestClient(app) as client:
        if how == "one by one":
            told = [client.post("/v1/search", json={"text": g, **PURPOSE}).status_code for g in guesses]
            assert told == [200] * MISSES + [429] * 5
        elif how == "in one request":
            problem(client.post("/v1/checks", json={"parties": guesses, **PURPOSE}), 429)
        else:
            for guess in guesses[:MISSES]:
                client.post("/v1/paths", json={"start": [guess], "end": [STORY.food.number], **PURPOSE})
        refused = client.post("/v1/search", json={"text": guesses[-1], **PURPOSE})
        assert guesses[-1] not in problem(refused, 429)
        assert 0 < int(refused.headers["retry-after"]) <= 3601
        # Other questions go on, also by numbers that nobody bears.
        assert {client.post("/v1/search", json={"text": code(n), **PURPOSE}).status_code for n in range(30)} == {200}
        answer(client.post("/v1/search", json={"text": STORY.food.number, **PURPOSE}))


def test_a_body_has_a_limit(client: TestClient) -> None:
    body = json.dumps({"text": "x" * MAX_BODY, **PURPOSE}).encode()
    assert "1000000" in problem(client.post("/v1/search", content=body), 413)

    def pieces() -> Iterator[bytes]:  # no length is told beforehand
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    problem(client.post("/v1/search", content=pieces(), headers={"content-type": "application/json"}), 413)
    for length in ("-1", "many"):
        assert client.post("/v1/search", content=b"{}", headers={"content-length": length}).status_code in (
            400,
            413,
            422,
        )


def test_the_root_leads_to_the_page(client: TestClient) -> None:
    response = client.get("/", follow_redirects=False)
    assert response.status_code in (302, 307)
    assert response.headers["location"].endswith("explorer/")
    page = client.get("/explorer/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]


def examples_of(client: TestClient, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the body of a route."""
    model = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    return client.get("/openapi.json").json()["components"]["schemas"][model]["examples"]


def test_openapi_has_an_example_for_every_body(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    routes = document["paths"]
    assert {f"/v1/{p}" for p in ("search", "checks", "parties/{key}", "sanctions/{key}/consequences")} <= set(routes)
    for path, methods in routes.items():
        for method, operation in methods.items():
            assert operation.get("summary") or operation.get("description"), (method, path)
            if "requestBody" in operation:
                for example in examples_of(client, operation):
                    response = client.request(method, path, json=example)
                    assert response.status_code == 200, response.text
                    told = response.json()
                    if "tender" not in example:  # the sample's lots are in files that a demo does not load
                        assert all(one["status"] != "unknown" for one in told.get("answers", [told])), (path, told)
            if path.startswith(("/v1/parties/", "/v1/sanctions/")):
                asked = {p["name"]: p for p in operation["parameters"]}
                assert asked["purpose"]["required"]
                assert "422" in operation["responses"]


PARAMETERS = {
    "key",
    "purpose",
    "ground",
    "authorisation",
    "as_of",
    "known_at",
    "hops",
    "limit",
    "others",
    "rule",
    "within",
    "complete_since",
    "organ",
    "owner",
    "since",
    "include_unconfirmed",
    "group",
    "kind",
    "types",
    "min_share",
    "hub_degree",
    "paths",
    "code",
    "after",
    "list",
    "act",
    "sector",
    "area",
    "applied",
    "force",
    "id",
    "Idempotency-Key",
}
"""What may stand in an address: opaque keys, days, counts, codes, yes or no, the name of an authority, the reference of an authorisation."""


def test_no_name_and_no_number_stands_in_an_address(client: TestClient, app: FastAPI, food: str) -> None:
    document = app.openapi()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            told = {p["name"] for p in operation.get("parameters", ())}
            assert told <= PARAMETERS, path
    # Nor in what an answer would have one ask next: keys hold neither.
    found = answer(client.get(f"/v1/parties/{food}/neighbours", params=PURPOSE))
    for candidate in found.candidates:
        assert candidate.name
        assert candidate.name not in candidate.key
        for route in PARTY_ROUTES:
            url = str(client.get(route.format(candidate.key), params=PURPOSE).request.url)
            assert quote(candidate.name) not in url
            assert candidate.name not in url


def test_a_method_that_a_route_does_not_have_is_told_which_it_has(app: FastAPI, client: TestClient) -> None:
    assert methods_refused(app, client) == {}


# --- what a machine thinks of -----------------------------------------------------------------------------


@pytest.mark.once
def test_nothing_a_machine_thinks_of_breaks_it(app: FastAPI, client: TestClient) -> None:
    every = list(operations(app))
    assert len(every) >= 10
    for operation in every:

        @given(case=operation.as_strategy())
        @examples(
            max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        def holds(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=[not_a_server_error, response_schema_conformance])

        holds()
