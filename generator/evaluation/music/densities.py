"""Kernel density estimates of samples of numbers, and how far two of them are apart.

As in L.-C. Yang and A. Lerch, "On the evaluation of generative models in music", Neural Computing and
Applications 32 (2020): Gaussian kernels with the bandwidth of D. W. Scott, "Multivariate Density
Estimation" (1992), h = s n^(-1/5). The samples are first laid on a fine grid, each number shared between
its two neighbours, and then smoothed all at once (B. W. Silverman, "Kernel density estimation using the
fast Fourier transform", Applied Statistics 31, 1982), so that a million numbers take milliseconds.
"""

from __future__ import annotations

import numpy as np

__all__ = ["Grid", "divergence", "jensen_shannon", "overlap", "scott"]

POINTS = 2048
REACH = 5.0  # bandwidths beyond the outermost number
NARROWEST = 2e-3  # of the span of all numbers: no kernel is narrower, so that the grid resolves it
FLOOR = 1e-6  # of the mass, spread evenly over both densities, so that their divergence is finite


def scott(values: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Scott's bandwidth of a sample: its standard deviation times n^(-1/5); 0 for fewer than two numbers."""
    weights = np.ones(len(values)) if weights is None else weights
    count = float(weights.sum())
    if count < 2:
        return 0.0
    middle = float(weights @ values) / count
    deviation = np.sqrt(float(weights @ (values - middle) ** 2) / (count - 1))
    return float(deviation * count**-0.2)


class Grid:
    """Evenly spaced points that hold some samples and their kernels.

    Attributes:
        points: Where they are [points]; a single one where all numbers are the same.
    """

    def __init__(self, low: float, high: float, widest: float) -> None:
        self._span = high - low
        widest = max(widest, NARROWEST * self._span)
        if self._span > 0:
            self.points = np.linspace(low - REACH * widest, high + REACH * widest, POINTS)
        else:
            self.points = np.array([low])

    def masses(self, values: np.ndarray, rows: np.ndarray | None = None, count: int = 1) -> np.ndarray:
        """How many of the numbers fall to each point, each shared between two: [rows, points].

        Args:
            values: Numbers [numbers].
            rows: The row that each belongs to [numbers]; None for a single row.
            count: How many rows.
        """
        size = len(self.points)
        rows = np.zeros(len(values), np.int64) if rows is None else rows
        if size == 1:
            return np.bincount(rows, minlength=count)[:, None].astype(float)
        step = self.points[1] - self.points[0]
        exact = (values - self.points[0]) / step
        below = np.clip(np.floor(exact).astype(np.int64), 0, size - 2)
        above = exact - below
        flat = rows * size + below
        masses = np.bincount(flat, 1 - above, count * size) + np.bincount(flat + 1, above, count * size)
        return masses.reshape(count, size)

    def smooth(self, masses: np.ndarray, bandwidth: float) -> np.ndarray:
        """Densities as masses that add up to 1 on each row: [rows, points].

        Args:
            masses: Numbers at each point [rows, points].
            bandwidth: Standard deviation of the kernel.
        """
        size = len(self.points)
        if size > 1:
            step = self.points[1] - self.points[0]
            bandwidth = max(bandwidth, NARROWEST * self._span)
            frequencies = np.fft.rfftfreq(2 * size, step)
            kernel = np.exp(-2 * (np.pi * frequencies * bandwidth) ** 2)
            masses = np.fft.irfft(np.fft.rfft(masses, 2 * size, axis=1) * kernel, 2 * size, axis=1)[:, :size]
            masses = np.maximum(masses, 0)
        return masses / masses.sum(axis=1, keepdims=True)


def overlap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The area under both of two densities, 0 to 1, along the last axis: the sum of the lesser masses."""
    return np.minimum(one, other).sum(axis=-1)


def divergence(one: np.ndarray, other: np.ndarray, floor: float = FLOOR) -> np.ndarray:
    """Kullback-Leibler divergence of ``one`` from ``other`` in nats, along the last axis.

    Both are mixed with ``floor`` of the even distribution, which keeps it finite: at most
    log(points / floor).
    """
    even = floor / one.shape[-1]
    one, other = (1 - floor) * one + even, (1 - floor) * other + even
    return np.maximum((one * np.log(one / other)).sum(axis=-1), 0)


def jensen_shannon(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence in bits, 0 (the same) to 1 (nothing shared), along the last axis.

    J. Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory
    37 (1991).
    """
    both = one + other  # twice the middle: half of the smallest number would be none
    total = np.zeros(np.broadcast_shapes(one.shape, other.shape))
    for each in (one, other):
        each = np.broadcast_to(each, total.shape)
        parts = np.zeros(total.shape)
        np.divide(2 * each, both, out=parts, where=each > 0)
        total += each * np.log2(parts, out=np.zeros(total.shape), where=each > 0)
    return np.clip(total.sum(axis=-1) / 2, 0, 1)
