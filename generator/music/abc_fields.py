"""What the information fields of ABC say: key, metre, unit length, tempo, order of parts.

The standard is ABC 2.1 (abcnotation.com/wiki/abc:standard:v2.1); what older files write otherwise is
read too where it has one meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from generator.errors import CorpusError

from .pitch import LINE, MODES, Key, find_mode

__all__ = [
    "AbcKey",
    "default_unit",
    "parse_abc_key",
    "parse_metre",
    "parse_order",
    "parse_tempo",
    "parse_unit",
    "plain",
]

ACCIDENTALS = {"": 0, "^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
SHARPS, FLATS = "FCGDAEB", "BEADGCF"
KEY = re.compile(r"([A-G])([#b]?)(.*)", re.DOTALL)


@dataclass(frozen=True)
class AbcKey:
    """A key and what it does to the letters of the notes.

    Attributes:
        key: The signature and mode; None where the field says that there is none.
        alters: The alteration of each letter that has one.
    """

    key: Key | None
    alters: dict[str, int] = field(default_factory=dict)


def plain(text: str) -> str:
    """A field without the comment after it."""
    return re.sub(r"(?<!\\)%.*", "", text, flags=re.DOTALL).replace("\\%", "%").strip()


def parse_abc_key(text: str) -> AbcKey:
    """``G``, ``Em``, ``A Mixolydian``, ``D exp ^c``, ``Am ^g``, ``HP``, ``none``.

    Raises:
        CorpusError: If it is no key, or one of more than seven sharps or flats.
    """
    text = text.split("%")[0].strip()
    changes = {letter.upper(): ACCIDENTALS[sign] for sign, letter in re.findall(r"(\^\^?|__?|=)([A-Ga-g])", text)}
    text = re.sub(r"(\^\^?|__?|=)[A-Ga-g](?![a-z])", " ", text)
    words = [word for word in text.split() if "=" not in word and not word.lower().startswith(CLEFS)]
    name = " ".join(words)
    if name in ("HP", "Hp"):  # bagpipes: F and C are sharp; the signature is printed only for Hp
        return AbcKey(Key(2, "mixolydian"), {"F": 1, "C": 1, **changes})
    if not name or name.lower().startswith("none"):
        return AbcKey(None, changes)
    match = KEY.fullmatch(name)
    if match is None:
        raise CorpusError(f"The key {text!r} is not one that ABC knows.")
    step, sign, rest = match.groups()
    word = rest.strip()
    if word.lower().startswith("exp"):
        return AbcKey(None, changes)
    # "Bn" stands for minor in the collections that have it: their tunes in it are in B minor
    mode = find_mode(word) or {"": "major", "m": "minor", "M": "major", "n": "minor"}.get(word[:1].strip(), "")
    if not mode:
        raise CorpusError(f"The key {text!r} has a mode that ABC does not know.")
    mode = {"aeolian": "minor", "ionian": "major"}.get(mode, mode)
    fifths = LINE.index(step) - 1 + 7 * ACCIDENTALS[{"#": "^", "b": "_", "": ""}[sign]] - MODES[mode]
    if abs(fifths) > 7:
        raise CorpusError(f"The key {text!r} would need more than seven sharps or flats.")
    return AbcKey(Key(fifths, mode), {**signature(fifths), **changes})


CLEFS = ("treble", "bass", "alto", "tenor", "clef", "perc")


def signature(fifths: int) -> dict[str, int]:
    """The letters that a key signature alters."""
    return dict.fromkeys(SHARPS[:fifths], 1) if fifths >= 0 else dict.fromkeys(FLATS[:-fifths], -1)


def parse_metre(text: str) -> tuple[int, int] | None:
    """``6/8``, ``C``, ``C|``, ``2+2+3/8`` → beats and beat type; ``none`` → None.

    Raises:
        CorpusError: If it is no metre.
    """
    text = text.split("%")[0].strip()
    if text in ("C", "C|"):
        return (4, 4) if text == "C" else (2, 2)
    if text.lower() in ("none", ""):
        return None
    match = re.match(r"\(?([\d+ ]+)\)?\s*/\s*(\d+)", text)
    if match:
        beats = sum(int(count) for count in match[1].split("+") if count.strip())
        kind = int(match[2])
        if 0 < beats <= 64 and kind in (1, 2, 4, 8, 16, 32, 64):
            return beats, kind
    raise CorpusError(f"The metre {text!r} is not one that ABC knows.")


def parse_unit(text: str) -> Fraction:
    """``1/8`` → the unit length in quarters.

    Raises:
        CorpusError: If it is no length.
    """
    match = re.match(r"\s*(\d+)(?:\s*/\s*(\d+))?", text)
    if match and int(match[1]) and int(match[2] or 1):
        return 4 * Fraction(int(match[1]), int(match[2] or 1))
    raise CorpusError(f"The unit length {text.strip()!r} is not a fraction of a whole note.")


def default_unit(metre: tuple[int, int] | None) -> Fraction:
    """The unit length where no field says it, in quarters: a sixteenth if the bar is short, else an eighth."""
    return Fraction(1, 4) if metre and Fraction(*metre) < Fraction(3, 4) else Fraction(1, 2)


def parse_tempo(text: str, unit: Fraction) -> Fraction | None:
    """``1/4=120``, ``3/8=110``, ``120`` → quarters a minute; None where only words are given."""
    text = re.sub(r'"[^"]*"', "", text.split("%")[0]).strip()
    lengths, _, number = text.rpartition("=")
    match = re.match(r"\s*(\d+(?:\.\d+)?)", number)
    if not match or not Fraction(match[1]):
        return None
    found = re.findall(r"(\d+)\s*/\s*(\d+)", lengths)
    if any(not int(below) for _, below in found):
        return None
    beat = sum((4 * Fraction(int(above), int(below)) for above, below in found), Fraction(0)) or unit
    return Fraction(match[1]) * beat


def parse_order(text: str) -> list[str]:
    """The order of parts: ``AB2A`` → A, B, B, A; empty where it is written in a way that is not known."""
    text = re.sub(r"[\s.,]", "", text.split("%")[0])
    if not re.fullmatch(r"(?:[A-Za-z]\d{0,2})+", text):
        return []
    return [letter for letter, count in re.findall(r"([A-Za-z])(\d*)", text) for _ in range(int(count or 1))]
