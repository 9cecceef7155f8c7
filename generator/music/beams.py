"""Which short notes of a bar hang on one beam.

Beams show the beat: dotted beats in 6/8 and its like, pairs of eighths and a last group of three in 5/8 and
7/8, quarters elsewhere; in a bar of an even number of quarters, four plain eighths that fill a half note hang
together. See E. Gould, Behind Bars (2011), the chapter on metre. A rest ends a beam.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

from .durations import written
from .score import Event, Metre, Note

__all__ = ["beam_marks"]

EIGHTH = Fraction(1, 2)


def beam_marks(chords: Sequence[Sequence[Event]], start: Fraction, metre: Metre | None) -> list[list[str]]:
    """For each chord what becomes of each beam at it, the longest beam first.

    Args:
        chords: The events of one voice in one bar; a chord is several.
        start: Where a full bar that ends with this one would begin, if it is a pickup; else its beginning.
        metre: That of the bar, or None.

    Returns:
        ``begin``, ``continue``, ``end``, ``forward hook`` or ``backward hook`` for each beam, as MusicXML
        names them; no beams for rests and for notes that stand alone.
    """
    marks: list[list[str]] = [[] for _ in chords]
    flags = [flags_of(chord[0]) for chord in chords]
    groups = groups_of(chords, start, metre)
    place = 0
    while place < len(chords):
        stop = place + 1
        while flags[place] and stop < len(chords) and flags[stop] and groups[stop] == groups[place]:
            stop += 1
        if stop - place > 1:
            for level in range(1, max(flags[place:stop]) + 1):
                mark_level(marks, flags, place, stop, level)
        place = stop
    return marks


def mark_level(marks: list[list[str]], flags: list[int], first: int, stop: int, level: int) -> None:
    """Mark one level of a group of beamed notes: a beam where neighbours share it, a hook where one is alone."""
    place = first
    while place < stop:
        end = place
        while end < stop and flags[end] >= level:
            end += 1
        if end - place == 1:
            marks[place].append("forward hook" if place == first else "backward hook")
        elif end > place:
            for each in range(place, end):
                marks[each].append("begin" if each == place else "end" if each == end - 1 else "continue")
        place = max(end, place + 1)


def flags_of(event: Event) -> int:
    """How many flags a note has that stands alone: one for an eighth; none for a rest."""
    value = written(event.duration, event.tuplet) if isinstance(event, Note) else None
    return max(0, value[0].denominator.bit_length() - 1) if value else 0


def groups_of(chords: Sequence[Sequence[Event]], start: Fraction, metre: Metre | None) -> list[Hashable]:
    """For each chord the group that it falls into; neighbours in one group may share a beam."""
    places = [chord[0].onset - start for chord in chords]
    if metre is not None and metre.beat_type >= 8:
        unit = Fraction(4, metre.beat_type)
        if metre.beats % 3 == 0:
            return [place // (3 * unit) for place in places]
        return [min(place // (2 * unit), max(metre.beats // 2 - 1, 0)) for place in places]
    if metre is None or metre.bar % 2:
        return [place // 1 for place in places]
    uneven = {
        place // 2
        for place, chord in zip(places, chords, strict=True)
        if chord[0].duration != EIGHTH or chord[0].tuplet or not isinstance(chord[0], Note)
    }
    return [("beat", place // 1) if place // 2 in uneven else ("half", place // 2) for place in places]
