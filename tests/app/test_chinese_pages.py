"""No page in Chinese speaks English: every label, explanation, choice and sentence of every page is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from generator.app import languages
from generator.app.training_jobs import Queue
from generator.config import PrepareConfig
from generator.corpus import prepare

TELLING = ("label", "help", "value", "placeholder", "options", "alt")
SHOWN_AS_IT_IS = ("Code", "Json", "Text")  # what a model wrote, a command, the card of a model
SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}")  # three words are one
DATA = ("made for a test",)  # what the sources themselves are called


def said(node: Any) -> Iterator[str]:
    """What the elements of a page say."""
    for child in getattr(node, "children", {}).values():
        yield from said(child)
        if type(child).__name__ in SHOWN_AS_IT_IS:
            continue
        proto = getattr(child, "proto", None)
        for name in TELLING:
            try:
                found = getattr(child, name, None) or getattr(proto, name, None)
            except (ValueError, IndexError, KeyError):  # a choice that the test's own view of it cannot name
                found = getattr(proto, name, None)
            texts = found if isinstance(found, list | tuple) else [found]
            yield from (text for text in texts if isinstance(text, str))


def english(page: AppTest) -> list[str]:
    """The English sentences of a page."""
    assert not page.exception, [each.value for each in page.exception]
    texts = list(dict.fromkeys(said(page._tree)))
    assert any(re.search("[一-鿿]", text) for text in texts)
    return [text for text in texts if SENTENCE.search(text) and not any(each in text for each in DATA)]


@pytest.fixture
def chinese(app_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a prepared corpus and a training that waits, and pages in Chinese."""
    monkeypatch.setattr(languages, "language", lambda: "zh_CN")
    text = Path("rivers.txt")
    text.write_text("".join(f"{number} 月落江天\n" for number in range(300)), encoding="utf-8")
    prepare(text, Path("data/rivers"), PrepareConfig(pieces="line"), say=lambda line: None, progress=False)
    return app_home


def opened(name: str, **params: str) -> AppTest:
    page = AppTest.from_string(f"from generator.app.page_{name} import page\npage()", default_timeout=100)
    for key, value in params.items():
        page.query_params[key] = value
    return page.run()


@pytest.mark.parametrize("name", ["compose", "train", "gallery", "corpora", "about"])
def test_a_page_says_nothing_in_english(name: str, chinese: Path):
    assert not english(opened(name))


@pytest.mark.parametrize(
    "asked",
    [
        {"m": "poems", "form": ""},
        {"m": "poems", "form": "qijue", "rhyme": "zzz"},
        {"m": "tunes", "key": "H major"},
        {"m": "tunes", "task": "continue"},
        {"m": "choir", "task": "harmonise"},
        {"m": "choir", "task": "infill", "bars": "99999"},
        {"m": "nowhere"},
        {"m": "prose", "temperature": "-1"},
        {"m": "prose", "seed": "many"},
    ],
    ids=lambda asked: " ".join(asked.values()),
)
def test_wishes_and_what_is_wrong_with_them_are_told_in_chinese(asked: dict[str, str], chinese: Path):
    assert not english(opened("compose", **asked))


def test_a_corpus_and_the_settings_of_a_training_are_told_in_chinese(chinese: Path):
    assert not english(opened("corpora", corpus="rivers"))
    page = opened("train")
    page.button_group(key="train_kind").set_value("一份语料").run()
    page.selectbox(key="train_corpus").set_value("rivers").run()
    assert any(button.key == "train_start" for button in page.button)
    assert not english(page)


def test_a_training_that_waits_is_told_in_chinese(chinese: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Queue, "advance", lambda queue: None)
    queue = Queue(Path.cwd())
    run = queue.add("rivers", "data/rivers", [])
    assert not english(opened("train", run=run.name))
    queue.remove(queue.add("other", "data/rivers").name)
    queue.stop(run.name)
    assert not english(opened("train", run=run.name))
    queue.remove(run.name)


def test_english_would_be_found(chinese: Path):
    page = AppTest.from_string("import streamlit as st\nst.caption('你好')\nst.button('a', help='Press it now please')")
    assert english(page.run()) == ["Press it now please"]
