"""Wrong credit codes: what is found and by which evidence, what is proposed, what accepting it does and undoes."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.http.app import create_app
from graph_model.errors import BadRequest, SourceError
from graph_model.identifiers import citizen_id_faults, mask_id, reg_number_valid, uscc_check_digit, uscc_faults
from graph_model.rules import RulePack
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.decisions.corrections import correct_row, exported_corrections, undo
from loaders.decisions.events import import_events
from loaders.derive import derive_into
from loaders.identity.merge import merge
from queries.party.parties import party_file, resolve
from queries.read.corrections import corrections
from queries.supply.code_findings import PROVINCES, could_be_personal
from queries.supply.code_proposals import codes_nearby
from queries.supply.codes import CODE_KINDS, CodeFinding, WrongCodes, code_rates, codes
from queries.supply.ledger import runs
from tests.support.graphs import balanced, facts, present_view, the_key, wipe
from tests.support.invented import citizen, code
from tests.support.real_data import DATA, there
from tests.support.rows import company, officer, order, penalty, reg
from tests.support.types import Cli, LoadFile, Put

DAY = date(2026, 7, 1)
A, B, C = "长沙湘江食品有限公司", "长沙麓山建设有限公司", "长沙橘洲商贸有限公司"
WHY: dict[str, Any] = {"author": "王芳", "reason": "与登记机关核对"}
Found = Callable[..., list[CodeFinding]]


def wrong(number: int, at: int = 17) -> str:
    """A code of `code(number)` with one character wrong."""
    was = code(number)
    for character in "0123456789ABCDEFGH":
        other = was[:at] + character + was[at + 1 :]
        if character != was[at] and uscc_faults(other):
            return other
    raise AssertionError(was)


def swapped(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def of(answer: WrongCodes, kind: str) -> list[CodeFinding]:
    return [row for row in answer.rows if row.kind == kind]


@pytest.fixture
def found(graph: Graph, keys: Keys) -> Found:
    return lambda *kinds: codes(graph, keys.cipher, kinds=kinds or CODE_KINDS).rows


# --- pure -------------------------------------------------------------------------------------------------


@given(
    number=st.integers(0, 999_999),
    at=st.integers(0, 17),
    character=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ"),
)
def test_a_code_is_among_those_that_are_one_wrong_character_away(number: int, at: int, character: str) -> None:
    right = code(number)
    typed = right[:at] + character + right[at + 1 :]
    if uscc_faults(typed):
        assert "one wrong character" in codes_nearby(typed, "uscc")[right]
    assert all(not uscc_faults(c) for c in codes_nearby(typed, "uscc"))
    assert typed not in codes_nearby(typed, "uscc")


@given(number=st.integers(0, 999_999), at=st.integers(0, 16))
def test_a_code_is_among_those_of_which_two_neighbours_were_swapped(number: int, at: int) -> None:
    right = code(number)
    typed = swapped(right, at)
    if uscc_faults(typed):
        assert "swapped" in codes_nearby(typed, "uscc")[right]


@given(number=st.integers(0, 99_999_999), at=st.integers(0, 14), digit=st.sampled_from("0123456789"))
def test_so_is_a_registration_number(number: int, at: int, digit: str) -> None:
    right = reg(number % 100_000_000)
    typed = right[:at] + digit + right[at + 1 :]
    if not reg_number_valid(typed):
        assert right in codes_nearby(typed, "cn-reg")


def test_other_lengths_are_no_single_error() -> None:
    assert codes_nearby(code(1)[:-1], "uscc") == codes_nearby(code(1) + "0", "uscc") == codes_nearby("", "uscc") == {}
    assert codes_nearby(code(1), "cn-org") == {}


@given(number=st.integers(0, 999), at=st.integers(0, 17), digit=st.sampled_from("0123456789"))
def test_what_could_be_an_id_number_is_told_by_its_form(number: int, at: int, digit: str) -> None:
    right = citizen(number)
    assert could_be_personal(right)
    assert could_be_personal(right[:at] + right[at + 1 :])  # a digit lost
    typed = right[:at] + digit + right[at + 1 :]
    if at != 0:
        assert could_be_personal(typed)
        assert could_be_personal(typed[:at] + "O" + typed[at + 1 :])
    assert could_be_personal(right[:at] + digit + right[at:]) or at == 0  # one too many
    assert not could_be_personal(code(number))


def test_the_provinces_are_those_of_the_division_codes() -> None:
    rows = there(DATA / "divisions" / "provinces.csv").read_text(encoding="utf-8").splitlines()[1:]
    told = {line.split(",")[0]: line.split(",")[1].strip('"') for line in rows}
    assert set(told) == set(PROVINCES)
    assert [name for code_, name in told.items() if not name.startswith(PROVINCES[code_])] == []


# --- rejected rows ----------------------------------------------------------------------------------------


def test_an_invalid_code_is_listed_with_its_row_and_what_it_probably_is(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    register = [company(A, 1), company(B, 2), company(C, 3)]
    load_file("sample", put("register.csv", register))
    bad = penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=wrong(1), CF_SJLY="长沙市场监管局", CF_XDR_GSZC=reg(9))
    (run,) = load_file("shuanggongshi", put("penalties.csv", [bad]))
    (row,) = found("invalid")
    assert (row.code, row.scheme, row.name) == (wrong(1), "uscc", A)
    assert row.ref == f"{run.run}:2"
    assert row.row is not None
    assert (row.row.run, row.row.line, row.row.file, row.row.field) == (run.run, 2, "penalties.csv", "CF_XDR_SHXYM")
    assert row.owner == "长沙市场监管局"
    assert row.assigned_by == "市场监管"
    assert any("check digit" in r for r in row.reasons)
    best = row.proposals[0]
    assert best.code == code(1)
    assert best.party is not None
    assert best.party.name == A
    assert [r for r in best.reasons if "one wrong character" in r]
    assert "the same name" in best.reasons
    # Codes that are not in the graph are never proposed.
    assert {p.code for p in row.proposals} <= {code(1), code(2), code(3)}


def test_name_and_number_decide_between_two_codes_that_are_one_error_away(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    # Two valid codes that differ from one typed code by one character each.
    typed = next(
        typed
        for at in range(8, 16)
        for character in "0123456789"
        if uscc_faults(typed := code(1)[:at] + character + code(1)[at + 1 :])
    )
    other = next(c for c in codes_nearby(typed, "uscc") if c != code(1) and c[:2] == "91")
    load_file("sample", put("register.csv", [company(A, 1), company(B, 2) | {"统一社会信用代码": other}]))
    numbers = {"CF_XDR_SHXYM": other, "CF_XDR_GSZC": reg(2)}
    load_file("shuanggongshi", put("penalties.csv", [penalty(B, "长市监罚〔2024〕9号", **numbers)]))
    rows = [
        penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=typed),
        penalty(B, "长市监罚〔2024〕2号", CF_XDR_SHXYM=typed),
        penalty("长沙某某有限公司", "长市监罚〔2024〕3号", CF_XDR_SHXYM=typed, CF_XDR_GSZC=reg(2)),
    ]
    load_file("shuanggongshi", put("penalties.csv", rows))
    by_name, by_other, by_number = found("invalid")
    assert [p.code for p in by_name.proposals] == [code(1), other]
    assert [p.code for p in by_other.proposals] == [other, code(1)]
    assert [p.code for p in by_number.proposals] == [other, code(1)]
    assert "the same registration number" in by_number.proposals[0].reasons
    assert by_name.proposals[0].score > by_name.proposals[1].score


def test_a_body_of_exactly_the_name_is_proposed_last(graph: Graph, put: Put, load_file: LoadFile, found: Found) -> None:
    load_file("sample", put("register.csv", [company(A, 1)]))
    two = swapped(wrong(1), 9)
    load_file("shuanggongshi", put("penalties.csv", [penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=two)]))
    (row,) = found("invalid")
    assert [(p.code, p.score) for p in row.proposals] == [(code(1), 1)]
    assert "more than one error away" in row.proposals[0].reasons[0]


def test_a_code_that_says_none_is_listed_only_where_one_is_required(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    none = "00000000000000000X"
    rows = [company(A, 1) | {"统一社会信用代码": none}, company(B, 2) | {"统一社会信用代码": ""}]
    load_file("sample", put("register.csv", [company(A, 7), *rows]))
    load_file("shuanggongshi", put("penalties.csv", [penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=none)]))
    (row,) = found("placeholder")
    assert (row.code, row.name, row.ref.rpartition(":")[2]) == (none, A, "3")
    assert [p.code for p in row.proposals] == [code(7)]
    assert found("invalid") == []


def test_a_persons_number_is_never_shown(
    graph: Graph, put: Put, load_file: LoadFile, found: Found, cli: Cli, server: Server
) -> None:
    whole, typed = citizen(1), citizen(2)[:-1] + ("0" if citizen(2)[-1] != "0" else "1")
    assert citizen_id_faults(typed)
    rows = [company("张三", 1) | {"统一社会信用代码": whole}, company("李四", 2) | {"统一社会信用代码": typed}]
    rows += [company(A, 3, "王五", typed)]  # the head's number is wrong: no code of a body
    load_file("sample", put("register.csv", rows))
    listed = found()
    assert [(r.code, r.name, r.proposals) for r in listed] == [(mask_id(n), None, []) for n in (whole, typed)]
    for arguments in (("codes", "list"), ("codes", "list", "--json"), ("codes", "rate", "--json")):
        status, output, error = cli(*arguments, "--store", server.store)
        assert status == 0, error
        for text in (whole, typed, "张三", "李四"):
            assert text not in output + error, arguments


def test_another_key_is_told(graph: Graph, put: Put, load_file: LoadFile) -> None:
    from cryptography.fernet import Fernet

    load_file("sample", put("register.csv", [company(A, 1) | {"统一社会信用代码": wrong(1)}]))
    with pytest.raises(BadRequest, match="id key"):
        codes(graph, Fernet(Fernet.generate_key()))


def test_an_unknown_kind_is_told(graph: Graph, keys: Keys) -> None:
    with pytest.raises(BadRequest, match="duplicate-code"):
        codes(graph, keys.cipher, kinds=("bad",))


# --- doubled codes ----------------------------------------------------------------------------------------


def star(name: str, number: int, founded: str = "2015-03-02") -> dict[str, Any]:
    """A company of another source, with its day of registration."""
    return {"企业名称": name, "统一社会信用代码": code(number), "注册日期": founded, "企业类型": "N/A", "法人代表": "N/A",
            "注册资金": "N/A", "所在省份": "湖南", "地区": "长沙", "注册地址": "N/A", "经营范围": "N/A"}  # fmt: skip


def other_register(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / f"register-{len(list(tmp_path.iterdir()))}.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


def test_one_code_under_which_two_sources_name_two_bodies(
    graph: Graph, put: Put, load_file: LoadFile, found: Found, tmp_path: Path
) -> None:
    mine = [
        company(A, 1, 注册日期="2015-03-02"),
        company("长沙旧名食品有限公司", 2, 注册日期="2015-03-02"),
        company("长沙新名食品有限公司", 3, 注册日期="2015-03-02", 曾用名="长沙老名建筑有限公司"),
        company("长沙丁食品有限公司", 4, 注册日期="2015-03-02"),
        company("长沙戊食品有限公司", 5, 注册日期="2015-03-02"),
    ]
    theirs = [
        star("岳阳洞庭纺织有限公司", 1),  # another body
        star("长沙新名食品有限公司", 2),  # renamed: alike, and founded on the same day
        star("长沙老名建筑有限公司", 3),  # known as a former name
        star("长沙丁食品有限公司", 4),  # the same
        star("长沙戊食品（集团）有限公司", 5, "2019-01-01"),  # alike, founded later
    ]
    load_file("sample", put("register.csv", mine))
    load_file("registry", other_register(tmp_path, theirs))
    rows = {r.code: r for r in found("duplicate-code")}
    assert set(rows) == {code(1), code(5)}
    assert "little in common" in rows[code(1)].reasons[0]
    assert "days of registration" in rows[code(5)].reasons[0]
    assert {f.source for f in rows[code(1)].facts} == {"sample", "registry"}
    assert all(f.record for f in rows[code(1)].facts)


def test_two_rows_of_one_source_for_one_day_contradict_and_a_later_one_renames(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    load_file("sample", put("register.csv", [company(A, 1), company(B, 2)], "2026-06-30"))
    load_file("sample", put("register.csv", [company("岳阳洞庭纺织有限公司", 1)], "2026-06-30"))
    load_file("sample", put("register.csv", [company("岳阳洞庭纺织有限公司", 2)], "2026-07-31"))
    (row,) = found("duplicate-code")
    assert row.code == code(1)
    assert "one day" in row.reasons[0]


def org_of(number: int) -> str:
    return code(number)[8:17]


def elsewhere(number: int, division: str = "430103") -> str:
    """Another credit code around the same organisation code."""
    first17 = code(number)[:2] + division + org_of(number)
    return first17 + uscc_check_digit(first17)


def test_one_body_under_two_codes(graph: Graph, put: Put, load_file: LoadFile, found: Found) -> None:
    place = {"注册地址": "长沙市某路1号"}
    rows = [
        company(A, 1, "张三", citizen(1), **place),
        company(A, 2, "李四", citizen(2), **place),  # name and address
        company(B, 3, "王五", ""),
        company(B, 4, "王五", ""),  # name, and a head of one name
        company(C, 5, "赵六", citizen(5)),
        company(C, 6, "赵六", citizen(6)),  # two persons of one name: nothing agrees
        company("长沙丁有限公司", 7),
        company("长沙丁有限公司", 8),  # a name alone
        company("长沙戊有限公司", 9),
        company("长沙戊食品有限公司", 9) | {"统一社会信用代码": elsewhere(9)},  # the organisation code
    ]
    load_file("sample", put("register.csv", rows))
    names = {frozenset(p.name for p in r.parties): r for r in found("duplicate-entity")}
    assert set(names) == {frozenset({A}), frozenset({B}), frozenset({"长沙戊有限公司", "长沙戊食品有限公司"})}
    assert names[frozenset({A})].reasons == ["exactly the same name", "the same registered address"]
    assert names[frozenset({B})].reasons[1] == "a legal representative or principal of the same name"
    assert "organisation code" in names[frozenset({"长沙戊有限公司", "长沙戊食品有限公司"})].reasons[0]
    for row in names.values():
        assert row.ref == "/".join(p.key for p in row.parties)
        (proposal,) = row.proposals
        assert proposal.party == row.parties[0]
        assert {f.type for f in row.facts} >= {"ABOUT"}


def test_an_old_organisation_code_and_the_credit_code_around_it_are_one_body(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    load_file("sample", put("register.csv", [company(A, 1)]))
    old = penalty("长沙湘江食品厂", "长市监罚〔2014〕1号", CF_XDR_ZZJG=f"{org_of(1)[:8]}-{org_of(1)[8]}")
    load_file("shuanggongshi", put("penalties.csv", [old]))
    (row,) = found("duplicate-entity")
    assert [p.name for p in row.parties] == [A, "长沙湘江食品厂"]  # the one with the credit code stays
    assert (row.code, row.scheme) == (org_of(1), "cn-org")


def test_a_branch_and_its_company_are_never_proposed_as_one(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    place = {"注册地址": "长沙市某路1号"}
    rows = [company(A, 1, **place), company(A, 2, 企业类型="有限责任公司分公司", 隶属单位代码=code(1), **place)]
    load_file("sample", put("register.csv", rows))
    (row,) = found("duplicate-entity")
    assert row.proposals == []
    assert "BRANCH_OF" in row.reasons[-1]


def test_an_area_that_is_not_the_one_stated_is_an_indication(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    rows = [
        company(A, 1, 所在省份="湖南省", 地区="长沙市", 注册地址="湖南省长沙市某路1号"),
        company(B, 2, 所在省份="湖北", 地区="武汉"),
        company(C, 3, 所在省份="湖南", 注册地址="广东省深圳市某路2号"),
        company("长沙丁有限公司", 4, 注册地址="某路3号"),  # says no province
        company("长沙戊有限公司", 5, 注册地址="北京路4号"),  # a street
        company("长沙己有限公司", 6, 所在省份="", 地区="海南州", 注册地址="海南藏族自治州共和县"),  # not the province
    ]
    load_file("sample", put("register.csv", rows))
    listed = found("foreign-region")
    assert {r.parties[0].name: [f.type for f in r.facts] for r in listed} == {B: ["ABOUT"], C: ["REGISTERED_AT"]}
    for row in listed:
        assert "湖南" in row.reasons[0]
        assert row.proposals == []


# --- how often --------------------------------------------------------------------------------------------


def test_the_error_rate_of_an_organ_and_of_a_run(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    def of_(number: int, organ: str, code_: str) -> dict[str, Any]:
        return penalty(f"长沙{number}号有限公司", f"罚〔2024〕{number}号", CF_XDR_SHXYM=code_, CF_SJLY=organ)

    first = [of_(n, "甲局", code(n)) for n in range(1, 4)] + [of_(4, "甲局", wrong(4)), of_(5, "乙局", code(5))]
    none = [of_(6, "乙局", ""), of_(1, "甲局", code(1))]  # no code; a duplicate
    (one,) = load_file("shuanggongshi", put("penalties.csv", [*first, *none]))
    (two,) = load_file("shuanggongshi", put("penalties.csv", [of_(7, "甲局", wrong(7)), of_(8, "甲局", code(8))]))
    assert (one.rejected, one.duplicate) == (1, 1)
    rates = code_rates(graph, keys.cipher)
    assert {r.owner: (r.rows, r.wrong, r.rate) for r in rates.by_owner} == {"甲局": (6, 2, 2 / 6), "乙局": (1, 0, 0)}
    assert {r.run: (r.rows, r.wrong) for r in rates.by_run} == {one.run: (5, 1), two.run: (2, 1)}
    # Corrected here, it was still sent wrong.
    correct_row(graph, keys, two.run, 2, code(7), **WHY)
    again = code_rates(graph, keys.cipher)
    assert {r.owner: (r.rows, r.wrong) for r in again.by_owner} == {"甲局": (6, 2), "乙局": (1, 0)}


# --- accepted and taken back ------------------------------------------------------------------------------


def test_a_corrected_row_is_loaded_as_if_it_had_been_sent_so(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile, found: Found
) -> None:
    load_file("sample", put("register.csv", [company(A, 1, "张三", citizen(1))]))
    bad = penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=wrong(1), CF_FRDB="张三", CF_NR='罚款"100",\n并处')
    (run,) = load_file("shuanggongshi", put("penalties.csv", [penalty(B, "长市监罚〔2024〕2号"), bad]))
    (row,) = found("invalid")
    before = party_file(graph, the_key(graph, code(1), keys), as_of=DAY)
    assert before.sanctions == []

    done = correct_row(graph, keys, run.run, row.row.line if row.row else 0, code(1), **WHY)
    derive_into(graph, pack)
    assert (done.rows_in, done.accepted) == (1, 1)
    balanced(graph)
    answer = party_file(graph, the_key(graph, code(1), keys), as_of=DAY)
    (fact,) = facts(answer, "IMPOSED_ON")
    assert fact.properties["content"] == '罚款"100",\n并处'
    (why,) = fact.corrections
    assert (why.id, why.kind, why.code, why.field) == (done.id, "code", code(1), "CF_XDR_SHXYM")
    assert (why.row, why.author, why.reason, why.made) == (row.ref, "王芳", "与登记机关核对", done.run)
    assert fact.record.startswith("penalties.csv#3")
    assert [f.corrections for f in facts(answer, "ABOUT")] == [[]]
    # The row stays in the ledger as it came, and the workbench says what became of it.
    assert next(r for r in runs(graph) if r.run == run.run).rejected == 1
    (row,) = found("invalid")
    assert row.code == wrong(1)
    assert row.correction is not None
    assert row.correction.id == done.id
    again = derive_into(graph, pack, everything=True)
    assert (again.created, again.removed) == (0, 0)
    with pytest.raises(BadRequest, match="already"):
        correct_row(graph, keys, run.run, 3, code(1), **WHY)

    taken = undo(graph, done.id, author="李明", reason="核对有误")
    derive_into(graph, pack)
    assert taken.closed > 0
    after = party_file(graph, the_key(graph, code(1), keys), as_of=DAY)
    assert {f.fact_id for f in after.facts} == {f.fact_id for f in before.facts}
    again = derive_into(graph, pack, everything=True)
    assert (again.created, again.removed) == (0, 0)
    (record,) = corrections(graph)
    assert record.undone is not None
    assert "李明" in record.undone
    # And once more, with the same code: that is another decision, not the same file again.
    second = correct_row(graph, keys, run.run, 3, code(1), **WHY)
    assert second.id != done.id
    assert second.accepted == 1
    assert len(facts(party_file(graph, the_key(graph, code(1), keys), as_of=DAY), "IMPOSED_ON")) == 1


def test_corrections_outlive_a_rebuild(graph: Graph, keys: Keys, put: Put, load_file: LoadFile, tmp_path: Path) -> None:
    register = put("register.csv", [company(A, 1, "张三", citizen(1)), company(B, 2), company("长沙丙有限公司", 3)])
    bad = put(
        "penalties.csv",
        [
            penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=wrong(1), CF_FRDB="张三"),
            penalty("长沙丁有限公司", "长市监罚〔2024〕2号", CF_XDR_SHXYM=wrong(3)),
        ],
    )

    def loaded() -> str:
        load_file("sample", register)
        return load_file("shuanggongshi", bad)[0].run

    run = loaded()
    one, two, three = (the_key(graph, code(n), keys) for n in (1, 2, 3))
    correct_row(graph, keys, run, 2, code(1), **WHY)
    merge(graph, one, two, **WHY)
    undo(graph, merge(graph, one, three, **WHY).id, author="李明", reason="误并")
    undo(graph, correct_row(graph, keys, run, 3, code(3), **WHY).id, author="李明", reason="核对有误")
    correct_row(graph, keys, run, 3, code(3), author="李明", reason="再次核对")
    before, told = present_view(graph), [c.model_dump() for c in corrections(graph)]
    assert [c["undone"] is not None for c in told] == [False, False, True, True, False]
    file = tmp_path / "events.jsonl"
    rows = list(exported_corrections(graph))
    assert [r["kind"] for r in rows] == [
        "code-correction",
        "entity-merge",
        "entity-merge",
        "correction-undone",
        "code-correction",
        "correction-undone",
        "code-correction",
    ]
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    wipe(graph, keys)
    with pytest.raises(SourceError, match="line 1"):
        import_events(graph, keys, file, today=DAY)
    loaded()
    done = import_events(graph, keys, file, today=DAY)
    assert (done.rows, done.recorded, done.known) == (7, 7, 0)
    assert present_view(graph) == before
    assert [c.model_dump() for c in corrections(graph)] == told
    assert list(exported_corrections(graph)) == rows
    done = import_events(graph, keys, file, today=DAY)
    assert (done.recorded, done.known) == (0, 7)
    balanced(graph)

    # What was taken back there since is taken back here, once; by whom else it was taken back here does not matter.
    more = {**rows[3], "id": "x-elsewhere", "of": rows[1]["id"]}
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in [*rows, more]), encoding="utf-8")
    assert import_events(graph, keys, file, today=DAY).recorded == 1
    file.write_text(json.dumps({**more, "id": "x-another"}, ensure_ascii=False) + "\n", encoding="utf-8")
    assert import_events(graph, keys, file, today=DAY).known == 1
    assert [c.undone is not None for c in corrections(graph)] == [False, True, True, True, False]


def test_an_export_of_before_knows_neither_instants_nor_what_was_taken_back(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    register = put("register.csv", [company(A, 1), company(B, 2), company("长沙丙有限公司", 3)])
    load_file("sample", register)
    one, two, three = (the_key(graph, code(n), keys) for n in (1, 2, 3))
    undo(graph, merge(graph, one, three, **WHY).id, **WHY)
    kept = merge(graph, one, two, **WHY)
    before = present_view(graph)
    rows = [r for r in exported_corrections(graph) if r["id"] == kept.id]
    rows[0].pop("at")
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(rows[0], ensure_ascii=False) + "\n", encoding="utf-8")
    wipe(graph, keys)
    load_file("sample", register)
    assert import_events(graph, keys, file, today=DAY).recorded == 1
    assert import_events(graph, keys, file, today=DAY).recorded == 0
    assert [c.id for c in corrections(graph)] == [kept.id]
    assert present_view(graph) == before


def test_what_was_taken_back_and_could_not_be_made_now_is_still_told(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    """A source relates the two by now, and the file of the rejected row is not there: history stops no rebuild."""
    register = put("register.csv", [company(A, 1), company(B, 2)])
    load_file("sample", register)
    (run,) = load_file(
        "shuanggongshi", put("penalties.csv", [penalty(A, "长市监罚〔2024〕1号", CF_XDR_SHXYM=wrong(1))])
    )
    undo(graph, merge(graph, the_key(graph, code(1), keys), the_key(graph, code(2), keys), **WHY).id, **WHY)
    undo(graph, correct_row(graph, keys, run.run, 2, code(1), **WHY).id, **WHY)
    told = [c.model_dump(exclude={"made", "field"}) for c in corrections(graph)]
    file = tmp_path / "events.jsonl"
    rows = [json.dumps(r, ensure_ascii=False) for r in exported_corrections(graph)]
    file.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    wipe(graph, keys)
    load_file("sample", register)
    share = {"股东名称": B, "股东证件号码": code(2), "统一社会信用代码": code(1), "企业名称": A, "股东类型": "法人"}
    load_file("sample", put("shareholders.csv", [share]))
    before = present_view(graph)
    done = import_events(graph, keys, file, today=DAY)
    assert (done.rows, done.recorded, done.known) == (4, 4, 0)
    assert [c.model_dump(exclude={"made", "field"}) for c in corrections(graph)] == told
    assert present_view(graph) == before
    assert import_events(graph, keys, file, today=DAY).recorded == 0
    # One that stands is not passed over.
    file.write_text(f"{rows[0]}\n".replace('"x-', '"x-0'), encoding="utf-8")
    with pytest.raises(SourceError, match="HOLDS_SHARES_IN"):
        import_events(graph, keys, file, today=DAY)


def test_an_exported_merge_finds_entities_by_their_numbers_when_their_keys_are_others(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, tmp_path: Path
) -> None:
    load_file("sample", put("register.csv", [company(A, 1), company(B, 2)]))
    merge(graph, the_key(graph, code(1), keys), the_key(graph, code(2), keys), **WHY)
    before = present_view(graph)
    (row,) = exported_corrections(graph)
    for end in ("keep", "other"):
        row[end]["key"] = f"e-of-another-graph-{end}"
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    wipe(graph, keys)
    load_file("sample", put("register.csv", [company(A, 1), company(B, 2)]))
    assert import_events(graph, keys, file, today=DAY).recorded == 1
    assert present_view(graph) == before


def test_what_a_corrected_row_replaced_is_believed_again_when_it_is_taken_back(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    load_file("sample", put("register.csv", [company(A, 1, 登记状态="存续"), company(B, 2)]))
    newer = company(A, 1, 登记状态="吊销") | {"统一社会信用代码": wrong(1)}
    (run,) = load_file("sample", put("register.csv", [newer]))
    view = present_view(graph)
    done = correct_row(graph, keys, run.run, 2, code(1), **WHY)
    key = the_key(graph, code(1), keys)
    assert [f.properties["status"] for f in facts(party_file(graph, key, as_of=DAY), "ABOUT")] == ["吊销"]
    # Also when the facts have been moved since.
    other = the_key(graph, code(2), keys)
    joined = merge(graph, other, key, **WHY)
    undo(graph, done.id, **WHY)
    about = [f for f in facts(party_file(graph, other, as_of=DAY), "ABOUT") if f.properties["name"] == A]
    assert [f.properties["status"] for f in about] == ["存续"]
    assert about[0].match == ["from: merged"]
    undo(graph, joined.id, **WHY)
    assert present_view(graph) == view


def test_one_corrected_row_is_no_snapshot(graph: Graph, keys: Keys, put: Put, load_file: LoadFile) -> None:
    """The other rows of its source and day stay as they are."""
    rows = [company(A, 1), company(B, 2), company(C, 3) | {"统一社会信用代码": wrong(3)}]
    (run,) = load_file("sample", put("register.csv", rows))
    correct_row(graph, keys, run.run, 4, code(3), **WHY)
    for number in (1, 2, 3):
        (about,) = facts(party_file(graph, the_key(graph, code(number), keys), as_of=DAY), "ABOUT")
        assert about.data_date == date(2026, 6, 30)
    assert graph.read("MATCH (s:Statement) WHERE s.absent_since IS NOT NULL RETURN count(s) AS n")[0]["n"] == 0


def test_what_cannot_be_corrected_is_refused_and_nothing_changes(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile
) -> None:
    rows = [
        company(A, 1) | {"统一社会信用代码": wrong(1)},
        company(B, 2, "张三", citizen(1)[:-1] + "Y"),
        company("", 3) | {"统一社会信用代码": wrong(3)},
        company(C, 4, 注册日期="2024-02-30") | {"统一社会信用代码": wrong(4)},
    ]
    (run,) = load_file("sample", put("register.csv", rows))
    position = graph.position()
    for line, code_, kind, words in (
        (2, wrong(2), BadRequest, "check digit"),
        (2, citizen(1), BadRequest, "no code"),
        (9, code(1), BadRequest, "no rejected row"),
        (3, code(2), BadRequest, "not rejected for a code"),
        (5, code(4), SourceError, "does not exist"),
    ):
        with pytest.raises(kind, match=words) as told:
            correct_row(graph, keys, run.run, line, code_, **WHY)
        assert citizen(1) not in str(told.value)
    with pytest.raises(BadRequest, match="author"):
        correct_row(graph, keys, run.run, 2, code(1), author="", reason="x")
    with pytest.raises(BadRequest, match="no code 'x-1'"):
        undo(graph, "x-1", **WHY)
    assert graph.position() == position
    assert corrections(graph) == []


# --- command line and API ---------------------------------------------------------------------------------


def test_from_the_list_to_the_correction_and_back_by_command(
    graph: Graph, keys: Keys, put: Put, load_file: LoadFile, cli: Cli, server: Server
) -> None:
    def run_(*arguments: str) -> Any:
        status, output, error = cli(*arguments, "--store", server.store, "--json")
        assert status == 0, error
        return json.loads(output)

    load_file("sample", put("register.csv", [company(A, 1, 注册地址="某路1号"), company(A, 2, 注册地址="某路1号")]))
    load_file("shuanggongshi", put("penalties.csv", [penalty(A, "罚〔2024〕1号", CF_XDR_SHXYM=wrong(1))]))
    load_file("court-limits", put("o.json", [order(A, 7)]))
    listed = run_("codes", "list")
    assert WrongCodes.model_validate(listed).totals == {
        k: int(k in ("invalid", "duplicate-entity")) for k in CODE_KINDS
    }
    invalid, double = listed["rows"]
    assert resolve(graph, A)[0] is None
    merged = run_("codes", "correct", double["ref"], "--author", "王芳", "--reason", "函复")
    assert resolve(graph, A)[0] is not None
    fixed = run_("codes", "correct", invalid["ref"], code(1), "--author", "王芳", "--reason", "核对")
    assert [c["id"] for c in run_("codes", "history")] == [merged["id"], fixed["id"]]
    assert len(facts(party_file(graph, the_key(graph, A, keys), as_of=DAY), "IMPOSED_ON")) == 2
    for id in (merged["id"], fixed["id"]):
        run_("codes", "undo", id, "--author", "王芳", "--reason", "误")
    assert resolve(graph, A)[0] is None
    joined = run_("entity", "merge", code(1), code(2), "--author", "王芳", "--reason", "函复")
    run_("entity", "split", joined["id"], "--author", "王芳", "--reason", "误")
    rates = run_("codes", "rate")
    assert rates["by_owner"][0]["wrong"] == 1
    for arguments in (("codes", "list"), ("codes", "rate"), ("codes", "history")):
        status, output, _ = cli(*arguments, "--store", server.store)
        assert status == 0
        assert output.strip()
    for arguments, words in (
        (("codes", "correct", "nonsense", code(1)), "RUN:LINE"),
        (("codes", "correct", invalid["ref"]), "code is missing"),
        (("codes", "correct", double["ref"], code(1)), "no code is typed"),
        (("entity", "merge", code(1), "没有这个"), "No party"),
        (("entity", "merge", code(1), A), "exactly one"),
        (("entity", "split", fixed["id"]), "no merge"),
    ):
        status, output, error = cli(*arguments, "--author", "王芳", "--reason", "x", "--store", server.store)
        assert (status, output) == (2, ""), arguments
        assert words in error


def test_the_route_shows_the_same_and_says_when_it_was_cut(
    graph: Graph, put: Put, load_file: LoadFile, keys: Keys
) -> None:
    rows = [company(f"长沙{n}号有限公司", n) | {"统一社会信用代码": wrong(n)} for n in range(1, 4)]
    load_file("sample", put("register.csv", [*rows, company(A, 9)]))
    with TestClient(create_app(graph, Settings())) as client:
        whole = client.get("/v1/codes", params={"purpose": "supervision"})
        cut = client.get("/v1/codes", params={"purpose": "supervision", "limit": 2, "kind": ["invalid", "placeholder"]})
        assert client.get("/v1/codes").status_code == 422
        assert client.get("/v1/codes", params={"purpose": "supervision", "kind": "x"}).status_code == 422
    assert whole.json() == codes(graph, keys.cipher).model_dump(mode="json", by_alias=True)
    assert (len(cut.json()["rows"]), cut.json()["complete"], cut.json()["totals"]) == (
        2,
        False,
        {"invalid": 3, "placeholder": 0},
    )


def test_an_officers_wrong_code_is_about_the_company_of_that_row(
    graph: Graph, put: Put, load_file: LoadFile, found: Found
) -> None:
    row = officer(A, 1, "张三", citizen(1)) | {"统一社会信用代码": wrong(1)}
    load_file("sample", put("officers.csv", [row]))
    (listed,) = found()
    assert (listed.name, listed.code) == (A, wrong(1))
