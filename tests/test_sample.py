"""The invented province: the same every time, valid but for its dirt, and read whole by its source."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import citizen_id_faults, uscc_faults, uscc_warnings
from graph_model.schema import (
    BranchOf,
    DirectorOf,
    HoldsSharesIn,
    ImposedBy,
    ImposedOn,
    LegalRepresentativeOf,
    PrincipalOf,
    Profile,
    RegisteredAt,
    ResponsibleFor,
    SeniorManagerOf,
)
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from loaders.drafts import (
    AddressMention,
    Draft,
    EntityMention,
    PersonMention,
    Row,
    SanctionMention,
    SourceDescription,
    SourceFile,
)
from loaders.load.catalogue import read_catalogue
from loaders.load.engine import load
from loaders.mapping.parse import read_mapping
from loaders.mapping.preview import preview
from loaders.mapping.source import describe
from loaders.reading.rows import read_rows
from loaders.sample.forms import DATA_DATE, NO_CODE, SAMPLE_FILES
from loaders.sample.province import generate
from loaders.sample.story import STORY
from loaders.sample.supplied import BANK, NOMINEE, STATE_HOLDER, TABLES
from loaders.sample.words import SHARED_ADDRESS
from loaders.sources import SOURCES, court_limits, sample, shuanggongshi
from loaders.sources._forms import CAPACITIES
from queries.network.whole_graph import branches, circles, read_whole
from tests.support.graphs import the_key

Cells = dict[str, str]


def table(folder: Path, name: str) -> list[Cells]:
    with (folder / name).open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    generate(100, 7, folder)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    generate(3000, 1, folder)
    return folder


@pytest.fixture(params=["small", "whole"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


# --- the files --------------------------------------------------------------------------------------------


def test_the_same_size_and_seed_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    generate(100, 7, tmp_path / "again")
    assert bytes_of(tmp_path / "again") == bytes_of(small)
    generate(100, 8, tmp_path / "other")
    other = bytes_of(tmp_path / "other")
    # What departments supply besides tells the story, and that is in every sample.
    assert all((other[name] != data) != name.startswith("supplied") for name, data in bytes_of(small).items())
    code = f"from pathlib import Path; from loaders.sample.province import generate; generate(100, 7, Path({str(tmp_path / 'p')!r}))"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONHASHSEED": "99"}, timeout=60)
    assert bytes_of(tmp_path / "p") == bytes_of(small)


def test_an_older_sample_is_replaced(tmp_path: Path) -> None:
    generate(200, 1, tmp_path)
    generate(100, 7, tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["size"] == 100
    assert sum(row["统一社会信用代码"].startswith("91") for row in table(tmp_path, "register.csv")) < 110


@pytest.mark.parametrize("size", [-1, 0, 49, 200_001])
def test_sizes_out_of_bounds(size: int, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="size of a sample"):
        generate(size, 1, tmp_path / "never")
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("size", [50, 51, 499, 700])
def test_sizes(size: int, tmp_path: Path) -> None:
    told = []
    counts = generate(size, 3, tmp_path, progress=lambda done, all_: told.append((done, all_)))
    assert counts["entities"]["91"] == size
    assert told[-1] == (size, size)
    assert told == sorted(told)


def test_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_date"] == "2026-06-30"
    files = manifest["counts"]["files"]
    assert set(files) == {path.name for path in folder.iterdir()} - {"manifest.json", "supplied"}
    for name in SAMPLE_FILES:
        assert len(table(folder, name)) == files[name]
    limits = json.loads((folder / "court_limits.json").read_text(encoding="utf-8"))
    assert len(limits) == files["court_limits.json"] > 0
    dirt = sum(sum(kinds.values()) for kinds in manifest["counts"]["dirt"].values())
    assert 0.005 < dirt / sum(files.values()) < 0.025


def test_headers(small: Path) -> None:
    for name, form in SAMPLE_FILES.items():
        with (small / name).open(encoding="utf-8", newline="") as f:
            assert tuple(next(csv.reader(f))) == form.columns
    assert len(SAMPLE_FILES["penalties.csv"].columns) == 30
    assert len(SAMPLE_FILES["licences.csv"].columns) == 28


def test_codes_are_valid_but_for_the_dirt(folder: Path) -> None:
    dirt = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["counts"]["dirt"]
    for name, form in SAMPLE_FILES.items():
        bad = 0
        for row in table(folder, name):
            for field, value in row.items():
                if len(value) != 18 or not value[:17].isalnum() or not value.isascii() or value == NO_CODE:
                    continue
                person = value.startswith("4399")
                assert person or value[8:10] == "XN", "a code that could be somebody's"
                faults = citizen_id_faults(value) if person else uscc_faults(value)
                assert person or faults or not uscc_warnings(value)
                assert not faults or field == form.code
                bad += bool(faults)
        assert bad == dirt[name].get("bad-check-digit", 0)


def test_days_are_within_the_time_of_the_sample(folder: Path) -> None:
    for name, fields in {
        "register.csv": ("注册日期", "任职日期"),
        "officers.csv": ("任职日期", "离任日期", "数据日期"),
        "lists.csv": ("行为日期", "列入日期", "移出日期"),
        "decisions.csv": ("行为日期", "决定日期", "解除日期"),
        "penalties.csv": ("CF_JDRQ",),
    }.items():
        for row in table(folder, name):
            for field in fields:
                if row[field] and row[field] != "2023-02-30":
                    assert date(2005, 1, 1) <= date.fromisoformat(row[field]) <= DATA_DATE


def test_kinds_of_entities(folder: Path) -> None:
    kinds = Counter(row["统一社会信用代码"][:2] for row in table(folder, "register.csv"))
    assert set(kinds) == {"91", "92", "93", "11", "12", "51", "52", "N2"}
    forms = " ".join(row["企业类型"] for row in table(folder, "register.csv"))
    for word in ("有限责任公司分公司", "个体工商户", "事业单位法人", "机关法人", "民办非企业单位法人"):
        assert word in forms


def test_names_of_companies_are_their_own(whole: Path) -> None:
    codes = defaultdict(set)
    for row in table(whole, "register.csv"):
        if row["统一社会信用代码"].startswith("91") and not uscc_faults(row["统一社会信用代码"]):
            codes[row["企业名称"]].add(row["统一社会信用代码"])
    codes.pop("")  # dirt
    assert all(len(found) == 1 for found in codes.values())


def test_a_shared_address_is_a_hub(whole: Path, small: Path) -> None:
    def tenants(folder: Path) -> int:
        rows = table(folder, "register.csv")
        return len({row["统一社会信用代码"] for row in rows if row["注册地址"] == SHARED_ADDRESS})

    assert 1000 < tenants(whole) <= 1100 + 20  # dirt may sit there too
    assert 5 <= tenants(small) <= 12


def test_namesakes_and_people_on_several_boards(folder: Path) -> None:
    numbers, boards = defaultdict(set), defaultdict(set)
    for row in table(folder, "officers.csv"):
        if row["姓名"]:
            numbers[row["姓名"]].add(row["证件号码"])
            boards[row["证件号码"]].add(row["统一社会信用代码"])
    assert sum(len(found) > 1 for found in numbers.values()) >= 2
    assert sum(len(found) > 1 for found in boards.values()) >= 5


def test_terms_of_office(folder: Path) -> None:
    rows = table(folder, "officers.csv")
    posts = Counter(row["职务"] for row in rows)
    assert {"法定代表人", "主要负责人", "董事长", "董事", "监事", "总经理", "实际控制人"} <= set(posts)
    assert all(row["离任日期"] for row in rows if row["职务"] == "法定代表人")
    terms = defaultdict(set)
    for row in rows:
        if row["职务"] == "董事" and row["任职日期"] not in ("", "2023-02-30"):
            terms[row["统一社会信用代码"], row["证件号码"]].add((row["任职日期"], row["离任日期"]))
    came_back = [sorted(found) for found in terms.values() if len(found) == 2]
    assert came_back
    assert all("" < first[1] < second[0] for first, second in came_back)
    assert any(not row["任职日期"] for row in rows)
    assert {row["数据日期"] for row in rows} == {"2026-06-30", "2025-12-31"}


def test_shareholdings_make_circles_and_chains(folder: Path) -> None:
    held = defaultdict(set)
    percents = set()
    for row in table(folder, "shareholders.csv"):
        percents.add(row["持股比例"])
        if row["股东类型"] == "法人" and not row["退出日期"]:
            held[row["股东证件号码"]].add(row["统一社会信用代码"])

    def paths(start: str, length: int) -> Iterator[list[str]]:
        found = [[start]]
        for _ in range(length):
            found = [[*path, to] for path in found for to in held[path[-1]]]
        return iter(found)

    circles = {
        length
        for start in list(held)
        for length in (1, 2, 3, 4)
        for path in paths(start, length)
        if path[-1] == start and len(set(path)) == length
    }
    assert circles == {1, 2, 3, 4}
    assert any(len(set(path)) == 6 for start in list(held) for path in paths(start, 5))
    assert "" in percents
    assert all(percent == "" or percent.endswith("%") for percent in percents)


def test_lists_decisions_and_penalties_are_of_every_kind(whole: Path) -> None:
    lists = table(whole, "lists.csv")
    assert {row["名单代码"] for row in lists} == {
        *(f"LIST-0{n}" for n in (1, 3, 4, 5, 6, 7)),
        "TAX_D",
    }
    assert any(row["主体类别"] == "自然人" and row["名单代码"] == "LIST-01" for row in lists)
    assert any(row["移出日期"] for row in lists)
    assert any(not row["行为日期"] for row in lists)
    decisions = table(whole, "decisions.csv")
    assert {row["决定类别"] for row in decisions} == {"court_order", "decision", "judgment"}
    assert {"CONSUMPTION_LIMIT_ENTITY", "EXIT_BAN", "SECURITIES_BAN", "REGISTRATION_REVOKED_FALSE"} <= {
        row["代码"] for row in decisions
    }
    people = table(whole, "responsible.csv")
    capacities = {row["责任身份"] for row in people}
    assert {"LR", "PIC", "DRM", "DRP", "DRP_DEBT", "AC", "SH", "DIR", "REG", "SH5", "DSS", "SM"} <= capacities
    assert capacities <= set(CAPACITIES)
    assert {row["认定方式"] for row in people} == {"finding", "named", "ordered"}
    assert any(not row["责任人证件号码"] for row in people)
    penalties = table(whole, "penalties.csv")
    assert {row["CF_XDR_LB"] for row in penalties} == {"法人及非法人组织", "自然人", "个体工商户"}
    for word in ("食品经营许可证", "食品生产许可证", "营业执照"):
        assert any(
            "吊销许可证件" in row["CF_CFLB"] and word in row["CF_NR"] and word in row["CF_NR_ZKDX"] for row in penalties
        )
    for kind in ("罚款", "警告", "责令关闭"):
        assert any(kind in row["CF_CFLB"] for row in penalties)
    small_business = [row for row in penalties if row["CF_XDR_LB"] == "个体工商户"]
    assert {row["CF_XDR_SHXYM"] for row in small_business} == {NO_CODE}
    assert all(len(row["CF_XDR_GSZC"]) == 15 for row in small_business)


# --- the story --------------------------------------------------------------------------------------------


def test_the_story_is_always_there(folder: Path) -> None:
    register = {row["统一社会信用代码"]: row for row in table(folder, "register.csv")}
    for company in STORY.companies():
        assert register[company.number]["企业名称"] == company.name
    assert register[STORY.food.number]["法人代表证件号码"] == STORY.food_lr.number
    assert register[STORY.food.number]["任职日期"] == "2018-01-01"
    assert register[STORY.tax_later.number]["注册日期"] == "2026-05-20"
    assert register[STORY.tax_later.number]["法人代表证件号码"] == STORY.tax_d_person.number

    penalties = {row["CF_WSH"]: row for row in table(folder, "penalties.csv")}
    assert penalties[STORY.food_decision]["CF_XDR_SHXYM"] == STORY.food.number
    assert "食品经营许可证" in penalties[STORY.food_decision]["CF_NR_ZKDX"]
    assert "营业执照" in penalties[STORY.revoked_decision]["CF_NR_ZKDX"]

    responsible = {
        (row["决定文号"], row["责任人证件号码"], row["责任身份"], row["认定方式"])
        for row in table(folder, "responsible.csv")
    }
    assert {
        (STORY.food_decision, STORY.food_manager.number, "DRM", "named"),
        (STORY.limited_case, STORY.limited_lr.number, "LR", "ordered"),
        (STORY.revoked_decision, STORY.revoked_lr.number, "LR", "finding"),
        (STORY.listed_decision, STORY.listed_lr.number, "LR", "named"),
        (STORY.tax_d_decision, STORY.tax_d_person.number, "DRP", "named"),
    } <= responsible

    shares = {
        (row["股东证件号码"], row["统一社会信用代码"], row["持股比例"]) for row in table(folder, "shareholders.csv")
    }
    assert (STORY.food_shareholder.number, STORY.food.number, "60%") in shares
    assert (STORY.near.number, STORY.far.number, "40%") in shares
    posts = {(row["证件号码"], row["统一社会信用代码"]) for row in table(folder, "officers.csv")}
    assert {(STORY.shared_director.number, c.number) for c in (STORY.food, STORY.near)} <= posts
    assert STORY.food_shareholder.number not in {person for person, _ in posts}

    limits = json.loads((folder / "court_limits.json").read_text(encoding="utf-8"))
    assert (STORY.limited.name, STORY.limited_case) in {
        (record["限制高消费企业名称"], record["案号"]) for record in limits
    }
    listed = {(row["主体证件号码"], row["名单代码"]) for row in table(folder, "lists.csv")}
    assert {
        (STORY.listed.number, "LIST-05"),
        (STORY.tax_d.number, "TAX_D"),
        (STORY.namesake_listed.number, "LIST-01"),
    } <= listed
    assert STORY.namesake_listed.name == STORY.namesake_clean.name
    assert STORY.namesake_listed.number != STORY.namesake_clean.number


def test_nothing_else_happens_to_the_story(folder: Path) -> None:
    """Its clean companies stay clean, and nobody of the story turns up in other companies."""
    subjects = {row["主体证件号码"] for name in ("lists.csv", "decisions.csv") for row in table(folder, name)}
    subjects |= {row["CF_XDR_SHXYM"] for row in table(folder, "penalties.csv")}
    clean = (STORY.near, STORY.far, STORY.tax_later, STORY.tax_earlier)
    assert not subjects & {company.number for company in clean}
    codes = {company.number for company in STORY.companies()}
    people = {value.number for value in vars(type(STORY)).values() if hasattr(value, "number")} - codes
    assert len(people) == 15
    for row in (*table(folder, "officers.csv"), *table(folder, "shareholders.csv")):
        if not uscc_faults(row["统一社会信用代码"]) and row["统一社会信用代码"] not in codes:
            assert not {row.get("证件号码"), row.get("股东证件号码")} & people
    for row in table(folder, "register.csv"):
        assert row["隶属单位代码"] not in codes


# --- the source -------------------------------------------------------------------------------------------


def read(folder: Path, name: str, part: SourceFile) -> tuple[list[Draft], Counter[str]]:
    """All drafts of a file, and how many rows were rejected, by code."""
    rows = [row for row in read_rows(folder / name, part.columns) if isinstance(row, Row)]
    context = part.prepare(iter(rows)) if part.prepare else None
    drafts: list[Draft] = []
    rejected: Counter[str] = Counter()
    for row in rows:
        try:
            found = list(part.drafts(row, context))
        except SourceError as fault:
            rejected[fault.code] += 1
        else:
            assert found
            drafts += found
    return drafts, rejected


def part_of(source: SourceDescription, column: str) -> SourceFile:
    return next(part for part in source.files if column in part.columns)


READERS = {
    **{part.pattern: part for part in sample.SOURCE.files},
    "penalties.csv": part_of(shuanggongshi.SOURCE, "CF_WSH"),
    "licences.csv": part_of(shuanggongshi.SOURCE, "XK_WSH"),
}


def test_every_file_has_one_source() -> None:
    assert set(READERS) == set(SAMPLE_FILES)
    assert len(sample.SOURCE.files) == 6
    assert not any("*" in part.pattern for part in sample.SOURCE.files)


@pytest.mark.parametrize("name", sorted(READERS))
def test_every_clean_row_is_read_and_all_dirt_rejected(name: str, folder: Path) -> None:
    dirt = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["counts"]["dirt"][name]
    drafts, rejected = read(folder, name, READERS[name])
    assert drafts
    assert rejected == Counter(
        {
            code: n
            for code, n in {
                "invalid-code": dirt.get("bad-check-digit", 0),
                "missing-value": dirt.get("missing-value", 0),
                "bad-value": dirt.get("impossible-date", 0),
            }.items()
            if n
        }
    )


def test_court_limits_are_read(folder: Path) -> None:
    drafts, rejected = read(folder, "court_limits.json", court_limits.SOURCE.files[0])
    assert drafts
    assert not rejected


def test_data_date(small: Path, tmp_path: Path) -> None:
    assert sample.data_date(small) == DATA_DATE
    assert sample.data_date(small / "register.csv") == DATA_DATE
    assert sample.data_date(tmp_path) is None
    (tmp_path / "manifest.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SourceError, match="data_date"):
        sample.data_date(tmp_path)


def test_whoever_is_responsible_is_responsible_for_something(whole: Path) -> None:
    """The same sanction is meant, whichever source tells of it."""
    known: set[tuple[str, str, str]] = set()
    for name in ("lists.csv", "decisions.csv", "penalties.csv"):
        drafts, _ = read(whole, name, READERS[name])
        subjects = [
            (draft.start.authority, draft.start.document_number, draft.start.subject.name)
            for draft in drafts
            if isinstance(draft.fact, ImposedOn) and isinstance(draft.start, SanctionMention)
        ]
        duplicates = len(subjects) - len(set(subjects))
        assert duplicates <= 5  # the dirt
        known |= set(subjects)
    drafts, _ = read(whole, "responsible.csv", READERS["responsible.csv"])
    for draft in drafts:
        assert isinstance(draft.end, SanctionMention)
        assert (draft.end.authority, draft.end.document_number, draft.end.subject.name) in known
    orders, _ = read(whole, "court_limits.json", court_limits.SOURCE.files[0])
    ends = {
        (d.start.authority, d.start.document_number, d.start.subject.name)
        for d in orders
        if isinstance(d.start, SanctionMention)
    }
    assert any(number == STORY.limited_case for _, number, _ in ends & known)


class TestRows:
    """Single rows of each form: what becomes what."""

    code = STORY.food.number
    number = STORY.food_lr.number

    def drafts(self, name: str, context: object = None, **values: str) -> list[Draft]:
        part = READERS[name]
        row = Row(name, 2, {**dict.fromkeys(part.columns), **values})
        return list(part.drafts(row, context))

    def register(self, **values: str) -> list[Draft]:
        given = {"企业名称": "甲公司", "统一社会信用代码": self.code, "法人代表": "张三", **values}
        return self.drafts("register.csv", {}, **given)

    def officer(self, **values: str) -> list[Draft]:
        given = {
            "统一社会信用代码": self.code,
            "企业名称": "甲公司",
            "姓名": "张三",
            "职务": "董事",
            **values,
        }
        return self.drafts("officers.csv", **given)

    def shareholder(self, **values: str) -> list[Draft]:
        given = {
            "统一社会信用代码": self.code,
            "企业名称": "甲公司",
            "股东名称": "张三",
            "股东类型": "自然人",
        }
        return self.drafts("shareholders.csv", **{**given, **values})

    def listing(self, **values: str) -> list[Draft]:
        given = {
            "名单代码": "LIST-05",
            "名单名称": "某名单",
            "主体名称": "甲公司",
            "主体类别": "法人及非法人组织",
            "主体证件号码": self.code,
            "列入机关": "某局",
            "列入决定文号": "某(2024)１号",
            "列入日期": "2024-05-06",
            **values,
        }
        return self.drafts("lists.csv", **given)

    def decision(self, **values: str) -> list[Draft]:
        given = {
            "决定类别": "court_order",
            "代码": "EXIT_BAN",
            "主体名称": "甲公司",
            "主体类别": "法人及非法人组织",
            "决定机关": "某法院",
            "决定文号": "（2024）某1号",
            "决定日期": "2024-05-06",
            **values,
        }
        return self.drafts("decisions.csv", **given)

    def responsible(self, **values: str) -> list[Draft]:
        given = {
            "决定文号": "（2024）某1号",
            "决定机关": "某法院",
            "当事人名称": "甲公司",
            "责任人姓名": "张三",
            "责任身份": "LR",
            "认定方式": "ordered",
            "认定日期": "2024-05-06",
            **values,
        }
        return self.drafts("responsible.csv", **given)

    def test_register(self) -> None:
        profile, head, address = self.register(
            法人代表证件号码=self.number,
            注册日期="2016-02-03",
            任职日期="2018-01-01",
            注册资金="1,000(万元)",
            曾用名="乙公司；丙公司",
            所在省份="湖南",
            地区="长沙",
            注册地址="某路1号",
            企业类型="有限责任公司",
            登记状态="存续",
        )
        me = EntityMention("甲公司", (("uscc", self.code),), kind="company")
        assert profile.start == me
        assert profile.record == self.code
        assert profile.fact == Profile(
            name="甲公司",
            former_names=["乙公司", "丙公司"],
            kind="company",
            legal_form="有限责任公司",
            status="存续",
            established_on=date(2016, 2, 3),
            capital=10_000_000.0,
            capital_currency="CNY",
            region="湖南长沙",
        )
        assert head.fact == LegalRepresentativeOf(since=date(2018, 1, 1))
        assert head.start == PersonMention("张三", (("cn-id", self.number),), me)
        assert head.end == me
        assert address.fact == RegisteredAt()
        assert address.end == AddressMention("某路1号")

    def test_branches_and_individual_businesses_have_no_legal_representative(self) -> None:
        parent = STORY.near.number
        values = {"企业类型": "有限责任公司分公司", "隶属单位代码": parent, "注册日期": "2020-01-02"}
        _, head, branch = self.register(**values)
        assert head.fact == PrincipalOf(post="负责人")
        assert branch.fact == BranchOf(since=date(2020, 1, 2))
        assert branch.end == EntityMention(parent, (("uscc", parent),), kind="company")
        _, head = self.register(统一社会信用代码="92430102MA4T00027G")
        assert head.fact == PrincipalOf(post="经营者")

    def test_a_branch_knows_its_company_by_name(self, small: Path) -> None:
        drafts, _ = read(small, "register.csv", READERS["register.csv"])
        ends = [d.end for d in drafts if isinstance(d.fact, BranchOf)]
        assert ends
        assert all(isinstance(end, EntityMention) and "公司" in end.name for end in ends)

    def test_old_and_missing_id_numbers(self) -> None:
        _, head = self.register(法人代表证件号码="110105491231002")
        assert isinstance(head.start, PersonMention)
        assert head.start.identifiers == (("cn-id", "11010519491231002X"),)
        _, head = self.register(法人代表证件号码="无")
        assert isinstance(head.start, PersonMention)
        assert head.start.identifiers == ()
        assert head.start.scope is not None

    def test_officers(self) -> None:
        (draft,) = self.officer(任职日期="2020-01-02", 离任日期="2021-03-04", 数据日期="2025-12-31")
        assert draft.fact == DirectorOf(since=date(2020, 1, 2), until=date(2021, 3, 4), post="董事")
        assert draft.data_date == date(2025, 12, 31)
        two = self.officer(职务="执行董事兼总经理")
        assert [d.fact for d in two] == [DirectorOf(post="执行董事"), SeniorManagerOf(post="总经理")]
        (draft,) = self.officer(职务="法定代表人")
        assert draft.fact == LegalRepresentativeOf()

    def test_shareholders(self) -> None:
        (draft,) = self.shareholder(持股比例="33.33%", 出资日期="2020-01-02", 退出日期="2021-01-02")
        assert draft.fact == HoldsSharesIn(
            since=date(2020, 1, 2),
            until=date(2021, 1, 2),
            share_min=0.3333,
            share_max=0.3333,
            share_known=True,
        )
        (draft,) = self.shareholder(股东类型="法人", 股东名称="乙公司", 股东证件号码=STORY.near.number)
        assert draft.fact == HoldsSharesIn(share_min=0.0, share_max=1.0, share_known=False)
        assert draft.start == EntityMention("乙公司", (("uscc", STORY.near.number),), kind="company")

    def test_listings(self) -> None:
        imposed, by = self.listing(行为日期="2024-01-01", 移出日期="2025-05-06")
        me = EntityMention("甲公司", (("uscc", self.code),), kind="company")
        assert imposed.start == by.start == SanctionMention("某局", "某〔2024〕1号", me, "某名单")
        assert imposed.fact == ImposedOn(
            kind="list_entry",
            codes=["LIST-05"],
            title="某名单",
            document_number="某〔2024〕1号",
            authority="某局",
            act_on=date(2024, 1, 1),
            decided_on=date(2024, 5, 6),
            since=date(2024, 5, 6),
            until=date(2025, 5, 6),
        )
        assert by.fact == ImposedBy(since=date(2024, 5, 6))
        assert by.end == EntityMention("某局", organ=True)
        organ = "11430100XN1813007W"
        imposed, by = self.listing(名单代码="TAX_D", 列入机关代码=organ)
        assert isinstance(imposed.fact, ImposedOn)
        assert (imposed.fact.kind, imposed.fact.jurisdiction) == ("rating", "430100")
        assert by.end == EntityMention("某局", (("uscc", organ),), organ=True)
        imposed, _ = self.listing(主体类别="自然人", 主体名称="张三", 主体证件号码=self.number)
        assert imposed.end == PersonMention("张三", (("cn-id", self.number),))

    def test_decisions(self) -> None:
        imposed, _ = self.decision(
            代码="EXIT_BAN;CONSUMPTION_LIMIT_ENTITY",
            主体证件号码="无",
            决定文号="(2024)某1号",
        )
        assert imposed.start == SanctionMention("某法院", "（2024）某1号", EntityMention("甲公司"))
        assert imposed.end == EntityMention("甲公司")
        assert isinstance(imposed.fact, ImposedOn)
        assert imposed.fact.codes == ["EXIT_BAN", "CONSUMPTION_LIMIT_ENTITY"]
        assert imposed.fact.until is None

    def test_responsible(self) -> None:
        (draft,) = self.responsible(责任身份原文="法定代表人", 认定文书="某决定")
        assert draft.fact == ResponsibleFor(
            since=date(2024, 5, 6),
            capacity="LR",
            capacity_stated="法定代表人",
            basis="ordered",
            document="某决定",
        )
        assert draft.start == PersonMention("张三", scope=EntityMention("甲公司"))

    @pytest.mark.parametrize(
        ("form", "values", "field", "code"),
        [
            ("register", {"企业名称": ""}, "企业名称", "missing-value"),
            ("register", {"统一社会信用代码": NO_CODE}, "统一社会信用代码", "missing-value"),
            (
                "register",
                {"统一社会信用代码": STORY.food.number[:17] + "7"},
                "统一社会信用代码",
                "invalid-code",
            ),
            ("register", {"法人代表证件号码": "430102198001010012"}, "法人代表证件号码", "invalid-code"),
            ("register", {"隶属单位代码": "X"}, "隶属单位代码", "invalid-code"),
            ("register", {"注册日期": "2023-02-30"}, "注册日期", "bad-value"),
            ("register", {"注册资金": "很多"}, "注册资金", "bad-value"),
            ("officer", {"职务": "大王"}, "职务", "unknown-code"),
            ("officer", {"职务": "董事兼大王"}, "职务", "unknown-code"),
            ("officer", {"任职日期": "2020-01-02", "离任日期": "2020-01-02"}, "离任日期", "bad-value"),
            ("shareholder", {"持股比例": "-1%"}, "持股比例", "bad-value"),
            ("shareholder", {"股东类型": ""}, "股东类型", "missing-value"),
            ("listing", {"列入日期": ""}, "列入日期", "missing-value"),
            ("listing", {"主体类别": "自然人", "主体证件号码": "无"}, "主体证件号码", "no-identity"),
            ("listing", {"列入机关代码": "1"}, "列入机关代码", "invalid-code"),
            ("decision", {"决定类别": "list_entry"}, "决定类别", "unknown-code"),
            ("decision", {"代码": "NO_SUCH_CODE"}, "代码", "unknown-code"),
            ("decision", {"情节": "NO_SUCH_CODE"}, "情节", "unknown-code"),
            ("listing", {"名单代码": "LIST-99"}, "名单代码", "unknown-code"),
            ("decision", {"决定文号": ""}, "决定文号", "missing-value"),
            ("responsible", {"责任身份": "BOSS"}, "责任身份", "unknown-code"),
            ("responsible", {"认定方式": "guessed"}, "认定方式", "unknown-code"),
            ("responsible", {"认定日期": ""}, "认定日期", "missing-value"),
        ],
    )
    def test_faults(self, form: str, values: dict[str, str], field: str, code: str) -> None:
        with pytest.raises(SourceError) as caught:
            getattr(self, form)(**values)
        assert (caught.value.field, caught.value.code, caught.value.line) == (field, code, 2)
        assert caught.value.todo
        assert "430102198001010012" not in str(caught.value)


# --- what departments supply besides ----------------------------------------------------------------------


SUPPLIED = (
    *(("tenders", "tenders.csv"), ("tenders", "experts.csv"), ("commitments", "commitments.csv")),
    *(("inspections", "inspections.csv"), ("credentials", "grades.csv"), ("organs", "organs.csv")),
)


def test_all_that_departments_supply_besides_is_read(sample_folder: Path) -> None:
    folder = sample_folder / "supplied"
    by_mapping = describe(read_mapping(folder / "mapping.yaml"))
    asked = [(SOURCES[source], name) for source, name in SUPPLIED]
    asked += [(by_mapping, name) for name in ("bank.csv", "branch_penalties.csv", "holders.csv", "practitioners.csv")]
    facts: Counter[str] = Counter()
    for source, name in asked:
        (told,) = preview(source, folder / name)
        assert (told.rejected, told.faults) == (0, []), name
        assert told.rows == len((folder / name).read_text(encoding="utf-8").splitlines()) - 1
        facts.update(told.facts)
    wanted = {"BID_IN", "AGENT_FOR", "EVALUATES", "HOLDS", "INSPECTED_IN", "PART_OF", "SUCCEEDED_BY", "PRACTISES_AT"}
    assert wanted | {"MEMBER_OF", "HOLDS_SHARES_IN", "IMPOSED_ON"} <= set(facts)
    assert read_catalogue(folder / "catalogue.csv").items
    assert {path.name for path in folder.iterdir()} == {*TABLES, "mapping.yaml", "README.txt"}


def test_a_newcomer_sees_branches_nominees_and_a_circle(graph: Graph, keys: Keys, sample_folder: Path) -> None:
    folder = sample_folder / "supplied"
    source = describe(read_mapping(folder / "mapping.yaml"))
    for name in ("bank.csv", "branch_penalties.csv", "holders.csv"):
        assert [run.rejected for run in load(graph, keys, source, folder / name)] == [0]
    whole = read_whole(graph, as_of=DATA_DATE)
    (bank,) = branches(whole).filter(pl.col("key") == the_key(graph, BANK.number, keys)).rows(named=True)
    assert (bank["own"], bank["branches"], bank["sanctions"]) == (0, 3, 3)
    assert circles(whole)["parties"].to_list() == [2]
    tags = {
        r["name"]: r["tag"] for r in graph.read("MATCH (p:Party) WHERE p.hub RETURN p.name AS name, p.hub_tag AS tag")
    }
    assert tags == {NOMINEE: "custodian", STATE_HOLDER: "state-holder"}
