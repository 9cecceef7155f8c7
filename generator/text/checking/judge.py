"""The judge: a poem and a form in, a report out.

    report = check("白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。", "wujue")
    report.ok           True
    print("\n".join(report.told()))

It is written from the rules as a second person would write it, and shares nothing with the writer of
poems but the sounds of characters and words and the forms, so that each can find the other's errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from generator.errors import ConfigError

from ..chinese.sounds import Rhymebook, rhymebook
from ..forms.form import Form, Pattern
from ..forms.load import find_form
from . import chinese, english
from .poems import check_language
from .report import Finding, Judged, Report

__all__ = ["check"]

V = TypeVar("V", bound=Sequence[object])


def check(
    text: str, form: Form | str, *, book: str | Rhymebook | None = None, slant: bool = False, exact: bool = False
) -> Report:
    """Whether a poem keeps a form, and of the form's patterns the one that it keeps best.

    Args:
        text: The poem alone, without title. Chinese in traditional or simplified characters, lines
            ended by punctuation or line breaks; English with a verse on each line.
        form: A form or the name of one.
        book: Chinese: the rhyme book; None for the form's own, or else 平水韻.
        slant: English: whether a slant rhyme is a rhyme; otherwise only a perfect one is.
        exact: Whether punctuation, stanzas and line breaks must be just those of the form. Otherwise they
            may be the poet's own, and what differs is only remarked.
    Raises:
        ConfigError: if the text has no words or is in another language than the form, the form or the book is
            unknown, or a book is named for English.
        GeneratorError: if a dictionary that is needed is not installed.
    """
    form = find_form(form) if isinstance(form, str) else form
    check_language(text, form)
    if form.language == "en":
        if book is not None:
            raise ConfigError(f"{form.name} is English, which has no rhyme book", "Leave the book out.")
        return check_english(text, form, slant, exact)
    book = book or form.book or "pingshui"
    return check_chinese(text, form, rhymebook(book) if isinstance(book, str) else book, exact)


def check_chinese(text: str, form: Form, book: Rhymebook, exact: bool) -> Report:
    readings = chinese.readings_of_text(text)
    if not readings[0]:
        raise ConfigError("there is no poem in the text", "It holds no words.")
    ear = chinese.ear_for(book, text)
    options = nearest_in_length([(verses, pattern) for verses in readings for pattern in form.patterns])
    judged = [chinese.judge_pattern(verses, form, pattern, ear, exact) for verses, pattern in options]
    # All that belongs to lines and to what parts them is judged line by line; this is what else there is.
    whole = "".join(verse.text + verse.end + verse.gap for verse in readings[0])
    besides = (Finding("layout", "holds spaces, quotation marks or more"),) if exact and text != whole else ()
    return report_of(form, best_of(judged), book.name, besides)


def check_english(text: str, form: Form, slant: bool, exact: bool) -> Report:
    verses = english.verses_of(text)
    if not verses:
        raise ConfigError("there is no poem in the text", "It holds no words.")
    options = nearest_in_length([(verses, pattern) for pattern in form.patterns])
    judged = [english.judge_pattern(verses, form, pattern, slant, exact) for verses, pattern in options]
    around = () if not exact or text == text.strip() else (Finding("layout", "begins or ends in space"),)
    return report_of(form, best_of(judged), None, around)


def nearest_in_length(options: Sequence[tuple[V, Pattern]]) -> list[tuple[V, Pattern]]:
    """The options in which the lines of the poem come nearest in number to those of the pattern."""
    apart = [abs(len(verses) - len(pattern.lines)) for verses, pattern in options]
    return [option for option, lines in zip(options, apart, strict=True) if lines == min(apart)]


def best_of(judged: Sequence[Judged]) -> Judged:
    """The pattern that fits best.

    It has the fewest lines of wrong length, then the fewest breaks; of equals most lines rhyme, or else
    fewest characters are in a wrong tone, as where a first line rhymes by a neighbouring group.
    """

    def order(option: Judged) -> tuple[int, int, int, int]:
        findings = [*option.findings, *(finding for line in option.lines for finding in line.findings)]
        return (
            option.misfits,
            sum(finding.breaks for finding in findings),
            -sum(len(rhyme.lines) for rhyme in option.rhymes),
            sum(finding.kind == "tone" for finding in findings),
        )

    return min(judged, key=order)


def report_of(form: Form, judged: Judged, book: str | None, findings: tuple[Finding, ...]) -> Report:
    return Report(
        form.name,
        " · ".join(form.title.values()),
        judged.pattern.name,
        book,
        judged.lines,
        (*findings, *judged.findings),
        judged.rhymes,
    )
