"""Degrees of the key and pitches in parallel, against music21 and against the measure that counts parallels."""

from __future__ import annotations

import random

import numpy as np
import pytest

from generator.evaluation.music.part_writing import FIFTH, OCTAVE, consecutive
from generator.music.pitch import MODES
from generator.tokenizers.music.voices_degrees import (
    DEGREES,
    HELD,
    HOLD_ORD,
    HOLDS,
    LOWEST_ORD,
    RESTS,
    SHOWN,
    SILENT,
    TONES,
    degree_row,
    degree_rows,
    parallel,
    parallels,
)
from generator.tokenizers.music.voices_signs import HIGHEST, LOWEST, MODE_NAMES, PITCHES, REST

LEAP = 12  # semitones: an octave off, a pitch is the same one again to the measure


@pytest.mark.parametrize("mode", [name for name in MODE_NAMES if name])
def test_a_degree_is_what_music21_counts_from_the_tonic(mode: str):
    """In every signature, for every pitch: 1 the tonic, 2 the semitone above it, ... 12."""
    music21 = pytest.importorskip("music21")
    number = MODE_NAMES.index(mode) + 1
    for sharps in range(-7, 8):
        key = music21.key.KeySignature(sharps).asKey(mode)
        for pitch in range(LOWEST, HIGHEST + 1):
            told = int(DEGREES[sharps + 8, number, pitch - LOWEST + 1])
            interval = music21.interval.Interval(key.tonic, music21.pitch.Pitch(midi=pitch))
            assert told == interval.semitones % 12 + 1, (sharps, mode, pitch)


@pytest.mark.parametrize("mode", [name for name in MODE_NAMES if name])
def test_the_steps_of_a_scale_are_told_alike_in_every_key(mode: str):
    """Whatever the tonic, step ``n`` of the scale is one and the same number; no two steps share one."""
    music21 = pytest.importorskip("music21")
    number = MODE_NAMES.index(mode) + 1
    found: dict[int, set[int]] = {}
    for sharps in range(-7, 8):
        key = music21.key.KeySignature(sharps).asKey(mode)
        for step in range(1, 8):
            pitch = key.pitchFromDegree(step).midi % 12 + 60
            found.setdefault(step, set()).add(int(DEGREES[sharps + 8, number, pitch - LOWEST + 1]))
    assert all(len(told) == 1 for told in found.values())
    assert found[1] == {1} and len(set.union(*found.values())) == 7


def test_modes_are_those_that_scores_have():
    assert set(filter(None, MODE_NAMES)) <= set(MODES)


def test_no_degree_is_told_without_a_key_or_a_pitch_and_rests_and_holds_are_themselves():
    assert not DEGREES[0].any() and not DEGREES[:, :, 0].any()
    assert (DEGREES[1:, :, SILENT] == RESTS).all() and (DEGREES[1:, :, HELD] == HOLDS).all()
    major = MODE_NAMES.index("major") + 1
    assert np.array_equal(DEGREES[:, 0], DEGREES[:, major]), "a key of no known mode counts as major"


def test_a_place_is_told_of_all_that_sounds_and_comes():
    """The characters of a frame are degrees as the pitches that they stand for, at one place and at many."""
    source = random.Random(3)
    characters = {ord(sign): pitch for sign, pitch in PITCHES.items()}
    keys, heard, coming, expected = [], [], [], []
    for _ in range(300):
        key = (source.randint(1, 15), source.randint(0, len(MODE_NAMES)))
        table = DEGREES[key].tolist()
        pitches = [source.choice((0, SILENT, source.randint(1, TONES))) for _ in range(1 + SHOWN)]
        row, told = [], [table[pitch] for pitch in pitches]
        for _ in range(SHOWN):
            does = source.choice((0, HOLD_ORD, ord(REST), source.choice(list(characters))))
            following = source.choice((0, source.randint(1, TONES)))
            row += [does, following, source.randint(0, 9), source.randint(0, 9)]
            as_degree = {0: 0, HOLD_ORD: HOLDS, ord(REST): RESTS}
            told.append(as_degree[does] if does in as_degree else table[characters[does] - LOWEST + 1])
            told.append(table[following])
        keys.append(key)
        heard.append(pitches)
        coming.append(row)
        expected.append(told)
        assert list(degree_row(key, pitches, row)) == told
    assert degree_rows(np.array(keys), np.array(heard), np.array(coming)).tolist() == expected
    assert min(characters) == LOWEST_ORD


# ------------------------------------------------------------------ parallels


def counted(upper: tuple[int, int], lower: tuple[int, int]) -> int:
    """Parallel fifths, octaves and unisons of two voices in two frames, as pieces are measured."""
    pitches = np.array([upper, lower])
    return sum(consecutive(pitches, interval) for interval in (FIFTH, OCTAVE))


def moves(count: int, seed: int) -> list[tuple[int, int, int]]:
    """The pitch of a voice, and two of another, as cues: half of them a perfect interval apart."""
    source = random.Random(seed)
    found = []
    for number in range(count):
        mine = source.randint(13, TONES - 13)
        apart = source.choice((0, 7, 12, 19, 24, -7, -12, -19)) if number % 2 else source.randint(-24, 24)
        was = min(max(mine + apart, 1), TONES)
        now = min(max(was + source.randint(-9, 9), 1), TONES)
        found.append((mine, was, now))
    return found


def test_the_pitch_that_is_told_makes_one_parallel_and_any_other_within_an_octave_none():
    told_of = 0
    for mine, was, now in moves(600, 1):
        reached = parallel(mine, was, now)
        told_of += bool(reached)
        near = range(max((reached or mine) - LEAP + 1, 1), min((reached or mine) + LEAP, TONES + 1))
        for pitch in near:
            expected = int(pitch == reached)
            assert counted((mine, pitch), (was, now)) == expected, (mine, was, now, pitch)
            assert counted((was, now), (mine, pitch)) == expected, "whichever voice is the upper one"
    assert told_of > 150


def test_nothing_is_told_where_a_voice_rests_or_stays_or_the_pitch_is_not_on_the_keyboard():
    assert parallel(40, 33, 35) == 42
    for silent in (0, SILENT):
        assert parallel(silent, 33, 35) == parallel(40, silent, 35) == parallel(40, 33, silent) == 0
    assert parallel(40, 33, 33) == 0
    assert parallel(TONES, TONES - 7, TONES - 5) == 0
    assert parallel(2, 9, 7) == 0 and parallel(2, 9, 8) == 1


def test_many_places_are_told_as_one_by_one():
    rows = [*moves(400, 2), *((a, b, c) for a in (0, 40, SILENT) for b in (0, 33, SILENT) for c in (0, 33, 35, SILENT))]
    rows += [(TONES, TONES - 7, TONES - 5), (2, 9, 7), (2, 9, 8)]
    mine, was, now = np.array(rows).T
    assert parallels(mine, was, now).tolist() == [parallel(*row) for row in rows]
    assert parallels(mine[:6].reshape(2, 3), was[:6].reshape(2, 3), now[:6].reshape(2, 3)).shape == (2, 3)
