"""Which English words rhyme.

    >>> perfect_rhyme("light", "delight"), perfect_rhyme("light", "night"), slant_rhyme("love", "move")
    (False, True, True)

A *perfect* rhyme has the same sounds from the last stressed vowel on, and other consonants before it.
A word does not rhyme with itself, nor with a word that sounds like it from those consonants on
(light, delight). A *slant* rhyme is less: the last syllables sound alike from their vowel on, though
one of them is unstressed (thee, eternity), or the consonants after the last stressed vowel are the
same and there are some (love, move).

What counts as the same sound is a little wider than in the dictionary, which is not of one mind
about vowels before r (here, dear; hour, flower) and in unstressed syllables (roses, losses).
"""

from __future__ import annotations

from functools import lru_cache

from .dictionary import Phones
from .pronunciations import Pronunciation, normal, pronunciations

__all__ = ["perfect_rhyme", "rhyme_keys", "slant_keys", "slant_rhyme", "tail", "tails"]

# The consonants that may stand together at the beginning of an English syllable.
_ONSETS = frozenset(
    (*first.split(), second)
    for first, seconds in {
        **dict.fromkeys(("P", "K"), "L R W Y"),
        **dict.fromkeys(("B", "F"), "L R Y"),
        **dict.fromkeys(("T", "D", "TH"), "R W"),
        **dict.fromkeys(("S P", "S K"), "L R W Y"),
        **dict.fromkeys(("V", "M", "N"), "Y"),
        "G": "L R W",
        "HH": "W Y",
        "SH": "R",
        "S T": "R",
        "S": "P T K M N L W F",
    }.items()
    for second in seconds.split()
)


def rhyme_keys(word: str) -> frozenset[str]:
    """The sounds by which a word rhymes perfectly, one key for each way to say it.

    Args:
        word: One word.
    Returns:
        Keys such as ``"AY T"``; empty if the word is unknown or has no stressed syllable (the, of it).
    Raises:
        GeneratorError: if the dictionary is not installed.
    """
    return frozenset(key for key, _ in tails(word))


def slant_keys(word: str) -> frozenset[str]:
    """The sounds by which a word rhymes at least by slant; two words rhyme so if they share a key.

    Returns:
        Keys such as ``"-IY"`` (the last vowel and what follows) and ``"~V"`` (the consonants after the
        last stressed vowel, where there are some and nothing else follows).
    Raises:
        GeneratorError: if the dictionary is not installed.
    """
    keys = set()
    for way in pronunciations(word):
        keys.add("-" + _sounds(way.phones, _last_vowel(way.phones, "012")))
        if (stressed := _last_vowel(way.phones, "12")) is not None:
            key = _sounds(way.phones, stressed)
            keys.add(key)
            vowel, *consonants = key.split()
            if vowel == "ER":
                consonants.insert(0, "R")
            if consonants and not any(_is_vowel(sound) for sound in consonants):
                keys.add("~" + " ".join(consonants))
    return frozenset(keys)


def perfect_rhyme(first: str, second: str) -> bool:
    """Whether two words rhyme perfectly in some way to say them; an unknown word rhymes with nothing."""
    if normal(first) == normal(second):
        return False
    others = tails(second)
    return any(key == other and onset != before for key, onset in tails(first) for other, before in others)


def slant_rhyme(first: str, second: str) -> bool:
    """Whether two words rhyme at least by slant. Perfect rhymes do; words that sound the same do not."""
    if normal(first) == normal(second) or {way.phones for way in pronunciations(first)} & {
        way.phones for way in pronunciations(second)
    }:
        return False
    return bool(slant_keys(first) & slant_keys(second))


def tail(way: Pronunciation) -> tuple[str, str] | None:
    """The rhyme key of one way to say a word, and the consonants before the rhyming vowel.

    Returns:
        None if no syllable is stressed.
    """
    place = _last_vowel(way.phones, "12")
    return None if place is None else (_sounds(way.phones, place), _onset(way.phones, place))


@lru_cache(maxsize=1 << 16)
def tails(word: str) -> frozenset[tuple[str, str]]:
    """The ``tail`` of each way to say a word.

    Two words rhyme perfectly if one pair of each agrees in the key and differs in the consonants.
    """
    return frozenset(found for way in pronunciations(word) if (found := tail(way)))


# ---------------------------------------------------------------- sounds


def _is_vowel(phone: str) -> bool:
    """ARPAbet spells vowels, and nothing else, with a vowel letter first."""
    return phone[0] in "AEIOU"


def _last_vowel(phones: Phones, stresses: str) -> int | None:
    for place in range(len(phones) - 1, -1, -1):
        if phones[place][-1] in stresses:
            return place
    return None


def _sounds(phones: Phones, place: int | None) -> str:
    """The sounds from a place on, without stresses, and alike where they are heard alike."""
    heard: list[str] = []
    for phone in phones[place:]:
        sound = phone.rstrip("012")
        if sound == "ER" and heard and heard[-1] in ("AY", "AW"):
            sound = "R"
        if sound == "R" and heard and heard[-1] == "IY":
            heard[-1] = "IH"
        if sound == "IH" and phone.endswith("0"):
            sound = "AH"
        heard.append(sound)
    return " ".join(heard)


def _onset(phones: Phones, place: int) -> str:
    """The consonants that begin the syllable of the vowel at a place: as many as may begin a syllable."""
    start = place
    while start and not _is_vowel(phones[start - 1]) and phones[start - 1] != "NG":
        if start < place and phones[start - 1 : place] not in _ONSETS:
            break
        start -= 1
    return " ".join(phones[start:place])
