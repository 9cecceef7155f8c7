"""Pictures of every page with real content on it, in both themes and on a phone: to look at, and for the README.

    python benchmarks/app/screenshots.py /tmp/pictures
    python benchmarks/app/screenshots.py /tmp/pictures --only compose --locale zh-CN
    python benchmarks/app/screenshots.py docs/pictures --readme

The shipped models write what is seen, from fixed seeds; the training is a real one, of this project's own
documents. A Chromium is needed (Debian's package `chromium`, or the one that GENERATOR_CHROMIUM names), and for
Chinese a font that has it (`fonts-noto-cjk`). Each picture holds a whole page, however long it is; with --window
only what a window shows of it. With --readme it is the four pictures of the README, with as many colours as they need.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from served import Served, chromium  # noqa: E402

PATIENCE_MS = 300_000
KINDS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "device_scale_factor": 2},
}
TEXT = {"m": "shakespeare", "p": "ROMEO:", "temperature": "0.6", "length": "500", "seed": "7", "n": "2"}
VERSE = {"m": "tang", "form": "qijue", "theme": "月", "seed": "8", "n": "4", "candidates": "8"}
MUSIC = {"m": "chorales", "bars": "8", "seed": "4"}
TALLEST = 12_000
COLOURS = 128  # of a picture of the README
LARGEST = 250_000  # bytes of one
SAMPLES = 4  # how many a training of the README has shown


class Camera:
    """A browser window that goes from page to page.

    Args:
        browser: Its browser.
        served: The app.
        kind: Which window; the end of the pictures' names.
        to: Where the pictures go.
        whole: Whether a picture holds the whole page.
    """

    def __init__(self, browser: Browser, served: Served, kind: str, to: Path, locale: str, whole: bool) -> None:
        self.context: BrowserContext = browser.new_context(locale=locale, **KINDS[kind])
        self.context.set_default_timeout(PATIENCE_MS)
        self.served, self.kind, self.to, self.whole = served, kind, to, whole
        self.page: Page = self.context.new_page()

    def go(self, address: str) -> Page:
        """Open an address."""
        self.page.goto(self.served.url + address)
        expect(self.page.locator("h1").first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
        return self.page

    def take(self, name: str, tallest: int = TALLEST) -> Path:
        """Take a picture, no taller than this."""
        page, size = self.page, self.page.viewport_size
        assert size is not None
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        if self.whole:
            tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
            page.set_viewport_size({"width": size["width"], "height": min(max(tall, size["height"]), tallest)})
        page.wait_for_timeout(1200)  # charts and opening parts come to rest
        path = self.to / (f"{name}-{self.kind}.png" if self.kind else f"{name}.png")
        page.screenshot(path=path, animations="disabled")
        page.set_viewport_size(size)
        print(path)
        return path


def written(page: Page) -> None:
    """Wait until all is written, and of music engraved."""
    expect(page.locator("[class*='-heart'] button:visible").first).to_be_visible(timeout=PATIENCE_MS)


def compose(camera: Camera) -> None:
    """Before anything was asked, then a text, poems and a chorale."""
    camera.go("/")
    camera.take("compose")
    for name, asked in (("text", TEXT), ("verse", VERSE), ("music", MUSIC)):
        page = camera.go(f"/?{urlencode(asked)}")
        written(page)
        if name == "text":
            page.locator("[class*='compose-certainty'] label").first.click()
            expect(page.get_by_role("application").first).to_be_visible(timeout=PATIENCE_MS)
        if name == "music":
            expect(page.locator("audio").first).to_be_attached(timeout=PATIENCE_MS)
        camera.take(f"compose-{name}")


def train(camera: Camera) -> None:
    """The page with a file that was read, then a training on its way."""
    page = camera.go("/train")
    camera.take("train")
    source = camera.served.home / "documents.txt"
    source.write_text("\n\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))))
    begin(camera, [source], 3, "train-read")
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stCode").nth(1)).to_be_visible(timeout=PATIENCE_MS)
    camera.take("train-running")
    page.locator("[class*='st-key-stop-'] button").click()
    expect(page.locator("[class*='st-key-resume-'] button")).to_be_visible(timeout=PATIENCE_MS)


def begin(camera: Camera, sources: list[Path], minutes: int, picture: str = "") -> None:
    """Give files, and let them be learnt from."""
    page = camera.page
    page.locator("input[type=file]").first.set_input_files(sources)
    expect(page.locator(".st-key-train_start button")).to_be_visible(timeout=PATIENCE_MS)
    if picture:
        camera.take(picture)
    entry = page.locator("[class*='train_minutes'] input")
    entry.fill(str(minutes))
    entry.press("Enter")
    page.locator(".st-key-train_start button").click()


def gallery(camera: Camera) -> None:
    """Empty, then with three pieces, then one of them."""
    camera.go("/gallery")
    camera.take("gallery-empty")
    for asked in (TEXT | {"n": "1"}, VERSE | {"n": "1"}, MUSIC):
        page = camera.go(f"/?{urlencode(asked)}")
        written(page)
        page.locator("[class*='-heart'] button:visible").first.click()
        expect(page.locator("[class*='-heart'] button[kind=primary]:visible").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(1500)  # the browser is given its shelf with the first piece
    page = camera.go("/gallery")
    expect(page.locator("[class*='-open'] button").first).to_be_visible(timeout=PATIENCE_MS)
    camera.take("gallery")
    page.locator("[class*='-open'] button").first.click()
    expect(page.get_by_test_id("stTable")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("audio").first).to_be_attached(timeout=PATIENCE_MS)
    camera.take("gallery-piece")


def corpora(camera: Camera) -> None:
    """What there is to learn from."""
    camera.go("/corpora")
    camera.take("corpora")


def about(camera: Camera) -> None:
    """What the program does."""
    camera.go("/about")
    camera.take("about")


def poem_for_readme(camera: Camera) -> Path:
    """Four poems, coloured by certainty."""
    page = camera.go(f"/?{urlencode(VERSE)}")
    written(page)
    page.locator("[class*='compose-certainty'] label").first.click()
    expect(page.get_by_role("application")).to_have_count(4, timeout=PATIENCE_MS)
    page.get_by_role("application").first.locator("span").nth(4).click()
    return camera.take("compose-poem")


def music_for_readme(camera: Camera) -> Path:
    """A chorale, engraved."""
    page = camera.go(f"/?{urlencode(MUSIC)}")
    written(page)
    expect(page.locator("audio").first).to_be_attached(timeout=PATIENCE_MS)
    return camera.take("compose-music")


def train_for_readme(camera: Camera) -> Path:
    """A training on its way."""
    page = camera.go("/train")
    begin(camera, sorted((ROOT / "corpora" / "verses").glob("english-*.txt")), minutes=4)
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stCode").nth(SAMPLES - 1)).to_be_visible(timeout=PATIENCE_MS)
    path = camera.take("train", 1400)
    page.locator("[class*='st-key-stop-'] button").click()
    expect(page.locator("[class*='st-key-resume-'] button")).to_be_visible(timeout=PATIENCE_MS)
    return path


def phone_for_readme(camera: Camera) -> Path:
    """A poem on a phone, in Chinese."""
    page = camera.go(f"/?{urlencode(VERSE | {'n': '2'})}")
    written(page)
    page.locator("[class*='-heart'] button:visible").first.scroll_into_view_if_needed()
    camera.whole = False
    return camera.take("phone")


README: tuple[tuple[Callable[[Camera], Path], str, str], ...] = (
    (poem_for_readme, "light", "en-GB"), (music_for_readme, "light", "en-GB"), (train_for_readme, "dark", "en-GB"),
    (phone_for_readme, "phone", "zh-CN"),
)  # fmt: skip


def for_readme(browser: Browser, served: Served, folder: Path) -> None:
    """The four pictures of the README."""
    for walk, kind, locale in README:
        camera = Camera(browser, served, kind, folder, locale, True)
        camera.kind = ""
        make_small(walk(camera))
        camera.context.close()


def make_small(path: Path) -> None:
    """Write a picture again with as many colours as it needs."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes" + (" - too many" if size > LARGEST else ""))


PAGES: dict[str, Callable[[Camera], None]] = {
    "compose": compose, "train": train, "gallery": gallery, "corpora": corpora, "about": about
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", nargs="*", choices=PAGES, default=list(PAGES), help="these pages")
    parser.add_argument("--windows", nargs="*", choices=KINDS, default=["light", "dark", "phone"], help="these windows")
    parser.add_argument("--locale", default="en-GB", help="of the browser, such as zh-CN (default %(default)s)")
    parser.add_argument("--readme", action="store_true", help="the four pictures of the README and nothing else")
    parser.add_argument("--window", action="store_true", help="take what a window shows, not the whole page")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        served = Served(Path(home) / "app", {})
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            if chosen.readme:
                for_readme(browser, served, chosen.folder)
            for kind in () if chosen.readme else chosen.windows:
                for name in chosen.only:
                    camera = Camera(browser, served, kind, chosen.folder, chosen.locale, not chosen.window)
                    try:
                        PAGES[name](camera)
                    except AssertionError as error:
                        camera.take(f"failed-{name}")
                        said = re.sub(r"\s+", " ", str(error))[:300]
                        print(f"{name}, {kind}: {said}", file=sys.stderr)
                    camera.context.close()
        finally:
            browser.close()
            served.stop()


if __name__ == "__main__":
    main()
