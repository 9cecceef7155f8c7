"""How the tunes of the training pieces went on where they went as this one did: many chorales share a tune.

A soprano line is compared note by note, by its intervals and lengths and so in any key, with every training
piece but itself. What is handed on is what followed the longest agreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

LONG = 12  # notes that agree, and more


def notes(line: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pitches, lengths and first frames of a voice [frames]."""
    starts = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    return line[starts], np.diff(np.r_[starts, len(line)]), starts


class Tunes:
    """The soprano lines of the training pieces.

    Args:
        pieces: Frames of each [frames, voices], the soprano first.
    """

    def __init__(self, pieces: Sequence[np.ndarray]) -> None:
        symbols, lengths, steps, owners, starts, lasting, ends = [], [], [], [], [], [], []
        offset = 0
        for number, piece in enumerate(pieces):
            pitches, length, start = notes(piece[:, 0])
            changes = np.flatnonzero(np.r_[True, (piece[1:] != piece[:-1]).any(1)])
            nexts = np.r_[changes[1:], len(piece)]
            lasting.append(np.repeat(nexts, np.diff(np.r_[changes, len(piece)])) - np.arange(len(piece)))
            starts.append(start + offset)
            offset += len(piece)
            ends.append(np.full(len(pitches), offset))
            symbols.append(self._symbols(pitches, length))
            lengths.append(length)
            steps.append(np.r_[np.diff(pitches), 999])  # after the last note comes nothing
            owners.append(np.full(len(pitches), number))
        self.symbols, self.lengths, self.steps, self.owners, self.starts, self.ends, self.lasting = map(
            np.concatenate, (symbols, lengths, steps, owners, starts, ends, lasting)
        )
        self.frames = np.concatenate(list(pieces))  # of all pieces, one behind the other

    @staticmethod
    def _symbols(pitches: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """One number for the interval that leads to each note and the length of the note before; -1 for the first."""
        return np.r_[-1, (np.diff(pitches) + 128) * 128 + np.minimum(lengths[:-1], 127)]

    def foretell(self, frames: np.ndarray, leave_out: int | None) -> np.ndarray:
        """What the tunes say about each soprano note of a piece [frames, voices]: [6, notes].

        The rows: how many notes agree, the length it should have, the interval that should follow; the
        first frame, among ``self.frames``, of the note that is most like it, how much higher this one is, and
        how many of the lower voices agree at this note and the three before. Nothing but the notes before,
        their chords, and its own first chord is looked at. Where no tune agrees, all are 0.
        """
        pitches, lengths, begins = notes(frames[:, 0])
        symbols = self._symbols(pitches, lengths)
        run = np.zeros(len(self.symbols), dtype=np.int64)
        allowed = (self.owners != leave_out) & (self.steps != 999)
        out = np.zeros((6, len(pitches)), dtype=np.int64)
        for index in range(1, len(pitches)):
            run = np.where(self.symbols == symbols[index], np.r_[0, run[:-1]] + 1, 0)
            usable = run * allowed
            longest = int(usable.max())
            if longest < 2:
                continue
            where = np.flatnonzero(usable == longest)
            ways = Counter(zip(self.lengths[where].tolist(), self.steps[where].tolist(), strict=True))
            (length, step), _ = ways.most_common(1)[0]
            near = np.flatnonzero(usable >= min(longest, 4))
            higher = pitches[index] - self.frames[self.starts[near], 0]
            agreeing = np.zeros(len(near), dtype=np.int64)
            for back in range(min(4, index + 1)):
                mine = frames[begins[index - back], 1:]
                theirs = self.frames[self.starts[near - back], 1:] + higher[:, None]
                agreeing += (theirs == mine).sum(1) * (usable[near] >= back)
            best = int((np.minimum(usable[near], LONG) + agreeing).argmax())
            out[:, index] = min(longest, LONG), length, step, self.starts[near[best]], higher[best], agreeing[best]
        return out

    def chord(self, starts: np.ndarray, ages: np.ndarray, higher: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The chords ``ages`` sixteenths after ``starts`` and how long they last still, [steps, 5]; -2 for none."""
        ends = np.r_[self.ends, 0][np.searchsorted(self.starts, starts)]
        inside = (known > 0) & (starts + ages < ends)
        at = np.where(inside, starts + ages, 0)
        chords = self.frames[at]
        chords = np.where(chords < 0, chords, chords + higher[:, None])
        return np.where(inside[:, None], np.concatenate((chords, self.lasting[at][:, None]), 1), -2)
