"""How soon the first page stands, and how soon after the click the first character, beside what bounds both.

    python benchmarks/app/speed.py                    # three starts, five clicks for each model
    python benchmarks/app/speed.py --starts 5 --clicks 10 --models shakespeare tang fiddle

A Chromium is needed (Debian's package `chromium`, or the one that GENERATOR_CHROMIUM names). Times are those of
the browser that shows the page, on the same machine; the median counts, with the best beside it.

- First page: from the start of the server's process, each time a new one, until the button Write can be seen
  by a browser that is open already but has nothing in its cache. Its floor is the time that Python takes
  to import streamlit and torch, without which no page can offer to write; what a server without
  this app takes for a page with one button stands beside it.
- First character: from the click on Write until text of the new piece stands in the document, the model having written
  before. Of a poem it is the draft of the first try, of music the first notes in words. Its floor is a
  click in a page that only counts clicks, and the time that the pool takes from request to first step.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from served import Served, chromium  # noqa: E402

PATIENCE_MS = 300_000
BUTTON = ".st-key-compose-write button"
TRIVIAL = """
import streamlit as st
st.session_state.setdefault("count", 0)
def one_more():
    st.session_state["count"] += 1
st.button("More", key="compose write", on_click=one_more)
st.text(str(st.session_state["count"]))
"""
# From the click to the first frame in whose document another text stands than before it.
MEASURE = """
selector => new Promise(resolve => {
  const text = () => document.querySelector('[data-testid=stText]')?.textContent ?? '';
  const before = text();
  const button = document.querySelector(selector);
  const start = performance.now();
  const look = () => {
    const now = text();
    if (now !== before && now.trim() && now !== '…') resolve(performance.now() - start);
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, characterData: true});
  button.click();
})
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=3, help="servers that are started (default %(default)s)")
    parser.add_argument("--clicks", type=int, default=5, help="clicks for each model (default %(default)s)")
    parser.add_argument("--models", nargs="*", default=["shakespeare", "tang", "fiddle"], help="default: %(default)s")
    chosen = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium())
        home = Path(folder)
        rows = starts(browser, home, chosen.starts) + clicks(browser, home, chosen.models, chosen.clicks)
        browser.close()
    print(f"{'':<52} {'median':>9} {'best':>9}")
    for name, times, unit in rows:
        scale = 1000 if unit == "ms" else 1
        print(f"{name:<52} {statistics.median(times) * scale:>6.4g} {unit:<2} {min(times) * scale:>6.4g} {unit}")


def starts(browser: Browser, home: Path, count: int) -> list[tuple[str, list[float], str]]:
    """Seconds to the first page, and what bounds them."""
    answered: list[float] = []
    shown: list[float] = []
    empty: list[float] = []
    again: list[float] = []
    for number in range(count):
        start = time.monotonic()
        with server(home / f"start {number}") as served:
            answered.append(time.monotonic() - start)
            with page_of(browser, served.url) as page:
                expect(page.locator(BUTTON)).to_be_visible(timeout=PATIENCE_MS)
                shown.append(time.monotonic() - start)
                start = time.monotonic()
                page.reload()
                expect(page.locator(BUTTON)).to_be_visible(timeout=PATIENCE_MS)
                again.append(time.monotonic() - start)
        start = time.monotonic()
        with trivial(home / f"trivial start {number}") as served, page_of(browser, served.url) as page:
            expect(page.locator(BUTTON)).to_be_visible(timeout=PATIENCE_MS)
            empty.append(time.monotonic() - start)
    imports = [spent(lambda: run_python("import streamlit, torch")) for _ in range(count)]
    return [
        ("first page: Write can be seen", shown, "s"),
        ("  of which until the server answers", answered, "s"),
        ("  beside: import streamlit, torch", imports, "s"),
        ("  beside: a page of one button, its server's start", empty, "s"),
        ("  the same page reloaded", again, "s"),
    ]


def clicks(browser: Browser, home: Path, models: list[str], count: int) -> list[tuple[str, list[float], str]]:
    """Milliseconds to the first character, and what bounds them."""
    rows = []
    with server(home / "clicks") as served:
        for model in models:
            with page_of(browser, f"{served.url}/?m={model}&seed=1") as page:
                done = page.get_by_role("button", name="Keep").first
                expect(done).to_be_visible(timeout=PATIENCE_MS)  # loaded, and written once
                page.get_by_text("Fine settings").click()
                page.get_by_role("textbox", name="Seed").fill("")
                page.keyboard.press("Enter")
                expect(page.locator(BUTTON)).to_be_enabled()
                times = []
                for _ in range(count):
                    times.append(first_text(page))
                    expect(done).to_be_visible(timeout=PATIENCE_MS)
                rows.append((f"first character: {model}", times, "ms"))
                rows.append((f"  beside: request to first step, {model}", alone(model, count), "ms"))
    with trivial(home / "trivial clicks") as served, page_of(browser, served.url) as page:
        expect(page.locator(BUTTON)).to_be_visible(timeout=PATIENCE_MS)
        rows.append(("  beside: a click in a page that counts them", [first_text(page) for _ in range(count)], "ms"))
    return rows


def first_text(page: Page) -> float:
    """Seconds from a click on the button to another text."""
    page.wait_for_timeout(1500)  # the page is at rest, as it is before a person who has read it
    return float(page.evaluate(MEASURE, BUTTON)) / 1000


def alone(model: str, count: int) -> list[float]:
    """Seconds from a request to its first step, without any page; in a process of its own."""
    code = f"""
import json
from generator.app.generating import Pool
from generator.app.models import Shelf, cards, find_card
from generator.app.controls import defaults, request_of
from generator.app.settings import limits
card = find_card({model!r}, cards())
pool = Pool(limits(), Shelf(1))
times = []
for _ in range({count} + 1):
    job = pool.submit(request_of(defaults(card, limits()), card, limits(), None), card)
    job.wait()
    times.append(job.snapshot().first_s)
print(json.dumps(times[1:]))
"""
    return [float(each) for each in json.loads(run_python(code).splitlines()[-1])]


def run_python(code: str) -> str:
    """What a new Python prints."""
    paths = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **paths}
    )
    return done.stdout


def spent(do: Callable[[], object]) -> float:
    """Seconds that something takes."""
    start = time.monotonic()
    do()
    return time.monotonic() - start


@contextmanager
def server(home: Path) -> Iterator[Served]:
    """The app."""
    served = Served(home, {})
    try:
        yield served
    finally:
        served.stop()


@contextmanager
def trivial(home: Path) -> Iterator[Served]:
    """A server of a page that does nothing but count clicks."""
    home.mkdir(parents=True)
    script = home / "trivial.py"
    script.write_text(TRIVIAL, encoding="utf-8")
    served = Served(home, {}, script)
    try:
        yield served
    finally:
        served.stop()


@contextmanager
def page_of(browser: Browser, address: str) -> Iterator[Page]:
    """An address in a browser that has nothing in its cache."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


if __name__ == "__main__":
    main()
