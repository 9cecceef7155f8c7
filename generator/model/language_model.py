"""A stacked recurrent network that predicts the next token.

tokens ─ embedding (+ tags, cues) ─ layer ─ layer ─ … ─ attention ─ output ─ logits
                                      │       │             │
                                    state   state         state     carried from call to call
"""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..config import ModelConfig
from ..errors import ConfigError
from .attention import WindowAttention
from .dropout import drop_weights, locked_dropout
from .fused import fused, has_fused
from .loss import linear_cross_entropy
from .scan import GATES, scan
from .state import State

__all__ = ["LanguageModel"]

SMALL_VOCABULARY = 1024  # below it the output product is a small share of the work and stays in float32


class RecurrentLayer(nn.Module):
    """Parameters of one layer and its run over a chunk of time.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        input_size, hidden_size: Widths.
    """

    def __init__(self, cell: str, input_size: int, hidden_size: int) -> None:
        super().__init__()
        gates = GATES[cell]
        self.cell = cell
        self.weight_ih = nn.Parameter(torch.empty(gates * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(gates * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.zeros(gates * hidden_size))
        self.bias_n = nn.Parameter(torch.zeros(hidden_size)) if cell == "gru" else None

    def reset(self, generator: torch.Generator | None) -> None:
        """Orthogonal recurrent matrices, uniform input matrices (Glorot), forget gates open.

        Forget-gate bias 1: Jozefowicz, Zaremba & Sutskever (2015).
        """
        hidden_size = self.weight_hh.shape[1]
        with torch.no_grad():
            for block in self.weight_hh.split(hidden_size):
                nn.init.orthogonal_(block, generator=generator)
            for block in self.weight_ih.split(hidden_size):
                nn.init.xavier_uniform_(block, generator=generator)
            self.bias.zero_()
            if self.cell == "lstm":
                self.bias[hidden_size : 2 * hidden_size] = 1
            if self.bias_n is not None:
                self.bias_n.zero_()

    def forward(
        self, gate_inputs: Tensor, weight_hh: Tensor, hidden: Tensor, cell: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Run over ``gate_inputs`` [time, batch, gates * hidden_size] from the given state."""
        return scan(self.cell, gate_inputs, weight_hh, self.bias_n, hidden, cell)

    def in_one(
        self, inputs: Tensor, weight_hh: Tensor, hidden: Tensor, cell: Tensor | None, *, at_gates: bool
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """The same in one call, from ``inputs`` [time, batch, input_size]; ``at_gates``: from those of ``forward``."""
        weight_ih, bias = (None, None) if at_gates else (self.weight_ih, self.bias)
        return fused(self.cell, inputs, weight_ih, weight_hh, bias, self.bias_n, hidden, cell)


class _Lookup(torch.autograd.Function):
    """Rows of a small table; the gradient is one matrix product instead of many scattered additions."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, tokens: Tensor) -> Tensor:
        ctx.save_for_backward(tokens)
        ctx.size = table.shape[0]
        return F.embedding(tokens, table)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (tokens,) = ctx.saved_tensors
        grad = grads[0].flatten(0, -2)
        one_hot = grad.new_zeros(ctx.size, grad.shape[0])
        one_hot.scatter_(0, tokens.reshape(1, -1), 1)
        return one_hot @ grad, None


def look_up(table: Tensor, tokens: Tensor) -> Tensor:
    """``table[tokens]``: [*tokens.shape, width] from ``table`` [vocab, width]."""
    return _Lookup.apply(table, tokens) if table.shape[0] <= SMALL_VOCABULARY else F.embedding(tokens, table)


def cue_embeddings(config: ModelConfig, width: int) -> nn.ModuleList:
    """One table for each number in ``cue_tables``.

    A table of values is an embedding [values + 1, width]. A table of tokens is a matrix
    [width, embed_dim] before which stands the token's own embedding, so that what a character means
    is learnt once for all the places that it is named in.
    """
    sizes = dict(zip(config.cue_tables, config.cue_sizes, strict=True))
    return nn.ModuleList(
        nn.Embedding(sizes[table] + 1, width, padding_idx=0)
        if sizes[table]
        else nn.Linear(int(config.embed_dim or 0), width, bias=False)
        for table in range(len(sizes))
    )


class LanguageModel(nn.Module):
    """The network; ``config`` must have every size filled in.

    Args:
        config: Sizes and rates.
        generator: Random generator of the initial weights.
        initialise: Draw initial weights; False where others take their place at once, as drawing takes time.
    Attributes:
        compute_dtype: Precision of the large products; parameters stay in float32.
        generator: Random generator of the dropout masks, on the device of the weights (None: torch's own).
        fused: Whether the recurrences go through torch's fused layers instead of ``scan``; None leaves it to the
            device of the weights.
    Raises:
        ConfigError: if a size is missing.
    """

    def __init__(
        self, config: ModelConfig, generator: torch.Generator | None = None, *, initialise: bool = True
    ) -> None:
        super().__init__()
        sizes = (
            config.embed_dim,
            config.hidden_size,
            config.num_layers,
            config.dropout,
            config.input_dropout,
            config.tie_weights,
        )
        if config.vocab_size < 1 or None in sizes:
            raise ConfigError("The sizes of the network are not all given.", "Fill in every field of ModelConfig.")
        self.config = config
        self.compute_dtype = torch.float32
        self.generator: torch.Generator | None = None
        self.fused: bool | None = None
        self.embed_dim, self.hidden_size, self.num_layers = (
            int(config.embed_dim or 0),
            int(config.hidden_size or 0),
            int(config.num_layers or 0),
        )
        gates, tag_width = GATES[config.cell], self.embed_dim or GATES[config.cell] * self.hidden_size
        self.embedding = nn.Embedding(config.vocab_size, self.embed_dim) if self.embed_dim else None
        self.tag_embeddings = nn.ModuleList(
            nn.Embedding(size + 1, tag_width, padding_idx=0) for size in config.tag_sizes
        )
        self.cue_embeddings = cue_embeddings(config, tag_width)
        first = self.embed_dim or config.vocab_size
        self.layers = nn.ModuleList(
            RecurrentLayer(config.cell, first if index == 0 else self.hidden_size, self.hidden_size)
            for index in range(self.num_layers)
        )
        norms = config.layer_norm
        self.input_norms = (
            nn.ModuleList(nn.LayerNorm(self.hidden_size) for _ in range(self.num_layers - 1)) if norms else None
        )
        self.output_norm = nn.LayerNorm(self.hidden_size) if norms else None
        self.attention = WindowAttention(self.hidden_size, config.attention_window) if config.attention_window else None
        self.output = nn.Linear(self.embed_dim if config.tie_weights else self.hidden_size, config.vocab_size)
        self.projection: nn.Linear | None = None
        if config.tie_weights:
            assert self.embedding is not None  # the configuration has checked it
            if self.embed_dim != self.hidden_size:
                self.projection = nn.Linear(self.hidden_size, self.embed_dim, bias=False)
            self.output.weight = self.embedding.weight
        self.gates = gates
        if initialise:
            self.reset(generator)

    def reset(self, generator: torch.Generator | None = None) -> None:
        """Draw the initial weights."""
        with torch.no_grad():
            if self.embedding is not None:
                # a tied table is also the output matrix: wide enough to drive the gates, small enough for calm logits
                spread = 0.25 if self.config.tie_weights else 1.0
                nn.init.normal_(self.embedding.weight, std=spread, generator=generator)
            for table in [*self._tag_tables(), *self.cue_embeddings]:
                nn.init.normal_(table.weight, std=0.1, generator=generator)
                if isinstance(table, nn.Embedding):
                    table.weight[0] = 0  # "not given" adds nothing
            if self.projection is not None:
                nn.init.xavier_uniform_(self.projection.weight, generator=generator)
            for layer in self._layers():
                layer.reset(generator)
            if not self.config.tie_weights:
                nn.init.xavier_uniform_(self.output.weight, generator=generator)
            self.output.bias.zero_()
            if self.attention is not None:
                for part in (self.attention.query, self.attention.key, self.attention.value, self.attention.combine):
                    nn.init.xavier_uniform_(part.weight, generator=generator)

    def initial_state(self, batch_size: int) -> State:
        """The zero state of ``batch_size`` streams, in the parameters' precision."""
        like = self._layers()[0].weight_hh
        zeros = like.new_zeros(self.num_layers, batch_size, self.hidden_size)
        attends = self.attention is not None
        return State(
            hidden=zeros,
            cell=zeros.clone() if self.config.cell == "lstm" else None,
            memory=like.new_zeros(batch_size, self.config.attention_window, self.hidden_size) if attends else None,
            filled=torch.zeros(batch_size, dtype=torch.int64, device=like.device) if attends else None,
        )

    def forward(self, tokens: Tensor, state: State | None = None, tags: Tensor | None = None) -> tuple[Tensor, State]:
        """Predict the token after each one given.

        Args:
            tokens: Token ids [batch, time], int64.
            state: The state before the first of them; None starts from zero.
            tags: Tag values [batch, fields] or [batch, time, fields], int64, 0 for not given; None for none at all.
                A model with cues reads them in the columns behind those of the tags; they may be left out.
        Returns:
            Logits [batch, time, vocab_size], float32 (float64 in a float64 model), and the state after the last token.
        """
        state = state if state is not None else self.initial_state(tokens.shape[0])
        outputs, state = self.hidden_states(tokens, state, tags)
        return self._logits(outputs.transpose(0, 1)), state

    def _logits(self, outputs: Tensor) -> Tensor:
        """The output layer, in float32 where that costs little."""
        kind = self.output.weight.dtype if self.config.vocab_size <= SMALL_VOCABULARY else outputs.dtype
        logits = F.linear(outputs.to(kind), self.output.weight.to(kind), self.output.bias.to(kind))
        return logits.to(self.output.weight.dtype)

    def loss(
        self, tokens: Tensor, targets: Tensor, state: State | None, tags: Tensor | None, smoothing: float = 0.0
    ) -> tuple[Tensor, Tensor, State]:
        """The mean cross-entropy of a chunk, in nats a token.

        Args:
            tokens, state, tags: As for ``forward``.
            targets: The token after each [batch, time], int64.
            smoothing: Share of each target that is spread over all tokens.
        Returns:
            The loss to train on, the plain loss to show, and the state after the chunk.
        """
        state = state if state is not None else self.initial_state(tokens.shape[0])
        outputs, state = self.hidden_states(tokens, state, tags)
        answers = targets.t().flatten()
        if self.config.vocab_size > SMALL_VOCABULARY:
            flat = outputs.flatten(0, 1)
            return *linear_cross_entropy(flat, self.output.weight, self.output.bias, answers, smoothing), state
        scores = self._logits(outputs).flatten(0, 1)
        smooth = F.cross_entropy(scores, answers, label_smoothing=smoothing)
        return smooth, F.cross_entropy(scores.detach(), answers) if smoothing else smooth.detach(), state

    def _layers(self) -> list[RecurrentLayer]:
        return list(self.layers)  # type: ignore[arg-type]  # a ModuleList forgets the type of what it holds

    def _tag_tables(self) -> list[nn.Embedding]:
        return list(self.tag_embeddings)  # type: ignore[arg-type]

    def hidden_states(self, tokens: Tensor, state: State, tags: Tensor | None) -> tuple[Tensor, State]:
        """What the output layer reads, [time, batch, its width] in the products' precision, and the new state."""
        config, kind = self.config, self._product_dtype()
        between = float(config.dropout or 0) if self.training else 0.0
        in_one = has_fused(tokens.device) if self.fused is None else self.fused
        if in_one and self.embed_dim:
            values = self._first_inputs(tokens.t(), self._tag_sum(tokens.t(), tags), kind)
        else:
            values = self._first_gate_inputs(tokens.t(), tags, kind)
        hiddens: list[Tensor] = []
        cells: list[Any] = []  # None for cells that have none
        below = values
        for index, layer in enumerate(self._layers()):
            if index:
                read = below if self.input_norms is None else self._normalise(self.input_norms[index - 1], below)
                read = locked_dropout(read, between, self.generator)
                values = read if in_one else F.linear(read, layer.weight_ih.to(kind), layer.bias.to(kind))
            weight_hh = drop_weights(layer.weight_hh, config.weight_dropout if self.training else 0.0, self.generator)
            cell = state.cell[index] if state.cell is not None else None
            if in_one:
                at_gates = not index and not self.embed_dim
                outputs, hidden, cell = layer.in_one(values, weight_hh, state.hidden[index], cell, at_gates=at_gates)
            else:
                outputs, hidden, cell = layer(values, weight_hh, state.hidden[index], cell)
            below = outputs + below if config.residual and index else outputs
            hiddens.append(hidden)
            cells.append(cell)
        memory, filled = state.memory, state.filled
        if self.attention is not None:
            below, memory, filled = self.attention(below, state)
        if self.output_norm is not None:
            below = self._normalise(self.output_norm, below)
        below = locked_dropout(below, between, self.generator)
        if self.projection is not None:
            below = F.linear(below, self.projection.weight.to(below.dtype))
        return below, State(torch.stack(hiddens), torch.stack(cells) if config.cell == "lstm" else None, memory, filled)

    def _product_dtype(self) -> torch.dtype:
        weight = self._layers()[0].weight_hh
        return weight.dtype if weight.dtype == torch.float64 else self.compute_dtype

    @staticmethod
    def _normalise(norm: nn.Module, values: Tensor) -> Tensor:
        assert isinstance(norm, nn.LayerNorm)
        return F.layer_norm(
            values, norm.normalized_shape, norm.weight.to(values.dtype), norm.bias.to(values.dtype), norm.eps
        )

    def _first_gate_inputs(self, tokens: Tensor, tags: Tensor | None, kind: torch.dtype) -> Tensor:
        """What the tokens [time, batch] and the tags add to the gates of the first layer."""
        layer, config = self._layers()[0], self.config
        dropped = float(config.input_dropout or 0) if self.training else 0.0
        tag_sum = self._tag_sum(tokens, tags)
        if self.embedding is None:
            kept = locked_dropout(layer.weight_ih.t().unsqueeze(0), dropped, self.generator)[
                0
            ]  # whole symbols, as there are no units
            values = look_up((kept + layer.bias).to(kind), tokens)
            return values if tag_sum is None else values + tag_sum.to(kind)
        if tag_sum is None and dropped == 0:
            table = F.linear(
                self.embedding.weight.to(kind), layer.weight_ih.to(kind), layer.bias.to(kind)
            )  # [vocab, gates]
            return look_up(table, tokens)
        return F.linear(self._first_inputs(tokens, tag_sum, kind), layer.weight_ih.to(kind), layer.bias.to(kind))

    def _first_inputs(self, tokens: Tensor, tag_sum: Tensor | None, kind: torch.dtype) -> Tensor:
        """What the first layer reads [time, batch, embed_dim]: the embedding of the tokens [time, batch], and tags."""
        assert self.embedding is not None
        dropped = float(self.config.input_dropout or 0) if self.training else 0.0
        values = look_up(self.embedding.weight.to(kind), tokens)
        values = values if tag_sum is None else values + tag_sum.to(kind)
        return locked_dropout(values, dropped, self.generator)

    def _tag_sum(self, tokens: Tensor, tags: Tensor | None) -> Tensor | None:
        """Sum of the tags' and cues' embeddings, [batch, width] or [time, batch, width]; None where there are none."""
        fields = len(self.tag_embeddings)
        if tags is None or not (fields or self.config.cue_sizes):
            return None
        per_step = tags.transpose(0, 1) if tags.dim() == 3 else tags
        tables = [table.weight for table in self._tag_tables()]
        which = list(range(fields))
        if per_step.shape[-1] > fields:
            tables += [self._cue_table(table) for table in self.cue_embeddings]
            which += [fields + number for number in self.config.cue_tables]
        # all tables in one, so that what stands beside a token is looked up and summed at once; row 0 adds nothing
        begins = [0, *itertools.accumulate(len(table) - 1 for table in tables)]
        whole = torch.cat([tables[0][:1].detach(), *(table[1:] for table in tables)])
        offsets = torch.tensor([begins[number] for number in which], device=per_step.device)
        rows = torch.where(per_step > 0, per_step + offsets, 0)
        found = F.embedding_bag(rows.reshape(-1, rows.shape[-1]), whole, mode="sum", padding_idx=0)
        return found.view(*rows.shape[:-1], -1)

    def _cue_table(self, table: nn.Module) -> Tensor:
        """What each value of a cue adds [values + 1, width]; where it names a token, by that token's own embedding."""
        if isinstance(table, nn.Embedding):
            return table.weight
        assert self.embedding is not None
        return table(self.embedding.weight)

    def parameter_count(self) -> int:
        """Number of trained values; tied matrices count once."""
        return sum(parameter.numel() for parameter in self.parameters())
