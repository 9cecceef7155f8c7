"""A melody that is given: played in or as a file, for each task; what is wrong with it stands beside it, and stays."""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
from pathlib import Path

import pytest
from small_models import music_model
from streamlit.testing.v1 import AppTest
from test_compose_page import APP, chosen, link_of, opened, press, run

from generator.app import melodies
from generator.app.compose_melody import FILE, KEYBOARD, takes_one_line
from generator.app.controls import defaults, request_of, values_of
from generator.app.keyboard import Played, abc_of
from generator.app.links import params_of
from generator.app.links import request_of as request_of_link
from generator.app.melodies import score_of
from generator.app.models import Card, cards, find_card
from generator.app.request import Request, check, place_of
from generator.app.settings import Limits
from generator.config import MusicConfig, SamplingConfig
from generator.errors import ConfigError, ConstraintUnsatisfiable, DecodingError, GeneratorError, UnreadableFile
from generator.music import reading, score_bytes
from generator.stopping import TimeIsUp, stoppable

TUNE = b"X:1\nT:A tune\nM:4/4\nL:1/4\nK:G\nG A B c | d2 B G |]\n"
CHOIR = b"""X:1
T:Four
M:4/4
L:1/4
K:C
V:1
c d e f | g2 e2 | c4 |]
V:2
G G G A | B2 c2 | G4 |]
V:3
E F G c | d2 G2 | E4 |]
V:4
C B, C F | G2 C2 | C4 |]
"""
PLAYED = ((67, 4), (69, 4), (71, 2), (66, 2), (67, 4))


def midi_of(content: bytes = TUNE) -> bytes:
    return score_bytes(score_of(content, "tune.abc"), ".mid")


def with_file(model: str, task: str, name: str, content: bytes, **values: object):
    """A tab with a task chosen and a file given."""
    page = chosen(model, task=task, melody_from=FILE, **values)
    page.session_state["compose scores"] = {FILE: (name, content)}
    return page


def score_text(page: object) -> str:
    """What was written, as characters of the alphabet: on the page, they stand in the player."""
    job = page.session_state["desk"].find(page.session_state["compose job"])
    return job.snapshot().rows[0].text


def test_a_melody_is_played_in_and_gone_on_from(app_home: Path):
    page = chosen("tunes", task="continue", bars="4", played_key="G major")
    page.session_state["compose played"] = PLAYED
    run(page)
    assert "F G2" in page.code[0].value  # F sharp is in the key
    page.session_state["compose scores"] = {KEYBOARD: ("melody.abc", abc_of(Played(PLAYED, "G major")).encode())}
    page = press(page, "compose write")
    assert not page.error
    link = link_of(page)
    assert link["task"] == "continue" and "G2 A2 BF G2" in link["abc"]
    again = opened(**link)
    assert again.session_state["compose played"] == PLAYED  # it stands on the keyboard again
    assert again.session_state["c_played_key"] == "G major"


def test_a_key_chosen_later_spells_what_was_played_anew(app_home: Path):
    page = chosen("tunes", task="continue", played_key="Db major")
    page.session_state["compose played"] = ((66, 4), (61, 4))
    run(page)
    assert "G2 D2" in page.code[0].value
    page.selectbox(key="c_played_key").set_value("D major")
    run(page)
    assert "F2 ^C2" in page.code[0].value or "F2 C2" in page.code[0].value
    tune = page.session_state["compose scores"][KEYBOARD][1].decode()
    assert tune.split("K:")[1].split() == page.code[0].value.split("K:")[1].split()


def test_without_a_note_it_says_where_to_give_one(app_home: Path):
    page = press(chosen("tunes", task="continue"), "compose write")
    (error,) = page.error
    assert "melody" in error.value.lower()


def test_a_melody_that_is_played_in_is_harmonised(app_home: Path):
    page = chosen("choir", task="harmonise", particles=2)
    page.session_state["compose played"] = PLAYED
    page.session_state["compose scores"] = {KEYBOARD: ("melody.abc", abc_of(Played(PLAYED)).encode())}
    page = press(page, "compose write")
    assert not page.error
    assert link_of(page)["particles"] == "2"


def test_bars_of_an_uploaded_score_are_written_anew(app_home: Path):
    page = with_file("choir", "infill", "four.abc", CHOIR, bars="2-2", voices="alto,tenor", particles=2)
    run(page)
    assert any("3 bars, 4 voices" in each.value for each in page.caption)
    page = press(page, "compose write")
    assert not page.error
    assert score_text(page)
    page.text_input(key="c_voices").set_value("alto,organ")
    page = press(page, "compose write")
    (error,) = page.error
    assert "organ" in error.value
    page.text_input(key="c_voices").set_value("alto")
    page.text_input(key="c_bars").set_value("7-9")
    page = press(page, "compose write")
    (error,) = page.error
    assert "7 to 9" in error.value
    assert page.session_state["compose scores"][FILE] == ("four.abc", CHOIR)


def test_a_model_of_midi_goes_on_from_a_midi_file(app_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    music_model(tmp_path / "more", "midi", "band")
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(tmp_path / "more"))
    page = press(with_file("band", "continue", "tune.mid", midi_of(), bars="4"), "compose write")
    assert not page.error
    assert score_text(page)


def test_a_broken_file_is_told_of_where_it_was_given_and_nothing_typed_is_lost(app_home: Path):
    page = with_file("tunes", "continue", "key theme.mid", b"MThd and then nothing", key="D", bars="12", seed="77")
    page.session_state["compose played"] = PLAYED
    run(page)
    assert len(page.error) == 1 and "key theme.mid" in page.error[0].value.replace("\\", "")
    page = press(page, "compose write")
    assert len(page.error) == 1 and "key theme.mid" in page.error[0].value.replace("\\", "")
    assert any("could not be written" in each.value for each in page.warning)
    kept = {name: page.session_state[f"c_{name}"] for name in ("key", "bars", "seed", "task")}
    assert kept == {"key": "D", "bars": "12", "seed": "77", "task": "continue"}
    assert page.session_state["compose played"] == PLAYED
    next(each for each in page.button if each.key == "compose drop score").click()
    run(page)
    assert FILE not in page.session_state["compose scores"]
    assert not any(each.key == "compose drop score" for each in page.button)


def test_one_may_turn_to_a_file_and_back_without_losing_what_was_played(app_home: Path):
    page = chosen("tunes", task="continue")
    page.session_state["compose played"] = PLAYED
    run(page)
    page.session_state["c_melody_from"] = FILE
    run(page)
    assert not page.code and len(page.get("file_uploader")) == 1
    page.session_state["c_melody_from"] = KEYBOARD
    run(page)
    assert len(page.code) == 1 and page.session_state["compose played"] == PLAYED


@pytest.mark.parametrize(
    ("voices", "tasks"),
    [
        (None, ["continue", "harmonise", "infill"]),
        (1, ["continue", "harmonise", "infill"]),
        (4, ["harmonise"]),
    ],
)
def test_one_line_is_asked_for_where_it_is_of_use(voices: int | None, tasks: list[str]):
    card = Card("m", Path(), "music", alphabet="voices", provenance={"settings": {"voices": voices}})
    assert [task for task in ("free", "continue", "harmonise", "infill") if takes_one_line(card, task)] == tasks


def test_a_file_is_read_once_however_often_a_page_asks(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def read(content: bytes, name: str):
        asked.append(name)
        return original(content, name)

    original = melodies.read
    monkeypatch.setattr(melodies, "read", read)
    monkeypatch.setattr(melodies, "_read", type(melodies._read)())
    assert score_of(TUNE, "a.abc") is score_of(TUNE, "a.abc")
    assert asked == ["a.abc"]
    for _ in range(2):
        with pytest.raises(GeneratorError, match="broken"):
            score_of(b"no music", "broken.mid")
    assert asked == ["a.abc", "broken.mid"]
    with pytest.raises(GeneratorError):
        score_of(TUNE, "a.mid")  # the same bytes under another name are another file
    for number in range(40):
        score_of(TUNE + f"% {number}\n".encode(), "a.abc")
    assert len(melodies._read) == melodies.REMEMBERED


def choir(home: Path) -> Card:
    return find_card("choir", cards(home, home / "none"))


def test_app_and_command_have_the_same_strictness_and_ways_by_default(models_home: Path):
    card = choir(models_home)
    values = defaults(card, Limits())
    assert values["strictness"] == MusicConfig().strictness
    assert values["particles"] == SamplingConfig().particles
    for task in ("free", "harmonise", "infill"):
        request = request_of({"task": task}, card, Limits(), ("a.abc", TUNE))
        assert request.music.strictness == MusicConfig().strictness
        assert request.sampling.particles == SamplingConfig().particles


@pytest.mark.parametrize("task", ["free", "continue", "harmonise", "infill"])
def test_strictness_and_ways_go_into_the_request_its_link_and_back_to_the_controls(models_home: Path, task: str):
    card = choir(models_home)
    values = {"task": task, "strictness": 11.5, "particles": 3, "seed": "4"}
    request = request_of(values, card, Limits(), ("melody.abc", TUNE))
    assert request.music.strictness == 11.5
    assert request.sampling.particles == (3 if task in ("harmonise", "infill") else 0)
    params = params_of(request)
    assert params is not None and params["strictness"] == ["11.5"]
    assert request_of_link(params) == (request, "")
    assert request_of(values_of(request, card, Limits()), card, Limits(), ("melody.abc", TUNE)) == request
    with pytest.raises(ConfigError, match="--strictness"):
        request_of({**values, "strictness": 31}, card, Limits())


def test_models_of_one_line_are_not_asked_for_parallels(app_home: Path):
    page = run(chosen("tunes"))
    assert not any(each.key == "c_strictness" for each in page.slider)
    page = run(chosen("choir", task="harmonise"))
    assert page.slider(key="c_strictness").value == MusicConfig().strictness
    assert page.number_input(key="c_particles").value == 0


def test_strictness_changes_what_is_written(app_home: Path):
    found = []
    for strictness in (0.0, 30.0):
        page = press(chosen("choir", bars="1", strictness=strictness), "compose write")
        found.append(score_text(page))
        assert link_of(page)["strictness"] == f"{strictness:g}" or float(link_of(page)["strictness"]) == strictness
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("task", "error", "place"),
    [
        ("harmonise", ConstraintUnsatisfiable("The metre 13/8 in bar 1 is none of 4/4."), "score"),
        ("harmonise", ConstraintUnsatisfiable("The line goes from 40 to 60, a soprano here from 57 to 84."), "score"),
        ("continue", DecodingError("chorales writes 4 voices, and the opening has 1."), "score"),
        ("continue", UnreadableFile("my rhyme and theme.mid cannot be read."), "score"),
        ("continue", ConfigError("The opening has 10 bars, and --bars asks for 8 in all."), "bars"),
        ("infill", ConstraintUnsatisfiable("There are no bars 7 to 9 in this piece."), "bars"),
        ("infill", ConstraintUnsatisfiable("There is no voice 'organ' here."), "voices"),
        ("infill", ConfigError("--temperature must be 0 or more."), "temperature"),
        ("harmonise", GeneratorError("Many requests are waiting already."), ""),
    ],
)
def test_what_is_wrong_with_a_melody_stands_beside_it(task: str, error: GeneratorError, place: str):
    request = dataclasses.replace(Request("m"), task=task, score=TUNE, score_name="tune.abc")
    assert place_of(error, request) == place


def test_of_a_file_of_many_tunes_only_the_first_are_read(monkeypatch: pytest.MonkeyPatch):
    read: list[bytes] = []
    whole = reading.read_bytes
    monkeypatch.setattr(reading, "read_bytes", lambda content, *rest: read.append(content) or whole(content, *rest))
    broken = b"X:2\nM:4/4\nL:1/4\nK:G\nG A B c d | d2 B G | G4 |]\n"  # a bar inside is too full
    book = b"%abc-2.1\nC:Someone\n" + broken + TUNE * 3000
    assert score_of(book, "book.abc").title == "A tune"
    assert len(read) == 2 and sum(map(len, read)) < 300
    assert score_of(book, "book.abc").composer == "Someone"
    read.clear()
    with pytest.raises(ConfigError, match="There is no piece"):
        score_of(broken * 500, "broken.abc")
    assert len(read) == melodies.TUNES


@pytest.mark.parametrize(("content", "source"), [(TUNE, KEYBOARD), (CHOIR, FILE), (b"X:1\nK:C\n???", FILE)])
def test_the_melody_of_a_link_is_read_beside_the_page(
    content: bytes, source: str, app_home: Path, monkeypatch: pytest.MonkeyPatch
):
    """However long it takes: the page is there, and the melody comes to where it belongs."""
    gate, readers = threading.Event(), set()
    whole = melodies.read

    def slow(*given: object) -> object:
        readers.add(threading.current_thread().name)
        assert gate.wait(60)
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(melodies, "read", slow)
    content += b"%" + secrets.token_hex(8).encode() + b"\n"  # which nobody has read before
    params = {"m": "tunes", "task": "continue", "abc": content.decode(), "bars": "4", "length": "200"}
    page = AppTest.from_file(str(APP), default_timeout=100)
    for name, value in params.items():
        page.query_params[name] = value
    begun = time.monotonic()
    page.run()
    assert time.monotonic() - begun < 20 and not page.exception
    assert any("Reading the file" in each.value for each in page.caption)
    gate.set()
    run(page)
    run(page)
    assert page.session_state["c_melody_from"] == source
    assert page.session_state["compose scores"] == {source: ("melody.abc", content)}
    assert ("compose played" in page.session_state) == (source == KEYBOARD)
    assert all(name.startswith("writing-") for name in readers)


def test_a_file_that_is_given_meanwhile_is_not_put_away(app_home: Path, monkeypatch: pytest.MonkeyPatch):
    gate, whole = threading.Event(), melodies.read

    def slow(content: bytes, name: str) -> object:
        assert name != "melody.abc" or gate.wait(60)
        return whole(content, name)

    monkeypatch.setattr(melodies, "read", slow)
    tune = TUNE + b"%" + secrets.token_hex(8).encode() + b"\n"
    page = AppTest.from_file(str(APP), default_timeout=100)
    for name, value in {"m": "tunes", "task": "continue", "abc": tune.decode(), "length": "200"}.items():
        page.query_params[name] = value
    page.run()
    page.session_state["compose scores"] = {FILE: ("mine.mid", midi_of())}
    gate.set()
    for _ in range(3):
        run(page)
    assert page.session_state["compose scores"] == {FILE: ("mine.mid", midi_of())}
    assert page.session_state["c_melody_from"] == FILE


def test_what_took_too_long_may_be_read_another_time(monkeypatch: pytest.MonkeyPatch):
    content = TUNE + b"%" + secrets.token_hex(8).encode() + b"\n"

    def late() -> None:
        raise TimeIsUp("This took longer than the app allows.")

    with stoppable(late), pytest.raises(TimeIsUp):
        score_of(content, "tune.abc")
    assert not melodies.known(content, "tune.abc")
    assert score_of(content, "tune.abc").title == "A tune"


def test_of_large_files_few_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(melodies, "BYTES_REMEMBERED", 5000)
    files = [TUNE + b"%" + str(number).encode() * 2000 + b"\n" for number in range(4)]
    for each in files:
        score_of(each, "tune.abc")
    assert [melodies.known(each, "tune.abc") for each in files] == [False, False, True, True]


def test_a_melody_of_many_kilobytes_is_refused_before_it_is_read():
    with pytest.raises(ConfigError, match="has 2,000 kB"):
        score_of(bytes(2_000_001), "big.mid")


@pytest.mark.parametrize("bars", ["201", "99999999999999999999", "1-201"])
def test_more_bars_than_the_app_allows_are_refused(bars: str):
    card = Card("tunes", Path("tunes"), kind="music", alphabet="melody")
    with pytest.raises(ConfigError, match="--bars"):
        check(Request("tunes", music=MusicConfig(bars=bars)), card, Limits())
