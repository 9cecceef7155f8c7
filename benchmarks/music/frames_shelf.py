"""What the training pieces say comes next: where their melody moved as this one has lately moved.

Many chorales set the same tune, and fiddle tunes share phrases. For each place of a piece, the longest run of melody
steps (intervals between the highest notes of neighbouring frames) that also stands in some training piece is looked
up; of the places found, those that go on as most of them do are kept, and of these the one whose last frames sounded
most alike. Its next frame, transposed to where the melody is now, is the expectation. A training piece does not find
itself, so that the expectation is worth no more in training than later.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from frames_data import KEYS

__all__ = ["LENGTHS", "Shelf"]

Frame = tuple[int, ...]
LENGTHS = (4, 5, 6, 7, 8, 10, 12, 16, 24)  # runs of melody steps that are looked up
MOST = 60  # places looked at of those found
ALIKE = 4  # frames compared


class Shelf:
    """The training pieces by their melody steps.

    Args:
        pieces: The frames of each training piece, keys in either order.
        melody: Index of the melody in a frame: 0 or -1.
    """

    def __init__(self, pieces: list[list[Frame]], melody: int) -> None:
        self.pieces, self.melody = pieces, melody
        self.places: dict[tuple[int | None, ...], list[tuple[int, int]]] = defaultdict(list)
        for number, piece in enumerate(pieces):
            steps = self.steps(piece)
            for length in LENGTHS:
                for at in range(length, len(piece) - 1):
                    self.places[tuple(steps[at - length : at])].append((number, at))

    def steps(self, piece: list[Frame]) -> list[int | None]:
        """Melody steps: the i-th leads from frame i to frame i + 1; None beside an empty frame."""
        pairs = pairwise(piece)
        return [after[self.melody] - before[self.melody] if before and after else None for before, after in pairs]

    def due(self, piece: list[Frame], own: int | None) -> list[tuple[Frame, int, int]]:
        """For each frame but the last: the frame expected next, how long a run was found, and how alike it sounded.

        Args:
            piece: The frames.
            own: Its number among the training pieces, if it is one of them.
        Returns:
            Frames, the number of the run's length in ``LENGTHS`` from 1 (0: nothing found), and 0 to ``ALIKE``.
        """
        steps = self.steps(piece)
        found: list[tuple[Frame, int, int]] = []
        for at in range(len(piece) - 1):
            found.append(((), 0, 0))
            if not piece[at]:
                continue
            for number in range(len(LENGTHS), 0, -1):
                length = LENGTHS[number - 1]
                if length > at:
                    continue
                places = self.places.get(tuple(steps[at - length : at]), ())
                places = [each for each in places if each[0] != own][-MOST:]
                if places:
                    found[-1] = self._best(piece, at, places, number)
                    break
        return found

    def _best(self, piece: list[Frame], at: int, places: list[tuple[int, int]], number: int) -> tuple[Frame, int, int]:
        votes: Counter[int | None] = Counter()
        judged: list[tuple[int, int, int | None, Frame]] = []
        for other, there in places:
            source = self.pieces[other]
            if not source[there]:
                continue
            shift = piece[at][self.melody] - source[there][self.melody]
            alike = 0
            while alike < ALIKE and alike <= min(at, there):
                if tuple(key + shift for key in source[there - alike]) != piece[at - alike]:
                    break
                alike += 1
            after = tuple(key + shift for key in source[there + 1])
            melody = after[self.melody] if after else None
            votes[melody] += 1
            judged.append((alike, len(judged), melody, after))
        if not judged:
            return (), 0, 0
        chosen = votes.most_common(1)[0][0]
        alike, _, _, after = max((each for each in judged if each[2] == chosen), key=lambda each: each[:2])
        return tuple(key for key in after if 0 <= key < KEYS), number, alike
