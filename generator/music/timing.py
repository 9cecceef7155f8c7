"""When something sounds: from quarter notes to seconds, exactly."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

from .score import Score, Tempo, in_force

__all__ = ["DEFAULT_BPM", "HELD", "Clock"]

DEFAULT_BPM = Fraction(100)  # quarter notes a minute, where a score does not say
HELD = Fraction(3, 2)  # how many times its length a note under a fermata lasts


class Clock:
    """The seconds of a performance that keeps to the written tempos and waits at fermatas.

    A fermata slows everything that happens while it lasts; where several parts have one at the same
    moment, it lasts as long as the shortest of those notes. So a held chord is held together, and
    what comes after begins together.

    Args:
        score: Any score.
        held: How many times its length a note under a fermata lasts; 1 ignores fermatas.
    """

    def __init__(self, score: Score, held: Fraction = HELD) -> None:
        pauses: dict[Fraction, Fraction] = {}  # onset -> end
        for voice in score.voices():
            for event in voice.events:
                if event.fermata and held != 1:
                    pauses[event.onset] = min(event.end, pauses.get(event.onset, event.end))
        edges = {Fraction(0), *pauses, *pauses.values(), *(tempo.onset for tempo in score.tempos)}
        found: list[Tempo] = []
        waiting_until = Fraction(0)
        for onset in sorted(edges):
            waiting_until = max(waiting_until, pauses.get(onset, Fraction(0)))
            written = in_force(score.tempos, onset)
            bpm = written.bpm if written else DEFAULT_BPM
            if onset < waiting_until:
                bpm /= held
            if not found or found[-1].bpm != bpm:
                found.append(Tempo(onset, bpm))
        self.tempos = tuple(found)
        self.onsets = [tempo.onset for tempo in found]
        self.starts = [Fraction(0)]  # the second at which each tempo begins
        for before, after in pairwise(found):
            self.starts.append(self.starts[-1] + (after.onset - before.onset) * 60 / before.bpm)

    def seconds(self, time: Fraction) -> Fraction:
        """Seconds from the beginning to a time in quarters, 0 or more; beyond the end the last tempo goes on."""
        place = max(bisect_right(self.onsets, time) - 1, 0)
        tempo = self.tempos[place]
        return self.starts[place] + (time - tempo.onset) * 60 / tempo.bpm
