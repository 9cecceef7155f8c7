"""Sequential Monte Carlo: many tries side by side, of which those go on that lead to what is settled already.

A constraint that forces a token (a note of the given melody) says nothing of what was written before
it; a row that has written itself into a corner must take the token however unlikely it is there.
Here each row carries the probability that the model gave to what the constraints allowed, step by
step, and rows are drawn anew by these weights when few of them hold most of the weight. So what comes
out is close to what the model would write if it knew that the constraints will be kept: Lew, Zhi-Xuan,
Grand & Mansinghka, "Sequential Monte Carlo steering of large language models" (2023); the resampling is
systematic, as in Doucet & Johansen's tutorial (2009).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..config import SamplingConfig
from ..seeding import candidate_seeds, numpy_generator
from .constraints import Together
from .engine import Engine, EngineState
from .sampling import BELOW_ONE, Recent, Uniforms, build_filters, draw, likeliest, log_softmax

__all__ = ["Particles", "effective_size", "resampled"]

Tokens = NDArray[np.int64]
FEW = 0.5  # rows are drawn anew when the effective number falls below this share of them


class Told(Protocol):
    """What the model is told beside the tokens, row by row."""

    def now(self) -> Tokens | None:
        """Tags and cues of every row where it stands; None where they stay as they are."""

    def select(self, index: Sequence[int]) -> None:
        """Reorder the rows."""


def effective_size(log_weights: NDArray[np.float64]) -> float:
    """How many equally weighted rows would hold as much as these: 1 over the sum of squared shares."""
    shares = np.exp(log_weights - log_weights.max())
    shares /= shares.sum()
    return float(1 / (shares**2).sum())


def resampled(log_weights: NDArray[np.float64], uniform: float) -> list[int]:
    """Which rows go on: row i about as often as its share of the weight, by one uniform number (systematic)."""
    shares = np.exp(log_weights - log_weights.max())
    edges = np.cumsum(shares / shares.sum())
    edges[-1] = 1.0
    points = np.minimum((uniform + np.arange(len(shares))) / len(shares), BELOW_ONE)
    return np.searchsorted(edges, points, side="right").tolist()


class Particles:
    """A search for ``count`` texts with ``config.particles`` rows each.

    Args:
        engine: The model.
        config: How to draw; the weights are those of the tempered model.
        together: The constraints, at the first place of all rows.
        base: The tokens that come into question at all [vocab_size].
        boundary: The token that ends a text.
        seeds: Of every row, those of one text side by side [count * particles].
    """

    def __init__(
        self, engine: Engine, config: SamplingConfig, together: Together, base: NDArray[np.bool_], boundary: int,
        seeds: Sequence[int],
    ) -> None:  # fmt: skip
        self.engine, self.config, self.together, self.base, self.boundary = engine, config, together, base, boundary
        self.rows, self.size = len(seeds), config.particles
        self.uniforms = Uniforms(seeds)
        # of its own for each text, as the seeds of the rows are used up by the tokens
        self.random = [numpy_generator(candidate_seeds(seed, 1, self.size + 1)[-1]) for seed in seeds[:: self.size]]
        self.weights = np.zeros(self.rows)
        self.log_probs = np.zeros(self.rows)
        self.finished = np.zeros(self.rows, np.bool_)
        self.columns: list[Tokens] = []

    def search(
        self, state: EngineState, told: Told, watch: Callable[[None], object] = lambda _: None
    ) -> list[list[int]]:
        """Write every row to its end, and keep of each text the row that the model finds likeliest.

        Args:
            state: All rows, behind the prompt.
            told: What the model is told of them.
            watch: Called at each step; what it raises ends the search.
        Returns:
            The tokens of each text, the boundary that ended it included.
        """
        filters, recent = build_filters(self.config), Recent(self.rows, self.config.repetition_window)
        greedy = self.config.temperature == 0
        logits = state.logits_view
        for _ in range(self.config.length):
            watch(None)
            live = ~self.finished
            allowed = self.together.allowed(self.base, live)
            plain = log_softmax(logits)
            tempered = plain if greedy else log_softmax((logits / self.config.temperature).astype(np.float32))
            mass = np.logaddexp.reduce(np.where(allowed, tempered, -np.inf), axis=1)
            self.weights += np.where(live, mass, 0.0)
            scores = np.where(allowed, logits, np.float32(-np.inf)).astype(np.float32)
            self.together.lookahead(scores, live)
            for change in filters:
                change(scores, recent)
            tokens = likeliest(scores) if greedy else draw(scores, self.uniforms())
            tokens = np.where(live, tokens, self.boundary)
            self.log_probs += np.where(live, plain[np.arange(self.rows), tokens], 0.0)
            self.together.advance(tokens, live)
            recent.add(tokens)
            self.columns.append(tokens)
            self.finished |= tokens == self.boundary
            if self.finished.all():
                break
            index = self._drawn_anew()
            if index is not None:
                state = self.engine.select(state, index)
                self.together.select(index)
                told.select(index)
                recent.select(index)
                tokens = tokens[index]
            logits = self.engine.step(tokens, state, told.now())
        return [self._best(first) for first in range(0, self.rows, self.size)]

    def _drawn_anew(self) -> list[int] | None:
        """Draw the rows of each text anew where that is due; None where nothing changes."""
        index = np.arange(self.rows)
        for number, first in enumerate(range(0, self.rows, self.size)):
            own = slice(first, first + self.size)
            if self.finished[own].all():  # as where it is written alone, and the search is over
                continue
            if effective_size(self.weights[own]) < FEW * self.size:
                index[own] = first + np.array(resampled(self.weights[own], float(self.random[number].random())))
                self.weights[own] = np.logaddexp.reduce(self.weights[own]) - np.log(self.size)
        if (index == np.arange(self.rows)).all():
            return None
        self.log_probs, self.finished = self.log_probs[index], self.finished[index]
        self.columns = [column[index] for column in self.columns]
        return index.tolist()

    def _best(self, first: int) -> list[int]:
        """The likeliest row of a text, by the mean over its tokens; one that came to an end before any other."""
        found = []
        for row in range(first, first + self.size):
            tokens = [int(column[row]) for column in self.columns]
            if self.boundary in tokens:
                tokens = tokens[: tokens.index(self.boundary) + 1]
            found.append((bool(self.finished[row]), self.log_probs[row] / len(tokens), tokens))
        return max(found, key=lambda each: each[:2])[2]
