"""Which lengths one written note can have, and how any other is made of tied ones.

All lengths are exact fractions of a quarter note. A plain value is 2^k quarters; dots lengthen it by
a half, a half and a quarter, and so on; in a tuplet of ``actual`` notes in the time of ``normal`` it
is shortened to ``normal / actual`` of itself.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

__all__ = ["Tuplet", "exact", "is_writable", "split", "written"]

Tuplet = tuple[int, int]  # so many notes in the time of so many: (3, 2) is a triplet

LONGEST = Fraction(16)  # a longa: four whole notes
SHORTEST = Fraction(1, 256)  # of a quarter: a 1024th note, the shortest that MusicXML names
MOST_DOTS = 3
MOST_QUARTERS = 4096  # of one duration that is split, so that not millions of notes come of it
TUPLETS = {3: (3, 2), 5: (5, 4), 7: (7, 4), 9: (9, 8), 11: (11, 8), 13: (13, 8), 15: (15, 8)}


def exact(value: Fraction | float) -> Fraction:
    """A number as a fraction; a float that stands for a simple one (0.333…) becomes that one."""
    return Fraction(value).limit_denominator(20160) if isinstance(value, float) else Fraction(value)


@lru_cache(maxsize=4096)
def written(duration: Fraction, tuplet: Tuplet | None = None) -> tuple[Fraction, int] | None:
    """How a duration is written as one note: the plain value in quarters and the number of dots.

    Returns:
        ``(value, dots)``, or None if no note with at most three dots has that length.
    """
    if duration <= 0:
        return None
    if tuplet:
        duration = duration * tuplet[0] / tuplet[1]
    for dots in range(MOST_DOTS + 1):
        value = duration * (1 << dots) / ((2 << dots) - 1)
        simple = value.numerator & (value.numerator - 1) == 0 and value.denominator & (value.denominator - 1) == 0
        if simple and SHORTEST <= value <= LONGEST:
            return value, dots
    return None


def is_writable(duration: Fraction, tuplet: Tuplet | None = None) -> bool:
    """Whether one note can have this length."""
    return written(duration, tuplet) is not None


@lru_cache(maxsize=4096)
def split(duration: Fraction) -> tuple[tuple[Fraction, Tuplet | None], ...] | None:
    """A duration as the lengths and tuplets of the notes that are tied to make it, longest first.

    Only plain and singly dotted values are used, as hand-written music does.

    Returns:
        The notes in order, or None for a length that no common tuplet reaches, or that no bar can hold.
    """
    odd = duration.denominator
    while odd % 2 == 0:
        odd //= 2
    tuplet = None if odd == 1 else TUPLETS.get(odd)
    if duration <= 0 or (odd != 1 and tuplet is None):
        return None
    rest = duration if tuplet is None else duration * tuplet[0] / tuplet[1]
    if rest.denominator & (rest.denominator - 1) or rest.denominator > 256 or rest > MOST_QUARTERS:
        return None
    scale = Fraction(1) if tuplet is None else Fraction(tuplet[1], tuplet[0])
    found: list[tuple[Fraction, Tuplet | None]] = []
    value = LONGEST
    while rest > 0:
        if value * 3 / 2 <= rest < value * 2:
            found.append((value * 3 / 2 * scale, tuplet))
            rest -= value * 3 / 2
        elif rest >= value:
            found.append((value * scale, tuplet))
            rest -= value
        else:
            value /= 2
    return tuple(found)
