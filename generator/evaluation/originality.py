"""What of a sample is copied from the training text, and from where.

An index of the text is built once and kept as memory-mapped arrays; a sample of a thousand
characters is then compared with all of the text in some milliseconds::

    index = open_index(prepared)                # or OriginalityIndex.build(texts)
    copy = index.longest_copy(sample)
    print(copy.length, copy.text, copy.piece, copy.start_in_source)

The index is a suffix array, searched for all places of the sample at once, a block of characters at a
time. A run never goes over the end of a piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CorpusError
from ..files import atomic_folder, read_json, write_json
from .suffixes import pack, suffix_array

if TYPE_CHECKING:
    from ..corpus import PreparedCorpus

__all__ = ["Copy", "OriginalityIndex", "open_index"]

FORMAT_VERSION = 1
MOST_CHARACTERS = 200_000_000  # 6 GB while the index is built
READ_AT_ONCE = 1 << 20  # characters
SURROUNDINGS = 40  # characters shown on either side of a copy
EXACT_BITS = 52  # of a block; a float of double precision still has its exact size
ARRAYS = ("codes", "suffixes", "starts", "alphabet")


@dataclass(frozen=True)
class Copy:
    """A run of characters that stands in the sample and in the training text.

    Attributes:
        length: Characters; 0 if the two share none.
        start_in_sample: Where it begins in the sample, in characters.
        start_in_source: Where it first stands in the training text, in characters, pieces end to end.
        text: The characters.
        piece: Which piece of the training text that is, from 0.
        start_in_piece: Where it begins in that piece.
        occurrences: How often the training text has it.
        before, after: What stands around it in the piece, at most 40 characters each.
    """

    length: int
    start_in_sample: int = 0
    start_in_source: int = 0
    text: str = ""
    piece: int = 0
    start_in_piece: int = 0
    occurrences: int = 0
    before: str = ""
    after: str = ""


class OriginalityIndex:
    """All suffixes of a text in their order.

    On disk and in use 5 bytes a character (6 where there are more than 254 different ones), memory
    mapped once it is saved; about 30 while it is built.

    Attributes:
        digest: What the text was, as its maker said; empty if it did not.
    """

    def __init__(
        self, codes: np.ndarray, suffixes: np.ndarray, starts: np.ndarray, alphabet: np.ndarray, digest: str = ""
    ) -> None:
        # codes: 0 after every piece, else 1 + place in the alphabet (code points, sorted)
        self._codes, self._suffixes, self._starts, self._alphabet = codes, suffixes, starts, alphabet
        self.digest = digest
        self._stranger = len(alphabet) + 1  # a character that the text does not have
        self._bits = self._stranger.bit_length()
        self._block = EXACT_BITS // self._bits

    @property
    def characters(self) -> int:
        """Characters of the text."""
        return len(self._codes) - len(self._starts)

    @classmethod
    def build(cls, texts: Iterable[str], *, digest: str = "") -> OriginalityIndex:
        """Index pieces of text.

        Raises:
            CorpusError: if they hold more than 200 million characters.
        """
        parts: list[np.ndarray] = []
        starts: list[int] = []
        seen = np.zeros(0x110000, bool)
        size = 0
        for text in texts:
            starts.append(size)
            for first in range(0, len(text), READ_AT_ONCE):
                points = _code_points(text[first : first + READ_AT_ONCE])
                seen[points] = True
                # two bytes hold nearly every text; a stray wider character widens its own part only
                parts.append(points.astype(np.uint16) if points.max() < 1 << 16 else points)
            parts.append(np.zeros(0, np.uint16))  # stands for the mark after the piece
            size += len(text) + 1
            if size > MOST_CHARACTERS:
                raise CorpusError(
                    f"The training text has more than {MOST_CHARACTERS:,} characters, too many for an index of copies.",
                    "Compare with a part of it: prepare that part as a corpus of its own.",
                )
        alphabet = np.flatnonzero(seen).astype(np.uint32)
        table = np.zeros(0x110000, np.uint32)
        table[alphabet] = np.arange(1, len(alphabet) + 1)
        codes = np.zeros(size, np.min_scalar_type(len(alphabet) + 1))
        parts.reverse()
        at = 0
        while parts:
            part = parts.pop()
            codes[at : at + len(part)] = table[part]
            at += len(part) or 1
        return cls(
            codes, suffix_array(codes, (len(alphabet) + 1).bit_length()), np.array(starts, np.uint64), alphabet, digest
        )

    def save(self, folder: Path) -> None:
        """Write the index as a folder of arrays, whole or not at all."""

        def fill(target: Path) -> None:
            for name in ARRAYS:
                np.save(target / f"{name}.npy", getattr(self, f"_{name}"), allow_pickle=False)
            details = {"format_version": FORMAT_VERSION, "digest": self.digest, "characters": self.characters}
            write_json(target / "index.json", details)

        atomic_folder(Path(folder), fill)

    @classmethod
    def load(cls, folder: Path) -> OriginalityIndex:
        """Open a saved index; its arrays stay on disk until they are read.

        Raises:
            CorpusError: if it is missing, damaged or of another version.
        """
        folder = Path(folder)
        try:
            details = read_json(folder / "index.json")
            version = details["format_version"]
            if version != FORMAT_VERSION:
                raise ValueError(f"it has format version {version}")
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
            sizes = {name: len(array) for name, array in arrays.items()}
            if sizes["codes"] != sizes["suffixes"] or sizes["codes"] - sizes["starts"] != details["characters"]:
                raise ValueError("its arrays do not belong together")
            return cls(**arrays, digest=str(details["digest"]))
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            raise CorpusError(
                f"The index of copies in {folder} cannot be read: {error}.", "Remove the folder; it is built again."
            ) from error

    def longest_copy(self, sample: str) -> Copy:
        """The longest run that ``sample`` shares with a piece; of several the first in the sample."""
        lengths, places = self._matches(sample)
        if not len(lengths) or not lengths.max():
            return Copy(0)
        start = int(lengths.argmax())
        return self._copy(sample, start, int(lengths[start]), int(places[start]))

    def copies(self, sample: str, min_length: int) -> list[Copy]:
        """Every run of at least ``min_length`` characters that is no part of a longer one, in the sample's order."""
        lengths, places = self._matches(sample)
        ends = np.arange(len(lengths)) + lengths
        # a run that ends no later than the one a character before it lies inside that one
        inside = np.zeros(len(lengths), bool)
        inside[1:] = ends[1:] <= ends[:-1]
        starts = np.flatnonzero((lengths >= max(min_length, 1)) & ~inside)
        return [self._copy(sample, int(start), int(lengths[start]), int(places[start])) for start in starts]

    def _encode(self, text: str) -> np.ndarray:
        """Codes of a sample [characters]; a character that the text does not have is the stranger."""
        points = _code_points(text)
        places = np.searchsorted(self._alphabet, points)
        known = places < len(self._alphabet)
        known[known] = self._alphabet[places[known]] == points[known]
        return np.where(known, places + 1, self._stranger).astype(np.uint32)

    def _matches(self, sample: str) -> tuple[np.ndarray, np.ndarray]:
        """Length of the longest run from each place of the sample on, and a place of the text that has it.

        A range of suffixes is kept for every place of the sample: those that agree with it as far as
        it was compared. Block by block the ranges narrow; where one becomes empty, the longest run
        ends inside the block, at one of the two suffixes between which the sample would stand.
        """
        codes = self._encode(sample)
        size = len(codes)
        lengths, places = np.zeros(size, np.int64), np.zeros(size, np.int64)
        if not size or not len(self._codes):
            return lengths, places
        # no code of the text is the stranger, so nothing agrees past the end of the sample
        padded = np.append(codes, np.uint32(self._stranger))
        blocks = pack(padded, np.arange(size + 1), self._bits, self._block)
        active = np.arange(size)
        low, high = np.zeros(size, np.int64), np.full(size, len(self._suffixes), np.int64)
        follows = np.zeros(size, bool)  # its run is that of the place before it, less a character
        depth = 0
        while len(active):
            wanted = blocks[np.minimum(active + depth, size)]
            left = self._search(wanted, low, high, depth, after=False)
            right = self._search(wanted, left, high, depth, after=True)
            found = right > left
            ended = ~found
            for neighbour in (left[ended] - 1, left[ended]):
                lawful = (neighbour >= low[ended]) & (neighbour < high[ended])
                place = self._suffixes[np.where(lawful, neighbour, 0)].astype(np.int64)
                common = depth + self._common(wanted[ended], self._blocks_at(place + depth))
                better = lawful & (common > lengths[active[ended]])
                lengths[active[ended][better]] = common[better]
                places[active[ended][better]] = place[better]
            active, low, high = active[found], left[found], right[found]
            depth += self._block
            single = np.flatnonzero(high - low == 1)
            if len(single):
                origin = self._suffixes[low[single]].astype(np.int64)
                where = active[single]
                after = np.zeros(len(single), bool)
                after[1:] = (where[1:] == where[:-1] + 1) & (origin[1:] == origin[:-1] + 1)
                follows[where[after]] = True
                for place, source in zip(where[~after].tolist(), origin[~after].tolist(), strict=True):
                    lengths[place] = depth + self._extend(codes[place + depth :], source + depth)
                    places[place] = source
                rest = np.ones(len(active), bool)
                rest[single] = False
                active, low, high = active[rest], low[rest], high[rest]
        heads = np.maximum.accumulate(np.where(follows, 0, np.arange(size)))
        distance = np.arange(size) - heads
        return lengths[heads] - distance, places[heads] + distance

    def _search(self, wanted: np.ndarray, low: np.ndarray, high: np.ndarray, depth: int, *, after: bool) -> np.ndarray:
        """First slot in [low, high) whose block at ``depth`` is not below (``after``: is above) the wanted one."""
        low, high = low.copy(), high.copy()
        pending = np.flatnonzero(low < high)
        while len(pending):
            middle = (low[pending] + high[pending]) // 2
            blocks = self._blocks_at(self._suffixes[middle].astype(np.int64) + depth)
            goal = wanted[pending]
            below = blocks <= goal if after else blocks < goal
            low[pending[below]] = middle[below] + 1
            high[pending[~below]] = middle[~below]
            pending = pending[low[pending] < high[pending]]
        return low

    def _blocks_at(self, places: np.ndarray) -> np.ndarray:
        """The block of the text that begins at each place; the text ends with a 0, which goes on."""
        return pack(self._codes, places, self._bits, self._block)

    def _common(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """How many codes, from the first on, two blocks share."""
        _, size = np.frexp((one ^ other).astype(np.float64))  # size in bits; 0 where they are equal
        return (self._block * self._bits - size) // self._bits

    def _extend(self, codes: np.ndarray, place: int) -> int:
        """How many of ``codes`` stand in the text from ``place`` on."""
        done, step = 0, 64
        while done < len(codes):
            source = self._codes[place + done : place + done + step]
            wanted = codes[done : done + len(source)]
            different = np.flatnonzero(source[: len(wanted)] != wanted)
            if len(different):
                return done + int(different[0])
            done += len(wanted)
            if len(source) < step:
                break
            step *= 4
        return done

    def _copy(self, sample: str, start: int, length: int, place: int) -> Copy:
        """Describe a run by the first of all its places."""
        slots = self._slots(self._codes[place : place + length])
        source = int(self._suffixes[slots.start : slots.stop].min())
        piece = int(np.searchsorted(self._starts, source, side="right")) - 1
        begin = int(self._starts[piece])
        end = int(self._starts[piece + 1]) - 1 if piece + 1 < len(self._starts) else len(self._codes) - 1
        return Copy(
            length=length,
            start_in_sample=start,
            start_in_source=source - piece,  # without the marks between pieces
            text=sample[start : start + length],
            piece=piece,
            start_in_piece=source - begin,
            occurrences=len(slots),
            before=self._text(max(begin, source - SURROUNDINGS), source),
            after=self._text(source + length, min(end, source + length + SURROUNDINGS)),
        )

    def _slots(self, wanted: np.ndarray) -> range:
        """The slots of all suffixes that begin with ``wanted``."""
        bounds = []
        goal = wanted.tolist()
        for after in (False, True):
            low, high = 0, len(self._suffixes)
            while low < high:
                middle = (low + high) // 2
                place = int(self._suffixes[middle])
                found = self._codes[place : place + len(goal)].tolist()
                if found < goal or (after and found == goal):
                    low = middle + 1
                else:
                    high = middle
            bounds.append(low)
        return range(*bounds)

    def _text(self, begin: int, end: int) -> str:
        """Characters of one piece."""
        points = self._alphabet[self._codes[begin:end].astype(np.int64) - 1]
        return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _code_points(text: str) -> np.ndarray:
    """Code points [characters] uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def open_index(prepared: PreparedCorpus, folder: Path | None = None, *, say: Any = None) -> OriginalityIndex:
    """The index of a prepared corpus's training text, built and saved the first time it is asked for.

    A corpus that was prepared with its lines turned round is read forwards.

    Args:
        prepared: The corpus.
        folder: Where the index is kept; None keeps it in the corpus's folder, as ``originality``.
        say: Called with a line of text before the index is built.
    Raises:
        CorpusError: if the text is too long for an index.
    """
    from ..corpus import read_text
    from ..corpus.packing import turned

    folder = Path(folder) if folder else Path(prepared.folder) / "originality"
    digest = str(prepared.details["digest"])
    read: Callable[[str], str] = str
    if prepared.details.get("backward"):
        digest, read = f"{digest}, read forwards", turned
    if (folder / "index.json").is_file():
        index = OriginalityIndex.load(folder)
        if index.digest == digest:
            return index
    if say:
        say(f"building the index of copies in {folder}")
    OriginalityIndex.build(map(read, read_text(prepared, "train")), digest=digest).save(folder)
    return OriginalityIndex.load(folder)
