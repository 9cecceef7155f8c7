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
        rare: What is left out for a character without a token: the "character", or its "piece".
    """

    def __init__(
        self, folder: Path, name: str, tokenizer: Tokenizer, tag_ids: list[NDArray[np.int64]], tag_type: np.dtype[Any],
        rare: str = "character",
    ) -> None:  # fmt: skip
        self.tokenizer, self.tag_ids, self.tag_type = tokenizer, tag_ids, tag_type
        self.rare, self.left_out = rare, 0
        self.known = {content.decode() for content in tokenizer.byte_table if content} if rare == "piece" else set()
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
        if self.rare == "piece" and dropped is not None and not goes_on:
            texts, tags = self._of_known_characters(texts, tags, dropped)
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

    def _of_known_characters(
        self, texts: list[str], tags: NDArray[np.uint32], dropped: Counter[str]
    ) -> tuple[list[str], NDArray[np.uint32]]:
        """Those pieces that the tokenizer knows every character of; the characters of the others are counted."""
        unknown = [set(text) - self.known for text in texts]
        for text, missing in zip(texts, unknown, strict=True):
            dropped.update(character for character in text if character in missing)
        self.left_out += sum(map(bool, unknown))
        kept = [index for index, missing in enumerate(unknown) if not missing]
        return [texts[index] for index in kept], tags[kept]

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
    *,
    rare: str = "character",
    tag_min_count: int = 1,
) -> tuple[dict[str, dict[str, int]], dict[str, list[str]], str, int]:
    """Encode a spooled corpus into the token files of its parts.

    Args:
        folder: Where the files go.
        spool: The pieces.
        deal: Which piece goes to which part.
        tokenizer: Trained on them.
        parts: For each of ``SPLITS``, whether anything falls to it.
        dropped: Gets the characters that have no token; None makes one an error.
        advance: Told how many characters were written.
        rare: What is left out for a character without a token: the "character", or its "piece".
        tag_min_count: Pieces that must have a value of a tag for it to count.
    Returns:
        The counts of each part, the values of each tag (value ``i`` has id ``i + 1``), the digest of
        all ids, and how many pieces were left out.
    """
    values, tag_ids = order_tags(spool, tag_min_count)
    largest = max((len(names) for names in values.values()), default=0)
    tag_type = np.dtype("<u2" if largest < 1 << 16 else "<u4")
    writers = {
        part: PartWriter(folder, name, tokenizer, tag_ids, tag_type, rare)
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
    left_out = sum(writer.left_out for writer in writers.values())
    return {SPLITS[part]: writer.counts() for part, writer in writers.items()}, values, digest.hexdigest(), left_out


def write_part(block: Block, part: int, writer: PartWriter, dropped: Counter[str] | None) -> None:
    """Write those segments of a block that belong to one part."""
    chosen = np.flatnonzero(block.parts == part)
    if len(chosen) == 0:
        return
    segments = block.segments
    goes_on = block.goes_on and chosen[0] == 0
    writer.write([segments[index] for index in chosen.tolist()], block.tags[chosen], bool(goes_on), dropped)


def order_tags(spool: Spool, min_count: int = 1) -> tuple[dict[str, list[str]], list[NDArray[np.int64]]]:
    """The values of each tag, the most frequent first, and the final id of each first-seen id; 0 for the rare."""
    values: dict[str, list[str]] = {}
    final = []
    for name, known, counts in zip(spool.tags, spool.values, spool.tag_counts(), strict=True):
        used = [value for value, first in known.items() if counts[first] >= min_count]
        used.sort(key=lambda value: (-counts[known[value]], value))
        ids = np.zeros(len(known) + 1, np.int64)
        for new, value in enumerate(used, start=1):
            ids[known[value]] = new
        values[name] = used
        final.append(ids)
    return values, final
