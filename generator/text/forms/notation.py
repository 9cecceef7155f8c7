"""The line notation of form files: one short string says all of a line.

中平中仄中平仄，            seven characters of these tones, a comma after them
平平中仄平|仄平平仄平。 A平  five, by either pattern; rhymes as A, in a level tone
5。 B                      five characters of any tone; rhymes as B
x/x/x/x/x/ A               ten syllables so stressed; rhymes as A
8-9 B                      eight or nine syllables
5 =1                       the same words as line 1
(empty)                    a stanza ends
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator.errors import ConfigError

from .form import EITHER, LEVEL, OBLIQUE, Line

__all__ = ["ENDS", "read_line", "read_lines", "write_line", "write_lines"]

ENDS = "，。、；？！："
CHINESE = re.compile(rf"(?P<measure>[1-9][0-9]?|[{LEVEL}{OBLIQUE}{EITHER}|]+)(?P<end>[{ENDS}]?)")
ENGLISH = re.compile(r"(?:(?P<least>[1-9][0-9]?)(?:-(?P<most>[1-9][0-9]?))?)?(?P<stress>[x/.|]*)")
RHYME = re.compile(rf"(?P<letter>[A-Za-z]'?)(?P<tone>[{LEVEL}{OBLIQUE}]?)")
REFRAIN = re.compile(r"=(?P<line>[1-9][0-9]?)")
HELP = "A line reads like 中平中仄仄平平。 A平 in Chinese, x/x/x/x/ A or 8-9 B in English; see docs/forms.md."


def read_lines(written: Sequence[str], language: str) -> tuple[Line, ...]:
    """The lines of a pattern; an empty string ends a stanza.

    Raises:
        ConfigError: if one cannot be read, or a refrain points to no earlier line.
    """
    lines: list[Line] = []
    for text in written:
        if not text.strip():
            if not lines or lines[-1].stanza:
                raise ConfigError("a stanza ends before it has a line", HELP)
            lines[-1] = ended(lines[-1])
        else:
            lines.append(read_line(text, language, len(lines)))
    return tuple(lines)


def ended(line: Line) -> Line:
    return Line(**{**line.__dict__, "stanza": True})


def read_line(text: str, language: str, earlier: int = 0) -> Line:
    """One line from its notation.

    Args:
        text: The notation.
        language: ``zh`` or ``en``.
        earlier: How many lines stand before it, for a refrain to point to.
    Raises:
        ConfigError: if it cannot be read.
    """
    measure, *marks = text.split()
    read = read_chinese(measure, text) if language == "zh" else read_english(measure, text)
    rhyme = rhyme_tone = refrain = None
    for mark in marks:
        if found := RHYME.fullmatch(mark):
            rhyme, rhyme_tone = found["letter"], found["tone"] or None
        elif found := REFRAIN.fullmatch(mark):
            refrain = int(found["line"]) - 1
            if refrain >= earlier:
                raise ConfigError(f"line {text!r} repeats a line that does not stand before it", HELP)
        else:
            raise ConfigError(f"{mark!r} in the line {text!r} says nothing that is known", HELP)
    if rhyme_tone and language != "zh":
        raise ConfigError(f"the line {text!r} gives its rhyme a tone, which English has not", HELP)
    return Line(**read.__dict__ | {"rhyme": rhyme, "rhyme_tone": rhyme_tone, "refrain": refrain})


def read_chinese(measure: str, text: str) -> Line:
    found = CHINESE.fullmatch(measure)
    if not found:
        raise ConfigError(f"the line {text!r} cannot be read", HELP)
    if found["measure"].isdigit():
        return Line(length=int(found["measure"]), end=found["end"])
    tones = tuple(found["measure"].split("|"))
    if len({len(pattern) for pattern in tones}) != 1 or not tones[0]:
        raise ConfigError(f"the patterns of the line {text!r} differ in length", HELP)
    return Line(length=len(tones[0]), tones=tones, end=found["end"])


def read_english(measure: str, text: str) -> Line:
    # "8" with a stress after it would be read together only if written so: 10x/x/... is two facts in one word.
    found = ENGLISH.fullmatch(measure)
    stress = tuple(found["stress"].split("|")) if found and found["stress"] else ()
    if not found or not measure or not all(stress):
        raise ConfigError(f"the line {text!r} cannot be read", HELP)
    lengths = [len(pattern) for pattern in stress]
    least = int(found["least"] or min(lengths))
    most = int(found["most"] or found["least"] or max(lengths))
    if least > most or any(not least <= length <= most for length in lengths):
        raise ConfigError(f"the line {text!r} asks for syllables that cannot be", HELP)
    return Line(syllables=(least, most), stress=stress)


def write_lines(lines: Sequence[Line]) -> list[str]:
    """The notation of a pattern, which ``read_lines`` reads back."""
    written: list[str] = []
    for line in lines:
        written.append(write_line(line))
        if line.stanza:
            written.append("")
    return written


def write_line(line: Line) -> str:
    """The notation of one line."""
    if line.length is not None:
        measure = ("|".join(line.tones) or str(line.length)) + line.end
    elif line.syllables is not None:
        least, most = line.syllables
        lengths = [len(pattern) for pattern in line.stress] or [0]
        said = (
            "" if (least, most) == (min(lengths), max(lengths)) else str(least) if least == most else f"{least}-{most}"
        )
        measure = said + "|".join(line.stress)
    else:
        raise ConfigError("a line has neither a length nor syllables")
    marks = [
        (line.rhyme + (line.rhyme_tone or "")) if line.rhyme else "",
        f"={line.refrain + 1}" if line.refrain is not None else "",
    ]
    return " ".join([measure, *filter(None, marks)])
