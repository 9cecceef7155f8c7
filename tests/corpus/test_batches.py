"""Chunks of streams: each token once an epoch, one chunk going on where the last one ended."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generator.corpus.batches import StreamBatches
from generator.errors import CorpusError


def ring(pieces: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of these lengths as ids and starts; every token but the boundary is a number of its own."""
    ids, starts, number = [], [], 0
    for length in pieces:
        starts.append(len(ids))
        ids += [0, *range(number + 1, number + 1 + length)]
        number += length
    return np.array([*ids, 0], np.uint16), np.array(starts, np.uint64)


@given(
    pieces=st.lists(st.integers(1, 30), min_size=1, max_size=12),
    batch_size=st.integers(1, 4),
    bptt_steps=st.integers(1, 7),
    epoch=st.integers(0, 3),
)
def test_an_epoch_reads_the_ring_in_streams(pieces, batch_size, bptt_steps, epoch) -> None:
    ids, starts = ring(pieces)
    if (len(ids) - 1) // batch_size < bptt_steps:
        with pytest.raises(CorpusError, match="too few"):
            StreamBatches(ids, starts, None, batch_size, bptt_steps, seed=1)
        return
    batches = StreamBatches(ids, starts, None, batch_size, bptt_steps, seed=1)
    chunks = [batches.batch(epoch, index) for index in range(batches.chunks)]
    for one, following in pairwise(chunks):
        assert torch.equal(one.targets[:, -1], following.inputs[:, 0])
    for chunk in chunks:
        assert torch.equal(chunk.inputs[:, 1:], chunk.targets[:, :-1])
    read = torch.cat([chunk.inputs for chunk in chunks], 1)
    numbers = read[read > 0].tolist()
    assert len(numbers) == len(set(numbers))
    assert len(ids) - 1 - read.numel() < batch_size * (bptt_steps + 1)
    # inside a piece, each token is followed by the next of its piece
    inputs, targets = read.flatten(), torch.cat([chunk.targets for chunk in chunks], 1).flatten()
    lasts = set(np.cumsum(pieces).tolist())
    for token, target in zip(inputs.tolist(), targets.tolist(), strict=True):
        if token in lasts:
            assert target == 0
        elif token:
            assert target == token + 1


def test_epochs_differ_and_each_can_be_made_alone() -> None:
    ids, starts = ring([20] * 30)
    batches = StreamBatches(ids, starts, None, 4, 10, seed=5)
    first, second = batches.batch(0, 3), batches.batch(1, 3)
    assert not torch.equal(first.inputs, second.inputs)
    assert torch.equal(StreamBatches(ids, starts, None, 4, 10, seed=5).batch(1, 3).inputs, second.inputs)
    assert not torch.equal(StreamBatches(ids, starts, None, 4, 10, seed=6).batch(1, 3).inputs, second.inputs)


def test_processes_share_the_streams_of_one() -> None:
    ids, starts = ring([50] * 8)
    whole = StreamBatches(ids, starts, None, 6, 9, seed=2)
    shares = [StreamBatches(ids, starts, None, 6, 9, seed=2, rank=rank, world=3) for rank in range(3)]
    joined = torch.cat([share.batch(2, 1).inputs for share in shares])
    assert torch.equal(joined, whole.batch(2, 1).inputs)


@given(seed=st.integers(0, 50))
def test_each_token_stands_under_the_tags_of_its_piece(seed) -> None:
    lengths = [3, 8, 1, 12, 5, 6]
    ids, starts = ring(lengths)
    tags = np.array([[index + 1, 10 - index] for index in range(len(lengths))], np.uint16)
    owner = np.concatenate([np.full(length, index) for index, length in enumerate(lengths)])
    batches = StreamBatches(ids, starts, tags, 2, 5, seed=seed)
    for index in range(batches.chunks):
        batch = batches.batch(0, index)
        for token, found, following in zip(
            batch.inputs.flatten().tolist(),
            batch.tags.flatten(0, 1).tolist(),
            batch.targets.flatten().tolist(),
            strict=True,
        ):
            piece = owner[(token or following) - 1]  # a boundary belongs to the piece that it begins
            assert found == tags[piece].tolist()
