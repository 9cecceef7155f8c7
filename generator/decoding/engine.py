"""The step engine: one token of every row in, the logits of the next out.

Built for decoding, where the training network would spend most of a step on anything but
arithmetic: weights are prepared once, the first layer looks its input up, buffers are made once for
a number of rows, and nothing is allocated in a step. A row's logits have the same bits whatever rows
stand beside it.

    engine = Engine.build(model, "int8")
    state = engine.start(rows=2)
    engine.prefill([5, 3, 8], state)
    logits = engine.step(np.array([5, 7]), state)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ..errors import DecodingError
from .attention import Attention
from .inputs import FirstInput, InputSlot
from .layers import CELLS, Layer, Slot, spread
from .products import PRECISIONS, Product, padded
from .threads import Threads

if TYPE_CHECKING:
    from ..config import ModelConfig
    from ..model import LanguageModel

__all__ = ["Engine", "EngineState"]


class EngineState:
    """Where a batch of rows stands. ``Engine.step`` advances it in place.

    Attributes:
        rows: How many rows there are.
    """

    def __init__(self, engine: Engine, rows: int) -> None:
        whole = padded(rows, engine.kind.tile)  # some arithmetic takes rows in tiles
        self.rows = rows
        self.input = InputSlot(engine.first_input, whole)
        self.slots = [Slot(layer, whole) for layer in engine.layers]
        self.attention = None if engine.attention is None else engine.attention.slot(whole)
        self.head: Tensor | None = None  # the head's own operand, where it cannot read the last layer's
        if engine.output_norm is not None or not engine.head_bounded or self.attention is not None:
            self.head = torch.zeros(whole, engine.width, dtype=engine.kind.operand_dtype)
        self.accumulator = engine.kind.accumulator(whole, len(engine.head_bias))
        self.logits = torch.zeros(whole, len(engine.head_bias))
        self.scratch = torch.zeros(whole, engine.width)
        self.tokens_view = self.input.tokens.numpy()[:rows]
        self.logits_view = self.logits.numpy()[:rows, : engine.vocab_size]

    def tensors(self) -> list[Tensor]:
        """Everything that outlives a step, each [rows, ...]."""
        found = [tensor for slot in self.slots for tensor in (slot.hidden, slot.cell, slot.own) if tensor is not None]
        if self.attention is not None:
            found += [self.attention.keys, self.attention.values]
        if self.input.tags is not None:
            found.append(self.input.tags)
        return found


def condition_tables(config: ModelConfig, weights: dict[str, Tensor]) -> tuple[list[Tensor], list[int]]:
    """What the values of tags and cues add at the input: the tables, and for each field which it is.

    A cue that names a token adds that token's embedding, led through the cue's matrix.
    """
    fields = len(config.tag_sizes)
    tables = [weights[f"tag_embeddings.{field}.weight"] for field in range(fields)]
    sizes = dict(zip(config.cue_tables, config.cue_sizes, strict=True))
    for table in range(len(sizes)):
        values = weights[f"cue_embeddings.{table}.weight"]
        tables.append(values if sizes[table] else weights["embedding.weight"] @ values.t())
    return tables, [*range(fields), *(fields + table for table in config.cue_tables)]


class Engine:
    """A language model prepared for steps.

    Attributes:
        precision: "int8", "bfloat16" or "float32".
        vocab_size: Tokens, the boundary included.
    """

    @torch.inference_mode()
    def __init__(self, model: LanguageModel, precision: str) -> None:
        config = model.config
        weights = {name: value.detach().to("cpu", torch.float32) for name, value in model.state_dict().items()}
        self.precision = precision
        self.kind = PRECISIONS[precision]
        self.vocab_size = config.vocab_size
        self.hidden = int(config.hidden_size or 0)
        self.width = padded(self.hidden)
        self.residual = config.residual
        self.tag_fields = len(config.tag_sizes)
        self.condition_fields = self.tag_fields + len(config.cue_sizes)
        depth = int(config.num_layers or 0)
        cell = CELLS[config.cell]
        plain = not (config.residual or config.layer_norm)

        def layer(index: int) -> Layer:
            at = f"layers.{index}."
            return cell(
                self.kind,
                weights[at + "weight_ih"] if index else None,
                weights[at + "weight_hh"],
                weights[at + "bias"],
                weights.get(at + "bias_n"),
                bounded=plain or (index == 1 and not config.layer_norm),
            )

        self.layers = [layer(index) for index in range(depth)]
        first = cell.prepare(weights["layers.0.weight_ih"])
        inputs = weights["layers.0.weight_ih"].shape[1]
        tags, columns = condition_tables(config, weights)
        embedding = weights.get("embedding.weight") if config.embed_dim != 0 else None
        if embedding is None:
            tags = [torch.stack([cell.prepare(row) for row in values]) for values in tags]
        self.first_input = FirstInput(self.kind, embedding, first[:, :inputs], self.layers[0].bias, tags, columns)
        self.norms = [
            (weights[f"input_norms.{index}.weight"], weights[f"input_norms.{index}.bias"])
            for index in range(depth - 1)
            if config.layer_norm
        ]
        self.output_norm = (weights["output_norm.weight"], weights["output_norm.bias"]) if config.layer_norm else None
        self.attention = None
        if config.attention_window:
            self.attention = Attention(self.kind, weights, self.width, config.attention_window)
        self.head_bounded = not config.layer_norm and (self.attention is not None or not config.residual or depth == 1)
        output = weights["output.weight"]
        if "projection.weight" in weights:  # two products of which nothing bends the first are one
            output = output @ weights["projection.weight"]
        self.head = self.kind(spread(output, 1), bounded=self.head_bounded)
        self.head_bias = spread(weights["output.bias"], 1)
        self.threads = Threads(sum(product.weight.numel() for product in self.products()), fixed=precision == "float32")

    def products(self) -> list[Product]:
        """The products of a step."""
        each = [(layer.recurrent_product, layer.input_product) for layer in self.layers]
        return [self.head, *(product for pair in each for product in pair if product is not None)]

    @classmethod
    def build(cls, model: LanguageModel, precision: str = "float32") -> Engine:
        """Prepare ``model`` for steps; the model itself is not changed."""
        return cls(model, precision)

    @torch.inference_mode()
    def start(self, rows: int, tags: ArrayLike | None = None) -> EngineState:
        """The zero state of ``rows`` rows.

        Args:
            rows: How many rows are written side by side.
            tags: Tag ids [rows, fields], 0 for not given; None gives none. Cues stand in the columns behind
                those of the tags, and may be left out.
        """
        state = EngineState(self, rows)
        if tags is not None:
            self.set_tags(state, tags)
        return state

    def set_tags(self, state: EngineState, tags: ArrayLike) -> None:
        """Give the rows of ``state`` other tags from the next step on."""
        with self.threads.one():
            self._set_tags(state, tags)

    def _set_tags(self, state: EngineState, tags: ArrayLike) -> None:
        given = np.asarray(tags, np.int64).reshape(state.rows, -1)
        if given.shape[1] not in (self.tag_fields, self.condition_fields):
            raise DecodingError(
                f"{given.shape[1]} tags were given to a model of {self.tag_fields} tag fields.",
                "Give one id for each field, 0 where it is not known.",
            )
        whole = torch.zeros(len(state.input.tokens), self.condition_fields, dtype=torch.int64)
        whole[: state.rows, : given.shape[1]] = torch.from_numpy(given)
        with torch.inference_mode():
            self.first_input.set_tags(state.input, whole)

    @torch.inference_mode()
    def step(self, tokens: NDArray[np.int64], state: EngineState, tags: ArrayLike | None = None) -> NDArray[np.float32]:
        """Read one token of each row.

        Args:
            tokens: [rows].
            state: Advanced in place.
            tags: New tag ids [rows, fields] from this step on; None leaves them as they are.
        Returns:
            Logits of the next token [rows, vocab_size], float32: a view that the next step overwrites.
        """
        if tags is not None:
            self.set_tags(state, tags)
        state.tokens_view[:] = tokens
        with self.threads.of(state.rows):
            self._project(self._advance(state), state)
        return state.logits_view

    @torch.inference_mode()
    def prefill(self, tokens: Sequence[int] | NDArray[np.integer], state: EngineState) -> NDArray[np.float32]:
        """Read the same tokens in every row; the same bits as ``step`` by ``step``, without the logits between.

        Args:
            tokens: A prompt of one token or more.
        Returns:
            Logits after the last token, as ``step`` gives them.
        """
        if len(tokens) == 0:
            raise DecodingError("There is nothing to read: the prompt has no tokens.", "Start from the boundary.")
        last = None
        for token in np.asarray(tokens).tolist():
            state.input.tokens.fill_(token)
            with self.threads.of(state.rows):
                last = self._advance(state)
        assert last is not None
        self._project(last, state)
        return state.logits_view

    @torch.inference_mode()
    def select(self, state: EngineState, index: ArrayLike) -> EngineState:
        """A new state whose row j stands where row ``index[j]`` of ``state`` stands.

        So a prompt is read once and copied, and beams are reordered.
        """
        chosen = np.asarray(index, np.int64)
        new = EngineState(self, len(chosen))
        whole = torch.zeros(len(new.input.tokens), dtype=torch.int64)
        whole[: len(chosen)] = torch.from_numpy(chosen)
        if state.input.tags is not None:
            new.input.tags = torch.empty(len(whole), state.input.tags.shape[1])
        for target, source in zip(new.tensors(), state.tensors(), strict=True):
            target.copy_(source.index_select(0, whole))
        if state.attention is not None and new.attention is not None:
            new.attention.steps = state.attention.steps
        new.logits.copy_(state.logits.index_select(0, whole))
        return new

    def _advance(self, state: EngineState) -> Tensor:
        """Run the layers; the last one's output [rows, width]."""
        self.first_input.write(state.input, state.slots[0].inputs)
        out: Tensor | None = None
        before: Slot | None = None
        for index, (layer, slot) in enumerate(zip(self.layers, state.slots, strict=True)):
            if out is not None and before is not None:
                self._feed(index, layer, slot, out, before)
            layer.step(slot)
            out = out + slot.hidden if self.residual and out is not None else slot.hidden
            before = slot
        assert out is not None
        return out if self.attention is None else self.attention.step(out, state.attention)

    def _feed(self, index: int, layer: Layer, slot: Slot, out: Tensor, before: Slot) -> None:
        """Hand the output of one layer to the next, in the form that its product reads."""
        if self.norms:
            out = self._normalised(out, self.norms[index - 1])
        if out is before.hidden and layer.bounded:
            slot.input.copy_(before.own)  # quantised already
        else:
            slot.input_scale = self.kind.store_scaled(slot.input, out)

    def _normalised(self, x: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        """Layer normalisation over the units that are there, not those that fill the width up."""
        return F.pad(F.layer_norm(x[:, : self.hidden], (self.hidden,), *norm), (0, self.width - self.hidden))

    def _project(self, out: Tensor, state: EngineState) -> None:
        """The output layer, into ``state.logits``."""
        if self.output_norm is not None:
            out = self._normalised(out, self.output_norm)
        scale: Tensor | None = None
        if state.head is None:
            operand = state.slots[-1].own
        else:
            operand = state.head
            if self.head_bounded:
                self.kind.store(operand, out, state.scratch)
            else:
                scale = self.kind.store_scaled(operand, out)
        self.head(operand, state.accumulator, state.logits, self.head_bias, scale)
