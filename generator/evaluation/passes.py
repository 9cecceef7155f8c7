"""Ways to lead a network over a token stream, all of it once, quickly.

A pass with the state carried is one long chain of steps, and one step of one row leaves a processor
mostly waiting for weights. So the stream is cut into parts that are read side by side, and the
result is then made exact; see ``carried_pass``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from .stream import TokenStream

if TYPE_CHECKING:
    from ..model import LanguageModel, State

__all__ = ["Take", "carried_pass", "windowed_pass"]

# positions [batch, time], logits [batch, time, vocab_size], targets [batch, time]
Take = Callable[[np.ndarray, Tensor, Tensor], None]

LEAST_PART = 1024  # tokens; shorter parts would be read twice for the most
BLOCK = 256  # tokens of each row between two comparisons of the state
COMPARED_BLOCKS = 64  # states kept to compare with: the first 16,384 tokens of each part
MOST_LOGITS = 1 << 24  # of one call, 64 MB
MOST_ROWS = 64
TOLERANCE = 1e-5


def carried_pass(
    model: LanguageModel,
    stream: TokenStream,
    take: Take,
    *,
    streams: int = 32,
    exact: bool = True,
    progress: Callable[[int], Any] | None = None,
) -> None:
    """Read the whole stream with the state carried from its first token to its last.

    The stream is cut into parts of equal length, read side by side, each from the zero state. Then
    every part but the first is read again from the state that the part before it ended with, until
    its state agrees with that of the earlier reading to 1e-5; from there on the two readings are one
    and it is left. A part that never agrees ends in another state than was thought, so the part
    after it is read once more, and so on. Part after part this is the sequential pass: the result is
    as near to it as float32 is, for every model, and for one that forgets its state within some
    thousand tokens it costs little more than the first reading (an LSTM trained on plays: 7 % more,
    and no token's cost differed by more than 1e-5 nats). The worst case, a model that never
    forgets, costs as much time as the plain loop.

    Args:
        model: Called as ``model(inputs, state, tags)``.
        stream: What to read.
        take: Given positions, logits and targets, some positions more than once; the last time counts.
        streams: How many parts; fewer where they would be shorter than 1,024 tokens.
        exact: False stops after the first reading.
        progress: Called with the number of tokens done for the first time.
    """
    if not stream.charged:
        return
    streams = max(min(streams, stream.charged // LEAST_PART), 1)
    length = stream.charged // streams
    trail: dict[tuple[int, int], tuple[State, int]] = {}  # (part, block) -> state after it, row in it
    parts = np.arange(streams)
    state = last = model.initial_state(streams)
    fresh = True
    while len(parts):
        for block, offsets in enumerate(_chunks(length, BLOCK)):
            positions = parts[:, None] * length + offsets
            state = _read(model, stream, take, positions, state)
            if fresh and progress:
                progress(positions.size)
            if exact and block < COMPARED_BLOCKS:
                strayed = [
                    row for row, part in enumerate(parts) if not _agree(state, row, trail.get((int(part), block)))
                ]
                trail.update({(int(part), block): (state, row) for row, part in enumerate(parts)})
                if len(strayed) < len(parts):
                    parts, state = parts[strayed], _rows(state, strayed)
                if not len(parts):
                    break
        if len(parts) and parts[-1] == streams - 1:
            last = _rows(state, [len(parts) - 1])
            parts = parts[:-1]
        if not exact:
            break
        state, parts, fresh = _rows(state, list(range(len(parts)))), parts + 1, False
    positions = np.arange(streams * length, stream.charged)[None]  # less than a token for each part
    if positions.size:
        _read(model, stream, take, positions, last)
        if progress:
            progress(positions.size)


def windowed_pass(
    model: LanguageModel,
    stream: TokenStream,
    take: Take,
    *,
    window: int = 256,
    progress: Callable[[int], Any] | None = None,
) -> None:
    """Read the stream in windows of ``window`` tokens one after the other, each from the zero state.

    Every target comes once; the last window may be shorter.
    """
    rows = min(max(MOST_LOGITS // (window * model.config.vocab_size), 1), MOST_ROWS)
    full = stream.charged // window
    batches = [np.arange(first, min(first + rows, full))[:, None] * window for first in range(0, full, rows)]
    lengths = [window] * len(batches)
    if stream.charged % window:
        batches.append(np.array([[full * window]]))
        lengths.append(stream.charged % window)
    for begins, length in zip(batches, lengths, strict=True):
        _read(model, stream, take, begins + np.arange(length), model.initial_state(len(begins)))
        if progress:
            progress(len(begins) * length)


def _read(model: LanguageModel, stream: TokenStream, take: Take, positions: np.ndarray, state: State) -> State:
    """Lead the model over ``positions`` [batch, time] from ``state``; returns the state after them."""
    steps = max(MOST_LOGITS // (len(positions) * model.config.vocab_size), 1)
    for offsets in _chunks(positions.shape[1], steps):
        part = positions[:, offsets]
        inputs, targets, tags = stream.batch(part)
        logits, state = model(inputs, state, tags)
        take(part, logits, targets)
    return state


def _chunks(length: int, step: int) -> list[np.ndarray]:
    """Offsets 0 to ``length``, ``step`` at a time."""
    return [np.arange(first, min(first + step, length)) for first in range(0, length, step)]


def _rows(state: State, rows: list[int]) -> State:
    """Some rows of a state."""
    return state.rows(torch.tensor(rows, dtype=torch.int64, device=state.hidden.device))


def _agree(state: State, row: int, earlier: tuple[State, int] | None) -> bool:
    """Whether a row of ``state`` is that of an earlier reading, to within ``TOLERANCE``."""
    if earlier is None:
        return False
    one, other = _rows(state, [row]), _rows(earlier[0], [earlier[1]])
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    return all(
        torch.allclose(new, old, rtol=TOLERANCE, atol=TOLERANCE) for new, old in pairs if isinstance(new, Tensor)
    )
