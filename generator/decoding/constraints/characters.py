"""Rules about characters, carried over to tokens, which may be parts of characters or many of them.

A rule says which characters may come; this file walks the bytes of every token of the vocabulary
from where a row stands, once for each place, and keeps what it found.
"""

from __future__ import annotations

import codecs
from abc import abstractmethod
from collections.abc import Hashable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ...tokenizers import Tokenizer
from .base import Constraint, Context, Mask, remembered

__all__ = ["CharacterRule"]


class Stand(NamedTuple):
    """The rule's own place, and the bytes of a character that is not whole yet."""

    place: Hashable
    begun: bytes = b""


class CharacterRule(Constraint):
    """A constraint that is stated in characters; where a row stands is a ``Stand``."""

    @abstractmethod
    def first(self, prompt: str) -> Hashable:
        """The rule's place after the prompt."""

    @abstractmethod
    def characters(self, place: Hashable) -> frozenset[str] | None:
        """The characters that may come at a place; None for all."""

    @abstractmethod
    def after(self, place: Hashable, character: str) -> Hashable:
        """The place after a character that was allowed."""

    @abstractmethod
    def may_end(self, place: Hashable) -> bool:
        """Whether the text may end at a place."""

    def begin(self, context: Context) -> Hashable:
        self.tokenizer = context.tokenizer
        self._mask = remembered(self, type(self)._find_mask, 4096)
        self._prefixes = lru_cache(maxsize=256)(prefixes_of)
        return Stand(self.first(context.prompt))

    def allowed(self, place: Hashable) -> Mask | None:
        assert isinstance(place, Stand)
        return self._mask(place)

    def advance(self, place: Hashable, token: int) -> Hashable:
        assert isinstance(place, Stand)
        if token == self.tokenizer.boundary:
            return place
        there = self._walk(place, self.tokenizer.token_bytes(token))
        assert there is not None, "only allowed tokens are advanced over"
        return there

    def _find_mask(self, stand: Stand) -> Mask:
        tokenizer: Tokenizer = self.tokenizer
        mask = np.array([self._walk(stand, content) is not None for content in tokenizer.byte_table])
        mask[tokenizer.boundary] = not stand.begun and self.may_end(stand.place)
        mask.setflags(write=False)
        return mask

    def _walk(self, stand: Stand, content: bytes) -> Stand | None:
        """Where some bytes lead; None where the rule forbids one of them."""
        place = stand.place
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            text = decoder.decode(stand.begun + content)
        except UnicodeDecodeError:
            return None
        for character in text:
            some = self.characters(place)
            if some is not None and character not in some:
                return None
            place = self.after(place, character)
        begun = decoder.getstate()[0]
        if begun:
            some = self.characters(place)
            if not can_be_finished(begun) if some is None else begun not in self._prefixes(some):
                return None
        return Stand(place, begun)


def can_be_finished(begun: bytes) -> bool:
    """Whether some character's UTF-8 form begins like this.

    The decoder holds back the beginning of a surrogate, which nothing can make a character. The
    lowest or the highest bytes complete every other beginning.
    """
    missing = (2 if begun[0] < 0xE0 else 3 if begun[0] < 0xF0 else 4) - len(begun)
    for rest in (b"\x80", b"\xbf"):
        try:
            (begun + missing * rest).decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def prefixes_of(characters: frozenset[str]) -> frozenset[bytes]:
    """The beginnings of the UTF-8 forms of characters, whole forms left out."""
    return frozenset(form[:size] for form in map(str.encode, characters) for size in range(1, len(form)))


def writable(tokenizer: Tokenizer, characters: frozenset[str]) -> frozenset[str]:
    """The characters that the tokenizer has a way to write."""
    if tokenizer.kind != "char":
        return characters  # the others can write every character by its bytes
    return characters & frozenset(content.decode() for content in tokenizer.byte_table)
