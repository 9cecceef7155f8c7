"""Every page is whole in a browser: in both languages and themes, on a phone, with nothing fetched from elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

PAGES = ("/", "/train", "/gallery", "/corpora", "/about")
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.mark.parametrize("phone", [False, True], ids=["desk, light, English", "phone, dark, Chinese"])
def test_every_page_is_whole(visitors, phone):
    phone_settings = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "dark"}
    visitor = visitors(**(phone_settings if phone else {}))
    titles = set()
    for address in PAGES:
        page = visitor.visit(address)
        titles.add(page.locator("h1").first.inner_text())
        assert page.evaluate(FITS), f"{address} is wider than its window"
        expect(page.get_by_test_id("stException")).to_have_count(0)
        nameless = page.locator("img:not([alt]), audio:not([aria-label]):not([title]):not([aria-labelledby])")
        assert nameless.count() == 0, nameless.first.evaluate("each => each.outerHTML")
    assert len(titles) == len(PAGES)
    light = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(map(int, light[4:-1].split(", "))) < 300) == phone
