"""Laying a person's wishes into a form, and saying which cannot be met before a word is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import ConstraintUnsatisfiable
from ...text.chinese.script import variants
from ...text.forms.form import EITHER, LEVEL, OBLIQUE, Form, Pattern
from .plans import Draft, Plan, Wishes, line_plan
from .sounds import SoundMasks

__all__ = ["Drafts"]

TONE_NAMES = {LEVEL: "level (平)", OBLIQUE: "oblique (仄)"}
OPPOSITE = {LEVEL: OBLIQUE, OBLIQUE: LEVEL}
MARKS = "，。！？；：、,.!?;: \n\t"
LAID = 1000  # how far a wish came: characters of a text laid, then this for each stage that was passed
MOST_PLACEMENTS = 500  # ways to lay the words that are tried


class _Unmet(Exception):
    """Why a pattern cannot take a wish; ``depth`` tells how far it came, and the one that came farthest is told."""

    def __init__(self, reason: str, depth: int) -> None:
        super().__init__(reason)
        self.reason, self.depth = reason, depth


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
        self.patterns: list[Pattern] = []
        self._known: dict[str, Draft] = {}  # where no words are laid, there is but one draft of a pattern
        unmet: list[_Unmet] = []
        for pattern in form.patterns:
            try:
                draft = self._first(pattern, np.random.Generator(np.random.PCG64(0)))
            except _Unmet as error:
                unmet.append(error)
            else:
                self.patterns.append(pattern)
                if not wishes.words:
                    self._known[pattern.name] = draft
        if not self.patterns:
            worst = max(unmet, key=lambda error: error.depth)
            raise ConstraintUnsatisfiable(f"{name_of(form)} cannot be written so: {worst.reason}.", self._way_out())

    def plan(self, random: np.random.Generator) -> Plan:
        """Draw a pattern, places for the words, and the rhymes by their weights."""
        pattern = self.patterns[int(random.integers(len(self.patterns)))]
        draft = self._known.get(pattern.name) or self._first(pattern, random)
        chosen: dict[str, str] = {}
        for letter, groups in draft.groups.items():
            free = [group for group in groups if group not in chosen.values()] or groups
            kin = self._kin(letter, chosen, groups)
            chosen[letter] = self._draw(kin or free, random)
        return replace(draft.plan(chosen), repeat=self.wishes.repeat)

    def _draw(self, groups: Sequence[str], random: np.random.Generator) -> str:
        weights = np.array([self.weights.get(group, 0.0) for group in groups])
        if not weights.sum():
            weights = np.array([float(self.sounds.rhymes[group].sum()) for group in groups])
        return groups[int(random.choice(len(groups), p=weights / weights.sum()))]

    def _kin(self, letter: str, chosen: Mapping[str, str], groups: Sequence[str]) -> list[str]:
        """The groups of a letter that are the other tone of what was chosen for its kin."""
        for pair in self.form.kindred:
            if letter in pair and (other := pair[1 - pair.index(letter)]) in chosen:
                return [group for group in groups if part_of(group) == part_of(chosen[other])]
        return []

    def _first(self, pattern: Pattern, random: np.random.Generator) -> Draft:
        """The first way to lay the words into a pattern by which every line and rhyme can be met."""
        last = len(pattern.lines) - 1
        lines = [line_plan(line, self.sounds, last=index == last) for index, line in enumerate(pattern.lines)]
        draft = Draft(self.form, pattern, self.sounds, lines)
        self._lay_text(draft, self.wishes.upper, "the upper line", whole_line=True)
        self._lay_text(draft, self.wishes.start, "the beginning")
        self._lay_acrostic(draft)
        if self.form.opposed:
            self._oppose(draft)
        self._check_lines(draft)
        error: _Unmet | None = None
        tried = 0
        for laid in self._placements(draft, list(self.wishes.words), random):
            tried += 1
            try:
                if self.form.opposed:
                    self._oppose(laid)
                self._check_lines(laid)
                self._find_rhymes(laid)
            except _Unmet as found:
                error = found if error is None or found.depth > error.depth else error
                if tried == MOST_PLACEMENTS:
                    break
                continue
            return laid
        if error is None:
            error = _Unmet(f"there is no place for the word {self.wishes.words[0]!r} that keeps the tones", 2 * LAID)
        raise error

    def _lay_text(self, draft: Draft, text: str, what: str, *, whole_line: bool = False) -> None:
        """Force the characters of a text from the first place on; its punctuation must stand at ends of lines."""
        index, column = 0, 0
        laid = 0
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
            if index == len(draft.lines) or (whole_line and index):
                raise _Unmet(f"{what} {text!r} is longer than the form", laid)
            self._force(draft, index, column, character, what, laid)
            column, laid = column + 1, laid + 1
        if whole_line and text and column != draft.lines[0].length:
            raise _Unmet(f"{what} has {column} characters, and {draft.lines[0].length} are due", laid)

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

    def _oppose(self, draft: Draft) -> None:
        """Narrow both lines of opposed pairs to what the forced characters of the other leave."""
        for pair in self.form.pairs:
            for here, there in (pair, pair[::-1]):
                line, other = draft.lines[here], draft.lines[there]
                due = [list(template) for template in line.templates]
                for column in opposed_columns(line.length):
                    tones = {tone for token in other.forced.get(column, ()) for tone in self.sounds.readings[token]}
                    if len(tones) == 1:
                        wanted = OPPOSITE[next(iter(tones))]
                        due = [
                            [*template[:column], wanted, *template[column + 1 :]]
                            for template in due
                            if template[column] in (EITHER, wanted)
                        ]
                if not due:
                    raise _Unmet(f"the tones of lines {here + 1} and {there + 1} cannot be opposed", 2 * LAID)
                shared = set().union(*line.forced.values()) & set().union(*other.forced.values())
                if shared:
                    raise _Unmet(
                        f"{self.sounds.characters[min(shared)]} would stand in both lines of the couplet", 2 * LAID
                    )
                draft.lines[here] = replace(line, templates=tuple(dict.fromkeys("".join(one) for one in due)))

    def _check_lines(self, draft: Draft) -> None:
        """Every line must keep one of its templates with what is forced in it."""
        for index, line in enumerate(draft.lines):
            kept = draft.works(line, None)
            if kept is None:
                raise _Unmet(f"the tones of line {index + 1} cannot be kept with what is to stand in it", 2 * LAID)
            draft.lines[index] = kept

    def _find_rhymes(self, draft: Draft) -> None:
        letters = dict.fromkeys(line.letter for line in draft.lines if line.letter)
        for number, letter in enumerate(letters):
            groups = draft.rhymes_of(letter)
            if not groups:
                raise _Unmet(
                    f"no rhyme can be kept by all lines of the rhyme {letter} with what is to end them", 3 * LAID
                )
            if number == 0 and self.wishes.rhyme is not None:
                if self.wishes.rhyme not in groups:
                    raise _Unmet(self._why_not(draft, letter), 4 * LAID)
                groups = [self.wishes.rhyme]
            draft.groups[letter] = groups
        for one, other in self.form.kindred:
            kin = {part_of(group) for group in draft.groups.get(one, ())} & {
                part_of(group) for group in draft.groups.get(other, ())
            }
            if one in draft.groups and other in draft.groups:
                if not kin:
                    raise _Unmet(
                        f"no rhyme has both a level and an oblique half for the rhymes {one} and {other}", 4 * LAID
                    )
                for letter in (one, other):
                    draft.groups[letter] = [group for group in draft.groups[letter] if part_of(group) in kin]

    def _why_not(self, draft: Draft, letter: str) -> str:
        rhyme = str(self.wishes.rhyme)
        tones = {line.rhyme_tone for line in draft.pattern.lines if line.rhyme == letter and line.rhyme_tone}
        tone = self.sounds.book.tone_of_rhyme(rhyme)
        if tones and tones != {tone}:
            return f"the rhyme {rhyme} is {TONE_NAMES[tone]}, and the form rhymes {TONE_NAMES[OPPOSITE[tone]]}"
        count = sum(line.letter == letter and line.refrain is None for line in draft.lines)
        return f"the rhyme {rhyme} has too few characters that this model knows for {count} lines and their wishes"

    def _placements(self, draft: Draft, words: list[str], random: np.random.Generator) -> Iterator[Draft]:
        """Every way to lay the words into lines, in random order."""
        if not words:
            yield replace(draft, lines=list(draft.lines), groups={})
            return
        word, rest = words[0], words[1:]
        tokens = [self.sounds.tokens_of(character) for character in word]
        places = [
            (index, column)
            for index, line in enumerate(draft.lines)
            if line.refrain is None
            for column in range(line.length - len(word) + 1)
            if word_boundary(line.length, column, len(word))
        ]
        random.shuffle(places)
        places.sort(key=lambda place: place[1] + len(word) == draft.lines[place[0]].length)  # the ends last
        for index, column in places:
            line = draft.lines[index]
            forced: dict[int, frozenset[int]] = dict(line.forced)
            for offset, some in enumerate(tokens):
                forced[column + offset] = some & forced.get(column + offset, some)
            laid = replace(line, forced=forced)
            if all(forced.values()) and draft.works(laid, None) is not None:
                lines = list(draft.lines)
                lines[index] = laid
                yield from self._placements(replace(draft, lines=lines), rest, random)

    def _way_out(self) -> str:
        """What else would do: one wish less, another rhyme, another length."""
        wishes, hints = self.wishes, []
        if wishes.rhyme is not None:
            others = self._possible(replace(wishes, rhyme=None))
            if others is not None:
                groups = list(dict.fromkeys(group for draft in others for group in self._main_groups(draft)))
                groups.sort(key=lambda group: -self.weights.get(group, 0.0))
                hints.append(f"rhymes that would do: {' '.join(groups[:8])}")
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
        try:
            other = Drafts.__new__(Drafts)
            other.form, other.wishes, other.sounds, other.weights = self.form, wishes, self.sounds, self.weights
            found = []
            for pattern in self.form.patterns:
                try:
                    found.append(other._first(pattern, np.random.Generator(np.random.PCG64(0))))
                except _Unmet:
                    continue
        except RecursionError:  # pragma: no cover - a form of a thousand words
            return None
        return found or None

    @staticmethod
    def _main_groups(draft: Draft) -> list[str]:
        return next(iter(draft.groups.values()), [])


def check_characters(wishes: Wishes, sounds: SoundMasks) -> None:
    """Every character that is wished for must be one that the model can write and the book knows."""
    named = {
        "--acrostic": wishes.acrostic, "--start": wishes.start, "--upper": wishes.upper,
        "--word": "".join(wishes.words),
    }  # fmt: skip
    tests: tuple[tuple[Callable[[str], bool], str], ...] = (
        (lambda one: bool(sounds.tokens_of(one)), "is not among the characters that this model knows"),
        (lambda one: any(sounds.readings[token] for token in sounds.tokens_of(one)), "has no tone in the rhyme book"),
    )
    for option, text in named.items():
        for character in text:
            if character in MARKS:
                continue
            for passes, complaint in tests:
                if not passes(character):
                    known = [other for other in variants(character) if other in sounds.ids and other != character]
                    hint = f"Perhaps {' or '.join(known)}?" if known else "Choose another character."
                    raise ConstraintUnsatisfiable(f"{character} of {option} {complaint}.", hint)


def opposed_columns(length: int) -> list[int]:
    """The columns at which the lines of a couplet have opposite tones: the even characters and the last."""
    return sorted({*range(1, length, 2), length - 1})


def word_boundary(length: int, column: int, size: int) -> bool:
    """Whether a word of ``size`` characters may begin at a column: it must not lie across the line's caesura.

    A line of five parts after the second character, one of seven after the second and the fourth.
    """
    cuts = {5: (2,), 7: (2, 4)}.get(length, ())
    return size > 3 or not any(column < cut < column + size for cut in cuts)


def part_of(group: str) -> str:
    """The part of the book that a group is a half of."""
    return group.split("·")[0]


def name_of(form: Form) -> str:
    """A form as messages call it."""
    return form.title.get("zh", form.name) + f" ({form.name})"
