"""Which lines of verse a model has read: a Bloom filter, small enough to travel with the weights.

B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970. A line that was read
is always known; of lines that were not, about one in a hundred is taken for known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

__all__ = ["KnownLines"]

BITS_PER_LINE = 9.6  # one in a hundred wrong: -ln(0.01) / ln(2)**2
HASHES = 7


class KnownLines:
    """A set of lines that may hold a few too many.

    Args:
        bits: The filter, eight places a byte [bytes], uint8.
    """

    def __init__(self, bits: Tensor) -> None:
        self.bits = bits.numpy()
        self.places = len(self.bits) * 8

    @classmethod
    def of(cls, lines: Iterable[str]) -> KnownLines:
        """The filter of some lines."""
        wanted = set(lines)
        size = max(math.ceil(len(wanted) * BITS_PER_LINE / 8), 1)
        known = cls(torch.zeros(size, dtype=torch.uint8))
        for line in wanted:
            for place in known._places(line):
                known.bits[place >> 3] |= 1 << (place & 7)
        return known

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> KnownLines:
        """What ``tensors`` gave."""
        return cls(tensors["lines.bits"])

    def tensors(self) -> dict[str, Tensor]:
        """The filter, for a checkpoint."""
        return {"lines.bits": torch.from_numpy(np.asarray(self.bits))}

    def __contains__(self, line: str) -> bool:
        return all(self.bits[place >> 3] >> (place & 7) & 1 for place in self._places(line))

    def _places(self, line: str) -> list[int]:
        digest = blake2b(line.encode(), digest_size=16).digest()
        one, other = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") | 1
        return [(one + number * other) % self.places for number in range(HASHES)]  # Kirsch & Mitzenmacher 2006
