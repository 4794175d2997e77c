"""The API in a thread, and a Chromium that looks at it."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from api.http.app import create_app
from api.http.server import configured
from graph_model.store.connect import Graph
from graph_model.store.settings import Settings


@contextmanager
def serving(graph: Graph, settings: Settings) -> Generator[str, None, None]:
    """The real server, in a thread, on a free port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        running = uvicorn.Server(configured(create_app(graph, settings)))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not running.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()


CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Watch:
    """A page and everything about it that must not happen."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.console: list[str] = []
        self.dialogs: list[str] = []
        self.base = base
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("console", lambda m: self.console.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.console.append(f"uncaught: {e}"))
        page.on("dialog", self._dismiss)
        page.add_init_script(
            "window.violations = []; document.addEventListener('securitypolicyviolation',"
            " e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));"
        )

    def _dismiss(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def check(self, secrets: list[str], allowed: str = "") -> None:
        """Nothing executed, nothing left the origin, no name or number stood in an address."""
        outside = [u for u in self.requests if not u.startswith((f"{self.base}/", "data:", "blob:"))]
        assert outside == []
        assert self.dialogs == []
        assert self.page.evaluate("window.violations") == []
        assert [m for m in self.console if not (allowed and m.startswith(allowed))] == []
        seen = [*self.requests, self.page.url]
        assert [u for u in seen for s in secrets if s in u or quote(s) in u] == []
        asked = [u for u in self.requests if "/v1/parties/" in u or "/v1/sanctions/" in u]
        assert asked
        assert all("purpose=" in u for u in asked)


@contextmanager
def watched(base: str) -> Generator[Watch]:
    """A fresh Chromium that looks at `base`."""
    names = ("chromium", "chromium-browser", "google-chrome")
    binary = os.environ.get("CREDITGRAPH_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not binary:
        pytest.fail(
            "no Chromium: `apt-get install chromium fonts-noto-cjk`, or set CREDITGRAPH_CHROMIUM=/path/to/chrome"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=CHROMIUM_ARGS)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
            page.set_default_timeout(20_000)
            yield Watch(page, base)
        finally:
            browser.close()
