"""What is asked of a line of verse, and which words of a lexicon come into question for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ...errors import ConstraintUnsatisfiable
from .lexicon import Lexicon

__all__ = ["Wish", "chosen", "patterns_of", "unsatisfiable"]


@dataclass(frozen=True)
class Wish:
    """What is asked of a line.

    Attributes:
        patterns: The lawful patterns over ``x`` ``/`` ``.``, one mark a syllable; see ``patterns_of``.
        ends: The words with which it may end; None for all that do not lean on a next word.
        rhyme: The rhyme key that its last word must have, in the way in which the metre takes it.
        letter: The letter with which it begins, in lower case.
        words: Words that stand in it.
    """

    patterns: tuple[str, ...]
    ends: frozenset[str] | None = None
    rhyme: str | None = None
    letter: str | None = None
    words: tuple[str, ...] = ()


def patterns_of(syllables: tuple[int, int], stress: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The patterns of a line of a form: its stresses, or any stresses over its numbers of syllables.

    Args:
        syllables: The least and the most.
        stress: Patterns, of which those are taken that have one of these lengths.
    """
    least, most = syllables
    if stress:
        return tuple(pattern for pattern in stress if least <= len(pattern) <= most)
    return tuple("." * count for count in range(least, most + 1))


def chosen(lexicon: Lexicon, wish: Wish) -> tuple[Mapping[int, int], Mapping[int, int], tuple[int, ...]]:
    """The words that come into question.

    Returns:
        Those with which the line may begin and those with which it may end, by their indices, with the
        shapes in which they may; and the indices of the words that must stand in it.
    Raises:
        ConstraintUnsatisfiable: if a word that must stand in the line is not in the lexicon.
    """
    first = lexicon.initial(wish.letter)
    if wish.ends is None and wish.rhyme is None:
        last = lexicon.final
    else:
        known = lexicon.rhymes.get(wish.rhyme, ()) if wish.rhyme is not None else lexicon.words
        last = lexicon.shapes_of(frozenset(known) if wish.ends is None else wish.ends, wish.rhyme)
    forced = []
    for word in wish.words:
        found = lexicon.find(word)
        if found is None:
            raise ConstraintUnsatisfiable(
                f"The word {word!r} cannot be used: the text that was learnt lacks it, or its sound is unknown.",
                "Choose another word, or another form of it.",
            )
        forced.append(lexicon.index(found))
    return first, last, tuple(dict.fromkeys(forced))


def unsatisfiable(lexicon: Lexicon, wish: Wish, attempt: Callable[[Wish], object]) -> ConstraintUnsatisfiable:
    """Why no line can meet a wish: the first part of it without which one could.

    Args:
        lexicon: The words that may be used.
        wish: The wish that cannot be met.
        attempt: Raises ConstraintUnsatisfiable if a wish cannot be met.
    """
    longest = max(map(len, wish.patterns), default=0)
    line = f"a line of {longest} syllables" if longest else "a line"
    for part, told, easier in (
        ("words", f"with {', '.join(map(repr, wish.words))} in it", replace(wish, words=())),
        ("letter", f"that begins with {wish.letter!r}", replace(wish, letter=None)),
        ("ends", f"that ends with one of {len(wish.ends or ())} words", replace(wish, ends=None)),
        ("rhyme", f"that rhymes on {wish.rhyme!r}", replace(wish, rhyme=None)),
    ):
        if easier != wish:
            try:
                attempt(easier)
            except ConstraintUnsatisfiable:
                continue
            return ConstraintUnsatisfiable(
                f"There is no way to write {line} {told}.", f"Without that wish there is one: change its {part}."
            )
    return ConstraintUnsatisfiable(
        f"There is no way to write {line} as asked: {len(lexicon)} words do not suffice.",
        "Ask for less at once, or for another form.",
    )
