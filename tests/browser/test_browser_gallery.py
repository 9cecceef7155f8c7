"""What is kept is found again, by the browser that kept it and by whoever is given its link; and the ways about it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pages import choose_model, first_text, go_to, write, written
from playwright.sync_api import Locator, Page, expect

PROSE = {"m": "prose", "p": "The invisible worm", "length": "40"}
TUNE = {"m": "tunes", "bars": "4"}
NO_COOKIES = "Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })"

HEARD = """async (sound) => {
    await sound.play();
    await new Promise((done) => { sound.ontimeupdate = () => { if (sound.currentTime > 0.2) done(); }; });
    return sound.duration;
}"""


def keep(visitor, **asked: str) -> Page:
    """Write something by its link, and keep it."""
    page: Page = visitor.page
    page.goto(f"{visitor.url}/?{urlencode(asked)}")
    page.get_by_role("button", name="Keep", exact=True).first.click()
    expect(page.get_by_role("button", name="Kept").first).to_be_visible()
    return page


def listed(page: Page, count: int) -> None:
    """Wait until so many pieces are listed."""
    expect(page.get_by_text(f"Pieces: {count}", exact=True)).to_be_visible()


def button(page: Page, what: str) -> Locator:
    """The buttons of that kind under the pieces, in their order."""
    return page.locator(f"[class*='-{what}'] button:visible")


def new_tab(visitor, address: str) -> Page:
    """The same browser, another tab: the one before is closed."""
    visitor.page.close()
    visitor.page = visitor.context.new_page()
    return visitor.visit(address)


def test_what_was_hearted_is_found_again(visitors):
    visitor, stranger = visitors(), visitors()
    page = visitor.visit()
    choose_model(page, "prose")
    page.get_by_role("textbox", name="Beginning").fill("The invisible worm")
    write(page)
    text = first_text(page).inner_text()
    assert not any(each["name"] == "generator_shelf" for each in visitor.context.cookies()), "nothing is kept yet"
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("button", name="Kept")).to_be_visible()

    page = new_tab(visitor, "/gallery")  # another day: the cookie alone tells whose gallery it is
    listed(page, 1)
    page.get_by_role("textbox", name="Search").fill("invisible")
    page.keyboard.press("Enter")
    listed(page, 1)
    page.get_by_test_id("stBaseButton-secondary").filter(has_text="Open").click()
    expect(first_text(page)).to_have_text(text)
    expect(page.get_by_role("table")).to_contain_text("The invisible worm")
    link = page.get_by_test_id("stCode").first.inner_text().strip()

    other = stranger.visit(link)
    expect(first_text(other)).to_have_text(text)
    other.get_by_role("button", name="To the gallery").click()
    expect(other.get_by_text("Nothing is kept here yet.", exact=False)).to_be_visible()

    page.get_by_role("button", name="Write it again").click()
    assert written(page) == text
    page.go_back()  # to the piece, and not to the address of Compose on this page
    expect(page.get_by_role("button", name="Write it again")).to_be_visible()
    expect(page).to_have_url(link)


def test_a_browser_has_its_cookie_before_the_server_hears_of_keep(visitor):
    page = visitor.page
    page.goto(f"{visitor.url}/?{urlencode(PROSE | {'seed': '1'})}")
    heart = page.get_by_role("button", name="Keep", exact=True)
    expect(heart).to_be_visible()
    page.wait_for_timeout(500)
    had = heart.evaluate("(heart) => { heart.click(); return document.cookie; }")  # nothing has come from there since
    assert "generator_shelf" in had
    expect(page.get_by_role("button", name="Kept")).to_be_visible()


@pytest.mark.slow
def test_two_tabs_that_were_both_open_before_have_one_gallery(visitor):
    one = visitor.visit(f"/?{urlencode(PROSE | {'seed': '1'})}")
    visitor.page = visitor.context.new_page()
    two = visitor.visit(f"/?{urlencode(PROSE | {'seed': '2'})}")
    for page in (one, two):
        page.get_by_role("button", name="Keep", exact=True).click()
        expect(page.get_by_role("button", name="Kept")).to_be_visible()
    for page in (one, two):
        go_to(page, "Gallery")
        listed(page, 2)
    one.close()
    listed(new_tab(visitor, "/gallery"), 2)


def test_a_browser_without_cookies_is_told_what_that_means(visitor):
    visitor.context.add_init_script(NO_COOKIES)
    page = keep(visitor, **PROSE, seed="1")
    expect(page.get_by_text("This browser takes no cookie", exact=False)).to_be_visible()
    go_to(page, "Gallery")
    listed(page, 1)
    expect(page.get_by_test_id("stAlert").filter(has_text="takes no cookie")).to_be_visible()


@pytest.mark.slow
def test_every_way_to_the_gallery_shows_it(visitor):
    for seed in "12":
        page = keep(visitor, **PROSE, seed=seed)
    go_to(page, "Gallery")
    page.get_by_role("textbox", name="Search").fill("invisible")
    page.keyboard.press("Enter")
    listed(page, 2)
    button(page, "open").first.click()
    again = page.get_by_role("button", name="Write it again")
    expect(again).to_be_visible()
    expect(page).to_have_url(re.compile(r"/gallery\?piece="))
    go_to(page, "Gallery")  # the page is open already, with one piece on it
    listed(page, 2)
    expect(page).to_have_url(f"{visitor.url}/gallery")
    expect(page.get_by_role("textbox", name="Search")).to_have_value("invisible")
    page.go_back()
    expect(again).to_be_visible()
    go_to(page, "About")
    go_to(page, "Gallery")
    listed(page, 2)
    for number in range(2):
        button(page, "compare").nth(number).click()
    differ = page.get_by_role("heading", name="In what they differ")
    expect(differ).to_be_visible()
    page.reload()
    expect(differ).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Seed")
    go_to(page, "Gallery")
    listed(page, 2)
    page.go_back()
    expect(differ).to_be_visible()
    page.go_back()
    listed(page, 2)


@pytest.mark.slow
def test_on_a_phone_the_menu_leads_from_a_piece_to_the_gallery(visitors):
    visitor = visitors(viewport={"width": 390, "height": 844})
    keep(visitor, **PROSE, seed="1")
    page = visitor.visit("/gallery")
    button(page, "open").first.click()
    expect(page.get_by_role("button", name="Write it again")).to_be_visible()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Gallery").click()
    listed(page, 1)
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390, "nothing is scrolled sideways"


@pytest.mark.slow
def test_music_is_kept_heard_compared_deleted_and_carried_to_another_browser(visitors, tmp_path: Path):
    visitor, other = visitors(), visitors()
    for seed in "12":
        keep(visitor, **TUNE, seed=seed)
    page = visitor.visit("/gallery")
    expect(page.get_by_role("img", name=re.compile("The first bars"))).to_have_count(2)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 9999)")
    button(page, "open").last.click()
    expect(page.get_by_role("heading", name="tunes, seed 1")).to_be_in_viewport()
    sound = page.locator("audio")
    expect(sound).to_be_attached()
    assert sound.evaluate(HEARD) > 1
    page.go_back()
    for number in range(2):
        button(page, "compare").nth(number).click()
    expect(page.locator("audio")).to_have_count(2)
    expect(page.get_by_role("table")).to_contain_text("Seed")
    page.go_back()

    button(page, "delete").first.click()
    listed(page, 1)
    page.get_by_role("button", name="Undo").click()
    listed(page, 2)
    page.get_by_text("Export and import").click()
    files = []
    for name in ("All as JSON lines", "All as a zip"):
        page.get_by_role("button", name=name).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download gallery." + ("zip" if "zip" in name else "jsonl")).click()
        files.append(tmp_path / download.value.suggested_filename)
        download.value.save_as(files[-1])

    there = other.visit("/gallery")
    there.get_by_text("Export and import").click()
    for file, new in zip(files, (2, 0), strict=True):
        there.locator("input[type=file]").set_input_files(file)
        expect(there.get_by_text(file.name)).to_be_visible()
        there.get_by_role("button", name="Bring in", exact=True).click()
        expect(there.get_by_text(f"New pieces that were brought in: {new}")).to_be_visible()
        listed(there, 2)
    files[0].write_text("no piece\n")
    there.locator("input[type=file]").set_input_files(files[0])
    expect(there.get_by_text(files[0].name)).to_be_visible()
    there.get_by_role("button", name="Bring in", exact=True).click()
    expect(there.get_by_text("gallery.jsonl cannot be read, line 1", exact=False)).to_be_visible()
    listed(new_tab(other, "/gallery"), 2)
