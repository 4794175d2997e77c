"""The explorer as one works with it: what stands on the screen, on which day, in which language, by mouse and by keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from loaders.sample.story import STORY
from tests.support.browser import Watch, watched

AXE = Path(__file__).parent / "support" / "axe" / "axe.min.js"
KEY = re.compile(r"\b[a-z]-[a-z2-7]{20}\b")
TYPE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}")
TABS = ("consequences", "file", "exposure", "ownership", "timeline")
NETWORK = "document.getElementById('graph').network"
PLACES = f"() => Object.fromEntries({NETWORK}.nodes().map(n => [n.id(), [n.position('x'), n.position('y')]]))"

pytestmark = [pytest.mark.browser, pytest.mark.graph]


@pytest.fixture
def seen(demo_url: str) -> Iterator[Watch]:
    """The page of the sample, with a purpose."""
    with watched(demo_url.rstrip("/")) as watch:
        watch.page.goto(f"{watch.base}/explorer/")
        watch.page.select_option("#purpose", "investigation")
        yield watch


def find(page: Page, name: str) -> None:
    page.fill("#search", name)
    page.press("#search", "Enter")


def opened(page: Page, name: str) -> None:
    """Search somebody, and wait for the answer strip."""
    find(page, name)
    page.locator("#results button[aria-current]", has_text=name).first.click()
    page.wait_for_selector("#answer .rest")
    page.wait_for_selector("#graph[data-settled]")


def loaded(page: Page, tab: str) -> None:
    page.click(f"#tab-{tab}")
    page.wait_for_selector("#panel .loading", state="detached")


def drawn(page: Page) -> dict[str, list[float]]:
    return page.evaluate(PLACES)


def at_other_day(page: Page, act: Callable[[], object]) -> None:
    """Do what changes the day, and wait for the answer of it."""
    with page.expect_response(lambda r: "/consequences" in r.url):
        act()
    page.wait_for_selector("body:not([aria-busy])")


def test_nothing_of_the_old_party_stays_after_a_new_search(seen: Watch) -> None:
    page = seen.page
    opened(page, STORY.food.name)
    assert "2028-09-12" in page.inner_text("#answer"), "what would end it is in the answer"
    find(page, "没有这个单位")
    page.wait_for_selector("#results .empty-note")
    assert "没有找到" in page.inner_text("#results")
    assert drawn(page) == {}
    assert not page.is_visible("#answer")
    assert STORY.food.name not in page.inner_text("body")
    assert "#" not in page.url

    opened(page, STORY.food.name)
    find(page, STORY.namesake_clean.name)  # two bear the name: none of them is picked
    page.wait_for_selector("#results li:nth-child(2) button[aria-current]")
    assert "前 2 / 共 2" in page.inner_text("#result-note")
    assert drawn(page) == {}
    assert STORY.food.name not in page.inner_text("body")
    seen.check([STORY.food.name])


def test_another_day_keeps_every_place_and_changes_the_marks(seen: Watch) -> None:
    page = seen.page
    opened(page, STORY.food.name)
    before = drawn(page)
    assert "■ 惩戒有效" in page.inner_text("#head")
    at_other_day(page, lambda: (page.fill("#as-of", "2019-06-01"), page.press("#as-of", "Tab")))
    assert {key: place for key, place in drawn(page).items() if key in before} == before
    assert "没有措施及于该主体" in page.inner_text("#answer")
    for part in ("#head", "#results"):
        assert "惩戒有效" not in page.inner_text(part), "a mark is of the day asked about"
    at_other_day(page, lambda: page.click("#step-on"))
    assert page.input_value("#as-of") > "2019-06-01"
    assert {key: place for key, place in drawn(page).items() if key in before} == before


def test_what_was_done_to_the_picture_is_undone_and_done_again(seen: Watch) -> None:
    page = seen.page
    opened(page, STORY.food.name)
    all_of_it = drawn(page)
    other = next(key for key in all_of_it if key not in page.url)
    hidden = f"() => {NETWORK}.getElementById('{other}').hasClass('gone')"
    page.evaluate(f"() => {{ {NETWORK}.getElementById('{other}').select(); }}")
    page.locator("#picked button", has_text="隐藏").click()
    assert page.evaluate(hidden)
    assert "已隐藏" in page.inner_text("#graph-count")
    page.click("#graph-count")
    page.keyboard.press("Control+z")
    assert not page.evaluate(hidden)
    page.keyboard.press("Control+y")
    assert page.evaluate(hidden)
    page.fill("#search", "abc")
    page.keyboard.press("Control+z")  # in a field it is the field's own
    assert page.evaluate(hidden)
    page.click("#undo")
    assert drawn(page) == all_of_it


def test_why_why_not_paths_a_list_and_owners(seen: Watch) -> None:
    page = seen.page
    opened(page, STORY.tax_later.name)
    page.locator("#panel .measures button").first.click()
    page.wait_for_selector("#panel .chain-said")
    said = page.inner_text("#panel .chain-said")
    assert said.index("纳税信用D级") < said.index(STORY.tax_d_person.name) < said.index(STORY.tax_later.name)
    assert "第18条" in page.inner_text("#panel")
    assert page.evaluate(f"() => {NETWORK}.edges().filter(e => e.data('width') === 5).length") >= 2, "the path is lit"

    opened(page, STORY.tax_earlier.name)  # his as well, but registered before: the rule does not reach it
    loaded(page, "exposure")
    page.locator("#panel .card .actions button", has_text="为什么不及于").first.click()
    page.wait_for_selector("#panel .card .reason")
    assert "为什么不及于" in page.inner_text("#panel .card.not >> nth=0")

    page.locator("#connect summary").click()
    page.fill("#paste", "\n".join([STORY.food.name, STORY.far.name, STORY.namesake_clean.name, "没有这个单位"]))
    page.click("#ask-circle")
    page.wait_for_selector("#connected .asked")
    lines = page.locator("#connected .asked li").all_inner_texts()
    assert [("识别" in x, "多个" in x, "查无" in x) for x in lines] == [
        (True, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    page.locator("#connected button.primary").click()
    ends = [
        page.evaluate(
            f"name => {NETWORK}.nodes().filter(n => n.data('label').startsWith(name)).map(n => n.id())[0]", name[:6]
        )
        for name in (STORY.food.name, STORY.far.name)
    ]
    for end in ends:
        page.evaluate(f"key => {{ {NETWORK}.getElementById(key).select(); }}", end)
    page.locator("#picked button", has_text="两者路径").click()
    page.wait_for_selector("#connected .card")
    assert STORY.shared_director.name in (page.locator("#connected .card .chain").first.text_content() or "")

    opened(page, STORY.food.name)
    loaded(page, "ownership")
    tree = page.text_content("svg.tree") or ""
    assert "60%" in tree
    assert STORY.food_shareholder.name in tree
    seen.check([STORY.food.name, STORY.far.name])


def test_the_table_is_walked_by_keyboard(seen: Watch) -> None:
    page = seen.page
    opened(page, STORY.food.name)
    page.focus("#view-table")
    page.keyboard.press("Enter")
    page.wait_for_selector("#table tbody tr:focus")
    assert page.locator("#table tbody tr").count() == len(drawn(page))
    page.keyboard.press("ArrowRight")  # a neighbour of the party
    row = page.locator("#table tbody tr:focus")
    key = row.get_attribute("data-key") or ""
    assert key
    assert key not in page.url
    assert page.evaluate(f"() => {NETWORK}.nodes(':selected').map(n => n.id())") == [key], "one selection, in both"
    assert page.inner_text("#told").split(",")[0] in row.inner_text()
    count = len(drawn(page))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_attribute("#tab-detail", "aria-selected") == "true"
    page.locator(f"#table tr[data-key='{key}']").focus()
    page.keyboard.press("e")
    page.locator("#told", has_text="新增").wait_for(state="attached")
    assert len(drawn(page)) >= count
    page.locator("#table th button").first.click()
    assert page.locator("#table th").first.get_attribute("aria-sort") == "ascending"


def words_of(value: Any, lang: str) -> Iterator[str]:
    """Every text of an answer that stands under the name of a language."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == lang and isinstance(inner, str):
                yield inner
            else:
                yield from words_of(inner, lang)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner, lang)


def axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 120))])"
    )
    return [f"{rule}: {html}" for rule, nodes in found for html in nodes]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_language_is_by_itself_and_axe_finds_nothing(seen: Watch, lang: str) -> None:
    """Light in Chinese, dark in English, each in every tab."""
    page = seen.page
    foreign: set[str] = set()

    def keep(route: Route) -> None:
        answer = route.fetch()
        if answer.ok:
            foreign.update(x for x in words_of(answer.json(), "en" if lang == "zh" else "zh") if len(x) > 6)
        route.fulfill(response=answer)

    page.route(lambda url: "/v1/" in url and "/schema" not in url, keep)
    page.emulate_media(color_scheme="light" if lang == "zh" else "dark")
    if lang == "en":
        page.click("#lang")
    problems = axe(page)
    opened(page, STORY.food.name)
    texts = []
    for tab in TABS:
        loaded(page, tab)
        texts.append(page.inner_text("body"))
        problems += axe(page)
    loaded(page, "consequences")
    page.locator("#panel .measures button").first.click()
    page.wait_for_selector("#panel .chain-said")
    page.click("#view-table")
    page.click("#legend-box summary")
    texts.append(page.inner_text("body"))
    problems += axe(page)
    said = "\n".join(texts)
    assert KEY.findall(said) == []
    assert TYPE.findall(said) == []
    assert foreign
    assert [x for x in foreign if x in said] == []
    if lang == "zh":
        assert ENGLISH.findall(said) == []
    assert sorted(set(problems)) == []


def test_no_sideways_scroll_and_room_for_the_picture(seen: Watch) -> None:
    page = seen.page
    opened(page, STORY.food.name)
    for width, height in ((1280, 720), (1024, 768), (768, 1024)):
        page.set_viewport_size({"width": width, "height": height})
        page.click("#legend-box summary")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator("#graph").bounding_box()
        assert box is not None
        assert box["width"] >= 320
        assert box["height"] >= 300
