"""A Chinese poem against one pattern: lengths, tones, rhymes, refrains and pairs, place by place.

Written from the rules, for a judge: nothing here is shared with what writes poems but the sounds of
characters and the forms. Where a character has several readings, one that fits is enough.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..chinese.script import is_simplified, to_simplified, to_traditional, variants
from ..chinese.sounds import Rhymebook
from ..forms.form import EITHER, LEVEL, OBLIQUE, Form, Line, Pattern
from .report import Finding, Judged, LineReport, Rhyme, counted
from .rhyming import RhymeLine, choose_groups

__all__ = ["Ear", "Verse", "bare", "ear_for", "judge_pattern", "readings_of_text"]

QUOTES = '「」『』《》〈〉“”‘’"·　 \t\r\ufeff'
STOPS = "。！？；….!?;"
PAUSES = "，、：—,:"
MARKS = STOPS + PAUSES
NAMES = {LEVEL: "level (平)", OBLIQUE: "oblique (仄)"}
SIGNS = {LEVEL: "○", OBLIQUE: "●", EITHER: "⊙"}
RHYME_SIGNS = {LEVEL: "△", OBLIQUE: "▲", EITHER: "◇"}
IDEOGRAPHS = (("㐀", "䶿"), ("一", "鿿"), ("豈", "\ufaff"), ("\U00020000", "\U0003ffff"))
MOST_JOINTS = 8


@dataclass(frozen=True)
class Verse:
    """A line of the poem.

    Attributes:
        text: Its characters.
        full: The same in traditional characters, by which two that are written alike are told apart: 里 and 裏.
        end: The punctuation after it.
        gap: The line breaks after that.
    """

    text: str
    full: str
    end: str
    gap: str = ""


def bare(text: str) -> str:
    """The text without punctuation, quotation marks and space."""
    return "".join(character for character in text if character not in QUOTES + MARKS + "\n")


def readings_of_text(text: str) -> list[tuple[Verse, ...]]:
    """The ways to part a text into lines.

    A line ends at punctuation or at a line break. The mark ``、`` may end one or stand within it, as
    editors differ, so there are as many ways as that leaves; with many of these marks, only those in
    which all of them end lines or none does.
    """
    verses = [
        Verse(line, full, end, gap)
        for (line, end, gap), (full, _, _) in zip(lines_in(text), lines_in(to_traditional(text)), strict=True)
    ]
    joints = [place for place, verse in enumerate(verses[:-1]) if verse.end == "、" and not verse.gap]
    if len(joints) <= MOST_JOINTS:
        chosen: Iterator[tuple[int, ...]] = itertools.chain.from_iterable(
            itertools.combinations(joints, size) for size in range(len(joints) + 1)
        )
    else:
        chosen = iter([(), tuple(joints)])
    return [joined(verses, frozenset(places)) for places in chosen]


def lines_in(text: str) -> list[tuple[str, str, str]]:
    """The lines with their punctuation and the line breaks after it."""
    inked = "".join(character for character in text if character not in QUOTES)
    return re.findall(rf"([^{re.escape(MARKS)}\n]+)([{re.escape(MARKS)}]*)(\n*)", inked)


def joined(verses: Sequence[Verse], places: frozenset[int]) -> tuple[Verse, ...]:
    """The lines, those at some places made one with the next."""
    result: list[Verse] = []
    text = full = ""
    for place, verse in enumerate(verses):
        text, full = text + verse.text, full + verse.full
        if place not in places:
            result.append(Verse(text, full, verse.end, verse.gap))
            text = full = ""
    return tuple(result)


class Ear:
    """The sounds of characters by one rhyme book.

    Args:
        book: The book.
        itself: Whether a character is only itself. Otherwise it has the sounds of all that it may stand
            for, too: 听, an old character of another sound, those of 聽.
    """

    def __init__(self, book: Rhymebook, itself: bool) -> None:
        self.book = book
        self.itself = itself
        self.order = {group: place for place, group in enumerate(book.groups())}
        self._heard: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def rhymes(self, character: str) -> frozenset[str]:
        """The rhyme groups of its readings; empty if nobody knows it."""
        return self._hear(character)[0]

    def tones(self, character: str) -> frozenset[str]:
        """The tones of its readings."""
        return self._hear(character)[1]

    def _hear(self, character: str) -> tuple[frozenset[str], frozenset[str]]:
        if character not in self._heard:
            written = {character} if self.itself else variants(character)
            groups = frozenset(group for one in written for group in self.book.rhymes(one))
            self._heard[character] = groups, frozenset(map(self.book.tone_of_rhyme, groups))
        return self._heard[character]


@lru_cache(maxsize=8)
def ear_of(book: Rhymebook, itself: bool) -> Ear:
    """The ear that was used before, which remembers what it has looked up."""
    return Ear(book, itself)


def ear_for(book: Rhymebook, text: str) -> Ear:
    """The ear for a text.

    The classical books are of traditional characters, so in simplified writing, or in a text that is
    written alike in both, a character stands for others. The modern one hears it as it is written.
    """
    traditional = not is_simplified(text) and to_simplified(text) != text
    return ear_of(book, traditional or book.name == "xinyun")


def is_ideograph(character: str) -> bool:
    return any(first <= character <= last for first, last in IDEOGRAPHS)


# ---------------------------------------------------------------- one pattern


def judge_pattern(verses: Sequence[Verse], form: Form, pattern: Pattern, ear: Ear, exact: bool) -> Judged:
    """Hold the lines of a poem against those of one pattern.

    Args:
        verses: The poem's lines.
        form: The form.
        pattern: One of its patterns.
        ear: How the characters sound.
        exact: Whether punctuation and line breaks must be those of the form.
    """
    found: list[list[Finding]] = [[] for _ in verses]
    due: list[str] = []
    both = list(zip(verses, pattern.lines, strict=False))
    for number, (verse, line) in enumerate(both, start=1):
        due.append(nearest(verse.text, line, ear))
        found[number - 1] += judge_line(number, verse.text, line, due[-1], ear)
    repeats = {index for index, (_, line) in enumerate(both) if repeats_faithfully(index, line, verses, pattern)}
    for index, (verse, line) in enumerate(both):
        if line.refrain is not None and verse.text != verses[line.refrain].text:
            said = f"repeats line {line.refrain + 1}, and is not the same"
            found[index].append(Finding("refrain", said, index + 1, None, verse.text, verses[line.refrain].text))
    rhyming = [
        rhyme_line(index, verse, line, due[index], ear)
        for index, (verse, line) in enumerate(both)
        if line.rhyme and verse.text and index not in repeats
    ]
    rhymes, of_rhyme, remarks = choose_groups(rhyming, form, ear.order)
    for finding in of_rhyme:
        found[(finding.line or 1) - 1].append(finding)
    for upper, lower in form.pairs if form.opposed else ():
        if lower < len(both) and len(verses[upper].text) == len(verses[lower].text):
            found[lower] += judge_pair(upper, lower, verses, due, ear)
    for index, findings in enumerate(judge_marks(verses, pattern, exact)):
        found[index] += findings
    for index in range(len(pattern.lines), len(verses)):
        found[index].append(Finding("lines", "is one line too many", index + 1))
    lines = tuple(
        LineReport(
            number,
            verse.text,
            verse.end,
            kept(line, number, found[number - 1], rhymes, number - 1 in repeats) if line else (),
            tuple(found[number - 1]),
            drawn(line, due[number - 1], found[number - 1]) if line else (),
        )
        for number, verse, line in itertools.zip_longest(
            range(1, len(verses) + 1), verses, pattern.lines[: len(verses)]
        )
    )
    if len(verses) < len(pattern.lines):
        missing = f"has {counted(len(verses), 'line')}, and the form has {len(pattern.lines)}"
        remarks = [Finding("lines", missing), *remarks]
    misfits = sum(asked_length(line) not in (None, len(verse.text)) for verse, line in both)
    return Judged(pattern, lines, tuple(remarks), rhymes, misfits)


def nearest(text: str, line: Line, ear: Ear) -> str:
    """Of the tone patterns of a line the one that the fewest characters deviate from, the first of equals."""
    asked = asked_length(line)
    size = len(text) if asked is None else asked
    lawful = [with_rhyme_tone(tones, line) for tones in line.tones or (EITHER * size,)]
    if len(text) != size:
        return lawful[0]
    return min(lawful, key=lambda tones: sum(map(deviates, map(ear.tones, text), tones)))


def asked_length(line: Line) -> int | None:
    """The characters that a line must have; None where any number will do."""
    return len(line.tones[0]) if line.length is None and line.tones else line.length


def with_rhyme_tone(tones: str, line: Line) -> str:
    """The tones with that of the rhyme at the end, where the pattern itself leaves it open."""
    return tones[:-1] + line.rhyme_tone if line.rhyme and line.rhyme_tone and tones[-1:] == EITHER else tones


def deviates(tones: frozenset[str], due: str) -> bool:
    return due != EITHER and due not in tones


def repeats_faithfully(index: int, line: Line, verses: Sequence[Verse], pattern: Pattern) -> bool:
    """Whether a line is a refrain that repeats its line and so brings no new rhyme."""
    return (
        line.refrain is not None
        and verses[line.refrain].text == verses[index].text
        and pattern.lines[line.refrain].rhyme == line.rhyme
    )


def judge_line(number: int, text: str, line: Line, due: str, ear: Ear) -> Iterator[Finding]:
    """What a line breaks by itself: its length, its tones, characters that nobody knows."""
    asked = asked_length(line)
    if asked not in (None, len(text)):
        said = f"has {counted(len(text), 'character')}, and {asked} are due"
        yield Finding("length", said, number, None, str(len(text)), str(asked))
        due = EITHER * len(text)
    for place, (character, tone) in enumerate(zip(text, due, strict=True), start=1):
        tones = ear.tones(character)
        if not tones and not is_ideograph(character):
            yield Finding("unknown", f"{character!r} is no Chinese character", number, place, character)
        elif not tones:
            said = f"the sound of character {place}, {character}, is not in the book"
            breaks = tone != EITHER
            yield Finding("unknown", said, number, place, character, "" if tone == EITHER else tone, breaks)
        elif deviates(tones, tone):
            said = f"character {place}, {character}, is {NAMES[next(iter(tones))]}, and {NAMES[tone]} is due"
            yield Finding("tone", said, number, place, character, tone)


def rhyme_line(index: int, verse: Verse, line: Line, due: str, ear: Ear) -> RhymeLine:
    """A line that should rhyme, with the groups by which it may: those in the tone that is due."""
    text, full = verse.text, verse.full
    tone = line.rhyme_tone or (due[-1] if len(text) == len(due) else EITHER)
    groups = frozenset(
        group for group in ear.rhymes(text[-1]) if tone == EITHER or ear.book.tone_of_rhyme(group) == tone
    )
    return RhymeLine(index + 1, line.rhyme or "", text[-1], full[-1], len(text), groups, ear.rhymes(text[-1]))


def judge_pair(upper: int, lower: int, verses: Sequence[Verse], due: Sequence[str], ear: Ear) -> Iterator[Finding]:
    """What the lower line of an opposed pair breaks: tones at the even places and the last, common characters."""
    above, below = verses[upper].text, verses[lower].text
    size = len(above)
    for place in range(1, size + 1):
        one, other = above[place - 1], below[place - 1]
        if place % 2 == 0 or place == size:
            ones = {tone for tone in ear.tones(one) if due[upper][place - 1 : place] in (EITHER, tone)}
            others = {tone for tone in ear.tones(other) if due[lower][place - 1 : place] in (EITHER, tone)}
            # Where one has no lawful tone at all, that is a finding of its own already.
            if ones and others and len(ones | others) == 1:
                tone = next(iter(ones))
                wanted = OBLIQUE if tone == LEVEL else LEVEL
                said = f"character {place}, {other}, is {NAMES[tone]} as {one} above it, and the opposite is due"
                yield Finding("pair", said, lower + 1, place, other, wanted)
            elif not ear.tones(one) or not ear.tones(other):
                strange = one if not ear.tones(one) else other
                said = f"whether character {place}, {other}, opposes {one} is not known: {strange} is not in the book"
                yield Finding("pair", said, lower + 1, place, other)
        if (other, verses[lower].full[place - 1]) in zip(above, verses[upper].full, strict=True):
            said = f"character {place}, {other}, stands in line {upper + 1}, too"
            yield Finding("pair", said, lower + 1, place, other)


# ---------------------------------------------------------------- punctuation


def judge_marks(verses: Sequence[Verse], pattern: Pattern, exact: bool) -> Iterator[list[Finding]]:
    """For each line what is to say of the punctuation and the line breaks after it."""
    any_marks = any(verse.end for verse in verses)
    for number, (verse, line) in enumerate(zip(verses, pattern.lines, strict=False), start=1):
        last = number == len(verses)
        due = line.end
        found = []
        if exact and verse.end != due:
            found.append(Finding("mark", f"ends in {verse.end!r}, and {due!r} is due", number, None, verse.end, due))
        elif any_marks and due and not alike(verse.end, due):
            said = f"ends in {verse.end!r} where the form has {due!r}"
            found.append(Finding("mark", said, number, None, verse.end, due, breaks=False))
        gap = "" if last else "\n\n" if line.stanza else "\n" if due in STOPS else ""
        if exact and verse.gap != gap:
            said = f"is followed by {counted(len(verse.gap), 'line break')}, and {len(gap)} are due"
            found.append(Finding("layout", said, number))
        yield found


def alike(end: str, due: str) -> bool:
    """Whether a mark closes as the due one does, or pauses as it does."""
    last = end[-1:]
    return bool(last) and (last in STOPS if due in STOPS else last in PAUSES or last in "；;！？!?")


# ---------------------------------------------------------------- telling


def kept(
    line: Line, number: int, findings: Sequence[Finding], rhymes: Sequence[Rhyme], refrain: bool
) -> tuple[str, ...]:
    """What a line keeps of what its pattern asks, in plain words."""
    broken = {finding.kind for finding in findings if finding.breaks}
    told = []
    asked = asked_length(line)
    if asked is not None and "length" not in broken:
        told.append(counted(asked, "character"))
        if any(set(tones) != {EITHER} for tones in line.tones) and not {"tone", "unknown"} & broken:
            told.append("tones")
    if refrain:
        told.append(f"repeats line {(line.refrain or 0) + 1}")
    told += [f"rhyme {rhyme.group}" for rhyme in rhymes if number in rhyme.lines and rhyme.group]
    return tuple(told)


def drawn(line: Line, due: str, findings: Sequence[Finding]) -> tuple[str, ...]:
    """The marks due below the characters, each two columns wide as a character is, and ``^`` at what is wrong."""
    signs = [SIGNS[tone] for tone in due]
    if line.rhyme and signs:
        signs[-1] = RHYME_SIGNS[due[-1]]
    rows = [" ".join(signs)]
    if wrong := {finding.place for finding in findings if finding.breaks and finding.place}:
        rows.append("".join("^ " if place in wrong else "  " for place in range(1, max(wrong) + 1)))
    return tuple(row.rstrip() for row in rows)
