"""Reading MIDI: times drawn to a grid, bars from the time signatures, simultaneous notes parted into voices.

A MIDI file holds key numbers and ticks, not notation. What has to be chosen is chosen here: where each
note would be written, which voice it belongs to, and how it is spelled. How far notes had to move is
reported. symusic reads the bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

from generator.errors import ConfigError, CorpusError, of_extra
from generator.stopping import go_on

from .durations import split
from .measures import Measure, Reading, assemble, refuse_cells
from .pitch import Key, spell
from .score import Event, Note, Part

__all__ = ["GRID", "Quantisation", "read_midi"]

GRID = (4, 3)  # sixteenths, and triplets of eighths
MOST_NOTES = 500_000
MOST_BARS = 20_000
MOST_VOICES = 128  # of one track, as many as there are keys


@dataclass(frozen=True)
class Quantisation:
    """How far the notes of a MIDI file were from the grid, in quarters.

    Attributes:
        grid: The divisions of a quarter that were allowed.
        notes, moved: How many notes there are, and how many began or ended off the grid.
        mean, most: Distance of the beginnings, on average and at most.
    """

    grid: tuple[int, ...]
    notes: int
    moved: int
    mean: float
    most: float


def read_midi(data: bytes, grid: Sequence[int] = GRID) -> tuple[Reading, Quantisation]:
    """A score from the bytes of a MIDI file, and how far its notes had to move.

    A first time signature that lasts for one shorter bar is read as a pickup. A time signature that
    comes inside a bar ends that bar. The last bar is filled up. Where the file has no key, pitches are
    spelled as in C major.

    Args:
        data: The file.
        grid: Allowed divisions of a quarter note, each 1 to 48: (4, 3) is sixteenths and triplets.

    Raises:
        ConfigError: If the grid is not such numbers.
        CorpusError: If it is not a MIDI file, is damaged, or has no note or far too many.
    """
    with of_extra("music"):
        import symusic

    places = tuple(dict.fromkeys(int(each) for each in grid))
    if not places or not all(1 <= each <= 48 for each in places):
        raise ConfigError(f"The grid {tuple(grid)} is not divisions of a quarter from 1 to 48.", "For example: 4, 3.")
    if data[:4] == b"RIFF":  # some programs wrap the file
        data = data[max(data.find(b"MThd"), 0) :]
    if data[:4] != b"MThd":
        raise CorpusError("It is not a MIDI file: it does not begin with MThd.")
    if cut_off(data):
        raise CorpusError("It is cut off: a track is longer than the file.")
    try:
        source: Any = symusic.Score.from_midi(data)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise CorpusError(f"symusic cannot read it: {' '.join(str(error).split())[:160]}.", "Is it whole?") from error
    count = source.note_num()
    if not count:
        raise CorpusError("There is not one note in it.")
    if count > MOST_NOTES:
        raise CorpusError(f"It has {count} notes, and {MOST_NOTES} are the most.")
    return MidiReader(source, places).read()


def cut_off(data: bytes) -> bool:
    """Whether a track claims more bytes than there are; symusic would read what is left and say nothing."""
    place = 14  # after the header
    for _ in range(int.from_bytes(data[10:12], "big")):
        place += 8 + int.from_bytes(data[place + 4 : place + 8], "big")
    return place > len(data)


class MidiReader:
    """Reads one file that symusic has opened."""

    def __init__(self, source: Any, grid: tuple[int, ...]) -> None:
        self.source, self.grid = source, grid
        self.ticks = int(source.ticks_per_quarter)
        # A length that needs tied signs counts as half the least distance of two places farther away,
        # so that an end between two places goes to the simpler one, and what lies on the grid stays.
        self.cost_of_ties = Fraction(1, 2 * lcm(*grid))
        self.losses: Counter[str] = Counter()
        self.distances: list[Fraction] = []
        self.moved = 0
        self.near = lru_cache(maxsize=1 << 16)(self._near)

    def read(self) -> tuple[Reading, Quantisation]:
        """The score and the distances."""
        tracks = [track for track in self.source.tracks if len(track.notes)]
        self.losses["tracks without a note"] += len(self.source.tracks) - len(tracks)
        lines = [self.voices(track) for track in tracks]
        end = max(each[1] for voices in lines for voice in voices for each in voice)
        measures = self.measures(end)
        starts: list[Fraction] = []
        time = Fraction(0)
        for measure in measures:
            starts.append(time)
            time += measure.length
        refuse_cells(sum(map(len, lines)), len(measures))
        written = 0
        for part, voices in enumerate(lines):
            for number, voice in enumerate(voices, start=1):
                written += lay_out(voice, (part, str(number)), measures, starts, MOST_NOTES - written)
        parts = [Part((), " ".join(t.name.split()), int(t.program), bool(t.is_drum)) for t in tracks]
        self.losses["velocities, pedals and bends"] += 1
        reading = assemble(measures, parts, losses=self.losses, order=range(len(measures)))
        mean = float(sum(self.distances)) / len(self.distances)
        return reading, Quantisation(self.grid, len(self.distances), self.moved, mean, float(max(self.distances)))

    # ------------------------------------------------------------------ times

    def _near(self, tick: int) -> tuple[Fraction, ...]:
        """The places of the grid next to a tick, the nearest first."""
        time = Fraction(tick, self.ticks)
        places = {Fraction(round(time * each), each) for each in self.grid}
        return tuple(sorted(places, key=lambda place: (abs(place - time), place.denominator)))

    def after(self, place: Fraction) -> Fraction:
        """The next place of the grid."""
        return min(Fraction(place * each // 1 + 1, each) for each in self.grid)

    def voices(self, track: Any) -> list[list[tuple[Fraction, Fraction, list[int]]]]:
        """The notes of a track as voices of chords: onset, end and key numbers."""
        notes = track.notes.numpy()
        chords: dict[tuple[Fraction, Fraction], set[int]] = {}
        for tick, length, key in zip(
            notes["time"].tolist(), notes["duration"].tolist(), notes["pitch"].tolist(), strict=True
        ):
            go_on()
            start = self.near(tick)[0]
            time = Fraction(tick + length, self.ticks)
            ends = [place for place in self.near(tick + length) if place > start] or [self.after(start)]
            end = min(ends, key=lambda place: abs(place - time) + (0 if is_plain(place - start) else self.cost_of_ties))
            self.distances.append(abs(start - Fraction(tick, self.ticks)))
            self.moved += bool(self.distances[-1]) or end != time
            keys = chords.setdefault((start, end), set())
            self.losses["notes doubled within a track"] += key in keys
            keys.add(key)
        voices: list[list[tuple[Fraction, Fraction, list[int]]]] = []
        parts = lcm(*self.grid)  # of a quarter, in which all these times are whole numbers: those are sorted quickly

        def order(chord: tuple[Fraction, Fraction]) -> tuple[int, int, int]:
            start, end = (time.numerator * (parts // time.denominator) for time in chord)
            return start, -max(chords[chord]), end

        for start, end in sorted(chords, key=order):
            go_on()
            keys = chords[start, end]
            voice = next((each for each in voices if each[-1][1] <= start), None)
            if voice is None:
                if len(voices) == MOST_VOICES:
                    raise CorpusError(f"More than {MOST_VOICES} notes sound at once in one of its tracks.")
                voices.append(voice := [])
            voice.append((start, end, sorted(keys)))
        return voices

    # ------------------------------------------------------------------ bars and changes

    def measures(self, end: Fraction) -> list[Measure]:
        """Empty bars up to the end, with their metres, keys and tempos."""
        metres = self.metres()
        bars: list[Measure] = []
        time = Fraction(0)
        for number, (_, beats, kind) in enumerate(metres):
            following = metres[number + 1][0] if number + 1 < len(metres) else end
            full = Fraction(4 * beats, kind)
            if (min(end, following) - time) / full > MOST_BARS:
                raise CorpusError(f"It has more than {MOST_BARS} bars.", "Is a single note far behind the others?")
            while time < following and time < end:
                last = number + 1 == len(metres)
                length = full if last else min(full, following - time)
                if len(bars) == MOST_BARS:
                    raise CorpusError(f"It has more than {MOST_BARS} bars.")
                bars.append(Measure(length, (beats, kind)))
                if length < full:  # a metre that comes too early: a passage ends here
                    bars[-1].marks.section = True
                time += length
        if len(bars) > 1 and len(metres) > 1 and metres[1][0] == bars[0].length < (bars[1].nominal or 0):
            bars[0].metre, bars[0].marks.section = bars[1].metre, False
        keys = [(time, Key(number, "minor" if each.tonality else "major")) for time, number, each in self.keys()]
        place_changes(bars, keys, self.tempos())
        return bars

    def metres(self) -> list[tuple[Fraction, int, int]]:
        """Time signatures, the first at 0; 4/4 where there is none."""
        found: dict[Fraction, tuple[int, int]] = {}
        for each in sorted(self.source.time_signatures, key=lambda each: each.time):
            if each.numerator > 0 and each.denominator in (1, 2, 4, 8, 16, 32, 64):
                found[self.near(each.time)[0]] = (int(each.numerator), int(each.denominator))
        if Fraction(0) not in found:
            found[Fraction(0)] = (4, 4)
        kept: list[tuple[Fraction, int, int]] = []
        for time in sorted(found):
            if not kept or found[time] != kept[-1][1:]:
                kept.append((time, *found[time]))
        return kept

    def keys(self) -> list[tuple[Fraction, int, Any]]:
        """Key signatures with up to seven sharps or flats."""
        found = {
            self.near(each.time)[0]: each for each in sorted(self.source.key_signatures, key=lambda each: each.time)
        }
        return [(time, int(each.key), each) for time, each in sorted(found.items()) if abs(int(each.key)) <= 7]

    def tempos(self) -> list[tuple[Fraction, Fraction]]:
        """Speeds in quarters a minute, to the hundredth: MIDI stores the inverse, rounded."""
        found: dict[Fraction, Fraction] = {}
        for each in sorted(self.source.tempos, key=lambda each: each.time):
            bpm = Fraction(60_000_000, max(int(each.mspq), 1))
            rounded = Fraction(round(bpm * 100), 100)
            if rounded > 0:
                found[self.near(each.time)[0]] = rounded
        return sorted(found.items())


def is_plain(duration: Fraction) -> bool:
    """Whether one sign stands for a length."""
    pieces = split(duration)
    return pieces is not None and len(pieces) == 1


def place_changes(
    bars: list[Measure], keys: list[tuple[Fraction, Key]], tempos: list[tuple[Fraction, Fraction]]
) -> None:
    """Put keys and tempos, each in order of time, into the bars that they fall into."""
    start = Fraction(0)
    key = next((each for time, each in keys if time == 0), keys[0][1] if keys else None)
    next_key = next_tempo = 0
    for bar in bars:
        end = start + bar.length
        here = []
        while next_key < len(keys) and keys[next_key][0] < end:
            here.append((keys[next_key][0] - start, keys[next_key][1]))
            next_key += 1
        if key and not any(time == 0 for time, _ in here):
            bar.keys.append((Fraction(0), key))
        bar.keys += here
        key = bar.keys[-1][1] if bar.keys else None
        while next_tempo < len(tempos) and tempos[next_tempo][0] < end:
            bar.tempos.append((tempos[next_tempo][0] - start, tempos[next_tempo][1]))
            next_tempo += 1
        start = end


def lay_out(
    voice: list[tuple[Fraction, Fraction, list[int]]],
    name: tuple[int, str],
    measures: list[Measure],
    starts: list[Fraction],
    most: int,
) -> int:
    """Write the chords of a voice into the bars, tied where a bar line or a length without a sign asks for it.

    Returns:
        How many notes were written.

    Raises:
        CorpusError: If they are more than ``most``.
    """
    place = written = 0
    for onset, end, keys in voice:
        time = onset
        while time < end:
            while place + 1 < len(starts) and starts[place + 1] <= time:
                place += 1
            bar = measures[place]
            stop = min(end, starts[place] + bar.length)
            key = bar.keys[-1][1] if bar.keys else Key(0)
            pieces = split(stop - time) or ((stop - time, None),)
            written += len(pieces) * len(keys)
            if written > most:
                raise CorpusError(f"Written out, it has more than {MOST_NOTES} notes.")
            go_on()
            for length, tuplet in pieces:
                events: list[Event] = [
                    Note(time - starts[place], length, spell(each, key.fifths), time + length < end, False, tuplet)
                    for each in keys
                ]
                bar.voices.setdefault(name, []).extend(events)
                time += length
    agree(voice, name, measures)
    return written


def agree(voice: list[tuple[Fraction, Fraction, list[int]]], name: tuple[int, str], measures: list[Measure]) -> None:
    """Spell what is tied over a change of key as it was spelled before it."""
    before: dict[int, Note] = {}
    for bar in measures:
        go_on()
        events = bar.voices.get(name, [])
        for place, event in enumerate(events):
            if not isinstance(event, Note):
                continue
            last = before.pop(event.pitch.midi, None)
            if last is not None:
                event = replace(event, pitch=last.pitch)
                events[place] = event
            if event.tied:
                before[event.pitch.midi] = event
