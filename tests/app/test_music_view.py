"""Scores are engraved, sound and become files where the app does it: in a thread of the pool."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "rendering"))

from rendered_scores import choir

from generator.app.generating import Task
from generator.app.melodies import notes
from generator.app.music_view import render
from generator.app.settings import limits


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
    assert "abc" not in made.files, "that is for one line"


def test_a_piece_that_would_sound_for_long_is_there_as_files_alone():
    made = render(notes("Q:1/4=10\n" + "C4 G4|" * 60), "slow")
    assert made.facts["seconds"] > limits().sound
    assert set(made.files) == {"mid", "musicxml"} and not made.player
