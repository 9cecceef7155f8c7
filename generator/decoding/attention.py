"""Attention over the last hidden states, streamed: keys and values are kept in a ring.

The order of a ring does not matter to a weighted mean, so nothing is ever moved.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .layers import spread
from .products import Product

__all__ = ["Attention", "AttentionSlot"]


class AttentionSlot:
    """Keys and values of the last steps, each [rows, window, width]."""

    def __init__(self, layer: Attention, rows: int) -> None:
        self.keys = torch.zeros(rows, layer.window, layer.width)
        self.values = torch.zeros(rows, layer.window, layer.width)
        self.steps = 0
        kind = layer.kind
        self.operand = torch.zeros(rows, layer.width, dtype=kind.operand_dtype)
        self.both = torch.zeros(rows, 2 * layer.width)
        self.both_operand = torch.zeros(rows, 2 * layer.width, dtype=kind.operand_dtype)
        self.projected = torch.zeros(rows, 3 * layer.width)
        self.accumulator = kind.accumulator(rows, 3 * layer.width)
        self.out = torch.zeros(rows, layer.width)
        self.out_accumulator = kind.accumulator(rows, layer.width)


class Attention:
    """tanh(combine [h; sum_j softmax_j(query h . key m_j / sqrt(hidden)) value m_j]).

    Args:
        kind: The arithmetic.
        weights: The model's tensors by name.
        width: The hidden size, filled up.
        window: How many outputs are looked at, the present one included.
    """

    def __init__(self, kind: type[Product], weights: Mapping[str, Tensor], width: int, window: int) -> None:
        self.kind, self.width, self.window = kind, width, window
        names = ("query", "key", "value")
        matrices = [weights[f"attention.{name}.weight"] for name in names]
        self.hidden = len(matrices[0])
        matrices[0] = matrices[0] / self.hidden**0.5
        self.project = kind(torch.cat([spread(matrix, 1) for matrix in matrices]), bounded=False)
        self.nothing = torch.zeros(3 * width)  # none of the four has a bias
        combine = weights["attention.combine.weight"]
        halves = [spread(half.contiguous(), 1) for half in combine.split(self.hidden, 1)]
        self.combine = kind(torch.cat(halves, 1), bounded=False)

    def slot(self, rows: int) -> AttentionSlot:
        return AttentionSlot(self, rows)

    def step(self, out: Tensor, slot: AttentionSlot | None) -> Tensor:
        """Attend from the last layer's output [rows, width]; the result lies within (-1, 1)."""
        assert slot is not None
        scale = self.kind.store_scaled(slot.operand, out)
        self.project(slot.operand, slot.accumulator, slot.projected, self.nothing, scale)
        query, key, value = slot.projected.split(self.width, 1)
        place = slot.steps % self.window
        slot.keys[:, place] = key
        slot.values[:, place] = value
        slot.steps += 1
        filled = min(slot.steps, self.window)
        slot.both[:, : self.width] = out
        # row by row: a batched product rounds a row differently in different company
        for row in range(len(out)):
            scores = torch.mv(slot.keys[row, :filled], query[row])
            slot.both[row, self.width :] = torch.mv(slot.values[row, :filled].t(), torch.softmax(scores, 0))
        scale = self.kind.store_scaled(slot.both_operand, slot.both)
        self.combine(slot.both_operand, slot.out_accumulator, slot.out, self.nothing[: self.width], scale)
        return slot.out.tanh_()
