"""What the alphabet ``voices`` keeps of a score: voices on a grid of sixteenths, bars, keys and metres.

A ``Setting`` stands between score and text. ``setting_of`` takes it out of a score, and is where
scores are refused; ``score_of`` makes a score of it again, in one way only, and so defines what the
alphabet takes for the normal form of a score.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ...errors import TokenizerError
from ...music import Key, KeyChange, Metre, Note, Part, Rest, Score, Voice, spell, split
from ...music.score import Event
from .voices_signs import FULL, HIGHEST, LOWEST, METRES, MOST_VOICES, STEPS

__all__ = ["Setting", "Sounding", "score_of", "setting_of"]

CHOIR_NAMES = ("Soprano", "Alto", "Tenor", "Bass")
CHOIR_AAHS = 52  # the General MIDI program
FULL_STEPS = dict(zip(METRES, FULL.values(), strict=True))


@dataclass(frozen=True, slots=True)
class Sounding:
    """A note as it is heard, in steps from the beginning of the piece; ``end`` is not part of it."""

    start: int
    end: int
    midi: int
    fermata: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """Voices on a grid; all times are steps from the beginning.

    Attributes:
        bars: Where each bar begins, the first at 0.
        length: Where the last one ends.
        metres: Changes of metre by name, the first at 0, the others at bar lines.
        keys: Changes of key, the first at 0.
        sections: The bar lines at which a passage begins.
        voices: From the top of the page down, what each sings; between its notes it rests.
    """

    bars: tuple[int, ...]
    length: int
    metres: tuple[tuple[int, str], ...]
    keys: tuple[tuple[int, Key], ...]
    sections: tuple[int, ...]
    voices: tuple[tuple[Sounding, ...], ...]

    def full(self, time: int) -> int:
        """Steps in a full bar of the metre in force."""
        place = bisect_right(self.metres, time, key=lambda change: change[0])
        return FULL_STEPS[self.metres[place - 1][1]]

    def missing(self) -> dict[int, int]:
        """How many steps are missing where a bar begins that lacks its beginning.

        A short bar lacks its beginning if it is the first of a passage of several; else its end.
        """
        starts = [0, *self.sections]
        ends = [*self.sections, self.length]
        found: dict[int, int] = {}
        for first, end in zip(starts, ends, strict=True):
            after = self.bars[bisect_right(self.bars, first) :]
            if after and after[0] < end and (lacking := self.full(first) - (after[0] - first)) > 0:
                found[first] = lacking
        return found

    @property
    def pickup(self) -> bool:
        """Whether the first bar lacks its beginning, so that people count from the second."""
        return 0 in self.missing()


def bar_number(score: Score, time: Fraction) -> int:
    """The number that is printed at the bar: 1 for the first full one, so 0 for a pickup."""
    return bisect_right(score.bars, time) - (1 if score.pickup else 0)


def setting_of(score: Score) -> Setting:
    """What is kept of a score.

    Raises:
        TokenizerError: if it cannot be written on the grid; the message names the bar and the voice.
    """
    voices = list(score.voices())
    if not score.metres:
        raise TokenizerError("The score has no metre.", "Give it a time signature.")
    if not 1 <= len(voices) <= MOST_VOICES:
        raise TokenizerError(f"The score has {len(voices)} voices.", f"This alphabet writes 1 to {MOST_VOICES}.")
    if any(part.percussion for part in score.parts):
        raise TokenizerError("The score has a part for drums.", "Take it out, or use the alphabet midi.")
    for metre in score.metres:
        if metre.name not in FULL_STEPS:
            where = bar_number(score, metre.onset)
            raise TokenizerError(f"The metre {metre.name} in bar {where} is none of {', '.join(METRES)}.")

    def step(time: Fraction, what: str) -> int:
        if (time * STEPS).denominator != 1:
            # the end of a bar belongs to it
            where = bar_number(score, time)
            raise TokenizerError(
                f"{what} in bar {where} stands at {time} quarters, off the grid of sixteenths.",
                "Tuplets and shorter notes need the alphabet melody or midi.",
            )
        return int(time * STEPS)

    return Setting(
        tuple(step(bar, "A bar line") for bar in score.bars),
        step(score.length, "The end"),
        tuple((step(metre.onset, "A metre"), metre.name) for metre in score.metres),
        tuple((step(change.onset, "A key"), change.key) for change in score.keys) or ((0, Key(0)),),
        tuple(step(section, "A bar line") for section in score.sections),
        tuple(
            tuple(
                Sounding(
                    step(notes[0].onset, f"A note of voice {number}"),
                    step(notes[-1].end, f"The end of a note of voice {number}"),
                    checked(notes[0], score, number),
                    any(note.fermata for note in notes),
                )
                for notes in joined(voice, score, number)
            )
            for number, voice in enumerate(voices, start=1)
        ),
    )


def joined(voice: Voice, score: Score, number: int) -> list[list[Note]]:
    """The notes of a voice, those that are tied together in one list."""
    found: list[list[Note]] = []
    for note in voice.notes():
        if found and found[-1][-1].onset == note.onset:
            raise TokenizerError(
                f"Voice {number} has a chord in bar {bar_number(score, note.onset)}.", "Write each line as a voice."
            )
        if found and found[-1][-1].tied:
            found[-1].append(note)
        else:
            found.append([note])
    return found


def checked(note: Note, score: Score, number: int) -> int:
    """The key number of a note."""
    if not LOWEST <= note.pitch.midi <= HIGHEST:
        raise TokenizerError(
            f"{note.pitch.name} of voice {number} in bar {bar_number(score, note.onset)} lies outside A0 to C8."
        )
    return note.pitch.midi


def score_of(setting: Setting) -> Score:
    """The one score that stands for a setting: pitches are spelled by the key that holds where they begin."""
    spans = list(pairwise((*setting.bars, setting.length)))
    count = len(setting.voices)
    names = CHOIR_NAMES if count == 4 else tuple(f"Voice {number}" for number in range(1, count + 1))
    return Score(
        tuple(
            Part((written(setting, voice, spans),), name, CHOIR_AAHS)
            for voice, name in zip(setting.voices, names, strict=True)
        ),
        tuple(Fraction(bar, STEPS) for bar in setting.bars),
        Fraction(setting.length, STEPS),
        tuple(Metre(Fraction(time, STEPS), *map(int, name.split("/"))) for time, name in setting.metres),
        tuple(KeyChange(Fraction(time, STEPS), key) for time, key in setting.keys),
        (),
        tuple(Fraction(time, STEPS) for time in setting.sections),
    )


def written(setting: Setting, voice: tuple[Sounding, ...], spans: list[tuple[int, int]]) -> Voice:
    """A voice in notes and rests that do not cross bar lines."""
    events: list[Event] = []
    time = 0
    for note in voice:
        events += rests(time, note.start, spans)
        events += notes(note, setting, spans)
        time = note.end
    return Voice((*events, *rests(time, setting.length, spans)))


def pieces(start: int, end: int, spans: list[tuple[int, int]]) -> list[tuple[Fraction, Fraction]]:
    """Onset and length, in quarters, of the signs that fill a time, cut at the bar lines."""
    found: list[tuple[Fraction, Fraction]] = []
    first = bisect_right(spans, start, key=lambda span: span[0]) - 1
    for bar, after in spans[first:]:
        if bar >= end:
            break
        time = Fraction(max(start, bar), STEPS)
        for length, _ in split(Fraction(min(end, after), STEPS) - time) or ():
            found.append((time, length))
            time += length
    return found


def rests(start: int, end: int, spans: list[tuple[int, int]]) -> list[Event]:
    """Rests; a whole bar has one."""
    found: list[Event] = []
    first = bisect_right(spans, start, key=lambda span: span[0]) - 1
    for bar, after in spans[first:]:
        if bar >= end:
            break
        if start <= bar and after <= end:
            found.append(Rest(Fraction(bar, STEPS), Fraction(after - bar, STEPS)))
        else:
            signs = pieces(max(start, bar), min(end, after), [(bar, after)])
            found += [Rest(onset, length) for onset, length in signs]
    return found


def notes(note: Sounding, setting: Setting, spans: list[tuple[int, int]]) -> list[Event]:
    """The tied notes of a sound; a fermata stands over the last."""
    key = setting.keys[bisect_right(setting.keys, note.start, key=lambda change: change[0]) - 1][1]
    pitch = spell(note.midi, key.fifths)
    signs = pieces(note.start, note.end, spans)
    return [
        Note(onset, length, pitch, number < len(signs), note.fermata and number == len(signs))
        for number, (onset, length) in enumerate(signs, start=1)
    ]
