"""Scores of one line as text of the alphabet ``melody``, and such text as scores."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from ...errors import TokenizerError
from ...music import Event, Key, KeyChange, Metre, Note, Part, Pitch, Rest, Score, Voice
from ...music.pitch import MODES as MODE_FIFTHS
from ...music.pitch import SIGNS, instead_of, name_at, named_mode, parse_pitch
from .melody_signs import (
    BAR,
    BAR_REST,
    DURATION_SIGN,
    DURATIONS,
    FERMATA,
    METRE_SIGN,
    METRES,
    MODE_SIGN,
    MODES,
    MOVES,
    PICKUPS,
    PITCH_SIGN,
    PITCHES,
    QUARTER,
    REST,
    SECTION,
    TIE,
    ticks,
)

__all__ = [
    "TONICS",
    "absolute",
    "changed",
    "home_of",
    "kept",
    "key_on",
    "keys_of",
    "line_of",
    "mode_of",
    "next_home",
    "read",
    "tonic_and_mode",
    "write",
]

LETTERS = "CDEFGAB"
HOME = 4  # the octave that the tonic of the home octave is in
SCALE = (0, 2, 4, -1, 1, 3, 5)  # the degrees of a major scale along the line of fifths
SAME = {"": "major", "ionian": "major", "aeolian": "minor"}
PICKUP_SIGN = {length: sign for sign, length in PICKUPS.items()}
MOVE_SIGN = {fifths: sign for sign, fifths in MOVES.items()}

# The tonic that the fiddle tunes of the mode most often have.
TONICS = {"major": "G", "minor": "E", "dorian": "A", "phrygian": "B", "lydian": "G", "mixolydian": "A", "locrian": "B"}


def mode_of(key: Key) -> str:
    """The mode by the name that the alphabet has for it: an unknown one is major, aeolian is minor."""
    return SAME.get(key.mode, key.mode)


def keys_of(score: Score) -> list[KeyChange]:
    """The keys with their modes made uniform; a score without keys is in C major."""
    changes = [KeyChange(each.onset, Key(each.key.fifths, mode_of(each.key))) for each in score.keys]
    return changes or [KeyChange(Fraction(0), Key(0, "major"))]


def tonic_and_mode(key: str) -> tuple[str, str]:
    """``Bb`` → ``("Bb", "")``; ``E minor``, ``Em`` → ``("E", "minor")``.

    Raises:
        TokenizerError: if it is no tonic, or no mode stands behind it.
    """
    found = re.fullmatch(r"\s*([A-Ga-g])(##?|bb?|)\s*([A-Za-z]*)\s*", key)
    word = found[3].lower() if found else ""
    mode = "minor" if word == "m" else named_mode(word)
    if found and word and not mode:
        raise TokenizerError(f"{key!r} is not a key: no mode is called {word}.", instead_of(word))
    if found is None:
        raise TokenizerError(f"{key!r} is not a key.", "Write for example: G, Bb, E minor, A dorian.")
    return found[1].upper() + found[2], SAME.get(mode, mode) if mode else ""


def key_on(tonic: str, mode: str) -> Key:
    """The key of a mode on a tonic, under the tonic's other name if it would need more than seven signs."""
    fifths = parse_pitch(f"{tonic}{HOME}").fifths - MODE_FIFTHS[mode]
    while abs(fifths) > 7:
        fifths += 12 if fifths < 0 else -12
    return Key(fifths, mode)


def first_key(text: str, tonic: str) -> Key:
    """The key that a text begins in, on a tonic or its other name, so that none of its keys needs more than seven
    signs."""
    mode, moves = MODES[text[0]], [(0, MODES[text[0]])]
    for sign, then in pairwise(text):
        if sign in MOVES and then in MODES:
            moves.append((moves[-1][0] + MOVES[sign], MODES[then]))
    start = parse_pitch(f"{tonic}{HOME}").fifths
    for shift in (0, -12, 12):
        if all(abs(start + shift + move - MODE_FIFTHS[then]) <= 7 for move, then in moves):
            return Key(start + shift - MODE_FIFTHS[mode], mode)
    return key_on(tonic, mode)  # keys so far apart that one of them must be written under its other name


def changed(key: Key, fifths: int, mode: str) -> Key:
    """The key whose tonic lies so many fifths from that of another."""
    step, alter = name_at(key.fifths_of_tonic + fifths)
    if abs(alter) > 1:  # far beyond seven signs: the other name is as good
        step, alter = name_at(key.fifths_of_tonic + fifths + (-12 if fifths > 0 else 12))
    return key_on(step + SIGNS[alter], mode)


def home_of(key: Key) -> int:
    """The tonic of the home octave, from C4 to B4, in letters above C0."""
    letter, _ = name_at(key.fifths_of_tonic)
    return LETTERS.index(letter) + 7 * HOME


def next_home(home: int, key: Key) -> int:
    """The tonic of the home octave behind a change of key: the nearest to the one before, in any key the same way."""
    letter, _ = name_at(key.fifths_of_tonic)
    return home + (LETTERS.index(letter) - home + 3) % 7 - 3


def relative(pitch: Pitch, key: Key, home: int) -> tuple[int, int]:
    """Letters above the tonic, and semitones above the major scale on it."""
    steps = LETTERS.index(pitch.step) + 7 * pitch.octave - home
    return steps, (pitch.fifths - key.fifths_of_tonic - SCALE[steps % 7]) // 7


def absolute(steps: int, alter: int, key: Key, home: int) -> Pitch | None:
    """The pitch that stands so in a key; None if its name would need more than three signs."""
    octave, place = divmod(home + steps, 7)
    sign = (key.fifths_of_tonic + SCALE[steps % 7] + 7 * alter + 1) // 7
    return Pitch(LETTERS[place], sign, octave) if sign in SIGNS else None


def line_of(score: Score) -> tuple[Event, ...]:
    """The notes and rests of the only voice.

    Raises:
        TokenizerError: if there are several voices, or none.
    """
    voices = list(score.voices())
    if len(voices) != 1:
        raise TokenizerError(
            f"The score has {len(voices)} voices, and a melody is one.", "Choose one voice, or write it as midi."
        )
    return voices[0].events


def kept(score: Score) -> Score:
    """The score without what the alphabet drops: tempo, names, instrument, title, composer, kind."""
    return Score(
        (Part((Voice(line_of(score)),)),), score.bars, score.length, score.metres, tuple(keys_of(score)), (),
        score.sections,
    )  # fmt: skip


def write(score: Score) -> str:
    """A score as text.

    Raises:
        TokenizerError: if the alphabet has no character for something of it, naming the bar.
    """
    events = line_of(score)
    if not score.metres:
        raise TokenizerError("The score has no metre.", "Give it a time signature: a melody is written in bars.")
    keys = keys_of(score)
    for change in keys:
        if mode_of(change.key) not in MODE_SIGN:
            raise TokenizerError(f"There is no character for the mode {change.key.mode!r}.")
    moves = {after.onset: moved(before.key, after.key) for before, after in pairwise(keys)}
    tonics = {change.onset: change.key for change in keys}
    metres = {metre.onset: metre for metre in score.metres}
    sections = set(score.sections)
    text = [MODE_SIGN[keys[0].key.mode], metre_sign(score.metres[0], 1)]
    if score.pickup:
        text.append(pickup_sign(score.pickup))
    key, home = keys[0].key, home_of(keys[0].key)
    force, place, time = "", 0, Fraction(0)
    for number, (start, end) in enumerate(score.bar_spans(), start=1):
        if start:
            text.append(SECTION if start in sections else BAR)
            if start in metres:
                text.append(metre_sign(metres[start], number))
        while place < len(events) and events[place].onset < end:
            event = events[place]
            if event.onset != time:
                raise TokenizerError(
                    f"Notes sound together in bar {number}, and a melody is one line.",
                    "Choose one note of each chord, or write it as midi.",
                )
            if time in moves:
                text.append(moves.pop(time))
                key, home = tonics[time], next_home(home, tonics[time])
            whole = (event.onset, event.end) == (start, end) and full(score, start, end)
            sign = length_sign(event, whole, number)
            if sign and sign != force:
                text.append(sign)
                force = sign
            if event.fermata:
                text.append(FERMATA)
            if isinstance(event, Rest):
                text.append(REST if sign else BAR_REST)
            else:
                if event.tied:
                    text.append(TIE)
                text.append(pitch_sign(event.pitch, key, home, number))
            time = event.end
            place += 1
    moves.pop(Fraction(0), None)
    if moves:
        raise TokenizerError(f"A key begins inside a note or after the end, at quarter {min(moves)}.")
    return "".join(text)


def moved(before: Key, after: Key) -> str:
    """The characters of a change of key."""
    fifths = after.fifths_of_tonic - before.fifths_of_tonic
    if fifths not in MOVE_SIGN:
        raise TokenizerError(f"There is no character for a change from {before.name} to {after.name}.")
    return MOVE_SIGN[fifths] + MODE_SIGN[after.mode]


def metre_sign(metre: Metre, bar: int) -> str:
    """The character of a metre."""
    if (metre.beats, metre.beat_type) not in METRE_SIGN:
        raise TokenizerError(f"There is no character for the metre {metre.name} of bar {bar}.")
    return METRE_SIGN[metre.beats, metre.beat_type]


def pickup_sign(quarters: Fraction) -> str:
    """The character of a pickup."""
    if ticks(quarters) not in PICKUP_SIGN:
        raise TokenizerError(f"There is no character for a first bar of {quarters} quarters.")
    return PICKUP_SIGN[ticks(quarters)]


def full(score: Score, start: Fraction, end: Fraction) -> bool:
    """Whether the length of a bar is known before it is read: it is a full one, or the pickup."""
    metre = score.metre_at(start)
    return (start == 0 and bool(score.pickup)) or (metre is not None and end - start == metre.bar)


def length_sign(event: Event, whole_bar: bool, bar: int) -> str:
    """The character of a length; empty for a rest that fills its bar and has no character."""
    sign = DURATION_SIGN.get((event.duration, event.tuplet), "")
    if not sign and not (whole_bar and isinstance(event, Rest) and event.tuplet is None):
        inside = f" in a tuplet of {event.tuplet[0]} to {event.tuplet[1]}" if event.tuplet else ""
        raise TokenizerError(f"There is no character for the length of {event.duration} quarters{inside} in bar {bar}.")
    return sign


def pitch_sign(pitch: Pitch, key: Key, home: int, bar: int) -> str:
    """The character of a pitch."""
    found = PITCH_SIGN.get(relative(pitch, key, home))
    if found is None:
        raise TokenizerError(f"There is no character for {pitch.name} in {key.name}, in bar {bar}.")
    return found


def read(text: str, key: str | None = None) -> Score:
    """The score of a text, and of a beginning of one what is complete of it.

    Args:
        text: As ``write`` makes it.
        key: The tonic; a mode behind it is passed over, as the text has its own. Where a key would need more
            than seven signs, the tonic's other name is taken.
    Raises:
        TokenizerError: if it is not lawful, or has no note yet.
    """
    reader = Reader(text, key)
    for place, character in enumerate(text):
        reader.take(place, character)
    return reader.score()


class Reader:
    """A score that is being put together from its characters."""

    def __init__(self, text: str, key: str | None) -> None:
        if text[:1] not in MODES or text[1:2] not in METRES:
            raise TokenizerError("A melody begins with its mode and its metre.", "Use text that this alphabet wrote.")
        self.key = first_key(text, tonic_and_mode(key)[0] if key else TONICS[MODES[text[0]]])
        self.home = home_of(self.key)
        self.metre = METRES[text[1]]
        self.pickup = Fraction(PICKUPS.get(text[2:3], 0), QUARTER)
        self.keys = [KeyChange(Fraction(0), self.key)]
        self.metres = [Metre(Fraction(0), *self.metre)]
        self.bars, self.sections, self.events = [Fraction(0)], list[Fraction](), list[Event]()
        self.time, self.force = Fraction(0), ""
        self.tied = self.fermata = False
        self.move: int | None = None
        self.header = 3 if self.pickup else 2

    def take(self, place: int, character: str) -> None:
        """One character more."""
        if place < self.header:
            return
        if (self.tied and character not in PITCHES) or (self.move is not None and character not in MODES):
            raise self.wrong(place)
        if character in PITCHES or character in (REST, BAR_REST):
            self.event(place, character)
        elif character in DURATIONS and not self.fermata:
            self.force = character
        elif character in (TIE, FERMATA):
            self.tied, self.fermata = character == TIE, self.fermata or character == FERMATA
        elif character in (BAR, SECTION) and not self.fermata and self.time > self.bars[-1]:
            self.bars.append(self.time)
            if character == SECTION:
                self.sections.append(self.time)
        elif character in METRES and self.time == self.bars[-1] > self.metres[-1].onset:
            self.metres.append(Metre(self.time, *METRES[character]))
        elif character in MOVES and self.time > self.keys[-1].onset:
            self.move = MOVES[character]
        elif character in MODES and self.move is not None:
            self.change(self.move, MODES[character])
        else:
            raise self.wrong(place)

    def wrong(self, place: int) -> TokenizerError:
        return TokenizerError(
            f"Character {place + 1} of the melody, in bar {len(self.bars)}, does not belong there.",
            "Use text that this alphabet wrote.",
        )

    def change(self, fifths: int, mode: str) -> None:
        """Another key."""
        self.key = changed(self.key, fifths, mode)
        self.home = next_home(self.home, self.key)
        self.keys.append(KeyChange(self.time, self.key))
        self.move = None

    def event(self, place: int, character: str) -> None:
        """A note or rest."""
        metre = self.metres[-1]
        if character == BAR_REST:
            length = self.pickup if self.pickup and len(self.bars) == 1 else metre.bar
            self.events.append(Rest(self.time, length, self.fermata))
        elif not self.force:
            raise self.wrong(place)
        else:
            duration = DURATIONS[self.force]
            length = duration.quarters
            if character == REST:
                self.events.append(Rest(self.time, length, self.fermata, duration.tuplet))
            else:
                pitch = absolute(*PITCHES[character], self.key, self.home)
                if pitch is None:
                    raise TokenizerError(f"A note in bar {len(self.bars)} has no name in {self.key.name}.")
                self.events.append(Note(self.time, length, pitch, self.tied, self.fermata, duration.tuplet))
        self.time += length
        self.tied = self.fermata = False

    def score(self) -> Score:
        """What there is so far."""
        if not self.events:
            raise TokenizerError("The melody has no note yet.", "Read it again when more of it is written.")
        last = self.events[-1]
        if isinstance(last, Note) and last.tied:  # it breaks off inside a tie
            self.events[-1] = replace(last, tied=False)
        score = Score(
            (Part((Voice(tuple(self.events)),)),),
            tuple(each for each in self.bars if each < self.time),
            self.time,
            tuple(each for each in self.metres if each.onset < self.time),
            tuple(each for each in self.keys if each.onset < self.time),
            (),
            tuple(each for each in self.sections if each < self.time),
        )
        problems = score.problems()
        if len(score.bars) > 1 and score.pickup != self.pickup:
            problems = [f"the first bar lasts {score.bars[1]} quarters, which is not what the text says of it"]
        if problems:
            raise TokenizerError(f"This is no lawful melody: {problems[0]}.", "Use text that this alphabet wrote.")
        return score
