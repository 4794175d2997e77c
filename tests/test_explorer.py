"""The explorer in a real Chromium: once on the API with the sample, once on canned answers full of traps."""

import json
import os
import re
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from pydantic import BaseModel

from api.http.door import HEADERS
from loaders.sample.story import STORY
from queries.answers import (
    Answer,
    CalledRef,
    ConsequenceRef,
    ConsequenceStatus,
    Cut,
    FactRef,
    Hit,
    IdentifierRef,
    LegalBasis,
    NodeRef,
    PartyRef,
    SanctionRef,
    StatusInterval,
)
from queries.casework.repair import RepairRef
from tests.support.browser import watched

STATIC = Path(__file__).resolve().parents[1] / "api" / "static"
CSP = HEADERS["Content-Security-Policy"]
CLAUSE = re.compile(r"第[^条]{1,12}条")


def search(page: Page, text: str) -> None:
    page.select_option("#purpose", "investigation")
    page.click(".brand")  # leaves the fields: in one of them "/" is a letter like any other
    page.keyboard.press("/")
    page.locator("#search:focus").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_selector("#results button[aria-current]")


@pytest.mark.browser
@pytest.mark.graph
def test_search_graph_consequences_exposure(demo_url: str, demo_case: dict[str, str], tmp_path: Path) -> None:
    base = demo_url.rstrip("/")
    with watched(base) as watch:
        page = watch.page
        page.goto(f"{base}/explorer/")
        search(page, demo_case["query"])
        page.locator("#results button[aria-current]", has_text=demo_case["query"]).first.click()
        page.wait_for_selector("#graph[data-settled]")
        assert demo_case["query"] in page.inner_text("#head h1")

        page.click("#tab-exposure")
        page.wait_for_selector(".never")
        assert "不是惩戒" in page.inner_text(".never")
        page.wait_for_selector("#panel .card")
        assert demo_case["sanctioned_name"] in page.inner_text("#panel")

        page.click("#tab-consequences")
        page.wait_for_selector("#panel .card")
        assert CLAUSE.search(page.inner_text("#panel"))
        status = page.locator("#panel .card .tag").first
        assert status.is_visible()
        assert re.search(r"\b(active|candidate|suspended|ended|unknown)\b", status.get_attribute("class") or "")
        page.locator("#panel .measures button").first.click()
        page.wait_for_selector("#unlight:visible")
        page.wait_for_timeout(500)  # the picture comes to rest; a screenshot knows no event for it

        picture = page.screenshot(path=str(tmp_path / "explorer.png"))
        if target := os.environ.get("CREDITGRAPH_SCREENSHOT"):
            Path(target).write_bytes(picture)
        watch.check([demo_case["query"], demo_case["sanctioned_name"]])


@pytest.mark.browser
@pytest.mark.graph
@pytest.mark.once
def test_what_came_later_is_not_over_on_an_earlier_day(demo_url: str) -> None:
    base = demo_url.rstrip("/")
    with watched(base) as watch:
        page = watch.page
        page.goto(f"{base}/explorer/")
        search(page, STORY.food.name)
        page.wait_for_selector("#answer .say:not([role])")
        drawn = "() => document.getElementById('graph').network.elements().map(e => e.data('label')).join('|')"
        assert "■ 有效" in page.evaluate(drawn)
        shapes = page.evaluate("() => document.getElementById('graph').network.nodes().map(n => n.data('shape'))")
        assert {"ellipse", "triangle", "diamond"} <= set(shapes), "companies, persons and sanctions differ in shape"

        page.fill("#as-of", "2020-01-01")  # the penalty is of 2023, the licence of 2021
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('#answer').textContent.includes('2020-01-01')")
        labels = page.evaluate(drawn).split("|")
        assert "惩戒对象 (尚未开始)" in labels
        assert not any("○" in label or "■" in label for label in labels), "nothing was, and nothing is over"
        assert "法定代表人 (已结束)" in labels, "he was in office until 2018"
        watch.check([STORY.food.name])


# --- canned answers: every text that a source or an error can carry tries to be markup ---------------------

IMG = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(2)</script>"
QUOTES = "\"'><svg/onload=alert(3)>&lt;b&gt; {{7*7}} ${alert(4)}"
TRAPS = (IMG, SCRIPT, QUOTES)
FROM, UNTIL = date(2020, 1, 1), date(2024, 1, 1)


def fact(fact_id: str, type_: str, start: str, end: str, until: date | None = None) -> FactRef:
    return FactRef(
        fact_id=fact_id,
        type=type_,
        from_=start,
        to=end,
        since=FROM,
        until=until,
        source=IMG,
        record=QUOTES,
        owner=SCRIPT,
        match=["exact-name", IMG],
        properties={"title": IMG, SCRIPT: QUOTES, "act_on": None, "codes": [IMG]},
    )


COMPANY = PartyRef(
    key="e-1",
    label="Entity",
    name=IMG,
    kind="company",
    former_names=[SCRIPT],
    identifiers=[IdentifierRef(scheme=IMG, value=QUOTES, valid=False)],
    region=QUOTES,
    degree=3,
    sanctioned=True,
)
PERSON = PartyRef(key="p-1", label="Person", name=SCRIPT, degree=2)
HUB = PartyRef(key="e-2", label="Entity", name=QUOTES, degree=1204, hub=True)
SANCTION = NodeRef(key="s-1", label="Sanction", name=SCRIPT)
LISTED = SanctionRef(
    key="s-1",
    kind="list_entry",
    title=IMG,
    authority=SCRIPT,
    document_number=QUOTES,
    decided_on=None,
    until=None,
    status="in_force",
)
ROLE, PAST, LISTING, ABOUT = (
    fact("f-1", "LEGAL_REPRESENTATIVE_OF", "p-1", "e-1"),
    fact("f-2", "HOLDS_SHARES_IN", "e-2", "e-1", UNTIL),
    fact("f-3", "IMPOSED_ON", "s-1", "e-1"),
    fact("f-4", "ABOUT", "e-1", "e-1"),
)


def consequence(key: str, status: ConsequenceStatus, subject: NodeRef) -> ConsequenceRef:
    return ConsequenceRef(
        key=key,
        rule="PR-1",
        rule_title={"zh": IMG, "en": IMG},
        measure=key,
        measure_title={"zh": SCRIPT, "en": SCRIPT},
        subject=NodeRef(key=subject.key, label=subject.label, name=subject.name),
        sanction=SANCTION,
        status=status,
        since=None,
        until=None,
        scope=QUOTES,
        automaticity=IMG,
        timeline=[StatusInterval(status=status, since=FROM, until=None)],
        legal_basis=[LegalBasis(document=f"{QUOTES}办法", article="第十二条")],
        confidence=IMG,
        evidence=[LISTING, ROLE],
        path=[SANCTION, LISTING, COMPANY, ROLE, PERSON],
        missing=[IMG],
        reading=[SCRIPT],
        digest="0",
    )


def canned() -> dict[str, object]:
    """Path → answer. The shapes are the real ones, so that page and API cannot drift apart unseen."""

    def answer(**fields: object) -> Answer:
        return Answer.model_validate(
            {
                "question": IMG,
                "as_of": date(2026, 1, 1),
                "position": 7,
                "status": "hit",
                "reason": IMG,
                **fields,
            }
        )

    cut = Cut(reason="hub", party=HUB, distance=1, detail=IMG)
    found = [consequence("A", "active", COMPANY), consequence("B", "candidate", PERSON)]
    hit = Hit(
        party=HUB,
        distance=1,
        ring="surrounding",
        sanctions=[LISTED],
        path=[COMPANY, PAST, HUB],
        strength=0.8,
        uncertain=[IMG],
    )
    near = {
        "nodes": [COMPANY, PERSON, HUB, SANCTION],
        "candidates": [PERSON, HUB],
        "facts": [ROLE, PAST, LISTING],
        "called": [CalledRef(name=IMG, kind=SCRIPT, day=None, source=QUOTES, run=IMG)],
    }
    return {
        "/v1/schema": {
            "nodes": {"Entity": {"zh": IMG, "en": IMG, "colour": "#2f6db5"}},
            "relationships": {"IMPOSED_ON": {"zh": SCRIPT, "en": SCRIPT, "colour": "#c0392b", "walk": None}},
            "statuses": {},
            "measures": {},
            "automaticity": {},
        },
        "/v1/search": answer(status="ambiguous", candidates=[COMPANY, PERSON, HUB]),
        "/v1/parties/e-1": answer(party=COMPANY, facts=[ABOUT], sanctions=[LISTED]),
        "/v1/parties/e-1/neighbours": answer(party=COMPANY, **near, cut=[cut], complete=False),
        "/v1/parties/e-1/consequences": answer(party=COMPANY, consequences=found),
        "/v1/parties/e-1/exposure": answer(party=COMPANY, hits=[hit], cut=[cut], complete=False, status="incomplete"),
        "/v1/sanctions/s-1/consequences": answer(consequences=found, sanctions=[LISTED]),
        "/v1/sanctions/s-1/repair": RepairRef.model_validate(
            {
                "sanction": "s-1",
                "severity": None,
                "severity_from": IMG,
                "published_on": None,
                "earliest": None,
                "latest": None,
                "missing": [IMG],
            }
        ),
    }


@contextmanager
def answering(answers: dict[str, object]) -> Generator[str]:
    """The static folder and the canned answers, under the policy that the API sends."""
    kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def reply(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", CSP)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            file = STATIC / (path.removeprefix("/explorer/") or "index.html")
            if path.startswith("/explorer/") and file.is_file():
                self.reply(200, file.read_bytes(), kinds.get(file.suffix, "application/octet-stream"))
            elif found := answers.get(path):
                text = found.model_dump_json(by_alias=True) if isinstance(found, BaseModel) else json.dumps(found)
                self.reply(200, text.encode(), "application/json")
            else:
                problem = {"type": "about:blank", "title": IMG, "status": 404, "detail": SCRIPT}
                self.reply(404, json.dumps(problem).encode(), "application/problem+json")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def trap_url() -> Iterator[str]:
    with answering(canned()) as url:
        yield url


@pytest.mark.browser
def test_source_text_is_never_markup(trap_url: str) -> None:
    with watched(trap_url) as watch:
        page = watch.page
        page.goto(f"{trap_url}/explorer/")
        page.fill("#search", IMG)
        page.keyboard.press("Enter")  # without a purpose nothing is asked
        page.wait_for_selector("#banner:visible")
        assert not any("/v1/search" in u for u in watch.requests)

        search(page, IMG)
        assert page.locator("#results button").count() == 3
        page.locator("#search").press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("#graph[data-settled]")
        page.wait_for_timeout(400)  # the picture moves into place
        assert page.inner_text("#head h1") == IMG
        assert IMG in page.inner_text("#notices"), "a hub or cut is said beside the graph"
        texts = [page.inner_text("#panel")]

        spot = page.evaluate(
            "() => { const p = document.getElementById('graph').network.getElementById('e-2').renderedPosition();"
            " const box = document.getElementById('graph').getBoundingClientRect();"
            " return [p.x + box.x, p.y + box.y]; }"
        )
        page.mouse.move(*spot)
        page.wait_for_selector("#tip:visible")
        assert QUOTES in page.inner_text("#tip")
        page.mouse.click(*spot)
        page.wait_for_selector("#tab-detail[aria-selected=true]")
        texts.append(page.inner_text("#panel"))

        page.click("#tab-consequences")
        page.wait_for_selector("#panel .card")
        assert CLAUSE.search(page.inner_text("#panel"))
        borders = [
            page.locator(f"#panel .card.{status}").first.evaluate("e => getComputedStyle(e).borderTopStyle")
            for status in ("active", "candidate")
        ]
        assert borders == ["solid", "dashed"], "a candidate does not look like a finding"
        assert "未知 起,无期限" in page.inner_text("#panel"), "an unknown date is said"
        texts.append(page.inner_text("#panel"))
        page.locator("#panel .card.candidate .measures button").click()
        page.wait_for_selector("#unlight:visible")
        assert SCRIPT in page.inner_text("#unlight")
        page.wait_for_selector("#panel .chain-said")
        assert IMG in page.inner_text("#panel .note"), "what a candidate still lacks is said"
        texts.append(page.inner_text("#panel"))

        page.click("#tab-exposure")
        page.wait_for_selector("#panel .card")
        assert IMG in page.inner_text("#panel > .note"), "what was cut is listed"
        texts.append(page.inner_text("#panel"))
        page.click("#tab-timeline")
        page.wait_for_selector("svg.timeline")
        page.click("#tab-file")
        page.locator("#panel .card button").first.click()  # the sanction, and whom it reaches
        page.wait_for_selector("#panel .card.candidate")
        texts.append(page.inner_text("#panel"))
        page.click("#lang")
        page.click("#tab-consequences")
        page.wait_for_selector("#panel .card")
        page.locator("#panel .measures button").first.click()
        page.wait_for_selector("#panel .chain-said")
        assert "Legal basis" in page.inner_text("#panel")

        page.locator("#results button").nth(1).click()  # the server refuses this one
        page.wait_for_selector("#banner:visible")
        assert page.inner_text("#banner-text") == f"{IMG}: {SCRIPT}"
        assert page.inner_text("#head h1") == IMG, "an error never loses the view"
        assert page.url.endswith("#e-1")

        everything = "\n".join(texts)
        assert all(trap in everything for trap in TRAPS)
        assert page.locator("body img").count() == 0
        assert page.locator("script").count() == 1
        assert page.locator("svg[onload], [onerror]").count() == 0
        watch.check([IMG, "onerror", "script>"], allowed="Failed to load resource")


@pytest.mark.browser
def test_marks_differ_in_word_sign_and_line() -> None:
    """In force, suspended, candidate, ended: told apart in the picture and in the table, in greyscale too; else no mark."""
    answers = canned()
    near = answers["/v1/parties/e-1/neighbours"]
    reach = answers["/v1/parties/e-1/consequences"]
    assert isinstance(near, Answer)
    assert isinstance(reach, Answer)
    statuses: dict[str, ConsequenceStatus] = {
        "p-1": "active",
        "p-2": "suspended",
        "p-3": "candidate",
        "p-4": "ended",
    }
    people = [PartyRef(key=key, label="Person", name=f"某{key}") for key in (*statuses, "p-5")]
    near.candidates = people
    near.nodes = [*people, COMPANY]
    near.facts = [fact(f"f-{p.key}", "DIRECTOR_OF", p.key, "e-1") for p in people]
    reach.consequences = [consequence(p.key, statuses[p.key], p) for p in people if p.key in statuses]
    with answering(answers) as url, watched(url) as watch:
        page = watch.page
        page.goto(f"{url}/explorer/")
        search(page, "某")
        page.locator("#results button").first.click()
        page.wait_for_selector("#answer .rest")
        looks = page.evaluate(
            "() => Object.fromEntries(document.getElementById('graph').network.nodes().map("
            "n => [n.id(), [n.data('line'), n.data('label').split('\\n').slice(1).join('')]]))"
        )
        words = {"p-1": "■ 措施生效", "p-2": "‖ 措施中止", "p-3": "? 待确认", "p-4": "○ 曾有,已结束", "p-5": ""}
        assert {key: looks[key][1] for key in words} == words
        assert len({looks[key][0] for key in statuses}) == 4, "each has a line of its own"
        page.click("#view-table")
        for key, word in words.items():
            assert page.inner_text(f"#table tr[data-key='{key}'] td.mark") == word
