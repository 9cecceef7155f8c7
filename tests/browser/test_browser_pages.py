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


CUT = """() => [...document.querySelectorAll('[data-testid=stTable] :is(td, th)')].filter(cell => {
  const box = cell.closest('table').parentElement, ends = cell.getBoundingClientRect().right
  const reach = box.getBoundingClientRect().left + box.scrollWidth - box.scrollLeft
  return cell.scrollWidth > cell.clientWidth + 1 || ends > reach + 2 || getComputedStyle(box).overflowX != 'auto'
}).map(cell => cell.innerText)"""


@pytest.mark.parametrize("width", [390, 1280])
def test_tables_are_read_aloud_and_nothing_in_them_is_cut(visitors, width):
    visitor = visitors(viewport={"width": width, "height": 844})
    page = visitor.visit("/corpora")
    expect(page.get_by_role("table", name="The corpora")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Licence")).to_be_visible()
    assert not page.evaluate(CUT)
    page = visitor.visit("/about")
    for name in ("The models with what they learnt from", "The corpora that are known by name"):
        expect(page.get_by_role("table", name=name)).to_be_visible()
    assert not page.evaluate(CUT)
    assert page.get_by_test_id("stDataFrame").count() == 0
    row = page.get_by_role("row").filter(has_text="fiddle tunes")
    expect(row.first).to_contain_text("as the package music21 carries them")
