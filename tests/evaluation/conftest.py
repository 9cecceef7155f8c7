"""Small networks with the interface of the language model, and the plain loop that judges are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass
class TinyState:
    """Hidden state [1, batch, hidden]."""

    hidden: Tensor
    cell: Tensor | None = None

    def rows(self, index: Tensor) -> TinyState:
        return TinyState(self.hidden[:, index])

    def detach(self) -> TinyState:
        return TinyState(self.hidden.detach())


class TinyModel(nn.Module):
    """h' = (1 - forget) * h + forget * tanh(W h + embedding), logits = V h'.

    With ``forget`` 0.001 it keeps its state almost for ever.
    """

    def __init__(self, vocab_size: int, hidden: int = 8, forget: float = 0.7, fields: int = 0, seed: int = 0) -> None:
        super().__init__()
        self.config = SimpleNamespace(vocab_size=vocab_size, cue_ahead=())
        self.forget = forget
        generator = torch.Generator().manual_seed(seed)
        self.embedding = nn.Parameter(torch.randn(vocab_size, hidden, generator=generator))
        self.recurrent = nn.Parameter(torch.randn(hidden, hidden, generator=generator) * 0.5 / hidden**0.5)
        self.output = nn.Parameter(torch.randn(vocab_size, hidden, generator=generator))
        self.tag_tables = nn.ParameterList(torch.randn(9, hidden, generator=generator) for _ in range(fields))
        self.dropout = nn.Dropout(0.5)  # shows whether a judge forgot to switch it off
        self.calls = 0
        self.compute_dtype = torch.float32

    def initial_state(self, batch_size: int) -> TinyState:
        return TinyState(self.embedding.new_zeros(1, batch_size, self.embedding.shape[1]))

    def forward(self, tokens: Tensor, state: TinyState | None = None, tags: Tensor | None = None):
        self.calls += 1
        rows = self.embedding[tokens]
        if tags is not None:
            tags = tags if tags.dim() == 3 else tags[:, None].expand(-1, tokens.shape[1], -1)
            for field, table in enumerate(self.tag_tables):
                rows = rows + table[tags[..., field]] * (tags[..., field] > 0)[..., None]
        hidden = rows.new_zeros(len(tokens), rows.shape[-1]) if state is None else state.hidden[0]
        outputs = []
        for step in range(tokens.shape[1]):
            new = torch.tanh(hidden @ self.recurrent.T + rows[:, step])
            hidden = (1 - self.forget) * hidden + self.forget * new
            outputs.append(hidden)
        logits = self.dropout(torch.stack(outputs, 1)) @ self.output.T
        return logits, TinyState(hidden[None])


@pytest.fixture
def tiny_model() -> type[TinyModel]:
    return TinyModel


@pytest.fixture
def plain_nats() -> Callable[..., np.ndarray]:
    """Cost of every target, one token at a time, batch 1; the state is dropped before each of ``fresh``."""

    def loop(model: nn.Module, ids: np.ndarray, starts=None, tags=None, fresh=()) -> np.ndarray:
        was_training = model.training
        model.eval()
        state, costs, piece = None, [], 0
        with torch.no_grad():
            for place in range(len(ids) - 1):
                if place in fresh:
                    state = None
                row = None
                if tags is not None:
                    while piece + 1 < len(starts) and starts[piece + 1] <= place:
                        piece += 1
                    row = torch.tensor([[int(tag) for tag in tags[piece]]])
                logits, state = model(torch.tensor([[int(ids[place])]]), state, row)
                costs.append(F.cross_entropy(logits[0], torch.tensor([int(ids[place + 1])])).item())
        model.train(was_training)
        return np.array(costs)

    return loop
