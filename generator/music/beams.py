"""Which short notes of a bar hang on one beam.

Beams show the beat: dotted beats in 6/8 and its like, pairs of eighths and a last group of three in 5/8 and
7/8, quarters elsewhere; in a bar of an even number of quarters, four plain eighths that fill a half note hang
together. See E. Gould, Behind Bars (2011), the chapter on metre. A rest ends a beam. ABC, which has no beams of
its own, says the same with spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction

from .durations import written
from .score import Event, Metre, Note, Score

__all__ = ["beam_marks", "beam_start", "beat_of", "parted"]

EIGHTH = Fraction(1, 2)
MOMENT = Fraction(1, 1 << 20)  # shorter than any note


def beat_of(metre: Metre) -> Fraction:
    """Quarters in a beat, as people count: dotted in compound metres."""
    if metre.beats > 3 and metre.beats % 3 == 0 and metre.beat_type >= 8:
        return Fraction(12, metre.beat_type)
    return Fraction(4, metre.beat_type)


def beam_start(score: Score, start: Fraction, end: Fraction) -> Fraction:
    """Where the beats of a bar are counted from: its beginning, or for a pickup that of the full bar it ends."""
    metre = score.metre_at(start)
    return end - metre.bar if metre and (start == 0 or start in score.sections) else start


def beam_marks(chords: Sequence[Sequence[Event]], start: Fraction, metre: Metre | None) -> list[list[str]]:
    """For each chord what becomes of each beam at it, the longest beam first.

    Args:
        chords: The events of one voice in one bar; a chord is several.
        start: Where the beats are counted from, see ``beam_start``.
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


def parted(chords: Sequence[Sequence[Event]], start: Fraction, metre: Metre | None) -> list[bool]:
    """For each chord of a bar whether it is parted from the one before, as by a space in ABC.

    Notes that hang on one beam are not, nor longer ones that lie in one group with them. What lasts into the next
    group stands alone, and so does a rest.

    Args:
        chords, start, metre: As for ``beam_marks``.
    """
    at = grouping(chords, start, metre)
    groups = [at(chord[0].onset) for chord in chords]
    flags = [flags_of(chord[0]) for chord in chords]
    inside = [
        isinstance(chord[0], Note) and at(chord[0].end - MOMENT) == group
        for chord, group in zip(chords, groups, strict=True)
    ]
    return [False] * bool(chords) + [
        groups[place] != groups[place + 1]
        or not ((flags[place] and flags[place + 1]) or (inside[place] and inside[place + 1]))
        for place in range(len(chords) - 1)
    ]


def groups_of(chords: Sequence[Sequence[Event]], start: Fraction, metre: Metre | None) -> list[Hashable]:
    """For each chord the group that it falls into; neighbours in one group may share a beam."""
    at = grouping(chords, start, metre)
    return [at(chord[0].onset) for chord in chords]


def grouping(chords: Sequence[Sequence[Event]], start: Fraction, metre: Metre | None) -> Callable[[Fraction], Hashable]:
    """What says of a time into which group of the bar it falls."""
    if metre is not None and metre.beat_type >= 8:
        unit = Fraction(4, metre.beat_type)
        if metre.beats % 3 == 0:
            return lambda time: (time - start) // (3 * unit)
        last = max(metre.beats // 2 - 1, 0)
        return lambda time: min((time - start) // (2 * unit), last)
    if metre is None or metre.bar % 2:
        return lambda time: (time - start) // 1
    uneven = {
        (chord[0].onset - start) // 2
        for chord in chords
        if chord[0].duration != EIGHTH or chord[0].tuplet or not isinstance(chord[0], Note)
    }

    def half_or_beat(time: Fraction) -> Hashable:
        place = time - start
        return ("beat", place // 1) if place // 2 in uneven else ("half", place // 2)

    return half_or_beat
