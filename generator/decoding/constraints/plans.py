"""From a form and a person's wishes to plans: which tokens may stand where, before a word is written.

A draft is one pattern of the form with the wishes laid into it. It keeps, for each letter of its
rhyme scheme, every rhyme that can still be met; choosing one for each letter makes a plan. What
cannot be met is said here, with the wish and its place, and what else would do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...text.forms.form import EITHER, Form, Line, Pattern
from .base import Mask
from .sounds import SoundMasks

__all__ = ["Draft", "LinePlan", "Plan", "Wishes"]

Tokens = frozenset[int]


@dataclass(frozen=True)
class Wishes:
    """What a person asks of a poem beside its form.

    Attributes:
        rhyme: The rhyme group of the first letter of the scheme; None draws one.
        acrostic: The first characters of the lines, from the first line on.
        start: How the poem begins.
        upper: The upper line of a couplet, whole.
        words: Words that must stand in the poem, each within a line.
        repeat: Whether characters may come again freely. Otherwise a character that stands in the poem
            already comes again only right after itself, or where nothing else is lawful.
    """

    rhyme: str | None = None
    acrostic: str = ""
    start: str = ""
    upper: str = ""
    words: tuple[str, ...] = ()
    repeat: bool = False

    def to_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {**self.__dict__, "words": list(self.words)}


@dataclass(frozen=True)
class LinePlan:
    """One line of a plan.

    Attributes:
        length: Characters.
        templates: The tones that may be due, alternatives of one length; at least one.
        forced: For a column the tokens of which one must stand there.
        end: Tokens of the punctuation and the line break after it.
        letter: Its rhyme; None where it has none.
        refrain: The line that it repeats.
    """

    length: int
    templates: tuple[str, ...]
    forced: Mapping[int, Tokens]
    end: tuple[int, ...]
    letter: str | None = None
    refrain: int | None = None


@dataclass(frozen=True)
class Plan:
    """A pattern with its wishes and its rhymes.

    Attributes:
        form, pattern: What is written.
        lines: Its lines.
        groups: For each letter the rhyme group.
        repeat: As in ``Wishes``.
    """

    form: Form
    pattern: Pattern
    lines: tuple[LinePlan, ...]
    groups: Mapping[str, str]
    repeat: bool = False

    @property
    def tokens(self) -> int:
        """How many tokens the poem has, its end included."""
        return sum(line.length + len(line.end) for line in self.lines) + 1


@dataclass
class Draft:
    """A pattern with the wishes in it, rhymes still open.

    Attributes:
        form, pattern: What is written.
        sounds: The vocabulary.
        lines: Its lines.
        groups: For each letter the rhymes that can be met.
    """

    form: Form
    pattern: Pattern
    sounds: SoundMasks
    lines: list[LinePlan]
    groups: dict[str, list[str]] = field(default_factory=dict)
    _ends: dict[tuple[str, str], list[frozenset[int]]] = field(default_factory=dict, init=False, repr=False)

    def works(self, line: LinePlan, group: str | None) -> LinePlan | None:
        """The line with those templates that leave no column empty; None where there is none."""
        kept = tuple(
            template
            for number, template in enumerate(line.templates)
            if (group is None or rhymes_so(self.sounds, template, group))
            and all(slot_mask(self.sounds, line, (number,), at, group).any() for at in range(line.length))
        )
        return LinePlan(**{**line.__dict__, "templates": kept}) if kept else None

    def ends_of(self, letter: str, group: str) -> list[frozenset[int]]:
        """For each line of a letter, refrains apart, the kinds of characters that may end it in a rhyme."""
        key = letter, group
        if key not in self._ends:
            whole = self.sounds.rhyming_kinds[group]
            found: list[frozenset[int]] = []
            for line in self.lines:
                if line.letter != letter or line.refrain is not None:
                    continue
                if not any(rhymes_so(self.sounds, template, group) for template in line.templates):
                    found.append(frozenset())
                elif (forced := line.forced.get(line.length - 1)) is None:
                    found.append(whole)
                else:
                    rhyming = self.sounds.rhymes[group]
                    found.append(frozenset(int(self.sounds.kinds[token]) for token in forced if rhyming[token]))
            self._ends[key] = found
        return self._ends[key]

    def plan(self, groups: Mapping[str, str]) -> Plan:
        """The plan with these rhymes."""
        lines = [self.works(line, groups.get(line.letter or "")) for line in self.lines]
        assert all(line is not None for line in lines)
        return Plan(self.form, self.pattern, tuple(line for line in lines if line is not None), dict(groups))


def rhymes_so(sounds: SoundMasks, template: str, group: str) -> bool:
    """Whether a line with these tones may end in a rhyme; one that may be read otherwise does not rhyme by that."""
    return template[-1] in (EITHER, sounds.book.tone_of_rhyme(group))


def slot_mask(sounds: SoundMasks, line: LinePlan, alive: Sequence[int] | range, column: int, group: str | None) -> Mask:
    """The tokens that may stand in a column by one of the templates that are alive [vocab_size]."""
    marks = {line.templates[number][column] for number in alive}
    mark = next(iter(marks)) if len(marks) == 1 else EITHER
    mask = sounds.tones[mark]
    if group is not None and column == line.length - 1:
        mask = mask & sounds.rhymes[group]
    if column in line.forced:
        mask = mask & sounds.mask_of(line.forced[column])
    return mask


def meet(one: str, other: str) -> str:
    """The tones that keep both of two templates; empty where none do."""
    due = [b if a == EITHER else a for a, b in zip(one, other, strict=False)]
    fits = len(one) == len(other) and all(b in (EITHER, a) for a, b in zip(due, other, strict=True))
    return "".join(due) if fits else ""


def line_plan(line: Line, sounds: SoundMasks, *, last: bool) -> LinePlan:
    """A line of a form without wishes."""
    assert line.length is not None
    end = line.end or ("。" if last else "，")
    marks = end + ("\n" if end == "。" and not last else "")
    return LinePlan(
        line.length,
        line.tones or (EITHER * line.length,),
        {},
        tuple(sounds.ids[mark] for mark in marks),
        line.rhyme,
        line.refrain,
    )
