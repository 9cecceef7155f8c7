"""The small piano in a browser: by pointer, by the keys of the computer, by arrow keys alone, in time, on a phone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from pages import choose_model, finished, go_to
from playwright.sync_api import Locator, Page, expect


def opened(visitor) -> Page:
    """The keyboard for a tune that is to be gone on from."""
    page = visitor.visit()
    choose_model(page, "tunes")
    page.get_by_text("go on from a melody").click()
    expect(piano(page)).to_be_visible()
    return page


def piano(page: Page) -> Locator:
    return page.get_by_role("group", name="Piano keys")


def key(page: Page, name: str) -> Locator:
    return piano(page).get_by_role("button", name=name, exact=True)


def strip(page: Page) -> list[str]:
    """The notes as they are shown."""
    return page.locator(".strip i").all_inner_texts()


def tune(page: Page) -> Locator:
    """The melody in ABC."""
    return page.get_by_test_id("stCode").first


@pytest.mark.slow
def test_a_melody_is_played_in_and_gone_on_from_at_once(visitor):
    page = opened(visitor)
    key(page, "G 4").click()
    page.keyboard.press("2")  # from here on eighths
    for letter in "hj":
        page.keyboard.press(letter)
    page.get_by_role("button", name="half note").click()
    key(page, "F sharp 4").click()
    page.keyboard.press("Backspace")
    page.get_by_role("button", name="Rest", exact=True).click()
    key(page, "F sharp 4").click()
    assert strip(page) == ["G4", "A4", "B4", "–", "F♯4"]
    expect(tune(page)).to_contain_text("G2 AB z4 | ^F4")
    page.get_by_role("combobox", name="Its key").click()
    page.get_by_role("option", name="G major").click()
    expect(tune(page)).to_contain_text("G2 AB z4 | F4")
    key(page, "G 4").focus()
    page.keyboard.press("4")
    page.keyboard.press("g")
    page.keyboard.press("Control+Enter")  # before the last note can have been sent by itself
    page.wait_for_url(lambda url: "task=continue" in url)
    query = parse_qs(urlsplit(page.url).query)
    assert query["task"] == ["continue"]  # the whole address changes at once
    assert "G2 AB z4 | F4 G4 |" in query["abc"][0]
    finished(page)  # a page that is left while its script begins keeps what was chosen before
    sound = page.locator("audio").first  # which is dropped when the page is left, fetched or not
    page.wait_for_function("audio => audio.readyState > 0", arg=sound.element_handle())
    go_to(page, "Gallery")
    go_to(page, "Compose")
    expect(piano(page)).to_be_visible()
    assert strip(page) == ["G4", "A4", "B4", "–", "F♯4", "G4"]


def test_keys_alone_and_a_screen_reader_play_it(visitor):
    page = opened(visitor)
    names = piano(page).get_by_role("button").evaluate_all("keys => keys.map((key) => key.ariaLabel)")
    assert names[:3] == ["C 4", "C sharp 4", "D 4"] and len(set(names)) == len(names) >= 17
    assert piano(page).locator("[tabindex='0']").count() == 1  # one stop of Tab, not two dozen
    key(page, "C 4").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    key(page, "E 4").evaluate("key => key.click()")  # what a screen reader does
    page.keyboard.press("x")
    expect(key(page, "C 5")).to_be_visible()
    page.keyboard.press("a")
    assert strip(page) == ["D4", "E4", "C5"]
    expect(page.locator(".told")).to_have_text("C 5, quarter note")
    expect(tune(page)).to_contain_text("D2 E2 c2")


@pytest.mark.slow
def test_what_is_played_in_time_is_written_in_time(visitor):
    page = opened(visitor)
    page.get_by_role("combobox", name="Its metre").click()
    page.keyboard.type("3/8")  # the list shows a few at a time
    page.get_by_role("option", name="3/8").click()
    key(page, "C 4").click()
    expect(tune(page)).to_contain_text("M:3/8")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("spinbutton", name="Beats a minute").fill("30")  # an eighth in 2 s, as the machine may be busy
    page.get_by_role("button", name="Play in time").click()
    for letter, begins, ends in (("a", 1, 3), ("g", 3, 4)):
        expect(page.locator(".told")).to_have_text(f"Play! Beat {begins}")
        page.keyboard.down(letter)
        expect(page.locator(".told")).to_have_text(f"Play! Beat {ends}")
        page.keyboard.up(letter)
    page.get_by_role("button", name="Done").click()
    expect(tune(page)).to_contain_text("C2G")
    assert tune(page).inner_text().splitlines()[-1].split() == ["C2G", "|]"]
    assert strip(page) == ["C4", "G4"]


@pytest.mark.slow
def test_it_fits_a_phone(visitors):
    visitor = visitors(viewport={"width": 390, "height": 844}, has_touch=True)
    page = opened(visitor)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shown = [each.bounding_box() for each in piano(page).locator(".white").all()]
    assert len(shown) == 14
    for box in shown:
        assert box is not None and box["width"] >= 24 and box["x"] >= 0 and box["x"] + box["width"] <= 390
    key(page, "B 5").tap()
    key(page, "B flat 4").tap()
    assert strip(page) == ["B5", "B♭4"]
