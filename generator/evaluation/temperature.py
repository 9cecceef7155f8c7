"""The softmax temperature at which a model's probabilities fit a text best.

One number for the whole model, found on validation text: C. Guo et al., "On calibration of modern
neural networks", ICML 2017, section 4.2. An overfitted model is too sure of itself and gains by a
temperature above 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional as F

__all__ = ["best_temperature", "cost_at"]

COLDEST, HOTTEST = 0.05, 20.0
LOGITS_AT_ONCE = 1 << 20  # in double precision, 8 MB a copy


def best_temperature(logits: Tensor, targets: Tensor) -> float:
    """The temperature with the least cross-entropy, between 0.05 and 20.

    In the inverse temperature b the cross-entropy, mean of ``logsumexp(b z) - b z[target]``, is
    convex; Newton's method, kept inside a shrinking bracket, finds the zero of its derivative.

    Args:
        logits: Scores of every token [positions, vocab_size].
        targets: What came [positions], int64.
    Returns:
        The temperature; 1.0 where there is nothing to judge by.
    """
    if not len(targets):
        return 1.0
    low, high = 1 / HOTTEST, 1 / COLDEST
    inverse = 1.0
    for _ in range(100):
        slope, curvature = _derivatives(logits, targets, inverse)
        if slope > 0:
            high = inverse
        else:
            low = inverse
        following = inverse - slope / curvature if curvature > 0 else low
        if not low < following < high:
            following = (low + high) / 2
        step, inverse = abs(following - inverse), following
        if step < 1e-7 * inverse:
            break
    return 1 / inverse


def cost_at(logits: Tensor, targets: Tensor, temperature: float) -> float:
    """Sum of the cross-entropy in nats, with the logits divided by ``temperature``."""
    parts = _parts(logits, targets)
    return sum(F.cross_entropy(part / temperature, answers, reduction="sum").item() for part, answers in parts)


def _derivatives(logits: Tensor, targets: Tensor, inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean cross-entropy by the inverse temperature."""
    slope = curvature = 0.0
    for part, answers in _parts(logits, targets):
        probabilities = (part * inverse).softmax(-1)
        mean = (probabilities * part).sum(-1)
        chosen = part.gather(-1, answers[:, None]).squeeze(-1)
        slope += float((mean - chosen).sum())
        curvature += float((probabilities * (part - mean[:, None]) ** 2).sum())
    return slope / len(targets), curvature / len(targets)


def _parts(logits: Tensor, targets: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Some rows at a time, in double precision."""
    rows = max(LOGITS_AT_ONCE // logits.shape[1], 1)
    for part, answers in zip(logits.split(rows), targets.split(rows), strict=True):
        yield part.double(), answers
