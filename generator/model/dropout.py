"""Dropout whose mask is drawn once for a chunk of time, and dropout of recurrent weights.

Variational dropout: Gal & Ghahramani, "A Theoretically Grounded Application of Dropout in
Recurrent Neural Networks" (2016). Weight dropout: Merity, Keskar & Socher, "Regularizing and
Optimizing LSTM Language Models" (2018).
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["drop_weights", "locked_dropout"]


def _mask(shape: tuple[int, ...], like: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """A mask of 0 and 1 / (1 - share), in the type of ``like``."""
    kept = torch.rand(shape, generator=generator, device=like.device) >= share
    return kept.to(like.dtype).mul_(1 / (1 - share))


def locked_dropout(values: Tensor, share: float, generator: torch.Generator | None = None) -> Tensor:
    """Switch off a share of the units of ``values`` [time, batch, width], the same at every step."""
    if share == 0:
        return values
    return values * _mask(tuple(values.shape[1:]), values, share, generator)


def drop_weights(weight: Tensor, share: float, generator: torch.Generator | None = None) -> Tensor:
    """Switch off a share of the entries of a matrix for one chunk.

    The mask is applied before the recurrence, so that its products stay as quick as without.
    """
    if share == 0:
        return weight
    return weight * _mask(tuple(weight.shape), weight, share, generator)
