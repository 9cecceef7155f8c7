"""Two people at once: neither sees anything of the other's, and who leaves holds nobody up."""

from __future__ import annotations

import re

from pages import choose_model, first_text, seed_of, write
from playwright.sync_api import expect

LONG = "/?m=shakespeare&length=80000&seed={seed}"  # some twenty seconds of a processor
SHORT = "/?m=prose&length=40&seed=3"


def test_two_visitors_never_see_each_others_text_settings_or_seeds(visitors):
    one, other = visitors(), visitors()
    here, there = one.visit(), other.visit()
    for page in (here, there):
        choose_model(page, "prose")
    here.get_by_role("textbox", name="Beginning").fill("O rose, ")
    there.get_by_role("textbox", name="Beginning").fill("The worm ")
    there.get_by_role("radio", name="wild").click()
    expect(there.get_by_role("radio", name="wild")).to_be_checked()
    write(here)
    write(there)
    texts = [first_text(page).inner_text() for page in (here, there)]
    assert texts[0].startswith("O rose, ") and texts[1].startswith("The worm ")
    assert seed_of(here) != seed_of(there)
    for page, foreign in ((here, there), (there, here)):
        shown = page.locator("body").inner_text()
        assert str(seed_of(foreign)) not in shown
        assert first_text(foreign).inner_text() not in shown
    expect(here.get_by_role("radio", name="balanced")).to_be_checked()
    expect(here.get_by_role("textbox", name="Beginning")).to_have_value("O rose, ")
    for page, own in ((here, "O rose, "), (there, "The worm ")):  # a reload writes one's own again
        page.reload()
        expect(first_text(page)).to_contain_text(own)


def test_who_closes_the_tab_holds_nobody_up(visitors):
    busy, next_one = visitors(), visitors()
    tabs = [busy.page, busy.context.new_page()]  # as many as the app works on at once
    for seed, tab in enumerate(tabs, start=1):
        tab.goto(busy.url + LONG.format(seed=seed))
        expect(tab.get_by_text(re.compile(r"^Writing; "))).to_be_visible()
    page = next_one.visit(SHORT)
    expect(page.get_by_text(re.compile(r"^Waiting"))).to_be_visible()
    expect(tabs[0].get_by_text(re.compile(r"^Writing; "))).to_be_visible()
    tabs[0].close()
    expect(page.get_by_role("button", name="Keep")).to_be_visible()
    expect(tabs[1].get_by_text(re.compile(r"^Writing; "))).to_be_visible()


def test_stop_ends_what_is_under_way(visitor):
    page = visitor.page
    page.goto(visitor.url + LONG.format(seed=5))
    expect(page.get_by_text(re.compile(r"^Writing; "))).to_be_visible()
    page.wait_for_timeout(1000)  # the page hears keys a moment after it shows the text
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped; this is what there was.")).to_be_visible()
    assert first_text(page).inner_text().strip()
