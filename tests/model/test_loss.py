"""The output layer and cross-entropy in one, against the two apart."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from generator.model import loss
from generator.model.loss import linear_cross_entropy
from generator.seeding import torch_generator


def parts(tokens: int, vocab_size: int, width: int, dtype: torch.dtype = torch.float64):
    generator = torch_generator(tokens * 1000 + vocab_size)
    hidden, weight, bias = (
        torch.randn(*shape, generator=generator, dtype=dtype).requires_grad_()
        for shape in ((tokens, width), (vocab_size, width), (vocab_size,))
    )
    return hidden, weight, bias, torch.randint(vocab_size, (tokens,), generator=generator)


@given(
    st.integers(1, 23), st.integers(2, 9), st.integers(1, 5),
    st.sampled_from([0.0, 0.1, 0.7]), st.sampled_from([1, 9, 40, 1000]),
)  # fmt: skip
def test_values_and_gradients_are_those_of_the_two_apart(
    tokens: int, vocab_size: int, width: int, smoothing: float, chunk: int
):
    hidden, weight, bias, targets = parts(tokens, vocab_size, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loss, "CHUNK_VALUES", chunk)  # so that chunks end at every place
        smooth, plain = linear_cross_entropy(hidden, weight, bias, targets, smoothing)
        (3 * smooth).backward()
    found = [hidden.grad, weight.grad, bias.grad]
    for value in (hidden, weight, bias):
        value.grad = None
    logits = hidden @ weight.t() + bias
    expected = F.cross_entropy(logits, targets, label_smoothing=smoothing)
    (3 * expected).backward()
    torch.testing.assert_close(smooth, expected)
    torch.testing.assert_close(plain, F.cross_entropy(logits, targets))
    assert not plain.requires_grad
    for mine, other in zip(found, (hidden.grad, weight.grad, bias.grad), strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_logits_far_from_zero_do_not_overflow(smoothing: float):
    hidden, weight, bias, targets = parts(6, 5, 3, torch.float32)
    smooth, _ = linear_cross_entropy(hidden * 1000, weight, bias, targets, smoothing)
    expected = F.cross_entropy(hidden * 1000 @ weight.t() + bias, targets, label_smoothing=smoothing)
    torch.testing.assert_close(smooth, expected)
    smooth.backward()
    assert all(torch.isfinite(value.grad).all() for value in (hidden, weight, bias))


def test_products_in_bfloat16_keep_near_and_gradients_have_the_weights_own_precision():
    hidden, weight, bias, targets = parts(64, 50, 16, torch.float32)
    smooth, _ = linear_cross_entropy(hidden.bfloat16(), weight, bias, targets)
    smooth.backward()
    expected = F.cross_entropy(hidden.detach() @ weight.detach().t() + bias.detach(), targets)
    assert smooth.dtype == weight.grad.dtype == bias.grad.dtype == torch.float32
    assert smooth.item() == pytest.approx(expected.item(), rel=0.02)


def test_without_gradients_there_is_a_value_alone():
    hidden, weight, bias, targets = parts(7, 6, 4)
    with torch.no_grad():
        smooth, plain = linear_cross_entropy(hidden, weight, bias, targets)
    assert smooth == plain
    torch.testing.assert_close(plain, F.cross_entropy(hidden @ weight.t() + bias, targets))
