"""The piano roll of a score as data: every note that is heard, by key and second."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from generator.errors import RenderingError
from generator.music import Pitch, Score
from generator.music.timing import Clock

__all__ = ["PianoRoll", "RollNote", "piano_roll"]


@dataclass(frozen=True, slots=True)
class RollNote:
    """One note as it is heard, ties joined.

    Attributes:
        part, voice: Which part of the score, and which voice of that part, both counted from 0.
        pitch: What sounds, as it is spelled.
        start, end: Quarters from the beginning.
        start_s, end_s: Seconds from the beginning.
    """

    part: int
    voice: int
    pitch: Pitch
    start: Fraction
    end: Fraction
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class PianoRoll:
    """All notes of a score, and what is drawn around them.

    Attributes:
        notes: In order of part, voice and time.
        bars_s: The second at which each bar begins.
        first_bar: The number of the first bar as it is printed: 0 for a pickup, else 1.
        length_s: Seconds from the beginning to the end of the last bar.
        lowest, highest: The outermost keys, as MIDI numbers them.
        parts: The names of the parts; ``part 2`` for one without a name.
        title: May be empty.
    """

    notes: tuple[RollNote, ...]
    bars_s: tuple[float, ...]
    first_bar: int
    length_s: float
    lowest: int
    highest: int
    parts: tuple[str, ...]
    title: str


def piano_roll(score: Score) -> PianoRoll:
    """The piano roll of a score; seconds are those of its sound.

    Raises:
        RenderingError: If there is no note.
    """
    clock = Clock(score)

    def seconds(time: Fraction) -> float:
        return float(clock.seconds(time))

    notes = tuple(
        RollNote(part, voice, note.pitch, note.onset, note.end, seconds(note.onset), seconds(note.end))
        for part, each in enumerate(score.parts)
        for voice, line in enumerate(each.voices)
        for note in sorted(line.sounding(), key=lambda note: (note.onset, note.pitch.midi))
    )
    if not notes:
        raise RenderingError("There is nothing to draw: the score has no notes.")
    keys = [note.pitch.midi for note in notes]
    return PianoRoll(
        notes,
        tuple(seconds(bar) for bar in score.bars),
        0 if score.pickup else 1,
        seconds(score.length),
        min(keys),
        max(keys),
        tuple(part.name or f"part {number}" for number, part in enumerate(score.parts, start=1)),
        score.title,
    )
