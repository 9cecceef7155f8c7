"""Token files: the ids of each part in a row, where its pieces start, and their tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tokenizers import Tokenizer
from .splits import SPLITS, Deal
from .spool import Block, Spool

__all__ = ["PartWriter", "pack"]


class PartWriter:
    """Writes the files of one part; see ``prepared.TokenSplit`` for what is in them.

    Args:
        folder: Of the prepared corpus.
        name: "train", "validation" or "test".
        tokenizer: Whose tokens are written.
        tag_ids: For each tag, the final id of each first-seen id.
        tag_type: The integers of the tag file.
    """

    def __init__(
        self, folder: Path, name: str, tokenizer: Tokenizer, tag_ids: list[NDArray[np.int64]], tag_type: np.dtype[Any]
    ) -> None:
        self.tokenizer, self.tag_ids, self.tag_type = tokenizer, tag_ids, tag_type
        self.ids_type = tokenizer.dtype.newbyteorder("<")
        self.ids_file = (folder / f"{name}.ids.bin").open("wb")
        self.starts_file = (folder / f"{name}.starts.bin").open("wb")
        self.tags_file = (folder / f"{name}.tags.bin").open("wb") if tag_ids else None
        self.digest = sha256()
        self.tokens = self.pieces = self.characters = 0

    def write(self, texts: list[str], tags: NDArray[np.uint32], goes_on: bool, dropped: Counter[str] | None) -> None:
        """Append pieces.

        Args:
            texts: The pieces.
            tags: Their first-seen tag ids [pieces, fields].
            goes_on: Whether the first continues the last piece that was written.
            dropped: None where an unknown character is an error; else its count is added here.
        """
        ids, starts = self.tokenizer.encode_pieces(
            texts, unknown="error" if dropped is None else "drop", dropped=dropped
        )
        if goes_on:
            ids, starts, tags = ids[1:], starts[1:] - np.uint64(1), tags[1:]
        self.put(ids)
        self.starts_file.write((starts + np.uint64(self.tokens)).astype("<u8").tobytes())
        if self.tags_file is not None:
            columns = [final[tags[:, field]] for field, final in enumerate(self.tag_ids)]
            self.tags_file.write(np.stack(columns, axis=1).astype(self.tag_type).tobytes())
        self.tokens += len(ids)
        self.pieces += len(starts)
        self.characters += sum(map(len, texts))

    def put(self, ids: NDArray[Any]) -> None:
        """Write ids and take them into the digest."""
        content = ids.astype(self.ids_type, copy=False).tobytes()
        self.ids_file.write(content)
        self.digest.update(content)

    def close(self) -> None:
        """End the stream with one more boundary."""
        self.put(np.array([self.tokenizer.boundary], self.ids_type))
        self.tokens += 1
        self.ids_file.close()
        self.starts_file.close()
        if self.tags_file is not None:
            self.tags_file.close()

    def counts(self) -> dict[str, int]:
        """What ``corpus.json`` says of this part."""
        return {"pieces": self.pieces, "tokens": self.tokens, "characters": self.characters}


def pack(
    folder: Path,
    spool: Spool,
    deal: Deal,
    tokenizer: Tokenizer,
    parts: list[bool],
    dropped: Counter[str] | None,
    advance: Callable[[int], object],
) -> tuple[dict[str, dict[str, int]], dict[str, list[str]], str]:
    """Encode a spooled corpus into the token files of its parts.

    Args:
        folder: Where the files go.
        spool: The pieces.
        deal: Which piece goes to which part.
        tokenizer: Trained on them.
        parts: For each of ``SPLITS``, whether anything falls to it.
        dropped: Gets the characters that have no token; None makes one an error.
        advance: Told how many characters were written.
    Returns:
        The counts of each part, the values of each tag (value ``i`` has id ``i + 1``), and the
        digest of all ids.
    """
    values, tag_ids = order_tags(spool)
    largest = max((len(names) for names in values.values()), default=0)
    tag_type = np.dtype("<u2" if largest < 1 << 16 else "<u4")
    writers = {
        part: PartWriter(folder, name, tokenizer, tag_ids, tag_type)
        for part, name in enumerate(SPLITS)
        if parts[part]
    }  # fmt: skip
    for block in spool.blocks(deal):
        for part, writer in writers.items():
            write_part(block, part, writer, dropped)
        advance(len(block.text))
    digest = sha256(tokenizer.digest.encode())
    for writer in writers.values():
        writer.close()
        digest.update(writer.digest.digest())
    return {SPLITS[part]: writer.counts() for part, writer in writers.items()}, values, digest.hexdigest()


def write_part(block: Block, part: int, writer: PartWriter, dropped: Counter[str] | None) -> None:
    """Write those segments of a block that belong to one part."""
    chosen = np.flatnonzero(block.parts == part)
    if len(chosen) == 0:
        return
    segments = block.segments
    goes_on = block.goes_on and chosen[0] == 0
    writer.write([segments[index] for index in chosen.tolist()], block.tags[chosen], bool(goes_on), dropped)


def order_tags(spool: Spool) -> tuple[dict[str, list[str]], list[NDArray[np.int64]]]:
    """The values of each tag, the most frequent first, and the final id of each first-seen id."""
    values: dict[str, list[str]] = {}
    final = []
    for name, known, counts in zip(spool.tags, spool.values, spool.tag_counts(), strict=True):
        used = [value for value, first in known.items() if counts[first]]  # not those of files taken back
        used.sort(key=lambda value: (-counts[known[value]], value))
        ids = np.zeros(len(known) + 1, np.int64)
        for new, value in enumerate(used, start=1):
            ids[known[value]] = new
        values[name] = used
        final.append(ids)
    return values, final
