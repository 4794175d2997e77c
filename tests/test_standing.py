"""Whose word it is, of which day, and on what it stands: what no official source says is no hit, and never clear."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_model.events import Event
from graph_model.record_classes import is_third_party
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.decisions.events import record
from loaders.derive import derive_into
from loaders.load.engine import load
from loaders.sources import SOURCES
from queries.answers import Answer, SanctionRef, overall_status
from queries.lookup import lookup
from queries.network.exposure import exposure
from queries.party.parties import party_file, party_refs, resolve
from queries.party.search import find
from queries.projection.current import opened
from queries.read.moment import Moment
from queries.screen import Screener
from tests.support.graphs import the_key
from tests.support.invented import citizen, code, company
from tests.support.rows import officer, penalty
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 7, 1)
NAME, NEAR = "长沙言明食品有限公司", "长沙邻近食品有限公司"
ORGAN, GUILD = "长沙市市场监督管理局", "长沙市食品行业协会"
LISTED = "市场监督管理严重违法失信名单"


def entry(
    name: str, number: int, *, organ: str = ORGAN, stands_on: str = "", day: str = "2025-03-01"
) -> dict[str, Any]:
    """A row of a black list."""
    row = {"名单类别": "黑名单", "名单名称": LISTED, "主体名称": name, "主体类别": "法人及非法人组织"}
    row |= {"统一社会信用代码": code(number), "认定机关": organ, "文号": f"长列〔2025〕{number}号", "列入日期": day}
    return row | {"列入依据文号": stands_on}


def organ_row(name: str, roles: str) -> dict[str, Any]:
    columns = ("机关名称", "统一社会信用代码", "行政区划", "上级机关", "名称起", "名称止", "承继机关", "承继日期")
    return dict.fromkeys(columns, "") | {"机关名称": name, "职责角色": roles}


@pytest.fixture
def two(graph: Graph, load_file: LoadFile, put: Put) -> Graph:
    """Two companies that share a director, and nothing against either."""
    load_file("sample", put("register.csv", [company(n, i, f"张{i}", citizen(i)) for i, n in ((1, NAME), (2, NEAR))]))
    posts = [officer(n, i, "李四", citizen(9)) for i, n in ((1, NAME), (2, NEAR))]
    load_file("sample", put("officers.csv", posts))
    return graph


class Asked:
    """One party, asked about every way."""

    def __init__(self, graph: Graph, keys: Keys, pack: RulePack, folder: Path, day: date = DAY) -> None:
        self.graph, self.keys, self.pack, self.day = graph, keys, pack, day
        self.reader = opened(graph, folder).reader()

    def lookup(self, number: int) -> Answer:
        return lookup(self.graph, self.pack, code(number), as_of=self.day, hash=self.keys.hash)

    def statuses(self, number: int) -> dict[str, str]:
        """By lookup, exposure live and from the copy, and screen."""
        key = the_key(self.graph, code(number), self.keys)
        live = exposure(self.graph, key, as_of=self.day)
        copy = exposure(self.graph, key, as_of=self.day, reader=self.reader)
        assert live.model_dump(exclude={"explored"}) == copy.model_dump(exclude={"explored"})
        (row,) = Screener(self.graph, self.reader, self.pack, as_of=self.day).screen([[("code", code(number))]])
        return {"lookup": self.lookup(number).status, "exposure": live.status, "screen": row["result"]}


@pytest.fixture
def ask(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> Callable[..., Asked]:
    numbers = itertools.count()

    def asked(day: date = DAY) -> Asked:
        derive_into(graph, pack)
        folder = tmp_path / f"copy{next(numbers)}"
        folder.mkdir()
        return Asked(graph, keys, pack, folder, day)

    return asked


def same_everywhere(asked: Asked, number: int, status: str) -> None:
    assert set(asked.statuses(number).items()) == {(way, status) for way in ("lookup", "exposure", "screen")}


# --- whose word -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trust", ["self_declared", "reference"])
def test_what_no_official_source_states_is_no_hit_and_not_clear(
    two: Graph, keys: Keys, put: Put, load_file: LoadFile, ask: Callable[..., Asked], cli: Cli, trust: Any
) -> None:
    told = replace(SOURCES["shuanggongshi"], id="told", trust=trust)
    rows = [penalty(NAME, "长罚〔2025〕1号", CF_XDR_SHXYM=code(1), CF_JDRQ="2025-03-01")]
    load(two, keys, told, put("told.json", rows), data_date=date(2026, 6, 30))
    asked = ask()
    same_everywhere(asked, 1, "incomplete")
    same_everywhere(asked, 2, "incomplete")  # nearby: neither a hit nor clear
    answer = asked.lookup(1)
    (own,) = answer.sanctions
    assert (own.trust, own.status, own.data_date) == (trust, "in_force", date(2026, 6, 30))
    assert {(f.trust, f.openness) for f in own.facts} == {(trust, "open")}
    assert [(c.reason, [r.key for r in c.records]) for c in answer.cut] == [("unofficial", [own.key])]
    assert (answer.complete, answer.consequences, answer.party and answer.party.sanctioned) == (False, [], False)
    status, shown, _ = cli("lookup", code(1), "--store", two.name, "--as-of", DAY.isoformat(), "--fail-on-hit")
    assert (status, f"no official source: {trust.replace('_', '-')}" in shown) == (4, True)
    # The organ's own word beside it: the same decision, and a hit.
    load_file("shuanggongshi", put("official.json", rows, "2026-06-29"))
    asked = ask()
    same_everywhere(asked, 1, "hit")
    assert [s.trust for s in asked.lookup(1).sanctions] == ["official"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_association_informs_whatever_source_and_order(
    two: Graph, keys: Keys, put: Put, load_file: LoadFile, ask: Callable[..., Asked], order: tuple[int, ...]
) -> None:
    """The table of organs says what an organ is; a list that it keeps informs and triggers nothing (GB-11)."""
    keeper = "长沙市食品诚信促进中心"
    files = [
        lambda: load_file("lists", put("l.json", [entry(NAME, 1, organ=keeper)])),
        lambda: load_file("organs", put("o.json", [organ_row(keeper, "O08")])),
    ]
    for place in order:
        files[place]()
    asked = ask()
    same_everywhere(asked, 1, "incomplete")
    assert [s.trust for s in asked.lookup(1).sanctions] == ["reference"]
    assert asked.lookup(1).consequences == []
    # The table is corrected: it is an authority, and so it is a hit, and measures follow.
    load_file("organs", put("o2.json", [organ_row(keeper, "O02")], "2026-08-01"))
    asked = ask()
    same_everywhere(asked, 1, "hit")
    assert asked.lookup(1).consequences != []


def test_without_a_table_the_name_of_an_organ_tells(
    two: Graph, put: Put, load_file: LoadFile, ask: Callable[..., Asked]
) -> None:
    load_file("lists", put("l.json", [entry(NAME, 1, organ=GUILD)]))
    same_everywhere(ask(), 1, "incomplete")
    load_file("organs", put("o.json", [organ_row(GUILD, "O01;O02")]))  # the table stands before the name
    same_everywhere(ask(), 1, "hit")


@pytest.mark.parametrize(
    ("name", "third"),
    [
        (GUILD, True),
        ("湖南省工商业联合会", True),
        ("某某农村商业银行股份有限公司", True),
        ("某某征信有限公司", True),
        (ORGAN, False),
        ("中国人民银行长沙中心支行", False),
        ("国家金融监督管理总局湖南监管局", False),
        ("长沙市中级人民法院", False),
    ],
)
def test_names_of_third_parties(name: str, third: bool) -> None:
    assert is_third_party(name) is third


# --- on what it stands ----------------------------------------------------------------------------------------

PENALTY = "长市监罚〔2025〕7号"


def fine(graph: Graph, load_file: LoadFile, put: Put) -> str:
    rows = [penalty(NAME, PENALTY, CF_XDR_SHXYM=code(1), CF_JDRQ="2025-02-01", CF_CFJG=ORGAN)]
    load_file("shuanggongshi", put("fine.json", rows))
    return graph.read("MATCH (s:Sanction {document_number: $n}) RETURN s.key AS key", n=PENALTY)[0]["key"]


def withdrawn(graph: Graph, sanction: str, kind: str = "withdrawal") -> Event:
    event = Event("", kind, "withdrawn", sanction, date(2026, 3, 10), role="source_organ", author="t", reason="撤销")
    (done,) = record(graph, [event], today=DAY)
    return done


def entry_of(answer: Answer) -> SanctionRef:
    return next(s for s in answer.sanctions if s.kind == "list_entry")


@pytest.mark.parametrize("late", [False, True])
def test_a_listing_falls_with_the_penalty_on_which_it_stands(
    two: Graph, put: Put, load_file: LoadFile, ask: Callable[..., Asked], late: bool
) -> None:
    """Also when the list comes after the withdrawal. Until the day before it stood."""
    key = fine(two, load_file, put)
    listing = put("l.json", [entry(NAME, 1, stands_on=PENALTY), entry(NEAR, 2, stands_on="长市监罚〔2025〕8号")])
    if not late:
        load_file("lists", listing)
        same_everywhere(ask(), 1, "hit")
    event = withdrawn(two, key)
    if late:
        load_file("lists", listing)
    asked = ask()
    answer = asked.lookup(1)
    own = entry_of(answer)
    assert (own.status, own.until) == ("ended", event.day)
    assert PENALTY in (own.ended_by or "")
    assert event.id in (own.ended_by or "")
    assert {c.status for c in answer.consequences} == {"ended"}
    assert {c.until for c in answer.consequences} == {event.day}
    assert [s.kind for s in answer.sanctions] == ["list_entry"]  # the penalty itself is shown to nobody
    assert entry_of(asked.lookup(2)).status == "in_force"  # that one stands on another penalty
    assert "hit" in asked.statuses(1).values()  # its neighbour is listed
    before = ask(date(2026, 3, 9))
    assert entry_of(before.lookup(1)).status == "in_force"
    assert {c.status for c in before.lookup(1).consequences} & {"active", "candidate"}


def test_what_was_not_known_yet_did_not_end_a_listing(
    two: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    key = fine(two, load_file, put)
    load_file("lists", put("l.json", [entry(NAME, 1, stands_on=PENALTY)]))
    then = two.position()
    withdrawn(two, key)
    mine = the_key(two, code(1), keys)
    moment = Moment.of(two, DAY)
    past = replace(moment, known_at=DAY, position=then)
    assert entry_of(exposure(two, mine, as_of=past)).status == "in_force"
    assert entry_of(exposure(two, mine, as_of=moment)).status == "ended"


def test_a_repaired_penalty_ends_no_listing(
    two: Graph, put: Put, load_file: LoadFile, ask: Callable[..., Asked]
) -> None:
    key = fine(two, load_file, put)
    load_file("lists", put("l.json", [entry(NAME, 1, stands_on=PENALTY)]))
    step = Event("", "repair", "", key, date(2026, 4, 2), role="source_organ", author="t", reason="已纠正", case="R1")
    details = {"type": "bankruptcy"}
    for stage in ("applied", "accepted", "granted"):
        record(two, [replace(step, stage=stage, details=details if stage == "applied" else {})], today=DAY)
    assert entry_of(ask().lookup(1)).status == "in_force"


# --- of which day ---------------------------------------------------------------------------------------------


def marks(graph: Graph, number: int, day: date) -> tuple[Any, Any]:
    party, _ = resolve(graph, code(number), moment=Moment.of(graph, day))
    assert party is not None
    return party.sanctioned, party.had_sanctions


def test_marks_of_a_party_are_those_of_the_day(two: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    row = entry(NAME, 1) | {"移出日期": "2026-03-01"}
    load_file("lists", put("l.json", [row]))
    days = {
        "2025-02-28": (False, False),
        "2025-03-01": (True, False),
        "2026-02-28": (True, False),
        "2026-03-01": (False, True),
    }
    for day, wanted in days.items():
        assert marks(two, 1, date.fromisoformat(day)) == wanted, day
        (found,) = [c for c in find(two, NAME, as_of=date.fromisoformat(day)).candidates if c.name == NAME]
        assert (found.sanctioned, found.had_sanctions) == wanted
    assert marks(two, 2, DAY) == (False, False)
    assert party_refs(two, [the_key(two, code(1), keys)])[the_key(two, code(1), keys)].sanctioned is None


def test_neutral_rows_are_no_record(two: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    file = party_file(two, the_key(two, code(1), keys), as_of=DAY)
    assert (file.status, file.facts != []) == ("clear", True)
    load_file("lists", put("l.json", [entry(NAME, 1)]))
    assert party_file(two, the_key(two, code(1), keys), as_of=DAY).status == "hit"
    assert party_file(two, the_key(two, code(1), keys), as_of=date(2025, 2, 28)).status == "clear"


# --- one status -----------------------------------------------------------------------------------------------


def test_the_status_of_several_parts() -> None:
    for parts in itertools.product(("hit", "incomplete", "clear", "stale"), repeat=3):
        wanted = "hit" if "hit" in parts else "incomplete" if "incomplete" in parts else "clear"
        assert overall_status(parts) == wanted


@pytest.mark.once
def test_every_party_of_the_sample_has_one_status_whichever_way_one_asks(
    sample_graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    reader = opened(sample_graph, tmp_path).reader()
    parties = [r["key"] for r in sample_graph.read("MATCH (p:Party) WHERE (p)<-[:IDENTIFIES]-() RETURN p.key AS key")]
    for day, some in ((date(2026, 11, 22), parties), (date(2023, 6, 30), parties[::10])):
        told = Screener(sample_graph, reader, pack, as_of=day).screen([[("number", key)] for key in some])
        screened = {key: row["result"] for key, row in zip(some, told, strict=True)}
        looked = {key: lookup(sample_graph, pack, key, as_of=day).status for key in some}
        assert looked == screened
        assert set(looked.values()) >= {"hit", "clear"}
