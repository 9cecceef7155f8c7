"""The normal form of a MIDI file: all that the alphabet ``midi`` keeps of it, drawn to the alphabet's grid.

A file in its normal form is written by MidiTok token by token, without rounding, and comes back as it
was: that is why a second pass through the alphabet loses nothing.

- Tracks of one program are one track, programs in order, drums last.
- A note begins at the nearest place of its bar's grid, 24 to a beat, and has the length of the vocabulary
  that is nearest to its own; the shorter or the earlier of two that are equally near. A length of 0 becomes
  the shortest that there is.
- A key that is struck again ends the note before; of two that begin together the longer stays, then the louder.
- Velocities and tempos are those of the vocabulary that are nearest, tempos by their ratio.
- A metre that the vocabulary lacks becomes one with bars of the same length, or is passed over. A metre
  that comes inside a bar ends that bar, where a metre has the length that is left, or else waits for the next bar.
- Nothing stands behind the beginning of the last note but its end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import log
from typing import Any

from ...errors import TokenizerError, of_extra
from ...music.midi_reading import cut_off
from .midi_vocabulary import DRUMS, STEPS, TICKS, Vocabulary

__all__ = ["MOST_BARS", "MOST_NOTES", "normal_form", "opened", "order"]

MOST_NOTES = 100_000
MOST_BARS = 10_000
DEFAULT_METRE, DEFAULT_TEMPO = (4, 4), 120.0  # what MIDI means where a file says nothing


def opened(content: bytes) -> Any:
    """A MIDI file as symusic reads it.

    Raises:
        TokenizerError: if it is none, is damaged, or has no note or too many.
    """
    with of_extra("music"):
        import symusic

    if not content:
        raise TokenizerError("The file is empty.", "Give a MIDI file.")
    if content[:4] == b"RIFF":  # some programs wrap the file
        content = content[max(content.find(b"MThd"), 0) :]
    if content[:4] != b"MThd" or len(content) < 14:
        raise TokenizerError(
            "It is not a MIDI file: it does not begin with MThd.", "Save it as a Standard MIDI File (.mid)."
        )
    if cut_off(content):
        raise TokenizerError("The MIDI file is cut off: a track is longer than the file.", "Fetch it again.")
    try:
        source: Any = symusic.Score.from_midi(content)
    except (RuntimeError, ValueError, MemoryError) as error:
        said = " ".join(str(error).split())[:160]
        raise TokenizerError(f"The MIDI file cannot be read: {said}.", "Is it whole? Save it again.") from error
    if source.ticks_per_quarter <= 0:
        raise TokenizerError(
            "The MIDI file counts time in seconds (SMPTE), not in beats.", "Save it with ticks per quarter note."
        )
    if not source.note_num():
        raise TokenizerError("There is not one note in the MIDI file.", "Leave it out.")
    if source.note_num() > MOST_NOTES:
        raise TokenizerError(f"It has {source.note_num()} notes, and {MOST_NOTES} are the most.", "Cut it into pieces.")
    return source


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars of one metre from one place on, in ticks of 1/96 of a quarter."""

    start: int
    beats: int
    kind: int

    @property
    def metre(self) -> tuple[int, int]:
        """``(6, 8)``."""
        return self.beats, self.kind

    @property
    def bar(self) -> int:
        """Ticks in a bar."""
        return self.beats * 4 * TICKS // self.kind

    @property
    def step(self) -> int:
        """Ticks from one place to the next."""
        return 4 * TICKS // self.kind // STEPS


def normal_form(source: Any, words: Vocabulary) -> Any:
    """A file in its normal form, as a score of symusic with 96 ticks to the quarter.

    Args:
        source: As ``opened`` gives it.
        words: The vocabulary.
    Raises:
        TokenizerError: if it would have too many bars.
    """
    return Normal(source, words).form()


class Normal:
    """Draws one file to the grid."""

    def __init__(self, source: Any, words: Vocabulary) -> None:
        self.source, self.words = source, words
        self.division = int(source.ticks_per_quarter)
        self.stretches = self.metres()
        self.starts = [stretch.start for stretch in self.stretches]
        self.lengths = {kind: list(found) for kind, found in words.lengths.items()}

    def form(self) -> Any:
        """The file on the grid."""
        import symusic

        library: Any = symusic
        notes = self.notes()
        last = max(onset for line in notes.values() for onset, _ in line)
        self.count_bars(last)
        found = library.Score(TICKS)
        for stretch in self.stretches:
            if stretch.start <= last:
                found.time_signatures.append(library.TimeSignature(stretch.start, *stretch.metre))
        for onset, tempo in self.tempos(last):
            found.tempos.append(library.Tempo(onset, tempo))
        for program in sorted(notes, key=order):
            track = library.Track("", max(program, 0), program == DRUMS)
            for (onset, key), (length, velocity) in sorted(notes[program].items()):
                track.notes.append(library.Note(onset, length, key, velocity))
            found.tracks.append(track)
        return found

    def count_bars(self, last: int) -> None:
        """Refuse a piece that is too long.

        Raises:
            TokenizerError: if it has too many bars.
        """
        ends = [*self.starts[1:], last + 1]
        bars = sum(
            -(-(min(end, last + 1) - each.start) // each.bar)
            for each, end in zip(self.stretches, ends, strict=True)
            if each.start <= last
        )
        if bars > MOST_BARS:
            raise TokenizerError(
                f"It has {bars} bars, and {MOST_BARS} are the most.", "Is a single note far behind the others?"
            )

    # ------------------------------------------------------------------ bars and tempos

    def metres(self) -> list[Stretch]:
        """The metres, each from a bar line on, the first at 0."""
        found = [Stretch(0, *DEFAULT_METRE)]

        def begin(line: int, metre: tuple[int, int]) -> None:
            while found and found[-1].start >= line:
                found.pop()
            if not found or found[-1].metre != metre:
                found.append(Stretch(line, *metre))

        for each in sorted(self.source.time_signatures, key=lambda each: each.time):
            metre = self.known_metre(int(each.numerator), int(each.denominator))
            last = found[-1]
            if metre is None or metre == last.metre:
                continue
            time = Fraction(each.time * TICKS, self.division)
            line = last.start
            if time > line:
                bars, rest = divmod(time - line, last.bar)
                line += int(bars) * last.bar
                if rest and (short := self.metre_of_length(rest)):
                    begin(line, short)
                    line += int(rest)
                elif rest:
                    line += last.bar
            begin(line, metre)
        return found

    def known_metre(self, beats: int, kind: int) -> tuple[int, int] | None:
        """A metre of the vocabulary with bars of that length, the metre itself if it can be."""
        if (beats, kind) in self.words.metres:
            return beats, kind
        if beats <= 0 or kind <= 0:
            return None
        return self.metre_of_length(Fraction(beats * 4 * TICKS, kind))

    def metre_of_length(self, ticks: Fraction) -> tuple[int, int] | None:
        """The metre whose bar is so long, of quarters if it can be."""
        for kind in (4, 2, 8, 16):
            beats = ticks * kind / (4 * TICKS)
            if beats.denominator == 1 and (int(beats), kind) in self.words.metres:
                return int(beats), kind
        return None

    def tempos(self, last: int) -> list[tuple[int, float]]:
        """Onsets and quarters a minute, one at 0, none that changes nothing."""
        known = list(self.words.tempos)
        found = {0: DEFAULT_TEMPO}
        for each in sorted(self.source.tempos, key=lambda each: each.time):
            onset = self.onset(int(each.time))[0]
            if onset <= last:
                exact = log(60_000_000 / max(int(each.mspq), 1))
                found[onset] = min(known, key=lambda tempo: abs(log(tempo) - exact))
        changes = sorted(found.items())
        return [change for before, change in pairwise([(0, 0.0), *changes]) if before[1] != change[1]]

    # ------------------------------------------------------------------ notes

    def onset(self, tick: int) -> tuple[int, Stretch]:
        """The nearest place to a tick of the file, and the metre there."""
        scaled = tick * TICKS
        stretch = self.stretches[bisect_right(self.starts, scaled // self.division) - 1]
        step = stretch.step * self.division
        onset = stretch.start + (2 * (scaled - stretch.start * self.division) + step - 1) // (2 * step) * stretch.step
        return onset, self.stretches[bisect_right(self.starts, onset) - 1]

    def length(self, ticks: int, kind: int) -> int:
        """The length of the vocabulary that is nearest to a number of ticks of the file."""
        known = self.lengths[kind]
        place = bisect_left(known, ticks * TICKS / self.division)
        if place == 0 or place == len(known):
            return known[min(place, len(known) - 1)]
        below, above = known[place - 1], known[place]
        return below if 2 * ticks * TICKS <= (below + above) * self.division else above

    def notes(self) -> dict[int, dict[tuple[int, int], tuple[int, int]]]:
        """For each program, onset and key to length and velocity."""
        known = self.words.velocities
        nearest = [min(known, key=lambda velocity: (abs(velocity - each), velocity)) for each in range(128)]
        found: dict[int, dict[tuple[int, int], tuple[int, int]]] = {}
        for track in self.source.tracks:
            program = DRUMS if track.is_drum else int(track.program) & 127
            notes = track.notes.numpy()
            if not len(notes["time"]):
                continue
            line = found.setdefault(program, {})
            columns = (notes[name].tolist() for name in ("time", "duration", "pitch", "velocity"))
            for time, duration, key, velocity in zip(*columns, strict=True):
                onset, stretch = self.onset(max(time, 0))
                made = self.length(duration, stretch.kind), nearest[min(max(velocity, 0), 127)]
                line[onset, key] = max(made, line.get((onset, key), made))
        for line in found.values():
            self.part(line)
        return found

    def part(self, line: dict[tuple[int, int], tuple[int, int]]) -> None:
        """End each note before its key is struck again."""
        by_key: dict[int, list[int]] = {}
        for onset, key in sorted(line):
            by_key.setdefault(key, []).append(onset)
        for key, onsets in by_key.items():
            for onset, following in pairwise(onsets):
                length, velocity = line[onset, key]
                if onset + length > following:
                    known = self.lengths[self.stretches[bisect_right(self.starts, onset) - 1].kind]
                    line[onset, key] = known[bisect_right(known, following - onset) - 1], velocity


def order(program: int) -> int:
    """The place of a program among others: drums last."""
    return 128 if program == DRUMS else program
