"""The store: one clock for all writers, days, the id key, and what is said when Neo4j is away."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from graph_model import cypher
from graph_model.errors import ConfigError, StoreNotReady, StoreUnavailable
from graph_model.identifiers import mask_id
from graph_model.store.connect import CHINA, CLOCK, KEPT_FREE, Graph, Tx, connect, instant
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.upgrade import plan, upgrade
from tests.support.graphs import fingerprint
from tests.support.invented import citizen, code, company
from tests.support.types import LoadFile, Put

CHANGES = "MATCH (c:Change) RETURN c.seq AS seq, c.author AS author, c.kind AS kind, c.at AS at ORDER BY seq"


def configured(server: Server, **changes: Any) -> Settings:
    """Settings of somebody who brought his own Neo4j."""
    values = {"neo4j_uri": server.uri, "neo4j_user": server.user, "neo4j_password": SecretStr(server.password)}
    return Settings().model_copy(update={**values, **changes})


def test_the_clock_has_no_gaps_under_concurrent_writers(graph: Graph) -> None:
    def write(number: int) -> list[int]:
        def work(tx: Tx) -> int:
            tx.run("CREATE (:Note {number: $number, seq: $seq})", number=number, seq=tx.seq)
            return tx.seq

        return [graph.write("note", work) for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        seqs = sorted(seq for mine in pool.map(write, range(8)) for seq in mine)
    assert seqs == list(range(1, 81))
    assert graph.position() == 80
    changes = graph.read(CHANGES)
    assert [c["seq"] for c in changes] == seqs
    assert {(c["author"], c["kind"]) for c in changes} == {("tests", "note")}
    # Instants in commit order too, or a day would not end at one position.
    assert [c["at"] for c in changes] == sorted(c["at"] for c in changes)
    assert graph.read("MATCH (n:Note) RETURN count(DISTINCT n.seq) AS n")[0]["n"] == 80


def test_a_failing_write_leaves_nothing_not_even_a_tick(graph: Graph) -> None:
    graph.write("note", lambda tx: tx.run("CREATE (:Note)"))

    def fails(tx: Tx) -> None:
        tx.run("CREATE (:Note)")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        graph.write("note", fails)
    assert graph.position() == 1
    assert [c["seq"] for c in graph.read(CHANGES)] == [1]
    assert graph.read("MATCH (n:Note) RETURN count(n) AS n")[0]["n"] == 1
    assert graph.write("note", lambda tx: tx.seq) == 2


def test_a_read_cannot_write(graph: Graph) -> None:
    with pytest.raises(Exception, match=r"(?i)read"):
        graph.read("CREATE (:Note)")
    assert graph.read("MATCH (n:Note) RETURN count(n) AS n")[0]["n"] == 0


def test_a_day_ends_at_midnight_in_china(graph: Graph) -> None:
    at = [
        datetime(2026, 3, 1, 15, 59, 59, 999000, tzinfo=UTC),  # 1 March, 23:59:59.999
        datetime(2026, 3, 1, 16, 0, tzinfo=UTC),  # 2 March, 00:00
        datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 4, 0, 0, tzinfo=UTC),
    ]
    for _ in at:
        graph.write("note", lambda tx: None)
    for seq, moment in enumerate(at, 1):
        with graph.driver.session(database=graph.database) as session:
            ms = round(moment.timestamp() * 1000)
            session.run("MATCH (c:Change {seq: $seq}) SET c.at = $at", seq=seq, at=ms).consume()
    days = {date(2026, 2, 28): 0, date(2026, 3, 1): 1, date(2026, 3, 2): 3, date(2026, 3, 3): 3, date(2026, 3, 4): 4}
    assert {day: graph.position_on(day) for day in days} == days
    assert graph.position_on(date(2030, 1, 1)) == graph.position() == 4
    assert instant(round(at[0].timestamp() * 1000)) == "2026-03-01T23:59:59+08:00"


def test_another_id_key_is_refused(graph: Graph, keys: Keys) -> None:
    graph.prepare(keys.fingerprint)
    graph.prepare()
    for asked in (graph.prepare, graph.require_data):
        with pytest.raises(ConfigError, match=r"id key changed.*two"):
            asked("another")
    assert graph.read(CLOCK)[0]["id_key"] == keys.fingerprint


def test_preparing_twice_changes_nothing(graph: Graph, keys: Keys) -> None:
    def schema() -> tuple[list[str], list[str]]:
        names = [[r["name"] for r in graph.read(what)] for what in ("SHOW CONSTRAINTS", "SHOW INDEXES")]
        return sorted(names[0]), sorted(names[1])

    before = schema()
    assert any(name.endswith("_fact") for name in before[0])
    assert "party_names" in before[1]
    graph.prepare(keys.fingerprint)
    assert schema() == before
    assert graph.read(CLOCK)[0]["schema"] == cypher.schema_digest()
    assert graph.position() == 0


def test_a_store_of_another_version_is_refused_until_it_is_brought_up(graph: Graph, keys: Keys) -> None:
    graph.prepare(keys.fingerprint)
    number = code(1)
    with graph.driver.session(database=graph.database) as session:  # as an older version made it
        session.run("MATCH (c:Clock) SET c.schema = 'old'").consume()
        session.run(
            "CREATE (:Identifier {scheme: 'uscc', value: $number})-[:IDENTIFIES]->(:Party:Entity {key: 'e-1', name: $name, name_key: $name})",
            number=number,
            name="長沙(旧)有限公司",
        ).consume()
    for asked in (graph.prepare, graph.require_data):
        with pytest.raises(StoreNotReady, match="creditgraph db upgrade --store"):
            asked()
    planned = plan(graph)
    assert (planned.needed, planned.data_version, planned.parties, planned.indexes) == (True, cypher.FORM, 1, [])
    assert graph.outdated(), "a plan changes nothing"
    assert upgrade(graph)
    graph.require_data()
    (found,) = graph.read(
        "MATCH (i:Identifier)-->(p:Party) RETURN i.org AS org, p.name_alike AS alike, p.caches_dirty AS dirty"
    )
    assert (found["org"], found["alike"], found["dirty"]) == (number[8:17], "长沙旧有限公司", None)
    assert not upgrade(graph)
    assert not plan(graph).needed


def test_an_upgraded_store_keeps_of_id_numbers_what_one_loaded_today_keeps(
    graph: Graph, keys: Keys, load_file: LoadFile, put: Put
) -> None:
    old, young = citizen(1), citizen(2, "20060506")
    address = f"某街1号({old})"
    rows = [
        company("长沙甲有限公司", 1, "张甲", old, 注册地址=address),
        company("长沙乙有限公司", 2, "李乙", young, 注册地址=address),
    ]
    load_file("sample", put("register.csv", rows))
    told = "CREATE (:Statement {fact_id: 'f' + $mask, id_masked: $mask, rec_from: 1, rec_to: 9})-[:ABOUT]->(p)"
    of_person = "MATCH (i:Identifier {scheme: 'cn-id', value: $hash})-[:IDENTIFIES]->(p:Person) "
    with graph.driver.session(database=graph.database) as session:
        for number in (old, young):
            session.run(of_person + told, hash=keys.hash.of("cn-id", number), mask=mask_id(number)).consume()
        session.run("MATCH ()-[r:LEGAL_REPRESENTATIVE_OF]->() SET r.stated = $text", text=mask_id(old)).consume()
        wanted = fingerprint(graph, keys)
        assert any("2024" in line for line in wanted)
        # As stores of before kept it: area and last four, and the eighteenth birthday.
        before = lambda number: f"{number[:6]}********{number[-4:]}"  # noqa: E731
        for number, day in ((old, date(1988, 1, 1)), (young, date(2024, 5, 6))):
            session.run(
                of_person + "SET p.id_masked = $mask, p.adult_on = $day, p.adult_year = null "
                "WITH p MATCH (s:Statement)-[:ABOUT]->(p) SET s.id_masked = $mask",
                hash=keys.hash.of("cn-id", number),
                mask=before(number),
                day=day,
            ).consume()
        session.run(
            "MATCH (a:Address) SET a.name = replace(a.name, $now, $then)", now=mask_id(old), then=before(old)
        ).consume()
        session.run("MATCH ()-[r:LEGAL_REPRESENTATIVE_OF]->() SET r.stated = $text", text=before(old)).consume()
        session.run("MATCH (c:Clock) SET c.schema = 'of before'").consume()
    assert before(old) in str(fingerprint(graph, keys))
    assert upgrade(graph)
    assert fingerprint(graph, keys) == wanted
    assert not upgrade(graph)


def test_a_nearly_full_disk_is_told_before_anything_is_written(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    for free, refused in ((KEPT_FREE, False), (KEPT_FREE - 1, True)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        before = graph.position()
        if refused:
            with pytest.raises(StoreUnavailable, match=r"255 MB left.*Make room"):
                graph.write("note", lambda tx: tx.run("CREATE (:Note)"))
        else:
            graph.write("note", lambda tx: tx.run("CREATE (:Note)"))
        assert graph.position() == before + (not refused)


def test_a_clock_that_was_wrong_once_hides_nothing_that_was_known(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def write_at(*when: int) -> None:
        ns = int(datetime(*when, tzinfo=CHINA).timestamp()) * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: ns)
        graph.write("note", lambda tx: tx.run("CREATE (:Note)"))

    write_at(2026, 11, 28, 12)
    write_at(2037, 1, 1)  # a machine with an empty battery
    assert not caplog.records
    write_at(2026, 11, 29, 12)
    assert "one of the two is wrong" in caplog.text
    write_at(2026, 11, 29, 11, 58)  # it waited for its turn: no doubt
    write_at(2026, 11, 30, 12)
    assert len(caplog.records) == 1
    days = [date(2026, 11, day) for day in (27, 28, 29, 30)]
    assert [graph.position_on(day) for day in days] == [0, 1, 4, 5]
    assert [graph.position_on(day) for day in (date.min, date(2036, 1, 1), date(9999, 12, 30), date.max)] == [
        0,
        5,
        5,
        5,
    ]
    back = graph.read("MATCH (c:Change) WHERE c.back IS NOT NULL RETURN c.seq AS seq")
    assert [r["seq"] for r in back] == [3]


def test_an_empty_store_says_what_to_do(graph: Graph) -> None:
    with pytest.raises(StoreNotReady, match=r"creditgraph load.*creditgraph demo"):
        graph.require_data()


def test_every_hint_names_an_index_that_is_there() -> None:
    """Neo4j passes over one that is not, and looks at every node instead."""
    there = {
        (re.search(r":(\w+)", text)[1], tuple(re.findall(r"\w+\.(\w+)", text)))  # ty: ignore[not-subscriptable]
        for text in cypher.schema_statements()
    }
    wanted = [
        (label, tuple(name.strip() for name in names.split(",")))
        for folder in ("graph_model", "loaders", "queries")
        for path in (Path(__file__).parents[1] / folder).rglob("*.py")
        for label, names in re.findall(
            r"USING (?:TEXT |RANGE )?INDEX (?:SEEK )?\w+:(\w+)\(([\w, ]+)\)", path.read_text("utf-8")
        )
    ]
    assert len(wanted) > 50
    assert set(wanted) <= there


def test_every_constraint_holds(graph: Graph) -> None:
    for statement in (
        "CREATE (:Party:Person {key: 'x'}), (:Party:Entity {key: 'x'})",
        "CREATE (:Identifier {scheme: 's', value: 'v'}), (:Identifier {scheme: 's', value: 'v'})",
        "CREATE (a:Party {key: 'x'})-[:DIRECTOR_OF {fact_id: 'f'}]->(a), (a)-[:DIRECTOR_OF {fact_id: 'f'}]->(a)",
    ):
        with (
            graph.driver.session(database=graph.database) as session,
            pytest.raises(Exception, match=r"already exists|Constraint"),
        ):
            session.run(statement).consume()


def test_a_configured_neo4j_is_used(graph: Graph, server: Server) -> None:
    graph.write("note", lambda tx: None)
    with connect(configured(server)) as own:
        assert own.position() == 1
        assert own.name == server.uri
        assert server.password not in repr(own)


@pytest.mark.parametrize(
    "uri",
    ["http://localhost:7474", "localhost:7687", "bolt://", "bolt://host:port", "bolt://host:0", "bolt://host:99999",
     "bolt://[::1", "neo4j", "file:///etc/passwd", "bolt+x://host"],
)  # fmt: skip
def test_what_is_no_address_is_said_to_be_none(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"CREDITGRAPH_NEO4J_URI is no address.*bolt://host:7687"):
        connect(Settings().model_copy(update={"neo4j_uri": uri}))


def test_a_wrong_password_is_named(server: Server) -> None:
    with pytest.raises(ConfigError, match="CREDITGRAPH_NEO4J_PASSWORD") as caught:
        connect(configured(server, neo4j_password=SecretStr("not-it")))
    assert "not-it" not in str(caught.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_nobody_listens(tmp_path: Any) -> None:
    address = f"bolt://127.0.0.1:{free_port()}"
    with pytest.raises(StoreUnavailable, match=r"does not answer.*CREDITGRAPH_NEO4J_URI"):
        connect(Settings(neo4j_uri=address))


def cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli.root import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.once
def test_exit_codes_of_a_store_that_is_away(server: Server) -> None:
    away = cli("find", "湘江", CREDITGRAPH_NEO4J_URI=f"bolt://127.0.0.1:{free_port()}")
    assert away.returncode == 5
    assert "does not answer" in away.stderr
    refused = cli("find", "湘江", CREDITGRAPH_NEO4J_URI=server.uri, CREDITGRAPH_NEO4J_PASSWORD="no")
    assert refused.returncode == 2
    assert "CREDITGRAPH_NEO4J_PASSWORD" in refused.stderr
    for done in (away, refused):
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_a_driver_that_was_cut_off_says_so(server: Server) -> None:
    graph = connect(configured(server))
    graph.close()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        graph.read("RETURN 1 AS one")


def test_a_query_that_takes_too_long_is_ended(graph: Graph) -> None:
    slow = "UNWIND range(1, 100000000) AS i WITH i WHERE i % 7 = 0 RETURN sum(sin(i)) AS s"
    with pytest.raises(TimeoutError):
        graph.read(slow, timeout=0.3)
