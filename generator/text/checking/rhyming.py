"""The rhymes of a Chinese poem: which group each letter of the form takes, and who falls out of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..forms.form import Form
from .report import Finding, Rhyme

__all__ = ["RhymeLine", "choose_groups"]


@dataclass(frozen=True)
class RhymeLine:
    """A line that should rhyme.

    Attributes:
        number: The line's, from 1.
        letter: Of its rhyme.
        character: The rhyming character.
        full: The same in traditional writing.
        place: Its number in the line, from 1.
        groups: The groups by which it may rhyme: those in the tone that is due.
        all_groups: The groups of all its readings.
    """

    number: int
    letter: str
    character: str
    full: str
    place: int
    groups: frozenset[str]
    all_groups: frozenset[str]


def choose_groups(
    lines: Sequence[RhymeLine], form: Form, order: Mapping[str, int]
) -> tuple[tuple[Rhyme, ...], list[Finding], list[Finding]]:
    """Give each letter the group that most of its lines are in, and name the lines that are not.

    Args:
        lines: The lines that should rhyme; refrains apart, which rhyme by being the same.
        form: Whose rule on repeated rhymes and on kindred letters holds.
        order: The place of each group in its book.
    Returns:
        The rhymes, the findings of lines, and remarks on the whole.
    """
    letters = list(dict.fromkeys(line.letter for line in lines))
    members = {letter: [line for line in lines if line.letter == letter] for letter in letters}
    kindred = [(one, other) for one, other in form.kindred if one in members and other in members]
    remarks = []
    if kindred and not any("·" in group for group in order):
        said = "the book does not say which level and oblique rhymes are of one part, which the form asks"
        remarks.append(Finding("rhyme", said, breaks=False))
        kindred = []
    linked = [letter for letter in letters if any(letter in pair for pair in kindred)]
    chosen = {letter: best_of(members[letter], order) for letter in letters if letter not in linked}
    chosen |= best_together(linked, kindred, members, order)
    rhymes, findings = [], []
    for letter in letters:
        group = chosen[letter]
        rhyming = [line for line in members[letter] if group is not None and group in line.groups]
        rhymes.append(
            Rhyme(
                letter,
                group,
                tuple(line.number for line in rhyming),
                tuple(line.number for line in members[letter] if line not in rhyming),
            )
        )
        # A letter that one line alone has asks nothing, unless another letter must be its kin.
        if len(members[letter]) > 1 or letter in linked:
            findings += [misfit(line, group, rhyming) for line in members[letter] if line not in rhyming]
    if form.distinct_rhymes:
        findings += repeated(lines)
    return tuple(rhymes), findings, remarks


def best_of(lines: Sequence[RhymeLine], order: Mapping[str, int]) -> str | None:
    """The group of most lines; of equals the one of the earliest line, then the first in the book."""
    candidates = {group for line in lines for group in line.groups}
    return min(candidates, key=lambda group: worth(lines, group, order), default=None)


def worth(lines: Sequence[RhymeLine], group: str | None, order: Mapping[str, int]) -> tuple[int, list[bool], int]:
    """Small for a group that many lines are in, and early ones."""
    outside = [group not in line.groups for line in lines]
    return sum(outside), outside, order.get(group or "", len(order))


def best_together(
    letters: Sequence[str],
    kindred: Sequence[tuple[str, str]],
    members: Mapping[str, Sequence[RhymeLine]],
    order: Mapping[str, int],
) -> dict[str, str | None]:
    """The groups of letters that must be of one part, tried in every combination."""
    options: list[list[str | None]] = [
        [None, *sorted({group for line in members[letter] for group in line.groups}, key=order.__getitem__)]
        for letter in letters
    ]
    lawful = []
    for groups in itertools.product(*options):
        said = dict(zip(letters, groups, strict=True))
        if all(of_one_part(said[one], said[other]) for one, other in kindred):
            worths = [worth(members[letter], said[letter], order) for letter in letters]
            lawful.append((sum(each[0] for each in worths), worths, said))
    return min(lawful, key=lambda option: option[:2])[2]


def of_one_part(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one.partition("·")[0] == other.partition("·")[0]


def misfit(line: RhymeLine, group: str | None, rhyming: Sequence[RhymeLine]) -> Finding:
    own = " or ".join(sorted(line.all_groups)) or "of a sound that is not in the book"
    if group is None:
        said = f"{line.character} should rhyme and is {own}"
    else:
        partners = ", ".join(f"{other.character} ({other.number})" for other in rhyming)
        said = f"{line.character} is {own}, and does not rhyme with {partners} in {group}"
    return Finding("rhyme", said, line.number, line.place, line.character, group or "")


def repeated(lines: Sequence[RhymeLine]) -> list[Finding]:
    """The lines whose rhyming character was a rhyme before."""
    first: dict[tuple[str, str], int] = {}
    found = []
    for line in lines:
        written = (line.character, line.full)
        if written in first:
            said = f"{line.character} was the rhyme of line {first[written]} already"
            found.append(Finding("repeat", said, line.number, line.place, line.character))
        else:
            first[written] = line.number
    return found
