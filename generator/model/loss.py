"""Output layer and cross-entropy in one, for vocabularies so large that their logits fill the memory.

The logits of a chunk of text [tokens, vocab_size] would be written and read some ten times between
output layer and gradient. Here a few hundred tokens at a time go through all of it while their
logits are still in the cache, gradients included: a scalar loss needs nothing that comes after it.
(The idea is that of chunked losses, as in P.-L. Hsu et al. 2024, "Liger Kernel".)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["linear_cross_entropy"]

CHUNK_VALUES = 1 << 21  # logits handled together: 8 MB in float32, which a processor's cache holds
DEVICE_CHUNK_VALUES = 1 << 26  # 256 MB: a GPU has no such cache, and wants few large products


def rows_at_once(device: torch.device, vocab_size: int) -> int:
    """Tokens whose logits are handled together."""
    return max((CHUNK_VALUES if device.type == "cpu" else DEVICE_CHUNK_VALUES) // vocab_size, 1)


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> tuple[Tensor, Tensor]:
        hidden, weight, bias, targets, smoothing = inputs
        tokens, vocab_size = len(targets), len(weight)
        kind = hidden.dtype
        matrix = weight.to(kind)
        wants = ctx.needs_input_grad[1]
        grad_hidden = torch.empty_like(hidden) if wants else None
        grad_weight = torch.zeros_like(weight) if wants else None
        grad_bias = torch.zeros_like(bias) if wants else None
        exact = torch.float32 if hidden.device.type == "mps" else torch.float64  # Apple's GPUs have no float64
        smooth, plain = hidden.new_zeros((), dtype=exact), hidden.new_zeros((), dtype=exact)
        step = rows_at_once(hidden.device, vocab_size)
        for begin in range(0, tokens, step):
            part = slice(begin, begin + step)
            read, answers = hidden[part], targets[part, None]
            scores = (read @ matrix.t()).to(weight.dtype).add_(bias)
            answer_scores = scores.gather(1, answers)
            total = scores.sum(1, keepdim=True) if smoothing else None
            top = scores.amax(1, keepdim=True)
            shares = scores.sub_(top).exp_()
            mass = shares.sum(1, keepdim=True)
            log_mass = mass.log() + top
            nll = log_mass - answer_scores
            plain += nll.sum(dtype=exact)
            if total is not None:
                nll = (1 - smoothing) * nll + smoothing * (log_mass - total / vocab_size)
            smooth += nll.sum(dtype=exact)
            if not wants:
                continue
            assert grad_hidden is not None and grad_weight is not None and grad_bias is not None
            shares.div_(mass * tokens)
            if smoothing:
                shares.sub_(smoothing / vocab_size / tokens)
            shares.scatter_add_(1, answers, shares.new_full((1, 1), (smoothing - 1) / tokens).expand_as(answers))
            grad_bias += shares.sum(0)
            shares = shares.to(kind)
            torch.mm(shares, matrix, out=grad_hidden[part])
            grad_weight += shares.t() @ read
        ctx.save_for_backward(grad_hidden, grad_weight, grad_bias)
        plain_mean = (plain / tokens).to(weight.dtype)
        ctx.mark_non_differentiable(plain_mean)
        return (smooth / tokens).to(weight.dtype), plain_mean

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        grad_hidden, grad_weight, grad_bias = ctx.saved_tensors
        scale = grads[0]
        return grad_hidden * scale.to(grad_hidden.dtype), grad_weight * scale, grad_bias * scale, None, None


def linear_cross_entropy(
    hidden: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Mean cross-entropy of ``softmax(hidden @ weight.T + bias)`` against ``targets``, in nats.

    Args:
        hidden: [tokens, width], in the precision of the products.
        weight: [vocab_size, width], as it is trained.
        bias: [vocab_size].
        targets: [tokens], int64.
        smoothing: Share of each target that is spread over the vocabulary.
    Returns:
        The loss with smoothing, through which gradients flow, and the loss without, for people.
    """
    smooth, plain = _LinearCrossEntropy.apply(hidden, weight, bias, targets, smoothing)
    return smooth, plain
