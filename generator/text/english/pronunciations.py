"""How English words sound: sounds, syllables and stresses, several pronunciations for a word.

    >>> [p.stress for p in pronunciations("eternity")]
    ['x/x.', 'x/x.']

What the dictionary does not hold is derived from what it holds, if a rule of ``derivation`` applies:
poets' contractions (o'er, ev'ry, th'eternal), old endings (-eth, -est, -'d), and regular
inflections. A word that no rule reaches has no pronunciation, and may not stand in a strict form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from .derivation import say
from .dictionary import Phones

__all__ = ["Pronunciation", "normal", "pronunciations"]


@dataclass(frozen=True)
class Pronunciation:
    """One way to say a word.

    Attributes:
        phones: ARPAbet symbols; a vowel ends in the digit of its stress (1 main, 2 secondary, 0 none).
        stress: What metre asks of each syllable, one mark a syllable: ``/`` it must fall on a strong
            place, ``x`` on a weak one, ``.`` on either. Free are: the only syllable of a word; a
            secondary stress; a main stress beside another ("thereby"); and an unstressed syllable with
            no stressed one beside it, as the last of "eternity", which verse lifts to a strong place
            where it needs one (Attridge, "The Rhythms of English Poetry", 1982, calls it promotion).
    """

    phones: Phones
    stress: str = field(init=False)

    def __post_init__(self) -> None:
        digits = [int(phone[-1]) for phone in self.phones if phone[-1].isdigit()]
        object.__setattr__(self, "stress", "".join(_mark(digits, place) for place in range(len(digits))))

    @property
    def syllables(self) -> int:
        """How many syllables it has: one for each vowel."""
        return len(self.stress)


def _mark(digits: list[int], place: int) -> str:
    if len(digits) == 1 or digits[place] == 2:
        return "."
    beside = digits[max(0, place - 1) : place] + digits[place + 1 : place + 2]
    if digits[place] == 1:
        return "." if 1 in beside else "/"
    return "x" if any(beside) else "."


def normal(word: str) -> str:
    """The word as the dictionary spells it: lower case, straight apostrophes, parts joined.

    Corpora often part a word from what is contracted with it: ``look 'd`` is ``look'd``.
    """
    return word.lower().replace("’", "'").replace("‘", "'").replace(" ", "")


@lru_cache(maxsize=1 << 17)
def pronunciations(word: str) -> tuple[Pronunciation, ...]:
    """The ways to say a word, the commonest first.

    Args:
        word: One word; contractions may be parted from it by a space.
    Returns:
        Its pronunciations, none twice; empty if nobody knows.
    Raises:
        GeneratorError: if the dictionary is not installed.
    """
    told = dict.fromkeys(say(normal(word)))
    return tuple(Pronunciation(phones) for phones in told if any(phone[-1].isdigit() for phone in phones))
