"""Products with weights that are read again at every step, in int8, bfloat16 or float32.

Every product here gives a row the same bits whatever rows stand beside it, so that row i of a batch
is the text of that row alone:

* ``int8``: sums of integers are exact in any order. Weights are symmetric with one scale an output;
  activations within (-1, 1), which the hidden state of every cell is, have the fixed scale 1/127, and
  others one scale a row. (The usual dynamic quantisation has one scale for the whole batch.)
* ``float32``: a matrix product sums in an order that hangs on how many rows there are, so rows are
  taken in tiles of eight, the last one filled up.
* ``bfloat16``: the kernels of oneDNN sum alike for any number of rows (``rows_agree`` in
  ``precision.py`` checks that on the processor at hand).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

__all__ = ["PRECISIONS", "BFloat16Product", "Float32Product", "Int8Product", "Product", "padded"]

LEVELS = 127.0  # symmetric int8: -127 to 127
LANES = 64  # widths are filled up to multiples of this: no vector loop leaves a rest at the end of a row
TILE = 8


def padded(size: int, to: int = LANES) -> int:
    """The next multiple of ``to``; ``padded(65) == 128``."""
    return -(-size // to) * to


class Product(ABC):
    """``out = x @ weight.T + plus``, prepared once.

    Args:
        weight: Float32 [outputs, inputs].
        bounded: Whether every input lies within (-1, 1); only int8 needs to know.
    """

    weight: Tensor  # as the product reads it
    operand_dtype: ClassVar[torch.dtype]
    accumulator_dtype: ClassVar[torch.dtype | None] = None
    tile: ClassVar[int] = 1  # the number of rows must be a multiple of this
    splits_unbounded: ClassVar[bool] = False  # whether bounded and unbounded inputs need products of their own

    @abstractmethod
    def __init__(self, weight: Tensor, *, bounded: bool = True) -> None: ...

    @classmethod
    def store(cls, operand: Tensor, x: Tensor, scratch: Tensor) -> None:
        """Write bounded ``x`` [rows, inputs] into ``operand``, of ``operand_dtype``."""
        operand.copy_(x)

    @classmethod
    def store_scaled(cls, operand: Tensor, x: Tensor) -> Tensor | None:
        """Write any ``x`` into ``operand``; the scale of each row [rows, 1], where it needs one."""
        operand.copy_(x)
        return None

    @abstractmethod
    def __call__(
        self, operand: Tensor, accumulator: Tensor | None, out: Tensor, plus: Tensor, scale: Tensor | None = None
    ) -> None:
        """Write the product into ``out``.

        Args:
            operand: What ``store`` wrote [rows, inputs].
            accumulator: Scratch [rows, outputs] of ``accumulator_dtype``.
            out: Float32 [rows, outputs].
            plus: Added to the product, [outputs] or [rows, outputs].
            scale: What ``store_scaled`` returned.
        """

    @classmethod
    def accumulator(cls, rows: int, outputs: int) -> Tensor | None:
        """Scratch for ``__call__``."""
        return None if cls.accumulator_dtype is None else torch.empty(rows, outputs, dtype=cls.accumulator_dtype)


class Int8Product(Product):
    operand_dtype = torch.int8
    accumulator_dtype = torch.int32
    splits_unbounded = True

    def __init__(self, weight: Tensor, *, bounded: bool = True) -> None:
        largest = weight.abs().amax(1)
        step = torch.where(largest > 0, largest / LEVELS, 1.0)
        # the transposed view is the layout that the kernel streams through without copying
        self.weight = torch.round(weight / step[:, None]).to(torch.int8).contiguous().t()
        self.scale = step / LEVELS if bounded else step

    @classmethod
    def store(cls, operand: Tensor, x: Tensor, scratch: Tensor) -> None:
        torch.mul(x, LEVELS, out=scratch)
        operand.copy_(scratch.round_())

    @classmethod
    def store_scaled(cls, operand: Tensor, x: Tensor) -> Tensor:
        largest = x.abs().amax(1, keepdim=True).clamp_(min=1e-20)
        operand.copy_((x * (LEVELS / largest)).round_())
        return largest.div_(LEVELS)

    def __call__(
        self, operand: Tensor, accumulator: Tensor | None, out: Tensor, plus: Tensor, scale: Tensor | None = None
    ) -> None:
        torch._int_mm(operand, self.weight, out=accumulator)
        out.copy_(accumulator)  # type: ignore[arg-type]
        if scale is not None:
            out.mul_(scale)
        torch.addcmul(plus, out, self.scale, out=out)


class BFloat16Product(Product):
    operand_dtype = torch.bfloat16
    accumulator_dtype = torch.bfloat16

    def __init__(self, weight: Tensor, *, bounded: bool = True) -> None:
        self.weight = weight.to(torch.bfloat16).contiguous().t()

    def __call__(
        self, operand: Tensor, accumulator: Tensor | None, out: Tensor, plus: Tensor, scale: Tensor | None = None
    ) -> None:
        torch.mm(operand, self.weight, out=accumulator)
        torch.add(plus, accumulator, out=out)  # type: ignore[arg-type]


class Float32Product(Product):
    operand_dtype = torch.float32
    tile = TILE

    def __init__(self, weight: Tensor, *, bounded: bool = True) -> None:
        self.weight = weight.contiguous().t()

    def __call__(
        self, operand: Tensor, accumulator: Tensor | None, out: Tensor, plus: Tensor, scale: Tensor | None = None
    ) -> None:
        for start in range(0, len(operand), TILE):
            torch.mm(operand[start : start + TILE], self.weight, out=out[start : start + TILE])
        torch.add(out, plus, out=out)


PRECISIONS: dict[str, type[Product]] = {
    "int8": Int8Product,
    "bfloat16": BFloat16Product,
    "float32": Float32Product,
}
