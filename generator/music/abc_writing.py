"""Writing ABC 2.1: a single line as a tune, several voices side by side."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby

from generator.errors import RenderingError

from .abc_fields import signature
from .beams import beam_start, beat_of, parted
from .clefs import clef_of
from .durations import Tuplet
from .pitch import SIGNS, Key, Pitch, name_at
from .score import Event, Metre, Note, Part, Score, Tempo, chords

__all__ = ["write_abc"]

UNIT = Fraction(1, 2)  # an eighth, in quarters
SIGN = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
MODE = {"": "", "major": "", "minor": "m", "aeolian": "m", "ionian": ""}
BARS_IN_A_LINE = 4
PARTS = 1000  # of one a minute, that a tempo is told in
CLEFS = {"treble-8": "bass"}  # by the standard the clef with an 8 moves the notes, so tenors get another
MOST_OF_TUPLET = 9  # the standard gives tuplets one digit


def write_abc(score: Score, number: int = 1) -> str:
    """The text of one tune; ``read_abc`` gives the same score back.

    Kept: pitches and spelling, lengths, ties, tuplets, fermatas, chords, bars, passages, keys, metres,
    tempos, title, composer and kind, and the names of several voices, each of which comes back as a part. A
    key without a mode is written, and comes back, as major; a change of key or tempo that falls into a note
    of the top voice, at its end. The name of a part that is alone and the instruments are not written.

    Args:
        score: A lawful score.
        number: For the field ``X:``, to tell the tunes of one file apart.

    Raises:
        RenderingError: If there is something that ABC has no sign for, or nothing at all.
    """
    parts = [(part, voice) for part in score.parts for voice in part.voices]
    if not parts:
        raise RenderingError("There is nothing to write: the score has no voices.")
    if any(part.percussion for part in score.parts):
        raise RenderingError("ABC has no sign for drums.", "Write it as MIDI.")
    metre = score.metres[0] if score.metres else None
    lines = [f"X:{number}", f"T:{field(score.title)}"]
    lines += [f"{letter}:{field(text)}" for letter, text in (("C", score.composer), ("R", score.kind)) if text]
    lines += [f"M:{metre.name if metre else 'none'}", "L:1/8"]
    if score.tempos and score.tempos[0].onset == 0:
        lines.append(f"Q:{tempo(score.tempos[0], metre)}")
    several = len(parts) > 1
    names = names_of([part for part, _ in parts])
    if several:
        lines.append(f"%%score [{' '.join(names)}]")
        lines += [voice_field(name, part) for name, (part, _) in zip(names, parts, strict=True)]
    lines.append(f"K:{key_name(score.keys[0].key) if score.keys else 'none'}")
    bars = [list(Bars(score, list(chords(voice.events)), lead=not place)) for place, (_, voice) in enumerate(parts)]
    for start in range(0, len(score.bars), BARS_IN_A_LINE):
        for name, own in zip(names, bars, strict=True):
            line = " ".join(own[start : start + BARS_IN_A_LINE])
            lines.append(f"[V:{name}] {line}" if several else line)
    return "\n".join(lines) + "\n"


def names_of(parts: list[Part]) -> list[str]:
    """What the voices are called: by their initials, S A T B, where these tell them apart; else by numbers."""
    initials = [part.name.strip()[:1].upper() for part in parts]
    short = len(set(initials)) == len(parts) and all("A" <= each <= "Z" for each in initials)
    return initials if short else [str(number) for number in range(1, len(parts) + 1)]


def voice_field(name: str, part: Part) -> str:
    """``V:T clef=bass name="Tenor"``."""
    clef = clef_of(part)
    shown = " ".join(part.name.replace('"', "'").replace("%", " ").split())
    return f"V:{name} clef={CLEFS.get(clef, clef)}" + (f' name="{shown}"' if shown else "")


class Bars:
    """The bars of a voice as text, each with the bar line that ends it; tempos stand in the one that leads."""

    def __init__(self, score: Score, events: list[list[Event]], *, lead: bool = True) -> None:
        self.score, self.events, self.lead = score, events, lead
        self.signs: dict[str, int] = {}
        self.now: dict[tuple[str, int], int] = {}

    def __iter__(self) -> Iterator[str]:
        changes = [
            *((change.onset, 1, f"[K:{key_name(change.key)}]") for change in self.score.keys[1:]),
            *((metre.onset, 0, f"[M:{metre.name}]") for metre in self.score.metres[1:]),
            *(
                (each.onset, 2, f"[Q:{tempo(each, self.score.metre_at(each.onset))}]")
                for each in self.score.tempos
                if each.onset and self.lead
            ),
        ]
        changes.sort()
        sections = set(self.score.sections)
        place = 0
        for start, end in self.score.bar_spans():
            inside: list[list[Event]] = []
            while place < len(self.events) and self.events[place][0].onset < end:
                inside.append(self.events[place])
                place += 1
            sign = "|]" if end == self.score.length else "||" if end in sections else "|"
            beats = beam_start(self.score, start, end)
            yield f"{self.bar(inside, changes, parted(inside, beats, self.score.metre_at(start)))} {sign}"

    def bar(self, events: list[list[Event]], changes: list[tuple[Fraction, int, str]], spaces: list[bool]) -> str:
        """The music of one bar; a space stands before each chord where ``spaces`` says so."""
        text: list[str] = []
        key = self.score.key_at(events[0][0].onset)
        self.signs = signature(key.fifths) if key else {}
        self.now = {}  # what the accidentals of this bar have set
        after = iter(spaces)
        for run in runs(events):
            opening = tuplet_sign(run[0][0].tuplet, len(run))
            for chord in run:
                if next(after):
                    text.append(" ")
                while changes and changes[0][0] <= chord[0].onset:
                    text.append(changes.pop(0)[2])
                    if text[-1].startswith("[K:"):
                        key = self.score.key_at(chord[0].onset)
                        self.signs, self.now = signature(key.fifths) if key else {}, {}
                text.append(opening + self.chord(chord))
                opening = ""
        return "".join(text).strip()

    def chord(self, chord: list[Event]) -> str:
        """One note, chord or rest."""
        first = chord[0]
        mark = "!fermata!" if first.fermata else ""
        actual, normal = first.tuplet or (1, 1)
        size = length(first.duration * actual / normal)
        notes = [event for event in chord if isinstance(event, Note)]
        if not notes:
            return f"{mark}z{size}"
        if len(notes) == 1:
            return f"{mark}{self.pitch(notes[0].pitch)}{size}{'-' if notes[0].tied else ''}"
        if len({note.tied for note in notes}) > 1:
            raise RenderingError("ABC ties a chord as a whole, and here some of its notes are tied and others not.")
        inside = "".join(self.pitch(note.pitch) for note in notes)
        return f"{mark}[{inside}]{size}{'-' if notes[0].tied else ''}"

    def pitch(self, pitch: Pitch) -> str:
        """Letter and octave, with an accidental where the bar so far, in any octave, leaves a doubt."""
        if pitch.alter not in SIGN:
            raise RenderingError(f"ABC has no sign for {pitch.name}.")
        if not 0 <= pitch.octave <= 9:
            raise RenderingError(f"ABC has no note {pitch.name}.")
        before = {alter for (step, _), alter in self.now.items() if step == pitch.step}
        default = self.signs.get(pitch.step, 0)
        doubt = before != {pitch.alter} if before else default != pitch.alter
        if doubt or self.now.get((pitch.step, pitch.octave), default) != pitch.alter:
            self.now[pitch.step, pitch.octave] = pitch.alter
            sign = SIGN[pitch.alter]
        else:
            sign = ""
        if pitch.octave >= 5:
            return sign + pitch.step.lower() + "'" * (pitch.octave - 5)
        return sign + pitch.step + "," * (4 - pitch.octave)


def runs(events: list[list[Event]]) -> Iterator[list[list[Event]]]:
    """The chords of a bar, those of one tuplet together: it is full where the beat is plain again."""
    for tuplet, run in groupby(events, key=lambda chord: chord[0].tuplet):
        found: list[list[Event]] = []
        for chord in run:
            found.append(chord)
            total = chord[0].end - found[0][0].onset
            if not tuplet or total.denominator & (total.denominator - 1) == 0:
                yield found
                found = []
        if found:
            yield found


def tuplet_sign(tuplet: Tuplet | None, count: int) -> str:
    """``(3`` before so many chords, ``(3:2:2`` where they are not as many as the tuplet has."""
    if not tuplet:
        return ""
    actual, normal = tuplet
    if actual > MOST_OF_TUPLET:
        raise RenderingError(f"ABC has no sign for {actual} notes in the time of {normal}.")
    return f"({actual}" if (actual, normal, count) == (3, 2, 3) else f"({actual}:{normal}:{count}"


def length(units_of_quarter: Fraction) -> str:
    """A length in unit lengths: ``3/2``, ``2``, nothing for one."""
    units = units_of_quarter / UNIT
    above = "" if units.numerator == 1 else str(units.numerator)
    return above if units.denominator == 1 else f"{above}/{units.denominator}"


def key_name(key: Key) -> str:
    """``F#m``, ``Ador``."""
    step, alter = name_at(key.fifths_of_tonic)
    return f"{step}{SIGNS[alter]}{MODE.get(key.mode, key.mode[:3])}"


def tempo(change: Tempo, metre: Metre | None) -> str:
    """``1/4=120``, ``3/8=110``: beats of the metre, where that gives no endless fraction; at most three decimals."""
    beat = beat_of(metre) if metre else Fraction(1)
    if (change.bpm / beat * PARTS).denominator > 1 == (change.bpm * PARTS).denominator:
        beat = Fraction(1)
    return f"{beat / 4}={round(float(change.bpm / beat), 3):.10g}"


def field(text: str) -> str:
    """A text that is safe in a field: one line, no comment."""
    return " ".join(text.split()).replace("%", "\\%")
