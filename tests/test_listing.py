"""How long an entry on a list stands, by the list's own rules: neither in force nor over when only its term is over."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from graph_model.errors import BadRequest
from graph_model.facts import FactRow
from graph_model.list_terms import early_exit, term_of, term_over
from graph_model.rules import RulePack
from graph_model.rules.model import ListAbout
from graph_model.schema import FOREVER
from graph_model.store.connect import Graph, Tx
from graph_model.store.keys import Keys
from loaders.load.engine import load
from loaders.sample.forms import SAMPLE_FILES
from loaders.sources import SOURCES
from queries.checks.suppliers import check_suppliers
from queries.law.consequences import consequences_of
from queries.lookup import lookup
from queries.network.exposure import exposure
from queries.party.listed import listed
from queries.party.parties import status_on
from queries.projection.current import opened
from queries.screen import Screener
from queries.supply.ledger import rejected
from tests.support.copies import same
from tests.support.invented import citizen, code

CASES = yaml.safe_load((Path(__file__).parent / "list_cases.yaml").read_text(encoding="utf-8"))
DAYS = [
    pytest.param(case["entry"], day, said, id=f"{case['name']}, on {day}")
    for case in CASES
    for day, said in case["said"].items()
]


def key_of(letter: str, number: int) -> str:
    """An opaque key, as the store makes them."""
    return f"{letter}-{'a' * 18}{chr(97 + number // 26)}{chr(97 + number % 26)}"


def beside(key: str) -> str:
    """The key of the body next to a listed party."""
    return key.replace("aaaa", "bbbb")


def entry_of(said: dict[str, Any], number: int = 0) -> FactRow:
    assert set(said) <= {"list", "entered", "published", "until", "listed", "gone", "seen"}, said
    return FactRow(
        f"f-{number}",
        "IMPOSED_ON",
        key_of("s", number),
        key_of("e", number),
        since=said["entered"],
        until=said.get("until"),
        data_date=said.get("seen") or said.get("listed") or said["entered"],
        absent_since=said.get("gone"),
        in_snapshot=said.get("listed"),
        props={
            "kind": "list_entry",
            "codes": [said["list"]] if said["list"] else [],
            "decided_on": said["entered"],
            "published_on": said.get("published"),
        },
    )


@pytest.mark.parametrize(("said", "day", "status"), DAYS)
def test_an_entry_stands_as_its_list_says(said: dict[str, Any], day: date, status: str) -> None:
    assert (status_on([entry_of(said)], day)[0] or "none") == status


def test_an_earlier_removal_can_be_applied_for_when_the_list_says_so(pack: RulePack) -> None:
    entry = entry_of({"list": "LIST-04", "entered": date(2024, 1, 31)})
    assert early_exit(entry, pack.list_of["LIST-04"]) == date(2025, 2, 1)
    assert early_exit(entry, pack.list_of["LIST-01"]) is None
    assert early_exit(entry, pack.list_of["LIST-05"]) is None  # counted from the correction, which no source states
    entry = entry_of({"list": "LIST-03", "entered": date(2024, 1, 31), "published": date(2024, 2, 29)})
    assert early_exit(entry, pack.list_of["LIST-03"]) == date(2024, 8, 30)


def test_of_several_lists_the_last_term_counts_and_one_without_a_term_stands(pack: RulePack) -> None:
    entry = entry_of({"list": "LIST-08", "entered": date(2020, 1, 1)})
    entry.props["codes"] = ["LIST-08", "LIST-04"]
    over = term_over(entry, pack.list_of)
    assert over is not None
    assert (over.about.id, over.day) == ("LIST-04", date(2023, 1, 2))
    entry.props["codes"] = ["LIST-08", "LIST-16"]
    assert term_over(entry, pack.list_of) is None
    entry.props["kind"] = "penalty"
    assert term_over(entry, pack.list_of) is None
    assert term_of(entry, pack.list_of["LIST-16"]) is None


# --- asked of a graph -------------------------------------------------------------------------------------


def put_entries(graph: Graph) -> None:
    """Each case with a party of its own (e-…), and a body (n-…) of which that is the director."""
    rows = []
    for number, case in enumerate(CASES):
        entry = entry_of(case["entry"], number)
        props: dict[str, Any] = {k: v for k, v in entry.props.items() if v is not None}
        days = ("since", "until", "data_date", "absent_since", "in_snapshot")
        props |= {k: v for k in days if (v := getattr(entry, k)) is not None}
        props |= {"fact_id": entry.fact_id, "source": "t", "run": "", "rec_from": 1, "rec_to": FOREVER}
        rows.append(
            {
                "number": number,
                "key": entry.end,
                "beside": beside(entry.end),
                "sanction": entry.start,
                "props": props,
            }
        )

    def work(tx: Tx) -> None:
        tx.run(
            "UNWIND $rows AS row "
            "CREATE (p:Party:Entity {key: row.key, name: '长沙列名' + row.number + '有限公司', kind: 'company', "
            "sanctioned: true, hub: false, degree: 1}) "
            "CREATE (n:Party:Entity {key: row.beside, name: '长沙相邻' + row.number + '有限公司', "
            "hub: false, degree: 1}) "
            "CREATE (:Identifier {scheme: 'own', value: p.key})-[:IDENTIFIES {rec_from: 1}]->(p) "
            "CREATE (:Identifier {scheme: 'own', value: n.key})-[:IDENTIFIES {rec_from: 1}]->(n) "
            "CREATE (s:Sanction {key: row.sanction, title: 'x', dirty: true})-[i:IMPOSED_ON]->(p) SET i = row.props "
            "CREATE (p)-[d:DIRECTOR_OF]->(n) SET d = {fact_id: 'd' + row.number, source: 't', run: '', "
            "since: date('2000-01-01'), data_date: date('2026-11-30'), rec_from: 1, rec_to: $f}",
            rows=rows,
            f=FOREVER,
        )

    graph.write("load", work)


def test_every_answer_says_so_and_the_copy_says_the_same(graph: Graph, pack: RulePack, tmp_path: Path) -> None:
    put_entries(graph)
    projection = opened(graph, tmp_path)
    wanted = {"in_force": "hit", "unknown": "hit", "term_over": "incomplete", "ended": "clear", "none": "clear"}
    days = sorted({day for case in CASES for day in case["said"]})
    for day in days:
        reader = projection.reader()
        screener = Screener(graph, reader, pack, hops=1, as_of=day)
        for number, case in enumerate(CASES):
            status = case["said"].get(day)
            if status is None:
                continue
            key = key_of("e", number)
            asked = (case["name"], day)
            own, near = same(graph, projection, [key, beside(key)], hops=1, as_of=day)
            assert (own.status, near.status) == (wanted[status],) * 2, asked
            rows = screener.screen([[("number", key)], [("number", beside(key))]])
            assert [r["exposure"] for r in rows] == [wanted[status]] * 2, asked
            found = lookup(graph, pack, key, hops=1, as_of=day)
            assert found.status == wanted[status], asked
            law = consequences_of(graph, pack, key, as_of=day)
            assert not (status == "term_over" and law.status == "hit"), asked
            for answer in (own, near):
                told = [c for c in answer.cut if c.reason == "term"]
                assert bool(told) == (status == "term_over"), asked
                for cut in told:
                    assert ([r.key for r in cut.records], case["entry"]["list"] in cut.detail) == (
                        [key_of("s", number)],
                        True,
                    )
            if status == "term_over":
                assert [s.status for s in own.sanctions] == ["term_over"]
                assert [h.ring for h in near.hits] == ["surrounding"]
            if case["entry"]["list"] in ("LIST-01", "LIST-03", "LIST-07"):
                findings = check_suppliers(graph, pack, [key], as_of=day).findings
                told_as = {"in_force": "bar", "unknown": "candidate", "term_over": "candidate"}.get(status)
                assert [f.status for f in findings] == ([told_as] if told_as else []), asked


def test_what_the_list_says_of_itself_stands_beside_its_entry(graph: Graph, pack: RulePack) -> None:
    put_entries(graph)
    number = next(n for n, case in enumerate(CASES) if case["name"].startswith("a one-year entry"))
    (sanction,) = exposure(graph, key_of("e", number), as_of=date(2026, 11, 30)).sanctions
    (listing,) = sanction.listing
    about = pack.list_of["LIST-08"]
    assert (listing.id, listing.term, listing.exit, listing.entry) == (about.id, about.term, about.exit, about.entry)
    assert listing.subjects == list(about.subjects)
    assert (listing.term_over, listing.early_exit) == (date(2011, 7, 1), date(2010, 12, 31))
    assert [b.document for b in listing.legal_basis] == [b.document for b in about.legal_basis]


# --- codes that are accepted, and who can stand on a list -------------------------------------------------------


def entry_row(pack: RulePack, about: ListAbout, number: int) -> dict[str, str]:
    """A row of the form `lists`, of somebody who can stand on it."""
    kind = "红名单" if about.classes == ("red",) else "经营异常名录" if "watch" in about.classes else "黑名单"
    row = {"名单类别": kind, "名单名称": f"{about.id}名单", "名单代码": about.id, "文号": f"长列〔2026〕{number}号"}
    row |= {"列入日期": "2026-03-01", "认定机关": "长沙市市场监督管理局"}
    if about.only == "person":
        return row | {"主体名称": f"赵{number}", "主体类别": "自然人", "身份证号码": citizen(number)}
    body = {"主体名称": f"长沙第{number}食品有限公司", "主体类别": "法人及非法人组织", "统一社会信用代码": code(number)}
    return row | body


def test_every_list_that_a_file_may_name_can_be_asked_for(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path
) -> None:
    lists = [about for about in pack.lists if about.classes]
    path = write_rows(tmp_path / "lists.csv", [entry_row(pack, about, n + 1) for n, about in enumerate(lists)])
    (run,) = load(graph, keys, SOURCES["lists"], path)
    assert (run.accepted, run.rejected) == (len(lists), 0)
    for number, about in enumerate(lists, 1):
        found = listed(graph, pack, about.id, as_of=date(2026, 11, 30))
        asked = about.id
        assert (found.status, found.total, found.complete) == ("hit", 1, True), asked
        (one,) = found.parties
        assert one.party.name == entry_row(pack, about, number)["主体名称"], asked
        assert [s.codes for s in one.sanctions] == ([[about.id]] if about.classes != ("red",) else []), asked
        assert [s.listing[0].id for s in one.sanctions] == [about.id] * len(one.sanctions)
        assert bool(one.facts) == (about.classes == ("red",)), asked
    assert listed(graph, pack, "l09", as_of=date(2026, 2, 28)).status == "clear"  # the day before
    assert listed(graph, pack, "LIST-08", as_of=date(2027, 3, 2)).status == "incomplete"  # its term is over
    with pytest.raises(BadRequest, match="no list and no code"):
        listed(graph, pack, "LIST-99", as_of=date(2026, 11, 30))


def test_everybody_on_a_list_page_by_page(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    rows = [entry_row(pack, pack.list_of["L09"], number) for number in range(1, 6)]
    load(graph, keys, SOURCES["lists"], write_rows(tmp_path / "lists.csv", rows))
    seen, after = [], ""
    while True:
        page = listed(graph, pack, "L09", as_of=date(2026, 11, 30), after=after, limit=2)
        assert (page.total, page.follows) == (5, [])
        seen += [one.party.name for one in page.parties]
        if page.next is None:
            break
        after = page.next
    assert sorted(seen) == sorted(row["主体名称"] for row in rows)


@pytest.mark.parametrize(
    ("source", "file", "row", "field"),
    [
        ("lists", "lists.csv", {"名单代码": "L13"}, "主体类别"),
        ("sample", "lists.csv", {"名单代码": "LIST-13"}, "名单代码"),
    ],
)
def test_a_company_on_a_list_of_natural_persons_is_rejected(
    graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path, source: str, file: str, row: dict[str, str], field: str
) -> None:
    company = {"主体名称": "长沙第1食品有限公司", "主体类别": "企业", "主体证件号码": code(1)}
    base = {
        "名单名称": "某名单",
        "列入日期": "2026-03-01",
        "列入机关": "长沙市人民政府",
        "列入决定文号": "长府列〔2026〕1号",
    }
    body = entry_row(pack, pack.list_of["L09"], 1) if source == "lists" else base | company
    (run,) = load(graph, keys, SOURCES[source], write_rows(tmp_path / file, [body | row]))
    assert (run.accepted, run.rejected) == (0, 1)
    (kept,) = rejected(graph, run.run)
    assert (kept["line"], kept["field"], kept["code"]) == (2, field, "wrong-subject")
    assert row["名单代码"] in kept["reason"]
    assert "natural persons alone" in kept["reason"]
    assert listed(graph, pack, row["名单代码"], as_of=date(2026, 11, 30)).total == 0


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    (path.parent / "manifest.json").write_text('{"data_date": "2026-06-30"}')
    with path.open("w", encoding="utf-8", newline="") as file:
        names = (*SAMPLE_FILES["lists.csv"].columns, *(name for row in rows for name in row))
        writer = csv.DictWriter(file, list(dict.fromkeys(names)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
