"""Part writing in pieces of four voices: what the rules of harmony count, to be set beside Bach's own rate.

A piece is cut into frames at every moment at which a voice begins or ends a note; a note that is tied or
held goes on through them. Between two frames in a row, for each of the six pairs of voices:

- *consecutive fifths* (or octaves): both voices change pitch, and the interval between them is a perfect
  fifth (an octave or a unison) before and after. Octaves are taken off the interval, so a fifth and a
  twelfth count alike. A chord that is struck again has no voice that moves and does not count; a rest in
  either voice breaks off; the end of a phrase does not.
- They are *parallel* where both voices move the same way, *contrary* where they part or meet. Textbooks
  forbid the first with more zeal; music21's ``parallelFifth`` counts both.
- The interval is that which sounds, whichever voice is higher. ``as_written`` counts it from the lower
  voice of the page up instead: where voices have crossed, a fourth then counts as a fifth.
- *hidden* (direct): the outer voices move the same way into a perfect interval that was not there before,
  the upper one by more than a whole tone.

A frame is *crossed* if any voice lies below the next lower one, and *wide* if soprano and alto or alto and
tenor are more than an octave apart. A note is out of range if it lies outside ``RANGES``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np

from generator.errors import CorpusError
from generator.music import Score

from .lines import Line, lines_of

__all__ = ["RANGES", "Frames", "PartWriting", "consecutive", "frames_of", "is_four_part", "part_writing"]

VOICES = ("soprano", "alto", "tenor", "bass")
FIFTH, OCTAVE = 7, 0  # semitones, octaves taken off
# Key numbers, lowest and highest: C4-G5, G3-C5, C3-G4, E2-C4, as S. Kostka and D. Payne, "Tonal Harmony",
# have them for exercises. Books differ by a tone or two, and Bach goes beyond.
RANGES = ((60, 79), (55, 72), (48, 67), (40, 60))
REST = -1
STEP = 2  # semitones: the upper voice may go into a hidden fifth or octave by a step


@dataclass(frozen=True)
class Frames:
    """The voices of a piece side by side.

    Attributes:
        pitches: Key numbers [voices, frames] int64, -1 where a voice is silent.
        onsets: Where each frame begins, in quarters.
        durations: How long each lasts, in quarters.
        begins: Which voices begin a note with the frame [voices, frames].
    """

    pitches: np.ndarray
    onsets: tuple[Fraction, ...]
    durations: tuple[Fraction, ...]
    begins: np.ndarray

    def __len__(self) -> int:
        return len(self.onsets)


@dataclass(frozen=True)
class PartWriting:
    """What was counted in one piece.

    Attributes:
        frames: Frames in which two voices or more sound.
        notes: Notes of each voice, S A T B.
        parallel_fifths, contrary_fifths: Consecutive ones, over all pairs of voices.
        parallel_octaves, contrary_octaves: Likewise, unisons included.
        hidden: Hidden fifths and octaves of the outer voices.
        crossed: Frames in which voices cross.
        wide: Frames with more than an octave between soprano and alto or alto and tenor.
        outside: Notes out of range, S A T B.
    """

    frames: int
    notes: tuple[int, ...]
    parallel_fifths: int
    contrary_fifths: int
    parallel_octaves: int
    contrary_octaves: int
    hidden: int
    crossed: int
    wide: int
    outside: tuple[int, ...]


def is_four_part(score: Score) -> bool:
    """Whether a piece has four parts of one voice each, none of them percussion, and each with a note."""
    if len(score.parts) != 4 or any(part.percussion or len(part.voices) != 1 for part in score.parts):
        return False
    return all(voice.notes() for voice in score.voices())


def frames_of(score: Score, grid: Fraction | None = None) -> Frames:
    """All voices of a piece at each moment.

    Args:
        score: Any piece; of a chord in one voice the highest note is taken.
        grid: Quarters from frame to frame, counted from the beginning; None makes a frame wherever a voice
            begins or ends a note. On a grid a note that is gone before the next frame is not seen.
    """
    lines = lines_of(score)
    ends = [tuple(a + b for a, b in zip(line.onsets, line.durations, strict=True)) for line in lines]
    if grid is None:
        moments = {Fraction(0), *(time for line in lines for time in line.onsets), *(t for each in ends for t in each)}
        times = sorted(time for time in moments if time < score.length)
    else:
        times = [grid * number for number in range(-int(-score.length // grid))]
    pitches = np.full((len(lines), len(times)), REST, np.int64)
    begins = np.zeros((len(lines), len(times)), bool)
    for voice, (line, stops) in enumerate(zip(lines, ends, strict=True)):
        pitches[voice], begins[voice] = sampled(line, stops, times)
    lengths = tuple(b - a for a, b in zip(times, [*times[1:], score.length], strict=True))
    return Frames(pitches, tuple(times), lengths, begins)


def sampled(line: Line, stops: Sequence[Fraction], times: Sequence[Fraction]) -> tuple[np.ndarray, np.ndarray]:
    """What a line sounds at each of some moments, and whether it begins there."""
    pitches, begins = np.full(len(times), REST, np.int64), np.zeros(len(times), bool)
    note = 0
    for place, time in enumerate(times):
        while note + 1 < len(line) and line.onsets[note + 1] <= time:
            note += 1
        if note < len(line) and line.onsets[note] <= time < stops[note]:
            pitches[place], begins[place] = line.pitches[note], line.onsets[note] == time
    return pitches, begins


def consecutive(pitches: np.ndarray, interval: int, *, contrary: bool = False, as_written: bool = False) -> int:
    """How often a perfect interval is followed by the same, both voices moving, over all pairs of voices.

    Args:
        pitches: As ``Frames`` has them [voices, frames], the highest voice first.
        interval: 7 for fifths, 0 for octaves and unisons.
        contrary: Count where the voices move in opposite ways; else where they move the same way.
        as_written: Take the interval from the lower voice of the page up, though they may have crossed.
    """
    total = 0
    for upper, lower in combinations(pitches, 2):
        sounding = (upper != REST) & (lower != REST)
        apart = upper - lower if as_written else np.abs(upper - lower)
        there = sounding & (apart % 12 == interval)
        motion = np.sign(np.diff(upper)) * np.sign(np.diff(lower))
        total += int((there[:-1] & there[1:] & (motion == (-1 if contrary else 1))).sum())
    return total


def hidden_intervals(pitches: np.ndarray) -> int:
    """Hidden fifths and octaves between the first voice and the last [voices, frames]."""
    upper, lower = pitches[0], pitches[-1]
    sounding = (upper != REST) & (lower != REST)
    apart = np.abs(upper - lower) % 12
    perfect = (apart == FIFTH) | (apart == OCTAVE)
    same_way = np.sign(np.diff(upper)) * np.sign(np.diff(lower)) == 1
    arrives = perfect[1:] & (apart[1:] != apart[:-1]) & (np.abs(np.diff(upper)) > STEP)
    return int((sounding[:-1] & sounding[1:] & same_way & arrives).sum())


def crossed_frames(pitches: np.ndarray) -> np.ndarray:
    """Where some voice lies below the next lower one that sounds [frames]."""
    crossed = np.zeros(pitches.shape[1], bool)
    above = np.full(pitches.shape[1], np.iinfo(np.int64).max)
    for voice in pitches:
        sounding = voice != REST
        crossed |= sounding & (voice > above)
        above = np.where(sounding, voice, above)
    return crossed


def wide_frames(pitches: np.ndarray) -> np.ndarray:
    """Where two neighbours of the upper three voices are more than an octave apart [frames]."""
    wide = np.zeros(pitches.shape[1], bool)
    for upper, lower in pairwise(pitches[:3]):
        wide |= (upper != REST) & (lower != REST) & (upper - lower > 12)
    return wide


def part_writing(score: Score) -> PartWriting:
    """Count everything in one piece.

    Raises:
        CorpusError: If it has not four parts of one voice each.
    """
    if not is_four_part(score):
        raise CorpusError(
            f"Part writing is counted in pieces of four voices; {score.title or 'this piece'} has not four parts "
            "of one voice each, all with notes.",
            "Leave it out: is_four_part(score) tells which pieces can be counted.",
        )
    pitches = frames_of(score).pitches
    lines = lines_of(score)
    outside = tuple(
        int(((line.pitches < low) | (line.pitches > high)).sum())
        for line, (low, high) in zip(lines, RANGES, strict=True)
    )
    return PartWriting(
        frames=int(((pitches != REST).sum(axis=0) > 1).sum()),
        notes=tuple(len(line) for line in lines),
        parallel_fifths=consecutive(pitches, FIFTH),
        contrary_fifths=consecutive(pitches, FIFTH, contrary=True),
        parallel_octaves=consecutive(pitches, OCTAVE),
        contrary_octaves=consecutive(pitches, OCTAVE, contrary=True),
        hidden=hidden_intervals(pitches),
        crossed=int(crossed_frames(pitches).sum()),
        wide=int(wide_frames(pitches).sum()),
        outside=outside,
    )
