"""What a Chinese poem settles about its next character: its place, tone and rhyme, and what it answers to.

The cue of a token is about the character after it. ``VERSE`` lists the columns in their order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..cues import CueField

__all__ = ["ALIGNED", "END", "MOST_LEFT", "MOST_LINES", "NEWLINE", "RHYMES", "THEMES", "TONES", "VERSE", "line_cues"]

MOST_LEFT = 15
NEWLINE, END = MOST_LEFT + 1, MOST_LEFT + 2  # of "left": a line break is due, the end of the poem is due
MOST_LINES = 32
MOST_THEMES = 4
TONES = {"": 0, "平": 1, "仄": 2, "中": 3}
RHYMES = {None: 1, "平": 2, "仄": 3}  # a line that does not rhyme, or rhymes level or oblique

VERSE = (
    CueField("left", END, 0, 0),  # characters left in the line, and its punctuation
    CueField("lines", MOST_LINES, 1, 0),  # lines left, this one included
    CueField("tone", 3, 2, 1),  # tone due
    CueField("rhyme", 3, 3, 1),  # how the line ends
    CueField("aligned", 0, 4, 2),  # the character above, in the other line of the couplet
    *(CueField(f"theme{number}", 0, 5, 2 + number) for number in range(1, MOST_THEMES + 1)),
)
ALIGNED = 4
THEMES = tuple(range(5, 5 + MOST_THEMES))


def line_cues(
    length: int, lines_left: int, slots: Sequence[str], rhyme: int, upper: Sequence[int] | NDArray[np.int64]
) -> NDArray[np.int64]:
    """The cues of a line's characters and of its punctuation [length + 1, 5]: left, lines, tone, rhyme, aligned.

    Args:
        length: Characters of the line.
        lines_left: Lines from this one to the last.
        slots: Tones due, as keys of ``TONES``; shorter where none are known.
        rhyme: A value of ``RHYMES``, or 0 where nothing is known.
        upper: Tokens of the other line of the couplet; empty where there is none.
    """
    rows = np.zeros((length + 1, 5), np.int64)
    rows[:, 0] = np.minimum(np.arange(length, -1, -1) + 1, MOST_LEFT)
    rows[:, 1] = min(lines_left, MOST_LINES)
    rows[: len(slots), 2] = [TONES[slot] for slot in slots]
    rows[:, 3] = rhyme
    rows[: min(length, len(upper)), 4] = upper[:length]
    return rows
