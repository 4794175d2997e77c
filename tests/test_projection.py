"""The copy in memory answers as the graph does: at once, after every change, and never from a torn file."""

import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from graph_model import cypher
from graph_model.errors import BadRequest
from graph_model.hubs import hub_tag
from graph_model.rules import RulePack
from graph_model.schema import FOREVER, HUB_DEGREE
from graph_model.store import local_neo4j
from graph_model.store.connect import Graph, connect
from graph_model.store.keys import Keys, load_keys
from graph_model.store.settings import Settings
from loaders.decisions import same_person
from loaders.derive import derive_into
from loaders.identity import merge
from loaders.identity.caches import refresh
from loaders.identity.links import touch
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.answers import FactRef
from queries.network.exposure import exposure
from queries.party.parties import party_refs
from queries.projection.current import opened, root_of
from queries.projection.follow import Projection
from queries.projection.format import BadProjection
from queries.read.moment import Moment
from tests.support.copies import keys_of, list_all, same, told
from tests.support.exposure import DAYS, Reference, random_graph
from tests.support.histories import DATES, TODAY, A, B, History, officer, registers
from tests.support.invented import citizen, code, decision
from tests.support.real_data import DATA
from tests.support.types import Cli

pytestmark = pytest.mark.graph

DAY = date(2026, 6, 30)
CHOICES: tuple[dict[str, Any], ...] = (
    {},
    {"types": ["DIRECTOR_OF", "HOLDS_SHARES_IN>"]},
    {"types": ["<HOLDS_SHARES_IN", "<DIRECTOR_OF", "BRANCH_OF"]},
    {"min_share": 0.3},
    {"hub_degree": 2},
    {"hub_degree": 10 * HUB_DEGREE, "paths": 50},
    {"historical": False, "limit": 1},
    {"include_unconfirmed": True},
)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.once) for seed in (1, 2, 3))])
def test_graph_copy_and_plain_search_agree(graph: Graph, tmp_path: Path, seed: int) -> None:
    rng = random.Random(100 + seed)
    parties = random_graph(graph, rng)
    # What a load would have written: degrees, tags, judgements.
    graph.write(
        "load",
        lambda tx: tx.run(
            "MATCH (n) WHERE n:Party OR n:Address SET n.degree = CASE WHEN n.hub THEN 2000 ELSE toInteger(rand() * 5) END "
            "WITH n WHERE n.key ENDS WITH '1' SET n.hub_tag = 'custodian', n.hub = true"
        ),
    )
    projection = opened(graph, tmp_path)
    reference = Reference(graph)
    for day in DAYS:
        for hops in (1, 2, 3, 6):
            for key in parties:
                answer = exposure(graph, key, hops=hops, as_of=day, reader=projection.reader())
                hits, hubs = reference.exposure(key, hops, day, answer.position)
                assert {(h.party.key, h.distance, h.ring) for h in answer.hits} == hits
                assert {(c.party.key, c.distance) for c in answer.cut if c.party} == hubs
                assert answer.explored is not None
            same(graph, projection, parties[:2], hops=hops, as_of=day, **CHOICES[(seed + hops) % len(CHOICES)])


@pytest.mark.once
def test_on_the_sample_every_answer_is_the_same(sample_graph: Graph, tmp_path: Path) -> None:
    projection = opened(sample_graph, tmp_path)
    parties = keys_of(sample_graph)
    rng = random.Random(1)
    found = 0
    for number, asked in enumerate(CHOICES * 2):
        day = rng.choice((DAY, date(2023, 1, 1), TODAY))
        answers = same(sample_graph, projection, rng.sample(parties, 12), hops=1 + number % 6, as_of=day, **asked)
        found += sum(len(a.hits) for a in answers)
    assert found > 20, "there is something to agree about"
    with pytest.raises(BadRequest, match="walks"):
        exposure(sample_graph, parties[0], as_of=DAY, types=["IMPOSED_ON"])


def test_what_is_chosen_is_kept_to(sample_graph: Graph, tmp_path: Path) -> None:
    projection = opened(sample_graph, tmp_path)
    holders = sample_graph.read(
        "MATCH (p:Party)-[r:HOLDS_SHARES_IN]->(:Entity {sanctioned: true}) "
        "WHERE r.rec_to = $f AND r.share_max < 0.5 AND r.until IS NULL RETURN p.key AS key, r.share_max AS share LIMIT 5",
        f=FOREVER,
    )
    assert holders
    for r in holders:
        (down,) = same(sample_graph, projection, [r["key"]], hops=1, as_of=DAY, types=["HOLDS_SHARES_IN>"])
        assert any(h.distance == 1 for h in down.hits)
        (up,) = same(sample_graph, projection, [r["key"]], hops=1, as_of=DAY, types=["<HOLDS_SHARES_IN"])
        assert {h.party.key for h in up.hits if h.distance}.isdisjoint(h.party.key for h in down.hits if h.distance)
        at, above = ({"min_share": r["share"]}, {"min_share": r["share"] + 0.001})
        shared = {"hops": 1, "as_of": DAY, "types": ["HOLDS_SHARES_IN>"]}
        (reaching,) = same(sample_graph, projection, [r["key"]], **shared, **at)
        (missing,) = same(sample_graph, projection, [r["key"]], **shared, **above)
        assert sum(h.paths_total or 0 for h in missing.hits) < sum(h.paths_total or 0 for h in reaching.hits), (
            "以上 is ≥"
        )


# --- after every change -----------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_written_is_in_the_next_answer(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    history = History(graph, keys, pack)
    projection = opened(graph, tmp_path)
    assert projection.base == 0, "a copy of nothing"
    loads = [
        ("load", name, day)
        for name in ("register 张", "register 李", "officers", "food", "tax", "both")
        for day in DATES
    ]
    says = [("flow", kind, rng.randrange(40)) for kind in ("objection", "repair") * 3]
    says += [("say", what, rng.randrange(9)) for what in ("finding", "withdrawn", "lifted")]
    says += [("decide", "confirmed", 0), ("derive", "", 0), ("same", "unsure", 0), ("merge", "", 0), ("split", "", 0)]
    steps = [("load", "register 张", DATES[0]), ("load", "food", DATES[0])]
    rest = rng.sample(loads, 6) + rng.sample(says, 9)
    rng.shuffle(rest)
    for step in [*steps, *rest]:
        _do(step, history, graph, pack)
        assert projection.follow(graph), step
        assert projection.position == graph.position()
        parties = keys_of(graph)
        same(
            graph, projection, rng.sample(parties, min(4, len(parties))), hops=3, as_of=TODAY, include_unconfirmed=True
        )
        for key in parties:
            for day in (TODAY, date(2022, 1, 1)):
                there = party_refs(graph, [key], Moment.of(graph, day))
                assert projection.reader().parties([key], day) == there, step
    parties = keys_of(graph)
    same(graph, projection, parties, hops=4, as_of=TODAY, include_unconfirmed=True)
    # A copy that is made now says the same as the one that followed.
    anew = opened(graph, tmp_path / "anew")
    assert (anew.position, len(anew.reader().parties(parties, TODAY))) == (projection.position, len(parties))
    same(graph, anew, parties, hops=4, as_of=TODAY, include_unconfirmed=True)


def _do(step: tuple[str, str, Any], history: History, graph: Graph, pack: RulePack) -> None:
    kind, what, _ = step
    try:
        if kind == "derive":
            derive_into(graph, pack)
        elif kind == "same":
            persons = [k for k in keys_of(graph) if k.startswith("p-")]
            if len(persons) > 1:
                why = {"reason": "同名", "day": DAY, "today": TODAY}
                same_person.decide(graph, persons[0], persons[1], what, **why)  # ty: ignore[invalid-argument-type]
        elif kind == "merge":
            entities = [k for k in keys_of(graph) if k.startswith("e-")]
            merge.merge(graph, entities[0], entities[-1], author="t", reason="一家")
        elif kind == "split":
            made = graph.read("MATCH (c:Correction {kind: 'merge'}) RETURN c.id AS id")
            if made:
                merge.split(graph, made[0]["id"], author="t", reason="两家")
        else:
            history.apply(step)
    except BadRequest:
        pass  # refused: nothing may have changed


def test_a_sanction_shows_within_a_second_here_and_elsewhere(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    history = History(graph, keys, pack)
    history.load("register.csv", registers("张三", "李四", "2018-01-01"), DATES[0])
    here = opened(graph, tmp_path)
    elsewhere = Projection(here.folder, here.manifest["store"])  # as another process has it
    (company,) = graph.read("MATCH (e:Entity {name: $n}) RETURN e.key AS key", n=A)
    for projection in (here, elsewhere):
        reader = projection.current(graph)
        assert reader is not None
        assert exposure(graph, company["key"], as_of=TODAY, reader=reader).status == "clear"
    history.load("decisions.csv", [decision(A, 1)], DATES[0])
    written = time.monotonic()
    for projection in (here, elsewhere):
        while True:
            reader = projection.current(graph)
            if reader is not None:
                answer = exposure(graph, company["key"], as_of=TODAY, reader=reader)
                if answer.status == "hit":
                    break
            assert time.monotonic() - written < 30, "never seen"
            time.sleep(0.05)
        # The clock is asked again after a quarter of a second at the latest; the rest is the time that the question takes.
        assert answer.position == graph.position()


def test_a_new_number_and_a_new_part_are_known(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    """An existing party may get a number, or turn out to be an authority, by a row that changes no relationship."""
    history = History(graph, keys, pack)
    history.load("register.csv", registers("张三", "李四", "2018-01-01"), DATES[0])
    projection = opened(graph, tmp_path)
    company = next(k for k in keys_of(graph) if k.startswith("e-"))
    number = {"party": company, "scheme": "stock", "value": "688001.SH", "valid": True, "policy": None, "stated": None}
    graph.write("load", lambda tx: tx.run(cypher.CREATE_IDENTIFIERS, rows=[number], seq=tx.seq))
    assert projection.follow(graph)
    reader = projection.reader()
    assert reader.parties([company], TODAY) == party_refs(graph, [company], Moment.of(graph, TODAY))
    (node,) = projection.bearers(reader.state, "stock\n688001.SH")
    assert projection.key_of(reader.state, node) == company
    graph.write("load", lambda tx: tx.run(cypher.add_label("Organ"), keys=[company], seq=tx.seq))
    assert projection.follow(graph)
    assert projection.reader().parties([company], TODAY)[company].label == "Organ"


def test_while_a_load_is_under_way_the_graph_itself_is_asked(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    history = History(graph, keys, pack)
    history.load("register.csv", registers("张三", "李四", "2018-01-01"), DATES[0])
    projection = opened(graph, tmp_path)
    (company,) = graph.read("MATCH (e:Entity {name: $n}) RETURN e.key AS key", n=A)
    graph.write("load", lambda tx: touch(tx, [company["key"]]))
    assert not projection.follow(graph)
    assert projection.current(graph, seconds=0.0) is None
    refresh(graph)
    assert projection.follow(graph)


@pytest.mark.once
def test_readers_are_not_disturbed_by_what_comes(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    history = History(graph, keys, pack)
    history.load("register.csv", registers("张三", "李四", "2018-01-01"), DATES[0])
    projection = opened(graph, tmp_path)
    parties = keys_of(graph)
    before = projection.reader()
    first = {key: told(exposure(graph, key, as_of=TODAY, reader=before)) for key in parties}
    faults: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                for key in parties:
                    answer = exposure(graph, key, as_of=TODAY, reader=projection.reader())
                    assert answer.party is not None
        except BaseException as fault:  # told below, in the thread that can fail the test
            faults.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for name, rows in (("officers.csv", [officer("张三", "")]), ("decisions.csv", [decision(A, 1)])):
        history.load(name, rows, DATES[0])
        assert projection.follow(graph)
    done.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert {key: told(exposure(graph, key, as_of=TODAY, reader=before)) for key in parties} == first


# --- files ------------------------------------------------------------------------------------------------


@pytest.fixture
def version(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> tuple[Path, str]:
    """A small version, and the graph it belongs to."""
    history = History(graph, keys, pack)
    history.load("register.csv", registers("张三", "李四", "2018-01-01"), DATES[0])
    history.load("decisions.csv", [decision(A, 1)], DATES[0])
    projection = opened(graph, tmp_path)
    return projection.folder, projection.manifest["store"]


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def _zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _remove(path: Path) -> None:
    path.unlink()


@pytest.mark.once
@pytest.mark.parametrize("harm", [_halve, _flip, _zero, _remove])
def test_a_torn_file_is_refused_and_the_copy_made_again(
    version: tuple[Path, str], graph: Graph, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    folder, store = version
    Projection(folder, store)
    files = sorted(p for p in folder.iterdir() if p.stat().st_size)
    assert len(files) > 25
    for path in files:
        kept = path.read_bytes()
        harm(path)
        if path.name != "manifest.json" or harm is not _flip:
            with pytest.raises(BadProjection):
                Projection(folder, store)
        path.write_bytes(kept)
    harm(folder / "target.npy")
    again = opened(graph, tmp_path)
    assert again.folder != folder
    assert not folder.exists()


def test_a_copy_of_another_graph_is_refused(
    version: tuple[Path, str], graph: Graph, keys: Keys, tmp_path: Path
) -> None:
    folder, _ = version
    with pytest.raises(BadProjection, match="another graph"):
        Projection(folder, "some other")
    shutil.copytree(folder, tmp_path / "kept")
    graph.write("load", lambda tx: tx.run("MATCH (n) DETACH DELETE n"))
    graph.prepare(keys.fingerprint)
    assert opened(graph, tmp_path).base == 0


def test_its_folder_is_for_its_owner_only(version: tuple[Path, str]) -> None:
    folder, _ = version
    assert folder.stat().st_mode & 0o077 == 0


# --- hubs by what they are --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("湖南省人民政府国有资产监督管理委员会", "state-commission"),
        ("长沙市国资委", "state-commission"),
        ("香港中央结算有限公司", "custodian"),
        ("香港中央结算(代理人)有限公司", "custodian"),
        ("香港中央结算有限公司（陆股通）", "custodian"),
        ("香港中央结算有限公司-沪股通", "custodian"),
        ("Hkscc Nominees Limited", "custodian"),
        ("中国证券登记结算有限责任公司上海分公司", "custodian"),
        ("中央汇金资产管理有限责任公司", "state-holder"),
        ("中国证券金融股份有限公司－转融通担保证券账户", "state-holder"),
        ("湘楚基金-湘江银行-湘楚中证金融资产管理计划", "state-holder"),
        ("全国社保基金一零三组合", "state-holder"),
        ("湘江银行股份有限公司-湘楚成长混合型证券投资基金", "fund"),
        ("湘江银行股份有限公司－湘楚指数证券投资基金(LOF)", "fund"),
        # Whoever works for a company holds by such a plan; and a manager of funds is a company like any other.
        ("湘楚证券资管-湘江银行-湘楚1号员工持股集合资产管理计划", None),
        ("湘楚基金管理有限公司", None),
        ("湘江银行股份有限公司", None),
        ("中央汇金商贸有限公司", None),
        ("长沙市岳麓区某路1号集群注册003号", "registrar-address"),
        ("国资投资有限公司", None),
        ("香港中央某某有限公司", None),
        ("", None),
        (None, None),
    ],
)
def test_tags(name: str | None, tag: str | None) -> None:
    assert hub_tag(name) == tag


def test_a_tagged_holder_is_reached_and_not_walked_through(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    history = History(graph, keys, pack)
    history.load("register.csv", registers("张三", "李四", "2018-01-01"), DATES[0])
    history.load("decisions.csv", [decision(A, 1)], DATES[0])
    state = "湘云市人民政府国有资产监督管理委员会"
    holder = {"股东名称": state, "股东类型": "法人", "持股比例": "30%", "出资日期": "2019-01-01"}
    rows = [holder | {"统一社会信用代码": code(n), "企业名称": name} for n, name in ((1, A), (2, B))]
    history.load("shareholders.csv", rows, DATES[0])
    found = {r["name"]: r for r in graph.read("MATCH (p:Party) RETURN p.name AS name, p.key AS key, p.hub_tag AS tag")}
    assert found[state]["tag"] == "state-commission"
    projection = opened(graph, tmp_path)
    (answer,) = same(graph, projection, [found[B]["key"]], hops=2, as_of=TODAY, types=["HOLDS_SHARES_IN"])
    assert [(c.reason, c.party.name) for c in answer.cut if c.party] == [("hub", state)]
    assert "state-commission" in answer.cut[0].detail
    assert (answer.status, answer.complete) == ("incomplete", False)


def test_a_path_tells_its_sources(sample_graph: Graph, tmp_path: Path) -> None:
    projection = opened(sample_graph, tmp_path)
    rng = random.Random(3)
    steps = [
        step
        for key in rng.sample(keys_of(sample_graph), 60)
        for hit in exposure(sample_graph, key, as_of=DAY, reader=projection.reader()).hits
        for path in (hit.path, *hit.more_paths)
        for step in path
        if isinstance(step, FactRef)
    ]
    assert steps
    assert all(step.source and step.recorded_at and step.record for step in steps)
    assert not any(citizen(n) in str(steps) for n in range(1, 50)), "no id number is kept or told"


# --- whoever serves ---------------------------------------------------------------------------------------


@pytest.mark.once
def test_the_api_answers_from_the_copy_and_says_the_same(sample_graph: Graph, settings: Settings) -> None:
    parties = random.Random(8).sample(keys_of(sample_graph), 8)
    ways = {"purpose": "approval", "as_of": DAY.isoformat(), "hops": 4, "types": ["HOLDS_SHARES_IN>", "DIRECTOR_OF"]}
    with TestClient(create_app(sample_graph, settings, copy=True)) as client:
        deadline = time.monotonic() + 120
        while client.get(f"/v1/parties/{parties[0]}/exposure", params=ways).json()["explored"] is None:
            assert time.monotonic() < deadline, "there is no copy"
            time.sleep(0.2)
        copied = [client.get(f"/v1/parties/{key}/exposure", params=ways).json() for key in parties]
    with TestClient(create_app(sample_graph, settings)) as client:
        live = [client.get(f"/v1/parties/{key}/exposure", params=ways).json() for key in parties]
        refused = client.get(f"/v1/parties/{parties[0]}/exposure", params={**ways, "types": ["IMPOSED_ON"]})
    assert all(answer.pop("explored") is not None for answer in copied)
    assert all(answer.pop("explored") is None for answer in live)
    assert copied == live
    assert (refused.status_code, "IMPOSED_ON" in refused.json()["detail"]) == (400, True)
    assert root_of(settings, sample_graph).parent.name == sample_graph.name, "it goes with the store"


@pytest.mark.once
def test_build_status_drop_from_the_command_line(sample_graph: Graph, cli: Cli) -> None:
    store = ("--store", sample_graph.name)
    assert cli("projection", "drop", *store)[0] == 0
    code, _, err = cli("projection", "status", *store)
    assert (code != 0, "projection build" in err) == (True, True)
    code, out, err = cli("projection", "build", *store, "--json")
    assert code == 0, err
    built = json.loads(out)
    assert built["nodes"] > len(keys_of(sample_graph))
    code, out, _ = cli("projection", "status", *store, "--json")
    assert code == 0
    assert json.loads(out) == built | {"clock": sample_graph.position()}
    (made,) = (p for p in root_of(Settings(), sample_graph).iterdir() if p.is_dir())
    _flip(made / "edge.npy")
    code, _, err = cli("projection", "status", *store)
    assert (code != 0, "torn: edge.npy" in err) == (True, True)
    assert cli("projection", "drop", *store)[1].strip() == "deleted"


# --- by hand ----------------------------------------------------------------------------------------------


def every_look_up(hops: int = 3, share: float = 0.03) -> None:
    """All parties of the listed companies of 2018 and 2020, three ways: the graph, its copy, a plain search.

    `python -m tests.test_projection`, some twenty minutes. Who is listed is drawn by lot: these files hold no sanctions.
    """
    os.environ["CREDITGRAPH_CACHE"] = str(Settings().cache_dir)
    with tempfile.TemporaryDirectory() as home:
        os.environ["CREDITGRAPH_HOME"] = home
        _every_look_up(Settings(), hops, share)


def _every_look_up(settings: Settings, hops: int, share: float) -> None:
    for source, folder in (("ashare2018", "ashare2018_lemonhu"), ("ashare2020", "ashare2020_star_sample")):
        with local_neo4j.temporary(settings) as server, connect(settings, server.store) as graph:
            load(graph, load_keys(settings), SOURCES[source], DATA / folder)
            parties = keys_of(graph)
            list_all(graph, random.Random(1).sample(parties, int(share * len(parties))))
            projection = opened(graph, root_of(settings, graph))
            reference, reader = Reference(graph), projection.reader()
            hits = different = 0
            for n, key in enumerate(parties):
                live = exposure(graph, key, hops=hops, as_of=TODAY, limit=100_000)
                copy = exposure(graph, key, hops=hops, as_of=TODAY, limit=100_000, reader=reader)
                wanted, hubs = reference.exposure(key, hops, TODAY, copy.position)
                found = {(h.party.key, h.distance, h.ring) for h in copy.hits}
                met = {(c.party.key, c.distance) for c in copy.cut if c.party}
                hits += len(found)
                different += told(live) != told(copy) or found != wanted or met != hubs
                if n % 1_000 == 999:
                    sys.stderr.write(f"{source}: {n + 1:,} of {len(parties):,}\n")
            sys.stdout.write(f"{source}: {len(parties):,} look-ups, {hits:,} hits, {different} different\n")


if __name__ == "__main__":
    every_look_up()
