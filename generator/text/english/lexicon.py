"""The words that a writer of verse may use: those of a text that can be pronounced.

A lexicon knows its words by their letters (a tree for each direction of writing), by their stresses
and by their rhymes. What walks along a line of metre asks it; see ``walk``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .direction import Direction
from .pronunciations import normal, pronunciations
from .rhyme import tail, tails
from .words import CONTRACTED, words_of

__all__ = ["Lexicon"]

# Words that lean on the next one. Metre would let them end a line, the ear does not.
_LEANING = frozenset(
    ("the", "a", "an", "and", "or", "nor", "of", "than", "my", "thy", "our", "your", "their", "every", "o'", "i'")
)


class Lexicon:
    """Words with their stresses and rhymes.

    Args:
        words: The words, or how often each occurs. They are written as the text writes them, which may
            part contractions (``look 'd``). Those that cannot be pronounced are left out.
        ends: How often each ends a verse; if that is not told, as often as it occurs.
    Raises:
        GeneratorError: if the dictionary is not installed.

    Attributes:
        words: The words that can be pronounced, in order of the alphabet.
        counts: How often each occurs; 1 where that was not told.
        end_counts: How often each ends a verse.
        shapes: The different marks of stress that words have (see ``Pronunciation.stress``).
    """

    def __init__(self, words: Mapping[str, int] | Iterable[str], ends: Mapping[str, int] | None = None) -> None:
        told = dict(words) if isinstance(words, Mapping) else dict.fromkeys(words, 1)
        ways = {word: pronunciations(word) for word in sorted(told) if _is_word(normal(word))}
        self.words = tuple(word for word in ways if ways[word])
        self.counts = {word: told[word] for word in self.words}
        self.end_counts = self.counts if ends is None else {word: ends.get(word, 0) for word in self.words}
        self.shapes = tuple(sorted({way.stress for word in self.words for way in ways[word]}))
        self._number = {word: index for index, word in enumerate(self.words)}
        self._rhyming: dict[str, dict[int, int]] = {}
        self._bit = {shape: 1 << place for place, shape in enumerate(self.shapes)}

    @classmethod
    def of_text(cls, verses: Iterable[str], least: int = 1) -> Lexicon:
        """The lexicon of a text.

        Args:
            verses: Its lines, or whole poems.
            least: How often a word must occur.
        """
        counts: Counter[str] = Counter()
        ends: Counter[str] = Counter()
        for verse in (line for text in verses for line in text.splitlines()):
            if words := words_of(verse):
                counts.update(words)
                ends[words[-1]] += 1
        return cls({word: count for word, count in counts.items() if count >= least}, ends)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._number

    def shape_set(self, word: str, rhyme: str | None = None) -> int:
        """The shapes of a word as a set of bits, one for each of ``shapes``.

        Args:
            word: One of its words.
            rhyme: Count only the ways to say it that have this rhyme key.
        """
        ways = pronunciations(word)
        if rhyme is not None:
            ways = tuple(way for way in ways if (found := tail(way)) and found[0] == rhyme)
        return sum({self._bit[way.stress] for way in ways})

    @cached_property
    def shape_sets(self) -> tuple[int, ...]:
        """The ``shape_set`` of every word."""
        return tuple(map(self.shape_set, self.words))

    @cached_property
    def forward(self) -> Direction:
        """The words by their letters from the first to the last."""
        return Direction(self.words, self.shapes, self.initial(None))

    @cached_property
    def backward(self) -> Direction:
        """The words by their letters from the last to the first."""
        return Direction(
            [word[::-1] for word in self.words], [shape[::-1] for shape in self.shapes], self.initial(None)
        )

    def mass(self, backward: bool) -> NDArray[np.float64]:
        """How often, up to each place in the order of their letters, words occur: one more number than words."""
        return self._masses[backward]

    @cached_property
    def _masses(self) -> Mapping[bool, NDArray[np.float64]]:
        counts = np.array([self.counts[word] for word in self.words], float)
        found = {}
        for backward, side in ((False, self.forward), (True, self.backward)):
            ranked = np.empty(len(counts))
            ranked[side.ranks] = counts
            found[backward] = np.concatenate(([0.0], np.cumsum(ranked)))
        return found

    @cached_property
    def enders(self) -> frozenset[str]:
        """The words that may end a line: all but those that lean on the next one (the, of, my)."""
        return frozenset(self.words) - _LEANING

    def initial(self, letter: str | None) -> Mapping[int, int]:
        """The words that begin with a letter, apostrophes apart, with their shapes; None for all words."""
        return self._initials.get(letter, {})

    @cached_property
    def _initials(self) -> Mapping[str | None, Mapping[int, int]]:
        found: dict[str | None, dict[int, int]] = {None: dict(enumerate(self.shape_sets))}
        for index, word in enumerate(self.words):
            found.setdefault(word.lstrip("'")[:1], {})[index] = self.shape_sets[index]
        return found

    @cached_property
    def final(self) -> Mapping[int, int]:
        """The ``enders`` by their indices, with their shapes."""
        return self.shapes_of(self.enders)

    def index(self, word: str) -> int:
        """The place of one of its words among ``words``."""
        return self._number[word]

    def find(self, word: str) -> str | None:
        """A word as the lexicon writes it (``look 'd`` for ``look'd``); None if it is not there."""
        return self._spelled.get(normal(word))

    @cached_property
    def _spelled(self) -> Mapping[str, str]:
        return {normal(word): word for word in self.words}

    def shapes_of(self, words: Iterable[str], rhyme: str | None = None) -> dict[int, int]:
        """For words of the lexicon, by their indices, their ``shape_set``, where it is not empty."""
        if rhyme is None:
            return {self._number[word]: self.shape_sets[self._number[word]] for word in words if word in self}
        found = {self._number[word]: self.shape_set(word, rhyme) for word in words if word in self}
        return {word: shapes for word, shapes in found.items() if shapes}

    @cached_property
    def rhymes(self) -> Mapping[str, tuple[str, ...]]:
        """The words that may end a line by their rhyme keys, the commonest at line ends first.

        Words of one key need not all rhyme with each other: light and delight do not. Ask ``partners``.
        """
        found: dict[str, list[str]] = {}
        for word in sorted(self.enders, key=lambda word: (-self.end_counts[word], word)):
            for key in {key for key, _ in tails(word)}:
                found.setdefault(key, []).append(word)
        return {key: tuple(words) for key, words in found.items()}

    def rhyming(self, key: str) -> Mapping[int, int]:
        """The words of a rhyme key by their indices, the commonest first, with the shapes in which they have it."""
        if key not in self._rhyming:
            self._rhyming[key] = self.shapes_of(self.rhymes.get(key, ()), key)
        return self._rhyming[key]

    def partners(self, key: str, used: Iterable[str] = ()) -> frozenset[str]:
        """The words that may end a line and rhyme perfectly, by one key, with words that did.

        Args:
            key: The rhyme key.
            used: Words with this key that ended earlier lines. None of them is among the partners.
        """
        earlier = tuple(used)
        return frozenset(word for word in self.rhymes.get(key, ()) if self.rhyme_with(word, earlier, key))

    def rhyme_with(self, word: str, used: Iterable[str], key: str) -> bool:
        """Whether a word rhymes perfectly, by a key that all of them have, with each of some others.

        It must in all ways to say it and them that have the key, so that the metre may choose the way.
        """
        own = self.onsets(word, key)
        return all(own.isdisjoint(self.onsets(other, key)) for other in used)

    def onsets(self, word: str, key: str) -> frozenset[str]:
        """The consonants before the rhyme, in each way to say a word that has this rhyme key."""
        return frozenset(onset for own, onset in tails(word) if own == key)


def _is_word(word: str) -> bool:
    """Whether it can stand by itself: neither what is contracted with another word, nor a letter's name."""
    return word not in CONTRACTED and (len(word) > 1 or word in ("a", "i", "o"))
