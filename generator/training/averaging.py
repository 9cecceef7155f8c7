"""An average of the weights along the way, which predicts better than the weights themselves.

Exponential moving average: Polyak & Juditsky (1992); with the shorter memory of the first steps
that keeps the random start out of the average.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

__all__ = ["WeightAverage"]


class WeightAverage:
    """The average of a network's parameters.

    Args:
        model: The network.
        decay: Share of the old average kept at each step; 0 makes the average the weights themselves.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values: dict[str, Tensor] = {name: value.detach().clone() for name, value in model.named_parameters()}
        self._live = [value.detach() for _, value in model.named_parameters()]

    def update(self, step: int) -> None:
        """Take in the weights after ``step`` steps (from 1)."""
        decay = min(self.decay, (step + 1) / (step + 10))
        torch._foreach_lerp_(list(self.values.values()), self._live, 1 - decay)

    def load(self, values: dict[str, Tensor]) -> None:
        """Put stored averages in place."""
        for name, value in values.items():
            self.values[name].copy_(value)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The network with the averages as its weights, for as long as the context lasts."""
        kept = [value.clone() for value in self._live]
        torch._foreach_copy_(self._live, list(self.values.values()))
        try:
            yield
        finally:
            torch._foreach_copy_(self._live, kept)
