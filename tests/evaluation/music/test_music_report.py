"""The whole report: plain data, tables, and rates by their equations."""

import json
from random import Random

import numpy as np
import pytest
from small_pieces import choir, piece, tune

from generator.errors import CorpusError
from generator.evaluation.music import FEATURES, TEXTURES, as_table, measure, part_writing
from generator.evaluation.music.report import PART_WRITING, ratio
from generator.music import transpose


def tunes(seed: int, count: int = 6) -> list:
    random = Random(seed)
    return [tune(random, 20) for _ in range(count)]


def choirs(seed: int, count: int = 5) -> list:
    random = Random(seed)
    return [choir(random) for _ in range(count)]


def test_tunes_have_all_but_part_writing() -> None:
    training = tunes(3)
    found = measure([*tunes(1), transpose(training[2], 2)], tunes(2), training)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["features"]) == {feature.name for feature in FEATURES}
    assert set(found["textures"]) == {name for name, _, _ in TEXTURES}
    assert found["part_writing"] is None
    assert list(found["copying"]) == ["top"]
    copied = found["copying"]["top"]
    assert copied["lengths"][-1] == 20 > copied["reference_lengths"][-1]
    assert copied["longest"][0]["number"] == 6
    assert copied["longest"][0]["piece"] == 2
    text = as_table(found, "mine", "people")
    assert "mine (7)" in text
    assert "people (6)" in text
    assert all(feature.meaning in text for feature in FEATURES)
    widths = [{len(line) for line in block.splitlines()} for block in text.split("\n\n")]
    assert all(len(width) == 1 for width in widths)


def test_chorales_have_part_writing_over_those_of_four_voices() -> None:
    one, other = choirs(1), choirs(2)
    found = measure([*one, *tunes(1)], other, choirs(3))
    part = found["part_writing"]
    assert (found["pieces"], part["pieces"], part["reference_pieces"]) == (11, 5, 5)
    counted = [part_writing(each) for each in one]
    assert part["parallel_fifths"]["rate"] == pytest.approx(np.mean([each.parallel_fifths for each in counted]))
    crossed = sum(each.crossed for each in counted) / sum(each.frames for each in counted)
    assert part["crossed"]["rate"] == pytest.approx(crossed)
    low = [each.outside[3] / each.notes[3] for each in counted]
    assert part["bass_outside"]["rate"] == pytest.approx(np.mean(low), abs=0.02)
    assert list(found["copying"]) == ["top", "frames"]
    assert all(says in as_table(found) for _, says, _, _ in PART_WRITING)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_without_training_pieces_nothing_is_said_of_copies() -> None:
    found = measure(tunes(1), tunes(2))
    assert found["copying"] is None
    assert "training" not in as_table(found)


def test_silent_pieces_make_a_report_too() -> None:
    found = measure([piece("-/4"), piece("-/4")], tunes(2), tunes(3))
    assert found["textures"]["scale_consistency"]["rate"] is None
    assert found["textures"]["empty_bars"]["rate"] == 1
    assert found["copying"]["top"]["length"]["rate"] == 0
    assert " - " in as_table(found)
    json.dumps(found, allow_nan=False)


def test_a_rate_and_its_error_by_hand() -> None:
    values = [1.0, 4.0, 1.0, 2.0]
    assert ratio(values) == pytest.approx({"rate": 2, "error": np.std(values, ddof=1) / 2, "pieces": 4})
    assert ratio([1, 2], [10, 20]) == pytest.approx({"rate": 0.1, "error": 0, "pieces": 2})
    assert ratio([3.0, float("nan")]) == {"rate": 3, "error": None, "pieces": 1}
    assert ratio([]) == {"rate": None, "error": None, "pieces": 0}


def test_the_error_of_a_rate_is_that_of_drawing_again() -> None:
    random = np.random.default_rng(1)
    sizes = random.integers(50, 150, 200)
    counted = random.binomial(sizes, random.beta(2, 20, 200))
    draws = random.integers(0, 200, (2000, 200))
    again = counted[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    assert ratio(counted, sizes)["error"] == pytest.approx(again.std(), rel=0.1)


@pytest.mark.parametrize(("one", "other"), [(0, 2), (2, 0), (1, 2)])
def test_too_few_pieces_are_refused(one: int, other: int) -> None:
    with pytest.raises(CorpusError, match="cannot be compared"):
        measure(tunes(1, one), tunes(2, other))


def test_no_training_pieces_at_all_are_refused() -> None:
    with pytest.raises(CorpusError, match="no training pieces"):
        measure(tunes(1), tunes(2), [])
