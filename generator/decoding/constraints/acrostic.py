"""Let the lines begin with given characters, read downwards: an acrostic, a 藏头诗."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from ...errors import ConstraintUnsatisfiable
from ...tokenizers.places import name_of
from .base import Context
from .characters import CharacterRule, writable

__all__ = ["Acrostic"]


@dataclass(frozen=True)
class Line:
    """Where a row stands: how many letters are placed, and whether a line is about to begin."""

    placed: int
    at_start: bool


class Acrostic(CharacterRule):
    """Line i begins with character i of a word, and the text ends with the last of these lines.

    It may not end before. A model whose texts do not end by themselves writes on behind them. For a Chinese
    character that the model does not know stand those that it knows of the other script (東 for 东).
    A prompt that does not end in a line break keeps its line: the first character then stands at the beginning of
    the next.

    Args:
        word: The characters, in order.
    """

    name = "The acrostic"

    def __init__(self, word: str) -> None:
        self.word = word
        self.choices = [frozenset((character,)) for character in word]
        self.ends = False

    def check(self, context: Context) -> None:
        if context.backward:
            raise ConstraintUnsatisfiable(
                "This model writes each line from its end, so that an acrostic can be kept in a form only.",
                "Say which form with --form, or leave --acrostic out.",
            )
        self.ends = context.may_end
        self.choices = [
            writable(context.tokenizer, frozenset((character,)))
            or writable(context.tokenizer, in_other_scripts(character))
            for character in self.word
        ]
        for place, (character, some) in enumerate(zip(self.word, self.choices, strict=True), 1):
            if character == "\n" or not some:
                raise ConstraintUnsatisfiable(
                    f"No line can begin with {name_of(character)}, character {place} of the acrostic {self.word!r}.",
                    "The model has never seen it; choose another."
                    if character != "\n"
                    else "Leave line breaks out: every character begins a line of its own.",
                )
        if not self.word:
            raise ConstraintUnsatisfiable("The acrostic is empty.", "Give the characters that the lines begin with.")
        fewest = 2 * len(self.word) - 1
        if context.length < fewest and context.tokenizer.kind in ("char", "byte"):
            raise ConstraintUnsatisfiable(
                f"The acrostic {self.word!r} needs {fewest} tokens at least, and the length is {context.length}.",
                "Give a larger --length.",
            )

    def first(self, prompt: str) -> Hashable:
        return Line(0, not prompt or prompt.endswith("\n"))

    def characters(self, place: Hashable) -> frozenset[str] | None:
        assert isinstance(place, Line)
        if place.at_start and place.placed < len(self.word):
            return self.choices[place.placed]
        if self.ends and place.at_start and place.placed:
            return frozenset()
        return None

    def after(self, place: Hashable, character: str) -> Hashable:
        assert isinstance(place, Line)
        if place.placed == len(self.word) and (not self.ends or place.at_start):
            return place
        if place.at_start:
            return Line(place.placed + 1, False)
        return Line(place.placed, character == "\n")

    def may_end(self, place: Hashable) -> bool:
        assert isinstance(place, Line)
        return place.placed == len(self.word)


def in_other_scripts(character: str) -> frozenset[str]:
    """The characters that stand for a Chinese one in traditional writing; none for any other."""
    if character < "\u3400":
        return frozenset()
    from ...text.chinese.script import variants

    return variants(character)
