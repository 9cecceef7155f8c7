"""Where a character stands in a text, and what to call it, for messages that a person reads."""

from __future__ import annotations

import unicodedata
from typing import NoReturn

from ..errors import TokenizerError

__all__ = ["label_of", "name_of", "place_of", "reject_surrogate"]

LABELS = {" ": "␣", "\n": "⏎", "\t": "⇥"}
INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
MARKS = {"Mn", "Me", "Mc"}
DOTTED_CIRCLE = "\u25cc"


def name_of(character: str) -> str:
    """A character as a message shows it: ``'é' (U+00E9)``."""
    return f"{character!r} (U+{ord(character):04X})"


def place_of(text: str, index: int) -> str:
    """The line and column of ``text[index]``, both counted from 1: ``line 3, column 14``."""
    line = text.count("\n", 0, index) + 1
    column = index - text.rfind("\n", 0, index)
    return f"line {line}, column {column}"


def label_of(text: str) -> str:
    """Text with everything that cannot be seen made visible; ``label_of(" a\\n") == "␣a⏎"``."""
    return "".join(map(visible, text))


def visible(character: str) -> str:
    """One character, its sign, or its code point where it has no shape of its own."""
    if character in LABELS:
        return LABELS[character]
    category = unicodedata.category(character)
    if category in INVISIBLE:
        return f"<U+{ord(character):04X}>"
    return DOTTED_CIRCLE + character if category in MARKS else character


def reject_surrogate(text: str, index: int) -> NoReturn:
    """Refuse ``text`` for the lone surrogate at ``index``.

    Raises:
        TokenizerError: always.
    """
    raise TokenizerError(
        f"The lone surrogate U+{ord(text[index]):04X} at {place_of(text, index)} is not Unicode text.",
        "It is half of a character that was cut in two; read the text again in its right encoding.",
    )
