"""Pitches and keys with their spelling: F sharp and G flat are two names, and both are kept.

Arithmetic on names runs along the line of fifths (… E♭ B♭ F C G D A E B F♯ C♯ …, C at 0): a step of
one place is a fifth, and transposing is the same move for every note and every key signature, which
is why a transposed scale stays a scale. See D. Temperley, "The Line of Fifths", Music Analysis 19
(2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from generator.errors import ConfigError

__all__ = ["MODES", "Key", "Pitch", "fifths_for", "parse_key", "parse_pitch", "plain_signs", "spell"]

STEPS = "CDEFGAB"
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
LINE = "FCGDAEB"  # places -1 to 5 on the line of fifths
SIGNS = {-3: "bbb", -2: "bb", -1: "b", 0: "", 1: "#", 2: "##", 3: "###"}
ALTERS = {sign: alter for alter, sign in SIGNS.items()}

ALIKE = 0.6  # from 0 to 1, of which on a word is taken for another that is misspelt

# How many fifths the tonic of each mode lies above the tonic of the major key of the same signature.
MODES = {
    "major": 0,
    "minor": 3,
    "dorian": 2,
    "phrygian": 4,
    "lydian": -1,
    "mixolydian": 1,
    "aeolian": 3,
    "locrian": 5,
    "ionian": 0,
}


@dataclass(frozen=True, slots=True, order=True)
class Pitch:
    """A written pitch.

    Attributes:
        step: The letter, A to G.
        alter: Semitones up (sharps) or down (flats), -3 to 3.
        octave: As in scientific pitch notation: C4 is middle C, and B3 is the note below it.
    """

    step: str
    alter: int
    octave: int

    @property
    def midi(self) -> int:
        """The key number, 60 for middle C; may leave 0 to 127 for extreme octaves."""
        return 12 * (self.octave + 1) + SEMITONES[self.step] + self.alter

    @property
    def fifths(self) -> int:
        """The place of the name on the line of fifths, C at 0."""
        return LINE.index(self.step) - 1 + 7 * self.alter

    @property
    def name(self) -> str:
        """Letter, ``#`` or ``b`` and octave: ``F#4``."""
        return f"{self.step}{SIGNS[self.alter]}{self.octave}"

    def moved(self, semitones: int, fifths: int) -> Pitch:
        """The pitch so many semitones higher whose name lies so many fifths further.

        Raises:
            ValueError: If the two do not agree (7 semitones a fifth, modulo 12), or if the name
                would need more than three sharps or flats.
        """
        step, alter = name_at(self.fifths + fifths)
        octave, rest = divmod(self.midi + semitones - SEMITONES[step] - alter, 12)
        if rest:
            raise ValueError(f"{semitones} semitones are not {fifths} fifths")
        return Pitch(step, alter, octave - 1)


def name_at(fifths: int) -> tuple[str, int]:
    """Letter and alteration at a place on the line of fifths."""
    alter, place = divmod(fifths + 1, 7)
    if not -3 <= alter <= 3:
        raise ValueError(f"place {fifths} on the line of fifths needs more than three sharps or flats")
    return LINE[place], alter


def parse_pitch(name: str) -> Pitch:
    """``F#4`` → ``Pitch("F", 1, 4)``; the reverse of ``Pitch.name``.

    Raises:
        ConfigError: If it is not the name of a pitch.
    """
    step, rest = name[:1].upper(), name[1:]
    sign = rest[: len(rest) - len(rest.lstrip("#b"))]
    try:
        if step in SEMITONES and step:
            return Pitch(step, ALTERS[sign], int(rest[len(sign) :]))
    except (KeyError, ValueError):
        pass
    raise ConfigError(f"{name!r} is not a pitch.", "Write a letter, # or b, and an octave: F#4 (C4 is middle C).")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A key signature and, where it is known, the mode.

    Attributes:
        fifths: Sharps (positive) or flats (negative) of the signature, -7 to 7.
        mode: A name of ``MODES``, or "" where the source does not say.
    """

    fifths: int
    mode: str = ""

    @property
    def fifths_of_tonic(self) -> int:
        """The place of the tonic on the line of fifths; of an unknown mode, that of the major key."""
        return self.fifths + MODES.get(self.mode, 0)

    @property
    def tonic(self) -> str:
        """The name of the tonic without an octave: ``F#``."""
        step, alter = name_at(self.fifths_of_tonic)
        return step + SIGNS[alter]

    @property
    def tonic_class(self) -> int:
        """The pitch class of the tonic, 0 for C."""
        return 7 * self.fifths_of_tonic % 12

    @property
    def name(self) -> str:
        """``E minor``; of an unknown mode the signature alone, ``2 sharps``."""
        if self.mode:
            return f"{self.tonic} {self.mode}"
        count = abs(self.fifths)
        return (
            f"{count} {'sharp' if self.fifths > 0 else 'flat'}{'' if count == 1 else 's'}" if count else "no signature"
        )


def parse_key(name: str) -> Key:
    """``E minor``, ``Em``, ``A dorian``, ``A dor``, ``Bb``, ``B♭`` → the key.

    Raises:
        ConfigError: If it is not a key, or one with more than seven sharps or flats; a mode that is none is named.
    """
    text = plain_signs(name).strip()
    step, rest = text[:1].upper(), text[1:]
    sign = rest[: len(rest) - len(rest.lstrip("#b"))]
    word = rest[len(sign) :].strip().lower()
    mode = "minor" if word == "m" else "major" if word == "" else named_mode(word)
    if step in SEMITONES and step and word and not mode:
        raise ConfigError(f"{name!r} is not a key: no mode is called {word}.", instead_of(word))
    if step in SEMITONES and step and sign in ALTERS and mode:
        fifths = LINE.index(step) - 1 + 7 * ALTERS[sign] - MODES[mode]
        if abs(fifths) <= 7:
            return Key(fifths, mode)
    raise ConfigError(
        f"{name!r} is not a key with at most seven sharps or flats.", "Write for example: G, Bb, E minor, A dorian."
    )


def plain_signs(name: str) -> str:
    """``Bb`` of ``B♭``, ``F#`` of ``F♯``: as keys are written here."""
    return name.replace("♭", "b").replace("♯", "#")


def named_mode(word: str) -> str:
    """The mode that a word is the name of, or the beginning of its name: ``dorian``, ``Mix``; "" if none."""
    word = word.lower()
    return next((mode for mode in MODES if len(word) >= 3 and mode.startswith(word)), "")


def instead_of(word: str) -> str:
    """A hint for one who wrote a mode that is none: the nearest, or else all."""
    likeness = {
        mode: max(SequenceMatcher(None, word.lower(), name).ratio() for name in (mode, mode[: len(word)]))
        for mode in MODES
    }
    nearest = max(likeness, key=likeness.__getitem__)
    return f"Did you mean {nearest}?" if likeness[nearest] >= ALIKE else f"Choose one of: {', '.join(MODES)}."


def find_mode(word: str) -> str:
    """The mode of a word in a file of ABC, of which by the standard the first three letters count; "" if none."""
    word = word.lower()
    return next((mode for mode in MODES if len(word) >= 3 and mode.startswith(word[:3])), "")


def spell(midi: int, fifths: int = 0) -> Pitch:
    """A name for a key number, chosen from the twelve places of the line of fifths around a signature.

    Below the signature's major tonic the window reaches to its flat seventh and third, above to its
    raised fourth and fifth (E♭ and G♯ in C major and A minor), as common practice spells them.

    Args:
        midi: The key number, 60 for middle C.
        fifths: Sharps or flats of the signature.
    """
    lowest = max(-15, min(fifths - 3, 12))
    place = lowest + (7 * midi - lowest) % 12
    step, alter = name_at(place)
    return Pitch(step, alter, (midi - SEMITONES[step] - alter) // 12 - 1)


def fifths_for(semitones: int, signatures: list[int]) -> int:
    """How far to move along the line of fifths when transposing, so that signatures stay simple.

    Args:
        semitones: The distance, up or down.
        signatures: The signatures of the piece; the largest of them afterwards is made smallest.
    """
    least, most = min(signatures, default=0), max(signatures, default=0)
    near = 7 * semitones % 12
    if semitones % 12 == 0:
        return 0
    choices = [near - 24, near - 12, near, near + 12]
    return min(choices, key=lambda move: (max(abs(least + move), abs(most + move)), abs(move), -move))
