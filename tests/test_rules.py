"""The rule pack that comes with the product, and the guards that no row may break."""

from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
import yaml

import graph_model.rules
from graph_model.errors import RuleError
from graph_model.rules import (
    STATUTORY,
    Automaticity,
    RoleTime,
    Rule,
    RulePack,
    build_pack,
    load_codes,
    load_pack,
    load_pack_from,
    read_rules,
)
from graph_model.schema import ROLE_TYPES

PACK = load_pack()

# --- the pack -------------------------------------------------------------------------------------------------


def test_pack_loads_and_has_the_rules_that_were_asked_for() -> None:
    enabled = {r.id for r in PACK.enabled}
    assert {"PR-001", "PR-004", "PR-007", "PR-021", "PR-040"} <= enabled
    assert len(enabled) >= 14
    assert [r.id for r in PACK.rules] == sorted(r.id for r in PACK.rules)


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda r: r.id)
def test_row_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.title.zh
    assert rule.title.en
    for basis in rule.legal_basis:
        assert basis.document
        assert basis.article or basis.level not in STATUTORY, f"{basis.document}: which article?"
        assert basis.since is not None, f"{basis.document}: in force from when?"
        assert basis.since <= date(2026, 12, 31)
        assert basis.until is None or basis.since < basis.until
        # Nothing follows from a document before it was in force.
        assert basis not in rule.basis_on(basis.since - timedelta(days=1), "")
    assert rule.confidence.read
    assert rule.version != date.min.isoformat()


def test_grade_c_is_kept_and_disabled() -> None:
    (row,) = PACK.find("PR-013")
    assert row.confidence.grade == "C"
    assert not row.enabled
    assert row not in PACK.enabled
    assert all(r.confidence.grade in ("A", "B") for r in PACK.enabled)


def test_every_way_and_every_moment_is_used() -> None:
    assert {r.automaticity for r in PACK.enabled} == set(get_args(Automaticity)) == set(PACK.codes.automaticity)
    assert {r.role_time for r in PACK.enabled} == set(get_args(RoleTime))


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("P01", {"PR-054"}),
        ("P03", {"PR-055"}),
        ("P04", {"PR-056a", "PR-056b"}),
        ("p04", {"PR-056a", "PR-056b"}),
        ("pr-021", {"PR-021"}),
        ("P05", {"P05"}),
        ("P0", set()),
        ("PR-02", set()),
    ],
)
def test_find(name: str, ids: set[str]) -> None:
    assert {r.id for r in PACK.find(name)} == ids


def test_requirement_rows_have_their_own_sets_of_persons() -> None:
    """P01, P03 and P04 of the source document differ in whom they mean (郴政发〔2017〕11号 二(三)11, 15)."""
    (record,), (ban,) = PACK.find("P01"), PACK.find("P03")
    post, fault = sorted(PACK.find("P04"), key=lambda r: r.id)
    assert set(record.reach) == {"LR", "PIC", "DRM", "DRP"}
    assert set(ban.reach) == {"SELF_ENTITY", "LR", "PIC", "REG"}
    assert set(post.reach) == {"SELF_ENTITY", "LR", "PIC", "SM"}
    assert set(fault.reach) == {"DIR", "SH"}
    assert fault.automaticity == "fault_gated"
    assert fault.without_finding == "none"


def test_serious_lists_leave_out_two_on_purpose() -> None:
    assert set(PACK.codes.groups["ANY_SERIOUS"]) == {"LIST-03", "LIST-04", "LIST-05", "LIST-06"}
    reached_by = {code: {r.id for r in PACK.enabled if code in PACK.triggered_by(r)} for code in PACK.codes.triggers}
    assert reached_by["LIST-01"] == {"PR-006"}
    assert reached_by["LIST-07"] == {"PR-053"}


def test_the_only_second_hop_says_so() -> None:
    assert [r.id for r in PACK.enabled if r.via] == ["EP-001"]


def test_practitioners_and_large_holders_are_reached_by_documents_only() -> None:
    """REG needs a finding of direct responsibility, SH5 a share of 5 %: no mere post may stand for them."""
    assert not {"REG", "SH5", "DRM", "DRP", "DRP_DEBT"} & set(ROLE_TYPES)
    assert not any("SH" in r.reach and r.without_finding != "none" for r in PACK.rules)


def test_codes_are_all_explained() -> None:
    for rule in PACK.rules:
        assert rule.automaticity in PACK.codes.automaticity
        assert all(m in PACK.codes.measures for m in rule.measures)
    for names in (PACK.codes.roles, PACK.codes.automaticity, PACK.codes.statuses):
        assert all(n.zh and n.en for n in names.values())
    for about in (PACK.codes.measures, PACK.codes.triggers):
        assert all(a["zh"] and a["en"] for a in about.values())


def test_basis_on_a_day_and_in_a_place() -> None:
    (rule,) = PACK.find("PR-007")
    assert rule.basis_on(date(2022, 2, 28), "430100") == ()
    assert [b.document for b in rule.basis_on(date(2022, 3, 1), "430100")] == ["市场主体登记管理条例"]
    assert len(rule.basis_on(date(2024, 6, 30), "430100")) == 1
    assert len(rule.basis_on(date(2024, 7, 1), "430100")) == 2
    (old,) = PACK.find("P05")
    assert old.basis_on(date(2020, 12, 31), "430100")
    assert not old.basis_on(date(2021, 1, 1), "430100")
    assert not old.basis_on(date(2020, 12, 31), "440300")
    assert old.basis_on(date(2020, 12, 31), "湖南省工业和信息化厅")


# --- the guards -------------------------------------------------------------------------------------------------

GOOD = """\
- id: T-1
  title: {zh: 试, en: test}
  trigger: {codes: [REVOKE_FOOD_LICENCE], subject: entity}
  reach: [LR]
  role_time: at_act
  automaticity: ex_lege
  measures: [MARKET_BAN]
  duration: {years: 5, from: decision}
  legal_basis:
    - {document: 某法, article: 第1条, level: law, from: 2020-01-01}
  confidence: {grade: A, read: article text}
"""


def pack_of(text: str) -> RulePack:
    return build_pack(read_rules(text, "bad.yaml"), load_codes())


def changed(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_the_good_row_is_good() -> None:
    assert [r.id for r in pack_of(GOOD).enabled] == ["T-1"]
    assert read_rules("", "empty.yaml") == []


SCHEMA = {
    "unknown key": (changed(("  reach:", "  colour: red\n  reach:")), ["bad.yaml, line 1, rule T-1", "colour"]),
    "unknown key deep inside": (
        "\n# a comment\n" + changed(("level: law,", "level: law, volume: 3,")),
        ["bad.yaml, line 3, rule T-1", "legal_basis.0.volume"],
    ),
    "missing key": (changed(("  role_time: at_act\n", "")), ["bad.yaml, line 1, rule T-1", "role_time"]),
    "unknown automaticity": (changed(("ex_lege", "always")), ["automaticity", "ex_lege"]),
    "unknown moment": (changed(("role_time: at_act", "role_time: sometimes")), ["role_time"]),
    "unknown level": (changed(("level: law", "level: rumour")), ["legal_basis.0.level"]),
    "no basis": (
        changed(
            ("    - {document: 某法, article: 第1条, level: law, from: 2020-01-01}\n", ""), ("basis:", "basis: []")
        ),
        ["legal_basis"],
    ),
    "no day of the basis": (changed((", from: 2020-01-01", "")), ["legal_basis.0.from"]),
    "nobody reached": (changed(("[LR]", "[]")), ["reach"]),
    "no measure": (changed(("[MARKET_BAN]", "[]")), ["measures"]),
    "no trigger": (changed(("[REVOKE_FOOD_LICENCE]", "[]")), ["trigger.codes"]),
    "no grade": (changed(("grade: A, ", "")), ["confidence.grade"]),
    "two durations": (changed(("years: 5, from: decision", "years: 5, from: decision, life: true")), ["duration"]),
    "no duration": (changed(("years: 5, from: decision", "")), ["duration", "years, life or until"]),
    "a term that starts nowhere": (changed(("years: 5, from: decision", "years: 5")), ["duration", "runs (from)"]),
    "doubled key": (
        changed(("  reach: [LR]\n", "  reach: [LR]\n  reach: [PIC]\n")),
        ["bad.yaml", "line 5", "'reach' stands twice"],
    ),
    "doubled key inside": (changed(("level: law,", "level: law, level: rule,")), ["bad.yaml", "line 10", "'level'"]),
    "no list": ("id: T-1\n", ["bad.yaml", "list of rules"]),
    "no mapping": ("- T-1\n", ["bad.yaml, line 1"]),
    "no YAML": ("- {id: T-1\n", ["bad.yaml", "not readable as YAML"]),
}

GUARDS = {
    "a policy takes no right": (changed(("level: law", "level: policy")), ["takes a right", "国办发〔2020〕49号"]),
    "a departmental rule takes no right": (changed(("level: law", "level: rule")), ["takes a right"]),
    "a law without an article takes no right": (changed(("第1条", "null")), ["takes a right", "advisory or cite"]),
    "discretion needs a law too": (
        changed(("level: law", "level: policy"), ("ex_lege", "discretionary")),
        ["takes a right"],
    ),
    "a unit on LIST-01 reaches its representative by consumption alone": (
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("MARKET_BAN", "OFFICE_BAN")),
        ["失信被执行人", "consumption alone"],
    ),
    "a unit on LIST-01, among other measures": (
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("[MARKET_BAN]", "[CONSUMPTION, RECORD]")),
        ["失信被执行人"],
    ),
    "a unit or a person on LIST-01": (
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("subject: entity", "subject: any"), ("[LR]", "[SELF, LR]")),
        ["失信被执行人"],
    ),
    "a unit on LIST-01 among other triggers": (
        changed(("REVOKE_FOOD_LICENCE", "TAX_D, LIST-01")),
        ["失信被执行人"],
    ),
    "a shareholding alone": (changed(("[LR]", "[LR, SH]")), ["shareholding alone", "without_finding: none"]),
    "a shareholding with a finding that may be missing": (
        changed(("[LR]", "[SH]"), ("ex_lege", "fault_gated")),
        ["shareholding alone"],
    ),
    "a shareholder by order": (
        changed(("[LR]", "[SH]"), ("ex_lege", "order\n  without_finding: none")),
        ["shareholding alone"],
    ),
    "after the event without a road": (changed(("at_act", "after_event")), ["second hop", "`via`"]),
    "a road without after the event": (
        changed(("  role_time", "  via: {roles: [DRP], onward: [LR]}\n  role_time")),
        ["second hop"],
    ),
    "a record that bans": (changed(("ex_lege", "record_only")), ["record_only", "only record"]),
    "a record that also bans": (
        changed(("ex_lege", "record_only"), ("[MARKET_BAN]", "[RECORD, MARKET_BAN]")),
        ["only record"],
    ),
    "unknown measure": (changed(("MARKET_BAN", "PILLORY")), ["unknown measure 'PILLORY'", "MARKET_BAN"]),
    "unknown role": (changed(("[LR]", "[LR, SPOUSE]")), ["unknown role 'SPOUSE'", "known are"]),
    "unknown role on the road": (
        changed(("role_time: at_act", "via: {roles: [COUSIN], onward: [LR]}\n  role_time: after_event")),
        ["unknown role 'COUSIN'"],
    ),
    "unknown trigger": (changed(("REVOKE_FOOD_LICENCE", "LIST-99")), ["unknown trigger code 'LIST-99'"]),
    "doubled id": (GOOD + GOOD, ["rule T-1", "stands twice"]),
}


@pytest.mark.parametrize(("text", "words"), SCHEMA.values(), ids=SCHEMA)
def test_schema_refuses(text: str, words: list[str]) -> None:
    with pytest.raises(RuleError) as caught:
        read_rules(text, "bad.yaml")
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(("text", "words"), GUARDS.values(), ids=GUARDS)
def test_guard_refuses(text: str, words: list[str]) -> None:
    rules = read_rules(text, "bad.yaml")  # the row alone is well-formed: it is the guard that refuses
    with pytest.raises(RuleError) as caught:
        build_pack(rules, load_codes())
    assert "rule T-1" in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        changed(("level: law", "level: policy"), ("ex_lege", "advisory")),
        changed(("第1条", "null"), ("level: law", "level: policy"), ("MARKET_BAN", "HONOUR")),
        changed(("ex_lege", "record_only"), ("MARKET_BAN", "RECORD")),
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("MARKET_BAN", "CONSUMPTION"), ("ex_lege", "order")),
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("subject: entity", "subject: person"), ("[LR]", "[SELF]")),
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("[LR]", "[SELF_ENTITY]")),
        changed(("[LR]", "[SH]"), ("ex_lege", "fault_gated\n  without_finding: none")),
        changed(("role_time: at_act", "via: {roles: [DRP], onward: [LR]}\n  role_time: after_event")),
        changed(("level: law", "level: central")),
    ],
)
def test_guards_let_pass(text: str) -> None:
    assert len(pack_of(text).rules) == 1


def test_a_pack_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(changed(("T-1", "T-0"), ("grade: A", "grade: C")), encoding="utf-8")
    (tmp_path / "codes.yaml").write_text("ignored: true", encoding="utf-8")
    pack = load_pack_from(tmp_path)
    assert [r.id for r in pack.rules] == ["T-0", "T-1"]
    assert [r.id for r in pack.enabled] == ["T-1"]
    (tmp_path / "three.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(RuleError, match="stands twice"):
        load_pack_from(tmp_path)


def test_the_files_of_the_pack_are_the_pack() -> None:
    """What is shipped reads the same from a folder, and every file is plain YAML."""
    folder = Path(graph_model.rules.__file__).parent
    assert load_pack_from(folder) == PACK
    for path in folder.glob("*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))
