"""Text as arrays of code points, in blocks, so that memory stays flat however long the text is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .places import reject_surrogate

__all__ = ["BLOCK", "CODE_POINTS", "blocks", "code_points", "count_characters", "joined", "reject_surrogates"]

CODE_POINTS = 0x110000
BLOCK = 1 << 20  # characters looked at together: 4 MB of code points
# What can stand before each of several pieces: two characters that hardly any text holds, and a lone
# surrogate, which none can hold, but which takes much longer to encode.
MARKS = ("\0", "\uffff", "\ud800")


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text, 1-D.

    Raises:
        TokenizerError: naming the place of a lone surrogate.
    """
    try:
        return np.frombuffer(text.encode("utf-32-le"), np.uint32)
    except UnicodeEncodeError as error:
        reject_surrogate(text, error.start)


def joined(texts: Sequence[str], usable: Callable[[str], bool] = lambda mark: True) -> tuple[str, str]:
    """All texts in a row, with a mark before each, and that mark, which stands nowhere else.

    Args:
        texts: The pieces.
        usable: Whether a character may be the mark; the last of ``MARKS`` is not asked about.
    Raises:
        TokenizerError: if one of the texts holds every mark, so a lone surrogate too.
    """
    for mark in MARKS:
        if mark == MARKS[-1] or usable(mark):
            text = mark.join(["", *texts])
            if text.count(mark) == len(texts):
                return text, mark
    reject_surrogates(texts)
    raise AssertionError("a lone surrogate was counted and then not found")


def reject_surrogates(texts: Iterable[str]) -> None:
    """Raise ``TokenizerError`` if any text holds a lone surrogate."""
    for text in texts:
        if not text.isascii():
            code_points(text)


def count_characters(texts: Iterable[str]) -> NDArray[np.int64]:
    """How often each code point stands in the texts [1114112]; best given in blocks."""
    counts = np.zeros(CODE_POINTS, np.int64)
    for text in texts:
        if text.isascii():  # two at a time, which takes half the time
            pairs = np.bincount(np.frombuffer(text.encode() + b"\0" * (len(text) % 2), np.uint16), minlength=1 << 16)
            found = pairs.reshape(256, 256).sum(0) + pairs.reshape(256, 256).sum(1)
            found[0] -= len(text) % 2
        else:
            found = np.bincount(code_points(text))
        counts[: len(found)] += found
    return counts


def blocks(texts: Iterable[str], size: int = BLOCK, between: str = "") -> Iterator[str]:
    """The same text in blocks of ``size`` to ``2 * size`` characters, the last one excepted.

    Short texts are put together with ``between`` among them; long ones are cut.
    """
    waiting: list[str] = []
    waiting_size = 0
    for text in texts:
        for start in range(0, len(text), size):
            waiting.append(text[start : start + size])
            waiting_size += len(waiting[-1])
            if waiting_size >= size:
                yield between.join(waiting)
                waiting, waiting_size = [], 0
    if waiting:
        yield between.join(waiting)
