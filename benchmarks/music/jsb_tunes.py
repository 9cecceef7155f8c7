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
        symbols, lengths, steps, owners = [], [], [], []
        for number, piece in enumerate(pieces):
            pitches, length, _ = notes(piece[:, 0])
            symbols.append(self._symbols(pitches, length))
            lengths.append(length)
            steps.append(np.r_[np.diff(pitches), 999])  # after the last note comes nothing
            owners.append(np.full(len(pitches), number))
        self.symbols, self.lengths, self.steps, self.owners = map(np.concatenate, (symbols, lengths, steps, owners))

    @staticmethod
    def _symbols(pitches: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """One number for the interval that leads to each note and the length of the note before; -1 for the first."""
        return np.r_[-1, (np.diff(pitches) + 128) * 128 + np.minimum(lengths[:-1], 127)]

    def foretell(self, line: np.ndarray, leave_out: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each note of ``line``: notes that agree, the length it should have, the interval that should follow.

        Nothing but the notes before it and its own pitch is looked at. Where no tune agrees, all three are 0.
        """
        pitches, lengths, _ = notes(line)
        symbols = self._symbols(pitches, lengths)
        run = np.zeros(len(self.symbols), dtype=np.int64)
        allowed = (self.owners != leave_out) & (self.steps != 999)
        out = np.zeros((3, len(pitches)), dtype=np.int64)
        for index in range(1, len(pitches)):
            run = np.where(self.symbols == symbols[index], np.r_[0, run[:-1]] + 1, 0)
            usable = run * allowed
            longest = int(usable.max())
            if longest < 2:
                continue
            where = np.flatnonzero(usable == longest)
            (length, step), _ = Counter(zip(self.lengths[where].tolist(), self.steps[where].tolist())).most_common(1)[0]
            out[:, index] = min(longest, LONG), length, step
        return out[0], out[1], out[2]
