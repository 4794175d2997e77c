"""Which organ answers today for a document of then: names, successions, and what is never guessed."""

import json
from datetime import date
from itertools import permutations
from typing import Any, get_args

import pytest

from graph_model.record_classes import organ_roles, record_classes, record_kinds
from graph_model.schema import RELATIONSHIP_BY_TYPE, WALKABLE, Profile, SanctionKind
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from queries.answers import FactRef
from queries.supply.ledger import rejected
from queries.supply.organs import OwnerToday, organs, owner_today
from tests.support.graphs import wipe
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

TODAY = date(2026, 11, 22)
COLUMNS = (
    *("机关名称", "统一社会信用代码", "行政区划", "上级机关", "职责角色", "名称起", "名称止", "承继机关", "承继日期"),
)


def organ(name: str, **more: str) -> dict[str, Any]:
    """A row of a table of organs."""
    return {column: more.get(column, "") for column in COLUMNS} | {"机关名称": name}


def answer(graph: Graph, name: str, day: str | None = None, as_of: date = TODAY) -> OwnerToday:
    return owner_today(graph, name, date.fromisoformat(day) if day else None, as_of=as_of)


def test_roles_and_classes_are_those_of_the_documents() -> None:
    assert sorted(organ_roles()) == [f"O0{n}" for n in range(1, 10)]
    assert [word.zh for word in record_classes().values()] == [
        *("基础信息", "行政许可与行政处罚信息", "监督检查信息", "违法违规记录", "产品质量信息", "表彰奖励信息"),
    ]


def test_every_kind_of_fact_has_its_class_and_fields_that_exist() -> None:
    rows = {(row.fact, row.kind): row for row in record_kinds()}
    assert len(rows) == len(record_kinds())
    assert {fact for fact, _ in rows} == {"ABOUT", *RELATIONSHIP_BY_TYPE} - {"SAME_PERSON_AS"}, (
        "add a row to record_classes.yaml"
    )
    assert {kind for fact, kind in rows if fact == "IMPOSED_ON"} == set(get_args(SanctionKind))
    for (fact, _), row in rows.items():
        known = (Profile if fact == "ABOUT" else RELATIONSHIP_BY_TYPE[fact]).model_fields
        assert set(row.fields) <= set(known)
        assert row.record_class is None or row.record_class in record_classes()


def test_exposure_never_walks_between_organs() -> None:
    assert not {"PART_OF", "SUCCEEDED_BY"} & set(WALKABLE)


RENAMED = [
    organ(
        "甲市工商行政管理局",
        统一社会信用代码=code(801, "11"),
        行政区划="4399",
        职责角色="O01",
        名称止="2018-12-31",
    ),
    organ(
        "甲市市场监督管理局",
        统一社会信用代码=code(801, "11"),
        行政区划="4399",
        上级机关="甲市人民政府",
        职责角色="O01;联合惩戒发起部门和实施部门",
        名称起="2019-01-01",
    ),
]
MERGED = [
    *RENAMED,
    organ("甲市质量技术监督局", 名称起="2001-01-01", 承继机关="甲市市场监督管理局", 承继日期="2019-01-01"),
]


def test_a_renamed_organ_is_one_with_two_names(graph: Graph, put: Put, load_file: LoadFile) -> None:
    load_file("organs", put("organs.json", RENAMED))
    for name, day in (("甲市工商行政管理局", "2017-07-10"), ("甲市市场监督管理局", "2019-01-01")):
        found = answer(graph, name, day)
        assert (found.status, found.reading, found.path[1:]) == (
            "found",
            [] if "2019" in str(day) else found.reading,
            [],
        )
        assert found.answers
        assert found.answers.name == "甲市市场监督管理局"
        assert found.answers.code == code(801, "11")
        assert [(n.name, n.since, n.until) for n in found.answers.names] == [
            ("甲市工商行政管理局", None, date(2019, 1, 1)),
            ("甲市市场监督管理局", date(2019, 1, 1), None),
        ]
        assert (found.answers.roles, found.answers.region) == (["O01", "O02"], "4399")
        assert [link.organ.name for link in found.answers.parents] == ["甲市人民政府"]


def test_a_successor_answers_from_the_day_of_the_succession(graph: Graph, put: Put, load_file: LoadFile) -> None:
    load_file("organs", put("organs.json", MERGED))
    before = answer(graph, "甲市质量技术监督局", "2015-05-01", as_of=date(2018, 12, 31))
    assert before.answers
    assert before.answers.name == "甲市质量技术监督局"
    found = answer(graph, "甲市质量技术监督局", "2015-05-01", as_of=date(2019, 1, 1))
    assert found.answers
    assert found.answers.name == "甲市市场监督管理局"
    (fact,) = (step for step in found.path if isinstance(step, FactRef))
    assert (fact.type, fact.since, fact.source) == ("SUCCEEDED_BY", date(2019, 1, 1), "organs")
    assert found.reading == []


def test_documents_before_or_after_the_table_make_no_difference(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    old = decision(
        "某某食品厂", 5, 决定机关="甲市工商行政管理局", 决定文号="甲工商罚〔2017〕1号", 决定日期="2017-07-10"
    )
    new = decision(
        "某某食品厂", 5, 决定机关="甲市市场监督管理局", 决定文号="甲市监罚〔2021〕1号", 决定日期="2021-07-10"
    )
    register = put("register.csv", [company("某某食品厂", 5, "罗志远", citizen(1))])
    files = [
        *(("sample", register.parent), ("sample", put("decisions.csv", [old, new]))),
        ("organs", put("organs.json", MERGED)),
    ]
    seen = set()
    for order in permutations(files[1:]):
        wipe(graph, keys)
        for source, path in order:
            load_file(source, path)
        for name, day in (("甲市工商行政管理局", "2017-07-10"), ("甲市市场监督管理局", "2021-07-10")):
            found = answer(graph, name, day)
            assert found.status == "found", found.reason
            assert found.answers
            seen.add((name, found.answers.name, found.answers.code, tuple(n.name for n in found.answers.names)))
    assert len(seen) == 2
    assert {row[1:3] for row in seen} == {("甲市市场监督管理局", code(801, "11"))}


def test_several_successors_are_told_and_none_is_chosen(graph: Graph, put: Put, load_file: LoadFile) -> None:
    rows = [organ("乙市综合局", 承继机关="乙市教育局;乙市文化局", 承继日期="2020-01-01")]
    load_file("organs", put("organs.json", rows))
    found = answer(graph, "乙市综合局", "2015-01-01")
    assert (found.status, found.answers) == ("ambiguous", None)
    assert {node.name for node in found.candidates} == {"乙市教育局", "乙市文化局"}
    assert answer(graph, "乙市综合局", "2015-01-01", as_of=date(2019, 12, 31)).status == "found"


def test_a_circle_is_reported(graph: Graph, put: Put, load_file: LoadFile) -> None:
    rows = [
        organ("丙一局", 承继机关="丙二局", 承继日期="2010-01-01"),
        organ("丙二局", 承继机关="丙三局", 承继日期="2015-01-01"),
        organ("丙三局", 承继机关="丙一局", 承继日期="2020-01-01"),
    ]
    load_file("organs", put("organs.json", rows))
    found = answer(graph, "丙一局")
    assert (found.status, found.answers) == ("cycle", None)
    assert "circle" in (found.reason or "")
    before = answer(graph, "丙一局", as_of=date(2019, 12, 31))
    assert before.answers
    assert before.answers.name == "丙三局"


def test_the_day_decides_between_two_bearers_of_one_name(graph: Graph, put: Put, load_file: LoadFile) -> None:
    load_file("organs", put("organs.json", [organ("丁县商务局", 名称起="2012-01-01")]))
    renamed = [
        organ("丁县经济局", 统一社会信用代码=code(811, "11"), 名称起="2010-01-01"),
        organ("丁县商务局", 统一社会信用代码=code(811, "11"), 名称起="2000-01-01", 名称止="2009-12-31"),
    ]
    load_file("organs", put("organs.json", renamed))
    for day, number in (("2009-12-31", code(811, "11")), ("2012-01-01", None)):
        found = answer(graph, "丁县商务局", day)
        assert found.answers
        assert (found.status, found.answers.code) == ("found", number), day
    for day in ("2010-01-01", "2011-12-31", None):
        assert answer(graph, "丁县商务局", day).status == "ambiguous", "nobody bore it then, and two did at other times"


def test_two_organs_of_one_name_are_rejected_not_made_one(graph: Graph, put: Put, load_file: LoadFile) -> None:
    rows = [organ("商务局", 统一社会信用代码=code(n, "11")) for n in (811, 812)]
    (loaded,) = load_file("organs", put("organs.json", [*rows, organ("丁县商务局")]))
    assert (loaded.accepted, {row["code"] for row in rejected(graph, loaded.run)}) == (1, {"contradiction"})


def test_unknown_days_are_read_as_past_and_named(graph: Graph, put: Put, load_file: LoadFile) -> None:
    load_file("organs", put("organs.json", [organ("戊市甲局", 承继机关="戊市乙局")]))
    found = answer(graph, "戊市甲局", "2015-01-01")
    assert found.answers
    assert found.answers.name == "戊市乙局"
    assert len(found.reading) == 2
    assert "took over is unknown" in found.reading[1]


def test_a_name_that_nobody_stated_is_unknown_and_one_of_a_decision_answers_itself(
    graph: Graph, put: Put, load_file: LoadFile
) -> None:
    load_file("sample", put("decisions.csv", [decision("某某食品厂", 5)]))
    assert answer(graph, "无此局").status == "unknown"
    found = answer(graph, "郴州市市场监督管理局", "2024-03-12")
    assert found.answers
    assert (found.status, found.answers.names) == ("found", [])


@pytest.mark.parametrize(
    ("more", "kind", "field"),
    [
        ({"统一社会信用代码": "91430102XN0000000X"}, "invalid-code", "统一社会信用代码"),
        ({"职责角色": "O10"}, "unknown-code", "职责角色"),
        ({"名称起": "2020-01-02", "名称止": "2020-01-01"}, "bad-value", "名称止"),
        ({"名称起": "2020-02-30"}, "bad-value", "名称起"),
        ({"承继日期": "2020-01-01"}, "missing-value", "承继机关"),
        ({"承继机关": "己市局"}, "bad-value", "承继机关"),
        ({"上级机关": "己市局"}, "bad-value", "上级机关"),
    ],
)
def test_a_wrong_row_is_rejected_with_its_field(
    graph: Graph, put: Put, load_file: LoadFile, more: dict[str, str], kind: str, field: str
) -> None:
    (loaded,) = load_file("organs", put("organs.json", [organ("己市局", **more), organ("庚市局")]))
    assert (loaded.rows_in, loaded.accepted, loaded.rejected) == (2, 1, 1)
    (row,) = rejected(graph, loaded.run)
    assert (row["code"], row["field"]) == (kind, field)


def test_a_name_of_one_day_is_a_name(graph: Graph, put: Put, load_file: LoadFile) -> None:
    (loaded,) = load_file("organs", put("organs.json", [organ("己市局", 名称起="2020-01-01", 名称止="2020-01-01")]))
    assert loaded.rejected == 0
    (name,) = organs(graph).rows[0].names
    assert (name.since, name.until) == (date(2020, 1, 1), date(2020, 1, 2))


def test_commands(graph: Graph, server: Server, put: Put, load_file: LoadFile, cli: Cli) -> None:
    load_file("organs", put("organs.json", MERGED))
    exit_code, text, _ = cli("organs", "list", "--store", server.store, "--json")
    told = json.loads(text)
    # The government and the quality bureau are one row each, beside the one with two names.
    assert (exit_code, told["total"], told["listed"], len(told["rows"]), told["cut"]) == (0, 3, 2, 3, [])
    wanted = ("organs", "show", "甲市质量技术监督局", "--on", "2015-05-01", "--store", server.store)
    exit_code, text, _ = cli(*wanted, "--json")
    assert exit_code == 0
    assert json.loads(text)["answers"]["name"] == "甲市市场监督管理局"
    exit_code, text, _ = cli(*wanted)
    assert "甲市市场监督管理局" in text
    assert "answers today" in text
    assert cli("organs", "list", "--store", server.store)[0] == 0
    assert cli("organs", "show", " ", "--store", server.store)[0] == 2


def test_the_list_is_bounded_and_says_so(graph: Graph, put: Put, load_file: LoadFile) -> None:
    load_file("organs", put("organs.json", MERGED))
    told = organs(graph, limit=2)
    assert (len(told.rows), told.total) == (2, 3)
    assert "1 more" in told.cut[0].detail
