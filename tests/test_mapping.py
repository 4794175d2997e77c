"""A department's own spreadsheet: the shape of a mapping, rows through it, what is proposed for an unknown table."""

import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import mask_id, reg_check_digit
from graph_model.rules import RulePack
from graph_model.schema import HoldsSharesIn, SanctionKind
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from loaders.derive import derive_into
from loaders.drafts import AddressMention, Draft, EntityMention, PersonMention, Row, SourceDescription
from loaders.load.engine import load
from loaders.mapping.columns import CODE_VALUES, Column
from loaders.mapping.parse import parse_mapping, read_mapping, unfinished
from loaders.mapping.preview import preview
from loaders.mapping.propose import Proposal, propose, q, unit_of
from loaders.mapping.shape import SHAPES, Mapping
from loaders.mapping.source import agree, describe, load_mapping, source_named
from loaders.reading.headers import COLUMN_NAMES, LEFT_OUT, meaning_of, variants
from loaders.reading.rows import columns_of, read_rows
from loaders.sources import SOURCES
from tests.support.invented import citizen, code
from tests.support.real_data import DATA, there
from tests.support.types import Cli

BASE = """\
id: fire
title: {zh: 消防处罚台账, en: Fire service penalties}
owner: 林邑县消防救援大队
mode: delta
files:
  - parties:
      company: {is: entity, name: 单位, number: 代码}
      head: {is: person, name: 法人, citizen_id: 身份证, at: company}
      organ: {is: organ, name: {constant: 林邑县消防救援大队}}
    facts:
      - fact: sanction
        on: company
        by: organ
        kind: penalty
        document_number: 文号
        decided_on: 日期
        last_day: 至
        fine: {column: 罚款, unit: 万元}
        penalty_kinds: 种类
        triggers: {column: 种类, codes: {责令关闭: ORDER_CLOSE}, unknown: ignore}
      - fact: post
        who: head
        of: company
        post: legal_representative
        optional: true
    ignore: [序号]
"""
COLUMNS = ("序号", "单位", "代码", "法人", "身份证", "文号", "日期", "至", "罚款", "种类")
GOOD = {
    "单位": "青禾食品厂",
    "代码": code(1),
    "文号": "林消罚[2024]1号",
    "日期": "2024-03-12",
    "罚款": "0.5",
    "种类": "罚款",
}


def mapping(text: str = BASE) -> Mapping:
    return parse_mapping(text, "m.yaml")


def row(**values: str | None) -> Row:
    return Row("f.csv", 3, {**dict.fromkeys(COLUMNS), **GOOD, **values})


def states(values: Row, text: str = BASE) -> dict[str, Draft]:
    """By relationship type; each occurs once in these tests."""
    part = describe(mapping(text)).files[0]
    return {d.fact.TYPE: d for d in part.drafts(values, None)}


def rejected(values: Row, text: str = BASE) -> SourceError:
    with pytest.raises(SourceError) as caught:
        states(values, text)
    assert caught.value.line == 3
    assert caught.value.todo
    return caught.value


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def table(path: Path, columns: dict[str, list[str]]) -> Path:
    """A CSV by columns, all of one length."""
    return write_csv(path, [list(columns), *map(list, zip(*columns.values(), strict=True))])


# --- the shape ----------------------------------------------------------------------------------------------------


def test_a_mapping_is_an_ordinary_source() -> None:
    source = describe(mapping())
    assert (source.id, source.title_zh, source.owner, source.mode) == (
        "fire",
        "消防处罚台账",
        "林邑县消防救援大队",
        "delta",
    )
    assert source.triggers == ("ORDER_CLOSE",)
    assert set(source.files[0].columns) == set(COLUMNS) - {"序号"}
    assert source.files[0].needed == ("单位", "文号")
    assert set(source.files[0].fields) == set(COLUMNS)
    assert "万元" in source.files[0].fields["罚款"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "told"),
    [
        ("mode: delta", "mode: daily", 4, "mode", "delta"),
        ("mode: delta\n", "", 1, "mode", "missing"),
        ("mode: delta", "mode: delta\nmode: delta", 5, "mode", "twice"),
        ("mode: delta", "modes: delta", 4, "modes", "is mode meant"),
        ("id: fire", "id: Fire", 1, "id", "match"),
        ("id: fire", "id: shuanggongshi", 1, "id", "built in"),
        ("kind: penalty", "kind: fine", 14, "kind", "penalty"),
        ("kind: penalty", "kind: {column: 种类}", 14, "kind", "needs codes"),
        ("        document_number: 文号\n", "", 11, "document_number", "missing"),
        ("fact: sanction", "fact: penalty", 11, "fact", "sanction"),
        ("by: organ", "by: company", 13, "by", "no organ"),
        ("by: organ", "by: court", 13, "by", "no party"),
        ("of: company", "of: head", 23, "of", "is a person"),
        (", at: company", "", 8, "parties.head", None),
        ("citizen_id: 身份证, at: company", "name_in: x", 8, "name_in", "known"),
        ("ORDER_CLOSE", "ORDER_CLOSED", 20, "triggers", "is ORDER_CLOSE meant"),
        ("unknown: ignore", "unknown: keep", 20, "triggers", "needs codes"),
        ("ignore: [序号]", "ignore: [序号, 罚款]", 26, "ignore.1", "read by fine"),
        ("last_day: 至", "last_day: 至\n        until: 日期", 11, "", "one of them"),
        ("unit: 万元", "unit: 亿元", 18, "unit", "万元"),
        ("decided_on: 日期", "decided_on: {column: 日期, format: '%d/%m'}", 16, "decided_on", "year, month and day"),
        ("post: legal_representative", "post: boss", 24, "post", "none of"),
        ("optional: true", "optional: maybe", 25, "optional", "bool"),
        ("facts:\n", "facts: *all\n", 10, "", "alias"),
        ("mode: delta", "mode: [delta", 5, "", "not readable as YAML"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(old: str, new: str, line: int, field: str, told: str | None) -> None:
    text = BASE.replace(old, new, 1)
    assert text != BASE
    if told is None:  # a number is enough, a party beside it not needed
        mapping(text)
        return
    with pytest.raises(SourceError) as caught:
        mapping(text)
    error = caught.value
    assert (error.file, error.line, error.code) == ("m.yaml", line, "bad-mapping")
    assert field in error.field
    assert told in error.reason
    assert error.todo


def test_a_person_needs_a_number_or_a_place() -> None:
    with pytest.raises(SourceError, match="nobody by name alone"):
        mapping(
            BASE.replace("citizen_id: 身份证, at: company", "name: 法人").replace(
                "name: 法人, name: 法人", "name: 法人"
            )
        )


def test_an_unused_party_is_an_oversight() -> None:
    with pytest.raises(SourceError, match="no fact names"):
        mapping(BASE.replace("    facts:", "      other: {is: entity, name: 其他}\n    facts:"))


def test_codes_keep_their_zeros_and_columns_their_names() -> None:
    text = BASE.replace("文号", "No").replace("codes: {责令关闭: ORDER_CLOSE}", "codes: {01: ORDER_CLOSE}")
    file = mapping(text).files[0]
    assert file.facts[0].document_number.column == "No"  # ty: ignore
    assert states(row(No="1号", 种类="01"), text)["IMPOSED_ON"].fact.codes == ["ORDER_CLOSE"]  # ty: ignore


@pytest.mark.parametrize(
    "content", [b"", b"- a\n", b"\xff\xfe", b"a: [", b"[" * 5000, b"x" * (2**20 + 1), b"a: &a [*a]"]
)
def test_what_is_no_mapping(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_mapping(path)
    assert caught.value.file == "m.yaml"


def test_no_such_mapping(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        source_named(str(tmp_path / "none.yaml"))
    with pytest.raises(BadRequest, match="no source"):
        source_named("none")
    assert source_named("nfra") is SOURCES["nfra"]


def test_what_says_todo_is_checked_and_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(BASE.replace("owner: 林邑县消防救援大队", "owner: TODO"), encoding="utf-8")
    assert unfinished(read_mapping(path)) == ["owner"]
    with pytest.raises(SourceError, match="TODO at owner"):
        load_mapping(path)


# --- cells --------------------------------------------------------------------------------------------------------


def test_a_row_is_its_facts() -> None:
    found = states(row(法人="罗知远", 身份证=citizen(1), 种类="罚款;责令关闭", 至="2025-03-11"))
    said = found["IMPOSED_ON"].fact.model_dump(exclude_defaults=True)
    assert said == {
        "since": date(2024, 3, 12),
        "until": date(2025, 3, 12),
        "codes": ["ORDER_CLOSE"],
        "penalty_kinds": ["罚款", "责令关闭"],
        "document_number": "林消罚〔2024〕1号",
        "authority": "林邑县消防救援大队",
        "decided_on": date(2024, 3, 12),
        "fine_yuan": 5000.0,
        "jurisdiction": "林邑县",
    }
    assert found["IMPOSED_ON"].end == EntityMention("青禾食品厂", (("uscc", code(1)),), kind="company")
    assert found["IMPOSED_BY"].end == EntityMention("林邑县消防救援大队", organ=True)
    head = found["LEGAL_REPRESENTATIVE_OF"].start
    assert isinstance(head, PersonMention)
    assert head.identifiers == (("cn-id", citizen(1)),)


def test_nothing_is_inferred_from_words() -> None:
    assert states(row(种类="吊销营业执照"))["IMPOSED_ON"].fact.codes == []  # ty: ignore


@pytest.mark.parametrize(("unknown", "kinds"), [("reject", None), ("keep", ["警告", "W"]), ("ignore", ["W"])])
def test_unknown_values(unknown: str, kinds: list[str] | None) -> None:
    text = BASE.replace(
        "penalty_kinds: 种类", f"penalty_kinds: {{column: 种类, codes: {{罚 款: W}}, unknown: {unknown}}}"
    )
    if kinds is None:
        error = rejected(row(种类="警告、罚款"), text)
        assert (error.code, error.field) == ("unknown-code", "种类")
        assert "罚 款" in error.todo
        assert "警告" not in error.reason  # the reason is kept in the ledger, in clear
    else:
        assert states(row(种类="警告、罚款"), text)["IMPOSED_ON"].fact.penalty_kinds == kinds  # ty: ignore


@pytest.mark.parametrize(
    ("cell", "form", "day"),
    [
        ("12/03/2024", "%d/%m/%Y", date(2024, 3, 12)),
        ("12/03/2024", "%m/%d/%Y", date(2024, 12, 3)),
        ("24.3.12", "%y.%m.%d", date(2024, 3, 12)),
        ("2024-03-12", "%d/%m/%Y", date(2024, 3, 12)),  # a real date of a workbook
        ("2024-03-12 00:00:00", "%d/%m/%Y", date(2024, 3, 12)),
        ("20240312", None, date(2024, 3, 12)),
        ("12/03/2024", None, None),
        ("31/02/2024", "%d/%m/%Y", None),
        ("45363", None, None),
        ("无", "%d/%m/%Y", "unknown"),
    ],
)
def test_dates(cell: str, form: str | None, day: date | str | None) -> None:
    text = BASE if form is None else BASE.replace("decided_on: 日期", f"decided_on: {{column: 日期, format: '{form}'}}")
    if day is None:
        assert rejected(row(日期=cell), text).field == "日期"
    else:
        assert states(row(日期=cell), text)["IMPOSED_ON"].fact.since == (None if day == "unknown" else day)


@pytest.mark.parametrize(
    ("key", "cell", "until"),
    [
        ("last_day", "2024-06-30", date(2024, 7, 1)),
        ("until", "2024-06-30", date(2024, 6, 30)),
        ("last_day", "2024-03-12", date(2024, 3, 13)),
        ("until", "2024-03-13", date(2024, 3, 13)),
        ("until", "2024-03-12", "before"),
        ("last_day", "2024-03-11", "before"),
        ("until", "长期", None),
        ("last_day", "长期", None),
        ("until", "2099-12-31", None),
        ("until", None, None),
    ],
)
def test_ends(key: str, cell: str | None, until: date | str | None) -> None:
    text = BASE.replace("last_day: 至", f"{key}: 至")
    if until == "before":
        error = rejected(row(至=cell), text)
        assert (error.field, error.reason) == ("至", "is before the first day")
    else:
        assert states(row(至=cell), text)["IMPOSED_ON"].fact.until == until


@pytest.mark.parametrize(
    ("unit", "cell", "yuan"),
    [
        ("万元", "0.5", 5000.0),
        ("元", "5000", 5000.0),
        ("万元", "5000元", 5000.0),
        ("元", "0.5万元", 5000.0),
        ("元", "-", None),
    ],
)
def test_money_has_a_unit_of_its_own_or_that_of_the_column(unit: str, cell: str, yuan: float | None) -> None:
    text = BASE.replace("unit: 万元", f"unit: {unit}")
    assert states(row(罚款=cell), text)["IMPOSED_ON"].fact.fine_yuan == yuan  # ty: ignore


@pytest.mark.parametrize("cell", ["五千", "100美元", "-5"])
def test_what_is_no_amount_of_yuan(cell: str) -> None:
    assert rejected(row(罚款=cell)).field == "罚款"


HOLDING = """\
id: holders
title: {zh: 股东, en: Holders}
owner: 林邑县市场监督管理局
mode: snapshot
files:
  - parties:
      company: {is: entity, name: 企业, uscc: 代码}
      holder:
        is: {column: 类型, codes: {自然人: person, 法人: entity}}
        name: 股东
        number: 证件
        at: company
    facts:
      - {fact: shareholding, who: holder, of: company, share: {column: 比例, unit: UNIT}}
"""


@pytest.mark.parametrize(
    ("unit", "cell", "share"),
    [
        *(("percent", "25", 0.25), ("percent", "100%", 1.0), ("percent", "0.25", 0.0025), ("percent", "-1", None)),
        *(("fraction", "0.25", 0.25), ("fraction", "1", 1.0), ("fraction", "25", None), ("fraction", "25%", 0.25)),
    ],
)
def test_shares(unit: str, cell: str, share: float | None) -> None:
    text = HOLDING.replace("UNIT", unit)
    values = Row(
        "f.csv", 3, {"企业": "青禾", "代码": code(1), "类型": "自然人", "股东": "罗知远", "证件": None, "比例": cell}
    )
    if share is None:
        assert rejected(values, text).field == "比例"
        return
    (draft,) = states(values, text).values()
    assert (draft.fact.share_min, draft.fact.share_known) == (share, True)  # ty: ignore
    assert draft.start == PersonMention("罗知远", (), EntityMention("青禾", (("uscc", code(1)),), kind="company"))


@pytest.mark.parametrize(("unit", "cell"), [("percent", "101"), ("fraction", "1.01")])
def test_a_share_above_the_whole_is_kept_as_it_is_stated(unit: str, cell: str) -> None:
    values = {"企业": "青禾", "代码": code(1), "类型": "自然人", "股东": "罗知远", "证件": None, "比例": cell}
    (draft,) = states(Row("f.csv", 3, values), HOLDING.replace("UNIT", unit)).values()
    assert isinstance(draft.fact, HoldsSharesIn)
    assert (draft.fact.share_known, draft.fact.share_above) == (False, 1.01)


# --- parties ------------------------------------------------------------------------------------------------------

REG = "43990100000001"
REG += reg_check_digit(REG)


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        (code(1), (("uscc", code(1)),)),
        (f" {code(1).lower()} ", (("uscc", code(1)),)),
        (REG, (("cn-reg", REG),)),
        ("4399010000001", None),  # 13 digits: neither
        (code(1)[8:17], (("cn-org", code(1)[8:17]),)),
        (code(1)[8:16] + "-" + code(1)[16], (("cn-org", code(1)[8:17]),)),
        ("00000000000000000X", ()),
        ("无", ()),
        (None, ()),
        (code(1)[:17] + ("A" if code(1)[17] != "A" else "B"), None),
    ],
)
def test_a_number_is_told_by_its_form(number: str | None, codes: tuple[tuple[str, str], ...] | None) -> None:
    if codes is None:
        error = rejected(row(代码=number))
        assert (error.code, error.field) == ("invalid-code", "代码")
    else:
        end = states(row(代码=number))["IMPOSED_ON"].end
        assert isinstance(end, EntityMention)
        assert end.identifiers == codes


def test_a_citizen_id_that_is_wrong_is_refused_and_never_shown() -> None:
    wrong = citizen(1)[:17] + ("0" if citizen(1)[17] != "0" else "1")
    error = rejected(row(法人="罗知远", 身份证=wrong))
    assert (error.code, error.field) == ("invalid-code", "身份证")
    assert wrong not in str(error)


def test_an_id_number_in_the_place_of_a_name() -> None:
    error = rejected(row(单位=f"青禾{citizen(1)}"))
    assert error.code == "misplaced-id"
    assert citizen(1) not in str(error)


@pytest.mark.parametrize("name", [None, "无", "罗*", "罗某"])
def test_an_optional_fact_without_its_party_is_left_out(name: str | None) -> None:
    assert set(states(row(法人=name))) == {"IMPOSED_ON", "IMPOSED_BY"}
    must = BASE.replace("optional: true", "optional: false")
    assert rejected(row(法人=name), must).code == ("no-identity" if name in ("罗*", "罗某") else "missing-value")


def test_a_masked_name_with_a_number_is_somebody() -> None:
    assert "LEGAL_REPRESENTATIVE_OF" in states(row(法人="罗*", 身份证=citizen(1)))


PERSONS = BASE.replace(
    "is: entity, name: 单位, number: 代码",
    "is: {column: 种类, codes: {自然人: person, 罚款: entity}}, name: 单位, number: 代码",
)


def test_a_sanctioned_person_is_nobody_without_a_number() -> None:
    error = rejected(row(种类="自然人", 代码=None), PERSONS)
    assert error.code == "no-identity"
    found = states(row(种类="自然人", 代码=citizen(2)), PERSONS)
    assert found["IMPOSED_ON"].end == PersonMention("青禾食品厂", (("cn-id", citizen(2)),))


def test_a_person_has_no_legal_representative() -> None:
    assert rejected(row(种类="自然人", 代码=citizen(2), 法人="罗知远"), PERSONS).code == "wrong-party"


def test_a_row_that_states_nothing_is_rejected_and_not_lost() -> None:
    text = BASE.replace("fact: sanction", "fact: sanction\n        optional: true")
    assert rejected(row(单位=None), text).code == "no-fact"


def test_missing_numbers_and_names() -> None:
    assert rejected(row(文号=None)).field == "文号"
    assert rejected(row(单位=None)).field == "单位"


OFFICERS = """\
id: officers
title: {zh: 高管, en: Officers}
owner: 林邑县市场监督管理局
mode: snapshot
data_date: 2026-06-30
files:
  - data_date: 更新
    owner: 来源
    parties:
      company: {is: entity, name: 企业, uscc: 代码}
      person: {is: person, name: 姓名, at: company}
      parent: {is: entity, name: 总公司}
      organ: {is: organ, name: 机关}
    facts:
      - fact: post
        who: person
        of: company
        post: {column: 职务, codes: {董事长: director, 监事: supervisor, 员工: supervisor}, unknown: ignore}
        stated: 职务
        since: 任职
        record: 编号
      - {fact: branch, who: company, of: parent, optional: true}
      - {fact: address, of: company, text: 地址, optional: true}
      - fact: profile
        of: company
        capital: {column: 资本, unit: 万元}
        region: {columns: [省, 市]}
      - {fact: responsible, who: person, on: company, by: organ, document_number: 文号, capacity: DRM, basis: named,
         optional: true}
      - {fact: credential, of: company, by: organ, kind: grade, document_number: {columns: [年度, 等级]}, content: 等级,
         triggers: [TAX_A], decided_on: {constant: 2024-04-01}, optional: true}
"""
OFFICER = {"企业": "青禾", "代码": code(1), "姓名": "罗知远", "职务": "董事长", "任职": "2020-01-01", "编号": "7", "更新": "2026-05-01",
           "来源": "县税务局", "总公司": "大青禾", "地址": "某路1号", "资本": "150(万美元)", "省": "湖南", "市": "郴州", "机关": "林邑县税务局",
           "文号": "1号", "年度": "2023", "等级": "A"}  # fmt: skip


PRACTITIONERS = """\
id: practitioners
title: {zh: 执业人员, en: Practitioners}
owner: 林邑县司法局
mode: snapshot
data_date: 2026-06-30
files:
  - parties:
      firm: {is: entity, name: 机构}
      person: {is: person, name: 姓名, at: firm}
      association: {is: entity, name: 协会}
    facts:
      - {fact: post, who: person, of: firm, post: practitioner, practice_class: 类别, licence_number: 执业证号}
      - {fact: post, who: person, of: firm, post: employee, stated: 职务}
      - {fact: member, who: firm, of: association, optional: true}
"""


def test_practitioners_employees_and_members() -> None:
    row: dict[str, str | None] = {
        "姓名": "罗知远",
        "机构": "青禾律师事务所",
        "类别": "专职律师",
        "执业证号": "1430120200001",
        "职务": "行政",
        "协会": "林邑县律师协会",
    }
    found = states(Row("f.csv", 3, row), PRACTITIONERS)
    practises, employed = found["PRACTISES_AT"].fact, found["EMPLOYED_AT"].fact
    assert (practises.practice_class, practises.licence_number) == ("专职律师", "1430120200001")  # ty: ignore
    assert employed.post == "行政"  # ty: ignore
    member = found["MEMBER_OF"]
    assert (member.start.name, member.end.name) == ("青禾律师事务所", "林邑县律师协会")  # ty: ignore


def test_the_other_facts() -> None:
    found = states(Row("f.csv", 3, dict(OFFICER)), OFFICERS)
    assert set(found) == {"DIRECTOR_OF", "BRANCH_OF", "REGISTERED_AT", "ABOUT", "RESPONSIBLE_FOR", "HOLDS"}
    assert {d.data_date for d in found.values()} == {date(2026, 5, 1)}
    assert {d.owner for d in found.values()} == {"县税务局"}
    post, profile, holds = found["DIRECTOR_OF"], found["ABOUT"].fact, found["HOLDS"].fact
    assert (post.record, post.fact.post, post.fact.since) == ("7", "董事长", date(2020, 1, 1))  # ty: ignore
    assert (profile.capital, profile.capital_currency, profile.region) == (1_500_000.0, "USD", "湖南 郴州")  # ty: ignore
    assert (holds.document_number, holds.codes, holds.since) == ("2023-A", ["TAX_A"], date(2024, 4, 1))  # ty: ignore
    assert found["REGISTERED_AT"].end == AddressMention("某路1号")
    assert found["RESPONSIBLE_FOR"].fact.capacity == "DRM"  # ty: ignore


def test_a_post_that_is_ignored_and_one_that_is_empty() -> None:
    assert "DIRECTOR_OF" not in states(Row("f.csv", 3, {**OFFICER, "职务": "保安"}), OFFICERS)
    assert rejected(Row("f.csv", 3, {**OFFICER, "职务": None}), OFFICERS).field == "职务"


def test_each_decision_is_a_day_in_office() -> None:
    text = BASE.replace("post: legal_representative", "post: legal_representative\n        seen: 日期")
    posts = [states(row(法人="罗知远", 日期=d), text)["LEGAL_REPRESENTATIVE_OF"] for d in ("2024-03-12", "2024-05-12")]
    assert [p.data_date for p in posts] == [date(2024, 3, 12), date(2024, 5, 12)]
    assert posts[0].record != posts[1].record
    assert posts[0].fact.since is None
    assert states(row(法人="罗知远"), text)["IMPOSED_ON"].data_date is None


# --- the header ---------------------------------------------------------------------------------------------------


def test_a_column_that_is_not_mentioned_stops_the_file() -> None:
    file = mapping().files[0]
    agree(file, iter([row()]))
    agree(file, iter([Row("f.csv", 2, {**row().values, "_line": "1", "_reason": "", "_todo": ""})]))
    with pytest.raises(SourceError, match="不在") as caught:
        agree(file, iter([Row("f.csv", 2, {**row().values, "不在": None})]))
    assert caught.value.code == "unmapped-column"
    short = {k: v for k, v in row().values.items() if k not in ("罚款", "序号")}
    with pytest.raises(SourceError, match="罚款") as caught:
        agree(file, iter([Row("f.csv", 2, short)]))
    assert "序号" not in caught.value.reason
    agree(mapping(BASE + "    may_lack: [罚款]\n").files[0], iter([Row("f.csv", 2, short)]))
    agree(file, iter([]))


# --- check --------------------------------------------------------------------------------------------------------


@pytest.fixture
def fire(tmp_path: Path) -> tuple[Path, Path]:
    """A mapping, and a file in GBK with TABs: three good rows, two to be rejected, one that replaces another."""
    (tmp_path / "fire.yaml").write_text(BASE, encoding="utf-8")
    rows = [
        ("1", "青禾食品厂", code(1), "罗知远", citizen(1), "林消罚[2024]1号", "2024/3/12", "2099/12/31", "0.5", "罚款"),
        ("2", "白石超市", "", "", "", "林消罚〔2024〕2号", "2024年4月1日", "", "1.2万元", "罚款;责令关闭"),
        ("3", "红叶酒店", code(3)[:17] + "?", "", "", "林消罚〔2024〕3号", "20240402", "", "", "警告"),
        ("4", "红叶酒店", code(3), "", "", "林消罚〔2024〕4号", "2024-04-31", "", "", "警告"),
        ("5", "白石超市", "", "", "", "林消罚〔2024〕2号", "2024年4月1日", "", "2万元", "罚款"),
    ]
    return tmp_path / "fire.yaml", write_csv(tmp_path / "台账.csv", [COLUMNS, *rows], "gbk", "\t")


def test_check_tells_facts_and_faults_and_needs_no_database(
    fire: tuple[Path, Path], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cli.terminal.connect", lambda *a, **k: pytest.fail("a database was asked"))
    status, out, _ = cli("mapping", "check", str(fire[0]), str(fire[1]), "--json", "--rows", "2")
    assert status == 0
    told = json.loads(out)
    assert (told["source"], told["todo"]) == ("fire", [])
    (found,) = told["files"]
    assert (found["rows"], found["rejected"], found["replaced"], found["replaced_lines"]) == (5, 2, 0, [])
    assert [s["line"] for s in found["shown"]] == [2, 3]
    assert found["facts"] == {"IMPOSED_ON": 3, "IMPOSED_BY": 3, "LEGAL_REPRESENTATIVE_OF": 1}
    assert [(f["code"], f["field"], f["rows"], f["lines"]) for f in found["faults"]] == [
        ("invalid-code", "代码", 1, [4]),
        ("bad-value", "日期", 1, [5]),
    ]
    assert citizen(1) not in out
    assert mask_id(citizen(1)) in out
    status, out, error = cli("mapping", "check", str(fire[0]), str(fire[1]))
    assert status == 0
    assert "惩戒对象" in out
    assert "5000.0" in out
    assert citizen(1) not in out + error
    assert "Does the number tell them" not in " ".join(error.split())


def test_check_tells_rows_of_one_number_that_are_no_parts_of_a_penalty(fire: tuple[Path, Path], cli: Cli) -> None:
    fire[0].write_text(BASE.replace("kind: penalty", "kind: decision"), encoding="utf-8")
    status, out, error = cli("mapping", "check", str(fire[0]), str(fire[1]), "--json", "--rows", "2")
    (found,) = json.loads(out)["files"]
    assert (status, found["rejected"], found["replaced"], found["replaced_lines"]) == (0, 2, 1, [6])
    status, out, error = cli("mapping", "check", str(fire[0]), str(fire[1]))
    assert "Does the number tell them" in " ".join(error.split())


def test_check_exits_2_when_the_mapping_is_wrong(fire: tuple[Path, Path], cli: Cli) -> None:
    fire[0].write_text(BASE.replace("ignore: [序号]", "ignore: []"), encoding="utf-8")
    status, _, error = cli("mapping", "check", str(fire[0]), str(fire[1]))
    assert status == 2
    assert "序号" in error
    fire[0].write_text(BASE.replace("单位", "企业"), encoding="utf-8")
    status, _, error = cli("mapping", "check", str(fire[0]), str(fire[1]))
    assert status == 2
    assert "企业" in error
    fire[0].write_text(BASE.replace("mode: delta", "mode: x"), encoding="utf-8")
    status, _, error = cli("mapping", "check", str(fire[0]), str(fire[1]))
    assert status == 2
    assert "fire.yaml, line 4" in error


# --- names of columns ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        *(("CF_XDR_MC", "subject.name"), ("XK_XKJGDM", "organ.uscc"), ("CF_NR_FK", "decision.fine")),
        *(("罚款金额（万元）", "decision.fine"), ("行政相对人代码_1(统一社会信用代码)", "subject.uscc")),
        *(("法定代表人 (负责人)", "head.name"), ("Credit Code", "subject.uscc"), ("处罚机关*", "organ.name")),
        *(("作出处罚决定日期", "decision.decided_on"), ("许可决定日期", "credential.decided_on")),
        *(("列入日期", "decision.since"), ("移出日期", "decision.until"), ("有效期至", "credential.last_day")),
        *(("备注", None), ("天气", None), ("联系电话", None), ("", None)),
    ],
)
def test_what_a_column_is_by_its_name(header: str, meaning: str | None) -> None:
    found = meaning_of(header)
    assert (found and found[0]) == meaning


def test_names_mean_one_thing() -> None:
    names = [name for text in (*COLUMN_NAMES.values(), *LEFT_OUT.values()) for name in text.split()]
    assert len(names) == len(set(names))
    assert [n for n in names if variants(n)[0] != n] == []


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("罚款金额(万元)", "万元"),
        ("罚款金额（万）", "万元"),
        ("罚款金额/元", "元"),
        ("罚款(元)", "元"),
        ("罚款金额", None),
        ("金额(美元)", None),
    ],
)
def test_unit_by_the_name(header: str, unit: str | None) -> None:
    assert unit_of(header) == unit


# --- proposals ----------------------------------------------------------------------------------------------------


def proposed(tmp_path: Path, columns: dict[str, list[str]]) -> tuple[Mapping, Proposal]:
    path = table(tmp_path / "t.csv", columns)
    found = propose(path, owner="林邑县应急管理局", id="mine")
    read = parse_mapping(found.text, "m.yaml")
    agree(read.files[0], (r for r in read_rows(path) if isinstance(r, Row)))
    return read, found


def line_of(text: str, word: str) -> str:
    """The line of a proposal that holds a word."""
    return next(line for line in text.splitlines() if word in line)


NAMES = {"企业名称": ["青禾公司", "白石公司"], "统一社会信用代码": [code(1), code(2)]}


def test_a_table_of_penalties_is_recognised(tmp_path: Path) -> None:
    read, found = proposed(
        tmp_path,
        {
            "序号": ["1", "2"],
            **NAMES,
            "法定代表人": ["罗知远", "罗知近"],
            "决定书文号": ["1号", "2号"],
            "处罚机关": ["林邑县应急管理局"] * 2,
            "处罚类别": ["罚款", "警告"],
            "罚款金额(万元)": ["1", ""],
            "处罚日期": ["2024-01-01", "2024/1/2"],
            "天气": ["晴", "雨"],
        },
    )
    (file,) = read.files
    assert [f.fact for f in file.facts] == ["sanction", "post"]
    assert file.ignore == ("序号", "天气")
    assert "TODO" not in line_of(found.text, "序号")
    assert "TODO" in line_of(found.text, "- 天气")
    assert "unit: 万元" in found.text
    assert file.facts[0].triggers is None  # ty: ignore
    assert describe(read).triggers == ()


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["13/01/2024", "02/01/2024"], 'format: "%d/%m/%Y"'),
        (["01/13/2024", "02/01/2024"], 'format: "%m/%d/%Y"'),
        (["02/01/2024", "03/01/2024"], "TODO: 2 of 2 could be %d/%m/%Y or %m/%d/%Y"),
        (["2024-01-02", "2024年1月2日"], "decided_on: 处罚日期"),
        (["24.01.13", "24.02.28"], "TODO: 2 of 2 could be"),
        (["", ""], "empty in the first rows"),
        (["春天", "夏天"], "TODO: named like a day, but"),
    ],
)
def test_forms_of_days(tmp_path: Path, cells: list[str], told: str) -> None:
    _, found = proposed(tmp_path, {**NAMES, "文号": ["1", "2"], "处罚日期": cells})
    assert told in line_of(found.text, "处罚日期")


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("罚款金额(万元)", ["1", "2"], "unit: 万元}  # unit by the name"),
        ("罚款金额(元)", ["1", "2"], "unit: 元}  # unit by the name"),
        ("罚款金额", ["1", "2"], "TODO: 元 or 万元?"),
        ("罚款金额", ["1万元", "200元"], "unit: 元}"),
        ("罚款金额", ["很多", "更多"], "TODO: named like an amount"),
    ],
)
def test_units_of_money(tmp_path: Path, header: str, cells: list[str], told: str) -> None:
    _, found = proposed(tmp_path, {**NAMES, "文号": ["1", "2"], header: cells})
    line = line_of(found.text, header)
    assert told in line
    assert ("TODO" in told) == ("TODO" in line)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (10, 0, "uscc: 统一社会信用代码"),
        (9, 1, "uscc: 统一社会信用代码  # 9 of 10 are valid; rows with another are rejected"),
        (
            0,
            10,
            "- 统一社会信用代码  # TODO: named like credit codes, but 10 of 10 filled, texts of up to 5 characters",
        ),
    ],
)
def test_codes_are_counted(tmp_path: Path, good: int, bad: int, told: str) -> None:
    codes = [code(n) for n in range(good)] + ["X1234"] * bad
    _, found = proposed(tmp_path, {"企业名称": ["青禾公司"] * 10, "统一社会信用代码": codes})
    assert line_of(found.text, "统一社会信用代码").strip() == told


def test_numbers_of_two_kinds_are_told_by_their_form(tmp_path: Path) -> None:
    codes = [code(n) for n in range(5)] + [REG] * 5
    read, _ = proposed(tmp_path, {"企业名称": ["青禾公司"] * 10, "统一社会信用代码": codes})
    assert read.files[0].parties["subject"].number is not None


def test_codes_and_names_without_a_known_name_of_their_column(tmp_path: Path) -> None:
    read, found = proposed(tmp_path, {"甲": ["青禾公司", "白石公司"], "乙": [code(1), code(2)]})
    subject = read.files[0].parties["subject"]
    assert (subject.name.column, subject.uscc and subject.uscc.column) == ("甲", "乙")
    assert "TODO" in line_of(found.text, "uscc: 乙")


def test_a_name_beside_a_post_is_the_person(tmp_path: Path) -> None:
    read, found = proposed(
        tmp_path, {"gpdm": ["600001.SH"] * 4, "zwdm": ["董事", "gsjs"] * 2, "name": ["罗知远", "罗知近"] * 2}
    )
    parties = read.files[0].parties
    assert (parties["person"].name.column, parties["subject"].name.column) == ("name", "gpdm")
    assert "not mapped yet: gsjs" in line_of(found.text, "unknown: reject")
    assert "董事: director" in found.text


@pytest.mark.parametrize(("kind", "known"), [("自然人", False), ("企业", True)])
def test_persons_without_a_number_are_not_proposed(tmp_path: Path, kind: str, known: bool) -> None:
    columns = {
        "当事人": ["青禾公司", "罗知远"] * 2,
        "当事人类型": ["法人", kind] * 2,
        "文号": ["1"] * 4,
        "处罚内容": ["警告"] * 4,
    }
    read, found = proposed(tmp_path, columns)
    codes = read.files[0].parties["subject"].is_.codes or {}
    assert (kind in codes) == known
    assert (f"not mapped yet: {kind}" in found.text) != known
    read, _ = proposed(tmp_path, {**columns, "证照号码": [code(1), citizen(1)] * 2})
    assert kind in (read.files[0].parties["subject"].is_.codes or {})


@pytest.mark.parametrize(
    ("cells", "unit"),
    [(["0.25", "0.5"], "fraction"), (["25", "50"], "percent"), (["0.5%", "1%"], "percent"), (["0.5", "25"], "percent")],
)
def test_shares_by_their_size(tmp_path: Path, cells: list[str], unit: str) -> None:
    _, found = proposed(tmp_path, {**NAMES, "股东名称": ["甲公司", "乙公司"], "持股比例": cells})
    assert f"unit: {unit}" in line_of(found.text, "持股比例")


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"文号": ["1", "2"], "处罚内容": ["警告", "罚款"]}, "penalty"),
        ({"列入日期": ["2024-01-01"] * 2}, "list_entry"),
        ({"案号": ["1", "2"], "执行法院": ["林邑县人民法院"] * 2}, "court_order"),
        ({"许可证编号": ["1", "2"], "有效期至": ["2024-01-01"] * 2}, "licence"),
        ({"证书编号": ["1", "2"], "荣誉称号": ["先进单位"] * 2}, "honour"),
        ({"纳税信用等级": ["A", "B"], "评定日期": ["2024-01-01"] * 2}, "grade"),
        ({"成立日期": ["2024-01-01"] * 2}, None),
    ],
)
def test_kinds_of_tables(tmp_path: Path, columns: dict[str, list[str]], kind: str | None) -> None:
    read, _ = proposed(tmp_path, {**NAMES, **columns})
    kinds = [f.kind.constant for f in read.files[0].facts if hasattr(f, "kind")]  # ty: ignore
    assert kinds == ([kind] if kind else [])


def test_a_first_line_of_data_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [["罗知远", citizen(1)], ["罗知近", citizen(2)]])
    with pytest.raises(SourceError) as caught:
        propose(path)
    assert caught.value.code == "no-header"
    assert citizen(1) not in str(caught.value)
    assert "罗知远" not in str(caught.value)


def test_a_field_without_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{" ": "x", "企业名称": "青禾公司"}]), encoding="utf-8")
    with pytest.raises(SourceError, match="without a name"):
        propose(path)


def test_values_go_into_a_proposal_only_as_a_short_code_list(tmp_path: Path) -> None:
    few = ["法人", "自然人"] * CODE_VALUES
    names = [f"罗知{n}" for n in range(len(few))]
    columns = {
        "当事人": names,
        "当事人类型": few,
        "文号": [f"{n}号" for n in range(len(few))],
        "身份证号": [citizen(n) for n in range(len(few))],
    }
    _, found = proposed(tmp_path, columns)
    assert "法人: entity" in found.text
    assert not any(value in found.text for key in ("当事人", "身份证号") for value in columns[key])


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        (["甲类", "乙类"] * 2, True),
        (["甲类", "乙类"], False),  # each once: may be anything
        ([f"{c}类" for c in "甲乙丙丁戊己庚辛壬癸子丑"] * 2, True),
        ([f"{c}类" for c in "甲乙丙丁戊己庚辛壬癸子丑寅"] * 2, False),
        (["甲" * 12] * 4, True),
        (["甲" * 13] * 4, False),
        (["青禾公司"] * 4, False),
        (["2024-01-01"] * 4, False),
        (["A1234"] * 4, False),
    ],
)
def test_what_is_a_code_list(cells: list[str], codes: bool) -> None:
    column = Column("x")
    for text in cells:
        column.add(text)
    assert bool(column.codes) == codes


def test_new_does_not_write_over_a_mapping(tmp_path: Path, cli: Cli) -> None:
    path = table(tmp_path / "t.csv", NAMES)
    target = tmp_path / "m.yaml"
    status, out, error = cli(
        "mapping", "new", str(path), "-o", str(target), "--owner", "林邑县应急管理局", "--id", "mine"
    )
    assert (status, out) == (0, "")
    assert "mapping check" in error
    assert read_mapping(target).owner == "林邑县应急管理局"
    before = target.read_text(encoding="utf-8")
    status, _, error = cli("mapping", "new", str(path), "-o", str(target))
    assert status == 2
    assert "exists" in error
    assert target.read_text(encoding="utf-8") == before
    status, out, _ = cli("mapping", "new", str(path))
    assert status == 0
    assert parse_mapping(out, "m.yaml").owner == "TODO"


def test_columns_of_a_built_in_source_are_told(tmp_path: Path, cli: Cli) -> None:
    path = table(tmp_path / "t.csv", {name: ["x", "y"] for name in SOURCES["listed-names"].files[0].columns})
    _, _, error = cli("mapping", "new", str(path))
    assert "creditgraph load listed-names" in " ".join(error.split())


_HEADER = st.one_of(
    st.sampled_from([name for names in (*COLUMN_NAMES.values(), *LEFT_OUT.values()) for name in names.split()]),
    st.text(min_size=1, max_size=12),
)
_CELL = st.one_of(
    st.sampled_from(
        [
            "",
            "2024-01-02",
            "13/01/2024",
            "1.5万元",
            "5,000(万元)",
            "25%",
            "无",
            "青禾公司",
            "罗知远",
            "罗知远（董事）",
            "罗知远(总经理)、罗知近(安全员)",
            "法人",
            "董事",
            code(1),
        ]
    ),
    st.text(max_size=8),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_table_is_a_proposal_can_be_read_and_checked(data: st.DataObject, tmp_path: Path) -> None:
    headers = data.draw(st.lists(_HEADER, min_size=1, max_size=8, unique_by=lambda h: h.strip()))
    rows = data.draw(st.lists(st.lists(_CELL, min_size=len(headers), max_size=len(headers)), min_size=1, max_size=6))
    path = tmp_path / "t.jsonl"
    path.write_text(
        "".join(json.dumps(dict(zip(headers, cells, strict=True))) + "\n" for cells in rows), encoding="utf-8"
    )
    try:
        found = propose(path, id="mine")
    except SourceError as refused:
        if refused.code not in ("no-header", "empty", "bad-header"):
            raise
        return
    source = describe(parse_mapping(found.text, "m.yaml"))
    (told,) = preview(source, path)
    assert told.rows == sum(1 for _ in read_rows(path))
    assert told.rejected == sum(f.rows for f in told.faults)
    assert len(told.shown) == told.rows
    assert all((s.fault is None) == bool(s.facts) for s in told.shown)  # a row is its facts, or is rejected


@settings(max_examples=100, deadline=None)
@given(text=st.text(min_size=1, max_size=20))
def test_any_text_survives_yaml(text: str) -> None:
    assert yaml.load(f"- {q(text)}  # x\n", Loader=yaml.BaseLoader) == [text]


# --- other forms of files -----------------------------------------------------------------------------------------


def test_a_workbook_with_real_dates_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy/m/d"})
        sheet.write_row(0, 0, ["企业名称", "统一社会信用代码", "处罚文号", "处罚日期", "罚款(元)"])
        sheet.write_row(1, 0, ["青禾公司", code(1), "林罚〔2024〕1号"])
        sheet.write_datetime(1, 3, datetime(2024, 3, 12), day)  # noqa: DTZ001
        sheet.write_number(1, 4, 5000)
    found = propose(path, owner="林邑县应急管理局", id="mine")
    (told,) = preview(describe(parse_mapping(found.text, "m.yaml")), path)
    (shown,) = told.shown
    assert shown.fault is None
    assert shown.facts[0].values["fine_yuan"] == 5000.0
    assert shown.facts[0].values["decided_on"] == "2024-03-12"


def test_json_records_that_leave_fields_out(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    records = [
        {"企业名称": "青禾公司", "文号": "1", "处罚日期": "2024-01-01"},
        {"企业名称": "白石公司", "文号": "2", "罚款(元)": 5},
    ]
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    read = parse_mapping(propose(path, owner="林邑县应急管理局", id="mine").text, "m.yaml")
    assert set(read.files[0].may_lack) == {"处罚日期", "罚款(元)"}
    (told,) = preview(describe(read), path)
    assert (told.rows, told.rejected) == (2, 0)
    path.write_text(json.dumps(records[:1], ensure_ascii=False), encoding="utf-8")
    assert preview(describe(read), path)[0].rejected == 0


@pytest.mark.parametrize("name", ["registry_sample", "ashare2020_star_sample", "nfra_penalties"])
def test_real_files_as_if_never_seen(name: str) -> None:
    files = sorted(p for p in there(DATA / name).iterdir() if p.suffix in (".csv", ".xlsx"))
    assert files
    for path in files:
        found = propose(path, owner="林邑县应急管理局", id="mine")
        (told,) = preview(describe(parse_mapping(found.text, "m.yaml")), path, rows=0)
        assert told.rows == sum(1 for _ in read_rows(path))
        assert told.rejected == sum(f.rows for f in told.faults)
        if name == "registry_sample":  # wholly recognised: only single rows are dirty
            assert told.rejected < 0.02 * told.rows
            assert told.facts["ABOUT"] == told.rows - told.rejected


# --- templates ----------------------------------------------------------------------------------------------------


def test_every_source_has_a_template_and_a_schema(tmp_path: Path, cli: Cli) -> None:
    for source in SOURCES.values():
        folder = tmp_path / source.id
        folder.mkdir()
        status, _, _ = cli("template", source.id, "-o", str(folder / "t.xlsx"))
        assert status == 0
        written = sorted(folder.iterdir())
        assert len(written) == len(source.files)
        for path in written:
            assert any(set(columns_of(path)) >= set(part.columns) for part in source.files)
        status, out, _ = cli("template", source.id, "--schema")
        assert status == 0
        schema = json.loads(out)
        jsonschema.Draft202012Validator.check_schema(schema)
        kinds = schema.get("anyOf", [schema])
        assert [tuple(kind["required"]) for kind in kinds] == [part.columns for part in source.files]


def fill(template: Path, target: Path, rows: list[dict[str, str]]) -> Path:
    """What somebody does with a template: the same columns, rows below."""
    columns = columns_of(template)
    assert all(set(row) <= set(columns) for row in rows)
    with xlsxwriter.Workbook(str(target), {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, columns)
        for n, values in enumerate(rows, 1):
            for m, name in enumerate(columns):
                sheet.write_string(n, m, values.get(name, ""))
    return target


PENALTY = {"CF_XDR_MC": "青禾公司", "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": code(1), "CF_WSH": "林罚〔2024〕1号", "CF_CFLB": "罚款",
           "CF_NR": "罚款", "CF_NR_FK": "0.2", "CF_JDRQ": "2024-03-12", "CF_CFJG": "林邑县应急管理局"}  # fmt: skip


def accepted(source: SourceDescription, path: Path) -> None:
    (told,) = preview(source, path)
    assert told.rejected == 0
    assert told.facts


def test_a_template_that_is_filled_in_loads(tmp_path: Path, cli: Cli, fire: tuple[Path, Path]) -> None:
    cli("template", "shuanggongshi", "-o", str(tmp_path / "s.xlsx"))
    accepted(SOURCES["shuanggongshi"], fill(tmp_path / "s-1.xlsx", tmp_path / "full.xlsx", [PENALTY]))
    assert cli("template", str(fire[0]), "-o", str(tmp_path / "f.xlsx"))[0] == 0
    assert "序号" not in columns_of(tmp_path / "f.xlsx")
    rows = [{**GOOD, "代码": code(n), "文号": f"{n}号"} for n in (1, 2)]
    accepted(load_mapping(fire[0]), fill(tmp_path / "f.xlsx", tmp_path / "full2.xlsx", rows))
    schema = json.loads(cli("template", str(fire[0]), "--schema")[1])
    jsonschema.validate(GOOD, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({k: v for k, v in GOOD.items() if k != "文号"}, schema)


def test_a_template_explains_each_column_in_both_languages(tmp_path: Path, cli: Cli) -> None:
    cli("template", "shuanggongshi", "-o", str(tmp_path / "s.xlsx"))
    from python_calamine import CalamineWorkbook

    lines = CalamineWorkbook.from_path(str(tmp_path / "s-1.xlsx")).get_sheet_by_index(1).to_python()
    explained = {line[0]: line for line in lines[1:] if line[1]}
    assert set(explained) == set(columns_of(tmp_path / "s-1.xlsx"))
    assert explained["CF_XDR_MC"][1] == "是 yes"
    assert explained["CF_NR_FK"][1] == "否 no"
    for line in explained.values():
        assert re.search(r"[\u4e00-\u9fff]", str(line[2]))
    assert explained["CF_XDR_SHXYM"][3] == "unified social credit code"


def test_a_template_does_not_write_over_a_file(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "n.xlsx"
    assert cli("template", "nfra", "-o", str(path))[0] == 0
    assert cli("template", "nfra", "-o", str(path))[0] == 2
    assert cli("template", "nfra", "-o", str(tmp_path / "n.csv"))[0] == 2
    assert cli("template", "none")[0] == 2


# --- the graph ----------------------------------------------------------------------------------------------------


def test_a_mapping_loads_and_its_ledger_is_balanced(graph: Graph, keys: Keys, fire: tuple[Path, Path]) -> None:
    (run,) = load(graph, keys, load_mapping(fire[0]), fire[1])
    assert (run.source, run.rows_in, run.accepted, run.rejected, run.duplicate) == ("fire", 5, 3, 2, 0)
    facts = graph.read("MATCH (s:Sanction)-[i:IMPOSED_ON]->(e:Entity) WHERE i.rec_to > i.rec_from AND i.run = $run "
                       "RETURN e.name AS name, i.fine_yuan AS fine, i.owner AS owner ORDER BY name, fine", run=run.run)  # fmt: skip
    assert [(f["name"], f["fine"]) for f in facts] == [
        ("白石超市", 12000.0),  # two fines of one decision are two
        ("白石超市", 20000.0),
        ("青禾食品厂", 5000.0),
    ]
    assert {f["owner"] for f in facts} == {"林邑县消防救援大队"}
    (head,) = graph.read("MATCH (p:Person)-[r:LEGAL_REPRESENTATIVE_OF]->(e) RETURN p.id_masked AS id, e.name AS at")
    assert (head["id"], head["at"]) == (mask_id(citizen(1)), "青禾食品厂")
    # the same file again changes nothing; under a mended mapping it is another run
    position = graph.position()
    assert not load(graph, keys, load_mapping(fire[0]), fire[1])[0].changed
    assert graph.position() == position
    fire[0].write_text(BASE.replace("unit: 万元", "unit: 元"), encoding="utf-8")
    (again,) = load(graph, keys, load_mapping(fire[0]), fire[1])
    assert again.changed
    assert again.run != run.run
    believed = graph.read("MATCH (:Sanction)-[i:IMPOSED_ON]->(:Entity {name: '青禾食品厂'}) WHERE i.rec_to > 9000000000 "
                          "RETURN i.fine_yuan AS fine")  # fmt: skip
    assert [b["fine"] for b in believed] == [0.5]


def test_rejected_rows_are_mended_and_load_again(
    server: Server, graph: Graph, fire: tuple[Path, Path], cli: Cli
) -> None:
    status, out, _ = cli("load", str(fire[0]), str(fire[1]), "--store", server.store, "--json")
    assert status == 0
    (run,) = json.loads(out)
    mend = fire[0].parent / "mend.csv"
    assert cli("ledger", "rejected", run["run"], "--out", str(mend), "--store", server.store)[0] == 0
    text = mend.read_text(encoding="utf-8-sig")
    assert text.count("\n") == 3
    mend.write_text(text.replace(code(3)[:17] + "?", code(3)).replace("2024-04-31", "2024-04-30"), encoding="utf-8")
    status, out, _ = cli("load", str(fire[0]), str(mend), "--store", server.store, "--json")
    assert status == 0
    (again,) = json.loads(out)
    assert (again["rows_in"], again["accepted"], again["rejected"]) == (2, 2, 0)
    status, out, _ = cli("lookup", code(3), "--store", server.store, "--json")
    assert status == 0
    assert len(json.loads(out)["sanctions"]) == 2
    status, _, error = cli("load", "none.yaml", str(mend), "--store", server.store)
    assert status == 2
    assert "none.yaml" in error


def test_what_a_mapping_says_a_rule_answers(graph: Graph, keys: Keys, pack: RulePack, tmp_path: Path) -> None:
    """A trigger that the mapping states, and a head whom the decision names: the rule on food licences reaches him."""
    text = BASE.replace("责令关闭: ORDER_CLOSE", "吊销许可证件: REVOKE_FOOD_LICENCE")
    text = text.replace("post: legal_representative", "post: legal_representative\n        seen: 日期")
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    lines = [("1", f"{n}厂", code(n), h, citizen(n), f"{n}号", "2024-03-12", "", "", k) for n, h, k in PENALTIES]
    path = write_csv(tmp_path / "t.csv", [COLUMNS, *lines])
    load(graph, keys, load_mapping(tmp_path / "m.yaml"), path)
    derive_into(graph, pack)
    found = graph.read("MATCH (c:Consequence {rule: 'PR-021'}), (p:Person {key: c.subject}) RETURN p.name AS name")
    assert {f["name"] for f in found} == {"罗知远"}


PENALTIES = ((11, "罗知远", "吊销许可证件"), (12, "罗知近", "罚款"))


# --- the page -----------------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[1] / "docs" / "mapping.md").read_text(encoding="utf-8")
KEYS = (Path(__file__).parents[1] / "docs" / "mapping" / "keys.md").read_text(encoding="utf-8")


def block(kind: str, first: str) -> str:
    """The code block of the page that begins so."""
    (found,) = (b for b in re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S) if b.startswith(first))
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.__name__)
def test_the_page_names_every_key(shape: Any) -> None:
    heading = re.search(rf"^## [^\n]*`{shape.__name__}`[^\n]*\n(.*?)(?=^##|\Z)", KEYS, re.M | re.S)
    assert heading, shape.__name__
    rows = re.findall(r"^\| `(\w+)` \| (yes|) ?\| (.*) \|$", heading[1], re.M)
    fields = {field.alias or name: field for name, field in shape.model_fields.items()}
    assert [key for key, _, _ in rows] == list(fields)
    for key, needed, told in rows:
        assert (needed == "yes") == fields[key].is_required()
        assert told == fields[key].description or key == "fact"


def test_the_page_names_every_kind_of_sanction() -> None:
    assert all(f"`{kind}`" in KEYS for kind in get_args(SanctionKind))


def test_the_worked_example_of_the_page(
    tmp_path: Path, cli: Cli, server: Server, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of the page in its order, on its sheet, with its edits; what it shows is what comes."""
    monkeypatch.chdir(tmp_path)
    Path("台账.csv").write_text(block("csv", "序号"), encoding="gb18030")
    commands = [line.split()[1:] for line in block("bash", "creditgraph mapping new 台账").splitlines()]
    new, *others = commands
    assert cli(*new)[0] == 0
    assert Path("台账.yaml").read_text(encoding="utf-8") == block("yaml", "# Proposed by")
    Path("台账.yaml").write_text(block("yaml", "id: linyi-fire"), encoding="utf-8")
    for words in others:
        status, out, error = cli(*words, *(["--store", server.store] if words[0] not in ("mapping",) else []))
        assert status == 0, error
        if words[:2] == ["mapping", "check"]:
            shown = block("text", "第 2 行")
            assert [line.rstrip() for line in shown.splitlines()] == [
                line.rstrip() for line in out.splitlines()[1:][: len(shown.splitlines())]
            ]
        if words[0] == "load":
            assert re.search(r"4\s+3\s+1\s+0", out)
