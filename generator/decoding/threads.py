"""How many of torch's threads a step takes: all of them, or one, whichever is faster just now.

Two threads halve the time of a large product, and save little of a small one. Where another program holds
a processor, the threads of a product wait for each other until the system next lets the late one run, and
a step takes some hundred times as long; one thread goes on as if nothing were. Which of the two it is
changes while a text is written, so both are timed again and again, a step each.

The bits of a step are the same with one thread as with more (a test holds it), except in float32, whose
sums torch orders by the number of threads: there nothing is changed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch

__all__ = ["Threads"]

SMALL = 12_000_000  # multiplications in a step (weights times rows) that one thread does as well as several
SHORTEST_S, LONGEST_S = 0.25, 8.0  # between two comparisons
COSTLY = 4.0  # times the other's time: then the next comparison is put off for longer


class Known(threading.local):
    """What a thread of the program knows of torch's number.

    A thread takes the number that was set last, by whichever thread, at its first call of torch; that may fall
    into the step of another, which has just set 1.
    """

    looked = False
    usual = 1  # the last number above 1, of all threads

    def number(self) -> int:
        """Torch's number of threads for the thread that asks."""
        found = torch.get_num_threads()
        if not self.looked:
            self.looked = True
            if found < Known.usual and threading.current_thread() is not threading.main_thread():
                torch.set_num_threads(Known.usual)
                found = Known.usual
        if found > 1:
            Known.usual = found
        return found


known = Known()


class Race:
    """One number of rows: which of the two was faster, and when to compare again."""

    def __init__(self) -> None:
        self.alone = True
        self.times: list[float] = []  # of the comparison under way: with one thread, with all
        self.due = 0.0
        self.interval = SHORTEST_S
        self.lock = threading.Lock()  # two requests may step the same network
        self.timed = False  # whether a step of the comparison is under way; one beside it is not timed

    def choose(self, now: float) -> tuple[bool, bool]:
        """Whether the step that begins takes one thread, and whether it is timed."""
        with self.lock:
            if now < self.due or self.timed:
                return self.alone, False
            self.timed = True
            return not self.times, True

    def told(self, begun: float, ended: float) -> None:
        """A step that is timed is over."""
        with self.lock:
            self.timed = False
            self.times.append(ended - begun)
            if len(self.times) == 2:
                one, several = self.times
                self.alone = one <= several
                self.interval = min(2 * self.interval, LONGEST_S) if several > COSTLY * one else SHORTEST_S
                self.due, self.times = ended + self.interval, []


class Threads:
    """The choice for one network.

    Args:
        weights: How many a step multiplies by.
        fixed: Whether torch's number of threads is left as it is.
        clock: Tells seconds.
    """

    def __init__(self, weights: int, fixed: bool = False, clock: Callable[[], float] = time.perf_counter) -> None:
        self.weights, self.fixed, self.clock = weights, fixed, clock
        self.races: dict[int, Race] = {}

    @contextmanager
    def one(self) -> Iterator[None]:
        """Within, torch takes one thread: for what is small whatever the number of rows, and sums in one order."""
        usual = known.number()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(usual)

    @contextmanager
    def of(self, rows: int) -> Iterator[None]:
        """Within, torch takes the threads that are best for a step of that many rows; behind, as many as before."""
        usual = known.number()
        if self.fixed or usual == 1:
            yield
            return
        race = None if rows * self.weights <= SMALL else self.races.setdefault(rows, Race())
        begun = self.clock()
        alone, timed = (True, False) if race is None else race.choose(begun)
        try:
            with self.one() if alone else nullcontext():
                yield
        finally:
            if timed and race is not None:
                race.told(begun, self.clock())
