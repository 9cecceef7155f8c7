"""The player on a page: what it is given, what stands beside it, and that a piece's words stay words."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from generator.app import player
from generator.app.melodies import notes
from generator.app.player_data import player_data
from generator.app.player_script import SCRIPT

EVIL = '<img src=x onerror="alert(1)"><script>alert(2)</script>]]>&"\''


def app() -> None:
    import streamlit as st

    from generator.app.music_view import show_music

    st.checkbox("something else", key="else")
    for name, score in st.session_state["pieces"].items():
        show_music(score, name, {"seed": 1})


def shown(**pieces) -> AppTest:
    """A page with these pieces, engraved."""
    page = AppTest.from_function(app, default_timeout=100)
    page.session_state["pieces"] = pieces
    page.run()
    deadline = time.monotonic() + 100
    while len(page.get("bidi_component")) < len(pieces):
        assert time.monotonic() < deadline
        assert not page.exception and not page.error
        time.sleep(0.2)
        page.run()
    return page


def told(page: AppTest) -> list[dict]:
    return [json.loads(each.proto.json) for each in page.get("bidi_component")]


def test_a_piece_is_played_and_can_be_taken_away(app_home):
    page = shown(tune=notes("CDEF GABc|c4 z4|"))
    (data,) = told(page)
    assert "/media/" in data["audio"] and data["audio"].endswith(".wav")
    assert data["seconds"] == 4.8 and data["bars"] == [0, 2.4]
    words = data["words"]
    assert words["tabs"] == ["Score", "Piano roll", "Tokens"]
    assert "4/4" in words["told"] and "2 bars" in words["told"]
    assert all(words[name] for name in ("sound", "views", "page", "rolled", "bar", "how")), "each view says what it is"
    labels = [button.label for button in page.get("download_button")]
    assert labels == ["MIDI", "MusicXML", "ABC", "WAV", "SVG", "ZIP"]


def test_another_run_of_the_page_gives_the_player_the_same(app_home):
    page = shown(tune=notes("CDEF GABc|"))
    (before,) = page.get("bidi_component")
    page.checkbox(key="else").check().run()
    (after,) = page.get("bidi_component")
    assert after.proto.json == before.proto.json, "so that the browser does not begin anew"
    assert after.proto.id == before.proto.id


def test_pieces_beside_one_another_are_told_apart(app_home):
    one, other = told(shown(one=notes("CDEF GABc|"), other=notes("cBAG FEDC|")))
    assert one["id"] != other["id"] and one["audio"] != other["audio"]


def test_words_of_a_piece_stay_words(app_home):
    tune = notes("CDEF GABc|")
    evil = replace(tune, title=EVIL, composer=EVIL, parts=tuple(replace(part, name=EVIL) for part in tune.parts))
    page = shown(tune=evil)
    (component,) = page.get("bidi_component")
    assert EVIL not in component.proto.html_content + component.proto.css_content + component.proto.js_content
    data = json.loads(component.proto.json)
    assert data["title"] == EVIL, "as data"
    for layout in player_data(evil)["layouts"]:
        for sheet in layout["pages"]:
            assert "<script" not in sheet["svg"] and "<img" not in sheet["svg"]
    assert all("svg" not in sheet for layout in data["layouts"] for sheet in layout["pages"]), "pages are images"


def test_the_script_makes_no_html_and_reaches_nothing_outside():
    for word in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment",
        "eval(", "Function(", "import(", "fetch(", "https:", "<foreignObject",
    ):  # fmt: skip
        assert word not in SCRIPT, word
    addresses = [line for line in SCRIPT.splitlines() if "http:" in line]
    assert all("http://www.w3.org/2000/svg" in line for line in addresses)


def test_a_path_that_the_app_is_served_under_is_in_the_address(monkeypatch):
    asked = []

    class Manager:
        def add(self, *what: object, **how: object) -> str:
            asked.append((*what, how))
            return "/media/x"

    class Runtime:
        media_file_mgr = Manager()

    monkeypatch.setattr(player.runtime, "exists", lambda: True)
    monkeypatch.setattr(player.runtime, "get_instance", Runtime)
    monkeypatch.setattr(player.st, "get_option", {"server.baseUrlPath": "/music/"}.get)
    assert player.address_of(b"RIFF", "audio/wav", "a key") == "/music/media/x"
    monkeypatch.setattr(player.st, "get_option", {}.get)
    assert player.address_of(b"<svg/>", "image/svg+xml", "a page", "page.svg") == "/media/x"
    assert asked == [
        (b"RIFF", "audio/wav", "a key", {"file_name": None, "is_for_static_download": False}),
        (b"<svg/>", "image/svg+xml", "a page", {"file_name": "page.svg", "is_for_static_download": True}),
    ]
