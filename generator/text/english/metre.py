"""What is left of a line: the tables on which the walk along a line rests.

A *rest* is what remains of a pattern after some words. Patterns that end alike share their rests, so
that all patterns of a line together are one small machine; sets of rests are sets of bits in an int,
and so are sets of shapes (the different marks of stress that words have).
"""

from __future__ import annotations

from collections.abc import Sequence

from .stress import fits

__all__ = ["Metre"]


class Metre:
    """The rests of some patterns, and where words of each shape lead.

    Args:
        patterns: Lawful patterns of a line, a mark a syllable, in the order of writing.
        shapes: The marks of words, in the order of writing.

    Attributes:
        rests: The rests, shorter ones first; the first is the empty one, where a line ends.
        start: The patterns themselves, as a set of rests.
        steps: For each rest, the rests to which a word leads, each with the shapes that lead there.
    """

    def __init__(self, patterns: Sequence[str], shapes: Sequence[str]) -> None:
        found = {pattern[place:] for pattern in patterns for place in range(len(pattern) + 1)}
        self.rests = tuple(sorted(found, key=lambda rest: (len(rest), rest)))
        number = {rest: index for index, rest in enumerate(self.rests)}
        self.start = sum({1 << number[pattern] for pattern in patterns})
        steps: list[tuple[tuple[int, int], ...]] = []
        for rest in self.rests:
            leads: dict[int, int] = {}
            for bit, shape in enumerate(shapes):
                if fits(shape, rest):
                    after = number[rest[len(shape) :]]
                    leads[after] = leads.get(after, 0) | 1 << bit
            steps.append(tuple(sorted(leads.items())))
        self.steps = tuple(steps)
