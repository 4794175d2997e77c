"""White lists and tiers of supervision: the tables of `check_cases`, the files, the graph, and tables in which nothing runs."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from graph_model.errors import SourceError
from graph_model.facts import FactRow
from graph_model.profiles import TierTable, WhitelistProfile, read_profile, read_table
from graph_model.store.connect import Graph
from graph_model.store.neo4j_process import Server
from queries.answers import FactRef, PartyRef, SanctionRef
from queries.checks import portrait as portrait_question
from queries.checks.portrait import Portrait
from queries.checks.supervise import Supervision, Tiered, supervise, tiered
from queries.checks.whitelist import Portrayed, Whitelist, judged, whitelist
from queries.read.moment import Moment
from tests.support.invented import citizen, code, company, decision
from tests.support.types import Cli, LoadFile, Put

ROOT = Path(__file__).parents[1]
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "check_cases" / "portraits.yaml").read_text(encoding="utf-8")
)
DAY = date(2026, 6, 30)


def portrait_of(case: dict[str, Any]) -> Portrait:
    """The party of a case, in memory."""
    found = Portrait(PartyRef(key="e-1", label="Entity", name="长沙甲有限公司", kind="company"))
    count = 0

    def fact(kind: str, row: dict[str, Any], since: date | None = None) -> FactRow:
        nonlocal count
        count += 1
        props = {k: v for k, v in row.items() if k not in ("from", "until", "day")}
        one = FactRow(
            f"f{count}",
            kind,
            "e-1",
            f"x{count}",
            since=since or row.get("from"),
            until=row.get("until"),
            data_date=row.get("day"),
            props=props,
        )
        shown = {"fact_id": one.fact_id, "type": kind, "from": "e-1", "to": one.end, "source": "x"}
        found.refs[one.fact_id] = FactRef.model_validate(shown)
        return one

    found.stated = [fact("ABOUT", row) for row in case.get("stated", ())]
    found.held = [fact("HOLDS", row) for row in case.get("held", ())]
    found.inspected = [fact("INSPECTED_IN", row, row["day"]) for row in case.get("inspected", ())]
    for n, row in enumerate(case.get("records", ())):
        said = {"status": "in_force", "codes": [], "disputed": None, **row, "decided_on": row["decided"]}
        del said["decided"]
        if said.pop("hearsay", False):
            found.hearsay |= {f"s{n}"}
        about = {"key": f"s{n}", "title": "处罚决定", "authority": None, "document_number": None, "until": None}
        found.sanctions.append(SanctionRef.model_validate(about | said))
    return found


@pytest.mark.parametrize("case", [c for c in CASES if "profile" in c], ids=lambda c: c["name"])
def test_white_list(case: dict[str, Any]) -> None:
    profile = WhitelistProfile.model_validate({"name": "名单", **case["profile"]})
    found = judged(profile, portrait_of(case), DAY)
    assert found.verdict == case["verdict"]
    assert case.get("because", "") in "; ".join(found.reasons)
    assert bool(found.reasons) == (found.verdict != "in")
    assert all(f.fits == "yes" for f in found.features) == (found.verdict == "in")
    assert any(f.fits == "no" for f in found.features) == (found.verdict == "out")


@pytest.mark.parametrize("case", [c for c in CASES if "table" in c], ids=lambda c: c["name"])
def test_tiers(case: dict[str, Any]) -> None:
    otherwise = {"tier": "B", "title": "常规", "weight": 1}
    table = TierTable.model_validate({"name": "表", "otherwise": otherwise, **case["table"]})
    found = tiered(table, portrait_of(case), DAY)
    assert found.tier == case["tier"]
    assert found.reasons
    assert case.get("open", "") in "; ".join(found.open)
    assert bool(found.open) == ("open" in case)
    weights = {t.tier: t.weight for t in (*table.tiers, table.otherwise)}
    assert found.weight == weights[found.tier]
    assert [s.key for s in found.after] == [s.key for s in portrait_of(case).sanctions]


# --- properties -------------------------------------------------------------------------------------------

profiles = st.sampled_from([c for c in CASES if "profile" in c])


@examples(max_examples=150, deadline=None)
@given(profiles, profiles)
def test_to_ask_more_lets_nobody_in(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A profile that asks for all that two others ask lets in whom both let in, and nobody else."""
    lists = ("credentials", "excluded")
    both: dict[str, Any] = {"name": "两者"}
    for asked in (one["profile"], other["profile"]):
        for key, value in asked.items():
            if key in lists:
                both[key] = [*both.get(key, []), *value]
            elif both.setdefault(key, value) != value:
                return  # the two cannot be asked in one
    shared = ("complete_since", "fresh_days")
    apart = [
        {k: v for k, v in both.items() if k in asked["profile"] or k in (*shared, "name")} for asked in (one, other)
    ]
    for asked, mine in zip((one, other), apart, strict=True):
        mine.update({k: asked["profile"][k] for k in lists if k in asked["profile"]})
    for case in (one, other):
        verdicts = [judged(WhitelistProfile.model_validate(p), portrait_of(case), DAY).verdict for p in (*apart, both)]
        assert (verdicts[2] == "in") == (verdicts[0] == "in" and verdicts[1] == "in")
        assert (verdicts[2] == "out") == ("out" in verdicts[:2])


# --- files of parameters ----------------------------------------------------------------------------------


def test_the_examples_can_be_read() -> None:
    profile = read_profile(ROOT / "docs" / "examples" / "whitelist.yaml")
    assert (profile.fresh_days, profile.complete_since) == (400, date(2020, 1, 1))
    table = read_table(ROOT / "docs" / "examples" / "tiers.yaml")
    assert [t.tier for t in table.tiers] == ["D", "C", "A"]
    # A key that is documented is a key, and the other way round.
    page = (ROOT / "docs" / "whitelist.md").read_text(encoding="utf-8")
    keys = {row.split("`")[1] for row in page.split("| key of a profile |")[1].split("\n\n")[0].splitlines()[2:]}
    assert keys == set(WhitelistProfile.model_fields)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name: x\nstatus: [存续]\nregions: [湖南]", "regions"),
        ("name: x", "asks nothing"),
        ("name: x\nmin_age_years: -1", "min_age_years"),
        ("name: x\ncredentials: [{name: 纳税, scheme: 纳税信用}]", "grades"),
        ("name: x\nexcluded: [{kinds: [penalty]}]", "excluded.0.name"),
        ("name: x\nstatus: [存续", "line 2"),
        ("- 1", "whole file"),
        ("", "whole file"),
        ("name: !!python/object/apply:os.system [ls]", "no YAML"),
    ],
)
def test_a_wrong_profile_is_told_with_its_place(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"p\.yaml") as error:
        read_profile(tmp_path / "p.yaml")
    assert word in str(error.value)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"tiers": []}, "tiers"),
        ({"tiers": [{"tier": "D", "title": "重点", "weight": 1}]}, "needs conditions"),
        ({"tiers": [{"tier": "D", "title": "重点", "weight": -1, "all": [{"record": {}}]}]}, "weight"),
        ({"tiers": [{"tier": "D", "title": "重点", "weight": 1, "all": [{}]}]}, "exactly one"),
        ({"tiers": [{"tier": "D", "title": "重点", "weight": 1, "all": [{"record": {}}]}] * 2}, "one name"),
        ({"otherwise": None}, "otherwise"),
    ],
)
def test_a_wrong_table_is_told_with_its_place(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    good = {"tier": "D", "title": "重点", "weight": 1, "all": [{"record": {"kinds": ["penalty"]}}]}
    table = {"name": "表", "tiers": [good], "otherwise": {"tier": "B", "title": "常规", "weight": 1}}
    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    assert read_table(path).otherwise.tier == "B"
    path.write_text(yaml.safe_dump(table | change, allow_unicode=True), encoding="utf-8")
    with pytest.raises(SourceError, match=r"t\.yaml") as error:
        read_table(path)
    assert word in str(error.value)


# --- through the graph ------------------------------------------------------------------------------------

GOOD, BAD, EVIL_NAME, FAR = "长沙甲食品有限公司", "长沙乙食品有限公司", "=长沙丙食品有限公司", "武汉丁食品有限公司"
PROFILE = """
name: 名单
region: [湖南]
kinds: [company]
complete_since: 2020-01-01
fresh_days: 30
status: [存续]
excluded: [{name: 吊销, kinds: [penalty], words: [吊销], years: 3}]
"""
TABLE = """
name: 表
region: [湖南]
complete_since: 2020-01-01
tiers:
  - {tier: D, title: 重点, weight: 4, any: [{record: {kinds: [penalty], years: 3}}]}
otherwise: {tier: B, title: 常规, weight: 1}
"""


@pytest.fixture
def people(graph: Graph, put: Put, load_file: LoadFile, tmp_path: Path) -> Path:
    """Four companies, one of them far away, one with a revoked licence. A folder with a profile and a table."""
    rows = [company(GOOD, 1, "张三", citizen(1)), company(BAD, 2, "李四", citizen(2))]
    rows += [company(EVIL_NAME, 3, "王五", citizen(3)), company(FAR, 4, "赵六", citizen(4))]
    for row in rows[:3]:
        row |= {"所在省份": "湖南", "地区": "长沙"}
    rows[3] |= {"所在省份": "湖北", "地区": "武汉"}
    load_file("sample", put("register.csv", rows))
    load_file("sample", put("decisions.csv", [decision(BAD, 2)]))
    (tmp_path / "p.yaml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "t.yaml").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_every_entity_a_page_at_a_time(people: Path, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    profile, table = read_profile(people / "p.yaml"), read_table(people / "t.yaml")
    whole = list(whitelist(graph, profile, as_of=DAY))
    by_name = {r.party.name: r for r in whole if r is not None}
    assert {n: r.verdict for n, r in by_name.items()} == {GOOD: "in", BAD: "out", EVIL_NAME: "in"}
    assert sum(r is None for r in whole) >= 1  # the one far away
    (reason,) = by_name[BAD].reasons
    assert reason.startswith("吊销: recorded")
    (feature,) = [f for f in by_name[BAD].features if f.fits == "no"]
    assert feature.sanctions[0].facts[0].record  # the file and line that say so
    assert all(f.facts for f in by_name[GOOD].features if f.name.startswith("status"))
    tiers = {r.party.name: r.tier for r in supervise(graph, table, as_of=DAY) if r is not None}
    assert tiers == {GOOD: "B", BAD: "D", EVIL_NAME: "B"}
    monkeypatch.setattr(portrait_question, "PORTRAIT_PAGE", 1)
    assert list(whitelist(graph, profile, as_of=DAY)) == whole
    # A month and a day later the register is too old; what was not loaded yet is not known.
    later = [r for r in whitelist(graph, profile, as_of=date(2026, 7, 31)) if r is not None]
    assert {r.verdict for r in later} == {"unknown", "out"}
    assert [r for r in whitelist(graph, profile, as_of=Moment.on(DAY, 0)) if r is not None] == []


def test_the_commands(people: Path, graph: Graph, server: Server, cli: Cli) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        return cli(*words, "--as-of", "2026-06-30", "--store", server.store)

    profile, table = str(people / "p.yaml"), str(people / "t.yaml")
    status, out, _ = run("whitelist", "--profile", profile, "--json")
    answer = Whitelist.model_validate_json(out)
    assert status == 0
    assert {k: answer.counts[k] for k in ("in", "out", "unknown")} == {"in": 2, "out": 1, "unknown": 0}
    assert [type(r) for r in answer.rows] == [Portrayed] * 3
    for kind in ("csv", "xlsx", "json"):
        status, out, _ = run("whitelist", "--profile", profile, "-o", str(people / f"w.{kind}"))
        assert (status, "in 2, out 1, unknown 0" in out) == (0, True)
    with (people / "w.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["名称 name"]: r["结论 verdict"] for r in rows} == {
        GOOD: "入列 in",
        BAD: "未入列 out",
        f"'{EVIL_NAME}": "入列 in",
    }
    assert {r["统一社会信用代码 code"] for r in rows} == {code(1), code(2), code(3)}
    assert Whitelist.model_validate_json((people / "w.json").read_text(encoding="utf-8")) == answer
    # One that is outside is told when it is asked for.
    status, out, _ = run("whitelist", "--profile", profile, code(4), "--json")
    (far,) = Whitelist.model_validate_json(out).rows
    assert (far.verdict, far.party.name) == ("out", FAR)
    status, out, _ = run("whitelist", "--profile", profile)
    assert all(word in out for word in ("入列 in", "未入列 out", "吊销"))
    status, out, _ = run("supervise", "--table", table, "--json")
    tiers = Supervision.model_validate_json(out)
    assert {k: tiers.counts[k] for k in ("D", "B")} == {"D": 1, "B": 2}
    assert [type(r) for r in tiers.rows] == [Tiered] * 3
    (bad,) = [r for r in tiers.rows if r.tier == "D"]
    assert (bad.weight, len(bad.after)) == (4, 1)
    status, _, _ = run("supervise", "--table", table, "-o", str(people / "t.csv"))
    with (people / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {r["抽查权重 weight"] for r in csv.DictReader(file)} == {"4.0", "1.0"}
    for wrong in (
        ("whitelist", "--profile", table),
        ("whitelist", "--profile", profile, "没有这样的公司"),
        ("whitelist", "--profile", profile, "-o", str(people / "w.pdf")),
        ("supervise", "--table", str(people / "nothing.yaml")),
        ("whitelist",),
    ):
        assert run(*wrong)[0] == 2
    assert json.loads(out)["question"] == "supervise"
