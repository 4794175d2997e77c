"""A check that can be kept as proof: whoever has the public keys verifies it, and nothing of it can be changed."""

import base64
import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from api.certificate import CheckStatement, RefusedCertificate, SigningKeys, digest_of_json, statement, verify
from api.http.app import create_app
from api.http.checks import CheckRequest
from graph_model.errors import BadRequest, ConfigError
from graph_model.events import Event
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.decisions.events import record
from loaders.derive import derive_into
from loaders.sample.story import STORY
from queries.answers import Answer, PartyRef
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 6, 30)
CLEAR = Answer(
    question="lookup", as_of=DAY, position=7, status="clear", party=PartyRef(key="e-" + "a" * 20, label="Entity")
)
UNKNOWN = Answer(question="lookup", as_of=DAY, position=5, status="unknown", reason="no party", complete=False)


def said(days: int = 1) -> CheckStatement:
    return statement([CLEAR, UNKNOWN], purpose="tender", hops=2, rules="r" * 32, version="0", days=days)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    return SigningKeys(tmp_path_factory.mktemp("keys") / "signing")


def test_what_was_signed_is_verified_as_it_was(signing: SigningKeys) -> None:
    one = said()
    assert verify(signing.sign(one), signing.public()) == one
    assert [(p.status, p.complete) for p in one.parties] == [("clear", True), ("unknown", False)]
    assert one.position == 5, "an older answer is not made newer by its neighbour"
    assert one.until - one.at == timedelta(days=1)
    assert one.parties[0].answer == digest_of_json(CLEAR.model_dump(mode="json", by_alias=True))


def test_every_changed_character_is_refused(signing: SigningKeys) -> None:
    text, public = signing.sign(said()), signing.public()
    lot = random.Random(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    kept = verify(text, public)
    for place in lot.sample(range(len(text)), 400):
        other = text[:place] + lot.choice([x for x in letters if x != text[place]]) + text[place + 1 :]
        try:
            assert verify(other, public) == kept, "only padding bits of base64 differ"
            assert place in (len(text) - 1, text.rindex(".") - 1, text.index(".") - 1)
        except RefusedCertificate:
            pass


def _forged(header: dict[str, str], payload: str, signature: bytes = b"") -> str:
    parts = json.dumps(header).encode(), payload.encode(), signature
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_forgeries_are_refused(signing: SigningKeys, tmp_path: Path) -> None:
    public, payload = signing.public(), said().model_dump_json()
    kid = public["keys"][0]["kid"]
    stranger = SigningKeys(tmp_path / "other").sign(said())
    mac = OctKey.import_key(base64.urlsafe_b64decode(public["keys"][0]["x"] + "="))
    own_name = jws.serialize_compact(
        {"alg": "Ed25519", "kid": kid}, payload, OKPKey.generate_key("Ed25519"), ["Ed25519"]
    )
    forged = {
        "no signature": _forged({"alg": "none", "kid": kid}, payload),
        "another's key": stranger,
        "another's key under our name": own_name,
        "the public key as a secret": jws.serialize_compact({"alg": "HS256", "kid": kid}, payload, mac, ["HS256"]),
        "a key of its own": _forged({"alg": "Ed25519", "jwk": public["keys"][0]}, payload, b"x" * 64),
        "nothing": "",
        "text": "not a certificate",
        "dots": "..",
        "null": _forged({"alg": "Ed25519", "kid": kid}, "null", b"\0" * 64),
    }
    for text in forged.values():
        with pytest.raises(RefusedCertificate):
            verify(text, public)


def test_what_else_our_key_signs_is_no_certificate(signing: SigningKeys) -> None:
    key = signing._keys[-1]
    text = jws.serialize_compact({"alg": "Ed25519", "kid": key.thumbprint()}, b'{"kind": "x"}', key, ["Ed25519"])
    with pytest.raises(RefusedCertificate, match="no certificate of a check"):
        verify(text, signing.public())


def test_one_of_tomorrow_is_refused_and_one_that_is_over_is_not(signing: SigningKeys) -> None:
    tomorrow = said().model_copy(update={"at": datetime.now(UTC) + timedelta(days=1)})
    with pytest.raises(RefusedCertificate, match="clocks"):
        verify(signing.sign(tomorrow), signing.public())
    over = said().model_copy(update={"until": datetime.now(UTC) - timedelta(days=900)})
    assert verify(signing.sign(over), signing.public()).until < datetime.now(UTC)


def test_a_new_key_signs_and_the_old_one_still_verifies(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path / "signing")
    old = keys.sign(said())
    name = keys.rotate()
    public = keys.public()
    assert public["keys"][0]["kid"] == name
    assert len(public["keys"]) == 2
    assert all("d" not in key for key in public["keys"]), "the private part stays here"
    assert verify(old, public).purpose == verify(keys.sign(said()), public).purpose
    assert SigningKeys(tmp_path / "signing").public() == public
    for path in (tmp_path / "signing").glob("*.pem"):
        assert path.stat().st_mode & 0o077 == 0


def test_nobody_else_may_look_into_the_folder_of_all_keys(tmp_path: Path) -> None:
    SigningKeys(tmp_path / "data" / "keys" / "signing").public()
    for folder in ("keys", "keys/signing"):
        assert (tmp_path / "data" / folder).stat().st_mode & 0o077 == 0


def test_a_key_that_others_may_read_or_that_is_none_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "signing"
    SigningKeys(folder).public()
    (path,) = folder.glob("*.pem")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        SigningKeys(folder).public()
    path.chmod(0o600)
    path.write_text("torn")
    with pytest.raises(ConfigError, match="no signing key"):
        SigningKeys(folder).public()


@pytest.mark.parametrize("public", [{}, {"keys": None}, {"keys": [{}]}, {"keys": ["x"]}, {"keys": [{"kty": "OKP"}]}])
def test_what_is_no_key_is_bad_input(signing: SigningKeys, public: dict[str, object]) -> None:
    with pytest.raises(BadRequest, match="no public keys"):
        verify(signing.sign(said()), public)


# --- as users meet it -------------------------------------------------------------------------------------------


def test_a_check_is_certified_over_http_and_verified_off_line(
    sample_graph: Graph, settings: Settings, tmp_path: Path, cli: Cli
) -> None:
    app = create_app(sample_graph, settings.model_copy(update={"home": tmp_path, "audit": tmp_path / "log"}))
    asked = {"parties": [STORY.food.number, "没有这个公司"], "purpose": "tender", "as_of": str(DAY)}
    with TestClient(app) as client:
        assert client.post("/v1/checks", json=asked).json()["certificate"] is None
        told = client.post("/v1/checks", json=asked | {"certificate": True}).json()
        public = client.get("/.well-known/jwks.json").json()
    (tmp_path / "check.jws").write_text(told["certificate"])
    (tmp_path / "keys.json").write_text(json.dumps(public))
    (tmp_path / "answers.json").write_text(json.dumps(told["answers"]))
    command = ("verify", str(tmp_path / "check.jws"), "--keys", str(tmp_path / "keys.json"))
    code, out, _ = cli(*command, "--answers", str(tmp_path / "answers.json"), "--json")
    one = CheckStatement.model_validate_json(out)
    assert code == 0
    assert [p.status for p in one.parties] == [a["status"] for a in told["answers"]]
    assert STORY.food.number in one.parties[0].numbers
    assert one.parties[0].key == told["answers"][0]["party"]["key"]
    assert one.position == told["answers"][0]["position"]
    assert one.audit is not None, "the first of the two was written down before"
    assert "to be relied on until" in cli(*command)[1]
    told["answers"][0]["status"] = "clear"
    (tmp_path / "answers.json").write_text(json.dumps(told["answers"]))
    assert cli(*command, "--answers", str(tmp_path / "answers.json"))[0] == 1
    (tmp_path / "check.jws").write_text(told["certificate"][:-9] + "AAAAAAAAA")
    code, out, error = cli(*command)
    assert (code, out) == (1, "")
    assert "refused" in error
    (tmp_path / "keys.json").write_text("{")
    assert cli(*command)[0] == 2


def test_the_command_line_issues_one(sample_server: Server, sample_graph: Graph, cli: Cli, tmp_path: Path) -> None:
    store = ("--store", sample_server.store)
    out, answers = str(tmp_path / "check.jws"), str(tmp_path / "answers.json")
    given = ("certificate", "issue", STORY.food.number, "--purpose", "approval", "--out", out, "--answers", answers)
    code, text, error = cli(*given, *store)
    assert code == 0, error
    assert "purpose approval" in text
    assert (tmp_path / "check.jws").stat().st_mode & 0o077 == 0
    assert cli("verify", out, "--answers", answers)[0] == 0
    kid = json.loads(cli("certificate", "keys")[1])["keys"][0]["kid"]
    assert cli("certificate", "rotate")[1].strip() != kid
    assert cli("verify", out)[0] == 0, "what the older key signed"


# --- what becomes of one ----------------------------------------------------------------------------------------

ASKED = {"parties": [STORY.food.number, "没有这个公司"], "purpose": "tender", "as_of": str(DAY), "certificate": True}


@pytest.fixture
def mine(settings: Settings, tmp_path: Path) -> Settings:
    """A data folder in which nothing was issued."""
    return settings.model_copy(update={"home": tmp_path, "audit": tmp_path / "log"})


def changed(mine: Settings, column: str, value: str, name: str) -> None:
    with closing(sqlite3.connect(mine.kept_file)) as base, base:
        base.execute(f"UPDATE certificates SET {column} = ? WHERE id = ?", (value, name))  # noqa: S608 - of ours


def test_a_certificate_is_issued_superseded_expired_or_of_another_store(sample_graph: Graph, mine: Settings) -> None:
    with TestClient(create_app(sample_graph, mine)) as client:

        def issue(**other: object) -> str:
            told = client.post("/v1/checks", json=ASKED | other)
            assert told.status_code == 200, told.text
            return verify(told.json()["certificate"], SigningKeys(mine.signing_dir).public()).id

        def state(name: str) -> dict[str, object]:
            return client.get(f"/v1/certificates/{name}").json()

        first = issue()
        assert (state(first)["state"], state(first)["taken_back"]) == ("issued", 0)
        issue(purpose="approval"), issue(parties=[STORY.food.number]), issue(as_of="2025-06-30"), issue(hops=1)
        assert state(first)["state"] == "issued", "none of these asks the same"
        second = issue()
        assert (state(first)["state"], state(first)["superseded_by"]) == ("superseded", second)
        third = issue()
        assert (state(first)["superseded_by"], state(third)["state"]) == (third, "issued")
        changed(mine, "until", "2026-01-01T00:00:00+00:00", third)
        assert state(third)["state"] == "expired"
        changed(mine, "store", "another", third)
        assert state(third)["state"] == "elsewhere", "of another graph nothing can be said, not even that it expired"
        nobody = client.get("/v1/certificates/0b0ad0a4-4c12-4c8e-9d6c-7f8f1c1f3f10")
        assert (nobody.status_code, nobody.headers["content-type"]) == (400, "application/problem+json")
    assert mine.kept_file.stat().st_mode & 0o077 == 0
    kept = mine.kept_file.read_bytes()
    for told in (STORY.food.number, STORY.food.name, "没有这个公司"):
        assert told.encode() not in kept


def a_step(process: str, stage: str, role: str, day: int) -> Callable[[str], Event]:
    return lambda item: Event(
        "", process, stage, item, date(2026, 10, day), case="异议-1", role=role, author="王敏", reason="核对"
    )


TAKEN_BACK = {
    "withdrawn": [a_step("withdrawal", "withdrawn", "source_organ", 1)],
    "corrected": [
        a_step("objection", "received", "subject", 1),
        a_step("objection", "marked", "credit_authority", 2),
        a_step("objection", "notified", "credit_authority", 3),
        a_step("objection", "verified", "source_organ", 8),
        a_step("objection", "corrected", "source_organ", 9),
    ],
}


@pytest.mark.parametrize("kind", ["withdrawn", "corrected"])
def test_a_certificate_is_withdrawn_when_what_it_rests_on_was_taken_back(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, pack: RulePack, mine: Settings, kind: str
) -> None:
    load_file("sample", put("register.csv", [company("长沙甲食品有限公司", 1, "张三", citizen(1))]))
    load_file("sample", put("decisions.csv", [decision("长沙甲食品有限公司", 1, "REVOKE_FOOD_LICENCE")]))
    derive_into(graph, pack)
    asked = {"parties": [code(1)], "purpose": "tender", "certificate": True}
    with TestClient(create_app(graph, mine)) as client:
        text = client.post("/v1/checks", json=asked).json()["certificate"]
        name = verify(text, SigningKeys(mine.signing_dir).public()).id
        load_file("sample", put("register.csv", [company("长沙乙食品有限公司", 2, "李四", citizen(2))]))
        assert client.get(f"/v1/certificates/{name}").json()["state"] == "issued", "of others something came"
        (row,) = graph.read("MATCH (s:Sanction) RETURN s.key AS key")
        record(graph, [step(row["key"]) for step in TAKEN_BACK[kind]], today=date(2026, 11, 22), pack=pack)
        derive_into(graph, pack)
        told = client.get(f"/v1/certificates/{name}").json()
        assert (told["state"], told["taken_back"]) == ("withdrawn", 1)
        assert told["looked_at"] == graph.position() > told["position"]
        changed(mine, "until", "2026-01-01T00:00:00+00:00", name)
        assert client.get(f"/v1/certificates/{name}").json()["state"] == "withdrawn", "it goes before all others"
        fresh = client.post("/v1/checks", json=asked).json()["certificate"]
        found = client.get(f"/v1/certificates/{verify(fresh, SigningKeys(mine.signing_dir).public()).id}").json()
        assert found["state"] == "issued", "what is asked now no longer rests on it"


def test_the_command_line_tells_what_became_of_one(
    sample_server: Server, sample_graph: Graph, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, file = ("--store", sample_server.store), tmp_path / "check.jws"
    given = ("certificate", "issue", STORY.tax_d.number, "--purpose", "approval", "--out", str(file))
    assert cli(*given, *store)[0] == 0
    old = file.read_text()
    state, out, error = cli("certificate", "state", str(file), *store)
    assert (state, "to be relied on" in out) == (0, True), error
    assert cli(*given, *store)[0] == 0
    file.write_text(old)
    state, out, _ = cli("certificate", "state", str(file), *store, "--json")
    assert (state, json.loads(out)["state"]) == (1, "superseded")
    file.write_text(old[:-12] + "AAAAAAAAAAA\n")
    state, out, error = cli("certificate", "state", str(file), *store)
    assert (state, out, "refused" in error) == (1, "", True)
    file.write_text(SigningKeys(tmp_path / "other").sign(said()))
    state, out, error = cli("certificate", "state", str(file), *store)
    assert (state, out, "refused" in error) == (1, "", True)
    file.write_text(SigningKeys(Settings().signing_dir).sign(said()))
    state, out, error = cli("certificate", "state", str(file), *store)
    assert (state, out, "no such certificate was issued here" in error) == (2, "", True)


def test_a_request_that_is_sent_again_has_the_same_answer_and_certificate(sample_graph: Graph, mine: Settings) -> None:
    key = {"Idempotency-Key": "郴州-7".encode().hex()}
    app = create_app(sample_graph, mine)
    with TestClient(app) as client:
        first = client.post("/v1/checks", json=ASKED, headers=key)
        again = client.post("/v1/checks", json=ASKED, headers=key)
        assert first.status_code == 200
        assert again.content == first.content
        assert client.post("/v1/checks", json=ASKED).json()["certificate"] != first.json()["certificate"]
        other = client.post("/v1/checks", json=ASKED | {"hops": 1}, headers=key)
        assert (other.status_code, "one of its own" in other.json()["detail"]) == (422, True)
        assert (
            client.post("/v1/checks", json=ASKED | {"profile": "x"}, headers={"Idempotency-Key": "b"}).status_code
            == 400
        )
        right = client.post("/v1/checks", json=ASKED | {"profile": "permit"}, headers={"Idempotency-Key": "b"})
        assert right.status_code == 200, "what failed has no answer, and leaves its key free"
        assert client.post("/v1/checks", json=ASKED, headers={"Idempotency-Key": "x" * 201}).status_code == 422
        body = CheckRequest.model_validate(ASKED).model_dump_json()
        assert app.state.kept.begin("\nc", body) is None, "somebody is being answered"
        busy = client.post("/v1/checks", json=ASKED, headers={"Idempotency-Key": "c"})
        assert (busy.status_code, busy.headers["retry-after"]) == (409, "2")
        with closing(sqlite3.connect(mine.kept_file)) as base, base:
            base.execute("UPDATE repeated SET at = '2026-01-01' WHERE answer IS NOT NULL")
        anew = client.post("/v1/checks", json=ASKED, headers=key)
        assert anew.json()["certificate"] != first.json()["certificate"], "after a day it is another request"
    assert STORY.food.name.encode() not in mine.kept_file.read_bytes()


def test_where_it_cannot_be_registered_none_is_issued(sample_graph: Graph, mine: Settings) -> None:
    with TestClient(create_app(sample_graph, mine)) as client:
        mine.kept_file.mkdir(parents=True)
        refused = client.post("/v1/checks", json=ASKED)
        assert (refused.status_code, "certificate" in refused.json()) == (503, False)
        assert client.post("/v1/checks", json=ASKED | {"certificate": False}).status_code == 200
