"""The recurrence of one layer by the fused kernels of torch: on a GPU those of cuDNN, one call a chunk.

A GPU loses more by being asked for many small things than by the arithmetic in them: the steps of
``scan`` would cost a dozen launches each. The fused layers do the product with the inputs and all the
steps in one call, forward and backward. They know other parameters than ours: two biases a gate, of
which only a GRU has use for both.

    ours        torch's                     gates, one block of hidden_size rows each
    weight_ih   weight_ih                   i f g o (LSTM), r z n (GRU): the same order in both
    weight_hh   weight_hh                   the same
    bias        bias_ih                     LSTM, RNN: the sum of the two is all that counts, so
                                            bias_hh is zero
    bias_n      the last block of bias_hh   GRU: n = tanh(W_in x + b_in + r (W_hn h + b_hn)); b_hn stands
                                            inside the reset product and cannot join b_in. The blocks of
                                            r and z in bias_hh are zero.

(Equations: the documentation of ``torch.nn.LSTM``, ``GRU`` and ``RNN``.) Everything in one call has one
precision: beneath bfloat16 products the state, which ``scan`` carries in float32, is rounded to bfloat16
at the beginning and at the end of a chunk.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .scan import GATES

__all__ = ["fused", "has_fused"]


def has_fused(device: torch.device) -> bool:
    """Whether the fused layers are what to use there: on CUDA GPUs (and AMD's, which go by the same name)."""
    return device.type == "cuda"


def fused(
    cell: str,
    inputs: Tensor,
    weight_ih: Tensor | None,
    weight_hh: Tensor,
    bias: Tensor | None,
    bias_n: Tensor | None,
    hidden: Tensor,
    memory: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Run one recurrent layer over a chunk of time, the product with the inputs included.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        inputs: What the layer reads [time, batch, input_size]; its type is the precision of everything.
        weight_ih: [gates * hidden_size, input_size]; None where ``inputs`` are what the gates get already,
            [time, batch, gates * hidden_size], which an identity then hands on.
        weight_hh: [gates * hidden_size, hidden_size].
        bias: [gates * hidden_size]; None where it is in ``inputs`` already.
        bias_n: [hidden_size], the bias inside the reset product of a GRU; None for the others.
        hidden: [batch, hidden_size], the hidden state before the first step.
        memory: [batch, hidden_size], the cell of an LSTM before the first step; None for the others.
    Returns:
        As ``scan``: outputs [time, batch, hidden_size], and the hidden state and the cell after the last step.
    """
    kind, size = inputs.dtype, weight_hh.shape[1]
    gates = GATES[cell] * size
    if weight_ih is None:
        weight_ih = torch.eye(gates, dtype=kind, device=inputs.device)
    none = weight_hh.new_zeros(gates)
    first = none if bias is None else bias
    second = none if bias_n is None else torch.cat((none[size:], bias_n))
    # in one piece and in cuDNN's order (matrices, then biases), else it would copy them together itself
    flat = torch.cat([part.to(kind).flatten() for part in (weight_ih, weight_hh, first, second)])
    w_ih, w_hh, b_ih, b_hh = flat.split([weight_ih.numel(), weight_hh.numel(), gates, gates])
    weights = [w_ih.view_as(weight_ih), w_hh.view_as(weight_hh), b_ih, b_hh]
    state = hidden.to(kind).unsqueeze(0).contiguous()
    # one layer, no dropout between layers, one direction, time first; cuDNN keeps what the backward pass
    # needs only where it is told that this is training
    more = (True, 1, 0.0, torch.is_grad_enabled(), False, False)
    if cell == "lstm":
        assert memory is not None
        cells = memory.to(kind).unsqueeze(0).contiguous()
        outputs, last, last_cell = torch._VF.lstm(inputs, (state, cells), weights, *more)
        return outputs, last[0].to(hidden.dtype), last_cell[0].to(memory.dtype)
    run = torch._VF.gru if cell == "gru" else torch._VF.rnn_tanh
    outputs, last = run(inputs, state, weights, *more)
    return outputs, last[0].to(hidden.dtype), None
