"""The piano roll: seconds by hand, pictures measured by their pixels, the chart by its data."""

import io
import json
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from made_scores import scores
from rendered_scores import A4, NOTHING, RESTS, choir, in_bars, line

from generator.errors import RenderingError
from generator.music import Metre, Note, Part, Pitch, Score, Voice
from generator.music.midi_writing import heard
from generator.rendering import piano_roll, roll_chart, roll_png
from generator.rendering.roll_pictures import COLOURS, rows_of


def pixels(png: bytes) -> np.ndarray:
    """[height, width, 3]"""
    from PIL import Image

    assert png.startswith(b"\x89PNG")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def colour(hexadecimal: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(hexadecimal[1:]))


def test_seconds_by_hand():
    first = Part((line(1, 1, 2, tied=(0,)),), "one")
    second = Part((line(-1, 3, pitch=Pitch("C", 1, 3)),))
    roll = piano_roll(in_bars(first, second, tempos=((0, 60), (2, 120)), title="x"))
    found = [(n.part, n.pitch.name, n.start, n.end, n.start_s, n.end_s) for n in roll.notes]
    assert found == [(0, "A4", 0, 2, 0.0, 2.0), (0, "A4", 2, 4, 2.0, 3.0), (1, "C#3", 1, 4, 1.0, 3.0)]
    assert (roll.lowest, roll.highest, roll.length_s, roll.bars_s) == (49, 69, 3.0, (0.0,))
    assert roll.parts == ("one", "part 2") and roll.title == "x"


def test_fermatas_and_bars():
    roll = piano_roll(
        in_bars(
            Part(
                (line(4, 4, fermatas=(0,)),),
            ),
            bars=2,
        )
    )
    assert roll.bars_s == (0.0, 6.0) and roll.length_s == 10.0
    assert [note.start_s for note in roll.notes] == [0.0, 6.0]


def test_a_pickup_is_bar_0():
    voice = Voice((Note(F(0), F(1), A4), Note(F(1), F(4), A4)))
    score = Score((Part((voice,)),), (F(0), F(1)), F(5), (Metre(F(0), 4, 4),))
    assert piano_roll(score).first_bar == 0 and piano_roll(choir()).first_bar == 1
    bars = roll_chart(piano_roll(score))["layer"][0]["data"]["values"]
    assert [bar["bar"] for bar in bars] == [0, 1]


@settings(max_examples=10)
@given(scores(most_voices=1))
def test_it_has_what_midi_sounds(score):
    if not any(voice.notes() for voice in score.voices()):
        return
    roll = piano_roll(score)
    for number, part in enumerate(score.parts):
        ours = sorted((note.start, note.end, note.pitch.midi) for note in roll.notes if note.part == number)
        assert ours == heard(part)
    assert all(0 <= note.start_s < note.end_s <= roll.length_s + 1e-9 for note in roll.notes)


@pytest.mark.parametrize("score", [RESTS, NOTHING], ids=["rests", "nothing"])
def test_silence_cannot_be_drawn(score):
    with pytest.raises(RenderingError, match="nothing to draw"):
        piano_roll(score)


def test_the_picture_shows_as_many_bars_as_there_are_notes():
    picture = pixels(
        roll_png(
            piano_roll(
                in_bars(
                    Part(
                        (line(1, -1, 1, 1),),
                    )
                )
            )
        )
    )
    blue = (picture == colour(COLOURS[0])).all(axis=2)
    rows = np.flatnonzero(blue.any(axis=1))
    assert len(rows) and rows[-1] - rows[0] + 1 == len(rows), "all on one key"
    edges = np.diff(blue[rows[0]].astype(int))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    assert len(starts) == 3
    assert np.diff(starts) == pytest.approx([2 * (starts[2] - starts[1]), starts[2] - starts[1]], abs=2)
    assert (ends - starts) == pytest.approx([starts[2] - starts[1]] * 3, abs=4)


def test_higher_notes_are_higher_and_each_part_has_a_colour():
    picture = pixels(roll_png(piano_roll(choir())))
    tops = []
    for part in range(4):
        where = np.argwhere((picture[60:] == colour(COLOURS[part])).all(axis=2))
        assert len(where)
        tops.append(where[:, 0].min())
    assert tops == sorted(tops)


def test_pictures_come_again_and_grow_with_the_piece():
    roll = piano_roll(choir(12))
    assert roll_png(roll) == roll_png(piano_roll(choir(12)))
    assert pixels(roll_png(roll)).shape[1] == 1600
    assert pixels(roll_png(roll, width_px=800)).shape[1] == 800
    assert len(pixels(roll_png(roll))) > len(pixels(roll_png(piano_roll(choir(4)))))
    assert roll_png(piano_roll(replace(choir(), title="題名"))), "letters that the font has not are left out"


@settings(max_examples=10)
@given(scores())
def test_rows_follow_one_another_at_bar_lines(score):
    if not any(voice.notes() for voice in score.voices()):
        return
    roll = piano_roll(score)
    rows = rows_of(roll, 5.0)
    assert rows[0][0] == 0 and rows[-1][1] == roll.length_s
    assert all(a[1] == b[0] for a, b in pairwise(rows))
    assert all(0 < end - start <= 5 + 1e-6 for start, end in rows)
    for _, end in rows[:-1]:
        if end not in roll.bars_s:
            bar = max(bar for bar in roll.bars_s if bar <= end)
            after = min([bar for bar in roll.bars_s if bar > end], default=roll.length_s)
            assert after - bar > 4, "only a bar that no row holds is broken"


@pytest.mark.parametrize("wrong", [{"width_px": 10}, {"row_s": 0}, {"width_px": 500_000}])
def test_pictures_of_no_size_are_refused(wrong):
    with pytest.raises(RenderingError):
        roll_png(piano_roll(choir()), **wrong)


def test_the_chart_is_json_with_every_note():
    score = choir()
    roll = piano_roll(score)
    chart = roll_chart(roll)
    assert json.loads(json.dumps(chart, allow_nan=False)) == chart
    bars, notes = (layer["data"]["values"] for layer in chart["layer"])
    assert [bar["at"] for bar in bars] == pytest.approx(roll.bars_s)
    assert len(notes) == len(roll.notes)
    for row, note in zip(notes, roll.notes, strict=True):
        assert (row["start"], row["end"]) == pytest.approx((note.start_s, note.end_s), abs=1e-4)
        assert (row["bottom"] + row["top"]) / 2 == pytest.approx(note.pitch.midi)
        assert row["start"] < row["drawn"] < row["end"]
        assert row["pitch"] == note.pitch.name
    assert chart["layer"][1]["encoding"]["color"]["scale"]["domain"] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert "http" not in json.dumps({key: value for key, value in chart.items() if key != "$schema"})


def test_parts_of_one_name_stay_apart_in_the_chart():
    score = in_bars(*(Part((line(4),), name) for name in ("a", "a", "a 2", "")))
    domain = roll_chart(piano_roll(score))["layer"][1]["encoding"]["color"]["scale"]["domain"]
    assert len(set(domain)) == 4
