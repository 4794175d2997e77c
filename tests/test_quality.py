"""Quality per owner: figures counted by hand, what never may happen to them, and the page in a real Chromium."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_model.rules import RulePack
from graph_model.schema import RELATIONSHIP_BY_TYPE, LegalRepresentativeOf, Profile
from graph_model.store.connect import Graph
from graph_model.store.keys import Keys
from graph_model.store.neo4j_process import Server
from graph_model.store.settings import Settings
from loaders.drafts import Draft, EntityMention, PersonMention, Row, SourceDescription, SourceFile
from loaders.load.engine import load
from loaders.reading.values import cell, parse_date
from loaders.sources import SOURCES
from queries.supply import catalogue as catalogue_queries
from queries.supply import quality as quality_queries
from queries.supply.quality import OwnerQuality, PartOfWhole, Quality, quality, timeliness
from tests.support.browser import serving, watched
from tests.support.graphs import wipe
from tests.support.invented import citizen, code, company
from tests.support.quality import OURS, THEIRS, known_on, penalty
from tests.support.types import Cli, LoadFile, Put

KNOWN = date(2026, 2, 26)


def of(answer: Quality, owner: str = OURS) -> OwnerQuality:
    return next(o for o in answer.owners if o.owner == owner)


def share(part: int, whole: int) -> PartOfWhole:
    return PartOfWhole(part=part, whole=whole, ratio=round(part / whole, 4) if whole else None)


# --- a second source, which says who heads a company since when ---------------------------------------------


def _second(row: Row, _context: Any) -> Iterator[Draft]:
    entity = EntityMention(row.need("名称"), (("uscc", row.need("代码")),), kind="company")
    yield Draft(Profile(name=entity.name), entity, record=f"{entity.name}", owner=THEIRS)
    since, until = cell(row, "任职", parse_date), cell(row, "离任", parse_date)
    person = PersonMention(row.need("姓名"), (("cn-id", row.need("证件")),))
    record = f"{entity.name}|{since}"
    yield Draft(LegalRepresentativeOf(since=since, until=until), person, entity, record=record, owner=THEIRS)


SECOND = SourceDescription(
    id="second",
    title="second",
    title_zh="第二来源",
    owner=THEIRS,
    mode="delta",
    coverage="",
    licence="",
    files=(SourceFile("*", ("名称", "代码", "姓名", "证件", "任职", "离任"), _second),),
)


def second(name: str, number: int, since: str, until: str = "") -> dict[str, Any]:
    return {
        "名称": name,
        "代码": code(number),
        "姓名": "罗志远",
        "证件": citizen(1),
        "任职": since,
        "离任": until,
    }


# --- timeliness, without a graph ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decided", "known", "within", "days"),
    [
        ("2026-02-10", "2026-02-10", 1, 0),
        ("2026-02-10", "2026-02-26", 1, 7),  # the seventh working day, over the Spring Festival
        ("2026-02-10", "2026-02-27", 0, 8),
        ("2026-04-30", "2026-05-13", 1, 7),
        ("2026-04-30", "2026-05-14", 0, 8),
        ("2026-06-03", "2026-06-12", 1, 7),  # a Friday …
        ("2026-06-03", "2026-06-13", 0, 7),  # … and the Saturday after it: late, though no working day has passed
    ],
)
def test_the_seventh_working_day_is_in_time_and_the_next_day_is_not(
    decided: str, known: str, within: int, days: int
) -> None:
    found = timeliness({(date.fromisoformat(decided), date.fromisoformat(known)): 1}, 7)
    assert (found.within, found.worst_days, found.median_days) == (share(within, 1), days, days)


def test_what_cannot_be_counted_is_told_and_is_no_part_of_the_whole() -> None:
    day = date(2026, 3, 2)
    found = timeliness(
        {
            (None, day): 3,
            (day + timedelta(days=1), day): 2,
            (date(1990, 1, 1), day): 4,
            (day, day): 1,
            (day, date(2026, 3, 4)): 2,
        },
        7,
    )
    assert (found.unknown, found.impossible, found.uncounted) == (3, 2, 4)
    assert (found.within, found.median_days, found.worst_days) == (share(3, 3), 2, 2)
    empty = timeliness({}, 7)
    assert (empty.within, empty.median_days, empty.worst_days) == (share(0, 0), None, None)


DAYS = st.dates(date(2019, 1, 1), date(2026, 11, 1))


@given(st.lists(st.tuples(st.none() | DAYS, DAYS), max_size=30))
def test_no_decision_is_lost_and_a_prompt_one_never_lowers_the_share(pairs: list[tuple[date | None, date]]) -> None:
    found = timeliness(Counter(pairs), 7)
    assert found.within.part <= found.within.whole
    assert found.within.whole + found.unknown + found.impossible + found.uncounted == len(pairs)
    more = timeliness(Counter([*pairs, (date(2026, 3, 2), date(2026, 3, 2))]), 7)
    assert (more.within.ratio or 0) >= (found.within.ratio or 0)
    assert timeliness(Counter(reversed(pairs)), 7) == found


# --- figures ------------------------------------------------------------------------------------------------


def test_figures_are_those_counted_by_hand(
    graph: Graph, pack: RulePack, put: Put, load_file: LoadFile, server: Server, cli: Cli
) -> None:
    rows = [
        penalty(1),
        penalty(2, CF_WFXW="", CF_SY=""),  # 2 of 8 fields are empty
        penalty(2, CF_WFXW="", CF_SY=""),  # a duplicate
        penalty(3, CF_XDR_SHXYM="91430102XN0000000X"),  # a code that is none
        penalty(4, CF_JDRQ=""),  # no day
        penalty(5, owner=THEIRS, CF_CFLB=""),
    ]
    (loaded,) = load_file("shuanggongshi", put("penalties.csv", rows))
    assert (loaded.rows_in, loaded.accepted, loaded.rejected, loaded.duplicate) == (6, 3, 2, 1)
    known_on(graph, date(2026, 2, 26))
    answer = quality(graph, pack)
    ours, theirs = of(answer), of(answer, THEIRS)
    assert ours.completeness == share(14, 16)
    (kind,) = (k for k in ours.kinds if k.fact == "IMPOSED_ON")
    assert (kind.kind, kind.record_class, kind.facts) == ("penalty", "licence_penalty", 2)
    assert (kind.filled, kind.missing) == (share(14, 16), {"act": 1, "facts_found": 1})
    assert theirs.completeness == share(7, 8)
    assert answer.overall.completeness == share(21, 24)
    assert (ours.rows, ours.codes) == (share(2, 4), share(2, 3))
    assert (theirs.rows, theirs.codes) == (share(1, 1), share(1, 1))
    assert (ours.timeliness.within, ours.timeliness.median_days) == (share(2, 2), 7)
    (source,) = answer.sources
    assert (source.rows_in, source.accepted, source.rejected, source.duplicate) == (6, 3, 2, 1)
    assert source.faults == {"invalid-code": 1, "missing-value": 1}
    assert {code: (of.part, of.whole) for code, of in source.shares.items()} == dict.fromkeys(
        source.faults, (1, source.rows_in)
    )
    assert {(w.author, w.kind) for w in answer.writers} == {("tests", "load"), ("tests", "refresh")}
    assert sum(w.changes for w in answer.writers) == answer.position
    assert (answer.contradictions, answer.cut, answer.owners_total) == ([], [], 2)
    for figures in (answer.overall, *answer.owners):
        for one in (figures.rows, figures.codes, figures.completeness, figures.timeliness.within):
            assert 0 <= one.part <= one.whole

    known_on(graph, date(2026, 2, 27))
    assert of(quality(graph, pack)).timeliness.within == share(0, 2)
    assert of(quality(graph, pack, since=date(2026, 2, 10))).timeliness.within == share(0, 2)
    assert of(quality(graph, pack, since=date(2026, 2, 11))).timeliness.within == share(0, 0)

    before = quality(graph, pack, known_at=date(2026, 2, 26))
    assert (before.position, before.owners, before.sources, before.writers) == (0, [], [], [])
    assert before.overall.completeness == share(0, 0)

    only = quality(graph, pack, owner="乙市")
    assert [o.owner for o in only.owners] == [THEIRS]
    late = of(quality(graph, pack), THEIRS)
    assert only.overall.model_dump(exclude={"owner"}) == late.model_dump(exclude={"owner"})
    cut = quality(graph, pack, limit=1)
    assert (len(cut.owners), cut.owners_total, len(cut.cut)) == (1, 2, 2)

    exit_code, text, _ = cli("quality", "--store", server.store, "--json")
    assert exit_code == 0
    assert Quality.model_validate_json(text) == quality(graph, pack)
    exit_code, text, _ = cli("quality", "--owner", "甲市", "--store", server.store)
    assert exit_code == 0
    assert "(14/16)" in text
    assert "facts_found 1" in text


def test_a_perfect_row_never_lowers_completeness_and_order_is_nothing(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    gaps = [penalty(n, **{column: ""}) for n, column in enumerate(("CF_WFXW", "CF_SY", "CF_YJ", "CF_NR"), 1)]
    first, last = put("penalties.csv", gaps), put("penalties.csv", [penalty(9), penalty(1)])
    seen = []
    for order in ((first, last), (last, first)):
        wipe(graph, keys)
        ratios = []
        for path in order:
            load_file("shuanggongshi", path, data_date=KNOWN)
            ratios.append(quality(graph, pack).overall.completeness.ratio or 0)
        if order[0] is first:
            assert ratios == sorted(ratios)
        known_on(graph, KNOWN)
        seen.append(quality(graph, pack).model_dump(include={"overall", "owners", "contradictions"}))
    # Row 1 has two contents of one day: whichever came last is believed. All else is the same.
    assert seen[0]["overall"]["timeliness"] == seen[1]["overall"]["timeliness"]
    assert seen[0]["overall"]["facts"] == seen[1]["overall"]["facts"]


def test_two_files_in_either_order_give_the_same_figures(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    files = [put("penalties.csv", [penalty(1, CF_SY=""), penalty(2)]), put("penalties.csv", [penalty(2), penalty(3)])]
    seen = []
    for order in (files, files[::-1]):
        wipe(graph, keys)
        for path in order:
            load_file("shuanggongshi", path)
        known_on(graph, KNOWN)
        told = quality(graph, pack)
        seen.append(told.model_dump(include={"overall", "owners", "contradictions", "sources"}))
    assert seen[0] == seen[1]


# --- contradictions -----------------------------------------------------------------------------------------


def test_contradictions_are_kept_and_shown_with_their_owners(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    name = "某某1号食品厂"
    register = put("register.csv", [company(name, 1, "罗志远", citizen(1))])
    load_file("sample", register)
    # The same decision, with another fine, from the organ that forwards it.
    load_file("shuanggongshi", put("penalties.csv", [penalty(1)]))
    load_file("shuanggongshi", put("penalties.csv", [penalty(1, CF_NR_FK="0.3")]), delivery=2)
    assert quality(graph, pack).contradictions == [], "one source that corrects itself contradicts nobody"

    def load_second(*rows: dict[str, Any]) -> Quality:
        load(graph, keys, SECOND, put("second.json", rows))
        return quality(graph, pack)

    assert load_second(second(name, 1, "2018-01-01")).contradictions == [], "the same day, by both"
    (post,) = load_second(second(name, 1, "2018-03-01")).contradictions
    assert (post.kind, post.field, post.type) == ("post", "since", "LEGAL_REPRESENTATIVE_OF")
    assert {(s.value, s.owner) for s in post.said} == {
        ("2018-01-01", "creditgraph sample"),
        ("2018-01-01", THEIRS),
        ("2018-03-01", THEIRS),
    }
    found = load_second(second("某某一号食品厂", 1, "2018-01-01"))
    (named,) = (c for c in found.contradictions if c.kind == "name")
    assert {(s.value, s.owner) for s in named.said} == {
        (name, "creditgraph sample"),
        (name, THEIRS),
        ("某某一号食品厂", THEIRS),
    }
    assert of(found, THEIRS).contradictions == found.contradictions_total == 2
    only = quality(graph, pack, owner=THEIRS)
    assert only.contradictions_total == 2, "the other side is shown too"
    assert {o.owner for o in only.owners} == {THEIRS}


def test_two_terms_of_office_and_other_brackets_contradict_nothing(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    load_file("sample", put("register.csv", [company("某某(甲市)食品厂", 1, "罗志远", citizen(1))]))
    rows = [second("某某（甲市）食品厂", 1, "2010-01-01", "2018-01-01")]
    load(graph, keys, SECOND, put("second.json", rows))
    assert quality(graph, pack).contradictions == []


def test_fines_of_one_decision_that_differ_are_both_shown(
    graph: Graph, keys: Keys, pack: RulePack, put: Put, load_file: LoadFile
) -> None:
    load_file("shuanggongshi", put("penalties.csv", [penalty(1)]))
    forwarded = replace(SOURCES["shuanggongshi"], id="forwarded")
    load(graph, keys, forwarded, put("penalties.csv", [penalty(1, CF_NR_FK="0.3", CF_SJLY=THEIRS)]))
    answer = quality(graph, pack)
    (found,) = answer.contradictions
    assert (found.kind, found.field) == ("decision", "fine_yuan")
    assert [(s.value, s.owner, s.source) for s in found.said] == [
        (3000.0, THEIRS, "forwarded"),
        (2000.0, OURS, "shuanggongshi"),
    ]
    assert (of(answer).contradictions, of(answer, THEIRS).contradictions) == (1, 1)


# --- the page -----------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.graph
def test_the_page_shows_figures_and_asks_for_a_purpose(
    graph: Graph, put: Put, load_file: LoadFile, settings: Settings
) -> None:
    trap = "<img src=x onerror=alert(1)>"
    load_file("shuanggongshi", put("penalties.csv", [penalty(1, CF_SY=""), penalty(2, owner=trap)]))
    with serving(graph, settings) as base, watched(base) as watch:
        page = watch.page
        page.goto(f"{base}/explorer/")
        page.click("#quality")
        page.click("#form button[type=submit]")  # no purpose yet: the browser holds it back
        assert not any("/v1/quality" in url for url in watch.requests)
        page.select_option("#purpose", "supervision")
        page.click("#form button[type=submit]")
        page.wait_for_selector("#owners tbody tr")
        assert "(7/8)" in page.inner_text("#owners")
        page.locator("#owners button", has_text=OURS).click()
        assert "facts_found 1" in page.inner_text("#kinds")
        assert trap in page.inner_text("#owners")
        assert page.locator("main img").count() == 0
        assert "完整性" in page.inner_text("#owners")
        page.click("#lang")
        assert "Completeness" in page.inner_text("#owners")
        assert [u for u in watch.requests if "/v1/quality" in u and "purpose=supervision" not in u] == []
        assert [u for u in watch.requests if not u.startswith((f"{base}/", "data:"))] == []
        assert (watch.console, watch.dialogs, page.evaluate("window.violations")) == ([], [], [])


@pytest.mark.parametrize("query", [quality_queries.FACTS_BY_KIND, quality_queries.TAKEN, catalogue_queries.DELIVERED])
def test_every_type_of_fact_is_counted(query: str) -> None:
    """A judgement of one person is no supplied fact; all others are somebody's."""
    types = set(re.findall(r"[A-Z_]{5,}", query[query.index("-[r:") : query.index("]->")]))
    assert types == set(RELATIONSHIP_BY_TYPE) - {"SAME_PERSON_AS"}
