"""The sounds of words that the dictionary lacks, worked out from words that it has.

The rules stand in the order in which they are tried; the first that finds something is believed.
They are few and small on purpose: a word with a wrong pronunciation breaks the promise of a form,
a word without one is only not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from .dictionary import Phones, lookup
from .supplement import SUPPLEMENT

__all__ = ["say"]

_SIBILANTS = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
_VOICELESS = frozenset({"P", "T", "K", "F", "TH", "S", "SH", "CH"})
_NO_STEMS = frozenset({"the", "and", "thi", "ther", "whe", "wha"})

# A vowel that glides into r is one syllable or two, as verse needs it: fire, hour, power.
_GLIDES = ("AY", "AW")
# Heaven and its rhymes count one syllable or two, and are seldom written with the apostrophe.
_CONTRACTED = frozenset({"heaven", "seven", "even", "given", "driven"})


@lru_cache(maxsize=1 << 17)
def say(word: str) -> tuple[Phones, ...]:
    """The ways to say a word in lower case with straight apostrophes; empty if no rule finds one."""
    return _with_glides(word, SUPPLEMENT.get(word) or lookup(word) or _derive(word, 2))


def _with_glides(word: str, ways: tuple[Phones, ...]) -> tuple[Phones, ...]:
    more = []
    for phones in ways:
        for place in range(1, len(phones)):
            if phones[place] == "ER0" and phones[place - 1][:-1] in _GLIDES:
                more.append((*phones[:place], "R", *phones[place + 1 :]))
        if word in _CONTRACTED and phones[-3:] == ("V", "AH0", "N"):
            more.append((*phones[:-2], "N"))
    return tuple(dict.fromkeys((*ways, *more)))


def _derive(word: str, depth: int) -> tuple[Phones, ...]:
    if len(word) > 1 and depth:
        for rule in _RULES:
            if ways := tuple(dict.fromkeys(rule(word, depth - 1))):
                return ways
    return ()


def _known(word: str, depth: int) -> tuple[Phones, ...]:
    return SUPPLEMENT.get(word) or lookup(word) or _derive(word, depth)


def _stem(word: str, depth: int) -> tuple[Phones, ...]:
    """The ways to say a stem, which may have an ending itself, but is no compound.

    One letter or two are no stem, whatever the dictionary says.
    """
    if len(word) < 3 or word in _NO_STEMS:
        return ()
    if ways := SUPPLEMENT.get(word) or lookup(word):
        return ways
    for rule in (_spelling, _ending, _prefix) if depth else ():
        if ways := tuple(dict.fromkeys(rule(word, depth - 1))):
            return ways
    return ()


# ---------------------------------------------------------------- endings


def _plural(phones: Phones) -> Phones:
    if phones[-1] in _SIBILANTS:
        return (*phones, "IH0", "Z")
    return (*phones, "S" if phones[-1] in _VOICELESS else "Z")


def _past(phones: Phones) -> Phones:
    if phones[-1] in ("T", "D"):
        return (*phones, "IH0", "D")
    return (*phones, "T" if phones[-1] in _VOICELESS else "D")


def _stems(base: str) -> Iterator[str]:
    """What may stand before an ending that begins with a vowel, the likeliest first: hop(e), run(n), cr(y)."""
    silent = re.search(r"[^aeiou][aeiou][^aeiouwxy]$|[cgsvzu]$", base) is not None
    silent = silent and not base.endswith(("ss", "ing"))
    if silent:
        yield base + "e"
    yield base
    if len(base) > 2 and base[-1] == base[-2]:
        yield base[:-1]
    if base.endswith("i"):
        yield base[:-1] + "y"
    if not silent:
        yield base + "e"


_ENDINGS: tuple[tuple[str, Callable[[Phones], Phones], bool], ...] = (
    # ending, what it does to the sounds, whether it changes the spelling of the stem
    ("edst", lambda phones: (*_past(phones), "S", "T"), True),
    ("eth", lambda phones: (*phones, "IH0", "TH"), True),
    ("est", lambda phones: (*phones, "IH0", "S", "T"), True),
    ("ed", _past, True),
    ("ings", lambda phones: (*phones, "IH0", "NG", "Z"), True),
    ("ing", lambda phones: (*phones, "IH0", "NG"), True),
    ("ers", lambda phones: (*phones, "ER0", "Z"), True),
    ("er", lambda phones: (*phones, "ER0"), True),
    ("es", _plural, True),
    ("ly", lambda phones: (*(phones[:-1] if phones[-1] == "L" else phones), "L", "IY0"), False),
    ("ness", lambda phones: (*phones, "N", "AH0", "S"), False),
    ("less", lambda phones: (*phones, "L", "AH0", "S"), False),
    ("ful", lambda phones: (*phones, "F", "AH0", "L"), False),
    ("like", lambda phones: (*phones, "L", "AY2", "K"), False),
    ("some", lambda phones: (*phones, "S", "AH0", "M"), False),
    ("ward", lambda phones: (*phones, "W", "ER0", "D"), False),
    ("hood", lambda phones: (*phones, "HH", "UH2", "D"), False),
    ("ship", lambda phones: (*phones, "SH", "IH2", "P"), False),
    ("ment", lambda phones: (*phones, "M", "AH0", "N", "T"), False),
    ("let", lambda phones: (*phones, "L", "AH0", "T"), False),
    ("s", _plural, False),
    ("ish", lambda phones: (*phones, "IH0", "SH"), True),
    ("y", lambda phones: (*phones, "IY0"), True),
)


def _ending(word: str, depth: int) -> Iterator[Phones]:
    """gazeth, lovest, strayed, moonless: a known stem and a regular ending."""
    for ending, change, vowel in _ENDINGS:
        if not word.endswith(ending) or (word.endswith("ss") and ending == "s") or "'" in word:
            continue
        base = word[: -len(ending)]
        stems = list(_stems(base)) if vowel else [base, base[:-1] + "y"] if base.endswith("i") else [base]
        for stem in stems:
            if ways := _stem(stem, depth):
                yield from map(change, ways)
                return


def _clipped(word: str, depth: int) -> Iterator[Phones]:
    """dropt, opprest, tost: a past in -ped or -ssed, spelled as it sounds."""
    if word.endswith("t") and "'" not in word and len(word) > 3:
        for past in (word[:-1] + "ed", word[:-1] + word[-2] + "ed"):
            if ways := tuple(phones for phones in lookup(past) if phones[-1] == "T"):
                yield from ways
                return


_PREFIXES = {
    "un": "AH0 N",
    "re": "R IY0",
    "be": "B IH0",
    "en": "EH0 N",
    "dis": "D IH0 S",
    "mis": "M IH0 S",
    "fore": "F AO2 R",
    "out": "AW2 T",
    "over": "OW2 V ER0",
    "under": "AH2 N D ER0",
    "up": "AH2 P",
}


def _prefix(word: str, depth: int) -> Iterator[Phones]:
    """unbeheld, outshone: a known word of at least four letters after a common prefix."""
    for prefix, sounds in _PREFIXES.items():
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) > 3 and (ways := _stem(rest, depth)):
            yield from ((*sounds.split(), *phones) for phones in ways)
            return


# ---------------------------------------------------------------- spelling

_SPELLINGS = tuple(
    (re.compile(british), american)
    for british, american in (
        ("our", "or"),
        ("is(e|ed|es|er|ing|ation)$", r"iz\1"),
        ("ll(?=ed|ing|er|ous)", "l"),
        ("([bcdfghkptv])re(s?)$", r"\1er\2"),
        ("ence$", "ense"),
        ("[ao]e", "e"),
        ("y", "i"),
    )
)


def _spelling(word: str, depth: int) -> Iterator[Phones]:
    """honour, realise, sepulchre: as the dictionary, which is American, spells them."""
    for british, american in _SPELLINGS if len(word) > 3 else ():
        other = british.sub(american, word)
        if other != word and (ways := SUPPLEMENT.get(other) or lookup(other)):
            yield from ways
            return


def _compound(word: str, depth: int) -> Iterator[Phones]:
    """love-lorn, heartsick: two known words of at least four letters, or parted by a hyphen."""
    cuts = [word.index("-")] if "-" in word[1:-1] else range(len(word) - 4, 3, -1)
    for cut in cuts:
        first, second = word[:cut], word[cut:].removeprefix("-")
        if heads := SUPPLEMENT.get(first) or lookup(first):
            tails = _known(second, depth) if "-" in word else lookup(second)
            yield from ((*head, *(_lowered(phone) for phone in tail)) for head in heads[:2] for tail in tails[:2])
            if tails:
                return


def _lowered(phone: str) -> str:
    return phone.replace("1", "2")


# ---------------------------------------------------------------- apostrophes


def _contraction(word: str, depth: int) -> Iterator[Phones]:
    """look'd, know'st, thou'rt, heaven's, runnin': an ending after the last apostrophe."""
    stem, mark, ending = word.rpartition("'")
    if not mark or not stem:
        return
    if ending == "d":
        for past in (stem + "ed", stem + "d"):
            if ways := lookup(past):
                yield from ways
                return
        for base in (stem, stem + "e"):
            yield from ((*phones, "D") if phones[-1] in ("T", "D") else _past(phones) for phones in _known(base, depth))
    elif ending in ("st", "t"):
        for base in _stems(stem) if ending == "st" else (stem,):
            if ways := _known(base, depth):
                yield from ((*phones, "S", "T") if ending == "st" else (*phones, "T") for phones in ways)
                return
    elif ending == "s":
        yield from map(_plural, _known(stem, depth))
    elif ending == "" and stem.endswith("s"):
        yield from _known(stem, depth) or map(_plural, _known(stem[:-1], depth))
    elif ending == "" and stem.endswith("in"):
        yield from ((*phones[:-1], "N") for phones in _known(stem + "g", depth))
    elif ending in _JOINED:
        vowel, consonant = _JOINED[ending]
        for phones in _known(stem, depth):
            yield (*phones, *(vowel if phones[-1][-1].isdigit() else consonant).split())


# What is joined on, after a vowel and after a consonant.
_JOINED = {
    "ll": ("L", "AH0 L"),
    "ve": ("V", "AH0 V"),
    "re": ("R", "ER0"),
    "lt": ("L T", "AH0 L T"),
    "rt": ("R T", "ER0 T"),
    "th": ("TH", "TH"),
}


# What stands before -e'er and -soe'er: wher(e)'er, what, whoso.
_PRONOUNS = {
    head: (base,)
    for base in ("what", "where", "when", "how", "who", "which", "whom", "whence", "whither")
    for head in (base, base.removesuffix("e"))
}


def _joined_before(word: str, depth: int) -> Iterator[Phones]:
    """o'ertake, th'eternal, t'attend, 'twill, whate'er, whatsoe'er."""
    if match := re.fullmatch(r"(.+?)(soe'er|e'er)", word):
        head = match[1]
        tail: Phones = ("S", "OW0", "EH1", "R") if match[2] == "soe'er" else ("EH1", "R")
        for base in _PRONOUNS.get(head, ()):
            if ways := lookup(base):
                yield from ((*map(_lowered, phones), *tail) for phones in ways)
                return
    for opening, sounds in (("o'er", "AO2 R"), ("th'", "DH"), ("t'", "T"), ("'t", "T")):
        rest = word.removeprefix(opening)
        if rest != word and rest:
            yield from ((*sounds.split(), *phones) for phones in _known(rest, depth))


def _aphesis(word: str, depth: int) -> Iterator[Phones]:
    """'gainst, 'neath, 'scape: a word whose unstressed beginning is not spoken."""
    if word.startswith("'"):
        for lost, sounds in (("a", 1), ("be", 2), ("e", 1)):
            for phones in lookup(lost + word[1:]):
                if phones[sounds - 1].endswith("0"):
                    yield phones[sounds:]


def _syncope(word: str, depth: int) -> Iterator[Phones]:
    """ev'ry, heav'n, wand'ring, flow'r: an unstressed vowel that is not spoken.

    The vowel that is restored must make a known word; the syllable at its place is dropped.
    """
    before, mark, after = word.partition("'")
    if not mark or not before or not after:
        return
    place = len(re.findall(r"[aeiouy]+", before))
    if ways := lookup(before + after):
        yield from ways
        return
    for vowel in ("e", "o", "i", "a", "u", "ou", "ve"):
        ways = _stem(before + vowel + after, depth)
        full = max((_count(phones) for phones in ways), default=0)
        shorter = [phones if _count(phones) < full else _dropped(phones, place) for phones in ways]
        if full > 1 and any(shorter):
            yield from filter(None, shorter)
            return


def _count(phones: Phones) -> int:
    return sum(phone[-1].isdigit() for phone in phones)


def _dropped(phones: Phones, syllable: int) -> Phones | None:
    """The sounds without one unstressed vowel, of which an r stays; None if it is stressed or not there."""
    vowels = [place for place, phone in enumerate(phones) if phone[-1].isdigit()]
    if syllable >= len(vowels) or not phones[vowels[syllable]].endswith("0"):
        return None
    place = vowels[syllable]
    kept = ("R",) if phones[place] == "ER0" else ()
    return (*phones[:place], *kept, *phones[place + 1 :])


_RULES = (_joined_before, _contraction, _aphesis, _syncope, _spelling, _clipped, _ending, _prefix, _compound)
