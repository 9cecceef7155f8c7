"""How a person finds their way on the pages: by what stands there, whatever the language."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"  # of a prompt
SEED = re.compile(r"Seed (\d+)")


def choose_model(page: Page, name: str) -> None:
    """Take a model by its card."""
    summary = page.locator("summary").filter(has_text="Model:")
    card = page.locator(f".st-key-choose-{name}")
    expect(card).to_be_attached()
    if page.locator("details").filter(has=summary).get_attribute("open") is None:
        summary.click()
    card.locator("button:visible").first.click()  # there are two, of which a phone shows the other
    expect(page.locator("summary").filter(has_text=f"Model: {name}")).to_be_visible()


def write(page: Page) -> None:
    """Press the button, and wait until all is written."""
    page.locator(".st-key-compose-write button").click()
    finished(page)


def finished(page: Page) -> None:
    """Wait until all is written."""
    expect(page.get_by_role("button", name="Keep", exact=False).first).to_be_visible()


def written(page: Page) -> str:
    """Wait until all is written; the first text."""
    finished(page)
    return str(first_text(page).inner_text())


def first_text(page: Page) -> Locator:
    """The first text among the results."""
    return page.get_by_test_id("stText").first


def seed_of(page: Page) -> int:
    """The seed of the first text."""
    found = SEED.search(page.get_by_text(SEED).first.inner_text())
    assert found is not None
    return int(found.group(1))


def go_to(page: Page, name: str) -> None:
    """Follow the navigation."""
    page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
