"""How the tokens of a vocabulary sound: a rhyme book laid over it as masks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from ...errors import DecodingError
from ...text.chinese.script import to_simplified, variants
from ...text.chinese.sounds import Rhymebook
from ...text.forms.form import EITHER, LEVEL, OBLIQUE
from ...tokenizers import Tokenizer
from .base import Mask

__all__ = ["SoundMasks"]


class SoundMasks:
    """Which tokens are level, oblique, of a rhyme.

    Args:
        tokenizer: Its tokens must be characters.
        book: What says how they sound.
    Attributes:
        kinds: A number for each token, the same for those that simplified writing does not tell apart [vocab_size].
        groups: The rhymes of each token, those by which it rhymes in either script [vocab_size].
        readings: Its tones, likewise.
        tones: For 平, 仄 and 中 (any character that the book knows) the tokens [vocab_size].
    Raises:
        DecodingError: if tokens are not characters.
    """

    def __init__(self, tokenizer: Tokenizer, book: Rhymebook) -> None:
        if tokenizer.kind != "char":
            raise DecodingError(
                f"Chinese forms need a model that writes characters; this one writes {tokenizer.kind} tokens.",
                "Train with --tokenizer char.",
            )
        self.tokenizer, self.book = tokenizer, book
        self.characters = [content.decode() for content in tokenizer.byte_table]
        self.ids = {character: token for token, character in enumerate(self.characters) if character}
        simple = [to_simplified(character) for character in self.characters]
        shapes: dict[str, int] = {}
        self.kinds = np.array([shapes.setdefault(shape, len(shapes)) for shape in simple])
        self.groups = [book.rhymes(character) if character else frozenset[str]() for character in self.characters]
        if book.name == "xinyun":  # it hears a character as it is written, and the poem may be shown in either script
            self.groups = [
                some & book.rhymes(shape) if some else some for some, shape in zip(self.groups, simple, strict=True)
            ]
        heard = [frozenset(map(book.tone_of_rhyme, groups)) for groups in self.groups]
        self.readings = heard
        self.tones: dict[str, Mask] = {
            tone: np.array([tone in tones for tones in heard], np.bool_) for tone in (LEVEL, OBLIQUE)
        }
        self.tones[EITHER] = self.tones[LEVEL] | self.tones[OBLIQUE]

    @cached_property
    def rhymes(self) -> dict[str, Mask]:
        """For each group of the book its tokens [vocab_size]."""
        found = {group: np.zeros(len(self.characters), np.bool_) for group in self.book.groups()}
        for token, groups in enumerate(self.groups):
            for group in groups:
                found[group][token] = True
        return found

    @cached_property
    def rhyming_kinds(self) -> dict[str, frozenset[int]]:
        """For each group of the book the kinds of its tokens."""
        return {group: self.kinds_of(mask) for group, mask in self.rhymes.items()}

    def tokens_of(self, character: str) -> frozenset[int]:
        """The tokens that a person's character may stand for: it, and those that are it in simplified writing."""
        shown = to_simplified(character)
        found = (other for other in variants(character) if other == character or to_simplified(other) == shown)
        return frozenset(self.ids[other] for other in found if other in self.ids)

    def mask_of(self, tokens: Iterable[int]) -> Mask:
        """A mask of some tokens [vocab_size]."""
        mask = np.zeros(len(self.characters), np.bool_)
        mask[list(tokens)] = True
        return mask

    def spread(self, tokens: Iterable[int]) -> Mask:
        """A mask of some tokens and of all that are one character with them [vocab_size]."""
        present = np.zeros(len(self.characters), np.bool_)
        present[self.kinds[list(tokens)]] = True
        return present[self.kinds]

    def kinds_of(self, mask: Mask) -> frozenset[int]:
        """The kinds of the tokens of a mask."""
        return frozenset(self.kinds[mask].tolist())

    def count_kinds(self, mask: Mask) -> int:
        """How many different characters a mask has."""
        return len(np.unique(self.kinds[mask]))

    def fits(self, token: int, tone: str) -> bool:
        """Whether a token can be read in a tone; 中 is either."""
        return bool(self.tones[tone][token])
