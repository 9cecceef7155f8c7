"""Fast subword encoding: cut the text where no token can reach across, and look the parts up.

A token that spans the place between two characters holds these two side by side. So wherever two
neighbours stand side by side in no token of the vocabulary, no token can span the place; neither a
merge of BPE (every intermediate result is a token too) nor a path of the unigram lattice crosses
it, and the text may be cut there without changing how either side is segmented. In English that
leaves little more than words, most of them seen before: they are found in a hash table whose
key is the whole segment (up to 15 bytes, compared exactly), for a whole block of text at once.
What is not in the table goes to sentencepiece, and from then on it is.

One difference from sentencepiece's own answer on a long string remains for unigram, and it is
meant: the engine adds up log-probabilities from the start of the string in single precision, so far
into a text it can no longer tell two nearly equal segmentations apart. Here each segment starts at
zero, and the answer depends on the segment alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import CODE_POINTS, MARK

__all__ = ["SegmentEncoder", "spans_of", "take_spans"]

BLOCK = 1 << 18  # characters cut and looked up together
PAIR_BITS = 20  # of the table of neighbours, beyond which pairs share entries (fewer cuts, no wrong ones)
SLOT_BITS = 18  # of the hash table of segments
MOST_KNOWN = 1 << 17  # segments in the table: half of its slots
PROBES = 4
WIDTH = 15  # bytes of a segment that fit a slot: two words of eight bytes, less one for the length
FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)  # odd, with bits well mixed
KEEP = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)  # the lowest bytes of a word


class SegmentEncoder:
    """Encodes text by segments.

    Args:
        pieces: Every multi-character token's text.
        encode: The engine: the UTF-8 bytes of a segment to its ids.
        dtype: Of the ids.
    """

    def __init__(self, pieces: Iterable[str], encode: Callable[[bytes], list[int]], dtype: np.dtype[Any]) -> None:
        self.encode_segment = encode
        self.pieces = [piece for piece in pieces if len(piece) > 1]
        self._learn_neighbours()
        self.keys = np.zeros((1 << SLOT_BITS, 2), np.uint64)  # the bytes, and the length on top; 0: free
        self.spans = np.zeros(1 << SLOT_BITS, np.int64)  # offset in the pool << 32 | how many ids
        self.pool = np.zeros(1 << 16, dtype)  # the ids of all known segments, end to end
        self.pool_size = 0
        self.known = 0
        mark = MARK.encode("utf-8", "surrogatepass")
        low = np.array([int.from_bytes(mark, "little")], np.uint64)
        high = np.array([len(mark) << 56], np.uint64)
        self._remember(low, high, [np.zeros(1, dtype)])

    def _learn_neighbours(self) -> None:
        """Build the table that says which characters may stand side by side in a token."""
        letters = sorted({character for piece in self.pieces for character in piece})
        points = np.array([ord(letter) for letter in letters], np.int64)
        self.classes = np.zeros(CODE_POINTS, np.uint32)  # 0: in no token of several characters
        self.classes[points] = np.arange(1, len(letters) + 1)
        self.stride = np.uint32(len(letters) + 1)
        entries = 1
        while entries < min(int(self.stride) ** 2, 1 << PAIR_BITS):
            entries <<= 1
        self.pair_mask = np.uint32(entries - 1)
        self.shared = entries < int(self.stride) ** 2
        self.joined = np.zeros(entries, bool)
        if self.pieces:
            text = MARK.join(self.pieces).encode("utf-32-le", "surrogatepass")
            classes = self.classes[np.frombuffer(text, np.uint32)]
            left, right = classes[:-1], classes[1:]
            both = (left > 0) & (right > 0)  # a mark between two tokens has class 0
            self.joined[self._pair(left[both], right[both])] = True

    def _pair(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The entry of each pair of classes; multiplication may wrap, which only shares entries."""
        return (left * self.stride + right) & self.pair_mask

    def encode(self, text: str) -> Iterator[NDArray[Any]]:
        """The ids of a text, block by block; ``MARK`` in it becomes token 0.

        Raises:
            UnicodeDecodeError: if the text holds a lone surrogate other than ``MARK``.
        """
        begin = 0
        for start in range(0, len(text), BLOCK):
            end = min(start + BLOCK, len(text))
            cuts = self._cuts(text, start, end)
            if end == len(text):
                yield self._look_up(text[begin:], cuts - begin)
            elif cuts.size:  # what follows the last cut may go on in the next block
                last = int(cuts[-1])
                yield self._look_up(text[begin:last], cuts[:-1] - begin)
                begin = last

    def _cuts(self, text: str, start: int, end: int) -> NDArray[np.intp]:
        """The places from ``start`` up to ``end`` (and not 0) before which the text may be cut."""
        before = max(start - 1, 0)
        points = np.frombuffer(text[before:end].encode("utf-32-le", "surrogatepass"), np.uint32)
        classes = np.take(self.classes, points, mode="clip")
        joined = np.take(self.joined, self._pair(classes[:-1], classes[1:]), mode="clip")
        if self.shared:  # the mark, and what no token of several characters holds, stay alone all the same
            alone = classes == 0
            joined &= ~(alone[:-1] | alone[1:])
        return np.flatnonzero(~joined) + (before + 1)

    def _look_up(self, block: str, cuts: NDArray[np.intp]) -> NDArray[Any]:
        """The ids of a block that is cut at ``cuts``."""
        content = block.encode("utf-8", "surrogatepass")
        edges = np.concatenate(([0], cuts, [len(block)]))
        if len(content) != len(block):
            starts_of_characters = np.flatnonzero((np.frombuffer(content, np.uint8) & 0xC0) != 0x80)
            edges = np.append(starts_of_characters, len(content))[edges]
        starts, sizes = edges[:-1], np.diff(edges)
        low, high = self._keys(content, starts, sizes)
        slots = self._find(low, high)
        slots[sizes > WIDTH] = -1
        missing = np.flatnonzero(slots < 0)
        spans = self.spans[slots]
        if not missing.size:
            return take_spans(self.pool, spans)
        # each new segment once
        numbers: dict[bytes, int] = {}
        numbered = [
            numbers.setdefault(content[start : start + size], len(numbers))
            for start, size in zip(starts[missing].tolist(), sizes[missing].tolist(), strict=True)
        ]
        b"".join(numbers).decode()  # a surrogate is a segment of its own, and not UTF-8
        new = [np.array(ids, self.pool.dtype) for ids in map(self.encode_segment, numbers)]
        new_spans = spans_of(new, self.pool_size)
        spans[missing] = new_spans[numbered]
        pool = np.concatenate([self.pool[: self.pool_size], *new])
        first = missing[np.unique(numbered, return_index=True)[1]]
        short = np.flatnonzero(sizes[first] <= WIDTH)
        self._remember(low[first[short]], high[first[short]], [new[number] for number in short])
        return take_spans(pool, spans)

    def _keys(
        self, content: bytes, starts: NDArray[np.intp], sizes: NDArray[np.intp]
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The two words of each segment; those of a segment longer than ``WIDTH`` mean nothing."""
        words = np.ndarray(len(content) + 1, "<u8", content + bytes(2 * 8), strides=(1,))  # at every byte
        low = words[starts] & KEEP[np.minimum(sizes, 8)]
        high = sizes.astype(np.uint64) << np.uint64(56)
        longer = np.flatnonzero(sizes > 8)
        high[longer] |= words[starts[longer] + 8] & KEEP[np.minimum(sizes[longer] - 8, 7)]
        return low, high

    def _find(self, low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The slot of each segment, or -1."""
        slots = hashes(low, high)
        left = np.flatnonzero(~self._holds(slots, low, high))
        for _ in range(PROBES - 1):
            if not left.size:
                break
            slots[left] = (slots[left] + 1) & ((1 << SLOT_BITS) - 1)
            left = left[~self._holds(slots[left], low[left], high[left])]
        slots[left] = -1
        return slots

    def _holds(self, slots: NDArray[np.int64], low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether each slot holds just that segment."""
        keys = np.take(self.keys, slots, axis=0, mode="clip")
        return (keys[:, 0] == low) & (keys[:, 1] == high)

    def _remember(self, low: NDArray[np.uint64], high: NDArray[np.uint64], ids: list[NDArray[Any]]) -> None:
        """Put segments that are not in the table into it, while there is room."""
        placed = []
        for number, home in enumerate(hashes(low, high).tolist()):
            if self.known == MOST_KNOWN:
                break
            slot = next((slot for slot in probes(home) if self.keys[slot, 1] == 0), None)
            if slot is not None:
                self.keys[slot] = low[number], high[number]
                self.known += 1
                placed.append((number, slot))
        if not placed:
            return
        kept = [ids[number] for number, _ in placed]
        self.spans[[slot for _, slot in placed]] = spans_of(kept, self.pool_size)
        size = self.pool_size + sum(map(len, kept))
        if size > len(self.pool):
            self.pool = np.concatenate([self.pool, np.zeros(max(size, len(self.pool)), self.pool.dtype)])
        self.pool[self.pool_size : size] = np.concatenate(kept)
        self.pool_size = size


def probes(home: int) -> list[int]:
    """The slots in which a segment may stand, in the order in which they are looked at."""
    return [(home + step) & ((1 << SLOT_BITS) - 1) for step in range(PROBES)]


def hashes(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where the search for each segment begins: the top bits of a product (multiplicative hashing)."""
    mixed = (low * FIRST) ^ (high * SECOND)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * FIRST
    return (mixed >> np.uint64(64 - SLOT_BITS)).astype(np.int64)


def spans_of(rows: Sequence[Sized], offset: int) -> NDArray[np.int64]:
    """Where each row stands when they are put end to end from ``offset`` on: place << 32 | length."""
    counts = np.fromiter(map(len, rows), np.int64, len(rows))
    return (offset + np.cumsum(counts) - counts) << 32 | counts


def take_spans(pool: NDArray[Any], spans: NDArray[np.int64]) -> NDArray[Any]:
    """What stands in all spans of the pool, in their order."""
    offsets, counts = spans >> 32, spans & 0xFFFFFFFF
    ends = np.cumsum(counts)
    places = np.repeat(offsets - ends + counts, counts)
    places += np.arange(ends[-1])
    return np.take(pool, places, mode="clip")
