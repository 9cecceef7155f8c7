"""Whether the rest of a poem can still be written where its places vie for the same few characters.

Two rules reach from line to line: a rhyming character comes once, and the lines of an opposed couplet
share none. With many characters at hand neither leads into a dead end; with few, or with much that is
forced, every character must leave enough for the places after it.

What counts as one character is a kind: tokens that simplified writing does not tell apart (雲 and 云).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from ...text.forms.form import EITHER, LEVEL, OBLIQUE
from .base import Mask
from .plans import LinePlan, slot_mask
from .sounds import SoundMasks

__all__ = ["OPPOSITE", "Couplet", "all_different", "opposed_columns", "vital"]

Kinds = frozenset[int]
OPPOSITE = {LEVEL: OBLIQUE, OBLIQUE: LEVEL}


def all_different(sets: Sequence[Kinds]) -> bool:
    """Whether each set can give a kind of its own (a bipartite matching by augmenting paths)."""
    small = [some for some in sets if len(some) < len(sets)]  # a larger one has one left whatever the others take
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for kind in small[index] - seen:
            seen.add(kind)
            if kind not in taken or place(taken[kind], seen):
                taken[kind] = index
                return True
        return False

    return all(place(index, set()) for index in range(len(small)))


def vital(sets: Sequence[Kinds]) -> set[int]:
    """The kinds that must be left: without one of them the sets cannot each give a kind of its own."""
    small = [some for some in sets if len(some) <= len(sets)]
    return {kind for kind in set().union(*small) if not all_different([some - {kind} for some in small])}


def opposed_columns(length: int) -> list[int]:
    """The columns at which the lines of a couplet have opposite tones: the even characters and the last."""
    return sorted({*range(1, length, 2), length - 1})


class Couplet:
    """Two lines of opposite tones that share no character.

    What is forced in one line is kept out of the other from the first. Of the rest, the upper line
    may take what leaves the lower one something at each of its places.

    Args:
        sounds: The vocabulary.
        upper, lower: The lines, of one length.
    """

    def __init__(self, sounds: SoundMasks, upper: LinePlan, lower: LinePlan) -> None:
        self.sounds, self.length = sounds, upper.length
        self.lines = upper, lower
        self.opposed = frozenset(opposed_columns(upper.length))
        self.kept_back = sounds.spread(token for tokens in lower.forced.values() for token in tokens)
        self.slots = [
            [
                [slot_mask(sounds, line, (number,), column, None) for column in range(line.length)]
                for number in range(len(line.templates))
            ]
            for line in (upper, lower)
        ]
        self.slots[0] = [[slot & ~self.kept_back for slot in template] for template in self.slots[0]]

    def possible(self) -> bool:
        """Whether there is any such couplet."""
        return self.roomy or any(self._fills((), number) for number in range(len(self.lines[0].templates)))

    def upper(self, mask: Mask, written: Sequence[int], alive: Sequence[int]) -> Mask:
        """What of a mask the upper line may go on with [vocab_size].

        Args:
            mask: What may stand at the next place by itself.
            written: The tokens of the upper line so far.
            alive: Its templates that can still be kept.
        """
        mask = mask & ~self.kept_back
        if self.roomy:
            return mask
        column = len(written)
        return self.sounds.mask_of(
            token
            for token in np.flatnonzero(mask).tolist()
            if any(self.slots[0][number][column][token] and self._fills((*written, token), number) for number in alive)
        )

    def lower(self, upper: Sequence[int], column: int, alive: Sequence[int]) -> Mask:
        """What may stand in a column of the lower line by its templates that can be kept to the end [vocab_size]."""
        above = next(
            number
            for number in range(len(self.lines[0].templates))
            if all(self.slots[0][number][place][token] for place, token in enumerate(upper))
        )
        used = self.sounds.spread(upper)
        found = self.sounds.mask_of([])
        for number in alive:
            slots = [self._answer(number, place, upper[place], above, used) for place in range(column, self.length)]
            if all(slot.any() for slot in slots):
                found |= slots[0]
        return found

    @cached_property
    def roomy(self) -> bool:
        """Whether the lower line has enough characters whatever the upper one takes."""
        return all(
            (column in self.lines[1].forced and slot.any()) or self.sounds.count_kinds(slot) > self.length
            for above in range(len(self.lines[0].templates))
            for below in range(len(self.lines[1].templates))
            for column in range(self.length)
            for slot in self._answers(above, below, column)
        ) and all(slot.any() for template in self.slots[0] for slot in template)

    def _answers(self, above: int, below: int, column: int) -> Iterator[Mask]:
        """What the lower line may have in a column, for each tone that the upper may have there."""
        slot = self.slots[1][below][column]
        if column not in self.opposed:
            yield slot
            return
        due = self.lines[0].templates[above][column]
        for tone in OPPOSITE if due == EITHER else (due,):
            if (self.slots[0][above][column] & self.sounds.tones[tone]).any():
                yield slot & self._tone(OPPOSITE[tone], below, column)

    def _tone(self, tone: str, below: int, column: int) -> Mask:
        """The tokens of a tone; none where the lower line has the other one due."""
        due = self.lines[1].templates[below][column]
        return self.sounds.tones[tone] if due in (EITHER, tone) else self.sounds.mask_of([])

    def _answer(self, below: int, column: int, token: int | None, above: int, used: Mask) -> Mask:
        """What may stand in a column of the lower line below a token; None: below any."""
        slot = self.slots[1][below][column] & ~used
        if token is None or column not in self.opposed:
            return slot
        due = self.lines[0].templates[above][column]
        heard = self.sounds.readings[token] & (set(OPPOSITE) if due == EITHER else {due})
        return slot & self._tone(OPPOSITE[next(iter(heard))], below, column) if len(heard) == 1 else slot

    def _fills(self, written: tuple[int, ...], above: int) -> bool:
        """Whether a couplet whose upper line begins so, and keeps that template, can be written to its end."""
        return any(self._fills_by(written, above, below) for below in range(len(self.lines[1].templates)))

    def _fills_by(self, written: tuple[int, ...], above: int, below: int) -> bool:
        # Places of the upper line that are alike can have one character, so one is tried for all of them.
        alike: dict[tuple[bytes, bool, bytes, str], list[int]] = {}
        for column in range(len(written), self.length):
            key = (
                self.slots[0][above][column].tobytes(),
                column in self.opposed,
                self.slots[1][below][column].tobytes(),
                self.lines[1].templates[below][column],
            )
            alike.setdefault(key, []).append(column)
        places = list(alike.values())

        def goes_on(chosen: dict[int, int], rest: int) -> bool:
            used = self.sounds.spread(chosen.values())
            answers = (self._answer(below, at, chosen.get(at), above, used) for at in range(self.length))
            if not all(answer.any() for answer in answers):
                return False
            if rest == len(places):
                return True
            slot = self.slots[0][above][places[rest][0]]
            options = sorted(np.flatnonzero(slot).tolist(), key=lambda token: not used[token])
            return any(goes_on({**chosen, **dict.fromkeys(places[rest], token)}, rest + 1) for token in options)

        return goes_on(dict(enumerate(written)), 0)
