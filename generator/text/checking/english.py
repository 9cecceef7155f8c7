"""An English poem against one pattern: syllables, stresses, rhymes, refrains, stanzas.

Written from the rules, for a judge: nothing here is shared with what writes poems but the sounds of
words and the forms.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..english.pronunciations import Pronunciation
from ..english.rhyme import slant_rhyme, tail
from ..forms.form import Form, Line, Pattern
from .metre import Measured, measure
from .report import Finding, Judged, LineReport, Rhyme, counted

__all__ = ["Verse", "judge_pattern", "verses_of"]


@dataclass(frozen=True)
class Verse:
    """A verse as it is written, and how many empty lines come after it."""

    text: str
    gap: int = 0


@dataclass(frozen=True)
class Ending:
    """The end of a line that should rhyme: its number, its last word, and the ways to say that here."""

    number: int
    word: str
    ways: tuple[Pronunciation, ...]


def verses_of(text: str) -> tuple[Verse, ...]:
    """The verses of a poem."""
    verses: list[Verse] = []
    for written in text.replace("\r\n", "\n").strip("\n").split("\n"):
        if written.strip():
            verses.append(Verse(written))
        elif verses:
            verses[-1] = Verse(verses[-1].text, verses[-1].gap + 1)
    return tuple(verses)


def judge_pattern(verses: Sequence[Verse], form: Form, pattern: Pattern, slant: bool, exact: bool) -> Judged:
    """Hold the verses of a poem against the lines of one pattern.

    Args:
        verses: The poem's.
        form: The form.
        pattern: One of its patterns.
        slant: Whether slant rhymes are rhymes.
        exact: Whether empty lines must be those of the form, and none must begin or end in space.
    """
    both = list(zip(verses, pattern.lines, strict=False))
    measured = [measure(verse.text, line) for verse, line in both]
    found = [
        list(judge_line(number, each, line))
        for number, (each, (_, line)) in enumerate(zip(measured, both, strict=True), start=1)
    ]
    faithful = set()
    for index, (_, line) in enumerate(both):
        if line.refrain is not None:
            if same_words(measured[index], measured[line.refrain]):
                if pattern.lines[line.refrain].rhyme == line.rhyme:
                    faithful.add(index)
            else:
                said = f"should repeat line {line.refrain + 1} word for word"
                found[index].append(Finding("refrain", said, index + 1, due=verses[line.refrain].text.strip()))
    endings: dict[str, list[Ending]] = {}
    for index, (_, line) in enumerate(both):
        if line.rhyme and index not in faithful and measured[index].words:
            last = measured[index].words[-1].text
            endings.setdefault(line.rhyme, []).append(Ending(index + 1, last, measured[index].endings))
    rhymes = []
    for letter, lines in endings.items():
        rhyme, of_rhyme = judge_rhyme(letter, lines, form.distinct_rhymes, slant)
        rhymes.append(rhyme)
        for finding in of_rhyme:
            found[(finding.line or 1) - 1].append(finding)
    for index, finding in judge_layout(verses, pattern, exact, form.gaps):
        found[index].append(finding)
    lines_out = [
        LineReport(
            index + 1,
            verse.text,
            keeps=kept(line, index + 1, found[index], rhymes, measured[index], index in faithful),
            findings=tuple(found[index]),
            drawn=drawn(measured[index], line),
        )
        for index, (verse, line) in enumerate(both)
    ]
    for number, verse in enumerate(verses[len(pattern.lines) :], start=len(pattern.lines) + 1):
        lines_out.append(LineReport(number, verse.text, findings=(Finding("lines", "is one line too many", number),)))
    missing = f"has {counted(len(verses), 'line')}, and the form has {len(pattern.lines)}"
    findings = (Finding("lines", missing),) if len(verses) < len(pattern.lines) else ()
    misfits = sum(not each.pattern for each in measured)
    return Judged(pattern, tuple(lines_out), findings, tuple(rhymes), misfits)


def judge_line(number: int, measured: Measured, line: Line) -> Iterator[Finding]:
    """What a verse breaks by itself: words that nobody knows, syllables, stresses."""
    asked = bool(line.syllables or line.stress)
    unknown = [word for word in measured.words if not word.ways]
    for strange in unknown:
        said = f"nobody knows how to say {strange.text!r}"
        yield Finding("unknown", said, number, None, strange.text, breaks=asked or bool(line.rhyme))
    if not measured.words:
        yield Finding("syllables", "has no words", number)
    elif unknown or not asked:
        return
    elif measured.pattern is None:
        due = lengths_of(line)
        said = f"has {span(measured.least, measured.most)}, and {due} are due"
        if measured.least <= measured.most and line.stress:
            said = f"has {span(measured.least, measured.most)} and fits no pattern of {due}"
        yield Finding("syllables", said, number, None, span(measured.least, measured.most), due)
    else:
        marks = "".join(way.stress for way in measured.way)
        for place in measured.wrong:
            word = word_at(measured, place)
            has, wanted = ("stressed", "weak") if marks[place - 1] == "/" else ("unstressed", "strong")
            said = f"syllable {place}, in {word!r}, is {has} where the metre is {wanted}"
            yield Finding("stress", said, number, place, word, measured.pattern[place - 1])


def lengths_of(line: Line) -> str:
    lengths = sorted({len(pattern) for pattern in line.stress})
    if not lengths:
        lengths = list(dict.fromkeys(line.syllables or ()))
        return " to ".join(map(str, lengths)) + " syllables"
    return " or ".join(map(str, lengths)) + " syllables"


def span(least: int, most: int) -> str:
    return counted(least, "syllable") if least == most else f"{least} to {most} syllables"


def word_at(measured: Measured, place: int) -> str:
    """The word that a syllable belongs to, as the verse is said."""
    ends = itertools.accumulate(way.syllables for way in measured.way)
    return next(word.text for word, end in zip(measured.words, ends, strict=True) if place <= end)


def same_words(one: Measured, other: Measured) -> bool:
    return [word.text for word in one.words] == [word.text for word in other.words]


# ---------------------------------------------------------------- rhyme


def judge_rhyme(letter: str, lines: Sequence[Ending], distinct: bool, slant: bool) -> tuple[Rhyme, list[Finding]]:
    """Which lines of a letter rhyme.

    The rule: the last words share all sounds from the last stressed vowel on, each in a way to say it
    in which its line keeps its metre, and no two of them have the same consonants before that vowel.
    With slant rhymes allowed, two words also rhyme that do so by ``slant_rhyme``. A word that comes
    again breaks the rhyme where rhymes must be distinct, and is passed over where they need not.
    """
    findings = []
    fresh: list[Ending] = []
    again: list[tuple[Ending, Ending]] = []
    for line in lines:
        earlier = next((other for other in fresh if other.word == line.word), None)
        if earlier is None:
            fresh.append(line)
        else:
            again.append((line, earlier))
    if len(fresh) < 2:
        key, rhyming = None, fresh
    else:
        key, rhyming = largest_rhyme(fresh, slant)
    for line in fresh:
        if line not in rhyming:
            findings.append(misfit(line, rhyming, key))
    numbers = [line.number for line in rhyming]
    for line, earlier in again:
        if distinct:
            said = f"{line.word!r} was the rhyme of line {earlier.number} already"
            findings.append(Finding("repeat", said, line.number, None, line.word))
        elif earlier in rhyming:
            numbers.append(line.number)
    missing = sorted({line.number for line in lines} - set(numbers))
    return Rhyme(letter, key, tuple(sorted(numbers)), tuple(missing)), findings


def largest_rhyme(lines: Sequence[Ending], slant: bool) -> tuple[str | None, list[Ending]]:
    """The sounds that most lines share, and those lines; of equals what the earliest lines have."""
    keys = [key for line in lines for key, _ in tails_of(line)]
    best: tuple[str | None, list[Ending]] = (None, list(lines[:1]))
    for key in dict.fromkeys(keys):
        together: list[Ending] = []
        for line in lines:
            if rhyme_together([*together, line], key) or (
                slant and together and all(slant_rhyme(line.word, other.word) for other in together)
            ):
                together.append(line)
        if len(together) > len(best[1]) or best[0] is None:
            best = (key, together)
    return best


def rhyme_together(lines: Sequence[Ending], key: str) -> bool:
    """Whether lines can be said so that all have these sounds and no two the same consonants before them."""
    onsets = [sorted({onset for own, onset in tails_of(line) if own == key}) for line in lines]
    return all(onsets) and any(len(set(choice)) == len(choice) for choice in itertools.product(*onsets))


def tails_of(line: Ending) -> list[tuple[str, str]]:
    return [found for way in line.ways if (found := tail(way))]


def misfit(line: Ending, rhyming: Sequence[Ending], key: str | None) -> Finding:
    partners = ", ".join(f"{other.word!r} ({other.number})" for other in rhyming)
    if not line.ways:
        said = f"whether {line.word!r} rhymes with {partners} nobody knows"
    elif key is not None and any(own == key for own, _ in tails_of(line)):
        said = f"{line.word!r} has the same sound before the rhyme as one of {partners}"
    elif all(slant_rhyme(line.word, other.word) for other in rhyming):
        said = f"{line.word!r} rhymes only by slant with {partners}"
    else:
        said = f"{line.word!r} does not rhyme with {partners}"
    return Finding("rhyme", said, line.number, None, line.word, key or "")


# ---------------------------------------------------------------- layout and telling


def judge_layout(
    verses: Sequence[Verse], pattern: Pattern, exact: bool, gaps: Sequence[int]
) -> Iterator[tuple[int, Finding]]:
    """Stanzas that end elsewhere than in the form, and space where none should be.

    ``gaps`` are the counts of lines after which an empty line may stand, as a poem is shown with it.
    """
    for index, (verse, line) in enumerate(zip(verses, pattern.lines, strict=False)):
        due = int(line.stanza and index + 1 < len(verses))
        if verse.gap != due and (verse.gap != 1 or index + 1 not in gaps):
            said = f"is followed by {counted(verse.gap, 'empty line')}, and {due} are due"
            yield index, Finding("layout", said, index + 1, breaks=exact)
        if exact and verse.text != verse.text.strip():
            yield index, Finding("layout", "begins or ends in space", index + 1)


def kept(
    line: Line, number: int, findings: Sequence[Finding], rhymes: Sequence[Rhyme], measured: Measured, refrain: bool
) -> tuple[str, ...]:
    """What a verse keeps of what its line asks, in plain words."""
    broken = {finding.kind for finding in findings if finding.breaks}
    told = []
    if not {"syllables", "unknown"} & broken and (line.syllables or line.stress):
        told.append(counted(sum(way.syllables for way in measured.way), "syllable"))
        if line.stress and "stress" not in broken:
            told.append("stresses")
    if refrain:
        told.append(f"repeats line {(line.refrain or 0) + 1}")
    for rhyme in rhymes:
        if number in rhyme.lines and len(rhyme.lines) > 1:
            others = [str(other) for other in rhyme.lines if other != number]
            told.append(f"rhymes with {', '.join(others)}")
    return tuple(told)


def drawn(measured: Measured, line: Line) -> tuple[str, ...]:
    """Below each word a mark for each of its syllables: what the metre asks, or without one how it is said."""
    if not measured.way:
        return ()
    marks = "".join(way.stress for way in measured.way)
    due = measured.pattern if line.stress and measured.pattern else marks
    width = max((word.end for word in measured.words), default=0)
    rows = [[" "] * width, [" "] * width]
    place = 0
    for word, way in zip(measured.words, measured.way, strict=True):
        for syllable in range(way.syllables):
            column = word.start + syllable * max(1, (word.end - word.start) // way.syllables)
            if column < width:
                rows[0][column] = due[place].replace(".", "·")
                rows[1][column] = "^" if place + 1 in measured.wrong else " "
            place += 1
    return tuple(row for row in ("".join(row).rstrip() for row in rows) if row)
