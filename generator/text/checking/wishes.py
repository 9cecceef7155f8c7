"""What a poem fails to keep of what a person wished: an acrostic, a beginning, a rhyme, words, an upper line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..chinese.script import to_simplified, variants
from ..chinese.sounds import Rhymebook, rhymebook
from ..english.pronunciations import normal
from ..english.rhyme import perfect_rhyme
from ..forms.form import Form
from ..forms.load import find_form
from .chinese import bare, ear_for
from .english import verses_of
from .judge import check
from .report import Report
from .words import words_in

__all__ = ["check_wishes"]


def check_wishes(
    text: str,
    form: Form | str,
    acrostic: str | None = None,
    start: str | None = None,
    rhyme: str | None = None,
    words: Iterable[str] = (),
    upper: str | None = None,
    *,
    book: str | Rhymebook | None = None,
) -> list[str]:
    """The wishes that a poem does not keep, each in a sentence; none if it keeps all.

    Simplified and traditional characters count as the same, and so do letters of either case.
    Punctuation and spaces in a wish are passed over.

    Args:
        text: The poem.
        form: Its form.
        acrostic: What the first characters (English: first letters) of the first lines spell downwards.
        start: With what the poem begins.
        rhyme: Chinese: the group in which all lines of one of its rhymes are, by any name of it. English: a
            word that ends a line, or with which one does rhyme perfectly.
        words: Each stands within one line; in English as whole words.
        upper: The first line.
        book: As in ``check``.
    Raises:
        ConfigError: as ``check`` does; and if there is no such rhyme group.
    """
    form = find_form(form) if isinstance(form, str) else form
    report = check(text, form, book=book)
    if form.language == "en":
        return list(english_wishes(report, text, acrostic, start, rhyme, words, upper))
    return list(chinese_wishes(report, acrostic, start, rhyme, words, upper))


def same(one: str, other: str) -> bool:
    """Whether two texts are the same character by character, whatever script each is in."""
    return len(one) == len(other) and all(map(same_character, one, other))


def same_character(one: str, other: str) -> bool:
    return (
        one == other or to_simplified(one) == to_simplified(other) or one in variants(other) or other in variants(one)
    )


def chinese_wishes(
    report: Report,
    acrostic: str | None,
    start: str | None,
    rhyme: str | None,
    words: Iterable[str],
    upper: str | None,
) -> Iterable[str]:
    lines = [line.text for line in report.lines]
    whole = "".join(lines)
    if acrostic is not None:
        asked = bare(acrostic)
        spelt = "".join(line[:1] for line in lines[: len(asked)])
        if not same(asked, spelt):
            yield f"the lines begin {spelt}, not {asked}"
    if start is not None and not same(bare(start), whole[: len(bare(start))]):
        yield f"it begins {whole[: len(bare(start))]}, not {bare(start)}"
    if rhyme is not None:
        book = rhymebook(report.book or "pingshui")
        group, ear = book.find_group(rhyme), ear_for(book, whole)
        # a rhyme that two groups share is named by one of them, and is in both
        if not any(
            found.lines and not found.missing and all(group in ear.rhymes(lines[line - 1][-1]) for line in found.lines)
            for found in report.rhymes
        ):
            kept = ", ".join(found.group or "nothing" for found in report.rhymes) or "nothing"
            yield f"it rhymes in {kept}, not in {group}"
    for word in words:
        if not any(holds(line, bare(word)) for line in lines):
            yield f"no line has {word}"
    if upper is not None and not same(bare(upper), lines[0]):
        yield f"the first line is {lines[0]}, not {bare(upper)}"


def holds(line: str, word: str) -> bool:
    return any(same(line[place : place + len(word)], word) for place in range(len(line) - len(word) + 1))


def english_wishes(
    report: Report,
    text: str,
    acrostic: str | None,
    start: str | None,
    rhyme: str | None,
    words: Iterable[str],
    upper: str | None,
) -> Iterable[str]:
    lines = [verse.text.strip() for verse in verses_of(text)]
    spoken = [said(line) for line in lines]
    if acrostic is not None:
        asked = letters(acrostic)
        spelt = "".join(letters(line)[:1] for line in lines[: len(asked)])
        if asked != spelt:
            yield f"the lines begin {spelt}, not {asked}"
    if start is not None and not letters(" ".join(lines)).startswith(letters(start)):
        yield f"it does not begin with {start!r}"
    if rhyme is not None:
        ends = [line[-1] for line in spoken if line]
        if not any(normal(rhyme) == end or perfect_rhyme(rhyme, end) for end in ends):
            yield f"no line rhymes with {rhyme!r}"
    for word in words:
        asked_words = said(word)
        if not any(within(asked_words, line) for line in spoken):
            yield f"no line has {word!r}"
    if upper is not None and said(upper) != spoken[0]:
        yield f"the first line is {lines[0]!r}, not {upper!r}"


def letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())


def said(line: str) -> list[str]:
    return [word.text for word in words_in(line)]


def within(part: Sequence[str], whole: Sequence[str]) -> bool:
    return any(list(whole[place : place + len(part)]) == list(part) for place in range(len(whole) - len(part) + 1))
