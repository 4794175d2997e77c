"""Before a file counts: what it would change, files held for review, and folders that are followed."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from graph_model.errors import BadRequest, SourceError
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.load import dry_run, engine, snapshots
from loaders.load.follow import drops, follow
from loaders.load.review import hold, refuse, release, review
from loaders.sample.province import generate
from loaders.sources import SOURCES
from queries.supply.ledger import runs
from tests.support.graphs import balanced, fingerprint, present_view, wipe
from tests.support.invented import citizen
from tests.support.rows import officer
from tests.support.types import Cli, LoadFile, Put

UNIT = "长沙预演一号有限公司"
FACTS = """
MATCH ()-[r]->() WHERE r.fact_id IS NOT NULL RETURN type(r) AS type, count(r) AS n
UNION ALL MATCH (s:Statement) RETURN 'ABOUT' AS type, count(s) AS n
"""


def directors(*numbers: int, post: str = "董事") -> list[dict[str, Any]]:
    return [officer(UNIT, 1, f"董事{n:02d}", citizen(n), post, 数据日期="") for n in numbers]


def counted(graph: Graph) -> dict[str, int]:
    return {r["type"]: r["n"] for r in graph.read(FACTS) if r["n"]}


# --- a rehearsal ------------------------------------------------------------------------------------------


def test_a_rehearsal_tells_what_the_load_then_does_and_writes_nothing(
    graph: Graph, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a whole sample, in batches that are smaller than its files."""
    monkeypatch.setattr(engine, "ROWS_AT_ONCE", 70)
    monkeypatch.setattr(dry_run, "ROWS_AT_ONCE", 70)
    generate(60, 4, tmp_path / "files")
    for source, path in (("sample", tmp_path / "files"), ("shuanggongshi", tmp_path / "files" / "penalties.csv")):
        before, position = counted(graph), graph.position()
        told = dry_run.preview(graph, keys, SOURCES[source], path)
        assert graph.position() == position
        assert counted(graph) == before
        done = engine.load(graph, keys, SOURCES[source], path)
        for a, b in zip(told, done, strict=True):
            assert (a.run, a.rows_in, a.accepted, a.rejected, a.duplicate) == (
                *(b.run, b.rows_in, b.accepted, b.rejected, b.duplicate),
            )
        new = {k: n - before.get(k, 0) for k, n in counted(graph).items()}
        # A name that is linked afterwards gives its facts a new version: the rehearsal speaks of the load alone.
        links = graph.read(
            "MATCH ()-[r]->() WHERE r.rec_to <> $f AND r.fact_id IS NOT NULL RETURN count(r) AS n", f=FOREVER
        )
        total = sum(n for p in told for n in p.facts.values())
        assert sum(new.values()) - links[0]["n"] <= total <= sum(new.values())
    assert not any(p.changed for p in dry_run.preview(graph, keys, SOURCES["sample"], tmp_path / "files"))


def test_a_rehearsal_tells_what_would_be_absent(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    load_file("sample", put("officers.csv", directors(*range(1, 11)), "2026-01-31"))
    newer = put("officers.csv", [*directors(*range(2, 11)), *directors(2), *directors(12)], "2026-06-30")
    (told,) = dry_run.preview(graph, keys, SOURCES["sample"], newer)
    assert (told.rows_in, told.accepted, told.duplicate, told.absent, told.held) == (11, 1, 10, 1, None)
    assert told.facts == {"DIRECTOR_OF": 1}
    assert told.parties == {"Person": 1}
    (done,) = load_file("sample", newer)
    assert (done.accepted, done.duplicate, done.absent) == (1, 10, 1)
    half = put("officers.csv", directors(3, 4), "2026-07-31")
    (told,) = dry_run.preview(graph, keys, SOURCES["sample"], half)
    assert told.absent == 0
    assert told.held is not None
    (done,) = load_file("sample", half)
    assert done.held == told.held


@pytest.mark.parametrize("seed", range(6))
def test_a_rehearsal_of_any_snapshot_tells_the_same_counts_as_its_load(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ABSENT", 1.0)
    chance = random.Random(seed)
    for month in chance.sample(range(1, 10), 3):
        numbers = [chance.randrange(1, 8) for _ in range(chance.randrange(1, 9))]
        rows = [*directors(*numbers), *directors(9, post=chance.choice(("监事", "不存在的职务")))]
        path = put("officers.csv", rows, f"2026-{month:02d}-28")
        (told,) = dry_run.preview(graph, keys, SOURCES["sample"], path)
        (done,) = load_file("sample", path)
        assert (told.accepted, told.rejected, told.duplicate, told.absent, told.held) == (
            *(done.accepted, done.rejected, done.duplicate, done.absent, done.held),
        )


def test_the_command_says_what_would_change(graph: Graph, server: Server, cli: Cli, put: Put) -> None:
    path = put("officers.csv", [*directors(1, 1), *directors(2, post="不存在的职务")])
    status, out, _ = cli("load", "sample", str(path), "--dry-run", "--json", "--store", server.store)
    (told,) = json.loads(out)
    assert status == 0
    assert (told["rows_in"], told["accepted"], told["rejected"], told["duplicate"]) == (3, 1, 1, 1)
    assert told["faults"] == {"unknown-code": 1}
    status, out, _ = cli("load", "sample", str(path), "--dry-run", "--store", server.store)
    assert status == 0
    assert "Nothing was written" in out
    assert runs(graph) == []
    assert cli("load", "sample", str(path), "--dry-run", "--hold", "x", "--store", server.store)[0] == 2


# --- review -----------------------------------------------------------------------------------------------


def test_a_held_file_counts_only_when_it_is_released(
    graph: Graph, keys: Keys, settings: Settings, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    home = settings.model_copy(update={"home": tmp_path / "home"})
    source, path = SOURCES["sample"], put("officers.csv", directors(1, 2), "2026-01-31")
    (held,) = hold(graph, keys, home, source, path, by="甲", reason="月度报送")
    assert held.state == "received"
    (kept,) = (tmp_path / "home").rglob("*.bin")
    assert "董事".encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert counted(graph) == {}
    assert graph.read("MATCH (n:Party) RETURN count(n) AS n")[0]["n"] == 0
    with pytest.raises(SourceError, match="received"):
        load_file("sample", path)
    with pytest.raises(BadRequest, match="received"):
        release(graph, keys, home, source, held.run, by="乙", reason="未审核")
    with pytest.raises(SourceError, match="received"):
        hold(graph, keys, home, source, path, by="甲", reason="once more")
    review(graph, held.run, by="乙", reason="与公告一致")
    done = release(graph, keys, home, source, held.run, by="丙", reason="乙已审核")
    assert (done.accepted, done.run) == (2, held.run)
    assert not kept.exists()
    assert [(r.state, str(r.data_date), r.file) for r in runs(graph)] == [("complete", "2026-01-31", "officers.csv")]
    (steps,) = graph.read("MATCH (r:Run) RETURN r.steps AS steps")[0]
    assert [json.loads(s)["step"] for s in steps] == ["received", "reviewed", "released"]
    assert [json.loads(s)["by"] for s in steps] == ["甲", "乙", "丙"]
    released = present_view(graph)
    wipe(graph, keys)
    load_file("sample", path)
    assert present_view(graph) == released
    with pytest.raises(BadRequest, match="complete"):
        review(graph, held.run, by="乙", reason="zu spät")


def test_a_refused_file_never_counts(
    graph: Graph, keys: Keys, settings: Settings, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    home = settings.model_copy(update={"home": tmp_path / "home"})
    path = put("officers.csv", directors(1, 2))
    (held,) = hold(graph, keys, home, SOURCES["sample"], path, by="甲", reason="月度报送")
    assert refuse(graph, held.run, by="乙", reason="误报").state == "refused"
    for step in (review, refuse):
        with pytest.raises(BadRequest, match="refused"):
            step(graph, held.run, by="乙", reason="x")
    with pytest.raises(SourceError, match="refused"):
        load_file("sample", path)
    assert counted(graph) == {}


def test_review_on_the_command_line(graph: Graph, server: Server, cli: Cli, put: Put) -> None:
    path = put("officers.csv", directors(1, 2))
    store = ("--store", server.store)
    status, out, _ = cli("load", "sample", str(path), "--hold", "月度报送", "--json", *store)
    (held,) = json.loads(out)
    assert (status, held["state"]) == (0, "received")
    assert cli("ledger", "release", held["run"], "--author", "乙", "--reason", "x", *store)[0] == 2
    assert cli("ledger", "review", held["run"], "--author", "乙", "--reason", "ok", *store)[0] == 0
    status, out, _ = cli("ledger", "release", held["run"], "--author", "丙", "--reason", "ok", "--json", *store)
    assert status == 0
    assert json.loads(out)[0]["accepted"] == 2
    balanced(graph)


# --- following a folder -----------------------------------------------------------------------------------


def test_what_is_dropped_into_a_folder_is_loaded_and_moved(
    graph: Graph, server: Server, cli: Cli, put: Put, tmp_path: Path, keys: Keys
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    good = put("officers.csv", [*directors(1, 2), *directors(3, post="不存在的职务")])
    (inbox / "a.csv").write_bytes(good.read_bytes())
    (inbox / "b.csv").write_bytes(b"PK\x03\x04 no workbook")
    (inbox / "c.csv.part").write_bytes(b"not whole yet")
    (inbox / ".hidden").write_bytes(b"x")
    store = ("--store", server.store)
    status, out, _ = cli("load", "sample", str(inbox), "--follow", "--once", "--json", *store)
    told = {line["file"]: line for line in map(json.loads, out.splitlines())}
    assert status == 0
    assert [r["accepted"] for r in told["done/a.csv"]["runs"]] == [2]
    assert "b.csv" in told["rejected/b.csv"]["error"]
    assert (inbox / "done" / "a.csv").exists()
    assert "b.csv" in (inbox / "rejected" / "b.csv.reason.txt").read_text()
    assert sorted(p.name for p in inbox.iterdir()) == [".hidden", "c.csv.part", "done", "rejected"]
    balanced(graph)
    before = fingerprint(graph, keys)
    (inbox / "a.csv").write_bytes(good.read_bytes())  # the same once more: moved beside the first, nothing changes
    assert cli("load", "sample", str(inbox), "--follow", "--once", *store)[0] == 0
    assert (inbox / "done" / "a-2.csv").exists()
    assert fingerprint(graph, keys) == before


def test_a_file_that_still_grows_is_left_for_later(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x")
    sizes = []

    def load(file: Path) -> list[Any]:
        sizes.append(file.stat().st_size)
        return []

    looks = 0

    def grown(pause: float) -> None:
        nonlocal looks
        looks += 1
        if looks < 4:
            with path.open("a") as f:
                f.write("x" * 100)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loaders.load.follow.time.sleep", grown)
        assert [p.name for p, _ in follow(tmp_path, load, once=True)] == ["a.csv"]
    assert sizes == [301]


def test_when_the_store_is_away_a_dropped_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")

    def away(_: Path) -> list[Any]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        list(follow(tmp_path, away, once=True, pause=0))
    assert [p.name for p in drops(tmp_path)] == ["a.csv"]
    with pytest.raises(SourceError, match="no such folder"):
        next(iter(follow(tmp_path / "none", away)))
