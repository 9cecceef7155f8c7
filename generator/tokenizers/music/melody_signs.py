"""The characters of the alphabet ``melody``: what each stands for, and tables to look them up in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ...music import Tuplet
from .alphabet import characters

__all__ = [
    "ALTERS",
    "BAR",
    "BAR_REST",
    "DURATIONS",
    "DURATION_SIGN",
    "FERMATA",
    "METRES",
    "METRE_SIGN",
    "MODES",
    "MODE_SIGN",
    "MOVES",
    "PICKUPS",
    "PITCHES",
    "PITCH_SIGN",
    "QUARTER",
    "REST",
    "SECTION",
    "STEPS",
    "SYMBOLS",
    "TIE",
    "Duration",
    "ticks",
]

QUARTER: Final = 20160  # ticks: 2^6 * 315, so that every length of the table is a whole number of them

MODE_NAMES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
METRE_NAMES = [
    "2/4",
    "2/2",
    "3/2",
    "3/4",
    "4/4",
    "3/8",
    "6/8",
    "9/8",
    "12/8",
    "6/4",
    "5/4",
    "7/8",
    "1/4",
    "7/4",
    "9/4",
    "12/4",
    "4/2",
    "2/8",
    "4/8",
    "5/8",
    "8/8",
    "10/8",
    "11/8",
    "15/8",
    "3/16",
    "6/16",
    "9/16",
    "12/16",
]
STEPS = range(-14, 22)  # letters above the tonic of the home octave
ALTERS = range(-2, 3)  # semitones above or below the major scale on the tonic
FAR = 12  # fifths between the tonics of two keys that follow one another


def ticks(quarters: Fraction) -> int:
    """Quarters in ticks; lengths that are no whole number of them are in no table."""
    return int(quarters * QUARTER) if (quarters * QUARTER).denominator == 1 else -1


@dataclass(frozen=True, slots=True)
class Duration:
    """A length as one note sign says it.

    Attributes:
        quarters: How long it sounds.
        tuplet: ``(actual, normal)``, or None.
        dotted: Whether the sign has dots.
        ticks: How long it sounds, in ticks.
    """

    quarters: Fraction
    tuplet: Tuplet | None
    dotted: bool
    ticks: int

    @property
    def label(self) -> str:
        """``♩1/2`` for half a quarter, ``♩1/3(3:2)`` for a third of one in a triplet."""
        return f"♩{self.quarters}" + (f"({self.tuplet[0]}:{self.tuplet[1]})" if self.tuplet else "")


def durations() -> list[Duration]:
    """Plain values with up to two dots, triplets with up to one, and the plain values of rarer tuplets."""
    plain = [Fraction(1 << power, 16) for power in range(8)]  # a sixteenth of a quarter to two whole notes
    found: list[tuple[Fraction, Tuplet | None, bool]] = []
    for value in plain:
        for dots in range(3):
            quarters = value * ((2 << dots) - 1) / (1 << dots)
            if value * 16 >= 1 << dots:  # no dot stands for less than a sixteenth
                found.append((quarters, None, dots > 0))
            if dots < 2:
                found.append((quarters * Fraction(2, 3), (3, 2), dots > 0))
    rarer = [(2, 3), (4, 3), (4, 6), (5, 2), (5, 3), (5, 4), (5, 6), (6, 2), (6, 4), (6, 6), (7, 4), (7, 6), (7, 8)]
    for actual, normal in [*rarer, (8, 6), (9, 3), (9, 8)]:
        found += [(value * Fraction(normal, actual), (actual, normal), False) for value in plain[1:6]]
    return [Duration(quarters, tuplet, dotted, ticks(quarters)) for quarters, tuplet, dotted in found]


def pitch_label(steps: int, alter: int) -> str:
    """``♯4``; a comma for each octave below the home octave, an apostrophe for each above."""
    octave, degree = divmod(steps, 7)
    sign = "♯" * alter if alter > 0 else "♭" * -alter
    return f"{sign}{degree + 1}" + ("'" * octave if octave > 0 else "," * -octave)


_durations = durations()
_pickups = [Fraction(n, 4) for n in range(1, 24)] + [Fraction(n, 8) for n in (1, 3, 5, 7)]
_pickups += [Fraction(1, 16), Fraction(1, 12), Fraction(1, 6), Fraction(1, 3), Fraction(2, 3), Fraction(4, 3)]
_pitches = [(steps, alter) for steps in STEPS for alter in ALTERS]

SYMBOLS: Final = (
    *("|", "||", "z", "Z", "tie", "fermata"),
    *MODE_NAMES,
    *(f"[{name}]" for name in METRE_NAMES),
    *(f"pickup{quarters}" for quarters in _pickups),
    *(f"key{fifths:+}" for fifths in range(-FAR, FAR + 1)),
    *(duration.label for duration in _durations),
    *(pitch_label(*each) for each in _pitches),
)
_signs = characters(SYMBOLS)

BAR, SECTION, REST, BAR_REST, TIE, FERMATA = (_signs[symbol] for symbol in SYMBOLS[:6])

# character -> what it stands for
MODES: Final = {_signs[name]: name for name in MODE_NAMES}
METRES: Final = {_signs[f"[{name}]"]: (int(name.split("/")[0]), int(name.split("/")[1])) for name in METRE_NAMES}
PICKUPS: Final = {_signs[f"pickup{quarters}"]: ticks(quarters) for quarters in _pickups}
MOVES: Final = {_signs[f"key{fifths:+}"]: fifths for fifths in range(-FAR, FAR + 1)}
DURATIONS: Final = {_signs[duration.label]: duration for duration in _durations}
PITCHES: Final = {_signs[pitch_label(*each)]: each for each in _pitches}

# and back
MODE_SIGN: Final = {name: sign for sign, name in MODES.items()}
METRE_SIGN: Final = {metre: sign for sign, metre in METRES.items()}
DURATION_SIGN: Final = {(each.quarters, each.tuplet): sign for sign, each in DURATIONS.items()}
PITCH_SIGN: Final = {pitch: sign for sign, pitch in PITCHES.items()}
