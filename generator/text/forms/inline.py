"""English forms written in one word: a rhyme scheme, then syllables, then a metre.

AABBA                        five lines, three and two that rhyme
ABAB/8                       eight syllables each
ABCB/8,6                     eight and six by turns; B rhymes, A and C have nobody to rhyme with
ABAB/8-10                    eight to ten
ABAB CDCD EFEF GG/10         a space ends a stanza
xAxA/8:iambic                x does not rhyme; the stresses are those of the metre
"""

from __future__ import annotations

import re
from collections import Counter

from generator.errors import ConfigError

from .form import Form, Line, Pattern

__all__ = ["METRES", "parse_inline"]

# Syllables of a line of which none are asked for.
FREE = (4, 12)
LONGEST = 24
MOST_LINES = 100
UNRHYMED = "X"

# The foot that goes round, and whether a line of another length is cut at its end (or at its beginning).
FEET = {"iambic": ("x/", True), "trochaic": ("/x", True), "anapaestic": ("xx/", False), "dactylic": ("/xx", True)}
METRES = tuple(FEET)
SPELLINGS = {"anapestic": "anapaestic", "iamb": "iambic", "trochee": "trochaic"}

SCHEME = re.compile(r"[A-Za-z]+(?: +[A-Za-z]+)*")
LENGTH = re.compile(r"([0-9]+)(?:-([0-9]+))?")
HELP = "A scheme reads like ABAB/8, ABCB/8,6 or ABAB CDCD EFEF GG/10:iambic; see docs/forms.md."


def parse_inline(name: str) -> Form | None:
    """The form that a scheme describes.

    Args:
        name: What a person wrote. Without syllables a scheme must bring its letters in order (ABBA, not
            BAAB), and without a metre be in capitals, so that no misspelt name is taken for one.
    Returns:
        The form; None if this is no scheme at all.
    Raises:
        ConfigError: if it begins as a scheme and then cannot be read.
    """
    head, slash, lengths = name.strip().partition("/")
    measure, colon, metre = (lengths if slash else head).partition(":")
    scheme = re.sub(r" +", " ", (head if slash else measure).strip())
    certain = lengths.strip()[:1].isdigit() or (in_order(scheme.upper()) and (slash or colon or scheme_only(scheme)))
    if not SCHEME.fullmatch(scheme) or not certain:
        return None
    stanzas = scheme.upper().split()
    if sum(map(len, stanzas)) > MOST_LINES:
        raise ConfigError(f"the scheme {name!r} has more than {MOST_LINES} lines", HELP)
    spans = spans_of(measure, name) if slash else [FREE]
    foot = metre_of(metre, name) if colon else None
    rhymes = Counter("".join(stanzas))
    lines = tuple(
        line_of(spans[place % len(spans)], foot, letter if rhymes[letter] > 1 and letter != UNRHYMED else None, last)
        for number, stanza in enumerate(stanzas)
        for place, letter in enumerate(stanza)
        for last in [place + 1 == len(stanza) and number + 1 < len(stanzas)]
    )
    told = " ".join(stanzas) + (f"/{measure.replace(' ', '')}" if slash else "") + (f":{foot}" if foot else "")
    syllables = f", {measure.strip()} syllables" if slash else ""
    return Form(
        name=told,
        language="en",
        title={"en": f"lines rhyming {' '.join(stanzas)}{syllables}{f', {foot}' if foot else ''}"},
        patterns=(Pattern("", lines),),
    )


def in_order(scheme: str) -> bool:
    """Whether each letter first comes after those before it in the alphabet; X stands apart."""
    letters = list(dict.fromkeys(scheme.replace(" ", "").replace(UNRHYMED, "")))
    return letters == [chr(ord("A") + place) for place in range(len(letters))]


def scheme_only(scheme: str) -> bool:
    """Whether it is a scheme without anything after it: capitals, of which two rhyme."""
    letters = scheme.replace(" ", "").replace("x", "").replace(UNRHYMED, "")
    return letters.isupper() and len(set(letters)) < len(letters)


def spans_of(measure: str, name: str) -> list[tuple[int, int]]:
    """The syllables of the lines, which take them in turns from the beginning of each stanza."""
    spans = []
    for part in measure.split(","):
        found = LENGTH.fullmatch(part.strip())
        if not found:
            raise ConfigError(f"the syllables {measure!r} in {name!r} cannot be read", HELP)
        least, most = int(found[1]), int(found[2] or found[1])
        if not 1 <= least <= most <= LONGEST:
            raise ConfigError(f"a line cannot have {part.strip()} syllables: 1 to {LONGEST}", HELP)
        spans.append((least, most))
    return spans


def metre_of(metre: str, name: str) -> str:
    said = metre.strip().casefold()
    said = SPELLINGS.get(said, said)
    if said not in FEET:
        raise ConfigError(f"there is no metre {metre.strip()!r} (in {name!r})", f"One of: {', '.join(METRES)}")
    return said


def line_of(span: tuple[int, int], metre: str | None, rhyme: str | None, stanza: bool) -> Line:
    stress = stresses(span, metre) if metre else ()
    lengths = [len(pattern) for pattern in stress] or span
    return Line(syllables=(min(lengths), max(lengths)), stress=stress, rhyme=rhyme, stanza=stanza)


def stresses(span: tuple[int, int], metre: str) -> tuple[str, ...]:
    """The patterns of a metre for lines of so many syllables, with the liberties that verse takes.

    Iambic: the first foot turned round, and an unstressed syllable more after the last stress.
    Trochaic: without the last unstressed syllable. Anapaestic: one syllable less at the beginning.
    Dactylic: one unstressed syllable less at the end, or two. So a line may be one syllable longer, or
    one or two shorter, than was said.
    """
    foot, from_start = FEET[metre]
    found: list[str] = []
    for length in range(span[0], span[1] + 1):
        many = foot * length
        regular = many[:length] if from_start else many[-length:]
        found.append(regular)
        if metre == "iambic":
            turned = [regular, "/xx/" + regular[4:]] if regular.startswith("x/x/") else [regular]
            found += turned
            if regular.endswith("/"):
                found += [pattern + "x" for pattern in turned]
        elif metre == "anapaestic" and regular.startswith("xx/"):
            found.append(regular[1:])
        elif metre in ("trochaic", "dactylic"):
            while regular.endswith("x") and len(regular) > 1:
                regular = regular[:-1]
                found.append(regular)
    return tuple(dict.fromkeys(found))
