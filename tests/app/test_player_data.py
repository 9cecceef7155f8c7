"""What the player is told of a piece: where notes stand, where the cursor is, beats and tokens."""

from __future__ import annotations

import json
import sys
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

sys.path += [str(Path(__file__).parents[1] / room) for room in ("music", "rendering")]

from made_scores import scores
from rendered_scores import choir, in_bars, line

from generator.app.melodies import notes
from generator.app.player_data import beats_s, player_data, token_bars
from generator.errors import RenderingError
from generator.music import Metre, Part, Score
from generator.music.timing import Clock
from generator.rendering import cursor, engrave, piano_roll, places

TUNE = notes("CDEF GABc|c4 z4|z4 CDEF|" + "CDEF GABc|" * 20)


def assert_followed(score: Score, data: dict) -> None:
    """Every sounding note has a place on its page, and the cursor goes on and on in each system."""
    for layout in data["layouts"]:
        for page, left, top, right, bottom in layout["notes"]:
            assert 0 <= page < len(layout["pages"])
            assert 0 < left < right < 1 and 0 < top < bottom < 1
        for page, left, top, right, bottom in layout["systems"]:
            assert 0 <= page < len(layout["pages"])
            assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
        written = sum(len(voice.notes()) for voice in score.voices())
        assert len(layout["notes"]) == written
        assert {name for _, held in layout["moments"] for name in held} == set(range(written))
        anchors = layout["anchors"]
        assert anchors[0][0] == 0
        assert anchors[-1][0] == pytest.approx(data["seconds"], abs=1e-3)
        for (second, system, x), (later, next_system, next_x) in pairwise(anchors):
            assert second <= later and system <= next_system
            assert next_system > system or x <= next_x
        for _, system, x in anchors:
            _, left, _, right, _ = layout["systems"][system]
            assert left <= x <= right


def assert_cursor_is_at_what_begins(layout: dict) -> None:
    """At the moment when a note begins, the cursor stands at it or, where several begin, at the first of them."""
    at = {second: (system, x) for second, system, x in layout["anchors"]}
    before: set[int] = set()
    for second, held in layout["moments"]:
        begun = set(held) - before
        before = set(held)
        if not begun:
            continue
        system, x = at[second]
        page, _, top, _, bottom = layout["systems"][system]
        assert x <= min(layout["notes"][name][3] for name in begun), "not behind the note"
        assert all(layout["notes"][name][0] == page for name in begun)
        assert any(top <= layout["notes"][name][2] <= bottom for name in begun)


@given(scores())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_score_is_followed(score):
    if not any(voice.notes() for voice in score.voices()):
        with pytest.raises(RenderingError):
            player_data(score)
        return
    data = player_data(score)
    assert_followed(score, data)
    assert json.loads(json.dumps(data)) == data
    assert data["beats"] == sorted(set(data["beats"]))
    assert set(data["bars"]) <= set(data["beats"]), "each bar line is on a beat"


@pytest.mark.parametrize("score", [TUNE, choir(40)], ids=["a line of several systems", "a choir over pages"])
def test_the_cursor_is_where_the_notes_are(score):
    data = player_data(score)
    assert_followed(score, data)
    for layout in data["layouts"]:
        assert_cursor_is_at_what_begins(layout)
    assert [layout["width"] for layout in data["layouts"]] == [210.0, 120.0]
    assert len(data["layouts"][1]["systems"]) > len(data["layouts"][0]["systems"]) > 1


def test_a_choir_over_pages_has_the_cursor_on_each():
    layout = player_data(choir(40))["layouts"][0]
    assert len(layout["pages"]) > 1
    assert {layout["systems"][system][0] for _, system, _ in layout["anchors"]} == set(range(len(layout["pages"])))


def test_a_row_that_begins_with_a_rest_has_the_cursor_from_its_beginning():
    score = in_bars(Part((line(*[1, 1, 1, 1] * 5, *[-1, 1, 1, 1] * 15),)), bars=20)
    engraving = engrave(score, width_mm=100)
    found = places(engraving)
    anchors = cursor(score, engraving, found)
    clock = Clock(score)
    assert sum(len(system.bars) for system in found.systems) == 20
    number = 0
    for row, system in enumerate(found.systems):
        start = float(clock.seconds(score.bars[number]))
        first = next(anchor for anchor in anchors if anchor.system == row)
        assert first.second == pytest.approx(start)
        assert first.x >= system.music > system.box.left, "behind the clef"
        number += len(system.bars)


def test_notes_are_where_verovio_draws_them():
    """Verovio's own number for the page, and staff lines: A4 stands in the second space from below, C5 above it."""
    data = player_data(notes("Ac|"))
    (_, left, top, right, bottom), (_, next_left, next_top, _, _) = data["layouts"][0]["notes"]
    _, _, above, _, below = data["layouts"][0]["systems"][0]
    ratio = data["layouts"][0]["pages"][0]["ratio"]
    space = bottom - top  # a notehead is as high as a space
    assert next_top == pytest.approx(top - space, abs=0.12 * space), "two steps up are one space up"
    assert (right - left) * ratio == pytest.approx(1.15 * space, rel=0.1), "it is a little wider than high"
    assert left < right < next_left
    assert above < top < below


@pytest.mark.parametrize(
    ("metre", "expected"),
    [
        ((4, 4), [0, 0.6, 1.2, 1.8]),
        ((6, 8), [0, 0.9]),
        ((3, 8), [0, 0.3, 0.6]),
        ((2, 2), [0, 1.2]),
        ((3, 2), [0, 1.2, 2.4]),
    ],
)
def test_beats_are_those_that_one_counts(metre, expected):
    metre = Metre(F(0), *metre)
    voice = line(*[F(1, 2)] * int(2 * metre.bar))
    assert beats_s(Score((Part((voice,)),), (F(0),), metre.bar, (metre,))) == pytest.approx(expected)


def test_beats_of_a_pickup_are_counted_from_its_end():
    voice = line(F(1, 2), 1, 1, 1, 1, 1)
    score = Score((Part((voice,)),), (F(0), F(3, 2)), F(11, 2), (Metre(F(0), 4, 4),))
    assert beats_s(score) == pytest.approx([0, 0.3, 0.9, 1.5, 2.1, 2.7])


def test_tokens_stand_in_their_bars():
    bars = token_bars(notes("CDEF GABc|c4 z4|"))
    assert bars == [
        [0, ["major", "[4/4]", "♩1/2", "1", "2", "3", "4", "5", "6", "7", "1'", "|"]],
        [1, ["♩2", "1'", "z"]],
    ]
    voices = token_bars(choir())
    assert [number for number, _ in voices] == [0, 1]
    assert voices[0][1][3:8] == ["voices4", "C5", "F2", "G4", "A3"]
    assert token_bars(choir(), "a performance | of | three") == [[None, ["a", "performance", "|", "of", "|", "three"]]]


def test_what_no_alphabet_can_write_has_no_tokens():
    odd = in_bars(Part((line(F(1, 8), F(1, 8), F(-1, 4), F(-1, 2), -1, -2),)), Part((line(4),)))  # off the grid
    assert token_bars(odd) == []


def test_the_roll_is_that_of_the_score():
    score = choir()
    told, roll = player_data(score)["roll"], piano_roll(score)
    assert len(told["notes"]) == len(roll.notes)
    assert [start for start, *_ in told["notes"]] == sorted(start for start, *_ in told["notes"])
    assert told["low"] == min(key for _, _, key, *_ in told["notes"])
    assert told["parts"] == ["Soprano", "Alto", "Tenor", "Bass"] and len(set(told["colours"])) == 4
