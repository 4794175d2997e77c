"""Backups: of a graph that is written to meanwhile, whole or refused, and the same graph again."""

import json
import os
import random
import threading
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from graph_model import cypher
from graph_model.errors import BadRequest, StoreNotReady, StoreUnavailable
from graph_model.rules import RulePack
from graph_model.store.connect import BEING_RESTORED, CLOCK, Graph, Tx
from graph_model.store.hold import held_still
from graph_model.store.keys import Keys, key_file, load_keys
from graph_model.store.settings import Settings
from loaders.backup.blocks import END, HEADER, NODES_OF, RELATIONSHIPS_OF, TornBackup, encoded, read_blocks, written
from loaders.backup.content import GraphSum
from loaders.backup.restore import BEGIN_RESTORE, restore
from loaders.backup.save import back_up, look, sealed_key
from loaders.sample.story import STORY
from loaders.upgrade import upgrade
from queries.law.consequences import consequences_of
from queries.lookup import lookup
from queries.projection.current import opened
from tests.support.copies import same
from tests.support.graphs import fingerprint, the_key, wipe
from tests.support.types import Cli

TODAY = date(2026, 11, 22)
KEPT_FIELDS = "MATCH (n) WHERE NOT n:Clock RETURN count(n) AS n"


@pytest.fixture(scope="module")
def kept(sample_graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the sample."""
    path = tmp_path_factory.mktemp("backup") / "sample.backup"
    back_up(sample_graph, path)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file of some blocks, as a backup has them."""
    path = tmp_path_factory.mktemp("small") / "small.backup"
    clock = {"name": "graph", "seq": 7, "schema": cypher.schema_digest()}
    with written(path) as out:
        about = {"made_at": 0, "creditgraph": "0.2.0", "neo4j": "Neo4j/2026.09.0", "form": cypher.FORM}
        out.write(HEADER, about | {"clock": clock, "key": None})
        out.write(NODES_OF, [[["Note"], {"text": f"第{n}", "on": "x" * n}] for n in range(40)])
        out.write(NODES_OF, [[["Note"], {"text": f"第{n}"}] for n in range(40, 60)])
        out.write(RELATIONSHIPS_OF, {"start": [0, 1], "end": [1, 2], "rows": [["NEXT", {}], ["NEXT", {"n": 1}]]})
        out.write(END, GraphSum().told())
    return path


# --- the file ---------------------------------------------------------------------------------------------


def test_every_altered_byte_is_found(small: Path, tmp_path: Path) -> None:
    whole, lot, path = small.read_bytes(), random.Random(1), tmp_path / "torn.backup"
    assert look(small).position == 7
    for _ in range(1_000):
        torn = bytearray(whole)
        torn[lot.randrange(len(torn))] ^= lot.randrange(1, 256)
        path.write_bytes(torn)
        with pytest.raises(TornBackup):
            look(path)


def test_what_is_cut_off_put_in_or_moved_is_found(small: Path, tmp_path: Path) -> None:
    whole, path = small.read_bytes(), tmp_path / "torn.backup"
    ends, at = [21], 21
    while at < len(whole):
        at += 21 + int.from_bytes(whole[at + 1 : at + 5], "big")
        ends.append(at)
    assert ends[-1] == len(whole)
    blocks = [whole[a:b] for a, b in pairwise(ends)]
    begin = whole[:21]
    torn = [whole[:length] for length in range(len(whole))]
    torn += [whole + b"\n", whole + blocks[-1], begin + b"".join(blocks[1:]), begin + b"".join(blocks[:-1])]
    torn += [begin + b"".join(b for n, b in enumerate(blocks) if n != gone) for gone in range(len(blocks))]
    torn += [begin + b"".join([blocks[0], blocks[2], blocks[1], *blocks[3:]]), begin + b"".join([*blocks, *blocks])]
    for text in torn:
        path.write_bytes(text)
        with pytest.raises(TornBackup):
            look(path)


def test_only_its_owner_may_read_it_and_a_failed_one_leaves_the_older_one(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    path.write_bytes(small.read_bytes())
    with pytest.raises(BadRequest, match="of a type that creditgraph does not write"), written(path) as out:
        out.write(HEADER, {"at": 1 + 1j})
    assert path.read_bytes() == small.read_bytes()
    with written(path) as out:
        out.write(HEADER, {})
    assert path.read_bytes() != small.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.backup"]
    other = tmp_path / "letter.txt"
    other.write_text("mine")
    with pytest.raises(BadRequest, match="is no backup: give another name"), written(other):
        pass
    assert other.read_text() == "mine"


VALUES = st.one_of(
    *(st.integers(-(2**63), 2**63 - 1), st.booleans(), st.text(max_size=3), st.floats(allow_nan=False)),
    st.lists(st.integers(0, 3), max_size=2),
)
NODE = st.tuples(st.sampled_from(["A", "B"]), st.dictionaries(st.sampled_from("xyz"), VALUES))


@given(st.lists(NODE, min_size=1, max_size=6), st.data())
@examples(deadline=None)
def test_the_hash_goes_by_what_is_there_and_not_by_its_order(nodes: list[Any], data: st.DataObject) -> None:
    ends = st.integers(0, len(nodes) - 1)
    edges = data.draw(st.lists(st.tuples(ends, ends, st.integers(0, 2)), max_size=6))

    def hash_of(nodes: list[Any], edges: list[Any], order: list[int]) -> str:
        total = GraphSum()
        for at in order:
            label, props = nodes[at]
            total.node([label], encoded([[label], dict(reversed(props.items()))]))
        for start, end, value in reversed(edges):
            total.relationship("R", order.index(start), order.index(end), encoded(["R", {"v": value}]))
        return total.told()["hash"]

    plain = list(range(len(nodes)))
    first = hash_of(nodes, edges, plain)
    assert first == hash_of(nodes, edges, data.draw(st.permutations(plain)))
    label, props = nodes[0]
    assert first != hash_of([(label, props | {"new": 1}), *nodes[1:]], edges, plain)
    assert first != hash_of([*nodes, ("A", {})], edges, [*plain, len(nodes)])
    if edges:
        start, end, value = edges[0]
        assert first != hash_of(nodes, [(start, end, value + 3), *edges[1:]], plain)


# --- the graph again --------------------------------------------------------------------------------------


def test_a_restored_graph_is_the_same_and_answers_as_before(
    sample_graph: Graph, graph: Graph, kept: Path, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    backup = look(kept)
    assert backup.position == sample_graph.position()
    assert backup.id_key == keys.fingerprint
    assert keys.hash.of("cn-id", "1") not in str(backup)
    restore(graph, backup)
    assert fingerprint(graph, keys) == fingerprint(sample_graph, keys)
    assert back_up(graph, tmp_path / "again.backup").hash == backup.hash
    before, after = (g.read(CLOCK)[0] for g in (sample_graph, graph))
    assert {n: after[n] for n in ("seq", "schema", "form", "id_key", "pack")} == {
        n: before[n] for n in ("seq", "schema", "form", "id_key", "pack")
    }
    assert after["store"] not in (None, before["store"])  # copies of the other one are not its
    graph.prepare(keys.fingerprint)
    everybody = [STORY.far, STORY.tax_later, STORY.food_lr, STORY.revoked_lr, STORY.listed_lr, STORY.limited_lr]
    for one in everybody:
        asked: dict[str, Any] = {"as_of": TODAY, "hash": keys.hash}
        was, now = (lookup(g, pack, one.number, **asked).model_dump(mode="json") for g in (sample_graph, graph))
        assert now == was
    key = the_key(graph, STORY.revoked_lr.number, keys)
    assert consequences_of(graph, pack, key, as_of=TODAY).consequences
    parties = [the_key(graph, one.number, keys) for one in everybody]
    same(graph, opened(graph, tmp_path / "projection"), parties, hops=3, as_of=TODAY)
    graph.write("note", lambda tx: tx.run("CREATE (:Note)"))
    assert graph.position() == backup.position + 1


def test_nothing_that_is_written_meanwhile_tears_it(graph: Graph, tmp_path: Path) -> None:
    """Each transaction writes two nodes, one at the beginning and one at the end of what is there."""

    def work(tx: Tx) -> None:
        tx.run("CREATE (:Note {seq: $seq})", seq=tx.seq)
        tx.run("MATCH (n:Note) WITH max(n.seq) AS last MATCH (n:Note {seq: last}) SET n.told = true")
        tx.run("CREATE (:Note {seq: $seq})-[:SAME]->(:Note {seq: $seq})", seq=tx.seq)

    graph.write("note", work)
    done, written_ = threading.Event(), []

    def write() -> None:
        while not done.is_set():
            graph.write("note", work)
            written_.append(graph.position())

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        found = []
        for _ in range(12):
            back_up(graph, path := tmp_path / "a.backup")
            found.append(_notes(path))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    for position, seqs, changes, edges in found:
        assert seqs == sorted([*range(1, position + 1)] * 3)
        assert changes == list(range(1, position + 1))
        assert edges == position
    assert found[0][0] < found[-1][0], "nothing was written meanwhile"


def _notes(path: Path) -> tuple[int, list[int], list[int], int]:
    position, edges, seqs = 0, 0, {"Note": [], "Change": []}
    for kind, content in read_blocks(path):
        if kind == HEADER:
            position = content["clock"]["seq"]
        elif kind == NODES_OF:
            for labels, props in content:
                seqs[labels[0]].append(props["seq"])
        elif kind == RELATIONSHIPS_OF:
            edges += len(content["rows"])
    return position, sorted(seqs["Note"]), sorted(seqs["Change"]), edges


def test_who_reads_does_not_wait_for_a_backup(graph: Graph) -> None:
    graph.write("note", lambda tx: tx.run("CREATE (:Note)"))
    with held_still(graph):
        assert graph.read(KEPT_FIELDS)[0]["n"] == 2
    assert graph.position() == 1


# --- what is refused --------------------------------------------------------------------------------------


def test_a_store_that_holds_something_is_left_as_it_is(graph: Graph, kept: Path) -> None:
    graph.write("note", lambda tx: tx.run("CREATE (:Note)"))
    before = graph.read("MATCH (n) RETURN properties(n) AS p ORDER BY labels(n)")
    with pytest.raises(BadRequest, match="is not empty"):
        restore(graph, look(kept))
    with graph.driver.session(database=graph.database) as session:  # somebody wrote between the look and the beginning
        assert not list(session.run(BEGIN_RESTORE, token="1", being=BEING_RESTORED))
    assert graph.read("MATCH (n) RETURN properties(n) AS p ORDER BY labels(n)") == before


def test_of_a_file_that_is_altered_while_it_is_read_nothing_is_left(
    graph: Graph, keys: Keys, kept: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.backup"
    path.write_bytes(kept.read_bytes())
    backup = look(path)
    with path.open("r+b") as file:
        file.seek(backup.bytes - 10)
        file.write(b"**********")
    with pytest.raises(TornBackup):
        restore(graph, backup)
    assert graph.read("MATCH (n) RETURN count(n) AS n")[0]["n"] == 0
    restore(graph, look(kept))
    assert graph.position() == backup.position


def test_a_restore_that_was_killed_is_told_by_everything_and_begins_anew(
    graph: Graph, keys: Keys, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loaders.backup.restore._wipe", lambda graph: None)

    def killed(stage: str, done: int, total: int) -> None:
        if stage == "relationships":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("loaders.backup.restore.NO_CLOCK", "RETURN $token AS token")
        with pytest.raises(KeyboardInterrupt):
            restore(graph, look(kept), killed)
    monkeypatch.undo()
    assert graph.read(KEPT_FIELDS)[0]["n"] > 1_000
    for asked in (graph.prepare, graph.require_data, graph.outdated, lambda: upgrade(graph)):
        with pytest.raises(StoreNotReady, match=r"was not finished.*creditgraph restore"):
            asked()
    with pytest.raises(StoreNotReady, match="was not finished"):
        back_up(graph, kept.with_name("half.backup"))
    assert not kept.with_name("half.backup").exists()
    restore(graph, look(kept))
    assert graph.read(KEPT_FIELDS)[0]["n"] == look(kept).nodes
    graph.require_data(keys.fingerprint)


def test_of_two_restores_the_one_that_began_first_ends(graph: Graph, kept: Path) -> None:
    begun = threading.Event()

    def told(stage: str, done: int, total: int) -> None:
        if not begun.is_set():
            begun.set()
            restore(graph, look(kept))

    with pytest.raises(StoreUnavailable, match="began meanwhile"):
        restore(graph, look(kept), told)
    assert graph.position() == look(kept).position
    assert graph.read(KEPT_FIELDS)[0]["n"] == look(kept).nodes


def test_what_a_newer_version_made_is_refused(graph: Graph, keys: Keys, kept: Path, cli: Cli, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="newer version"):
        restore(graph, look(kept)._replace(data_version=cypher.FORM + 1))
    newer = tmp_path / "newer.backup"
    newer.write_bytes(b"creditgraph backup 2\n" + kept.read_bytes()[21:])
    status, _, said = cli("restore", str(newer), "--store", graph.name)
    assert (status, "newer version" in said) == (2, True)
    graph.write("note", lambda tx: tx.run("MATCH (c:Clock) SET c.form = $form", form=cypher.FORM + 1))
    for asked in (graph.prepare, graph.require_data, lambda: upgrade(graph)):
        with pytest.raises(StoreNotReady, match="A newer version of creditgraph made the store"):
            asked()
    # It can be kept all the same, for the version that knows it.
    assert back_up(graph, tmp_path / "kept.backup").data_version == cypher.FORM + 1


# --- the commands -----------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Any) -> Settings:
    """A machine on which nothing is, and the server of the tests as somebody's own Neo4j."""
    monkeypatch.setenv("CREDITGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CREDITGRAPH_ID_KEY")
    monkeypatch.setenv("CREDITGRAPH_NEO4J_URI", server.uri)
    monkeypatch.setenv("CREDITGRAPH_NEO4J_PASSWORD", server.password)
    return Settings()


def test_from_machine_to_machine(
    sample_graph: Graph,
    graph: Graph,
    keys: Keys,
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: Settings,
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("CREDITGRAPH_ID_KEY", "ab" * 32)
        patch.setenv("CREDITGRAPH_PASSPHRASE", "too short")
        wipe(graph, load_keys(Settings()))
        graph.write("note", lambda tx: tx.run("CREATE (:Party {key: 'e-1', name: '某某有限公司'})"))
        alone, together = tmp_path / "alone.backup", tmp_path / "with-key.backup"
        assert cli("backup", str(alone))[0] == 0
        assert cli("backup", str(together), "--with-key")[0] == 2
        patch.setenv("CREDITGRAPH_PASSPHRASE", "a long passphrase")
        status, told, _ = cli("backup", str(together), "--with-key", "--json")
        assert (status, json.loads(told)["with_key"]) == (0, True)
        assert "ab" * 32 not in str(sealed_key(together))
        wipe(graph, load_keys(Settings()))
        with graph.driver.session(database=graph.database) as session:
            session.run("MATCH (c:Clock) DELETE c").consume()
    status, told, said = cli("restore", str(alone))
    assert (status, "There is no id key here" in said, key_file(elsewhere).exists()) == (2, True, False)
    monkeypatch.setenv("CREDITGRAPH_PASSPHRASE", "another passphrase")
    status, told, said = cli("restore", str(together))
    assert (status, "not the passphrase" in said, key_file(elsewhere).exists()) == (2, True, False)
    monkeypatch.setenv("CREDITGRAPH_PASSPHRASE", "a long passphrase")
    status, told, said = cli("restore", str(together), "--json")
    assert (status, json.loads(told)["position"]) == (0, 1), said
    assert key_file(elsewhere).read_text() == "ab" * 32
    assert key_file(elsewhere).stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("CREDITGRAPH_ID_KEY", "cd" * 32)
    status, _, said = cli("restore", str(together))
    assert (status, "nobody in it would be found by his number" in " ".join(said.split())) == (2, True)


def test_a_folder_keeps_the_newest_ones(
    graph: Graph, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.write("note", lambda tx: tx.run("CREATE (:Party {key: 'e-1'})"))
    names = [f"{graph.name}-2026010{n}-000000.backup" for n in range(3)]
    for name in (*names, "other-20260101-000000.backup", "letter.txt"):
        (tmp_path / name).touch()
    status, _, _ = cli("backup", str(tmp_path), "--keep", "2", "--store", graph.name)
    left = sorted(os.listdir(tmp_path))
    assert status == 0
    assert {names[2], "letter.txt", "other-20260101-000000.backup"} < set(left)
    assert len(left) == 4
    assert cli("backup", str(tmp_path / "a.backup"), "--keep", "2", "--store", graph.name)[0] == 2
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    cli("backup", str(tmp_path), "--every", "1", "--store", graph.name)
    assert all(3_590 < seconds <= 3_600 for seconds in slept)
    assert len(slept) == 2


def test_torn_files_and_other_files_are_told(graph: Graph, kept: Path, cli: Cli, tmp_path: Path) -> None:
    torn, letter = tmp_path / "torn.backup", tmp_path / "letter.txt"
    torn.write_bytes(kept.read_bytes()[:-1])
    letter.write_text("mine")
    for path, wanted in ((torn, "damaged or cut off"), (letter, "no backup"), (tmp_path / "none", "none")):
        status, _, said = cli("restore", str(path), "--store", graph.name)
        assert (status, wanted in " ".join(said.split())) == (2, True)
    assert graph.position() == 0
    status, told, _ = cli("restore", str(kept), "--check", "--store", graph.name, "--json")
    assert (status, json.loads(told)["hash"], graph.position()) == (0, look(kept).hash, 0)
