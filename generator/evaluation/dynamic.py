"""Dynamic evaluation: a model that goes on learning from the text it is judged on, as it reads.

B. Krause, E. Kahembwe, I. Murray and S. Renals, "Dynamic evaluation of neural sequence models", ICML
2018, section 4: stochastic gradient descent with the step of each weight divided by the root of its
mean squared gradient on the training text (RMS), and a decay back to the trained weights that is the
stronger the larger that root is. Every segment is scored before the weights learn from it, so no
target is seen before it is charged; but the figure is one of a model and of a way to adapt it, and is
reported apart.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .stream import TokenStream, device_of, hidden_cues

if TYPE_CHECKING:
    from ..model import LanguageModel

__all__ = ["DynamicSettings", "dynamic_nats"]


@dataclass(frozen=True)
class DynamicSettings:
    """How the weights follow the text.

    The defaults were the best of a dozen settings for an LSTM of 2 x 256 on the first 20,000 characters
    of tinyshakespeare's validation text (two thirds of the rate lost 0.003 nats). So the figure is a
    little flattered there, and the rate may not be the best elsewhere.

    Attributes:
        segment: Tokens that are scored, then learnt from.
        rate: Step size, before the division by the root mean square.
        decay: Share of the way back to the trained weights a segment, for a weight of mean gradient.
        epsilon: Added to the root mean square.
        statistics_batches: Batches of the training text that the mean squared gradients are taken over.
        statistics_rows: Rows of such a batch, each a segment.
    """

    segment: int = 20
    rate: float = 1.5e-4
    decay: float = 3e-3
    epsilon: float = 1e-5
    statistics_batches: int = 200
    statistics_rows: int = 16


def dynamic_nats(
    model: LanguageModel,
    ids: np.ndarray,
    train_ids: np.ndarray,
    *,
    characters: int | None = None,
    starts: np.ndarray | None = None,
    tags: np.ndarray | None = None,
    train_starts: np.ndarray | None = None,
    train_tags: np.ndarray | None = None,
    cues: np.ndarray | None = None,
    train_cues: np.ndarray | None = None,
    settings: DynamicSettings | None = None,
    progress: Callable[[int], Any] | None = None,
) -> float:
    """Judge a copy of ``model`` that learns from every segment after it was charged for it.

    The state is carried. The model itself is not altered.

    Args:
        model: A language model.
        ids: Token ids of the split [tokens], all but the first charged.
        train_ids: Token ids of the training text, for the mean squared gradients.
        characters: What to divide by; None divides by the tokens charged.
        starts, tags, cues: Of the split, as for ``evaluate_split``; ``train_starts``, ``train_tags`` and
            ``train_cues`` of the training text.
        settings: Segment length and rates.
        progress: Called with the number of tokens done.
    Returns:
        Nats per character, or per token.
    """
    settings = settings or DynamicSettings()
    follower = copy.deepcopy(model).eval()
    follower.compute_dtype = torch.float32
    weights: list[Tensor] = [weight for weight in follower.parameters() if weight.requires_grad]
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):  # its kernels learn only in training mode
        text = TokenStream(train_ids, train_starts, train_tags, device_of(model), train_cues, hidden_cues(model))
        roots = _root_mean_square_gradients(follower, weights, text, settings)
        rates, decays = _rates(roots, settings)
        trained = [weight.detach().clone() for weight in weights]
        stream = TokenStream(ids, starts, tags, device_of(model), cues, hidden_cues(model))
        state, total = follower.initial_state(1), 0.0
        for first in range(0, stream.charged, settings.segment):
            positions = np.arange(first, min(first + settings.segment, stream.charged))[None]
            inputs, targets, tag_ids = stream.batch(positions)
            logits, state = follower(inputs, state, tag_ids)
            state = state.detach()
            loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
            total += loss.item() * positions.size
            _learn(weights, _gradients(loss, weights), trained, rates, decays)
            if progress:
                progress(positions.size)
    return total / max(characters or stream.charged, 1)


def _root_mean_square_gradients(
    model: LanguageModel, weights: list[Tensor], stream: TokenStream, settings: DynamicSettings
) -> list[Tensor]:
    """Root of the mean squared gradient of each weight, over segments spread evenly over the training text."""
    segment = min(settings.segment, stream.charged)
    wanted = settings.statistics_batches * settings.statistics_rows
    begins = np.linspace(0, stream.charged - segment, max(min(wanted, stream.charged // max(segment, 1)), 1))
    squares = [torch.zeros_like(weight) for weight in weights]
    # neighbours in a batch come from far apart, as the segments of a shuffled text would
    batches = max(len(begins) // settings.statistics_rows, 1)
    for index in range(batches):
        positions = begins[index::batches].astype(np.int64)[:, None] + np.arange(segment)
        inputs, targets, tag_ids = stream.batch(positions)
        logits, _ = model(inputs, None, tag_ids)
        loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        for square, gradient in zip(squares, _gradients(loss, weights), strict=True):
            square.addcmul_(gradient, gradient, value=1 / batches)
    return [square.sqrt_() for square in squares]


def _rates(roots: list[Tensor], settings: DynamicSettings) -> tuple[list[Tensor], list[Tensor]]:
    """Step size and decay of each weight.

    The decay is at most 1, all the way back. A weight that no training text ever moved (of a token
    or tag too rare) stays as it is: with no root to divide by, its step would be without measure.
    """
    count = sum(root.numel() for root in roots)
    mean = max(float(sum(root.sum(dtype=torch.float64) for root in roots)) / count, 1e-30)
    rates = [settings.rate / (root + settings.epsilon) * (root > 0) for root in roots]
    decays = [(settings.decay / mean * root).clamp_(max=1.0) for root in roots]
    return rates, decays


def _gradients(loss: Tensor, weights: list[Tensor]) -> list[Tensor]:
    """Gradient of each weight; zero for one that had no part in the loss, as a tag not given."""
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    return [
        torch.zeros_like(weight) if gradient is None else gradient
        for gradient, weight in zip(found, weights, strict=True)
    ]


@torch.no_grad()
def _learn(
    weights: list[Tensor], gradients: list[Tensor], trained: list[Tensor], rates: list[Tensor], decays: list[Tensor]
) -> None:
    """One step down the gradient, and a part of the way back to the trained weights, both from where it stands."""
    for weight, gradient, origin, rate, decay in zip(weights, gradients, trained, rates, decays, strict=True):
        back = (origin - weight).mul_(decay)
        weight.addcmul_(gradient, rate, value=-1).add_(back)
