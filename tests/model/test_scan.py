"""The recurrences, forward and backward, against torch's own cells and finite differences."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generator.model.scan import GATES, scan

CELLS = ("lstm", "gru", "rnn")


def draw(cell: str, time: int, batch: int, size: int, dtype=torch.float64, seed: int = 0):
    """Gate inputs, recurrent matrix, GRU bias, hidden state and cell, all with gradients."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()

    gates = GATES[cell]
    bias_n = normal(size) if cell == "gru" else None
    memory = normal(batch, size) if cell == "lstm" else None
    return normal(time, batch, gates * size), normal(gates * size, size), bias_n, normal(batch, size), memory


def torch_cell(cell: str, gate_inputs, weight_hh, bias_n, hidden, memory):
    """The same by ``torch.nn``'s cells with an identity as input matrix: outputs, last hidden, last cell."""
    size = hidden.shape[1]
    wide = torch.eye(gate_inputs.shape[2], dtype=torch.float64)
    zero = torch.zeros(gate_inputs.shape[2], dtype=torch.float64)
    inner = zero if bias_n is None else torch.cat((zero[: 2 * size], bias_n))
    outputs = []
    for gate_input in gate_inputs:
        if cell == "lstm":
            hidden, memory = torch.lstm_cell(gate_input, (hidden, memory), wide, weight_hh, zero, zero)
        elif cell == "gru":
            hidden = torch.gru_cell(gate_input, hidden, wide, weight_hh, zero, inner)
        else:
            hidden = torch.rnn_tanh_cell(gate_input, hidden, wide, weight_hh, zero, zero)
        outputs.append(hidden)
    return torch.stack(outputs), hidden, memory


@pytest.mark.parametrize("cell", CELLS)
@given(time=st.integers(1, 6), batch=st.integers(1, 4), size=st.integers(1, 5), seed=st.integers(0, 99))
def test_values_and_gradients_are_those_of_torch(cell: str, time: int, batch: int, size: int, seed: int) -> None:
    given_ = draw(cell, time, batch, size, seed=seed)
    found, expected = scan(cell, *given_), torch_cell(cell, *given_)
    generator = torch.Generator().manual_seed(seed)
    weights = [torch.randn(one.shape, generator=generator, dtype=torch.float64) for one in expected if one is not None]
    leaves = [one for one in given_ if one is not None]
    for one, other in zip(found, expected, strict=True):
        if other is not None:
            torch.testing.assert_close(one, other)
    sums = [
        sum((one * weight).sum() for one, weight in zip([o for o in side if o is not None], weights, strict=True))
        for side in (found, expected)
    ]
    for one, other in zip(torch.autograd.grad(sums[0], leaves), torch.autograd.grad(sums[1], leaves), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_agree_with_finite_differences(cell: str) -> None:
    given_ = draw(cell, time=4, batch=2, size=3)
    leaves = [one for one in given_ if one is not None]

    def outputs(*values: torch.Tensor):
        taken = iter(values)
        return tuple(
            one for one in scan(cell, *(None if one is None else next(taken) for one in given_)) if one is not None
        )

    assert torch.autograd.gradcheck(outputs, leaves)


@pytest.mark.parametrize("cell", CELLS)
def test_two_chunks_are_one(cell: str) -> None:
    gate_inputs, weight_hh, bias_n, hidden, memory = draw(cell, time=9, batch=3, size=4)
    whole, last, last_cell = scan(cell, gate_inputs, weight_hh, bias_n, hidden, memory)
    first, middle, middle_cell = scan(cell, gate_inputs[:4], weight_hh, bias_n, hidden, memory)
    second, end, end_cell = scan(cell, gate_inputs[4:], weight_hh, bias_n, middle, middle_cell)
    torch.testing.assert_close(torch.cat((first, second)), whole)
    torch.testing.assert_close(end, last)
    if cell == "lstm":
        torch.testing.assert_close(end_cell, last_cell)


@pytest.mark.parametrize("cell", CELLS)
def test_bfloat16_stays_near_float32(cell: str) -> None:
    exact = [None if one is None else one.detach().float().requires_grad_() for one in draw(cell, 12, 4, 64)]
    with torch.no_grad():
        exact[1] *= 0.1
    rounded = [
        exact[0].detach().bfloat16().requires_grad_(),
        *(None if one is None else one.detach().clone().requires_grad_() for one in exact[1:]),
    ]
    outputs = [scan(cell, *side)[0] for side in (exact, rounded)]
    assert outputs[1].dtype == torch.bfloat16
    assert (outputs[0] - outputs[1].float()).abs().max() < 0.03
    for output in outputs:
        output.float().square().sum().backward()
    gradients = [side[1].grad for side in (exact, rounded)]
    assert gradients[1].dtype == torch.float32
    assert (gradients[0] - gradients[1]).norm() / gradients[0].norm() < 0.02
