"""Whom a sanction reaches: the cases of tests/rule_cases, read as a lawyer would, and what must hold for any facts."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from graph_model.derivation import CONFIRM, Case, Consequence, derive, trace
from graph_model.events import Event
from graph_model.facts import FactRow, PartyRow
from graph_model.rules import load_pack
from graph_model.schema import ROLE_TYPES
from graph_model.sentences import FREE_TEXT, chinese, told
from graph_model.timeline import end_of_term, status_on

PACK = load_pack()
SANCTION = "s-1"
UNIT, SELF = "公司", "本人"
REGISTER_DAY = date(2026, 6, 30)
"""Up to this day the register speaks for a post without an end, unless the case says otherwise."""
POSTS = {code: types[0] for code, types in ROLE_TYPES.items() if len(types) == 1} | {
    "REG": "PRACTISES_AT",
    "BRANCH": "BRANCH_OF",
}

# --- the cases: notation → facts ------------------------------------------------------------------------------


class RuleCase(NamedTuple):
    """One case, as written, with its expectations by day."""

    file: str
    written: dict[str, Any]
    days: dict[date, dict[str, Any]]

    @property
    def rule(self) -> str:
        return self.written["rule"]

    @property
    def wanted(self) -> list[dict[str, Any]]:
        """Every expected status, in one form."""
        return [_as_mapping(e) for people in self.days.values() for e in people.values()]


STATUSES = ("candidate", "active", "suspended", "ended", "unknown", "none")
ALLOWED = {
    "case": {
        "name",
        "rule",
        "sanction",
        "posts",
        "findings",
        "confirmed",
        "refused",
        "events",
        "adult_on",
        "same",
        "measure",
        "as_of",
        "expect",
        "why",
        "cites",
    },
    "sanction": {"code", "against", "decided", "act", "authority", "jurisdiction", "from", "until", "trust", "seen"}
    | {"circumstances", "denied", "counted_from", "sectors", "absent", "statements", "listed", "published"},
    "statements": {
        "source",
        "code",
        "decided",
        "act",
        "from",
        "until",
        "seen",
        "absent",
        "trust",
        "circumstances",
        "denied",
    },
    "events": {"kind", "stage", "day", "case", "who", "measure", "until", "type", "item", "form"},
    "posts": {"who", "role", "from", "to", "at", "seen", "absent", "trust", "unit", "source", "later"},
    "findings": {"who", "capacity", "basis", "from", "to", "trust", "unit"},
    "confirmed": {"who", "day", "seen_without"},
    "refused": {"who", "day", "seen_without"},
    "expect": {"status", "since", "until", "missing", "reading"},
}


FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A safe loader too, by libyaml: half a megabyte of cases is read at each collection."""


def _as_mapping(expected: Any) -> dict[str, Any]:
    return expected if isinstance(expected, dict) else {"status": expected}


def read_cases() -> Iterator[RuleCase]:
    for path in sorted((Path(__file__).parent / "rule_cases").glob("*.yaml")):
        for written in yaml.load(path.read_text(encoding="utf-8"), Loader=FAST):
            name = f"{path.name}: {written.get('name')}"
            _known(name, "case", written)
            assert {"name", "rule", "sanction", "expect", "why"} <= set(written), name
            _known(name, "sanction", written["sanction"])
            for row in written["sanction"].get("statements") or ():
                _known(name, "statements", row)
            for part in ("posts", "findings", "confirmed", "refused", "events"):
                for row in written.get(part) or ():
                    _known(name, part, row)
            by_day = "as_of" not in written
            days = written["expect"] if by_day else {written["as_of"]: written["expect"]}
            for day, people in days.items():
                assert isinstance(day, date), f"{name}: give as_of, or days under expect"
                for expected in people.values():
                    _known(name, "expect", _as_mapping(expected))
                    assert _as_mapping(expected)["status"] in STATUSES, name
            yield RuleCase(path.name, written, days)


def _known(name: str, part: str, row: dict[str, Any]) -> None:
    assert set(row) <= ALLOWED[part], f"{name}: {part} has {sorted(set(row) - ALLOWED[part])}"


CASES = list(read_cases())


def _seen(row: dict[str, Any], otherwise: date | None) -> date | None:
    return None if row.get("seen") == "never" else row.get("seen", otherwise)


def facts_of(written: dict[str, Any], without: str | None = None) -> Case:
    """The facts of a case, without a human's decisions."""
    stated = written["sanction"]
    on = {"entity": UNIT, "person": SELF}.get(stated.get("against", "entity"), stated.get("against", "entity"))
    parties = {on: PartyRow(on, "Entity" if on == UNIT else "Person", on.partition("/")[0])}
    imposed = [
        imposed_fact(number, {**stated, **one}, on) for number, one in enumerate(stated.get("statements") or [{}])
    ]
    roles, onward = [], []
    for number, row in enumerate(() if without == "posts" else written.get("posts") or ()):
        if without == "later" and row.get("later"):
            continue
        where = row.get("at", UNIT)
        parties.setdefault(where, PartyRow(where, "Entity", where))
        who = row["who"]
        parties.setdefault(who, PartyRow(who, "Entity" if row.get("unit") else "Person", who.partition("/")[0]))
        ends = (where, who) if row["role"] == "BRANCH" else (who, where)  # who: the company of the branch
        fact = FactRow(
            f"f-1-post-{number}",
            POSTS[row["role"]],
            *ends,
            since=row.get("from"),
            until=row.get("to"),
            data_date=_seen(row, REGISTER_DAY),
            absent_since=row.get("absent"),
            source=row.get("source", "登记"),
            trust=row.get("trust", "official"),
        )
        (roles if where == on else onward).append(fact)
    found = []
    for number, row in enumerate(() if without == "findings" else written.get("findings") or ()):
        label = "Entity" if row.get("unit") else "Person"
        parties.setdefault(row["who"], PartyRow(row["who"], label, row["who"].partition("/")[0]))
        found.append(
            FactRow(
                f"f-2-finding-{number}",
                "RESPONSIBLE_FOR",
                row["who"],
                SANCTION,
                since=row.get("from"),
                until=row.get("to"),
                source="文书",
                trust=row.get("trust", "official"),
                props={"capacity": row["capacity"], "basis": row["basis"]},
            )
        )
    for who, day in (written.get("adult_on") or {}).items():
        parties[who] = replace(parties[who], **{"adult_year" if isinstance(day, int) else "adult_on": day})
    same = []
    for number, row in enumerate(() if without == "same" else written.get("same") or ()):
        for who in row["who"]:
            parties.setdefault(who, PartyRow(who, "Person", who.partition("/")[0]))
        judged = {"judgement": "same", "author": "王敏", "day": row["day"], "reason": "核对身份证原件"}
        same.append(FactRow(f"j-{number}", "SAME_PERSON_AS", *row["who"], source="record", props=judged))
    return Case(
        SANCTION,
        tuple(imposed),
        tuple(found),
        tuple(roles),
        tuple(onward),
        parties,
        tuple(recorded(written)),
        same=tuple(same),
    )


def imposed_fact(number: int, stated: dict[str, Any], on: str) -> FactRow:
    """What one source says of the decision; of a single source `f-0-imposed`."""
    decided, codes = stated.get("decided"), stated["code"]
    codes = codes if isinstance(codes, list) else [codes]
    triggers = PACK.codes.triggers
    return FactRow(
        f"f-0-imposed-{number}" if number else "f-0-imposed",
        "IMPOSED_ON",
        SANCTION,
        on,
        since=stated.get("from", decided),
        until=stated.get("until"),
        data_date=_seen(stated, decided),
        absent_since=stated.get("absent"),
        source=stated.get("source", "决定"),
        trust=stated.get("trust", "official"),
        in_snapshot=stated.get("listed"),
        props={
            "published_on": stated.get("published"),
            "codes": codes,
            "decided_on": decided,
            "act_on": stated.get("act"),
            "authority": stated.get("authority"),
            "jurisdiction": stated.get("jurisdiction"),
            "circumstances": stated.get("circumstances"),
            "circumstances_not": stated.get("denied"),
            "counted_from": stated.get("counted_from"),
            "sectors": stated.get("sectors"),
            "kind": triggers[codes[0]].kind if codes[0] in triggers else "penalty",
        },
    )


def recorded(written: dict[str, Any]) -> Iterator[Event]:
    """The objections, repairs, liftings and changed terms of a case."""
    for number, row in enumerate(written.get("events") or ()):
        details: dict[str, Any] = {k: row[k] for k in ("measure", "until", "type", "form") if k in row}
        if row["kind"] == "objection":
            details["digests"] = ["f-0-imposed"]
        yield Event(
            f"v-{number}",
            row["kind"],
            row["stage"],
            SANCTION,
            row["day"],
            item=row.get("item", SANCTION),
            subject=row.get("who"),
            case=row.get("case"),
            details=details,
            rec_from=number,
        )


def decision_on(c: Consequence, digest: str, word: str, day: date) -> Event:
    """A human's decision on a consequence."""
    return Event(f"v-{c.key}-{word}-{day}", "confirmation", word, SANCTION, day, consequence=c.key, digest=digest)


def with_decisions(written: dict[str, Any]) -> Case:
    """The facts of a case, with what humans decided on the evidence that they saw."""
    case = facts_of(written)
    decisions: list[Event] = []
    for word in ("confirmed", "refused"):
        for row in written.get(word) or ():
            shown = list(derive([replace(facts_of(written, row.get("seen_without")), events=())], PACK))
            about = [c for c in shown if c.subject == row["who"] and written["rule"] in ("all", c.rule)]
            assert about or written["sanction"].get("trust") == "reference", "there was nothing to decide on"
            for c in about:
                decisions.append(decision_on(c, c.digest, word, row["day"]))
    return replace(case, events=(*case.events, *decisions))


def asked_about(case: RuleCase, c: Consequence) -> bool:
    """One measure, if the case names one; else all but fines, which end by the decision and not with a ban."""
    wanted = case.written.get("measure")
    return c.measure == wanted if wanted else PACK.codes.measures[c.measure].group != "penalty"


@pytest.mark.parametrize("case", CASES, ids=[f"{c.rule}: {c.written['name']}" for c in CASES])
def test_case(case: RuleCase) -> None:
    facts = with_decisions(case.written)
    told = yaml.safe_dump(case.written, allow_unicode=True, sort_keys=False, width=110)
    for day, people in case.days.items():
        came = [c for c in derive([facts], PACK, as_of=day) if case.rule in ("all", c.rule) and asked_about(case, c)]
        lines = "\n".join(
            f"  {c.rule} {c.measure} {c.subject}: {c.status_on(day)} {[tuple(map(str, i)) for i in c.timeline]}"
            f" missing {list(c.missing)} reading {list(c.reading)}"
            for c in came
        )
        message = f"\n{told}\non {day} came:\n{lines or '  nobody'}"
        reached = {c.subject for c in came}
        expected = {who: _as_mapping(e) for who, e in people.items()}
        assert reached == {who for who, e in expected.items() if e["status"] != "none"}, message
        for c in came:
            _check(c, expected[c.subject], day, message)
            if "cites" in case.written:
                cites = case.written["cites"]
                assert len(c.basis) == len(cites), message
                assert all(any(word in b.document for b in c.basis) for word in cites), message


def _check(c: Consequence, expected: dict[str, Any], day: date, message: str) -> None:
    interval = next(i for i in c.timeline if status_on([i], day) is not None)
    assert interval.status == expected["status"], message
    assert all(i.since is None or i.until is None or i.since < i.until for i in c.timeline), message
    for name in ("since", "until"):
        if name in expected:
            assert getattr(interval, name) == expected[name], f"{name}: {message}"
    for name in ("missing", "reading"):
        for words in expected.get(name) or ():
            assert any(words in line for line in getattr(c, name)), f"{name}: {words!r}: {message}"
    if expected.get("missing") == []:
        assert c.missing == (), message


@pytest.mark.parametrize("rule", sorted({r.id for r in PACK.enabled if r.effect == "sanction"}))
def test_every_enabled_rule_has_a_positive_and_a_negative_case(rule: str) -> None:
    own = [c for c in CASES if c.rule == rule]
    assert any(e["status"] != "none" for c in own for e in c.wanted), f"{rule} reaches nobody in any case"
    assert any(c.wanted and all(e["status"] == "none" for e in c.wanted) for c in own), f"{rule} spares nobody"


def test_every_text_of_every_case_can_be_said_in_chinese() -> None:
    """A person is handed the grounds in Chinese: no English word is left in them."""
    texts: set[str] = set()
    for case in CASES:
        for c in derive([with_decisions(case.written)], PACK):
            texts.update(c.missing, c.reading, (i.why for i in c.timeline))
    assert len(texts) > 80
    assert not [text for text in texts if text and told(text).code == FREE_TEXT]
    for text in sorted(texts):
        words = re.findall(r"[a-z]{3,}", chinese(text))
        assert not words, f"{text!r} → {chinese(text)!r}"


def test_cases_name_rules_that_exist() -> None:
    known = {r.id for r in PACK.rules} | {"all"}
    assert {c.rule for c in CASES} <= known
    names = [(c.rule, c.written["name"]) for c in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("start", "years", "first_free_day"),
    [
        (date(2021, 3, 10), 3, date(2024, 3, 11)),
        (date(2021, 3, 10), 5, date(2026, 3, 11)),
        (date(2024, 2, 29), 3, date(2027, 3, 1)),
        (date(2024, 2, 29), 5, date(2029, 3, 1)),
        (date(2020, 2, 29), 4, date(2024, 3, 1)),
        (date(2023, 2, 28), 5, date(2028, 2, 29)),
        (date(2021, 2, 28), 3, date(2024, 2, 29)),
        (date(2021, 12, 31), 3, date(2025, 1, 1)),
    ],
)
def test_terms_of_years(start: date, years: int, first_free_day: date) -> None:
    """民法典 201: the start day is not counted. 202: the corresponding day is the last, else the end of the month."""
    assert end_of_term(start, years) == first_free_day


def test_the_document_that_is_needed_is_part_of_the_evidence() -> None:
    """Found responsible in one capacity and named in another: what was confirmed must include the naming."""
    written = {
        "rule": "PR-012",
        "sanction": {"code": "REGISTRATION_REVOKED_FALSE", "decided": date(2023, 3, 10)},
        "findings": [
            {"who": "责任人", "capacity": "DRP", "basis": "finding"},
            {"who": "责任人", "capacity": "PIC", "basis": "named"},
        ],
    }
    (c,) = derive([facts_of(written)], PACK)
    assert [f.fact_id for f in c.evidence] == ["f-0-imposed", "f-2-finding-0", "f-2-finding-1"]
    assert len(c.missing) == 1
    (without,) = derive([replace(facts_of(written), responsible=facts_of(written).responsible[:1])], PACK)
    assert without.digest != c.digest


CONDITIONS = {"enabled", "trust", "trigger", "subject", "law", "sector", "circumstance", "clean", "post", "branch"}
CONDITIONS |= {"after", "adult", "finding", "term"}


@pytest.mark.parametrize("case", CASES, ids=[f"{c.rule}: {c.written['name']}" for c in CASES])
def test_looking_at_the_conditions_changes_nothing(case: RuleCase) -> None:
    """What `why-not` shows is the derivation itself: the same consequences, and every condition with its facts."""
    facts = with_decisions(case.written)
    given = (*facts.imposed, *facts.responsible, *facts.roles, *facts.onward, *facts.same)
    rules = sorted({c.rule for c in derive([facts], PACK)} | ({case.rule} - {"all"}))
    for rule in rules:
        found, steps = trace(facts, PACK, rule)
        assert found == [c for c in derive([facts], PACK) if c.rule == rule]
        assert steps[0].condition == "enabled"
        for step in steps:
            assert step.rule == rule
            assert step.condition in CONDITIONS
            assert step.subject is None or step.subject in facts.parties
            assert isinstance(step.holds, bool)
            assert step.text
            assert all(f in given for f in step.facts)
        # Whoever is reached passed every condition that is about him, but for what is only missing.
        for c in found:
            failed = [s for s in steps if s.subject == c.subject and not s.holds and s.condition != "finding"]
            assert all(s.condition in ("post", "branch", "after", "law", "term") for s in failed), failed


def test_both_grounds_of_an_end_count_whichever_comes_first() -> None:
    """The decision's own term, and the day from which it no longer covers a person: the earlier one ends it."""
    for until, to, end in (
        (date(2027, 1, 1), date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2027, 1, 1), date(2026, 1, 1)),
    ):
        written = {
            "rule": "PR-040",
            "sanction": {
                "code": "SECURITIES_BAN",
                "decided": date(2024, 3, 1),
                "act": date(2024, 1, 1),
                "until": until,
            },
            "findings": [{"who": "某人", "capacity": "DRM", "basis": "named", "from": date(2024, 3, 1), "to": to}],
        }
        ends = {c.timeline[-1].since for c in derive([facts_of(written)], PACK) if c.subject == "某人"}
        assert ends == {end}


SPARING = PACK.model_copy(
    update={
        "rules": tuple(
            r.model_copy(
                update={"trigger": r.trigger.model_copy(update={"requires": ("SERIOUS",), "unless": ("PROBATION",)})}
            )
            for r in PACK.rules
            if r.id == "PR-024"
        )
    }
)


@pytest.mark.parametrize(
    ("stated", "denied", "comes", "missing", "reading"),
    [
        ([], [], True, ["情节严重 (SERIOUS)"], ["被宣告缓刑 (PROBATION), which would spare"]),
        (["SERIOUS"], [], True, [], ["被宣告缓刑 (PROBATION), which would spare"]),
        (["SERIOUS"], ["PROBATION"], True, [], []),
        ([], ["SERIOUS"], False, [], []),
        (["SERIOUS", "PROBATION"], [], False, [], []),
        (["PROBATION"], ["SERIOUS"], False, [], []),
    ],
)
def test_conditions_that_must_and_must_not_hold(
    stated: list[str], denied: list[str], comes: bool, missing: list[str], reading: list[str]
) -> None:
    """What is asked for and not stated leaves a candidate, a known no leaves nobody; what spares counts when stated."""
    case = facts_of(
        {
            "rule": "PR-024",
            "sanction": {
                "code": "FAKE_DRUG",
                "against": "person",
                "decided": date(2024, 10, 21),
                "act": date(2024, 6, 17),
                "circumstances": stated,
                "denied": denied,
            },
        }
    )
    found = [c for c in derive([case], SPARING) if c.measure == "MARKET_BAN"]
    assert bool(found) is comes
    for c in found:
        open_points = [m for m in c.missing if m != CONFIRM]
        assert len(open_points) == len(missing)
        assert len(c.reading) == len(reading)
        assert all(words in line for words, line in zip(missing, open_points, strict=True))
        assert all(words in line for words, line in zip(reading, c.reading, strict=True))
        assert not any(re.findall(r"[a-z]{3,}", chinese(line)) for line in (*c.missing, *c.reading))
    _, steps = trace(case, SPARING, "PR-024")
    assert any(s.condition == "circumstance" and not s.holds for s in steps) is (not comes or bool(missing))


def test_of_several_later_units_each_is_judged_by_itself() -> None:
    """One finding that was over, one post of another sort, one that began before: none of them hides the next unit."""
    sanction = {"code": "PRIVATE_SCHOOL_64_2", "decided": date(2022, 3, 1)}
    people = [("旧人", date(2023, 1, 1)), ("举办者", None)]
    written = {
        "rule": "EP-012",
        "sanction": sanction,
        "posts": [
            {"who": "旧人", "role": "AC", "from": date(2024, 1, 1), "at": "学校一"},
            {"who": "举办者", "role": "DIR", "from": date(2024, 1, 1), "at": "学校二"},
            {"who": "举办者", "role": "AC", "from": date(2020, 1, 1), "at": "学校三"},
            {"who": "举办者", "role": "AC", "from": date(2024, 1, 1), "at": "学校四"},
            {"who": "举办者", "role": "LR", "from": date(2024, 1, 1), "at": "学校五"},
        ],
        "findings": [
            {"who": who, "capacity": "AC", "basis": "named", "from": date(2022, 3, 1), **({"to": to} if to else {})}
            for who, to in people
        ],
    }
    found = [c for c in derive([facts_of(written)], PACK) if c.rule == "EP-012"]
    assert {c.subject for c in found} == {"学校四", "学校五"}
    assert all(c.missing == () for c in found)
    # The finding's own end ends what it brought.
    written["findings"][1]["to"] = date(2025, 1, 1)
    found = [c for c in derive([facts_of(written)], PACK) if c.rule == "EP-012"]
    assert {c.timeline[-1][:2] for c in found} == {("ended", date(2025, 1, 1))}


def test_of_several_parents_each_is_looked_at() -> None:
    """A branch that changed hands: the company of the day is liable, whatever stands before it in the list."""
    written = {
        "rule": "EP-006",
        "sanction": {"code": "CIVIL_JUDGMENT", "decided": date(2025, 3, 1)},
        "posts": [
            {"who": "负责人", "role": "PIC", "from": date(2018, 1, 1)},
            {"who": "旧公司", "role": "BRANCH", "from": date(2018, 1, 1), "to": date(2020, 1, 1), "unit": True},
            {"who": "新公司", "role": "BRANCH", "from": date(2020, 1, 1), "unit": True},
            {"who": "听说", "role": "BRANCH", "from": date(2020, 1, 1), "unit": True, "trust": "reference"},
        ],
    }
    found = {c.subject: c for c in derive([facts_of(written)], PACK) if c.rule == "EP-006"}
    assert found.keys() == {"新公司", "听说"}
    assert found["新公司"].missing == ()
    assert any("branch is stated only" in m for m in found["听说"].missing)
    _, steps = trace(facts_of(written), PACK, "EP-006")
    assert {(s.subject, s.holds) for s in steps if s.condition == "branch"} == {
        ("旧公司", False),
        ("新公司", True),
        ("听说", True),
    }


def test_a_public_body_is_a_subject_like_any_other() -> None:
    """机关事业单位 can stand on a list and be penalised; what the rules say of units holds for them (S01, X32)."""
    written = {"rule": "PR-045", "sanction": {"code": "LIST-05", "decided": date(2024, 3, 1)}}
    case = facts_of(written)
    body = replace(case, parties={UNIT: PartyRow(UNIT, "Organ", "某某局", "public_body")})
    told = [(c.rule, c.measure, c.subject, c.timeline) for c in derive([case], PACK)]
    assert told
    assert [(c.rule, c.measure, c.subject, c.timeline) for c in derive([body], PACK)] == told


# --- what holds for any facts ----------------------------------------------------------------------------------

PERSONS = [f"p-{n}" for n in range(4)]
UNITS = ["e-0", "e-1"]
ELSEWHERE = ["e-8", "e-9"]
PARTIES = {
    **{p: PartyRow(p, "Person", "周海燕") for p in PERSONS},
    **{e: PartyRow(e, "Entity", e) for e in (*UNITS, *ELSEWHERE)},
}
# Few days, close together and around the changes of law, so that boundaries meet.
DAYS = [date(2015, 10, 1), date(2019, 12, 1), date(2022, 2, 28), date(2022, 3, 1), date(2023, 9, 12), date(2023, 9, 13)]
DAYS += [date(2024, 2, 29), date(2024, 6, 30), date(2024, 7, 1), date(2025, 7, 1), date(2026, 3, 1), date(2027, 3, 1)]
ASKED = [*DAYS, date(2014, 1, 1), date(2028, 9, 12), date(2028, 9, 13), date(2029, 3, 1), date(2060, 1, 1)]

ROLE_TYPE = st.sampled_from(sorted({t for types in ROLE_TYPES.values() for t in types}))
DAY = st.sampled_from(DAYS)
MAYBE_DAY = st.none() | DAY
TRUST = st.sampled_from(["official", "official", "official", "reference"])
CODE = st.sampled_from(sorted(PACK.codes.triggers))
CAPACITY = st.sampled_from(["LR", "PIC", "DRM", "DRP", "DRP_DEBT", "AC", "SH", "SH5", "DIR", "SM", "REG", "SELF"])
PLACE = st.sampled_from([None, "431002", "430381", "440300", "郴州市"])


@st.composite
def period(draw: st.DrawFn) -> tuple[date | None, date | None]:
    since, until = draw(MAYBE_DAY), draw(MAYBE_DAY)
    if since and until and until <= since:
        until = None
    return since, until


@st.composite
def post(draw: st.DrawFn, number: int, where: list[str]) -> FactRow:
    since, until = draw(period())
    return FactRow(
        f"r-{number:02}",
        draw(ROLE_TYPE),
        draw(st.sampled_from([*PERSONS, "e-9"])),
        draw(st.sampled_from(where)),
        since=since,
        until=until,
        data_date=draw(MAYBE_DAY),
        absent_since=draw(st.sampled_from([None, None, None, DAYS[7]])),
        source="register",
        trust=draw(TRUST),
    )


@st.composite
def finding(draw: st.DrawFn, number: int) -> FactRow:
    since, until = draw(period())
    return FactRow(
        f"x-{number:02}",
        "RESPONSIBLE_FOR",
        draw(st.sampled_from(PERSONS)),
        SANCTION,
        since=since,
        until=draw(st.sampled_from([None, None, until])),
        source="document",
        trust=draw(TRUST),
        props={"capacity": draw(CAPACITY), "basis": draw(st.sampled_from(["finding", "named", "ordered"]))},
    )


@st.composite
def imposition(draw: st.DrawFn, number: int, on: str) -> FactRow:
    since, until = draw(period())
    decided = draw(MAYBE_DAY)
    return FactRow(
        f"i-{number:02}",
        "IMPOSED_ON",
        SANCTION,
        on,
        since=since,
        until=until,
        data_date=draw(MAYBE_DAY),
        source="list",
        trust=draw(TRUST),
        props={
            "codes": draw(st.lists(CODE, min_size=1, max_size=2, unique=True)),
            "decided_on": decided,
            "act_on": draw(MAYBE_DAY),
            "jurisdiction": draw(PLACE),
        },
    )


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """Facts around one sanction, with decisions of humans on part of what follows, some of them on old evidence."""
    on = draw(st.lists(st.sampled_from([*UNITS, "p-0"]), min_size=1, max_size=3))
    units = [e for e in dict.fromkeys(on) if e in UNITS]
    case = Case(
        SANCTION,
        imposed=tuple(draw(imposition(n, e)) for n, e in enumerate(on)),
        responsible=tuple(draw(finding(n)) for n in range(draw(st.integers(0, 4)))),
        roles=tuple(draw(post(n, units)) for n in range(draw(st.integers(0, 6)))) if units else (),
        onward=tuple(draw(post(n + 50, ELSEWHERE)) for n in range(draw(st.integers(0, 3)))),
        parties=PARTIES,
    )
    decisions = []
    for c in derive([case], PACK):
        choice = draw(st.sampled_from(["", "confirmed", "confirmed", "refused", "old"]))
        if choice:
            digest, word = ("0" * 24, "confirmed") if choice == "old" else (c.digest, choice)
            decisions.append(decision_on(c, digest, word, draw(DAY)))
    return replace(case, events=tuple(decisions))


def decision_of(case: Case, c: Consequence) -> Event | None:
    """What was decided on this consequence, if anything was."""
    return next((e for e in case.events if e.consequence == c.key), None)


def all_of(case: Case) -> list[Consequence]:
    return list(derive([case], PACK))


def by_key(case: Case) -> dict[str, Consequence]:
    return {c.key: c for c in all_of(case)}


# Two shared cores run other things too: no deadline, and no complaint about a slow generator.
for_any_case = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def test_random_cases_are_rich() -> None:
    """The properties below would hold of nothing at all; so see that something comes, of every kind."""
    rules, statuses, ways = set(), set(), set()

    @settings(deadline=None, max_examples=500, database=None, derandomize=True)
    @given(any_case())
    def look(case: Case) -> None:
        for c in all_of(case):
            rules.add(c.rule)
            ways.add(c.automaticity)
            statuses.update(i.status for i in c.timeline)

    look()
    assert len(rules) >= 15, sorted(rules)
    assert statuses == {"candidate", "active", "ended", "unknown"}
    assert len(ways) == 7


@for_any_case
@given(any_case(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(case: Case, chance: random.Random) -> None:
    def mixed(facts: tuple[FactRow, ...]) -> tuple[FactRow, ...]:
        return tuple(chance.sample(facts, len(facts)))

    other = replace(
        case,
        imposed=mixed(case.imposed),
        responsible=mixed(case.responsible),
        roles=mixed(case.roles),
        onward=mixed(case.onward),
    )
    assert all_of(case) == all_of(case) == all_of(other)


@for_any_case
@given(any_case(), st.sampled_from(ASKED))
def test_as_of_is_a_filter_on_the_timeline(case: Case, day: date) -> None:
    everything = all_of(case)
    assert list(derive([case], PACK, as_of=day)) == [c for c in everything if c.status_on(day) is not None]
    # Moving the day only moves along the timeline: it begins at most once and never goes back.
    for c in everything:
        places = [next((n for n, i in enumerate(c.timeline) if status_on([i], d)), -1) for d in sorted(ASKED)]
        assert places == sorted(places)


@for_any_case
@given(any_case())
def test_timelines_are_contiguous_and_half_open(case: Case) -> None:
    for c in all_of(case):
        assert c.timeline
        assert c.timeline[-1].until is None
        for one, following in zip(c.timeline, c.timeline[1:], strict=False):
            assert one.until == following.since
            assert one.status != following.status
        for i in c.timeline:
            assert i.since is None or i.until is None or i.since < i.until
        assert all(i.since is not None for i in c.timeline[1:])
        statuses = [i.status for i in c.timeline]
        # Only where the ground that stood is over and another one goes on may a measure in force become possible again.
        if not any("another ground of the decision goes on" in r for r in c.reading):
            assert statuses == sorted(statuses, key=["unknown", "candidate", "active", "ended"].index)
            # Where the pack lacks the wording, nothing is more than unknown until it is over.
            assert "unknown" not in statuses or set(statuses) <= {"unknown", "ended"}
        assert "ended" not in statuses[:-1]


@for_any_case
@given(any_case(), st.sampled_from([*PERSONS, "p-9"]), st.sampled_from(UNITS), period())
def test_a_shareholding_changes_nothing(
    case: Case, who: str, where: str, held: tuple[date | None, date | None]
) -> None:
    assume(not any(f.start == who for f in case.responsible))
    share = FactRow("r-00-share", "HOLDS_SHARES_IN", who, where, *held, data_date=REGISTER_DAY)
    more = replace(
        case, roles=(share, *case.roles), parties={**case.parties, "p-9": PartyRow("p-9", "Person", "周海燕")}
    )
    assert by_key(more) == by_key(case)


@for_any_case
@given(any_case(), ROLE_TYPE, period())
def test_facts_of_an_unrelated_party_change_nothing(
    case: Case, kind: str, held: tuple[date | None, date | None]
) -> None:
    """A namesake with posts of the same kinds, at units that are not sanctioned."""
    parties = {**case.parties, "p-9": PartyRow("p-9", "Person", "周海燕"), "e-7": PartyRow("e-7", "Entity", "e-7")}
    elsewhere = FactRow("r-00-else", kind, "p-9", "e-7", *held, data_date=REGISTER_DAY)
    known = FactRow("r-00-known", kind, PERSONS[1], "e-7", *held, data_date=REGISTER_DAY)
    more = replace(case, roles=(elsewhere, known, *case.roles), onward=(elsewhere, *case.onward), parties=parties)
    assert by_key(more) == by_key(case)


@for_any_case
@given(any_case())
def test_nobody_is_active_without_confirmation(case: Case) -> None:
    for c in all_of(case):
        active = [i for i in c.timeline if i.status == "active"]
        if not active:
            continue
        assert c.automaticity != "advisory"
        assert not c.missing
        if case.parties[c.subject].label == "Person" and c.automaticity != "record_only":
            decision = decision_of(case, c)
            assert decision is not None
            assert decision.digest == c.digest
            assert decision.stage == "confirmed"
            assert active[0].since is not None
            assert active[0].since >= decision.day
        needs = {
            "fault_gated": {"finding", "named"},
            "named": {"named"},
            "order": {"ordered"},
            "discretionary": {"ordered"},
        }
        sanctioned = any(f.end == c.subject for f in case.imposed)
        if c.automaticity in needs and (c.automaticity == "discretionary" or not sanctioned) and c.rule != "EP-001":
            grounds = [f for f in c.evidence if f.type == "RESPONSIBLE_FOR" and f.start == c.subject]
            assert any(f.props["basis"] in needs[c.automaticity] and f.trust == "official" for f in grounds)
        # Whatever is active rests on official facts alone, for each of its steps.
        assert any(f.trust == "official" for f in c.evidence if c.subject in (f.start, f.end))


@for_any_case
@given(any_case())
def test_only_official_decisions_trigger(case: Case) -> None:
    for c in all_of(case):
        assert all(f.trust == "official" for f in c.evidence if f.type == "IMPOSED_ON")
    silent = replace(case, imposed=tuple(replace(f, trust="reference") for f in case.imposed))
    assert all_of(silent) == []


@for_any_case
@given(any_case())
def test_hearsay_alone_makes_nothing_active(case: Case) -> None:
    """With every post and every document stated by reference sources only, no person becomes more than a candidate,
    except one who is sanctioned himself."""

    def heard(facts: tuple[FactRow, ...]) -> tuple[FactRow, ...]:
        return tuple(replace(f, trust="reference") for f in facts)

    other = replace(
        case, responsible=heard(case.responsible), roles=heard(case.roles), onward=heard(case.onward), events=()
    )
    decided = tuple(decision_on(c, c.digest, "confirmed", DAYS[0]) for c in all_of(other))
    for c in all_of(replace(other, events=decided)):
        if not any(f.end == c.subject for f in case.imposed):
            assert {i.status for i in c.timeline} <= {"candidate", "ended", "unknown"}


@for_any_case
@given(any_case())
def test_evidence_connects_the_subject_with_the_sanction(case: Case) -> None:
    given_facts = {f.fact_id: f for f in (*case.imposed, *case.responsible, *case.roles, *case.onward)}
    for c in all_of(case):
        assert c.evidence
        assert all(given_facts[f.fact_id] == f for f in c.evidence)
        assert len({f.fact_id for f in c.evidence}) == len(c.evidence)
        reached, left = {c.subject}, list(c.evidence)
        while step := next((f for f in left if f.start in reached or f.end in reached), None):
            left.remove(step)
            reached |= {step.start, step.end}
        assert case.sanction in reached
        assert not left, "evidence that has nothing to do with it"
        # Where it cannot name the article, it says why, also of what a human refused on the day of the decision.
        assert c.basis or any(m.startswith("cannot tell: ") for m in c.missing)
        assert c.sanction == case.sanction


@for_any_case
@given(any_case())
def test_nobody_beyond_one_hop(case: Case) -> None:
    units = {f.end for f in case.imposed}
    holders = {f.start for f in case.roles if f.end in units}
    found = {f.start for f in case.responsible}
    rules = {r.id: r for r in PACK.rules}
    for c in all_of(case):
        if rules[c.rule].via is None:
            assert c.subject in units | holders | found
        else:
            assert any(f.end == c.subject and f.start in holders | found for f in case.onward)


@for_any_case
@given(st.lists(any_case(), min_size=1, max_size=3))
def test_keys_are_unique_for_sanction_rule_measure_and_subject(cases: list[Case]) -> None:
    named = [
        replace(
            case,
            sanction=f"s-{n}",
            imposed=tuple(replace(f, start=f"s-{n}") for f in case.imposed),
            responsible=tuple(replace(f, end=f"s-{n}") for f in case.responsible),
        )
        for n, case in enumerate(cases)
    ]
    came = list(derive(named, PACK))
    meanings = {(c.sanction, c.rule, c.measure, c.subject) for c in came}
    assert len({c.key for c in came}) == len(came) == len(meanings)


@for_any_case
@given(any_case())
def test_disabled_rules_never_apply(case: Case) -> None:
    enabled = {r.id for r in PACK.enabled}
    assert all(c.rule in enabled for c in all_of(case))


@for_any_case
@given(any_case())
def test_a_defaulting_or_barred_unit_reaches_nobody_else(case: Case) -> None:
    """LIST-01 on a unit reaches its persons by a limit on consumption alone, LIST-07 the supplier alone."""
    for code in ("LIST-01", "LIST-07"):
        listed = replace(
            case,
            imposed=tuple(replace(f, props={**f.props, "codes": [code]}) for f in case.imposed if f.end in UNITS),
        )
        units = {f.end for f in listed.imposed}
        others = [c for c in all_of(listed) if c.subject not in units]
        assert {c.measure for c in others} <= ({"CONSUMPTION"} if code == "LIST-01" else set())


@for_any_case
@given(any_case())
def test_changed_evidence_needs_a_new_confirmation(case: Case) -> None:
    """A new version of any fact of the evidence has a new id, and what was confirmed is a candidate again."""
    for c in all_of(case):
        if not any(i.status == "active" for i in c.timeline) or decision_of(case, c) is None:
            continue
        if case.parties[c.subject].label != "Person" or c.automaticity == "record_only":
            continue
        for fact in c.evidence:

            def renewed(facts: tuple[FactRow, ...], old: str = fact.fact_id) -> tuple[FactRow, ...]:
                return tuple(replace(f, fact_id=f"{old}-v2") if f.fact_id == old else f for f in facts)

            later = replace(
                case,
                imposed=renewed(case.imposed),
                responsible=renewed(case.responsible),
                roles=renewed(case.roles),
                onward=renewed(case.onward),
            )
            again = by_key(later)[c.key]
            assert not any(i.status == "active" for i in again.timeline)
