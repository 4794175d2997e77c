"""Which of two words on one record counts: the newer day, the higher delivery, the later line; else always the same."""

import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph_model.errors import SourceError
from graph_model.rules import RulePack
from graph_model.schema import FOREVER, DirectorOf, Profile
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.decisions.corrections import correct_row, undo
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SourceDescription, SourceFile
from loaders.load import engine, snapshots, writer
from loaders.load.dry_run import preview
from loaders.load.engine import load
from loaders.load.review import hold, release, review
from loaders.reading.rows import sha256_of
from loaders.reading.values import parse_date
from loaders.sources import SOURCES
from queries.supply import quality as quality_queries
from queries.supply.contested import CONTESTED
from queries.supply.ledger import runs
from queries.supply.quality import quality
from tests.support.deep import so_many
from tests.support.graphs import balanced, present_view, wipe
from tests.support.invented import citizen, code
from tests.support.rows import company, officer
from tests.support.types import Cli, LoadFile, Put

UNIT = "长沙两说一号有限公司"


def drafts(row: Row, context: Any) -> Iterator[Draft]:
    number, said = row.need("编号"), row.need("内容")
    day = parse_date(row.get("日期") or "") if row.get("日期") else None
    unit = EntityMention(f"长沙两说{number}号有限公司", (("uscc", code(int(number))),))
    yield Draft(Profile(name=unit.name, status=said), unit, record=number, data_date=day)
    head = PersonMention("张三", scope=unit)
    yield Draft(DirectorOf(post=said), head, unit, record=number, data_date=day)


WORDS = SourceDescription(
    id="words",
    title="Words",
    title_zh="说法",
    owner="某局",
    mode="delta",
    coverage="nobody",
    licence="none",
    files=(SourceFile("*", ("编号", "内容", "日期", "文件"), drafts),),
)

DAYS = (None, date(2026, 1, 31), date(2026, 2, 28))
ROWS = st.lists(
    st.tuples(st.sampled_from((1, 2)), st.sampled_from("甲乙丙"), st.sampled_from(("", "2026-01-15", "2026-01-31"))),
    min_size=1,
    max_size=4,
)
FILES = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from((1, 1, 2)), ROWS), min_size=2, max_size=4)

Sent = tuple[Path, date | None, int]

SAID = """
MATCH (s:Statement {source: 'words'})-[:ABOUT]->() WHERE s.rec_to = $forever
MATCH (:Person)-[r:DIRECTOR_OF {source: 'words'}]->(e) WHERE r.rec_to = $forever AND e.name = s.name
RETURN s.name AS name, s.status AS said, coalesce(last(s.seen_on), s.data_date) AS day,
  r.post AS post, coalesce(last(r.seen_on), r.data_date) AS post_day
ORDER BY name
"""
VERSIONS = "MATCH (s:Statement {source: 'words'}) WHERE s.rec_to = $forever RETURN count(*) AS n, count(DISTINCT s.statement_id) AS ids"


def write(path: Path, rows: list[tuple[int, str, str]]) -> Path:
    lines = [{"编号": str(n), "内容": said, "日期": day, "文件": path.stem} for n, said, day in rows]
    path.write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
    return path


def believed(graph: Graph) -> dict[str, tuple[str, str]]:
    """Of each record what counts and for which day; the same of its node and its relationship, and only one."""
    rows = graph.read(SAID, forever=FOREVER)
    assert all((r["said"], r["day"]) == (r["post"], r["post_day"]) for r in rows)
    (count,) = graph.read(VERSIONS, forever=FOREVER)
    assert count["n"] == count["ids"] == len(rows)
    return {r["name"]: (r["said"], str(r["day"])) for r in rows}


def expected(sent: list[tuple[Path, date | None, int, list[tuple[int, str, str]]]]) -> dict[str, tuple[str, str]]:
    """By the definition: of all words ever said of a record the greatest."""
    words: dict[int, list[tuple[Any, ...]]] = {}
    for path, day, delivery, rows in sent:
        for line, (number, said, own) in enumerate(rows):
            spoken = date.fromisoformat(own) if own else day
            rank = (spoken or date.min, day or spoken or date.min, delivery, sha256_of(path)[:16], line)
            words.setdefault(number, []).append((rank, said, str(spoken)))
    return {f"长沙两说{n}号有限公司": max(every)[1:] for n, every in words.items()}


def killed_after(batches: int) -> Callable[..., int]:
    write, left = writer.BatchWriter.write, [batches]

    def breaks(self: writer.BatchWriter, batch: Any) -> int:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return write(self, batch)

    return breaks


@settings(
    max_examples=so_many(9, 80),
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(FILES, st.integers(1, 3), st.randoms(use_true_random=False))
@pytest.mark.deep
@pytest.mark.once
def test_no_order_of_files_no_batch_and_no_kill_makes_a_difference(
    graph: Graph, keys: Keys, tmp_path: Path, files: list[Any], batch: int, chance: Any
) -> None:
    sent = [(write(tmp_path / f"{n}.json", rows), day, delivery, rows) for n, (day, delivery, rows) in enumerate(files)]
    orders = list(itertools.permutations(range(len(sent))))
    views = []
    for turn, order in enumerate(chance.sample(orders, min(3, len(orders)))):
        wipe(graph, keys)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "ROWS_AT_ONCE", batch)
            if turn:  # one file stops half-way, the others come in between
                path, day, delivery, _ = sent[order[-1]]
                with pytest.MonkeyPatch.context() as kill, suppress(KeyboardInterrupt):
                    kill.setattr(writer.BatchWriter, "write", killed_after(turn - 1))
                    load(graph, keys, WORDS, path, data_date=day, delivery=delivery)
            for place in order:
                path, day, delivery, _ = sent[place]
                load(graph, keys, WORDS, path, data_date=day, delivery=delivery)
        assert believed(graph) == expected(sent)
        views.append(present_view(graph, origin=False))
        balanced(graph)
        position = graph.position()
        for path, day, delivery, _ in sent:
            assert not any(r.changed for r in load(graph, keys, WORDS, path, data_date=day, delivery=delivery))
        assert graph.position() == position
    assert all(view == views[0] for view in views[1:])


# --- deliveries -------------------------------------------------------------------------------------------


def register(put: Put, status: str, day: str = "2026-06-30", delivery: int | None = None) -> Path:
    path = put("register.csv", [company(UNIT, 1, 登记状态=status)], day)
    if delivery is not None:
        (path.parent / "manifest.json").write_text(json.dumps({"data_date": day, "delivery": delivery}))
    return path


def status(graph: Graph) -> str:
    (row,) = graph.read("MATCH (s:Statement) WHERE s.rec_to = $forever RETURN s.status AS said", forever=FOREVER)
    return row["said"]


def test_a_higher_delivery_has_the_last_word_and_the_ledger_tells_it(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile, cli: Cli, server: Server
) -> None:
    first, second = register(put, "存续"), register(put, "吊销", delivery=2)
    for order in ((first, second), (second, first)):
        wipe(graph, keys)
        told = [load_file("sample", path)[0] for path in order]
        assert status(graph) == "吊销"
        assert [r.contested for r in told] == [0, 0]
        assert {(r.file, r.delivery) for r in told} == {("register.csv", 1), ("register.csv", 2)}
    assert quality(graph, pack).contradictions_total == 0
    exit_code, text, _ = cli("ledger", "show", told[0].run, "--store", server.store)
    assert (exit_code, "delivery 2" in text) == (0, True)
    # The bytes of before once more, as the next delivery: it was changed back.
    (third,) = load_file("sample", first, delivery=3)
    assert (third.changed, third.accepted, status(graph)) == (True, 1, "存续")
    assert third.run == f"{told[1].run}-20260630-3"
    assert not load_file("sample", first, delivery=3)[0].changed
    assert not load_file("sample", first)[0].changed
    balanced(graph)
    # And a newer day is newer than any delivery.
    load_file("sample", register(put, "注销", "2026-07-31"))
    assert status(graph) == "注销"


@pytest.mark.parametrize("delivery", [0, "2", 1.0, None, True])
def test_a_manifest_with_no_such_delivery_is_refused(
    load_file: LoadFile, put: Put, graph: Graph, delivery: Any
) -> None:
    path = register(put, "存续")
    (path.parent / "manifest.json").write_text(json.dumps({"data_date": "2026-06-30", "delivery": delivery}))
    with pytest.raises(SourceError, match="delivery"):
        load_file("sample", path)
    assert graph.position() == 0


def test_a_held_file_keeps_its_delivery(
    graph: Graph, keys: Keys, settings: Settings, put: Put, load_file: LoadFile
) -> None:
    who: dict[str, Any] = {"by": "王芳", "reason": "核对"}
    (held,) = hold(graph, keys, settings, SOURCES["sample"], register(put, "吊销"), delivery=2, **who)
    load_file("sample", register(put, "存续"))
    review(graph, held.run, **who)
    done = release(graph, keys, settings, SOURCES["sample"], held.run, **who)
    assert (done.delivery, done.contested, status(graph)) == (2, 0, "吊销")


# --- neither is newer -------------------------------------------------------------------------------------


def test_two_words_of_one_day_are_told_wherever_one_looks(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile, cli: Cli, server: Server
) -> None:
    one, two = register(put, "存续"), register(put, "吊销")
    wins = max((sha256_of(one), "存续"), (sha256_of(two), "吊销"))[1]
    other = {"存续": "吊销", "吊销": "存续"}[wins]
    for order in ((one, two), (two, one)):
        wipe(graph, keys)
        load_file("sample", order[0])
        (planned,) = preview(graph, keys, SOURCES["sample"], order[1])
        (told,) = load_file("sample", order[1])
        assert (planned.contested, planned.accepted) == (told.contested, told.accepted) == (1, 1)
        assert status(graph) == wins
        assert [r.contested for r in runs(graph)] == [0, 1]
        found = quality(graph, pack)
        (said,) = found.contradictions
        assert (said.kind, said.field, said.type, said.party.name) == ("same_day", "status", "ABOUT", UNIT)
        assert [(s.value, s.owner, str(s.data_date)) for s in said.said] == [
            (wins, "creditgraph sample", "2026-06-30"),
            (other, "creditgraph sample", "2026-06-30"),
        ]
        assert found.owners[0].contradictions == 1
        assert quality(graph, pack, owner="nobody").contradictions == []
        balanced(graph)
    third = register(put, "注销")
    exit_code, text, err = cli("load", "sample", str(third), "--store", server.store)
    assert (exit_code, "1 rows" in err, "--delivery 2" in err) == (0, True, True)
    exit_code, text, _ = cli("ledger", "--json", "--store", server.store)
    assert [r["contested"] for r in json.loads(text)] == [0, 1, 1]
    (said,) = quality(graph, pack).contradictions
    assert {s.value for s in said.said} == {"存续", "吊销", "注销"}
    # What does one do? The file that is right is loaded as the next delivery.
    exit_code, text, err = cli("load", "sample", str(one), "--delivery", "2", "--json", "--store", server.store)
    assert (exit_code, json.loads(text)[0]["contested"]) == (0, 0), err
    assert status(graph) == "存续"
    assert quality(graph, pack).contradictions == []


def test_the_later_line_of_a_file_contradicts_nobody_wherever_a_batch_ends(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ("存续", "吊销", "存续", "注销", "存续")
    path = put("register.csv", [company(UNIT, 1, 登记状态=word) for word in said])
    for size in (1, 2, 3, 5):
        wipe(graph, keys)
        load_file("sample", register(put, "存续", "2026-05-31"))
        monkeypatch.setattr(engine, "ROWS_AT_ONCE", size)
        (told,) = load_file("sample", path)
        assert (told.accepted, told.duplicate, told.contested, status(graph)) == (4, 1, 0, "存续")
        assert quality(graph, pack).contradictions == []
        balanced(graph)


def test_a_newer_file_is_newer_though_its_rows_have_the_same_days(graph: Graph, keys: Keys, tmp_path: Path) -> None:
    """A record is corrected, and its own day stays as it was: a list of decisions is dated by their publication."""
    old, new = (write(tmp_path / f"{n}.json", [(1, said, "2026-01-15")]) for n, said in enumerate("甲乙"))
    for order in ((0, 1), (1, 0)):
        wipe(graph, keys)
        for n in order:
            (told,) = load(graph, keys, WORDS, (old, new)[n], data_date=(date(2026, 1, 31), date(2026, 2, 28))[n])
            assert told.contested == 0
        assert believed(graph) == {UNIT.replace("一", "1"): ("乙", "2026-01-15")}


def test_a_record_in_a_newer_snapshot_is_not_absent_though_its_own_day_is_old(
    graph: Graph, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ABSENT", 1.0)
    source = replace(WORDS, mode="snapshot")
    files = [write(tmp_path / f"{n}.json", [(1, said, "2026-01-15"), (2, "甲", "")]) for n, said in enumerate("甲乙丙")]
    days = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
    for order in itertools.permutations(range(3)):
        wipe(graph, keys)
        for n in order:
            load(graph, keys, source, files[n], data_date=days[n])
        assert believed(graph)[UNIT.replace("一", "1")] == ("丙", "2026-01-15")
        absent = graph.read(
            "MATCH (s:Statement) WHERE s.rec_to = $forever AND s.absent_since IS NOT NULL RETURN s", forever=FOREVER
        )
        assert absent == []


def test_what_came_while_a_correction_stood_counts_when_it_is_taken_back(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    """As if the row had never been corrected, whenever the other files came."""
    who: dict[str, Any] = {"author": "王芳", "reason": "核对"}
    wrong = company(UNIT, 1, 登记状态="停业") | {
        "统一社会信用代码": code(1)[:-1] + ("0" if code(1)[-1] != "0" else "1")
    }
    bad = put("register.csv", [wrong, company("长沙两说二号有限公司", 2)], "2026-07-31")
    files = [register(put, word, day) for word, day in (("存续", "2026-05-31"), ("吊销", "2026-06-30"))]
    for before in range(3):
        wipe(graph, keys)
        (run,) = load_file("sample", bad)
        for path in files[:before]:
            load_file("sample", path)
        (row,) = [r["line"] for r in graph.read("MATCH (x:RejectedRow) RETURN x.line AS line")]
        done = correct_row(graph, keys, run.run, row, code(1), **who)
        assert said_of(graph, UNIT) == ["停业"]
        for path in files[before:]:
            load_file("sample", path)
        assert said_of(graph, UNIT) == ["停业"]
        undo(graph, done.id, **who)
        assert said_of(graph, UNIT) == ["吊销"]


def said_of(graph: Graph, name: str) -> list[str]:
    query = "MATCH (s:Statement {name: $name}) WHERE s.rec_to = $forever RETURN s.status AS said"
    return [r["said"] for r in graph.read(query, name=name, forever=FOREVER)]


def test_contradictions_are_looked_for_among_all_types() -> None:
    def types(query: str) -> set[str]:
        return set(query.split("[r:")[1].split("]")[0].replace("\n", "").replace(" ", "").split("|"))

    assert types(CONTESTED) == types(quality_queries.FACTS_BY_KIND)


# --- the first load ---------------------------------------------------------------------------------------


@pytest.mark.graph
@pytest.mark.once
@pytest.mark.parametrize("seed", [1, 2])
def test_a_bulk_load_of_contradicting_files_is_the_ordinary_load(
    graph: Graph,
    keys: Keys,
    settings: Settings,
    put: Put,
    bulk_graph: Callable[..., Graph],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    """Same and different days, deliveries, rows with days of their own, two files that say the same; snapshots too."""
    monkeypatch.setattr(snapshots, "MOST_ABSENT", 1.0)
    chance = random.Random(seed)
    files = []
    for day, delivery in (
        ("2026-05-31", 1),
        ("2026-06-30", 1),
        ("2026-06-30", 1),
        ("2026-06-30", 2),
        ("2026-07-31", 1),
    ):
        rows = [
            company(f"长沙两说{n}号有限公司", n, "张三", citizen(n), 登记状态=chance.choice(("存续", "吊销", "注销")))
            for n in chance.choices(range(1, 7), k=8)
        ]
        posts = [
            officer(
                f"长沙两说{n}号有限公司", n, "李四", citizen(20 + n),
                离任日期=chance.choice(("", "2025-01-01", "2025-06-01")), 数据日期=chance.choice(("", "2026-01-15")),
            )
            for n in chance.choices(range(1, 7), k=8)
        ]  # fmt: skip
        for name, some in (("register.csv", rows), ("officers.csv", posts)):
            path = put(name, some, day)
            (path.parent / "manifest.json").write_text(json.dumps({"data_date": day, "delivery": delivery}))
            files.append(("sample", path))
    views = []
    for _ in range(2):
        wipe(graph, keys)
        chance.shuffle(files)
        for source, path in files:
            load(graph, keys, SOURCES[source], path)
        balanced(graph)
        views.append(standing(graph))
    assert views[0] == views[1]
    chance.shuffle(files)
    filled = bulk_graph(files)
    balanced(filled)
    assert standing(filled) == views[0]
    assert present_view(filled, origin=False) == present_view(graph, origin=False)
    counts = [{(r.sha256, r.delivery, r.rows_in, r.rejected) for r in runs(one)} for one in (filled, graph)]
    assert counts[0] == counts[1]


STANDING = """
MATCH (a)-[r]->(b) WHERE r.rec_to = $forever
RETURN type(r) AS type, r {.*} AS p UNION ALL MATCH (r:Statement) WHERE r.rec_to = $forever RETURN 'ABOUT' AS type, r {.*} AS p
"""
_HOW = {"fact_id", "rec_from", "run", "line", "seen_on", "seen_at", "seen_in", "data_date", "contested", "partition"}


def standing(graph: Graph) -> list[str]:
    """All that is believed, with when and in which delivery it was said last, but for the file that said so first."""
    out = []
    for r in graph.read(STANDING, forever=FOREVER):
        p = r["p"]
        told = {k: str(v) for k, v in p.items() if k not in _HOW}
        day = (p.get("seen_on") or [p.get("data_date")])[-1]
        out.append(str([r["type"], sorted(told.items()), str(day), (p.get("seen_in") or p["run"])]))
    return sorted(out)
