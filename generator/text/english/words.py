"""The words of a verse, as the pronouncing dictionary can look them up."""

from __future__ import annotations

import re

from .pronunciations import normal, pronunciations

__all__ = ["CONTRACTED", "PUNCTUATION", "words_of"]

# What corpora part from the word before it: look 'd, do n't, thou 'rt.
CONTRACTED = frozenset({"'s", "'d", "n't", "'ll", "'ve", "'re", "'m", "'st", "'t", "'lt", "'rt", "'th"})

# What may stand after a word, as a token of its own.
PUNCTUATION = frozenset(",.;:!?-—")

_PARTS = re.compile(r"\s+|—|--+|…")
_EDGES = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~“”«»–—'


def words_of(verse: str) -> tuple[str, ...]:
    """The words of a verse in their order, in lower case, without punctuation.

    A contraction that is parted from its word stays with it, space and all: ``look 'd`` is one word.
    Quotation marks are taken off, apostrophes that belong to a word ('tis, th') are kept.
    """
    words: list[str] = []
    joins = False
    for part in _PARTS.split(verse.lower().replace("’", "'").replace("‘", "'")):
        word = part.strip(_EDGES)
        if joins and word in CONTRACTED:
            words[-1] += " " + word
        elif word := _unquoted(word):
            words.append(word)
        joins = bool(word) and part.endswith(word)
    return tuple(words)


def _unquoted(word: str) -> str:
    bare = word.strip("'")
    if bare == word or not bare:
        return bare
    quoted = word.startswith("'") and word.endswith("'")
    for kept in (bare, word) if quoted else (word, bare):
        if pronunciations(normal(kept)):
            return kept
    return bare
