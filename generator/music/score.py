"""A piece of music as this program sees it: parts, voices, notes and rests, at exact times.

Times are ``Fraction``s of a quarter note, counted from the beginning. Nothing else knows about
music21 or MIDI: readers make scores and writers take them. What holds of every lawful score:

- every voice is filled from the beginning to the end: a silence is a rest, not a gap;
- no note or rest crosses a bar line; what sounds across one is written as tied notes;
- every length is one that a single sign stands for, with dots and within a tuplet; only a rest of a
  whole bar may have any length;
- a chord is several notes of one voice with the same onset and duration, lowest first;
- every bar has the length of its metre; only the first and the last bar of a passage may be shorter,
  because a passage may begin with a pickup.

``Score.problems`` says in words what does not hold.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from generator.errors import CorpusError
from generator.stopping import go_on

from .durations import Tuplet, is_writable
from .pitch import Key, Pitch

__all__ = ["Event", "KeyChange", "Metre", "Note", "Part", "Rest", "Score", "Tempo", "Voice"]


@dataclass(frozen=True, slots=True)
class Note:
    """One written note.

    Attributes:
        onset: Quarters from the beginning of the piece.
        duration: Quarters, more than 0.
        pitch: What sounds, as it is spelled.
        tied: Whether it sounds on into the next note of the same pitch in its voice.
        fermata: Whether it carries a fermata.
        tuplet: ``(actual, normal)``, as (3, 2) for a triplet; nested ones are multiplied together.
    """

    onset: Fraction
    duration: Fraction
    pitch: Pitch
    tied: bool = False
    fermata: bool = False
    tuplet: Tuplet | None = None

    @property
    def end(self) -> Fraction:
        """Quarters from the beginning to where the note stops."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Rest:
    """A silence of one voice; the attributes are those of a note."""

    onset: Fraction
    duration: Fraction
    fermata: bool = False
    tuplet: Tuplet | None = None

    @property
    def end(self) -> Fraction:
        """Quarters from the beginning to where the rest stops."""
        return self.onset + self.duration


Event = Note | Rest


@dataclass(frozen=True, slots=True)
class Voice:
    """Notes and rests that follow one another."""

    events: tuple[Event, ...]

    def notes(self) -> list[Note]:
        """The notes without the rests."""
        return [event for event in self.events if isinstance(event, Note)]

    def sounding(self) -> list[Note]:
        """The notes as they are heard: tied ones joined into one of the whole length, marks left out."""
        heard: list[Note] = []
        waiting: dict[tuple[Pitch, Fraction], int] = {}  # pitch and end of a note that goes on -> its place
        for note in self.notes():
            place = waiting.pop((note.pitch, note.onset), None)
            if place is None:
                place = len(heard)
                heard.append(Note(note.onset, note.duration, note.pitch))
            else:
                start = heard[place].onset
                heard[place] = Note(start, note.end - start, note.pitch)
            if note.tied:
                waiting[note.pitch, note.end] = place
        return heard


@dataclass(frozen=True, slots=True)
class Part:
    """What one player or one choir voice reads.

    Attributes:
        voices: One or more; simultaneous.
        name: As printed, ``Soprano``; may be empty.
        program: The General MIDI instrument, 0 to 127, or None where nothing says it.
        percussion: Whether the pitches are drums by their General MIDI key numbers.
    """

    voices: tuple[Voice, ...]
    name: str = ""
    program: int | None = None
    percussion: bool = False


@dataclass(frozen=True, slots=True)
class Metre:
    """A time signature, from a bar line onwards."""

    onset: Fraction
    beats: int
    beat_type: int

    @property
    def bar(self) -> Fraction:
        """Quarters in a full bar."""
        return Fraction(4 * self.beats, self.beat_type)

    @property
    def name(self) -> str:
        """``6/8``."""
        return f"{self.beats}/{self.beat_type}"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key signature, from a moment onwards; pitches are written out and do not depend on it."""

    onset: Fraction
    key: Key


@dataclass(frozen=True, slots=True)
class Tempo:
    """A speed, from a moment onwards, in quarter notes a minute."""

    onset: Fraction
    bpm: Fraction


Change = TypeVar("Change", Metre, KeyChange, Tempo)


@dataclass(frozen=True, slots=True)
class Score:
    """A piece of music.

    Attributes:
        parts: From the top of the page down.
        bars: Where each bar begins, the first at 0. A first bar shorter than its metre is a pickup.
        length: Quarters from the beginning to the end of the last bar.
        metres, keys, tempos: Changes in order of time. The first metre and the first key stand at 0
            where there are any; a piece without a metre has no rule about the length of its bars.
        sections: The bar lines, after the first, at which a new passage begins: after a double bar, a
            repeat or a jump. Where the sign stands inside a bar, it is the bar line that follows.
        title, composer: As the source says; may be empty.
        kind: What sort of piece it is, such as ``reel``; may be empty.
        printed: Where the bars of the page that it was read from begin as they are played, with their numbers
            there; empty where the page has no repeats. It is no part of the music: scores are equal without it.
    """

    parts: tuple[Part, ...]
    bars: tuple[Fraction, ...]
    length: Fraction
    metres: tuple[Metre, ...] = ()
    keys: tuple[KeyChange, ...] = ()
    tempos: tuple[Tempo, ...] = ()
    sections: tuple[Fraction, ...] = ()
    title: str = ""
    composer: str = ""
    kind: str = ""
    printed: tuple[tuple[Fraction, int], ...] = field(default=(), compare=False)

    def voices(self) -> Iterator[Voice]:
        """All voices, part by part."""
        for part in self.parts:
            yield from part.voices

    def bar_spans(self) -> list[tuple[Fraction, Fraction]]:
        """Beginning and end of each bar."""
        return list(zip(self.bars, (*self.bars[1:], self.length), strict=True))

    @property
    def pickup(self) -> Fraction:
        """Quarters in an incomplete first bar; 0 where the piece begins with a full one."""
        if not self.bars or not self.metres or len(self.bars) < 2:
            return Fraction(0)
        first = self.bars[1]
        return first if first < self.metres[0].bar else Fraction(0)

    def metre_at(self, time: Fraction) -> Metre | None:
        """The metre in force at a moment."""
        return in_force(self.metres, time)

    def key_at(self, time: Fraction) -> Key | None:
        """The key in force at a moment."""
        change = in_force(self.keys, time)
        return change.key if change else None

    def tempo_at(self, time: Fraction) -> Fraction | None:
        """Quarter notes a minute at a moment, where the score says."""
        change = in_force(self.tempos, time)
        return change.bpm if change else None

    def problems(self) -> list[str]:
        """What keeps this from being a lawful score, in words, the first of each kind and place."""
        return [*self._order_problems(), *self._bar_problems(), *self._voice_problems()]

    def validate(self) -> None:
        """Raise if the score is not lawful.

        Raises:
            CorpusError: With the first problem.
        """
        found = self.problems()
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise CorpusError(f"This is not a lawful score: {found[0]}{more}.")

    def _order_problems(self) -> Iterator[str]:
        if not self.bars or self.bars[0] != 0 or self.length <= self.bars[-1]:
            yield "the bars do not begin at 0 and end before the end of the piece"
        elif any(before >= after for before, after in pairwise(self.bars)):
            yield "the bar lines are not in order"
        for what, changes in (("metre", self.metres), ("key", self.keys), ("tempo", self.tempos)):
            onsets = [change.onset for change in changes]
            if any(a >= b for a, b in pairwise(onsets)):
                yield f"two changes of {what} are not in order"
            if onsets and (onsets[0] < 0 or onsets[-1] >= max(self.length, Fraction(1))):
                yield f"a change of {what} lies outside the piece"
            if onsets and onsets[0] != 0 and what != "tempo":
                yield f"the first {what} does not stand at the beginning"
        if any(tempo.bpm <= 0 for tempo in self.tempos):
            yield "a tempo is not more than 0"
        starts = set(self.bars)
        if any(start not in starts or start == 0 for start in self.sections) or list(self.sections) != sorted(
            set(self.sections)
        ):
            yield "the passages do not begin at bar lines after the first, in order"
        yield from (
            f"the metre {metre.name} changes inside a bar" for metre in self.metres if metre.onset not in starts
        )

    def _bar_problems(self) -> Iterator[str]:
        if not self.metres:
            return
        edges = {Fraction(0), self.length, *self.sections}  # beside these a bar may be short
        for number, (start, end) in enumerate(self.bar_spans()):
            metre = self.metre_at(start)
            if metre is None:
                continue
            excess = end - start - metre.bar
            if excess > 0 or (excess < 0 and start not in edges and end not in edges):
                yield (f"bar {number + 1} lasts {end - start} quarters where {metre.name} asks for {metre.bar}")

    def _voice_problems(self) -> Iterator[str]:
        for number, part in enumerate(self.parts, start=1):
            if not part.voices:
                yield f"part {number} has no voice"
            for count, voice in enumerate(part.voices, start=1):
                place = f"voice {count} of part {number}" if len(part.voices) > 1 else f"part {number}"
                for problem in self._problems_of(voice):
                    yield f"{problem} in {place}"

    def _problems_of(self, voice: Voice) -> Iterator[str]:
        time = Fraction(0)  # where the next event has to begin
        spans = set(self.bar_spans())
        waiting: set[Pitch] = set()  # tied pitches of the chord before
        for chord in chords(voice.events):
            go_on()
            onset, duration = chord[0].onset, chord[0].duration
            bar = bisect_right(self.bars, onset)
            where = f"in bar {bar}"
            if onset != time:
                yield f"{'an overlap' if onset < time else 'a gap'} {where}"
            if duration <= 0:
                yield f"a note without length {where}"
            if bar < len(self.bars) and onset + duration > self.bars[bar]:
                yield f"a note across the bar line {where}"
            time = onset + duration
            notes = [event for event in chord if isinstance(event, Note)]
            whole_bar = not notes and (onset, onset + duration) in spans
            yield from (
                f"a length of {event.duration} quarters that no one sign stands for {where}"
                for event in chord
                if duration > 0 and not whole_bar and not is_writable(event.duration, event.tuplet)
            )
            if len(chord) > 1 and len(notes) < len(chord):
                yield f"a rest inside a chord {where}"
            pitches = [note.pitch for note in notes]
            if len(set(pitches)) < len(pitches) or pitches != sorted(pitches, key=lambda pitch: pitch.midi):
                yield f"a chord that is not in order, or has a pitch twice, {where}"
            yield from (
                f"{pitch.name} outside the keys 0 to 127 {where}" for pitch in pitches if pitch.midi not in MIDI
            )
            yield from (f"a tie from {pitch.name} to no note of that pitch {where}" for pitch in waiting - set(pitches))
            waiting = {note.pitch for note in notes if note.tied}
        yield from (f"a tie from {pitch.name} beyond the end" for pitch in sorted(waiting))
        if time != self.length:
            yield f"{'more' if time > self.length else 'less'} than the {self.length} quarters of the piece"


MIDI = range(128)


def chords(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Events that begin together and last equally long, which one voice plays as one."""
    group: list[Event] = []
    for event in events:
        if group and (event.onset != group[0].onset or event.duration != group[0].duration):
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def in_force(changes: Sequence[Change], time: Fraction) -> Change | None:
    """The last of the changes that stands at or before a moment."""
    place = bisect_right(changes, time, key=lambda change: change.onset)
    return changes[place - 1] if place else None
