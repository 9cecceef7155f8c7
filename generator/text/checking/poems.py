"""The poems of a file: parted from each other, and from the titles and authors that stand above them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.errors import ConfigError

from ..forms.form import LANGUAGES, Form
from . import chinese
from .english import verses_of

__all__ = ["Poem", "check_language", "poems_of"]

MOST_HEADING = 3  # lines above a poem: a title, an author, a date
MOST_PARTS = 8  # stanzas of one poem that empty lines part
NEVER = 10**6  # lines of wrong length of a poem whose lines are too many or too few
SHORT = 0.6  # of a poem's usual line, for a line above it to be a title though no empty line parts them


@dataclass(frozen=True)
class Poem:
    """A poem of a file.

    Attributes:
        text: The poem alone.
        heading: The lines above it that are none of it: title, author.
    """

    text: str
    heading: tuple[str, ...] = ()


def poems_of(text: str, form: Form) -> list[Poem]:
    """The poems of a text: in Chinese parted by empty lines, in English one.

    An empty line may also part the stanzas of one poem, as the two halves of a lyric, or stand below its
    title. What is meant is what comes nearest to the form. A line is taken for a title or an author only
    above the first line that keeps the form: in Chinese without punctuation at its end, and either parted
    by an empty line or not as long as the form's first line; in English parted so, or short.

    Raises:
        ConfigError: if there is none.
    """
    text = text.replace("\r\n", "\n")
    text = re.sub(r"\A\s*\n", "", text).rstrip()
    if not text.strip():
        raise ConfigError("there is no poem in the text", "It is empty.")
    if form.language == "en":
        return [english_poem(text, form)]
    found: list[Poem] = []
    pieces = re.split(r"(\n\s*\n)", text)  # parts, and what is between them
    while pieces:
        taken, poem = nearest(pieces, form)
        found.append(poem)
        pieces = pieces[2 * taken :]
    return found


def check_language(text: str, form: Form) -> None:
    """Refuse a poem that is in another language than the form.

    Raises:
        ConfigError: which names both.
    """
    written = {
        "zh": sum(map(chinese.is_ideograph, text)),
        "en": sum(character.isascii() and character.isalpha() for character in text) / 4,  # of a word
    }
    language = max(written, key=lambda one: written[one])
    if written[language] and language != form.language and not written[form.language] * 2 > written[language]:
        raise ConfigError(
            f"{form.name} is a form of {LANGUAGES[form.language]}, and the poem is {LANGUAGES[language]}.",
            "Name a form of its language: --forms of a model that writes it lists them.",
        )


# ---------------------------------------------------------------- Chinese


def nearest(pieces: Sequence[str], form: Form) -> tuple[int, Poem]:
    """The first poem of some parts, with what parts them, and how many parts it takes.

    It is read in the way that comes nearest to the form.
    """
    parts = pieces[::2]
    best: tuple[int, int, int] | None = None
    chosen = (1, Poem(parts[0]))
    # lines without punctuation above such that have it are a heading for sure
    sure = untitled(parts[0]) and len(parts) > 1 and parts[1].split("\n")[0].strip()[-1] in chinese.MARKS
    above = parts[0].count("\n") + 1 if sure else 0
    for count in range(1, min(len(parts), MOST_PARTS) + 1):
        for heading, body in headings("".join(pieces[: 2 * count - 1]), form):
            order = (wrong_lengths(body, form), count, len(heading))
            if order[0] < NEVER and len(heading) >= above and (best is None or order < best):
                best, chosen = order, (count, Poem(body, heading))
    if best is None and len(parts) > 1 and untitled(parts[0]):
        # whatever is wrong with the poem below, this is none
        return 2, Poem(parts[1], tuple(line.strip() for line in parts[0].split("\n")))
    return chosen


def headings(text: str, form: Form) -> Iterator[tuple[tuple[str, ...], str]]:
    """The ways to part what may be a heading from a poem, none first."""
    yield (), text
    rows = text.split("\n")
    firsts = {pattern.lines[0].length for pattern in form.patterns}
    for count in range(1, min(MOST_HEADING, len(rows) - 1) + 1):
        row = rows[count - 1].strip()
        if not row or row[-1] in chinese.MARKS:
            return
        apart = any(not line.strip() for line in rows[count : MOST_HEADING + 1])
        below = rows[count].strip()
        if not apart and below[-1] not in chinese.MARKS and len(chinese.bare(row)) in firsts:
            return
        yield tuple(line.strip() for line in rows[:count]), "\n".join(rows[count:]).strip("\n")


def untitled(part: str) -> bool:
    """Whether a part is lines without punctuation, as few as a heading has."""
    rows = [row.strip() for row in part.split("\n")]
    return len(rows) <= MOST_HEADING and all(row[-1] not in chinese.MARKS for row in rows if row)


def wrong_lengths(text: str, form: Form) -> int:
    """How many lines are too long or too short for the pattern that they fit best; very many for another number."""
    least = NEVER
    for verses in chinese.readings_of_text(text):
        for pattern in form.patterns:
            if len(verses) == len(pattern.lines):
                both = zip(verses, pattern.lines, strict=True)
                least = min(least, sum(chinese.asked_length(line) not in (None, len(one.text)) for one, line in both))
    return least


# ---------------------------------------------------------------- English


def english_poem(text: str, form: Form) -> Poem:
    """The poem with the lines above it apart, where without them its lines are as many as the form has."""
    lawful = {len(pattern.lines) for pattern in form.patterns}
    verses = verses_of(text)
    if len(verses) in lawful:
        return Poem(text)
    rows = text.strip("\n").split("\n")
    lengths = sorted(len(verse.text) for verse in verses)
    usual = lengths[len(lengths) // 2] if lengths else 0
    heading: list[str] = []
    for place, row in enumerate(rows):
        if not row.strip():
            continue
        if heading and len(verses) - len(heading) in lawful:
            return Poem("\n".join(rows[place:]), tuple(heading))
        apart = any(not line.strip() for line in rows[place + 1 : MOST_HEADING + 1])
        if len(heading) == MOST_HEADING or not (apart or len(row.strip()) < SHORT * usual):
            break
        heading.append(row.strip())
    return Poem(text)
