"""From music21's streams to scores: MusicXML and kern.

music21 reads the file; this module takes from its streams what a ``Score`` holds, bar by bar, and
counts what it leaves out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

from generator.errors import CorpusError
from generator.stopping import go_on

from .durations import exact, is_writable, split
from .foreign import asked, parse_kern, parse_musicxml, quiet
from .measures import Measure, Reading, assemble
from .pitch import MODES, Key, Pitch
from .score import Event, Note, Part, Rest

__all__ = ["read_kern", "read_musicxml"]

MOST_BEATS = 64  # in a bar
DOUBLE = {"double", "light-light", "final", "light-heavy", "heavy-light", "heavy-heavy", "heavy"}


def read_musicxml(root: ElementTree.Element) -> Reading:
    """A score from the root of a MusicXML document.

    Raises:
        CorpusError: If it is not a partwise score, or music21 or this program cannot make sense of it.
    """
    refuse_metres(each.text or "" for each in root.iter("beats"))
    kind = root.tag.rpartition("}")[2]
    if kind != "score-partwise":
        raise CorpusError(f"It is a <{kind}>, not a <score-partwise>.", "Save it as MusicXML from a notation editor.")
    with quiet():
        reading = StreamReader(parse_musicxml(root), programs_of(root)).read()
    # from the file itself: music21 turns "Title, The" around
    title = words_of(root, "work/work-title") or words_of(root, "movement-title") or reading.score.title
    composer = words_of(root, "identification/creator[@type='composer']") or reading.score.composer
    kind = words_of(root, "identification/miscellaneous/miscellaneous-field[@name='kind']")
    return replace(reading, score=replace(reading.score, title=title, composer=composer, kind=kind))


def words_of(root: ElementTree.Element, path: str) -> str:
    """The text at a place of a document, on one line."""
    return " ".join((root.findtext(path) or "").split())


def read_kern(text: str) -> Reading:
    """A score from the text of a Humdrum file with ``**kern`` spines.

    Raises:
        CorpusError: If it has no such spine, or music21 or this program cannot make sense of it.
    """
    if "**kern" not in text:
        raise CorpusError("It has no **kern spine.")
    refuse_metres(re.findall(r"\*M([\d+]+)/", text))
    with quiet():
        return StreamReader(parse_kern(text), []).read()


def refuse_metres(beats: Iterable[str]) -> None:
    """Refuse metres that nobody plays: music21 divides them for minutes or for ever.

    Raises:
        CorpusError: For a metre of more than 64 beats.
    """
    for each in beats:
        if any(len(part) > 4 or int(part) > MOST_BEATS for part in re.findall(r"\d+", each)):
            raise CorpusError(f"It has a metre of {each[:20]} beats, and {MOST_BEATS} are the most.")


def programs_of(root: ElementTree.Element) -> list[int | None]:
    """The General MIDI programs that the file itself names, staff by staff, as music21 parts them.

    music21 guesses an instrument where the file has none; a guess is not what the source says.
    """
    named: dict[str, int] = {}
    for part in root.iterfind("part-list/score-part"):
        text = part.findtext("midi-instrument/midi-program", "").strip()
        if text.isdecimal() and 1 <= int(text) <= 128:
            named[part.get("id", "")] = int(text) - 1
    found: list[int | None] = []
    for part in root.iterfind("part"):
        staves = [each.text or "" for each in part.iterfind("measure/attributes/staves")]
        count = max((int(each) for each in staves if each.strip().isdecimal()), default=1)
        found += [named.get(part.get("id", ""))] * min(count, 100)
    return found


class StreamReader:
    """Reads one stream of music21."""

    def __init__(self, stream: Any, programs: list[int | None]) -> None:
        self.stream = stream
        self.programs = programs
        self.losses: Counter[str] = Counter()

    def read(self) -> Reading:
        """The stream as a score."""
        if any(found.transposition for found in self.stream.recurse().getElementsByClass("Instrument")):
            asked(lambda: self.stream.toSoundingPitch(inPlace=True))
        parts = list(self.stream.parts)
        bars = [list(part.getElementsByClass("Measure")) for part in parts]
        if not any(bars):
            raise CorpusError("There is not one bar in it.")
        measures = [Measure() for _ in range(max(map(len, bars)))]
        for number, measures_of_part in enumerate(bars):
            for bar, measure in zip(measures_of_part, measures, strict=False):
                self.contents(bar, measure, number)
        lead = next(found for found in bars if len(found) == len(measures))
        self.changes(lead, measures)
        self.form(lead, measures)
        for other in bars:
            if other is not lead:
                self.other_changes(other, measures)
        for measure in measures:
            if measure.length == 0 and measure.nominal:
                measure.length = measure.nominal
        about = self.stream.metadata
        return assemble(
            measures,
            [self.part(part, number) for number, part in enumerate(parts)],
            title=str((about.title or about.movementName or "") if about else ""),
            composer=str((about.composer or "") if about else ""),
            losses=self.losses,
        )

    def part(self, part: Any, number: int) -> Part:
        """Name and instrument."""
        known = len(self.programs) == len(self.stream.parts)
        return Part((), " ".join(str(part.partName or "").split()), self.programs[number] if known else None)

    # ------------------------------------------------------------------ notes

    def contents(self, bar: Any, measure: Measure, part: int) -> None:
        """The events of one bar of one part."""
        go_on()
        voices = [bar]
        if bar.voices:
            voices = sorted(bar.voices, key=lambda voice: (not str(voice.id).isdecimal(), str(voice.id).zfill(9)))
            if any(True for _ in bar.getElementsByClass("GeneralNote")):
                voices = [bar, *voices]
        for number, voice in enumerate(voices, start=1):
            events: list[Event] = []
            for element in voice.notesAndRests:
                start = exact(element.offset) + (exact(voice.offset) if voice is not bar else 0)
                events += self.events(element, start)
            if events:
                measure.voices[part, str(number)] = events
                measure.length = max(measure.length, *(event.end for event in events))

    def events(self, element: Any, onset: Fraction) -> Iterator[Event]:
        """A note, chord or rest; nothing for what a score does not hold."""
        if "Harmony" in element.classSet:
            self.losses["chord symbols and texts"] += 1
            return
        duration = exact(element.duration.quarterLength)
        if element.duration.isGrace or duration <= 0:
            self.losses["grace notes"] += 1
            return
        fermata = False
        for mark in element.expressions:
            fermata = fermata or "Fermata" in mark.classSet
            self.losses["ornaments and expressions"] += "Fermata" not in mark.classSet
        self.losses["lyrics"] += bool(element.lyrics)
        self.losses["articulations"] += len(element.articulations)
        tuplet = tuplet_of(element.duration)
        notes: list[Any] = []
        if "Unpitched" in element.classSet or "PercussionChord" in element.classSet:
            self.losses["percussion notes"] += 1
        elif element.isNote:
            notes = [element]
        elif element.isChord:
            notes = list(element.notes)
        if not notes:
            yield Rest(onset, duration, fermata, tuplet)
            return
        pieces = ((duration, tuplet),) if is_writable(duration, tuplet) else split(duration) or ((duration, tuplet),)
        for number, (length, inside) in enumerate(pieces):
            more = number + 1 < len(pieces)
            for note in notes:
                tie = note.tie or (element.tie if len(notes) == 1 else None)
                tied = more or (tie is not None and tie.type in ("start", "continue"))
                yield Note(onset, length, pitch_of(note.pitch), tied, fermata, inside)
            onset += length

    # ------------------------------------------------------------------ changes and form

    def changes(self, bars: Iterable[Any], measures: list[Measure]) -> None:
        """Keys, metres and tempos, from the first part that has every bar."""
        key: Key | None = None
        metre: tuple[int, int] | None = None
        for bar, measure in zip(bars, measures, strict=True):
            for signature in bar.getElementsByClass("TimeSignature"):
                metre = metre_of(signature) if signature.offset == 0 else metre
            measure.metre = metre
            at: dict[Fraction, Key] = {}
            for each in bar.getElementsByClass("KeySignature"):  # kern gives a signature and a key at one place
                known = at.get(exact(each.offset))
                if known is None or not known.mode or key_of(each).mode:
                    at[exact(each.offset)] = key_of(each)
            found = sorted(at.items())
            if key and not any(offset == 0 for offset, _ in found):
                measure.keys.append((Fraction(0), key))
            measure.keys += found
            key = measure.keys[-1][1] if measure.keys else None
            self.tempos(bar, measure)

    def other_changes(self, bars: Iterable[Any], measures: list[Measure]) -> None:
        """Tempos and barlines that only another part carries; other keys are counted."""
        for bar, measure in zip(bars, measures, strict=False):
            if not measure.tempos:
                self.tempos(bar, measure)
            keys = {key_of(each).fifths for each in bar.getElementsByClass("KeySignature")}
            self.losses["key signatures of single parts"] += bool(keys - {key.fifths for _, key in measure.keys})

    def tempos(self, bar: Any, measure: Measure) -> None:
        """Speeds in a bar, in quarters a minute."""
        for mark in bar.getElementsByClass("MetronomeMark"):
            bpm = mark.getQuarterBPM()
            if bpm and bpm > 0:
                measure.tempos.append((exact(mark.offset), exact(float(bpm))))
        self.losses["dynamics and texts"] += len(bar.getElementsByClass(("Dynamic", "TextExpression")))

    def form(self, bars: list[Any], measures: list[Measure]) -> None:
        """Repeats, endings, double bars, jumps."""
        places = {id(bar): number for number, bar in enumerate(bars)}
        leads_to_coda = False
        for bar, measure, following in zip(bars, measures, [*measures[1:], Measure()], strict=True):
            marks = measure.marks
            for line, left in ((bar.leftBarline, True), (bar.rightBarline, False)):
                if line is None:
                    continue
                if "Repeat" in line.classSet and line.direction == "start":
                    marks.start = True
                elif "Repeat" in line.classSet:
                    marks.times = max(2, min(int(line.times or 2), 20))
                elif line.type in DOUBLE:
                    (marks if left else following.marks).section = True
            for sign in bar.getElementsByClass("RepeatMark"):
                name = type(sign).__name__
                if name == "Segno":
                    marks.segno = True
                elif name == "Coda":
                    marks.coda, marks.to_coda = marks.coda or leads_to_coda, marks.to_coda or not leads_to_coda
                    leads_to_coda = True
                elif name == "Fine":
                    marks.fine = True
                elif name.startswith(("DaCapo", "DalSegno")):
                    marks.jump = "da capo" if name.startswith("DaCapo") else "dal segno"
        for bracket in self.stream.recurse().getElementsByClass("RepeatBracket"):
            under = [places[id(bar)] for bar in bracket.getSpannedElements() if id(bar) in places]
            for place in range(min(under), max(under) + 1) if under else ():
                measures[place].marks.ending = frozenset(number for number in bracket.numberRange if 0 < number <= 20)
                measures[place].marks.last_of_ending = place == max(under)


def pitch_of(pitch: Any) -> Pitch:
    """A pitch as it is spelled.

    Raises:
        CorpusError: For quarter tones and the like.
    """
    alter = exact(float(pitch.alter))
    if alter.denominator != 1 or not -3 <= alter <= 3:
        raise CorpusError(f"It has the pitch {pitch.nameWithOctave}, which is none of the twelve of an octave.")
    return Pitch(pitch.step, int(alter), int(pitch.implicitOctave))


def tuplet_of(duration: Any) -> tuple[int, int] | None:
    """``(actual, normal)``, nested tuplets multiplied."""
    ratio = Fraction(1)
    actual = normal = 1
    for tuplet in duration.tuplets:
        actual *= tuplet.numberNotesActual
        normal *= tuplet.numberNotesNormal
        ratio *= Fraction(tuplet.numberNotesActual, tuplet.numberNotesNormal)
    return (actual, normal) if ratio != 1 else None


def metre_of(signature: Any) -> tuple[int, int] | None:
    """Beats and beat type; None for free metre."""
    if "SenzaMisuraTimeSignature" in signature.classSet:
        return None
    return int(signature.numerator), int(signature.denominator)


def key_of(signature: Any) -> Key:
    """Signature and mode.

    Raises:
        CorpusError: For a signature that is not on the circle of fifths.
    """
    if signature.sharps is None or abs(signature.sharps) > 7:
        raise CorpusError("It has a key signature that is not one of the usual fifteen.")
    mode = (
        {"aeolian": "minor", "ionian": "major"}.get(signature.mode or "", signature.mode or "")
        if hasattr(signature, "mode")
        else ""
    )
    return Key(int(signature.sharps), mode if mode in MODES else "")
