"""What a piece repeats: the longest passage just written that stood before, and how it went on then.

Tunes repeat their strains, and a network forgets a strain of two hundred characters before it comes
again. An ``Echo`` remembers for it: as a cue, the character that followed the last time.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LENGTHS", "Echo"]

LENGTHS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)  # a longer match has a larger cue, 1 to 12


@dataclass(frozen=True, slots=True)
class Echo:
    """An immutable place in a text, and the earlier place that it repeats.

    Attributes:
        text: What has been written.
        again: Where in ``text`` the next character stands if the repetition goes on; -1 for no repetition.
        length: How many characters have been repeated.
        least: How many characters must be alike to count as a repetition.
    """

    text: str = ""
    again: int = -1
    length: int = 0
    least: int = 6

    def advance(self, character: str) -> Echo:
        """The place behind a character."""
        text = self.text + character
        if self.again >= 0 and self.text[self.again] == character:
            return Echo(text, self.again + 1, self.length + 1, self.least)
        # the latest place at which the last characters stood before
        found = text.rfind(text[-self.least :], 0, len(text) - 1) if len(text) > self.least else -1
        if found < 0:
            return Echo(text, -1, 0, self.least)
        return Echo(text, found + self.least, self.least, self.least)

    @property
    def due(self) -> str:
        """The character that comes if the repetition goes on; empty where there is none."""
        return self.text[self.again] if 0 <= self.again < len(self.text) else ""

    def loops(self, least: int) -> bool:
        """Whether a passage stands for the third time in a row and its last ``least`` characters repeat it."""
        period = len(self.text) - self.again
        return self.again >= 0 and self.length >= max(2 * period, least)

    @property
    def strength(self) -> int:
        """How long the repetition is, 0 for none to ``len(LENGTHS)``."""
        return sum(self.length >= length for length in LENGTHS) if self.again >= 0 else 0
