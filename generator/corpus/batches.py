"""Chunks of token streams, in the order that truncated back-propagation reads them.

A split is one ring of tokens. Each epoch it is turned by a random offset (and pieces are dealt in a
new order), cut into ``batch_size`` streams side by side, and read ``bptt_steps`` at a time; chunk
``i + 1`` of a stream begins where chunk ``i`` ended, so that the recurrent state can be carried
over. Every chunk can be made from its epoch and index alone: a run that was killed goes on at any
place without reading what came before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import CorpusError
from ..seeding import numpy_generator

__all__ = ["Batch", "StreamBatches"]

MOST_DEALT = 1 << 24  # tokens; pieces of a larger corpus keep their order, which dealing would copy into memory


@dataclass(frozen=True)
class Batch:
    """One chunk of each stream.

    Attributes:
        inputs: Token ids [batch, time], int64.
        targets: The token after each, [batch, time], int64.
        tags: Tag ids at each input, and cues behind them [batch, time, fields + cues], int64; None where the
            corpus has neither.
    """

    inputs: Tensor
    targets: Tensor
    tags: Tensor | None


class StreamBatches:
    """The chunks of a split, epoch after epoch.

    Args:
        ids: Token ids ``0 t t t 0 t t 0`` [tokens]; the last boundary is the first one again.
        starts: Place of each piece's first boundary [pieces].
        tags: Tag ids [pieces, fields]; None where there are none.
        batch_size: Streams in all.
        bptt_steps: Tokens in a chunk.
        seed: Of the offsets and the order.
        rank, world: This process reads the streams ``rank * batch_size / world`` and on.
        cues: Cues of each token [tokens, cues]; None where there are none.
    Raises:
        CorpusError: if a stream would be shorter than one chunk.
    """

    def __init__(
        self,
        ids: NDArray[Any],
        starts: NDArray[Any],
        tags: NDArray[Any] | None,
        batch_size: int,
        bptt_steps: int,
        seed: int,
        rank: int = 0,
        world: int = 1,
        *,
        cues: NDArray[Any] | None = None,
    ) -> None:
        self.tokens = len(ids) - 1
        self.stream_length = self.tokens // batch_size
        if self.stream_length < bptt_steps:
            raise CorpusError(
                f"{self.tokens:,} tokens are too few for {batch_size} streams of at least {bptt_steps}.",
                f"Give at least {batch_size * bptt_steps:,} tokens of text, or a smaller --batch-size.",
            )
        self.ids, self.starts, self.tags, self.cues = ids, np.asarray(starts, np.int64), tags, cues
        self.bptt_steps, self.seed = bptt_steps, seed
        share = batch_size // world
        self.streams = np.arange(rank * share, (rank + 1) * share)
        self.chunks = self.stream_length // bptt_steps
        self._epoch = -1

    def batch(self, epoch: int, chunk: int) -> Batch:
        """Chunk ``chunk`` (below ``chunks``) of epoch ``epoch``."""
        if epoch != self._epoch:
            self._turn(epoch)
        first = self._offset + self.streams * self.stream_length + chunk * self.bptt_steps
        places = (first[:, None] + np.arange(self.bptt_steps + 1)) % self.tokens  # [batch, time + 1]
        tokens = torch.from_numpy(self._dealt[places].astype(np.int64))
        if self.tags is None and self.cues is None:
            return Batch(tokens[:, :-1], tokens[:, 1:], None)
        dealt = np.searchsorted(self._starts, places[:, :-1], side="right") - 1
        pieces, columns = self._order[dealt], []
        if self.tags is not None:
            columns.append(np.asarray(self.tags[pieces], np.int64))
        if self.cues is not None:
            origin = places[:, :-1] - self._starts[dealt] + self.starts[pieces]
            columns.append(np.asarray(self.cues[origin], np.int64))
        return Batch(tokens[:, :-1], tokens[:, 1:], torch.from_numpy(np.concatenate(columns, -1)))

    def _turn(self, epoch: int) -> None:
        """Draw the offset and the order of the pieces of an epoch."""
        random = numpy_generator((self.seed << 20) + epoch)
        self._offset = int(random.integers(self.tokens))
        pieces = len(self.starts)
        if pieces > 1 and self.tokens <= MOST_DEALT:
            self._order = random.permutation(pieces)
            lengths = np.diff(self.starts, append=self.tokens)[self._order]
            self._starts = np.cumsum(lengths) - lengths
            shift = np.repeat(self.starts[self._order] - self._starts, lengths)
            self._dealt = np.asarray(self.ids)[np.arange(self.tokens) + shift]
        else:
            self._order, self._starts, self._dealt = np.arange(pieces), self.starts, self.ids
        self._epoch = epoch
