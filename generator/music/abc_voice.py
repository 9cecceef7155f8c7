"""One voice of an ABC tune while it is being read: the bar that is open, and what holds in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from generator.errors import CorpusError

from .abc_fields import ACCIDENTALS, AbcKey
from .durations import is_writable, split
from .measures import Measure
from .pitch import Key, Pitch
from .repeats import MOST_BARS, Marks
from .score import Event, Note, Rest

__all__ = ["AbcVoice"]

VOICE = (0, "1")
NORMAL = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # of so many notes in the time of so many, by the standard
LONGEST_NOTE = Fraction(1024)  # quarters
MOST_PARTS = 1 << 40  # of a quarter: finer than all tuplets of one bar together need; sums of other fractions never end
NoteText = tuple[str | None, ...]  # accidental, letter, octave marks, and the three parts of the length


class AbcVoice:
    """Collects bars; the reader of the tune calls one method for each sign."""

    def __init__(self, metre: tuple[int, int] | None, unit: Fraction, key: AbcKey, losses: Counter[str]) -> None:
        self.metre, self.unit, self.key, self.losses = metre, unit, key, losses
        self.measures: list[Measure] = []
        self.fermata = False
        self._events: list[list[Event]] = []  # chords of the open bar
        self._keys: list[tuple[Fraction, Key]] = []
        self._tempos: list[tuple[Fraction, Fraction]] = []
        self._marks = Marks()
        self._time = Fraction(0)
        self._alters: dict[tuple[str, int], int] = {}
        self._ending: frozenset[int] = frozenset()
        self._bar_key = key.key  # in force where the open bar begins
        self._tuplet: tuple[int, int] = (1, 1)
        self._left = 0  # notes that the open tuplet still takes
        self._broken = Fraction(1)  # what a broken rhythm does to the next note
        self._tied: dict[tuple[str, int], int] = {}  # letters that a tie carries over, with their alteration
        self._leads_to_coda = False  # whether one of the bars does

    # ------------------------------------------------------------------ notes

    def note(self, *text: str | None) -> None:
        """A single note."""
        self._add([text], length(*text[3:]))

    def chord(self, notes: list[NoteText], factor: str) -> None:
        """Notes that sound together; they last as long as the first of them, times the factor."""
        self._add(notes, length(*notes[0][3:]) * factor_of(factor))

    def rest(self, text: str) -> None:
        """A rest, seen or unseen."""
        self._add([], factor_of(text))

    def silent_bars(self, count: int) -> None:
        """``Z4``: whole bars of rest."""
        if not self.metre or len(self.measures) + count > MOST_BARS:
            raise CorpusError(f"It has {count} bars of rest where there is no metre, or more than {MOST_BARS} bars.")
        for _ in range(count):
            self.close_bar()
            self._time = Fraction(4 * self.metre[0], self.metre[1])
            self._events.append([Rest(Fraction(0), self._time)])
        # the bar line that follows closes the last of them

    def _add(self, notes: list[NoteText], factor: Fraction) -> None:
        duration = self.unit * factor * self._broken
        self._broken = Fraction(1)
        tuplet = None
        if self._left:
            tuplet = self._tuplet
            duration = duration * tuplet[1] / tuplet[0]
            self._left -= 1
        if duration <= 0:
            raise CorpusError("A note has no length.")
        if duration > LONGEST_NOTE or (self._time + duration).denominator > MOST_PARTS:
            raise CorpusError("A note has a length that no bar can hold.")
        pitches = sorted({self._pitch(*text[:3]) for text in notes}, key=lambda pitch: (pitch.midi, pitch.fifths))
        self._tied = {}
        self._events.append(made(self._time, duration, pitches, self.fermata, tuplet))
        self._time += duration
        self.fermata = False

    def _pitch(self, accidental: str | None, letter: str | None, marks: str | None) -> Pitch:
        assert letter is not None and marks is not None
        octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
        step = letter.upper()
        if accidental:
            alter = ACCIDENTALS[accidental]
            self._alters[step, octave] = alter
        elif (step, octave) in self._tied:
            alter = self._tied[step, octave]
        else:
            alter = self._alters.get((step, octave), self.key.alters.get(step, 0))
        if not 0 <= octave <= 9:
            raise CorpusError(f"A note lies in octave {octave}.")
        return Pitch(step, alter, octave)

    def tie(self) -> None:
        """The note before goes on into the next."""
        if not self._events:
            return
        last = self._events[-1]
        self._events[-1] = [replace(event, tied=True) if isinstance(event, Note) else event for event in last]
        self._tied = {(e.pitch.step, e.pitch.octave): e.pitch.alter for e in last if isinstance(e, Note)}

    def broken(self, signs: str) -> None:
        """``A>B``: the note before is dotted, the next one shortened; the other way round for ``<``."""
        if not self._events:
            return
        short = Fraction(1, 1 << len(signs))
        before, after = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
        last = self._events.pop()
        onset, old = last[0].onset, sum_of(last)
        pitches = list(dict.fromkeys(event.pitch for event in last if isinstance(event, Note)))
        self._events.append(made(onset, old * before, pitches, last[0].fermata, last[0].tuplet))
        self._time = onset + old * before
        self._broken = after

    def begin_tuplet(self, count: int | None, time: int | None = None, notes: int | None = None) -> None:
        """``(3``, ``(3:2:2``: so many notes in the time of so many, for the next so many."""
        if not count or count < 2:
            return
        compound = self.metre is not None and self.metre[0] % 3 == 0 and self.metre[0] > 3 and self.metre[1] >= 8
        self._tuplet = (count, time or NORMAL.get(count, 3 if compound else 2))
        self._left = notes or count

    # ------------------------------------------------------------------ what holds from here on

    def change_key(self, key: AbcKey) -> None:
        """Another key, also in the middle of a bar."""
        self.key = key
        self._alters = {}
        if key.key and self._time:
            self._keys.append((self._time, key.key))
        elif not self._time:
            self._bar_key = key.key

    def change_metre(self, metre: tuple[int, int] | None) -> None:
        """Another metre: a bar that is open ends here."""
        self.close_bar()
        self.metre = metre

    def tempo(self, bpm: Fraction) -> None:
        """Another speed, in quarters a minute."""
        self._tempos.append((self._time, bpm))

    # ------------------------------------------------------------------ bars

    def before(self, name: str) -> None:
        """A segno or coda before this bar, or at the end of the one before it."""
        if name == "segno":
            self._marks.segno = True
        elif self._leads_to_coda:
            self._marks.coda = True
        else:
            self._marks.to_coda = True

    def after(self, name: str) -> None:
        """A fine or a jump after the bar that is open, or the last one."""
        marks = self._marks if self._events or not self.measures else self.measures[-1].marks
        if name == "fine":
            marks.fine = True
        else:
            marks.jump = name

    def begin_ending(self, passes: str) -> None:
        """``[1`` or ``[1,3`` or ``[1-3``: what follows is played in these passes."""
        self.close_bar()
        found: set[int] = set()
        for each in passes.strip(",-").split(","):
            first, _, last = each.partition("-")
            if first:
                found |= set(range(int(first), min(int(last or first), int(first) + 20) + 1))
        self._ending = frozenset(number for number in found if 0 < number <= 20)
        self._marks.ending = self._ending

    def bar(self, sign: str) -> None:
        """A bar line of any kind."""
        if sign in ("[|]", "[|"):  # not seen, or the beginning of a thick line: no repeat
            sign = "||"
        self.close_bar()
        ends, starts = sign.startswith(":"), sign.endswith(":")
        if ends and self.measures:
            times = 2 if "|" not in sign else len(sign) - len(sign.lstrip(":")) + 1
            self.measures[-1].marks.times = min(times, 20)
        if sign != "|":
            if self.measures and self._ending:
                self.measures[-1].marks.last_of_ending = True
            self._ending = frozenset()
            self._marks.ending = frozenset()
            self._marks.section = True
        if starts:
            self._marks.start = True

    def close_bar(self) -> None:
        """End the bar that is open, if there is anything in it."""
        self._alters = {}
        if not self._events:
            return
        keys = [(Fraction(0), self._bar_key)] if self._bar_key else []
        bar = Measure(
            self._time,
            self.metre,
            [*keys, *self._keys],
            self._tempos,
            {VOICE: [event for chord in self._events for event in chord]},
            self._marks,
        )
        if len(self.measures) >= MOST_BARS:
            raise CorpusError(f"It has more than {MOST_BARS} bars.")
        self._leads_to_coda = self._leads_to_coda or bar.marks.to_coda
        parts = cut(bar)
        self.losses["bar lines that were missing, put in"] += len(parts) - 1
        self.measures += parts
        self._bar_key = self.key.key
        self._events, self._keys, self._tempos = [], [], []
        self._marks = Marks(ending=self._ending)
        self._time = Fraction(0)

    def finish(self) -> list[Measure]:
        """The bars, the open one closed."""
        self.close_bar()
        return self.measures


def cut(bar: Measure) -> list[Measure]:
    """A bar that is exactly two to four times too long as so many bars, if no note crosses between them."""
    full = bar.nominal
    count = bar.length / full if full else Fraction(1)
    if full is None or count.denominator != 1 or not 2 <= count <= 4:
        return [bar]
    edges = [full * number for number in range(int(count) + 1)]
    parts: list[Measure] = []
    for start, end in pairwise(edges):
        inside = [event for event in bar.voices[VOICE] if start <= event.onset < end]
        if any(event.end > end for event in inside):
            return [bar]
        keys = [(max(time - start, Fraction(0)), key) for time, key in bar.keys if time < end]
        keys = keys[next(number for number in range(len(keys) - 1, -1, -1) if keys[number][0] == 0) :] if keys else []
        parts.append(
            Measure(
                full,
                bar.metre,
                keys,
                [(time - start, bpm) for time, bpm in bar.tempos if start <= time < end],
                {VOICE: [replace(event, onset=event.onset - start) for event in inside]},
                Marks(ending=bar.marks.ending),
            )
        )
    first, last, marks = parts[0].marks, parts[-1].marks, bar.marks
    first.section, first.start, first.segno, first.coda = marks.section, marks.start, marks.segno, marks.coda
    last.times, last.jump, last.fine, last.to_coda = marks.times, marks.jump, marks.fine, marks.to_coda
    last.last_of_ending = marks.last_of_ending
    return parts


def length(above: str | None, slashes: str | None, below: str | None) -> Fraction:
    """``3/2``, ``/``, ``//``, ``/4`` → how many unit lengths."""
    value = Fraction(int(above or 1))
    if slashes:
        value /= int(below) if below and int(below) else 1 << len(slashes)
    return value


def factor_of(text: str) -> Fraction:
    """A length that stands by itself."""
    above = text[: len(text) - len(text.lstrip("0123456789"))]
    rest = text[len(above) :]
    return length(above, rest[: len(rest) - len(rest.lstrip("/"))], rest.lstrip("/"))


def sum_of(chord: list[Event]) -> Fraction:
    """How long a chord lasts, tied pieces together."""
    return max(event.end for event in chord) - chord[0].onset


def made(
    onset: Fraction, duration: Fraction, pitches: list[Pitch], fermata: bool, tuplet: tuple[int, int] | None
) -> list[Event]:
    """A chord, as tied pieces if one note cannot have the length; or a rest, where there is no pitch."""
    if not pitches:
        return [Rest(onset, duration, fermata, tuplet)]
    pieces = ((duration, tuplet),) if is_writable(duration, tuplet) else split(duration) or ((duration, tuplet),)
    found: list[Event] = []
    for number, (piece, inside) in enumerate(pieces):
        more = number + 1 < len(pieces)
        found += [Note(onset, piece, pitch, more, fermata, inside) for pitch in pitches]
        onset += piece
    return found
