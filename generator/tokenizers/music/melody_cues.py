"""What a network is told of each place in a melody, and what that is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ...text.cues import CueField
from .echoes import LENGTHS
from .melody_signs import BAR, METRES, MODES, PICKUPS, QUARTER, SECTION, Duration

__all__ = ["BACK", "CUE_FIELDS", "LEAST", "Due", "Group", "bar_ticks", "bars_in", "grouped", "told"]


class Due(IntEnum):
    """Where a melody stands, as the cue ``due`` tells it."""

    MODE = 1  # nothing is written
    METRE = 2
    FIRST = 3  # the metre is written, the pickup may come
    PICKED = 4  # the pickup is written
    START = 5  # of a bar
    INSIDE = 6  # a bar
    FULL = 7  # a bar
    CLOSE = 8  # a bar that is full but for what the pickup took
    DURATION = 9  # written
    FERMATA = 10  # written
    TIE = 11  # written
    MOVED = 12  # a change of key is written, its mode comes


GRAIN: Final = QUARTER // 24  # of the place in the bar: exact for triplets and 32nd notes
COARSE: Final = QUARTER // 4  # of the time left in it
PLACES, LEFT, BARS, SECTIONS, AHEAD, NOTES = 144, 24, 64, 15, 63, 8  # caps
LEAST: Final = 6  # characters that must be alike for an echo
BACK: Final = (8, 4, 2)  # bars back to what stood at the same place

CUE_FIELDS: Final = (
    CueField("due", len(Due), 0, 0),
    CueField("tied", 1, 1, 0),  # the last note is tied: its pitch comes again
    CueField("group", NOTES, 2, 0),  # notes that the tuplet has so far
    CueField("place", PLACES + 1, 3, 0),  # in the bar; a pickup stands at the end of its bar
    CueField("left", LEFT + 1, 4, 0),  # in the bar
    CueField("eighth", 9, 5, 0),  # which bar of its passage, in rounds of eight; 9 for a pickup
    CueField("bar", BARS + 1, 6, 0),
    CueField("section", SECTIONS + 1, 7, 0),
    CueField("metre", len(METRES), 8, 0),
    CueField("mode", len(MODES), 9, 0),
    CueField("duration", 0, 10, 0),  # in force
    CueField("last", 0, 11, 0),  # the last pitch
    CueField("before", 0, 12, 0),  # the one before it
    CueField("echo", 0, 13, 1),
    CueField("strength", len(LENGTHS), 14, 1),
    *(CueField(f"back{bars}", 0, 15 + number, 1) for number, bars in enumerate(BACK)),
    CueField("ahead", AHEAD + 1, 15 + len(BACK), 2, ahead=True),  # bars to come
)


@dataclass(frozen=True, slots=True)
class Group:
    """A tuplet that is not complete.

    Attributes:
        tuplet: ``(actual, normal)``.
        done: Ticks so far.
        goals: Ticks at any of which it is complete, the least first.
        notes: How many so far.
    """

    tuplet: tuple[int, int]
    done: int
    goals: tuple[int, ...]
    notes: int


def grouped(group: Group | None, duration: Duration) -> Group | None:
    """The tuplet behind one more note or rest: None where none is open.

    A triplet is complete when it has three times its first note, or, where that note is one of two
    thirds, three halves of it; a dotted first note counts as one and a half. Another tuplet is complete
    when it has as many notes of the first one's length as its name says.
    """
    if duration.tuplet is None:
        return None
    if group is None or group.tuplet != duration.tuplet or group.done + duration.ticks > group.goals[-1]:
        group = Group(duration.tuplet, 0, goals_of(duration), 0)
    done = group.done + duration.ticks
    return None if done in group.goals else Group(group.tuplet, done, group.goals, group.notes + 1)


def goals_of(first: Duration) -> tuple[int, ...]:
    """Ticks at which a tuplet that begins with this note is complete."""
    assert first.tuplet is not None
    if first.tuplet == (3, 2):
        return (2 * first.ticks,) if first.dotted else (3 * first.ticks // 2, 3 * first.ticks)
    return (first.tuplet[0] * first.ticks,)


def bar_ticks(metre: str) -> int:
    """Ticks in a full bar of a metre, which its character names."""
    beats, beat_type = METRES[metre]
    return 4 * beats * QUARTER // beat_type


def bars_in(text: str) -> int:
    """Bars of a text, a pickup not counted."""
    return text.count(BAR) + text.count(SECTION) + (text[2:3] not in PICKUPS or not text[2:3])


def told(ahead: int) -> int:
    """The cue for so many bars to come behind the present one."""
    return 1 + min(max(ahead, 0), AHEAD)
