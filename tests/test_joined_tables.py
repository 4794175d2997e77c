"""Mappings whose rows refer to another table: ids of the owner's own, a second file or sheet, conditions, amounts."""

from pathlib import Path
from typing import Any, LiteralString

import pytest
import xlsxwriter

from graph_model.errors import SourceError
from graph_model.identifiers import own_number
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.drafts import Row, SourceDescription
from loaders.load.engine import Loaded, load
from loaders.load.files import find_files, rows_of
from loaders.mapping.parse import parse_mapping
from loaders.mapping.preview import preview
from loaders.mapping.source import describe
from queries.party.parties import party_refs, resolve
from tests.support.invented import code

MAPPING = """\
id: linyi-groups
title: {zh: 企业名录, en: Companies}
owner: 林邑县市场监督管理局
mode: delta
files:
  - match: "companies*"
    join:
      parent: {on: parent_id, key: id, unknown: UNKNOWN}
    parties:
      company: {is: entity, name: 名称, uscc: 代码, id: {column: id, scheme: "linyi:company"}}
      parent: {is: entity, name: parent.名称, uscc: parent.代码, id: {column: parent_id, scheme: "linyi:company"}}
      organ: {is: organ, name: {constant: 林邑县人民法院}}
    facts:
      - {fact: profile, of: company, other_names: 简称, capital: 资本}
      - {fact: shareholding, who: parent, of: company, amount: {column: 出资, unit: 万元}, optional: true}
      - fact: sanction
        when: {column: 破产, is: ["1", 是]}
        on: company
        by: organ
        kind: decision
        document_number: id
  - match: "posts*"
    join:
      company: {on: company_id, key: id, PLACE}
    parties:
      company: {is: entity, name: company.名称, uscc: company.代码, id: {column: company_id, scheme: "linyi:company"}}
      person: {is: person, name: 姓名, id: {column: 人员编号, scheme: "linyi:person"}, at: company}
    facts:
      - {fact: post, who: person, of: company, post: {column: 职务, codes: {董事: director, 监事: supervisor}}}
"""
COMPANIES = [
    ["id", "名称", "代码", "parent_id", "简称", "资本", "出资", "破产"],
    ["1", "林邑控股有限公司", code(1), "", "林邑控股", "5000万元", "", "0"],
    ["2", "林邑建设有限公司", code(2), "1", "", "300万贝壳", "150", "1"],
    ["3", "林邑物流有限公司", "", "2", "", "", "20万美元", "否"],
]
POSTS = [
    ["company_id", "人员编号", "姓名", "职务"],
    ["2", "p-1", "罗知远", "董事"],
    ["3", "p-1", "罗知远", "监事"],
    ["3", "p-2", "罗知近", "董事"],
]


def written(folder: Path, name: str, rows: list[list[str]]) -> Path:
    path = folder / name
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def source(place: str = 'file: "companies*"', unknown: str = "reject") -> SourceDescription:
    return describe(parse_mapping(MAPPING.replace("PLACE", place).replace("UNKNOWN", unknown), "m.yaml"))


def of(graph: Graph, query: LiteralString) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in graph.read(query))


HOLDINGS: LiteralString = """
MATCH (a)-[r:HOLDS_SHARES_IN]->(b)
RETURN a.name AS a, b.name AS b, r.amount AS amount, r.amount_currency AS currency
"""
POSTS_HELD: LiteralString = (
    "MATCH (p:Person)-[r:DIRECTOR_OF|SUPERVISOR_OF]->(e) RETURN p.name AS p, type(r) AS t, e.name AS e, p.key AS k"
)


def loaded(graph: Graph, keys: Keys, folder: Path, description: SourceDescription) -> list[tuple[int, int, int]]:
    runs = load(graph, keys, description, folder)
    assert all(run.rows_in == run.accepted + run.rejected + run.duplicate for run in runs)
    return [(run.rows_in, run.accepted, run.rejected) for run in runs]


def check_all(graph: Graph, keys: Keys) -> None:
    """Who is whose, by which amounts; one man by his own number in both; numbers join back to the owner's table."""
    assert of(graph, HOLDINGS) == [
        ("林邑建设有限公司", "林邑物流有限公司", 200_000.0, "USD"),
        ("林邑控股有限公司", "林邑建设有限公司", 1_500_000.0, "CNY"),
    ]
    posts = of(graph, POSTS_HELD)
    assert [post[:3] for post in posts] == [
        ("罗知近", "DIRECTOR_OF", "林邑物流有限公司"),
        ("罗知远", "DIRECTOR_OF", "林邑建设有限公司"),
        ("罗知远", "SUPERVISOR_OF", "林邑物流有限公司"),
    ]
    assert len({key for _, _, _, key in posts}) == 2
    assert len(of(graph, "MATCH (e:Entity) RETURN e.key AS k")) == 3
    found, _ = resolve(graph, "linyi:company 3", hash=keys.hash)
    assert found is not None
    assert found.name == "林邑物流有限公司"
    assert [(i.scheme, i.value) for i in found.identifiers] == [("own:linyi:company", "3")]
    by_code, _ = resolve(graph, code(2), hash=keys.hash)
    assert by_code is not None
    assert ("own:linyi:company", "2") in [(i.scheme, i.value) for i in by_code.identifiers]
    person, _ = resolve(graph, "linyi:person p-1", hash=keys.hash)
    assert person is not None
    assert (person.name, person.identifiers) == ("罗知远", [])  # the number of a person is kept as a hash
    assert of(graph, "MATCH (:Sanction)-[r:IMPOSED_ON]->(p) RETURN p.name AS n") == [("林邑建设有限公司",)]
    said = of(graph, "MATCH (s:Statement)-[:ABOUT]->(p) RETURN p.name, s.other_names, s.capital, s.capital_stated")
    assert said == [
        ("林邑建设有限公司", None, None, "300万贝壳"),
        ("林邑控股有限公司", ["林邑控股"], 50_000_000.0, None),
        ("林邑物流有限公司", None, None, None),
    ]


def test_two_files_of_one_folder_of_which_one_explains_the_other(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    written(tmp_path, "companies.csv", COMPANIES)
    written(tmp_path, "posts.csv", POSTS)
    assert loaded(graph, keys, tmp_path, source()) == [(3, 3, 0), (3, 3, 0)]
    check_all(graph, keys)


def test_two_sheets_of_one_workbook(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in (("企业", COMPANIES), ("任职", POSTS)):
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                for at, cell in enumerate(row):
                    # A number of the owner's own is often a number, and on the other sheet a text.
                    if cell.isdigit() and name == "企业":
                        sheet.write_number(n, at, int(cell))
                    elif cell:
                        sheet.write_string(n, at, cell)
    assert loaded(graph, keys, path, source("sheet: 企业")) == [(3, 3, 0), (3, 3, 0)]
    check_all(graph, keys)


def test_a_row_that_refers_to_none_or_to_two_is_rejected_with_the_number(tmp_path: Path) -> None:
    twice = ["2", "林邑别的有限公司", code(4), "9", "", "", "", ""]
    written(tmp_path, "companies.csv", [*COMPANIES, twice])
    posts = written(tmp_path, "posts.csv", [*POSTS, ["7", "p-3", "罗知止", "董事"], ["", "p-4", "罗知安", "董事"]])
    (told,) = preview(source(), posts)
    faults = {(fault.code, fault.field): fault.lines for fault in told.faults}
    assert faults == {
        ("ambiguous-id", "company_id"): [2],
        ("unknown-id", "company_id"): [5],
        ("missing-value", "company.名称"): [6],
    }
    assert all(fault.todo for fault in told.faults)
    assert "companies.csv" in next(fault.reason for fault in told.faults if fault.code == "unknown-id")
    (told,) = preview(source(unknown="ignore"), tmp_path / "companies.csv")
    assert {(fault.code, fault.lines[0]) for fault in told.faults} == {("ambiguous-id", 4)}


def test_the_other_table_has_to_be_there(tmp_path: Path) -> None:
    posts = written(tmp_path, "posts.csv", POSTS)
    with pytest.raises(SourceError, match="no files companies") as caught:
        preview(source(), posts)
    assert "company_id" in caught.value.todo
    for name in ("companies-1.csv", "companies-2.csv"):
        written(tmp_path, name, COMPANIES)
    with pytest.raises(SourceError, match="2 files companies"):
        preview(source(), posts)
    (tmp_path / "companies-2.csv").unlink()
    written(tmp_path, "companies-1.csv", [["id", "名字"], ["1", "林邑"]])
    with pytest.raises(SourceError, match="名称"):
        preview(source(), posts)


def test_a_change_in_the_other_table_is_a_change_of_the_file(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    written(tmp_path, "companies.csv", COMPANIES)
    posts = written(tmp_path, "posts.csv", POSTS)

    def run() -> Loaded:
        (found,) = load(graph, keys, source(), posts)
        return found

    assert run().changed
    assert not run().changed
    written(tmp_path, "companies.csv", [*COMPANIES[:-1], ["3", "林邑长河物流有限公司", code(3), "2", "", "", "", ""]])
    again = run()
    # By its own number it is the same company: the posts are known already, its code is new.
    assert (again.changed, again.accepted, again.duplicate) == (True, 0, 3)
    assert of(graph, "MATCH (i:Identifier {scheme: 'uscc'})-[:IDENTIFIES]->(e) RETURN i.value AS code")[1] == (code(3),)


def test_the_example_of_the_page_is_a_mapping() -> None:
    page = (Path(__file__).parents[1] / "docs" / "mapping.md").read_text(encoding="utf-8")
    (example,) = (b for b in page.split("```yaml\n") if b.startswith('files:\n  - match: "企业*"'))
    head = "id: linyi\ntitle: {zh: 企业, en: Companies}\nowner: 林邑县\nmode: delta\n"
    found = describe(parse_mapping(head + example.split("```")[0], "m.yaml"))
    assert [[join.name for join in part.joins] for part in found.files] == [["parent"], ["company"]]


@pytest.mark.parametrize(
    ("when", "states"),
    [
        ("{column: 破产, is: [1]}", [True, True, False, False]),
        ("{column: 破产, is: [1, 是]}", [True, True, True, False]),
        ("{column: 破产, not: [0, 否]}", [True, True, True, False]),
    ],
)
def test_a_fact_of_rows_that_meet_a_condition(tmp_path: Path, when: str, states: list[bool]) -> None:
    text = MAPPING.replace("PLACE", "").replace("UNKNOWN", "reject").replace('{column: 破产, is: ["1", 是]}', when)
    rows = [
        [str(n), f"林邑{n}号有限公司", code(n), "", "", "", "", word]
        for n, word in enumerate(("1", "１", "是", "0"), 1)
    ]
    path = written(tmp_path, "companies.csv", [COMPANIES[0], *rows])
    (told,) = preview(describe(parse_mapping(text, "m.yaml")), path)
    assert [any(fact.type == "IMPOSED_ON" for fact in row.facts) for row in told.shown] == states


def test_a_row_that_meets_no_condition_says_so(tmp_path: Path) -> None:
    text = (
        MAPPING.replace("PLACE", "")
        .replace("UNKNOWN", "reject")
        .replace(
            "- {fact: profile, of: company, other_names: 简称, capital: 资本}",
            "- {fact: profile, of: company, other_names: 简称, capital: 资本, when: {column: 破产, is: [1]}}",
        )
        .replace("optional: true}", 'optional: true, when: {column: 破产, is: ["1"]}}')
    )
    path = written(tmp_path, "companies.csv", COMPANIES)
    (told,) = preview(describe(parse_mapping(text, "m.yaml")), path)
    assert [(fault.code, fault.reason, fault.lines) for fault in told.faults] == [
        ("no-fact", "meets the condition of no fact", [2, 4])
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('scheme: "linyi:person"', "scheme: person"),
        ('{column: 破产, is: ["1", 是]}', "{column: 破产}"),
        ("{on: parent_id, key: id, unknown: UNKNOWN}", "{on: parent_id}"),
    ],
)
def test_what_is_wrong_with_such_a_mapping_is_told_with_its_line(wrong: str, said: str) -> None:
    text = MAPPING.replace(wrong, said).replace("PLACE", "").replace("UNKNOWN", "reject")
    with pytest.raises(SourceError) as caught:
        parse_mapping(text, "m.yaml")
    assert (caught.value.code, caught.value.file) == ("bad-mapping", "m.yaml")
    assert caught.value.line


def test_columns_of_the_other_table_are_none_of_the_file(tmp_path: Path) -> None:
    written(tmp_path, "companies.csv", COMPANIES)
    posts = written(tmp_path, "posts.csv", POSTS)
    ((path, part),) = find_files(source(), posts)
    assert part.columns == ("company_id", "姓名", "人员编号", "职务")
    assert part.needed is not None
    assert "company_id" in part.needed
    assert all("." not in name for name in (*part.columns, *part.needed, *part.fields))
    names = [row.values["company.名称"] for row in rows_of(path, part) if isinstance(row, Row)]
    assert names == ["林邑建设有限公司", *["林邑物流有限公司"] * 2]


@pytest.mark.parametrize("text", ["17", "linyi 17", "http://x.y/17", "LINYI:company 17"])
def test_what_is_no_number_of_a_declared_scheme(text: str) -> None:
    assert own_number(text) is None


def test_numbers_of_an_owner_are_shown_in_every_list_of_parties(tmp_path: Path, graph: Graph, keys: Keys) -> None:
    written(tmp_path, "companies.csv", COMPANIES)
    load(graph, keys, source(), tmp_path / "companies.csv")
    every = party_refs(graph, [row["k"] for row in graph.read("MATCH (e:Entity) RETURN e.key AS k")])
    assert sorted(i.value for ref in every.values() for i in ref.identifiers if i.scheme == "own:linyi:company") == [
        "1",
        "2",
        "3",
    ]
