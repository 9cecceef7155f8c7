"""The learning rate over the steps of a run."""

from __future__ import annotations

import math

__all__ = ["learning_rate"]


def learning_rate(step: int, *, peak: float, warmup_steps: int, total_steps: int, final_share: float) -> float:
    """Rise linearly to ``peak``, then fall along half a cosine to ``final_share`` of it.

    Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), without restarts.

    Args:
        step: The step about to be done, from 0.
        peak: Highest rate.
        warmup_steps: Steps of the rise.
        total_steps: Steps of the run.
        final_share: The rate of the last step as a share of the peak.
    """
    rise = min((step + 1) / max(warmup_steps, 1), 1.0)
    done = min(step / max(total_steps - 1, 1), 1.0)
    return peak * rise * (final_share + (1 - final_share) * 0.5 * (1 + math.cos(math.pi * done)))
