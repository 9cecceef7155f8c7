"""Write with certain characters only: a lipogram, digits, one script."""

from __future__ import annotations

from collections.abc import Hashable

from ...errors import ConstraintUnsatisfiable
from .base import Context
from .characters import CharacterRule, writable

__all__ = ["Alphabet"]


class Alphabet(CharacterRule):
    """Only the given characters; ``Alphabet("abc \\n")``.

    Args:
        characters: Those that may be written.
    """

    name = "The alphabet"

    def __init__(self, characters: str) -> None:
        self.only = frozenset(characters)

    def check(self, context: Context) -> None:
        if not writable(context.tokenizer, self.only):
            raise ConstraintUnsatisfiable(
                f"The model knows none of the characters that may be written: {''.join(sorted(self.only))!r}.",
                "Give some that occur in the text that it was trained on.",
            )

    def first(self, prompt: str) -> Hashable:
        return 0

    def characters(self, place: Hashable) -> frozenset[str] | None:
        return self.only

    def after(self, place: Hashable, character: str) -> Hashable:
        return place

    def may_end(self, place: Hashable) -> bool:
        return True
