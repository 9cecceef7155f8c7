"""A walk through a whole poem: line after line, rhymes, refrains and stanzas included.

    plan = Plan(lexicon, form.patterns[0].lines, letters="rose")
    walk = PoemWalk(plan, rhymes={"A": "AY T", "B": "OW"})

Its states, like those of the walk along a line, are immutable and allow only what the poem can still be
finished after. Every line ends with a newline, the last one too; a stanza ends with one more. Backward,
each line is written from its last character to its first, and the lines in their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...errors import ConfigError, ConstraintUnsatisfiable
from .plan import Plan
from .walk import END, State, Walk
from .wish import Wish
from .words import PUNCTUATION, words_of

__all__ = ["PoemState", "PoemWalk"]

# Walks that are remembered; most are met again only within the poem that they were made for.
_KEPT = 512


@dataclass(frozen=True)
class PoemState:
    """Where a poem stands.

    Attributes:
        lines: The lines that are written, each from its first character to its last.
        written: The characters of the present line, in the order of writing.
        place: Where the walk along the present line stands; None between stanzas, in a refrain, and at the end.
        blank: Whether the newline is due that ends a stanza.
    """

    lines: tuple[str, ...]
    written: str
    place: State | None
    blank: bool = False


class PoemWalk:
    """The walk through a poem.

    Args:
        plan: What is asked of the lines, rhymes apart.
        rhymes: The rhyme key of each letter of the form; see ``Plan.rhymes``.
        backward: Write each line from its last character to its first.
        marks: Punctuation marks that may stand after a word.
    Raises:
        ConfigError: if a letter has no rhyme key.
        ConstraintUnsatisfiable: if a line cannot be written, or the rhyme of a letter cannot be had.

    Attributes:
        start: The state before the first character.
    """

    def __init__(
        self,
        plan: Plan,
        rhymes: Mapping[str, str],
        *,
        backward: bool = False,
        marks: frozenset[str] = PUNCTUATION,
    ) -> None:
        letters = {line.rhyme for line in plan.lines if line.rhyme}
        if missing := sorted(letters - set(rhymes)):
            raise ConfigError(f"no rhyme was chosen for the lines {', '.join(missing)}")
        self._plan = plan
        self._rhymes = dict(rhymes)
        self._backward = backward
        self._marks = marks
        self._walks: dict[Wish, Walk] = {}
        self._after: dict[tuple[str, ...], Walk] = {}
        self._check(sorted(letters))
        self.start = self._begin(())

    def allowed(self, state: PoemState) -> frozenset[str]:
        """The characters after which the poem can still be finished; none once it has ended."""
        if state.blank:
            return frozenset((END,))
        if state.place is not None:
            return self._walk(state.lines).allowed(state.place)
        if self.ended(state):
            return frozenset()
        repeated = self._repeated(state.lines)
        return frozenset((repeated[len(state.written)],))

    def outlook(self, state: PoemState) -> Mapping[str, float]:
        """How well each allowed letter leads on; see ``Walk.outlook``. Nothing where all is settled."""
        if state.blank or state.place is None:
            return {}
        return self._walk(state.lines).outlook(state.place)

    def advance(self, state: PoemState, character: str) -> PoemState:
        """The state after an allowed character.

        Raises:
            KeyError: if it is not allowed.
        """
        if state.place is None:
            if character not in self.allowed(state):
                raise KeyError(character)
            if state.blank:
                return self._begin(state.lines)
            if character == END:
                return self._ended(state)
            return replace(state, written=state.written + character)
        walk = self._walk(state.lines)
        place = walk.advance(state.place, character)
        if walk.ended(place):
            return self._ended(state)
        return replace(state, written=state.written + character, place=place)

    def ended(self, state: PoemState) -> bool:
        """Whether the last newline has been written."""
        return len(state.lines) == len(self._plan.lines) and not state.blank

    def line(self, state: PoemState) -> int:
        """The index of the line that is being written."""
        return len(state.lines)

    # ---------------------------------------------------------------- from line to line

    def _check(self, letters: list[str]) -> None:
        for letter in letters:
            place = next(place for place, line in enumerate(self._plan.lines) if line.rhyme == letter)
            key = self._rhymes[letter]
            if not self._plan.ends(place, key):
                count = sum(line.rhyme == letter and line.refrain is None for line in self._plan.lines)
                raise ConstraintUnsatisfiable(
                    f"There are not {count} words for the {count} lines {letter} that rhyme on {key!r} and fit them.",
                    "Choose another rhyme.",
                )
        for place, line in enumerate(self._plan.lines):
            if line.rhyme is None:
                self._line(self._plan.wishes[place])

    def _begin(self, lines: tuple[str, ...]) -> PoemState:
        place = None
        if len(lines) < len(self._plan.lines) and self._plan.lines[len(lines)].refrain is None:
            place = self._walk(lines).start
        return PoemState(lines, "", place)

    def _ended(self, state: PoemState) -> PoemState:
        text = state.written[::-1] if self._backward else state.written
        lines = (*state.lines, text)
        if self._plan.lines[len(state.lines)].stanza and len(lines) < len(self._plan.lines):
            return PoemState(lines, "", None, blank=True)
        return self._begin(lines)

    def _repeated(self, lines: tuple[str, ...]) -> str:
        refrain = self._plan.lines[len(lines)].refrain
        assert refrain is not None
        return (lines[refrain][::-1] if self._backward else lines[refrain]) + END

    def _walk(self, lines: tuple[str, ...]) -> Walk:
        """The walk along the line after these."""
        if lines not in self._after:
            if len(self._after) >= _KEPT:
                self._after.clear()
            self._after[lines] = self._line(self._wish(lines))
        return self._after[lines]

    def _wish(self, lines: tuple[str, ...]) -> Wish:
        place = len(lines)
        letter = self._plan.lines[place].rhyme
        wish = self._plan.wishes[place]
        if letter is None:
            return wish
        used = tuple(
            words_of(text)[-1]
            for text, line in zip(lines, self._plan.lines, strict=False)
            if line.rhyme == letter and line.refrain is None
        )
        key = self._rhymes[letter]
        return replace(wish, rhyme=key, ends=self._plan.ends(place, key, used))

    def _line(self, wish: Wish) -> Walk:
        if wish not in self._walks:
            if len(self._walks) >= _KEPT:
                self._walks.clear()
            self._walks[wish] = Walk(self._plan.lexicon, wish, backward=self._backward, marks=self._marks)
        return self._walks[wish]
