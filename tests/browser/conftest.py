"""A browser, and the app for it to visit; whatever a page complains of in its console fails the test that opened it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import HOSTILE
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright
from served import ROOT, Served, chromium
from small_models import TEXT, music_model, put

from generator import tokenizers

# For what a quiet machine shows within a second or two; less where a failure is looked into.
PATIENCE_MS = 1000 * int(os.environ.get("GENERATOR_TEST_PATIENCE", "120"))
# Where a page is opened by its own address, Streamlit looks below it for its server before it looks above.
LOOKED_FOR = re.compile(r"/\w+/_stcore/(health|host-config)$")
SHIPPED = {"tang": "tang", "shakespeare": "shakespeare", "voices": "chorales"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser there is nothing to do here; with one on a busy machine, it takes as long as it takes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))
            if chromium() is None:
                item.add_marker(
                    pytest.mark.skip(
                        reason="no Chromium here: install Debian's package chromium, or name one in GENERATOR_CHROMIUM"
                    )
                )


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let the fixtures know whether the test failed."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[FAILED] = report.failed


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app, with small models of text and of tunes, and three of those that came with it."""
    home = tmp_path_factory.mktemp("served")
    models = home / "models"
    put(models / "prose", tokenizers.train("char", [TEXT + HOSTILE] * 3), medium="text", start_text="\n")
    music_model(models)
    for name, shipped in SHIPPED.items():
        os.symlink(ROOT / "checkpoints" / shipped, models / name)
    settings = {
        "GENERATOR_CHECKPOINTS": str(models),
        "GENERATOR_APP_LENGTH": "1000000",
        "GENERATOR_APP_SECONDS": "3000",
        "GENERATOR_APP_AHEAD": "0",  # no model is loaded, and no sample written, that no test asks for
    }
    server = Served(home, settings)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=["--disable-gpu"])
        yield found
        found.close()


class Visitor:
    """A person with a browser of their own: no cookie and nothing kept of another's.

    Attributes:
        page: The tab that is open.
        complaints: What its console said that it should not have, and requests to other machines.
    """

    def __init__(self, browser: Browser, url: str, **settings: Any) -> None:
        self.url = url
        self.context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **settings})
        self.context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.context.on("weberror", lambda error: self.complaints.append(f"error on the page: {error.error}"))
        self.context.on("console", self.heard)
        self.context.on("request", self.asked)
        self.page = self.context.new_page()

    def heard(self, message: ConsoleMessage) -> None:
        """The console said something."""
        if message.type == "error" and not LOOKED_FOR.search(message.location.get("url", "")):
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def asked(self, request: Request) -> None:
        """Something was fetched."""
        if request.url.startswith("http") and not request.url.startswith(self.url):
            self.complaints.append(f"another machine was asked for {request.url}")

    def visit(self, address: str = "/") -> Page:
        """Open an address, and wait until the page is whole."""
        self.page.goto(self.url + address if address.startswith("/") else address)
        self.settled()
        return self.page

    def settled(self) -> None:
        """Wait until the page is whole."""
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        title, broken = self.page.locator("h1").first, self.page.get_by_text("This app has encountered an error")
        expect(title.or_(broken).first).to_be_visible()
        expect(broken).not_to_be_visible(timeout=1)


@pytest.fixture
def visitors(
    browser: Browser, served: Served, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; of a failed test their pages are kept as pictures, beside what the server said."""
    came: list[Visitor] = []

    def new(**settings: Any) -> Visitor:
        came.append(Visitor(browser, served.url, **settings))
        return came[-1]

    yield new
    failed = request.node.stash.get(FAILED, True)
    for number, visitor in enumerate(came):
        if failed or visitor.complaints:
            for tab, page in enumerate(visitor.context.pages):
                page.screenshot(path=tmp_path / f"visitor-{number}-{tab}.png", full_page=True)
        visitor.context.close()
    complaints = [each for visitor in came for each in visitor.complaints]
    if failed or complaints:
        shutil.copyfile(served.log, tmp_path / "server.log")
        print(f"pictures of the pages, and what the server said: {tmp_path}")
    assert not complaints or failed, complaints


@pytest.fixture
def visitor(visitors: Callable[..., Visitor]) -> Visitor:
    """One of them."""
    return visitors()
