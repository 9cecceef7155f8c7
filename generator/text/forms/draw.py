"""Forms drawn for the terminal.

What the signs mean: ``listing.LEGENDS``.
"""

from __future__ import annotations

import re

from .form import EITHER, LEVEL, OBLIQUE, Form, Line, Pattern

__all__ = ["draw"]

SIGNS = {LEVEL: "○", OBLIQUE: "●", EITHER: "⊙"}
RHYMES = {LEVEL: "△", OBLIQUE: "▲", None: "◇"}


def draw(form: Form) -> str:
    """A form as text of several lines, its patterns one below another.

    Patterns that differ in nothing but how long they go on are drawn once, in the shortest.
    """
    titles = " · ".join(form.title.values())
    parts = [f"{form.name}  {titles}".rstrip()]
    series: dict[str, list[Pattern]] = {}
    for pattern in form.patterns:
        series.setdefault(re.sub(r" ?\(\d+\)$", "", pattern.name), []).append(pattern)
    for name, patterns in series.items():
        shortest = min(patterns, key=lambda pattern: len(pattern.lines))
        longer = sorted(len(pattern.lines) for pattern in patterns if pattern is not shortest)
        more = f"  (also in {', '.join(map(str, longer))} lines)" if longer else ""
        parts += ["", f"  {name}{more}".rstrip(), *draw_lines(shortest, form)]
    if form.pairs:
        parts += ["", "  parallel: lines " + ", ".join(f"{upper + 1} and {lower + 1}" for upper, lower in form.pairs)]
    if form.note:
        parts += ["", f"  {form.note}"]
    return "\n".join(parts)


def draw_lines(pattern: Pattern, form: Form) -> list[str]:
    several = len({line.rhyme for line in pattern.lines if line.rhyme}) > 1
    rows = []
    for number, line in enumerate(pattern.lines, start=1):
        row = chinese(line, several) if form.language == "zh" else english(line)
        if line.refrain is not None:
            row += f"  = line {line.refrain + 1}"
        rows.append(f"    {row}".rstrip())
        if line.stanza or number in form.gaps:
            rows.append("")
    return rows[:-1] if rows and not rows[-1] else rows


def chinese(line: Line, several: bool) -> str:
    drawn = []
    for tones in line.tones or (EITHER * (line.length or 0),):
        signs = [SIGNS[tone] for tone in tones]
        if line.rhyme:
            signs[-1] = RHYMES[line.rhyme_tone]
        drawn.append("".join(signs))
    row = drawn[0] + line.end + (f" {line.rhyme}" if line.rhyme and several else "")
    return row + "".join(f"  or {other}" for other in drawn[1:])


def english(line: Line) -> str:
    drawn = "  or ".join(" ".join(pattern.replace(".", "·")) for pattern in line.stress)
    if not drawn and line.syllables:
        least, most = line.syllables
        drawn = f"{least} syllables" if least == most else f"{least} to {most} syllables"
    return f"{line.rhyme or '-'}  {drawn}"
