"""Two languages: what is compiled is what was written, and nothing on a page is left untranslated."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from generator.app import languages
from generator.app.languages import LANGUAGES, LOCALE, closest, translate

PACKAGE = Path(languages.__file__).parents[1]
CODES = [code for code in LANGUAGES if code != "en"]


def sentences(package: Path = PACKAGE) -> set[str]:
    """What the source asks to have translated."""
    keywords = {"_": None, "option": (2,)}
    found = [message for _, _, message, _, _ in extract_from_dir(package / "app", keywords=keywords)]
    found += [message for _, message, _, _ in extract_from_file("python", package / "config.py", keywords=keywords)]
    return {message for message in found if isinstance(message, str) and message}


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_is_what_was_written(code: str):
    folder = LOCALE / code / "LC_MESSAGES"
    with open(folder / "generator.po", "rb") as file:
        written = read_po(file, locale=code)
    again = io.BytesIO()
    write_mo(again, written)
    again.seek(0)
    with open(folder / "generator.mo", "rb") as file:
        compiled = read_mo(file)
    assert {each.id: each.string for each in compiled if each.id} == {
        each.id: each.string for each in read_mo(again) if each.id
    }


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_translated(code: str):
    with open(LOCALE / code / "LC_MESSAGES" / "generator.mo", "rb") as file:
        known = {each.id for each in read_mo(file) if each.string}
    assert not sorted(sentences() - known)


@pytest.mark.parametrize("code", CODES)
def test_places_in_sentences_are_kept(code: str):
    import string

    def places(text: str) -> set[str]:
        return {f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(text) if name is not None}

    # what config says is shown as it is: a brace in it is a brace
    for each in sentences():
        if "{" in each:
            assert places(each) == places(translate(each, code)), each


@pytest.mark.parametrize(
    ("said", "code"),
    [("zh-CN", "zh_CN"), ("zh", "zh_CN"), ("zh_TW", "zh_CN"), ("en-GB", "en"), ("EN", "en"), ("de", None), ("", None)],
)
def test_a_browser_is_understood(said: str, code: str | None):
    assert closest(said) == code


@given(st.text())
def test_what_has_no_translation_comes_back_as_it_is(text: str):
    assert translate(text, "en") == text


def test_outside_of_a_session_it_is_english():
    assert languages._("Train") == "Train"


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [(3_412_000, "3.4 million", "341 万"), (21_000_000, "21.0 million", "2,100 万"), (9_800, "9,800", "9,800 ")],
)
def test_large_numbers_are_said_as_a_language_says_them(count: int, english: str, chinese: str):
    assert (languages.large(count, "en"), languages.large(count, "zh_CN")) == (english, chinese)


def test_a_moment_is_said_as_a_language_says_it():
    when = datetime(2026, 3, 9, 7, 5, tzinfo=UTC)
    assert languages.moment(when, "en") == "9 Mar 2026, 07:05"
    assert languages.moment(when, "zh_CN") == "2026年3月9日 07:05"


def test_a_missing_sentence_would_be_noticed(tmp_path: Path):
    """The test above reads what the source says now: a sentence that no catalogue has is found by it."""
    page = tmp_path / "app" / "page.py"
    page.parent.mkdir()
    page.write_text('title(_("Never said before"))\nx = option(1, help="a setting that is new")\n', encoding="utf-8")
    (tmp_path / "config.py").write_text('x = option(1, help="another")\n', encoding="utf-8")
    assert not {"Never said before", "another"} - sentences(tmp_path)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("domain", ["generator", "errors"])
def test_chinese_is_punctuated_as_chinese(code: str, domain: str):
    with open(LOCALE / code / "LC_MESSAGES" / f"{domain}.po", "rb") as file:
        entries = {str(each.id): str(each.string) for each in read_po(file, locale=code) if each.id}
    half = re.compile(
        r"[\u4e00-\u9fff][,;:?!](?!\S*//)|[\u4e00-\u9fff]\.(?!\w)|[,;?!][\u4e00-\u9fff]|[\u4e00-\u9fff]\(|\([\u4e00-\u9fff]"
    )
    assert not {said: text for said, text in entries.items() if half.search(text)}
    assert not {said: text for said, text in entries.items() if "你" in text or ("token" in said and "记号" in text)}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("en", ["Reels: jig (1,495), air (2)", "The key of it.", "The key of it."]),
        ("zh_CN", ["Reels：jig（1,495）、air（2）", "the key of it。", "the key of it.。"]),
    ],
)
def test_words_are_put_together_as_a_language_does(code: str, told: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(languages, "language", lambda: code)
    counts = [languages.counted("jig", 1495), languages.counted("air", 2)]
    assert languages.labelled("Reels", languages.listed(counts)) == told[0]
    assert [languages.sentence(each) for each in ("the key of it", "the key of it.")] == told[1:]
    assert languages.sentence("") == ""
