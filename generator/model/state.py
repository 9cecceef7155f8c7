"""The state of a recurrent network between two steps, made explicit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["State"]


@dataclass(frozen=True)
class State:
    """What the network remembers of each stream; training carries it between chunks, decoding between steps.

    Attributes:
        hidden: Hidden states [num_layers, batch, hidden_size].
        cell: Cells of an LSTM, shaped as ``hidden``; None for the other cells.
        memory: The last outputs that attention looks at [batch, attention_window, hidden_size]; None without attention.
        filled: How many of them are real [batch], int64; None without attention.
    """

    hidden: Tensor
    cell: Tensor | None = None
    memory: Tensor | None = None
    filled: Tensor | None = None

    @property
    def batch_size(self) -> int:
        return self.hidden.shape[1]

    def detach(self) -> State:
        """The same values, cut off from the gradient."""
        return State(
            hidden=self.hidden.detach(),
            cell=None if self.cell is None else self.cell.detach(),
            memory=None if self.memory is None else self.memory.detach(),
            filled=self.filled,
        )

    def to(self, device: torch.device | str) -> State:
        """The same values on another device."""
        return State(
            hidden=self.hidden.to(device),
            cell=None if self.cell is None else self.cell.to(device),
            memory=None if self.memory is None else self.memory.to(device),
            filled=None if self.filled is None else self.filled.to(device),
        )

    def rows(self, index: Tensor) -> State:
        """The state of the rows in ``index`` [rows], int64, in that order (a row may be taken twice)."""
        return State(
            hidden=self.hidden.index_select(1, index),
            cell=None if self.cell is None else self.cell.index_select(1, index),
            memory=None if self.memory is None else self.memory.index_select(0, index),
            filled=None if self.filled is None else self.filled.index_select(0, index),
        )

    def keep(self, kept: Tensor) -> State:
        """Set to zero the rows where ``kept`` [batch], bool, is false."""
        column = kept.view(1, -1, 1).to(self.hidden.dtype)
        return State(
            hidden=self.hidden * column,
            cell=None if self.cell is None else self.cell * column,
            memory=self.memory,  # what lies beyond ``filled`` is never read
            filled=None if self.filled is None else torch.where(kept, self.filled, 0),
        )
