"""What a verse form is: lines, their lengths, tones or stresses, rhymes and repeats, as plain data.

A form says what is lawful and nothing about how to write it. The files in ``data/`` are read into
these classes by ``load``; whoever writes, checks or draws a poem reads the same classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["EITHER", "LANGUAGES", "LEVEL", "OBLIQUE", "Form", "Line", "Pattern"]

LEVEL = "平"
OBLIQUE = "仄"
EITHER = "中"
LANGUAGES = {"zh": "Chinese", "en": "English"}


@dataclass(frozen=True)
class Line:
    """One line of a pattern.

    Attributes:
        length: Chinese: its characters, without the punctuation that ends it. English: None.
        syllables: English: the least and the most syllables. Chinese: None.
        tones: Chinese: the lawful tone patterns, each ``length`` characters over 平 仄 中 (中: either);
            a line keeps the rule if it keeps one of them. Empty: no rule.
        stress: English: the lawful patterns over ``x`` (unstressed), ``/`` (stressed) and ``.``
            (either), one mark a syllable. Empty: no rule.
        rhyme: The letter of its rhyme; lines of one letter rhyme with each other. None: free.
        rhyme_tone: Chinese: 平 or 仄, the tone of the rhyming character. None: either, but the rhyme
            group that is chosen has one tone, so that all lines of a letter share it.
        refrain: The index of the earlier line of the pattern that it repeats word for word.
        end: The punctuation that ends it, ``，`` or ``。``; empty in English.
        stanza: Whether a stanza ends after it.
    """

    length: int | None = None
    syllables: tuple[int, int] | None = None
    tones: tuple[str, ...] = ()
    stress: tuple[str, ...] = ()
    rhyme: str | None = None
    rhyme_tone: str | None = None
    refrain: int | None = None
    end: str = ""
    stanza: bool = False


@dataclass(frozen=True)
class Pattern:
    """One lawful way to keep a form, line by line."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Form:
    """A verse form.

    Attributes:
        name: The name by which commands know it: ``qijue``, ``sonnet``, ``ci:浣溪沙``, ``ABAB/8``.
        language: ``zh`` or ``en``.
        title: Its name for people, by language.
        aliases: Other names by which it is found.
        patterns: The lawful patterns; a poem keeps the form if it keeps one of them.
        pairs: Chinese: indices (upper, lower) of the lines that stand parallel.
        opposed: The lower line of each pair has the opposite tone at its even characters and at its
            last, and no character in common with the upper (couplets to hang at a door).
        distinct_rhymes: Whether a rhyming character or word may stand only once among the rhymes.
        kindred: Chinese: letters (level, oblique) whose rhymes are the two tones of one part of the book
            (the same name before the ``·``); the oblique lines of 西江月 echo its level rhyme so.
        book: Chinese: the rhyme book it is rhymed by (``cilin`` for lyrics); None: the writer's choice.
        gaps: English: how many lines stand before each empty line with which the poem is shown. The model
            writes none of them, and the judge takes the poem with them or without.
        preferred: The names of the patterns that are drawn where the wishes leave the choice; empty for all.
        coverage: The share of the poems of its name that keep it, where it was derived from poems.
        note: What else a person should know.
    """

    name: str
    language: str
    title: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    opposed: bool = False
    distinct_rhymes: bool = True
    kindred: tuple[tuple[str, str], ...] = ()
    book: str | None = None
    gaps: tuple[int, ...] = ()
    preferred: tuple[str, ...] = ()
    coverage: float | None = None
    note: str = ""
