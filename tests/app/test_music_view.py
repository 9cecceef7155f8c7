"""Scores are engraved, sound and become files where the app does it: in a thread of the pool."""

from __future__ import annotations

import io
import zipfile

from generator.app.generating import Pool, Task
from generator.app.melodies import notes
from generator.app.models import Shelf
from generator.app.music_view import render
from generator.app.settings import Limits


def test_a_thread_of_the_pool_engraves_as_the_first_thread_does():
    score = notes("CDEF GABc|c4 z4|")
    pool, task = Pool(Limits(jobs=1), Shelf(1)), Task(lambda _task: render(score, "scale", {"seed": 1}))
    pool.put(task)
    assert task.wait(100)
    assert task.error is None
    made = task.result
    assert made.pages == render(score, "scale", {"seed": 1}).pages
    assert made.files["wav"][:4] == b"RIFF" and made.files["mid"][:4] == b"MThd" and made.files["abc"][:2] == b"X:"
    names = zipfile.ZipFile(io.BytesIO(made.files["zip"])).namelist()
    assert {"scale.mid", "scale.musicxml", "scale.wav", "scale.svg", "scale.settings.json"} <= set(names)
    assert made.facts["bars"] == 2 and made.facts["voices"] == 1
    assert made.moments[0][0] == 0 and made.moments[-1][1] == made.facts["seconds"]
