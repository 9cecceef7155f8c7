"""What comes out: steps, one token of every row, and samples, whole rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..tokenizers import Tokenizer
from .sampling import log_softmax

__all__ = ["NO_TOKEN", "Alternative", "Collector", "Sample", "Step"]

NO_TOKEN = -1


@dataclass(frozen=True)
class Alternative:
    """A token that might have come.

    Attributes:
        token: Its id.
        label: How a person reads it.
        log_prob: Its log-probability, in nats.
        allowed: Whether the constraints let it pass.
    """

    token: int
    label: str
    log_prob: float
    allowed: bool = True


@dataclass
class Step:
    """One step of all rows. Probabilities are the model's own, at temperature 1, before any filter.

    What is not looked at is not computed.

    Attributes:
        index: How many steps came before.
        tokens: The token of each row [rows], int64; -1 in a row that had ended before.
        texts: What each row gains, as it is read; empty while a character is not whole, and of a model that writes
            lines from their ends, while a line is not.
        raw: What each row gains, as the model writes it: the same where it writes lines from their beginnings.
        finished: Which rows have ended, with this step or before [rows].
        logits: What the model said [rows, vocab_size], float32.
        allowed: What the constraints left [rows, vocab_size]; None where there are none.
        tokenizer: Gives tokens their labels.
    """

    index: int
    tokens: NDArray[np.int64]
    texts: list[str]
    raw: list[str] = field(repr=False)
    finished: NDArray[np.bool_]
    logits: NDArray[np.float32] = field(repr=False)
    allowed: NDArray[np.bool_] | None = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)

    @property
    def text(self) -> str:
        """What the first row gains."""
        return self.texts[0]

    @cached_property
    def log_probs(self) -> NDArray[np.float64]:
        """Log-probabilities of every token [rows, vocab_size], in nats."""
        return log_softmax(self.logits)

    @cached_property
    def log_prob(self) -> NDArray[np.float64]:
        """Log-probability of the token of each row [rows], in nats; 0 in a row that had ended."""
        taken = np.take_along_axis(self.log_probs, np.maximum(self.tokens, 0)[:, None], 1)[:, 0]
        return np.where(self.tokens == NO_TOKEN, 0.0, taken)

    @cached_property
    def entropy(self) -> NDArray[np.float64]:
        """How undecided the model was [rows], in nats."""
        return -(np.exp(self.log_probs) * self.log_probs).sum(1)

    @cached_property
    def forced(self) -> NDArray[np.bool_]:
        """Whether the constraints left no choice [rows]."""
        if self.allowed is None:
            return np.zeros(len(self.tokens), np.bool_)
        return self.allowed.sum(1) == 1

    @cached_property
    def removed(self) -> NDArray[np.float64]:
        """How much probability the constraints took away [rows], 0 to 1."""
        if self.allowed is None:
            return np.zeros(len(self.tokens))
        return np.where(self.allowed, 0.0, np.exp(self.log_probs)).sum(1)

    def alternatives(self, row: int = 0, count: int = 5) -> list[Alternative]:
        """The likeliest tokens of a row, the likeliest first."""
        values = self.log_probs[row]
        return [
            Alternative(
                int(token),
                self.tokenizer.token_label(int(token)),
                float(values[token]),
                self.allowed is None or bool(self.allowed[row, token]),
            )
            for token in np.argsort(-values, kind="stable")[:count]
        ]


@dataclass(frozen=True)
class Sample:
    """A whole row.

    Attributes:
        prompt: What was given.
        text: The prompt and what was written after it.
        tokens: What was written, the boundary that ended it included.
        seed: Writes it again, alone, with the same settings.
        log_prob: Log-probability of all tokens written, in nats, at temperature 1.
        ended: Whether it came to its end; if not, the length was used up.
        mask_cost: What the constraints cost, in nats a token: the mean of -log(1 - what they removed); None
            where it was not counted.
    """

    prompt: str
    text: str
    tokens: tuple[int, ...]
    seed: int
    log_prob: float
    ended: bool
    mask_cost: float | None = None

    @property
    def written(self) -> str:
        """The text without the prompt."""
        return self.text[len(self.prompt) :]

    @property
    def mean_log_prob(self) -> float:
        """Log-probability of a token, in nats: what best-of ranks by."""
        return self.log_prob / max(len(self.tokens), 1)

    @property
    def bits_per_char(self) -> float:
        """Surprise of a character that was written, at temperature 1; 0 where nothing was."""
        return -self.log_prob / math.log(2) / len(self.written) if self.written else 0.0


class Collector:
    """Puts the rows together while the steps come by.

    Args:
        rows: How many rows there are.
        costs: Whether to count what the constraints cost.
    Attributes:
        texts: What was written in each row so far, in parts.
    """

    def __init__(self, rows: int, *, costs: bool = False) -> None:
        self.mask_cost = np.zeros(rows) if costs else None
        self.texts: list[list[str]] = [[] for _ in range(rows)]
        self.tokens: list[list[int]] = [[] for _ in range(rows)]
        self.log_prob = np.zeros(rows)
        self.finished = np.zeros(rows, np.bool_)

    def add(self, step: Step) -> None:
        """Add a step."""
        for row, (text, token) in enumerate(zip(step.texts, step.tokens.tolist(), strict=True)):
            if token != NO_TOKEN:
                self.texts[row].append(text)
                self.tokens[row].append(token)
        self.log_prob += step.log_prob
        if self.mask_cost is not None:
            left = np.maximum(1 - step.removed, 1e-12)
            self.mask_cost -= np.where(step.tokens == NO_TOKEN, 0.0, np.log(left))
        self.finished = step.finished

    def samples(self, prompt: str, seeds: Sequence[int]) -> list[Sample]:
        """The rows as they stand now, in order."""
        return [
            Sample(
                prompt,
                prompt + "".join(self.texts[row]),
                tuple(self.tokens[row]),
                seed,
                float(self.log_prob[row]),
                bool(self.finished[row]),
                None if self.mask_cost is None else float(self.mask_cost[row]) / max(len(self.tokens[row]), 1),
            )
            for row, seed in enumerate(seeds)
        ]
