"""Choosing among texts: the best of several draws, and a beam search for the likeliest.

Both rank by the mean log-probability of a token under the model at temperature 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..config import SamplingConfig
from ..tokenizers import Tokenizer
from .constraints import Together
from .engine import Engine, EngineState
from .sampling import log_softmax
from .steps import Sample
from .streaming import whole_lines

__all__ = ["Conditions", "Found", "Judge", "beam_search", "by_log_prob", "keep_best"]

Judge = Callable[[Sequence[Sample]], Sequence[float]]  # the higher the better


class Conditions(Protocol):
    """What the model is told beside the tokens."""

    def now(self) -> NDArray[np.int64] | None:
        """Tags and cues of every row where it stands [rows, fields]; None where they stay as they are."""


@dataclass(frozen=True)
class Found:
    """A text that a search came upon.

    Attributes:
        tokens: Its tokens, the boundary that ended it included.
        log_prob: Their log-probability, in nats.
    """

    tokens: tuple[int, ...]
    log_prob: float

    @property
    def score(self) -> float:
        """The mean log-probability of a token."""
        return self.log_prob / len(self.tokens)


def by_log_prob(samples: Sequence[Sample]) -> list[float]:
    """How good samples are: the mean log-probability of a token."""
    return [sample.mean_log_prob for sample in samples]


def keep_best(samples: Sequence[Sample], best_of: int, judge: Judge = by_log_prob) -> list[Sample]:
    """Of each ``best_of`` samples in a row the one that ``judge`` finds best; of equals the first."""
    groups = [samples[start : start + best_of] for start in range(0, len(samples), best_of)]
    return [max(zip(judge(group), group, strict=True), key=lambda found: found[0])[1] for group in groups]


def beam_search(
    engine: Engine,
    state: EngineState,
    told: Conditions,
    config: SamplingConfig,
    together: Together | None,
    base: NDArray[np.bool_],
    until: str,
    tokenizer: Tokenizer,
    backward: bool = False,
) -> list[Found]:
    """Search for the texts with the best mean log-probability, ``config.beam_size`` at a time.

    At every step the likeliest continuations of all beams are kept; those that end leave the beams.
    The search is over when no beam can become better than what has been found: log-probabilities
    only fall, so a beam's mean can never exceed its sum so far divided by the full length.

    Args:
        engine: The model.
        state: One row, behind the prompt.
        told: Gives the tags and cues of the beams where they stand.
        config: ``beam_size`` and ``length`` count; temperature and filters do not.
        together: Constraints, at the first place of one row.
        base: The tokens that come into question at all [vocab_size].
        until: End a text once it has written this.
        tokenizer: What tokens stand for.
        backward: Whether they stand for lines that are written from their ends.
    Returns:
        At most ``beam_size`` texts, the best first; the same ones every time.
    """
    size, length = config.beam_size, config.length
    beams: list[tuple[int, ...]] = [()]
    sums = np.zeros(1)
    found: list[Found] = []
    logits = state.logits_view

    def has_ended(tokens: tuple[int, ...]) -> bool:
        if tokens[-1] == tokenizer.boundary or not until:
            return tokens[-1] == tokenizer.boundary
        text = tokenizer.decode(tokens)
        return until in (whole_lines(text) if backward else text)

    for step in range(length):
        mask = base if together is None else together.allowed(base, np.ones(len(beams), np.bool_))
        totals = np.where(mask, sums[:, None] + log_softmax(logits), -np.inf)
        vocab_size = totals.shape[1]
        flat = totals.ravel()
        # of each beam one continuation may end, so twice the beams hold enough that go on
        order = np.argsort(-flat, kind="stable")[: 2 * size]
        parents: list[int] = []
        tokens: list[int] = []
        kept: list[tuple[int, ...]] = []
        for place in order[np.isfinite(flat[order])].tolist():
            parent, token = divmod(place, vocab_size)
            text = (*beams[parent], token)
            if has_ended(text) or step + 1 == length:
                found.append(Found(text, float(flat[place])))
            elif len(parents) < size:
                parents.append(parent)
                tokens.append(token)
                kept.append(text)
        found = sorted(found, key=lambda item: -item.score)[:size]
        if not parents:
            break
        beams, sums = kept, totals[parents, tokens]
        if len(found) == size and found[-1].score >= sums[0] / length:
            break
        following = np.array(tokens, np.int64)
        state = engine.select(state, parents)
        if together is not None:
            together.select(parents)
            together.advance(following, np.ones(len(parents), np.bool_))
        logits = engine.step(following, state, told.now())
    return found
