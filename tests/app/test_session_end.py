"""What stands around the pages: the tab's name, what ends with it, and how the app is served."""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.caching.cache_resource_api import clear_session_cache
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from generator.app.generating import Task
from generator.app.uploads import FOLDER
from generator.places import PREPARED

ROOT = Path(__file__).parents[2]
SESSION = "test session id"  # as AppTest calls each of its sessions
LINES = "the river carries what the mountain lets go\n" * 50


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_app_is_served_to_this_machine_alone_and_reports_to_nobody():
    said = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert said["server"]["address"] == "localhost"
    assert said["browser"]["gatherUsageStats"] is False


@pytest.mark.parametrize(
    ("lang", "page", "title"),
    [
        ("en", "compose", "Compose"), ("en", "gallery", "Gallery"), ("en", "about", "About"),
        ("zh", "compose", "创作"), ("zh", "gallery", None),
    ],
)  # fmt: skip
def test_the_tab_is_called_after_its_page(
    app_home: Path, monkeypatch: pytest.MonkeyPatch, lang: str, page: str, title: str | None
):
    said: list[str] = []
    monkeypatch.setattr("streamlit.set_page_config", lambda **config: said.append(config.get("page_title", "")))
    found = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=100)
    found.query_params["lang"] = lang
    if page != "compose":
        found._page_hash = calc_hash(page)  # as if its address had been opened
    found.run()
    assert not found.exception, found.exception[0].stack_trace
    assert said[-1] == f"{title or found.title[0].value} · generator"
    assert (found.title[0].value == said[-1].partition(" · ")[0]) and found.title[0].value


def test_a_limit_that_cannot_be_read_leaves_the_tab_its_name(app_home: Path, monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    monkeypatch.setattr("streamlit.set_page_config", lambda **config: said.append(config.get("page_title", "")))
    monkeypatch.setenv("GENERATOR_APP_GALLERY", "mine")
    found = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=100).run()
    assert "mine is not known" in found.error[0].value and said[-1] == "generator"


def a_desk() -> None:
    from generator.app.session import desk

    desk()


def test_the_end_of_a_session_ends_what_its_desk_has_under_way():
    found = AppTest.from_function(a_desk, default_timeout=60).run()
    desk, gate = found.session_state["desk"], threading.Event()
    desk.here, desk.grace_s = lambda: False, 0.01

    def work(task: Task) -> str:
        assert gate.wait(60)
        task.go_on()
        return "done"

    task = desk.start("work", work)
    clear_session_cache(SESSION)
    until(lambda: task.cancelled)
    gate.set()
    assert task.wait(60) and task.result is None


def a_bench() -> None:
    import io

    import streamlit as st

    from generator.app.training_form import bench
    from generator.config import PrepareConfig

    here = bench("train")
    here.drop("key", [("lines.txt", io.BytesIO(st.session_state["lines"].encode()))], PrepareConfig())
    st.session_state["bench"] = here


def test_the_end_of_a_session_deletes_what_was_dropped_and_ends_its_preparation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    found = AppTest.from_function(a_bench, default_timeout=60)
    found.session_state["lines"] = LINES
    found.run()
    assert not found.exception, found.exception[0].stack_trace
    bench = found.session_state["bench"]
    assert bench.problem is None and list((tmp_path / PREPARED / FOLDER).iterdir())
    preparation = bench.preparation
    clear_session_cache(SESSION)
    assert not list((tmp_path / PREPARED / FOLDER).iterdir())
    assert bench.upload is None and bench.preparation is None
    until(lambda: preparation.look().state != "running")
