"""An English verse against the line that a form asks for: its syllables, and where its stresses fall.

Every way to say every word is tried; one that keeps the line is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..english.pronunciations import Pronunciation
from ..forms.form import Line
from .words import Word, words_in

__all__ = ["Measured", "measure"]

Way = tuple[Pronunciation, ...]


@dataclass(frozen=True)
class Measured:
    """A verse and how well it keeps a line.

    Attributes:
        words: Its words.
        least, most: How many syllables it can have; words that are unknown are not counted.
        pattern: The pattern that it comes nearest to, a mark a syllable; None if its syllables fit none.
        way: How its words are said then.
        wrong: The syllables, from 1, that contradict the pattern so.
        endings: The ways to say its last word in which the whole line is kept; all ways of that word
            where the line is not kept anyhow.
    """

    words: tuple[Word, ...]
    least: int
    most: int
    pattern: str | None
    way: Way
    wrong: tuple[int, ...]
    endings: Way


@lru_cache(maxsize=1 << 12)
def measure(verse: str, line: Line) -> Measured:
    """Find the ways to say a verse that keep a line best.

    Raises:
        GeneratorError: if the pronouncing dictionary is not installed.
    """
    words = words_in(verse)
    ways = [word.ways for word in words if word.ways]
    least = sum(min(way.syllables for way in each) for each in ways)
    most = sum(max(way.syllables for way in each) for each in ways)
    last = words[-1].ways if words else ()
    none = Measured(words, least, most, None, (), (), last)
    if len(ways) < len(words) or not words:
        return none
    found: list[tuple[int, str, Way, tuple[int, ...]]] = []
    endings: list[Pronunciation] = []
    for pattern in patterns_of(line, least, most):
        for ending in last:
            if (way := best_way([*ways[:-1], (ending,)], pattern)) is None:
                continue
            wrong = mismatches("".join(word.stress for word in way), pattern)
            found.append((len(wrong), pattern, way, wrong))
            if not wrong and ending not in endings:
                endings.append(ending)
    if not found:
        return none
    _, pattern, way, wrong = min(found, key=lambda option: option[0])
    return Measured(words, least, most, pattern, way, wrong, tuple(endings) or last)


def patterns_of(line: Line, least: int, most: int) -> tuple[str, ...]:
    """The lawful patterns of a line; without a rule on stresses any stresses over its lawful lengths."""
    if line.stress:
        return line.stress
    fewest, longest = line.syllables or (least, most)
    return tuple("." * length for length in range(max(fewest, least), min(longest, most) + 1))


def best_way(words: Sequence[Way], pattern: str) -> Way | None:
    """The way to say the words that fills a pattern with the fewest contradictions; None if none fills it."""
    reached: dict[int, tuple[int, Way]] = {0: (0, ())}
    for ways in words:
        after: dict[int, tuple[int, Way]] = {}
        for place, (cost, said) in reached.items():
            for way in ways:
                end = place + way.syllables
                if end > len(pattern):
                    continue
                total = cost + len(mismatches(way.stress, pattern[place:end]))
                if end not in after or total < after[end][0]:
                    after[end] = (total, (*said, way))
        reached = after
    return reached[len(pattern)][1] if len(pattern) in reached else None


def mismatches(stress: str, pattern: str) -> tuple[int, ...]:
    """The syllables, from 1, at which a stressed one meets a weak place or an unstressed one a strong place."""
    pairs = zip(stress, pattern, strict=True)
    return tuple(place for place, pair in enumerate(pairs, start=1) if set(pair) == {"x", "/"})
