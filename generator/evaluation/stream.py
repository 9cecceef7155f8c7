"""The token stream of a split, cut into what a network reads; and a network set to be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from ..model import LanguageModel

__all__ = ["TokenStream", "judged"]


class TokenStream:
    """The ids of a split, ``0 t t t 0 t t 0``, with the tags of the piece that each token is in.

    Every token but the first is a target and is charged: the boundary that ends a piece (and begins
    the next) as much as its text. The first is only read.

    Args:
        ids: Token ids [tokens]; a memory map is read where it is needed.
        starts: Place of the boundary that begins each piece [pieces], the first 0; needed with tags.
        tags: Tag ids of each piece [pieces, fields], 0 for not given; None where there are none.
        cues: Cues of each token [tokens, cues], 0 for not given; None where there are none.
        device: Where batches are put.
        hidden: Columns of the cues that are not shown: those that tell what is to be predicted.
    """

    def __init__(
        self,
        ids: np.ndarray,
        starts: np.ndarray | None = None,
        tags: np.ndarray | None = None,
        device: torch.device | str = "cpu",
        cues: np.ndarray | None = None,
        hidden: Sequence[int] = (),
    ) -> None:
        if tags is not None and starts is None:
            raise ValueError("tags of pieces need the starts of the pieces")
        self.ids, self.starts, self.tags, self.device = ids, starts, tags, device
        self.cues, self.hidden = cues, list(hidden)

    @property
    def charged(self) -> int:
        """How many tokens are predicted."""
        return max(len(self.ids) - 1, 0)

    def batch(self, positions: np.ndarray) -> tuple[Tensor, Tensor, Tensor | None]:
        """What is read at ``positions`` [batch, time], what comes next, and the tags, the cues behind them.

        Returns:
            Inputs and targets [batch, time] int64, tags [batch, time, fields + cues] int64 or None.
        """
        inputs, targets = self._tensor(self.ids[positions]), self._tensor(self.ids[positions + 1])
        columns = []
        if self.tags is not None and self.starts is not None:
            pieces = np.searchsorted(self.starts, positions.ravel(), side="right") - 1
            columns.append(np.asarray(self.tags[pieces], np.int64).reshape(*positions.shape, -1))
        if self.cues is not None:
            shown = np.asarray(self.cues[positions], np.int64)
            shown[..., self.hidden] = 0
            columns.append(shown)
        return inputs, targets, self._tensor(np.concatenate(columns, -1)) if columns else None

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values.astype(np.int64)).to(self.device)


def hidden_cues(model: LanguageModel) -> list[int]:
    """The cues that a model is not shown where it is judged: those that tell of what is still to be written."""
    return [number for number, ahead in enumerate(model.config.cue_ahead) if ahead]


def device_of(model: LanguageModel) -> torch.device:
    """Where the weights are."""
    return next(model.parameters()).device


@contextmanager
def judged(model: LanguageModel, *, exact: bool = True) -> Iterator[None]:
    """Switch dropout and gradients off, and put the mode back after.

    Args:
        model: A language model.
        exact: Compute in float32 too; else in the precision that the model is set to.
    """
    was_training, precision = model.training, model.compute_dtype
    model.eval()
    if exact:
        model.compute_dtype = torch.float32
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)
        model.compute_dtype = precision
