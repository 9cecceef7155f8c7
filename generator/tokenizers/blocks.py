"""Text as arrays of code points, in blocks, so that memory stays flat however long the text is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from .places import reject_surrogate

__all__ = ["BLOCK", "CODE_POINTS", "MARK", "blocks", "code_points", "count_characters", "reject_surrogates"]

CODE_POINTS = 0x110000
BLOCK = 1 << 20  # characters looked at together: 4 MB of code points
MARK = "\ud800"  # stands between pieces: a lone surrogate, which no text can hold


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text, 1-D.

    Raises:
        TokenizerError: naming the place of a lone surrogate.
    """
    try:
        return np.frombuffer(text.encode("utf-32-le"), np.uint32)
    except UnicodeEncodeError as error:
        reject_surrogate(text, error.start)


def reject_surrogates(texts: Iterable[str]) -> None:
    """Raise ``TokenizerError`` if any text holds a lone surrogate."""
    for text in texts:
        if not text.isascii():
            code_points(text)


def count_characters(texts: Iterable[str]) -> NDArray[np.int64]:
    """How often each code point stands in the texts [1114112]; best given in blocks."""
    counts = np.zeros(CODE_POINTS, np.int64)
    for text in texts:
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
