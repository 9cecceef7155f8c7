"""Training in a browser: from a file that is dropped to samples, through a reload, a stop and a resumption."""

from __future__ import annotations

import json
import os
import random
import re
import signal

import pytest
from playwright.sync_api import Page, expect

WORDS = (
    "the old clock in hall was slow and every night its keeper wound it up again while rain fell on roof of house "
    "where nobody but he had ever lived alone with books letters maps candles bread wine one cat two chairs"
)


def tales(seed: int) -> str:
    """A text that a network learns something of within seconds."""
    draw = random.Random(seed)
    lines = (" ".join(draw.choices(WORDS.split(), k=draw.randint(5, 12))).capitalize() + "." for _ in range(400))
    return "\n".join(lines) + "\n"


def state(page: Page, words: str) -> None:
    """Wait until the training stands so."""
    expect(page.get_by_role("main").get_by_text(re.compile(f"^{words}$")).first).to_be_visible()


@pytest.mark.parametrize("resumed", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["stopped", "resumed"])
def test_a_training_is_begun_watched_left_and_stopped(visitors, tmp_path, resumed):
    text = tmp_path / "tales.txt"
    text.write_text(tales(7), encoding="utf-8")
    visitor = visitors()
    page = visitor.visit("/train")
    page.locator("input[type=file]").first.set_input_files(text)
    minutes = page.get_by_role("spinbutton", name="Minutes")
    expect(minutes).to_be_visible()
    minutes.fill("3")
    minutes.press("Enter")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="What it writes, by step")).to_be_visible()
    sample = page.get_by_test_id("stCode").first.inner_text()
    assert sample.strip()
    assert "run=tales" in page.url

    page.reload()
    visitor.settled()
    state(page, "in training")
    expect(page.get_by_role("heading", name="What it writes, by step")).to_be_visible()

    if not resumed:
        page.locator("[class*='st-key-stop-tales'] button:visible").first.click()
        state(page, "stopped")
        return

    visitor.page.close()  # whoever closes the tab finds it in the list of trainings
    other = visitors()
    page = other.visit("/train")
    page.locator("[class*='st-key-open-tales'] button").first.click()
    state(page, "in training")
    step = how_far(page)

    page.get_by_role("button", name="Stop").click()
    state(page, "stopped")
    stopped_at = how_far(page)
    assert stopped_at >= step
    page.get_by_role("button", name="Resume").click()
    state(page, "in training")
    expect(page.get_by_text(re.compile(r"^Step "))).not_to_have_count(0)
    page.wait_for_function(
        "before => [...document.querySelectorAll('[data-testid=stProgress]')]"
        ".some(bar => Number((bar.innerText.match(/Step ([\\d,]+)/) || ['', '0'])[1].replaceAll(',', '')) > before)",
        arg=stopped_at,
    )
    page.get_by_role("button", name="Stop").click()
    state(page, "stopped")
    page.get_by_role("button", name="Use this model now").click()
    expect(page.locator("summary").filter(has_text="Model: runs/tales")).to_be_visible()


@pytest.mark.slow
def test_a_model_is_fine_tuned_cut_off_and_used(visitors, served, tmp_path):
    text = tmp_path / "fables.txt"
    text.write_text(tales(11), encoding="utf-8")
    visitor = visitors()
    page = visitor.visit("/train")
    page.locator("input[type=file]").first.set_input_files(text)
    expect(page.get_by_test_id("stMetric").filter(has_text="by the last four characters")).to_be_visible()
    visitor.settled()
    begin = page.locator(".st-key-train_begin input")
    begin.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a list closes where the page below it is still being pushed along
    begin.click()
    expect(page.get_by_role("option", name="prose")).to_be_visible()
    offered = page.get_by_role("option").all_inner_texts()
    assert {"prose", "tang", "shakespeare"} <= set(offered) and not {"voices", "tunes"} & set(offered)
    page.get_by_role("option", name="prose").click()
    expect(page.locator("[class*='train_hidden_size'] input")).to_be_disabled()
    minutes = page.get_by_role("spinbutton", name="Minutes")
    minutes.fill("5")
    minutes.press("Enter")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="What it writes, by step")).to_be_visible()
    assert page.get_by_test_id("stCode").first.inner_text().strip()
    state(page, "in training")

    job = json.loads((served.home / "runs" / "fables" / "job.json").read_text(encoding="utf-8"))
    assert "--init-from=prose" in job["arguments"]
    os.kill(job["pid"], signal.SIGKILL)
    expect(page.get_by_text("It was interrupted")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_role("button", name="Use this model now").click()
    expect(page.locator("summary").filter(has_text="Model: runs/fables")).to_be_visible()
    page.locator(".st-key-compose-write button").click()
    expect(page.get_by_role("button", name="Keep", exact=False).first).to_be_visible()


def how_far(page: Page) -> int:
    """The step that the bar of progress says."""
    told = page.get_by_test_id("stProgress").first.inner_text()
    found = re.search(r"Step ([\d,]+) of", told)
    if found is None:
        pytest.fail(f"no step is told: {told!r}")
    return int(found.group(1).replace(",", ""))


def test_a_file_that_cannot_be_read_is_told_of(visitor, tmp_path):
    hostile = tmp_path / "<b>broken<b>.mid"
    hostile.write_bytes(b"MThd\x00\x00\x00\x06" + bytes(40))
    page = visitor.visit("/train")
    page.locator("input[type=file]").first.set_input_files(hostile)
    expect(page.get_by_text("This did not work.")).to_be_visible()
    assert page.get_by_role("button", name="Start training").count() == 0
