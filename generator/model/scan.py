"""The recurrence over time of one layer, forward and backward, written for a processor.

A recurrent layer does two kinds of work. The product with the inputs is one large matrix product
over the whole chunk and is left to the caller; the product with the hidden state has to be done
step by step. Automatic differentiation would record every small operation of every step and add
up the weight gradient in as many small products, so both directions are written out here: each
step is one product with weights packed once for the chunk and a few passes over vectors that stay
in the cache, and the weight gradient is one product at the end. Products run in the precision of
``gate_inputs`` (bfloat16 or float32; float64 for checks of the gradients); gates, cells and their
gradients stay in float32 beneath bfloat16 products.

Equations: LSTM with forget gates after Gers, Schmidhuber & Cummins (2000), GRU after Cho et al.
(2014) in the variant of ``torch.nn.GRU`` (reset gate after the recurrent product), Elman (1990).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

__all__ = ["GATES", "scan"]

GATES = {"lstm": 4, "gru": 3, "rnn": 1}


@lru_cache(maxsize=1)
def can_pack() -> bool:
    """Whether this processor and this torch offer products with packed bfloat16 weights."""
    if not torch.backends.mkldnn.is_available():
        return False
    try:
        weight = torch.eye(64, dtype=torch.bfloat16)
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, 2)
        row = torch.ones(2, 64, dtype=torch.bfloat16)
        return bool(torch.equal(torch.ops.mkldnn._linear_pointwise(row, packed, None, "none", [], ""), row))
    except (AttributeError, RuntimeError):
        return False


def product(weight: Tensor, rows: int) -> Callable[..., Tensor]:
    """``x, add=None -> x @ weight.T (+ add)`` for ``x`` [rows, in], with the weight packed once where that helps.

    Args:
        weight: [out, in], any floating type.
        rows: Rows of the ``x`` to come.
    """
    if weight.dtype == torch.bfloat16 and weight.device.type == "cpu" and can_pack():
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)
        pointwise = torch.ops.mkldnn._linear_pointwise

        def packed_product(x: Tensor, add: Tensor | None = None) -> Tensor:
            if add is None:
                return pointwise(x, packed, None, "none", [], "")
            return pointwise.binary(x, add, packed, None, "add")

        return packed_product
    transposed = weight.t()
    return lambda x, add=None: x @ transposed if add is None else torch.addmm(add, x, transposed)


def wide(tensor: Tensor) -> torch.dtype:
    """The precision of gates and cells beneath products in the precision of ``tensor``."""
    return torch.promote_types(tensor.dtype, torch.float32)


def scan(
    cell: str, gate_inputs: Tensor, weight_hh: Tensor, bias_n: Tensor | None, hidden: Tensor, memory: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run one recurrent layer over a chunk of time.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        gate_inputs: What the inputs and the bias add to each gate, [time, batch, gates * hidden_size];
            gates in the order i f g o, or r z n. Its type is the precision of the products.
        weight_hh: [gates * hidden_size, hidden_size].
        bias_n: [hidden_size], the bias inside the reset product of a GRU; None for the others.
        hidden: [batch, hidden_size], the hidden state before the first step.
        memory: [batch, hidden_size], the cell of an LSTM before the first step; None for the others.
    Returns:
        Outputs [time, batch, hidden_size] in the precision of ``gate_inputs``, and the hidden state
        and the cell after the last step.
    """
    if cell == "lstm":
        outputs, last, cells = _Lstm.apply(gate_inputs, weight_hh, hidden, memory)
        return outputs, last, cells
    if cell == "gru":
        outputs, last = _Gru.apply(gate_inputs, weight_hh, bias_n, hidden)
        return outputs, last, None
    outputs, last = _Rnn.apply(gate_inputs, weight_hh, hidden)
    return outputs, last, None


def _weight_gradient(gate_grads: Tensor, first: Tensor, outputs: Tensor) -> Tensor:
    """Gradient of the recurrent matrix: one product over all the steps of the chunk."""
    before = torch.cat((first.to(outputs.dtype).unsqueeze(0), outputs[:-1]))  # the hidden state before each step
    return gate_grads.flatten(0, 1).t() @ before.flatten(0, 1)


class _Lstm(torch.autograd.Function):
    """i, f, o = sigmoid, g = tanh of the gates; c' = f c + i g; h' = o tanh(c').

    tanh(x) is computed as 2 sigmoid(2x) - 1, so that one pass of sigmoid serves all four gates
    (and because torch's float32 tanh takes five times as long as its sigmoid).
    """

    @staticmethod
    def forward(ctx: Any, gate_inputs: Tensor, weight_hh: Tensor, hidden: Tensor, memory: Tensor) -> Any:
        time, batch, _ = gate_inputs.shape
        size, kind, float_kind = weight_hh.shape[1], gate_inputs.dtype, wide(gate_inputs)
        recur = product(weight_hh.to(kind), batch)
        gates = gate_inputs.new_empty(time, batch, 4 * size, dtype=float_kind)  # sigmoids; of 2x for g
        cells = gate_inputs.new_empty(time + 1, batch, size, dtype=float_kind)
        squashed = gate_inputs.new_empty(time, batch, size, dtype=float_kind)  # tanh(c)
        outputs = gate_inputs.new_empty(time, batch, size)
        cells[0] = memory
        minus_one = torch.tensor(-1.0, dtype=float_kind, device=gates.device)
        candidate, wide_hidden = torch.empty_like(cells[0]), torch.empty_like(cells[0])
        state = hidden.to(kind)
        for step in range(time):
            i, f, g, o = gates[step].copy_(recur(state, gate_inputs[step])).chunk(4, dim=1)
            g.mul_(2)
            gates[step].sigmoid_()
            torch.add(minus_one, g, alpha=2, out=candidate)
            cell = torch.mul(f, cells[step], out=cells[step + 1])
            cell.addcmul_(i, candidate)
            tanh = torch.mul(cell, 2, out=squashed[step]).sigmoid_()
            torch.add(minus_one, tanh, alpha=2, out=tanh)
            torch.mul(o, tanh, out=wide_hidden)
            state = outputs[step].copy_(wide_hidden)
        ctx.save_for_backward(weight_hh, hidden, gates, cells, squashed, outputs)
        return outputs, wide_hidden.to(hidden.dtype), cells[time].to(memory.dtype, copy=True)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        weight_hh, hidden, gates, cells, squashed, outputs = ctx.saved_tensors
        output_grads, last_hidden_grad, last_cell_grad = grads
        time, batch, _ = outputs.shape
        kind, float_kind = outputs.dtype, gates.dtype
        back = product(weight_hh.to(kind).t(), batch)
        gate_grads = torch.empty_like(gates, dtype=kind)
        wide_grads = torch.empty_like(gates[0])
        d_i, d_f, d_g, d_o = wide_grads.chunk(4, dim=1)
        d_cell = last_cell_grad.to(float_kind, copy=True)
        d_hidden, scratch = torch.empty_like(d_cell), torch.empty_like(d_cell)
        minus_one = torch.tensor(-1.0, dtype=float_kind, device=gates.device)
        d_hidden.copy_(last_hidden_grad).add_(output_grads[time - 1])
        for step in reversed(range(time)):
            i, f, g, o = gates[step].chunk(4, dim=1)
            torch.mul(d_hidden, squashed[step], out=d_o)
            torch.ops.aten.tanh_backward.grad_input(d_hidden, squashed[step], grad_input=scratch)
            d_cell.addcmul_(scratch, o)
            torch.add(minus_one, g, alpha=2, out=scratch)  # tanh of g, from its sigmoid
            torch.mul(d_cell, scratch, out=d_i)
            torch.mul(d_cell, cells[step], out=d_f)
            torch.mul(d_cell, i, out=d_g).mul_(4)  # d tanh(x) / dx = 4 s (1 - s) with s = sigmoid(2x)
            torch.ops.aten.sigmoid_backward.grad_input(wide_grads, gates[step], grad_input=wide_grads)
            d_gates = gate_grads[step].copy_(wide_grads)
            d_cell.mul_(f)
            d_hidden.copy_(back(d_gates, output_grads[step - 1]) if step else back(d_gates))
        d_weight = _weight_gradient(gate_grads, hidden, outputs).to(weight_hh.dtype)
        return gate_grads, d_weight, d_hidden.to(hidden.dtype), d_cell


class _Gru(torch.autograd.Function):
    """r, z = sigmoid of the gates; n = tanh(x_n + r (h_n + bias_n)); h' = (1 - z) n + z h."""

    @staticmethod
    def forward(ctx: Any, gate_inputs: Tensor, weight_hh: Tensor, bias_n: Tensor, hidden: Tensor) -> Any:
        time, batch, _ = gate_inputs.shape
        size, kind, float_kind = weight_hh.shape[1], gate_inputs.dtype, wide(gate_inputs)
        recur = product(weight_hh.to(kind), batch)
        resets = gate_inputs.new_empty(time, batch, 2 * size, dtype=float_kind)  # r and z, after the sigmoid
        inner = gate_inputs.new_empty(time, batch, size, dtype=float_kind)  # h_n + bias_n
        candidates = gate_inputs.new_empty(time, batch, size, dtype=float_kind)
        states = gate_inputs.new_empty(time + 1, batch, size, dtype=float_kind)
        outputs = gate_inputs.new_empty(time, batch, size)
        states[0] = hidden
        minus_one = torch.tensor(-1.0, dtype=float_kind, device=states.device)
        wide_bias_n = bias_n.to(float_kind)
        wide_inputs = gate_inputs.new_empty(batch, 3 * size, dtype=float_kind)
        state = hidden.to(kind)
        for step in range(time):
            recurrent = recur(state)
            wide_inputs.copy_(gate_inputs[step])
            r, z = (
                torch.add(wide_inputs[:, : 2 * size], recurrent[:, : 2 * size], out=resets[step])
                .sigmoid_()
                .chunk(2, dim=1)
            )
            h_n = torch.add(wide_bias_n, recurrent[:, 2 * size :], out=inner[step])
            n = torch.addcmul(wide_inputs[:, 2 * size :], r, h_n, out=candidates[step])
            n.mul_(2).sigmoid_()
            torch.add(minus_one, n, alpha=2, out=n)  # tanh(x) = 2 sigmoid(2x) - 1
            torch.lerp(n, states[step], z, out=states[step + 1])
            state = outputs[step].copy_(states[step + 1])
        ctx.save_for_backward(weight_hh, hidden, resets, inner, candidates, states, outputs)
        return outputs, states[time].to(hidden.dtype, copy=True)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        weight_hh, hidden, resets, inner, candidates, states, outputs = ctx.saved_tensors
        output_grads, last_grad = grads
        time, batch, size = outputs.shape
        kind, float_kind = outputs.dtype, states.dtype
        back = product(weight_hh.to(kind).t(), batch)
        input_grads = outputs.new_empty(time, batch, 3 * size)  # of the gates, as the input product sees them
        gate_grads = outputs.new_empty(time, batch, 3 * size)  # as the recurrent product sees them
        d_rz = states.new_empty(batch, 2 * size)
        d_r, d_z = d_rz.chunk(2, dim=1)
        d_hidden = last_grad.to(float_kind, copy=True)
        d_n, scratch, d_bias_n = torch.empty_like(d_hidden), torch.empty_like(d_hidden), torch.zeros_like(d_hidden)
        for step in reversed(range(time)):
            r, z = resets[step].chunk(2, dim=1)
            n = candidates[step]
            d_hidden.add_(output_grads[step])
            torch.sub(states[step], n, out=scratch)
            torch.mul(d_hidden, scratch, out=d_z)
            torch.mul(d_hidden, z, out=scratch)  # what reaches the state before, past the gates
            torch.sub(d_hidden, scratch, out=d_n)
            torch.ops.aten.tanh_backward.grad_input(d_n, n, grad_input=d_n)
            torch.mul(d_n, inner[step], out=d_r)
            torch.ops.aten.sigmoid_backward.grad_input(d_rz, resets[step], grad_input=d_rz)
            to_input, to_state = input_grads[step], gate_grads[step]
            to_input[:, : 2 * size].copy_(d_rz)
            to_input[:, 2 * size :].copy_(d_n)
            to_state[:, : 2 * size].copy_(d_rz)
            to_state[:, 2 * size :].copy_(d_n.mul_(r))
            d_bias_n.add_(d_n)
            torch.add(scratch, back(to_state), out=d_hidden)
        d_weight = _weight_gradient(gate_grads, hidden, outputs).to(weight_hh.dtype)
        return input_grads, d_weight, d_bias_n.sum(0).to(weight_hh.dtype), d_hidden.to(hidden.dtype)


class _Rnn(torch.autograd.Function):
    """h' = tanh(gate)."""

    @staticmethod
    def forward(ctx: Any, gate_inputs: Tensor, weight_hh: Tensor, hidden: Tensor) -> Any:
        time, batch, size = gate_inputs.shape
        kind = gate_inputs.dtype
        recur = product(weight_hh.to(kind), batch)
        states = gate_inputs.new_empty(time, batch, size, dtype=wide(gate_inputs))
        outputs = gate_inputs.new_empty(time, batch, size)
        state = hidden.to(kind)
        for step in range(time):
            states[step].copy_(recur(state, gate_inputs[step])).tanh_()
            state = outputs[step].copy_(states[step])
        ctx.save_for_backward(weight_hh, hidden, states, outputs)
        return outputs, states[time - 1].to(hidden.dtype, copy=True)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        weight_hh, hidden, states, outputs = ctx.saved_tensors
        output_grads, last_grad = grads
        time, batch, _ = outputs.shape
        back = product(weight_hh.to(outputs.dtype).t(), batch)
        gate_grads = torch.empty_like(outputs)
        d_hidden = last_grad.to(states.dtype, copy=True)
        for step in reversed(range(time)):
            d_hidden.add_(output_grads[step])
            torch.ops.aten.tanh_backward.grad_input(d_hidden, states[step], grad_input=d_hidden)
            d_hidden.copy_(back(gate_grads[step].copy_(d_hidden)))
        d_weight = _weight_gradient(gate_grads, hidden, outputs).to(weight_hh.dtype)
        return gate_grads, d_weight, d_hidden.to(hidden.dtype)
