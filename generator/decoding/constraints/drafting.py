"""Laying a person's wishes into a form, and saying which cannot be met before a word is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from ...errors import ConstraintUnsatisfiable
from ...text.forms.form import EITHER, LEVEL, OBLIQUE, Form, Pattern
from .base import Mask
from .dead_ends import OPPOSITE, Couplet, all_different, opposed_columns
from .first_checks import MARKS, check_characters, check_marks, name_of
from .plans import Draft, LinePlan, Plan, Wishes, line_plan, meet
from .sounds import SoundMasks

__all__ = ["Drafts"]

TONE_NAMES = {LEVEL: "level (平)", OBLIQUE: "oblique (仄)"}
WRONG_LENGTH = -1  # how far a line came that is of another length than a pattern asks for
LAID = 1000  # how far a wish came: characters of a text laid, then this for each stage that was passed
MOST_PLACEMENTS = 500  # ways to lay all words that are tried
MOST_LAID = 10_000  # and single words laid for it


class _Unmet(Exception):
    """Why a pattern cannot take a wish; ``depth`` tells how far it came, and the one that came farthest is told."""

    def __init__(self, reason: str, depth: int) -> None:
        super().__init__(reason)
        self.reason, self.depth = reason, depth


@dataclass(frozen=True)
class _Word:
    """A word that is to be laid: the tokens for each character, the places (line, column), its number."""

    tokens: tuple[frozenset[int], ...]
    places: tuple[tuple[int, int], ...]
    number: int


class Drafts:
    """A form with the wishes laid into each of its patterns that can take them.

    Args:
        form: A Chinese form.
        wishes: What is asked beside it.
        sounds: The vocabulary, by the rhyme book that counts.
        weights: How often each rhyme group is used, where that is known.
    Raises:
        ConstraintUnsatisfiable: if no pattern can take them, naming the wish, the place and a way out.
    """

    def __init__(
        self, form: Form, wishes: Wishes, sounds: SoundMasks, weights: Mapping[str, float] | None = None
    ) -> None:
        self.form, self.wishes, self.sounds = form, wishes, sounds
        self.weights = dict(weights or {})
        check_characters(wishes, sounds)
        check_marks(form, sounds)
        self.patterns: list[Pattern] = []
        self._known: dict[str, Draft] = {}  # a draft of each pattern; where no words are laid, the only one
        unmet: list[_Unmet] = []
        for pattern in form.patterns:
            try:
                draft = self._first(pattern, np.random.Generator(np.random.PCG64(0)))
            except _Unmet as error:
                unmet.append(error)
            else:
                self.patterns.append(pattern)
                self._known[pattern.name] = draft
        if not self.patterns:
            worst = max(unmet, key=lambda error: error.depth)
            if worst.depth == WRONG_LENGTH:
                worst = _Unmet(self._lengths_due(), WRONG_LENGTH)
            raise ConstraintUnsatisfiable(f"{name_of(form)} cannot be written so: {worst.reason}.", self._way_out())

    def plan(self, random: np.random.Generator) -> Plan:
        """Draw a pattern, places for the words, and the rhymes by their weights."""
        usual = [pattern for pattern in self.patterns if pattern.name in self.form.preferred] or self.patterns
        pattern = usual[int(random.integers(len(usual)))]
        draft = self._known[pattern.name]
        if self.wishes.words:
            # where the ways to lay them are too many to try all, these may not hold one that works
            with suppress(_Unmet):
                draft = self._first(pattern, random)
        chosen: dict[str, str] = {}
        for letter, groups in draft.groups.items():
            lawful = [group for group in groups if self._completes(draft, {**chosen, letter: group})]
            chosen[letter] = self._draw([group for group in lawful if group not in chosen.values()] or lawful, random)
        return replace(draft.plan(chosen), repeat=self.wishes.repeat)

    def _draw(self, groups: Sequence[str], random: np.random.Generator) -> str:
        weights = np.array([self.weights.get(group, 0.0) for group in groups])
        if not weights.sum():
            weights = np.array([float(self.sounds.rhymes[group].sum()) for group in groups])
        return groups[int(random.choice(len(groups), p=weights / weights.sum()))]

    def _completes(self, draft: Draft, chosen: Mapping[str, str]) -> bool:
        """Whether rhymes for the other letters can be found beside those that are chosen."""
        for one, other in self.form.kindred:
            if one in chosen and other in chosen and part_of(chosen[one]) != part_of(chosen[other]):
                return False
        if self.form.distinct_rhymes:
            ends = [kinds for letter, group in chosen.items() for kinds in draft.ends_of(letter, group)]
            if not all_different(ends):
                return False
        letter = next((letter for letter in draft.groups if letter not in chosen), None)
        if letter is None:
            return True
        return any(self._completes(draft, {**chosen, letter: group}) for group in draft.groups[letter])

    def _first(self, pattern: Pattern, random: np.random.Generator) -> Draft:
        """The first way to lay the words into a pattern by which every line and rhyme can be met."""
        last = len(pattern.lines) - 1
        lines = [line_plan(line, self.sounds, last=index == last) for index, line in enumerate(pattern.lines)]
        draft = Draft(self.form, pattern, self.sounds, lines)
        self._lay_text(draft, self.wishes.upper, "the upper line", whole_line=True)
        self._lay_text(draft, self.wishes.start, "the beginning")
        self._lay_acrostic(draft)
        self._join_refrains(draft)
        if self.form.opposed:
            self._oppose(draft)
        self._check_lines(draft)
        if self.wishes.words:  # what cannot be met without them is not worth laying them
            self._find_rhymes(replace(draft, groups={}))
        error: _Unmet | None = None
        tried = 0
        for laid in self._placements(draft, self._words(draft), random):
            tried += 1
            try:
                if self.form.opposed:
                    self._oppose(laid)
                self._check_lines(laid)
                self._find_rhymes(laid)
                if self.form.opposed:
                    self._check_couplets(laid)
            except _Unmet as found:
                error = found if error is None or found.depth > error.depth else error
                if tried == MOST_PLACEMENTS:
                    break
                continue
            return laid
        if error is None:
            words = " and ".join(self.wishes.words)
            error = _Unmet(f"there are no places for the words {words} side by side that keep the tones", 2 * LAID + 2)
        raise error

    def _lay_text(self, draft: Draft, text: str, what: str, *, whole_line: bool = False) -> None:
        """Force the characters of a text from the first place on; its punctuation must stand at ends of lines."""
        index, column = 0, 0
        laid = 0
        size = sum(character not in MARKS for character in text)
        if whole_line and text and size != draft.lines[0].length:
            # another pattern, which may be of its length, has more to say
            raise _Unmet(f"{what} is of another length", WRONG_LENGTH)
        for character in text.strip():
            if character in MARKS:
                if 0 < column < draft.lines[min(index, len(draft.lines) - 1)].length:
                    raise _Unmet(
                        f"a line of {what} has {column} characters, and line {index + 1} has "
                        f"{draft.lines[index].length}",
                        laid,
                    )
                continue
            if index < len(draft.lines) and column == draft.lines[index].length:
                index, column = index + 1, 0
            if index == len(draft.lines):
                raise _Unmet(f"{what} {text!r} is longer than the form", laid)
            self._force(draft, index, column, character, what, laid)
            column, laid = column + 1, laid + 1

    def _lengths_due(self) -> str:
        """Of how many characters the upper line may be, and of how many it is."""
        size = sum(character not in MARKS for character in self.wishes.upper)
        due = sorted({pattern.lines[0].length or 0 for pattern in self.form.patterns})
        together = len(due) > 1 and due == list(range(due[0], due[-1] + 1))
        told = f"{due[0]} to {due[-1]}" if together else " or ".join(map(str, due))
        return f"the upper line has {size} character{'' if size == 1 else 's'}, and {told} are due"

    def _lay_acrostic(self, draft: Draft) -> None:
        word = [character for character in self.wishes.acrostic if character not in MARKS]
        if len(word) > len(draft.lines):
            raise _Unmet(f"the acrostic has {len(word)} characters, and the form {len(draft.lines)} lines", LAID)
        for index, character in enumerate(word):
            self._force(draft, index, 0, character, "the acrostic", LAID + index)

    def _force(self, draft: Draft, index: int, column: int, character: str, what: str, depth: int) -> None:
        """Let one of a character's tokens stand at a place."""
        line, tokens = draft.lines[index], self.sounds.tokens_of(character)
        if column in line.forced:
            tokens = tokens & line.forced[column]
            if not tokens:
                raise _Unmet(f"{what} wants {character} where another wish wants another character", depth)
        if not any(self.sounds.fits(token, template[column]) for token in tokens for template in line.templates):
            due = {template[column] for template in line.templates} & set(TONE_NAMES)
            raise _Unmet(
                f"{character} of {what} would be character {column + 1} of line {index + 1}, where the tone is to be "
                f"{TONE_NAMES[due.pop()] if due else 'known'}",
                depth,
            )
        draft.lines[index] = replace(line, forced={**line.forced, column: tokens})

    def _join_refrains(self, draft: Draft) -> None:
        """Let a line and the one that it repeats keep the rules and the wishes of both."""
        joined = [index for index, line in enumerate(draft.lines) if line.refrain is not None]
        for index in joined[::-1]:
            line = draft.lines[index]
            first = draft.lines[int(line.refrain or 0)]
            templates = {meet(one, other) for one in first.templates for other in line.templates}
            forced = {**first.forced, **line.forced}
            for column in first.forced.keys() & line.forced.keys():
                forced[column] = first.forced[column] & line.forced[column]
            if "" in templates:
                templates.remove("")
            if not templates or not all(forced.values()) or {first.letter, line.letter} - {None, first.letter}:
                raise _Unmet(
                    f"line {index + 1} repeats line {int(line.refrain or 0) + 1}, and the two cannot be the same", LAID
                )
            draft.lines[int(line.refrain or 0)] = replace(first, templates=tuple(sorted(templates)), forced=forced)
        for index in joined:
            first = draft.lines[int(draft.lines[index].refrain or 0)]
            draft.lines[index] = replace(draft.lines[index], templates=first.templates, forced=first.forced)

    def _oppose(self, draft: Draft) -> None:
        """Narrow both lines of opposed pairs to what the tones due in the other, and its forced characters, leave."""
        for pair in self.form.pairs:
            for here, there in (pair, pair[::-1]):
                line, other = draft.lines[here], draft.lines[there]
                due = [list(template) for template in line.templates]
                for column in opposed_columns(line.length):
                    tones = {template[column] for template in other.templates}
                    if column in other.forced:
                        tones = {tone for token in other.forced[column] for tone in self.sounds.readings[token]}
                    if len(tones) == 1 and (tone := next(iter(tones))) != EITHER:
                        wanted = OPPOSITE[tone]
                        due = [
                            [*template[:column], wanted, *template[column + 1 :]]
                            for template in due
                            if template[column] in (EITHER, wanted)
                        ]
                if not due:
                    raise _Unmet(f"the tones of lines {here + 1} and {there + 1} cannot be opposed", 2 * LAID)
                shared = self._forced(line) & self._forced(other)
                if shared.any():
                    both = self.sounds.characters[int(np.flatnonzero(shared)[0])]
                    raise _Unmet(f"{both} would stand in both lines of the couplet", 2 * LAID)
                draft.lines[here] = replace(line, templates=tuple(dict.fromkeys("".join(one) for one in due)))

    def _forced(self, line: LinePlan) -> Mask:
        """Every token that is forced somewhere in a line, and what is one character with it."""
        return self.sounds.spread(token for tokens in line.forced.values() for token in tokens)

    def _check_couplets(self, draft: Draft) -> None:
        """What the upper line must hold has to leave enough for the lower one."""
        for upper, lower in self.form.pairs:
            if not Couplet(self.sounds, draft.lines[upper], draft.lines[lower]).possible():
                raise _Unmet(
                    f"lines {upper + 1} and {lower + 1} may share no character, and this model does not know enough "
                    "characters for both",
                    3 * LAID,
                )

    def _check_lines(self, draft: Draft) -> None:
        """Every line must keep one of its templates with what is forced in it."""
        for index, line in enumerate(draft.lines):
            kept = draft.works(line, None)
            if kept is None:
                raise _Unmet(f"the tones of line {index + 1} cannot be kept with what is to stand in it", 2 * LAID)
            draft.lines[index] = kept

    def _find_rhymes(self, draft: Draft) -> None:
        letters = dict.fromkeys(line.letter for line in draft.lines if line.letter)
        if self.wishes.rhyme is not None and not letters:
            raise _Unmet(f"it has no rhyme that could be {self.wishes.rhyme}", 4 * LAID)
        for number, letter in enumerate(letters):
            groups = self._rhymes_of(draft, letter)
            if not groups:
                raise _Unmet(
                    f"no rhyme can be kept by all lines of the rhyme {letter} with what is to end them", 3 * LAID
                )
            if number == 0 and self.wishes.rhyme is not None:
                if self.wishes.rhyme not in groups:
                    raise _Unmet(self._why_not(draft, letter), 4 * LAID)
                groups = [self.wishes.rhyme]
            draft.groups[letter] = groups
        for number, letter in enumerate(letters):
            # of the first letter those remain that can be had; of the others, plan takes those that fit
            if number == 0:
                lawful = [group for group in draft.groups[letter] if self._completes(draft, {letter: group})]
                if not lawful:
                    raise _Unmet(self._why_not_together(draft), 4 * LAID)
                draft.groups[letter] = lawful

    def _rhymes_of(self, draft: Draft, letter: str) -> list[str]:
        """The groups by which all lines of a letter can rhyme, with enough characters for all of them."""
        tones = {line.rhyme_tone for line in draft.pattern.lines if line.rhyme == letter and line.rhyme_tone}
        found = []
        for group in self.sounds.book.groups():
            if not self.sounds.rhyming_kinds[group] or (tones and tones != {self.sounds.book.tone_of_rhyme(group)}):
                continue
            ends = draft.ends_of(letter, group)
            if all(ends) and (not self.form.distinct_rhymes or all_different(ends)):
                found.append(group)
        return found

    def _why_not_together(self, draft: Draft) -> str:
        for one, other in self.form.kindred:
            parts = [{part_of(group) for group in draft.groups.get(letter, ())} for letter in (one, other)]
            if all(parts) and not parts[0] & parts[1]:
                if self.wishes.rhyme is not None:
                    return self._why_not(draft, next(iter(draft.groups)))
                return f"no rhyme has both a level and an oblique half for the rhymes {one} and {other}"
        return f"no rhymes can be kept by the lines of {', '.join(draft.groups)} all at once"

    def _why_not(self, draft: Draft, letter: str) -> str:
        rhyme = str(self.wishes.rhyme)
        tones = {line.rhyme_tone for line in draft.pattern.lines if line.rhyme == letter and line.rhyme_tone}
        tone = self.sounds.book.tone_of_rhyme(rhyme)
        if tones and tones != {tone}:
            return f"the rhyme {rhyme} is {TONE_NAMES[tone]}, and the form rhymes {TONE_NAMES[OPPOSITE[tone]]}"
        count = sum(line.letter == letter and line.refrain is None for line in draft.lines)
        return f"the rhyme {rhyme} has too few characters that this model knows for {count} lines and their wishes"

    def _words(self, draft: Draft) -> list[_Word]:
        """The words with their places, those with the fewest first.

        Raises:
            _Unmet: if one has no place even where it is the only one.
        """
        found = []
        for number, said in enumerate(self.wishes.words):
            word = "".join(character for character in said if character not in MARKS)
            tokens = tuple(self.sounds.tokens_of(character) for character in word)
            places = tuple(
                (index, column)
                for index, line in enumerate(draft.lines)
                if line.refrain is None
                for column in range(line.length - len(word) + 1)
                if word_boundary(line.length, column, len(word)) and self._laid(draft, tokens, index, column)
            )
            if not places:
                longest = max(line.length for line in draft.lines)
                why = f"no line is as long as the word {said!r}" if len(word) > longest else (
                    f"there is no place for the word {said!r} that keeps the tones and lies across no caesura"
                )  # fmt: skip
                raise _Unmet(why, 2 * LAID + 1)
            found.append(_Word(tokens, places, number))
        return sorted(found, key=lambda word: (len(word.places), word.number))

    def _laid(self, draft: Draft, tokens: Sequence[frozenset[int]], index: int, column: int) -> LinePlan | None:
        """A line with a word in it; None where it cannot stand there."""
        line = draft.lines[index]
        forced: dict[int, frozenset[int]] = dict(line.forced)
        for offset, some in enumerate(tokens):
            forced[column + offset] = some & forced.get(column + offset, some)
        laid = replace(line, forced=forced)
        return laid if all(forced.values()) and draft.works(laid, None) is not None else None

    def _placements(self, draft: Draft, words: Sequence[_Word], random: np.random.Generator) -> Iterator[Draft]:
        """The ways to lay the words into lines, in random order; the first of them, where they are very many."""
        budget = MOST_LAID

        def lay(draft: Draft, rest: Sequence[_Word]) -> Iterator[Draft]:
            nonlocal budget
            if not rest:
                yield replace(draft, lines=list(draft.lines), groups={})
                return
            word = rest[0]
            places = [word.places[number] for number in random.permutation(len(word.places))]
            places.sort(key=lambda place: place[1] + len(word.tokens) == draft.lines[place[0]].length)  # the ends last
            for index, column in places:
                budget -= 1
                if budget < 0:
                    return
                if (laid := self._laid(draft, word.tokens, index, column)) is not None:
                    lines = list(draft.lines)
                    lines[index] = laid
                    yield from lay(replace(draft, lines=lines), rest[1:])

        return lay(draft, words)

    def _way_out(self) -> str:
        """What else would do: one wish less, another rhyme, another length."""
        wishes, hints = self.wishes, []
        if wishes.rhyme is not None:
            others = self._possible(replace(wishes, rhyme=None))
            if others is not None:
                groups = list(dict.fromkeys(group for draft in others for group in self._main_groups(draft)))
                groups.sort(key=lambda group: -self.weights.get(group, 0.0))
                more = (
                    f"rhymes that would do: {' '.join(groups[:8])}" if groups else "without --rhyme it can be written"
                )
                hints.append(more)
        for name, less in (
            ("--acrostic", replace(wishes, acrostic="")),
            ("--start", replace(wishes, start="")),
            ("--word", replace(wishes, words=())),
            ("--upper", replace(wishes, upper="")),
        ):
            if less != wishes and self._possible(less) is not None:
                hints.append(f"without {name} it can be written")
        if not hints:
            hints.append("ask for less, or for a form without rules of tone, such as guwu or guqi")
        return hints[0][:1].upper() + "; ".join(hints)[1:] + "."

    def _possible(self, wishes: Wishes) -> list[Draft] | None:
        """The drafts with other wishes; None where they cannot be met either."""
        other = copy(self)
        other.wishes, found = wishes, []
        for pattern in self.form.patterns:
            with suppress(_Unmet):
                found.append(other._first(pattern, np.random.Generator(np.random.PCG64(0))))
        return found or None

    @staticmethod
    def _main_groups(draft: Draft) -> list[str]:
        return next(iter(draft.groups.values()), [])


def word_boundary(length: int, column: int, size: int) -> bool:
    """Whether a word of ``size`` characters may begin at a column: it must not lie across the line's caesura.

    A line of five parts after the second character, one of seven after the second and the fourth.
    """
    cuts = {5: (2,), 7: (2, 4)}.get(length, ())
    return size > 3 or not any(column < cut < column + size for cut in cuts)


def part_of(group: str) -> str:
    """The part of the book that a group is a half of."""
    return group.split("·")[0]
