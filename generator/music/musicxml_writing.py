"""Writing MusicXML 4.0 (partwise), which notation editors and engravers open.

The element order in a note and in a measure follows the schema (www.w3.org/2021/06/musicxml40/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from math import lcm
from xml.sax.saxutils import escape

from generator.errors import RenderingError
from generator.stopping import go_on

from .abc_fields import signature
from .beams import beam_marks, beam_start, beat_of
from .clefs import clef_of
from .durations import Tuplet, written
from .pitch import Key
from .score import Event, KeyChange, Metre, Note, Part, Rest, Score, Tempo, chords

__all__ = ["write_musicxml"]

TYPES = {
    Fraction(16): "long", Fraction(8): "breve", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter",
    Fraction(1, 2): "eighth", Fraction(1, 4): "16th", Fraction(1, 8): "32nd", Fraction(1, 16): "64th",
    Fraction(1, 32): "128th", Fraction(1, 64): "256th", Fraction(1, 128): "512th", Fraction(1, 256): "1024th",
}  # fmt: skip
ACCIDENTALS = {
    -3: "triple-flat",
    -2: "flat-flat",
    -1: "flat",
    0: "natural",
    1: "sharp",
    2: "double-sharp",
    3: "triple-sharp",
}
BEAT_UNITS = {
    Fraction(length, 4): f"<beat-unit>{unit}</beat-unit>{dot}"
    for length, unit, dot in (
        (16, "whole", ""), (8, "half", ""), (4, "quarter", ""), (2, "eighth", ""), (1, "16th", ""),
        (6, "quarter", "<beat-unit-dot/>"), (3, "eighth", "<beat-unit-dot/>"),
    )
}  # fmt: skip
PARTS = 10**6  # of one a minute, that a tempo is told in
DRUMS = 10  # the channel of General MIDI, counted from 1
MELODIC = [channel for channel in range(1, 17) if channel != DRUMS]
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
"""
BRACKET = (
    '<part-group type="start" number="1"><group-symbol>bracket</group-symbol>'
    "<group-barline>yes</group-barline></part-group>\n"
)
CLEFS = {
    "treble": "<clef><sign>G</sign><line>2</line></clef>",
    "bass": "<clef><sign>F</sign><line>4</line></clef>",
    "treble-8": "<clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef>",
    "percussion": "<clef><sign>percussion</sign></clef>",
}
Change = KeyChange | Metre | Tempo


def write_musicxml(score: Score) -> str:
    """The text of a MusicXML file; ``read_musicxml`` gives the same score back.

    Kept: everything that a score holds, but for the drums' pitches, which are printed as unpitched notes.
    A tempo keeps six decimals.

    Raises:
        RenderingError: If a note has a length that no sign stands for, or there are no parts.
    """
    if not score.parts:
        raise RenderingError("There is nothing to write: the score has no parts.")
    lines = [HEAD]
    if score.title:
        lines.append(f"<work><work-title>{text(score.title)}</work-title></work>\n")
    lines.append("<identification>")
    if score.composer:
        lines.append(f'<creator type="composer">{text(score.composer)}</creator>')
    lines.append("<encoding><software>generator</software></encoding>")
    if score.kind:
        lines.append(
            f'<miscellaneous><miscellaneous-field name="kind">{text(score.kind)}</miscellaneous-field></miscellaneous>'
        )
    lines.append("</identification>\n<part-list>\n")
    short = abbreviations([part.name for part in score.parts])
    lines.append(BRACKET if len(score.parts) > 1 else "")
    lines += [part_entry(number, part, short[number - 1]) for number, part in enumerate(score.parts, start=1)]
    lines.append('<part-group type="stop" number="1"/>\n' if len(score.parts) > 1 else "")
    lines.append("</part-list>\n")
    for number, part in enumerate(score.parts, start=1):
        lines.append(f'<part id="P{number}">\n')
        lines += PartWriter(score, part, lead=number == 1).measures()
        lines.append("</part>\n")
    lines.append("</score-partwise>\n")
    return "".join(lines)


def abbreviations(names: list[str]) -> list[str]:
    """What stands before the later systems of each part: initials, where they tell several parts apart."""
    short = [" ".join(word if word.isdigit() else f"{word[0]}." for word in name.split()) for name in names]
    return short if len(names) > 1 and all(short) and len(set(short)) == len(short) else [""] * len(names)


def part_entry(number: int, part: Part, short: str) -> str:
    """A part in the list of parts, with its instrument where it is known."""
    name = text(part.name)
    entry = f'<score-part id="P{number}"><part-name>{name}</part-name>'
    if short:
        entry += f"<part-abbreviation>{text(short)}</part-abbreviation>"
    if part.program is not None or part.percussion:
        channel = DRUMS if part.percussion else MELODIC[(number - 1) % len(MELODIC)]
        entry += (
            f'<score-instrument id="P{number}-I1"><instrument-name>{name or "instrument"}</instrument-name>'
            f'</score-instrument><midi-instrument id="P{number}-I1"><midi-channel>{channel}</midi-channel>'
            f"<midi-program>{(part.program or 0) + 1}</midi-program></midi-instrument>"
        )
    return entry + "</score-part>\n"


class PartWriter:
    """Writes the measures of one part."""

    def __init__(self, score: Score, part: Part, *, lead: bool) -> None:
        self.score, self.part = score, part
        times = [
            *score.bars,
            score.length,
            *(each.onset for each in score.keys),
            *(each.onset for each in score.tempos),
        ]
        lengths = [event.duration for voice in part.voices for event in voice.events]
        self.divisions = lcm(*(time.denominator for time in [*times, *lengths]))
        tempos: tuple[Tempo, ...] = score.tempos if lead else ()  # heard by all, printed once
        self.changes: list[Change] = sorted([*score.keys, *score.metres, *tempos], key=lambda change: change.onset)
        self.voices = [list(chords(voice.events)) for voice in part.voices]
        self.sounding: list[set[int]] = [
            set() for _ in part.voices
        ]  # key numbers that a tie brings into the next chord

    def measures(self) -> Iterator[str]:
        """The measures in order."""
        places = [0] * len(self.voices)
        sections, last = set(self.score.sections), len(self.score.bars) - 1
        pickups = 0
        for number, (start, end) in enumerate(self.score.bar_spans()):
            go_on()
            metre = self.score.metre_at(start)
            short = metre is not None and end - start != metre.bar
            pickups += number == 0 and bool(self.score.pickup)
            implicit = ' implicit="yes"' if short else ""
            lines = [f'<measure number="{number + 1 - pickups}"{implicit}>\n', *self.openings(number, start, end)]
            for voice in range(len(self.voices)):
                first = places[voice]
                while places[voice] < len(self.voices[voice]) and self.voices[voice][places[voice]][0].onset < end:
                    places[voice] += 1
                if voice:
                    lines.append(f"<backup><duration>{self.ticks(end - start)}</duration></backup>\n")
                lines += self.voice_of_bar(voice, self.voices[voice][first : places[voice]], start, end)
            style = "light-heavy" if number == last else "light-light" if end in sections else ""
            if style:
                lines.append(f'<barline location="right"><bar-style>{style}</bar-style></barline>\n')
            lines.append("</measure>\n")
            yield "".join(lines)

    def ticks(self, duration: Fraction) -> int:
        """A length in the divisions of this part."""
        return int(duration * self.divisions)

    def openings(self, number: int, start: Fraction, end: Fraction) -> Iterator[str]:
        """Clef, keys, metres and tempos of a bar, each at its time, and back to the beginning of the bar."""
        at = start
        here = [change for change in self.changes if start <= change.onset < end]
        if not number:
            yield from self.attributes(
                f"<divisions>{self.divisions}</divisions>", here, start, CLEFS[clef_of(self.part)]
            )
        for time, group in groupby(here, key=lambda change: change.onset):
            changes = list(group)
            if time > at:
                yield f"<forward><duration>{self.ticks(time - at)}</duration></forward>\n"
                at = time
            if number or time > start:
                yield from self.attributes("", changes, time, "")
            for change in changes:
                if isinstance(change, Tempo):
                    yield direction(change, self.score.metre_at(change.onset))
        if at > start:
            yield f"<backup><duration>{self.ticks(at - start)}</duration></backup>\n"

    def attributes(self, before: str, changes: list[Change], time: Fraction, after: str) -> Iterator[str]:
        """One <attributes> element, if there is anything in it."""
        inside = before
        for kind in (KeyChange, Metre):
            for change in changes:
                if isinstance(change, kind) and change.onset == time:
                    inside += key_element(change.key) if isinstance(change, KeyChange) else metre_element(change)
        if not self.score.metres and before:
            inside += "<time><senza-misura/></time>"
        if inside or after:
            yield f"<attributes>{inside}{after}</attributes>\n"

    def voice_of_bar(self, voice: int, events: list[list[Event]], start: Fraction, end: Fraction) -> Iterator[str]:
        """The notes of one voice in one bar."""
        metre = self.score.metre_at(start)
        beams = beam_marks(events, beam_start(self.score, start, end), metre)
        key = self.score.key_at(start)
        signs = signature(key.fifths) if key else {}
        now: dict[tuple[str, int], int] = {}
        brackets = tuplet_brackets(events)
        for place, chord in enumerate(events):
            sounding: set[int] = set()
            for number, event in enumerate(chord):
                accidental = ""
                if isinstance(event, Note):
                    where = (event.pitch.step, event.pitch.octave)
                    goes_on = event.pitch.midi in self.sounding[voice]
                    if now.get(where, signs.get(event.pitch.step, 0)) != event.pitch.alter and not goes_on:
                        now[where] = event.pitch.alter
                        accidental = f"<accidental>{ACCIDENTALS[event.pitch.alter]}</accidental>"
                    if event.tied:
                        sounding.add(event.pitch.midi)
                bracket, beam = (brackets[place], beams[place]) if number == 0 else ("", [])
                yield self.note(event, voice, number > 0, accidental, bracket, beam, end - start)
            self.sounding[voice] = sounding

    def note(
        self, event: Event, voice: int, in_chord: bool, accidental: str, bracket: str, beam: list[str], bar: Fraction
    ) -> str:
        """One <note> element."""
        value = written(event.duration, event.tuplet)
        whole_bar = isinstance(event, Rest) and event.duration == bar and (value is None or not event.tuplet)
        if value is None and not whole_bar:
            raise RenderingError(
                f"A note of {event.duration} quarters at {event.onset} has no sign.",
                "Write it as tied notes: generator.music.durations.split says which.",
            )
        parts, ties, notations = ["<note>"], "", bracket
        if in_chord:
            parts.append("<chord/>")
        if isinstance(event, Rest):
            parts.append('<rest measure="yes"/>' if whole_bar else "<rest/>")
        else:
            parts.append(self.pitch(event))
            if event.pitch.midi in self.sounding[voice]:
                ties, notations = ties + '<tie type="stop"/>', notations + '<tied type="stop"/>'
            if event.tied:
                ties, notations = ties + '<tie type="start"/>', notations + '<tied type="start"/>'
        parts.append(f"<duration>{self.ticks(event.duration)}</duration>{ties}<voice>{voice + 1}</voice>")
        if value is not None and not (whole_bar and value[0] not in TYPES):
            parts.append(f"<type>{TYPES[value[0]]}</type>{'<dot/>' * value[1]}")
        parts.append(accidental)
        if event.tuplet:
            parts.append(modification(event.tuplet))
        parts += [f'<beam number="{level}">{mark}</beam>' for level, mark in enumerate(beam, start=1)]
        if event.fermata:
            notations += '<fermata type="upright"/>'
        if notations:
            parts.append(f"<notations>{notations}</notations>")
        parts.append("</note>\n")
        return "".join(parts)

    def pitch(self, note: Note) -> str:
        """<pitch>, or where a drum is printed."""
        pitch = note.pitch
        if self.part.percussion:
            place = f"<display-step>{pitch.step}</display-step><display-octave>{pitch.octave + 2}</display-octave>"
            return f"<unpitched>{place}</unpitched>"
        alter = f"<alter>{pitch.alter}</alter>" if pitch.alter else ""
        return f"<pitch><step>{pitch.step}</step>{alter}<octave>{pitch.octave}</octave></pitch>"


def tuplet_brackets(events: list[list[Event]]) -> list[str]:
    """For each chord of a bar, the sign that a tuplet begins or ends with it: it ends where the beat is whole again."""
    signs = [""] * len(events)
    start: int | None = None
    total = Fraction(0)
    for place, chord in enumerate(events):
        tuplet = chord[0].tuplet
        if start is not None and (tuplet is None or tuplet != events[start][0].tuplet):
            signs[place - 1] += '<tuplet type="stop"/>'
            start = None
        if tuplet is None:
            continue
        if start is None:
            start, total = place, Fraction(0)
            signs[place] += '<tuplet type="start"/>'
        total += chord[0].duration
        if total.denominator & (total.denominator - 1) == 0 or place + 1 == len(events):
            signs[place] += '<tuplet type="stop"/>'
            start = None
    return signs


def modification(tuplet: Tuplet) -> str:
    """<time-modification>."""
    return (
        f"<time-modification><actual-notes>{tuplet[0]}</actual-notes>"
        f"<normal-notes>{tuplet[1]}</normal-notes></time-modification>"
    )


def key_element(key: Key) -> str:
    """<key>."""
    mode = f"<mode>{key.mode}</mode>" if key.mode else ""
    return f"<key><fifths>{key.fifths}</fifths>{mode}</key>"


def metre_element(metre: Metre) -> str:
    """<time>."""
    return f"<time><beats>{metre.beats}</beats><beat-type>{metre.beat_type}</beat-type></time>"


def direction(tempo: Tempo, metre: Metre | None) -> str:
    """A metronome mark, seen and heard; it counts the beats of the metre, where that gives no endless fraction."""
    beat = beat_of(metre) if metre else Fraction(1)
    unit = BEAT_UNITS.get(beat)
    if unit is None or (tempo.bpm / beat * PARTS).denominator > 1 == (tempo.bpm * PARTS).denominator:
        beat, unit = Fraction(1), BEAT_UNITS[Fraction(1)]
    return (
        f'<direction placement="above"><direction-type><metronome>{unit}'
        f"<per-minute>{number(tempo.bpm / beat)}</per-minute></metronome></direction-type>"
        f'<sound tempo="{number(tempo.bpm)}"/></direction>\n'
    )


def number(value: Fraction) -> str:
    """With at most six decimals."""
    return f"{round(float(value), 6):.12g}"


def text(words: str) -> str:
    """Text as XML holds it, without the control characters that it cannot hold."""
    return escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", words))
