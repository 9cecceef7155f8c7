"""The words of an English verse and the ways to say them, with the columns in which they stand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ..english.pronunciations import Pronunciation, normal, pronunciations

__all__ = ["Word", "words_in"]

LETTERS = r"[^\W\d_]"
WORD = re.compile(rf"'?{LETTERS}+(?:['-]{LETTERS}+)*'?|[0-9][\w.,%]*")
# What printers set apart from the word before: heaven 's, look 'd, do n't.
TAILS = re.compile(r"'(?:s|d|ll|ve|re|m|st|t|lt|rt|th)|n't")


@dataclass(frozen=True)
class Word:
    """A word as it is looked up, its columns in the verse, and the ways to say it (none: unknown)."""

    text: str
    start: int
    end: int
    ways: tuple[Pronunciation, ...]


def words_in(verse: str) -> tuple[Word, ...]:
    """The words of a verse in their order.

    A mark may be an apostrophe or close a quotation, a hyphen may join or part, a contraction may be
    set apart by a space: what the dictionary knows is believed, the longer reading first.
    """
    plain = verse.replace("’", "'").replace("‘", "'")
    spans = [(found.start(), found.end()) for found in WORD.finditer(plain)]
    words: list[Word] = []
    place = 0
    while place < len(spans):
        start, end = spans[place]
        if place + 1 < len(spans) and (joined := joined_with(plain, spans[place], spans[place + 1])):
            words.append(joined)
            place += 2
            continue
        words += said_as(plain[start:end], start)
        place += 1
    return tuple(words)


def joined_with(verse: str, first: tuple[int, int], second: tuple[int, int]) -> Word | None:
    """Two pieces as one word: the second is the tail of the first, or the first leans on it (th' eternal)."""
    one, other = verse[slice(*first)], verse[slice(*second)]
    if verse[first[1] : second[0]] != " ":
        return None
    leans = one.lower() in ("th'", "'t") or (one.lower().endswith("'") and not pronunciations(one))
    if not leans and not TAILS.fullmatch(other.lower()):
        return None
    ways = pronunciations(one + other)
    return Word(normal(one + other), first[0], second[1], ways) if ways else None


def said_as(piece: str, start: int) -> list[Word]:
    """One piece as a word, or as the words that its hyphens part."""
    for text in dict.fromkeys((piece, piece.rstrip("'"), piece.lstrip("'"), piece.strip("'"))):
        for spelt in dict.fromkeys((text, without_accents(text))):
            if ways := pronunciations(spelt):
                at = start + piece.index(text)
                return [Word(normal(spelt), at, at + len(text), ways)]
    if "-" in piece:
        parts = [(found.group(), start + found.start()) for found in re.finditer(r"[^-]+", piece)]
        return [word for part, at in parts for word in said_as(part, at)]
    return [Word(normal(piece.strip("'")), start, start + len(piece), ())]


def without_accents(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
