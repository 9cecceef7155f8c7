"""What may be written freely in a melody: lengths that leave a bar that can be filled, and pitches in reach."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

from ...music import Key, Tuplet
from .melody_cues import Group, goals_of
from .melody_scores import absolute
from .melody_signs import DURATION_SIGN, DURATIONS, PICKUPS, PITCHES, QUARTER, Duration

__all__ = ["LEAST_BARS", "MOST_BARS", "fitting", "palette", "pickups"]

LEAST_BARS, MOST_BARS = 4, 128  # where no number is asked for

# What tunes are made of: no sixty-fourth notes, and of the tuplets the triplets.
PLAIN = [Fraction(n, 8) for n in (1, 2, 3, 4, 6, 7, 8, 12, 14, 16, 24, 32, 48)]
TRIPLETS = [Fraction(n, 12) for n in (1, 2, 3, 4, 6, 8)]
FREE: Final = "".join(
    [DURATION_SIGN[quarters, None] for quarters in PLAIN] + [DURATION_SIGN[quarters, (3, 2)] for quarters in TRIPLETS]
)
LONGEST: Final = 15 * QUARTER  # more than any bar has
LETTERS_IN_REACH = range(-8, 15)  # above the tonic
FIFTHS_IN_REACH = range(-6, 9)  # from the tonic: the minor second to the raised fifth, as tunes have them
KEYS_IN_REACH = range(55, 89)  # the open G string of a fiddle to E6


@lru_cache(maxsize=256)
def sums(coins: tuple[int, ...]) -> int:
    """The ticks that these lengths add up to in any number, as the bits of a number."""
    found, within = 1, (1 << (LONGEST + 1)) - 1
    for coin in coins:
        step = coin
        while step <= LONGEST:  # twice as many each time: together any number of them
            found |= (found << step) & within
            step *= 2
    return found


def reach(length: int, coins: tuple[int, ...]) -> bool:
    """Whether lengths add up to another."""
    return length >= 0 and bool(sums(coins) >> length & 1)


@lru_cache(maxsize=64)
def coins_of(tuplet: Tuplet | None) -> tuple[int, ...]:
    """Lengths to fill a bar, or a tuplet, with; of rare tuplets, which only an opening can have, all there are."""
    signs = FREE if tuplet in (None, (3, 2)) else DURATIONS
    return tuple(sorted(DURATIONS[sign].ticks for sign in signs if DURATIONS[sign].tuplet == tuplet))


@lru_cache(maxsize=4096)
def fitting(left: int, group: Group | None) -> str:
    """The lengths that a note may have, so that the bar, and the tuplet within it, can still be filled.

    Where an opening stands at a place that the lengths of free writing do not lead on from, all lengths
    are tried, and tuplets need not be complete.

    Args:
        left: Ticks to the end of the bar.
        group: The tuplet that is open.
    Returns:
        Characters of durations; none if nothing fills the bar.
    """
    signs = FREE if group is None or group.tuplet == (3, 2) else "".join(DURATIONS)
    found = "".join(sign for sign in signs if fits(DURATIONS[sign], left, group))
    if found:
        return found
    every = tuple(sorted({duration.ticks for duration in DURATIONS.values()}))
    return "".join(sign for sign, duration in DURATIONS.items() if reach(left - duration.ticks, every))


def fits(duration: Duration, left: int, group: Group | None) -> bool:
    """Whether a bar can be filled behind a note, with every tuplet complete."""
    plain = coins_of(None)
    if group is None and duration.tuplet is None:
        return reach(left - duration.ticks, plain)
    if group is not None and duration.tuplet != group.tuplet:
        return False
    done, goals = (group.done, group.goals) if group else (0, goals_of(duration))
    return any(
        reach(goal - done - duration.ticks, coins_of(duration.tuplet)) and reach(left - (goal - done), plain)
        for goal in goals
    )


@lru_cache(maxsize=512)
def palette(key: Key, home: int) -> str:
    """The pitches that may be written in a key: in the reach of a fiddle, with at most two signs.

    Args:
        key: The key in force.
        home: The tonic of its home octave, in letters above C0.
    """
    found = []
    for sign, (steps, alter) in PITCHES.items():
        pitch = absolute(steps, alter, key, home)
        if (
            pitch is not None
            and abs(pitch.alter) <= 2
            and steps in LETTERS_IN_REACH
            and pitch.fifths - key.fifths_of_tonic in FIFTHS_IN_REACH
            and pitch.midi in KEYS_IN_REACH
        ):
            found.append(sign)
    return "".join(found)


def pickups(full: int) -> str:
    """The pickups to choose from: whole sixteenths, less than a bar."""
    return "".join(sign for sign, length in PICKUPS.items() if length < full and length % (QUARTER // 4) == 0)
