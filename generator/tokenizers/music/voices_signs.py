"""The characters of the alphabet ``voices``: which there are, and what each stands for."""

from __future__ import annotations

from ...music.pitch import MODES, spell
from .alphabet import FIRST, characters

__all__ = [
    "BAR",
    "CHOIR",
    "FERMATA",
    "FULL",
    "HIGHEST",
    "HOLD",
    "LOWEST",
    "METRES",
    "MISSING",
    "MODE_NAMES",
    "MODE_SIGNS",
    "MOST_STEPS",
    "MOST_VOICES",
    "PITCHES",
    "REST",
    "SECTION",
    "SIGNATURES",
    "SIGNS",
    "STEPS",
    "SYMBOLS",
    "VOICE_COUNTS",
    "pitch_sign",
    "slot_order",
    "transposing_table",
]

STEPS = 4  # of the grid in a quarter note: sixteenths
LOWEST, HIGHEST = 21, 108  # the keys of a piano
MOST_VOICES = 8
METRES = (
    *("2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "2/2", "3/2", "4/2"),
    *("3/8", "5/8", "6/8", "7/8", "8/8", "9/8", "10/8", "12/8"),
)
MODE_NAMES = (*MODES, "")  # the last for a mode that nobody knows

# What choirs sing, a little wider than textbooks say, because Bach is: top voice, lowest, second, third.
CHOIR = ((57, 81), (34, 64), (50, 76), (45, 72))


def steps_of(metre: str) -> int:
    """Steps of the grid in a full bar."""
    beats, beat_type = map(int, metre.split("/"))
    return 4 * STEPS * beats // beat_type


MOST_STEPS = max(map(steps_of, METRES))

SYMBOLS = (
    *(f"key{fifths:+d}" for fifths in range(-7, 8)),
    *(mode or "mode?" for mode in MODE_NAMES),
    *METRES,
    *(f"voices{count}" for count in range(1, MOST_VOICES + 1)),
    *(f"missing{steps}" for steps in range(1, MOST_STEPS)),
    "|",
    "||",
    "fermata",
    "-",
    "rest",
    *(spell(midi).name for midi in range(LOWEST, HIGHEST + 1)),  # as they are called in C major
)
SIGNS = characters(SYMBOLS)

# What a character stands for, one table for each sort of character.
SIGNATURES = {SIGNS[f"key{fifths:+d}"]: fifths for fifths in range(-7, 8)}
MODE_SIGNS = {SIGNS[mode or "mode?"]: mode for mode in MODE_NAMES}
FULL = {SIGNS[metre]: steps_of(metre) for metre in METRES}
VOICE_COUNTS = {SIGNS[f"voices{count}"]: count for count in range(1, MOST_VOICES + 1)}
MISSING = {SIGNS[f"missing{steps}"]: steps for steps in range(1, MOST_STEPS)}
BAR, SECTION, FERMATA, HOLD, REST = (SIGNS[each] for each in ("|", "||", "fermata", "-", "rest"))
PITCHES = {SIGNS[spell(midi).name]: midi for midi in range(LOWEST, HIGHEST + 1)}


def pitch_sign(midi: int) -> str:
    """The character of a pitch, 21 to 108."""
    return SIGNS[spell(midi).name]


def slot_order(voices: int) -> tuple[int, ...]:
    """Which voice, counted from the top of the page, stands in each slot of a frame: the outer ones come first."""
    return (0, voices - 1, *range(1, voices - 1)) if voices > 1 else (0,)


def transposing_table(semitones: int, fifths: int) -> dict[int, str]:
    """What ``str.translate`` needs to move a piece; what would leave the pitches or signatures is missing."""
    zero = ord(next(iter(PITCHES))) - LOWEST
    table = {
        zero + midi: chr(zero + midi + semitones)
        for midi in range(LOWEST, HIGHEST + 1)
        if LOWEST <= midi + semitones <= HIGHEST
    }
    table |= {FIRST + 7 + key: chr(FIRST + 7 + key + fifths) for key in range(-7, 8) if abs(key + fifths) <= 7}
    return table
