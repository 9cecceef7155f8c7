"""Fast subword encoding: cut the text where no token can reach across, and look the parts up.

A token that spans the place between two characters holds these two side by side. So wherever two
neighbours stand side by side in no token of the vocabulary, no token can span the place; neither a
merge of BPE (every intermediate result is a token too) nor a path of the unigram lattice crosses
it, and the text may be cut there without changing how either side is segmented. In English that
leaves little more than words, most of them seen before: they are found in a hash table whose
key is the whole segment (up to 15 bytes, compared exactly), for a whole block of text at once;
longer ones stand in a dictionary. What is in neither goes to sentencepiece, and from then on it is.

One difference from sentencepiece's own answer on a long string remains for unigram, and it is
meant: the engine adds up log-probabilities from the start of the string in single precision, so far
into a text it can no longer tell two nearly equal segmentations apart. Here each segment starts at
zero, and the answer depends on the segment alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import CODE_POINTS

__all__ = ["SegmentEncoder", "spans_of", "take_spans"]

BLOCK = 1 << 18  # characters cut and looked up together
PAIR_BITS = 20  # of the table of neighbours, beyond which pairs share entries (fewer cuts, no wrong ones)
SLOT_BITS = 18  # of the hash table of segments
MOST_KNOWN = 1 << 17  # segments in the table: half of its slots
MOST_OTHERS = 1 << 16  # segments in the dictionary, which holds what the table cannot
LONGEST_OTHER = 64  # bytes of a segment in the dictionary: longer ones seldom come again
PROBES = 4
WIDTH = 15  # bytes of a segment that fit a slot: two words of eight bytes, less one for the length
FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)  # odd, with bits well mixed
KEEP = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)  # the lowest bytes of a word


class SegmentEncoder:
    """Encodes text by segments.

    Args:
        pieces: Every multi-character token's text.
        encode: The engine: the UTF-8 bytes of each segment to its ids.
        dtype: Of the ids.
    """

    def __init__(
        self, pieces: Iterable[str], encode: Callable[[list[bytes]], list[list[int]]], dtype: np.dtype[Any]
    ) -> None:
        self.encode_segments = encode
        self.pieces = [piece for piece in pieces if len(piece) > 1]
        self._learn_neighbours()
        self.keys = np.zeros((1 << SLOT_BITS, 2), np.uint64)  # the bytes, and the length on top; 0: free
        self.spans = np.zeros((1 << SLOT_BITS) + 1, np.int64)  # offset in the pool << 32 | how many ids
        self.spans[-1] = 1  # the mark's: the first id of the pool, which is 0
        self.pool = np.zeros(1 << 16, dtype)  # the ids of all known segments, end to end
        self.pool_size = 1
        self.known = 0
        self.lock = Lock()  # a slot is taken before its span is known, and other threads must not see that
        self.others: dict[bytes, int] = {}  # the spans of known segments that the table cannot hold

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
            # a lone surrogate stands in no token, so between two of them it has class 0
            text = "\ud800".join(self.pieces).encode("utf-32-le", "surrogatepass")
            classes = self.classes[np.frombuffer(text, np.uint32)]
            left, right = classes[:-1], classes[1:]
            both = (left > 0) & (right > 0)
            self.joined[self._pair(left[both], right[both])] = True

    def _pair(self, left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The entry of each pair of classes; multiplication may wrap, which only shares entries."""
        return (left * self.stride + right) & self.pair_mask

    def stands_alone(self, character: str) -> bool:
        """Whether a character is in no token with others, so that it is always a segment."""
        return int(self.classes[ord(character)]) == 0

    def encode(self, text: str, mark: str) -> Iterator[NDArray[Any]]:
        """The ids of a text, block by block.

        Args:
            text: The text.
            mark: A character that stands alone; it becomes token 0.
        Raises:
            UnicodeDecodeError: if the text holds a lone surrogate other than the mark.
        """
        content = mark.encode("utf-8", "surrogatepass")
        words = np.uint64(int.from_bytes(content, "little")), np.uint64(len(content) << 56)
        begin = 0
        for start in range(0, len(text), BLOCK):
            end = min(start + BLOCK, len(text))
            cuts = self._cuts(text, start, end)
            if end == len(text):
                yield self._look_up(text[begin:], cuts - begin, words)
            elif cuts.size:  # what follows the last cut may go on in the next block
                last = int(cuts[-1])
                yield self._look_up(text[begin:last], cuts[:-1] - begin, words)
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

    def _look_up(self, block: str, cuts: NDArray[np.intp], mark: tuple[np.uint64, np.uint64]) -> NDArray[Any]:
        """The ids of a block that is cut at ``cuts``; ``mark`` is the two words of the mark."""
        content = block.encode("utf-8", "surrogatepass")
        edges = np.concatenate(([0], cuts, [len(block)]))
        if len(content) != len(block):
            starts_of_characters = np.flatnonzero((np.frombuffer(content, np.uint8) & 0xC0) != 0x80)
            edges = np.append(starts_of_characters, len(content))[edges]
        starts, sizes = edges[:-1], np.diff(edges)
        low, high = self._keys(content, starts, sizes)
        with self.lock:
            slots = self._find(low, high)
            slots[sizes > WIDTH] = -1
            slots[(low == mark[0]) & (high == mark[1])] = len(self.keys)
            missing = np.flatnonzero(slots < 0)
            spans = self.spans[slots]
            if missing.size:
                spans[missing] = self._meet(content, starts[missing], sizes[missing], low[missing], high[missing])
            return take_spans(self.pool, spans)

    def _meet(
        self,
        content: bytes,
        starts: NDArray[np.intp],
        sizes: NDArray[np.intp],
        low: NDArray[np.uint64],
        high: NDArray[np.uint64],
    ) -> NDArray[np.int64]:
        """The spans of segments that are not in the table, good until the next call."""
        slots = np.full(len(starts), -1)
        short = np.flatnonzero(sizes <= WIDTH)
        slots[short], placed = self._place(low[short], high[short])
        fresh, others = short[placed], np.flatnonzero(slots < 0)
        ends = starts + sizes
        fresh_segments, other_segments = (
            [content[start:end] for start, end in zip(starts[at].tolist(), ends[at].tolist(), strict=True)]
            for at in (fresh, others)
        )
        try:
            spans_of_others = self._learn(fresh_segments, slots[fresh], other_segments)
        except BaseException:  # an interrupt too must not leave slots without spans
            self._free(slots[fresh])
            raise
        spans = self.spans[slots]
        spans[others] = spans_of_others
        return spans

    def _learn(self, fresh: list[bytes], slots: NDArray[np.int64], others: list[bytes]) -> list[int]:
        """Encode what is new in a block, and know it from now on as far as there is room.

        Args:
            fresh: New segments that were given a slot.
            slots: Their slots [fresh].
            others: Segments that the table does not hold; any of them may be known, or come several times.
        Returns:
            The span of each of ``others``, good until the next call.
        """
        new = [segment for segment in dict.fromkeys(others) if segment not in self.others]
        new.sort(key=len)  # so that those too long to keep stand last
        kept = min(sum(len(segment) <= LONGEST_OTHER for segment in new), MOST_OTHERS - len(self.others))
        together = fresh + new
        found: dict[bytes, int] = {}
        if together:
            b"".join(together).decode()  # a surrogate is a segment of its own, and not UTF-8
            rows = self.encode_segments(together)
            counts = np.fromiter(map(len, rows), np.int64, len(rows))
            ids = np.fromiter(chain.from_iterable(rows), self.pool.dtype, int(counts.sum()))
            spans = self._keep(ids, counts, len(fresh) + kept)
            self.spans[slots] = spans[: len(fresh)]
            found = dict(zip(new, spans[len(fresh) :].tolist(), strict=True))
            self.others.update(islice(found.items(), kept))
        return [found[segment] if segment in found else self.others[segment] for segment in others]

    def _keys(
        self, content: bytes, starts: NDArray[np.intp], sizes: NDArray[np.intp]
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The two words of each segment; those of a segment longer than ``WIDTH`` mean nothing."""
        words = np.ndarray(len(content) + 1, "<u8", content + bytes(2 * 8), strides=(1,))  # at every byte
        low = np.take(words, starts, mode="clip") & KEEP[np.minimum(sizes, 8)]
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

    def _place(self, low: NDArray[np.uint64], high: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Give segments that are not in the table a slot, equal ones the same.

        Returns:
            The slot of each segment, -1 where there is no room; and which of them to fill the slots from.
        """
        slots = hashes(low, high)
        left, fresh = np.arange(len(slots)), []
        for _ in range(PROBES):
            free = left[self.keys[slots[left], 1] == 0]
            # of all that come to the same slot the first one gets it
            placed = free[np.unique(slots[free], return_index=True)[1]][: MOST_KNOWN - self.known]
            self.keys[slots[placed], 0], self.keys[slots[placed], 1] = low[placed], high[placed]
            self.known += len(placed)
            fresh.append(placed)
            left = left[~self._holds(slots[left], low[left], high[left])]
            slots[left] = (slots[left] + 1) & ((1 << SLOT_BITS) - 1)
        slots[left] = -1
        return slots, np.concatenate(fresh)

    def _free(self, slots: NDArray[np.int64]) -> None:
        """Take slots back that could not be filled."""
        self.keys[slots] = 0
        self.known -= len(slots)

    def _keep(self, ids: NDArray[Any], counts: NDArray[np.int64], kept: int) -> NDArray[np.int64]:
        """Put ids into the pool, the first ``kept`` segments for good, and return the spans of all.

        Args:
            ids: Of all the segments, end to end.
            counts: Ids of each segment.
            kept: How many segments stay; the next call writes over the rest.
        """
        spans = spans_of(counts, self.pool_size)
        end = self.pool_size + len(ids)
        if end > len(self.pool):
            self.pool = np.concatenate([self.pool, np.zeros(max(end, len(self.pool)), self.pool.dtype)])
        self.pool[self.pool_size : end] = ids
        self.pool_size += int(counts[:kept].sum())
        return spans


def hashes(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where the search for each segment begins: the top bits of a product (multiplicative hashing)."""
    mixed = (low * FIRST) ^ (high * SECOND)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * FIRST
    return (mixed >> np.uint64(64 - SLOT_BITS)).astype(np.int64)


def spans_of(counts: NDArray[np.int64], offset: int) -> NDArray[np.int64]:
    """Where rows of so many stand when they are put end to end from ``offset`` on: place << 32 | length."""
    return (offset + np.cumsum(counts) - counts) << 32 | counts


def take_spans(pool: NDArray[Any], spans: NDArray[np.int64]) -> NDArray[Any]:
    """What stands in all spans of the pool, in their order."""
    offsets, counts = spans >> 32, spans & 0xFFFFFFFF
    ends = np.cumsum(counts)
    places = np.repeat(offsets - ends + counts, counts)
    places += np.arange(ends[-1])
    return np.take(pool, places, mode="clip")
