"""A recurrent network over chords, and a head that scores pitches by their intervals to what sounds.

The recurrent layers are the project's own ``LanguageModel``: its tokens are the chords' lengths, its cues
what sounded. For each of the five decisions of a chord a small feed-forward part reads the recurrent
output and the cues of the decision. A candidate pitch is scored by the sum of what the head says about
the pitch itself, its interval to the voice's last two notes and to the other voices, its interval class
above them, and its degree in the estimated keys: so that what is learnt in one key holds in all.
"""

from __future__ import annotations

from typing import Any

import jsb_cues as cues
import jsb_features as features
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generator.config import ModelConfig
from generator.model import LanguageModel

INTERVALS, LEAP, CANDIDATES = cues.INTERVALS, cues.LEAP, features.CANDIDATES
KEEP, ENTER, LEAVE = INTERVALS, INTERVALS + 1, INTERVALS + 2  # rest after rest, pitch after rest, rest after pitch
# widths of the parts of the head: the candidate itself, own last, own former, three voices by interval and by
# class, two keys by mode and degree, what a repetition would bring; and a slot that says nothing
PARTS = (CANDIDATES, INTERVALS + 3, INTERVALS, *(INTERVALS, 12) * 3, 24, 24, *(INTERVALS,) * 3, 1)
BASES = [sum(PARTS[:index]) for index in range(len(PARTS))]
NOTHING = BASES[-1]
WIDTH = BASES[-1]  # the last slot is a zero that is appended


def many_hot(values: Tensor, offsets: Tensor, total: int, dropped: float) -> Tensor:
    """Cues [..., cues] as a row of ones and zeros [..., total]; a share of the cues is hidden."""
    flat = values.flatten(0, -2)
    keep = flat > 0
    if dropped:
        keep &= torch.rand(flat.shape) >= dropped
    row = torch.zeros(flat.shape[0], total, dtype=torch.bfloat16)
    row.scatter_(1, torch.where(keep, flat + offsets, 0), 1 / (1 - dropped))
    row[:, 0] = 0
    return row


def offsets_of(sizes: tuple[int, ...]) -> tuple[Tensor, int]:
    """Where the values of each cue begin; column 0 stands for nothing."""
    ends = torch.tensor(sizes).cumsum(0)
    return torch.cat((torch.zeros(1, dtype=torch.int64), ends[:-1])), int(ends[-1]) + 1


class Trunk(LanguageModel):
    """The project's network with the sum of all cue embeddings as one product."""

    cue_dropout = 0.0

    def _tag_sum(self, tokens: Tensor, tags: Tensor | None) -> Tensor | None:
        assert tags is not None
        values = tags.transpose(0, 1)
        offsets, total = offsets_of(self.config.cue_sizes)
        rows = many_hot(values, offsets, total, self.cue_dropout if self.training else 0.0)
        tables = [table.weight for table in self.cue_embeddings]
        table = torch.cat([tables[0][:1], *(each[1:] for each in tables)])
        return (rows @ table.to(rows.dtype)).view(*values.shape[:2], -1)


class Chorales(nn.Module):
    """The whole model.

    Args:
        history_sizes, cue_sizes: Sizes of the cues of the recurrent layers, and of each decision.
        hidden, layers, width: Of the recurrent layers, and of the feed-forward part.
        dropout, weight_dropout, cue_dropout: Rates.
    """

    def __init__(
        self,
        history_sizes: tuple[int, ...],
        cue_sizes: list[tuple[int, ...]],
        *,
        hidden: int,
        layers: int,
        width: int,
        embed: int = 256,
        rank: int = 128,
        dropout: float,
        weight_dropout: float,
        cue_dropout: float,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.cue_dropout, self.dropout = cue_dropout, dropout
        config = ModelConfig(
            vocab_size=cues.LONGEST + 1,
            embed_dim=embed,
            hidden_size=hidden,
            num_layers=layers,
            tie_weights=False,
            dropout=dropout,
            input_dropout=0.3,
            weight_dropout=weight_dropout,
            residual=True,
            cue_sizes=history_sizes,
            cue_tables=tuple(range(len(history_sizes))),
            cue_groups=tuple(range(len(history_sizes))),
        )
        self.trunk = Trunk(config, generator)
        self.trunk.output.requires_grad_(False)  # the head takes its place
        self.trunk.compute_dtype = torch.bfloat16
        self.trunk.generator = generator
        self.trunk.cue_dropout = cue_dropout
        self.cue_sizes = cue_sizes
        self.offsets = [offsets_of(sizes) for sizes in cue_sizes]
        self.from_trunk = nn.Linear(hidden, 5 * width)
        self.from_cues = nn.ParameterList(
            nn.Parameter(torch.randn(total, rank, generator=generator) * 0.2) for _, total in self.offsets
        )
        self.widen = nn.ModuleList(nn.Linear(rank, width, bias=False) for _ in range(5))
        self.masks = torch.empty(0)
        self.middle = nn.ModuleList(nn.Linear(width, width) for _ in range(5))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(5))
        self.heads = nn.ModuleList(nn.Linear(width, WIDTH if kind < 4 else cues.LONGEST + 2) for kind in range(5))
        for head in self.heads:
            nn.init.normal_(head.weight, std=0.02, generator=generator)
            nn.init.zeros_(head.bias)

    def forward(self, batch: dict[str, Any]) -> list[Tensor]:
        """Log-probabilities of each of the five decisions [batch, steps, candidates or lengths]."""
        lengths = batch["lengths"]
        pieces, steps = lengths.shape
        state = self.trunk.initial_state(pieces)
        hidden, _ = self.trunk.hidden_states(lengths, state, batch["history"])  # [steps, pieces, hidden]
        hidden = hidden.transpose(0, 1).flatten(0, 1)  # [rows, hidden]
        kind = hidden.dtype
        read = F.linear(hidden, self.from_trunk.weight.to(kind), self.from_trunk.bias.to(kind)).chunk(5, dim=1)
        found = []
        for index in range(5):
            offsets, total = self.offsets[index]
            row = many_hot(batch["cues"][index], offsets, total, self.cue_dropout if self.training else 0.0)
            first = F.gelu(read[index] + linear(self.widen[index], row @ self.from_cues[index].to(kind)))
            first = self.drop(first)
            second = first + F.gelu(linear(self.middle[index], first))
            norm = self.norms[index]
            second = F.layer_norm(second, norm.normalized_shape, norm.weight.to(kind), norm.bias.to(kind))
            second = self.drop(second)
            scores = linear(self.heads[index], second).float()
            if index < 4:
                scores = self.of_candidates(scores, batch, index)
            else:
                foretold = F.one_hot(batch["echo_lengths"].flatten(0, 1), cues.LONGEST + 1)[:, :, 1:]
                scores = scores[:, :-2] + (scores[:, -2:, None] * foretold).sum(1)
            found.append(scores.log_softmax(-1).view(pieces, steps, -1))
        return found

    def drop(self, values: Tensor) -> Tensor:
        """Dropout with masks cut at random places from one long row of draws, which costs a tenth of drawing each."""
        if not self.training or not self.dropout:
            return values
        if self.masks.numel() < 4 * values.numel():
            kept = torch.rand(8 * values.numel()) >= self.dropout
            self.masks = (kept / (1 - self.dropout)).to(values.dtype)
        begin = int(torch.randint(self.masks.numel() - values.numel(), ()))
        return values * self.masks[begin : begin + values.numel()].view_as(values)

    def of_candidates(self, parts: Tensor, batch: dict[str, Any], voice: int) -> Tensor:
        """Scores of the candidates [rows, CANDIDATES] from the parts of the head [rows, WIDTH]."""
        references = batch["references"][:, :, voice].flatten(0, 1)  # [rows, references]
        modes = batch["modes"].flatten(0, 1)
        last = batch["last"].flatten(0, 1)
        rows = parts.shape[0]
        parts = torch.cat((parts, parts.new_zeros(rows, 1)), 1)
        low, high = features.RANGES[voice]
        pitches = torch.arange(low, high + 1)
        index = torch.full((rows, len(PARTS) - 1, high - low + 3), NOTHING)
        index[:, 0, 0] = features.REST
        index[:, 0, 1:-1] = pitches - cues.LOWEST + 1
        index[:, 0, -1] = features.END
        inner = index[:, :, 1:-1]
        known = references >= 0
        distance = (pitches - references[:, :, None]).clamp(-LEAP, LEAP) + LEAP  # [rows, references, pitches]
        classes = (pitches - references[:, :, None]) % 12
        for slot, reference in ((1, 0), (2, 1), (3, 2), (5, 3), (7, 4), (11, 7), (12, 8), (13, 9)):
            inner[:, slot] = torch.where(known[:, reference, None], distance[:, reference] + BASES[slot], NOTHING)
        for slot, reference in ((4, 2), (6, 3), (8, 4)):
            inner[:, slot] = torch.where(known[:, reference, None], classes[:, reference] + BASES[slot], NOTHING)
        for slot, reference, mode in ((9, 5, 0), (10, 6, 1)):
            degrees = classes[:, reference] + 12 * (modes[:, mode, None] - 1).clamp(min=0) + BASES[slot]
            inner[:, slot] = torch.where(known[:, reference, None], degrees, NOTHING)
        rests = last[:, voice] == features.REST
        inner[:, 1] = torch.where(rests[:, None], BASES[1] + ENTER, inner[:, 1])
        index[:, 1, 0] = torch.where(rests, BASES[1] + KEEP, torch.where(last[:, voice] > 0, BASES[1] + LEAVE, NOTHING))
        scores = parts.gather(1, index.flatten(1)).view(rows, len(PARTS) - 1, -1).sum(1)
        if voice:
            scores[:, -1] = -torch.inf
        if voice == 3:  # where all the others hold, this one moves: a chord begins with a change
            targets = batch["targets"].flatten(0, 1)
            held = (last[:, :3] == targets[:, :3]).all(1) & (last[:, 0] >= 0)
            column = features.narrow(last[:, 3], voice).clamp(min=0)
            forbidden = F.one_hot(column, scores.shape[1]).bool() & held[:, None]
            scores = scores.masked_fill(forbidden, -torch.inf)
        return scores


def linear(layer: nn.Module, values: Tensor) -> Tensor:
    """A linear layer in the precision of its input."""
    assert isinstance(layer, nn.Linear)
    bias = None if layer.bias is None else layer.bias.to(values.dtype)
    return F.linear(values, layer.weight.to(values.dtype), bias)


def charges(model: Chorales, batch: dict[str, Any]) -> Tensor:
    """Nats of each decision [pieces, steps, 5]; 0 where nothing is decided."""
    targets = batch["targets"]
    out = []
    for kind, scores in enumerate(model(batch)):
        target = targets[:, :, kind]
        if kind < 4:
            target = features.narrow(target, kind)
        taken = scores.gather(-1, target.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        out.append(torch.where(target >= 0, -taken, 0.0))
    return torch.stack(out, -1)
