"""Reading ABC: files of several tunes, repeats and endings, pickups, voices, tuplets, broken rhythm.

Not kept, and counted: grace notes, chord symbols and other text, lyrics, ornaments and bowings.
An accidental holds to the end of its bar, for its own octave, as in printed music.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from generator.errors import CorpusError
from generator.stopping import go_on

from .abc_fields import (
    AbcKey,
    default_unit,
    parse_abc_key,
    parse_metre,
    parse_order,
    parse_tempo,
    parse_unit,
    plain,
)
from .abc_voice import AbcVoice
from .measures import Measure, Reading, assemble
from .repeats import MOST_BARS, play_order
from .score import Part

__all__ = ["read_abc", "split_tunes"]

FIELD = re.compile(r"([A-Za-z+]):(.*)", re.DOTALL)
# In the music only these letters begin a field: a line may begin with a note and a bar line, as in "d:|".
BODY_FIELD = re.compile(r"([IKLMNOPQRSTUVWXZHmrsw+]):(?!\|)(.*)", re.DOTALL)
INSIDE = 1000  # characters between two brackets at most, as one that is never closed is looked for to the end
LENGTH = r"(\d*)(/*)(\d*)"
NOTE = rf"(\^\^?|__?|=)?([A-Ga-g])([,']*){LENGTH}"
TOKEN = re.compile(
    rf"""(?P<inline>\[[A-Za-z]:[^\]]{{0,{INSIDE}}}\])
    |(?P<bar>(?:\[\||[|]|:+(?=[|:]))(?:[|:\]]|\[\|)*)
    |(?P<ending>\[\s*(?=\d)(?P<passes>[\d,\-]+))
    |(?P<note>{NOTE})
    |(?P<rest>[zx]{LENGTH})
    |(?P<bars>[ZX](\d*))
    |(?P<chord>\[[^\]|:]{{0,{INSIDE}}}\]{LENGTH})
    |(?P<tuplet>\((\d)(?::(\d*))?(?::(\d*))?)
    |(?P<broken>>+|<+)
    |(?P<tie>-)
    |(?P<text>"[^"]{{0,{INSIDE}}}")
    |(?P<grace>\{{[^}}]{{0,{INSIDE}}}\}})
    |(?P<mark>![^!\s|]*!|\+[^+\s|]+\+)
    |(?P<letter>[H-Wh-w~.])
    |(?P<overlay>&)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
PASSES = re.compile(r"(\d+(?:[,\-]\d+)*)")  # "|1": a bare number after a bar line
JUMPS = {"d.c.": "da capo", "dacapo": "da capo", "d.s.": "dal segno", "dalsegno": "dal segno"}
MOST_CHARACTERS = 200_000  # of one tune: the longest folk tunes have a few thousand
MOST_IN_FIELD = 1000  # characters of a field that are looked at


@dataclass
class Tune:
    """The lines of one tune as they stand in the file."""

    number: str
    header: list[tuple[str, str]] = field(default_factory=list)
    body: list[str] = field(default_factory=list)


def split_tunes(text: str) -> list[Tune]:
    """The tunes of a file: each begins with ``X:`` and ends at an empty line or at the next."""
    tunes: list[Tune] = []
    shared: list[tuple[str, str]] = []  # the header of the file holds for every tune
    tune: Tune | None = None
    in_body = False
    for line in text.lstrip("\ufeff").splitlines():
        found = FIELD.fullmatch(line.strip()) if not in_body else None
        if line.startswith("X:"):
            tune, in_body = Tune(line[2:].split("%")[0].strip(), list(shared)), False
            tunes.append(tune)
        elif not line.strip():
            if in_body:
                tune, in_body = None, False
        elif line.startswith("%"):
            continue
        elif tune is None:
            if found and not tunes:
                shared.append((found[1], found[2].strip()))
        elif in_body:
            tune.body.append(line)
        elif found and not line.startswith("|:"):
            tune.header.append((found[1], found[2].strip()))
            in_body = found[1] == "K"
        elif "|" in line:  # music before any key
            tune.body.append(line)
            in_body = True
    return tunes


def read_abc(text: str) -> Iterator[tuple[str, Reading | CorpusError]]:
    """Each tune of a file with its number ``X:``, or the reason why it cannot be read."""
    for tune in split_tunes(text):
        try:
            yield tune.number, TuneReader(tune).read()
        except CorpusError as error:
            yield tune.number, error
        except (ValueError, OverflowError):
            yield tune.number, CorpusError("It has a number of more digits than a length or a count can have.")


class TuneReader:
    """Reads one tune: fields first, then the music of each voice bar by bar."""

    def __init__(self, tune: Tune) -> None:
        self.tune = tune
        self.losses: Counter[str] = Counter()
        self.about: dict[str, str] = {}
        self.order: list[str] = []
        self.sections: list[tuple[str, int]] = []  # label and the number of its first bar
        self.names: dict[str, str] = {}
        self.voices: dict[str, AbcVoice] = {}
        self.metre: tuple[int, int] | None = None
        self.unit: Fraction | None = None
        self.key = AbcKey(None)
        self.bpm: Fraction | None = None
        self.voice_name = ""

    def read(self) -> Reading:
        """The tune as a score.

        Raises:
            CorpusError: With what cannot be read.
        """
        if sum(map(len, self.tune.body)) > MOST_CHARACTERS:
            raise CorpusError(f"The tune has more than {MOST_CHARACTERS} characters.")
        tempo = ""
        for letter, value in self.tune.header:
            if letter == "Q":
                tempo = value[:MOST_IN_FIELD]
            else:
                self.header_field(letter, value)
        self.unit = self.unit or default_unit(self.metre)
        self.bpm = parse_tempo(tempo, self.unit) if tempo else None
        for line in self.tune.body:
            self.line(line)
        return self.result()

    def header_field(self, letter: str, value: str) -> None:
        """Take in one field of the header."""
        value = value[:MOST_IN_FIELD]
        match letter:
            case "T" | "C" | "R":
                self.about.setdefault(letter, plain(value))
            case "M":
                self.metre = parse_metre(value)
            case "L":
                self.unit = parse_unit(value)
            case "K":
                self.key = parse_abc_key(value)
            case "P":
                self.order = parse_order(value)
            case "V":
                self.enter_voice(value)

    @property
    def voice(self) -> AbcVoice:
        """The voice that is being written; made when its first note comes."""
        if self.voice_name not in self.voices:
            assert self.unit is not None
            made = AbcVoice(self.metre, self.unit, self.key, self.losses)
            if not self.voices and self.bpm:
                made.tempo(self.bpm)
            self.voices[self.voice_name] = made
        return self.voices[self.voice_name]

    def enter_voice(self, value: str) -> None:
        """``V:1 name="Treble"``: what follows belongs to that voice."""
        self.voice_name = value.split()[0] if value.split() else ""
        name = re.search(r'n(?:ame|m)?="([^"]*)"', value)
        if name:
            self.names[self.voice_name] = name[1]

    def line(self, line: str) -> None:
        """One line of the tune's body: a field, or music."""
        found = BODY_FIELD.fullmatch(line.strip())
        if found:
            self.body_field(found[1], found[2])
            return
        line = re.sub(r"(?<!\\)%.*", "", line, flags=re.DOTALL)
        position, after_bar = 0, False
        while position < len(line):
            go_on()
            match = TOKEN.match(line, position)
            assert match is not None  # the last alternative takes any character
            position = match.end()
            after_bar = self.token(match, after_bar)
            if after_bar and (passes := PASSES.match(line, position)):
                self.voice.begin_ending(passes[1])
                position = passes.end()

    def body_field(self, letter: str, value: str) -> None:
        """A field in the middle of the music."""
        value = value[:MOST_IN_FIELD]
        match letter:
            case "K":
                self.voice.change_key(parse_abc_key(value))
            case "M":
                self.voice.change_metre(parse_metre(value))
            case "L":
                self.voice.unit = parse_unit(value)
            case "Q":
                bpm = parse_tempo(value, self.voice.unit)
                if bpm:
                    self.voice.tempo(bpm)
            case "P":
                self.section(value.split("%")[0].strip())
            case "V":
                self.enter_voice(value)
            case "w" | "W":
                self.losses["lyrics"] += 1

    def section(self, label: str) -> None:
        """A part of the tune begins here, for the order that the header gives."""
        if len(self.voices) <= 1:
            self.voice.close_bar()
            self.sections.append((label, len(self.voice.measures)))

    def token(self, match: re.Match[str], after_bar: bool) -> bool:
        """Take in one sign of the music; whether a bare number after it would be an ending."""
        text = match[0]
        if match.lastgroup == "inline":  # which may name the voice that the music after it belongs to
            self.body_field(text[1], text[3:-1])
            return False
        voice = self.voice
        match match.lastgroup:
            case "bar":
                voice.bar(text)
                return True
            case "ending":
                voice.begin_ending(match["passes"])
            case "note":
                voice.note(*NOTE_PARTS.fullmatch(text).groups())  # type: ignore[union-attr]
            case "rest":
                voice.rest(text[1:])
            case "bars":
                voice.silent_bars(int(text[1:] or 1))
            case "chord":
                self.chord(text)
            case "tuplet":
                voice.begin_tuplet(*[int(number) if number else None for number in text[1:].split(":")])
            case "broken":
                voice.broken(text)
            case "tie":
                voice.tie()
            case "text":
                self.words(text[1:-1])
            case "grace":
                self.losses["grace notes"] += len(re.findall(r"[A-Ga-g]", text))
            case "mark":
                self.mark(text[1:-1])
            case "letter":
                self.mark({"H": "fermata", "S": "segno", "O": "coda"}.get(text, text))
            case "overlay":
                raise CorpusError("It overlays voices with &, which is not read.")
            case _:
                if text.isspace():
                    return after_bar
                if text not in "`()\\!y*$:]":
                    self.losses["signs without a meaning"] += 1
        return False

    def chord(self, text: str) -> None:
        """``[CEG]2``."""
        inside, _, length = text[1:].partition("]")
        notes = list(re.finditer(NOTE, inside))
        if not notes:
            self.losses["signs without a meaning"] += 1
            return
        tied = "-" in inside
        self.voice.chord([found.groups() for found in notes], length)
        if tied:
            self.voice.tie()

    def words(self, text: str) -> None:
        """Text above or below the notes: words of form are followed, others counted."""
        if not self.sign_of_form(text.lstrip("^_<>@ ").rstrip()):
            self.losses["chord symbols and texts"] += 1

    def mark(self, name: str) -> None:
        """A decoration."""
        if name.lower() in ("fermata", "invertedfermata", "fermat:a"):
            self.voice.fermata = True
        elif not self.sign_of_form(name):
            self.losses["ornaments, bowings and dynamics"] += 1

    def sign_of_form(self, name: str) -> bool:
        """Segno, coda, fine, da capo: whether it is one."""
        name = name.lower().replace(" ", "").rstrip("!")
        if name in ("segno", "coda"):
            self.voice.before(name)
        elif name == "fine":
            self.voice.after("fine")
        elif jump := next((JUMPS[word] for word in JUMPS if name.startswith(word)), None):
            self.voice.after(jump)
        else:
            return False
        return True

    def result(self) -> Reading:
        """All voices together."""
        tracks = [(name, voice.finish()) for name, voice in self.voices.items()]
        tracks = [(name, bars) for name, bars in tracks if bars]
        if not tracks:
            raise CorpusError("There is not one note in it.")
        bars = tracks[0][1]
        for number, (name, others) in enumerate(tracks[1:], start=1):
            if [bar.length for bar in others] != [bar.length for bar in bars]:
                raise CorpusError(f"Voice {name} has other bars than voice {tracks[0][0]}.")
            for bar, other in zip(bars, others, strict=True):
                bar.voices[number, "1"] = other.voices[0, "1"]
        parts = [Part((), self.names.get(name, "")) for name, _ in tracks]
        return assemble(
            bars,
            parts,
            title=self.about.get("T", ""),
            composer=self.about.get("C", ""),
            kind=self.about.get("R", "").lower(),
            losses=self.losses,
            order=self.play_order(bars),
        )

    def play_order(self, bars: list[Measure]) -> list[int] | None:
        """The bars in the order of the parts that the header gives; None where it gives none."""
        if not self.order:
            return None
        labels = [label for label, _ in self.sections]
        if len(set(labels)) < len(labels) or not set(self.order) <= set(labels):
            self.losses["orders of parts that could not be followed"] += 1
            return None
        starts = [start for _, start in self.sections] + [len(bars)]
        found: list[int] = []
        for label in self.order:
            place = labels.index(label)
            inside = bars[starts[place] : starts[place + 1]]
            found += [starts[place] + number for number in play_order([bar.marks for bar in inside])]
            if len(found) > MOST_BARS:
                raise CorpusError(f"The order of parts asks for more than {MOST_BARS} bars.")
        return found


NOTE_PARTS = re.compile(NOTE)
