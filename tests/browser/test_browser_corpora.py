"""Corpora in a browser: fetched from a small server of the test's own, cancelled, put right after a failure."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from served import Served
from test_browser_train import tales

TEXT = tales(3).encode()
MANIFEST = """title = "{name}: made for a test"
licence = "public domain"
address = "https://example.org/nowhere/"
mirror = "{name}"
pieces = "line"
split = "90/10"

[[files]]
path = "tales.txt"
bytes = {bytes}
sha256 = "{sha256}"
"""


class Mirror(ThreadingHTTPServer):
    """A server of corpora that come in two halves, of which one is not there at first.

    Attributes:
        go_on: Set when the second half may come.
        lost: The names that are not there.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.go_on, self.lost = threading.Event(), {"lost"}
        self.url = f"http://127.0.0.1:{self.server_port}/"


class Answer(BaseHTTPRequestHandler):
    """One answer of it."""

    server: Mirror

    def do_GET(self) -> None:
        """Half of the file, and the rest when it is wanted."""
        name = self.path.split("/")[1]
        if name in self.server.lost:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        half = len(TEXT) // 2
        self.wfile.write(TEXT[:half])
        self.wfile.flush()
        self.server.go_on.wait(60)
        with suppress(OSError):  # whoever asked may be gone
            self.wfile.write(TEXT[half:])

    def log_message(self, *said: object) -> None:
        """Nothing is said of it."""


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    """The server, for as long as these tests last."""
    with Mirror() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Served]:
    """The app, which knows three small corpora and no model."""
    home = tmp_path_factory.mktemp("corpora")
    described = home / "described"
    for name in ("hills", "lost", "rivers"):
        described.mkdir(exist_ok=True)
        told = MANIFEST.format(name=name, bytes=len(TEXT), sha256=hashlib.sha256(TEXT).hexdigest())
        (described / f"{name}.toml").write_text(told, encoding="utf-8")
    (home / "models").mkdir()
    settings = {
        "GENERATOR_CORPORA": str(described),
        "GENERATOR_MIRROR": mirror.url,
        "GENERATOR_CACHE": str(home / "cache"),
        "GENERATOR_CHECKPOINTS": str(home / "models"),
        "GENERATOR_APP_AHEAD": "0",
    }
    server = Served(home, settings)
    yield server
    server.stop()


def row_of(page: Page, name: str) -> str:
    """The row of a corpus in the list."""
    return str(page.get_by_role("row").filter(has_text=f"{name}: made for a test").inner_text())


def files_in(folder: Path) -> list[str]:
    """The files in a folder, but for what tells a page how far a preparation is."""
    return sorted(
        path.name for path in folder.rglob("*") if path.is_file() and ".preparing" not in path.relative_to(folder).parts
    )


def test_a_corpus_is_fetched_shown_and_trained_on(visitor, served, mirror):
    page = visitor.visit("/corpora?corpus=rivers")
    assert "not yet" in row_of(page, "rivers")
    expect(page.get_by_text(f"One file of {round(len(TEXT) / 1000)}")).to_be_visible()
    page.get_by_role("button", name="Fetch and prepare").click()
    expect(page.get_by_test_id("stProgress").filter(has_text="fetching")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    assert not (served.home / "data" / "rivers").exists()
    mirror.go_on.set()
    expect(page.get_by_role("heading", name="Characters by frequency")).to_be_visible()
    expect(page.get_by_role("heading", name="Lengths of the pieces")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    expect(page.get_by_test_id("stMetric").filter(has_text="by the last four characters")).to_be_visible()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    assert "yes" in row_of(page, "rivers") and "not yet" in row_of(page, "lost")
    pieces = page.get_by_test_id("stMetric").filter(has_text="Pieces").inner_text().split()[-1]
    assert int(pieces) > 300

    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("stMetric")).to_have_count(7)
    lines = [round(metric.bounding_box()["y"]) for metric in page.get_by_test_id("stMetric").all()]
    assert lines[0] == lines[1] < lines[2] == lines[3] < lines[4] == lines[5] < lines[6], "two beside each other"
    page.set_viewport_size({"width": 1280, "height": 720})

    page.get_by_role("button", name="Train on it").click()
    expect(page.get_by_role("heading", level=1, name="Train")).to_be_visible()
    expect(page.locator(".st-key-train_corpus input")).to_have_value("rivers: rivers: made for a test")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Pieces")).to_contain_text(pieces)


def test_a_fetch_that_fails_says_why_leaves_nothing_and_can_be_tried_again(visitor, served, mirror):
    mirror.go_on.set()
    page = visitor.visit("/corpora?corpus=lost")
    page.get_by_role("button", name="Fetch and prepare").click()
    expect(page.get_by_text("This did not work.")).to_be_visible()
    expect(page.get_by_text(f"{mirror.url}lost/tales.txt answered 404")).to_be_visible()
    expect(page.get_by_text("set GENERATOR_MIRROR to one that has it")).to_be_visible()
    assert not (served.home / "data" / "lost").exists() and not files_in(served.home / "cache" / "lost")
    assert "not yet" in row_of(page, "lost")
    mirror.lost.clear()
    page.get_by_role("button", name="Fetch and prepare").click()
    expect(page.get_by_role("heading", name="Characters by frequency")).to_be_visible()
    expect(page.get_by_text("This did not work.")).to_have_count(0)
    assert "corpus.json" in files_in(served.home / "data" / "lost")


def test_a_fetch_that_is_cancelled_leaves_nothing(visitor, served, mirror):
    mirror.go_on.clear()
    page = visitor.visit("/corpora?corpus=hills")
    page.get_by_role("button", name="Fetch and prepare").click()
    expect(page.get_by_test_id("stProgress").filter(has_text="fetching")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    expect(page.get_by_role("button", name="Fetch and prepare")).to_be_visible()
    mirror.go_on.set()
    assert not (served.home / "data" / "hills").exists() and not files_in(served.home / "cache" / "hills")
    assert not list((served.home / "data" / ".preparing").iterdir())
