"""A melody that is played in on the page's keyboard: checked, quantised, and written as a score and as ABC.

What a browser sends is not trusted: every value is looked at here before anything is made of it. All lengths
are whole sixteenths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..music import Score

__all__ = [
    "HIGHEST",
    "KEYS",
    "LOWEST",
    "METRES",
    "MOST_NOTES",
    "MOST_TOTAL",
    "Played",
    "Take",
    "abc_of",
    "bar_of",
    "beat_of",
    "fitting",
    "played_of",
    "quantised",
    "read_notes",
    "read_take",
    "score_of",
    "upbeats_of",
]

Entry = tuple[int | None, int]  # the key that was pressed, None for a rest, and its length in sixteenths

LOWEST, HIGHEST = 36, 96  # C2 to C7, what the octaves of the keyboard reach
MOST_NOTES = 400
MOST_TOTAL = 3000  # sixteenths of notes and rests together: each change writes and shows all of it anew
LONGEST = 64  # sixteenths of one note: four whole notes
MOST_SECONDS = 600.0  # of playing in time
TEMPOS = (30, 240)  # beats a minute of the metronome
GRIDS = (1, 2)  # sixteenths to which playing in time is rounded
METRES = ("4/4", "3/4", "2/4", "2/2", "6/8", "9/8", "12/8", "3/8", "3/2", "6/4", "5/4")
KEYS = (
    *(f"{tonic} major" for tonic in ("C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F")),
    *(f"{tonic} minor" for tonic in ("A", "E", "B", "F#", "C#", "G#", "D#", "Bb", "F", "C", "G", "D")),
    *(f"{tonic} dorian" for tonic in ("D", "A", "E", "G")),
    *(f"{tonic} mixolydian" for tonic in ("G", "D", "A")),
)


@dataclass(frozen=True)
class Played:
    """A melody as it was entered.

    Attributes:
        notes: Keys and rests in order, each with its length.
        key: One of ``KEYS``, which says how the pitches are spelled.
        metre: One of ``METRES``.
        upbeat: Sixteenths before the first bar line; 0 where it begins with a full bar.
    """

    notes: tuple[Entry, ...] = ()
    key: str = KEYS[0]
    metre: str = METRES[0]
    upbeat: int = 0

    @property
    def sounds(self) -> bool:
        """Whether there is a note in it."""
        return any(midi is not None for midi, _ in self.notes)


@dataclass(frozen=True)
class Take:
    """Keys that were played in time to a metronome.

    Attributes:
        notes: What stood there before.
        bpm: Beats a minute.
        grid: Sixteenths to which it is rounded.
        keys: Each key with the seconds from the first beat to its being pressed and let go.
    """

    notes: tuple[Entry, ...]
    bpm: float
    grid: int
    keys: tuple[tuple[int, float, float], ...]


def bar_of(metre: str) -> int:
    """Sixteenths in a bar."""
    beats, beat_type = metre.split("/")
    return 16 * int(beats) // int(beat_type)


def beat_of(metre: str) -> int:
    """Sixteenths in a beat of the metronome: dotted in 6/8, 9/8 and 12/8."""
    beats, beat_type = map(int, metre.split("/"))
    return 6 if beat_type == 8 and beats > 3 and beats % 3 == 0 else 16 // beat_type


def upbeats_of(metre: str) -> list[int]:
    """The upbeats that a metre can have: none, or whole eighths less than a bar."""
    return list(range(0, bar_of(metre), 2))


def read_notes(said: object) -> tuple[Entry, ...]:
    """Notes as the browser sends them: ``[[60, 4], [null, 2]]``.

    Raises:
        ConfigError: if they are anything else, or too many.
    """
    if not isinstance(said, list):
        raise damaged()
    if len(said) > MOST_NOTES:
        raise ConfigError(f"{len(said):,} notes are too many.", f"Play at most {MOST_NOTES:,}, or upload a file.")
    found: list[Entry] = []
    for each in said:
        if not isinstance(each, list) or len(each) != 2:
            raise damaged()
        midi, length = each
        found.append((None if midi is None else whole(midi, LOWEST, HIGHEST), whole(length, 1, LONGEST)))
    if total_of(found) > MOST_TOTAL:
        raise ConfigError("The melody is too long.", f"Play at most {MOST_TOTAL:,} sixteenths, or upload a file.")
    return tuple(found)


def read_take(said: object) -> Take:
    """What was played in time, as the browser sends it.

    Raises:
        ConfigError: if it is anything else, or too much.
    """
    if not isinstance(said, dict) or not isinstance(said.get("keys"), list):
        raise damaged()
    if len(said["keys"]) > MOST_NOTES:
        raise ConfigError(f"{len(said['keys']):,} notes are too many.", f"Play at most {MOST_NOTES:,}.")
    keys = []
    for each in said["keys"]:
        if not isinstance(each, list) or len(each) != 3:
            raise damaged()
        start = seconds(each[1])
        keys.append((whole(each[0], LOWEST, HIGHEST), start, max(start, seconds(each[2]))))
    grid = whole(said.get("grid"), GRIDS[0], GRIDS[-1])
    if grid not in GRIDS:
        raise damaged()
    bpm = whole(said.get("bpm"), *TEMPOS)
    return Take(read_notes(said.get("notes")), bpm, grid, tuple(sorted(keys, key=lambda key: key[1])))


def damaged() -> ConfigError:
    """The browser sent what the keyboard never does."""
    return ConfigError("What the keyboard sent cannot be read.", "Reload the page, and play it once more.")


def whole(said: object, least: int, most: int) -> int:
    """A whole number within its bounds; browsers send 4 and 4.0 alike."""
    if isinstance(said, float) and said.is_integer():
        said = int(said)
    if isinstance(said, bool) or not isinstance(said, int) or not least <= said <= most:
        raise damaged()
    return said


def seconds(said: object) -> float:
    """A moment while it was being played."""
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        raise damaged()
    if not 0 <= said <= MOST_SECONDS:
        raise damaged()
    return float(said)


def quantised(take: Take, metre: str) -> tuple[Entry, ...]:
    """Notes and rests of what was played in time, behind those that stood there before.

    Keys are rounded to the grid, none is lost, and one sounds at a time. A short silence behind a longer note,
    up to the next note or the end of the last beat, belongs to the note, as hands leave keys early.
    Whole bars of silence before the first note of all are left out. It may be more than a melody may have
    (see ``fitting``).
    """
    unit = 60 / take.bpm / beat_of(metre) * take.grid  # seconds of a step of the grid
    starts: list[int] = []
    for _, pressed, _ in take.keys:
        near = round(pressed / unit)
        starts.append(max(near, starts[-1] + 1) if starts else near)
    bar, beat = bar_of(metre) // take.grid, max(beat_of(metre) // take.grid, 1)
    early = starts[0] // bar * bar if starts and not take.notes else 0
    starts = [start - early for start in starts]
    found: list[Entry] = list(take.notes)
    filled = 0
    for number, ((midi, _, let_go), start) in enumerate(zip(take.keys, starts, strict=True), start=1):
        add(found, None, (start - filled) * take.grid)
        end = max(start + 1, round(let_go / unit) - early)
        after = starts[number] if number < len(starts) else -(-end // beat) * beat
        end = min(end, after)
        if after - end == 1 and end - start > 1:
            end = after
        add(found, midi, (end - start) * take.grid)
        filled = end
    return tuple(found)


def fitting(notes: Sequence[Entry]) -> tuple[Entry, ...]:
    """Of notes and rests as many from the first on as a melody may have."""
    ends = accumulate(length for _, length in notes)
    room = sum(end <= MOST_TOTAL for end in ends)
    return tuple(notes[: min(room, MOST_NOTES)])


def add(notes: list[Entry], midi: int | None, length: int) -> None:
    """Put a note or a rest behind others; a rest that is longer than one may be as several, a note cut off."""
    if midi is not None:
        notes.append((midi, min(length, LONGEST)))
        length -= LONGEST
    while length > 0:
        notes.append((None, min(length, LONGEST)))
        length -= LONGEST


def score_of(played: Played) -> Score:
    """The score of what was played: bar lines by the metre, pitches spelled for the key; the last bar may be short.

    Raises:
        ConfigError: if there is no note.
    """
    from ..music import KeyChange, Metre, Note, Part, Rest, Score, Voice, parse_key, spell, split
    from ..music.score import Event

    if not played.sounds:
        raise ConfigError("There is no melody yet.", "Play at least one note.")
    key, bar = parse_key(played.key), bar_of(played.metre)
    total = sum(length for _, length in played.notes)
    lines = [0, *range(played.upbeat or bar, total, bar)]
    edges = [*lines[1:], total]
    events: list[Event] = []
    start = 0
    for midi, length in played.notes:
        end = start + length
        pieces = [
            piece
            for first, last in pairwise([start, *(edge for edge in edges if start < edge < end), end])
            for piece, _ in split(Fraction(last - first, 4)) or ()
        ]
        for number, piece in enumerate(pieces, start=1):
            onset = events[-1].end if events else Fraction(0)
            if midi is None:
                events.append(Rest(onset, piece))
            else:
                events.append(Note(onset, piece, spell(midi, key.fifths), tied=number < len(pieces)))
        start = end
    beats, beat_type = map(int, played.metre.split("/"))
    score = Score(
        (Part((Voice(tuple(events)),)),),
        tuple(Fraction(line, 4) for line in lines),
        Fraction(total, 4),
        metres=(Metre(Fraction(0), beats, beat_type),),
        keys=(KeyChange(Fraction(0), key),),
    )
    score.validate()
    return score


@lru_cache(16)  # a page asks for it each time that it is drawn
def abc_of(played: Played) -> str:
    """What was played as a tune in ABC, without a title.

    Raises:
        ConfigError: if there is no note.
    """
    from ..music import score_bytes

    return score_bytes(score_of(played), ".abc").decode()


def played_of(score: Score) -> Played | None:
    """What would be played to enter a score; None of one that the keyboard cannot enter whole."""
    from ..music import Note

    voices = list(score.voices())
    if len(voices) != 1 or len(score.metres) != 1 or len(score.keys) != 1 or score.sections or score.tempos:
        return None
    key, metre = score.keys[0].key.name, score.metres[0].name
    if key not in KEYS or metre not in METRES:
        return None
    found: list[Entry] = []
    tied, total = False, 0
    for event in voices[0].events:
        steps = event.duration * 4
        if steps.denominator != 1 or event.tuplet or event.fermata or event.onset * 4 != total or total > MOST_TOTAL:
            return None
        total += int(steps)
        midi = event.pitch.midi if isinstance(event, Note) else None
        if tied and found:
            found[-1] = (midi, found[-1][1] + int(steps))
        else:
            found.append((midi, int(steps)))
        tied = isinstance(event, Note) and event.tied
    upbeat = score.pickup * 4
    if upbeat.denominator != 1 or int(upbeat) not in upbeats_of(metre):
        return None
    try:
        notes = read_notes([list(each) for each in found])
    except ConfigError:
        return None
    made = Played(notes, key, metre, int(upbeat))
    return made if made.sounds and same(score, score_of(made)) else None


def same(one: Score, other: Score) -> bool:
    """Whether two scores of one line have the same bars and are heard and spelled alike."""
    return one.bars == other.bars and sounding(one) == sounding(other)


def sounding(score: Score) -> list[object]:
    """What is heard of the first voice."""
    return [list(voice.sounding()) for voice in score.voices()]


def total_of(notes: Sequence[Entry]) -> int:
    """Sixteenths of notes and rests together."""
    return sum(length for _, length in notes)
