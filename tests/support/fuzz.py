"""What a machine thinks of to send: so many requests, right ones and wrong ones, to every route over the sample.

On a server of its own: `python -m tests.support.fuzz 10000`.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, response_schema_conformance

from api.http.app import create_app
from graph_model.rules import load_pack
from graph_model.store import local_neo4j
from graph_model.store.connect import connect
from graph_model.store.keys import load_keys
from graph_model.store.settings import Settings
from loaders.derive import derive_into
from loaders.sample.province import generate
from tests.support.graphs import load_sample

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
OPEN = ("/metrics", "/healthz")


def operations(app: FastAPI) -> Iterator[Any]:
    """Every route, as the application describes it."""
    contract = schemathesis.openapi.from_asgi("/openapi.json", app)
    return (result.ok() for result in contract.get_all_operations() if isinstance(result, Ok))


def send(operation: Any, times: int, wrong: bool, told: Counter[str]) -> None:
    """So many requests to one route. Raises what is not as it should be."""
    checks: list[Any] = [not_a_server_error, response_schema_conformance] + ([negative_data_rejection] if wrong else [])
    mode = GenerationMode.NEGATIVE if wrong else GenerationMode.POSITIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @examples(max_examples=times, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def holds(case: schemathesis.Case) -> None:
        answer = case.call()
        told[str(answer.status_code)] += 1
        case.validate_response(answer, checks=checks)

    holds()


def methods_refused(app: FastAPI, client: TestClient) -> dict[str, str]:
    """Route and method → what is wrong with how a method that the route does not have is refused."""
    wrong = {}
    for path, methods in app.openapi()["paths"].items():
        place = path.replace("{key}", "e-aaaaaaaaaaaaaaaaaaaa").replace("{code}", "LIST-01")
        for method in METHODS:
            if method.lower() in methods:
                continue
            answer = client.request(method, place)
            allowed = answer.headers.get("allow", "").upper()
            if answer.status_code != 405 or not all(own.upper() in allowed for own in methods):
                wrong[f"{method} {path}"] = f"{answer.status_code}, Allow: {allowed}"
    return wrong


def main(requests: int) -> None:
    """Send them; print the counts by status, and what was wrong."""
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    os.environ.update(CREDITGRAPH_HEAP="512m", CREDITGRAPH_PAGECACHE="64m", CREDITGRAPH_AUTHOR="tests")
    os.environ.update(CREDITGRAPH_HOSTS="testserver", CREDITGRAPH_CHECK_SECONDS="30")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDITGRAPH_HOME"] = folder
        settings, told, began = Settings(), Counter(), time.monotonic()
        wrong: dict[str, str] = {}
        with local_neo4j.temporary(settings) as server, connect(settings, server.store) as graph:
            generate(150, 7, Path(folder) / "files")
            load_sample(graph, load_keys(settings), Path(folder) / "files")
            derive_into(graph, load_pack())
            app = create_app(graph, settings)
            with TestClient(app) as client:
                every = list(operations(app))
                for number, operation in enumerate(every):
                    for bad in (False, True):
                        if bad and operation.path in OPEN:
                            continue
                        try:
                            send(operation, requests // (2 * len(every)) + 1, bad, told)
                        except BaseException as error:
                            takes = operation.body or any(True for _ in operation.iter_parameters())
                            if bad and isinstance(error, Unsatisfiable) and not takes:
                                continue  # a route that takes nothing cannot be asked wrongly
                            wrong[f"{operation.label} {'wrong' if bad else 'right'}"] = str(error)[:1500]
                    sys.stdout.write(f"{number + 1} of {len(every)}: {operation.label}\n")
                    sys.stdout.flush()
                wrong |= methods_refused(app, client)
    for name, why in wrong.items():
        sys.stdout.write(f"--- {name}\n{why}\n")
    sent = {"requests": told.total(), "statuses": dict(told), "wrong": len(wrong)}
    sys.stdout.write(json.dumps(sent | {"seconds": round(time.monotonic() - began)}) + "\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
