"""The recurrent cells, one step at a time, each a handful of fused operations on prepared weights.

The equations are those of ``generator.model``. Two rearrangements save time and change nothing:
``tanh(x) = 2 * sigmoid(2x) - 1``, so that one call serves all gates (the factor 2 inside is folded
into the weights, exactly), and the input and recurrent weights stand side by side in one matrix
wherever their inputs may share a scale.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from .products import LANES, Product, padded

__all__ = ["CELLS", "GruLayer", "Layer", "LstmLayer", "RnnLayer", "Slot", "spread"]

SIGMOID_BLOCK = 32768  # torch splits longer runs between its threads


def spread(values: Tensor, gates: int) -> Tensor:
    """Fill each gate up to a multiple of 64 rows with zeros, and the columns of a matrix too.

    Args:
        values: [gates * hidden] or [gates * hidden, inputs].
    """
    hidden = len(values) // gates
    if values.dim() == 1:
        wide = values.new_zeros(gates, padded(hidden))
        wide[:, :hidden] = values.view(gates, hidden)
        return wide.flatten()
    inputs = values.shape[1]
    wide = values.new_zeros(gates, padded(hidden), padded(inputs))
    wide[:, :hidden, :inputs] = values.view(gates, hidden, inputs)
    return wide.flatten(0, 1)


def sigmoid_(values: Tensor, threads: int) -> None:
    """The logistic function in place, with the same bits wherever in the tensor a value stands.

    Where torch splits a tensor between threads, the end of a share that fills no vector is computed
    by a scalar routine with other rounding; so shares must be whole vectors, or there must be one.
    """
    if values.numel() <= SIGMOID_BLOCK or (threads in (1, 2, 4) and values.shape[1] % LANES == 0):
        values.sigmoid_()
        return
    for block in values.split(max(1, SIGMOID_BLOCK // values.shape[1])):
        block.sigmoid_()


class Slot:
    """What one layer keeps for a number of rows: its state, and room to compute in."""

    def __init__(self, layer: Layer, rows: int) -> None:
        width, product = layer.width, layer.product
        self.hidden = torch.zeros(rows, width)
        self.cell = torch.zeros(rows, width) if layer.has_cell else None
        columns = 2 * width if layer.fused else width
        operand = torch.zeros(rows, columns, dtype=product.operand_dtype)
        self.recurrent = operand
        self.own = operand[:, columns - width :]  # the hidden state as the product reads it
        self.input = operand[:, :width]  # meaningful where the layer is fused
        if layer.input_product is not None:
            self.input = torch.zeros(rows, layer.input_width, dtype=product.operand_dtype)
        self.input_scale: Tensor | None = None
        self.inputs = torch.zeros(rows, layer.gates * width)  # the input's part of the gates
        self.values = torch.zeros(rows, layer.gates * width)
        self.accumulator = product.accumulator(rows, layer.gates * width)
        self.parts = self.values.split(width, 1)
        self.input_parts = self.inputs.split(width, 1)
        self.scratch = torch.zeros(rows, width)


class Layer(ABC):
    """One recurrent layer, prepared for steps.

    Args:
        product: The arithmetic.
        weight_ih: [gates * hidden, inputs]; None for the first layer, whose input part is looked up.
        weight_hh: [gates * hidden, hidden].
        bias: [gates * hidden].
        recurrent_bias: GRU's bias inside the reset, [hidden].
        bounded: Whether the input lies within (-1, 1).
    """

    gates: ClassVar[int]
    has_cell: ClassVar[bool] = False
    may_fuse: ClassVar[bool] = True
    doubled: ClassVar[int]  # the gate that goes through tanh

    def __init__(
        self,
        product: type[Product],
        weight_ih: Tensor | None,
        weight_hh: Tensor,
        bias: Tensor,
        recurrent_bias: Tensor | None = None,
        *,
        bounded: bool = True,
    ) -> None:
        self.product = product
        self.width = padded(weight_hh.shape[1])
        self.bias = self.prepare(bias)
        recurrent = self.prepare(weight_hh)
        self.input_product: Product | None = None
        self.input_width = 0
        self.fused = False
        self.bounded = bounded
        if weight_ih is not None:
            above = self.prepare(weight_ih)
            self.fused = self.may_fuse and (bounded or not product.splits_unbounded)
            if self.fused:
                recurrent = torch.cat([above, recurrent], 1)
            else:
                self.input_product = product(above, bounded=bounded)
                self.input_width = above.shape[1]
        self.recurrent_product = product(recurrent)
        self.first = weight_ih is None
        self.recurrent_bias = self._recurrent_bias(recurrent_bias)
        self.threads = torch.get_num_threads()

    @classmethod
    def prepare(cls, values: Tensor) -> Tensor:
        """Weights or biases filled up, with the factor 2 of the gate that goes through tanh."""
        wide = spread(values, cls.gates)
        wide.view(cls.gates, -1)[cls.doubled] *= 2
        return wide

    def _recurrent_bias(self, bias: Tensor | None) -> Tensor:
        return torch.zeros(self.gates * self.width)

    def step(self, slot: Slot) -> None:
        """Advance ``slot.hidden`` (and ``slot.cell``) by one step from what was fed to the slot."""
        if self.input_product is not None:
            self.input_product(slot.input, slot.accumulator, slot.inputs, self.bias, slot.input_scale)
        self.combine(slot)
        self.product.store(slot.own, slot.hidden, slot.scratch)

    def multiply(self, slot: Slot) -> None:
        """All gates before their non-linearity into ``slot.values``."""
        plus = self.bias if self.fused else slot.inputs
        self.recurrent_product(slot.recurrent, slot.accumulator, slot.values, plus)

    @abstractmethod
    def combine(self, slot: Slot) -> None:
        """The cell's equations."""


class LstmLayer(Layer):
    """c' = f * c + i * g, h' = o * tanh(c'); gates in the order i f g o."""

    gates = 4
    has_cell = True
    doubled = 2

    def combine(self, slot: Slot) -> None:
        self.multiply(slot)
        sigmoid_(slot.values, self.threads)
        i, f, g, o = slot.parts
        cell, t = slot.cell, slot.scratch
        assert cell is not None
        cell.mul_(f).addcmul_(i, g, value=2).sub_(i)
        torch.mul(cell, 2, out=t)
        sigmoid_(t, self.threads)
        torch.mul(t.mul_(2).sub_(1), o, out=slot.hidden)


class GruLayer(Layer):
    """n = tanh(W x + b + r * (U h + b_n)), h' = (1 - z) * n + z * h; gates in the order r z n."""

    gates = 3
    may_fuse = False  # r stands between the two products
    doubled = 2

    def _recurrent_bias(self, bias: Tensor | None) -> Tensor:
        whole = torch.zeros(self.gates, self.width)
        if bias is not None:
            whole[2, : len(bias)] = 2 * bias
        return whole.flatten()

    def combine(self, slot: Slot) -> None:
        self.recurrent_product(slot.recurrent, slot.accumulator, slot.values, self.recurrent_bias)
        width = self.width
        ahead = slot.inputs[:, : 2 * width].add_(slot.values[:, : 2 * width])
        sigmoid_(ahead, self.threads)
        r, z, n = slot.input_parts
        n.addcmul_(r, slot.parts[2])
        sigmoid_(n, self.threads)
        n.mul_(2).sub_(1)
        slot.hidden.sub_(n).mul_(z).add_(n)


class RnnLayer(Layer):
    """h' = tanh(W x + U h + b)."""

    gates = 1
    doubled = 0

    def combine(self, slot: Slot) -> None:
        self.multiply(slot)
        sigmoid_(slot.values, self.threads)
        torch.mul(slot.values, 2, out=slot.hidden)
        slot.hidden.sub_(1)


CELLS: dict[str, type[Layer]] = {"lstm": LstmLayer, "gru": GruLayer, "rnn": RnnLayer}
