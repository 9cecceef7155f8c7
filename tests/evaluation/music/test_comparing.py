"""Sets of pieces beside each other: equations written out, and what a set is to itself."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pieces import piece, tune

from generator.errors import CorpusError
from generator.evaluation.music import FEATURES, compare, count_all
from generator.evaluation.music.comparing import distances
from generator.evaluation.music.densities import Grid, divergence, jensen_shannon, overlap, scott

numbers = st.lists(st.floats(-50, 50), min_size=3, max_size=40).map(np.array)
shares = (
    st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4)
    .filter(lambda each: sum(each) > 0.1)
    .map(lambda each: np.array(each) / sum(each))
)


@settings(max_examples=40)
@given(numbers, numbers)
def test_the_overlap_is_that_of_the_integral(one: np.ndarray, other: np.ndarray) -> None:
    """Against kernels summed one by one on a finer grid."""
    width = max(scott(one), scott(other))
    low, high = min(one.min(), other.min()), max(one.max(), other.max())
    if width < 0.02 * (high - low) or high == low:
        return  # kernels as narrow as this are only approximate on the grid
    grid = Grid(low, high, width)
    found = [grid.smooth(grid.masses(each), width)[0] for each in (one, other)]
    fine = np.linspace(low - 8 * width, high + 8 * width, 8001)
    exact = [np.exp(-(((fine[:, None] - each) / width) ** 2) / 2).sum(axis=1) for each in (one, other)]
    exact = [each / each.sum() for each in exact]
    assert overlap(*found) == pytest.approx(np.minimum(*exact).sum(), abs=2e-3)
    there = exact[0] > 1e-9
    kl = (exact[0][there] * np.log(exact[0][there] / np.maximum(exact[1][there], 1e-300))).sum()
    if kl < 3:  # beyond, the floor tells
        assert divergence(*found) == pytest.approx(kl, abs=0.02)


@given(shares, shares)
def test_jensen_shannon_by_its_equation(one: np.ndarray, other: np.ndarray) -> None:
    pairs = [*zip(one, other, strict=True), *zip(other, one, strict=True)]
    expected = sum(p * np.log2(2 * p / (p + q)) for p, q in pairs if p > 0) / 2
    assert jensen_shannon(one, other) == pytest.approx(expected, abs=1e-9)
    assert jensen_shannon(one, one) == pytest.approx(0, abs=1e-12)


def test_what_shares_nothing_is_a_bit_apart() -> None:
    assert jensen_shannon(np.array([1.0, 0, 0]), np.array([0, 0.5, 0.5])) == 1
    assert overlap(np.array([1.0, 0]), np.array([0, 1.0])) == 0
    assert divergence(np.array([1.0, 0]), np.array([0, 1.0])) == pytest.approx(np.log(2 / 1e-6), rel=1e-3)


def test_divergence_by_hand() -> None:
    one, other = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert divergence(one, other, floor=0) == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))


def test_scott_by_hand() -> None:
    assert scott(np.array([1.0, 3.0, 5.0])) == pytest.approx(2 * 3**-0.2)
    assert scott(np.array([1.0])) == 0


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=6).map(np.array))
def test_distances_by_pythagoras(rows: np.ndarray) -> None:
    table = distances(rows, rows)
    for one, other in combinations(range(len(rows)), 2):
        assert table[one, other] == pytest.approx(np.sqrt(((rows[one] - rows[other]) ** 2).sum()), abs=2e-6)
    assert not np.diag(table).any()


def a_set(seed: int, count: int = 12, **options) -> list:
    random = Random(seed)
    return [tune(random, random.randint(15, 30), **options) for _ in range(count)]


def test_a_set_and_itself_overlap_wholly() -> None:
    pieces = a_set(1)
    for name, each in compare(pieces, pieces).items():
        assert each.overlap == pytest.approx(1, abs=1e-6), name
        assert each.kl == pytest.approx(0, abs=1e-6), name
        if each.js is not None:
            assert each.js == pytest.approx(0, abs=1e-9)
            assert each.total_kl == pytest.approx(0, abs=1e-9)
        else:
            assert each.mean == each.reference_mean
        assert each.within == pytest.approx(each.reference_within) == pytest.approx(each.across)


def test_other_rhythms_are_told_from_the_same() -> None:
    reference, same, other = a_set(1, 25), a_set(2, 25), a_set(3, 25, kinds=(1, 6, 8))
    alike, unlike = compare(same, reference), compare(other, reference)
    for name in ("durations", "duration_steps", "mean_duration"):
        assert alike[name].overlap > 0.85 > 0.5 > unlike[name].overlap, name
    assert unlike["durations"].js > 0.1 > 0.01 > alike["durations"].js
    assert abs(alike["durations"].js) < 5 * alike["durations"].js_error + 0.01
    assert unlike["pitch_classes"].js < 0.05


def test_a_set_of_one_piece_over_and_over_has_no_spread() -> None:
    again = tune(Random(5))
    found = compare([again] * 8, a_set(1))
    assert all(found[feature.name].within == 0 for feature in FEATURES)
    assert found["intervals"].reference_within > 0


def test_counting_once_is_enough() -> None:
    one, other = a_set(1), a_set(2)
    assert compare(count_all(one), count_all(other)) == compare(one, other)


def test_pieces_that_lack_a_feature_are_left_out_of_it() -> None:
    found = compare([*a_set(1), piece("C4"), piece("-/4")], a_set(2))
    assert (found["intervals"].pieces, found["pitch_classes"].pieces, found["notes"].pieces) == (12, 13, 14)


def test_sets_without_notes_have_nothing_to_say() -> None:
    found = compare([piece("-/4"), piece("-/4")], a_set(1))["pitch_classes"]
    assert (found.pieces, found.overlap, found.kl, found.js, found.within) == (0, None, None, None, None)


@pytest.mark.parametrize(("one", "other"), [(0, 3), (1, 3), (3, 0), (3, 1)])
def test_sets_of_fewer_than_two_pieces_are_refused(one: int, other: int) -> None:
    with pytest.raises(CorpusError, match=f"has {min(one, other)}"):
        compare(a_set(1, one), a_set(2, other))
