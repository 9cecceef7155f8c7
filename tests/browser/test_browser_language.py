"""A language that was chosen holds: on every page, where one is reloaded, on the way back, and for nobody else."""

from __future__ import annotations

import re

import pytest
from pages import finished
from playwright.sync_api import Page, expect

IN_CHINESE = {"创作": "/", "语料": "/corpora", "训练": "/train", "收藏": "/gallery", "关于": "/about"}
SHORT = "/?m=prose&length=40&seed=3"


def choose_chinese(page: Page) -> None:
    """Use the switch."""
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^[\u4e00-\u9fff]+$"))


def is_chinese(page: Page, name: str) -> None:
    """Wait until the page is there, by its name, in Chinese, and the address says so too."""
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink").filter(has_text="收藏")).to_be_visible()
    expect(page.get_by_role("radio", name="中文")).to_be_checked()
    expect(page).to_have_url(re.compile(r"[?&]lang=zh(&|$)"))


@pytest.mark.slow
def test_chinese_holds_on_every_page_and_where_one_is_reloaded(visitor):
    page = visitor.visit()
    choose_chinese(page)
    is_chinese(page, "创作")
    for name, path in IN_CHINESE.items():
        page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
        is_chinese(page, name)
        assert page.url.startswith(visitor.url + path)
        page.reload()
        is_chinese(page, name)
    for name in ("收藏", "训练"):  # each reload began a new visit, and the way back is still there
        page.go_back()
        is_chinese(page, name)


def test_who_goes_back_to_before_the_choice_has_what_was_chosen(visitor):
    page = visitor.visit("/gallery?lang=en")
    expect(page.get_by_role("heading", level=1, name="Gallery")).to_be_visible()
    choose_chinese(page)
    page.go_back()
    is_chinese(page, "收藏")
    page.reload()
    is_chinese(page, "收藏")


@pytest.mark.slow
def test_links_are_read_by_others_in_their_own_language(visitors):
    visitor, stranger = visitors(), visitors()
    page = visitor.visit(SHORT)
    finished(page)
    choose_chinese(page)
    text = page.get_by_test_id("stText").first.inner_text()
    page.reload()  # what the address asks for is written again, in Chinese
    expect(page.get_by_test_id("stText").first).to_have_text(text)
    page.get_by_role("button", name="收藏它", exact=True).click()
    expect(page.get_by_role("button", name="已收藏")).to_be_visible()
    page.get_by_test_id("stTopNavLink").filter(has_text="收藏").click()
    is_chinese(page, "收藏")
    page.locator("[class*='-open'] button:visible").first.click()
    expect(page).to_have_url(re.compile(r"[?&]piece="))
    is_chinese(page, "收藏")
    link = page.get_by_test_id("stCode").first.inner_text().strip()
    assert "lang" not in link
    page.reload()
    is_chinese(page, "收藏")
    expect(page.get_by_test_id("stText").first).to_have_text(text)

    other = stranger.visit(link)
    expect(other.get_by_role("heading", level=1, name="Gallery")).to_be_visible()
    expect(other.get_by_test_id("stText").first).to_have_text(text)
    stranger.visit(page.url)  # the address as it stands, with its language
    is_chinese(other, "收藏")
    expect(other.get_by_test_id("stText").first).to_have_text(text)
    other.get_by_role("radio", name="English").locator("xpath=ancestor::label").click()
    expect(other.get_by_role("heading", level=1, name="Gallery")).to_be_visible()
    expect(other).to_have_url(re.compile(r"piece=.*lang=en|lang=en.*piece="))
    expect(other.get_by_test_id("stText").first).to_have_text(text)
