"""One token for each byte of the text's UTF-8: nothing to learn, nothing unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .base import Ids, Tokenizer, Unknown, utf8
from .modelfile import byte_entries, write_model

__all__ = ["ByteTokenizer"]

MARK = 0xFF  # between pieces: a byte that UTF-8 never uses
BLOCK = 1 << 22  # bytes turned into ids together
TO_ID = np.arange(1, 257, dtype=np.uint16)
TO_ID[MARK] = 0


class ByteTokenizer(Tokenizer):
    """Byte ``b`` is token ``b + 1``."""

    kind = "byte"

    @classmethod
    def train(cls, texts: Iterable[str] = (), *, vocab_size: int = 257, min_count: int = 1) -> Self:
        """The one byte tokenizer there is; texts and options change nothing and are not read."""
        return cls(write_model("char", byte_entries(), byte_fallback=True))

    def encode_pieces(
        self, texts: Sequence[str], *, unknown: Unknown = "error", dropped: Counter[str] | None = None
    ) -> tuple[Ids, NDArray[np.uint64]]:
        content = np.frombuffer(b"".join(part for text in texts for part in (bytes([MARK]), utf8(text))), np.uint8)
        ids = np.empty(len(content), np.uint16)
        for start in range(0, len(content), BLOCK):
            np.take(TO_ID, content[start : start + BLOCK], out=ids[start : start + BLOCK], mode="clip")
        return ids, np.flatnonzero(ids == self.boundary).astype(np.uint64)

    def _pieces_as_bytes(self) -> Iterable[bytes]:
        return (bytes([value]) for value in range(256))

    def _decode(self, ids: NDArray[Any]) -> str:
        text_ids = ids[ids != self.boundary]
        return (text_ids - 1).astype(np.uint8).tobytes().decode("utf-8", "replace")
