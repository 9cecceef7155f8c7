"""The constraint of a Chinese form: at every place just those tokens that keep tone, rhyme and wishes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import ConstraintUnsatisfiable
from ...seeding import numpy_generator
from ...text.chinese.cues import END, MOST_LINES, NEWLINE, RHYMES, THEMES, VERSE, line_cues
from ...text.forms.form import EITHER
from ..bigrams import Bigrams
from .base import Constraint, Context, Mask, remembered
from .dead_ends import Couplet, vital
from .drafting import Drafts
from .plans import LinePlan, Plan, slot_mask

__all__ = ["ChineseForm", "Stand"]

LEAST_SHARE = 1e-6  # of what a place can lead to; below it all are alike


class Stand(NamedTuple):
    """Where a row stands.

    Attributes:
        plan: The number of its plan.
        written: The tokens of each line so far, without punctuation; the last one may be begun.
        ended: How many tokens of the punctuation after the last line are written.
        alive: The templates that the last line can still keep.
    """

    plan: int
    written: tuple[tuple[int, ...], ...]
    ended: int
    alive: tuple[int, ...]


class ChineseForm(Constraint):
    """Writes a form. Each row draws its own plan by its seed: pattern, rhymes, places for words.

    The form is never given up. Three wishes are, where nothing else is left: that no character comes
    twice, that characters which must come later are kept for their places, and that the lower line of
    a couplet has no word across the end of a word of the upper one.

    Args:
        drafts: The form with the wishes in it.
        bigrams: What sees ahead; None for nothing.
        weight: How much of it is added to the logits, the λ of guided decoding.
        themes: Tokens that the poem is about; the network is told the first four.
        theme_weight: What is added to the logits of a theme that does not stand in the poem yet.
    """

    name = "The form"

    def __init__(
        self, drafts: Drafts, bigrams: Bigrams | None = None, weight: float = 0.0, themes: Sequence[int] = (),
        theme_weight: float = 0.0,
    ) -> None:  # fmt: skip
        self.drafts, self.sounds, self.form = drafts, drafts.sounds, drafts.form
        self.bigrams, self.weight = bigrams, weight
        self.wanted = frozenset(themes) if theme_weight else frozenset()
        self.theme_weight = theme_weight
        self.themes = tuple(themes)[: len(THEMES)]
        self.plans: list[Plan] = []
        self.numbers: dict[int, int] = {}  # a seed's plan
        self._couplets: dict[tuple[int, int], Couplet] = {}  # by plan and line
        self._ends: dict[tuple[int, int], frozenset[int]] = {}  # kinds that may end a line, likewise
        self._ahead: dict[tuple[int, int], NDArray[np.float32]] = {}
        self._slot = remembered(self, type(self)._find_slot, 8192)
        self._line_cues = remembered(self, type(self)._find_line_cues, 8192)

    def check(self, context: Context) -> None:
        if context.prompt:
            raise ConstraintUnsatisfiable(
                "A poem in a form has no prompt.", "Give its beginning with --start, which the form counts."
            )
        longest = max(sum((line.length or 0) + 2 for line in pattern.lines) + 1 for pattern in self.drafts.patterns)
        if context.length < longest:
            raise ConstraintUnsatisfiable(
                f"The form needs up to {longest} tokens, and the length is {context.length}.", "Give a larger --length."
            )
        if not context.may_end:
            raise ConstraintUnsatisfiable(
                "This model was trained on one running text, and does not end a poem by itself.",
                "Train on poems that are pieces of their own, with --pieces blank, line or record.",
            )

    def begin(self, context: Context) -> Hashable:
        return self.begins(context, [0])[0]

    def begins(self, context: Context, seeds: Sequence[int]) -> Sequence[Hashable]:
        fresh = []
        for seed in seeds:
            if seed not in self.numbers:
                self.numbers[seed] = len(self.plans)
                self._add(self.drafts.plan(numpy_generator(seed)))
                fresh.append(self.numbers[seed])
        if self.bigrams is not None and self.weight:
            self._look_ahead(fresh)
        return [Stand(self.numbers[seed], ((),), 0, self._templates(self.numbers[seed], 0)) for seed in seeds]

    def allowed(self, place: Hashable) -> Mask | None:
        assert isinstance(place, Stand)
        plan, index = self.plans[place.plan], len(place.written) - 1
        if index == len(plan.lines):
            return self.sounds.mask_of([0])
        line, written = plan.lines[index], place.written[-1]
        column = len(written)
        if column == line.length:
            return self.sounds.mask_of([line.end[place.ended]])
        if line.refrain is not None:
            return self.sounds.mask_of([place.written[line.refrain][column]])
        mask = self._slot(place.plan, index, place.alive, column)
        hard = self._lasting(mask, plan, place, column)
        if plan.repeat or column in line.forced:
            return hard
        across = self._across(place, column)
        for unwished in (
            self._wished_away(plan, place, column) | across,
            self._present(place, column) | across,
            across,
        ):
            some = hard & ~self.sounds.spread(unwished)
            if some.any():
                return some
        return hard

    def advance(self, place: Hashable, token: int) -> Hashable:
        assert isinstance(place, Stand)
        plan, index = self.plans[place.plan], len(place.written) - 1
        if index == len(plan.lines):
            return place
        line, written = plan.lines[index], place.written[-1]
        column = len(written)
        if column < line.length:
            alive = tuple(number for number in place.alive if self.sounds.fits(token, line.templates[number][column]))
            return place._replace(written=(*place.written[:-1], (*written, token)), alive=alive)
        if place.ended + 1 < len(line.end):
            return place._replace(ended=place.ended + 1)
        return Stand(place.plan, (*place.written, ()), 0, self._templates(place.plan, index + 1))

    def cues(self, place: Hashable) -> NDArray[np.int64] | None:
        assert isinstance(place, Stand)
        row = np.zeros(len(VERSE), np.int64)
        row[list(THEMES[: len(self.themes)])] = self.themes
        plan, index = self.plans[place.plan], len(place.written) - 1
        if index == len(plan.lines):
            row[:2] = END, 1
            return row
        line, column = plan.lines[index], len(place.written[-1])
        if place.ended:
            row[:2] = NEWLINE, min(len(plan.lines) - index, MOST_LINES)
            return row
        upper = place.written[index - 1] if index % 2 and plan.lines[index - 1].length == line.length else ()
        row[:5] = self._line_cues(place.plan, index, place.alive)[column]
        row[4] = upper[column] if column < len(upper) else 0
        return row

    def tags(self, place: Hashable) -> Mapping[str, str]:
        assert isinstance(place, Stand)
        groups = self.plans[place.plan].groups
        return {"rhyme": next(iter(groups.values()))} if groups else {}

    def drawn(self, seed: int) -> Mapping[str, object]:
        plan = self.plans[self.numbers[seed]]
        return {"pattern": plan.pattern.name, "rhymes": dict(plan.groups)}

    def lookahead(self, place: Hashable) -> NDArray[np.float32] | None:
        assert isinstance(place, Stand)
        plan, index = self.plans[place.plan], len(place.written) - 1
        if index == len(plan.lines) or len(place.written[-1]) >= plan.lines[index].length:
            return None
        column, ahead = len(place.written[-1]), None
        if self.weight and self.bigrams is not None and column < plan.lines[index].length - 1:
            ahead = self._ahead[place.plan, index][column]
        missing = self.wanted.difference(*place.written)
        if missing:
            ahead = np.zeros(self.sounds.tones[EITHER].size, np.float32) if ahead is None else ahead.copy()
            ahead[list(missing)] += self.theme_weight
        return ahead

    def _templates(self, plan: int, index: int) -> tuple[int, ...]:
        lines = self.plans[plan].lines
        return tuple(range(len(lines[index].templates))) if index < len(lines) else ()

    def _find_slot(self, plan: int, index: int, alive: tuple[int, ...], column: int) -> Mask:
        line = self.plans[plan].lines[index]
        return slot_mask(self.sounds, line, alive, column, self.plans[plan].groups.get(line.letter or ""))

    def _find_line_cues(self, plan: int, index: int, alive: tuple[int, ...]) -> NDArray[np.int64]:
        """The cues of a line, but for the character above."""
        whole, line = self.plans[plan], self.plans[plan].lines[index]
        template = line.templates[alive[0]]
        ruled = any(set(one.templates) != {EITHER * one.length} for one in whole.lines)
        group = whole.groups.get(line.letter or "")
        rhyme = RHYMES[None if group is None else self.sounds.book.tone_of_rhyme(group)] if whole.groups else 0
        return line_cues(line.length, len(whole.lines) - index, template if ruled else "", rhyme, ())

    def _add(self, plan: Plan) -> None:
        """Keep a plan, with what its lines must leave to each other."""
        number = len(self.plans)
        self.plans.append(plan)
        for upper, lower in self.form.pairs if self.form.opposed else ():
            couplet = Couplet(self.sounds, plan.lines[upper], plan.lines[lower])
            self._couplets[number, upper] = self._couplets[number, lower] = couplet
        if not self.form.distinct_rhymes:
            return
        for index, line in enumerate(plan.lines):
            if line.letter is not None and line.refrain is None:
                ends = self.sounds.rhymes[plan.groups[line.letter]]
                if line.length - 1 in line.forced:
                    ends = ends & self.sounds.mask_of(line.forced[line.length - 1])
                self._ends[number, index] = self.sounds.kinds_of(ends)

    def _lasting(self, mask: Mask, plan: Plan, place: Stand, column: int) -> Mask:
        """What of a mask neither breaks the form for what is written nor leads it into a dead end."""
        index = len(place.written) - 1
        line = plan.lines[index]
        if (place.plan, index) in self._couplets:
            couplet = self._couplets[place.plan, index]
            upper = next(upper for upper, lower in self.form.pairs if index in (upper, lower))
            if index == upper:
                mask = couplet.upper(mask, place.written[-1], place.alive)
            else:
                mask = mask & couplet.lower(place.written[upper], column, place.alive)
        if column == line.length - 1 and (place.plan, index) in self._ends:
            rhymes = [number for number in range(len(plan.lines)) if (place.plan, number) in self._ends]
            used = {place.written[number][-1] for number in rhymes if number < index}
            gone = frozenset(self.sounds.kinds[list(used)].tolist())
            kept = vital([self._ends[place.plan, number] - gone for number in rhymes if number > index])
            mask = mask & ~self.sounds.spread(used) & ~np.isin(self.sounds.kinds, list(kept))
        return mask

    def _across(self, place: Stand, column: int) -> frozenset[int]:
        """Tokens that would make a word across a place where a word of the upper line of a couplet ends or begins."""
        if not self.form.opposed or self.bigrams is None or not column:
            return frozenset()
        index, word = len(place.written) - 1, self.bigrams.makes_words_with
        for upper, lower in self.form.pairs:
            line = place.written[upper] if index == lower else ()
            if column < len(line) and line[column] not in word(line[column - 1]):
                ends = column >= 2 and line[column - 1] in word(line[column - 2])
                begins = column + 1 < len(line) and line[column + 1] in word(line[column])
                if ends or begins:
                    return word(place.written[lower][-1])
        return frozenset()

    def _present(self, place: Stand, column: int) -> set[int]:
        """What stands in the poem already, but for the character just before, which may be doubled."""
        used = {token for line in place.written for token in line}
        return used - ({place.written[-1][-1]} if column else set())

    def _wished_away(self, plan: Plan, place: Stand, column: int) -> set[int]:
        """What stands in the poem already, and what is to come at its own place."""
        index = len(place.written) - 1
        later = {
            token
            for number, line in enumerate(plan.lines[index:], index)
            for at, tokens in line.forced.items()
            if number > index or at > column
            for token in tokens
        }
        return self._present(place, column) | later

    def _look_ahead(self, numbers: Sequence[int]) -> None:
        """Work out, for every line of some plans, how well each token at each place leads to the line's end.

        β of the last column is 1; before it, β(c) is the chance by the bigrams that what follows c is
        lawful and leads on. All lines are worked through side by side, from their ends.
        """
        assert self.bigrams is not None
        keys: dict[tuple[LinePlan, str | None], int] = {}
        users: list[tuple[int, int, int]] = []
        for number in numbers:
            plan = self.plans[number]
            for index, line in enumerate(plan.lines):
                key = (_hashable(line), plan.groups.get(line.letter or ""))
                users.append((number, index, keys.setdefault(key, len(keys))))  # type: ignore[arg-type]
        if not users:
            return
        where = {column: (number, index) for number, index, column in reversed(users)}
        longest = max(self.plans[number].lines[index].length for number, index, _ in users)
        values = torch.ones(self.sounds.tones[EITHER].size, len(where))
        found: list[NDArray[np.float32]] = []
        for back in range(1, longest):
            masks = np.ones((len(where), len(values)), np.float32)
            for column, (number, index) in where.items():
                line = self.plans[number].lines[index]
                if back <= line.length:
                    masks[column] = self._slot(number, index, self._templates(number, index), line.length - back)
            values = self.bigrams.expected(values * torch.from_numpy(masks).t())
            values = values / values.amax(0, keepdim=True).clamp_min(1e-30)
            ahead = self.weight * torch.log(values.clamp_min(LEAST_SHARE))
            found.append(ahead.t().numpy().astype(np.float32))
        for number, index, column in users:
            length = self.plans[number].lines[index].length
            if length > 1:
                self._ahead[number, index] = np.stack([found[length - 2 - at][column] for at in range(length - 1)])


def _hashable(line: LinePlan) -> tuple[object, ...]:
    return line.length, line.templates, tuple(sorted(line.forced.items(), key=lambda item: item[0]))
