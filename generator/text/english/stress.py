"""Where in a line of metre a word may stand.

A pattern has a mark for each syllable of a line: ``x`` weak, ``/`` strong, ``.`` either. A word has
marks of its own (``Pronunciation.stress``), and fits where no ``x`` meets a ``/``. Words of one
syllable fit everywhere, as a line of verse makes of them what it needs.

    >>> fits("x/", "x/x/x/x/x/", 2), fits("x/", "x/x/x/x/x/", 1)
    (True, False)
"""

from __future__ import annotations

from collections.abc import Iterable

from .pronunciations import Pronunciation, pronunciations

__all__ = ["fits", "line_fits", "places_after"]


def fits(stress: str, pattern: str, place: int = 0) -> bool:
    """Whether a word with these marks may begin at a syllable of a pattern, counted from 0.

    False where the word is longer than what is left of the pattern.
    """
    asked = pattern[place : place + len(stress)]
    return len(asked) == len(stress) and all(
        mark == want or mark == "." or want == "." for mark, want in zip(stress, asked, strict=True)
    )


def places_after(ways: Iterable[Pronunciation], pattern: str, place: int) -> frozenset[int]:
    """The syllables of a pattern at which the next word may begin, if a word begins at this one.

    Args:
        ways: The ways to say the word.
        pattern: Marks of the line.
        place: The syllable at which the word begins, counted from 0.
    Returns:
        One place for each length at which the word fits; empty if it does not.
    """
    return frozenset(place + way.syllables for way in ways if fits(way.stress, pattern, place))


def line_fits(words: Iterable[str], pattern: str) -> bool:
    """Whether a line of words keeps a pattern in some way to say it; unknown words keep none.

    Raises:
        GeneratorError: if the dictionary is not installed.
    """
    places = frozenset({0})
    for word in words:
        ways = pronunciations(word)
        places = frozenset(after for place in places for after in places_after(ways, pattern, place))
    return len(pattern) in places
