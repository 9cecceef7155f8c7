"""The simple models against a slow one, written out from the formulas with dictionaries."""

from __future__ import annotations

import math
import os
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluation import KneserNey, baselines


class Slow:
    """Interpolated modified Kneser-Ney, Chen and Goodman (1999), with a dictionary for every table."""

    def __init__(self, ids: list[int], vocab_size: int, order: int) -> None:
        self.vocab_size, self.order = vocab_size, order
        grams = {n: [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)] for n in range(1, order + 1)}
        self.counts: dict[int, Counter] = {order: Counter(grams[order])}
        for n in range(1, order):
            before: dict[tuple, set] = defaultdict(set)
            for gram in grams[n + 1]:
                before[gram[1:]].add(gram[0])
            self.counts[n] = Counter({gram: len(tokens) for gram, tokens in before.items()})
        self.discounts = {n: self.discount(counts) for n, counts in self.counts.items()}

    @staticmethod
    def discount(counts: Counter) -> dict[int, float]:
        n = Counter(counts.values())
        plain = {0: 0.0, 1: 0.5, 2: 1.0, 3: 1.5}
        if not (n[1] and n[2] and n[3] and n[4]):
            return plain
        y = n[1] / (n[1] + 2 * n[2])
        found = {0: 0.0, 1: 1 - 2 * y * n[2] / n[1], 2: 2 - 3 * y * n[3] / n[2], 3: 3 - 4 * y * n[4] / n[3]}
        return found if all(0 < found[k] <= k for k in (1, 2, 3)) else plain

    def probability(self, history: tuple[int, ...], token: int) -> float:
        history = history[-(self.order - 1) :] if self.order > 1 else ()
        lower = 1 / self.vocab_size if not history else self.probability(history[1:], token)
        table, discount = self.counts[len(history) + 1], self.discounts[len(history) + 1]
        following = {gram: count for gram, count in table.items() if gram[:-1] == history}
        total = sum(following.values())
        if not total:
            return lower
        count = table[(*history, token)]
        left = sum(discount[min(c, 3)] for c in following.values())
        return (count - discount[min(count, 3)]) / total + left / total * lower


streams = st.integers(2, 6).flatmap(
    lambda vocab: st.tuples(
        st.just(vocab),
        st.lists(st.integers(0, vocab - 1), min_size=1, max_size=60),
        st.lists(st.integers(0, vocab - 1), min_size=2, max_size=20),
    )
)


@settings(max_examples=60, deadline=None)
@given(streams, st.integers(1, 5))
def test_every_log_probability_is_that_of_the_slow_model(case, order) -> None:
    vocab_size, train, valid = case
    slow = Slow(train, vocab_size, order)
    expected = [math.log(slow.probability(tuple(valid[:i]), valid[i])) for i in range(1, len(valid))]
    found = KneserNey(np.array(train, np.uint8), vocab_size, order).log_probs(np.array(valid, np.uint8))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_a_text_with_lawful_discounts_agrees_too() -> None:
    # long enough that every order estimates its own discounts
    text = np.minimum(np.random.default_rng(1).zipf(1.5, 3000) - 1, 98).tolist()
    slow = Slow(text, 100, 3)
    assert all(discount != {0: 0.0, 1: 0.5, 2: 1.0, 3: 1.5} for discount in slow.discounts.values())
    valid = [*text[100:120], 11, 99, 11, 99, 0, 1]
    expected = [math.log(slow.probability(tuple(valid[:i]), valid[i])) for i in range(1, len(valid))]
    found = KneserNey(np.array(text), 100, 3).log_probs(np.array(valid))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(streams)
def test_probabilities_sum_to_one_after_every_history(case) -> None:
    vocab_size, train, history = case
    model = KneserNey(np.array(train), vocab_size)
    for end in range(len(history) + 1):
        distribution = model.distribution(np.array(history[:end], np.int64))
        assert distribution.min() > 0
        assert distribution.sum() == pytest.approx(1, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(streams)
def test_the_distribution_and_the_scores_are_one_model(case) -> None:
    vocab_size, train, valid = case
    model = KneserNey(np.array(train), vocab_size)
    one_by_one = [math.log(model.distribution(np.array(valid[:i]))[valid[i]]) for i in range(1, len(valid))]
    np.testing.assert_allclose(model.log_probs(np.array(valid)), one_by_one, rtol=0, atol=1e-9)


def test_scoring_in_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from generator.evaluation import ngram

    ids = np.random.default_rng(3).integers(0, 9, 3000)
    whole = KneserNey(ids[:2500], 9).log_probs(ids[2500:])
    monkeypatch.setattr(ngram, "SCORED_AT_ONCE", 7)
    np.testing.assert_array_equal(KneserNey(ids[:2500], 9).log_probs(ids[2500:]), whole)


def test_uniform_and_unigram_by_hand() -> None:
    found = baselines(np.array([0, 1, 1, 2]), np.array([3, 1, 2]), 4)
    assert found["uniform"] == pytest.approx(math.log(4))
    assert found["unigram"] == pytest.approx(-(math.log(3 / 8) + math.log(2 / 8)) / 2)
    per_character = baselines(np.array([0, 1, 1, 2]), np.array([3, 1, 2]), 4, characters=8)
    assert per_character["unigram"] == pytest.approx(found["unigram"] * 2 / 8)


def test_a_long_training_text_is_counted_in_its_last_part() -> None:
    ids = np.random.default_rng(4).integers(0, 30, 5000)
    valid = ids[:200]
    assert baselines(ids, valid, 30, most_tokens=1000) == baselines(ids[-1000:], valid, 30)


def test_the_widest_vocabulary() -> None:
    ids = np.random.default_rng(5).integers(65_000, 65_536, 20_000).astype(np.uint16)
    model = KneserNey(ids, 65_536)
    assert model.distribution(ids[-4:]).sum() == pytest.approx(1, abs=1e-9)
    assert model.distribution(np.array([1, 2, 3, 4])).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("valid", [[], [2]])
def test_nothing_to_score_costs_nothing(valid: list[int]) -> None:
    assert set(baselines(np.array([1, 2, 3]), np.array(valid, np.int64), 5).values()) == {0.0}


def test_a_million_characters_in_seconds() -> None:
    """Also that the 5-gram beats the unigram and uniform models on a text with structure."""
    folder = os.environ.get("GENERATOR_TEST_DATA")
    source = Path(folder or "", "tinyshakespeare", "input.txt")
    if not folder or not source.is_file():
        pytest.skip("needs tinyshakespeare/input.txt under the folder that GENERATOR_TEST_DATA names")
    ids = np.unique(np.frombuffer(source.read_bytes(), np.uint8), return_inverse=True)[1]
    cut = len(ids) * 9 // 10
    start = time.process_time()
    scores = baselines(ids[:cut], ids[cut:], 65)
    assert time.process_time() - start < 3
    assert scores["5-gram"] < 1.6 < scores["unigram"] < scores["uniform"]
