"""Neo4j goes away, hangs or answers half: whoever asks has the right answer or a clear word, in time, and it comes back.

Faults on the wire: forty here, a thousand by `make faults`.
"""

import random
import threading
import time
from collections.abc import Iterator

import pytest

from graph_model.errors import StoreUnavailable
from graph_model.store import breaker
from graph_model.store.breaker import FAILURES, Breaker
from graph_model.store.connect import Graph
from graph_model.store.deadline import within
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from tests.support.faults import KINDS, Trial, trial

FAULTS = 42


@pytest.fixture(scope="module")
def made(settings: Settings, sample_server: Server, sample_graph: Graph) -> Iterator[Trial]:
    with trial(settings, sample_server) as made:
        yield made


@pytest.mark.once
def test_a_fault_on_the_wire_makes_no_wrong_answer_and_no_late_one(made: Trial) -> None:
    luck = random.Random(17)
    for number in range(FAULTS):
        made.fault(KINDS[number % len(KINDS)], luck)
    told = made.told
    assert told.wrong == []
    assert told.late == []
    assert set(told.faults) == set(KINDS), told
    assert told.answered, told
    assert told.refused, told


@pytest.mark.once
def test_while_nothing_arrives_all_are_told_so_and_the_process_says_it_lives(made: Trial) -> None:
    made.proxy.arm("black hole", 1)
    try:
        answers, lives = [], []

        def ask() -> None:
            for method, path, sent in made.questions:
                began = time.monotonic()
                answer = made.client.request(method, path, **sent)
                answers.append((answer.status_code, "retry-after" in answer.headers, time.monotonic() - began))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            began = time.monotonic()
            assert made.client.get("/healthz").status_code == 200
            lives.append(time.monotonic() - began)
            time.sleep(0.01)
    finally:
        made.proxy.heal()
    assert {(status, told) for status, told, _ in answers} == {(503, True)}
    assert len(answers) == 8 * len(made.questions)
    assert max(took for *_, took in answers) < 4
    # Most were told at once: what had failed several times was not asked again.
    assert sorted(took for *_, took in answers)[len(answers) // 2] < 0.5
    assert sorted(lives)[len(lives) // 2] < 0.05
    made._back()
    assert made.client.get(made.questions[0][1], **made.questions[0][2]).json() == made.right[0]


def test_a_query_ends_at_its_deadline(graph: Graph) -> None:
    began = time.monotonic()
    with within(0.5), pytest.raises(TimeoutError):
        graph.read("UNWIND range(1, 20000) AS a UNWIND range(1, 20000) AS b RETURN sum(a * b) AS s")
    assert time.monotonic() - began < 10
    with within(5):
        assert graph.read("RETURN 1 AS one")[0]["one"] == 1  # the connection is of use, and has no bound of before
    assert graph.read("RETURN 1 AS one")[0]["one"] == 1


# --- what failed several times is left alone --------------------------------------------------------------


def test_after_some_failures_nothing_is_asked_and_then_one_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now[0])
    rests = Breaker()
    for _ in range(FAILURES - 1):
        assert not rests.admit()
        rests.failed()
    rests.worked()  # what works in between makes an end of counting
    for _ in range(FAILURES):
        assert not rests.admit()
        rests.failed()
    for after in (0.0, breaker.REST_SECONDS / 2, breaker.REST_SECONDS - 0.01):
        now[0] = 100 + after
        with pytest.raises(StoreUnavailable, match="not asked for a moment"):
            rests.admit()
    now[0] = 100 + breaker.REST_SECONDS
    assert rests.admit()
    with pytest.raises(StoreUnavailable):  # one tries, the others wait for what comes of it
        rests.admit()
    rests.failed()
    with pytest.raises(StoreUnavailable):
        rests.admit()
    now[0] += breaker.REST_SECONDS
    assert rests.admit()
    rests.worked()
    assert not rests.admit()


def test_failures_long_apart_are_none_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: now[0])
    rests = Breaker()
    for _ in range(10):
        rests.failed()
        now[0] += breaker.FAILURES_WITHIN
        assert not rests.admit()
