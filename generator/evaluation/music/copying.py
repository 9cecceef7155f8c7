"""The longest run of a piece that stands in the training pieces, in whatever key.

A melody is spelled as one symbol a note: the interval to the note before, and the duration. So a run that
was transposed is the same run. A chorale can also be spelled as one symbol a frame: how far the lowest
voice moved, the intervals of the others above it, which voices begin a note, and how long the frame lasts.
The symbols are indexed once as the characters of a text (``OriginalityIndex``), and a piece of some hundred
notes is then compared with all of training in milliseconds::

    index = CopyIndex(training)                # melodies of the top voices
    run = index.longest_run(score)
    print(run.length, run.piece, run.onset)    # notes, number of the training piece, quarters into it

What counts, exactly: a run of n notes is n notes in a row with the same durations and the same intervals,
that from the note before the run to its first note included. The first note of a melody has no note before
it, and agrees with other first notes only. Rests are skipped. A run never goes from one piece into another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from generator.errors import ConfigError, CorpusError
from generator.music import Score

from ..originality import OriginalityIndex
from .lines import Line, lines_of
from .part_writing import REST, frames_of

__all__ = ["SPELLINGS", "CopyIndex", "Run", "spell_frames", "spell_line"]

SPELLINGS = ("top", "voices", "frames")
FIRST_CHARACTER = 0x10000  # beyond the surrogates
MOST_SYMBOLS = 0x110000 - FIRST_CHARACTER - 1
STRANGER = chr(FIRST_CHARACTER + MOST_SYMBOLS)  # stands for every symbol that the training pieces lack

Symbol = tuple[object, ...]
Spelled = tuple[list[Symbol], tuple[Fraction, ...]]  # the symbols of one voice, and when each begins


@dataclass(frozen=True)
class Run:
    """What a piece shares with a training piece.

    Attributes:
        length: Notes, or frames; 0 if nothing is shared.
        share: The length by the number of notes (frames) of that voice, 0 to 1.
        voice: The voice of the judged piece, from 0; 0 for frames.
        start: The number of the run's first note (frame) in that voice, from 0.
        piece: Which training piece, from 0, in the order they were given: the first that has the run.
        piece_voice: Which voice of it.
        piece_start: The number of the run's first note (frame) there.
        onset: When it begins there, in quarters.
        occurrences: How often the training pieces have it.
    """

    length: int = 0
    share: float = 0.0
    voice: int = 0
    start: int = 0
    piece: int = 0
    piece_voice: int = 0
    piece_start: int = 0
    onset: Fraction = Fraction(0)
    occurrences: int = 0


class CopyIndex:
    """Everything that the training pieces play, in order.

    Attributes:
        spelling: ``top`` for the melody of the top voice, ``voices`` for that of every voice, each by
            itself, ``frames`` for all voices at once.
        pieces: How many pieces it holds.
    """

    def __init__(self, training: Sequence[Score], spelling: str = "top") -> None:
        """Index some pieces.

        Raises:
            ConfigError: If there is no such spelling.
            CorpusError: If there are no pieces, or too much music for one index.
        """
        if spelling not in SPELLINGS:
            raise ConfigError(f"{spelling!r} is not a way to compare pieces.", f"Choose: {', '.join(SPELLINGS)}.")
        if not training:
            raise CorpusError("There are no training pieces to look for copies in.", "Give at least one.")
        self.spelling = spelling
        self.pieces = len(training)
        self._characters: dict[Symbol, str] = {}
        self._places: list[tuple[int, int, tuple[Fraction, ...]]] = []  # piece, voice, onsets of each text
        texts: list[str] = []
        for number, score in enumerate(training):
            for voice, (symbols, onsets) in enumerate(spelled(score, spelling)):
                texts.append("".join(self._character(symbol) for symbol in symbols))
                self._places.append((number, voice, onsets))
        self._index = OriginalityIndex.build(texts)

    def _character(self, symbol: Symbol) -> str:
        """The character of a symbol, a new one where it is met the first time."""
        if symbol not in self._characters:
            if len(self._characters) == MOST_SYMBOLS:
                raise CorpusError(
                    f"The training pieces have more than {MOST_SYMBOLS:,} different symbols.", "Compare with fewer."
                )
            self._characters[symbol] = chr(FIRST_CHARACTER + len(self._characters))
        return self._characters[symbol]

    def longest_run(self, score: Score) -> Run:
        """The longest run of a piece that the training pieces have too, the first of equal ones."""
        best = Run()
        for voice, (symbols, _) in enumerate(spelled(score, self.spelling)):
            text = "".join(self._characters.get(symbol, STRANGER) for symbol in symbols)
            copy = self._index.longest_copy(text)
            if copy.length > best.length:
                piece, piece_voice, onsets = self._places[copy.piece]
                best = Run(
                    length=copy.length,
                    share=copy.length / len(symbols),
                    voice=voice,
                    start=copy.start_in_sample,
                    piece=piece,
                    piece_voice=piece_voice,
                    piece_start=copy.start_in_piece,
                    onset=onsets[copy.start_in_piece],
                    occurrences=copy.occurrences,
                )
        return best


def spelled(score: Score, spelling: str) -> list[Spelled]:
    """The symbols of a piece, text by text."""
    if spelling == "frames":
        return [spell_frames(score)]
    lines = lines_of(score)
    return [(spell_line(line), line.onsets) for line in (lines[:1] if spelling == "top" else lines)]


def spell_line(line: Line) -> list[Symbol]:
    """One symbol a note: the interval to the note before in semitones (None for the first), the duration."""
    steps: list[int | None] = [None, *np.diff(line.pitches).tolist()] if len(line) else []
    return list(zip(steps, line.durations, strict=True))


def spell_frames(score: Score) -> Spelled:
    """One symbol for each moment at which a voice begins or ends a note, silent moments left out.

    A symbol has: how far the lowest sounding pitch moved since the last symbol (None for the first), the
    distance of each voice from it (None for a rest), which voices begin a note, and the duration.
    """
    frames = frames_of(score)
    symbols: list[Symbol] = []
    onsets: list[Fraction] = []
    before: int | None = None
    for place, (onset, duration) in enumerate(zip(frames.onsets, frames.durations, strict=True)):
        pitches = frames.pitches[:, place].tolist()
        sounding = [pitch for pitch in pitches if pitch != REST]
        if not sounding:
            continue
        lowest = min(sounding)
        above = tuple(None if pitch == REST else pitch - lowest for pitch in pitches)
        moved = None if before is None else lowest - before
        symbols.append((moved, above, tuple(frames.begins[:, place].tolist()), duration))
        onsets.append(onset)
        before = lowest
    return symbols, tuple(onsets)
