"""What an alphabet of musical characters is: scores written as text, and text read as scores.

Each musical character is one character of the private use area, so a piece of music is a ``str`` like
any other: it is spooled, split, counted, predicted and searched for copies as text is. An alphabet
says what its characters mean, which may follow which, and what is due at each place.

    text = alphabet.write(score)
    alphabet.read(text) == score        for everything that the alphabet keeps
    place = alphabet.begin(Wish())      a way through a lawful piece, one character at a time
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import TokenizerError
from ...music import Score
from ...text.cues import CueField

__all__ = ["FIRST", "Alphabet", "Place", "Wish", "characters"]

FIRST = 0xE000  # the private use area: 6,400 characters that mean what we say
MOST = 0xF8FF - FIRST + 1


@dataclass(frozen=True)
class Wish:
    """What is asked of a piece before it is written; None leaves it to the model.

    Attributes:
        key: ``E``, ``E minor``, ``Bb``: a tonic, and perhaps a mode.
        mode: ``major``, ``dorian``, ... where the key does not say.
        metre: ``6/8``.
        bars: Full bars in all, a pickup not counted.
        given: What of the piece is settled already, in the words of one alphabet.
        modes: Those that a tonic alone leaves open, where the model does not know all; empty for all.
    """

    key: str | None = None
    mode: str | None = None
    metre: str | None = None
    bars: int | None = None
    given: Any = None
    modes: tuple[str, ...] = ()


class Place(ABC):
    """Where a piece stands that is being written; immutable, so rows and beams may share it.

    ``allowed`` is what may be written, and is stricter than what ``advance`` follows: every piece of
    a corpus can be followed, and what is written only so comes out lawful.
    """

    @abstractmethod
    def allowed(self) -> str:
        """The characters that may come next, in any order; empty where only the end may."""

    @abstractmethod
    def may_end(self) -> bool:
        """Whether the piece may end here."""

    @abstractmethod
    def advance(self, character: str) -> Place:
        """The place behind a character."""

    def parallels(self) -> str:
        """The characters that would break the rules of part writing here; none in an alphabet that has no voices."""
        return ""

    @abstractmethod
    def cues(self) -> tuple[int, ...]:
        """What a network is told of the character that is due, a value for each of the alphabet's ``cue_fields``.

        The value of a field of size 0 is ``ord`` of the character that it names, or 0.
        """


class Alphabet(ABC):
    """Musical characters and what they mean.

    Attributes:
        kind: What it is called on the command line.
        symbols: How each character is shown to people; character ``i`` is ``chr(FIRST + i)``.
        cue_fields: What ``Place.cues`` tells, in order.
        keeps: In words, what of a score comes back; everything else is dropped.
        loop: How many characters may be repeated of what just stood there, however short it is; of a longer
            passage, two repetitions may stand. People's music that was looked at has no more.
    """

    kind: ClassVar[str]
    symbols: ClassVar[tuple[str, ...]]
    cue_fields: ClassVar[tuple[CueField, ...]]
    keeps: ClassVar[str]
    loop: ClassVar[int] = 192

    @abstractmethod
    def write(self, score: Score) -> str:
        """A score as text.

        Raises:
            TokenizerError: if the score has what the alphabet cannot write, naming it and its bar.
        """

    @abstractmethod
    def read(self, text: str, *, key: str | None = None) -> Score:
        """The score of a text, lawful also where the text breaks off: what was begun last is left out.

        Args:
            text: As ``write`` makes it, or any beginning of one.
            key: The tonic to write it in, where the alphabet does not keep keys.
        Raises:
            TokenizerError: if it is not music of this alphabet, naming the place.
        """

    @abstractmethod
    def kept(self, score: Score) -> Score:
        """The score without what the alphabet drops: ``read(write(score)) == kept(score)``."""

    @abstractmethod
    def tags(self, score: Score) -> Mapping[str, str]:
        """What is told of a whole piece: ``mode``, ``metre``, ``type``, ``key`` where the alphabet has one."""

    @abstractmethod
    def begin(self, wish: Wish) -> Place:
        """The place before the first character.

        Raises:
            ConstraintUnsatisfiable: if the wish cannot be met.
        """

    def variants(self, text: str) -> list[str]:
        """The piece, and what else can be learnt from it by the same right, as its transpositions."""
        return [text]

    def known(self, text: str) -> Wish:
        """A wish in which everything is settled as it is in ``text``, as the cues of training are made with."""
        return Wish()

    def cue_rows(self, text: str) -> NDArray[np.int64]:
        """The cues of each character and of the end of a piece [characters + 1, fields]."""
        place = self.begin(self.known(text))
        rows = np.zeros((len(text) + 1, len(self.cue_fields)), np.int64)
        rows[0] = place.cues()
        for number, character in enumerate(text, start=1):
            place = place.advance(character)
            rows[number] = place.cues()
        return rows

    def label(self, character: str) -> str:
        """A character as people read it.

        Raises:
            TokenizerError: if it is none of this alphabet.
        """
        number = ord(character) - FIRST
        if not 0 <= number < len(self.symbols):
            raise TokenizerError(f"{character!r} is no character of the alphabet {self.kind}.")
        return self.symbols[number]

    def shown(self, text: str) -> str:
        """A text as people read it: labels with spaces between."""
        return " ".join(map(self.label, text))


def characters(symbols: tuple[str, ...]) -> dict[str, str]:
    """Symbol to character.

    Raises:
        ValueError: if there are too many, or two are alike.
    """
    found = {symbol: chr(FIRST + number) for number, symbol in enumerate(symbols)}
    if len(found) < len(symbols) or len(symbols) > MOST:
        raise ValueError("every symbol of an alphabet must be another, and they must fit the private use area")
    return found
