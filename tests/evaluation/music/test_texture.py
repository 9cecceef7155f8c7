"""Measures of single pieces: small cases with known answers."""

from fractions import Fraction
from itertools import combinations
from math import isnan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pieces import choir, piece, tune, tunes

from generator.evaluation.music import TEXTURES
from generator.evaluation.music.texture import (
    empty_bars,
    groove_similarity,
    longest_same,
    repeated_bars,
    repeated_pitches,
    repeated_rhythms,
    scale_consistency,
)
from generator.music import Metre, Score, transpose


@pytest.mark.parametrize(
    ("notes", "share"),
    [
        ("C4 D4 E4 F4 G4 A4 B4", 1),
        ("D4 E4 F4 G4 A4 B4 C5", 1),  # dorian
        ("A4 B4 C5 D5 E5 F5 G#5", 1),  # harmonic minor
        ("C4 C4 C4 C#4 D4", 4 / 5),
        ("C4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 A#4 B4", 7 / 12),
    ],
)
def test_scales(notes: str, share: float) -> None:
    assert scale_consistency(piece(notes)) == pytest.approx(share)


def test_a_bar_is_empty_where_no_voice_sounds() -> None:
    assert empty_bars(piece("C4/4 -/4 -/4 -/4", "-/4 -/4 E3/4 -/4")) == 0.5


def test_a_note_held_over_a_bar_line_fills_the_next_bar() -> None:
    assert empty_bars(piece("C4/4~ C4/4")) == 0


def test_groove_by_hand() -> None:
    # onsets at 0, 16, 32, 48 of 64 against 0, 32: two positions of 64 differ
    assert groove_similarity(piece("C4 C4 C4 C4 C4/2 C4/2")) == pytest.approx(1 - 2 / 64)
    assert groove_similarity(piece("C4 D4/2 E4 G4 A4/2 B4")) == 1


@settings(max_examples=20)
@given(tunes)
def test_groove_is_the_mean_over_all_pairs(score: Score) -> None:
    onsets = {note.onset for note in next(score.voices()).notes()}
    bars = [{round((onset - bar) * 16) for onset in onsets if bar <= onset < bar + 4} for bar in score.bars]
    likeness = [1 - len(one ^ other) / 64 for one, other in combinations([bar for bar in bars if bar], 2)]
    assert groove_similarity(score) == pytest.approx(sum(likeness) / len(likeness))


def test_bars_of_different_lengths_and_pickups_are_not_compared() -> None:
    score = piece("C4 D4/2 E4/2 F4/2 G4/2")
    upbeat = Score(score.parts, tuple(map(Fraction, (0, 1, 5))), Fraction(9), (Metre(Fraction(0), 4, 4),), score.keys)
    assert groove_similarity(upbeat) == 1  # the two whole bars are the same


def test_repetition() -> None:
    score = piece("C4 D4 E4 F4 C4 D4 E4 F4 E4 F4 G4 A4 C4/2 D4/2")
    assert repeated_bars(score) == pytest.approx(1 / 4)
    assert repeated_rhythms(score) == pytest.approx(2 / 4)
    assert repeated_pitches(piece("C4 C4 D4 D4 D4")) == pytest.approx(3 / 4)
    assert longest_same(piece("C4 C4 D4 D4 D4 C4")) == 3


@settings(max_examples=10)
@given(st.booleans(), st.integers(0, 999), st.integers(-5, 5))
def test_transposing_changes_nothing(voices: bool, seed: int, by: int) -> None:
    score = choir(Random(seed)) if voices else tune(Random(seed))
    for _, _, function in TEXTURES:
        assert function(transpose(score, by)) == pytest.approx(function(score))


def test_what_cannot_be_measured_is_nan() -> None:
    silent, one = piece("-/4"), piece("C4/4")
    barless = Score(one.parts, (), Fraction(4))
    assert empty_bars(silent) == 1
    assert all(isnan(function(silent)) for name, _, function in TEXTURES if name != "empty_bars")
    alone = {name: function(one) for name, _, function in TEXTURES}
    assert (alone["scale_consistency"], alone["empty_bars"], alone["longest_same"]) == (1, 0, 1)
    assert all(
        isnan(alone[name]) for name in ("groove_similarity", "repeated_bars", "repeated_rhythms", "repeated_pitches")
    )
    assert all(
        isnan(function(barless)) for function in (empty_bars, groove_similarity, repeated_bars, repeated_rhythms)
    )
