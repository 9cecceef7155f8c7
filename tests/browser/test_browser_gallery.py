"""What is kept is found again, by the browser that kept it and by whoever is given its link."""

from __future__ import annotations

from pages import choose_model, first_text, go_to, write, written
from playwright.sync_api import expect


def test_what_was_hearted_is_found_again(visitors):
    visitor, stranger = visitors(), visitors()
    page = visitor.visit()
    choose_model(page, "prose")
    page.get_by_role("textbox", name="Beginning").fill("The invisible worm")
    write(page)
    text = first_text(page).inner_text()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("button", name="Kept")).to_be_visible()
    go_to(page, "Gallery")
    expect(page.get_by_text("Pieces: 1")).to_be_visible()

    page.wait_for_function("document.cookie.includes('generator_shelf')")
    page.close()  # another tab, another day: the cookie alone tells whose gallery it is
    visitor.page = page = visitor.context.new_page()
    visitor.visit("/gallery")
    page.get_by_role("textbox", name="Search").fill("invisible")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Pieces: 1")).to_be_visible()
    page.get_by_test_id("stBaseButton-secondary").filter(has_text="Open").click()
    expect(first_text(page)).to_have_text(text)
    link = page.get_by_test_id("stCode").first.inner_text().strip()

    other = stranger.visit(link)
    expect(first_text(other)).to_have_text(text)
    other.get_by_role("button", name="To the gallery").click()
    expect(other.get_by_text("Nothing is kept here yet.", exact=False)).to_be_visible()

    page.get_by_role("button", name="Write it again").click()
    assert written(page) == text
