"""A walk along one line of verse, character by character, that can never come to a dead end.

A walk is made for one line: its patterns, its rhyme, its first letter, the words that it must
contain. Its states are immutable and say what has been written as far as it matters:

    walk = Walk(lexicon, Wish(patterns=("x/x/x/x/x/",), rhyme="AY T"))
    state = walk.start
    while not walk.ended(state):
        state = walk.advance(state, choose(walk.allowed(state)))

A character is allowed only if the line can still be finished after it: some word of the lexicon
goes on from there, fits the metre, and leaves a rest that other words can fill, forced words and
rhyme included. The line ends with a newline. Backward, the characters of the line come from its last to
its first, so the rhyme is written before anything that leads to it; the newline comes last all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .direction import MOST
from .lexicon import Lexicon
from .wish import Wish, chosen, unsatisfiable
from .words import PUNCTUATION

__all__ = ["END", "State", "Walk"]

END = "\n"

# Where a thread of the walk stands, told by its node: inside a word (1 and up), or else
_GAP = -1  # after a word and a space: a word or a punctuation mark
_AFTER_MARK = -2  # after a punctuation mark
_OPEN = -3  # where only a word may begin
_FIRST = -4  # before the first character
_ENDED = -5

# node, set of rests, set of forced words still to come, flag. Inside a word and where one begins the flag
# says that it is the first that is written; forward, after a whole word, that the line may end here.
Thread = tuple[int, int, int, bool]
# More than one thread only where a space may end a word or part a contraction from it.
State = tuple[Thread, ...]


class Walk:
    """The walk along one line.

    Args:
        lexicon: The words that may be used.
        wish: What is asked of the line.
        backward: Write the line from its last character to its first.
        marks: Punctuation marks that may stand after a word, parted from it by a space.
    Raises:
        ConstraintUnsatisfiable: if no line can meet the wish.

    Attributes:
        start: The state before the first character.
    """

    def __init__(
        self, lexicon: Lexicon, wish: Wish, *, backward: bool = False, marks: frozenset[str] = PUNCTUATION
    ) -> None:
        first, last, forced = chosen(lexicon, wish)
        side = lexicon.backward if backward else lexicon.forward
        self._backward = backward
        self._marks = marks
        self._tree = side.tree
        self._metre = side.metre(tuple(pattern[::-1] for pattern in wish.patterns) if backward else wish.patterns)
        self._forced = forced
        opening, closing = (last, first) if backward else (first, last)
        self._all = side.all
        self._opening = side.select(opening)
        self._closing = side.select(closing)
        fewer = min(first, last, key=len)
        self._only = side.select({word: both for word in fewer if (both := first.get(word, 0) & last.get(word, 0))})
        self._shapes: dict[tuple[int, int], tuple[int, int]] = {}
        self._asked: dict[tuple[int, int, bool], tuple[int, int, frozenset[int]]] = {}
        self._next: dict[Thread, dict[str, State]] = {}
        self._allowed: dict[State, frozenset[str]] = {}
        self._side, self._mass = side, lexicon.mass(backward)
        self._lawful: dict[tuple[int, int, bool], NDArray[np.float64]] = {}
        self._outlook: dict[Thread, dict[str, float]] = {}
        self.start: State = ((_FIRST, self._metre.start, (1 << len(forced)) - 1, True),)
        if not self.allowed(self.start):
            raise unsatisfiable(lexicon, wish, lambda easier: Walk(lexicon, easier, backward=backward, marks=marks))

    def allowed(self, state: State) -> frozenset[str]:
        """The characters after which the line can still be finished; none once it has ended."""
        if state not in self._allowed:
            self._allowed[state] = frozenset(character for thread in state for character in self._moves(thread))
        return self._allowed[state]

    def advance(self, state: State, character: str) -> State:
        """The state after an allowed character.

        Raises:
            KeyError: if it is not allowed.
        """
        if len(state) == 1:
            return self._moves(state[0])[character]
        threads = [thread for old in state for thread in self._moves(old).get(character, ())]
        if not threads:
            raise KeyError(character)
        return tuple(sorted(set(threads)))

    def outlook(self, state: State) -> Mapping[str, float]:
        """How well each allowed letter leads on: of all words that the text has below it, the share that is lawful.

        Words count as often as they occur. A letter that leads to one rare word only, where the text has a hundred
        common ones that the line cannot take, has a share near 0. What is no letter of a word is not told of.
        """
        found: dict[str, float] = {}
        for thread in state:
            for character, share in self._shares(thread).items():
                found[character] = max(share, found.get(character, 0.0))
        return found

    def _shares(self, thread: Thread) -> dict[str, float]:
        if thread not in self._outlook:
            node, rests, missing, flag = thread
            found: dict[str, float] = {}
            if node not in (_ENDED, _AFTER_MARK):
                opening = flag and node != _GAP
                lawful = self._lawful_mass(rests, missing, opening)
                spans, children = self._side.spans, self._tree.children[max(node, 0)]
                for character in self._letters(max(node, 0), rests, missing, opening):
                    first, last = spans[children[character]]
                    found[character] = float((lawful[last] - lawful[first]) / (self._mass[last] - self._mass[first]))
                if node == _GAP:  # behind a mark the same words come into question
                    found |= dict.fromkeys(self._marks, float(lawful[-1] / self._mass[-1]))
            self._outlook[thread] = found
        return self._outlook[thread]

    def _lawful_mass(self, rests: int, missing: int, opening: bool) -> NDArray[np.float64]:
        """How often, up to each place in the order of letters, words occur that may be the next one."""
        key = (rests, missing, opening)
        if key not in self._lawful:
            going, closing, due = self._ask(rests, missing, opening)
            goers = (self._opening if opening else self._all).table & np.uint64(going & MOST)
            closers = (self._only if opening else self._closing).table & np.uint64(closing & MOST)
            lawful = (goers | closers) != 0
            lawful[[int(self._side.ranks[word]) for word in self._forced if self._tree.path[word][-1] in due]] = True
            counts = np.diff(self._mass) * lawful
            self._lawful[key] = np.concatenate(([0.0], np.cumsum(counts)))
        return self._lawful[key]

    def ended(self, state: State) -> bool:
        """Whether the newline has been written."""
        return state[0][0] == _ENDED

    def accepts(self, line: str) -> bool:
        """Whether this is a line that the walk could write, without the newline; reversed if backward."""
        state = self.start
        for character in line + END:
            if character not in self.allowed(state):
                return False
            state = self.advance(state, character)
        return self.ended(state)

    # ---------------------------------------------------------------- from character to character

    def _moves(self, thread: Thread) -> dict[str, State]:
        """Where each allowed character leads from a thread."""
        if thread not in self._next:
            node, rests, missing, flag = thread
            if node > 0:
                moves = self._in_word(thread)
            elif node == _ENDED:
                moves = {}
            elif node == _AFTER_MARK:
                moves = {" ": ((_OPEN, rests, missing, flag and self._backward),)} if rests else {}
                if flag and not self._backward:
                    moves[END] = ((_ENDED, 0, 0, False),)
            else:
                moves = self._letters(0, rests, missing, flag and node != _GAP)
                if node == _GAP or (node == _FIRST and self._backward and moves):
                    moves |= dict.fromkeys(self._marks, ((_AFTER_MARK, rests, missing, flag),))
            self._next[thread] = moves
        return self._next[thread]

    def _in_word(self, thread: Thread) -> dict[str, State]:
        node, rests, missing, opening = thread
        moves = self._letters(node, rests, missing, opening)
        word = self._tree.word[node]
        if word >= 0:
            after, left, may_end = self._finished(word, rests, missing, opening)
            if may_end:
                moves[END] = ((_ENDED, 0, 0, False),)
            if after or (may_end and self._marks and not self._backward):
                gap = (_GAP, after, left, may_end and not self._backward)
                moves[" "] = (*moves.get(" ", ()), gap)
        return moves

    def _letters(self, node: int, rests: int, missing: int, opening: bool) -> dict[str, State]:
        """The letters below a node that lead to a word with which the line can be finished."""
        going, closing, forced = self._ask(rests, missing, opening)
        goers = (self._opening if opening else self._all).nodes
        closers = (self._only if opening else self._closing).nodes
        return {
            character: ((child, rests, missing, opening),)
            for character, child in self._tree.children[node].items()
            if goers.get(child, 0) & going or closers.get(child, 0) & closing or child in forced
        }

    def _finished(self, word: int, rests: int, missing: int, opening: bool) -> tuple[int, int, bool]:
        """What is left after a word: the rests that others can fill, the forced words, whether the line may end."""
        left = missing
        if word in self._forced:
            left &= ~(1 << self._forced.index(word))
        going = (self._opening if opening else self._all).words.get(word, 0)
        closing = (self._only if opening else self._closing).words.get(word, 0)
        after = 0
        may_end = False
        for rest in _bits(rests):
            for shorter, shapes in self._metre.steps[rest]:
                if shorter == 0:
                    may_end = may_end or (left == 0 and bool(shapes & closing))
                elif shapes & going and self._can_fill(shorter, left):
                    after |= 1 << shorter
        return after, left, may_end

    # ---------------------------------------------------------------- whether the line can be finished

    def _ask(self, rests: int, missing: int, opening: bool) -> tuple[int, int, frozenset[int]]:
        """What the next word may be like: shapes with which the line goes on, shapes with which it ends, and
        the nodes that lead to forced words which are due now."""
        key = (rests, missing, opening)
        if key not in self._asked:
            goers = (self._opening if opening else self._all).words
            closers = (self._only if opening else self._closing).words
            due: set[int] = set()
            for place in _bits(missing):
                word = self._forced[place]
                going, closing = self._fitting(rests, missing & ~(1 << place))
                if goers.get(word, 0) & going or closers.get(word, 0) & closing:
                    due.update(self._tree.path[word])
            self._asked[key] = (*self._fitting(rests, missing), frozenset(due))
        return self._asked[key]

    def _fitting(self, rests: int, missing: int) -> tuple[int, int]:
        """The shapes of a word after which the line can go on, and of one that fills it to its end.

        Args:
            rests: What is left before the word.
            missing: The forced words that are still to come after it.
        """
        key = (rests, missing)
        if key not in self._shapes:
            going = closing = 0
            for rest in _bits(rests):
                for shorter, shapes in self._metre.steps[rest]:
                    if shorter == 0:
                        closing |= 0 if missing else shapes
                    elif self._can_fill(shorter, missing):
                        going |= shapes
            self._shapes[key] = going, closing
        return self._shapes[key]

    def _can_fill(self, rest: int, missing: int) -> bool:
        """Whether words can fill a rest, ending it lawfully, with the forced words among them."""
        going, closing, due = self._ask(1 << rest, missing, False)
        return bool(going or closing & self._closing.shapes or due)


def _bits(number: int) -> list[int]:
    return [place for place in range(number.bit_length()) if number >> place & 1]
