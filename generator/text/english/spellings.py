"""Spellings of older printers, and pieces of words, which a corpus of verse holds beside the words themselves.

They sound as the words do, or nearly, so that a metre takes them; a reader takes them for slips: raine, hewe, yeares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .dictionary import lookup
from .pronunciations import normal, pronunciations

__all__ = ["without_old_spellings"]

OFTENER = 1.5  # how many times as often the spelling of today must stand in the corpus
# Words of their own beside born, be, for, in, or, to.
OWN = (
    "abysses bee belle borne bourne chine corse droops dye dyed dyes fatted fore inn kine lasses ore steeps too "
    "trespasses tyre wreathe wreathes"
)
# Pieces and foreign words that the dictionary has as names of people or letters.
FOREIGN = (
    "ag aix al au aut aux bes ce che cit cor cum dat de dei del der dey di du ee ein el elles em en es et fer fil fut "
    "gras han hic hir hous huj il ka kem la las le les ll los mi mos mus na ne neas nt oke ont par pas passe por que "
    "qui quo re ri rt sa se ser si sic sie som st su tam te th ti tu un ut vas ve ver von"
)
DISTINCT, PIECES = frozenset(OWN.split()), frozenset(FOREIGN.split())


def without_old_spellings(words: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The words of a corpus without such spellings.

    Left out is a word that one of a few changes makes another one, which stands there at least half as often
    again, and either sounds the same, or the dictionary lacks the first.

    Args:
        words: For each word how often it stands in the corpus, and how often at the end of a line.
    """
    return {word: counts for word, counts in words.items() if word not in PIECES and not is_old(word, words)}


def is_old(word: str, words: Mapping[str, tuple[int, int]]) -> bool:
    if word in DISTINCT or not word.isalpha():
        return False
    own = {way.phones for way in pronunciations(word)}
    unknown = not lookup(normal(word))
    return any(
        modern in words
        and words[modern][0] >= OFTENER * words[word][0]
        and (unknown or not own.isdisjoint(way.phones for way in pronunciations(modern)))
        for modern in of_today(word)
    )


def of_today(word: str) -> Iterator[str]:
    """What a word might be spelled today: raine rain, yeares years, voyce voice, sonne son, beautie beauty."""
    bases = [word, re.sub(r"(?<=[a-z])y(?=[a-z])", "i", word)]
    for base in dict.fromkeys(bases):
        for ending in ("e", "es"):
            stem = base.removesuffix(ending)
            if stem != base and len(stem) > 2 and stem[-1] not in "aeiou":
                yield stem + ending[1:]
                if stem[-1] == stem[-2]:
                    yield stem[:-1] + ending[1:]
        if base.endswith("ie") and len(base) > 4:
            yield base[:-2] + "y"
        yield from (base[:at] + base[at + 1 :] for at in range(1, len(base)) if base[at] == base[at - 1])
        if base != word:
            yield base
