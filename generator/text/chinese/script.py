"""Traditional and simplified characters, and the variants of one character, by the tables of OpenCC."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from opencc import OpenCC

from .supplement import VARIANTS

__all__ = ["is_simplified", "simplified_alone", "to_simplified", "to_traditional", "variants"]

# Where the ideographs of daily and of classical use lie: extension A and the unified block.
IDEOGRAPHS = "\n".join(map(chr, (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))))
# What one country writes for another's shape of the same character, in either direction.
SHAPES = ("t2tw", "t2hk", "tw2t", "hk2t")


@cache
def converter(name: str) -> OpenCC:
    return OpenCC(name)


def to_simplified(text: str) -> str:
    """The text in simplified characters, as many as before."""
    return str(converter("t2s").convert(text))


def simplified_alone(text: str) -> str:
    """The text in simplified characters, each as it is simplified by itself.

    Where a phrase decides otherwise, its character stays as it was (乾坤, not 干坤), and is never made
    another one with other sounds (沈醉, not 沉醉): what a poem keeps in one script it keeps in the other.
    """
    return "".join(
        by_phrase if by_phrase == character else to_simplified(character)
        for character, by_phrase in zip(text, to_simplified(text), strict=True)
    )


def to_traditional(text: str) -> str:
    """The text in traditional characters, as many as before.

    A text that is traditional already is handed back as it is: to convert it again would turn the
    empress 后 into 後 (after). So is one that is written alike in both, as far as it is.
    """
    return str(converter("s2t").convert(text)) if is_simplified(text) or not is_traditional(text) else text


def is_traditional(text: str) -> bool:
    """Whether a character stands in it that simplified writing does not use."""
    return to_simplified(text) != text


def is_simplified(text: str) -> bool:
    """Whether more characters stand in it that only simplified writing uses than only traditional."""
    tables = shapes()
    simplified = sum(character in tables.simplified for character in text)
    return simplified > sum(character in tables.simple for character in text)


def variants(character: str) -> frozenset[str]:
    """All traditional characters that this one may stand for, itself included: 发 for 發 and 髮, 爲 for 為."""
    return shapes().stands_for.get(character, frozenset()) | {character}


class Shapes(NamedTuple):
    """What the conversion tables say of single characters."""

    stands_for: dict[str, frozenset[str]]
    simplified: frozenset[str]  # written in simplified text alone
    simple: dict[str, str]  # each character written in traditional text alone, and its simplified one


@cache
def shapes() -> Shapes:
    """Each character's traditional forms, read from what OpenCC makes of every ideograph."""
    found: dict[str, set[str]] = {}
    simple = dict(pairs("t2s"))
    for traditional, simplified in simple.items():
        found.setdefault(simplified, set()).add(traditional)
    for name in SHAPES:
        for one, other in pairs(name):
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    # Japan writes one simple shape for several characters, so only the way back is sound.
    for one, other in pairs("jp2t"):
        found.setdefault(one, set()).add(other)
    for one, other in VARIANTS.items():
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    only_simplified = frozenset(one for one, _ in pairs("s2t") if one not in simple and one in simple.values())
    return Shapes({one: frozenset(others) for one, others in found.items()}, only_simplified, simple)


def pairs(name: str) -> list[tuple[str, str]]:
    """The characters that a conversion changes, each with what it becomes."""
    converted = str(converter(name).convert(IDEOGRAPHS)).split("\n")
    return [(one, other) for one, other in zip(IDEOGRAPHS.split("\n"), converted, strict=True) if one != other]
