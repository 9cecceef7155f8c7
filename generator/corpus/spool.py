"""Every kept piece of a corpus on its way from the readers to the token files.

Texts and what is known of them lie in temporary files without names, so memory stays flat however
large the corpus is and nothing is left behind after a crash. A file that turns out to be unreadable
half-way is taken back as if it had never been begun.
"""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CorpusError
from .splits import DIGEST_BYTES, Deal

__all__ = ["Block", "Spool"]

BLOCK = 1 << 20  # bytes of text handled together
ROWS = 1 << 16  # pieces handled together
SORTED = 8 << 20  # digests sorted together: 64 MB of them
MOST_VALUES = 1_000_000  # of one tag


@dataclass(frozen=True)
class Block:
    """Some consecutive segments of the corpus.

    Attributes:
        text: All their text in a row.
        ends: Where each segment ends in ``text`` [segments].
        parts: Index into ``splits.SPLITS`` of each segment [segments].
        tags: First-seen tag ids of each segment [segments, fields].
        goes_on: Whether the first segment goes on with one that the last block began.
    """

    text: str
    ends: NDArray[np.int64]
    parts: NDArray[np.uint8]
    tags: NDArray[np.uint32]
    goes_on: bool

    @cached_property
    def segments(self) -> list[str]:
        """The text of each segment."""
        ends = self.ends.tolist()
        return [self.text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True)
class Mark:
    """A place to go back to."""

    text: int
    index: int
    pieces: int
    characters: int


class Spool:
    """Pieces in the order in which they were read.

    Args:
        folder: Where the temporary files lie, so on the disk of the result.
        tags: The tags that each piece may have.
        cuts: Whether ``blocks`` may cut what is longer than a block; else such a segment is a block by itself.

    Attributes:
        pieces, characters: How much there is.
    """

    def __init__(self, folder: Path, tags: Sequence[str], *, cuts: bool = True) -> None:
        self.tags, self.cuts = tuple(tags), cuts
        self.row = np.dtype([("length", "<i8"), ("digest", "<u8"), ("whole", "?"), ("tags", "<u4", (len(self.tags),))])
        # closed by __exit__
        self.text_file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self.index_file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self.values: list[dict[str, int]] = [{} for _ in self.tags]
        self.pieces = 0
        self.characters = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.text_file.close()
        self.index_file.close()

    def add(self, texts: list[str], tags: list[list[str]] | None = None) -> None:
        """Add pieces, none of them empty.

        Args:
            texts: The pieces.
            tags: The value of each tag of each piece; "" where it has none.
        Raises:
            CorpusError: if a tag has too many values to mean anything.
        """
        if not texts:
            return
        rows = np.zeros(len(texts), self.row)
        rows["length"] = np.fromiter(map(len, texts), np.int64, len(texts))
        contents = list(map(str.encode, texts))
        # digest_of, written out: of short pieces this is most of the work, and a copy of an empty hash
        # is made sooner than a new one
        copy, digests = blake2b(digest_size=DIGEST_BYTES).copy, []
        for content in contents:
            digest = copy()
            digest.update(content)
            digests.append(digest.digest())
        rows["digest"] = np.frombuffer(b"".join(digests), "<u8")
        if tags is not None and self.tags:
            rows["tags"] = [self.tag_ids(values) for values in tags]
        self.text_file.write(b"".join(contents))
        self.index_file.write(rows.tobytes())
        self.pieces += len(texts)
        self.characters += int(rows["length"].sum())

    def add_whole(self, blocks: Iterable[str]) -> None:
        """Add one piece that comes in blocks; a piece that is only white space is not added."""
        mark, digest, length, blank = self.mark(), blake2b(digest_size=DIGEST_BYTES), 0, True
        for block in blocks:
            content = block.encode()
            digest.update(content)
            self.text_file.write(content)
            length += len(block)
            blank = blank and block.isspace()
        if blank:
            self.roll_back(mark)
            return
        row = np.zeros(1, self.row)
        row["length"], row["digest"], row["whole"] = length, np.frombuffer(digest.digest(), "<u8"), True
        self.index_file.write(row.tobytes())
        self.pieces += 1
        self.characters += length

    def tag_ids(self, values: list[str]) -> list[int]:
        """Ids of tag values in the order in which they were first seen; 0 for none."""
        ids = []
        for name, known, value in zip(self.tags, self.values, values, strict=True):
            if value and len(known) >= MOST_VALUES and value not in known:
                raise CorpusError(
                    f"The tag {name!r} has more than {MOST_VALUES:,} values: too many to learn anything from.",
                    "Leave it out of --tag-fields.",
                )
            ids.append(known.setdefault(value, len(known) + 1) if value else 0)
        return ids

    def mark(self) -> Mark:
        """Where the spool ends now."""
        return Mark(self.text_file.tell(), self.index_file.tell(), self.pieces, self.characters)

    def roll_back(self, mark: Mark) -> None:
        """Forget everything that was added after ``mark``."""
        for file, end in ((self.text_file, mark.text), (self.index_file, mark.index)):
            file.seek(end)
            file.truncate()
        self.pieces, self.characters = mark.pieces, mark.characters

    def rows(self) -> Iterator[NDArray[Any]]:
        """Length, digest and tags of the pieces, in chunks."""
        self.index_file.flush()
        at = 0
        while at < self.pieces * self.row.itemsize:
            self.index_file.seek(at)
            content = self.index_file.read(ROWS * self.row.itemsize)
            at += len(content)
            yield np.frombuffer(content, self.row)

    def count_parts(self, deal: Deal) -> NDArray[np.int64]:
        """How many segments fall to each part [3]."""
        counts = np.zeros(3, np.int64)
        for rows in self.rows():
            counts += np.bincount(deal(rows["length"], rows["digest"], rows["whole"])[1], minlength=3)
        return counts

    def lengths_and_digests(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Of every piece; for small corpora, as both are in memory at once."""
        rows = np.concatenate([np.zeros(0, self.row), *self.rows()])
        return rows["length"].copy(), rows["digest"].copy()

    def learnt(self, deal: Deal) -> NDArray[np.bool_]:
        """Of which pieces something falls to the part that is learnt from [pieces]."""
        found = [np.zeros(0, np.bool_)]
        for rows in self.rows():
            _, parts, owners = deal(rows["length"], rows["digest"], rows["whole"])
            has = np.zeros(len(rows), np.bool_)
            has[owners[parts == 0]] = True
            found.append(has)
        return np.concatenate(found)

    def count_duplicates(self) -> int:
        """Pieces that repeat an earlier one."""
        total, repeated = self.pieces, 0
        chunks = 1 + total // SORTED  # one range of digests after the other
        for chunk in range(chunks):
            low, high = (chunk << 64) // chunks, ((chunk + 1) << 64) // chunks - 1
            found = [np.zeros(0, np.uint64)]
            for rows in self.rows():
                digests = rows["digest"]
                found.append(digests[(digests >= low) & (digests <= high)] if chunks > 1 else digests)
            digests = np.concatenate(found)
            digests.sort()
            repeated += int((digests[1:] == digests[:-1]).sum())
        return repeated

    def tag_counts(self) -> list[NDArray[np.int64]]:
        """How often each value of each tag stands, by its first-seen id."""
        counts = [np.zeros(len(known) + 1, np.int64) for known in self.values]
        for rows in self.rows():
            for column, count in enumerate(counts):
                count += np.bincount(rows["tags"][:, column], minlength=len(count))
        return counts

    def blocks(self, deal: Deal) -> Iterator[Block]:
        """All text again, dealt to its parts, in blocks of about a megabyte."""
        decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        text, goes_on = "", False
        place = 0
        self.text_file.flush()
        for rows in self.rows():
            lengths, parts, owners = deal(rows["length"], rows["digest"], rows["whole"])
            tags = rows["tags"][owners]
            at = 0
            while at < len(lengths):
                wanted = BLOCK // 2 if self.cuts else max(BLOCK // 2, int(lengths[at]))
                while len(text) < wanted:
                    self.text_file.seek(place)
                    content = self.text_file.read(BLOCK)
                    place += len(content)
                    text += decode(content)
                    if self.cuts or not content:
                        break
                ends = np.cumsum(lengths[at : at + BLOCK])
                whole = int(np.searchsorted(ends, len(text), side="right"))
                if whole:
                    end, stop = int(ends[whole - 1]), at + whole
                    yield Block(text[:end], ends[:whole], parts[at:stop], tags[at:stop], goes_on)
                    at, goes_on = stop, False
                else:
                    # a segment longer than a block is cut, at the end of a line where there is one
                    end = text.rfind("\n", len(text) // 2) + 1 or len(text)
                    here = slice(at, at + 1)
                    yield Block(text[:end], np.array([end]), parts[here], tags[here], goes_on)
                    lengths[at] -= end
                    goes_on = True
                text = text[end:]
