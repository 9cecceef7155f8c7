"""From logits to tokens: a list of filters that change the scores, and one draw.

A filter is a small class that is called with the scores of all rows; a new rule is a new class in
``build_filters``. The order is fixed: repetition penalty, temperature, top-k, top-p, min-p, so the
last three see the probabilities at the temperature that is drawn from.

Everything here treats a row by itself: the same scores and the same uniform number give the same
token whatever rows stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..config import SamplingConfig
from ..errors import DecodingError
from ..seeding import numpy_generator

__all__ = [
    "Filter",
    "MinP",
    "Recent",
    "RepetitionPenalty",
    "Temperature",
    "TopK",
    "TopP",
    "Uniforms",
    "build_filters",
    "draw",
    "likeliest",
    "log_softmax",
]

Scores = NDArray[np.float32]
BELOW_ONE = 1.0 - 2.0**-52  # the largest u for which u * total < total, rounded as it is, for every total > 0


class Filter(Protocol):
    """Changes scores in place; minus infinity removes a token."""

    def __call__(self, scores: Scores, recent: Recent) -> None:
        """Filter ``scores`` [rows, vocab_size]."""


class Recent:
    """The last tokens of each row.

    Args:
        rows: How many rows there are.
        window: How many tokens are kept of each.
    """

    def __init__(self, rows: int, window: int) -> None:
        self.tokens = np.full((rows, window), -1, np.int64)  # -1 where nothing was written yet
        self.place = 0

    def add(self, tokens: NDArray[np.int64]) -> None:
        """Note one token of each row [rows]."""
        self.tokens[:, self.place] = tokens
        self.place = (self.place + 1) % self.tokens.shape[1]

    def select(self, index: Sequence[int]) -> None:
        """Reorder the rows."""
        self.tokens = self.tokens[list(index)]

    def present(self, vocab_size: int) -> NDArray[np.bool_]:
        """Which tokens occur among the last ones [rows, vocab_size]."""
        marks = np.zeros((len(self.tokens), vocab_size + 1), np.bool_)
        np.put_along_axis(marks, self.tokens, True, 1)  # -1 marks the column that is cut off
        return marks[:, :vocab_size]


class RepetitionPenalty:
    """Divide the logit of each recent token by the penalty, or multiply it where it is below zero.

    The first half is the rule of CTRL (Keskar et al. 2019, section 4.1); the second half is what
    became common after it, so that a penalty above 1 always makes a token less likely.
    """

    def __init__(self, penalty: float) -> None:
        self.penalty = np.float32(penalty)

    def __call__(self, scores: Scores, recent: Recent) -> None:
        changed = np.where(scores > 0, scores / self.penalty, scores * self.penalty)
        np.copyto(scores, changed, where=recent.present(scores.shape[1]))


class Temperature:
    """Divide the scores by the temperature."""

    def __init__(self, temperature: float) -> None:
        self.temperature = np.float32(temperature)

    def __call__(self, scores: Scores, recent: Recent) -> None:
        scores /= self.temperature


class TopK:
    """Keep exactly the k likeliest tokens (Fan et al. 2018); among equals the lower ids."""

    def __init__(self, k: int) -> None:
        self.k = k

    def __call__(self, scores: Scores, recent: Recent) -> None:
        if self.k < scores.shape[1]:
            keys = ranks(scores)
            scores[keys > np.partition(keys, self.k - 1, axis=1)[:, self.k - 1, None]] = -np.inf


class TopP:
    """Keep the smallest set of likeliest tokens whose probability reaches p (Holtzman et al. 2020).

    Always at least one; among equals the lower ids.
    """

    def __init__(self, p: float) -> None:
        self.p = p

    def __call__(self, scores: Scores, recent: Recent) -> None:
        places = ranks(scores)
        keys = np.sort(places, axis=1)
        order = keys & 0xFFFFFFFF
        weights = np.exp(np.take_along_axis(scores, order, 1) - scores.max(1, keepdims=True))
        mass = np.cumsum(weights, axis=1, dtype=np.float64)
        enough = mass >= self.p * mass[:, -1:]
        last = np.take_along_axis(keys, enough.argmax(1)[:, None], 1)  # the token with which p is reached
        scores[places > last] = -np.inf


class MinP:
    """Drop tokens less likely than a share of the likeliest one (Nguyen et al. 2024)."""

    def __init__(self, share: float) -> None:
        self.distance = np.float32(np.log(share))

    def __call__(self, scores: Scores, recent: Recent) -> None:
        scores[scores < scores.max(1, keepdims=True) + self.distance] = -np.inf


def ranks(scores: Scores) -> NDArray[np.int64]:
    """Different integers whose ascending order is that of falling scores, and of ids among equals.

    The bits of a float32, taken as an integer, are in the order of the numbers, once those of
    negative numbers are turned round; the id fills the lower half.
    """
    bits = (scores + np.float32(0)).view(np.int32)  # -0.0 becomes 0.0: they are equal
    ascending = bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))
    return (~ascending).astype(np.int64) << 32 | np.arange(scores.shape[1], dtype=np.int64)


def build_filters(config: SamplingConfig) -> list[Filter]:
    """The filters that the settings ask for, in the order in which they act."""
    filters: list[Filter] = []
    if config.repetition_penalty != 1:
        filters.append(RepetitionPenalty(config.repetition_penalty))
    if config.temperature == 0:
        return filters  # the likeliest token passes every filter that follows
    if config.temperature != 1:
        filters.append(Temperature(config.temperature))
    if config.top_k:
        filters.append(TopK(config.top_k))
    if config.top_p < 1:
        filters.append(TopP(config.top_p))
    if config.min_p > 0:
        filters.append(MinP(config.min_p))
    return filters


def draw(scores: Scores, uniforms: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one token of each row by inverting its cumulative distribution.

    Args:
        scores: Unnormalised log-probabilities [rows, vocab_size]; overwritten.
        uniforms: One number in [0, 1) of each row [rows].
    Raises:
        DecodingError: if a score is not a number.
    """
    # the ufuncs themselves: for one row their methods' wrappers cost more than the arithmetic
    scores -= np.maximum.reduce(scores, axis=1, keepdims=True)
    mass = np.add.accumulate(np.exp(scores, out=scores), axis=1, dtype=np.float64)
    total = mass[:, -1]
    if not math.isfinite(np.add.reduce(total)):
        raise DecodingError(
            "The model's output is not a number.", "Its weights are damaged; restore the checkpoint, or train again."
        )
    return (mass > (uniforms * total)[:, None]).argmax(1)


def likeliest(scores: Scores) -> NDArray[np.int64]:
    """The likeliest token of each row; among equals the lowest id."""
    return scores.argmax(1)


def log_softmax(logits: Scores) -> NDArray[np.float64]:
    """Log-probabilities [rows, vocab_size]."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(1, keepdims=True))
    return shifted


class Uniforms:
    """One uniform number a row and a step, from a random generator of each row's own.

    Args:
        seeds: One seed a row.
    """

    BLOCK = 128  # drawn ahead, as a call costs far more than a number

    def __init__(self, seeds: Sequence[int]) -> None:
        self.generators = [numpy_generator(seed) for seed in seeds]
        self.block = np.empty((self.BLOCK, len(seeds)))
        self.next = self.BLOCK

    def __call__(self) -> NDArray[np.float64]:
        """The numbers of the next step [rows]."""
        if self.next == self.BLOCK:
            for row, generator in enumerate(self.generators):
                self.block[:, row] = generator.random(self.BLOCK)
            np.minimum(self.block, BELOW_ONE, out=self.block)
            self.next = 0
        self.next += 1
        return self.block[self.next - 1]
