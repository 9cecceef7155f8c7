"""Suffix arrays by prefix doubling, with whole-array operations only.

U. Manber and G. Myers, "Suffix arrays: a new method for on-line string searches", SIAM J. Comput. 22
(1993), with the improvement of N. J. Larsson and K. Sadakane, "Faster suffix sorting", Theoretical
Computer Science 387 (2007): only suffixes that are not yet told apart are sorted again. The first
sort is by as many symbols as fit in 63 bits, so that in a natural text few are left for the second.
"""

from __future__ import annotations

import numpy as np

from ..stopping import go_on

__all__ = ["pack", "suffix_array"]


def pack(codes: np.ndarray, places: np.ndarray, bits: int, count: int) -> np.ndarray:
    """``count`` symbols from each place on as one number, the first symbol highest: [places] uint64.

    Past the end of ``codes`` its last symbol is repeated.
    """
    last = len(codes) - 1
    packed = codes[np.minimum(places, last)].astype(np.uint64)
    for offset in range(1, count):
        packed <<= np.uint64(bits)
        packed |= codes[np.minimum(places + offset, last)].astype(np.uint64)
    return packed


def suffix_array(codes: np.ndarray, bits: int) -> np.ndarray:
    """Where the suffixes of ``codes`` begin, in their order: [symbols] uint32.

    Takes about 30 bytes of memory a symbol.

    Args:
        codes: Symbols [symbols], unsigned, fewer than 2**32 of them. One more than the highest must
            still fit their type and ``bits``.
        bits: Size of a symbol, at most 63.
    """
    size = len(codes)
    if not size:
        return np.zeros(0, np.uint32)
    depth = 63 // bits
    # sliding, not by `pack`: the same with two arrays at a time; 0 is past the end, below every symbol
    keys = np.zeros(size, np.uint64)
    for offset in range(min(depth, size)):
        keys <<= np.uint64(bits)
        keys[: size - offset] |= codes[offset:] + codes.dtype.type(1)
    for _ in range(size, depth):
        keys <<= np.uint64(bits)
    go_on()
    order = np.argsort(keys).astype(np.uint32)
    keys = keys[order]
    new_group = np.ones(size, bool)
    new_group[1:] = keys[1:] != keys[:-1]
    del keys
    ranks = np.empty(size + 1, np.uint32)  # 1 + place of the first of its group; 0 past the end
    ranks[size] = 0
    slots = np.arange(size, dtype=np.uint32)
    ranks[order] = np.maximum.accumulate(np.where(new_group, slots, 0)) + np.uint32(1)
    slots = slots[_shared(new_group)]
    while len(slots):
        go_on()
        suffixes = order[slots]
        following = np.minimum(suffixes.astype(np.int64) + depth, size)
        keys = (ranks[suffixes].astype(np.uint64) << np.uint64(32)) | ranks[following]
        sorting = np.argsort(keys)
        suffixes, keys = suffixes[sorting], keys[sorting]
        order[slots] = suffixes
        new_group = np.ones(len(slots), bool)
        new_group[1:] = keys[1:] != keys[:-1]
        # a group's members lie side by side, so the slot of its first is carried to the others
        ranks[suffixes] = np.maximum.accumulate(np.where(new_group, slots, 0)) + np.uint32(1)
        slots = slots[_shared(new_group)]
        depth *= 2
    return order


def _shared(new_group: np.ndarray) -> np.ndarray:
    """Which places are in a group of two or more, from where groups begin."""
    ends = np.append(new_group[1:], True)
    return ~(new_group & ends)
