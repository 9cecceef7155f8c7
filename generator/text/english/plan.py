"""Which rhymes a poem can have, before a word of it is written, and which words may end its next line.

The lines of one letter rhyme with each other in pairs, so their last words must all have different
consonants before the rhyme. Each line may allow only some words at its end, as it has a metre, a first
letter, words that must stand in it. A rhyme can be had if every line of its letter finds a word of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from ...errors import ConfigError
from ..forms.form import Line
from .lexicon import Lexicon
from .wish import Wish, chosen, patterns_of

__all__ = ["Plan"]

ANY = " "


class Plan:
    """What is asked of the lines of a poem, rhymes apart.

    Args:
        lexicon: The words that may be used.
        lines: The lines of a pattern of an English form.
        letters: The first letter of each line, in lower case, as far as they go: an acrostic. A space is any.
        words: By the index of a line: words that must stand in it.
    Raises:
        ConfigError: if there are more letters than lines, or words for a line that is not there.
        ConstraintUnsatisfiable: if a word is not in the lexicon.

    Attributes:
        wishes: The wish for each line, without its rhyme. A refrain has the wish of the line it repeats.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        lines: Sequence[Line],
        letters: str = "",
        words: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.lines = tuple(lines)
        self.wishes = _wishes(self.lines, letters, words or {})
        endings: dict[Wish, _Endings] = {}
        for wish in self.wishes:
            if wish not in endings:
                endings[wish] = _Endings(lexicon, wish)
        self._rhymes: dict[tuple[Wish, ...], dict[str, int]] = {}
        self._endings = tuple(endings[wish] for wish in self.wishes)

    def rhymes(self, letter: str) -> dict[str, int]:
        """The rhyme keys that the lines of a letter can have.

        Returns:
            For each key how often lines of the text end on it, which may be never; empty if there is none.
        """
        places = self._places(letter)
        alike = tuple(self.wishes[place] for place in places)
        if alike not in self._rhymes:
            self._rhymes[alike] = {
                key: sum(self.lexicon.end_counts[word] for word in words)
                for key, words in self.lexicon.rhymes.items()
                if len(words) >= len(places) and self._can_rhyme(key, places, ())
            }
        return dict(self._rhymes[alike])

    def ends(self, place: int, key: str | None = None, used: Sequence[str] = ()) -> frozenset[str]:
        """The words with which a line may end, so that later lines of its letter can still rhyme with it.

        Args:
            place: The index of the line.
            key: The rhyme key of its letter; None if it rhymes with nothing.
            used: The last words of the earlier lines of its letter, refrains apart, in their order.
        """
        if key is None:
            return self._endings[place].of(self.lexicon.enders, None)
        letter = self.lines[place].rhyme
        later = [other for other in self._places(letter) if other > place] if letter else []
        fitting = self._endings[place].of(self.lexicon.partners(key, used), key)
        return frozenset(word for word in fitting if self._can_rhyme(key, later, (*used, word)))

    def _places(self, letter: str | None) -> list[int]:
        return [place for place, line in enumerate(self.lines) if line.rhyme == letter and line.refrain is None]

    def _can_rhyme(self, key: str, places: Sequence[int], used: tuple[str, ...]) -> bool:
        """Whether the lines at these places can end with words that rhyme with those used and each other."""
        if not places:
            return True
        return any(
            self._can_rhyme(key, places[1:], (*used, word)) for word in self._choice(places[0], key, len(places), used)
        )

    def _choice(self, place: int, key: str, many: int, used: tuple[str, ...]) -> Iterable[str]:
        """Words for a line, a few for each sound of their beginning: more would make no difference to others."""
        kinds: dict[frozenset[str], int] = {}
        for word in self._endings[place].by_key(key):
            kind = self.lexicon.onsets(word, key)
            if kinds.get(kind, 0) <= many and self.lexicon.rhyme_with(word, used, key):
                kinds[kind] = kinds.get(kind, 0) + 1
                yield word


def _wishes(lines: Sequence[Line], letters: str, words: Mapping[int, Sequence[str]]) -> tuple[Wish, ...]:
    if len(letters) > len(lines):
        raise ConfigError(f"{len(letters)} first letters are too many for {len(lines)} lines", "One for each line.")
    if wrong := [place for place in words if not 0 <= place < len(lines)]:
        raise ConfigError(f"there is no line {wrong[0] + 1} in a poem of {len(lines)}")
    source = [line.refrain if line.refrain is not None else place for place, line in enumerate(lines)]
    first: dict[int, str] = {}
    forced: dict[int, tuple[str, ...]] = {}
    for place, line in enumerate(lines):
        if line.syllables is None:
            raise ConfigError("a line of English verse needs its syllables")
        said = first.setdefault(source[place], letters[place]) if place < len(letters) and letters[place] != ANY else ""
        if said and said != letters[place]:
            raise ConfigError(
                f"line {place + 1} repeats line {source[place] + 1} and cannot begin with {letters[place]!r}",
                f"That one begins with {said!r}: choose another word for the acrostic, or a form without refrains.",
            )
        forced[source[place]] = (*forced.get(source[place], ()), *words.get(place, ()))
    return tuple(
        Wish(
            patterns_of(lines[place].syllables or (1, 1), lines[place].stress),
            letter=first.get(place),
            words=tuple(dict.fromkeys(forced[place])),
        )
        for place in source
    )


class _Endings:
    """With which words a line can end.

    Args:
        lexicon: The words that may be used.
        wish: The wish for the line; what it says of the end is not looked at.
    """

    def __init__(self, lexicon: Lexicon, wish: Wish) -> None:
        self._lexicon = lexicon
        self._metre = lexicon.forward.metre(wish.patterns)
        self._first, _, self._forced = chosen(lexicon, wish)
        self._keys: dict[str, tuple[str, ...]] = {}

    def of(self, words: Iterable[str], key: str | None) -> frozenset[str]:
        """Those of some words with which the line can end, with a rhyme key if it is given."""
        return frozenset(
            self._lexicon.words[word]
            for word, shapes in self._lexicon.shapes_of(words, key).items()
            if self._can_end(word, shapes)
        )

    def by_key(self, key: str) -> tuple[str, ...]:
        """The words of a rhyme key with which the line can end, the commonest first."""
        if key not in self._keys:
            self._keys[key] = tuple(
                self._lexicon.words[word]
                for word, shapes in self._lexicon.rhyming(key).items()
                if self._can_end(word, shapes)
            )
        return self._keys[key]

    def _can_end(self, word: int, shapes: int) -> bool:
        own = 1 << self._forced.index(word) if word in self._forced else 0
        alone = self._first.get(word, 0) & shapes & self._closing(self._metre.start)
        whole = (1 << len(self._forced)) - 1
        return bool(
            (alone and whole & ~own == 0)
            or shapes & self._before.get(0, 0)
            or (own and shapes & self._before.get(own, 0))
        )

    def _closing(self, rests: int) -> int:
        """The shapes of words that fill one of some rests to its end."""
        return sum(
            {
                1 << bit
                for rest, steps in enumerate(self._metre.steps)
                if rests >> rest & 1
                for shorter, shapes in steps
                if shorter == 0
                for bit in range(shapes.bit_length())
                if shapes >> bit & 1
            }
        )

    @cached_property
    def _before(self) -> dict[int, int]:
        """The shapes of a last word after at least one other, by the forced words that are still missing."""
        whole = (1 << len(self._forced)) - 1
        reached = self._step(self._metre.start, whole, self._first)
        everything = self._lexicon.initial(None)
        closed: dict[int, int] = {}
        while reached:
            following: dict[int, int] = {}
            for missing, rests in reached.items():
                closed[missing] = closed.get(missing, 0) | self._closing(rests)
                for left, after in self._step(rests, missing, everything).items():
                    following[left] = following.get(left, 0) | after
            reached = following
        return closed

    def _step(self, rests: int, missing: int, words: Mapping[int, int]) -> dict[int, int]:
        """The rests after one more word, by the forced words that are missing then; the empty rest is left out."""
        union = 0
        for shapes in words.values():
            union |= shapes
        kinds = [(missing, union)]
        for place, word in enumerate(self._forced):
            if missing >> place & 1:
                kinds.append((missing & ~(1 << place), words.get(word, 0)))
        found: dict[int, int] = {}
        for left, shapes in kinds:
            after = sum(
                {
                    1 << shorter
                    for rest, steps in enumerate(self._metre.steps)
                    if rests >> rest & 1
                    for shorter, leads in steps
                    if shorter and leads & shapes
                }
            )
            if after:
                found[left] = found.get(left, 0) | after
        return found
