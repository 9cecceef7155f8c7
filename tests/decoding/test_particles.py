"""Many ways side by side towards what is settled: weights and draws against their definitions, and by enumeration."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Sequence
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.config import SamplingConfig
from generator.decoding import Constraint, Context, Writer, generate
from generator.decoding.constraints import Together
from generator.decoding.generate import Told
from generator.decoding.particles import Particles, effective_size, resampled
from generator.errors import ConfigError
from generator.seeding import candidate_seeds

MakeWriter = Callable[..., Writer]
weights = st.lists(st.floats(-30, 5), min_size=1, max_size=24).map(np.array)


class Pattern(Constraint):
    """At each place some characters; behind the last one the end, and wherever a place says "." too."""

    name = "The pattern"

    def __init__(self, *places: str) -> None:
        self.places = places

    def check(self, context: Context) -> None:
        self.context = context

    def begin(self, context: Context) -> Hashable:
        return 0

    def allowed(self, place: Hashable) -> np.ndarray:
        assert isinstance(place, int)
        tokenizer = self.context.tokenizer
        mask = np.zeros(tokenizer.vocab_size, np.bool_)
        said = self.places[place] if place < len(self.places) else "."
        mask[tokenizer.encode(said.replace(".", ""))] = True
        mask[tokenizer.boundary] = "." in said
        return mask

    def advance(self, place: Hashable, token: int) -> Hashable:
        assert isinstance(place, int)
        return place + 1

    def keeps(self, text: str) -> bool:
        inside = len(text) <= len(self.places) and all(
            character in said for character, said in zip(text, self.places, strict=False)
        )
        return inside and (len(text) == len(self.places) or "." in self.places[len(text)])

    def texts(self) -> list[str]:
        """All that keep it."""
        lengths = list(range(len(self.places) + 1))
        every = (
            "".join(each)
            for length in lengths
            for each in product(*(said.replace(".", "") for said in self.places[:length]))
        )
        return [text for text in every if self.keeps(text)]


class Shorter(Pattern):
    """The pattern from a later place on, which the seed of the text says: texts of one batch end at different steps."""

    def begins(self, context: Context, seeds: Sequence[int]) -> Sequence[Hashable]:
        return [seed % 4 for seed in seeds]


FORCED = Pattern("abc", "abc", "c", "abc", "a", "abc", "b")
OPEN = Pattern("abc", "abc", "c", "abc.", "a", "abc.", "abc", "b")


@pytest.fixture
def writer(make_writer: MakeWriter) -> Writer:
    """Three characters, and very different probabilities."""
    return make_writer(text="abc", start_text="", scale=4.0)


def all_log_probs(writer: Writer, texts: Sequence[str], temperature: float = 1.0) -> np.ndarray:
    """Of texts and their ends, by the network itself."""
    boundary = writer.tokenizer.boundary
    rows = [[boundary, *map(int, writer.tokenizer.encode(text)), boundary] for text in texts]
    ids = torch.zeros((len(rows), max(map(len, rows))), dtype=torch.int64)
    for place, row in zip(ids, rows, strict=True):
        place[: len(row)] = torch.tensor(row)
    with torch.no_grad():
        logits, _ = writer.model(ids[:, :-1])  # type: ignore[attr-defined]
    found = torch.log_softmax(logits.double() / temperature, 2).gather(2, ids[:, 1:, None])[..., 0]
    lengths = torch.tensor([len(row) - 1 for row in rows])
    return (found * (torch.arange(found.shape[1]) < lengths[:, None])).sum(1).numpy()


def log_probs(writer: Writer, text: str) -> float:
    """Of one text and its end."""
    return float(all_log_probs(writer, [text])[0])


# ------------------------------------------------------------------ the definitions


@given(weights)
@example(np.zeros(7))
@example(np.array([-1000.0, 0.0, -1000.0]))
def test_the_effective_size_is_one_over_the_sum_of_squared_shares(log_weights: np.ndarray):
    shares = np.exp(log_weights) / np.exp(log_weights).sum()
    size = effective_size(log_weights)
    assert size == pytest.approx(1 / (shares**2).sum())
    assert 1 - 1e-9 <= size <= len(log_weights) + 1e-9
    assert effective_size(log_weights - 800) == pytest.approx(size)


@given(weights, st.floats(0, 1, exclude_max=True))
@example(np.zeros(8), 1 - 2**-53)
@example(np.array([0.0, -40.0]), 0.5)
def test_each_row_is_drawn_as_often_as_its_weight_says_up_to_one(log_weights: np.ndarray, uniform: float):
    count = len(log_weights)
    drawn = resampled(log_weights, uniform)
    expected = count * np.exp(log_weights) / np.exp(log_weights).sum()
    times = np.bincount(drawn, minlength=count)
    assert len(drawn) == count == len(times)
    assert (np.floor(expected - 1e-9) <= times).all() and (times <= np.ceil(expected + 1e-9)).all()
    assert drawn == sorted(drawn)


@given(weights)
@settings(max_examples=30)
def test_over_all_uniform_numbers_each_row_is_drawn_in_proportion(log_weights: np.ndarray):
    count, steps = len(log_weights), 100
    times = sum(np.bincount(resampled(log_weights, (step + 0.5) / steps), minlength=count) for step in range(steps))
    shares = np.exp(log_weights) / np.exp(log_weights).sum()
    assert np.allclose(times / steps, count * shares, atol=2 / steps * count)


# ------------------------------------------------------------------ the search


def searched(writer: Writer, rule: Constraint, config: SamplingConfig, texts: int) -> tuple[Particles, list[str]]:
    """A search for so many texts at once, and what it kept."""
    seeds = candidate_seeds(config.seed or 0, texts, config.particles)
    together = Together([rule], Context(writer.tokenizer, "", config.length, True), seeds)
    told = Told(writer, None, len(seeds), together)
    state = writer.engine.start(len(seeds), told.first())
    writer.engine.prefill(writer.context(""), state)
    particles = Particles(writer.engine, config, together, writer.base_mask, writer.tokenizer.boundary, seeds)
    return particles, list(map(writer.tokenizer.decode, particles.search(state, told)))


@pytest.mark.parametrize("rule", [FORCED, OPEN], ids=["of one length", "of several"])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_the_mean_weight_estimates_how_likely_the_constraint_is_kept(writer: Writer, rule: Pattern, temperature: float):
    """What makes the search right: whatever was drawn anew, the mean of the weights is an unbiased estimate of the
    probability of all texts that keep the rule, which can be added up here."""
    exact = float(np.exp(all_log_probs(writer, rule.texts(), temperature)).sum())
    config = SamplingConfig(particles=4, seed=11, temperature=temperature)
    texts = 250
    particles, kept = searched(writer, rule, config, texts)
    estimates = np.exp(particles.weights).reshape(texts, 4).mean(1)
    error = estimates.std() / texts**0.5
    assert exact > 0 and error < 0.2 * exact, "the test says something"
    assert abs(estimates.mean() - exact) < 4 * error
    assert all(map(rule.keeps, kept))


def test_where_few_rows_hold_the_weight_those_go_on_and_weigh_the_mean(writer: Writer):
    """Of each text by itself; a text whose rows weigh alike is left as it is, and so is one that is written."""
    config = SamplingConfig(particles=4, seed=1)
    seeds = candidate_seeds(1, 3, 4)
    together = Together([FORCED], Context(writer.tokenizer, "", 20, True), seeds)
    particles = Particles(writer.engine, config, together, writer.base_mask, writer.tokenizer.boundary, seeds)
    heavy = [-9.0, -9.0, -1.0, -9.0]
    particles.weights[:] = [*heavy, -2.0, -2.1, -2.0, -2.2, *heavy]
    particles.log_probs[:] = range(12)
    particles.columns.append(np.arange(12))
    particles.finished[:] = [False, False, True, False, *[False] * 4, *[True] * 4]
    index = [2, 2, 2, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert particles._drawn_anew() == index
    assert np.allclose(particles.weights[:4], np.log(np.exp(heavy).mean()))
    assert particles.weights[4:].tolist() == [-2.0, -2.1, -2.0, -2.2, *heavy]
    assert particles.columns[0].tolist() == particles.log_probs.tolist() == index
    assert particles.finished[:4].all()
    assert particles._drawn_anew() is None


def test_rows_are_drawn_anew_and_better_texts_come_of_it(writer: Writer):
    """Beside plain forced drawing, and near the best there is, which is known by enumeration."""
    plain = SamplingConfig(temperature=1.0, seed=2, precision="float32")
    with_particles = dataclasses.replace(plain, particles=16)
    forced = [
        generate(writer, "", dataclasses.replace(plain, seed=seed), constraints=[FORCED]).samples()[0]
        for seed in range(12)
    ]
    steered = generate(writer, "", with_particles, count=12, constraints=[FORCED]).samples()
    best = all_log_probs(writer, FORCED.texts()).max()
    means = [all_log_probs(writer, [sample.text for sample in group]).mean() for group in (forced, steered)]
    assert means[0] + 1 < means[1] <= best + 1e-6
    assert best - means[1] < 0.5 * (best - means[0])


SHORTER = Shorter("abc", "abc", "c", "abc", "abc", "b", "abc")


@pytest.mark.parametrize("rule", [OPEN, SHORTER], ids=["of several lengths", "of a length by the seed"])
def test_the_same_seed_writes_the_same_and_a_text_does_not_depend_on_its_neighbours(writer: Writer, rule: Pattern):
    config = SamplingConfig(temperature=1.3, seed=40, particles=4)
    rows = generate(writer, "", config, count=16, constraints=[rule]).samples()
    assert isinstance(rule, Shorter) or all(rule.keeps(sample.text) for sample in rows)
    assert [sample.seed for sample in rows] == list(range(40, 56))
    again = generate(writer, "", config, count=16, constraints=[rule]).samples()
    assert [sample.text for sample in again] == [sample.text for sample in rows]
    alone = [
        generate(writer, "", dataclasses.replace(config, seed=40 + row), constraints=[rule]).samples()[0].text
        for row in range(16)
    ]
    assert alone == [sample.text for sample in rows]
    assert len(set(alone)) > 2


def test_of_the_rows_the_likeliest_is_kept_and_its_cost_is_told(writer: Writer):
    config = SamplingConfig(temperature=1.0, seed=5, particles=6)
    particles, kept = searched(writer, OPEN, config, 10)
    for number, text in enumerate(kept):
        rows = range(6 * number, 6 * number + 6)
        told = [writer.tokenizer.decode([int(column[row]) for column in particles.columns]) for row in rows]
        means = [log_probs(writer, each) / (len(each) + 1) for each in told]
        assert text in told
        assert log_probs(writer, text) / (len(text) + 1) == pytest.approx(max(means), abs=1e-4)
        for row, each in zip(rows, told, strict=True):
            assert particles.log_probs[row] == pytest.approx(log_probs(writer, each), abs=1e-3)
    for sample in generate(writer, "", config, count=3, constraints=[OPEN]).samples():
        assert sample.log_prob == pytest.approx(log_probs(writer, sample.text), abs=1e-3)


def test_without_constraints_or_with_one_particle_nothing_changes(writer: Writer):
    plain = SamplingConfig(temperature=1.0, seed=9, length=30)
    for particles in (0, 1):
        config = dataclasses.replace(plain, particles=particles)
        texts = [sample.text for sample in generate(writer, "", config, count=3, constraints=[OPEN]).samples()]
        assert texts == [sample.text for sample in generate(writer, "", plain, count=3, constraints=[OPEN]).samples()]
    free = generate(writer, "", dataclasses.replace(plain, particles=8), count=3).samples()
    assert [each.text for each in free] == [each.text for each in generate(writer, "", plain, count=3).samples()]


def test_the_repetition_penalty_follows_the_rows_that_go_on(make_writer: MakeWriter):
    """Under a penalty that forbids whatever was written, no character comes twice where rows are drawn anew too."""
    letters = "abcdefghijklmnop"
    writer = make_writer(text=letters, start_text="", scale=4.0, boundary_bias=0.001)
    bias = writer.model.output.bias  # type: ignore[attr-defined]
    with torch.no_grad():
        bias -= 60.0  # the penalty multiplies what is below zero
    writer = Writer(writer.model, writer.tokenizer, precision="float32")  # type: ignore[attr-defined]
    rule = Pattern(letters, letters, "ab", letters, "cd", letters, "ef", letters)
    config = SamplingConfig(temperature=1.0, seed=3, particles=8, repetition_penalty=90.0)
    found = generate(writer, "", config, count=12, constraints=[rule]).samples()
    # only what the pattern demands may come again
    free = [[place for place in (0, 1, 3, 5, 7) if sample.text[place] in sample.text[:place]] for sample in found]
    assert free == [[]] * 12
    with torch.no_grad():
        bias += 60.0


@pytest.mark.parametrize("other", [{"beam_size": 3}, {"best_of": 2}])
def test_they_are_refused_beside_other_searches(other: dict[str, int]):
    with pytest.raises(ConfigError, match="--particles cannot be used with"):
        SamplingConfig(particles=2, **other)
