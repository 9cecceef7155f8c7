"""Filters against their definitions in plain Python, and the draw against its distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config import SamplingConfig
from generator.decoding.sampling import (
    MinP,
    Recent,
    RepetitionPenalty,
    Temperature,
    TopK,
    TopP,
    Uniforms,
    build_filters,
    draw,
    likeliest,
    log_softmax,
)
from generator.errors import DecodingError
from generator.seeding import numpy_generator

# few different values, so that ties are the rule
value = st.one_of(
    st.sampled_from([-np.inf, -2.0, -1.0, -0.0, 0.0, 0.5, 3.0]), st.floats(-30, 30, width=32, allow_nan=False)
)
row = st.lists(value, min_size=1, max_size=12).filter(lambda values: max(values) > -np.inf)


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    width = draw(st.integers(1, 12))
    rows = st.lists(value, min_size=width, max_size=width).filter(lambda values: max(values) > -np.inf)
    return np.array(draw(st.lists(rows, min_size=1, max_size=6)), np.float32)


def filtered(change: object, scores: np.ndarray, recent: Recent | None = None) -> np.ndarray:
    result = scores.copy()
    change(result, recent or Recent(len(scores), 4))
    return result


def kept(scores: np.ndarray) -> list[set[int]]:
    return [set(np.flatnonzero(line > -np.inf).tolist()) for line in scores]


def ranked(line: np.ndarray) -> list[int]:
    """Tokens, the likeliest first; among equals the lower id."""
    return sorted(range(len(line)), key=lambda token: (-line[token], token))


# ------------------------------------------------------------------ filters


@given(tables(), st.integers(1, 14))
def test_top_k_keeps_exactly_k(scores: np.ndarray, k: int):
    expected = [{token for token in ranked(line)[:k] if line[token] > -np.inf} for line in scores]
    result = filtered(TopK(k), scores)
    assert kept(result) == expected
    assert all(result[row][token] == scores[row][token] for row, tokens in enumerate(expected) for token in tokens)


@given(tables(), st.floats(0.01, 1.0))
def test_top_p_keeps_the_smallest_set_that_reaches_p(scores: np.ndarray, p: float):
    for line, left in zip(scores, kept(filtered(TopP(p), scores)), strict=True):
        weights = [math.exp(float(score) - float(line.max())) for score in line]
        order = ranked(line)
        assert left, "there is always one"
        # the set is the first so many of the order ...
        likely = {token for token in left if weights[token] > 1e-12 * sum(weights)}
        assert likely <= set(order[: len(left)])
        # ... which reach p, while one fewer does not (a hair's breadth is left to rounding)
        chosen = order[: len(left)]
        assert sum(weights[token] for token in chosen) >= (p - 1e-6) * sum(weights)
        assert sum(weights[token] for token in chosen[:-1]) < (p + 1e-6) * sum(weights)


@pytest.mark.parametrize(("p", "left"), [(0.2, 1), (0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3), (0.76, 4), (1.0, 4)])
def test_top_p_stops_where_p_is_reached_exactly(p: float, left: int):
    assert kept(filtered(TopP(p), np.zeros((1, 4), np.float32))) == [set(range(left))]


@given(tables(), st.floats(0.001, 1.0))
def test_min_p_drops_what_is_far_below_the_likeliest(scores: np.ndarray, share: float):
    for line, left in zip(scores, kept(filtered(MinP(share), scores)), strict=True):
        top = float(line.max())
        for token, score in enumerate(line):
            ratio = math.exp(float(score) - top)
            if abs(ratio - share) > 1e-5 * share:
                assert (token in left) == (ratio >= share)
        assert int(line.argmax()) in left


@given(tables(), st.floats(0.1, 10))
def test_temperature_divides(scores: np.ndarray, temperature: float):
    assert np.allclose(filtered(Temperature(temperature), scores), scores / np.float32(temperature))


@given(tables(), st.floats(1.0, 5.0), st.lists(st.integers(0, 11), max_size=9), st.integers(1, 5))
def test_the_repetition_penalty_touches_the_last_tokens_only(
    scores: np.ndarray, penalty: float, history: list[int], window: int
):
    vocab = scores.shape[1]
    recent = Recent(len(scores), window)
    written = [[(token + row) % vocab for token in history] for row in range(len(scores))]
    for step in range(len(history)):
        recent.add(np.array([tokens[step] for tokens in written]))
    result = filtered(RepetitionPenalty(penalty), scores, recent)
    for row, line in enumerate(scores):
        for token, score in enumerate(line):
            expected = score
            if token in written[row][-window:]:
                expected = score / np.float32(penalty) if score > 0 else score * np.float32(penalty)
            assert result[row, token] == expected
            assert result[row, token] <= score


def test_filters_stand_in_their_order_and_only_where_they_act():
    def names(**settings: float) -> list[str]:
        return [type(change).__name__ for change in build_filters(SamplingConfig(**settings))]

    assert names(temperature=1.0) == []
    assert names() == ["Temperature"]
    everything = names(temperature=0.5, top_k=5, top_p=0.9, min_p=0.1, repetition_penalty=1.2)
    assert everything == ["RepetitionPenalty", "Temperature", "TopK", "TopP", "MinP"]
    assert names(temperature=0, top_k=5, repetition_penalty=1.2) == ["RepetitionPenalty"]


@given(tables())
def test_every_filter_treats_a_row_by_itself(scores: np.ndarray):
    for change in (TopK(3), TopP(0.7), MinP(0.2), Temperature(0.7)):
        together = filtered(change, scores)
        alone = np.concatenate([filtered(change, scores[i : i + 1]) for i in range(len(scores))])
        assert np.array_equal(together, alone)


# ------------------------------------------------------------------ the draw


@given(row, st.floats(0, 1, exclude_max=True))
def test_a_draw_inverts_the_cumulative_distribution(line: list[float], uniform: float):
    weights = [math.exp(score - max(line)) for score in line]
    token = int(draw(np.array([line], np.float32), np.array([uniform]))[0])
    assert weights[token] > 0
    below, upto = sum(weights[:token]), sum(weights[: token + 1])
    slack = 1e-5 * sum(weights)
    assert below - slack <= uniform * sum(weights) <= upto + slack


@pytest.mark.parametrize("uniform", [0.0, 1 - 2.0**-52, 0.5])
def test_impossible_tokens_are_never_drawn(uniform: float):
    scores = np.array([[-np.inf, 0.0, -np.inf, -1.0, -np.inf]] * 3, np.float32)
    assert set(draw(scores, np.full(3, uniform)).tolist()) <= {1, 3}


def test_tokens_come_as_often_as_they_should():
    logits = np.array([0.3, -1.0, 2.0, 0.0, 0.0, -3.0, 1.0, -0.5], np.float32)
    count, uniforms = 40_000, Uniforms(range(100))
    seen = np.zeros(len(logits))
    for _ in range(count // 100):
        np.add.at(seen, draw(np.tile(logits, (100, 1)), uniforms()), 1)
    expected = count * np.exp(logits) / np.exp(logits).sum()
    assert ((seen - expected) ** 2 / expected).sum() < 24.32  # the 99.9 % point of chi-square, 7 degrees


def test_what_the_filters_leave_keeps_its_proportions():
    logits = np.array([0.3, -1.0, 2.0, 0.1, 0.0, -3.0, 1.0, -0.5], np.float32)
    config = SamplingConfig(temperature=0.7, top_k=5, top_p=0.95)
    count, uniforms, seen = 20_000, Uniforms(range(7, 107)), np.zeros(len(logits))
    for _ in range(count // 100):
        scores = np.tile(logits, (100, 1))
        for change in build_filters(config):
            change(scores, Recent(100, 1))
        np.add.at(seen, draw(scores, uniforms()), 1)
    weights = np.exp(logits.astype(np.float64) / 0.7)
    order = np.argsort(-weights)[:5]
    within = np.cumsum(weights[order]) / weights[order].sum()
    order = order[: int((within < 0.95).sum()) + 1]
    expected = np.zeros(len(logits))
    expected[order] = count * weights[order] / weights[order].sum()
    assert not seen[expected == 0].any()
    some = expected > 0
    assert ((seen[some] - expected[some]) ** 2 / expected[some]).sum() < 18.47  # 99.9 %, at most 4 degrees


@given(tables(), st.integers(0, 1000))
def test_a_row_draws_the_same_in_any_company(scores: np.ndarray, seed: int):
    uniforms = numpy_generator(seed).random(len(scores))
    together = draw(scores.copy(), uniforms)
    alone = [draw(scores[i : i + 1].copy(), uniforms[i : i + 1])[0] for i in range(len(scores))]
    assert together.tolist() == alone


@pytest.mark.parametrize("width", [65, 1000, 4097])
def test_wide_rows_draw_the_same_in_any_company(width: int):
    random = numpy_generator(width)
    scores, uniforms = random.normal(0, 3, (64, width)).astype(np.float32), random.random(64)
    together = draw(scores.copy(), uniforms)
    for start, size in ((0, 1), (63, 1), (5, 7)):
        assert np.array_equal(draw(scores[start : start + size].copy(), uniforms[start : start + size]),
                              together[start : start + size])  # fmt: skip
    whole = log_softmax(scores)
    assert np.array_equal(log_softmax(scores[9:10])[0], whole[9])


def test_ties_go_to_the_lowest_token():
    assert likeliest(np.array([[0.0, 2.0, 2.0], [1.0, 1.0, 1.0]], np.float32)).tolist() == [1, 0]


def test_numbers_that_are_none_are_an_error():
    with pytest.raises(DecodingError, match="not a number"):
        draw(np.array([[0.0, np.nan]], np.float32), np.array([0.5]))


# ------------------------------------------------------------------ uniform numbers


def test_each_row_has_a_stream_of_its_own():
    together, alone = Uniforms([5, 6, 7]), Uniforms([6])
    for _ in range(300):
        assert together()[1] == alone()[0]


def test_no_number_of_a_stream_is_left_out():
    uniforms, expected = Uniforms([9]), numpy_generator(9).random(300)
    assert [uniforms()[0] for _ in range(300)] == expected.tolist()


def test_log_softmax_is_normalised_and_exact():
    logits = numpy_generator(1).normal(0, 5, (3, 40)).astype(np.float32)
    expected = [[float(v) - math.log(math.fsum(math.exp(float(w)) for w in line)) for v in line] for line in logits]
    assert np.allclose(log_softmax(logits), expected, atol=1e-12)
