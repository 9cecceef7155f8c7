"""Looking for words in what was kept: one writing for all letters, and the conditions of a search in SQL."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .store import Search

__all__ = ["fold", "matching"]

TRIGRAM = 3  # characters that the index needs to find a word
MOST_WORDS = 12  # of a search


def fold(text: str) -> str:
    """A text as it is compared: no capitals, no wide letters, Chinese in simplified characters.

    Each character is changed by itself, so that a part of a text is folded as it is in the whole.
    """
    return "".join(map(fold_character, unicodedata.normalize("NFKC", text)))


@lru_cache(maxsize=20_000)
def fold_character(character: str) -> str:
    """One character; see ``fold``."""
    if "\u3400" <= character <= "\u9fff" or character >= "\U00020000":
        from ..text.chinese.script import to_simplified

        return to_simplified(character)
    return "" if unicodedata.category(character) == "Cc" and not character.isspace() else character.casefold()


def matching(search: Search, shelf: str, *, indexed: bool) -> tuple[str, list[Any]]:
    """The conditions of a search, and the values of their places.

    Args:
        search: What is looked for.
        shelf: Whose pieces.
        indexed: Whether there is an index of words; else, and for words that are too short for it, each
            text is read.
    """
    conditions, values = ["shelf = ?"], [shelf]
    conditions.append("deleted_at IS NOT NULL" if search.deleted else "deleted_at IS NULL")
    for column, wanted in (("kind", search.kinds), ("model", search.models)):
        if wanted:
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if search.hearted:
        conditions.append("hearted = 1")
    moments: list[Any] = []
    for test, moment in (("created >= ?", search.since), ("created < ?", search.until)):
        if moment is not None:
            conditions.append(test)
            moments.append(moment)
    words = fold(search.words).split()[:MOST_WORDS]
    long = [word for word in words if indexed and len(word) >= TRIGRAM]
    if long:
        conditions.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
    conditions += ["instr(folded, ?)"] * (len(words) - len(long))
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in long)
    return " AND ".join(conditions), [
        *values,
        *moments,
        *([quoted] if long else []),
        *(word for word in words if word not in long),
    ]
