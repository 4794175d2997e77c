"""No number by which a person is known is anywhere but under the key: it is put into every field, and every byte is looked through."""

import csv
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from graph_model.identifiers import mask_citizen_ids_in, mask_ids_in, mask_persons_in
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.settings import Settings
from loaders.load.engine import load
from loaders.sample.province import generate
from loaders.sources import SOURCES
from queries.supply.ledger import rejected, runs
from tests.support.invented import citizen, code
from tests.support.types import Cli

VALID = citizen(983, "19771107")
SECRETS = {
    "valid": VALID,
    "wrong check": VALID[:17] + ("3" if VALID[17] != "3" else "4"),
    "before 1999": VALID[:6] + VALID[8:17],
    "passport": "E98765432",
    "phone": "13998765432",
}
ROUNDABOUT = {
    "valid": [" ".join(VALID), VALID.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"}), f"{VALID}20240101"],
    "phone": ["139-9876-5432", "139 9876 5432"],
}
"""Other spellings of them."""
FILES = {
    "register.csv": "sample",
    "officers.csv": "sample",
    "shareholders.csv": "sample",
    "lists.csv": "sample",
    "decisions.csv": "sample",
    "responsible.csv": "sample",
    "penalties.csv": "shuanggongshi",
    "licences.csv": "shuanggongshi",
    "supplied/tenders.csv": "tenders",
    "supplied/experts.csv": "tenders",
    "supplied/commitments.csv": "commitments",
    "supplied/inspections.csv": "inspections",
    "supplied/grades.csv": "credentials",
    "supplied/organs.csv": "organs",
}
OF_DOCUMENTS = frozenset(
    {"document_number", "certificate_number", "certificates", "licence_number", "stands_on", "document"}
)
"""What is itself a number would be another one if whatever looks like a phone went: valid id numbers go, the others stay."""

EVERYTHING: tuple[LiteralString, ...] = (
    "MATCH (n) RETURN labels(n)[0] AS what, properties(n) AS told",
    "MATCH ()-[r]->() RETURN type(r) AS what, properties(r) AS told",
)


def soiled(path: Path, out: Path) -> Path:
    """A file in whose every field each secret stands once alone, and once in the middle of text."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        row, columns = next(iter(reader)), reader.fieldnames or []
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for column in columns:
            for secret in SECRETS.values():
                writer.writerow(row | {column: secret})
                writer.writerow(row | {column: f"{row[column]}（联系{secret}）"})
    return out


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def found_in(graph: Graph) -> set[tuple[str, str, str]]:
    """(secret, label or type, property) of every secret that is in the graph."""
    found = set()
    for query in EVERYTHING:
        for record in graph.read(query):
            for name, value in record["told"].items():
                for text in texts(value):
                    found |= {(kind, record["what"], name) for kind, secret in SECRETS.items() if secret in text}
    return found


@pytest.mark.once
def test_whatever_field_it_stands_in_no_number_is_kept(
    graph: Graph, keys: Keys, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    generate(60, 7, tmp_path / "sample")
    told, accepted = "", 0
    for name, source in FILES.items():
        folder = tmp_path / f"{len(told)}-{Path(name).stem}"
        folder.mkdir()
        (folder / "manifest.json").write_text('{"data_date": "2026-06-30"}')
        # The name of the file too, where the source does not ask for one.
        called = name if source == "sample" else f"{VALID} {Path(name).name}"
        path = soiled(tmp_path / "sample" / name, folder / Path(called).name)
        for one in load(graph, keys, SOURCES[source], path):
            assert one.rows_in == one.accepted + one.rejected + one.duplicate
            accepted += one.accepted
            told += json.dumps(one.__dict__, default=str)
    assert accepted > 400  # the others are in the ledger, encrypted
    leaks = {leak for leak in found_in(graph) if leak[0] == "valid" or leak[2] not in OF_DOCUMENTS}
    assert leaks == set()
    for run in runs(graph):
        told += run.model_dump_json() + json.dumps(rejected(graph, run.run), default=str, ensure_ascii=False)
    told += caplog.text
    assert [kind for kind, secret in SECRETS.items() if secret in told] == []
    on_disk(graph)


def on_disk(graph: Graph) -> None:
    """The server's files: what a transaction wrote stands in its logs before anything else."""
    assert graph.folder
    for path in graph.folder.parent.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert VALID.encode(encoding) not in data, path


# --- what is asked ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(sample_graph: Graph, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(sample_graph, settings), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("kind", SECRETS)
def test_no_answer_and_no_refusal_repeats_a_number(
    client: TestClient, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret, asked = SECRETS[kind], {"purpose": "approval"}
    caplog.set_level(logging.DEBUG, logger="creditgraph")
    answers = [
        client.post("/v1/checks", json={"parties": [secret, f"赵一 {secret}"], **asked}),
        client.post("/v1/search", json={"text": secret, **asked}),
        client.post("/v1/search", json={"text": "赵一", "purpose": secret}),
        client.post("/v1/search", json={"text": "赵一", secret: "1", **asked}),
        client.post("/v1/search", content=secret.encode()),
        client.post("/v1/search", content=f'{{"text": "{secret}'.encode()),
        client.post("/v1/paths", json={"start": [secret], "end": ["赵一"], "types": [secret], **asked}),
        client.post("/v1/common", json={"parties": [secret, "赵一"], **asked}),
        client.get(f"/v1/parties/{secret}", params=asked),
        client.get(f"/v1/lists/{secret}", params=asked),
        client.get("/v1/measures", params={"as_of": secret, "force": secret}),
        client.get("/v1/due", params={"within": secret, **asked}),
        client.get("/v1/parties/e-aaaaaaaaaaaaaaaaaaaa/why-not", params={"rule": secret, **asked}),
        client.get("/v1/parties/e-aaaaaaaaaaaaaaaaaaaa/exposure", params={"types": secret, "list": secret, **asked}),
        client.get(f"/{secret}"),
        client.get(f"/v1/{secret}/"),
        client.request("DELETE", f"/v1/parties/{secret}"),
        client.get("/healthz", headers={"host": f"{secret}.example"}),
    ]
    for answer in answers:
        assert answer.status_code < 500, answer.text
        assert secret not in answer.text + str(answer.headers), (answer.request.url.path, answer.text)
        assert len(answer.content) < 100_000
    assert secret not in caplog.text


def test_an_error_is_never_longer_than_a_page(client: TestClient) -> None:
    long = "湘" * 300_000
    for body in ({"text": long, "purpose": "approval"}, {"text": "x", long: 1}, {"text": "x", "purpose": [long] * 3}):
        answer = client.post("/v1/search", content=json.dumps(body, ensure_ascii=False).encode())
        assert answer.status_code in (413, 422)
        assert len(answer.content) < 10_000


@pytest.mark.parametrize("kind", SECRETS)
def test_a_command_line_that_is_wrong_is_not_repeated(cli: Cli, kind: str) -> None:
    secret = SECRETS[kind]
    for arguments in (
        (secret,),
        (f"--{secret}",),
        ("db", secret),
        ("db", "status", secret),
        ("rules", "show", secret),
        ("rules", "codes", secret),
        ("lookup", "x", "--as-of", secret),
        ("lookup", "x", f"--{secret}"),
        ("load", "sample", f"/nowhere/{secret}.csv"),
        ("load", secret, "/nowhere"),
        ("screen", f"/nowhere/{secret}.csv", "-"),
        ("sample", "--companies", secret, "/nowhere"),
    ):
        status, out, error = cli(*arguments)
        assert status
        assert secret not in out + error, arguments


def test_a_fault_of_ours_is_kept_without_it(tmp_path: Path) -> None:
    told = f"a fault with {' and '.join(SECRETS.values())}"
    program = f"import api.cli.root as r; r.app = lambda: (_ for _ in ()).throw(RuntimeError({told!r})); r.main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"CREDITGRAPH_HOME": str(tmp_path), "PATH": "/usr/bin"},
        cwd=Path(__file__).parents[1],
    )
    kept = (tmp_path / "data" / "last-fault.txt").read_text(encoding="utf-8")
    assert done.returncode == 1
    assert "RuntimeError" in kept
    for secret in SECRETS.values():
        assert secret not in done.stdout + done.stderr + kept


# --- how it is masked -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "text"), [*SECRETS.items()] + [(k, t) for k, ts in ROUNDABOUT.items() for t in ts])
@pytest.mark.parametrize("around", ["{}", "证件号码：{}。", "({})", "电话{}，护照", "x {} y"])
def test_in_free_text_and_messages_each_is_masked(kind: str, text: str, around: str) -> None:
    digits = text if kind == "passport" else "".join(c for c in text if c.isdigit())
    for mask in (mask_persons_in, mask_ids_in):
        told = "".join(c for c in mask(around.format(text)) if c.isalnum())
        assert digits[:9] not in told, told
        assert text not in mask(around.format(text))


@pytest.mark.parametrize(
    "text",
    [
        "国药准字H20050001",
        "国食健字G20040001",
        f"统一社会信用代码{code(77)}",
        "430100000012345",  # a registration number: no day of birth in it
        "郴市监罚〔2024〕139号",
        "(2019)湘0102执1234号",
        "罚款1399876元",
        "430600201931120001",
        "注册资本13998765432100元",
    ],
)
def test_what_is_nobody_s_number_stays(text: str) -> None:
    assert mask_persons_in(text) == text
    assert mask_citizen_ids_in(text) == text
