"""Which part of a corpus is learned from and which is kept back.

A piece falls to a part by a digest of its text, so that adding a file moves no piece, and two equal
pieces are always in the same part. A long text is cut by position: the first part is learned from,
the rest kept back.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIGEST_BYTES", "LONG_FILE", "SPLITS", "Deal", "digest_of", "shares_of"]

SPLITS = ("train", "validation", "test")
DIGEST_BYTES = 8
LONG_FILE = 200_000  # characters: among whole files, one as long as this is itself split by position


def shares_of(split: str) -> tuple[int, int]:
    """Percent that train takes, and that train and validation take together."""
    return (90, 100) if split == "90/10" else (90, 95)


def digest_of(text: str) -> bytes:
    """BLAKE2b of the UTF-8 bytes of a piece, 8 bytes; tags do not enter it."""
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


@dataclass(frozen=True)
class Deal:
    """How pieces are dealt to the parts.

    Attributes:
        split: "90/5/5" or "90/10".
        by_position: The length from which a whole file is cut by position rather than dealt as
            one piece; 0 cuts every one.
    """

    split: str
    by_position: int = LONG_FILE

    def __call__(
        self, lengths: NDArray[np.int64], digests: NDArray[np.uint64], whole: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
        """Deal pieces out as segments, in the order of the text.

        Args:
            lengths: Characters of each piece [pieces].
            digests: ``digest_of`` each piece as a little-endian integer [pieces].
            whole: Whether each piece is a whole file [pieces].
        Returns:
            For each segment its length, its part (an index into ``SPLITS``) and its piece.
        """
        first, second = shares_of(self.split)
        count = len(lengths)
        # the share of all digests that lie below one is its place between 0 and 100 percent
        part = np.full(count, 2, np.uint8)
        if second == 100:
            part[:] = 1
        else:
            part[digests < np.uint64((second << 64) // 100)] = 1
        part[digests < np.uint64((first << 64) // 100)] = 0
        cut = np.flatnonzero(whole & (lengths >= self.by_position))
        if not cut.size and lengths.all():
            return lengths.copy(), part, np.arange(count)
        shares = np.zeros((count, 3), np.int64)
        shares[np.arange(count), part] = lengths
        ends = np.stack([lengths[cut] * first // 100, lengths[cut] * second // 100, lengths[cut]], axis=1)
        shares[cut] = np.diff(ends, axis=1, prepend=0)
        segments = shares.ravel()
        held = segments > 0
        parts = np.tile(np.arange(3, dtype=np.uint8), count)
        owners = np.repeat(np.arange(count), 3)
        return segments[held], parts[held], owners[held]
