"""Two languages: what is compiled is what was written, and nothing on a page is left untranslated."""

from __future__ import annotations

import io
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


def sentences() -> set[str]:
    """What the source asks to have translated."""
    keywords = {"_": None, "option": (2,)}
    found = [message for _, _, message, _, _ in extract_from_dir(PACKAGE / "app", keywords=keywords)]
    found += [message for _, message, _, _ in extract_from_file("python", PACKAGE / "config.py", keywords=keywords)]
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
