"""What a cue is: a small number beside each token that tells the network what is due next.

A tag holds for a whole piece; a cue changes from token to token. Cues say what a form already
settles (three characters are left in the line, an oblique tone is due), so that the network need not
count and can spend its memory on the words.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CueField"]


@dataclass(frozen=True)
class CueField:
    """One cue.

    Attributes:
        name: What it tells.
        size: Its largest value; 0 always stands for not given. A size of 0: the value names a token.
        table: Cues of one table are looked up alike; their values mean the same.
        group: Cues of one group are hidden together in training, and so may be left out together later.
        ahead: Whether it tells of what is still to be written. Such a group is shown in about half of the
            training, and never where a model is judged, as it would be told the answer.
    """

    name: str
    size: int
    table: int
    group: int
    ahead: bool = False
