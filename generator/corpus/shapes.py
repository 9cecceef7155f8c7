"""A guess at what one piece is in text files: shown to the person, who can overrule it.

A file counts as one long text unless there is good evidence that it is many pieces: taking a novel
for ten thousand pieces does more harm than taking a list for one text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev

from .cutting import gap_of

__all__ = ["Shape", "blanks", "guess_blank_lines", "guess_shape", "prevailing_shape"]

TELLING = 20_000  # characters: a file with as much that shows no pieces has none
LEAST_PIECES = 10  # fewer blocks or lines than this are no pattern
REGULAR_SHARE = 0.1  # of the runs of blank lines: so many are as wide as the widest that counts
LEAST_WIDE = 3
LARGEST_BLOCK = 4000  # characters: blocks that are longer in the middle are chapters, not poems
SENTENCE_END = tuple(".!?…。！？\"'”’」』)）;；")
BLANK_RUN = re.compile(r"\n((?:[^\S\n]*\n)+)")


@dataclass(frozen=True)
class Shape:
    """How text files are cut.

    Attributes:
        pieces: "file", "line" or "blank".
        blank_lines: Blank lines between two blocks, where pieces is "blank".
        why: What the guess rests on, in words.
    """

    pieces: str
    blank_lines: int
    why: str


def guess_shape(text: str) -> Shape | None:
    """Guess from the first part of one file; None where there is too little to tell."""
    widths = blank_runs(text)
    blank_lines = guess_blank_lines([text])
    separators = sum(width >= blank_lines for width in widths)
    if separators >= LEAST_PIECES - 1 or (blank_lines > 1 and separators >= LEAST_WIDE):
        blocks = gap_of(blank_lines).split(text.strip("\n"))
        if looks_like_verse(blocks):
            return Shape("blank", blank_lines, "short blocks of lines that end on purpose")
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    if len(lines) >= LEAST_PIECES and len(widths) <= len(lines) / 50 and looks_like_list(lines):
        return Shape("line", 0, "lines that do not go on in the next")
    return Shape("file", 0, "nothing marks off shorter pieces") if len(text) > TELLING else None


def prevailing_shape(heads: Sequence[str]) -> Shape:
    """What to do with files that tell too little by themselves: as their neighbours tell, or whole."""
    shapes = [(guess_shape(head), len(head)) for head in heads]
    votes: Counter[Shape] = Counter()
    for shape, size in shapes:
        if shape is not None:
            votes[shape] += size
    if votes:
        winner, size = votes.most_common(1)[0]
        if size > sum(size for _, size in shapes) / 2:
            return winner
    return Shape("file", 0, "nothing marks off shorter pieces")


def guess_blank_lines(heads: Sequence[str]) -> int:
    """The widest run of blank lines that is used regularly, in lines; 1 where none is wider."""
    widths = [width for head in heads for width in blank_runs(head)]
    best = 1
    for width in range(2, 7):
        wide = sum(found >= width for found in widths)
        if wide >= max(LEAST_WIDE, REGULAR_SHARE * len(widths)):
            best = width
    return best


def blanks(count: int) -> str:
    """ "a blank line" or "2 blank lines"."""
    return "a blank line" if count == 1 else f"{count} blank lines"


def blank_runs(text: str) -> list[int]:
    """How many blank lines stand in each run of them inside the text."""
    return [run.count("\n") for run in BLANK_RUN.findall(text.strip("\n"))]


def looks_like_verse(blocks: list[str]) -> bool:
    """Blocks of some short lines that were broken on purpose, not by the width of a page."""
    sizes = [len(block) for block in blocks]
    if median(sizes) > LARGEST_BLOCK:
        return False
    speakers = sum(block.split("\n", 1)[0].rstrip().endswith((":", "：")) for block in blocks)
    if speakers > len(blocks) / 2:
        return False  # a play: one speech follows from the other
    split = [[line.strip() for line in block.split("\n") if line.strip()] for block in blocks]
    if fmean(len(lines) > 1 for lines in split) < 0.6:
        return False
    # all but the last line of a paragraph are about as long as the page is wide
    inner = [len(line) for lines in split for line in lines[:-1]]
    return median(inner) < 56 if inner else False


def looks_like_list(lines: list[str]) -> bool:
    """Lines that do not go on in the next: names and titles, or whole poems and sentences of like length."""
    sizes = [len(line) for line in lines]
    closed = fmean(line.rstrip().endswith(SENTENCE_END) for line in lines)
    stopped = fmean(line.rstrip().endswith((",", ";", ":", "，", "；", "、", "{", "}")) for line in lines)
    indented = fmean(line[0].isspace() for line in lines)
    middle = median(sizes)
    if indented > 0.05 or stopped > 0.1:
        return False
    if closed < 0.1 and middle <= 24 and fmean(len(line.split()) for line in lines) <= 3:
        return True
    spread = pstdev(sizes) / fmean(sizes)
    return middle > 100 and spread < 0.35
