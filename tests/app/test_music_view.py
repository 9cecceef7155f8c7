"""Scores are engraved, sound and become files where the app does it: in a thread of the pool."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "rendering"))

from rendered_scores import choir

from generator.app import music_view
from generator.app.generating import Task
from generator.app.incipits import incipit
from generator.app.melodies import notes
from generator.app.music_view import render
from generator.app.settings import limits
from generator.errors import ConfigError
from generator.music import Score
from generator.rendering import FORMATS, zip_bytes
from generator.stopping import stoppable


def test_a_thread_of_the_pool_engraves_as_the_first_thread_does(pool_of):
    score = notes("CDEF GABc|c4 z4|")
    pool, task = pool_of(jobs=1), Task(lambda _task: render(score, "scale", {"seed": 1}))
    pool.put(task)
    assert task.wait(100)
    assert task.error is None
    made = task.result
    assert made.player == render(score, "scale", {"seed": 1}).player
    assert made.files["wav"][:4] == b"RIFF" and made.files["mid"][:4] == b"MThd" and made.files["abc"][:2] == b"X:"
    names = zipfile.ZipFile(io.BytesIO(made.packed())).namelist()
    assert {"scale.mid", "scale.musicxml", "scale.wav", "scale.svg", "scale.settings.json"} <= set(names)
    assert made.facts["bars"] == 2 and made.facts["voices"] == 1
    assert made.player["layouts"][0]["moments"][0][0] == 0
    assert made.player["seconds"] == made.facts["seconds"]
    with zipfile.ZipFile(io.BytesIO(made.packed())) as archive:
        for ending in ("mid", "musicxml", "wav", "svg", "abc"):
            assert archive.read(f"scale.{ending}") == made.files[ending], "each button gives what the zip holds"


def test_the_picture_to_download_is_whole_where_the_pages_are_several():
    made = render(choir(60), "long")
    assert len(made.player["layouts"][0]["pages"]) > 1
    heads = len(re.findall(r'class="notehead"', made.files["svg"].decode()))
    assert heads == len(made.player["layouts"][0]["notes"])
    assert b"V:" in made.files["abc"]


def test_a_piece_that_would_sound_for_long_is_there_as_files_alone():
    made = render(notes("Q:1/4=10\n" + "C4 G4|" * 60), "slow")
    assert made.facts["seconds"] > limits().sound
    assert set(made.files) == {"mid", "musicxml"} and not made.player


def test_a_piece_with_too_much_to_draw_is_there_as_files_alone(monkeypatch: pytest.MonkeyPatch):
    bars, full = notes("Q:1/4=960\nL:1/1\n" + "C|" * 1001), notes("Q:1/4=960\n" + "CDEF GABc|" * 20)
    assert set(render(bars, "bars").files) == {"mid", "musicxml"}
    monkeypatch.setattr(music_view, "MOST_NOTES", 100)
    made = render(full, "full")
    assert set(made.files) == {"mid", "musicxml"} and made.packed is None


def test_the_shortest_notes_can_be_drawn_too():
    made = render(notes("L:1/64\nQ:1/4=960\n" + ("CDEFGABc" * 8 + "|") * 20), "fast")
    assert {"wav", "svg"} <= set(made.files)


def test_the_zip_is_made_when_it_is_asked_for_of_what_is_there(monkeypatch: pytest.MonkeyPatch):
    score = notes("CDEF GABc|c4 z4|")
    made = render(score, "scale", {"seed": 1})
    assert made.size < 2 * len(made.files["wav"]), "one copy of the sound"
    for ending in FORMATS:
        monkeypatch.setitem(FORMATS, ending, lambda score: 1 / 0)
    assert made.packed() == made.packed()
    monkeypatch.undo()
    assert made.packed() == zip_bytes(score, name="scale", settings={"seed": 1})


def test_rendering_can_be_stopped_between_its_steps():
    score, asked = notes("CDEF GABc|" * 8), []
    render(score, "first")
    with stoppable(lambda: asked.append(1)):
        render(score, "scale")
    assert len(asked) > 20

    def enough() -> None:
        raise ConfigError("Stop.")

    for work in (lambda: render(score, "scale"), lambda: incipit(score), made_of_it(score)):
        with stoppable(enough), pytest.raises(ConfigError):
            work()


def made_of_it(score: Score) -> Callable[[], bytes]:
    made = render(score, "scale")
    assert made.packed is not None
    return made.packed
