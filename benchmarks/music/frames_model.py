"""A recurrent network over frames, and a head that spells each frame note by note.

The project's own network reads one frame a step. From its hidden state, and from what has been spelled of the frame, a
small perceptron scores every key: by a table of its own (a key is a key), by the interval from it to each of some
reference keys (a key is a distance, whatever the transposition), and by which sets it belongs to (the frame before,
the one before that, and those that memory expects). Only keys below the last one spelled, and the end mark,
are lawful; the probabilities are taken over these, so that the sets of keys share exactly 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from frames_cues import END, Table, frame_columns, note_columns, references_of
from frames_data import KEYS
from torch import Tensor, nn
from torch.nn import functional as F

from generator.config import ModelConfig
from generator.model.dropout import locked_dropout
from generator.model.language_model import LanguageModel
from generator.model.state import State

__all__ = ["Batch", "Frames", "Sizes", "batch_of"]

WIDTH_OF_INTERVALS = 40  # larger intervals are one


@dataclass(frozen=True)
class Sizes:
    """Widths and rates of the network."""

    hidden: int = 256
    layers: int = 2
    embed: int = 192
    head: int = 192
    narrow: int = 64
    dropout: float = 0.4
    input_dropout: float = 0.2
    weight_dropout: float = 0.3
    head_dropout: float = 0.3
    column_dropout: float = 0.0  # share of the columns hidden in training
    shelf: int = 0  # 1: tell what the training pieces expect


@dataclass
class Batch:
    """A chunk of predictions of some pieces side by side.

    Attributes:
        tokens: [pieces, time], int64.
        cues: [pieces, time, columns], int64.
        frames: For each note its prediction, as piece * time + place [notes].
        notes, answers, bounds, references: As in ``Table``, transposed [notes, ...].
        sets: The bits of each candidate [notes, KEYS + 1].
    """

    tokens: Tensor
    cues: Tensor
    frames: Tensor
    notes: Tensor
    answers: Tensor
    bounds: Tensor
    references: Tensor
    sets: Tensor


def moved(values: np.ndarray, keys: np.ndarray, shift: int) -> np.ndarray:
    """Columns with those that hold a key transposed."""
    return values + shift * (keys & (values > 0))


def batch_of(tables: list[Table], shifts: list[int], begin: int, time: int) -> Batch:
    """The predictions from ``begin`` of some pieces, each transposed by its shift; short ones are filled up."""
    of_frames, of_notes = frame_columns(tables[0].shelf), note_columns(tables[0].shelf)
    tokens = np.zeros((len(tables), time), np.int64)
    cues = np.zeros((len(tables), time, len(of_frames.sizes)), np.int64)
    parts: list[tuple[np.ndarray, ...]] = []
    for row, (table, shift) in enumerate(zip(tables, shifts, strict=True)):
        end = min(begin + time, len(table))
        if end <= begin:
            continue
        count = end - begin
        tokens[row, :count] = table.tokens[begin:end] + shift * (table.tokens[begin:end] > 0)
        cues[row, :count] = moved(table.cues[begin:end], of_frames.keys, shift)
        span = slice(table.begins[begin], table.begins[end])
        places = np.repeat(np.arange(count), np.diff(table.begins[begin : end + 1]))
        answers, bounds, references = table.answers[span], table.bounds[span], table.references[span]
        sets = np.concatenate((np.roll(table.sets[begin:end], shift, 1)[places], table.ends[span, None]), 1)
        parts.append(
            (
                row * time + places,
                moved(table.notes[span], of_notes.keys, shift),
                answers + shift * (answers < END),
                bounds + shift * (bounds < KEYS),
                references + shift * (references >= 0),
                sets,
            )
        )
    joined = [torch.from_numpy(np.concatenate(each).astype(np.int64)) for each in zip(*parts, strict=True)]
    return Batch(torch.from_numpy(tokens), torch.from_numpy(cues), *joined)


class Frames(nn.Module):
    """The network; ``generator`` draws the weights and the dropout masks."""

    offsets: Tensor
    candidates: Tensor

    def __init__(self, sizes: Sizes, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.sizes = sizes
        of_frames, of_notes = frame_columns(bool(sizes.shelf)), note_columns(bool(sizes.shelf))
        count, self.references = len(of_frames.sizes), references_of(bool(sizes.shelf))
        self.classes = 32 if sizes.shelf else 16
        config = ModelConfig(
            vocab_size=KEYS + 1,
            embed_dim=sizes.embed,
            hidden_size=sizes.hidden,
            num_layers=sizes.layers,
            tie_weights=False,
            dropout=sizes.dropout,
            input_dropout=sizes.input_dropout,
            weight_dropout=sizes.weight_dropout,
            residual=True,
            layer_norm=True,
            cue_sizes=of_frames.sizes,
            cue_tables=tuple(range(count)),
            cue_groups=tuple(range(count)),
        )
        self.network = LanguageModel(config, generator)
        self.network.generator = generator
        del self.network.output  # the head stands in its place
        self.generator = generator
        self.register_buffer("offsets", torch.tensor([0, *np.cumsum(np.array(of_notes.sizes[:-1]) + 1)]))
        self.register_buffer("candidates", torch.arange(KEYS))
        self.table = nn.Parameter(torch.empty(sum(of_notes.sizes) + len(of_notes.sizes), sizes.head))
        self.from_state = nn.Linear(sizes.hidden, sizes.head)
        self.between = nn.Linear(sizes.head, sizes.head)
        self.again = nn.Linear(sizes.head, sizes.head)
        self.absolute = nn.Linear(sizes.head, KEYS + 1)
        self.narrow = nn.Linear(sizes.head, sizes.narrow)
        self.spread = 2 * WIDTH_OF_INTERVALS + 2  # the last one: no reference
        self.intervals = nn.Linear(sizes.narrow, self.references * self.spread, bias=False)
        self.member = nn.Linear(sizes.narrow, 2 * self.classes)  # for keys, and for the end mark
        with torch.no_grad():
            nn.init.normal_(self.table, std=0.2, generator=generator)
            for each in (self.from_state, self.between, self.again, self.absolute, self.narrow):
                nn.init.xavier_uniform_(each.weight, generator=generator)
                each.bias.zero_()
            for each in (self.intervals, self.member):
                nn.init.normal_(each.weight, std=0.02, generator=generator)

    def scores(self, batch: Batch, state: State | None) -> tuple[Tensor, State]:
        """Logits of all keys and the end mark [notes, KEYS + 1], lawful or not, and the state after the chunk."""
        state = state if state is not None else self.network.initial_state(len(batch.tokens))
        cues = self._hidden(batch.cues, (len(batch.cues), 1, batch.cues.shape[2]))
        outputs, state = self.network.hidden_states(batch.tokens, state, cues)
        kind = self.network.compute_dtype
        read = self._linear(self.from_state, outputs.transpose(0, 1).flatten(0, 1), kind)
        rows = self._hidden(batch.notes, tuple(batch.notes.shape)) + self.offsets
        hidden = read.index_select(0, batch.frames) + F.embedding_bag(rows, self.table, mode="sum").to(kind)
        hidden = F.gelu(hidden)
        hidden = hidden + self._linear(
            self.again, self._dropped(F.gelu(self._linear(self.between, hidden, kind))), kind
        )
        hidden = self._dropped(hidden)
        scores = self._linear(self.absolute, hidden, kind).float()
        narrow = self._linear(self.narrow, hidden, kind)
        members = self._linear(self.member, narrow, kind).float()
        sets = batch.sets.clone()
        sets[:, END] += self.classes
        scores = scores + members.gather(1, sets)
        by_interval = self._linear(self.intervals, narrow, kind).float().view(-1, self.references, self.spread)
        measured = torch.zeros_like(scores[:, :KEYS])
        for index, each in enumerate(by_interval.unbind(1)):  # unbound: one gradient for all instead of one each
            reference = batch.references[:, index, None]
            steps = (self.candidates - reference).clamp_(-WIDTH_OF_INTERVALS, WIDTH_OF_INTERVALS) + WIDTH_OF_INTERVALS
            steps = torch.where(reference < 0, self.spread - 1, steps)
            measured = measured + each.gather(1, steps)
        return scores + F.pad(measured, (0, 1)), state

    def lawful(self, scores: Tensor, batch: Batch) -> Tensor:
        """Log probabilities over the lawful keys and the end mark [notes, KEYS + 1]; ``scores`` is overwritten."""
        scores[:, :KEYS].masked_fill_(self.candidates >= batch.bounds[:, None], -torch.inf)
        return F.log_softmax(scores, 1)

    def forward(self, batch: Batch, state: State | None) -> tuple[Tensor, State]:
        """Log probabilities as ``lawful`` gives them, and the state after the chunk."""
        scores, state = self.scores(batch, state)
        return self.lawful(scores, batch), state

    @staticmethod
    def _linear(layer: nn.Linear, values: Tensor, kind: torch.dtype) -> Tensor:
        bias = None if layer.bias is None else layer.bias.to(kind)
        return F.linear(values.to(kind), layer.weight.to(kind), bias)

    def _dropped(self, values: Tensor) -> Tensor:
        if not self.training:
            return values
        return locked_dropout(values[None], self.sizes.head_dropout, self.generator)[0]

    def _hidden(self, columns: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Columns with some put to 0 in training, chosen anew over ``shape``."""
        if not (self.training and self.sizes.column_dropout):
            return columns
        return columns * (torch.rand(shape, generator=self.generator) >= self.sizes.column_dropout)

    def parameter_count(self) -> int:
        """Number of trained values."""
        return sum(parameter.numel() for parameter in self.parameters())
