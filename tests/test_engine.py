"""Loading: the ledger, versions, who is who, and that neither order nor a kill makes a difference."""

import csv
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_model.errors import SourceError
from graph_model.identifiers import citizen_id_faults, mask_id
from graph_model.rules import RulePack
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from loaders.derive import derive_into
from loaders.identity import caches
from loaders.load import engine
from loaders.load.engine import load
from loaders.sample.forms import REGISTER_COLUMNS
from loaders.sample.province import generate
from loaders.sources import SOURCES
from queries.party.parties import party_file, resolve
from queries.party.search import find
from queries.read.corrections import corrections
from queries.supply.ledger import rejected, runs
from tests.support.graphs import balanced, dated, facts, fingerprint, present_view, the_key, wipe
from tests.support.invented import citizen, code
from tests.support.kills import SMALL_BATCHES
from tests.support.rows import company, officer, order, penalty, reg
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 7, 1)


# --- rows that mean nobody --------------------------------------------------------------------------------


# --- what is in the graph ---------------------------------------------------------------------------------


# --- the ledger -------------------------------------------------------------------------------------------


def test_every_file_of_the_sample_balances(sample_graph: Graph, sample_folder: Path) -> None:
    balanced(sample_graph)
    found = {run.file: run for run in runs(sample_graph)}
    counts = json.loads((sample_folder / "manifest.json").read_text(encoding="utf-8"))["counts"]
    assert {file: run.rows_in for file, run in found.items()} == counts["files"]
    for file, dirt in counts["dirt"].items():
        assert found[file].rejected >= sum(n for kind, n in dirt.items() if kind != "duplicate-row"), file
        assert found[file].duplicate >= dirt.get("duplicate-row", 0), file


def test_accepted_rejected_duplicate(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    good = company("长沙甲有限公司", 1, "张三", citizen(1), 注册地址="长沙市某路1号")
    wrong = company("长沙乙有限公司", 2) | {"统一社会信用代码": code(2)[:-1] + ("0" if code(2)[-1] != "0" else "1")}
    nameless = company("", 3)
    bad_id = company("长沙丁有限公司", 4, "李四", citizen(4)[:-1] + ("0" if citizen(4)[-1] != "0" else "1"))
    rows = [good, wrong, good, nameless, bad_id, company("长沙丙有限公司", 5)]
    (first,) = load_file("sample", put("register.csv", rows))
    assert (first.rows_in, first.accepted, first.rejected, first.duplicate) == (6, 2, 3, 1)
    assert first.changed
    faults = rejected(graph, first.run)
    assert [(r["line"], r["field"], r["code"]) for r in faults] == [
        (3, "统一社会信用代码", "invalid-code"),
        (5, "企业名称", "missing-value"),
        (6, "法人代表证件号码", "invalid-code"),
    ]
    assert all(r["reason"] and r["todo"] for r in faults)

    # The whole row is kept, and only with the key it can be read.
    for r, row in zip(
        graph.read("MATCH (x:RejectedRow) RETURN x.payload AS payload ORDER BY x.line"),
        (wrong, nameless, bad_id),
        strict=True,
    ):
        assert row["统一社会信用代码"].encode() not in r["payload"]
        kept = json.loads(keys.cipher.decrypt(r["payload"]))
        assert {k: v for k, v in kept.items() if v} == {k: v for k, v in row.items() if v}

    # Equal to a believed fact: a duplicate too, whatever the file; one new fact in the row: accepted.
    again = [good, company("长沙丙有限公司", 5) | {"注册地址": "长沙市某路2号"}]
    (second,) = load_file("sample", put("register.csv", again))
    assert (second.rows_in, second.accepted, second.rejected, second.duplicate) == (2, 1, 0, 1)
    balanced(graph)


def test_the_same_file_again_changes_nothing(graph: Graph, put: Put, load_file: LoadFile, pack: RulePack) -> None:
    path = put("register.csv", [company("长沙甲有限公司", 1, "张三", citizen(1)), company("", 2)])
    limits = put("court_limits.json", [order("长沙甲有限公司", 7, "张三")])
    load_file("sample", path)
    load_file("court-limits", limits)
    derive_into(graph, pack)
    position = graph.position()
    for source, file in (("sample", path), ("court-limits", limits)):
        (run,) = load_file(source, file)
        assert not run.changed
    assert derive_into(graph, pack).created == 0
    assert graph.position() == position
    copy = put("register.csv", [])
    copy.write_bytes(path.read_bytes())  # under another folder: the content counts
    assert not load_file("sample", copy)[0].changed
    assert graph.position() == position


def test_no_id_number_stands_anywhere(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, pack: RulePack, cli: Cli, server: Server
) -> None:
    person, other = citizen(11), citizen(12)
    rows = [company("长沙甲有限公司", 1, "张三", person), company(person, 2), company("长沙乙有限公司", 3, person)]
    (shifted,) = load_file("sample", put("register.csv", rows))
    assert [r["code"] for r in rejected(graph, shifted.run)] == ["misplaced-id"] * 2
    load_file("sample", put("officers.csv", [officer("长沙甲有限公司", 1, "李四", other, person)]))
    rows = [
        penalty("长沙甲有限公司", "长市监罚〔2024〕1号", CF_SY=f"经查，张三（身份证号码{person}）负责经营。"),
        penalty("张三", "长市监罚〔2024〕2号", CF_XDR_LB="自然人", CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=person),
        penalty(
            "李四", f"长市监罚〔2024〕{other}号", CF_XDR_LB="自然人", CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=person[:-1]
        ),
    ]
    (run,) = load_file("shuanggongshi", put("penalties.csv", rows))
    derive_into(graph, pack)
    assert run.rejected == 1
    texts = []
    for r in graph.read("MATCH (n) RETURN properties(n) AS p UNION ALL MATCH ()-[n]->() RETURN properties(n) AS p"):
        for value in r["p"].values():
            texts += [str(v) for v in (value if isinstance(value, list) else [value])]
    code_, listed, _ = cli("ledger", "rejected", run.run, "--store", server.store, "--json")
    assert code_ == 0
    shown = party_file(graph, the_key(graph, person, keys), as_of=DAY).model_dump_json()
    for text in [*texts, listed, shown]:
        assert [n for n in re.findall(r"\d{17}[\dX]", text) if not citizen_id_faults(n)] == [], text
    assert mask_id(person) in shown
    # With the number he is found, without the key nobody can.
    assert find(graph, person, as_of=DAY, hash=keys.hash).status == "hit"
    assert find(graph, person, as_of=DAY).status == "unknown"


# --- versions ---------------------------------------------------------------------------------------------


def test_a_correction_is_a_new_version(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    old = company("长沙旧名有限公司", 1, "张三", citizen(1), 登记状态="存续")
    new = company("长沙新名有限公司", 1, "李四", citizen(2), 登记状态="吊销", 任职日期="2026-02-01")
    load_file("sample", put("register.csv", [old], "2026-01-31"))
    before = graph.position()
    load_file("sample", put("register.csv", [new], "2026-06-30"))
    dated(graph, graph.position(), date(2026, 6, 30))
    dated(graph, before, date(2026, 2, 1))

    key = the_key(graph, code(1), keys)
    then = party_file(graph, key, as_of=DAY, known_at=date(2026, 6, 29))
    now = party_file(graph, key, as_of=DAY, known_at=date(2026, 6, 30))
    assert then.position == before
    assert [(f.properties["name"], f.properties["status"]) for f in facts(then, "ABOUT")] == [
        ("长沙旧名有限公司", "存续")
    ]
    assert [(f.properties["name"], f.properties["status"]) for f in facts(now, "ABOUT")] == [
        ("长沙新名有限公司", "吊销")
    ]
    assert facts(now, "ABOUT") == facts(party_file(graph, key, as_of=DAY), "ABOUT")
    assert len(facts(then, "LEGAL_REPRESENTATIVE_OF")) == 1
    assert party_file(graph, key, as_of=DAY, known_at=date(2026, 1, 31)).facts == []
    # Both versions are there, and neither was rewritten.
    rows = graph.read("MATCH (s:Statement) RETURN s.name AS name, s.rec_from AS a, s.rec_to AS b ORDER BY a")
    assert [r["name"] for r in rows] == ["长沙旧名有限公司", "长沙新名有限公司"]
    assert rows[0]["b"] == rows[1]["a"]
    assert rows[1]["b"] == FOREVER
    # The name of before still finds it.
    for text in ("长沙旧名有限公司", "旧名", "长沙新名有限公司"):
        assert [c.key for c in find(graph, text, as_of=DAY).candidates] == [key], text
    assert find(graph, "旧名", as_of=DAY).candidates[0].former_names == ["长沙旧名有限公司"]


def test_an_older_file_that_comes_late_does_not_change_the_present(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    old = put("register.csv", [company("长沙旧名有限公司", 1, 登记状态="存续")], "2026-01-31")
    new = put("register.csv", [company("长沙新名有限公司", 1, 登记状态="吊销")], "2026-06-30")
    for path in (old, new):
        load_file("sample", path)
    straight = present_view(graph)
    wipe(graph, keys)
    for path in (new, old):
        assert load_file("sample", path)[0].accepted == 1
    assert present_view(graph) == straight
    (party,) = find(graph, code(1), as_of=DAY).candidates
    assert (party.name, party.former_names) == ("长沙新名有限公司", ["长沙旧名有限公司"])
    balanced(graph)


# --- who is who -------------------------------------------------------------------------------------------


def orders_of(graph: Graph, text: str, keys: Keys) -> list[Any]:
    return facts(party_file(graph, the_key(graph, text, keys), as_of=DAY), "IMPOSED_ON")


def test_an_exact_name_is_linked_to_the_one_company_that_bears_it(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    rows = [company("长沙甲（集团）有限公司", 1), company("长沙甲集团有限公司", 2)]
    load_file("sample", put("register.csv", rows))
    load_file("court-limits", put("court_limits.json", [order("长沙甲(集团)有限公司", 7)]))
    (fact,) = orders_of(graph, code(1), keys)
    assert fact.match == ["to: exact-name"]
    assert orders_of(graph, code(2), keys) == []
    # The key that the name alone would have had still leads there.
    (link,) = graph.read("MATCH (i)-[l:IDENTIFIES {policy: 'exact-name'}]->(p) RETURN l.stated AS stated, p.key AS key")
    assert link["key"] == the_key(graph, code(1), keys)


@pytest.mark.once
def test_the_order_of_loading_makes_no_difference(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    names = [f"长沙{n}号有限公司" for n in range(6)]
    register = put(
        "register.csv",
        [
            company(names[0], 1, "张三", citizen(1), 任职日期="2019-01-01"),
            company(names[1], 2, "李四", citizen(2)),
            company(names[2], 3, "王五", ""),  # known by name at that company
            company(names[3], 4, "赵六", citizen(4)),
            company(names[3], 5, "赵六", citizen(5)),  # two of one name
            company(names[4], 6, "孙七", citizen(6), kind="92", 企业类型="个体工商户"),
        ],
    )
    officers = put(
        "officers.csv",
        [
            officer(names[1], 2, "周八", citizen(7), "监事"),
            officer(names[1], 2, "周八", citizen(8), "董事"),  # namesakes in one company
            officer(names[0], 1, "吴九", "", "董事"),
        ],
    )
    orders = put(
        "court_limits.json",
        [
            order(names[0], 1, "张三"),
            order(names[1], 2, "周八"),
            order(names[2], 3, "王五"),
            order(names[3], 4, "赵六"),
            order(names[4], 5, "孙七"),
            order(names[5], 6, "郑十"),  # not in the register
            order(names[0], 7, "吴九"),
        ],
    )
    penalties = put("penalties.csv", [penalty(names[0], "长市监罚〔2024〕1号", CF_FRDB="张三")])
    files = {"register": ("sample", register), "officers": ("sample", officers)}
    files |= {"orders": ("court-limits", orders), "penalties": ("shuanggongshi", penalties)}
    views = {}
    for turn in (
        ("register", "officers", "orders", "penalties"),
        ("orders", "register", "officers", "penalties"),
        ("penalties", "orders", "officers", "register"),
        ("officers", "orders", "penalties", "register"),
        ("orders", "derive", "officers", "derive", "register", "derive", "penalties"),
    ):
        wipe(graph, keys)
        for name in turn:
            if name == "derive":
                derive_into(graph, pack)
            else:
                load_file(files[name][0], files[name][1])
        derive_into(graph, pack)
        balanced(graph)
        assert derive_into(graph, pack, everything=True).created == 0
        views[turn] = present_view(graph)
    first, *others = views.values()
    assert any("exact-name" in f for f in first["facts"])
    assert first["consequences"]
    for other in others:
        assert other == first


def test_two_companies_of_one_name_are_never_chosen_between(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    rows = [company("长沙同名有限公司", 1, "张三", citizen(1)), company("长沙同名有限公司", 2, "李四", citizen(2))]
    load_file("court-limits", put("court_limits.json", [order("长沙同名有限公司", 7, "张三")]))
    load_file("sample", put("register.csv", rows[:1]))
    derive_into(graph, pack)
    (linked,) = orders_of(graph, code(1), keys)
    assert linked.match == ["to: exact-name"]
    before = graph.position()

    # The second one comes: what came by name alone goes back to the name-only party.
    load_file("sample", put("register.csv", rows[1:]))
    derive_into(graph, pack)
    assert orders_of(graph, code(1), keys) == orders_of(graph, code(2), keys) == []
    party, candidates = resolve(graph, "长沙同名有限公司")
    assert party is None
    assert len(candidates) == 3
    (named,) = [c for c in candidates if not c.identifiers]
    (back,) = facts(party_file(graph, named.key, as_of=DAY), "IMPOSED_ON")
    assert back.match == []
    # Not even the legal representative that the court named may be the one of the first company.
    (head,) = facts(party_file(graph, named.key, as_of=DAY), "LEGAL_REPRESENTATIVE_OF")
    assert head.from_ != the_key(graph, citizen(1), keys)
    assert head.match == []
    subjects = {r["s"] for r in graph.read("MATCH (c:Consequence) RETURN c.subject AS s")}
    assert subjects == {head.from_}
    # All versions are kept: the link can be seen as it was known then.
    key = the_key(graph, code(1), keys)
    versions = graph.read(
        "MATCH (:Sanction)-[r:IMPOSED_ON]->(p) RETURN p.key AS key, r.rec_to AS until, r.end_match AS match ORDER BY r.rec_from"
    )
    assert [v["key"] for v in versions] == [named.key, key, named.key]
    assert [v["until"] == FOREVER for v in versions] == [False, False, True]
    assert [v["match"] for v in versions] == [None, "exact-name", None]
    dated(graph, before, date(2026, 6, 1))
    then = party_file(graph, key, as_of=DAY, known_at=date(2026, 6, 1))
    assert len(facts(then, "IMPOSED_ON")) == 1
    balanced(graph)

    # Loaded the other way round there never is a link, and the present is the same.
    view = present_view(graph)
    wipe(graph, keys)
    for row in rows:
        load_file("sample", put("register.csv", [row]))
    load_file("court-limits", put("court_limits.json", [order("长沙同名有限公司", 7, "张三")]))
    derive_into(graph, pack)
    assert present_view(graph) == view


def test_an_individual_business_is_never_linked_by_name(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    row = company("岳麓区张记粉店", 1, "张三", citizen(1), kind="92", 企业类型="个体工商户")
    for turn in (0, 1):
        wipe(graph, keys)
        files = [("sample", put("register.csv", [row])), ("court-limits", put("o.json", [order("岳麓区张记粉店", 7)]))]
        for source, path in files if turn else reversed(files):
            load_file(source, path)
        assert orders_of(graph, code(1, "92"), keys) == []
        assert resolve(graph, "岳麓区张记粉店")[0] is None


def test_namesakes_stay_two(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    rows = [company(f"长沙{n}号有限公司", n, "周海燕", citizen(n)) for n in (1, 2)]
    load_file("sample", put("register.csv", rows))
    one, two = (the_key(graph, citizen(n), keys) for n in (1, 2))
    assert one != two
    party, candidates = resolve(graph, "周海燕")
    assert party is None
    assert {c.key for c in candidates} == {one, two}


def test_a_name_at_an_entity_is_the_one_who_holds_a_post_there(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    rows = [company("长沙1号有限公司", 1, "周海燕", citizen(1)), company("长沙2号有限公司", 2, "李四", citizen(2))]
    load_file("sample", put("register.csv", rows))
    load_file(
        "court-limits",
        put("o.json", [order(f"长沙{n}号有限公司", n, "周海燕") for n in (1, 2)]),
    )
    heads = {
        n: facts(party_file(graph, the_key(graph, code(n), keys), as_of=DAY), "LEGAL_REPRESENTATIVE_OF") for n in (1, 2)
    }
    person = the_key(graph, citizen(1), keys)
    assert {f.from_ for f in heads[1]} == {person}
    assert sorted(f.match for f in heads[1]) == [[], ["from: exact-name", "to: exact-name"]]
    # At the other company nobody of that name is known: that is somebody else.
    assert {f.from_ for f in heads[2]} == {the_key(graph, citizen(2), keys), *{f.from_ for f in heads[2] if f.match}}
    assert person not in {f.from_ for f in heads[2]}
    # A second one of that name at the first company: now nobody can say which.
    load_file("sample", put("officers.csv", [officer("长沙1号有限公司", 1, "周海燕", citizen(3))]))
    answer = party_file(graph, the_key(graph, code(1), keys), as_of=DAY)
    named = [f for f in facts(answer, "LEGAL_REPRESENTATIVE_OF") if f.source == "court-limits"]
    assert len(named) == 1
    assert named[0].from_ not in {person, the_key(graph, citizen(3), keys)}


def test_every_key_ever_issued_resolves(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    load_file("court-limits", put("o.json", [order("长沙甲有限公司", 7, "张三")]))
    issued = {r["key"]: r["name"] for r in graph.read("MATCH (p:Party) RETURN p.key AS key, p.name AS name")}
    load_file("sample", put("register.csv", [company("长沙甲有限公司", 1, "张三", citizen(1))]))
    now = {name: the_key(graph, number, keys) for name, number in (("长沙甲有限公司", code(1)), ("张三", citizen(1)))}
    assert set(now.values()).isdisjoint(issued)
    for key, name in issued.items():
        party, _ = resolve(graph, key)
        assert party is not None
        assert party.key == now.get(name, key), name
        assert [c.key for c in find(graph, key, as_of=DAY).candidates] == [party.key]


def test_all_numbers_of_an_entity_find_it(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    both = {"CF_XDR_SHXYM": code(1), "CF_XDR_GSZC": reg(1)}
    rows = (
        penalty("长沙甲有限公司", "长市监罚〔2024〕1号", CF_XDR_GSZC=reg(1)),
        penalty("长沙甲有限公司", "长市监罚〔2024〕2号", **both),
        penalty("长沙甲有限公司", "长市监罚〔2024〕3号", CF_XDR_SHXYM=code(1)),
    )
    views = []
    for turn in itertools.permutations(rows):
        wipe(graph, keys)
        for row in turn:
            load_file("shuanggongshi", put("penalties.csv", [row]))
        key = the_key(graph, code(1), keys)
        assert key == the_key(graph, reg(1), keys)
        assert key == the_key(graph, f" {code(1).lower()} ", keys)
        assert len(facts(party_file(graph, key, as_of=DAY), "IMPOSED_ON")) == 3
        views.append(present_view(graph))
        # The same rows once more, in another file: nothing new, whichever number found the party.
        (again,) = load_file("shuanggongshi", put("penalties.csv", list(reversed(turn))))
        assert (again.accepted, again.duplicate) == (0, 3)
    for view in views:
        assert view == views[0]


def test_a_row_with_both_numbers_makes_two_parties_one_and_says_so(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    name = "长沙甲有限公司"
    load_file("shuanggongshi", put("penalties.csv", [penalty(name, "长市监罚〔2024〕1号", CF_XDR_GSZC=reg(1))]))
    load_file("sample", put("register.csv", [company(name, 1, "张三", citizen(1))]))
    load_file("court-limits", put("o.json", [order(name, 7, "张三")]))
    two = {the_key(graph, number, keys) for number in (code(1), reg(1))}
    assert len(two) == 2, "nothing says yet that they are one"
    both = penalty(name, "长市监罚〔2024〕2号", CF_XDR_SHXYM=code(1), CF_XDR_GSZC=reg(1))
    (run,) = load_file("shuanggongshi", put("penalties.csv", [both]))
    key = the_key(graph, code(1), keys)
    assert {the_key(graph, text, keys) for text in (code(1), reg(1), name, *two)} == {key}
    found = facts(party_file(graph, key, as_of=DAY), "IMPOSED_ON")
    assert sorted(f.match for f in found) == [[], [], ["to: exact-name"]]
    (record,) = corrections(graph)
    assert (record.kind, record.keep, record.author) == ("joined", key, "creditgraph")
    assert run.run in record.reason
    assert [[c.id for c in f.corrections or ()] for f in found].count([record.id]) == 1


# --- killed -----------------------------------------------------------------------------------------------

DONE = "MATCH (r:Run) RETURN coalesce(sum(r.rows_in), 0) AS rows, count(CASE r.state WHEN 'loading' THEN 1 END) AS open"
WAITING = "MATCH (p:Party) WHERE p.caches_dirty RETURN count(p) AS n"


@pytest.mark.once
def test_a_killed_load_run_again_gives_the_same_graph(
    graph: Graph,
    keys: Keys,
    pack: RulePack,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "files"
    rows = sum(n for f, n in generate(400, 3, folder)["files"].items() if f not in _OTHER_SOURCES)
    command = [sys.executable, "-c", SMALL_BATCHES, "load", "sample", str(folder), "--store", server.store]

    def killed(when: Callable[[], bool]) -> None:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while not when():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL

    def loaded() -> int:
        return graph.read(DONE)[0]["rows"]

    reached = []
    for share in (0.1, 0.6):
        killed(lambda share=share: loaded() > share * rows)
        reached.append(loaded())
    assert 0 < reached[0] < reached[1] < rows
    # All rows are in, and of the parties that wait for their caches some are done.
    most = 0

    def refreshing() -> bool:
        nonlocal most
        waiting = graph.read(WAITING)[0]["n"]
        most = max(most, waiting)
        return loaded() == rows and waiting < most

    killed(refreshing)
    assert graph.read(DONE)[0]["open"] > 0
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    derive_into(graph, pack)
    balanced(graph)
    found = fingerprint(graph, keys)

    wipe(graph, keys)
    monkeypatch.setattr(engine, "ROWS_AT_ONCE", 250)
    monkeypatch.setattr(caches, "PASS", 300)
    load(graph, keys, SOURCES["sample"], folder)
    derive_into(graph, pack)
    expected = fingerprint(graph, keys)
    assert [x for x in found if x not in set(expected)][:3] == []
    assert found == expected


_OTHER_SOURCES = ("penalties.csv", "licences.csv", "court_limits.json")


def test_two_codes_are_two_companies_whatever_weaker_number_they_share(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    """One of the two rows is wrong: that is a case for `codes list`, and no reason to make two companies one."""
    rows = [
        penalty(f"长沙{n}号有限公司", f"长市监罚〔2024〕{n}号", CF_XDR_SHXYM=code(n), CF_XDR_GSZC=reg(5))
        for n in (1, 2)
    ]
    for files in ([rows], [[rows[0]], [rows[1]]], [[rows[1]], [rows[0]]]):
        wipe(graph, keys)
        for part in files:
            load_file("shuanggongshi", put("penalties.csv", part))
        first, second = the_key(graph, code(1), keys), the_key(graph, code(2), keys)
        assert first != second
        assert [len(orders_of(graph, code(n), keys)) for n in (1, 2)] == [1, 1]


# --- bad input --------------------------------------------------------------------------------------------


def test_bad_files_are_named_and_nothing_is_written(
    graph: Graph, server: Server, cli: Cli, put: Put, tmp_path: Path
) -> None:
    good = put("register.csv", [company("长沙甲有限公司", 1)])
    text = good.read_text(encoding="utf-8")
    files = {name: tmp_path / name for name in ("header.csv", "encoding.csv", "broken.xlsx", "empty.csv", "rows.csv")}
    files["header.csv"].write_text(text.replace("统一社会信用代码", "信用代码"), encoding="utf-8")
    files["encoding.csv"].write_bytes(text.encode("utf-8") + "长沙".encode() * 20 + b"\xff\xfe\n")
    files["broken.xlsx"].write_bytes(b"PK\x03\x04 no archive")
    files["empty.csv"].write_bytes(b"")
    files["rows.csv"].write_text(text.splitlines()[0] + "\n", encoding="utf-8")
    (tmp_path / "nothing").mkdir()
    for arguments, words in (
        (("sample", str(tmp_path / "missing.csv")), ("missing.csv", "no such file", "Check the path")),
        (("wrong", str(good)), ("no source 'wrong'", "court-limits")),
        (("court-limits", str(good)), ("register.csv", "限制高消费企业名称", "court-limits")),
        (("sample", str(tmp_path / "nothing")), ("nothing", "register.csv", "right source")),
        (("sample", str(files["header.csv"])), ("header.csv", "line 1", "统一社会信用代码")),
        (("sample", str(files["encoding.csv"])), ("encoding.csv", "line 3", "UTF-8", "Save it")),
        (("nfra", str(files["broken.xlsx"])), ("broken.xlsx", "damaged", "again")),
        (("sample", str(files["empty.csv"])), ("empty.csv", "empty", "again")),
        (("sample", str(files["rows.csv"])), ("rows.csv", "no rows")),
    ):
        code_, out, err = cli("load", *arguments, "--store", server.store)
        assert code_ == 2, (arguments, err)
        assert out == ""
        assert len(err.strip().splitlines()) == 1, err
        for word in words:
            assert word in err, (word, err)
    assert graph.position() == 0
    assert graph.read("MATCH (n) WHERE NOT n:Clock RETURN count(n) AS n")[0]["n"] == 0


def test_a_bad_row_deep_in_a_json_file_is_named(graph: Graph, put: Put, load_file: LoadFile) -> None:
    rows = [order(f"长沙{n}号有限公司", n) for n in range(1, 31)]
    rows[29]["限高发布日期"] = "2024-02-30"
    (run,) = load_file("court-limits", put("o.json", rows))
    assert (run.accepted, run.rejected) == (29, 1)
    (fault,) = rejected(graph, run.run)
    assert (fault["line"], fault["field"]) == (30, "限高发布日期")


def test_neo4j_away_is_said_in_one_line(put: Put, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli.root import main; main()", "load", "sample", str(put("register.csv", []))],
        env={**os.environ, "CREDITGRAPH_NEO4J_URI": "bolt://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "CREDITGRAPH_NEO4J_URI" in done.stderr


def test_another_id_key_is_refused_before_anything_is_written(
    graph: Graph, server: Server, cli: Cli, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITGRAPH_ID_KEY", "ab" * 32)
    code_, _, err = cli(
        "load", "sample", str(put("register.csv", [company("长沙甲有限公司", 1)])), "--store", server.store
    )
    assert code_ == 2
    assert "id key changed" in err
    assert graph.position() == 0


def test_another_id_key_is_refused_to_whoever_asks(
    graph: Graph, keys: Keys, server: Server, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He would be told that there is nobody of that number."""
    graph.prepare(keys.fingerprint)
    monkeypatch.setenv("CREDITGRAPH_ID_KEY", "ab" * 32)
    for command in (["find", "长沙"], ["lookup", "长沙甲有限公司"], ["check", "offices"]):
        code_, out, err = cli(*command, "--store", server.store)
        assert (code_, out) == (2, ""), command
        assert "id key changed" in err


def test_a_source_that_has_nothing_to_say_of_a_file(load_file: LoadFile, put: Put) -> None:
    with pytest.raises(SourceError, match=r"register\.csv, line 1"):
        load_file("nfra", put("register.csv", []))


def test_rejected_rows_come_out_whole_and_mended_they_load(
    graph: Graph, put: Put, load_file: LoadFile, cli: Cli, server: Server, tmp_path: Path
) -> None:
    good, bad = company("长沙甲有限公司", 1, "张三", citizen(1)), company("长沙乙有限公司", 2, "李四", citizen(2))
    wrong = {**bad, "统一社会信用代码": bad["统一社会信用代码"][:-1] + "A", "所在省份": '带"引号",逗号\n换行'}
    (run,) = load_file("sample", put("register.csv", [good, wrong]))
    assert (run.accepted, run.rejected) == (1, 1)
    exit_code, output, error = cli("ledger", "show", run.run, "--store", server.store, "--json")
    assert exit_code == 0, error
    shown = json.loads(output)
    assert (shown["rejected"], [f["rows"] for f in shown["faults"]]) == (1, [1])
    file = tmp_path / "mend.csv"
    exit_code, output, error = cli("ledger", "rejected", run.run, "--out", str(file), "--store", server.store)
    assert (exit_code, output) == (0, ""), error
    assert file.stat().st_mode & 0o077 == 0
    with file.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert {k: v for k, v in row.items() if not k.startswith("_")} == {**dict.fromkeys(REGISTER_COLUMNS, ""), **wrong}
    assert row["_line"] == "3"
    assert row["_reason"]
    mended = put("register.csv", [])
    with mended.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        writer.writeheader()
        writer.writerow({**row, "统一社会信用代码": bad["统一社会信用代码"]})
    (again,) = load_file("sample", mended)
    assert (again.rows_in, again.accepted) == (1, 1)
    exit_code, _, error = cli("ledger", "rejected", "no-such-run", "--store", server.store)
    assert (exit_code, "no run" in error) == (2, True)
