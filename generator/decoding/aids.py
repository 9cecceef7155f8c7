"""What helps a model of verse to write in form, learnt from its corpus and kept beside its weights.

Neighbours of characters, to see ahead in a line; lines that were read, so as not to copy them; and
the words of an English corpus, of which lines in metre are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..corpus import read_text
from ..corpus.packing import turned
from ..text.chinese.analysis import lines_of
from ..text.english.words import words_of
from .bigrams import Bigrams
from .known_lines import KnownLines

if TYPE_CHECKING:
    from ..corpus import PreparedCorpus

__all__ = ["Aids"]

LEAST_COUNT = 2  # times a word must stand in an English corpus: what stands once is a slip or a foreign word
LEAST_LINE = 3  # characters; shorter ones are nobody's


@dataclass(frozen=True)
class Aids:
    """What there is; a model without a corpus of verse has none of it.

    Attributes:
        bigrams: Neighbours, for Chinese.
        known: Lines that were read.
        words: The words of an English corpus, how often each stands there, and how often at the end of a line.
    """

    bigrams: Bigrams | None = None
    known: KnownLines | None = None
    words: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of_corpus(cls, prepared: PreparedCorpus, language: str) -> Aids:
        """Learn them from the training part of a corpus of poems.

        Args:
            prepared: Its tokens must be characters for ``zh``.
            language: ``zh`` or ``en``.
        """
        if language == "zh":
            part = prepared.split("train")
            lines = (line.text for text in read_text(prepared, "train") for line in lines_of(text))
            return cls(
                Bigrams.of_stream(part.ids, prepared.tokenizer.vocab_size),
                KnownLines.of(line for line in lines if len(line) >= LEAST_LINE),
            )
        lines_read: set[str] = set()
        counts: Counter[str] = Counter()
        ends: Counter[str] = Counter()
        for text in verses_of(prepared):
            verses = [line for line in text.splitlines() if line]
            lines_read.update(verses)
            for words in map(words_of, verses):
                counts.update(words)
                ends.update(words[-1:])
        known = {word: (count, ends[word]) for word, count in counts.items() if count >= LEAST_COUNT}
        return cls(None, KnownLines.of(lines_read), known)

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Aids:
        """What ``tensors`` gave."""
        words = bytes(tensors["lexicon"].tolist()).decode() if "lexicon" in tensors else ""
        counted = (line.rsplit(" ", 2) for line in words.splitlines())
        return cls(
            Bigrams.from_tensors(tensors) if "bigrams.starts" in tensors else None,
            KnownLines.from_tensors(tensors) if "lines.bits" in tensors else None,
            {word: (int(count), int(ends)) for word, count, ends in counted},
        )

    def tensors(self) -> dict[str, Tensor]:
        """All of it as tensors, for a checkpoint."""
        found: dict[str, Tensor] = {}
        if self.bigrams is not None:
            found |= self.bigrams.tensors()
        if self.known is not None:
            found |= self.known.tensors()
        if self.words:
            listed = "".join(f"{word} {count} {ends}\n" for word, (count, ends) in sorted(self.words.items()))
            found["lexicon"] = torch.tensor(list(listed.encode()), dtype=torch.uint8)
        return found


def verses_of(prepared: PreparedCorpus) -> Iterable[str]:
    """The training poems, each line read from its beginning."""
    backward = bool(prepared.details.get("backward"))
    for text in read_text(prepared, "train"):
        yield turned(text) if backward else text
