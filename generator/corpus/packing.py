"""Token files: the ids of each part in a row, where its pieces start, and their tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import PrepareConfig
from ..tokenizers import Tokenizer
from ..tokenizers.music import MusicTokenizer
from .splits import SPLITS, Deal
from .spool import Block, Spool

__all__ = ["Packed", "PartWriter", "pack", "turned"]


class PartWriter:
    """Writes the files of one part; see ``prepared.TokenSplit`` for what is in them.

    Args:
        folder: Of the prepared corpus.
        name: "train", "validation" or "test".
        tokenizer: Whose tokens are written.
        tag_ids: For each tag, the final id of each first-seen id.
        tag_type: The integers of the tag file.
        config: ``rare``, ``backward`` and ``transpose`` count: of music, what is learnt from stands in every key.
    """

    def __init__(
        self, folder: Path, name: str, tokenizer: Tokenizer, tag_ids: list[NDArray[np.int64]], tag_type: np.dtype[Any],
        config: PrepareConfig | None = None,
    ) -> None:  # fmt: skip
        self.tokenizer, self.tag_ids, self.tag_type = tokenizer, tag_ids, tag_type
        self.config, self.left_out = config or PrepareConfig(), 0
        self.varied: MusicTokenizer | None = None
        if name == SPLITS[0] and self.config.transpose and isinstance(tokenizer, MusicTokenizer):
            self.varied = tokenizer
        whole = self.config.rare == "piece"
        self.known = {content.decode() for content in tokenizer.byte_table if content} if whole else set()
        self.ids_type = tokenizer.dtype.newbyteorder("<")
        self.ids_file = (folder / f"{name}.ids.bin").open("wb")
        self.starts_file = (folder / f"{name}.starts.bin").open("wb")
        self.tags_file = (folder / f"{name}.tags.bin").open("wb") if tag_ids else None
        self.digest = sha256()
        self.tokens = self.pieces = self.characters = 0
        self.originals: list[int] = []  # where pieces stand between their transpositions

    def write(self, texts: list[str], tags: NDArray[np.uint32], goes_on: bool, dropped: Counter[str] | None) -> None:
        """Append pieces.

        Args:
            texts: The pieces.
            tags: Their first-seen tag ids [pieces, fields].
            goes_on: Whether the first continues the last piece that was written.
            dropped: None where an unknown character is an error; else its count is added here.
        """
        if self.config.backward:
            texts = [turned(text) for text in texts]
        if self.config.rare == "piece" and dropped is not None and not goes_on:
            texts, tags = self._of_known_characters(texts, tags, dropped)
        if self.varied is not None:
            versions = [self.varied.musical.variants(text) for text in texts]
            tags = np.repeat(tags, [len(each) for each in versions], 0)
            firsts = np.cumsum([0, *(len(each) for each in versions[:-1])]) + self.pieces
            self.originals += firsts.tolist()
            texts = [text for each in versions for text in each]
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

    def counts(self) -> dict[str, Any]:
        """What ``corpus.json`` says of this part."""
        counts: dict[str, Any] = {"pieces": self.pieces, "tokens": self.tokens, "characters": self.characters}
        return counts if self.varied is None else {**counts, "originals": self.originals}


@dataclass(frozen=True)
class Packed:
    """What was written.

    Attributes:
        counts: Pieces, tokens and characters of each part.
        tag_values: The values of each tag; value ``i`` has id ``i + 1``.
        tag_counts: How many pieces have each of them.
        digest: Of all ids.
        left_out: Pieces left out for a rare character.
    """

    counts: dict[str, dict[str, Any]]
    tag_values: dict[str, list[str]]
    tag_counts: dict[str, list[int]]
    digest: str
    left_out: int


def turned(text: str) -> str:
    """A text with every line written from its end."""
    return "\n".join(line[::-1] for line in text.split("\n"))


def pack(
    folder: Path,
    spool: Spool,
    deal: Deal,
    tokenizer: Tokenizer,
    parts: list[bool],
    dropped: Counter[str] | None,
    advance: Callable[[int], object],
    config: PrepareConfig,
) -> Packed:
    """Encode a spooled corpus into the token files of its parts.

    Args:
        folder: Where the files go.
        spool: The pieces.
        deal: Which piece goes to which part.
        tokenizer: Trained on them.
        parts: For each of ``SPLITS``, whether anything falls to it.
        dropped: Gets the characters that have no token; None makes one an error.
        advance: Told how many characters were written.
        config: ``rare``, ``tag_min_count`` and ``backward`` count.
    """
    values, tag_ids, tag_counts = order_tags(spool, config.tag_min_count)
    largest = max((len(names) for names in values.values()), default=0)
    tag_type = np.dtype("<u2" if largest < 1 << 16 else "<u4")
    writers = {
        part: PartWriter(folder, name, tokenizer, tag_ids, tag_type, config)
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
    return Packed(
        {SPLITS[part]: writer.counts() for part, writer in writers.items()},
        values,
        tag_counts,
        digest.hexdigest(),
        sum(writer.left_out for writer in writers.values()),
    )


def write_part(block: Block, part: int, writer: PartWriter, dropped: Counter[str] | None) -> None:
    """Write those segments of a block that belong to one part."""
    chosen = np.flatnonzero(block.parts == part)
    if len(chosen) == 0:
        return
    segments = block.segments
    goes_on = block.goes_on and chosen[0] == 0
    writer.write([segments[index] for index in chosen.tolist()], block.tags[chosen], bool(goes_on), dropped)


def order_tags(
    spool: Spool, min_count: int = 1
) -> tuple[dict[str, list[str]], list[NDArray[np.int64]], dict[str, list[int]]]:
    """The values of each tag, the most frequent first, and the final id of each first-seen id (0 for the rare), and how
    many pieces have each value."""
    values: dict[str, list[str]] = {}
    final, often = [], {}
    for name, known, counts in zip(spool.tags, spool.values, spool.tag_counts(), strict=True):
        used = [value for value, first in known.items() if counts[first] >= min_count]
        used.sort(key=lambda value: (-counts[known[value]], value))
        ids = np.zeros(len(known) + 1, np.int64)
        for new, value in enumerate(used, start=1):
            ids[known[value]] = new
        values[name] = used
        often[name] = [int(counts[known[value]]) for value in used]
        final.append(ids)
    return values, final, often
