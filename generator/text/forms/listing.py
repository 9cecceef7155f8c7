"""The forms in short, for a list, and what the signs of a drawing mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generator.errors import ConfigError

from .form import LANGUAGES, Form
from .load import find_form, list_forms, plain

__all__ = ["LEGENDS", "forms_called", "measure_of", "summary"]

LEGENDS = {
    "zh": "○ level (平), ● oblique (仄), ⊙ either; the character that rhymes: △ level, ▲ oblique, ◇ either",
    "en": "x unstressed, / stressed, · either; the letter before a line is its rhyme, - none",
}


def forms_called(name: str, language: str) -> list[Form]:
    """The forms of a language that a person means: the one of that name, or else all that have it in a name.

    Args:
        name: A name, an alias, a scheme or a file, or a part of names and titles.
        language: ``zh`` or ``en``.
    Raises:
        ConfigError: if there is none, or it is one of the other language.
    """
    asked = plain(name)
    for form in list_forms(language):
        if asked in map(plain, (form.name, *form.aliases)):
            return [form]
    found = [
        form
        for form in list_forms(language)
        if asked and any(asked in plain(said) for said in (form.name, *form.aliases, *form.title.values()))
    ]
    if found:
        return found
    form = find_form(name)
    if form.language != language:
        raise ConfigError(
            f"{form.name} is a form of {LANGUAGES[form.language]}, and this model writes {LANGUAGES[language]}.",
            "--forms shows the forms that it can write.",
        )
    return [form]


def summary(forms: Iterable[Form]) -> list[str]:
    """One row for each form: its name, its title, its measure."""
    rows = [(form.name, " · ".join(form.title.values()), measure_of(form)) for form in forms]
    widths = [max((columns(row[place]) for row in rows), default=0) for place in (0, 1)]
    return [
        "  ".join(
            (*(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=False)), row[2])
        ).rstrip()
        for row in rows
    ]


def measure_of(form: Form) -> str:
    """How many lines of how many characters or syllables a form has: ``4 lines × 7 characters``."""
    counts = [len(pattern.lines) for pattern in form.patterns]
    told = f"{spanned(counts)} line{'' if counts == [1] else 's'}"
    lines = [line for pattern in form.patterns for line in pattern.lines]
    if form.language == "en":
        syllables = [count for line in lines if line.syllables for count in line.syllables]
        return f"{told} × {spanned(syllables)} syllables" if syllables else told
    if all(len({line.length for line in pattern.lines}) == 1 for pattern in form.patterns):
        return f"{told} × {spanned([line.length or 0 for line in lines])} characters"
    return (
        f"{told}, {spanned([sum(line.length or 0 for line in pattern.lines) for pattern in form.patterns])} characters"
    )


def spanned(numbers: Sequence[int]) -> str:
    """``7``, or ``4 to 20``."""
    least, most = min(numbers), max(numbers)
    return str(least) if least == most else f"{least} to {most}"


def columns(text: str) -> int:
    """How wide a text stands on a terminal, where a Chinese character takes two columns."""
    return sum(2 if character > "\u2e7f" else 1 for character in text)
