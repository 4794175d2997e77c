"""One moment per answer: whatever is written while a question is read, its answer is that of before or of after."""

import csv
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import queries
from graph_model.errors import StoreUnavailable
from graph_model.events import Event
from graph_model.profiles import TierTable, WhitelistProfile, load_matters
from graph_model.rules import RulePack
from graph_model.store.connect import Graph, today
from graph_model.store.keys import Keys
from loaders.decisions.events import record
from loaders.derive import derive_into
from loaders.load.catalogue import load_catalogue, read_catalogue
from queries.casework.due import due
from queries.casework.published import published
from queries.casework.repair import repair_status
from queries.casework.tasks import tasks
from queries.checks.bidders import check_bidders, check_tender
from queries.checks.offices import check_appointment, check_offices
from queries.checks.repeats import check_repeats
from queries.checks.supervise import supervise
from queries.checks.suppliers import check_bribery, check_suppliers, check_suppliers_of
from queries.checks.whitelist import whitelist
from queries.law.consequences import consequence, consequences_from, consequences_of
from queries.law.incentives import incentives_of
from queries.law.what_if import what_if
from queries.law.why_not import why_not
from queries.lookup import lookup
from queries.matter import check_matter
from queries.network.exposure import exposure
from queries.network.exposure_explained import explain_exposure
from queries.network.listed_owners import listed_owners
from queries.network.neighbours import circle, common
from queries.network.ownership import ownership
from queries.network.paths import paths
from queries.network.reached import listed_parties
from queries.network.whole_graph import WholeGraph, read_whole
from queries.party.listed import listed
from queries.party.parties import neighbours, party_file, resolve, standing_key
from queries.party.sanction_filter import SanctionFilter
from queries.party.search import find
from queries.read import moment as moment_module
from queries.supply.catalogue import catalogue, catalogue_due
from queries.supply.organs import organs, owner_today
from queries.supply.quality import quality
from tests.support.invented import citizen, code, company, decision
from tests.support.types import LoadFile, Put

DAY = date(2026, 11, 22)
SANCTIONS = 16
"""One is withdrawn at each try, so that there is always one left."""


@dataclass
class World:
    """A company with many sanctions, its head, and a company that he heads too."""

    graph: Graph
    pack: RulePack
    company: str
    head: str
    near: str
    sanctions: list[str]
    asked: str = ""
    """The sanction of which questions ask: the one that is withdrawn next, until another is chosen."""
    measure: str = ""
    """One of its consequences."""

    def choose(self) -> None:
        """Ask of the sanction that is withdrawn next."""
        self.asked = self.sanction
        (row, *_) = self.graph.read("MATCH (c:Consequence {sanction: $key}) RETURN c.key AS key", key=self.asked)
        self.measure = row["key"]

    @property
    def sanction(self) -> str:
        """The next one that is withdrawn."""
        return self.sanctions[0]

    def withdraw(self) -> None:
        """What is written in between: the owner takes a sanction back, and the consequences are derived anew."""
        key = self.sanctions.pop(0)
        event = Event("", "withdrawal", "withdrawn", key, date(2026, 11, 1), role="source_organ", reason="复议决定撤销")
        record(self.graph, [event], today=DAY)
        derive_into(self.graph, self.pack)


PROFILE = WhitelistProfile.model_validate({"name": "名单", "excluded": [{"name": "处罚", "kinds": ["penalty"]}]})
TABLE = TierTable.model_validate(
    {
        "name": "表",
        "tiers": [{"tier": "D", "title": "重点", "weight": 3, "all": [{"record": {"kinds": ["penalty"]}}]}],
        "otherwise": {"tier": "B", "title": "常规", "weight": 1},
    }
)

Question = Callable[[World], Any]
QUESTIONS: dict[Callable[..., Any], Question] = {
    lookup: lambda w: lookup(w.graph, w.pack, w.company, as_of=DAY),
    find: lambda w: find(w.graph, "长沙甲食品有限公司", as_of=DAY),
    party_file: lambda w: party_file(w.graph, w.company, as_of=DAY),
    neighbours: lambda w: neighbours(w.graph, w.company, as_of=DAY),
    standing_key: lambda w: standing_key(w.graph, w.company, DAY),
    consequences_of: lambda w: consequences_of(w.graph, w.pack, w.head, as_of=DAY, others=True),
    consequences_from: lambda w: consequences_from(w.graph, w.pack, w.asked, as_of=DAY),
    consequence: lambda w: consequence(w.graph, w.pack, w.measure, as_of=DAY),
    exposure: lambda w: exposure(w.graph, w.near, as_of=DAY),
    published: lambda w: published(w.graph, w.pack, w.company, as_of=DAY),
    listed: lambda w: listed(w.graph, w.pack, "REVOKE_FOOD_LICENCE", as_of=DAY),
    listed_owners: lambda w: listed_owners(w.graph, w.near, as_of=DAY),
    listed_parties: lambda w: listed_parties(w.graph, SanctionFilter(kinds=("penalty",)), as_of=DAY),
    explain_exposure: lambda w: explain_exposure(w.graph, w.near, as_of=DAY),
    ownership: lambda w: ownership(w.graph, w.company, as_of=DAY),
    paths: lambda w: paths(w.graph, [w.company], [w.near], as_of=DAY),
    common: lambda w: common(w.graph, [w.company, w.near], as_of=DAY),
    circle: lambda w: circle(w.graph, [w.company], as_of=DAY),
    read_whole: lambda w: read_whole(w.graph, as_of=DAY),
    check_bidders: lambda w: check_bidders(w.graph, w.pack, [w.company, w.near], as_of=DAY),
    check_tender: lambda w: check_tender(w.graph, w.pack, "A-01", otherwise=DAY),
    check_suppliers: lambda w: check_suppliers(w.graph, w.pack, [w.company], as_of=DAY),
    check_suppliers_of: lambda w: check_suppliers_of(w.graph, w.pack, w.near, as_of=DAY),
    check_bribery: lambda w: check_bribery(w.graph, w.pack, [w.company, w.near], as_of=DAY),
    check_appointment: lambda w: check_appointment(w.graph, w.pack, w.head, as_of=DAY),
    check_offices: lambda w: check_offices(w.graph, w.pack, as_of=DAY),
    check_matter: lambda w: check_matter(
        w.graph, w.pack, [w.company, w.near], name="contract", matter=load_matters(w.pack)["contract"], as_of=DAY
    ),
    check_repeats: lambda w: check_repeats(w.graph, w.pack, as_of=DAY),
    whitelist: lambda w: list(whitelist(w.graph, PROFILE, as_of=DAY)),
    supervise: lambda w: list(supervise(w.graph, TABLE, as_of=DAY)),
    repair_status: lambda w: repair_status(w.graph, w.pack, [w.asked], as_of=DAY),
    due: lambda w: due(w.graph, w.pack, as_of=DAY),
    tasks: lambda w: tasks(w.graph, w.pack, as_of=DAY),
    what_if: lambda w: what_if(w.graph, w.pack, w.pack, as_of=DAY),
    why_not: lambda w: why_not(w.graph, w.pack, w.head, "PR-021", as_of=DAY),
    incentives_of: lambda w: incentives_of(w.graph, w.pack, w.company, as_of=DAY),
    catalogue: lambda w: catalogue(w.graph),
    catalogue_due: lambda w: catalogue_due(w.graph, as_of=today()),
    organs: lambda w: organs(w.graph),
    owner_today: lambda w: owner_today(w.graph, "郴州市市场监督管理局", as_of=DAY),
    quality: lambda w: quality(w.graph, w.pack),
}

WHILE_READ = {read_whole, whitelist, supervise}
"""Lists of everybody, read page by page: a withdrawal counts from the next page on, and the position is that of before."""


CATALOGUE = """
version: 2026-1
items:
  - {item: 行政处罚, owner: 长沙市人社局, source: shuanggongshi, record_class: licence_penalty, period: 7wd, mode: copy,
     legal_basis: 发改办财金〔2018〕424号}
"""


def a_table(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    with (folder / name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


@pytest.fixture
def world(graph: Graph, keys: Keys, put: Put, load_file: LoadFile, pack: RulePack, tmp_path: Path) -> World:
    rows = [company("长沙甲食品有限公司", 1, "张三", citizen(1)), company("长沙乙贸易有限公司", 2, "张三", citizen(1))]
    load_file("sample", put("register.csv", rows))
    kinds = ("REVOKE_FOOD_LICENCE", "REVOKE_BUSINESS_LICENCE")
    decided = [
        decision("长沙甲食品有限公司", 1, kinds[n % 2], 决定文号=f"郴市监罚〔2024〕{n}号") for n in range(SANCTIONS)
    ]
    load_file("sample", put("decisions.csv", decided))
    lot = {"标段编号": "A-01", "标段名称": "食堂工程", "招标人": "长沙市湘江中学", "招标人代码": code(90, "12")}
    bids = [lot | {"投标人": r["企业名称"], "投标人代码": r["统一社会信用代码"], "是否中标": "否"} for r in rows]
    load_file("tenders", a_table(tmp_path, "bids.csv", bids))
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE, encoding="utf-8")
    load_catalogue(graph, read_catalogue(tmp_path / "catalogue.yaml"))
    derive_into(graph, pack)

    def key(text: str) -> str:
        party, _ = resolve(graph, text, hash=keys.hash)
        assert party is not None
        return party.key

    found = [r["k"] for r in graph.read("MATCH (s:Sanction) RETURN s.key AS k ORDER BY k")]
    return World(graph, pack, key(code(1)), key(citizen(1)), key(code(2)), found)


def plain(answer: Any) -> Any:
    """An answer, so that two can be compared."""
    if isinstance(answer, BaseModel):
        return answer.model_dump()
    if isinstance(answer, WholeGraph):
        return answer.nodes.to_dicts(), answer.start.tolist(), answer.end.tolist(), answer.kind.tolist()
    return [plain(one) for one in answer] if isinstance(answer, list) else answer


class Between:
    """Writes after the n-th read of a question, and counts the reads."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch, self.reads = patch, 0
        patch.setattr(moment_module, "PATIENCE", 600.0)  # what is written in between takes its time

    def ask(self, world: World, question: Question, after: int | None = None, *, always: bool = False) -> Any:
        read, self.reads, busy = Graph.read, 0, False

        def told(graph: Graph, *args: Any, **more: Any) -> Any:
            nonlocal busy
            rows = read(graph, *args, **more)
            if not busy:
                self.reads += 1
                if self.reads == after or (always and moment_module.MOMENT in args):
                    busy = True
                    world.withdraw()
                    busy = False
            return rows

        with self.patch.context() as patch:
            patch.setattr(Graph, "read", told)
            return plain(question(world))


def with_a_day() -> Iterator[Callable[..., Any]]:
    """Every public function of `queries` that is asked for a day, but for those that take the moment."""
    for module in pkgutil.walk_packages(queries.__path__, "queries."):
        for name, made in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            if made.__module__ == module.name != moment_module.__name__ and not name.startswith("_"):
                parameters = inspect.signature(made).parameters
                if next(iter(parameters), "") == "graph" and {"as_of", "known_at"} & set(parameters):
                    yield made


def test_every_question_with_a_day_is_in_the_table() -> None:
    found = set(with_a_day())
    assert found == set(QUESTIONS), found ^ set(QUESTIONS)


@pytest.mark.graph
@pytest.mark.once
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_what_is_written_in_between_tears_no_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, question: Callable[..., Any]
) -> None:
    between, ask = Between(monkeypatch), QUESTIONS[question]
    world.choose()
    between.ask(world, ask)
    for after in sorted({1, between.reads // 2} - {0}):
        world.choose()
        before = between.ask(world, ask)
        answer = between.ask(world, ask, after)
        assert answer in (before, between.ask(world, ask)), after


@pytest.mark.graph
@pytest.mark.once
def test_a_look_up_shows_a_sanction_and_what_follows_from_it_or_neither(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was: the position of before, the sanction, and none of its consequences."""
    between, ask = Between(monkeypatch), QUESTIONS[lookup]
    between.ask(world, ask)
    for after in range(1, min(between.reads, SANCTIONS - 1)):
        key = world.sanction
        answer = between.ask(world, ask, after)
        shown = key in {s["key"] for s in answer["sanctions"]}
        assert shown == (key in {c["sanction"]["key"] for c in answer["consequences"]})
        assert shown == (answer["position"] < world.graph.position())


@pytest.mark.graph
def test_an_answer_that_never_comes_to_rest_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    between = Between(monkeypatch)
    monkeypatch.setattr(moment_module, "TRIES", 2)
    answer = between.ask(world, QUESTIONS[lookup], always=True)
    assert (answer["status"], answer["complete"]) == ("hit", False)
    assert [c["reason"] for c in answer["cut"]] == ["moved"]
    assert between.ask(world, QUESTIONS[ownership], always=True)["cut"][0]["reason"] == "moved"
    assert between.ask(world, QUESTIONS[paths], always=True)["complete"] is False
    with pytest.raises(StoreUnavailable, match="written to while it was read"):
        between.ask(world, QUESTIONS[due], always=True)


@pytest.mark.graph
def test_a_clear_answer_in_doubt_is_incomplete(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, pack: RulePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_file("sample", put("register.csv", [company("长沙丙贸易有限公司", 3, "李四", citizen(2))]))
    assert lookup(graph, pack, code(3), as_of=DAY).status == "clear"
    position = Graph.position

    def moving(graph: Graph) -> int:
        graph.write("load", lambda tx: None)
        return position(graph)

    monkeypatch.setattr(Graph, "position", moving)
    answer = lookup(graph, pack, code(3), as_of=DAY)
    assert (answer.status, answer.complete) == ("incomplete", False)
    assert "in each of" in answer.cut[0].detail
