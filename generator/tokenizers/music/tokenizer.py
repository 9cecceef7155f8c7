"""Tokenizers of music: a character tokenizer whose characters are those of a musical alphabet."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import cache
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import TokenizerError
from ...music import Score
from ..base import Ids
from ..char import CharTokenizer
from .alphabet import FIRST, Alphabet

__all__ = ["MusicTokenizer"]


class MusicTokenizer(CharTokenizer):
    """A token for each character of an alphabet: token ``i + 1`` is ``alphabet.symbols[i]``.

    ``encode`` and ``decode`` take and give musical text as those of every tokenizer do; ``encode_score``
    and ``decode_score`` take and give scores.

    Attributes:
        musical: What the characters mean.
    """

    medium: ClassVar[str] = "music"

    @classmethod
    @abstractmethod
    def make_alphabet(cls) -> Alphabet:
        """The alphabet, made when it is first asked for, as it may lean on a heavy library."""

    @classmethod
    @cache
    def shared_alphabet(cls) -> Alphabet:
        """The one alphabet of this kind."""
        return cls.make_alphabet()

    @property
    def musical(self) -> Alphabet:
        """What the characters mean."""
        return self.shared_alphabet()

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int = 0, min_count: int = 1) -> Self:
        """The tokenizer of the alphabet, which does not depend on the texts; they are counted.

        Raises:
            TokenizerError: if there is no text.
        """
        characters = sum(map(len, texts))
        if not characters:
            raise TokenizerError("There is no music to learn from.", "Give a score that is not empty.")
        return cls.whole({"characters": characters})

    @classmethod
    def whole(cls, facts: dict[str, object] | None = None) -> Self:
        """The tokenizer of the whole alphabet."""
        return cls.from_alphabet((chr(FIRST + number) for number in range(len(cls.shared_alphabet().symbols))), facts)

    def encode_score(self, score: Score) -> Ids:
        """The tokens of a score, 1-D of ``dtype``, without boundaries.

        Raises:
            TokenizerError: if the alphabet cannot write it.
        """
        return self.encode(self.musical.write(score))

    def decode_score(self, ids: ArrayLike, *, key: str | None = None) -> Score:
        """The score of tokens; of a piece that breaks off, what is complete of it.

        Raises:
            TokenizerError: if they are not music.
        """
        return self.musical.read(self.decode(ids), key=key)

    def token_label(self, token: int) -> str:
        if token == self.boundary:
            return "<boundary>"
        return self.musical.label(self.token_bytes(token).decode())

    def cue_rows(self, text: str) -> NDArray[np.int64]:
        """The cues of each character and of the end of a piece, characters named by their tokens [characters + 1,
        fields]."""
        rows = self.musical.cue_rows(text)
        for column in self.naming:
            named = rows[:, column]
            rows[:, column] = np.where(named > 0, named - FIRST + 1, 0)
        return rows

    @property
    def naming(self) -> Sequence[int]:
        """The columns of the cues that name a character."""
        return [number for number, field in enumerate(self.musical.cue_fields) if not field.size]
