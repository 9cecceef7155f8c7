"""The order in which written bars are played: repeats, endings, da capo, dal segno, coda and fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.errors import CorpusError
from generator.stopping import go_on

__all__ = ["MOST_BARS", "Marks", "play_order"]

MOST_BARS = 20_000  # a chain of repeats that asks for more is a mistake or an attack


@dataclass
class Marks:
    """The signs of one written bar that say what is played after it.

    Attributes:
        section: A new passage begins before this bar, as after a double bar.
        start: A repeat begins before this bar.
        times: How often the passage that ends here is played: 2 or more; 0 means no repeat ends here.
        ending: The passes in which this bar is played, where it stands under a bracket; else empty.
        last_of_ending: The bracket ends with this bar.
        segno, coda: The sign stands before this bar.
        fine, to_coda: After a jump, the piece ends, or goes on at the coda, after this bar.
        jump: ``da capo`` or ``dal segno`` after this bar; else empty.
    """

    section: bool = False
    start: bool = False
    times: int = 0
    ending: frozenset[int] = frozenset()
    last_of_ending: bool = False
    segno: bool = False
    coda: bool = False
    fine: bool = False
    to_coda: bool = False
    jump: str = ""


def play_order(marks: Sequence[Marks]) -> list[int]:
    """The numbers of the written bars in the order in which they are played.

    A repeat without a sign for its start goes back to the end of the passage before, or to the
    beginning, as players read it. After a da capo or dal segno, passages are played once, with their
    last ending. A jump is followed only where a fine or a coda says how the piece ends.

    Raises:
        CorpusError: If the signs lead on without end.
    """
    order: list[int] = []
    turns = Turns(marks)
    coda = next((number for number, bar in enumerate(marks) if bar.coda), None)
    place, start, turn = 0, 0, 1  # the bar, the bar that a repeat goes back to, the pass through the passage
    jumped = False
    has_end = any(bar.fine or bar.to_coda for bar in marks)
    while place < len(marks):
        if len(order) > MOST_BARS:
            raise CorpusError(f"The repeats ask for more than {MOST_BARS} bars.")
        go_on()
        bar = marks[place]
        if bar.start and place != start:
            start, turn = place, 1
        if jumped:
            turn = turns.last(place, start)
        if bar.ending and turn not in bar.ending:
            place += 1
            continue
        order.append(place)
        if jumped and bar.fine:
            break
        if jumped and bar.to_coda and coda is not None and coda > place:
            place = start = coda
            continue
        if bar.times and not jumped and turn < max(bar.times, turns.last(place, start)):
            turn += 1
            place = start
            continue
        if bar.jump and has_end and not jumped:
            jumped = True
            place = segno_of(marks, place) if bar.jump == "dal segno" else 0
            start = place
            continue
        done = turn >= turns.last(place, start)
        closes = bar.last_of_ending or place + 1 == len(marks) or marks[place + 1].ending != bar.ending
        if (bar.times and not bar.ending) or (bar.ending and done and closes):
            start, turn = place + 1, 1
        place += 1
    return order


class Turns:
    """How often passages are played, as the brackets in them say.

    It is asked at every bar, so that walking through the passage each time would take the square of its bars.
    """

    def __init__(self, marks: Sequence[Marks]) -> None:
        # highest[k][n] is the highest number over the brackets of the 2^k bars from n on
        self.highest = [[max(bar.ending, default=1) for bar in marks]]
        width = 1
        while 2 * width <= len(marks):
            last = self.highest[-1]
            self.highest.append([max(pair) for pair in zip(last, last[width:], strict=False)])
            width *= 2
        self.stops = [len(marks)] * len(marks)  # where the passage ends that a bar stands in
        for number in range(len(marks) - 1, 0, -1):
            bar = marks[number]
            self.stops[number - 1] = number if bar.start or not bar.ending else self.stops[number]

    def last(self, place: int, start: int) -> int:
        """The highest number over the brackets of the passage that a bar stands in; 1 if there are none."""
        count = self.stops[place] - start
        if count <= 0:
            return 1
        size = count.bit_length() - 1
        row = self.highest[size]
        return max(row[start], row[self.stops[place] - (1 << size)], 1)


def segno_of(marks: Sequence[Marks], place: int) -> int:
    """The last segno before a bar, or the beginning."""
    return next((number for number in range(place, -1, -1) if marks[number].segno), 0)
