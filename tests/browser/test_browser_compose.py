"""Compose in a browser: poems, music, links, and what a hostile prompt does."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from pages import HOSTILE, choose_model, first_text, seed_of, write, written
from playwright.sync_api import Page, Route, expect

CHARACTER = re.compile(r"[\u3400-\u9fff]")


def test_a_poem_is_written(visitor):
    page = visitor.visit()
    choose_model(page, "tang")
    page.get_by_role("textbox", name="Theme").fill("月")
    write(page)
    lines = [line for line in first_text(page).inner_text().splitlines() if line.strip()]
    assert len("".join(CHARACTER.findall("".join(lines)))) in (20, 28)  # the form at the top of the list
    assert "m=tang" in page.url and f"seed={seed_of(page)}" in page.url


@pytest.mark.parametrize("model", ["tunes", "voices"])
def test_a_piece_of_music_is_written_and_plays(visitor, model):
    page = visitor.visit()
    choose_model(page, model)
    page.get_by_role("textbox", name="Bars").fill("4")
    write(page)
    sound = page.locator("audio").first
    expect(sound).to_be_attached()
    length = page.wait_for_function(
        "audio => audio.duration > 0 && audio.duration", arg=sound.element_handle()
    ).json_value()
    assert 1 < length < 120
    sound.evaluate("audio => { audio.muted = true; return audio.play(); }")
    page.wait_for_function("audio => audio.currentTime > 0.2", arg=sound.element_handle())
    expect(page.get_by_alt_text(re.compile("Page 1 of the engraved score")).first).to_be_visible()


def test_a_sound_and_a_page_that_could_not_be_fetched_are_asked_for_again(visitor):
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if route.request.url in refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=404, body="gone")

    page = visitor.page
    page.route(re.compile(r"/media/\w+\.(wav|svg)$"), refuse_once)
    visitor.visit("/?m=tunes&bars=2&seed=5")
    sound = page.locator("audio").first
    expect(sound).to_be_attached()
    page.wait_for_function("audio => audio.duration > 1", arg=sound.element_handle())
    picture = page.get_by_alt_text(re.compile("Page 1 of the engraved score")).first
    page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
    assert {url.rpartition(".")[2] for url in refused} == {"wav", "svg"}
    assert all("404" in each for each in visitor.complaints)
    visitor.complaints.clear()


def test_a_link_gives_somebody_else_the_same_text(visitors):
    one, other = visitors(), visitors()
    page = one.visit()
    choose_model(page, "prose")
    page.get_by_role("textbox", name="Beginning").fill("O rose, thou ")
    write(page)
    text, seed = first_text(page).inner_text(), seed_of(page)
    page.get_by_role("button", name="Link").click()
    link = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()
    opened = other.visit(link)
    assert written(opened) == text
    assert text.startswith("O rose, thou ")
    assert seed_of(opened) == seed


def test_a_text_that_looks_like_a_page_is_shown_as_text(visitor):
    page = visitor.visit(f"/?m=prose&length=5&seed=3&p={quote(HOSTILE)}")
    assert HOSTILE in written(page)
    expect(page.get_by_role("textbox", name="Beginning")).to_have_value(HOSTILE)
    page.get_by_text("Show how sure the model was").click()
    expect(page.get_by_role("application")).to_contain_text(HOSTILE)
    assert page.title() != "taken"
    assert page.locator("img[src=x]").count() == 0


def test_ctrl_enter_and_the_tab_key_are_enough(visitor):
    page = visitor.visit()
    page.locator("h1").first.wait_for()
    walk_to(page, "choose-tang")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Model: tang")).to_be_visible()
    walk_to(page, "c_theme")
    page.keyboard.type("月")
    page.keyboard.press("Control+Enter")
    text = written(page)
    assert CHARACTER.search(text)
    walk_to(page, "heart")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Kept")).to_be_visible()


def walk_to(page: Page, key: str) -> None:
    """Press Tab until the focus is inside of the widget of a key, or of a part of it."""
    inside = f"!!document.activeElement && !!document.activeElement.closest('[class*=\"{key}\"]')"
    for _ in range(120):
        if page.evaluate(inside):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {key} by the Tab key")


def test_the_language_is_switched_and_stays(visitor):
    page = visitor.visit()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compose")
    page.get_by_test_id("stRadio").get_by_text("中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("创作")
    page.reload()  # the address says which language it was
    visitor.settled()
    expect(page.get_by_role("heading", level=1)).to_have_text("创作")
    page.get_by_test_id("stTopNavLink").filter(has_text="语料").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("语料")
    page.get_by_test_id("stRadio").get_by_text("English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Corpora")


def test_a_chinese_browser_is_greeted_in_chinese(visitors):
    page = visitors(locale="zh-CN").visit()
    expect(page.get_by_role("heading", level=1)).to_have_text("创作")
