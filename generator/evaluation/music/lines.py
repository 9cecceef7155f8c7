"""What sounds in a score, as arrays that all measures share.

A line is what a listener follows of one voice: its notes with ties joined, and of a chord the highest.
Parts of percussion are left out, because their pitches are names of drums.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from generator.music import Note, Score, Voice

__all__ = ["Line", "line_of", "lines_of", "pickups", "places_in_bars", "sounding_notes", "tonics_at"]


@dataclass(frozen=True)
class Line:
    """One voice as a melody.

    Attributes:
        pitches: Key numbers [notes] int64, 60 for middle C.
        onsets: Quarters from the beginning [notes], exact.
        durations: Quarters [notes], exact; ties joined.
    """

    pitches: np.ndarray
    onsets: tuple[Fraction, ...]
    durations: tuple[Fraction, ...]

    def __len__(self) -> int:
        return len(self.onsets)


def line_of(voice: Voice) -> Line:
    """The melody of a voice: of notes that begin together, the highest."""
    highest: dict[Fraction, Note] = {}
    for note in voice.sounding():
        other = highest.get(note.onset)
        if other is None or note.pitch.midi > other.pitch.midi:
            highest[note.onset] = note
    notes = [highest[onset] for onset in sorted(highest)]
    return Line(
        np.array([note.pitch.midi for note in notes], np.int64),
        tuple(note.onset for note in notes),
        tuple(note.duration for note in notes),
    )


def lines_of(score: Score) -> list[Line]:
    """The melodies of all voices with pitches, from the top of the page down."""
    return [line_of(voice) for part in score.parts if not part.percussion for voice in part.voices]


def sounding_notes(score: Score) -> list[Note]:
    """Every note of a pitch that is heard, chords in full, ties joined."""
    return [note for part in score.parts if not part.percussion for voice in part.voices for note in voice.sounding()]


def pickups(score: Score) -> set[int]:
    """Numbers of the bars, from 0, that begin a passage and are shorter than their metre."""
    starts = {Fraction(0), *score.sections}
    found: set[int] = set()
    for number, (begin, end) in enumerate(score.bar_spans()):
        metre = score.metre_at(begin)
        if metre and begin in starts and end - begin < metre.bar and len(score.bars) > 1:
            found.add(number)
    return found


def places_in_bars(score: Score, onsets: tuple[Fraction, ...]) -> list[Fraction]:
    """Quarters from the beginning of the bar to each onset.

    In a pickup they are counted as if the bar were whole: an upbeat of a quarter in 4/4 stands at 3. A
    bar that opens a passage and falls short of its metre counts as a pickup.

    Returns:
        As many as there are onsets; none if the score has no bars.
    """
    if not score.bars:
        return []
    spans = score.bar_spans()
    shift = [Fraction(0)] * len(spans)
    for number in pickups(score):
        begin, end = spans[number]
        metre = score.metre_at(begin)
        if metre:
            shift[number] = metre.bar - (end - begin)
    numbers = [max(bisect_right(score.bars, onset) - 1, 0) for onset in onsets]
    return [onset - spans[number][0] + shift[number] for onset, number in zip(onsets, numbers, strict=True)]


def tonics_at(score: Score, onsets: tuple[Fraction, ...]) -> np.ndarray:
    """The pitch class that counts as 0 at each onset [onsets] int64.

    It is the tonic where the key has a mode, the tonic of the major key of the signature where it has
    none, and C where the score has no key at all.
    """
    if not score.keys:
        return np.zeros(len(onsets), np.int64)
    changes = [change.onset for change in score.keys]
    assert all(a < b for a, b in pairwise(changes)), "a lawful score has its keys in order"
    classes = np.array([change.key.tonic_class for change in score.keys], np.int64)
    if len(classes) == 1:
        return np.full(len(onsets), classes[0])
    places = [max(bisect_right(changes, onset) - 1, 0) for onset in onsets]
    return classes[np.array(places, np.int64)]
