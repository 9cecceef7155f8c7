"""What form a Chinese poem keeps, read off its characters: lines, rhyme, and the tone due at each place.

Fast enough for a whole library: tones are looked up once a character, and what a line of some tones
lacks against a pattern is remembered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from ..forms.load import find_form
from .sounds import Rhymebook, rhymebook

__all__ = ["Analysis", "Verse", "analyse", "lines_of"]

LINE = re.compile(r"([^，。！？；：、,.!?;:\s]+)([，。！？；：、,.!?;:]*)")
REGULATED = {(5, 4): "wujue", (7, 4): "qijue", (5, 8): "wulv", (7, 8): "qilv", (5, 0): "wupai", (7, 0): "qipai"}
OLD = {5: "guwu", 7: "guqi"}
PAILV_FROM = 10  # lines; a regulated poem of more than eight is a 排律
TOLERANCE = 20  # characters for each that may deviate from a pattern
SHARING = 0.8  # of the even lines, for a poem to have a rhyme
LEVEL, OBLIQUE, EITHER = "平", "仄", "中"
UNKNOWN = "?"


class Verse(NamedTuple):
    """A line of verse: its characters, and the punctuation after it."""

    text: str
    end: str


@dataclass(frozen=True)
class Analysis:
    """What was found in a poem.

    Attributes:
        lengths: The characters of each line.
        rhyme_group: The rhyme that the even lines share; None where too few do.
        rhyme_tone: 平 or 仄, the tone of that rhyme; None without one.
        rhyme_lines: For each line whether it rhymes so. The odd ones but the first do not count.
        form: The name of the form that it keeps: wujue, qijue, wulv, qilv, wupai, qipai, or guwu and
            guqi where lengths and rhyme are kept but no pattern of tones; None for anything else.
        pattern: The index of the pattern among those of the form (of wupai and qipai: 0 to 3, by the
            beginning alone); None without tones.
        slots: For each line and character the tone due by that pattern: 平, 仄, or 中 for either; empty
            strings where no pattern fits.
        deviations: How many characters have another tone than is due; 0 without a pattern.
    """

    lengths: tuple[int, ...]
    rhyme_group: str | None
    rhyme_tone: str | None
    rhyme_lines: tuple[bool, ...]
    form: str | None
    pattern: int | None
    slots: tuple[tuple[str, ...], ...]
    deviations: int = 0


def lines_of(text: str) -> list[Verse]:
    """The lines of a poem, each ended by punctuation or by a line break."""
    return [Verse(*found) for found in LINE.findall(text)]


def analyse(text: str, book: Rhymebook | None = None) -> Analysis:
    """What form a poem keeps.

    Args:
        text: A poem in traditional or simplified characters.
        book: The rhyme book that judges; None for 平水韻.
    """
    book = book or rhymebook()
    lines = [line.text for line in lines_of(text)]
    lengths = tuple(map(len, lines))
    group, rhyming = rhyme_of(lines, book)
    tone = None if group is None else book.tone_of_rhyme(group)
    free = tuple(("",) * length for length in lengths)
    size = lengths[0] if lengths else 0
    if size not in OLD or len(lengths) < 4 or len(lengths) % 2 or set(lengths) != {size}:
        return Analysis(lengths, group, tone, rhyming, None, None, free)
    if fit := best_pattern(lines, size, book):
        form, pattern, slots, deviations = fit
        return Analysis(lengths, group, tone, rhyming, form, pattern, slots, deviations)
    return Analysis(lengths, group, tone, rhyming, OLD[size] if group else None, None, free)


def rhyme_of(lines: Sequence[str], book: Rhymebook) -> tuple[str | None, tuple[bool, ...]]:
    """The group that most even lines share, if enough do, and which lines are in it."""
    none = (False,) * len(lines)
    votes = Counter(group for line in lines[1::2] for group in book.rhymes(line[-1]))
    if len(lines) < 2 or not votes:
        return None, none
    even = len(lines) // 2
    # Where two groups tie, the one that the first line is in, too, then a level one, then the book's order.
    first = book.rhymes(lines[0][-1])
    group = min(votes, key=lambda name: (-votes[name], name not in first, book.tone_of_rhyme(name), order(book, name)))
    if votes[group] < SHARING * even:
        return None, none
    return group, tuple(
        (index % 2 == 1 or index == 0) and group in book.rhymes(line[-1]) for index, line in enumerate(lines)
    )


def order(book: Rhymebook, group: str) -> int:
    return places(book.name)[group]


@cache
def places(name: str) -> dict[str, int]:
    return {group: place for place, group in enumerate(rhymebook(name).groups())}


def best_pattern(
    lines: Sequence[str], size: int, book: Rhymebook
) -> tuple[str, int, tuple[tuple[str, ...], ...], int] | None:
    """The regulated pattern with the fewest deviations: its form, its index, the tones due, the deviations."""
    heard = ["".join(sounded(character, book) for character in line) for line in lines]
    allowed = len(lines) * size // TOLERANCE
    form = REGULATED.get((size, len(lines))) or (REGULATED[size, 0] if len(lines) >= PAILV_FROM else None)
    if form is None:
        return None
    best: tuple[int, int, list[str]] | None = None
    for index, pattern in enumerate(pattern_tones(form, len(lines))):
        fits = [nearest(tones, alternatives) for tones, alternatives in zip(heard, pattern, strict=True)]
        deviations = sum(count for count, _ in fits)
        if best is None or deviations < best[0]:
            best = (deviations, index, [due for _, due in fits])
    if best is None or best[0] > allowed:
        return None
    return form, best[1], tuple(tuple(due) for due in best[2]), best[0]


@cache
def pattern_tones(form: str, count: int) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """For each pattern of a regulated form and each of its lines, the lawful tones.

    A long poem goes on in the cycle of four lines that its file has, however long it is.
    """
    patterns = [pattern.lines for pattern in find_form(form).patterns]
    if form in (REGULATED[5, 0], REGULATED[7, 0]):
        shortest = min(map(len, patterns))
        patterns = [lines for lines in patterns if len(lines) == shortest]
    return tuple(
        tuple(lines[index if index < len(lines) else 2 + (index - 2) % 4].tones for index in range(count))
        for lines in patterns
    )


@lru_cache(maxsize=100_000)
def nearest(heard: str, alternatives: tuple[str, ...]) -> tuple[int, str]:
    """The alternative that a line deviates least from, with the number of deviations; the first of equals."""
    fits = [(sum(map(differs, heard, tones)), tones) for tones in alternatives]
    return min(fits, key=lambda fit: fit[0])


def differs(tone: str, due: str) -> bool:
    return tone not in (EITHER, UNKNOWN) and due not in (EITHER, tone)


def sounded(character: str, book: Rhymebook) -> str:
    """The tone of a character in one sign: 中 where it has both, ? where none is known."""
    tones = book.tones(character)
    return EITHER if len(tones) == 2 else next(iter(tones), UNKNOWN)
