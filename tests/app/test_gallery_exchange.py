"""Out of the gallery and in again, on its page: by the pool, within bounds, stopped with a press or with the tab."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest
from test_page_gallery import MINE, checked, click, keep, opened, shelf_of, titles

from generator.app import gallery_exchange, session, settings, store_exchange
from generator.app.gallery_exchange import IN, OUT, Packed
from generator.app.gallery_shelf import BRING_IN
from generator.app.generating import Pool, Task
from generator.app.melodies import notes
from generator.app.store import NewPiece, Search, Store, the_store
from generator.app.store_exchange import export_lines, export_zip, read_export
from generator.errors import GeneratorError, UnreadableFile
from generator.music import score_bytes
from generator.stopping import TimeIsUp, stoppable


@pytest.fixture(autouse=True)
def surroundings(app_home: Path) -> Path:
    return app_home


def until(found: AppTest, what: Callable[[AppTest], Any]) -> AppTest:
    """Draw the page until something is there."""
    for _ in range(300):
        if what(found):
            return found
        time.sleep(0.02)
        checked(found.run())
    raise AssertionError("it does not come")


def packed(found: AppTest) -> bytes:
    """What the page offers to take away."""
    until(found, lambda page: "gallery file" in keys(page))
    result = found.session_state["desk"].tasks[OUT].result
    assert isinstance(result, Packed)
    return result.content


def keys(found: AppTest) -> list[str]:
    """The keys of its buttons."""
    buttons = [*found.button, *found.get("download_button")]
    return [each.key or "" for each in buttons]


def bring(found: AppTest, content: bytes, name: str = "gallery.jsonl") -> AppTest:
    """Bring a file in, and wait for what comes of it."""
    found.file_uploader[0].set_value((name, content, "application/octet-stream"))
    click(found, BRING_IN)
    return until(found, lambda page: "gallery stop bringing in" not in keys(page) and IN not in tasks(page))


def tasks(found: AppTest) -> dict[str, Task]:
    held: dict[str, Task] = found.session_state["desk"].tasks
    return held


def errors(found: AppTest) -> str:
    return " ".join(each.value for each in found.error).replace("\\", "")


# ---------------------------------------------------------------- on the page


@pytest.mark.parametrize("way", ["lines", "zip"])
def test_what_is_looked_for_goes_out_and_comes_in_elsewhere(way: str):
    keep(hearted=True, note="mine"), keep("something else")
    found = opened()
    found.text_input(key="gallery words").set_value("by any").run()
    content = packed(click(found, f"gallery {way}"))
    assert [each.text for each in read_export(content, "x")] == ["A rose\nby any"]
    (label,) = [each.label for each in found.get("download_button") if each.key == "gallery file"]
    assert label.startswith("Download gallery.") and ": 1 piece, " in label
    found.text_input(key="gallery words").set_value("").run()
    assert "gallery file" not in keys(checked(found)), "it holds what was looked for before"

    there = bring(opened("z" * 43), content)
    assert titles(there) == ["**A rose**"] and not there.error
    assert [each.value for each in there.info] == ["New pieces that were brought in: 1"]
    assert [each.value for each in bring(there, content).info] == ["New pieces that were brought in: 0"]
    kept = the_store().search(shelf=shelf_of("z" * 43)).pieces
    assert [(each.hearted, each.note) for each in kept] == [(True, "mine")]


def test_a_file_that_is_none_or_too_large_is_refused_and_nothing_is_brought_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENERATOR_APP_UPLOAD_MB", "1")
    settings.limits.cache_clear()
    found = opened()
    assert "line 1" in errors(bring(found, b"no piece\n"))
    read: list[str] = []
    monkeypatch.setattr(gallery_exchange, "read_export", lambda _content, name: read.append(name) or [])
    assert "larger than 1 MB" in errors(bring(found, bytes(1 + (1 << 20)), "large.zip"))
    assert not read and not the_store().search(shelf=shelf_of(MINE)).total
    assert not bring(found, b"something").error, "the next one is not blamed for it"
    assert read == ["gallery.jsonl"]


def test_a_full_gallery_says_so_on_the_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENERATOR_APP_GALLERY_PIECES", "2")
    settings.limits.cache_clear()
    for text in "abc":
        the_store().add(NewPiece("text", "m", text), f"elsewhere {text}")
    three = b"".join(export_lines(the_store(), the_store().search(shelf=f"elsewhere {text}").pieces) for text in "abc")
    found = bring(opened(), three)
    assert "no room in the gallery: it takes 2 pieces" in errors(found) and titles(found) == []


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Pieces are read one by one, each after this is set; it says which thread does it."""
    gate, get = threading.Event(), Store.get

    def slow(self: Store, piece: str) -> Any:
        if threading.current_thread().name.startswith("writing"):
            assert gate.wait(60)
        return get(self, piece)

    monkeypatch.setattr(Store, "get", slow)
    return gate


def test_packing_is_done_by_the_pool_tells_how_far_it_is_and_is_stopped(held: threading.Event):
    for text in "abc":
        keep(text)
    found = click(opened(), "gallery zip")
    task = tasks(found)[OUT]
    until(found, lambda page: any("Packing: 0 of 3" in each.value for each in page.caption))
    assert "gallery zip" not in keys(found), "one at a time"
    click(found, "gallery stop packing")
    held.set()
    assert task.wait(60) and task.result is None and task.error is None
    assert "gallery file" not in keys(checked(found.run()))
    assert packed(click(found, "gallery lines"))


def test_packing_ends_with_the_tab(held: threading.Event):
    keep()
    found = click(opened(), "gallery lines")
    desk, task = found.session_state["desk"], tasks(found)[OUT]
    desk.here, desk.grace_s = lambda: False, 0.01
    clear_session_cache("test session id")
    for _ in range(200):
        if task.cancelled:
            break
        time.sleep(0.01)
    held.set()
    assert task.wait(60) and task.result is None


def test_what_takes_too_long_or_finds_no_place_is_told(monkeypatch: pytest.MonkeyPatch, pool_of: Callable[..., Pool]):
    keep()
    short = pool_of(seconds=1e-9)
    monkeypatch.setattr(session, "pool", lambda: short)
    found = until(click(opened(), "gallery zip"), lambda page: page.error)
    assert "longer than" in errors(found)
    full, gate = pool_of(jobs=1, queue=0), threading.Event()
    full.put(Task(lambda _task: gate.wait(60)))
    monkeypatch.setattr(session, "pool", lambda: full)
    found = click(opened(), "gallery lines")
    assert "Many requests are waiting" in errors(found)
    found.file_uploader[0].set_value(("a.jsonl", b"x", "x"))
    assert "Many requests are waiting" in errors(click(found, BRING_IN))
    gate.set()


# ---------------------------------------------------------------- what stands behind it


def line(**changes: object) -> bytes:
    said = {
        "format": 1, "created": "2026-01-02T03:04:05+00:00", "kind": "text", "text": "x", "model": "m", "seed": 1,
        "settings": {}, "facts": {},
    }  # fmt: skip
    return json.dumps({**said, **changes}).encode() + b"\n"


def zipped(lines: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(store_exchange.LINES, lines)
    return memory.getvalue()


@pytest.mark.parametrize("way", [bytes, zipped])
def test_a_small_file_that_unpacks_to_a_large_one_is_refused(way, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store_exchange, "MOST_BYTES", 10_000)
    monkeypatch.setattr(store_exchange, "MOST_VALUES", 100)
    assert len(read_export(way(line() * 10), "x")) == 10
    with pytest.raises(UnreadableFile, match="holds more than"):
        read_export(way(line(text="x" * 10_000)), "x")
    with pytest.raises(UnreadableFile, match="holds more than"):
        read_export(way(line(settings={"x": [{}] * 200})), "x")


def test_no_more_is_unpacked_than_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store_exchange, "MOST_BYTES", 1000)
    bomb = zipped(b" " * 5_000_000)
    assert len(store_exchange.unzipped(bomb, "x")) == 1001 and len(bomb) < 10_000


@pytest.mark.parametrize("way", [export_lines, export_zip])
def test_what_goes_out_can_come_in_again_or_is_refused(way, monkeypatch: pytest.MonkeyPatch):
    pieces = [keep("x" * 100, seed=number) for number in range(5)]
    monkeypatch.setattr(store_exchange, "MOST_BYTES", 1000)
    with pytest.raises(GeneratorError, match="too much for one file"):
        way(the_store(), pieces)


@pytest.mark.parametrize("way", [export_lines, export_zip])
def test_packing_asks_whether_to_go_on(way):
    score = score_bytes(notes("CDEF|"), ".musicxml").decode()
    pieces = [keep("x", seed=number, kind="music", score=score) for number in range(4)]
    asked: list[int] = []

    def ends() -> None:
        asked.append(1)
        if len(asked) > 2:
            raise TimeIsUp("No longer.")

    with pytest.raises(TimeIsUp), stoppable(ends):
        way(the_store(), pieces)


def test_time_that_is_up_while_a_score_is_written_is_not_taken_for_a_score_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch,
):
    piece = keep("x", kind="music", score="<score/>")
    for error in (TimeIsUp, GeneratorError):

        def fails(*_: object, error: type[GeneratorError] = error) -> None:
            raise error("It ends here.")

        monkeypatch.setattr(store_exchange, "score_of_piece", fails)
        if error is TimeIsUp:
            with pytest.raises(TimeIsUp):
                export_zip(the_store(), [piece])
        else:
            assert len(read_export(export_zip(the_store(), [piece]), "x")) == 1


def test_pieces_that_are_too_many_for_a_file_are_not_packed_in_part(monkeypatch: pytest.MonkeyPatch):
    for text in "abc":
        keep(text)
    packing = gallery_exchange.Packing(the_store(), Search(), shelf_of(MINE), "lines")
    assert packing().pieces == packing.total == 3
    monkeypatch.setattr(gallery_exchange, "MOST_PIECES", 2)
    with pytest.raises(GeneratorError, match="too many"):
        packing()
