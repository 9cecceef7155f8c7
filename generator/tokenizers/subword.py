"""Tokens of several characters: byte-pair encoding (Sennrich et al. 2016) and the unigram model (Kudo 2018).

sentencepiece learns the vocabulary and segments; what has no token is spelt in bytes, so every
text comes back as it was. Spaces are spaces: a token such as `` the`` begins with one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .base import Ids, Tokenizer, Unknown
from .blocks import joined, reject_surrogates
from .learn import learn
from .modelfile import BYTE, read_entries, write_model
from .segments import SegmentEncoder, spans_of, take_spans

__all__ = ["BpeTokenizer", "UnigramTokenizer"]

DECODED_TOGETHER = 1 << 16  # tokens
TOGETHER = 64  # new segments from which on one call for all of them is quicker than one for each


class SubwordTokenizer(Tokenizer):
    """What bpe and unigram share: all but the way in which sentencepiece segments."""

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int = 4096, min_count: int = 1) -> Self:
        """Learn ``vocab_size`` tokens; ``facts`` tells how much text there was and how much was used."""
        entries, facts = learn(cls.kind, texts, vocab_size)
        return cls(write_model(cls.kind, entries, byte_fallback=True), facts)

    @cached_property
    def encoder(self) -> SegmentEncoder:
        """The segment encoder, with the segments that it has met so far."""
        pieces = [entry.piece for entry in read_entries(self.engine) if entry.type != BYTE]
        return SegmentEncoder(pieces, self._segment, self.dtype)

    def _segment(self, segments: list[bytes]) -> list[list[int]]:
        """The ids of each segment, by sentencepiece."""
        # For a list sentencepiece starts a thread, and ends it before it returns: with few segments
        # that costs more than it saves, and a short text should not start one at all.
        if len(segments) < TOGETHER:
            return [self.engine.encode(segment) for segment in segments]
        return self.engine.encode(segments, num_threads=1)

    def encode_pieces(
        self, texts: Sequence[str], *, unknown: Unknown = "error", dropped: Counter[str] | None = None
    ) -> tuple[Ids, NDArray[np.uint64]]:
        try:
            text, mark = joined(texts, self.encoder.stands_alone)
            ids = np.concatenate([np.zeros(0, self.dtype), *self.encoder.encode(text, mark)])
        except UnicodeDecodeError:
            reject_surrogates(texts)
            raise
        return ids, np.flatnonzero(ids == self.boundary).astype(np.uint64)

    def _pieces_as_bytes(self) -> Iterable[bytes]:
        for entry in read_entries(self.engine):
            yield bytes([int(entry.piece[3:5], 16)]) if entry.type == BYTE else entry.piece.encode()

    @cached_property
    def byte_pool(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The bytes of all tokens end to end, and where in them each token's stand."""
        pool = np.frombuffer(b"".join(self.byte_table), np.uint8)
        counts = np.fromiter(map(len, self.byte_table), np.int64, len(self.byte_table))
        return pool, spans_of(counts, 0)

    def _decode(self, ids: NDArray[Any]) -> str:
        pool, spans = self.byte_pool
        content = bytearray()
        for start in range(0, len(ids), DECODED_TOGETHER):
            content += take_spans(pool, spans[ids[start : start + DECODED_TOGETHER]]).tobytes()
        return content.decode("utf-8", "replace")


class BpeTokenizer(SubwordTokenizer):
    """Merges the most frequent neighbours first."""

    kind = "bpe"


class UnigramTokenizer(SubwordTokenizer):
    """Takes the segmentation that is likeliest under a model of independent tokens."""

    kind = "unigram"
