"""Features of single pieces: small cases counted by hand, and what transposing must not change."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pieces import choirs, piece, tunes

from generator.evaluation.music import FEATURES, features
from generator.evaluation.music.features import DURATIONS, counts
from generator.evaluation.music.lines import places_in_bars
from generator.music import Key, KeyChange, Metre, Note, Part, Score, Voice, parse_pitch, transpose


def classes(histogram: np.ndarray) -> dict[int, float]:
    """The classes that occur."""
    return {int(place): float(histogram[place]) for place in np.flatnonzero(histogram)}


def test_a_tune_counted_by_hand() -> None:
    found = counts(piece("G4 A4/1/2 B4/1/2 D5~ D5 G4/1/3", key=Key(1, "major")))
    assert classes(found["pitch_classes"]) == {0: 2, 2: 1, 4: 1, 7: 1}  # from G
    assert classes(found["intervals"]) == {14: 2, 15: 1, 5: 1}  # 12 is the same pitch again
    assert classes(found["pitch_class_steps"]) == {0 * 12 + 2: 1, 2 * 12 + 4: 1, 4 * 12 + 7: 1, 7 * 12 + 0: 1}
    assert {DURATIONS[place]: count for place, count in classes(found["durations"]).items()} == {
        1: 1, 1 / 2: 2, 2: 1, 1 / 3: 1,
    }  # fmt: skip
    assert classes(found["onsets"]) == {0: 2, 12: 1, 18: 1, 24: 1}


def test_numbers_by_hand() -> None:
    found = features(piece("C4 E4 -/1 G4/2 C4"))
    assert {name: value.item() for name, value in found.items() if value.size == 1} == pytest.approx(
        {
            "notes": 4,
            "different_pitches": 3,
            "pitch_range": 7,
            "mean_interval": (4 + 3 + 7) / 3,
            "mean_duration": 5 / 4,
            "mean_step": 5 / 3,
        }
    )


def test_a_chord_counts_in_full_but_its_top_is_the_melody() -> None:
    chord = [Note(Fraction(0), Fraction(1), parse_pitch(name)) for name in ("C4", "E4")]
    found = counts(piece(Voice((*chord, Note(Fraction(1), Fraction(1), parse_pitch("F4"))))))
    assert classes(found["pitch_classes"]) == {0: 1, 4: 1, 5: 1}
    assert classes(found["intervals"]) == {13: 1}


def test_wide_leaps_and_long_notes_go_to_the_outermost_class() -> None:
    found = counts(piece("C3/12 C6/12"))
    assert classes(found["intervals"]) == {24: 1}
    assert classes(found["durations"]) == {len(DURATIONS) - 1: 2}


def test_an_upbeat_stands_at_the_end_of_its_bar() -> None:
    score = piece("C4 D4/4 E4/3")
    upbeat = Score(score.parts, (Fraction(0), Fraction(1), Fraction(5)), Fraction(8), score.metres)
    assert places_in_bars(upbeat, (Fraction(0), Fraction(1), Fraction(7))) == [3, 0, 2]


def test_each_note_is_counted_from_the_tonic_of_its_time() -> None:
    score = piece("C4/4 D4/4")
    changes = (KeyChange(Fraction(0), Key(0, "major")), KeyChange(Fraction(4), Key(0, "dorian")))
    assert classes(counts(Score(score.parts, score.bars, score.length, score.metres, changes))["pitch_classes"]) == {
        0: 2
    }


@settings(max_examples=15)
@given(tunes | choirs, st.integers(-5, 5))
def test_transposing_changes_nothing(score: Score, by: int) -> None:
    one, other = features(score), features(transpose(score, by))
    for name, values in one.items():
        np.testing.assert_allclose(other[name], values, err_msg=name)


@settings(max_examples=15)
@given(tunes | choirs)
def test_histograms_add_up_to_one(score: Score) -> None:
    found = features(score)
    for feature in FEATURES:
        assert found[feature.name].shape == (feature.size,)
        if feature.is_histogram:
            assert found[feature.name].sum() == pytest.approx(1)


def test_without_notes_bars_or_keys() -> None:
    silent = features(piece("-/4"))
    assert all(np.isnan(values).all() for name, values in silent.items() if name != "notes")
    assert silent["notes"] == 0
    one = features(piece("C4"))
    lacking = {"pitch_class_steps", "intervals", "duration_steps", "mean_interval", "mean_step"}
    assert {name for name, values in one.items() if np.isnan(values).any()} == lacking
    score = piece("D4 E4", key=None)
    assert classes(counts(score)["pitch_classes"]) == {2: 1, 4: 1}
    barless = features(Score(score.parts, (), score.length))
    assert np.isnan(barless["onsets"]).all()
    assert not np.isnan(barless["durations"]).any()


def test_drums_are_left_out() -> None:
    tune = piece("C4 D4")
    drums = Part((Voice((Note(Fraction(0), Fraction(1), parse_pitch("C2")),)),), percussion=True)
    both = Score((*tune.parts, drums), tune.bars, tune.length, (Metre(Fraction(0), 4, 4),), tune.keys)
    assert features(both)["notes"] == 2
