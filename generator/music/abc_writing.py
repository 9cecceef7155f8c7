"""Writing a single line as ABC 2.1."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby

from generator.errors import RenderingError

from .abc_fields import signature
from .pitch import SIGNS, Key, Pitch, name_at
from .score import Event, Note, Score, chords

__all__ = ["write_abc"]

UNIT = Fraction(1, 2)  # an eighth, in quarters
SIGN = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
MODE = {"": "", "major": "", "minor": "m", "aeolian": "m", "ionian": ""}
BARS_IN_A_LINE = 4
MOST_OF_TUPLET = 9  # the standard gives tuplets one digit


def write_abc(score: Score, number: int = 1) -> str:
    """The text of one tune; ``read_abc`` gives the same score back.

    Kept: pitches and spelling, lengths, ties, tuplets, fermatas, chords, bars, passages, keys, metres,
    tempos, title, composer and kind. A key without a mode is written, and comes back, as major; the name
    and the instrument of the part are not written.

    Args:
        score: A lawful score of one part with one voice.
        number: For the field ``X:``, to tell the tunes of one file apart.

    Raises:
        RenderingError: If there is more than one voice, or something that ABC has no sign for.
    """
    voices = list(score.voices())
    if len(voices) != 1:
        raise RenderingError(
            f"ABC is written for a single line, and this score has {len(voices)} voices.",
            "Write it as MusicXML or MIDI, or choose one voice.",
        )
    metre = score.metres[0].name if score.metres else "none"
    lines = [f"X:{number}", f"T:{field(score.title)}"]
    lines += [f"{letter}:{field(text)}" for letter, text in (("C", score.composer), ("R", score.kind)) if text]
    lines += [f"M:{metre}", "L:1/8"]
    if score.tempos and score.tempos[0].onset == 0:
        lines.append(f"Q:{tempo(score.tempos[0].bpm)}")
    lines.append(f"K:{key_name(score.keys[0].key) if score.keys else 'none'}")
    bars = list(Bars(score, list(chords(voices[0].events))))
    lines += ["".join(bars[start : start + BARS_IN_A_LINE]) for start in range(0, len(bars), BARS_IN_A_LINE)]
    return "\n".join(lines) + "\n"


class Bars:
    """The bars of a line as text, each with the bar line that ends it."""

    def __init__(self, score: Score, events: list[list[Event]]) -> None:
        self.score, self.events = score, events
        self.signs: dict[str, int] = {}
        self.now: dict[tuple[str, int], int] = {}

    def __iter__(self) -> Iterator[str]:
        changes = [
            *((change.onset, 1, f"[K:{key_name(change.key)}]") for change in self.score.keys[1:]),
            *((metre.onset, 0, f"[M:{metre.name}]") for metre in self.score.metres[1:]),
            *((each.onset, 2, f"[Q:{tempo(each.bpm)}]") for each in self.score.tempos if each.onset),
        ]
        changes.sort()
        sections = set(self.score.sections)
        place = 0
        for _, end in self.score.bar_spans():
            inside: list[list[Event]] = []
            while place < len(self.events) and self.events[place][0].onset < end:
                inside.append(self.events[place])
                place += 1
            sign = "|]" if end == self.score.length else "||" if end in sections else "|"
            yield f"{self.bar(inside, changes)} {sign} "

    def bar(self, events: list[list[Event]], changes: list[tuple[Fraction, int, str]]) -> str:
        """The music of one bar."""
        text: list[str] = []
        key = self.score.key_at(events[0][0].onset)
        self.signs = signature(key.fifths) if key else {}
        self.now = {}  # what the accidentals of this bar have set
        for tuplet, run in groupby(events, key=lambda chord: chord[0].tuplet):
            chords_of_run = list(run)
            if tuplet:
                if tuplet[0] > MOST_OF_TUPLET:
                    raise RenderingError(f"ABC has no sign for {tuplet[0]} notes in the time of {tuplet[1]}.")
                text.append(f" ({tuplet[0]}:{tuplet[1]}:{len(chords_of_run)}")
            for chord in chords_of_run:
                while changes and changes[0][0] <= chord[0].onset:
                    text.append(changes.pop(0)[2])
                    if text[-1].startswith("[K:"):
                        key = self.score.key_at(chord[0].onset)
                        self.signs, self.now = signature(key.fifths) if key else {}, {}
                if chord[0].onset.denominator == 1 and not tuplet:
                    text.append(" ")
                text.append(self.chord(chord))
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


def length(units_of_quarter: Fraction) -> str:
    """A length in unit lengths: ``3/2``, ``2``, nothing for one."""
    units = units_of_quarter / UNIT
    above = "" if units.numerator == 1 else str(units.numerator)
    return above if units.denominator == 1 else f"{above}/{units.denominator}"


def key_name(key: Key) -> str:
    """``F#m``, ``Ador``."""
    step, alter = name_at(key.fifths_of_tonic)
    return f"{step}{SIGNS[alter]}{MODE.get(key.mode, key.mode[:3])}"


def tempo(bpm: Fraction) -> str:
    """``1/4=120``; at most three decimals."""
    return f"1/4={round(float(bpm), 3):.10g}"


def field(text: str) -> str:
    """A text that is safe in a field: one line, no comment."""
    return " ".join(text.split()).replace("%", "\\%")
