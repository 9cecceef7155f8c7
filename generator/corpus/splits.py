"""Which part of a corpus is learned from and which is kept back.

A piece falls to a part by a digest of its text, so that adding a file moves no piece, and two equal
pieces are always in the same part. Of few pieces, chance may leave too few characters to validate on: then
the digests from which a part begins are chosen by what there is. A long text is cut by position: the first
part is learned from, the rest kept back.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DIGEST_BYTES",
    "LEAST_DEALT",
    "LONG_FILE",
    "SMALL",
    "SPLITS",
    "Deal",
    "digest_of",
    "even_edges",
    "shares_of",
]

SPLITS = ("train", "validation", "test")
DIGEST_BYTES = 8
SMALL = 200_000  # characters: in a corpus below this, chance decides too much
LEAST_DEALT = 8  # pieces: of fewer no part can be made that tells anything
LEAST_JUDGED = 2_000  # characters to validate on, where that is not more than a tenth
MOST_JUDGED = 0.3  # of all characters: more is never taken from what is learned from
LONG_FILE = 200_000  # characters: among whole files, one as long as this is itself split by position


def shares_of(split: str) -> tuple[int, int]:
    """Percent that train takes, and that train and validation take together."""
    return (90, 100) if split == "90/10" else (90, 95)


def digest_of(text: str) -> bytes:
    """BLAKE2b of the UTF-8 bytes of a piece, 8 bytes; tags do not enter it."""
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()


def even_edges(split: str, lengths: NDArray[np.int64], digests: NDArray[np.uint64]) -> tuple[int, int] | None:
    """The digests from which validation and test begin, where those of ``Deal`` would leave too little to one.

    Args:
        split: "90/5/5" or "90/10".
        lengths: Characters of each piece [pieces].
        digests: Of each piece [pieces].
    Returns:
        Two edges such that validation has its share of the characters (and ``LEAST_JUDGED`` where that is not more
        than a tenth) and test at most its own; None where that is so already, or cannot be.
    """
    first, second = shares_of(split)
    total = int(lengths.sum())
    enough = max(total * (second - first) // 100, min(LEAST_JUDGED, total // 10))
    usual = Deal(split)(lengths, digests, np.zeros(len(lengths), bool))
    train, validation, test = np.bincount(usual[1], weights=usual[0], minlength=3)
    if train and validation >= max(enough, test):
        return None
    different, owners = np.unique(digests, return_inverse=True)
    down = np.cumsum(np.bincount(owners, weights=lengths).astype(np.int64)[::-1])  # of the highest so many digests
    tested = int(np.searchsorted(down, total * (100 - second) // 100, side="right"))
    before = int(down[tested - 1]) if tested else 0
    kept = int(np.searchsorted(down, before + enough)) + 1
    if kept >= len(different) or int(down[kept - 1]) - before > MOST_JUDGED * total:
        return None
    return int(different[-kept]), int(different[-tested]) if tested else 1 << 64


@dataclass(frozen=True)
class Deal:
    """How pieces are dealt to the parts.

    Attributes:
        split: "90/5/5" or "90/10".
        by_position: The length from which a whole file is cut by position rather than dealt as
            one piece; 0 cuts every one.
        edges: The digests from which validation and test begin; None for those that the shares give.
    """

    split: str
    by_position: int = LONG_FILE
    edges: tuple[int, int] | None = None

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
        validation, test = self.edges or ((first << 64) // 100, (second << 64) // 100)
        part = np.full(count, 2, np.uint8)
        if test == 1 << 64:
            part[:] = 1
        else:
            part[digests < np.uint64(test)] = 1
        part[digests < np.uint64(validation)] = 0
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
