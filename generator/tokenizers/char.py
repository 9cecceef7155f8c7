"""One token for each character (Unicode code point) of the corpus: the default.

Ids follow the order of the code points, so two corpora over the same characters get the same
tokenizer. Encoding looks each code point up in one table, at the speed of memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import TokenizerError, UnknownSymbol
from .base import Ids, Tokenizer, Unknown, tell_dropped
from .blocks import BLOCK, CODE_POINTS, blocks, count_characters, joined, reject_surrogates
from .modelfile import NORMAL, Entry, read_entries, write_model
from .places import name_of, place_of

__all__ = ["CharTokenizer"]

NUL_NAME = "<0x00>"


class CharTokenizer(Tokenizer):
    """A token for each character that was seen ``min_count`` times."""

    kind = "char"

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int = 0, min_count: int = 1) -> Self:
        """Take every character that is not too rare; ``vocab_size`` is what the corpus makes it.

        ``facts`` tells how many characters were read, how many different ones, and which were left
        out for ``min_count`` ("left_out", and how often they stood: "left_out_occurrences").
        """
        counts = count_characters(blocks(texts))
        seen = np.flatnonzero(counts)
        kept = np.flatnonzero(counts >= max(min_count, 1))
        if seen.size == 0:
            raise TokenizerError("There is no text to learn characters from.", "Give a text that is not empty.")
        if kept.size == 0:
            raise TokenizerError(
                f"No character stands {min_count} times in the text.", "Give a smaller --min-count or more text."
            )
        rare = seen[counts[seen] < min_count]
        facts = {
            "characters": int(counts.sum()),
            "distinct": int(seen.size),
            "min_count": min_count,
            "left_out": "".join(map(chr, rare)),
            "left_out_occurrences": int(counts[rare].sum()),
        }
        return cls.from_alphabet(map(chr, kept), facts)

    @classmethod
    def from_alphabet(cls, characters: Iterable[str], facts: dict[str, Any] | None = None) -> Self:
        """A tokenizer for exactly these characters."""
        alphabet = sorted(set(characters))
        entries = [Entry(NUL_NAME if character == "\0" else character, 0.0, NORMAL) for character in alphabet]
        return cls(write_model("char", entries, byte_fallback=False), facts)

    @cached_property
    def alphabet(self) -> str:
        """Every character that has a token; character ``i`` is token ``i + 1``."""
        return "".join("\0" if entry.piece == NUL_NAME else entry.piece for entry in read_entries(self.engine))

    @cached_property
    def to_id(self) -> Ids:
        """Code point to token [1114112]; a character without a token maps to ``vocab_size``."""
        table = np.full(CODE_POINTS, self.vocab_size, np.min_scalar_type(self.vocab_size))
        table[self.to_code_point[1:]] = np.arange(1, self.vocab_size)
        return table

    @cached_property
    def to_code_point(self) -> NDArray[np.uint32]:
        """Token to code point [vocab_size]; the boundary's entry is never used."""
        points = np.frombuffer(("\0" + self.alphabet).encode("utf-32-le"), np.uint32)
        if len(points) != self.vocab_size:
            raise TokenizerError(
                "This char tokenizer holds a token that is not one character.",
                "The folder is damaged: prepare the corpus or fetch the checkpoint again.",
            )
        return points

    def encode_pieces(
        self, texts: Sequence[str], *, unknown: Unknown = "error", dropped: Counter[str] | None = None
    ) -> tuple[Ids, NDArray[np.uint64]]:
        text, mark = joined(texts)
        ids = np.empty(len(text), self.to_id.dtype)
        starts = np.zeros(len(texts), np.uint64)
        met = 0
        for start in range(0, len(text), BLOCK):
            # long texts block by block, so that four bytes a character never stand in memory at once
            block = np.frombuffer(text[start : start + BLOCK].encode("utf-32-le", "surrogatepass"), np.uint32)
            part = ids[start : start + BLOCK]
            np.take(self.to_id, block, out=part, mode="clip")
            marked = np.flatnonzero(block == ord(mark))
            part[marked] = self.boundary
            starts[met : met + len(marked)] = marked + start
            met += len(marked)
        if ids.size and ids.max() == self.vocab_size:
            ids = self._without_unknown(texts, text, mark, ids, unknown, dropped)
            starts = np.flatnonzero(ids == self.boundary).astype(np.uint64)
        return ids.astype(self.dtype, copy=False), starts

    def _without_unknown(
        self, texts: Sequence[str], text: str, mark: str, ids: Ids, unknown: Unknown, dropped: Counter[str] | None
    ) -> Ids:
        """``ids`` with the unknown characters taken out, where that was asked for."""
        reject_surrogates(texts)
        missing = ids == self.vocab_size
        places = np.flatnonzero(missing)
        if unknown == "error":
            place = int(places[0])
            piece = text.count(mark, 0, place)  # counted from 1, as a mark stands before each
            where = place_of(texts[piece - 1], place - text.rfind(mark, 0, place) - 1)
            raise UnknownSymbol(
                f"The character {name_of(text[place])} at {where}{f' of piece {piece}' if len(texts) > 1 else ''}"
                f" is not among the {self.vocab_size - 1} characters that this tokenizer knows.",
                'Take it out of the text, encode it with unknown="drop", or train on text that holds it.',
            )
        tell_dropped(Counter(text[place] for place in places), dropped)
        return ids[~missing]

    def _pieces_as_bytes(self) -> Iterator[bytes]:
        return (character.encode() for character in self.alphabet)

    def _decode(self, ids: NDArray[Any]) -> str:
        parts = []
        for start in range(0, len(ids), BLOCK):
            block = ids[start : start + BLOCK]
            points = self.to_code_point[block[block != self.boundary]]
            parts.append(points.tobytes().decode("utf-32-le"))
        return "".join(parts)
