"""The rule pack that comes with the product, and the guards that no row may break."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

import graph_model.rules
from graph_model.errors import RuleError
from graph_model.rules import (
    STATUTORY,
    Automaticity,
    Document,
    InForce,
    RoleTime,
    Rule,
    RulePack,
    build_pack,
    load_codes,
    load_documents,
    load_pack,
    load_pack_from,
    read_rules,
)
from graph_model.schema import ROLE_TYPES
from tests.support.real_data import SHARED, there

PACK = load_pack()
DRAFT = SHARED / "domain" / "rules_draft.yaml"

# --- the pack -------------------------------------------------------------------------------------------------


def test_pack_loads_and_has_the_rules_that_were_asked_for() -> None:
    enabled = {r.id for r in PACK.enabled}
    assert {"PR-001", "PR-004", "PR-007", "PR-021", "PR-040", "EP-001", "EP-006", "EP-012"} <= enabled
    assert len(enabled) >= 90
    assert [r.id for r in PACK.rules] == sorted(r.id for r in PACK.rules)


def test_every_row_of_the_draft_has_a_place() -> None:
    """A rule of its own, a rule that covers it, or a provision that says why it is none; what is off says why."""
    draft: dict[str, Any] = yaml.safe_load(there(DRAFT).read_text(encoding="utf-8"))
    drafted = {row["id"] for part in ("person_rules", "entity_rules") for row in draft[part]}
    assert len(drafted) == 77
    rows = {name for r in PACK.rules for name in (r.id, *r.covers)}
    told = {p.id for p in PACK.provisions if p.why}
    assert drafted - rows - told == set()
    assert {c for r in PACK.rules for c in r.covers} <= drafted
    for rule in PACK.rules:
        assert rule.enabled or rule.confidence.grade == "C" or rule.disabled


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda r: f"{r.id}@{r.version}")
def test_row_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.title.zh
    assert rule.title.en
    for basis in rule.legal_basis:
        assert basis.document
        assert basis.article or basis.level not in STATUTORY, f"{basis.document}: which article?"
        if basis.since is None:
            assert not rule.enabled, f"{basis.document}: in force from when?"
            continue
        assert basis.since <= date(2027, 1, 1)
        assert basis.until is None or basis.since < basis.until
        # Nothing follows from a document before it was in force.
        assert basis not in rule.basis_on(basis.since - timedelta(days=1), "")
    # Some day on which the rule is in force, an article of it is.
    places = [b.area.code for b in rule.legal_basis if b.area] + ([rule.jurisdiction.code] if rule.jurisdiction else [])
    days = [b.since for b in rule.legal_basis if b.since] + [d for d in (rule.in_force.since,) if d]
    assert not days or any(rule.basis_on(day, places[0] if places else "430100") for day in days)
    assert rule.confidence.read
    if rule.enabled:
        assert rule.version != date.min.isoformat()


def test_grade_c_is_kept_and_disabled() -> None:
    old, new = PACK.find("PR-013")
    assert (old.confidence.grade, new.confidence.grade) == ("A", "C")
    assert old.enabled
    assert not new.enabled
    assert new not in PACK.enabled
    assert all(r.confidence.grade in ("A", "B") for r in PACK.enabled)
    assert {r.id for r in PACK.rules if r.confidence.grade == "C"} == {"EP-003", "EP-008", "EP-009", "PR-013", "PR-046"}


@pytest.mark.parametrize(
    ("name", "first_day", "articles"),
    [
        ("PR-007", "2024-07-01", ("第146条第1款第4项", "第178条第1款第4项")),
        ("PR-008", "2024-07-01", ("第146条第1款第3项", "第178条第1款第3项")),
        ("PR-010", "2024-07-01", ("第146条第1款第2项", "第178条第1款第2项")),
        ("PR-058", "2026-01-01", ("第63条第3款", "第66条第3款")),
        ("PR-061", "2026-08-15", ("第32条第3款", "第1096条第2款、第1097条第2款")),
        ("EP-001", "2025-07-01", ("第20条第9项、第32条", "第18条第11项、第34条第1项")),
        ("EP-002", "2025-07-01", ("第20条第8项", "第18条第10项")),
    ],
)
def test_the_wording_of_the_day(name: str, first_day: str, articles: tuple[str, str]) -> None:
    day = date.fromisoformat(first_day)
    for when, article in zip((day - timedelta(days=1), day), articles, strict=True):
        ((first, *_),) = [bases for r in PACK.find(name) if r.id == name and (bases := r.basis_on(when, "430100"))]
        assert first.article == article


def test_cases_have_their_own_term() -> None:
    (device,) = [r for r in PACK.find("PR-029") if r.id == "PR-029"]
    terms = {code: device.duration.on(frozenset({code})) for code in device.trigger.codes}
    assert {c for c, t in terms.items() if t.life} == {"MEDICAL_DEVICE_81", "MEDICAL_DEVICE_83"}
    assert {c for c, t in terms.items() if t.years == 10} == {"MEDICAL_DEVICE_85", "MEDICAL_DEVICE_86"}
    assert {c for c, t in terms.items() if t.years == 5} == {"MEDICAL_DEVICE_84", "MEDICAL_DEVICE_88"}
    (closed,) = PACK.find("PR-016")
    assert closed.duration.on(frozenset()).years == 5
    assert closed.duration.on(frozenset({"SERIOUS"})).life
    before, after = PACK.find("PR-061")[:2]
    assert before.duration.on(frozenset({"CRIMINAL_OFFENCE"})).life
    assert after.duration.on(frozenset({"SERIOUS", "CRIMINAL_OFFENCE"})).years == 10


def test_a_state_that_bars_and_no_other_is_standing() -> None:
    assert {r.id for r in PACK.rules if r.law_day == "standing"} == {
        *("PR-006", "PR-007", "PR-008", "PR-010", "PR-043", "PR-048"),
    }


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
        ("P11", {"P11", "P11b"}),
        ("PR-003", {"PR-001"}),
        ("PR-044", {"PR-002"}),
        ("PR-036", {"PR-036a", "PR-036b"}),
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


def test_serious_lists_leave_out_some_on_purpose() -> None:
    serious = set(PACK.codes.groups["ANY_SERIOUS"])
    assert serious.isdisjoint({"LIST-01", "LIST-02", "LIST-07", "LIST-14", "LIST-15", "LIST-16", "LIST-17"})
    assert {"LIST-03", "LIST-04", "LIST-05", "LIST-06"} <= serious
    assert {PACK.codes.triggers[c].list_id for c in serious} <= {row.id for row in PACK.lists if row.serious}
    reached_by = {code: {r.id for r in PACK.enabled if code in PACK.triggered_by(r)} for code in PACK.codes.triggers}
    assert reached_by["LIST-01"] == {"PR-002", "PR-006", "PR-043", "PR-048", "P11", "P11b", "P12", "P13"}
    assert reached_by["LIST-07"] == {"PR-053", "PR-053b"}
    assert "LIST-16" not in reached_by


def test_every_trigger_and_circumstance_is_used() -> None:
    used = {code for r in PACK.rules for code in PACK.triggered_by(r)}
    assert set(PACK.codes.triggers) - used == set()
    cases = {c.when for r in PACK.rules for c in r.duration.cases}
    assert set(PACK.codes.circumstances) == {c for r in PACK.rules for c in r.trigger.requires} | (cases - used)
    # A case that can never hold, as the rule has no such trigger, is a slip.
    for rule in PACK.rules:
        assert {c.when for c in rule.duration.cases} & set(PACK.codes.triggers) <= PACK.triggered_by(rule)


def test_the_only_second_hops_say_so() -> None:
    assert {r.id for r in PACK.enabled if r.via} == {"EP-001", "EP-002", "EP-012"}
    assert {r.id for r in PACK.rules if "PARENT" in r.reach} == {"EP-006"}
    assert {r.id for r in PACK.rules if "JUDGED" in r.reach} == {"EP-004", "EP-005", "EP-008"}
    for rule in PACK.rules:
        if "JUDGED" in rule.reach:
            assert (rule.reach, rule.automaticity, rule.measures) == (("JUDGED",), "order", ("JOINT_LIABILITY",))


def test_practitioners_and_large_holders_are_reached_by_documents_only() -> None:
    """REG needs a finding of direct responsibility, SH5 a share of 5 %: no mere post may stand for them."""
    by_document = {"REG", "SH5", "DRM", "DRP", "DRP_DEBT", "PM", "KEY", "INV", "JUDGED", "COMPILER"}
    assert not by_document & set(ROLE_TYPES)
    assert not any("SH" in r.reach and r.without_finding != "none" for r in PACK.rules)


def test_codes_are_all_explained() -> None:
    for rule in PACK.rules:
        assert rule.automaticity in PACK.codes.automaticity
        assert all(m in PACK.codes.measures for m in rule.measures)
    for names in (PACK.codes.roles, PACK.codes.automaticity, PACK.codes.statuses):
        assert all(n.zh and n.en for n in names.values())
    for about in (PACK.codes.measures, PACK.codes.triggers, PACK.codes.circumstances):
        assert all(a.zh and a.en for a in about.values())


def test_basis_on_a_day_and_in_a_place() -> None:
    old, new = PACK.find("PR-007")
    assert old.basis_on(date(2018, 10, 25), "430100") == ()
    assert [b.doc for b in old.basis_on(date(2022, 2, 28), "430100")] == ["COMPANY-LAW-2018"]
    assert [b.doc for b in old.basis_on(date(2024, 6, 30), "430100")] == ["COMPANY-LAW-2018", "REGISTRATION-REGULATION"]
    assert old.basis_on(date(2024, 7, 1), "430100") == ()
    assert new.basis_on(date(2024, 6, 30), "430100") == ()
    assert [b.doc for b in new.basis_on(date(2024, 7, 1), "430100")] == ["COMPANY-LAW-2023", "REGISTRATION-REGULATION"]
    (policy,) = PACK.find("P05")
    assert policy.basis_on(date(2020, 12, 31), "430100")
    assert not policy.basis_on(date(2021, 1, 1), "430100")
    assert not policy.basis_on(date(2020, 12, 31), "440300")
    assert policy.basis_on(date(2020, 12, 31), "湖南省工业和信息化厅")


# --- the register ----------------------------------------------------------------------------------------------


def test_the_register_holds_what_the_source_documents_cite() -> None:
    cited = {r for d in PACK.documents for r in d.requirements}
    assert {f"J{n:02}" for n in range(1, 16)} <= cited
    for document in PACK.documents:
        assert document.title
        assert document.issuer
        assert document.confidence.read
        assert (document.area is None) == (document.level != "local_regulation") or document.area is not None
        assert document.replaced_by is None or document.until is not None
        assert document.since is None or document.until is None or document.since < document.until
    followers = {d.id: d.replaced_by for d in PACK.documents if d.replaced_by}
    assert followers["NDRC-ORDER-58"] == "NDRC-ORDER-36"
    assert followers["EIA-LAW-2018"] == "ECO-CODE"
    assert followers["CYBERSECURITY-LAW-2016"] == "CYBERSECURITY-LAW-2025"
    assert followers["STA-2014-40"] == "STA-2025-12"
    by_id = {d.id: d for d in PACK.documents}
    for old, new in followers.items():
        assert by_id[old].until == by_id[new].since, f"{old} → {new}"


def test_a_rule_may_not_stand_on_what_was_gone() -> None:
    """Every article of a rule is in force on some day of the rule."""
    for rule in PACK.rules:
        for basis in rule.legal_basis:
            starts = [d for d in (basis.since, rule.in_force.since) if d]
            ends = [d for d in (basis.until, rule.in_force.until) if d]
            assert not starts or not ends or max(starts) < min(ends), f"{rule.id}: {basis.document}"


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
    - {doc: LAW, article: 第1条}
  confidence: {grade: A, read: article text}
"""


def document(name: str, **more: Any) -> Document:
    about = {
        "id": name,
        "title": "某文件",
        "issuer": "某机关",
        "level": name.split("-")[0].lower(),
        "from": date(2020, 1, 1),
        "confidence": {"grade": "A", "read": "text"},
    }
    return Document.model_validate({**about, **more})


REGISTER = (
    document("LAW"),
    document("POLICY"),
    document("RULE"),
    document("CENTRAL"),
    document("LAW-UNDATED", **{"from": None}),
)


def read(text: str) -> list[Rule]:
    return read_rules(text, "bad.yaml", REGISTER)


def pack_of(text: str) -> RulePack:
    return build_pack(read(text), load_codes(), REGISTER)


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
        "\n# a comment\n" + changed(("doc: LAW,", "doc: LAW, volume: 3,")),
        ["bad.yaml, line 3, rule T-1", "legal_basis.0.volume"],
    ),
    "a circumstance that is asked for and spares": (
        changed(("subject: entity", "subject: entity, requires: [PROBATION], unless: [PROBATION, SERIOUS]")),
        ["bad.yaml, line 1, rule T-1", "trigger", "PROBATION stands under requires and under unless"],
    ),
    "missing key": (changed(("  role_time: at_act\n", "")), ["bad.yaml, line 1, rule T-1", "role_time"]),
    "unknown automaticity": (changed(("ex_lege", "always")), ["automaticity", "ex_lege"]),
    "unknown moment": (changed(("role_time: at_act", "role_time: sometimes")), ["role_time"]),
    "a level of its own": (changed(("doc: LAW,", "doc: LAW, level: rumour,")), ["legal_basis.0.level"]),
    "unknown document": (
        changed(("doc: LAW", "doc: LAW-1895")),
        ["bad.yaml, line 1, rule T-1", "legal_basis.0.doc", "'LAW-1895' is not in the register", "documents.yaml"],
    ),
    "no document": (changed(("doc: LAW, ", "")), ["rule T-1", "legal_basis.0.doc"]),
    "no basis": (
        changed(("    - {doc: LAW, article: 第1条}\n", ""), ("basis:", "basis: []")),
        ["legal_basis"],
    ),
    "in force backwards": (
        changed(("  legal_basis", "  in_force: {from: 2024-01-01, to: 2023-01-01}\n  legal_basis")),
        ["rule T-1, key in_force", "the end is not after the beginning"],
    ),
    "in force for no day": (
        changed(("  legal_basis", "  in_force: {from: 2024-01-01, to: 2024-01-01}\n  legal_basis")),
        ["rule T-1, key in_force", "the end is not after the beginning"],
    ),
    "a case that is no term": (
        changed(("years: 5, from: decision", "years: 5, from: decision, cases: [{if: SERIOUS}]")),
        ["duration.cases.0", "years, months, life or until"],
    ),
    "unknown day of the law": (changed(("  legal_basis", "  law_day: someday\n  legal_basis")), ["law_day"]),
    "a chain": (changed(("  legal_basis", "  transitive: true\n  legal_basis")), ["transitive"]),
    "nobody reached": (changed(("[LR]", "[]")), ["reach"]),
    "no measure": (changed(("[MARKET_BAN]", "[]")), ["measures"]),
    "no trigger": (changed(("[REVOKE_FOOD_LICENCE]", "[]")), ["trigger.codes"]),
    "no grade": (changed(("grade: A, ", "")), ["confidence.grade"]),
    "two durations": (changed(("years: 5, from: decision", "years: 5, from: decision, life: true")), ["duration"]),
    "no duration": (changed(("years: 5, from: decision", "")), ["duration", "years, months, life or until"]),
    "a term that starts nowhere": (changed(("years: 5, from: decision", "years: 5")), ["duration", "runs (from)"]),
    "doubled key": (
        changed(("  reach: [LR]\n", "  reach: [LR]\n  reach: [PIC]\n")),
        ["bad.yaml", "line 5", "'reach' stands twice"],
    ),
    "doubled key inside": (changed(("doc: LAW,", "doc: LAW, doc: RULE,")), ["bad.yaml", "line 10", "'doc'"]),
    "no list": ("id: T-1\n", ["bad.yaml", "list of rules"]),
    "no mapping": ("- T-1\n", ["bad.yaml, line 1"]),
    "no YAML": ("- {id: T-1\n", ["bad.yaml", "not readable as YAML"]),
}

GUARDS = {
    "a policy takes no right": (changed(("doc: LAW", "doc: POLICY")), ["takes a right", "国办发〔2020〕49号"]),
    "a departmental rule takes no right": (changed(("doc: LAW", "doc: RULE")), ["takes a right"]),
    "a law without an article takes no right": (changed(("第1条", "null")), ["takes a right", "advisory or cite"]),
    "discretion needs a law too": (
        changed(("doc: LAW", "doc: POLICY"), ("ex_lege", "discretionary")),
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
    "a branch reaches its company, no unit does": (
        changed(("[LR]", "[PARENT]")),
        ["only from a branch", "subject: branch"],
    ),
    "a recommended measure by law": (
        changed(("MARKET_BAN", "LOAN_RATE")),
        ["LOAN_RATE is a recommended measure", "named, discretionary or advisory"],
    ),
    "a recommended measure by order": (
        changed(("MARKET_BAN", "HONOUR, LOAN_RATE"), ("ex_lege", "order")),
        ["LOAN_RATE is a recommended measure"],
    ),
    "a recommended measure on a finding": (
        changed(("MARKET_BAN", "LOAN_RATE"), ("ex_lege", "fault_gated")),
        ["LOAN_RATE is a recommended measure"],
    ),
    "a fine by policy": (changed(("doc: LAW", "doc: POLICY"), ("MARKET_BAN", "FINE_PERSON")), ["takes a right"]),
    "an incentive that burdens": (
        changed(("  trigger", "  effect: incentive\n  trigger")),
        ["incentives and measures that burden"],
    ),
    "a burden among incentives": (
        changed(("MARKET_BAN", "GREEN_CHANNEL, MARKET_BAN"), ("  trigger", "  effect: incentive\n  trigger")),
        ["incentives and measures that burden"],
    ),
    "clean years of a sanction": (
        changed(("  legal_basis", "  clean_years: 3\n  legal_basis")),
        ["clean_years belongs to incentives"],
    ),
    "unknown circumstance": (
        changed(("subject: entity", "subject: entity, requires: [BAD_MOOD]")),
        ["unknown circumstance 'BAD_MOOD'", "known are"],
    ),
    "a circumstance that spares and sets a term": (
        changed(
            ("subject: entity", "subject: entity, unless: [PROBATION]"),
            ("years: 5, from: decision", "years: 5, from: decision, cases: [{if: PROBATION, life: true}]"),
        ),
        ["PROBATION", "spares everybody (unless)"],
    ),
    "nobody is reached by a decision against a person": (
        changed(("subject: entity", "subject: any")),
        ["a decision against a person himself reaches nobody", "reach SELF"],
    ),
    "unknown case": (
        changed(("years: 5, from: decision", "years: 5, from: decision, cases: [{if: BAD_MOOD, life: true}]")),
        ["unknown case 'BAD_MOOD'"],
    ),
    "unknown sector": (
        changed(("  legal_basis", "  sectors: [MOON]\n  legal_basis")),
        ["unknown sector 'MOON'"],
    ),
    "unknown trigger": (changed(("REVOKE_FOOD_LICENCE", "LIST-99")), ["unknown trigger code 'LIST-99'"]),
    "doubled id": (GOOD + GOOD, ["rule T-1", "stands twice", "both wordings are in force"]),
    "overlapping wordings": (
        changed(("  legal_basis", "  in_force: {to: 2024-01-02}\n  legal_basis"))
        + changed(("  legal_basis", "  in_force: {from: 2024-01-01}\n  legal_basis")),
        ["rule T-1", "both wordings are in force from 2024-01-01", "in_force.to"],
    ),
    "the older wording has no end": (
        changed(("  legal_basis", "  in_force: {from: 2020-01-01}\n  legal_basis"))
        + changed(("  legal_basis", "  in_force: {from: 2024-01-01}\n  legal_basis")),
        ["rule T-1", "both wordings are in force"],
    ),
}

ONE_AFTER_THE_OTHER = changed(("  legal_basis", "  in_force: {from: 2024-01-01}\n  legal_basis")) + changed(
    ("  legal_basis", "  in_force: {to: 2024-01-01}\n  legal_basis")
)


@pytest.mark.parametrize(("text", "words"), SCHEMA.values(), ids=SCHEMA)
def test_schema_refuses(text: str, words: list[str]) -> None:
    with pytest.raises(RuleError) as caught:
        read(text)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(("text", "words"), GUARDS.values(), ids=GUARDS)
def test_guard_refuses(text: str, words: list[str]) -> None:
    rules = read(text)  # the row alone is well-formed: it is the guard that refuses
    with pytest.raises(RuleError) as caught:
        build_pack(rules, load_codes(), REGISTER)
    assert "rule T-1" in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        changed(("doc: LAW", "doc: POLICY"), ("ex_lege", "advisory")),
        changed(("第1条", "null"), ("doc: LAW", "doc: POLICY"), ("MARKET_BAN", "HONOUR")),
        changed(("ex_lege", "record_only"), ("MARKET_BAN", "RECORD")),
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("MARKET_BAN", "CONSUMPTION"), ("ex_lege", "order")),
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("subject: entity", "subject: person"), ("[LR]", "[SELF]")),
        changed(("REVOKE_FOOD_LICENCE", "LIST-01"), ("[LR]", "[SELF_ENTITY]")),
        changed(("[LR]", "[SH]"), ("ex_lege", "fault_gated\n  without_finding: none")),
        changed(("role_time: at_act", "via: {roles: [DRP], onward: [LR]}\n  role_time: after_event")),
        changed(("doc: LAW", "doc: CENTRAL")),
        changed(("doc: LAW", "doc: LAW-UNDATED")),
        changed(("[REVOKE_FOOD_LICENCE]", "[ANY]"), ("entity", "branch"), ("[LR]", "[PARENT]")),
        changed(("MARKET_BAN", "LOAN_RATE"), ("ex_lege", "advisory")),
        changed(("subject: entity", "subject: entity, requires: [SERIOUS]")),
        changed(("years: 5, from: decision", "months: 6, from: event, cases: [{if: TAX_D, life: true}]")),
        changed(
            ("MARKET_BAN", "GREEN_CHANNEL"),
            ("[LR]", "[SELF_ENTITY]"),
            ("  trigger", "  effect: incentive\n  clean_years: 3\n  trigger"),
        ),
    ],
)
def test_guards_let_pass(text: str) -> None:
    assert len(pack_of(text).rules) == 1


def test_wordings_one_after_the_other() -> None:
    old, new = pack_of(ONE_AFTER_THE_OTHER).rules
    assert (old.in_force, new.in_force) == (
        InForce.model_validate({"to": date(2024, 1, 1)}),
        InForce.model_validate({"from": date(2024, 1, 1)}),
    )
    assert old.version < new.version
    for day, row in ((date(2023, 12, 31), old), (date(2024, 1, 1), new)):
        assert [r for r in (old, new) if r.basis_on(day, "")] == [row]
    assert old.basis_on(date(2019, 12, 31), "") == ()


def test_an_article_has_its_own_days_and_place() -> None:
    text = changed(
        (
            "article: 第1条}",
            "article: 第1条, from: 2021-01-01, to: 2022-01-01, area: {name: 湖南省, code: '43'}}\n"
            "    - {doc: LAW, article: 第2条}",
        )
    )
    (row,) = read(text)
    own, of_the_document = row.legal_basis
    assert (own.since, own.until) == (date(2021, 1, 1), date(2022, 1, 1))
    assert (of_the_document.since, of_the_document.until, of_the_document.area) == (date(2020, 1, 1), None, None)
    assert row.basis_on(date(2021, 6, 1), "430100") == (own, of_the_document)
    assert row.basis_on(date(2021, 6, 1), "310000") == (of_the_document,)
    assert row.basis_on(date(2022, 1, 1), "430100") == (of_the_document,)


REGISTERS = {
    "doubled id": ((document("LAW"), document("LAW")), ["document LAW", "stands twice"]),
    "followed by nothing": (
        (document("LAW", replaced_by="LAW-2"),),
        ["document LAW", "'LAW-2' is not in the register"],
    ),
    "followed by itself": ((document("LAW", replaced_by="LAW"),), ["document LAW", "runs in a circle"]),
    "a circle": (
        (
            document("LAW", replaced_by="LAW-2"),
            document("LAW-2", replaced_by="LAW-3"),
            document("LAW-3", replaced_by="LAW"),
        ),
        ["document LAW", "runs in a circle"],
    ),
}


@pytest.mark.parametrize(("register", "words"), REGISTERS.values(), ids=REGISTERS)
def test_register_refuses(register: tuple[Document, ...], words: list[str]) -> None:
    with pytest.raises(RuleError) as caught:
        build_pack([], load_codes(), register)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_pack_from_a_folder(tmp_path: Path) -> None:
    register = (
        "- {id: LAW, title: 某法, issuer: 某机关, level: law, from: 2020-01-01, confidence: {grade: A, read: text}}\n"
    )
    (tmp_path / "documents.yaml").write_text(register, encoding="utf-8")
    (tmp_path / "one.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "two.yaml").write_text(changed(("T-1", "T-0"), ("grade: A", "grade: C")), encoding="utf-8")
    (tmp_path / "codes.yaml").write_text("ignored: true", encoding="utf-8")
    pack = load_pack_from(tmp_path)
    assert len(pack.documents) == len(load_documents()) + 1
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


@pytest.mark.parametrize(
    ("rule", "place", "holds"),
    [
        ("PR-057b", "杭州市余杭区人民法院", True),
        ("PR-057b", "浙江省高级人民法院", True),
        ("PR-057b", "330102", True),
        ("PR-057b", "长沙市中级人民法院", False),
        ("P13", "郴州市北湖区人民法院", True),
        ("P13", "430381", True),
        ("P13", "南昌市中级人民法院", False),
        ("P13", "", False),
    ],
)
def test_a_province_is_known_by_its_cities(rule: str, place: str, holds: bool) -> None:
    """An organ is often named by its city alone, and the rules of the province hold there all the same."""
    (row,) = PACK.find(rule)
    assert row.jurisdiction is not None
    assert row.jurisdiction.holds(place) is holds


def test_a_row_that_breaks_a_guard_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """Two wordings for one day: both places are named."""
    register = (
        "- {id: LAW, title: 某法, issuer: 某机关, level: law, from: 2020-01-01, confidence: {grade: A, read: text}}\n"
    )
    (tmp_path / "documents.yaml").write_text(register, encoding="utf-8")
    (tmp_path / "one.yaml").write_text(f"# a comment\n{GOOD}", encoding="utf-8")
    (tmp_path / "two.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(RuleError, match=r"one\.yaml, line 2; two\.yaml, line 1: rule .*both wordings"):
        load_pack_from(tmp_path)
