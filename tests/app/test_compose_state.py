"""The page Compose beside what happens elsewhere: full queues, models that changed, pieces deleted in the gallery."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from test_compose_page import chosen, link_of, opened, press, run, written

from generator import __version__
from generator.app import compose_results, session
from generator.app.gallery_shelf import KEY, shelf_of
from generator.app.generating import Pool, Task
from generator.app.store import NewPiece, Search, the_store

CHANGED, OTHER_VERSION = "model has changed", "of the program wrote this first"


def warnings(page: AppTest) -> str:
    return " ".join(each.value for each in page.warning).replace("\\", "")


def labels(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def finished(page: AppTest) -> AppTest:
    """The page once all is written."""
    for _ in range(500):
        run(page)
        if not any((each.key or "").endswith("stop") for each in page.button):
            return page
        time.sleep(0.02)
    raise AssertionError("it does not end")


# ---------------------------------------------------------------- kept, and no longer


def test_what_was_deleted_in_the_gallery_is_not_called_kept(app_home: Path):
    page = press(press(chosen("prose", length=20), "compose write"), "0 heart")
    (piece,) = page.session_state["compose kept"].values()
    shelf = shelf_of(page.session_state[KEY])
    assert "Kept" in labels(page)
    the_store().delete(piece, shelf)
    assert "Kept" not in labels(run(page)) and "Keep" in labels(page)
    page = press(page, "0 heart")
    assert "Kept" in labels(page) and the_store().stands(piece, shelf), "it came back"
    page = press(page, "0 heart")
    assert "Keep" in labels(page) and the_store().search(Search(hearted=True), shelf).total == 0
    page = press(page, "0 heart")
    the_store().delete(piece, shelf)
    the_store().purge(days=0)
    assert "Keep" in labels(run(page))
    assert "Kept" in labels(press(page, "0 heart"))


# ---------------------------------------------------------------- who wrote it first


def test_a_link_of_a_model_that_has_changed_says_so_in_any_session(app_home: Path):
    page = press(chosen("prose", length=20), "compose write")
    assert CHANGED not in warnings(page)
    link = link_of(page)
    same = finished(opened(**{**link, "seed": "7"}))
    assert written(same) and CHANGED not in warnings(same)
    for name, value in {**link, "d": "0123456789ab", "seed": "8"}.items():  # opened in a session that wrote before
        page.query_params[name] = value
    finished(page)
    assert any("Seed 8" in each.value for each in page.caption)
    assert CHANGED in warnings(page)
    page = press(page, "0 again")
    assert CHANGED not in warnings(page), "a new text is nobody's"
    page = press(page, f"{page.session_state['desk'].jobs[1].id} show")
    assert CHANGED in warnings(page), "and it is said wherever that one is shown"


def written_again(facts: dict[str, str], digest: str) -> AppTest:
    """What the page Compose says of a piece of the gallery that is written again."""
    page = press(chosen("prose", length=20), "compose write")
    job = page.session_state["desk"].jobs[-1]
    piece = NewPiece(
        "text", "prose", "x", 5, digest or job.snapshot().digest, job.request.alone(0).to_dict(), facts=facts
    )
    key = page.session_state[KEY]
    from test_page_gallery import click
    from test_page_gallery import opened as gallery

    found = gallery(key, piece=the_store().add(piece, shelf_of(key)).id)
    went: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.switch_page", lambda page, query_params: went.append(page))
        click(found, "piece again")
    assert went
    found.session_state["desk"].jobs[-1].wait(60)
    again = opened()
    again.session_state["desk"] = found.session_state["desk"]
    again.session_state["compose job"] = found.session_state["compose job"]
    return run(again)


@pytest.mark.parametrize(
    ("facts", "digest", "warned"),
    [
        ({"version": __version__}, "", ()),
        ({}, "", ()),
        ({"version": "0.0.1"}, "", (OTHER_VERSION,)),
        ({"version": "0.0.1"}, "0123456789ab", (OTHER_VERSION, CHANGED)),
    ],
    ids=str,
)
def test_a_piece_that_another_version_or_model_wrote_first_says_so_when_it_is_written_again(
    app_home: Path, facts: dict[str, str], digest: str, warned: tuple[str, ...]
):
    page = written_again(facts, digest)
    assert written(page)
    assert {each for each in (CHANGED, OTHER_VERSION) if each in warnings(page)} == set(warned)


def test_what_is_kept_names_the_version_that_wrote_it(app_home: Path):
    from test_page_gallery import opened as gallery
    from test_page_gallery import told_in_table

    page = press(press(chosen("prose", length=20), "compose write"), "0 heart")
    (piece,) = page.session_state["compose kept"].values()
    kept = the_store().get(piece)
    assert kept is not None and kept.facts["version"] == __version__
    table = told_in_table(gallery(page.session_state[KEY], piece=piece))
    assert "Version of the program" in table and __version__ in table


# ---------------------------------------------------------------- many who ask at once


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Set, it ends what keeps a pool busy."""
    found = threading.Event()
    yield found
    found.set()


def test_a_full_queue_is_told_and_what_is_shown_stays(
    app_home: Path, monkeypatch: pytest.MonkeyPatch, pool_of: Callable[..., Pool], gate: threading.Event
):
    full = pool_of(jobs=1, queue=0)
    monkeypatch.setattr(session, "pool", lambda: full)
    page = press(chosen("prose", length=20), "compose write")
    before = written(page)
    full.put(Task(lambda _task: gate.wait(60)))
    page = press(page, "compose write")
    assert "Many requests are waiting already" in " ".join(each.value for each in page.error)
    assert written(page) == before
    gate.set()
    for _ in range(200):
        page = press(page, "compose write")
        if not page.error:
            break
    assert written(page)


def test_who_waits_sees_how_many_are_before_and_may_stop_and_not_ask_for_too_much(
    app_home: Path, monkeypatch: pytest.MonkeyPatch, pool_of: Callable[..., Pool], gate: threading.Event
):
    pool = pool_of(jobs=1, queue=5, jobs_each=1)
    monkeypatch.setattr(session, "pool", lambda: pool)
    for _ in range(3):
        pool.put(Task(lambda _task: gate.wait(60)))
    page = chosen("prose", length=20)
    next(each for each in page.button if each.key == "compose write").click()
    run(page)
    assert "Waiting; 2 before this one" in [each.value for each in page.caption]
    next(each for each in page.button if each.key == "compose write").click()
    assert "several requests under way" in " ".join(each.value for each in run(page).error)
    gate.set()
    finished(page)
    assert [len(each) for each in written(page)] == [20]


def test_a_model_that_is_being_loaded_is_told_of(app_home: Path):
    page = press(chosen("prose", length=20), "compose write")
    job = page.session_state["desk"].jobs[-1]
    begun = dataclasses.replace(job.snapshot(), state="working", digest="")
    assert "Loading the model" in compose_results.how_far(job, begun)
